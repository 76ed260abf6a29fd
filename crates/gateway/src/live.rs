//! What outlasts a request: WebSockets, event streams, downloads.
//!
//! Everything that flows on behalf of one login into one workspace holds one token, so that
//! signing out, another role, a deleted workspace or a stopping gateway cuts it at once.

use crate::identity::Caller;
use protocol::id::LoginId;
use protocol::{PrincipalId, WorkspaceId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// The tokens of a gateway. Cheap to clone; all clones are the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    all: CancellationToken,
    list: Arc<Mutex<List>>,
}

#[derive(Debug, Default)]
struct List {
    /// One entry for each login and workspace that were used together since the start.
    tokens: HashMap<Key, CancellationToken>,
    /// Rises whenever something is ended.
    epoch: u64,
}

/// What a token depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    login: LoginId,
    principal: PrincipalId,
    workspace: WorkspaceId,
}

impl Live {
    /// Cancelled when what this caller's login does in this workspace must end.
    pub(crate) fn token(&self, caller: &Caller, workspace: &WorkspaceId) -> CancellationToken {
        self.take(&mut self.lock(), caller, workspace)
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
        (list.epoch == epoch).then(|| self.take(&mut list, caller, workspace))
    }

    fn take(&self, list: &mut List, caller: &Caller, workspace: &WorkspaceId) -> CancellationToken {
        let key = Key {
            login: caller.login.clone(),
            principal: caller.principal.clone(),
            workspace: workspace.clone(),
        };
        list.tokens.entry(key).or_insert_with(|| self.all.child_token()).clone()
    }

    /// Ends what depends on a login that was signed out.
    pub(crate) fn end_login(&self, ended: &LoginId) {
        self.end_where(|it| &it.login == ended);
    }

    /// Ends what depends on a workspace that goes away.
    pub(crate) fn end_workspace(&self, ended: &WorkspaceId) {
        self.end_where(|it| &it.workspace == ended);
    }

    /// Ends what depends on a principal's role in a workspace.
    pub(crate) fn end_member(&self, workspace: &WorkspaceId, principal: &PrincipalId) {
        self.end_where(|it| &it.workspace == workspace && &it.principal == principal);
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

    fn caller(login: u128, principal: u128) -> Caller {
        Caller {
            principal: PrincipalId::from_random(principal),
            name: String::new(),
            administrator: false,
            login: LoginId::from_random(login),
            operator: String::new(),
            via: Via::Cookie,
            renew: false,
        }
    }
}
