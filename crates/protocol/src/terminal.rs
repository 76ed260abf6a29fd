//! Frames of a terminal attachment (`WS /api/v1/terminals/{name}`).
//!
//! Output is a numbered byte stream. Binary frames from the kernel start with one byte of kind and
//! eight bytes of offset, big endian:
//!
//! ```text
//! 0x00 offset bytes…   output that starts at `offset`
//! 0x01 offset bytes…   screen: forget what is shown, write these bytes; output goes on at `offset`
//! ```
//!
//! Binary frames to the kernel are input, as typed. Text frames are JSON, in stream order with the
//! binary ones: a `size` between two outputs took effect between them.

use crate::id::TerminalId;
use crate::state::Exit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// First byte of a binary frame that carries output.
pub const FRAME_OUTPUT: u8 = 0;
/// First byte of a binary frame that carries a screen.
pub const FRAME_SCREEN: u8 = 1;
/// Bytes before the payload of a binary frame.
pub const FRAME_HEADER_LENGTH: usize = 9;

/// Name of the primary terminal (decision on S1.3 and S1.14).
pub const PRIMARY: &str = "main";
/// Name of the terminal that shows the dev server's output.
pub const DEV_SERVER: &str = "dev-server";

/// Smallest and largest size a client may ask for.
pub const COLS_MIN: u16 = 2;
pub const COLS_MAX: u16 = 1000;
pub const ROWS_MIN: u16 = 1;
pub const ROWS_MAX: u16 = 500;

/// Most output in flight to a client that acknowledges.
pub const UNACKNOWLEDGED_BYTES_MAX: u64 = 512 * 1024;

/// Close codes of the attachment.
pub mod close {
    /// The shell ended or the terminal was closed; do not reconnect.
    pub const ENDED: u16 = 4000;
    /// The gateway or kernel is going away; reconnect and resume.
    pub const COME_BACK: u16 = 4001;
    /// Too slow to keep up even with screens; reconnect for a fresh screen.
    pub const TOO_SLOW: u16 = 4002;
    pub const UNAUTHENTICATED: u16 = 4401;
    pub const FORBIDDEN: u16 = 4403;
    pub const NOT_FOUND: u16 = 4404;
    /// No session runs.
    pub const NOT_RUNNING: u16 = 4409;
}

/// A terminal's name: 1 to 32 of `a-z 0-9 -`, starting with a letter.
pub fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
}

/// Text frames from the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromTerminal {
    /// First frame. `resumed` means that output goes on exactly where the client left off;
    /// otherwise a screen frame follows.
    Attached {
        id: TerminalId,
        name: String,
        offset: u64,
        cols: u16,
        rows: u16,
        resumed: bool,
        read_only: bool,
    },
    /// The terminal has this size from `offset` on.
    Size {
        offset: u64,
        cols: u16,
        rows: u16,
    },
    Title {
        title: String,
    },
    WorkingDirectory {
        path: String,
    },
    Bell,
    /// A program wants this text in the clipboard (OSC 52), allowed by the workspace setting.
    Clipboard {
        text: String,
    },
    /// The process of the terminal ended; the socket closes with 4000 after it.
    Exit {
        exit: Exit,
    },
    /// The client's last frame was refused; the attachment goes on.
    Error {
        message: String,
    },
    Pong,
}

/// Text frames to the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToTerminal {
    /// What this client can show. It takes effect when this client typed last, or is alone.
    Resize {
        cols: u16,
        rows: u16,
    },
    /// Everything before this offset was shown. A client that sends it once is never sent more
    /// than [`UNACKNOWLEDGED_BYTES_MAX`] beyond its last acknowledgement: browsers read a socket
    /// faster than they can draw, so TCP alone does not slow a flood down for them.
    Ack {
        offset: u64,
    },
    /// Same as a binary frame, for clients without binary frames.
    Input {
        data: String,
    },
    Ping,
}

/// Body of `POST /api/v1/terminals`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenTerminal {
    /// A free name is chosen when none is given.
    pub name: Option<String>,
    pub cols: Option<u16>,
    pub rows: Option<u16>,
    /// Program and arguments in place of the login shell.
    pub command: Option<Vec<String>>,
    /// Workspace-relative directory to start in.
    pub working_directory: Option<String>,
    /// The command is a coding agent, and is known as one by the name of the terminal. Without a
    /// command that is refused.
    #[serde(default)]
    pub agent: bool,
}

/// Body of `POST /api/v1/terminals/{name}/input`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TerminalInput {
    pub data: String,
}
