//! The gateway's database: SQLite by default, PostgreSQL by URL, the same queries on both.
//!
//! One file per table holds that table's queries. Only `TEXT` and `BIGINT` columns and `$1`
//! placeholders are used. Every write goes through [`Database::write`], which takes the write lock
//! at once, so that the audit chain has one writer at a time, of however many gateways, and a busy
//! database is noticed before anything is changed.

mod accounts;
mod audit;
mod backup;
mod break_glass;
mod changes;
mod drains;
mod environment;
mod gateways;
mod grants;
mod identities;
mod invitations;
mod keys;
mod logins;
mod machines;
mod members;
mod migrations;
mod moves;
mod patient;
mod preview_grants;
mod principals;
mod registry;
mod secret_keys;
mod shares;
mod standing;
mod url;
mod workspaces;

pub(crate) use accounts::{
    administrator_count, delete_account, owned_alone, set_administrator, set_disabled,
};
pub(crate) use audit::{
    AuditFilter, AuditRow, AuditRows, ChainReport, Cursor, Head, append_audit, begin_audit,
    end_audit, give_up_audit, set_collected,
};
pub use backup::{
    BackupError, Loaded, Progress, Saved, database_finish, database_load, database_progress,
    database_ready, database_save,
};
pub(crate) use break_glass::{BreakGlassRow, add_break_glass, end_break_glass, see_break_glass};
pub(crate) use changes::News;
pub(crate) use drains::{DrainRow, add_drain, claim_drains, end_drain};
pub(crate) use environment::{
    Change, CredentialRow, Owner, VariableRow, credentials_within, remove_credential,
    remove_environment, remove_variable, set_credential, set_variable, touch_environment,
    variables_within,
};
pub(crate) use grants::{NewGrant, Purpose, add_grant, clear_grants, remove_grants_of, take_grant};
pub(crate) use identities::{
    IdentityRow, add_identity, identities_of, identity_holder, remove_identity, set_identity_email,
};
pub(crate) use invitations::{
    Invited, NewInvitation, add_invitation, find_invitation, remove_invitation, use_invitation,
};
pub(crate) use logins::{
    Login, LoginDetails, NewLogin, Scope, add_login, remove_login, remove_logins_of,
    remove_logins_of_principal,
};
pub(crate) use machines::{
    MachinePhase, MachineRow, NewMachineToken, Placement, add_machine_token, join_machine,
    place_workspace, place_workspace_at, rename_machine, set_machine_key, set_machine_phase,
    take_machine_token, workspaces_on,
};
pub(crate) use members::{
    Member, member_role, remove_member, set_member, settle_owner, transfer_workspace,
};
pub(crate) use moves::{add_move, advance_move, cancel_move, cancel_moves, claim_moves};
pub(crate) use principals::{
    Credentials, NewPrincipal, Principal, add_principal, login_name_is_free, note_entry,
    note_failures, rename_principal, set_login_name, set_password,
};
pub(crate) use registry::{
    RemoteRow, WorkerStore, add_remote_runtime, count_remote_runtimes, remove_remote_runtime,
};
pub(crate) use secret_keys::{
    SealedRow, current_key, drop_sealed_by, retire_keys, sealed_by_others, set_current_key,
    store_sealed,
};
pub(crate) use shares::{
    FoundShare, ShareRow, add_share, count_shares, count_view, end_share, set_share,
    set_share_people, slug_holder,
};
pub(crate) use standing::{Standing, standing};
pub use url::UrlError;
pub(crate) use workspaces::{
    Phase, WorkspaceRow, add_workspace, claim_interrupted, remove_workspace, rename_workspace,
    set_phase,
};

use changes::Doubts;
use patient::{Patient, answers};
use protocol::peer;
use protocol::{ErrorCode, WireError};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{Any, AnyPool, Connection, Transaction};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio::time::{Instant, timeout};

/// What takes PostgreSQL's write lock: of this program, in this schema. Readers, and the database's
/// own upkeep of tables, do not wait for it.
const LOCK: &str =
    "SELECT pg_advisory_xact_lock(1398031681, hashtext(current_schema()::text))::text";
/// How long PostgreSQL keeps the lock of a gateway that does not go on with its write.
const ABANDONED_MS: u32 = 10_000;
/// How PostgreSQL's codes begin that say that the server, or this connection to it, is being ended.
const SERVER_ENDS: &str = "57P";
/// PostgreSQL refuses a text with a NUL character.
const NUL_REFUSED: &str = "22021";

/// SQLite gives every connection a thread; WAL lets readers go on beside one writer.
const CONNECTIONS_MAX: u32 = 4;
/// How long a statement waits for another process that holds a lock. Longer only makes people wait
/// for the same refusal.
const BUSY_TIMEOUT_MS: u32 = 1_000;
/// The same on PostgreSQL, which hands locks on in order, so that waiting leads somewhere.
const PG_LOCK_TIMEOUT_MS: u32 = 3_000;
/// How long a request waits for a free connection of the pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the file of a SQLite database may take to be opened.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a change waits for the changes before it.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes SQLite's write lock at once.
const BEGIN_IMMEDIATE: &str = "BEGIN IMMEDIATE";
/// How long is waited for a connection that may be one of those that write no more.
const LOOK_TIMEOUT: Duration = Duration::from_millis(100);
/// Changes nothing, and is refused where nothing can be changed.
const NO_CHANGE: &str = "DELETE FROM audit_open WHERE seq = -1";
/// How long the database is believed to take changes after it took one for the asking.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);

/// A transaction that may write. Dropped without commit, it changes nothing.
///
/// Changes of one process take turns here, because those that meet at SQLite's own lock poll for
/// it and the unlucky ones give up.
pub(crate) struct Write {
    transaction: Patient<Transaction<'static, Any>>,
    _turn: OwnedMutexGuard<()>,
    dialect: Dialect,
    gateway: Arc<str>,
    /// What other gateways are told once this is committed.
    changes: Vec<peer::Change>,
    /// The end of the audit log once this is committed.
    head: Option<Head>,
    heads: Arc<watch::Sender<Head>>,
    doubts: Doubts,
}

impl Write {
    fn set_head(&mut self, head: Head) {
        self.head = Some(head);
    }
}

impl Deref for Write {
    type Target = Patient<Transaction<'static, Any>>;

    fn deref(&self) -> &Self::Target {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.transaction
    }
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pool: Patient<AnyPool>,
    dialect: Dialect,
    url: Arc<str>,
    /// Names this process among the gateways on this database.
    gateway: Arc<str>,
    turn: Arc<Mutex<()>>,
    /// The end of the audit log, as this process last wrote it. Written by [`commit`].
    heads: Arc<watch::Sender<Head>>,
    /// Changes of this gateway whose outcome it does not know.
    doubts: Doubts,
    /// When [`Self::probe`] last found that changes can be written.
    probed: Arc<std::sync::Mutex<Option<Instant>>>,
}

/// Where the two systems need different words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

/// The database did not do what it was asked; nothing was changed, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// It is locked, full or away: trying again may help.
    #[error("the database is locked or away")]
    Away(#[source] sqlx::Error),
    /// It did not say whether a change was kept.
    #[error("the database did not say whether it kept the change")]
    Unsure(#[source] sqlx::Error),
    /// It cannot keep such a text, and trying again would not help.
    #[error("a text holds a character that cannot be kept")]
    Text,
    /// The only owner who can sign in would not be one any more.
    #[error("the last owner who can sign in stays the owner")]
    LastOwner,
    /// A row is not what this program writes.
    #[error("the database holds a row that cannot be read: {0}")]
    Corrupt(String),
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        let is_corrupt = matches!(
            error,
            sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::ColumnNotFound(_)
                | sqlx::Error::Decode(_)
        );
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if is_corrupt {
            Self::Corrupt(error.to_string())
        } else if code.as_deref() == Some(NUL_REFUSED) {
            Self::Text
        } else {
            Self::Away(error)
        }
    }
}

impl From<DatabaseError> for WireError {
    fn from(error: DatabaseError) -> Self {
        match &error {
            DatabaseError::Away(source) => {
                tracing::warn!(error = %source, "the database refused");
                Self::new(
                    ErrorCode::Unavailable,
                    "the database is locked or away; nothing was changed; try again in a moment",
                )
            }
            DatabaseError::Unsure(source) => {
                tracing::warn!(error = %source, "the database did not say whether it kept a change");
                Self::new(
                    ErrorCode::Unavailable,
                    "the database went away before it said whether it kept the change; look before \
                     you try again",
                )
            }
            DatabaseError::Text => Self::new(
                ErrorCode::InvalidRequest,
                "the request holds a NUL character, which no text here has",
            ),
            DatabaseError::LastOwner => Self::new(
                ErrorCode::Conflict,
                "the last owner who can sign in stays the owner; make somebody else an owner first",
            ),
            DatabaseError::Corrupt(what) => {
                tracing::error!(what, "the database holds a row that cannot be read");
                Self::new(ErrorCode::Internal, "the database holds a row that cannot be read")
            }
        }
    }
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `sqlite://` nor `postgres://`.
    #[error("the database URL must start with sqlite:// or postgres://")]
    UnknownKind,
    /// PostgreSQL's URL says something that nobody could mean.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// No TLS to PostgreSQL, or not with whom it should be.
    #[error("no TLS to PostgreSQL came about: {0}")]
    Tls(String),
    /// The file or the server cannot be reached, or a statement failed.
    #[error("the database cannot be opened")]
    Unreachable(#[source] sqlx::Error),
    /// A newer Stead wrote this database.
    #[error(
        "the database has schema version {found}, this program knows {known}; use the newer program"
    )]
    Newer {
        /// Version in the database.
        found: i64,
        /// Newest version of this program.
        known: i64,
    },
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        url::explain(error)
    }
}

impl From<DatabaseError> for OpenError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Away(error) | DatabaseError::Unsure(error) => error.into(),
            DatabaseError::Corrupt(what) => Self::Unreachable(sqlx::Error::Protocol(what)),
            DatabaseError::Text => {
                Self::Unreachable(sqlx::Error::Protocol("a NUL character".into()))
            }
            DatabaseError::LastOwner => {
                Self::Unreachable(sqlx::Error::Protocol("the last owner".into()))
            }
        }
    }
}

impl Database {
    /// Opens the database, creating a SQLite file when there is none, and brings its schema up to
    /// date.
    pub(crate) async fn open(url: &str) -> Result<Self, OpenError> {
        let dialect = dialect(url)?;
        let database = Self::connect(url, dialect).await?;
        migrations::run(&database).await?;
        Ok(database)
    }

    /// Opens a database that is there, to read it only; its schema stays what it is.
    pub(crate) async fn open_to_read(url: &str) -> Result<Self, OpenError> {
        let dialect = dialect(url)?;
        let separator = if url.contains('?') { '&' } else { '?' };
        match dialect {
            Dialect::Sqlite => Self::connect(&format!("{url}{separator}mode=ro"), dialect).await,
            Dialect::Postgres => Self::connect(url, dialect).await,
        }
    }

    async fn connect(url: &str, dialect: Dialect) -> Result<Self, OpenError> {
        install_default_drivers();
        if dialect == Dialect::Postgres {
            url::check(url)?;
        }
        let pool = Patient::new(pool(url, dialect).await?);
        let heads = Arc::new(watch::Sender::new(Head::default()));
        let gateway = crate::identity::hex(&stdx::random::bytes::<8>()).into();
        let (url, turn, probed) = (url.into(), Arc::default(), Arc::default());
        let doubts = Doubts::default();
        Ok(Self { pool, dialect, url, gateway, turn, heads, doubts, probed })
    }

    /// The end of the audit log as this process writes it.
    pub(crate) fn heads(&self) -> watch::Receiver<Head> {
        self.heads.subscribe()
    }

    /// Begins a transaction that holds the write lock from the start.
    pub(crate) async fn write(&self) -> Result<Write, DatabaseError> {
        let turn = timeout(TURN_TIMEOUT, Arc::clone(&self.turn).lock_owned()).await;
        let turn = turn.map_err(|_| DatabaseError::Away(sqlx::Error::PoolTimedOut))?;
        let transaction = match self.dialect {
            Dialect::Sqlite => Patient::new(Box::pin(self.begin_immediate()).await?),
            Dialect::Postgres => {
                let mut write = self.pool.begin_in_time().await?;
                sqlx::query(LOCK).execute(&mut write).await?;
                write
            }
        };
        let (gateway, heads) = (Arc::clone(&self.gateway), Arc::clone(&self.heads));
        let (dialect, changes, head) = (self.dialect, Vec::new(), None);
        let doubts = self.doubts.clone();
        Ok(Write { transaction, _turn: turn, dialect, gateway, changes, head, heads, doubts })
    }

    /// A connection that was opened while the file could not be written stays as it is: it refuses
    /// to begin, or begins and refuses the first change, for ever. Such ones are closed.
    async fn begin_immediate(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.try_begin_immediate().await {
            Err(error) if is_read_only(&error) => {
                self.close_read_only().await;
                self.try_begin_immediate().await
            }
            begun => begun,
        }
    }

    async fn try_begin_immediate(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        let mut transaction = self.pool.begin_with(BEGIN_IMMEDIATE).await?;
        sqlx::query(NO_CHANGE).execute(&mut *transaction).await?;
        Ok(transaction)
    }

    /// Looks at as many connections as there are; those in use are looked at another time.
    async fn close_read_only(&self) {
        let mut good = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            let Ok(Ok(mut connection)) = timeout(LOOK_TIMEOUT, self.pool.acquire()).await else {
                return;
            };
            match sqlx::query(NO_CHANGE).execute(&mut *connection).await {
                Err(error) if is_read_only(&error) => {
                    if let Err(error) = connection.close().await {
                        tracing::debug!(%error, "a connection did not end in order");
                    }
                }
                Ok(_) | Err(_) => good.push(connection),
            }
        }
    }

    /// Whether the database answers and takes changes, by making one that leaves nothing behind. A
    /// good answer holds for a while.
    pub(crate) async fn probe(&self) -> Result<(), DatabaseError> {
        let last = *self.probed.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|it| it.elapsed() < PROBE_INTERVAL) {
            sqlx::query("SELECT version FROM schema_versions LIMIT 1")
                .fetch_all(&self.pool)
                .await?;
            return Ok(());
        }
        self.try_change().await?;
        *self.probed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }

    /// Version of the schema in the database, and the one that this program brings along.
    pub(crate) async fn schema(&self) -> Result<(i64, i64), DatabaseError> {
        Ok(migrations::versions(self).await?)
    }

    /// Makes a change that leaves nothing behind.
    pub(crate) async fn try_change(&self) -> Result<(), DatabaseError> {
        let mut write = self.write().await?;
        for statement in
            ["INSERT INTO audit_open (seq) VALUES (-1)", "DELETE FROM audit_open WHERE seq = -1"]
        {
            sqlx::query(statement).execute(&mut *write).await?;
        }
        commit(write).await
    }

    /// Writes what is in memory to the file and closes the connections.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Ends a write: everything in it is durable after this.
pub(crate) async fn commit(mut write: Write) -> Result<(), DatabaseError> {
    let told = changes::tell(&mut write).await?;
    let Write { transaction, _turn, head, heads, doubts, .. } = write;
    let begun = doubts.begin(told);
    let ended = transaction.commit().await.map_err(uncommitted);
    begun.ends(!matches!(ended, Err(DatabaseError::Unsure(_))));
    ended?;
    if let Some(head) = head {
        heads.send_replace(head);
    }
    Ok(())
}

/// What it means that a commit failed. A refusal changes nothing; one that comes because the server
/// ends, and every other failure, may be about a commit that was kept.
fn uncommitted(error: sqlx::Error) -> DatabaseError {
    let Some(refusal) = error.as_database_error() else { return DatabaseError::Unsure(error) };
    let is_end = refusal.code().is_some_and(|it| it.starts_with(SERVER_ENDS));
    if is_end { DatabaseError::Unsure(error) } else { error.into() }
}

/// `SQLITE_READONLY`, whichever of its reasons is told.
fn is_read_only(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|it| it.code()?.parse::<u32>().ok());
    code.is_some_and(|it| it & 0xff == 8)
}

fn dialect(url: &str) -> Result<Dialect, OpenError> {
    if url.starts_with("sqlite:") {
        Ok(Dialect::Sqlite)
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        Ok(Dialect::Postgres)
    } else {
        Err(OpenError::UnknownKind)
    }
}

async fn pool(url: &str, dialect: Dialect) -> Result<AnyPool, sqlx::Error> {
    let options = AnyPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // SQLite ends a transaction by itself when the disk refuses its commit. The driver does not
        // notice, and would refuse every further transaction of the connection: it is replaced.
        .before_acquire(|connection, _| {
            let is_free = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_free) })
        });
    match dialect {
        Dialect::Postgres => {
            let options = options.after_release(|connection, _| Box::pin(answers(connection)));
            settled(options, pg_settings()).connect(url).await
        }
        Dialect::Sqlite => {
            let separator = if url.contains('?') { '&' } else { '?' };
            let url = if url.contains("mode=") {
                url.to_owned()
            } else {
                format!("{url}{separator}mode=rwc")
            };
            patiently(async || settled(options.clone(), pragmas()).connect(&url).await).await
        }
    }
}

/// Tries again what is late: a disk that is busy is no reason not to start, because no request waits
/// for it yet.
async fn patiently<T>(open: impl AsyncFn() -> Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
    let deadline = Instant::now() + OPEN_TIMEOUT;
    loop {
        match open().await {
            Err(sqlx::Error::PoolTimedOut) if Instant::now() < deadline => {}
            opened => return opened,
        }
    }
}

/// Runs statements on every new connection.
fn settled<const N: usize>(options: AnyPoolOptions, statements: [String; N]) -> AnyPoolOptions {
    options.after_connect(move |connection, _| {
        let statements = statements.clone();
        Box::pin(async move {
            for statement in statements {
                let statement = sqlx::AssertSqlSafe(statement);
                sqlx::query(statement).execute(&mut *connection).await?;
            }
            Ok(())
        })
    })
}

/// Waits end by themselves, also those for a gateway that stopped in the middle of a write.
fn pg_settings() -> [String; 2] {
    [
        format!("SET lock_timeout = {PG_LOCK_TIMEOUT_MS}"),
        format!("SET idle_in_transaction_session_timeout = {ABANDONED_MS}"),
    ]
}

/// `synchronous=FULL`: an audit row that was acknowledged survives a power failure.
fn pragmas() -> [String; 4] {
    [
        format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"),
        "PRAGMA journal_mode = WAL".to_owned(),
        "PRAGMA synchronous = FULL".to_owned(),
        "PRAGMA foreign_keys = ON".to_owned(),
    ]
}

/// A time for a `BIGINT` column.
fn to_column(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// A time from a `BIGINT` column.
fn from_column(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0)
}

#[cfg(test)]
mod tests;
