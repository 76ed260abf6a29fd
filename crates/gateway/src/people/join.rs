//! Taking an invitation: by somebody who is signed in, or with a new account.

use super::arrival::Arrival;
use super::{account, enter, names, password};
use crate::app::{self, Call};
use crate::database::{
    Invited, NewPrincipal, Write, add_principal, append_audit, commit, find_invitation,
    login_name_is_free, member_role, set_member, use_invitation,
};
use crate::identity::hash;
use crate::reply::{self, Reply};
use protocol::account::{Join, JoinAccount, JoinDetails, Joined};
use protocol::audit::verb;
use protocol::workspace::Me;
use protocol::{PrincipalId, WireError};
use stdx::clock::now_ms;

/// What an invitation is to. Looking uses nothing up.
#[utoipa::path(post, path = "/api/v1/join/details", request_body = Join, responses(
    (status = 200, body = JoinDetails), (status = 410, body = protocol::ErrorBody),
    (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn details(mut call: Call) -> Reply {
    if let Err(refusal) = enter::take_try(&call) {
        return Ok(refusal.answer());
    }
    let body: Join = call.json().await?;
    let invited = call.app.database.invited(&hash(&body.invitation), now_ms()).await?;
    let Invited { workspace, inviter, expires_at_ms, .. } = invited.ok_or_else(enter::expired)?;
    call.app.limit.give_back(call.client);
    let (workspace, role, workspace_name) = match workspace {
        Some((id, role, name)) => (Some(id), Some(role), Some(name)),
        None => (None, None, None),
    };
    Ok(reply::json(&JoinDetails {
        invited_by: inviter,
        workspace,
        workspace_name,
        role,
        expires_at_ms,
    }))
}

/// Takes an invitation with the account that is signed in.
#[utoipa::path(post, path = "/api/v1/join", request_body = Join, responses(
    (status = 200, body = Joined), (status = 410, body = protocol::ErrorBody),
    (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn join(mut call: Call) -> Reply {
    if let Err(refusal) = enter::take_try(&call) {
        return Ok(refusal.answer());
    }
    let body: Join = call.json().await?;
    let principal = call.caller().principal.clone();
    let mut write = call.write().await?;
    let invited = find_invitation(&mut *write, &hash(&body.invitation), now_ms()).await?;
    let invited = invited.ok_or_else(enter::expired)?;
    take(&mut write, &call, &invited, &principal).await?;
    commit(write).await?;
    call.app.limit.give_back(call.client);
    let workspace = invited.workspace.map(|(id, _, _)| id);
    if let Some(id) = &workspace {
        call.app.identity.forget_workspace(id);
    }
    Ok(reply::json(&Joined { workspace }))
}

/// Takes an invitation with a new account, and signs its browser in.
#[utoipa::path(post, path = "/api/v1/join/account", request_body = JoinAccount, responses(
    (status = 200, body = Me, description = "Signed in; the cookie is set."),
    (status = 409, body = protocol::ErrorBody, description = "The log-in name is taken."),
    (status = 410, body = protocol::ErrorBody), (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn join_with_account(mut call: Call) -> Reply {
    if let Err(refusal) = enter::take_try(&call) {
        return Ok(refusal.answer());
    }
    let body: JoinAccount = call.json().await?;
    let (invitation, now) = (hash(&body.invitation), now_ms());
    // Nobody computes hashes here without an invitation.
    call.app.database.invited(&invitation, now).await?.ok_or_else(enter::expired)?;
    let name = app::checked_name(&body.name)?;
    let login_name = names::checked(&body.login_name)?;
    password::check(&body.password, &[name, &login_name])?;
    let password_hash = call.app.passwords.hash(&body.password).await?;

    let mut write = call.write().await?;
    let invited = find_invitation(&mut *write, &invitation, now).await?;
    let invited = invited.ok_or_else(enter::expired)?;
    if !login_name_is_free(&mut write, &login_name, None).await? {
        return Err(account::name_taken(&login_name));
    }
    let id = PrincipalId::from_random(stdx::random::bits());
    let new = NewPrincipal {
        id: &id,
        name,
        login_name: &login_name,
        email: None,
        password_hash: Some(&password_hash),
        now_ms: now,
    };
    add_principal(&mut write, new).await?;
    let mut row = call.audit_as(const { verb("account.create") }, Some(id.as_str()), "ok");
    row.principal = Some(id.to_string());
    append_audit(&mut write, row).await?;
    take(&mut write, &call, &invited, &id).await?;
    let arrival = Arrival::begin(&mut write, &call, &id, now).await?;
    let answer = arrival.finish(&call, write).await;
    call.app.limit.give_back(call.client);
    answer
}

/// Uses the invitation for this principal. Who has a higher role in the workspace keeps it, and an
/// invitation that would change nothing is not used up.
pub(crate) async fn take(
    write: &mut Write,
    call: &Call,
    invited: &Invited,
    principal: &PrincipalId,
) -> Result<(), WireError> {
    if let Some((workspace, role, _)) = &invited.workspace {
        if member_role(write, workspace, principal).await?.is_some_and(|it| *role <= it) {
            return Ok(());
        }
        set_member(write, workspace, principal, *role).await?;
    }
    if !use_invitation(write, &invited.id).await? {
        return Err(enter::expired());
    }
    let object = match &invited.workspace {
        Some((_, role, _)) => format!("{} {}", invited.id, role.as_str()),
        None => invited.id.to_string(),
    };
    let mut row = call.audit_as(const { verb("invitation.accept") }, Some(&object), "ok");
    row.principal = Some(principal.to_string());
    row.workspace = invited.workspace.as_ref().map(|(id, _, _)| id.to_string());
    Ok(append_audit(write, row).await?)
}
