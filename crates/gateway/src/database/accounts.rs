//! Table `principals`, as administrators see it.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::account::{Account, OwnedWorkspace};
use protocol::id::LoginId;
use protocol::peer;
use protocol::{PrincipalId, WorkspaceId};
use sqlx::Row;
use sqlx::any::AnyRow;

impl Database {
    /// Every account that was not deleted, by name.
    pub(crate) async fn accounts(&self) -> Result<Vec<Account>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT p.id, p.name, p.login_name, p.email, p.administrator, p.created_at_ms,
                    p.disabled_at_ms,
                    CAST(CASE WHEN p.password_hash IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_password,
                    (SELECT MAX(l.seen_at_ms) FROM logins l WHERE l.principal = p.id) AS seen_at_ms
             FROM principals p WHERE p.deleted_at_ms IS NULL ORDER BY p.name, p.id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Account, DatabaseError> {
    Ok(Account {
        id: super::principals::id(row.try_get("id")?)?,
        name: row.try_get("name")?,
        login_name: row.try_get("login_name")?,
        email: row.try_get("email")?,
        administrator: row.try_get::<i64, _>("administrator")? != 0,
        disabled: row.try_get::<Option<i64>, _>("disabled_at_ms")?.is_some(),
        has_password: row.try_get::<i64, _>("has_password")? != 0,
        created_at_ms: from_column(row.try_get("created_at_ms")?),
        seen_at_ms: row.try_get::<Option<i64>, _>("seen_at_ms")?.map(from_column),
    })
}

/// How many administrators can sign in.
pub(crate) async fn administrator_count(write: &mut Write) -> Result<u64, DatabaseError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM principals
         WHERE administrator = 1 AND disabled_at_ms IS NULL AND deleted_at_ms IS NULL",
    )
    .fetch_one(&mut **write)
    .await?;
    Ok(from_column(row.try_get("n")?))
}

/// Makes the principal an administrator, or none.
pub(crate) async fn set_administrator(
    write: &mut Write,
    id: &PrincipalId,
    administrator: bool,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE principals SET administrator = $1 WHERE id = $2")
        .bind(i64::from(administrator))
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    write.tell(peer::Change::Person { id: id.clone() });
    Ok(())
}

/// Keeps the principal out since `since_ms`, or lets it in again. Wrong passwords are forgotten.
pub(crate) async fn set_disabled(
    write: &mut Write,
    id: &PrincipalId,
    since_ms: Option<u64>,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "UPDATE principals SET disabled_at_ms = $1, failures = 0, locked_until_ms = 0 WHERE id = $2",
    )
    .bind(since_ms.map(to_column))
    .bind(id.as_str())
    .execute(&mut **write)
    .await?;
    if since_ms.is_some() {
        tell_logins(write, id).await?;
    }
    write.tell(peer::Change::Person { id: id.clone() });
    Ok(())
}

/// Tells other gateways of every login of the principal, tokens too, that what it has open must end.
async fn tell_logins(write: &mut Write, id: &PrincipalId) -> Result<(), DatabaseError> {
    let rows = sqlx::query("SELECT id FROM logins WHERE principal = $1")
        .bind(id.as_str())
        .fetch_all(&mut **write)
        .await?;
    for row in rows {
        let login: String = row.try_get("id")?;
        let corrupt = || DatabaseError::Corrupt(format!("login {login}"));
        let id = LoginId::parse(&login).ok_or_else(corrupt)?;
        write.tell(peer::Change::Login { id });
    }
    Ok(())
}

/// The workspaces that nobody but this principal owns.
pub(crate) async fn owned_alone(
    write: &mut Write,
    id: &PrincipalId,
) -> Result<Vec<OwnedWorkspace>, DatabaseError> {
    let rows = sqlx::query(
        "SELECT w.id, w.name FROM workspaces w JOIN members m ON m.workspace = w.id
         WHERE m.principal = $1 AND m.role = 'owner' AND w.phase = 'ready'
           AND NOT EXISTS (SELECT 1 FROM members o WHERE o.workspace = w.id AND o.role = 'owner'
                           AND o.principal <> $1)
         ORDER BY w.name, w.id",
    )
    .bind(id.as_str())
    .fetch_all(&mut **write)
    .await?;
    let read = |row: &AnyRow| {
        let id: String = row.try_get("id")?;
        let corrupt = || DatabaseError::Corrupt(format!("workspace {id}"));
        let id = WorkspaceId::parse(&id).ok_or_else(corrupt)?;
        Ok(OwnedWorkspace { id, name: row.try_get("name")? })
    };
    rows.iter().map(read).collect()
}

/// Takes away everything by which the principal signs in and what it is a member of. The row stays
/// with its name, so that the audit log can still be read. Ask [`owned_alone`] before.
pub(crate) async fn delete_account(
    write: &mut Write,
    id: &PrincipalId,
    now_ms: u64,
) -> Result<(), DatabaseError> {
    super::remove_environment(write, id.as_str()).await?;
    tell_logins(write, id).await?;
    for statement in [
        "UPDATE workspaces SET owner = (SELECT MIN(m.principal) FROM members m
            WHERE m.workspace = workspaces.id AND m.role = 'owner' AND m.principal <> $1)
         WHERE owner = $1 AND EXISTS (SELECT 1 FROM members m
            WHERE m.workspace = workspaces.id AND m.role = 'owner' AND m.principal <> $1)",
        "DELETE FROM members WHERE principal = $1",
        "DELETE FROM grants WHERE principal = $1",
        "DELETE FROM identities WHERE principal = $1",
        "DELETE FROM invitations WHERE created_by = $1",
        "DELETE FROM logins WHERE principal = $1",
    ] {
        sqlx::query(statement).bind(id.as_str()).execute(&mut **write).await?;
    }
    sqlx::query(
        "UPDATE principals SET login_name = NULL, email = NULL, password_hash = NULL,
                               administrator = 0, deleted_at_ms = $1
         WHERE id = $2",
    )
    .bind(to_column(now_ms))
    .bind(id.as_str())
    .execute(&mut **write)
    .await?;
    write.tell(peer::Change::Account { id: id.clone() });
    Ok(())
}
