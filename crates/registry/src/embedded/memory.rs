//! Keeps an embedded runtime in memory, as long as its process lives.

use super::Store;
use super::machine::{
    Applied, Command, EmbeddedError, EventPage, RuntimeRecord, RuntimeStatus, TranscriptPage, View,
    WorkerRecord, WorkerStatus, decide, started,
};
use async_trait::async_trait;
use protocol::registry::{EVENTS_BACKLOG, WorkerEvent, WorkerTranscriptItem};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};
use tokio::sync::watch;

/// The memory of one runtime.
#[derive(Debug)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct Kept {
    runtime: RuntimeRecord,
    /// By id, which rises with the time of making.
    workers: BTreeMap<String, (WorkerRecord, Vec<WorkerTranscriptItem>)>,
    /// The newest ones.
    events: VecDeque<WorkerEvent>,
}

impl MemoryStore {
    /// A runtime that starts now.
    pub fn new(id: &str, display_name: Option<&str>, now_ms: u64) -> Self {
        let event = started(now_ms);
        let runtime = RuntimeRecord {
            id: id.to_owned(),
            display_name: display_name.map(str::to_owned),
            status: RuntimeStatus::Running,
            last_event: event.event_id,
        };
        let events = VecDeque::from([event]);
        let kept = Kept { runtime, workers: BTreeMap::new(), events };
        Self { kept: Mutex::new(kept), changes: watch::Sender::new(0) }
    }

    fn lock(&self) -> Result<MutexGuard<'_, Kept>, EmbeddedError> {
        self.kept.lock().map_err(|_| EmbeddedError::StatePoisoned)
    }
}

impl Kept {
    fn view(&self, command: &Command) -> View {
        let found = command.worker_id().and_then(|it| self.workers.get(it));
        let is_running = |it: &WorkerRecord| it.status == WorkerStatus::Running;
        View {
            status: self.runtime.status,
            last_event: self.runtime.last_event,
            created: self.workers.len() as u64,
            running: self.workers.values().filter(|it| is_running(&it.0)).count(),
            worker: found.map(|it| it.0.clone()),
            transcript_length: found.map_or(0, |it| it.1.len()),
        }
    }

    fn keep(&mut self, applied: &Applied) {
        if let Some(status) = applied.status {
            self.runtime.status = status;
        }
        if let Some(worker) = &applied.worker {
            let entry = self.workers.entry(worker.id.clone());
            let (kept, items) = entry.or_insert_with(|| (worker.clone(), Vec::new()));
            kept.clone_from(worker);
            items.extend(applied.item.clone());
        }
        if let Some(event) = &applied.event {
            self.runtime.last_event = event.event_id;
            self.events.push_back(event.clone());
            while EVENTS_BACKLOG < self.events.len() as u64 {
                self.events.pop_front();
            }
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn runtime(&self) -> Result<RuntimeRecord, EmbeddedError> {
        Ok(self.lock()?.runtime.clone())
    }

    async fn workers(&self, limit: usize) -> Result<Vec<WorkerRecord>, EmbeddedError> {
        Ok(self.lock()?.workers.values().rev().take(limit).map(|it| it.0.clone()).collect())
    }

    async fn worker(&self, worker_id: &str) -> Result<Option<WorkerRecord>, EmbeddedError> {
        Ok(self.lock()?.workers.get(worker_id).map(|it| it.0.clone()))
    }

    async fn apply(&self, command: Command) -> Result<Applied, EmbeddedError> {
        let applied = {
            let mut kept = self.lock()?;
            let applied = decide(&kept.view(&command), &command)?;
            kept.keep(&applied);
            applied
        };
        self.changes.send_modify(|it| *it += 1);
        Ok(applied)
    }

    async fn transcript(
        &self,
        worker_id: &str,
        start: usize,
        limit: usize,
    ) -> Result<TranscriptPage, EmbeddedError> {
        let kept = self.lock()?;
        let (_, items) = kept.workers.get(worker_id).ok_or(EmbeddedError::WorkerNotFound)?;
        let page = items.iter().skip(start).take(limit).cloned().collect();
        Ok(TranscriptPage { items: page, total: items.len() })
    }

    async fn events(
        &self,
        worker_id: &str,
        after: u64,
        limit: usize,
    ) -> Result<EventPage, EmbeddedError> {
        let kept = self.lock()?;
        let concerns =
            |it: &&WorkerEvent| it.worker_id.as_deref().is_none_or(|named| named == worker_id);
        let newer = kept.events.iter().filter(|it| after < it.event_id).filter(concerns);
        let events = newer.take(limit).cloned().collect();
        Ok(EventPage { events, last: kept.runtime.last_event })
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
