//! The paths of S0 (`/indexes/userspace/runtime/…`): session, dev server, terminal.

use super::{post, state};
use crate::app::Call;
use crate::forward::to_kernel_path;
use crate::kernels::{expect, refused};
use crate::reply::{self, Reply};
use axum::body::Bytes;
use protocol::manager::{LeaseState, is_dev_server_running};
use protocol::state::PreviewStatus;
use protocol::{ErrorCode, RuntimeState, SessionId, WireError, WorkspaceId};
use serde::Serialize;
use stdx::clock::rfc3339;
use utoipa::ToSchema;

/// Answer of `GET …/session` (S0.59).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserspaceSessionAnswer {
    workspace_id: WorkspaceId,
    /// `null` while none has run.
    session: Option<UserspaceSession>,
}

/// A session; the last one also after its end.
#[derive(Debug, Serialize, ToSchema)]
struct UserspaceSession {
    id: SessionId,
    workspace_id: WorkspaceId,
    /// Who started it.
    leased_by_user_id: Option<String>,
    state: LeaseState,
    created_at: Option<String>,
    updated_at: String,
    last_error: Option<String>,
}

/// Answer of a `POST` (S0.60, S0.61, S0.63, S0.64).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserspaceAction {
    workspace_id: WorkspaceId,
    session_id: Option<SessionId>,
    state: LeaseState,
    success: bool,
}

/// Answer of `GET …/devserver/status` (S0.79).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserspaceStatus {
    workspace_id: WorkspaceId,
    session_state: LeaseState,
    session_id: Option<SessionId>,
    devserver_running: bool,
    devserver_port: Option<u16>,
    /// Path of the preview on this origin, while the app accepts connections.
    preview_url: Option<String>,
    last_error: Option<String>,
}

/// The session of a workspace (S0.59).
#[utoipa::path(get, path = "/indexes/userspace/runtime/workspaces/{id}/session",
    operation_id = "userspace_session", params(("id" = String, Path)),
    responses((status = 200, body = UserspaceSessionAnswer)))]
pub(crate) async fn session(call: Call) -> Reply {
    let state = state(&call).await?;
    let session = state.session_id.clone().map(|id| UserspaceSession {
        id,
        workspace_id: state.workspace_id.clone(),
        leased_by_user_id: state.started_by.clone(),
        state: state.status.into(),
        created_at: state.started_at_ms.map(rfc3339),
        updated_at: rfc3339(state.updated_at_ms),
        last_error: state.reason.clone(),
    });
    Ok(reply::json(&UserspaceSessionAnswer { workspace_id: state.workspace_id, session }))
}

/// Starts a session; the one that runs is as good (S0.60).
#[utoipa::path(post, path = "/indexes/userspace/runtime/workspaces/{id}/session/start",
    operation_id = "userspace_start_session", params(("id" = String, Path)),
    responses((status = 200, body = UserspaceAction), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn start_session(call: Call) -> Reply {
    act(&call, "/api/v1/session/start").await
}

/// Ends the session; 404 when none is active (S0.61).
#[utoipa::path(post, path = "/indexes/userspace/runtime/workspaces/{id}/session/stop",
    operation_id = "userspace_stop_session", params(("id" = String, Path)),
    responses((status = 200, body = UserspaceAction), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn stop_session(call: Call) -> Reply {
    act(&call, "/api/v1/session/stop").await.map_err(|error| {
        if error.code == ErrorCode::SessionNotRunning {
            reply::not_found("active session")
        } else {
            error
        }
    })
}

/// How the dev server is (S0.62, S0.79).
#[utoipa::path(get, path = "/indexes/userspace/runtime/workspaces/{id}/devserver/status",
    operation_id = "userspace_dev_server_status", params(("id" = String, Path)),
    responses((status = 200, body = UserspaceStatus)))]
pub(crate) async fn dev_server_status(call: Call) -> Reply {
    Ok(reply::json(&status(state(&call).await?)))
}

/// Starts the dev server; needs a running session (S0.63).
#[utoipa::path(post, path = "/indexes/userspace/runtime/workspaces/{id}/devserver/start",
    operation_id = "userspace_start_dev_server", params(("id" = String, Path)),
    responses((status = 200, body = UserspaceAction), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn start_dev_server(call: Call) -> Reply {
    act(&call, "/api/v1/dev-server/start").await
}

/// Ends the dev server and starts it anew; needs a running session (S0.64).
#[utoipa::path(post, path = "/indexes/userspace/runtime/workspaces/{id}/devserver/restart",
    operation_id = "userspace_restart_dev_server", params(("id" = String, Path)),
    responses((status = 200, body = UserspaceAction), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn restart_dev_server(call: Call) -> Reply {
    act(&call, "/api/v1/dev-server/restart").await
}

/// The primary terminal in the messages of `protocol::pty` (S0.65).
pub(crate) async fn pty(call: Call) -> Reply {
    let query = call.head.uri.query().map(|it| format!("?{it}")).unwrap_or_default();
    to_kernel_path(call, &format!("/api/v1/pty{query}")).await
}

/// Asks the kernel for a change and words the state that follows.
async fn act(call: &Call, path: &str) -> Result<axum::response::Response, WireError> {
    let (code, body) = post(call, path, Bytes::from_static(b"{}")).await?;
    if !code.is_success() {
        return Err(refused(&body));
    }
    let state: RuntimeState = expect(code, &body)?;
    Ok(reply::json(&UserspaceAction {
        workspace_id: state.workspace_id,
        session_id: state.session_id,
        state: state.status.into(),
        success: true,
    }))
}

fn status(state: RuntimeState) -> UserspaceStatus {
    let shown = state.preview.status == PreviewStatus::Running;
    let preview = format!("/indexes/userspace/workspaces/{}/preview/", state.workspace_id);
    UserspaceStatus {
        session_state: state.status.into(),
        session_id: state.session_id,
        devserver_running: is_dev_server_running(state.dev_server.status),
        devserver_port: state.preview.port,
        preview_url: shown.then_some(preview),
        last_error: state.reason.or(state.dev_server.reason),
        workspace_id: state.workspace_id,
    }
}
