//! Machines that joined.

use super::{ADMINISTRATOR, ANYONE, Quiet, Row, Within, own, to};
use crate::machines::{http, join};

const MACHINE: &str = "/api/v1/machines/{machine}";

pub(super) static ROWS: &[Row] = &[
    own("GET", "/api/v1/machines", ADMINISTRATOR, Quiet, to!(http::list)),
    own(
        "POST",
        "/api/v1/machines/invitations",
        ADMINISTRATOR,
        Within("machine.invite"),
        to!(http::invite),
    ),
    own("POST", "/api/v1/machines/join", ANYONE, Within("machine.join"), to!(join::join)),
    own("PATCH", MACHINE, ADMINISTRATOR, Within("machine.update"), to!(http::update)),
    own("DELETE", MACHINE, ADMINISTRATOR, Within("machine.remove"), to!(http::remove)),
];
