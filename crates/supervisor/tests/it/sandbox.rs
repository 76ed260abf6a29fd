//! What is inside a sandbox, and how starting one can fail.

use crate::cell::{User, check, check_with, command, launch_fails, probe};

#[test]
fn a_program_runs_and_its_end_is_told() {
    check(|cell| {
        let run = cell.run("sh", &["-c", "echo out; echo err >&2; pwd; id -un; hostname; exit 7"]);
        assert_eq!(run.stdout, "out\n/workspace\ndev\ninmate\n");
        assert_eq!((run.stderr.as_str(), run.code), ("err\n", Some(7)));
    });
}

#[test]
fn the_system_looks_like_one() {
    check(|cell| {
        assert_eq!(cell.sh("id -u; id -g; id -G; echo ~"), "1000\n1000\n1000\n/home/dev\n");
        assert_eq!(
            cell.sh("getent hosts localhost | awk '{print $2}'; cat /etc/hostname"),
            "localhost\ninmate\n"
        );
        assert_eq!(
            cell.sh("ls -d /etc/ssl/certs /etc/alternatives /etc/ld.so.cache | wc -l"),
            "3\n"
        );
        assert_eq!(
            cell.sh(
                "echo x | tee /dev/null; head -c 4 /dev/urandom | wc -c; echo > /dev/tty || true"
            ),
            "x\n4\n"
        );
        assert_eq!(
            cell.sh("cat /dev/fd/0 <<< x; df /tmp > /dev/null && echo mounts"),
            "x\nmounts\n"
        );
        assert_eq!(
            cell.python(
                "import tempfile, ssl, socket, multiprocessing as m; m.Lock(); print('ok')"
            ),
            "ok\n"
        );
        cell.sh("echo '#!/bin/sh\necho ran' > /workspace/x && chmod +x /workspace/x && test $(/workspace/x) = ran");
        cell.sh("cp /bin/true /tmp/x && /tmp/x && cp /bin/true ~/x && ~/x");
    });
}

#[test]
fn files_that_are_written_inside_are_there_outside() {
    check(|cell| {
        cell.sh("echo hello > file && mkdir -p a/b");
        let workspace = cell.directory.path().join("workspace");
        assert_eq!(std::fs::read_to_string(workspace.join("file")).unwrap(), "hello\n");
        std::fs::write(workspace.join("back"), "again\n").unwrap();
        assert_eq!(cell.sh("cat back; stat -c %U . file"), "again\ndev\ndev\n");
    });
}

#[test]
fn a_listening_port_is_found_with_its_process() {
    check(|cell| {
        assert_eq!(cell.ports(), []);
        let (_, line) = cell.start_sh(
            "exec /usr/bin/python3 -u -c '
import socket, time
a = socket.create_server((\"127.0.0.1\", 3001)); b = socket.create_server((\"::1\", 3002), family=socket.AF_INET6)
print(\"listening\"); time.sleep(1000)'",
        );
        assert_eq!(line, "listening");
        let python = || "python3".to_owned();
        assert_eq!(cell.ports(), [(3001, python()), (3002, python())]);
    });
}

#[test]
fn a_compiler_and_a_thread_work() {
    check(|cell| {
        if cell.run("sh", &["-c", "command -v gcc"]).code != Some(0) {
            return crate::cell::skip("no compiler on this machine");
        }
        let source = "#include <pthread.h>\n#include <stdio.h>\nvoid *f(void *x) { puts(\"thread\"); return x; }\nint main() { pthread_t t; return pthread_create(&t, 0, f, 0) || pthread_join(t, 0); }\n";
        std::fs::write(cell.directory.path().join("workspace/t.c"), source).unwrap();
        assert_eq!(cell.sh("gcc -o /tmp/t t.c -lpthread && /tmp/t"), "thread\n");
    });
}

#[test]
fn without_isolation_the_kernel_is_the_users_own() {
    check_with(
        |launch| launch.sandbox = false,
        |cell| {
            let told = cell.sh("pwd; test -d /proc/1");
            assert_eq!(told.trim_end(), cell.directory.path().join("workspace").to_str().unwrap());
            assert!(
                cell.missing.iter().any(|it| it.contains("no isolation")),
                "{:?}",
                cell.missing
            );
        },
    );
}

#[test]
fn a_workspace_that_is_not_there_is_told_and_nothing_is_left() {
    let message = launch_fails(|launch| launch.workspace = "/nonexistent/workspace".into());
    assert_eq!(
        message,
        "the sandbox could not be set up: opening the directory for `/workspace`: No such file or \
         directory (os error 2)"
    );
    let message = launch_fails(|launch| launch.cgroup_name = "../x".to_owned());
    assert_eq!(message, "the sandbox cannot be described: `../x` cannot name a cgroup");
    let message = launch_fails(|launch| launch.id_base = Some(0));
    assert_eq!(message, "the sandbox cannot be described: the workspace's user must not be root");
}

#[test]
fn releasing_what_was_never_there_is_fine() {
    supervisor::sandbox::release("ws-never").unwrap();
    supervisor::sandbox::release("../never").unwrap_err();
}

#[test]
fn a_process_that_ended_cannot_be_opened_and_its_number_proves_nothing() {
    let runtime = crate::cell::runtime();
    let mut child = command("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let start_time = supervisor::stats::start_time(pid).unwrap();
    runtime.block_on(async {
        let open = supervisor::sandbox::ProcessHandle::open;
        assert!(open(pid, start_time + 1).unwrap().is_none());
        let handle = open(pid, start_time).unwrap().unwrap();
        handle.kill().unwrap();
        handle.exited().await;
        handle.exited().await;
        assert!(open(pid, start_time).unwrap().is_none());
        assert!(open(0, 0).unwrap().is_none());
    });
    // The handle took the zombie; the standard library finds no child.
    let _reaped = child.wait();
}

#[test]
fn the_probe_says_what_this_machine_gives() {
    for user in [User::Ordinary, User::Root] {
        let told = probe(user);
        let level = |name: &str| {
            let line = told.lines().find(|it| it.contains(&format!(" {name}: ")));
            line.unwrap_or_else(|| panic!("{name} in {told}")).split(' ').next().unwrap().to_owned()
        };
        // The other tests of this file need them, so they must be there.
        for name in ["sandbox", "user namespace", "pid namespace", "network namespace", "seccomp"] {
            assert_eq!(level(name), "Ok", "{name}: {told}");
        }
        for name in ["landlock", "limits", "terminals", "file watching", "processes", "open files"]
        {
            assert_ne!(level(name), "Fail", "{name}: {told}");
        }
        eprintln!("{user:?}:\n{told}");
    }
}
