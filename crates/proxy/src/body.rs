//! Response bodies that carry their upstream's connection with them.

use crate::connection::Connection;
use crate::pool::Home;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A response body that streams from an upstream.
///
/// Ends with an error, never with a clean end, when the upstream broke off; dropping it closes the
/// upstream's connection unless the body was read to its end.
#[derive(Debug, Default)]
pub struct Body {
    /// Absent when there is nothing (more) to read.
    flow: Option<Flow>,
}

/// A body on its way.
#[derive(Debug)]
struct Flow {
    incoming: Incoming,
    /// Gone once it is parked or has ended.
    connection: Option<Box<Connection>>,
    home: Option<Home>,
    cancel: CancellationToken,
    /// Made when the body has to wait for the first time.
    cancelled: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

/// The caller's [`crate::Live`] handle was cancelled while the body was flowing.
#[derive(Debug, thiserror::Error)]
#[error("access was revoked")]
struct Revoked;

impl Body {
    /// The body of a response whose head `connection` has just read.
    pub(crate) fn new(
        incoming: Incoming,
        connection: Box<Connection>,
        home: Option<Home>,
        cancel: CancellationToken,
    ) -> Self {
        let connection = Some(connection);
        let mut flow = Flow { incoming, connection, home, cancel, cancelled: None };
        if flow.incoming.is_end_stream() {
            flow.release();
            return Self::default();
        }
        Self { flow: Some(flow) }
    }
}

impl Flow {
    /// Gives the connection back if it can be used again, and closes it otherwise.
    fn release(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // Whoever takes it out again looks whether it lives.
        let is_idle = connection.was_idle() || connection.is_idle();
        if let Some(home) = self.home.take().filter(|_| is_idle) {
            home.park(connection);
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.cancel.is_cancelled() {
            self.connection = None;
            return Poll::Ready(Some(Err(Revoked.into())));
        }
        // Asking the body first tells the connection that there is room for more.
        let mut poll = Pin::new(&mut self.incoming).poll_frame(cx);
        if poll.is_pending()
            && let Some(connection) = &mut self.connection
        {
            if connection.poll(cx) {
                // What it has read is still delivered, and then the end or the error.
                self.connection = None;
            }
            poll = Pin::new(&mut self.incoming).poll_frame(cx);
        }
        if poll.is_pending() {
            let wait = || Box::pin(CancellationToken::cancelled_owned(self.cancel.clone()));
            let cancelled = self.cancelled.get_or_insert_with(wait);
            if cancelled.as_mut().poll(cx).is_ready() {
                self.connection = None;
                return Poll::Ready(Some(Err(Revoked.into())));
            }
        }
        poll.map_err(Into::into)
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(flow) = &mut self.flow else { return Poll::Ready(None) };
        let poll = flow.poll(cx);
        match &poll {
            Poll::Ready(None) => {
                flow.release();
                self.flow = None;
            }
            Poll::Ready(Some(Err(_))) => self.flow = None,
            Poll::Ready(Some(Ok(_))) if flow.incoming.is_end_stream() => {
                flow.release();
                self.flow = None;
            }
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {}
        }
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.flow.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.flow.as_ref().map_or_else(|| SizeHint::with_exact(0), |it| it.incoming.size_hint())
    }
}
