//! Table `logins`: browsers and programs that are signed in, by the hash of what they hold.

use super::{Database, DatabaseError, Dialect, Write, from_column, to_column};
use protocol::id::LoginId;
use protocol::peer;
use protocol::{PrincipalId, WorkspaceId};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::sync::Arc;

/// What a login may do of what its principal may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Look, and change nothing.
    pub(crate) read_only: bool,
    /// Rows for other installations, and no others.
    pub(crate) registry_only: bool,
    /// `None`: every workspace of the principal.
    pub(crate) workspaces: Option<Arc<[WorkspaceId]>>,
}

/// One browser or program that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) id: LoginId,
    pub(crate) principal: PrincipalId,
    /// How the principal is called.
    pub(crate) name: String,
    /// Whether the principal administers this Stead.
    pub(crate) administrator: bool,
    /// `browser`, `cli`, `token`, …
    pub(crate) operator: String,
    pub(crate) scope: Scope,
    /// Last use that was written down; 0 for a token that was never used.
    pub(crate) seen_at_ms: u64,
    /// `None` for programs that are signed in until they are revoked.
    pub(crate) expires_at_ms: Option<u64>,
}

/// A login as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoginDetails {
    pub(crate) login: Login,
    /// User agent of a browser.
    pub(crate) device: Option<String>,
    /// Where it was last used from.
    pub(crate) address: Option<String>,
    /// Of a token.
    pub(crate) name: Option<String>,
    pub(crate) created_at_ms: u64,
}

/// What [`add_login`] writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewLogin<'a> {
    pub(crate) id: &'a LoginId,
    pub(crate) hash: &'a str,
    pub(crate) principal: &'a PrincipalId,
    pub(crate) operator: &'a str,
    pub(crate) device: Option<&'a str>,
    pub(crate) address: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) scope: &'a Scope,
    pub(crate) now_ms: u64,
    /// When its person last proved who it is; 0 for a program, which is no person.
    pub(crate) authenticated_at_ms: u64,
    pub(crate) seen_at_ms: u64,
    pub(crate) expires_at_ms: Option<u64>,
}

const COLUMNS: &str = "l.id, l.principal, l.operator, l.read_only, l.registry_only, l.workspaces, \
                       l.created_at_ms, \
                       l.seen_at_ms, l.expires_at_ms, l.device, l.address, l.name, \
                       p.administrator, p.name AS principal_name";
/// The account may sign in at all.
const IN_USE: &str = "p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL";

fn read(row: &AnyRow) -> Result<Login, DatabaseError> {
    let id: String = row.try_get("id")?;
    let corrupt = |what: &str| DatabaseError::Corrupt(format!("{what} of login {id}"));
    let workspaces: Option<String> = row.try_get("workspaces")?;
    let workspaces = match workspaces {
        Some(text) => {
            let ids: Vec<WorkspaceId> =
                serde_json::from_str(&text).map_err(|_| corrupt("workspaces"))?;
            Some(ids.into())
        }
        None => None,
    };
    Ok(Login {
        principal: super::principals::id(row.try_get("principal")?)?,
        name: row.try_get("principal_name")?,
        administrator: row.try_get::<i64, _>("administrator")? != 0,
        operator: row.try_get("operator")?,
        scope: Scope {
            read_only: row.try_get::<i64, _>("read_only")? != 0,
            registry_only: row.try_get::<i64, _>("registry_only")? != 0,
            workspaces,
        },
        seen_at_ms: from_column(row.try_get("seen_at_ms")?),
        expires_at_ms: row.try_get::<Option<i64>, _>("expires_at_ms")?.map(from_column),
        id: LoginId::parse(&id).ok_or_else(|| corrupt("id"))?,
    })
}

fn read_details(row: &AnyRow) -> Result<LoginDetails, DatabaseError> {
    Ok(LoginDetails {
        login: read(row)?,
        device: row.try_get("device")?,
        address: row.try_get("address")?,
        name: row.try_get("name")?,
        created_at_ms: from_column(row.try_get("created_at_ms")?),
    })
}

impl Database {
    /// The login whose secret has this hash, expired or not. A disabled account has none.
    pub(crate) async fn login(&self, hash: &str) -> Result<Option<Login>, DatabaseError> {
        self.login_where("l.hash", hash).await
    }

    /// The login with this id, unless it has expired.
    pub(crate) async fn valid_login(
        &self,
        id: &LoginId,
        now_ms: u64,
    ) -> Result<Option<Login>, DatabaseError> {
        let login = self.login_where("l.id", id.as_str()).await?;
        Ok(login.filter(|it| it.expires_at_ms.is_none_or(|end| now_ms < end)))
    }

    /// When the person of this login last proved who it is; 0 for a program or nobody.
    pub(crate) async fn authenticated_at(&self, id: &LoginId) -> Result<u64, DatabaseError> {
        let row = sqlx::query("SELECT authenticated_at_ms FROM logins WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let at = row.map(|it| it.try_get("authenticated_at_ms")).transpose()?;
        Ok(at.map_or(0, from_column))
    }

    async fn login_where(
        &self,
        column: &'static str,
        value: &str,
    ) -> Result<Option<Login>, DatabaseError> {
        let query = format!(
            "SELECT {COLUMNS} FROM logins l JOIN principals p ON p.id = l.principal
             WHERE {column} = $1 AND {IN_USE}"
        );
        let row =
            sqlx::query(sqlx::AssertSqlSafe(query)).bind(value).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Everything by which the principal is signed in, the last used first.
    pub(crate) async fn logins_of(
        &self,
        principal: &PrincipalId,
        now_ms: u64,
    ) -> Result<Vec<LoginDetails>, DatabaseError> {
        let query = format!(
            "SELECT {COLUMNS} FROM logins l JOIN principals p ON p.id = l.principal
             WHERE l.principal = $1 AND (l.expires_at_ms IS NULL OR $2 < l.expires_at_ms)
             ORDER BY l.seen_at_ms DESC, l.id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(principal.as_str())
            .bind(to_column(now_ms))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read_details).collect()
    }

    /// Notes that a login was used, and from where.
    pub(crate) async fn note_seen(
        &self,
        id: &LoginId,
        address: &str,
        now_ms: u64,
    ) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE logins SET seen_at_ms = $1, address = $2 WHERE id = $3")
            .bind(to_column(now_ms))
            .bind(address)
            .bind(id.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Moves the end of a login further away because it was used.
    pub(crate) async fn renew_login(
        &self,
        id: &LoginId,
        expires_at_ms: u64,
    ) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE logins SET expires_at_ms = $1 WHERE id = $2")
            .bind(to_column(expires_at_ms))
            .bind(id.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Signs somebody in; browsers whose time is over are forgotten on the way.
pub(crate) async fn add_login(write: &mut Write, new: NewLogin<'_>) -> Result<(), DatabaseError> {
    sqlx::query(
        "DELETE FROM logins WHERE expires_at_ms IS NOT NULL AND expires_at_ms <= $1
         AND operator = 'browser'",
    )
    .bind(to_column(new.now_ms))
    .execute(&mut **write)
    .await?;
    let workspaces = new.scope.workspaces.as_deref();
    let workspaces =
        workspaces.map(|it| serde_json::to_string(it).expect("a list of ids is plain JSON"));
    sqlx::query(
        "INSERT INTO logins (id, hash, principal, operator, device, address, name, read_only,
                             workspaces, created_at_ms, authenticated_at_ms, seen_at_ms,
                             expires_at_ms, registry_only)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(new.id.as_str())
    .bind(new.hash)
    .bind(new.principal.as_str())
    .bind(new.operator)
    .bind(new.device)
    .bind(new.address)
    .bind(new.name)
    .bind(i64::from(new.scope.read_only))
    .bind(workspaces)
    .bind(to_column(new.now_ms))
    .bind(to_column(new.authenticated_at_ms))
    .bind(to_column(new.seen_at_ms))
    .bind(new.expires_at_ms.map(to_column))
    .bind(i64::from(new.scope.registry_only))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Signs a login out; `false` when it was none of this principal's.
pub(crate) async fn remove_login(
    write: &mut Write,
    id: &LoginId,
    principal: &PrincipalId,
) -> Result<bool, DatabaseError> {
    let removed = sqlx::query("DELETE FROM logins WHERE id = $1 AND principal = $2")
        .bind(id.as_str())
        .bind(principal.as_str())
        .execute(&mut **write)
        .await?;
    let was_theirs = removed.rows_affected() == 1;
    if was_theirs {
        write.tell(peer::Change::Login { id: id.clone() });
    }
    Ok(was_theirs)
}

/// Signs a principal out of its browsers, or of everything, but not of `except`; says what ended.
pub(crate) async fn remove_logins_of_principal(
    write: &mut Write,
    principal: &PrincipalId,
    browsers_only: bool,
    except: Option<&LoginId>,
) -> Result<Vec<LoginId>, DatabaseError> {
    let rows = sqlx::query(
        "SELECT id FROM logins WHERE principal = $1 AND id <> $2 AND ($3 = 0 OR operator = 'browser')",
    )
    .bind(principal.as_str())
    .bind(except.map_or("", LoginId::as_str))
    .bind(i64::from(browsers_only))
    .fetch_all(&mut **write)
    .await?;
    let mut ended = Vec::with_capacity(rows.len());
    for row in rows {
        let id: String = row.try_get("id")?;
        sqlx::query("DELETE FROM logins WHERE id = $1").bind(&id).execute(&mut **write).await?;
        ended.extend(LoginId::parse(&id));
    }
    write.tell(peer::Change::Person { id: principal.clone() });
    for id in &ended {
        write.tell(peer::Change::Login { id: id.clone() });
    }
    Ok(ended)
}

/// Signs out programs of this kind. On PostgreSQL other gateways have some in use: only those that
/// were not used since `unused_since_ms`.
pub(crate) async fn remove_logins_of(
    write: &mut Write,
    operator: &str,
    unused_since_ms: u64,
) -> Result<(), DatabaseError> {
    let until = match write.dialect {
        Dialect::Sqlite => u64::MAX,
        Dialect::Postgres => unused_since_ms,
    };
    sqlx::query("DELETE FROM logins WHERE operator = $1 AND seen_at_ms < $2")
        .bind(operator)
        .bind(to_column(until))
        .execute(&mut **write)
        .await?;
    Ok(())
}
