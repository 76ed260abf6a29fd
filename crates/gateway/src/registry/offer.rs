//! The embedded runtime for other installations: `/v1/…`.
//!
//! What the registry's own face tells as a state is told here as a status, because whoever asks is
//! a program that has to act on it. Only the embedded runtime is offered, and never a remote one,
//! so that two installations which know each other do not ask in circles.

use super::http::{limit, page, part, stop_body};
use crate::app::Call;
use crate::reply::{self, Reply};
use ::registry::embedded::{Command, EmbeddedError};
use ::registry::identifier::{IdentifierKind, validate};
use ::registry::{EMBEDDED_RUNTIME_ID, RegistryError, Runtime};
use http::StatusCode;
use protocol::registry::{
    DiagnosticSeverity, LIST_MAX, OfferedRuntime, RuntimeList, WorkerInputRequest,
    WorkerInputResult, WorkerOperationState, WorkerSpawnRequest, WorkerSpawnResult,
    WorkerStopResult, WorkerSummary, WorkerTranscriptProjection,
};
use protocol::{ErrorCode, WireError};
use serde_json::json;
use stdx::clock::now_ms;

/// What is offered.
#[utoipa::path(get, path = "/v1/runtime", operation_id = "get_offered_runtime",
    responses((status = 200, body = OfferedRuntime), (status = 401, body = protocol::ErrorBody)))]
pub(crate) async fn runtime(call: Call) -> Reply {
    let offered = call.app.registry.embedded.offered(LIST_MAX).await;
    Ok(reply::json(&offered.map_err(refused)?))
}

/// The workers of the offered runtime.
#[utoipa::path(get, path = "/v1/workers", operation_id = "list_offered_workers",
    params(super::http::ListQuery),
    responses((status = 200, body = RuntimeList<WorkerSummary>)))]
pub(crate) async fn workers(call: Call) -> Reply {
    let limit = limit(&call)?;
    Ok(reply::json(&call.app.registry.embedded.workers(limit).await))
}

/// Makes a worker.
#[utoipa::path(post, path = "/v1/workers", operation_id = "spawn_offered_worker",
    request_body = WorkerSpawnRequest, responses((status = 200, body = WorkerSpawnResult,
    description = "The runtime rejected it; nothing was made."),
    (status = 201, body = WorkerSpawnResult), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn spawn(mut call: Call) -> Reply {
    let request: WorkerSpawnRequest = call.json().await?;
    let result = call.app.registry.embedded.spawn(request).await;
    if result.state == WorkerOperationState::Accepted {
        return Ok(reply::json_with(StatusCode::CREATED, &result));
    }
    let last = result.diagnostics.last();
    if last.is_some_and(|it| it.severity == DiagnosticSeverity::Error) {
        return Err(refused(EmbeddedError::StoreIo(String::new())));
    }
    if last == Some(&EmbeddedError::RuntimeStopped.diagnostic()) {
        return Err(refused(EmbeddedError::RuntimeStopped));
    }
    Ok(reply::json(&result))
}

/// One worker.
#[utoipa::path(get, path = "/v1/workers/{worker}", operation_id = "get_offered_worker",
    params(("worker" = String, Path)), responses((status = 200, body = WorkerSummary),
    (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn worker(call: Call) -> Reply {
    let worker = call.app.registry.embedded.look_up(id(&call)?).await;
    Ok(reply::json(&worker.map_err(refused)?))
}

/// Says something to a worker.
#[utoipa::path(post, path = "/v1/workers/{worker}/input", operation_id = "send_offered_input",
    params(("worker" = String, Path)), request_body = WorkerInputRequest,
    responses((status = 200, body = WorkerInputResult), (status = 400, body = protocol::ErrorBody),
    (status = 404, body = protocol::ErrorBody), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn input(mut call: Call) -> Reply {
    let request: WorkerInputRequest = call.json().await?;
    let worker_id = id(&call)?;
    let command = Command::input(worker_id, request, now_ms());
    let applied = call.app.registry.embedded.apply(command).await.map_err(refused)?;
    Ok(reply::json(&WorkerInputResult {
        state: WorkerOperationState::Accepted,
        runtime_id: EMBEDDED_RUNTIME_ID.to_owned(),
        worker_id: worker_id.to_owned(),
        transcript_sequence: applied.item.map(|it| it.sequence),
        event_id: applied.event.map(|it| it.event_id),
        diagnostics: Vec::new(),
    }))
}

/// Stops a worker.
#[utoipa::path(post, path = "/v1/workers/{worker}/stop", operation_id = "stop_offered_worker",
    params(("worker" = String, Path)), request_body = protocol::registry::WorkerStopBody,
    responses((status = 200, body = WorkerStopResult), (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn stop(mut call: Call) -> Reply {
    stop_body(&mut call).await?;
    let worker_id = id(&call)?.to_owned();
    end(&call, Command::Stop { worker_id, at_ms: now_ms() }).await
}

/// Gives a worker up.
#[utoipa::path(post, path = "/v1/workers/{worker}/cancel", operation_id = "cancel_offered_worker",
    params(("worker" = String, Path)), responses((status = 200, body = WorkerStopResult),
    (status = 404, body = protocol::ErrorBody), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn cancel(call: Call) -> Reply {
    let worker_id = id(&call)?.to_owned();
    end(&call, Command::Cancel { worker_id, at_ms: now_ms() }).await
}

/// A page of what was said to a worker.
#[utoipa::path(get, path = "/v1/workers/{worker}/transcript",
    operation_id = "get_offered_transcript",
    params(("worker" = String, Path), super::http::TranscriptQuery),
    responses((status = 200, body = WorkerTranscriptProjection),
    (status = 400, body = protocol::ErrorBody), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn transcript(call: Call) -> Reply {
    let (start, limit) = page(&call)?;
    let page = call.app.registry.embedded.page(id(&call)?, start, limit).await;
    Ok(reply::json(&page.map_err(refused)?))
}

async fn end(call: &Call, command: Command) -> Reply {
    call.app.registry.embedded.apply(command).await.map_err(refused)?;
    let state = WorkerOperationState::Accepted;
    Ok(reply::json(&WorkerStopResult { state, diagnostics: Vec::new() }))
}

/// The worker in the path.
pub(super) fn id(call: &Call) -> Result<&str, WireError> {
    let id = part(call, "worker");
    validate(IdentifierKind::Worker, id).map_err(RegistryError::from)?;
    Ok(id)
}

/// The status that another installation is told.
pub(super) fn refused(error: EmbeddedError) -> WireError {
    let code = match &error {
        EmbeddedError::WorkerNotFound => ErrorCode::UnknownWorker,
        EmbeddedError::RuntimeStopped | EmbeddedError::WorkerStopped => ErrorCode::Conflict,
        EmbeddedError::LimitTooLarge { .. }
        | EmbeddedError::InvalidRequest(_)
        | EmbeddedError::WrongRuntime
        | EmbeddedError::WrongRuntimeCursor => ErrorCode::InvalidRequest,
        EmbeddedError::StoreIo(_)
        | EmbeddedError::StoreMissing(_)
        | EmbeddedError::StoreCorrupt(_)
        | EmbeddedError::StatePoisoned => ErrorCode::Internal,
    };
    let told = error.diagnostic();
    let details = json!({"diagnostics": [told]});
    WireError::new(code, told.message).with_details(details)
}
