//! Table `changes`: what gateways on one PostgreSQL tell each other.
//!
//! A row is written in the transaction of what it is about, so it is there exactly when that is, and
//! numbers follow the order of the writes. `NOTIFY` only says that there is something to read: who
//! did not hear it finds the row at the next look. A SQLite file has one gateway and no rows.

use super::{Database, DatabaseError, Dialect, Write, from_column, to_column};
use protocol::peer::Change;
use sqlx::postgres::PgListener;
use sqlx::{Row, query};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stdx::clock::now_ms;

/// Without content, so one of another installation in the same database does no harm.
const CHANNEL: &str = "stead_changes";
/// How long rows are kept for gateways that cannot read: longer than any that is believed to run.
const KEPT_MS: u64 = 60 * 60 * 1000;
/// Rows read at once.
const PAGE: i64 = 1_000;

/// What was told since a row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// What others told, and this gateway without knowing, oldest first, and the number of the last
    /// row. `None` is something that this program does not understand.
    Told(Vec<Option<Change>>, u64),
    /// Rows are gone that were not read; the number of the last one.
    Missed(u64),
}

/// This gateway's own changes whose commit was not answered. What they are about was not made felt
/// here; once such a row is there to be read, it is as if another gateway had told it.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubts(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Their commit is on its way. It may be kept, and be read, before it is answered.
    begun: BTreeSet<u64>,
    /// Read meanwhile: to be told if the answer does not come.
    read: BTreeMap<u64, Option<Change>>,
    /// Never answered, and not read yet.
    unsure: BTreeSet<u64>,
    /// Read before it was known that there is no answer.
    late: Vec<Option<Change>>,
}

/// A commit on its way. Dropped before [`Begun::ends`] it is one without an answer.
#[derive(Debug)]
pub(super) struct Begun {
    doubts: Doubts,
    told: Range<u64>,
    is_sure: bool,
}

impl Doubts {
    /// A commit that tells these begins.
    pub(super) fn begin(&self, told: Range<u64>) -> Begun {
        self.lock().begun.extend(told.clone());
        Begun { doubts: self.clone(), told, is_sure: false }
    }

    /// Whether an own row that was read is to be made felt.
    fn read(&self, seq: u64, change: Option<&Change>) -> bool {
        let mut known = self.lock();
        let is_felt = known.unsure.remove(&seq);
        if known.begun.contains(&seq) {
            known.read.insert(seq, change.cloned());
        }
        is_felt
    }

    /// What was read too early to know that it has to be made felt.
    fn late(&self) -> Vec<Option<Change>> {
        std::mem::take(&mut self.lock().late)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Begun {
    /// The commit ended; whether it is known how.
    pub(super) fn ends(mut self, is_sure: bool) {
        self.is_sure = is_sure;
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let mut known = self.doubts.lock();
        for seq in self.told.clone() {
            known.begun.remove(&seq);
            match (known.read.remove(&seq), self.is_sure) {
                (_, true) => {}
                (Some(change), false) => known.late.push(change),
                (None, false) => {
                    known.unsure.insert(seq);
                }
            }
        }
    }
}

/// Writes down what the write changed, and says under which numbers. Part of every commit.
pub(super) async fn tell(write: &mut Write) -> Result<Range<u64>, DatabaseError> {
    let changes = std::mem::take(&mut write.changes);
    if changes.is_empty() {
        return Ok(0..0);
    }
    let last: i64 = query("SELECT COALESCE(MAX(seq), 0) AS last FROM changes")
        .fetch_one(&mut **write)
        .await?
        .try_get("last")?;
    let first = from_column(last) + 1;
    let told = first..first + changes.len() as u64;
    for (seq, change) in (last + 1..).zip(changes) {
        query("INSERT INTO changes (seq, gateway, change, time_ms) VALUES ($1, $2, $3, $4)")
            .bind(seq)
            .bind(write.gateway.to_string())
            .bind(serde_json::to_string(&change).expect("a change is plain JSON"))
            .bind(to_column(now_ms()))
            .execute(&mut **write)
            .await?;
    }
    // The last row stays, so that numbers go on.
    query("DELETE FROM changes WHERE time_ms < $1 AND seq <= $2")
        .bind(to_column(now_ms().saturating_sub(KEPT_MS)))
        .bind(last)
        .execute(&mut **write)
        .await?;
    query("SELECT pg_notify($1, '')::text").bind(CHANNEL).execute(&mut **write).await?;
    Ok(told)
}

impl Write {
    /// Tells other gateways, once this is committed.
    pub(super) fn tell(&mut self, change: Change) {
        if self.dialect == Dialect::Postgres && !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }
}

impl Database {
    /// The number of the last change that was told.
    pub(crate) async fn last_change(&self) -> Result<u64, DatabaseError> {
        let row = query("SELECT COALESCE(MAX(seq), 0) AS last FROM changes")
            .fetch_one(&self.pool)
            .await?;
        Ok(from_column(row.try_get("last")?))
    }

    /// What other gateways told after a row.
    pub(crate) async fn news(&self, after: u64) -> Result<News, DatabaseError> {
        let rows =
            query("SELECT seq, gateway, change FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2")
                .bind(to_column(after))
                .bind(PAGE)
                .fetch_all(&self.pool)
                .await?;
        let (mut told, mut last) = (self.doubts.late(), after);
        for row in rows {
            let seq = from_column(row.try_get("seq")?);
            if seq != last + 1 {
                return Ok(News::Missed(self.last_change().await?));
            }
            last = seq;
            let change: Option<Change> =
                serde_json::from_str(&row.try_get::<String, _>("change")?).ok();
            let is_own = row.try_get::<String, _>("gateway")? == *self.gateway;
            if !is_own || self.doubts.read(seq, change.as_ref()) {
                told.push(change);
            }
        }
        Ok(News::Told(told, last))
    }

    /// Hears when something is told. `None` where there is nobody to hear of.
    pub(crate) async fn ear(&self) -> Result<Option<PgListener>, DatabaseError> {
        if self.dialect == Dialect::Sqlite {
            return Ok(None);
        }
        let mut ear = PgListener::connect(&self.url).await?;
        // Whoever listens again looks first for what was told meanwhile.
        ear.eager_reconnect(false);
        ear.listen(CHANNEL).await?;
        Ok(Some(ear))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::id::ShareId;

    #[test]
    fn an_own_change_is_told_when_its_commit_was_not_answered_and_only_then() {
        let change = |id: u64| Change::Share { id: ShareId::from_random(id.into()) };
        let doubts = Doubts::default();
        let read = |seq| doubts.read(seq, Some(&change(seq)));
        // Answered, read before or after.
        let begun = doubts.begin(1..3);
        assert!(!read(1));
        begun.ends(true);
        assert!(!read(2));
        assert_eq!(doubts.late(), []);
        // Not answered, read before or after; or nobody waited for the answer.
        let begun = doubts.begin(3..5);
        assert!(!read(3));
        begun.ends(false);
        assert!(read(4) && !read(4), "once");
        assert_eq!(doubts.late(), [Some(change(3))]);
        drop(doubts.begin(5..6));
        assert!(read(5));
        assert_eq!(doubts.late(), []);
        let known = doubts.lock();
        assert!(known.begun.is_empty() && known.read.is_empty() && known.unsure.is_empty());
    }
}
