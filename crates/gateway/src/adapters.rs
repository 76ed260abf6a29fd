//! The paths of S1 (`/api/runtime/…`) and of S0 ([`userspace`], [`collab`]) over the same kernel: a
//! few lines each.
//!
//! Nothing is decided here. The kernel says what runs; these routes only word its answer the way
//! their clients expect. No process is started and no terminal is made on this side.

pub(crate) mod collab;
pub(crate) mod registry;
pub(crate) mod userspace;

use crate::app::Call;
use crate::forward::to_kernel_path;
use crate::kernels::{Question, expect, refused};
use crate::reply::{self, Reply};
use axum::body::Bytes;
use axum::extract::Query;
use axum::response::Response;
use http::{Method, StatusCode};
use protocol::state::{PreviewStatus, SessionStatus};
use protocol::terminal::{OpenTerminal, PRIMARY, TerminalInput, is_name};
use protocol::{ErrorCode, RuntimeState, WireError};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

/// Names in the query that are for the gateway and not for the kernel.
const OWN_NAMES: [&str; 3] = ["projectId", "workspaceId", "terminal"];

/// What may be asked of `POST /api/runtime/terminal/attach`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attach {
    terminal: Option<String>,
    cols: Option<u16>,
    rows: Option<u16>,
    /// What was typed; without it the terminal is made or found.
    input: Option<String>,
}

/// The runtime's state (S1.49).
#[utoipa::path(get, path = "/api/runtime/status", params(("projectId" = String, Query)),
    responses((status = 200, body = RuntimeState)))]
pub(crate) async fn status(call: Call) -> Reply {
    Ok(reply::json(&state(&call).await?))
}

/// Starts the runtime; while it runs or starts, refuses with its state (S1.48, S1.68, S1.87).
#[utoipa::path(post, path = "/api/runtime/run", params(("projectId" = String, Query)),
    responses((status = 200, body = RuntimeState), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn run(call: Call) -> Reply {
    let (status, body) = post(&call, "/api/v1/session/run", Bytes::from_static(b"{}")).await?;
    if status.is_success() {
        return Ok(reply::json(&expect::<RuntimeState>(status, &body)?));
    }
    let error = refused(&body);
    if error.code.status() != 409 {
        return Err(error);
    }
    let known = error.details.clone().filter(|it| it.get("status").is_some());
    let state = match known {
        Some(state) => state,
        None => serde_json::to_value(state(&call).await?).unwrap_or_default(),
    };
    let body = json!({"error": error, "state": state});
    Ok(reply::json_with(StatusCode::CONFLICT, &body))
}

/// Stops the runtime; answers when everything of it is gone (S1.69).
#[utoipa::path(post, path = "/api/runtime/stop", params(("projectId" = String, Query)),
    responses((status = 200, body = RuntimeState), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn stop(call: Call) -> Reply {
    let (status, body) = post(&call, "/api/v1/session/stop", Bytes::from_static(b"{}")).await?;
    Ok(reply::json(&expect::<RuntimeState>(status, &body)?))
}

/// Where the preview is: 400 while the runtime does not run, 404 while nothing listens (S1.37,
/// S1.71).
#[utoipa::path(get, path = "/api/runtime/preview/url", params(("projectId" = String, Query)),
    responses((status = 200), (status = 400, body = protocol::ErrorBody),
    (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn preview_url(call: Call) -> Reply {
    let state = state(&call).await?;
    if state.status != SessionStatus::Running {
        let message = "the runtime is not running; start it first";
        return Err(WireError::new(ErrorCode::InvalidRequest, message));
    }
    let (PreviewStatus::Running, Some(port)) = (state.preview.status, state.preview.port) else {
        let message = "the preview is not available yet; the app does not listen";
        return Err(WireError::new(ErrorCode::NotFound, message));
    };
    let url = state.preview.url.unwrap_or_else(|| {
        let id = call.workspace().0;
        format!("{}/indexes/userspace/workspaces/{id}/preview/", call.origin.text())
    });
    Ok(reply::json(&json!({"url": url, "port": port, "status": state.preview.status})))
}

/// A terminal's output as server-sent events (S1.28).
#[utoipa::path(get, path = "/api/runtime/terminal/attach", params(("projectId" = String, Query)),
    responses((status = 200, content_type = "text/event-stream")))]
pub(crate) async fn terminal_events(call: Call) -> Reply {
    let path = format!("/api/v1/terminals/{}/output{}", terminal(&call)?, query(&call));
    to_kernel_path(call, &path).await
}

/// A terminal as a WebSocket (S1.31).
pub(crate) async fn terminal_socket(call: Call) -> Reply {
    let path = format!("/api/v1/terminals/{}{}", terminal(&call)?, query(&call));
    to_kernel_path(call, &path).await
}

/// Types into a terminal, or makes or finds it through the kernel (S1.23, S1.30, S1.70).
#[utoipa::path(post, path = "/api/runtime/terminal/attach", params(("projectId" = String, Query)),
    responses((status = 200), (status = 204), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn terminal_post(mut call: Call) -> Reply {
    let bytes = crate::app::read_body(call.take_body()).await?;
    let body: Attach = if bytes.is_empty() {
        Attach::default()
    } else {
        serde_json::from_slice(&bytes)
            .map_err(|error| WireError::new(ErrorCode::InvalidRequest, error.to_string()))?
    };
    let name = match &body.terminal {
        Some(name) => checked(name)?.to_owned(),
        None => terminal(&call)?,
    };
    if let Some(data) = body.input {
        let path = format!("/api/v1/terminals/{name}/input");
        let (status, body) = post(&call, &path, to_bytes(&TerminalInput { data })).await?;
        return if status.is_success() { Ok(reply::nothing()) } else { Err(refused(&body)) };
    }
    let open = OpenTerminal {
        name: Some(name.clone()),
        cols: body.cols,
        rows: body.rows,
        ..OpenTerminal::default()
    };
    let (status, body) = post(&call, "/api/v1/terminals", to_bytes(&open)).await?;
    if status.is_success() {
        return Ok(attached(&expect(status, &body)?));
    }
    let error = refused(&body);
    if error.code != ErrorCode::AlreadyExists {
        return Err(error);
    }
    let question = Question { method: Method::GET, path: "/api/v1/terminals", body: None };
    let origin = call.preview_origin();
    let asker = call.asker(origin.as_deref());
    let (status, body) = call.app.kernels.ask(call.workspace().0, question, &asker).await?;
    let terminals: Vec<serde_json::Value> = expect(status, &body)?;
    let found = terminals.iter().find(|it| it.get("name").is_some_and(|it| it == name.as_str()));
    Ok(attached(found.ok_or(error)?))
}

fn attached(info: &serde_json::Value) -> Response {
    reply::json(&json!({
        "sessionId": info.get("id"),
        "terminal": info,
    }))
}

/// The kernel's state.
async fn state(call: &Call) -> Result<RuntimeState, WireError> {
    let origin = call.preview_origin();
    call.app.kernels.state(call.workspace().0, &call.asker(origin.as_deref())).await
}

async fn post(call: &Call, path: &str, body: Bytes) -> Result<(StatusCode, Bytes), WireError> {
    let question = Question { method: Method::POST, path, body: Some(body) };
    let origin = call.preview_origin();
    call.app.note_use(call.workspace().0);
    call.app.kernels.ask(call.workspace().0, question, &call.asker(origin.as_deref())).await
}

fn to_bytes(value: &impl serde::Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(value).expect("wire types are plain JSON"))
}

fn parameters(call: &Call) -> HashMap<String, String> {
    Query::try_from_uri(&call.head.uri).map(|Query(it)| it).unwrap_or_default()
}

/// The terminal that the query names; the primary one without.
fn terminal(call: &Call) -> Result<String, WireError> {
    match parameters(call).remove("terminal") {
        Some(name) => checked(&name).map(str::to_owned),
        None => Ok(PRIMARY.to_owned()),
    }
}

fn checked(name: &str) -> Result<&str, WireError> {
    let refuse = || WireError::new(ErrorCode::InvalidRequest, "that is no name of a terminal");
    is_name(name).then_some(name).ok_or_else(refuse)
}

/// What is left of the query for the kernel, still encoded.
fn query(call: &Call) -> String {
    let query = call.head.uri.query().unwrap_or_default();
    let rest: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .filter(|pair| !OWN_NAMES.contains(&pair.split('=').next().unwrap_or_default()))
        .collect();
    if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) }
}
