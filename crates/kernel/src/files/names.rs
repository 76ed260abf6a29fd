//! Finding files by a few letters of their path.

use super::root::Root;
use super::walk::walk;
use protocol::file::NameMatches;
use rustix::fs::FileType;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Files looked at; a tree of more answers with what was found up to there.
const VISITED_MAX: usize = 300_000;

/// The `limit` best matches for `query`, best first. `cancelled` ends the search early.
pub(crate) fn search(
    root: &Root,
    query: &str,
    limit: usize,
    cancelled: &AtomicBool,
) -> NameMatches {
    let query: Vec<char> =
        query.chars().filter(|it| !it.is_whitespace()).flat_map(char::to_lowercase).collect();
    // The worst of the kept is on top, so that it is the one to make room.
    let mut best: BinaryHeap<Reverse<(i32, Reverse<String>)>> = BinaryHeap::new();
    let (mut visited, mut matched, mut cut) = (0_usize, 0_usize, false);
    walk(root, |path, kind| {
        visited += 1;
        cut = VISITED_MAX < visited;
        if cut || cancelled.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        if kind == FileType::Directory {
            return ControlFlow::Continue(());
        }
        if let Some(score) = score(&query, path.as_str()) {
            matched += 1;
            best.push(Reverse((score, Reverse(path.as_str().to_owned()))));
            if limit < best.len() {
                best.pop();
            }
        }
        ControlFlow::Continue(())
    });
    let mut ranked = best.into_vec();
    ranked.sort();
    let paths = ranked.into_iter().map(|Reverse((_, Reverse(path)))| path).collect();
    NameMatches { paths, truncated: cut || limit < matched }
}

/// How well `query` (lower case) fits `path`; `None` when its letters do not all occur in order.
///
/// Letters count more at the start of a word, in the file's name, and next to one another; what is
/// skipped and what is long counts less.
pub(crate) fn score(query: &[char], path: &str) -> Option<i32> {
    let text: Vec<char> = path.chars().collect();
    let lower: Vec<char> = text.iter().map(|it| it.to_lowercase().next().unwrap_or(*it)).collect();
    let name_start = text.iter().rposition(|it| *it == '/').map_or(0, |at| at + 1);
    let in_name = fit(query, &text, &lower, name_start).map(|it| it + 20);
    let length = i32::try_from(text.len()).unwrap_or(i32::MAX / 2);
    let anywhere = fit(query, &text, &lower, 0);
    in_name.max(anywhere).map(|it| it - length / 4)
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
