//! The registry for people and programs.

use crate::app::Call;
use crate::reply::{self, Reply};
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use protocol::registry::{
    HostSummary, LIST_MAX, RuntimeList, RuntimeSummary, TRANSCRIPT_ITEMS_MAX, WorkerInputRequest,
    WorkerInputResult, WorkerLookupResult, WorkerOperationState, WorkerProxyConnectPoint,
    WorkerSpawnRequest, WorkerSpawnResult, WorkerStopBody, WorkerStopResult, WorkerSummary,
    WorkerTranscriptProjection,
};
use protocol::{ErrorCode, WireError};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// How long a list is.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Most items; 200 without, and at most.
    limit: Option<usize>,
}

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct TranscriptQuery {
    /// Items to leave out; none without.
    start: Option<usize>,
    /// Most items, 256 at most.
    limit: Option<usize>,
}

/// The runtimes.
#[utoipa::path(get, path = "/api/v1/runtimes", operation_id = "list_runtimes",
    params(ListQuery), responses((status = 200, body = RuntimeList<RuntimeSummary>)))]
pub(crate) async fn list_runtimes(call: Call) -> Reply {
    let limit = limit(&call)?;
    Ok(reply::json(&call.app.registry.runtimes.list_runtimes(limit).await))
}

/// The hosts of all runtimes.
#[utoipa::path(get, path = "/api/v1/hosts", operation_id = "list_hosts",
    params(ListQuery), responses((status = 200, body = RuntimeList<HostSummary>)))]
pub(crate) async fn list_hosts(call: Call) -> Reply {
    let limit = limit(&call)?;
    Ok(reply::json(&call.app.registry.runtimes.list_hosts(limit).await))
}

/// The workers of all runtimes.
#[utoipa::path(get, path = "/api/v1/workers", operation_id = "list_workers",
    params(ListQuery), responses((status = 200, body = RuntimeList<WorkerSummary>)))]
pub(crate) async fn list_workers(call: Call) -> Reply {
    let limit = limit(&call)?;
    Ok(reply::json(&call.app.registry.runtimes.list_workers(limit).await))
}

/// The workers of one host.
#[utoipa::path(get, path = "/api/v1/hosts/{host}/workers", operation_id = "list_host_workers",
    params(("host" = String, Path), ListQuery),
    responses((status = 200, body = RuntimeList<WorkerSummary>),
    (status = 400, body = protocol::ErrorBody), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn list_host_workers(call: Call) -> Reply {
    let (limit, host) = (limit(&call)?, part(&call, "host"));
    let workers = call.app.registry.runtimes.list_workers_for_host(host, limit).await?;
    Ok(reply::json(&workers))
}

/// Asks a runtime for a worker.
#[utoipa::path(post, path = "/api/v1/runtimes/{runtime}/workers", operation_id = "spawn_worker",
    params(("runtime" = String, Path)), request_body = WorkerSpawnRequest,
    responses((status = 200, body = WorkerSpawnResult),
    (status = 404, body = protocol::ErrorBody),
    (status = 501, description = "The runtime makes no workers; the result, and `error`.")))]
pub(crate) async fn spawn(mut call: Call) -> Reply {
    let request: WorkerSpawnRequest = call.json().await?;
    let runtimes = &call.app.registry.runtimes;
    let result = runtimes.spawn_worker(part(&call, "runtime"), request).await?;
    Ok(told(result.state, &result))
}

/// One worker.
#[utoipa::path(get, path = "/api/v1/runtimes/{runtime}/workers/{worker}",
    operation_id = "get_worker", params(("runtime" = String, Path), ("worker" = String, Path)),
    responses((status = 200, body = WorkerLookupResult),
    (status = 404, body = protocol::ErrorBody), (status = 502, body = protocol::ErrorBody)))]
pub(crate) async fn worker(call: Call) -> Reply {
    let (runtime, worker) = ids(&call);
    Ok(reply::json(&call.app.registry.runtimes.worker(runtime, worker).await?))
}

/// Says something to a worker.
#[utoipa::path(post, path = "/api/v1/runtimes/{runtime}/workers/{worker}/input",
    operation_id = "send_worker_input",
    params(("runtime" = String, Path), ("worker" = String, Path)),
    request_body = WorkerInputRequest, responses((status = 200, body = WorkerInputResult),
    (status = 404, body = protocol::ErrorBody),
    (status = 501, description = "The runtime takes no input; the result, and `error`.")))]
pub(crate) async fn input(mut call: Call) -> Reply {
    let request: WorkerInputRequest = call.json().await?;
    let (runtime, worker) = ids(&call);
    let result = call.app.registry.runtimes.send_input(runtime, worker, request).await?;
    Ok(told(result.state, &result))
}

/// Stops a worker; its transcript stays.
#[utoipa::path(post, path = "/api/v1/runtimes/{runtime}/workers/{worker}/stop",
    operation_id = "stop_worker", params(("runtime" = String, Path), ("worker" = String, Path)),
    request_body = WorkerStopBody, responses((status = 200, body = WorkerStopResult),
    (status = 404, body = protocol::ErrorBody),
    (status = 501, description = "The runtime does not stop workers; the result, and `error`.")))]
pub(crate) async fn stop(mut call: Call) -> Reply {
    let body = stop_body(&mut call).await?;
    let (runtime, worker) = ids(&call);
    let result = call.app.registry.runtimes.stop_worker(runtime, worker, body).await?;
    Ok(told(result.state, &result))
}

/// Gives a worker up; its transcript stays.
#[utoipa::path(post, path = "/api/v1/runtimes/{runtime}/workers/{worker}/cancel",
    operation_id = "cancel_worker", params(("runtime" = String, Path), ("worker" = String, Path)),
    responses((status = 200, body = WorkerStopResult), (status = 404, body = protocol::ErrorBody),
    (status = 501, description = "The runtime does not stop workers; the result, and `error`.")))]
pub(crate) async fn cancel(call: Call) -> Reply {
    let (runtime, worker) = ids(&call);
    let result = call.app.registry.runtimes.cancel_worker(runtime, worker).await?;
    Ok(told(result.state, &result))
}

/// A page of what was said to a worker.
#[utoipa::path(get, path = "/api/v1/runtimes/{runtime}/workers/{worker}/transcript",
    operation_id = "get_worker_transcript",
    params(("runtime" = String, Path), ("worker" = String, Path), TranscriptQuery),
    responses((status = 200, body = WorkerTranscriptProjection),
    (status = 404, body = protocol::ErrorBody),
    (status = 501, description = "The runtime shows no transcripts; the result, and `error`.")))]
pub(crate) async fn transcript(call: Call) -> Reply {
    let (start, limit) = page(&call)?;
    let (runtime, worker) = ids(&call);
    let result = call.app.registry.runtimes.transcript(runtime, worker, start, limit).await?;
    Ok(told(result.state, &result))
}

/// Further ways to a worker.
#[utoipa::path(get, path = "/api/v1/runtimes/{runtime}/workers/{worker}/connect-points",
    operation_id = "list_worker_connect_points",
    params(("runtime" = String, Path), ("worker" = String, Path)),
    responses((status = 200, body = Vec<WorkerProxyConnectPoint>),
    (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn connect_points(call: Call) -> Reply {
    let (runtime, worker) = ids(&call);
    Ok(reply::json(&call.app.registry.runtimes.connect_points(runtime, worker).await?))
}

/// What stood at a placeholder, as it was sent: no identifier has anything to decode.
pub(super) fn part<'a>(call: &'a Call, name: &str) -> &'a str {
    call.parameters.get(name).unwrap_or_default()
}

pub(super) fn ids(call: &Call) -> (&str, &str) {
    (part(call, "runtime"), part(call, "worker"))
}

pub(super) fn query<T: serde::de::DeserializeOwned>(call: &Call) -> Result<T, WireError> {
    Query::try_from_uri(&call.head.uri).map(|Query(it)| it).map_err(|error| {
        WireError::new(ErrorCode::InvalidRequest, format!("the query is not as expected: {error}"))
    })
}

/// How many items are wanted, and no more than there may be.
pub(super) fn limit(call: &Call) -> Result<usize, WireError> {
    Ok(query::<ListQuery>(call)?.limit.unwrap_or(LIST_MAX).min(LIST_MAX))
}

/// Which page of a transcript is wanted.
pub(super) fn page(call: &Call) -> Result<(usize, usize), WireError> {
    let TranscriptQuery { start, limit } = query(call)?;
    Ok((start.unwrap_or(0), limit.unwrap_or(TRANSCRIPT_ITEMS_MAX)))
}

/// How a worker is to be stopped; without a body, gracefully.
pub(super) async fn stop_body(call: &mut Call) -> Result<WorkerStopBody, WireError> {
    let body = crate::app::read_body(call.take_body()).await?;
    if body.is_empty() {
        return Ok(WorkerStopBody::default());
    }
    serde_json::from_slice(&body).map_err(|error| {
        let message = format!("the body is not as expected: {error}");
        WireError::new(ErrorCode::InvalidRequest, message)
    })
}

/// A result; one that is `unsupported` is a refusal too, and has both.
fn told(state: WorkerOperationState, result: &impl Serialize) -> Response {
    if state != WorkerOperationState::Unsupported {
        return reply::json(result);
    }
    let mut body = serde_json::to_value(result).unwrap_or_default();
    let message = "the runtime does not do this; the diagnostics say more";
    body["error"] =
        serde_json::to_value(WireError::new(ErrorCode::Unsupported, message)).unwrap_or_default();
    reply::json_with(StatusCode::NOT_IMPLEMENTED, &body)
}
