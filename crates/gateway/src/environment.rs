//! Variables, secrets and Git credentials of workspaces and of people.
//!
//! The owner of a workspace sets them, editors use them and see names and plain values, viewers see
//! nothing of them. Everybody sets their own. What is secret is sealed before it reaches the
//! database and never leaves again but to kernels (`delivery.rs`).

mod delivery;
mod dotenv;
pub(crate) mod import;

pub(crate) use delivery::Environments;
pub(crate) use import::{import, import_own};

use crate::app::Call;
use crate::database::{
    Change, CredentialRow, Owner, VariableRow, Write, append_audit, commit, credentials_within,
    remove_credential, remove_variable, set_credential, set_variable, touch_environment,
    variables_within,
};
use crate::reply::{self, Reply};
use crate::vault::{Place, Vault};
use protocol::environment::{
    CREDENTIALS_MAX, Environment, GitCredential, Refused, SetGitCredential, SetVariable,
    TOTAL_BYTES_MAX, Use, VARIABLES_MAX, Variable, VariableKind, check_credential, check_name,
    check_value, checked_host,
};
use protocol::header::Role;
use protocol::{ErrorCode, WireError};
use stdx::clock::now_ms;

/// Largest body with a value, in bytes: a value whose every character is escaped.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// What a workspace has: names, plain values, who set them.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/environment",
    operation_id = "get_environment", params(("id" = String, Path)),
    responses((status = 200, body = Environment)))]
pub(crate) async fn get(call: Call) -> Reply {
    let owner = workspace(&call);
    shown(&call, &owner).await
}

/// Sets a variable of the workspace, for processes that start from here on.
#[utoipa::path(put, path = "/api/v1/workspaces/{id}/environment/{name}",
    operation_id = "set_variable", params(("id" = String, Path), ("name" = String, Path)),
    request_body = SetVariable, responses((status = 200, body = Environment),
    (status = 400, body = protocol::ErrorBody, description = "The name is reserved or no name.")))]
pub(crate) async fn set(call: Call) -> Reply {
    let owner = workspace(&call);
    set_for(call, owner).await
}

/// Removes a variable of the workspace.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/environment/{name}",
    operation_id = "unset_variable", params(("id" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn unset(call: Call) -> Reply {
    let owner = workspace(&call);
    unset_for(call, owner).await
}

/// Sets the credential with which Git asks a host.
#[utoipa::path(put, path = "/api/v1/workspaces/{id}/git-credentials/{host}",
    operation_id = "set_git_credential", params(("id" = String, Path), ("host" = String, Path)),
    request_body = SetGitCredential, responses((status = 200, body = Environment),
    (status = 400, body = protocol::ErrorBody)))]
pub(crate) async fn set_git(call: Call) -> Reply {
    let owner = workspace(&call);
    set_git_for(call, owner).await
}

/// Removes the credential for a host.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/git-credentials/{host}",
    operation_id = "unset_git_credential", params(("id" = String, Path), ("host" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn unset_git(call: Call) -> Reply {
    let owner = workspace(&call);
    unset_git_for(call, owner).await
}

/// What the caller has for every workspace: names, plain values.
#[utoipa::path(get, path = "/api/v1/me/environment", operation_id = "get_my_environment",
    responses((status = 200, body = Environment)))]
pub(crate) async fn get_own(call: Call) -> Reply {
    let owner = person(&call);
    shown(&call, &owner).await
}

/// Sets a variable of the caller, given to the terminals and agents that they start.
#[utoipa::path(put, path = "/api/v1/me/environment/{name}", operation_id = "set_my_variable",
    params(("name" = String, Path)), request_body = SetVariable,
    responses((status = 200, body = Environment), (status = 400, body = protocol::ErrorBody)))]
pub(crate) async fn set_own(call: Call) -> Reply {
    let owner = person(&call);
    set_for(call, owner).await
}

/// Removes a variable of the caller.
#[utoipa::path(delete, path = "/api/v1/me/environment/{name}", operation_id = "unset_my_variable",
    params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn unset_own(call: Call) -> Reply {
    let owner = person(&call);
    unset_for(call, owner).await
}

/// Sets the credential with which Git asks a host on the caller's behalf.
#[utoipa::path(put, path = "/api/v1/me/git-credentials/{host}",
    operation_id = "set_my_git_credential", params(("host" = String, Path)),
    request_body = SetGitCredential, responses((status = 200, body = Environment),
    (status = 400, body = protocol::ErrorBody)))]
pub(crate) async fn set_own_git(call: Call) -> Reply {
    let owner = person(&call);
    set_git_for(call, owner).await
}

/// Removes the caller's credential for a host.
#[utoipa::path(delete, path = "/api/v1/me/git-credentials/{host}",
    operation_id = "unset_my_git_credential", params(("host" = String, Path)),
    responses((status = 204), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn unset_own_git(call: Call) -> Reply {
    let owner = person(&call);
    unset_git_for(call, owner).await
}

fn workspace(call: &Call) -> Owner {
    Owner::Workspace(call.workspace().0.clone())
}

fn person(call: &Call) -> Owner {
    Owner::Person(call.caller().principal.clone())
}

/// What stood at a placeholder of the path, which is no name if it needs decoding.
fn parameter(call: &Call, name: &str) -> String {
    let text = call.parameters.get(name).unwrap_or_default();
    protocol::header::decode_text(text).unwrap_or_else(|| text.to_owned())
}

async fn shown(call: &Call, owner: &Owner) -> Reply {
    let (database, vault) = (&call.app.database, &call.app.vault);
    // The number first: what is read after it is at least as new.
    let changed_at_ms = database.environment_revision(owner).await?;
    let mut variables = Vec::new();
    for row in database.variables(owner).await? {
        let value = match row.kind {
            VariableKind::Plain => Some(open(vault, owner, &row).await?),
            VariableKind::Secret => None,
        };
        let VariableRow { name, kind, uses, updated_at_ms, updated_by, .. } = row;
        variables.push(Variable { name, kind, value, uses, updated_at_ms, updated_by });
    }
    let credentials = database.git_credentials(owner).await?.into_iter().map(|it| GitCredential {
        host: it.host,
        username: it.username,
        updated_at_ms: it.updated_at_ms,
        updated_by: it.updated_by,
    });
    let may_change = call.workspace.as_ref().is_none_or(|(_, role)| *role == Role::Owner);
    Ok(reply::json(&Environment {
        variables,
        credentials: credentials.collect(),
        may_change,
        changed_at_ms,
    }))
}

async fn set_for(mut call: Call, owner: Owner) -> Reply {
    let name = parameter(&call, "name");
    check_name(&name).map_err(refused)?;
    let body: SetVariable = call.json_up_to(BODY_BYTES_MAX).await?;
    let mut write = call.write().await?;
    let all = variables_within(&mut write, &owner).await?;
    let known = all.iter().find(|it| it.name == name);
    let uses = ordered(&body.uses);
    let row = match (body.value, known) {
        (Some(value), _) => {
            let new = New { name: &name, value: &value, kind: body.kind, uses };
            new.sealed(&call.app.vault, &mut write, &owner).await?
        }
        (None, None) => {
            let message = "a new variable needs a value";
            return Err(WireError::new(ErrorCode::InvalidRequest, message));
        }
        (None, Some(row)) if row.kind == body.kind => VariableRow { uses, ..row.clone() },
        (None, Some(row)) if row.kind == VariableKind::Plain => {
            let value = open(&call.app.vault, &owner, row).await?;
            let new = New { name: &name, value: &value, kind: body.kind, uses };
            new.sealed(&call.app.vault, &mut write, &owner).await?
        }
        (None, Some(_)) => {
            let message = "a secret is not shown again: give the value to make it a plain variable";
            return Err(WireError::new(ErrorCode::Conflict, message));
        }
    };
    check_room(all.iter().filter(|it| it.name != name).chain([&row]))?;
    let change = Change { owner: &owner, by: &call.caller().principal, now_ms: now_ms() };
    set_variable(&mut write, change, &row).await?;
    finish(&call, write, change, &name).await?;
    shown(&call, &owner).await
}

async fn unset_for(call: Call, owner: Owner) -> Reply {
    let name = parameter(&call, "name");
    let mut write = call.write().await?;
    if !remove_variable(&mut write, &owner, &name).await? {
        return Err(reply::not_found("variable"));
    }
    let change = Change { owner: &owner, by: &call.caller().principal, now_ms: now_ms() };
    finish(&call, write, change, &name).await?;
    Ok(reply::nothing())
}

async fn set_git_for(mut call: Call, owner: Owner) -> Reply {
    let host = checked_host(&parameter(&call, "host")).map_err(refused)?;
    let body: SetGitCredential = call.json_up_to(BODY_BYTES_MAX).await?;
    let username = body.username.trim();
    let mut write = call.write().await?;
    let all = credentials_within(&mut write, &owner).await?;
    let known = all.iter().find(|it| it.host == host);
    let token = match (body.token, known) {
        (Some(token), _) => token.trim().to_owned(),
        (None, Some(row)) => open_token(&call.app.vault, &owner, row).await?,
        (None, None) => String::new(),
    };
    check_credential(username, &token).map_err(refused)?;
    if known.is_none() && CREDENTIALS_MAX <= all.len() {
        return Err(full(format!("there are {CREDENTIALS_MAX} Git credentials already")));
    }
    let place = credential_place(&owner, &host, username);
    let (key_id, sealed) = call.app.vault.seal(&mut write, place, token.as_bytes()).await?;
    let row = CredentialRow {
        host: host.clone(),
        username: username.to_owned(),
        sealed,
        key_id,
        updated_at_ms: 0,
        updated_by: None,
    };
    let change = Change { owner: &owner, by: &call.caller().principal, now_ms: now_ms() };
    set_credential(&mut write, change, &row).await?;
    finish(&call, write, change, &host).await?;
    shown(&call, &owner).await
}

async fn unset_git_for(call: Call, owner: Owner) -> Reply {
    let host = checked_host(&parameter(&call, "host")).map_err(refused)?;
    let mut write = call.write().await?;
    if !remove_credential(&mut write, &owner, &host).await? {
        return Err(reply::not_found("Git credential"));
    }
    let change = Change { owner: &owner, by: &call.caller().principal, now_ms: now_ms() };
    finish(&call, write, change, &host).await?;
    Ok(reply::nothing())
}

/// Writes a change down, makes it last, and brings it to the kernels that run.
async fn finish(
    call: &Call,
    mut write: Write,
    change: Change<'_>,
    object: &str,
) -> Result<(), WireError> {
    append_audit(&mut write, call.audit_row(Some(object), "ok")).await?;
    touch_environment(&mut write, change).await?;
    commit(write).await?;
    call.app.environments.changed(&call.app, change.owner).await;
    Ok(())
}

/// A variable that is to be sealed.
struct New<'a> {
    name: &'a str,
    value: &'a str,
    kind: VariableKind,
    uses: Vec<Use>,
}

impl New<'_> {
    async fn sealed(
        self,
        vault: &Vault,
        write: &mut Write,
        owner: &Owner,
    ) -> Result<VariableRow, WireError> {
        check_value(self.name, self.value).map_err(refused)?;
        let place = variable_place(owner, self.name, self.kind);
        let (key_id, sealed) = vault.seal(write, place, self.value.as_bytes()).await?;
        Ok(VariableRow {
            name: self.name.to_owned(),
            kind: self.kind,
            uses: self.uses,
            sealed,
            key_id,
            size: (self.name.len() + self.value.len()) as u64,
            updated_at_ms: 0,
            updated_by: None,
        })
    }
}

/// The value of a variable.
async fn open(vault: &Vault, owner: &Owner, row: &VariableRow) -> Result<String, WireError> {
    let place = variable_place(owner, &row.name, row.kind);
    vault.unseal_text(place, &row.key_id, &row.sealed).await
}

/// The token of a Git credential.
async fn open_token(
    vault: &Vault,
    owner: &Owner,
    row: &CredentialRow,
) -> Result<String, WireError> {
    let place = credential_place(owner, &row.host, &row.username);
    vault.unseal_text(place, &row.key_id, &row.sealed).await
}

fn variable_place<'a>(owner: &'a Owner, name: &'a str, kind: VariableKind) -> Place<'a> {
    Place { table: "environment", owner: owner.as_str(), name, kind: kind.as_str() }
}

fn credential_place<'a>(owner: &'a Owner, host: &'a str, username: &'a str) -> Place<'a> {
    Place { table: "git_credentials", owner: owner.as_str(), name: host, kind: username }
}

/// Each use once, in order; all when there is none.
fn ordered(uses: &[Use]) -> Vec<Use> {
    let chosen = Use::ALL.into_iter().filter(|it| uses.is_empty() || uses.contains(it));
    chosen.collect()
}

fn check_room<'a>(rows: impl Iterator<Item = &'a VariableRow>) -> Result<(), WireError> {
    let (mut count, mut bytes) = (0, 0);
    for row in rows {
        count += 1;
        bytes += row.size;
    }
    if VARIABLES_MAX < count {
        return Err(full(format!("there are more than {VARIABLES_MAX} variables")));
    }
    if TOTAL_BYTES_MAX as u64 <= bytes {
        return Err(full(format!("all names and values together exceed {TOTAL_BYTES_MAX} bytes")));
    }
    Ok(())
}

fn full(message: String) -> WireError {
    WireError::new(ErrorCode::TooLarge, format!("{message}; nothing was changed"))
}

fn refused(refused: Refused) -> WireError {
    WireError::new(ErrorCode::InvalidRequest, refused.to_string())
}
