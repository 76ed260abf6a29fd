//! Remote runtimes come and go.

use super::{Access, RemoteError, endpoint, http::part, place};
use crate::app::{Call, checked_name};
use crate::database::{
    RemoteRow, add_remote_runtime, append_audit, commit, count_remote_runtimes,
    remove_remote_runtime,
};
use crate::reply::{self, Reply};
use ::registry::identifier::{IdentifierKind, generated, validate};
use ::registry::{EMBEDDED_RUNTIME_ID, LOCAL_RUNTIME_ID, RegistryError};
use http::StatusCode;
use protocol::registry::{LIST_MAX, RegisterRuntime, RuntimeSummary};
use protocol::{ErrorCode, WireError};
use stdx::clock::now_ms;

/// Most remote runtimes. Each has one stream open.
const REMOTE_RUNTIMES_MAX: usize = 64;
/// Longest token and address, in bytes.
const TEXT_BYTES_MAX: usize = 2048;

/// Registers another installation as a runtime. One that does not answer is registered too, and
/// shown as unavailable.
#[utoipa::path(post, path = "/api/v1/runtimes", operation_id = "register_runtime",
    request_body = RegisterRuntime, responses((status = 201, body = RuntimeSummary),
    (status = 400, body = protocol::ErrorBody), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn register(mut call: Call) -> Reply {
    // What is wrong with the body is told without it: it has a token.
    let body: RegisterRuntime = call.json_up_to(4 * TEXT_BYTES_MAX).await?;
    let label = checked_name(&body.label)?.to_owned();
    let id = body.runtime_id.unwrap_or_else(|| generated("runtime-", &label));
    validate(IdentifierKind::Runtime, &id).map_err(RegistryError::from)?;
    if [EMBEDDED_RUNTIME_ID, LOCAL_RUNTIME_ID].contains(&id.as_str()) {
        return Err(RegistryError::DuplicateRuntime(id).into());
    }
    let access = Access { base_url: body.base_url.trim().to_owned(), token: body.token };
    check(&access)?;
    let mut write = call.write().await?;
    if REMOTE_RUNTIMES_MAX <= count_remote_runtimes(&mut write).await? {
        let message = format!("there are {REMOTE_RUNTIMES_MAX} remote runtimes already");
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    let text = serde_json::to_string(&access).unwrap_or_default();
    let (key_id, sealed) = call.app.vault.seal(&mut write, place(&id), text.as_bytes()).await?;
    let row = RemoteRow { id: id.clone(), label: label.clone(), sealed, key_id };
    let by = call.caller().principal.to_string();
    if !add_remote_runtime(&mut write, &row, &by, now_ms()).await? {
        return Err(RegistryError::DuplicateRuntime(id).into());
    }
    append_audit(&mut write, call.audit_row(Some(&id), "ok").with("label", label.as_str())).await?;
    commit(write).await?;
    call.app.registry.add(&id, &label, access).map_err(refused)?;
    let found = call.app.registry.runtimes.summary(&id, LIST_MAX).await?;
    Ok(reply::json_with(StatusCode::CREATED, &found))
}

/// Forgets a remote runtime, with its address and token. Its workers go on where they are.
#[utoipa::path(delete, path = "/api/v1/runtimes/{runtime}", operation_id = "remove_runtime",
    params(("runtime" = String, Path)), responses((status = 204),
    (status = 404, body = protocol::ErrorBody), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn remove(call: Call) -> Reply {
    let id = part(&call, "runtime");
    validate(IdentifierKind::Runtime, id).map_err(RegistryError::from)?;
    if [EMBEDDED_RUNTIME_ID, LOCAL_RUNTIME_ID].contains(&id) {
        let message = "this runtime is part of the installation and stays";
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    let mut write = call.write().await?;
    if !remove_remote_runtime(&mut write, id).await? {
        return Err(RegistryError::UnknownRuntime(id.to_owned()).into());
    }
    append_audit(&mut write, call.audit_row(Some(id), "ok")).await?;
    commit(write).await?;
    call.app.registry.remove(id);
    Ok(reply::nothing())
}

/// Refuses what can be no address or no token, without repeating either.
fn check(access: &Access) -> Result<(), WireError> {
    endpoint(&access.base_url).map_err(refused)?;
    let Access { base_url, token } = access;
    let is_token = !token.is_empty() && token.bytes().all(|it| it.is_ascii_graphic());
    if !is_token || TEXT_BYTES_MAX < token.len().max(base_url.len()) {
        let message = "a token and an address have 1 to 2048 plain characters, without spaces";
        return Err(WireError::new(ErrorCode::InvalidRequest, message));
    }
    Ok(())
}

fn refused(error: RemoteError) -> WireError {
    match error {
        RemoteError::Registry(error) => error.into(),
        RemoteError::Address(_) | RemoteError::Query | RemoteError::Sealed => {
            WireError::new(ErrorCode::InvalidRequest, error.to_string())
        }
    }
}
