//! Reading the audit log: one page, or all of it page by page.

use super::filter::{AuditFilter, Bind, Cursor, Range, Statement};
use super::{AuditRow, read};
use crate::database::{Database, DatabaseError, from_column};
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, Row};
use std::collections::{BTreeMap, BTreeSet};

/// Rows that are searched for a text at once: some tenths of a second.
const SEARCHED_MAX: u64 = 200_000;

/// A page of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AuditRows {
    pub(crate) rows: Vec<AuditRow>,
    /// Where to go on; `None` at the end of the log.
    pub(crate) next: Option<Cursor>,
}

type AnyQuery<'q> = Query<'q, Any, AnyArguments>;

/// The query with the values of its placeholders.
fn bound(mut query: AnyQuery<'_>, binds: Vec<Bind>) -> AnyQuery<'_> {
    for bind in binds {
        query = match bind {
            Bind::Text(text) => query.bind(text),
            Bind::Number(number) => query.bind(number),
        };
    }
    query
}

impl Database {
    /// The newest rows that are asked for, before a cursor. A text has no index, so only so many
    /// rows are searched for it at once.
    pub(crate) async fn audit_page(
        &self,
        filter: &AuditFilter,
        before: Option<Cursor>,
        limit: u64,
    ) -> Result<AuditRows, DatabaseError> {
        let since = match filter.text {
            Some(_) => self.audit_window(filter.window_statement(before, SEARCHED_MAX)).await?,
            None => None,
        };
        let range = Range { before, since };
        // One more than is wanted says whether there are further ones.
        let mut rows = self.audit_select(filter.statement(range, limit + 1)).await?;
        let is_full = limit < u64::try_from(rows.len()).unwrap_or(u64::MAX);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let last = rows.last().map(|it| Cursor { time_ms: it.time_ms, seq: it.seq });
        Ok(AuditRows { next: if is_full { last } else { since }, rows })
    }

    /// How SQLite would look for a page.
    #[cfg(test)]
    pub(crate) async fn audit_plan(&self, filter: &AuditFilter, before: Option<Cursor>) -> String {
        let Statement { text, binds } = filter.statement(Range { before, since: None }, 50);
        let text = format!("EXPLAIN QUERY PLAN {text}");
        let query = bound(sqlx::query(sqlx::AssertSqlSafe(text)), binds);
        let rows = query.fetch_all(&self.pool).await.unwrap();
        let lines: Vec<String> = rows.iter().map(|it| it.get("detail")).collect();
        lines.join("\n")
    }

    async fn audit_window(&self, statement: Statement) -> Result<Option<Cursor>, DatabaseError> {
        let Statement { text, binds } = statement;
        let query = bound(sqlx::query(sqlx::AssertSqlSafe(text)), binds);
        let Some(row) = query.fetch_optional(&self.pool).await? else { return Ok(None) };
        Ok(Some(Cursor {
            time_ms: from_column(row.try_get("time_ms")?),
            seq: from_column(row.try_get("seq")?),
        }))
    }

    /// Rows behind a number, oldest first, with those that were begun: as they are in the chain.
    pub(crate) async fn audit_rows(
        &self,
        filter: &AuditFilter,
        after: u64,
        limit: u64,
    ) -> Result<Vec<AuditRow>, DatabaseError> {
        let columns = self.audit_columns().await?;
        self.audit_select(filter.chain_statement(columns, after, limit)).await
    }

    async fn audit_select(
        &self,
        Statement { text, binds }: Statement,
    ) -> Result<Vec<AuditRow>, DatabaseError> {
        let query = bound(sqlx::query(sqlx::AssertSqlSafe(text)), binds);
        query.fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// How these people are called.
    pub(crate) async fn names_of_principals(
        &self,
        ids: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, String>, DatabaseError> {
        self.names_of("principals", ids).await
    }

    /// How these workspaces are called, as far as there still are any.
    pub(crate) async fn names_of_workspaces(
        &self,
        ids: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, String>, DatabaseError> {
        self.names_of("workspaces", ids).await
    }

    async fn names_of(
        &self,
        table: &'static str,
        ids: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, String>, DatabaseError> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let places: Vec<String> = (1..=ids.len()).map(|it| format!("${it}")).collect();
        let text = format!("SELECT id, name FROM {table} WHERE id IN ({})", places.join(", "));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
        for id in ids {
            query = query.bind(id.as_str());
        }
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("name")?))).collect()
    }
}
