//! Stretches of whole lines in which file and document cannot both have their way.

use super::{Conflict, Merge, Shared, clash, starts_line};
use crate::align::{Alignment, Gap};
use std::ops::Range;

/// Whole lines of all three texts that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) base: Range<usize>,
    pub(super) disk: Range<usize>,
    pub(super) document: Range<usize>,
}

/// The regions of a merge, in order.
pub(super) fn find(merge: &Merge<'_>) -> Vec<Region> {
    let texts = merge.texts;
    let mut regions: Vec<Region> = Vec::new();
    // Both lists are in order: what was typed before a change matters for no later one.
    let mut first = 0;
    for change in &merge.changes {
        while merge.typed.get(first).is_some_and(|it| it.old.end < change.old.start) {
            first += 1;
        }
        let near = merge.typed[first..].iter().take_while(|it| it.old.start <= change.old.end);
        let clashes = near.into_iter().any(|it| clash(texts, change, it));
        let is_inside = regions.last().is_some_and(|it| change.old.end <= it.base.end);
        if !clashes || (is_inside && !change.old.is_empty()) || merge.done(change).is_some() {
            continue;
        }
        let mut wanted = change.old.clone();
        while let Some(last) = regions.pop_if(|it| wanted.start <= it.base.end) {
            wanted = last.base.start.min(wanted.start)..last.base.end.max(wanted.end);
        }
        let mut region = around(merge, wanted);
        while let Some(last) = regions.pop_if(|it| region.base.start < it.base.end) {
            let base = last.base.start.min(region.base.start)..last.base.end.max(region.base.end);
            region = around(merge, base);
        }
        regions.push(region);
    }
    regions
}

/// The smallest region around a stretch of the base.
fn around(merge: &Merge<'_>, wanted: Range<usize>) -> Region {
    let texts = merge.texts;
    let mut start = texts.base[..wanted.start].rfind('\n').map_or(0, |it| it + 1);
    let (disk_start, document_start) = loop {
        let disk = start_of(merge.to_disk, &merge.changes, texts.disk, start);
        let document = start_of(merge.to_document, &merge.typed, texts.document, start);
        if let (Some(disk), Some(document)) = (disk, document) {
            break (disk, document);
        }
        // One line up.
        start = texts.base[..start.saturating_sub(1)].rfind('\n').map_or(0, |it| it + 1);
    };
    let line_end =
        |at: usize| texts.base[at..].find('\n').map_or(texts.base.len(), |it| at + it + 1);
    let is_end = start < wanted.end && starts_line(texts.base, wanted.end);
    let mut end = if is_end { wanted.end } else { line_end(wanted.end) };
    let (disk_end, document_end) = loop {
        let (base, length) = (texts.base, texts.base.len());
        let whole = end == length && !base.ends_with('\n');
        let end_in = |alignment, gaps, text: &str| {
            if whole { Some(text.len()) } else { end_of(alignment, gaps, text, end) }
        };
        let disk = end_in(merge.to_disk, &merge.changes, texts.disk);
        let document = end_in(merge.to_document, &merge.typed, texts.document);
        if let (Some(disk), Some(document)) = (disk, document) {
            break (disk, document);
        }
        if end == length {
            break (texts.disk.len(), texts.document.len());
        }
        end = line_end(end);
    };
    Region {
        base: start..end,
        disk: disk_start..disk_end.max(disk_start),
        document: document_start..document_end.max(document_start),
    }
}

/// Where the line of the base that begins at `at` begins in another text; `None` when no line begins
/// there.
fn start_of(alignment: &Alignment, gaps: &[Gap], text: &str, at: usize) -> Option<usize> {
    if at == 0 && !gaps.first().is_some_and(|it| it.old.is_empty() && it.old.start == 0) {
        return Some(0);
    }
    let found = match touching(gaps, at) {
        None => position(alignment, at),
        Some(gap) if gap.old.start < at && at < gap.old.end => return None,
        // Whole lines that came in above are not part of it; the beginning of a line is.
        Some(gap) if gap.old.is_empty() => {
            let lines = text[gap.new.clone()].rfind('\n').map_or(0, |it| it + 1);
            gap.new.start + lines
        }
        Some(gap) if gap.old.end == at => gap.new.end,
        Some(gap) => gap.new.start,
    };
    starts_line(text, found).then_some(found)
}

/// Where the line of the base that ends at `at` ends in another text; `None` when no line ends there.
fn end_of(alignment: &Alignment, gaps: &[Gap], text: &str, at: usize) -> Option<usize> {
    let found = match touching(gaps, at) {
        None => position(alignment, at),
        Some(gap) if gap.old.start < at && at < gap.old.end => return None,
        Some(gap) if !gap.old.is_empty() && gap.old.end == at => gap.new.end,
        Some(gap) => gap.new.start,
    };
    (starts_line(text, found) || found == text.len()).then_some(found)
}

fn touching(gaps: &[Gap], at: usize) -> Option<&Gap> {
    let first = gaps.partition_point(|it| it.old.end < at);
    gaps.get(first).filter(|it| it.old.start <= at)
}

fn position(alignment: &Alignment, at: usize) -> usize {
    let index = alignment.runs().partition_point(|it| it.old + it.length < at);
    let run = alignment.runs().get(index);
    run.map_or(alignment.new_length(), |it| it.new + at.saturating_sub(it.old))
}

/// Keeps the document's lines that were typed in, brings the file's lines below their counterparts,
/// and takes away what only the file had changed.
pub(super) fn resolve(merge: &mut Merge<'_>, region: &Region) {
    let texts = merge.texts;
    let (disk, document) = (texts.disk, texts.document);
    let mut brought = region.disk.start;
    let mut at = region.document.start;
    let mut same = true;
    let groups = typed_lines(merge, region);
    for group in &groups {
        let line = counterpart(merge, region, group).max(brought);
        rewrite(merge, at..group.start, brought..line);
        if brought < line && !disk[..line].ends_with('\n') {
            merge.replace(group.start..group.start, "\n");
        }
        let text = &document[group.clone()];
        let is_there =
            disk[line..region.disk.end].starts_with(text) && starts_line(disk, line + text.len());
        if is_there {
            let (document, length) = (group.start, group.len());
            merge.shared.push(Shared::There { disk: line, document, length });
            brought = line + length;
        } else {
            same = false;
            brought = line;
        }
        at = group.end;
    }
    let continues = at == region.document.start || starts_line(document, at);
    if brought < region.disk.end && !continues {
        merge.replace(at..at, "\n");
    }
    let end = region.document.end;
    rewrite(merge, at..end, brought..region.disk.end);
    let is_last = end == document.len() || disk[..region.disk.end].ends_with('\n');
    if brought < region.disk.end && !is_last {
        merge.replace(end..end, "\n");
    }
    if !same || groups.is_empty() {
        let conflict = Conflict {
            base: texts.base[region.base.clone()].to_owned(),
            document: document[region.document.clone()].to_owned(),
            disk: disk[region.disk.clone()].to_owned(),
            at: region.document.clone(),
        };
        merge.conflicts.push((conflict, merge.fence..merge.splices.len()));
    }
}

/// Makes a stretch of the document a stretch of the disk's text. What both have stays what it is:
/// somebody may be in the middle of a word there.
fn rewrite(merge: &mut Merge<'_>, document: Range<usize>, disk: Range<usize>) {
    let common = merge.to_document.inverted().then(merge.to_disk);
    let (mut at, mut brought) = (document.start, disk.start);
    for run in common.runs() {
        let skipped = document.start.saturating_sub(run.old).max(disk.start.saturating_sub(run.new));
        let (start, there) = (run.old + skipped, run.new + skipped);
        let length = (run.length.saturating_sub(skipped))
            .min(document.end.saturating_sub(start))
            .min(disk.end.saturating_sub(there));
        if length == 0 {
            continue;
        }
        merge.insert(at, brought..there);
        merge.replace(at..start, "");
        merge.shared.push(Shared::There { disk: there, document: start, length });
        (at, brought) = (start + length, there + length);
    }
    merge.insert(at, brought..disk.end);
    merge.replace(at..document.end, "");
}

/// Stretches of whole lines of the document in which somebody typed.
fn typed_lines(merge: &Merge<'_>, region: &Region) -> Vec<Range<usize>> {
    let texts = merge.texts;
    let from_document = merge.to_document.inverted();
    let line_of = |at: usize| texts.base[..at].matches('\n').count();
    // Lines with what they have of the base, by line number, and whether something was typed in them.
    let mut lines = Vec::new();
    let mut start = region.document.start;
    for line in texts.document[region.document.clone()].split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let old = from_document.surviving(range.clone());
        let rows = old.first().zip(old.last());
        let rows = rows.map(|(first, last)| line_of(first.start)..=line_of(last.end - 1));
        let typed = old.iter().map(ExactSizeIterator::len).sum::<usize>() < range.len();
        lines.push((range, rows, typed));
    }
    let torn: Vec<_> = lines.iter().filter(|it| it.2).filter_map(|it| it.1.clone()).collect();
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (range, rows, typed) in lines {
        // The rest of a line that somebody broke in two stays with its beginning.
        let is_rest = rows.is_some_and(|it| {
            torn.iter().any(|torn| it.start() <= torn.end() && torn.start() <= it.end())
        });
        if !typed && !is_rest {
            continue;
        }
        match groups.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => groups.push(range),
        }
    }
    groups
}

/// Where in the disk's text the lines begin that stand where this stretch of the document stands.
fn counterpart(merge: &Merge<'_>, region: &Region, group: &Range<usize>) -> usize {
    let texts = merge.texts;
    let old = merge.to_document.inverted().surviving(group.clone());
    let in_base = old.first().map_or_else(
        || {
            let typed = merge.typed.iter().find(|it| group.start < it.new.end);
            typed.map_or(region.base.end, |it| it.old.start)
        },
        |it| it.start,
    );
    let in_disk = match merge.changes.iter().find(|it| it.old.contains(&in_base)) {
        // Within what was replaced as a whole, by proportion.
        Some(change) => {
            let into = in_base - change.old.start;
            change.new.start + into * change.new.len() / change.old.len()
        }
        None => position(merge.to_disk, in_base),
    };
    let in_disk = in_disk.clamp(region.disk.start, region.disk.end);
    let in_disk = (0..=in_disk).rev().find(|it| texts.disk.is_char_boundary(*it)).unwrap_or(0);
    let line = texts.disk[..in_disk].rfind('\n').map_or(0, |it| it + 1);
    line.max(region.disk.start)
}
