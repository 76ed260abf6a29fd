//! Signing in and out: single-use links, the cookie, and tokens for programs.

use crate::account;
use crate::app::{App, Call};
use crate::database::{
    Database, DatabaseError, NewLogin, Principal, add_grant, add_login, append_audit, clear_grants,
    commit, note_entry, remove_login, remove_logins_of, take_grant,
};
use crate::identity::{LOGIN_LIFETIME_MS, Secret, TOKEN_PREFIX, Via, cookie, hash};
use crate::reply::{self, Reply};
use axum::response::Response;
use http::HeaderValue;
use http::header::SET_COOKIE;
use protocol::id::LoginId;
use protocol::workspace::Me;
use protocol::{ErrorCode, PrincipalId, WireError};
use serde::{Deserialize, Serialize};
use stdx::clock::now_ms;
use tokio::time::Instant;
use utoipa::ToSchema;

/// How long a link waits to be opened; enough to pick up the other device.
const LINK_LIFETIME_MS: u64 = 10 * 60 * 1000;
/// Added to a link while nobody has entered: the page asks the first one for a name.
const FIRST: &str = "?first";
/// Operator of the token that the command line uses.
const CLI: &str = "cli";
/// Operator of a signed-in browser.
const BROWSER: &str = "browser";

/// Body of `POST /api/v1/enter`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enter {
    /// What stands behind `/enter/` in the link.
    grant: String,
    /// How the person wants to be called; heard on the first time only.
    name: Option<String>,
}

/// Answer of `POST /api/v1/links`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Link {
    /// Signs in whoever opens it first.
    url: String,
    /// Milliseconds since 1970.
    expires_at_ms: u64,
}

/// Swaps a single-use link for a signed-in browser.
#[utoipa::path(post, path = "/api/v1/enter", request_body = Enter, responses(
    (status = 200, body = Me, description = "Signed in; the cookie is set."),
    (status = 410, body = protocol::ErrorBody, description = "The link was used or has expired."),
    (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn enter(mut call: Call) -> Reply {
    if let Err(seconds) = call.app.limit.take(call.client, Instant::now()) {
        let error = WireError::new(ErrorCode::RateLimited, "too many tries; wait a moment");
        return Ok(reply::refuse_for(error, seconds));
    }
    let body: Enter = call.json().await?;
    let name = match body.name.as_deref().map(str::trim).filter(|it| !it.is_empty()) {
        Some(name) => Some(account::checked_name(name)?),
        None => None,
    };
    let Some((principal, secret)) = sign_in(&call, &body.grant, name).await? else {
        return Err(WireError::new(
            ErrorCode::LinkExpired,
            "this link was used already or has expired; ask for a new one",
        ));
    };
    let principal = call.app.database.principal(&principal).await?;
    let principal = principal.ok_or_else(|| reply::not_found("principal"))?;
    let mut response = reply::json(&me_of(&call, principal));
    set_cookie(&mut response, &cookie::set(&secret, call.origin.secure));
    Ok(response)
}

/// Uses up the grant and makes a login, in one transaction; `None` when the grant is no good.
async fn sign_in(
    call: &Call,
    grant: &str,
    name: Option<&str>,
) -> Result<Option<(PrincipalId, String)>, DatabaseError> {
    let now = now_ms();
    let mut write = call.app.database.write().await?;
    let Some(principal) = take_grant(&mut write, &hash(grant), now).await? else {
        return Ok(None);
    };
    note_entry(&mut write, &principal, name, now).await?;
    let (id, secret) = (LoginId::from_random(stdx::random::bits()), Secret::draw(""));
    let login = NewLogin {
        id: &id,
        hash: &secret.hash,
        principal: &principal,
        operator: BROWSER,
        now_ms: now,
        expires_at_ms: Some(now + LOGIN_LIFETIME_MS),
    };
    add_login(&mut write, login).await?;
    let mut row = call.audit_row(Some(id.as_str()), "ok");
    row.principal = Some(principal.to_string());
    row.operator = Some(BROWSER.to_owned());
    append_audit(&mut write, row).await?;
    commit(write).await?;
    Ok(Some((principal, secret.plain)))
}

/// Signs this browser or program out, and ends what it has open.
#[utoipa::path(post, path = "/api/v1/leave", responses((status = 204)))]
pub(crate) async fn leave(call: Call) -> Reply {
    let login = call.caller().login.clone();
    let mut write = call.app.database.write().await?;
    append_audit(&mut write, call.audit_row(Some(login.as_str()), "ok")).await?;
    remove_login(&mut write, &login).await?;
    commit(write).await?;
    call.app.identity.forget_login(&login);
    call.app.live.end_login(&login);
    let mut response = reply::nothing();
    set_cookie(&mut response, &cookie::clear(call.origin.secure));
    Ok(response)
}

/// Who is signed in. A browser that asks stays signed in for another thirty days.
#[utoipa::path(get, path = "/api/v1/me", responses((status = 200, body = Me)))]
pub(crate) async fn me(call: Call) -> Reply {
    let caller = call.caller();
    let principal = call.app.database.principal(&caller.principal).await?;
    let principal = principal.ok_or_else(|| reply::not_found("principal"))?;
    let mut response = reply::json(&me_of(&call, principal));
    if caller.via == Via::Cookie && caller.renew {
        let now = now_ms();
        let renewed =
            call.app.database.renew_login(&caller.login, now, now + LOGIN_LIFETIME_MS).await;
        match (renewed, presented_cookie(&call)) {
            (Ok(()), Some(secret)) => {
                set_cookie(&mut response, &cookie::set(&secret, call.origin.secure));
                call.app.identity.forget_login(&caller.login);
            }
            (Err(error), _) => tracing::debug!(%error, "a login was not renewed"),
            (Ok(()), None) => {}
        }
    }
    Ok(response)
}

/// Makes a single-use link that signs in another device of the same person.
#[utoipa::path(post, path = "/api/v1/links", responses((status = 200, body = Link)))]
pub(crate) async fn create_link(call: Call) -> Reply {
    let now = now_ms();
    let (secret, expires_at_ms) = (Secret::draw(""), now + LINK_LIFETIME_MS);
    let mut write = call.app.database.write().await?;
    append_audit(&mut write, call.audit_row(None, "ok")).await?;
    let principal = &call.caller().principal;
    add_grant(&mut write, &secret.hash, principal, now, Some(expires_at_ms)).await?;
    commit(write).await?;
    let mut url = link(&call.origin.named(), &secret);
    if call.app.database.owner(now).await?.entered_at_ms.is_none() {
        url.push_str(FIRST);
    }
    Ok(reply::json(&Link { url, expires_at_ms }))
}

/// What a person is told about itself.
pub(crate) fn me_of(call: &Call, principal: Principal) -> Me {
    Me {
        id: principal.id,
        name: principal.name,
        administrator: principal.administrator,
        preview_origin: call.preview_origin().unwrap_or_default(),
        version: call.app.config.version.clone(),
    }
}

/// The secret of the cookie by which the caller was recognised.
fn presented_cookie(call: &Call) -> Option<String> {
    let name = cookie::name(call.origin.secure);
    let headers = call.head.headers.get_all(http::header::COOKIE);
    let mut values = headers
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|header| cookie::values(header, name));
    let first = values.next()?;
    // With several of our name it is not known which one was good.
    values.next().is_none().then(|| first.to_owned())
}

fn set_cookie(response: &mut Response, cookie: &str) {
    let value = HeaderValue::from_str(cookie).expect("a cookie of hexadecimal digits is a header");
    response.headers_mut().append(SET_COOKIE, value);
}

fn link(origin: &str, secret: &Secret) -> String {
    format!("{origin}/enter/{}", secret.plain)
}

/// The owner's first link; `None` when the owner has been here. Earlier first links stop working.
pub(crate) async fn first_link(
    database: &Database,
    origin: &str,
) -> Result<Option<String>, DatabaseError> {
    let now = now_ms();
    let owner = database.owner(now).await?;
    if owner.entered_at_ms.is_some() {
        return Ok(None);
    }
    let secret = Secret::draw("");
    let mut write = database.write().await?;
    clear_grants(&mut write, now).await?;
    add_grant(&mut write, &secret.hash, &owner.id, now, None).await?;
    commit(write).await?;
    Ok(Some(format!("{}{FIRST}", link(origin, &secret))))
}

/// A further link for the owner, from the machine's console.
pub(crate) async fn owner_link(app: &App, origin: &str) -> Result<String, DatabaseError> {
    let now = now_ms();
    let owner = app.database.owner(now).await?;
    let secret = Secret::draw("");
    let mut write = app.database.write().await?;
    add_grant(&mut write, &secret.hash, &owner.id, now, Some(now + LINK_LIFETIME_MS)).await?;
    commit(write).await?;
    Ok(link(origin, &secret))
}

/// The token of the command line: `existing` if it is good, else a new one that takes its place.
pub(crate) async fn cli_token(
    database: &Database,
    existing: Option<&str>,
) -> Result<String, DatabaseError> {
    if let Some(existing) = existing
        && database.login(&hash(existing)).await?.is_some_and(|it| it.operator == CLI)
    {
        return Ok(existing.to_owned());
    }
    let now = now_ms();
    let owner = database.owner(now).await?;
    let (id, secret) = (LoginId::from_random(stdx::random::bits()), Secret::draw(TOKEN_PREFIX));
    let mut write = database.write().await?;
    remove_logins_of(&mut write, CLI).await?;
    let login = NewLogin {
        id: &id,
        hash: &secret.hash,
        principal: &owner.id,
        operator: CLI,
        now_ms: now,
        expires_at_ms: None,
    };
    add_login(&mut write, login).await?;
    commit(write).await?;
    Ok(secret.plain)
}
