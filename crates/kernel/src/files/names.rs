//! Finding files by a few letters of their path.
//!
//! The names of the tree are kept for as long as every change of it is seen, so that each letter that
//! somebody types does not walk the tree again.

use super::root::Root;
use super::sweep::{Choose, Visit, sweep};
use crate::stop::Stop;
use protocol::file::NameMatches;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use stdx::WorkspacePath;

/// Files looked at; a tree of more answers with what was found up to there.
const VISITED_MAX: usize = 300_000;

/// Paths that are ranked between two looks at whether anybody waits.
const CHUNK: usize = 1024;

type Generation = dyn Fn() -> Option<u64> + Send + Sync;

/// The names of the tree, as far as they are known.
#[derive(Default)]
pub(super) struct Names {
    generation: OnceLock<Box<Generation>>,
    kept: Mutex<Option<(u64, Arc<Known>)>>,
    /// Held while somebody walks the tree; who comes meanwhile takes what he finds.
    walking: Mutex<()>,
}

/// Every path that no rule ignores.
#[derive(Default)]
struct Known {
    paths: Vec<String>,
    /// There are more.
    cut: bool,
}

impl Names {
    pub(super) fn set_generation(&self, of: impl Fn() -> Option<u64> + Send + Sync + 'static) {
        // The first one stays; there is one feed.
        let _second = self.generation.set(Box::new(of));
    }

    pub(super) fn forget(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The `limit` best matches for `query`, best first. `stop` ends the search early.
    pub(super) fn search(
        &self,
        root: &Root,
        (query, limit): (&str, usize),
        stop: &Stop,
    ) -> NameMatches {
        let known = self.known(root, stop);
        rank(&known, (query, limit), stop)
    }

    fn known(&self, root: &Root, stop: &Stop) -> Arc<Known> {
        let Some(generation) = self.generation() else { return Arc::new(look(root, stop)) };
        if let Some(known) = self.kept(generation) {
            return known;
        }
        let _walking = self.walking.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.generation();
        if let Some(known) = generation.and_then(|it| self.kept(it)) {
            return known;
        }
        let known = Arc::new(look(root, stop));
        // A change while we looked makes this a generation that has passed already.
        if let Some(generation) = generation
            && !stop.is_set()
        {
            let kept = Some((generation, Arc::clone(&known)));
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        }
        known
    }

    fn generation(&self) -> Option<u64> {
        self.generation.get().and_then(|it| it())
    }

    fn kept(&self, generation: u64) -> Option<Arc<Known>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|it| it.0 == generation).map(|it| Arc::clone(&it.1))
    }
}

struct Everything;

impl Choose for Everything {
    fn enters(&self, _: &WorkspacePath) -> bool {
        true
    }

    fn has(&self, _: &WorkspacePath) -> bool {
        true
    }
}

/// One thread that takes names down.
struct Collector<'a> {
    own: Vec<String>,
    all: &'a Mutex<Vec<String>>,
    count: &'a AtomicUsize,
    stop: &'a Stop,
}

impl Visit for Collector<'_> {
    fn goes_on(&self) -> bool {
        self.count.load(Ordering::Relaxed) < VISITED_MAX && !self.stop.is_set()
    }

    fn visit(&mut self, path: &WorkspacePath) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.own.push(path.as_str().to_owned());
    }
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.append(&mut self.own);
    }
}

fn look(root: &Root, stop: &Stop) -> Known {
    let (all, count) = (Mutex::default(), AtomicUsize::new(0));
    sweep(root, &Everything, || Collector { own: Vec::new(), all: &all, count: &count, stop });
    let paths = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    Known { paths, cut: VISITED_MAX <= count.into_inner() }
}

fn rank(known: &Known, (query, limit): (&str, usize), stop: &Stop) -> NameMatches {
    let mut fit = Fit::new(query);
    // The worst of the kept is on top, so that it is the one to make room.
    let mut best: BinaryHeap<Reverse<(i32, Reverse<&str>)>> = BinaryHeap::new();
    let mut matched = 0_usize;
    for paths in known.paths.chunks(CHUNK) {
        if stop.is_set() {
            break;
        }
        for path in paths {
            let Some(score) = fit.score(path) else { continue };
            matched += 1;
            best.push(Reverse((score, Reverse(path))));
            if limit < best.len() {
                best.pop();
            }
        }
    }
    let mut ranked = best.into_vec();
    ranked.sort();
    let paths = ranked.into_iter().map(|Reverse((_, Reverse(path)))| path.to_owned()).collect();
    NameMatches { paths, truncated: known.cut || limit < matched }
}

/// A query, and room to compare paths with it.
struct Fit {
    /// In lower case, without white space.
    query: Vec<char>,
    text: Vec<char>,
    lower: Vec<char>,
}

impl Fit {
    fn new(query: &str) -> Self {
        let query =
            query.chars().filter(|it| !it.is_whitespace()).flat_map(char::to_lowercase).collect();
        Self { query, text: Vec::new(), lower: Vec::new() }
    }

    /// How well the query fits `path`; `None` when its letters do not all occur in order.
    ///
    /// Letters count more at the start of a word, in the file's name, and next to one another; what
    /// is skipped and what is long counts less.
    fn score(&mut self, path: &str) -> Option<i32> {
        if !has_letters(&self.query, path) {
            return None;
        }
        let Self { query, text, lower } = self;
        text.clear();
        text.extend(path.chars());
        lower.clear();
        lower.extend(text.iter().map(|it| lower_case(*it)));
        let name_start = text.iter().rposition(|it| *it == '/').map_or(0, |at| at + 1);
        let in_name = fit(query, text, lower, name_start).map(|it| it + 20);
        let length = i32::try_from(text.len()).unwrap_or(i32::MAX / 2);
        let anywhere = fit(query, text, lower, 0);
        in_name.max(anywhere).map(|it| it - length / 4)
    }
}

fn lower_case(letter: char) -> char {
    if letter.is_ascii() {
        letter.to_ascii_lowercase()
    } else {
        letter.to_lowercase().next().unwrap_or(letter)
    }
}

/// Whether the letters occur in order: says no to most paths without more.
fn has_letters(query: &[char], path: &str) -> bool {
    let mut letters = path.chars();
    query.iter().all(|wanted| letters.any(|it| lower_case(it) == *wanted))
}

/// Fits the letters from `start` on: the shortest stretch that ends where the first fit ends.
fn fit(query: &[char], text: &[char], lower: &[char], start: usize) -> Option<i32> {
    let mut wanted = query.iter();
    let mut next = wanted.next();
    let mut end = start;
    while let Some(letter) = next {
        end += lower[end..].iter().position(|it| it == letter)? + 1;
        next = wanted.next();
    }
    let (mut score, mut at, mut follower) = (0, end, None);
    for letter in query.iter().rev() {
        at = lower[start..at].iter().rposition(|it| it == letter)? + start;
        score += 10;
        if begins_word(text, at) {
            score += 8;
        }
        match follower {
            Some(follower) if at + 1 == follower => score += 6,
            Some(follower) => {
                score -= i32::try_from(follower - at).unwrap_or(i32::MAX).min(10);
            }
            None => {}
        }
        follower = Some(at);
    }
    Some(score)
}

fn begins_word(text: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|it| text[it]) else { return true };
    !before.is_alphanumeric() || (before.is_lowercase() && text[at].is_uppercase())
}
