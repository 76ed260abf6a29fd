//! What one of several providers tells, told by the one that stands for them.

use protocol::WorkspaceId;
use stdx::TaskScope;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Announces the [deaths](crate::Provider::deaths) that another provider announces, until that one
/// or the scope ends.
pub async fn pass_on(
    mut heard: broadcast::Receiver<WorkspaceId>,
    deaths: broadcast::Sender<WorkspaceId>,
    scope: TaskScope,
) {
    loop {
        let death = tokio::select! {
            () = scope.stopping() => return,
            death = heard.recv() => death,
        };
        match death {
            Ok(workspace) => {
                let _nobody_listens = deaths.send(workspace);
            }
            Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "deaths were not heard of"),
            Err(RecvError::Closed) => return,
        }
    }
}
