//! What outlasts a request: WebSockets, event streams, downloads.
//!
//! Everything that flows on behalf of one login into one workspace holds one token, so that
//! signing out, a deleted workspace or a stopping gateway cuts it at once.

use protocol::WorkspaceId;
use protocol::id::LoginId;
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
    tokens: HashMap<(LoginId, WorkspaceId), CancellationToken>,
    /// Rises whenever something is ended.
    epoch: u64,
}

impl Live {
    /// Cancelled when what this login does in this workspace must end.
    pub(crate) fn token(&self, login: &LoginId, workspace: &WorkspaceId) -> CancellationToken {
        self.take(&mut self.lock(), login, workspace)
    }

    /// Names this moment for [`Self::token_since`].
    pub(crate) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Like [`Self::token`]; `None` when something was ended since `epoch`, so that whoever looked
    /// the login up before that looks again.
    pub(crate) fn token_since(
        &self,
        epoch: u64,
        login: &LoginId,
        workspace: &WorkspaceId,
    ) -> Option<CancellationToken> {
        let mut list = self.lock();
        (list.epoch == epoch).then(|| self.take(&mut list, login, workspace))
    }

    fn take(&self, list: &mut List, login: &LoginId, workspace: &WorkspaceId) -> CancellationToken {
        list.tokens
            .entry((login.clone(), workspace.clone()))
            .or_insert_with(|| self.all.child_token())
            .clone()
    }

    /// Ends what depends on a login that was signed out.
    pub(crate) fn end_login(&self, ended: &LoginId) {
        self.end_where(|login, _| login == ended);
    }

    /// Ends what depends on a workspace that goes away.
    pub(crate) fn end_workspace(&self, ended: &WorkspaceId) {
        self.end_where(|_, workspace| workspace == ended);
    }

    /// Ends everything, now and from now on.
    pub(crate) fn end_all(&self) {
        self.all.cancel();
    }

    fn end_where(&self, which: impl Fn(&LoginId, &WorkspaceId) -> bool) {
        let mut list = self.lock();
        list.epoch += 1;
        list.tokens.retain(|(login, workspace), token| {
            let ends = which(login, workspace);
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

    #[test]
    fn a_connection_ends_with_what_it_depends_on() {
        let live = Live::default();
        let (login, other) = (LoginId::from_random(1), LoginId::from_random(2));
        let (workspace, elsewhere) = (WorkspaceId::from_random(1), WorkspaceId::from_random(2));
        let one = live.token(&login, &workspace);
        let two = live.token(&other, &workspace);
        let three = live.token(&other, &elsewhere);
        let ended = || [&one, &two, &three].map(CancellationToken::is_cancelled);
        let epoch = live.epoch();
        assert!(live.token_since(epoch, &login, &workspace).is_some());
        live.end_login(&login);
        assert!(live.token_since(epoch, &login, &workspace).is_none());
        assert_eq!(ended(), [true, false, false]);
        live.end_workspace(&workspace);
        assert_eq!(ended(), [true, true, false]);
        assert!(!live.token(&other, &workspace).is_cancelled());
        live.end_all();
        assert_eq!(ended(), [true, true, true]);
        assert!(live.token(&login, &workspace).is_cancelled());
    }
}
