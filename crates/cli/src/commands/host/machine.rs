//! `stead host --join`: a machine of a gateway, which dials out and listens nowhere.

use super::{GRACE, fenced};
use crate::arguments::Global;
use crate::client::server;
use crate::config::{Config, Origin, Runtime, Settings};
use crate::output;
use crate::running::{self, Signals};
use anyhow::{Context, bail, ensure};
use manager::{Dialer, Identity};
use provider::Address;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use stdx::{Secret, TaskScope};

/// Who this machine is, below its data directory.
const IDENTITY: &str = "machine";

/// Settles where the machine keeps its data: beside a Stead server of the same computer, and not in
/// its directory. Each would take the other's workspaces for its own.
pub(super) fn settle_directory(settings: &mut Settings) -> anyhow::Result<()> {
    let setting = settings.values.get_mut("data-dir").context("data-dir")?;
    let given = PathBuf::from(setting.values.last().context("data-dir")?);
    let chosen = directory(&given, &setting.origin)?;
    setting.values = vec![chosen.to_str().context("the data directory is not Unicode")?.to_owned()];
    Ok(())
}

fn directory(given: &Path, origin: &Origin) -> anyhow::Result<PathBuf> {
    // One that has joined stays where it is.
    if given.join(IDENTITY).join("machine.json").exists() {
        return Ok(given.to_owned());
    }
    let is_a_servers = server::token(given).is_some();
    match origin {
        Origin::Flag | Origin::Environment(_) if is_a_servers => bail!(
            "`{}` is the data directory of a Stead server; a machine needs one of its own, which \
             `--data-dir` names",
            given.display()
        ),
        Origin::Flag | Origin::Environment(_) => Ok(given.to_owned()),
        Origin::File(_) if !is_a_servers => Ok(given.to_owned()),
        Origin::File(_) | Origin::Default => {
            let mut name = given.file_name().context("the data directory has no name")?.to_owned();
            name.push("-machine");
            Ok(given.with_file_name(name))
        }
    }
}

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
    let directory = config.data_dir.join(IDENTITY);
    let identity = match Identity::open(&directory).await? {
        Some(identity) => identity,
        None => join(&directory, (url, &address), runtime, token).await?,
    };
    ensure!(
        identity.gateway() == url,
        "this machine joined `{}`, not `{url}`; a data directory belongs to one gateway",
        identity.gateway()
    );
    let (id, data) = (identity.id(), config.data_dir.display().to_string());
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
        format!("  Data      {data}"),
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
             with `stead machines join-token`; name its file with --token-file"
        );
    };
    let token = std::fs::read_to_string(file)
        .with_context(|| format!("the token in `{}` cannot be read", file.display()))?;
    let host_name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let name = runtime.name.clone().unwrap_or(host_name);
    let joined = manager::join(directory, gateway, &Secret::new(token), &name).await;
    joined.context("this machine did not join")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_machine_beside_a_server_has_a_directory_of_its_own() {
        let place = tempfile::tempdir().unwrap();
        let (given, beside) = (place.path().join("stead"), place.path().join("stead-machine"));
        let origins = || [Origin::Default, Origin::File("stead.toml".into()), Origin::Flag];
        let chosen = || origins().map(|origin| directory(&given, &origin).ok());
        // Whether a server comes there later is not known.
        assert_eq!(chosen(), [Some(beside.clone()), Some(given.clone()), Some(given.clone())]);
        fs::create_dir(&given).unwrap();
        fs::write(given.join("cli-token"), "stead_cli").unwrap();
        assert_eq!(chosen(), [Some(beside.clone()), Some(beside), None]);
        // It joined before this was so.
        fs::create_dir(given.join(IDENTITY)).unwrap();
        fs::write(given.join("machine/machine.json"), "{}").unwrap();
        assert_eq!(chosen(), [Some(given.clone()), Some(given.clone()), Some(given.clone())]);
    }
}
