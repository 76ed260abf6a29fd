//! The audit log: of this Stead for administrators, of a workspace for its owners.

use super::{ADMINISTRATOR, OWNER, Quiet, Row, SIGNED_IN, Within, about, now, own, to};
use crate::audit::http;

pub(super) static ROWS: &[Row] = &[
    own("GET", "/api/v1/audit", ADMINISTRATOR, Quiet, to!(http::list)),
    own("GET", "/api/v1/audit/verbs", SIGNED_IN, Quiet, now!(http::verbs)),
    own("GET", "/api/v1/audit/state", ADMINISTRATOR, Quiet, to!(http::state)),
    own("POST", "/api/v1/audit/check", ADMINISTRATOR, Within("audit.check"), to!(http::check)),
    own("GET", "/api/v1/audit/export", ADMINISTRATOR, Within("audit.export"), to!(http::export)),
    about("GET", "/api/v1/workspaces/{id}/audit", OWNER, Quiet, to!(http::list_workspace)),
    about(
        "GET",
        "/api/v1/workspaces/{id}/audit/export",
        OWNER,
        Within("audit.export"),
        to!(http::export_workspace),
    ),
];
