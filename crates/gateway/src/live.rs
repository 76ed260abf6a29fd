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
    share: Option<ShareId>,
    /// `None` for what a page is told about its own person.
    workspace: Option<WorkspaceId>,
}

impl Key {
    fn member(login: &LoginId, principal: &PrincipalId, workspace: &WorkspaceId) -> Self {
        Self { workspace: Some(workspace.clone()), ..Self::person(login, principal) }
    }

    fn person(login: &LoginId, principal: &PrincipalId) -> Self {
        Self {
            login: Some(login.clone()),
            principal: Some(principal.clone()),
            share: None,
            workspace: None,
        }
    }

    fn is_in(&self, workspace: &WorkspaceId) -> bool {
        self.workspace.as_ref() == Some(workspace)
    }
}

impl Live {
    /// Cancelled when what this caller's login does in this workspace must end.
    pub(crate) fn token(&self, caller: &Caller, workspace: &WorkspaceId) -> CancellationToken {
        self.take(&mut self.lock(), Key::member(&caller.login, &caller.principal, workspace))
    }

    /// The same, for a login that was not looked up yet.
    pub(crate) fn token_of(
        &self,
        login: &LoginId,
        principal: &PrincipalId,
        workspace: &WorkspaceId,
    ) -> CancellationToken {
        self.take(&mut self.lock(), Key::member(login, principal, workspace))
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
    /// the login and its role up before that looks again.
    pub(crate) fn token_since(
        &self,
        epoch: u64,
        caller: &Caller,
        workspace: &WorkspaceId,
    ) -> Option<CancellationToken> {
        let mut list = self.lock();
        let key = Key::member(&caller.login, &caller.principal, workspace);
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

    /// Ends what depends on a principal's role in a workspace.
    pub(crate) fn end_member(&self, workspace: &WorkspaceId, principal: &PrincipalId) {
        self.end_where(|it| {
            (it.is_in(workspace) || it.workspace.is_none())
                && it.principal.as_ref() == Some(principal)
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
            .map(|(caller, workspace)| live.token(caller, workspace));
        let ended = || tokens.each_ref().map(CancellationToken::is_cancelled);
        let epoch = live.epoch();
        assert!(live.token_since(epoch, &one, &workspace).is_some());
        live.end_login(&one.login);
        assert!(live.token_since(epoch, &one, &workspace).is_none());
        assert_eq!(ended(), [true, false, false]);
        live.end_workspace(&workspace);
        assert_eq!(ended(), [true, true, false]);
        assert!(!live.token(&two, &workspace).is_cancelled());
        live.end_all();
        assert_eq!(ended(), [true, true, true]);
        assert!(live.token(&one, &workspace).is_cancelled());
    }

    #[test]
    fn another_role_ends_every_login_of_its_principal_in_that_workspace() {
        let live = Live::default();
        let (here, there) = (WorkspaceId::from_random(1), WorkspaceId::from_random(2));
        let (browser, phone, other) = (caller(1, 1), caller(2, 1), caller(3, 2));
        let tokens = [(&browser, &here), (&phone, &here), (&browser, &there), (&other, &here)]
            .map(|(caller, workspace)| live.token(caller, workspace));
        live.end_member(&here, &browser.principal);
        let ended = tokens.each_ref().map(CancellationToken::is_cancelled);
        assert_eq!(ended, [true, true, false, false]);
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
