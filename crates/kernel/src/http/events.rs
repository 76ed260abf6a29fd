//! The journal over HTTP.

use super::App;
use super::extract::Query;
use axum::Json;
use axum::extract::State;
use protocol::event::EventPage;
use serde::Deserialize;
use utoipa::IntoParams;

/// Entries in one page, when the request does not say, and at most.
const PAGE: usize = 100;
const PAGE_MAX: usize = 1000;

/// Query of `GET /api/v1/events`.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// First sequence number that is wanted.
    from: Option<u64>,
    /// At most this many.
    limit: Option<usize>,
}

/// A page of the journal.
#[utoipa::path(
    get, path = "/api/v1/events", params(EventsQuery),
    responses((status = 200, body = EventPage))
)]
pub async fn list_events(
    State(app): State<App>,
    Query(query): Query<EventsQuery>,
) -> Json<EventPage> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    Json(app.context.journal.page(query.from.unwrap_or(1), limit))
}
