//! The head of the audit log, kept in a file outside the database.
//!
//! Rows that are cut off the end leave a chain that is whole. The file says how far it reached, so
//! that `stead audit verify` and the next start notice. It follows the log by a second at most; what
//! was written and cut off within that second is not noticed.

use crate::app::App;
use crate::database::{AuditRow, Database, Head};
use protocol::audit::{Outcome, verb};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::time::{Instant, sleep};

/// How far the file may be behind the log.
const BEHIND_MAX: Duration = Duration::from_secs(1);
/// How often the head goes into the program's own log, where other machines may keep it.
const LOGGED_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// What the file says; nothing without one.
pub(crate) fn read(path: &Path) -> io::Result<Option<Head>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same on a blocking thread.
pub(super) async fn read_beside(path: PathBuf) -> io::Result<Option<Head>> {
    let read = tokio::task::spawn_blocking(move || read(&path)).await;
    read.map_err(io::Error::other)?
}

/// Replaces the file. After a crash it is the old one or the new one.
fn write(path: &Path, head: &Head) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = std::fs::File::create(&temporary)?;
    serde_json::to_writer(&mut file, head)?;
    file.write_all(b"\n")?;
    file.sync_data()?;
    std::fs::rename(&temporary, path)
}

/// Looks whether the log still reaches as far as the file says. Must come before [`keep`].
pub(crate) async fn look(app: &App) {
    let Some(path) = &app.config.audit_head else { return };
    if let Err(error) = check(&app.database, path).await {
        tracing::error!(path = %path.display(), error, "the end of the audit log is not known");
    }
}

/// Keeps the file up to date until the gateway stops.
pub(crate) async fn keep(app: Arc<App>) {
    let Some(path) = app.config.audit_head.clone() else { return };
    let mut heads = app.database.heads();
    let mut logged: Option<Instant> = None;
    loop {
        let head = heads.borrow_and_update().clone();
        if 0 < head.seq {
            if logged.is_none_or(|it| LOGGED_INTERVAL <= it.elapsed()) {
                tracing::info!(seq = head.seq, hash = head.hash, "the head of the audit log");
                logged = Some(Instant::now());
            }
            store(&path, head).await;
        }
        tokio::select! {
            () = app.scope.stopping() => return,
            changed = heads.changed() => if changed.is_err() { return },
        }
        tokio::select! {
            () = app.scope.stopping() => return,
            () = sleep(BEHIND_MAX) => {}
        }
    }
}

/// Writes the last head when the gateway stops.
pub(crate) async fn keep_last(app: &App) {
    let head = app.database.heads().borrow().clone();
    if let Some(path) = app.config.audit_head.clone().filter(|_| 0 < head.seq) {
        store(&path, head).await;
    }
}

async fn store(path: &Path, head: Head) {
    let path = path.to_owned();
    let stored = tokio::task::spawn_blocking(move || write(&path, &head)).await;
    if let Ok(Err(error)) = stored {
        tracing::error!(%error, "the head of the audit log could not be kept beside the database");
    }
}

/// Compares the log with the file. A log that does not reach the file's head gets a row that says
/// so, and the file is kept under another name.
async fn check(database: &Database, path: &Path) -> Result<(), String> {
    let expected = match read_beside(path.to_owned()).await {
        Ok(Some(expected)) => expected,
        Ok(None) => return Ok(()),
        Err(error) => {
            // Not written over: it may be all that says how far the log reached.
            let kept = path.with_extension(format!("damaged-{}", now_ms()));
            std::fs::rename(path, &kept).map_err(|it| it.to_string())?;
            return Err(format!("{error}; it was kept as {}", kept.display()));
        }
    };
    let found = database.audit_head_at(Some(expected.seq)).await.map_err(|it| it.to_string())?;
    if expected.seq == 0 || found.as_ref() == Some(&expected) {
        return Ok(());
    }
    let kept = kept_path(path, &expected);
    std::fs::rename(path, &kept).map_err(|it| it.to_string())?;
    tracing::error!(
        expected.seq,
        kept = %kept.display(),
        "rows of the audit log are missing at its end, or were changed; `stead audit verify` says more"
    );
    let row = AuditRow {
        time_ms: now_ms(),
        verb: const { verb("audit.cut") }.to_owned(),
        object: Some(expected.seq.to_string()),
        outcome: Outcome::Failed.as_str().to_owned(),
        operator: Some("gateway".to_owned()),
        ..AuditRow::default()
    };
    let row = row.with("expected_hash", expected.hash);
    super::append(database, row).await.map_err(|it| it.to_string())
}

fn kept_path(path: &Path, expected: &Head) -> PathBuf {
    path.with_extension(format!("cut-at-{}-{}", expected.seq, now_ms()))
}
