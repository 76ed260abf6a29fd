//! Live documents on a disk that fails, and while nothing else happens in the workspace.

use crate::editor::Editor;
use crate::world::World;
use protocol::event::EventKind;
use serde_json::json;
use std::fs::{self};
use std::path::PathBuf;

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
