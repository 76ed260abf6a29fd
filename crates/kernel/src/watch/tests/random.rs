//! Random changes by several writers at once: whoever applies what is told to a copy has the tree.

use super::*;
use crate::feed::What;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Changes that each writer tries; `STEAD_FEED_STEPS` sets another number, for long runs.
const STEPS: u64 = 1_000;
/// Lines that are kept of what was told, to be shown when something differs.
const TOLD_MAX: usize = 10_000;
const WRITERS: u64 = 4;
/// Nothing more comes after this long, however busy the machine is.
const SILENCE: Duration = Duration::from_secs(30);

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (it ^ (it >> 31)) % sides
    }

    /// A path of one to four components; few names, so that writers meet.
    fn path(&mut self, root: &Path) -> PathBuf {
        let mut path = root.to_owned();
        for _ in 0..=self.roll(4) {
            path.push(["a", "b", "c", "d", "e", "a-b"][usize::try_from(self.roll(6)).unwrap()]);
        }
        path
    }
}

/// One change that may fail, as changes of programs do.
fn change(dice: &mut Dice, root: &Path, writer: u64, step: u64) -> std::io::Result<()> {
    let (one, two) = (dice.path(root), dice.path(root));
    let text = format!("{writer} {step}");
    match dice.roll(20) {
        0..=3 => fs::write(&one, text),
        4 | 5 => fs::OpenOptions::new().append(true).open(&one)?.write_all(text.as_bytes()),
        6..=8 => fs::create_dir_all(&one),
        9 => fs::remove_file(&one),
        10 => fs::remove_dir_all(&one),
        11..=14 => fs::rename(&one, &two),
        // An atomic save.
        15 | 16 => {
            let beside = root.join(format!("save{writer}"));
            fs::write(&beside, text)?;
            fs::rename(&beside, &one)
        }
        17 => std::os::unix::fs::symlink("a", &one),
        // Swapped in one step.
        18 => {
            let flags = rustix::fs::RenameFlags::EXCHANGE;
            let here = rustix::fs::CWD;
            rustix::fs::renameat_with(here, &one, here, &two, flags).map_err(Into::into)
        }
        // Out of sight and back.
        _ => {
            let hidden = root.join("target").join(format!("{writer}"));
            fs::rename(&one, &hidden)?;
            fs::rename(&hidden, &two)
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Directory,
    /// The content of a file, or the target of a link; `None` while it could not be read.
    Text(Option<Vec<u8>>),
}

fn read(path: &Path) -> Option<Node> {
    let kind = fs::symlink_metadata(path).ok()?.file_type();
    if kind.is_dir() {
        return Some(Node::Directory);
    }
    let text = if kind.is_symlink() {
        fs::read_link(path).ok()?.into_os_string().into_encoded_bytes()
    } else {
        fs::read(path).ok()?
    };
    Some(Node::Text(Some(text)))
}

/// What one knows who only listens, and reads what is named.
struct Copy {
    root: PathBuf,
    nodes: BTreeMap<String, Node>,
    /// Every change since the copy was taken was told. After looking again at everything, what is
    /// told next may be older than what was told.
    strict: bool,
}

impl Copy {
    fn of(root: &Path) -> Self {
        let mut copy = Self { root: root.to_owned(), nodes: BTreeMap::new(), strict: true };
        copy.take(root, "");
        copy
    }

    fn take(&mut self, directory: &Path, path: &str) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if name == "target" {
                continue;
            }
            let at = directory.join(&name);
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            let Some(node) = read(&at) else { continue };
            if node == Node::Directory {
                self.take(&at, &path);
            }
            self.nodes.insert(path, node);
        }
    }

    fn remove(&mut self, path: &str) {
        let below = format!("{path}/");
        self.nodes.retain(|it, _| it != path && !it.starts_with(&below));
    }

    /// `false` when the change does not fit to what is known.
    fn apply(&mut self, change: &crate::feed::Change) -> bool {
        let path = change.path.as_str();
        let parent = change.path.parent();
        let has_parent = !self.strict
            || parent.is_root()
            || self.nodes.get(parent.as_str()) == Some(&Node::Directory);
        match &change.what {
            What::Deleted => self.remove(path),
            What::Created | What::Modified => {
                if !has_parent {
                    return false;
                }
                let was = self.nodes.get(path).cloned();
                if change.what == What::Created || was == Some(Node::Directory) {
                    self.remove(path);
                }
                // What is in it is told by itself.
                let node = if change.directory { Node::Directory } else { self.look(path) };
                self.nodes.insert(path.to_owned(), node);
            }
            What::Renamed { from } => {
                if !has_parent {
                    return false;
                }
                let below = format!("{from}/");
                let moved: Vec<String> = self
                    .nodes
                    .keys()
                    .filter(|it| *it == from.as_str() || it.starts_with(&below))
                    .cloned()
                    .collect();
                if self.strict && moved.is_empty() {
                    return false;
                }
                let moved: Vec<_> =
                    moved.into_iter().map(|it| (self.nodes.remove(&it).unwrap(), it)).collect();
                self.remove(path);
                for (node, old) in moved {
                    let new = format!("{path}{}", &old[from.as_str().len()..]);
                    let node = if node == Node::Directory { node } else { self.look(&new) };
                    self.nodes.insert(new, node);
                }
                if !self.strict {
                    self.take_at(path);
                }
            }
        }
        true
    }

    /// Reads a file. What was read where it was before may have been another one: whoever listens
    /// is behind, and something else can be there by then.
    fn look(&self, path: &str) -> Node {
        match read(&self.root.join(path)) {
            Some(Node::Text(text)) => Node::Text(text),
            // It is something else by now, which is told later.
            Some(Node::Directory) | None => Node::Text(None),
        }
    }

    /// Takes what is at `path` instead of what is known: what was known may be newer than what is
    /// told of it.
    fn take_at(&mut self, path: &str) {
        self.remove(path);
        let at = self.root.join(path);
        let Some(node) = read(&at) else { return };
        if node == Node::Directory {
            self.take(&at, path);
        }
        self.nodes.insert(path.to_owned(), node);
    }
}

/// Answers with how many changes were made.
async fn run(seed: u64, steps: u64) -> u64 {
    let mut world = World::new(|root| fs::create_dir(root.join("target")).unwrap()).await;
    let root = world.directory.path().to_owned();
    let mut copy = Copy::of(&root);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let root = root.clone();
            std::thread::spawn(move || {
                let mut dice = Dice(seed * 1000 + writer);
                // Most fail, because something is not there.
                (0..steps).filter(|it| change(&mut dice, &root, writer, *it).is_ok()).count() as u64
            })
        })
        .collect();
    let all = tokio::task::spawn_blocking(move || {
        let made = writers.into_iter().map(|it| it.join().unwrap()).sum();
        fs::write(root.join("the-last-file"), "").unwrap();
        made
    });
    let mut told = Vec::new();
    // What could not be looked at in one window is told in the next.
    while !copy.nodes.contains_key("the-last-file") || !differences(&copy).is_empty() {
        let notice = tokio::time::timeout(SILENCE, world.notices.recv());
        let Ok(notice) = notice.await else {
            // On a busy machine the watcher may be behind while there is more to come.
            if !all.is_finished() {
                continue;
            }
            let tail = &told[told.len().saturating_sub(60)..];
            panic!("seed {seed}: {:#?} after {tail:#?}", differences(&copy));
        };
        match notice.unwrap() {
            Notice::Changes(changes) => {
                if TOLD_MAX < told.len() {
                    told.drain(..TOLD_MAX / 2);
                }
                told.push(String::new());
                let before: Vec<_> = copy.nodes.keys().cloned().collect();
                for change in &changes {
                    told.push(change.to_string());
                    if !copy.apply(change) {
                        let tail = &told[told.iter().rposition(String::is_empty).unwrap()..];
                        panic!(
                            "seed {seed}: {change} does not fit to {before:#?} after {tail:#?} of {changes:#?}"
                        );
                    }
                }
            }
            Notice::Rescan(_) => {
                told.push("Rescan".to_owned());
                copy = Copy { strict: false, ..Copy::of(&copy.root) };
            }
            Notice::Standing(_) | Notice::Diagnostic { .. } => {}
        }
    }
    all.await.unwrap()
}

/// What the copy has otherwise than the tree.
fn differences(copy: &Copy) -> Vec<String> {
    let real = Copy::of(&copy.root);
    let differs = |it: &String| real.nodes.get(it) != copy.nodes.get(it);
    let show =
        |it: &String| format!("{it}: {:?}, not {:?}", real.nodes.get(it), copy.nodes.get(it));
    real.nodes.keys().chain(copy.nodes.keys()).filter(|it| differs(it)).map(show).collect()
}

// covers: S2.12, S0.39
#[tokio::test]
async fn whoever_applies_what_is_told_has_the_tree() {
    #[expect(clippy::disallowed_methods, reason = "long runs are asked for by hand")]
    let steps = std::env::var("STEAD_FEED_STEPS").ok().and_then(|it| it.parse().ok());
    for seed in 1..=3 {
        let made = run(seed, steps.unwrap_or(STEPS)).await;
        println!("seed {seed}: {made} changes were made");
    }
}
