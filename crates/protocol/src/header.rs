//! Header names that the trusted side sets and no client may.

/// The verified identity, set by the gateway on every request to a kernel.
pub const PRINCIPAL: &str = "stead-principal";
/// The principal's display name, through [`encode_text`]: what others are shown. Set by the gateway.
pub const PRINCIPAL_NAME: &str = "stead-principal-name";
/// `owner`, `editor` or `viewer`, set by the gateway.
pub const ROLE: &str = "stead-role";
/// The program that acts for the principal: attribution only.
pub const OPERATOR: &str = "stead-operator";
/// Follows one request through gateway, host and kernel, and into logs and audit.
pub const REQUEST_ID: &str = "stead-request-id";

/// Every header with this prefix is removed from what clients and workspaces send.
pub const RESERVED_PREFIX: &str = "stead-";

/// Role of a principal in a workspace. There is no fourth.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May look: files, state, preview.
    Viewer,
    /// May change files and run things.
    Editor,
    /// May also give away and delete.
    Owner,
}

impl Role {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// The role a word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Viewer, Self::Editor, Self::Owner].into_iter().find(|it| it.as_str() == text)
    }
}

/// Where previews live, with `{label}` for the first label of the host name: set by the gateway,
/// so that the kernel can name preview URLs to this client.
pub const PREVIEW_ORIGIN: &str = "stead-preview-origin";

/// A text as a header's value: letters, digits and `-._~` stay, every other byte becomes `%XX`.
pub fn encode_text(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}

/// What [`encode_text`] was given; `None` for a value that it does not make.
pub fn decode_text(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte if byte.is_ascii_graphic() => byte,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_survives_a_header() {
        for text in ["", "Ada", "Ada Lovelace", "Zoë %41", "李小龍", "a\r\nstead-role: owner"] {
            let value = encode_text(text);
            assert!(value.bytes().all(|it| it.is_ascii_graphic()), "{value}");
            assert_eq!(decode_text(&value).as_deref(), Some(text));
        }
        for value in ["%", "%4", "%zz", "%ff", "a b", "ä"] {
            assert_eq!(decode_text(value), None, "{value}");
        }
    }
}
