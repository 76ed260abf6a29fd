//! What machines are asked while a workspace that is stopped moves from one to another.
//!
//! Its storage travels as one row of bytes: first a manifest with a line for each [`Entry`], then
//! the contents of the files, in the order of the manifest. The row is cut into chunks of
//! [`CHUNK_BYTES`], each with its SHA-256; a machine that was interrupted says how many it has.
//! Both machines keep a note of who holds the workspace, and start no kernel while there is one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Bytes of a chunk; the last one of a workspace may be shorter. What one step needs of memory on
/// each machine, and what is sent again after an interruption at most.
pub const CHUNK_BYTES: u64 = 4 * 1024 * 1024;
/// Longest line of a manifest, in bytes: a path and a target of a link, every byte encoded.
pub const LINE_BYTES_MAX: usize = 32 * 1024;

/// How much there is to move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    pub manifest_bytes: u64,
    /// Of all files together.
    pub content_bytes: u64,
    /// Lines of the manifest.
    pub entries: u64,
    /// Sockets and devices, which are nothing without the programs that made them.
    pub left_out: u64,
}

impl Announced {
    /// Everything that travels.
    pub const fn total_bytes(&self) -> u64 {
        self.manifest_bytes.saturating_add(self.content_bytes)
    }

    /// How many chunks that is.
    pub const fn chunks(&self) -> u64 {
        self.total_bytes().div_ceil(CHUNK_BYTES)
    }

    /// How many bytes so many chunks are.
    pub const fn bytes_of(&self, chunks: u64) -> u64 {
        let bytes = chunks.saturating_mul(CHUNK_BYTES);
        if bytes < self.total_bytes() { bytes } else { self.total_bytes() }
    }
}

/// One thing that a machine is asked to do with a workspace for the sake of a move. Each may be asked
/// again and does then what is left to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// End the kernel, and start none until this move lets go.
    Hold,
    /// Say what there is to move. Answered with [`Answer::Announced`].
    Export,
    /// Give a chunk. Answered with [`Answer::Chunk`] and the bytes.
    Read { chunk: u64 },
    /// Make ready for what is announced, or go on where it was. Answered with [`Answer::Have`].
    Import { announced: Announced },
    /// Take the next chunk, whose bytes come along. Answered with [`Answer::Have`].
    Write { chunk: u64, sum: String },
    /// Read some chunks back from the disk, from this one on, and compare their checksums. Answered
    /// with [`Answer::Checked`].
    Check { chunk: u64 },
    /// Put what has come and was checked in its place, still held.
    Commit,
    /// Let go. With `trial` only if a kernel starts there: the copy that has come. Without, as it was.
    Open { trial: bool },
    /// Never let go, so that the copy can be deleted. Refused where it has been let go.
    Seal,
    /// Delete what this move has brought or left here. What it does not hold stays.
    Discard,
    /// Delete the copy here that never starts again. Refused where it may.
    DiscardSealed,
    /// Say what is here of the workspace. Answered with [`Answer::Found`].
    Look,
    /// End the kernel and hold the copy, whoever held it before; with `seal` for good. An
    /// administrator places the workspace anew, and whoever moved it is long gone.
    Take { seal: bool },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    Done,
    Announced {
        announced: Announced,
    },
    /// The bytes come along.
    Chunk {
        sum: String,
    },
    /// The chunk to send next.
    Have {
        chunks: u64,
    },
    /// The chunk to check next, or to send again when `good` is false.
    Checked {
        chunks: u64,
        good: bool,
    },
    /// What there is, and the highest number of placements that was heard of.
    Found {
        copy: Option<Copy>,
        epoch: u64,
    },
}

/// Storage of a workspace on one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Copy {
    /// No kernel starts there: a move holds it, or another copy took its place.
    pub held: bool,
    /// It never starts again: another copy took its place, and this one can be deleted.
    #[serde(default)]
    pub sealed: bool,
    /// A kernel is there now.
    pub awake: bool,
    /// When something last changed in it, roughly, by the clock of its machine.
    pub changed_at_ms: u64,
}

/// One line of a manifest. Paths are relative to the workspace's storage and encoded by
/// `stdx::percent`; a directory comes before what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    Directory {
        path: String,
    },
    /// Everything in the directory has come.
    Close {
        path: String,
        meta: Meta,
    },
    File {
        path: String,
        size: u64,
        meta: Meta,
    },
    Link {
        path: String,
        target: String,
        meta: Meta,
    },
    Pipe {
        path: String,
        meta: Meta,
    },
}

impl Entry {
    /// Where it is.
    pub fn path(&self) -> &str {
        match self {
            Self::Directory { path }
            | Self::Close { path, .. }
            | Self::File { path, .. }
            | Self::Link { path, .. }
            | Self::Pipe { path, .. } => path,
        }
    }

    /// Bytes of content that belong to it.
    pub const fn size(&self) -> u64 {
        match self {
            Self::File { size, .. } => *size,
            Self::Directory { .. } | Self::Close { .. } | Self::Link { .. } | Self::Pipe { .. } => {
                0
            }
        }
    }
}

/// What else is kept of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Permission bits.
    pub mode: u32,
    /// Numbers from the workspace's own range of ids on.
    pub uid: u32,
    pub gid: u32,
    pub modified_s: i64,
    pub modified_ns: u32,
}
