//! The kernel's HTTP face: routes, roles, and what each of them answers (`docs/protocol.md`).

pub mod audit;
pub mod caller;
pub mod channel;
pub mod collab_socket;
pub mod disk;
pub mod document_socket;
pub mod error;
pub mod events;
pub mod extract;
pub mod pty_socket;
pub mod routes;
pub mod session;
pub mod socket;
pub mod system;
pub mod terminal_socket;
pub mod terminal_stream;
pub mod terminals;
pub mod text;
pub mod traffic;

use crate::context::Context;
use crate::dev_server::DevServer;
use crate::documents::Documents;
use crate::feed::FileFeed;
use crate::files::{self, Files, Writing};
use crate::git::{self, Git};
use crate::language::{self, Languages};
use crate::life::Connections;
use crate::people::People;
use crate::search::{self, Search};
use crate::session::Session;
use crate::stats::Meter;
use crate::terminals::Terminals;
use crate::typing::Typing;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::{Method, Uri};
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router, middleware};
use protocol::channel::SystemStats;
use protocol::{ErrorCode, RuntimeState, WireError};
use supervisor::process::Processes;
use traffic::Traffic;
use utoipa::OpenApi;

/// Everything that handlers reach. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub context: Context,
    pub processes: Processes,
    pub session: Session,
    pub terminals: Terminals,
    pub dev_server: DevServer,
    pub files: Files,
    pub documents: Documents,
    pub git: Git,
    pub search: Search,
    pub languages: Languages,
    pub feed: FileFeed,
    pub meter: Meter,
    pub traffic: Traffic,
    pub people: People,
    pub typing: Typing,
    pub connections: Connections,
}

impl App {
    /// The load of the workspace, and what is asked of its kernel.
    async fn stats(&self) -> SystemStats {
        let (requests, errors) = self.traffic.recent(tokio::time::Instant::now());
        SystemStats {
            file_changes: self.feed.counted(),
            websockets: self.traffic.sockets(),
            requests,
            errors,
            ..self.meter.measure(&self.context).await
        }
    }
}

impl FromRef<App> for Files {
    fn from_ref(app: &App) -> Self {
        app.files.clone()
    }
}

impl FromRef<App> for Writing {
    fn from_ref(app: &App) -> Self {
        Self { files: app.files.clone(), documents: Some(app.documents.clone()) }
    }
}

impl FromRef<App> for Git {
    fn from_ref(app: &App) -> Self {
        app.git.clone()
    }
}

impl FromRef<App> for Search {
    fn from_ref(app: &App) -> Self {
        app.search.clone()
    }
}

/// All routes, behind the guard.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/health", get(system::health))
        .route("/audit/collect", post(audit::collect))
        .route("/host/disk", post(disk::report_disk))
        .route("/api/v1/state", get(session::get_state))
        .route("/api/v1/events", get(events::list_events))
        .route("/api/v1/ws", get(channel::open_channel))
        .route("/api/v1/setup", post(session::set_up))
        .route("/api/v1/session/start", post(session::start_session))
        .route("/api/v1/session/run", post(session::run_session))
        .route("/api/v1/session/stop", post(session::stop_session))
        .route("/api/v1/session/restart", post(session::restart_session))
        .route("/api/v1/dev-server/start", post(session::start_dev_server))
        .route("/api/v1/dev-server/stop", post(session::stop_dev_server))
        .route("/api/v1/dev-server/restart", post(session::restart_dev_server))
        .route("/api/v1/dev-server/log", get(session::dev_server_log))
        .route("/api/v1/terminals", get(terminals::list_terminals).post(terminals::open_terminal))
        .route(
            "/api/v1/terminals/{name}",
            delete(terminals::close_terminal).get(terminal_socket::attach),
        )
        .route("/api/v1/terminals/{name}/input", post(terminals::write_input))
        .route("/api/v1/terminals/{name}/output", get(terminal_stream::stream_output))
        .route("/api/v1/terminals/{name}/screen", get(terminals::get_screen))
        .route(pty_socket::PATH, get(pty_socket::attach_pty))
        .route("/api/v1/processes", get(system::list_processes))
        .route("/api/v1/processes/{pid}/signal", post(system::signal_process))
        .route("/api/v1/stats", get(system::get_stats))
        .route("/api/v1/environment", put(system::give_environment))
        .route("/api/v1/settings", get(system::get_settings).put(system::put_settings))
        .route("/api/v1/preview/ready", get(system::preview_ready))
        .route("/api/v1/documents", get(document_socket::list_documents))
        .route("/api/v1/documents/{*path}", get(document_socket::open_document))
        .route("/api/v1/text-sync/{*path}", get(collab_socket::open_text))
        .route(
            "/api/v1/document-conflicts/{*path}",
            get(document_socket::list_conflicts).post(document_socket::resolve_conflict),
        )
        .route(
            "/api/v1/document-history/{*path}",
            get(document_socket::list_versions).post(document_socket::restore_version),
        )
        .route("/api/v1/document-versions/{*path}", get(document_socket::get_version))
        .merge(files::router())
        .merge(git::router())
        .merge(search::router())
        .merge(language::router())
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(app.clone(), caller::guard))
        .layer(middleware::from_fn_with_state(app.clone(), traffic::count))
        .with_state(app)
}

async fn unknown_path(uri: Uri) -> Response {
    let message = format!("there is nothing at `{}`", uri.path());
    error::respond(WireError::new(ErrorCode::NotFound, message))
}

async fn unknown_method(method: Method) -> Response {
    let message = format!("`{method}` is not a method of this path");
    error::respond(WireError::new(ErrorCode::MethodNotAllowed, message))
}

/// The state as this client is told it.
fn state_for(caller: &caller::Caller, state: &RuntimeState) -> RuntimeState {
    let mut state = state.clone();
    crate::preview::name_urls(&mut state, caller.preview_origin.as_deref());
    state
}

/// The same as an answer.
fn state_answer(caller: &caller::Caller, state: &RuntimeState) -> Json<RuntimeState> {
    Json(state_for(caller, state))
}

/// The document that describes every route of the kernel.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        info(
            title = "Stead kernel",
            description = "One workspace: its session, terminals, files."
        ),
        paths(
            system::health,
            audit::collect,
            disk::report_disk,
            session::get_state,
            events::list_events,
            channel::open_channel,
            session::set_up,
            session::start_session,
            session::run_session,
            session::stop_session,
            session::restart_session,
            session::start_dev_server,
            session::stop_dev_server,
            session::restart_dev_server,
            session::dev_server_log,
            terminals::list_terminals,
            terminals::open_terminal,
            terminals::close_terminal,
            terminal_socket::attach,
            terminals::write_input,
            terminal_stream::stream_output,
            terminals::get_screen,
            pty_socket::attach_pty,
            system::list_processes,
            system::signal_process,
            system::get_stats,
            system::give_environment,
            system::get_settings,
            system::put_settings,
            system::preview_ready,
            document_socket::list_documents,
            document_socket::open_document,
            collab_socket::open_text,
            document_socket::list_conflicts,
            document_socket::resolve_conflict,
            document_socket::list_versions,
            document_socket::get_version,
            document_socket::restore_version,
        ),
        components(schemas(
            protocol::channel::FromKernel,
            protocol::channel::ToKernel,
            protocol::terminal::FromTerminal,
            protocol::terminal::ToTerminal,
            protocol::document::FromDocument,
            protocol::document::ToDocument,
            protocol::collab::FromCollab,
            protocol::collab::ToCollab,
            protocol::pty::FromPty,
            protocol::pty::ToPty,
            protocol::ErrorBody,
        ))
    )]
    struct Described;
    let mut document = Described::openapi();
    document.merge(files::openapi());
    document.merge(git::openapi());
    document.merge(search::openapi());
    document.merge(language::openapi());
    document
}

#[cfg(test)]
mod tests {
    use super::routes::ROUTES;

    #[test]
    fn every_described_route_has_a_role_and_every_role_a_route() {
        let document = serde_json::to_value(super::openapi()).unwrap();
        let mut described: Vec<(String, String)> = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                described.push((method.to_ascii_uppercase(), path.clone()));
            }
        }
        described.sort();
        let mut rows: Vec<(String, String)> = ROUTES
            .iter()
            .filter(|it| !matches!(it.1, "/api/v1/files" | "/api/v1/files/"))
            .map(|it| (it.0.to_owned(), it.1.replace("{*", "{")))
            .collect();
        rows.sort();
        assert_eq!(described, rows);
    }
}
