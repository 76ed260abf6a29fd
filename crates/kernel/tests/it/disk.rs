//! What programs do to the files of open documents, and what their bytes keep.

use crate::editor::{Editor, Got, connect, saved};
use crate::world::World;
use http::StatusCode;
use protocol::document::FromDocument;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

fn written(message: &FromDocument) -> bool {
    matches!(message, FromDocument::Written)
}

// covers: S0.39
#[tokio::test]
async fn who_asks_for_it_is_told_that_the_file_has_everything() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    ada.types(0, "zero\n").await;
    ada.saves().await;
    ada.until_ours(written).await;
    assert_eq!(world.read("a.txt"), "zero\none\n");
    // Also when there is nothing to write.
    ada.saves().await;
    ada.until_ours(written).await;
    // Who may only look is not heard, and not sent away.
    let mut eve = Editor::blank(connect(&world, "a.txt", "eve", "viewer").await, 2);
    eve.synchronise().await;
    eve.saves().await;
    ada.types(0, "first\n").await;
    ada.saves().await;
    ada.until_ours(written).await;
    let heard = eve.until(|it| matches!(it, Got::Ours(it) if saved(it) || written(it))).await;
    assert!(matches!(heard, Got::Ours(it) if saved(&it)), "a viewer had something written");
    world.end().await;
}

#[tokio::test]
async fn a_byte_order_mark_and_the_ends_of_lines_stay_until_a_program_changes_them() {
    let world = World::start().await;
    world.write("dos.txt", "\u{feff}one\r\ntwo\r\n");
    let mut ada = Editor::open(&world, "dos.txt", "ada", 1).await;
    assert_eq!(ada.shows(), "one\ntwo\n");
    ada.types(4, "typed\n").await;
    ada.saves().await;
    ada.until_ours(written).await;
    assert_eq!(world.read("dos.txt"), "\u{feff}one\r\ntyped\r\ntwo\r\n");
    // A program adds a line as it should, and one that takes the mark and the ends away.
    world.write("dos.txt", "\u{feff}one\r\ntyped\r\ntwo\r\nthree\r\n");
    ada.until_shows("one\ntyped\ntwo\nthree\n").await;
    world.write("dos.txt", "one\ntyped\ntwo\nthree\nfour\n");
    ada.until_shows("one\ntyped\ntwo\nthree\nfour\n").await;
    ada.types(0, "zero\n").await;
    ada.saves().await;
    ada.until_ours(written).await;
    assert_eq!(world.read("dos.txt"), "zero\none\ntyped\ntwo\nthree\nfour\n");
    world.end().await;
}

#[tokio::test]
async fn a_file_without_a_last_line_end_and_with_mixed_ones_comes_back_byte_for_byte() {
    let world = World::start().await;
    let texts = ["one\r\ntwo\nthree", "one\rtwo\r\n\r\n\n", "", "\u{feff}"];
    for (id, text) in (1..).zip(texts) {
        world.write("mixed.txt", text);
        let mut ada = Editor::open(&world, "mixed.txt", "ada", id).await;
        let rest = text.trim_start_matches('\u{feff}');
        ada.until_shows(rest).await;
        ada.types(0, "x").await;
        ada.saves().await;
        ada.until_ours(written).await;
        let mark = if text.starts_with('\u{feff}') { "\u{feff}" } else { "" };
        assert_eq!(world.read("mixed.txt"), format!("{mark}x{rest}"), "{text:?}");
        // The next one is made anew.
        let path = "/api/v1/files/mixed.txt";
        let gone = world.request(http::Method::DELETE, path, "editor", None).await;
        gone.expect(StatusCode::NO_CONTENT);
        ada.until_closed().await;
    }
    world.end().await;
}

#[tokio::test]
async fn a_program_that_replaces_the_file_by_a_rename_is_merged_and_its_mode_counts() {
    let world = World::start().await;
    world.write("run.sh", "one\ntwo\n");
    let mut ada = Editor::open(&world, "run.sh", "ada", 1).await;
    ada.types(0, "typed ").await;
    ada.until_ours(|it| matches!(it, FromDocument::Ack { .. })).await;
    world.write(".run.sh.new", "one\ntwo\nthree\n");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path(".run.sh.new"), executable).unwrap();
    std::fs::rename(world.path(".run.sh.new"), world.path("run.sh")).unwrap();
    ada.until_shows("typed one\ntwo\nthree\n").await;
    ada.saves().await;
    ada.until_ours(written).await;
    assert_eq!(world.read("run.sh"), "typed one\ntwo\nthree\n");
    let mode = std::fs::metadata(world.path("run.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    world.end().await;
}

#[tokio::test]
async fn a_file_that_is_moved_aside_or_deleted_and_made_again_is_the_same_document() {
    let world = World::start().await;
    world.write("a.txt", "one\ntwo\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    ada.types(0, "typed ").await;
    ada.until_ours(|it| matches!(it, FromDocument::Ack { .. })).await;
    // As Vim writes.
    std::fs::rename(world.path("a.txt"), world.path("a.txt~")).unwrap();
    world.write("a.txt", "one\ntwo\nthree\n");
    ada.until_shows("typed one\ntwo\nthree\n").await;
    ada.saves().await;
    ada.until_ours(written).await;
    // As Git and many others do.
    ada.types(0, "more ").await;
    ada.until_ours(|it| matches!(it, FromDocument::Ack { .. })).await;
    std::fs::remove_file(world.path("a.txt")).unwrap();
    world.write("a.txt", "typed one\ntwo\nthree\nfour\n");
    ada.until_shows("more typed one\ntwo\nthree\nfour\n").await;
    ada.saves().await;
    ada.until_ours(written).await;
    assert_eq!(world.read("a.txt"), "more typed one\ntwo\nthree\nfour\n");
    let open = world.get("/api/v1/documents").await.expect(StatusCode::OK);
    assert_eq!(open.as_array().map(Vec::len), Some(1), "{}", json!(open));
    world.end().await;
}

#[tokio::test]
async fn a_program_that_still_has_the_file_open_is_named() {
    let world = World::running().await;
    world.write("log.txt", "one\n");
    let mut ada = Editor::open(&world, "log.txt", "ada", 1).await;
    let mut shell = world.attach("main").await;
    shell.prompt().await;
    shell.type_in("sh -c 'exec 3>>log.txt; echo two >&3; exec sleep 600' &\n").await;
    let told = ada.until_ours(|it| matches!(it, FromDocument::Changed { .. })).await;
    ada.until_shows("one\ntwo\n").await;
    let FromDocument::Changed { author, .. } = told else { return };
    let name = author.name.unwrap_or_default();
    assert!(["sh", "dash", "bash", "sleep"].contains(&name.as_str()), "{name:?} wrote it");
    world.end().await;
}
