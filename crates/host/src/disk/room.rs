//! Which workspace may have reached its disk limit, and what follows when it has. Decides; does no
//! IO.
//!
//! A workspace cannot have written more than the file system has lost in free space. So it is summed
//! up anew only when that much was written since its last sum as it had left then. What others
//! delete within the same second hides what is written, so a limit may be noticed late; it is never
//! noticed early.

use protocol::WorkspaceId;
use std::collections::HashMap;

/// Writing less than this is no reason to sum up, in bytes.
const WRITTEN_MIN: u64 = 1024 * 1024;
/// A session that was started over the limit, to delete something, may add this much, in bytes.
const SLACK: u64 = 16 * 1024 * 1024;

/// What is known of the workspaces that are awake.
#[derive(Debug)]
pub(super) struct Rooms {
    limit: Option<u64>,
    free: Option<u64>,
    /// Bytes by which the free space shrank since the start, all shrinking added up.
    written: u64,
    /// Bytes by which it grew.
    freed: u64,
    known: HashMap<WorkspaceId, Known>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    bytes: u64,
    /// [`Rooms::written`] and [`Rooms::freed`] when it was summed up.
    written: u64,
    freed: u64,
    /// Its size when a session was last ended for it, while it is over the limit.
    ended_at: Option<u64>,
}

impl Rooms {
    /// `limit` in bytes is that of every workspace.
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self { limit, free: None, written: 0, freed: 0, known: HashMap::new() }
    }

    /// The workspaces to sum up, of those that are awake, when `free` bytes are free now.
    pub(super) fn due<'a>(
        &mut self,
        free: u64,
        living: impl Iterator<Item = &'a WorkspaceId>,
    ) -> Vec<WorkspaceId> {
        let before = self.free.replace(free).unwrap_or(free);
        self.written += before.saturating_sub(free);
        self.freed += free.saturating_sub(before);
        let Some(limit) = self.limit else { return vec![] };
        let living: Vec<WorkspaceId> = living.cloned().collect();
        self.known.retain(|id, _| living.contains(id));
        living.into_iter().filter(|id| self.is_due(id, limit)).collect()
    }

    fn is_due(&self, id: &WorkspaceId, limit: u64) -> bool {
        let Some(known) = self.known.get(id) else { return true };
        let written = self.written - known.written;
        if limit <= known.bytes {
            // Something was deleted, perhaps here; or more was written, perhaps here.
            return self.freed != known.freed || WRITTEN_MIN <= written;
        }
        (limit - known.bytes).max(WRITTEN_MIN) <= written
    }

    /// Takes a sum. Answers why the workspace's session must end, if it must.
    pub(super) fn measured(&mut self, id: &WorkspaceId, bytes: u64) -> Option<String> {
        let limit = self.limit?;
        let ended_at = self.known.get(id).and_then(|it| it.ended_at).filter(|_| limit < bytes);
        let end = limit < bytes && ended_at.is_none_or(|it| it + SLACK < bytes);
        let ended_at = if end { Some(bytes) } else { ended_at };
        let known = Known { bytes, written: self.written, freed: self.freed, ended_at };
        self.known.insert(id.clone(), known);
        end.then(|| {
            format!(
                "The workspace's files take {} of the {} that it may use. Its session was ended, its \
                 files are kept. Delete what is not needed, here or in a terminal after another Run.",
                words(bytes),
                words(limit)
            )
        })
    }
}

/// A size for people: `1.5 GiB`.
pub(super) fn words(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    match units.into_iter().find(|it| 1 << it.0 <= bytes) {
        Some((shift, unit)) => {
            let tenths = ((bytes >> (shift - 10)) * 10) >> 10;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn a_workspace_is_summed_up_when_enough_was_written_to_reach_its_limit() {
        let id = WorkspaceId::from_random(1);
        let mut rooms = Rooms::new(Some(100 * MIB));
        let due =
            |rooms: &mut Rooms, free: u64| !rooms.due(free * MIB, [&id].into_iter()).is_empty();
        assert!(due(&mut rooms, 1000), "it is not known yet");
        assert_eq!(rooms.measured(&id, 40 * MIB), None);
        assert!(!due(&mut rooms, 950));
        assert!(!due(&mut rooms, 990), "somebody deleted something");
        assert!(!due(&mut rooms, 985));
        assert!(due(&mut rooms, 980), "60 MiB were written in all");
        assert_eq!(rooms.measured(&id, 99 * MIB + MIB / 2), None);
        assert!(due(&mut rooms, 979));
        assert!(Rooms::new(None).due(0, [&id].into_iter()).is_empty());
    }

    #[test]
    fn a_session_over_the_limit_ends_and_the_next_may_delete_but_not_add() {
        let id = WorkspaceId::from_random(1);
        let mut rooms = Rooms::new(Some(100 * MIB));
        let why = rooms.measured(&id, 130 * MIB).unwrap();
        assert!(why.contains("130.0 MiB of the 100.0 MiB"), "{why}");
        assert_eq!(rooms.measured(&id, 140 * MIB), None);
        assert_eq!(rooms.measured(&id, 120 * MIB), None);
        assert!(rooms.measured(&id, 147 * MIB).is_some());
        assert_eq!(rooms.measured(&id, 100 * MIB), None);
        assert!(rooms.measured(&id, 101 * MIB).is_some(), "it had come down meanwhile");
    }

    #[test]
    fn over_the_limit_every_change_of_the_disk_is_looked_at() {
        let id = WorkspaceId::from_random(1);
        let mut rooms = Rooms::new(Some(100 * MIB));
        let due = |rooms: &mut Rooms, free: u64| !rooms.due(free, [&id].into_iter()).is_empty();
        due(&mut rooms, 1000 * MIB);
        drop(rooms.measured(&id, 130 * MIB));
        assert!(!due(&mut rooms, 1000 * MIB));
        assert!(due(&mut rooms, 1000 * MIB + 4096));
    }

    #[test]
    fn sizes_are_for_people() {
        let words = [0, 1023, 1536, 5 << 30, (5 << 30) + (1 << 29)].map(words);
        assert_eq!(words, ["0 bytes", "1023 bytes", "1.5 KiB", "5.0 GiB", "5.5 GiB"]);
    }
}
