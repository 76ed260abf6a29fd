//! `stead logs`: the dev server's output, up to now or as it comes.

use crate::arguments::{Global, Logs};
use crate::client::attachment::{Attachment, Incoming};
use crate::client::{Client, path_of};
use crate::output;
use http::Method;
use protocol::terminal::DEV_SERVER;
use std::process::ExitCode;

pub(crate) async fn run(global: &Global, logs: Logs) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let workspace = client.find(&logs.workspace).await?;
    let path = path_of(&workspace.id, "dev-server/log");
    let text = client.send(Method::GET, &path, None::<&()>).await?;
    output::put(&text)?;
    if !logs.follow {
        return Ok(ExitCode::SUCCESS);
    }
    // Logs are passed on, so secrets are masked in them.
    let mut attachment =
        Attachment::new(client, workspace.id, DEV_SERVER.to_owned(), None).redacted();
    loop {
        match attachment.next().await? {
            Incoming::Output(bytes) => output::put(&bytes)?,
            // What it shows was printed above.
            Incoming::Screen(_) => {}
            Incoming::Exit(_) | Incoming::Ended => return Ok(ExitCode::SUCCESS),
        }
    }
}
