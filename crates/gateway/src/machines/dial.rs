//! A machine gives this gateway a connection (`Upgrade: stead-dial`).
//!
//! Whoever reaches the gateway may ask; inside the connection both sides prove by TLS who they are,
//! the gateway as its client, before anything else is said.

use super::http::named;
use crate::app::Call;
use crate::reply::{Refusal, Reply};
use axum::body::Body;
use axum::response::Response;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderValue, StatusCode};
use hyper_util::rt::TokioIo;
use protocol::machine::{DIAL, server_name};
use protocol::{ErrorCode, WireError};
use provider::BoxedStream;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

/// How long a machine may take to prove who it is: twice to and fro, over a network that loses
/// packets.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Takes a connection of a machine that joined.
#[utoipa::path(get, path = "/api/v1/machines/{machine}/dial", operation_id = "dial_machine",
    params(("machine" = String, Path)), responses((status = 101),
    (status = 403, body = protocol::ErrorBody), (status = 426, body = protocol::ErrorBody)))]
pub(crate) async fn dial(mut call: Call) -> Reply {
    let machines = Arc::clone(&call.app.machines);
    let wanted = call.head.headers.get(UPGRADE).and_then(|it| it.to_str().ok());
    if !wanted.is_some_and(|it| it.eq_ignore_ascii_case(DIAL)) {
        let message = format!("this is for machines that joined; ask with `Upgrade: {DIAL}`");
        return Err(WireError::new(ErrorCode::UpgradeRequired, message));
    }
    let client = call.client;
    if let Err(seconds) = machines.limit.take(client, Instant::now()) {
        let error = WireError::new(ErrorCode::RateLimited, "too many tries; wait a little");
        return Ok(Refusal::after(error, seconds).answer());
    }
    let id = named(&call)?;
    if !machines.is_welcome(&id).await? {
        let message = "this machine did not join here, or was removed; ask for a token to join";
        return Err(WireError::new(ErrorCode::Forbidden, message));
    }
    let Ok(permit) = Arc::clone(&machines.handshakes).try_acquire_owned() else {
        let message = "many machines come at once; try again in a moment";
        return Err(WireError::new(ErrorCode::Unavailable, message));
    };
    let name = ServerName::try_from(server_name(&id));
    let name = name.map_err(|error| WireError::new(ErrorCode::Internal, error.to_string()))?;
    let upgrade = hyper::upgrade::on(call.take_request());
    let app = Arc::clone(&call.app);
    app.clone().scope.spawn("dial", async move {
        let proving = async {
            let stream = TokioIo::new(upgrade.await.map_err(io::Error::other)?);
            TlsConnector::from(Arc::clone(&app.machines.client)).connect(name, stream).await
        };
        let proved = tokio::select! {
            () = app.scope.stopping() => return,
            proved = timeout(TIMEOUT, proving) => proved,
        };
        drop(permit);
        match proved {
            Ok(Ok(stream)) => {
                // Only those who cannot prove who they are may try so often.
                app.machines.limit.give_back(client);
                app.machines.take(&id, Box::new(stream) as BoxedStream, &app.scope);
            }
            Ok(Err(error)) => tracing::warn!(machine = %id, %error, "it did not prove who it is"),
            Err(_) => tracing::debug!(machine = %id, "it did not prove in time who it is"),
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static(DIAL));
    Ok(response)
}
