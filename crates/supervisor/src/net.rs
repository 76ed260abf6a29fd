//! Descriptors across a Unix socket: one byte, and with it at most one descriptor.

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// Sends `byte`, and `fd` with it. Cancel-safe: either both went or neither.
pub async fn send_fd(stream: &UnixStream, byte: u8, fd: Option<BorrowedFd<'_>>) -> io::Result<()> {
    stream.async_io(Interest::WRITABLE, || try_send(stream, byte, fd)).await
}

/// Receives one byte and the descriptor that came with it, if one did, closed on exec.
/// Cancel-safe. `UnexpectedEof` when the other side is gone.
pub async fn recv_fd(stream: &UnixStream) -> io::Result<(u8, Option<OwnedFd>)> {
    stream.async_io(Interest::READABLE, || try_recv(stream)).await
}

fn try_send(stream: &UnixStream, byte: u8, fd: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let fds: Vec<BorrowedFd<'_>> = fd.into_iter().collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() {
        let pushed = control.push(SendAncillaryMessage::ScmRights(&fds));
        debug_assert!(pushed, "there is space for one descriptor");
    }
    let sent = sendmsg(stream, &[IoSlice::new(&[byte])], &mut control, SendFlags::NOSIGNAL)?;
    if sent == 1 { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

fn try_recv(stream: &UnixStream) -> io::Result<(u8, Option<OwnedFd>)> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received =
        recvmsg(stream, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    if received.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let fd = control.drain().find_map(|message| {
        if let RecvAncillaryMessage::ScmRights(mut fds) = message { fds.next() } else { None }
    });
    Ok((byte[0], fd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::fd::AsFd;

    #[tokio::test]
    async fn a_descriptor_arrives_with_its_byte() {
        let (left, right) = UnixStream::pair().unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        send_fd(&left, 7, Some(writer.as_fd())).await.unwrap();
        send_fd(&left, 8, None).await.unwrap();
        drop(writer);
        let (byte, fd) = recv_fd(&right).await.unwrap();
        assert_eq!(byte, 7);
        let fd = fd.unwrap();
        assert!(rustix::io::fcntl_getfd(&fd).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
        std::fs::File::from(fd).write_all(b"through").unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
        let (byte, fd) = recv_fd(&right).await.unwrap();
        assert!(byte == 8 && fd.is_none());
    }

    #[tokio::test]
    async fn the_end_of_the_other_side_is_told() {
        let (left, right) = UnixStream::pair().unwrap();
        drop(left);
        let error = recv_fd(&right).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
