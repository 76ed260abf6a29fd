//! The watcher against a real directory.

use super::*;
use crate::files::Files;
use std::collections::{BTreeSet, VecDeque};
use std::fs;
use stdx::WorkspacePath;
use supervisor::process::{Command, Processes};

struct World {
    directory: tempfile::TempDir,
    notices: mpsc::Receiver<Notice>,
    /// Received and not looked at.
    lines: VecDeque<String>,
    _watch: Watch,
    scope: TaskScope,
    /// Numbers the files that end what is told.
    asked: u32,
}

impl World {
    async fn over(prepare: impl FnOnce(&Path), limits: Limits) -> Self {
        let directory = tempfile::tempdir().unwrap();
        prepare(directory.path());
        let scope = TaskScope::default();
        let (tx, notices) = mpsc::channel(64);
        let tree = Tree::open(directory.path(), OwnWrites::default(), limits).unwrap();
        let watch = Watch::start_within(tree, &scope, tx).unwrap();
        watch.ready().await;
        Self { directory, notices, lines: VecDeque::new(), _watch: watch, scope, asked: 0 }
    }

    async fn new(prepare: impl FnOnce(&Path)) -> Self {
        Self::over(prepare, Limits::default()).await
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// The next change, or another notice.
    async fn next(&mut self) -> String {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return line;
            }
            let notice = tokio::time::timeout(Duration::from_secs(20), self.notices.recv());
            match notice.await.unwrap().unwrap() {
                Notice::Changes(changes) => {
                    self.lines.extend(changes.iter().map(ToString::to_string));
                }
                other @ (Notice::Rescan(_) | Notice::Diagnostic { .. }) => {
                    return format!("{other:?}");
                }
            }
        }
    }

    /// Everything that is told up to and including the creation of a last file, in order.
    async fn lines(&mut self) -> Vec<String> {
        let last = format!("the-last-file{}", self.asked);
        self.asked += 1;
        fs::write(self.path(&last), "").unwrap();
        let mut told = Vec::new();
        loop {
            let line = self.next().await;
            if line == format!("Created {last}") {
                return told;
            }
            told.push(line);
        }
    }

    async fn told(&mut self) -> BTreeSet<String> {
        self.lines().await.into_iter().collect()
    }
}

fn set(lines: &[&str]) -> BTreeSet<String> {
    lines.iter().map(|it| (*it).to_owned()).collect()
}

// covers: S2.12
#[tokio::test]
async fn files_that_come_change_and_go_are_told() {
    let mut world = World::new(|root| {
        fs::write(root.join("old"), "1").unwrap();
        fs::write(root.join("going"), "1").unwrap();
        fs::write(root.join("here"), "1").unwrap();
    })
    .await;
    fs::write(world.path("new"), "1").unwrap();
    fs::write(world.path("old"), "2").unwrap();
    fs::remove_file(world.path("going")).unwrap();
    fs::rename(world.path("here"), world.path("there")).unwrap();
    let expected =
        ["Created new", "Modified old", "Deleted going", "Deleted here", "Created there"];
    assert_eq!(world.told().await, set(&expected));
}

// covers: S2.12
#[tokio::test]
async fn saves_of_editors_are_modifications() {
    let mut world = World::new(|root| {
        fs::write(root.join("replaced"), "1").unwrap();
        fs::write(root.join("vim"), "1").unwrap();
    })
    .await;
    // Write beside and rename over, as VS Code and git do.
    fs::write(world.path("replaced.tmp"), "2").unwrap();
    fs::rename(world.path("replaced.tmp"), world.path("replaced")).unwrap();
    // Rename away, write anew, delete the backup, as vim does.
    fs::rename(world.path("vim"), world.path("vim~")).unwrap();
    fs::write(world.path("vim"), "2").unwrap();
    fs::remove_file(world.path("vim~")).unwrap();
    let told = world.told().await;
    assert!(told.contains("Modified replaced"), "{told:?}");
    assert!(told.contains("Modified vim"), "{told:?}");
}

// covers: S2.12
#[tokio::test]
async fn a_new_tree_is_told_whole_and_watched() {
    let mut world = World::new(|_| {}).await;
    for index in 0..20 {
        let directory = world.path(&format!("a/b{index}/c"));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("file"), "1").unwrap();
    }
    let mut wanted: BTreeSet<String> =
        (0..20).map(|it| format!("Created a/b{it}/c/file")).collect();
    wanted.insert("Created a".to_owned());
    while !wanted.is_empty() {
        wanted.remove(&world.next().await);
    }
    fs::write(world.path("a/b7/c/file"), "22").unwrap();
    assert_eq!(world.told().await, set(&["Modified a/b7/c/file"]));
}

// covers: S2.15
#[tokio::test]
async fn ignored_directories_cost_nothing_and_tell_nothing() {
    let mut world = World::new(|root| {
        for name in ["node_modules/p", ".git/objects", "src"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
    })
    .await;
    fs::write(world.path("node_modules/p/index.js"), "1").unwrap();
    fs::write(world.path(".git/objects/x"), "1").unwrap();
    fs::create_dir_all(world.path("__pycache__/deep")).unwrap();
    fs::write(world.path("__pycache__/deep/x"), "1").unwrap();
    fs::write(world.path("src/.a.swp"), "1").unwrap();
    fs::write(world.path("src/a"), "1").unwrap();
    assert_eq!(world.told().await, set(&["Created src/a"]));
}

#[tokio::test]
async fn a_moved_directory_is_watched_where_it_is() {
    let mut world = World::new(|root| {
        fs::create_dir_all(root.join("a/inner")).unwrap();
        fs::write(root.join("a/inner/f"), "1").unwrap();
    })
    .await;
    fs::rename(world.path("a"), world.path("b")).unwrap();
    let told = world.told().await;
    assert!(told.contains("Deleted a") && told.contains("Created b/inner/f"), "{told:?}");
    fs::write(world.path("b/inner/f"), "22").unwrap();
    while world.next().await != "Modified b/inner/f" {}
}

#[tokio::test]
async fn links_are_told_and_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    let mut world = World::new(|_| {}).await;
    std::os::unix::fs::symlink(outside.path(), world.path("link")).unwrap();
    assert_eq!(world.told().await, set(&["Created link"]));
    fs::write(outside.path().join("secret"), "1").unwrap();
    fs::remove_file(world.path("the-last-file0")).unwrap();
    assert_eq!(world.next().await, "Deleted the-last-file0");
}

#[tokio::test]
async fn ten_thousand_files_at_once_are_told_or_asked_to_be_looked_at() {
    let mut world = World::new(|root| fs::create_dir(root.join("many")).unwrap()).await;
    let many = world.path("many");
    let writer = tokio::task::spawn_blocking(move || {
        for index in 0..10_000 {
            fs::write(many.join(format!("f{index}")), "").unwrap();
        }
    });
    let mut told = BTreeSet::new();
    while told.len() < 10_000 {
        let line = world.next().await;
        if line.starts_with("Rescan") {
            break;
        }
        assert!(
            line.starts_with("Created many/f") || line.starts_with("Modified many/f"),
            "{line}"
        );
        told.insert(line.split(' ').nth(1).unwrap().to_owned());
    }
    writer.await.unwrap();
}

#[tokio::test]
async fn a_limit_is_told_once() {
    let prepare = |root: &Path| {
        for index in 0..10 {
            fs::create_dir(root.join(format!("d{index}"))).unwrap();
        }
    };
    let mut world = World::over(prepare, Limits { directories: 4 }).await;
    assert!(world.next().await.contains("watch_limited"));
    assert_eq!(world.told().await, set(&[]));
}

#[tokio::test]
async fn what_the_api_did_is_not_told_again() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::open(directory.path(), |_| {}).unwrap();
    let scope = TaskScope::default();
    let (tx, mut notices) = mpsc::channel(64);
    let watch = Watch::start(directory.path(), files.own_writes(), &scope, tx).unwrap();
    watch.ready().await;
    let write = |name: &str, text: &'static [u8]| {
        files.write(&WorkspacePath::parse(name).unwrap(), text).unwrap();
    };
    write("dir/by-api", b"1");
    write("dir/by-api", b"22");
    fs::write(directory.path().join("dir/by-hand"), "1").unwrap();
    let next = tokio::time::timeout(Duration::from_secs(20), notices.recv()).await.unwrap();
    let Some(Notice::Changes(changes)) = next else { panic!("{next:?}") };
    assert_eq!(changes[0].to_string(), "Created dir/by-hand");
}

// covers: S2.12, S2.15
#[tokio::test]
async fn what_a_shell_and_git_do_is_told() {
    let mut world = World::new(|_| {}).await;
    let processes = Processes::start(&world.scope).unwrap();
    let mut command = Command::new("/bin/sh", world.directory.path());
    let script = "set -e
        git init -q -b main .
        mkdir -p src/deep && printf one > src/deep/a && printf one > b
        git add . && git -c user.name=T -c user.email=t@example.com commit -q -m one
        git checkout -q -b other && git mv b c && printf two >> src/deep/a
        git -c user.name=T -c user.email=t@example.com commit -q -a -m two";
    command.args = vec!["-c".into(), script.into()];
    let home = world.directory.path().to_owned();
    command.env = vec![
        ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()),
        ("HOME".into(), home.clone().into()),
        ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
    ];
    let git = |args: &[&str]| {
        let mut command = Command::new("git", home.clone());
        command.args = args.iter().map(std::ffi::OsString::from).collect();
        command.env = vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())];
        command
    };
    assert_eq!(processes.spawn(command).unwrap().wait().await.code, Some(0));
    let told = world.told().await;
    for line in ["Created src", "Created src/deep/a", "Created c"] {
        assert!(told.contains(line), "{line} in {told:?}");
    }
    assert!(!told.iter().any(|it| it.contains(".git")), "{told:?}");
    let exit = processes.spawn(git(&["checkout", "-q", "main"])).unwrap().wait().await;
    assert_eq!(exit.code, Some(0));
    let told = world.told().await;
    assert!(told.contains("Deleted c") && told.contains("Created b"), "{told:?}");
    assert!(told.contains("Modified src/deep/a"), "{told:?}");
}
