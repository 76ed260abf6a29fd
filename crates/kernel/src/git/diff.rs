//! Reads unified diffs, and makes a patch of some of their hunks.

use protocol::git::{
    DIFF_LINES_MAX, GitChange, GitDiff, GitFileDiff, GitHunk, GitLine, GitLineKind,
};
use sha2::{Digest, Sha256};

/// One file of a diff, as bytes: what a patch is made of.
#[derive(Debug, Default)]
pub(super) struct RawFile<'a> {
    /// Everything up to the first hunk.
    header: Vec<&'a [u8]>,
    hunks: Vec<RawHunk<'a>>,
}

#[derive(Debug)]
struct RawHunk<'a> {
    /// `@@ -1,2 +1,3 @@ section`
    head: &'a [u8],
    /// With their first character, without their line ending.
    lines: Vec<&'a [u8]>,
}

/// Cuts the output of `git diff` into files and hunks.
pub(super) fn split(bytes: &[u8]) -> Vec<RawFile<'_>> {
    let mut files: Vec<RawFile<'_>> = Vec::new();
    // Lines of the hunk that are still to come; within a hunk nothing else is looked for.
    let (mut old_left, mut new_left) = (0_u32, 0_u32);
    for line in lines(bytes) {
        if 0 < old_left || 0 < new_left || line.first() == Some(&b'\\') {
            let Some(hunk) = files.last_mut().and_then(|it| it.hunks.last_mut()) else { continue };
            match line.first() {
                Some(b'-') => old_left = old_left.saturating_sub(1),
                Some(b'+') => new_left = new_left.saturating_sub(1),
                Some(b'\\') => {}
                _ => {
                    old_left = old_left.saturating_sub(1);
                    new_left = new_left.saturating_sub(1);
                }
            }
            hunk.lines.push(line);
        } else if line.starts_with(b"diff --git ") {
            files.push(RawFile { header: vec![line], hunks: Vec::new() });
        } else if let Some(file) = files.last_mut() {
            match range(line) {
                Some(range) => {
                    (old_left, new_left) = (range.old_lines, range.new_lines);
                    file.hunks.push(RawHunk { head: line, lines: Vec::new() });
                }
                None => file.header.push(line),
            }
        }
    }
    files
}

/// Lines without their ending; only `\n` ends one, and the last may have none.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    whole.split(|it| *it == b'\n').filter(move |_| !bytes.is_empty())
}

struct Range<'a> {
    old_start: u32,
    old_lines: u32,
    new_start: u32,
    new_lines: u32,
    section: &'a [u8],
}

/// Reads `@@ -1,2 +1,3 @@ section`.
fn range(line: &[u8]) -> Option<Range<'_>> {
    let rest = line.strip_prefix(b"@@ -")?;
    let end = rest.windows(3).position(|it| it == b" @@")?;
    let numbers = std::str::from_utf8(&rest[..end]).ok()?;
    let (old, new) = numbers.split_once(" +")?;
    let pair = |text: &str| -> Option<(u32, u32)> {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    let ((old_start, old_lines), (new_start, new_lines)) = (pair(old)?, pair(new)?);
    let section = rest[end + 3..].trim_ascii_start();
    Some(Range { old_start, old_lines, new_start, new_lines, section })
}

impl RawFile<'_> {
    /// What names the file in a patch of some of its lines: no mode and no rename, and a file that is
    /// new or gone is so only where the patch starts from. One that the patch makes has its mode.
    fn names(&self, reverse: bool) -> Option<Vec<Vec<u8>>> {
        const NOTHING: &[u8] = b"/dev/null";
        let of = |sign: &[u8]| self.header.iter().find_map(|it| it.strip_prefix(sign));
        let (from, to) = (of(b"--- ")?, of(b"+++ ")?);
        if from == NOTHING && !reverse {
            // Its whole content is another one than this names.
            let header = self.header.iter().filter(|it| !it.starts_with(b"index "));
            return Some(header.map(|it| it.to_vec()).collect());
        }
        let known = if to == NOTHING { from } else { to };
        let (quote, path) =
            known.strip_prefix(b"\"").map_or((&b""[..], known), |it| (&b"\""[..], it));
        let path = path.get(1..)?;
        let name = |sign: &[u8], side: &[u8], is_nothing: bool| {
            if is_nothing { [sign, NOTHING].concat() } else { [sign, quote, side, path].concat() }
        };
        Some(vec![name(b"--- ", b"a", false), name(b"+++ ", b"b", to == NOTHING && reverse)])
    }
}

impl RawHunk<'_> {
    /// Names the hunk by its lines. Its place counts too, because the same lines may change twice.
    fn id(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.head);
        for line in &self.lines {
            hash.update([b'\n']);
            hash.update(line);
        }
        let digest = hash.finalize();
        let head = digest.first_chunk().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(head))
    }
}

/// A patch of those hunks of `file` whose ids are named. `None` when one of them is not there.
pub(super) fn patch(file: &RawFile<'_>, ids: &[String]) -> Option<Vec<u8>> {
    let chosen: Vec<_> = file.hunks.iter().filter(|it| ids.contains(&it.id())).collect();
    if chosen.len() != ids.len() || chosen.is_empty() {
        return None;
    }
    let lines = file
        .header
        .iter()
        .chain(chosen.iter().flat_map(|it| std::iter::once(&it.head).chain(it.lines.iter())));
    Some(joined(lines.copied()))
}

/// A patch of some changed lines of one hunk, counted as people are shown them. `reverse` says
/// that it will be taken back. `None` when the hunk is not there, or no line of it is chosen.
pub(super) fn patch_of_lines(
    file: &RawFile<'_>,
    id: &str,
    chosen: &[u32],
    reverse: bool,
) -> Option<Vec<u8>> {
    let hunk = file.hunks.iter().find(|it| it.id() == id)?;
    let range = range(hunk.head)?;
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let (mut at, mut old, mut new, mut any) = (0_u32, 0_u32, 0_u32, false);
    // What is said of a line, that it has no ending, goes where the line goes.
    let mut kept = false;
    for line in &hunk.lines {
        let (sign, text) = line.split_first().map_or((b' ', &[][..]), |it| (*it.0, it.1));
        if sign == b'\\' {
            if kept {
                lines.push(line.to_vec());
            }
            continue;
        }
        let is_chosen = chosen.contains(&at);
        at += 1;
        // A change that is not chosen has not happened: on the side that is patched the line is
        // as it is.
        let sign = match sign {
            b'+' | b'-' if is_chosen => sign,
            b'+' if !reverse => 0,
            b'-' if reverse => 0,
            _ => b' ',
        };
        kept = sign != 0;
        any |= matches!(sign, b'+' | b'-');
        old += u32::from(matches!(sign, b' ' | b'-'));
        new += u32::from(matches!(sign, b' ' | b'+'));
        if kept {
            lines.push([&[sign], text].concat());
        }
    }
    if !any {
        return None;
    }
    let head = format!("@@ -{},{old} +{},{new} @@", range.old_start, range.new_start);
    let names = file.names(reverse)?;
    Some(joined(names.iter().chain([&head.into_bytes()]).chain(&lines).map(Vec::as_slice)))
}

/// The lines with their endings.
fn joined<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut text = Vec::new();
    for line in lines {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text
}

/// The differences for people.
pub(super) fn show(files: &[RawFile<'_>]) -> GitDiff {
    let mut left = DIFF_LINES_MAX;
    let mut diff = GitDiff::default();
    for file in files {
        let mut shown = header(file);
        for hunk in &file.hunks {
            let Some(range) = range(hunk.head) else { continue };
            let mut lines: Vec<GitLine> = Vec::with_capacity(hunk.lines.len());
            for line in &hunk.lines {
                let kind = match line.first() {
                    Some(b'+') => GitLineKind::Added,
                    Some(b'-') => GitLineKind::Removed,
                    Some(b'\\') => {
                        if let Some(last) = lines.last_mut() {
                            last.no_newline = true;
                        }
                        continue;
                    }
                    _ => GitLineKind::Context,
                };
                match kind {
                    GitLineKind::Added => shown.added += 1,
                    GitLineKind::Removed => shown.removed += 1,
                    GitLineKind::Context => {}
                }
                let text = line.get(1..).unwrap_or_default();
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                let text = String::from_utf8_lossy(text).into_owned();
                lines.push(GitLine { kind, text, no_newline: false });
            }
            if left < lines.len() {
                diff.truncated = true;
                continue;
            }
            left -= lines.len();
            shown.hunks.push(GitHunk {
                id: hunk.id(),
                old_start: range.old_start,
                old_lines: range.old_lines,
                new_start: range.new_start,
                new_lines: range.new_lines,
                section: String::from_utf8_lossy(range.section).into_owned(),
                lines,
            });
        }
        diff.files.push(shown);
    }
    diff
}

/// What the lines before the first hunk say.
fn header(file: &RawFile<'_>) -> GitFileDiff {
    let mut shown = GitFileDiff {
        path: String::new(),
        original_path: None,
        change: GitChange::Modified,
        binary: false,
        added: 0,
        removed: 0,
        hunks: Vec::new(),
    };
    let (mut old, mut new) = (None, None);
    for line in &file.header {
        let text = String::from_utf8_lossy(line);
        let text = text.as_ref();
        if text.starts_with("new file mode") {
            shown.change = GitChange::Added;
        } else if text.starts_with("deleted file mode") {
            shown.change = GitChange::Deleted;
        } else if let Some(path) = text.strip_prefix("rename from ") {
            (shown.change, old) = (GitChange::Renamed, Some(unquote(path)));
        } else if let Some(path) = text.strip_prefix("copy from ") {
            (shown.change, old) = (GitChange::Copied, Some(unquote(path)));
        } else if let Some(path) =
            text.strip_prefix("rename to ").or_else(|| text.strip_prefix("copy to "))
        {
            new = Some(unquote(path));
        } else if text.starts_with("Binary files ") || text == "GIT binary patch" {
            shown.binary = true;
        } else if let Some(path) = text.strip_prefix("+++ ") {
            new = new.or_else(|| side(path, "b/"));
        } else if let Some(path) = text.strip_prefix("--- ") {
            shown.path = side(path, "a/").unwrap_or_default();
        }
    }
    if let Some(new) = new {
        shown.path = new;
    }
    if shown.path.is_empty() {
        // Neither renamed nor with lines, so both names of the first line are the same.
        let first = file.header.first().map(|it| String::from_utf8_lossy(it));
        let first = first.as_deref().and_then(|it| it.strip_prefix("diff --git "));
        shown.path = first.map(both).unwrap_or_default();
    }
    shown.original_path = old;
    shown
}

/// The name behind `+++ ` or `--- `; `None` for `/dev/null`. A tab ends a name with spaces.
fn side(text: &str, prefix: &str) -> Option<String> {
    let name = unquote(text.strip_suffix('\t').unwrap_or(text));
    name.strip_prefix(prefix).map(str::to_owned)
}

/// `x` of `a/x b/x`, quoted or not.
fn both(text: &str) -> String {
    if text.starts_with('"') {
        let half = text.len().saturating_sub(1) / 2;
        let name = unquote(text.get(..half).unwrap_or_default());
        return name.strip_prefix("a/").unwrap_or(&name).to_owned();
    }
    let half = text.len().saturating_sub(1) / 2;
    text.get(..half).and_then(|it| it.strip_prefix("a/")).unwrap_or_default().to_owned()
}

/// A name in Git's quotes, or as it is.
fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some(escaped) = rest.next() else { break };
        bytes.push(match escaped {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'0'..=b'7' => {
                let mut value = u32::from(escaped - b'0');
                for _ in 0..2 {
                    if let Some(digit) = rest.next_if(|it| (b'0'..=b'7').contains(it)) {
                        value = value * 8 + u32::from(digit - b'0');
                    }
                }
                u8::try_from(value & 0xff).unwrap_or_default()
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[u8] = b"diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n\
        @@ -1,2 +1,2 @@ fn x\n-one\n+ONE\n two\n@@ -9 +9,2 @@\n nine\n+ten\n\\ No newline at end of file\n\
        diff --git a/b c b/b c\nnew file mode 100644\n--- /dev/null\n+++ b/b c\t\n@@ -0,0 +1 @@\n+--- a/x\n";

    #[test]
    fn files_hunks_and_lines_are_read() {
        let files = split(TWO);
        let diff = show(&files);
        assert_eq!(diff.files.len(), 2);
        let first = &diff.files[0];
        assert_eq!((first.path.as_str(), first.added, first.removed), ("a", 2, 1));
        assert_eq!(first.hunks[0].section, "fn x");
        assert!(first.hunks[1].lines[1].no_newline);
        let second = &diff.files[1];
        assert_eq!((second.path.as_str(), second.change), ("b c", GitChange::Added));
        // A line that looks like a header is a line.
        assert_eq!(second.hunks[0].lines[0].text, "--- a/x");
    }

    #[test]
    fn a_patch_holds_the_chosen_hunks_byte_for_byte() {
        let files = split(TWO);
        let ids: Vec<String> = show(&files).files[0].hunks.iter().map(|it| it.id.clone()).collect();
        let whole = patch(&files[0], &ids).unwrap();
        assert!(TWO.starts_with(&whole));
        let second = patch(&files[0], &ids[1..]).unwrap();
        assert!(
            second
                .ends_with(b"+++ b/a\n@@ -9 +9,2 @@\n nine\n+ten\n\\ No newline at end of file\n")
        );
        assert_eq!(patch(&files[0], &["0".to_owned()]), None);
        assert_eq!(patch(&files[0], &[]), None);
    }

    #[test]
    fn names_come_out_of_their_quotes() {
        let text = b"diff --git \"a/t\\tb\\303\\244\" \"b/t\\tb\\303\\244\"\nold mode 100644\nnew mode 100755\n";
        assert_eq!(show(&split(text)).files[0].path, "t\tb\u{e4}");
        let text = b"diff --git a/x y b/x y\nold mode 100644\nnew mode 100755\n";
        assert_eq!(show(&split(text)).files[0].path, "x y");
        let text = b"diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n";
        let file = &show(&split(text)).files[0];
        assert_eq!((file.path.as_str(), file.original_path.as_deref()), ("n", Some("o")));
        let text = b"diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n";
        let file = &show(&split(text)).files[0];
        assert!(file.binary);
        assert_eq!(file.path, "i.png");
    }

    #[test]
    fn any_bytes_are_read() {
        let words: &[&[u8]] = &[
            b"diff --git a/x b/x\n",
            b"@@ -1,3 +1 @@\n",
            b"+",
            b"-",
            b" ",
            b"\\",
            b"\n",
            b"\"",
            b"\xff",
        ];
        for seed in 0..3_000_u64 {
            let mut state = seed;
            let mut bytes = Vec::new();
            for _ in 0..40 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                bytes.extend_from_slice(words[(state >> 33) as usize % words.len()]);
            }
            let files = split(&bytes);
            for (raw, shown) in files.iter().zip(show(&files).files) {
                let ids: Vec<String> = shown.hunks.into_iter().map(|it| it.id).collect();
                drop(patch(raw, &ids));
            }
        }
    }
}
