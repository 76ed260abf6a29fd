//! The file of a live document, which others make large.

use super::*;
use crate::context::By;
use sha2::{Digest, Sha256};

/// Far more than any document is.
const LARGE_BYTES: u64 = 256 * 1024 * 1024;

/// Bytes that this thread has read so far.
fn read_bytes() -> u64 {
    let io = fs::read_to_string("/proc/thread-self/io").unwrap();
    let read = io.lines().find_map(|it| it.strip_prefix("rchar: "));
    read.unwrap().parse().unwrap()
}

#[test]
fn a_file_that_grew_beyond_every_document_is_not_read_whole() {
    let world = World::new();
    world.write("log.txt", "one\n");
    fs::File::options()
        .write(true)
        .open(world.path("log.txt"))
        .unwrap()
        .set_len(LARGE_BYTES)
        .unwrap();
    let path = WorkspacePath::parse("log.txt").unwrap();
    let hash = Sha256::digest("one\n").into();
    let before = read_bytes();
    let replacement = Replacement {
        bytes: b"two\n".to_vec(),
        expected: hash,
        known: None,
        kept_open: false,
        id: "doc".to_owned(),
        by: By::kernel(),
    };
    let replaced = world.files.replace(&path, replacement);
    assert!(matches!(replaced, Replaced::Changed), "{replaced:?}");
    assert!(!world.files.put_back(&path, "doc", &hash));
    assert_eq!(fs::metadata(world.path("log.txt")).unwrap().len(), LARGE_BYTES);
    let read = read_bytes() - before;
    assert!(read < LARGE_BYTES / 4, "{read} bytes");
}

/// Times that a program writes while a document does; which of them comes first is not known.
const ROUNDS: usize = 30;

/// A program that writes the file in place, without emptying it, whenever it is told what.
const WRITER: &str = "mkfifo go done && : >ready && \
    while read line <go && [ \"$line\" != end ]; do echo $line 1<>workspace/f; : >done; done";

/// Whatever the moment in which a program writes during a save, it is there in the end, and is not
/// taken for what was saved.
// covers: S2.14
#[tokio::test]
async fn what_a_program_writes_while_a_document_is_saved_is_there_and_seen() {
    let world = World::new();
    world.write("f", "theirs 0000\n");
    let scope = stdx::TaskScope::default();
    let processes = supervisor::process::Processes::start(&scope).unwrap();
    let mut command = supervisor::process::Command::new("/bin/sh", world.directory.path());
    command.args = vec!["-c".into(), WRITER.into()];
    command.env = vec![("PATH".into(), "/usr/bin:/bin".into())];
    let mut program = processes.spawn(command).unwrap();
    let ready = world.directory.path().join("ready");
    while !ready.exists() {
        tokio::task::yield_now().await;
    }
    let saving = move || {
        (1..=ROUNDS).for_each(|it| save_while_written(&world, it));
        fs::write(world.directory.path().join("go"), "end\n").unwrap();
        world
    };
    let _world = tokio::task::spawn_blocking(saving).await.unwrap();
    assert_eq!(program.wait().await.code, Some(0));
}

fn save_while_written(world: &World, round: usize) {
    let path = WorkspacePath::parse("f").unwrap();
    let Sight::File { bytes, known, .. } = world.files.sight(&path, None, 100, None) else {
        panic!("nobody writes between two rounds");
    };
    // As long as what is saved: only the time tells one from the other.
    let theirs = format!("theirs {round:04}\n");
    let replacement = Replacement {
        bytes: format!("ourown {round:04}\n").into_bytes(),
        expected: Sha256::digest(&bytes).into(),
        known: Some(known),
        kept_open: false,
        id: "doc".to_owned(),
        by: By::kernel(),
    };
    // Opening a pipe waits for the other end.
    fs::write(world.directory.path().join("go"), &theirs).unwrap();
    for _ in 0..round % 8 {
        std::thread::yield_now();
    }
    let replaced = world.files.replace(&path, replacement);
    fs::read(world.directory.path().join("done")).unwrap();
    assert_eq!(world.read("f"), theirs, "{replaced:?}");
    match replaced {
        Replaced::Changed => {}
        Replaced::Done(known) => {
            let sight = world.files.sight(&path, Some(&known), 100, None);
            let seen = matches!(&sight, Sight::File { bytes, .. } if *bytes == theirs.as_bytes());
            assert!(seen, "{sight:?} after {known:?}");
        }
        other @ (Replaced::Missing | Replaced::Failed(_)) => panic!("{other:?}"),
    }
}
