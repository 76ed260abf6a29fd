//! What must hold when something of ours is killed.

use crate::terminal::Terminal;
use crate::world::{World, eventually, is_alive, listeners, processes_with, signal};
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A number that no other test's command line has.
fn unique() -> String {
    format!("{}", 1_000_000_000 + stdx::random::bits() % 1_000_000_000)
}

fn terminal_pid(state: &serde_json::Value) -> Option<u64> {
    state["terminals"][0]["pid"].as_u64()
}

// covers: S1.2, S1.82
#[tokio::test(flavor = "multi_thread")]
async fn a_shell_does_not_notice_that_the_server_was_killed_and_no_byte_is_lost() {
    let mut world = World::start(&[]);
    let id = world.running("survivor");
    let mut terminal = Terminal::new(&world, &id, "main");
    terminal.connect().await;
    terminal.type_line("stty -echo; PS1=; MARK=set-before").await;
    terminal
        .type_line("for i in $(seq 1 2000); do echo line-$i.; sleep 0.001; done; echo mark=$MARK.")
        .await;
    let before = world.until(&id, "the terminal is listed", |it| terminal_pid(it).is_some());
    for kill_after in ["line-200.", "line-700.", "line-1400."] {
        assert!(terminal.read_until(kill_after).await);
        world.kill();
        assert!(!terminal.read_until("never printed").await);
        world.restart();
        terminal.connect().await;
    }
    assert!(terminal.read_until("mark=set-before.").await);
    let text = terminal.text();
    let lines: Vec<&str> = text.split("\r\n").filter(|it| it.starts_with("line-")).collect();
    let expected: Vec<String> = (1..=2000).map(|it| format!("line-{it}.")).collect();
    assert_eq!(lines, expected);
    let after = world.get(&id, "state");
    assert_eq!(terminal_pid(&before), terminal_pid(&after));
    assert_eq!(before["session_id"], after["session_id"]);
    assert_eq!(after["status"], "running");
}

// covers: S0.20
#[test]
fn a_killed_kernel_takes_its_tree_with_it_and_the_session_is_crashed() {
    let world = World::start(&[]);
    let id = world.running("victim");
    let number = unique();
    let line =
        format!("trap '' HUP TERM; for i in 1 2 3; do setsid sleep {number} & done; disown -a");
    assert_eq!(world.run(&id, &line).0, 0);
    let sleep = format!("sleep {number}");
    eventually("three run", || (processes_with(&sleep).len() == 3).then_some(()));
    let kernel = world.kernel_pid(&id).unwrap();
    let killed = Instant::now();
    signal(kernel, Signal::KILL);
    eventually("the tree is gone", || processes_with(&sleep).is_empty().then_some(()));
    assert!(killed.elapsed() < Duration::from_secs(1), "took {:?}", killed.elapsed());
    let state = world.until(&id, "it is told", |it| it["status"] == "crashed");
    assert!(state["reason"].as_str().is_some_and(|it| it.contains("kernel")), "{state}");
    assert_ne!(world.kernel_pid(&id), Some(kernel));
    world.say(&["start", &id]);
    assert_eq!(world.get(&id, "state")["generation"], 2);
}

#[test]
fn a_session_that_stops_leaves_no_process_and_no_port() {
    let world = World::start(&[]);
    let id = world.running("stopped");
    let number = unique();
    let line = format!(
        "trap '' HUP TERM; setsid python3 -c 'import socket,time; s=socket.socket(); \
         s.bind((\"127.0.0.1\",4567)); s.listen(); time.sleep({number})' & disown -a; sleep 0.1"
    );
    assert_eq!(world.run(&id, &line).0, 0);
    world.until(&id, "the port is seen", |it| it["ports"][0]["port"] == 4567);
    world.say(&["stop", &id]);
    assert!(processes_with(&number).is_empty());
    let state = world.get(&id, "state");
    assert_eq!(state["status"], "stopped");
    assert_eq!(state["ports"].as_array().map(Vec::len), Some(0), "{state}");
    world.say(&["start", &id]);
    let (code, text) =
        world.run(&id, "python3 -c 'import socket; socket.socket().bind((\"127.0.0.1\",4567))'");
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_server_that_is_killed_at_any_moment_leaves_no_orphan() {
    let mut world = World::start(&[]);
    let mut bodies: BTreeSet<String> = BTreeSet::new();
    for trial in 0..20_u64 {
        let clients: Vec<_> = (0..3)
            .map(|it| {
                let mut client = world.client(&["new", &format!("trial-{trial}-{it}")]);
                let client = client.stdout(std::process::Stdio::null());
                client.stderr(std::process::Stdio::null()).spawn().unwrap()
            })
            .collect();
        let moment = Duration::from_micros(u64::try_from(stdx::random::bits() % 120_000).unwrap());
        std::thread::park_timeout(moment);
        world.kill();
        for mut client in clients {
            client.wait().unwrap();
        }
        bodies.extend(world.bodies());
        world.restart();
        bodies.extend(world.bodies());
        let mut alive = listeners(&bodies);
        alive.sort();
        let known: Vec<String> = world
            .bodies()
            .into_iter()
            .filter(|it| world.kernel_pid(&format!("ws_{it}")).is_some_and(is_alive))
            .collect();
        assert_eq!(alive, known, "trial {trial}, killed after {moment:?}");
    }
    let list: serde_json::Value = serde_json::from_str(&world.say(&["ls", "--json"])).unwrap();
    for workspace in list.as_array().unwrap() {
        world.say(&["rm", workspace["id"].as_str().unwrap(), "--yes"]);
    }
    assert_eq!(listeners(&bodies), Vec::<String>::new());
    let cgroups: Vec<_> = ["pids", "memory", "cpu", "unified", "."]
        .iter()
        .flat_map(|it| {
            bodies.iter().map(move |body| format!("/sys/fs/cgroup/{it}/stead/ws-{body}"))
        })
        .filter(|it| std::path::Path::new(it).exists())
        .collect();
    assert_eq!(cgroups, Vec::<String>::new());
}

#[test]
fn everything_goes_on_when_the_server_is_told_to_stop() {
    let mut world = World::start(&[]);
    let id = world.running("patient");
    let number = unique();
    assert_eq!(world.run(&id, &format!("setsid sleep {number} & until grep -q sleep /proc/$!/comm; do sleep 0.01; done; disown -a")).0, 0);
    let kernel = world.kernel_pid(&id).unwrap();
    assert_eq!(world.terminate(), Some(0));
    assert!(is_alive(kernel));
    assert_eq!(processes_with(&format!("sleep {number}")).len(), 1);
    world.restart();
    assert_eq!(world.kernel_pid(&id), Some(kernel));
    assert_eq!(world.get(&id, "state")["status"], "running");
}

#[test]
fn a_session_that_died_while_no_server_watched_is_told_as_crashed() {
    let mut world = World::start(&[]);
    let id = world.running("unwatched");
    let kernel = world.kernel_pid(&id).unwrap();
    world.kill();
    signal(kernel, Signal::KILL);
    eventually("the kernel is gone", || (!is_alive(kernel)).then_some(()));
    world.restart();
    eventually("the list tells", || {
        let list: serde_json::Value = serde_json::from_str(&world.say(&["ls", "--json"])).unwrap();
        (list[0]["status"] == "crashed").then_some(())
    });
}

// covers: S1.1
#[test]
fn fifty_who_want_the_same_sleeping_workspace_wake_one_kernel() {
    let world = World::start(&[]);
    let id = world.say(&["new", "popular"]);
    signal(world.kernel_pid(&id).unwrap(), Signal::KILL);
    eventually("the record is gone", || world.kernel_pid(&id).is_none().then_some(()));
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| world.get(&id, "state")["workspace_id"].clone()))
            .collect();
        for it in asking {
            assert_eq!(it.join().unwrap(), id.as_str());
        }
    });
    assert_eq!(listeners(&world.bodies()).len(), 1);
}

#[test]
fn a_workspace_over_its_disk_limit_is_stopped_and_hurts_nobody_else() {
    let world = World::start(&["--disk-limit", "16MiB"]);
    let (id, other) = (world.running("greedy"), world.running("modest"));
    let line = "while :; do head -c 8M /dev/urandom >> big; sleep 0.2; done";
    drop(world.stead(&["run", &id, "--", "bash", "-c", line]));
    let state = world.until(&id, "it is stopped", |it| it["status"] == "crashed");
    assert!(state["reason"].as_str().is_some_and(|it| it.contains("may use")), "{state}");
    assert_eq!(state["disk"]["full"], true);
    assert_eq!(state["capabilities"]["disk_bytes_max"], 16 << 20);
    let events = world.get(&id, "events").to_string();
    assert!(events.contains("disk_full"), "{events}");
    assert_eq!(world.get(&other, "state")["status"], "running");

    let path = |name: &str| format!("/api/v1/workspaces/{id}/files/{name}");
    let write = || world.api("PUT", &path("small"), Some(&serde_json::json!("x"))).unwrap().0;
    assert_eq!(write(), 507);
    assert_eq!(world.api("DELETE", &path("big"), None).unwrap().0, 204);
    world.until(&id, "there is room again", |it| it["disk"]["full"] == false);
    assert_eq!(write(), 201);
    world.say(&["start", &id]);
    world.until(&id, "it runs again", |it| it["status"] == "running");
}
