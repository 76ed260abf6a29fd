//! A small HTTP server in plain Rust.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const PAGE: &str = include_str!("index.html");

/// Requests answered since the start.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

struct Response {
    status: &'static str,
    content_type: &'static str,
    body: String,
}

fn main() -> io::Result<()> {
    let host = env::var("HOST").unwrap_or_else(|_| "127.0.0.1".to_string());
    let port = env::var("PORT").unwrap_or_else(|_| "8080".to_string());
    let listener = TcpListener::bind(format!("{host}:{port}"))?;
    println!("Ready at http://localhost:{port}/");
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || {
            if let Err(error) = serve(stream) {
                eprintln!("a connection failed: {error}");
            }
        });
    }
    Ok(())
}

/// Decides what to answer. This is the place for your routes.
fn route(method: &str, path: &str) -> Response {
    match (method, path) {
        ("GET", "/") => {
            Response { status: "200 OK", content_type: "text/html; charset=utf-8", body: PAGE.to_string() }
        }
        ("GET", "/api/requests") => {
            let requests = REQUESTS.load(Ordering::Relaxed);
            let body = format!("{{\"requests\": {requests}}}");
            Response { status: "200 OK", content_type: "application/json", body }
        }
        _ => Response {
            status: "404 Not Found",
            content_type: "text/plain; charset=utf-8",
            body: "There is no such page.\n".to_string(),
        },
    }
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    // A browser opens connections that it may never use.
    let Some(first) = lines.next().transpose()? else { return Ok(()) };
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    REQUESTS.fetch_add(1, Ordering::Relaxed);
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or("/"));
    let path = target.split('?').next().unwrap_or("/");
    let Response { status, content_type, body } = route(method, path);
    println!("{method} {path} {status}");
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
