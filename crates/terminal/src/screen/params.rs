//! Parameters of a control sequence: `38:2::1:2:3;4` is two of them, the first with sub-parameters.

/// Parameters and sub-parameters that are kept, as in xterm.js; the rest is ignored.
const MAX: usize = 32;

/// Numbers of a sequence. There is always at least one, 0 when left out.
#[derive(Debug)]
pub(super) struct Params {
    values: [i32; MAX],
    length: usize,
    sub: [i32; MAX],
    sub_length: usize,
    /// For each parameter, where its sub-parameters begin and end.
    ranges: [(u8, u8); MAX],
    reject: bool,
    reject_sub: bool,
    in_sub: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            values: [0; MAX],
            length: 1,
            sub: [0; MAX],
            sub_length: 0,
            ranges: [(0, 0); MAX],
            reject: false,
            reject_sub: false,
            in_sub: false,
        }
    }
}

impl Params {
    pub(super) fn clear(&mut self) {
        self.values[0] = 0;
        self.length = 1;
        self.sub_length = 0;
        self.ranges[0] = (0, 0);
        self.reject = false;
        self.reject_sub = false;
        self.in_sub = false;
    }

    /// Takes in a digit, `;` or `:`.
    pub(super) fn push(&mut self, byte: u8) {
        match byte {
            b';' => {
                self.in_sub = false;
                if self.length == MAX {
                    self.reject = true;
                    return;
                }
                let at = u8::try_from(self.sub_length).expect("at most MAX");
                self.ranges[self.length] = (at, at);
                self.values[self.length] = 0;
                self.length += 1;
            }
            b':' => {
                self.in_sub = true;
                if self.reject || self.sub_length == MAX {
                    self.reject_sub = true;
                    return;
                }
                self.sub[self.sub_length] = -1;
                self.sub_length += 1;
                self.ranges[self.length - 1].1 += 1;
            }
            _ => self.digit(i32::from(byte.wrapping_sub(b'0'))),
        }
    }

    fn digit(&mut self, digit: i32) {
        if self.reject || self.in_sub && (self.reject_sub || self.sub_length == 0) {
            return;
        }
        let value = if self.in_sub {
            &mut self.sub[self.sub_length - 1]
        } else {
            &mut self.values[self.length - 1]
        };
        *value = if *value == -1 { digit } else { value.saturating_mul(10).saturating_add(digit) };
    }

    pub(super) fn values(&self) -> &[i32] {
        &self.values[..self.length]
    }

    /// The first parameter.
    pub(super) fn first(&self) -> i32 {
        self.values[0]
    }

    /// The parameter at `index` as a count: 1 when left out or 0.
    pub(super) fn count(&self, index: usize) -> usize {
        let value = self.values().get(index).copied().unwrap_or(0);
        usize::try_from(value).unwrap_or(0).max(1)
    }

    /// Sub-parameters of the parameter at `index`; -1 when left out.
    pub(super) fn sub(&self, index: usize) -> &[i32] {
        let (from, to) = self.ranges[index];
        &self.sub[usize::from(from)..usize::from(to)]
    }
}
