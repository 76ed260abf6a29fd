//! Proving once more to be the person who is signed in, before something that a browser which was
//! left open must not do.

use super::attempts;
use super::enter::too_many;
use crate::app::Call;
use crate::audit;
use crate::database::AuditRow;
use crate::limit::network;
use axum::response::Response;
use protocol::account::PASSWORD_LENGTH_MAX;
use protocol::{ErrorCode, WireError};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::time::Instant;

/// How long ago somebody without a password may have signed in.
const RECENT: Duration = Duration::from_secs(10 * 60);
const SIGN_IN_ANEW: &str = "you have no password, and signed in more than ten minutes ago or by a \
                            link from another browser; nothing was changed; sign out, sign in anew \
                            and come back within ten minutes";

/// Passes when the password is the caller's; for somebody without one, when the person proved who it
/// is a few minutes ago, which a link made by another sign-in does not. `failed` is written down for a wrong password. `Some` is an answer that asks to wait.
pub(crate) async fn confirm(
    call: &Call,
    password: Option<&str>,
    failed: AuditRow,
) -> Result<Option<Response>, WireError> {
    let (app, caller) = (&call.app, call.caller());
    let message = match app.database.password_hash(&caller.principal).await? {
        Some(hash) => {
            let network = network(call.client).to_string();
            let place = attempts::place(caller.principal.as_str(), &network);
            if let Err(seconds) = app.people.attempts.take(place, Instant::now()) {
                return Ok(Some(too_many(seconds).answer()));
            }
            let password = password.unwrap_or_default();
            let fits = password.chars().count() <= PASSWORD_LENGTH_MAX;
            if fits && app.passwords.matches(password, Some(&hash)).await? {
                app.people.attempts.clear(&place);
                return Ok(None);
            }
            "this is not your password; nothing was changed"
        }
        None if is_recent(call).await? => return Ok(None),
        None => SIGN_IN_ANEW,
    };
    audit::append(&app.database, failed).await?;
    Err(WireError::new(ErrorCode::Forbidden, message))
}

async fn is_recent(call: &Call) -> Result<bool, WireError> {
    let at = call.app.database.authenticated_at(&call.caller().login).await?;
    Ok(Duration::from_millis(now_ms().saturating_sub(at)) < RECENT)
}
