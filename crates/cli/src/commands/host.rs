//! `stead host`: a machine for gateways elsewhere, as a manager or as a worker (S0.18, S0.24).
//!
//! A manager keeps sessions; it runs them itself, or has workers to run them. A worker is a host
//! with a listener and nothing else.

mod machine;

use crate::arguments::{Global, HostCommand};
use crate::config::{self, Config, Origin, Runtime, ServiceMode};
use crate::running::{self, Signals};
use crate::service::{self, Handed};
use crate::{environment, logging, output, tls};
use anyhow::{Context, ensure};
use host::Host;
use manager::{Fence, Gate, Leases, Mode, Settings, Show, Spread, Token, Worker};
use protocol::WorkspaceId;
use provider::{HttpProvider, Provider};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;

/// Where it listens unless told otherwise. Others reach it only when somebody says so.
const LISTEN: &str = "127.0.0.1:8090";
/// Sessions of one machine unless told otherwise (U0.4).
const SESSIONS_MAX: usize = 12;
/// How long requests may take when it stops.
const GRACE: Duration = Duration::from_secs(10);

/// Runs until a signal says otherwise.
pub(crate) fn run(global: &Global, command: &HostCommand) -> anyhow::Result<ExitCode> {
    let mut settings = config::load(&command.options.with(global), global.config.as_deref())?;
    if command.join.is_some() {
        machine::settle_directory(&mut settings)?;
    }
    let mut config = Config::build(&settings)?;
    let runtime = Runtime::read(environment::get)?;
    let handed = service::take(environment::get)?;
    if let Some(url) = &command.join {
        logging::start(&config.log, config.log_format)?;
        running::check_machine(config.host.mode)?;
        let token = command.token_file.as_deref();
        return running::block_on(machine::run(global, config, &runtime, (url, token)));
    }
    if settings.list("listen").origin == Origin::Default {
        config.gateway.listen = vec![LISTEN.parse()?];
    }
    logging::start(&config.log, config.log_format)?;
    if runtime.worker_urls.is_empty() || runtime.mode == ServiceMode::Worker {
        running::check_machine(config.host.mode)?;
    }
    running::block_on(run_until_stopped(global, config, runtime, handed))
}

async fn run_until_stopped(
    global: &Global,
    config: Config,
    runtime: Runtime,
    handed: Handed,
) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let scope = TaskScope::default();
    let listen = config.gateway.listen.clone();
    let tls = match &config.certificate {
        Some(files) => Some(tls::serve(files, &tls::HTTP1, &scope)?),
        None => None,
    };
    ensure!(
        tls.is_some() || handed.tls.is_empty(),
        "a socket named `tls` was handed over: to speak TLS takes `tls-cert` and `tls-key`"
    );
    let (mode, provider, token) = match runtime.mode {
        ServiceMode::Worker => worker(config, &runtime, &scope).await?,
        ServiceMode::Manager => manager(global, config, &runtime, &scope).await?,
    };
    let word = if matches!(mode, Mode::Worker) { "worker" } else { "manager" };
    let is_plain = tls.is_none();
    let base_url = runtime.base_url.clone();
    let config = manager::Config { mode, provider, token, tls, base_url };
    let addresses =
        manager::serve(&listen, &[handed.plain, handed.tls].concat(), config, &scope).await;
    let addresses = addresses.context("the listener could not be opened")?;
    if is_plain && addresses.iter().any(|it| !it.ip().is_loopback()) {
        tracing::warn!("without TLS, the network between this and its clients must be one's own");
    }
    introduce(word, &runtime, &addresses)?;
    Ok(signals.run(&scope, GRACE).await)
}

type Served = (Mode, Arc<dyn Provider>, Token);

/// A machine with a limit.
async fn worker(config: Config, runtime: &Runtime, scope: &TaskScope) -> anyhow::Result<Served> {
    anyhow::ensure!(
        runtime.worker_urls.is_empty(),
        "`RUNTIME_WORKER_URLS` is for managers; this is a worker"
    );
    let token = runtime.worker_token()?;
    Ok((Mode::Worker, Arc::new(fenced(config, runtime, scope).await?), token))
}

/// This machine with its limit, and with a memory of what was placed elsewhere since.
async fn fenced(config: Config, runtime: &Runtime, scope: &TaskScope) -> anyhow::Result<Fence> {
    let fence = config.data_dir.join("fence");
    let host = Arc::new(Host::open(config.host, scope).await?);
    let gate = Gate::new(host, runtime.sessions_max.unwrap_or(SESSIONS_MAX));
    Ok(Fence::open(fence, Arc::new(gate)).await?)
}

/// Sessions over this machine, or over workers (S0.19, S0.21).
async fn manager(
    global: &Global,
    config: Config,
    runtime: &Runtime,
    scope: &TaskScope,
) -> anyhow::Result<Served> {
    let token = runtime.manager_token()?;
    let directory = config.data_dir.join("manager");
    let mut settings = Settings {
        directory: directory.join("sessions"),
        lease: runtime.lease,
        reconcile_interval: runtime.reconcile_interval,
        show: None,
    };
    let (machine, spread): (Arc<dyn Provider>, _) = if runtime.worker_urls.is_empty() {
        let host = Host::open(config.host, scope).await?;
        let root = runtime.workspace_root.clone();
        let root = root.unwrap_or_else(|| config.data_dir.join("_userspace"));
        settings.show = Some(show(host.clone(), root));
        (Arc::new(host), None)
    } else {
        let workers = workers(global, runtime, scope)?;
        let spread = Spread::open(directory.join("places"), workers, scope).await?;
        (Arc::<Spread>::clone(&spread), Some(spread))
    };
    let machines = runtime.worker_urls.len().max(1);
    let most = runtime.sessions_max.unwrap_or(SESSIONS_MAX * machines);
    let provider: Arc<dyn Provider> = Arc::new(Gate::new(machine, most));
    let leases = Leases::open(settings, Arc::clone(&provider), scope).await?;
    let provider = Arc::new(Fence::open(config.data_dir.join("fence"), provider).await?);
    Ok((Mode::Manager { leases, spread }, provider, token))
}

fn workers(global: &Global, runtime: &Runtime, scope: &TaskScope) -> anyhow::Result<Vec<Worker>> {
    let token = runtime.worker_token()?;
    let worker = |url: &String| {
        let address = running::machine(global, "RUNTIME_WORKER_URLS", url)?;
        let provider = HttpProvider::new(
            Arc::new(address),
            Some(token.secret()),
            runtime.manager_timeout,
            scope,
        );
        Ok(Worker { name: url.clone(), provider: Arc::new(provider) })
    };
    runtime.worker_urls.iter().map(worker).collect()
}

/// Shows the files of each workspace as `<root>/<name>` (S0.94), by a link: where they really are
/// is the host's affair.
fn show(host: Host, root: PathBuf) -> Show {
    Show(Arc::new(move |name: &str, id: &WorkspaceId, is_shown: bool| {
        let link = root.join(name);
        let is_link = fs::symlink_metadata(&link).is_ok_and(|it| it.is_symlink());
        if !is_shown {
            return if is_link { fs::remove_file(&link) } else { Ok(()) };
        }
        let files = host.files(id).ok_or(io::ErrorKind::NotFound)?;
        fs::create_dir_all(&root)?;
        if fs::read_link(&link).is_ok_and(|it| it == files) {
            return Ok(());
        }
        if is_link {
            fs::remove_file(&link)?;
        }
        // What is no link is left alone, and the workspace is not shown in its place.
        std::os::unix::fs::symlink(&files, &link)
    }))
}

fn introduce(word: &str, runtime: &Runtime, addresses: &[SocketAddr]) -> anyhow::Result<()> {
    let mut lines = vec![format!("  Stead {} runs as a {word}", env!("CARGO_PKG_VERSION"))];
    lines.extend(runtime.name.iter().map(|it| format!("  Name      {it}")));
    lines.extend(addresses.iter().map(|it| format!("  Address   {it}")));
    lines.extend(runtime.worker_urls.iter().map(|it| format!("  Worker    {it}")));
    output::say(&format!("\n{}\n\n", lines.join("\n")))
}
