//! What follows from what, for the dev server.

use super::*;
use expect_test::{Expect, expect};
use std::fmt::Write;

enum Step {
    Do(Event),
    /// Seconds pass; the deadline is met when it is due.
    Pass(u64),
}
use Step::{Do, Pass};

const CODE_1: Exit = Exit { code: Some(1), signal: None };
const CODE_0: Exit = Exit { code: Some(0), signal: None };

fn exited(exit: Exit) -> Step {
    Do(Event::Exited { exit, retry: true })
}

/// Writes states without their instants.
fn check(steps: Vec<Step>, expected: &Expect) {
    let mut now = Instant::now();
    let mut state = State::Stopped;
    let mut out = String::new();
    for step in steps {
        let (word, event) = match step {
            Do(event) => (format!("{event:?}"), event),
            Pass(seconds) => {
                now += Duration::from_secs(seconds);
                (format!("{seconds} s"), Event::Deadline)
            }
        };
        let (next, effect) = state.step(now, event);
        let effect = effect.map(|it| format!(" + {it:?}")).unwrap_or_default();
        writeln!(out, "{word} -> {}{effect}", show(&next)).unwrap();
        state = next;
    }
    expected.assert_eq(&out);
}

fn show(state: &State) -> String {
    match state {
        State::Starting { phase, patience, tries } => {
            let slow = if patience.is_none() { ", no deadline" } else { "" };
            format!("Starting({phase:?}, restarts {}{slow})", tries.restarts)
        }
        State::Ready { port, .. } => format!("Ready({port})"),
        State::Stopping { again, .. } => format!("Stopping(again: {again})"),
        State::Waiting { tries, .. } => format!("Waiting(failures {})", tries.failures),
        State::Failed { failure, .. } => format!("Failed: {}", failure.sentence()),
        State::Stopped => "Stopped".to_owned(),
        State::NothingToRun { reason } => format!("NothingToRun: {reason}"),
    }
}

// covers: S1.38
#[test]
fn it_installs_launches_listens_and_is_stopped() {
    check(
        vec![
            Do(Event::Start),
            Do(Event::Start),
            Do(Event::Phase(DevServerPhase::Installing)),
            Pass(600),
            Do(Event::Phase(DevServerPhase::Launching)),
            Do(Event::PortOpen { port: 5173 }),
            Do(Event::Stop),
            exited(CODE_1),
        ],
        &expect![[r"
            Start -> Starting(Launching, restarts 0) + Launch
            Start -> Starting(Launching, restarts 0)
            Phase(Installing) -> Starting(Installing, restarts 0, no deadline)
            600 s -> Starting(Installing, restarts 0, no deadline)
            Phase(Launching) -> Starting(Launching, restarts 0)
            PortOpen { port: 5173 } -> Ready(5173)
            Stop -> Stopping(again: false) + Terminate
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Stopped
        "]],
    );
}

#[test]
fn a_crash_is_tried_again_with_growing_delays_and_then_given_up() {
    check(
        vec![
            Do(Event::Start),
            exited(CODE_1),
            Pass(1),
            exited(CODE_1),
            Pass(1),
            Pass(1),
            exited(CODE_1),
            Pass(4),
            exited(CODE_1),
            Pass(8),
            exited(CODE_1),
            Pass(16),
            exited(CODE_1),
            Do(Event::Start),
        ],
        &expect![[r"
            Start -> Starting(Launching, restarts 0) + Launch
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Waiting(failures 1)
            1 s -> Starting(Launching, restarts 1) + Launch
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Waiting(failures 2)
            1 s -> Waiting(failures 2)
            1 s -> Starting(Launching, restarts 2) + Launch
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Waiting(failures 3)
            4 s -> Starting(Launching, restarts 3) + Launch
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Waiting(failures 4)
            8 s -> Starting(Launching, restarts 4) + Launch
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Waiting(failures 5)
            16 s -> Starting(Launching, restarts 5) + Launch
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Failed: The command ended with exit code 1.
            Start -> Starting(Launching, restarts 0) + Launch
        "]],
    );
}

#[test]
fn a_stable_server_is_forgiven_its_earlier_failures() {
    check(
        vec![
            Do(Event::Start),
            exited(CODE_1),
            Pass(1),
            exited(CODE_1),
            Pass(2),
            Do(Event::PortOpen { port: 3000 }),
            Pass(11),
            exited(Exit { code: None, signal: Some(9) }),
        ],
        &expect![[r"
            Start -> Starting(Launching, restarts 0) + Launch
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Waiting(failures 1)
            1 s -> Starting(Launching, restarts 1) + Launch
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Waiting(failures 2)
            2 s -> Starting(Launching, restarts 2) + Launch
            PortOpen { port: 3000 } -> Ready(3000)
            11 s -> Ready(3000)
            Exited { exit: Exit { code: None, signal: Some(9) }, retry: true } -> Waiting(failures 1)
        "]],
    );
}

#[test]
fn an_end_without_error_and_a_failed_install_are_not_tried_again() {
    check(
        vec![
            Do(Event::Start),
            exited(CODE_0),
            Do(Event::Restart),
            Do(Event::Phase(DevServerPhase::Installing)),
            exited(CODE_1),
            Do(Event::Start),
            Do(Event::LaunchFailed { reason: "Unclear.".to_owned() }),
            Do(Event::Stop),
        ],
        &expect![[r#"
            Start -> Starting(Launching, restarts 0) + Launch
            Exited { exit: Exit { code: Some(0), signal: None }, retry: true } -> Failed: The command ended without an error, so nothing serves the preview.
            Restart -> Starting(Launching, restarts 0) + Launch
            Phase(Installing) -> Starting(Installing, restarts 0, no deadline)
            Exited { exit: Exit { code: Some(1), signal: None }, retry: true } -> Failed: Installing the dependencies failed: it ended with exit code 1.
            Start -> Starting(Launching, restarts 0) + Launch
            LaunchFailed { reason: "Unclear." } -> Failed: Unclear.
            Stop -> Stopped
        "#]],
    );
}

#[test]
fn having_nothing_to_run_is_no_failure_and_can_be_tried_again() {
    let nothing = || Do(Event::NothingToRun { reason: "Add an app.".to_owned() });
    check(
        vec![Do(Event::Start), nothing(), Do(Event::Start), nothing(), Do(Event::Stop)],
        &expect![[r#"
            Start -> Starting(Launching, restarts 0) + Launch
            NothingToRun { reason: "Add an app." } -> NothingToRun: Add an app.
            Start -> Starting(Launching, restarts 0) + Launch
            NothingToRun { reason: "Add an app." } -> NothingToRun: Add an app.
            Stop -> Stopped
        "#]],
    );
}

#[test]
fn a_server_that_ignores_terminate_is_killed_and_one_that_never_listens_is_not() {
    check(
        vec![
            Do(Event::Start),
            Pass(61),
            Pass(600),
            Do(Event::Stop),
            Pass(1),
            Pass(1),
            Pass(60),
            exited(Exit { code: None, signal: Some(9) }),
        ],
        &expect![[r"
            Start -> Starting(Launching, restarts 0) + Launch
            61 s -> Starting(Launching, restarts 0, no deadline)
            600 s -> Starting(Launching, restarts 0, no deadline)
            Stop -> Stopping(again: false) + Terminate
            1 s -> Stopping(again: false)
            1 s -> Stopping(again: false) + Kill
            60 s -> Stopping(again: false)
            Exited { exit: Exit { code: None, signal: Some(9) }, retry: true } -> Stopped
        "]],
    );
}

// covers: S1.34
#[test]
fn a_restart_starts_after_the_end_and_a_stop_meanwhile_wins() {
    check(
        vec![
            Do(Event::Start),
            Do(Event::PortOpen { port: 80 }),
            Do(Event::PortClosed),
            Do(Event::PortOpen { port: 81 }),
            Do(Event::PortOpen { port: 82 }),
            Do(Event::Restart),
            exited(CODE_0),
            Do(Event::Restart),
            Do(Event::Stop),
            Do(Event::Start),
            Do(Event::Stop),
            exited(CODE_0),
        ],
        &expect![[r"
            Start -> Starting(Launching, restarts 0) + Launch
            PortOpen { port: 80 } -> Ready(80)
            PortClosed -> Starting(Launching, restarts 0)
            PortOpen { port: 81 } -> Ready(81)
            PortOpen { port: 82 } -> Ready(82)
            Restart -> Stopping(again: true) + Terminate
            Exited { exit: Exit { code: Some(0), signal: None }, retry: true } -> Starting(Launching, restarts 0) + Launch
            Restart -> Stopping(again: true) + Terminate
            Stop -> Stopping(again: false)
            Start -> Stopping(again: true)
            Stop -> Stopping(again: false)
            Exited { exit: Exit { code: Some(0), signal: None }, retry: true } -> Stopped
        "]],
    );
}
