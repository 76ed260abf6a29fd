//! What a hostile path, link or program may try.

use super::*;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

// covers: S0.58
#[tokio::test]
async fn paths_that_leave_the_workspace_are_refused() {
    let world = World::new();
    for path in [
        "../secret",
        "a/../../secret",
        "..%2Fsecret",
        "%2e%2e/secret",
        "%2e%2e%2fsecret",
        "%252e%252e%252fsecret",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "..%5Csecret",
        "a%5C..%5Csecret",
        "a%00b",
        "a%0Ab",
        "./a",
        "a/",
        "a//b",
        "",
    ] {
        for method in ["GET", "PUT", "DELETE"] {
            let target = format!("/api/v1/files/{path}");
            let answer = world.send(method, &target, &[], "x").await;
            assert_eq!(answer.code(), "400 invalid_path", "{method} {target}");
            assert!(!answer.text().contains("the secret"));
        }
    }
    for path in ["../secret", "/etc", "a\\b", "..", "a\nb"] {
        let body = serde_json::json!({ "path": path });
        assert_eq!(world.post("mkdir", body).await.code(), "400 invalid_path", "{path}");
        for (from, to) in [(path, "x"), ("x", path)] {
            let body = serde_json::json!({ "from": from, "to": to });
            assert_eq!(world.post("rename", body.clone()).await.code(), "400 invalid_path");
            assert_eq!(world.post("copy", body).await.code(), "400 invalid_path");
        }
    }
    for target in
        ["/api/v1/tree?path=../", "/api/v1/archive?path=..%2F..", "/api/v1/tree?path=/etc"]
    {
        assert_eq!(world.get(target).await.code(), "400 invalid_path", "{target}");
    }
    assert!(world.told().is_empty() && world.names("").is_empty());
}

// covers: S0.58
#[tokio::test]
async fn reserved_names_are_not_written_even_through_links() {
    let world = World::new();
    world.write(".git/config", "old");
    world.link(".git", "innocent");
    for path in [".git/config", "sub/.GIT/x", "a.artifact.json", "innocent/config"] {
        assert_eq!(world.put(path, &[], "new").await.code(), "400 invalid_path", "{path}");
    }
    assert_eq!(world.delete("innocent/config").await.code(), "400 invalid_path");
    assert_eq!(world.read(".git/config"), "old");
}

// covers: S0.58
#[tokio::test]
async fn links_that_leave_the_workspace_lead_nowhere() {
    let world = World::new();
    let secret = world.directory.path().join("secret");
    world.link(secret.to_str().unwrap(), "absolute");
    world.link("../secret", "relative");
    world.link("..", "up");
    world.link("/etc", "etc");
    world.link("/proc/self/root", "magic");
    world.link("loop", "loop");
    for path in ["absolute", "relative", "up/secret", "etc/passwd", "magic/etc/passwd", "loop"] {
        for method in ["GET", "PUT"] {
            let answer = world.send(method, &format!("/api/v1/files/{path}"), &[], "x").await;
            assert!(answer.status.is_client_error(), "{method} {path}: {answer:?}");
            assert!(!answer.text().contains("the secret") && !answer.text().contains("root:"));
        }
    }
    for path in ["up", "etc", "magic"] {
        assert!(world.get(&format!("/api/v1/tree?path={path}")).await.status.is_client_error());
        assert!(world.put(&format!("{path}/made"), &[], "x").await.status.is_client_error());
        let body = serde_json::json!({ "path": format!("{path}/made") });
        assert!(world.post("mkdir", body).await.status.is_client_error());
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "the secret");
    // The link itself can be deleted; its target stays.
    assert_eq!(world.delete("absolute").await.code(), "ok");
    assert_eq!(world.delete("up").await.code(), "ok");
    assert!(secret.exists());
}

#[tokio::test]
async fn links_that_stay_inside_are_followed() {
    let world = World::new();
    world.write("real/a", "one");
    world.link("real", "link");
    world.link("../real/a", "real/self");
    world.link(world.path("real").to_str().unwrap(), "absolute");
    for path in ["link/a", "real/self", "absolute/a"] {
        assert_eq!(world.get(&format!("/api/v1/files/{path}")).await.text(), "one", "{path}");
    }
    assert_eq!(world.put("absolute/b", &[], "two").await.code(), "ok");
    assert_eq!(world.read("real/b"), "two");
    assert_eq!(world.told(), ["Created real/b by ann"]);
    world.link("real/later", "dangling");
    assert_eq!(world.get("/api/v1/files/dangling").await.code(), "404 not_found");
    assert_eq!(world.put("dangling", &[], "three").await.code(), "ok");
    assert_eq!(world.read("real/later"), "three");
}

/// Somebody swaps a directory for a link to the outside as fast as possible; whatever a request
/// answers, nothing outside is read, written or deleted.
// covers: S0.58
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_becomes_a_link_in_between_leads_nowhere() {
    let world = World::new();
    let outside = world.directory.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("file"), "the secret").unwrap();
    fs::write(outside.join("only-outside"), "the secret").unwrap();
    world.write("dir/file", "inside");
    std::os::unix::fs::symlink(&outside, world.path("link")).unwrap();
    let (directory, link) = (world.path("dir"), world.path("link"));
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let swapper = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            let flags = rustix::fs::RenameFlags::EXCHANGE;
            let cwd = rustix::fs::CWD;
            rustix::fs::renameat_with(cwd, &directory, cwd, &link, flags).unwrap();
        }
    });
    for round in 0..150 {
        world.write("keep/file", "inside");
        let get = world.get("/api/v1/files/dir/file").await;
        assert!(!get.text().contains("the secret"), "round {round}");
        let listed = world.get("/api/v1/tree?path=dir").await;
        assert!(!listed.text().contains("only-outside"), "round {round}");
        let found = world.get("/api/v1/search/names?q=outside").await;
        assert!(!found.text().contains("only-outside"), "round {round}");
        world.put("dir/made", &[], "x").await;
        world.post("mkdir", serde_json::json!({ "path": "dir/sub/x" })).await;
        let copied = world.post("copy", serde_json::json!({ "from": "dir", "to": "copy" })).await;
        if copied.status.is_success() {
            assert!(
                !world.path("copy").is_dir()
                    || is_link(&world.path("copy"))
                    || !world.path("copy/only-outside").exists()
            );
            world.delete("copy").await;
        }
        for path in ["dir/made", "dir/sub", "dir/file"] {
            world.delete(path).await;
        }
        let archive = world.get("/api/v1/archive").await;
        let mut content = Vec::new();
        flate2::read::GzDecoder::new(&archive.body[..]).read_to_end(&mut content).unwrap();
        assert!(!String::from_utf8_lossy(&content).contains("only-outside"), "round {round}");
    }
    stop.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), "the secret");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 2);
}

fn is_link(path: &std::path::Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink())
}

/// The same while a tree is deleted.
// covers: S0.58
#[test]
fn deleting_never_follows_a_link_that_appears() {
    let world = World::new();
    let outside = world.directory.path().join("outside");
    for index in 0..20 {
        fs::create_dir_all(outside.join(format!("d{index}"))).unwrap();
        fs::write(outside.join(format!("d{index}/file")), "kept").unwrap();
    }
    let path = WorkspacePath::parse("top").unwrap();
    for _ in 0..10 {
        for index in 0..20 {
            world.write(&format!("top/d{index}/file"), "x");
        }
        let (top, target) = (world.path("top"), outside.clone());
        let swapper = std::thread::spawn(move || {
            for index in (0..20).rev() {
                let directory = top.join(format!("d{index}"));
                let away = top.join(format!("away{index}"));
                if fs::rename(&directory, &away).is_ok() {
                    // The deletion may have taken the parent meanwhile.
                    drop(std::os::unix::fs::symlink(&target, &directory));
                }
            }
        });
        let removed = world.files.remove_own(&path);
        swapper.join().unwrap();
        if removed.is_err() || world.path("top").exists() {
            world.files.remove_own(&path).unwrap();
        }
    }
    for index in 0..20 {
        assert_eq!(fs::read_to_string(outside.join(format!("d{index}/file"))).unwrap(), "kept");
    }
}
