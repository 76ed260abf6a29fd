//! Git over HTTP, with the real program.

use crate::world::World;
use futures_util::StreamExt;
use http::{Method, StatusCode};
use protocol::git::GitChange::{Modified, Unchanged, Untracked};
use protocol::git::{GitChange, GitConflictKind, GitOperation, GitStatus, GitTaskStatus};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Runs the real program beside the kernel, as a person in a terminal would.
#[expect(clippy::disallowed_methods, reason = "the test plays the person at the terminal")]
pub(crate) fn git(directory: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Out", "-c", "user.email=out@x", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    text
}

pub(crate) struct Repository {
    pub(crate) world: World,
}

impl Repository {
    /// A workspace that is a repository with one commit of `a`.
    pub(crate) async fn new() -> Self {
        let it = Self { world: World::start().await };
        it.status("init", json!({})).await;
        it.world.write("a", "one\ntwo\nthree\n");
        it.status("stage", json!({"paths": [""]})).await;
        it.status("commit", json!({"message": "First"})).await;
        it
    }

    pub(crate) fn root(&self) -> std::path::PathBuf {
        self.world.path("")
    }

    pub(crate) async fn status(&self, what: &str, body: Value) -> GitStatus {
        let answer = self.world.post(&format!("/api/v1/git/{what}"), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{what}: {}", answer.text);
        let value: Value = serde_json::from_str(&answer.text).unwrap();
        let status = value.get("status").filter(|it| it.is_object()).unwrap_or(&value);
        serde_json::from_value(status.clone()).unwrap()
    }

    pub(crate) async fn refused(&self, what: &str, body: Value) -> (u16, String) {
        let answer = self.world.post(&format!("/api/v1/git/{what}"), body).await;
        let value: Value = serde_json::from_str(&answer.text).unwrap();
        let message = value["error"]["message"].as_str().unwrap_or_default().to_owned();
        (answer.status.as_u16(), message)
    }

    pub(crate) async fn get(&self, what: &str) -> Value {
        let answer = self.world.get(&format!("/api/v1/git/{what}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{what}: {}", answer.text);
        serde_json::from_str(&answer.text).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.world.path(name)).unwrap()
    }

    /// Waits for the end of the network operation.
    pub(crate) async fn task(&self, body: Value) -> (GitTaskStatus, String) {
        let answer = self.world.post("/api/v1/git/tasks", body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        let mut revision = self.world.server.app.git.revision();
        loop {
            revision.mark_unchanged();
            let status = self.world.server.app.git.status().await.unwrap();
            let task = status.task.unwrap();
            if task.status != GitTaskStatus::Running {
                return (task.status, task.message);
            }
            let wait = tokio::time::timeout(crate::world::DEADLINE, revision.changed());
            wait.await.expect("the task ends").unwrap();
        }
    }
}

#[tokio::test]
async fn commits_carry_the_name_and_address_that_the_person_has_set() {
    let it = Repository::new().await;
    let variable = |name: &str, value: &str| json!({"name": name, "value": value, "secret": false, "uses": ["terminals"]});
    let body = json!({
        "person": "usr_00000000000000000000000001", "revision": 1, "credentials": [],
        "variables": [variable("GIT_AUTHOR_NAME", "Ada Lovelace"), variable("GIT_AUTHOR_EMAIL", "ada@example.org")],
    });
    let given =
        it.world.request_by(Method::PUT, "/api/v1/environment", ("owner", None), Some(body)).await;
    assert_eq!(given.status, StatusCode::NO_CONTENT, "{}", given.text);
    let by = ("editor", Some("usr_00000000000000000000000001"));
    for (who, by, expected) in [
        ("the person", by, "Ada Lovelace <ada@example.org> Ada Lovelace <ada@example.org>\n"),
        (
            "somebody else",
            ("editor", Some("usr_test")),
            "usr_test <usr_test@stead.invalid> usr_test <usr_test@stead.invalid>\n",
        ),
    ] {
        it.world.write("a", who);
        let body = json!({"message": who, "all": true});
        let done = it.world.request_by(Method::POST, "/api/v1/git/commit", by, Some(body)).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        let log = git(&it.root(), &["log", "-1", "--format=%an <%ae> %cn <%ce>"]);
        assert_eq!(log, expected, "{who}");
    }
    it.world.end().await;
}

fn told(status: &GitStatus) -> Vec<(&str, GitChange, GitChange)> {
    status.entries.iter().map(|it| (it.path.as_str(), it.staged, it.unstaged)).collect()
}

// covers: S2.14
#[tokio::test]
async fn changes_are_staged_and_committed_in_the_name_of_the_principal() {
    let world = World::start().await;
    let none: GitStatus =
        serde_json::from_str(&world.get("/api/v1/git/status").await.text).unwrap();
    assert!(!none.repository);
    let (status, message) = Repository { world }.end_with_refusal().await;
    assert_eq!((status, message.contains("no Git repository")), (409, true), "{message}");

    let it = Repository::new().await;
    assert_eq!(
        git(&it.root(), &["log", "--format=%an <%ae> %s"]),
        "usr_test <usr_test@stead.invalid> First\n"
    );
    it.world.write("a", "one\n2\nthree\n");
    it.world.write("dir b", "x");
    let status = it.status("stage", json!({"paths": ["a"]})).await;
    assert_eq!(told(&status), [("a", Modified, Unchanged), ("dir b", Unchanged, Untracked)]);
    let status = it.status("unstage", json!({"paths": ["a"]})).await;
    assert_eq!(told(&status)[0], ("a", Unchanged, Modified));
    assert_eq!(it.refused("commit", json!({"message": "x"})).await.0, 409);
    assert_eq!(it.refused("commit", json!({"message": " "})).await.0, 400);
    let status = it.status("commit", json!({"message": "Second\n\nWhy\n", "all": true})).await;
    assert_eq!(told(&status), [("dir b", Unchanged, Untracked)]);
    it.status("commit", json!({"message": "", "amend": true})).await;
    let log = it.get("log").await;
    assert_eq!(log["commits"][0]["subject"], "Second");
    assert_eq!(log["commits"].as_array().unwrap().len(), 2);
    assert_eq!(it.get("commits/HEAD").await["body"], "Why");
    let diff = it.get("diff?commit=HEAD").await;
    assert_eq!(diff["files"][0]["path"], "a");
    assert_eq!((&diff["files"][0]["added"], &diff["files"][0]["removed"]), (&json!(1), &json!(1)));
    let blame = it.get("blame?path=a").await;
    assert_eq!(blame.as_array().unwrap().len(), 3);
    assert_eq!(blame[1]["subject"], "Second");
    let old = it.world.get("/api/v1/git/content?path=a&revision=HEAD~1").await;
    assert_eq!(old.text, "one\ntwo\nthree\n");
    it.world.end().await;
}

impl Repository {
    /// What a commit answers where there is no repository; the world is over then.
    async fn end_with_refusal(self) -> (u16, String) {
        let refused = self.refused("commit", json!({"message": "x"})).await;
        self.world.end().await;
        refused
    }
}

#[tokio::test]
async fn hunks_are_staged_and_discarded_one_by_one_and_a_discard_is_undone() {
    let it = Repository::new().await;
    let lines: Vec<String> = (1..=40).map(|it| format!("line {it}\n")).collect();
    it.world.write("a", &lines.concat());
    it.status("commit", json!({"message": "Long", "all": true})).await;
    let changed = lines.concat().replace("line 3\n", "THREE\n").replace("line 38\n", "");
    it.world.write("a", &changed);
    let hunks = it.get("diff?path=a").await["files"][0]["hunks"].clone();
    assert_eq!(hunks.as_array().unwrap().len(), 2);
    let id = |at: usize| hunks[at]["id"].as_str().unwrap().to_owned();
    let act = |action: &str, ids: Value| json!({"path": "a", "action": action, "hunks": ids});
    it.status("hunks", act("stage", json!([id(1)]))).await;
    let staged = it.get("diff?staged=true").await;
    assert_eq!(staged["files"][0]["hunks"].as_array().unwrap().len(), 1);
    assert_eq!(staged["files"][0]["removed"], 1);
    // The other hunk is the same one still; the staged one is gone from here.
    assert_eq!(it.refused("hunks", act("stage", json!([id(1)]))).await.0, 409);
    let staged_id = staged["files"][0]["hunks"][0]["id"].clone();
    it.status("hunks", act("unstage", json!([staged_id]))).await;
    assert_eq!(it.get("diff?staged=true").await["files"], json!([]));

    let body = act("discard", json!([id(0)]));
    let answer = it.world.post("/api/v1/git/hunks", body).await;
    let answer: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(it.text("a"), lines.concat().replace("line 38\n", ""));
    it.status("undo", json!({"undo": answer["undo"]})).await;
    assert_eq!(it.text("a"), changed);
    it.world.end().await;
}

#[tokio::test]
async fn discarded_files_come_back_unless_they_changed_again() {
    let it = Repository::new().await;
    it.world.write("a", "mine\n");
    it.world.write("new", "fresh\n");
    std::fs::create_dir(it.world.path("gone")).unwrap();
    it.world.write("gone/x", "x\n");
    it.status("stage", json!({"paths": ["gone"]})).await;
    std::fs::remove_file(it.world.path("gone/x")).unwrap();
    let answer = it.world.post("/api/v1/git/discard", json!({"paths": [""]})).await;
    let answer: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(it.text("a"), "one\ntwo\nthree\n");
    assert!(!it.world.path("new").exists());
    assert_eq!(it.text("gone/x"), "x\n");
    let undo = json!({"undo": answer["undo"]});
    it.world.write("a", "newer\n");
    let (status, message) = it.refused("undo", undo.clone()).await;
    assert_eq!((status, message.as_str()), (409, "`a` has changed since; nothing was changed"));
    assert!(!it.world.path("new").exists());
    it.world.write("a", "one\ntwo\nthree\n");
    it.status("undo", undo).await;
    assert_eq!((it.text("a"), it.text("new")), ("mine\n".to_owned(), "fresh\n".to_owned()));
    assert!(!it.world.path("gone/x").exists());
    it.world.end().await;
}

#[tokio::test]
async fn branches_diverge_and_conflicts_are_resolved() {
    let it = Repository::new().await;
    let status = it.status("branches", json!({"name": "side/x", "checkout": true})).await;
    assert_eq!(status.branch.as_deref(), Some("side/x"));
    it.world.write("a", "one\ntheirs\nthree\n");
    it.status("commit", json!({"message": "Theirs", "all": true})).await;
    // Without a commit in the way a change comes along.
    it.world.write("b", "uncommitted\n");
    it.status("checkout", json!({"revision": "main"})).await;
    assert_eq!(it.text("b"), "uncommitted\n");
    it.world.write("a", "one\nours\nthree\n");
    let (status, message) = it.refused("checkout", json!({"revision": "side/x"})).await;
    assert_eq!(
        (status, message.starts_with("Changes that are not committed")),
        (409, true),
        "{message}"
    );
    assert_eq!(it.text("a"), "one\nours\nthree\n");
    it.status("commit", json!({"message": "Ours", "all": true})).await;
    let status = it.status("merge", json!({"revision": "side/x"})).await;
    assert_eq!(status.operation, Some(GitOperation::Merge));
    let conflict = status.entries.iter().find(|it| it.path == "a").unwrap();
    assert_eq!(conflict.conflict, Some(GitConflictKind::BothModified));
    let versions = it.get("conflict?path=a").await;
    assert_eq!(versions["base"], "one\ntwo\nthree\n");
    assert_eq!(versions["ours"], "one\nours\nthree\n");
    assert_eq!(versions["theirs"], "one\ntheirs\nthree\n");
    assert_eq!(versions["our_name"], "main");
    assert_eq!(it.refused("discard", json!({"paths": ["a"]})).await.0, 400);
    let status = it.status("resolve", json!({"path": "a", "side": "theirs"})).await;
    assert!(status.entries.iter().all(|it| it.conflict.is_none()));
    let status = it.status("operation", json!({"action": "continue"})).await;
    assert_eq!(status.operation, None);
    assert_eq!(it.text("a"), "one\ntheirs\nthree\n");
    assert_eq!(it.get("log").await["commits"][0]["parents"].as_array().unwrap().len(), 2);
    // A merge that is taken back leaves nothing.
    it.status("branches", json!({"name": "other", "from": "HEAD~1", "checkout": true})).await;
    it.world.write("a", "one\nthird\nthree\n");
    it.status("commit", json!({"message": "Third", "all": true})).await;
    let status = it.status("merge", json!({"revision": "side/x"})).await;
    assert_eq!(status.operation, Some(GitOperation::Merge));
    it.status("operation", json!({"action": "abort"})).await;
    assert_eq!(it.text("a"), "one\nthird\nthree\n");
    let delete = "/api/v1/git/branches?name=side/x";
    let answer = it.world.request(Method::DELETE, delete, "editor", None).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let forced = format!("{delete}&force=true");
    it.world.request(Method::DELETE, &forced, "editor", None).await.expect(StatusCode::OK);
    let names: Vec<String> = it
        .get("branches")
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(!names.contains(&"side/x".to_owned()), "{names:?}");
    it.world.end().await;
}

#[tokio::test]
async fn stashes_are_named_by_their_commit() {
    let it = Repository::new().await;
    assert_eq!(it.refused("stashes", json!({})).await.0, 409);
    it.world.write("a", "first\n");
    it.status("stashes", json!({"message": "one"})).await;
    it.world.write("new", "second\n");
    let status = it.status("stashes", json!({"message": "two", "include_untracked": true})).await;
    assert_eq!((status.stashes, told(&status)), (2, vec![]));
    let all = it.get("stashes").await;
    assert_eq!(all[0]["message"], "On main: two");
    let status = it.status("stashes/apply", json!({"id": all[1]["id"], "drop": true})).await;
    assert_eq!((it.text("a").as_str(), status.stashes), ("first\n", 1));
    let gone = it.refused("stashes/apply", json!({"id": all[1]["id"]})).await;
    assert_eq!(gone.0, 404);
    let path = format!("/api/v1/git/stashes/{}", all[0]["id"].as_str().unwrap());
    it.world.request(Method::DELETE, &path, "editor", None).await.expect(StatusCode::OK);
    assert_eq!(it.get("stashes").await, json!([]));
    it.world.end().await;
}

#[tokio::test]
async fn pushing_and_pulling_with_a_remote() {
    let it = Repository::new().await;
    let (status, message) = it.refused("tasks", json!({"kind": "push"})).await;
    assert_eq!((status, message.as_str()), (404, "there is no remote `origin`; add one first"));
    let outside = tempfile::tempdir().unwrap();
    git(outside.path(), &["init", "--quiet", "--bare", "."]);
    let url = format!("file://{}", outside.path().display());
    it.status("remotes", json!({"name": "origin", "url": url})).await;
    let (status, said) = it.task(json!({"kind": "push"})).await;
    assert_eq!(status, GitTaskStatus::Succeeded, "{said}");
    let status = it.world.server.app.git.status().await.unwrap();
    let upstream = status.upstream.unwrap();
    assert_eq!(
        (upstream.name.as_str(), upstream.ahead, upstream.behind),
        ("origin/main", Some(0), Some(0))
    );
    // Somebody else pushes.
    let other = tempfile::tempdir().unwrap();
    git(other.path(), &["clone", "--quiet", &url, "."]);
    std::fs::write(other.path().join("b"), "theirs\n").unwrap();
    git(other.path(), &["add", "."]);
    git(other.path(), &["commit", "--quiet", "-m", "Outside"]);
    git(other.path(), &["push", "--quiet"]);
    it.world.write("c", "ours\n");
    it.status("stage", json!({"paths": ["c"]})).await;
    it.status("commit", json!({"message": "Inside"})).await;
    let (status, said) = it.task(json!({"kind": "push"})).await;
    assert_eq!(status, GitTaskStatus::Failed);
    assert!(said.starts_with("The remote has commits that you do not have"), "{said}");
    assert_eq!(it.task(json!({"kind": "fetch"})).await.0, GitTaskStatus::Succeeded);
    let behind = it.world.server.app.git.status().await.unwrap().upstream.unwrap().behind;
    assert_eq!(behind, Some(1));
    let (status, said) = it.task(json!({"kind": "pull", "rebase": true})).await;
    assert_eq!(status, GitTaskStatus::Succeeded, "{said}");
    assert_eq!(it.text("b"), "theirs\n");
    assert_eq!(it.task(json!({"kind": "push"})).await.0, GitTaskStatus::Succeeded);
    assert_eq!(git(outside.path(), &["log", "--format=%s", "main"]), "Inside\nOutside\nFirst\n");
    it.world.end().await;
}

/// A remote that accepts connections and says nothing.
#[tokio::test]
async fn a_task_is_cancelled_and_others_wait_for_its_end() {
    let it = Repository::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x.git", listener.local_addr().unwrap());
    it.status("remotes", json!({"name": "origin", "url": url})).await;
    let answer = it.world.post("/api/v1/git/tasks", json!({"kind": "fetch"})).await;
    let task: Value = serde_json::from_str(&answer.text).unwrap();
    let connected = tokio::time::timeout(crate::world::DEADLINE, listener.accept()).await;
    let _held = connected.unwrap().unwrap();
    let (status, message) = it.refused("commit", json!({"message": "x"})).await;
    assert_eq!(
        (status, message.as_str()),
        (409, "a fetch is under way; wait for its end, or cancel it")
    );
    let mut revision = it.world.server.app.git.revision();
    revision.mark_unchanged();
    let path = format!("/api/v1/git/tasks/{}", task["id"]);
    it.world.request(Method::DELETE, &path, "editor", None).await.expect(StatusCode::NO_CONTENT);
    tokio::time::timeout(crate::world::DEADLINE, revision.changed()).await.unwrap().unwrap();
    let status = it.world.server.app.git.status().await.unwrap();
    assert_eq!(status.task.unwrap().status, GitTaskStatus::Cancelled);
    it.world.end().await;
}

#[tokio::test]
async fn a_viewer_looks_and_nothing_leaves_the_workspace() {
    let it = Repository::new().await;
    for (method, path, _) in kernel::http::routes::ROUTES {
        let Some(what) = path.strip_prefix("/api/v1/git/") else { continue };
        let path = format!("/api/v1/git/{what}").replace("{revision}", "HEAD");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = it.world.request(method.clone(), &path, "viewer", Some(json!({}))).await;
        assert_eq!(answer.status == StatusCode::FORBIDDEN, method != Method::GET, "{path}");
    }
    for path in ["../x", "/etc/passwd", ".git/config", "a/../../x"] {
        for what in ["stage", "unstage", "discard"] {
            assert_eq!(it.refused(what, json!({"paths": [path]})).await.0, 400, "{what} {path}");
        }
    }
    for what in ["checkout", "merge"] {
        assert_eq!(it.refused(what, json!({"revision": "--orphan=x"})).await.0, 400);
    }
    assert_eq!(it.refused("remotes", json!({"name": "x", "url": "ext::sh -c id"})).await.0, 400);
    it.world.end().await;
}

/// `design.md` 11: repositories with ten thousand commits.
#[tokio::test]
async fn a_long_history_is_paged() {
    let it = Repository::new().await;
    let mut stream = String::new();
    for number in 0..10_000 {
        let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
        stream += &format!(
            "commit refs/heads/main\ncommitter A <a@x> {} +0000\ndata 4\nc{number:03}\n{from}",
            1_700_000_000 + number
        )
        .replace("data 4", &format!("data {}", format!("c{number:03}").len()));
        stream += "\n";
    }
    it.world.write("stream", &stream);
    let import = "git fast-import --quiet < stream && rm stream && git reset --quiet --hard";
    #[expect(clippy::disallowed_methods, reason = "the test plays the person at the terminal")]
    let done = Command::new("sh").args(["-c", import]).current_dir(it.root()).status().unwrap();
    assert!(done.success());
    let page = it.get("log?skip=9900&limit=200").await;
    assert_eq!((page["commits"].as_array().unwrap().len(), &page["more"]), (101, &json!(false)));
    let page = it.get("log?limit=50").await;
    assert_eq!(page["commits"][0]["subject"], "c9999");
    assert_eq!(page["more"], true);
    let found = it.get("log?search=C0042").await;
    assert_eq!(found["commits"], json!([]));
    assert_eq!(it.get("log?search=C9042").await["commits"][0]["subject"], "c9042");
    it.world.end().await;
}

#[tokio::test]
async fn what_git_does_in_a_terminal_is_noticed() {
    let it = Repository::new().await;
    let mut socket = it.world.socket("/api/v1/ws?topics=git", "viewer").await;
    let mut told = async || loop {
        let frame = tokio::time::timeout(crate::world::DEADLINE, socket.next());
        let frame = frame.await.expect("a frame comes").unwrap().unwrap();
        let value: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap_or_default();
        if value["type"] == "git_changed" {
            break;
        }
    };
    git(&it.root(), &["commit", "--quiet", "--allow-empty", "-m", "Outside"]);
    told().await;
    std::fs::remove_dir_all(it.world.path(".git")).unwrap();
    told().await;
    assert!(!it.world.server.app.git.status().await.unwrap().repository);
    it.world.end().await;
}
