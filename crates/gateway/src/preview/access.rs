//! Who may see a preview: the login and the role behind a cookie or a token, at every request.

use crate::app::{App, Call};
use crate::database::{DatabaseError, Login};
use crate::identity::origin::OwnOrigin;
use crate::identity::{BEARER_PROTOCOL_PREFIX, Caller, TOKEN_PREFIX, Via, offered_protocols};
use crate::preview::seal::{self, Pass};
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use protocol::header::Role;
use protocol::id::LoginId;
use protocol::{PrincipalId, WireError, WorkspaceId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a login is believed without asking the database again. A sign-out in this process is
/// heard at once.
const FRESH: Duration = Duration::from_secs(5);
/// How long it is believed while the database does not answer.
const STALE: Duration = Duration::from_secs(60 * 60);
/// Logins remembered at once, each with one workspace.
const REMEMBERED_MAX: usize = 10_000;
/// Preview cookies looked at in one request; apps may have set some of the same name.
const CANDIDATES_MAX: usize = 4;

/// On whose behalf a workspace's app is asked, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) workspace: WorkspaceId,
    /// In whose name the kernel is asked what its preview shows, and by which program.
    pub(crate) principal: PrincipalId,
    pub(crate) name: String,
    pub(crate) operator: String,
    pub(crate) role: Role,
    /// Cancelled when access ends.
    pub(crate) cancel: CancellationToken,
}

impl Guest {
    /// The caller of a row about a workspace.
    pub(super) fn of(call: &Call) -> Self {
        Self::member(call.caller(), call.workspace(), call.cancel.clone())
    }

    /// A member of the workspace.
    fn member(
        caller: &Caller,
        (workspace, role): (&WorkspaceId, Role),
        cancel: CancellationToken,
    ) -> Self {
        Self {
            workspace: workspace.clone(),
            principal: caller.principal.clone(),
            name: caller.name.clone(),
            operator: caller.operator.clone(),
            role,
            cancel,
        }
    }

    /// Whether every port is the guest's to see. Others see the port that the preview shows: a
    /// debugger or a database tool of the workspace may change whatever it likes.
    pub(super) fn may_choose_port(&self) -> bool {
        Role::Editor <= self.role
    }
}

/// A member who may see a workspace's preview.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub(super) guest: Guest,
    pub(super) login: LoginId,
    pub(super) via: Via,
    /// The cookie should be sent again.
    pub(super) renew_cookie: bool,
}

impl Visitor {
    fn new(caller: Caller, of: (&WorkspaceId, Role), cancel: CancellationToken) -> Self {
        let guest = Guest::member(&caller, of, cancel);
        Self { guest, login: caller.login, via: caller.via, renew_cookie: false }
    }
}

/// Logins that were found valid, and the token that says when they no longer are.
#[derive(Debug, Default)]
pub(super) struct Access {
    known: Mutex<HashMap<(LoginId, WorkspaceId), Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    login: Login,
    cancel: CancellationToken,
    at: Instant,
}

impl Access {
    pub(super) fn forget(&self, workspace: &WorkspaceId) {
        self.lock().retain(|(_, it), _| it != workspace);
    }

    /// The login, and the token of what it does in the workspace; `None` when it was signed out.
    async fn known(
        &self,
        app: &App,
        (login, principal): (&LoginId, &PrincipalId),
        workspace: &WorkspaceId,
    ) -> Result<Option<Known>, DatabaseError> {
        let key = (login.clone(), workspace.clone());
        let known = self.lock().get(&key).filter(|it| !it.cancel.is_cancelled()).cloned();
        if let Some(known) = &known
            && known.at.elapsed() < FRESH
        {
            return Ok(Some(known.clone()));
        }
        // Taken before the database is asked, so that a sign-out in between is not missed.
        let cancel = app.live.token_of(login, principal, workspace);
        let login = Box::pin(app.database.valid_login(login, now_ms())).await;
        match (login.map(|it| it.filter(|it| &it.principal == principal)), known) {
            (Ok(Some(login)), _) => {
                let known = Known { login, cancel, at: Instant::now() };
                let mut all = self.lock();
                if REMEMBERED_MAX <= all.len() {
                    all.clear();
                }
                all.insert(key, known.clone());
                Ok(Some(known))
            }
            (Ok(None), _) => {
                self.lock().remove(&key);
                Ok(None)
            }
            (Err(DatabaseError::Away(_)), Some(known)) if known.at.elapsed() < STALE => {
                Ok(Some(known))
            }
            (Err(error), _) => Err(error),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(LoginId, WorkspaceId), Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever the headers speak for, if the preview is theirs to see.
pub(super) async fn visitor(
    app: &Arc<App>,
    (label, workspace): (&str, &WorkspaceId),
    headers: &HeaderMap,
    origin: &OwnOrigin,
) -> Result<Option<Visitor>, WireError> {
    if brings_token(headers) {
        return Box::pin(admit(app, workspace, Proof::Token(headers, origin))).await;
    }
    let cookies = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
    let sealed: Vec<seal::Sealed> = cookies
        .flat_map(seal::candidates)
        .filter_map(|it| app.previews.seal.open(label, it))
        .take(CANDIDATES_MAX)
        .collect();
    for it in sealed {
        let Pass::Member { login, principal } = &it.pass else { continue };
        let visitor = admit(app, workspace, Proof::Cookie(login, principal)).await?;
        if let Some(visitor) = visitor {
            return Ok(Some(Visitor { renew_cookie: it.is_old, ..visitor }));
        }
    }
    Ok(None)
}

/// What a visitor brings.
#[derive(Clone, Copy)]
enum Proof<'a> {
    /// A token of the platform.
    Token(&'a HeaderMap, &'a OwnOrigin),
    /// What the preview's own cookie holds.
    Cookie(&'a LoginId, &'a PrincipalId),
}

/// Lets whoever it is see the preview, if it may. Whatever is revoked while this looks is seen on
/// the next round.
async fn admit(
    app: &App,
    workspace: &WorkspaceId,
    proof: Proof<'_>,
) -> Result<Option<Visitor>, WireError> {
    loop {
        let epoch = app.live.epoch();
        let caller = match proof {
            Proof::Token(headers, origin) => app.identity.caller(headers, origin).await?,
            Proof::Cookie(login, principal) => {
                let known = app.previews.access.known(app, (login, principal), workspace).await?;
                known.map(|it| Caller::new(it.login, Via::Cookie))
            }
        };
        let Some(caller) = caller else { return Ok(None) };
        let Some(seat) = app.identity.seat(workspace, &caller).await? else { return Ok(None) };
        let of = (workspace, seat.member());
        if let Some(cancel) = app.live.token_since(epoch, &caller, of) {
            return Ok(Some(Visitor::new(caller, (workspace, seat.role), cancel)));
        }
    }
}

/// Whether a program speaks for itself, with a token of the platform. An app's own
/// `Authorization` says nothing here.
fn brings_token(headers: &HeaderMap) -> bool {
    let is_ours = |value: &str| {
        value.split_once(' ').is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer") && token.trim().starts_with(TOKEN_PREFIX)
        })
    };
    let in_header = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok()).is_some_and(is_ours);
    in_header
        || offered_protocols(headers).any(|it| {
            it.strip_prefix(BEARER_PROTOCOL_PREFIX).is_some_and(|it| it.starts_with(TOKEN_PREFIX))
        })
}
