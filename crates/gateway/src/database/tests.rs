//! Schema, turns, keys and links, on a real database.

use super::*;
use crate::test_database;
use crate::vault::{SecretKey, Vault};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// The directory, where SQLite has its file, with the URL.
type Place = (TempDir, String);

async fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let url = test_database::fresh(directory.path()).await;
    (directory, url)
}

async fn database() -> (Place, Database) {
    let place = place().await;
    let database = Database::open(&place.1).await.unwrap();
    (place, database)
}

#[tokio::test]
async fn opening_again_changes_nothing_and_keys_stay() {
    let ((directory, url), first) = database().await;
    let source = SecretKey::File(directory.path().join("secret.key"));
    let vault = Vault::open(&first, source.clone()).await.unwrap();
    let key = first.key(&vault, "preview", 1).await.unwrap();
    let owner = first.owner(1).await.unwrap();
    first.close().await;
    let second = Database::open(&url).await.unwrap();
    let vault = Vault::open(&second, source).await.unwrap();
    assert_eq!(second.key(&vault, "preview", 2).await.unwrap(), key);
    assert_ne!(second.key(&vault, "other", 2).await.unwrap(), key);
    assert_eq!(second.owner(2).await.unwrap(), owner);
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let ((_directory, url), database) = database().await;
    sqlx::query("INSERT INTO schema_versions VALUES (99, 'later', 1)")
        .execute(&database.pool)
        .await
        .unwrap();
    database.close().await;
    let error = Database::open(&url).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn an_owner_from_before_accounts_becomes_the_administrator() {
    let (_directory, url) = place().await;
    let old = Database::connect(&url, dialect(&url).unwrap()).await.unwrap();
    let versions = "CREATE TABLE schema_versions (
        version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at_ms BIGINT NOT NULL);
        INSERT INTO schema_versions VALUES (1, 'initial', 1);
        INSERT INTO principals (id, name, created_at_ms) VALUES
            ('usr_00000000000000000000000002', 'Bea', 2), ('usr_00000000000000000000000001', 'Ada', 1)";
    for text in [include_str!("../../migrations/001_initial.sql"), versions] {
        sqlx::raw_sql(text).execute(&old.pool).await.unwrap();
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
    let (_place, database) = database().await;
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
async fn gateways_that_start_at_once_make_one_schema() {
    let url = test_database::postgres().await;
    let opened = futures_util::future::join_all((0..5).map(|_| Database::open(&url))).await;
    for it in &opened {
        it.as_ref().unwrap();
    }
}

#[tokio::test]
async fn gateways_take_turns_in_the_chain_and_hear_of_each_other_in_its_order() {
    let url = test_database::postgres().await;
    let (one, other) = (Database::open(&url).await.unwrap(), Database::open(&url).await.unwrap());
    let sign_out = |database: &Database, index: u128| {
        let database = database.clone();
        async move {
            let mut write = database.write().await?;
            append_audit(&mut write, AuditRow::default()).await?;
            write.tell(peer::Change::Person { id: protocol::PrincipalId::from_random(index) });
            commit(write).await
        }
    };
    let writes = (0..100).map(|it| sign_out(if it % 2 == 0 { &one } else { &other }, it));
    let ended = futures_util::future::join_all(writes).await;
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    let report = one.audit_chain(&[], |_| {}).await.unwrap();
    assert!(matches!(&report, ChainReport::Whole { head } if head.seq == 100), "{report:?}");
    for reader in [&one, &other] {
        let News::Told(told, last) = reader.news(0).await.unwrap() else { panic!("missed") };
        assert_eq!((told.len(), last), (50, 100), "what others told, and none of its own");
    }
    // Rows that are gone before somebody read them are noticed, and so is what nobody understands.
    sqlx::query("DELETE FROM changes WHERE seq <= 10").execute(&one.pool).await.unwrap();
    assert_eq!(one.news(5).await.unwrap(), News::Missed(100));
    sqlx::query("UPDATE changes SET change = '{\"kind\":\"new\"}' WHERE seq = 100")
        .execute(&one.pool)
        .await
        .unwrap();
    let stranger = Database::open(&url).await.unwrap();
    assert_eq!(stranger.news(99).await.unwrap(), News::Told(vec![None], 100));
}

#[tokio::test]
async fn a_text_with_a_nul_is_refused_or_replaced() {
    let (_place, database) = database().await;
    let row = AuditRow { object: Some("a\0b".to_owned()), ..AuditRow::default() };
    let mut write = database.write().await.unwrap();
    append_audit(&mut write, row).await.unwrap();
    commit(write).await.unwrap();
    let rows = database.audit_rows(&AuditFilter::default(), 0, 9).await.unwrap();
    assert_eq!(rows[0].object.as_deref(), Some("a\u{fffd}b"));
    assert!(matches!(database.person_named("a\0b").await, Ok(None) | Err(DatabaseError::Text)));
}

#[tokio::test]
async fn a_write_that_is_dropped_changes_nothing() {
    let (_place, database) = database().await;
    let owner = database.owner(1).await.unwrap();
    let mut write = database.write().await.unwrap();
    add_grant(&mut write, grant("hash", &owner.id, None)).await.unwrap();
    drop(write);
    let mut write = database.write().await.unwrap();
    assert_eq!(take_grant(&mut write, "hash", Purpose::Enter, 2).await.unwrap(), None);
}

#[tokio::test]
async fn a_link_ends_when_its_time_is_over() {
    let (_place, database) = database().await;
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

#[tokio::test(start_paused = true)]
async fn what_opens_late_is_tried_again_for_a_while_and_what_fails_is_not() {
    let tries = AtomicU32::new(0);
    let late = async || {
        tries.fetch_add(1, Ordering::Relaxed);
        tokio::time::advance(ACQUIRE_TIMEOUT).await;
        Err::<(), _>(sqlx::Error::PoolTimedOut)
    };
    let at_last = async || match late().await {
        Err(_) if tries.load(Ordering::Relaxed) == 4 => Ok(()),
        other => other,
    };
    patiently(at_last).await.unwrap();
    assert_eq!(tries.swap(0, Ordering::Relaxed), 4);

    let start = Instant::now();
    assert!(matches!(patiently(late).await, Err(sqlx::Error::PoolTimedOut)));
    assert_eq!((start.elapsed(), tries.swap(0, Ordering::Relaxed)), (OPEN_TIMEOUT, 15));

    let broken = async || {
        tries.fetch_add(1, Ordering::Relaxed);
        Err::<(), _>(sqlx::Error::PoolClosed)
    };
    assert!(matches!(patiently(broken).await, Err(sqlx::Error::PoolClosed)));
    assert_eq!(tries.load(Ordering::Relaxed), 1);
}
