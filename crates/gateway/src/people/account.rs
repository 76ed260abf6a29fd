//! A person's own account: names and password.

use super::confirm::confirm;
use super::enter::me_of;
use super::{end_logins, names, password};
use crate::app::{Call, checked_name};
use crate::database::{
    Write, append_audit, commit, login_name_is_free, remove_grants_of, remove_logins_of_principal,
    rename_principal, set_login_name, set_password,
};
use crate::reply::{self, Reply};
use protocol::account::{ChangePassword, UpdateMe};
use protocol::audit::verb;
use protocol::workspace::Me;
use protocol::{ErrorCode, PrincipalId, WireError};
use stdx::clock::now_ms;

/// Changes what others see of the person, or what it types to sign in.
#[utoipa::path(patch, path = "/api/v1/me", request_body = UpdateMe, responses(
    (status = 200, body = Me), (status = 400, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody, description = "The log-in name is taken.")))]
pub(crate) async fn update_me(mut call: Call) -> Reply {
    let body: UpdateMe = call.json().await?;
    let id = call.caller().principal.clone();
    let name = body.name.as_deref().map(checked_name).transpose()?;
    let login_name = body.login_name.as_deref().map(names::checked).transpose()?;
    if name.is_some() || login_name.is_some() {
        let mut write = call.write().await?;
        if let Some(name) = name {
            append_audit(&mut write, call.audit_row(Some(name), "ok")).await?;
            rename_principal(&mut write, &id, name).await?;
        }
        if let Some(login_name) = login_name {
            let row = call.audit_as(const { verb("account.login_name") }, Some(&login_name), "ok");
            append_audit(&mut write, row).await?;
            claim_login_name(&mut write, &id, &login_name).await?;
        }
        commit(write).await?;
        // Its name goes to kernels with every request.
        call.app.identity.forget_principal(&id);
        call.app.live.end_person(&id);
    }
    let principal = call.app.database.principal(&id).await?;
    let principal = principal.ok_or_else(|| reply::not_found("account"))?;
    Ok(reply::json(&me_of(&call, principal)))
}

/// Sets or changes the password. Other browsers of the person are signed out; tokens stay.
#[utoipa::path(put, path = "/api/v1/me/password", request_body = ChangePassword, responses(
    (status = 204), (status = 400, body = protocol::ErrorBody),
    (status = 403, body = protocol::ErrorBody, description = "The old password is not right, or there \
     is none and the sign-in is not of just now."),
    (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn change_password(mut call: Call) -> Reply {
    let body: ChangePassword = call.json().await?;
    let caller = call.caller().clone();
    let (app, id) = (&call.app, &caller.principal);
    let principal = app.database.principal(id).await?;
    let principal = principal.ok_or_else(|| reply::not_found("account"))?;
    let known = [Some(principal.name.as_str()), principal.login_name.as_deref()];
    password::check(&body.new_password, &known.into_iter().flatten().collect::<Vec<_>>())?;
    let failed = call.audit_row(Some(id.as_str()), "failed");
    if let Some(refusal) = confirm(&call, body.old_password.as_deref(), failed).await? {
        return Ok(refusal);
    }
    let hash = app.passwords.hash(&body.new_password).await?;
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok")).await?;
    set_password(&mut write, id, &hash, now_ms()).await?;
    let ended = remove_logins_of_principal(&mut write, id, true, Some(&caller.login)).await?;
    remove_grants_of(&mut write, id, None).await?;
    commit(write).await?;
    end_logins(app, id, &ended);
    Ok(reply::nothing())
}

/// Gives the principal a log-in name, unless somebody else has it.
pub(super) async fn claim_login_name(
    write: &mut Write,
    id: &PrincipalId,
    login_name: &str,
) -> Result<(), WireError> {
    if !login_name_is_free(write, login_name, Some(id)).await? {
        return Err(name_taken(login_name));
    }
    Ok(set_login_name(write, id, login_name).await?)
}

pub(super) fn name_taken(login_name: &str) -> WireError {
    let message = format!("somebody else signs in as `{login_name}`; choose another name");
    WireError::new(ErrorCode::AlreadyExists, message)
}
