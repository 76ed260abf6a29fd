//! Tables `environment`, `git_credentials` and `environment_revisions`: what workspaces and people
//! have set. Values are sealed before they come here.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::environment::{Setter, Use, VariableKind};
use protocol::peer;
use protocol::{PrincipalId, WorkspaceId};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Whose variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    Workspace(WorkspaceId),
    Person(PrincipalId),
}

impl Owner {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Workspace(id) => id.as_str(),
            Self::Person(id) => id.as_str(),
        }
    }
}

/// A variable whose value is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VariableRow {
    pub(crate) name: String,
    pub(crate) kind: VariableKind,
    pub(crate) uses: Vec<Use>,
    pub(crate) sealed: String,
    pub(crate) key_id: String,
    /// Bytes of name and value.
    pub(crate) size: u64,
    pub(crate) updated_at_ms: u64,
    pub(crate) updated_by: Option<Setter>,
}

/// A Git credential whose token is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CredentialRow {
    pub(crate) host: String,
    pub(crate) username: String,
    pub(crate) sealed: String,
    pub(crate) key_id: String,
    pub(crate) updated_at_ms: u64,
    pub(crate) updated_by: Option<Setter>,
}

/// Who changes something, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'a> {
    pub(crate) owner: &'a Owner,
    pub(crate) by: &'a PrincipalId,
    pub(crate) now_ms: u64,
}

const VARIABLES: &str = "SELECT e.name, e.kind, e.uses, e.sealed, e.key_id, e.size, \
     e.updated_at_ms, e.updated_by, p.name AS setter
     FROM environment e LEFT JOIN principals p ON p.id = e.updated_by
     WHERE e.owner = $1 ORDER BY e.name";

const CREDENTIALS: &str = "SELECT c.host, c.username, c.sealed, c.key_id, c.updated_at_ms, \
     c.updated_by, p.name AS setter
     FROM git_credentials c LEFT JOIN principals p ON p.id = c.updated_by
     WHERE c.owner = $1 ORDER BY c.host";

fn variable(row: &AnyRow) -> Result<VariableRow, DatabaseError> {
    let name: String = row.try_get("name")?;
    let (kind, uses): (String, String) = (row.try_get("kind")?, row.try_get("uses")?);
    let kind = VariableKind::parse(&kind)
        .ok_or_else(|| DatabaseError::Corrupt(format!("variable {name}")))?;
    Ok(VariableRow {
        kind,
        uses: uses.split(',').filter_map(Use::parse).collect(),
        sealed: row.try_get("sealed")?,
        key_id: row.try_get("key_id")?,
        size: from_column(row.try_get("size")?),
        updated_at_ms: from_column(row.try_get("updated_at_ms")?),
        updated_by: setter(row)?,
        name,
    })
}

fn credential(row: &AnyRow) -> Result<CredentialRow, DatabaseError> {
    Ok(CredentialRow {
        host: row.try_get("host")?,
        username: row.try_get("username")?,
        sealed: row.try_get("sealed")?,
        key_id: row.try_get("key_id")?,
        updated_at_ms: from_column(row.try_get("updated_at_ms")?),
        updated_by: setter(row)?,
    })
}

fn setter(row: &AnyRow) -> Result<Option<Setter>, DatabaseError> {
    let (id, name): (Option<String>, Option<String>) =
        (row.try_get("updated_by")?, row.try_get("setter")?);
    let id = id.as_deref().and_then(PrincipalId::parse);
    Ok(id.zip(name).map(|(id, name)| Setter { id, name }))
}

impl Database {
    /// Everything an owner has, by name.
    pub(crate) async fn variables(&self, owner: &Owner) -> Result<Vec<VariableRow>, DatabaseError> {
        let rows = sqlx::query(VARIABLES).bind(owner.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(variable).collect()
    }

    /// Every Git credential an owner has, by host.
    pub(crate) async fn git_credentials(
        &self,
        owner: &Owner,
    ) -> Result<Vec<CredentialRow>, DatabaseError> {
        let rows = sqlx::query(CREDENTIALS).bind(owner.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(credential).collect()
    }

    /// Number of the last change; 0 for an owner that never had anything.
    pub(crate) async fn environment_revision(&self, owner: &Owner) -> Result<u64, DatabaseError> {
        let row = sqlx::query("SELECT revision FROM environment_revisions WHERE owner = $1")
            .bind(owner.as_str())
            .fetch_optional(&self.pool)
            .await?;
        Ok(match row {
            Some(row) => from_column(row.try_get("revision")?),
            None => 0,
        })
    }
}

/// Everything an owner has, as it is within a change.
pub(crate) async fn variables_within(
    write: &mut Write,
    owner: &Owner,
) -> Result<Vec<VariableRow>, DatabaseError> {
    let rows = sqlx::query(VARIABLES).bind(owner.as_str()).fetch_all(&mut **write).await?;
    rows.iter().map(variable).collect()
}

/// The same for Git credentials.
pub(crate) async fn credentials_within(
    write: &mut Write,
    owner: &Owner,
) -> Result<Vec<CredentialRow>, DatabaseError> {
    let rows = sqlx::query(CREDENTIALS).bind(owner.as_str()).fetch_all(&mut **write).await?;
    rows.iter().map(credential).collect()
}

/// Sets a variable, in place of the one of this name.
pub(crate) async fn set_variable(
    write: &mut Write,
    change: Change<'_>,
    row: &VariableRow,
) -> Result<(), DatabaseError> {
    let uses: Vec<&str> = row.uses.iter().map(|it| it.as_str()).collect();
    sqlx::query(
        "INSERT INTO environment
            (owner, name, kind, uses, sealed, key_id, size, updated_at_ms, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (owner, name) DO UPDATE SET kind = excluded.kind, uses = excluded.uses,
            sealed = excluded.sealed, key_id = excluded.key_id, size = excluded.size,
            updated_at_ms = excluded.updated_at_ms, updated_by = excluded.updated_by",
    )
    .bind(change.owner.as_str())
    .bind(row.name.as_str())
    .bind(row.kind.as_str())
    .bind(uses.join(","))
    .bind(row.sealed.as_str())
    .bind(row.key_id.as_str())
    .bind(to_column(row.size))
    .bind(to_column(change.now_ms))
    .bind(change.by.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Removes a variable; tells whether there was one.
pub(crate) async fn remove_variable(
    write: &mut Write,
    owner: &Owner,
    name: &str,
) -> Result<bool, DatabaseError> {
    let done = sqlx::query("DELETE FROM environment WHERE owner = $1 AND name = $2")
        .bind(owner.as_str())
        .bind(name)
        .execute(&mut **write)
        .await?;
    Ok(0 < done.rows_affected())
}

/// Sets a Git credential, in place of the one for this host.
pub(crate) async fn set_credential(
    write: &mut Write,
    change: Change<'_>,
    row: &CredentialRow,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO git_credentials
            (owner, host, username, sealed, key_id, updated_at_ms, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (owner, host) DO UPDATE SET username = excluded.username,
            sealed = excluded.sealed, key_id = excluded.key_id,
            updated_at_ms = excluded.updated_at_ms, updated_by = excluded.updated_by",
    )
    .bind(change.owner.as_str())
    .bind(row.host.as_str())
    .bind(row.username.as_str())
    .bind(row.sealed.as_str())
    .bind(row.key_id.as_str())
    .bind(to_column(change.now_ms))
    .bind(change.by.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Removes a Git credential; tells whether there was one.
pub(crate) async fn remove_credential(
    write: &mut Write,
    owner: &Owner,
    host: &str,
) -> Result<bool, DatabaseError> {
    let done = sqlx::query("DELETE FROM git_credentials WHERE owner = $1 AND host = $2")
        .bind(owner.as_str())
        .bind(host)
        .execute(&mut **write)
        .await?;
    Ok(0 < done.rows_affected())
}

/// Numbers a change of what an owner has. The number rises also over a database that was restored
/// from a copy, because it is not below the time.
pub(crate) async fn touch_environment(
    write: &mut Write,
    change: Change<'_>,
) -> Result<u64, DatabaseError> {
    let now = to_column(change.now_ms);
    sqlx::query(
        "INSERT INTO environment_revisions (owner, revision) VALUES ($1, $2)
         ON CONFLICT (owner) DO UPDATE SET revision = CASE
            WHEN environment_revisions.revision < $2 THEN $2
            ELSE environment_revisions.revision + 1 END",
    )
    .bind(change.owner.as_str())
    .bind(now)
    .execute(&mut **write)
    .await?;
    let row = sqlx::query("SELECT revision FROM environment_revisions WHERE owner = $1")
        .bind(change.owner.as_str())
        .fetch_one(&mut **write)
        .await?;
    write.tell(peer::Change::Environment { owner: change.owner.as_str().to_owned() });
    Ok(from_column(row.try_get("revision")?))
}

/// Removes everything an owner has, because the owner goes.
pub(crate) async fn remove_environment(
    write: &mut Write,
    owner: &str,
) -> Result<(), DatabaseError> {
    for statement in [
        "DELETE FROM environment WHERE owner = $1",
        "DELETE FROM git_credentials WHERE owner = $1",
        "DELETE FROM environment_revisions WHERE owner = $1",
    ] {
        sqlx::query(statement).bind(owner).execute(&mut **write).await?;
    }
    Ok(())
}
