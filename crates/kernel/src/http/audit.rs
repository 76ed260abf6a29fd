//! `POST /audit/collect`: the gateway takes what its audit log must have. Not reachable through it.

use super::App;
use super::extract::Body;
use axum::Json;
use axum::extract::State;
use protocol::audit::{Collect, Collected};

/// Answers when there is something to collect; who waits here does not keep the kernel awake.
#[utoipa::path(
    post, path = "/audit/collect", request_body = Collect,
    responses((status = 200, body = Collected))
)]
pub async fn collect(State(app): State<App>, Body(request): Body<Collect>) -> Json<Collected> {
    let _unseen = app.connections.unseen();
    Json(app.context.outbox.collect(&request, &app.context.scope).await)
}
