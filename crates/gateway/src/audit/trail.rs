//! What is written beside requests: outcomes, and rows that nobody waits for.
//!
//! One task writes them, many in one transaction, and tries again until the database takes them.
//! Its queue is bounded: a change takes its place in it before it begins, and is refused when there
//! is none, so no outcome is ever dropped. What this process did not come to write before its end is
//! found open by the next one, which writes `unknown`.

use super::outcome_of;
use crate::database::{
    AuditRow, Database, DatabaseError, OpenError, begin_audit, commit, end_audit, give_up_audit,
};
use crate::reply::Reply;
use protocol::audit::{Outcome, verb};
use protocol::{ErrorCode, WireError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Rows that wait to be written; a second's worth of a busy installation.
const QUEUE_CAPACITY: usize = 4_096;
/// Rows written at once.
const BATCH: usize = 256;
/// How long a change waits for a place in the queue.
const ROOM_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two tries to write, while the database does not take rows.
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// How long the last rows may take when the gateway stops.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes rows for the writer. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    jobs: mpsc::Sender<Job>,
    /// Rows that found no room and of which no row tells yet.
    lost: Arc<AtomicU64>,
    /// Cancelled when the gateway stops and the database takes no rows.
    give_up: CancellationToken,
}

/// Writes what the trail takes. Nothing is written before [`Self::run`].
#[derive(Debug)]
pub(crate) struct Writer {
    database: Database,
    jobs: mpsc::Receiver<Job>,
    lost: Arc<AtomicU64>,
    give_up: CancellationToken,
    /// Rows of an earlier gateway whose outcome nobody told.
    left_open: Vec<AuditRow>,
}

#[derive(Debug)]
enum Job {
    Row(Box<AuditRow>),
    /// What another gateway, which is gone, did not end.
    LeftOpen(Vec<AuditRow>),
    /// The last one: everything before it is written when this is answered.
    Finish(oneshot::Sender<()>),
}

/// A change that was written down and goes on. Dropped without an outcome, nobody heard of one.
#[derive(Debug)]
pub(crate) struct Begun {
    row: AuditRow,
    room: Option<OwnedPermit<Job>>,
}

/// A place in the queue.
#[derive(Debug)]
pub(crate) struct Room(OwnedPermit<Job>);

impl Trail {
    /// Finds out what an earlier gateway left open. Must come before anything is begun.
    pub(crate) async fn open(database: &Database) -> Result<(Self, Writer), OpenError> {
        let left_open = database.audit_left_open().await?;
        let (sender, jobs) = mpsc::channel(QUEUE_CAPACITY);
        let give_up = CancellationToken::new();
        let lost = Arc::<AtomicU64>::default();
        let writer = Writer {
            database: database.clone(),
            jobs,
            lost: Arc::clone(&lost),
            give_up: give_up.clone(),
            left_open,
        };
        Ok((Self { jobs: sender, lost, give_up }, writer))
    }

    /// A place for a row, before what it is about begins.
    pub(crate) async fn room(&self) -> Result<Room, WireError> {
        match timeout(ROOM_TIMEOUT, self.jobs.clone().reserve_owned()).await {
            Ok(Ok(permit)) => Ok(Room(permit)),
            Ok(Err(_)) | Err(_) => Err(WireError::new(
                ErrorCode::Unavailable,
                "the audit log cannot be written now; nothing was changed; try again in a moment",
            )),
        }
    }

    /// Writes down that a change begins. Without the row it must not begin.
    pub(crate) async fn begin(
        &self,
        database: &Database,
        row: AuditRow,
    ) -> Result<Begun, WireError> {
        let Room(permit) = self.room().await?;
        let attempt = async {
            let mut write = database.write().await?;
            let row = begin_audit(&mut write, row).await?;
            commit(write).await?;
            Ok::<_, DatabaseError>(row)
        };
        Ok(Begun { row: attempt.await?, room: Some(permit) })
    }

    /// Takes a row that nobody waits for, about something that changes nothing. One that finds no
    /// room is counted; a row tells how many as soon as there is room.
    pub(crate) fn append(&self, row: AuditRow) {
        if let Err(error) = self.jobs.try_send(Job::Row(Box::new(row))) {
            let (mpsc::error::TrySendError::Full(job) | mpsc::error::TrySendError::Closed(job)) =
                error;
            if let Job::Row(row) = job
                && self.lost.fetch_add(1, Ordering::Relaxed) == 0
            {
                let AuditRow { verb, principal, workspace, outcome, .. } = *row;
                tracing::error!(
                    verb,
                    principal,
                    workspace.id = workspace,
                    outcome,
                    "an audit row had no room and was not written; those after it are counted"
                );
            }
        }
    }

    /// Writes down that nobody knows how these rows ended. What finds no room is found open again.
    pub(crate) fn give_up(&self, left_open: Vec<AuditRow>) {
        if self.jobs.try_send(Job::LeftOpen(left_open)).is_err() {
            tracing::warn!("rows that another gateway left open stay open for now");
        }
    }

    /// Writes everything that is waiting, and nothing after it.
    pub(crate) async fn finish(&self) {
        let (done, finished) = oneshot::channel();
        let finishing = async {
            if self.jobs.send(Job::Finish(done)).await.is_ok() {
                drop(finished.await);
            }
        };
        if timeout(FINISH_TIMEOUT, finishing).await.is_err() {
            tracing::error!("the last outcomes were not written; the next start says so");
            self.give_up.cancel();
        }
    }
}

impl Room {
    /// Writes a row with the outcome of its request.
    pub(crate) fn tell(self, row: AuditRow, reply: &Reply) {
        let (outcome, status) = outcome_of(reply);
        let row = told(row.ended(outcome, now_ms()), outcome, status);
        self.0.send(Job::Row(Box::new(row)));
    }
}

impl Begun {
    /// Writes the outcome down.
    pub(crate) fn end(mut self, reply: &Reply) {
        let (outcome, status) = outcome_of(reply);
        self.send(told(self.row.ended(outcome, now_ms()), outcome, status));
    }

    fn send(&mut self, row: AuditRow) {
        if let Some(room) = self.room.take() {
            room.send(Job::Row(Box::new(row)));
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let row = self.row.ended(Outcome::Unknown, now_ms());
        self.send(row.with("why", "the client went away before the answer"));
    }
}

/// A row that another gateway began, ended by what is known of it.
fn unknown(row: &AuditRow) -> AuditRow {
    let row = row.ended(Outcome::Unknown, now_ms());
    row.with("why", "the gateway ended before the answer")
}

fn told(row: AuditRow, outcome: Outcome, status: u16) -> AuditRow {
    if outcome == Outcome::Ok { row } else { row.with("status", status) }
}

impl Writer {
    /// Writes until the trail is finished.
    pub(crate) async fn run(mut self) {
        let left_open = std::mem::take(&mut self.left_open);
        self.give_up(left_open).await;
        let mut batch = Vec::with_capacity(BATCH);
        while 0 < self.jobs.recv_many(&mut batch, BATCH).await {
            let (mut rows, mut left_open) = (Vec::with_capacity(batch.len()), None);
            let mut finish = None;
            for job in batch.drain(..) {
                match job {
                    Job::Row(row) => rows.push(*row),
                    Job::LeftOpen(rows) => left_open = Some(rows),
                    Job::Finish(done) => finish = Some(done),
                }
            }
            rows.extend(self.told_lost());
            self.write(&rows, false).await;
            if let Some(rows) = left_open {
                self.give_up(rows).await;
            }
            if let Some(done) = finish {
                // Whoever asked may have gone.
                let _gone = done.send(());
                return;
            }
        }
    }

    /// A row about those that found no room, when there were any.
    fn told_lost(&self) -> Option<AuditRow> {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        let row = AuditRow {
            time_ms: now_ms(),
            verb: const { verb("audit.lost") }.to_owned(),
            outcome: Outcome::Ok.as_str().to_owned(),
            ..AuditRow::default()
        };
        (0 < lost).then(|| row.with("count", lost))
    }

    /// Writes down that nobody knows the outcome of these rows.
    async fn give_up(&self, rows: Vec<AuditRow>) {
        if rows.is_empty() {
            return;
        }
        tracing::warn!(rows = rows.len(), "changes were interrupted by the end of their gateway");
        let rows: Vec<AuditRow> = rows.iter().map(unknown).collect();
        self.write(&rows, true).await;
    }

    /// Writes the rows in one transaction, again and again until the database takes them. Those
    /// `of_others` only while no other gateway has done so.
    async fn write(&self, rows: &[AuditRow], of_others: bool) {
        let mut pause = RETRY_MIN;
        while let Err(error) = self.try_write(rows, of_others).await {
            if pause == RETRY_MIN {
                tracing::error!(%error, rows = rows.len(), "the audit log takes no rows; trying on");
            }
            if self.give_up.run_until_cancelled(sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(RETRY_MAX);
        }
        if RETRY_MIN < pause {
            tracing::info!(rows = rows.len(), "the audit log takes rows again");
        }
    }

    async fn try_write(&self, rows: &[AuditRow], of_others: bool) -> Result<(), DatabaseError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut write = self.database.write().await?;
        for row in rows {
            let row = row.clone();
            if of_others {
                give_up_audit(&mut write, row).await?;
            } else {
                end_audit(&mut write, row).await?;
            }
        }
        commit(write).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::AuditFilter;

    #[tokio::test]
    async fn rows_that_found_no_room_are_counted_in_one_that_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("stead.db").display());
        let database = Database::open(&url).await.unwrap();
        let (trail, writer) = Trail::open(&database).await.unwrap();
        for _ in 0..QUEUE_CAPACITY + 7 {
            trail.append(AuditRow { verb: "file.write".to_owned(), ..AuditRow::default() });
        }
        tokio::join!(writer.run(), trail.finish());
        let filter = AuditFilter::default();
        let rows = database.audit_rows(&filter, 0, QUEUE_CAPACITY as u64 * 2).await.unwrap();
        let lost: Vec<_> = rows.iter().filter(|it| it.verb == "audit.lost").collect();
        assert_eq!((rows.len(), lost.len()), (QUEUE_CAPACITY + 1, 1));
        assert_eq!(lost[0].details.as_deref(), Some(r#"{"count":7}"#));
    }
}
