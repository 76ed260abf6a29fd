//! Replacing across files, and taking it back.
//!
//! Each file is changed only if it still is what was shown, decided where every write is decided
//! (`files/write.rs`). What it was is kept before it is changed.

use super::Search;
use super::error::SearchError;
use super::look::{Text, Wanted, without_end};
use super::pattern::Pattern;
use super::run::{Out, Plan, TIME_MAX, open};
use super::undo::{Keeper, Kept, Step, forget};
use crate::files::{FileError, Files};
use crate::http::caller::Caller;
use crate::stop::Stop;
use grep_searcher::{Searcher, Sink, SinkMatch};
use protocol::search::{
    MatchPlace, REPLACED_FILES_MAX, ReplaceBody, ReplaceFile, ReplaceLine, ReplaceOutcome,
};
use std::collections::BTreeSet;
use std::io;
use std::time::Instant;
use stdx::WorkspacePath;

/// Largest file that a replacement makes.
const RESULT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A replacement that can begin.
pub(super) struct Replacement {
    plan: Plan,
    files: Vec<ReplaceFile>,
}

impl Replacement {
    pub(super) fn parse(body: ReplaceBody) -> Result<Self, SearchError> {
        let plan = Plan::parse(&body.query)?;
        if !plan.pattern.replaces() {
            return Err(SearchError::NoReplacement);
        }
        if REPLACED_FILES_MAX < body.files.len() {
            return Err(SearchError::TooManyFiles(REPLACED_FILES_MAX));
        }
        Ok(Self { plan, files: body.files })
    }
}

/// Why a file was left as it was.
#[derive(Debug, thiserror::Error)]
pub(super) enum Left {
    #[error("it changed after it was shown; search again and look at it")]
    Stale,
    #[error("{0}")]
    Unsuited(&'static str),
    #[error("nothing in it is to be replaced")]
    Nothing,
    #[error("it would become larger than 16 MiB")]
    TooLarge,
    #[error("the replacement took longer than two minutes; do the rest in a second one")]
    TooLong,
    #[error(
        "one replacement changes at most 32 MiB of files, so that it can be taken back; do the rest in a second one"
    )]
    NoRoom,
    #[error(transparent)]
    File(FileError),
    #[error("what it was could not be kept: {0}")]
    NotKept(io::Error),
}

impl From<FileError> for Left {
    fn from(error: FileError) -> Self {
        if matches!(error, FileError::Stale { .. } | FileError::NotFound(_)) {
            return Self::Stale;
        }
        Self::File(error)
    }
}

/// Counts what became of files and tells it.
struct Report<'a> {
    stop: &'a Stop,
    out: &'a Out,
    changed: u64,
    left: u64,
}

impl<'a> Report<'a> {
    fn begin(stop: &'a Stop, out: &'a Out, undo: Option<String>) -> Self {
        out.send(stop, &ReplaceLine::Begin { undo });
        Self { stop, out, changed: 0, left: 0 }
    }

    fn tell(&mut self, path: String, outcome: Result<u64, Left>) {
        let (replaced, left, stale) = match outcome {
            Ok(count) => (count, None, false),
            Err(left) => (0, Some(left.to_string()), matches!(left, Left::Stale)),
        };
        *(if left.is_some() { &mut self.left } else { &mut self.changed }) += 1;
        let outcome = ReplaceOutcome { path, replaced, left, stale };
        self.out.send(self.stop, &ReplaceLine::File { outcome });
    }

    fn end(self) {
        let done = ReplaceLine::Done { changed: self.changed, left: self.left };
        self.out.send(self.stop, &done);
    }
}

impl Search {
    /// Replaces, file by file, until it is done or nobody listens. Blocking.
    pub(super) fn replace(
        &self,
        it: Replacement,
        by: &Caller,
        (stop, out): (&Stop, &Out),
    ) -> Result<(), SearchError> {
        let store = &self.shared.context.store;
        let mut keeper = Keeper::begin(store).map_err(SearchError::Record)?;
        let wanted = Wanted { stop, until: Instant::now() + TIME_MAX };
        let mut report = Report::begin(stop, out, Some(keeper.id.clone()));
        for file in it.files {
            if stop.is_set() {
                break;
            }
            let write = |path: &WorkspacePath, content: &[u8], etag: &str| {
                self.write(path, (content, etag), by, &out.runtime)
            };
            let outcome = one(&self.shared.files, (&it.plan, &file, wanted), write, &mut keeper);
            report.tell(file.path, outcome);
        }
        report.end();
        Ok(())
    }

    /// Whether a replacement can still be taken back. Blocking.
    pub(super) fn can_undo(&self, id: &str) -> Result<(), SearchError> {
        let kept = Kept::open(&self.shared.context.store, id).map_err(SearchError::Record)?;
        kept.map(drop).ok_or(SearchError::NoUndo)
    }

    /// Makes files what they were before a replacement, as far as nobody changed them since. Blocking.
    pub(super) fn undo(
        &self,
        id: &str,
        by: &Caller,
        (stop, out): (&Stop, &Out),
    ) -> Result<(), SearchError> {
        let store = &self.shared.context.store;
        let kept = Kept::open(store, id).map_err(SearchError::Record)?;
        let mut kept = kept.ok_or(SearchError::NoUndo)?;
        let mut report = Report::begin(stop, out, None);
        let mut is_over = true;
        while !stop.is_set()
            && let Some(step) = kept.next().map_err(SearchError::Record)?
        {
            let (path, outcome) = self.back(step, by, out);
            // What somebody changed since stays so; a full disk does not.
            is_over &= matches!(outcome, Ok(_) | Err(Left::Stale));
            report.tell(path, outcome);
        }
        if is_over && !stop.is_set() {
            forget(store, id).map_err(SearchError::Record)?;
        }
        report.end();
        Ok(())
    }

    /// Takes one thing back: where it is then, and how much of it was replaced.
    fn back(&self, step: Step, by: &Caller, out: &Out) -> (String, Result<u64, Left>) {
        match step {
            Step::Text(old) => {
                let what = (&*old.content, &*old.etag);
                let written = parse(&old.path)
                    .and_then(|path| Ok(self.write(&path, what, by, &out.runtime)?));
                (old.path, written.map(|_| old.replaced))
            }
            Step::Moved { from, to } => {
                let moved = parse(&from).and_then(|from| self.move_back(&from, &parse(&to)?, by));
                (from, moved.map(|()| 0))
            }
            Step::Made { path, etag } => {
                let removed = parse(&path).and_then(|it| self.remove_made(&it, &etag, by));
                (path, removed.map(|()| 0))
            }
        }
    }
}

fn parse(path: &str) -> Result<WorkspacePath, Left> {
    Ok(WorkspacePath::parse_for_write(path).map_err(FileError::from)?)
}

/// Replaces in one file; how often.
fn one(
    files: &Files,
    (plan, file, wanted): (&Plan, &ReplaceFile, Wanted<'_>),
    write: impl FnOnce(&WorkspacePath, &[u8], &str) -> Result<String, FileError>,
    keeper: &mut Keeper,
) -> Result<u64, Left> {
    let path = WorkspacePath::parse_for_write(&file.path).map_err(FileError::from)?;
    let opened = open(files.root(), &path).map_err(|error| FileError::io(&path, error))?;
    let (opened, stat) = opened.ok_or(Left::Stale)?;
    let text =
        Text::read(&opened, &stat, &plan.pattern).map_err(|error| FileError::io(&path, error))?;
    let text = text.map_err(Left::Unsuited)?;
    if text.etag != file.etag {
        return Err(Left::Stale);
    }
    let only = file.only.as_ref().map(|it| it.iter().copied().collect());
    let (content, count) = replaced(&text, &plan.pattern, (only, plan.file_matches_max), wanted)?;
    if !keeper.has_room(text.whole().len()) {
        return Err(Left::NoRoom);
    }
    keeper.old(path.as_str(), text.whole()).map_err(Left::NotKept)?;
    let etag = write(&path, &content, &text.etag)?;
    if let Err(error) = keeper.done(etag, count) {
        tracing::warn!("a replacement in one file cannot be taken back: {error}");
    }
    Ok(count)
}

/// The new content, and how often something was replaced in it.
fn replaced(
    text: &Text,
    pattern: &Pattern,
    (only, matches_max): (Option<BTreeSet<MatchPlace>>, usize),
    wanted: Wanted<'_>,
) -> Result<(Vec<u8>, u64), Left> {
    let new = text.mark().to_vec();
    let mut it = Replacer {
        body: text.body(),
        pattern,
        only,
        matches_max,
        wanted,
        new,
        copied: 0,
        seen: 0,
        count: 0,
    };
    if text.search(pattern, wanted, &mut it).is_err() {
        return Err(Left::TooLong);
    }
    if RESULT_BYTES_MAX < it.new.len() {
        return Err(Left::TooLarge);
    }
    if it.count == 0 {
        return Err(Left::Nothing);
    }
    it.new.extend_from_slice(&it.body[it.copied..]);
    Ok((it.new, it.count))
}

/// Builds the new content line by line, from the same matches that are shown.
struct Replacer<'a> {
    body: &'a [u8],
    pattern: &'a Pattern,
    only: Option<BTreeSet<MatchPlace>>,
    matches_max: usize,
    wanted: Wanted<'a>,
    new: Vec<u8>,
    /// How much of the body is in `new`.
    copied: usize,
    seen: usize,
    count: u64,
}

impl Sink for Replacer<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, matched: &SinkMatch<'_>) -> io::Result<bool> {
        let begin = usize::try_from(matched.absolute_byte_offset()).map_err(io::Error::other)?;
        let line = matched.line_number().unwrap_or_default();
        let text = without_end(matched.bytes());
        let pattern = self.pattern;
        let mut goes_on = true;
        pattern.each(text, RESULT_BYTES_MAX + 1, |range, becomes| {
            let byte_start = u32::try_from(range.start).unwrap_or(u32::MAX);
            goes_on = self.seen < self.matches_max && self.new.len() <= RESULT_BYTES_MAX;
            if !goes_on {
                return false;
            }
            self.seen += 1;
            let place = MatchPlace { line, byte_start };
            if self.only.as_ref().is_none_or(|it| it.contains(&place)) {
                self.new.extend_from_slice(&self.body[self.copied..begin + range.start]);
                self.new.extend_from_slice(&becomes.unwrap_or_default());
                self.copied = begin + range.end;
                self.count += 1;
            }
            goes_on = !self.wanted.is_over();
            goes_on
        });
        Ok(goes_on)
    }
}
