//! Tables `registry_runtimes`, `worker_runtime`, `workers`, `worker_items` and `worker_events`: the
//! remote runtimes, and what the embedded one keeps.

use super::{Database, DatabaseError, Write, commit, from_column, to_column};
use ::registry::EMBEDDED_RUNTIME_ID;
use ::registry::embedded::{
    Applied, Command, EmbeddedError, EventPage, RuntimeRecord, RuntimeStatus, Store,
    TranscriptPage, View, WorkerRecord, WorkerStatus, machine,
};
use async_trait::async_trait;
use protocol::registry::{EVENTS_BACKLOG, WorkerEvent, WorkerEventKind, WorkerTranscriptItem};
use protocol::{WireError, peer};
use sqlx::Row;
use sqlx::any::AnyRow;
use tokio::sync::watch;

/// What the embedded runtime is called by people.
const DISPLAY_NAME: &str = "Workspace backend embedded Runtime";

/// A remote runtime, with its address and its token sealed together.
#[derive(Clone, Debug)]
pub(crate) struct RemoteRow {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) sealed: String,
    pub(crate) key_id: String,
}

impl Database {
    /// What hosts of this installation are named by, the same for every gateway and for good. Makes
    /// the embedded runtime the first time.
    pub(crate) async fn installation(&self, now_ms: u64) -> Result<String, DatabaseError> {
        let mut write = self.write().await?;
        let found = sqlx::query("SELECT installation FROM worker_runtime WHERE id = $1")
            .bind(EMBEDDED_RUNTIME_ID)
            .fetch_optional(&mut *write)
            .await?;
        if let Some(row) = found {
            return Ok(row.try_get("installation")?);
        }
        let installation = format!("{:032x}", stdx::random::bits());
        let event = machine::started(now_ms);
        sqlx::query(
            "INSERT INTO worker_runtime (id, installation, status, last_event, workers)
             VALUES ($1, $2, $3, $4, 0)",
        )
        .bind(EMBEDDED_RUNTIME_ID)
        .bind(installation.as_str())
        .bind(RuntimeStatus::Running.as_str())
        .bind(to_column(event.event_id))
        .execute(&mut *write)
        .await?;
        add_event(&mut write, &event).await?;
        commit(write).await?;
        Ok(installation)
    }

    /// The remote runtimes, in the order in which they came.
    pub(crate) async fn remote_runtimes(&self) -> Result<Vec<RemoteRow>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT id, label, sealed, key_id FROM registry_runtimes ORDER BY created_at_ms, id",
        )
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &AnyRow| -> Result<RemoteRow, DatabaseError> {
            Ok(RemoteRow {
                id: row.try_get("id")?,
                label: row.try_get("label")?,
                sealed: row.try_get("sealed")?,
                key_id: row.try_get("key_id")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

/// How many remote runtimes there are.
pub(crate) async fn count_remote_runtimes(write: &mut Write) -> Result<usize, DatabaseError> {
    let row = sqlx::query("SELECT COUNT(*) AS many FROM registry_runtimes")
        .fetch_one(&mut **write)
        .await?;
    Ok(usize::try_from(row.try_get::<i64, _>("many")?).unwrap_or(usize::MAX))
}

/// Writes a remote runtime down; `false` when there is one with this id.
pub(crate) async fn add_remote_runtime(
    write: &mut Write,
    row: &RemoteRow,
    created_by: &str,
    now_ms: u64,
) -> Result<bool, DatabaseError> {
    let added = sqlx::query(
        "INSERT INTO registry_runtimes (id, label, sealed, key_id, created_at_ms, created_by)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
    )
    .bind(row.id.as_str())
    .bind(row.label.as_str())
    .bind(row.sealed.as_str())
    .bind(row.key_id.as_str())
    .bind(to_column(now_ms))
    .bind(created_by)
    .execute(&mut **write)
    .await?;
    write.tell(peer::Change::Registry);
    Ok(added.rows_affected() == 1)
}

/// Removes a remote runtime; `false` when there is none with this id.
pub(crate) async fn remove_remote_runtime(
    write: &mut Write,
    id: &str,
) -> Result<bool, DatabaseError> {
    let removed = sqlx::query("DELETE FROM registry_runtimes WHERE id = $1")
        .bind(id)
        .execute(&mut **write)
        .await?;
    write.tell(peer::Change::Registry);
    Ok(removed.rows_affected() == 1)
}

/// What the embedded runtime keeps, in the database.
pub(crate) struct WorkerStore {
    database: Database,
    /// Rises whenever something was changed, here or by another gateway.
    changes: watch::Sender<u64>,
}

impl WorkerStore {
    pub(crate) fn new(database: &Database) -> Self {
        Self { database: database.clone(), changes: watch::Sender::new(0) }
    }

    /// Wakes those who follow.
    pub(crate) fn heard(&self) {
        self.changes.send_modify(|it| *it += 1);
    }

    async fn look(&self) -> Result<RuntimeRecord, DatabaseError> {
        let row = sqlx::query("SELECT id, status, last_event FROM worker_runtime WHERE id = $1")
            .bind(EMBEDDED_RUNTIME_ID)
            .fetch_one(&self.database.pool)
            .await?;
        Ok(RuntimeRecord {
            id: row.try_get("id")?,
            display_name: Some(DISPLAY_NAME.to_owned()),
            status: runtime_status(&row)?,
            last_event: from_column(row.try_get("last_event")?),
        })
    }

    async fn look_at_workers(&self, limit: usize) -> Result<Vec<WorkerRecord>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT id, intent, profile, status, created_at_ms, items FROM workers
             ORDER BY id DESC LIMIT $1",
        )
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.database.pool)
        .await?;
        rows.iter().map(|row| worker(row).map(|it| it.0)).collect()
    }

    async fn look_at_items(
        &self,
        worker_id: &str,
        start: usize,
        limit: usize,
    ) -> Result<Option<TranscriptPage>, DatabaseError> {
        let row = sqlx::query("SELECT items FROM workers WHERE id = $1")
            .bind(worker_id)
            .fetch_optional(&self.database.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let total = usize::try_from(row.try_get::<i64, _>("items")?).unwrap_or(0);
        let start = i64::try_from(start).unwrap_or(i64::MAX);
        let rows = sqlx::query(
            "SELECT sequence, role, content, event_id FROM worker_items
             WHERE worker = $1 AND $2 < sequence AND sequence <= $3 ORDER BY sequence LIMIT $4",
        )
        .bind(worker_id)
        .bind(start)
        .bind(i64::try_from(total).unwrap_or(i64::MAX))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.database.pool)
        .await?;
        let items = rows.iter().map(item).collect::<Result<_, _>>()?;
        Ok(Some(TranscriptPage { items, total }))
    }

    async fn look_at_events(
        &self,
        worker_id: &str,
        after: u64,
        limit: usize,
    ) -> Result<EventPage, DatabaseError> {
        // The number first: events that come after it are read the next time.
        let last = self.look().await?.last_event;
        let rows = sqlx::query(
            "SELECT event_id, kind, at, worker, sequence FROM worker_events
             WHERE $1 < event_id AND event_id <= $2 AND (worker = $3 OR worker IS NULL)
             ORDER BY event_id LIMIT $4",
        )
        .bind(to_column(after))
        .bind(to_column(last))
        .bind(worker_id)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.database.pool)
        .await?;
        Ok(EventPage { events: rows.iter().map(event).collect::<Result<_, _>>()?, last })
    }
}

#[async_trait]
impl Store for WorkerStore {
    async fn runtime(&self) -> Result<RuntimeRecord, EmbeddedError> {
        self.look().await.map_err(refused)
    }

    async fn workers(&self, limit: usize) -> Result<Vec<WorkerRecord>, EmbeddedError> {
        self.look_at_workers(limit).await.map_err(refused)
    }

    async fn worker(&self, worker_id: &str) -> Result<Option<WorkerRecord>, EmbeddedError> {
        let asking = sqlx::query(
            "SELECT id, intent, profile, status, created_at_ms, items FROM workers WHERE id = $1",
        )
        .bind(worker_id)
        .fetch_optional(&self.database.pool)
        .await;
        let row = asking.map_err(|error| refused(error.into()))?;
        row.as_ref().map(worker).transpose().map(|it| it.map(|it| it.0)).map_err(refused)
    }

    async fn apply(&self, command: Command) -> Result<Applied, EmbeddedError> {
        let mut write = self.database.write().await.map_err(refused)?;
        let view = view(&mut write, &command).await.map_err(refused)?;
        let applied = machine::decide(&view, &command)?;
        keep(&mut write, &view, &applied).await.map_err(refused)?;
        commit(write).await.map_err(refused)?;
        self.heard();
        Ok(applied)
    }

    async fn transcript(
        &self,
        worker_id: &str,
        start: usize,
        limit: usize,
    ) -> Result<TranscriptPage, EmbeddedError> {
        let page = self.look_at_items(worker_id, start, limit).await.map_err(refused)?;
        page.ok_or(EmbeddedError::WorkerNotFound)
    }

    async fn events(
        &self,
        worker_id: &str,
        after: u64,
        limit: usize,
    ) -> Result<EventPage, EmbeddedError> {
        self.look_at_events(worker_id, after, limit).await.map_err(refused)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

/// What must be known to decide a command.
async fn view(write: &mut Write, command: &Command) -> Result<View, DatabaseError> {
    let row = sqlx::query("SELECT status, last_event, workers FROM worker_runtime WHERE id = $1")
        .bind(EMBEDDED_RUNTIME_ID)
        .fetch_one(&mut **write)
        .await?;
    let running = sqlx::query("SELECT COUNT(*) AS many FROM workers WHERE status = $1")
        .bind(WorkerStatus::Running.as_str())
        .fetch_one(&mut **write)
        .await?;
    let found = match command.worker_id() {
        Some(id) => {
            sqlx::query(
                "SELECT id, intent, profile, status, created_at_ms, items FROM workers
                 WHERE id = $1",
            )
            .bind(id)
            .fetch_optional(&mut **write)
            .await?
        }
        None => None,
    };
    let (worker, items) = found.as_ref().map(worker).transpose()?.unzip();
    Ok(View {
        status: runtime_status(&row)?,
        last_event: from_column(row.try_get("last_event")?),
        created: from_column(row.try_get("workers")?),
        running: usize::try_from(running.try_get::<i64, _>("many")?).unwrap_or(usize::MAX),
        worker,
        transcript_length: items.unwrap_or(0),
    })
}

/// Writes down what was decided.
async fn keep(write: &mut Write, view: &View, applied: &Applied) -> Result<(), DatabaseError> {
    if let Some(worker) = &applied.worker {
        sqlx::query(
            "INSERT INTO workers (id, intent, profile, status, created_at_ms, items)
             VALUES ($1, $2, $3, $4, $5, 0)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status",
        )
        .bind(worker.id.as_str())
        .bind(to_text(&worker.intent))
        .bind(to_text(&worker.profile))
        .bind(worker.status.as_str())
        .bind(to_column(worker.created_at_ms))
        .execute(&mut **write)
        .await?;
    }
    if let (Some(worker), Some(item)) = (&applied.worker, &applied.item) {
        sqlx::query(
            "INSERT INTO worker_items (worker, sequence, role, content, event_id)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(worker.id.as_str())
        .bind(to_column(item.sequence))
        .bind(item.role.as_str())
        .bind(item.content.as_str())
        .bind(to_column(item.event_id))
        .execute(&mut **write)
        .await?;
        sqlx::query("UPDATE workers SET items = $1 WHERE id = $2")
            .bind(to_column(item.sequence))
            .bind(worker.id.as_str())
            .execute(&mut **write)
            .await?;
    }
    let Some(event) = &applied.event else { return Ok(()) };
    add_event(write, event).await?;
    write.tell(peer::Change::Registry);
    let is_new = event.kind == WorkerEventKind::WorkerCreated;
    sqlx::query(
        "UPDATE worker_runtime SET status = $1, last_event = $2, workers = $3 WHERE id = $4",
    )
    .bind(applied.status.unwrap_or(view.status).as_str())
    .bind(to_column(event.event_id))
    .bind(to_column(view.created + u64::from(is_new)))
    .bind(EMBEDDED_RUNTIME_ID)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Adds an event, and drops the one for which there is no room any more.
async fn add_event(write: &mut Write, event: &WorkerEvent) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO worker_events (event_id, kind, at, worker, sequence)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(to_column(event.event_id))
    .bind(event.kind.as_str())
    .bind(event.at.as_str())
    .bind(event.worker_id.as_deref())
    .bind(event.transcript_sequence.map(to_column))
    .execute(&mut **write)
    .await?;
    sqlx::query("DELETE FROM worker_events WHERE event_id <= $1")
        .bind(to_column(event.event_id.saturating_sub(EVENTS_BACKLOG)))
        .execute(&mut **write)
        .await?;
    Ok(())
}

fn to_text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("records are plain JSON")
}

fn corrupt(what: &str) -> DatabaseError {
    DatabaseError::Corrupt(what.to_owned())
}

fn runtime_status(row: &AnyRow) -> Result<RuntimeStatus, DatabaseError> {
    RuntimeStatus::parse(row.try_get("status")?).ok_or_else(|| corrupt("status of the runtime"))
}

/// A worker, and the length of its transcript.
fn worker(row: &AnyRow) -> Result<(WorkerRecord, usize), DatabaseError> {
    let read = |_| corrupt("intent or profile of a worker");
    let record = WorkerRecord {
        id: row.try_get("id")?,
        intent: serde_json::from_str(row.try_get("intent")?).map_err(read)?,
        profile: serde_json::from_str(row.try_get("profile")?).map_err(read)?,
        status: WorkerStatus::parse(row.try_get("status")?)
            .ok_or_else(|| corrupt("status of a worker"))?,
        created_at_ms: from_column(row.try_get("created_at_ms")?),
    };
    Ok((record, usize::try_from(row.try_get::<i64, _>("items")?).unwrap_or(0)))
}

fn item(row: &AnyRow) -> Result<WorkerTranscriptItem, DatabaseError> {
    Ok(WorkerTranscriptItem {
        sequence: from_column(row.try_get("sequence")?),
        role: row.try_get("role")?,
        content: row.try_get("content")?,
        event_id: from_column(row.try_get("event_id")?),
    })
}

fn event(row: &AnyRow) -> Result<WorkerEvent, DatabaseError> {
    let kind = WorkerEventKind::parse(row.try_get("kind")?);
    Ok(WorkerEvent {
        event_id: from_column(row.try_get("event_id")?),
        kind: kind.ok_or_else(|| corrupt("kind of an event"))?,
        at: row.try_get("at")?,
        worker_id: row.try_get("worker")?,
        transcript_sequence: row.try_get::<Option<i64>, _>("sequence")?.map(from_column),
    })
}

/// The store's way to say what the database says; the log has the rest.
fn refused(error: DatabaseError) -> EmbeddedError {
    let told = WireError::from(match error {
        // A row that must be there and is not.
        DatabaseError::Away(sqlx::Error::RowNotFound) => {
            tracing::error!("the embedded runtime is missing in the database");
            return EmbeddedError::StoreMissing("the runtime's row".to_owned());
        }
        DatabaseError::Corrupt(what) => {
            tracing::error!(what, "the embedded runtime's rows cannot be read");
            return EmbeddedError::StoreCorrupt(what);
        }
        DatabaseError::Text => {
            return EmbeddedError::InvalidRequest("a text holds a NUL character".to_owned());
        }
        other @ (DatabaseError::Away(_) | DatabaseError::Unsure(_) | DatabaseError::LastOwner) => {
            other
        }
    });
    EmbeddedError::StoreIo(told.message)
}
