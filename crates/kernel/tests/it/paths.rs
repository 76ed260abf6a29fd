//! What a hostile path or link may try on the routes of documents, searches, texts and language
//! servers. Those of files have their own in `kernel::files`.

use crate::world::{DEADLINE, World};
use futures_util::{SinkExt, StreamExt};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_tungstenite::tungstenite::Message;

const SECRET: &str = "the secret outside";
/// Both channels to a document.
const CHANNELS: [&str; 2] = ["documents", "text-sync"];
/// Routes that answer about the document at a path.
const READS: [&str; 2] = ["document-conflicts", "document-history"];

/// `text` as a part of a URL, every byte of it.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |text, it| format!("{text}%{it:02X}"))
}

/// A workspace beside something that nobody in it may reach.
async fn world() -> World {
    let world = World::start().await;
    let outside = world.directory.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("secret.txt"), SECRET).unwrap();
    world
}

/// Outside, everything is as it was.
fn assert_untouched(world: &World) {
    let outside = world.directory.path().join("outside");
    let names: Vec<_> = std::fs::read_dir(&outside).unwrap().map(|it| it.unwrap()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(std::fs::read_to_string(outside.join("secret.txt")).unwrap(), SECRET);
}

/// What a channel says before it is closed, and how it ends; open ones are left.
async fn channel(world: &World, route: &str, path: &str) -> (String, Option<u16>) {
    let mut socket = world.socket(&format!("/api/v1/{route}/{path}"), "editor").await;
    let mut said = String::new();
    loop {
        let next = tokio::time::timeout(DEADLINE, socket.next()).await.expect("silence");
        match next {
            Some(Ok(Message::Close(frame))) => return (said, frame.map(|it| it.code.into())),
            Some(Ok(Message::Text(text))) => {
                said.push_str(&text);
                if text.contains("\"snapshot\"") {
                    // It is open: what is written now goes to its file.
                    let update = json!({"type": "update", "version": 1, "content": "written"});
                    socket.send(Message::Text(update.to_string().into())).await.unwrap();
                }
                let is_open = said.contains("\"snapshot\"");
                if is_open && (text.contains("\"ack\"") || text.contains("\"error\"")) {
                    return (said, None);
                }
            }
            Some(Ok(Message::Binary(bytes))) => {
                said.push_str(&String::from_utf8_lossy(&bytes));
                return (said, None);
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return (said, Some(0)),
        }
    }
}

/// Tries a path on every route; none may open it, show what is outside, or change it.
async fn refused_everywhere(world: &World, path: &str) {
    let encoded = escaped(path);
    for route in CHANNELS {
        let (said, code) = channel(world, route, &encoded).await;
        assert!(code.is_some_and(|it| 4000 <= it), "{route} {path:?}: {code:?} {said}");
        assert!(!said.contains(SECRET), "{route} {path:?}");
    }
    for route in READS {
        let answer = world.get(&format!("/api/v1/{route}/{encoded}")).await;
        assert!(answer.status.is_client_error(), "{route} {path:?}: {}", answer.text);
        assert!(!answer.text.contains(SECRET));
    }
    let body = json!({"path": path, "line": 1, "column": 1, "new_name": "x"});
    let answer = world.post("/api/v1/language-servers/rename", body).await;
    assert!(answer.status.is_client_error(), "{path:?}: {}", answer.text);
    let start = json!({"line": 1, "column": 1});
    let body = json!({"path": path, "start": start, "end": start, "title": "x"});
    let answer = world.post("/api/v1/language-servers/action", body).await;
    assert!(answer.status.is_client_error(), "{path:?}: {}", answer.text);
    // The tag is the right one for the secret: only the path can save it.
    let tag = "\"ffffffffffffffffffffffffffffffff\"";
    let body = json!({
        "query": {"q": "secret", "replacement": "gone"},
        "files": [{"path": path, "etag": tag}],
    });
    let answer = world.post("/api/v1/search/replace", body).await;
    assert!(!answer.text.contains("\"changed\":1"), "{path:?}: {}", answer.text);
    assert_untouched(world);
}

// covers: S0.58
#[tokio::test]
async fn paths_that_leave_the_workspace_open_no_document_and_change_nothing() {
    let world = world().await;
    let long = format!("{}x", "d/".repeat(2_000));
    for path in [
        "../outside/secret.txt",
        "a/../../outside/secret.txt",
        "..%2Foutside%2Fsecret.txt",
        "%2e%2e/outside/secret.txt",
        "..\\outside\\secret.txt",
        "/etc/passwd",
        "a\0b",
        "a\nb",
        "./a",
        "a//b",
        // Case: what Git would read on another system.
        ".git/config",
        ".GIT/config",
        "sub/.Git/hooks/post-checkout",
        // Length: of a name, of the whole.
        &"n".repeat(256),
        &long,
    ] {
        refused_everywhere(&world, path).await;
    }
    // No UTF-8 at all: an overlong slash and dot.
    for path in ["%c0%ae%c0%ae%c0%af", "%ff", "%ed%a0%80"] {
        let answer = world.get(&format!("/api/v1/document-history/{path}")).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.text);
        let answer = world.get(&format!("/api/v1/files/{path}")).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.text);
    }
    world.end().await;
}

#[tokio::test]
async fn links_that_leave_the_workspace_open_no_document_and_change_nothing() {
    let world = world().await;
    std::fs::create_dir(world.path("d")).unwrap();
    let outside = world.directory.path().join("outside");
    symlink("../outside/secret.txt", world.path("relative.txt")).unwrap();
    symlink(outside.join("secret.txt"), world.path("absolute.txt")).unwrap();
    symlink("../outside", world.path("directory")).unwrap();
    symlink("../directory", world.path("d/chain")).unwrap();
    symlink("loop.txt", world.path("loop.txt")).unwrap();
    symlink("/proc/self/root", world.path("root")).unwrap();
    symlink("/proc/self/cwd", world.path("cwd")).unwrap();
    let below_root = format!("root{}", outside.join("secret.txt").display());
    for path in [
        "relative.txt",
        "absolute.txt",
        "directory/secret.txt",
        "directory/new.txt",
        "d/chain/secret.txt",
        "loop.txt",
        &below_root,
        "cwd/Cargo.toml",
    ] {
        refused_everywhere(&world, path).await;
    }
    let answer = world.get("/api/v1/search/content?q=secret&ignored=true").await;
    assert!(!answer.text.contains(SECRET) && !answer.text.contains("\"path\""), "{}", answer.text);
    let answer = world.get("/api/v1/search/names?q=secret").await;
    assert!(!answer.text.contains("secret.txt"), "{}", answer.text);
    world.end().await;
}

#[tokio::test]
async fn names_that_look_the_same_are_different_files() {
    let world = world().await;
    // Composed and decomposed, dots of another width, a name that reads backwards, a joiner in `.git`.
    let names = [
        "caf\u{e9}.txt",
        "cafe\u{301}.txt",
        "\u{ff0e}\u{ff0e}",
        "gnp\u{202e}.txt",
        ".g\u{200d}it",
        "CAF\u{c9}.txt",
    ];
    for (index, name) in names.iter().enumerate() {
        let answer = world.put(&escaped(name), &format!("file {index}"), None).await;
        assert!(answer.status.is_success(), "{name:?}: {}", answer.text);
    }
    for (index, name) in names.iter().enumerate() {
        assert_eq!(world.read(name), format!("file {index}"), "{name:?}");
        let (said, code) = channel(&world, "text-sync", &escaped(name)).await;
        assert_eq!(code, None, "{name:?}");
        assert!(said.contains(&format!("file {index}")), "{name:?}: {said}");
    }
    // Texts that were just written may have another file beside them for a moment.
    let entries = std::fs::read_dir(world.path("")).unwrap().map(|it| it.unwrap().file_name());
    let kept = entries.filter(|it| !it.as_encoded_bytes().starts_with(b".stead-tmp-"));
    assert_eq!(kept.count(), names.len());
    assert_untouched(&world);
    world.end().await;
}

/// Exchanges `d` and a link to the outside until it is told to stop.
fn swap(workspace: &Path, stop: &AtomicBool) -> u64 {
    let (one, two) = (workspace.join("d"), workspace.join("link"));
    let mut swaps = 0;
    while !stop.load(Ordering::Relaxed) {
        let here = rustix::fs::CWD;
        let flags = rustix::fs::RenameFlags::EXCHANGE;
        rustix::fs::renameat_with(here, &one, here, &two, flags).unwrap();
        swaps += 1;
    }
    swaps
}

#[tokio::test]
async fn a_directory_that_becomes_a_link_while_documents_open_and_searches_run_leads_nowhere() {
    let world = world().await;
    std::fs::create_dir(world.path("d")).unwrap();
    world.write("d/secret.txt", "inside");
    symlink("../outside", world.path("link")).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (told, at) = (Arc::clone(&stop), world.path(""));
    let swapping = tokio::task::spawn_blocking(move || swap(&at, &told));

    let (mut opened, mut refused) = (0, 0);
    for round in 0..60 {
        for route in CHANNELS {
            let (said, code) = channel(&world, route, "d/secret.txt").await;
            assert!(!said.contains(SECRET), "round {round}: {said}");
            *(if code.is_none() { &mut opened } else { &mut refused }) += 1;
        }
        let found = world.get("/api/v1/search/content?q=s&replacement=t&ignored=true").await;
        assert!(!found.text.contains("outside"), "round {round}: {}", found.text);
        for line in found.text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let file = &line["file"];
            let (Some(path), Some(etag)) = (file["path"].as_str(), file["etag"].as_str()) else {
                continue;
            };
            let body = json!({
                "query": {"q": "s", "replacement": "t"},
                "files": [{"path": path, "etag": etag}],
            });
            world.post("/api/v1/search/replace", body).await.expect(StatusCode::OK);
        }
        let put = world.put("d/new.txt", "new", None).await;
        assert!(put.status.is_success() || put.status.is_client_error(), "{}", put.text);
        let path = "/api/v1/files/d/new.txt";
        let gone = world.request(Method::DELETE, path, "editor", None).await;
        assert_ne!(gone.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", gone.text);
        assert_untouched(&world);
    }
    stop.store(true, Ordering::Relaxed);
    let swaps = swapping.await.unwrap();
    assert_untouched(&world);
    // Both happened, or the race was none.
    assert!(
        100 < swaps && 0 < opened && 0 < refused,
        "{swaps} swaps, {opened} opened, {refused} not"
    );
    world.end().await;
}
