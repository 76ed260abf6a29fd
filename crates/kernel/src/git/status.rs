//! Reads `git status --porcelain=v2 -z --branch --show-stash`.
//! The format: <https://git-scm.com/docs/git-status#_porcelain_format_version_2>.

use super::error::GitError;
use protocol::git::{
    GitChange, GitConflictKind, GitEntry, GitStatus, GitUpstream, STATUS_ENTRIES_MAX,
};

/// What the output says.
pub(super) fn parse(bytes: &[u8]) -> Result<GitStatus, GitError> {
    let mut status = GitStatus { repository: true, ..GitStatus::default() };
    let mut fields = bytes.split(|it| *it == 0).map(String::from_utf8_lossy);
    while let Some(field) = fields.next() {
        let (kind, rest) = field.split_once(' ').unwrap_or((field.as_ref(), ""));
        if kind == "#" {
            header(&mut status, rest);
            continue;
        }
        let entry = match kind {
            "" => continue,
            "1" => changed(rest, 6, None),
            // The path that it had follows as a field of its own.
            "2" => changed(rest, 7, fields.next().map(std::borrow::Cow::into_owned)),
            "u" => unmerged(rest),
            "?" => Some(GitEntry {
                path: rest.to_owned(),
                original_path: None,
                staged: GitChange::Unchanged,
                unstaged: GitChange::Untracked,
                conflict: None,
            }),
            _ => None,
        };
        let entry = entry.ok_or(GitError::Unexpected("a line of the status"))?;
        if status.entries.len() == STATUS_ENTRIES_MAX {
            status.truncated = true;
            break;
        }
        status.entries.push(entry);
    }
    Ok(status)
}

fn header(status: &mut GitStatus, text: &str) {
    let (name, value) = text.split_once(' ').unwrap_or((text, ""));
    match name {
        "branch.oid" if value != "(initial)" => status.head = Some(value.to_owned()),
        "branch.head" if value != "(detached)" => status.branch = Some(value.to_owned()),
        "branch.upstream" => {
            let name = value.to_owned();
            status.upstream = Some(GitUpstream { name, ahead: None, behind: None });
        }
        "branch.ab" => {
            let mut counts = value.split(' ').map(|it| it[1..].parse().ok());
            if let Some(upstream) = &mut status.upstream {
                upstream.ahead = counts.next().flatten();
                upstream.behind = counts.next().flatten();
            }
        }
        "stash" => status.stashes = value.parse().unwrap_or(0),
        _ => {}
    }
}

/// `XY sub mH mI mW hH hI [Xscore] path`: `skip` fields stand between `XY` and the path.
fn changed(rest: &str, skip: usize, original_path: Option<String>) -> Option<GitEntry> {
    let (code, rest) = rest.split_once(' ')?;
    let path = rest.splitn(skip + 1, ' ').nth(skip)?.to_owned();
    let mut letters = code.chars().map(change);
    let (staged, unstaged) = (letters.next()??, letters.next()??);
    Some(GitEntry { path, original_path, staged, unstaged, conflict: None })
}

/// `XY sub m1 m2 m3 mW h1 h2 h3 path`.
fn unmerged(rest: &str) -> Option<GitEntry> {
    let (code, rest) = rest.split_once(' ')?;
    let path = rest.splitn(9, ' ').nth(8)?.to_owned();
    let conflict = match code {
        "DD" => GitConflictKind::BothDeleted,
        "AU" => GitConflictKind::AddedByUs,
        "UD" => GitConflictKind::DeletedByThem,
        "UA" => GitConflictKind::AddedByThem,
        "DU" => GitConflictKind::DeletedByUs,
        "AA" => GitConflictKind::BothAdded,
        "UU" => GitConflictKind::BothModified,
        _ => return None,
    };
    Some(GitEntry {
        path,
        original_path: None,
        staged: GitChange::Unchanged,
        unstaged: GitChange::Modified,
        conflict: Some(conflict),
    })
}

/// One letter of `XY`, or of a diff's `--name-status`.
fn change(letter: char) -> Option<GitChange> {
    Some(match letter {
        '.' => GitChange::Unchanged,
        'A' => GitChange::Added,
        'M' => GitChange::Modified,
        'T' => GitChange::TypeChanged,
        'D' => GitChange::Deleted,
        'R' => GitChange::Renamed,
        'C' => GitChange::Copied,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use GitChange::{Modified, Renamed, Unchanged, Untracked};

    #[test]
    fn every_kind_of_entry_is_read() {
        let text = "# branch.oid 1234\0# branch.head main\0# branch.upstream origin/main\0\
            # branch.ab +2 -1\0# stash 3\0\
            1 .M N... 100644 100644 100644 aaa bbb a file.txt\0\
            2 R. N... 100644 100644 100644 aaa aaa R100 new name\0old name\0\
            u UU N... 100644 100644 100644 100644 aaa bbb ccc both\0\
            ? dir/ü\0";
        let status = parse(text.as_bytes()).unwrap();
        assert_eq!(
            (status.branch.as_deref(), status.head.as_deref()),
            (Some("main"), Some("1234"))
        );
        let upstream = status.upstream.unwrap();
        assert_eq!((upstream.ahead, upstream.behind), (Some(2), Some(1)));
        assert_eq!(status.stashes, 3);
        let told: Vec<_> = status
            .entries
            .iter()
            .map(|it| (it.path.as_str(), it.staged, it.unstaged, it.conflict))
            .collect();
        assert_eq!(
            told,
            [
                ("a file.txt", Unchanged, Modified, None),
                ("new name", Renamed, Unchanged, None),
                ("both", Unchanged, Modified, Some(GitConflictKind::BothModified)),
                ("dir/ü", Unchanged, Untracked, None),
            ]
        );
        assert_eq!(status.entries[1].original_path.as_deref(), Some("old name"));
    }

    #[test]
    fn a_repository_without_commits_and_a_detached_head() {
        let status = parse(b"# branch.oid (initial)\0# branch.head main\0").unwrap();
        assert_eq!((status.head, status.branch.as_deref()), (None, Some("main")));
        let status = parse(b"# branch.oid 12\0# branch.head (detached)\0").unwrap();
        assert_eq!((status.head.as_deref(), status.branch), (Some("12"), None));
        assert!(parse(b"1 .M short\0").is_err());
        assert!(parse(b"x\0").is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        for seed in 0..2_000_u64 {
            let mut state = seed;
            let bytes: Vec<u8> = (0..80)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    b"12u?# \0.MRUbranch.ab +-x"[(state >> 33) as usize % 24]
                })
                .collect();
            drop(parse(&bytes));
        }
    }
}
