//! What a session consists of, on the real system.

use super::Driver;
use crate::context::{By, Context};
use crate::dev_server::DevServer;
use crate::ports;
use crate::terminals::Terminals;
use std::time::Duration;
use supervisor::process::Processes;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// From TERM to KILL. With the rest of a stop it stays well below two seconds (S1.77).
const GRACE: Duration = Duration::from_millis(1000);
/// Processes that are still there this long after KILL hang in the system itself.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// The system frees a port with the last process that holds it; a moment for the rest.
const PORTS_TIMEOUT: Duration = Duration::from_millis(500);
const PORTS_RETRY: Duration = Duration::from_millis(20);

/// The workspace's terminals, dev server and everything they started.
pub struct WorkspaceDriver {
    pub context: Context,
    pub processes: Processes,
    pub terminals: Terminals,
    pub dev_server: DevServer,
}

impl Driver for WorkspaceDriver {
    async fn open(&self) -> Result<(), String> {
        self.context.endings.end();
        // What an earlier session left in the state is not this one's.
        self.context.state.update(|it| {
            it.build = protocol::state::Build::default();
            it.dev_server = protocol::state::DevServer::default();
        });
        Ok(())
    }

    async fn begin(&self, dev_server: bool, by: By) {
        if dev_server {
            self.dev_server.start(by).await;
        }
    }

    async fn close(&self) -> Result<(), String> {
        self.context.endings.begin();
        self.dev_server.begin_stop().await;
        let terminated = self.processes.terminate_all(GRACE);
        if timeout(GRACE + KILL_TIMEOUT, terminated).await.is_err() {
            let left = self.processes.count();
            return Err(format!(
                "{left} processes of the session could not be ended; they hang in the system. \
                 Files are kept."
            ));
        }
        self.context.endings.end();
        // Who starts again finds nothing of this session, and its memory is free (S1.9, S1.78).
        if let Ok(Err(error)) = spawn_blocking(supervisor::left::remove).await {
            tracing::error!(%error, "shared memory of a session stays");
        }
        self.terminals.clear().await;
        self.dev_server_down().await;
        self.ports_free().await
    }
}

impl WorkspaceDriver {
    /// Its process is gone; its actor notices by itself.
    async fn dev_server_down(&self) {
        self.dev_server.stop(By::kernel()).await;
    }

    async fn ports_free(&self) -> Result<(), String> {
        let mut states = self.context.state.subscribe();
        let free = async {
            while !ports::session_ports(&self.context).is_empty() {
                sleep(PORTS_RETRY).await;
            }
            // The monitor tells it; an answer that still lists them would be a lie. Its end is the
            // kernel's, and nobody asks then.
            drop(states.wait_for(|it| it.ports.is_empty()).await);
        };
        if timeout(PORTS_TIMEOUT, free).await.is_ok() {
            return Ok(());
        }
        let held: Vec<String> =
            ports::session_ports(&self.context).iter().map(|it| it.port.to_string()).collect();
        Err(format!("Ports are still held after every process ended: {}.", held.join(", ")))
    }
}
