//! Bodies stream both ways, end as they end, and break as they break.

use crate::world::{DEADLINE, Peer, World, echo};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

/// More than all buffers on the way hold together.
const LARGE: usize = 64 * 1024 * 1024;
/// Long enough for a copy of [`LARGE`] into memory, if anybody made one.
const STALL: Duration = Duration::from_millis(500);

// covers: S0.26
#[tokio::test]
async fn a_request_and_its_body_arrive_as_they_were_sent() {
    let world = World::new(echo).await;
    let answer = world
        .exchange("PUT /a%20b/?c=%2F HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("put /a%20b/?c=%2f http/1.1\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
}

#[tokio::test]
async fn a_chunked_upload_stays_chunked_whatever_the_method() {
    for method in ["POST", "GET"] {
        let world = World::new(|mut peer: Peer, _| async move {
            let head = peer.head().await.unwrap();
            assert!(head.contains("\r\ntransfer-encoding: chunked\r\n"), "{head}");
            let body = peer.until("0\r\n\r\n").await;
            peer.send(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
                .await;
        })
        .await;
        let answer = world
            .exchange(&format!(
                "{method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                 3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
            ))
            .await;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(body.replace("\r\n", ""), "3abc2de0", "{method}");
    }
}

#[tokio::test]
async fn events_arrive_as_they_are_sent() {
    let go_on = Arc::new(Notify::new());
    let waiting = Arc::clone(&go_on);
    let world = World::new(move |mut peer: Peer, _| {
        let waiting = Arc::clone(&waiting);
        async move {
            peer.request().await.unwrap();
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
                .await;
            waiting.notified().await;
            peer.send("data: 2\n\n").await;
        }
    })
    .await;
    let mut client = world.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.until("data: 1\n\n").await;
    go_on.notify_one();
    client.until("data: 2\n\n").await;
    client.until("0\r\n\r\n").await;
}

#[tokio::test]
async fn a_client_that_does_not_read_slows_the_upstream_down() {
    let stalled = Arc::new(Notify::new());
    let told = Arc::clone(&stalled);
    let world = World::new(move |mut peer: Peer, _| {
        let told = Arc::clone(&told);
        async move {
            peer.request().await.unwrap();
            peer.send(&format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n")).await;
            let body = vec![b'x'; LARGE];
            let mut writing = std::pin::pin!(peer.stream.write_all(&body));
            let all_taken = tokio::time::timeout(STALL, writing.as_mut()).await.is_ok();
            assert!(!all_taken, "somebody on the way holds the whole body");
            told.notify_one();
            writing.await.unwrap();
        }
    })
    .await;
    let mut client = world.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    stalled.notified().await;
    client.head().await.unwrap();
    let mut read = 0;
    while read < LARGE {
        read += client.read.len();
        client.read.clear();
        assert!(read == LARGE || client.fill().await);
    }
    assert!(!world.live.scope.has_failed());
}

#[tokio::test]
async fn an_upstream_that_does_not_read_slows_the_client_down() {
    let go_on = Arc::new(Notify::new());
    let waiting = Arc::clone(&go_on);
    let world = World::new(move |mut peer: Peer, _| {
        let waiting = Arc::clone(&waiting);
        async move {
            peer.head().await.unwrap();
            waiting.notified().await;
            let mut read = peer.read.len();
            while read < LARGE {
                peer.read.clear();
                assert!(peer.fill().await);
                read += peer.read.len();
            }
            peer.send(&format!(
                "HTTP/1.1 201 Created\r\nX-Read: {read}\r\nContent-Length: 0\r\n\r\n"
            ))
            .await;
        }
    })
    .await;
    let mut client = world.client().await;
    client.send(&format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE}\r\n\r\n")).await;
    let body = vec![b'x'; LARGE];
    {
        let mut upload = std::pin::pin!(client.stream.write_all(&body));
        let all_taken = tokio::time::timeout(STALL, upload.as_mut()).await.is_ok();
        assert!(!all_taken, "somebody on the way holds the whole body");
        go_on.notify_one();
        upload.await.unwrap();
    }
    let head = client.head().await.unwrap();
    assert!(head.contains(&format!("x-read: {LARGE}\r\n")), "{head}");
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_upload_is_heard() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.head().await.unwrap();
        peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge").await;
        peer.rest().await;
    })
    .await;
    let mut client = world.client().await;
    client
        .send(&format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE}\r\n\r\nstart"))
        .await;
    assert!(client.head().await.unwrap().starts_with("http/1.1 413"));
    assert_eq!(client.bytes(5).await, b"large");
}

#[tokio::test]
async fn both_bodies_flow_at_the_same_time() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.head().await.unwrap();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        for word in ["one", "two"] {
            peer.until(word).await;
            peer.send(&format!("3\r\n{word}\r\n")).await;
        }
        peer.until("0\r\n\r\n").await;
        peer.send("0\r\n\r\n").await;
    })
    .await;
    let mut client = world.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    client.head().await.unwrap();
    for word in ["one", "two"] {
        client.send(&format!("3\r\n{word}\r\n")).await;
        client.until(word).await;
    }
    client.send("0\r\n\r\n").await;
    client.until("0\r\n\r\n").await;
}

#[tokio::test]
async fn a_chunked_answer_that_also_names_a_length_comes_whole() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.request().await.unwrap();
        peer.send(
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nwhole\r\n0\r\n\r\n",
        )
        .await;
    })
    .await;
    let answer = world.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_ascii_lowercase().contains("content-length"), "{head}");
    assert_eq!(body, "5\r\nwhole\r\n0\r\n\r\n");
}

#[tokio::test]
async fn an_answer_may_have_hundreds_of_headers() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.request().await.unwrap();
        let many: Vec<String> = (0..300).map(|it| format!("X-{it}: a\r\n")).collect();
        let many = many.concat();
        peer.send(&format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 2\r\n\r\nok")).await;
    })
    .await;
    let answer = world.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("x-299: a"), "{answer}");
}

#[tokio::test]
async fn headers_that_browsers_forgive_are_forgiven() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.request().await.unwrap();
        peer.send(
            "HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nX-Spaced : c\r\nbad header: d\r\n\
             Content-Length: 2\r\n\r\nok",
        )
        .await;
    })
    .await;
    let mut client = world.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let head = client.head().await.unwrap();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("x-spaced: c\r\n") && !head.contains("bad"), "{head}");
    assert!(!head.contains("\r\n b"), "{head}");
    assert_eq!(client.bytes(2).await, b"ok");
}

#[tokio::test]
async fn a_body_that_breaks_off_does_not_look_complete() {
    for framing in ["Content-Length: 10", "Transfer-Encoding: chunked"] {
        let world = World::new(move |mut peer: Peer, _| async move {
            peer.request().await.unwrap();
            peer.send(&format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n5\r\nhello")).await;
        })
        .await;
        let mut client = world.client().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        // What was on its way may be lost with the connection; nothing may look like an end.
        let answer = client.rest().await;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        assert!(body.len() < 10 && !body.contains("0\r\n\r\n"), "{framing}: {answer:?}");
    }
}

#[tokio::test]
async fn a_client_is_told_to_continue_before_it_sends_its_body() {
    let world = World::new(echo).await;
    let mut client = world.client().await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        .await;
    assert_eq!(client.head().await.unwrap(), "http/1.1 100 continue\r\n\r\n");
    client.send("hello").await;
    let head = client.head().await.unwrap();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let body = client.until("hello").await;
    assert!(!body.contains("expect"), "{body}");
}

#[tokio::test]
async fn answers_without_a_body_keep_their_headers() {
    for (method, status, fields) in [
        ("HEAD", "200 OK", "Content-Length: 12345"),
        ("GET", "304 Not Modified", "ETag: \"x\""),
        ("GET", "204 No Content", "X-App: 1"),
        ("GET", "206 Partial Content", "Content-Range: bytes 0-0/9\r\nContent-Length: 0"),
    ] {
        let world = World::new(move |mut peer: Peer, _| async move {
            while peer.request().await.is_some() {
                peer.send(&format!("HTTP/1.1 {status}\r\n{fields}\r\n\r\n")).await;
            }
        })
        .await;
        let mut client = world.client().await;
        for _ in 0..2 {
            client.send(&format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n")).await;
            let head = client.head().await.unwrap();
            assert!(
                head.starts_with(&format!("http/1.1 {}", status.to_ascii_lowercase())),
                "{head}"
            );
            for field in fields.lines() {
                assert!(head.contains(&field.to_ascii_lowercase()), "{head}");
            }
        }
        assert_eq!(world.upstream.connections(), 1, "{method} {status}");
    }
}

#[tokio::test]
async fn an_old_upstream_that_ends_its_body_by_closing_is_understood() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.request().await.unwrap();
        peer.send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello").await;
    })
    .await;
    let mut client = world.client().await;
    for _ in 0..2 {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(client.head().await.unwrap().starts_with("http/1.1 200"));
        assert_eq!(client.until("0\r\n\r\n").await, "5\r\nhello\r\n0\r\n\r\n");
    }
}

#[tokio::test]
async fn whoever_loses_access_stops_receiving() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.request().await.unwrap();
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n").await;
        assert_eq!(peer.rest().await, "", "the upstream is told by a closed connection");
    })
    .await;
    let mut client = world.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.until("data: 1\n\n").await;
    world.live.cancel.cancel();
    assert!(!client.rest().await.contains("0\r\n\r\n"));
    let late = world.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(late.ends_with("access was revoked"), "{late}");
    assert!(!world.live.scope.has_failed());
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_upstreams_work() {
    let gone = Arc::new(Notify::new());
    let told = Arc::clone(&gone);
    let world = World::new(move |mut peer: Peer, _| {
        let told = Arc::clone(&told);
        async move {
            peer.request().await.unwrap();
            peer.rest().await;
            told.notify_one();
        }
    })
    .await;
    let mut client = world.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    while world.upstream.connections() == 0 {
        tokio::task::yield_now().await;
    }
    drop(client);
    tokio::time::timeout(DEADLINE, gone.notified()).await.unwrap();
}

#[tokio::test]
async fn http_2_in_front_becomes_http_1_behind() {
    let world = World::new(echo).await;
    let stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    world.live.scope.spawn("client", async move { drop(connection.await) });
    let request = http::Request::get("http://front:80/path?q")
        .header("cookie", "a=1")
        .header("cookie", "stead_session=secret")
        .header("cookie", "b=2")
        .body(Empty::<Bytes>::new())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body);
    let mut lines: Vec<&str> = body.trim_end().lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["cookie: a=1; b=2", "get /path?q http/1.1", "host: upstream"]);
}
