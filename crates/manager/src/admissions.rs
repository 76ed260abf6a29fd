//! How many sessions run at once. Decides; does no IO and reads no clock.

use protocol::WorkspaceId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// How long room is kept for a session that was admitted and does not run yet: waking a kernel on
/// a loaded machine takes twenty seconds at most.
const KEPT: Duration = Duration::from_secs(30);

/// The number of sessions, and those that are about to be.
#[derive(Debug)]
pub(crate) struct Admissions {
    most: usize,
    reserved: HashMap<WorkspaceId, Room>,
}

/// Room that is kept for a session.
#[derive(Debug)]
struct Room {
    until: Instant,
    /// Of the workspace's session before; a higher one is the session that room was kept for.
    generation: u64,
}

/// What is known of the sessions there are.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Workspaces in which one runs, starts or stops.
    pub(crate) active: BTreeSet<WorkspaceId>,
    /// Of each workspace's last session.
    pub(crate) generations: BTreeMap<WorkspaceId, u64>,
}

impl Seen {
    fn generation(&self, workspace: &WorkspaceId) -> u64 {
        self.generations.get(workspace).copied().unwrap_or(0)
    }
}

/// There is no room.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{taken} of {most} sessions run here; retry after an existing session stops, or raise \
     RUNTIME_MAX_SESSIONS"
)]
pub(crate) struct Full {
    taken: usize,
    most: usize,
}

impl Admissions {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, reserved: HashMap::new() }
    }

    /// Keeps room for a session of the workspace, unless one runs there. Room that was kept for a
    /// session which has come is not kept any more, also when that session has gone since.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        workspace: &WorkspaceId,
        seen: &Seen,
    ) -> Result<(), Full> {
        let active = &seen.active;
        self.reserved.retain(|id, room| {
            now < room.until && !active.contains(id) && seen.generation(id) <= room.generation
        });
        let taken = active.len() + self.reserved.len();
        if active.contains(workspace) || self.reserved.contains_key(workspace) {
            return Ok(());
        }
        if self.most <= taken {
            return Err(Full { taken, most: self.most });
        }
        let room = Room { until: now + KEPT, generation: seen.generation(workspace) };
        self.reserved.insert(workspace.clone(), room);
        Ok(())
    }

    /// The start that room was kept for came to nothing.
    pub(crate) fn release(&mut self, workspace: &WorkspaceId) {
        self.reserved.remove(workspace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> WorkspaceId {
        WorkspaceId::from_random(number)
    }

    // covers: S0.19, S0.21
    #[test]
    fn no_more_are_admitted_than_fit_however_many_ask_at_once() {
        let now = Instant::now();
        let mut admissions = Admissions::new(2);
        let mut seen = Seen::default();
        assert_eq!(admissions.admit(now, &id(1), &seen), Ok(()));
        assert_eq!(admissions.admit(now, &id(1), &seen), Ok(()), "twice is once");
        assert_eq!(admissions.admit(now, &id(2), &seen), Ok(()));
        assert_eq!(admissions.admit(now, &id(3), &seen), Err(Full { taken: 2, most: 2 }));
        seen.active.insert(id(1));
        assert_eq!(admissions.admit(now, &id(3), &seen), Err(Full { taken: 2, most: 2 }));
        assert_eq!(admissions.admit(now, &id(1), &seen), Ok(()), "it runs already");
        admissions.release(&id(2));
        assert_eq!(admissions.admit(now, &id(3), &seen), Ok(()));
    }

    // covers: S0.19
    #[test]
    fn a_session_that_came_and_went_between_two_looks_leaves_its_room() {
        let now = Instant::now();
        let mut admissions = Admissions::new(1);
        let mut seen = Seen::default();
        seen.generations.insert(id(1), 4);
        assert_eq!(admissions.admit(now, &id(1), &seen), Ok(()));
        assert!(admissions.admit(now, &id(2), &seen).is_err(), "it may still come");
        seen.generations.insert(id(1), 5);
        assert_eq!(admissions.admit(now, &id(2), &seen), Ok(()));
    }

    #[test]
    fn room_is_not_kept_for_ever() {
        let now = Instant::now();
        let mut admissions = Admissions::new(1);
        let seen = Seen::default();
        assert_eq!(admissions.admit(now, &id(1), &seen), Ok(()));
        assert!(admissions.admit(now, &id(2), &seen).is_err());
        assert_eq!(admissions.admit(now + KEPT, &id(2), &seen), Ok(()));
    }

    #[test]
    fn the_refusal_says_what_to_do() {
        let text = Full { taken: 12, most: 12 }.to_string();
        assert!(text.contains("12 of 12") && text.contains("session stops"), "{text}");
    }
}
