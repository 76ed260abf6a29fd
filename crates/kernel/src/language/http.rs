//! The routes of language servers, and the channel to one.

use super::handle::Sender;
use super::workspace_edit::EditError;
use super::{Attachment, JoinError};
use crate::files::FileError;
use crate::http::App;
use crate::http::caller::Caller;
use crate::http::error::ApiResult;
use crate::http::extract::{Body, Path, Query};
use crate::http::socket::{self, Lost, Socket};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use protocol::language::{
    LanguageEdit, LanguageQuery, LanguageServer, RenameSymbol, RunCodeAction,
};
use protocol::terminal::close;
use protocol::{ErrorBody, ErrorCode, WireError};
use serde::Deserialize;
use stdx::WorkspacePath;
use utoipa::{IntoParams, OpenApi};

/// Largest message of a client, in bytes: a question about a place, or a completion that it was given.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// The routes below `/api/v1/language-servers`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/language-servers", get(list_language_servers))
        .route("/api/v1/language-servers/rename", post(rename_symbol))
        .route("/api/v1/language-servers/action", post(run_code_action))
        .route("/api/v1/language-servers/{language}", get(open_language_server))
}

/// The part of the OpenAPI document that describes these routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(list_language_servers, rename_symbol, run_code_action, open_language_server))]
    struct Described;
    Described::openapi()
}

/// The server for a file, none for a file of an unknown language; without a file, all of them.
#[utoipa::path(
    get, path = "/api/v1/language-servers", tag = "language servers",
    params(LanguageQuery),
    responses((status = 200, body = Vec<LanguageServer>), (status = "4XX", body = ErrorBody))
)]
async fn list_language_servers(
    State(app): State<App>,
    Query(query): Query<LanguageQuery>,
) -> ApiResult<Json<Vec<LanguageServer>>> {
    let Some(path) = query.path else { return Ok(Json(app.languages.list().await)) };
    let path = WorkspacePath::parse(&path).map_err(FileError::from)?;
    Ok(Json(app.languages.of_file(&path).await.into_iter().collect()))
}

/// Gives what is at a place another name, in every file of the workspace.
#[utoipa::path(
    post, path = "/api/v1/language-servers/rename", tag = "language servers",
    request_body = RenameSymbol,
    responses(
        (status = 200, body = LanguageEdit),
        (status = "4XX", body = ErrorBody, description = "`conflict`, `not_found`: nothing was changed")
    )
)]
async fn rename_symbol(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<RenameSymbol>,
) -> ApiResult<Json<LanguageEdit>> {
    let path = WorkspacePath::parse_for_write(&body.path).map_err(FileError::from)?;
    let renamed = app.languages.rename((&path, &body), &caller).await;
    Ok(Json(renamed.map_err(WireError::from)?))
}

/// Carries out what the server offers at a place: a fix, another shape of the code.
#[utoipa::path(
    post, path = "/api/v1/language-servers/action", tag = "language servers",
    request_body = RunCodeAction,
    responses(
        (status = 200, body = LanguageEdit),
        (status = "4XX", body = ErrorBody, description = "`conflict`, `not_found`: nothing was changed")
    )
)]
async fn run_code_action(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<RunCodeAction>,
) -> ApiResult<Json<LanguageEdit>> {
    let path = WorkspacePath::parse_for_write(&body.path).map_err(FileError::from)?;
    let done = app.languages.run_action((&path, &body), &caller).await;
    Ok(Json(done.map_err(WireError::from)?))
}

/// Query of the channel.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChannelQuery {
    /// The directory that the server looks at; left out, the workspace.
    root: Option<String>,
    /// `1`: also messages of ours.
    stead: Option<String>,
}

/// Joins the server of a language: JSON-RPC of the Language Server Protocol, one message a frame.
#[utoipa::path(
    get, path = "/api/v1/language-servers/{language}", tag = "language servers",
    params(("language" = String, Path, description = "`typescript`, `python`, `rust`, `go`"), ChannelQuery),
    responses((status = 101), (status = "4XX", body = ErrorBody))
)]
async fn open_language_server(
    State(app): State<App>,
    caller: Caller,
    Path(language): Path<String>,
    Query(query): Query<ChannelQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = socket::accept_up_to(&app, &caller, upgrade, MESSAGE_BYTES_MAX)?;
    let root = WorkspacePath::parse_or_root(query.root.as_deref().unwrap_or_default());
    let root = root.map_err(FileError::from)?;
    let ours = query.stead.as_deref() == Some("1");
    let joined = app.languages.join((&language, &root), caller.role, ours).await;
    let attachment = joined.map_err(WireError::from)?;
    Ok(upgrade.on_upgrade(move |socket| serve(socket, attachment)))
}

async fn serve(socket: Socket, mut attachment: Attachment) {
    let (mut sink, stream) = socket.split();
    let sender = attachment.sender();
    let write = async {
        while let Some(text) = attachment.next().await {
            match socket::send(&mut sink, Message::Text(text)).await {
                Ok(()) => {}
                Err(Lost::Gone) => return None,
                Err(Lost::Slow) => return Some((close::TOO_SLOW, "the client takes nothing")),
            }
        }
        Some((close::COME_BACK, "the channel ended; come back"))
    };
    let why = tokio::select! {
        // The client went away, in whatever way.
        () = read(stream, &sender) => None,
        why = write => why,
    };
    sender.leave().await;
    if let Some((code, reason)) = why {
        socket::close(sink, code, reason).await;
    }
}

/// Takes messages until the client goes.
async fn read(mut stream: SplitStream<Socket>, sender: &Sender) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Text(text) => {
                if !sender.send(text).await {
                    // The writer says why.
                    std::future::pending::<()>().await;
                }
            }
            Message::Close(_) => return,
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

impl From<JoinError> for WireError {
    fn from(error: JoinError) -> Self {
        let code = match error {
            JoinError::Unknown => ErrorCode::NotFound,
            JoinError::TooMany => ErrorCode::Capacity,
        };
        Self::new(code, error.to_string())
    }
}

impl From<EditError> for WireError {
    fn from(error: EditError) -> Self {
        let code = match &error {
            EditError::Nothing | EditError::NotOffered => ErrorCode::NotFound,
            EditError::TooMany => ErrorCode::TooLarge,
            EditError::NotRunning
            | EditError::Refused(_)
            | EditError::Foreign(_)
            | EditError::Outside(_)
            | EditError::Stale(_)
            | EditError::File(..) => ErrorCode::Conflict,
        };
        Self::new(code, error.to_string())
    }
}
