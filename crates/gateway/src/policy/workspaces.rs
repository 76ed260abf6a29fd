//! Workspaces as a whole.

use super::{OWNER, Quiet, Row, SIGNED_IN, VIEWER, Within, about, now, own, to};
use crate::workspaces;

pub(super) static ROWS: &[Row] = &[
    own("GET", "/api/v1/templates", SIGNED_IN, Quiet, now!(workspaces::list_templates)),
    own("GET", "/api/v1/workspaces", SIGNED_IN, Quiet, to!(workspaces::list)),
    own(
        "POST",
        "/api/v1/workspaces",
        SIGNED_IN,
        Within("workspace.create"),
        to!(workspaces::create),
    ),
    about("GET", "/api/v1/workspaces/{id}", VIEWER, Quiet, to!(workspaces::get)),
    about(
        "PATCH",
        "/api/v1/workspaces/{id}",
        OWNER,
        Within("workspace.update"),
        to!(workspaces::update),
    ),
    about(
        "DELETE",
        "/api/v1/workspaces/{id}",
        OWNER,
        Within("workspace.delete"),
        to!(workspaces::delete),
    ),
];
