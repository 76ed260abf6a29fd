//! The pure core of a terminal: numbered output, marks in it, and what a client gets next.
//!
//! Clients pull. Each has a [`Cursor`] into the stream and costs nothing else, so a slow one
//! holds up nobody; when the ring has moved past its cursor it gets a screen and goes on from
//! there.

use crate::frame::Frame;
use crate::screen::Screen;
use crate::size::{self, Size, Sizes};
use bytes::Bytes;
use protocol::id::TerminalId;
use protocol::state::Exit;
use protocol::terminal::FromTerminal;
use std::collections::VecDeque;
use stdx::{ByteRing, Needles};

/// Bytes of output kept for clients that come back (1 MiB: some 10,000 lines of a build log).
pub(crate) const RING_BYTES: usize = 1 << 20;
/// Largest payload of an output frame.
pub(crate) const FRAME_BYTES_MAX: usize = 64 << 10;
/// Marks kept at once; they are pruned with the ring, so only a program that does nothing but
/// rename and resize itself reaches this. Who then misses one gets a screen.
const MARKS_MAX: usize = 4096;
/// Answers to queries that wait for the program to read them; the rest is dropped, because a
/// program that asks without reading must not make the kernel grow.
const REPLIES_BYTES_MAX: usize = 64 << 10;

/// Something that happened between two bytes of output.
#[derive(Clone, Debug)]
enum Mark {
    Size(Size),
    Title(String),
    WorkingDirectory(String),
    Bell,
    Clipboard(String),
}

/// Where a client is in the stream.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// Next byte.
    offset: u64,
    /// Next mark, counted from the first mark ever.
    mark: u64,
    /// Bells and clipboard writes before this mark are history.
    live_from: u64,
    read_only: bool,
    /// Frames to deliver first.
    pending: VecDeque<Frame>,
    fresh: bool,
    finished: bool,
}

/// What the reader of raw output gets; the same as the public `Chunk`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raw {
    Output { offset: u64, bytes: Bytes },
    Gap { from: u64, to: u64 },
}

/// Everything that is known about one terminal.
#[derive(Debug)]
pub(crate) struct Stream {
    id: TerminalId,
    name: String,
    ring: ByteRing,
    screen: Screen,
    sizes: Sizes,
    marks: VecDeque<(u64, Mark)>,
    /// Number of the first mark that is kept.
    first_mark: u64,
    /// The size in force before the first mark that is kept.
    base_size: Size,
    /// Before this offset a mark is missing, so nobody can resume there.
    resumable_from: u64,
    title: String,
    working_directory: Option<String>,
    clipboard: bool,
    /// Title and directory are told from outside (`mirror.rs`).
    mirrors: bool,
    ended: Option<Exit>,
    closed: bool,
    replies: Vec<u8>,
    /// The current screen, until something changes it.
    rendered: Option<Bytes>,
}

impl Stream {
    pub(crate) fn new(id: TerminalId, name: String, size: Size, clipboard: bool) -> Self {
        Self {
            id,
            name,
            ring: ByteRing::new(RING_BYTES),
            screen: Screen::new(size.cols, size.rows),
            sizes: Sizes::new(size),
            marks: VecDeque::new(),
            first_mark: 0,
            base_size: size,
            resumable_from: 0,
            title: String::new(),
            working_directory: None,
            clipboard,
            mirrors: false,
            ended: None,
            closed: false,
            replies: Vec::new(),
            rendered: None,
        }
    }

    /// Takes in output of the program.
    pub(crate) fn output(&mut self, bytes: &[u8]) {
        self.rendered = None;
        self.ring.push(bytes);
        self.screen.feed(bytes);
        let events = self.screen.take_events();
        if !self.mirrors {
            if let Some(title) = events.title {
                self.set_title(title);
            }
            if let Some(path) = events.working_directory {
                self.set_working_directory(path);
            }
        }
        if events.bell {
            self.mark(Mark::Bell);
        }
        if let Some(text) = events.clipboard.filter(|_| self.clipboard) {
            self.mark(Mark::Clipboard(text));
        }
        if self.replies.len() + events.replies.len() <= REPLIES_BYTES_MAX {
            self.replies.extend_from_slice(&events.replies);
        }
        self.prune();
    }

    /// Answers that the program waits for.
    pub(crate) fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// Takes in what a client did; returns whether the terminal's size changed.
    pub(crate) fn size_event(&mut self, event: size::Event) -> bool {
        let Some(size) = self.sizes.step(event) else { return false };
        self.screen.resize(size.cols, size.rows);
        self.rendered = None;
        self.mark(Mark::Size(size));
        true
    }

    pub(crate) fn set_title(&mut self, title: String) {
        if self.title != title {
            self.title.clone_from(&title);
            self.mark(Mark::Title(title));
        }
    }

    pub(crate) fn set_working_directory(&mut self, path: String) {
        if self.working_directory.as_ref() != Some(&path) {
            self.working_directory = Some(path.clone());
            self.mark(Mark::WorkingDirectory(path));
        }
    }

    pub(crate) fn set_clipboard(&mut self, allowed: bool) {
        self.clipboard = allowed;
    }

    /// A stream that repeats another one.
    pub(crate) fn mirror(of: &Self) -> Self {
        let stream = Self::new(of.id.clone(), of.name.clone(), of.size(), false);
        Self { mirrors: true, ..stream }
    }

    /// Starts again at `offset` with this screen; every client gets it.
    pub(crate) fn restart(&mut self, offset: u64, size: Size, screen: Screen) {
        self.sizes = Sizes::new(size);
        self.base_size = size;
        self.screen = screen;
        self.forget_before(ByteRing::starting_at(RING_BYTES, offset));
    }

    /// Looks for secrets in what the last output left on the screen, and masks them. When there
    /// were some, the output is forgotten and every client gets the screen.
    pub(crate) fn redact(&mut self, needles: &Needles, scrolled_before: usize) {
        let rows = self.screen.scrolled().checked_sub(scrolled_before).unwrap_or(usize::MAX);
        if !self.screen.redact(needles, rows) {
            return;
        }
        // The beginning of a code point is no part of a screen; it comes with its end.
        let incomplete = self.screen.incomplete() as u64;
        let start = self.ring.end().saturating_sub(incomplete).max(self.ring.start());
        let rest = self.ring.read(start, usize::MAX).unwrap_or_default();
        let mut ring = ByteRing::starting_at(RING_BYTES, start);
        ring.push(&rest);
        self.forget_before(ring);
    }

    fn forget_before(&mut self, ring: ByteRing) {
        self.ring = ring;
        self.rendered = None;
        // One mark that nobody has seen.
        self.first_mark = self.marks_total() + 1;
        self.base_size = self.size();
        self.marks.clear();
        self.resumable_from = self.ring.start();
    }

    pub(crate) fn screen(&mut self) -> &mut Screen {
        self.rendered = None;
        &mut self.screen
    }

    /// The process ended and its output was read.
    pub(crate) fn end(&mut self, exit: Exit) {
        self.ended = Some(exit);
    }

    /// Nothing will happen any more.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    pub(crate) fn size(&self) -> Size {
        self.sizes.current()
    }

    pub(crate) fn attachments(&self) -> usize {
        self.sizes.attachments()
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn working_directory(&self) -> Option<&str> {
        self.working_directory.as_deref()
    }

    pub(crate) fn ended(&self) -> Option<Exit> {
        self.ended
    }

    pub(crate) fn offset(&self) -> u64 {
        self.ring.end()
    }

    pub(crate) fn text(&self) -> String {
        self.screen.text()
    }

    /// Where a client starts. With a `resume` that the ring still reaches it goes on there;
    /// otherwise it starts with a screen.
    pub(crate) fn cursor(&self, resume: Option<&(TerminalId, u64)>, read_only: bool) -> Cursor {
        let total = self.marks_total();
        let mut cursor = Cursor {
            offset: self.ring.end(),
            mark: total,
            live_from: total,
            read_only,
            pending: VecDeque::new(),
            fresh: true,
            finished: false,
        };
        let Some(offset) = resume.and_then(|(id, it)| self.resumable(id, *it)) else {
            return cursor;
        };
        let seen = self.marks.partition_point(|(at, _)| *at <= offset);
        let size = self.size_after(seen);
        cursor.fresh = false;
        cursor.offset = offset;
        cursor.mark = self.first_mark + seen as u64;
        cursor.pending.push_back(self.attached(&cursor, size, true));
        self.push_names(&mut cursor);
        cursor
    }

    /// What the client gets next; `None` when it has everything.
    pub(crate) fn next(&mut self, cursor: &mut Cursor) -> Option<Frame> {
        loop {
            if let Some(frame) = cursor.pending.pop_front() {
                return Some(frame);
            }
            let lost = cursor.offset < self.ring.start() || cursor.mark < self.first_mark;
            if cursor.fresh || lost {
                self.push_screen(cursor);
                continue;
            }
            let mark = usize::try_from(cursor.mark - self.first_mark).expect("at most MARKS_MAX");
            let due = self.marks.get(mark);
            if let Some((at, mark)) = due.filter(|(at, _)| *at <= cursor.offset) {
                let live = cursor.live_from <= cursor.mark;
                let frame = control(*at, mark, live);
                cursor.mark += 1;
                match frame {
                    Some(frame) => return Some(Frame::Control(frame)),
                    None => continue,
                }
            }
            let limit = due.map_or(self.ring.end(), |(at, _)| *at);
            if cursor.offset < limit {
                return self.output_frame(cursor, limit, due.is_some());
            }
            let exit = self.ended.filter(|_| !cursor.finished)?;
            cursor.finished = true;
            return Some(Frame::Control(FromTerminal::Exit { exit }));
        }
    }

    /// Whether [`Self::next`] will never return a frame to this client again.
    pub(crate) fn is_over(&self, cursor: &Cursor) -> bool {
        cursor.finished || self.closed && self.ended.is_none()
    }

    /// The raw output after `offset`, which moves along.
    pub(crate) fn next_raw(&self, offset: &mut u64) -> Option<Raw> {
        let start = self.ring.start();
        if *offset < start {
            let from = std::mem::replace(offset, start);
            return Some(Raw::Gap { from, to: start });
        }
        if self.ring.end() <= *offset {
            return None;
        }
        let bytes = self.read(*offset, usize::MAX);
        let from = *offset;
        *offset += bytes.len() as u64;
        Some(Raw::Output { offset: from, bytes })
    }

    /// Where a reader of raw output starts.
    pub(crate) fn raw_start(&self, from: Option<u64>) -> u64 {
        from.unwrap_or_else(|| self.ring.start()).min(self.ring.end())
    }

    /// Whether there will be no more output.
    pub(crate) fn is_done(&self) -> bool {
        self.ended.is_some() || self.closed
    }

    /// Output up to `limit`. It ends with a whole code point unless a mark or the end of the
    /// stream forbids: xterm.js loses characters that are split over two writes.
    fn output_frame(&self, cursor: &mut Cursor, limit: u64, at_mark: bool) -> Option<Frame> {
        let wanted = usize::try_from(limit - cursor.offset).unwrap_or(usize::MAX);
        let mut bytes = self.read(cursor.offset, wanted);
        let all = bytes.len() == wanted;
        if !(all && (at_mark || self.ended.is_some())) {
            bytes.truncate(whole_length(&bytes));
            if bytes.is_empty() {
                return None;
            }
        }
        let offset = cursor.offset;
        cursor.offset += bytes.len() as u64;
        Some(Frame::Output { offset, bytes })
    }

    fn read(&self, offset: u64, wanted: usize) -> Bytes {
        let bytes = self.ring.read(offset, wanted.min(FRAME_BYTES_MAX));
        Bytes::from(bytes.expect("the offset was compared with the ring"))
    }

    fn resumable(&self, id: &TerminalId, offset: u64) -> Option<u64> {
        let from = self.ring.start().max(self.resumable_from);
        (*id == self.id && (from..=self.ring.end()).contains(&offset)).then_some(offset)
    }

    fn push_screen(&mut self, cursor: &mut Cursor) {
        // The beginning of a code point is no part of a screen; it comes with its end.
        cursor.offset = self.ring.end() - self.screen.incomplete() as u64;
        cursor.mark = self.marks_total();
        let (offset, size) = (cursor.offset, self.size());
        let first = if cursor.fresh {
            self.attached(cursor, size, false)
        } else {
            Frame::Control(FromTerminal::Size { offset, cols: size.cols, rows: size.rows })
        };
        cursor.fresh = false;
        cursor.pending.push_back(first);
        let screen = &self.screen;
        let bytes = self.rendered.get_or_insert_with(|| screen.serialize().into()).clone();
        cursor.pending.push_back(Frame::Screen { offset, bytes });
        self.push_names(cursor);
    }

    fn attached(&self, cursor: &Cursor, size: Size, resumed: bool) -> Frame {
        Frame::Control(FromTerminal::Attached {
            id: self.id.clone(),
            name: self.name.clone(),
            offset: cursor.offset,
            cols: size.cols,
            rows: size.rows,
            resumed,
            read_only: cursor.read_only,
        })
    }

    fn push_names(&self, cursor: &mut Cursor) {
        if !self.title.is_empty() {
            let title = self.title.clone();
            cursor.pending.push_back(Frame::Control(FromTerminal::Title { title }));
        }
        if let Some(path) = self.working_directory.clone() {
            cursor.pending.push_back(Frame::Control(FromTerminal::WorkingDirectory { path }));
        }
    }

    fn marks_total(&self) -> u64 {
        self.first_mark + self.marks.len() as u64
    }

    /// The size in force after the first `count` of the kept marks.
    fn size_after(&self, count: usize) -> Size {
        let size = |(_, mark): &(u64, Mark)| match mark {
            Mark::Size(size) => Some(*size),
            Mark::Title(_) | Mark::WorkingDirectory(_) | Mark::Bell | Mark::Clipboard(_) => None,
        };
        self.marks.iter().take(count).rev().find_map(size).unwrap_or(self.base_size)
    }

    fn mark(&mut self, mark: Mark) {
        self.marks.push_back((self.ring.end(), mark));
        self.prune();
    }

    fn prune(&mut self) {
        let start = self.ring.start();
        while let Some((at, _)) = self.marks.front() {
            if start <= *at && self.marks.len() <= MARKS_MAX {
                return;
            }
            self.base_size = self.size_after(1);
            self.resumable_from = self.resumable_from.max(*at);
            self.first_mark += 1;
            self.marks.pop_front();
        }
    }
}

/// The frame for a mark; bells and clipboard writes only while they are news.
fn control(offset: u64, mark: &Mark, live: bool) -> Option<FromTerminal> {
    Some(match mark {
        Mark::Size(Size { cols, rows }) => FromTerminal::Size { offset, cols: *cols, rows: *rows },
        Mark::Title(title) => FromTerminal::Title { title: title.clone() },
        Mark::WorkingDirectory(path) => FromTerminal::WorkingDirectory { path: path.clone() },
        Mark::Bell => live.then_some(FromTerminal::Bell)?,
        Mark::Clipboard(text) => live.then(|| FromTerminal::Clipboard { text: text.clone() })?,
    })
}

/// Bytes before a code point that is not complete.
fn whole_length(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let at = bytes.len() - back;
        let needed = match bytes[at] {
            0x80..=0xbf => continue,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        return if back < needed { at } else { bytes.len() };
    }
    bytes.len()
}

#[cfg(test)]
mod tests;
