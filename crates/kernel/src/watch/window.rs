//! What was touched since the last telling.

use super::model::{Entry, Id, Place};
use std::collections::HashMap;

/// Something was made or written under the name.
pub(super) const WRITTEN: u8 = 1;
/// Something was moved away from the name.
pub(super) const LEFT: u8 = 2;
/// Something was moved to the name.
pub(super) const CAME: u8 = 4;

/// Who did it, as far as the watcher can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Process,
    Git,
}

/// One touched name.
#[derive(Clone, Debug)]
pub(super) struct Touch {
    /// What was there before.
    pub(super) before: Option<Entry>,
    pub(super) flags: u8,
    pub(super) who: Who,
    /// Names the move that is all that happened here, or nothing at zero.
    pub(super) only_move: u32,
}

/// Every name that was touched.
#[derive(Debug, Default)]
pub(super) struct Window {
    touched: HashMap<Id, HashMap<Box<str>, Touch>>,
    len: usize,
}

impl Window {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Something happened to a name; `before` is what was known of it until now.
    pub(super) fn touch(
        &mut self,
        place: &Place,
        before: Option<Entry>,
        (flags, only_move): (u8, u32),
        who: Who,
    ) {
        let names = self.touched.entry(place.0).or_default();
        if let Some(touch) = names.get_mut(&place.1) {
            // What was there may have gone before something else came, which is no part of its move.
            if flags != 0 {
                touch.only_move = if touch.flags == 0 { only_move } else { 0 };
            }
            touch.flags |= flags;
            touch.who = who;
            return;
        }
        names.insert(place.1.clone(), Touch { before, flags, who, only_move });
        self.len += 1;
    }

    /// Everything, by directory; the window is empty after it.
    pub(super) fn take(&mut self) -> HashMap<Id, HashMap<Box<str>, Touch>> {
        self.len = 0;
        std::mem::take(&mut self.touched)
    }

    /// It was told that `entry` is at `place`; what is still to be looked at there begins with it.
    pub(super) fn rebase(&mut self, place: &Place, entry: Option<Entry>) {
        if let Some(touch) = self.touched.get_mut(&place.0).and_then(|it| it.get_mut(&place.1)) {
            touch.before = entry;
        }
    }

    /// It could not be looked at yet.
    pub(super) fn put_back(&mut self, id: Id, name: Box<str>, touch: Touch) {
        let names = self.touched.entry(id).or_default();
        if let Some(newer) = names.get_mut(&name) {
            // It was touched again meanwhile; what was there before is older.
            newer.flags |= touch.flags;
            newer.before = touch.before;
            newer.only_move = 0;
        } else {
            names.insert(name, touch);
            self.len += 1;
        }
    }
}
