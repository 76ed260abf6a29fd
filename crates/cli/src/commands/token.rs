//! `stead token`: tokens by which programs speak for the person. The secret of a new one goes to
//! standard output, alone, so that it can be piped to where it belongs.

use crate::arguments::{Global, Token as TokenArguments, TokenCommand, TokenCreate};
use crate::client::{Client, encode};
use crate::output;
use anyhow::{Context, bail};
use http::Method;
use protocol::account::{CreateToken, NewToken, Token};
use std::process::ExitCode;
use stdx::clock::now_ms;

const TOKENS: &str = "/api/v1/tokens";

pub(crate) async fn run(global: &Global, token: TokenArguments) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    match token.command {
        TokenCommand::Create(it) => create(&client, it).await,
        TokenCommand::Ls { json } => list(&client, json).await,
        TokenCommand::Revoke { named } => revoke(&client, &named).await,
    }
}

async fn create(client: &Client, create: TokenCreate) -> anyhow::Result<ExitCode> {
    let mut workspaces = Vec::new();
    for it in &create.workspace {
        workspaces.push(client.find(it).await?.id);
    }
    let body = CreateToken {
        name: create.name,
        read_only: create.read_only,
        registry_only: create.registry_only,
        workspaces: (!workspaces.is_empty()).then_some(workspaces),
        expires_in_s: lifetime(&create.expires)?,
    };
    let made: NewToken = client.json(Method::POST, TOKENS, Some(&body)).await?;
    output::say(&format!("{}\n", made.secret))?;
    let token = &made.token;
    output::note(&format!(
        "{} ({}) {}, {}; it is shown this once",
        token.name,
        token.id,
        reach(token),
        end(token)
    ));
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client, json: bool) -> anyhow::Result<ExitCode> {
    let tokens: Vec<Token> = client.get(TOKENS).await?;
    if json {
        output::say(&format!("{}\n", serde_json::to_string_pretty(&tokens)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    if tokens.is_empty() {
        output::note("There is no token; make one with `stead token create`.");
        return Ok(ExitCode::SUCCESS);
    }
    let head = ["ID", "NAME", "REACH", "END", "USED"].map(ToOwned::to_owned).to_vec();
    let rows = tokens.iter().map(|it| {
        let used = it.used_at_ms.map_or_else(|| "never".to_owned(), output::ago);
        vec![it.id.to_string(), it.name.clone(), reach(it), end(it), used]
    });
    output::say(&output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()))?;
    Ok(ExitCode::SUCCESS)
}

async fn revoke(client: &Client, wanted: &str) -> anyhow::Result<ExitCode> {
    let tokens: Vec<Token> = client.get(TOKENS).await?;
    let by_id = tokens.iter().find(|it| it.id.as_str() == wanted);
    let mut named = tokens.iter().filter(|it| it.name == wanted);
    let found = match (by_id, named.next(), named.next()) {
        (Some(it), _, _) | (None, Some(it), None) => it,
        (None, Some(_), Some(_)) => bail!("several tokens are called `{wanted}`; say its id"),
        (None, None, _) => bail!("there is no token `{wanted}`"),
    };
    let path = format!("{TOKENS}/{}", encode(found.id.as_str()));
    client.send(Method::DELETE, &path, None::<&()>).await?;
    output::note(&format!("{} is revoked", found.name));
    Ok(ExitCode::SUCCESS)
}

fn reach(token: &Token) -> String {
    let deeds = if token.read_only { "reads" } else { "reads and changes" };
    match &token.workspaces {
        None if token.registry_only => format!("{deeds} the registry, for another installation"),
        None => format!("{deeds} everything of yours"),
        Some(ids) => {
            let ids: Vec<&str> = ids.iter().map(protocol::WorkspaceId::as_str).collect();
            format!("{deeds} {}", ids.join(" "))
        }
    }
}

fn end(token: &Token) -> String {
    let Some(end) = token.expires_at_ms else { return "without end".to_owned() };
    let minutes = end.saturating_sub(now_ms()).div_ceil(60_000);
    match minutes {
        0 => "expired".to_owned(),
        1..120 => format!("for {minutes} min"),
        120..2880 => format!("for {} h", minutes.div_ceil(60)),
        _ => format!("for {} d", minutes.div_ceil(24 * 60)),
    }
}

/// Seconds; nothing for a token without an end.
fn lifetime(text: &str) -> anyhow::Result<Option<u64>> {
    if text == "never" {
        return Ok(None);
    }
    let units = [("d", 86_400), ("h", 3600), ("m", 60)];
    let found = units.iter().find_map(|(unit, s)| {
        text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(*s).filter(|it| *it != 0)
    });
    found.map(Some).with_context(|| format!("`{text}` is no time: say 90d, 12h, 30m, or never"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read() {
        assert_eq!(lifetime("90d").unwrap(), Some(7_776_000));
        assert_eq!(lifetime("30m").unwrap(), Some(1800));
        assert_eq!(lifetime("never").unwrap(), None);
        for text in ["", "0d", "d", "-1h", "90", "99999999999999999999d", "1w"] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }
}
