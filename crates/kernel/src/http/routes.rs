//! Which role opens which route: one row each. A test compares the rows with the OpenAPI document.

use axum::http::Method;
use protocol::header::Role;

/// The least that a caller must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Least {
    /// Whoever reaches the kernel.
    Anyone,
    Role(Role),
    /// An editor, or a viewer where the settings let viewers see terminals.
    Watcher,
}

const VIEWER: Least = Least::Role(Role::Viewer);
const EDITOR: Least = Least::Role(Role::Editor);
const OWNER: Least = Least::Role(Role::Owner);

/// Method, path as the router has it, least role.
pub const ROUTES: &[(&str, &str, Least)] = &[
    ("GET", "/health", Least::Anyone),
    ("POST", "/audit/collect", OWNER),
    ("POST", "/host/disk", OWNER),
    ("GET", "/api/v1/state", VIEWER),
    ("GET", "/api/v1/events", VIEWER),
    ("GET", "/api/v1/ws", VIEWER),
    ("POST", "/api/v1/setup", OWNER),
    ("DELETE", "/api/v1/setup", OWNER),
    ("POST", "/api/v1/session/start", EDITOR),
    ("POST", "/api/v1/session/run", EDITOR),
    ("POST", "/api/v1/session/stop", EDITOR),
    ("POST", "/api/v1/session/restart", EDITOR),
    ("POST", "/api/v1/dev-server/start", EDITOR),
    ("POST", "/api/v1/dev-server/stop", EDITOR),
    ("POST", "/api/v1/dev-server/restart", EDITOR),
    ("GET", "/api/v1/dev-server/log", VIEWER),
    ("GET", "/api/v1/terminals", VIEWER),
    ("POST", "/api/v1/terminals", EDITOR),
    ("GET", "/api/v1/terminals/{name}", Least::Watcher),
    ("DELETE", "/api/v1/terminals/{name}", EDITOR),
    ("POST", "/api/v1/terminals/{name}/input", EDITOR),
    ("GET", "/api/v1/terminals/{name}/output", Least::Watcher),
    ("GET", "/api/v1/terminals/{name}/screen", Least::Watcher),
    ("GET", "/api/v1/pty", Least::Watcher),
    ("GET", "/api/v1/processes", VIEWER),
    ("POST", "/api/v1/processes/{pid}/signal", EDITOR),
    ("GET", "/api/v1/stats", VIEWER),
    ("PUT", "/api/v1/environment", OWNER),
    ("GET", "/api/v1/settings", VIEWER),
    ("PUT", "/api/v1/settings", EDITOR),
    ("GET", "/api/v1/preview/ready", VIEWER),
    ("GET", "/api/v1/documents", VIEWER),
    ("GET", "/api/v1/documents/{*path}", VIEWER),
    ("GET", "/api/v1/text-sync/{*path}", VIEWER),
    ("GET", "/api/v1/document-conflicts/{*path}", VIEWER),
    ("POST", "/api/v1/document-conflicts/{*path}", EDITOR),
    ("GET", "/api/v1/document-history/{*path}", VIEWER),
    ("POST", "/api/v1/document-history/{*path}", EDITOR),
    ("GET", "/api/v1/document-versions/{*path}", VIEWER),
    ("GET", "/api/v1/tree", VIEWER),
    ("GET", "/api/v1/files", VIEWER),
    ("GET", "/api/v1/files/", VIEWER),
    ("GET", "/api/v1/files/{*path}", VIEWER),
    ("PUT", "/api/v1/files/{*path}", EDITOR),
    ("DELETE", "/api/v1/files/{*path}", EDITOR),
    ("POST", "/api/v1/fs/mkdir", EDITOR),
    ("POST", "/api/v1/fs/rename", EDITOR),
    ("POST", "/api/v1/fs/copy", EDITOR),
    ("GET", "/api/v1/archive", VIEWER),
    ("GET", "/api/v1/search/names", VIEWER),
    ("GET", "/api/v1/search/content", VIEWER),
    ("POST", "/api/v1/search/replace", EDITOR),
    ("POST", "/api/v1/search/undo", EDITOR),
    ("GET", "/api/v1/language-servers", VIEWER),
    ("POST", "/api/v1/language-servers/rename", EDITOR),
    ("POST", "/api/v1/language-servers/action", EDITOR),
    ("GET", "/api/v1/language-servers/{language}", VIEWER),
    ("GET", "/api/v1/git/status", VIEWER),
    ("POST", "/api/v1/git/init", EDITOR),
    ("POST", "/api/v1/git/stage", EDITOR),
    ("POST", "/api/v1/git/unstage", EDITOR),
    ("POST", "/api/v1/git/discard", EDITOR),
    ("POST", "/api/v1/git/hunks", EDITOR),
    ("POST", "/api/v1/git/undo", EDITOR),
    ("POST", "/api/v1/git/commit", EDITOR),
    ("GET", "/api/v1/git/diff", VIEWER),
    ("GET", "/api/v1/git/log", VIEWER),
    ("GET", "/api/v1/git/commits/{revision}", VIEWER),
    ("GET", "/api/v1/git/content", VIEWER),
    ("GET", "/api/v1/git/blame", VIEWER),
    ("GET", "/api/v1/git/branches", VIEWER),
    ("POST", "/api/v1/git/branches", EDITOR),
    ("DELETE", "/api/v1/git/branches", EDITOR),
    ("POST", "/api/v1/git/branches/rename", EDITOR),
    ("POST", "/api/v1/git/checkout", EDITOR),
    ("POST", "/api/v1/git/merge", EDITOR),
    ("POST", "/api/v1/git/operation", EDITOR),
    ("GET", "/api/v1/git/conflict", VIEWER),
    ("POST", "/api/v1/git/resolve", EDITOR),
    ("GET", "/api/v1/git/stashes", VIEWER),
    ("POST", "/api/v1/git/stashes", EDITOR),
    ("POST", "/api/v1/git/stashes/apply", EDITOR),
    ("DELETE", "/api/v1/git/stashes/{id}", EDITOR),
    ("POST", "/api/v1/git/remotes", EDITOR),
    ("DELETE", "/api/v1/git/remotes/{name}", EDITOR),
    ("POST", "/api/v1/git/tasks", EDITOR),
    ("DELETE", "/api/v1/git/tasks/{id}", EDITOR),
];

/// The least role for a request; `None` for one without a row. Whoever may `GET` may `HEAD`.
pub fn least(method: &Method, path: &str) -> Option<Least> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    ROUTES.iter().find(|it| it.0 == method && it.1 == path).map(|it| it.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_for_viewers_and_changing_is_not() {
        for (method, path, least) in ROUTES {
            if *method != "GET" {
                assert!(matches!(least, Least::Role(Role::Editor | Role::Owner)), "{path}");
            }
        }
        assert_eq!(least(&Method::HEAD, "/api/v1/files/{*path}"), Some(VIEWER));
        assert_eq!(least(&Method::PATCH, "/api/v1/state"), None);
    }

    #[test]
    fn no_route_has_two_rows() {
        for (index, row) in ROUTES.iter().enumerate() {
            assert!(!ROUTES[..index].iter().any(|it| (it.0, it.1) == (row.0, row.1)), "{row:?}");
        }
    }
}
