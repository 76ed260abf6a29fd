//! A workspace that takes too much hurts itself, and its kernel goes on.

use crate::cell::{Cell, check_with, skip};

/// Whether memory is limited here; says so when it is not.
fn memory_is_limited(cell: &Cell) -> bool {
    let limited = cell.limits.starts_with("cgroup");
    if !limited {
        skip("memory cannot be limited without a cgroup");
        assert!(cell.missing.iter().any(|it| it.contains("memory")), "{:?}", cell.missing);
    }
    limited
}

#[test]
fn a_memory_hog_is_ended_and_the_kernel_goes_on() {
    check_with(
        |launch| launch.memory_bytes_max = Some(128 << 20),
        |cell| {
            if !memory_is_limited(cell) {
                return;
            }
            for _ in 0..3 {
                let run = cell.run("/usr/bin/python3", &["-c", "x = bytearray(1 << 30)"]);
                assert_eq!(run.signal, Some(9), "{run:?}");
            }
            // A hog that asks to be spared is not.
            let spared = "open('/proc/self/oom_score_adj', 'w').write('0')\nx = bytearray(1 << 30)";
            let run = cell.run("/usr/bin/python3", &["-c", spared]);
            assert_eq!(run.signal, Some(9), "{run:?}");
            assert_eq!(cell.sh("echo alive"), "alive\n");
        },
    );
}

#[test]
fn children_are_preferred_by_the_out_of_memory_killer() {
    check_with(
        |_| {},
        |cell| {
            let own = std::fs::read_to_string("/proc/self/oom_score_adj").unwrap();
            let own: i32 = own.trim().parse().unwrap();
            assert_eq!(cell.sh("cat /proc/self/oom_score_adj"), format!("{}\n", own + 500));
            // The kernel takes its own back as soon as it knows that the child runs.
            cell.sh(&format!("until [ $(cat /proc/1/oom_score_adj) = {own} ]; do :; done"));
        },
    );
}

#[test]
fn temporary_files_that_fill_memory_do_not_end_the_kernel() {
    check_with(
        |launch| launch.memory_bytes_max = Some(128 << 20),
        |cell| {
            if !memory_is_limited(cell) {
                return;
            }
            cell.sh(
                "for place in /tmp /dev/shm /run; do head -c 1G /dev/zero > $place/fill; done; true",
            );
            let run = cell.run("/usr/bin/python3", &["-c", "x = bytearray(1 << 30)"]);
            assert_eq!(run.signal, Some(9), "{run:?}");
            assert_eq!(cell.sh("rm -f /tmp/fill /dev/shm/fill; echo alive"), "alive\n");
        },
    );
}

#[test]
fn a_full_temporary_directory_is_an_error_inside_only() {
    check_with(
        |launch| launch.tmp_bytes_max = Some(1 << 20),
        |cell| {
            let run = cell.run("bash", &["-c", "head -c 4M /dev/zero > /tmp/fill"]);
            assert!(run.stderr.contains("No space left"), "{run:?}");
            let run =
                cell.run("bash", &["-c", "for i in $(seq 9999); do : > /tmp/$i || exit 1; done"]);
            assert_eq!(run.code, Some(1), "files are bounded too");
            cell.sh("rm -rf /tmp/*; echo x > /tmp/x; echo x > /workspace/x");
        },
    );
}

#[test]
fn a_fork_storm_hits_its_limit_and_the_kernel_still_starts_processes() {
    check_with(
        |launch| launch.processes_max = Some(128),
        |cell| {
            // Everything that is started starts two more.
            let storm = "
import os, sys, time
print('storm', flush=True)
failed = 0
while failed < 50:
    try:
        if os.fork() == 0: failed = 0
    except OSError:
        failed += 1
        time.sleep(0.01)
time.sleep(1000)
";
            std::fs::write(cell.directory.path().join("workspace/storm.py"), storm).unwrap();
            cell.start_sh("exec /usr/bin/python3 /workspace/storm.py 2>/dev/null");
            // While the storm goes on, the kernel still starts a shell: it has a reserve.
            assert_eq!(cell.sh("echo alive"), "alive\n");
            let count = cell.count();
            assert!(count <= 128, "{count}");
            cell.terminate_all(0);
            assert_eq!(cell.count(), 0);
            assert_eq!(cell.sh("echo alive"), "alive\n");
        },
    );
}

/// Whoever is started forks for ever, in a session of its own, and ignores what can be ignored. It
/// says so when the limit is reached; left alone it ends by itself.
const STORM: &str = "
import os, signal
full = True
def be_stubborn():
    for it in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(it, signal.SIG_IGN)
    signal.alarm(20)
    os.setsid()
if os.fork(): signal.pause()
be_stubborn()
while True:
    try:
        if os.fork() == 0: be_stubborn()
    except OSError:
        if full: os.write(1, b'full\\n'); full = False
";

// covers: S1.77
#[test]
fn a_storm_that_ignores_everything_is_ended_by_a_kernel_beside_it() {
    check_with(
        |launch| launch.processes_max = Some(200),
        |cell| {
            if cell.limits.starts_with("cgroup") {
                let own = std::fs::read_to_string(format!("/proc/{}/cgroup", cell.pid)).unwrap();
                assert!(!own.contains("/session"), "{own}");
                let program = cell.sh("cat /proc/self/cgroup");
                assert!(program.lines().any(|it| it.ends_with("/session")), "{program}");
            }
            std::fs::write(cell.directory.path().join("workspace/storm.py"), STORM).unwrap();
            let (_, line) = cell.start_sh("exec nice -n 5 /usr/bin/python3 /workspace/storm.py");
            assert_eq!(line, "full");
            assert!(100 < cell.count());
            let began = std::time::Instant::now();
            assert!(cell.terminate_all(0), "KILL was needed");
            eprintln!("the storm was over after {:?}", began.elapsed());
            assert_eq!(cell.count(), 0);
            assert_eq!(cell.sh("echo alive"), "alive\n");
        },
    );
}

// covers: S1.77
#[test]
fn what_forks_all_the_time_is_killed_alone_and_the_others_are_as_they_were() {
    check_with(
        |launch| launch.processes_max = Some(200),
        |cell| {
            let (_, going) = cell.start_sh("sleep 1000 & echo $!; wait");
            let (_, stopped) = cell.start_sh("sleep 1000 & kill -STOP $!; echo $!; wait");
            // Under a name that nothing else here has.
            let storm = format!("open('/proc/self/comm', 'w').write('storm')\n{STORM}");
            std::fs::write(cell.directory.path().join("workspace/storm.py"), storm).unwrap();
            let (_, line) = cell.start_sh("exec nice -n 5 /usr/bin/python3 /workspace/storm.py");
            assert_eq!(line, "full");
            cell.kill_while_stopped("storm");
            cell.sh("while grep -qsx storm /proc/[0-9]*/comm; do :; done");
            let state =
                |cell: &mut Cell, pid: &str| cell.sh(&format!("cut -d' ' -f3 /proc/{pid}/stat"));
            assert_ne!(state(cell, &going), "T\n");
            assert_eq!(state(cell, &stopped), "T\n", "it was before");
        },
    );
}

#[test]
fn cores_are_not_dumped_and_open_files_are_bounded() {
    check_with(|_| {}, |cell| assert_eq!(cell.sh("ulimit -c; ulimit -n"), "0\n1024\n"));
}
