//! Random bits from the operating system.

/// 128 bits for an identifier.
///
/// # Panics
/// When the operating system has no random source; nothing safe could go on.
pub fn bits() -> u128 {
    u128::from_le_bytes(bytes())
}

/// `N` bytes for a key or a token.
///
/// # Panics
/// When the operating system has no random source; nothing safe could go on.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has a random source");
    bytes
}
