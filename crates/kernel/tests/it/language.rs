//! Language servers, with the real `typescript-language-server` and live documents.

use crate::editor::Editor;
use crate::world::{DEADLINE, Socket, World};
use futures_util::{SinkExt, StreamExt};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tokio_tungstenite::tungstenite::Message;

/// Where `npm ci` put the servers that tests run.
fn servers() -> PathBuf {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/node_modules");
    assert!(at.join("typescript").exists(), "run `npm ci` in crates/kernel/tests/servers");
    at
}

/// A running session over a small project with a language server of its own.
async fn project(files: &[(&str, &str)]) -> World {
    let world = World::running().await;
    symlink(servers(), world.path("node_modules")).unwrap();
    world.write("tsconfig.json", r#"{"compilerOptions": {"strict": true, "module": "esnext"}}"#);
    for (name, text) in files {
        world.write(name, text);
    }
    world
}

/// A client of a language server.
struct Client {
    socket: Socket,
    next: u64,
    root: String,
    /// What the server said about files by itself, the last for each.
    diagnostics: Vec<(String, Value)>,
    status: Value,
}

impl Client {
    async fn open(world: &World, role: &str) -> Self {
        let socket = world.socket("/api/v1/language-servers/typescript?stead=1", role).await;
        let root = format!("file://{}", world.path("").display());
        let root = root.trim_end_matches('/').to_owned();
        Self { socket, next: 1, root, diagnostics: Vec::new(), status: Value::Null }
    }

    async fn send(&mut self, message: Value) {
        self.socket.send(Message::Text(message.to_string().into())).await.unwrap();
    }

    async fn looks_at(&mut self, name: &str) {
        let uri = format!("{}/{name}", self.root);
        let params = json!({"textDocument": {"uri": uri}});
        self.send(json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": params}))
            .await;
    }

    /// The next message, after what it says by itself was noted.
    async fn next(&mut self) -> Value {
        loop {
            let next = tokio::time::timeout(DEADLINE, self.socket.next()).await;
            let Some(Ok(message)) = next.expect("silence") else { panic!("the channel ended") };
            let Message::Text(text) = message else { continue };
            let mut message: Value = serde_json::from_str(&text).unwrap();
            match message["method"].as_str() {
                Some("stead/status") => self.status = message["params"].take(),
                Some("textDocument/publishDiagnostics") => {
                    let uri = message["params"]["uri"].as_str().unwrap().to_owned();
                    let name = uri.strip_prefix(&self.root).unwrap()[1..].to_owned();
                    self.diagnostics.push((name, message["params"]["diagnostics"].take()));
                }
                _ => return message,
            }
            if message["method"] != Value::Null {
                return message;
            }
        }
    }

    async fn until_status(&mut self, status: &str) {
        while self.status["status"] != status {
            self.next().await;
        }
    }

    /// Waits until the server says about a file what is wanted.
    async fn until_diagnosed(&mut self, name: &str, wanted: impl Fn(&[Value]) -> bool) {
        while !self.diagnostics.iter().any(|it| it.0 == name && wanted(it.1.as_array().unwrap())) {
            self.next().await;
        }
        self.diagnostics.clear();
    }

    /// Asks, and waits for the answer.
    async fn ask(&mut self, method: &str, name: &str, more: Value) -> Value {
        let id = self.next;
        self.next += 1;
        let mut params = json!({"textDocument": {"uri": format!("{}/{name}", self.root)}});
        for (key, value) in more.as_object().into_iter().flatten() {
            params[key] = value.clone();
        }
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await;
        loop {
            let message = self.next().await;
            if message["id"] == id {
                return message;
            }
        }
    }
}

fn place(line: u32, character: u32) -> Value {
    json!({"position": {"line": line, "character": character}})
}

const A: &str = "export function greet(name: string) {\n  return `Hello ${name}`;\n}\n";
const B: &str = "import { greet } from \"./a\";\n\nconst said: string = greet(\"x\");\n";

#[tokio::test]
async fn people_share_one_server_that_knows_what_they_type_before_it_is_saved() {
    let world = project(&[("a.ts", A), ("b.ts", B)]).await;
    let answer = world.get("/api/v1/language-servers?path=b.ts").await.expect(StatusCode::OK);
    assert_eq!(answer[0]["language"], "typescript");
    assert_eq!(answer[0]["program"], "node_modules/.bin/typescript-language-server");
    assert_eq!(answer[0]["status"], "idle");

    let (mut one, mut two) =
        (Client::open(&world, "editor").await, Client::open(&world, "editor").await);
    one.looks_at("b.ts").await;
    two.looks_at("b.ts").await;
    one.until_status("ready").await;
    two.until_status("ready").await;

    let hover = one.ask("textDocument/hover", "b.ts", place(2, 22)).await;
    let text = hover["result"]["contents"]["value"].as_str().unwrap();
    assert!(text.contains("greet(name: string): string"), "{text}");
    let found = two.ask("textDocument/definition", "b.ts", place(2, 22)).await;
    let target = &found["result"][0];
    assert!(target["uri"].as_str().unwrap().ends_with("/a.ts"), "{found}");
    assert_eq!(target["range"]["start"]["line"], 0);
    let context = json!({"position": {"line": 2, "character": 22},
        "context": {"includeDeclaration": true}});
    let found = two.ask("textDocument/references", "b.ts", context).await;
    assert_eq!(found["result"].as_array().unwrap().len(), 3, "{found}");

    // What is typed is known at once, to both, and is in no file yet.
    let mut editor = Editor::open(&world, "b.ts", "ada", 11).await;
    editor.types(0, "const wrong: number = \"no\";\n").await;
    let is_wrong = |it: &[Value]| it.iter().any(|it| it["code"] == 2322);
    one.until_diagnosed("b.ts", is_wrong).await;
    two.until_diagnosed("b.ts", is_wrong).await;
    let update = editor.change(0, 28, "// \u{1f600}\n");
    editor.send_update(&update).await;
    one.until_diagnosed("b.ts", |it| !is_wrong(it)).await;
    let more = json!({"position": {"line": 3, "character": 23}});
    let completion = one.ask("textDocument/completion", "b.ts", more).await;
    let items = &completion["result"]["items"];
    let names: Vec<&str> =
        items.as_array().unwrap().iter().filter_map(|it| it["label"].as_str()).collect();
    assert!(names.contains(&"greet"), "{names:?}");

    // Who comes later is told what is wrong, and may look and not change.
    let mut viewer = Client::open(&world, "viewer").await;
    let hover = viewer.ask("textDocument/hover", "b.ts", place(3, 22)).await;
    assert!(hover["result"]["contents"]["value"].as_str().unwrap().contains("greet"));
    let refused = viewer.ask("textDocument/completion", "b.ts", place(3, 23)).await;
    assert_eq!(refused["error"]["code"], -32803);
    let outside = viewer.ask("textDocument/hover", "../../etc/passwd", place(0, 0)).await;
    assert_eq!(outside["error"]["code"], -32602);

    let format = json!({"options": {"tabSize": 2, "insertSpaces": true}});
    let edits = one.ask("textDocument/formatting", "b.ts", format).await;
    assert!(edits["result"].is_array(), "{edits}");
    world.end().await;
}

#[tokio::test]
async fn a_renaming_goes_through_documents_and_can_be_taken_back() {
    let crlf = B.replace('\n', "\r\n");
    let world = project(&[("a.ts", A), ("b.ts", &crlf), ("c.ts", B)]).await;
    let body = json!({"path": "a.ts", "line": 1, "column": 18, "new_name": "salute"});
    let answer = world.post("/api/v1/language-servers/rename", body.clone()).await;
    answer.refused(StatusCode::CONFLICT, "conflict");

    let mut client = Client::open(&world, "editor").await;
    for name in ["a.ts", "b.ts"] {
        client.looks_at(name).await;
    }
    let mut editor = Editor::open(&world, "a.ts", "ada", 11).await;
    client.until_status("ready").await;
    // Typed and not saved: it stays.
    editor.types(0, "// Ada was here\n").await;
    let viewers =
        world.request(Method::POST, "/api/v1/language-servers/rename", "viewer", Some(body)).await;
    viewers.refused(StatusCode::FORBIDDEN, "forbidden");
    let is_there = |it: &[Value]| it.iter().all(|it| it["severity"] != 1);
    client.until_diagnosed("b.ts", is_there).await;
    let body = json!({"path": "a.ts", "line": 2, "column": 18, "new_name": "salute"});
    let renamed = world.post("/api/v1/language-servers/rename", body).await.expect(StatusCode::OK);
    let files: Vec<&str> =
        renamed["files"].as_array().unwrap().iter().filter_map(|it| it["path"].as_str()).collect();
    assert_eq!(files, ["a.ts", "b.ts", "c.ts"], "{renamed}");
    assert!(renamed["files"].as_array().unwrap().iter().all(|it| it["left"].is_null()));
    assert_eq!(world.read("a.ts"), format!("// Ada was here\n{}", A.replace("greet", "salute")));
    assert_eq!(world.read("b.ts"), crlf.replace("greet", "salute"));
    assert_eq!(world.read("c.ts"), B.replace("greet", "salute"));
    editor.until_shows(&world.read("a.ts")).await;

    let undo = json!({"undo": renamed["undo"]});
    let answer = world.post("/api/v1/search/undo", undo).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(world.read("a.ts"), format!("// Ada was here\n{A}"));
    assert_eq!(world.read("b.ts"), crlf);

    let body = json!({"path": "a.ts", "line": 1, "column": 1, "new_name": "x"});
    let refused = world.post("/api/v1/language-servers/rename", body).await;
    assert!(refused.status.is_client_error(), "{}", refused.text);
    world.end().await;
}

#[tokio::test]
async fn a_server_runs_in_a_session_for_editors_and_comes_back_when_it_is_killed() {
    let world = World::start().await;
    symlink(servers(), world.path("node_modules")).unwrap();
    world.write("a.ts", A);
    let mut viewer = Client::open(&world, "viewer").await;
    let mut editor = Client::open(&world, "editor").await;
    editor.looks_at("a.ts").await;
    editor.until_status("no_session").await;
    let refused = editor.ask("textDocument/hover", "a.ts", place(0, 18)).await;
    assert_eq!(refused["error"]["code"], -32803);
    assert_eq!(kernel::proc::members(), [], "awake is not running");

    let body = json!({"dev_server": false});
    world.post("/api/v1/session/start", body.clone()).await.expect(StatusCode::OK);
    editor.until_status("ready").await;
    viewer.until_status("ready").await;
    let server = || {
        let members = kernel::proc::members();
        members.iter().map(|it| it.pid).min().expect("it runs")
    };
    let pid = server();
    let kill = json!({"signal": "KILL"});
    world
        .post(&format!("/api/v1/processes/{pid}/signal"), kill)
        .await
        .expect(StatusCode::NO_CONTENT);
    editor.until_status("failed").await;
    assert!(editor.status["message"].as_str().unwrap().contains("signal 9"), "{}", editor.status);
    editor.until_status("ready").await;
    let hover = editor.ask("textDocument/hover", "a.ts", place(0, 18)).await;
    assert!(hover["result"]["contents"]["value"].as_str().unwrap().contains("greet"));

    let before = server();
    editor.send(json!({"jsonrpc": "2.0", "method": "stead/restart"})).await;
    editor.until_status("starting").await;
    editor.until_status("ready").await;
    assert_ne!(server(), before);

    world.post("/api/v1/session/stop", json!({})).await.expect(StatusCode::OK);
    editor.until_status("no_session").await;
    assert_eq!(kernel::proc::members(), []);
    world.end().await;
}

#[tokio::test]
async fn what_is_not_installed_is_said_with_how_to_install_it() {
    let world =
        World::start_as(|it| it.env = vec![("PATH".to_owned(), "/nowhere".to_owned())]).await;
    world.write("a.ts", A);
    let mut editor = Client::open(&world, "editor").await;
    editor.looks_at("a.ts").await;
    editor.until_status("not_installed").await;
    assert!(editor.status["install"].as_str().unwrap().contains("typescript-language-server"));
    let all = world.get("/api/v1/language-servers").await.expect(StatusCode::OK);
    let ids: Vec<&str> =
        all.as_array().unwrap().iter().filter_map(|it| it["language"].as_str()).collect();
    assert_eq!(ids, ["go", "python", "rust", "typescript"]);
    let none = world.get("/api/v1/language-servers?path=a.txt").await.expect(StatusCode::OK);
    assert_eq!(none, json!([]));
    world
        .get("/api/v1/language-servers?path=../a.ts")
        .await
        .refused(StatusCode::BAD_REQUEST, "invalid_path");
    world.end().await;
}

#[tokio::test]
async fn what_the_server_offers_is_done_through_documents_and_can_be_taken_back() {
    let wrong = "export function area(width: number, h: number) {\n  return widht * h;\n}\n";
    let world = project(&[("a.ts", wrong), ("b.ts", B)]).await;
    let start = json!({"line": 2, "column": 10});
    let mut body = json!({"path": "a.ts", "start": start, "end": start, "title": "x"});
    let answer = world.post("/api/v1/language-servers/action", body.clone()).await;
    answer.refused(StatusCode::CONFLICT, "conflict");

    let mut client = Client::open(&world, "editor").await;
    client.looks_at("a.ts").await;
    let mut editor = Editor::open(&world, "a.ts", "ada", 11).await;
    client.until_status("ready").await;
    client.until_diagnosed("a.ts", |it| it.iter().any(|it| it["code"] == 2552)).await;
    let range = json!({"start": {"line": 1, "character": 9}, "end": {"line": 1, "character": 18}});
    let more = json!({"range": range, "context": {"diagnostics": []}});
    let offered = client.ask("textDocument/codeAction", "a.ts", more).await;
    let offered = offered["result"].as_array().unwrap().clone();
    let named = |part: &str| {
        let it = offered.iter().find(|it| it["title"].as_str().unwrap().contains(part));
        it.unwrap_or_else(|| panic!("{part} in {offered:?}")).clone()
    };

    // A fix for what is wrong, and a new shape by a command of the server's own.
    let end = json!({"line": 2, "column": 19});
    for (action, expected) in [
        (named("Change spelling"), "return width * h"),
        (named("Extract to function"), "newFunction("),
    ] {
        (body["title"], body["kind"], body["end"]) =
            (action["title"].clone(), action["kind"].clone(), end.clone());
        let viewer = world
            .request(Method::POST, "/api/v1/language-servers/action", "viewer", Some(body.clone()))
            .await;
        viewer.refused(StatusCode::FORBIDDEN, "forbidden");
        let done = world
            .post("/api/v1/language-servers/action", body.clone())
            .await
            .expect(StatusCode::OK);
        assert_eq!(done["files"][0]["path"], "a.ts", "{done}");
        assert!(world.read("a.ts").contains(expected), "{}", world.read("a.ts"));
        editor.until_shows(&world.read("a.ts")).await;
        let undo = json!({"undo": done["undo"]});
        assert_eq!(world.post("/api/v1/search/undo", undo).await.status, StatusCode::OK);
        assert_eq!(world.read("a.ts"), wrong);
    }
    body["title"] = json!("Format the disk");
    let answer = world.post("/api/v1/language-servers/action", body).await;
    answer.refused(StatusCode::NOT_FOUND, "not_found");
    world.end().await;
}

#[tokio::test]
async fn a_refactoring_fills_a_file_that_the_server_made_and_taking_it_back_empties_it() {
    let two = "export function area(w: number) {\n  return w;\n}\n\nexport const one = area(1);\n";
    let world = project(&[("a.ts", two)]).await;
    let mut client = Client::open(&world, "editor").await;
    client.looks_at("a.ts").await;
    client.until_status("ready").await;
    let range = json!({"start": {"line": 0, "character": 16}, "end": {"line": 2, "character": 1}});
    let more = json!({"range": range, "context": {"diagnostics": []}});
    let offered = client.ask("textDocument/codeAction", "a.ts", more).await;
    let offered = offered["result"].as_array().unwrap().clone();
    let action = offered.iter().find(|it| it["title"] == "Move to a new file");
    let action = action.unwrap_or_else(|| panic!("{offered:?}"));
    let body = json!({
        "path": "a.ts", "title": action["title"], "kind": action["kind"],
        "start": {"line": 1, "column": 17}, "end": {"line": 3, "column": 2},
    });
    let path = "/api/v1/language-servers/action";
    let done = world.post(path, body.clone()).await.expect(StatusCode::OK);
    assert!(done["files"].as_array().unwrap().iter().all(|it| it["left"].is_null()), "{done}");
    assert!(world.read("area.ts").contains("export function area"), "{done}");
    assert!(world.read("a.ts").contains("from \"./area\""), "{}", world.read("a.ts"));

    let undo = json!({"undo": done["undo"]});
    assert_eq!(world.post("/api/v1/search/undo", undo).await.status, StatusCode::OK);
    assert_eq!(world.read("a.ts"), two);
    // This server makes the file by itself before it says what is in it.
    assert_eq!(world.read("area.ts"), "");
    world.end().await;
}
