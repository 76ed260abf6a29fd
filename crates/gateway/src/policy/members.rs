//! People of a workspace.
//!
//! Nobody but an administrator is shown who has an account here. An owner may try one log-in name at
//! a time to make its person a member, and the more of them nobody has, the slower.

use super::{OWNER, Quiet, Row, VIEWER, Within, about, to};
use crate::members;

pub(super) static ROWS: &[Row] = &[
    about("GET", "/api/v1/workspaces/{id}/members", VIEWER, Quiet, to!(members::list)),
    about(
        "POST",
        "/api/v1/workspaces/{id}/members",
        OWNER,
        Within("member.add"),
        to!(members::add),
    )
    .in_person(),
    about(
        "PATCH",
        "/api/v1/workspaces/{id}/members/{principal}",
        OWNER,
        Within("member.change"),
        to!(members::change),
    ),
    about(
        "DELETE",
        "/api/v1/workspaces/{id}/members/{principal}",
        OWNER,
        Within("member.remove"),
        to!(members::remove),
    ),
    about(
        "POST",
        "/api/v1/workspaces/{id}/leave",
        VIEWER,
        Within("member.leave"),
        to!(members::leave),
    )
    .in_person(),
    about(
        "POST",
        "/api/v1/workspaces/{id}/owner",
        OWNER,
        Within("workspace.hand_over"),
        to!(members::hand_over),
    ),
];
