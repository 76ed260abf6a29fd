//! Numbering, resume, rotation and repair of the journal.

use super::*;
use protocol::event::EventKind;
use std::io::Read;

fn event(text: &str) -> Event {
    Event {
        seq: 0,
        time_ms: 1,
        session_id: None,
        principal: None,
        operator: None,
        kind: EventKind::Diagnostic { code: "test".to_owned(), message: text.to_owned() },
    }
}

fn seqs(page: &EventPage) -> Vec<u64> {
    page.events.iter().map(|it| it.seq).collect()
}

// covers: S1.59
#[test]
fn entries_are_numbered_and_read_from_any_number() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(&Store::open(directory.path()).unwrap());
    for text in ["a", "b", "c"] {
        journal.append(event(text));
    }
    let page = journal.page(0, 100);
    assert_eq!((seqs(&page), page.next_seq, page.gap), (vec![1, 2, 3], 4, false));
    let page = journal.page(2, 1);
    assert_eq!((seqs(&page), page.next_seq, page.gap), (vec![2], 3, false));
    let page = journal.page(99, 1);
    assert_eq!((seqs(&page), page.next_seq, page.gap), (vec![], 4, false));
}

#[test]
fn a_restart_goes_on_without_gap_or_repeat_and_cuts_a_torn_line() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let journal = open(&store);
    journal.append(event("a"));
    journal.append(event("b"));
    drop(journal);
    store.append(FILE).unwrap().write_all(b"{\"seq\":3,\"time_ms\":1,\"ty").unwrap();

    let journal = open(&store);
    assert_eq!(journal.append(event("c")), 3);
    assert_eq!(seqs(&journal.page(1, 100)), [1, 2, 3]);
    let mut text = String::new();
    store.append(FILE).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn who_asks_for_what_is_gone_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(&Store::open(directory.path()).unwrap());
    for _ in 0..RING_ENTRIES_MAX + 10 {
        journal.append(event("x"));
    }
    let page = journal.page(1, 5);
    assert!(page.gap);
    assert_eq!(seqs(&page), [11, 12, 13, 14, 15]);
    assert!(!journal.page(11, 5).gap);
}

#[test]
fn long_entries_are_bounded_in_memory_and_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let journal = open(&store);
    let long = "x".repeat(100_000);
    for _ in 0..120 {
        journal.append(event(&long));
    }
    assert!(journal.page(0, 1000).events.len() <= RING_BYTES_MAX / long.len());
    let total: u64 = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|it| it.unwrap().metadata().unwrap().len())
        .sum();
    assert!(total <= 2 * (FILE_BYTES_MAX + 200_000), "{total}");
    drop(journal);
    assert_eq!(open(&store).append(event("y")), 121);
}

fn open(store: &Store) -> Journal {
    Journal::open(store, watch::Sender::default().subscribe()).unwrap()
}
