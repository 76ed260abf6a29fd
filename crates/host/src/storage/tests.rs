//! Storage on a real file system.

use super::*;
use std::os::unix::fs::MetadataExt;

fn id(number: u128) -> WorkspaceId {
    WorkspaceId::from_random(number)
}

fn delete(storage: &Storage, number: u128) {
    storage.discard(&storage.remove(&id(number)).unwrap()).unwrap();
}

#[test]
fn a_removed_workspace_is_gone_at_once_and_its_place_free_before_it_is_off_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    let halves = || {
        let entries = fs::read_dir(directory.path().join("workspaces")).unwrap().flatten();
        entries.filter(|it| it.file_name().to_string_lossy().starts_with(HALF_DONE)).count()
    };
    let mut removed = Vec::new();
    for count in 1..=2 {
        storage.create(&id(1)).unwrap();
        fs::write(storage.directories(&id(1)).unwrap().files.join("a"), "").unwrap();
        removed.push(storage.remove(&id(1)).unwrap());
        assert!(!storage.exists(&id(1)));
        assert_eq!(halves(), count);
    }
    storage.discard(&removed[0]).unwrap();
    assert_eq!(halves(), 1);
    // The server ended before it came to the other.
    drop(storage);
    let _storage = Storage::open(directory.path()).unwrap();
    assert_eq!(halves(), 0);
}

#[test]
fn a_second_host_is_refused_and_told_by_whom() {
    let directory = tempfile::tempdir().unwrap();
    let _first = Storage::open(directory.path()).unwrap();
    let Err(StorageError::Locked { pid, .. }) = Storage::open(directory.path()) else {
        panic!("two hosts on one directory");
    };
    assert_eq!(pid, std::process::id().to_string());
}

#[test]
fn storage_is_private_and_made_once() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(&directory.path().join("data")).unwrap();
    assert!(!storage.exists(&id(1)));
    storage.create(&id(1)).unwrap();
    let home = storage.directories(&id(1)).unwrap();
    fs::write(home.files.join("kept"), "").unwrap();
    storage.create(&id(1)).unwrap();
    assert!(home.files.join("kept").exists());
    for path in [&home.files, &home.home, &home.state, &directory.path().join("data")] {
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o777, 0o700, "{}", path.display());
    }
    delete(&storage, 1);
    delete(&storage, 1);
    assert!(!storage.exists(&id(1)) && !home.files.exists());
}

#[test]
fn a_range_of_ids_is_free_again_only_after_its_files_are_gone() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    if storage.ranges.is_none() {
        return; // Only root has ranges to give.
    }
    let base =
        |storage: &Storage, number| storage.directories(&id(number)).unwrap().id_base.unwrap();
    for number in 0..3 {
        storage.create(&id(number)).unwrap();
    }
    assert_eq!(base(&storage, 0), 100_000);
    assert_eq!(base(&storage, 2), 100_000 + 2 * 65_536);
    delete(&storage, 1);
    drop(storage);
    let storage = Storage::open(directory.path()).unwrap();
    storage.create(&id(3)).unwrap();
    storage.create(&id(4)).unwrap();
    assert_eq!(base(&storage, 3), 100_000 + 65_536);
    assert_eq!(base(&storage, 4), 100_000 + 3 * 65_536);
    assert_eq!(fs::metadata(storage.directories(&id(4)).unwrap().state).unwrap().uid(), 296_608);
}

#[test]
fn what_was_half_made_is_gone_at_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let half = directory.path().join("workspaces").join(format!("{HALF_DONE}{}", id(1).body()));
    fs::create_dir_all(half.join("files/deep")).unwrap();
    fs::set_permissions(half.join("files"), fs::Permissions::from_mode(0o000)).unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    assert!(!half.exists() && !storage.exists(&id(1)));
}

#[test]
fn sockets_fit_below_a_long_data_directory() {
    let directory = tempfile::tempdir().unwrap();
    let long = directory.path().join("x".repeat(200));
    let storage = Storage::open(&long).unwrap();
    fs::create_dir(storage.run_directory(&id(1))).unwrap();
    let path = storage.socket(&id(1), "kernel.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::os::unix::net::UnixStream::connect(&path).unwrap();
    assert!(storage.run_directory(&id(1)).join("kernel.sock").exists());
}

/// Makes `depth` directories below one another, each with a file; the deepest has a link upwards.
fn dig(place: &Path, depth: usize) {
    let mut directory = rustix::fs::open(place, OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..depth {
        rustix::fs::mkdirat(&directory, "d", Mode::RWXU).unwrap();
        let file = OFlags::CREATE | OFlags::WRONLY;
        drop(rustix::fs::openat(&directory, "file", file, Mode::RUSR).unwrap());
        directory = rustix::fs::openat(&directory, "d", OFlags::DIRECTORY, Mode::empty()).unwrap();
    }
    rustix::fs::symlinkat(place, &directory, "link").unwrap();
}

#[test]
fn a_tree_of_any_depth_is_deleted_and_nothing_that_a_link_leads_to() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    storage.create(&id(1)).unwrap();
    let files = storage.directories(&id(1)).unwrap().files;
    let elsewhere = directory.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("kept"), "").unwrap();
    std::os::unix::fs::symlink(&elsewhere, files.join("link")).unwrap();
    for name in [".removed-1", ".removed-2/x", ".removed-3"] {
        fs::create_dir_all(files.join(name)).unwrap();
    }
    dig(&files, 5_000);
    dig(&files.join(".removed-3"), 3);
    delete(&storage, 1);
    assert!(!files.exists() && elsewhere.join("kept").exists());
    assert_eq!(fs::read_dir(directory.path().join("workspaces")).unwrap().count(), 0);
}

#[test]
fn a_tree_that_its_owner_is_locked_out_of_is_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("tree");
    fs::create_dir_all(place.join("a/b/c")).unwrap();
    fs::write(place.join("a/b/file"), "").unwrap();
    for path in ["a/b/c", "a/b", "a", "."] {
        fs::set_permissions(place.join(path), fs::Permissions::from_mode(0o000)).unwrap();
    }
    remove_tree(&place).unwrap();
    assert!(!place.exists());
    remove_tree(&place).unwrap();
}

#[test]
fn ballast_is_dropped_one_after_the_other_and_the_last_one_is_there_first_again() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(directory.path()).unwrap();
    let held = || BALLASTS.map(|it| directory.path().join(it).exists());
    assert_eq!(held(), [true, true]);
    assert!(storage.drop_ballast());
    assert_eq!(held(), [false, true]);
    assert!(storage.drop_ballast() && !storage.drop_ballast());
    storage.hold_ballast(BALLAST_BYTES - 1);
    assert_eq!(held(), [false, false]);
    storage.hold_ballast(BALLAST_BYTES);
    assert_eq!(held(), [false, true]);
}
