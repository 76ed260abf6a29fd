//! Empty sandboxes: what becomes of them, and when they are not used.

use crate::cell::{DEADLINE, User, check, is_spare_used, keeper, runtime};
use std::os::unix::fs::PermissionsExt;
use supervisor::sandbox::{Limits, ProcessHandle, Spare, SpareSpec};

fn users() -> &'static [User] {
    if rustix::process::geteuid().is_root() {
        &[User::Root, User::Ordinary]
    } else {
        &[User::Ordinary]
    }
}

#[test]
fn an_empty_sandbox_is_nobodys_child_and_ends_with_its_killed_maker() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o755)).unwrap();
    for &user in users() {
        let (mut keeper, pid) = keeper(user, directory.path());
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        assert!(status.starts_with("Name:\tstead-spare\n"), "{status}");
        assert!(!status.contains(&format!("PPid:\t{}\n", keeper.id())), "{status}");
        let start_time = supervisor::stats::start_time(pid).unwrap();
        runtime().block_on(async {
            let handle = ProcessHandle::open(pid, start_time).unwrap().expect("it waits");
            keeper.kill().unwrap();
            tokio::time::timeout(DEADLINE, handle.exited()).await.expect("it ends");
        });
        keeper.wait().unwrap();
    }
}

#[test]
fn nothing_of_the_other_workspaces_is_mounted() {
    check(|cell| {
        std::fs::write(cell.directory.path().join("secret"), "another's").unwrap();
        let mounts = cell.sh("cut -d' ' -f5 /proc/self/mountinfo | sort");
        let count = |place: &str| mounts.lines().filter(|it| *it == place).count();
        assert_eq!([count("/workspace"), count("/home/dev")], [1, 1], "{mounts}");
        assert_eq!(cell.sh("ls -A /workspace /home/dev"), "/home/dev:\n\n/workspace:\n");
    });
}

#[test]
fn an_empty_sandbox_that_is_dropped_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let spec = SpareSpec {
        program: env!("CARGO_BIN_EXE_inmate").into(),
        tools: Vec::new(),
        hostname: "inmate".to_owned(),
        limits: Limits::default(),
        below: directory.path().to_owned(),
    };
    let spare = Spare::prepare(&spec).unwrap().expect("this machine prepares sandboxes");
    let pid = spare.pid();
    let start_time = supervisor::stats::start_time(pid).unwrap();
    runtime().block_on(async {
        let handle = ProcessHandle::open(pid, start_time).unwrap().expect("it waits");
        drop(spare);
        tokio::time::timeout(DEADLINE, handle.exited()).await.expect("it ends");
    });
}

#[test]
fn an_empty_sandbox_that_does_not_fit_is_not_used() {
    if !rustix::process::geteuid().is_root() {
        crate::cell::skip("not root: no mounts of its own for a test");
        return;
    }
    assert!(is_spare_used(|_, _| {}), "one that fits is used");
    let elsewhere = tempfile::tempdir().unwrap();
    assert!(!is_spare_used(|launch, _| launch.spare_below = Some(elsewhere.path().to_owned())));
    assert!(!is_spare_used(|launch, directory| {
        launch.mount_between = Some(directory.join("state"));
    }));
}
