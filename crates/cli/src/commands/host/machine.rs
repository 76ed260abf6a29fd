//! `stead host --join`: a machine of a gateway, which dials out and listens nowhere.

use super::{GRACE, fenced};
use crate::arguments::Global;
use crate::config::{Config, Runtime};
use crate::output;
use crate::running::{self, Signals};
use anyhow::{Context, bail, ensure};
use manager::{Dialer, Identity};
use provider::Address;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use stdx::{Secret, TaskScope};

/// Joins if need be, and runs until a signal says otherwise.
pub(super) async fn run(
    global: &Global,
    config: Config,
    runtime: &Runtime,
    (url, token): (&str, Option<&Path>),
) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let scope = TaskScope::default();
    let address = running::machine(global, "--join", url)?;
    ensure!(
        !address.is_open(),
        "`--join` is `{url}`: without TLS, http:// is for this machine only; use https://"
    );
    let directory = config.data_dir.join("machine");
    let identity = match Identity::open(&directory).await? {
        Some(identity) => identity,
        None => join(&directory, (url, &address), runtime, token).await?,
    };
    ensure!(
        identity.gateway() == url,
        "this machine joined `{}`, not `{url}`; a data directory belongs to one gateway",
        identity.gateway()
    );
    let id = identity.id();
    let provider = Arc::new(fenced(config, runtime, &scope).await?);
    let trust = match running::trust(global) {
        Ok(trust) => Some(trust),
        Err(error) => {
            tracing::debug!(%error, "gateways with https:// cannot be dialled");
            None
        }
    };
    Dialer::new(identity, trust, provider, &scope).start();
    let version = env!("CARGO_PKG_VERSION");
    let lines = [
        format!("  Stead {version} runs as a machine of a gateway"),
        format!("  Machine   {id}"),
        format!("  Gateway   {url}"),
    ];
    output::say(&format!("\n{}\n\n", lines.join("\n")))?;
    Ok(signals.run(&scope, GRACE).await)
}

async fn join(
    directory: &Path,
    gateway: (&str, &Address),
    runtime: &Runtime,
    token: Option<&Path>,
) -> anyhow::Result<Identity> {
    let Some(file) = token else {
        bail!(
            "this machine has not joined yet; an administrator of the gateway makes a token for it \
             (docs/runbook.md); name its file with --token-file"
        );
    };
    let token = std::fs::read_to_string(file)
        .with_context(|| format!("the token in `{}` cannot be read", file.display()))?;
    let host_name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let name = runtime.name.clone().unwrap_or(host_name);
    let joined = manager::join(directory, gateway, &Secret::new(token), &name).await;
    joined.context("this machine did not join")
}
