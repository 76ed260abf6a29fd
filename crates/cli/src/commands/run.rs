//! `stead run`: a command in a terminal of its own, with its output here and its exit code passed on.

use super::attach::code;
use crate::arguments::{Global, Run};
use crate::client::attachment::{Attachment, Incoming};
use crate::client::{Client, path_of};
use crate::{output, tty};
use anyhow::bail;
use http::Method;
use protocol::state::TerminalInfo;
use protocol::terminal::OpenTerminal;
use protocol::workspace::StartSession;
use protocol::{RuntimeState, WorkspaceId};
use serde_json::json;
use std::io;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Says that the command waits for this side to be attached; taken out of the output.
const READY: u8 = 0x1e;
/// Ends the input of a program on a terminal.
const END_OF_INPUT: u8 = 4;
/// Where this side's input is no terminal, the command reads a pipe: a terminal cannot take every
/// byte, nor lines of every length, nor end in the middle of one. Each piece comes behind its size.
const FEED: &str = r#"pipe=$(mktemp -u) && mkfifo -m 600 "$pipe" || exit 126
exec 3<&0
while IFS= read -r size && [ "$size" -gt 0 ] && dd bs="$size" count=1 iflag=fullblock 2>/dev/null
do :; done <&3 3<&- >"$pipe" &
exec 3<&- <"$pipe"; rm -f "$pipe"; unset pipe;"#;

pub(crate) async fn run(global: &Global, run: Run) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let workspace = client.find(&run.workspace).await?;
    // To run a command is to ask for a session; the dev server was not asked for.
    let start = StartSession { dev_server: Some(false) };
    let session = path_of(&workspace.id, "session/start");
    let _state: RuntimeState = client.json(Method::POST, &session, Some(&start)).await?;
    let size = tty::size();
    // People type to an agent in their pages too, and that comes without sizes.
    let is_fed = run.agent.is_none() && !tty::are_terminals().0;
    let body = OpenTerminal {
        agent: run.agent.is_some(),
        name: run.agent,
        cols: size.map(|it| it.0),
        rows: size.map(|it| it.1),
        command: Some(gate(&run.command, is_fed)),
        working_directory: run.directory,
    };
    let path = path_of(&workspace.id, "terminals");
    let terminal: TerminalInfo = client.json(Method::POST, &path, Some(&body)).await?;
    let name = terminal.name.clone();
    let attachment = Attachment::new(client.clone(), workspace.id.clone(), name, size);
    let raw = tty::Raw::enter()?;
    let attachment = attachment.from(terminal.id.clone(), 0);
    let command = Command { client, workspace: workspace.id, terminal, is_fed };
    let outcome = carry(attachment, &command).await;
    drop(raw);
    outcome
}

/// The command behind a gate that opens when this side is attached: a terminal is gone as soon as
/// its program ends, and the first bytes of a quick one would be missed. Without terminals on this
/// side, nothing is echoed and nothing is changed on its way.
fn gate(command: &[String], is_fed: bool) -> Vec<String> {
    let (input, output) = tty::are_terminals();
    let (silence, begin) = match (is_fed, input) {
        (true, _) => ("raw -echo", FEED),
        (false, true) => ("-echo", "stty echo;"),
        (false, false) => ("-echo", ""),
    };
    let lines = if output { "opost" } else { "-opost" };
    // Nobody could tell a pager to go on.
    let pager = if output { "" } else { "export PAGER=cat GIT_PAGER=cat;" };
    let script = format!(
        "stty {silence} {lines}; {pager} printf '\\036'; IFS= read -r gate; unset gate; {begin} exec \"$@\""
    );
    let gate = ["/bin/sh", "-c", script.as_str(), "stead-run"].map(ToOwned::to_owned);
    gate.into_iter().chain(command.iter().cloned()).collect()
}

/// The command on the other side.
struct Command {
    client: Client,
    workspace: WorkspaceId,
    terminal: TerminalInfo,
    /// It reads from [`FEED`] and not from its terminal.
    is_fed: bool,
}

impl Command {
    /// Passes on what this side was told; whoever says it twice means the whole tree.
    async fn tell(&self, signal: &str, is_first: bool) -> anyhow::Result<()> {
        let (method, rest) = if is_first {
            (Method::POST, format!("processes/{}/signal", self.terminal.pid))
        } else {
            (Method::DELETE, format!("terminals/{}", self.terminal.name))
        };
        let body = is_first.then(|| json!({ "signal": signal }));
        let path = path_of(&self.workspace, &rest);
        let (status, _) = self.client.ask(method, &path, body.as_ref()).await?;
        tracing::debug!(signal, %status, "the command was told");
        Ok(())
    }
}

/// What asks this side to end.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Ends {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "INT",
            _ = self.terminate.recv() => "TERM",
            _ = self.hangup.recv() => "HUP",
        }
    }
}

/// What was read here, as it travels; `None` is the end of it.
fn fed(bytes: Option<Vec<u8>>, is_fed: bool) -> Vec<u8> {
    if !is_fed {
        return bytes.unwrap_or_else(|| vec![END_OF_INPUT]);
    }
    let bytes = bytes.unwrap_or_default();
    [format!("{}\n", bytes.len()).into_bytes(), bytes].concat()
}

async fn carry(mut attachment: Attachment, command: &Command) -> anyhow::Result<ExitCode> {
    let mut typed = tty::input();
    let (mut ends, mut is_first) = (Ends::new()?, true);
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
                attachment.input(fed(bytes, command.is_fed)).await;
            }
            signal = ends.next() => {
                command.tell(signal, is_first).await?;
                is_first = false;
            }
            _ = resized.recv() => {
                if let Some((cols, rows)) = tty::size() {
                    attachment.resize(cols, rows).await;
                }
            }
        }
    }
}
