//! The policy: one table of everything that can be asked for, who may ask, and what is written
//! down about it.
//!
//! The router is built from [`rows`]; a route without a row does not exist. `editor` and `viewer`
//! rows are enforced here for every request and by the kernel once more, for what it alone can
//! tell, such as a viewer's bytes on a terminal.

mod audit;
mod break_glass;
mod environment;
mod git;
mod kernel;
mod machines;
mod members;
mod moves;
mod oidc;
mod people;
mod previews;
mod registry;
mod runtime;
mod service;
mod shares;
mod userspace;
mod words;
mod workspaces;

pub(crate) use words::is_reserved;

use crate::app::Call;
use crate::reply::Reply;
use futures_util::future::BoxFuture;
use protocol::WorkspaceId;
use protocol::header::Role;
use protocol::share::is_slug;
use std::fmt;

/// What every path of a workspace's kernel starts with at the gateway; `{id}` is the workspace.
pub(crate) const KERNEL_PREFIX: &str = "/api/v1/workspaces/{id}";

/// Who may ask at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Least {
    Anyone,
    SignedIn,
    /// Somebody who administers this Stead. That alone makes nobody a member of a workspace.
    Administrator,
    /// A member of the workspace with at least this role. For others it does not exist.
    Role(Role),
}

/// What is written into the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audit {
    /// Nothing: it changes nothing, or its handler writes down what it changed.
    None,
    /// A row before the request goes on; without the row it does not go on.
    Before(&'static str),
    /// A row if the database can take one; opening a channel does not wait for it, so that running
    /// workspaces go on while the database is away.
    Beside(&'static str),
    /// The handler writes the row in the transaction of its change.
    Within(&'static str),
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Gateway(Handler),
    /// The workspace's kernel, with the path behind [`KERNEL_PREFIX`].
    Kernel,
}

/// One of the gateway's own handlers.
pub(crate) type Handler = fn(Call) -> BoxFuture<'static, Reply>;

/// Names a handler, an `async fn` from [`Call`] to [`Reply`], in a row.
macro_rules! to {
    ($handler:path) => {
        |call| Box::pin($handler(call))
    };
}

/// Names a handler that answers at once, a `fn` to a response.
macro_rules! now {
    ($handler:path) => {
        |_| Box::pin(std::future::ready(Ok($handler())))
    };
}
use {now, to};

/// What the answer of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Data of ours: never cached, framed or sniffed.
    Data,
    /// A page that people open: a stranger is led to sign in.
    Page,
    /// What workspace code says; its handler sets the headers that keep it apart.
    Foreign,
    /// A channel whose clients read a refusal from the close code and not from a status.
    Closing,
}

/// Where the workspace of a request is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// Nowhere; the row is about no workspace, or its handler finds it.
    Nowhere,
    /// In the path, as `{id}`.
    Path,
    /// In the query or a JSON body, as `projectId` or `workspaceId` (the paths of S1).
    Query,
}

/// One row. `method` is a method, `WS` for a WebSocket, or `ANY` for both and all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) method: &'static str,
    /// Segments between slashes: words, `{name}` for one segment, `{*name}` for the rest.
    pub(crate) path: &'static str,
    pub(crate) least: Least,
    pub(crate) audit: Audit,
    pub(crate) target: Target,
    pub(crate) named: Named,
    pub(crate) face: Face,
    /// Only for a person: a token that somebody made for a program is refused.
    pub(crate) in_person: bool,
    /// About all workspaces of the person: a token for some of them is refused, even to look.
    pub(crate) across_workspaces: bool,
    /// For another installation: a token that is for the registry alone comes here and nowhere else.
    pub(crate) for_installations: bool,
    /// Fields of the JSON body that the audit log has, for rows whose handler does not write it.
    pub(crate) tells: &'static [&'static str],
}

const ANYONE: Least = Least::Anyone;
const SIGNED_IN: Least = Least::SignedIn;
const ADMINISTRATOR: Least = Least::Administrator;
const VIEWER: Least = Least::Role(Role::Viewer);
const EDITOR: Least = Least::Role(Role::Editor);
const OWNER: Least = Least::Role(Role::Owner);

/// A row of the gateway itself that is about no workspace.
const fn own(
    method: &'static str,
    path: &'static str,
    least: Least,
    audit: Audit,
    handler: Handler,
) -> Row {
    Row {
        method,
        path,
        least,
        audit,
        target: Target::Gateway(handler),
        named: Named::Nowhere,
        face: Face::Data,
        in_person: false,
        across_workspaces: false,
        for_installations: false,
        tells: &[],
    }
}

/// A row of the gateway about the workspace in its path.
const fn about(
    method: &'static str,
    path: &'static str,
    least: Least,
    audit: Audit,
    handler: Handler,
) -> Row {
    Row { named: Named::Path, ..own(method, path, least, audit, handler) }
}

/// A row of S1, about the workspace in the query or the body.
const fn runtime(
    method: &'static str,
    path: &'static str,
    least: Least,
    audit: Audit,
    handler: Handler,
) -> Row {
    Row { named: Named::Query, ..own(method, path, least, audit, handler) }
}

/// A row of the kernel.
const fn kernel(method: &'static str, path: &'static str, least: Least, audit: Audit) -> Row {
    Row {
        method,
        path,
        least,
        audit,
        target: Target::Kernel,
        named: Named::Path,
        face: Face::Data,
        in_person: false,
        across_workspaces: false,
        for_installations: false,
        tells: &[],
    }
}

use Audit::{Before, Beside, None as Quiet, Within};

/// Everything that can be asked for under a path of ours, by what it is about; other paths are the
/// web application.
static TABLE: &[&[Row]] = &[
    service::ROWS,
    people::ROWS,
    oidc::ROWS,
    shares::ROWS,
    workspaces::ROWS,
    members::ROWS,
    moves::ROWS,
    break_glass::ROWS,
    machines::ROWS,
    registry::ROWS,
    environment::ROWS,
    previews::ROWS,
    runtime::ROWS,
    userspace::ROWS,
    kernel::ROWS,
    git::ROWS,
    audit::ROWS,
    shares::NAMES,
];

/// A verb that is not in the glossary of `protocol::audit` does not compile; the error names it.
const _: () = {
    let mut area = 0;
    while area < TABLE.len() {
        let mut row = 0;
        while row < TABLE[area].len() {
            if let Before(verb) | Beside(verb) | Within(verb) = TABLE[area][row].audit {
                protocol::audit::verb(verb);
            }
            row += 1;
        }
        area += 1;
    }
};

/// Every row, in the order of the table.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().copied().flatten()
}

/// What a route is called where it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RouteName {
    prefix: &'static str,
    path: &'static str,
}

impl RouteName {
    /// A route that is no row.
    pub(crate) const fn other(path: &'static str) -> Self {
        Self { prefix: "", path }
    }
}

impl fmt::Display for RouteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix, self.path)
    }
}

/// One row of the policy, for those who describe or test it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are columns of a table")]
pub struct Route {
    /// A method, `WS` for a WebSocket, or `ANY`.
    pub method: &'static str,
    /// `/api/v1/workspaces/{id}/files/{*path}`
    pub path: String,
    /// The least role in the workspace; `None` where no workspace is named.
    pub role: Option<Role>,
    /// Whether somebody must be signed in.
    pub signed_in: bool,
    /// Whether that somebody must administer this Stead.
    pub administrator: bool,
    /// Whether a token is refused.
    pub in_person: bool,
    /// Whether a token for some workspaces is refused.
    pub across_workspaces: bool,
    /// Whether a token for the registry alone is let in.
    pub for_installations: bool,
    /// Answered by the workspace's kernel.
    pub is_kernel: bool,
}

/// The whole policy, in its order.
pub fn routes() -> impl Iterator<Item = Route> {
    rows().map(|row| Route {
        method: row.method,
        path: row.name().to_string(),
        role: match row.least {
            Least::Role(role) => Some(role),
            Least::Anyone | Least::SignedIn | Least::Administrator => None,
        },
        signed_in: row.least != Least::Anyone,
        administrator: row.least == Least::Administrator,
        in_person: row.in_person,
        across_workspaces: row.across_workspaces,
        for_installations: row.for_installations,
        is_kernel: row.is_kernel(),
    })
}

impl Row {
    /// The answer is a page that people open.
    const fn page(self) -> Self {
        Self { face: Face::Page, ..self }
    }

    /// The answer is what workspace code says.
    const fn foreign(self) -> Self {
        Self { face: Face::Foreign, ..self }
    }

    /// Not for a token of some workspaces.
    const fn across_workspaces(self) -> Self {
        Self { across_workspaces: true, ..self }
    }

    /// For a token of the registry too.
    const fn for_installations(self) -> Self {
        Self { for_installations: true, ..self }
    }

    /// Only for a person, never for a token.
    const fn in_person(self) -> Self {
        Self { in_person: true, ..self }
    }

    /// A refusal is told by a close code, after the upgrade.
    const fn closing(self) -> Self {
        Self { face: Face::Closing, ..self }
    }

    /// These fields of the JSON body go into the audit log; the first one is the object where the
    /// path names none.
    const fn tells(self, fields: &'static [&'static str]) -> Self {
        Self { tells: fields, ..self }
    }

    /// Whether the workspace's kernel answers.
    pub(crate) const fn is_kernel(&self) -> bool {
        matches!(self.target, Target::Kernel)
    }

    /// Name for metrics and logs: the pattern, never the path that was asked for.
    pub(crate) const fn name(&self) -> RouteName {
        match self.target {
            Target::Gateway(_) => RouteName { prefix: "", path: self.path },
            Target::Kernel => RouteName { prefix: KERNEL_PREFIX, path: self.path },
        }
    }

    /// What the audit log calls it.
    pub(crate) const fn verb(&self) -> &'static str {
        match self.audit {
            Audit::None => "",
            Before(verb) | Beside(verb) | Within(verb) => verb,
        }
    }

    /// Whether the row takes requests of this method.
    fn takes(&self, method: &str, is_websocket: bool) -> bool {
        match self.method {
            "ANY" => true,
            "WS" => is_websocket,
            own => own == method || (own == "GET" && method == "HEAD"),
        }
    }
}

/// What the table says about a request.
#[derive(Debug)]
pub(crate) enum Found {
    Row(&'static Row, Parameters),
    /// The path exists, with these methods.
    Method {
        allow: String,
    },
    /// The path exists for WebSockets only.
    WebSocketOnly,
    Nothing,
}

/// What stood at the placeholders of a path, still encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters {
    values: Vec<(&'static str, String)>,
    /// For a kernel's row: the path behind [`KERNEL_PREFIX`].
    pub(crate) kernel_path: String,
}

impl Parameters {
    /// What stood at `{name}` or `{*name}`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(it, _)| *it == name).map(|(_, value)| value.as_str())
    }

    /// What the path names last, as people write it; the workspace itself does not count.
    pub(crate) fn object(&self) -> Option<String> {
        let last = self.values.iter().rev().find(|(_, value)| WorkspaceId::parse(value).is_none());
        last.map(|(_, value)| stdx::percent::decode(value))
    }
}

/// Looks a request up. A WebSocket's row wins over a plain one with the same path.
pub(crate) fn find(method: &str, is_websocket: bool, path: &str) -> Found {
    let mut allow = Vec::new();
    let mut chosen: Option<(&'static Row, Parameters)> = None;
    for row in rows() {
        let Some(parameters) = matches(row, path) else { continue };
        if row.takes(method, is_websocket) {
            if chosen.is_none() || row.method == "WS" {
                chosen = Some((row, parameters));
            }
        } else {
            allow.push(row.method);
        }
    }
    match chosen {
        Some((row, parameters)) => Found::Row(row, parameters),
        None if allow.is_empty() => Found::Nothing,
        None if method == "GET" && allow.contains(&"WS") => Found::WebSocketOnly,
        None => {
            let mut names: Vec<&str> = Vec::new();
            for method in allow {
                let also = if method == "GET" { &["GET", "HEAD"][..] } else { &[method][..] };
                for name in also.iter().map(|it| if *it == "WS" { "GET" } else { it }) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
            Found::Method { allow: names.join(", ") }
        }
    }
}

/// Reads the path by the row's pattern.
fn matches(row: &'static Row, path: &str) -> Option<Parameters> {
    // Most rows do not match, so nothing is copied before one does.
    let mut values: Vec<(&'static str, &str)> = Vec::new();
    let kernel_path = match row.target {
        Target::Gateway(_) => "",
        Target::Kernel => {
            let behind = path.strip_prefix("/api/v1/workspaces/")?;
            let (id, _) = behind.split_once('/').filter(|(id, _)| !id.is_empty())?;
            values.push(("id", id));
            &behind[id.len()..]
        }
    };
    let rest = if kernel_path.is_empty() { path } else { kernel_path };
    let mut rest = rest.strip_prefix('/')?;
    let mut pattern = row.path.strip_prefix('/')?;
    if pattern.starts_with('{') && is_reserved(cut(rest).0) {
        return None;
    }
    loop {
        if let Some(name) = pattern.strip_prefix("{*") {
            values.push((name.strip_suffix('}')?, rest));
            break;
        }
        let (expected, pattern_rest) = cut(pattern);
        let (actual, path_rest) = cut(rest);
        match expected.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(name) if !fits(name, actual) => return None,
            Some(name) => values.push((name, actual)),
            None if expected == actual => {}
            None => return None,
        }
        match (pattern_rest, path_rest) {
            (None, None) => break,
            (Some(next_pattern), Some(next_path)) => (pattern, rest) = (next_pattern, next_path),
            _ => return None,
        }
    }
    let values = values.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    Some(Parameters { values, kernel_path: kernel_path.to_owned() })
}

/// Whether a segment may stand at a placeholder. What cannot be a name is none, so that addresses
/// of shares hide nothing else.
fn fits(name: &str, segment: &str) -> bool {
    match name {
        "owner" => {
            let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
            segment.bytes().next().is_some_and(plain)
                && segment.bytes().all(|it| plain(it) || matches!(it, b'.' | b'_' | b'-'))
        }
        "slug" => is_slug(segment) && !is_reserved(segment),
        _ => !segment.is_empty(),
    }
}

/// The first segment, and what follows its slash.
fn cut(path: &str) -> (&str, Option<&str>) {
    path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)))
}

#[cfg(test)]
mod tests;
