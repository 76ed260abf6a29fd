//! What a client of a terminal receives, in order.

use bytes::{BufMut, Bytes, BytesMut};
use protocol::terminal::{FRAME_HEADER_LENGTH, FRAME_OUTPUT, FRAME_SCREEN, FromTerminal};

/// One frame of an attachment, in stream order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Bytes of the program's output; the first one has number `offset`.
    Output { offset: u64, bytes: Bytes },
    /// Forget what is shown and write these bytes; output goes on at `offset`.
    Screen { offset: u64, bytes: Bytes },
    /// Everything else.
    Control(FromTerminal),
}

/// A frame as it goes over a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoded {
    /// Kind, offset (big endian) and payload.
    Binary(Bytes),
    /// To be sent as JSON text.
    Text(FromTerminal),
}

impl Frame {
    /// The wire form (`protocol::terminal`).
    pub fn encode(self) -> Encoded {
        let (kind, offset, bytes) = match self {
            Self::Output { offset, bytes } => (FRAME_OUTPUT, offset, bytes),
            Self::Screen { offset, bytes } => (FRAME_SCREEN, offset, bytes),
            Self::Control(control) => return Encoded::Text(control),
        };
        let mut wire = BytesMut::with_capacity(FRAME_HEADER_LENGTH + bytes.len());
        wire.put_u8(kind);
        wire.put_u64(offset);
        wire.put_slice(&bytes);
        Encoded::Binary(wire.freeze())
    }
}
