//! What was found: a line for each row of the requirements.

use crate::output;
use std::process::ExitCode;

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Holds,
    Fails,
    /// It could not be looked at from here.
    Untold,
}

/// Why something does not hold, and what to do about it.
#[derive(Debug)]
pub(super) struct Trouble {
    why: String,
    hint: String,
}

/// What a look says: what was seen, or what is wrong.
pub(super) type Look = Result<String, Trouble>;

/// One line.
#[derive(Debug)]
struct Line {
    rows: &'static str,
    what: &'static str,
    outcome: Outcome,
    why: String,
    hint: String,
}

/// Every line so far. They are printed as they come.
#[derive(Debug)]
pub(super) struct Report {
    lines: Vec<Line>,
    is_json: bool,
}

impl Trouble {
    pub(super) fn new(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { why: why.into(), hint: hint.into() }
    }
}

/// Nobody answered as a server does.
impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        let hint = "is the server still there? Its log says what happened";
        Self::new(format!("{error:#}"), hint)
    }
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Holds => "ok",
            Self::Fails => "FAIL",
            Self::Untold => "skip",
        }
    }
}

impl Report {
    pub(super) fn new(is_json: bool) -> Self {
        Self { lines: Vec::new(), is_json }
    }

    /// Takes down what came of a look. Tells whether it holds.
    pub(super) fn take(&mut self, rows: &'static str, what: &'static str, look: Look) -> bool {
        let holds = look.is_ok();
        let (outcome, why, hint) = match look {
            Ok(seen) => (Outcome::Holds, seen, String::new()),
            Err(Trouble { why, hint }) => (Outcome::Fails, why, hint),
        };
        self.add(Line { rows, what, outcome, why, hint });
        holds
    }

    /// Takes down that something could not be looked at.
    pub(super) fn skip(&mut self, rows: &'static str, what: &'static str, why: &Trouble) {
        let (why, hint) = (why.why.clone(), why.hint.clone());
        self.add(Line { rows, what, outcome: Outcome::Untold, why, hint });
    }

    fn add(&mut self, line: Line) {
        if !self.is_json {
            // What cannot be printed cannot be told either.
            drop(output::say(&line.text()));
        }
        self.lines.push(line);
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.lines.iter().filter(|it| it.outcome == outcome).count()
    }

    /// Whether nothing failed so far.
    pub(super) fn holds(&self) -> bool {
        self.count(Outcome::Fails) == 0
    }

    /// How many lines hold, and how many could not be looked at.
    pub(super) fn summary(&self) -> String {
        let count = |it| self.count(it);
        format!(
            "{} hold, {} do not, {} could not be looked at from here",
            count(Outcome::Holds),
            count(Outcome::Fails),
            count(Outcome::Untold)
        )
    }

    /// Ends it; the exit code says what to think of everything.
    pub(super) fn finish(self, url: &str, interrupted: bool) -> anyhow::Result<ExitCode> {
        let holds = self.holds();
        if self.is_json {
            let lines: Vec<_> = self.lines.iter().map(Line::json).collect();
            let all = serde_json::json!({
                "url": url,
                "version": env!("CARGO_PKG_VERSION"),
                "holds": holds && !interrupted,
                "interrupted": interrupted,
                "lines": lines,
            });
            output::say(&format!("{}\n", serde_json::to_string_pretty(&all)?))?;
        }
        Ok(match (interrupted, holds) {
            (true, _) => ExitCode::from(130),
            (false, true) => ExitCode::SUCCESS,
            (false, false) => ExitCode::FAILURE,
        })
    }
}

impl Line {
    fn text(&self) -> String {
        let line = format!(
            "{:<5} {:<13} {:<20} {}\n",
            self.outcome.word(),
            self.rows,
            self.what,
            self.why
        );
        if self.hint.is_empty() { line } else { format!("{line}{:<40} → {}\n", "", self.hint) }
    }

    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "rows": self.rows.split(", ").collect::<Vec<_>>(),
            "what": self.what,
            "outcome": self.outcome.word().to_lowercase(),
            "why": self.why,
            "hint": Some(&self.hint).filter(|it| !it.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_that_does_not_hold_is_enough_and_what_was_not_seen_is_none() {
        let mut report = Report::new(true);
        assert!(report.take("S0.77", "session", Ok("200".to_owned())));
        report.skip("S0.83", "types", &Trouble::new("not here", "there"));
        assert!(report.holds());
        assert!(!report.take("S0.78", "start", Err(Trouble::new("no", "do"))));
        assert!(!report.holds());
        assert_eq!(report.summary(), "1 hold, 1 do not, 1 could not be looked at from here");
        let line = report.lines.last().unwrap().text();
        assert!(line.starts_with("FAIL  S0.78") && line.ends_with("→ do\n"), "{line}");
    }
}
