//! Frames of `WS /api/v1/pty`: the primary terminal in the words of S0.65, for clients that know
//! neither offsets nor binary frames.
//!
//! Close codes are those of [`crate::terminal::close`]: 4401, 4403 and 4404, 1011 for what is our
//! defect, 1000 when the terminal has ended.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Text frames from the kernel. The first one is a `status`, also when nothing follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromPty {
    /// How things stand, in a sentence.
    Status { message: String, read_only: bool },
    /// What to write to the terminal.
    Output { data: String },
}

/// Text frames to the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToPty {
    Input { data: String },
    Resize { cols: u16, rows: u16 },
}
