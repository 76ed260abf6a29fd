//! Everybody's accounts, for administrators.

use super::end_logins;
use crate::app::Call;
use crate::database::{
    Principal, Write, administrator_count, append_audit, commit, delete_account, owned_alone,
    remove_grants_of, remove_logins_of_principal, set_administrator, set_disabled,
};
use crate::reply::{self, Reply};
use protocol::account::{Account, UpdateAccount};
use protocol::audit::verb;
use protocol::{ErrorCode, PrincipalId, WireError};
use serde_json::json;
use stdx::clock::now_ms;

/// Everybody who has an account, by name.
#[utoipa::path(get, path = "/api/v1/accounts", responses(
    (status = 200, body = Vec<Account>), (status = 403, body = protocol::ErrorBody)))]
pub(crate) async fn list(call: Call) -> Reply {
    Ok(reply::json(&call.app.database.accounts().await?))
}

/// Makes somebody an administrator or none, keeps somebody out or lets it in again. Who is kept out
/// is signed out everywhere at once; tokens come back with the account.
#[utoipa::path(patch, path = "/api/v1/accounts/{account}", params(("account" = String, Path)),
    request_body = UpdateAccount, responses((status = 200, body = Account),
    (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody, description = "It is the last administrator.")))]
pub(crate) async fn update(mut call: Call) -> Reply {
    let body: UpdateAccount = call.json().await?;
    let mut write = call.write().await?;
    let account = account(&call).await?;
    let id = &account.id;
    let leaves = body.administrator == Some(false) || body.disabled == Some(true);
    check_not_last(&mut write, &account, leaves).await?;
    let mut ended = Vec::new();
    if let Some(administrator) = body.administrator.filter(|it| *it != account.administrator) {
        let verb = if administrator {
            const { verb("account.promote") }
        } else {
            const { verb("account.demote") }
        };
        append_audit(&mut write, call.audit_as(verb, Some(id.as_str()), "ok")).await?;
        set_administrator(&mut write, id, administrator).await?;
    }
    if let Some(disabled) = body.disabled.filter(|it| *it != account.disabled) {
        let verb = if disabled {
            const { verb("account.disable") }
        } else {
            const { verb("account.enable") }
        };
        append_audit(&mut write, call.audit_as(verb, Some(id.as_str()), "ok")).await?;
        set_disabled(&mut write, id, disabled.then(now_ms)).await?;
        if disabled {
            remove_grants_of(&mut write, id, None).await?;
            ended = remove_logins_of_principal(&mut write, id, true, None).await?;
            // Tokens stay in the database, and what they have open ends all the same.
            let kept = call.app.database.logins_of(id, 0).await?;
            ended.extend(kept.into_iter().map(|it| it.login.id));
        }
    }
    commit(write).await?;
    end_logins(&call.app, id, &ended);
    // What an administrator held of others' workspaces goes with the office.
    call.app.identity.accesses.look();
    let accounts = call.app.database.accounts().await?;
    let updated = accounts.into_iter().find(|it| &it.id == id);
    Ok(reply::json(&updated.ok_or_else(|| reply::not_found("account"))?))
}

/// Deletes an account. Its name stays in the audit log; workspaces that it owns with others go on.
#[utoipa::path(delete, path = "/api/v1/accounts/{account}", params(("account" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody,
     description = "The last administrator, or the only owner of `details.workspaces`.")))]
pub(crate) async fn delete(call: Call) -> Reply {
    let mut write = call.write().await?;
    let account = account(&call).await?;
    let id = &account.id;
    check_not_last(&mut write, &account, true).await?;
    let alone = owned_alone(&mut write, id).await?;
    if !alone.is_empty() {
        let names: Vec<String> = alone.iter().map(|it| format!("`{}`", it.name)).collect();
        let message = format!(
            "{} is the only owner of {}; hand them over or delete them first, or disable the account",
            account.name,
            names.join(", ")
        );
        let error = WireError::new(ErrorCode::Conflict, message);
        return Err(error.with_details(json!({ "workspaces": alone })));
    }
    let ended = call.app.database.logins_of(id, 0).await?;
    let ended: Vec<_> = ended.into_iter().map(|it| it.login.id).collect();
    let workspaces = call.app.database.workspaces(id).await?;
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok")).await?;
    delete_account(&mut write, id, now_ms()).await?;
    commit(write).await?;
    end_logins(&call.app, id, &ended);
    call.app.identity.forget_roles_of(id);
    for workspace in workspaces {
        call.app.forget_member(&workspace.id, id, None);
    }
    Ok(reply::nothing())
}

/// Signs somebody out of every browser. The person can sign in again.
#[utoipa::path(delete, path = "/api/v1/accounts/{account}/sign-ins",
    params(("account" = String, Path)), responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn sign_out(call: Call) -> Reply {
    let mut write = call.write().await?;
    let id = account(&call).await?.id;
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok")).await?;
    remove_grants_of(&mut write, &id, None).await?;
    let ended = remove_logins_of_principal(&mut write, &id, true, None).await?;
    commit(write).await?;
    end_logins(&call.app, &id, &ended);
    Ok(reply::nothing())
}

/// The account that the path names. Asked while a write is open, nothing changes it meanwhile.
async fn account(call: &Call) -> Result<Principal, WireError> {
    let id = call.parameters.get("account").and_then(PrincipalId::parse);
    let id = id.ok_or_else(|| reply::not_found("account"))?;
    let account = call.app.database.principal(&id).await?;
    account.ok_or_else(|| reply::not_found("account"))
}

/// Refuses to take away the last administrator who can sign in.
async fn check_not_last(
    write: &mut Write,
    account: &Principal,
    leaves: bool,
) -> Result<(), WireError> {
    let counts = account.administrator && !account.disabled;
    if leaves && counts && administrator_count(write).await? <= 1 {
        let message =
            format!("{} is the last administrator; make somebody else one first", account.name);
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    Ok(())
}
