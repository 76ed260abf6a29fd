//! Moves between two data directories, step by step, without kernels.

use super::*;
use protocol::transfer::{CHUNK_BYTES, Entry, Meta};
use rustix::fs::{FileType, Mode};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Two machines, a workspace on the first, and a move.
struct Machines {
    from: (tempfile::TempDir, Storage),
    to: (tempfile::TempDir, Storage),
    id: WorkspaceId,
    by: MoveId,
}

/// A turn that remembers nothing, as after a restart.
fn turn() -> Turn {
    Arc::new(tokio::sync::Mutex::new(None)).try_lock_owned().unwrap()
}

impl Machines {
    fn new() -> Self {
        let machine = || {
            let directory = tempfile::tempdir().unwrap();
            let storage = Storage::open(directory.path()).unwrap();
            (directory, storage)
        };
        let (from, to) = (machine(), machine());
        let (id, by) = (WorkspaceId::from_random(1), MoveId::from_random(2));
        // So that the ranges of ids differ.
        to.1.create(&WorkspaceId::from_random(9)).unwrap();
        from.1.create(&id).unwrap();
        Self { from, to, id, by }
    }

    fn files(&self) -> PathBuf {
        self.from.1.directories(&self.id).unwrap().files
    }

    fn at_from(&self) -> At<'_> {
        At { storage: &self.from.1, reserve: 0, id: &self.id, by: &self.by }
    }

    fn at_to(&self) -> At<'_> {
        At { storage: &self.to.1, reserve: 0, id: &self.id, by: &self.by }
    }

    fn export(&self) -> Announced {
        let place = self.from.1.workspace(&self.id);
        Hold::write(&self.by, HoldState::Held, &place).unwrap();
        self.at_from().leaving(&mut turn()).unwrap().announced
    }

    /// Copies everything; both machines forget what they had open before each chunk when `restarts`.
    fn copy(&self, restarts: bool) {
        let announced = self.export();
        let (mut leaving, mut coming) = (turn(), turn());
        self.at_to().import(&mut coming, announced).unwrap();
        loop {
            if restarts {
                (leaving, coming) = (turn(), turn());
            }
            let arrival = self.at_to();
            let arrival = arrival.coming(&mut coming).unwrap();
            if arrival.have() == announced.chunks() {
                return;
            }
            let bytes = self.at_from().leaving(&mut leaving).unwrap().read_chunk(arrival.have());
            let bytes = bytes.unwrap();
            arrival.write(arrival.have(), (&bytes, &tree::sum(&bytes))).unwrap();
        }
    }

    fn check(&self, coming: &mut Turn) -> (u64, bool) {
        let arrival = self.at_to();
        let arrival = arrival.coming(coming).unwrap();
        let mut next = 0;
        while next < arrival.announced().chunks() {
            let (chunks, good) = arrival.check(next).unwrap();
            next = chunks;
            if !good {
                return (next, false);
            }
        }
        (next, true)
    }

    fn finish(&self) {
        let mut coming = turn();
        assert!(self.check(&mut coming).1);
        self.at_to().commit(&mut coming).unwrap();
        self.at_to().commit(&mut turn()).unwrap();
    }

    /// What an import of these lines and contents is answered.
    fn import(&self, entries: &[Entry], contents: &[u8]) -> Result<(), TransferError> {
        let line = |it: &Entry| [serde_json::to_vec(it).unwrap(), vec![b'\n']].concat();
        let mut row: Vec<u8> = entries.iter().flat_map(line).collect();
        let announced = Announced {
            manifest_bytes: row.len() as u64,
            content_bytes: contents.len() as u64,
            entries: entries.len() as u64,
            left_out: 0,
        };
        row.extend(contents);
        let mut coming = turn();
        self.at_to().import(&mut coming, announced)?;
        self.at_to().coming(&mut coming)?.write(0, (&row, &tree::sum(&row)))
    }
}

/// Everything that is kept of a tree, by path; owners from the range's first on.
fn everything(root: &Path) -> BTreeMap<PathBuf, (u32, u32, i64, i64, Vec<u8>)> {
    let base = fs::metadata(root.join("files")).unwrap().uid();
    let mut found = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = ["files", "home", "state"].map(|it| root.join(it)).into();
    while let Some(path) = waiting.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let contents = if meta.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
            Vec::new()
        } else if meta.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else if meta.is_file() {
            tree::sum(&fs::read(&path).unwrap()).into_bytes()
        } else {
            b"pipe".to_vec()
        };
        let within = path.strip_prefix(root).unwrap().to_owned();
        let time = (meta.mtime(), meta.mtime_nsec());
        // What the test made as root belongs to nobody in the workspace, and then to its first user.
        let owner = meta.uid().saturating_sub(base);
        found.insert(within, (meta.mode(), owner, time.0, time.1, contents));
    }
    found
}

fn write(path: &Path, bytes: &[u8], mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Bytes that do not repeat from chunk to chunk.
fn noise(length: u64) -> Vec<u8> {
    (0..length.div_ceil(8))
        .flat_map(|it| it.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())
        .collect()
}

fn fill(machines: &Machines) {
    let files = machines.files();
    write(&files.join("large"), &noise(2 * CHUNK_BYTES + 12_345), 0o644);
    write(&files.join("a/b.sh"), b"#!/bin/sh\n", 0o755);
    write(&files.join("a/empty"), b"", 0o600);
    write(&files.join("locked/c"), b"c", 0o400);
    write(&files.join("\u{e4} % \n"), b"name", 0o644);
    symlink("/etc/passwd", files.join("out")).unwrap();
    symlink("nowhere", files.join("a/dangling")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, files.join("pipe"), FileType::Fifo, Mode::RUSR, 0)
        .unwrap();
    std::os::unix::net::UnixListener::bind(files.join("socket")).unwrap();
    let holes = fs::File::create(files.join("holes")).unwrap();
    holes.set_len(3 * CHUNK_BYTES).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 7);
    holes.set_modified(long_ago).unwrap();
    fs::File::open(files.join("locked")).unwrap().set_modified(long_ago).unwrap();
    fs::set_permissions(files.join("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    let state = machines.from.1.directories(&machines.id).unwrap().state;
    write(&state.join("journal/1.log"), b"journal", 0o600);
}

#[test]
fn a_workspace_arrives_as_it_was_however_often_both_sides_restart() {
    for restarts in [false, true] {
        let machines = Machines::new();
        fill(&machines);
        let before = everything(&machines.from.1.workspace(&machines.id));
        machines.copy(restarts);
        assert!(!machines.to.1.exists(&machines.id), "nothing is to be seen of it yet");
        machines.finish();
        let place = machines.to.1.workspace(&machines.id);
        let mut expected = before.clone();
        expected.remove(Path::new("files/socket"));
        assert_eq!(everything(&place), expected);
        assert_eq!(machines.export().left_out, 1);
        let holes = fs::metadata(place.join("files/holes")).unwrap();
        assert!(holes.blocks() * 512 < CHUNK_BYTES, "holes stay holes");
        let hold = Hold::read(&place).unwrap();
        assert!(!is_startable(hold.as_ref()), "it came held");
        assert_eq!(everything(&machines.from.1.workspace(&machines.id)), before);
        assert!(!machines.to.1.on_the_way(&machines.id).exists());
    }
}

#[test]
fn a_manifest_longer_than_a_chunk_arrives() {
    let machines = Machines::new();
    let place = machines.files();
    for number in 0..5_500 {
        let name = format!("{number:05}{}", "\u{e4}".repeat(120));
        fs::write(place.join(name), number.to_string()).unwrap();
    }
    let before = everything(&machines.from.1.workspace(&machines.id));
    assert!(CHUNK_BYTES < machines.export().manifest_bytes);
    machines.copy(true);
    machines.finish();
    assert_eq!(everything(&machines.to.1.workspace(&machines.id)), before);
}

#[test]
fn what_the_disk_lost_is_noticed_and_sent_again() {
    let machines = Machines::new();
    fill(&machines);
    machines.copy(false);
    let come = machines.to.1.on_the_way(&machines.id).join("workspace/files/large");
    let mut bytes = fs::read(&come).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&come, bytes).unwrap();
    let mut coming = turn();
    let (chunk, good) = machines.check(&mut coming);
    assert!(!good && chunk < machines.export().chunks());
    assert!(matches!(machines.at_to().commit(&mut coming), Err(TransferError::Unchecked)));
    assert!(!machines.to.1.exists(&machines.id));
    machines.copy(false);
    machines.finish();
}

#[test]
fn what_was_not_read_back_is_not_put_in_its_place() {
    let machines = Machines::new();
    fill(&machines);
    machines.copy(false);
    let mut coming = turn();
    assert!(matches!(machines.at_to().commit(&mut coming), Err(TransferError::Unchecked)));
    machines.finish();
}

#[test]
fn a_machine_that_lies_puts_nothing_elsewhere() {
    let machines = Machines::new();
    let outside = tempfile::tempdir().unwrap();
    let meta = Meta { mode: 0o644, ..Meta::default() };
    let file = |path: &str, size| Entry::File { path: path.to_owned(), size, meta };
    let target = stdx::percent::encode(outside.path().as_os_str().as_encoded_bytes());
    let link = Entry::Link { path: "files/out".to_owned(), target, meta };
    let foreign = Meta { uid: crate::storage::ID_RANGE, ..meta };
    let bad: [&[Entry]; 9] = [
        &[file("files/../../x", 1)],
        &[file("files/%2e%2e/x", 1)],
        &[file("host.json", 1)],
        &[file("/files/x", 1)],
        &[file("files//x", 1)],
        &[file("files/a%00b", 1)],
        &[link.clone(), file("files/out/evil", 1)],
        &[file("files/x", 2)],
        &[Entry::File { path: "files/x".to_owned(), size: 1, meta: foreign }],
    ];
    for entries in bad {
        let refused = machines.import(entries, b"x").is_err();
        let is_root = rustix::process::geteuid().is_root();
        assert!(refused || (!is_root && entries.len() == 1), "{entries:?}");
        assert!(!machines.to.1.exists(&machines.id));
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    machines.import(&[link, file("files/x", 1)], b"x").unwrap();
}

#[test]
fn a_chunk_that_is_damaged_or_early_does_not_count() {
    let machines = Machines::new();
    fill(&machines);
    let announced = machines.export();
    let mut coming = turn();
    machines.at_to().import(&mut coming, announced).unwrap();
    let at = machines.at_to();
    let arrival = at.coming(&mut coming).unwrap();
    let bytes = machines.at_from().leaving(&mut turn()).unwrap().read_chunk(0).unwrap();
    let mut damaged = bytes.clone();
    damaged[7] ^= 1;
    let result = arrival.write(0, (&damaged, &tree::sum(&bytes)));
    assert!(matches!(result, Err(TransferError::Broken(_))), "{result:?}");
    assert!(arrival.write(0, (&bytes[1..], &tree::sum(&bytes[1..]))).is_err());
    arrival.write(1, (&bytes, &tree::sum(&bytes))).unwrap();
    assert_eq!(arrival.have(), 0);
    arrival.write(0, (&bytes, &tree::sum(&bytes))).unwrap();
    assert_eq!(arrival.have(), 1);
}

#[test]
fn a_disk_without_room_is_said_before_anything_is_sent() {
    let machines = Machines::new();
    fill(&machines);
    let announced = machines.export();
    let at = At { reserve: u64::MAX / 2, ..machines.at_to() };
    let result = at.import(&mut turn(), announced);
    assert!(matches!(result, Err(TransferError::Full(_))), "{result:?}");
    assert!(!machines.to.1.on_the_way(&machines.id).exists());
}

#[test]
fn ranges_of_ids_on_their_way_are_given_to_nobody_else() {
    let machines = Machines::new();
    machines.copy(false);
    let coming = machines.to.1.on_the_way(&machines.id).join("workspace/host.json");
    let coming = crate::storage::id_base(&fs::read(coming).unwrap());
    let Machines { to: (directory, storage), .. } = machines;
    drop(storage);
    let again = Storage::open(directory.path()).unwrap();
    let other = WorkspaceId::from_random(7);
    again.create(&other).unwrap();
    let other = again.directories(&other).unwrap().id_base;
    assert!(coming.is_none() || coming != other);
}

#[test]
fn a_workspace_that_is_not_held_does_not_leave_and_one_that_is_there_is_not_replaced() {
    let machines = Machines::new();
    assert!(machines.at_from().leaving(&mut turn()).is_err());
    let announced = machines.export();
    machines.to.1.create(&machines.id).unwrap();
    let result = machines.at_to().import(&mut turn(), announced);
    assert!(matches!(result, Err(TransferError::Refused(_))), "{result:?}");
}
