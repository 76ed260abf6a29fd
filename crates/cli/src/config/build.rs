//! From what was said to values that have been checked.

use super::values::{cores, count, pair, seconds, size};
use super::{Settings, oidc, traces};
use crate::tls::CertificateFiles;
use crate::{environment, tools};
use anyhow::{Context, bail};
use gateway::SecretKey;
use host::{Egress, EgressMode};
use provider::Address;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use stdx::Secret;
use supervisor::sandbox::{Limits, Mode};

/// Everything a server needs to know. Nothing has happened yet.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) gateway: gateway::Config,
    pub(crate) host: host::Config,
    /// Certificate and key of listeners that speak TLS.
    pub(crate) certificate: Option<CertificateFiles>,
    /// Where the server speaks TLS.
    pub(crate) tls_listen: Vec<SocketAddr>,
    pub(crate) tools: Vec<tools::Tool>,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
}

/// How kernels are separated from the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    Sandbox,
    Process,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Checks every value; the error says which option is wrong and where it was set.
    pub(crate) fn build(settings: &Settings) -> anyhow::Result<Self> {
        let data_dir = settings.one("data-dir", |it| Ok(PathBuf::from(it)))?.context("data-dir")?;
        let data_dir = std::path::absolute(&data_dir)
            .with_context(|| format!("the data directory `{}`", data_dir.display()))?;
        let tools = tools::resolve(settings)?;
        Ok(Self {
            gateway: gateway(settings, &data_dir)?,
            host: host(settings, data_dir.clone(), &tools)?,
            certificate: certificate(settings)?,
            tls_listen: settings.all("tls-listen", address)?,
            tools,
            log: settings.one("log", |it| Ok(it.to_owned()))?.unwrap_or_default(),
            log_format: settings.one("log-format", log_format)?.unwrap_or(LogFormat::Text),
            data_dir,
        })
    }
}

fn gateway(settings: &Settings, data_dir: &std::path::Path) -> anyhow::Result<gateway::Config> {
    let database = settings.one("database-url", |it| Ok(it.to_owned()))?;
    Ok(gateway::Config {
        listen: settings.all("listen", address)?,
        tls: None,
        public_url: settings.one("public-url", public_url)?,
        machine_url: settings.one("machine-url", machine_url)?,
        preview_domain: settings.one("preview-domain", domain)?.unwrap_or_default(),
        database_url: database
            .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("stead.db").display())),
        audit_head: Some(data_dir.join("audit-head.json")),
        secret_key: secret_key(settings, data_dir)?,
        trusted_proxies: settings
            .all("trusted-proxy", |it| it.parse::<IpAddr>().context("must be an address"))?,
        hsts_max_age: settings.one("hsts-max-age", seconds)?.unwrap_or_default(),
        oidc: oidc::read(&settings.all("oidc-provider", |it| Ok(PathBuf::from(it)))?)?,
        shutdown_grace: settings.one("shutdown-grace", seconds)?.unwrap_or_default(),
        worker_records: Some(data_dir.to_owned()),
        traces: traces::read(environment::get)?,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..gateway::Config::default()
    })
}

fn address(text: &str) -> anyhow::Result<SocketAddr> {
    text.parse().context("must be ADDRESS:PORT, such as 127.0.0.1:7832")
}

/// Both files, or none. `RUNTIME_TLS_…` are the names that a runtime's variables have.
fn certificate(settings: &Settings) -> anyhow::Result<Option<CertificateFiles>> {
    let file = |name, variable: &str| {
        let named = settings.one(name, |it| Ok(PathBuf::from(it)))?;
        anyhow::Ok(named.or_else(|| environment::get(variable).map(PathBuf::from)))
    };
    let certificate = file("tls-cert", "RUNTIME_TLS_CERT_FILE")?;
    let key = file("tls-key", "RUNTIME_TLS_KEY_FILE")?;
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(CertificateFiles { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => bail!("`tls-cert` and `tls-key` belong together"),
    }
}

/// A key in the environment wins over a file: it is what a container is given.
fn secret_key(settings: &Settings, data_dir: &std::path::Path) -> anyhow::Result<SecretKey> {
    let file = settings.one("secret-key-file", |it| Ok(PathBuf::from(it)))?;
    match (environment::get("STEAD_SECRET_KEY"), file) {
        (Some(_), Some(_)) => {
            bail!("STEAD_SECRET_KEY and `secret-key-file` are both set; one is enough")
        }
        (Some(keys), None) => Ok(SecretKey::Given(Secret::new(keys))),
        (None, Some(file)) => Ok(SecretKey::File(std::path::absolute(file)?)),
        (None, None) => Ok(SecretKey::File(data_dir.join("secret.key"))),
    }
}

fn host(
    settings: &Settings,
    data_dir: PathBuf,
    tools: &[tools::Tool],
) -> anyhow::Result<host::Config> {
    let provider = settings.one("provider", provider)?.unwrap_or(Provider::Sandbox);
    let idle = settings.one("idle-timeout", seconds)?.unwrap_or_default();
    let mode = match provider {
        Provider::Sandbox => Mode::Sandbox,
        Provider::Process => Mode::Process,
    };
    let limits = limits(settings)?;
    let mut env = tools::variables(tools, provider);
    env.extend(settings.all("workspace-env", pair)?);
    Ok(host::Config {
        data_dir,
        program: environment::program().context("our own executable cannot be found")?,
        mode,
        tools: tools.iter().map(tools::Tool::dir).collect(),
        capabilities: supervisor::sandbox::capabilities(mode, &limits),
        limits,
        env,
        egress: Egress {
            mode: settings.one("egress", egress)?.unwrap_or(EgressMode::Public),
            allow: settings.all("egress-allow", |it| Ok(it.parse()?))?,
        },
        monitor_interval: settings.one("monitor-interval", interval)?.unwrap_or_default(),
        idle_kernel_timeout: (idle != Duration::ZERO).then_some(idle),
        disk_bytes_max: settings.one("disk-limit", |it| or_none(it, size))?.flatten(),
        disk_reserve_bytes: settings.one("disk-reserve", size)?.unwrap_or(0),
    })
}

fn limits(settings: &Settings) -> anyhow::Result<Limits> {
    let memory = settings.one("memory-limit", |it| match it {
        "none" => Ok(None),
        "auto" => Ok(memory_of_machine().map(|it| it / 2)),
        text => size(text).map(Some),
    })?;
    let memory = memory.flatten();
    let tmp = settings.one("tmp-limit", |it| match it {
        "none" => Ok(None),
        "auto" => Ok(memory.map(|it| it / 4)),
        text => size(text).map(Some),
    })?;
    Ok(Limits {
        memory_bytes_max: memory,
        processes_max: settings.one("process-limit", |it| or_none(it, count))?.flatten(),
        cpu_millis_max: settings.one("cpu-limit", |it| or_none(it, cores))?.flatten(),
        open_files_max: None,
        tmp_bytes_max: tmp.flatten(),
    })
}

fn or_none(text: &str, parse: impl Fn(&str) -> anyhow::Result<u64>) -> anyhow::Result<Option<u64>> {
    if text == "none" { Ok(None) } else { parse(text).map(Some) }
}

/// Bytes of memory this machine has; `None` when it does not say.
fn memory_of_machine() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|it| it.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn provider(text: &str) -> anyhow::Result<Provider> {
    match text {
        "sandbox" => Ok(Provider::Sandbox),
        "process" => Ok(Provider::Process),
        _ => bail!("must be `sandbox` or `process`"),
    }
}

fn egress(text: &str) -> anyhow::Result<EgressMode> {
    let modes = [EgressMode::Off, EgressMode::Public, EgressMode::AllowList];
    modes.into_iter().find(|it| it.as_str() == text).context("must be public, off or allow-list")
}

fn log_format(text: &str) -> anyhow::Result<LogFormat> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => bail!("must be `text` or `json`"),
    }
}

fn interval(text: &str) -> anyhow::Result<Duration> {
    let interval = seconds(text)?;
    if interval < Duration::from_millis(100) {
        bail!("must be at least 0.1 seconds");
    }
    Ok(interval)
}

/// Scheme, host and port, nothing more.
fn public_url(text: &str) -> anyhow::Result<String> {
    let text = text.trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['/', '?', '#', '@']) => {
            Ok(text.to_owned())
        }
        _ => bail!("must be https://HOST or http://HOST, with a port or without, and no path"),
    }
}

/// The same, for machines: they say nothing over a network without TLS.
fn machine_url(text: &str) -> anyhow::Result<String> {
    let text = public_url(text)?;
    if text.starts_with("http://") && Address::parse(&text, None)?.is_open() {
        bail!("without TLS, http:// is for machines on this one only; use https://");
    }
    Ok(text)
}

fn domain(text: &str) -> anyhow::Result<String> {
    let text = text.trim_matches('.').to_ascii_lowercase();
    let label =
        |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    if text.split('.').all(label) { Ok(text) } else { bail!("must be a domain name") }
}
