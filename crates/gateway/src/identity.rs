//! Who is asking: cookies, tokens, and the logins behind them.
//!
//! A secret is 256 random bits; the database holds its SHA-256, so a copy of the database signs
//! nobody in, and a lookup by hash compares nothing secret byte by byte. What the database last
//! said is remembered for a moment, and for longer while the database does not answer, so that
//! running workspaces go on without it.

pub(crate) mod cookie;
pub(crate) mod origin;

use crate::app::App;
use crate::break_glass::{Accesses, Held};
use crate::database::{Database, DatabaseError, Login, Scope};
use crate::ends::Ends;
use crate::identity::origin::OwnOrigin;
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderMap, HeaderValue};
use protocol::header::Role;
use protocol::id::LoginId;
use protocol::{PrincipalId, WorkspaceId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::time::Instant;

/// What every token of a program starts with, so that it is recognised when it leaks.
pub(crate) const TOKEN_PREFIX: &str = "stead_";
/// Operator of a signed-in browser.
pub(crate) const BROWSER: &str = "browser";
/// Operator of the command line on the machine that Stead runs on.
pub(crate) const CLI: &str = "cli";
/// Operator of a program with a token that somebody made for it.
pub(crate) const TOKEN: &str = "token";
/// What the WebSocket sub-protocol that carries a token starts with.
pub(crate) const BEARER_PROTOCOL_PREFIX: &str = "bearer.";
/// How long a browser stays signed in without being used.
pub(crate) const LOGIN_LIFETIME_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// A login's end is moved at most this often, to spare the database.
const RENEWAL_INTERVAL_MS: u64 = 60 * 60 * 1000;
/// How long an answer of the database is believed without asking again. Whatever another process
/// does to a SQLite file is heard after this time; gateways on one PostgreSQL tell each other.
const FRESH: Duration = Duration::from_secs(5);
/// How long an answer is believed while the database does not answer.
const STALE: Duration = Duration::from_secs(60 * 60);
/// Answers remembered at once; far more than people use one Stead.
const REMEMBERED_MAX: usize = 10_000;
/// Cookies of our name looked at in one request; another site of the same host may have set some.
const CANDIDATES_MAX: usize = 4;

/// A verified principal, and what it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) principal: PrincipalId,
    /// How the principal is called; empty where nobody is told it, such as behind a preview.
    pub(crate) name: String,
    pub(crate) login: LoginId,
    /// Whether the principal administers this Stead. Gives no role in any workspace.
    pub(crate) administrator: bool,
    /// The program that acts for the principal.
    pub(crate) operator: String,
    pub(crate) via: Via,
    pub(crate) scope: Scope,
    /// Last use that was written down, in milliseconds since 1970; 0: none yet.
    pub(crate) seen_at_ms: u64,
    /// The login's end should be moved away, and the cookie sent again.
    pub(crate) renew: bool,
}

impl Caller {
    /// Somebody who is signed in by `login`, which came with the request in the way of `via`.
    pub(crate) fn new(login: Login, via: Via) -> Self {
        let renewable_at = |end: u64| end - LOGIN_LIFETIME_MS.min(end) + RENEWAL_INTERVAL_MS;
        let renew = via == Via::Cookie
            && login.expires_at_ms.is_some_and(|it| renewable_at(it) <= now_ms());
        Self {
            principal: login.principal,
            name: login.name,
            login: login.id,
            administrator: login.administrator,
            operator: login.operator,
            via,
            scope: login.scope,
            seen_at_ms: login.seen_at_ms,
            renew,
        }
    }

    /// A program with a token. It may not give itself more, nor speak for the person.
    pub(crate) fn is_token(&self) -> bool {
        self.operator == TOKEN
    }

    /// The role that is left of the principal's in a workspace; `None` where the token does not
    /// reach.
    pub(crate) fn bounded(&self, workspace: &WorkspaceId, role: Role) -> Option<Role> {
        let reaches = !self.scope.registry_only
            && self.scope.workspaces.as_ref().is_none_or(|it| it.contains(workspace));
        let most = if self.scope.read_only { Role::Viewer } else { Role::Owner };
        reaches.then(|| role.min(most))
    }
}

/// How the secret travelled. Only a cookie is sent by a browser on behalf of a foreign page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    Cookie,
    Bearer,
    BearerProtocol,
}

/// A new secret and what the database keeps of it.
pub(crate) struct Secret {
    pub(crate) plain: String,
    pub(crate) hash: String,
}

impl Secret {
    /// 256 random bits behind `prefix`, in characters that need no escaping in paths and headers.
    pub(crate) fn draw(prefix: &str) -> Self {
        let plain = format!("{prefix}{}", hex(&stdx::random::bytes::<32>()));
        let hash = hash(&plain);
        Self { plain, hash }
    }
}

/// What the database keeps of a secret.
pub(crate) fn hash(plain: &str) -> String {
    hex(&Sha256::digest(plain.as_bytes()))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// Finds out who is asking, and what they may do.
#[derive(Debug)]
pub(crate) struct Identity {
    database: Database,
    logins: Memory<String, Login>,
    roles: Memory<(WorkspaceId, PrincipalId), Role>,
    /// Logins that were found to last, by id.
    lasting: Memory<LoginId, ()>,
    /// What lets administrators into workspaces of others, by workspace and login.
    held: Memory<(WorkspaceId, LoginId), Held>,
    /// When the logins that were looked up expire.
    ends: Ends<LoginId>,
    pub(crate) accesses: Accesses,
}

/// What somebody may do in a workspace, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) role: Role,
    /// Set for an administrator who is no member.
    pub(crate) break_glass: Option<Box<Held>>,
}

impl Seat {
    /// The role as a member of the workspace.
    pub(crate) fn member(&self) -> Option<Role> {
        self.break_glass.is_none().then_some(self.role)
    }
}

impl Identity {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            database,
            logins: Memory::default(),
            roles: Memory::default(),
            lasting: Memory::default(),
            held: Memory::default(),
            ends: Ends::default(),
            accesses: Accesses::default(),
        }
    }

    /// The caller behind a request's headers; `None` for a stranger.
    pub(crate) async fn caller(
        &self,
        headers: &HeaderMap,
        origin: &OwnOrigin,
    ) -> Result<Option<Caller>, DatabaseError> {
        for (secret, via) in candidates(headers, origin) {
            if let Some(login) = self.login(&hash(&secret)).await? {
                return Ok(Some(Caller::new(login, via)));
            }
        }
        Ok(None)
    }

    async fn login(&self, hash: &str) -> Result<Option<Login>, DatabaseError> {
        let key = hash.to_owned();
        let ask = async { Ok(self.note_end(self.database.login(hash).await?)) };
        let login = self.logins.get(key, ask).await?;
        Ok(login.filter(|it| it.expires_at_ms.is_none_or(|end| now_ms() < end)))
    }

    /// The caller's role in the workspace; `None` when it may not know of it.
    pub(crate) async fn role(
        &self,
        workspace: &WorkspaceId,
        caller: &Caller,
    ) -> Result<Option<Role>, DatabaseError> {
        Ok(self.seat(workspace, caller).await?.map(|it| it.role))
    }

    /// The same, and whether it is by break-glass. A token never is.
    pub(crate) async fn seat(
        &self,
        workspace: &WorkspaceId,
        caller: &Caller,
    ) -> Result<Option<Seat>, DatabaseError> {
        if let Some(role) = self.member_role(workspace, caller).await? {
            return Ok(Some(Seat { role, break_glass: None }));
        }
        if !caller.administrator || caller.operator != BROWSER {
            return Ok(None);
        }
        let (login, now) = (&caller.login, now_ms());
        let ask = async {
            let asking = Box::pin(self.database.open_break_glass(workspace, login, now));
            Ok(asking.await?.as_ref().map(Held::from))
        };
        let held = self.held.get((workspace.clone(), login.clone()), ask).await?;
        let Some(held) = held.filter(|it| now < it.expires_at_ms) else { return Ok(None) };
        self.accesses.note(&held);
        Ok(Some(Seat { role: held.role, break_glass: Some(Box::new(held)) }))
    }

    async fn member_role(
        &self,
        workspace: &WorkspaceId,
        caller: &Caller,
    ) -> Result<Option<Role>, DatabaseError> {
        let principal = &caller.principal;
        // On the heap, because most of the time the answer is known.
        let ask = async {
            let asking = Box::pin(self.database.workspace(workspace, principal));
            Ok(asking.await?.map(|it| it.role))
        };
        let role = self.roles.get((workspace.clone(), principal.clone()), ask).await?;
        Ok(role.and_then(|it| caller.bounded(workspace, it)))
    }

    /// Whether a login still lasts, for what it once opened.
    pub(crate) async fn lasts(&self, id: &LoginId) -> Result<bool, DatabaseError> {
        let ask = async {
            let login = self.database.valid_login(id, now_ms()).await?;
            Ok(self.note_end(login).map(|_| ()))
        };
        Ok(self.lasting.get(id.clone(), ask).await?.is_some())
    }

    fn note_end(&self, login: Option<Login>) -> Option<Login> {
        if let Some(login) = &login {
            self.ends.set(&login.id, login.expires_at_ms);
        }
        login
    }

    /// Forgets a login that ended.
    pub(crate) fn forget_login(&self, id: &LoginId) {
        self.lasting.forget(|it, ()| it == id);
        self.logins.forget(|_, login| &login.id == id);
    }

    /// Forgets the principal's role in the workspace.
    pub(crate) fn forget_member(&self, workspace: &WorkspaceId, principal: &PrincipalId) {
        self.roles.forget(|key, _| &key.0 == workspace && &key.1 == principal);
        self.held.forget(|key, held| &key.0 == workspace && &held.principal == principal);
    }

    /// Forgets the logins of a principal whose rights changed.
    pub(crate) fn forget_principal(&self, id: &PrincipalId) {
        self.logins.forget(|_, login| &login.principal == id);
    }

    /// Forgets what a principal is a member of.
    pub(crate) fn forget_roles_of(&self, id: &PrincipalId) {
        self.roles.forget(|(_, principal), _| principal == id);
    }

    /// Forgets every answer of the database.
    pub(crate) fn forget_everything(&self) {
        self.logins.forget(|_, _| true);
        self.roles.forget(|_, _| true);
        self.lasting.forget(|_, ()| true);
        self.held.forget(|_, _| true);
    }

    /// Forgets everything about a workspace.
    pub(crate) fn forget_workspace(&self, id: &WorkspaceId) {
        self.roles.forget(|(workspace, _), _| workspace == id);
        self.held.forget(|(workspace, _), _| workspace == id);
    }
}

/// Ends what is open by logins that expire.
pub(crate) async fn watch_expiry(app: Arc<App>) {
    while let Some(over) = app.identity.ends.over(&app.scope).await {
        for login in over {
            app.identity.forget_login(&login);
            // Its end may have been moved away meanwhile, here or at another gateway.
            let lasts = app.identity.lasts(&login).await.unwrap_or_else(|error| {
                tracing::debug!(%error, "a login was not looked up; going by the clock");
                false
            });
            if !lasts {
                app.live.end_login(&login);
            }
        }
    }
}

/// The secrets a request brings, the explicit ones first.
fn candidates(headers: &HeaderMap, origin: &OwnOrigin) -> Vec<(String, Via)> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        // A request with explicit credentials is judged by them alone.
        let token = value.to_str().ok().and_then(bearer).unwrap_or_default();
        return vec![(token.to_owned(), Via::Bearer)];
    }
    if let Some(token) = offered_protocols(headers).find_map(|it| {
        it.strip_prefix(BEARER_PROTOCOL_PREFIX).filter(|it| it.starts_with(TOKEN_PREFIX))
    }) {
        return vec![(token.to_owned(), Via::BearerProtocol)];
    }
    let name = cookie::session(origin);
    cookie::values(headers, &name)
        .take(CANDIDATES_MAX)
        .map(|it| (it.to_owned(), Via::Cookie))
        .collect()
}

/// The token of an `Authorization` header; the scheme's case does not matter.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(TOKEN_PREFIX)).then_some(token)
}

/// The WebSocket sub-protocols a client offers, in order.
pub(crate) fn offered_protocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|it: &HeaderValue| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .map(str::trim)
        .filter(|it| !it.is_empty())
}

/// Answers of the database, remembered. Only positive ones, so that strangers cannot fill it.
#[derive(Debug)]
pub(crate) struct Memory<K, V> {
    entries: Mutex<HashMap<K, (V, Instant)>>,
    /// Rises whenever something is forgotten: an answer that was asked for before is not kept.
    epoch: AtomicU64,
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self { entries: Mutex::default(), epoch: AtomicU64::new(0) }
    }
}

impl<K: Hash + Eq, V: Clone> Memory<K, V> {
    /// The remembered answer, or the one that `ask` brings.
    pub(crate) async fn get(
        &self,
        key: K,
        ask: impl Future<Output = Result<Option<V>, DatabaseError>>,
    ) -> Result<Option<V>, DatabaseError> {
        let remembered = self.lock().get(&key).cloned();
        if let Some((value, at)) = &remembered
            && at.elapsed() < FRESH
        {
            return Ok(Some(value.clone()));
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        match (ask.await, remembered) {
            (Ok(Some(value)), _) => {
                let mut entries = self.lock();
                if entries.len() >= REMEMBERED_MAX {
                    entries.clear();
                }
                if self.epoch.load(Ordering::Acquire) == epoch {
                    entries.insert(key, (value.clone(), Instant::now()));
                }
                Ok(Some(value))
            }
            (Ok(None), _) => {
                self.lock().remove(&key);
                Ok(None)
            }
            (Err(DatabaseError::Away(_)), Some((value, at))) if at.elapsed() < STALE => {
                Ok(Some(value))
            }
            (Err(error), _) => Err(error),
        }
    }

    pub(crate) fn forget(&self, which: impl Fn(&K, &V) -> bool) {
        let mut entries = self.lock();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        entries.retain(|key, (value, _)| !which(key, value));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, (V, Instant)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::COOKIE;

    #[test]
    fn explicit_credentials_win_over_the_cookie() {
        let origin = |secure| OwnOrigin { secure, host: "localhost".into(), port: Some(7832) };
        let mut headers = HeaderMap::new();
        let cookies = "a=b; stead_session_7832=one; stead_session=no; stead_session_7832=two";
        headers.insert(COOKIE, HeaderValue::from_static(cookies));
        let cookies = [("one".to_owned(), Via::Cookie), ("two".to_owned(), Via::Cookie)];
        assert_eq!(candidates(&headers, &origin(false)), cookies);
        assert_eq!(candidates(&headers, &origin(true)), []);
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("stead, bearer.stead_abc"));
        let expected = [("stead_abc".to_owned(), Via::BearerProtocol)];
        assert_eq!(candidates(&headers, &origin(false)), expected);
        headers.insert(AUTHORIZATION, HeaderValue::from_static("bearer stead_def"));
        let expected = [("stead_def".to_owned(), Via::Bearer)];
        assert_eq!(candidates(&headers, &origin(false)), expected);
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic b25l"));
        assert_eq!(candidates(&headers, &origin(false)), [(String::new(), Via::Bearer)]);
    }

    #[test]
    fn a_token_has_no_more_than_its_bounds() {
        let (inside, outside) = (WorkspaceId::from_random(1), WorkspaceId::from_random(2));
        let caller = |read_only, workspaces: Option<&[WorkspaceId]>| {
            let scope =
                Scope { read_only, workspaces: workspaces.map(Into::into), ..Scope::default() };
            let login = Login {
                id: LoginId::from_random(1),
                principal: PrincipalId::from_random(1),
                name: "Ada".to_owned(),
                administrator: true,
                operator: TOKEN.to_owned(),
                scope,
                seen_at_ms: 0,
                expires_at_ms: None,
            };
            Caller::new(login, Via::Bearer)
        };
        let bounds = [inside.clone()];
        for (caller, there, elsewhere) in [
            (caller(false, None), Some(Role::Owner), Some(Role::Owner)),
            (caller(true, None), Some(Role::Viewer), Some(Role::Viewer)),
            (caller(false, Some(&bounds)), Some(Role::Owner), None),
            (caller(true, Some(&bounds)), Some(Role::Viewer), None),
            (caller(false, Some(&[])), None, None),
        ] {
            assert_eq!(caller.bounded(&inside, Role::Owner), there, "{caller:?}");
            assert_eq!(caller.bounded(&outside, Role::Owner), elsewhere, "{caller:?}");
        }
        assert_eq!(caller(true, None).bounded(&inside, Role::Viewer), Some(Role::Viewer));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_outlives_the_database_for_a_while() {
        let away = || async { Err(DatabaseError::Away(sqlx::Error::PoolTimedOut)) };
        let memory = Memory::<u8, u8>::default();
        assert_eq!(memory.get(1, async { Ok(Some(7)) }).await.unwrap(), Some(7));
        tokio::time::advance(FRESH * 2).await;
        assert_eq!(memory.get(1, away()).await.unwrap(), Some(7));
        tokio::time::advance(STALE).await;
        assert!(memory.get(1, away()).await.is_err());
    }

    #[tokio::test]
    async fn an_answer_from_before_a_revocation_is_not_kept() {
        let memory = Memory::<u8, u8>::default();
        let racing = async {
            memory.forget(|_, _| true);
            Ok(Some(7))
        };
        assert_eq!(memory.get(1, racing).await.unwrap(), Some(7));
        assert_eq!(memory.get(1, async { Ok(None) }).await.unwrap(), None);
    }
}
