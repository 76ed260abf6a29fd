//! The sessions of a manager and their leases. Decides; does no IO and reads no clock.
//!
//! ```text
//!          begin            see                 see, end
//! (none) ───────▶ starting ──────▶ running … ───────────────▶ stopped, error ──▶ (dropped)
//!                    │                 │  ▲                       ▲
//!                    │ fail            │  └── seen again ── error: heartbeat
//!                    ▼                 ▼ lease over               │
//!                undone: (none)    stopped, with a duty ──────────┘
//! ```
//!
//! A session is a lease of what the kernel runs: it names the generation that it stands for, and
//! what is seen of another generation is not its own. A [`Duty`] is something that must still
//! happen in the world on its behalf; it outlives the manager's process and is done until it is
//! done. Only then is the session dropped.

use protocol::WorkspaceId;
use protocol::manager::{LeaseState, is_dev_server_running};
use protocol::state::{DevServerStatus, PreviewStatus, RuntimeState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What a session says whose machine did not answer (U0.6).
pub(crate) const HEARTBEAT_FAILED: &str = "Runtime worker heartbeat failed";
/// What a session says whose lease ran out (U0.6).
pub(crate) const LEASE_EXPIRED: &str = "Lease expired";
const DISPLACED: &str = "another session was started in the workspace";
const PROCESSES_GONE: &str = "what ran in the session is gone: its kernel ended";

/// Now, by a clock that nobody sets and by the one on the wall.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Instant,
    pub(crate) wall_ms: u64,
}

/// One session.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    /// As its client calls the workspace.
    pub(crate) workspace: String,
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) leased_by: String,
    pub(crate) state: LeaseState,
    /// The kernel's session that this one stands for, once there is one.
    pub(crate) generation: Option<u64>,
    /// Generation that the kernel had when the start was about to be asked for.
    pub(crate) generation_before: Option<u64>,
    /// Whether that was started for this session; what ran before is not ended by the lease's end.
    pub(crate) is_own: bool,
    /// The workspace did not exist before the start.
    pub(crate) is_fresh: bool,
    pub(crate) duty: Option<Duty>,
    pub(crate) last_error: Option<String>,
    pub(crate) updated_at_ms: u64,
    #[serde(skip)]
    pub(crate) is_dev_server_running: bool,
    #[serde(skip)]
    pub(crate) preview_port: Option<u16>,
    /// Its machine did not answer when it was last asked: it may run all the same.
    heartbeat_lost: bool,
    /// It had ended when the last tick came.
    #[serde(skip)]
    seen_ended: bool,
    /// Renewed by whoever asks. A manager that was away grants a whole one.
    #[serde(skip)]
    lease_until: Option<Instant>,
}

/// What must still happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Duty {
    /// The manager ended in the middle of a start: look how far it came.
    Recover,
    /// A start failed: what it made goes away.
    Undo,
    /// The lease is over: what it stands for ends.
    Stop,
}

/// What was seen of a workspace's kernel.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    Kernel(Box<RuntimeState>),
    /// No kernel is awake, so nothing runs.
    Asleep,
    /// Nobody answered.
    Unreachable,
}

/// What somebody wants to start.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) id: String,
    pub(crate) workspace: String,
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) leased_by: String,
    pub(crate) is_fresh: bool,
}

/// Every session there is.
#[derive(Debug)]
pub(crate) struct Sessions {
    lease: Duration,
    by_id: BTreeMap<String, Session>,
}

impl Session {
    /// Whether something may run for it.
    pub(crate) fn is_live(&self) -> bool {
        match self.state {
            LeaseState::Starting | LeaseState::Running | LeaseState::Stopping => true,
            LeaseState::Error => self.heartbeat_lost,
            LeaseState::Stopped => false,
        }
    }

    /// Whether what the kernel has came after the start was asked for.
    pub(crate) fn is_started_by_it(&self, state: &RuntimeState) -> bool {
        self.generation_before.is_some_and(|it| it < state.generation)
    }

    /// Whether something runs for it, where that is newer than what its machine told, which was of
    /// the generation `told`.
    fn runs(&self, told: u64) -> Option<bool> {
        let generation = self.generation?;
        if told < generation {
            return Some(self.is_live());
        }
        // A lease that ends takes nothing along that was not its own.
        let was_ended = self.is_own || self.last_error.is_none();
        let is_over = !self.is_live() && self.duty.is_none() && was_ended;
        (generation == told && is_over).then_some(false)
    }

    fn change(&mut self, moment: Moment, state: LeaseState, last_error: Option<String>) {
        if self.state != state || self.last_error != last_error {
            self.updated_at_ms = moment.wall_ms;
        }
        (self.state, self.last_error) = (state, last_error);
    }

    fn end(&mut self, moment: Moment, state: LeaseState, why: Option<&str>) {
        (self.is_dev_server_running, self.preview_port) = (false, None);
        self.heartbeat_lost = false;
        self.change(moment, state, why.map(str::to_owned));
    }

    fn see(&mut self, moment: Moment, seen: &Seen) {
        if self.duty.is_some() || !self.is_live() {
            return;
        }
        match seen {
            Seen::Unreachable => {
                self.heartbeat_lost = true;
                self.change(moment, LeaseState::Error, Some(HEARTBEAT_FAILED.to_owned()));
            }
            Seen::Asleep if self.state == LeaseState::Stopping => {
                self.end(moment, LeaseState::Stopped, None);
            }
            Seen::Asleep => self.end(moment, LeaseState::Error, Some(PROCESSES_GONE)),
            Seen::Kernel(state) if self.generation.is_some_and(|it| it != state.generation) => {
                self.end(moment, LeaseState::Stopped, Some(DISPLACED));
            }
            Seen::Kernel(state) => self.follow(moment, state),
        }
    }

    fn follow(&mut self, moment: Moment, state: &RuntimeState) {
        self.heartbeat_lost = false;
        self.generation = Some(state.generation);
        let running = is_dev_server_running(state.dev_server.status);
        let shown = state.preview.status == PreviewStatus::Running;
        let port = state.preview.port.filter(|_| shown);
        if (self.is_dev_server_running, self.preview_port) != (running, port) {
            self.updated_at_ms = moment.wall_ms;
        }
        (self.is_dev_server_running, self.preview_port) = (running, port);
        // That there is nothing to run yet is no error of a session.
        let app = Some(&state.dev_server).filter(|it| it.status == DevServerStatus::Failed);
        let why = state.reason.clone().or_else(|| app?.reason.clone());
        self.change(moment, state.status.into(), why);
    }
}

impl Sessions {
    /// The sessions that an earlier manager left, each with a whole lease.
    pub(crate) fn restore(lease: Duration, sessions: Vec<Session>, now: Instant) -> Self {
        let by_id = sessions.into_iter().map(|mut it| {
            it.lease_until = Some(now + lease);
            if it.state == LeaseState::Starting && it.duty.is_none() {
                it.duty = Some(Duty::Recover);
            }
            (it.id.clone(), it)
        });
        Self { lease, by_id: by_id.collect() }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Session> {
        self.by_id.values()
    }

    /// The session for which something may run in a workspace; there is at most one.
    pub(crate) fn live(&self, workspace: &WorkspaceId) -> Option<&Session> {
        self.all().find(|it| it.workspace_id == *workspace && it.is_live() && it.duty.is_none())
    }

    /// Whether a session runs in a workspace, where that is newer than what its machine told, which
    /// was of the generation `told`.
    pub(crate) fn runs(&self, workspace: &WorkspaceId, told: u64) -> Option<bool> {
        let known = self.all().filter(|it| it.workspace_id == *workspace);
        known.max_by_key(|it| it.generation)?.runs(told)
    }

    /// What is to be done for a workspace before anything else may happen there.
    pub(crate) fn duties(&self, workspace: Option<&WorkspaceId>) -> Vec<Session> {
        let all = self.all().filter(|it| it.duty.is_some());
        all.filter(|it| workspace.is_none_or(|id| it.workspace_id == *id)).cloned().collect()
    }

    /// Makes a session that starts. Whatever was known of the workspace's earlier ones is over.
    pub(crate) fn begin(&mut self, moment: Moment, wanted: Wanted) {
        let session = Session {
            id: wanted.id.clone(),
            workspace: wanted.workspace,
            workspace_id: wanted.workspace_id,
            leased_by: wanted.leased_by,
            state: LeaseState::Starting,
            generation: None,
            generation_before: None,
            is_own: false,
            is_fresh: wanted.is_fresh,
            duty: None,
            last_error: None,
            updated_at_ms: moment.wall_ms,
            is_dev_server_running: false,
            preview_port: None,
            heartbeat_lost: false,
            seen_ended: false,
            lease_until: Some(moment.now + self.lease),
        };
        self.by_id.insert(wanted.id, session);
    }

    /// The kernel is about to be asked to start; until now it has come to this generation.
    pub(crate) fn begins_after(&mut self, id: &str, generation: u64) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.generation_before = Some(generation);
        }
    }

    /// The start came to a good end: the kernel runs this.
    pub(crate) fn began(&mut self, moment: Moment, id: &str, state: &RuntimeState) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.duty = None;
            session.is_fresh = false;
            session.is_own = session.is_started_by_it(state);
            session.follow(moment, state);
        }
    }

    /// There is work in the storage that was made for it: it is not undone with the start.
    pub(crate) fn was_used(&mut self, id: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.is_fresh = false;
        }
    }

    /// Gives a session something that must happen.
    pub(crate) fn oblige(&mut self, moment: Moment, id: &str, duty: Duty, why: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.duty = Some(duty);
            let state = if duty == Duty::Stop { LeaseState::Stopped } else { LeaseState::Error };
            session.end(moment, state, Some(why));
        }
    }

    /// A duty is done. Nothing is left of an undone start, not even the session.
    pub(crate) fn fulfil(&mut self, id: &str) {
        let Some(session) = self.by_id.get_mut(id) else { return };
        match session.duty.take() {
            Some(Duty::Undo) => drop(self.by_id.remove(id)),
            Some(Duty::Recover | Duty::Stop) | None => {}
        }
    }

    /// Takes note of what was seen.
    pub(crate) fn see(&mut self, moment: Moment, id: &str, seen: &Seen) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.see(moment, seen);
        }
    }

    /// Somebody wants the session to go on.
    pub(crate) fn renew(&mut self, now: Instant, id: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.lease_until = Some(now + self.lease);
        }
    }

    /// Somebody stopped it, and it is.
    pub(crate) fn stopped(&mut self, moment: Moment, id: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.end(moment, LeaseState::Stopped, None);
        }
    }

    /// One turn of the reconcile loop: drops what had ended at the last one, and ends leases that
    /// are over. What is seen of the live ones follows.
    pub(crate) fn tick(&mut self, moment: Moment) {
        self.by_id.retain(|_, it| it.is_live() || it.duty.is_some() || !it.seen_ended);
        for session in self.by_id.values_mut() {
            let is_over = session.lease_until.is_none_or(|it| it <= moment.now);
            if session.duty.is_none() && session.is_live() && is_over {
                session.end(moment, LeaseState::Stopped, Some(LEASE_EXPIRED));
                session.duty = session.is_own.then_some(Duty::Stop);
            }
            session.seen_ended = !session.is_live();
        }
    }
}

#[cfg(test)]
mod tests;
