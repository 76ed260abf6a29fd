//! Table `principals`: verified people and services.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::PrincipalId;
use protocol::peer;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A verified identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    pub(crate) id: PrincipalId,
    pub(crate) name: String,
    /// What the person types to sign in with a password; unique.
    pub(crate) login_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) has_password: bool,
    /// Administers this Stead.
    pub(crate) administrator: bool,
    pub(crate) disabled: bool,
    /// Milliseconds since 1970 of the first sign-in by a link; `None` before it.
    pub(crate) entered_at_ms: Option<u64>,
}

/// What a password is judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) id: PrincipalId,
    /// `None`: no password was ever set.
    pub(crate) password_hash: Option<String>,
    pub(crate) disabled: bool,
    /// Wrong passwords since the last right one.
    pub(crate) failures: u32,
    /// Browsers that were never signed in may not try before this.
    pub(crate) locked_until_ms: u64,
}

/// What [`add_principal`] writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewPrincipal<'a> {
    pub(crate) id: &'a PrincipalId,
    pub(crate) name: &'a str,
    pub(crate) login_name: &'a str,
    pub(crate) email: Option<&'a str>,
    pub(crate) password_hash: Option<&'a str>,
    pub(crate) now_ms: u64,
}

const COLUMNS: &str = "id, name, login_name, email, administrator, disabled_at_ms, entered_at_ms, \
                       CASE WHEN password_hash IS NULL THEN NULL ELSE 1 END AS has_password";

pub(super) fn id(text: &str) -> Result<PrincipalId, DatabaseError> {
    PrincipalId::parse(text).ok_or_else(|| DatabaseError::Corrupt(format!("principal {text}")))
}

fn read(row: &AnyRow) -> Result<Principal, DatabaseError> {
    Ok(Principal {
        id: id(row.try_get("id")?)?,
        name: row.try_get("name")?,
        login_name: row.try_get("login_name")?,
        email: row.try_get("email")?,
        has_password: row.try_get::<Option<i64>, _>("has_password")?.is_some(),
        administrator: row.try_get::<i64, _>("administrator")? != 0,
        disabled: row.try_get::<Option<i64>, _>("disabled_at_ms")?.is_some(),
        entered_at_ms: row.try_get::<Option<i64>, _>("entered_at_ms")?.map(from_column),
    })
}

impl Database {
    /// The one with this id, unless it was deleted.
    pub(crate) async fn principal(
        &self,
        id: &PrincipalId,
    ) -> Result<Option<Principal>, DatabaseError> {
        let query =
            format!("SELECT {COLUMNS} FROM principals WHERE id = $1 AND deleted_at_ms IS NULL");
        let row = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The first administrator: the owner of this Stead. Made on the first call.
    pub(crate) async fn owner(&self, now_ms: u64) -> Result<Principal, DatabaseError> {
        let mut write = self.write().await?;
        let query = format!(
            "SELECT {COLUMNS} FROM principals
             WHERE administrator = 1 AND disabled_at_ms IS NULL AND deleted_at_ms IS NULL
             ORDER BY created_at_ms, id LIMIT 1"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_optional(&mut *write).await?;
        if let Some(row) = row {
            return read(&row);
        }
        let owner = Principal {
            id: PrincipalId::from_random(stdx::random::bits()),
            name: "Owner".to_owned(),
            login_name: None,
            email: None,
            has_password: false,
            administrator: true,
            disabled: false,
            entered_at_ms: None,
        };
        sqlx::query(
            "INSERT INTO principals (id, name, administrator, created_at_ms) VALUES ($1, $2, 1, $3)",
        )
        .bind(owner.id.as_str())
        .bind(owner.name.as_str())
        .bind(to_column(now_ms))
        .execute(&mut *write)
        .await?;
        super::commit(write).await?;
        Ok(owner)
    }

    /// What a password for this log-in name is judged by.
    pub(crate) async fn credentials(
        &self,
        login_name: &str,
    ) -> Result<Option<Credentials>, DatabaseError> {
        let row = sqlx::query(
            "SELECT id, password_hash, disabled_at_ms, failures, locked_until_ms
             FROM principals WHERE login_name = $1 AND deleted_at_ms IS NULL",
        )
        .bind(login_name)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Credentials {
            id: id(row.try_get("id")?)?,
            password_hash: row.try_get("password_hash")?,
            disabled: row.try_get::<Option<i64>, _>("disabled_at_ms")?.is_some(),
            failures: u32::try_from(row.try_get::<i64, _>("failures")?).unwrap_or(u32::MAX),
            locked_until_ms: from_column(row.try_get("locked_until_ms")?),
        }))
    }

    /// The hash of the principal's password, if it has one.
    pub(crate) async fn password_hash(
        &self,
        id: &PrincipalId,
    ) -> Result<Option<String>, DatabaseError> {
        let row = sqlx::query("SELECT password_hash FROM principals WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|it| it.try_get("password_hash")).transpose()?.flatten())
    }

    /// Whether anybody signs in with a password.
    pub(crate) async fn has_passwords(&self) -> Result<bool, DatabaseError> {
        let row = sqlx::query(
            "SELECT id FROM principals WHERE password_hash IS NOT NULL
             AND disabled_at_ms IS NULL AND deleted_at_ms IS NULL LIMIT 1",
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }
}

/// Adds an account that is not an administrator's.
pub(crate) async fn add_principal(
    write: &mut Write,
    new: NewPrincipal<'_>,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO principals (id, name, login_name, email, password_hash,
                                 password_changed_at_ms, created_at_ms, entered_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.id.as_str())
    .bind(new.name)
    .bind(new.login_name)
    .bind(new.email)
    .bind(new.password_hash)
    .bind(new.password_hash.map(|_| to_column(new.now_ms)))
    .bind(to_column(new.now_ms))
    .bind(to_column(new.now_ms))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Whether nobody else signs in with this name.
pub(crate) async fn login_name_is_free(
    write: &mut Write,
    login_name: &str,
    except: Option<&PrincipalId>,
) -> Result<bool, DatabaseError> {
    let row = sqlx::query("SELECT id FROM principals WHERE login_name = $1 AND id <> $2")
        .bind(login_name)
        .bind(except.map_or("", PrincipalId::as_str))
        .fetch_optional(&mut **write)
        .await?;
    Ok(row.is_none())
}

/// Changes what the person types to sign in. Ask [`login_name_is_free`] in the same write.
pub(crate) async fn set_login_name(
    write: &mut Write,
    id: &PrincipalId,
    login_name: &str,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE principals SET login_name = $1 WHERE id = $2")
        .bind(login_name)
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    write.tell(peer::Change::Person { id: id.clone() });
    Ok(())
}

/// Gives the principal another name to be shown.
pub(crate) async fn rename_principal(
    write: &mut Write,
    id: &PrincipalId,
    name: &str,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE principals SET name = $1 WHERE id = $2")
        .bind(name)
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    write.tell(peer::Change::Person { id: id.clone() });
    Ok(())
}

/// Sets the password, and forgets wrong ones.
pub(crate) async fn set_password(
    write: &mut Write,
    id: &PrincipalId,
    hash: &str,
    now_ms: u64,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "UPDATE principals SET password_hash = $1, password_changed_at_ms = $2, failures = 0,
                               locked_until_ms = 0
         WHERE id = $3",
    )
    .bind(hash)
    .bind(to_column(now_ms))
    .bind(id.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Notes how often and until when passwords for this log-in name were wrong. For a name that nobody
/// has, the same work is done and nothing is changed.
pub(crate) async fn note_failures(
    write: &mut Write,
    login_name: &str,
    failures: u32,
    locked_until_ms: u64,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE principals SET failures = $1, locked_until_ms = $2 WHERE login_name = $3")
        .bind(i64::from(failures))
        .bind(to_column(locked_until_ms))
        .bind(login_name)
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// Notes that the principal came for the first time.
pub(crate) async fn note_entry(
    write: &mut Write,
    id: &PrincipalId,
    now_ms: u64,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE principals SET entered_at_ms = $1 WHERE id = $2 AND entered_at_ms IS NULL")
        .bind(to_column(now_ms))
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    Ok(())
}
