//! The audit log of a real server that is killed, cannot write, or is written to by many at once:
//! nothing happens without its row, and the chain is whole afterwards.

use crate::world::{World, command, eventually, signal};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often the server is killed.
const ROUNDS: usize = 4;
/// Changes that were acknowledged before it is.
const CHANGES: usize = 24;

impl World {
    /// Walks the chain, while the server runs.
    fn verify(&self) {
        let output = self.stead(&["audit", "verify"]);
        assert!(output.status.success(), "{output:?}");
    }

    /// Every row of the audit log.
    fn rows(&self) -> Vec<Value> {
        let text = self.say(&["audit", "export"]);
        text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
    }

    fn put(&self, workspace: &str, file: &str, text: &str) -> Option<u16> {
        let path = format!("/api/v1/workspaces/{workspace}/files/{file}");
        Some(self.api("PUT", &path, Some(&json!(text))).ok()?.0)
    }

    fn make_token(&self, name: &str) -> Option<String> {
        let (status, body) =
            self.api("POST", "/api/v1/tokens", Some(&json!({"name": name}))).ok()?;
        let made: Value = serde_json::from_slice(&body).ok().filter(|_| status == 201)?;
        made["token"]["id"].as_str().map(ToOwned::to_owned)
    }

    fn readyz(&self) -> u16 {
        self.api("GET", "/readyz", None).unwrap().0
    }
}

/// What was acknowledged.
#[derive(Default)]
struct Done {
    tokens: BTreeSet<String>,
    files: BTreeSet<String>,
}

/// Makes tokens and writes files until the server is gone.
fn write_until_killed(world: &World, workspace: &str, round: usize, done: &Mutex<Done>) {
    let is_gone = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let is_gone = &is_gone;
            scope.spawn(move || {
                for count in 0.. {
                    let name = format!("trial-{round}-{writer}-{count}");
                    if writer == 0 {
                        let Some(id) = world.make_token(&name) else { break };
                        done.lock().unwrap().tokens.insert(id);
                    } else {
                        let Some(200..300) = world.put(workspace, &name, &name) else { break };
                        done.lock().unwrap().files.insert(name);
                    }
                }
                is_gone.store(true, Ordering::Relaxed);
            });
        }
        eventually("enough was changed", || {
            let done = done.lock().unwrap();
            let enough = (round + 1) * CHANGES <= done.tokens.len() + done.files.len();
            (enough || is_gone.load(Ordering::Relaxed)).then_some(())
        });
        signal(world.server_pid(), Signal::KILL);
    });
}

// covers: S0.52, S0.53
#[test]
fn killed_amid_changes_the_log_has_each_of_them_and_its_chain_is_whole() {
    let mut world = World::start(&[]);
    let id = world.say(&["new", "trial"]);
    let done = Mutex::new(Done::default());
    for round in 0..ROUNDS {
        write_until_killed(&world, &id, round, &done);
        world.kill();
        world.restart();
        world.verify();
    }
    let Done { tokens, files } = done.into_inner().unwrap();
    assert!(ROUNDS <= tokens.len() && ROUNDS <= files.len(), "both were written to");

    let rows = world.rows();
    let objects = |verb: &str| -> Vec<&str> {
        let of_verb = rows.iter().filter(|it| it["verb"] == verb && it["follows"].is_null());
        of_verb.filter_map(|it| it["object"].as_str()).collect()
    };
    // Row and token are one: as many of the one as of the other, acknowledged or not.
    let listed: Value = serde_json::from_str(&world.say(&["token", "ls", "--json"])).unwrap();
    let listed: BTreeSet<&str> =
        listed.as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
    let created = objects("token.create");
    assert_eq!(created.iter().copied().collect::<BTreeSet<_>>(), listed);
    assert_eq!(created.len(), listed.len());
    assert!(tokens.iter().all(|it| listed.contains(it.as_str())));
    // What the kernel wrote was written down before, and each such row has one outcome.
    let begun: BTreeSet<&str> = objects("file.write").into_iter().collect();
    let tree = world.get(&id, "tree");
    let there: BTreeSet<&str> =
        tree["entries"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    assert!(there.is_subset(&begun), "{:?}", there.difference(&begun));
    assert!(files.iter().all(|it| there.contains(it.as_str())));
    let mut outcomes = BTreeMap::<u64, usize>::new();
    for row in &rows {
        if let Some(seq) = row["follows"].as_u64() {
            *outcomes.entry(seq).or_default() += 1;
        }
    }
    let of_begun = rows.iter().filter(|it| it["outcome"] == "begun");
    let wrong: Vec<&Value> =
        of_begun.filter(|it| outcomes.get(&it["seq"].as_u64().unwrap()) != Some(&1)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Files that the kernel of this machine lets nobody write, open or not.
struct Immutable(Vec<PathBuf>);

impl Immutable {
    /// `None` where this takes more rights, or another file system.
    fn new(files: Vec<PathBuf>) -> Option<Self> {
        let done = command("chattr").arg("+i").args(&files).status().unwrap();
        if !done.success() {
            println!("SKIPPED: files cannot be made immutable here");
            return None;
        }
        Some(Self(files))
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        drop(command("chattr").arg("-i").args(&self.0).status());
    }
}

// covers: S0.53, S0.54
#[test]
fn with_a_database_that_cannot_be_written_changes_fail_reading_goes_on_and_it_recovers() {
    let world = World::start(&[]);
    let id = world.say(&["new", "trial"]);
    assert!(world.put(&id, "a", "before").is_some_and(|it| it < 300));
    let before = eventually("the outcome is written down", || {
        let rows = world.rows();
        let is_told = |it: &Value| it["verb"] == "file.write" && it["outcome"] == "ok";
        rows.iter().any(is_told).then_some(rows.len())
    });
    let database = ["stead.db", "stead.db-wal"].map(|it| world.data().join(it));
    let Some(immutable) = Immutable::new(database.to_vec()) else { return };

    assert_eq!(world.put(&id, "a", "after"), Some(503));
    assert_eq!(world.make_token("t"), None);
    let path = format!("/api/v1/workspaces/{id}");
    let (status, body) = world.api("PATCH", &path, Some(&json!({"name": "other"}))).unwrap();
    assert_eq!(status, 503);
    assert!(String::from_utf8_lossy(&body).contains("nothing was changed"));
    assert_eq!(world.get(&id, "files/a"), json!("before"));
    assert!(world.say(&["ls"]).contains("trial"));
    eventually("it says so", || (world.readyz() == 503).then_some(()));
    assert_eq!(world.api("GET", "/health", None).unwrap().0, 200);
    world.verify();
    assert_eq!(world.rows().len(), before);

    drop(immutable);
    eventually("it is ready again", || (world.readyz() == 200).then_some(()));
    let put = world.put(&id, "a", "after");
    assert!(put.is_some_and(|it| it < 300), "{put:?}");
    assert_eq!(world.get(&id, "files/a"), json!("after"));
    world.verify();
    assert!(!world.log().contains("panicked"));
}

// covers: S0.53, S0.54
#[test]
fn with_a_full_disk_nothing_is_done_without_its_row_and_it_recovers() {
    let Some(world) = World::start_in("64m", &["--disk-reserve", "1KiB"]) else { return };
    let id = world.say(&["new", "trial"]);
    assert!(world.put(&id, "a", "before").is_some_and(|it| it < 300));
    let filler = world.data().join("filler");
    fill(&filler);

    // What the database still has room for may be written; nothing is half done.
    let mut refused = None;
    for count in 0..20_000 {
        let text = format!("after {count} {}", "x".repeat(1000));
        match world.put(&id, "a", &text) {
            Some(200..300) => {}
            status => {
                refused = status;
                break;
            }
        }
    }
    assert!(matches!(refused, Some(503 | 507)), "{refused:?}");
    let kept = world.get(&id, "files/a");
    assert!(kept.as_str().is_some_and(|it| it == "before" || it.starts_with("after ")), "{kept}");
    assert_eq!(world.make_token("t"), None);
    assert!(world.say(&["ls"]).contains("trial"));

    fs::remove_file(&filler).unwrap();
    eventually("it is ready again", || (world.readyz() == 200).then_some(()));
    eventually("changes are made again", || world.put(&id, "a", "at last").filter(|it| *it < 300));
    assert!(world.make_token("t").is_some());
    world.verify();
    assert!(!world.log().contains("panicked"));
}

/// Takes all the room there is.
fn fill(path: &std::path::Path) {
    use std::io::Write;
    let mut file = fs::File::create(path).unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}
