//! A person's own account: the name that others see.

use crate::app::Call;
use crate::database::{append_audit, commit, rename_principal};
use crate::enter::me_of;
use crate::reply::{self, Reply};
use protocol::account::{NAME_LENGTH_MAX, UpdateMe};
use protocol::workspace::Me;
use protocol::{ErrorCode, WireError};

/// Changes what others see of the person.
#[utoipa::path(patch, path = "/api/v1/me", request_body = UpdateMe, responses(
    (status = 200, body = Me), (status = 400, body = protocol::ErrorBody)))]
pub(crate) async fn update_me(mut call: Call) -> Reply {
    let body: UpdateMe = call.json().await?;
    let id = call.caller().principal.clone();
    if let Some(name) = body.name {
        let name = checked_name(&name)?;
        let mut write = call.app.database.write().await?;
        append_audit(&mut write, call.audit_row(Some(name), "ok")).await?;
        rename_principal(&mut write, &id, name).await?;
        commit(write).await?;
    }
    let principal = call.app.database.principal(&id).await?;
    let principal = principal.ok_or_else(|| reply::not_found("account"))?;
    Ok(reply::json(&me_of(&call, principal)))
}

/// A name for people to read: trimmed, on one line.
pub(crate) fn checked_name(name: &str) -> Result<&str, WireError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || NAME_LENGTH_MAX < length || name.chars().any(char::is_control) {
        return Err(WireError::new(
            ErrorCode::InvalidRequest,
            format!("a name has 1 to {NAME_LENGTH_MAX} characters and none that control a screen"),
        ));
    }
    Ok(name)
}
