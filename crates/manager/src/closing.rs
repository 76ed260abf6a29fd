//! Refusals of a terminal: its clients see no status, so the upgrade is taken, one `status` frame
//! says why, and the close code says it to programs (U0.7).

use crate::answer::{self, Body};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use protocol::WireError;
use protocol::pty::Farewell;
use std::time::Duration;
use stdx::TaskScope;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Error, Message};

/// What a client of a WebSocket says that it speaks.
const VERSION: &[u8] = b"13";
/// Time for a client to take two small frames and to answer the last one.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Takes the upgrade and closes it; a request that is no proper upgrade gets the status.
pub(crate) fn refuse<B>(
    mut request: Request<B>,
    error: WireError,
    scope: &TaskScope,
) -> Response<Body> {
    let Some(accept) = accepted(&request) else { return answer::refuse(error) };
    let upgrade = hyper::upgrade::on(&mut request);
    scope.spawn("farewell", async move {
        let telling = async {
            if let Ok(stream) = upgrade.await
                && let Err(error) = tell(TokioIo::new(stream), Farewell::new(&error)).await
            {
                tracing::debug!(%error, "a client was gone before it was told why");
            }
        };
        let _slow = timeout(TIMEOUT, telling).await;
    });
    let mut response = Response::new(answer::body(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    response.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// What a client of a WebSocket is answered; `None` for every other request.
fn accepted<B>(request: &Request<B>) -> Option<HeaderValue> {
    let headers = request.headers();
    let wanted = headers.get(UPGRADE)?.to_str().ok()?;
    let is_websocket = wanted.eq_ignore_ascii_case("websocket")
        && headers.get(SEC_WEBSOCKET_VERSION)?.as_bytes() == VERSION;
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|_| is_websocket)?;
    HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok()
}

async fn tell(stream: TokioIo<hyper::upgrade::Upgraded>, farewell: Farewell) -> Result<(), Error> {
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    let Farewell { status, code, reason } = farewell;
    let status = serde_json::to_string(&status).expect("a frame is plain JSON");
    socket.send(Message::text(status)).await?;
    socket.close(Some(CloseFrame { code: code.into(), reason: reason.into() })).await?;
    // Whoever closes before the client has read takes what was said away.
    while socket.next().await.is_some_and(|it| it.is_ok()) {}
    Ok(())
}
