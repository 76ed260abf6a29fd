//! Frames in a file that only grows.
//!
//! ```text
//! frame: length u32 · crc32 u32 · body
//! ```
//!
//! Numbers are little endian; the checksum is that of the body. A crash can tear the last frame, never
//! one that was synced: whoever reads stops at the first that is not whole.

/// What is before a body, in bytes.
pub(crate) const HEADER_BYTES: usize = 8;

/// Appends a frame; `body` appends what is in it.
pub(crate) fn write(file: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let start = file.len();
    file.extend_from_slice(&[0; HEADER_BYTES]);
    body(file);
    let body = &file[start + HEADER_BYTES..];
    let (count, checksum) = (length(body.len()), crc32fast::hash(body).to_le_bytes());
    file[start..start + 4].copy_from_slice(&count);
    file[start + 4..start + HEADER_BYTES].copy_from_slice(&checksum);
}

/// The body of the frame at `at`, if it is whole.
pub(crate) fn read(file: &[u8], at: usize) -> Option<&[u8]> {
    let start = at.checked_add(HEADER_BYTES)?;
    let body = file.get(start..start.checked_add(number(file, at)?)?)?;
    (crc32fast::hash(body) as usize == number(file, at + 4)?).then_some(body)
}

/// The number at `at`.
pub(crate) fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let number = u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?);
    usize::try_from(number).ok()
}

/// A length as a number.
pub(crate) fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).expect("what is kept of a document is far smaller").to_le_bytes()
}
