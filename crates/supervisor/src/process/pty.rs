//! The master side of a terminal.

use crate::sys;
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{
    InputModes, OptionalActions, Winsize, tcgetattr, tcgetpgrp, tcsetattr, tcsetwinsize,
};
use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

/// The master side of a terminal: reads what programs print, writes what people type.
///
/// Reading ends when the last process that has the terminal open is gone. That can be later than
/// the end of the shell: whoever waits for the shell waits for its [`super::Child`].
#[derive(Debug)]
pub struct Pty {
    master: Arc<AsyncFd<OwnedFd>>,
}

/// Sizes and asks about a terminal while another task reads it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PtyControl {
    master: Arc<AsyncFd<OwnedFd>>,
}

impl Pty {
    /// Opens a terminal; the second value is the side for the program.
    pub(super) fn open(cols: u16, rows: u16) -> io::Result<(Self, OwnedFd)> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags)?;
        unlockpt(&master)?;
        let terminal = ioctl_tiocgptpeer(&master, flags)?;
        let mut modes = tcgetattr(&terminal)?;
        // Erasing a character in a cooked line erases all of its bytes.
        modes.input_modes |= InputModes::IUTF8;
        tcsetattr(&terminal, OptionalActions::Now, &modes)?;
        tcsetwinsize(&master, winsize(cols, rows))?;
        rustix::io::ioctl_fionbio(&master, true)?;
        Ok((
            Self {
                master: Arc::new(sys::watch_fd(master, Interest::READABLE | Interest::WRITABLE)?),
            },
            terminal,
        ))
    }

    /// A handle for sizing and asking.
    pub fn control(&self) -> PtyControl {
        PtyControl { master: Arc::clone(&self.master) }
    }

    /// See [`PtyControl::resize`].
    pub fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        self.control().resize(cols, rows)
    }

    /// See [`PtyControl::foreground_pid`].
    pub fn foreground_pid(&self) -> Option<u32> {
        self.control().foreground_pid()
    }
}

impl PtyControl {
    /// Sets the size; the foreground programs get SIGWINCH if it changed.
    pub fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        Ok(tcsetwinsize(self.master.get_ref(), winsize(cols, rows))?)
    }

    /// Leader of the process group that reads the keyboard now.
    pub fn foreground_pid(&self) -> Option<u32> {
        let group = tcgetpgrp(self.master.get_ref()).ok()?;
        Some(group.as_raw_nonzero().get().unsigned_abs())
    }
}

impl AsyncRead for Pty {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.master.poll_read_ready(context))?;
            let unfilled = buffer.initialize_unfilled();
            match guard.try_io(|master| Ok(rustix::io::read(master.get_ref(), &mut *unfilled)?)) {
                Ok(Ok(length)) => {
                    buffer.advance(length);
                    return Poll::Ready(Ok(()));
                }
                // Nobody has the other side open.
                Ok(Err(error)) if error.raw_os_error() == Some(libc::EIO) => {
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_would_block) => {}
            }
        }
    }
}

impl AsyncWrite for Pty {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.master.poll_write_ready(context))?;
            match guard.try_io(|master| Ok(rustix::io::write(master.get_ref(), bytes)?)) {
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(result) => return Poll::Ready(result),
                Err(_would_block) => {}
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn winsize(cols: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 }
}
