//! The paths of S1, about the workspace that the query or the body names.

use super::{Before, Beside, EDITOR, Quiet, Row, VIEWER, runtime, to};
use crate::adapters;

pub(super) static ROWS: &[Row] = &[
    runtime("GET", "/api/runtime/status", VIEWER, Quiet, to!(adapters::status)),
    runtime("GET", "/api/runtime/preview/url", VIEWER, Quiet, to!(adapters::preview_url)),
    runtime("POST", "/api/runtime/run", EDITOR, Before("session.start"), to!(adapters::run)),
    runtime("POST", "/api/runtime/stop", EDITOR, Before("session.stop"), to!(adapters::stop)),
    runtime("GET", "/api/runtime/terminal/attach", VIEWER, Quiet, to!(adapters::terminal_events)),
    runtime(
        "POST",
        "/api/runtime/terminal/attach",
        EDITOR,
        Beside("terminal.attach"),
        to!(adapters::terminal_post),
    ),
    runtime(
        "WS",
        "/api/runtime/terminal/attach",
        VIEWER,
        Beside("terminal.attach"),
        to!(adapters::terminal_socket),
    ),
];
