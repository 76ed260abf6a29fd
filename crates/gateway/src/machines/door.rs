//! The connections that a machine has in store here, and the way to take one.

use async_trait::async_trait;
use protocol::machine::{BEGIN, PING, PING_INTERVAL_S, SILENCE_S};
use provider::{BoxedStream, Dial};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Most connections in store of one machine; four times what one keeps, because it may come to the
/// same gateway by two addresses, and come again before the old ones are known to be dead.
const STORE_MAX: usize = 32;
/// Most who wait for a connection of one machine.
const WANTS_MAX: usize = 256;
/// How often a machine is asked whether it is there, on each connection in store.
const PING_INTERVAL: Duration = Duration::from_secs(PING_INTERVAL_S);
/// It is gone when it has not answered for so long.
const SILENCE: Duration = Duration::from_secs(SILENCE_S);

/// Whoever waits for a connection.
type Want = oneshot::Sender<BoxedStream>;

/// The connections of one machine to this gateway.
pub(super) struct Door {
    /// The machine's id: what it is called on the way.
    name: String,
    wants: mpsc::Sender<Want>,
    /// Held by one connection in store at a time, which serves the next who wants one.
    wanted: tokio::sync::Mutex<mpsc::Receiver<Want>>,
    stored: AtomicUsize,
    /// Whether the machine was heard of lately; written by its station.
    is_present: AtomicBool,
    /// A connection came.
    pub(super) arrived: Notify,
    /// Cancelled when the machine is lost: whatever is open over it ends.
    open: Mutex<CancellationToken>,
}

impl Door {
    pub(super) fn new(name: String) -> Self {
        let (wants, wanted) = mpsc::channel(WANTS_MAX);
        Self {
            name,
            wants,
            wanted: tokio::sync::Mutex::new(wanted),
            stored: AtomicUsize::new(0),
            is_present: AtomicBool::new(false),
            arrived: Notify::new(),
            open: Mutex::default(),
        }
    }

    /// How many connections are in store.
    pub(super) fn stored(&self) -> usize {
        self.stored.load(Ordering::Acquire)
    }

    pub(super) fn set_present(&self, is_present: bool) {
        self.is_present.store(is_present, Ordering::Release);
    }

    /// Ends every connection that was handed out.
    pub(super) fn cut(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.cancel();
        *open = CancellationToken::new();
    }

    /// Keeps a connection until somebody wants it, or it turns out to be dead.
    pub(super) async fn keep(&self, stream: BoxedStream) {
        let before = self.stored.fetch_add(1, Ordering::AcqRel);
        self.arrived.notify_one();
        if before < STORE_MAX
            && let Err(error) = self.tend(stream).await
        {
            tracing::debug!(machine = self.name, %error, "a connection in store ended");
        }
    }

    /// Runs until the connection is no longer in store.
    async fn tend(&self, mut stream: BoxedStream) -> io::Result<()> {
        let _counted = Stored(&self.stored);
        loop {
            let mut byte = [0];
            let want = tokio::select! {
                want = async { self.wanted.lock().await.recv().await } => want,
                read = stream.read(&mut byte) => {
                    return match read? {
                        0 => Ok(()),
                        _ => Err(io::Error::other("it spoke without being asked")),
                    };
                }
                () = sleep(PING_INTERVAL) => {
                    let answered = timeout(SILENCE, ping(&mut stream)).await;
                    answered.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
                    continue;
                }
            };
            let Some(want) = want else { return Ok(()) };
            if want.is_closed() {
                continue;
            }
            let begun = timeout(SILENCE, begin(&mut stream)).await;
            let begun = begun.map_err(|_| io::Error::from(io::ErrorKind::TimedOut)).flatten();
            if begun.is_err() {
                // Another connection serves it.
                let _waits_in_vain = self.wants.try_send(want);
                return begun;
            }
            let _gone_meanwhile = want.send(stream);
            return Ok(());
        }
    }
}

/// Counts a connection as stored until it is dropped.
struct Stored<'a>(&'a AtomicUsize);

impl Drop for Stored<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn ping(stream: &mut BoxedStream) -> io::Result<()> {
    stream.write_u8(PING).await?;
    stream.flush().await?;
    match stream.read_u8().await? {
        PING => Ok(()),
        _ => Err(io::Error::other("it answered with another word")),
    }
}

async fn begin(stream: &mut BoxedStream) -> io::Result<()> {
    stream.write_u8(BEGIN).await?;
    stream.flush().await
}

#[async_trait]
impl Dial for Door {
    async fn dial(&self) -> io::Result<BoxedStream> {
        if self.stored() == 0 && !self.is_present.load(Ordering::Acquire) {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "it is not connected"));
        }
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (want, wanted) = oneshot::channel();
        self.wants.try_send(want).map_err(|_| io::Error::other("too many wait for it"))?;
        let stream = wanted.await.map_err(|_| io::Error::from(io::ErrorKind::NotConnected))?;
        Ok(Box::new(Cut { stream, cut: Box::pin(open.cancelled_owned()) }))
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// A connection that ends when its machine is lost or removed.
struct Cut {
    stream: BoxedStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Cut {
    /// The connection, unless it has ended.
    fn stream(&mut self, context: &mut Context<'_>) -> io::Result<Pin<&mut BoxedStream>> {
        if self.cut.as_mut().poll(context).is_ready() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl AsyncRead for Cut {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream(context)?.poll_read(context, buffer)
    }
}

impl AsyncWrite for Cut {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream(context)?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream(context)?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream(context)?.poll_shutdown(context)
    }
}
