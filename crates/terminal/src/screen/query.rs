//! Answers to programs that ask what the terminal is and how it is set.
//!
//! They are those of xterm.js, which shows the output. What nobody could say for every client,
//! such as sizes in pixels, is not answered.

use super::State;
use super::params::Params;

/// Titles kept by a program that pushes them.
const TITLES_MAX: usize = 10;
/// Answers to one piece of output; a program that asks for more is not reading them.
const REPLIES_BYTES_MAX: usize = 16 << 10;

const NOT_RECOGNIZED: u8 = 0;
const SET: u8 = 1;
const RESET: u8 = 2;
const ALWAYS_SET: u8 = 3;
const ALWAYS_RESET: u8 = 4;

impl State {
    pub(super) fn reply(&mut self, text: &str) {
        if self.events.replies.len() + text.len() <= REPLIES_BYTES_MAX {
            self.events.replies.extend_from_slice(text.as_bytes());
        }
    }

    /// Device attributes, status reports and window operations.
    pub(super) fn query(&mut self, prefix: u32, end: u8, params: &Params) {
        let first = params.first();
        match (char::from_u32(prefix).unwrap_or_default(), end, first) {
            ('\0', b'c', 0) => self.reply("\x1b[?1;2c"),
            ('>', b'c', 0) => self.reply("\x1b[>0;276;0c"),
            ('>', b'q', 0) => self.reply("\x1bP>|xterm.js(6.0.0)\x1b\\"),
            ('\0', b'n', 5) => self.reply("\x1b[0n"),
            ('\0', b'n', 6) => self.report_cursor(""),
            ('?', b'n', 6) => self.report_cursor("?"),
            ('\0', b't', 18) => self.reply(&format!("\x1b[8;{};{}t", self.rows, self.cols)),
            ('\0', b't', 19) => self.reply(&format!("\x1b[9;{};{}t", self.rows, self.cols)),
            ('\0', b't', 22 | 23) => {
                let what = params.values().get(1).copied().unwrap_or(0);
                if matches!(what, 0 | 2) {
                    self.stack_title(first == 22);
                }
            }
            _ => {}
        }
    }

    fn report_cursor(&mut self, prefix: &str) {
        let buffer = self.buffer();
        let reply = format!("\x1b[{prefix}{};{}R", buffer.y + 1, buffer.x + 1);
        self.reply(&reply);
    }

    fn stack_title(&mut self, push: bool) {
        if push {
            if self.title_stack.len() == TITLES_MAX {
                self.title_stack.remove(0);
            }
            self.title_stack.push(self.title.clone());
        } else if let Some(title) = self.title_stack.pop() {
            self.set_title(&title);
        }
    }

    /// DECRQM.
    pub(super) fn report_mode(&mut self, mode: i32, ansi: bool) {
        let modes = &self.modes;
        let state = |on: bool| if on { SET } else { RESET };
        let value = match mode {
            2 if ansi => ALWAYS_RESET,
            4 if ansi => state(modes.insert),
            12 if ansi => ALWAYS_SET,
            20 if ansi => state(modes.convert_eol),
            _ if ansi => NOT_RECOGNIZED,
            1 => state(modes.application_cursor),
            6 => state(modes.origin),
            7 => state(modes.wraparound),
            8 => ALWAYS_SET,
            9 | 1000 | 1002 | 1003 => state(modes.mouse == mode),
            12 => state(modes.cursor_blinks.unwrap_or(false)),
            25 => state(!modes.cursor_hidden),
            45 => state(modes.reverse_wraparound),
            66 => state(modes.application_keypad),
            67 | 1005 | 1015 => ALWAYS_RESET,
            1004 => state(modes.focus_reports),
            1006 | 1016 => state(modes.mouse_encoding == mode),
            1048 => SET,
            47 | 1047 | 1049 => state(self.is_alternate),
            2004 => state(modes.bracketed_paste),
            2026 => state(modes.synchronized),
            _ => NOT_RECOGNIZED,
        };
        let prefix = if ansi { "" } else { "?" };
        self.reply(&format!("\x1b[{prefix}{mode};{value}$y"));
    }

    /// DECRQSS.
    pub(super) fn report_setting(&mut self, what: &str) {
        let protected = u8::from(self.pen.cell().is_protected());
        let shape = self.modes.cursor_shape.unwrap_or(2);
        let blinks = self.modes.cursor_shape_blinks.or(self.modes.cursor_blinks);
        let shape = shape - u8::from(blinks.unwrap_or(false));
        let buffer = self.buffer();
        let answer = match what {
            "\"q" => format!("1$r{protected}\"q"),
            "\"p" => "1$r61;1\"p".to_owned(),
            "r" => format!("1$r{};{}r", buffer.top + 1, buffer.bottom + 1),
            "m" => "1$r0m".to_owned(),
            " q" => format!("1$r{shape} q"),
            _ => "0$r".to_owned(),
        };
        self.reply(&format!("\x1bP{answer}\x1b\\"));
    }
}
