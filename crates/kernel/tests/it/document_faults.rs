//! Live documents on a disk that fails, and while nothing else happens in the workspace.

use crate::editor::{Editor, connect};
use crate::world::{DEADLINE, World};
use http::StatusCode;
use protocol::event::EventKind;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;
use stdx::WorkspacePath;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

fn state(world: &World, name: &str) -> PathBuf {
    world.directory.path().join("state/documents").join(name)
}

#[tokio::test]
async fn an_ignored_file_is_looked_at_while_nothing_else_happens() {
    let world = World::start().await;
    fs::create_dir(world.path("dist")).unwrap();
    world.write("dist/x.js", "one\n");
    // The tree is watched before the document comes, which then is all that happens.
    let _looking = world.server.app.feed.look();
    world.server.app.feed.ready().await;
    let mut ada = Editor::open(&world, "dist/x.js", "ada", 1).await;
    world.write("dist/x.js", "two\n");
    ada.until_shows("two\n").await;
    world.end().await;
}

#[tokio::test]
async fn a_document_that_cannot_be_kept_holds_up_nobody_else() {
    let world = World::start().await;
    fs::write(state(&world, "index.json"), r#"{"stuck.txt":"doc_stuck"}"#).unwrap();
    // What is written there is never durable.
    std::os::unix::fs::symlink("/dev/null", state(&world, "doc_stuck.log")).unwrap();
    for name in ["stuck.txt", "over.txt", "other.txt"] {
        world.write(name, "one\n");
    }
    let world = world.restart().await;
    let _over = Editor::open(&world, "over.txt", "ada", 1).await;
    let mut other = Editor::open(&world, "other.txt", "ada", 2).await;
    let stuck = WorkspacePath::parse("stuck.txt").unwrap();
    world.server.app.documents.open(&stuck).await.unwrap();
    let put = timeout(DEADLINE, world.put("stuck.txt", "two\n", None)).await;
    put.unwrap().refused(StatusCode::INSUFFICIENT_STORAGE, "storage_full");
    let attached = async {
        let socket = connect(&world, "stuck.txt", "ada", "editor").await;
        assert_eq!(Editor::blank(socket, 3).until_closed().await.0, 1013);
    };
    let asked = async {
        let history = world.get("/api/v1/document-history/stuck.txt").await;
        history.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    };
    timeout(DEADLINE, async { tokio::join!(attached, asked) }).await.unwrap();
    world.server.app.feed.ready().await;
    // Another document takes its place, for which it should be put away.
    fs::rename(world.path("over.txt"), world.path("stuck.txt")).unwrap();
    world.write("other.txt", "two\n");
    other.until_shows("two\n").await;
    world.crash().await.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_is_written_slowly_holds_up_nobody_else() {
    let world = World::start().await;
    // More than goes into a pipe.
    let many: BTreeMap<String, String> =
        (0..4000).map(|it| (format!("some/path/of/a/file/{it}"), format!("doc_{it}"))).collect();
    fs::write(state(&world, "index.json"), serde_json::to_vec(&many).unwrap()).unwrap();
    world.write("a.txt", "one\n");
    let world = world.restart().await;
    let slow = state(&world, "index.json.new");
    mknodat(CWD, &slow, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let looked = async {
        // Opens when the other end does.
        let from = slow.clone();
        let mut pipe = spawn_blocking(move || File::open(from)).await.unwrap().unwrap();
        let list = timeout(DEADLINE, world.get("/api/v1/documents")).await;
        assert_eq!(list.expect("nobody waits for the index").expect(StatusCode::OK), json!([]));
        let mut written = Vec::new();
        pipe.read_to_end(&mut written).unwrap();
        serde_json::from_slice::<Value>(&written).unwrap()
    };
    let (socket, written) = tokio::join!(connect(&world, "a.txt", "ada", "editor"), looked);
    assert!(written["a.txt"].is_string());
    // A pipe cannot be synced, and what is not durable is not shown.
    assert_eq!(Editor::blank(socket, 1).until_closed().await.0, 1011);
    fs::remove_file(&slow).unwrap();
    let ada = Editor::open(&world, "a.txt", "ada", 2).await;
    assert_eq!(ada.shows(), "one\n");
    let index: Value =
        serde_json::from_slice(&fs::read(state(&world, "index.json")).unwrap()).unwrap();
    assert!(index["a.txt"].is_string() && index["some/path/of/a/file/0"].is_string());
    world.end().await;
}

#[tokio::test]
async fn a_damaged_index_is_put_aside_and_told() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    drop(Editor::open(&world, "a.txt", "ada", 1).await);
    let index = fs::read(state(&world, "index.json")).unwrap();
    let world = {
        fs::write(state(&world, "index.json"), &index[..index.len() - 1]).unwrap();
        world.restart().await
    };
    let ada = Editor::open(&world, "a.txt", "ada", 2).await;
    assert_eq!(ada.shows(), "one\n");
    let events = world.server.app.context.journal.page(0, 100).events;
    let told = |it: &EventKind| matches!(it, EventKind::Diagnostic { code, .. } if code == "documents_damaged");
    assert!(events.iter().any(|it| told(&it.kind)), "{events:#?}");
    let aside = fs::read(state(&world, "index.json.damaged")).unwrap();
    assert_eq!(aside, index[..index.len() - 1]);
    world.end().await;
}
