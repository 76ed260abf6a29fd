//! Filling real directories, with the real Git.

use super::*;
use crate::context::{By, testing};
use crate::detect;
use crate::environment::Environment;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use protocol::environment::{GivenCredential, GivenEnvironment};
use protocol::workspace::Settings;
use std::path::Path;
use std::sync::Mutex;
use stdx::TaskScope;
use supervisor::process::Command;

struct World {
    scope: TaskScope,
    directory: tempfile::TempDir,
    ctx: SetupContext,
}

impl World {
    fn new() -> Self {
        let scope = TaskScope::default();
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("workspace");
        std::fs::create_dir(&root).unwrap();
        let env = [
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
            ("HOME", directory.path().display().to_string()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ];
        let env = env.map(|(name, value)| (name.into(), value.into())).to_vec();
        let processes = Processes::start(&scope).unwrap();
        Self {
            scope,
            directory,
            ctx: SetupContext { root, processes, env, credentials: Vec::new() },
        }
    }

    async fn git(&self, args: &[&str]) {
        let mut command = Command::new("git", self.directory.path());
        command.args = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
            .iter()
            .chain(args)
            .map(OsString::from)
            .collect();
        command.env.clone_from(&self.ctx.env);
        let exit = self.ctx.processes.spawn(command).unwrap().wait().await;
        assert_eq!(exit.code, Some(0), "{args:?}");
    }

    /// A repository with one commit on `main` and one branch `other`, served over HTTP.
    async fn serve_repository(&self) -> String {
        self.serve_private(None).await
    }

    /// The same for those who come with this `Authorization` header.
    async fn serve_private(&self, authorization: Option<&'static str>) -> String {
        let source = self.directory.path().join("source");
        let text = source.display().to_string();
        self.git(&["init", "-q", "-b", "main", &text]).await;
        std::fs::write(source.join("hello.txt"), "hello").unwrap();
        std::fs::create_dir(source.join("sub")).unwrap();
        std::fs::write(source.join("sub/x"), "x").unwrap();
        self.git(&["-C", &text, "add", "."]).await;
        self.git(&["-C", &text, "commit", "-q", "-m", "one"]).await;
        self.git(&["-C", &text, "branch", "other"]).await;
        self.git(&["-C", &text, "update-server-info"]).await;
        let served = source.join(".git");
        let router = Router::new().fallback(move |request: Request| {
            let path = served.join(request.uri().path().trim_start_matches("/repository/"));
            let given = request.headers().get("authorization").map(|it| it.to_str().unwrap());
            let asks = [("www-authenticate", "Basic realm=\"x\"")];
            let answer = if authorization.is_some() && given != authorization {
                Err((StatusCode::UNAUTHORIZED, asks))
            } else {
                std::fs::read(path).map_err(|_| (StatusCode::NOT_FOUND, asks))
            };
            async move { answer }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.scope.spawn("repository", async move {
            axum::serve(listener, router).await.unwrap();
        });
        format!("http://{address}/repository")
    }

    fn left(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.ctx.root).unwrap();
        let mut names: Vec<String> =
            entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn git(url: &str, branch: Option<&str>) -> Source {
    Source::Git { url: url.to_owned(), branch: branch.map(str::to_owned) }
}

#[tokio::test]
async fn every_template_is_written_and_can_be_started() {
    for template in protocol::workspace::templates() {
        let world = World::new();
        let source = Source::Template { id: template.id.clone() };
        run(&source, &world.ctx, |_| {}).await.unwrap();
        let plan = detect::plan(&world.ctx.root, &Settings::default()).unwrap();
        let expected = match template.id.as_str() {
            "static" | "node" => "npm run dev",
            "vite-react" => "npm run dev -- --host 127.0.0.1 --port 5173",
            "python" => "python3 server.py",
            "rust" => "cargo run",
            other => panic!("no expectation for `{other}`"),
        };
        assert_eq!(plan.display, expected);
        assert_eq!(plan.install.is_some(), template.id == "vite-react");
    }
}

#[tokio::test]
async fn a_workspace_with_files_is_left_alone() {
    let world = World::new();
    std::fs::write(world.ctx.root.join("mine"), "").unwrap();
    let source = Source::Template { id: "node".to_owned() };
    assert!(matches!(run(&source, &world.ctx, |_| {}).await, Err(SetupError::NotEmpty)));
    assert_eq!(world.left(), ["mine"]);
}

#[tokio::test]
async fn an_unknown_template_and_a_dangerous_url_are_refused() {
    let world = World::new();
    let source = Source::Template { id: "../node".to_owned() };
    assert!(matches!(run(&source, &world.ctx, |_| {}).await, Err(SetupError::UnknownTemplate(_))));
    for (url, branch) in [("ext::sh -c id", None), ("https://host/x", Some("--upload-pack=id"))] {
        let refused = run(&git(url, branch), &world.ctx, |_| {}).await;
        assert!(matches!(refused, Err(SetupError::InvalidSource(_))));
    }
    assert!(world.left().is_empty());
}

#[tokio::test]
async fn a_repository_is_cloned_with_its_branch() {
    let world = World::new();
    let url = world.serve_repository().await;
    let told = Mutex::new(Vec::new());
    run(&git(&url, Some("other")), &world.ctx, |it| told.lock().unwrap().push(it)).await.unwrap();
    assert_eq!(world.left(), [".git", "hello.txt", "sub"]);
    let head = std::fs::read_to_string(world.ctx.root.join(".git/HEAD")).unwrap();
    assert_eq!(head.trim(), "ref: refs/heads/other");
    assert!(told.lock().unwrap().iter().all(|it| it.status == SetupStatus::Running));
    assert!(!told.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_private_repository_is_cloned_with_credentials_that_are_written_nowhere() {
    let mut world = World::new();
    let (environment, _context) = environment();
    let url = world.serve_private(Some("Basic bWU6aHVudGVyMi10b2tlbg==")).await;
    let refused = run(&git(&url, None), &world.ctx, |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("add Git credentials"), "{refused}");
    settle(&world).await;
    let host = url.trim_start_matches("http://").trim_end_matches("/repository").to_owned();
    let credential = |token: &str| GivenEnvironment {
        person: None,
        revision: 1,
        variables: Vec::new(),
        credentials: vec![GivenCredential {
            host: host.clone(),
            username: "me".to_owned(),
            token: token.to_owned(),
        }],
    };
    // Whatever else is configured neither answers nor is told the token.
    let told = world.directory.path().join("told");
    let helper = format!("[credential]\n\thelper = \"!cat >> {}; :\"\n", told.display());
    std::fs::write(world.directory.path().join(".gitconfig"), helper).unwrap();
    environment.give(credential("wrong-token"));
    world.ctx.credentials = environment.git_credentials(&By::kernel());
    let refused = run(&git(&url, None), &world.ctx, |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("were not accepted"), "{refused}");
    settle(&world).await;
    environment.give(credential("hunter2-token"));
    world.ctx.credentials = environment.git_credentials(&By::kernel());
    run(&git(&url, None), &world.ctx, |_| {}).await.unwrap();
    assert_eq!(world.left(), [".git", "hello.txt", "sub"]);
    assert!(!told.exists());
    let config = std::fs::read_to_string(world.ctx.root.join(".git/config")).unwrap();
    assert!(config.contains("/repository") && !config.contains("hunter2"), "{config}");
}

fn environment() -> (Environment, tempfile::TempDir) {
    let (context, directory) = testing::context();
    (context.environment, directory)
}

#[tokio::test]
async fn a_clone_that_fails_leaves_nothing_and_says_why() {
    let world = World::new();
    let url = world.serve_repository().await;
    let refused = run(&git(&url, Some("missing")), &world.ctx, |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("the branch does not exist there"), "{refused}");
    let refused = run(&git(&format!("{url}-not"), None), &world.ctx, |_| {}).await.unwrap_err();
    assert!(matches!(refused, SetupError::Git(_)), "{refused}");
    settle(&world).await;
    assert!(world.left().is_empty());
}

#[tokio::test]
async fn a_clone_that_is_dropped_ends_and_leaves_nothing() {
    let world = World::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let source = git(&format!("http://{}/x", listener.local_addr().unwrap()), None);
    {
        let clone = run(&source, &world.ctx, |_| {});
        tokio::pin!(clone);
        tokio::select! {
            _ = &mut clone => panic!("nobody answers"),
            connection = listener.accept() => assert!(connection.is_ok()),
        }
    }
    settle(&world).await;
    assert!(world.left().is_empty());
}

/// Waits until Git is gone, and with it the last writer of the hidden directory.
async fn settle(world: &World) {
    world.ctx.processes.terminate_all(std::time::Duration::from_secs(10)).await;
    // The directory is removed on a blocking thread.
    let gone = async {
        while !world.left().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.unwrap();
}

#[test]
fn the_workspace_root_is_what_counts_as_empty() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join(crate::files::temporary_name())).unwrap();
    assert!(must_be_empty(directory.path()).is_ok());
    assert!(must_be_empty(Path::new("/")).is_err());
}
