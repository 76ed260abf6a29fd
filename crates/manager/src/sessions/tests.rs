//! Scripts of what happens, and what the sessions say then.

use super::*;
use expect_test::{Expect, expect};
use protocol::state::{
    Build, Capabilities, DevServer, Disk, FileWatch, Preview, SessionStatus, Setup,
};
use std::fmt::Write;

/// A lease in every script.
const LEASE: Duration = Duration::from_secs(60);
const ID: &str = "mgr-1";

/// What happens; a step of ten seconds lies before each.
#[derive(Clone, Debug)]
enum Step {
    Begin,
    Began(u64),
    See(SessionStatus, u64),
    Asleep,
    Unreachable,
    Renew,
    Tick,
    Oblige(Duty),
    Fulfil,
    Stopped,
    Restart,
}
use SessionStatus::{Crashed, Running, Stopping};
use Step::{Asleep, Began, Begin, Fulfil, Oblige, Renew, Restart, See, Stopped, Tick, Unreachable};

fn state(status: SessionStatus, generation: u64) -> RuntimeState {
    RuntimeState {
        workspace_id: workspace(),
        session_id: None,
        generation,
        started_at_ms: None,
        started_by: None,
        revision: 1,
        updated_at_ms: 0,
        status,
        reason: (status == Crashed).then(|| "killed".to_owned()),
        setup: Setup::default(),
        dev_server: DevServer::default(),
        build: Build::default(),
        preview: Preview::default(),
        ports: Vec::new(),
        terminals: Vec::new(),
        file_watch: FileWatch::default(),
        capabilities: Capabilities::default(),
        disk: Disk::default(),
    }
}

fn workspace() -> WorkspaceId {
    WorkspaceId::from_random(1)
}

fn wanted() -> Wanted {
    Wanted {
        id: ID.to_owned(),
        workspace: "demo".to_owned(),
        workspace_id: workspace(),
        leased_by: "ann".to_owned(),
        is_fresh: true,
    }
}

/// Runs a script; the kernel was at generation 0 before it.
fn check(script: &[Step], expected: &Expect) {
    let start = Instant::now();
    let mut sessions = Sessions::restore(LEASE, Vec::new(), start);
    let mut text = String::new();
    for (number, step) in (1..).zip(script) {
        let moment =
            Moment { now: start + Duration::from_secs(10) * number, wall_ms: number.into() };
        match step.clone() {
            Begin => {
                sessions.begin(moment, wanted());
                sessions.begins_after(ID, 0);
            }
            Began(generation) => sessions.began(moment, ID, &state(Running, generation)),
            See(status, generation) => {
                sessions.see(moment, ID, &Seen::Kernel(Box::new(state(status, generation))));
            }
            Asleep => sessions.see(moment, ID, &Seen::Asleep),
            Unreachable => sessions.see(moment, ID, &Seen::Unreachable),
            Renew => sessions.renew(moment.now, ID),
            Tick => sessions.tick(moment),
            Oblige(duty) => sessions.oblige(moment, ID, duty, "because"),
            Fulfil => sessions.fulfil(ID),
            Stopped => sessions.stopped(moment, ID),
            Restart => {
                // What is written down, and nothing else, is there again.
                let text = serde_json::to_vec(&sessions.all().collect::<Vec<_>>()).unwrap();
                let kept = serde_json::from_slice(&text).unwrap();
                sessions = Sessions::restore(LEASE, kept, moment.now);
            }
        }
        match sessions.get(ID) {
            None => writeln!(text, "{step:?} -> (none)").unwrap(),
            Some(it) => {
                let why = it.last_error.as_deref().unwrap_or("-");
                let duty = it.duty.map_or(String::new(), |it| format!(" + {it:?}"));
                let live = if sessions.live(&workspace()).is_some() { "" } else { ", not live" };
                writeln!(text, "{step:?} -> {:?} ({why}){live}{duty}", it.state).unwrap();
            }
        }
    }
    expected.assert_eq(&text);
}

// covers: S0.90
#[test]
fn what_was_done_since_counts_more_than_what_a_machine_told() {
    let moment = Moment { now: Instant::now(), wall_ms: 1 };
    let mut sessions = Sessions::restore(LEASE, Vec::new(), moment.now);
    let runs = |sessions: &Sessions, told| sessions.runs(&workspace(), told);
    assert_eq!(runs(&sessions, 1), None, "nothing was done here");
    sessions.begin(moment, wanted());
    sessions.begins_after(ID, 4);
    assert_eq!(runs(&sessions, 4), None, "nothing runs yet");
    sessions.began(moment, ID, &state(Running, 5));
    assert_eq!([4, 5, 6].map(|it| runs(&sessions, it)), [Some(true), None, None]);
    sessions.stopped(moment, ID);
    assert_eq!([4, 5, 6].map(|it| runs(&sessions, it)), [Some(false), Some(false), None]);

    // What somebody else had started goes on after the lease.
    sessions.begin(moment, wanted());
    sessions.begins_after(ID, 6);
    sessions.began(moment, ID, &state(Running, 6));
    sessions.tick(Moment { now: moment.now + LEASE, ..moment });
    assert_eq!(sessions.get(ID).unwrap().state, LeaseState::Stopped);
    assert_eq!(runs(&sessions, 6), None);
}

// covers: S0.14, S0.15, S0.16
#[test]
fn a_session_starts_runs_and_stops_and_is_dropped_a_turn_later() {
    check(
        &[Begin, Began(1), Renew, Stopped, Tick, Tick],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            Renew -> Running (-)
            Stopped -> Stopped (-), not live
            Tick -> Stopped (-), not live
            Tick -> (none)
        "]],
    );
}

#[test]
fn a_lease_that_nobody_renews_is_over_and_what_it_stands_for_ends() {
    check(
        &[Begin, Began(1), Tick, Tick, Tick, Tick, Tick, Tick, Fulfil, Tick, Tick],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
            Tick -> Stopped (Lease expired), not live + Stop
            Tick -> Stopped (Lease expired), not live + Stop
            Fulfil -> Stopped (Lease expired), not live
            Tick -> (none)
            Tick -> (none)
        "]],
    );
}

#[test]
fn whoever_asks_renews_the_lease() {
    check(
        &[Begin, Began(1), Tick, Tick, Renew, Tick, Tick, Tick, Tick],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
            Renew -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
        "]],
    );
}

// covers: S0.20
#[test]
fn a_session_is_never_more_than_what_was_seen() {
    check(
        &[Begin, Began(1), See(Crashed, 1), Tick, Tick],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            See(Crashed, 1) -> Error (killed), not live
            Tick -> Error (killed), not live
            Tick -> (none)
        "]],
    );
    check(
        &[Begin, Began(1), Asleep],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            Asleep -> Error (what ran in the session is gone: its kernel ended), not live
        "]],
    );
    check(
        &[Begin, Began(1), See(Stopping, 1), Asleep],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            See(Stopping, 1) -> Stopping (-)
            Asleep -> Stopped (-), not live
        "]],
    );
}

#[test]
fn a_machine_that_does_not_answer_may_come_back_and_is_not_forgotten() {
    check(
        &[Begin, Began(1), Unreachable, Tick, Unreachable, Tick, See(Running, 1)],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            Unreachable -> Error (Runtime worker heartbeat failed)
            Tick -> Error (Runtime worker heartbeat failed)
            Unreachable -> Error (Runtime worker heartbeat failed)
            Tick -> Error (Runtime worker heartbeat failed)
            See(Running, 1) -> Running (-)
        "]],
    );
    check(
        &[Begin, Began(1), Unreachable, Restart, Tick, See(Running, 1)],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            Unreachable -> Error (Runtime worker heartbeat failed)
            Restart -> Error (Runtime worker heartbeat failed)
            Tick -> Error (Runtime worker heartbeat failed)
            See(Running, 1) -> Running (-)
        "]],
    );
}

// covers: S0.12
#[test]
fn a_session_outlives_its_manager_and_a_start_that_was_under_way_is_looked_into() {
    check(
        &[Begin, Began(1), Restart, See(Running, 1), Tick],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            Restart -> Running (-)
            See(Running, 1) -> Running (-)
            Tick -> Running (-)
        "]],
    );
    check(
        &[Begin, Restart, Tick, Oblige(Duty::Undo), Restart, Fulfil],
        &expect![[r"
            Begin -> Starting (-)
            Restart -> Starting (-), not live + Recover
            Tick -> Starting (-), not live + Recover
            Oblige(Undo) -> Error (because), not live + Undo
            Restart -> Error (because), not live + Undo
            Fulfil -> (none)
        "]],
    );
    check(
        &[Begin, Restart, Began(1)],
        &expect![[r"
            Begin -> Starting (-)
            Restart -> Starting (-), not live + Recover
            Began(1) -> Running (-)
        "]],
    );
}

#[test]
fn a_session_does_not_answer_for_another_generation() {
    check(
        &[Begin, Began(1), See(Running, 2)],
        &expect![[r"
            Begin -> Starting (-)
            Began(1) -> Running (-)
            See(Running, 2) -> Stopped (another session was started in the workspace), not live
        "]],
    );
}

#[test]
fn a_lease_on_what_ran_before_ends_without_ending_it() {
    check(
        &[Begin, Began(0), Tick, Tick, Tick, Tick, Tick, Tick],
        &expect![[r"
            Begin -> Starting (-)
            Began(0) -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
            Tick -> Running (-)
            Tick -> Stopped (Lease expired), not live
            Tick -> (none)
        "]],
    );
}

/// A number of random scripts: what must hold whatever happens.
#[test]
fn there_is_at_most_one_live_session_and_duties_are_never_forgotten() {
    for seed in 0..2_000 {
        let mut noise = stdx::noise::Noise::new(seed);
        let start = Instant::now();
        let mut sessions = Sessions::restore(LEASE, Vec::new(), start);
        let mut owed: BTreeMap<String, Duty> = BTreeMap::new();
        for number in 1..60_u32 {
            let wall_ms = number.into();
            let moment = Moment { now: start + Duration::from_secs(7) * number, wall_ms };
            let id = format!("mgr-{}", noise.below(3));
            match noise.below(9) {
                0 if sessions.live(&workspace()).is_none() && sessions.duties(None).is_empty() => {
                    sessions.begin(moment, Wanted { id: id.clone(), ..wanted() });
                    sessions.begins_after(&id, 0);
                    sessions.began(moment, &id, &state(Running, 1));
                }
                1 => sessions.see(moment, &id, &Seen::Unreachable),
                2 => sessions.see(moment, &id, &Seen::Asleep),
                3 => sessions.renew(moment.now, &id),
                4 => sessions.see(moment, &id, &Seen::Kernel(Box::new(state(Running, 1)))),
                5 => {
                    sessions.fulfil(&id);
                    owed.remove(&id);
                }
                6 => {
                    let kept = sessions.all().cloned().collect();
                    sessions = Sessions::restore(LEASE, kept, moment.now);
                }
                _ => sessions.tick(moment),
            }
            for session in sessions.duties(None) {
                owed.insert(session.id.clone(), session.duty.unwrap());
            }
            let live = sessions.all().filter(|it| it.is_live() && it.duty.is_none()).count();
            assert!(live <= 1, "seed {seed}");
            for id in owed.keys() {
                assert!(sessions.get(id).is_some_and(|it| it.duty.is_some()), "seed {seed}: {id}");
            }
        }
    }
}
