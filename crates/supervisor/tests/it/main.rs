//! The supervisor from outside: what a hostile program in a sandbox may try, limits, terminals,
//! process trees. Everything runs twice, started by root and by an ordinary user.

mod cell;

use cell::{Cell, check};

#[test]
fn a_program_runs_and_its_end_is_told() {
    check(|cell| {
        let run = cell.run("sh", &["-c", "echo out; echo err >&2; pwd; id -un; hostname; exit 7"]);
        assert_eq!(run.stdout, "out\n/workspace\ndev\ninmate\n");
        assert_eq!((run.stderr.as_str(), run.code), ("err\n", Some(7)));
    });
}
