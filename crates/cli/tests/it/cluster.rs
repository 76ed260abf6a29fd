//! Two servers on one PostgreSQL, one of which is killed.

use crate::machine::{Machine, machines, token};
use crate::machines::{assert_every_line, count_lines};
use crate::seam::works_like_here;
use crate::world::{World, command, eventually};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// A database of its own on the PostgreSQL that `cargo xtask test` started.
pub(crate) fn postgres(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "how the test command tells what it started")]
    let server = std::env::var("STEAD_TEST_POSTGRES").ok();
    let server = server.unwrap_or_else(|| {
        panic!(
            "this test needs a PostgreSQL: `cargo xtask test NAME` starts one; or set \
             STEAD_TEST_POSTGRES to the address of one that may be filled with rubbish"
        )
    });
    for statement in
        [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")]
    {
        let mut psql = command("psql");
        psql.args(["-q", "-d", &format!("{server}/postgres"), "-c", &statement]);
        assert!(psql.status().unwrap().success(), "{statement}");
    }
    format!("{server}/{name}")
}

// covers: S0.12, S0.53
#[test]
fn a_server_is_killed_while_both_write_and_the_other_goes_on() {
    let url = postgres("stead_cluster");
    let mut killed = World::start(&["--database-url", &url]);
    let key = killed.data().join("secret.key");
    let left = World::start(&["--database-url", &url, "--secret-key-file", key.to_str().unwrap()]);
    let running = killed.running("running");
    assert_eq!(killed.run(&running, "echo kept > kept").0, 0);
    let kernel = killed.kernel_pid(&running).unwrap();

    let stopped = AtomicBool::new(false);
    let (mut made, at_killed) = std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            // One of these is cut off, with its workspace half made.
            let mut made = Vec::new();
            while !stopped.load(Ordering::Acquire) {
                let new = killed.stead(&["new", "at the killed one"]);
                if new.status.success() {
                    made.push(String::from_utf8(new.stdout).unwrap().trim().to_owned());
                }
            }
            made
        });
        let mut made = Vec::new();
        for index in 0..10 {
            if index == 5 {
                let pid = killed.server_pid();
                crate::world::signal(pid, rustix::process::Signal::KILL);
                stopped.store(true, Ordering::Release);
            }
            made.push(left.say(&["new", "here"]));
        }
        (made, busy.join().unwrap())
    });
    killed.kill();
    let listed = left.say(&["ls"]);
    assert_eq!(listed.matches("here").count(), 10, "{listed}");
    let verified = left.say(&["audit", "verify", "--database-url", &url]);
    assert!(verified.starts_with("whole: "), "{verified}");

    // What ran on the killed one runs when it is back, and both go on.
    killed.restart();
    assert_eq!(killed.kernel_pid(&running), Some(kernel));
    assert_eq!(killed.run(&running, "cat kept").1, "kept\n");
    made.push(left.say(&["new", "later"]));
    for id in made {
        left.say(&["rm", &id, "--yes"]);
    }
    for id in at_killed.into_iter().chain([running]) {
        killed.say(&["rm", &id, "--yes"]);
    }
    let verified = left.say(&["audit", "verify", "--database-url", &url]);
    assert!(verified.starts_with("whole: "), "{verified}");
}

/// One of several servers on a database, whose workspaces are on machines.
fn server(url: &str, key: Option<&Path>) -> World {
    server_with(url, key, &[])
}

fn server_with(url: &str, key: Option<&Path>, further: &[&str]) -> World {
    let mut world = World::prepare(&[]);
    let machine_url = format!("http://{}", world.address());
    let mut options = vec!["--machines-only", "--database-url", url, "--machine-url", &machine_url];
    if let Some(key) = key {
        options.extend(["--secret-key-file", key.to_str().unwrap()]);
    }
    options.extend(further);
    world.options(&options);
    world.restart();
    world
}

fn until_it_runs(world: &World, id: &str) -> Value {
    world.until(id, "this server reaches it", |it| it["status"] == "running")
}

// covers: S0.12, S0.36
#[tokio::test(flavor = "multi_thread")]
async fn every_server_answers_for_a_machine_that_joined_at_one_and_that_one_is_killed() {
    let url = postgres("stead_cluster_machine");
    let mut joined = server(&url, None);
    let other = server(&url, Some(&joined.data().join("secret.key")));
    let mut machine = Machine::join(&joined);
    let id = joined.say(&["new", "site", "--template", "static"]);
    joined.say(&["start", &id]);
    let before = until_it_runs(&other, &id);
    works_like_here(&other, &id).await;

    let lines = joined.running("lines");
    let mut terminal = count_lines(&joined, &lines).await;
    assert!(terminal.read_until("line-100.").await);
    joined.kill();
    assert!(!terminal.read_until("never printed").await);
    terminal.go_through(&other);
    terminal.connect().await;
    assert!(terminal.read_until("done.").await);
    assert_every_line(&terminal);
    other.run(&id, "echo kept > kept");

    // It knows the other one by itself, also after its own end.
    machine.kill();
    machine.until(&other, "lost");
    machine.start();
    let after = until_it_runs(&other, &id);
    assert_eq!(after["session_id"], before["session_id"]);
    let late = other.running("late");

    joined.restart();
    until_it_runs(&joined, &late);
    assert_eq!(joined.run(&id, "cat kept"), (0, "kept\n".to_owned()));
    for workspace in [&id, &lines, &late] {
        joined.say(&["rm", workspace, "--yes"]);
    }
    let path = format!("/api/v1/machines/{}", machines(&other)[0]["id"].as_str().unwrap());
    assert_eq!(other.api("DELETE", &path, None).unwrap().0, 204);
    eventually("both refuse it", || {
        let log = machine.log();
        let refused = |it: &World| {
            log.lines().any(|line| line.contains(it.address()) && line.contains("or was removed"))
        };
        (refused(&joined) && refused(&other) && machines(&joined) == json!([])).then_some(())
    });
}

/// How the machine `id` is being emptied, as this server tells it.
fn drain(world: &World, id: &str) -> Value {
    let (_, drain) = world.api("GET", &format!("/api/v1/machines/{id}/drain"), None).unwrap();
    serde_json::from_slice(&drain).unwrap()
}

/// Until the machine `id` is being emptied like this, whichever server is asked.
fn until_drain(servers: [&World; 2], id: &str, what: &str, wanted: impl Fn(&Value) -> bool) {
    for server in servers {
        eventually(what, || wanted(&drain(server, id)).then_some(()));
    }
}

// covers: S0.94
#[test]
fn a_drain_that_was_begun_at_one_server_is_seen_ended_and_begun_anew_at_another() {
    let url = postgres("stead_cluster_drain");
    let one = server(&url, None);
    let other = server(&url, Some(&one.data().join("secret.key")));
    let full = Machine::join(&one);
    let id = machines(&one)[0]["id"].as_str().unwrap().to_owned();
    let busy = one.running("busy");
    assert_eq!(one.run(&busy, "echo kept > kept"), (0, String::new()));
    let mut empty = Machine::prepare(&format!("http://{}", one.address()), &token(&one));
    empty.start();
    for server in [&one, &other] {
        eventually("this server reaches both", || {
            let all = machines(server);
            let ready = all.as_array()?.iter().filter(|it| it["state"] == "ready").count();
            (ready == 2).then_some(())
        });
    }
    let path = format!("/api/v1/machines/{id}/drain");
    assert_eq!(one.api("POST", &path, Some(&json!({}))).unwrap().0, 202);
    let waits = |it: &Value| it["state"] == "emptying" && it["workspaces"][0]["state"] == "running";
    until_drain([&one, &other], &id, "its session is waited for", waits);
    assert_eq!(one.api("POST", &path, Some(&json!({}))).unwrap().0, 202, "it goes on");

    assert_eq!(other.api("DELETE", &path, None).unwrap().0, 202);
    until_drain([&one, &other], &id, "it has ended", |it| it["state"] == "cancelled");
    assert_eq!(one.api("DELETE", &path, None).unwrap().0, 409, "it is over here, too");
    one.say(&["stop", &busy]);
    assert_eq!(other.api("POST", &path, Some(&json!({"stop": true}))).unwrap().0, 202);
    until_drain([&one, &other], &id, "nothing is left there", |it| it["state"] == "done");
    assert!(full.bodies().is_empty() && empty.bodies().len() == 1);
    for server in [&one, &other] {
        server.say(&["start", &busy]);
        assert_eq!(server.run(&busy, "cat kept"), (0, "kept\n".to_owned()));
        server.say(&["stop", &busy]);
    }
    let moves: Value =
        serde_json::from_slice(&one.api("GET", "/api/v1/moves", None).unwrap().1).unwrap();
    assert_eq!(moves.as_array().unwrap().len(), 1, "{moves}");
    let verified = one.say(&["audit", "verify", "--database-url", &url]);
    assert!(verified.starts_with("whole: "), "{verified}");
}

// covers: S0.93
#[test]
fn a_machine_has_one_certificate_at_a_time_however_many_servers_renew_it() {
    let url = postgres("stead_cluster_certificate");
    let lifetime = ["--machine-certificate-seconds", "12"];
    let one = server_with(&url, None, &lifetime);
    let key = one.data().join("secret.key");
    let other = server_with(&url, Some(&key), &lifetime);
    let machine = Machine::join(&one);
    let id = one.running("certified");
    until_it_runs(&other, &id);
    let taken =
        |machine: &Machine| machine.log().matches("this machine has a new certificate").count();
    let given = || {
        let new = |it: &World| it.log().matches("a machine has a new certificate").count();
        new(&one) + new(&other)
    };
    eventually("its certificate was exchanged, and again", || (2 <= taken(&machine)).then_some(()));
    for server in [&one, &other] {
        until_it_runs(server, &id);
        assert_eq!(server.run(&id, "echo on"), (0, "on\n".to_owned()));
    }
    // Each was given by one server: what the other offered at the same time was not taken.
    eventually("what was taken was written down", || (taken(&machine) == given()).then_some(()));
    for server in [&one, &other] {
        assert!(!server.log().contains("a certificate was not renewed"), "{}", server.log());
        assert!(!server.log().contains("did not prove who it is"), "{}", server.log());
    }
}
