//! Live documents over the kernel's socket, with files and programs that write them.

use crate::editor::{Editor, Got, connect, saved};
use crate::world::World;
use http::StatusCode;
use protocol::document::{FromDocument, ReadOnly, Saving, close};
use serde_json::json;

// covers: S0.42, S0.39
#[tokio::test]
async fn what_is_typed_reaches_everybody_and_the_file() {
    let world = World::start().await;
    world.write("main.rs", "fn main() {}\n");
    let mut ada = Editor::open(&world, "main.rs", "ada", 1).await;
    let mut bob = Editor::open(&world, "main.rs", "bob", 2).await;
    assert_eq!(ada.shows(), "fn main() {}\n");
    ada.types(0, "// one\n").await;
    bob.until_shows("// one\nfn main() {}\n").await;
    bob.types(0, "// two\n").await;
    ada.until_shows("// two\n// one\nfn main() {}\n").await;
    ada.until_ours(saved).await;
    assert_eq!(world.read("main.rs"), "// two\n// one\nfn main() {}\n");
    world.end().await;
}

#[tokio::test]
async fn what_is_typed_counts_as_unsaved_before_it_is_acknowledged() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    for word in ["two\n", "three\n"] {
        ada.types(0, word).await;
        // The first acknowledgement is of what a client sends when it comes.
        let first = |it: &FromDocument| {
            matches!(it, FromDocument::Ack { updates: 2.. } | FromDocument::Saving { .. })
        };
        let told = ada.until_ours(first).await;
        assert!(matches!(told, FromDocument::Saving { saving: Saving::Pending }), "{told:?}");
        ada.until_ours(saved).await;
    }
    world.end().await;
}

#[tokio::test]
async fn what_a_program_writes_reaches_those_who_type_and_loses_nothing() {
    let world = World::start().await;
    world.write("notes.md", "# Notes\n\none\n");
    let mut ada = Editor::open(&world, "notes.md", "ada", 1).await;
    ada.types(7, " of Ada").await;
    world.write("notes.md", "# Notes\n\none\ntwo\n");
    ada.until_shows("# Notes of Ada\n\none\ntwo\n").await;
    ada.until_ours(saved).await;
    assert_eq!(world.read("notes.md"), "# Notes of Ada\n\none\ntwo\n");
    world.end().await;
}

#[tokio::test]
async fn what_was_acknowledged_outlives_the_kernel() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    ada.types(4, "two\n").await;
    ada.until_ours(|it| matches!(it, FromDocument::Ack { updates } if *updates >= 1)).await;
    let world = world.crash().await;
    let mut ada = ada.again(&world, "a.txt", "ada").await;
    assert_eq!(ada.shows(), "one\ntwo\n");
    let mut bob = Editor::open(&world, "a.txt", "bob", 2).await;
    bob.until_shows("one\ntwo\n").await;
    ada.types(0, "zero\n").await;
    bob.until_shows("zero\none\ntwo\n").await;
    ada.until_ours(saved).await;
    assert_eq!(world.read("a.txt"), "zero\none\ntwo\n");
    world.end().await;
}

/// A program empties a file before it writes it; when it ends with the kernel in between, nobody took
/// out what was there.
// covers: S0.39, S0.42
#[tokio::test]
async fn what_was_typed_outlives_a_program_that_ends_with_the_kernel_in_the_middle_of_writing() {
    let world = World::start().await;
    world.write("a.txt", "one\r\ntwo\r\n");
    world.write("b.txt", "one\ntwo\n");
    world.write("c.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    let mut bob = Editor::open(&world, "b.txt", "bob", 2).await;
    for editor in [&mut ada, &mut bob] {
        editor.types(8, "typed\n").await;
        editor.until_ours(saved).await;
    }
    let mut eve = Editor::open(&world, "c.txt", "eve", 3).await;
    eve.types(4, "typed\n").await;
    // The first is of what a client sends when it comes.
    eve.until_ours(|it| matches!(it, FromDocument::Ack { updates: 2.. })).await;
    let world = world
        .crash_at(|it| {
            it.write("a.txt", "");
            it.write("b.txt", "one\nnew\ntw");
        })
        .await;
    // Also before anybody looks.
    assert_eq!(world.read("a.txt"), "one\r\ntwo\r\ntyped\r\n");
    assert_eq!(world.read("b.txt"), "one\nnew\ntwo\ntyped\n");
    assert_eq!(world.read("c.txt"), "one\ntyped\n");
    let ada = ada.again(&world, "a.txt", "ada").await;
    assert_eq!(ada.shows(), "one\ntwo\ntyped\n");
    let bob = bob.again(&world, "b.txt", "bob").await;
    assert_eq!(bob.shows(), "one\nnew\ntwo\ntyped\n");
    world.end().await;
}

/// The same when the session is stopped.
#[tokio::test]
async fn what_was_typed_outlives_a_program_that_is_stopped_in_the_middle_of_writing() {
    let world = World::running().await;
    world.write("a.txt", "one\ntwo\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    let mut terminal = world.attach("main").await;
    terminal.prompt().await;
    terminal.type_in("(exec 3>a.txt; printf 'new\\n' >&3; : >written; exec sleep 1000)\n").await;
    while !world.path("written").exists() {
        tokio::task::yield_now().await;
    }
    world.post("/api/v1/session/stop", json!({})).await.expect(StatusCode::OK);
    ada.until_shows("new\none\ntwo\n").await;
    ada.until_ours(saved).await;
    assert_eq!(world.read("a.txt"), "new\none\ntwo\n");
    world.end().await;
}

// covers: S0.47, S0.48
#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    let mut eve = Editor::blank(connect(&world, "a.txt", "eve", "viewer").await, 2);
    let hello = eve.until_ours(|it| matches!(it, FromDocument::Hello { .. })).await;
    let FromDocument::Hello { read_only, connection, .. } = hello else { return };
    // She is the second who came.
    assert_eq!((read_only, connection), (Some(ReadOnly::Viewer), 2));
    eve.synchronise().await;
    eve.types(0, "evil ").await;
    eve.until(|it| matches!(it, Got::Denied)).await;
    ada.types(4, "two\n").await;
    eve.until(|it| matches!(it, Got::Text(text) if text.ends_with("two\n"))).await;
    eve.present(1, r#"{"user":{"name":"Ada"},"cursor":1}"#).await;
    let Got::Presence(seen) = ada.until(|it| matches!(it, Got::Presence(_))).await else { return };
    assert_eq!((seen[0].0, &seen[0].1["user"]["name"]), (2, &json!("eve")));
    ada.until_ours(saved).await;
    assert_eq!(world.read("a.txt"), "one\ntwo\n");
    world.end().await;
}

// covers: S0.32, U0.14
#[tokio::test]
async fn presence_comes_and_goes_with_the_connection() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    let mut tab = Editor::open(&world, "a.txt", "ada", 2).await;
    tab.present(1, r#"{"cursor":1}"#).await;
    ada.until(|it| matches!(it, Got::Presence(all) if all[0].0 == 2)).await;
    drop(tab);
    ada.until(|it| matches!(it, Got::Presence(all) if all[0].1.is_null())).await;
    world.end().await;
}

#[tokio::test]
async fn a_rename_carries_the_document_and_a_deletion_ends_it() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    let body = json!({"from": "a.txt", "to": "sub/b.txt"});
    world.post("/api/v1/fs/rename", body).await.expect(StatusCode::OK);
    ada.until_ours(|it| matches!(it, FromDocument::Renamed { path } if path == "sub/b.txt")).await;
    ada.types(4, "two\n").await;
    ada.until_ours(saved).await;
    assert_eq!(world.read("sub/b.txt"), "one\ntwo\n");
    let bob = Editor::open(&world, "sub/b.txt", "bob", 2).await;
    assert_eq!(bob.shows(), "one\ntwo\n");
    // A new file of the old name is another document, and the old replica does not fit into it.
    world.write("a.txt", "another\n");
    let mut stale = ada.beside(connect(&world, "a.txt", "ada", "editor").await);
    stale.ask().await;
    assert_eq!(stale.until_closed().await.0, close::STALE);
    let path = "/api/v1/files/sub/b.txt";
    world.request(http::Method::DELETE, path, "editor", None).await.expect(StatusCode::NO_CONTENT);
    ada.until_ours(|it| matches!(it, FromDocument::Deleted)).await;
    assert_eq!(ada.until_closed().await.0, close::GONE);
    assert_eq!(
        Editor::blank(connect(&world, "sub/b.txt", "ada", "editor").await, 3)
            .until_closed()
            .await
            .0,
        close::NOT_FOUND
    );
    world.end().await;
}

#[tokio::test]
async fn what_is_no_text_or_too_large_is_told() {
    let world = World::start().await;
    std::fs::write(world.path("image.bin"), [0, 1, 2, 0]).unwrap();
    std::fs::write(world.path("large.txt"), vec![b'x'; 5 * 1024 * 1024]).unwrap();
    std::fs::write(world.path("latin.txt"), b"gr\xfcn\n").unwrap();
    let code = async |path: &str| {
        Editor::blank(connect(&world, path, "ada", "editor").await, 1).until_closed().await.0
    };
    assert_eq!(code("image.bin").await, close::NOT_TEXT);
    assert_eq!(code("large.txt").await, close::TOO_LARGE);
    assert_eq!(code("nothing.txt").await, close::NOT_FOUND);
    assert_eq!(code(".git/config").await, close::NOT_FOUND);
    let mut ada = Editor::blank(connect(&world, "latin.txt", "ada", "editor").await, 1);
    let hello = ada.until_ours(|it| matches!(it, FromDocument::Hello { .. })).await;
    let FromDocument::Hello { read_only, encoding, .. } = hello else { return };
    assert_eq!((read_only, encoding.as_deref()), (Some(ReadOnly::Encoding), Some("windows-1252")));
    ada.synchronise().await;
    assert_eq!(ada.shows(), "grün\n");
    // Converted, it is opened anew, and may be written.
    std::fs::write(world.path("latin.txt"), "grün\n").unwrap();
    assert_eq!(ada.until_closed().await.0, protocol::terminal::close::COME_BACK);
    let ada = Editor::open(&world, "latin.txt", "ada", 2).await;
    assert_eq!(ada.shows(), "grün\n");
    world.end().await;
}

#[tokio::test]
async fn a_file_that_grows_too_large_or_turns_binary_ends_its_document() {
    let world = World::start().await;
    for (name, content, code) in [
        ("grows.txt", vec![b'x'; 20 * 1024 * 1024], close::TOO_LARGE),
        ("turns.txt", vec![0; 10], close::NOT_TEXT),
    ] {
        world.write(name, "one\n");
        let mut ada = Editor::open(&world, name, "ada", 1).await;
        std::fs::write(world.path(name), content).unwrap();
        assert_eq!(ada.until_closed().await.0, code, "{name}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_conflict_is_told_and_ends_by_a_choice() {
    let world = World::start().await;
    world.write("a.txt", "x\nfoo bar\ny\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    let update = ada.change(6, 3, "mine");
    ada.send_update(&update).await;
    ada.until_ours(|it| matches!(it, FromDocument::Ack { .. })).await;
    // Before the file has what was typed, or at once after that.
    world.write("a.txt", "x\nfoo its\ny\n");
    let told = ada.until_ours(|it| matches!(it, FromDocument::Conflict { .. })).await;
    ada.until_shows("x\nfoo mine\nfoo its\ny\n").await;
    let FromDocument::Conflict { conflict } = told else { return };
    assert_eq!((&*conflict.document, &*conflict.disk), ("foo mine\n", "foo its\n"));
    let path = "/api/v1/document-conflicts/a.txt";
    let list = world.get(path).await.expect(StatusCode::OK);
    assert_eq!(list[0]["id"], conflict.id);
    let body = json!({"id": conflict.id, "keep": "disk"});
    let left = world.post(path, body.clone()).await.expect(StatusCode::OK);
    assert_eq!(left, json!([]));
    ada.until_shows("x\nfoo its\ny\n").await;
    world.post(path, body).await.refused(StatusCode::NOT_FOUND, "not_found");
    world.end().await;
}

#[tokio::test]
async fn a_request_that_writes_an_open_file_is_merged_and_named() {
    let world = World::start().await;
    world.write("a.txt", "one\ntwo\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    ada.types(0, "typed ").await;
    ada.until_ours(|it| matches!(it, FromDocument::Ack { .. })).await;
    let written = world.put("a.txt", "one\ntwo\nthree\n", None).await.expect(StatusCode::OK);
    let told = ada.until_ours(|it| matches!(it, FromDocument::Changed { .. })).await;
    ada.until_shows("typed one\ntwo\nthree\n").await;
    let FromDocument::Changed { author, added, .. } = told else { return };
    assert_eq!((author.principal.as_deref(), added), (Some("usr_put"), 6));
    // The answer is about what is in the file then.
    assert_eq!(world.read("a.txt"), "typed one\ntwo\nthree\n");
    let etag = written["etag"].as_str().unwrap().to_owned();
    let stale = world.put("a.txt", "x", Some("\"00000000000000000000000000000000\"")).await;
    let current = stale.refused(StatusCode::PRECONDITION_FAILED, "precondition_failed");
    assert_eq!(current["error"]["details"]["etag"], etag);
    // Who says what he replaces means it.
    world.put("a.txt", "all new\n", Some(&etag)).await.expect(StatusCode::OK);
    ada.until_shows("all new\n").await;
    assert_eq!(world.read("a.txt"), "all new\n");
    world.end().await;
}

// covers: S0.52
#[tokio::test]
async fn the_history_says_who_wrote_and_brings_a_version_back_as_an_edit() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    let history = "/api/v1/document-history/a.txt";
    assert_eq!(world.get(history).await.expect(StatusCode::OK)["versions"], json!([]));
    ada.types(4, "two\n").await;
    ada.until_ours(|it| matches!(it, FromDocument::Ack { .. })).await;
    let list = world.get(history).await.expect(StatusCode::OK)["versions"].clone();
    assert_eq!((&list[0]["version"], &list[0]["authors"]), (&json!(1), &json!([])));
    let author = &list[1]["authors"][0];
    assert_eq!((&author["author"]["name"], &author["added"]), (&json!("ada"), &json!(4)));
    // Asking ends no version: what is typed after it is in the same one.
    ada.types(8, "end\n").await;
    ada.until_ours(|it| matches!(it, FromDocument::Ack { updates } if *updates >= 2)).await;
    let list = world.get(history).await.expect(StatusCode::OK)["versions"].clone();
    assert_eq!((list.as_array().unwrap().len(), &list[1]["authors"][0]["added"]), (2, &json!(8)));
    let text = world.get("/api/v1/document-versions/a.txt?version=2").await;
    assert_eq!(text.expect(StatusCode::OK)["text"], "one\ntwo\nend\n");
    // What came before the end of the kernel is there after it.
    let world = world.crash().await;
    let mut ada = ada.again(&world, "a.txt", "ada").await;
    ada.types(0, "zero\n").await;
    ada.until_ours(|it| matches!(it, FromDocument::Ack { updates } if *updates >= 1)).await;
    let text = world.get("/api/v1/document-versions/a.txt?version=1").await;
    assert_eq!(text.expect(StatusCode::OK)["text"], "one\n");
    let missing = world.get("/api/v1/document-versions/a.txt?version=9").await;
    missing.refused(StatusCode::NOT_FOUND, "not_found");
    let restored = world.post(history, json!({"version": 1})).await.expect(StatusCode::OK);
    ada.until_shows("one\n").await;
    let versions = restored["versions"].as_array().unwrap();
    let newest = versions.last().unwrap();
    assert_eq!((&newest["version"], &newest["authors"][0]["removed"]), (&json!(3), &json!(13)));
    assert_eq!(newest["authors"][0]["author"]["principal"], "usr_test");
    // Restoring can be taken back in the same way.
    world.post(history, json!({"version": 2})).await.expect(StatusCode::OK);
    ada.until_shows("zero\none\ntwo\nend\n").await;
    world.end().await;
}
