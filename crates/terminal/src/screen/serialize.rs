//! Writes a screen as the escape sequences that make it.
//!
//! The result starts from a freshly reset terminal: both screens empty, the cursor at home, all
//! modes off. Rows are written from the first of the scrollback on, so that they scroll to where
//! they belong; then come margins, tab stops, saved cursors, modes, and last of all the cursor
//! with its look, so that the very next byte of output finds what it would have found.

use super::State;
use super::buffer::{Buffer, Saved};
use super::cell::{
    BLINK, BOLD, COLOR, Cell, DIM, Extra, HAS_EXTRA, INVERSE, INVISIBLE, ITALIC, MODE, MODE_16,
    MODE_256, OVERLINE, PROTECTED, Pen, STRIKETHROUGH, UNDERLINE,
};
use super::charset::Charset;
use super::line::Line;
use std::io::Write;

pub(super) fn serialize(state: &State) -> Vec<u8> {
    let mut writer = Writer { state, out: Vec::new(), look: Look::default() };
    writer.colors();
    if !state.is_alternate && has_saved(&state.alternate) {
        // It outlives the alternate screen.
        writer.put("\x1b[?1047h");
        writer.saved(&state.alternate);
        writer.put("\x1b[H\x1b[?1047l");
    }
    writer.buffer(&state.normal);
    if state.is_alternate {
        let Buffer { x, y, .. } = state.normal;
        writer.go_to(x.min(state.cols - 1), y);
        writer.put("\x1b[?1047h\x1b[H");
        writer.buffer(&state.alternate);
    }
    let shown = if state.is_alternate { &state.alternate } else { &state.normal };
    writer.charsets(shown.saved.charset);
    writer.modes();
    writer.cursor();
    writer.out
}

/// Whether a cursor was saved, as far as restoring it makes a difference.
fn has_saved(buffer: &Buffer) -> bool {
    Saved { y: buffer.saved.y.saturating_sub(buffer.base), ..buffer.saved } != Saved::default()
}

/// A look as sequences can set it: without what shows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Look {
    fg: u32,
    bg: u32,
    extra: Extra,
}

impl Look {
    fn of(fg: u32, bg: u32, extra: Option<&Extra>) -> Self {
        let mut look = Self { fg, bg: bg & !HAS_EXTRA, extra: extra.cloned().unwrap_or_default() };
        let underlined = match extra {
            Some(extra) => fg & UNDERLINE != 0 && (extra.underline != 0 || extra.link.is_some()),
            None => fg & UNDERLINE != 0,
        };
        if !underlined {
            look.fg &= !UNDERLINE;
            look.extra.underline = 0;
        } else if look.extra.underline == 0 {
            look.extra.underline = 1;
        }
        look
    }

    fn of_pen(pen: &Pen) -> Self {
        let counts = pen.bg & HAS_EXTRA != 0;
        let mut look = Self::of(pen.fg, pen.bg, Some(&pen.extra).filter(|_| counts));
        look.extra.underline_color = pen.extra.underline_color;
        look
    }

    /// What erasing leaves in this look.
    fn erased(&self) -> Self {
        Self { bg: self.bg & COLOR, ..Self::default() }
    }
}

struct Writer<'a> {
    state: &'a State,
    out: Vec<u8>,
    /// What the receiving terminal's pen looks like.
    look: Look,
}

impl Writer<'_> {
    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn csi(&mut self, count: usize, end: char) {
        write!(self.out, "\x1b[{count}{end}").expect("writing to memory");
    }

    fn go_to(&mut self, x: usize, y: usize) {
        write!(self.out, "\x1b[{};{}H", y + 1, x + 1).expect("writing to memory");
    }

    fn column(&mut self, x: usize) {
        self.csi(x + 1, 'G');
    }

    /// Colours outlive a reset of the terminal, so the default ones are asked for first.
    fn colors(&mut self) {
        let palette = &self.state.palette;
        self.put("\x1b[20l\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\");
        for (index, [r, g, b]) in &palette.indexed {
            write!(self.out, "\x1b]4;{index};rgb:{r:02x}/{g:02x}/{b:02x}\x1b\\")
                .expect("writing to memory");
        }
        for (index, color) in palette.special.iter().enumerate() {
            if let Some([r, g, b]) = color {
                write!(self.out, "\x1b]{};rgb:{r:02x}/{g:02x}/{b:02x}\x1b\\", 10 + index)
                    .expect("writing to memory");
            }
        }
    }

    /// Rows, tab stops, margins and saved cursor of one screen.
    fn buffer(&mut self, buffer: &Buffer) {
        self.rows(buffer);
        if !buffer.has_default_tabs() {
            self.put("\x1b[3g");
            for x in (0..buffer.cols).filter(|it| buffer.is_tab(*it)) {
                self.column(x);
                self.put("\x1bH");
            }
        }
        if has_saved(buffer) {
            self.saved(buffer);
        }
        if (buffer.top, buffer.bottom) != (0, buffer.rows - 1) {
            write!(self.out, "\x1b[{};{}r", buffer.top + 1, buffer.bottom + 1)
                .expect("writing to memory");
        }
    }

    /// Saves what the buffer has saved.
    fn saved(&mut self, buffer: &Buffer) {
        let saved = buffer.saved;
        self.set_look(&Look::of(saved.fg, saved.bg, None));
        self.go_to(saved.x, saved.y.saturating_sub(buffer.base).min(buffer.rows - 1));
        if saved.charset.is_ascii() {
            self.put("\x1b7");
        } else {
            let flag = char::from(saved.charset.flag());
            write!(self.out, "\x1b({flag}\x1b7\x1b(B").expect("writing to memory");
        }
        self.set_look(&Look::default());
    }

    fn rows(&mut self, buffer: &Buffer) {
        let cols = buffer.cols;
        for (index, line) in buffer.lines.iter().enumerate() {
            if 0 < index {
                let before = &buffer.lines[index - 1];
                if !line.wrapped {
                    self.set_look(&Look::default());
                    self.put("\r\n");
                } else if !self.wraps_by_itself(before, line, cols) {
                    self.wrap(before, cols);
                }
            }
            self.row(line, cols);
        }
        self.set_look(&Look::default());
    }

    /// Whether printing the first character of `line` after `before` wraps as it did.
    fn wraps_by_itself(&self, before: &Line, line: &Line, cols: usize) -> bool {
        let (last, first) = (before.get(cols - 1), line.get(0));
        let full = last.has_content() || last.is_second_half();
        let look = self.look_of(first);
        // The new row starts out in the background colour of what is printed.
        full && first.has_content() && first.width() != 0 && look.bg & COLOR == 0
    }

    /// Goes to the next row as a wrap: prints a blank in the last column and one after it, then
    /// puts back what was in the last column.
    fn wrap(&mut self, before: &Line, cols: usize) {
        self.set_look(&Look::default());
        let last = before.get(cols - 1);
        if last.has_content() || last.is_second_half() {
            self.put(" \r");
            return;
        }
        self.column(cols - 1);
        self.put("  \x1b[A");
        self.column(cols - 1);
        self.put("\x1b[X");
        if last != Cell::BLANK {
            self.blanks(before, cols - 1, 1, cols);
        }
        self.set_look(&Look::default());
        self.put("\x1b[B\r");
    }

    /// Writes the cells of a row from its first column on; the row is blank before, but for its
    /// first cell. The cursor ends up after the last cell that was written.
    fn row(&mut self, line: &Line, cols: usize) {
        if line.wrapped && !line.get(0).has_content() {
            self.set_look(&Look::default());
            self.put("\x1b[X");
        }
        let cells = &line.cells()[..line.cells().len().min(cols)];
        let mut x = 0;
        let mut skipped = 0;
        while x < cells.len() {
            let cell = cells[x];
            if cell.has_content() {
                if 0 < skipped {
                    self.csi(skipped, 'C');
                    skipped = 0;
                }
                if cols < x + cell.width() as usize {
                    // Half a wide character, as a reflow may leave; it would wrap.
                    self.text(cell.with_code(0, 1), " ");
                } else {
                    self.character(cell);
                }
                x += (cell.width() as usize).max(1);
                continue;
            }
            let same = |it: &&Cell| {
                !it.has_content() && (it.fg, it.bg, it.extra) == (cell.fg, cell.bg, cell.extra)
            };
            let count = cells[x..].iter().take_while(same).count();
            if self.look_of(cell) != Look::default() {
                if 0 < skipped {
                    self.csi(skipped, 'C');
                    skipped = 0;
                }
                self.blanks(line, x, count, cols);
            }
            skipped += count;
            x += count;
        }
    }

    fn character(&mut self, cell: Cell) {
        let text = self.state.text_of(cell);
        self.text(cell, &text);
    }

    /// Prints what is to be shown as `cell`.
    fn text(&mut self, cell: Cell, text: &str) {
        let alone = cell.width() == 0;
        if alone {
            self.interrupt();
        }
        let look = self.look_of(cell);
        self.set_look(&look);
        self.put(text);
        if alone {
            self.interrupt();
        }
    }

    /// Keeps a combining character that has a column of its own from joining another.
    fn interrupt(&mut self) {
        self.put("\x1b[m");
        let link = self.look.extra.link.take();
        self.look = Look { extra: Extra { link, ..Extra::default() }, ..Look::default() };
    }

    /// Empties `count` cells at the cursor, in column `x`, which stays there.
    fn blanks(&mut self, line: &Line, x: usize, count: usize, cols: usize) {
        let look = self.look_of(line.get(x));
        if look == look.erased() {
            self.set_look(&look);
            self.csi(count, 'X');
            return;
        }
        for column in x..x + count {
            self.halved(&look, column, line, cols);
        }
        self.column(x);
    }

    /// An empty cell with more than a background colour: what is left of a wide character after
    /// something was printed over its other half.
    fn halved(&mut self, look: &Look, x: usize, line: &Line, cols: usize) {
        if x + 1 < cols {
            self.column(x);
            self.put("　");
            self.column(x + 1);
            self.set_look(look);
            self.put(" ");
            self.column(x + 1);
            self.set_look(&Look::default());
            self.put("\x1b[X");
            return;
        }
        // Over its first half, for the last column.
        self.column(x - 1);
        self.put("　");
        self.column(x - 1);
        self.set_look(look);
        self.put(" ");
        let second = line.get(x - 1).is_second_half();
        let start = if second { x - 2 } else { x - 1 };
        let before = line.get(start);
        self.column(start);
        if before.has_content() {
            self.character(before);
        } else {
            self.set_look(&self.look_of(before).erased());
            self.put("\x1b[X");
        }
    }

    fn look_of(&self, cell: Cell) -> Look {
        let extra = cell.extra_number().and_then(|it| self.state.extras.get(it));
        Look::of(cell.fg, cell.bg, extra)
    }

    /// Changes the receiving pen from what it is to `look`.
    fn set_look(&mut self, look: &Look) {
        if self.look == *look {
            return;
        }
        if self.look.extra.link != look.extra.link {
            match &look.extra.link {
                Some(link) => {
                    let id = link.id.as_ref().map(|it| format!("id={it}")).unwrap_or_default();
                    self.put(&format!("\x1b]8;{id};{}\x1b\\", link.uri));
                }
                None => self.put("\x1b]8;;\x1b\\"),
            }
        }
        let plain = |it: &Look| (it.fg, it.bg, it.extra.underline, it.extra.underline_color);
        if plain(&self.look) != plain(look) {
            self.put(&rendition(look));
            if look.bg & PROTECTED != 0 {
                self.put("\x1b[1\"q");
            }
        }
        self.look = look.clone();
    }

    /// Designations, and the set in use.
    fn charsets(&mut self, saved: Charset) {
        let charsets = &self.state.charsets;
        let apart = charsets.active != charsets.sets[charsets.level];
        // Restoring a cursor is the one way to have another set than the one called up.
        let restores = apart && saved == charsets.active;
        for (level, name) in "()*+".chars().enumerate() {
            let replaced = apart && !restores && level == charsets.level;
            let set = if replaced { charsets.active } else { charsets.sets[level] };
            if !set.is_ascii() {
                write!(self.out, "\x1b{name}{}", char::from(set.flag()))
                    .expect("writing to memory");
            }
        }
        match charsets.level {
            1 => self.put("\x0e"),
            2 => self.put("\x1bn"),
            3 => self.put("\x1bo"),
            _ => {}
        }
        if restores {
            self.put("\x1b8\x1b[m");
            self.look = Look::default();
        }
    }

    fn modes(&mut self) {
        let modes = &self.state.modes;
        let mut private = |number: i32, on: bool| {
            write!(self.out, "\x1b[?{number}{}", if on { 'h' } else { 'l' })
                .expect("writing to memory");
        };
        private(25, !modes.cursor_hidden);
        let switches = [
            (1, modes.application_cursor),
            (45, modes.reverse_wraparound),
            (66, modes.application_keypad),
            (1004, modes.focus_reports),
            (2004, modes.bracketed_paste),
            (2026, modes.synchronized),
            (6, modes.origin),
            (modes.mouse, modes.mouse != 0),
            (modes.mouse_encoding, modes.mouse_encoding != 0),
        ];
        switches.iter().filter(|(_, on)| *on).for_each(|(number, _)| private(*number, true));
        if !modes.wraparound {
            private(7, false);
        }
        if let Some(blinks) = modes.cursor_blinks {
            private(12, blinks);
        }
        if let Some(blinks) = modes.cursor_shape_blinks {
            // 8 and 7 say only whether it blinks.
            let style = modes.cursor_shape.unwrap_or(8) - u8::from(blinks);
            self.put(&format!("\x1b[{style} q"));
        }
        if modes.insert {
            self.put("\x1b[4h");
        }
        if modes.convert_eol {
            self.put("\x1b[20h");
        }
        self.put(&format!("\x1b]2;{}\x1b\\", self.state.title));
    }

    /// The cursor, its look, and what the next character would join.
    fn cursor(&mut self) {
        let state = self.state;
        let buffer = if state.is_alternate { &state.alternate } else { &state.normal };
        let (x, y) = (buffer.x, buffer.y);
        let line = &buffer.lines[buffer.base + y];
        let row = if state.modes.origin { y.saturating_sub(buffer.top) } else { y };
        let pen = Look::of_pen(&state.pen);
        let width = if 1 < x && line.get(x - 1).is_second_half() { 2 } else { 1 };
        let before = x.checked_sub(width).map(|it| (it, line.get(it)));
        let full = state.cols <= x;
        if let Some((column, cell)) = before.filter(|(_, it)| it.has_content()) {
            let joins = state.join != 0 && self.look_of(cell) == pen;
            let text = state.text_of(cell);
            let mapped = state.charsets.active.unmap(&text);
            if joins && mapped.is_some() || full {
                self.go_to(column, row);
                if state.modes.insert && !full {
                    // Printing it again puts what follows back in its place.
                    self.csi(width, 'P');
                }
                match mapped {
                    Some(text) => self.text(cell, &text),
                    None => self.unmapped(cell, &text),
                }
                self.set_look(&pen);
                return;
            }
        }
        if full {
            self.wrap_pending(line, row);
        } else {
            self.go_to(x, row);
        }
        self.set_look(&pen);
    }

    /// Prints what the set in use cannot show.
    fn unmapped(&mut self, cell: Cell, text: &str) {
        let charsets = &self.state.charsets;
        let name = ['(', ')', '*', '+'][charsets.level];
        let flag = char::from(charsets.active.flag());
        self.put(&format!("\x1b{name}B"));
        self.text(cell, text);
        self.put(&format!("\x1b{name}{flag}"));
    }

    /// Has the next character wrap although the last column is empty, or cannot be printed again.
    fn wrap_pending(&mut self, line: &Line, row: usize) {
        let cols = self.state.cols;
        let last = line.get(cols - 1);
        self.go_to(cols - 1, row);
        self.set_look(&self.look_of(last));
        self.put(" ");
        let uniform = (0..cols).all(|it| line.get(it) == last);
        if uniform && !last.has_content() && self.look == self.look.erased() && !line.wrapped {
            self.put("\x1b[2K");
        }
    }
}

/// SGR for everything but the link.
fn rendition(look: &Look) -> String {
    let mut text = String::from("\x1b[");
    let flags = [
        (look.fg & BOLD, "1"),
        (look.bg & DIM, "2"),
        (look.bg & ITALIC, "3"),
        (look.fg & BLINK, "5"),
        (look.fg & INVERSE, "7"),
        (look.fg & INVISIBLE, "8"),
        (look.fg & STRIKETHROUGH, "9"),
        (look.bg & OVERLINE, "53"),
    ];
    for (_, code) in flags.iter().filter(|(on, _)| *on != 0) {
        text.push(';');
        text.push_str(code);
    }
    match look.extra.underline {
        0 => {}
        1 => text.push_str(";4"),
        style => text.extend([";4:", &style.to_string()]),
    }
    push_color(&mut text, look.fg, 30);
    push_color(&mut text, look.bg, 40);
    match look.extra.underline_color {
        0 => {}
        color if color & MODE == MODE_256 => text.extend([";58:5:", &(color & 0xff).to_string()]),
        color => {
            let [_, r, g, b] = color.to_be_bytes();
            text.extend([";58:2::", &format!("{r}:{g}:{b}")]);
        }
    }
    text.push('m');
    text
}

/// `base` is 30 for the foreground, 40 for the background.
fn push_color(text: &mut String, color: u32, base: u32) {
    let index = color & 0xff;
    let code = match color & MODE {
        0 => return,
        MODE_16 if index < 8 => format!(";{}", base + index),
        MODE_16 => format!(";{}", base + 60 + index - 8),
        MODE_256 => format!(";{};5;{index}", base + 8),
        _ => {
            let [_, r, g, b] = color.to_be_bytes();
            format!(";{};2;{r};{g};{b}", base + 8)
        }
    };
    text.push_str(&code);
}
