//! Reads commits, branches, stashes and blame.

use super::error::GitError;
use protocol::git::{GitBlame, GitBranch, GitCommit, GitStash, GitUpstream};
use std::collections::HashMap;

/// Between the fields of one record; no name or message of Git's can hold it in these formats.
const FIELD: char = '\u{1f}';
/// Format of `git log -z` that [`commits`] reads.
pub(super) const COMMIT_FORMAT: &str = "--format=%H%x1f%P%x1f%an%x1f%ae%x1f%at%x1f%D%x1f%s%x1f%b";
/// Format of `git for-each-ref` that [`branches`] reads; one line a branch.
pub(super) const BRANCH_FORMAT: &str = "--format=%(refname)%1f%(HEAD)%1f%(upstream:short)%1f\
    %(upstream:track,nobracket)%1f%(objectname)%1f%(committerdate:unix)%1f%(symref)%1f%(contents:subject)";
/// Format of `git stash list -z` that [`stashes`] reads.
pub(super) const STASH_FORMAT: &str = "--format=%H%x1f%ct%x1f%gs";

/// Commits, each ended by NUL. `body` keeps the message behind the first line.
pub(super) fn commits(text: &str, body: bool) -> Result<Vec<GitCommit>, GitError> {
    let records = text.split('\0').filter(|it| !it.is_empty());
    records.map(|it| commit(it, body).ok_or(GitError::Unexpected("a commit"))).collect()
}

fn commit(record: &str, body: bool) -> Option<GitCommit> {
    let mut fields = record.splitn(8, FIELD);
    let mut next = || fields.next().map(str::to_owned);
    let (id, parents, author, author_email) = (next()?, next()?, next()?, next()?);
    let (time, refs, subject, message) = (next()?, next()?, next()?, next()?);
    Some(GitCommit {
        id,
        parents: parents.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        author,
        author_email,
        time_ms: seconds(&time),
        subject,
        body: if body { message.trim().to_owned() } else { String::new() },
        refs: refs.split(", ").filter(|it| !it.is_empty()).map(str::to_owned).collect(),
    })
}

fn seconds(text: &str) -> u64 {
    text.parse::<u64>().unwrap_or(0).saturating_mul(1000)
}

/// Local and remote branches.
pub(super) fn branches(text: &str) -> Result<Vec<GitBranch>, GitError> {
    let mut all = Vec::new();
    for line in text.lines() {
        let mut fields = line.splitn(8, FIELD);
        let mut next = || fields.next().ok_or(GitError::Unexpected("a branch"));
        let (name, head, upstream, track) = (next()?, next()?, next()?, next()?);
        let (commit, time, symbolic, subject) = (next()?, next()?, next()?, next()?);
        // `origin/HEAD` only points at another one.
        if !symbolic.is_empty() {
            continue;
        }
        let (remote, name) =
            match (name.strip_prefix("refs/heads/"), name.strip_prefix("refs/remotes/")) {
                (Some(name), _) => (false, name),
                (None, Some(name)) => (true, name),
                (None, None) => continue,
            };
        let upstream = (!upstream.is_empty()).then(|| tracked(upstream, track));
        all.push(GitBranch {
            name: name.to_owned(),
            remote,
            current: head == "*",
            upstream,
            commit: commit.to_owned(),
            subject: subject.to_owned(),
            time_ms: seconds(time),
        });
    }
    Ok(all)
}

/// Reads `ahead 1, behind 2`, `gone`, or nothing for equal.
fn tracked(name: &str, track: &str) -> GitUpstream {
    let count = |word: &str| {
        let found = track.split(", ").find_map(|it| it.strip_prefix(word)?.trim().parse().ok());
        if track == "gone" { None } else { Some(found.unwrap_or(0)) }
    };
    GitUpstream { name: name.to_owned(), ahead: count("ahead"), behind: count("behind") }
}

/// Stashes, the newest first.
pub(super) fn stashes(text: &str) -> Result<Vec<GitStash>, GitError> {
    let records = text.split('\0').filter(|it| !it.is_empty()).enumerate();
    let read = |(index, record): (usize, &str)| {
        let mut fields = record.splitn(3, FIELD);
        let (id, time, message) = (fields.next()?, fields.next()?, fields.next()?);
        Some(GitStash {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            id: id.to_owned(),
            message: message.to_owned(),
            time_ms: seconds(time),
        })
    };
    records.map(|it| read(it).ok_or(GitError::Unexpected("a stash"))).collect()
}

/// Reads `git blame --incremental`, whose groups come in any order.
pub(super) fn blame(text: &str) -> Result<Vec<GitBlame>, GitError> {
    #[derive(Default, Clone)]
    struct Known {
        author: String,
        time_ms: u64,
        subject: String,
    }
    let mut known: HashMap<String, Known> = HashMap::new();
    let mut groups = Vec::new();
    let mut lines = text.lines();
    while let Some(head) = lines.next() {
        let mut words = head.split(' ');
        let numbers = (words.next(), words.next(), words.next(), words.next());
        let (Some(id), Some(_), Some(first), Some(count)) = numbers else {
            return Err(GitError::Unexpected("a line of blame"));
        };
        let (Ok(first_line), Ok(count)) = (first.parse(), count.parse()) else {
            return Err(GitError::Unexpected("a line of blame"));
        };
        let commit = known.entry(id.to_owned()).or_default();
        for line in lines.by_ref() {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            match name {
                "author" => value.clone_into(&mut commit.author),
                "author-time" => commit.time_ms = seconds(value),
                "summary" => value.clone_into(&mut commit.subject),
                // The last line of every group.
                "filename" => break,
                _ => {}
            }
        }
        let uncommitted = id.bytes().all(|it| it == b'0');
        groups.push(GitBlame {
            commit: (!uncommitted).then(|| id.to_owned()),
            author: commit.author.clone(),
            time_ms: commit.time_ms,
            subject: commit.subject.clone(),
            first_line,
            lines: count,
        });
    }
    groups.sort_by_key(|it| it.first_line);
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_read_with_their_refs_and_messages() {
        let text = "a\u{1f}b c\u{1f}Ann\u{1f}a@x\u{1f}10\u{1f}HEAD -> main, tag: v1\u{1f}Merge\u{1f}why\n\0";
        let commit = &commits(text, true).unwrap()[0];
        assert_eq!(commit.parents, ["b", "c"]);
        assert_eq!(commit.refs, ["HEAD -> main", "tag: v1"]);
        assert_eq!((commit.time_ms, commit.body.as_str()), (10_000, "why"));
        assert_eq!(commits("", false).unwrap(), []);
        assert!(commits("a\u{1f}b\0", false).is_err());
    }

    #[test]
    fn branches_know_how_far_they_are_from_their_upstream() {
        let line = |name: &str, track: &str| {
            format!("{name}\u{1f}*\u{1f}origin/x\u{1f}{track}\u{1f}1\u{1f}5\u{1f}\u{1f}s")
        };
        let text = [
            line("refs/heads/a/b", "ahead 2, behind 1"),
            line("refs/heads/c", ""),
            line("refs/remotes/origin/d", "gone"),
            "refs/remotes/origin/HEAD\u{1f} \u{1f}\u{1f}\u{1f}1\u{1f}5\u{1f}refs/x\u{1f}s"
                .to_owned(),
        ]
        .join("\n");
        let all = branches(&text).unwrap();
        let told: Vec<_> = all
            .iter()
            .map(|it| {
                let upstream = it.upstream.as_ref().unwrap();
                (it.name.as_str(), it.remote, upstream.ahead, upstream.behind)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("a/b", false, Some(2), Some(1)),
                ("c", false, Some(0), Some(0)),
                ("origin/d", true, None, None)
            ]
        );
    }

    #[test]
    fn blame_is_put_in_order_and_commits_are_described_once() {
        let text = "aa 3 3 2\nauthor Ann\nauthor-time 7\nsummary First\nfilename x\n\
                    00 1 1 2\nauthor Not Committed Yet\nauthor-time 8\nfilename x\n\
                    aa 9 5 1\nfilename x\n";
        let groups = blame(text).unwrap();
        let told: Vec<_> = groups
            .iter()
            .map(|it| (it.first_line, it.lines, it.commit.as_deref(), it.subject.as_str()))
            .collect();
        assert_eq!(
            told,
            [(1, 2, None, ""), (3, 2, Some("aa"), "First"), (5, 1, Some("aa"), "First")]
        );
        assert!(blame("nonsense").is_err());
    }
}
