//! Changes the key that everything is sealed with, and gives up what a lost key sealed.
//!
//! A rotation has four steps, each of which can be done again: a new key is added to the ring; the
//! database says that it is the one for what is new; every row is sealed anew, some at a time; the
//! old keys leave the ring. Whatever is interrupted is finished by the next one. Servers go on
//! meanwhile: they read the ring again when they meet a key that they do not know.

use super::source::{KeyFileError, SecretKey};
use super::{Place, Ring};
use crate::database::{
    AuditRow, Database, DatabaseError, OpenError, SealedRow, Write, append_audit, commit,
    current_key, drop_sealed_by, retire_keys, sealed_by_others, set_current_key, store_sealed,
};
use protocol::audit::{Outcome, verb};
use stdx::clock::now_ms;

/// Rows sealed anew in one change; others can write in between.
const BATCH: u32 = 100;

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Values that were sealed anew.
    pub values: u64,
    /// Name of the key that seals from here on.
    pub key: String,
    /// It finished what an earlier one had begun.
    pub resumed: bool,
    /// Keys that nothing needs any more and that must be taken out of the configuration by hand.
    pub to_remove: Vec<String>,
}

/// What was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetReport {
    /// `KEY of ws_…`: what has to be set anew.
    pub lost: Vec<String>,
}

/// Why keys were not changed, or not to the end; what was sealed can still be opened.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Open(#[from] OpenError),
    /// It stopped answering; the next rotation goes on.
    #[error("the database stopped answering; run it again to go on: {0}")]
    Database(String),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// There is no key yet.
    #[error("there is no key yet; it is made when the server starts for the first time")]
    NoKey,
    /// The configuration has one key, and a process cannot add another one there.
    #[error(
        "the key comes from STEAD_SECRET_KEY, which only you can change: put a second key behind it \
         (32 random bytes in base 64, such as `openssl rand -base64 32` prints), restart the \
         servers, and run this again"
    )]
    NeedsKey,
    /// A row needs a key that is not there.
    #[error("the database needs the key `{0}`, which is not there; nothing was given up")]
    Missing(String),
    /// A row was tampered with.
    #[error("the stored value of `{0}` was tampered with; set it anew and run this again")]
    Broken(String),
}

impl From<DatabaseError> for RotateError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error.to_string())
    }
}

/// Seals everything in the database at `database_url` with a new key.
pub async fn secrets_rotate(
    database_url: &str,
    source: &SecretKey,
) -> Result<Rotation, RotateError> {
    let database = Database::open(database_url).await?;
    let result = rotate(&database, source).await;
    database.close().await;
    result
}

pub(super) async fn rotate(
    database: &Database,
    source: &SecretKey,
) -> Result<Rotation, RotateError> {
    // Of two that rotate at once one waits here, and then finds the other's key: neither writes over
    // a key that the other has sealed with.
    let mut write = database.write().await?;
    let ring = source.read().await?.ok_or(RotateError::NoKey)?;
    let resumed = 1 < ring.ids().len();
    let ring = match source {
        _ if resumed => ring,
        SecretKey::Given(_) => return Err(RotateError::NeedsKey),
        SecretKey::File(_) => {
            let ring = ring.with_fresh_key();
            source.replace(&ring).await?;
            ring
        }
    };
    if let Some(missing) =
        database.sealing_keys().await?.into_iter().find(|it| ring.key(it).is_none())
    {
        return Err(RotateError::Missing(missing));
    }
    let key = ring.newest().id.clone();
    // From here on everything new is sealed with this key.
    if current_key(&mut write).await?.as_deref() != Some(&*key) {
        set_current_key(&mut write, &key, now_ms()).await?;
    }
    commit(write).await?;
    let mut values = 0;
    loop {
        let mut write = database.write().await?;
        let rows = sealed_by_others(&mut write, &key, BATCH).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            seal_anew(&mut write, &ring, row).await?;
            values += 1;
        }
        commit(write).await?;
    }
    let mut write = database.write().await?;
    retire_keys(&mut write, &key).await?;
    append_audit(&mut write, audit(values)).await?;
    commit(write).await?;
    let old = ring.ids().into_iter().filter(|it| *it != key).collect();
    let to_remove = match source {
        SecretKey::Given(_) => old,
        SecretKey::File(_) => {
            let mut write = database.write().await?;
            // Whoever began to rotate since then has added a key to the file.
            if current_key(&mut write).await?.as_deref() == Some(&*key) {
                source.replace(&ring.only(&key)).await?;
            }
            Vec::new()
        }
    };
    Ok(Rotation { values, key, resumed, to_remove })
}

async fn seal_anew(write: &mut Write, ring: &Ring, row: SealedRow) -> Result<(), RotateError> {
    let place = row.place();
    let new = ring.newest();
    let old = ring.key(&row.key_id).ok_or_else(|| RotateError::Missing(row.key_id.clone()))?;
    let plain = old.open(place, &row.sealed).map_err(|_| RotateError::Broken(row.name.clone()))?;
    let sealed = new.seal(place, plain.expose());
    Ok(store_sealed(write, &row, &new.id, &sealed).await?)
}

fn audit(values: u64) -> AuditRow {
    AuditRow {
        time_ms: now_ms(),
        operator: Some("console".to_owned()),
        verb: verb("secrets.rotate").to_owned(),
        object: Some(format!("{values} values")),
        outcome: Outcome::Ok.as_str().to_owned(),
        ..AuditRow::default()
    }
}

/// Gives up what was sealed with keys that are lost, so that the server can start: variables and
/// credentials that have to be set anew, and the gateway's own secrets, which are drawn anew.
pub async fn secrets_reset(
    database_url: &str,
    source: &SecretKey,
) -> Result<ResetReport, RotateError> {
    let database = Database::open(database_url).await?;
    let result = reset(&database, source).await;
    database.close().await;
    result
}

async fn reset(database: &Database, source: &SecretKey) -> Result<ResetReport, RotateError> {
    let ring = match source.read().await? {
        Some(ring) => ring,
        None => source.create().await?,
    };
    let gone = database.sealing_keys().await?.into_iter().filter(|it| ring.key(it).is_none());
    let mut lost = Vec::new();
    let mut write = database.write().await?;
    for key in gone {
        lost.extend(drop_sealed_by(&mut write, &key).await?);
    }
    let key = &ring.newest().id;
    set_current_key(&mut write, key, now_ms()).await?;
    retire_keys(&mut write, key).await?;
    let row = AuditRow { object: Some(format!("{} lost", lost.len())), ..audit(0) };
    append_audit(&mut write, AuditRow { verb: verb("secrets.reset").to_owned(), ..row }).await?;
    commit(write).await?;
    Ok(ResetReport { lost })
}

impl SealedRow {
    /// Where the value stands.
    pub(super) fn place(&self) -> Place<'_> {
        Place { table: self.table, owner: &self.owner, name: &self.name, kind: &self.kind }
    }
}
