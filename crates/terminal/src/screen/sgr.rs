//! Select graphic rendition, and character protection.

use super::State;
use super::cell::{
    BLINK, BOLD, COLOR, DIM, HAS_EXTRA, INVERSE, INVISIBLE, ITALIC, MODE_16, MODE_256, MODE_RGB,
    OVERLINE, PROTECTED, STRIKETHROUGH, UNDERLINE,
};
use super::params::Params;

impl State {
    /// SGR.
    pub(super) fn select_rendition(&mut self, params: &Params) {
        let values = params.values();
        let mut index = 0;
        while index < values.len() {
            let value = values[index];
            let pen = &mut self.pen;
            match value {
                0 => {
                    (pen.fg, pen.bg) = (0, 0);
                    pen.extra.underline = 0;
                    pen.extra.underline_color = 0;
                    self.update_extra();
                }
                1 => pen.fg |= BOLD,
                2 => pen.bg |= DIM,
                3 => pen.bg |= ITALIC,
                4 => self.underline(params.sub(index).first().copied().unwrap_or(1)),
                5 => pen.fg |= BLINK,
                7 => pen.fg |= INVERSE,
                8 => pen.fg |= INVISIBLE,
                9 => pen.fg |= STRIKETHROUGH,
                21 => self.underline(2),
                22 => (pen.fg, pen.bg) = (pen.fg & !BOLD, pen.bg & !DIM),
                23 => pen.bg &= !ITALIC,
                24 => self.underline(0),
                25 => pen.fg &= !BLINK,
                27 => pen.fg &= !INVERSE,
                28 => pen.fg &= !INVISIBLE,
                29 => pen.fg &= !STRIKETHROUGH,
                39 => pen.fg &= !COLOR,
                49 => pen.bg &= !COLOR,
                53 => pen.bg |= OVERLINE,
                55 => pen.bg &= !OVERLINE,
                59 => {
                    // xterm.js shows a white underline then.
                    pen.extra.underline_color = COLOR;
                    self.update_extra();
                }
                38 | 48 | 58 => index += self.extended_color(params, index),
                30..=37 => pen.fg = pen.fg & !COLOR | palette(value - 30),
                40..=47 => pen.bg = pen.bg & !COLOR | palette(value - 40),
                90..=97 => pen.fg = pen.fg & !COLOR | palette(value - 90 + 8),
                100..=107 => pen.bg = pen.bg & !COLOR | palette(value - 100 + 8),
                _ => {}
            }
            index += 1;
        }
    }

    fn underline(&mut self, style: i32) {
        let style = u8::try_from(style).ok().filter(|it| *it <= 5).unwrap_or(1);
        self.pen.extra.underline = style;
        self.pen.fg |= UNDERLINE;
        if style == 0 {
            self.pen.fg &= !UNDERLINE;
        }
        self.update_extra();
    }

    /// Brings the pen's flag and number in line with its extra.
    pub(super) fn update_extra(&mut self) {
        self.number_extra();
        if self.pen.extra.shows() {
            self.pen.bg |= HAS_EXTRA;
        } else {
            self.pen.bg &= !HAS_EXTRA;
        }
    }

    fn number_extra(&mut self) {
        self.pen.number = self.extras.number(&self.pen.extra);
    }

    /// `38`, `48` and `58` with what follows, in parameters or in sub-parameters, with or without
    /// a colour space; returns how many parameters follow.
    fn extended_color(&mut self, params: &Params, at: usize) -> usize {
        let values = params.values();
        let mut collected = [0, 0, -1, 0, 0, 0];
        let mut space = 0;
        let mut advance = 0;
        loop {
            collected[advance + space] = values[at + advance];
            let sub = params.sub(at + advance);
            if !sub.is_empty() {
                for (index, value) in sub.iter().enumerate() {
                    if collected[1] == 5 {
                        space = 1;
                    }
                    let Some(slot) = collected.get_mut(advance + index + 1 + space) else { break };
                    *slot = *value;
                }
                break;
            }
            if collected[1] == 5 && 2 <= advance + space
                || collected[1] == 2 && 5 <= advance + space
            {
                break;
            }
            if collected[1] != 0 {
                space = 1;
            }
            advance += 1;
            if values.len() <= advance + at || collected.len() <= advance + space {
                break;
            }
        }
        let byte = |it: i32| u32::try_from(it.max(0) & 0xff).unwrap_or(0);
        let [kind, mode, _, first, second, third] = collected;
        let color = match mode {
            2 => MODE_RGB | byte(first) << 16 | byte(second) << 8 | byte(third),
            5 => MODE_256 | byte(first),
            _ => return advance,
        };
        match kind {
            38 => self.pen.fg = self.pen.fg & !COLOR | color,
            48 => self.pen.bg = self.pen.bg & !COLOR | color,
            _ => {
                self.pen.extra.underline_color = color;
                self.number_extra();
            }
        }
        advance
    }

    /// DECSCA.
    pub(super) fn protect(&mut self, what: i32) {
        match what {
            1 => self.pen.bg |= PROTECTED,
            0 | 2 => self.pen.bg &= !PROTECTED,
            _ => {}
        }
    }
}

fn palette(index: i32) -> u32 {
    MODE_16 | u32::try_from(index).unwrap_or(0)
}
