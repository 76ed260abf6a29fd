//! `POST /api/v1/traces`: what a person did in a page, told by the page once it is over.

use super::wire::{By, Span};
use crate::app::Call;
use crate::reply::Reply;
use axum::response::IntoResponse;
use http::StatusCode;
use protocol::trace::{PageAction, TraceContext};
use protocol::{ErrorCode, WireError};
use stdx::clock::now_ms;

/// How far the page's clock may be off, and how long an action may have lasted.
const OFF_MS_MAX: u64 = 60 * 60 * 1000;

/// Takes down what a person did, below which their requests are. Nothing is kept where nobody
/// collects traces.
#[utoipa::path(post, path = "/api/v1/traces", operation_id = "trace_action",
    request_body = PageAction, responses(
    (status = 204), (status = 400, body = protocol::ErrorBody)))]
pub(crate) async fn take(mut call: Call) -> Reply {
    let action: PageAction = call.json().await?;
    let refuse = |message: &str| Err(WireError::new(ErrorCode::InvalidRequest, message));
    let Some(context) = TraceContext::parse(&action.traceparent) else {
        return refuse("`traceparent` is none");
    };
    if OFF_MS_MAX < now_ms().abs_diff(action.start_ms) || OFF_MS_MAX < action.duration_ms {
        return refuse("that was not lately; look at this machine's clock");
    }
    if let Some(queue) = call.app.traces.0.as_ref().filter(|_| context.is_sampled) {
        queue.put(Span {
            context,
            parent: None,
            by: By::Page,
            name: action.kind.as_str().to_owned(),
            start_us: action.start_ms * 1000,
            end_us: (action.start_ms + action.duration_ms) * 1000,
            status: None,
            attributes: Vec::new(),
        });
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
