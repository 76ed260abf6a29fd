//! Pages of the audit log, and how SQLite finds them.

use super::*;
use crate::database::commit;
use crate::test_database;
use tempfile::TempDir;

async fn database(rows: impl Iterator<Item = AuditRow>) -> (TempDir, Database) {
    let directory = tempfile::tempdir().unwrap();
    let url = test_database::fresh(directory.path()).await;
    let database = Database::open(&url).await.unwrap();
    let mut write = database.write().await.unwrap();
    for row in rows {
        append_audit(&mut write, row).await.unwrap();
    }
    commit(write).await.unwrap();
    (directory, database)
}

fn row(time_ms: u64, verb: &str, object: &str) -> AuditRow {
    AuditRow {
        time_ms,
        verb: verb.to_owned(),
        object: Some(object.to_owned()),
        outcome: "ok".to_owned(),
        ..AuditRow::default()
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat_even_at_the_same_time() {
    let rows = (0..100).map(|it| row(it / 10, if it % 3 == 0 { "a.b" } else { "c.d" }, "x"));
    let (_directory, database) = database(rows).await;
    for verbs in [vec![], vec!["a.b".to_owned()], vec!["a.b".to_owned(), "c.d".to_owned()]] {
        let filter = AuditFilter { verbs, ..AuditFilter::default() };
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = database.audit_page(&filter, before, 7).await.unwrap();
            seen.extend(page.rows.iter().map(|it| it.seq));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let wanted = |it: &u64| filter.verbs.len() != 1 || (it - 1).is_multiple_of(3);
        assert_eq!(seen, (1..=100).rev().filter(wanted).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_begun_row_is_shown_until_its_outcome_is_there() {
    let (_directory, database) = database(std::iter::empty()).await;
    let mut write = database.write().await.unwrap();
    let begun = begin_audit(&mut write, row(1, "a.b", "x")).await.unwrap();
    begin_audit(&mut write, row(2, "a.b", "y")).await.unwrap();
    end_audit(&mut write, begun.ended(Outcome::Failed, 3)).await.unwrap();
    commit(write).await.unwrap();
    let filter = AuditFilter::default();
    let shown = |rows: &[AuditRow]| {
        let it = rows.iter().map(|it| format!("{} {}", it.outcome, it.object.as_deref().unwrap()));
        it.collect::<Vec<_>>()
    };
    let page = database.audit_page(&filter, None, 9).await.unwrap();
    assert_eq!(shown(&page.rows), ["failed x", "begun y"]);
    let chain = database.audit_rows(&filter, 0, 9).await.unwrap();
    assert_eq!(shown(&chain), ["begun x", "begun y", "failed x"]);
    assert_eq!(database.audit_left_open().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_text_is_found_in_object_and_details_whatever_its_case() {
    let rows = [
        row(1, "a.b", "src/Main.rs"),
        row(2, "a.b", "100%"),
        row(3, "a.b", "1000").with("to", "LIB/main.RS"),
    ];
    let (_directory, database) = database(rows.into_iter()).await;
    let find = async |text: &str| {
        let filter = AuditFilter { text: Some(text.to_owned()), ..AuditFilter::default() };
        let page = database.audit_page(&filter, None, 9).await.unwrap();
        page.rows.iter().map(|it| it.time_ms).collect::<Vec<_>>()
    };
    assert_eq!(find("main.rs").await, [3, 1]);
    assert_eq!(find("100%").await, [2]);
    assert_eq!(find("nowhere").await, [0; 0]);
}

#[tokio::test]
async fn everything_may_be_asked_for_at_once() {
    let rows = (0..200).map(|it| row(it, &format!("a.v{it}"), "x"));
    let (_directory, database) = database(rows).await;
    let filter = AuditFilter {
        verbs: (0..200).map(|it| format!("a.v{it}")).collect(),
        outcomes: vec![Outcome::Ok, Outcome::Denied, Outcome::Failed, Outcome::Begun],
        ..AuditFilter::default()
    };
    let page = database.audit_page(&filter, None, 50).await.unwrap();
    let times: Vec<u64> = page.rows.iter().map(|it| it.time_ms).collect();
    assert_eq!(times, (150..200).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn no_page_is_sorted_or_looked_for_without_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(&test_database::sqlite(directory.path())).await.unwrap();
    let some = || Some("x".to_owned());
    let verbs = || vec!["a.b".to_owned(), "c.d".to_owned()];
    let filters = [
        AuditFilter::default(),
        AuditFilter { from_ms: Some(1), until_ms: Some(2), ..AuditFilter::default() },
        AuditFilter { workspace: some(), ..AuditFilter::default() },
        AuditFilter { principal: some(), ..AuditFilter::default() },
        AuditFilter { verbs: vec!["a.b".to_owned()], ..AuditFilter::default() },
        AuditFilter { outcomes: vec![Outcome::Denied], ..AuditFilter::default() },
        AuditFilter { workspace: some(), verbs: verbs(), ..AuditFilter::default() },
        AuditFilter { outcomes: vec![Outcome::Denied, Outcome::Failed], ..AuditFilter::default() },
    ];
    for filter in filters {
        for before in [None, Some(Cursor { time_ms: 1, seq: 1 })] {
            let plan = database.audit_plan(&filter, before).await;
            // Several searches are merged; each of them is found in order.
            let sorts = plan.lines().filter(|it| it.contains("TEMP B-TREE")).count();
            let parts = plan.lines().filter(|it| it.contains("CO-ROUTINE")).count();
            assert!(sorts <= parts, "{filter:?}\n{plan}");
            let whole = plan.lines().any(|it| it == "SCAN audit");
            assert!(plan.contains("USING INDEX audit_by_") && !whole, "{filter:?}\n{plan}");
        }
    }
}

#[tokio::test]
async fn rows_of_before_keep_their_hash() {
    let (_directory, database) = database(std::iter::empty()).await;
    // Written by version 1: `hash` over the ten fields that there were.
    sqlx::query(
        "INSERT INTO audit (seq, time_ms, verb, object, outcome, hash) VALUES (1, 5, 'file.write',
         'a', 'forwarded', '00')",
    )
    .execute(&database.pool)
    .await
    .unwrap();
    let report = database.audit_chain(&[], |_| {}).await.unwrap();
    assert_eq!(report, ChainReport::Broken { seq: 1 });
    sqlx::query("UPDATE audit SET hash = $1")
        .bind("4b2763a761263f0f5552a0c62a74d74079092a8b85dd6a25fe39ca9544612e24")
        .execute(&database.pool)
        .await
        .unwrap();
    let report = database.audit_chain(&[], |_| {}).await.unwrap();
    assert!(matches!(report, ChainReport::Whole { .. }));
}
