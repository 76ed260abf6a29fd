//! A forgotten password: an administrator makes a link, and its person chooses a new one.

use super::arrival::Arrival;
use super::{end_logins, enter, password};
use crate::app::Call;
use crate::database::{
    NewGrant, Principal, Purpose, add_grant, append_audit, commit, note_entry, remove_grants_of,
    remove_logins_of_principal, set_login_name, set_password, take_grant,
};
use crate::identity::{Secret, hash};
use crate::reply::{self, Reply};
use protocol::account::{Reset, ResetDetails, ResetLink, ResetPassword};
use protocol::workspace::Me;
use protocol::{PrincipalId, WireError};
use stdx::clock::now_ms;

/// How long a link waits to be opened: long enough to be passed on.
const LIFETIME_MS: u64 = 24 * 60 * 60 * 1000;

/// Makes a single-use link by which its person chooses a new password. Earlier ones stop working;
/// the old password works until the link is used.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/reset",
    params(("account" = String, Path)), responses((status = 200, body = ResetLink),
    (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn create(call: Call) -> Reply {
    let id = call.parameters.get("account").and_then(PrincipalId::parse);
    let id = id.ok_or_else(|| reply::not_found("account"))?;
    let now = now_ms();
    let (secret, expires_at_ms) = (Secret::draw(""), now + LIFETIME_MS);
    let mut write = call.write().await?;
    let principal = call.app.database.principal(&id).await?;
    let principal = principal.ok_or_else(|| reply::not_found("account"))?;
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok")).await?;
    if principal.login_name.is_none() {
        let free = enter::free_login_name(&mut write, &principal.name).await?;
        set_login_name(&mut write, &id, &free).await?;
    }
    remove_grants_of(&mut write, &id, Some(Purpose::Reset)).await?;
    let grant = NewGrant {
        hash: &secret.hash,
        principal: &id,
        purpose: Purpose::Reset,
        now_ms: now,
        expires_at_ms: Some(expires_at_ms),
        authenticated_at_ms: None,
    };
    add_grant(&mut write, grant).await?;
    commit(write).await?;
    let url = format!("{}/reset/{}", call.app.names.home(&call.origin), secret.plain);
    Ok(reply::json(&ResetLink { url, expires_at_ms }))
}

/// Whose password a link resets. Looking uses nothing up.
#[utoipa::path(post, path = "/api/v1/reset/details", request_body = Reset, responses(
    (status = 200, body = ResetDetails), (status = 410, body = protocol::ErrorBody),
    (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn details(mut call: Call) -> Reply {
    if let Err(refusal) = enter::take_try(&call) {
        return Ok(refusal.answer());
    }
    let body: Reset = call.json().await?;
    let principal = whose(&call, &hash(&body.grant)).await?;
    call.app.limit.give_back(call.client);
    let login_name = principal.login_name.unwrap_or_default();
    Ok(reply::json(&ResetDetails { name: principal.name, login_name }))
}

async fn whose(call: &Call, grant: &str) -> Result<Principal, WireError> {
    let id = call.app.database.grant(grant, Purpose::Reset, now_ms()).await?;
    let principal = call.app.database.principal(&id.ok_or_else(enter::expired)?).await?;
    principal.ok_or_else(enter::expired)
}

/// Sets a new password and signs this browser in. Every other browser of the person is signed out.
#[utoipa::path(post, path = "/api/v1/reset", request_body = ResetPassword, responses(
    (status = 200, body = Me, description = "Signed in; the cookie is set."),
    (status = 400, body = protocol::ErrorBody), (status = 410, body = protocol::ErrorBody),
    (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn reset(mut call: Call) -> Reply {
    if let Err(refusal) = enter::take_try(&call) {
        return Ok(refusal.answer());
    }
    let body: ResetPassword = call.json().await?;
    let grant = hash(&body.grant);
    let principal = whose(&call, &grant).await?;
    let known = [Some(principal.name.as_str()), principal.login_name.as_deref()];
    password::check(&body.password, &known.into_iter().flatten().collect::<Vec<_>>())?;
    let password_hash = call.app.passwords.hash(&body.password).await?;
    let (id, now) = (principal.id, now_ms());
    let mut write = call.write().await?;
    let taken = take_grant(&mut write, &grant, Purpose::Reset, now).await?;
    taken.filter(|it| it.principal == id).ok_or_else(enter::expired)?;
    let mut row = call.audit_row(Some(id.as_str()), "ok");
    row.principal = Some(id.to_string());
    append_audit(&mut write, row).await?;
    set_password(&mut write, &id, &password_hash, now).await?;
    note_entry(&mut write, &id, now).await?;
    // Whoever knew the old password may have made links for further browsers.
    remove_grants_of(&mut write, &id, None).await?;
    let ended = remove_logins_of_principal(&mut write, &id, true, None).await?;
    let arrival = Arrival::begin(&mut write, &call, &id, now).await?;
    let answer = arrival.finish(&call, write).await;
    end_logins(&call.app, &id, &ended);
    call.app.limit.give_back(call.client);
    answer
}
