//! Invitations: links that let people in, to this Stead alone or to a workspace with a role.

use crate::app::{Call, checked_name};
use crate::database::{
    NewInvitation as Row, add_invitation, append_audit, commit, remove_invitation,
};
use crate::identity::Secret;
use crate::reply::{self, Reply};
use http::StatusCode;
use protocol::account::{
    CreateInvitation, INVITATION_LIFETIME_S_MAX, INVITATION_USES_MAX, Invitation, NewInvitation,
};
use protocol::header::Role;
use protocol::id::InvitationId;
use protocol::{ErrorCode, WireError, WorkspaceId};
use stdx::clock::now_ms;

/// How long an invitation is good when its maker says nothing: a week, to find a moment.
const LIFETIME_S: u64 = 7 * 24 * 60 * 60;
/// Most invitations in force to one workspace, and to the installation alone.
const IN_FORCE_MAX: usize = 200;

/// The invitations in force to this Stead alone.
#[utoipa::path(get, path = "/api/v1/invitations", responses((status = 200, body = Vec<Invitation>)))]
pub(crate) async fn list(call: Call) -> Reply {
    listed(&call, None).await
}

/// The invitations in force to a workspace.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/invitations", params(("id" = String, Path)),
    operation_id = "list_workspace_invitations", responses((status = 200, body = Vec<Invitation>)))]
pub(crate) async fn list_of_workspace(call: Call) -> Reply {
    listed(&call, Some(call.workspace().0)).await
}

async fn listed(call: &Call, workspace: Option<&WorkspaceId>) -> Reply {
    Ok(reply::json(&call.app.database.invitations(workspace, now_ms()).await?))
}

/// Invites people to this Stead: whoever opens the link may make an account.
#[utoipa::path(post, path = "/api/v1/invitations", request_body = CreateInvitation, responses(
    (status = 201, body = NewInvitation), (status = 400, body = protocol::ErrorBody)))]
pub(crate) async fn create(mut call: Call) -> Reply {
    let body: CreateInvitation = call.json().await?;
    if body.role.is_some() {
        return refuse("a role belongs to an invitation to a workspace");
    }
    made(&call, body, None).await
}

/// Invites people to a workspace: whoever opens the link becomes a member, with an account that is
/// there already or a new one.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/invitations", params(("id" = String, Path)),
    operation_id = "create_workspace_invitation", request_body = CreateInvitation, responses(
    (status = 201, body = NewInvitation), (status = 400, body = protocol::ErrorBody)))]
pub(crate) async fn create_to_workspace(mut call: Call) -> Reply {
    let body: CreateInvitation = call.json().await?;
    let Some(role) = body.role else {
        return refuse("say which role the invited get: owner, editor or viewer");
    };
    made(&call, body, Some((call.workspace().0, role))).await
}

async fn made(
    call: &Call,
    body: CreateInvitation,
    workspace: Option<(&WorkspaceId, Role)>,
) -> Reply {
    let note = match body.note.trim() {
        "" => "",
        note => checked_name(note)?,
    };
    let expires_in_s = body.expires_in_s.unwrap_or(LIFETIME_S);
    if expires_in_s == 0 || INVITATION_LIFETIME_S_MAX < expires_in_s {
        return refuse("an invitation lasts from one second to 90 days");
    }
    let uses_max = body.uses_max.unwrap_or(1);
    if uses_max == 0 || INVITATION_USES_MAX < uses_max {
        return refuse("an invitation is for 1 to 1000 people");
    }
    let now = now_ms();
    let id = workspace.map(|(id, _)| id);
    if IN_FORCE_MAX <= call.app.database.invitations(id, now).await?.len() {
        let message = format!("{IN_FORCE_MAX} invitations are in force here; revoke some");
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    let (id, secret) = (InvitationId::from_random(stdx::random::bits()), Secret::draw(""));
    let creator = call.app.database.principal(&call.caller().principal).await?;
    let creator = creator.ok_or_else(|| reply::not_found("account"))?;
    let row = Row {
        id: &id,
        hash: &secret.hash,
        note,
        workspace,
        created_by: &creator.id,
        now_ms: now,
        expires_at_ms: now + expires_in_s * 1000,
        uses_max,
    };
    let object = match workspace {
        Some((_, role)) => format!("{id} {}", role.as_str()),
        None => id.to_string(),
    };
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(Some(&object), "ok")).await?;
    add_invitation(&mut write, row).await?;
    commit(write).await?;
    let (workspace, role) = workspace.map(|(id, role)| (id.clone(), role)).unzip();
    let invitation = Invitation {
        id,
        note: note.to_owned(),
        workspace,
        role,
        created_by: creator.id,
        created_by_name: creator.name,
        created_at_ms: now,
        expires_at_ms: now + expires_in_s * 1000,
        uses: 0,
        uses_max,
    };
    let url = format!("{}/join/{}", call.app.names.home(&call.origin), secret.plain);
    Ok(reply::json_with(StatusCode::CREATED, &NewInvitation { invitation, url }))
}

/// Takes an invitation to this Stead back. Whoever came by it stays.
#[utoipa::path(delete, path = "/api/v1/invitations/{invitation}",
    params(("invitation" = String, Path)), responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn revoke(call: Call) -> Reply {
    revoked(&call, None).await
}

/// Takes an invitation to a workspace back. Whoever came by it stays a member.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/invitations/{invitation}",
    operation_id = "revoke_workspace_invitation",
    params(("id" = String, Path), ("invitation" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn revoke_of_workspace(call: Call) -> Reply {
    revoked(&call, Some(call.workspace().0)).await
}

async fn revoked(call: &Call, workspace: Option<&WorkspaceId>) -> Reply {
    let id = call.parameters.get("invitation").and_then(InvitationId::parse);
    let id = id.ok_or_else(|| reply::not_found("invitation"))?;
    let mut write = call.write().await?;
    if !remove_invitation(&mut write, &id, workspace).await? {
        return Err(reply::not_found("invitation"));
    }
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok")).await?;
    commit(write).await?;
    Ok(reply::nothing())
}

fn refuse(message: &str) -> Reply {
    Err(WireError::new(ErrorCode::InvalidRequest, message))
}
