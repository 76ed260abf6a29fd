//! What administrators and owners do about accesses.

use super::Held;
use crate::app::Call;
use crate::database::{
    BreakGlassRow, add_break_glass, append_audit, commit, end_break_glass, see_break_glass,
};
use crate::identity::Via;
use crate::people::confirm::confirm;
use crate::reply::{self, Reply};
use http::StatusCode;
use protocol::break_glass::{
    BeginBreakGlass, BreakGlass, LIFETIME_MS, REASON_LENGTH_MAX, REASON_LENGTH_MIN,
};
use protocol::header::Role;
use protocol::id::BreakGlassId;
use protocol::{ErrorCode, WireError, WorkspaceId};
use stdx::clock::now_ms;

/// Every access to a workspace of others, the latest first.
#[utoipa::path(get, path = "/api/v1/break-glass",
    responses((status = 200, body = Vec<BreakGlass>), (status = 403, body = protocol::ErrorBody)))]
pub(crate) async fn list(call: Call) -> Reply {
    shown(&call, None).await
}

/// The accesses to the workspace, the latest first.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/break-glass",
    operation_id = "list_break_glass_of_workspace", params(("id" = String, Path)),
    responses((status = 200, body = Vec<BreakGlass>)))]
pub(crate) async fn list_of_workspace(call: Call) -> Reply {
    shown(&call, Some(call.workspace().0)).await
}

/// Takes access to a workspace of others, for an hour. Its owners are told.
#[utoipa::path(post, path = "/api/v1/break-glass", request_body = BeginBreakGlass, responses(
    (status = 201, body = BreakGlass), (status = 400, body = protocol::ErrorBody),
    (status = 403, body = protocol::ErrorBody, description = "Not the caller's password, or \
     not a browser."),
    (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody, description = "A member, or inside already."),
    (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn begin(mut call: Call) -> Reply {
    let body: BeginBreakGlass = call.json().await?;
    if call.caller().via != Via::Cookie {
        let message = "break-glass is for a person in a browser; open Stead there";
        return Err(WireError::new(ErrorCode::Forbidden, message));
    }
    let reason = checked_reason(&body.reason)?;
    if body.role == Role::Owner {
        let message =
            "break-glass gives the role `viewer` or `editor`; what owners decide is theirs";
        return Err(WireError::new(ErrorCode::InvalidRequest, message));
    }
    let told = |outcome| {
        let mut row = call.audit_row(None, outcome);
        row.workspace = Some(body.workspace.to_string());
        row.with("role", body.role.as_str()).with("reason", reason)
    };
    if let Some(refusal) = confirm(&call, body.password.as_deref(), told("failed")).await? {
        return Ok(refusal);
    }
    let found = call.app.database.any_workspace(&body.workspace).await?;
    let workspace = found.ok_or_else(|| reply::not_found("workspace"))?;
    if let Some(seat) = call.app.identity.seat(&workspace.id, call.caller()).await? {
        let message = match seat.break_glass {
            Some(_) => "you are inside by break-glass already",
            None => "you are a member of this workspace",
        };
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    let (caller, now) = (call.caller(), now_ms());
    let access = BreakGlass {
        id: BreakGlassId::from_random(stdx::random::bits()),
        workspace: workspace.id,
        workspace_name: workspace.name,
        principal: caller.principal.clone(),
        name: caller.name.clone(),
        role: body.role,
        reason: reason.to_owned(),
        begun_at_ms: now,
        expires_at_ms: now + LIFETIME_MS,
        ended_at_ms: None,
        ended_by: None,
        seen: false,
    };
    let mut write = call.write().await?;
    let mut row = told("ok");
    row.object = Some(access.id.to_string());
    append_audit(&mut write, row).await?;
    add_break_glass(&mut write, &access, &caller.login).await?;
    commit(write).await?;
    let row = BreakGlassRow { login: caller.login.clone(), is_held: true, shown: access };
    call.app.identity.accesses.note(&Held::from(&row));
    super::tell_owners(&call.app, row.shown.workspace.clone());
    Ok(reply::json_with(StatusCode::CREATED, &row.shown))
}

/// Ends an access, one's own or another administrator's. What is open by it ends at once.
#[utoipa::path(delete, path = "/api/v1/break-glass/{access}", operation_id = "end_break_glass",
    params(("access" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn end(call: Call) -> Reply {
    finish(&call, None).await
}

/// Ends an administrator's access to the workspace. What is open by it ends at once.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/break-glass/{access}",
    operation_id = "end_break_glass_of_workspace",
    params(("id" = String, Path), ("access" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn end_of_workspace(call: Call) -> Reply {
    finish(&call, Some(call.workspace().0)).await
}

/// Remembers that the caller knows of an access to the workspace.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/break-glass/{access}/seen",
    operation_id = "see_break_glass",
    params(("id" = String, Path), ("access" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn see(call: Call) -> Reply {
    let access = found(&call, Some(call.workspace().0)).await?.id;
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(Some(access.as_str()), "ok")).await?;
    see_break_glass(&mut write, &access, &call.caller().principal).await?;
    commit(write).await?;
    Ok(reply::nothing())
}

async fn shown(call: &Call, workspace: Option<&WorkspaceId>) -> Reply {
    let rows = call.app.database.break_glasses(workspace, &call.caller().principal).await?;
    let now = now_ms();
    let shown: Vec<BreakGlass> = rows.into_iter().map(|it| as_it_is(it, now)).collect();
    Ok(reply::json(&shown))
}

/// An access that lets nobody in is over, also when that was not written down yet.
fn as_it_is(row: BreakGlassRow, now_ms: u64) -> BreakGlass {
    let is_open = row.is_open(now_ms);
    let mut shown = row.shown;
    if !is_open && shown.ended_at_ms.is_none() {
        shown.ended_at_ms = Some(shown.expires_at_ms.min(now_ms));
    }
    shown
}

/// The access that the path names, if it is one to the workspace `of`.
async fn found(call: &Call, of: Option<&WorkspaceId>) -> Result<Held, WireError> {
    let missing = || reply::not_found("access");
    let id = call.parameters.get("access").and_then(BreakGlassId::parse).ok_or_else(missing)?;
    let found = call.app.database.break_glass(&id, &call.caller().principal).await?;
    let found = found.filter(|it| of.is_none_or(|of| &it.shown.workspace == of));
    Ok(Held::from(&found.ok_or_else(missing)?))
}

async fn finish(call: &Call, of: Option<&WorkspaceId>) -> Reply {
    let held = found(call, of).await?;
    let by = &call.caller().principal;
    let mut write = call.write().await?;
    if end_break_glass(&mut write, &held.id, Some(by), now_ms()).await? {
        let mut row = call.audit_row(Some(held.id.as_str()), "ok");
        row.workspace = Some(held.workspace.to_string());
        append_audit(&mut write, row).await?;
        commit(write).await?;
    }
    call.app.identity.accesses.forget(&held.id);
    super::cut(&call.app, vec![held]);
    Ok(reply::nothing())
}

/// The reason as owners read it: on one line.
fn checked_reason(reason: &str) -> Result<&str, WireError> {
    let reason = reason.trim();
    let length = reason.chars().count();
    let fits = (REASON_LENGTH_MIN..=REASON_LENGTH_MAX).contains(&length);
    if !fits || reason.chars().any(char::is_control) {
        return Err(WireError::new(
            ErrorCode::InvalidRequest,
            format!(
                "say why, in {REASON_LENGTH_MIN} to {REASON_LENGTH_MAX} characters on one line; \
                 the owners read it"
            ),
        ));
    }
    Ok(reason)
}
