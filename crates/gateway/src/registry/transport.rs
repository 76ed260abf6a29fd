//! The way to a remote runtime: one address, one token, limits of time and size, no redirect.

use crate::fetch::{Client, Endpoint, FetchError, Io};
use ::registry::remote::{Answer, Messages, Question, RemoteFailure, Transport};
use async_trait::async_trait;
use axum::body::Bytes;
use futures_util::StreamExt;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use http_body_util::Full;
use std::sync::Arc;
use std::time::Duration;
use stdx::Secret;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// How long the other side may take to open a stream.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a stream may be silent: the other side asks every 30 seconds whether we are there.
const SILENCE_MAX: Duration = Duration::from_secs(75);
/// Largest message of a stream, in bytes. A worker's summary has a few thousand.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Between two attempts to listen to one that is away.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// The way to one remote runtime. Shows neither address nor token.
pub(super) struct HttpTransport {
    client: Arc<Client>,
    endpoint: Endpoint,
    token: Secret<String>,
}

impl HttpTransport {
    pub(super) fn new(client: Arc<Client>, endpoint: Endpoint, token: Secret<String>) -> Self {
        Self { client, endpoint, token }
    }

    fn authorization(&self) -> Result<HeaderValue, RemoteFailure> {
        let value = HeaderValue::from_str(&format!("Bearer {}", self.token.expose()));
        let mut value = value.map_err(|_| RemoteFailure::Client)?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn connect(&self, path: &str) -> Result<WebSocketStream<Box<dyn Io>>, RemoteFailure> {
        let endpoint = self.endpoint.below(path);
        let stream = self.client.connect(&endpoint).await.map_err(failure)?;
        let request = endpoint.websocket().into_client_request();
        let mut request = request.map_err(|_| RemoteFailure::Client)?;
        request.headers_mut().insert(AUTHORIZATION, self.authorization()?);
        let mut config = WebSocketConfig::default();
        config.max_message_size = Some(MESSAGE_BYTES_MAX);
        config.max_frame_size = Some(MESSAGE_BYTES_MAX);
        match client_async_with_config(request, stream, Some(config)).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => {
                let status = response.status().as_u16();
                Err(RemoteFailure::of_status(status).unwrap_or(RemoteFailure::Malformed))
            }
            Err(Error::Io(_)) => Err(RemoteFailure::Network),
            Err(_) => Err(RemoteFailure::Malformed),
        }
    }

    /// Tells whenever the other side says that something has changed, or comes or goes. Never ends.
    pub(super) async fn listen(self: Arc<Self>, changes: watch::Sender<u64>) {
        let mut was_there = true;
        loop {
            match self.open("/v1/events/ws".to_owned()).await {
                Ok(mut messages) => {
                    was_there = true;
                    while let Ok(Some(_)) = messages.next().await {
                        changes.send_modify(|it| *it += 1);
                    }
                }
                Err(failure) => tracing::debug!(code = failure.code(), "no stream of changes"),
            }
            if was_there {
                was_there = false;
                changes.send_modify(|it| *it += 1);
            }
            sleep(RETRY_INTERVAL).await;
        }
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn ask(&self, question: Question) -> Result<Answer, RemoteFailure> {
        let body = question.body.map(|it| it.to_string()).unwrap_or_default();
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = question.method;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization()?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = self.client.send(&self.endpoint.below(&question.path), request).await;
        let answer = answer.map_err(failure)?;
        Ok(Answer { status: answer.status.as_u16(), body: answer.body.into() })
    }

    async fn open(&self, path: String) -> Result<Box<dyn Messages>, RemoteFailure> {
        let socket = timeout(OPEN_TIMEOUT, self.connect(&path)).await;
        Ok(Box::new(Stream { socket: socket.map_err(|_| RemoteFailure::Timeout)?? }))
    }
}

/// An open stream.
struct Stream {
    socket: WebSocketStream<Box<dyn Io>>,
}

#[async_trait]
impl Messages for Stream {
    async fn next(&mut self) -> Result<Option<String>, RemoteFailure> {
        loop {
            let message = timeout(SILENCE_MAX, self.socket.next()).await;
            match message.map_err(|_| RemoteFailure::Timeout)? {
                Some(Ok(Message::Text(text))) => return Ok(Some(text.to_string())),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Binary(_)) | Err(Error::Capacity(_) | Error::Protocol(_))) => {
                    return Err(RemoteFailure::Malformed);
                }
                Some(Ok(Message::Close(_))) | None => return Ok(None),
                Some(Err(_)) => return Err(RemoteFailure::Network),
            }
        }
    }
}

/// What a failed question means. The log has nothing of it: the error names the address.
fn failure(error: FetchError) -> RemoteFailure {
    match error {
        FetchError::Late { .. } => RemoteFailure::Timeout,
        FetchError::Unreachable { .. } | FetchError::Tls { .. } => RemoteFailure::Network,
        FetchError::TooLarge { .. } => RemoteFailure::Malformed,
        FetchError::Redirect { status, .. } => RemoteFailure::Rejected(status),
    }
}
