//! Numbering, acknowledgement, crashes, bounds and damage of the outbox.

use super::*;
use std::io::Write;
use tempfile::TempDir;

const FILE: &str = "audit-outbox.jsonl";

fn open(directory: &TempDir) -> Outbox {
    Outbox::open(&Store::open(directory.path()).unwrap()).unwrap()
}

fn note(outbox: &Outbox, object: &str) {
    let by = By { principal: Some("usr_1".into()), operator: None };
    outbox.append(&by, None, Fact::new(const { verb("document.update") }).about(object));
}

/// What is collected by a gateway that has entries up to a number of this outbox.
async fn collect(outbox: &Outbox, after: u64) -> Vec<String> {
    let id = outbox.lock().id.clone();
    let request = Collect { outbox: Some(id), after };
    let scope = TaskScope::default();
    scope.stop();
    let collected = outbox.collect(&request, &scope).await;
    let object = |it: &KernelEntry| it.object.clone().unwrap_or_else(|| it.verb.clone());
    collected.entries.iter().map(|it| format!("{} {}", it.number, object(it))).collect()
}

#[tokio::test]
async fn what_no_gateway_has_is_there_after_any_end() {
    let directory = tempfile::tempdir().unwrap();
    let outbox = open(&directory);
    for object in ["a", "b", "c"] {
        note(&outbox, object);
    }
    assert_eq!(collect(&outbox, 1).await, ["2 b", "3 c"]);
    // A process that is killed does no more than this.
    drop(outbox);
    let outbox = open(&directory);
    assert_eq!(collect(&outbox, 1).await, ["2 b", "3 c"]);
    assert_eq!(collect(&outbox, 3).await, Vec::<String>::new());
    let outbox = open(&directory);
    note(&outbox, "d");
    assert_eq!(collect(&outbox, 3).await, ["4 d"]);
}

#[tokio::test]
async fn another_outbox_is_collected_from_its_beginning() {
    let directory = tempfile::tempdir().unwrap();
    let outbox = open(&directory);
    note(&outbox, "a");
    let request = Collect { outbox: Some("another".into()), after: 9 };
    let collected = outbox.collect(&request, &TaskScope::default()).await;
    assert_eq!((collected.outbox.len(), collected.entries[0].number), (32, 1));
}

#[tokio::test]
async fn a_line_that_was_torn_or_damaged_costs_only_itself() {
    let directory = tempfile::tempdir().unwrap();
    let outbox = open(&directory);
    note(&outbox, "a");
    let store = Store::open(directory.path()).unwrap();
    store.append(FILE).unwrap().write_all(b"{\"line\":\"entr\x00\n").unwrap();
    note(&outbox, "b");
    store.append(FILE).unwrap().write_all(b"{\"line\":\"entry\",\"num").unwrap();
    let outbox = open(&directory);
    note(&outbox, "c");
    assert_eq!(collect(&open(&directory), 0).await, ["1 a", "2 b", "3 c"]);
    assert_eq!(collect(&outbox, 0).await, ["1 a", "2 b", "3 c"]);
}

#[tokio::test]
async fn a_directory_that_was_put_back_tells_its_entries_again_under_new_numbers() {
    let directory = tempfile::tempdir().unwrap();
    let outbox = open(&directory);
    note(&outbox, "a");
    let copy = std::fs::read(directory.path().join(FILE)).unwrap();
    note(&outbox, "b");
    std::fs::write(directory.path().join(FILE), copy).unwrap();
    let outbox = open(&directory);
    assert_eq!(collect(&outbox, 2).await, ["3 a"]);
    note(&outbox, "c");
    assert_eq!(collect(&open(&directory), 3).await, ["4 c"]);
}

#[tokio::test]
async fn a_full_outbox_keeps_what_it_has_and_counts_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let outbox = open(&directory);
    for _ in 0..ENTRIES_MAX + 5 {
        note(&outbox, "x");
    }
    let full = ENTRIES_MAX as u64;
    assert_eq!(collect(&outbox, full - 1).await.len(), 2, "the last one, and what was lost");
    let outbox = open(&directory);
    let batch = outbox.lock().batch();
    let lost = batch.entries.last().unwrap();
    assert_eq!((lost.number, lost.verb.as_str()), (full + 1, "audit.lost"));
    assert_eq!(lost.details["count"], 5);
    note(&outbox, "y");
    assert_eq!(collect(&outbox, full + 1).await, [format!("{} y", full + 2)]);
}

#[tokio::test]
async fn the_file_does_not_grow_with_what_was_collected() {
    let directory = tempfile::tempdir().unwrap();
    let outbox = open(&directory);
    let long = "x".repeat(1000);
    for number in 1..=2000 {
        note(&outbox, &long);
        assert_eq!(collect(&outbox, number).await.len(), 0);
    }
    let length = std::fs::metadata(directory.path().join(FILE)).unwrap().len();
    assert!(length < 600_000, "{length}");
    note(&open(&directory), "last");
    assert_eq!(collect(&open(&directory), 2000).await, ["2001 last"]);
}

#[tokio::test]
async fn a_collector_waits_for_the_next_entry_and_gives_way_to_another_one() {
    let directory = tempfile::tempdir().unwrap();
    let outbox = open(&directory);
    let scope = TaskScope::default();
    let request = Collect::default();
    let (first, second, ()) = tokio::join!(
        outbox.collect(&request, &scope),
        async {
            tokio::task::yield_now().await;
            outbox.collect(&request, &scope).await
        },
        async {
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            note(&outbox, "a");
        }
    );
    assert_eq!((first.entries.len(), second.entries.len()), (0, 1));
}

#[test]
fn facts_are_bounded() {
    let fact = Fact::new(const { verb("file.write") })
        .about(&"ä".repeat(5000))
        .with("version", 3)
        .with("huge", "x".repeat(5000));
    assert_eq!(fact.object.as_deref().map(str::len), Some(2048));
    assert_eq!(fact.details.keys().collect::<Vec<_>>(), ["version"]);
}
