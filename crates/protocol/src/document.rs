//! Live documents: `WS /api/v1/documents/{path}` and the routes beside it.
//!
//! The channel speaks the protocol of `y-websocket`. Messages of ours have a number that it does not
//! use, and go only to clients that ask for them (`?stead=1`).

use crate::channel::AuthorKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Number of the messages of ours; the payload is a string with one [`FromDocument`] as JSON.
pub const MESSAGE: u64 = 64;

/// Close codes of the channel, beyond those of [`crate::terminal::close`].
pub mod close {
    /// The client sent what is no message, or more than text.
    pub const UNSUPPORTED: u16 = 4400;
    pub const FORBIDDEN: u16 = 4403;
    /// There is no such file.
    pub const NOT_FOUND: u16 = 4404;
    /// This replica belongs to another document, or to a history that was given up: begin anew with
    /// an empty one.
    pub const STALE: u16 = 4409;
    /// The file was deleted or moved.
    pub const GONE: u16 = 4410;
    /// The file, the text or the update is larger than a document may be.
    pub const TOO_LARGE: u16 = 4413;
    /// The file is no text.
    pub const NOT_TEXT: u16 = 4415;
    /// Too many documents are open.
    pub const TOO_MANY: u16 = 4429;
}

/// Who changed a text.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub struct Contributor {
    pub kind: AuthorKind,
    /// The principal, when one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// How to call the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The program that acted for the principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
}

/// A stretch that a document and its file rewrote at the same time. Both versions are in the text,
/// the document's lines first, until somebody decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DocumentConflict {
    pub id: u64,
    pub at_ms: u64,
    /// Who wrote the file's version.
    pub author: Contributor,
    /// What was there before both.
    pub base: String,
    /// The document's version.
    pub document: String,
    /// The file's version.
    pub disk: String,
    /// Line of the text, from 1, where both versions begin.
    pub line: u64,
    /// Beginning and end of both, as relative positions of Yjs in JSON.
    #[schema(value_type = Object)]
    pub from: serde_json::Value,
    #[schema(value_type = Object)]
    pub to: serde_json::Value,
}

/// How a conflict ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// The document's version; the file's is taken out.
    Document,
    /// The file's version; the document's is taken out.
    Disk,
    /// The text as it is.
    Both,
}

/// Body of `POST /api/v1/document-conflicts/{path}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveConflict {
    pub id: u64,
    pub keep: Keep,
}

/// Why a document cannot be written at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadOnly {
    /// The role.
    Viewer,
    /// The file may not be written by anybody.
    Permissions,
    /// The file is not in UTF-8; it can be converted.
    Encoding,
}

/// Whether the file has what the document has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Saving {
    /// File and document are the same.
    #[default]
    Saved,
    /// Something was typed; it is kept, and the file follows within two seconds.
    Pending,
    /// The disk is full. The text is kept, and writing is tried again every second.
    StorageFull,
    /// The file cannot be written for another reason; tried again as well.
    Failed,
}

/// What the kernel tells clients of a document that asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromDocument {
    /// First message.
    Hello {
        /// Names the document for its whole life, through renames.
        document_id: String,
        path: String,
        /// Number of this connection; presence carries it as `stead.connection`.
        connection: u64,
        read_only: Option<ReadOnly>,
        /// Encoding of the file when `read_only` is `encoding`, as a label of the Encoding Standard.
        encoding: Option<String>,
        saving: Saving,
        conflicts: Vec<DocumentConflict>,
    },
    /// So many update messages of this connection are kept: they are on disk in the document's log,
    /// and everybody else has them or will.
    Ack {
        updates: u64,
    },
    /// An update of this connection was not taken.
    Refused {
        reason: String,
    },
    Saving {
        saving: Saving,
    },
    /// Answers [`ToDocument::Save`]: everything that this connection sent before is in the file.
    Written,
    /// The file was changed by somebody else, and the change is in the document.
    Changed {
        author: Contributor,
        at_ms: u64,
        /// Bytes.
        added: u64,
        removed: u64,
    },
    Conflict {
        conflict: DocumentConflict,
    },
    ConflictResolved {
        id: u64,
    },
    /// The document goes on under another path.
    Renamed {
        path: String,
    },
    /// The file is gone; the connection is closed next. What was typed and not written is kept.
    Deleted,
}

/// What clients tell the kernel, apart from messages of Yjs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToDocument {
    /// Write the file now. Who may only look is not heard.
    Save,
}

/// One of the answers of `GET /api/v1/documents`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OpenDocument {
    pub document_id: String,
    pub path: String,
    /// Open connections.
    pub connections: u64,
    pub saving: Saving,
    pub size_bytes: u64,
    pub conflicts: u64,
}

/// How much one author changed in a version of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VersionAuthor {
    pub author: Contributor,
    /// Bytes.
    pub added: u64,
    pub removed: u64,
}

/// A stretch of a document's history. Versions are coarse: people who type together share one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentVersion {
    /// Rises with time; the first is 1. Older ones are given up when there are too many.
    pub version: u64,
    pub from_ms: u64,
    pub until_ms: u64,
    /// Empty for what was there before the first change that is known.
    pub authors: Vec<VersionAuthor>,
    /// Length of the text at its end, in bytes.
    pub size_bytes: u64,
}

/// Answer of `GET /api/v1/document-history/{path}`, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentHistory {
    pub versions: Vec<DocumentVersion>,
}

/// Answer of `GET /api/v1/document-versions/{path}`: the text at the end of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentVersionText {
    pub version: DocumentVersion,
    pub text: String,
}

/// Body of `POST /api/v1/document-history/{path}`: the text of a version becomes the document's, as
/// an edit of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreVersion {
    pub version: u64,
}
