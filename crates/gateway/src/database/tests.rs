//! Schema, turns, keys and links, on a real SQLite file.

use super::*;
use crate::vault::{SecretKey, Vault};
use tempfile::TempDir;

async fn database() -> (TempDir, Database) {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(&url(&directory)).await.unwrap();
    (directory, database)
}

fn url(directory: &TempDir) -> String {
    format!("sqlite://{}/stead.db", directory.path().display())
}

#[tokio::test]
async fn opening_again_changes_nothing_and_keys_stay() {
    let (directory, first) = database().await;
    let source = SecretKey::File(directory.path().join("secret.key"));
    let vault = Vault::open(&first, source.clone()).await.unwrap();
    let key = first.key(&vault, "preview", 1).await.unwrap();
    let owner = first.owner(1).await.unwrap();
    first.close().await;
    let second = Database::open(&url(&directory)).await.unwrap();
    let vault = Vault::open(&second, source).await.unwrap();
    assert_eq!(second.key(&vault, "preview", 2).await.unwrap(), key);
    assert_ne!(second.key(&vault, "other", 2).await.unwrap(), key);
    assert_eq!(second.owner(2).await.unwrap(), owner);
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let (directory, database) = database().await;
    sqlx::query("INSERT INTO schema_versions VALUES (99, 'later', 1)")
        .execute(&database.pool)
        .await
        .unwrap();
    database.close().await;
    let error = Database::open(&url(&directory)).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn an_owner_from_before_accounts_becomes_the_administrator() {
    let directory = tempfile::tempdir().unwrap();
    let url = url(&directory);
    sqlx::any::install_default_drivers();
    let old = AnyPool::connect(&format!("{url}?mode=rwc")).await.unwrap();
    let versions = "CREATE TABLE schema_versions (
        version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at_ms BIGINT NOT NULL);
        INSERT INTO schema_versions VALUES (1, 'initial', 1);
        INSERT INTO principals (id, name, created_at_ms) VALUES
            ('usr_00000000000000000000000002', 'Bea', 2), ('usr_00000000000000000000000001', 'Ada', 1)";
    for text in [include_str!("../../migrations/001_initial.sql"), versions] {
        sqlx::raw_sql(text).execute(&old).await.unwrap();
    }
    old.close().await;
    let database = Database::open(&url).await.unwrap();
    let owner = database.owner(3).await.unwrap();
    assert_eq!((owner.name.as_str(), owner.administrator), ("Ada", true));
    let accounts = database.accounts().await.unwrap();
    let administrators: Vec<bool> = accounts.iter().map(|it| it.administrator).collect();
    assert_eq!(administrators, [true, false]);
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused() {
    let error = Database::open("mysql://localhost/x").await.unwrap_err();
    assert!(matches!(error, OpenError::UnknownKind));
}

#[tokio::test]
async fn changes_that_come_at_once_take_turns_in_the_chain() {
    let (_directory, database) = database().await;
    let append = |index: u64| {
        let database = database.clone();
        async move {
            let mut write = database.write().await?;
            let row = AuditRow { verb: "x".to_owned(), time_ms: index, ..AuditRow::default() };
            append_audit(&mut write, row).await?;
            commit(write).await
        }
    };
    let ended = futures_util::future::join_all((0..100).map(append)).await;
    assert!(ended.iter().all(Result::is_ok));
    let report = database.audit_chain(&[], |_| {}).await.unwrap();
    assert!(matches!(&report, ChainReport::Whole { head } if head.seq == 100), "{report:?}");
}

#[tokio::test]
async fn a_write_that_is_dropped_changes_nothing() {
    let (_directory, database) = database().await;
    let owner = database.owner(1).await.unwrap();
    let mut write = database.write().await.unwrap();
    add_grant(&mut write, grant("hash", &owner.id, None)).await.unwrap();
    drop(write);
    let mut write = database.write().await.unwrap();
    assert_eq!(take_grant(&mut write, "hash", Purpose::Enter, 2).await.unwrap(), None);
}

#[tokio::test]
async fn a_link_ends_when_its_time_is_over() {
    let (_directory, database) = database().await;
    let owner = database.owner(1).await.unwrap();
    let mut write = database.write().await.unwrap();
    add_grant(&mut write, grant("short", &owner.id, Some(10))).await.unwrap();
    add_grant(&mut write, grant("first", &owner.id, None)).await.unwrap();
    let mut take =
        async |hash, purpose, now| take_grant(&mut write, hash, purpose, now).await.unwrap();
    assert_eq!(take("short", Purpose::Enter, 10).await, None);
    assert_eq!(take("first", Purpose::Reset, 10).await, None);
    assert_eq!(
        take("first", Purpose::Enter, u64::MAX / 2).await.map(|it| it.principal),
        Some(owner.id)
    );
}

fn grant<'a>(
    hash: &'a str,
    principal: &'a protocol::PrincipalId,
    expires_at_ms: Option<u64>,
) -> NewGrant<'a> {
    NewGrant {
        hash,
        principal,
        purpose: Purpose::Enter,
        now_ms: 1,
        expires_at_ms,
        authenticated_at_ms: None,
    }
}
