//! Frames of `WS /api/v1/text-sync/{path}`: a live document in the words of S0.66, for clients that
//! do not speak Yjs. Every frame with content has all of it.
//!
//! Close codes are those of [`crate::document::close`] and [`crate::terminal::close`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Text frames from the kernel. The first two are a `snapshot` and a `presence`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromCollab {
    /// The document as it is; also after an `error` about an outdated version.
    Snapshot {
        workspace_id: String,
        file_path: String,
        /// From 1; higher with every change while the document is open.
        version: u64,
        content: String,
        read_only: bool,
    },
    /// Everybody who has the document open, the reader too.
    Presence { users: Vec<CollabUser> },
    /// Somebody else changed the document, or a program its file.
    Update { file_path: String, version: u64, content: String },
    /// The client's last `update` is durable and has this version.
    Ack { version: u64 },
    /// What the client asked for was not done.
    Error { message: String },
    /// A file was made anywhere in the workspace.
    FileCreated { file_path: String },
    /// A file was renamed anywhere in the workspace. If it is this one, the connection goes on.
    FileRenamed { old_path: String, new_path: String },
    /// A file was deleted anywhere in the workspace. If it is this one, the connection ends.
    FileDeleted { file_path: String },
}

/// One tab of somebody who has the document open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CollabUser {
    pub user_id: String,
    /// Tells two tabs of one person apart.
    pub client_id: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As the client sent it; `null` for clients of Yjs, whose places move with the text.
    #[schema(value_type = Object)]
    pub cursor: serde_json::Value,
    #[schema(value_type = Object)]
    pub selection: serde_json::Value,
    /// When the entry came, RFC 3339.
    pub updated_at: String,
}

/// Text frames to the kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToCollab {
    /// The whole text as it shall be, and the version that it was made from.
    Update { content: String, version: u64 },
    /// Where the client is.
    Presence {
        #[serde(default)]
        #[schema(value_type = Object)]
        cursor: serde_json::Value,
        #[serde(default)]
        #[schema(value_type = Object)]
        selection: serde_json::Value,
    },
}

/// Body of `POST …/files/create` (S0.67).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CollabCreate {
    pub file_path: String,
    #[serde(default)]
    pub content: String,
}

/// Body of `POST …/files/rename` (S0.68).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CollabRename {
    pub old_path: String,
    pub new_path: String,
}

/// Body of `POST …/files/delete` (S0.69).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CollabDelete {
    pub file_path: String,
}
