//! Character sets: line drawing and the national variants of ASCII that a VT220 knows.

/// A set that text is shown in; the default is US ASCII.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charset(Option<&'static Set>);

#[derive(Debug, PartialEq, Eq)]
struct Set {
    /// Final byte of the sequence that selects it.
    flag: u8,
    from: &'static str,
    to: &'static str,
}

const SETS: &[Set] = &[
    Set {
        flag: b'0',
        from: "`abcdefghijklmnopqrstuvwxyz{|}~",
        to: "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·",
    },
    Set { flag: b'A', from: "#", to: "£" },
    Set { flag: b'4', from: "#@[\\]{|}~", to: "£¾i½|¨f¼´" },
    Set { flag: b'5', from: "[\\]^`{|}~", to: "ÄÖÅÜéäöåü" },
    Set { flag: b'C', from: "[\\]^`{|}~", to: "ÄÖÅÜéäöåü" },
    Set { flag: b'6', from: "@[\\]^`{|}~", to: "ÄÆØÅÜäæøåü" },
    Set { flag: b'E', from: "@[\\]^`{|}~", to: "ÄÆØÅÜäæøåü" },
    Set { flag: b'7', from: "@[\\]^`{|}~", to: "ÉÄÖÅÜéäöåü" },
    Set { flag: b'H', from: "@[\\]^`{|}~", to: "ÉÄÖÅÜéäöåü" },
    Set { flag: b'R', from: "#@[\\]{|}~", to: "£à°ç§éùè¨" },
    Set { flag: b'Q', from: "@[\\]^`{|}~", to: "àâçêîôéùèû" },
    Set { flag: b'K', from: "@[\\]{|}~", to: "§ÄÖÜäöüß" },
    Set { flag: b'Y', from: "#@[\\]`{|}~", to: "£§°çéùàòèì" },
    Set { flag: b'Z', from: "#@[\\]{|}", to: "£§¡Ñ¿°ñç" },
    Set { flag: b'=', from: "#@[\\]^_`{|}~", to: "ùàéçêîèôäöüû" },
];

/// The four sets that can be called up, and the one that is.
#[derive(Clone, Debug, Default)]
pub(super) struct Charsets {
    pub(super) sets: [Charset; 4],
    pub(super) level: usize,
    /// The set in use. Restoring a cursor sets it apart from the others.
    pub(super) active: Charset,
}

impl Charset {
    /// The set that `flag` selects.
    pub(super) fn by_flag(flag: u8) -> Option<Self> {
        if flag == b'B' {
            return Some(Self(None));
        }
        SETS.iter().find(|it| it.flag == flag).map(|it| Self(Some(it)))
    }

    pub(super) fn is_ascii(self) -> bool {
        self.0.is_none()
    }

    pub(super) fn flag(self) -> u8 {
        self.0.map_or(b'B', |it| it.flag)
    }

    /// What is shown for a code point.
    pub(super) fn map(self, code: u32) -> u32 {
        let Some(set) = self.0.filter(|_| code < 0x7f) else { return code };
        let at = set.from.bytes().position(|it| u32::from(it) == code);
        at.and_then(|it| set.to.chars().nth(it)).map_or(code, u32::from)
    }

    /// What is to be printed so that `text` is shown, if there is such a text.
    pub(super) fn unmap(self, text: &str) -> Option<String> {
        let unmap = |shown: char| {
            let code = u32::from(shown);
            let mut ascii = ' '..='~';
            let same = (self.map(code) == code).then_some(shown);
            same.or_else(|| ascii.find(|it| self.map(u32::from(*it)) == code))
        };
        text.chars().map(unmap).collect()
    }
}

impl Charsets {
    pub(super) fn call(&mut self, level: usize) {
        self.level = level;
        self.active = self.sets[level];
    }

    pub(super) fn designate(&mut self, level: usize, set: Charset) {
        self.sets[level] = set;
        if self.level == level {
            self.active = set;
        }
    }
}
