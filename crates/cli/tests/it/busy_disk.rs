//! A server whose database lies on a disk that does not answer for a while.

use crate::world::{World, command, eventually};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// Size of the file system, with room for its journal.
const SIZE: u64 = 64 * 1024 * 1024;

/// A file system of its own, whose files cannot be opened to be written while it is frozen.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None` where nobody may make one.
    fn make() -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let (image, place) = (disk.0.path().join("image"), disk.place());
        fs::File::create(&image).unwrap().set_len(SIZE).unwrap();
        fs::create_dir(&place).unwrap();
        let made = command("mkfs.ext4").arg("-q").arg(&image).status();
        let mut mount = command("mount");
        mount.args(["-o", "loop"]).arg(&image).arg(&place);
        let is_there = made.is_ok_and(|it| it.success())
            && mount.status().is_ok_and(|it| it.success())
            && disk.freeze().is_some();
        if !is_there {
            println!("SKIPPED: a disk that stands still needs the right to mount and freeze one");
        }
        is_there.then_some(disk)
    }

    fn place(&self) -> PathBuf {
        self.0.path().join("place")
    }

    /// From now on, who writes waits.
    fn freeze(&self) -> Option<Frozen> {
        let script = "fsfreeze --freeze \"$0\" && echo frozen && read -r _; \
                      fsfreeze --unfreeze \"$0\" 2>/dev/null";
        let mut shell = command("sh");
        shell.args(["-c", script]).arg(self.place()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = shell.spawn().ok()?;
        let mut said = String::new();
        BufReader::new(shell.stdout.take()?).read_line(&mut said).ok()?;
        let frozen = Frozen(shell);
        (said == "frozen\n").then_some(frozen)
    }
}

/// The disk stands still as long as this is kept. A test that is killed closes the pipe too: nobody
/// could end a process that waits for such a disk.
struct Frozen(Child);

impl Drop for Frozen {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        drop(self.0.wait());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(command("umount").arg("--lazy").arg(self.place()).status());
    }
}

/// Threads by which a process tries to open SQLite databases.
fn tries(pid: u32) -> usize {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let names = tasks.map(|it| fs::read_to_string(it.path().join("comm")).unwrap_or_default());
    names.filter(|it| it.starts_with("sqlx-sqlite")).count()
}

#[test]
fn a_disk_that_stands_still_delays_the_start_and_does_not_end_it() {
    let Some(disk) = Disk::make() else { return };
    let database = format!("sqlite://{}", disk.place().join("stead.db").display());
    let mut world = World::prepare(&["--database-url", &database]);
    let frozen = disk.freeze().unwrap();
    world.spawn();
    let pid = world.server_pid();
    eventually("it has given up once, and tries again", || (2 <= tries(pid)).then_some(()));
    drop(frozen);
    eventually("it answers", || world.api("GET", "/readyz", None).ok().filter(|it| it.0 == 200));
    world.say(&["new", "kept"]);
    assert_eq!(world.terminate(), Some(0));
    world.restart();
    assert!(world.say(&["ls"]).contains("kept"));
}
