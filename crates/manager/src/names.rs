//! Names that clients give, and names that are given to them.

use protocol::manager::WORKSPACE_NAME_BYTES_MAX;
use protocol::{ErrorCode, WireError, WorkspaceId};
use sha2::{Digest, Sha256};

/// What every session's id starts with.
const SESSION_PREFIX: &str = "mgr-";
/// Longest name of a user, in bytes; ids of people are short.
const USER_BYTES_MAX: usize = 256;

/// The workspace that a client's name stands for: itself when it is an id, else always the same id
/// for the same name.
pub(crate) fn workspace_id(name: &str) -> Result<WorkspaceId, WireError> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.');
    let starts = name.bytes().next().is_some_and(|it| it.is_ascii_alphanumeric() || it == b'_');
    if !starts || WORKSPACE_NAME_BYTES_MAX < name.len() || !name.bytes().all(plain) {
        let message = format!(
            "`workspace_id` has 1 to {WORKSPACE_NAME_BYTES_MAX} letters, digits, `-`, `_` and `.`, \
             and begins with a letter, a digit or `_`"
        );
        return Err(WireError::new(ErrorCode::InvalidRequest, message));
    }
    Ok(WorkspaceId::parse(name).unwrap_or_else(|| {
        let digest = Sha256::digest(name.as_bytes());
        let mut bits = [0; 16];
        bits.copy_from_slice(&digest[..16]);
        WorkspaceId::from_random(u128::from_be_bytes(bits))
    }))
}

/// Whether this can be a user that a session is leased by.
pub(crate) fn check_user(user: &str) -> Result<(), WireError> {
    if user.is_empty() || USER_BYTES_MAX < user.len() || user.chars().any(char::is_control) {
        let message = format!(
            "`leased_by_user_id` has 1 to {USER_BYTES_MAX} bytes and none that control a screen"
        );
        return Err(WireError::new(ErrorCode::InvalidRequest, message));
    }
    Ok(())
}

/// A new session's id.
pub(crate) fn session_id() -> String {
    format!("{SESSION_PREFIX}{:032x}", stdx::random::bits())
}

/// Whether a manager gave this id, at some time.
pub(crate) fn is_session_id(text: &str) -> bool {
    let digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    let digits = text.strip_prefix(SESSION_PREFIX);
    digits.is_some_and(|it| it.len() == 32 && it.bytes().all(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_always_stands_for_the_same_workspace() {
        let id = WorkspaceId::from_random(7);
        assert_eq!(workspace_id(id.as_str()), Ok(id));
        assert_eq!(workspace_id("demo"), workspace_id("demo"));
        assert_ne!(workspace_id("demo"), workspace_id("Demo"));
        for name in ["", ".", "..", "a/b", "-rf", "a b", "a\0", "ä", &"x".repeat(129)] {
            assert!(workspace_id(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn an_id_that_is_given_is_recognised() {
        assert!(is_session_id(&session_id()));
        for text in ["", "mgr-", "mgr-x", "wkr-00000000000000000000000000000000", "../mgr"] {
            assert!(!is_session_id(text), "{text}");
        }
        assert!(check_user("usr_1").is_ok() && check_user("a\nb").is_err());
    }
}
