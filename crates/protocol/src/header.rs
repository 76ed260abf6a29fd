//! Header names that the trusted side sets and no client may.

/// The verified identity, set by the gateway on every request to a kernel.
pub const PRINCIPAL: &str = "stead-principal";
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
