//! The paths of S0 about sessions and dev servers.

use super::{Before, Beside, EDITOR, Quiet, Row, VIEWER, about, to};
use crate::adapters::userspace;

pub(super) static ROWS: &[Row] = &[
    about(
        "GET",
        "/indexes/userspace/runtime/workspaces/{id}/session",
        VIEWER,
        Quiet,
        to!(userspace::session),
    ),
    about(
        "POST",
        "/indexes/userspace/runtime/workspaces/{id}/session/start",
        EDITOR,
        Before("session.start"),
        to!(userspace::start_session),
    ),
    about(
        "POST",
        "/indexes/userspace/runtime/workspaces/{id}/session/stop",
        EDITOR,
        Before("session.stop"),
        to!(userspace::stop_session),
    ),
    about(
        "GET",
        "/indexes/userspace/runtime/workspaces/{id}/devserver/status",
        VIEWER,
        Quiet,
        to!(userspace::dev_server_status),
    ),
    about(
        "POST",
        "/indexes/userspace/runtime/workspaces/{id}/devserver/start",
        EDITOR,
        Before("dev_server.start"),
        to!(userspace::start_dev_server),
    ),
    about(
        "POST",
        "/indexes/userspace/runtime/workspaces/{id}/devserver/restart",
        EDITOR,
        Before("dev_server.restart"),
        to!(userspace::restart_dev_server),
    ),
    about(
        "WS",
        "/indexes/userspace/runtime/workspaces/{id}/pty",
        VIEWER,
        Beside("terminal.attach"),
        to!(userspace::pty),
    )
    .closing(),
];
