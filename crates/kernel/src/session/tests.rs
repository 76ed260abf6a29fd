//! Every order in which people and processes can act on a session has one outcome.

use super::*;
use expect_test::{Expect, expect};
use std::fmt::Write;

const START: Event = Event::Request(Request::Start { dev_server: true });
const RUN: Event = Event::Request(Request::Run { dev_server: true });
const STOP: Event = Event::Request(Request::Stop);
const RESTART: Event = Event::Request(Request::Restart { dev_server: true });

fn check(events: &[Event], expected: &Expect) {
    let mut state = State::Idle;
    let mut out = String::new();
    for event in events {
        if let Event::Request(request) = event
            && let Err(refusal) = state.judge(*request)
        {
            writeln!(out, "{event:?} refused: {refusal}").unwrap();
            continue;
        }
        let (next, effect) = state.step(event.clone());
        let effect = effect.map(|it| format!(" + {it:?}")).unwrap_or_default();
        writeln!(out, "{event:?} -> {next:?}{effect}").unwrap();
        state = next;
    }
    expected.assert_eq(&out);
}

// covers: S1.8
#[test]
fn a_session_starts_runs_and_stops() {
    check(
        &[START, Event::Opened, STOP, Event::Closed],
        &expect![[r"
        Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
        Opened -> Running + Begin { dev_server: true }
        Request(Stop) -> Stopping { again: None } + Close
        Closed -> Stopped
    "]],
    );
}

// covers: S1.48, S1.52
#[test]
fn starting_twice_is_starting_once_and_running_twice_is_refused() {
    check(
        &[START, START, RUN, Event::Opened, START, RUN],
        &expect![[r"
        Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
        Request(Start { dev_server: true }) -> Starting { dev_server: true }
        Request(Run { dev_server: true }) refused: a session is running already; the state says which
        Opened -> Running + Begin { dev_server: true }
        Request(Start { dev_server: true }) -> Running
        Request(Run { dev_server: true }) refused: a session is running already; the state says which
    "]],
    );
}

#[test]
fn a_start_while_stopping_is_refused_and_stopping_twice_is_stopping_once() {
    check(
        &[START, Event::Opened, STOP, START, RUN, STOP, Event::Closed, STOP],
        &expect![[r"
        Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
        Opened -> Running + Begin { dev_server: true }
        Request(Stop) -> Stopping { again: None } + Close
        Request(Start { dev_server: true }) refused: the session is being stopped; try again when it has stopped
        Request(Run { dev_server: true }) refused: the session is being stopped; try again when it has stopped
        Request(Stop) -> Stopping { again: None }
        Closed -> Stopped
        Request(Stop) refused: no session is running; start one first
    "]],
    );
}

#[test]
fn a_stop_cancels_the_start_and_a_late_opening_means_nothing() {
    check(
        &[START, STOP, Event::Opened, Event::Closed],
        &expect![[r"
        Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
        Request(Stop) -> Stopping { again: None } + Close
        Opened -> Stopping { again: None }
        Closed -> Stopped
    "]],
    );
}

#[test]
fn a_stop_during_a_restart_wins() {
    check(
        &[START, Event::Opened, RESTART, RESTART, STOP, Event::Closed],
        &expect![[r"
        Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
        Opened -> Running + Begin { dev_server: true }
        Request(Restart { dev_server: true }) -> Stopping { again: Some(Again { dev_server: true }) } + Close
        Request(Restart { dev_server: true }) refused: the session is being stopped; try again when it has stopped
        Request(Stop) -> Stopping { again: None }
        Closed -> Stopped
    "]],
    );
}

// covers: S1.78
#[test]
fn a_restart_is_a_stop_and_a_clean_start() {
    check(
        &[RESTART, Event::Opened, RESTART, Event::Closed, Event::Opened],
        &expect![[r"
        Request(Restart { dev_server: true }) -> Starting { dev_server: true } + Open
        Opened -> Running + Begin { dev_server: true }
        Request(Restart { dev_server: true }) -> Stopping { again: Some(Again { dev_server: true }) } + Close
        Closed -> Starting { dev_server: true } + Open
        Opened -> Running + Begin { dev_server: true }
    "]],
    );
}

#[test]
fn what_cannot_be_opened_or_closed_is_crashed_and_can_be_started_again() {
    let failed = |reason: &str| Event::CloseFailed { reason: reason.to_owned() };
    let broken = Event::OpenFailed { reason: "disk full".to_owned() };
    check(
        &[START, broken, START, Event::Opened, STOP, failed("2 left"), START],
        &expect![[r#"
        Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
        OpenFailed { reason: "disk full" } -> Crashed { reason: "disk full" }
        Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
        Opened -> Running + Begin { dev_server: true }
        Request(Stop) -> Stopping { again: None } + Close
        CloseFailed { reason: "2 left" } -> Crashed { reason: "2 left" }
        Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
    "#]],
    );
}

#[test]
fn a_session_that_cannot_go_on_is_closed_and_crashed_with_the_reason() {
    let fault = || Event::Fault { reason: "no room".to_owned() };
    check(
        &[
            START,
            Event::Opened,
            fault(),
            RUN,
            STOP,
            fault(),
            Event::Closed,
            START,
            RESTART,
            fault(),
        ],
        &expect![[r#"
            Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
            Opened -> Running + Begin { dev_server: true }
            Fault { reason: "no room" } -> Failing { reason: "no room" } + Close
            Request(Run { dev_server: true }) refused: the session is being stopped; try again when it has stopped
            Request(Stop) -> Failing { reason: "no room" }
            Fault { reason: "no room" } -> Failing { reason: "no room" }
            Closed -> Crashed { reason: "no room" }
            Request(Start { dev_server: true }) -> Starting { dev_server: true } + Open
            Request(Restart { dev_server: true }) -> Stopping { again: Some(Again { dev_server: true }) } + Close
            Fault { reason: "no room" } -> Stopping { again: None }
        "#]],
    );
}

/// Whatever the order of events: closing is begun exactly when the state turns to stopping, and
/// nothing is opened while something is open.
#[test]
fn no_order_of_events_opens_twice_or_leaves_something_open() {
    let fault = Event::Fault { reason: String::new() };
    let events = [START, RUN, STOP, RESTART, fault, Event::Shutdown, Event::Opened, Event::Closed];
    let mut seed: u64 = 42;
    let (mut state, mut open) = (State::Idle, false);
    for _ in 0..20_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let event = events[usize::try_from(seed >> 33).unwrap() % events.len()].clone();
        // The driver says `Closed` once for each `Close`, so only while stopping.
        if event == Event::Closed && state.status() != SessionStatus::Stopping {
            continue;
        }
        if let Event::Request(request) = event
            && state.judge(request).is_err()
        {
            continue;
        }
        let closed = event == Event::Closed;
        let (next, effect) = state.step(event);
        if closed {
            open = false;
        }
        if effect == Some(Effect::Open) {
            assert!(!open, "opened twice");
            open = true;
        }
        if next.is_down() {
            assert!(!open, "down with something open");
        }
        state = next;
    }
}
