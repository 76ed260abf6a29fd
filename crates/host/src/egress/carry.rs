//! Bytes in both directions, counted, and cut when nothing moves.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// A connection on which nothing moved for this long is cut. Package registries and event streams
/// say something every minute or two.
const IDLE_TIMEOUT: Duration = Duration::from_secs(600);

/// A connection to the outside that counts what passes.
#[derive(Debug)]
pub(crate) struct Counted {
    stream: TcpStream,
    count: Arc<Count>,
}

/// What has passed on one connection. Written by its stream, read when it ends.
#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) address: IpAddr,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Count {
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

impl Counted {
    pub(crate) fn new(stream: TcpStream, address: IpAddr) -> Self {
        let count = Count { address, sent: AtomicU64::new(0), received: AtomicU64::new(0) };
        Self { stream, count: Arc::new(count) }
    }

    pub(crate) fn count(&self) -> Arc<Count> {
        Arc::clone(&self.count)
    }
}

/// Runs `carrying` until it ends, or until nothing has passed for too long.
pub(crate) async fn until_idle(count: &Count, carrying: impl Future<Output = ()>) {
    let watch = async {
        let mut before = (count.sent(), count.received());
        let mut since = Instant::now();
        loop {
            tokio::time::sleep_until(since + IDLE_TIMEOUT).await;
            let now = (count.sent(), count.received());
            if now == before {
                return;
            }
            (before, since) = (now, Instant::now());
        }
    };
    tokio::select! {
        () = carrying => {}
        () = watch => {}
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let count = (buffer.filled().len() - before) as u64;
        self.count.received.fetch_add(count, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.count.sent.fetch_add(count as u64, Ordering::Relaxed);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
