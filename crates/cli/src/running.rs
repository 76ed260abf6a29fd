//! What every server of ours does around its work: before it, and until it is told to stop.

use crate::arguments::Global;
use crate::{environment, service};
use anyhow::{Context, bail};
use provider::Address;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use supervisor::probe::{Level, probe};
use supervisor::sandbox::Mode;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Runs a server's work on a runtime with as many threads as the machine has cores.
pub(crate) fn block_on(
    work: impl Future<Output = anyhow::Result<ExitCode>>,
) -> anyhow::Result<ExitCode> {
    raise_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime could not be started")?;
    let code = runtime.block_on(work);
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
pub(crate) fn check_machine(mode: Mode) -> anyhow::Result<()> {
    if mode != Mode::Sandbox {
        return Ok(());
    }
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

/// The signals by which a server is told to stop. Heard from the moment this is made.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for a signal.
    pub(crate) async fn heard(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Says that everything is up. Waits for the first signal, or for a part of the server to fail, and stops everything; a
    /// second signal cuts it short.
    pub(crate) async fn run(&mut self, scope: &TaskScope, grace: Duration) -> ExitCode {
        service::tell(environment::get, "READY=1");
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = scope.stopping() => tracing::error!("a part of the server failed"),
        }
        service::tell(environment::get, "STOPPING=1");
        tracing::info!("stopping; what runs in workspaces goes on");
        let clean = tokio::select! {
            clean = scope.shutdown(grace) => clean,
            _ = self.interrupt.recv() => false,
            _ = self.terminate.recv() => false,
        };
        tracing::info!(clean, "stopped");
        if scope.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Whom to trust at `https://`.
pub(crate) fn trust(global: &Global) -> anyhow::Result<Arc<rustls::ClientConfig>> {
    let authorities =
        global.ca_file.clone().or_else(|| environment::get("STEAD_CA_FILE").map(PathBuf::from));
    Ok(Arc::new(gateway::trust(authorities.as_deref())?))
}

/// Where another machine of ours is. `variable` is what the URL was given in.
pub(crate) fn machine(global: &Global, variable: &str, url: &str) -> anyhow::Result<Address> {
    let tls = if url.starts_with("https://") { Some(trust(global)?) } else { None };
    let address = Address::parse(url, tls.as_ref());
    let address = address.with_context(|| format!("`{variable}` is `{url}`"))?;
    if address.is_open() {
        tracing::warn!(
            url,
            "without TLS, whoever is on the way reads the token and everything else"
        );
    }
    Ok(address)
}
