//! Previews of members.

use super::{Beside, Quiet, Row, SIGNED_IN, VIEWER, about, own, to};
use crate::preview;

pub(super) static ROWS: &[Row] = &[
    about(
        "POST",
        "/api/v1/workspaces/{id}/preview/grant",
        VIEWER,
        Beside("preview.grant"),
        to!(preview::grant),
    ),
    about(
        "ANY",
        "/indexes/userspace/workspaces/{id}/preview",
        VIEWER,
        Quiet,
        to!(preview::serve_path),
    )
    .foreign(),
    about(
        "ANY",
        "/indexes/userspace/workspaces/{id}/preview/{*rest}",
        VIEWER,
        Quiet,
        to!(preview::serve_path),
    )
    .foreign(),
    own("GET", "/preview/enter", SIGNED_IN, Quiet, to!(preview::enter)).page(),
];
