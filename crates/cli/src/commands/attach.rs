//! `stead attach`: this terminal becomes one of the workspace's terminals.

use crate::arguments::{Attach, Global};
use crate::client::Client;
use crate::client::attachment::{Attachment, Incoming};
use crate::queries::Queries;
use crate::{output, tty};
use anyhow::{Context, bail};
use protocol::state::Exit;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Puts a terminal into the state programs expect at their start, and clears it.
const RESET: &[u8] = b"\x1b[!p\x1b[H\x1b[2J";
/// Leaves the modes that a program may have switched on: alternate screen, mouse, paste, cursor.
const LEAVE: &[u8] =
    b"\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[0m";

pub(crate) async fn run(global: &Global, attach: Attach) -> anyhow::Result<ExitCode> {
    let detach = control(attach.detach_key)?;
    let client = Client::new(global)?;
    let workspace = client.find(&attach.workspace).await?;
    let mut attachment =
        Attachment::new(client, workspace.id, attach.terminal.clone(), tty::size());
    let raw = tty::Raw::enter()?;
    let outcome = carry(&mut attachment, detach, raw.is_some()).await;
    if raw.is_some() {
        output::put(LEAVE)?;
    }
    drop(raw);
    match outcome? {
        Outcome::Detached => {
            attachment.detach().await;
            output::note(&format!("\nDetached; `{}` goes on.", attach.terminal));
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Ended(exit) => Ok(ExitCode::from(code(exit))),
    }
}

enum Outcome {
    Detached,
    Ended(Exit),
}

/// Carries output and input until the program ends or the person leaves.
async fn carry(
    attachment: &mut Attachment,
    detach: u8,
    interactive: bool,
) -> anyhow::Result<Outcome> {
    let mut typed = tty::input();
    let mut typing = true;
    let mut queries = Queries::default();
    let mut resized = signal(SignalKind::window_change())?;
    loop {
        tokio::select! {
            incoming = attachment.next() => match incoming? {
                Incoming::Output(bytes) => output::put(&queries.strip(&bytes))?,
                Incoming::Screen(bytes) => {
                    if interactive {
                        output::put(RESET)?;
                    }
                    output::put(&bytes)?;
                }
                Incoming::Exit(exit) => return Ok(Outcome::Ended(exit)),
                Incoming::Ended => bail!("the terminal was closed"),
            },
            bytes = typed.recv(), if typing => match bytes {
                Some(bytes) => {
                    let (bytes, leaves) = until(bytes, detach);
                    if !bytes.is_empty() {
                        attachment.input(bytes).await;
                    }
                    if leaves && interactive {
                        return Ok(Outcome::Detached);
                    }
                }
                None if interactive => return Ok(Outcome::Detached),
                None => typing = false,
            },
            _ = resized.recv() => {
                if let Some((cols, rows)) = tty::size() {
                    attachment.resize(cols, rows).await;
                }
            }
        }
    }
}

/// What was typed before the detach key, and whether it was typed.
fn until(mut bytes: Vec<u8>, detach: u8) -> (Vec<u8>, bool) {
    match bytes.iter().position(|it| *it == detach) {
        Some(at) => {
            bytes.truncate(at);
            (bytes, true)
        }
        None => (bytes, false),
    }
}

/// The byte that a terminal sends for Ctrl and a key.
fn control(key: char) -> anyhow::Result<u8> {
    let key = u8::try_from(key.to_ascii_uppercase()).ok().filter(|it| (b'@'..=b'_').contains(it));
    key.map(|it| it & 0x1f).context("the detach key is a letter or one of @ [ \\ ] ^ _")
}

/// The exit code of a shell for how a program ended.
pub(crate) fn code(exit: Exit) -> u8 {
    let code = match (exit.code, exit.signal) {
        (Some(code), _) => code & 0xff,
        (None, Some(signal)) => 128 + signal,
        (None, None) => 255,
    };
    u8::try_from(code).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_codes() {
        assert_eq!(control(']').unwrap(), 0x1d);
        assert_eq!(control('a').unwrap(), 1);
        assert!(control('ü').is_err() && control('1').is_err());
        assert_eq!(until(b"ab\x1dc".to_vec(), 0x1d), (b"ab".to_vec(), true));
        assert_eq!(until(b"ab".to_vec(), 0x1d), (b"ab".to_vec(), false));
        assert_eq!(code(Exit { code: Some(3), signal: None }), 3);
        assert_eq!(code(Exit { code: None, signal: Some(9) }), 137);
    }
}
