//! `stead config`: every option in force, and where it was set.

use crate::arguments::{Global, Show};
use crate::config::{self, Config, KEYS};
use crate::output;
use std::process::ExitCode;

/// Values under these keys may hold a password.
const SECRET: [&str; 2] = ["database-url", "workspace-env"];

pub(crate) fn run(global: &Global, show: &Show) -> anyhow::Result<ExitCode> {
    let settings = config::load(&show.options.with(global), global.config.as_deref())?;
    let config = Config::build(&settings)?;
    if show.json {
        let all: serde_json::Map<String, serde_json::Value> = KEYS
            .iter()
            .map(|key| {
                let setting = settings.list(key.name);
                let values: Vec<String> =
                    setting.values.iter().map(|it| mask(key.name, it)).collect();
                let value = serde_json::json!({
                    "values": values,
                    "origin": setting.origin.to_string(),
                });
                (key.name.to_owned(), value)
            })
            .collect();
        output::say(&format!("{}\n", serde_json::to_string_pretty(&all)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = Vec::new();
    for key in KEYS {
        let setting = settings.list(key.name);
        let values: Vec<String> = setting.values.iter().map(|it| mask(key.name, it)).collect();
        let value = if values.is_empty() { "(unset)".to_owned() } else { values.join(", ") };
        rows.push(vec![key.name.to_owned(), value, setting.origin.to_string()]);
    }
    for tool in &config.tools {
        let place = format!("{} as {}", tool.host.display(), tool.inside.display());
        rows.push(vec![format!("  tool {}", tool.kind), place, String::new()]);
    }
    rows.extend(config.gateway.oidc.iter().map(provider));
    output::say(&output::table(&rows))?;
    Ok(ExitCode::SUCCESS)
}

/// What is in force of a provider; of its secret only that there is one.
fn provider(it: &gateway::OidcProvider) -> Vec<String> {
    let secret = if it.client_secret.is_some() { "with a secret" } else { "without a secret" };
    let domains = match it.email_domains.as_slice() {
        [] => String::new(),
        domains => format!(", addresses at {}", domains.join(", ")),
    };
    let text = format!(
        "{} as {} {secret}, sign-up {}{domains}",
        it.issuer,
        it.client_id,
        it.sign_up.as_str()
    );
    vec![format!("  oidc {}", it.id), text, String::new()]
}

/// The value, with what may be a password left out.
fn mask(key: &str, value: &str) -> String {
    if !SECRET.contains(&key) {
        return value.to_owned();
    }
    if let Some((name, _)) = value.split_once('=').filter(|_| key == "workspace-env") {
        return format!("{name}=…");
    }
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    if query.contains('@') {
        // Nobody knows where the password ends.
        return format!("{scheme}://…");
    }
    let place = place.rsplit_once('@').map_or(place.to_owned(), |(_, it)| format!("…@{it}"));
    let hidden = |it: &str| if it.starts_with("password=") { "password=…" } else { it }.to_owned();
    let query: Vec<String> = query.split('&').filter(|it| !it.is_empty()).map(hidden).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{place}{mark}{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(mask("workspace-env", "TOKEN=secret"), "TOKEN=…");
        assert_eq!(mask("database-url", "postgres://u:secret@h/db"), "postgres://…@h/db");
        assert_eq!(mask("database-url", "sqlite:///a"), "sqlite:///a");
        assert_eq!(
            mask("database-url", "postgres://h/db?sslmode=require&password=secret"),
            "postgres://h/db?sslmode=require&password=…"
        );
        assert_eq!(mask("database-url", "postgres://u:a?secret@h/db"), "postgres://…");
        assert_eq!(mask("listen", "a@b"), "a@b");
    }
}
