//! A machine joins: a token that is used up, and a certificate for the key that it made.

use crate::app::{Call, checked_name};
use crate::database::{
    AuditRow, MachinePhase, MachineRow, append_audit, commit, join_machine, take_machine_token,
};
use crate::identity::hash;
use crate::reply::{self, Refusal, Reply};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use protocol::id::MachineId;
use protocol::machine::{JoinMachine, JoinedMachine};
use protocol::{ErrorCode, WireError};
use rustls::pki_types::CertificateDer;
use stdx::clock::now_ms;
use tokio::time::Instant;

/// Longest body, in bytes.
const BODY_BYTES_MAX: usize = 4096;
/// Longest version that is kept, in characters.
const VERSION_LENGTH_MAX: usize = 40;

/// Lets a machine in that has a token, once.
#[utoipa::path(post, path = "/api/v1/machines/join", operation_id = "join_machine",
    request_body = JoinMachine, responses((status = 201, body = JoinedMachine),
    (status = 403, body = protocol::ErrorBody), (status = 429, body = protocol::ErrorBody)))]
pub(crate) async fn join(mut call: Call) -> Reply {
    if let Err(seconds) = call.app.limit.take(call.client, Instant::now()) {
        let error = WireError::new(ErrorCode::RateLimited, "too many tries; wait a little");
        return Ok(Refusal::after(error, seconds).answer());
    }
    let joined = joined(&mut call).await?;
    call.app.limit.give_back(call.client);
    Ok(joined)
}

async fn joined(call: &mut Call) -> Result<Response, WireError> {
    // What is wrong with the body is told without it: it has a token.
    let body: JoinMachine = call.json_up_to(BODY_BYTES_MAX).await?;
    let key = STANDARD.decode(&body.public_key).unwrap_or_default();
    let app = &call.app;
    let now = now_ms();
    let plain = body.token.trim().rsplit_once('.').map_or("", |(plain, _)| plain);
    let mut write = app.database.write().await?;
    let Some(token) = take_machine_token(&mut write, &hash(plain), now).await? else {
        let message = "this token was used, is too old, or never was one; ask for a new one";
        return Err(WireError::new(ErrorCode::Forbidden, message));
    };
    let name = checked_name(token.name.as_deref().unwrap_or(&body.name))?.to_owned();
    let id = token.machine.unwrap_or_else(|| MachineId::from_random(stdx::random::bits()));
    let certificate = certify(call, &id, &key, now)?;
    let lifetime = app.machines.lifetime.as_millis();
    let expires_at_ms = now + u64::try_from(lifetime).unwrap_or(u64::MAX);
    let row = MachineRow {
        id: id.clone(),
        name: name.clone(),
        public_key: body.public_key,
        phase: MachinePhase::Joined,
        version: body.version.chars().take(VERSION_LENGTH_MAX).collect(),
        joined_at_ms: now,
        seen_at_ms: 0,
        certificate_expires_at_ms: expires_at_ms,
    };
    if !join_machine(&mut write, &row).await? {
        let message = "the machine of this token was removed; ask for a new token";
        return Err(WireError::new(ErrorCode::Forbidden, message));
    }
    let audit = AuditRow {
        principal: Some(token.created_by.to_string()),
        operator: Some("machine".to_owned()),
        ..call.audit_row(Some(id.as_str()), "ok").with("name", name.as_str())
    };
    append_audit(&mut write, audit).await?;
    commit(write).await?;
    app.machines.look_at(&id).await?;
    let answer = JoinedMachine {
        id,
        certificate: STANDARD.encode(&certificate),
        authority: STANDARD.encode(&app.machines.authority.certificate),
        certificate_expires_at_ms: expires_at_ms,
    };
    Ok(reply::json_with(StatusCode::CREATED, &answer))
}

fn certify(
    call: &Call,
    id: &MachineId,
    key: &[u8],
    now_ms: u64,
) -> Result<CertificateDer<'static>, WireError> {
    let machines = &call.app.machines;
    let certified = machines.authority.certify(id, key, (now_ms, machines.lifetime));
    let certified = certified.ok_or_else(|| {
        WireError::new(ErrorCode::InvalidRequest, "the key is no Ed25519 key of 32 bytes")
    })?;
    certified.map_err(|error| WireError::new(ErrorCode::Internal, error.to_string()))
}
