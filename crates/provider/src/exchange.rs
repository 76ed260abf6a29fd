//! One request on a connection of its own: an answer read whole, line by line, or a byte stream.

use crate::follow;
use crate::seam::BoxedStream;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, UPGRADE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use protocol::machine::EPOCH;
use protocol::{ErrorBody, ErrorCode, WireError};
use stdx::{Secret, beside};

/// Largest answer that is read whole, in bytes: a thousand kernels with their states.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Longest line of an answer that need not end, in bytes: a workspace's name and more.
const LINE_BYTES_MAX: usize = 4096;

/// What is asked of another machine.
pub struct Question<'a> {
    pub method: Method,
    pub path: String,
    /// JSON, or nothing.
    pub body: Bytes,
    /// `None` where the connection itself says who asks.
    pub bearer: Option<&'a Secret<String>>,
    pub host: &'a str,
    /// Which placement it is about.
    pub epoch: Option<u64>,
}

impl Question<'_> {
    fn request(&self, upgrade: Option<&str>) -> Result<Request<Full<Bytes>>, WireError> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(self.path.as_str())
            .header(HOST, self.host);
        if let Some(bearer) = self.bearer {
            let bearer = format!("Bearer {}", bearer.expose());
            let mut bearer = HeaderValue::try_from(bearer).map_err(|error| unusable(&error))?;
            bearer.set_sensitive(true);
            request = request.header(AUTHORIZATION, bearer);
        }
        if let Some(epoch) = self.epoch {
            request = request.header(EPOCH, epoch);
        }
        if let Some(protocol) = upgrade {
            request = request.header(CONNECTION, "upgrade").header(UPGRADE, protocol);
        }
        if !self.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/octet-stream");
        }
        let request = request.body(Full::new(self.body.clone()));
        let mut request = request.map_err(|error| unusable(&error))?;
        follow::mark(request.headers_mut());
        Ok(request)
    }

    /// Asks, and reads the whole answer; a refusal is an error.
    pub async fn ask(&self, stream: BoxedStream) -> Result<Bytes, WireError> {
        let request = self.request(None)?;
        talk(stream, request, |response| async {
            let (status, body) = whole(response).await?;
            if status.is_success() { Ok(body) } else { Err(refusal(status, &body)) }
        })
        .await
    }

    /// Asks for a byte stream of some kind in the place of HTTP; a refusal is an error.
    pub async fn open(
        &self,
        stream: BoxedStream,
        protocol: &str,
    ) -> Result<BoxedStream, WireError> {
        let request = self.request(Some(protocol))?;
        talk(stream, request, |response| async {
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                let (status, body) = whole(response).await?;
                return Err(refusal(status, &body));
            }
            let upgraded = hyper::upgrade::on(response).await.map_err(|it| broken(&it))?;
            Ok(Box::new(TokioIo::new(upgraded)) as BoxedStream)
        })
        .await
    }

    /// Asks, and hands on each line of an answer that need not end.
    pub(crate) async fn lines(
        &self,
        stream: BoxedStream,
        mut each: impl FnMut(&str) + Send,
    ) -> Result<(), WireError> {
        let request = self.request(None)?;
        talk(stream, request, |mut response| async move {
            if !response.status().is_success() {
                let (status, body) = whole(response).await?;
                return Err(refusal(status, &body));
            }
            let mut rest = Vec::new();
            while let Some(frame) = response.body_mut().frame().await {
                let frame = frame.map_err(|error| broken(&error))?;
                rest.extend_from_slice(frame.data_ref().map_or(&[][..], |it| it));
                while let Some(end) = rest.iter().position(|it| *it == b'\n') {
                    let line: Vec<u8> = rest.drain(..=end).collect();
                    each(String::from_utf8_lossy(&line).trim());
                }
                if LINE_BYTES_MAX < rest.len() {
                    let message = "a line of the other machine is too long";
                    return Err(WireError::new(ErrorCode::Unavailable, message));
                }
            }
            Ok(())
        })
        .await
    }
}

/// Sends the request and does with the response what is to be done, while the connection is driven
/// beside it.
async fn talk<T, F>(
    stream: BoxedStream,
    request: Request<Full<Bytes>>,
    take: impl FnOnce(Response<Incoming>) -> F + Send,
) -> Result<T, WireError>
where
    F: Future<Output = Result<T, WireError>> + Send,
{
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| broken(&error))?;
    let answering = async {
        let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
        follow::hear(response.headers());
        take(response).await
    };
    // What goes wrong with the connection is told by the request itself.
    beside(answering, connection.with_upgrades()).await
}

async fn whole(response: Response<Incoming>) -> Result<(StatusCode, Bytes), WireError> {
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| {
        WireError::new(ErrorCode::Unavailable, format!("the answer broke off: {error}"))
    })?;
    Ok((status, body.to_bytes()))
}

fn refusal(status: StatusCode, body: &[u8]) -> WireError {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(body) => body.error,
        Err(_) => WireError::new(ErrorCode::Unavailable, format!("it answered {status}")),
    }
}

fn broken(error: &hyper::Error) -> WireError {
    WireError::new(ErrorCode::Unavailable, format!("the connection broke: {error}"))
}

/// Neither the token nor the path is told: both can hold what is not for a log.
fn unusable(error: &dyn std::error::Error) -> WireError {
    WireError::new(ErrorCode::Internal, format!("this cannot be asked: {error}"))
}
