//! A cell of the screen, the pen that fills it, and the tables of what is rare in cells.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

const WIDTH_SHIFT: u32 = 22;
const COMBINED: u32 = 1 << 21;
const CODE: u32 = 0x1f_ffff;

/// Colours take the lower 26 bits of `fg` and `bg`: 24 of value, 2 of mode.
pub(super) const COLOR: u32 = 0x03ff_ffff;
pub(super) const MODE: u32 = 0x0300_0000;
pub(super) const MODE_16: u32 = 0x0100_0000;
pub(super) const MODE_256: u32 = 0x0200_0000;
pub(super) const MODE_RGB: u32 = 0x0300_0000;

/// The upper bits of `fg`.
pub(super) const INVERSE: u32 = 1 << 26;
pub(super) const BOLD: u32 = 1 << 27;
pub(super) const UNDERLINE: u32 = 1 << 28;
pub(super) const BLINK: u32 = 1 << 29;
pub(super) const INVISIBLE: u32 = 1 << 30;
pub(super) const STRIKETHROUGH: u32 = 1 << 31;

/// The upper bits of `bg`.
pub(super) const ITALIC: u32 = 1 << 26;
pub(super) const DIM: u32 = 1 << 27;
/// The cell's `extra` counts.
pub(super) const HAS_EXTRA: u32 = 1 << 28;
pub(super) const PROTECTED: u32 = 1 << 29;
pub(super) const OVERLINE: u32 = 1 << 30;

/// One column of one row. The second column of a wide character is a cell of width 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Code point or number of a combined text, and the width (bits 22 and 23).
    content: u32,
    pub(super) fg: u32,
    pub(super) bg: u32,
    /// Number of an [`Extra`].
    pub(super) extra: u32,
}

impl Cell {
    /// Nothing was ever printed here.
    pub(super) const BLANK: Self = Self { content: 1 << WIDTH_SHIFT, fg: 0, bg: 0, extra: 0 };

    pub(super) fn with_code(self, code: u32, width: u32) -> Self {
        Self { content: code | width << WIDTH_SHIFT, ..self }
    }

    pub(super) fn with_combined(self, number: u32, width: u32) -> Self {
        Self { content: number | COMBINED | width << WIDTH_SHIFT, ..self }
    }

    /// The same place with nothing in it.
    pub(super) fn emptied(self) -> Self {
        self.with_code(0, 1)
    }

    pub(super) fn width(self) -> u32 {
        self.content >> WIDTH_SHIFT
    }

    pub(super) fn has_content(self) -> bool {
        self.content & (CODE | COMBINED) != 0
    }

    /// The code point, unless the cell has a combined text.
    pub(super) fn code(self) -> Option<u32> {
        (self.content & COMBINED == 0).then_some(self.content & CODE)
    }

    /// Number of the combined text.
    pub(super) fn combined(self) -> Option<u32> {
        (self.content & COMBINED != 0).then_some(self.content & CODE)
    }

    /// Whether this is the second column of a wide character.
    pub(super) fn is_second_half(self) -> bool {
        self.width() == 0 && !self.has_content()
    }

    pub(super) fn is_protected(self) -> bool {
        self.bg & PROTECTED != 0
    }

    /// Number of the extra, if it counts.
    pub(super) fn extra_number(self) -> Option<u32> {
        (self.bg & HAS_EXTRA != 0).then_some(self.extra)
    }
}

/// What few cells have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Extra {
    /// 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed.
    pub(super) underline: u8,
    /// As in a cell's `fg`; 0 for the text's colour.
    pub(super) underline_color: u32,
    pub(super) link: Option<Link>,
}

/// A hyperlink (OSC 8).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link {
    /// Tells links with the same target apart that the program did not tie together.
    pub(super) serial: u32,
    pub(super) id: Option<Arc<str>>,
    pub(super) uri: Arc<str>,
}

impl Extra {
    /// An underline colour alone shows nothing.
    pub(super) fn shows(&self) -> bool {
        self.underline != 0 || self.link.is_some()
    }
}

/// What the next character will look like.
#[derive(Clone, Debug, Default)]
pub(super) struct Pen {
    pub(super) fg: u32,
    pub(super) bg: u32,
    pub(super) extra: Extra,
    /// Number of `extra`, kept up to date by whoever changes it.
    pub(super) number: u32,
}

impl Pen {
    /// An empty cell in this look.
    pub(super) fn cell(&self) -> Cell {
        Cell { fg: self.fg, bg: self.bg, extra: self.number, ..Cell::BLANK }
    }

    /// What erasing leaves: the background colour alone.
    pub(super) fn erased(&self) -> Cell {
        Cell { bg: self.bg & COLOR, ..Cell::BLANK }
    }
}

/// Numbers values that many cells share; number 0 is the default value.
#[derive(Debug)]
pub(super) struct Table<T> {
    values: Vec<Option<T>>,
    numbers: HashMap<T, u32>,
    free: Vec<u32>,
    /// How many may be in use before the unused ones are looked for.
    limit: usize,
}

/// Values in a table before the first sweep; a sweep reads every cell.
const SWEEP_AT: usize = 4096;
/// Values from which on a table takes no more links: with the longest ones some 64 MiB.
const CROWDED_AT: usize = 16_384;

impl<T: Clone + Default + Eq + Hash> Default for Table<T> {
    fn default() -> Self {
        let numbers = HashMap::from([(T::default(), 0)]);
        Self { values: vec![Some(T::default())], numbers, free: Vec::new(), limit: SWEEP_AT }
    }
}

impl<T: Clone + Default + Eq + Hash> Table<T> {
    pub(super) fn number(&mut self, value: &T) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.values.push(None);
            u32::try_from(self.values.len() - 1).expect("fewer values than cells")
        });
        self.values[number as usize] = Some(value.clone());
        self.numbers.insert(value.clone(), number);
        number
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.values.get(number as usize)?.as_ref()
    }

    /// Whether it is time for [`Self::sweep`].
    pub(super) fn is_full(&self) -> bool {
        self.limit < self.numbers.len()
    }

    /// Whether what is large and new should rather be left out.
    pub(super) fn is_crowded(&self) -> bool {
        CROWDED_AT <= self.numbers.len()
    }

    /// Forgets every value but those with the `used` numbers.
    pub(super) fn sweep(&mut self, used: impl Iterator<Item = u32>) {
        let mut keep = vec![false; self.values.len()];
        keep[0] = true;
        for number in used {
            keep[number as usize] = true;
        }
        for (number, value) in self.values.iter_mut().enumerate().filter(|(it, _)| !keep[*it]) {
            if let Some(value) = value.take() {
                self.numbers.remove(&value);
                self.free.push(u32::try_from(number).expect("numbers are 32 bits"));
            }
        }
        // Swept again before it is crowded, so that unused values crowd out no new one.
        self.limit = SWEEP_AT.max((2 * self.numbers.len()).min(CROWDED_AT / 2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowded_table_has_room_again_when_its_values_are_not_used() {
        let mut table = Table::<u32>::default();
        let numbers: Vec<u32> = (1..20_000).map(|it| table.number(&it)).collect();
        assert!(table.is_crowded());
        table.sweep(numbers.iter().copied().take(10));
        assert!(!table.is_crowded());
        assert_eq!(table.get(numbers[9]), Some(&10));
        assert_eq!(table.get(numbers[10]), None);
    }
}
