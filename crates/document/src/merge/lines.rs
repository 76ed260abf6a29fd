//! Lines that both sides put in the same place, one of them among others.

use super::starts_line;
use crate::align::Run;
use crate::diff;

/// Letters and digits of a stretch that nobody else puts there by chance, as he may a bracket.
const TELLING_MIN: usize = 3;
/// Longest stretch that is looked at, in bytes: some milliseconds.
const BYTES_MAX: usize = 64 * 1024;

/// Stretches of whole lines that both texts have, and that tell something.
pub(super) fn common(typed: &str, disk: &str) -> Vec<Run> {
    if BYTES_MAX < typed.len().max(disk.len()) {
        return Vec::new();
    }
    let alignment = diff::align(typed, disk, None);
    let runs = alignment.runs().iter().filter_map(|it| whole_lines(typed, disk, *it));
    let tells = |it: &Run| {
        let letters = typed[it.old..it.old + it.length].chars().filter(|it| it.is_alphanumeric());
        TELLING_MIN <= letters.count()
    };
    runs.filter(tells).collect()
}

/// The lines that are whole in a stretch of both texts.
fn whole_lines(typed: &str, disk: &str, run: Run) -> Option<Run> {
    let text = &typed[run.old..run.old + run.length];
    let starts = starts_line(typed, run.old) && starts_line(disk, run.new);
    let from = if starts { 0 } else { text.find('\n')? + 1 };
    let length = text[from..].rfind('\n')? + 1;
    Some(Run { old: run.old + from, new: run.new + from, length })
}
