//! What the output of a dev server says about builds and URLs.

use protocol::state::BuildError;

/// Something the output said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    BuildStarted,
    BuildSucceeded,
    /// The problems of one build, in the order in which they were printed.
    BuildFailed(Vec<BuildError>),
    /// The program says where it can be reached on this machine.
    Url {
        port: u16,
        path: String,
    },
}

/// Reads output as it comes, in pieces cut anywhere. Bounded memory.
#[derive(Debug, Default)]
pub struct Parser {}

impl Parser {
    /// A parser at the start of a program's output.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and answers with what they say.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Hint> {
        let _ = bytes;
        Vec::new()
    }

    /// The newest lines without escape sequences, oldest first; at most 20.
    pub fn last_lines(&self) -> Vec<String> {
        Vec::new()
    }
}
