//! Workspaces as the gateway knows them, and what Run may be told.

use crate::header::Role;
use crate::id::{MachineId, PrincipalId, WorkspaceId};
use crate::state::{DevServerStatus, SessionStatus, SetupStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest name of a workspace, in characters.
pub const NAME_LENGTH_MAX: usize = 80;

/// One workspace in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    /// What it was made from: a template's id, `git`, or `empty`.
    pub source: String,
    pub owner: PrincipalId,
    /// The caller's role.
    pub role: Role,
    pub created_at_ms: u64,
    /// Milliseconds since 1970 of the last request to its kernel.
    pub opened_at_ms: u64,
    /// What its kernel last said; `idle` for a workspace that sleeps.
    pub status: SessionStatus,
    pub dev_server: DevServerStatus,
    pub setup: SetupStatus,
    /// Set while the caller is no member and is here by break-glass: when that ends, in
    /// milliseconds since 1970.
    pub break_glass_until_ms: Option<u64>,
    /// The machine that it is on, where it is not the gateway's own.
    #[serde(default)]
    pub machine: Option<String>,
    /// The same by its id.
    #[serde(default)]
    pub machine_id: Option<MachineId>,
    /// That machine does not answer now: what the workspace does is not known, and not over.
    #[serde(default)]
    pub unreachable: bool,
    /// When that machine was last heard of, while it does not answer.
    #[serde(default)]
    pub unreachable_since_ms: Option<u64>,
}

/// Body of `POST /api/v1/workspaces`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWorkspace {
    /// 1 to 80 characters; need not be unique.
    pub name: String,
    pub source: Source,
}

/// Somebody with a role in a workspace (`GET /api/v1/workspaces/{id}/members`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    pub principal: PrincipalId,
    pub name: String,
    pub role: Role,
}

/// Body of `POST /api/v1/workspaces/{id}/members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// What the person types to sign in, whole; a part of it finds nobody.
    pub login_name: String,
    pub role: Role,
}

/// Body of `PATCH /api/v1/workspaces/{id}/members/{principal}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMember {
    pub role: Role,
}

/// Body of `POST /api/v1/workspaces/{id}/owner`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// A member of the workspace, who becomes its owner.
    pub principal: PrincipalId,
}

/// Body of `PATCH /api/v1/workspaces/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWorkspace {
    pub name: Option<String>,
}

/// What a new workspace is filled with. The kernel does the filling, inside the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    Empty,
    Template {
        id: String,
    },
    Git {
        /// `https://` or `http://` URL.
        url: String,
        branch: Option<String>,
    },
}

/// One entry of `GET /api/v1/templates`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Template {
    /// `static`, `vite-react`, `node`, `python`, `rust`.
    pub id: String,
    pub title: String,
    pub description: String,
    /// Programs the template needs; the page warns about those the machine lacks.
    pub needs: Vec<String>,
}

/// Every template, in the order in which people are shown them. The kernel knows the files.
pub fn templates() -> Vec<Template> {
    let template = |id: &str, title: &str, description: &str, needs: &[&str]| Template {
        id: id.to_owned(),
        title: title.to_owned(),
        description: description.to_owned(),
        needs: needs.iter().map(|it| (*it).to_owned()).collect(),
    };
    vec![
        template("static", "Static page", "HTML, CSS and JavaScript with live reload.", &["node"]),
        template("vite-react", "Vite + React", "TypeScript with hot reload.", &["node", "npm"]),
        template("node", "Node server", "An HTTP server without dependencies.", &["node"]),
        template("python", "Python server", "An HTTP server from the library.", &["python3"]),
        template("rust", "Rust server", "An HTTP server in plain Rust.", &["cargo"]),
    ]
}

/// Settings of a workspace that its kernel keeps (`GET`/`PUT /api/v1/settings`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Overrides what is detected.
    pub command: Option<String>,
    /// `PORT` for the dev server; chosen by framework when absent.
    pub port: Option<u16>,
    /// Whether the dev server comes back after a failure.
    pub restart: RestartPolicy,
    /// Whether viewers may watch terminals.
    pub viewers_see_terminals: bool,
    /// Whether programs may write the clipboard (OSC 52).
    pub terminal_clipboard: bool,
    /// Names of files and directories that the change feed and searches leave out, beyond the
    /// usual ones (`node_modules`, `target`, …); `*` stands for any letters. At most 100.
    pub ignore_add: Vec<String>,
    /// Usual names that they do not leave out, as they are written in the list. Never `.git`.
    pub ignore_remove: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            command: None,
            port: None,
            restart: RestartPolicy::OnFailure,
            viewers_see_terminals: false,
            terminal_clipboard: true,
            ignore_add: Vec::new(),
            ignore_remove: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    Never,
    /// After a non-zero exit or a signal, with back-off, five times at most until it was ready.
    #[default]
    OnFailure,
}

/// Body of `POST /api/v1/session/start`; everything is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StartSession {
    /// `false` starts the session without the dev server.
    pub dev_server: Option<bool>,
}

/// Body of `POST /api/v1/session/stop`; everything is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct StopSession {
    /// Stop this session and none that came after it.
    pub generation: Option<u64>,
}

/// Who is signed in (`GET /api/v1/me`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    pub id: PrincipalId,
    pub name: String,
    /// Whether this person administers this Stead. That alone opens no workspace.
    #[serde(default)]
    pub administrator: bool,
    /// What this person types to sign in with a password.
    #[serde(default)]
    pub login_name: Option<String>,
    /// As the OpenID provider verified it.
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub has_password: bool,
    /// Where previews live, for the page: `{label}` stands for the first label.
    pub preview_origin: String,
    /// Version of this Stead.
    pub version: String,
}
