//! Takes over what kernels keep for the audit log, as long as this gateway talks to them.
//!
//! A workspace is followed from the first request that reaches its kernel until the kernel ends.
//! The request that waits for entries keeps no kernel awake and wakes none. Entries and the number
//! of the last one are written in one transaction, so each becomes one row, whoever is killed when.

use crate::database::{AuditRow, Database, DatabaseError, append_audit, commit, set_collected};
use crate::kernels::Kernels;
use axum::body::Bytes;
use http::StatusCode;
use protocol::WorkspaceId;
use protocol::audit::{Collect, Collected, KernelEntry, OBJECT_LENGTH_MAX, Outcome};
use provider::Provider;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use stdx::clock::now_ms;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Between two tries to write, while the database does not take rows.
const RETRY: Duration = Duration::from_secs(1);
/// Longest name of a principal, an operator or a verb that is believed, in characters.
const NAME_LENGTH_MAX: usize = 200;

/// Follows kernels.
#[derive(Clone)]
pub(crate) struct Collector {
    database: Database,
    kernels: Kernels,
    scope: TaskScope,
}

/// Why a kernel is followed no longer.
enum End {
    /// It ended, or cannot be reached.
    Gone,
    /// It knows of no outbox; asking again would not help.
    Deaf,
}

impl Collector {
    pub(crate) fn new(database: &Database, kernels: &Kernels, scope: &TaskScope) -> Self {
        Self { database: database.clone(), kernels: kernels.clone(), scope: scope.clone() }
    }

    /// Follows every kernel that is awake now, and those that are talked to from now on.
    pub(crate) async fn run(
        self,
        provider: Arc<dyn Provider>,
        mut contacts: mpsc::Receiver<WorkspaceId>,
    ) {
        // What cannot be asked now is followed when somebody talks to it.
        for (workspace, status) in provider.status().await.unwrap_or_default() {
            if status.awake {
                self.kernels.note_contact(&workspace);
            }
        }
        loop {
            let workspace = tokio::select! {
                () = self.scope.stopping() => return,
                workspace = contacts.recv() => workspace,
            };
            let Some(workspace) = workspace else { return };
            let collector = self.clone();
            self.scope.spawn("collect audit", async move {
                let end = tokio::select! {
                    () = collector.scope.stopping() => return,
                    end = collector.follow(&workspace) => end,
                };
                if matches!(end, End::Gone) {
                    collector.kernels.forget_contact(&workspace);
                }
            });
        }
    }

    async fn follow(&self, workspace: &WorkspaceId) -> End {
        loop {
            let Ok(known) = self.database.collected(workspace).await else {
                sleep(RETRY).await;
                continue;
            };
            let request = match known {
                Some((outbox, after)) => Collect { outbox: Some(outbox), after },
                None => Collect::default(),
            };
            let body = serde_json::to_vec(&request).expect("a request is plain JSON");
            let answer = self.kernels.collect_audit(workspace, Bytes::from(body)).await;
            let collected: Collected = match answer {
                Ok((StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED, _)) => {
                    return End::Deaf;
                }
                Ok((status, body)) if status.is_success() => match serde_json::from_slice(&body) {
                    Ok(collected) => collected,
                    Err(error) => {
                        tracing::error!(workspace.id = %workspace, %error, "no audit entries");
                        return End::Deaf;
                    }
                },
                Ok(_) | Err(_) => return End::Gone,
            };
            if collected.entries.is_empty() {
                return End::Gone;
            }
            while let Err(error) = self.write(workspace, &request, &collected).await {
                tracing::warn!(workspace.id = %workspace, %error, "audit entries wait");
                sleep(RETRY).await;
            }
        }
    }

    async fn write(
        &self,
        workspace: &WorkspaceId,
        request: &Collect,
        collected: &Collected,
    ) -> Result<(), DatabaseError> {
        let same = request.outbox.as_ref() == Some(&collected.outbox);
        let after = if same { request.after } else { 0 };
        let mut write = self.database.write().await?;
        let mut last = after;
        for entry in &collected.entries {
            // What a kernel tells again is a row already.
            if last < entry.number {
                append_audit(&mut write, row(workspace, entry)).await?;
                last = entry.number;
            }
        }
        set_collected(&mut write, workspace, &collected.outbox, last).await?;
        commit(write).await
    }
}

/// What a kernel says is believed about its own workspace, within bounds.
fn row(workspace: &WorkspaceId, entry: &KernelEntry) -> AuditRow {
    let short = |text: &String, most: usize| text.chars().take(most).collect::<String>();
    let name = |it: &String| short(it, NAME_LENGTH_MAX);
    let mut row = AuditRow {
        time_ms: entry.time_ms.min(now_ms()),
        principal: entry.principal.as_ref().map(name),
        operator: entry.operator.as_ref().map(name),
        workspace: Some(workspace.to_string()),
        verb: name(&entry.verb),
        object: entry.object.as_ref().map(|it| short(it, OBJECT_LENGTH_MAX)),
        outcome: Outcome::Ok.as_str().to_owned(),
        ..AuditRow::default()
    };
    row.set_details(&entry.details);
    row.with("entry", entry.number)
}
