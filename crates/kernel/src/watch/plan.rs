//! From what changed to what is told: an order of changes that leads from the tree as those who are
//! told believe it to be to the tree as it is.
//!
//! Moves come first, each as soon as nothing stands in its way; then what is gone, what is new, and
//! what is different, also of what moved: contents are read where they are in the end. Moves that block one another, as when two directories swap their names, are
//! told as deletions and creations. No IO here.

use super::model::{Directory, Entry, Id, Model, Place, Told};
use super::window::{CAME, LEFT, WRITTEN, Who};
use crate::context::By;
use crate::feed::{Author, Change, What};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use stdx::WorkspacePath;

/// Moves in one telling; more are told as deletions and creations, because each is compared with
/// every other.
const MOVES_MAX: usize = 256;

/// A touched name, after it was looked at.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) before: Option<Entry>,
    pub(super) after: Option<Entry>,
    pub(super) flags: u8,
    pub(super) who: Who,
    /// Names the move that is all that happened here, or nothing at zero.
    pub(super) only_move: u32,
    /// The API left the place like this, and told so itself.
    pub(super) explained: bool,
    /// Who made this directory with all that is in it by one request.
    pub(super) maker: Option<Arc<By>>,
}

/// Something that is at `to` and was at `from`.
struct Move {
    from: Place,
    to: Place,
    /// `None` for a file.
    directory: Option<Id>,
}

struct Teller<'a> {
    model: &'a mut Model,
    settled: &'a HashMap<Place, Settled>,
    lost: Vec<Id>,
    /// Moves that are not told yet.
    moves: Vec<Move>,
    /// Places from which a told move took something, or to which one brought something.
    moved: HashSet<Place>,
    /// Places to which a told move brought something.
    arrived: HashSet<Place>,
    /// Files that moved, and may have another content than they had where they were.
    rewritten: Vec<Place>,
    /// Places whose former content was told as deleted.
    deleted: HashSet<Place>,
    /// Directories that are told as new with all that is in them, although they are known.
    broken: HashSet<Id>,
    makers: HashMap<Id, Arc<By>>,
    /// Places of which it is told what is there.
    told: Vec<Place>,
    changes: Vec<Change>,
}

/// What is told.
#[derive(Debug, Default)]
pub(super) struct Telling {
    pub(super) changes: Vec<Change>,
    /// Places of which it is known from here on what is there, whether they were settled or not.
    pub(super) told: Vec<Place>,
}

/// Orders what changed. `lost` are the directories that are nowhere any more.
pub(super) fn tell(model: &mut Model, settled: &HashMap<Place, Settled>, lost: Vec<Id>) -> Telling {
    let moves = find_moves(model, settled);
    let mut teller = Teller {
        model,
        settled,
        lost,
        moves,
        moved: HashSet::new(),
        arrived: HashSet::new(),
        rewritten: Vec::new(),
        deleted: HashSet::new(),
        broken: HashSet::new(),
        makers: HashMap::new(),
        told: Vec::new(),
        changes: Vec::new(),
    };
    teller.tell_moves();
    teller.tell_deletions();
    teller.tell_creations();
    teller.tell_modifications();
    Telling { changes: teller.changes, told: teller.told }
}

fn find_moves(model: &mut Model, settled: &HashMap<Place, Settled>) -> Vec<Move> {
    let mut moves = Vec::new();
    let mut sources: HashMap<u32, &Place> = HashMap::new();
    for (place, it) in settled {
        if it.flags & LEFT != 0
            && it.after.is_none()
            && let Some(Entry::Other(inode)) = it.before
        {
            sources.insert(inode, place);
        }
    }
    for (place, it) in settled {
        if it.flags & CAME != 0
            && it.before != it.after
            && let Some(Entry::Other(inode)) = it.after
            && let Some(from) = sources.remove(&inode)
        {
            moves.push(Move { from: from.clone(), to: place.clone(), directory: None });
        }
    }
    for (id, from, to) in model.take_strayed() {
        moves.push(Move { from, to, directory: Some(id) });
    }
    // Directories first, so that files are told where they are in the end; and the same input in
    // the same order.
    moves.sort_by(|a, b| (a.directory.is_none(), &a.to).cmp(&(b.directory.is_none(), &b.to)));
    moves
}

impl Teller<'_> {
    fn tell_moves(&mut self) {
        while !self.moves.is_empty() && self.moves.len() <= MOVES_MAX {
            let Some(index) = (0..self.moves.len()).find(|it| self.tell_move(*it)) else { break };
            self.moves.swap_remove(index);
        }
        // Moves that block one another, or too many of them.
        for it in std::mem::take(&mut self.moves) {
            let Some(id) = it.directory else { continue };
            if let Some(path) = self.model.told_path(id) {
                self.push(path, What::Deleted, &it.from, true);
            }
            self.deleted.insert(it.from.clone());
            self.never_told(id);
            self.broken.insert(id);
        }
    }

    /// Tells one move; `false` when something has to be told before it.
    fn tell_move(&mut self, index: usize) -> bool {
        let Move { from, to, directory } = &self.moves[index];
        let (from, to, directory) = (from.clone(), to.clone(), *directory);
        let Some(source) = self.told_place(&from) else {
            // Nobody knows where it was: it is new where it is.
            if let Some(id) = directory {
                self.never_told(id);
                self.broken.insert(id);
            }
            return true;
        };
        if !self.ensure(to.0) {
            return false;
        }
        let Some(target) = self.told_place(&to) else { return false };
        let in_the_way = self.is_source_below(&target, index);
        if in_the_way || target.starts_with(&source) || source.starts_with(&target) {
            return false;
        }
        self.moved.extend([from.clone(), to.clone()]);
        self.arrived.insert(to.clone());
        self.told.push(to.clone());
        self.forget_told_below(&target);
        let explained = [&from, &to].map(|it| self.settled.get(it).is_some_and(|it| it.explained));
        if explained != [true, true] {
            let author = self.author(&to);
            let what = What::Renamed { from: source };
            let is_directory = directory.is_some();
            let path = target.clone();
            self.changes.push(Change { path, what, directory: is_directory, author });
        }
        match directory {
            Some(id) => {
                if let Some(directory) = self.model.get_mut(id) {
                    directory.told = Told::Here;
                }
            }
            // What went by a third name may have been written under it, and whoever reads what was
            // told before may have read something else that was there for a moment.
            None if !self.is_one_move(&from, &to) => self.rewritten.push(to),
            None => {}
        }
        true
    }

    /// Makes sure that a directory is known to those who are told. `false` when a move has to be told
    /// before.
    fn ensure(&mut self, id: Id) -> bool {
        let Some(directory) = self.model.get(id) else { return false };
        if directory.told != Told::Never {
            return true;
        }
        // One that is below itself is found where it is in a moment.
        if self.model.path(id).is_none() {
            return false;
        }
        let Some(place) = directory.place.clone() else { return false };
        if !self.ensure(place.0) {
            return false;
        }
        let Some(path) = self.told_place(&place) else { return false };
        if self.is_source_below(&path, usize::MAX) {
            return false;
        }
        self.clear(&place, &path);
        self.create(id, &place, path);
        true
    }

    /// Whether a move that is still to be told, but not the one at `index`, begins at or below `path`.
    fn is_source_below(&self, path: &WorkspacePath, index: usize) -> bool {
        self.moves.iter().enumerate().any(|(at, it)| {
            at != index && self.told_place(&it.from).is_some_and(|it| it.starts_with(path))
        })
    }

    /// Tells that what was at `place` is gone, if somebody believes that something is there.
    fn clear(&mut self, place: &Place, path: &WorkspacePath) {
        let known = self.lost.iter().any(|it| self.model.told_path(*it).as_ref() == Some(path));
        let file = self.settled.get(place).is_some_and(is_file_gone)
            && !self.moved.contains(place)
            && !self.deleted.contains(place);
        if known || file {
            self.forget_told_below(path);
            self.deleted.insert(place.clone());
            self.push(path.clone(), What::Deleted, place, known);
        }
    }

    /// Nobody believes any more that lost directories are at or below `path`.
    fn forget_told_below(&mut self, path: &WorkspacePath) {
        for id in self.lost.clone() {
            if self.model.told_path(id).is_some_and(|it| it.starts_with(path))
                && let Some(directory) = self.model.get_mut(id)
            {
                directory.told = Told::Never;
            }
        }
    }

    /// Nobody knows of the directory, or of what is below it.
    fn never_told(&mut self, id: Id) {
        for id in self.below(id, |_| true) {
            if let Some(directory) = self.model.get_mut(id) {
                directory.told = Told::Never;
            }
        }
    }

    /// The directory and those in and below it, but for those that are not `wanted` with all that is
    /// below them. Each is met once: in a row of moves that was seen in half, a directory may be below
    /// itself.
    fn below(&self, id: Id, wanted: impl Fn(&Directory) -> bool) -> HashSet<Id> {
        let (mut found, mut stack) = (HashSet::new(), vec![id]);
        while let Some(id) = stack.pop() {
            let Some(directory) = self.model.get(id).filter(|it| wanted(it)) else { continue };
            if found.insert(id) {
                stack.extend(directory.names.values().filter_map(|it| match it {
                    Entry::Directory(inner) => Some(*inner),
                    Entry::Closed | Entry::Other(_) => None,
                }));
            }
        }
        found
    }

    fn tell_deletions(&mut self) {
        let mut gone: Vec<(WorkspacePath, Place, bool)> = Vec::new();
        for id in self.lost.clone() {
            let Some(directory) = self.model.get(id) else { continue };
            if let Told::At(place) = directory.told.clone()
                && let Some(path) = self.told_place(&place)
            {
                gone.push((path, place, true));
            }
        }
        for (place, it) in self.settled {
            let done = self.moved.contains(place) || self.deleted.contains(place);
            if is_file_gone(it)
                && !done
                && let Some(path) = self.told_place(place)
            {
                gone.push((path, place.clone(), it.before == Some(Entry::Closed)));
            }
        }
        gone.sort();
        let mut told: HashSet<WorkspacePath> = HashSet::new();
        for (path, place, directory) in gone {
            let above = std::iter::successors(Some(path.parent()), |it| {
                (!it.is_root()).then(|| it.parent())
            });
            if !above.into_iter().any(|it| told.contains(&it)) {
                self.push(path.clone(), What::Deleted, &place, directory);
                told.insert(path);
            }
        }
    }

    fn tell_creations(&mut self) {
        let mut new: Vec<(WorkspacePath, Place)> = Vec::new();
        for (place, it) in self.settled {
            let is_new = match (it.before, it.after) {
                (_, None) => false,
                (_, Some(Entry::Directory(id))) => {
                    // It may have been found somewhere else since it was looked at.
                    self.model.get(id).is_some_and(|it| it.told == Told::Never)
                        && self.model.entry(place).is_some()
                }
                (Some(Entry::Other(_)), Some(Entry::Other(_)))
                | (Some(Entry::Closed), Some(Entry::Closed)) => self.deleted.contains(place),
                (_, Some(Entry::Other(_) | Entry::Closed)) => true,
            };
            if is_new
                && !self.arrived.contains(place)
                && let Some(path) = self.place_path(place)
            {
                new.push((path, place.clone()));
            }
        }
        new.sort();
        for (path, place) in new {
            // Nobody knows of the directory yet, because it could not be looked at itself.
            if !self.ensure(place.0) {
                continue;
            }
            match self.model.entry(&place) {
                Some(Entry::Directory(id)) => self.create_whole(id, place, path),
                Some(Entry::Closed) => self.push_at(&place, What::Created, true),
                Some(Entry::Other(_)) => self.push_at(&place, What::Created, false),
                None => {}
            }
        }
    }

    /// Tells a directory, and what is known to be in it. What is in one that appeared just now is
    /// touched itself, so nothing of it is known yet.
    fn create_whole(&mut self, id: Id, place: Place, path: WorkspacePath) {
        let mut stack = vec![(id, place, path, false)];
        while let Some((id, place, path, all)) = stack.pop() {
            if self.model.get(id).is_none_or(|it| it.told != Told::Never) {
                continue;
            }
            let all = all || self.broken.contains(&id);
            self.create(id, &place, path.clone());
            let Some(directory) = self.model.get(id) else { continue };
            let mut names: Vec<_> =
                directory.names.iter().map(|(name, it)| (name.clone(), *it)).collect();
            names.sort_by(|a, b| b.0.cmp(&a.0));
            for (name, entry) in names {
                let Ok(path) = path.join(&name) else { continue };
                let place = (id, name);
                self.told.push(place.clone());
                if !all && self.settled.contains_key(&place) {
                    continue;
                }
                match entry {
                    Entry::Directory(inner) => stack.push((inner, place, path, all)),
                    Entry::Closed => self.push(path, What::Created, &place, true),
                    Entry::Other(_) => self.push(path, What::Created, &place, false),
                }
            }
        }
    }

    fn tell_modifications(&mut self) {
        // Last, because a directory that a moved file is in may itself be told as moved after it.
        let mut written = std::mem::take(&mut self.rewritten);
        for (place, it) in self.settled {
            if self.moved.contains(place) || self.deleted.contains(place) {
                continue;
            }
            // Whoever read what was told before may have read what was there while it was away.
            let came = it.flags & CAME != 0;
            match (it.before, it.after) {
                (Some(Entry::Other(before)), Some(Entry::Other(after)))
                    if before != after || came || it.flags & WRITTEN != 0 =>
                {
                    written.push(place.clone());
                }
                (Some(Entry::Directory(before)), Some(Entry::Directory(after)))
                    if before == after && came =>
                {
                    self.add_files_below(after, &mut written);
                }
                _ => {}
            }
        }
        let with_path = |place| Some((self.place_path(&place)?, place));
        let written: BTreeMap<_, _> = written.into_iter().filter_map(with_path).collect();
        for place in written.into_values() {
            self.push_at(&place, What::Modified, false);
        }
    }

    /// Adds every file in or below the directory that nothing else is told of.
    fn add_files_below(&self, id: Id, files: &mut Vec<Place>) {
        for id in self.below(id, |it| it.told == Told::Here) {
            let Some(directory) = self.model.get(id) else { continue };
            for (name, entry) in &directory.names {
                let place = (id, name.clone());
                if matches!(entry, Entry::Other(_)) && !self.settled.contains_key(&place) {
                    files.push(place);
                }
            }
        }
    }

    fn create(&mut self, id: Id, place: &Place, path: WorkspacePath) {
        self.told.push(place.clone());
        if let Some(directory) = self.model.get_mut(id) {
            directory.told = Told::Here;
        }
        if let Some(maker) = self.settled.get(place).and_then(|it| it.maker.clone()) {
            self.makers.insert(id, maker);
        } else if let Some(maker) = self.makers.get(&place.0).cloned() {
            self.makers.insert(id, maker);
        }
        self.push(path, What::Created, place, true);
    }

    /// Where those who are told believe `place` to be.
    fn told_place(&self, place: &Place) -> Option<WorkspacePath> {
        self.model.told_path(place.0)?.join(&place.1).ok()
    }

    fn place_path(&self, place: &Place) -> Option<WorkspacePath> {
        self.model.path(place.0)?.join(&place.1).ok()
    }

    /// Whether nothing happened at both places but that one move.
    fn is_one_move(&self, from: &Place, to: &Place) -> bool {
        let [from, to] = [from, to].map(|it| self.settled.get(it).map_or(0, |it| it.only_move));
        from != 0 && from == to
    }

    fn author(&self, place: &Place) -> Author {
        if let Some(maker) = self.makers.get(&place.0) {
            return Author::By(By::clone(maker));
        }
        match self.settled.get(place).map(|it| it.who) {
            Some(Who::Git) => Author::Git,
            Some(Who::Process) | None => Author::Process,
        }
    }

    /// Tells `place` under the path that is known.
    fn push_at(&mut self, place: &Place, what: What, directory: bool) {
        if let Some(path) = self.told_place(place) {
            self.push(path, what, place, directory);
        }
    }

    fn push(&mut self, path: WorkspacePath, what: What, place: &Place, directory: bool) {
        if self.settled.get(place).is_some_and(|it| it.explained) {
            return;
        }
        let author = self.author(place);
        self.changes.push(Change { path, what, directory, author });
    }
}

/// Whether a file, or a directory that was not looked into, is no longer what is at its place.
fn is_file_gone(it: &Settled) -> bool {
    match (it.before, it.after) {
        (Some(Entry::Other(_)), Some(Entry::Other(_)))
        | (Some(Entry::Closed), Some(Entry::Closed)) => false,
        (Some(Entry::Other(_) | Entry::Closed), _) => true,
        (Some(Entry::Directory(_)) | None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::ROOT;
    use super::*;

    fn seen(before: Option<Entry>, after: Option<Entry>) -> Settled {
        let (flags, only_move, who) = (WRITTEN, 0, Who::Process);
        Settled { before, after, flags, who, only_move, explained: false, maker: None }
    }

    /// Of a row of moves only the first half was seen: `a` into `b`, `b` out of sight and into `a`.
    #[test]
    fn directories_inside_one_another_are_told_in_the_end() {
        for told in [Told::Here, Told::Never] {
            let mut model = Model::default();
            model.begin((1, 1), None);
            let [a, b, c] = [2, 3, 4].map(|it| {
                let place = (ROOT, ["a", "b", "c"][it - 2].into());
                model.add(place, told.clone(), (1, it as u64), None)
            });
            model.relocate(a, &(b, "x".into()));
            model.relocate(b, &(a, "y".into()));
            model.relocate(c, &(a, "z".into()));
            tell(&mut model, &HashMap::new(), Vec::new());
            assert_eq!((model.path(a), model.path(c)), (None, None));
            // The other half: `b` is in the root after all.
            model.relocate(b, &(ROOT, "d".into()));
            let place: Place = (ROOT, "d".into());
            let settled = HashMap::from([(place, seen(None, Some(Entry::Directory(b))))]);
            let told = tell(&mut model, &settled, Vec::new()).changes;
            let told: Vec<_> = told.iter().map(ToString::to_string).collect();
            assert_eq!(told, ["Created d", "Created d/x", "Created d/x/z"]);
        }
    }

    /// It was moved between two looks of one telling; the next one has its old place once more.
    #[test]
    fn a_directory_that_is_found_somewhere_else_while_it_is_told_is_told_once() {
        let mut model = Model::default();
        model.begin((1, 1), None);
        let [c, d]: [Place; 2] = ["c", "d"].map(|it| (ROOT, it.into()));
        let id = model.add(c.clone(), Told::Never, (1, 2), None);
        model.relocate(id, &d);
        let there = Some(Entry::Directory(id));
        let settled = HashMap::from([(c.clone(), seen(None, there)), (d, seen(None, there))]);
        let told = tell(&mut model, &settled, Vec::new()).changes;
        let told: Vec<_> = told.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["Created d"]);
        let settled = HashMap::from([(c, seen(there, None))]);
        assert!(tell(&mut model, &settled, Vec::new()).changes.is_empty());
    }
}
