//! Printing characters, and the controls that move from row to row.

use super::State;
use super::cell::Cell;
use super::width::width;
use std::sync::Arc;

/// Bytes of combining characters that one cell holds; the rest would be no text.
const COMBINED_BYTES_MAX: usize = 128;

/// Code points that repetitions may print for one piece of output.
const REPEATED_MAX: usize = 1 << 16;

impl State {
    /// Prints bytes 0x20 to 0x7e.
    pub(super) fn print_text(&mut self, text: &[u8]) {
        if self.modes.insert || !self.charsets.active.is_ascii() {
            for byte in text {
                self.print_code(u32::from(*byte));
            }
            return;
        }
        let (cols, wraps, look) = (self.cols, self.modes.wraparound, self.pen.cell());
        self.cut_left(look);
        let mut rest = text;
        while !rest.is_empty() {
            if cols <= self.buffer().x {
                if wraps {
                    self.wrap();
                } else {
                    self.buffer().x = cols - 1;
                    rest = &rest[rest.len() - 1..];
                }
            }
            let buffer = self.buffer();
            let (x, y) = (buffer.x, buffer.y);
            let (now, later) = rest.split_at(rest.len().min(cols - x));
            buffer.line(y).write_ascii(x, now, look);
            buffer.x += now.len();
            rest = later;
        }
        self.join = 1 << 1;
        self.cut_right(look);
    }

    /// Prints any code point.
    pub(super) fn print_code(&mut self, code: u32) {
        let code = self.charsets.active.map(code);
        let look = self.pen.cell();
        self.cut_left(look);
        let before = self.join >> 1;
        let mut width = width(code);
        let joins = width == 0 && before != 0;
        if joins {
            width = before;
        }
        let old_width = if joins { before } else { 0 };
        self.join = width << 1 | u32::from(joins);
        let columns = (width - old_width) as usize;
        let cols = self.cols;
        if cols < self.buffer().x + columns {
            if self.modes.wraparound {
                let (x, y) = (self.buffer().x, self.buffer().y);
                // Cells of a wide character that does not fit stay empty.
                let line = self.buffer().line(y);
                (x..cols).for_each(|it| line.set(it, look.emptied()));
                self.wrap();
            } else {
                self.buffer().x = cols - 1;
                if width == 2 {
                    return;
                }
            }
        }
        if joins && 0 < self.buffer().x {
            self.combine(code);
        } else {
            self.place(code, width, look);
        }
        self.cut_right(look);
    }

    fn place(&mut self, code: u32, width: u32, look: Cell) {
        let (insert, cols) = (self.modes.insert, self.cols);
        let buffer = self.buffer();
        let (x, y) = (buffer.x, buffer.y);
        let line = buffer.line(y);
        if insert {
            line.insert(x, width as usize, look.emptied());
        }
        if x < cols {
            line.set(x, look.with_code(code, width));
        }
        if width == 2 && x + 1 < cols {
            line.set(x + 1, look.with_code(0, 0));
        }
        // A combining character without a base takes a column, yet never wraps.
        buffer.x = (x + width.max(1) as usize).min(cols);
    }

    /// Adds a code point to the character before the cursor.
    fn combine(&mut self, code: u32) {
        let buffer = self.buffer();
        let (x, y) = (buffer.x, buffer.y);
        let back = if buffer.line(y).width(x - 1) == 0 { 2 } else { 1 };
        let Some(x) = x.checked_sub(back) else { return };
        let cell = buffer.line(y).get(x);
        let mut text = self.text_of(cell);
        let cell = if text.is_empty() {
            cell.with_code(code, 1)
        } else {
            if COMBINED_BYTES_MAX < text.len() {
                return;
            }
            text.extend(char::from_u32(code));
            let number = self.combined.number(&Arc::from(text));
            cell.with_combined(number, cell.width())
        };
        self.buffer().line(y).set(x, cell);
    }

    /// What a cell shows; empty for nothing.
    pub(super) fn text_of(&self, cell: Cell) -> String {
        match (cell.code(), cell.combined()) {
            (Some(code), _) if code != 0 => char::from_u32(code).into_iter().collect(),
            (_, Some(number)) => self.combined.get(number).map_or("", |it| &**it).to_owned(),
            _ => String::new(),
        }
    }

    /// Goes to the start of the next row because the text goes on there.
    fn wrap(&mut self) {
        let (erased, rows) = (self.pen.erased(), self.rows);
        let buffer = self.buffer();
        buffer.x = 0;
        if buffer.y == buffer.bottom {
            buffer.scroll(erased, true);
        } else {
            buffer.y = (buffer.y + 1).min(rows - 1);
            let y = buffer.y;
            buffer.line(y).wrapped = true;
        }
    }

    /// Empties the first half of a wide character whose second half the cursor is on.
    fn cut_left(&mut self, look: Cell) {
        let buffer = self.buffer();
        let (x, y) = (buffer.x, buffer.y);
        let line = buffer.line(y);
        if 0 < x && line.width(x - 1) == 2 {
            line.set(x - 1, look.emptied());
        }
    }

    /// Empties the second half of a wide character whose first half was printed over.
    fn cut_right(&mut self, look: Cell) {
        let cols = self.cols;
        let buffer = self.buffer();
        let (x, y) = (buffer.x, buffer.y);
        let line = buffer.line(y);
        if x < cols && line.get(x).is_second_half() {
            line.set(x, look.emptied());
        }
    }

    /// Prints the preceding character again.
    pub(super) fn repeat(&mut self, count: usize) {
        if self.join == 0 {
            return;
        }
        let width = (self.join >> 1) as usize;
        let buffer = self.buffer();
        let (x, y) = (buffer.x, buffer.y);
        let Some(x) = x.checked_sub(width) else { return };
        let cell = self.buffer().line(y).get(x);
        let text = self.text_of(cell);
        // More than a screen of it cannot be told from a screen and a scrollback of it; and few
        // bytes must not keep the kernel busy for long.
        let each = text.chars().count().max(1);
        let room = REPEATED_MAX.saturating_sub(self.repeated) / each;
        let count = count.min(self.cols * self.rows * 2).min(room);
        self.repeated += count * each;
        for _ in 0..count {
            for code in text.chars() {
                self.print_code(u32::from(code));
            }
        }
    }

    /// LF, VT and FF.
    pub(super) fn line_feed(&mut self) {
        let (erased, rows, cols) = (self.pen.erased(), self.rows, self.cols);
        let to_start = self.modes.convert_eol;
        let buffer = self.buffer();
        if to_start {
            buffer.x = 0;
        }
        if buffer.y == buffer.bottom {
            buffer.scroll(erased, false);
        } else if rows <= buffer.y + 1 {
            buffer.y = rows - 1;
        } else {
            buffer.y += 1;
            let y = buffer.y;
            buffer.line(y).wrapped = false;
        }
        if cols <= buffer.x {
            buffer.x -= 1;
        }
    }

    /// IND: down by one, scrolling at the bottom margin.
    pub(super) fn index(&mut self) {
        self.restrict(self.cols - 1);
        let (erased, rows) = (self.pen.erased(), self.rows);
        let buffer = self.buffer();
        if buffer.y == buffer.bottom {
            buffer.scroll(erased, false);
        } else {
            buffer.y = (buffer.y + 1).min(rows - 1);
        }
        self.restrict(self.cols - 1);
    }

    /// RI: up by one, scrolling at the top margin.
    pub(super) fn reverse_index(&mut self) {
        self.restrict(self.cols - 1);
        let erased = self.pen.erased();
        let buffer = self.buffer();
        if buffer.y == buffer.top {
            let (from, to) = (buffer.bottom, buffer.top);
            buffer.shift(from, to, erased);
        } else {
            buffer.y = buffer.y.saturating_sub(1);
            self.restrict(self.cols - 1);
        }
    }
}
