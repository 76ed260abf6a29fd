//! What the audit log is told: a verb, what it is about, and a few facts.

use protocol::audit::{DETAILS_BYTES_MAX, OBJECT_LENGTH_MAX};
use serde_json::{Map, Value};

/// One fact. Never holds contents of files, terminals or prompts.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub(super) verb: &'static str,
    pub(super) object: Option<String>,
    pub(super) details: Map<String, Value>,
}

impl Fact {
    /// A fact under a verb of the glossary: `Fact::new(const { verb("terminal.detach") })`.
    pub fn new(verb: &'static str) -> Self {
        Self { verb, object: None, details: Map::new() }
    }

    /// What it is about: a path in the workspace, or a name.
    pub fn about(self, object: &str) -> Self {
        Self { object: Some(object.chars().take(OBJECT_LENGTH_MAX).collect()), ..self }
    }

    /// A further fact under a name: `bytes`, `duration_ms`, `sha256`, … One that makes the details
    /// larger than [`DETAILS_BYTES_MAX`] is left out.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        let length = serde_json::to_string(&self.details).map_or(0, |it| it.len());
        if DETAILS_BYTES_MAX < length {
            self.details.remove(name);
        }
        self
    }
}
