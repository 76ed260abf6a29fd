//! Files of a workspace over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Largest file the editor's routes read or write at once, in bytes.
pub const FILE_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Largest upload, in bytes; streamed to disk.
pub const UPLOAD_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileEntry {
    /// Last component.
    pub name: String,
    /// Workspace-relative path with `/` between components.
    pub path: String,
    pub kind: FileKind,
    pub size_bytes: u64,
    /// Milliseconds since 1970.
    pub modified_at_ms: u64,
    /// Any execute bit is set.
    pub executable: bool,
    /// Where a symbolic link points, as written in the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Named by the ignore rules: shown dimmed, not searched.
    pub ignored: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Directory,
    File,
    Symlink,
    /// Socket, pipe, device.
    Other,
}

/// Answer of `GET /api/v1/tree`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Listing {
    pub path: String,
    /// Directories first, then by name.
    pub entries: Vec<FileEntry>,
    /// True when the directory has more entries than are listed.
    pub truncated: bool,
}

/// Answer of a write: what the file is from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Written {
    pub path: String,
    /// Strong entity tag of the content, quoted, for `If-Match`.
    pub etag: String,
    pub size_bytes: u64,
    pub created: bool,
}

/// Body of `POST /api/v1/fs/mkdir`, and of a removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PathBody {
    pub path: String,
}

/// Body of `POST /api/v1/fs/rename` and `/copy`. The target must not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameBody {
    pub from: String,
    pub to: String,
}

/// Answer of `GET /api/v1/search/names`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NameMatches {
    pub paths: Vec<String>,
    pub truncated: bool,
}
