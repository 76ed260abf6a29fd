//! What outlasts a request: WebSockets, event streams, downloads.
//!
//! Everything that flows on behalf of one login, or of one share's visitors, into one workspace
//! holds one token, so that signing out, another role, an ended share, a deleted workspace or a
//! stopping gateway cuts it at once.

use crate::guarded_body::GuardedBody;
use crate::identity::Caller;
use axum::body::{Body, Bytes};
use axum::response::Response;
use http::{Extensions, Version};
use protocol::header::Role;
use protocol::id::{LoginId, ShareId};
use protocol::{PrincipalId, WorkspaceId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stdx::TaskScope;
use tokio_util::sync::CancellationToken;

/// Answers of at most this size are written in one go, whoever reads them how slowly: what hyper
/// takes into its own memory.
const AT_ONCE_BYTES: u64 = 64 * 1024;

/// The tokens of a gateway. Cheap to clone; all clones are the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    all: CancellationToken,
    list: Arc<Mutex<List>>,
}

#[derive(Debug, Default)]
struct List {
    /// One entry for each login or share and workspace that were used together since the start.
    tokens: HashMap<Key, CancellationToken>,
    /// Rises whenever something is ended.
    epoch: u64,
}

/// What a token depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    /// `None` for visitors of a share that asks for nobody.
    login: Option<LoginId>,
    /// Whose role it is by; `None` for every visitor.
    principal: Option<PrincipalId>,
    /// The role as a member that it was judged by; `None` for whoever is no member.
    role: Option<Role>,
    /// Whether the login is a token that may only look, whatever its person's role.
    read_only: bool,
    share: Option<ShareId>,
    /// `None` for what a page is told about its own person.
    workspace: Option<WorkspaceId>,
}

impl Key {
    fn member(caller: &Caller, workspace: &WorkspaceId, role: Option<Role>) -> Self {
        let read_only = caller.scope.read_only;
        let workspace = Some(workspace.clone());
        Self { role, read_only, workspace, ..Self::person(&caller.login, &caller.principal) }
    }

    fn person(login: &LoginId, principal: &PrincipalId) -> Self {
        Self {
            login: Some(login.clone()),
            principal: Some(principal.clone()),
            role: None,
            read_only: false,
            share: None,
            workspace: None,
        }
    }

    /// Whether somebody whose role is `role` would be judged in the same way.
    fn is_by(&self, role: Option<Role>) -> bool {
        let role = role.map(|it| if self.read_only { it.min(Role::Viewer) } else { it });
        role.is_some() && self.role == role
    }

    fn is_in(&self, workspace: &WorkspaceId) -> bool {
        self.workspace.as_ref() == Some(workspace)
    }
}

impl Live {
    /// Cancelled when what this caller's login does in this workspace, with its role there, must end.
    pub(crate) fn token(
        &self,
        caller: &Caller,
        workspace: &WorkspaceId,
        role: Role,
    ) -> CancellationToken {
        self.take(&mut self.lock(), Key::member(caller, workspace, Some(role)))
    }

    /// Cancelled when a login, which was not looked up yet, may be so no longer: at every change of
    /// its person's role in the workspace too.
    pub(crate) fn token_of(
        &self,
        login: &LoginId,
        principal: &PrincipalId,
        workspace: &WorkspaceId,
    ) -> CancellationToken {
        let key = Key { workspace: Some(workspace.clone()), ..Key::person(login, principal) };
        self.take(&mut self.lock(), key)
    }

    /// Cancelled when something about the caller has changed: this login has ended, or its person has
    /// another name or other rights, here or in a workspace.
    pub(crate) fn person(&self, caller: &Caller) -> CancellationToken {
        self.take(&mut self.lock(), Key::person(&caller.login, &caller.principal))
    }

    /// Names this moment for [`Self::token_since`].
    pub(crate) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Like [`Self::token`]; `None` when something was ended since `epoch`, so that whoever looked
    /// the login and its role up before that looks again. The role is that of a member.
    pub(crate) fn token_since(
        &self,
        epoch: u64,
        caller: &Caller,
        (workspace, role): (&WorkspaceId, Option<Role>),
    ) -> Option<CancellationToken> {
        let mut list = self.lock();
        let key = Key::member(caller, workspace, role);
        (list.epoch == epoch).then(|| self.take(&mut list, key))
    }

    /// Cancelled when this visit to a share of the workspace must end; `None` when something was
    /// ended since `epoch`.
    pub(crate) fn visit_since(
        &self,
        epoch: u64,
        (share, login): (&ShareId, Option<&LoginId>),
        workspace: &WorkspaceId,
    ) -> Option<CancellationToken> {
        let mut list = self.lock();
        let key = Key {
            login: login.cloned(),
            principal: None,
            role: None,
            read_only: false,
            share: Some(share.clone()),
            workspace: Some(workspace.clone()),
        };
        (list.epoch == epoch).then(|| self.take(&mut list, key))
    }

    fn take(&self, list: &mut List, key: Key) -> CancellationToken {
        list.tokens.entry(key).or_insert_with(|| self.all.child_token()).clone()
    }

    /// Ends what depends on a login that was signed out.
    pub(crate) fn end_login(&self, ended: &LoginId) {
        self.end_where(|it| it.login.as_ref() == Some(ended));
    }

    /// Ends every visit to a share.
    pub(crate) fn end_share(&self, ended: &ShareId) {
        self.end_where(|it| it.share.as_ref() == Some(ended));
    }

    /// Ends what depends on a workspace that goes away.
    pub(crate) fn end_workspace(&self, ended: &WorkspaceId) {
        self.end_where(|it| it.is_in(ended));
    }

    /// Ends what a principal opened in a workspace with another role than the one it has now, and
    /// what tells its pages about that.
    pub(crate) fn end_member(
        &self,
        workspace: &WorkspaceId,
        principal: &PrincipalId,
        role: Option<Role>,
    ) {
        self.end_where(|it| {
            let is_its = it.principal.as_ref() == Some(principal);
            is_its && (it.workspace.is_none() || (it.is_in(workspace) && !it.is_by(role)))
        });
    }

    /// Ends what tells pages about their own person.
    pub(crate) fn end_person(&self, principal: &PrincipalId) {
        self.end_where(|it| it.workspace.is_none() && it.principal.as_ref() == Some(principal));
    }

    /// Ends everything of a principal, wherever.
    pub(crate) fn end_principal(&self, principal: &PrincipalId) {
        self.end_where(|it| it.principal.as_ref() == Some(principal));
    }

    /// Ends everything there is; what comes next is judged anew.
    pub(crate) fn end_present(&self) {
        self.end_where(|_| true);
    }

    /// Ends everything, now and from now on.
    pub(crate) fn end_all(&self) {
        self.all.cancel();
    }

    fn end_where(&self, which: impl Fn(&Key) -> bool) {
        let mut list = self.lock();
        list.epoch += 1;
        list.tokens.retain(|key, token| {
            let ends = which(key);
            if ends {
                token.cancel();
            }
            !ends
        });
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection by which a request came, for closing it in the middle of an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    cut: CancellationToken,
}

impl Connection {
    /// Resolves when the connection is to be closed at once.
    pub(crate) async fn cut(&self) {
        self.cut.cancelled().await;
    }

    /// The connection of a request, if it carries nothing but that request: one of HTTP/2 may be
    /// shared by many people behind another proxy.
    pub(crate) fn of(version: Version, extensions: &Extensions) -> Option<Self> {
        extensions.get::<Self>().filter(|_| version < Version::HTTP_2).cloned()
    }

    /// Closes the connection when `cancel` is cancelled while the answer flows. A body by itself
    /// ends only when it is asked for more, and a client that reads nothing never asks.
    pub(crate) fn follow<B>(
        self,
        response: http::Response<B>,
        cancel: CancellationToken,
        scope: &TaskScope,
    ) -> Response
    where
        B: http_body::Body<Data = Bytes, Error: Into<axum::BoxError>> + Send + Unpin + 'static,
    {
        if response.body().size_hint().upper().is_some_and(|it| it <= AT_ONCE_BYTES) {
            return response.map(Body::new);
        }
        let done = CancellationToken::new();
        let watched = done.clone();
        scope.spawn("answer", async move {
            tokio::select! {
                () = cancel.cancelled() => self.cut.cancel(),
                () = watched.cancelled() => {}
            }
        });
        response.map(|body| Body::new(GuardedBody::new(body, done.drop_guard())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Via;

    #[test]
    fn a_connection_ends_with_what_it_depends_on() {
        let live = Live::default();
        let (one, two) = (caller(1, 1), caller(2, 2));
        let (workspace, elsewhere) = (WorkspaceId::from_random(1), WorkspaceId::from_random(2));
        let tokens = [(&one, &workspace), (&two, &workspace), (&two, &elsewhere)]
            .map(|(caller, workspace)| live.token(caller, workspace, Role::Editor));
        let ended = || tokens.each_ref().map(CancellationToken::is_cancelled);
        let (epoch, here) = (live.epoch(), (&workspace, Some(Role::Editor)));
        assert!(live.token_since(epoch, &one, here).is_some());
        live.end_login(&one.login);
        assert!(live.token_since(epoch, &one, here).is_none());
        assert_eq!(ended(), [true, false, false]);
        live.end_workspace(&workspace);
        assert_eq!(ended(), [true, true, false]);
        assert!(!live.token(&two, &workspace, Role::Editor).is_cancelled());
        live.end_all();
        assert_eq!(ended(), [true, true, true]);
        assert!(live.token(&one, &workspace, Role::Editor).is_cancelled());
    }

    #[test]
    fn another_role_ends_every_login_of_its_principal_in_that_workspace() {
        let live = Live::default();
        let (here, there) = (WorkspaceId::from_random(1), WorkspaceId::from_random(2));
        let (browser, phone, other) = (caller(1, 1), caller(2, 1), caller(3, 2));
        let tokens = [(&browser, &here), (&phone, &here), (&browser, &there), (&other, &here)]
            .map(|(caller, workspace)| live.token(caller, workspace, Role::Editor));
        live.end_member(&here, &browser.principal, Some(Role::Viewer));
        let ended = tokens.each_ref().map(CancellationToken::is_cancelled);
        assert_eq!(ended, [true, true, false, false]);
    }

    #[test]
    fn what_was_opened_with_the_new_role_goes_on() {
        let live = Live::default();
        let here = WorkspaceId::from_random(1);
        let (browser, mut reader) = (caller(1, 1), caller(2, 1));
        reader.scope.read_only = true;
        let person = &browser.principal;
        let open = |caller: &Caller, role: Option<Role>| {
            live.token_since(live.epoch(), caller, (&here, role)).unwrap()
        };
        // By break-glass; the login of a preview that is looked up; with each role.
        let others = [open(&browser, None), live.token_of(&browser.login, person, &here)];
        let own = live.person(&browser);
        let tokens = [
            open(&browser, Some(Role::Viewer)),
            open(&browser, Some(Role::Editor)),
            open(&reader, Some(Role::Viewer)),
        ];
        let ended = || tokens.each_ref().map(CancellationToken::is_cancelled);
        live.end_member(&here, person, Some(Role::Editor));
        assert_eq!(ended(), [true, false, false], "a token that only looks goes on looking");
        assert!(own.is_cancelled() && others.iter().all(CancellationToken::is_cancelled));
        live.end_member(&here, person, None);
        assert_eq!(ended(), [true, true, true]);
    }

    #[test]
    fn a_visit_ends_with_its_share_and_with_the_login_that_opened_it() {
        let live = Live::default();
        let (share, other) = (ShareId::from_random(1), ShareId::from_random(2));
        let (login, workspace) = (LoginId::from_random(1), WorkspaceId::from_random(1));
        let visit = |share: &ShareId, login: Option<&LoginId>| {
            live.visit_since(live.epoch(), (share, login), &workspace).unwrap()
        };
        let (anyone, somebody) = (visit(&share, None), visit(&share, Some(&login)));
        let elsewhere = visit(&other, None);
        let ended = || [&anyone, &somebody, &elsewhere].map(CancellationToken::is_cancelled);
        live.end_login(&login);
        assert_eq!(ended(), [false, true, false]);
        live.end_share(&share);
        assert_eq!(ended(), [true, true, false]);
        assert!(!visit(&share, None).is_cancelled());
        assert!(live.visit_since(0, (&share, None), &workspace).is_none());
        live.end_workspace(&workspace);
        assert_eq!(ended(), [true, true, true]);
    }

    fn caller(login: u128, principal: u128) -> Caller {
        Caller {
            principal: PrincipalId::from_random(principal),
            name: String::new(),
            administrator: false,
            login: LoginId::from_random(login),
            operator: String::new(),
            via: Via::Cookie,
            scope: crate::database::Scope::default(),
            seen_at_ms: 0,
            renew: false,
        }
    }
}
