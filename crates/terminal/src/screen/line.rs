//! A row of cells, of which only what was written takes memory.

use super::cell::Cell;

/// Cells that a reused row may keep room for; longer ones give their memory back.
const ROOM_MAX: usize = 160;

/// One row. Cells beyond those stored are blank.
#[derive(Clone, Debug)]
pub(super) struct Line {
    cells: Vec<Cell>,
    /// Columns of the row. Those of an alternate screen that was made narrower have more than
    /// the screen, and show them when it is made wider again.
    length: usize,
    /// Whether the row goes on where the former one ended.
    pub(super) wrapped: bool,
}

impl Line {
    pub(super) fn new(length: usize, fill: Cell, wrapped: bool) -> Self {
        let cells = if fill == Cell::BLANK { Vec::new() } else { vec![fill; length] };
        Self { cells, length, wrapped }
    }

    /// Makes it what [`Self::new`] returns, in the same memory.
    pub(super) fn renew(&mut self, length: usize, fill: Cell, wrapped: bool) {
        self.cells.clear();
        self.cells.shrink_to(ROOM_MAX);
        if fill != Cell::BLANK {
            self.cells.resize(length, fill);
        }
        self.length = length;
        self.wrapped = wrapped;
    }

    /// The stored cells.
    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    pub(super) fn get(&self, column: usize) -> Cell {
        self.cells.get(column).copied().unwrap_or(Cell::BLANK)
    }

    pub(super) fn set(&mut self, column: usize, cell: Cell) {
        if self.cells.len() <= column {
            if cell == Cell::BLANK {
                return;
            }
            self.cells.resize(column + 1, Cell::BLANK);
        }
        self.cells[column] = cell;
    }

    pub(super) fn width(&self, column: usize) -> u32 {
        self.get(column).width()
    }

    /// Writes one narrow character per byte.
    pub(super) fn write_ascii(&mut self, column: usize, text: &[u8], look: Cell) {
        if self.cells.len() < column {
            self.cells.resize(column, Cell::BLANK);
        }
        let over = text.len().min(self.cells.len() - column);
        let (first, rest) = text.split_at(over);
        for (cell, byte) in self.cells[column..].iter_mut().zip(first) {
            *cell = look.with_code(u32::from(*byte), 1);
        }
        self.cells.extend(rest.iter().map(|byte| look.with_code(u32::from(*byte), 1)));
    }

    /// Empties the first half of a wide character before `column`, and the second half at it, as
    /// far as the other half is about to go.
    fn cut(&mut self, start: usize, end: usize, fill: Cell) {
        if 0 < start && self.width(start - 1) == 2 {
            self.set(start - 1, fill.emptied());
        }
        if 0 < end && end < self.length && self.width(end - 1) == 2 {
            self.set(end, fill.emptied());
        }
    }

    /// Fills `start..end`.
    pub(super) fn replace(&mut self, start: usize, end: usize, fill: Cell) {
        self.cut(start, end, fill);
        let end = end.min(self.length);
        if end <= start {
            return;
        }
        if fill == Cell::BLANK && self.cells.len() <= end {
            self.cells.truncate(start);
            return;
        }
        if self.cells.len() < end {
            self.cells.resize(end, Cell::BLANK);
        }
        self.cells[start..end].fill(fill);
    }

    /// Fills the cells of `start..end` that are not protected.
    pub(super) fn replace_unprotected(&mut self, start: usize, end: usize, fill: Cell) {
        if 0 < start && self.width(start - 1) == 2 && !self.get(start - 1).is_protected() {
            self.set(start - 1, fill.emptied());
        }
        let halved = 0 < end && end < self.length && self.width(end - 1) == 2;
        if halved && !self.get(end).is_protected() {
            self.set(end, fill.emptied());
        }
        for column in start..end.min(self.length) {
            if !self.get(column).is_protected() {
                self.set(column, fill);
            }
        }
    }

    /// Fills the whole row.
    pub(super) fn fill(&mut self, fill: Cell) {
        self.renew(self.length, fill, self.wrapped);
    }

    /// Moves the cells from `column` on by `count` to the right; the last ones are lost.
    pub(super) fn insert(&mut self, column: usize, count: usize, fill: Cell) {
        let column = column % self.length;
        if 0 < column && self.width(column - 1) == 2 {
            self.set(column - 1, fill.emptied());
        }
        self.cells.resize(self.length, Cell::BLANK);
        let count = count.min(self.length - column);
        self.cells[column..].rotate_right(count);
        self.cells[column..column + count].fill(fill);
        if self.width(self.length - 1) == 2 {
            self.set(self.length - 1, fill.emptied());
        }
        self.trim();
    }

    /// Moves the cells after `column` by `count` to the left.
    pub(super) fn delete(&mut self, column: usize, count: usize, fill: Cell) {
        let column = column % self.length;
        self.cells.resize(self.length, Cell::BLANK);
        let count = count.min(self.length - column);
        self.cells[column..].rotate_left(count);
        let kept = self.length - count;
        self.cells[kept..].fill(fill);
        if 0 < column && self.width(column - 1) == 2 {
            self.set(column - 1, fill.emptied());
        }
        if self.get(column).is_second_half() {
            self.set(column, fill.emptied());
        }
        self.trim();
    }

    /// Makes it `length` columns; what is beyond is lost.
    pub(super) fn resize(&mut self, length: usize) {
        self.cells.truncate(length);
        self.length = length;
    }

    /// Columns up to the last one that has a character.
    pub(super) fn trimmed(&self) -> usize {
        let last = self.cells.iter().rposition(|it| it.has_content());
        last.map_or(0, |it| it + self.cells[it].width() as usize)
    }

    fn trim(&mut self) {
        let used = self.cells.iter().rposition(|it| *it != Cell::BLANK).map_or(0, |it| it + 1);
        self.cells.truncate(used);
    }
}
