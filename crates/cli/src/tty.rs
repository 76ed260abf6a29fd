//! This side's terminal: raw mode, size, what is typed.

use crate::output;
use anyhow::bail;
use rustix::stdio::{stdin, stdout};
use rustix::termios::{
    LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr,
};
use std::io::{self, Read};
use stdx::Secret;
use tokio::sync::mpsc;

/// Reads of standard input that wait to be sent; the terminal's own buffer does the rest.
const INPUT_CAPACITY: usize = 16;
/// Bytes of one read.
const INPUT_BYTES: usize = 4096;

/// Makes the terminal raw as long as it lives.
#[derive(Debug)]
pub(crate) struct Raw {
    before: Termios,
}

impl Raw {
    /// `None`: standard input is no terminal.
    pub(crate) fn enter() -> io::Result<Option<Self>> {
        if !isatty(stdin()) {
            return Ok(None);
        }
        let before = tcgetattr(stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(stdin(), OptionalActions::Now, &raw)?;
        Ok(Some(Self { before }))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _gone = tcsetattr(stdin(), OptionalActions::Now, &self.before);
    }
}

/// Asks a person whether something that cannot be undone is meant; `name` is typed to say yes.
pub(crate) fn confirmed(what: &str, name: &str) -> anyhow::Result<bool> {
    if !are_terminals().0 {
        bail!("this cannot be undone; say --yes");
    }
    output::note(&format!("{what} Type its name to go on:"));
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim() == name)
}

/// One line that a person types; `hidden`: without showing it.
pub(crate) fn line(hidden: bool) -> io::Result<Secret<String>> {
    let before = tcgetattr(stdin())?;
    let echo = Echo { before: before.clone() };
    if hidden {
        let mut silent = before;
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(stdin(), OptionalActions::Flush, &silent)?;
    }
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    drop(echo);
    let line = Secret::new(line);
    if read? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Secret::new(line.expose().trim_end_matches(['\r', '\n']).to_owned()))
}

/// Shows again what is typed.
struct Echo {
    before: Termios,
}

impl Drop for Echo {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _gone = tcsetattr(stdin(), OptionalActions::Now, &self.before);
    }
}

/// Columns and rows; `None` when standard output is no terminal.
pub(crate) fn size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// Whether standard input, and whether standard output, is a terminal.
pub(crate) fn are_terminals() -> (bool, bool) {
    (isatty(stdin()), isatty(stdout()))
}

/// What is typed, until the end of standard input. A thread of its own reads, since a read of a
/// terminal cannot be cancelled; it ends with the process.
pub(crate) fn input() -> mpsc::Receiver<Vec<u8>> {
    let (tx, rx) = mpsc::channel(INPUT_CAPACITY);
    std::thread::spawn(move || {
        let mut buffer = [0; INPUT_BYTES];
        loop {
            match io::stdin().lock().read(&mut buffer) {
                Ok(0) => return,
                Ok(read) if tx.blocking_send(buffer[..read].to_vec()).is_err() => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    });
    rx
}
