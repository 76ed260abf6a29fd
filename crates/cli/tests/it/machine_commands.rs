//! `stead machines`: what an administrator does by name, in a shell.

use crate::machine::{Machine, machines};
use crate::world::{Guarded, World, eventually};
use serde_json::{Value, json};
use std::path::Path;
use std::{fs, io};

fn complaint(world: &World, arguments: &[&str]) -> String {
    let output = world.stead(arguments);
    assert!(!output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn told(world: &World, arguments: &[&str]) -> String {
    let output = world.stead(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}\n{}", world.log());
    String::from_utf8(output.stderr).unwrap()
}

// covers: S0.93
#[test]
fn the_printed_command_lets_a_machine_join_and_the_rest_is_done_by_name() {
    let world = World::start(&["--machines-only"]);
    assert!(told(&world, &["machines"]).contains("join-token"), "an empty list says how to go on");
    assert!(complaint(&world, &["machines", "drain", "attic"]).contains("join-token"));
    let command = world.say(&["machines", "join-token", "--name", "attic"]);
    let mut machine = Machine::join_by(&world, &command);
    let shown = machine.until(&world, "ready");
    assert_eq!(shown["name"], "attic");
    let list = world.say(&["machines"]);
    let line = list.lines().nth(1).unwrap();
    assert!(line.starts_with("attic") && line.contains("ready") && line.contains("GiB"), "{list}");
    let json: Value = serde_json::from_str(&world.say(&["machines", "--json"])).unwrap();
    assert_eq!(json[0]["id"], shown["id"]);

    let id = world.say(&["new", "site"]);
    assert!(told(&world, &["machines", "drain", "attic"]).contains("1 are there"));
    assert_eq!(machines(&world)[0]["state"], "draining");
    assert!(complaint(&world, &["new", "another"]).contains("no machine"));
    assert!(complaint(&world, &["machines", "rm", "attic", "--yes"]).contains("--move"));
    let forced = ["machines", "rm", "attic", "--yes", "--give-up-workspaces"];
    assert!(complaint(&world, &forced).contains("is connected"));
    world.say(&["machines", "undrain", "attic"]);
    assert_eq!(machines(&world)[0]["state"], "ready");

    machine.kill();
    machine.until(&world, "lost");
    assert!(told(&world, &["machines"]).contains("comes back by itself"));
    assert!(complaint(&world, &["machines", "rm", "attic"]).contains("--give-up-workspaces"));
    let removing = ["machines", "rm", "attic", "--give-up-workspaces"];
    assert!(complaint(&world, &removing).contains("--yes"), "nobody is there to be asked");
    world.say(&forced);
    assert_eq!(machines(&world), Value::Array(Vec::new()));
    assert!(!world.say(&["ls"]).contains(&id), "it was given up");
}

// covers: S0.94
#[test]
fn what_is_printed_joins_beside_a_server_of_the_same_computer_and_never_in_its_directory() {
    let world = World::start(&[]);
    let id = world.say(&["new", "own"]);
    let place = tempfile::tempdir().unwrap();
    let config = place.path().join("stead.toml");
    fs::write(&config, format!("data-dir = \"{}\"\n", world.data().display())).unwrap();
    let command = world.say(&["machines", "join-token", "--name", "beside"]);
    let named = format!("{command} --data-dir {}", world.data().display());
    let refused = Machine::shell(&named, place.path()).output().unwrap();
    let refused = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.contains("of a Stead server"), "{refused}");

    let mut shell = Machine::shell(&command, place.path());
    let _machine = Guarded(shell.env("STEAD_CONFIG", &config).spawn().unwrap());
    eventually("it is there", || {
        (machines(&world).as_array()?.first()?["state"] == "ready").then_some(())
    });
    let own = world.data().with_file_name("data-machine");
    assert!(own.join("machine/machine.json").exists());
    assert!(!world.data().join("machine").exists());
    assert!(world.say(&["ls"]).contains(&id), "the server has what it had");
}

fn name(world: &World) -> String {
    machines(world)[0]["name"].as_str().unwrap().to_owned()
}

/// How the only machine is being emptied.
fn drain(world: &World) -> Value {
    let id = machines(world)[0]["id"].as_str().unwrap_or_default().to_owned();
    let answer = world.api("GET", &format!("/api/v1/machines/{id}/drain"), None);
    let answer = answer.ok().filter(|it| it.0 == 200);
    answer.and_then(|it| serde_json::from_slice(&it.1).ok()).unwrap_or(Value::Null)
}

/// How far one workspace of it is.
fn drained(drain: &Value, id: &str) -> Value {
    let all = drain["workspaces"].as_array().cloned().unwrap_or_default();
    all.into_iter().find(|it| it["workspace"] == id).map_or(Value::Null, |it| it["state"].clone())
}

// covers: S0.94
#[test]
fn a_drain_empties_a_machine_over_a_restart_and_what_runs_waits_until_it_is_stopped() {
    let mut world = World::start(&["--machines-only"]);
    let machine = Machine::join(&world);
    let (name, quiet) = (name(&world), world.say(&["new", "quiet"]));
    let busy = world.running("busy");
    assert_eq!(world.run(&busy, "echo kept > kept"), (0, String::new()));
    let refused = complaint(&world, &["machines", "drain", &name, "--move"]);
    assert!(refused.contains("no other machine has room"), "{refused}");
    assert_eq!(machines(&world)[0]["state"], "ready", "a refusal changes nothing");
    world.kill();
    world.options(&[]);
    world.restart();
    machine.until(&world, "ready");

    let id = machines(&world)[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/machines/{id}/drain");
    assert_eq!(world.api("POST", &path, Some(&json!({}))).unwrap().0, 202);
    world.kill();
    world.restart();
    eventually("the one that is stopped moves, and the other one waits", || {
        let now = drain(&world);
        let is_so = drained(&now, &quiet) == "moved" && drained(&now, &busy) == "running";
        is_so.then_some(())
    });
    assert_eq!(drain(&world)["state"], "emptying");
    assert_eq!(world.get(&busy, "state")["status"], "running", "nobody stopped it");
    world.say(&["stop", &busy]);
    eventually("it moves, too", || (drain(&world)["state"] == "done").then_some(()));
    assert!(machine.bodies().is_empty(), "{:?}", machine.bodies());
    world.say(&["start", &busy]);
    assert_eq!(world.run(&busy, "cat kept"), (0, "kept\n".to_owned()));
    assert!(told(&world, &["machines", "drain", &name, "--move"]).contains("nothing is left"));
    assert!(
        complaint(&world, &["machines", "drain", &name, "--cancel"]).contains("not being emptied")
    );
}

#[test]
fn a_drain_that_was_told_to_ends_sessions_and_one_that_is_cancelled_moves_no_more() {
    let world = World::start(&[]);
    // Before there is another machine that it could be made on.
    let busy = world.running("busy");
    let machine = Machine::join(&world);
    let name = name(&world);
    world.say(&["move", &busy, "--stop", "--to", &name]);
    world.say(&["start", &busy]);
    let id = machines(&world)[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/machines/{id}/drain");
    assert_eq!(world.api("POST", &path, Some(&json!({}))).unwrap().0, 202);
    eventually("it waits", || (drained(&drain(&world), &busy) == "running").then_some(()));
    world.say(&["machines", "drain", &name, "--cancel"]);
    assert_eq!(drain(&world)["state"], "cancelled");
    assert_eq!(machines(&world)[0]["state"], "draining");
    world.say(&["machines", "drain", &name, "--move", "--stop"]);
    assert_eq!(machines(&world)[0]["workspaces"], 0);
    assert!(machine.bodies().is_empty(), "{:?}", machine.bodies());
}

/// Copies a directory, as a backup does.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut cp = crate::world::command("cp");
    let copied = cp.arg("-a").arg(from).arg(to).status()?;
    if copied.success() { Ok(()) } else { Err(io::ErrorKind::Other.into()) }
}

/// Which machine has which copy: the machine's own first, then the one that joined.
fn copies(world: &World, id: &str) -> Value {
    world.get(id, "copies")
}

/// Copies that lie on machines for nothing.
fn set_aside(world: &World) -> Value {
    let (status, listed) = world.api("GET", "/api/v1/copies", None).unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&listed));
    serde_json::from_slice(&listed).unwrap()
}

#[test]
fn after_an_older_backup_a_workspace_is_placed_anew_and_the_other_copy_never_starts() {
    let mut world = World::start(&[]);
    let id = world.running("site");
    assert_eq!(world.run(&id, "echo old > which"), (0, String::new()));
    world.say(&["stop", &id]);
    let machine = Machine::join(&world);
    let name = name(&world);
    // What `stead backup` would take now: the database, and the files of the own machine.
    assert_eq!(world.terminate(), Some(0));
    let aside = tempfile::tempdir().unwrap();
    let stored = world.data().join("workspaces").join(id.strip_prefix("ws_").unwrap());
    fs::copy(world.data().join("stead.db"), aside.path().join("stead.db")).unwrap();
    copy(&stored, &aside.path().join("files")).unwrap();
    world.restart();
    machine.until(&world, "ready");
    world.say(&["move", &id, "--to", &name]);
    world.say(&["start", &id]);
    assert_eq!(world.run(&id, "echo new > which"), (0, String::new()));

    assert_eq!(world.terminate(), Some(0));
    for file in ["stead.db", "stead.db-wal", "stead.db-shm"] {
        drop(fs::remove_file(world.data().join(file)));
    }
    fs::copy(aside.path().join("stead.db"), world.data().join("stead.db")).unwrap();
    copy(&aside.path().join("files"), &stored).unwrap();
    world.restart();
    machine.until(&world, "ready");
    let before = copies(&world, &id);
    assert_eq!((&before["machine"], &before["places"][1]["epoch"]), (&Value::Null, &json!(1)));
    let refused = complaint(&world, &["move", &id, "--place-anew", &name]);
    assert!(refused.contains("--other-copies-are-gone"), "{refused}");
    let body = json!({"machine": before["places"][1]["machine"]});
    let path = format!("/api/v1/workspaces/{id}/copies");
    assert_eq!(world.api("POST", &path, Some(&body)).unwrap().0, 409);
    assert_eq!(copies(&world, &id), before, "what was not said has done nothing");

    world.say(&["move", &id, "--place-anew", &name, "--other-copies-are-gone"]);
    let after = copies(&world, &id);
    assert_eq!((&after["machine"], &after["epoch"]), (&body["machine"], &json!(2)));
    assert_eq!(after["places"][0]["copy"]["held"], true, "the old one never starts: {after}");
    assert_eq!(after["places"][1]["copy"]["held"], false, "{after}");
    world.say(&["start", &id]);
    assert_eq!(world.run(&id, "cat which"), (0, "new\n".to_owned()));
    let again = ["move", &id, "--place-anew", &name, "--other-copies-are-gone"];
    assert!(complaint(&world, &again).contains("there already"));
    assert!(world.say(&["move", &id, "--copies"]).contains("set aside"));

    // Only what was set aside is deleted, by hand.
    assert!(world.say(&["machines", "copies"]).contains("site"));
    let listed = set_aside(&world);
    assert_eq!(listed["copies"][0]["workspace"], id.as_str(), "{listed}");
    assert_eq!((&listed["copies"][0]["machine"], &listed["silent"]), (&Value::Null, &json!([])));
    let on_machine = body["machine"].as_str().unwrap();
    let (used, _) = world.api("DELETE", &format!("{path}/{on_machine}"), None).unwrap();
    assert_eq!(used, 409, "the workspace is there");
    let unsure = complaint(&world, &["machines", "delete-copy", "site", "--on", &name, "--yes"]);
    assert!(unsure.contains("no copy"), "{unsure}");
    world.say(&["machines", "delete-copy", "site", "--on", "gateway", "--yes"]);
    assert!(!stored.exists(), "nothing of it lies here any more");
    assert_eq!(set_aside(&world)["copies"], json!([]));
    assert_eq!(world.run(&id, "cat which"), (0, "new\n".to_owned()), "it goes on meanwhile");
    // The way back to this machine is free again.
    world.say(&["move", &id, "--to", "gateway", "--stop"]);
    world.say(&["start", &id]);
    assert_eq!(world.run(&id, "cat which"), (0, "new\n".to_owned()));
}
