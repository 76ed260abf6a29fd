//! The loop of a terminal: moves bytes between the PTY, the stream and the input queue.
//!
//! Output never waits: neither for a client, which pulls from the ring, nor for the program to
//! read its input, which is written only as far as the PTY takes it.

use crate::session::{Pty, Shared};
use crate::size::Size;
use bytes::{Buf, Bytes};
use protocol::state::Exit;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use stdx::TaskScope;
use tokio::io::ReadBuf;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Wakes the actor to look at the size.
pub(crate) type Wake = tokio::sync::Notify;

/// Most output taken from the PTY before it is shown; Linux hands out 4 KiB at a time.
const READ_BYTES: usize = 64 << 10;
/// After the process ended its last output may still be on its way through the line discipline;
/// it arrives within microseconds, and this is the silence taken for its end.
const DRAIN_QUIET: Duration = Duration::from_millis(50);
/// A background job may hold the terminal and go on writing; it is listened to no longer.
const DRAIN_MAX: Duration = Duration::from_secs(1);

/// Owns the PTY.
pub(crate) struct Actor<P> {
    shared: Arc<Shared>,
    pty: P,
    input: mpsc::Receiver<Bytes>,
    /// Input on its way to the program.
    outgoing: Bytes,
    buffer: Box<[u8]>,
    /// The size that the PTY has.
    size: Option<Size>,
    readable: bool,
}

enum Event {
    Stop,
    Exited(Exit),
    Read(usize),
    ReadEnded,
    Written(usize),
    WriteFailed,
    Input(Bytes),
    Resize,
    Drained,
}

impl<P: Pty> Actor<P> {
    pub(crate) fn new(shared: Arc<Shared>, pty: P, input: mpsc::Receiver<Bytes>) -> Self {
        let buffer = vec![0; READ_BYTES].into_boxed_slice();
        let outgoing = Bytes::new();
        Self { shared, pty, input, outgoing, buffer, size: None, readable: true }
    }

    /// Runs until the process ended and its output was read, or the scope stops.
    pub(crate) async fn run(mut self, scope: TaskScope, exit: impl Future<Output = Exit>) {
        let mut exit = pin!(exit);
        let shared = Arc::clone(&self.shared);
        let mut ended: Option<(Exit, Instant)> = None;
        let mut quiet_until = Instant::now();
        loop {
            self.resize();
            self.answer();
            let deadline = ended.map(|(_, latest)| latest.min(quiet_until));
            let event = tokio::select! {
                () = scope.stopping() => Event::Stop,
                exit = &mut exit, if ended.is_none() => Event::Exited(exit),
                event = poll_fn(|context| self.poll_pty(context)) => event,
                () = shared.wake.notified() => Event::Resize,
                () = sleep_until(deadline), if ended.is_some() => Event::Drained,
            };
            match event {
                Event::Stop => return,
                Event::Exited(exit) => {
                    let now = Instant::now();
                    ended = Some((exit, now + DRAIN_MAX));
                    quiet_until = now + DRAIN_QUIET;
                }
                Event::Read(count) => {
                    let bytes = &self.buffer[..count];
                    self.shared.update(|stream| stream.output(bytes));
                    quiet_until = Instant::now() + DRAIN_QUIET;
                }
                Event::ReadEnded => self.readable = false,
                Event::Written(count) => self.outgoing.advance(count),
                Event::WriteFailed => self.outgoing.clear(),
                Event::Input(bytes) => self.outgoing = bytes,
                Event::Resize => {}
                Event::Drained => self.readable = false,
            }
            if let Some((exit, _)) = ended.filter(|_| !self.readable) {
                self.shared.update(|stream| stream.end(exit));
                return;
            }
        }
    }

    /// What the PTY or the input queue is ready for: input first, then output.
    fn poll_pty(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        if self.outgoing.is_empty() {
            if let Poll::Ready(Some(bytes)) = self.input.poll_recv(context) {
                return Poll::Ready(Event::Input(bytes));
            }
        } else {
            match Pin::new(&mut self.pty).poll_write(context, &self.outgoing) {
                Poll::Ready(Ok(count)) if 0 < count => return Poll::Ready(Event::Written(count)),
                Poll::Ready(_) => return Poll::Ready(Event::WriteFailed),
                Poll::Pending => {}
            }
        }
        if self.readable { self.poll_read(context) } else { Poll::Pending }
    }

    /// Reads until nothing is left or the buffer is full, so that a flood makes large pieces and
    /// an echo is not held back.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        let mut count = 0;
        while count < self.buffer.len() {
            let mut piece = ReadBuf::new(&mut self.buffer[count..]);
            let poll = Pin::new(&mut self.pty).poll_read(context, &mut piece);
            let length = piece.filled().len();
            match poll {
                Poll::Ready(Ok(())) if 0 < length => count += length,
                _ if 0 < count => break,
                Poll::Ready(Ok(()) | Err(_)) => return Poll::Ready(Event::ReadEnded),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Event::Read(count))
    }

    /// Gives the PTY the size that the clients decided on.
    fn resize(&mut self) {
        let size = self.shared.lock().size();
        if self.size != Some(size) {
            self.size = Some(size);
            if let Err(error) = self.pty.resize(size.cols, size.rows) {
                tracing::warn!(%error, "the PTY refused a size; programs draw for the former one");
            }
        }
    }

    /// Sends the answers to a program's queries, before what waits in the queue.
    fn answer(&mut self) {
        if self.outgoing.is_empty() {
            self.outgoing = self.shared.lock().take_replies().into();
        }
    }
}

impl<P> Drop for Actor<P> {
    fn drop(&mut self) {
        self.shared.update(crate::stream::Stream::close);
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
