//! Everything that can be asked of this listener, and who may ask. A route without a row does not
//! exist.

/// Who may ask at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Least {
    /// Whoever reaches the listener: says nothing but that somebody is there.
    Anyone,
    /// Whoever has the token, or speaks over a connection that this machine dialled itself.
    Token,
    /// Whoever has the token, or a grant for this one terminal.
    Grant,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Live,
    Ready,
    Health,
    Kernels,
    Deaths,
    Pulse,
    Certificate(CertificateAct),
    Gateways,
    Lease(LeaseAct),
    Use(UseAct),
    Workspace(WorkspaceAct),
}

/// What is done with the certificate of a machine that dialled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CertificateAct {
    Request,
    Take,
}

/// What is done with a session itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaseAct {
    Start,
    Get,
    Stop,
    Restart,
}

/// What is done through a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UseAct {
    ReadFile,
    WriteFile,
    DeleteFile,
    PtyUrl,
    Pty,
    Kernel,
    Preview,
}

/// What is done with a workspace of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkspaceAct {
    Exists,
    Create,
    Remove,
    Admit,
    OpenKernel,
    OpenPort,
    Transfer,
}

/// One row. `method` is a method, or `ANY`.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub method: &'static str,
    /// Segments between slashes: words, `{name}` for one segment, `{*name}` for the rest.
    pub path: &'static str,
    pub least: Least,
    /// Whether a worker answers it too: its sessions are its manager's affair.
    pub is_for_workers: bool,
    pub(crate) act: Act,
}

/// A row of the machine, for managers and workers.
const fn machine(method: &'static str, path: &'static str, act: Act) -> Row {
    Row { method, path, least: Least::Token, is_for_workers: true, act }
}

/// A row of a manager's sessions.
const fn session(method: &'static str, path: &'static str, act: Act) -> Row {
    Row { is_for_workers: false, ..machine(method, path, act) }
}

static ROWS: &[Row] = &[
    Row { least: Least::Anyone, ..machine("GET", "/livez", Act::Live) },
    machine("GET", "/ready", Act::Ready),
    machine("GET", "/health", Act::Health),
    session("POST", "/sessions/start", Act::Lease(LeaseAct::Start)),
    session("GET", "/sessions/{id}", Act::Lease(LeaseAct::Get)),
    session("POST", "/sessions/{id}/stop", Act::Lease(LeaseAct::Stop)),
    session("POST", "/sessions/{id}/restart", Act::Lease(LeaseAct::Restart)),
    session("GET", "/sessions/{id}/fs/{*path}", Act::Use(UseAct::ReadFile)),
    session("PUT", "/sessions/{id}/fs/{*path}", Act::Use(UseAct::WriteFile)),
    session("DELETE", "/sessions/{id}/fs/{*path}", Act::Use(UseAct::DeleteFile)),
    session("GET", "/sessions/{id}/pty/ws-url", Act::Use(UseAct::PtyUrl)),
    Row { least: Least::Grant, ..session("GET", "/sessions/{id}/pty", Act::Use(UseAct::Pty)) },
    session("ANY", "/sessions/{id}/kernel/{*rest}", Act::Use(UseAct::Kernel)),
    session("ANY", "/sessions/{id}/preview", Act::Use(UseAct::Preview)),
    session("ANY", "/sessions/{id}/preview/{*rest}", Act::Use(UseAct::Preview)),
    machine("GET", "/kernels", Act::Kernels),
    machine("GET", "/deaths", Act::Deaths),
    machine("GET", "/pulse", Act::Pulse),
    machine("POST", "/certificate/request", Act::Certificate(CertificateAct::Request)),
    machine("PUT", "/certificate", Act::Certificate(CertificateAct::Take)),
    machine("PUT", "/gateways", Act::Gateways),
    machine("GET", "/workspaces/{id}", Act::Workspace(WorkspaceAct::Exists)),
    machine("PUT", "/workspaces/{id}", Act::Workspace(WorkspaceAct::Create)),
    machine("DELETE", "/workspaces/{id}", Act::Workspace(WorkspaceAct::Remove)),
    machine("POST", "/workspaces/{id}/admission", Act::Workspace(WorkspaceAct::Admit)),
    machine("GET", "/workspaces/{id}/kernel", Act::Workspace(WorkspaceAct::OpenKernel)),
    machine("GET", "/workspaces/{id}/ports/{port}", Act::Workspace(WorkspaceAct::OpenPort)),
    machine("POST", "/workspaces/{id}/moves/{move}", Act::Workspace(WorkspaceAct::Transfer)),
];

/// Every row, in the order of the table.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter()
}

/// What stood at the placeholders of a path, still encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// What stood at `{name}` or `{*name}`.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(it, _)| *it == name).map_or("", |(_, value)| value)
    }
}

/// What the table says about a request.
#[derive(Debug)]
pub(crate) enum Found {
    Row(&'static Row, Parameters),
    /// The path exists, with these methods.
    Method(String),
    Nothing,
}

impl Found {
    /// The code of a refusal; for tests of the table.
    #[cfg(test)]
    fn code(&self) -> Option<protocol::ErrorCode> {
        use protocol::ErrorCode;
        match self {
            Self::Row(..) => None,
            Self::Method(_) => Some(ErrorCode::MethodNotAllowed),
            Self::Nothing => Some(ErrorCode::NotFound),
        }
    }
}

/// Looks a request up; the first row that fits wins.
pub(crate) fn find(is_worker: bool, method: &str, path: &str) -> Found {
    let mut allow: Vec<&str> = Vec::new();
    for row in ROWS.iter().filter(|it| it.is_for_workers || !is_worker) {
        let Some(parameters) = matches(row.path, path) else { continue };
        if row.method == "ANY" || row.method == method || (row.method, method) == ("GET", "HEAD") {
            return Found::Row(row, parameters);
        }
        allow.push(row.method);
    }
    if allow.is_empty() { Found::Nothing } else { Found::Method(allow.join(", ")) }
}

fn matches(pattern: &'static str, path: &str) -> Option<Parameters> {
    let mut values = Vec::new();
    let mut rest = path.strip_prefix('/')?;
    let mut pattern = pattern.strip_prefix('/')?;
    loop {
        if let Some(name) = pattern.strip_prefix("{*") {
            values.push((name.strip_suffix('}')?, rest.to_owned()));
            return Some(Parameters(values));
        }
        let (expected, next_pattern) = cut(pattern);
        let (actual, next_rest) = cut(rest);
        match expected.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(_) if actual.is_empty() => return None,
            Some(name) => values.push((name, actual.to_owned())),
            None if expected == actual => {}
            None => return None,
        }
        match (next_pattern, next_rest) {
            (None, None) => return Some(Parameters(values)),
            (Some(one), Some(other)) => (pattern, rest) = (one, other),
            _ => return None,
        }
    }
}

/// The first segment, and what follows its slash.
fn cut(path: &str) -> (&str, Option<&str>) {
    path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ErrorCode;

    fn act(method: &str, path: &str) -> Option<(Act, Parameters)> {
        match find(false, method, path) {
            Found::Row(row, parameters) => Some((row.act, parameters)),
            Found::Method(_) | Found::Nothing => None,
        }
    }

    // covers: S0.4, S0.14, S0.15, S0.16, S0.17, S0.22, S0.23, S0.90, S0.91
    #[test]
    fn the_contract_is_in_the_table() {
        for (method, path, expected) in [
            ("POST", "/sessions/start", Act::Lease(LeaseAct::Start)),
            ("GET", "/sessions/mgr-1", Act::Lease(LeaseAct::Get)),
            ("POST", "/sessions/mgr-1/stop", Act::Lease(LeaseAct::Stop)),
            ("POST", "/sessions/mgr-1/restart", Act::Lease(LeaseAct::Restart)),
            ("GET", "/health", Act::Health),
            ("GET", "/sessions/mgr-1/fs/a/b.txt", Act::Use(UseAct::ReadFile)),
            ("PUT", "/sessions/mgr-1/fs/a", Act::Use(UseAct::WriteFile)),
            ("DELETE", "/sessions/mgr-1/fs/a", Act::Use(UseAct::DeleteFile)),
            ("GET", "/sessions/mgr-1/pty/ws-url", Act::Use(UseAct::PtyUrl)),
            ("GET", "/sessions/mgr-1/pty", Act::Use(UseAct::Pty)),
        ] {
            assert_eq!(act(method, path).map(|it| it.0), Some(expected), "{method} {path}");
        }
        assert_eq!(act("GET", "/sessions/mgr-1/fs/a/b").unwrap().1.get("path"), "a/b");
    }

    #[test]
    fn only_livez_is_for_anyone_and_a_worker_has_no_sessions() {
        for row in rows() {
            assert_eq!(row.least == Least::Anyone, row.path == "/livez", "{}", row.path);
            assert_eq!(row.path.starts_with("/sessions"), !row.is_for_workers, "{}", row.path);
        }
        let code = |worker, method, path| find(worker, method, path).code();
        assert_eq!(code(true, "POST", "/sessions/start"), Some(ErrorCode::NotFound));
        assert_eq!(code(false, "PATCH", "/sessions/mgr-1"), Some(ErrorCode::MethodNotAllowed));
        assert_eq!(code(false, "GET", "/sessions/"), Some(ErrorCode::NotFound));
        assert_eq!(code(false, "GET", "//health"), Some(ErrorCode::NotFound));
    }
}
