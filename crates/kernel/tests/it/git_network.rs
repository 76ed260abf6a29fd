//! Fetch, pull and push over HTTP, with Git's own server behind a password.

use crate::git::{Repository, git};
use crate::world::DEADLINE;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{Method, StatusCode, header};
use protocol::git::GitTaskStatus;
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// `ada:sesame`, as a client sends it.
const PASSWORD: &str = "Basic YWRhOnNlc2FtZQ==";
/// Answers longer than this are held in the middle by a server that does so: Git takes them in
/// pieces of 8 KiB, and a piece that is not whole tells nothing.
const HELD_BYTES: usize = 40_000;

/// A server with one repository, `one.git`, that only ada may use.
struct Server {
    url: String,
    host: String,
    root: tempfile::TempDir,
    holds: Arc<AtomicBool>,
    runs: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    root: std::path::PathBuf,
    holds: Arc<AtomicBool>,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "the test plays the other machine")]
    async fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        git(root.path(), &["init", "--quiet", "--bare", "one.git"]);
        git(&root.path().join("one.git"), &["config", "http.receivepack", "true"]);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let holds = Arc::new(AtomicBool::new(false));
        let shared = Shared { root: root.path().to_owned(), holds: holds.clone() };
        let router = axum::Router::new().fallback(serve).with_state(shared);
        let runs = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url: format!("http://{host}/one.git"), host, root, holds, runs }
    }

    fn log(&self) -> String {
        git(&self.root.path().join("one.git"), &["log", "--format=%s", "main"])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.runs.abort();
    }
}

async fn serve(State(shared): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if head.headers.get(header::AUTHORIZATION).is_none_or(|it| it != PASSWORD) {
        let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"git\"")];
        return (StatusCode::UNAUTHORIZED, ask).into_response();
    }
    let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
    let answer = tokio::task::spawn_blocking(move || cgi(&shared.root, &head, &body)).await;
    let (status, kind, body) = answer.unwrap();
    let body = if shared.holds.load(Ordering::Relaxed) && HELD_BYTES < body.len() {
        let half = body.slice(..body.len() / 2);
        let first = futures_util::stream::iter([Ok::<_, std::io::Error>(half)]);
        Body::from_stream(first.chain(futures_util::stream::pending()))
    } else {
        Body::from(body)
    };
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

/// Asks `git http-backend`.
#[expect(clippy::disallowed_methods, reason = "the test plays the other machine")]
fn cgi(
    root: &std::path::Path,
    head: &http::request::Parts,
    body: &Bytes,
) -> (StatusCode, String, Bytes) {
    let value =
        |name: &str| head.headers.get(name).map_or("", |it| it.to_str().unwrap()).to_owned();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("PATH_INFO", head.uri.path())
        .env("QUERY_STRING", head.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", head.method.as_str())
        .env("REMOTE_USER", "ada")
        .env("CONTENT_TYPE", value("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", value("content-encoding"))
        .env("GIT_PROTOCOL", value("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, bytes) = (child.stdin.take().unwrap(), body.clone());
    let feed = std::thread::spawn(move || drop(input.write_all(&bytes)));
    let output = child.wait_with_output().unwrap().stdout;
    feed.join().unwrap();
    let end = output.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let heads = String::from_utf8_lossy(&output[..end]).into_owned();
    let of = |name: &str| heads.lines().find_map(|it| it.strip_prefix(name)).map(str::to_owned);
    let status = of("Status: ").map_or(200, |it| it[..3].parse().unwrap());
    let kind = of("Content-Type: ").unwrap_or_default();
    (StatusCode::from_u16(status).unwrap(), kind, Bytes::from(output).slice(end + 4..))
}

impl Repository {
    /// Gives the workspace a credential, in the place of the one before.
    async fn credential(&self, revision: u64, host: &str, token: &str) {
        let credential = json!({"host": host, "username": "ada", "token": token});
        let body = json!({
            "person": null, "revision": revision, "variables": [], "credentials": [credential],
        });
        let by = ("owner", None);
        let path = "/api/v1/environment";
        let given = self.world.request_by(Method::PUT, path, by, Some(body)).await;
        assert_eq!(given.status, StatusCode::NO_CONTENT, "{}", given.text);
    }

    /// How the task failed: why, for programs, and its words.
    async fn failed(&self, body: serde_json::Value) -> (Option<String>, String) {
        let (status, message) = self.task(body).await;
        assert_eq!(status, GitTaskStatus::Failed, "{message}");
        let task = self.world.server.app.git.task().unwrap();
        (task.reason, message)
    }
}

#[tokio::test]
async fn a_remote_with_a_password_is_pushed_to_with_the_right_credentials_only() {
    let it = Repository::new().await;
    let server = Server::start().await;
    it.status("remotes", json!({"name": "origin", "url": server.url})).await;
    let push = || json!({"kind": "push"});
    let (reason, message) = it.failed(push()).await;
    assert_eq!(reason.as_deref(), Some("credentials"), "{message}");
    assert!(message.starts_with("The remote asks who you are: add Git credentials"), "{message}");
    assert!(message.contains("could not read Username"), "{message}");

    it.credential(1, &server.host, "wrong-secret").await;
    let (reason, message) = it.failed(push()).await;
    assert_eq!(reason.as_deref(), Some("credentials"), "{message}");
    assert!(message.starts_with("The remote did not accept the credentials"), "{message}");
    assert!(!message.contains("wrong-secret"), "{message}");

    it.credential(2, &server.host, "sesame").await;
    let (status, message) = it.task(push()).await;
    assert_eq!(status, GitTaskStatus::Succeeded, "{message}");
    assert_eq!(server.log(), "First\n");

    // Somebody else was quicker.
    let other = tempfile::tempdir().unwrap();
    let bare = server.root.path().join("one.git").display().to_string();
    git(other.path(), &["clone", "--quiet", &bare, "."]);
    git(other.path(), &["commit", "--quiet", "--allow-empty", "-m", "Elsewhere"]);
    git(other.path(), &["push", "--quiet"]);
    it.world.write("a", "mine\n");
    it.status("commit", json!({"message": "Mine", "all": true})).await;
    let (reason, message) = it.failed(push()).await;
    assert_eq!(reason.as_deref(), Some("rejected"), "{message}");
    assert!(message.contains("! [rejected]"), "{message}");
    assert!(!message.contains("hint:"), "{message}");
    assert_eq!(it.task(json!({"kind": "pull", "rebase": true})).await.0, GitTaskStatus::Succeeded);
    assert_eq!(it.task(push()).await.0, GitTaskStatus::Succeeded);
    assert_eq!(server.log(), "Mine\nElsewhere\nFirst\n");
    it.world.end().await;
}

#[tokio::test]
async fn a_fetch_that_is_cancelled_in_the_middle_leaves_nothing_half() {
    let it = Repository::new().await;
    let server = Server::start().await;
    let other = tempfile::tempdir().unwrap();
    let bare = server.root.path().join("one.git").display().to_string();
    git(other.path(), &["clone", "--quiet", &bare, "."]);
    for number in 0_u32..400 {
        // What hardly compresses.
        let digits = |it: u32| format!("{:x}", (number * 600 + it).wrapping_mul(2_654_435_761));
        let text: String = (0..600).map(digits).collect();
        std::fs::write(other.path().join(number.to_string()), text).unwrap();
    }
    git(other.path(), &["add", "."]);
    git(other.path(), &["commit", "--quiet", "-m", "Much"]);
    git(other.path(), &["push", "--quiet", "origin", "HEAD:main"]);
    it.status("remotes", json!({"name": "origin", "url": server.url})).await;
    it.credential(1, &server.host, "sesame").await;

    server.holds.store(true, Ordering::Relaxed);
    let answer = it.world.post("/api/v1/git/tasks", json!({"kind": "fetch"})).await;
    let id = answer.expect(StatusCode::ACCEPTED)["id"].clone();
    let mut revision = it.world.server.app.git.revision();
    let mut until = async |wanted: &dyn Fn(&protocol::git::GitTask) -> bool| loop {
        revision.mark_unchanged();
        let task = it.world.server.app.git.task().unwrap();
        if wanted(&task) {
            return task;
        }
        tokio::time::timeout(DEADLINE, revision.changed()).await.unwrap().unwrap();
    };
    until(&|it| it.message.starts_with("Receiving")).await;
    let path = format!("/api/v1/git/tasks/{id}");
    it.world.request(Method::DELETE, &path, "editor", None).await.expect(StatusCode::NO_CONTENT);
    let ended = until(&|it| it.status != GitTaskStatus::Running).await;
    assert_eq!(
        (ended.status, ended.message.as_str()),
        (GitTaskStatus::Cancelled, "Nothing was changed")
    );
    assert_eq!(left_over(&it.root().join(".git")), Vec::<String>::new());
    assert_eq!(git(&it.root(), &["for-each-ref", "--format=%(refname)"]), "refs/heads/main\n");

    server.holds.store(false, Ordering::Relaxed);
    let (status, message) = it.task(json!({"kind": "fetch"})).await;
    assert_eq!(status, GitTaskStatus::Succeeded, "{message}");
    it.world.end().await;
}

/// Locks and half-written files of Git below a directory.
fn left_over(directory: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(left_over(&path));
        } else if name.ends_with(".lock") || name.starts_with("tmp_") {
            found.push(name);
        }
    }
    found
}
