//! What the service says about itself.

use super::{ANYONE, Quiet, Row, SIGNED_IN, now, own, to};
use crate::{health, traces};

pub(super) static ROWS: &[Row] = &[
    own("GET", "/health", ANYONE, Quiet, now!(health::health)),
    own("GET", "/readyz", ANYONE, Quiet, to!(health::ready)),
    own("GET", "/metrics", ANYONE, Quiet, to!(health::metrics)),
    own("GET", "/api/v1/openapi.json", ANYONE, Quiet, now!(health::description)),
    own("POST", "/api/v1/traces", SIGNED_IN, Quiet, to!(traces::page::take)).in_person(),
];
