//! The guard of the disk: when the data directory's file system runs full, the workspace that fills
//! it is stopped, and no other.
//!
//! Nothing is measured while there is room. Under pressure the files of the workspaces that are
//! awake are summed up twice, and the one that grew most in between, and so fast that the disk would
//! be full in seconds, has its session stopped. Its files are kept. A ballast file is dropped when nothing else is left, so that the
//! server can still write down that something is deleted.

use crate::host::Host;
use crate::kernel::Kernel;
use protocol::WorkspaceId;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// Between two sums under pressure.
const GROWTH_INTERVAL: Duration = Duration::from_millis(250);
/// Growth between two sums that is never held against a workspace, in bytes.
const GROWTH_MIN: u64 = 4 * 1024 * 1024;
/// A workspace is stopped when it would fill the disk within this many intervals: five seconds.
const INTERVALS_LEFT: u64 = 20;
/// Files that are looked at in one workspace.
const FILES_MAX: u64 = 2_000_000;

/// Free bytes below which the ballast is dropped: without any room nobody could even delete.
const BALLAST_FROM: u64 = 4 * 1024 * 1024;

/// Bytes of each workspace.
type Usage = HashMap<WorkspaceId, u64>;

/// Watches until the scope stops.
pub(crate) async fn guard(host: Host, scope: TaskScope) {
    let mut pressed = false;
    loop {
        tokio::select! {
            () = scope.stopping() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        let living = host.living();
        if living.is_empty() && !pressed {
            continue;
        }
        let (storage, reserve) = host.storage();
        let free = storage.free_bytes().unwrap_or(u64::MAX);
        let was = std::mem::replace(&mut pressed, free < reserve);
        if pressed && !was {
            tracing::warn!(free_bytes = free, reserve_bytes = reserve, "the disk runs full");
        }
        storage.hold_ballast(!pressed || BALLAST_FROM < free);
        if pressed {
            relieve(&host, &living).await;
        }
    }
}

/// Stops the workspace that fills the disk, if one does.
async fn relieve(host: &Host, living: &[(WorkspaceId, Arc<Kernel>)]) {
    let Some(before) = measure(host, living).await else { return };
    tokio::time::sleep(GROWTH_INTERVAL).await;
    let Some(now) = measure(host, living).await else { return };
    let free = host.storage().0.free_bytes().unwrap_or(u64::MAX);
    if let Some((id, growth)) = fastest(&before, &now, free) {
        stop(living, &id, growth).await;
    }
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

async fn stop(living: &[(WorkspaceId, Arc<Kernel>)], id: &WorkspaceId, growth: u64) {
    let Some((_, kernel)) = living.iter().find(|it| it.0 == *id) else { return };
    tracing::error!(
        workspace.id = %id,
        growth_bytes = growth,
        "the workspace fills the disk; its session is stopped, its files are kept"
    );
    if let Err(error) = kernel.stop_session().await {
        tracing::warn!(workspace.id = %id, %error, "the session could not be stopped");
    }
}

async fn measure(host: &Host, living: &[(WorkspaceId, Arc<Kernel>)]) -> Option<Usage> {
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
                let mut files = FILES_MAX;
                let bytes = places.iter().map(|it| size(it, &mut files)).sum();
                (id, bytes)
            })
            .collect()
    });
    measured.await.ok()
}

/// Bytes on disk of a directory and everything below. Links are not followed.
fn size(path: &Path, files: &mut u64) -> u64 {
    let mut bytes = 0;
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if *files == 0 {
            break;
        }
        *files -= 1;
        let Ok(metadata) = entry.metadata() else { continue };
        bytes += metadata.blocks() * 512;
        if metadata.is_dir() {
            bytes += size(&entry.path(), files);
        }
    }
    bytes
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
    fn a_size_is_that_of_everything_below_and_of_nothing_a_link_points_to() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("deep")).unwrap();
        fs::write(directory.path().join("deep/file"), vec![1; 1 << 20]).unwrap();
        std::os::unix::fs::symlink("/usr", directory.path().join("link")).unwrap();
        let mut files = 100;
        let bytes = size(directory.path(), &mut files);
        assert!((1 << 20..2 << 20).contains(&bytes), "{bytes}");
        assert_eq!(files, 97);
    }
}
