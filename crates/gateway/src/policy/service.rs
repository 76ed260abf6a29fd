//! What the service says about itself.

use super::{ANYONE, Quiet, Row, now, own, to};
use crate::health;

pub(super) static ROWS: &[Row] = &[
    own("GET", "/health", ANYONE, Quiet, now!(health::health)),
    own("GET", "/readyz", ANYONE, Quiet, to!(health::ready)),
    own("GET", "/metrics", ANYONE, Quiet, to!(health::metrics)),
    own("GET", "/api/v1/openapi.json", ANYONE, Quiet, now!(health::description)),
];
