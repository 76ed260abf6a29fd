//! Who may do what in a workspace: list, change, remove, leave, hand over.
//!
//! A workspace has one owner or several, and never none. A change ends what the person has open
//! there, so that the next byte is judged by the new role.

use crate::app::Call;
use crate::database::{
    DatabaseError, Member as Row, Write, append_audit, commit, member_role, remove_member,
    set_member, settle_owner, transfer_workspace,
};
use crate::people::{attempts, enter, names};
use crate::reply::{self, Reply};
use protocol::header::Role;
use protocol::workspace::{AddMember, ChangeMember, HandOver, Member};
use protocol::{ErrorCode, PrincipalId, WireError};
use tokio::time::Instant;

/// Everybody with a role in the workspace, by name.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/members", operation_id = "list_members",
    params(("id" = String, Path)), responses((status = 200, body = Vec<Member>)))]
pub(crate) async fn list(call: Call) -> Reply {
    Ok(reply::json(&shown(&call).await?))
}

/// Makes somebody a member by the exact log-in name. Names that nobody has are told, and slow down
/// whoever tries many.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/members", operation_id = "add_member",
    params(("id" = String, Path)), request_body = AddMember, responses(
    (status = 200, body = Vec<Member>),
    (status = 404, body = protocol::ErrorBody, description = "Nobody signs in by this name."),
    (status = 409, body = protocol::ErrorBody, description = "The person is a member already."),
    (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn add(mut call: Call) -> Reply {
    let body: AddMember = call.json().await?;
    let id = call.workspace().0.clone();
    let place = attempts::place("member", call.caller().principal.as_str());
    let attempts = &call.app.people.attempts;
    if let Err(seconds) = attempts.take(place, Instant::now()) {
        return Ok(enter::too_many(seconds).answer());
    }
    let login_name = names::normal(&body.login_name);
    let found = call.app.database.credentials(&login_name).await?;
    let mut write = call.write().await?;
    let Some(person) = found.filter(|it| !it.disabled) else {
        append_audit(&mut write, call.audit_row(None, "refused")).await?;
        commit(write).await?;
        let message = "nobody signs in here by that name; it must be exact";
        return Err(WireError::new(ErrorCode::NotFound, message));
    };
    attempts.give_back(&place, Instant::now());
    if member_role(&mut write, &id, &person.id).await?.is_some() {
        let message = "this person is a member already; change the role in the list";
        return Err(WireError::new(ErrorCode::AlreadyExists, message));
    }
    set_member(&mut write, &id, &person.id, body.role).await?;
    let row = call.audit_row(Some(person.id.as_str()), "ok").with("role", body.role.as_str());
    append_audit(&mut write, row).await?;
    commit(write).await?;
    call.app.forget_member(&id, &person.id, Some(body.role));
    Ok(reply::json(&shown(&call).await?))
}

/// Gives a member another role. What the member has open here ends.
#[utoipa::path(patch, path = "/api/v1/workspaces/{id}/members/{principal}",
    operation_id = "change_member", params(("id" = String, Path), ("principal" = String, Path)),
    request_body = ChangeMember, responses((status = 200, body = Vec<Member>),
    (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody, description = "It is the last owner.")))]
pub(crate) async fn change(mut call: Call) -> Reply {
    let body: ChangeMember = call.json().await?;
    let principal = named(&call)?;
    let (mut write, before) = begin(&call, &principal).await?;
    if before != body.role {
        set_member(&mut write, call.workspace().0, &principal, body.role).await?;
        let what = format!("{principal} {} to {}", before.as_str(), body.role.as_str());
        end(&call, write, (&principal, Some(body.role)), &what).await?;
    }
    Ok(reply::json(&shown(&call).await?))
}

/// Takes a member's role away. What the member has open here ends.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/members/{principal}",
    operation_id = "remove_member", params(("id" = String, Path), ("principal" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody, description = "It is the last owner.")))]
pub(crate) async fn remove(call: Call) -> Reply {
    take_out(&call, named(&call)?).await
}

/// Gives the caller's own role back.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/leave", operation_id = "leave_workspace",
    params(("id" = String, Path)), responses((status = 204),
    (status = 409, body = protocol::ErrorBody, description = "It is the last owner.")))]
pub(crate) async fn leave(call: Call) -> Reply {
    take_out(&call, call.caller().principal.clone()).await
}

/// Makes another member the owner; the caller stays as an editor.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/owner", operation_id = "hand_over_workspace",
    params(("id" = String, Path)), request_body = HandOver,
    responses((status = 200, body = Vec<Member>), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn hand_over(mut call: Call) -> Reply {
    let body: HandOver = call.json().await?;
    let own = call.caller().principal.clone();
    if body.principal == own {
        return Err(WireError::new(ErrorCode::Conflict, "the workspace is yours already"));
    }
    let id = call.workspace().0.clone();
    let (mut write, before) = begin(&call, &body.principal).await?;
    transfer_workspace(&mut write, &id, &body.principal).await?;
    let left = member_role(&mut write, &id, &own).await?.map(|_| Role::Editor);
    if let Some(role) = left {
        set_member(&mut write, &id, &own, role).await?;
    }
    let what = format!("{own} to {}", body.principal);
    end(&call, write, (&own, left), &what).await?;
    if before != Role::Owner {
        call.app.forget_member(&id, &body.principal, Some(Role::Owner));
    }
    Ok(reply::json(&shown(&call).await?))
}

async fn take_out(call: &Call, principal: PrincipalId) -> Reply {
    let (mut write, before) = begin(call, &principal).await?;
    remove_member(&mut write, call.workspace().0, &principal).await?;
    end(call, write, (&principal, None), &format!("{principal} {}", before.as_str())).await?;
    Ok(reply::nothing())
}

/// Begins a change of a member, and gives the role it has.
async fn begin(call: &Call, principal: &PrincipalId) -> Result<(Write, Role), WireError> {
    let mut write = call.write().await?;
    let role = member_role(&mut write, call.workspace().0, principal).await?;
    Ok((write, role.ok_or_else(|| reply::not_found("member"))?))
}

/// Writes a change down, unless nobody would own the workspace after it, and ends what the member
/// has open with another role than the one that is left.
async fn end(
    call: &Call,
    mut write: Write,
    (principal, left): (&PrincipalId, Option<Role>),
    what: &str,
) -> Result<(), WireError> {
    let id = call.workspace().0;
    if !settle_owner(&mut write, id).await? {
        return Err(WireError::new(
            ErrorCode::Conflict,
            "the last owner stays the owner; make somebody else an owner first",
        ));
    }
    append_audit(&mut write, call.audit_row(Some(what), "ok")).await?;
    commit(write).await?;
    call.app.forget_member(id, principal, left);
    Ok(())
}

/// The member that the path names.
fn named(call: &Call) -> Result<PrincipalId, WireError> {
    let principal = call.parameters.get("principal").and_then(PrincipalId::parse);
    principal.ok_or_else(|| reply::not_found("member"))
}

async fn shown(call: &Call) -> Result<Vec<Member>, DatabaseError> {
    let rows = call.app.database.members(call.workspace().0).await?;
    Ok(rows
        .into_iter()
        .map(|Row { principal, name, role }| Member { principal, name, role })
        .collect())
}
