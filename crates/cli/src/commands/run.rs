//! `stead run`: a command in a terminal of its own, with its output here and its exit code passed on.

use super::attach::code;
use crate::arguments::{Global, Run};
use crate::client::attachment::{Attachment, Incoming};
use crate::client::{Client, path_of};
use crate::{output, tty};
use anyhow::bail;
use http::Method;
use protocol::RuntimeState;
use protocol::state::TerminalInfo;
use protocol::terminal::OpenTerminal;
use protocol::workspace::StartSession;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Says that the command waits for this side to be attached; taken out of the output.
const READY: u8 = 0x1e;
/// Ends the input of a program on a terminal.
const END_OF_INPUT: u8 = 4;

pub(crate) async fn run(global: &Global, run: Run) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let workspace = client.find(&run.workspace).await?;
    // To run a command is to ask for a session; the dev server was not asked for.
    let start = StartSession { dev_server: Some(false) };
    let session = path_of(&workspace.id, "session/start");
    let _state: RuntimeState = client.json(Method::POST, &session, Some(&start)).await?;
    let size = tty::size();
    let body = OpenTerminal {
        agent: run.agent.is_some(),
        name: run.agent,
        cols: size.map(|it| it.0),
        rows: size.map(|it| it.1),
        command: Some(gate(&run.command)),
        working_directory: run.directory,
    };
    let path = path_of(&workspace.id, "terminals");
    let terminal: TerminalInfo = client.json(Method::POST, &path, Some(&body)).await?;
    let attachment = Attachment::new(client, workspace.id, terminal.name, size);
    let raw = tty::Raw::enter()?;
    let outcome = carry(attachment.from(terminal.id, 0)).await;
    drop(raw);
    outcome
}

/// The command behind a gate that opens when this side is attached: a terminal is gone as soon as
/// its program ends, and the first bytes of a quick one would be missed. Without terminals on this
/// side, nothing is echoed and output is not changed on its way.
fn gate(command: &[String]) -> Vec<String> {
    let (input, output) = tty::are_terminals();
    let echo = if input { "stty echo" } else { ":" };
    // Nobody could tell a pager to go on.
    let unseen = "stty -opost; export PAGER=cat GIT_PAGER=cat";
    let lines = if output { ":" } else { unseen };
    let script = format!(
        "stty -echo; {lines}; printf '\\036'; IFS= read -r gate; {echo}; unset gate; exec \"$@\""
    );
    let gate = ["/bin/sh", "-c", script.as_str(), "stead-run"].map(ToOwned::to_owned);
    gate.into_iter().chain(command.iter().cloned()).collect()
}

async fn carry(mut attachment: Attachment) -> anyhow::Result<ExitCode> {
    let mut typed = tty::input();
    let (mut open, mut typing) = (false, true);
    let mut resized = signal(SignalKind::window_change())?;
    loop {
        tokio::select! {
            incoming = attachment.next() => match incoming? {
                Incoming::Output(bytes) if open => output::put(&bytes)?,
                Incoming::Output(bytes) => {
                    if let Some(at) = bytes.iter().position(|it| *it == READY) {
                        open = true;
                        attachment.input(b"\n".to_vec()).await;
                        output::put(&bytes[at + 1..])?;
                    }
                }
                // Only after more output was missed than is kept.
                Incoming::Screen(bytes) => output::put(&bytes)?,
                Incoming::Exit(exit) => return Ok(ExitCode::from(code(exit))),
                Incoming::Ended => bail!("the terminal was closed before the command ended"),
            },
            bytes = typed.recv(), if open && typing => {
                typing = bytes.is_some();
                attachment.input(bytes.unwrap_or_else(|| vec![END_OF_INPUT])).await;
            }
            _ = resized.recv() => {
                if let Some((cols, rows)) = tty::size() {
                    attachment.resize(cols, rows).await;
                }
            }
        }
    }
}
