//! `stead env`: variables and secrets of a workspace, or of one's own. The value of a secret comes
//! from standard input or is asked for; arguments are seen by everybody on the machine.

use crate::arguments::{Env, EnvCommand, EnvImport, EnvOwner, EnvSet, Global};
use crate::client::{Client, encode, path_of};
use crate::{output, tty};
use anyhow::{Context, bail};
use http::Method;
use protocol::environment::{
    Environment, Import, ImportChange, ImportEntry, ImportEnvironment, SetVariable, Use,
    VALUE_BYTES_MAX, VariableKind,
};
use std::io::{self, Read};
use std::process::ExitCode;
use stdx::Secret;

/// Largest text that is imported, in bytes; what may be set is less.
const IMPORT_BYTES_MAX: u64 = 256 * 1024;

pub(crate) async fn run(global: &Global, env: Env) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    match env.command {
        EnvCommand::Ls { owner, json } => list(&client, owner, json).await,
        EnvCommand::Set(it) => set(&client, it).await,
        EnvCommand::Unset { owner, name } => unset(&client, owner, name).await,
        EnvCommand::Import(it) => import(&client, it).await,
    }
}

/// The path of whose variables are meant, and the argument behind it.
async fn place(
    client: &Client,
    owner: EnvOwner,
    further: Option<String>,
) -> anyhow::Result<(String, Option<String>)> {
    if owner.me {
        // The only argument there is stands where the workspace would.
        let further = further.or(owner.workspace);
        return Ok(("/api/v1/me/environment".to_owned(), further));
    }
    let workspace = owner.workspace.context("which workspace? Or say --me for your own")?;
    let workspace = client.find(&workspace).await?;
    Ok((path_of(&workspace.id, "environment"), further))
}

async fn list(client: &Client, owner: EnvOwner, json: bool) -> anyhow::Result<ExitCode> {
    let (path, _) = place(client, owner, None).await?;
    let all: Environment = client.get(&path).await?;
    if json {
        output::say(&format!("{}\n", serde_json::to_string_pretty(&all)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    if all.variables.is_empty() {
        output::note("There is no variable yet; set one with `stead env set`.");
    } else {
        let head = ["NAME", "KIND", "GIVEN TO", "SET BY", "SET", "VALUE"];
        let rows = all.variables.iter().map(|it| {
            let by = it.updated_by.as_ref().map_or("-", |it| it.name.as_str());
            vec![
                it.name.clone(),
                it.kind.as_str().to_owned(),
                uses(&it.uses),
                by.to_owned(),
                output::ago(it.updated_at_ms),
                it.value.as_deref().map_or_else(|| "(not shown)".to_owned(), one_line),
            ]
        });
        let head = std::iter::once(head.map(ToOwned::to_owned).to_vec());
        output::say(&output::table(&head.chain(rows).collect::<Vec<_>>()))?;
    }
    for it in &all.credentials {
        output::say(&format!("Git: {} as {}\n", it.host, it.username))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn set(client: &Client, set: EnvSet) -> anyhow::Result<ExitCode> {
    let (path, name) = place(client, set.owner, set.name).await?;
    let name = name.context("which variable?")?;
    if name.contains('=') {
        bail!(
            "a value is not given as an argument, where everybody on this machine can read it; \
             `stead env set` asks for it, or reads it from standard input"
        );
    }
    let kind = if set.plain { VariableKind::Plain } else { VariableKind::Secret };
    let value = read_value(&name, kind)?;
    let uses = set.uses.iter().map(|it| use_of(it)).collect::<anyhow::Result<Vec<Use>>>()?;
    let body = SetVariable { value: Some(value.expose().clone()), kind, uses };
    let path = format!("{path}/{}", encode(&name));
    let _all: Environment = client.json(Method::PUT, &path, Some(&body)).await?;
    output::note(&format!("{name} is set, for processes that start from here on"));
    Ok(ExitCode::SUCCESS)
}

async fn unset(client: &Client, owner: EnvOwner, name: Option<String>) -> anyhow::Result<ExitCode> {
    let (path, name) = place(client, owner, name).await?;
    let name = name.context("which variable?")?;
    client.send(Method::DELETE, &format!("{path}/{}", encode(&name)), None::<&()>).await?;
    output::note(&format!("{name} is removed; processes that run keep what they have"));
    Ok(ExitCode::SUCCESS)
}

async fn import(client: &Client, import: EnvImport) -> anyhow::Result<ExitCode> {
    let (path, file) = place(client, import.owner, import.file).await?;
    let path = format!("{path}/import");
    let text = match file.as_deref() {
        None | Some("-") => read_all(io::stdin(), IMPORT_BYTES_MAX).context("standard input")?,
        Some(file) => {
            let opened = std::fs::File::open(file).with_context(|| format!("`{file}`"))?;
            read_all(opened, IMPORT_BYTES_MAX).with_context(|| format!("`{file}`"))?
        }
    };
    let text = text.expose().clone();
    let mut body = ImportEnvironment { text, apply: false, ..ImportEnvironment::default() };
    let shown: Import = client.json(Method::POST, &path, Some(&body)).await?;
    for it in &shown.problems {
        output::note(&format!("line {} is left out: {}", it.line, it.message));
    }
    for it in &shown.entries {
        output::note(&change(it));
    }
    if shown.entries.iter().all(|it| it.change == ImportChange::Unchanged) {
        output::note("Nothing changes.");
        return Ok(ExitCode::SUCCESS);
    }
    if !import.yes {
        output::note("Nothing was changed yet; say --yes to do it.");
        return Ok(ExitCode::FAILURE);
    }
    body.apply = true;
    let _done: Import = client.json(Method::POST, &path, Some(&body)).await?;
    Ok(ExitCode::SUCCESS)
}

fn change(it: &ImportEntry) -> String {
    let kind = it.kind.as_str();
    match it.change {
        ImportChange::Added => format!("+ {} ({kind})", it.name),
        ImportChange::Changed => format!("~ {} ({kind})", it.name),
        ImportChange::Unchanged => format!("  {} ({kind}, the same)", it.name),
    }
}

/// From standard input, or asked for; a secret is not echoed.
fn read_value(name: &str, kind: VariableKind) -> anyhow::Result<Secret<String>> {
    if tty::are_terminals().0 {
        let hidden = if kind == VariableKind::Secret { ", which is not shown" } else { "" };
        output::note(&format!("Value of {name}{hidden}:"));
        return Ok(tty::line(kind == VariableKind::Secret)?);
    }
    let limit = u64::try_from(VALUE_BYTES_MAX).unwrap_or(u64::MAX) + 1;
    let text = read_all(io::stdin(), limit).context("standard input")?;
    let value = text.expose();
    let value = value.strip_suffix('\n').unwrap_or(value);
    Ok(Secret::new(value.strip_suffix('\r').unwrap_or(value).to_owned()))
}

fn read_all(from: impl Read, bytes_max: u64) -> anyhow::Result<Secret<String>> {
    let mut bytes = Vec::new();
    from.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes_max < bytes.len() as u64 {
        bail!("it is longer than {bytes_max} bytes");
    }
    let text = String::from_utf8(bytes);
    Ok(Secret::new(text.map_err(|_| anyhow::anyhow!("it is not Unicode text"))?))
}

fn use_of(text: &str) -> anyhow::Result<Use> {
    Use::parse(text)
        .with_context(|| format!("`{text}` is none of terminals, dev-server, agents, setup"))
}

fn uses(uses: &[Use]) -> String {
    if uses.len() == Use::ALL.len() {
        return "all".to_owned();
    }
    uses.iter().map(|it| it.as_str().replace('_', "-")).collect::<Vec<_>>().join(", ")
}

/// A value in a table.
fn one_line(value: &str) -> String {
    value.escape_default().to_string().replace("\\'", "'").replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_uses_fit_into_a_table() {
        assert_eq!(one_line("a \"b\"\n'c'"), "a \"b\"\\n'c'");
        assert_eq!(uses(&Use::ALL), "all");
        assert_eq!(uses(&[Use::DevServer, Use::Setup]), "dev-server, setup");
        assert!(use_of("dev-server").is_ok() && use_of("servers").is_err());
    }
}
