//! Where a person is signed in, and ending that.

use super::{device, end_logins};
use crate::app::Call;
use crate::database::{
    LoginDetails, Purpose, append_audit, commit, remove_grants_of, remove_login,
    remove_logins_of_principal,
};
use crate::identity::{BROWSER, CLI};
use crate::reply::{self, Reply};
use protocol::account::SignInEntry;
use protocol::id::LoginId;
use stdx::clock::now_ms;

/// The person's browsers and command line, the last used first.
#[utoipa::path(get, path = "/api/v1/sign-ins",
    responses((status = 200, body = Vec<SignInEntry>)))]
pub(crate) async fn list(call: Call) -> Reply {
    let caller = call.caller();
    let logins = call.app.database.logins_of(&caller.principal, now_ms()).await?;
    let mut entries: Vec<SignInEntry> = logins
        .into_iter()
        .filter(|it| [BROWSER, CLI].contains(&it.login.operator.as_str()))
        .map(|it| entry(it, &caller.login))
        .collect();
    entries.sort_by_key(|it| !it.current);
    Ok(reply::json(&entries))
}

fn entry(details: LoginDetails, current: &LoginId) -> SignInEntry {
    let command_line = details.login.operator == CLI;
    SignInEntry {
        current: &details.login.id == current,
        device: if command_line {
            "Command line".to_owned()
        } else {
            device::describe(details.device.as_deref())
        },
        address: details.address,
        created_at_ms: details.created_at_ms,
        seen_at_ms: details.login.seen_at_ms,
        command_line,
        id: details.login.id,
    }
}

/// Signs one browser or program of the person out; what it has open ends at once.
#[utoipa::path(delete, path = "/api/v1/sign-ins/{login}", params(("login" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn end(call: Call) -> Reply {
    end_login(&call, "sign-in").await
}

/// Ends the login that the path names, if it is the caller's.
pub(super) async fn end_login(call: &Call, what: &str) -> Reply {
    let principal = &call.caller().principal;
    let login = call.parameters.get("login").and_then(LoginId::parse);
    let login = login.ok_or_else(|| reply::not_found(what))?;
    let mut write = call.write().await?;
    if !remove_login(&mut write, &login, principal).await? {
        return Err(reply::not_found(what));
    }
    append_audit(&mut write, call.audit_row(Some(login.as_str()), "ok")).await?;
    // Nor does it come back by a link that it made.
    remove_grants_of(&mut write, principal, Some(Purpose::Enter)).await?;
    commit(write).await?;
    end_logins(&call.app, principal, &[login]);
    Ok(reply::nothing())
}

/// Signs every other browser of the person out. The command line and tokens stay.
#[utoipa::path(delete, path = "/api/v1/sign-ins", responses((status = 204)))]
pub(crate) async fn end_others(call: Call) -> Reply {
    let caller = call.caller();
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(Some("all others"), "ok")).await?;
    let ended =
        remove_logins_of_principal(&mut write, &caller.principal, true, Some(&caller.login))
            .await?;
    remove_grants_of(&mut write, &caller.principal, Some(Purpose::Enter)).await?;
    commit(write).await?;
    end_logins(&call.app, &caller.principal, &ended);
    Ok(reply::nothing())
}
