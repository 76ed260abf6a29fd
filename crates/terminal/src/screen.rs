//! The screen model: what a terminal shows after the bytes it was given.
//!
//! The reference is xterm.js 6 with the Unicode 11 add-on, which the browser client runs: what
//! [`Screen::serialize`] returns, written to a freshly reset xterm.js of the same size, shows the
//! same state, and goes on the same way with the bytes that follow. Queries are answered here,
//! because the model is always there and there is one of it.
//!
//! The model is our own because kernel and browser must make the same of the same bytes, also of
//! a new width: `vt100` neither reflows nor keeps links and underline styles, and
//! `alacritty_terminal` has rules of its own for reflowing, wrapping and erasing.
//!
//! What no output can bring about is not restored: a wide character of which a reflow left half,
//! cells beyond the right edge of an alternate screen that was made narrower, and a cursor that
//! lies outside of the margins in origin mode.

mod buffer;
mod cell;
mod charset;
mod control;
mod line;
mod mode;
mod osc;
mod params;
mod parser;
mod print;
mod query;
mod redact;
mod reflow;
mod serialize;
mod sgr;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod width;

use buffer::Buffer;
use cell::{Cell, Extra, Pen, Table};
use charset::Charsets;
use mode::Modes;
use osc::Palette;
use parser::Parser;
use std::sync::Arc;

/// Rows kept beyond the screen. The browser client keeps as many.
const SCROLLBACK_ROWS: usize = 2000;

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
    parser: Parser,
    state: State,
}

impl Screen {
    /// A fresh screen; `cols` at least 2, `rows` at least 1.
    pub(crate) fn new(cols: u16, rows: u16) -> Self {
        let state = State::new(usize::from(cols), usize::from(rows));
        Self { parser: Parser::default(), state }
    }

    /// Takes in output, which may end anywhere.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.state.repeated = 0;
        self.parser.advance(bytes, &mut self.state);
        self.state.sweep();
    }

    pub(crate) fn resize(&mut self, cols: u16, rows: u16) {
        self.state.resize(usize::from(cols), usize::from(rows));
    }

    /// Escape sequences that show this state in a fresh terminal of the same size. Bytes of an
    /// incomplete code point at the end of the output are not part of it.
    pub(crate) fn serialize(&self) -> Vec<u8> {
        let mut bytes = serialize::serialize(&self.state);
        bytes.extend_from_slice(self.parser.unfinished());
        bytes
    }

    /// How many bytes at the end of the output belong to an incomplete code point.
    pub(crate) fn incomplete(&self) -> usize {
        self.parser.incomplete()
    }

    /// Scrollback and screen as plain text; wrapped rows are one line.
    pub(crate) fn text(&self) -> String {
        self.state.text()
    }

    pub(crate) fn take_events(&mut self) -> Events {
        std::mem::take(&mut self.state.events)
    }
}

/// Everything that sequences act on.
#[derive(Debug)]
struct State {
    cols: usize,
    rows: usize,
    normal: Buffer,
    alternate: Buffer,
    is_alternate: bool,
    pen: Pen,
    charsets: Charsets,
    modes: Modes,
    palette: Palette,
    /// Width of the character that a combining one would join, and whether it joined itself;
    /// 0 when there is none.
    join: u32,
    /// Code points that repetitions printed of the piece of output that is read now.
    repeated: usize,
    title: String,
    title_stack: Vec<String>,
    extras: Table<Extra>,
    /// Texts of cells that hold more than one code point.
    combined: Table<Arc<str>>,
    next_link: u32,
    events: Events,
}

impl State {
    fn new(cols: usize, rows: usize) -> Self {
        let mut normal = Buffer::new(cols, rows, SCROLLBACK_ROWS);
        normal.fill(Cell::BLANK);
        Self {
            cols,
            rows,
            normal,
            alternate: Buffer::new(cols, rows, 0),
            is_alternate: false,
            pen: Pen::default(),
            charsets: Charsets::default(),
            modes: Modes::default(),
            palette: Palette::default(),
            join: 0,
            repeated: 0,
            title: String::new(),
            title_stack: Vec::new(),
            extras: Table::default(),
            combined: Table::default(),
            next_link: 1,
            events: Events::default(),
        }
    }

    /// The buffer that is shown.
    fn buffer(&mut self) -> &mut Buffer {
        if self.is_alternate { &mut self.alternate } else { &mut self.normal }
    }

    fn resize(&mut self, cols: usize, rows: usize) {
        if (self.cols, self.rows) == (cols, rows) {
            return;
        }
        (self.cols, self.rows) = (cols, rows);
        for buffer in [&mut self.normal, &mut self.alternate] {
            buffer.resize(cols, rows);
            buffer.set_tabs_from(cols);
        }
    }

    /// RIS: everything but what the terminal is asked to look like for its user.
    fn reset(&mut self) {
        let fresh = Self::new(self.cols, self.rows);
        let modes = self.modes.after_reset();
        self.normal = fresh.normal;
        self.alternate = fresh.alternate;
        self.is_alternate = false;
        self.pen = fresh.pen;
        self.charsets = fresh.charsets;
        self.modes = modes;
        self.join = 0;
    }

    /// Forgets extras and texts that no cell has any more.
    fn sweep(&mut self) {
        let lines = || self.normal.lines.iter().chain(&self.alternate.lines);
        let cells = || lines().flat_map(line::Line::cells);
        if self.extras.is_full() {
            let used = cells().filter_map(|it| it.extra_number());
            self.extras.sweep(used.chain([self.pen.number]));
        }
        if self.combined.is_full() {
            self.combined.sweep(cells().filter_map(|it| it.combined()));
        }
    }
}
