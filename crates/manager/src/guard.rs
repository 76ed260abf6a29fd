//! Who may ask: whoever has the token.

use sha2::{Digest, Sha256};
use stdx::Secret;
use subtle::ConstantTimeEq;

/// Shortest token, in characters: 64 bits as hexadecimal digits.
const LENGTH_MIN: usize = 16;
/// Fewest different characters of a token.
const DIFFERENT_MIN: usize = 8;
/// What stands in examples and templates.
const PLACEHOLDERS: [&str; 8] =
    ["change", "default", "example", "placeholder", "secret", "password", "your-", "insert"];

/// The secret that both sides share (S0.93).
#[derive(Clone, Debug)]
pub struct Token(Secret<String>);

/// Why a token is not taken. Nobody is let in by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("there is none; make one with `openssl rand -hex 32` and give it to both sides")]
    Missing,
    #[error(
        "it is shorter than {LENGTH_MIN} characters or could be guessed; make one with `openssl rand -hex 32`"
    )]
    Weak,
    #[error("it is one that stands in examples; make one with `openssl rand -hex 32`")]
    Placeholder,
    #[error("it has characters that a header cannot carry")]
    Unusable,
}

impl Token {
    /// Takes a token, unless anybody could know it.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let different = text.bytes().collect::<std::collections::BTreeSet<_>>().len();
        if text.is_empty() {
            return Err(TokenError::Missing);
        }
        if !text.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(TokenError::Unusable);
        }
        if PLACEHOLDERS.iter().any(|it| lower.contains(it)) {
            return Err(TokenError::Placeholder);
        }
        if text.len() < LENGTH_MIN || different < DIFFERENT_MIN {
            return Err(TokenError::Weak);
        }
        Ok(Self(Secret::new(text.to_owned())))
    }

    /// For those who present it elsewhere.
    pub fn secret(&self) -> Secret<String> {
        self.0.clone()
    }

    /// Whether this is it, in a time that tells nothing of it.
    pub(crate) fn is(&self, presented: &str) -> bool {
        let (own, theirs) = (Sha256::digest(self.0.expose()), Sha256::digest(presented));
        own.as_slice().ct_eq(theirs.as_slice()).into()
    }
}

/// By what a listener knows that it may answer.
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// Each request brings the token.
    Token(Token),
    /// Both sides of the connection proved who they are before anything was asked.
    Settled,
}

impl Trust {
    pub(crate) const fn is_settled(&self) -> bool {
        matches!(self, Self::Settled)
    }

    /// Whether this lets in.
    pub(crate) fn is(&self, presented: &str) -> bool {
        match self {
            Self::Token(token) => token.is(presented),
            Self::Settled => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S0.93
    #[test]
    fn a_token_that_anybody_could_know_is_not_taken() {
        let error = |text: &str| Token::new(text).map(drop).unwrap_err();
        assert_eq!((error(""), error("  \n")), (TokenError::Missing, TokenError::Missing));
        assert_eq!(error("change-me-in-production"), TokenError::Placeholder);
        assert_eq!(error("default-runtime-token-1"), TokenError::Placeholder);
        assert_eq!((error("abc"), error(&"ab".repeat(20))), (TokenError::Weak, TokenError::Weak));
        assert_eq!(error("0123456789abcdef\u{e4}"), TokenError::Unusable);
        let token = Token::new(" 0123456789abcdef0123456789abcdef\n").unwrap();
        assert!(token.is("0123456789abcdef0123456789abcdef"));
        assert!(!token.is("0123456789abcdef0123456789abcdee") && !token.is(""));
        assert_eq!(format!("{token:?}"), "Token(Secret(..))");
    }
}
