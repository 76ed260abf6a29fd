//! Secrets from the command line to a process in a sandbox, and where they are not.

use crate::world::{World, eventually};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

const SECRET: &str = "hunter2-hunter3";

impl World {
    /// Runs a client command with something on standard input.
    fn with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.client(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    pub(crate) fn set(&self, workspace: &str, name: &str, value: &str) {
        let done = self.with_input(&["env", "set", workspace, name], value);
        assert!(done.status.success(), "{done:?}");
    }
}

/// Every file below that contains `text`.
fn files_with(directory: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            found.extend(files_with(&path, text));
        } else if kind.is_file() {
            let bytes = fs::read(&path).unwrap_or_default();
            if bytes.windows(text.len()).any(|it| it == text.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

// covers: S2.33, S2.34, S2.35
#[test]
fn a_secret_reaches_the_next_process_and_stands_in_no_file_log_or_environment() {
    let mut world = World::start(&[]);
    let id = world.running("a");
    world.set(&id, "KEY", &format!("{SECRET}\n"));
    assert_eq!(world.run(&id, "echo \"[$KEY]\""), (0, format!("[{SECRET}]\n")));
    let listed = world.say(&["env", "ls", &id]);
    assert!(listed.contains("KEY") && listed.contains("(not shown)"), "{listed}");
    assert!(!listed.contains("hunter"));
    world.set(&id, "KEY", "second-value");
    assert_eq!(world.run(&id, "echo \"[$KEY]\"").1, "[second-value]\n");

    // The kernel keeps what it has while there is no gateway; a new gateway has it too.
    let kernel = world.kernel_pid(&id).unwrap();
    world.kill();
    world.restart();
    assert_eq!(world.kernel_pid(&id), Some(kernel));
    assert_eq!(world.run(&id, "echo \"[$KEY]\"").1, "[second-value]\n");

    let environ = fs::read(format!("/proc/{kernel}/environ")).unwrap_or_default();
    assert!(!String::from_utf8_lossy(&environ).contains("second-value"));
    assert_eq!(files_with(&world.data(), "second-value"), Vec::<String>::new());
    assert!(!world.log().contains("second-value") && !world.log().contains(SECRET));

    world.say(&["env", "unset", &id, "KEY"]);
    assert_eq!(world.run(&id, "echo \"[$KEY]\"").1, "[]\n");
    let refused = world.stead(&["env", "set", &id, "KEY=hunter2"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("not given as an argument"), "{said}");
}

#[test]
fn ones_own_and_a_file_of_variables() {
    let world = World::start(&[]);
    let id = world.running("a");
    let done = world.with_input(&["env", "set", "--me", "MINE"], "of-mine");
    assert!(done.status.success(), "{done:?}");
    assert!(world.say(&["env", "ls", "--me"]).contains("MINE"));
    let text = "A=1\nexport B='two words'\nAPI_KEY=hunter2-key\nPATH=/x\n";
    let shown = world.with_input(&["env", "import", &id], text);
    let said = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert_eq!(shown.status.code(), Some(1));
    for line in ["+ A (plain)", "+ B (plain)", "+ API_KEY (secret)", "line 4 is left out"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("hunter") && !said.contains("two words"), "{said}");
    assert!(world.with_input(&["env", "import", &id, "--yes"], text).status.success());
    let said = world.run(&id, "echo \"$A $B $API_KEY $MINE\"").1;
    assert_eq!(said, "1 two words hunter2-key of-mine\n");
    let listed: Value = serde_json::from_str(&world.say(&["env", "ls", &id, "--json"])).unwrap();
    assert_eq!(listed["variables"][2]["value"], "two words");
    assert_eq!(listed["variables"][1].get("value"), None);
}

#[test]
fn the_key_is_changed_under_a_running_server_and_missed_when_it_is_gone() {
    let mut world = World::start(&[]);
    let id = world.running("a");
    world.set(&id, "KEY", SECRET);
    let key = world.data().join("secret.key");
    let before = fs::read_to_string(&key).unwrap();
    let done = world.stead(&["secrets", "rotate"]);
    assert!(done.status.success(), "{done:?}");
    let after = fs::read_to_string(&key).unwrap();
    assert_ne!(before, after);
    assert_eq!(after.lines().filter(|it| !it.starts_with('#')).count(), 1);
    world.set(&id, "OTHER", "other-value");
    assert_eq!(world.run(&id, "echo \"$KEY $OTHER\"").1, format!("{SECRET} other-value\n"));

    world.terminate();
    fs::remove_file(&key).unwrap();
    world.spawn();
    let said = eventually("the server says what is missing", || {
        Some(world.log()).filter(|it| it.contains("the key of the secrets is missing"))
    });
    assert!(said.contains("secret.key") && said.contains("stead secrets reset"), "{said}");
    assert!(!key.exists());
    world.kill();
    fs::write(&key, after).unwrap();
    world.restart();
    assert_eq!(world.run(&id, "echo \"$KEY\"").1, format!("{SECRET}\n"));
}

#[test]
fn logs_are_masked() {
    let world = World::start(&[]);
    let id = world.say(&["new", "a"]);
    world.set(&id, "KEY", SECRET);
    let settings = serde_json::json!({"command": "echo \"key is $KEY\"; sleep 1000"});
    let path = format!("/api/v1/workspaces/{id}/settings");
    assert_eq!(world.api("PUT", &path, Some(&settings)).unwrap().0, 200);
    world.say(&["start", &id]);
    let log = eventually("the dev server says something", || {
        Some(world.say(&["logs", &id])).filter(|it| it.contains("key is ***"))
    });
    assert!(!log.contains("hunter"), "{log}");
}
