//! Language servers: `/api/v1/language-servers` and what is below it.
//!
//! The channel speaks JSON-RPC of the Language Server Protocol, one message a frame. Messages of ours
//! have names that begin with `stead/`, and go only to clients that ask for them (`?stead=1`).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Notification of ours: the [`LanguageServer`] as it is by now, with what it can do.
pub const STATUS: &str = "stead/status";
/// Notification of a client: end the server and start it anew.
pub const RESTART: &str = "stead/restart";

/// Where a language server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LanguageStatus {
    /// No server for the language was found; `install` says how to get one.
    NotInstalled,
    /// It starts with the session.
    NoSession,
    /// Nobody who may edit has a file of it open.
    Idle,
    Starting,
    Ready,
    /// It ended by itself, and is started again after a while; `message` says what it said.
    Failed,
}

/// One language server of a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LanguageServer {
    /// Last part of the path of its channel.
    pub language: String,
    /// How people call the language.
    pub name: String,
    /// The directory that it looks at, relative to the workspace.
    pub root: String,
    /// The workspace as a URI: what documents are called begins with it.
    pub workspace_uri: String,
    pub status: LanguageStatus,
    /// The program, relative to the workspace when it is one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// What it does just now, or why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A command that installs a server.
    pub install: String,
    /// What the server said it can do (`ServerCapabilities`); only on the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub capabilities: Option<serde_json::Value>,
}

/// Query of `GET /api/v1/language-servers`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LanguageQuery {
    /// Only the one for this file.
    pub path: Option<String>,
}

/// Body of `POST /api/v1/language-servers/rename`: gives what is at a place another name, everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameSymbol {
    pub path: String,
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 units.
    pub column: u32,
    pub new_name: String,
}

/// Body of `POST /api/v1/language-servers/action`: carries out what the server offers at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunCodeAction {
    pub path: String,
    pub start: TextPlace,
    pub end: TextPlace,
    /// What the server calls it; it is asked again, and only what it offers now is done.
    pub title: String,
    /// Of which kind it is, where the server says so.
    #[serde(default)]
    pub kind: Option<String>,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextPlace {
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 units.
    pub column: u32,
}

/// What a language server's edit of files did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LanguageEdit {
    pub files: Vec<LanguageEditedFile>,
    /// For `POST /api/v1/search/undo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
}

/// One file of a language server's edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LanguageEditedFile {
    pub path: String,
    pub edits: u64,
    /// Why it was left as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
}
