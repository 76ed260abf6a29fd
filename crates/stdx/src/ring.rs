//! A bounded buffer of a numbered byte stream: the newest bytes, each known by its offset.

use std::collections::VecDeque;

/// The last `capacity` bytes of a stream.
#[derive(Debug)]
pub struct ByteRing {
    bytes: VecDeque<u8>,
    capacity: usize,
    end: u64,
}

impl ByteRing {
    /// An empty ring that keeps up to `capacity` bytes; memory is taken as it fills.
    pub fn new(capacity: usize) -> Self {
        Self::starting_at(capacity, 0)
    }

    /// The same for a stream whose bytes before `start` are not kept.
    pub fn starting_at(capacity: usize, start: u64) -> Self {
        Self { bytes: VecDeque::new(), capacity, end: start }
    }

    /// Appends to the stream and forgets what no longer fits.
    pub fn push(&mut self, bytes: &[u8]) {
        self.end += bytes.len() as u64;
        let kept = &bytes[bytes.len().saturating_sub(self.capacity)..];
        let excess = (self.bytes.len() + kept.len()).saturating_sub(self.capacity);
        self.bytes.drain(..excess);
        self.bytes.extend(kept);
    }

    /// Offset of the oldest byte that is kept.
    pub fn start(&self) -> u64 {
        self.end - self.bytes.len() as u64
    }

    /// Offset that the next byte will have.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Up to `max` bytes from `offset` on; `None` when `offset` was forgotten or is yet to come.
    pub fn read(&self, offset: u64, max: usize) -> Option<Vec<u8>> {
        if offset < self.start() || self.end < offset {
            return None;
        }
        let from = usize::try_from(offset - self.start()).expect("less than the capacity");
        let to = self.bytes.len().min(from.saturating_add(max));
        let (front, back) = self.bytes.as_slices();
        let mut out = Vec::with_capacity(to - from);
        if from < front.len() {
            out.extend_from_slice(&front[from..to.min(front.len())]);
        }
        if front.len() < to {
            out.extend_from_slice(&back[from.saturating_sub(front.len())..to - front.len()]);
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_newest_bytes_by_offset() {
        let mut ring = ByteRing::new(8);
        ring.push(b"abcde");
        ring.push(b"fghij");
        assert_eq!((ring.start(), ring.end()), (2, 10));
        assert_eq!(ring.read(2, 100).as_deref(), Some(&b"cdefghij"[..]));
        assert_eq!(ring.read(4, 3).as_deref(), Some(&b"efg"[..]));
        assert_eq!(ring.read(10, 3).as_deref(), Some(&b""[..]));
        assert_eq!(ring.read(1, 3), None);
        assert_eq!(ring.read(11, 3), None);
    }

    #[test]
    fn a_write_larger_than_the_ring_leaves_its_tail() {
        let mut ring = ByteRing::new(4);
        ring.push(b"ab");
        ring.push(b"0123456789");
        assert_eq!((ring.start(), ring.end()), (8, 12));
        assert_eq!(ring.read(8, 9).as_deref(), Some(&b"6789"[..]));
    }

    #[test]
    fn every_window_equals_the_stream() {
        let stream: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let mut ring = ByteRing::new(64);
        let mut written = 0;
        for step in [1, 7, 64, 13, 100, 3].iter().cycle().take(40) {
            let next = (written + step).min(stream.len());
            ring.push(&stream[written..next]);
            written = next;
            for offset in ring.start()..=ring.end() {
                let from = usize::try_from(offset).unwrap();
                assert_eq!(ring.read(offset, usize::MAX).unwrap(), &stream[from..written]);
            }
        }
    }
}
