//! `stead serve`: gateway and host in one process.

use crate::arguments::{Global, Serve};
use crate::config::{self, Config, Origin};
use crate::{client, logging, output};
use anyhow::{Context, bail};
use gateway::Gateway;
use host::Host;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use supervisor::probe::{Level, probe};
use supervisor::sandbox::Mode;
use tokio::signal::unix::{SignalKind, signal};

/// How much longer than the gateway's own grace period everything may take to stop.
const STOP_MARGIN: Duration = Duration::from_secs(5);

/// Runs until a signal says otherwise.
pub(crate) fn run(global: &Global, serve: &Serve) -> anyhow::Result<ExitCode> {
    let settings = config::load(&serve.options.with(global), global.config.as_deref())?;
    let mut config = Config::build(&settings)?;
    if settings.list("listen").origin == Origin::Default {
        // A machine without IPv6 is no reason not to start, unless IPv6 was asked for.
        config
            .gateway
            .listen
            .retain(|it| it.is_ipv4() || std::net::TcpListener::bind((it.ip(), 0)).is_ok());
    }
    logging::start(&config.log, config.log_format)?;
    if config.host.mode == Mode::Sandbox {
        check_machine()?;
    }
    raise_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime could not be started")?;
    let code = runtime.block_on(serve_until_stopped(config, serve.print_link));
    // Whatever still blocks a thread ends with the process.
    runtime.shutdown_background();
    code
}

/// Lifts the soft limit of open files to the hard one: every connection of every workspace counts.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, "the number of open files could not be raised");
    }
}

/// Refuses to start where no workspace could be woken.
fn check_machine() -> anyhow::Result<()> {
    match probe().findings.into_iter().find(|it| it.level == Level::Fail) {
        None => Ok(()),
        Some(finding) => bail!(
            "this machine gives no sandbox ({}: {}); `stead doctor` says more, and \
             `--provider process` runs without isolation",
            finding.name,
            finding.message
        ),
    }
}

async fn serve_until_stopped(config: Config, print_link: bool) -> anyhow::Result<ExitCode> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let scope = TaskScope::default();
    let grace = config.gateway.shutdown_grace + STOP_MARGIN;
    let host = Host::open(config.host, &scope).await?;
    let gateway = Gateway::bind(config.gateway, Arc::new(host), &scope)
        .await
        .context("the server did not start")?;
    introduce(&gateway, &config.data_dir, print_link).await?;
    scope.spawn("gateway", gateway.run());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = scope.stopping() => tracing::error!("a part of the server failed"),
    }
    tracing::info!("stopping; what runs in workspaces goes on");
    let clean = tokio::select! {
        clean = scope.shutdown(grace) => clean,
        _ = interrupt.recv() => false,
        _ = terminate.recv() => false,
    };
    client::server::forget(&config.data_dir);
    let failed = scope.has_failed();
    tracing::info!(clean, "stopped");
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Writes down how clients find this server, and tells the person who started it.
async fn introduce(gateway: &Gateway, data_dir: &Path, print_link: bool) -> anyhow::Result<()> {
    let known = client::server::token(data_dir);
    let token = gateway.cli_token(known.as_deref()).await?;
    let address = gateway.local_addrs().first().context("there is no address")?;
    client::server::remember(data_dir, *address, &token)?;
    let link = match gateway.first_link().await {
        Some(link) => Some(link),
        None if print_link => Some(gateway.new_link().await?),
        None => None,
    };
    let mut lines = vec![format!("  Stead {} is running", env!("CARGO_PKG_VERSION"))];
    lines.push(format!("  Address   {}", gateway.origin()));
    lines.push(format!("  Data      {}", data_dir.display()));
    match link {
        Some(link) => lines.push(format!("  Open      {link}")),
        None => lines.push("  Open      run `stead open` for a link".to_owned()),
    }
    output::say(&format!("\n{}\n\n", lines.join("\n")))
}
