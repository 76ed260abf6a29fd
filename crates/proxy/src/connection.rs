//! One HTTP/1.1 connection to an upstream, driven by whoever waits for it.
//!
//! hyper splits a client connection into a sender and a driver that is usually given a task of its
//! own. Here the driver is polled by the future that waits for the response and then by the
//! response's body: one task per request, no wake-up from task to task, and dropping the body drops
//! the connection.

use crate::body::BoxError;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Headers of an app's answer; browsers take about as many bytes as that many lines have.
const HEADERS_MAX: usize = 512;

/// A stream of any kind.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

type Driver = http1::Connection<TokioIo<Box<dyn Io>>, RequestBody>;

/// A connection that carries one request at a time.
pub(crate) struct Connection {
    sender: http1::SendRequest<RequestBody>,
    /// Gone once the connection is closed.
    driver: Option<Driver>,
    /// The driver has nothing left to do, but still holds the stream.
    done: bool,
}

/// Why a request got no response.
pub(crate) struct SendError {
    pub(crate) error: hyper::Error,
    /// The request, when not a byte of it was sent.
    pub(crate) unsent: Option<Request<RequestBody>>,
}

impl Connection {
    /// Takes the stream; sends nothing yet.
    pub(crate) async fn open(stream: impl Io + 'static) -> Result<Box<Self>, hyper::Error> {
        let stream: Box<dyn Io> = Box::new(stream);
        // Apps under development send what browsers forgive; it is written anew for the client.
        let (sender, driver) = http1::Builder::new()
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .max_headers(HEADERS_MAX)
            .handshake(TokioIo::new(stream))
            .await?;
        Ok(Box::new(Self { sender, driver: Some(driver), done: false }))
    }

    /// Sends one request and waits for the head of its response.
    pub(crate) async fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, SendError> {
        let mut response = pin!(self.sender.try_send_request(request));
        let (driver, done) = (&mut self.driver, &mut self.done);
        std::future::poll_fn(|cx| {
            poll_driver(driver, done, cx);
            let answer = response.as_mut().poll(cx);
            if answer.is_pending() && *done {
                // What the driver still holds is answered with an error when it goes.
                *driver = None;
                return response.as_mut().poll(cx);
            }
            answer
        })
        .await
        .map_err(|mut it| SendError { unsent: it.take_message(), error: it.into_error() })
    }

    /// Lets the connection read and write; `true` when it has ended.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        poll_driver(&mut self.driver, &mut self.done, cx);
        self.done
    }

    /// Whether the connection can take another request now.
    pub(crate) fn is_idle(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        !self.poll(&mut cx) && self.sender.is_ready()
    }

    /// Whether it could take another when it was last polled. [`Self::is_idle`] also reads, for
    /// which it needs a new buffer as long as what was read before is still on its way.
    pub(crate) fn was_idle(&self) -> bool {
        !self.done && self.sender.is_ready()
    }

    /// The stream after an upgrade, with what was read beyond the response's head.
    pub(crate) async fn into_upgraded(mut self: Box<Self>) -> Option<Upgraded> {
        std::future::poll_fn(|cx| if self.poll(cx) { Poll::Ready(()) } else { Poll::Pending })
            .await;
        let parts = self.driver.take()?.into_parts();
        Some(Upgraded { early: parts.read_buf, stream: parts.io.into_inner() })
    }
}

fn poll_driver(driver: &mut Option<Driver>, done: &mut bool, cx: &mut Context<'_>) {
    if *done {
        return;
    }
    // The driver's errors reach the response's future or its body as well.
    *done = match driver {
        Some(driver) => driver.poll_without_shutdown(cx).is_ready(),
        None => true,
    };
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("done", &self.done).finish_non_exhaustive()
    }
}

/// A request's body: none, or whatever the client sends.
#[derive(Debug)]
pub(crate) enum RequestBody {
    Empty,
    Stream(UnsyncBoxBody<Bytes, BoxError>),
}

impl RequestBody {
    pub(crate) fn new<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if body.is_end_stream() {
            return Self::Empty;
        }
        Self::Stream(body.map_err(Into::into).boxed_unsync())
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            Self::Stream(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match self {
            Self::Empty => http_body::SizeHint::with_exact(0),
            Self::Stream(body) => body.size_hint(),
        }
    }
}

/// The raw stream of an upgraded connection.
pub(crate) struct Upgraded {
    /// Read already, and to be read first.
    early: Bytes,
    stream: Box<dyn Io>,
}

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.early.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let length = self.early.len().min(buf.remaining());
        buf.put_slice(&self.early.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
