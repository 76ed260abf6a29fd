//! What a person types.

use crate::world::{World, eventually, stead};
use rustix::process::Signal;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

#[test]
fn run_passes_output_and_exit_code_on() {
    let world = World::start(&[]);
    let id = world.running("runner");
    let output = world.stead(&["run", "runner", "--", "sh", "-c", "printf 'a\\nb\\n'; exit 7"]);
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(output.stdout, b"a\nb\n");
    assert_eq!(world.run(&id, "kill -TERM $$").0, 128 + 15);
    assert_eq!(world.stead(&["run", &id, "--", "no-such-program"]).status.code(), Some(127));
    assert_eq!(world.run(&id, "seq 1 20000 | tail -c 100000").1.lines().count(), 18_000);
    let output = world.stead(&["run", &id, "-C", "missing", "--", "true"]);
    assert_eq!(output.status.code(), Some(1));
    // Nobody sees a pager that waits at the end of a page, and nobody could tell it to go on.
    let pager =
        world.run(&id, "seq 100 | ${PAGER:-more} | tail -1; seq 200 | $GIT_PAGER | tail -1");
    assert_eq!(pager, (0, "100\n200\n".to_owned()));
    let agent = ["run", &id, "--agent", "helper", "--", "sh", "-c", "echo $STEAD_AGENT"];
    assert_eq!(world.stead(&agent).stdout, b"helper\n");
}

#[test]
fn run_gives_a_command_every_byte_of_its_input_and_its_end() {
    let world = World::start(&[]);
    let id = world.running("fed");
    let feed = |command: &str, input: &[u8]| {
        let mut child = world
            .client(&["run", &id, "--", "sh", "-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    };
    assert_eq!(feed("sort", b"b\na\n").stdout, b"a\nb\n");
    assert_eq!(feed("cat; exit 5", b"no end of line").status.code(), Some(5));
    assert_eq!(feed("wc -c | tr -d ' '", b"").stdout, b"0\n");
    // What a terminal would act on, and a line that is longer than it takes.
    let every: Vec<u8> = (0..=255).cycle().take(70_000).chain(vec![b'x'; 70_000]).collect();
    assert_eq!(feed("cat", &every).stdout, every);
    // Whoever reads nothing does not wait for the end of it.
    let mut child =
        world.client(&["run", &id, "--", "true"]).stdin(Stdio::piped()).spawn().unwrap();
    let open = child.stdin.take();
    assert!(child.wait().unwrap().success());
    drop(open);
}

#[test]
fn run_passes_on_what_asks_it_to_end() {
    let world = World::start(&[]);
    let id = world.running("told");
    // A shell that waits hears a signal at once.
    let script = "trap 'exit 3' INT; trap 'exit 4' TERM; trap 'exit 5' HUP
                  sleep 1000 & echo ready; wait";
    let begin = |script: &str| {
        let mut child = world
            .client(&["run", &id, "--", "sh", "-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        child
    };
    for (signal, code) in [(Signal::INT, 3), (Signal::TERM, 4), (Signal::HUP, 5)] {
        let mut child = begin(script);
        crate::world::signal(child.id(), signal);
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
    // One that does not listen, and what it began, end when it is said again.
    let mut child = begin("trap '' INT TERM; echo ready; while :; do sleep 98765; done");
    eventually("the command ends", || {
        let ended = child.try_wait().unwrap();
        if ended.is_none() {
            crate::world::signal(child.id(), Signal::TERM);
        }
        ended
    });
    assert_eq!(world.run(&id, "pgrep -f 'sleep 9876[5]'").0, 1);
}

#[test]
fn search_prints_places_and_says_when_there_is_nothing() {
    let world = World::start(&[]);
    let id = world.running("searched");
    world.run(&id, "mkdir src; printf 'one\\ntwo needles\\n' > src/a.txt; echo needle > b.txt");
    let output = world.stead(&["search", "searched", "needle", "--include", "src"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "src/a.txt:2:5:two needles\n");
    let output = world.stead(&["search", &id, "n.+le", "--regex", "--word"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "b.txt:1:1:needle\n");
    assert_eq!(world.stead(&["search", &id, "nothing has this"]).status.code(), Some(1));
    let refused = world.stead(&["search", &id, "(", "--regex"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("unclosed group"));
}

#[test]
fn attach_comes_back_by_itself_when_the_server_does() {
    let mut world = World::start(&[]);
    let id = world.running("attached");
    let mut child = world
        .client(&["attach", &id])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut read_until = |text: &str| {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "`{text}` never came: {lines:?}");
            lines.push(line);
            if lines.last().unwrap().contains(text) {
                return lines;
            }
        }
    };
    input.write_all(b"stty -echo; PS1=; echo be''gin\n").unwrap();
    read_until("begin\r");
    input
        .write_all(b"for i in $(seq 1 1500); do echo n$i; sleep 0.001; done; echo do''ne\n")
        .unwrap();
    let mut lines = read_until("n200\r");
    world.kill();
    world.restart();
    lines.extend(read_until("done\r"));
    let numbers: Vec<&str> =
        lines.iter().map(|it| it.trim()).filter(|it| it.starts_with('n')).collect();
    let expected: Vec<String> = (1..=1500).map(|it| format!("n{it}")).collect();
    assert_eq!(numbers, expected);
    input.write_all(b"exit 5\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

#[test]
fn workspaces_are_listed_found_by_name_and_deleted() {
    let world = World::start(&[]);
    assert_eq!(world.say(&["ls", "--json"]), "[]");
    let id = world.say(&["new", "one"]);
    assert!(world.say(&["ls"]).contains("one"));
    world.say(&["start", "one"]);
    world.say(&["stop", &id[..12]]);
    let output = world.stead(&["start", "two"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no workspace `two`"));
    assert!(!world.stead(&["rm", "one"]).status.success(), "deleting needs a yes");
    world.say(&["rm", "one", "--yes"]);
    assert_eq!(world.say(&["ls", "--json"]), "[]");
    assert!(world.bodies().is_empty(), "{:?}", world.bodies());
}

#[test]
fn open_prints_a_fresh_link() {
    let world = World::start(&[]);
    let (first, second) = (world.say(&["open", "--print"]), world.say(&["open", "--print"]));
    assert!(first.starts_with("http://") && first.contains("/enter/"), "{first}");
    assert_ne!(first, second);
    let id = world.say(&["new", "here"]);
    assert!(world.say(&["open", "here", "--print"]).ends_with(&format!("next=%2Fw%2F{id}")));
}

#[test]
fn a_second_server_on_the_same_data_is_told_about_the_first() {
    let world = World::start(&[]);
    let data = world.data();
    let output = stead()
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&data)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains(&format!("process {}", world.server_pid())), "{error}");
    assert!(error.contains("--data-dir"), "{error}");
}

#[test]
fn logs_show_what_the_dev_server_says() {
    let world = World::start(&[]);
    let id = world.say(&["new", "talker"]);
    let settings = serde_json::json!({ "command": "echo hello from the server; sleep 1000" });
    let path = format!("/api/v1/workspaces/{id}/settings");
    assert_eq!(world.api("PUT", &path, Some(&settings)).unwrap().0, 200);
    world.say(&["start", &id]);
    eventually("it has spoken", || {
        world.say(&["logs", &id]).contains("hello from the server").then_some(())
    });
}

#[test]
fn start_starts_the_dev_server_of_a_session_that_runs_already() {
    let world = World::start(&[]);
    let id = world.say(&["new", "later"]);
    world.say(&["run", &id, "--", "true"]);
    let settings = serde_json::json!({ "command": "echo here it is; sleep 1000" });
    let path = format!("/api/v1/workspaces/{id}/settings");
    assert_eq!(world.api("PUT", &path, Some(&settings)).unwrap().0, 200);
    world.say(&["start", &id]);
    eventually("it has spoken", || world.say(&["logs", &id]).contains("here it is").then_some(()));
}

#[test]
fn a_client_without_a_server_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let output = stead().arg("ls").arg("--data-dir").arg(directory.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("stead serve"));
}

#[test]
fn doctor_config_and_completions_speak() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let say = |arguments: &[&str]| {
        let output = stead().args(arguments).env("STEAD_EGRESS", "off").output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let doctor: serde_json::Value =
        serde_json::from_str(&say(&["doctor", "--json", "--data-dir", data])).unwrap();
    assert!(doctor.as_array().unwrap().iter().any(|it| it["name"] == "workspace limits"));
    let config: serde_json::Value = serde_json::from_str(&say(&[
        "config",
        "--json",
        "--data-dir",
        data,
        "--listen",
        "127.0.0.1:9",
    ]))
    .unwrap();
    assert_eq!(config["listen"]["origin"], "flag");
    assert_eq!(config["egress"]["values"][0], "off");
    assert_eq!(config["egress"]["origin"], "$STEAD_EGRESS");
    assert_eq!(config["provider"]["origin"], "default");
    assert!(say(&["completions", "bash"]).contains("_stead"));
    let document: serde_json::Value = serde_json::from_str(&say(&["openapi"])).unwrap();
    assert!(document["paths"]["/api/v1/workspaces/{id}/state"].is_object());
}

#[test]
fn a_provider_is_shown_and_asked_without_its_secret() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("company.toml");
    let text = "issuer = 'http://127.0.0.1:9'\nclient-id = 'stead'\nclient-secret-file = 'secret'";
    std::fs::write(&file, text).unwrap();
    std::fs::write(directory.path().join("secret"), "hunter2").unwrap();
    let data = directory.path().to_str().unwrap();
    let option = file.to_str().unwrap();
    for command in [&["config"][..], &["config", "--json"], &["doctor"], &["doctor", "--json"]] {
        let options = ["--data-dir", data, "--oidc-provider", option];
        let output = stead().args(command).args(options).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.contains("hunter2"), "{command:?}: {text}");
        let told = match command[0] {
            "doctor" => "company: 127.0.0.1:9 cannot be reached",
            _ => "company",
        };
        assert!(text.contains(told), "{command:?}: {text}");
    }
}
