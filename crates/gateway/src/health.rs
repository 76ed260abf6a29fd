//! What operators and load balancers ask: alive, ready, numbers; and the API's description.

use crate::app::Call;
use crate::metrics::Gauges;
use crate::reply::{self, Reply};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use protocol::{ErrorCode, WireError};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// How long readiness waits for database and host; probes of orchestrators give up after a second.
const DEADLINE: Duration = Duration::from_millis(900);
/// The API's description as it is checked in; `cargo xtask codegen` writes it.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// The gateway's process answers.
#[utoipa::path(get, path = "/health", responses((status = 200)))]
pub(crate) fn health() -> Response {
    reply::json(&json!({"status": "ok"}))
}

/// The host answers too, and the database takes changes.
#[utoipa::path(get, path = "/readyz",
    responses((status = 200), (status = 503, body = protocol::ErrorBody)))]
pub(crate) async fn ready(call: Call) -> Reply {
    let database = async {
        call.app.database.probe().await?;
        call.app.database.schema().await
    };
    let host = async {
        let health = call.app.provider.health().await;
        // Whoever asks is told by nobody else why: a wrong address, token or certificate.
        health.inspect_err(|error| tracing::warn!(%error, "no workspace can be reached")).is_ok()
    };
    let (schema, host) = tokio::join!(timeout(DEADLINE, database), timeout(DEADLINE, host));
    let schema = schema.ok().and_then(Result::ok);
    let (database, host) = (schema.is_some(), host.unwrap_or(false));
    let schema = schema.map(|(found, known)| json!({"found": found, "known": known}));
    let facts = json!({"database": database, "host": host, "schema": schema});
    if database && host {
        return Ok(reply::json(&json!({"status": "ready", "checks": facts})));
    }
    Err(WireError::new(ErrorCode::Unavailable, "the gateway is not ready").with_details(facts))
}

/// Numbers in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", responses((status = 200, content_type = "text/plain")))]
pub(crate) async fn metrics(call: Call) -> Reply {
    let kernels = call.app.kernel_status().await;
    let gauges = Gauges {
        spans_dropped: call.app.traces.dropped(),
        kernel_connections: call.app.kernels.open_count(),
        workspaces: call.app.database.workspace_count().await.ok(),
        password_hashes: call.app.passwords.computed(),
        kernels_awake: kernels.values().filter(|it| it.awake).count(),
    };
    Ok(reply::text(StatusCode::OK, call.app.metrics.render(gauges)))
}

/// The API's description (OpenAPI 3.1).
#[utoipa::path(get, path = "/api/v1/openapi.json", responses((status = 200)))]
pub(crate) fn description() -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")];
    (headers, OPENAPI).into_response()
}
