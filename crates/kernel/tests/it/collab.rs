//! Documents for clients that send whole texts (S0.66), beside those that speak Yjs.

use crate::editor::{Editor, Got};
use crate::world::{DEADLINE, Socket, World};
use futures_util::{SinkExt, StreamExt};
use http::StatusCode;
use protocol::collab::{FromCollab, ToCollab};
use protocol::document::close;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

struct Tab {
    socket: Socket,
    text: String,
    version: u64,
}

impl Tab {
    /// Opens a file and reads the two frames that come first.
    async fn open(world: &World, path: &str, who: &str, role: &str) -> Self {
        let socket = Self::connect(world, path, who, role).await;
        let mut tab = Self { socket, text: String::new(), version: 0 };
        let first = tab.next().await;
        let FromCollab::Snapshot { file_path, read_only, .. } = &first else {
            panic!("the first frame was {first:?}");
        };
        assert_eq!((file_path.as_str(), *read_only), (path, role == "viewer"));
        let second = tab.next().await;
        let FromCollab::Presence { users } = &second else {
            panic!("the second frame was {second:?}");
        };
        assert!(users.iter().any(|it| it.user_id == format!("usr_{who}")), "oneself is among them");
        tab
    }

    async fn connect(world: &World, path: &str, who: &str, role: &str) -> Socket {
        let principal = format!("usr_{who}");
        let headers = [
            ("stead-role", role),
            ("stead-principal", principal.as_str()),
            ("stead-principal-name", who),
        ];
        world.socket_of(&format!("/api/v1/text-sync/{path}"), &headers).await
    }

    async fn message(&mut self) -> Message {
        let next = tokio::time::timeout(DEADLINE, self.socket.next()).await;
        let Ok(next) = next else { panic!("no frame in time after {:?}", self.text) };
        next.expect("a frame").unwrap()
    }

    /// The next frame; a text that comes with it is remembered.
    async fn next(&mut self) -> FromCollab {
        let message = self.message().await;
        let Message::Text(text) = &message else { panic!("no frame of text: {message:?}") };
        let frame = serde_json::from_str(text).unwrap();
        match &frame {
            FromCollab::Snapshot { version, content, .. }
            | FromCollab::Update { version, content, .. } => {
                (self.version, self.text) = (*version, content.clone());
            }
            FromCollab::Ack { version } => self.version = *version,
            _ => {}
        }
        frame
    }

    async fn until(&mut self, wanted: impl Fn(&FromCollab) -> bool) -> FromCollab {
        loop {
            let frame = self.next().await;
            if wanted(&frame) {
                return frame;
            }
        }
    }

    async fn until_shows(&mut self, text: &str) {
        while self.text != text {
            self.next().await;
        }
    }

    async fn send(&mut self, frame: &ToCollab) {
        self.socket.send(Message::text(serde_json::to_string(frame).unwrap())).await.unwrap();
    }

    async fn puts(&mut self, content: &str, version: u64) {
        self.send(&ToCollab::Update { content: content.to_owned(), version }).await;
    }

    async fn until_closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.message().await {
                return frame.unwrap().code.into();
            }
        }
    }
}

// covers: S0.30, S0.42, S0.66, U0.13
#[tokio::test]
async fn a_whole_text_reaches_everybody_and_the_file() {
    let world = World::start().await;
    std::fs::create_dir(world.path("notes")).unwrap();
    world.write("notes/a.txt", "one\n");
    let mut ada = Tab::open(&world, "notes/a.txt", "ada", "editor").await;
    let mut bob = Tab::open(&world, "notes/a.txt", "bob", "editor").await;
    let mut yjs = Editor::open(&world, "notes/a.txt", "eve", 7).await;
    assert_eq!((ada.version, ada.text.as_str()), (1, "one\n"));
    ada.puts("one\ntwo\n", 1).await;
    let ack = ada.until(|it| matches!(it, FromCollab::Ack { .. })).await;
    assert_eq!(ack, FromCollab::Ack { version: 2 });
    bob.until_shows("one\ntwo\n").await;
    assert_eq!(bob.version, 2);
    yjs.until_shows("one\ntwo\n").await;
    yjs.types(0, "zero\n").await;
    ada.until_shows("zero\none\ntwo\n").await;
    // A program's write comes the same way.
    yjs.until_ours(|it| {
        matches!(it, protocol::document::FromDocument::Saving { saving } if *saving
            == protocol::document::Saving::Saved)
    })
    .await;
    assert_eq!(world.read("notes/a.txt"), "zero\none\ntwo\n");
    // In one step: the kernel tells programs that are in the middle of a write by their processes,
    // and this one is its own.
    world.write("notes/new.txt", "zero\none\ntwo\nthree\n");
    std::fs::rename(world.path("notes/new.txt"), world.path("notes/a.txt")).unwrap();
    bob.until_shows("zero\none\ntwo\nthree\n").await;
    world.end().await;
}

// covers: S0.31
#[tokio::test]
async fn an_outdated_version_is_refused_and_the_text_follows() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Tab::open(&world, "a.txt", "ada", "editor").await;
    let mut bob = Tab::open(&world, "a.txt", "bob", "editor").await;
    ada.puts("ada\n", 1).await;
    bob.until_shows("ada\n").await;
    bob.puts("bob\n", 1).await;
    let refused = bob.until(|it| !matches!(it, FromCollab::Presence { .. })).await;
    assert!(matches!(refused, FromCollab::Error { .. }), "{refused:?}");
    let snapshot = bob.next().await;
    let FromCollab::Snapshot { content, version, .. } = snapshot else { panic!("{snapshot:?}") };
    assert_eq!((content.as_str(), version), ("ada\n", 2));
    bob.socket.send(Message::text("{")).await.unwrap();
    assert!(matches!(bob.next().await, FromCollab::Error { .. }));
    bob.puts("bob\n", version).await;
    ada.until_shows("bob\n").await;
    world.end().await;
}

// covers: S0.32, U0.14
#[tokio::test]
async fn presence_is_by_tab_and_shared_with_clients_of_yjs() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Tab::open(&world, "a.txt", "ada", "editor").await;
    let mut second = Tab::open(&world, "a.txt", "ada", "viewer").await;
    let count = |frame: &FromCollab, all: usize| matches!(frame, FromCollab::Presence { users } if users.len() == all);
    ada.until(|it| count(it, 2)).await;
    second.send(&ToCollab::Presence { cursor: json!({"line": 3}), selection: Value::Null }).await;
    let seen = ada
        .until(|it| {
            matches!(it, FromCollab::Presence { users }
                if users.iter().any(|it| it.cursor == json!({"line": 3})))
        })
        .await;
    let FromCollab::Presence { users } = seen else { unreachable!("it was just that") };
    assert!(users.iter().all(|it| it.user_id == "usr_ada" && it.updated_at.ends_with('Z')));
    let mut yjs = Editor::open(&world, "a.txt", "eve", 7).await;
    yjs.present(1, r#"{"cursor":{"anchor":1}}"#).await;
    second.send(&ToCollab::Presence { cursor: json!({"line": 4}), selection: Value::Null }).await;
    yjs.until(|it| {
        matches!(it, Got::Presence(others)
            if others.iter().any(|it| it.1["text_sync"]["cursor"]["line"] == 4))
    })
    .await;
    ada.until(|it| count(it, 3)).await;
    drop((second, yjs));
    ada.until(|it| count(it, 1)).await;
    world.end().await;
}

// covers: S0.47, S0.48
#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut eve = Tab::open(&world, "a.txt", "eve", "viewer").await;
    eve.puts("evil\n", 1).await;
    assert!(matches!(eve.next().await, FromCollab::Error { .. }));
    let mut ada = Tab::open(&world, "a.txt", "ada", "editor").await;
    assert_eq!(ada.text, "one\n");
    ada.puts("two\n", 1).await;
    eve.until_shows("two\n").await;
    world.end().await;
}

// covers: S0.33, U0.14
#[tokio::test]
async fn everybody_hears_of_files_and_a_rename_keeps_the_connection() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Tab::open(&world, "a.txt", "ada", "editor").await;
    let put = world.request(http::Method::PUT, "/api/v1/files/b.txt", "editor", None).await;
    put.expect(StatusCode::CREATED);
    ada.until(|it| matches!(it, FromCollab::FileCreated { file_path } if file_path == "b.txt"))
        .await;
    let body = json!({"from": "a.txt", "to": "sub/c.txt"});
    world.post("/api/v1/fs/rename", body).await.expect(StatusCode::OK);
    let renamed =
        FromCollab::FileRenamed { old_path: "a.txt".to_owned(), new_path: "sub/c.txt".to_owned() };
    ada.until(|it| *it == renamed).await;
    ada.puts("two\n", ada.version).await;
    ada.until(|it| matches!(it, FromCollab::Ack { .. })).await;
    let mut bob = Tab::open(&world, "sub/c.txt", "bob", "editor").await;
    assert_eq!(bob.text, "two\n");
    let delete = |path: &'static str| world.request(http::Method::DELETE, path, "editor", None);
    delete("/api/v1/files/b.txt").await.expect(StatusCode::NO_CONTENT);
    bob.until(|it| matches!(it, FromCollab::FileDeleted { file_path } if file_path == "b.txt"))
        .await;
    delete("/api/v1/files/sub/c.txt").await.expect(StatusCode::NO_CONTENT);
    assert_eq!((ada.until_closed().await, bob.until_closed().await), (close::GONE, close::GONE));
    let missing = Tab::connect(&world, "nothing.txt", "ada", "editor").await;
    let mut missing = Tab { socket: missing, text: String::new(), version: 0 };
    assert!(matches!(missing.next().await, FromCollab::Error { .. }));
    assert_eq!(missing.until_closed().await, close::NOT_FOUND);
    world.end().await;
}
