//! Starting, adopting, ending kernels, and removing what they leave: the driver under
//! [`crate::workspace`].

use crate::config::Config;
use crate::egress::{self, Log, Names, Proxy};
use crate::find;
use crate::kernel::{Kernel, Sockets};
use crate::record::{self, Phase, Record};
use crate::spare::{HOSTNAME, Spares};
use crate::storage::{Directories, Storage, private_directory};
use crate::transfer::{Hold, is_startable};
use protocol::WorkspaceId;
use protocol::launch::{self, LastSession, Launch};
use protocol::state::Capabilities;
use rustix::fs::OFlags;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use supervisor::sandbox::{self, KernelProcess, Mode, ProcessHandle, SandboxSpec, SpawnError};

/// How long a new kernel may take until it answers. It takes milliseconds on a machine at rest.
const READY_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a kernel that is found at the host's start may take to answer.
const ADOPT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a killed kernel may take to be gone.
const GONE_TIMEOUT: Duration = Duration::from_secs(10);
/// End of a kernel's log that is told when it did not start, in bytes.
const LOG_TAIL_BYTES: usize = 2000;
/// Largest record of a kernel that is read, in bytes; it has some hundred.
const RECORD_BYTES_MAX: u64 = 64 * 1024;

/// Name of the kernel's HTTP socket.
const SOCKET_HTTP: &str = "kernel.sock";
/// Name of the kernel's hand-off socket.
const SOCKET_HANDOFF: &str = "handoff.sock";

/// Starts and ends kernels on this machine.
#[derive(Debug)]
pub(crate) struct Launcher {
    pub(crate) config: Config,
    pub(crate) storage: Storage,
    scope: TaskScope,
    /// Resolves what programs in workspaces ask for.
    names: Names,
    /// What kernels are told that this machine can do.
    capabilities: Capabilities,
    /// Workspaces whose kernels start although a move holds them.
    trials: Mutex<HashSet<WorkspaceId>>,
    spares: Arc<Spares>,
}

/// As long as it is kept, a workspace's kernel starts although a move holds it.
pub(crate) struct Trial<'a> {
    launcher: &'a Launcher,
    id: WorkspaceId,
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        self.launcher.trials().remove(&self.id);
    }
}

/// Why there is no kernel. Nothing is left of it.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The workspace has no storage.
    #[error("the workspace has no storage on this host")]
    NotFound,
    /// It moves to another machine, or has moved there.
    #[error(
        "the workspace is being moved to another machine; it can be used again when that is done"
    )]
    Held,
    /// The machine has no process, memory or descriptor to spare.
    #[error("{0}")]
    Capacity(String),
    /// The disk is full.
    #[error("{0}")]
    StorageFull(String),
    /// Anything else, with what the kernel said last.
    #[error("{0}")]
    Failed(String),
}

impl Launcher {
    /// A launcher for this machine. Blocks.
    pub(crate) fn new(config: Config, storage: Storage, scope: TaskScope) -> Self {
        let capabilities = Capabilities {
            network: network_word(&config).to_owned(),
            disk_bytes_max: config.disk_bytes_max,
            ..config.capabilities.clone()
        };
        Self {
            spares: Arc::new(Spares::new(&config, storage.workspaces())),
            config,
            storage,
            scope,
            capabilities,
            names: Names::default(),
            trials: Mutex::default(),
        }
    }

    /// Lets the kernel of a workspace start that a move holds.
    pub(crate) fn try_out(&self, id: &WorkspaceId) -> Trial<'_> {
        self.trials().insert(id.clone());
        Trial { launcher: self, id: id.clone() }
    }

    fn trials(&self) -> MutexGuard<'_, HashSet<WorkspaceId>> {
        self.trials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a move keeps kernels from starting.
    fn is_held(&self, id: &WorkspaceId) -> io::Result<bool> {
        let hold = Hold::read(&self.storage.workspace(id))?;
        Ok(!is_startable(hold.as_ref()) && !self.trials().contains(id))
    }

    /// Starts a kernel and waits until it answers.
    pub(crate) async fn start(
        self: &Arc<Self>,
        id: &WorkspaceId,
        log: &Arc<Log>,
    ) -> Result<Kernel, StartError> {
        let this = Arc::clone(self);
        let owned = id.clone();
        let spawned = tokio::task::spawn_blocking(move || this.spawn(&owned)).await;
        let kernel = match spawned {
            Ok(Ok(process)) => self.meet(id, process).await,
            Ok(Err(error)) => Err(error),
            Err(error) => Err(StartError::Failed(error.to_string())),
        };
        match kernel {
            Ok(kernel) => {
                self.open_egress(id, &kernel, log);
                self.prepare_next();
                Ok(kernel)
            }
            Err(error @ (StartError::NotFound | StartError::Held)) => Err(error),
            Err(error) => {
                let told = self.with_log(id, error);
                self.tidy(id).await;
                Err(told)
            }
        }
    }

    /// Sees to it that there is an empty sandbox for the next workspace.
    pub(crate) fn prepare_next(&self) {
        self.scope.spawn("spare sandbox", Arc::clone(&self.spares).fill());
    }

    /// Everything up to the running process. Blocks.
    fn spawn(&self, id: &WorkspaceId) -> Result<KernelProcess, StartError> {
        let home = self.storage.directories(id).ok_or(StartError::NotFound)?;
        if self.is_held(id)? {
            return Err(StartError::Held);
        }
        let run = self.storage.run_directory(id);
        private_directory(&run)?;
        let mut record = Record::new(self.has_egress());
        record.write(&run)?;
        let spec = self.spec(id, &home, &record)?;
        let process = sandbox::spawn_in(self.spares.take(), spec)?;
        record.phase = Phase::Running { pid: process.pid, start_time: process.start_time };
        record.write(&run)?;
        Ok(process)
    }

    fn spec(
        &self,
        id: &WorkspaceId,
        home: &Directories,
        record: &Record,
    ) -> io::Result<SandboxSpec> {
        let state = rustix::fs::open(
            &home.state,
            OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        )?;
        let inherit = vec![
            (self.listener(id, SOCKET_HTTP)?, 3),
            (self.listener(id, SOCKET_HANDOFF)?, 4),
            (state, 5),
        ];
        let launch = serde_json::to_string(&self.launch(id, home)).map_err(io::Error::other)?;
        Ok(SandboxSpec {
            mode: self.config.mode,
            program: self.config.program.clone(),
            // The marker is for whoever looks for the process; see `find`.
            args: launch::ARGUMENTS
                .into_iter()
                .chain(["--marker", &record.marker])
                .map(OsString::from)
                .collect(),
            env: vec![(launch::VARIABLE.into(), launch.into())],
            workspace: home.files.clone(),
            home: home.home.clone(),
            id_base: home.id_base,
            tools: self.config.tools.clone(),
            hostname: HOSTNAME.to_owned(),
            inherit,
            limits: self.config.limits.clone(),
            cgroup_name: cgroup_name(id),
            log: Some(self.storage.open_log(id)?.into()),
        })
    }

    fn launch(&self, id: &WorkspaceId, home: &Directories) -> Launch {
        let (root, home_inside) = match self.config.mode {
            Mode::Sandbox => (Path::new("/workspace"), Path::new("/home/dev")),
            Mode::Process => (home.files.as_path(), home.home.as_path()),
        };
        let mut env = Vec::new();
        if self.has_egress() {
            env.extend(egress::proxy_variables(egress::PORT));
        }
        if Path::new(egress::CERTIFICATES).exists() {
            env.extend(egress::certificate_variables(egress::CERTIFICATES));
        }
        env.extend(self.config.env.iter().cloned());
        Launch {
            workspace_id: id.clone(),
            root: root.to_string_lossy().into_owned(),
            home: home_inside.to_string_lossy().into_owned(),
            env,
            egress_port: self.has_egress().then_some(egress::PORT),
            capabilities: self.capabilities.clone(),
            monitor_interval_ms: millis(self.config.monitor_interval),
            linger_ms: self.config.idle_kernel_timeout.map(millis),
            init: self.config.mode == Mode::Sandbox,
        }
    }

    /// Only a sandbox has a network of its own, and therefore a way out that is ours.
    fn has_egress(&self) -> bool {
        self.config.mode == Mode::Sandbox
    }

    fn listener(&self, id: &WorkspaceId, name: &str) -> io::Result<OwnedFd> {
        let path = self.storage.socket(id, name);
        remove_file(&path)?;
        let listener = UnixListener::bind(&path)?;
        listener.set_nonblocking(true)?;
        Ok(listener.into())
    }

    fn sockets(&self, id: &WorkspaceId) -> Sockets {
        Sockets {
            http: self.storage.socket(id, SOCKET_HTTP),
            handoff: self.storage.socket(id, SOCKET_HANDOFF),
        }
    }

    /// Waits until a new process answers; ends it when it does not.
    async fn meet(&self, id: &WorkspaceId, it: KernelProcess) -> Result<Kernel, StartError> {
        let process = ProcessHandle::open(it.pid, it.start_time)?
            .ok_or_else(|| StartError::Failed("the kernel ended at once".to_owned()))?;
        let kernel = Kernel::new(it.pid, process, self.sockets(id), self.scope.child());
        let why = match tokio::time::timeout(READY_TIMEOUT, kernel.ready()).await {
            Ok(Ok(())) => return Ok(kernel),
            Ok(Err(error)) => format!("the kernel did not start: {error}"),
            Err(_) => format!("the kernel did not answer within {READY_TIMEOUT:?}"),
        };
        self.kill(&kernel).await;
        Err(StartError::Failed(why))
    }

    /// Finds the kernel that a record of an earlier host speaks of. `None`: there is none, and
    /// nothing is left of it. `strays` are the processes that carry the record's marker.
    pub(crate) async fn adopt(
        self: &Arc<Self>,
        id: &WorkspaceId,
        strays: &[u32],
        log: &Arc<Log>,
    ) -> Option<Kernel> {
        let record = Record::read(&self.storage.run_directory(id));
        if let Some(Record { phase: Phase::Running { pid, start_time }, .. }) = record
            && self.storage.exists(id)
            && self.is_held(id).is_ok_and(|it| !it)
            && let Ok(Some(process)) = ProcessHandle::open(pid, start_time)
        {
            let kernel = Kernel::new(pid, process, self.sockets(id), self.scope.child());
            if let Ok(Ok(())) = tokio::time::timeout(ADOPT_TIMEOUT, kernel.ready()).await {
                self.open_egress(id, &kernel, log);
                return Some(kernel);
            }
            tracing::warn!(workspace.id = %id, pid, "a kernel does not answer and is ended");
            self.kill(&kernel).await;
        }
        for pid in strays {
            self.end_stray(id, *pid).await;
        }
        self.tidy(id).await;
        None
    }

    /// Ends a process that carries a marker of ours and that nobody has talked to.
    async fn end_stray(&self, id: &WorkspaceId, pid: u32) {
        let Some(start_time) = supervisor::stats::start_time(pid) else { return };
        if let Ok(Some(process)) = ProcessHandle::open(pid, start_time) {
            tracing::info!(workspace.id = %id, pid, "a kernel that was half started is ended");
            let kernel = Kernel::new(pid, process, self.sockets(id), self.scope.child());
            self.kill(&kernel).await;
        }
    }

    /// The processes of half-started kernels, by marker.
    pub(crate) async fn find_strays(
        &self,
        ids: &[WorkspaceId],
    ) -> std::collections::HashMap<String, Vec<u32>> {
        find::helpers_gone().await;
        let markers: Vec<String> = ids.iter().filter_map(|id| self.marker(id)).collect();
        find::by_marker(&markers.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The marker of the kernel that was last started for a workspace.
    pub(crate) fn marker(&self, id: &WorkspaceId) -> Option<String> {
        Record::read(&self.storage.run_directory(id)).map(|it| it.marker)
    }

    /// Kills a kernel, and with it everything in its sandbox, and removes what is left.
    pub(crate) async fn end(self: &Arc<Self>, id: &WorkspaceId, kernel: &Kernel) {
        self.kill(kernel).await;
        self.tidy(id).await;
    }

    async fn kill(&self, kernel: &Kernel) {
        kernel.scope().stop();
        if let Err(error) = kernel.process.kill() {
            tracing::error!(pid = kernel.pid, %error, "a kernel cannot be killed");
        }
        if tokio::time::timeout(GONE_TIMEOUT, kernel.process.exited()).await.is_err() {
            tracing::error!(pid = kernel.pid, "a killed kernel is still there");
        }
    }

    /// Removes what a kernel that is gone has left: processes in its cgroup, the cgroup, sockets,
    /// record.
    pub(crate) async fn tidy(self: &Arc<Self>, id: &WorkspaceId) {
        let this = Arc::clone(self);
        let id = id.clone();
        let tidied = tokio::task::spawn_blocking(move || this.tidy_blocking(&id)).await;
        if let Ok(Err(error)) = tidied {
            tracing::error!(%error, "something is left of a kernel that is gone");
        }
    }

    fn tidy_blocking(&self, id: &WorkspaceId) -> io::Result<()> {
        sandbox::release(&cgroup_name(id))?;
        remove_file(&self.storage.socket(id, SOCKET_HTTP))?;
        remove_file(&self.storage.socket(id, SOCKET_HANDOFF))?;
        // Last: while there is a record, the next host looks.
        remove_file(&self.storage.run_directory(id).join(record::FILE))
    }

    /// Whether no session went with the kernel that is gone. What cannot be read counts as one.
    pub(crate) fn was_idle(&self, id: &WorkspaceId) -> bool {
        let Some(home) = self.storage.directories(id) else { return true };
        match last_session(&home.state.join(launch::SESSION_RECORD)) {
            Ok(session) => session.is_idle(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    /// Takes the kernel's listener for outbound traffic and serves it as long as the kernel lives.
    fn open_egress(&self, id: &WorkspaceId, kernel: &Kernel, log: &Arc<Log>) {
        if !self.has_egress() {
            return;
        }
        let scope = kernel.scope().clone();
        let proxy = Proxy::new(
            self.config.egress.clone(),
            self.names.for_workspace(),
            Arc::clone(log),
            scope.clone(),
        );
        let handoff = crate::handoff::HandOff::new(self.sockets(id).handoff);
        let id = id.clone();
        scope.spawn("egress listener", async move {
            match handoff.egress_listener().await {
                Ok(listener) => proxy.run(listener).await,
                Err(error) => {
                    tracing::error!(workspace.id = %id, %error, "the workspace has no way out");
                }
            }
        });
    }

    /// The error with the end of the kernel's log, which says why.
    fn with_log(&self, id: &WorkspaceId, error: StartError) -> StartError {
        let StartError::Failed(why) = error else { return error };
        let log = std::fs::read(self.storage.log(id)).unwrap_or_default();
        let tail = &log[log.len().saturating_sub(LOG_TAIL_BYTES)..];
        let tail = String::from_utf8_lossy(tail);
        tracing::error!(workspace.id = %id, why, log = %tail, "a kernel did not start");
        match tail.trim().lines().next_back() {
            Some(line) => StartError::Failed(format!("{why} (its log ends with: {line})")),
            None => StartError::Failed(why),
        }
    }
}

/// Reads what a kernel wrote down. The file is the kernel's: it is not followed elsewhere, not
/// waited for, and not read without end.
fn last_session(path: &Path) -> io::Result<LastSession> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = std::fs::File::from(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?);
    let mut text = Vec::new();
    file.take(RECORD_BYTES_MAX).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

/// The name under which the machine's limits know a workspace.
fn cgroup_name(id: &WorkspaceId) -> String {
    format!("ws-{}", id.body())
}

fn network_word(config: &Config) -> &'static str {
    use egress::EgressMode;
    match (config.mode, config.egress.mode) {
        (Mode::Process, _) => "full",
        (Mode::Sandbox, EgressMode::Off) => "none",
        (Mode::Sandbox, EgressMode::Public) => "public",
        (Mode::Sandbox, EgressMode::AllowList) => "allow_list",
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn remove_file(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
        let short = [io::ErrorKind::OutOfMemory, io::ErrorKind::WouldBlock];
        let descriptors =
            [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE].map(|it| Some(it.raw_os_error()));
        if full.contains(&error.kind()) {
            Self::StorageFull(error.to_string())
        } else if short.contains(&error.kind()) || descriptors.contains(&error.raw_os_error()) {
            Self::Capacity(error.to_string())
        } else {
            Self::Failed(error.to_string())
        }
    }
}

impl From<SpawnError> for StartError {
    fn from(error: SpawnError) -> Self {
        let mut text = error.to_string();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
        while let Some(it) = cause {
            text = format!("{text}: {it}");
            cause = it.source();
        }
        Self::Failed(text)
    }
}
