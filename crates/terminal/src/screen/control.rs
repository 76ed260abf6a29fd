//! Control characters and sequences: moving the cursor, erasing, inserting and deleting.

use super::State;
use super::buffer::Saved;
use super::charset::Charset;
use super::line::Line;
use super::params::Params;
use super::parser::Sink;

const SPACE: u32 = b' ' as u32;
const QUESTION: u32 = b'?' as u32;
const GREATER: u32 = b'>' as u32;
const BANG: u32 = b'!' as u32;
const QUOTE: u32 = b'"' as u32;
const TICK: u32 = b'\'' as u32;
const DOLLAR: u32 = b'$' as u32;
const QUESTION_DOLLAR: u32 = QUESTION << 8 | DOLLAR;

impl Sink for State {
    fn print_ascii(&mut self, text: &[u8]) {
        self.print_text(text);
    }

    fn print(&mut self, code: u32) {
        self.print_code(code);
    }

    fn execute(&mut self, code: u32) {
        match code {
            0x07 => self.events.bell = true,
            0x08 => self.backspace(),
            0x09 => self.tab(1),
            0x0a..=0x0c => self.line_feed(),
            0x0d => self.buffer().x = 0,
            0x0e => self.charsets.call(1),
            0x0f => self.charsets.call(0),
            0x84 => self.index(),
            0x85 => self.next_line(),
            0x88 => self.set_tab(),
            _ => {}
        }
        self.join = 0;
    }

    fn csi(&mut self, collected: u32, end: u8, params: &Params) {
        match (collected, end) {
            (0, b'h' | b'l') => self.set_ansi_modes(params, end == b'h'),
            (QUESTION, b'h' | b'l') => self.set_private_modes(params, end == b'h'),
            (0, b'm') => self.select_rendition(params),
            (0, b'J' | b'K') => self.erase(end, params.first(), false),
            (QUESTION, b'J' | b'K') => self.erase(end, params.first(), true),
            (0, b'b') => self.repeat(params.count(0)),
            (0, b'c' | b'n' | b't') | (QUESTION, b'n') | (GREATER, b'c' | b'q') => {
                self.query(collected, end, params);
            }
            (DOLLAR, b'p') => self.report_mode(params.first(), true),
            (QUESTION_DOLLAR, b'p') => self.report_mode(params.first(), false),
            (BANG, b'p') => self.soft_reset(),
            (SPACE, b'q') => self.modes.set_cursor_style(params.first()),
            (QUOTE, b'q') => self.protect(params.first()),
            (0, b's') => self.save_cursor(),
            (0, b'u') => self.restore_cursor(),
            (0, b'r') => self.set_margins(params),
            (SPACE, b'@' | b'A') | (TICK, b'}' | b'~') => self.shift_columns(end, params.count(0)),
            (0, _) => self.move_or_edit(end, params),
            _ => {}
        }
        self.join = 0;
    }

    fn esc(&mut self, collected: u32, end: u8) {
        match (collected, end) {
            (0, b'7') => self.save_cursor(),
            (0, b'8') => self.restore_cursor(),
            (0, b'D') => self.index(),
            (0, b'E') => self.next_line(),
            (0, b'H') => self.set_tab(),
            (0, b'M') => self.reverse_index(),
            (0, b'=' | b'>') => self.modes.application_keypad = end == b'=',
            (0, b'c') => self.reset(),
            (0, b'n' | b'}') => self.charsets.call(2),
            (0, b'o' | b'|') => self.charsets.call(3),
            (0, b'~') => self.charsets.call(1),
            (0x25, b'@' | b'G') => {
                self.charsets.call(0);
                self.charsets.designate(0, Charset::default());
            }
            (0x23, b'8') => self.alignment_pattern(),
            (0x28..=0x2e, _) => {
                let level = match collected {
                    0x28 => 0,
                    0x29 | 0x2d => 1,
                    0x2a | 0x2e => 2,
                    0x2b => 3,
                    _ => return,
                };
                if let Some(set) = Charset::by_flag(end) {
                    self.charsets.designate(level, set);
                }
            }
            _ => {}
        }
        self.join = 0;
    }

    fn osc(&mut self, number: i64, payload: &str) {
        self.command(number, payload);
    }

    fn dcs(&mut self, collected: u32, end: u8, payload: &str) {
        if (collected, end) == (DOLLAR, b'q') {
            self.report_setting(payload);
        }
    }

    fn interrupt(&mut self) {
        self.join = 0;
    }
}

impl State {
    fn move_or_edit(&mut self, end: u8, params: &Params) {
        let count = params.count(0);
        let line = isize::try_from(count).unwrap_or(isize::MAX);
        match end {
            b'A' => self.up(count),
            b'B' => self.down(count),
            b'C' | b'a' => self.shift_cursor(line, 0),
            b'D' => self.shift_cursor(-line, 0),
            b'E' => {
                self.down(count);
                self.buffer().x = 0;
            }
            b'F' => {
                self.up(count);
                self.buffer().x = 0;
            }
            b'G' | b'`' => {
                let y = self.buffer().y;
                self.place_cursor(count - 1, y);
            }
            b'H' | b'f' => self.place_cursor(params.count(1) - 1, count - 1),
            b'I' => self.tab(count),
            b'Z' => self.tab_back(count),
            b'd' => {
                let x = self.buffer().x;
                self.place_cursor(x, count - 1);
            }
            b'e' => self.shift_cursor(0, line),
            b'g' => self.clear_tab(params.first()),
            b'L' | b'M' => self.shift_lines(end, count),
            b'S' | b'T' => self.scroll_by(end, count),
            b'@' | b'P' | b'X' => self.edit_line(end, count),
            _ => {}
        }
    }

    /// Keeps the cursor on the screen, or within the margins in origin mode.
    pub(super) fn restrict(&mut self, x_max: usize) {
        let (origin, rows) = (self.modes.origin, self.rows);
        let buffer = self.buffer();
        buffer.x = buffer.x.min(x_max);
        let (first, last) = if origin { (buffer.top, buffer.bottom) } else { (0, rows - 1) };
        buffer.y = buffer.y.clamp(first, last);
    }

    /// Puts the cursor somewhere; rows count from the top margin in origin mode.
    pub(super) fn place_cursor(&mut self, x: usize, y: usize) {
        let origin = self.modes.origin;
        let buffer = self.buffer();
        buffer.x = x;
        buffer.y = if origin { buffer.top + y } else { y };
        self.restrict(self.cols - 1);
    }

    fn shift_cursor(&mut self, x: isize, y: isize) {
        self.restrict(self.cols - 1);
        let buffer = self.buffer();
        let (x, y) = (buffer.x.saturating_add_signed(x), buffer.y.saturating_add_signed(y));
        self.place_cursor(x, y);
    }

    fn up(&mut self, count: usize) {
        let buffer = self.buffer();
        let room = buffer.y.checked_sub(buffer.top).unwrap_or(usize::MAX);
        self.shift_cursor(0, -isize::try_from(count.min(room)).unwrap_or(isize::MAX));
    }

    fn down(&mut self, count: usize) {
        let buffer = self.buffer();
        let room = buffer.bottom.checked_sub(buffer.y).unwrap_or(usize::MAX);
        self.shift_cursor(0, isize::try_from(count.min(room)).unwrap_or(isize::MAX));
    }

    fn backspace(&mut self) {
        if !self.modes.reverse_wraparound {
            self.restrict(self.cols - 1);
            let buffer = self.buffer();
            buffer.x = buffer.x.saturating_sub(1);
            return;
        }
        self.restrict(self.cols);
        let cols = self.cols;
        let buffer = self.buffer();
        let y = buffer.y;
        if 0 < buffer.x {
            buffer.x -= 1;
        } else if buffer.top < y && y <= buffer.bottom && buffer.line(y).wrapped {
            buffer.line(y).wrapped = false;
            buffer.y -= 1;
            buffer.x = cols - 1;
            let last = buffer.line(y - 1).get(cols - 1);
            if last.width() != 0 && !last.has_content() {
                buffer.x -= 1;
            }
        }
        self.restrict(self.cols - 1);
    }

    fn tab(&mut self, count: usize) {
        let cols = self.cols;
        let buffer = self.buffer();
        if buffer.x < cols {
            for _ in 0..count.min(cols) {
                buffer.x = buffer.next_tab(buffer.x);
            }
        }
    }

    fn tab_back(&mut self, count: usize) {
        let cols = self.cols;
        let buffer = self.buffer();
        if buffer.x < cols {
            for _ in 0..count.min(cols) {
                buffer.x = buffer.previous_tab(buffer.x);
            }
        }
    }

    fn set_tab(&mut self) {
        let buffer = self.buffer();
        buffer.set_tab(buffer.x, true);
    }

    fn clear_tab(&mut self, what: i32) {
        let buffer = self.buffer();
        match what {
            0 => buffer.set_tab(buffer.x, false),
            3 => buffer.clear_tabs(),
            _ => {}
        }
    }

    fn next_line(&mut self) {
        self.buffer().x = 0;
        self.index();
    }

    /// ED (`J`) and EL (`K`), and their selective variants that spare protected cells.
    fn erase(&mut self, end: u8, what: i32, selective: bool) {
        self.restrict(self.cols);
        let (cols, rows, fill) = (self.cols, self.rows, self.pen.erased());
        let buffer = self.buffer();
        let (x, y) = (buffer.x, buffer.y);
        let replace = |line: &mut Line, start: usize, end: usize| {
            if selective {
                line.replace_unprotected(start, end, fill);
            } else {
                line.replace(start, end, fill);
            }
        };
        let whole = |line: &mut Line| {
            if selective {
                line.replace_unprotected(0, usize::MAX, fill);
            } else {
                line.fill(fill);
            }
            line.wrapped = false;
        };
        match (end, what) {
            (_, 0) => {
                let line = buffer.line(y);
                replace(line, x, cols);
                line.wrapped &= x != 0;
                if end == b'J' {
                    (y + 1..rows).for_each(|it| whole(buffer.line(it)));
                }
            }
            (_, 1) => {
                replace(buffer.line(y), 0, x + 1);
                if end == b'J' {
                    buffer.line(y).wrapped = false;
                    // The row counts from the scrollback's first; xterm.js does the same.
                    if let Some(next) = buffer.lines.get_mut(y + 1).filter(|_| cols <= x + 1) {
                        next.wrapped = false;
                    }
                    (0..y).for_each(|it| whole(buffer.line(it)));
                }
            }
            (b'K', 2) => {
                replace(buffer.line(y), 0, cols);
                buffer.line(y).wrapped = false;
            }
            (b'J', 2) => (0..rows).for_each(|it| whole(buffer.line(it))),
            (b'J', 3) => buffer.drop_scrollback(),
            _ => {}
        }
    }

    /// IL (`L`) and DL (`M`).
    fn shift_lines(&mut self, end: u8, count: usize) {
        self.restrict(self.cols - 1);
        let fill = self.pen.erased();
        let buffer = self.buffer();
        let (y, bottom) = (buffer.y, buffer.bottom);
        if y < buffer.top || bottom < y {
            return;
        }
        for _ in 0..count.min(bottom - y + 1) {
            if end == b'L' {
                buffer.shift(bottom, y, fill);
            } else {
                buffer.shift(y, bottom, fill);
            }
        }
        buffer.x = 0;
    }

    /// SU (`S`) and SD (`T`); neither fills the scrollback.
    fn scroll_by(&mut self, end: u8, count: usize) {
        let fill = self.pen.erased();
        let buffer = self.buffer();
        let (top, bottom) = (buffer.top, buffer.bottom);
        for _ in 0..count.min(bottom - top + 1) {
            if end == b'S' {
                buffer.shift(top, bottom, fill);
            } else {
                buffer.shift(bottom, top, super::cell::Cell::BLANK);
            }
        }
    }

    /// ICH (`@`), DCH (`P`) and ECH (`X`).
    fn edit_line(&mut self, end: u8, count: usize) {
        self.restrict(self.cols - 1);
        let fill = self.pen.erased();
        let buffer = self.buffer();
        let (x, y) = (buffer.x, buffer.y);
        let line = buffer.line(y);
        match end {
            b'@' => line.insert(x, count, fill),
            b'P' => line.delete(x, count, fill),
            _ => line.replace(x, x.saturating_add(count), fill),
        }
    }

    /// SL, SR, DECIC and DECDC.
    fn shift_columns(&mut self, end: u8, count: usize) {
        let fill = self.pen.erased();
        let buffer = self.buffer();
        let (x, top, bottom) = (buffer.x, buffer.top, buffer.bottom);
        if buffer.y < top || bottom < buffer.y {
            return;
        }
        for y in top..=bottom {
            let line = buffer.line(y);
            match end {
                b'@' => line.delete(0, count, fill),
                b'A' => line.insert(0, count, fill),
                b'}' => line.insert(x, count, fill),
                _ => line.delete(x, count, fill),
            }
            line.wrapped = false;
        }
    }

    fn set_margins(&mut self, params: &Params) {
        let rows = self.rows;
        let top = params.count(0);
        let bottom = params.values().get(1).copied().unwrap_or(0);
        let bottom = usize::try_from(bottom).ok().filter(|it| (1..=rows).contains(it));
        let bottom = bottom.unwrap_or(rows);
        if top < bottom {
            let buffer = self.buffer();
            buffer.top = top - 1;
            buffer.bottom = bottom - 1;
            self.place_cursor(0, 0);
        }
    }

    pub(super) fn save_cursor(&mut self) {
        let (fg, bg, charset) = (self.pen.fg, self.pen.bg, self.charsets.active);
        let buffer = self.buffer();
        buffer.saved = Saved { x: buffer.x, y: buffer.base + buffer.y, fg, bg, charset };
    }

    pub(super) fn restore_cursor(&mut self) {
        let buffer = self.buffer();
        let saved = buffer.saved;
        buffer.x = saved.x;
        buffer.y = saved.y.saturating_sub(buffer.base);
        (self.pen.fg, self.pen.bg) = (saved.fg, saved.bg);
        self.charsets.active = saved.charset;
        self.restrict(self.cols - 1);
    }

    /// DECALN: the screen full of `E`.
    fn alignment_pattern(&mut self) {
        let mut fill = self.pen.cell().with_code(u32::from(b'E'), 1);
        fill.extra = 0;
        self.place_cursor(0, 0);
        let rows = self.rows;
        let buffer = self.buffer();
        for y in buffer.y..rows {
            let line = buffer.line(y);
            line.fill(fill);
            line.wrapped = false;
        }
        self.place_cursor(0, 0);
    }
}
