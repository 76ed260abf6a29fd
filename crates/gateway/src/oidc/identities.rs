//! The accounts at providers that sign a person in, for the person.

use crate::app::{App, Call};
use crate::database::{IdentityRow, append_audit, commit, identities_of, remove_identity};
use crate::identity::hash;
use crate::reply::{self, Reply};
use protocol::account::Identity;
use protocol::{ErrorCode, WireError};

/// Digits of an identity's name in addresses; a person has a handful.
const NAME_LENGTH: usize = 32;

/// The accounts at OpenID providers that sign the person in, the oldest first.
#[utoipa::path(get, path = "/api/v1/me/identities", responses((status = 200, body = Vec<Identity>)))]
pub(crate) async fn list(call: Call) -> Reply {
    let found = call.app.database.identities(&call.caller().principal).await?;
    let shown: Vec<Identity> = found.into_iter().map(|it| shown(&call.app, it)).collect();
    Ok(reply::json(&shown))
}

fn shown(app: &App, row: IdentityRow) -> Identity {
    let provider = app.oidc.issued_by(&row.issuer);
    Identity {
        id: name(&row),
        usable: provider.is_some(),
        provider: provider.map_or_else(|| row.issuer.clone(), |it| it.settings.label.clone()),
        email: row.email,
        created_at_ms: row.created_at_ms,
    }
}

/// Names an identity without telling its subject.
fn name(row: &IdentityRow) -> String {
    let mut name = hash(&format!("{}\n{}", row.issuer, row.subject));
    name.truncate(NAME_LENGTH);
    name
}

/// Parts the person from an account at a provider. Refused for the last way to sign in.
#[utoipa::path(delete, path = "/api/v1/me/identities/{identity}",
    params(("identity" = String, Path)), responses((status = 204),
    (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody, description = "It is the last way to sign in.")))]
pub(crate) async fn unlink(call: Call) -> Reply {
    let principal = &call.caller().principal;
    let wanted = call.parameters.get("identity").unwrap_or_default();
    let mut write = call.write().await?;
    let found = identities_of(&mut *write, principal).await?;
    let (chosen, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|it| name(it) == wanted);
    let chosen = chosen.first().ok_or_else(|| reply::not_found("identity"))?;
    let has_password = call.app.database.password_hash(principal).await?.is_some();
    let has_another = others.iter().any(|it| call.app.oidc.issued_by(&it.issuer).is_some());
    if !has_password && !has_another {
        let message = "this is your last way to sign in; set a password first";
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    append_audit(&mut write, call.audit_row(Some(&chosen.issuer), "ok")).await?;
    remove_identity(&mut write, &chosen.issuer, &chosen.subject).await?;
    commit(write).await?;
    Ok(reply::nothing())
}
