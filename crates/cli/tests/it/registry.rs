//! Runtimes, hosts and workers from the command line, between two real servers.

use crate::world::{World, eventually};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

// covers: S4.172
#[test]
fn two_installations_are_each_others_runtime() {
    let (here, there) = (World::start(&[]), World::start(&[]));
    let made = there.stead(&["token", "create", "here"]);
    let secret = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    assert!(secret.starts_with("stead_"), "{secret}");
    let address = format!("http://{}", there.address());
    let mut adding = here
        .client(&["runtimes", "add", "There", &address, "--id", "remote-there"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    adding.stdin.take().unwrap().write_all(secret.as_bytes()).unwrap();
    let added = adding.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&added.stdout).trim(), "remote-there");

    let runtimes = here.say(&["runtimes"]);
    for line in ["local-worker-runtime", "embedded-worker-runtime", "remote-there"] {
        assert!(runtimes.contains(line), "{runtimes}");
    }
    assert!(here.say(&["hosts"]).contains("remote-there"));
    let far = ["--runtime", "remote-there"];
    let worker =
        here.say(&["workers", "new", far[0], far[1], "--ticket", "T-7", "--role", "coder"]);
    let worker = worker.trim();
    let mut following = here
        .client(&["workers", "follow", worker, far[0], far[1]])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(following.stderr.take().unwrap()).lines();
    assert!(told.next().unwrap().unwrap().contains("is running"));
    here.say(&["workers", "say", worker, "hello there", far[0], far[1]]);
    let mut events = BufReader::new(following.stdout.take().unwrap()).lines();
    let event: Value = serde_json::from_str(&events.next().unwrap().unwrap()).unwrap();
    assert_eq!(event["kind"], "worker_input_accepted");
    assert!(here.say(&["workers", "read", worker, far[0], far[1]]).contains("hello there"));
    assert!(there.say(&["workers", "read", worker]).contains("user: hello there"));
    here.say(&["workers", "stop", worker, "--force", far[0], far[1]]);
    let event: Value = serde_json::from_str(&events.next().unwrap().unwrap()).unwrap();
    assert_eq!(event["kind"], "worker_stopped");
    following.kill().unwrap();
    following.wait().unwrap();
    assert!(!here.stead(&["workers", "say", worker, "late", far[0], far[1]]).status.success());
    let list: Value = serde_json::from_str(&here.say(&["workers", "--json"])).unwrap();
    assert_eq!(list["items"][0]["status"], "stopped");

    drop(there);
    let shown = eventually("the other one is away", || {
        let shown = here.say(&["runtimes"]);
        shown.contains("unavailable").then_some(shown)
    });
    assert!(!shown.contains(&secret) && !shown.contains(&address), "{shown}");
    assert!(!here.log().contains(&secret));
    here.say(&["runtimes", "rm", "remote-there"]);
    assert!(!here.say(&["runtimes"]).contains("remote-there"));
}
