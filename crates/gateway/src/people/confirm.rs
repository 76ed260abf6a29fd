//! Proving once more to be the person who is signed in, before something that a browser which was
//! left open must not do.

use super::attempts;
use super::enter::too_many;
use crate::app::Call;
use crate::database::{AuditRow, append_audit, commit};
use crate::limit::network;
use axum::response::Response;
use protocol::account::PASSWORD_LENGTH_MAX;
use protocol::{ErrorCode, WireError};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::time::Instant;

/// How long ago somebody without a password may have signed in.
const RECENT: Duration = Duration::from_secs(10 * 60);

/// Passes when the password is the caller's; for somebody without one, when the sign-in is a few
/// minutes old. `failed` is written down for a wrong password. `Some` is an answer that asks to wait.
pub(crate) async fn confirm(
    call: &Call,
    password: Option<&str>,
    failed: AuditRow,
) -> Result<Option<Response>, WireError> {
    let (app, caller) = (&call.app, call.caller());
    let place = attempts::place(caller.principal.as_str(), &network(call.client).to_string());
    if let Err(seconds) = app.people.attempts.take(place, Instant::now()) {
        return Ok(Some(too_many(seconds).answer()));
    }
    let message = match app.database.password_hash(&caller.principal).await? {
        Some(hash) => {
            let password = password.unwrap_or_default();
            let fits = password.chars().count() <= PASSWORD_LENGTH_MAX;
            if fits && app.passwords.matches(password, Some(&hash)).await? {
                None
            } else {
                Some("this is not your password; nothing was done")
            }
        }
        None if is_recent(call).await? => None,
        None => Some("you have no password; sign in again and come back within ten minutes"),
    };
    let Some(message) = message else {
        app.people.attempts.clear(&place);
        return Ok(None);
    };
    let mut write = app.database.write().await?;
    append_audit(&mut write, failed).await?;
    commit(write).await?;
    Err(WireError::new(ErrorCode::Forbidden, message))
}

async fn is_recent(call: &Call) -> Result<bool, WireError> {
    let made = call.app.database.login_made_at(&call.caller().login).await?;
    let age = made.map(|it| Duration::from_millis(now_ms().saturating_sub(it)));
    Ok(age.is_some_and(|it| it < RECENT))
}
