//! What the machine decides, one event after the other.

use super::*;

/// A worker that runs.
fn worker(status: WorkerStatus) -> WorkerRecord {
    WorkerRecord {
        id: "worker-00000001".to_owned(),
        intent: WorkerIntent::Assistant { purpose: None },
        profile: ProfileSelector::RuntimeDefault,
        status,
        created_at_ms: 1,
    }
}

fn view(worker: Option<WorkerRecord>) -> View {
    View {
        status: RuntimeStatus::Running,
        last_event: 7,
        created: 9,
        running: 1,
        worker,
        transcript_length: 3,
    }
}

fn said(content: &str) -> Command {
    let content = content.to_owned();
    let (worker_id, kind) = ("worker-00000001".to_owned(), WorkerInputKind::System);
    Command::Input { worker_id, kind, content, at_ms: 5 }
}

fn stop() -> Command {
    Command::Stop { worker_id: "worker-00000001".to_owned(), at_ms: 5 }
}

fn cancel() -> Command {
    Command::Cancel { worker_id: "worker-00000001".to_owned(), at_ms: 5 }
}

fn task(objective: &str) -> Command {
    let intent = WorkerIntent::Task { objective: objective.to_owned() };
    Command::Create { intent, profile: ProfileSelector::RuntimeDefault, at_ms: 5 }
}

// covers: S4.63, S4.64
#[test]
fn the_words_of_states_are_read_back() {
    for (status, word) in [(RuntimeStatus::Running, "running"), (RuntimeStatus::Stopped, "stopped")]
    {
        assert_eq!((status.as_str(), RuntimeStatus::parse(word)), (word, Some(status)));
    }
    for (status, word) in [
        (WorkerStatus::Running, "running"),
        (WorkerStatus::Stopped, "stopped"),
        (WorkerStatus::Cancelled, "cancelled"),
    ] {
        assert_eq!((status.as_str(), WorkerStatus::parse(word)), (word, Some(status)));
    }
    assert_eq!((RuntimeStatus::parse("paused"), WorkerStatus::parse("")), (None, None));
}

#[test]
fn workers_are_numbered_and_events_follow_each_other() {
    assert_eq!(started(5).event_id, 1);
    assert_eq!(started(5).kind, WorkerEventKind::RuntimeStarted);
    let made = decide(&view(None), &task("something")).unwrap();
    assert_eq!(made.worker.unwrap().id, "worker-0000000a");
    let event = made.event.unwrap();
    assert_eq!((event.event_id, event.kind), (8, WorkerEventKind::WorkerCreated));
    assert_eq!(event.worker_id.as_deref(), Some("worker-0000000a"));
}

#[test]
fn an_input_is_the_next_item_and_the_next_event() {
    let applied = decide(&view(Some(worker(WorkerStatus::Running))), &said("hello")).unwrap();
    let item = applied.item.unwrap();
    assert_eq!((item.sequence, item.event_id, &*item.role), (4, 8, "system"));
    let event = applied.event.unwrap();
    assert_eq!((event.event_id, event.transcript_sequence), (8, Some(4)));
}

#[test]
fn stopping_and_cancelling_twice_is_doing_it_once() {
    for (command, ended) in [(stop(), WorkerStatus::Stopped), (cancel(), WorkerStatus::Cancelled)] {
        let first = decide(&view(Some(worker(WorkerStatus::Running))), &command).unwrap();
        assert_eq!(first.worker.unwrap().status, ended);
        assert!(first.event.is_some());
        for before in [WorkerStatus::Stopped, WorkerStatus::Cancelled] {
            let again = decide(&view(Some(worker(before))), &command).unwrap();
            assert_eq!((again.worker.unwrap().status, again.event), (before, None));
        }
    }
    let runtime = Command::StopRuntime { at_ms: 5 };
    let first = decide(&view(None), &runtime).unwrap();
    assert_eq!(first.status, Some(RuntimeStatus::Stopped));
    let stopped = View { status: RuntimeStatus::Stopped, ..view(None) };
    assert_eq!(decide(&stopped, &runtime), Ok(Applied::default()));
}

#[test]
fn what_cannot_be_done_is_refused_with_its_reason() {
    let running = || view(Some(worker(WorkerStatus::Running)));
    for blank in ["", " \n\t"] {
        assert!(matches!(decide(&running(), &said(blank)), Err(EmbeddedError::InvalidRequest(_))));
        assert!(matches!(decide(&running(), &task(blank)), Err(EmbeddedError::InvalidRequest(_))));
    }
    let long = "x".repeat(CONTENT_BYTES_MAX + 1);
    let too_long = EmbeddedError::LimitTooLarge {
        requested: CONTENT_BYTES_MAX + 1,
        maximum: CONTENT_BYTES_MAX,
    };
    assert_eq!(decide(&running(), &said(&long)), Err(too_long));
    let full = View { transcript_length: TRANSCRIPT_LENGTH_MAX, ..running() };
    assert!(matches!(decide(&full, &said("x")), Err(EmbeddedError::LimitTooLarge { .. })));
    let crowded = View { running: RUNNING_WORKERS_MAX, ..running() };
    assert!(matches!(decide(&crowded, &task("x")), Err(EmbeddedError::LimitTooLarge { .. })));
    for command in [said("x"), stop(), cancel()] {
        assert_eq!(decide(&view(None), &command), Err(EmbeddedError::WorkerNotFound));
        let stopped = View { status: RuntimeStatus::Stopped, ..running() };
        assert_eq!(decide(&stopped, &command), Err(EmbeddedError::RuntimeStopped));
    }
    for status in [WorkerStatus::Stopped, WorkerStatus::Cancelled] {
        let ended = view(Some(worker(status)));
        assert_eq!(decide(&ended, &said("x")), Err(EmbeddedError::WorkerStopped));
    }
}

// covers: S4.36, S4.37, S4.38, S4.39, S4.40, S4.41, S4.42
#[test]
fn each_reason_has_its_code_and_tells_nothing_of_the_inside() {
    use protocol::registry::DiagnosticSeverity::{Error, Warning};
    let inside = || "/var/lib/secret.db: inside".to_owned();
    for (error, code, severity) in [
        (EmbeddedError::RuntimeStopped, "embedded_runtime_stopped", Warning),
        (EmbeddedError::WrongRuntime, "embedded_runtime_wrong_identity", Warning),
        (EmbeddedError::WrongRuntimeCursor, "embedded_runtime_wrong_identity", Warning),
        (EmbeddedError::WorkerNotFound, "embedded_worker_not_found", Warning),
        (
            EmbeddedError::LimitTooLarge { requested: 300, maximum: 256 },
            "embedded_runtime_limit_too_large",
            Warning,
        ),
        (EmbeddedError::InvalidRequest(inside()), "embedded_runtime_invalid_request", Warning),
        (EmbeddedError::StoreIo(inside()), "embedded_runtime_store_error", Error),
        (EmbeddedError::StoreMissing(inside()), "embedded_runtime_store_error", Error),
        (EmbeddedError::StoreCorrupt(inside()), "embedded_runtime_store_error", Error),
        (EmbeddedError::StatePoisoned, "embedded_runtime_state_unavailable", Error),
    ] {
        let told = error.diagnostic();
        assert_eq!((&*told.code, told.severity), (code, severity));
        assert!(!told.message.contains("inside") && !told.message.contains('/'));
    }
    let limit = EmbeddedError::LimitTooLarge { requested: 300, maximum: 256 }.diagnostic();
    assert!(limit.message.contains("300") && limit.message.contains("256"));
}

// covers: S4.66, S4.67, S4.132, S4.133
#[test]
fn an_intent_becomes_a_role_a_purpose_and_a_profile() {
    let made = |intent: &WorkerSpawnIntent| match Command::create(intent, 5) {
        Command::Create { intent: WorkerIntent::Role { role, purpose }, profile, .. } => {
            (role, purpose.unwrap(), profile)
        }
        other => panic!("{other:?}"),
    };
    let expect =
        |role: &str, purpose: &str, profile| (role.to_owned(), purpose.to_owned(), profile);
    assert_eq!(
        made(&WorkerSpawnIntent::WorkspaceCompanion {}),
        expect(
            "workspace_companion",
            "workspace backend internal companion",
            ProfileSelector::RuntimeDefault
        )
    );
    assert_eq!(
        made(&WorkerSpawnIntent::WorkspaceOrchestrator {}),
        expect(
            "workspace_orchestrator",
            "workspace backend internal orchestration",
            ProfileSelector::RuntimeDefault
        )
    );
    for (role, word) in [
        (TicketWorkerRole::Intake, "intake"),
        (TicketWorkerRole::Orchestrator, "orchestrator"),
        (TicketWorkerRole::Coder, "coder"),
        (TicketWorkerRole::Reviewer, "reviewer"),
    ] {
        let intent = WorkerSpawnIntent::TicketRole { ticket_id: "T-7".to_owned(), role };
        let profile = ProfileSelector::Builtin(format!("builtin:{word}"));
        assert_eq!(made(&intent), expect(word, "ticket T-7", profile));
    }
}
