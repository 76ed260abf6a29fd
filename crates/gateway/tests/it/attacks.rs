//! Requests that no well-meaning client sends: byte by byte, and from pages of others.

use crate::policy::ask;
use crate::world::{DEADLINE, World};
use gateway::routes;
use protocol::WorkspaceId;
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

/// Whatever the page: a stranger's, an app's in a preview, one in an opaque origin, or one that a
/// browser sends without saying where it comes from.
#[tokio::test]
async fn no_other_page_changes_anything_or_opens_a_channel_by_any_route() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let port = world.address.port();
    let preview = format!("http://5173--{}.localhost:{port}", id.body());
    let mut pages: Vec<_> = ["null", "http://evil.example", "http://localhost", &preview]
        .iter()
        .map(|it| owner.clone().with("origin", it).with("sec-fetch-mode", "no-cors"))
        .collect();
    let mut silent = owner.clone();
    silent.headers.remove("origin");
    pages.push(silent);
    for route in routes().filter(|it| it.signed_in && !matches!(it.method, "GET" | "ANY")) {
        for page in &pages {
            let status = ask(page, &route, &id).await;
            assert_eq!(status, 403, "{route:?} {:?}", page.headers.get("origin"));
        }
    }
    assert_eq!(owner.get(&format!("/api/v1/workspaces/{id}")).await.status, 200);
}

#[tokio::test]
async fn a_secret_in_an_address_is_no_credential() {
    let world = World::new().await;
    let owner = world.owner().await;
    let token = &world.cli_token;
    let cookie = owner.headers["cookie"].to_str().unwrap();
    let secret = cookie.split_once('=').unwrap().1;
    for query in [
        format!("token={token}"),
        format!("access_token={token}"),
        format!("api_key={token}"),
        format!("session={secret}"),
        cookie.to_owned(),
    ] {
        let path = format!("/api/v1/me?{query}");
        assert_eq!(world.stranger().get(&path).await.status, 401, "{query}");
    }
}

#[tokio::test]
async fn a_preview_is_of_one_port_of_one_workspace_and_of_nothing_else() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let (body, own) = (id.body(), world.address.port());
    for label in [
        format!("0--{body}"),
        format!("65536--{body}"),
        format!("-1--{body}"),
        format!("+80--{body}"),
        format!("080--{body}"),
        format!("80--80--{body}"),
        format!("127.0.0.1--{body}"),
        format!("80@evil.example--{body}"),
        format!("{body}.evil"),
        "localhost".to_owned(),
    ] {
        let host = format!("{label}.localhost:{own}");
        let answer = owner.clone().with("host", &host).get("/").await;
        assert_eq!(answer.status, 421, "{label}");
    }
    // Of a port that could be, a stranger and a stranger's socket see nothing.
    let host = format!("22--{body}.localhost:{own}");
    let stranger = world.stranger().with("host", &host);
    assert_eq!(stranger.get("/").await.status, 401);
    assert_eq!(stranger.open("/").await, 401);
    let unknown = format!("22--{}.localhost:{own}", WorkspaceId::from_random(3).body());
    let other = owner.with("host", &unknown).get("/").await;
    assert_eq!((other.status, other.text()), (401, stranger.get("/").await.text()));
}

#[tokio::test]
async fn a_body_that_is_framed_twice_is_passed_on_once() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let smuggled = "DELETE /api/v1/state HTTP/1.1\r\nHost: x\r\n\r\n";
    let request = format!(
        "PUT /api/v1/workspaces/{id}/files/a HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {}\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n{smuggled}",
        world.cli_token,
        smuggled.len() + 13,
    );
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // What comes behind the end is not read, so the connection may be reset.
    drop(tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await.unwrap());
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    if answer.starts_with("HTTP/1.1 200") {
        assert!(answer.contains(r#""body":"abc""#), "{answer}");
        let both =
            answer.contains(r#""content-length":"#) && answer.contains("\"transfer-encoding\":");
        assert!(!both, "{answer}");
    } else {
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
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
