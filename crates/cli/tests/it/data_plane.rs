//! What happens where: the server decides and forwards, kernels do.

use crate::terminal::Terminal;
use crate::world::{World, eventually, is_alive, processes_with};
use std::fs;
use std::os::unix::fs::MetadataExt;

/// Children of every thread of a process.
fn children(pid: u32) -> String {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    tasks.map(|it| fs::read_to_string(it.path().join("children")).unwrap_or_default()).collect()
}

// covers: S0.36, S0.37, S0.88
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_a_process_of_the_kernel_and_never_of_the_server() {
    let world = World::start(&[]);
    let id = world.running("terminals");
    let mut terminal = Terminal::new(&world, &id, "main");
    terminal.connect().await;
    terminal.type_line("echo pid-$$-of-$(readlink /proc/self/ns/pid)").await;
    assert!(terminal.read_until("-of-pid:").await);
    assert_eq!(children(world.server_pid()).trim(), "");
    let kernel = world.kernel_pid(&id).unwrap();
    assert_ne!(children(kernel).trim(), "");
    let outside = fs::read_link("/proc/self/ns/pid").unwrap();
    assert!(!terminal.text().contains(outside.to_str().unwrap()), "{}", terminal.text());
}

// covers: S0.20
#[test]
fn a_workspace_wakes_in_the_empty_sandbox_that_waited() {
    let mut world = World::start(&[]);
    // Whatever is mounted on the machine meanwhile makes a waiting sandbox useless.
    let used = (0..5).any(|number| {
        let waiting = eventually("an empty sandbox waits", || world.empty_sandbox());
        let id = world.running(&format!("number-{number}"));
        world.kernel_pid(&id) == Some(waiting)
    });
    assert!(used);
    let waiting = eventually("the next one waits", || world.empty_sandbox());
    world.kill();
    eventually("it ends with its host", || (!is_alive(waiting)).then_some(()));
}

// covers: S0.38, S0.39, S0.87
#[test]
fn files_are_written_by_the_kernel_under_the_workspaces_own_user() {
    let world = World::start(&[]);
    let ids = [world.running("a"), world.running("b")];
    let mut owners = Vec::new();
    for id in &ids {
        let path = format!("/api/v1/workspaces/{id}/files/deep/note.txt");
        let text = serde_json::json!("from outside");
        assert_eq!(world.api("PUT", &path, Some(&text)).unwrap().0, 201);
        assert_eq!(world.run(id, "cat deep/note.txt"), (0, "\"from outside\"".to_owned()));
        assert_eq!(world.run(id, "printf '\"from inside\"' > deep/other.txt").0, 0);
        assert_eq!(world.get(id, "files/deep/other.txt"), "from inside");
        let body = id.strip_prefix("ws_").unwrap();
        let file = world.data().join("workspaces").join(body).join("files/deep/note.txt");
        owners.push(fs::metadata(file).unwrap().uid());
    }
    if rustix::process::geteuid().is_root() {
        assert!(owners.iter().all(|it| 100_000 <= *it) && owners[0] != owners[1], "{owners:?}");
    }
    world.kill_kernel_and_check_that_files_need_one(&ids[0]);
}

impl World {
    /// The process of the server's empty sandbox: the one that has the directory of its workspaces.
    fn empty_sandbox(&self) -> Option<u32> {
        let data = self.data();
        let directory = data.components().next_back()?.as_os_str().to_str()?.to_owned();
        let parent = data.parent()?.file_name()?.to_str()?.to_owned();
        let source = format!("/{parent}/{directory}/workspaces /workspace ");
        processes_with("sandbox-init").into_iter().find(|pid| {
            let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}"));
            read("comm").is_ok_and(|it| it == "stead-spare\n")
                && read("mountinfo").is_ok_and(|it| it.contains(&source))
        })
    }

    /// Without a kernel nobody answers for files: asking wakes one.
    fn kill_kernel_and_check_that_files_need_one(&self, id: &str) {
        let before = self.kernel_pid(id).unwrap();
        crate::world::signal(before, rustix::process::Signal::KILL);
        eventually("another kernel answers", || {
            let answer = self.get(id, "tree");
            (answer["entries"][0]["name"] == "deep").then_some(())
        });
        assert_ne!(self.kernel_pid(id), Some(before));
    }
}

// covers: S0.89
#[test]
fn the_preview_comes_from_a_port_that_only_the_workspace_has() {
    let world = World::start(&[]);
    let id = world.say(&["new", "site", "--template", "static"]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = serde_json::json!({ "port": free.port() });
    let path = format!("/api/v1/workspaces/{id}/settings");
    assert_eq!(world.api("PUT", &path, Some(&settings)).unwrap().0, 200);
    world.say(&["start", &id]);
    let state = world.until(&id, "the preview runs", |it| it["preview"]["status"] == "running");
    assert_eq!(state["preview"]["port"], free.port());
    let path = format!("/indexes/userspace/workspaces/{id}/preview/");
    let (status, body) = world.api("GET", &path, None).unwrap();
    let body = String::from_utf8_lossy(&body);
    assert!(status == 200 && body.contains("<html"), "{status} {body}");
    assert!(std::net::TcpStream::connect(free).is_err(), "the port is open outside");
}

#[test]
fn a_workspace_sees_no_other_workspace_and_nothing_of_the_server() {
    let world = World::start(&[]);
    let (mine, _other) = (world.running("mine"), world.running("other"));
    let data = world.data();
    let look = format!(
        "ls {data} {data}/.. /proc/{}/root 2>/dev/null; cat /etc/shadow /root/.bashrc 2>/dev/null; \
         ls /proc | grep -c '^[0-9]'",
        world.server_pid(),
        data = data.display(),
    );
    let (_, text) = world.run(&mine, &look);
    let count: u32 = text.trim().parse().unwrap_or_else(|_| panic!("{text}"));
    assert!(count < 8, "{count} processes are in sight");
    let (code, text) = world.run(
        &mine,
        "cat /proc/1/environ /proc/1/mem /proc/1/maps 2>/dev/null; ls /proc/1/fd 2>/dev/null; \
         kill -9 1; kill -STOP 1; sleep 0.05; ls /proc/1 >/dev/null",
    );
    assert_eq!((code, text.as_str()), (0, ""));
}
