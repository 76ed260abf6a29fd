//! A database for one test: a SQLite file, or a database of its own on a PostgreSQL.
//!
//! `cargo xtask test` starts a PostgreSQL that is thrown away, tells its address by
//! [`POSTGRES`], and runs every test of this crate twice: the second time with [`CHOSEN`].

use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// `postgres://user@host:port` of a server on which databases may be made and dropped.
const POSTGRES: &str = "STEAD_TEST_POSTGRES";
/// `postgres`: tests that would do with either database use that server.
const CHOSEN: &str = "STEAD_TEST_DATABASE";

/// The URL of an empty database that nobody else uses.
pub(crate) async fn fresh(directory: &Path) -> String {
    match variable(CHOSEN).as_deref() {
        None | Some("sqlite") => sqlite(directory),
        Some("postgres") => postgres().await,
        Some(other) => panic!("{CHOSEN} is `{other}`, and must be `sqlite` or `postgres`"),
    }
}

/// A SQLite file, for what is about SQLite.
pub(crate) fn sqlite(directory: &Path) -> String {
    format!("sqlite://{}/stead.db", directory.display())
}

/// A database on the PostgreSQL, for what is about PostgreSQL.
pub(crate) async fn postgres() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = variable(POSTGRES).unwrap_or_else(|| {
        panic!(
            "this test needs a PostgreSQL: `cargo xtask test NAME` starts one; or set {POSTGRES} \
             to the address of one that may be filled with rubbish"
        )
    });
    // One test at a time runs in a slot, so what an earlier one left there can go.
    let slot = variable("NEXTEST_TEST_GLOBAL_SLOT");
    let slot = slot.unwrap_or_else(|| format!("p{}", std::process::id()));
    let name = format!("stead_{slot}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&format!("{server}/postgres")).await.unwrap();
    for statement in
        [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")]
    {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    format!("{server}/{name}")
}

#[expect(clippy::disallowed_methods, reason = "how the test command tells what it started")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
