//! A terminal client that counts.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use protocol::terminal::{FRAME_HEADER_LENGTH, FRAME_OUTPUT};
use serde_json::{Value, json};
use std::net::TcpStream;
use tokio_tungstenite::tungstenite::{Message, WebSocket};

/// A WebSocket that blocks.
pub type Socket = WebSocket<TcpStream>;

/// What the kernel sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Output in order, without a gap.
    Output(Bytes),
    /// A screen that takes the place of output that was not sent.
    Screen(Bytes),
    /// Anything in a text frame.
    Told(Value),
}

/// One attachment to one terminal.
#[derive(Debug)]
pub struct Terminal {
    socket: Socket,
    /// Bytes that the terminal's programs had printed up to the last frame.
    pub offset: u64,
}

impl Terminal {
    pub(crate) fn new(socket: Socket) -> Self {
        Self { socket, offset: 0 }
    }

    /// The next frame.
    pub fn next_frame(&mut self) -> Result<Frame> {
        loop {
            match self.socket.read().context("the terminal's connection broke")? {
                Message::Text(text) => {
                    let told: Value = serde_json::from_str(text.as_str())?;
                    if told["type"] == "exit" {
                        bail!("the terminal's program ended: {told}");
                    }
                    return Ok(Frame::Told(told));
                }
                Message::Binary(mut frame) => {
                    let header = frame.split_to_checked(FRAME_HEADER_LENGTH)?;
                    let offset = header[1..].try_into().map(u64::from_be_bytes)?;
                    let is_output = header[0] == FRAME_OUTPUT;
                    self.offset = if is_output { offset + frame.len() as u64 } else { offset };
                    return Ok(if is_output { Frame::Output(frame) } else { Frame::Screen(frame) });
                }
                Message::Close(why) => bail!("the terminal was closed: {why:?}"),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Reads until output or a screen holds `text`, in one frame or over two.
    pub fn read_until(&mut self, text: &str) -> Result<()> {
        let mut seen = Vec::new();
        loop {
            if let Frame::Output(bytes) | Frame::Screen(bytes) = self.next_frame()? {
                seen.extend_from_slice(&bytes);
                if seen.windows(text.len()).any(|it| it == text.as_bytes()) {
                    return Ok(());
                }
                seen.drain(..seen.len().saturating_sub(text.len()));
            }
        }
    }

    /// Types.
    pub fn input(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.socket.send(Message::Binary(Bytes::copy_from_slice(bytes)))?)
    }

    /// Says that everything so far was shown.
    pub fn acknowledge(&mut self) -> Result<()> {
        let text = json!({ "type": "ack", "offset": self.offset }).to_string();
        Ok(self.socket.send(Message::text(text))?)
    }
}

/// Taking the head off a frame that may be too short.
trait SplitChecked: Sized {
    fn split_to_checked(&mut self, length: usize) -> Result<Self>;
}

impl SplitChecked for Bytes {
    fn split_to_checked(&mut self, length: usize) -> Result<Self> {
        if self.len() < length {
            bail!("a frame of {} bytes", self.len());
        }
        Ok(self.split_to(length))
    }
}
