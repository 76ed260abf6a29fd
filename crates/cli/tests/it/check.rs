//! `stead check` against servers that are in order, and against some that are not.

use crate::runtime::Runtime;
use crate::world::{World, eventually, signal};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::process::{Output, Stdio};

/// What the command says in JSON.
fn report(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{output:?}"))
}

/// The outcome of the line about a row, and why.
fn line<'a>(report: &'a Value, row: &str, what: &str) -> (&'a str, &'a str) {
    let lines = report["lines"].as_array().unwrap().iter();
    let mut found = lines.filter(|it| {
        it["what"] == what && it["rows"].as_array().unwrap().iter().any(|it| it == row)
    });
    let it = found.next().unwrap_or_else(|| panic!("no line {row} {what}: {report}"));
    (it["outcome"].as_str().unwrap(), it["why"].as_str().unwrap())
}

fn workspaces(world: &World) -> Value {
    serde_json::from_str(&world.say(&["ls", "--json"])).unwrap()
}

// covers: S0.44, S0.76, S0.77, S0.78, S0.79, S0.80, S0.81, S0.82, S0.84, S0.85
#[test]
fn everything_holds_on_a_server_in_order_and_nothing_stays_behind() {
    let world = World::start(&[]);
    let log = world.log_path();
    let log = log.to_str().unwrap();
    let output = world.stead(&["check", "--json", "--log-file", log]);
    let report = report(&output);
    assert!(output.status.success() && report["holds"] == true, "{report:#}");
    for (row, what) in [
        ("S0.76", "migrations"),
        ("S0.77", "session"),
        ("S0.78", "session/start"),
        ("S0.79", "devserver/status"),
        ("S0.80", "preview 200"),
        ("S0.81", "preview 502"),
        ("S0.82", "no stack trace"),
        ("S0.84", "docs/status.md"),
        ("S0.85", "docs/status.md"),
        ("S0.44", "the checklist"),
    ] {
        assert_eq!(line(&report, row, what).0, "ok", "{row}: {report:#}");
    }
    assert_eq!(line(&report, "S0.83", "types").0, "skip");
    assert_eq!(line(&report, "S0.90", "manager's contract").0, "skip");
    let both = line(&report, "S0.81", "preview 502").1;
    assert!(both.contains("no session runs") && both.contains("nothing listens"), "{both}");
    assert_eq!(workspaces(&world), json!([]));
    assert_eq!(world.bodies().len(), 0);

    let plain = world.stead(&["check"]);
    let text = String::from_utf8_lossy(&plain.stdout).into_owned();
    assert!(plain.status.success() && text.contains("\nskip  S0.82 "), "{text}");
    assert!(text.contains("--log-file"), "it says what to do: {text}");
}

// covers: S0.44, S0.90, S0.92, S0.93
#[test]
fn a_manager_is_held_to_its_contract_and_its_absence_is_told() {
    let mut runtime = Runtime::start(&[]);
    let world = World::behind(&runtime, &[]);
    let check = || {
        let mut client = world.client(&["check", "--json", "--wait", "120"]);
        client.envs(runtime.for_clients()).output().unwrap()
    };
    let output = check();
    let good = report(&output);
    assert!(output.status.success(), "{good:#}");
    assert_eq!(line(&good, "S0.90", "manager's contract").0, "ok");
    assert_eq!(runtime.bodies().len(), 0, "nothing stays at the manager");

    let mut wrong = world.client(&["check", "--json"]);
    wrong.envs(runtime.for_clients()).env("RUNTIME_MANAGER_AUTH_TOKEN", "another-good-token-1234");
    let wrong = wrong.output().unwrap();
    let (outcome, why) = {
        let report = report(&wrong);
        let (outcome, why) = line(&report, "S0.93", "manager's contract");
        (outcome.to_owned(), why.to_owned())
    };
    assert_eq!((outcome.as_str(), wrong.status.code()), ("fail", Some(1)));
    assert!(why.contains("403"), "{why}");

    runtime.kill();
    let mut client = world.client(&["check", "--json", "--wait", "120"]);
    let output = client.envs(runtime.for_clients()).output().unwrap();
    let away = report(&output);
    assert_eq!((output.status.code(), &away["holds"]), (Some(1), &json!(false)));
    assert_eq!(line(&away, "S0.44", "a workspace").0, "fail", "{away:#}");
    assert_eq!(line(&away, "S0.78", "session/start").0, "skip");
    assert_eq!(line(&away, "S0.90", "manager's contract").0, "fail");
    runtime.restart();
    assert_eq!((workspaces(&world), runtime.bodies().len()), (json!([]), 0));
}

// covers: S0.44, S0.79, S0.80
#[test]
fn an_app_that_does_not_start_is_told_with_its_reason_and_a_workspace_of_ones_own_is_left_alone() {
    let world = World::start(&[]);
    let id = world.say(&["new", "broken"]);
    let settings = json!({"command": "echo no luck; exit 3"});
    let path = format!("/api/v1/workspaces/{id}/settings");
    let (status, answer) = world.api("PUT", &path, Some(&settings)).unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let output = world.stead(&["check", "--json", "--workspace", "broken"]);
    let report = report(&output);
    assert_eq!((output.status.code(), &report["holds"]), (Some(1), &json!(false)));
    assert_eq!(line(&report, "S0.78", "session/start").0, "ok", "{report:#}");
    let (outcome, why) = line(&report, "S0.79", "devserver/status");
    assert!(outcome == "fail" && why.contains("dev server failed"), "{why}");
    assert_eq!(line(&report, "S0.80", "preview 200").0, "fail");
    assert_eq!(line(&report, "S0.44", "the checklist").0, "fail");
    assert_eq!(workspaces(&world)[0]["name"], "broken", "it is not deleted");
}

// covers: S0.44
#[test]
fn interrupted_it_cleans_up() {
    let world = World::start(&[]);
    let mut client = world.client(&["check", "--json"]);
    let check = client.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    eventually("it has made its workspace", || {
        workspaces(&world).as_array().unwrap().first().map(drop)
    });
    signal(check.id(), Signal::INT);
    let output = check.wait_with_output().unwrap();
    // A quick machine may be done before it hears of it.
    assert!([Some(130), Some(0)].contains(&output.status.code()), "{output:?}");
    assert_eq!(report(&output)["interrupted"], output.status.code() == Some(130));
    assert_eq!((workspaces(&world), world.bodies().len()), (json!([]), 0));
}
