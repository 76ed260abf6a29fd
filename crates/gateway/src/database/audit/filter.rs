//! Which rows of the audit log are asked for, as SQL that both systems understand.
//!
//! Rows come newest first, by time and number, a page at a time: the cursor names the last row that
//! was seen, so a page costs the same wherever it is. A begun row is shown only while its outcome is
//! still to come; the row with the outcome says everything that it did.

use super::COLUMNS;
use crate::database::to_column;
use protocol::audit::Outcome;

/// What is asked for. Everything that is empty does not narrow the search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AuditFilter {
    /// Milliseconds since 1970; from here on.
    pub(crate) from_ms: Option<u64>,
    /// Up to here, not included.
    pub(crate) until_ms: Option<u64>,
    pub(crate) workspace: Option<String>,
    pub(crate) principal: Option<String>,
    pub(crate) verbs: Vec<String>,
    pub(crate) outcomes: Vec<Outcome>,
    /// Part of the object, the details, the address, or a request's id; case does not matter.
    pub(crate) text: Option<String>,
}

/// More searches than these are not merged; SQLite takes 500 in one statement.
const BRANCHES_MAX: usize = 100;

/// Columns in which a text is searched for.
const SEARCHED: [&str; 4] = ["object", "details", "address", "request_id"];

/// Which part of the log is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Range {
    /// Older than this row.
    pub(super) before: Option<Cursor>,
    /// Not older than this one.
    pub(super) since: Option<Cursor>,
}

/// A row, by its place in the order of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) time_ms: u64,
    pub(crate) seq: u64,
}

impl Cursor {
    /// As it travels.
    pub(crate) fn to_text(self) -> String {
        format!("{}.{}", self.time_ms, self.seq)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (time_ms, seq) = text.split_once('.')?;
        Some(Self { time_ms: time_ms.parse().ok()?, seq: seq.parse().ok()? })
    }
}

/// A value for a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bind {
    Text(String),
    Number(i64),
}

/// A statement and the values of its placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) binds: Vec<Bind>,
}

impl Statement {
    fn bind(&mut self, value: Bind) -> String {
        self.binds.push(value);
        format!("${}", self.binds.len())
    }

    /// That a column is one of these values, of which there is at least one.
    fn is_one_of<'a>(&mut self, column: &str, values: impl IntoIterator<Item = &'a str>) -> String {
        let places: Vec<String> =
            values.into_iter().map(|it| self.bind(Bind::Text(it.to_owned()))).collect();
        match places.as_slice() {
            [one] => format!("{column} = {one}"),
            several => format!("{column} IN ({})", several.join(", ")),
        }
    }
}

impl AuditFilter {
    /// The newest `limit` rows before a cursor, and not before `since`.
    ///
    /// One index serves one verb, so several verbs are several searches whose results are merged;
    /// the same goes for outcomes.
    pub(super) fn statement(&self, range: Range, limit: u64) -> Statement {
        let mut statement = Statement::default();
        let mut searches = Vec::new();
        for branch in self.branches() {
            searches.push(self.search(&mut statement, branch, range));
        }
        let order = format!("ORDER BY time_ms DESC, seq DESC LIMIT {limit}");
        statement.text = match searches.as_slice() {
            [one] => format!("{one} {order}"),
            several => {
                let parts: Vec<String> = several
                    .iter()
                    .enumerate()
                    .map(|(index, it)| format!("SELECT * FROM ({it} {order}) AS part_{index}"))
                    .collect();
                format!("{} {order}", parts.join(" UNION ALL "))
            }
        };
        statement
    }

    /// The row behind the newest `skipped` ones before a cursor, whatever their text, verb and
    /// outcome.
    pub(super) fn window_statement(&self, before: Option<Cursor>, skipped: u64) -> Statement {
        let narrowed = Self { text: None, verbs: vec![], outcomes: vec![], ..self.clone() };
        let mut statement = Statement::default();
        let mut wanted = narrowed.common(&mut statement);
        if let Some(before) = before {
            let time = statement.bind(Bind::Number(to_column(before.time_ms)));
            let seq = statement.bind(Bind::Number(to_column(before.seq)));
            wanted.push(format!("(time_ms, seq) < ({time}, {seq})"));
        }
        statement.text = format!(
            "SELECT time_ms, seq FROM audit{} ORDER BY time_ms DESC, seq DESC LIMIT 1 \
             OFFSET {skipped}",
            clause(&wanted)
        );
        statement
    }

    /// Rows behind a number in the order of the chain. Several verbs are one search here, for it
    /// goes through the whole chain anyway.
    pub(super) fn chain_statement(&self, columns: &str, after: u64, limit: u64) -> Statement {
        let mut statement = Statement::default();
        let mut wanted = self.common(&mut statement);
        wanted.extend(self.text_clause(&mut statement));
        let after = statement.bind(Bind::Number(to_column(after)));
        wanted.push(format!("seq > {after}"));
        if !self.verbs.is_empty() {
            wanted.push(statement.is_one_of("verb", self.verbs.iter().map(String::as_str)));
        }
        if !self.outcomes.is_empty() {
            let outcomes = self.outcomes.iter().map(|it| it.as_str());
            wanted.push(statement.is_one_of("outcome", outcomes));
        }
        statement.text = format!(
            "SELECT {columns} FROM audit WHERE {} ORDER BY seq LIMIT {limit}",
            wanted.join(" AND ")
        );
        statement
    }

    /// What each search is about, beside what is common to all.
    fn branches(&self) -> Vec<(Option<&str>, &[Outcome])> {
        let verbs = || self.verbs.iter().map(|it| Some(it.as_str()));
        match (self.verbs.as_slice(), self.outcomes.as_slice()) {
            ([], []) => vec![(None, &[])],
            ([], outcomes) => outcomes.chunks(1).map(|it| (None, it)).collect(),
            (_, []) => verbs().map(|it| (it, &[][..])).collect(),
            (_, outcomes) if BRANCHES_MAX < self.verbs.len() * outcomes.len() => {
                verbs().map(|it| (it, outcomes)).collect()
            }
            (_, outcomes) => verbs()
                .flat_map(|verb| outcomes.chunks(1).map(move |outcome| (verb, outcome)))
                .collect(),
        }
    }

    fn search(
        &self,
        statement: &mut Statement,
        (verb, outcomes): (Option<&str>, &[Outcome]),
        range: Range,
    ) -> String {
        let mut wanted = self.common(statement);
        for (cursor, comparison) in [(range.before, "<"), (range.since, ">=")] {
            if let Some(cursor) = cursor {
                let time = statement.bind(Bind::Number(to_column(cursor.time_ms)));
                let seq = statement.bind(Bind::Number(to_column(cursor.seq)));
                wanted.push(format!("(time_ms, seq) {comparison} ({time}, {seq})"));
            }
        }
        wanted.extend(self.text_clause(statement));
        wanted.extend(verb.map(|it| statement.is_one_of("verb", [it])));
        if !outcomes.is_empty() {
            wanted.push(statement.is_one_of("outcome", outcomes.iter().map(|it| it.as_str())));
        }
        if outcomes.is_empty() || outcomes.contains(&Outcome::Begun) {
            wanted.push("(outcome <> 'begun' OR seq IN (SELECT seq FROM audit_open))".to_owned());
        }
        format!("SELECT {COLUMNS} FROM audit{}", clause(&wanted))
    }

    fn text_clause(&self, statement: &mut Statement) -> Option<String> {
        let place = statement.bind(Bind::Text(pattern(self.text.as_ref()?)));
        let like = |column: &str| format!("LOWER({column}) LIKE {place} ESCAPE '!'");
        Some(format!("({})", SEARCHED.map(like).join(" OR ")))
    }

    /// What every search asks for.
    fn common(&self, statement: &mut Statement) -> Vec<String> {
        let mut wanted = Vec::new();
        for (column, value) in [("workspace", &self.workspace), ("principal", &self.principal)] {
            if let Some(value) = value {
                let place = statement.bind(Bind::Text(value.clone()));
                wanted.push(format!("{column} = {place}"));
            }
        }
        if let Some(from_ms) = self.from_ms {
            let place = statement.bind(Bind::Number(to_column(from_ms)));
            wanted.push(format!("time_ms >= {place}"));
        }
        if let Some(until_ms) = self.until_ms {
            let place = statement.bind(Bind::Number(to_column(until_ms)));
            wanted.push(format!("time_ms < {place}"));
        }
        wanted
    }
}

fn clause(wanted: &[String]) -> String {
    if wanted.is_empty() { String::new() } else { format!(" WHERE {}", wanted.join(" AND ")) }
}

/// Finds the text anywhere.
fn pattern(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip() {
        let cursor = Cursor { time_ms: 17, seq: 4 };
        assert_eq!(Cursor::parse(&cursor.to_text()), Some(cursor));
        for text in ["", "17", "17.x", ".", "-1.2"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_value_travels_beside_the_statement() {
        let nasty = "' OR 1=1; --".to_owned();
        let filter = AuditFilter {
            workspace: Some(nasty.clone()),
            principal: Some(nasty.clone()),
            verbs: vec![nasty.clone(), nasty.clone()],
            text: Some(nasty),
            ..AuditFilter::default()
        };
        let range = Range { before: Some(Cursor { time_ms: 1, seq: 2 }), since: None };
        let statement = filter.statement(range, 5);
        assert!(!statement.text.contains("1=1"), "{}", statement.text);
        assert!(statement.text.contains(&format!("${}", statement.binds.len())));
        assert_eq!(pattern("50%_A!"), "%50!%!_a!!%");
    }
}
