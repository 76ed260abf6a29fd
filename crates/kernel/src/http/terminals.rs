//! Terminals without a lasting connection: list, open, close, type, read.

use super::App;
use super::caller::Caller;
use super::error::ApiResult;
use super::extract::{OptionalBody, Path};
use crate::terminals::OpenError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::header::Role;
use protocol::state::TerminalInfo;
use protocol::terminal::{OpenTerminal, TerminalInput};
use protocol::{ErrorBody, ErrorCode, WireError};

/// Open terminals in the order in which they were opened.
#[utoipa::path(
    get, path = "/api/v1/terminals", responses((status = 200, body = Vec<TerminalInfo>))
)]
pub async fn list_terminals(State(app): State<App>) -> Json<Vec<TerminalInfo>> {
    Json(app.terminals.list())
}

/// Opens a terminal.
#[utoipa::path(
    post, path = "/api/v1/terminals", request_body = OpenTerminal,
    responses((status = 201, body = TerminalInfo), (status = 409, body = ErrorBody))
)]
pub async fn open_terminal(
    State(app): State<App>,
    caller: Caller,
    OptionalBody(body): OptionalBody<OpenTerminal>,
) -> ApiResult<(StatusCode, Json<TerminalInfo>)> {
    let info = app.terminals.open(&body, &caller.by())?;
    Ok((StatusCode::CREATED, Json(info)))
}

/// Ends a terminal and its process group.
#[utoipa::path(
    delete, path = "/api/v1/terminals/{name}", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn close_terminal(
    State(app): State<App>,
    Path(name): Path<String>,
) -> ApiResult<StatusCode> {
    app.terminals.close(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Types into a terminal (S1.11, S1.30). Without a living one it fails.
#[utoipa::path(
    post, path = "/api/v1/terminals/{name}/input", params(("name" = String, Path)),
    request_body = TerminalInput, responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn write_input(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    super::extract::Body(body): super::extract::Body<TerminalInput>,
) -> ApiResult<StatusCode> {
    let terminal = app.terminals.get(&name).ok_or(OpenError::NotFound { name: name.clone() })?;
    terminal.write(body.data.as_bytes()).await.map_err(|ended| {
        WireError::new(ErrorCode::NotFound, format!("{ended}; the input was dropped"))
    })?;
    app.typing.typed(&caller.by(), &name, body.data.len());
    app.terminals.touch();
    Ok(StatusCode::NO_CONTENT)
}

/// Scrollback tail and screen as plain text; for viewers with secrets masked.
#[utoipa::path(
    get, path = "/api/v1/terminals/{name}/screen", params(("name" = String, Path)),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub async fn get_screen(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<String> {
    let terminal = app.terminals.get(&name).ok_or(OpenError::NotFound { name: name.clone() })?;
    Ok(if caller.role < Role::Editor { terminal.redacted_text() } else { terminal.text() })
}
