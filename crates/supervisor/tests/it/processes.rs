//! Processes, their trees, and terminals.

use crate::cell::{DEADLINE, check, check_with, runtime};
use std::time::Duration;
use stdx::TaskScope;
use supervisor::process::{Command, Processes, Stdio};
use tokio::time::timeout;

/// Forks twice, leaves its session, ignores what can be ignored, and listens on a port.
const STUBBORN: &str = "
trap '' TERM HUP INT
/usr/bin/python3 -c '
import os, signal, socket, time
for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(s, signal.SIG_IGN)
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
s = socket.socket(); s.bind((\"127.0.0.1\", 3777)); s.listen()
print(\"listening\", flush=True)
time.sleep(1000)
' &
sleep 1000
";

// covers: S1.77, S1.78
#[test]
fn a_tree_that_ignores_term_and_leaves_its_session_is_gone_after_termination() {
    check(|cell| {
        for round in 0..2 {
            let (_, line) = cell.start_sh(STUBBORN);
            assert_eq!(line, "listening", "in round {round} the port was free");
            assert!(cell.ports().iter().any(|it| it.0 == 3777 && it.1 == "python3"));
            assert!(cell.count() >= 2);
            assert!(cell.terminate_all(100), "KILL was needed");
            assert_eq!(cell.count(), 0);
            assert_eq!(cell.ports(), []);
        }
    });
}

/// Makes one of everything that outlives its process, and directories deeper than anybody counts on.
const LEAVE: &str = r"
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
made = [libc.shmget(1, 1 << 20, 0o1600), libc.semget(2, 1, 0o1600), libc.msgget(3, 0o1600)]
assert min(made) >= 0, made
if os.listdir('/dev').count('mqueue') and os.stat('/dev/mqueue').st_dev != os.stat('/dev').st_dev:
    assert libc.mq_open(b'/left', os.O_CREAT | os.O_RDWR, 0o600, None) >= 0, ctypes.get_errno()
    assert os.listdir('/dev/mqueue') == ['left']
open('/dev/shm/left', 'w').write('x')
os.chdir('/dev/shm')
for _ in range(3000):
    os.mkdir('deep'); os.chdir('deep')
print('left')
";

// covers: S1.9, S1.78
#[test]
fn what_a_session_leaves_in_memory_is_gone_after_it() {
    check(|cell| {
        let listed = "cat /proc/sysvipc/* | grep -vc key; ls -A /dev/shm /dev/mqueue";
        let before = cell.run("bash", &["-c", listed]).stdout;
        assert!(before.starts_with("0\n"), "{before}");
        assert_eq!(cell.python(LEAVE), "left\n");
        let left = cell.run("bash", &["-c", listed]).stdout;
        assert!(left.starts_with("3\n") && left.contains("deep"), "{left}");
        cell.terminate_all(100);
        cell.remove_left();
        assert_eq!(cell.run("bash", &["-c", listed]).stdout, before);
    });
}

// covers: S1.77, S1.78
#[test]
fn without_a_namespace_the_tree_is_gone_too() {
    check_with(
        |launch| launch.sandbox = false,
        |cell| {
            let (_, line) = cell.start_sh(STUBBORN);
            assert_eq!(line, "listening");
            assert!(cell.terminate_all(100), "KILL was needed");
            assert_eq!(cell.count(), 0);
            let rest = cell.ports();
            assert!(rest.iter().all(|it| it.0 != 3777), "{rest:?}");
        },
    );
}

#[test]
fn what_ends_on_term_is_not_killed() {
    check(|cell| {
        cell.start_sh("echo started; sleep 1000");
        cell.start_sh("trap 'sleep 0.1; exit 0' TERM; echo started; sleep 1000 & wait");
        // A stopped process is continued so that it can end.
        cell.start_sh("sleep 1000 & kill -STOP $!; echo stopped; wait");
        assert!(!cell.terminate_all(30_000), "TERM was enough");
        assert_eq!(cell.count(), 0);
    });
}

#[test]
fn a_group_is_waited_for_to_its_last_member() {
    runtime().block_on(async {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap();
        let processes = Processes::start(&TaskScope::default()).unwrap();
        let mut command = Command::new("/bin/sh", "/");
        command.args = ["-c", "exec 3<&0; cat <&3 & exit 0"].map(Into::into).into();
        command.stdin = Stdio::Pipe;
        let mut child = processes.spawn(command).unwrap();
        let input = child.take_stdin();
        assert_eq!(child.wait().await.code, Some(0));
        assert!(timeout(Duration::ZERO, child.wait_group()).await.is_err(), "one still reads");
        drop(input);
        timeout(DEADLINE, child.wait_group()).await.expect("it ends with its input");
    });
}

#[test]
fn an_interactive_shell_ends_with_its_terminal_gone() {
    check(|cell| {
        // `script` would do the same; python's pty module starts bash on a terminal of its own.
        let (_, line) = cell.start_sh(
            "/usr/bin/python3 -u -c '
import os, pty, select, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pid, fd = pty.fork()
if pid == 0: os.execvp(\"bash\", [\"bash\", \"--norc\", \"-i\"])
seen = b\"\"
while b\"$ \" not in seen: seen += os.read(fd, 4096)
print(\"prompt\", flush=True)
os.waitpid(pid, 0)
'",
        );
        assert_eq!(line, "prompt");
        assert!(!cell.terminate_all(30_000), "TERM was enough");
    });
}

#[test]
fn a_program_that_is_not_there_is_named() {
    check(|cell| {
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            cell.run("no-such-program", &[])
        }));
        let message = *told.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("`no-such-program` cannot be started"), "{message}");
        assert!(message.contains("No such file"), "{message}");
        assert_eq!(cell.sh("echo alive"), "alive\n");
    });
}

#[test]
fn the_end_by_a_signal_is_told_and_orphans_are_reaped() {
    check(|cell| {
        let run = cell.run("bash", &["-c", "kill -USR1 $$"]);
        assert_eq!((run.code, run.signal), (None, Some(10)));
        cell.sh("for i in $(seq 50); do (true & ) ; done");
        cell.sh("until [ $(cat /proc/[0-9]*/stat 2>/dev/null | grep -c ' Z ') = 0 ]; do :; done");
        assert_eq!(cell.count(), 0);
    });
}

#[test]
fn signals_are_as_new_in_a_child() {
    check(|cell| {
        let status = cell.run("cat", &["/proc/self/status"]).stdout;
        for mask in ["SigBlk", "SigIgn", "SigCgt"] {
            let line = status.lines().find(|it| it.starts_with(mask)).unwrap();
            assert!(line.ends_with("0000000000000000"), "{line}");
        }
    });
}

// covers: S0.88
#[test]
fn a_terminal_is_a_terminal() {
    check(|cell| {
        let told =
            cell.pty("tty; stty size; test -t 0 && echo yes; ps -o tty= -p $$", (100, 30), &[]);
        assert!(told.starts_with("/dev/pts/0\r\n"), "{told:?}");
        assert!(told.contains("yes\r\npts/0"), "{told:?}");
    });
}

#[test]
fn a_terminal_is_resized_and_says_so() {
    check(|cell| {
        let told = cell.pty(
            "trap 'stty size; exit' WINCH; until [ \"$(stty size)\" = '30 100' ]; do :; done; stty size",
            (100, 30),
            &[],
        );
        assert!(told.contains("30 100\r\n"), "{told:?}");
    });
}

// A key that sends a signal also throws away what was not read yet, after the signal: an answer that
// is printed at once may be lost. With `noflsh` it is not.
#[test]
fn job_control_works_in_a_terminal() {
    check(|cell| {
        let dialogue = [
            ("$ ", "(echo runn\"\"ing; exec sleep 1000)\n"),
            ("running", "\u{1a}"),
            ("Stopped", "jobs; kill -KILL %1; echo $((6 * 7)); exit\n"),
            ("stopped jobs", "exit\n"),
        ];
        let told = cell.pty("stty noflsh; bash --norc -i", (80, 24), &dialogue);
        assert!(told.contains("Stopped"), "{told:?}");
        assert!(told.contains("\n42\r\n"), "{told:?}");
        assert!(!told.contains("no job control"), "{told:?}");
    });
}

#[test]
fn the_interrupt_key_reaches_the_foreground_program() {
    check(|cell| {
        // Blocked and waited for, so that it cannot come too early.
        let script = "stty noflsh; /usr/bin/python3 -u -c '
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print(\"ready\")
print(\"interrupted\", signal.sigwait([signal.SIGINT]).name)'";
        let told = cell.pty(script, (80, 24), &[("ready", "\u{3}")]);
        assert!(told.contains("interrupted SIGINT"), "{told:?}");
    });
}
