//! Many variables at once, from the text of a `.env` file: first shown, then set.

use super::dotenv::{self, Entry};
use super::{BODY_BYTES_MAX, New, check_room, open, ordered, person, workspace};
use crate::app::Call;
use crate::database::{
    Change, Owner, VariableRow, append_audit, commit, set_variable, touch_environment,
    variables_within,
};
use crate::reply::{self, Reply};
use protocol::WireError;
use protocol::environment::{Import, ImportChange, ImportEntry, ImportEnvironment, VariableKind};
use stdx::clock::now_ms;

/// Sets the variables of a `.env` text, or shows what that would change.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/environment/import",
    operation_id = "import_environment", params(("id" = String, Path)),
    request_body = ImportEnvironment, responses((status = 200, body = Import)))]
pub(crate) async fn import(call: Call) -> Reply {
    let owner = workspace(&call);
    import_for(call, owner).await
}

/// The same for the caller's own variables.
#[utoipa::path(post, path = "/api/v1/me/environment/import",
    operation_id = "import_my_environment", request_body = ImportEnvironment,
    responses((status = 200, body = Import)))]
pub(crate) async fn import_own(call: Call) -> Reply {
    let owner = person(&call);
    import_for(call, owner).await
}

async fn import_for(mut call: Call, owner: Owner) -> Reply {
    let body: ImportEnvironment = call.json_up_to(2 * BODY_BYTES_MAX).await?;
    let file = dotenv::parse(&body.text);
    let mut write = call.write().await?;
    let mut all = variables_within(&mut write, &owner).await?;
    let change = Change { owner: &owner, by: &call.caller().principal, now_ms: now_ms() };
    let mut entries = Vec::new();
    for entry in &file.entries {
        let known = all.iter().find(|it| it.name == entry.name);
        let kind = kind(&body, entry, known);
        let changes = judge(&call, &owner, known, kind, entry).await?;
        if changes != ImportChange::Unchanged {
            let uses = known.map_or_else(|| ordered(&body.uses), |it| it.uses.clone());
            let (name, value) = (&entry.name, entry.value.expose());
            let new = New { name, value, kind, uses };
            let row = new.sealed(&call.app.vault, &mut write, &owner).await?;
            set_variable(&mut write, change, &row).await?;
            append_audit(&mut write, call.audit_row(Some(name), "ok")).await?;
            all.retain(|it| it.name != *name);
            all.push(row);
        }
        entries.push(ImportEntry { name: entry.name.clone(), kind, change: changes });
    }
    check_room(all.iter())?;
    let changes = entries.iter().any(|it| it.change != ImportChange::Unchanged);
    if body.apply && changes {
        touch_environment(&mut write, change).await?;
        commit(write).await?;
        call.app.environments.changed(&call.app, &owner).await;
    }
    Ok(reply::json(&Import { entries, problems: file.problems }))
}

/// What the caller says, else what it is already, else what it looks like.
fn kind(body: &ImportEnvironment, entry: &Entry, known: Option<&VariableRow>) -> VariableKind {
    let said = body.kinds.get(&entry.name).copied();
    said.or_else(|| known.map(|it| it.kind))
        .unwrap_or_else(|| dotenv::guess(&entry.name, entry.value.expose()))
}

async fn judge(
    call: &Call,
    owner: &Owner,
    known: Option<&VariableRow>,
    kind: VariableKind,
    entry: &Entry,
) -> Result<ImportChange, WireError> {
    let Some(known) = known else { return Ok(ImportChange::Added) };
    if known.kind == VariableKind::Secret || kind == VariableKind::Secret {
        return Ok(ImportChange::Changed);
    }
    let same = open(&call.app.vault, owner, known).await? == *entry.value.expose();
    Ok(if same { ImportChange::Unchanged } else { ImportChange::Changed })
}
