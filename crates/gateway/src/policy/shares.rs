//! Shares: what owners do with them, and where visitors come in.
//!
//! A visitor's row is for anyone: who may see what is judged at the gate, by the share.

use super::{ANYONE, EDITOR, OWNER, Quiet, Row, Within, about, own, to};
use crate::shares::{gate, manage};

/// What a visit is called in the audit log; its row is written by the gate.
const VIEW: super::Audit = Within("share.view");

pub(super) static ROWS: &[Row] = &[
    about("GET", "/api/v1/workspaces/{id}/shares", EDITOR, Quiet, to!(manage::list)),
    about(
        "POST",
        "/api/v1/workspaces/{id}/shares",
        OWNER,
        Within("share.create"),
        to!(manage::create),
    ),
    about(
        "GET",
        "/api/v1/workspaces/{id}/shares/slugs/{word}",
        OWNER,
        Quiet,
        to!(manage::check_slug),
    ),
    about(
        "PATCH",
        "/api/v1/workspaces/{id}/shares/{share}",
        OWNER,
        Within("share.update"),
        to!(manage::update),
    ),
    about(
        "DELETE",
        "/api/v1/workspaces/{id}/shares/{share}",
        OWNER,
        Within("share.end"),
        to!(manage::end),
    ),
    // The token's shape before the slug's: `preview` is no slug, so neither hides the other.
    visitor("ANY", "/indexes/userspace/shared/{token}/preview", to!(gate::by_token)),
    visitor("ANY", "/indexes/userspace/shared/{token}/preview/{*rest}", to!(gate::by_token)),
    visitor("ANY", "/indexes/userspace/shared/{owner}/{slug}", to!(gate::by_slug)),
    visitor("ANY", "/indexes/userspace/shared/{owner}/{slug}/{*rest}", to!(gate::by_slug)),
    visitor("GET", "/shared/enter", to!(gate::by_id)),
    visitor("POST", "/shared/enter", to!(gate::by_id)),
    visitor("GET", "/s/{token}", to!(gate::by_short_token)),
    visitor("POST", "/s/{token}", to!(gate::by_short_token)),
    visitor("GET", "/s/{token}/{*rest}", to!(gate::by_short_token)),
    visitor("POST", "/s/{token}/{*rest}", to!(gate::by_short_token)),
];

/// The shortest addresses. Last in the table, and never where a word of ours begins the path.
pub(super) static NAMES: &[Row] = &[
    visitor("GET", "/{owner}/{slug}", to!(gate::by_short_slug)),
    visitor("POST", "/{owner}/{slug}", to!(gate::by_short_slug)),
    visitor("GET", "/{owner}/{slug}/{*rest}", to!(gate::by_short_slug)),
    visitor("POST", "/{owner}/{slug}/{*rest}", to!(gate::by_short_slug)),
];

const fn visitor(method: &'static str, path: &'static str, handler: super::Handler) -> Row {
    own(method, path, ANYONE, VIEW, handler).foreign()
}
