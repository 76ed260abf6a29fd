//! People of a workspace.

use super::{OWNER, Quiet, Row, VIEWER, Within, about, to};
use crate::members;

pub(super) static ROWS: &[Row] = &[
    about("GET", "/api/v1/workspaces/{id}/members", VIEWER, Quiet, to!(members::list)),
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
