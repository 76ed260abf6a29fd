//! Operating system commands: titles, links, colours, the working directory and the clipboard.

use super::State;
use super::cell::Link;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest text that a program may put in the clipboard.
const CLIPBOARD_BYTES_MAX: usize = 100_000;
/// Longest title; what is longer is no title.
const TITLE_BYTES_MAX: usize = 4096;
/// Longest target of a link, as other terminals have it.
const LINK_BYTES_MAX: usize = 4096;

/// Programs differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

type Rgb = [u8; 3];

/// Colours that the program set: 0 to 255 of the palette.
#[derive(Clone, Debug, Default)]
pub(super) struct Palette {
    pub(super) indexed: BTreeMap<u8, Rgb>,
    /// Foreground, background and cursor (OSC 10 to 12).
    pub(super) special: [Option<Rgb>; 3],
}

/// What is reported for foreground, background and cursor until a program sets them: a dark
/// theme, the client's default.
const SPECIAL: [Rgb; 3] = [[0xff, 0xff, 0xff], [0, 0, 0], [0xff, 0xff, 0xff]];

impl State {
    pub(super) fn command(&mut self, number: i64, payload: &str) {
        match number {
            0 | 2 => self.set_title(payload),
            4 => self.indexed_colors(payload),
            7 => {
                if let Some(path) = directory(payload) {
                    self.events.working_directory = Some(path);
                }
            }
            8 => self.link(payload),
            10..=12 => self.special_colors(payload, usize::try_from(number - 10).unwrap_or(0)),
            52 => {
                if let Some(text) = clipboard(payload) {
                    self.events.clipboard = Some(text);
                }
            }
            104 if payload.is_empty() => self.palette.indexed.clear(),
            104 => {
                for index in payload.split(';').filter_map(|it| it.parse().ok()) {
                    self.palette.indexed.remove::<u8>(&index);
                }
            }
            110..=112 => {
                self.palette.special[usize::try_from(number - 110).unwrap_or(0)] = None;
            }
            _ => {}
        }
    }

    pub(super) fn set_title(&mut self, title: &str) {
        if title.len() <= TITLE_BYTES_MAX {
            title.clone_into(&mut self.title);
            self.events.title = Some(title.to_owned());
        }
    }

    fn link(&mut self, payload: &str) {
        let Some((params, uri)) = payload.split_once(';') else { return };
        if uri.is_empty() {
            if params.trim().is_empty() {
                self.pen.extra.link = None;
                self.update_extra();
            }
            return;
        }
        if LINK_BYTES_MAX < payload.len() {
            return;
        }
        // The text is shown all the same, without a link.
        if self.extras.is_crowded() {
            self.pen.extra.link = None;
            self.update_extra();
            return;
        }
        let id = params.trim().split(':').find_map(|it| it.strip_prefix("id="));
        let id = id.filter(|it| !it.is_empty()).map(Arc::from);
        let serial = if id.is_some() { 0 } else { self.next_link };
        self.next_link = self.next_link.wrapping_add(1);
        self.pen.extra.link = Some(Link { serial, id, uri: Arc::from(uri) });
        self.update_extra();
    }

    fn indexed_colors(&mut self, payload: &str) {
        let mut slots = payload.split(';');
        while let (Some(index), Some(color)) = (slots.next(), slots.next()) {
            let Ok(index) = index.parse::<u8>() else { continue };
            if color == "?" {
                let rgb = self.palette.indexed.get(&index).copied();
                self.report_color(&format!("4;{index}"), rgb.unwrap_or_else(|| standard(index)));
            } else if let Some(rgb) = parse_color(color) {
                self.palette.indexed.insert(index, rgb);
            }
        }
    }

    fn special_colors(&mut self, payload: &str, first: usize) {
        for (index, color) in (first..SPECIAL.len()).zip(payload.split(';')) {
            if color == "?" {
                let rgb = self.palette.special[index].unwrap_or(SPECIAL[index]);
                self.report_color(&(10 + index).to_string(), rgb);
            } else if let Some(rgb) = parse_color(color) {
                self.palette.special[index] = Some(rgb);
            }
        }
    }

    fn report_color(&mut self, what: &str, [r, g, b]: Rgb) {
        let color = format!("\x1b]{what};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}\x1b\\");
        self.reply(&color);
    }
}

/// `rgb:r/g/b` with one to four digits each, or `#` with three times one to four.
fn parse_color(text: &str) -> Option<Rgb> {
    let lower = text.to_ascii_lowercase();
    let parse = |it: &str| u32::from_str_radix(it, 16).ok().filter(|_| !it.starts_with('+'));
    if let Some(rest) = lower.strip_prefix("rgb:") {
        let parts: Vec<&str> = rest.split('/').collect();
        let length = parts[0].len();
        if parts.len() != 3
            || !(1..=4).contains(&length)
            || parts.iter().any(|it| it.len() != length)
        {
            return None;
        }
        let max = (1 << (4 * length)) - 1;
        let scale = |it: &str| u8::try_from((parse(it)? * 255 * 2 + max) / (2 * max)).ok();
        return Some([scale(parts[0])?, scale(parts[1])?, scale(parts[2])?]);
    }
    let digits = lower.strip_prefix('#')?;
    if !matches!(digits.len(), 3 | 6 | 9 | 12) || !digits.is_ascii() {
        return None;
    }
    let length = digits.len() / 3;
    let part = |index: usize| {
        let value = parse(&digits[index * length..(index + 1) * length])?;
        u8::try_from(if length == 1 { value << 4 } else { value >> (4 * (length - 2)) }).ok()
    };
    Some([part(0)?, part(1)?, part(2)?])
}

/// The usual colours: 16 named ones, a cube of 216, and 24 greys.
fn standard(index: u8) -> Rgb {
    const NAMED: [u32; 16] = [
        0x2e_3436, 0xcc_0000, 0x4e_9a06, 0xc4_a000, 0x34_65a4, 0x75_507b, 0x06_989a, 0xd3_d7cf,
        0x55_5753, 0xef_2929, 0x8a_e234, 0xfc_e94f, 0x72_9fcf, 0xad_7fa8, 0x34_e2e2, 0xee_eeec,
    ];
    let level = |it: u8| if it == 0 { 0 } else { 55 + 40 * it };
    match index {
        0..=15 => {
            let [_, r, g, b] = NAMED[usize::from(index)].to_be_bytes();
            [r, g, b]
        }
        16..=231 => {
            let index = index - 16;
            [level(index / 36), level(index / 6 % 6), level(index % 6)]
        }
        232..=255 => [8 + 10 * (index - 232); 3],
    }
}

/// The path of `file://host/path`, decoded; only absolute paths count.
fn directory(url: &str) -> Option<String> {
    let rest = url.strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let escaped = (*byte == b'%').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|it| std::str::from_utf8(it).ok());
        if let Some(decoded) = escaped.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            bytes.push(decoded);
            rest = &after[2..];
        } else {
            bytes.push(*byte);
            rest = after;
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    (path.len() <= TITLE_BYTES_MAX && !path.contains(char::is_control)).then_some(path)
}

/// The text of a write to the clipboard. Reading it (`?`) is never answered.
fn clipboard(payload: &str) -> Option<String> {
    let (selection, data) = payload.split_once(';')?;
    if !selection.is_empty() && !selection.contains(['c', 'p', 's']) || data == "?" {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(data).ok()?).ok()?;
    (text.len() <= CLIPBOARD_BYTES_MAX).then_some(text)
}
