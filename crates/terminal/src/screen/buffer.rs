//! One of the two screens: its rows, cursor, margins, tab stops and saved cursor.

use super::cell::Cell;
use super::charset::Charset;
use super::line::Line;
use std::collections::VecDeque;

/// Columns between the tab stops of a fresh screen.
const TAB_WIDTH: usize = 8;

/// What DECSC saves. The row counts from the first row of the scrollback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Saved {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) fg: u32,
    pub(super) bg: u32,
    pub(super) charset: Charset,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Buffer {
    /// Scrollback, then the screen.
    pub(super) lines: VecDeque<Line>,
    /// Index of the screen's first row.
    pub(super) base: usize,
    /// The cursor. `x` is `cols` when the next character wraps.
    pub(super) x: usize,
    pub(super) y: usize,
    /// First and last row that scroll.
    pub(super) top: usize,
    pub(super) bottom: usize,
    pub(super) saved: Saved,
    tabs: Vec<bool>,
    pub(super) cols: usize,
    pub(super) rows: usize,
    /// Rows that left the screen upwards.
    pub(super) scrolled: usize,
    /// Rows kept beyond the screen; 0 for the alternate screen, which does not reflow either.
    scrollback: usize,
}

impl Buffer {
    /// A buffer without rows.
    pub(super) fn new(cols: usize, rows: usize, scrollback: usize) -> Self {
        let mut buffer = Self {
            lines: VecDeque::new(),
            base: 0,
            x: 0,
            y: 0,
            top: 0,
            bottom: rows - 1,
            saved: Saved::default(),
            tabs: Vec::new(),
            cols,
            rows,
            scrolled: 0,
            scrollback,
        };
        buffer.set_tabs_from(0);
        buffer
    }

    /// Gives it rows if it has none.
    pub(super) fn fill(&mut self, fill: Cell) {
        if self.lines.is_empty() {
            self.lines = (0..self.rows).map(|_| Line::new(self.cols, fill, false)).collect();
        }
    }

    /// Forgets everything but the saved cursor.
    pub(super) fn clear(&mut self) {
        let saved = self.saved;
        *self = Self { saved, ..Self::new(self.cols, self.rows, self.scrollback) };
    }

    /// Rows that are kept at most.
    pub(super) fn lines_max(&self) -> usize {
        self.rows + self.scrollback
    }

    pub(super) fn reflows(&self) -> bool {
        0 < self.scrollback
    }

    /// A row of the screen.
    pub(super) fn line(&mut self, y: usize) -> &mut Line {
        &mut self.lines[self.base + y]
    }

    /// Moves the scrolling rows up by one.
    pub(super) fn scroll(&mut self, fill: Cell, wrapped: bool) {
        let (first, last) = (self.base + self.top, self.base + self.bottom);
        if 0 < self.top {
            let mut line = self.lines.remove(first).expect("margins lie within the screen");
            line.renew(self.cols, fill, wrapped);
            self.lines.insert(last, line);
            return;
        }
        self.scrolled += 1;
        let line = if self.lines.len() == self.lines_max() {
            let mut line = self.lines.pop_front().expect("a screen has rows");
            line.renew(self.cols, fill, wrapped);
            line
        } else {
            self.base += 1;
            Line::new(self.cols, fill, wrapped)
        };
        let below = self.rows - 1 - self.bottom;
        if below == 0 {
            self.lines.push_back(line);
        } else {
            self.lines.insert(self.lines.len() - below, line);
        }
    }

    /// Takes row `from` of the screen out and puts an empty one in at `to`.
    pub(super) fn shift(&mut self, from: usize, to: usize, fill: Cell) {
        let mut line = self.lines.remove(self.base + from).expect("a row of the screen");
        line.renew(self.cols, fill, false);
        self.lines.insert(self.base + to, line);
    }

    /// Forgets the scrollback.
    pub(super) fn drop_scrollback(&mut self) {
        let excess = self.lines.len().saturating_sub(self.rows);
        self.lines.drain(..excess);
        self.base = self.base.saturating_sub(excess);
    }

    pub(super) fn set_tab(&mut self, x: usize, set: bool) {
        if self.tabs.len() <= x {
            self.tabs.resize(x + 1, false);
        }
        self.tabs[x] = set;
    }

    pub(super) fn clear_tabs(&mut self) {
        self.tabs.clear();
    }

    pub(super) fn is_tab(&self, x: usize) -> bool {
        self.tabs.get(x).copied().unwrap_or(false)
    }

    /// The tab stop after `x`, or the last column.
    pub(super) fn next_tab(&self, x: usize) -> usize {
        (x + 1..self.cols).find(|it| self.is_tab(*it)).unwrap_or(self.cols - 1)
    }

    /// The tab stop before `x`, or the first column.
    pub(super) fn previous_tab(&self, x: usize) -> usize {
        (0..x).rev().find(|it| self.is_tab(*it)).unwrap_or(0).min(self.cols - 1)
    }

    /// Whether the tab stops within the screen are those of a fresh one.
    pub(super) fn has_default_tabs(&self) -> bool {
        (0..self.cols).all(|it| self.is_tab(it) == (it % TAB_WIDTH == 0))
    }

    /// Sets a tab stop every eight columns from the one before `x` on.
    pub(super) fn set_tabs_from(&mut self, x: usize) {
        let first = if self.is_tab(x) { x } else { self.previous_tab(x) };
        for stop in (first..self.cols).step_by(TAB_WIDTH) {
            self.set_tab(stop, true);
        }
    }

    /// Follows a change of the screen's size as xterm.js does.
    pub(super) fn resize(&mut self, cols: usize, rows: usize) {
        let (old_cols, old_rows) = (self.cols, self.rows);
        (self.cols, self.rows) = (cols, rows);
        self.bottom = rows - 1;
        if self.lines.is_empty() {
            return;
        }
        if old_cols < cols {
            self.lines.iter_mut().for_each(|it| it.resize(cols));
        }
        let mut pulled = 0;
        if old_rows < rows {
            for _ in old_rows..rows {
                if rows + self.base <= self.lines.len() {
                    continue;
                }
                if 0 < self.base && self.lines.len() <= self.base + self.y + pulled + 1 {
                    self.base -= 1;
                    pulled += 1;
                } else {
                    self.lines.push_back(Line::new(cols, Cell::BLANK, false));
                }
            }
        } else {
            for _ in rows..old_rows {
                if self.lines.len() <= rows + self.base {
                    continue;
                }
                if self.base + self.y + 1 < self.lines.len() {
                    self.lines.pop_back();
                } else {
                    self.base += 1;
                }
            }
            let excess = self.lines.len().saturating_sub(self.lines_max());
            self.lines.drain(..excess);
            self.base = self.base.saturating_sub(excess);
            self.saved.y = self.saved.y.saturating_sub(excess);
        }
        self.x = self.x.min(cols - 1);
        self.y = self.y.min(rows - 1) + pulled;
        self.saved.x = self.saved.x.min(cols - 1);
        self.top = 0;
        if self.reflows() {
            self.reflow(old_cols);
        }
    }
}
