//! `WS /api/v1/documents/{path}`: one client of a live document (`protocol::document`).

use super::App;
use super::caller::Caller;
use super::error::ApiResult;
use super::extract::{Path, Query};
use super::socket::{self, Accepted, Lost, Socket};
use crate::documents::{ANSWER, OpenError};
use axum::Json;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use document::handle::{Attachment, Close, FrameSender, Handle, Next};
use document::limits::UPDATE_BYTES_MAX;
use document::presence::Person;
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use protocol::channel::AuthorKind;
use protocol::document::{
    Contributor, DocumentConflict, DocumentHistory, DocumentVersionText, OpenDocument,
    ResolveConflict, RestoreVersion,
};
use protocol::header::Role;
use protocol::terminal::close;
use protocol::{ErrorBody, ErrorCode, WireError};
use serde::Deserialize;
use stdx::WorkspacePath;
use tokio::time::timeout;
use utoipa::IntoParams;

/// An update and what is around it.
const MESSAGE_BYTES_MAX: usize = UPDATE_BYTES_MAX + 64 * 1024;
/// What those may send at once who only look: places, and which states of which clients they have.
/// They must not be able to make us hold much.
const LOOKER_BYTES_MAX: usize = 256 * 1024;
/// A document may be put away between its opening and the client's coming; it is opened again then.
const ATTEMPTS: usize = 3;

/// Query of the channel.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChannelQuery {
    /// `1`: also messages of ours (number 64), which clients of Yjs do not know.
    stead: Option<String>,
}

/// Opens the document of a file and joins it.
#[utoipa::path(
    get, path = "/api/v1/documents/{path}", tag = "documents",
    params(("path" = String, Path, description = "Workspace-relative path"), ChannelQuery),
    responses((status = 101), (status = 426, body = ErrorBody))
)]
pub async fn open_document(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
    Query(query): Query<ChannelQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = accept(&app, &caller, upgrade, MESSAGE_BYTES_MAX)?;
    let ours = query.stead.as_deref() == Some("1");
    Ok(match join(&app, &caller, &path, ours).await {
        Ok((_, attachment)) => upgrade.on_upgrade(move |socket| serve(socket, attachment)),
        Err(error) => {
            let (code, reason) = (error.close_code(), WireError::from(error).message);
            upgrade.on_upgrade(move |socket| socket::close(socket, code, reason))
        }
    })
}

/// Accepts a client of a document. Those who write may send `most` bytes at once.
pub(super) fn accept(
    app: &App,
    caller: &Caller,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    most: usize,
) -> ApiResult<Accepted> {
    let most = if caller.role < Role::Editor { LOOKER_BYTES_MAX } else { most };
    socket::accept_up_to(app, caller, upgrade, most)
}

/// Opens the document at `path` and joins it.
pub(super) async fn join(
    app: &App,
    caller: &Caller,
    path: &str,
    ours: bool,
) -> Result<(Handle, Attachment), OpenError> {
    for _ in 0..ATTEMPTS {
        let handle = opened(app, path).await?;
        let person = Person {
            connection: 0,
            principal: caller.principal.clone(),
            name: caller.name.clone(),
            operator: caller.operator.clone(),
            read_only: caller.role < Role::Editor,
        };
        let attached = async {
            let attachment = handle.attach(person, ours).await;
            if attachment.is_none() {
                handle.closed().await;
            }
            attachment
        };
        match timeout(ANSWER, attached).await {
            Ok(Some(attachment)) => return Ok((handle, attachment)),
            Ok(None) => {}
            Err(_) => return Err(OpenError::Stuck),
        }
    }
    Err(OpenError::Busy)
}

async fn serve(socket: Socket, mut attachment: Attachment) {
    let (mut sink, stream) = socket.split();
    let reader = read(stream, attachment.sender());
    let write = async {
        loop {
            match attachment.next().await {
                Next::Frame(frame) => match socket::send(&mut sink, Message::Binary(frame)).await {
                    Ok(()) => {}
                    Err(Lost::Gone) => return None,
                    Err(Lost::Slow) => {
                        let reason = "the client takes nothing".to_owned();
                        return Some(Close { code: close::TOO_SLOW, reason });
                    }
                },
                Next::Close(close) => return Some(close),
            }
        }
    };
    let close = tokio::select! {
        // The client went away, in whatever way.
        () = reader => None,
        close = write => close,
    };
    drop(attachment);
    if let Some(Close { code, reason }) = close {
        socket::close(sink, code, reason).await;
    }
}

/// Takes frames until the client goes.
async fn read(mut stream: SplitStream<Socket>, document: FrameSender) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Binary(frame) => {
                if !document.send(frame).await {
                    // The writer says why.
                    std::future::pending::<()>().await;
                }
            }
            Message::Close(_) => return,
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

/// Documents that are open.
#[utoipa::path(
    get, path = "/api/v1/documents", tag = "documents",
    responses((status = 200, body = Vec<OpenDocument>))
)]
pub async fn list_documents(State(app): State<App>) -> Json<Vec<OpenDocument>> {
    Json(app.documents.list())
}

/// Open conflicts of a document.
#[utoipa::path(
    get, path = "/api/v1/document-conflicts/{path}", tag = "documents",
    params(("path" = String, Path, description = "Workspace-relative path")),
    responses((status = 200, body = Vec<DocumentConflict>), (status = "4XX", body = ErrorBody))
)]
pub async fn list_conflicts(
    State(app): State<App>,
    Path(path): Path<String>,
) -> ApiResult<Json<Vec<DocumentConflict>>> {
    let handle = opened(&app, &path).await?;
    Ok(Json(answered(handle.conflicts()).await?))
}

/// Ends a conflict.
#[utoipa::path(
    post, path = "/api/v1/document-conflicts/{path}", tag = "documents",
    params(("path" = String, Path, description = "Workspace-relative path")),
    request_body = ResolveConflict,
    responses(
        (status = 200, body = Vec<DocumentConflict>, description = "Those that are left"),
        (status = "4XX", body = ErrorBody)
    )
)]
pub async fn resolve_conflict(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
    super::extract::Body(body): super::extract::Body<ResolveConflict>,
) -> ApiResult<Json<Vec<DocumentConflict>>> {
    let handle = opened(&app, &path).await?;
    if !answered(handle.resolve(body.id, body.keep, contributor(&caller))).await? {
        let message = format!("there is no open conflict of number {}", body.id);
        return Err(WireError::new(ErrorCode::NotFound, message).into());
    }
    Ok(Json(answered(handle.conflicts()).await?))
}

/// What a document went through: who changed how much, and when. Versions are coarse.
#[utoipa::path(
    get, path = "/api/v1/document-history/{path}", tag = "documents",
    params(("path" = String, Path, description = "Workspace-relative path")),
    responses((status = 200, body = DocumentHistory), (status = "4XX", body = ErrorBody))
)]
pub async fn list_versions(
    State(app): State<App>,
    Path(path): Path<String>,
) -> ApiResult<Json<DocumentHistory>> {
    let handle = opened(&app, &path).await?;
    history_of(&handle).await
}

/// Query of one version.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VersionQuery {
    version: u64,
}

/// The text of a document at the end of a version.
#[utoipa::path(
    get, path = "/api/v1/document-versions/{path}", tag = "documents",
    params(("path" = String, Path, description = "Workspace-relative path"), VersionQuery),
    responses((status = 200, body = DocumentVersionText), (status = "4XX", body = ErrorBody))
)]
pub async fn get_version(
    State(app): State<App>,
    Path(path): Path<String>,
    Query(query): Query<VersionQuery>,
) -> ApiResult<Json<DocumentVersionText>> {
    let handle = opened(&app, &path).await?;
    Ok(Json(found(query.version, handle.version(query.version)).await?))
}

/// Makes the text of a version the text of the document, as an edit like any other.
#[utoipa::path(
    post, path = "/api/v1/document-history/{path}", tag = "documents",
    params(("path" = String, Path, description = "Workspace-relative path")),
    request_body = RestoreVersion,
    responses(
        (status = 200, body = DocumentHistory, description = "With the new version"),
        (status = "4XX", body = ErrorBody)
    )
)]
pub async fn restore_version(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
    super::extract::Body(body): super::extract::Body<RestoreVersion>,
) -> ApiResult<Json<DocumentHistory>> {
    let handle = opened(&app, &path).await?;
    if handle.summary().read_only {
        let message = "nobody may write this file, so nothing can be restored in it";
        return Err(WireError::new(ErrorCode::Forbidden, message).into());
    }
    let text = found(body.version, handle.version_to_restore(body.version)).await?.text;
    for _ in 0..ATTEMPTS {
        let revision = answered(handle.text()).await?.borrow().revision;
        let rewritten = handle.rewrite(revision, text.clone(), contributor(&caller));
        if answered(async { Some(rewritten.await) }).await?.is_some() {
            return history_of(&handle).await;
        }
    }
    let message = "somebody types just now, and nothing was restored; try again";
    Err(WireError::new(ErrorCode::Conflict, message).into())
}

/// The document of a file, opened when it is not.
async fn opened(app: &App, path: &str) -> Result<Handle, OpenError> {
    let path = WorkspacePath::parse_for_write(path).map_err(OpenError::Path)?;
    Ok(app.documents.open(&path).await?.1)
}

/// What a document answers, which may have been put away, or wait for its disk.
async fn answered<T>(answer: impl Future<Output = Option<T>>) -> Result<T, WireError> {
    let answer = timeout(ANSWER, answer).await.map_err(|_| OpenError::Stuck)?;
    answer.ok_or_else(|| {
        WireError::new(ErrorCode::Conflict, "the document was put away just now; ask again")
    })
}

async fn history_of(handle: &Handle) -> ApiResult<Json<DocumentHistory>> {
    let versions = answered(handle.versions()).await?.map_err(OpenError::Io)?;
    Ok(Json(DocumentHistory { versions }))
}

/// The version that somebody asked for.
async fn found(
    version: u64,
    answer: impl Future<Output = Option<std::io::Result<Option<DocumentVersionText>>>>,
) -> ApiResult<DocumentVersionText> {
    let found = answered(answer).await?.map_err(OpenError::Io)?;
    Ok(found.ok_or_else(|| {
        let message = format!("the document has no version {version}, or no longer");
        WireError::new(ErrorCode::NotFound, message)
    })?)
}

/// Who a request's changes are by.
pub fn contributor(caller: &Caller) -> Contributor {
    Contributor {
        kind: AuthorKind::Person,
        principal: caller.principal.clone(),
        name: caller.name.clone(),
        operator: caller.operator.clone(),
    }
}
