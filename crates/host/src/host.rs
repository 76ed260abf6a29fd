//! The host: every workspace of this machine.

use crate::config::Config;
use crate::disk;
use crate::egress::{Entry, Log};
use crate::handoff::HandOffError;
use crate::kernel::Kernel;
use crate::launcher::{Launcher, StartError};
use crate::storage::{Storage, StorageError};
use crate::transfer::{Hold, Transfers, is_startable};
use crate::workspace::Workspace;
use futures_util::StreamExt;
use futures_util::stream;
use protocol::{RuntimeState, WorkspaceId};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::broadcast;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

/// Deaths that a slow listener may be behind before it misses some.
const DEATHS_CAPACITY: usize = 64;
/// Kernels that are met at the same time at start, and asked at the same time for the list.
const CONCURRENCY: usize = 16;
/// How long a kernel that refuses connections may take to be gone.
const DYING_TIMEOUT: Duration = Duration::from_secs(5);

/// Who deletes a workspace waits this long for its files to be off the disk; a hundred thousand of
/// them may take longer than a request may.
const REMOVAL_PATIENCE: Duration = Duration::from_secs(10);

/// One machine's workspaces. Cheap to clone; all clones are the same host.
///
/// Kernels live on when the host stops; the next host on the same data directory finds them.
#[derive(Clone, Debug)]
pub struct Host {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    launcher: Arc<Launcher>,
    scope: TaskScope,
    deaths: broadcast::Sender<WorkspaceId>,
    /// Workspaces somebody asked about since the start, and those with a living kernel.
    workspaces: Mutex<HashMap<WorkspaceId, Workspace>>,
    transfers: Transfers,
}

/// Why a host could not start. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Something else of this machine.
    #[error("the host cannot start")]
    Io(#[from] io::Error),
}

/// Why the host did not do something with a workspace.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There is no storage under this id.
    #[error("the workspace has no storage on this host")]
    NotFound,
    /// The machine can take no further kernel now.
    #[error("this machine can take no further session: {0}")]
    Capacity(String),
    /// The disk is full; nothing was changed.
    #[error("the disk is full: {0}")]
    StorageFull(String),
    /// Not as things stand; trying again does not help.
    #[error("{0}")]
    Refused(String),
    /// The kernel did not come up, or something else failed; trying again may help.
    #[error("{0}")]
    Failed(String),
}

/// Why there is no connection to a port of a workspace.
#[derive(Debug, thiserror::Error)]
pub enum ConnectPortError {
    /// A kernel is there, and nothing listens on the port.
    #[error("nothing listens on the port")]
    Refused,
    /// The workspace sleeps: no kernel, so no port either.
    #[error("the workspace is not running")]
    NoKernel,
    /// The kernel cannot be reached now.
    #[error("{0}")]
    Failed(String),
}

/// What the host knows of one living kernel.
#[derive(Clone, Debug)]
pub struct Status {
    /// Process id on this machine.
    pub pid: u32,
    /// What the kernel says, at most a second old; `None` when it does not answer now.
    pub state: Option<Box<RuntimeState>>,
}

impl Host {
    /// Takes the data directory for itself, adopts the kernels that live and tidies up after those
    /// that do not.
    pub async fn open(config: Config, scope: &TaskScope) -> Result<Self, OpenError> {
        let root = config.data_dir.clone();
        let storage =
            spawn_blocking(move || Storage::open(&root)).await.map_err(io::Error::other)??;
        let launcher = Arc::new(Launcher::new(config, storage, scope.clone()));
        let (deaths, _) = broadcast::channel(DEATHS_CAPACITY);
        let host = Self {
            shared: Arc::new(Shared {
                launcher,
                scope: scope.clone(),
                deaths,
                workspaces: Mutex::default(),
                transfers: Transfers::default(),
            }),
        };
        host.adopt_all().await?;
        host.shared.launcher.prepare_next();
        scope.spawn("disk", disk::guard(host.clone(), scope.clone()));
        Ok(host)
    }

    /// Makes the storage of a new workspace. Twice is once.
    pub async fn create(&self, id: &WorkspaceId) -> Result<(), HostError> {
        let (launcher, id) = (Arc::clone(&self.shared.launcher), id.clone());
        spawn_blocking(move || {
            let reserve = launcher.config.disk_reserve_bytes;
            let free = launcher.storage.free_bytes()?;
            if free < reserve {
                return Err(HostError::StorageFull(format!(
                    "{free} bytes are free, and {reserve} are kept for the workspaces there are"
                )));
            }
            Ok(launcher.storage.create(&id)?)
        })
        .await
        .map_err(|error| HostError::Failed(error.to_string()))?
    }

    /// Ends the workspace's kernel and deletes its storage. What is so much that it takes long is
    /// deleted after the answer. Twice is once.
    pub async fn remove(&self, id: &WorkspaceId) -> Result<(), HostError> {
        if let Ok(workspace) = self.workspace(id) {
            workspace.close().await;
        }
        let failed = |error: JoinError| HostError::Failed(error.to_string());
        let (launcher, owned) = (Arc::clone(&self.shared.launcher), id.clone());
        let removed = spawn_blocking(move || launcher.storage.remove(&owned)).await;
        self.shared.workspaces().remove(id);
        let removed = removed.map_err(failed)??;
        let launcher = Arc::clone(&self.shared.launcher);
        let mut discarded = spawn_blocking(move || launcher.storage.discard(&removed));
        if let Ok(discarded) = timeout(REMOVAL_PATIENCE, &mut discarded).await {
            return Ok(discarded.map_err(failed)??);
        }
        let id = id.clone();
        self.shared.scope.spawn("removal", async move {
            if let Ok(Err(error)) = discarded.await {
                tracing::error!(%error, workspace.id = %id, "a deleted workspace is not off the disk");
            }
        });
        Ok(())
    }

    /// Where a workspace's files are on this machine, if it has storage.
    pub fn files(&self, id: &WorkspaceId) -> Option<std::path::PathBuf> {
        self.shared.launcher.storage.directories(id).map(|it| it.files)
    }

    /// A byte stream to the kernel's HTTP face; wakes the kernel when it sleeps.
    pub async fn connect(&self, id: &WorkspaceId) -> Result<UnixStream, HostError> {
        let workspace = self.workspace(id)?;
        if !is_startable(Hold::read(&self.storage().0.workspace(id))?.as_ref()) {
            return Err(StartError::Held.into());
        }
        if let Some(kernel) = workspace.living() {
            if let Ok(stream) = kernel.connect().await {
                return Ok(stream);
            }
            // It is on its way out; whoever watches it will say so in a moment.
            let _answers_all_the_same = timeout(DYING_TIMEOUT, kernel.process.exited()).await;
        }
        Ok(workspace.kernel().await?.connect().await?)
    }

    /// A TCP connection to `port` inside the workspace's network. Wakes nothing.
    pub async fn connect_port(
        &self,
        id: &WorkspaceId,
        port: u16,
    ) -> Result<TcpStream, ConnectPortError> {
        let workspace = self.workspace(id).map_err(|_| ConnectPortError::NoKernel)?;
        let kernel = workspace.living().ok_or(ConnectPortError::NoKernel)?;
        kernel.handoff.connect(port).await.map_err(|error| match error {
            HandOffError::Refused => ConnectPortError::Refused,
            HandOffError::Invalid | HandOffError::Io(_) => {
                ConnectPortError::Failed(describe(&error))
            }
        })
    }

    /// Every workspace that has a living kernel, with what the kernel says.
    pub async fn status(&self) -> Vec<(WorkspaceId, Status)> {
        stream::iter(self.living())
            .map(|(id, kernel)| async move {
                (id, Status { pid: kernel.pid, state: kernel.state().await })
            })
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await
    }

    /// Whether the host can take work.
    pub fn health(&self) -> Result<(), HostError> {
        if self.shared.scope.has_failed() {
            return Err(HostError::Failed("a task of the host failed; see the log".to_owned()));
        }
        self.shared.launcher.storage.free_bytes()?;
        Ok(())
    }

    /// Announces each kernel that ended without being asked to.
    pub fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        self.shared.deaths.subscribe()
    }

    /// Ends a workspace's kernel, and with it everything that runs there.
    pub async fn stop(&self, id: &WorkspaceId) {
        if let Ok(workspace) = self.workspace(id) {
            workspace.stop().await;
        }
    }

    /// The same, and lets what runs there end by itself first.
    pub(crate) async fn stop_in_order(&self, id: &WorkspaceId) {
        let Ok(workspace) = self.workspace(id) else { return };
        if let Some(kernel) = workspace.living()
            && let Err(error) = kernel.stop_session().await
        {
            tracing::warn!(workspace.id = %id, %error, "a session did not end by itself");
        }
        // Also one that was on its way up.
        workspace.stop().await;
    }

    /// Ends every kernel. Nothing of them is left afterwards.
    pub async fn stop_all(&self) {
        let all: Vec<Workspace> = self.shared.workspaces().values().cloned().collect();
        stream::iter(all)
            .for_each_concurrent(CONCURRENCY, |it| async move { it.stop().await })
            .await;
    }

    /// The last outbound connections of a workspace, oldest first.
    pub fn egress_log(&self, id: &WorkspaceId) -> Vec<Entry> {
        self.workspace(id).map(|it| it.log().entries()).unwrap_or_default()
    }

    /// Starts the kernel of a workspace that is held, for the move that lets go of it then. Nobody is
    /// connected to it before that.
    pub(crate) async fn start_held(&self, id: &WorkspaceId) -> Result<(), HostError> {
        let workspace = self.workspace(id)?;
        let _trial = self.shared.launcher.try_out(id);
        workspace.kernel().await?;
        Ok(())
    }

    /// Whether the workspace's kernel is there now.
    pub(crate) fn is_awake(&self, id: &WorkspaceId) -> bool {
        self.workspace(id).is_ok_and(|it| it.living().is_some())
    }

    /// What moves.
    pub(crate) fn transfers(&self) -> &Transfers {
        &self.shared.transfers
    }

    /// Where data is kept, and how much of it must stay free.
    pub(crate) fn storage(&self) -> (&Storage, u64) {
        (&self.shared.launcher.storage, self.shared.launcher.config.disk_reserve_bytes)
    }

    /// Room that one workspace may take, in bytes.
    pub(crate) fn disk_bytes_max(&self) -> Option<u64> {
        self.shared.launcher.config.disk_bytes_max
    }

    /// Every workspace that has a living kernel.
    pub(crate) fn living(&self) -> Vec<(WorkspaceId, Arc<Kernel>)> {
        let workspaces = self.shared.workspaces();
        workspaces.iter().filter_map(|(id, it)| Some((id.clone(), it.living()?))).collect()
    }

    /// The handle of a workspace that has storage.
    fn workspace(&self, id: &WorkspaceId) -> Result<Workspace, HostError> {
        let mut workspaces = self.shared.workspaces();
        if let Some(workspace) = workspaces.get(id) {
            return Ok(workspace.clone());
        }
        if !self.shared.launcher.storage.exists(id) {
            return Err(HostError::NotFound);
        }
        let workspace = self.shared.start(id.clone(), None, Arc::default());
        workspaces.insert(id.clone(), workspace.clone());
        Ok(workspace)
    }

    async fn adopt_all(&self) -> Result<(), OpenError> {
        let launcher = &self.shared.launcher;
        let ids = launcher.storage.with_run_directory()?;
        let strays = launcher.find_strays(&ids).await;
        let strays = &strays;
        let adopted: Vec<_> = stream::iter(ids)
            .map(|id| async move {
                let log: Arc<Log> = Arc::default();
                let marker = launcher.marker(&id);
                let strays = marker.and_then(|it| strays.get(&it)).map_or(&[][..], Vec::as_slice);
                let kernel = launcher.adopt(&id, strays, &log).await;
                (id, kernel, log)
            })
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        let mut died = Vec::new();
        for (id, kernel, log) in adopted {
            if kernel.is_some() {
                tracing::info!(workspace.id = %id, "a living kernel was adopted");
                let workspace = self.shared.start(id.clone(), kernel, log);
                self.shared.workspaces().insert(id, workspace);
            } else if !launcher.was_idle(&id) {
                died.push(id);
            }
        }
        let host = self.clone();
        self.shared.scope.spawn("recovery", async move { host.recover(died).await });
        Ok(())
    }

    /// Wakes the workspaces whose kernels died while no host watched, one after the other, so that
    /// they tell what died with them.
    async fn recover(&self, died: Vec<WorkspaceId>) {
        for id in died {
            tracing::warn!(workspace.id = %id, "a kernel died while no host watched");
            if let Err(error) = self.connect(&id).await {
                tracing::warn!(workspace.id = %id, %error, "the workspace could not be woken");
            }
        }
    }
}

impl Shared {
    fn workspaces(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Workspace>> {
        // Every change is one insertion or removal, so a panic leaves the map whole.
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, id: WorkspaceId, kernel: Option<Kernel>, log: Arc<Log>) -> Workspace {
        let launcher = Arc::clone(&self.launcher);
        Workspace::spawn(id, launcher, (kernel, log), self.deaths.clone(), &self.scope)
    }
}

impl From<StartError> for HostError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::NotFound => Self::NotFound,
            StartError::Capacity(why) => Self::Capacity(why),
            StartError::StorageFull(why) => Self::StorageFull(why),
            StartError::Held => Self::Refused(error.to_string()),
            StartError::Failed(why) => Self::Failed(why),
        }
    }
}

impl From<io::Error> for HostError {
    fn from(error: io::Error) -> Self {
        StartError::from(error).into()
    }
}

/// An error with its causes.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        text = format!("{text}: {it}");
        cause = it.source();
    }
    text
}
