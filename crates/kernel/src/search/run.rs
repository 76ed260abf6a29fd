//! One search from beginning to end: limits, counts, and the lines of its answer.

use super::error::SearchError;
use super::look::{Found, Looker, Wanted};
use super::pattern::Pattern;
use super::scope::Scope;
use crate::files::{Root, Visit, file_type, sweep};
use crate::stop::Stop;
use bytes::Bytes;
use protocol::search::{
    ContentQuery, EndedEarly, FILE_MATCHES_MAX, MATCHES_MAX, SearchLine, SearchSummary,
};
use rustix::fs::{FileType, OFlags, Stat};
use rustix::io::Errno;
use serde::Serialize;
use std::fs::File;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use stdx::WorkspacePath;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Lines that wait for the client; each is one file with at most a thousand matches.
pub(super) const LINES_MAX: usize = 16;
/// A client that takes nothing for this long is gone.
const STALL: Duration = Duration::from_secs(30);
/// A search of a large tree takes seconds; one that takes longer than this is told to be narrower.
pub(super) const TIME_MAX: Duration = Duration::from_mins(2);
/// Between two lines about progress.
const PROGRESS: Duration = Duration::from_millis(200);

/// A query, understood.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) pattern: Pattern,
    scope: Scope,
    matches_max: u64,
    pub(super) file_matches_max: usize,
}

impl Plan {
    pub(super) fn parse(query: &ContentQuery) -> Result<Self, SearchError> {
        let file_limit = query.file_limit.unwrap_or(FILE_MATCHES_MAX).clamp(1, FILE_MATCHES_MAX);
        Ok(Self {
            pattern: Pattern::parse(query)?,
            scope: Scope::parse(query)?,
            matches_max: query.limit.unwrap_or(MATCHES_MAX).clamp(1, MATCHES_MAX).into(),
            file_matches_max: usize::try_from(file_limit).unwrap_or(usize::MAX),
        })
    }

    /// Looks, and says in lines what it finds, until it is done or nobody listens. Blocking.
    pub(super) fn run(&self, root: &Root, stop: &Stop, out: &Out) {
        let begin = Instant::now();
        let until = begin + TIME_MAX;
        let counts = Counts::default();
        let told = Mutex::new(begin);
        sweep(root, &self.scope, || Visitor {
            plan: self,
            root,
            looker: Looker::new(&self.pattern, self.file_matches_max, Wanted { stop, until }),
            stop,
            until,
            counts: &counts,
            told: &told,
            out,
        });
        out.send(stop, &SearchLine::Done { summary: counts.summary(begin.elapsed()) });
    }
}

/// Where the lines of an answer go.
pub(super) struct Out {
    pub(super) lines: mpsc::Sender<Bytes>,
    pub(super) runtime: Handle,
}

impl Out {
    /// Sends one line; when nobody takes it, the work is told to stop.
    pub(super) fn send(&self, stop: &Stop, line: &impl Serialize) {
        let mut text = serde_json::to_vec(line).unwrap_or_default();
        text.push(b'\n');
        let sent = async { tokio::time::timeout(STALL, self.lines.send(text.into())).await };
        if !matches!(self.runtime.block_on(sent), Ok(Ok(()))) {
            stop.set();
        }
    }
}

/// What all threads of a search count together.
#[derive(Default)]
struct Counts {
    files: AtomicU64,
    files_matched: AtomicU64,
    matches: AtomicU64,
    binary: AtomicU64,
    long_lines: AtomicU64,
    unreadable: AtomicU64,
    too_many: AtomicBool,
    too_long: AtomicBool,
}

impl Counts {
    fn summary(&self, took: Duration) -> SearchSummary {
        let get = |it: &AtomicU64| it.load(Ordering::Relaxed);
        let ended_early = match (&self.too_many, &self.too_long) {
            (many, _) if many.load(Ordering::Relaxed) => Some(EndedEarly::Matches),
            (_, long) if long.load(Ordering::Relaxed) => Some(EndedEarly::Time),
            _ => None,
        };
        SearchSummary {
            files: get(&self.files),
            files_matched: get(&self.files_matched),
            matches: get(&self.matches),
            ended_early,
            binary: get(&self.binary),
            long_lines: get(&self.long_lines),
            unreadable: get(&self.unreadable),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// One thread of a search.
struct Visitor<'a> {
    plan: &'a Plan,
    root: &'a Root,
    looker: Looker<'a>,
    stop: &'a Stop,
    until: Instant,
    counts: &'a Counts,
    /// When progress was told last.
    told: &'a Mutex<Instant>,
    out: &'a Out,
}

impl Visit for Visitor<'_> {
    fn goes_on(&self) -> bool {
        if self.until <= Instant::now() {
            self.counts.too_long.store(true, Ordering::Relaxed);
            return false;
        }
        !self.stop.is_set() && !self.counts.too_many.load(Ordering::Relaxed)
    }

    fn visit(&mut self, path: &WorkspacePath) {
        let looked = match open(self.root, path) {
            Ok(Some((file, stat))) => self.looker.look(file, &stat),
            Ok(None) => return,
            Err(error) => Err(error),
        };
        match looked {
            Ok(found) => self.take(path, found),
            // Its own end, not the file's fault.
            Err(_) if !self.goes_on() => {}
            Err(_) => count(&self.counts.unreadable, 1),
        }
        self.tell_progress();
    }
}

impl Visitor<'_> {
    fn take(&self, path: &WorkspacePath, mut found: Found) {
        let counts = self.counts;
        if found.is_binary {
            return count(&counts.binary, 1);
        }
        count(&counts.files, 1);
        count(&counts.long_lines, found.has_long_line.into());
        if found.matches.is_empty() {
            return;
        }
        let before = counts.matches.fetch_add(found.matches.len() as u64, Ordering::Relaxed);
        let left = self.plan.matches_max.saturating_sub(before);
        if left < found.matches.len() as u64 {
            counts.too_many.store(true, Ordering::Relaxed);
            let over = found.matches.len() as u64 - left;
            counts.matches.fetch_sub(over, Ordering::Relaxed);
            found.matches.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            found.truncated = true;
            if found.matches.is_empty() {
                return;
            }
        }
        count(&counts.files_matched, 1);
        self.out.send(self.stop, &SearchLine::File { file: found.of(path) });
    }

    fn tell_progress(&self) {
        // Whoever finds it locked leaves it to the other thread.
        let Ok(mut told) = self.told.try_lock() else { return };
        if told.elapsed() < PROGRESS {
            return;
        }
        *told = Instant::now();
        drop(told);
        let get = |it: &AtomicU64| it.load(Ordering::Relaxed);
        let (files, matches) = (get(&self.counts.files), get(&self.counts.matches));
        self.out.send(self.stop, &SearchLine::Progress { files, matches });
    }
}

fn count(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}

/// Opens a path without links; `None` for what vanished meanwhile or is no regular file.
pub(super) fn open(root: &Root, path: &WorkspacePath) -> io::Result<Option<(File, Stat)>> {
    // Without `NONBLOCK` a pipe would make us wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match root.open_real(path, flags) {
        Ok(it) => File::from(it),
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    };
    let stat = rustix::fs::fstat(&file)?;
    Ok((file_type(&stat) == FileType::RegularFile).then_some((file, stat)))
}
