//! Signing in with a name and a password.
//!
//! Whatever is wrong, the name, the password or the account, the answer and the work for it are
//! the same: one query, one hash, one write.

use super::arrival::Arrival;
use super::attempts::{account_wait, place};
use super::{enter, names};
use crate::app::Call;
use crate::database::{Credentials, append_audit, commit, note_failures};
use crate::limit::network;
use crate::reply::{self, Reply};
use protocol::account::{PASSWORD_LENGTH_MAX, SignIn, SignInMethods};
use protocol::workspace::Me;
use protocol::{ErrorCode, WireError};
use stdx::clock::now_ms;
use tokio::time::Instant;

/// The ways into this Stead.
#[utoipa::path(get, path = "/api/v1/sign-in", responses((status = 200, body = SignInMethods)))]
pub(crate) async fn methods(call: Call) -> Reply {
    let owner = call.app.database.owner(now_ms()).await?;
    Ok(reply::json(&SignInMethods {
        password: call.app.database.has_passwords().await?,
        first_start: owner.entered_at_ms.is_none(),
        providers: call.app.oidc.offered(),
    }))
}

/// Signs a browser in by a log-in name and a password.
#[utoipa::path(post, path = "/api/v1/sign-in", request_body = SignIn, responses(
    (status = 200, body = Me, description = "Signed in; the cookie is set."),
    (status = 401, body = protocol::ErrorBody), (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn sign_in(mut call: Call) -> Reply {
    if let Err(refusal) = enter::take_try(&call) {
        return Ok(refusal.answer());
    }
    let body: SignIn = call.json().await?;
    let login_name = names::normal(&body.login_name);
    let (app, device) = (&call.app, call.app.people.devices.open(&call.head.headers, &call.origin));
    let from = match &device {
        Some(device) => device.nonce.clone(),
        None => network(call.client).to_string(),
    };
    let place = place(&login_name, &from);
    if let Err(seconds) = app.people.attempts.take(place, Instant::now()) {
        return Ok(enter::too_many(seconds).answer());
    }
    if PASSWORD_LENGTH_MAX < body.password.chars().count() {
        return Err(refused());
    }
    let found = app.database.credentials(&login_name).await?;
    let hash = found.as_ref().and_then(|it| it.password_hash.as_deref());
    let is_right = app.passwords.matches(&body.password, hash).await?;
    let now = now_ms();
    let may_enter = |it: &Credentials| {
        let is_known = device.as_ref().is_some_and(|device| device.principal == it.id);
        !it.disabled && (is_known || it.locked_until_ms <= now)
    };
    let arrived = found.as_ref().filter(|it| is_right && may_enter(it));

    let mut write = app.database.write().await?;
    let Some(credentials) = arrived else {
        let (failures, until) = after_failure(found.as_ref(), now);
        note_failures(&mut write, &login_name, failures, until).await?;
        // Not what was typed: some people type their password there.
        let who = found.as_ref().map_or("unknown name", |it| it.id.as_str());
        append_audit(&mut write, call.audit_row(Some(who), "failed")).await?;
        commit(write).await?;
        return Err(refused());
    };
    if 0 < credentials.failures {
        note_failures(&mut write, &login_name, 0, 0).await?;
    }
    let arrival = Arrival::begin(&mut write, &call, &credentials.id, now).await?;
    let answer = arrival.finish(&call, write).await;
    call.app.people.attempts.clear(&place);
    call.app.limit.give_back(call.client);
    answer
}

/// How many wrong passwords there were in a row, and until when browsers that are not known wait.
/// Tries during the wait do not make it longer.
fn after_failure(found: Option<&Credentials>, now_ms: u64) -> (u32, u64) {
    match found {
        Some(it) if now_ms < it.locked_until_ms => (it.failures, it.locked_until_ms),
        Some(it) => {
            let failures = it.failures.saturating_add(1);
            let wait = u64::try_from(account_wait(failures).as_millis()).unwrap_or(u64::MAX);
            (failures, if wait == 0 { 0 } else { now_ms.saturating_add(wait) })
        }
        None => (0, 0),
    }
}

fn refused() -> WireError {
    WireError::new(
        ErrorCode::Unauthenticated,
        "this name and password do not go together, or password sign-in is paused after too many \
         wrong tries; check them and try again, or use a link",
    )
}
