//! Single-use links that sign in, signing out, and who is signed in.

use super::arrival::{Arrival, set_cookie};
use super::{account, end_logins, names, password};
use crate::app::{self, App, Call};
use crate::database::{
    Database, DatabaseError, NewGrant, NewLogin, Principal, Purpose, Scope, Write, add_grant,
    add_login, append_audit, clear_grants, commit, login_name_is_free, note_entry,
    remove_grants_of, remove_login, remove_logins_of, rename_principal, set_login_name,
    set_password, take_grant,
};
use crate::identity::{CLI, LOGIN_LIFETIME_MS, Secret, TOKEN_PREFIX, Via, cookie, hash};
use crate::reply::{self, Reply};
use protocol::audit::verb;
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

/// Body of `POST /api/v1/enter`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enter {
    /// What stands behind `/enter/` in the link.
    grant: String,
    /// How the person wants to be called. This and what follows is heard on the first time only.
    name: Option<String>,
    /// What the person will type to sign in; made from the name when absent.
    login_name: Option<String>,
    /// A password can be set later as well.
    password: Option<String>,
}

/// Answer of `POST /api/v1/links`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Link {
    /// Signs in whoever opens it first.
    url: String,
    /// Milliseconds since 1970.
    expires_at_ms: u64,
}

/// Takes one of the tries that an address has for guessing; gone is gone until it is given back.
pub(crate) fn take_try(call: &Call) -> Result<(), reply::Refusal> {
    let taken = call.app.limit.take(call.client, Instant::now());
    taken.map_err(too_many)
}

/// 429, and when to come back.
pub(crate) fn too_many(seconds: u64) -> reply::Refusal {
    let message = format!("too many tries; wait {seconds} seconds");
    reply::Refusal::after(WireError::new(ErrorCode::RateLimited, message), seconds)
}

pub(crate) fn expired() -> WireError {
    WireError::new(
        ErrorCode::LinkExpired,
        "this link was used already or has expired; ask for a new one",
    )
}

/// Swaps a single-use link for a signed-in browser.
#[utoipa::path(post, path = "/api/v1/enter", request_body = Enter, responses(
    (status = 200, body = Me, description = "Signed in; the cookie is set."),
    (status = 409, body = protocol::ErrorBody, description = "The log-in name is taken."),
    (status = 410, body = protocol::ErrorBody, description = "The link was used or has expired."),
    (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn enter(mut call: Call) -> Reply {
    if let Err(refusal) = take_try(&call) {
        return Ok(refusal.answer());
    }
    let body: Enter = call.json().await?;
    let grant = hash(&body.grant);
    // Looked at before it is used up, so that a name that will not do leaves the link as it is.
    let found = call.app.database.grant(&grant, Purpose::Enter, now_ms()).await?;
    let found = found.ok_or_else(expired)?;
    let principal = call.app.database.principal(&found).await?.ok_or_else(expired)?;
    let chosen = Chosen::read(&call, &principal, &body).await?;

    let now = now_ms();
    let mut write = call.write().await?;
    let taken = take_grant(&mut write, &grant, Purpose::Enter, now).await?;
    let taken = taken.filter(|it| it.principal == principal.id).ok_or_else(expired)?;
    chosen.write(&mut write, &call, &principal).await?;
    note_entry(&mut write, &principal.id, now).await?;
    let authenticated_at_ms = taken.authenticated_at_ms.unwrap_or(now);
    let arrival = Arrival::begin(&mut write, &call, &principal.id, authenticated_at_ms).await?;
    let answer = arrival.finish(&call, write).await;
    call.app.limit.give_back(call.client);
    answer
}

/// What the first one here chose to be called and to sign in with.
#[derive(Default)]
struct Chosen {
    name: Option<String>,
    login_name: Option<String>,
    password_hash: Option<String>,
}

impl Chosen {
    async fn read(call: &Call, principal: &Principal, body: &Enter) -> Result<Self, WireError> {
        if principal.entered_at_ms.is_some() {
            return Ok(Self::default());
        }
        let name = body.name.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let name = match name {
            Some(name) => Some(app::checked_name(name)?.to_owned()),
            None => None,
        };
        let login_name = match &body.login_name {
            Some(login_name) => Some(names::checked(login_name)?),
            None => None,
        };
        let password_hash = match &body.password {
            Some(text) => {
                let known = [name.as_deref(), login_name.as_deref()];
                let known: Vec<&str> = known.into_iter().flatten().collect();
                password::check(text, &known)?;
                Some(call.app.passwords.hash(text).await?)
            }
            None => None,
        };
        Ok(Self { name, login_name, password_hash })
    }

    async fn write(
        self,
        write: &mut Write,
        call: &Call,
        principal: &Principal,
    ) -> Result<(), WireError> {
        let id = &principal.id;
        if let Some(name) = &self.name {
            rename_principal(write, id, name).await?;
        }
        match self.login_name {
            Some(chosen) => account::claim_login_name(write, id, &chosen).await?,
            None if principal.login_name.is_none() => {
                let name = self.name.as_deref().unwrap_or(&principal.name);
                let free = free_login_name(write, name).await?;
                set_login_name(write, id, &free).await?;
            }
            None => {}
        }
        if let Some(hash) = self.password_hash {
            set_password(write, id, &hash, now_ms()).await?;
            let mut row = call.audit_as(const { verb("password.change") }, Some(id.as_str()), "ok");
            row.principal = Some(id.to_string());
            append_audit(write, row).await?;
        }
        Ok(())
    }
}

/// A log-in name made from a name or an address that nobody has.
pub(crate) async fn free_login_name(
    write: &mut Write,
    name: &str,
) -> Result<String, DatabaseError> {
    for candidate in names::candidates(name) {
        if login_name_is_free(write, &candidate, None).await? {
            return Ok(candidate);
        }
    }
    Err(DatabaseError::Corrupt("every log-in name is taken".to_owned()))
}

/// Signs this browser or program out, and ends what it has open.
#[utoipa::path(post, path = "/api/v1/leave", responses((status = 204)))]
pub(crate) async fn leave(call: Call) -> Reply {
    let caller = call.caller();
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(Some(caller.login.as_str()), "ok")).await?;
    remove_login(&mut write, &caller.login, &caller.principal).await?;
    remove_grants_of(&mut write, &caller.principal, Some(Purpose::Enter)).await?;
    commit(write).await?;
    end_logins(&call.app, &caller.principal, std::slice::from_ref(&caller.login));
    let mut response = reply::nothing();
    set_cookie(&mut response, &cookie::clear_session(&call.origin));
    Ok(response)
}

/// Who is signed in. A browser that asks stays signed in for another thirty days.
#[utoipa::path(get, path = "/api/v1/me", responses((status = 200, body = Me)))]
pub(crate) async fn me(call: Call) -> Reply {
    let caller = call.caller();
    let principal = call.app.database.principal(&caller.principal).await?;
    let principal = principal.ok_or_else(|| reply::not_found("account"))?;
    let mut response = reply::json(&me_of(&call, principal));
    if caller.via == Via::Cookie && caller.renew {
        let renewed = call.app.database.renew_login(&caller.login, now_ms() + LOGIN_LIFETIME_MS);
        match (renewed.await, presented_cookie(&call)) {
            (Ok(()), Some(secret)) => {
                set_cookie(&mut response, &cookie::set_session(&secret, &call.origin));
                call.app.identity.forget_login(&caller.login);
            }
            (Err(error), _) => tracing::debug!(%error, "a login was not renewed"),
            (Ok(()), None) => {}
        }
    }
    Ok(response)
}

/// Makes a single-use link that signs in another device of the same person. It proves no more than
/// the sign-in that it was made with; the command line's has access to the machine.
#[utoipa::path(post, path = "/api/v1/links", responses((status = 200, body = Link)))]
pub(crate) async fn create_link(call: Call) -> Reply {
    let now = now_ms();
    let (secret, expires_at_ms) = (Secret::draw(""), now + LINK_LIFETIME_MS);
    let caller = call.caller();
    let authenticated_at_ms = match caller.operator.as_str() {
        CLI => None,
        _ => Some(call.app.database.authenticated_at(&caller.login).await?),
    };
    let principal = &caller.principal;
    let grant = to_enter(&secret, principal, now, Some(expires_at_ms));
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(None, "ok")).await?;
    add_grant(&mut write, NewGrant { authenticated_at_ms, ..grant }).await?;
    commit(write).await?;
    let mut url = link(&call.app.names.home(&call.origin), &secret);
    let principal = call.app.database.principal(principal).await?;
    if principal.is_some_and(|it| it.entered_at_ms.is_none()) {
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
        login_name: principal.login_name,
        email: principal.email,
        has_password: principal.has_password,
        preview_origin: call.preview_origin().unwrap_or_default(),
        version: call.app.config.version.clone(),
    }
}

/// The secret of the cookie by which the caller was recognised.
fn presented_cookie(call: &Call) -> Option<String> {
    let name = cookie::session(&call.origin);
    let mut values = cookie::values(&call.head.headers, &name);
    let first = values.next()?;
    // With several of our name it is not known which one was good.
    values.next().is_none().then(|| first.to_owned())
}

const fn to_enter<'a>(
    secret: &'a Secret,
    principal: &'a PrincipalId,
    now_ms: u64,
    expires_at_ms: Option<u64>,
) -> NewGrant<'a> {
    let hash = secret.hash.as_str();
    NewGrant {
        hash,
        principal,
        purpose: Purpose::Enter,
        now_ms,
        expires_at_ms,
        authenticated_at_ms: None,
    }
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
    add_grant(&mut write, to_enter(&secret, &owner.id, now, None)).await?;
    commit(write).await?;
    Ok(Some(format!("{}{FIRST}", link(origin, &secret))))
}

/// A further link for the owner, from the machine's console.
pub(crate) async fn owner_link(app: &App, origin: &str) -> Result<String, DatabaseError> {
    let now = now_ms();
    let owner = app.database.owner(now).await?;
    let secret = Secret::draw("");
    let mut write = app.database.write().await?;
    let expires_at_ms = Some(now + LINK_LIFETIME_MS);
    add_grant(&mut write, to_enter(&secret, &owner.id, now, expires_at_ms)).await?;
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
    remove_logins_of(&mut write, CLI, now.saturating_sub(LOGIN_LIFETIME_MS)).await?;
    let login = NewLogin {
        id: &id,
        hash: &secret.hash,
        principal: &owner.id,
        operator: CLI,
        device: None,
        address: None,
        name: None,
        scope: &Scope::default(),
        now_ms: now,
        authenticated_at_ms: 0,
        seen_at_ms: now,
        expires_at_ms: None,
    };
    add_login(&mut write, login).await?;
    commit(write).await?;
    Ok(secret.plain)
}
