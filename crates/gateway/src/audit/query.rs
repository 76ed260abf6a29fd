//! What somebody asks of the audit log, by HTTP or on the command line.

use crate::database::AuditFilter;
use protocol::audit::{Outcome, VERBS};
use protocol::{ErrorCode, WireError};
use serde::Deserialize;
use utoipa::IntoParams;

/// Longest text that is searched for, in characters.
const TEXT_LENGTH_MAX: usize = 200;

/// Which rows are wanted; what is left out does not narrow the search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Milliseconds since 1970: from here on.
    pub from_ms: Option<u64>,
    /// Up to here, not included.
    pub until_ms: Option<u64>,
    /// A workspace's id.
    pub workspace: Option<String>,
    /// A principal's id.
    pub person: Option<String>,
    /// Verbs and areas of `docs/audit-verbs.md`, with commas between: `file.write,members`.
    pub verb: Option<String>,
    /// Outcomes, with commas between: `denied,failed`.
    pub outcome: Option<String>,
    /// Part of the object, the details, the address or the request's id; case does not matter.
    pub text: Option<String>,
}

impl AuditQuery {
    /// The filter, or what is wrong with the question.
    pub(crate) fn filter(&self) -> Result<AuditFilter, WireError> {
        let mut filter = AuditFilter {
            from_ms: self.from_ms,
            until_ms: self.until_ms,
            workspace: present(self.workspace.as_ref()),
            principal: present(self.person.as_ref()),
            text: present(self.text.as_ref()),
            ..AuditFilter::default()
        };
        if filter.text.as_ref().is_some_and(|it| TEXT_LENGTH_MAX < it.chars().count()) {
            return Err(invalid(format!("at most {TEXT_LENGTH_MAX} characters are searched for")));
        }
        for name in words(self.verb.as_ref()) {
            let found = VERBS.iter().filter(|it| it.name == name || it.area.as_str() == name);
            let before = filter.verbs.len();
            filter.verbs.extend(found.map(|it| it.name.to_owned()));
            if filter.verbs.len() == before {
                return Err(invalid(format!("`{name}` is no verb and no area of the audit log")));
            }
        }
        filter.verbs.sort_unstable();
        filter.verbs.dedup();
        for name in words(self.outcome.as_ref()) {
            let outcome = Outcome::parse(name)
                .ok_or_else(|| invalid(format!("`{name}` is no outcome of the audit log")))?;
            if !filter.outcomes.contains(&outcome) {
                filter.outcomes.push(outcome);
            }
        }
        Ok(filter)
    }
}

fn present(text: Option<&String>) -> Option<String> {
    text.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
}

fn words(text: Option<&String>) -> impl Iterator<Item = &str> {
    text.into_iter().flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty())
}

fn invalid(message: String) -> WireError {
    WireError::new(ErrorCode::InvalidRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_becomes_a_filter_or_is_refused() {
        let query = AuditQuery {
            verb: Some("terminals, file.write,file.write".into()),
            outcome: Some("denied".into()),
            text: Some("  ".into()),
            ..AuditQuery::default()
        };
        let filter = query.filter().unwrap();
        assert!(filter.verbs.contains(&"terminal.open".to_owned()));
        assert_eq!(filter.verbs.iter().filter(|it| *it == "file.write").count(), 1);
        assert_eq!((filter.outcomes, filter.text), (vec![Outcome::Denied], None));
        let wrong = [("verb", "file"), ("outcome", "bad")];
        for (name, value) in wrong {
            let (verb, outcome) = match name {
                "verb" => (Some(value.to_owned()), None),
                _ => (None, Some(value.to_owned())),
            };
            let query = AuditQuery { verb, outcome, ..AuditQuery::default() };
            assert!(query.filter().unwrap_err().message.contains(value));
        }
        let query = AuditQuery { text: Some("x".repeat(201)), ..AuditQuery::default() };
        assert!(query.filter().is_err());
    }
}
