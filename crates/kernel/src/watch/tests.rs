//! The watcher against a real directory.

mod random;

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
        let tree =
            Tree::open(directory.path(), OwnWrites::default(), IgnoreList::default(), limits)
                .unwrap();
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
                Notice::Standing(_) => {}
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
                // What is told together with it happened before it, too.
                told.extend(self.lines.drain(..));
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

// covers: S2.12, S2.47
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
    let expected = ["Created new", "Modified old", "Deleted going", "Renamed here to there"];
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
    assert_eq!(world.told().await, set(&["Renamed a to b"]));
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

/// A tree without its actor.
fn tree(prepare: impl FnOnce(&Path), limits: Limits) -> (Tree, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    prepare(directory.path());
    let list = IgnoreList::default();
    let mut tree = Tree::open(directory.path(), OwnWrites::default(), list, limits).unwrap();
    tree.place();
    (tree, directory)
}

/// What is told, in order.
fn lines(took: Took) -> Vec<String> {
    let line = |it| match it {
        Notice::Changes(changes) => changes.iter().map(ToString::to_string).collect(),
        Notice::Standing(it) => vec![format!("{:?}", it.status)],
        Notice::Diagnostic { code, .. } => vec![code.to_owned()],
        other @ Notice::Rescan(_) => vec![format!("{other:?}")],
    };
    took.notices.into_iter().flat_map(line).collect()
}

#[test]
fn a_limit_is_told_once_and_the_rest_is_compared() {
    let prepare = |root: &Path| {
        for index in 0..10 {
            fs::create_dir_all(root.join(format!("d{index}/inner"))).unwrap();
            fs::write(root.join(format!("d{index}/inner/old")), "1").unwrap();
        }
    };
    let directory = tempfile::tempdir().unwrap();
    prepare(directory.path());
    let (list, limits) = (IgnoreList::default(), Limits { directories: 4 });
    let mut tree = Tree::open(directory.path(), OwnWrites::default(), list, limits).unwrap();
    assert_eq!(lines(begin(&mut tree)), ["watch_limited", "Limited"]);
    for index in 0..10 {
        fs::write(directory.path().join(format!("d{index}/inner/new")), "1").unwrap();
        fs::write(directory.path().join(format!("d{index}/inner/old")), "2").unwrap();
    }
    fs::rename(directory.path().join("d3"), directory.path().join("d1/inner/d3")).unwrap();
    let mut told = lines(tell(&mut tree));
    assert!(told.len() < 21, "{told:?}");
    told.extend(lines(compare_unwatched(&mut tree)));
    told.extend(lines(tell(&mut tree)));
    assert!(told.contains(&"Renamed d3 to d1/inner/d3".to_owned()), "{told:?}");
    for index in (0..10).filter(|it| *it != 3) {
        for line in [format!("Created d{index}/inner/new"), format!("Modified d{index}/inner/old")]
        {
            assert!(told.contains(&line), "{line} in {told:?}");
        }
    }
    // Times of files are coarse, so what was compared just now may be told again.
    fs::remove_file(directory.path().join("d9/inner/new")).unwrap();
    let told = lines(compare_unwatched(&mut tree));
    assert!(told.contains(&"Deleted d9/inner/new".to_owned()), "{told:?}");
    assert!(!told.contains(&"watch_limited".to_owned()), "{told:?}");
}

// covers: S2.12
#[test]
fn what_was_missed_in_an_overflow_is_found_and_told() {
    let prepare = |root: &Path| {
        fs::create_dir_all(root.join("a/inner")).unwrap();
        for name in ["changed", "going", "a/inner/f"] {
            fs::write(root.join(name), "1").unwrap();
        }
    };
    let (mut tree, directory) = tree(prepare, Limits::default());
    let path = |name: &str| directory.path().join(name);
    fs::write(path("changed"), "2").unwrap();
    fs::remove_file(path("going")).unwrap();
    fs::rename(path("a"), path("b")).unwrap();
    fs::create_dir(path("a")).unwrap();
    fs::write(path("a/new"), "1").unwrap();
    // The events are lost.
    let inotify = tree.inotify().unwrap();
    let mut buffer = vec![0; 64 * 1024];
    while rustix::io::read(&*inotify, &mut *buffer).is_ok() {}
    tree.overflowed = true;
    let mut told = lines(tell(&mut tree));
    told.extend(lines(tell(&mut tree)));
    let expected = [
        "files_overflow",
        "Renamed a to b",
        "Deleted going",
        "Created a",
        "Created a/new",
        "Modified changed",
    ];
    for line in expected {
        assert!(told.contains(&line.to_owned()), "{line} in {told:?}");
    }
    // From here on events do.
    fs::write(path("b/inner/f"), "2").unwrap();
    assert_eq!(lines(tell(&mut tree)), ["Modified b/inner/f"]);
}

#[test]
fn a_program_that_never_stops_writing_is_told_meanwhile() {
    let (mut tree, directory) = tree(|_| {}, Limits::default());
    let mut files = ["a", "b"].map(|it| fs::File::create(directory.path().join(it)).unwrap());
    for index in 0..9_000 {
        // Equal events one after the other are one.
        std::io::Write::write_all(&mut files[index % 2], b"1").unwrap();
    }
    assert!(tree.read(), "not everything at once");
    let told = lines(tell(&mut tree));
    assert!(told.contains(&"Created b".to_owned()), "{told:?}");
}

#[test]
fn what_git_changes_while_it_holds_its_index_is_by_git() {
    use crate::feed::Author;
    let (mut tree, directory) =
        tree(|root| fs::create_dir(root.join(".git")).unwrap(), Limits::default());
    let path = |name: &str| directory.path().join(name);
    fs::write(path("before"), "1").unwrap();
    fs::write(path(".git/index.lock"), "1").unwrap();
    fs::write(path("checked-out"), "1").unwrap();
    fs::rename(path(".git/index.lock"), path(".git/index")).unwrap();
    fs::write(path("later"), "1").unwrap();
    let took = tell(&mut tree);
    let Some(Notice::Changes(changes)) = took.notices.first() else { panic!("{took:?}") };
    let told: Vec<_> = changes.iter().map(|it| (it.path.as_str(), it.author.clone())).collect();
    let expected =
        [("before", Author::Process), ("checked-out", Author::Git), ("later", Author::Process)];
    assert_eq!(told, expected);
}

#[test]
fn directories_that_swap_their_names_are_told_as_new() {
    let prepare = |root: &Path| {
        for name in ["a", "b"] {
            fs::create_dir(root.join(name)).unwrap();
            fs::write(root.join(name).join(format!("in-{name}")), "1").unwrap();
        }
    };
    let (mut tree, directory) = tree(prepare, Limits::default());
    let path = |name: &str| directory.path().join(name);
    fs::rename(path("a"), path("c")).unwrap();
    fs::rename(path("b"), path("a")).unwrap();
    fs::rename(path("c"), path("b")).unwrap();
    let told = lines(tell(&mut tree));
    let expected =
        ["Deleted b", "Deleted a", "Created a", "Created a/in-b", "Created b", "Created b/in-a"];
    let sorted = |mut it: Vec<String>| {
        it.sort();
        it
    };
    assert_eq!(sorted(told), sorted(expected.map(str::to_owned).to_vec()));
}

#[test]
fn what_moves_together_is_told_in_an_order_that_works() {
    let prepare = |root: &Path| {
        fs::create_dir_all(root.join("old/deep")).unwrap();
        for name in ["old/deep/f", "file", "backup"] {
            fs::write(root.join(name), name).unwrap();
        }
    };
    let (mut tree, directory) = tree(prepare, Limits::default());
    let path = |name: &str| directory.path().join(name);
    // Into a directory that is new, out of one that goes, over one that is there, away and back.
    fs::create_dir(path("new")).unwrap();
    fs::rename(path("old/deep"), path("new/deep")).unwrap();
    fs::remove_dir(path("old")).unwrap();
    fs::rename(path("file"), path("new/deep/f")).unwrap();
    fs::rename(path("backup"), path("backup~")).unwrap();
    fs::rename(path("backup~"), path("backup")).unwrap();
    let expected = [
        "Created new",
        "Renamed old/deep to new/deep",
        "Renamed file to new/deep/f",
        "Deleted old",
        // Whoever read it in between found nothing.
        "Modified backup",
    ];
    assert_eq!(lines(tell(&mut tree)), expected);
    assert!(lines(tell(&mut tree)).is_empty());
}

// covers: S2.12
#[test]
fn what_was_written_out_of_sight_is_told() {
    let prepare = |root: &Path| {
        fs::create_dir_all(root.join("target")).unwrap();
        fs::write(root.join("f"), "1").unwrap();
    };
    let (mut tree, directory) = tree(prepare, Limits::default());
    let path = |name: &str| directory.path().join(name);
    fs::rename(path("f"), path("target/f")).unwrap();
    fs::write(path("target/f"), "22").unwrap();
    fs::rename(path("target/f"), path("g")).unwrap();
    assert_eq!(lines(tell(&mut tree)), ["Renamed f to g", "Modified g"]);
    fs::rename(path("g"), path("h")).unwrap();
    assert_eq!(lines(tell(&mut tree)), ["Renamed g to h"]);
}

/// Whoever reads what he was told may come when something else is there.
#[test]
fn what_was_away_is_told_when_it_is_back() {
    let prepare = |root: &Path| {
        fs::create_dir_all(root.join("d/deep")).unwrap();
        fs::write(root.join("d/deep/f"), "1").unwrap();
        fs::write(root.join("file"), "1").unwrap();
    };
    let (mut tree, directory) = tree(prepare, Limits::default());
    let path = |name: &str| directory.path().join(name);
    for name in ["d", "file"] {
        fs::rename(path(name), path("away")).unwrap();
        fs::rename(path("away"), path(name)).unwrap();
    }
    assert_eq!(lines(tell(&mut tree)), ["Modified d/deep/f", "Modified file"]);
}

#[test]
fn what_moved_twice_is_read_where_it_is_in_the_end() {
    let prepare = |root: &Path| {
        fs::create_dir(root.join("e")).unwrap();
        fs::write(root.join("e/a"), "1").unwrap();
    };
    let (mut tree, directory) = tree(prepare, Limits::default());
    let path = |name: &str| directory.path().join(name);
    fs::write(path("save"), "2").unwrap();
    tell(&mut tree);
    fs::write(path("save"), "3").unwrap();
    fs::rename(path("save"), path("e/a")).unwrap();
    fs::rename(path("e"), path("c")).unwrap();
    fs::create_dir(path("e")).unwrap();
    fs::write(path("e/a"), "4").unwrap();
    let told = lines(tell(&mut tree));
    assert!(told.contains(&"Modified c/a".to_owned()), "{told:?}");
    assert!(!told.contains(&"Modified e/a".to_owned()), "{told:?}");
}

// covers: S0.33, S0.35, S0.39
#[tokio::test]
async fn what_the_api_did_is_told_once() {
    let directory = tempfile::tempdir().unwrap();
    let (tx, mut notices) = mpsc::channel(64);
    let files = Files::open(directory.path(), None, |_| {}).unwrap();
    let scope = TaskScope::default();
    let with = (files.own_writes(), files.ignored());
    let watch = Watch::start(directory.path(), with, &scope, tx).unwrap();
    watch.ready().await;
    let root = directory.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let path = |name: &str| WorkspacePath::parse(name).unwrap();
        for index in 0..200 {
            let by_api = path(&format!("dir{}/by-api", index % 7));
            files.write(&by_api, format!("{index}").as_bytes()).unwrap();
            if index % 5 == 0 {
                files.remove_own(&by_api.parent()).unwrap();
            }
        }
        fs::write(root.join("by-hand"), "1").unwrap();
    })
    .await
    .unwrap();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), notices.recv()).await.unwrap();
        match next.unwrap() {
            Notice::Changes(changes) => {
                let told: Vec<_> = changes.iter().map(ToString::to_string).collect();
                assert_eq!(told, ["Created by-hand"]);
                return;
            }
            Notice::Standing(_) => {}
            other @ (Notice::Rescan(_) | Notice::Diagnostic { .. }) => panic!("{other:?}"),
        }
    }
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
    for line in ["Created src", "Created src/deep/a"] {
        assert!(told.contains(line), "{line} in {told:?}");
    }
    assert!(told.contains("Created c") || told.contains("Renamed b to c"), "{told:?}");
    assert!(!told.iter().any(|it| it.contains(".git")), "{told:?}");
    let exit = processes.spawn(git(&["checkout", "-q", "main"])).unwrap().wait().await;
    assert_eq!(exit.code, Some(0));
    let told = world.told().await;
    assert!(told.contains("Deleted c") && told.contains("Created b"), "{told:?}");
    assert!(told.contains("Modified src/deep/a"), "{told:?}");
}
