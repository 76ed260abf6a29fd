//! Machines that joined a gateway and dial out to it.

use crate::machine::{Machine, Relay, machines, token};
use crate::seam::works_like_here;
use crate::terminal::Terminal;
use crate::world::{World, eventually};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

fn body(workspace: &str) -> String {
    workspace.strip_prefix("ws_").unwrap().to_owned()
}

/// A workspace as its list shows it.
fn listed(world: &World, workspace: &str) -> Value {
    let (_, list) = world.api("GET", "/api/v1/workspaces", None).unwrap();
    let list: Value = serde_json::from_slice(&list).unwrap();
    let found = list.as_array().unwrap().iter().find(|it| it["id"] == workspace);
    found.unwrap().clone()
}

pub(crate) async fn count_lines(world: &World, id: &str) -> Terminal {
    let mut terminal = Terminal::new(world, id, "main");
    terminal.connect().await;
    terminal.type_line("stty -echo; PS1=").await;
    terminal
        .type_line("for i in $(seq 1 500); do echo line-$i.; sleep 0.001; done; echo do''ne.")
        .await;
    terminal
}

pub(crate) fn assert_every_line(terminal: &Terminal) {
    let text = terminal.text();
    let lines: Vec<&str> = text.split("\r\n").filter(|it| it.starts_with("line-")).collect();
    let expected: Vec<String> = (1..=500).map(|it| format!("line-{it}.")).collect();
    assert!(lines == expected, "{} lines, the last is {:?}", lines.len(), lines.last());
}

// covers: S0.1, S0.3, S0.36
#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_on_a_machine_that_dials_out_is_like_one_here() {
    let world = World::start(&["--machines-only"]);
    let nowhere = world.stead(&["new", "early"]);
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("no machine takes new workspaces"));
    let machine = Machine::join(&world);
    let id = world.say(&["new", "site", "--template", "static"]);
    world.say(&["start", &id]);
    assert_eq!(machine.bodies(), BTreeSet::from([body(&id)]));
    assert!(!world.bodies().contains(&body(&id)), "the gateway has no files of it");
    works_like_here(&world, &id).await;

    let shown = &machines(&world)[0];
    assert_eq!((&shown["workspaces"], &shown["draining"]), (&json!(1), &json!(false)));
    assert!(0 < shown["resources"]["memory_free_bytes"].as_u64().unwrap(), "{shown}");
    let workspace = listed(&world, &id);
    assert_eq!((&workspace["machine"], &workspace["unreachable"]), (&shown["name"], &json!(false)));
    // A machine tells how its sessions are once a second.
    eventually("the list says that it runs", || {
        (listed(&world, &id)["status"] == "running").then_some(())
    });
    world.say(&["rm", &id, "--yes"]);
    assert_eq!(machine.bodies(), BTreeSet::new());
}

// covers: S0.12
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_killed_is_lost_and_goes_on_when_it_is_back() {
    let world = World::start(&["--machines-only"]);
    let mut machine = Machine::join(&world);
    let id = world.running("survivor");
    let before = world.get(&id, "state");
    let kernel = machine.kernel_pid(&body(&id));
    let mut terminal = count_lines(&world, &id).await;
    assert!(terminal.read_until("line-100.").await);
    let screens = terminal.screens;
    machine.kill();
    assert!(!terminal.read_until("never printed").await);
    machine.until(&world, "lost");
    let workspace = listed(&world, &id);
    assert_eq!((&workspace["unreachable"], &workspace["id"]), (&json!(true), &json!(id)));
    let path = format!("/api/v1/workspaces/{id}/session/start");
    let (status, answer) = world.api("POST", &path, Some(&json!({}))).unwrap();
    assert_eq!(status, 503);
    assert!(String::from_utf8_lossy(&answer).contains("what runs there goes on"));
    assert_eq!(world.stead(&["new", "another"]).status.code(), Some(1), "nothing is made there");

    machine.start();
    machine.until(&world, "ready");
    terminal.connect().await;
    assert!(terminal.read_until("done.").await);
    assert_every_line(&terminal);
    assert_eq!(terminal.screens, screens, "it went on where it was");
    let after = world.get(&id, "state");
    assert_eq!(after["session_id"], before["session_id"]);
    assert_eq!(machine.kernel_pid(&body(&id)), kernel);
    assert_eq!(listed(&world, &id)["unreachable"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_or_fall_silent_lose_no_byte() {
    let world = World::start(&["--machines-only"]);
    let relay = Relay::before(&world);
    let machine = Machine::join_through(&world, &relay.url());
    let id = world.running("cut");
    let mut terminal = count_lines(&world, &id).await;
    assert!(terminal.read_until("line-100.").await);
    relay.cut();
    assert!(!terminal.read_until("never printed").await);
    eventually("it is reached again", || {
        (world.get(&id, "state")["status"] == "running").then_some(())
    });
    terminal.connect().await;
    assert!(terminal.read_until("line-150.").await);
    let standing = || {
        let workspace = listed(&world, &id);
        (workspace["status"].clone(), workspace["unreachable"] == true)
    };
    eventually("the list says that it runs", || {
        (standing() == (json!("running"), false)).then_some(())
    });
    // A cable that is pulled: nobody is told, and both sides notice by themselves.
    relay.set_silent(true);
    machine.until(&world, "lost");
    assert!(!terminal.read_until("never printed").await, "what was open has ended");
    assert_eq!(standing(), (json!("running"), true), "what was last known of it");
    relay.set_silent(false);
    machine.until(&world, "ready");
    terminal.connect().await;
    assert!(terminal.read_until("done.").await);
    assert_every_line(&terminal);
}

// covers: S0.93
#[test]
fn a_token_lets_one_machine_in_and_only_from_its_own_gateway() {
    let world = World::start(&[]);
    let gateway = format!("http://{}", world.address());
    let wrong = |machine: &Machine| String::from_utf8_lossy(&machine.refused().stderr).into_owned();
    assert!(wrong(&Machine::prepare(&gateway, "guessed")).contains("the token is incomplete"));
    let unknown = Machine::prepare(&gateway, &format!("stead-machine-{:064x}.{:064x}", 1, 1));
    assert!(wrong(&unknown).contains("this token was used"));
    let stranger = token(&world);
    let (secret, _) = stranger.rsplit_once('.').unwrap();
    let elsewhere = Machine::prepare(&gateway, &format!("{secret}.{:064x}", 1));
    assert!(wrong(&elsewhere).contains("this is not the gateway that made the token"));
    assert!(!elsewhere.data().join("machine/machine.json").exists(), "nothing is kept");
    let open = Machine::prepare("http://192.0.2.1:7832", &token(&world));
    assert!(wrong(&open).contains("use https://"));

    // Of several that come at once with one token, one gets in.
    let token = token(&world);
    let mut racers: Vec<Machine> = (0..4).map(|_| Machine::prepare(&gateway, &token)).collect();
    for racer in &mut racers {
        racer.start();
    }
    eventually("one is there, and the others gave up", || {
        let refused = racers.iter().filter(|it| it.log().contains("this token was used")).count();
        let all = machines(&world);
        let ready = all.as_array()?.iter().filter(|it| it["state"] == "ready").count();
        (refused == 3 && ready == 1).then_some(())
    });
    let joined = racers.iter().filter(|it| it.data().join("machine/machine.json").exists());
    assert_eq!(joined.count(), 1);
}

#[test]
fn a_removed_machine_is_cut_and_never_let_in_again() {
    let world = World::start(&["--machines-only"]);
    let mut machine = Machine::join(&world);
    let id = world.say(&["new", "there"]);
    let shown = machines(&world)[0].clone();
    let path = format!("/api/v1/machines/{}", shown["id"].as_str().unwrap());
    assert_eq!(world.api("DELETE", &path, None).unwrap().0, 409, "a workspace is there");
    let give_up = format!("{path}?give_up_workspaces=true");
    assert_eq!(world.api("DELETE", &give_up, None).unwrap().0, 409, "and it is not lost");

    let drain = json!({"draining": true});
    assert_eq!(world.api("PATCH", &path, Some(&drain)).unwrap().0, 200);
    assert_eq!(machines(&world)[0]["state"], "draining");
    assert!(!world.stead(&["new", "more"]).status.success(), "nothing new comes there");
    assert_eq!(world.run(&id, "echo on"), (0, "on\n".to_owned()), "what is there goes on");
    world.say(&["rm", &id, "--yes"]);
    assert_eq!(world.api("DELETE", &path, None).unwrap().0, 204);
    assert_eq!(machines(&world), json!([]));
    eventually("it is cut and not let in again", || {
        machine.log().contains("or was removed").then_some(())
    });
    machine.kill();
    let before = machine.log().matches("or was removed").count();
    machine.start();
    eventually("it is refused", || {
        (before < machine.log().matches("or was removed").count()).then_some(())
    });
    let resume = json!({"draining": false});
    assert_eq!(world.api("PATCH", &path, Some(&resume)).unwrap().0, 404);
    assert_eq!(machines(&world), json!([]));
}

#[test]
fn a_lost_machine_is_removed_when_its_workspaces_are_given_up() {
    let world = World::start(&["--machines-only"]);
    let mut machine = Machine::join(&world);
    let id = world.running("lost");
    let shown = machines(&world)[0].clone();
    let path = format!("/api/v1/machines/{}", shown["id"].as_str().unwrap());
    machine.kill();
    machine.until(&world, "lost");
    assert_eq!(world.api("DELETE", &path, None).unwrap().0, 409);
    let give_up = format!("{path}?give_up_workspaces=true");
    assert_eq!(world.api("DELETE", &give_up, None).unwrap().0, 204);
    assert_eq!(world.api("GET", &format!("/api/v1/workspaces/{id}"), None).unwrap().0, 404);
}

#[test]
fn certificates_are_exchanged_while_the_machine_runs() {
    let world = World::start(&["--machines-only", "--machine-certificate-seconds", "12"]);
    let _machine = Machine::join(&world);
    let id = world.running("certified");
    let expires = || machines(&world)[0]["certificate_expires_at_ms"].as_u64();
    let first = expires();
    for _ in 0..2 {
        let before = expires();
        eventually("there is another certificate", || (before < expires()).then_some(()));
    }
    assert!(first < expires());
    assert_eq!(world.run(&id, "echo still"), (0, "still\n".to_owned()));
}

#[test]
fn a_slow_machine_is_neither_lost_nor_asleep() {
    let world = World::start(&["--machines-only"]);
    let relay = Relay::before(&world);
    let machine = Machine::join_through(&world, &relay.url());
    let id = world.running("far away");
    let standing = || {
        let workspace = listed(&world, &id);
        (workspace["status"].clone(), workspace["unreachable"] == true)
    };
    let runs = (json!("running"), false);
    eventually("the list says that it runs", || (standing() == runs).then_some(()));
    // To and fro takes longer than a list waits for a machine.
    relay.set_delay(Duration::from_secs(1));
    for _ in 0..3 {
        assert_eq!(standing(), runs);
    }
    assert_eq!(machine.until(&world, "ready")["workspaces"], 1);
    assert_eq!(world.run(&id, "echo slowly"), (0, "slowly\n".to_owned()));
    relay.set_delay(Duration::ZERO);
}

#[test]
fn a_machine_starts_again_with_the_certificate_that_was_exchanged() {
    let lifetime = |seconds| ["--machines-only", "--machine-certificate-seconds", seconds];
    let mut world = World::start(&lifetime("3600"));
    let mut machine = Machine::join(&world);
    let id = world.say(&["new", "certified"]);
    let first = machines(&world)[0]["certificate_expires_at_ms"].as_u64();
    // For who gives ten times as long, the third that has to be left is more than there is.
    world.kill();
    world.options(&lifetime("36000"));
    world.restart();
    let second = eventually("there is another certificate", || {
        let now = machines(&world)[0]["certificate_expires_at_ms"].as_u64();
        (first < now).then_some(now)
    });
    machine.kill();
    let kept = std::fs::read(machine.data().join("machine/machine.json")).unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(kept["certificate_expires_at_ms"].as_u64(), second);
    let before = machine.log().matches("the gateway is reached").count();
    machine.start();
    eventually("it is reached again", || {
        (before < machine.log().matches("the gateway is reached").count()).then_some(())
    });
    assert_eq!(world.run(&id, "echo again"), (0, "again\n".to_owned()));
}
