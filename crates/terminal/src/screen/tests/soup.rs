//! Random sequences: what a session of every program at once would look like.

use super::oracle::{Case, Step, Trial, run};

/// Terminals in the seeded sample.
const TERMINALS: u64 = 100;

#[test]
fn a_new_client_sees_random_sequences_as_the_others_do() {
    let trials: Vec<Trial> = (0..TERMINALS).flat_map(trials).collect();
    run(&trials);
}

/// Half of the terminals change their size, and half of each half saves cursors. What no output
/// can bring about in another xterm.js is left out:
///
/// * with resizing: wide characters, of which reflowing may leave a half; tab stops and the
///   alternate screen, of which it keeps what lies beyond the screen's edge
/// * with saved cursors: underlines, which restoring loses; 3J, which leaves them below the screen
///
/// Left out as well: joined characters without wrapping (`?7l`), of which model and reference put
/// some in different cells at the right edge.
/// The recordings have all of these where programs use them.
fn trials(seed: u64) -> Vec<Trial> {
    let (resizes, saves) = (seed.is_multiple_of(2), seed % 4 < 2);
    let mut random = Random { state: seed + 1, resizes, saves };
    let (cols, rows) = (random.size(8, 24), random.size(3, 9));
    let mut steps = Vec::new();
    for round in 0..3 {
        if 0 < round && random.resizes {
            steps.push(Step::Resize(random.size(8, 24), random.size(3, 9)));
        }
        steps.push(Step::Write(random.soup(120, TAME).into_bytes()));
    }
    let session = Case { cols, rows, steps };
    let total: usize = session
        .steps
        .iter()
        .map(|it| match it {
            Step::Write(bytes) => bytes.len(),
            Step::Resize(..) => 0,
        })
        .sum();
    let name = format!("soup {seed}");
    (0..4)
        .map(|_| random.below(total as u64))
        .map(|it| Trial::new(&name, &session, usize::try_from(it).unwrap()))
        .collect()
}

/// Everything, with numbers of any size.
pub(super) fn wild(seed: u64) -> String {
    let mut random = Random { state: seed, resizes: false, saves: true };
    random.soup(200, WILD)
}

const TAME: u64 = 12;
const WILD: u64 = 1 << 31;

/// A splitmix generator: the same soup on every machine.
struct Random {
    state: u64,
    resizes: bool,
    saves: bool,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ mixed >> 27
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn size(&mut self, from: u16, to: u16) -> u16 {
        from + u16::try_from(self.below(u64::from(to - from))).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = self.below(from.len() as u64);
        from[usize::try_from(index).unwrap()]
    }

    fn soup(&mut self, atoms: usize, numbers: u64) -> String {
        (0..atoms).map(|_| self.atom(numbers)).collect()
    }

    fn atom(&mut self, numbers: u64) -> String {
        let wild = numbers == WILD;
        let (one, two) = (self.below(numbers), self.below(numbers));
        match self.below(if wild { 17 } else { 15 }) {
            0..=2 if self.resizes => self.pick(NARROW_WORDS).to_owned(),
            0..=2 => self.pick(WORDS).to_owned(),
            3 => self
                .pick(&["\r\n", "\n", "\r", "\x08", "\t", "\r\n\r\n", "\x1bM", "\x1bD"])
                .to_owned(),
            4 => format!("\x1b[{one};{two}H"),
            5 => format!(
                "\x1b[{one}{}",
                self.pick(&["A", "B", "C", "D", "E", "F", "G", "d", "I", "Z"])
            ),
            6 if !self.saves && self.below(8) == 0 => "\x1b[3J".to_owned(),
            // Not 1J: xterm.js throws when the cursor is in the last cell.
            6 => format!("\x1b[{}", self.pick(&["J", "2J", "K", "K", "1K", "2K", "?K"])),
            7 => format!("\x1b[{one}{}", self.pick(&["L", "M", "P", "X", "S", "T", "b"])),
            8..=10 if self.saves => format!("\x1b[{}m", self.pick(RENDITIONS)),
            8..=10 => format!("\x1b[{}m", self.pick(UNDERLINES)),
            // The alternate screen saves a cursor.
            11 if self.saves && !self.resizes && self.below(4) == 0 => {
                self.pick(ALTERNATE).to_owned()
            }
            11 if self.resizes && self.below(6) == 0 => {
                self.pick(&["\x1b[?7l", "\x1b[?7h"]).to_owned()
            }
            11 => self.pick(MODES).to_owned(),
            12 => format!("\x1b[{one};{two}r"),
            13 if !self.resizes && self.below(2) == 0 => {
                self.pick(&["\x1bH", "\x1b[g", "\x1b[3g"]).to_owned()
            }
            13 if self.saves => self.pick(&["\x1b7", "\x1b8", "\x1b[s", "\x1b[u"]).to_owned(),
            13 => self.pick(&["\x1b[@", "\x1b[3@", "\x1b[2P"]).to_owned(),
            14 => self.pick(STRINGS).to_owned(),
            15 => format!(
                "\x1b[{one};{two}{}",
                self.pick(&["@", " @", " A", "'}", "'~", "?J", "?K", "J"])
            ),
            _ => self
                .pick(&[
                    "\x1bc",
                    "\x1b[!p",
                    "\x1b#8",
                    "\x1b[1\"q",
                    "\x1b[?1;3;4",
                    "\x1bP1",
                    "\u{9b}3",
                ])
                .to_owned(),
        }
    }
}

const WORDS: &[&str] = &[
    "hello ",
    "wrapping text that is long ",
    "世界",
    "e\u{301}",
    "🎉",
    "👩\u{200d}👧",
    "x",
    " ",
    "─│┌",
    "`~",
    "lqqk",
    "ab世",
    "\u{301}",
];

const NARROW_WORDS: &[&str] =
    &["hello ", "wrapping text that is long ", "e\u{301}", "x", " ", "─│┌", "lqqk"];

const RENDITIONS: &[&str] = &[
    "",
    "1",
    "2",
    "3",
    "5",
    "7",
    "8",
    "9",
    "22",
    "23",
    "27",
    "29",
    "31",
    "42",
    "93",
    "104",
    "38;5;200",
    "48;5;17",
    "38;2;1;2;3",
    "48:2::9:8:7",
    "39",
    "49",
    "53",
    "55",
    "0",
    "1;7;31;44",
];

const UNDERLINES: &[&str] = &[
    "",
    "4",
    "4:3",
    "4:5",
    "21",
    "24",
    "58:5:9",
    "58;2;7;8;9",
    "59",
    "0",
    "1;4;31;44",
    "0;7",
    "38;5;200",
    "48:2::9:8:7",
    "2;3",
];

const MODES: &[&str] = &[
    "\x1b[?1h",
    "\x1b[?1l",
    "\x1b[?25l",
    "\x1b[?25h",
    "\x1b[?1000h",
    "\x1b[?1003h",
    "\x1b[?1006h",
    "\x1b[?1000l",
    "\x1b[?2004h",
    "\x1b[?2004l",
    "\x1b[?45h",
    "\x1b[4h",
    "\x1b[4l",
    "\x1b[4l",
    "\x1b=",
    "\x1b>",
    "\x1b[4 q",
    "\x1b[0 q",
    "\x1b(0",
    "\x1b(B",
    "\x1b)0",
    "\x0e",
    "\x0f",
    "\x1b[?6h",
    "\x1b[?6l",
];

const ALTERNATE: &[&str] = &["\x1b[?1049h", "\x1b[?1049l", "\x1b[?47h", "\x1b[?47l"];

const STRINGS: &[&str] = &[
    "\x1b]0;title\x07",
    "\x1b]7;file:///work\x07",
    "\x1bP$qm\x1b\\",
    "\x1b_ignored\x1b\\",
    "\x1b[c",
];
