//! Keystrokes: how long the echo of a key takes through gateway and kernel, beside a bare PTY with
//! the same program. The program is `cat` on a raw terminal, so that the echo is a program's answer
//! and not the line discipline's.

use crate::options::Options;
use crate::pty::BarePty;
use crate::results::{self, median, percentile};
use crate::stead;
use anyhow::Result;
use std::thread::sleep;
use std::time::{Duration, Instant};
use testkit::{Frame, Terminal};

/// Rounds of each side, in turn.
const ROUNDS: usize = 9;
/// Keys in one round.
const KEYS: usize = 500;
/// Between two keys: so long that everything has gone to sleep again, as between a person's.
const PAUSE: Duration = Duration::from_millis(2);
/// What answers.
const SCRIPT: &str = "stty raw -echo; printf ready; exec cat";

/// Measures, and returns the section of the results.
pub(crate) fn run(_: &Options) -> Result<String> {
    let world = stead::start()?;
    let workspace = world.workspace("keystroke")?;
    stead::session(&world, &workspace)?;
    stead::terminal(&world, &workspace, "keys", SCRIPT)?;
    let mut terminal = world.attach(&workspace, "keys")?;
    terminal.read_until("ready")?;
    let mut pty = BarePty::script(SCRIPT)?;
    pty.read_until("ready")?;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let both = (round_of(|key| echo(&mut pty, key))?, {
            round_of(|key| echo_of_terminal(&mut terminal, key))?
        });
        if 0 < round {
            theirs.push(both.0);
            ours.push(both.1);
        }
    }
    let at = |rounds: &[Vec<f64>], part: f64| {
        median(rounds.iter().map(|it| percentile(it, part)).collect())
    };
    let line = |part: f64, name: &str, budget: &str| {
        let (pty, stead) = (at(&theirs, part), at(&ours, part));
        format!("| {name} | {pty:.3} | {stead:.3} | {:.3} | {budget} |\n", stead - pty)
    };
    Ok(format!(
        "`cargo xtask bench keystroke` on {}; {ROUNDS} rounds of {KEYS} keys each, in turn, one key \
         every {} ms and more; percentiles of a round, medians of the rounds.\n\n\
         | | bare PTY, ms | Stead, ms | added, ms | budget |\n\
         | --- | --- | --- | --- | --- |\n{}{}",
        results::machine(),
        PAUSE.as_millis(),
        line(0.5, "median", ""),
        line(0.99, "99 of 100", "1"),
    ))
}

fn round_of(mut echo: impl FnMut(u8) -> Result<()>) -> Result<Vec<f64>> {
    let mut all = Vec::with_capacity(KEYS);
    for key in (b'a'..=b'z').cycle().take(KEYS) {
        sleep(PAUSE);
        let start = Instant::now();
        echo(key)?;
        all.push(results::milliseconds(start));
    }
    Ok(all)
}

fn echo(pty: &mut BarePty, key: u8) -> Result<()> {
    pty.write(&[key])?;
    while !pty.read()?.contains(&key) {}
    Ok(())
}

fn echo_of_terminal(terminal: &mut Terminal, key: u8) -> Result<()> {
    terminal.input(&[key])?;
    loop {
        if let Frame::Output(bytes) = terminal.next_frame()?
            && bytes.contains(&key)
        {
            return Ok(());
        }
    }
}
