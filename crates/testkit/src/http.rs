//! As much of an HTTP client as setting things up takes: one request for each connection.

use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take on a busy machine.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// An answer with its head as it came.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// Sends a request whose `fields` are whole lines without their ends.
pub fn send(port: u16, request_line: &str, fields: &[String], body: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    let mut request = format!("{request_line} HTTP/1.1\r\nConnection: close\r\n");
    for field in fields {
        request += field;
        request += "\r\n";
    }
    request += &["Content-Length: ", &body.len().to_string(), "\r\n\r\n", body].concat();
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without an end")?;
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
    let status = status.context("an answer without a status")?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

impl Answer {
    /// Fails unless it is a success or a redirect.
    pub fn expect(self, what: &str) -> Result<Self> {
        if 400 <= self.status {
            bail!("{what}: {} {}", self.status, self.body);
        }
        Ok(self)
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}
