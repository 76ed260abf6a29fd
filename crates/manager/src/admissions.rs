//! How many sessions run at once. Decides; does no IO and reads no clock.

use protocol::WorkspaceId;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// How long room is kept for a session that was admitted and does not run yet: waking a kernel on
/// a loaded machine takes twenty seconds at most.
const KEPT: Duration = Duration::from_secs(30);

/// The number of sessions, and those that are about to be.
#[derive(Debug)]
pub(crate) struct Admissions {
    most: usize,
    reserved: HashMap<WorkspaceId, Instant>,
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

    /// Keeps room for a session of the workspace, unless one runs there; `active` are all that do.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        workspace: &WorkspaceId,
        active: &BTreeSet<WorkspaceId>,
    ) -> Result<(), Full> {
        self.reserved.retain(|id, until| now < *until && !active.contains(id));
        let taken = active.len() + self.reserved.len();
        if active.contains(workspace) || self.reserved.contains_key(workspace) {
            return Ok(());
        }
        if self.most <= taken {
            return Err(Full { taken, most: self.most });
        }
        self.reserved.insert(workspace.clone(), now + KEPT);
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
        let mut active = BTreeSet::new();
        assert_eq!(admissions.admit(now, &id(1), &active), Ok(()));
        assert_eq!(admissions.admit(now, &id(1), &active), Ok(()), "twice is once");
        assert_eq!(admissions.admit(now, &id(2), &active), Ok(()));
        assert_eq!(admissions.admit(now, &id(3), &active), Err(Full { taken: 2, most: 2 }));
        active.insert(id(1));
        assert_eq!(admissions.admit(now, &id(3), &active), Err(Full { taken: 2, most: 2 }));
        assert_eq!(admissions.admit(now, &id(1), &active), Ok(()), "it runs already");
        admissions.release(&id(2));
        assert_eq!(admissions.admit(now, &id(3), &active), Ok(()));
    }

    #[test]
    fn room_is_not_kept_for_ever() {
        let now = Instant::now();
        let mut admissions = Admissions::new(1);
        assert_eq!(admissions.admit(now, &id(1), &BTreeSet::new()), Ok(()));
        assert!(admissions.admit(now, &id(2), &BTreeSet::new()).is_err());
        assert_eq!(admissions.admit(now + KEPT, &id(2), &BTreeSet::new()), Ok(()));
    }

    #[test]
    fn the_refusal_says_what_to_do() {
        let text = Full { taken: 12, most: 12 }.to_string();
        assert!(text.contains("12 of 12") && text.contains("session stops"), "{text}");
    }
}
