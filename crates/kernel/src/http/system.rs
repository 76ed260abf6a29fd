//! Health, processes, load, settings, and waiting for the preview.

use super::App;
use super::caller::Caller;
use super::error::{ApiError, ApiResult};
use super::extract::{Body, Path, Query};
use crate::environment::redacted;
use crate::files::IgnoreList;
use crate::{preview, proc};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::channel::SystemStats;
use protocol::environment::GivenEnvironment;
use protocol::workspace::Settings;
use protocol::{ErrorBody, ErrorCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Answer of `GET /health`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`
    pub status: &'static str,
}

/// Whether the kernel answers.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health)))]
pub async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The processes of the workspace; secrets in command lines are masked.
#[utoipa::path(
    get, path = "/api/v1/processes",
    responses((status = 200, body = Vec<proc::ProcessInfo>))
)]
pub async fn list_processes(State(app): State<App>) -> Json<Vec<proc::ProcessInfo>> {
    // In a storm of processes this takes long.
    let list = tokio::task::spawn_blocking(proc::list).await.unwrap_or_default();
    Json(redacted(list, &app.context.environment.secrets().borrow()))
}

/// Sends a signal to a process of the workspace.
#[utoipa::path(
    post, path = "/api/v1/processes/{pid}/signal", params(("pid" = u32, Path)),
    request_body = proc::SignalBody,
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn signal_process(
    Path(pid): Path<u32>,
    Body(body): Body<proc::SignalBody>,
) -> ApiResult<StatusCode> {
    proc::signal(pid, &body.signal)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Load of the workspace against its own limits (S2.50 to S2.53).
#[utoipa::path(get, path = "/api/v1/stats", responses((status = 200, body = SystemStats)))]
pub async fn get_stats(State(app): State<App>) -> Json<SystemStats> {
    Json(app.stats().await)
}

/// What processes are given from here on: everything of the workspace or of one person. For the
/// gateway, or whoever runs the kernel alone; no person gets here.
#[utoipa::path(
    put, path = "/api/v1/environment", request_body = GivenEnvironment,
    responses((status = 204), (status = 403, body = ErrorBody))
)]
pub async fn give_environment(
    State(app): State<App>,
    caller: Caller,
    Body(given): Body<GivenEnvironment>,
) -> ApiResult<StatusCode> {
    if caller.principal.is_some() {
        let message = "only the gateway gives a kernel its environment";
        return Err(ApiError::new(ErrorCode::Forbidden, message));
    }
    app.context.environment.give(given);
    Ok(StatusCode::NO_CONTENT)
}

/// The workspace's settings.
#[utoipa::path(get, path = "/api/v1/settings", responses((status = 200, body = Settings)))]
pub async fn get_settings(State(app): State<App>) -> Json<Settings> {
    Json(app.context.settings.get())
}

/// Replaces the workspace's settings. Commands and ports count from the next start on.
#[utoipa::path(
    put, path = "/api/v1/settings", request_body = Settings,
    responses((status = 200, body = Settings), (status = 400, body = ErrorBody))
)]
pub async fn put_settings(
    State(app): State<App>,
    Body(settings): Body<Settings>,
) -> ApiResult<Json<Settings>> {
    app.context.settings.set(settings)?;
    let settings = app.context.settings.get();
    app.terminals.set_clipboard(settings.terminal_clipboard);
    let ignored = IgnoreList::new(&settings.ignore_add, &settings.ignore_remove);
    if ignored != app.files.ignored() {
        app.files.set_ignored(ignored);
        app.feed.restart();
    }
    Ok(Json(settings))
}

/// Query of `GET /api/v1/preview/ready`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReadyQuery {
    /// Absent means the port that the preview shows.
    port: Option<u16>,
}

/// Answers as soon as the port accepts connections, for 25 s at most.
#[utoipa::path(
    get, path = "/api/v1/preview/ready", params(ReadyQuery),
    responses((status = 204), (status = 504, body = ErrorBody))
)]
pub async fn preview_ready(
    State(app): State<App>,
    Query(query): Query<ReadyQuery>,
) -> ApiResult<StatusCode> {
    if preview::ready(&app.context, query.port).await {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(ErrorCode::Timeout, "nothing accepts connections yet; ask again"))
}
