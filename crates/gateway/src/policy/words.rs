//! Words that nobody can have as a name, because they stand in Stead's own addresses.

use super::{KERNEL_PREFIX, rows};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// First words of paths that are no rows: the pages and files of the web application, and words
/// that pages may come to be called. A name that somebody has cannot be taken back.
const WEB_WORDS: &[&str] = &[
    "about",
    "account",
    "accounts",
    "admin",
    "agents",
    "app",
    "apps",
    "assets",
    "audit",
    "auth",
    "docs",
    "help",
    "hosts",
    "icons",
    "invitation",
    "invitations",
    "invite",
    "join",
    "legal",
    "login",
    "logout",
    "manage",
    "new",
    "oidc",
    "people",
    "privacy",
    "profile",
    "public",
    "reset",
    "search",
    "security",
    "settings",
    "setup",
    "share",
    "sign-in",
    "sign-out",
    "sign-up",
    "signin",
    "start",
    "static",
    "stead",
    "support",
    "teams",
    "terms",
    "tokens",
    "users",
    "w",
    "welcome",
];

/// Every word that stands in a path of ours. None of them is a slug, and none as a user name has
/// addresses of the shape `/{owner}/{slug}`.
static WORDS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let in_rows = rows().flat_map(|row| row.path.split('/')).filter(|it| !it.starts_with('{'));
    let in_prefix = KERNEL_PREFIX.split('/').filter(|it| !it.starts_with('{'));
    in_rows.chain(in_prefix).chain(WEB_WORDS.iter().copied()).filter(|it| !it.is_empty()).collect()
});

/// Whether a word is one of Stead's own addresses.
pub(crate) fn is_reserved(word: &str) -> bool {
    WORDS.contains(word)
}
