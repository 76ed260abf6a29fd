//! Clients: `wrk` for requests, and ping-pong over upgraded connections.

use crate::process::need;
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};
use testkit::command;

/// Connections at once; a browser with a page of modules has about that many requests open.
const CONNECTIONS: usize = 32;
/// How long one measurement takes.
pub(crate) const SECONDS: u64 = 5;
/// Bytes of one message.
const MESSAGE_LENGTH: u8 = 64;
/// Of a masked text frame with a short message: head, mask.
const FRAME_HEAD: [u8; 6] = [0x81, 0x80 | MESSAGE_LENGTH, 1, 2, 3, 4];

/// Requests for a kilobyte that were answered in [`SECONDS`] seconds.
pub(crate) fn requests(port: u16, fields: &[String]) -> Result<f64> {
    answered(port, "/", fields)
}

/// Requests for the large file that were answered in [`SECONDS`] seconds.
pub(crate) fn large_requests(port: u16, fields: &[String]) -> Result<f64> {
    answered(port, "/large", fields)
}

fn answered(port: u16, path: &str, fields: &[String]) -> Result<f64> {
    let mut wrk = command(need("wrk", "wrk")?);
    wrk.arg("-t1").arg(format!("-c{CONNECTIONS}")).arg(format!("-d{SECONDS}s"));
    for field in fields {
        wrk.arg("-H").arg(field);
    }
    let wrk = wrk.arg(format!("http://127.0.0.1:{port}{path}")).stdout(Stdio::piped());
    let output = wrk.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        bail!("not every request was answered with success:\n{text}");
    }
    let line = text.lines().find(|it| it.contains(" requests in ")).context("wrk said nothing")?;
    let count = line.trim().split(' ').next().unwrap_or_default();
    count.parse().with_context(|| format!("wrk said `{line}`"))
}

/// Messages that came back in [`SECONDS`] seconds over upgraded connections.
pub(crate) fn echoes(port: u16, fields: &[String]) -> Result<f64> {
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let fields = fields.to_vec();
            thread::spawn(move || ping_pong(port, &fields))
        })
        .collect();
    let mut total = 0_u32;
    for client in clients {
        total += client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
    }
    Ok(f64::from(total))
}

fn ping_pong(port: u16, fields: &[String]) -> Result<u32> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let mut request = "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        .to_owned();
    for field in fields {
        request += field;
        request += "\r\n";
    }
    request += "\r\n";
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).context("the upgrade was refused")?;
        head.push(byte[0]);
    }
    if !head.starts_with(b"HTTP/1.1 101") {
        bail!("the upgrade was refused: {}", String::from_utf8_lossy(&head));
    }
    let text = [b'x'; MESSAGE_LENGTH as usize];
    let masked = text.iter().zip(FRAME_HEAD[2..].iter().cycle()).map(|(byte, mask)| byte ^ mask);
    let message: Vec<u8> = FRAME_HEAD.into_iter().chain(masked).collect();
    let mut back = [0; 2 + MESSAGE_LENGTH as usize];
    let end = Instant::now() + Duration::from_secs(SECONDS);
    let mut count = 0;
    while Instant::now() < end {
        stream.write_all(&message)?;
        stream.read_exact(&mut back)?;
        count += 1;
    }
    if back[..2] != [0x81, MESSAGE_LENGTH] || back[2..] != text {
        bail!("what came back is not the message that was sent");
    }
    Ok(count)
}
