//! The proxy between a program and a server, over real sockets.

use super::*;
use crate::egress::Names;
use crate::egress::policy::EgressMode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A server that answers every connection with what it was sent, after `hello `.
async fn origin(scope: &TaskScope) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    scope.spawn("origin", async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 4096];
            let read = stream.read(&mut buffer).await.unwrap();
            let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
            let answer = if text.starts_with("GET ") {
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nKeep-Alive: 5\r\n\r\n{text}",
                    text.len()
                )
            } else {
                format!("hello {text}")
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    port
}

/// A proxy; returns its port and its log.
async fn proxy(scope: &TaskScope, mode: EgressMode, allow: &[String]) -> (u16, Arc<Log>) {
    let allow = allow.iter().map(|it| it.parse().unwrap()).collect();
    let log: Arc<Log> = Arc::default();
    let proxy = Proxy::new(
        Egress { mode, allow },
        Names::default().for_workspace(),
        Arc::clone(&log),
        scope.clone(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    scope.spawn("proxy", proxy.run(listener));
    (port, log)
}

/// Sends `request` and reads until the other side is done.
async fn exchange(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn logged(log: &Log) -> Entry {
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(entry) = log.entries().pop() {
            return entry;
        }
        assert!(std::time::Instant::now() < deadline, "nothing was logged");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_tunnel_carries_bytes_and_counts_them() {
    let scope = TaskScope::default();
    let server = origin(&scope).await;
    let (port, log) = proxy(&scope, EgressMode::AllowList, &[format!("127.0.0.1:{server}")]).await;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let connect = format!("CONNECT 127.0.0.1:{server} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    stream.write_all(connect.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
    stream.write_all(b"\x16\x03\x01").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    drop(stream);
    assert_eq!(answer, b"hello \x16\x03\x01");
    let entry = logged(&log).await;
    assert_eq!((entry.sent_bytes, entry.received_bytes), (3, 9));
    assert_eq!(entry.outcome, Outcome::Carried);
    assert_eq!(entry.port, server);
}

#[tokio::test]
async fn a_plain_request_goes_on_in_origin_form_without_headers_for_the_proxy() {
    let scope = TaskScope::default();
    let server = origin(&scope).await;
    let (port, _log) = proxy(&scope, EgressMode::Public, &[format!("127.0.0.1:{server}")]).await;
    let request = format!(
        "GET http://127.0.0.1:{server}/a?b=c HTTP/1.1\r\nHost: elsewhere\r\nX-Own: kept\r\n\
         Proxy-Authorization: Basic c2VjcmV0\r\nConnection: close, X-Hop\r\nX-Hop: gone\r\n\r\n"
    );
    let answer = exchange(port, &request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(!head.to_lowercase().contains("keep-alive:"), "{answer}");
    let body = body.to_lowercase();
    assert!(body.starts_with("get /a?b=c http/1.1\r\n"), "{body}");
    assert!(body.contains(&format!("host: 127.0.0.1:{server}\r\n")), "{body}");
    assert!(body.contains("x-own: kept"), "{body}");
    for gone in ["elsewhere", "proxy-authorization", "x-hop", "connection"] {
        assert!(!body.contains(gone), "{gone}: {body}");
    }
}

#[tokio::test]
async fn what_the_policy_refuses_is_told_and_logged() {
    let scope = TaskScope::default();
    let server = origin(&scope).await;
    let (port, log) = proxy(&scope, EgressMode::Public, &[]).await;
    for target in [
        format!("127.0.0.1:{server}"),
        format!("localhost:{server}"),
        format!("[::ffff:127.0.0.1]:{server}"),
    ] {
        let answer =
            exchange(port, &format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{target}: {answer}");
        assert!(answer.contains("policy \"public\""), "{answer}");
        assert!(answer.contains(&format!("--egress-allow {target}")), "{answer}");
    }
    assert!(matches!(logged(&log).await.outcome, Outcome::Refused(_)));
    let (port, _log) = proxy(&scope, EgressMode::Off, &["127.0.0.1".to_owned()]).await;
    let answer = exchange(port, &format!("GET http://127.0.0.1:{server}/ HTTP/1.1\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_bad_gateway() {
    let scope = TaskScope::default();
    let (port, log) = proxy(&scope, EgressMode::Public, &["127.0.0.1".to_owned()]).await;
    let answer = exchange(port, "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(matches!(logged(&log).await.outcome, Outcome::Failed(_)));
}

#[tokio::test]
async fn a_request_that_is_not_for_a_proxy_is_refused() {
    let scope = TaskScope::default();
    let (port, _log) = proxy(&scope, EgressMode::Public, &[]).await;
    for line in ["GET / HTTP/1.1", "GET https://a.example/ HTTP/1.1", "CONNECT a.example HTTP/1.1"]
    {
        let answer = exchange(port, &format!("{line}\r\nHost: a.example\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{line}: {answer}");
    }
}

#[tokio::test]
async fn an_open_tunnel_does_not_hold_a_server_that_stops() {
    let scope = TaskScope::default();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = silent.local_addr().unwrap().port();
    let proxied = scope.child();
    let allow = [format!("127.0.0.1:{server}")];
    let (port, _log) = proxy(&proxied, EgressMode::AllowList, &allow).await;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let connect = format!("CONNECT 127.0.0.1:{server} HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(connect.as_bytes()).await.unwrap();
    let _accepted = silent.accept().await.unwrap();
    assert!(scope.shutdown(Duration::from_secs(3600)).await);
}
