//! What every part of a kernel shares: configuration, state, journal, records, settings.

use crate::config::Config;
use crate::endings::Endings;
use crate::environment::Environment;
use crate::journal::Journal;
use crate::outbox::{Fact, Outbox};
use crate::settings::SettingsCell;
use crate::state::State;
use crate::store::Store;
use protocol::event::{Event, EventKind};
use std::sync::Arc;
use stdx::{TaskScope, clock};

/// Cheap to clone; all clones are the same kernel.
#[derive(Clone)]
pub struct Context {
    pub config: Arc<Config>,
    pub state: State,
    pub journal: Journal,
    /// What the audit log of the gateway must have; see [`Context::note`].
    pub outbox: Outbox,
    pub store: Store,
    pub settings: SettingsCell,
    pub environment: Environment,
    pub endings: Endings,
    /// Tasks that live as long as the kernel.
    pub scope: TaskScope,
}

/// On whose behalf something happens; nobody's when the kernel does it by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    pub principal: Option<String>,
    pub operator: Option<String>,
}

impl By {
    /// The kernel itself.
    pub fn kernel() -> Self {
        Self::default()
    }
}

impl Context {
    /// The one way for an event to leave (S1.59): numbered, written, shown to everyone who reads.
    pub fn emit(&self, by: &By, kind: EventKind) {
        let session_id = self.state.get().session_id.clone();
        self.journal.append(Event {
            seq: 0,
            time_ms: clock::now_ms(),
            session_id,
            principal: by.principal.clone(),
            operator: by.operator.clone(),
            kind,
        });
    }
}

impl Context {
    /// The one way into the audit log from here: for what happens without a request of its own,
    /// summed up where it happens often. Survives the end of this process.
    pub fn note(&self, by: &By, fact: Fact) {
        let session_id = self.state.get().session_id.clone();
        self.outbox.append(by, session_id, fact);
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A context over a temporary directory, for tests of its parts.

    use super::*;
    use crate::state::tests::blank;

    pub(crate) fn context() -> (Context, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("state")).unwrap();
        let root = directory.path().join("workspace");
        std::fs::create_dir(&root).unwrap();
        let state = blank();
        let config = Config {
            init: false,
            ..Config::inherited(state.workspace_id.clone(), root, directory.path().to_owned())
        };
        let environment = Environment::new(&config);
        let context = Context {
            config: Arc::new(config),
            state: State::open(&store, state, environment.secrets()).unwrap(),
            journal: Journal::open(&store, environment.secrets()).unwrap(),
            outbox: Outbox::open(&store).unwrap(),
            settings: SettingsCell::open(&store).unwrap(),
            environment,
            endings: Endings::default(),
            store,
            scope: TaskScope::default(),
        };
        (context, directory)
    }
}
