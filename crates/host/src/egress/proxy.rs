//! The proxy itself: accepts what programs inside ask for, judges, connects, carries.

use super::carry::{Count, Counted, until_idle};
use super::log::{Entry, Log, Outcome};
use super::names::WorkspaceNames;
use super::own_addresses;
use super::policy::{Egress, Refusal};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header,
};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Connections of one workspace at a time. `npm install` opens some fifty.
const CONNECTIONS_MAX: usize = 256;
/// How long resolving and connecting may take together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long one address may take before the next is tried.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(6);
/// How long a program may take to say what it wants.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// How long accepting pauses when the machine has no descriptor to spare.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

type Body = BoxBody<Bytes, hyper::Error>;

/// The outbound proxy of one workspace.
#[derive(Debug)]
pub(crate) struct Proxy {
    policy: Egress,
    names: WorkspaceNames,
    log: Arc<Log>,
    scope: TaskScope,
}

/// Why a connection was not made. The text goes to the program inside.
enum Denied {
    Refused(String),
    Failed(String),
}

impl Proxy {
    /// A proxy whose connections belong to `scope`.
    pub(crate) fn new(
        policy: Egress,
        names: WorkspaceNames,
        log: Arc<Log>,
        scope: TaskScope,
    ) -> Arc<Self> {
        Arc::new(Self { policy, names, log, scope })
    }

    /// Accepts until the scope stops.
    pub(crate) async fn run(self: Arc<Self>, listener: TcpListener) {
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            let accepted = tokio::select! {
                () = self.scope.stopping() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let proxy = Arc::clone(&self);
                    let scope = self.scope.clone();
                    self.scope.spawn("egress", async move {
                        until_stopped(&scope, proxy.serve(stream, slot)).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "an outbound connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Serves one connection; the slot is held by what becomes of it.
    async fn serve(self: Arc<Self>, stream: TcpStream, slot: tokio::sync::OwnedSemaphorePermit) {
        let slot = Arc::new(slot);
        let service = service_fn(|request| {
            let (proxy, slot) = (Arc::clone(&self), Arc::clone(&slot));
            async move { Ok::<_, Infallible>(proxy.answer(request, slot).await) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .preserve_header_case(true)
            .half_close(true)
            .timer(TokioTimer::new())
            .header_read_timeout(REQUEST_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a program broke off its connection to the outbound proxy");
        }
    }

    async fn answer<S: Send + 'static>(
        self: Arc<Self>,
        request: Request<Incoming>,
        slot: S,
    ) -> Response<Body> {
        let Some((host, port)) = target(&request) else {
            return plain(
                StatusCode::BAD_REQUEST,
                "this is the outbound proxy of the workspace; it takes CONNECT and http:// URLs\n",
            );
        };
        let stream = match self.connect(&host, port).await {
            Ok(stream) => stream,
            Err(denied) => return denied.into_response(),
        };
        let end = Ending {
            log: Arc::clone(&self.log),
            count: stream.count(),
            host,
            port,
            started_ms: stdx::clock::now_ms(),
        };
        if request.method() == Method::CONNECT {
            let scope = self.scope.clone();
            self.scope.spawn("egress tunnel", async move {
                until_stopped(&scope, tunnel(request, stream, &end)).await;
                drop(slot);
            });
            return plain(StatusCode::OK, "");
        }
        self.forward(request, stream, end).await
    }

    /// Sends one request on, in origin form, over a connection of its own.
    async fn forward(
        &self,
        mut request: Request<Incoming>,
        stream: Counted,
        end: Ending,
    ) -> Response<Body> {
        let host = request.uri().authority().map(|it| HeaderValue::from_str(it.as_str()));
        let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
        let (Some(Ok(host)), Ok(uri)) = (host, path.parse::<Uri>()) else {
            return plain(StatusCode::BAD_REQUEST, "the URL cannot be forwarded\n");
        };
        *request.uri_mut() = uri;
        remove_hop_by_hop(request.headers_mut());
        request.headers_mut().insert(header::HOST, host);
        let handshake = hyper::client::conn::http1::Builder::new()
            .preserve_header_case(true)
            .handshake(TokioIo::new(stream))
            .await;
        let (mut sender, connection) = match handshake {
            Ok(pair) => pair,
            Err(error) => return end.failed(&error),
        };
        let count = Arc::clone(&end.count);
        let name = end.name();
        let scope = self.scope.clone();
        self.scope.spawn("egress request", async move {
            let carrying = until_idle(&count, async {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a server broke off an outbound connection");
                }
            });
            until_stopped(&scope, carrying).await;
            end.carried();
        });
        match sender.send_request(request).await {
            Ok(mut response) => {
                remove_hop_by_hop(response.headers_mut());
                response.map(BodyExt::boxed)
            }
            Err(error) => {
                plain(StatusCode::BAD_GATEWAY, &format!("{name} did not answer: {error}\n"))
            }
        }
    }

    /// Resolves, judges, connects. Every refusal and failure is in the log afterwards.
    async fn connect(&self, host: &str, port: u16) -> Result<Counted, Denied> {
        let started_ms = stdx::clock::now_ms();
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, self.connect_unbounded(host, port))
            .await
            .unwrap_or_else(|_| {
                Err(Denied::Failed(format!("{host}:{port} did not answer in time")))
            });
        if let Err(denied) = &connected {
            let outcome = match denied {
                Denied::Refused(why) => Outcome::Refused(why.clone()),
                Denied::Failed(why) => Outcome::Failed(why.clone()),
            };
            self.log.push(Entry {
                time_ms: started_ms,
                host: host.to_owned(),
                port,
                address: None,
                outcome,
                sent_bytes: 0,
                received_bytes: 0,
            });
        }
        connected
    }

    async fn connect_unbounded(&self, host: &str, port: u16) -> Result<Counted, Denied> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        self.policy
            .judge_name(bare, port)
            .map_err(|refusal| self.refused(host, port, None, refusal))?;
        let addresses = self
            .names
            .resolve(bare)
            .await
            .map_err(|error| Denied::Failed(format!("{host} cannot be resolved: {error}")))?;
        let own = own_addresses::read();
        let mut why = Denied::Failed(format!("{host} has no address"));
        let mut tried = false;
        for address in addresses {
            if let Err(refusal) = self.policy.judge(bare, port, address, &own) {
                if !tried {
                    why = self.refused(host, port, Some(address), refusal);
                }
                continue;
            }
            tried = true;
            let attempt = TcpStream::connect((address, port));
            match tokio::time::timeout(ADDRESS_TIMEOUT, attempt).await {
                Ok(Ok(stream)) => return Ok(counted(stream, address)),
                Ok(Err(error)) => why = failed(host, port, address, &error),
                Err(_) => why = failed(host, port, address, &io::ErrorKind::TimedOut.into()),
            }
        }
        Err(why)
    }

    fn refused(&self, host: &str, port: u16, address: Option<IpAddr>, why: Refusal) -> Denied {
        let mode = self.policy.mode.as_str();
        let address = address.map(|it| format!(" ({it})")).unwrap_or_default();
        Denied::Refused(format!(
            "Stead's network policy \"{mode}\" refuses {host}:{port}{address}: {why}. Whoever runs \
             this Stead can permit it with --egress-allow {host}:{port}."
        ))
    }
}

fn counted(stream: TcpStream, address: IpAddr) -> Counted {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "an outbound connection keeps its small packets waiting");
    }
    Counted::new(stream, address)
}

fn failed(host: &str, port: u16, address: IpAddr, error: &io::Error) -> Denied {
    Denied::Failed(format!("{host}:{port} ({address}) cannot be reached: {error}"))
}

impl Denied {
    fn into_response(self) -> Response<Body> {
        match self {
            Self::Refused(why) => plain(StatusCode::FORBIDDEN, &format!("{why}\n")),
            Self::Failed(why) => plain(StatusCode::BAD_GATEWAY, &format!("{why}\n")),
        }
    }
}

/// Writes a connection that was made into the log when it is over.
struct Ending {
    log: Arc<Log>,
    count: Arc<Count>,
    host: String,
    port: u16,
    started_ms: u64,
}

impl Ending {
    fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn carried(&self) {
        self.write(Outcome::Carried);
    }

    fn failed(&self, error: &hyper::Error) -> Response<Body> {
        self.write(Outcome::Failed(error.to_string()));
        plain(StatusCode::BAD_GATEWAY, &format!("{} did not answer: {error}\n", self.name()))
    }

    fn write(&self, outcome: Outcome) {
        self.log.push(Entry {
            time_ms: self.started_ms,
            host: self.host.clone(),
            port: self.port,
            address: Some(self.count.address),
            outcome,
            sent_bytes: self.count.sent(),
            received_bytes: self.count.received(),
        });
    }
}

/// Runs `carrying` until it ends or the scope stops. Programs try again when a connection breaks
/// off; a server that stops does not wait for their downloads.
async fn until_stopped(scope: &TaskScope, carrying: impl Future<Output = ()>) {
    tokio::select! {
        () = carrying => {}
        () = scope.stopping() => {}
    }
}

/// Carries bytes between the program and the server until one of them is done.
async fn tunnel(request: Request<Incoming>, mut stream: Counted, end: &Ending) {
    let upgrade = tokio::time::timeout(REQUEST_TIMEOUT, hyper::upgrade::on(request)).await;
    let Ok(Ok(upgraded)) = upgrade else { return end.carried() };
    let mut inside = TokioIo::new(upgraded);
    until_idle(&end.count, async {
        if let Err(error) = tokio::io::copy_bidirectional(&mut inside, &mut stream).await {
            tracing::debug!(%error, "an outbound tunnel was broken off");
        }
    })
    .await;
    end.carried();
}

/// Where a request wants to go. `None`: it is not a request to a proxy.
fn target(request: &Request<Incoming>) -> Option<(String, u16)> {
    let uri = request.uri();
    let authority = uri.authority()?;
    let default = match (request.method(), uri.scheme_str()) {
        (&Method::CONNECT, None) => None,
        (_, Some("http")) => Some(80),
        _ => return None,
    };
    let port = authority.port_u16().or(default).filter(|it| *it != 0)?;
    Some((authority.host().to_owned(), port))
}

/// Removes what is about the connection and not about the message.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .filter_map(|it| it.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in [
        "connection",
        "proxy-connection",
        "proxy-authorization",
        "proxy-authenticate",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ] {
        headers.remove(name);
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let body = Full::new(Bytes::copy_from_slice(text.as_bytes()));
    let mut response = Response::new(body.map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    if !text.is_empty() {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    response
}

#[cfg(test)]
mod tests;
