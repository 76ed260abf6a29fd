//! The guard of the disk: when the data directory's file system runs full, the workspace that fills
//! it is stopped, and no other.
//!
//! Nothing is measured while there is room. Under pressure the files of the workspaces that are
//! awake are summed up twice, and the one that grew most in between, and by much, has its session
//! stopped. Its files are kept.

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

/// Between two looks while a workspace is awake. A disk of a gigabyte a second is half a reserve
/// further by then.
const INTERVAL: Duration = Duration::from_secs(2);
/// Between two looks while all sleep: only to see whether one woke.
const INTERVAL_ASLEEP: Duration = Duration::from_secs(10);
/// Growth between two looks that makes a workspace the one that fills the disk, in bytes.
const GROWTH_MIN: u64 = 32 * 1024 * 1024;
/// Files that are looked at in one workspace.
const FILES_MAX: u64 = 2_000_000;

/// Bytes of each workspace.
type Usage = HashMap<WorkspaceId, u64>;

/// Watches until the scope stops.
pub(crate) async fn guard(host: Host, scope: TaskScope) {
    let mut before = Usage::new();
    loop {
        let living = host.living();
        let pause = if living.is_empty() { INTERVAL_ASLEEP } else { INTERVAL };
        tokio::select! {
            () = scope.stopping() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let (storage, reserve) = host.storage();
        let free = storage.free_bytes().unwrap_or(u64::MAX);
        if living.is_empty() || reserve <= free {
            before.clear();
            continue;
        }
        let Some(now) = measure(&host, &living).await else { continue };
        tracing::warn!(free_bytes = free, reserve_bytes = reserve, "the disk runs full");
        if let Some((id, growth)) = fastest(&before, &now) {
            stop(&living, &id, growth).await;
        }
        before = now;
    }
}

/// The workspace that grew most, if it grew by much. One that was not measured before has not
/// grown.
fn fastest(before: &Usage, now: &Usage) -> Option<(WorkspaceId, u64)> {
    let growth = now.iter().filter_map(|(id, bytes)| {
        let grown = bytes.saturating_sub(*before.get(id)?);
        (GROWTH_MIN <= grown).then(|| (id.clone(), grown))
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
        assert_eq!(fastest(&before, &usage(&[(&a, 120), (&b, 20), (&c, 900)])), None);
        let now = usage(&[(&a, 150), (&b, 90), (&c, 900)]);
        assert_eq!(fastest(&before, &now), Some((b, 89 << 20)));
        assert_eq!(fastest(&Usage::new(), &now), None);
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
