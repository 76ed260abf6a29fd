//! `stead serve`: the gateway, and unless a manager elsewhere has them, the host in one process.

use crate::arguments::{Global, Serve};
use crate::config::{self, Config, Origin, Runtime};
use crate::running::{self, Signals};
use crate::service::{self, Handed};
use crate::{client, environment, logging, output, tls};
use anyhow::Context;
use gateway::Gateway;
use host::Host;
use manager::Fence;
use provider::{HttpProvider, Provider};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;

/// How much longer than the gateway's own grace period everything may take to stop.
const STOP_MARGIN: Duration = Duration::from_secs(5);

/// Runs until a signal says otherwise.
pub(crate) fn run(global: &Global, serve: &Serve) -> anyhow::Result<ExitCode> {
    let settings = config::load(&serve.options.with(global), global.config.as_deref())?;
    let mut config = Config::build(&settings)?;
    let handed = service::take(environment::get)?;
    let runtime = Runtime::read(environment::get)?;
    if settings.list("listen").origin == Origin::Default {
        // A machine without IPv6 is no reason not to start, unless IPv6 was asked for.
        config
            .gateway
            .listen
            .retain(|it| it.is_ipv4() || std::net::TcpListener::bind((it.ip(), 0)).is_ok());
    }
    config.gateway.takes_new_workspaces = !serve.machines_only;
    if let Some(seconds) = serve.machine_certificate_seconds {
        config.gateway.machine_certificates = Duration::from_secs(seconds);
    }
    logging::start(&config.log, config.log_format)?;
    if runtime.manager_url.is_none() {
        running::check_machine(config.host.mode)?;
    }
    config.gateway.handed.clone_from(&handed.plain);
    let said = settings.list("listen").origin != Origin::Default && !handed.plain.is_empty();
    if said {
        tracing::info!("`listen` is not used: the service manager handed sockets over");
    }
    running::block_on(serve_until_stopped(global, config, (runtime, handed), serve.print_link))
}

async fn serve_until_stopped(
    global: &Global,
    config: Config,
    (runtime, handed): (Runtime, Handed),
    print_link: bool,
) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let scope = TaskScope::default();
    let mut config = config;
    config.gateway.tls = secure_listeners(&config, handed, &scope)?;
    let grace = config.gateway.shutdown_grace + STOP_MARGIN;
    let provider = provider(global, config.host, &runtime, &scope).await?;
    let gateway = Gateway::bind(config.gateway, provider, &scope)
        .await
        .context("the server did not start")?;
    introduce(&gateway, &config.data_dir, &runtime, print_link).await?;
    scope.spawn("gateway", gateway.run());
    let code = signals.run(&scope, grace).await;
    client::server::forget(&config.data_dir);
    Ok(code)
}

/// Listeners that speak TLS, when some were asked for.
fn secure_listeners(
    config: &Config,
    handed: Handed,
    scope: &TaskScope,
) -> anyhow::Result<Option<gateway::Tls>> {
    let (listen, handed) = (config.tls_listen.clone(), handed.tls);
    let is_asked = !listen.is_empty() || !handed.is_empty();
    match &config.certificate {
        Some(files) if is_asked => {
            let server = tls::serve(files, &tls::HTTP2, scope)?;
            Ok(Some(gateway::Tls { listen, handed, server }))
        }
        None if !is_asked => Ok(None),
        Some(_) => anyhow::bail!("`tls-cert` is set and `tls-listen` is not: nobody would use it"),
        None => anyhow::bail!("to speak TLS takes `tls-cert` and `tls-key`"),
    }
}

/// Where sessions run: in this process, or behind the manager that a variable names (S0.13).
async fn provider(
    global: &Global,
    host: host::Config,
    runtime: &Runtime,
    scope: &TaskScope,
) -> anyhow::Result<Arc<dyn Provider>> {
    let Some(url) = &runtime.manager_url else {
        let fence = host.data_dir.join("fence");
        let host = Arc::new(Host::open(host, scope).await?);
        return Ok(Arc::new(Fence::open(fence, host).await?));
    };
    host::backup::refuse_half(&host.data_dir)?;
    let token = runtime.manager_token()?;
    let address = running::machine(global, "RUNTIME_MANAGER_URL", url)?;
    let mut directory = std::fs::DirBuilder::new();
    directory.recursive(true).mode(0o700).create(&host.data_dir)?;
    let timeout = runtime.manager_timeout;
    Ok(Arc::new(HttpProvider::new(Arc::new(address), Some(token.secret()), timeout, scope)))
}

/// Writes down how clients find this server, and tells the person who started it.
async fn introduce(
    gateway: &Gateway,
    data_dir: &Path,
    runtime: &Runtime,
    print_link: bool,
) -> anyhow::Result<()> {
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
    if let Some(url) = &runtime.manager_url {
        lines.push(format!("  Manager   {url}"));
    }
    match link {
        Some(link) => lines.push(format!("  Open      {link}")),
        None => lines.push("  Open      run `stead open` for a link".to_owned()),
    }
    output::say(&format!("\n{}\n\n", lines.join("\n")))
}
