//! Reading and writing one file.

use super::*;
use rustix::fs::inotify;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

// covers: S0.87
#[tokio::test]
async fn a_file_is_written_read_and_told() {
    let world = World::new();
    let put = world.put("src/deep/a.txt", &[], "hello").await;
    assert_eq!(put.status, StatusCode::CREATED);
    assert_eq!(put.json()["size_bytes"], 5);
    assert_eq!(put.json()["created"], true);
    let get = world.get("/api/v1/files/src/deep/a.txt").await;
    assert_eq!((get.status, get.text()), (StatusCode::OK, "hello".to_owned()));
    assert_eq!(get.header("etag"), put.json()["etag"]);
    assert_eq!(get.header("content-length"), "5");
    assert!(get.header("last-modified").ends_with("GMT"));
    let again = world.put("src/deep/a.txt", &[], "hello you").await;
    assert_eq!((again.status, again.json()["created"].clone()), (StatusCode::OK, false.into()));
    assert_eq!(
        world.told(),
        [
            "Created src by ann",
            "Created src/deep by ann",
            "Created src/deep/a.txt by ann",
            "Modified src/deep/a.txt by ann",
        ]
    );
    assert_eq!(world.names("src/deep"), ["a.txt"]);
    let head = world.send("HEAD", "/api/v1/files/src/deep/a.txt", &[], "").await;
    assert_eq!((head.header("content-length"), head.body.len()), ("9", 0));
}

#[tokio::test]
async fn the_tag_is_that_of_the_content() {
    let world = World::new();
    world.write("a", "one");
    world.write("b", "one");
    let tag = world.get("/api/v1/files/a").await.header("etag").to_owned();
    assert_eq!(world.get("/api/v1/files/b").await.header("etag"), tag);
    world.write("a", "two");
    assert_ne!(world.get("/api/v1/files/a").await.header("etag"), tag);
    world.write("a", "one");
    assert_eq!(world.get("/api/v1/files/a").await.header("etag"), tag);
    let known = world.send("GET", "/api/v1/files/a", &[("if-none-match", &tag)], "").await;
    assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));
}

#[tokio::test]
async fn preconditions_protect_what_others_wrote() {
    let world = World::new();
    world.write("a", "one");
    let tag = world.get("/api/v1/files/a").await.header("etag").to_owned();
    assert_eq!(world.put("a", &[("if-match", &tag)], "two").await.code(), "ok");
    let stale = world.put("a", &[("if-match", &tag)], "three").await;
    assert_eq!(stale.code(), "412 precondition_failed");
    let current = world.get("/api/v1/files/a").await.header("etag").to_owned();
    assert_eq!(stale.json()["error"]["details"]["etag"], current);
    assert_eq!(world.read("a"), "two");
    assert_eq!(
        world.put("a", &[("if-none-match", "*")], "x").await.code(),
        "412 precondition_failed"
    );
    assert_eq!(world.put("b", &[("if-none-match", "*")], "x").await.code(), "ok");
    let missing = world.put("new/c", &[("if-match", &tag)], "x").await;
    assert_eq!(missing.code(), "412 precondition_failed");
    assert_eq!(missing.json()["error"]["details"]["etag"], serde_json::Value::Null);
    assert!(!world.path("new").exists());
    assert_eq!(world.put("a", &[("if-none-match", &tag)], "x").await.code(), "400 invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_writers_with_the_same_tag_exactly_one_wins() {
    let world = World::new();
    for round in 0..50 {
        world.write("a", &format!("round {round}"));
        let tag = world.get("/api/v1/files/a").await.header("etag").to_owned();
        let headers = [("if-match", tag.as_str())];
        let (one, two, three) = tokio::join!(
            world.put("a", &headers, "from one"),
            world.put("a", &headers, "from two"),
            world.put("./a", &headers, "never"),
        );
        assert_eq!(three.code(), "400 invalid_path");
        let mut codes = [one.code(), two.code()];
        codes.sort();
        assert_eq!(codes, ["412 precondition_failed", "ok"], "round {round}");
        let winner = if one.status.is_success() { "from one" } else { "from two" };
        assert_eq!(world.read("a"), winner);
    }
}

#[tokio::test]
async fn the_mode_of_a_replaced_file_stays_and_links_stay_links() {
    let world = World::new();
    world.write("dir/run.sh", "one");
    fs::set_permissions(world.path("dir/run.sh"), fs::Permissions::from_mode(0o750)).unwrap();
    world.link("dir/run.sh", "link");
    assert_eq!(world.put("link", &[], "two").await.code(), "ok");
    assert_eq!(world.read("dir/run.sh"), "two");
    let mode = fs::metadata(world.path("dir/run.sh")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o750);
    assert!(fs::symlink_metadata(world.path("link")).unwrap().is_symlink());
    assert_eq!(world.told(), ["Modified dir/run.sh by ann"]);
    fs::set_permissions(world.path("dir/run.sh"), fs::Permissions::from_mode(0o444)).unwrap();
    assert_eq!(world.put("dir/run.sh", &[], "three").await.code(), "403 forbidden");
}

/// Who watches a file itself, as `node --watch` does, would lose it when it is replaced.
#[tokio::test]
async fn texts_that_are_watched_are_written_into_the_file_that_is_there() {
    let world = World::new();
    world.write("a.js", "the first text");
    let watch = inotify::init(inotify::CreateFlags::CLOEXEC).unwrap();
    inotify::add_watch(&watch, world.path("a.js"), inotify::WatchFlags::MODIFY).unwrap();
    let inode = || fs::metadata(world.path("a.js")).unwrap().ino();
    let first = inode();
    for text in ["short", "a text that is longer than the first", ""] {
        let put = world.put("a.js", &[], text).await;
        assert_eq!((put.code(), world.read("a.js")), ("ok".to_owned(), text.to_owned()));
        assert_eq!(put.json()["etag"], world.get("/api/v1/files/a.js").await.header("etag"));
        assert_eq!(inode(), first);
    }
    drop(watch);
    assert_eq!(world.put("a.js", &[], "nobody watches now").await.code(), "ok");
    assert_ne!(inode(), first);
    assert_eq!(world.names(""), ["a.js"]);
}

#[tokio::test]
async fn what_is_shared_or_may_be_mapped_is_replaced() {
    let world = World::new();
    world.write("store.js", "old");
    fs::hard_link(world.path("store.js"), world.path("a.js")).unwrap();
    assert_eq!(world.put("a.js", &[], "new").await.code(), "ok");
    assert_eq!((world.read("store.js"), world.read("a.js")), ("old".to_owned(), "new".to_owned()));
    world.write("lib.so", "old");
    let before = fs::metadata(world.path("lib.so")).unwrap().ino();
    let mapped = fs::File::open(world.path("lib.so")).unwrap();
    assert_eq!(world.put("lib.so", &[], "\0new").await.code(), "ok");
    assert_ne!(fs::metadata(world.path("lib.so")).unwrap().ino(), before);
    assert_eq!(std::io::read_to_string(mapped).unwrap(), "old");
}

#[tokio::test]
async fn parts_of_a_file_can_be_asked_for() {
    let world = World::new();
    world.write("a", "0123456789");
    for (range, status, told, text) in [
        ("bytes=0-3", 206, "bytes 0-3/10", "0123"),
        ("bytes=7-", 206, "bytes 7-9/10", "789"),
        ("bytes=-2", 206, "bytes 8-9/10", "89"),
        ("bytes=5-100", 206, "bytes 5-9/10", "56789"),
        ("bytes=0-0", 206, "bytes 0-0/10", "0"),
        ("bytes=0-1,3-4", 200, "", "0123456789"),
        ("lines=1-2", 200, "", "0123456789"),
        ("bytes=4-2", 200, "", "0123456789"),
    ] {
        let answer = world.send("GET", "/api/v1/files/a", &[("range", range)], "").await;
        assert_eq!(answer.status.as_u16(), status, "{range}");
        assert_eq!(answer.header("content-range"), told, "{range}");
        assert_eq!(answer.text(), text, "{range}");
    }
    let outside = world.send("GET", "/api/v1/files/a", &[("range", "bytes=10-")], "").await;
    assert_eq!(outside.code(), "416 range_not_satisfiable");
    assert_eq!(outside.header("content-range"), "bytes */10");
    let old = [("range", "bytes=0-1"), ("if-range", "\"old\"")];
    assert_eq!(world.send("GET", "/api/v1/files/a", &old, "").await.text(), "0123456789");
}

#[tokio::test]
async fn nothing_that_is_sent_runs_in_a_browser() {
    let world = World::new();
    let script = "<script>alert(1)</script>";
    for (name, content_type) in [
        ("page.html", "text/plain; charset=utf-8"),
        ("image.svg", "text/plain; charset=utf-8"),
        ("code.js", "text/plain; charset=utf-8"),
        ("photo.PNG", "image/png"),
        ("none", "text/plain; charset=utf-8"),
    ] {
        world.write(name, script);
        let answer = world.get(&format!("/api/v1/files/{name}")).await;
        assert_eq!(answer.header("content-type"), content_type, "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("sandbox"));
    }
    fs::write(world.path("bytes"), [0, 159, 146, 150]).unwrap();
    let answer = world.get("/api/v1/files/bytes").await;
    assert_eq!(answer.header("content-type"), "application/octet-stream");
}

#[tokio::test]
async fn a_download_is_saved_under_its_name() {
    let world = World::new();
    world.write("größe 1.txt", "x");
    let answer = world.get("/api/v1/files/gr%C3%B6%C3%9Fe%201.txt?download").await;
    let told = answer.header("content-disposition");
    assert!(told.starts_with("attachment; "), "{told}");
    assert!(told.ends_with("filename*=UTF-8''gr%C3%B6%C3%9Fe%201.txt"), "{told}");
    assert_eq!(
        world.get("/api/v1/files/gr%C3%B6%C3%9Fe%201.txt").await.header("content-disposition"),
        ""
    );
}

#[tokio::test]
async fn a_large_upload_is_streamed_and_one_that_breaks_off_changes_nothing() {
    let world = World::new();
    let piece = bytes::Bytes::from(vec![7_u8; 100_000]);
    let whole: Vec<Result<_, std::io::Error>> = (0..100).map(|_| Ok(piece.clone())).collect();
    let body = Body::from_stream(futures_util::stream::iter(whole));
    let answer = world.send("PUT", "/api/v1/files/large", &[], body).await;
    assert_eq!(answer.json()["size_bytes"], 10_000_000);
    assert_eq!(world.get("/api/v1/files/large").await.header("etag"), answer.json()["etag"]);

    world.write("kept", "old");
    let broken = [Ok(piece), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(futures_util::stream::iter(broken));
    let answer = world.send("PUT", "/api/v1/files/kept", &[], body).await;
    assert_eq!(answer.code(), "400 invalid_request");
    assert_eq!(world.read("kept"), "old");
    assert_eq!(world.names(""), ["kept", "large"]);

    let too_large = (protocol::file::UPLOAD_BYTES_MAX + 1).to_string();
    let answer = world.put("kept", &[("content-length", &too_large)], "x").await;
    assert_eq!(answer.code(), "413 too_large");
}

#[tokio::test]
async fn directories_and_pipes_have_no_content() {
    let world = World::new();
    fs::create_dir(world.path("dir")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, world.path("pipe"), 0o600.into()).unwrap();
    assert_eq!(world.get("/api/v1/files/dir").await.code(), "409 conflict");
    assert_eq!(world.put("dir", &[], "x").await.code(), "409 conflict");
    assert_eq!(world.get("/api/v1/files/pipe").await.code(), "415 unsupported_content");
    assert_eq!(world.put("pipe", &[], "x").await.code(), "415 unsupported_content");
    let copied = world.post("copy", serde_json::json!({ "from": "pipe", "to": "pipe2" })).await;
    assert_eq!(copied.code(), "415 unsupported_content");
    assert!(copied.text().contains("`pipe`"), "{}", copied.text());
    assert_eq!(world.get("/api/v1/files/missing").await.code(), "404 not_found");
    assert_eq!(world.get("/api/v1/files/pipe/below").await.code(), "404 not_found");
}

// covers: S0.54
#[tokio::test]
async fn a_full_disk_is_told_and_leaves_the_old_content() {
    let directory = tempfile::tempdir().unwrap();
    let mount = directory.path().join("workspace");
    fs::create_dir(&mount).unwrap();
    let flags = rustix::mount::MountFlags::empty();
    if let Err(errno) = rustix::mount::mount("tmpfs", &mount, "tmpfs", flags, c"size=1m") {
        println!("SKIPPED: a full disk needs the right to mount one: {errno}");
        return;
    }
    let world = World::at(directory);
    world.write("kept", "old");
    let large = "x".repeat(2_000_000);
    for name in ["kept", "new"] {
        let answer = world.put(name, &[], &large).await;
        assert_eq!(answer.code(), "507 storage_full");
    }
    assert_eq!(world.read("kept"), "old");
    assert_eq!(world.names(""), ["kept"]);
    assert_eq!(world.put("kept", &[], "new").await.code(), "ok");
    rustix::mount::unmount(&mount, rustix::mount::UnmountFlags::DETACH).unwrap();
}
