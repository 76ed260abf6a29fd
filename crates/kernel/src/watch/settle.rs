//! The end of a window: looks at every touched name once, and tells what is different.

use super::Notice;
use super::model::{Entry, Id, Place};
use super::plan::{self, Settled, Telling};
use super::tree::{NAMES_MAX, Tree, identity, other};
use super::window::{Touch, WRITTEN};
use crate::files::{file_type, names, open_directory};
use protocol::channel::RescanReason;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, OFlags, Stat};
use rustix::io::Errno;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use stdx::WorkspacePath;

/// Changes told one by one in one window; above, everybody looks again at everything, which is
/// cheaper for all.
const CHANGES_MAX: usize = 4096;
/// Slack when times of files are compared with the clock: coarse clocks, and small steps of it.
const CLOCK_SLACK_MS: u64 = 2_000;
/// Least pause between two comparisons after an overflow.
const OVERFLOW_PAUSE: Duration = Duration::from_secs(1);
/// The pause is also this many times what comparing took.
const OVERFLOW_SHARE: u32 = 4;
/// People are told of overflows this often at most.
const OVERFLOW_TOLD_AGAIN: Duration = Duration::from_secs(60);

impl Tree {
    /// Tells what is different from what was told.
    pub(super) fn flush(&mut self) -> Vec<Notice> {
        // The API tells its own moves and deletions, in a moment.
        let changing = |place: &Place| {
            let told = self.model.told_path(place.0).and_then(|it| it.join(&place.1).ok());
            told.is_some_and(|it| self.own.is_changing(&it))
        };
        if self.model.untold().iter().any(changing) {
            return Vec::new();
        }
        let mut settled: HashMap<Place, Settled> = HashMap::new();
        let mut touched: Vec<(usize, Id, HashMap<Box<str>, Touch>)> =
            self.window.take().into_iter().map(|(id, names)| (self.depth(id), id, names)).collect();
        // Who is above comes first: where a directory is must be known before what is in it.
        touched.sort_by_key(|it| (it.0, it.1));
        let ids: Vec<Id> = touched.iter().map(|it| it.1).collect();
        for (_, id, names) in touched {
            self.settle(id, names, &mut settled);
        }
        for id in ids {
            self.lose_below_itself(id);
        }
        let lost = self.model.take_lost();
        let Telling { changes, told } = plan::tell(&mut self.model, &settled, lost.clone());
        for place in told {
            self.window.rebase(&place, self.model.entry(&place));
        }
        for id in lost {
            let watches = self.model.forget(id);
            self.unwatch(watches);
        }
        let mut notices = self.limit_notice();
        if CHANGES_MAX < changes.len() {
            notices.push(Notice::Rescan(RescanReason::Many));
        } else if !changes.is_empty() {
            notices.push(Notice::Changes(changes));
        }
        notices
    }

    /// What is below itself was seen while events were behind, and may be nowhere by now. Where it
    /// comes to light it is new, as it is for those who are told.
    fn lose_below_itself(&mut self, id: Id) {
        if self.model.path(id).is_none()
            && let Some(place) = self.model.get(id).and_then(|it| it.place.clone())
        {
            self.model.set(&place, None);
        }
    }

    fn depth(&self, id: Id) -> usize {
        self.model.path(id).map_or(0, |it| it.as_str().split('/').count())
    }

    /// Looks at the touched names of one directory.
    fn settle(
        &mut self,
        id: Id,
        names: HashMap<Box<str>, Touch>,
        settled: &mut HashMap<Place, Settled>,
    ) {
        if self.model.get(id).is_none() {
            return;
        }
        // One without a place is found in this window, or is gone and told as a whole.
        let path = self.model.path(id).filter(|it| !self.own.is_changing(it));
        let Some(path) = path else { return self.put_back(id, names) };
        let open = match self.open_known(id, &path) {
            Ok(Some(open)) => open,
            Ok(None) => {
                self.touch_itself(id);
                return self.put_back(id, names);
            }
            // Nobody may look into it any more.
            Err(()) => return,
        };
        for (name, touch) in names {
            let Ok(path) = path.join(&name) else { continue };
            if self.own.is_changing(&path) {
                self.window.put_back(id, name, touch);
                continue;
            }
            let place = (id, name);
            let found = rustix::fs::statat(&open, &*place.1, AtFlags::SYMLINK_NOFOLLOW).ok();
            let after = self.now_at(&place, found.as_ref());
            self.model.set(&place, after);
            let explained = self.own.explains(&path, found.as_ref());
            let maker = if explained { self.own.maker(&path) } else { None };
            let Touch { before, flags, who, only_move } = touch;
            let it = Settled { before, after, flags, who, only_move, explained, maker };
            settled.insert(place, it);
        }
    }

    /// Opens a directory, if it is where it is believed to be. `Err` for one that may not be read.
    fn open_known(&self, id: Id, path: &WorkspacePath) -> Result<Option<OwnedFd>, ()> {
        let Some(known) = self.model.get(id).map(|it| it.identity) else { return Ok(None) };
        match self.root.open_real(path, OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(open) => Ok(identity(&open).is_ok_and(|it| it == known).then_some(open)),
            Err(Errno::ACCESS | Errno::PERM) => Err(()),
            Err(_) => Ok(None),
        }
    }

    /// The directory is not where it is believed to be: the event that says so is still to be read,
    /// or was lost.
    fn touch_itself(&mut self, id: Id) {
        if let Some(place) = self.model.get(id).and_then(|it| it.place.clone()) {
            self.touch(&place, 0);
        }
    }

    fn put_back(&mut self, id: Id, names: HashMap<Box<str>, Touch>) {
        for (name, touch) in names {
            self.window.put_back(id, name, touch);
        }
    }

    /// What is at `place`, found as `found`. A directory that is not known is entered.
    fn now_at(&mut self, place: &Place, found: Option<&Stat>) -> Option<Entry> {
        let found = found?;
        if file_type(found) != FileType::Directory {
            return Some(other(found.st_ino));
        }
        let known = self.model.by_identity((found.st_dev, found.st_ino));
        let at = known.and_then(|it| self.model.get(it)?.place.clone());
        if at.as_ref() != Some(place) {
            self.arrive(place);
        }
        let entry = self.model.entry(place);
        match entry {
            Some(Entry::Directory(_) | Entry::Closed) => entry,
            // It went again between two looks; the next window tells.
            Some(Entry::Other(_)) | None => {
                self.touch(place, 0);
                entry
            }
        }
    }

    /// Compares everything after events were lost, unless that was done just now.
    pub(super) fn compare_after_overflow(&mut self) -> Option<Notice> {
        let began = Instant::now();
        if !self.overflowed || self.compared.next.is_some_and(|it| began < it) {
            return None;
        }
        self.overflowed = false;
        let found = self.compare(false);
        let pause = (began.elapsed() * OVERFLOW_SHARE).max(OVERFLOW_PAUSE);
        self.compared.next = Some(Instant::now() + pause);
        tracing::info!(found, "events about files were lost and the tree was compared");
        if self.compared.told.is_some_and(|it| it.elapsed() < OVERFLOW_TOLD_AGAIN) {
            return None;
        }
        self.compared.told = Some(began);
        let message = format!(
            "files changed faster than they could be followed; comparing the tree found {found} \
             names that changed meanwhile, and they are told"
        );
        Some(Notice::Diagnostic { code: "files_overflow", message })
    }

    /// Compares the tree with what is known and touches every difference. `unwatched` leaves out
    /// what is watched. Answers with how many names were touched.
    pub(super) fn compare(&mut self, unwatched: bool) -> usize {
        let since_ms = if unwatched { self.compared.at_ms } else { self.drained_at_ms };
        let since_ms = since_ms.saturating_sub(CLOCK_SLACK_MS);
        let before = self.window.len();
        self.compared.at_ms = stdx::clock::now_ms();
        for id in self.model.ids() {
            let skip = unwatched && self.model.get(id).is_some_and(|it| it.watch.is_some());
            let Some(path) = self.model.path(id) else { continue };
            if skip || self.own.is_changing(&path) {
                continue;
            }
            match self.open_known(id, &path) {
                Ok(Some(open)) => self.compare_one(id, &open, since_ms),
                Ok(None) => self.touch_itself(id),
                Err(()) => {}
            }
        }
        self.window.len() - before
    }

    fn compare_one(&mut self, id: Id, open: &OwnedFd, since_ms: u64) {
        let Ok(found) = names(open, NAMES_MAX) else { return };
        let Some(directory) = self.model.get(id) else { return };
        let mut missing: HashSet<Box<str>> = directory.names.keys().cloned().collect();
        for name in found {
            if !self.is_of_interest(&name.text) {
                continue;
            }
            let place: Place = (id, name.text.as_str().into());
            missing.remove(&place.1);
            let known = self.model.entry(&place);
            let same = match (name.kind, known) {
                (FileType::Directory, Some(Entry::Directory(inner))) => {
                    let known = self.model.get(inner).map(|it| it.identity.1);
                    known == Some(name.inode)
                }
                (FileType::Directory, Some(Entry::Closed)) => {
                    open_directory(open, &*place.1).is_err()
                }
                (FileType::Directory, _) => false,
                (_, known) => {
                    known == Some(other(name.inode)) && !changed_since(open, &place.1, since_ms)
                }
            };
            if !same {
                self.touch(&place, WRITTEN);
            }
            if !same && name.kind == FileType::Directory {
                self.arrive(&place);
            }
        }
        for name in missing {
            self.touch(&(id, name), 0);
        }
    }
}

/// Whether a file was changed at or after a moment. What cannot be looked at any more counts as
/// changed, and is looked at again when it is told.
fn changed_since(directory: &OwnedFd, name: &str, since_ms: u64) -> bool {
    let Ok(stat) = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) else {
        return true;
    };
    let seconds = u64::try_from(stat.st_ctime).unwrap_or(0);
    since_ms <= seconds.saturating_mul(1000) + stat.st_ctime_nsec / 1_000_000
}
