//! The audit log for people: a page of it, a file of it, and whether it is whole.

use super::{AuditFormat, AuditQuery, Check};
use crate::app::Call;
use crate::database::{AuditFilter, AuditRow, AuditRows, Cursor, append_audit, commit};
use crate::reply::{self, Reply};
use axum::body::Body;
use axum::extract::Query;
use axum::response::IntoResponse;
use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use protocol::audit::{AuditEntry, AuditPage, AuditResult, AuditState, Outcome, VERBS, Verb};
use protocol::{ErrorCode, PrincipalId, WireError};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::IntoParams;

/// Rows of one page, when the question does not say, and at most.
const PAGE: u64 = 50;
const PAGE_MAX: u64 = 200;
/// Rows read at once for a file.
const EXPORT_PAGE: u64 = 1_000;
/// How long an answer waits for a walk over the chain; after that it says that it goes on.
const CHECK_WAIT: Duration = Duration::from_secs(20);
/// Characters of a principal's id.
const PRINCIPAL_LENGTH: usize = PrincipalId::PREFIX.len() + 1 + protocol::id::BODY_LENGTH;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// `next` of the page before.
    before: Option<String>,
    /// Rows, 200 at most.
    limit: Option<u64>,
}

/// How a file is written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormatQuery {
    /// `jsonl` or `csv`.
    #[param(inline, required = false)]
    format: AuditFormat,
}

/// What happened on this Stead, newest first.
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "list_audit",
    params(AuditQuery, PageQuery), responses((status = 200, body = AuditPage)))]
pub(crate) async fn list(call: Call) -> Reply {
    page(&call, question(&call)?, true).await
}

/// What happened in a workspace, newest first.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/audit", operation_id = "list_workspace_audit",
    params(("id" = String, Path), AuditQuery, PageQuery),
    responses((status = 200, body = AuditPage)))]
pub(crate) async fn list_workspace(call: Call) -> Reply {
    page(&call, of_workspace(&call)?, false).await
}

/// The rows of a question as a file, oldest first, as they are in the chain.
#[utoipa::path(get, path = "/api/v1/audit/export", operation_id = "export_audit",
    params(AuditQuery, FormatQuery),
    responses((status = 200, body = String, content_type = "application/x-ndjson")))]
pub(crate) async fn export(call: Call) -> Reply {
    let filter = question(&call)?;
    file(call, filter, true).await
}

/// The same for a workspace, without addresses and log-ins.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/audit/export",
    operation_id = "export_workspace_audit", params(("id" = String, Path), AuditQuery, FormatQuery),
    responses((status = 200, body = String, content_type = "application/x-ndjson")))]
pub(crate) async fn export_workspace(call: Call) -> Reply {
    let filter = of_workspace(&call)?;
    file(call, filter, false).await
}

/// The words of the audit log, with what people read.
#[utoipa::path(get, path = "/api/v1/audit/verbs", operation_id = "list_audit_verbs",
    responses((status = 200, body = Vec<Verb>)))]
pub(crate) fn verbs() -> axum::response::Response {
    reply::json(&VERBS)
}

/// How long the log is, and what the last check showed.
#[utoipa::path(get, path = "/api/v1/audit/state", operation_id = "get_audit_state",
    responses((status = 200, body = AuditState)))]
pub(crate) async fn state(call: Call) -> Reply {
    Ok(reply::json(&current(&call).await?))
}

/// Walks the whole chain. The answer comes when it is done, or says after a while that it goes on.
#[utoipa::path(post, path = "/api/v1/audit/check", operation_id = "check_audit",
    responses((status = 200, body = AuditState)))]
pub(crate) async fn check(call: Call) -> Reply {
    super::append(&call.app.database, call.audit_row(None, Outcome::Ok.as_str())).await?;
    Check::start(&call.app);
    let mut check = call.app.check.subscribe();
    let is_done = |it: &Option<_>| {
        it.as_ref()
            .is_some_and(|it: &protocol::audit::AuditCheck| it.result != AuditResult::Running)
    };
    // Late or not, what is known then is the answer.
    drop(timeout(CHECK_WAIT, check.wait_for(is_done)).await);
    Ok(reply::json(&current(&call).await?))
}

async fn current(call: &Call) -> Result<AuditState, WireError> {
    let head = call.app.database.audit_head().await?;
    // What a change begins with; it is given up at once.
    let writable = call.app.database.try_change().await.is_ok();
    Ok(AuditState { rows: head.seq, head: head.hash, writable, check: call.app.check.get() })
}

/// What the query asks for.
fn question(call: &Call) -> Result<AuditFilter, WireError> {
    query::<AuditQuery>(call)?.filter()
}

/// The same, about the workspace in the path and no other.
fn of_workspace(call: &Call) -> Result<AuditFilter, WireError> {
    Ok(AuditFilter { workspace: Some(call.workspace().0.to_string()), ..question(call)? })
}

fn query<T: serde::de::DeserializeOwned>(call: &Call) -> Result<T, WireError> {
    Query::try_from_uri(&call.head.uri).map(|Query(it)| it).map_err(|error| {
        WireError::new(ErrorCode::InvalidRequest, format!("the query is not as expected: {error}"))
    })
}

async fn page(call: &Call, filter: AuditFilter, for_administrator: bool) -> Reply {
    let asked: PageQuery = query(call)?;
    let before = match asked.before.as_deref() {
        Some(text) => Some(Cursor::parse(text).ok_or_else(|| {
            WireError::new(ErrorCode::InvalidRequest, "`before` is no place in the audit log")
        })?),
        None => None,
    };
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let database = &call.app.database;
    let AuditRows { rows, next } = database.audit_page(&filter, before, limit).await?;
    let people: BTreeSet<String> = rows.iter().flat_map(mentioned).collect();
    let workspaces: BTreeSet<String> = rows.iter().filter_map(|it| it.workspace.clone()).collect();
    let page = AuditPage {
        next: next.map(Cursor::to_text),
        searched_until_ms: next.map(|it| it.time_ms),
        people: database.names_of_principals(&people).await?,
        workspaces: database.names_of_workspaces(&workspaces).await?,
        entries: rows.into_iter().map(|it| shown(told(it, for_administrator))).collect(),
    };
    Ok(reply::json(&page))
}

/// What somebody is told of a row: where people come from, and by which log-in, is not for the
/// owners of a workspace.
fn told(row: AuditRow, for_administrator: bool) -> AuditRow {
    if for_administrator { row } else { AuditRow { login: None, address: None, ..row } }
}

fn shown(row: AuditRow) -> AuditEntry {
    AuditEntry {
        seq: row.seq,
        time_ms: row.time_ms,
        principal: row.principal,
        operator: row.operator,
        login: row.login,
        address: row.address,
        workspace: row.workspace,
        verb: row.verb,
        object: row.object,
        outcome: Outcome::parse(&row.outcome).unwrap_or(Outcome::Unknown),
        details: row.details.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default(),
        request_id: row.request_id,
        follows: row.follows,
        hash: row.hash,
    }
}

/// The ids of people in a row, wherever they stand.
fn mentioned(row: &AuditRow) -> Vec<String> {
    let start = format!("{}_", PrincipalId::PREFIX);
    let texts = [&row.principal, &row.object, &row.details];
    texts
        .into_iter()
        .flatten()
        .flat_map(|text| {
            text.match_indices(start.as_str())
                .filter_map(|(at, _)| text.get(at..at + PRINCIPAL_LENGTH))
        })
        .filter(|it| PrincipalId::parse(it).is_some())
        .map(str::to_owned)
        .collect()
}

/// Streams the rows of a question. That somebody took them is written down before the first one.
async fn file(call: Call, filter: AuditFilter, for_administrator: bool) -> Reply {
    let format = query::<FormatQuery>(&call)?.format;
    let row = call.audit_row(None, Outcome::Ok.as_str()).with("format", format.ending());
    let row = match call.head.uri.query() {
        Some(query) => row.with("query", super::shorten(query)),
        None => row,
    };
    // Of the installation's own log, whatever changes about its reader ends it.
    let cancel = match &call.workspace {
        Some(_) => call.cancel.clone(),
        None => call.app.live.person(call.caller()),
    };
    let mut write = call.write().await?;
    append_audit(&mut write, row).await?;
    commit(write).await?;

    let database = call.app.database.clone();
    let pages = stream::unfold(Some(0), move |after| {
        let (database, filter, cancel) = (database.clone(), filter.clone(), cancel.clone());
        async move {
            let after = after?;
            if cancel.is_cancelled() {
                return Some((Err(io::Error::other("access has ended")), None));
            }
            match database.audit_rows(&filter, after, EXPORT_PAGE).await {
                Ok(rows) => {
                    let last = rows.last()?.seq;
                    let rows = rows.into_iter().map(|it| told(it, for_administrator));
                    let text: String = rows.map(|it| format.line(&it)).collect();
                    Some((Ok(Bytes::from(text)), Some(last)))
                }
                // The connection breaks off, so that nobody takes the file for whole.
                Err(error) => Some((Err(io::Error::other(error)), None)),
            }
        }
    });
    let head = stream::iter([Ok(Bytes::from(format.head()))]);
    let body = Body::from_stream(futures_util::StreamExt::chain(head, pages));
    let name = format!("attachment; filename=\"stead-audit.{}\"", format.ending());
    let headers =
        [(CONTENT_TYPE, format.kind()), (CONTENT_DISPOSITION, &name), (CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_found_wherever_they_stand() {
        let (one, two) = (PrincipalId::from_random(1), PrincipalId::from_random(2));
        let row = AuditRow {
            principal: Some(one.to_string()),
            object: Some(format!("{two} viewer to usr_short")),
            ..AuditRow::default()
        };
        assert_eq!(mentioned(&row), [one.to_string(), two.to_string()]);
    }
}
