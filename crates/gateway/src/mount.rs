//! Where the preview joins the gateway: its requests, and what it asks the gateway for.

use crate::app::{App, Call};
use crate::identity::origin::OwnOrigin;
use crate::reply::{self, Reply};
use axum::body::Body;
use axum::response::Response;
use http::Request;
use protocol::preview::PreviewHost;
use protocol::{ErrorCode, WireError};
use std::net::IpAddr;
use std::sync::Arc;

fn away() -> WireError {
    WireError::new(ErrorCode::Unavailable, "previews are not mounted")
}

/// A request to an origin of a workspace's app.
pub(crate) async fn serve_origin(
    _app: &Arc<App>,
    _target: PreviewHost,
    _origin: &OwnOrigin,
    _client: IpAddr,
    _request: Request<Body>,
) -> Response {
    reply::refuse(away())
}

/// `POST /api/v1/workspaces/{id}/preview/grant`
pub(crate) async fn grant(_call: Call) -> Reply {
    Err(away())
}

/// `ANY /indexes/userspace/workspaces/{id}/preview[/{path}]`
pub(crate) async fn serve_path(_call: Call) -> Reply {
    Err(away())
}

/// `GET /preview/enter`
pub(crate) async fn enter(_call: Call) -> Reply {
    Err(away())
}

/// `GET /preview/enter` of somebody who is not signed in.
pub(crate) fn enter_as_stranger(_call: &Call) -> Reply {
    Err(away())
}
