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
