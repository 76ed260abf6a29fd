//! Listing, moving, copying, deleting, archives and search.

use super::*;
use serde_json::json;
use std::io::Read;

fn listed(answer: &Answer) -> Vec<String> {
    let entries = answer.json()["entries"].as_array().unwrap().clone();
    entries
        .iter()
        .map(|it| {
            let ignored = if it["ignored"] == true { " ignored" } else { "" };
            format!("{} {}{ignored}", it["kind"].as_str().unwrap(), it["path"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_directory_is_listed_in_the_order_in_which_people_count() {
    let world = World::new();
    for name in ["b10.txt", "B2.txt", "a.log", "src/x", "node_modules/p", ".env", "keep.log"] {
        world.write(name, "x");
    }
    world.write(".gitignore", "*.log\n!keep.log\n/src/gen/\n");
    world.write("src/gen/y", "x");
    world.link("src", "link");
    let answer = world.get("/api/v1/tree").await;
    assert_eq!(
        listed(&answer),
        [
            "directory node_modules ignored",
            "directory src",
            "file .env",
            "file .gitignore",
            "file a.log ignored",
            "file B2.txt",
            "file b10.txt",
            "file keep.log",
            "symlink link",
        ]
    );
    let link = answer.json()["entries"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(link["target"], "src");
    let below = world.get("/api/v1/tree?path=src").await;
    assert_eq!(listed(&below), ["directory src/gen ignored", "file src/x"]);
    let inside = world.get("/api/v1/tree?path=src/gen").await;
    assert_eq!(listed(&inside), ["file src/gen/y ignored"]);
    assert_eq!(world.get("/api/v1/tree?path=a.log").await.code(), "409 conflict");
    assert_eq!(world.get("/api/v1/tree?path=none").await.code(), "404 not_found");
}

#[tokio::test]
async fn ten_thousand_files_are_listed_up_to_a_limit() {
    let world = World::new();
    fs::create_dir(world.path("many")).unwrap();
    for index in 0..10_000 {
        fs::File::create(world.path(&format!("many/f{index}"))).unwrap();
    }
    let answer = world.get("/api/v1/tree?path=many").await.json();
    assert_eq!(answer["entries"].as_array().unwrap().len(), 5_000);
    assert_eq!(answer["truncated"], true);
    assert_eq!(answer["entries"][10]["name"], "f10");
    let found = world.get("/api/v1/search/names?q=f9999").await.json();
    assert_eq!(found["paths"], json!(["many/f9999"]));
    let matches = world.get("/api/v1/search/names?q=f1&limit=7").await.json();
    assert_eq!(matches["paths"].as_array().unwrap().len(), 7);
    assert_eq!(matches["truncated"], true);
    assert_eq!(world.delete("many").await.code(), "ok");
    assert!(world.names("").is_empty());
}

#[tokio::test]
async fn unusual_names_are_names_like_others() {
    let world = World::new();
    let long = "x".repeat(255);
    for name in ["a b", "größe 日本.txt", "100%", "#1?&=+", "'quoted\"", "-rf", long.as_str()] {
        let encoded = name.bytes().fold(String::new(), |text, it| format!("{text}%{it:02X}"));
        assert_eq!(world.put(&encoded, &[], name).await.code(), "ok", "{name}");
        assert_eq!(world.get(&format!("/api/v1/files/{encoded}")).await.text(), name);
        assert_eq!(world.read(name), name);
        assert_eq!(world.delete(&encoded).await.code(), "ok");
    }
    let too_long = "x".repeat(256);
    assert_eq!(world.put(&too_long, &[], "x").await.code(), "400 invalid_path");
}

#[tokio::test]
async fn files_are_made_moved_copied_and_deleted() {
    let world = World::new();
    assert_eq!(world.post("mkdir", json!({ "path": "a/b" })).await.status, StatusCode::CREATED);
    assert_eq!(world.post("mkdir", json!({ "path": "a/b" })).await.code(), "409 already_exists");
    world.write("a/b/file", "one");
    world.link("b/file", "a/link");
    let moved = world.post("rename", json!({ "from": "a", "to": "x/y" })).await;
    assert_eq!((moved.status, moved.json()["path"].clone()), (StatusCode::OK, json!("x/y")));
    let copied = world.post("copy", json!({ "from": "x", "to": "z" })).await;
    assert_eq!(copied.status, StatusCode::CREATED);
    assert_eq!(world.read("z/y/b/file"), "one");
    assert_eq!(fs::read_link(world.path("z/y/link")).unwrap(), PathBuf::from("b/file"));
    assert_eq!(world.delete("x").await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.delete("x").await.code(), "404 not_found");
    assert_eq!(world.names(""), ["z"]);
    assert_eq!(
        world.told(),
        [
            "Created a by ann",
            "Created a/b by ann",
            "Created x by ann",
            "Renamed a to x/y by ann",
            "Created z by ann",
            "Deleted x by ann",
        ]
    );
}

#[tokio::test]
async fn nothing_is_moved_or_copied_over_something_or_into_itself() {
    let world = World::new();
    world.write("a/file", "one");
    world.write("b", "two");
    world.link("a", "link");
    for (from, to, code) in [
        ("a/file", "b", "409 already_exists"),
        ("a", "a/inner/x", "400 invalid_request"),
        ("a", "link/x", "400 invalid_request"),
        ("missing", "c", "404 not_found"),
        ("b", "b/c", "409 conflict"),
    ] {
        for route in ["rename", "copy"] {
            let answer = world.post(route, json!({ "from": from, "to": to })).await;
            // A file below itself is refused for one of two good reasons.
            let refused = [code, "400 invalid_request"].contains(&answer.code().as_str());
            assert!(refused, "{route} {from} {to}: {}", answer.code());
        }
    }
    assert_eq!(world.names(""), ["a", "b", "link"]);
    assert_eq!(world.names("a"), ["file"]);
    assert!(world.told().is_empty());
}

#[tokio::test]
async fn a_deep_tree_is_deleted_or_refused_with_advice() {
    let world = World::new();
    let deep = "d/".repeat(200) + "file";
    world.write(&deep, "x");
    assert_eq!(world.delete("d").await.code(), "ok");
    world.write(&("d/".repeat(300) + "file"), "x");
    assert_eq!(world.delete("d").await.code(), "413 too_large");
}

#[tokio::test]
async fn a_path_that_could_not_be_deleted_again_is_not_made() {
    let world = World::new();
    let deepest = "d/".repeat(256) + "file";
    assert_eq!(world.put(&deepest, &[], "x").await.code(), "ok");
    assert_eq!(world.read(&deepest), "x");
    assert_eq!(world.told().len(), 257, "every directory and the file");
    assert_eq!(world.put(&format!("d/{deepest}"), &[], "x").await.code(), "400 invalid_path");
    assert_eq!(world.put(&format!("e/{deepest}"), &[], "x").await.code(), "400 invalid_path");
    let below = json!({ "path": "d/".repeat(256) + "e" });
    assert_eq!(world.post("mkdir", below).await.code(), "400 invalid_path");
    assert_eq!(world.names(""), ["d"]);
    assert_eq!(world.delete("d").await.code(), "ok");
}

#[tokio::test]
async fn an_archive_holds_everything_as_it_is() {
    let world = World::new();
    world.write("src/a.txt", "hello");
    world.write("src/node_modules/p/index.js", "x");
    world.write(&format!("src/{}/{}", "long".repeat(40), "name".repeat(50)), "deep");
    world.link("a.txt", "src/link");
    fs::write(world.path("src/large"), vec![3; 3_000_000]).unwrap();
    let answer = world.get("/api/v1/archive?path=src").await;
    assert_eq!(answer.header("content-type"), "application/gzip");
    assert!(answer.header("content-disposition").contains("src.tar.gz"));
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&answer.body[..]));
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let link = entry.link_name().unwrap().map(|it| it.display().to_string());
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((path, link, content.len()));
    }
    found.sort();
    let get = |name: &str| found.iter().find(|it| it.0 == name).map(|it| (it.1.clone(), it.2));
    assert_eq!(get("src/a.txt"), Some((None, 5)));
    assert_eq!(get("src/link"), Some((Some("a.txt".to_owned()), 0)));
    assert_eq!(get("src/large"), Some((None, 3_000_000)));
    assert_eq!(get("src/node_modules/p/index.js"), Some((None, 1)));
    assert!(found.iter().any(|it| it.0.ends_with(&"name".repeat(50))));
    assert_eq!(world.get("/api/v1/archive?path=none").await.code(), "404 not_found");
    assert!(world.get("/api/v1/archive").await.header("content-disposition").contains("workspace"));
}

#[tokio::test]
async fn an_archive_nobody_reads_ends() {
    let world = World::new();
    for index in 0..200_u32 {
        let noise: Vec<u8> =
            (0..50_000_u32).map(|it| it.wrapping_mul(index * 7919).to_le_bytes()[1]).collect();
        fs::write(world.path(&format!("f{index}")), noise).unwrap();
    }
    for _ in 0..ARCHIVES_MAX + 2 {
        let request = Request::get("/api/v1/archive").body(Body::empty()).unwrap();
        let response = world.router.clone().oneshot(request).await.unwrap();
        drop(response);
    }
    // All of them gave their place back.
    let places = u32::try_from(ARCHIVES_MAX).unwrap();
    drop(world.files.shared.archives.acquire_many(places).await.unwrap());
}

#[tokio::test]
async fn names_are_found_by_a_few_letters() {
    let world = World::new();
    for name in [
        "src/components/FileTree.tsx",
        "src/components/filter.ts",
        "docs/first-tree.md",
        "node_modules/x/FileTree.tsx",
        "dist/FileTree.js",
        "secret.log",
        ".gitignore",
    ] {
        world.write(name, "*.log\n");
    }
    let found = world.get("/api/v1/search/names?q=ft").await.json();
    assert_eq!(
        found["paths"],
        json!(["src/components/FileTree.tsx", "docs/first-tree.md", "src/components/filter.ts"])
    );
    let found = world.get("/api/v1/search/names?q=filetree").await.json();
    assert_eq!(found["paths"], json!(["src/components/FileTree.tsx"]));
    assert_eq!(world.get("/api/v1/search/names?q=secret").await.json()["paths"], json!([]));
    let all = world.get("/api/v1/search/names?q=").await.json();
    assert_eq!(all["paths"].as_array().unwrap().len(), 4);
}
