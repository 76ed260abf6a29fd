//! Modes that programs switch on and off.

use super::State;
use super::buffer::Saved;
use super::charset::{Charset, Charsets};
use super::params::Params;

/// See the module.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the modes of a terminal are independent")]
pub(super) struct Modes {
    pub(super) insert: bool,
    pub(super) convert_eol: bool,
    pub(super) application_cursor: bool,
    pub(super) application_keypad: bool,
    pub(super) origin: bool,
    pub(super) wraparound: bool,
    pub(super) reverse_wraparound: bool,
    pub(super) bracketed_paste: bool,
    pub(super) focus_reports: bool,
    pub(super) synchronized: bool,
    pub(super) cursor_hidden: bool,
    /// Mode 12, unless the program left it to the user.
    pub(super) cursor_blinks: Option<bool>,
    /// 2 block, 4 underline, 6 bar, as in DECSCUSR; `None` for what the user likes.
    pub(super) cursor_shape: Option<u8>,
    /// As DECSCUSR said.
    pub(super) cursor_shape_blinks: Option<bool>,
    /// Mode number of the mouse events that are reported; 0 for none.
    pub(super) mouse: i32,
    /// Mode number of their encoding; 0 for the oldest one.
    pub(super) mouse_encoding: i32,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            insert: false,
            convert_eol: false,
            application_cursor: false,
            application_keypad: false,
            origin: false,
            wraparound: true,
            reverse_wraparound: false,
            bracketed_paste: false,
            focus_reports: false,
            synchronized: false,
            cursor_hidden: false,
            cursor_blinks: None,
            cursor_shape: None,
            cursor_shape_blinks: None,
            mouse: 0,
            mouse_encoding: 0,
        }
    }
}

impl Modes {
    /// What RIS leaves: the modes that xterm.js keeps as options of its user, and the hidden
    /// cursor.
    pub(super) fn after_reset(&self) -> Self {
        Self {
            convert_eol: self.convert_eol,
            cursor_blinks: self.cursor_blinks,
            cursor_hidden: self.cursor_hidden,
            ..Self::default()
        }
    }

    /// DECSCUSR.
    pub(super) fn set_cursor_style(&mut self, style: i32) {
        if style == 0 {
            (self.cursor_shape, self.cursor_shape_blinks) = (None, None);
            return;
        }
        self.cursor_shape = match style {
            1 | 2 => Some(2),
            3 | 4 => Some(4),
            5 | 6 => Some(6),
            _ => self.cursor_shape,
        };
        self.cursor_shape_blinks = Some(style % 2 == 1);
    }
}

impl State {
    pub(super) fn set_ansi_modes(&mut self, params: &Params, on: bool) {
        for mode in params.values() {
            match mode {
                4 => self.modes.insert = on,
                20 => self.modes.convert_eol = on,
                _ => {}
            }
        }
    }

    pub(super) fn set_private_modes(&mut self, params: &Params, on: bool) {
        for mode in params.values() {
            let modes = &mut self.modes;
            match *mode {
                1 => modes.application_cursor = on,
                2 if on => {
                    (0..4).for_each(|it| self.charsets.designate(it, Charset::default()));
                }
                6 => {
                    modes.origin = on;
                    self.place_cursor(0, 0);
                }
                7 => modes.wraparound = on,
                12 => modes.cursor_blinks = Some(on),
                25 => modes.cursor_hidden = !on,
                45 => modes.reverse_wraparound = on,
                66 => modes.application_keypad = on,
                mode @ (9 | 1000 | 1002 | 1003) => modes.mouse = if on { mode } else { 0 },
                mode @ (1006 | 1016) => modes.mouse_encoding = if on { mode } else { 0 },
                1004 => modes.focus_reports = on,
                2004 => modes.bracketed_paste = on,
                2026 => modes.synchronized = on,
                1048 if on => self.save_cursor(),
                1048 => self.restore_cursor(),
                mode @ (47 | 1047 | 1049) if on => self.enter_alternate(mode == 1049),
                mode @ (47 | 1047 | 1049) => self.leave_alternate(mode == 1049),
                _ => {}
            }
        }
    }

    fn enter_alternate(&mut self, save: bool) {
        if save {
            self.save_cursor();
        }
        if !self.is_alternate {
            self.alternate.fill(self.pen.erased());
            (self.alternate.x, self.alternate.y) = (self.normal.x, self.normal.y);
            self.is_alternate = true;
        }
    }

    fn leave_alternate(&mut self, restore: bool) {
        if self.is_alternate {
            (self.normal.x, self.normal.y) = (self.alternate.x, self.alternate.y);
            self.alternate.clear();
            self.is_alternate = false;
        }
        if restore {
            self.restore_cursor();
        }
    }

    /// DECSTR.
    pub(super) fn soft_reset(&mut self) {
        let rows = self.rows;
        let modes = &self.modes;
        self.modes = Modes {
            convert_eol: modes.convert_eol,
            cursor_blinks: modes.cursor_blinks,
            mouse: modes.mouse,
            mouse_encoding: modes.mouse_encoding,
            ..Modes::default()
        };
        self.pen = super::cell::Pen::default();
        self.charsets = Charsets::default();
        let buffer = self.buffer();
        (buffer.top, buffer.bottom) = (0, rows - 1);
        buffer.saved = Saved { y: buffer.base, ..Saved::default() };
    }
}
