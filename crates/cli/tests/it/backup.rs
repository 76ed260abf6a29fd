//! A backup of a server that is in use, and a server on what is put back.

use crate::cluster::postgres;
use crate::world::{Guarded, World, command, eventually};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

const SECRET: &str = "backed-up-secret";

/// A server in use: a shell that writes, a secret, a file that is not to be lost.
fn busy() -> (World, String, Guarded) {
    let world = World::start(&[]);
    let id = world.running("a");
    world.set(&id, "KEY", SECRET);
    let line = "mkdir -p src; echo kept > src/kept; chmod 750 src/kept; ln -s kept src/link";
    assert_eq!(world.run(&id, line).0, 0);
    let line = "while :; do date >> busy; done";
    let writer = world.client(&["run", &id, "--", "bash", "-c", line]).spawn().unwrap();
    eventually("something is being written", || {
        (world.run(&id, "test -s busy").0 == 0).then_some(())
    });
    (world, id, Guarded(writer))
}

/// What `stead restore` says; `Err` when it refuses.
fn restore(world: &World, from: &Path, options: &[&str]) -> Result<String, String> {
    let output = world.stead(&[&["restore", from.to_str().unwrap()], options].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(said) } else { Err(said) }
}

fn check(world: &World, id: &str, verify: &[&str]) {
    world.say(&["start", id]);
    let line = "cat src/link; stat -c %a src/kept; test -s busy && echo \"[$KEY]\"";
    assert_eq!(world.run(id, line), (0, format!("kept\n750\n[{SECRET}]\n")));
    let verified = world.say(&[&["audit", "verify"], verify].concat());
    assert!(verified.starts_with("whole: "), "{verified}");
}

// covers: S0.53
#[test]
fn a_backup_of_a_busy_server_is_put_back_on_an_empty_machine() {
    let (world, id, _writer) = busy();
    let place = tempfile::tempdir().unwrap();
    let (full, bare) = (place.path().join("full"), place.path().join("bare"));
    world.say(&["backup", full.to_str().unwrap(), "--include-key"]);
    let said = world.stead(&["backup", bare.to_str().unwrap()]);
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("Not in it: the key") && !bare.join("secret.key").exists(), "{said}");
    assert_eq!(fs::metadata(&full).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(!world.stead(&["backup", full.to_str().unwrap()]).status.success(), "over nothing");
    let token = world.token();

    let mut again = World::prepare(&[]);
    restore(&again, &full, &["--check"]).unwrap();
    assert!(!again.data().exists());
    let said = restore(&again, &full, &[]).unwrap();
    assert!(said.contains("audit log is whole") && said.contains("Nobody is signed in"), "{said}");
    assert!(restore(&again, &full, &[]).unwrap_err().contains("over nothing"));
    again.restart();
    assert_ne!(again.token(), token, "what was signed in is not any more");
    check(&again, &id, &[]);
    // The old server goes on.
    assert_eq!(world.run(&id, "cat src/kept").1, "kept\n");
}

#[test]
fn a_backup_moves_a_server_from_sqlite_to_postgresql() {
    let (world, id, _writer) = busy();
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    world.say(&["backup", backup.to_str().unwrap(), "--include-key"]);
    let url = postgres("stead_restored");
    let mut again = World::prepare(&["--database-url", &url]);
    restore(&again, &backup, &["--database-url", &url]).unwrap();
    again.restart();
    check(&again, &id, &["--database-url", &url]);
    // And a backup of that one, while it runs.
    let second = place.path().join("second");
    again.say(&["backup", second.to_str().unwrap(), "--database-url", &url]);
    restore(&again, &second, &["--check"]).unwrap();
    // Its database is not empty any more.
    let third = World::prepare(&[]);
    let refused = restore(&third, &second, &["--database-url", &url]).unwrap_err();
    assert!(refused.contains("not empty"), "{refused}");
    assert_eq!(fs::read_dir(third.data().join("workspaces")).unwrap().count(), 0);
}

#[test]
fn a_restore_that_was_killed_is_not_served_and_begins_again() {
    let (world, id, _writer) = busy();
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    world.say(&["backup", backup.to_str().unwrap(), "--include-key"]);
    let url = postgres("stead_restored_twice");
    let database = ["--database-url", url.as_str()];
    let mut again = World::prepare(&database);
    // Somebody holds the lock that the schema is made under: by then every workspace is in place.
    let mut holder = command("psql");
    let holder = holder.args(["-qAt", "-d", &url]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = Guarded(holder.spawn().unwrap());
    let lock =
        "BEGIN; SELECT pg_advisory_xact_lock(1398031681, hashtext('public')); SELECT 'held';";
    writeln!(holder.0.stdin.as_mut().unwrap(), "{lock}").unwrap();
    let said = BufReader::new(holder.0.stdout.take().unwrap());
    assert!(said.lines().any(|it| it.unwrap() == "held"));
    let mut restoring =
        again.client(&[&["restore", backup.to_str().unwrap()][..], &database].concat());
    let mut restoring = restoring.spawn().unwrap();
    let waits = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    eventually("it waits for the database", || {
        let mut psql = command("psql");
        let output = psql.args(["-qAt", "-d", &url, "-c", waits]).output().unwrap();
        (output.stdout == b"1\n").then_some(())
    });
    restoring.kill().unwrap();
    restoring.wait().unwrap();
    drop(holder);
    let stored = again.data().join("workspaces").join(id.strip_prefix("ws_").unwrap());
    assert!(stored.join("files/src/kept").exists(), "what is there is half of a backup");

    let mut serve = again.client(&[&["serve", "--listen", "127.0.0.1:0"][..], &database].concat());
    let refused = serve.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("was interrupted"), "{said}");
    let other = place.path().join("other");
    let refused = again.stead(&[&["backup", other.to_str().unwrap()][..], &database].concat());
    assert!(!refused.status.success(), "half a backup is not backed up");

    let said = restore(&again, &backup, &database).unwrap();
    assert!(said.contains("was interrupted here") && said.contains("1 workspaces"), "{said}");
    assert!(!again.data().join("restore.json").exists());
    again.restart();
    check(&again, &id, &database);
}

#[test]
fn a_backup_that_was_interrupted_or_changed_is_put_nowhere() {
    let (world, id, _writer) = busy();
    assert_eq!(world.run(&id, "head -c 40M /dev/urandom > large").0, 0);
    let place = tempfile::tempdir().unwrap();
    let (cut, whole) = (place.path().join("cut"), place.path().join("whole"));
    let mut making = world.client(&["backup", cut.to_str().unwrap()]).spawn().unwrap();
    let part = place.path().join("cut.part");
    eventually("a workspace is being written", || part.join("workspaces").read_dir().ok()?.next())
        .unwrap();
    making.kill().unwrap();
    making.wait().unwrap();
    assert!(part.exists() && !cut.exists());
    let again = World::prepare(&[]);
    let refused = restore(&again, &part, &[]).unwrap_err();
    assert!(refused.contains("interrupted"), "{refused}");

    world.say(&["backup", whole.to_str().unwrap()]);
    let archive = whole.join(format!("workspaces/{}.tar.gz", id.strip_prefix("ws_").unwrap()));
    let mut bytes = fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&archive, bytes).unwrap();
    let refused = restore(&again, &whole, &[]).unwrap_err();
    assert!(refused.contains("is not what was written"), "{refused}");
    assert!(!again.data().exists(), "nothing was put in place");
}
