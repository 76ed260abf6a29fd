//! A server that forwards everything, upstreams that do as they are told, and clients that send
//! exact bytes.

use http::header::HeaderValue;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use proxy::{BoxError, Connector, ForwardError, Limits, Live, Policy, Pool, SetCookies};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use stdx::TaskScope;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// More than anything here takes on a loaded machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A front server and the pool behind it.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) pool: Arc<Pool<Tcp>>,
    pub(crate) live: Live,
    pub(crate) upstream: Upstream,
}

/// Connects to whatever address is the key.
pub(crate) struct Tcp;

impl Connector for Tcp {
    type Key = SocketAddr;
    type Stream = TcpStream;
    type Error = io::Error;

    async fn connect(&self, key: &SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(key).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl World {
    /// `answer` is called with each connection to the upstream and its number.
    pub(crate) async fn new<F, R>(answer: F) -> Self
    where
        F: Fn(Peer, usize) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send,
    {
        Self::with_limits(Limits::default(), answer).await
    }

    pub(crate) async fn with_limits<F, R>(limits: Limits, answer: F) -> Self
    where
        F: Fn(Peer, usize) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send,
    {
        let live = Live::default();
        let upstream = Upstream::serve(&live.scope, answer).await;
        let pool = Arc::new(Pool::new(Tcp, limits, live.scope.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (accepting, to) = ((Arc::clone(&pool), live.clone()), upstream.address);
        live.scope.spawn("front", async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (pool, live) = accepting.clone();
                let scope = live.scope.clone();
                scope.spawn("front connection", serve(stream, pool, live, to));
            }
        });
        Self { address, pool, live, upstream }
    }

    /// A connection to the front.
    pub(crate) async fn client(&self) -> Peer {
        Peer::new(TcpStream::connect(self.address).await.unwrap())
    }

    /// Sends exact bytes on a connection of their own and returns everything that comes back.
    pub(crate) async fn exchange(&self, request: &str) -> String {
        let mut client = self.client().await;
        client.send(request).await;
        client.rest().await
    }
}

async fn serve(stream: TcpStream, pool: Arc<Pool<Tcp>>, live: Live, to: SocketAddr) {
    stream.set_nodelay(true).unwrap();
    let service = service_fn(move |request: Request<Incoming>| {
        let (pool, live) = (Arc::clone(&pool), live.clone());
        async move { Ok::<_, Infallible>(answer(&pool, &live, to, request).await) }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    // Hostile clients are cut off; the upstream's view is what counts.
    drop(builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await);
}

type AnyBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;

async fn answer(
    pool: &Pool<Tcp>,
    live: &Live,
    to: SocketAddr,
    request: Request<Incoming>,
) -> Response<AnyBody> {
    let refusal = |status: StatusCode, text: String| {
        let body = Full::new(Bytes::from(text)).map_err(|it| match it {});
        let mut response = Response::new(body.boxed_unsync());
        *response.status_mut() = status;
        response
    };
    if let Err(error) = proxy::headers::authority(request.uri(), request.headers()) {
        return refusal(StatusCode::BAD_REQUEST, error.to_string());
    }
    let mut policy = Policy::kernel(Vec::new());
    policy.host = HeaderValue::from_static("upstream");
    policy.cookies = proxy::Cookies::OfTheApp;
    policy.response.set_cookies = SetCookies::HostOnly;
    match pool.forward(&to, request, &policy, live).await {
        Ok(response) => response.map(BodyExt::boxed_unsync),
        Err(ForwardError::BadRequest(error)) => {
            let error = protocol::WireError::from(error);
            refusal(StatusCode::from_u16(error.code.status()).unwrap(), error.message)
        }
        Err(error) => refusal(StatusCode::BAD_GATEWAY, error.to_string()),
    }
}

/// Something that accepts connections.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Upstream {
    async fn serve<F, R>(scope: &TaskScope, answer: F) -> Self
    where
        F: Fn(Peer, usize) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, inner, answer) = (Arc::clone(&connections), scope.clone(), Arc::new(answer));
        scope.spawn("upstream", async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                inner.spawn("upstream connection", async move {
                    answer(Peer::new(stream), number).await;
                });
            }
        });
        Self { address, connections }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// One end of a connection, with what was read beyond the last head.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    pub(crate) read: Vec<u8>,
}

impl Peer {
    fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads more; `false` at the end, or when the other side broke off.
    pub(crate) async fn fill(&mut self) -> bool {
        let read = self.stream.read_buf(&mut self.read);
        let read = tokio::time::timeout(DEADLINE, read).await.expect("bytes in time");
        read.is_ok_and(|it| 0 < it)
    }

    /// The next head, in lower case, with its empty line; `None` at the end.
    pub(crate) async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = find(&self.read, b"\r\n\r\n") {
                let head: Vec<u8> = self.read.drain(..end + 4).collect();
                return Some(String::from_utf8(head).unwrap().to_ascii_lowercase());
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    /// Exactly `count` bytes.
    pub(crate) async fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.read.len() < count {
            assert!(self.fill().await, "ended after {:?}", String::from_utf8_lossy(&self.read));
        }
        self.read.drain(..count).collect()
    }

    /// Reads until `text` has come; returns what came before it, and it.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        loop {
            if let Some(start) = find(&self.read, text.as_bytes()) {
                let part: Vec<u8> = self.read.drain(..start + text.len()).collect();
                return String::from_utf8(part).unwrap();
            }
            assert!(self.fill().await, "ended after {:?}", String::from_utf8_lossy(&self.read));
        }
    }

    /// Everything until the other side ends.
    pub(crate) async fn rest(&mut self) -> String {
        while self.fill().await {}
        String::from_utf8_lossy(&std::mem::take(&mut self.read)).into_owned()
    }

    /// A request, with a body of `content-length` bytes if it has that.
    pub(crate) async fn request(&mut self) -> Option<(String, Vec<u8>)> {
        let head = self.head().await?;
        let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
        let body = match length {
            Some(length) => self.bytes(length.parse().unwrap()).await,
            None => Vec::new(),
        };
        Some((head, body))
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|it| it == part)
}

/// Answers every request with its own head and body.
pub(crate) async fn echo(mut peer: Peer, _: usize) {
    while let Some((head, body)) = peer.request().await {
        let body = format!("{head}{}", String::from_utf8_lossy(&body));
        peer.send(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
            .await;
    }
}
