//! The audit log as text: JSON lines, which hold everything that the hashes cover, or CSV.

use crate::database::AuditRow;
use serde_json::{Value, json};
use stdx::clock::rfc3339;

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// RFC 4180 with a line of names.
    Csv,
}

/// Names of the columns of CSV.
const COLUMNS: [&str; 15] = [
    "seq",
    "time",
    "time_ms",
    "principal",
    "operator",
    "login",
    "address",
    "workspace",
    "verb",
    "object",
    "outcome",
    "details",
    "request_id",
    "follows",
    "hash",
];

impl AuditFormat {
    /// What comes before the first row.
    pub(crate) fn head(self) -> String {
        match self {
            Self::Jsonl => String::new(),
            Self::Csv => format!("{}\r\n", COLUMNS.join(",")),
        }
    }

    /// One row with its line end.
    pub(crate) fn line(self, row: &AuditRow) -> String {
        match self {
            Self::Jsonl => format!("{}\n", object(row)),
            Self::Csv => csv(row),
        }
    }

    /// Media type.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Jsonl => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// Ending of a file's name.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

fn object(row: &AuditRow) -> Value {
    json!({
        "seq": row.seq,
        "time": rfc3339(row.time_ms),
        "time_ms": row.time_ms,
        "principal": row.principal,
        "operator": row.operator,
        "login": row.login,
        "address": row.address,
        "workspace": row.workspace,
        "verb": row.verb,
        "object": row.object,
        "outcome": row.outcome,
        "details": row.details,
        "request_id": row.request_id,
        "follows": row.follows,
        "hash": row.hash,
    })
}

fn csv(row: &AuditRow) -> String {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let fields = [
        row.seq.to_string(),
        rfc3339(row.time_ms),
        row.time_ms.to_string(),
        text(&row.principal),
        text(&row.operator),
        text(&row.login),
        text(&row.address),
        text(&row.workspace),
        row.verb.clone(),
        text(&row.object),
        row.outcome.clone(),
        text(&row.details),
        text(&row.request_id),
        row.follows.map(|it| it.to_string()).unwrap_or_default(),
        row.hash.clone(),
    ];
    format!("{}\r\n", fields.map(|it| field(&it)).join(","))
}

/// Quoted where needed. What a spreadsheet would take for a formula gets an apostrophe before it.
fn field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_row_is_a_line_in_both_formats() {
        let row = AuditRow {
            seq: 7,
            time_ms: 1_700_000_000_123,
            verb: "file.rename".into(),
            object: Some("=a, \"b\"\n".into()),
            outcome: "ok".into(),
            hash: "00".into(),
            ..AuditRow::default()
        }
        .with("to", "c");
        expect![[r#"
            {"address":null,"details":"{\"to\":\"c\"}","follows":null,"hash":"00","login":null,"object":"=a, \"b\"\n","operator":null,"outcome":"ok","principal":null,"request_id":null,"seq":7,"time":"2023-11-14T22:13:20.123Z","time_ms":1700000000123,"verb":"file.rename","workspace":null}
        "#]]
        .assert_eq(&AuditFormat::Jsonl.line(&row));
        expect![[r#"7,2023-11-14T22:13:20.123Z,1700000000123,,,,,,file.rename,"'=a, ""b""
",ok,"{""to"":""c""}",,,00"#]]
        .assert_eq(AuditFormat::Csv.line(&row).trim_end());
        assert!(AuditFormat::Csv.head().starts_with("seq,time,"));
    }
}
