//! The screen model: what a terminal shows after the bytes it was given.
//!
//! The reference is xterm.js 6 with the Unicode 11 add-on, which the browser client runs: what
//! [`Screen::serialize`] returns, written to a freshly reset xterm.js of the same size, shows the
//! same state, and goes on the same way with the bytes that follow.

/// What the bytes asked for beside showing something. The newest of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Events {
    pub(crate) title: Option<String>,
    pub(crate) working_directory: Option<String>,
    pub(crate) clipboard: Option<String>,
    pub(crate) bell: bool,
    /// Answers to queries, for the program's input.
    pub(crate) replies: Vec<u8>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Screen {
    raw: Vec<u8>,
}

impl Screen {
    pub(crate) fn new(_cols: u16, _rows: u16) -> Self {
        Self { raw: Vec::new() }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
    }

    pub(crate) fn resize(&mut self, _cols: u16, _rows: u16) {}

    pub(crate) fn serialize(&self) -> Vec<u8> {
        self.raw.clone()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    pub(crate) fn take_events(&mut self) -> Events {
        Events::default()
    }
}
