//! Names to addresses, bounded.
//!
//! The system's resolver keeps a thread until a name server has answered or the resolver gives up,
//! also when nobody waits for the answer any more. Without bounds the names of one workspace would
//! take every thread on which the host reads files and starts kernels.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Names that are looked up for one workspace at a time. `npm install` asks for one or two.
const WORKSPACE_MAX: usize = 16;
/// Names that are looked up at a time: a quarter of the threads for what blocks (512 in tokio).
const MACHINE_MAX: usize = 128;

/// Resolves for all workspaces of a machine.
#[derive(Debug)]
pub(crate) struct Names {
    machine: Arc<Semaphore>,
}

/// Resolves for one of them.
#[derive(Debug)]
pub(crate) struct WorkspaceNames {
    machine: Arc<Semaphore>,
    own: Arc<Semaphore>,
}

impl Default for Names {
    fn default() -> Self {
        Self { machine: Arc::new(Semaphore::new(MACHINE_MAX)) }
    }
}

impl Names {
    /// What one workspace resolves with.
    pub(crate) fn for_workspace(&self) -> WorkspaceNames {
        let own = Arc::new(Semaphore::new(WORKSPACE_MAX));
        WorkspaceNames { machine: Arc::clone(&self.machine), own }
    }
}

impl WorkspaceNames {
    /// The addresses of a name or of an address. Waits for its turn; the caller has the deadline.
    pub(crate) async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let host = host.to_owned();
        self.look_up(move || Ok((host, 0).to_socket_addrs()?.map(|it| it.ip()).collect())).await
    }

    async fn look_up(
        &self,
        look: impl FnOnce() -> io::Result<Vec<IpAddr>> + Send + 'static,
    ) -> io::Result<Vec<IpAddr>> {
        let turn = (turn(&self.own).await?, turn(&self.machine).await?);
        let looked = tokio::task::spawn_blocking(move || {
            // The turn ends with the thread's work, not with whoever waits for it.
            let _turn = turn;
            look()
        });
        looked.await.map_err(io::Error::other)?
    }
}

async fn turn(semaphore: &Arc<Semaphore>) -> io::Result<OwnedSemaphorePermit> {
    Arc::clone(semaphore).acquire_owned().await.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_workspace_with_a_silent_name_server_takes_its_share_and_no_more() {
        let names = Names::default();
        let (hung, other) = (names.for_workspace(), names.for_workspace());
        let (answer, silence) = mpsc::channel::<()>();
        let silence = Arc::new(std::sync::Mutex::new(silence));
        for _ in 0..WORKSPACE_MAX {
            let silence = Arc::clone(&silence);
            let looked = hung.look_up(move || {
                silence.lock().unwrap().recv().unwrap_err();
                Ok(vec![])
            });
            // Whoever asked gives up at once; the thread does not.
            assert!(futures_util::FutureExt::now_or_never(looked).is_none());
        }
        assert_eq!(names.machine.available_permits(), MACHINE_MAX - WORKSPACE_MAX);
        let next = hung.look_up(|| Ok(vec![]));
        tokio::pin!(next);
        assert!(futures_util::poll!(&mut next).is_pending(), "it waits for its turn");
        assert_eq!(other.look_up(|| Ok(vec![])).await.unwrap(), Vec::<IpAddr>::new());
        assert_eq!(hung.resolve("127.0.0.1").await.unwrap().len(), 1, "an address needs no turn");
        drop(answer);
        next.await.unwrap();
        let _all = names.machine.acquire_many(u32::try_from(MACHINE_MAX).unwrap()).await.unwrap();
    }
}
