//! The runtime state: one value, one way to change it, a revision that rises with every change.

use crate::environment::redacted;
use crate::store::Store;
use protocol::state::{RuntimeState, SessionStatus};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use stdx::{Needles, clock};
use tokio::sync::watch;

/// Name of the record that keeps revisions rising over restarts.
const RECORD: &str = "revision.json";

/// Revisions are reserved on disk in blocks, so that a change costs no write. A kernel that comes
/// back starts at the end of the reserved block.
const BLOCK: u64 = 4096;

/// Holds the state. Cheap to clone; all clones are the same state.
#[derive(Clone)]
pub struct State {
    shared: Arc<Shared>,
}

struct Shared {
    publish: watch::Sender<Arc<RuntimeState>>,
    secrets: watch::Receiver<Needles>,
    reserve: Mutex<Reserve>,
}

/// The block of revisions that may be used without another write.
struct Reserve {
    store: Store,
    end: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct Record {
    reserved: u64,
}

impl State {
    /// Publishes `initial` with a revision above all that were published before. `secrets` are
    /// masked in whatever is published.
    pub fn open(
        store: &Store,
        mut initial: RuntimeState,
        secrets: watch::Receiver<Needles>,
    ) -> std::io::Result<Self> {
        let record: Record = store.read(RECORD)?.unwrap_or_default();
        initial.revision = record.reserved + 1;
        initial.updated_at_ms = clock::now_ms();
        let end = record.reserved + BLOCK;
        store.write(RECORD, &Record { reserved: end })?;
        let reserve = Mutex::new(Reserve { store: store.clone(), end });
        let publish = watch::Sender::new(Arc::new(initial));
        Ok(Self { shared: Arc::new(Shared { publish, secrets, reserve }) })
    }

    /// The state as it is; a value of the caller's own (S1.12).
    pub fn get(&self) -> Arc<RuntimeState> {
        Arc::clone(&self.shared.publish.borrow())
    }

    /// The state and its changes; intermediate values may be skipped (S1.13).
    pub fn subscribe(&self) -> watch::Receiver<Arc<RuntimeState>> {
        self.shared.publish.subscribe()
    }

    /// The one way to change the state. A change to an equal value is none.
    pub fn update(&self, change: impl FnOnce(&mut RuntimeState)) {
        self.shared.publish.send_if_modified(|current| {
            let mut next = RuntimeState::clone(current);
            change(&mut next);
            if next == **current {
                return false;
            }
            next = redacted(next, &self.shared.secrets.borrow());
            if next == **current {
                return false;
            }
            next.revision = current.revision + 1;
            next.updated_at_ms = clock::now_ms();
            self.reserve(next.revision);
            *current = Arc::new(next);
            true
        });
    }

    /// Whether a session is up.
    pub fn is_running(&self) -> bool {
        self.shared.publish.borrow().status == SessionStatus::Running
    }

    fn reserve(&self, revision: u64) {
        let mut reserve = self.shared.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        if revision < reserve.end {
            return;
        }
        reserve.end = revision + BLOCK;
        let record = Record { reserved: reserve.end };
        if let Err(error) = reserve.store.write(RECORD, &record) {
            tracing::warn!("revisions may repeat after a restart; their record failed: {error}");
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use protocol::WorkspaceId;
    use protocol::state::{Build, Capabilities, DevServer, Disk, Preview, Setup};

    pub(crate) fn blank() -> RuntimeState {
        RuntimeState {
            workspace_id: WorkspaceId::from_random(1),
            session_id: None,
            generation: 0,
            started_at_ms: None,
            started_by: None,
            revision: 0,
            updated_at_ms: 0,
            status: SessionStatus::Idle,
            reason: None,
            setup: Setup::default(),
            dev_server: DevServer::default(),
            build: Build::default(),
            preview: Preview::default(),
            ports: Vec::new(),
            terminals: Vec::new(),
            file_watch: protocol::state::FileWatch::default(),
            capabilities: Capabilities::default(),
            disk: Disk::default(),
        }
    }

    fn open(store: &Store) -> State {
        State::open(store, blank(), watch::Sender::default().subscribe()).unwrap()
    }

    // covers: S1.6, S1.13
    #[test]
    fn the_revision_rises_by_one_at_a_change_and_only_then() {
        let directory = tempfile::tempdir().unwrap();
        let state = open(&Store::open(directory.path()).unwrap());
        let first = state.get().revision;
        state.update(|it| it.generation = 7);
        assert_eq!(state.get().revision, first + 1);
        state.update(|it| it.generation = 7);
        assert_eq!(state.get().revision, first + 1);
    }

    // covers: S1.12
    #[test]
    fn a_reader_cannot_change_the_state() {
        let directory = tempfile::tempdir().unwrap();
        let state = open(&Store::open(directory.path()).unwrap());
        let mut copy = RuntimeState::clone(&state.get());
        copy.generation = 99;
        assert_eq!(state.get().generation, 0);
    }

    #[test]
    fn revisions_rise_over_a_restart_without_notice() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let state = open(&store);
        for generation in 1..=BLOCK + 5 {
            state.update(|it| it.generation = generation);
        }
        let last = state.get().revision;
        drop(state);
        assert!(last < open(&store).get().revision);
    }
}
