//! The handle of a terminal and of a client's attachment to it.

use crate::frame::Frame;
use bytes::Bytes;
use protocol::id::TerminalId;
use protocol::state::Exit;
use std::io;
use stdx::TaskScope;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// What a terminal starts as.
#[derive(Clone, Debug)]
pub struct Spec {
    pub id: TerminalId,
    pub name: String,
    /// Size before the first client says what it can show; clamped to the protocol's bounds.
    pub cols: u16,
    pub rows: u16,
    /// Whether programs may write the clients' clipboards (OSC 52).
    pub clipboard: bool,
}

/// The operating system's side of a terminal: the master of a PTY.
///
/// Reading ends with `Ok(0)` or an error (Linux: `EIO`) once nobody holds the slave.
pub trait Pty: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    fn resize(&self, cols: u16, rows: u16) -> io::Result<()>;
}

/// What a client asks for when it attaches.
#[derive(Clone, Debug, Default)]
pub struct AttachRequest {
    /// What the client can show; both or none count.
    pub cols: Option<u16>,
    pub rows: Option<u16>,
    /// PTY and offset after the last byte that the client received.
    pub resume: Option<(TerminalId, u64)>,
    /// Neither input nor size of this client counts.
    pub read_only: bool,
}

/// What others may know about a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub cols: u16,
    pub rows: u16,
    pub title: String,
    /// Absolute path as the program (OSC 7) or the kernel last said.
    pub working_directory: Option<String>,
    /// Clients attached now, read-only ones included.
    pub attachments: u32,
    /// Set once the process has ended and its output was read.
    pub ended: Option<Exit>,
}

/// The terminal has ended; there is nobody to read input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the terminal has ended")]
pub struct Ended;

/// Why a client's input did not reach the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    #[error("this attachment is read-only; the input was dropped")]
    ReadOnly,
    #[error("the terminal has ended; the input was dropped")]
    Ended,
}

/// What a reader of the raw output gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    Output { offset: u64, bytes: Bytes },
    /// The reader was too slow: bytes `from..to` are gone, output goes on at `to`.
    Gap { from: u64, to: u64 },
}

/// One terminal: a PTY, its screen and its clients. Cheap to clone.
#[derive(Clone)]
pub struct Terminal {}

impl Terminal {
    /// Starts the actor in `scope`. `exit` resolves when the process of the terminal was reaped.
    pub fn spawn(
        scope: &TaskScope,
        spec: Spec,
        pty: impl Pty,
        exit: impl Future<Output = Exit> + Send + 'static,
    ) -> Self {
        drop((scope.clone(), spec, pty, exit));
        unimplemented!()
    }

    pub fn id(&self) -> &TerminalId {
        unimplemented!()
    }

    pub fn name(&self) -> &str {
        unimplemented!()
    }

    /// Adds a client. Dropping the attachment detaches it.
    pub fn attach(&self, request: AttachRequest) -> Attachment {
        drop(request);
        unimplemented!()
    }

    /// Input that comes from no attachment (`POST …/input`); waits while the program does not read.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        let _ = bytes;
        unimplemented!()
    }

    /// What others may know, changing when it changes (output alone does not change it).
    pub fn summary(&self) -> watch::Receiver<Summary> {
        unimplemented!()
    }

    /// Number of output bytes so far.
    pub fn offset(&self) -> u64 {
        unimplemented!()
    }

    /// Scrollback tail and screen as plain text.
    pub fn text(&self) -> String {
        unimplemented!()
    }

    /// The raw output from `from` on; `None` from the oldest byte that is kept.
    pub fn subscribe_output(&self, from: Option<u64>) -> OutputReader {
        let _ = from;
        unimplemented!()
    }

    /// The kernel's view of the foreground process's directory.
    pub fn set_working_directory(&self, path: String) {
        drop(path);
        unimplemented!()
    }

    /// Whether programs may write the clients' clipboards from here on.
    pub fn set_clipboard(&self, allowed: bool) {
        let _ = allowed;
        unimplemented!()
    }

    /// Sets the size for a terminal without clients; with clients they decide.
    pub fn resize(&self, cols: u16, rows: u16) {
        let _ = (cols, rows);
        unimplemented!()
    }
}

/// One client of a terminal. Detaches on drop.
pub struct Attachment {}

impl Attachment {
    /// The next frame, in stream order; `None` after the `Exit` frame, or when the kernel stops.
    /// The first one is `Attached`. Cancel-safe. Under a flood, frames grow to 64 KiB.
    pub async fn next(&mut self) -> Option<Frame> {
        unimplemented!()
    }

    /// Input as typed; waits while the program does not read. Takes `&self` so that a client can
    /// type while another task awaits [`Self::next`].
    pub async fn input(&self, bytes: &[u8]) -> Result<(), InputError> {
        let _ = bytes;
        unimplemented!()
    }

    /// What this client can show from here on; clamped to the protocol's bounds.
    pub fn resize(&self, cols: u16, rows: u16) {
        let _ = (cols, rows);
        unimplemented!()
    }
}

/// Reads the raw output at its own pace.
pub struct OutputReader {}

impl OutputReader {
    /// The next chunk, at most 64 KiB; `None` once the terminal ended and everything was read.
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<Chunk> {
        unimplemented!()
    }
}
