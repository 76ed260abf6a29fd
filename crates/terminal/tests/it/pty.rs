//! A PTY in memory: two pipes and a size.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use terminal::Pty;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};
use tokio::sync::watch;

/// As much as Linux holds for either direction.
const BUFFER_BYTES: usize = 4096;

pub(crate) struct MemoryPty {
    stream: DuplexStream,
    size: watch::Sender<(u16, u16)>,
}

/// The program's side.
pub(crate) struct Program {
    stream: DuplexStream,
    size: watch::Receiver<(u16, u16)>,
}

pub(crate) fn memory_pty() -> (MemoryPty, Program) {
    let (ours, theirs) = duplex(BUFFER_BYTES);
    let (size, sizes) = watch::channel((0, 0));
    (MemoryPty { stream: ours, size }, Program { stream: theirs, size: sizes })
}

impl Program {
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the terminal reads");
    }

    pub(crate) async fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).await.expect("the terminal writes");
        bytes
    }

    /// Waits until the terminal has this size.
    pub(crate) async fn resized(&mut self, size: (u16, u16)) {
        self.size.wait_for(|it| *it == size).await.expect("the terminal lives");
    }
}

impl Pty for MemoryPty {
    fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        self.size.send_replace((cols, rows));
        Ok(())
    }
}

impl AsyncRead for MemoryPty {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for MemoryPty {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
