//! Tables `shares` and `share_people`: who sees a workspace's app by an address.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::id::ShareId;
use protocol::peer;
use protocol::share::{ShareMode, SharePerson};
use protocol::{PrincipalId, WorkspaceId};
use sqlx::Row;
use sqlx::any::AnyRow;

/// One share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShareRow {
    pub(crate) id: ShareId,
    pub(crate) workspace: WorkspaceId,
    /// Whoever made it, or gave it its slug.
    pub(crate) owner: PrincipalId,
    /// The owner's user name, for as long as that person owns the workspace.
    pub(crate) owner_name: Option<String>,
    /// Hash of the token.
    pub(crate) hash: String,
    /// Which token: each new link has another number.
    pub(crate) link: u64,
    /// Rises whenever those who were let in must come in again.
    pub(crate) access: u64,
    pub(crate) mode: ShareMode,
    pub(crate) password_hash: Option<String>,
    pub(crate) slug: Option<String>,
    pub(crate) created_at_ms: u64,
    pub(crate) expires_at_ms: Option<u64>,
    pub(crate) ended_at_ms: Option<u64>,
    pub(crate) views: u64,
    pub(crate) viewed_at_ms: Option<u64>,
}

/// A share, as it is for one person or for a stranger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundShare {
    pub(crate) row: ShareRow,
    /// The share names this person.
    pub(crate) is_chosen: bool,
}

/// Reads a share of a workspace that exists. `$2` is the person it is read for; an answer takes as
/// long for a share that names this person as for one that does not.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT s.id, s.workspace, s.owner, s.hash, s.link, s.access, s.mode, s.password_hash,
                    s.slug, s.created_at_ms, s.expires_at_ms, s.ended_at_ms, s.views,
                    s.viewed_at_ms,
                    (SELECT p.login_name FROM principals p
                     JOIN members m ON m.principal = p.id
                     WHERE p.id = s.owner AND m.workspace = s.workspace AND m.role = 'owner'
                       AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL) AS owner_name,
                    (SELECT COUNT(*) FROM share_people c
                     WHERE c.share = s.id AND c.principal = $2) AS chosen
             FROM shares s JOIN workspaces w ON w.id = s.workspace AND w.phase = 'ready'
             WHERE ",
            $where
        )
    };
}

fn read(row: &AnyRow) -> Result<FoundShare, DatabaseError> {
    let id: String = row.try_get("id")?;
    let corrupt = || DatabaseError::Corrupt(format!("share {id}"));
    let text = |column: &str| row.try_get::<String, _>(column);
    let number = |column: &str| row.try_get::<i64, _>(column).map(from_column);
    let maybe = |column: &str| row.try_get::<Option<i64>, _>(column).map(|it| it.map(from_column));
    let row = ShareRow {
        id: ShareId::parse(&id).ok_or_else(corrupt)?,
        workspace: WorkspaceId::parse(&text("workspace")?).ok_or_else(corrupt)?,
        owner: PrincipalId::parse(&text("owner")?).ok_or_else(corrupt)?,
        owner_name: row.try_get("owner_name")?,
        hash: text("hash")?,
        link: number("link")?,
        access: number("access")?,
        mode: ShareMode::parse(&text("mode")?).ok_or_else(corrupt)?,
        password_hash: row.try_get("password_hash")?,
        slug: row.try_get("slug")?,
        created_at_ms: number("created_at_ms")?,
        expires_at_ms: maybe("expires_at_ms")?,
        ended_at_ms: maybe("ended_at_ms")?,
        views: number("views")?,
        viewed_at_ms: maybe("viewed_at_ms")?,
    };
    Ok(FoundShare { is_chosen: 0 < number("chosen")?, row })
}

/// What stands for a stranger in a query.
fn column(person: Option<&PrincipalId>) -> &str {
    person.map_or("", PrincipalId::as_str)
}

impl Database {
    /// The share with this id, ended or not.
    pub(crate) async fn share(
        &self,
        id: &ShareId,
        person: Option<&PrincipalId>,
    ) -> Result<Option<FoundShare>, DatabaseError> {
        self.share_where(select!("s.id = $1"), id.as_str(), person).await
    }

    /// The share whose token has this hash, ended or not.
    pub(crate) async fn share_by_hash(
        &self,
        hash: &str,
        person: Option<&PrincipalId>,
    ) -> Result<Option<FoundShare>, DatabaseError> {
        self.share_where(select!("s.hash = $1"), hash, person).await
    }

    async fn share_where(
        &self,
        query: &'static str,
        key: &str,
        person: Option<&PrincipalId>,
    ) -> Result<Option<FoundShare>, DatabaseError> {
        let row =
            sqlx::query(query).bind(key).bind(column(person)).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// The share with this slug of the owner with this user name.
    pub(crate) async fn share_by_slug(
        &self,
        (owner, slug): (&str, &str),
        person: Option<&PrincipalId>,
    ) -> Result<Option<FoundShare>, DatabaseError> {
        let row = sqlx::query(select!(
            "s.slug = $1 AND s.ended_at_ms IS NULL
             AND s.owner = (SELECT id FROM principals WHERE login_name = $3)"
        ))
        .bind(slug)
        .bind(column(person))
        .bind(owner)
        .fetch_optional(&self.pool)
        .await?;
        let found = row.as_ref().map(read).transpose()?;
        Ok(found.filter(|it| it.row.owner_name.is_some()))
    }

    /// Every share of a workspace that was not ended, the newest first.
    pub(crate) async fn shares_of(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<ShareRow>, DatabaseError> {
        let rows = sqlx::query(select!(
            "s.workspace = $1 AND s.ended_at_ms IS NULL ORDER BY s.created_at_ms DESC, s.id"
        ))
        .bind(workspace.as_str())
        .bind("")
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(read(row)?.row)).collect()
    }

    /// The people whom the shares of a workspace name, each with the share.
    pub(crate) async fn share_people(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<(String, SharePerson)>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT c.share, p.id, p.name, p.login_name FROM share_people c
             JOIN shares s ON s.id = c.share JOIN principals p ON p.id = c.principal
             WHERE s.workspace = $1 AND p.deleted_at_ms IS NULL ORDER BY p.name, p.id",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok((row.try_get("share")?, person(row)?))).collect()
    }

    /// Somebody with an account, by user name.
    pub(crate) async fn person_named(
        &self,
        login_name: &str,
    ) -> Result<Option<SharePerson>, DatabaseError> {
        let row = sqlx::query(
            "SELECT id, name, login_name FROM principals
             WHERE login_name = $1 AND deleted_at_ms IS NULL",
        )
        .bind(login_name)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(person).transpose()
    }

    /// Whether a share of this owner has this slug.
    pub(crate) async fn slug_is_taken(
        &self,
        owner: &PrincipalId,
        slug: &str,
    ) -> Result<bool, DatabaseError> {
        let row = sqlx::query("SELECT id FROM shares WHERE owner = $1 AND slug = $2")
            .bind(owner.as_str())
            .bind(slug)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// A principal's user name; `None` while it has none.
    pub(crate) async fn login_name(
        &self,
        id: &PrincipalId,
    ) -> Result<Option<String>, DatabaseError> {
        let row = sqlx::query("SELECT login_name FROM principals WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        Ok(match row {
            Some(row) => row.try_get("login_name")?,
            None => None,
        })
    }
}

fn person(row: &AnyRow) -> Result<SharePerson, DatabaseError> {
    let id: String = row.try_get("id")?;
    Ok(SharePerson {
        id: PrincipalId::parse(&id)
            .ok_or_else(|| DatabaseError::Corrupt(format!("principal {id}")))?,
        name: row.try_get("name")?,
        login_name: row.try_get("login_name")?,
    })
}

/// How many shares of the workspace were not ended.
pub(crate) async fn count_shares(
    write: &mut Write,
    workspace: &WorkspaceId,
) -> Result<u64, DatabaseError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM shares WHERE workspace = $1 AND ended_at_ms IS NULL",
    )
    .bind(workspace.as_str())
    .fetch_one(&mut **write)
    .await?;
    Ok(from_column(row.try_get("n")?))
}

/// The share that has this slug of this owner.
pub(crate) async fn slug_holder(
    write: &mut Write,
    owner: &PrincipalId,
    slug: &str,
) -> Result<Option<String>, DatabaseError> {
    let row = sqlx::query("SELECT id FROM shares WHERE owner = $1 AND slug = $2")
        .bind(owner.as_str())
        .bind(slug)
        .fetch_optional(&mut **write)
        .await?;
    row.map(|row| Ok(row.try_get("id")?)).transpose()
}

/// Adds a share that nobody has seen yet.
pub(crate) async fn add_share(write: &mut Write, row: &ShareRow) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO shares (id, workspace, owner, hash, link, access, mode, password_hash, slug,
                             created_at_ms, expires_at_ms, ended_at_ms, views, viewed_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, 0, NULL)",
    )
    .bind(row.id.as_str())
    .bind(row.workspace.as_str())
    .bind(row.owner.as_str())
    .bind(row.hash.as_str())
    .bind(to_column(row.link))
    .bind(to_column(row.access))
    .bind(row.mode.as_str())
    .bind(row.password_hash.as_deref())
    .bind(row.slug.as_deref())
    .bind(to_column(row.created_at_ms))
    .bind(row.expires_at_ms.map(to_column))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Writes what an owner may change; `false` when the share was ended meanwhile.
pub(crate) async fn set_share(write: &mut Write, row: &ShareRow) -> Result<bool, DatabaseError> {
    let changed = sqlx::query(
        "UPDATE shares SET owner = $1, hash = $2, link = $3, access = $4, mode = $5,
                           password_hash = $6, slug = $7, expires_at_ms = $8
         WHERE id = $9 AND ended_at_ms IS NULL",
    )
    .bind(row.owner.as_str())
    .bind(row.hash.as_str())
    .bind(to_column(row.link))
    .bind(to_column(row.access))
    .bind(row.mode.as_str())
    .bind(row.password_hash.as_deref())
    .bind(row.slug.as_deref())
    .bind(row.expires_at_ms.map(to_column))
    .bind(row.id.as_str())
    .execute(&mut **write)
    .await?;
    write.tell(peer::Change::Share { id: row.id.clone() });
    Ok(0 < changed.rows_affected())
}

/// Names the people of a share, in place of those it named.
pub(crate) async fn set_share_people(
    write: &mut Write,
    share: &ShareId,
    people: &[PrincipalId],
) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM share_people WHERE share = $1")
        .bind(share.as_str())
        .execute(&mut **write)
        .await?;
    for person in people {
        sqlx::query("INSERT INTO share_people (share, principal) VALUES ($1, $2)")
            .bind(share.as_str())
            .bind(person.as_str())
            .execute(&mut **write)
            .await?;
    }
    write.tell(peer::Change::Share { id: share.clone() });
    Ok(())
}

/// Ends a share for good; `false` when it was ended before. Its slug is free again.
pub(crate) async fn end_share(
    write: &mut Write,
    share: &ShareId,
    now_ms: u64,
) -> Result<bool, DatabaseError> {
    set_share_people(write, share, &[]).await?;
    let ended = sqlx::query(
        "UPDATE shares SET ended_at_ms = $1, slug = NULL, password_hash = NULL
         WHERE id = $2 AND ended_at_ms IS NULL",
    )
    .bind(to_column(now_ms))
    .bind(share.as_str())
    .execute(&mut **write)
    .await?;
    Ok(0 < ended.rows_affected())
}

/// Counts a visit.
pub(crate) async fn count_view(
    write: &mut Write,
    share: &ShareId,
    now_ms: u64,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE shares SET views = views + 1, viewed_at_ms = $1 WHERE id = $2")
        .bind(to_column(now_ms))
        .bind(share.as_str())
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// Removes every share of a workspace that goes away.
pub(super) async fn remove_shares_of(
    write: &mut Write,
    workspace: &WorkspaceId,
) -> Result<(), DatabaseError> {
    for statement in [
        "DELETE FROM share_people WHERE share IN (SELECT id FROM shares WHERE workspace = $1)",
        "DELETE FROM shares WHERE workspace = $1",
    ] {
        sqlx::query(statement).bind(workspace.as_str()).execute(&mut **write).await?;
    }
    Ok(())
}
