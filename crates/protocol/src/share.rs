//! Shares: addresses by which people see a workspace's app without being its members.

use crate::id::{PrincipalId, ShareId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest slug, in bytes; with the longest user name it fits on a slide.
pub const SLUG_LENGTH_MAX: usize = 48;
/// Shortest password of a share, in characters. Guesses are slowed down, so it may be said aloud.
pub const PASSWORD_LENGTH_MIN: usize = 6;
/// Longest password of a share, in bytes; hashing takes longer with each.
pub const PASSWORD_LENGTH_MAX: usize = 256;
/// Most people that one share names.
pub const PEOPLE_MAX: usize = 200;

/// Before the id in the first label of a share's origin: `share-<id>.<domain>`. A preview's label
/// has its port, or nothing, before two hyphens.
const LABEL_PREFIX: &str = "share-";

/// The first label of the origin on which visitors of a share see the app.
pub fn label(share: &ShareId) -> String {
    format!("{LABEL_PREFIX}{}", share.body())
}

/// Reads a label; `None` when it is not that of a share. Upper case is folded.
pub fn parse_label(label: &str) -> Option<ShareId> {
    ShareId::from_body(label.to_ascii_lowercase().strip_prefix(LABEL_PREFIX)?)
}

/// Whether a text has the shape of a slug: lower-case letters, digits and single hyphens between
/// them. Which slugs are taken or reserved is for the gateway to say.
pub fn is_slug(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let ends = text.bytes().next().is_some_and(plain) && text.bytes().last().is_some_and(plain);
    ends && text.len() <= SLUG_LENGTH_MAX
        && !text.contains("--")
        && text.bytes().all(|it| plain(it) || it == b'-')
}

/// Who is let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareMode {
    /// Whoever has an address of the share.
    #[default]
    Link,
    /// Whoever also knows its password.
    Password,
    /// Whoever is signed in to this Stead.
    SignedIn,
    /// Those it names, signed in.
    Chosen,
}

impl ShareMode {
    /// As it is stored and written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Password => "password",
            Self::SignedIn => "signed_in",
            Self::Chosen => "chosen",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Link, Self::Password, Self::SignedIn, Self::Chosen]
            .into_iter()
            .find(|it| it.as_str() == text)
    }
}

/// One share, as owners and editors of its workspace see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    pub id: ShareId,
    pub mode: ShareMode,
    /// The address by token.
    pub url: String,
    /// The readable part of the address by name.
    pub slug: Option<String>,
    /// The address by name, when there is a slug.
    pub slug_url: Option<String>,
    /// User name of the owner under whom the slug stands; `None` while that person has none.
    pub owner: Option<String>,
    /// Those whom [`ShareMode::Chosen`] lets in.
    pub people: Vec<SharePerson>,
    pub created_at_ms: u64,
    /// Milliseconds since 1970; `None` until it is ended.
    pub expires_at_ms: Option<u64>,
    pub expired: bool,
    /// Visits so far: an address that was opened, not each file it loads.
    pub views: u64,
    /// Milliseconds since 1970 of the last visit.
    pub viewed_at_ms: Option<u64>,
}

/// Somebody whom a share names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SharePerson {
    pub id: PrincipalId,
    /// What the person is called.
    pub name: String,
    /// User name.
    pub login_name: Option<String>,
}

/// Body of `POST /api/v1/workspaces/{id}/shares`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CreateShare {
    pub mode: ShareMode,
    /// For [`ShareMode::Password`]: 6 characters at least.
    pub password: Option<String>,
    /// For [`ShareMode::Chosen`]: user names.
    pub people: Vec<String>,
    /// Lower-case letters, digits and single hyphens; unique among the owner's shares.
    pub slug: Option<String>,
    /// Milliseconds since 1970.
    pub expires_at_ms: Option<u64>,
}

/// Body of `PATCH /api/v1/workspaces/{id}/shares/{share}`. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateShare {
    /// Another mode ends every visit: all come in again.
    pub mode: Option<ShareMode>,
    /// A new password ends every visit.
    pub password: Option<String>,
    /// Ends every visit, so that those who are no longer named are out.
    pub people: Option<Vec<String>>,
    /// An empty text takes the slug away.
    pub slug: Option<String>,
    /// Milliseconds since 1970; 0 for a share without end.
    pub expires_at_ms: Option<u64>,
    /// Draws another token: the address that was handed out leads nowhere, and every visit ends.
    pub new_link: bool,
}

/// Answer of `GET /api/v1/workspaces/{id}/shares/slugs/{word}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlugCheck {
    pub available: bool,
    /// The address that it would make; `None` while the caller has no user name.
    pub url: Option<String>,
    /// Why it cannot be had.
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preview::PreviewHost;

    #[test]
    fn a_label_is_that_of_a_share_or_of_a_preview_and_never_both() {
        let share = ShareId::from_random(42);
        assert_eq!(parse_label(&label(&share)), Some(share.clone()));
        assert_eq!(parse_label(&label(&share).to_uppercase()), Some(share.clone()));
        assert_eq!(PreviewHost::parse_label(&label(&share)), None);
        let workspace = crate::WorkspaceId::from_random(42);
        for port in [None, Some(5173)] {
            let preview = PreviewHost { workspace: workspace.clone(), port };
            assert_eq!(parse_label(&preview.label()), None);
        }
        for text in ["", "share-", "share", share.body(), &format!("share--{}", share.body())] {
            assert_eq!(parse_label(text), None, "{text}");
        }
    }

    #[test]
    fn slugs_are_plain_words() {
        for slug in ["demo", "a", "7", "final-demo-2", &"x".repeat(SLUG_LENGTH_MAX)] {
            assert!(is_slug(slug), "{slug}");
        }
        for slug in [
            "",
            "-a",
            "a-",
            "a--b",
            "Demo",
            "a_b",
            "a.b",
            "a/b",
            "a b",
            "größe",
            "%64",
            "..",
            &"x".repeat(SLUG_LENGTH_MAX + 1),
        ] {
            assert!(!is_slug(slug), "{slug}");
        }
    }

    #[test]
    fn modes_survive_the_round_trip() {
        for mode in [ShareMode::Link, ShareMode::Password, ShareMode::SignedIn, ShareMode::Chosen] {
            assert_eq!(ShareMode::parse(mode.as_str()), Some(mode));
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.as_str());
        }
        assert_eq!(ShareMode::parse("everyone"), None);
    }
}
