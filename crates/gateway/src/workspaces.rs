//! The registry of workspaces: list, make, rename, delete.
//!
//! A workspace is made in three steps, row, storage, filling; whatever fails takes back what went
//! before it. Making and deleting go on when the client that asked goes away, and what a `kill -9`
//! interrupted is cleared away at the next start.

use crate::app::{App, Call, checked_name};
use crate::database::{
    AuditRow, Database, DatabaseError, Phase, WorkspaceRow, add_workspace, append_audit,
    begin_audit, claim_interrupted, commit, end_audit, remove_workspace, rename_workspace,
    set_phase,
};
use crate::identity::Caller;
use crate::kernels::{Asker, Question, expect, provider_refusal};
use crate::machines::Machines;
use crate::reply::{self, Reply};
use axum::body::Bytes;
use axum::response::Response;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use protocol::audit::Outcome;
use protocol::header::Role;
use protocol::state::{DevServerStatus, SessionStatus, SetupStatus};
use protocol::workspace::{
    CreateWorkspace, Source, Template, UpdateWorkspace, Workspace, templates,
};
use protocol::{ErrorCode, RuntimeState, WireError, WorkspaceId};
use provider::KernelStatus;
use std::sync::Arc;
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::time::timeout;

/// How long the list waits for kernels that are awake; one that is too busy is shown as it was.
const STATE_DEADLINE: Duration = Duration::from_millis(500);
/// Longest URL of a repository, in bytes.
const URL_LENGTH_MAX: usize = 2048;

/// Everything a workspace can be filled with.
#[utoipa::path(get, path = "/api/v1/templates", responses((status = 200, body = Vec<Template>)))]
pub(crate) fn list_templates() -> Response {
    reply::json(&templates())
}

/// The caller's workspaces, the last used first.
#[utoipa::path(get, path = "/api/v1/workspaces", responses((status = 200, body = Vec<Workspace>)))]
pub(crate) async fn list(call: Call) -> Reply {
    let rows = call.app.database.workspaces(&call.caller().principal).await?;
    let mut kernels = call.app.kernel_status().await;
    let caller = call.caller();
    let within = |row: WorkspaceRow| {
        let role = caller.bounded(&row.id, row.role)?;
        Some(WorkspaceRow { role, ..row })
    };
    let shown = rows.into_iter().filter_map(within).map(|row| {
        let kernel = kernels.remove(&row.id).unwrap_or_default();
        describe(&call, row, kernel)
    });
    let mut shown = join_all(shown).await;
    shown.sort_by(|a, b| b.opened_at_ms.cmp(&a.opened_at_ms).then_with(|| a.id.cmp(&b.id)));
    Ok(reply::json(&shown))
}

/// One workspace.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}", params(("id" = String, Path)),
    responses((status = 200, body = Workspace), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn get(call: Call) -> Reply {
    Ok(reply::json(&current(&call).await?))
}

/// Gives a workspace another name.
#[utoipa::path(patch, path = "/api/v1/workspaces/{id}", params(("id" = String, Path)),
    request_body = UpdateWorkspace, responses((status = 200, body = Workspace)))]
pub(crate) async fn update(mut call: Call) -> Reply {
    let body: UpdateWorkspace = call.json().await?;
    if let Some(name) = body.name {
        let name = checked_name(&name)?;
        let mut write = call.write().await?;
        append_audit(&mut write, call.audit_row(Some(name), "ok")).await?;
        rename_workspace(&mut write, call.workspace().0, name).await?;
        commit(write).await?;
    }
    Ok(reply::json(&current(&call).await?))
}

/// Makes a workspace and fills it; the filling goes on in its kernel, whose state tells how far
/// it is.
#[utoipa::path(post, path = "/api/v1/workspaces", request_body = CreateWorkspace, responses(
    (status = 201, body = Workspace), (status = 400, body = protocol::ErrorBody),
    (status = 503, body = protocol::ErrorBody), (status = 507, body = protocol::ErrorBody)))]
pub(crate) async fn create(mut call: Call) -> Reply {
    let body: CreateWorkspace = call.json().await?;
    let name = checked_name(&body.name)?.to_owned();
    let source = checked_source(&body.source)?;
    // For the body's sake: what follows is written by a task that outlives the request.
    drop(call.write().await?);
    let now = now_ms();
    let row = WorkspaceRow {
        id: WorkspaceId::from_random(stdx::random::bits()),
        name,
        source,
        owner: call.caller().principal.clone(),
        role: Role::Owner,
        created_at_ms: now,
        opened_at_ms: now,
        machine: None,
    };
    let mut audit = call.audit_row(Some(&row.source), "begun");
    audit.workspace = Some(row.id.to_string());
    let making = Making {
        app: Arc::clone(&call.app),
        caller: call.caller().clone(),
        request_id: call.request_id.clone(),
        preview_origin: call.preview_origin(),
        audit,
        row,
    };
    let workspace = call.app.finish("make workspace", making.run(body.source)).await?;
    Ok(reply::json_with(StatusCode::CREATED, &workspace))
}

/// Stops what runs in a workspace and deletes it with its files.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 503, body = protocol::ErrorBody)))]
pub(crate) async fn delete(call: Call) -> Reply {
    let (app, id) = (Arc::clone(&call.app), call.workspace().0.clone());
    let begun = call.audit_row(None, "begun");
    let removal = async move {
        let mut write = app.database.write().await?;
        if app.database.move_of(&id).await?.is_some_and(|it| !it.phase.is_open()) {
            let message = "the workspace is being moved to another machine; cancel that first";
            return Err(WireError::new(ErrorCode::Conflict, message));
        }
        let begun = begin_audit(&mut write, begun).await?;
        set_phase(&mut write, &id, Phase::Deleting).await?;
        commit(write).await?;
        app.forget_workspace(&id);
        match app.remove_storage(&id).await {
            Ok(()) => end(&app.database, &id, begun.ended(Outcome::Ok, now_ms())).await,
            Err(error) => {
                // Kept and shown again, so that it can be deleted when the host is back.
                let mut write = app.database.write().await?;
                end_audit(&mut write, begun.ended(Outcome::Failed, now_ms())).await?;
                set_phase(&mut write, &id, Phase::Ready).await?;
                commit(write).await?;
                Err(provider_refusal(&error))
            }
        }
    };
    call.app.finish("delete workspace", removal).await?;
    Ok(reply::nothing())
}

/// A workspace on its way into being.
struct Making {
    app: Arc<App>,
    caller: Caller,
    request_id: String,
    preview_origin: Option<String>,
    audit: AuditRow,
    row: WorkspaceRow,
}

impl Making {
    async fn run(mut self, source: Source) -> Result<Workspace, WireError> {
        let database = &self.app.database;
        let mut write = database.write().await?;
        self.audit = begin_audit(&mut write, self.audit).await?;
        add_workspace(&mut write, &self.row).await?;
        commit(write).await?;
        match self.fill(source).await {
            Ok(state) => {
                let mut write = database.write().await?;
                end_audit(&mut write, self.audit.ended(Outcome::Ok, now_ms())).await?;
                set_phase(&mut write, &self.row.id, Phase::Ready).await?;
                commit(write).await?;
                let placed = database.placement(&self.row.id).await?;
                self.row.machine = placed.and_then(|it| it.machine);
                Ok(shown(&self.app.machines, self.row, state.as_ref()))
            }
            Err(error) => {
                self.take_back().await;
                Err(error)
            }
        }
    }

    /// Makes the storage and tells the kernel what to fill it with. An empty workspace has nothing
    /// to be filled with, so its kernel goes on sleeping.
    async fn fill(&self, source: Source) -> Result<Option<RuntimeState>, WireError> {
        let id = &self.row.id;
        self.app.create_storage(id).await.map_err(|error| provider_refusal(&error))?;
        if source == Source::Empty {
            return Ok(None);
        }
        let body = serde_json::to_vec(&source).expect("a source is plain JSON");
        let question =
            Question { method: Method::POST, path: "/api/v1/setup", body: Some(Bytes::from(body)) };
        let asker = Asker {
            principal: &self.caller.principal,
            name: &self.caller.name,
            operator: &self.caller.operator,
            role: Role::Owner,
            request_id: &self.request_id,
            trace: None,
            preview_origin: self.preview_origin.as_deref(),
            cancel: self.app.live.token(&self.caller, id, Role::Owner),
        };
        let (status, body) = self.app.kernels.ask(id, question, &asker).await?;
        expect(status, &body).map(Some)
    }

    async fn take_back(&self) {
        let id = &self.row.id;
        self.app.forget_workspace(id);
        if let Err(error) = self.app.remove_storage(id).await {
            // Its row stays in phase `creating`, unseen; the next start tries again.
            tracing::warn!(workspace.id = %id, %error, "a half-made workspace was not removed");
            return;
        }
        let failed = self.audit.ended(Outcome::Failed, now_ms());
        if let Err(error) = end(&self.app.database, id, failed).await {
            tracing::warn!(workspace.id = %id, %error, "a half-made workspace is still listed");
        }
    }
}

/// Takes a workspace out of the registry.
async fn end(database: &Database, id: &WorkspaceId, audit: AuditRow) -> Result<(), WireError> {
    let mut write = database.write().await?;
    end_audit(&mut write, audit).await?;
    remove_workspace(&mut write, id).await?;
    Ok(commit(write).await?)
}

/// Finishes what an earlier gateway was interrupted in: half-made and half-deleted workspaces go.
pub(crate) async fn clear_interrupted(app: &App) {
    let interrupted = match app.database.interrupted_workspaces().await {
        Ok(interrupted) => interrupted,
        Err(error) => {
            tracing::warn!(%error, "interrupted workspaces could not be looked for");
            return;
        }
    };
    for id in interrupted {
        let audit = AuditRow {
            time_ms: now_ms(),
            workspace: Some(id.to_string()),
            verb: "workspace.delete".to_owned(),
            outcome: "ok".to_owned(),
            operator: Some("recovery".to_owned()),
            ..AuditRow::default()
        };
        let cleared = match claim(&app.database, &id).await {
            Ok(true) => match app.remove_storage(&id).await {
                Ok(()) => end(&app.database, &id, audit).await.map_err(|it| it.to_string()),
                Err(error) => Err(error.to_string()),
            },
            // Another gateway does it.
            Ok(false) => continue,
            Err(error) => Err(error.to_string()),
        };
        match cleared {
            Ok(()) => tracing::info!(workspace.id = %id, "an interrupted workspace was removed"),
            Err(error) => {
                tracing::warn!(workspace.id = %id, error, "an interrupted workspace stays for now");
            }
        }
    }
}

/// Takes over what a gateway that is gone was doing with a workspace.
async fn claim(database: &Database, id: &WorkspaceId) -> Result<bool, DatabaseError> {
    let mut write = database.write().await?;
    let claimed = claim_interrupted(&mut write, id).await?;
    commit(write).await?;
    Ok(claimed)
}

/// The workspace of the call, as it is now.
async fn current(call: &Call) -> Result<Workspace, WireError> {
    let id = call.workspace().0;
    let row = match call.break_glass {
        None => call.app.database.workspace(id, &call.caller().principal).await?,
        Some(_) => call.app.database.any_workspace(id).await?,
    };
    let row = row.ok_or_else(|| reply::not_found("workspace"))?;
    let row = WorkspaceRow { role: call.workspace().1, ..row };
    let status = call.app.kernel_status().await.remove(id).unwrap_or_default();
    let break_glass_until_ms = call.break_glass.as_ref().map(|it| it.expires_at_ms);
    Ok(Workspace { break_glass_until_ms, ..describe(call, row, status).await })
}

/// Joins what the registry knows with what the kernel says. A kernel that sleeps is left asleep.
async fn describe(call: &Call, mut row: WorkspaceRow, kernel: KernelStatus) -> Workspace {
    if let Some(last_use) = call.app.last_use(&row.id) {
        row.opened_at_ms = row.opened_at_ms.max(last_use);
    }
    let (machines, unreachable) = (&call.app.machines, kernel.unreachable);
    let lost = row.machine.as_ref().filter(|_| unreachable);
    let unreachable_since_ms = lost.map(|it| machines.seen_at_ms(it)).filter(|it| 0 < *it);
    if !kernel.awake {
        let setup = kernel.last_state.map_or(SetupStatus::None, |it| it.setup.status);
        let shown = shown(machines, row, None);
        return Workspace { setup, unreachable, unreachable_since_ms, ..shown };
    }
    let state = match kernel.last_state {
        Some(state) => Some(*state),
        None if unreachable => None,
        None => ask_state(call, &row).await,
    };
    Workspace { unreachable, unreachable_since_ms, ..shown(machines, row, state.as_ref()) }
}

/// The state of a kernel that is awake, if it answers soon.
async fn ask_state(call: &Call, row: &WorkspaceRow) -> Option<RuntimeState> {
    let asker = Asker {
        principal: &call.caller().principal,
        name: &call.caller().name,
        operator: &call.caller().operator,
        role: row.role,
        request_id: &call.request_id,
        trace: call.trace.as_ref(),
        preview_origin: None,
        cancel: call.app.live.token(call.caller(), &row.id, row.role),
    };
    timeout(STATE_DEADLINE, call.app.kernels.state(&row.id, &asker)).await.ok()?.ok()
}

fn shown(machines: &Machines, row: WorkspaceRow, state: Option<&RuntimeState>) -> Workspace {
    Workspace {
        machine: row.machine.as_ref().map(|it| machines.name(it)),
        machine_id: row.machine,
        unreachable: false,
        unreachable_since_ms: None,
        id: row.id,
        name: row.name,
        source: row.source,
        owner: row.owner,
        role: row.role,
        created_at_ms: row.created_at_ms,
        opened_at_ms: row.opened_at_ms,
        status: state.map_or(SessionStatus::Idle, |it| it.status),
        dev_server: state.map_or(DevServerStatus::Stopped, |it| it.dev_server.status),
        setup: state.map_or(SetupStatus::None, |it| it.setup.status),
        break_glass_until_ms: None,
    }
}

/// What the registry calls the source. The kernel judges the rest of it.
fn checked_source(source: &Source) -> Result<String, WireError> {
    let refuse = |message: &str| Err(WireError::new(ErrorCode::InvalidRequest, message));
    match source {
        Source::Empty => Ok("empty".to_owned()),
        Source::Template { id } => match templates().into_iter().find(|it| &it.id == id) {
            Some(template) => Ok(template.id),
            None => refuse("there is no such template"),
        },
        Source::Git { url, .. } => {
            let is_web = url.starts_with("https://") || url.starts_with("http://");
            if !is_web || URL_LENGTH_MAX < url.len() || url.chars().any(char::is_whitespace) {
                return refuse("a repository is named by an http:// or https:// URL");
            }
            Ok("git".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(checked_name("  My app ").unwrap(), "My app");
        for name in ["", "   ", "a\nb", &"x".repeat(81)] {
            assert!(checked_name(name).is_err(), "{name:?}");
        }
        assert!(checked_name(&"ä".repeat(80)).is_ok());
    }

    #[test]
    fn sources_that_cannot_be_are_refused() {
        let git = |url: &str| Source::Git { url: url.to_owned(), branch: None };
        assert_eq!(checked_source(&git("https://example.org/a.git")).unwrap(), "git");
        assert_eq!(checked_source(&Source::Template { id: "rust".into() }).unwrap(), "rust");
        for source in [
            Source::Template { id: "cobol".into() },
            git("file:///etc/passwd"),
            git("ssh://git@example.org/a"),
            git("--upload-pack=x"),
            git("https://a b"),
        ] {
            assert!(checked_source(&source).is_err(), "{source:?}");
        }
    }
}
