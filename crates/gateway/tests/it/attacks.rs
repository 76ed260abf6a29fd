//! Requests that no well-meaning client sends, byte by byte.

use crate::world::{DEADLINE, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_request_with_two_minds_is_refused() {
    let world = World::new().await;
    for (request, status) in [
        ("GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
        ("GET http://evil.example/api/v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("GET /api/v1/me HTTP/1.1\r\n\r\n", 400),
        ("GET /api/v1/me HTTP/1.1\r\nHost: local host\r\n\r\n", 421),
        (
            "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
        ),
        ("GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        ("GET /a\0b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n", 405),
        ("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    ] {
        assert_eq!(send(&world, request).await, Some(status), "{request}");
    }
}

#[tokio::test]
async fn paths_that_climb_reach_nothing_else() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    for (path, status) in [
        ("/api/v1/workspaces/../me".to_owned(), 404),
        (format!("/api/v1/workspaces/{id}/../../me"), 404),
        (format!("/api/v1/workspaces/{id}/%2e%2e/state"), 404),
        (format!("/api/v1/workspaces/{id}/files/../state"), 400),
        (format!("/api/v1/workspaces/{id}/files/a/%2E%2e/state"), 400),
        (format!("/indexes/userspace/workspaces/{id}/preview/../../x"), 400),
        (format!("/api/v1/workspaces/{id}//state"), 404),
        (format!("//api/v1/workspaces/{id}/state"), 404),
        ("/api/v1/workspaces/%2e%2e/state".to_owned(), 400),
    ] {
        let mut client = owner.clone();
        client.headers.remove("accept");
        assert_eq!(client.get(&path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn heads_without_end_are_cut_off() {
    let world = World::new().await;
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nx: {}\r\n\r\n", "a".repeat(1 << 20));
    assert!(matches!(send(&world, &long).await, Some(431) | None));
    let many = "x: y\r\n".repeat(5000);
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    assert!(matches!(send(&world, &many).await, Some(431 | 400) | None));
    assert_eq!(world.stranger().get("/health").await.status, 200);
}

/// The status of the answer; `None` when the connection was cut without one.
async fn send(world: &World, request: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    // A gateway that has seen enough may close before everything is sent.
    drop(stream.write_all(request.as_bytes()).await);
    let mut head = Vec::new();
    let reading = async {
        let mut buffer = [0; 512];
        while !head.windows(2).any(|it| it == b"\r\n") {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(length) => head.extend_from_slice(&buffer[..length]),
            }
        }
    };
    tokio::time::timeout(DEADLINE, reading).await.expect("an answer or an end in time");
    let line = String::from_utf8_lossy(&head).into_owned();
    line.split(' ').nth(1)?.parse().ok()
}
