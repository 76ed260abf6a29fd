//! Opaque identifiers: a prefix that names the kind, and 26 characters of 128 random bits.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Lower-case Crockford base 32, so that an id can be a DNS label and be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters after the prefix: 26 × 5 bits hold 128 bits.
pub const BODY_LENGTH: usize = 26;

/// Declares one id type; the literal is the prefix before `_`.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String)]
        // Where it stands and not on the heap: a request to a preview has some twenty of them.
        pub struct $name([u8; $prefix.len() + 1 + BODY_LENGTH]);

        impl $name {
            /// What every id of this kind starts with, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id of 128 bits that the caller drew at random.
            pub fn from_random(bits: u128) -> Self {
                Self::with(&encode(bits))
            }

            /// Accepts exactly what `from_random` produces.
            pub fn parse(text: &str) -> Option<Self> {
                let body = text.strip_prefix($prefix)?.strip_prefix('_')?;
                Self::from_body(body)
            }

            /// The whole id.
            pub fn as_str(&self) -> &str {
                text(&self.0)
            }

            /// The id without its prefix: 26 characters that are a valid DNS label.
            pub fn body(&self) -> &str {
                text(&self.0[$prefix.len() + 1..])
            }

            /// The id whose [`Self::body`] this is.
            pub fn from_body(body: &str) -> Option<Self> {
                let body: &[u8; BODY_LENGTH] = body.as_bytes().try_into().ok()?;
                is_body(body).then(|| Self::with(body))
            }

            fn with(body: &[u8; BODY_LENGTH]) -> Self {
                const START: usize = $prefix.len() + 1;
                let mut id = [b'_'; START + BODY_LENGTH];
                id[..$prefix.len()].copy_from_slice($prefix.as_bytes());
                id[START..].copy_from_slice(body);
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.as_str().to_owned()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text).ok_or(InvalidId { prefix: $prefix })
            }
        }
    };
}

/// The text is not an id of the expected kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id that starts with `{prefix}_`")]
pub struct InvalidId {
    prefix: &'static str,
}

id!(
    /// Names a workspace for its whole life.
    WorkspaceId, "ws"
);
id!(
    /// Names one session (one Run) of a workspace.
    SessionId, "ses"
);
id!(
    /// Names one PTY from its creation to its end. A new shell under an old name has a new id.
    TerminalId, "term"
);
id!(
    /// Names a verified person or service.
    PrincipalId, "usr"
);
id!(
    /// Names one sign-in of a principal in one browser or program.
    LoginId, "login"
);
id!(
    /// Names one connection of a client to a workspace.
    ConnectionId, "conn"
);
id!(
    /// Names one invitation; it says nothing about the secret in the invitation's link.
    InvitationId, "inv"
);

id!(
    /// Names one access of an administrator to a workspace of others.
    BreakGlassId, "glass"
);

id!(
    /// Names a share for its whole life. Not a secret: visitors see it in a host name.
    ShareId, "share"
);

id!(
    /// Names one move of a workspace from a machine to another.
    MoveId, "move"
);

id!(
    /// Names a machine from its joining to its removal.
    MachineId, "mach"
);

fn encode(bits: u128) -> [u8; BODY_LENGTH] {
    std::array::from_fn(|index| ALPHABET[((bits >> ((BODY_LENGTH - 1 - index) * 5)) & 31) as usize])
}

fn is_body(body: &[u8; BODY_LENGTH]) -> bool {
    // 26 characters hold 130 bits; the two highest are zero.
    body.iter().all(|byte| ALPHABET.contains(byte)) && body[0] < b'8'
}

fn text(ascii: &[u8]) -> &str {
    std::str::from_utf8(ascii).expect("prefix and alphabet are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_round_trip() {
        for bits in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef] {
            let id = WorkspaceId::from_random(bits);
            assert_eq!(WorkspaceId::parse(id.as_str()), Some(id.clone()));
            assert_eq!(WorkspaceId::from_body(id.body()), Some(id));
        }
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        let other = SessionId::from_random(7);
        for text in
            ["", "ws_", "ws_../../etc/passwd", other.as_str(), "ws_zzzzzzzzzzzzzzzzzzzzzzzzzz"]
        {
            assert_eq!(WorkspaceId::parse(text), None, "{text}");
        }
    }
}
