//! `stead kernel`: one workspace, started by a host or alone in a container.

use crate::arguments::{Global, Kernel};
use crate::config::LogFormat;
use crate::{config, environment, logging, output};
use anyhow::Context;
use kernel::{Access, Config, Listen, StateDirectory};
use protocol::WorkspaceId;
use protocol::launch::{self, Launch};
use std::process::ExitCode;
use std::time::Duration;

/// What a kernel logs unless `STEAD_LOG` says otherwise.
const LOG: &str = "info";

/// Whether a host started this, with listeners and a state directory. Its words are read here: to build
/// the parser of the command line for them would be a part of every kernel's start.
pub(crate) fn is_inherited() -> bool {
    std::env::args_os().skip(1).take(launch::ARGUMENTS.len()).eq(launch::ARGUMENTS)
}

/// Runs the kernel that a host started, until there is nothing to do.
pub(crate) fn run_inherited() -> anyhow::Result<ExitCode> {
    serve(inherited()?)
}

/// Runs a kernel alone until it is told to stop.
pub(crate) fn run(global: &Global, arguments: Kernel) -> anyhow::Result<ExitCode> {
    serve(alone(global, arguments)?)
}

fn serve(config: Config) -> anyhow::Result<ExitCode> {
    let filter = environment::get("STEAD_LOG");
    logging::start(filter.as_deref().unwrap_or(LOG), LogFormat::Text)?;
    kernel::run(config)?;
    Ok(ExitCode::SUCCESS)
}

fn inherited() -> anyhow::Result<Config> {
    let text = environment::get(launch::VARIABLE)
        .with_context(|| format!("`{}` is not set: only a host starts this", launch::VARIABLE))?;
    let launch: Launch = serde_json::from_str(&text).context("the host speaks another version")?;
    let config = Config::inherited(launch.workspace_id, launch.root.into(), launch.home.into());
    Ok(Config {
        env: launch.env,
        egress_port: launch.egress_port,
        capabilities: launch.capabilities,
        monitor_interval: Duration::from_millis(launch.monitor_interval_ms),
        linger: launch.linger_ms.map(Duration::from_millis),
        init: launch.init,
        ..config
    })
}

fn alone(global: &Global, arguments: Kernel) -> anyhow::Result<Config> {
    let id = workspace_id(&arguments.workspace_id);
    let state = config::data_dir(&global.flags()).join("kernel").join(id.body());
    let access = match (arguments.open, arguments.bearer) {
        (true, _) => Access::Open,
        (false, Some(token)) => Access::Token(token),
        (false, None) => {
            let token = format!("{:032x}", stdx::random::bits());
            output::note(&format!(
                "Requests must carry this token (set STEAD_KERNEL_TOKEN for one of your own):\n\
                 Authorization: Bearer {token}"
            ));
            Access::Token(token)
        }
    };
    let interval = Duration::try_from_secs_f64(arguments.monitor_interval)
        .ok()
        .filter(|it| Duration::from_millis(100) <= *it)
        .context("the monitor interval is a number of seconds, at least 0.1")?;
    let manager = arguments.manager_url.map(|it| ("MANAGER_URL".to_owned(), it));
    let root = arguments.workspace_path;
    let home = environment::home().unwrap_or_else(|| root.clone());
    Ok(Config {
        workspace_id: id,
        root,
        home,
        listen: Listen::Tcp(arguments.listen),
        state_directory: StateDirectory::Path(state),
        access,
        capabilities: protocol::state::Capabilities {
            provider: "process".to_owned(),
            limits: "rlimits".to_owned(),
            network: "full".to_owned(),
            ..protocol::state::Capabilities::default()
        },
        monitor_interval: interval,
        heartbeat: kernel::config::HEARTBEAT,
        env: path_variable().into_iter().chain(manager).collect(),
        egress_port: None,
        init: std::process::id() == 1,
        linger: None,
    })
}

/// A container's image says where its programs are.
fn path_variable() -> Option<(String, String)> {
    environment::get("PATH").map(|it| ("PATH".to_owned(), it))
}

/// The id a name stands for: itself when it is one, else always the same for the same name.
fn workspace_id(name: &str) -> WorkspaceId {
    WorkspaceId::parse(name).unwrap_or_else(|| WorkspaceId::from_random(fnv(name.as_bytes())))
}

/// FNV-1a with 128 bits: the same on every machine and in every version.
fn fnv(bytes: &[u8]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(BASIS, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S2.29
    #[test]
    fn a_name_always_stands_for_the_same_id() {
        let id = WorkspaceId::from_random(7);
        assert_eq!(workspace_id(id.as_str()), id);
        assert_eq!(workspace_id("default"), workspace_id("default"));
        assert_ne!(workspace_id("default"), workspace_id("other"));
        assert_eq!(fnv(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
