//! A document with many clients: one types, all others are to see it. Beside `y-websocket` and
//! Hocuspocus, which keep nothing on disk; Stead says nothing to anybody before it is durable.
//!
//! Clients read frames and do not build documents, so that they are as cheap for all three.

use crate::options::Options;
use crate::process::{own_processor_seconds, wait_for_port};
use crate::results::{self, percentile};
use crate::{directory, stead};
use anyhow::{Context, Result, bail};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use testkit::{Program, Socket, World, command};
use tokio_tungstenite::tungstenite::{Message, client};

/// Who looks on.
const READERS: usize = 100;
/// Keys that are typed one by one, each when everybody saw the one before.
const KEYS: usize = 300;
/// Keys that are sent at once.
const BURST: usize = 3_000;
/// Whatever takes longer than this has failed.
const DEADLINE: Duration = Duration::from_secs(60);
/// Where the peers listen.
const Y_WEBSOCKET_PORT: u16 = 9745;
const HOCUSPOCUS_PORT: u16 = 9746;
/// The document's name at the peers.
const NAME: &str = "bench.txt";
/// What the peers are, for `npm install`.
const PEERS: &str = "y-websocket@2.1.0 @hocuspocus/server@4.7.0 yjs@13.6.33 ws@8.23.0";

/// Stands for the answer to what a reader asks first.
const ANSWERED: u8 = 0;
/// A letter that is typed nowhere else: everything before it has arrived.
const LAST: u8 = b'!';

/// One side of the comparison.
struct Side<'a> {
    name: &'static str,
    /// What every message begins with.
    head: Vec<u8>,
    connect: Box<dyn Fn() -> Result<Socket> + 'a>,
    seconds: Box<dyn Fn() -> Result<f64> + 'a>,
}

/// What was measured of a side.
struct Figures {
    times: Vec<f64>,
    key_microseconds: f64,
    burst_ms: f64,
    burst_microseconds: f64,
}

/// Measures, and returns the section of the results.
pub(crate) fn run(options: &Options) -> Result<String> {
    let Some(peers) = &options.peers else {
        bail!("--peers DIRECTORY is missing: `npm install {PEERS}` in an empty one");
    };
    let y_websocket = Program::start(
        command("node")
            .arg(peers.join("node_modules/y-websocket/bin/server.cjs"))
            .env("HOST", "127.0.0.1")
            .env("PORT", Y_WEBSOCKET_PORT.to_string()),
    )?;
    let hocuspocus = Program::start(
        command("node")
            .arg(directory().join("upstream/hocuspocus.mjs"))
            .arg(peers)
            .arg(HOCUSPOCUS_PORT.to_string()),
    )?;
    wait_for_port(Y_WEBSOCKET_PORT)?;
    wait_for_port(HOCUSPOCUS_PORT)?;
    let world = stead::start()?;
    let workspace = stead::workspace(&world, &[(NAME, "")])?;
    let path = World::path(&workspace, &format!("documents/{NAME}"));
    let (server, kernel) = (world.server_pid()?, world.kernel_pid(&workspace)?);
    let sides = [
        Side {
            name: "Stead",
            head: Vec::new(),
            connect: Box::new(|| world.websocket(&path)),
            seconds: Box::new(move || {
                Ok(own_processor_seconds(server)? + own_processor_seconds(kernel)?)
            }),
        },
        Side {
            name: "y-websocket",
            head: Vec::new(),
            connect: Box::new(|| dial(Y_WEBSOCKET_PORT, NAME)),
            seconds: Box::new(|| own_processor_seconds(y_websocket.id())),
        },
        Side {
            name: "Hocuspocus",
            head: string(NAME),
            connect: Box::new(|| authenticated(HOCUSPOCUS_PORT)),
            seconds: Box::new(|| own_processor_seconds(hocuspocus.id())),
        },
    ];
    let mut lines = String::new();
    for side in &sides {
        let figures = measure(side).with_context(|| format!("{} was not measured", side.name))?;
        lines += &line(side.name, &figures);
    }
    Ok(format!(
        "`cargo xtask bench fanout --peers DIRECTORY` on {}: {READERS} clients look on while one types \
         {KEYS} keys, each when everybody has seen the one before, and then sends {BURST} at once. \
         y-websocket 2.1.0 and Hocuspocus 4.7.0 without storage; Stead through its gateway, with every \
         update on disk before anybody sees it.\n\n\
         | | key to the last client, median ms | 99 of 100 | µs of processor, per key and client | burst \
         to the last client, ms | µs of processor, per key and client |\n\
         | --- | --- | --- | --- | --- | --- |\n{lines}",
        results::machine(),
    ))
}

fn line(name: &str, figures: &Figures) -> String {
    format!(
        "| {name} | {:.2} | {:.2} | {:.1} | {:.0} | {:.2} |\n",
        percentile(&figures.times, 0.5),
        percentile(&figures.times, 0.99),
        figures.key_microseconds,
        figures.burst_ms,
        figures.burst_microseconds,
    )
}

fn measure(side: &Side<'_>) -> Result<Figures> {
    let (seen, arrivals) = channel();
    for _ in 0..READERS {
        let (socket, head, seen) = ((side.connect)()?, side.head.clone(), seen.clone());
        thread::spawn(move || read(socket, &head, &seen));
    }
    let mut writer = (side.connect)()?;
    greet(&mut writer, &side.head)?;
    drop(seen);
    // Everybody is there who was answered.
    everybody(&arrivals, ANSWERED)?;
    let mut clock = 0;
    type_key(side, &mut writer, &mut clock, b'a')?;
    everybody(&arrivals, b'a')?;
    let before = (side.seconds)()?;
    let mut times = Vec::with_capacity(KEYS);
    for _ in 0..KEYS {
        let begin = Instant::now();
        let key = b'b' + u8::try_from(clock % 20).unwrap_or(0);
        type_key(side, &mut writer, &mut clock, key)?;
        everybody(&arrivals, key)?;
        times.push(results::milliseconds(begin));
    }
    let keys_seconds = (side.seconds)()? - before;
    let before = (side.seconds)()?;
    let begin = Instant::now();
    for index in 1..=BURST {
        type_key(side, &mut writer, &mut clock, if index == BURST { LAST } else { b'x' })?;
    }
    until_last(&arrivals)?;
    let burst_ms = results::milliseconds(begin);
    let burst_seconds = (side.seconds)()? - before;
    let each = |seconds: f64, keys: usize| seconds * 1e6 / count(keys * READERS);
    Ok(Figures {
        times,
        key_microseconds: each(keys_seconds, KEYS),
        burst_ms,
        burst_microseconds: each(burst_seconds, BURST),
    })
}

#[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
fn count(number: usize) -> f64 {
    number as f64
}

/// Waits until every reader saw this key, and nothing else.
fn everybody(arrivals: &Receiver<u8>, key: u8) -> Result<()> {
    for _ in 0..READERS {
        let seen = arrivals.recv_timeout(DEADLINE).context("a key was lost")?;
        if seen != key {
            bail!("{:?} was seen, and not {:?}", char::from(seen), char::from(key));
        }
    }
    Ok(())
}

fn until_last(arrivals: &Receiver<u8>) -> Result<()> {
    let mut left = READERS;
    while 0 < left {
        let seen = arrivals.recv_timeout(DEADLINE).context("a key was lost")?;
        left -= usize::from(seen == LAST);
    }
    Ok(())
}

/// Sends one key, as Yjs would: an item behind the one before.
fn type_key(side: &Side<'_>, writer: &mut Socket, clock: &mut u64, key: u8) -> Result<()> {
    const CLIENT: u64 = 4711;
    let mut update = Vec::new();
    for it in [1, 1, CLIENT, *clock] {
        number(&mut update, it);
    }
    if *clock == 0 {
        // Its parent is the document's text.
        update.extend([0x04, 1]);
        update.extend(string("content"));
    } else {
        update.push(0x84);
        number(&mut update, CLIENT);
        number(&mut update, *clock - 1);
    }
    update.extend([1, key, 0]);
    *clock += 1;
    send(writer, &side.head, &[0, 2], &update)
}

/// Reads until the connection ends; tells when it was answered, and the last key of every update.
fn read(mut socket: Socket, head: &[u8], seen: &Sender<u8>) {
    if greet(&mut socket, head).is_err() {
        return;
    }
    while let Ok(message) = socket.read() {
        let Message::Binary(frame) = message else { continue };
        let Some(rest) = frame.strip_prefix(head) else { continue };
        match rest {
            [0, 1, ..] => drop(seen.send(ANSWERED)),
            // An update ends with its last key and an empty list of what was deleted.
            [0, 2, .., key, 0] => drop(seen.send(*key)),
            // Whoever is asked what is new has nothing.
            [0, 0, ..] => drop(send(&mut socket, head, &[0, 1], &[0, 0])),
            _ => {}
        }
    }
}

/// Asks for everything, as a client that has nothing.
fn greet(socket: &mut Socket, head: &[u8]) -> Result<()> {
    send(socket, head, &[0, 0], &[0])
}

fn send(socket: &mut Socket, head: &[u8], kinds: &[u8], bytes: &[u8]) -> Result<()> {
    let mut frame = head.to_vec();
    frame.extend_from_slice(kinds);
    number(&mut frame, bytes.len() as u64);
    frame.extend_from_slice(bytes);
    Ok(socket.send(Message::binary(frame))?)
}

fn dial(port: u16, path: &str) -> Result<Socket> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    match client(format!("ws://127.0.0.1:{port}/{path}"), stream) {
        Ok((socket, _)) => Ok(socket),
        Err(error) => bail!("a peer did not open: {error}"),
    }
}

/// Hocuspocus begins when it has a token, whatever that is.
fn authenticated(port: u16) -> Result<Socket> {
    let mut socket = dial(port, "")?;
    let mut frame = string(NAME);
    frame.extend([2, 0]);
    frame.extend(string("any"));
    socket.send(Message::binary(frame))?;
    Ok(socket)
}

fn string(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    number(&mut bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// As lib0 writes numbers: seven bits a byte, the lowest first.
fn number(to: &mut Vec<u8>, mut number: u64) {
    while 0x7f < number {
        to.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    to.push(u8::try_from(number).unwrap_or(0));
}
