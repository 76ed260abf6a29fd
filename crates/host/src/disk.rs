//! The guard of the disk. It ends the session of a workspace that takes more room than it may, or
//! that fills the file system of the data directory, and no other.
//!
//! While there is room and nobody has a limit nothing is measured but the free space, once a second.
//! A workspace with a limit is summed up when so much was written to the file system since the last
//! sum that it could have reached its limit. When the file system runs full the workspaces that are
//! awake are summed up twice, and the one that grew most in between, and so fast that the disk would
//! be full in seconds, has its session ended. When it is full already, the one that grew most since
//! there was room has. Files are always kept. Ballast is dropped, one file after the other, when
//! there is no room and nobody left to end, so that the server can still write down that somebody
//! signs in, stops something or deletes something. It is there again when there is room for it.

mod room;
mod size;

use crate::host::Host;
use crate::kernel::Kernel;
use protocol::WorkspaceId;
use protocol::launch::DiskReport;
use room::Rooms;
use size::Sum;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use tokio::time::Instant;

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// Between two sums under pressure.
const GROWTH_INTERVAL: Duration = Duration::from_millis(250);
/// Growth between two sums that is never held against a workspace, in bytes.
const GROWTH_MIN: u64 = 4 * 1024 * 1024;
/// A workspace is stopped when it would fill the disk within this many intervals: five seconds.
const INTERVALS_LEFT: u64 = 20;
/// A sum that took a while is not repeated for so many times that while: at most 5 % of a core.
const PAUSE_FACTOR: u32 = 20;

/// What the workspaces have is summed up anew when so much of the disk was taken or given back, so
/// that it is known who filled it.
const CALM_BYTES: u64 = 16 * 1024 * 1024;

/// Free bytes below which the disk is full: without any room nobody could even delete.
const FULL_BELOW: u64 = 4 * 1024 * 1024;

/// Bytes of each workspace.
type Usage = HashMap<WorkspaceId, u64>;
/// Workspaces that are awake.
type Living = [(WorkspaceId, Arc<Kernel>)];

/// Watches until the scope stops.
pub(crate) async fn guard(host: Host, scope: TaskScope) {
    let mut pressed = false;
    let mut rooms = Rooms::new(host.disk_bytes_max());
    let mut not_before = Instant::now();
    let mut calm = Calm { usage: Usage::new(), free: 0, not_before };
    loop {
        tokio::select! {
            () = scope.stopping() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        let living = host.living();
        let (storage, reserve) = host.storage();
        let free = storage.free_bytes().unwrap_or(u64::MAX);
        let was = std::mem::replace(&mut pressed, free < reserve);
        if pressed && !was {
            tracing::warn!(free_bytes = free, reserve_bytes = reserve, "the disk runs full");
        }
        if pressed {
            // Whoever fills the disk would take what is let go of here.
            let ended = relieve(&host, &living, &mut calm.usage).await;
            if !ended && storage.free_bytes().is_ok_and(|it| it < FULL_BELOW) {
                let dropped = storage.drop_ballast();
                tracing::warn!(dropped, "the disk is full");
            }
        } else {
            storage.hold_ballast(free.saturating_sub(reserve));
            calm.look(&host, &living, free).await;
        }
        let due = rooms.due(free, living.iter().map(|it| &it.0));
        if !due.is_empty() && not_before <= Instant::now() {
            let start = Instant::now();
            enforce(&host, &living, &mut rooms, &due).await;
            not_before = Instant::now() + start.elapsed() * PAUSE_FACTOR;
        }
    }
}

/// Sums up the workspaces that may have reached their limit, and tells their kernels.
async fn enforce(host: &Host, living: &Living, rooms: &mut Rooms, due: &[WorkspaceId]) {
    let due: Vec<_> = living.iter().filter(|it| due.contains(&it.0)).cloned().collect();
    let Some(usage) = measure(host, &due).await else { return };
    for (id, kernel) in &due {
        let Some(bytes) = usage.get(id) else { continue };
        let stop = rooms.measured(id, *bytes);
        if stop.is_some() {
            tracing::warn!(
                workspace.id = %id,
                used_bytes = bytes,
                "the workspace is over its disk limit; its session is ended, its files are kept"
            );
        }
        tell(id, kernel, DiskReport { used_bytes: *bytes, stop }).await;
    }
}

/// What the workspaces had when there was room.
struct Calm {
    usage: Usage,
    /// What was free then.
    free: u64,
    not_before: Instant,
}

impl Calm {
    /// Sums up anew if much has changed.
    async fn look(&mut self, host: &Host, living: &Living, free: u64) {
        let is_known = |it: &(WorkspaceId, Arc<Kernel>)| self.usage.contains_key(&it.0);
        let is_fresh = free.abs_diff(self.free) < CALM_BYTES && living.iter().all(is_known);
        if is_fresh || Instant::now() < self.not_before {
            return;
        }
        let start = Instant::now();
        let Some(usage) = measure(host, living).await else { return };
        (self.usage, self.free) = (usage, free);
        self.not_before = Instant::now() + start.elapsed() * PAUSE_FACTOR;
    }
}

/// Ends the session of the workspace that fills the disk, or filled it since there was room; `false`
/// when there is none.
async fn relieve(host: &Host, living: &Living, calm: &mut Usage) -> bool {
    let Some(before) = measure(host, living).await else { return false };
    tokio::time::sleep(GROWTH_INTERVAL).await;
    let Some(now) = measure(host, living).await else { return false };
    let free = host.storage().0.free_bytes().unwrap_or(u64::MAX);
    let Some((id, growth, period)) = culprit(calm, &before, &now, free) else { return false };
    let Some((_, kernel)) = living.iter().find(|it| it.0 == id) else { return false };
    tracing::error!(
        workspace.id = %id,
        growth_bytes = growth,
        "the workspace fills the disk; its session is ended, its files are kept"
    );
    let stop = format!(
        "This workspace was filling the server's disk: it grew by {} {period}, and {} were left. \
         Its session was ended, its files are kept. Delete what is not needed, then \
         press Run.",
        room::words(growth),
        room::words(free)
    );
    let used_bytes = now.get(&id).copied().unwrap_or(0);
    tell(&id, kernel, DiskReport { used_bytes, stop: Some(stop) }).await;
    true
}

/// Who is to be ended, how much it grew, and since when. Nobody is blamed twice for the same bytes.
fn culprit(
    calm: &mut Usage,
    before: &Usage,
    now: &Usage,
    free: u64,
) -> Option<(WorkspaceId, u64, &'static str)> {
    let fast =
        fastest(before, now, free).map(|(id, growth)| (id, growth, "in a quarter of a second"));
    let slow = || fastest(calm, now, 0).map(|(id, growth)| (id, growth, "since there was room"));
    let found = fast.or_else(|| if free < FULL_BELOW { slow() } else { None });
    for (id, bytes) in now {
        calm.entry(id.clone()).or_insert(*bytes);
    }
    if let Some((id, _, _)) = &found
        && let Some(bytes) = now.get(id)
    {
        calm.insert(id.clone(), *bytes);
    }
    found
}

/// The workspace that grew most, if it would soon fill what is free at that speed. One that was not
/// measured before has not grown.
fn fastest(before: &Usage, now: &Usage, free: u64) -> Option<(WorkspaceId, u64)> {
    let much = GROWTH_MIN.max(free / INTERVALS_LEFT);
    let growth = now.iter().filter_map(|(id, bytes)| {
        let grown = bytes.saturating_sub(*before.get(id)?);
        (much <= grown).then(|| (id.clone(), grown))
    });
    growth.max_by_key(|it| it.1)
}

/// Tells a kernel. One of an earlier version knows nothing of disks, but how to stop.
async fn tell(id: &WorkspaceId, kernel: &Kernel, report: DiskReport) {
    let Err(error) = kernel.report_disk(&report).await else { return };
    tracing::debug!(workspace.id = %id, %error, "the kernel took no report about the disk");
    if report.stop.is_some()
        && let Err(error) = kernel.stop_session().await
    {
        tracing::warn!(workspace.id = %id, %error, "the session could not be ended");
    }
}

async fn measure(host: &Host, living: &Living) -> Option<Usage> {
    let (storage, _) = host.storage();
    let places: Vec<(WorkspaceId, [PathBuf; 2])> = living
        .iter()
        .filter_map(|(id, _)| {
            let directories = storage.directories(id)?;
            Some((id.clone(), [directories.files, directories.home]))
        })
        .collect();
    let measured = tokio::task::spawn_blocking(move || {
        places
            .into_iter()
            .map(|(id, places)| {
                let mut sum = Sum::default();
                for it in &places {
                    sum.add(it);
                }
                (id, sum.bytes())
            })
            .collect()
    });
    measured.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_grows_most_is_stopped_and_nobody_who_grows_little() {
        let [a, b, c] = [1, 2, 3].map(WorkspaceId::from_random);
        let usage = |sizes: &[(&WorkspaceId, u64)]| -> Usage {
            sizes.iter().map(|(id, mebibytes)| ((*id).clone(), mebibytes << 20)).collect()
        };
        let before = usage(&[(&a, 100), (&b, 1)]);
        let little = usage(&[(&a, 102), (&b, 2), (&c, 900)]);
        assert_eq!(fastest(&before, &little, 0), None);
        let now = usage(&[(&a, 150), (&b, 90), (&c, 900)]);
        assert_eq!(fastest(&before, &now, 500 << 20), Some((b, 89 << 20)));
        assert_eq!(fastest(&before, &now, 5000 << 20), None, "there is time");
        assert_eq!(fastest(&Usage::new(), &now, 0), None);
    }

    #[test]
    fn the_one_that_filled_the_disk_and_rests_is_stopped_once() {
        let [a, b, c] = [1, 2, 3].map(WorkspaceId::from_random);
        let usage = |sizes: &[(&WorkspaceId, u64)]| -> Usage {
            sizes.iter().map(|(id, mebibytes)| ((*id).clone(), mebibytes << 20)).collect()
        };
        let mut calm = usage(&[(&a, 100), (&b, 1)]);
        let now = usage(&[(&a, 101), (&b, 90), (&c, 900)]);
        assert_eq!(culprit(&mut calm, &now, &now, 500 << 20), None, "there is room");
        let found = culprit(&mut calm, &now, &now, 0);
        assert_eq!(found, Some((b.clone(), 89 << 20, "since there was room")));
        assert_eq!(culprit(&mut calm, &now, &now, 0), None, "nothing was added");
        let later = usage(&[(&a, 101), (&b, 90), (&c, 916)]);
        let found = culprit(&mut calm, &later, &later, 0);
        assert_eq!(found, Some((c, 16 << 20, "since there was room")));
    }
}
