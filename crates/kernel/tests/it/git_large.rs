//! A repository of ten thousand commits: what people look at all day stays quick.

use crate::editor::Editor;
use crate::world::World;
use http::StatusCode;
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::{Duration, Instant};
use supervisor::process::{Command, Stdio};

const COMMITS: usize = 10_000;
const FILES: usize = 400;
/// Nobody waits longer without wondering. A busy machine takes a few times what an idle one takes.
const PATIENCE: Duration = Duration::from_secs(3);

/// What `git fast-import` makes the history from: one file each, every tenth the same one, and a side
/// branch that is merged every hundred.
fn history() -> String {
    let mut text = String::new();
    let data = |text: &mut String, body: &str| {
        writeln!(text, "data {}\n{body}", body.len()).unwrap();
    };
    for number in 1..=COMMITS {
        let merges = number % 100 == 0;
        let branch = if number % 100 == 50 { "side" } else { "main" };
        writeln!(text, "commit refs/heads/{branch}\nmark :{number}").unwrap();
        let who = format!("Person {} <p{}@example.org>", number % 7, number % 7);
        writeln!(text, "committer {who} {} +0000", 1_600_000_000 + number * 60).unwrap();
        data(&mut text, &format!("Change number {number}"));
        if branch == "side" {
            writeln!(text, "from :{}", number - 1).unwrap();
        } else if number % 100 == 51 {
            writeln!(text, "from :{}", number - 2).unwrap();
        } else if 1 < number {
            writeln!(text, "from :{}", number - 1).unwrap();
        }
        if merges {
            writeln!(text, "merge :{}", number - 50).unwrap();
        }
        let (name, body) = if number % 10 == 1 {
            let mut lines = String::new();
            for line in 0..1_000 {
                writeln!(lines, "line {line} of {}", (number / 10 + line) / 1_000).unwrap();
            }
            ("hot.txt".to_owned(), lines)
        } else {
            (format!("d{}/f{}.txt", number % 20, number % FILES), format!("text {number}\n"))
        };
        writeln!(text, "M 100644 inline {name}").unwrap();
        data(&mut text, &body);
    }
    text
}

/// A workspace with that history, checked out.
async fn large() -> World {
    let world = World::start().await;
    world.post("/api/v1/git/init", json!({})).await.expect(StatusCode::OK);
    let stream = world.directory.path().join("stream");
    std::fs::write(&stream, history()).unwrap();
    git(&world, &["fast-import", "--quiet"], Some(&stream)).await;
    git(&world, &["reset", "--quiet", "--hard", "main"], None).await;
    world
}

async fn git(world: &World, args: &[&str], stdin: Option<&std::path::Path>) {
    let mut command = Command::new("git", world.path(""));
    command.args = args.iter().map(Into::into).collect();
    command.env = vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())];
    if let Some(path) = stdin {
        command.stdin = Stdio::Fd(std::fs::File::open(path).unwrap().into());
    }
    let mut child = world.server.app.processes.spawn(command).unwrap();
    assert_eq!(child.wait().await.code, Some(0), "{args:?}");
}

/// Asks, and says how long it took.
async fn quick(world: &World, what: &str) -> Value {
    let begin = Instant::now();
    let answer = world.get(&format!("/api/v1/git/{what}")).await.expect(StatusCode::OK);
    let took = begin.elapsed();
    assert!(took < PATIENCE, "{what} took {took:?}");
    answer
}

#[tokio::test]
async fn ten_thousand_commits_are_shown_as_quickly_as_ten() {
    let world = large().await;
    let status = quick(&world, "status").await;
    assert_eq!(status["branch"], "main");
    assert_eq!(status["entries"], json!([]));
    let first = quick(&world, "log?all=true&limit=200").await;
    assert_eq!(first["commits"].as_array().unwrap().len(), 200);
    assert_eq!(first["commits"][0]["subject"], format!("Change number {COMMITS}"));
    assert_eq!(first["commits"][0]["parents"].as_array().unwrap().len(), 2);
    let last = quick(&world, "log?all=true&limit=200&skip=9900").await;
    assert_eq!(last["commits"].as_array().unwrap().len(), 100);
    assert_eq!(last["more"], false);
    let found = quick(&world, "log?all=true&search=number%207777").await;
    assert_eq!(found["commits"].as_array().unwrap().len(), 1);
    let of_file = quick(&world, "log?path=hot.txt&limit=200").await;
    assert_eq!(of_file["more"], true);
    let blame = quick(&world, "blame?path=hot.txt").await;
    let lines: u64 = blame.as_array().unwrap().iter().map(|it| it["lines"].as_u64().unwrap()).sum();
    assert_eq!(lines, 1_000);
    quick(&world, "commits/HEAD").await;
    quick(&world, "diff?commit=HEAD").await;
    quick(&world, "branches").await;
    world.end().await;
}

#[tokio::test]
async fn what_is_typed_and_not_saved_has_its_lines_in_the_blame() {
    let world = World::start().await;
    world.post("/api/v1/git/init", json!({})).await.expect(StatusCode::OK);
    world.write("a", "one\r\ntwo\r\n");
    world.post("/api/v1/git/stage", json!({"paths": [""]})).await.expect(StatusCode::OK);
    world.post("/api/v1/git/commit", json!({"message": "First"})).await.expect(StatusCode::OK);
    let mut editor = Editor::open(&world, "a", "ada", 11).await;
    editor.types(4, "between\n").await;
    // The first acknowledgement is of what a client sends when it comes.
    editor
        .until_ours(|it| matches!(it, protocol::document::FromDocument::Ack { updates: 2.. }))
        .await;
    let blame = world.get("/api/v1/git/blame?path=a").await.expect(StatusCode::OK);
    let told: Vec<(u64, u64, bool)> = blame
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let number = |name: &str| it[name].as_u64().unwrap();
            (number("first_line"), number("lines"), it["commit"].is_string())
        })
        .collect();
    assert_eq!(told, [(1, 1, true), (2, 1, false), (3, 1, true)], "{blame}");
    world.end().await;
}
