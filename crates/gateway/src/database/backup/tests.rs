//! Rows go out of a database that is in use and into an empty one of either kind.

use super::*;
use crate::test_database;
use tempfile::TempDir;

/// A database with an owner and some rows of the audit log.
async fn filled(directory: &TempDir) -> (String, Database) {
    let url = test_database::fresh(directory.path()).await;
    let database = Database::open(&url).await.unwrap();
    database.owner(1).await.unwrap();
    for index in 0..20 {
        append(&database, index).await;
    }
    (url, database)
}

async fn append(database: &Database, index: u64) {
    let row = AuditRow {
        time_ms: index,
        object: index.is_multiple_of(2).then(|| format!("ä\"{index}\n")),
        ..AuditRow::default()
    };
    let mut write = database.write().await.unwrap();
    append_audit(&mut write, row).await.unwrap();
    commit(write).await.unwrap();
}

async fn save(url: &str) -> (Vec<u8>, Saved) {
    let mut lines = Vec::new();
    let saved = database_save(url, &mut lines).await.unwrap();
    (lines, saved)
}

// covers: S0.53
#[tokio::test]
async fn what_was_saved_under_load_is_one_moment_and_is_put_back_whole() {
    let directory = tempfile::tempdir().unwrap();
    let (url, database) = filled(&directory).await;
    let (lines, saved) = tokio::select! {
        saved = save(&url) => saved,
        () = async { for index in 20.. { append(&database, index).await } } => unreachable!(),
    };
    assert!(20 <= saved.audit_rows, "{saved:?}");
    // Into the same kind, and into the other.
    let other = tempfile::tempdir().unwrap();
    let elsewhere = [test_database::fresh(other.path()).await, {
        let (sqlite, place) = (url.starts_with("sqlite"), other.path().join("other"));
        std::fs::create_dir(&place).unwrap();
        if sqlite { test_database::postgres().await } else { test_database::sqlite(&place) }
    }];
    for target in elsewhere {
        let loaded = database_load(&target, &saved, &*lines, (&[], false)).await.unwrap();
        assert_eq!(loaded.rows, saved.rows);
        let whole = AuditReport::Whole {
            rows: saved.audit_rows,
            head: saved.audit_head.clone(),
            confirmed: Some(saved.audit_rows),
        };
        assert_eq!(loaded.audit, whole);
        let (again, _) = save(&target).await;
        let rows = |lines: &[u8]| {
            let lines = String::from_utf8(lines.to_vec()).unwrap();
            let mut lines: Vec<String> = lines.lines().map(Into::into).collect();
            lines.retain(|it| !it.contains("backup.restore"));
            lines.sort();
            lines
        };
        assert_eq!(rows(&again), rows(&lines));
        let error = database_load(&target, &saved, &*lines, (&[], false)).await.unwrap_err();
        assert!(matches!(error, BackupError::NotEmpty), "{error}");
    }
}

#[tokio::test]
async fn an_attempt_that_was_cut_off_is_known_by_how_far_it_came() {
    let directory = tempfile::tempdir().unwrap();
    let (url, _database) = filled(&directory).await;
    let (lines, saved) = save(&url).await;
    assert_eq!(database_progress(&url, &saved).await.unwrap(), Progress::Loaded);
    let other = tempfile::tempdir().unwrap();
    let target = test_database::fresh(other.path()).await;
    let progress = async || database_progress(&target, &saved).await.unwrap();
    assert_eq!(progress().await, Progress::Nothing);
    // Cut off while tables were made.
    let database = Database::connect(&target, super::super::dialect(&target).unwrap()).await;
    let database = database.unwrap();
    migrations::run_only(&database, &[]).await.unwrap();
    assert_eq!(progress().await, Progress::Nothing);
    migrations::run_only(&database, &saved.versions[..1]).await.unwrap();
    assert_eq!(progress().await, Progress::Nothing);

    let loaded = database_load(&target, &saved, &*lines, (&[], false)).await.unwrap();
    assert_eq!(progress().await, Progress::Finished);
    // Cut off after the rows, and before the audit log told.
    let last = "DELETE FROM audit WHERE verb = 'backup.restore'";
    query(last).execute(&database.pool).await.unwrap();
    assert_eq!(progress().await, Progress::Loaded);
    assert_eq!(database_finish(&target, &saved, false).await.unwrap(), loaded);
    assert_eq!(progress().await, Progress::Finished);
    // Cut off before that was known: twice is once.
    database_finish(&target, &saved, false).await.unwrap();
    assert_eq!(progress().await, Progress::Finished);

    append(&database, 1).await;
    assert_eq!(progress().await, Progress::SomethingElse, "it was gone on with");
}

#[tokio::test]
async fn rows_that_are_not_understood_are_put_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let (url, _database) = filled(&directory).await;
    let (lines, saved) = save(&url).await;
    let mut broken = lines.clone();
    broken.extend_from_slice(b"{\"table\":\"other\",\"columns\":[]}\n");
    let other = tempfile::tempdir().unwrap();
    let target = test_database::fresh(other.path()).await;
    let error = database_load(&target, &saved, &*broken, (&[], false)).await.unwrap_err();
    assert!(matches!(error, BackupError::Line { .. }), "{error}");
    let loaded = database_load(&target, &saved, &*lines, (&[], false)).await.unwrap();
    assert_eq!(loaded.rows, saved.rows, "the failed attempt left nothing in the way");
    let newer = Saved { versions: vec![1, 999], ..saved };
    let other = tempfile::tempdir().unwrap();
    let target = test_database::fresh(other.path()).await;
    let error = database_load(&target, &newer, &*lines, (&[], false)).await.unwrap_err();
    assert!(matches!(error, BackupError::Open(OpenError::Newer { found: 999, .. })), "{error}");
}
