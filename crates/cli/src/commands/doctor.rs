//! `stead doctor`: what this machine can give, and what to do about what it cannot.

use crate::arguments::{Doctor, Global};
use crate::config::{self, Config};
use crate::{output, tools};
use gateway::{OidcProvider, SignUp};
use std::process::ExitCode;
use supervisor::probe::{Finding, Level, probe};
use tokio::runtime::Runtime;

pub(crate) fn run(global: &Global, doctor: &Doctor) -> anyhow::Result<ExitCode> {
    let settings = config::load(&doctor.options.with(global), global.config.as_deref())?;
    let config = Config::build(&settings)?;
    let mut findings = probe().findings;
    findings.push(tools_finding(&config.tools));
    findings.push(limits_finding(&config.host));
    findings.extend(provider_findings(&config.gateway)?);
    let failed = findings.iter().any(|it| it.level == Level::Fail);
    if doctor.json {
        let list: Vec<serde_json::Value> = findings.iter().map(json).collect();
        output::say(&format!("{}\n", serde_json::to_string_pretty(&list)?))?;
    } else {
        for finding in &findings {
            output::say(&text(finding))?;
        }
        output::say(if failed {
            "\nStead cannot run workspaces in a sandbox here; see the lines marked FAIL.\n"
        } else {
            "\nStead can run here.\n"
        })?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Fail => "FAIL",
    }
}

fn text(finding: &Finding) -> String {
    let line = format!("{:<5} {:<18} {}\n", word(finding.level), finding.name, finding.message);
    match &finding.hint {
        Some(hint) => format!("{line}{:<24} → {hint}\n", ""),
        None => line,
    }
}

fn json(finding: &Finding) -> serde_json::Value {
    serde_json::json!({
        "name": finding.name,
        "level": word(finding.level).to_lowercase(),
        "message": finding.message,
        "hint": finding.hint,
    })
}

fn tools_finding(tools: &[tools::Tool]) -> Finding {
    let places: Vec<String> =
        tools.iter().map(|it| format!("{} from {}", it.kind, it.host.display())).collect();
    Finding {
        name: "tools",
        level: Level::Ok,
        message: if places.is_empty() {
            "the machine's own directories only".to_owned()
        } else {
            format!("besides the machine's own directories: {}", places.join(", "))
        },
        hint: tools.is_empty().then(|| "show another with --tool-dir HOST[:INSIDE]".to_owned()),
    }
}

/// Asks each OpenID provider what it says of itself. One that is down keeps nobody from starting.
fn provider_findings(gateway: &gateway::Config) -> anyhow::Result<Vec<Finding>> {
    if gateway.oidc.is_empty() {
        return Ok(Vec::new());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let check = |it| provider_finding(it, gateway.public_url.as_deref(), &runtime);
    Ok(gateway.oidc.iter().map(check).collect())
}

fn provider_finding(it: &OidcProvider, home: Option<&str>, runtime: &Runtime) -> Finding {
    let finding = |level, message, hint: &str| {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        Finding { name: "OpenID provider", level, message, hint }
    };
    let message = match runtime.block_on(gateway::oidc_check(it)) {
        Ok(message) => message,
        Err(why) => {
            let hint = "nobody signs in with it until this is mended";
            return finding(Level::Warn, format!("{}: {why}", it.id), hint);
        }
    };
    let Some(home) = home else {
        let hint = "set `public-url`: the provider sends people back there, and without it to \
                    localhost";
        return finding(Level::Warn, message, hint);
    };
    let message = format!("{message}; it sends people back to {home}/oidc/{}/callback", it.id);
    if it.sign_up == SignUp::Anyone && it.email_domains.is_empty() {
        let hint = "everybody whom this provider knows gets an account; name the domains of \
                    addresses with `email-domains`, or set `sign-up` to `invited`";
        return finding(Level::Warn, message, hint);
    }
    finding(Level::Ok, message, "")
}

/// Thousandths of a core as a number of cores.
fn share(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

fn limits_finding(host: &host::Config) -> Finding {
    let limits = &host.limits;
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "no limit".to_owned());
    let memory = limits.memory_bytes_max.map(|it| format!("{} MiB", it >> 20));
    let cores = limits.cpu_millis_max.map(|it| format!("{} cores", share(it)));
    let disk = host
        .disk_bytes_max
        .map(|it| format!("{} MiB (watched by the server: a session over it is ended)", it >> 20));
    let processes = limits.processes_max.map(|it| it.to_string());
    Finding {
        name: "workspace limits",
        level: Level::Ok,
        message: format!(
            "memory {}, processor {}, processes {}, disk {}",
            or_none(memory),
            or_none(cores),
            or_none(processes),
            or_none(disk)
        ),
        hint: Some(
            "change with --memory-limit, --cpu-limit, --process-limit, --disk-limit".to_owned(),
        ),
    }
}
