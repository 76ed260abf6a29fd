//! Walking the chain while the gateway runs, one walk at a time.

use super::{AuditReport, head};
use crate::app::App;
use crate::database::DatabaseError;
use protocol::audit::{AuditCheck, AuditResult};
use std::sync::Arc;
use stdx::clock::now_ms;
use tokio::sync::watch;

/// The last walk, and its progress. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    state: Arc<watch::Sender<Option<AuditCheck>>>,
}

impl Default for Check {
    fn default() -> Self {
        Self { state: Arc::new(watch::Sender::new(None)) }
    }
}

impl Check {
    pub(crate) fn get(&self) -> Option<AuditCheck> {
        self.state.borrow().clone()
    }

    /// The last walk and its changes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<AuditCheck>> {
        self.state.subscribe()
    }

    /// Starts a walk unless one goes on.
    pub(crate) fn start(app: &Arc<App>) {
        let begun = app.check.state.send_if_modified(|it| {
            let goes_on = it.as_ref().is_some_and(|it| it.result == AuditResult::Running);
            if !goes_on {
                let started_at_ms = now_ms();
                *it = Some(AuditCheck { started_at_ms, rows: 0, result: AuditResult::Running });
            }
            !goes_on
        });
        if begun {
            let walking = Arc::clone(app);
            app.scope.spawn("check audit", async move {
                let result = tokio::select! {
                    () = walking.scope.stopping() => AuditResult::Failed,
                    result = walk(&walking) => result.unwrap_or_else(|error| {
                        tracing::warn!(%error, "the audit log could not be checked");
                        AuditResult::Failed
                    }),
                };
                walking.check.update(|it| it.result = result.clone());
            });
        }
    }

    fn update(&self, change: impl FnOnce(&mut AuditCheck)) {
        self.state.send_modify(|it| {
            if let Some(it) = it {
                change(it);
            }
        });
    }
}

async fn walk(app: &App) -> Result<AuditResult, DatabaseError> {
    let kept = match app.config.audit_head.clone() {
        Some(path) => match head::read_beside(path).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(%error, "the end of the audit log is not known");
                return Ok(AuditResult::Failed);
            }
        },
        None => None,
    };
    let expected: Vec<_> = kept.into_iter().collect();
    let progress = |rows| app.check.update(|it| it.rows = rows);
    let report = app.database.audit_chain(&expected, progress).await?;
    Ok(match AuditReport::new(report, &expected) {
        AuditReport::Whole { rows, .. } => {
            app.check.update(|it| it.rows = rows);
            AuditResult::Whole
        }
        AuditReport::Broken { seq } => AuditResult::Broken { seq },
        AuditReport::Cut { expected, .. } => AuditResult::Cut { expected },
        AuditReport::Rewritten { seq } => AuditResult::Rewritten { seq },
    })
}
