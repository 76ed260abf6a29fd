//! What a hostile program in a workspace may try, and does not get.

use crate::cell::{Cell, check, skip};
use std::io::Read;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::time::{Duration, Instant};

/// The script must fail; gives what it printed.
fn refused(cell: &mut Cell, script: &str) -> String {
    let run = cell.run("bash", &["-c", script]);
    assert_ne!(run.code, Some(0), "{script}: {run:?}");
    format!("{}{}", run.stdout, run.stderr)
}

/// The kernel must still answer.
fn assert_alive(cell: &mut Cell) {
    assert_eq!(cell.sh("echo alive"), "alive\n");
}

// covers: S0.58
#[test]
fn files_of_the_machine_are_not_there() {
    check(|cell| {
        // World-readable on purpose: what protects it is that it is not there.
        let secret = cell.directory.path().join("secret");
        std::fs::write(&secret, "secret").unwrap();
        let other = cell.directory.path().join("other-workspace");
        std::fs::create_dir(&other).unwrap();
        std::fs::set_permissions(&other, PermissionsExt::from_mode(0o777)).unwrap();
        for path in [secret.to_str().unwrap(), other.to_str().unwrap()] {
            let told = refused(cell, &format!("ls {path}"));
            assert!(told.contains("No such file"), "{told}");
        }
        for path in
            ["/root", "/etc/shadow", "/etc/ssh", "/work", "/var/log", "/var/lib/dpkg", "/sys/fs"]
        {
            let told = refused(cell, &format!("ls {path}"));
            assert!(told.contains("No such file"), "{path}: {told}");
        }
        assert_eq!(cell.sh("ls -A /tmp"), "");
        assert_eq!(cell.sh("ls -A /workspace/../home"), "dev\n");
    });
}

#[test]
fn a_symlink_out_of_the_workspace_leads_nowhere() {
    check(|cell| {
        std::os::unix::fs::symlink("/root", cell.directory.path().join("workspace/out")).unwrap();
        std::os::unix::fs::symlink(
            cell.directory.path().join("home"),
            cell.directory.path().join("workspace/up"),
        )
        .unwrap();
        refused(cell, "ls out/");
        refused(cell, "ls up/");
        refused(cell, "ls ../../../../../../root");
    });
}

#[test]
fn only_the_workspace_the_home_and_temporary_directories_can_be_written() {
    check(|cell| {
        for place in ["/workspace", "/home/dev", "/tmp", "/var/tmp", "/run", "/dev/shm"] {
            if place == "/run" {
                cell.sh("touch /run/x || test ! -w /run");
                continue;
            }
            cell.sh(&format!("echo x > {place}/file && rm {place}/file"));
        }
        for place in [
            "/",
            "/usr",
            "/usr/bin",
            "/etc",
            "/etc/passwd.d",
            "/dev",
            "/bin",
            "/opt",
            "/var",
            "/proc/1",
        ] {
            refused(cell, &format!("touch {place}/file"));
        }
        refused(cell, "echo x >> /etc/passwd");
        refused(cell, "chmod 777 /etc/passwd");
        refused(cell, "mknod /tmp/disk b 254 0");
    });
}

#[test]
fn the_kernel_cannot_be_read() {
    check(|cell| {
        for file in ["mem", "environ", "maps", "auxv", "stack", "syscall", "pagemap"] {
            let told = refused(cell, &format!("head -c 16 /proc/1/{file}"));
            assert!(told.contains("ermission denied") || told.contains("not permitted"), "{told}");
        }
        for link in ["fd", "fdinfo", "map_files"] {
            refused(cell, &format!("ls /proc/1/{link}/"));
        }
        for link in ["cwd", "root", "exe", "ns/user", "fd/3"] {
            refused(cell, &format!("readlink /proc/1/{link}"));
        }
        refused(cell, "for t in /proc/1/task/*; do head -c 16 $t/mem && exit 0; done; exit 1");
    });
}

/// Python that makes raw system calls; `call(number, …)` gives the error's name, or the result.
const CALLS: &str = "
import ctypes, errno, os, platform, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(it) if isinstance(it, int) else it for it in args])
    return errno.errorcode[ctypes.get_errno()] if result == -1 else result
";

#[test]
fn the_kernels_own_directory_is_the_kernels_alone() {
    check(|cell| {
        assert_eq!(cell.use_state(), "kept");
        let state = cell.directory.path().join("state");
        assert_eq!(std::fs::read_to_string(state.join("final")).unwrap(), "kept");
        refused(cell, &format!("cat {}/final", state.display()));
        refused(cell, "cat /proc/1/fd/5/final");
        refused(cell, "cat /proc/*/fd/5/final");
        assert_eq!(cell.sh("find / -xdev -name final 2>/dev/null | wc -l"), "0\n");
    });
}

#[test]
fn the_kernel_cannot_be_traced() {
    check(|cell| {
        if !cfg!(target_arch = "x86_64") {
            return skip("the numbers of the system calls are those of x86-64");
        }
        let program = "
print(call(101, 16, 1, 0, 0))                      # PTRACE_ATTACH
print(call(101, 0x4206, 1, 0, 0))                  # PTRACE_SEIZE
local = ctypes.create_string_buffer(16)
iov = (ctypes.c_long * 2)(ctypes.addressof(local), 16)
there = (ctypes.c_long * 2)(0x400000, 16)
print(call(310, 1, iov, 1, there, 1, 0))           # process_vm_readv
fd = call(434, 1, 0)                               # pidfd_open
print(call(438, fd, 3, 0))                         # pidfd_getfd
print(call(312, 1, os.getpid(), 0, 3, 0))          # kcmp
";
        assert_eq!(cell.python(&format!("{CALLS}{program}")), "EPERM\n".repeat(5));
        // What people need works: a debugger on one's own child.
        let own = "
pid = os.fork()
if pid == 0:
    call(101, 0, 0, 0, 0)                          # PTRACE_TRACEME
    os.kill(os.getpid(), 19)
    os._exit(0)
print(os.WIFSTOPPED(os.waitpid(pid, 0)[1]))
os.kill(pid, 9)
";
        assert_eq!(cell.python(&format!("{CALLS}{own}")), "True\n");
    });
}

#[test]
fn the_kernel_cannot_be_killed_or_stopped() {
    check(|cell| {
        for signal in ["KILL", "STOP", "TERM", "INT", "HUP", "SEGV", "ABRT", "CHLD", "34"] {
            cell.sh(&format!("kill -{signal} 1; true"));
            assert_alive(cell);
        }
        // To everyone: the shell that says so is among them.
        cell.run("bash", &["-c", "(kill -KILL -1)"]);
        assert_alive(cell);
        // Its threads are no way in either.
        cell.sh("for t in /proc/1/task/*; do kill -KILL ${t##*/} || true; done");
        assert_alive(cell);
    });
}

#[test]
fn the_limits_of_the_kernel_cannot_be_changed() {
    check(|cell| {
        refused(cell, "prlimit --pid 1 --nofile=1:1");
        refused(cell, "prlimit --pid 1 --cpu=1:1");
        cell.sh("ulimit -n 100 && test $(ulimit -n) = 100");
        assert_alive(cell);
    });
}

#[test]
fn capabilities_do_not_come_back() {
    check(|cell| {
        let status = cell.sh("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status");
        for line in status.lines() {
            let (name, value) = line.split_once(':').unwrap();
            match (name, value.trim()) {
                ("NoNewPrivs", value) => assert_eq!(value, "1"),
                ("Seccomp", value) => assert_eq!(value, "2"),
                (_, value) => assert_eq!(value, "0000000000000000", "{name}"),
            }
        }
        refused(cell, "unshare -U true");
        refused(cell, "unshare -Ur true");
        refused(cell, "unshare -m true");
        refused(cell, "mount -t tmpfs none /tmp");
        refused(cell, "mount --bind / /tmp");
        refused(cell, "umount /workspace");
        refused(cell, "su -c true");
        refused(cell, "chroot / true");
    });
}

#[test]
fn no_system_call_leads_to_a_user_namespace_or_a_mount() {
    check(|cell| {
        if !cfg!(target_arch = "x86_64") {
            return skip("the numbers of the system calls are those of x86-64");
        }
        let program = "
NEWUSER = 0x10000000
print(call(56, NEWUSER | 17, 0, 0, 0, 0))          # clone
args = (ctypes.c_uint64 * 8)(NEWUSER, 0, 0, 0, 17, 0, 0, 0)
print(call(435, args, 64))                         # clone3
print(call(272, NEWUSER))                          # unshare
fd = os.open('/proc/self/ns/user', os.O_RDONLY)
print(call(308, fd, 0))                            # setns
print(call(428, -100, b'/', 1))                    # open_tree
print(call(430, b'tmpfs', 0))                      # fsopen
print(call(425, 1, 0))                             # io_uring_setup
print(call(0x40000000 + 272, NEWUSER))             # unshare by its x32 number
print(call(321, 0, 0, 0))                          # bpf
print(call(250, 0, 0))                             # keyctl
";
        let expected = "EPERM\nENOSYS\nEPERM\nEPERM\nEPERM\nEPERM\nENOSYS\nENOSYS\nEPERM\nEPERM\n";
        assert_eq!(cell.python(&format!("{CALLS}{program}")), expected);
    });
}

#[test]
fn listeners_of_the_machine_are_out_of_reach() {
    check(|cell| {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = tcp.local_addr().unwrap().port();
        let name = format!("stead-test-{port}");
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let _abstract = UnixListener::bind_addr(&address).unwrap();
        let path = cell.directory.path().join("socket");
        let _path = UnixListener::bind(&path).unwrap();
        let path = path.display();
        let program = format!(
            "
import socket
def attempt(family, address):
    s = socket.socket(family)
    s.settimeout(5)
    try:
        s.connect(address)
        print('connected')
    except OSError as error:
        print(type(error).__name__, error.errno)
attempt(socket.AF_INET, ('127.0.0.1', {port}))
attempt(socket.AF_UNIX, '\\0{name}')
attempt(socket.AF_UNIX, '{path}')
attempt(socket.AF_INET, ('192.0.2.1', 80))
attempt(socket.AF_INET, ('169.254.169.254', 80))
"
        );
        let told = cell.python(&program);
        assert_eq!(
            told,
            "ConnectionRefusedError 111\nConnectionRefusedError 111\nFileNotFoundError 2\n\
             OSError 101\nOSError 101\n"
        );
        tcp.set_nonblocking(true).unwrap();
        assert!(tcp.accept().is_err(), "nobody came");
        let interfaces = cell.sh("cat /proc/net/dev");
        assert_eq!(interfaces.lines().skip(2).count(), 1, "only lo: {interfaces}");
    });
}

#[test]
fn processes_of_the_machine_are_invisible() {
    check(|cell| {
        let own = std::process::id();
        refused(cell, &format!("kill -0 {own}"));
        let pids = cell.sh("ls /proc | grep -E '^[0-9]+$' | wc -l");
        assert!(pids.trim().parse::<u32>().unwrap() < 10, "{pids}");
        let parent = cell.sh("cat /proc/1/stat");
        assert_eq!(parent.rsplit(") ").next().unwrap().split(' ').nth(1), Some("0"), "{parent}");
    });
}

#[test]
fn nothing_but_the_inherited_descriptors_is_open() {
    check(|cell| {
        // 3 was taken and copied by the inmate; 6 is the cgroup of its programs, 7 and up are its
        // event loop. What must not be there is anything that the launcher had open, so the names
        // are looked at from outside.
        assert_alive(cell);
        let mut names = Vec::new();
        match std::fs::read_dir(format!("/proc/{}/fd", cell.pid)) {
            Ok(entries) => {
                for entry in entries {
                    let link = std::fs::read_link(entry.unwrap().path()).unwrap();
                    names.push(link.to_str().unwrap().to_owned());
                }
            }
            // It cannot be looked into, not even by its own user: what it is meant to be.
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
                skip("only root sees the descriptors of what cannot be looked into");
            }
        }
        // Where its programs write themselves.
        let cgroups = ["/session/tasks", "/session/cgroup.threads"];
        for name in &names {
            let state = cell.directory.path().join("state");
            let expected =
                [state.to_str().unwrap(), "/dev/null", "socket:", "anon_inode:", "pipe:"];
            let log = std::fs::read_link("/proc/self/fd/2").unwrap();
            assert!(
                expected.iter().any(|it| name.starts_with(it))
                    || log.to_str() == Some(name)
                    || name.ends_with("oom_score_adj")
                    || cgroups.iter().any(|it| name.ends_with(it)),
                "{name} in {names:?}"
            );
        }
        let child = cell.sh("ls /proc/self/fd");
        assert_eq!(child, "0\n1\n2\n3\n", "3 is the directory that is listed");
    });
}

#[test]
fn a_setuid_program_gives_nothing() {
    check(|cell| {
        let mut bytes = Vec::new();
        std::fs::File::open("/usr/bin/id").unwrap().read_to_end(&mut bytes).unwrap();
        let path = cell.directory.path().join("workspace/id");
        std::fs::write(&path, &bytes).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o6755)).unwrap();
        assert_eq!(cell.sh("/workspace/id -u"), "1000\n");
        let owner = std::fs::read_to_string(format!("/proc/{}/status", cell.pid)).unwrap();
        let uids = owner.lines().find(|it| it.starts_with("Uid:")).unwrap().to_owned();
        assert!(!uids.contains("\t0"), "the kernel is not root outside: {uids}");
    });
}

#[test]
fn the_kernel_dies_with_all_that_is_in_it() {
    check(|cell| {
        cell.start_sh("setsid -f sleep 987654 </dev/null >&2; echo started; exec sleep 987654");
        let deadline = Instant::now() + Duration::from_secs(30);
        let inside = loop {
            let inside = processes_with("987654");
            if inside.len() == 2 {
                break inside;
            }
            assert!(Instant::now() < deadline, "both sleep: {inside:?}");
            std::thread::yield_now();
        };
        let runtime = crate::cell::runtime();
        runtime.block_on(async {
            let open = || supervisor::sandbox::ProcessHandle::open(cell.pid, cell.start_time);
            let handle = open().unwrap().expect("the kernel runs");
            handle.kill().unwrap();
            handle.exited().await;
            assert!(open().unwrap().is_none());
        });
        while inside
            .iter()
            .any(|pid| supervisor::stats::process(*pid).is_some_and(|it| it.is_alive()))
        {
            assert!(Instant::now() < deadline, "something outlived the kernel");
            std::thread::yield_now();
        }
    });
}

/// Pids on the machine whose command line holds `mark`.
fn processes_with(mark: &str) -> Vec<u32> {
    supervisor::stats::processes()
        .into_iter()
        .map(|it| it.pid)
        .filter(|pid| {
            std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
                String::from_utf8_lossy(&line).contains(&format!("sleep\0{mark}"))
            })
        })
        .collect()
}
