//! How long a kernel stays: as long as somebody talks to it or something runs in it, and a while.
//!
//! A kernel whose host never returns would otherwise stay for ever. The host wakes a workspace on
//! demand, so one that left is not missed.

use crate::context::Context;
use axum::serve::Listener;
use protocol::state::{RuntimeState, SessionStatus, SetupStatus};
use std::io;
use std::sync::Arc;
use stdx::GuardedStream;
use tokio::sync::watch;
use tokio::time::sleep;

/// Counts open connections. Cheap to clone; all clones are the same count.
#[derive(Clone, Debug)]
pub struct Connections {
    /// Connections that somebody talks over. Below zero for the moment in which one ends that was
    /// not seen.
    count: Arc<watch::Sender<isize>>,
}

impl Default for Connections {
    fn default() -> Self {
        Self { count: Arc::new(watch::Sender::new(0)) }
    }
}

/// One open connection.
#[derive(Debug)]
pub struct Open {
    connections: Connections,
}

/// A connection that does not count while this lives.
#[derive(Debug)]
pub struct Unseen {
    connections: Connections,
}

impl Connections {
    /// Counts one until it is dropped.
    pub fn open(&self) -> Open {
        self.count.send_modify(|it| *it += 1);
        Open { connections: self.clone() }
    }

    /// Takes the connection that calls this out of the count.
    pub fn unseen(&self) -> Unseen {
        self.count.send_modify(|it| *it -= 1);
        Unseen { connections: self.clone() }
    }

    /// How many there are, and its changes.
    pub fn subscribe(&self) -> watch::Receiver<isize> {
        self.count.subscribe()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connections.count.send_modify(|it| *it -= 1);
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        self.connections.count.send_modify(|it| *it += 1);
    }
}

/// Ends the kernel when it was idle for as long as it may linger.
pub fn spawn(context: &Context, connections: &Connections) {
    let Some(linger) = context.config.linger else { return };
    let (context, mut open) = (context.clone(), connections.subscribe());
    let scope = context.scope.clone();
    scope.clone().spawn("life", async move {
        let mut states = context.state.subscribe();
        loop {
            let idle = *open.borrow_and_update() <= 0 && is_idle(&states.borrow_and_update());
            tokio::select! {
                () = scope.stopping() => break,
                changed = open.changed() => if changed.is_err() { break },
                changed = states.changed() => if changed.is_err() { break },
                () = sleep(linger), if idle => {
                    tracing::info!("nobody talks to this workspace and nothing runs; it goes to sleep");
                    scope.stop();
                    break;
                }
            }
        }
    });
}

fn is_idle(state: &RuntimeState) -> bool {
    let down = matches!(
        state.status,
        SessionStatus::Idle | SessionStatus::Stopped | SessionStatus::Crashed
    );
    down && state.setup.status != SetupStatus::Running
}

/// A listener whose connections are counted.
pub struct Counted<L> {
    pub listener: L,
    pub connections: Connections,
}

impl<L: Listener> Listener for Counted<L> {
    type Io = GuardedStream<L::Io, Open>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (io, address) = self.listener.accept().await;
        (GuardedStream::new(io, self.connections.open()), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::context::testing;
    use std::time::Duration;
    use tokio::time::{Instant, timeout};

    const LINGER: Duration = Duration::from_secs(600);

    #[tokio::test(start_paused = true)]
    async fn an_idle_kernel_leaves_and_one_with_a_client_or_a_session_stays() {
        let (mut context, _directory) = testing::context();
        let config = Config { linger: Some(LINGER), ..Config::clone(&context.config) };
        context.config = Arc::new(config);
        let connections = Connections::default();
        let client = connections.open();
        spawn(&context, &connections);
        let stays = async || timeout(LINGER * 3, context.scope.stopping()).await.is_err();
        assert!(stays().await, "somebody is connected");
        context.state.update(|it| it.status = SessionStatus::Running);
        drop(client);
        assert!(stays().await, "a session runs");
        context.state.update(|it| it.status = SessionStatus::Stopped);
        let since = Instant::now();
        context.scope.stopping().await;
        assert!(LINGER <= since.elapsed());
    }
}
