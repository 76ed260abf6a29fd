//! Tunnels of bytes, and the handle that cuts them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use stdx::TaskScope;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;

/// Bytes that one direction holds: as much as a large WebSocket message's first segment, and small
/// enough for thousands of quiet tunnels.
const BUFFER_SIZE: usize = 16 * 1024;

/// How long a tunnel with one direction ended may stay quiet in the other. The peer that ended has
/// most likely gone, and whoever still talks is heard.
const HALF_CLOSED_QUIET_MAX: Duration = Duration::from_secs(60);

/// How long a peer that nobody listens to any more is still read from after it was told all there
/// was to tell: closed at once, its network would throw away what it has not read yet, the reason
/// for the end with it.
const LINGER: Duration = Duration::from_secs(2);

/// What bodies and tunnels of a request live by. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Owns the tasks of tunnels.
    pub scope: TaskScope,
    /// Cancelled: tunnels close and bodies break off at once.
    pub cancel: CancellationToken,
}

/// Copies bytes both ways until both directions have ended; a half-closed side is shut down and
/// the other direction goes on until it ends or is quiet for a minute. What is sent to a peer that
/// takes nothing more is dropped, and what that peer sent is still delivered. Returns the bytes copied
/// from `a` to `b` and from `b` to `a`. Dropping the future closes both.
pub async fn splice<A, B>(mut a: A, mut b: B) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let mut forth = Direction::default();
    let mut back = Direction::default();
    let mut quiet: Option<(u64, Pin<Box<Sleep>>)> = None;
    let mut linger: Option<Pin<Box<Sleep>>> = None;
    std::future::poll_fn(|cx| {
        let ends = (forth.poll(cx, &mut a, &mut b)?, back.poll(cx, &mut b, &mut a)?);
        let copied = forth.copied + back.copied;
        match ends {
            (Poll::Ready(()), Poll::Ready(())) => return Poll::Ready(Ok(())),
            (Poll::Pending, Poll::Pending) => return Poll::Pending,
            (Poll::Ready(()), Poll::Pending) | (Poll::Pending, Poll::Ready(())) => {}
        }
        if forth.refused || back.refused {
            let linger = linger.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
            return linger.as_mut().poll(cx).map(Ok::<_, io::Error>);
        }
        let (seen, sleep) = quiet
            .get_or_insert_with(|| (copied, Box::pin(tokio::time::sleep(HALF_CLOSED_QUIET_MAX))));
        if *seen != copied {
            *seen = copied;
            sleep.as_mut().reset(Instant::now() + HALF_CLOSED_QUIET_MAX);
        }
        sleep.as_mut().poll(cx).map(Ok::<_, io::Error>)
    })
    .await?;
    Ok((forth.copied, back.copied))
}

/// One direction of a tunnel.
#[derive(Default)]
struct Direction {
    /// Made when the first byte may come.
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    copied: u64,
    unflushed: bool,
    /// The sink takes nothing more; what comes is dropped.
    refused: bool,
    stage: Stage,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Copying,
    /// The source has ended, the sink does not know yet.
    ReadEnded,
    Ended,
}

impl Direction {
    /// Moves what can be moved; ready when the source has ended and the sink was told.
    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut R,
        sink: &mut W,
    ) -> Poll<io::Result<()>>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        while self.stage != Stage::Ended {
            while self.start < self.end && !self.refused {
                let rest = &self.buffer[self.start..self.end];
                match ready!(Pin::new(&mut *sink).poll_write(cx, rest)) {
                    Ok(0) | Err(_) => self.refused = true,
                    Ok(written) => {
                        self.start += written;
                        self.copied += written as u64;
                        self.unflushed = true;
                    }
                }
            }
            if self.stage == Stage::ReadEnded {
                // A sink that is gone needs not be told.
                let _gone = ready!(Pin::new(&mut *sink).poll_shutdown(cx));
                self.stage = Stage::Ended;
                break;
            }
            match self.poll_fill(cx, source) {
                Poll::Ready(result) => result?,
                Poll::Pending => {
                    if self.unflushed && !self.refused {
                        self.refused = ready!(Pin::new(&mut *sink).poll_flush(cx)).is_err();
                        self.unflushed = false;
                    }
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_fill<R>(&mut self, cx: &mut Context<'_>, source: &mut R) -> Poll<io::Result<()>>
    where
        R: AsyncRead + Unpin,
    {
        if self.buffer.is_empty() {
            self.buffer = vec![0; BUFFER_SIZE].into_boxed_slice();
        }
        let mut buffer = ReadBuf::new(&mut self.buffer);
        let read = ready!(Pin::new(source).poll_read(cx, &mut buffer));
        (self.start, self.end) = (0, buffer.filled().len());
        if self.end == 0 {
            self.stage = Stage::ReadEnded;
        }
        match read {
            // How a peer ends that did not read all it was sent; it said all it had to say.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Poll::Ready(Ok(())),
            read => Poll::Ready(read),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn bytes_go_both_ways_and_the_ends_follow_each_other() {
        let (mut client, a) = duplex(64);
        let (b, mut server) = duplex(64);
        let both = splice(a, b);
        let talk = async {
            client.write_all(b"question").await.unwrap();
            client.shutdown().await.unwrap();
            let mut question = String::new();
            server.read_to_string(&mut question).await.unwrap();
            server.write_all(question.replace("question", "an answer").as_bytes()).await.unwrap();
            drop(server);
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let (copied, answer) = tokio::join!(both, talk);
        assert_eq!((copied.unwrap(), answer.as_str()), ((8, 9), "an answer"));
    }

    #[tokio::test]
    async fn what_a_peer_said_is_delivered_although_it_takes_no_more() {
        let (client_stream, a) = tokio::net::UnixStream::pair().unwrap();
        let (b, mut server) = tokio::net::UnixStream::pair().unwrap();
        let client = async move {
            let (mut from_server, mut to_server) = client_stream.into_split();
            // More than all buffers together take.
            let much = vec![7; 1 << 20];
            let talk = async {
                // The server reads the beginning, says why it wants no more, and goes.
                server.read_exact(&mut [0; 16]).await.unwrap();
                server.write_all(b"too much").await.unwrap();
                drop(server);
                let mut told = String::new();
                from_server.read_to_string(&mut told).await.unwrap();
                told
            };
            let (sent, told) = tokio::join!(to_server.write_all(&much), talk);
            sent.expect("nobody is cut off in the middle of a word");
            assert_eq!(told, "too much");
        };
        let (copied, ()) = tokio::join!(splice(a, b), client);
        copied.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_talks_to_nobody_and_stays_is_left_soon() {
        let (mut client, a) = duplex(64);
        let (b, server) = duplex(64);
        drop(server);
        client.write_all(b"more").await.unwrap();
        let since = Instant::now();
        assert_eq!(splice(a, b).await.unwrap(), (0, 0));
        assert_eq!(since.elapsed(), LINGER);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_never_ends_is_given_up_after_a_quiet_minute() {
        let (client, a) = duplex(64);
        let (b, _server) = duplex(64);
        drop(client);
        assert_eq!(splice(a, b).await.unwrap(), (0, 0));
    }
}
