//! Everybody's accounts, for administrators.

use crate::app::Call;
use crate::reply::{self, Reply};
use protocol::account::Account;

/// Everybody who has an account, by name.
#[utoipa::path(get, path = "/api/v1/accounts", responses(
    (status = 200, body = Vec<Account>), (status = 403, body = protocol::ErrorBody)))]
pub(crate) async fn list(call: Call) -> Reply {
    Ok(reply::json(&call.app.database.accounts().await?))
}
