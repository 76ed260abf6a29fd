//! Frames of `WS /api/v1/pty`: the primary terminal in the words of S0.65, for clients that know
//! neither offsets nor binary frames.
//!
//! Close codes are those of [`crate::terminal::close`]: 4401, 4403 and 4404, 1011 for what is our
//! defect, 1000 when the terminal has ended.

use crate::terminal::close;
use crate::{ErrorCode, WireError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// RFC 6455: the server met a condition it did not expect.
const UNEXPECTED: u16 = 1011;
/// Most bytes of a reason that are told; a close frame holds 123.
const REASON_BYTES_MAX: usize = 120;

/// Text frames from the kernel. The first one is a `status`, also when nothing follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromPty {
    /// How things stand, in a sentence.
    Status { message: String, read_only: bool },
    /// What to write to the terminal.
    Output { data: String },
}

/// Text frames to the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToPty {
    Input { data: String },
    Resize { cols: u16, rows: u16 },
}

/// What a client is told that is refused after the upgrade: a frame, and the close that follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    pub status: FromPty,
    pub code: u16,
    pub reason: String,
}

impl Farewell {
    /// Says why, in the words of the refusal.
    pub fn new(error: &WireError) -> Self {
        let status = FromPty::Status { message: error.message.clone(), read_only: true };
        let mut reason = error.message.clone();
        let most = reason.len().min(REASON_BYTES_MAX);
        let cut = (0..=most).rev().find(|it| reason.is_char_boundary(*it));
        reason.truncate(cut.unwrap_or(0));
        Self { status, code: code(error.code), reason }
    }
}

fn code(code: ErrorCode) -> u16 {
    match code.status() {
        401 => close::UNAUTHENTICATED,
        403 => close::FORBIDDEN,
        404 => close::NOT_FOUND,
        _ => UNEXPECTED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_farewell_has_the_code_of_its_refusal_and_a_reason_that_fits() {
        let told = |code| Farewell::new(&WireError::new(code, "\u{e4}".repeat(100)));
        for (code, expected) in [
            (ErrorCode::Unauthenticated, 4401),
            (ErrorCode::Forbidden, 4403),
            (ErrorCode::NotFound, 4404),
            (ErrorCode::Unavailable, 1011),
        ] {
            assert_eq!(told(code).code, expected);
        }
        assert_eq!(told(ErrorCode::NotFound).reason, "\u{e4}".repeat(60));
    }
}
