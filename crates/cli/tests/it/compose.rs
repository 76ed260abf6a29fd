//! The compose file, as far as it can be tried without a container engine: its commands and
//! variables, with directories and addresses of this test in the place of the containers'.

use crate::world::{Guarded, eventually, stead};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

const COMPOSE: &str = include_str!("../../../../packaging/container/compose.yaml");
const CONTAINERFILE: &str = include_str!("../../../../packaging/container/Containerfile");
const TOKEN: &str = "9d1f6a0b3c7e45288e21d0c4b7a6f351";
/// What the file asks the person for.
const ASKED: &str = "${RUNTIME_MANAGER_AUTH_TOKEN:?make one with openssl rand -hex 32}";

/// What the file says of one service.
#[derive(Debug, Default)]
struct Service {
    command: Vec<String>,
    environment: BTreeMap<String, String>,
}

/// Reads the part of YAML that the file uses: two spaces a level, lists in one line.
fn services() -> BTreeMap<String, Service> {
    let mut services = BTreeMap::<String, Service>::new();
    let (mut top, mut service, mut key) = ("", String::new(), "");
    for line in COMPOSE.lines().filter(|it| !it.trim_start().starts_with('#')) {
        let depth = line.len() - line.trim_start().len();
        let Some((name, value)) = line.trim().split_once(':') else { continue };
        let value = value.trim();
        match depth {
            0 => top = name,
            2 if top == "services" => {
                name.clone_into(&mut service);
                services.entry(service.clone()).or_default();
            }
            4 if top == "services" => {
                key = name;
                if name == "command" {
                    services.get_mut(&service).unwrap().command =
                        serde_json::from_str(value).unwrap();
                }
            }
            6 if key == "environment" => {
                let all = &mut services.get_mut(&service).unwrap().environment;
                all.insert(name.to_owned(), value.to_owned());
            }
            _ => {}
        }
    }
    services
}

impl Service {
    /// The service as a process, with its volume in `directory`.
    fn process(&self, directory: &Path, addresses: (&str, &str), token: &str) -> Command {
        let (control_plane, runtime) = addresses;
        let here = |text: &str| {
            let text = text.replace("/data", directory.to_str().unwrap()).replace(ASKED, token);
            let text = text.replace("runtime:8090", runtime).replace("0.0.0.0:8090", runtime);
            text.replace("0.0.0.0:7832", control_plane)
        };
        let mut command = stead();
        command.args(self.command.iter().map(|it| here(it)));
        command.envs(self.environment.iter().map(|(name, value)| (name, here(value))));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }
}

fn address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

// covers: S0.92, S0.93, S0.94
#[test]
fn the_control_plane_and_one_runtime_of_the_compose_file_pass_the_checklist() {
    let services = services();
    let names: Vec<&str> = services.keys().map(String::as_str).collect();
    assert_eq!(names, ["control-plane", "runtime"]);
    let (control_plane, runtime) = (&services["control-plane"], &services["runtime"]);
    assert_eq!(runtime.environment["RUNTIME_SERVICE_MODE"], "manager");
    assert_eq!(runtime.environment["INDEX_DATA_PATH"], "/data");
    let [left, right] =
        [control_plane, runtime].map(|it| &it.environment["RUNTIME_MANAGER_AUTH_TOKEN"]);
    assert_eq!((left, right.as_str()), (right, ASKED), "one token, and none to begin with");

    let (front, inside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (address(), address());
    let addresses = (first.as_str(), second.as_str());
    let _runtime = Guarded(runtime.process(inside.path(), addresses, TOKEN).spawn().unwrap());
    let _control = Guarded(control_plane.process(front.path(), addresses, TOKEN).spawn().unwrap());
    eventually("the runtime listens", || std::net::TcpStream::connect(&second).ok());
    let data = front.path().join("stead");
    let ready = || {
        let list = stead().arg("ls").arg("--data-dir").arg(&data).output().unwrap();
        list.status.success().then_some(())
    };
    eventually("the control plane answers", ready);
    let manager = format!("http://{second}");
    let check = stead()
        .args(["check", "--json", "--data-dir"])
        .arg(&data)
        .envs([("RUNTIME_MANAGER_URL", manager.as_str()), ("RUNTIME_MANAGER_AUTH_TOKEN", TOKEN)])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&check.stdout).unwrap_or_default();
    assert!(check.status.success(), "{report:#} {check:?}");
    let shown = inside.path().join("_userspace");
    assert!(shown.is_dir(), "roots are shown where INDEX_DATA_PATH says");
    assert_eq!(std::fs::read_dir(inside.path().join("stead/workspaces")).unwrap().count(), 0);
    assert!(!front.path().join("stead/workspaces").exists(), "the control plane has no files");
}

// covers: S0.93
#[test]
fn neither_service_of_the_compose_file_starts_without_a_token_or_with_one_of_an_example() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (address(), address());
    for service in services().values() {
        for token in ["", "changeme-changeme-changeme", "aaaaaaaaaaaaaaaaaaaaaaaa"] {
            let mut process = service.process(directory.path(), (&first, &second), token);
            let output = process.output().unwrap();
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{token}: {text}");
            assert!(text.contains("RUNTIME_MANAGER_AUTH_TOKEN"), "{token}: {text}");
        }
    }
}

// covers: S0.92
#[test]
fn the_image_starts_as_what_the_compose_file_calls_it() {
    let all: Vec<&str> = CONTAINERFILE.lines().collect();
    assert!(all.contains(&"ENTRYPOINT [\"/usr/local/bin/stead\"]"));
    assert!(all.contains(&"CMD [\"serve\", \"--listen\", \"0.0.0.0:7832\"]"));
    assert!(!CONTAINERFILE.contains("TOKEN"), "no token is in the image");
    assert_eq!(services()["control-plane"].command[0], "serve");
    assert_eq!(services()["runtime"].command[0], "host");
}
