//! Search by content and replacing across files, over real trees.

use crate::editor::Editor;
use crate::world::{Answer, DEADLINE, World};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;

/// `text` as a part of a query.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |text, it| format!("{text}%{it:02X}"))
}

/// The lines of an answer.
fn lines(answer: Answer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

/// What a search found: matches by path, and the summary.
async fn search(world: &World, text: &str, options: &str) -> (BTreeMap<String, Vec<Value>>, Value) {
    let path = format!("/api/v1/search/content?q={}{options}", escaped(text));
    let mut lines = lines(world.get(&path).await);
    let last = lines.pop().unwrap();
    assert_eq!(last["type"], "done", "{last}");
    let found = lines.into_iter().filter(|it| it["type"] == "file").map(|it| {
        let path = it["file"]["path"].as_str().unwrap().to_owned();
        (path, it["file"]["matches"].as_array().unwrap().clone())
    });
    (found.collect(), last["summary"].clone())
}

/// Paths of the files with matches.
async fn paths(world: &World, text: &str, options: &str) -> Vec<String> {
    search(world, text, options).await.0.into_keys().collect()
}

fn make(world: &World, files: &[(&str, &str)]) {
    for (path, text) in files {
        std::fs::create_dir_all(world.path(path).parent().unwrap()).unwrap();
        world.write(path, text);
    }
}

#[tokio::test]
async fn matches_are_found_with_their_places_for_editors_and_for_programs() {
    let world = World::start().await;
    make(&world, &[("a.txt", "one\r\n  😀 Needle needles\n"), ("b/c.txt", "NEEDLE")]);
    let (found, summary) = search(&world, "needle", "").await;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["a.txt", "b/c.txt"]);
    assert_eq!(
        found["a.txt"][0],
        json!({
            "line": 2, "column": 6, "end_column": 12, "byte_start": 7, "byte_end": 13,
            "before": "😀 ", "text": "Needle", "after": " needles",
        })
    );
    assert_eq!((&summary["files"], &summary["matches"]), (&json!(2), &json!(3)));
    assert_eq!(paths(&world, "Needle", "").await, ["a.txt"]);
    assert_eq!(paths(&world, "Needle", "&case=insensitive").await, ["a.txt", "b/c.txt"]);
    assert_eq!(paths(&world, "needle", "&case=sensitive").await, ["a.txt"]);
    let (found, _) = search(&world, "needle", "&word=true").await;
    assert_eq!(found["a.txt"].len(), 1);
    let (found, _) = search(&world, r"n\w+s$", "&regex=true").await;
    assert_eq!(found["a.txt"][0]["text"], "needles");
    let (found, _) = search(&world, "e$", "&regex=true").await;
    assert_eq!(found["a.txt"][0]["line"], 1, "a line ends before its line feed");
    world.end().await;
}

#[tokio::test]
async fn ignore_rules_globs_and_hidden_names_say_where_is_looked() {
    let world = World::start().await;
    make(
        &world,
        &[
            (".gitignore", "*.log\n"),
            ("src/a.rs", "x1"),
            ("src/a.log", "x1"),
            ("src/.hidden", "x1"),
            ("node_modules/m/index.js", "x1"),
            (".git/config", "x1"),
            ("docs/b.md", "x1"),
        ],
    );
    assert_eq!(paths(&world, "x1", "").await, ["docs/b.md", "src/.hidden", "src/a.rs"]);
    assert_eq!(paths(&world, "x1", "&skip_hidden=true").await, ["docs/b.md", "src/a.rs"]);
    let all = paths(&world, "x1", "&ignored=true").await;
    let wanted = ["docs/b.md", "node_modules/m/index.js", "src/.hidden", "src/a.log", "src/a.rs"];
    assert_eq!(all, wanted);
    assert_eq!(paths(&world, "x1", "&include=*.rs,docs").await, ["docs/b.md", "src/a.rs"]);
    assert_eq!(paths(&world, "x1", "&exclude=src").await, ["docs/b.md"]);
    world.end().await;
}

#[tokio::test]
async fn nothing_in_the_tree_holds_a_search_up_or_leads_it_out() {
    let world = World::start().await;
    std::fs::write(world.directory.path().join("secret"), "x1").unwrap();
    std::fs::create_dir(world.path("d")).unwrap();
    symlink("../secret", world.path("link")).unwrap();
    symlink("..", world.path("up")).unwrap();
    symlink(".", world.path("d/loop")).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, world.path("fifo"), fifo, 0o600.into(), 0).unwrap();
    let utf16: Vec<u8> = "\u{feff}é x1 é\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(world.path("utf16.txt"), utf16).unwrap();
    std::fs::write(world.path("binary"), b"x1\0x1").unwrap();
    std::fs::write(world.path("latin.txt"), b"\xe9 x1\n").unwrap();
    world.write("mark.txt", "\u{feff}x1\n");
    world.write("bundle.js", &format!("x1\n{}x1", "y".repeat(3 << 20)));
    let (found, summary) = search(&world, "x1", "").await;
    let column = |path: &str| found[path][0]["column"].as_u64().unwrap();
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        ["bundle.js", "latin.txt", "mark.txt", "utf16.txt"]
    );
    assert_eq!((column("latin.txt"), column("mark.txt"), column("utf16.txt")), (3, 1, 3));
    assert_eq!(found["bundle.js"].len(), 1);
    assert_eq!((&summary["binary"], &summary["long_lines"]), (&json!(1), &json!(1)));
    world.end().await;
}

#[tokio::test]
async fn a_search_ends_at_its_limits_and_says_so() {
    let world = World::start().await;
    for index in 0..20 {
        world.write(&format!("{index}.txt"), &"x1 ".repeat(2000));
    }
    let (found, summary) = search(&world, "x1", "&limit=5000").await;
    assert_eq!(summary["matches"], 5000);
    assert_eq!(summary["ended_early"], "matches");
    assert_eq!(found.values().map(Vec::len).sum::<usize>(), 5000);
    let (found, summary) = search(&world, "x1", "&file_limit=10&include=1.txt").await;
    assert_eq!(found["1.txt"].len(), 10);
    assert_eq!(summary["ended_early"], Value::Null);
    world.end().await;
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_refused_with_its_place() {
    let world = World::start().await;
    let refused = async |query: &str| {
        let path = format!("/api/v1/search/content?{query}");
        world.get(&path).await.refused(StatusCode::BAD_REQUEST, "invalid_request")
    };
    let body = refused(&format!("regex=true&q={}", escaped("é(a"))).await;
    assert_eq!(body["error"]["details"], json!({"field": "q", "position": 1}));
    let body = refused("q=a&include=%5Ba").await;
    assert_eq!(body["error"]["details"]["field"], "include");
    refused("q=").await;
    refused("q=a%0Ab").await;
    refused("q=a&nonsense=1").await;
    refused(&format!("q={}", "a".repeat(5000))).await;
    world.end().await;
}

/// The pieces of a body come in small frames, and nobody reads them here.
#[tokio::test]
async fn a_client_that_leaves_ends_its_search() {
    let world = World::start().await;
    for index in 0..2000 {
        world.write(&format!("{index}.txt"), &"some text around x1 here\n".repeat(200));
    }
    for _ in 0..6 {
        let answer = world.stream("/api/v1/search/content?q=x1&file_limit=1000", None).await;
        assert_eq!(world.server.app.search.idle(), 1, "it waits for its client");
        drop(answer);
        tokio::time::timeout(DEADLINE, world.server.app.search.settled()).await.unwrap();
    }
    world.end().await;
}

#[tokio::test]
async fn patterns_made_to_take_long_hold_nobody_else_up() {
    let world = World::start().await;
    let line: String = (0..60_000_u64).map(|it| if it * it % 7 < 3 { '0' } else { '1' }).collect();
    world.write("noise.txt", &format!("{line}\n").repeat(10));
    let pattern = escaped("[01]*1[01]{300}x");
    let path = format!("/api/v1/search/content?regex=true&q={pattern}");
    let streams = (world.stream(&path, None).await, world.stream(&path, None).await);
    world.get("/health").await.expect(StatusCode::OK);
    drop(streams);
    tokio::time::timeout(DEADLINE, world.server.app.search.settled()).await.unwrap();
    world.end().await;
}

/// The files of a preview, as the body of a replacement wants them.
async fn previewed(world: &World, query: &Value) -> Vec<Value> {
    let text = |key: &str| escaped(query[key].as_str().unwrap());
    let path = format!(
        "/api/v1/search/content?q={}&regex={}&replacement={}",
        text("q"),
        query["regex"],
        text("replacement")
    );
    let mut files: Vec<Value> = lines(world.get(&path).await)
        .into_iter()
        .filter(|it| it["type"] == "file")
        .map(|it| it["file"].clone())
        .collect();
    files.sort_by_key(|it| it["path"].as_str().unwrap().to_owned());
    files
}

async fn replace(world: &World, query: &Value, files: Value) -> Vec<Value> {
    let body = json!({"query": query, "files": files});
    lines(world.post("/api/v1/search/replace", body).await)
}

fn outcomes(lines: &[Value]) -> Vec<(String, u64, bool)> {
    let files = lines.iter().filter(|it| it["type"] == "file").map(|it| &it["outcome"]);
    let text = |it: &Value| it["path"].as_str().unwrap().to_owned();
    files
        .map(|it| (text(it), it["replaced"].as_u64().unwrap(), it["stale"].as_bool().unwrap()))
        .collect()
}

#[tokio::test]
async fn what_was_previewed_is_replaced_and_taken_back() {
    let world = World::start().await;
    let read = |name: &str| std::fs::read_to_string(world.path(name)).unwrap();
    let old = "\u{feff}let foo_a = foo_b;\r\nfoo_c\r\n";
    make(&world, &[("a.rs", old), ("b.rs", "foo_d\n"), ("c.rs", "foo_e foo_f\n")]);
    let query = json!({"q": r"foo_(?<end>\w)", "regex": true, "replacement": "${end}_$0"});
    let files = previewed(&world, &query).await;
    assert_eq!(files[0]["matches"][0]["replacement"], "a_foo_a");
    world.write("b.rs", "foo_d, changed\n");
    let only = json!([{"line": 1, "byte_start": files[2]["matches"][1]["byte_start"]}]);
    let chosen = json!([
        {"path": "a.rs", "etag": files[0]["etag"]},
        {"path": "b.rs", "etag": files[1]["etag"]},
        {"path": "c.rs", "etag": files[2]["etag"], "only": only},
    ]);
    let told = replace(&world, &query, chosen).await;
    let wanted = [("a.rs", 3, false), ("b.rs", 0, true), ("c.rs", 1, false)];
    let wanted = wanted.map(|(path, count, stale)| (path.to_owned(), count, stale));
    assert_eq!(outcomes(&told), wanted);
    assert_eq!(told.last().unwrap(), &json!({"type": "done", "changed": 2, "left": 1}));
    assert_eq!(read("a.rs"), "\u{feff}let a_foo_a = b_foo_b;\r\nc_foo_c\r\n");
    assert_eq!((read("b.rs"), read("c.rs")), ("foo_d, changed\n".into(), "foo_e f_foo_f\n".into()));

    world.write("c.rs", "mine\n");
    let body = json!({"undo": told[0]["undo"]});
    let back = lines(world.post("/api/v1/search/undo", body.clone()).await);
    let wanted = [("a.rs", 3, false), ("c.rs", 0, true)];
    assert_eq!(outcomes(&back), wanted.map(|(path, count, stale)| (path.to_owned(), count, stale)));
    assert_eq!((read("a.rs").as_str(), read("c.rs").as_str()), (old, "mine\n"));
    let again = world.post("/api/v1/search/undo", body).await;
    again.refused(StatusCode::NOT_FOUND, "not_found");
    world.end().await;
}

#[tokio::test]
async fn a_replacement_can_be_taken_back_after_the_kernel_came_back() {
    let world = World::start().await;
    world.write("a.txt", "one one");
    let query = json!({"q": "one", "regex": false, "replacement": "$1"});
    let files = previewed(&world, &query).await;
    let chosen = json!([{"path": "a.txt", "etag": files[0]["etag"]}]);
    let told = replace(&world, &query, chosen).await;
    assert_eq!(std::fs::read_to_string(world.path("a.txt")).unwrap(), "$1 $1");
    let world = world.crash().await;
    let body = json!({"undo": told[0]["undo"]});
    lines(world.post("/api/v1/search/undo", body).await);
    assert_eq!(std::fs::read_to_string(world.path("a.txt")).unwrap(), "one one");
    world.end().await;
}

#[tokio::test]
async fn what_could_not_be_put_back_can_be_put_back_later() {
    let world = World::start().await;
    make(&world, &[("a.txt", "one"), ("b.txt", "one")]);
    let query = json!({"q": "one", "regex": false, "replacement": "two"});
    let files = previewed(&world, &query).await;
    let chosen = |it: &Value| json!({"path": it["path"], "etag": it["etag"]});
    let told = replace(&world, &query, files.iter().map(chosen).collect()).await;
    std::fs::rename(world.path("a.txt"), world.path("aside")).unwrap();
    std::fs::create_dir(world.path("a.txt")).unwrap();
    let body = json!({"undo": told[0]["undo"]});
    let back = lines(world.post("/api/v1/search/undo", body.clone()).await);
    let wanted = [("a.txt", 0, false), ("b.txt", 1, false)];
    let wanted = wanted.map(|(path, count, stale)| (path.to_owned(), count, stale));
    assert_eq!(outcomes(&back), wanted, "{back:?}");
    std::fs::remove_dir(world.path("a.txt")).unwrap();
    std::fs::rename(world.path("aside"), world.path("a.txt")).unwrap();
    lines(world.post("/api/v1/search/undo", body.clone()).await);
    assert_eq!((world.read("a.txt"), world.read("b.txt")), ("one".to_owned(), "one".to_owned()));
    let again = world.post("/api/v1/search/undo", body).await;
    again.refused(StatusCode::NOT_FOUND, "not_found");
    world.end().await;
}

#[tokio::test]
async fn a_replacement_in_an_open_document_reaches_who_types_there_and_is_taken_back() {
    let world = World::start().await;
    world.write("a.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    ada.types(4, "one more\n").await;
    let mut bob = Editor::open(&world, "a.txt", "bob", 2).await;
    bob.until_shows("one\none more\n").await;
    let query = json!({"q": "one", "regex": false, "replacement": "two"});
    let files = previewed(&world, &query).await;
    assert_eq!(files[0]["matches"].as_array().unwrap().len(), 2, "what was typed is looked into");
    let chosen = json!([{"path": "a.txt", "etag": files[0]["etag"]}]);
    let told = replace(&world, &query, chosen).await;
    ada.until_shows("two\ntwo more\n").await;
    assert_eq!(world.read("a.txt"), "two\ntwo more\n");
    lines(world.post("/api/v1/search/undo", json!({"undo": told[0]["undo"]})).await);
    ada.until_shows("one\none more\n").await;
    assert_eq!(world.read("a.txt"), "one\none more\n");
    world.end().await;
}

#[tokio::test]
async fn what_cannot_be_replaced_is_left_with_the_reason() {
    let world = World::start().await;
    std::fs::write(world.path("latin.txt"), b"\xe9 x1\n").unwrap();
    world.write("a.txt", &format!("{}\n", "x".repeat(50_000)).repeat(20));
    let query = json!({"q": "x1", "regex": false, "replacement": "y"});
    let files = previewed(&world, &query).await;
    assert_eq!(files[0]["kept"], "its encoding is not UTF-8");
    world.write("zero.txt", "x1\n\0x1");
    let told = replace(&world, &query, json!([{"path": "zero.txt", "etag": "\"x\""}])).await;
    let why = "it is not text; there is a zero byte in it";
    assert_eq!(told[1]["outcome"]["left"], why, "{told:?}");
    // A result far larger than what it is made of is refused before it fills the memory.
    let query = json!({"q": "x+", "regex": true, "replacement": "$0".repeat(500)});
    let files = previewed(&world, &query).await;
    let chosen = json!([{"path": "a.txt", "etag": files[0]["etag"]}]);
    let told = replace(&world, &query, chosen).await;
    assert_eq!(told[1]["outcome"]["left"], "it would become larger than 16 MiB");
    let outside =
        json!([{"path": "../a", "etag": "\"x\""}, {"path": ".git/config", "etag": "\"x\""}]);
    let told = replace(&world, &query, outside).await;
    assert_eq!(told.last().unwrap(), &json!({"type": "done", "changed": 0, "left": 2}));
    world.end().await;
}

#[tokio::test]
async fn viewers_search_and_do_not_replace() {
    let world = World::start().await;
    world.write("a.txt", "x1");
    let path = "/api/v1/search/content?q=x1";
    lines(world.request(Method::GET, path, "viewer", None).await);
    for path in ["/api/v1/search/replace", "/api/v1/search/undo"] {
        let answer = world.request(Method::POST, path, "viewer", Some(json!({}))).await;
        answer.refused(StatusCode::FORBIDDEN, "forbidden");
    }
    world.end().await;
}

#[tokio::test]
async fn names_are_found_as_the_tree_is_while_somebody_watches_it() {
    let world = World::start().await;
    make(&world, &[("src/one.rs", ""), ("src/two.rs", "")]);
    let mut socket = world.socket("/api/v1/ws?topics=files,state", "viewer").await;
    while crate::channel::until(&mut socket, "state").await["state"]["file_watch"]["status"]
        != "live"
    {}
    let names = async |query: &str| {
        let path = format!("/api/v1/search/names?q={query}");
        world.get(&path).await.expect(StatusCode::OK)["paths"].clone()
    };
    assert_eq!(names("rs").await, json!(["src/one.rs", "src/two.rs"]));
    world.write("src/three.rs", "");
    std::fs::remove_file(world.path("src/one.rs")).unwrap();
    let mut told = 0;
    while told < 2 {
        let frame = crate::channel::until(&mut socket, "file_changed").await;
        told += usize::from(frame["event_type"] != "modified");
    }
    assert_eq!(names("rs").await, json!(["src/two.rs", "src/three.rs"]));
    let answer =
        world.request(Method::PUT, "/api/v1/files/src/4.rs", "editor", Some(json!(4))).await;
    answer.expect(StatusCode::CREATED);
    assert_eq!(names("4rs").await, json!(["src/4.rs"]), "what a request made is there at once");
    world.end().await;
}
