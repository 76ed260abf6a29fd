//! Live documents on a disk that fails, and while nothing else happens in the workspace.

use crate::editor::Editor;
use crate::world::World;
use std::fs::{self};

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
