//! State, session, dev server and setup.

use super::caller::Caller;
use super::error::{ApiError, ApiResult};
use super::extract::{Body, OptionalBody};
use super::{App, state_answer, state_for};
use crate::files::{self, Root};
use crate::session::{Refusal, Request};
use crate::setup::SetupContext;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::channel::RescanReason;
use protocol::environment::Use;
use protocol::event::EventKind;
use protocol::state::{DevServerStatus, RuntimeState, SessionStatus, Setup, SetupStatus};
use protocol::terminal::DEV_SERVER;
use protocol::workspace::{Source, StartSession, StopSession};
use protocol::{ErrorBody, ErrorCode, WireError};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stdx::WorkspacePath;
use tokio::time::timeout;

/// Starting a process takes milliseconds; whoever stopped the dev server meanwhile gets an answer.
const BEGIN_TIMEOUT: Duration = Duration::from_millis(500);

/// The runtime state (S1.49).
#[utoipa::path(get, path = "/api/v1/state", responses((status = 200, body = RuntimeState)))]
pub async fn get_state(State(app): State<App>, caller: Caller) -> Json<RuntimeState> {
    state_answer(&caller, &app.context.state.get())
}

/// Starts a session. Idempotent.
#[utoipa::path(
    post, path = "/api/v1/session/start", request_body = Option<StartSession>,
    responses((status = 200, body = RuntimeState), (status = 409, body = ErrorBody))
)]
pub async fn start_session(
    State(app): State<App>,
    caller: Caller,
    OptionalBody(body): OptionalBody<StartSession>,
) -> ApiResult<Json<RuntimeState>> {
    let request = Request::Start { dev_server: body.dev_server.unwrap_or(true) };
    ask(&app, &caller, request).await
}

/// Starts a session unless one runs (S1.48, S1.87): refused with the state in `details` otherwise.
#[utoipa::path(
    post, path = "/api/v1/session/run", request_body = Option<StartSession>,
    responses((status = 200, body = RuntimeState), (status = 409, body = ErrorBody))
)]
pub async fn run_session(
    State(app): State<App>,
    caller: Caller,
    OptionalBody(body): OptionalBody<StartSession>,
) -> ApiResult<Json<RuntimeState>> {
    let request = Request::Run { dev_server: body.dev_server.unwrap_or(true) };
    ask(&app, &caller, request).await
}

/// Ends everything that runs in the workspace; answers when it is gone and its ports are free.
#[utoipa::path(
    post, path = "/api/v1/session/stop", request_body = Option<StopSession>,
    responses((status = 200, body = RuntimeState), (status = 409, body = ErrorBody))
)]
pub async fn stop_session(
    State(app): State<App>,
    caller: Caller,
    OptionalBody(body): OptionalBody<StopSession>,
) -> ApiResult<Json<RuntimeState>> {
    let generation = app.context.state.get().generation;
    if body.generation.is_some_and(|it| it != generation) {
        let message = "another session was started meanwhile; it goes on";
        return Err(ApiError::new(ErrorCode::Conflict, message));
    }
    ask(&app, &caller, Request::Stop).await
}

/// Stop, then start.
#[utoipa::path(
    post, path = "/api/v1/session/restart", request_body = Option<StartSession>,
    responses((status = 200, body = RuntimeState), (status = 409, body = ErrorBody))
)]
pub async fn restart_session(
    State(app): State<App>,
    caller: Caller,
    OptionalBody(body): OptionalBody<StartSession>,
) -> ApiResult<Json<RuntimeState>> {
    let request = Request::Restart { dev_server: body.dev_server.unwrap_or(true) };
    ask(&app, &caller, request).await
}

async fn ask(app: &App, caller: &Caller, request: Request) -> ApiResult<Json<RuntimeState>> {
    if request != Request::Stop && app.context.state.get().setup.status == SetupStatus::Running {
        let message = "the workspace is still being filled; start it when that is done";
        return Err(ApiError::new(ErrorCode::Conflict, message));
    }
    match app.session.request(request, caller.by()).await {
        Ok(state) => {
            let state = begun(app, request).await.unwrap_or(state);
            Ok(state_answer(caller, &state))
        }
        Err(refusal) => Err(refused(app, caller, refusal)),
    }
}

/// The session has just begun to start its dev server; the answer is to say so.
async fn begun(app: &App, request: Request) -> Option<Arc<RuntimeState>> {
    match request {
        Request::Start { dev_server: true }
        | Request::Run { dev_server: true }
        | Request::Restart { dev_server: true } => {}
        Request::Start { .. } | Request::Run { .. } | Request::Restart { .. } | Request::Stop => {
            return None;
        }
    }
    let mut states = app.context.state.subscribe();
    let begun = states.wait_for(|it| {
        it.dev_server.status != DevServerStatus::Stopped
            || it.dev_server.reason.is_some()
            || it.status != SessionStatus::Running
    });
    let state = timeout(BEGIN_TIMEOUT, begun).await.ok()?.ok()?;
    Some(Arc::clone(&state))
}

/// Every refusal of the session carries the state, so that no client needs to guess it.
fn refused(app: &App, caller: &Caller, refusal: Refusal) -> ApiError {
    let state = state_for(caller, &app.context.state.get());
    let details = serde_json::to_value(state).unwrap_or_default();
    ApiError(WireError::from(refusal).with_details(details))
}

/// Starts the dev server unless it runs or starts.
#[utoipa::path(
    post, path = "/api/v1/dev-server/start",
    responses((status = 200, body = RuntimeState), (status = 409, body = ErrorBody))
)]
pub async fn start_dev_server(
    State(app): State<App>,
    caller: Caller,
) -> ApiResult<Json<RuntimeState>> {
    needs_session(&app, &caller)?;
    let state = app.dev_server.start(caller.by()).await;
    Ok(state_answer(&caller, &state))
}

/// Stops the dev server; the session goes on.
#[utoipa::path(
    post, path = "/api/v1/dev-server/stop",
    responses((status = 200, body = RuntimeState), (status = 409, body = ErrorBody))
)]
pub async fn stop_dev_server(
    State(app): State<App>,
    caller: Caller,
) -> ApiResult<Json<RuntimeState>> {
    needs_session(&app, &caller)?;
    let state = app.dev_server.stop(caller.by()).await;
    Ok(state_answer(&caller, &state))
}

/// Stops the dev server and starts it again (S1.34).
#[utoipa::path(
    post, path = "/api/v1/dev-server/restart",
    responses((status = 200, body = RuntimeState), (status = 409, body = ErrorBody))
)]
pub async fn restart_dev_server(
    State(app): State<App>,
    caller: Caller,
) -> ApiResult<Json<RuntimeState>> {
    needs_session(&app, &caller)?;
    let state = app.dev_server.restart(caller.by()).await;
    Ok(state_answer(&caller, &state))
}

fn needs_session(app: &App, caller: &Caller) -> ApiResult<()> {
    match app.context.state.get().status {
        SessionStatus::Running => Ok(()),
        SessionStatus::Stopping => Err(refused(app, caller, Refusal::Stopping)),
        SessionStatus::Idle
        | SessionStatus::Starting
        | SessionStatus::Stopped
        | SessionStatus::Crashed => Err(refused(app, caller, Refusal::NotRunning)),
    }
}

/// The dev server's last output as plain text, with secrets masked for everybody: logs are passed
/// on. Empty when it has not run.
#[utoipa::path(
    get, path = "/api/v1/dev-server/log",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub async fn dev_server_log(State(app): State<App>) -> String {
    app.terminals.get(DEV_SERVER).map(|it| it.redacted_text()).unwrap_or_default()
}

/// Fills an empty workspace: goes on after the answer, the state has the progress.
#[utoipa::path(
    post, path = "/api/v1/setup", request_body = Source,
    responses((status = 202, body = RuntimeState), (status = 409, body = ErrorBody))
)]
pub async fn set_up(
    State(app): State<App>,
    caller: Caller,
    Body(source): Body<Source>,
) -> ApiResult<(StatusCode, Json<RuntimeState>)> {
    let empty = is_empty(&app.context.config.root)
        .map_err(|error| super::error::from_io("look into the workspace", &error))?;
    let state = app.context.state.get();
    let down = matches!(
        state.status,
        SessionStatus::Idle | SessionStatus::Stopped | SessionStatus::Crashed
    );
    if state.setup.status == SetupStatus::Running || !down || !empty {
        let message = "the workspace has files or runs already; nothing was changed";
        return Err(ApiError::new(ErrorCode::Conflict, message));
    }
    begin_setup(&app, &caller, source);
    Ok((StatusCode::ACCEPTED, state_answer(&caller, &app.context.state.get())))
}

/// Cancels the clone that fills the workspace; the state then says that it failed, and why.
#[utoipa::path(
    delete, path = "/api/v1/setup",
    responses((status = 204), (status = 409, body = ErrorBody))
)]
pub async fn cancel_set_up(State(app): State<App>) -> ApiResult<StatusCode> {
    if app.cloning.cancel() {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(ErrorCode::Conflict, "nothing is being cloned here"))
}

/// Remains of a setup that was interrupted do not count.
fn is_empty(root: &Path) -> io::Result<bool> {
    let directory =
        Root::open(root)?.directory(&WorkspacePath::root()).map_err(io::Error::other)?;
    Ok(files::names(directory, 1)?.is_empty())
}

fn begin_setup(app: &App, caller: &Caller, source: Source) {
    let (context, by) = (app.context.clone(), caller.by());
    let name = match &source {
        Source::Empty => "empty".to_owned(),
        Source::Template { id } => id.clone(),
        Source::Git { .. } => "git".to_owned(),
    };
    let running = Setup { status: SetupStatus::Running, message: None, percent: None };
    // A kernel that comes back must know that it was interrupted.
    if let Err(error) = context.store.write(SETUP_RECORD, &running) {
        tracing::warn!("the setup could not be recorded: {error}");
    }
    context.state.update(|it| it.setup = running);
    context.emit(&by, EventKind::SetupStarted { source: name });
    let app = app.clone();
    context.scope.spawn("setup", async move {
        let _hiding = app.files.hide();
        let state = app.context.state.clone();
        let progress = move |setup: Setup| state.update(|it| it.setup = setup);
        let config = &app.context.config;
        let needs = SetupContext {
            root: config.root.clone(),
            processes: app.processes.clone(),
            env: app.context.environment.of(Use::Setup, &by, &[]),
            credentials: app.context.environment.git_credentials(&by),
        };
        // The kernel's end drops it, and the next kernel tells that it was interrupted.
        let result = tokio::select! {
            () = app.context.scope.stopping() => return,
            result = app.cloning.run(&source, &needs, progress) => result,
        };
        let (setup, event) = match result {
            Ok(()) => {
                let done = Setup { status: SetupStatus::Done, message: None, percent: Some(100) };
                (done, EventKind::SetupFinished)
            }
            Err(error) => {
                let message = error.to_string();
                let status = SetupStatus::Failed;
                let failed = Setup { status, message: Some(message.clone()), percent: None };
                (failed, EventKind::SetupFailed { message })
            }
        };
        if let Err(error) = app.context.store.write(SETUP_RECORD, &setup) {
            tracing::warn!("the outcome of the setup could not be recorded: {error}");
        }
        app.context.state.update(|it| it.setup = setup);
        app.context.emit(&by, event);
        app.feed.rescan(RescanReason::Begin);
    });
}

/// Name of the record of the setup's outcome.
pub const SETUP_RECORD: &str = "setup.json";
