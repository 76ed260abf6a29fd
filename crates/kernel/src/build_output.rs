//! What the output of a dev server says about builds and URLs.
//!
//! Compilers and bundlers print for people, so this is a reader of habits, not of a format: lines
//! are recognised one by one (`rules.rs`), and a small machine here knows whether a build is under
//! way and which problems belong to it. What it does not know it leaves alone; the state of the dev
//! server never depends on it.

mod lines;
mod place;
mod rules;

#[cfg(test)]
mod tests;

use lines::Lines;
use place::{Place, Workspace};
use protocol::state::BuildError;
use rules::{Says, Word};
use std::path::Path;
use stdx::{Needles, WorkspacePath};
use tokio::sync::watch;

/// Problems of one build that are told; who has more fixes the first ones first.
const ERRORS_MAX: usize = 50;
/// Longest message, in characters.
const MESSAGE_CHARS_MAX: usize = 500;
/// Lines between a message and the place it is about.
const NEAR_LINES: u8 = 12;

/// Something the output said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    BuildStarted,
    BuildSucceeded,
    /// The problems of one build, in the order in which they were printed. Told again when more
    /// were found in the same build.
    BuildFailed(Vec<BuildError>),
    /// The program says where it can be reached on this machine.
    Url {
        port: u16,
        path: String,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Status {
    #[default]
    Idle,
    Building,
    /// The program is there, and nothing was said of a build.
    Ready,
    Success,
    Failed,
}

/// Reads output as it comes, in pieces cut anywhere. Bounded memory.
#[derive(Debug, Default)]
pub struct Parser {
    lines: Lines,
    workspace: Workspace,
    status: Status,
    errors: Vec<BuildError>,
    /// The last problem has no place yet, and that many more lines may name it.
    open: u8,
    /// A place whose message follows.
    place: Option<Place>,
    /// A place in the workspace that a trace or a crash named, and for how many lines it counts.
    trace: Option<(Option<Place>, u8)>,
    /// The last line that was not empty.
    previous: String,
    url: Option<(u16, String)>,
    /// The build was summed up: the next problem is of another one.
    closed: bool,
    /// Problems were found that have not been told.
    news: bool,
    hints: Vec<Hint>,
}

impl Parser {
    /// A parser for a workspace at `/workspace`, at the start of a program's output.
    pub fn new() -> Self {
        Self::default()
    }

    /// A parser for a workspace at the absolute path `root`, whose program runs in `directory`.
    pub fn within(root: &Path, directory: &WorkspacePath) -> Self {
        Self { workspace: Workspace::new(root, directory), ..Self::default() }
    }

    /// The same, with secrets masked in every line before anything is made of it: what is cut off
    /// later may end within one.
    pub fn masking(mut self, secrets: watch::Receiver<Needles>) -> Self {
        self.lines.mask(secrets);
        self
    }

    /// Takes the next bytes and answers with what they say.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Hint> {
        for line in self.lines.feed(bytes) {
            self.read(&line);
        }
        if std::mem::take(&mut self.news) {
            self.status = Status::Failed;
            self.hints.push(Hint::BuildFailed(self.errors.clone()));
        }
        std::mem::take(&mut self.hints)
    }

    /// The newest lines without escape sequences, oldest first; at most 20.
    pub fn last_lines(&self) -> Vec<String> {
        self.lines.last()
    }

    fn read(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() {
            return;
        }
        self.open = self.open.saturating_sub(1);
        if let Some((_, left)) = &mut self.trace {
            *left = left.saturating_sub(1);
        }
        if let Some(place) = self.place.take() {
            self.problem(rules::message(text), Some(place));
        } else {
            self.says(rules::read(line, &self.previous));
        }
        if let Some((port, path)) = rules::url(text) {
            self.listens(port, path);
        }
        text.clone_into(&mut self.previous);
    }

    fn says(&mut self, says: Says) {
        match says {
            Says::Nothing => {}
            Says::Word(word) => self.outcome(&word),
            Says::Problem(message, place) => self.problem(message, place),
            Says::PlaceFirst(place) => self.place = Some(place),
            Says::PlaceAfter(place) => self.locate(&place),
            Says::OtherTopic => self.open = 0,
            Says::Trace(place) => self.traced(place),
            Says::Crash(message) => self.crashed(message),
        }
    }

    fn outcome(&mut self, word: &Word) {
        match word {
            Word::Started => {
                if self.status != Status::Building {
                    self.flush();
                    self.status = Status::Building;
                    self.forget();
                    self.hints.push(Hint::BuildStarted);
                }
            }
            // One of several crates, which may come after the problems of another.
            Word::Compiling => {
                if self.errors.is_empty() {
                    self.outcome(&Word::Started);
                }
            }
            Word::Succeeded => {
                if self.status != Status::Success {
                    self.flush();
                    self.status = Status::Success;
                    self.forget();
                    self.hints.push(Hint::BuildSucceeded);
                }
            }
            Word::Ready => match self.status {
                Status::Building => self.outcome(&Word::Succeeded),
                Status::Idle => self.status = Status::Ready,
                Status::Ready | Status::Success | Status::Failed => {}
            },
            Word::Failed(summary) => {
                if self.errors.is_empty() {
                    self.problem(summary.clone(), None);
                    self.open = 0;
                }
                self.closed = true;
            }
        }
    }

    /// The program came up.
    fn is_fine(&self) -> bool {
        matches!(self.status, Status::Ready | Status::Success)
    }

    /// Tells what was found before the next build makes it old.
    fn flush(&mut self) {
        if std::mem::take(&mut self.news) {
            self.hints.push(Hint::BuildFailed(self.errors.clone()));
        }
    }

    fn forget(&mut self) {
        self.errors.clear();
        self.closed = false;
        self.open = 0;
        self.trace = None;
    }

    fn problem(&mut self, message: String, place: Option<Place>) {
        let place_of = |it: Place| self.workspace.locate(it);
        let (file, line, column) = place.map(place_of).unwrap_or_default();
        let message: String = message.chars().take(MESSAGE_CHARS_MAX).collect();
        // A build that was fine or summed up until here fails anew with this.
        if self.closed || self.is_fine() {
            self.forget();
        }
        self.open = if line == 0 { NEAR_LINES } else { 0 };
        let error = BuildError { file, line, column, message };
        let same = |it: &BuildError| {
            let at = |it: &BuildError| (it.file.clone(), it.line, it.column);
            it.message == error.message && (error.line == 0 || at(it) == at(&error))
        };
        if self.errors.iter().any(same) {
            self.open = 0;
            return;
        }
        self.status = Status::Failed;
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(error);
            self.news = true;
        }
    }

    /// The place of the last problem, if it still lacks one.
    fn locate(&mut self, place: &Place) {
        if self.open == 0 {
            return;
        }
        let (file, line, column) = self.workspace.locate(place.clone());
        if let Some(last) = self.errors.last_mut()
            && !file.is_empty()
        {
            (last.file, last.line, last.column) = (file, line, column);
            self.open = 0;
            self.news = true;
        }
    }

    fn traced(&mut self, place: Place) {
        let ours = self.workspace.is_ours(&place);
        if ours && 0 < self.open {
            self.locate(&place);
        }
        let kept = match self.trace.take() {
            Some((kept, left)) if !ours && 0 < left => kept,
            _ => ours.then_some(place),
        };
        self.trace = Some((kept, NEAR_LINES));
    }

    /// An exception that was not caught: a problem of the build when it keeps the program from
    /// starting, a matter of the program itself after that.
    fn crashed(&mut self, message: String) {
        let Some((place, left)) = self.trace.take() else { return };
        let starting = !self.is_fine();
        if 0 < left && (starting || rules::is_of_loading(&message)) {
            self.problem(message, place);
        }
    }

    fn listens(&mut self, port: u16, path: String) {
        self.outcome(&Word::Ready);
        let url = Some((port, path.clone()));
        if self.url != url {
            self.url = url;
            self.hints.push(Hint::Url { port, path });
        }
    }
}
