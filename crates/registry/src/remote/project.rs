//! What a remote runtime says, cut down to what may be shown here.

use super::RemoteFailure;
use crate::diagnostic::bound;
use crate::hint::safe_display_hint;
use crate::identifier::{IdentifierKind, validate};
use protocol::registry::{
    CONTENT_BYTES_MAX, RuntimeDiagnostic, WorkerEvent, WorkerImplementationSummary,
    WorkerInputKind, WorkerOperationState, WorkerSpawnAcceptanceEvidence, WorkerSpawnResult,
    WorkerSummary, WorkerTranscriptProjection, WorkerWorkspaceSummary,
};

/// Longest message of a diagnostic, in characters.
const MESSAGE_CHARACTERS_MAX: usize = 400;
/// Most pieces of evidence.
const EVIDENCE_MAX: usize = 16;

/// A text for people.
pub(super) fn hint(text: &str) -> String {
    safe_display_hint(text)
}

/// Keeps the first diagnostics.
pub(super) fn bounded(diagnostics: &mut Vec<RuntimeDiagnostic>) {
    bound(diagnostics);
}

/// Diagnostics whose codes are codes, with messages that end.
pub(super) fn diagnostics(told: Vec<RuntimeDiagnostic>) -> Vec<RuntimeDiagnostic> {
    let is_code = |it: &RuntimeDiagnostic| validate(IdentifierKind::Runtime, &it.code).is_ok();
    let mut diagnostics: Vec<_> = told
        .into_iter()
        .filter(is_code)
        .map(|it| RuntimeDiagnostic { message: message(&it.message), ..it })
        .collect();
    bound(&mut diagnostics);
    diagnostics
}

/// A message without control characters.
fn message(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(MESSAGE_CHARACTERS_MAX).collect()
}

/// A worker under the ids of this registry.
pub(super) fn worker(
    (runtime_id, host_id): (&str, &str),
    told: WorkerSummary,
) -> Result<WorkerSummary, RemoteFailure> {
    validate(IdentifierKind::Worker, &told.worker_id).map_err(|_| RemoteFailure::Malformed)?;
    Ok(WorkerSummary {
        runtime_id: runtime_id.to_owned(),
        worker_id: told.worker_id,
        host_id: host_id.to_owned(),
        label: hint(&told.label),
        role: told.role.as_deref().map(hint),
        profile: told.profile.as_deref().map(hint),
        workspace: WorkerWorkspaceSummary {
            visibility: hint(&told.workspace.visibility),
            identity: hint(&told.workspace.identity),
        },
        state: hint(&told.state),
        status: hint(&told.status),
        last_seen_at: told.last_seen_at.as_deref().map(hint),
        implementation: WorkerImplementationSummary {
            kind: hint(&told.implementation.kind),
            display_hint: hint(&told.implementation.display_hint),
        },
        capabilities: told.capabilities,
        diagnostics: diagnostics(told.diagnostics),
    })
}

/// What became of a spawn. One that was accepted has a worker.
pub(super) fn spawned(
    ids: (&str, &str),
    told: WorkerSpawnResult,
) -> Result<WorkerSpawnResult, RemoteFailure> {
    let worker = told.worker.map(|it| worker(ids, it)).transpose()?;
    if told.state == WorkerOperationState::Accepted && worker.is_none() {
        return Err(RemoteFailure::Malformed);
    }
    let evidence = told.acceptance_evidence.into_iter().take(EVIDENCE_MAX);
    Ok(WorkerSpawnResult {
        state: told.state,
        worker,
        acceptance_evidence: evidence
            .map(|it| WorkerSpawnAcceptanceEvidence {
                kind: hint(&it.kind),
                detail: message(&it.detail),
            })
            .collect(),
        diagnostics: diagnostics(told.diagnostics),
    })
}

/// A page of a transcript that holds what was asked for and ends.
pub(super) fn page(
    (runtime_id, worker_id): (&str, &str),
    (start, limit): (usize, usize),
    told: WorkerTranscriptProjection,
) -> Result<WorkerTranscriptProjection, RemoteFailure> {
    let is_item = |it: &protocol::registry::WorkerTranscriptItem| {
        WorkerInputKind::parse(&it.role).is_some() && it.content.len() <= CONTENT_BYTES_MAX
    };
    let in_order = told.items.windows(2).all(|it| it[0].sequence < it[1].sequence);
    let fits = told.items.len() <= limit && told.worker_id == worker_id && told.start == start;
    if !fits || !in_order || !told.items.iter().all(is_item) {
        return Err(RemoteFailure::Malformed);
    }
    let end = start.saturating_add(told.items.len());
    // A next page that is this one again would be followed for ever.
    let next_start = told.next_start.filter(|it| *it == end && !told.items.is_empty());
    Ok(WorkerTranscriptProjection {
        state: told.state,
        runtime_id: runtime_id.to_owned(),
        worker_id: worker_id.to_owned(),
        start,
        limit,
        total_items: told.total_items,
        next_start,
        items: told.items,
        diagnostics: diagnostics(told.diagnostics),
    })
}

/// An event about a worker.
pub(super) fn event(told: WorkerEvent) -> Result<WorkerEvent, RemoteFailure> {
    if let Some(id) = &told.worker_id {
        validate(IdentifierKind::Worker, id).map_err(|_| RemoteFailure::Malformed)?;
    }
    Ok(WorkerEvent { at: hint(&told.at), ..told })
}
