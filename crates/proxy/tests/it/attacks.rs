//! What a hostile client may send on a raw socket.

use crate::world::{Peer, World, echo};
use std::sync::{Arc, Mutex};

/// A world whose upstream writes down every byte it gets.
async fn recording() -> (World, Arc<Mutex<Vec<u8>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let writing = Arc::clone(&seen);
    let world = World::new(move |mut peer: Peer, _| {
        let seen = Arc::clone(&writing);
        async move {
            while peer.fill().await {
                seen.lock().unwrap().append(&mut peer.read);
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
            }
        }
    })
    .await;
    (world, seen)
}

// covers: S0.57
#[tokio::test]
async fn ambiguous_requests_reach_no_upstream() {
    let (world, seen) = recording().await;
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET relative HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: a\r\nUpgrade: b\r\nConnection: upgrade\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    ] {
        let mut client = world.client().await;
        client.send(request).await;
        tokio::io::AsyncWriteExt::shutdown(&mut client.stream).await.unwrap();
        let answer = client.rest().await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{request:?} got {answer:?}");
    }
    assert_eq!(String::from_utf8_lossy(&seen.lock().unwrap()), "");
}

#[tokio::test]
async fn a_coding_that_nobody_takes_off_is_not_forwarded() {
    let (world, seen) = recording().await;
    for coding in ["gzip, chunked", "GZip ,\tchunked", "gzip\r\nTransfer-Encoding: chunked"] {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {coding}\r\n");
        let answer = world.exchange(&format!("{head}Connection: close\r\n\r\n0\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 501"), "{coding:?} got {answer:?}");
    }
    assert_eq!(String::from_utf8_lossy(&seen.lock().unwrap()), "");
}

/// Heads that come in pieces mean what they mean in one.
#[tokio::test]
async fn a_head_in_pieces_is_the_same_head() {
    let (world, seen) = recording().await;
    let whole = "GET /one HTTP/1.1\r\nHost: a\r\nStead-Role: owner\r\nX-App: 1\r\n\
                 Cookie: stead_session=secret; app=1\r\nConnection: close, x-app\r\n\r\n";
    let upstream = async |cut: &[usize]| {
        seen.lock().unwrap().clear();
        let mut client = world.client().await;
        let mut start = 0;
        for end in cut.iter().copied().chain([whole.len()]) {
            client.send(&whole[start..end]).await;
            tokio::task::yield_now().await;
            start = end;
        }
        let answer = client.rest().await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{cut:?} got {answer:?}");
        String::from_utf8(seen.lock().unwrap().clone()).unwrap().to_ascii_lowercase()
    };
    let expected = upstream(&[]).await;
    assert!(!expected.contains("stead-role") && !expected.contains("x-app"), "{expected}");
    for at in 1..whole.len() {
        assert_eq!(upstream(&[at]).await, expected, "cut at {at}");
    }
    let every: Vec<usize> = (1..whole.len()).collect();
    assert_eq!(upstream(&every).await, expected, "byte by byte");
}

#[tokio::test]
async fn two_framings_become_one_and_end_the_connection() {
    let (world, seen) = recording().await;
    for fields in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 6",
    ] {
        seen.lock().unwrap().clear();
        let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        let answer = world
            .exchange(&format!(
                "POST /one HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n0\r\n\r\n{smuggled}"
            ))
            .await;
        let seen = String::from_utf8(seen.lock().unwrap().clone()).unwrap().to_ascii_lowercase();
        assert!(!seen.contains("smuggled"), "{seen}");
        assert!(!seen.contains("content-length"), "{seen}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_malformed_body_is_the_clients_fault() {
    let (world, _) = recording().await;
    for body in ["0x5\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFFF\r\nhello", "5;a\nhello\r\n"] {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = world.exchange(&format!("{head}{body}")).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{body:?} got {answer:?}");
    }
}

// covers: S0.55, S0.57
#[tokio::test]
async fn reserved_and_hop_by_hop_headers_stay_here() {
    let world = World::new(echo).await;
    let answer = world
        .exchange(
            "GET http://front/path?q HTTP/1.1\r\nHost: front\r\nStead-Role: owner\r\n\
             Connection: close, stead-role, x-named\r\nX-Named: 1\r\nKeep-Alive: timeout=9\r\n\
             Proxy-Authorization: Basic eA==\r\nTE: trailers\r\nTrailer: x\r\n\
             X-Forwarded-For: 6.6.6.6\r\nCookie: stead_session=secret; app=1\r\nX-App: 1\r\n\r\n",
        )
        .await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = body.trim_end().lines().collect();
    assert_eq!(lines.remove(0), "get /path?q http/1.1");
    lines.sort_unstable();
    assert_eq!(lines, ["cookie: app=1", "host: upstream", "x-app: 1"]);
}

// covers: S0.56
#[tokio::test]
async fn hop_by_hop_headers_of_an_answer_stay_here() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.request().await.unwrap();
        peer.send(
            "HTTP/1.1 200 OK\r\nConnection: close, x-named\r\nX-Named: 1\r\nStead-Role: owner\r\n\
             Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nTrailer: x\r\nX-App: 1\r\n\
             Set-Cookie: __Host-stead-preview=evil\r\nSet-Cookie: a=1; Domain=localhost\r\n\
             Content-Length: 2\r\n\r\nok",
        )
        .await;
    })
    .await;
    let mut client = world.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let head = client.head().await.unwrap();
    let mut lines: Vec<&str> = head.trim_end().lines().skip(1).collect();
    lines.retain(|it| !it.starts_with("date: "));
    lines.sort_unstable();
    assert_eq!(lines, ["content-length: 2", "set-cookie: a=1", "x-app: 1"]);
    assert_eq!(client.bytes(2).await, b"ok");
}

#[tokio::test]
async fn an_upstream_that_does_not_speak_http_is_named() {
    let world = World::new(|mut peer: Peer, _| async move {
        peer.head().await.unwrap();
        peer.send("SSH-2.0-OpenSSH_9.9\r\n").await;
    })
    .await;
    let answer = world.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.ends_with("the upstream's answer is not valid HTTP"), "{answer}");
}
