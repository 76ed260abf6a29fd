//! Machines that joined.

use super::{ADMINISTRATOR, ANYONE, Quiet, Row, Within, own, to};
use crate::drains::http as drains;
use crate::machines::{dial, http, join, picture};

const MACHINE: &str = "/api/v1/machines/{machine}";
const DRAIN: &str = "/api/v1/machines/{machine}/drain";

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
    // Inside the connection both sides prove who they are.
    own("GET", "/api/v1/machines/{machine}/dial", ANYONE, Quiet, to!(dial::dial)),
    own("PATCH", MACHINE, ADMINISTRATOR, Within("machine.update"), to!(http::update)),
    own("WS", "/api/v1/machines/ws", ADMINISTRATOR, Quiet, to!(picture::watch)),
    own("GET", DRAIN, ADMINISTRATOR, Quiet, to!(drains::get)),
    own("POST", DRAIN, ADMINISTRATOR, Within("machine.empty"), to!(drains::create)),
    own("DELETE", DRAIN, ADMINISTRATOR, Within("machine.empty_cancel"), to!(drains::cancel)),
    own("DELETE", MACHINE, ADMINISTRATOR, Within("machine.remove"), to!(http::remove)),
];
