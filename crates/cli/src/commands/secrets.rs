//! `stead secrets`: the key that everything secret in the database is sealed with. On the machine
//! of the server; the server may run meanwhile.

use crate::arguments::{Global, Secrets, SecretsCommand};
use crate::config::{self, Config};
use crate::output;
use anyhow::bail;
use gateway::{SecretKey, secrets_reset, secrets_rotate};
use std::process::ExitCode;

pub(crate) async fn run(global: &Global, secrets: Secrets) -> anyhow::Result<ExitCode> {
    match secrets.command {
        SecretsCommand::Rotate(options) => {
            let config = load(global, &options)?;
            rotate(&config.gateway).await
        }
        SecretsCommand::Reset { options, yes } => {
            let config = load(global, &options)?;
            reset(&config.gateway, yes).await
        }
    }
}

fn load(global: &Global, options: &crate::arguments::Options) -> anyhow::Result<Config> {
    Config::build(&config::load(&options.with(global), global.config.as_deref())?)
}

async fn rotate(config: &gateway::Config) -> anyhow::Result<ExitCode> {
    let done = secrets_rotate(&config.database_url, &config.secret_key).await?;
    let finished = if done.resumed { ", which finished an earlier change" } else { "" };
    output::note(&format!(
        "{} values are sealed with the key {}{finished}.",
        done.values, done.key
    ));
    match &config.secret_key {
        SecretKey::File(path) => {
            output::note(&format!("Keep a copy of `{}` apart from the database.", path.display()));
        }
        SecretKey::Given(_) => {
            let old = done.to_remove.join(", ");
            output::note(&format!("Take the old key out of STEAD_SECRET_KEY now: {old}."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn reset(config: &gateway::Config, yes: bool) -> anyhow::Result<ExitCode> {
    if !yes {
        bail!(
            "this gives up every secret whose key is lost, for good; stop the server, look for a \
             copy of the key once more, and say --yes"
        );
    }
    let done = secrets_reset(&config.database_url, &config.secret_key).await?;
    if done.lost.is_empty() {
        output::note("Nothing was given up: every secret can be opened.");
    }
    for it in &done.lost {
        output::say(&format!("{it}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}
