//! Two servers on one PostgreSQL, one of which is killed.

use crate::world::{World, command};
use std::sync::atomic::{AtomicBool, Ordering};

/// A database of its own on the PostgreSQL that `cargo xtask test` started.
pub(crate) fn postgres(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "how the test command tells what it started")]
    let server = std::env::var("STEAD_TEST_POSTGRES").ok();
    let server = server.unwrap_or_else(|| {
        panic!(
            "this test needs a PostgreSQL: `cargo xtask test NAME` starts one; or set \
             STEAD_TEST_POSTGRES to the address of one that may be filled with rubbish"
        )
    });
    for statement in
        [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")]
    {
        let mut psql = command("psql");
        psql.args(["-q", "-d", &format!("{server}/postgres"), "-c", &statement]);
        assert!(psql.status().unwrap().success(), "{statement}");
    }
    format!("{server}/{name}")
}

// covers: S0.12, S0.53
#[test]
fn a_server_is_killed_while_both_write_and_the_other_goes_on() {
    let url = postgres("stead_cluster");
    let mut killed = World::start(&["--database-url", &url]);
    let key = killed.data().join("secret.key");
    let left = World::start(&["--database-url", &url, "--secret-key-file", key.to_str().unwrap()]);
    let running = killed.running("running");
    assert_eq!(killed.run(&running, "echo kept > kept").0, 0);
    let kernel = killed.kernel_pid(&running).unwrap();

    let stopped = AtomicBool::new(false);
    let (mut made, at_killed) = std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            // One of these is cut off, with its workspace half made.
            let mut made = Vec::new();
            while !stopped.load(Ordering::Acquire) {
                let new = killed.stead(&["new", "at the killed one"]);
                if new.status.success() {
                    made.push(String::from_utf8(new.stdout).unwrap().trim().to_owned());
                }
            }
            made
        });
        let mut made = Vec::new();
        for index in 0..10 {
            if index == 5 {
                let pid = killed.server_pid();
                crate::world::signal(pid, rustix::process::Signal::KILL);
                stopped.store(true, Ordering::Release);
            }
            made.push(left.say(&["new", "here"]));
        }
        (made, busy.join().unwrap())
    });
    killed.kill();
    let listed = left.say(&["ls"]);
    assert_eq!(listed.matches("here").count(), 10, "{listed}");
    let verified = left.say(&["audit", "verify", "--database-url", &url]);
    assert!(verified.starts_with("whole: "), "{verified}");

    // What ran on the killed one runs when it is back, and both go on.
    killed.restart();
    assert_eq!(killed.kernel_pid(&running), Some(kernel));
    assert_eq!(killed.run(&running, "cat kept").1, "kept\n");
    made.push(left.say(&["new", "later"]));
    for id in made {
        left.say(&["rm", &id, "--yes"]);
    }
    for id in at_killed.into_iter().chain([running]) {
        killed.say(&["rm", &id, "--yes"]);
    }
    let verified = left.say(&["audit", "verify", "--database-url", &url]);
    assert!(verified.starts_with("whole: "), "{verified}");
}
