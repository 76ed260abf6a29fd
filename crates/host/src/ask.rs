//! Asking a kernel something over its socket: one request on a connection of its own.

use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::net::UnixStream;

/// Largest answer that is read, in bytes; the state of a workspace is a few kilobytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Time between two tries to connect while the kernel's backlog is full.
const BACKLOG_INTERVAL: Duration = Duration::from_millis(5);
/// Tries to connect while the backlog is full: about a second.
const BACKLOG_ATTEMPTS: u32 = 200;

/// Connects to a Unix socket; waits a little when its backlog is full.
pub(crate) async fn connect(socket: &Path) -> io::Result<UnixStream> {
    let mut attempts = 0;
    loop {
        match UnixStream::connect(socket).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                attempts += 1;
                if attempts == BACKLOG_ATTEMPTS {
                    return Err(error);
                }
                tokio::time::sleep(BACKLOG_INTERVAL).await;
            }
            connected => return connected,
        }
    }
}

/// `GET path`; a refusal is an error.
pub(crate) async fn get(socket: &Path, path: &'static str) -> io::Result<Bytes> {
    ask(socket, Method::GET, path, Vec::new()).await
}

/// `POST path` with JSON, or without a body when it is empty; a refusal is an error.
pub(crate) async fn post(socket: &Path, path: &'static str, json: Vec<u8>) -> io::Result<Bytes> {
    ask(socket, Method::POST, path, json).await
}

async fn ask(
    socket: &Path,
    method: Method,
    path: &'static str,
    json: Vec<u8>,
) -> io::Result<Bytes> {
    let stream = connect(socket).await?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::HOST, "kernel")
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(json)))
        .map_err(io::Error::other)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        if !response.status().is_success() {
            return Err(io::Error::other(format!("the kernel answered {}", response.status())));
        }
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
        body.collect().await.map(http_body_util::Collected::to_bytes).map_err(io::Error::other)
    };
    tokio::pin!(connection);
    tokio::select! {
        answer = exchange => answer,
        ended = &mut connection => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("the kernel hung up: {ended:?}"),
        )),
    }
}
