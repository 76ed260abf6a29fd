//! The routes of searches. Errors of the query are answered at once; everything after that is lines
//! of JSON, each sent as soon as it is known.

use super::Search;
use super::error::SearchError;
use super::replace::Replacement;
use super::run::{LINES_MAX, Out, Plan};
use crate::blocking::blocking;
use crate::http::caller::Caller;
use crate::http::error::ApiResult;
use crate::http::extract::{Body, Query};
use crate::stop::{Stop, StopOnDrop};
use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::stream;
use protocol::WireError;
use protocol::error::ErrorBody;
use protocol::search::{ContentQuery, NDJSON, ReplaceBody, ReplaceLine, SearchLine, UndoBody};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use utoipa::OpenApi;

/// The routes `search/content`, `search/replace` and `search/undo` below `/api/v1`.
pub fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Search: FromRef<S>,
{
    Router::new()
        .route("/api/v1/search/content", get(search_content))
        .route("/api/v1/search/replace", post(replace))
        .route("/api/v1/search/undo", post(undo))
}

/// The part of the OpenAPI document that describes these routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(search_content, replace, undo))]
    struct Described;
    Described::openapi()
}

/// Lines with the text, file by file as they are found; `application/x-ndjson`. Ends when the client
/// goes away.
#[utoipa::path(
    get,
    path = "/api/v1/search/content",
    tag = "search",
    params(ContentQuery),
    responses(
        (status = 200, content_type = "application/x-ndjson", body = SearchLine),
        (status = 400, body = ErrorBody, description = "`invalid_request`, with `field` and `position` in `details`"),
    )
)]
async fn search_content(
    State(search): State<Search>,
    Query(query): Query<ContentQuery>,
) -> ApiResult<Response> {
    // Large patterns take a while to understand.
    let plan = blocking(move || Plan::parse(&query)).await?;
    // What was typed just now is looked into, too.
    search.shared.documents.flush().await;
    let turn = Arc::clone(&search.shared.turns).acquire_owned().await;
    Ok(work(search, turn, move |search, (stop, out)| {
        plan.run(search.shared.files.root(), stop, out);
        Ok(())
    }))
}

/// Replaces what was previewed; one line for each file.
#[utoipa::path(
    post,
    path = "/api/v1/search/replace",
    tag = "search",
    request_body = ReplaceBody,
    responses(
        (status = 200, content_type = "application/x-ndjson", body = ReplaceLine),
        (status = "4XX", body = ErrorBody, description = "`invalid_request`, `too_large`"),
    )
)]
async fn replace(
    State(search): State<Search>,
    caller: Caller,
    Body(body): Body<ReplaceBody>,
) -> ApiResult<Response> {
    let replacement = blocking(move || Replacement::parse(body)).await?;
    let turn = Arc::clone(&search.shared.replacing).lock_owned().await;
    Ok(work(search, turn, move |search, told| search.replace(replacement, &caller, told)))
}

/// Takes a replacement back, as far as files have not changed since; one line for each file.
#[utoipa::path(
    post,
    path = "/api/v1/search/undo",
    tag = "search",
    request_body = UndoBody,
    responses(
        (status = 200, content_type = "application/x-ndjson", body = ReplaceLine),
        (status = 404, body = ErrorBody, description = "`not_found`: it can no longer be taken back"),
    )
)]
async fn undo(
    State(search): State<Search>,
    caller: Caller,
    Body(body): Body<UndoBody>,
) -> ApiResult<Response> {
    let turn = Arc::clone(&search.shared.replacing).lock_owned().await;
    let probe = search.clone();
    let body = blocking(move || probe.can_undo(&body.undo).map(|()| body)).await?;
    Ok(work(search, turn, move |search, told| search.undo(&body.undo, &caller, told)))
}

/// Does `work` on a blocking thread while its lines are sent. Its turn ends with it.
fn work(
    search: Search,
    turn: impl Send + 'static,
    work: impl FnOnce(&Search, (&Stop, &Out)) -> Result<(), SearchError> + Send + 'static,
) -> Response {
    let (answer, stop, out) = answer(&search);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = work(&search, (&stop, &out)) {
            // The answer has begun, so it is told as a last line.
            out.send(&stop, &ErrorBody { error: WireError::from(error) });
        }
        drop(turn);
    });
    answer
}

/// A response whose body is what is sent to the other end; dropped, it stops the work.
fn answer(search: &Search) -> (Response, Stop, Out) {
    let (lines, received) = mpsc::channel(LINES_MAX);
    let stop = Stop::default();
    let scope = search.shared.context.scope.clone();
    let held = (received, scope, StopOnDrop(stop.clone()));
    let body = stream::unfold(held, |(mut received, scope, guard)| async move {
        let line: Option<Bytes> = tokio::select! {
            line = received.recv() => line,
            () = scope.stopping() => None,
        };
        Some((Ok::<_, Infallible>(line?), (received, scope, guard)))
    });
    let headers = [
        (header::CONTENT_TYPE, NDJSON),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let answer = (headers, axum::body::Body::from_stream(body)).into_response();
    (answer, stop, Out { lines, runtime: Handle::current() })
}
