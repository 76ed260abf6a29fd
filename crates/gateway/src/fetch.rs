//! One request to another server, an OpenID provider or a remote runtime: bounded in time and size,
//! and never led elsewhere.
//!
//! Each request has a connection of its own. There are few of them, and one that was kept could
//! only be stale.

use crate::trust::{TrustError, trust};
use axum::body::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, HOST, USER_AGENT};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stdx::beside;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long a provider may take, from the name's look-up to the last byte. A person waits.
const DEADLINE: Duration = Duration::from_secs(10);
/// Largest answer, in bytes. The key sets of large providers have about ten.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Requests to one provider at once; those who come later wait for their turn within the deadline.
const AT_ONCE: usize = 16;

/// Where a provider answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) secure: bool,
    /// Lower case; IPv6 without its brackets.
    host: String,
    port: u16,
    /// As it is sent in `Host`.
    authority: String,
    path: String,
}

/// Why an address of a provider is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EndpointError {
    /// Not a URL, or one with a user, a password or a fragment.
    #[error("is not an address of the form https://host/path")]
    Malformed,
    /// What is said there could be read and changed on the way.
    #[error("must begin with https:// (http:// is for this machine only)")]
    Insecure,
}

impl Endpoint {
    /// Reads `https://host[:port][/path][?query]`, or `http://` on a loopback address.
    pub(crate) fn parse(url: &str) -> Result<Self, EndpointError> {
        let endpoint = Self::parse_anywhere(url)?;
        if endpoint.secure || endpoint.is_loopback() {
            Ok(endpoint)
        } else {
            Err(EndpointError::Insecure)
        }
    }

    /// The same, and `http://` anywhere: where whoever is on the way may read along.
    pub(crate) fn parse_anywhere(url: &str) -> Result<Self, EndpointError> {
        let plain = url.bytes().all(|it| it.is_ascii_graphic());
        if !plain || url.contains(['#', '\\']) {
            return Err(EndpointError::Malformed);
        }
        let uri: Uri = url.parse().map_err(|_| EndpointError::Malformed)?;
        let (secure, port) = match uri.scheme_str() {
            Some("https") => (true, 443),
            Some("http") => (false, 80),
            _ => return Err(EndpointError::Malformed),
        };
        let authority = uri.authority().ok_or(EndpointError::Malformed)?;
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        if host.is_empty() || authority.as_str().contains('@') {
            return Err(EndpointError::Malformed);
        }
        Ok(Self {
            secure,
            port: authority.port_u16().unwrap_or(port),
            authority: authority.as_str().to_ascii_lowercase(),
            path: uri.path_and_query().map_or("/", |it| it.as_str()).to_owned(),
            host,
        })
    }

    /// Whether nobody is on the way to it.
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|it| it.is_loopback())
    }

    /// A further path below this one.
    pub(crate) fn below(&self, path: &str) -> Self {
        let path = format!("{}{path}", self.path.trim_end_matches('/'));
        Self { path, ..self.clone() }
    }

    /// As a WebSocket's address.
    pub(crate) fn websocket(&self) -> String {
        let scheme = if self.secure { "wss" } else { "ws" };
        format!("{scheme}://{}{}", self.authority, self.path)
    }

    /// Whether it asks for something: then nothing goes below it.
    pub(crate) fn has_query(&self) -> bool {
        self.path.contains('?')
    }

    /// `host:port`, by which two of them are compared.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    /// No connection, or it broke.
    #[error("{place} cannot be reached: {why}")]
    Unreachable { place: String, why: String },
    /// Nobody who is trusted says that it is the one.
    #[error("no secure connection to {place}: {why}")]
    Tls { place: String, why: String },
    /// The deadline passed.
    #[error("{place} did not answer within {} seconds", DEADLINE.as_secs())]
    Late { place: String },
    /// More than anybody needs to say.
    #[error("{place} answered with more than {most} bytes")]
    TooLarge { place: String, most: usize },
    /// It points elsewhere, and nobody goes there.
    #[error("{place} answered with a redirect ({status}), which is not followed")]
    Redirect { place: String, status: u16 },
}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// A connection, with TLS or without.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Asks one provider.
pub(crate) struct Client {
    /// `None` on a machine that trusts nobody.
    tls: Option<Arc<ClientConfig>>,
    turns: Semaphore,
    /// Largest answer, in bytes.
    answer_bytes_max: usize,
}

impl Client {
    /// `authorities` is a file of certificates that are trusted besides the system's.
    pub(crate) fn new(authorities: Option<&Path>) -> Result<Self, TrustError> {
        let tls = Some(Arc::new(trust(authorities)?));
        let (turns, answer_bytes_max) = (Semaphore::new(AT_ONCE), ANSWER_BYTES_MAX);
        Ok(Self { tls, turns, answer_bytes_max })
    }

    /// One that trusts the system's authorities, and where there are none reaches only this machine.
    pub(crate) fn lenient(answer_bytes_max: usize) -> Self {
        let tls = trust(None).map(Arc::new);
        let tls = tls.inspect_err(|error| tracing::debug!(%error, "no other machine is trusted"));
        Self { tls: tls.ok(), turns: Semaphore::new(AT_ONCE), answer_bytes_max }
    }

    /// Sends a request to an endpoint; its path and `Host` are set here.
    pub(crate) async fn send(
        &self,
        endpoint: &Endpoint,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Answer, FetchError> {
        *request.uri_mut() = endpoint.path.parse().unwrap_or_default();
        let headers = request.headers_mut();
        let host = HeaderValue::from_str(&endpoint.authority);
        headers.insert(HOST, host.expect("an authority is made of plain characters"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static("Stead"));
        let answering = async {
            let _turn = self.turns.acquire().await;
            let stream = self.connect(endpoint).await?;
            exchange(endpoint, stream, request, self.answer_bytes_max).await
        };
        let late = |_| Err(FetchError::Late { place: endpoint.place() });
        timeout(DEADLINE, answering).await.unwrap_or_else(late)
    }

    /// Connects, however long that takes.
    pub(crate) async fn connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Io>, FetchError> {
        let place = endpoint.place();
        let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await;
        let stream = stream.map_err(|error| FetchError::Unreachable {
            place: place.clone(),
            why: error.to_string(),
        })?;
        if !endpoint.secure {
            return Ok(Box::new(stream));
        }
        let refused = |why: String| FetchError::Tls { place: place.clone(), why };
        let name = ServerName::try_from(endpoint.host.clone());
        let name = name.map_err(|_| refused("no certificate can have this name".to_owned()))?;
        let nobody = || refused("this machine has no list of authorities to trust".to_owned());
        let tls = self.tls.as_ref().ok_or_else(nobody)?;
        let connecting = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
        Ok(Box::new(connecting.await.map_err(|error| refused(error.to_string()))?))
    }
}

/// Sends the request and reads the whole answer, while the connection is driven beside it.
async fn exchange(
    endpoint: &Endpoint,
    stream: Box<dyn Io>,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<Answer, FetchError> {
    let place = endpoint.place();
    let broken = |error: hyper::Error| FetchError::Unreachable {
        place: place.clone(),
        why: error.to_string(),
    };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let answering = async {
        let (head, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
        if head.status.is_redirection() {
            let status = head.status.as_u16();
            return Err(FetchError::Redirect { place: place.clone(), status });
        }
        match Limited::new(body, most).collect().await {
            Ok(body) => Ok(Answer { status: head.status, body: body.to_bytes() }),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                Err(FetchError::TooLarge { place: place.clone(), most })
            }
            Err(error) => {
                Err(FetchError::Unreachable { place: place.clone(), why: error.to_string() })
            }
        }
    };
    // What goes wrong with the connection is told by the request itself.
    beside(answering, connection).await
}

#[cfg(test)]
mod tests;
