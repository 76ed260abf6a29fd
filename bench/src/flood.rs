//! A flood: `cat` of a large file to one client, beside ttyd and a bare PTY.
//!
//! The time is that until the client has seen what is printed after the file. A client that lags
//! far behind gets screens in place of output, so the bytes that it was sent are counted too.

use crate::options::Options;
use crate::process::{find, peak_mib, resident_mib, wait_for_port};
use crate::pty::BarePty;
use crate::results::{self, median};
use crate::stead;
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use testkit::{Frame, Program, World, command};
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};

/// Bytes of the file.
const FILE_BYTES: usize = 100_000_000;
/// Rounds of each side, in turn.
const ROUNDS: usize = 5;
/// What is printed when everything was.
const END: &str = "END-42";
/// A client that acknowledges does so after this many bytes, as the page does.
const ACKNOWLEDGE_BYTES: u64 = 128 * 1024;
/// How long a client waits for anything.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// One round.
struct Round {
    seconds: f64,
    /// Payload that the client was sent.
    bytes: u64,
}

/// Looks for the end over two reads.
#[derive(Default)]
struct Watch {
    tail: Vec<u8>,
    bytes: u64,
}

impl Watch {
    fn is_over(&mut self, bytes: &[u8]) -> bool {
        self.bytes += bytes.len() as u64;
        // A screen may go on after the text with the cursor's place.
        let end = &bytes[bytes.len().saturating_sub(4096)..];
        self.tail.extend_from_slice(end);
        let found = self.tail.windows(END.len()).any(|it| it == END.as_bytes());
        self.tail.drain(..self.tail.len().saturating_sub(END.len()));
        found
    }
}

/// Measures, and returns the section of the results.
pub(crate) fn run(options: &Options) -> Result<String> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("flood.txt");
    fs::write(&file, text())?;
    let ttyd = options.ttyd.clone().or_else(|| find("ttyd"));
    let world = stead::start()?;
    let workspace = world.workspace("flood")?;
    stead::session(&world, &workspace)?;
    fs::copy(&file, world.files(&workspace).join("flood.txt"))?;
    let pids = [world.server_pid()?, world.kernel_pid(&workspace)?];
    let rest = [resident_mib(pids[0])?, resident_mib(pids[1])?];
    let mut rounds: [Vec<Round>; 4] = Default::default();
    for number in 0..ROUNDS {
        rounds[0].push(bare(&file)?);
        rounds[1].push(ours(&world, &workspace, &format!("plain-{number}"), false)?);
        rounds[2].push(ours(&world, &workspace, &format!("acks-{number}"), true)?);
        if let Some(ttyd) = &ttyd {
            rounds[3].push(theirs(ttyd, &file)?);
        }
    }
    let peaks = [peak_mib(pids[0])?, peak_mib(pids[1])?];
    Ok(section(&rounds, ttyd.is_some(), rest, peaks))
}

fn section(rounds: &[Vec<Round>; 4], has_ttyd: bool, rest: [f64; 2], peaks: [f64; 2]) -> String {
    let names = ["bare PTY", "Stead", "Stead, client acknowledges", "ttyd"];
    let seconds = |it: &[Round]| median(it.iter().map(|it| it.seconds).collect());
    let mut table = String::new();
    for (name, rounds) in names.iter().zip(rounds).filter(|it| !it.1.is_empty()) {
        let time = seconds(rounds);
        let megabytes = rounds.iter().map(|it| mega(it.bytes)).collect();
        let line = format!(
            "| {name} | {time:.2} | {:.0} | {:.1} |\n",
            mega(FILE_BYTES as u64) / time,
            median(megabytes)
        );
        table.push_str(&line);
    }
    let mut text = format!(
        "`cargo xtask bench flood --ttyd PATH` on {}; `cat` of {:.0} MB of text to one client, \
         {ROUNDS} rounds in turn, medians. The PTY turns every line feed into two bytes.\n\n\
         | | s until the end was seen | MB of the file per s | MB sent to the client |\n\
         | --- | --- | --- | --- |\n{table}\n",
        results::machine(),
        mega(FILE_BYTES as u64),
    );
    let compared = if has_ttyd {
        format!(
            "Stead ÷ ttyd: {:.2}, and {:.2} with acknowledgements; the budget is 1.",
            seconds(&rounds[3]) / seconds(&rounds[1]),
            seconds(&rounds[3]) / seconds(&rounds[2]),
        )
    } else {
        "ttyd was not there: it is looked for in the system's directories and by `--ttyd`."
            .to_owned()
    };
    write!(
        text,
        "{compared}\n\nMemory before and at most (resident, all rounds): server {:.1} and {:.1} \
         MiB, kernel {:.1} and {:.1} MiB.\n",
        rest[0], peaks[0], rest[1], peaks[1]
    )
    .expect("a string takes everything");
    text
}

/// Bytes as megabytes.
#[expect(clippy::cast_precision_loss, reason = "a few hundred megabytes")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Lines of different length without escape sequences, always the same.
fn text() -> Vec<u8> {
    let mut text = Vec::with_capacity(FILE_BYTES);
    let mut state = 1_u32;
    while text.len() < FILE_BYTES {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push(match state >> 24 {
            0..=3 => b'\n',
            byte => b' ' + u8::try_from(byte % 95).expect("below 95"),
        });
    }
    text
}

fn script(file: &Path) -> String {
    format!("printf ready; read line; cat {}; echo END-$((40+2)); exec sleep 600", file.display())
}

fn bare(file: &Path) -> Result<Round> {
    let mut pty = BarePty::script(&script(file))?;
    pty.read_until("ready")?;
    let (start, mut watch) = (Instant::now(), Watch::default());
    pty.write(b"\n")?;
    while !watch.is_over(pty.read()?) {}
    Ok(Round { seconds: start.elapsed().as_secs_f64(), bytes: watch.bytes })
}

fn ours(world: &World, workspace: &str, name: &str, acknowledges: bool) -> Result<Round> {
    stead::terminal(world, workspace, name, &script(Path::new("flood.txt")))?;
    let mut terminal = world.attach(workspace, name)?;
    terminal.read_until("ready")?;
    let (start, mut watch) = (Instant::now(), Watch::default());
    let mut told = terminal.offset;
    if acknowledges {
        terminal.acknowledge()?;
    }
    terminal.input(b"\n")?;
    loop {
        match terminal.next_frame()? {
            Frame::Output(bytes) | Frame::Screen(bytes) => {
                if watch.is_over(&bytes) {
                    break;
                }
            }
            Frame::Told(_) => {}
        }
        if acknowledges && told + ACKNOWLEDGE_BYTES <= terminal.offset {
            told = terminal.offset;
            terminal.acknowledge()?;
        }
    }
    let round = Round { seconds: start.elapsed().as_secs_f64(), bytes: watch.bytes };
    let path = World::path(workspace, &format!("terminals/{name}"));
    world.send(&format!("DELETE {path}"), "")?;
    Ok(round)
}

fn theirs(ttyd: &PathBuf, file: &Path) -> Result<Round> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut server = command(ttyd);
    server.args(["-p", &port.to_string(), "-i", "127.0.0.1", "-W", "/bin/sh", "-c"]);
    let _server = Program::start(server.arg(script(file)))?;
    wait_for_port(port)?;
    let mut request = format!("ws://127.0.0.1:{port}/ws").into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", "tty".parse()?);
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    let (mut socket, _) = tungstenite::client(request, stream)
        .map_err(|error| anyhow::anyhow!("ttyd refused: {error}"))?;
    let hello = r#"{"AuthToken":"","columns":80,"rows":24}"#;
    socket.send(Message::Binary(hello.as_bytes().to_vec().into()))?;
    let mut next = move |input: Option<&[u8]>| -> Result<Vec<u8>> {
        if let Some(input) = input {
            socket.send(Message::Binary(input.to_vec().into()))?;
        }
        loop {
            match socket.read().context("ttyd's connection broke")? {
                // `0` is output; title and preferences have other numbers.
                Message::Binary(frame) if frame.first() == Some(&b'0') => {
                    return Ok(frame[1..].to_vec());
                }
                Message::Close(why) => bail!("ttyd closed: {why:?}"),
                Message::Binary(_)
                | Message::Text(_)
                | Message::Ping(_)
                | Message::Pong(_)
                | Message::Frame(_) => {}
            }
        }
    };
    let mut seen = Vec::new();
    while !seen.ends_with(b"ready") {
        seen.extend_from_slice(&next(None)?);
    }
    let (start, mut watch) = (Instant::now(), Watch::default());
    let mut bytes = next(Some(b"0\n"))?;
    while !watch.is_over(&bytes) {
        bytes = next(None)?;
    }
    Ok(Round { seconds: start.elapsed().as_secs_f64(), bytes: watch.bytes })
}
