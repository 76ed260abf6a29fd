//! From a configuration to a kernel that serves, and its end.

use crate::config::{Config, FD_HANDOFF, FD_HTTP, FD_STATE, Listen, StateDirectory};
use crate::context::{By, Context};
use crate::dev_server::{self, DevServer};
use crate::documents::Documents;
use crate::endings::Endings;
use crate::environment::Environment;
use crate::feed::FileFeed;
use crate::files::{Files, IgnoreList};
use crate::git::Git;
use crate::handoff::Handoff;
use crate::http::session::SETUP_RECORD;
use crate::http::traffic::Traffic;
use crate::http::{self, App};
use crate::journal::Journal;
use crate::language::Languages;
use crate::life::{self, Connections, Counted};
use crate::outbox::Outbox;
use crate::people::People;
use crate::ports::Monitor;
use crate::search::Search;
use crate::session::{self, Record, Session};
use crate::settings::SettingsCell;
use crate::setup::CloneCancel;
use crate::state::State;
use crate::stats::Meter;
use crate::store::Store;
use crate::terminals::Terminals;
use crate::typing::Typing;
use anyhow::Context as _;
use axum::serve::Listener;
use protocol::event::EventKind;
use protocol::state::{RuntimeState, SetupStatus};
use std::io;
use std::os::unix::net::UnixListener as StdUnixListener;
use std::sync::Arc;
use std::time::Duration;
use stdx::{TaskScope, clock};
use supervisor::init;
use supervisor::process::Processes;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Threads for file work; more than a disk has use for.
const BLOCKING_THREADS_MAX: usize = 8;
/// From the wish to end to the end: a session is stopped in two seconds, clients are told.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// After everything has ended, for the last frames to clients.
const FAREWELL: Duration = Duration::from_millis(500);

/// Runs a kernel until it is told to end, or leaves by itself. Blocks.
pub fn run(config: Config) -> anyhow::Result<()> {
    if matches!(config.listen, Listen::Inherited) {
        init::enter_kernel().context("the process could not become a kernel")?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build()
        .context("no asynchronous runtime")?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        // The first process of a sandbox is signalled from inside only: the host kills it.
        let is_told = !config.init;
        let server = Server::start(config).await?;
        tokio::select! {
            _ = terminate.recv(), if is_told => {}
            _ = interrupt.recv(), if is_told => {}
            () = server.app.context.scope.stopping() => {}
        }
        tokio::select! {
            clean = server.shutdown() => anyhow::ensure!(clean, "the kernel did not end cleanly"),
            // Asked twice: at once.
            _ = terminate.recv(), if is_told => {}
            _ = interrupt.recv(), if is_told => {}
        }
        Ok(())
    })
}

/// A kernel that serves.
pub struct Server {
    pub app: App,
    connections: Connections,
}

impl Server {
    /// Opens everything and serves; needs a runtime.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        if !config.init {
            // Whoever forks away from its parent stays in sight, and can be ended.
            rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
                .context("the process cannot be the reaper of its descendants")?;
        }
        let store = open_store(&config.state_directory).context("no state directory")?;
        let connections = Connections::default();
        let handoff =
            Handoff::open(&config, &connections).context("no listener for outbound traffic")?;
        let listeners = Listeners::open(&config.listen).await.context("no listener")?;
        let context = open_context(config, store).context("the records cannot be opened")?;
        context.outbox.spawn(&context.scope);
        let app = assemble(&context, &connections).context("the workspace cannot be opened")?;
        remove_leftovers(&app);
        // Before anybody can start a program.
        app.documents.recover().await;
        listeners.serve(&app, handoff, &connections);
        life::spawn(&context, &connections);
        tracing::info!(workspace.id = %context.config.workspace_id, "the kernel serves");
        Ok(Self { app, connections })
    }

    /// Tells clients, stops the session, ends. `false` when something had to be dropped.
    pub async fn shutdown(self) -> bool {
        let clean = self.app.context.scope.shutdown(SHUTDOWN_GRACE).await;
        self.app.files.leave();
        let mut open = self.connections.subscribe();
        // Clients that keep their connection are cut off with the process.
        drop(tokio::time::timeout(FAREWELL, open.wait_for(|it| *it <= 0)).await);
        clean
    }
}

fn open_store(directory: &StateDirectory) -> io::Result<Store> {
    match directory {
        StateDirectory::Inherited => Ok(Store::from_descriptor(init::take_fd(FD_STATE)?)),
        StateDirectory::Path(path) => Store::open(path),
    }
}

/// State, journal and settings as the last kernel left them.
fn open_context(config: Config, store: Store) -> io::Result<Context> {
    let (record, died) = Record::load(&store)?;
    let mut setup: protocol::state::Setup = store.read(SETUP_RECORD)?.unwrap_or_default();
    if setup.status == SetupStatus::Running {
        setup.status = SetupStatus::Failed;
        setup.message =
            Some("It was interrupted. Remove what is there and create the workspace anew.".into());
        setup.percent = None;
    }
    let initial = RuntimeState {
        workspace_id: config.workspace_id.clone(),
        session_id: record.session_id.clone(),
        generation: record.generation,
        started_at_ms: record.started_at_ms,
        started_by: record.started_by.clone(),
        revision: 0,
        updated_at_ms: clock::now_ms(),
        status: record.status,
        reason: record.reason.clone(),
        setup,
        dev_server: protocol::state::DevServer::default(),
        build: protocol::state::Build::default(),
        preview: protocol::state::Preview::default(),
        ports: Vec::new(),
        terminals: Vec::new(),
        file_watch: protocol::state::FileWatch::default(),
        capabilities: config.capabilities.clone(),
        disk: protocol::state::Disk::default(),
    };
    let environment = Environment::new(&config);
    let context = Context {
        config: Arc::new(config),
        state: State::open(&store, initial, environment.secrets())?,
        journal: Journal::open(&store, environment.secrets())?,
        outbox: Outbox::open(&store)?,
        settings: SettingsCell::open(&store)?,
        environment,
        endings: Endings::default(),
        store,
        scope: TaskScope::default(),
    };
    if died {
        let error = record.reason.unwrap_or_default();
        context.emit(&By::kernel(), EventKind::RuntimeCrashed { error });
    }
    Ok(context)
}

/// All parts, connected.
fn assemble(context: &Context, connections: &Connections) -> io::Result<App> {
    let processes = Processes::start(&context.scope)?;
    let terminals = Terminals::new(context, &processes);
    let shown = Arc::new(watch::Sender::new(dev_server::App::default()));
    let driver = dev_server::WorkspaceDriver::new(context, &terminals, Arc::clone(&shown));
    let dev_server = DevServer::spawn(context, Arc::clone(&shown), driver);
    Monitor::spawn(context, &processes, &terminals, &shown);
    let driver = session::WorkspaceDriver {
        context: context.clone(),
        processes: processes.clone(),
        terminals: terminals.clone(),
        dev_server: dev_server.clone(),
    };
    let session = Session::spawn(context, driver)?;
    let feed = FileFeed::new(context);
    let told = feed.clone();
    let files = Files::open(&context.config.root, Some(context.store.clone()), move |it| {
        told.changed(vec![it]);
    })?;
    let (context, typing) = (context.clone(), Typing::spawn(context));
    let settings = context.settings.get();
    files.set_ignored(IgnoreList::new(&settings.ignore_add, &settings.ignore_remove));
    feed.watch_with(&files);
    let seen = feed.clone();
    files.set_generation(move || seen.generation());
    let documents = Documents::start(&context, &files, &feed)?;
    let git = Git::new(&context, &processes, (&files, &documents));
    let search = Search::new(&context, &files, &documents);
    let languages = Languages::new((&context, &processes), &documents, &feed, &search);
    Ok(App {
        context,
        processes,
        session,
        terminals,
        dev_server,
        git,
        cloning: CloneCancel::default(),
        search,
        languages,
        documents,
        files,
        feed,
        meter: Meter::default(),
        traffic: Traffic::default(),
        people: People::default(),
        connections: connections.clone(),
        typing,
    })
}

/// Looks for remains of writes beside everything else.
fn remove_leftovers(app: &App) {
    let (files, context, start_ms) = (app.files.clone(), app.context.clone(), clock::now_ms());
    drop(tokio::task::spawn_blocking(move || {
        let removed = files.remove_leftovers(start_ms);
        if 0 < removed {
            let message = format!("removed what {removed} writes had left when the kernel died");
            tracing::info!("{message}");
            let code = "leftovers_removed".to_owned();
            context.emit(&By::kernel(), EventKind::Diagnostic { code, message });
        }
    }));
}

/// Where clients come in.
enum Listeners {
    Unix { http: UnixListener, handoff: UnixListener },
    Tcp(TcpListener),
}

impl Listeners {
    async fn open(listen: &Listen) -> io::Result<Self> {
        Ok(match listen {
            Listen::Inherited => {
                Self::Unix { http: inherited(FD_HTTP)?, handoff: inherited(FD_HANDOFF)? }
            }
            Listen::Unix { http, handoff } => Self::Unix {
                http: UnixListener::bind(http)?,
                handoff: UnixListener::bind(handoff)?,
            },
            Listen::Tcp(address) => Self::Tcp(TcpListener::bind(address).await?),
        })
    }

    fn serve(self, app: &App, handoff: Handoff, connections: &Connections) {
        match self {
            Self::Unix { http, handoff: listener } => {
                handoff.spawn(&app.context.scope, listener);
                serve_http(app, http, connections);
            }
            Self::Tcp(listener) => serve_http(app, listener, connections),
        }
    }
}

fn inherited(descriptor: i32) -> io::Result<UnixListener> {
    let listener = StdUnixListener::from(init::take_fd(descriptor)?);
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

fn serve_http<L>(app: &App, listener: L, connections: &Connections)
where
    L: Listener,
    L::Addr: std::fmt::Debug,
{
    let listener = Counted { listener, connections: connections.clone() };
    let scope = app.context.scope.clone();
    let stopping = scope.clone();
    // Given as it is, axum would make all its routes anew for each connection.
    let router = http::router(app.clone()).into_make_service();
    scope.spawn("http", async move {
        let graceful = async move { stopping.stopping().await };
        let served = axum::serve(listener, router).with_graceful_shutdown(graceful).await;
        if let Err(error) = served {
            tracing::error!("the HTTP face ended: {error}");
        }
    });
}
