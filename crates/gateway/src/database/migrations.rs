//! Schema versions: forward only, one transaction each, run at every start.

use super::{BEGIN_IMMEDIATE, Database, Dialect, LOCK, OpenError};
use sqlx::{Any, Row, Transaction};
use stdx::clock::now_ms;

/// Every version of the schema, oldest first; a released one is never edited.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "initial",
        text: include_str!("../../migrations/001_initial.sql"),
    },
    Migration {
        version: 2,
        name: "accounts",
        text: include_str!("../../migrations/002_accounts.sql"),
    },
    Migration {
        version: 3,
        name: "break glass",
        text: include_str!("../../migrations/003_break_glass.sql"),
    },
    Migration { version: 4, name: "shares", text: include_str!("../../migrations/004_shares.sql") },
    Migration { version: 5, name: "audit", text: include_str!("../../migrations/005_audit.sql") },
    Migration {
        version: 6,
        name: "environment",
        text: include_str!("../../migrations/006_environment.sql"),
    },
    Migration {
        version: 8,
        name: "authenticated",
        text: include_str!("../../migrations/008_authenticated.sql"),
    },
    Migration {
        version: 9,
        name: "registry",
        text: include_str!("../../migrations/009_registry.sql"),
    },
    Migration {
        version: 11,
        name: "gateways",
        text: include_str!("../../migrations/011_gateways.sql"),
    },
    Migration {
        version: 12,
        name: "machines",
        text: include_str!("../../migrations/012_machines.sql"),
    },
    Migration { version: 13, name: "moves", text: include_str!("../../migrations/013_moves.sql") },
    Migration {
        version: 14,
        name: "gateway addresses",
        text: include_str!("../../migrations/014_gateway_addresses.sql"),
    },
    Migration {
        version: 16,
        name: "registry tokens",
        text: include_str!("../../migrations/016_registry_tokens.sql"),
    },
];

/// Whoever starts while another gateway brings the schema up to date waits for it.
const PATIENTLY: &str = "SET LOCAL lock_timeout = 60000";

struct Migration {
    version: i64,
    name: &'static str,
    text: &'static str,
}

/// Applies what the database does not have yet.
pub(super) async fn run(database: &Database) -> Result<(), OpenError> {
    make_table(database).await?;
    for migration in MIGRATIONS {
        apply(database, migration).await?;
    }
    let (found, known) = versions(database).await?;
    if known < found { Err(OpenError::Newer { found, known }) } else { Ok(()) }
}

/// The newest version that the database has, and the newest of this program.
pub(super) async fn versions(database: &Database) -> Result<(i64, i64), sqlx::Error> {
    let found: i64 = sqlx::query("SELECT MAX(version) AS version FROM schema_versions")
        .fetch_one(&database.pool)
        .await?
        .try_get("version")?;
    Ok((found, MIGRATIONS.last().map_or(0, |it| it.version)))
}

/// Applies these versions and no other, to a database that has none yet.
pub(super) async fn run_only(database: &Database, versions: &[i64]) -> Result<(), OpenError> {
    check_known(versions)?;
    make_table(database).await?;
    for migration in MIGRATIONS.iter().filter(|it| versions.contains(&it.version)) {
        apply(database, migration).await?;
    }
    Ok(())
}

/// Refuses versions that a newer program has made.
pub(super) fn check_known(versions: &[i64]) -> Result<(), OpenError> {
    let known = MIGRATIONS.iter().map(|it| it.version).max().unwrap_or(0);
    let is_known = |it: &&i64| MIGRATIONS.iter().any(|migration| migration.version == **it);
    match versions.iter().find(|it| !is_known(it)) {
        Some(&found) => Err(OpenError::Newer { found, known }),
        None => Ok(()),
    }
}

/// The tables of these versions; each comes after those that it refers to.
pub(super) fn tables(versions: &[i64]) -> Vec<&'static str> {
    let known = MIGRATIONS.iter().filter(|it| versions.contains(&it.version));
    known
        .flat_map(|it| statements(it.text))
        .filter_map(|it| it.split_once("CREATE TABLE ")?.1.split([' ', '(']).next())
        .collect()
}

/// Applies one version unless another process has done so.
async fn apply(database: &Database, migration: &Migration) -> Result<(), OpenError> {
    let mut write = begin(database).await?;
    let applied = sqlx::query("SELECT version FROM schema_versions WHERE version = $1")
        .bind(migration.version)
        .fetch_optional(&mut *write)
        .await?;
    if applied.is_some() {
        return Ok(());
    }
    for statement in statements(migration.text) {
        sqlx::query(statement).execute(&mut *write).await?;
    }
    sqlx::query("INSERT INTO schema_versions (version, name, applied_at_ms) VALUES ($1, $2, $3)")
        .bind(migration.version)
        .bind(migration.name)
        .bind(super::to_column(now_ms()))
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    tracing::info!(version = migration.version, name = migration.name, "schema brought up to date");
    Ok(())
}

async fn make_table(database: &Database) -> Result<(), OpenError> {
    let mut write = begin(database).await?;
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS schema_versions (
            version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at_ms BIGINT NOT NULL)",
    )
    .execute(&mut *write)
    .await?;
    Ok(write.commit().await?)
}

/// Begins a transaction that no other gateway has at the same time.
async fn begin(database: &Database) -> Result<Transaction<'static, Any>, sqlx::Error> {
    match database.dialect {
        Dialect::Sqlite => database.pool.begin_with(BEGIN_IMMEDIATE).await,
        Dialect::Postgres => {
            let mut write = database.pool.begin().await?;
            for statement in [PATIENTLY, LOCK] {
                sqlx::query(statement).execute(&mut *write).await?;
            }
            Ok(write)
        }
    }
}

/// The statements of a file; each ends with a semicolon at the end of a line.
fn statements(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split(";\n").map(str::trim).filter(|it| !it.is_empty())
}
