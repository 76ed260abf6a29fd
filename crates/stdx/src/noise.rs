//! Hostile input for the tests of parsers: random, and the same on every machine.
//!
//! A parser of bytes from outside has a test that feeds it a few thousand inputs made here and
//! checks what must hold of every answer. `docs/parsers.md` lists them.

/// A splitmix generator.
#[derive(Clone, Debug)]
pub struct Noise {
    state: u64,
}

impl Noise {
    /// The same seed makes the same inputs.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ mixed >> 27
    }

    /// A number below `limit`, which is above zero.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("less than a usize")
    }

    /// One of these.
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// Up to `most` of these pieces, one after the other: what a parser knows, in orders that it
    /// does not expect.
    pub fn text(&mut self, pieces: &[&str], most: usize) -> String {
        (0..self.below(most + 1)).map(|_| self.pick(pieces)).collect()
    }

    /// A good input with some of its bytes changed, left out, doubled or cut off.
    pub fn damaged(&mut self, good: &str) -> Vec<u8> {
        let mut bytes = good.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            if bytes.is_empty() {
                return bytes;
            }
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes[at] = u8::try_from(self.below(256)).expect("a byte"),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, bytes[at]),
                3 => bytes.truncate(at),
                _ => bytes.extend_from_within(at..),
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_input() {
        let make = || Noise::new(7).text(&["a", "b", "c"], 40);
        assert_eq!(make(), make());
        assert_ne!(make(), Noise::new(8).text(&["a", "b", "c"], 40));
        let damaged = (0..100).map(|seed| Noise::new(seed).damaged("good"));
        assert!(damaged.filter(|it| it != b"good").count() > 80);
    }
}
