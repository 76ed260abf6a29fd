//! Masks secrets on the screen, whatever the sequences were that brought them there.

use super::buffer::Buffer;
use super::{Screen, State};
use std::ops::Range;
use stdx::Needles;
use stdx::redact::MASK;

/// Rows above those that are looked at which may belong to the same line: a piece of a secret is
/// shorter than two rows of the narrowest usable terminal.
const ROWS_ABOVE: usize = 40;

/// Text of a line over all its rows, and the cell that each of its bytes stands in.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    /// Row, column, and the first byte of the cell.
    cells: Vec<(usize, usize, usize)>,
}

impl Screen {
    /// Masks what `needles` finds on the screen and in `rows_above` rows above it; tells whether
    /// there was something.
    pub(crate) fn redact(&mut self, needles: &Needles, rows_above: usize) -> bool {
        let state = &mut self.state;
        let first = state.shown().base.saturating_sub(rows_above);
        let mut any = false;
        for (_, text) in state.texts(first) {
            let found = needles.find(&text.bytes);
            any |= state.mask(&text, &found);
        }
        any
    }

    /// Masks the text before the cursor when it may be the beginning of a secret and is longer than
    /// `shown_max` bytes. Gives the text.
    pub(crate) fn redact_open_end(&mut self, needles: &Needles, shown_max: usize) -> Vec<u8> {
        let state = &mut self.state;
        let (x, y) = (state.shown().x, state.shown().base + state.shown().y);
        let mut texts = state.texts(y).into_iter();
        let Some((_, mut text)) = texts.find(|(rows, _)| rows.contains(&y)) else {
            return Vec::new();
        };
        let end = text.cells.iter().position(|it| (y, x) <= (it.0, it.1));
        if let Some(end) = end {
            text.bytes.truncate(text.cells[end].2);
            text.cells.truncate(end);
        }
        let length = text.bytes.len();
        let open = needles.open_end(&text.bytes);
        if shown_max < open {
            let range = length - open..length;
            state.mask(&text, std::slice::from_ref(&range));
        }
        text.bytes.split_off(length - open)
    }

    /// Rows that have left the screen upwards so far; fewer than before when it was cleared.
    pub(crate) fn scrolled(&self) -> usize {
        self.state.normal.scrolled + self.state.alternate.scrolled
    }
}

impl State {
    /// The buffer that is shown.
    fn shown(&self) -> &Buffer {
        if self.is_alternate { &self.alternate } else { &self.normal }
    }

    /// Lines from the one on that row `first` belongs to: their rows, and their text. A row that is
    /// full to its end may go on in the next one even if the program says otherwise.
    fn texts(&self, first: usize) -> Vec<(Range<usize>, Text)> {
        let buffer = self.shown();
        let goes_on = |row: usize| {
            let full = |row: usize| {
                let last = buffer.lines[row].get(self.cols - 1);
                last.has_content() || last.is_second_half()
            };
            0 < row && (buffer.lines[row].wrapped || full(row - 1))
        };
        let least = first.saturating_sub(ROWS_ABOVE);
        let first = (least..=first.min(buffer.lines.len().saturating_sub(1)))
            .rev()
            .find(|it| !goes_on(*it))
            .unwrap_or(least);
        let mut texts: Vec<(Range<usize>, Text)> = Vec::new();
        for row in first..buffer.lines.len() {
            if row == first || !goes_on(row) {
                texts.push((row..row, Text::default()));
            }
            if let Some((rows, text)) = texts.last_mut() {
                rows.end = row + 1;
                self.push_row(text, row);
            }
        }
        texts
    }

    fn push_row(&self, text: &mut Text, row: usize) {
        let cells = self.shown().lines[row].cells();
        for (column, cell) in cells.iter().take(self.cols).enumerate() {
            if cell.is_second_half() {
                continue;
            }
            text.cells.push((row, column, text.bytes.len()));
            if cell.has_content() {
                text.bytes.extend_from_slice(self.text_of(*cell).as_bytes());
            } else {
                text.bytes.push(b' ');
            }
        }
    }

    /// Puts masks into the cells of these bytes; tells whether one was something else before.
    fn mask(&mut self, text: &Text, ranges: &[Range<usize>]) -> bool {
        let cols = self.cols;
        let buffer = self.buffer();
        let mut any = false;
        for (index, (row, column, start)) in text.cells.iter().enumerate() {
            let end = text.cells.get(index + 1).map_or(text.bytes.len(), |it| it.2);
            if !ranges.iter().any(|it| it.start < end && *start < it.end) {
                continue;
            }
            let line = &mut buffer.lines[*row];
            let cell = line.get(*column);
            if is_mask(&text.bytes[*start..end]) {
                continue;
            }
            any = true;
            line.set(*column, cell.with_code(u32::from(MASK), 1));
            let next = line.get(column + 1);
            if column + 1 < cols && next.is_second_half() {
                line.set(column + 1, next.with_code(u32::from(MASK), 1));
            }
        }
        any
    }
}

/// Whether this is what a mask leaves in a cell (`filter.rs`).
fn is_mask(text: &[u8]) -> bool {
    ["*", "·", "＊", "•", "🔒", "𐄀"].iter().any(|it| it.as_bytes() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "hunter2-hunter3";

    fn shown(cols: u16, output: &str) -> (bool, String) {
        let mut screen = Screen::new(cols, 6);
        screen.feed(output.as_bytes());
        let any = screen.redact(&Needles::of([SECRET]), usize::MAX);
        assert!(!screen.redact(&Needles::of([SECRET]), usize::MAX), "a mask is no secret");
        (any, screen.text())
    }

    #[test]
    fn a_secret_is_masked_over_wrapped_rows_and_through_looks() {
        let masked = (true, format!("KEY={}!", "*".repeat(SECRET.len())));
        for cols in 5..40 {
            assert_eq!(shown(cols, &format!("KEY={SECRET}!")), masked, "{cols} columns");
        }
        assert_eq!(shown(80, "KEY=hun\x1b[31mter2-\x1b[0mhunter3!"), masked);
        // As line editors wrap, and as programs draw.
        assert_eq!(shown(10, "KEY=hunter \r2-hunter3!"), masked);
        assert_eq!(shown(80, "KEY=xunter2-hunter3!\x1b[1;5Hh"), masked);
    }

    #[test]
    fn rows_that_a_program_fills_one_by_one_are_looked_at_as_one() {
        let (any, text) = shown(10, "\x1b[1;1HKEY=hunter\x1b[2;1H2-hunter3!");
        assert!(any && !text.contains("hunter"), "{text}");
    }

    #[test]
    fn the_scrollback_is_masked_and_what_is_no_secret_stays() {
        let mut screen = Screen::new(40, 3);
        screen.feed(format!("{SECRET}\r\n{}", "line\r\n".repeat(20)).as_bytes());
        assert_eq!(screen.scrolled(), 19);
        assert!(!screen.redact(&Needles::of([SECRET]), 3));
        assert!(screen.redact(&Needles::of([SECRET]), 19));
        assert!(screen.text().starts_with("***************\nline\n"));
        assert_eq!(shown(40, "hunter2\r\n-hunter3"), (false, "hunter2\n-hunter3".to_owned()));
    }

    #[test]
    fn wide_and_alternate_cells_are_masked() {
        let mut screen = Screen::new(40, 3);
        screen.feed("\x1b[?1049h\x1b[H漢字漢字 x".as_bytes());
        assert!(screen.redact(&Needles::of(["漢字漢字"]), 0));
        assert_eq!(screen.text(), "******** x");
    }

    #[test]
    fn a_beginning_before_the_cursor_is_masked_when_it_is_long_enough() {
        let needles = Needles::of([SECRET]);
        for (output, open, text) in [
            ("$ hunter", "hunter", "$ ******"),
            ("$ hu", "hu", "$ hu"),
            ("$ hunter\x1b[1;5H", "hu", "$ hunter"),
            ("$ ", "", "$"),
        ] {
            let mut screen = Screen::new(40, 3);
            screen.feed(output.as_bytes());
            assert_eq!(screen.redact_open_end(&needles, 2), open.as_bytes(), "{output}");
            assert_eq!(screen.text(), text);
        }
    }
}
