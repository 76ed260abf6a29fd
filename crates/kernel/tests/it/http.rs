//! Refusals, roles and the small routes.

use crate::world::World;
use http::{Method, StatusCode};
use kernel::{Access, Config, Listen, Server, StateDirectory};
use protocol::WorkspaceId;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn unknown_paths_and_methods_are_json_errors() {
    let world = World::start().await;
    world.get("/api/v1/nothing").await.refused(StatusCode::NOT_FOUND, "not_found");
    world.get("/nothing").await.refused(StatusCode::NOT_FOUND, "not_found");
    let wrong = world.request(Method::DELETE, "/api/v1/state", "owner", None).await;
    wrong.refused(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
    world.get("/api/v1/ws").await.refused(StatusCode::UPGRADE_REQUIRED, "upgrade_required");
    let broken = world.request(Method::PUT, "/api/v1/settings", "editor", Some(json!("x"))).await;
    broken.refused(StatusCode::BAD_REQUEST, "invalid_request");
    let from = world.get("/api/v1/events?from=minus").await;
    from.refused(StatusCode::BAD_REQUEST, "invalid_request");
    assert_eq!(world.get("/health").await.expect(StatusCode::OK), json!({"status": "ok"}));
    world.end().await;
}

// covers: S1.73
#[tokio::test]
async fn a_viewer_changes_nothing() {
    let world = World::start().await;
    for (method, path) in [
        (Method::POST, "/api/v1/session/start"),
        (Method::POST, "/api/v1/session/stop"),
        (Method::POST, "/api/v1/dev-server/start"),
        (Method::POST, "/api/v1/terminals"),
        (Method::PUT, "/api/v1/settings"),
        (Method::PUT, "/api/v1/files/a.txt"),
        (Method::POST, "/api/v1/fs/mkdir"),
        (Method::POST, "/api/v1/processes/1/signal"),
        (Method::POST, "/api/v1/setup"),
    ] {
        let answer = world.request(method, path, "viewer", Some(json!({}))).await;
        answer.refused(StatusCode::FORBIDDEN, "forbidden");
    }
    let setup = json!({"kind": "empty"});
    let answer = world.request(Method::POST, "/api/v1/setup", "editor", Some(setup)).await;
    answer.refused(StatusCode::FORBIDDEN, "forbidden");
    let answer = world.request(Method::GET, "/api/v1/state", "viewer", None).await;
    assert_eq!(answer.expect(StatusCode::OK)["status"], "idle");
    let answer = world.request(Method::GET, "/api/v1/state", "root", None).await;
    answer.refused(StatusCode::FORBIDDEN, "forbidden");
    world.end().await;
}

// covers: S2.58
#[tokio::test]
async fn files_are_uploaded_listed_read_written_and_deleted() {
    let world = World::start().await;
    let file = "/api/v1/files/src/a%20b.txt";
    world.put("src/a%20b.txt", "one\n", None).await.expect(StatusCode::CREATED);
    world.put("src/a%20b.txt", "two\n", None).await.expect(StatusCode::OK);
    assert_eq!(world.read("src/a b.txt"), "two\n");
    let listed = world.get("/api/v1/tree?path=src").await.expect(StatusCode::OK);
    assert_eq!(listed["entries"][0]["name"], "a b.txt");
    let read = world.get(file).await;
    assert_eq!((read.status, read.text.as_str()), (StatusCode::OK, "two\n"));
    let answer = world.request(Method::DELETE, file, "editor", None).await;
    answer.expect(StatusCode::NO_CONTENT);
    assert!(!world.path("src/a b.txt").exists());
    world.get(file).await.refused(StatusCode::NOT_FOUND, "not_found");
    world.end().await;
}

// covers: S2.50, S2.51, S2.52, S2.53
#[tokio::test]
async fn processes_are_listed_measured_and_signalled() {
    let world = World::running().await;
    let body = json!({"command": ["sleep", "1234"]});
    let info = world.post("/api/v1/terminals", body).await.expect(StatusCode::CREATED);
    let list = world.get("/api/v1/processes").await.expect(StatusCode::OK);
    let found = list.as_array().unwrap().iter().find(|it| it["pid"] == info["pid"]).unwrap();
    assert_eq!(found["command"], "sleep 1234");
    let stats = world.get("/api/v1/stats").await.expect(StatusCode::OK);
    assert!(stats["memory_used_bytes"].as_u64().unwrap() > 0);

    let path = format!("/api/v1/processes/{}/signal", info["pid"]);
    let unknown = world.post(&path, json!({"signal": "SEGV"})).await;
    unknown.refused(StatusCode::BAD_REQUEST, "invalid_request");
    let ours = format!("/api/v1/processes/{}/signal", std::process::id());
    let ours = world.post(&ours, json!({"signal": "TERM"})).await;
    ours.refused(StatusCode::NOT_FOUND, "not_found");
    world.post(&path, json!({"signal": "TERM"})).await.expect(StatusCode::NO_CONTENT);
    world.until(|it| it.terminals.is_empty()).await;
    world.end().await;
}

#[tokio::test]
async fn settings_are_replaced_as_a_whole_and_nonsense_is_refused() {
    let world = World::start().await;
    let settings = json!({"command": "make run", "port": 4321, "restart": "never"});
    let path = "/api/v1/settings";
    let put = world.request(Method::PUT, path, "editor", Some(settings)).await;
    let put = put.expect(StatusCode::OK);
    assert_eq!((&put["command"], &put["terminal_clipboard"]), (&json!("make run"), &json!(true)));
    let zero = world.request(Method::PUT, path, "editor", Some(json!({"port": 0}))).await;
    zero.refused(StatusCode::BAD_REQUEST, "invalid_request");
    assert_eq!(world.get(path).await.expect(StatusCode::OK), put);
    world.end().await;
}

#[tokio::test]
async fn alone_in_a_container_a_token_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let root = directory.path().join("workspace");
    std::fs::create_dir(&root).unwrap();
    let config = Config {
        listen: Listen::Tcp(free),
        state_directory: StateDirectory::Path(directory.path().join("state")),
        access: Access::Token("secret".to_owned()),
        init: false,
        ..Config::inherited(WorkspaceId::from_random(1), root, directory.path().to_owned())
    };
    let server = Server::start(config).await.unwrap();
    for (authorization, status) in [("Bearer wrong", "401"), ("Bearer secret", "200")] {
        let mut stream = tokio::net::TcpStream::connect(free).await.unwrap();
        let request = format!(
            "GET /api/v1/state HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\n\
             connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    assert!(server.shutdown().await);
}
