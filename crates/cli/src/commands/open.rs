//! `stead open`: a fresh single-use link, in a browser or printed.

use crate::arguments::{Global, Open};
use crate::client::{Client, encode};
use crate::{environment, output};
use http::Method;
use std::process::ExitCode;
use supervisor::process::{Command, Processes};

/// Answer of `POST /api/v1/links`.
#[derive(serde::Deserialize)]
struct Link {
    url: String,
}

pub(crate) async fn run(global: &Global, open: Open) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let workspace = match &open.workspace {
        Some(text) => Some(client.find(text).await?),
        None => None,
    };
    let link: Link = client.json(Method::POST, "/api/v1/links", None::<&()>).await?;
    let url = match workspace {
        Some(it) => {
            let separator = if link.url.contains('?') { '&' } else { '?' };
            format!("{}{separator}next={}", link.url, encode(&format!("/w/{}", it.id)))
        }
        None => link.url,
    };
    if !open.print && browse(&url).await {
        output::note("Opening Stead in your browser. The link works once.");
    } else {
        output::say(&format!("{url}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a browser was started.
async fn browse(url: &str) -> bool {
    let scope = stdx::TaskScope::default();
    let Ok(processes) = Processes::start(&scope) else { return false };
    let mut command = Command::new("xdg-open", "/");
    command.args = vec![url.into()];
    command.env = environment::graphical();
    match processes.spawn(command) {
        Ok(mut child) => child.wait().await.code == Some(0),
        Err(_) => false,
    }
}
