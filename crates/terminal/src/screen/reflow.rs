//! Rewrapping rows when the screen's width changes.
//!
//! Row by row what xterm.js does, its special cases included, because browser and kernel reflow
//! on their own and must agree: a row that holds the cursor is left alone, and a wide character
//! that does not fit leaves an empty last column.

use super::buffer::Buffer;
use super::cell::Cell;
use super::line::Line;
use std::ops::Range;

impl Buffer {
    /// Rewraps from `old_cols` to the current width.
    pub(super) fn reflow(&mut self, old_cols: usize) {
        if old_cols < self.cols {
            self.reflow_larger(old_cols);
        } else if self.cols < old_cols {
            self.reflow_smaller(old_cols);
            let cols = self.cols;
            self.lines.iter_mut().for_each(|it| it.resize(cols));
        }
    }

    /// The wrapped rows that `first` begins.
    fn paragraph_from(&self, first: usize) -> Range<usize> {
        let rest = self.lines.iter().skip(first + 1);
        first..first + 1 + rest.take_while(|it| it.wrapped).count()
    }

    /// Columns that row `at` of a paragraph adds to its text.
    fn length_in(&self, paragraph: &Range<usize>, at: usize, cols: usize) -> usize {
        if at + 1 == paragraph.end {
            return self.lines[at].trimmed();
        }
        let last = self.lines[at].get(cols - 1);
        let ends_empty = !last.has_content() && last.width() == 1;
        let wide_follows = self.lines[at + 1].width(0) == 2;
        if ends_empty && wide_follows { cols - 1 } else { cols }
    }

    fn copy(&mut self, from: (usize, usize), to: (usize, usize), count: usize) {
        let cells: Vec<Cell> = (0..count).map(|it| self.lines[from.0].get(from.1 + it)).collect();
        for (at, cell) in cells.into_iter().enumerate() {
            self.lines[to.0].set(to.1 + at, cell);
        }
    }

    fn has_cursor(&self, paragraph: &Range<usize>) -> bool {
        paragraph.contains(&(self.base + self.y))
    }

    fn reflow_larger(&mut self, old_cols: usize) {
        let mut removed: Vec<Range<usize>> = Vec::new();
        let mut first = 0;
        while first + 1 < self.lines.len() {
            let paragraph = self.paragraph_from(first);
            first = paragraph.end;
            if paragraph.len() < 2 || self.has_cursor(&paragraph) {
                continue;
            }
            let last = self.join(&paragraph, old_cols);
            let kept = (paragraph.start + 1..paragraph.end)
                .rev()
                .find(|it| *it <= last && 0 < self.lines[*it].trimmed())
                .map_or(paragraph.start + 1, |it| it + 1);
            if kept < paragraph.end {
                removed.push(kept..paragraph.end);
            }
        }
        let count: usize = removed.iter().map(ExactSizeIterator::len).sum();
        if count == 0 {
            return;
        }
        let mut index = 0;
        let mut next = removed.into_iter().peekable();
        self.lines.retain(|_| {
            while next.peek().is_some_and(|it| it.end <= index) {
                next.next();
            }
            let gone = next.peek().is_some_and(|it| it.contains(&index));
            index += 1;
            !gone
        });
        for _ in 0..count {
            if 0 < self.base {
                self.base -= 1;
                continue;
            }
            self.y = self.y.saturating_sub(1);
            if self.lines.len() < self.rows {
                self.lines.push_back(Line::new(self.cols, Cell::BLANK, false));
            }
        }
        self.saved.y = self.saved.y.saturating_sub(count);
    }

    /// Moves the text of a paragraph up into wider rows; returns the last row that has any.
    fn join(&mut self, paragraph: &Range<usize>, old_cols: usize) -> usize {
        let cols = self.cols;
        let (mut to, mut to_column) =
            (paragraph.start, self.length_in(paragraph, paragraph.start, old_cols));
        let (mut from, mut from_column) = (paragraph.start + 1, 0);
        while from < paragraph.end {
            let length = self.length_in(paragraph, from, old_cols);
            let count = length.saturating_sub(from_column).min(cols - to_column);
            self.copy((from, from_column), (to, to_column), count);
            to_column += count;
            if to_column == cols {
                to += 1;
                to_column = 0;
            }
            from_column += count;
            if length <= from_column {
                from += 1;
                from_column = 0;
            }
            if to_column == 0 && paragraph.start < to && self.lines[to - 1].width(cols - 1) == 2 {
                self.copy((to - 1, cols - 1), (to, 0), 1);
                to_column = 1;
                self.lines[to - 1].set(cols - 1, Cell::BLANK);
            }
        }
        if to < self.lines.len() {
            self.lines[to].replace(to_column, cols, Cell::BLANK);
        }
        to
    }

    fn reflow_smaller(&mut self, old_cols: usize) {
        let (cols, rows, lines_max) = (self.cols, self.rows, self.lines_max());
        // Where rows are added, from the bottom up, and how many.
        let mut inserted: Vec<(usize, Vec<Line>)> = Vec::new();
        let mut inserted_count = 0;
        let mut y = self.lines.len();
        while 0 < y {
            y -= 1;
            if self.lines.len() <= y {
                continue;
            }
            if !self.lines[y].wrapped && self.lines[y].trimmed() <= cols {
                continue;
            }
            let end = y + 1;
            while self.lines[y].wrapped && 0 < y {
                y -= 1;
            }
            let paragraph = y..end;
            if self.has_cursor(&paragraph) {
                continue;
            }
            let lengths = self.narrow_lengths(&paragraph, old_cols);
            let added = lengths.len().saturating_sub(paragraph.len());
            let grows_within = self.base == 0 && self.y + 1 != self.lines.len();
            let filled = if grows_within { self.y } else { self.lines.len() };
            let trimmed = (filled + added).saturating_sub(lines_max);
            let new_lines = self.split(&paragraph, &lengths, old_cols);
            if 0 < added {
                inserted_count += added;
                inserted.push((end, new_lines));
            }
            for _ in trimmed..added {
                if self.base == 0 && self.y + 1 < rows {
                    self.y += 1;
                    self.lines.pop_back();
                } else if self.base == 0
                    || self.base + rows < lines_max.min(self.lines.len() + inserted_count)
                {
                    self.base += 1;
                }
            }
            self.saved.y = (self.saved.y + added).min(self.base + rows - 1);
        }
        if inserted.is_empty() {
            return;
        }
        self.splice(inserted, lines_max);
    }

    /// Puts rows in, from the bottom up, and forgets the oldest ones that are too many.
    fn splice(&mut self, inserted: Vec<(usize, Vec<Line>)>, lines_max: usize) {
        let mut upwards: Vec<Line> = Vec::new();
        let mut next = inserted.into_iter().peekable();
        let mut index = self.lines.len();
        loop {
            while let Some((_, lines)) = next.next_if(|(at, _)| index <= *at) {
                upwards.extend(lines.into_iter().rev());
            }
            let Some(line) = self.lines.pop_back() else { break };
            upwards.push(line);
            index -= 1;
        }
        upwards.truncate(lines_max);
        self.lines = upwards.into_iter().rev().collect();
    }

    /// The lengths of the rows that a paragraph's text takes at the current width.
    fn narrow_lengths(&self, paragraph: &Range<usize>, old_cols: usize) -> Vec<usize> {
        let cols = self.cols;
        let needed: usize =
            paragraph.clone().map(|it| self.length_in(paragraph, it, old_cols)).sum();
        let mut lengths = Vec::new();
        let (mut column, mut at, mut available) = (0, paragraph.start, 0);
        while available < needed {
            if needed - available < cols {
                lengths.push(needed - available);
                break;
            }
            column += cols;
            let old = self.length_in(paragraph, at, old_cols);
            if old < column {
                column -= old;
                at += 1;
            }
            let wide = at < paragraph.end && self.lines[at].width(column - 1) == 2;
            if wide {
                column -= 1;
            }
            let length = if wide { cols - 1 } else { cols };
            lengths.push(length);
            available += length;
        }
        lengths
    }

    /// Moves the text of a paragraph down into narrower rows, from its end; returns the rows that
    /// are to be added after it.
    fn split(&mut self, paragraph: &Range<usize>, lengths: &[usize], old_cols: usize) -> Vec<Line> {
        let cols = self.cols;
        let text: Vec<Cell> = paragraph
            .clone()
            .flat_map(|at| {
                let length = self.length_in(paragraph, at, old_cols);
                (0..length).map(move |column| (at, column))
            })
            .map(|(at, column)| self.lines[at].get(column))
            .collect();
        let added = lengths.len().saturating_sub(paragraph.len());
        let mut new_lines: Vec<Line> =
            (0..added).map(|_| Line::new(cols, Cell::BLANK, true)).collect();
        let mut rest = text.as_slice();
        for (index, length) in lengths.iter().enumerate() {
            let (row, after) = rest.split_at((*length).min(rest.len()));
            rest = after;
            let line = match index.checked_sub(paragraph.len()) {
                Some(new) => &mut new_lines[new],
                None => &mut self.lines[paragraph.start + index],
            };
            for (column, cell) in row.iter().enumerate() {
                line.set(column, *cell);
            }
            if *length < cols {
                line.set(*length, Cell::BLANK);
            }
        }
        // Rows that lost their text altogether keep their place, blank from the first column.
        for at in paragraph.start + lengths.len()..paragraph.end {
            self.lines[at].set(0, Cell::BLANK);
        }
        new_lines
    }
}
