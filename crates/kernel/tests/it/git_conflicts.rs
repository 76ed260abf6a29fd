//! What people decide about a repository: conflicts, single lines, branches that are in the way.

use crate::git::{Repository, git};
use http::StatusCode;
use protocol::git::{GitConflictKind, GitOperation, GitStatus};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

impl Repository {
    /// Two branches that both changed: `here` is checked out, `there` is to be merged.
    async fn diverged(here: &[(&str, Option<&[u8]>)], there: &[(&str, Option<&[u8]>)]) -> Self {
        let it = Self::new().await;
        std::fs::write(it.world.path("picture"), b"\0base").unwrap();
        it.commit("Picture").await;
        it.status("branches", json!({"name": "side", "checkout": true})).await;
        for (branch, changes) in [("side", there), ("main", here)] {
            it.status("checkout", json!({"revision": branch})).await;
            for (path, content) in changes {
                match content {
                    Some(content) => std::fs::write(it.world.path(path), content).unwrap(),
                    None => std::fs::remove_file(it.world.path(path)).unwrap(),
                }
            }
            it.commit(&format!("In {branch}")).await;
        }
        it
    }

    async fn commit(&self, message: &str) {
        self.status("stage", json!({"paths": [""]})).await;
        self.status("commit", json!({"message": message})).await;
    }

    /// Asks for a change that can be undone; the undo.
    async fn undoable(&self, what: &str, body: Value) -> Value {
        let answer = self.world.post(&format!("/api/v1/git/{what}"), body).await;
        let answer = answer.expect(StatusCode::OK);
        json!({"undo": answer["undo"]})
    }
}

fn kind_of(status: &GitStatus, path: &str) -> Option<GitConflictKind> {
    status.entries.iter().find(|it| it.path == path).and_then(|it| it.conflict)
}

// covers: S2.14
#[tokio::test]
async fn a_resolved_conflict_is_opened_again_with_its_marks() {
    let it = Repository::diverged(&[("a", Some(b"ours\n"))], &[("a", Some(b"theirs\n"))]).await;
    it.status("merge", json!({"revision": "side"})).await;
    let marked = it.text("a");
    assert!(marked.starts_with("<<<<<<< HEAD\nours\n"), "{marked}");
    let versions = it.get("conflict?path=a").await;
    assert_eq!(versions["their_name"], "side");
    assert_eq!((&versions["kind"], &versions["binary"]), (&json!("both_modified"), &json!(false)));

    let undo = it.undoable("resolve", json!({"path": "a", "side": "theirs"})).await;
    assert_eq!(it.text("a"), "theirs\n");
    let status = it.status("undo", undo.clone()).await;
    assert_eq!(kind_of(&status, "a"), Some(GitConflictKind::BothModified));
    assert_eq!(it.text("a"), marked);
    assert_eq!(it.get("conflict?path=a").await["theirs"], "theirs\n");

    // What was resolved as it is comes back as it is; what changed since is left alone.
    let as_it_is = it.undoable("resolve", json!({"path": "a"})).await;
    it.world.write("a", "newer\n");
    assert_eq!(it.refused("undo", as_it_is.clone()).await.0, 409);
    it.world.write("a", &marked);
    let status = it.status("undo", as_it_is).await;
    assert_eq!(kind_of(&status, "a"), Some(GitConflictKind::BothModified));
    let status = it.status("operation", json!({"action": "abort"})).await;
    assert_eq!((status.operation, it.text("a").as_str()), (None, "ours\n"));
    it.world.end().await;
}

#[tokio::test]
async fn a_file_that_one_side_deleted_and_one_that_is_no_text_are_decided_as_a_whole() {
    let it = Repository::diverged(
        &[("a", Some(b"ours\n")), ("picture", Some(b"\0ours"))],
        &[("a", None), ("picture", Some(b"\0theirs"))],
    )
    .await;
    it.status("merge", json!({"revision": "side"})).await;
    let picture = it.get("conflict?path=picture").await;
    assert_eq!((&picture["binary"], &picture["ours"]), (&json!(true), &Value::Null));
    let gone = it.get("conflict?path=a").await;
    assert_eq!((&gone["kind"], &gone["ours"]), (&json!("deleted_by_them"), &json!("ours\n")));

    let undo = it.undoable("resolve", json!({"path": "a", "side": "theirs"})).await;
    assert!(!it.world.path("a").exists());
    let status = it.status("undo", undo).await;
    assert_eq!(kind_of(&status, "a"), Some(GitConflictKind::DeletedByThem));
    assert_eq!(it.text("a"), "ours\n");
    it.status("resolve", json!({"path": "a", "side": "theirs"})).await;
    it.status("resolve", json!({"path": "picture", "side": "theirs"})).await;
    let status = it.status("operation", json!({"action": "continue"})).await;
    assert_eq!((status.operation, status.entries.len()), (None, 0));
    assert_eq!(std::fs::read(it.world.path("picture")).unwrap(), b"\0theirs");
    it.world.end().await;
}

#[tokio::test]
async fn a_rebase_names_its_sides_and_leaves_out_a_commit() {
    let it = Repository::diverged(&[("a", Some(b"ours\n"))], &[("a", Some(b"theirs\n"))]).await;
    it.status("checkout", json!({"revision": "side"})).await;
    it.refused("operation", json!({"action": "skip"})).await;
    let root = it.root();
    let rebase = std::panic::catch_unwind(|| git(&root, &["rebase", "--quiet", "main"]));
    assert!(rebase.is_err(), "the rebase stops");
    let versions = it.get("conflict?path=a").await;
    assert_eq!(
        (&versions["our_name"], &versions["their_name"]),
        (&json!("main"), &json!("In side"))
    );
    let status = it.status("operation", json!({"action": "skip"})).await;
    assert_eq!((status.operation, status.branch.as_deref()), (None, Some("side")));
    assert_eq!(it.text("a"), "ours\n");
    it.world.end().await;
}

#[tokio::test]
async fn a_merge_has_nothing_to_leave_out() {
    let it = Repository::diverged(&[("a", Some(b"ours\n"))], &[("a", Some(b"theirs\n"))]).await;
    let status = it.status("merge", json!({"revision": "side"})).await;
    assert_eq!(status.operation, Some(GitOperation::Merge));
    assert_eq!(it.refused("operation", json!({"action": "skip"})).await.0, 400);
    it.world.end().await;
}

#[tokio::test]
async fn lines_are_staged_unstaged_and_discarded_one_by_one() {
    let it = Repository::new().await;
    it.world.write("a", "ONE\ntwo\nTHREE\nfour");
    let part = async |query: &str| it.get(query).await["files"][0]["hunks"][0].clone();
    let body = |part: &Value, action: &str, lines: &[u32]| json!({"path": "a", "action": action, "hunks": [part["id"]], "lines": lines});
    // -one +ONE two -three +THREE +four
    let all = part("diff?path=a").await;
    let lines = all["lines"].as_array().unwrap();
    let texts: Vec<&str> = lines.iter().map(|it| it["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "ONE", "two", "three", "THREE", "four"]);
    it.status("hunks", body(&all, "stage", &[0, 1])).await;
    assert_eq!(git(&it.root(), &["show", ":a"]), "ONE\ntwo\nthree\n");
    assert_eq!(it.text("a"), "ONE\ntwo\nTHREE\nfour");
    // Only what was taken away is unstaged.
    let staged = part("diff?path=a&staged=true").await;
    it.status("hunks", body(&staged, "unstage", &[0])).await;
    assert_eq!(git(&it.root(), &["show", ":a"]), "one\nONE\ntwo\nthree\n");
    let staged = part("diff?path=a&staged=true").await;
    it.status("hunks", body(&staged, "unstage", &[1])).await;
    assert_eq!(git(&it.root(), &["show", ":a"]), "one\ntwo\nthree\n");

    let all = part("diff?path=a").await;
    let undo = it.undoable("hunks", body(&all, "discard", &[5])).await;
    assert_eq!(it.text("a"), "ONE\ntwo\nTHREE\n");
    it.status("undo", undo).await;
    assert_eq!(it.text("a"), "ONE\ntwo\nTHREE\nfour");

    assert_eq!(it.refused("hunks", body(&all, "stage", &[2])).await.0, 409);
    assert_eq!(it.refused("hunks", body(&all, "stage", &[])).await.0, 409);
    // A new file loses a line of what is staged, a deleted one gets one back.
    it.world.write("new", "1\n2\n");
    std::fs::remove_file(it.world.path("a")).unwrap();
    it.status("stage", json!({"paths": [""]})).await;
    for (path, line, left) in [("new", 0, "2\n"), ("a", 1, "two\n")] {
        let staged = part(&format!("diff?path={path}&staged=true")).await;
        let mut body = body(&staged, "unstage", &[line]);
        body["path"] = json!(path);
        it.status("hunks", body).await;
        assert_eq!(git(&it.root(), &["show", &format!(":{path}")]), left, "{path}");
    }
    it.world.end().await;
}

#[tokio::test]
async fn lines_of_a_file_that_git_does_not_know_are_staged_and_discarded() {
    let it = Repository::new().await;
    it.world.write("new", "1\n2\n3\n");
    std::fs::set_permissions(it.world.path("new"), PermissionsExt::from_mode(0o755)).unwrap();
    let shown = it.get("diff?path=new").await["files"][0].clone();
    assert_eq!(shown["change"], "untracked");
    let body = |action: &str, lines: &[u32]| json!({"path": "new", "action": action, "hunks": [shown["hunks"][0]["id"]], "lines": lines});
    let undo = it.undoable("hunks", body("discard", &[0, 2])).await;
    assert_eq!(it.text("new"), "2\n");
    it.status("undo", undo).await;
    assert_eq!(it.text("new"), "1\n2\n3\n");
    let undo = it.undoable("hunks", body("discard", &[0, 1, 2])).await;
    assert_eq!(it.text("new"), "");
    it.status("undo", undo).await;

    it.status("hunks", body("stage", &[1])).await;
    assert_eq!(git(&it.root(), &["show", ":new"]), "2\n");
    assert!(git(&it.root(), &["ls-files", "--stage", "new"]).starts_with("100755"));
    assert_eq!(it.text("new"), "1\n2\n3\n");
    let left = it.get("diff?path=new").await["files"][0].clone();
    assert_eq!((&left["change"], &left["added"]), (&json!("modified"), &json!(2)));
    // As a whole, it is one part.
    it.status("unstage", json!({"paths": ["new"]})).await;
    let all = json!({"path": "new", "action": "stage", "hunks": [shown["hunks"][0]["id"]]});
    it.status("hunks", all).await;
    assert_eq!(git(&it.root(), &["show", ":new"]), "1\n2\n3\n");
    it.world.end().await;
}

#[tokio::test]
async fn what_is_in_the_way_is_told_to_programs_and_a_branch_is_renamed() {
    let it = Repository::diverged(&[("a", Some(b"ours\n"))], &[("a", Some(b"theirs\n"))]).await;
    it.world.write("a", "typed\n");
    let reason = async |path: &str, body: Value| {
        let answer = it.world.post(path, body).await;
        answer.refused(StatusCode::CONFLICT, "conflict")["error"]["details"]["reason"].clone()
    };
    let switch = json!({"revision": "side"});
    assert_eq!(reason("/api/v1/git/checkout", switch).await, "changes_in_the_way");
    let rename = json!({"name": "side", "to": "new/name"});
    it.status("branches/rename", rename.clone()).await;
    assert_eq!(it.refused("branches/rename", rename).await.0, 409);
    for name in ["-m", "a..b", "HEAD"] {
        let rename = json!({"name": "new/name", "to": name});
        assert_eq!(it.refused("branches/rename", rename).await.0, 400, "{name}");
    }
    let path = "/api/v1/git/branches?name=new/name";
    let answer = it.world.request(http::Method::DELETE, path, "editor", None).await;
    let error = answer.refused(StatusCode::CONFLICT, "conflict");
    assert_eq!(error["error"]["details"]["reason"], "not_merged");
    it.world.end().await;
}

#[tokio::test]
async fn a_repository_that_git_cannot_use_is_neither_hidden_nor_made_anew() {
    let world = crate::world::World::start().await;
    world.write(".git", "gitdir: /nowhere/at/all\n");
    let answer = world.get("/api/v1/git/status").await;
    let error = answer.refused(StatusCode::CONFLICT, "conflict");
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("there is a `.git` here that Git cannot use"), "{message}");
    assert!(message.contains("/nowhere/at/all"), "{message}");
    world.end().await;
}

#[tokio::test]
async fn before_the_first_commit_everything_says_what_is_missing() {
    let it = Repository { world: crate::world::World::start().await };
    it.status("init", json!({})).await;
    it.world.write("a", "x\n");
    let (_, message) = it.refused("stashes", json!({"include_untracked": true})).await;
    assert!(message.starts_with("before the first commit"), "{message}");
    let blame = it.world.get("/api/v1/git/blame?path=a").await.text;
    assert!(blame.contains("Nothing is committed here yet"), "{blame}");
    it.status("remotes", json!({"name": "origin", "url": "file:///nowhere"})).await;
    let (_, message) = it.task(json!({"kind": "push"})).await;
    assert!(message.starts_with("There is no commit on this branch yet"), "{message}");
    let status = it.status("branches", json!({"name": "other", "checkout": true})).await;
    assert_eq!((status.branch.as_deref(), status.head), (Some("other"), None));
    assert_eq!(it.get("log").await["commits"], json!([]));
    it.world.end().await;
}
