//! The audit log: who did what, written before or with the change, in a chain of hashes.
//!
//! Nothing is changed whose row cannot be written. A row that is written before its change says
//! `begun`, and a row with the outcome follows; [`Trail`] writes those, and whatever need not be
//! waited for, and refuses further changes while it cannot. [`Collector`] takes over what kernels
//! saw. `docs/audit.md` says what holds when, and what it does not protect from.

pub(crate) mod check;
pub(crate) mod collector;
mod export;
pub(crate) mod head;
pub(crate) mod http;
mod query;
mod tools;
mod trail;

pub(crate) use check::Check;
pub(crate) use collector::Collector;
pub use export::AuditFormat;
pub use query::AuditQuery;
pub use tools::{AuditError, AuditReport, audit_export, audit_verify};
pub(crate) use trail::{Trail, Writer};

use crate::app::{Call, read_body_up_to};
use crate::database::{AuditRow, Database, append_audit, commit};
use crate::reply::Reply;
use ::http::StatusCode;
use ::http::header::CONTENT_LENGTH;
use axum::body::Body;
use protocol::audit::{OBJECT_LENGTH_MAX, Outcome, verb};
use protocol::{WireError, WorkspaceId};
use serde_json::Value;

/// Largest body whose facts are written down, in bytes: what a kernel takes as JSON.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Appends a row in a transaction of its own. What it is about must not happen when this fails.
pub(crate) async fn append(database: &Database, row: AuditRow) -> Result<(), WireError> {
    let attempt = async {
        let mut write = database.write().await?;
        append_audit(&mut write, row).await?;
        commit(write).await
    };
    Ok(attempt.await?)
}

/// An object for a row: bounded, and without the query, which may hold secrets.
pub(crate) fn shorten(object: &str) -> String {
    object.chars().take(OBJECT_LENGTH_MAX).collect()
}

/// A row about a request that the policy does not allow.
pub(crate) fn denied(call: &Call, workspace: Option<&WorkspaceId>) -> AuditRow {
    let mut row = call.audit_row(call.parameters.object().as_deref(), Outcome::Denied.as_str());
    if row.verb.is_empty() {
        // What only reads has no verb of its own.
        const { verb("access.ask") }.clone_into(&mut row.verb);
        row.object = Some(call.row.name().to_string());
    }
    AuditRow { workspace: workspace.map(ToString::to_string), ..row }
}

/// A row about a request that goes on: with the object of its path, and what the row of the policy
/// tells of its body.
pub(crate) async fn describe(call: &mut Call) -> Result<AuditRow, WireError> {
    let mut row = call.audit_row(call.parameters.object().as_deref(), Outcome::Begun.as_str());
    if let Some(length) = call.head.headers.get(CONTENT_LENGTH).filter(|_| call.row.method == "PUT")
        && let Some(length) = length.to_str().ok().and_then(|it| it.parse::<u64>().ok())
    {
        row = row.with("bytes", length);
    }
    if call.row.tells.is_empty() {
        return Ok(row);
    }
    let body = read_body_up_to(call.take_body(), BODY_BYTES_MAX).await?;
    let value = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    call.put_body(Body::from(body));
    for name in call.row.tells {
        let Some(fact) = value.get(name).and_then(in_words) else { continue };
        if row.object.is_none() {
            row.object = Some(fact);
        } else {
            row = row.with(name, fact);
        }
    }
    Ok(row)
}

/// A fact of a body as a text for people; nothing for what is empty.
fn in_words(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(in_words).collect();
            items.join(", ")
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    };
    (!text.is_empty()).then(|| shorten(&text))
}

/// What an answer says about how it went.
pub(crate) fn outcome_of(reply: &Reply) -> (Outcome, u16) {
    let status = match reply {
        Ok(response) => response.status(),
        Err(error) => {
            StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    let outcome = match status.as_u16() {
        401 | 403 => Outcome::Denied,
        400..500 => Outcome::Refused,
        500.. => Outcome::Failed,
        _ => Outcome::Ok,
    };
    (outcome, status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn facts_of_a_body_become_words() {
        assert_eq!(in_words(&json!("a/b")).as_deref(), Some("a/b"));
        assert_eq!(in_words(&json!(["a", "b"])).as_deref(), Some("a, b"));
        assert_eq!(in_words(&json!(15)).as_deref(), Some("15"));
        assert_eq!(in_words(&json!("x".repeat(5000))).map(|it| it.len()), Some(OBJECT_LENGTH_MAX));
        for nothing in [json!(null), json!(""), json!([])] {
            assert_eq!(in_words(&nothing), None);
        }
    }
}
