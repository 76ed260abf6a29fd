//! Scripts of events, and what the machine makes of them.

use super::Event::{Died, Ended, Failed, Started, Stop, Wanted};
use super::*;
use expect_test::{Expect, expect};
use std::fmt::Write;

/// Runs a script from `Asleep`; every event comes ten seconds after the one before.
fn check(script: &[Event], expected: &Expect) {
    let start = Instant::now();
    let mut state = State::Asleep;
    let mut text = String::new();
    for (number, event) in script.iter().enumerate() {
        let seconds = 10 * u64::try_from(number).unwrap();
        let (next, effect) = state.step(start + Duration::from_secs(seconds), *event);
        state = next;
        let name = match state {
            State::Awake { recovered, .. } => format!("Awake {{ recovered: {recovered} }}"),
            other @ (State::Asleep | State::Starting { .. } | State::Ending { .. }) => {
                format!("{other:?}")
            }
        };
        write!(text, "{event:?} -> {name}").unwrap();
        match effect {
            Some(effect) => writeln!(text, " + {effect:?}").unwrap(),
            None => writeln!(text).unwrap(),
        }
    }
    expected.assert_eq(&text);
}

#[test]
fn many_who_want_a_kernel_get_one() {
    check(
        &[Wanted, Wanted, Started, Wanted],
        &expect![[r"
            Wanted -> Starting { recovering: false, stop: false } + Start
            Wanted -> Starting { recovering: false, stop: false }
            Started -> Awake { recovered: false }
            Wanted -> Awake { recovered: false }
        "]],
    );
}

#[test]
fn a_start_that_fails_may_be_tried_again() {
    check(
        &[Wanted, Failed, Wanted],
        &expect![[r"
            Wanted -> Starting { recovering: false, stop: false } + Start
            Failed -> Asleep
            Wanted -> Starting { recovering: false, stop: false } + Start
        "]],
    );
}

#[test]
fn a_stop_during_the_start_ends_what_was_started() {
    check(
        &[Wanted, Stop, Started, Stop, Ended],
        &expect![[r"
            Wanted -> Starting { recovering: false, stop: false } + Start
            Stop -> Starting { recovering: false, stop: true }
            Started -> Ending { next: Sleep } + End
            Stop -> Ending { next: Sleep }
            Ended -> Asleep
        "]],
    );
}

#[test]
fn a_kernel_that_is_wanted_while_it_ends_comes_back() {
    check(
        &[Wanted, Started, Stop, Wanted, Ended],
        &expect![[r"
            Wanted -> Starting { recovering: false, stop: false } + Start
            Started -> Awake { recovered: false }
            Stop -> Ending { next: Sleep } + End
            Wanted -> Ending { next: Start { recovering: false } }
            Ended -> Starting { recovering: false, stop: false } + Start
        "]],
    );
}

#[test]
fn a_kernel_that_died_comes_back_once_to_tell_and_not_for_ever() {
    let died = Died { idle: false };
    check(
        &[Wanted, Started, died, Ended, Started, died, Ended, Wanted],
        &expect![[r"
            Wanted -> Starting { recovering: false, stop: false } + Start
            Started -> Awake { recovered: false }
            Died { idle: false } -> Ending { next: Start { recovering: true } } + TidyAndTell
            Ended -> Starting { recovering: true, stop: false } + Start
            Started -> Awake { recovered: true }
            Died { idle: false } -> Ending { next: Sleep } + TidyAndTell
            Ended -> Asleep
            Wanted -> Starting { recovering: false, stop: false } + Start
        "]],
    );
}

#[test]
fn a_kernel_with_nothing_to_do_goes_quietly() {
    check(
        &[Wanted, Started, Died { idle: true }, Ended],
        &expect![[r"
            Wanted -> Starting { recovering: false, stop: false } + Start
            Started -> Awake { recovered: false }
            Died { idle: true } -> Ending { next: Sleep } + Tidy
            Ended -> Asleep
        "]],
    );
}

#[test]
fn events_that_mean_nothing_change_nothing() {
    check(
        &[Ended, Started, Failed, Stop, Died { idle: false }],
        &expect![[r"
            Ended -> Asleep
            Started -> Asleep
            Failed -> Asleep
            Stop -> Asleep
            Died { idle: false } -> Asleep
        "]],
    );
}
