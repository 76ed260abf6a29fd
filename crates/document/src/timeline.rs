//! What a document went through, coarsely: who changed how much between which times, and the text at
//! the end of each stretch.
//!
//! A version ends when somebody else begins who does not write together with those before, when it
//! has become long, or when nobody writes any more. People who type at the same time share versions;
//! a program, an agent and Git have their own, unless they write all the time.

use protocol::channel::AuthorKind;
use protocol::document::{Contributor, VersionAuthor};
use std::sync::Arc;

/// A version ends this long after it began, in milliseconds.
const LONG_MS: u64 = 60_000;
/// And this long after the last change.
const QUIET_MS: u64 = 15_000;
/// Who writes at least this often does not get versions of his own: a program that writes ten times a
/// second while somebody types.
const SHORT_MS: u64 = 3_000;
/// Authors that one version names.
const AUTHORS_MAX: usize = 32;

/// A stretch that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub from_ms: u64,
    pub until_ms: u64,
    /// Nobody: it is what the file was before the document knew anything.
    pub authors: Vec<VersionAuthor>,
    pub text: Arc<str>,
}

#[derive(Clone, Debug)]
struct Stretch {
    from_ms: u64,
    until_ms: u64,
    authors: Vec<VersionAuthor>,
}

/// The stretch that goes on, and those that ended and were not taken yet.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    current: Option<Stretch>,
    ended: Vec<Version>,
    /// Changes in a log: when, whose, bytes added and removed.
    replayed: Vec<(u64, Contributor, (u64, u64))>,
    /// There is a version of the time before the first change.
    has_beginning: bool,
}

impl Timeline {
    /// A change that is in the log; whether it is in a version is told by [`Self::resume`].
    pub fn replay(&mut self, at_ms: u64, author: Contributor, changed: (u64, u64)) {
        self.replayed.push((at_ms, author, changed));
    }

    /// The versions so far end at `until_ms`; there are none when it is `None`. Who wrote after that,
    /// before the end of the program, is named in the next version.
    pub fn resume(&mut self, until_ms: Option<u64>) {
        self.has_beginning = until_ms.is_some();
        for (at_ms, author, changed) in std::mem::take(&mut self.replayed) {
            if until_ms.is_none_or(|it| it < at_ms) {
                self.changed(at_ms, &author, changed);
            }
        }
    }

    /// Somebody is about to change `text`.
    pub fn before(&mut self, now_ms: u64, author: &Contributor, text: &str) {
        if !self.has_beginning {
            self.has_beginning = true;
            let text = text.into();
            let authors = Vec::new();
            // It ends before the change, which would else count as told.
            let at_ms = now_ms.saturating_sub(1);
            self.ended.push(Version { from_ms: at_ms, until_ms: at_ms, authors, text });
        }
        let ends = self.current.as_ref().is_some_and(|it| it.ends_before(now_ms, author));
        if ends {
            self.end(text);
        }
    }

    /// Somebody changed the text.
    pub fn changed(&mut self, now_ms: u64, author: &Contributor, (added, removed): (u64, u64)) {
        let current = self.current.get_or_insert_with(|| Stretch {
            from_ms: now_ms,
            until_ms: now_ms,
            authors: Vec::new(),
        });
        current.until_ms = now_ms.max(current.until_ms);
        let known = current.authors.iter().position(|it| it.author == *author);
        let index = known.unwrap_or(current.authors.len());
        if known.is_none() {
            // A crowd is not named whole, and nobody by the name of another.
            if AUTHORS_MAX <= current.authors.len() {
                return;
            }
            let author = author.clone();
            current.authors.push(VersionAuthor { author, added: 0, removed: 0 });
        }
        current.authors[index].added += added;
        current.authors[index].removed += removed;
    }

    /// When the stretch that goes on ends by itself, in milliseconds.
    pub fn due_ms(&self) -> Option<u64> {
        self.current.as_ref().map(|it| it.until_ms + QUIET_MS)
    }

    /// The stretch that goes on, as it is so far; `text` is what it would leave. It goes on.
    pub fn running(&self, text: &str) -> Option<Version> {
        let Stretch { from_ms, until_ms, authors } = self.current.clone()?;
        Some(Version { from_ms, until_ms, authors, text: text.into() })
    }

    /// The stretch that goes on ends now; `text` is what it leaves.
    pub fn end(&mut self, text: &str) {
        if let Some(Stretch { from_ms, until_ms, authors }) = self.current.take() {
            self.ended.push(Version { from_ms, until_ms, authors, text: text.into() });
        }
    }

    /// Versions that ended since the last call.
    pub fn take_ended(&mut self) -> Vec<Version> {
        std::mem::take(&mut self.ended)
    }
}

impl Stretch {
    fn ends_before(&self, now_ms: u64, author: &Contributor) -> bool {
        let is_person = |it: &Contributor| it.kind == AuthorKind::Person;
        let together = self
            .authors
            .iter()
            .all(|it| it.author == *author || (is_person(&it.author) && is_person(author)));
        self.from_ms + LONG_MS <= now_ms
            || self.until_ms + QUIET_MS <= now_ms
            || (!together && self.from_ms + SHORT_MS <= now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(kind: AuthorKind, name: &str) -> Contributor {
        Contributor { kind, principal: Some(name.to_owned()), ..Contributor::default() }
    }

    fn check(changes: &[(u64, &Contributor)], expected: &[&str]) {
        let mut timeline = Timeline::default();
        let mut text = String::new();
        for (now_ms, author) in changes {
            timeline.before(*now_ms, author, &text);
            text.push('x');
            timeline.changed(*now_ms, author, (1, 0));
        }
        timeline.end(&text);
        let name = |it: &VersionAuthor| {
            format!("{}+{}", it.author.principal.as_deref().unwrap_or("?"), it.added)
        };
        let shown: Vec<String> = timeline
            .take_ended()
            .iter()
            .map(|it| {
                let authors: Vec<String> = it.authors.iter().map(name).collect();
                format!("{}-{} {} {}", it.from_ms, it.until_ms, authors.join(" "), it.text.len())
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn people_share_versions_and_programs_have_their_own() {
        let [ada, bob] = ["ada", "bob"].map(|it| author(AuthorKind::Person, it));
        let agent = author(AuthorKind::Agent, "agent");
        check(
            &[(1_000, &ada), (2_000, &bob), (5_000, &ada), (9_000, &agent), (9_100, &agent)],
            &["999-999  0", "1000-5000 ada+2 bob+1 3", "9000-9100 agent+2 5"],
        );
    }

    #[test]
    fn a_version_ends_when_it_is_long_or_when_nobody_writes() {
        let ada = author(AuthorKind::Person, "ada");
        check(&[(0, &ada), (QUIET_MS, &ada)], &["0-0  0", "0-0 ada+1 1", "15000-15000 ada+1 2"]);
        let typed: Vec<(u64, &Contributor)> = (0..7).map(|it| (it * 10_000, &ada)).collect();
        check(&typed, &["0-0  0", "0-50000 ada+6 6", "60000-60000 ada+1 7"]);
    }

    #[test]
    fn a_crowd_is_named_as_far_as_there_is_room_and_nobody_by_another_name() {
        let mut timeline = Timeline::default();
        let crowd = |it: usize| author(AuthorKind::Person, &it.to_string());
        for it in 0..=AUTHORS_MAX {
            timeline.changed(it as u64, &crowd(it), (1, 0));
        }
        timeline.changed(100, &crowd(3), (1, 0));
        timeline.end("");
        let version = timeline.take_ended().remove(0);
        assert_eq!((version.authors.len(), version.until_ms), (AUTHORS_MAX, 100));
        let added: Vec<u64> = version.authors.iter().map(|it| it.added).collect();
        let expected: Vec<u64> = (0..AUTHORS_MAX).map(|it| 1 + u64::from(it == 3)).collect();
        assert_eq!(added, expected);
    }

    #[test]
    fn a_program_that_writes_all_the_time_cuts_nothing_into_pieces() {
        let ada = author(AuthorKind::Person, "ada");
        let program = author(AuthorKind::Process, "program");
        let all: Vec<(u64, &Contributor)> =
            (0..90).map(|it| (it * 100, if it % 2 == 0 { &ada } else { &program })).collect();
        check(
            &all,
            &[
                "0-0  0",
                "0-2900 ada+15 program+15 30",
                "3000-5900 ada+15 program+15 60",
                "6000-8900 ada+15 program+15 90",
            ],
        );
    }
}
