//! Administrators in workspaces of others.

use super::{ADMINISTRATOR, OWNER, Quiet, Row, Within, about, own, to};
use crate::break_glass::http;

const ACCESSES: &str = "/api/v1/break-glass";
const OF_WORKSPACE: &str = "/api/v1/workspaces/{id}/break-glass";

pub(super) static ROWS: &[Row] = &[
    own("GET", ACCESSES, ADMINISTRATOR, Quiet, to!(http::list)),
    own("POST", ACCESSES, ADMINISTRATOR, Within("break_glass.begin"), to!(http::begin)).in_person(),
    own(
        "DELETE",
        "/api/v1/break-glass/{access}",
        ADMINISTRATOR,
        Within("break_glass.end"),
        to!(http::end),
    )
    .in_person(),
    about("GET", OF_WORKSPACE, OWNER, Quiet, to!(http::list_of_workspace)),
    about(
        "POST",
        "/api/v1/workspaces/{id}/break-glass/{access}/seen",
        OWNER,
        Within("break_glass.see"),
        to!(http::see),
    )
    .in_person(),
    about(
        "DELETE",
        "/api/v1/workspaces/{id}/break-glass/{access}",
        OWNER,
        Within("break_glass.end"),
        to!(http::end_of_workspace),
    ),
];
