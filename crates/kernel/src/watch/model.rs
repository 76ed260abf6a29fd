//! The directories that are known, each by its identity: where it is, what is in it, and where those
//! who are told about it believe it to be.
//!
//! A directory keeps its number wherever it is moved, so nothing below it has to be rewritten, and an
//! event that names a directory by its watch is never taken for one of another directory.

use std::collections::{HashMap, HashSet};
use stdx::WorkspacePath;

/// Names a known directory.
pub(super) type Id = u32;

/// The workspace itself.
pub(super) const ROOT: Id = 0;

/// Device and inode.
pub(super) type Identity = (u64, u64);

/// A name in a directory.
pub(super) type Place = (Id, Box<str>);

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A directory whose content is known.
    Directory(Id),
    /// A directory that is not looked into: it may not be read, or there are too many.
    Closed,
    /// A file, link, socket, …, with the low bits of its inode.
    Other(u32),
}

/// Where those who are told believe a directory to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Where it is.
    Here,
    /// Where it was.
    At(Place),
    /// Nowhere yet.
    Never,
}

#[derive(Debug)]
pub(super) struct Directory {
    /// `None` for the root, and for one that is gone or not found again yet.
    pub(super) place: Option<Place>,
    pub(super) told: Told,
    pub(super) identity: Identity,
    /// `None` for one that is compared instead of watched.
    pub(super) watch: Option<i32>,
    pub(super) names: HashMap<Box<str>, Entry>,
}

/// Every known directory.
#[derive(Debug, Default)]
pub(super) struct Model {
    directories: HashMap<Id, Directory>,
    watches: HashMap<i32, Id>,
    identities: HashMap<Identity, Id>,
    last: Id,
    /// Directories that lost their place since [`Self::take_lost`].
    lost: Vec<Id>,
    /// Directories that are told somewhere else than they are; some may be there again.
    strayed: HashSet<Id>,
}

impl Model {
    /// Forgets everything and begins with the root.
    pub(super) fn begin(&mut self, identity: Identity, watch: Option<i32>) {
        *self = Self::default();
        self.put(ROOT, Directory::new(None, Told::Here, identity, watch));
    }

    pub(super) fn len(&self) -> usize {
        self.directories.len()
    }

    /// How many are watched.
    pub(super) fn watched(&self) -> usize {
        self.watches.len()
    }

    pub(super) fn get(&self, id: Id) -> Option<&Directory> {
        self.directories.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Directory> {
        self.directories.get_mut(&id)
    }

    pub(super) fn ids(&self) -> Vec<Id> {
        self.directories.keys().copied().collect()
    }

    pub(super) fn by_watch(&self, watch: i32) -> Option<Id> {
        self.watches.get(&watch).copied()
    }

    pub(super) fn by_identity(&self, identity: Identity) -> Option<Id> {
        self.identities.get(&identity).copied()
    }

    pub(super) fn entry(&self, (id, name): &Place) -> Option<Entry> {
        self.get(*id)?.names.get(name).copied()
    }

    /// A new directory at `place`.
    pub(super) fn add(
        &mut self,
        place: Place,
        told: Told,
        identity: Identity,
        watch: Option<i32>,
    ) -> Id {
        self.last += 1;
        let id = self.last;
        self.put(id, Directory::new(Some(place.clone()), told, identity, watch));
        self.set(&place, Some(Entry::Directory(id)));
        id
    }

    fn put(&mut self, id: Id, directory: Directory) {
        self.identities.insert(directory.identity, id);
        if let Some(watch) = directory.watch {
            self.watches.insert(watch, id);
        }
        self.directories.insert(id, directory);
    }

    /// The directory `id` is found at `place`.
    pub(super) fn relocate(&mut self, id: Id, place: &Place) {
        let Some(directory) = self.directories.get_mut(&id) else { return };
        let old = directory.place.replace(place.clone());
        if let Some(old) = old
            && old != *place
        {
            if directory.told == Told::Here {
                directory.told = Told::At(old.clone());
                self.strayed.insert(id);
            }
            if self.entry(&old) == Some(Entry::Directory(id))
                && let Some(parent) = self.directories.get_mut(&old.0)
            {
                parent.names.remove(&old.1);
            }
        }
        self.set(place, Some(Entry::Directory(id)));
    }

    /// `entry` is what is at `place`. A directory that was there loses its place.
    pub(super) fn set(&mut self, place: &Place, entry: Option<Entry>) {
        let (id, name) = place;
        let Some(parent) = self.directories.get_mut(id) else { return };
        let before = match entry {
            Some(entry) => parent.names.insert(name.clone(), entry),
            None => parent.names.remove(name),
        };
        let Some(Entry::Directory(was)) = before else { return };
        if before == entry {
            return;
        }
        if let Some(directory) = self.directories.get_mut(&was)
            && directory.place.as_ref() == Some(place)
        {
            if directory.told == Told::Here {
                directory.told = Told::At(place.clone());
                self.strayed.insert(was);
            }
            directory.place = None;
            self.lost.push(was);
        }
    }

    /// The directories that lost their place and found no other.
    pub(super) fn take_lost(&mut self) -> Vec<Id> {
        let mut lost = std::mem::take(&mut self.lost);
        lost.retain(|it| self.get(*it).is_some_and(|it| it.place.is_none()));
        lost.sort_unstable();
        lost.dedup();
        lost
    }

    /// Every place that a directory may have left, or come to, without that being told.
    pub(super) fn untold(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for directory in self.strayed.iter().filter_map(|it| self.get(*it)) {
            if let Told::At(told) = &directory.told {
                places.push(told.clone());
                places.extend(directory.place.clone());
            }
        }
        places
    }

    /// Directories that are somewhere else than they are told, with both places.
    pub(super) fn take_strayed(&mut self) -> Vec<(Id, Place, Place)> {
        let mut strayed = Vec::new();
        let directories = &mut self.directories;
        self.strayed.retain(|id| {
            let Some(directory) = directories.get_mut(id) else { return false };
            let Told::At(told) = &directory.told else { return false };
            match &directory.place {
                Some(place) if place == told => {
                    directory.told = Told::Here;
                    false
                }
                Some(place) => {
                    strayed.push((*id, told.clone(), place.clone()));
                    true
                }
                None => true,
            }
        });
        strayed
    }

    /// Forgets a directory and what is known below it. Answers with their watches.
    pub(super) fn forget(&mut self, id: Id) -> Vec<i32> {
        let mut watches = Vec::new();
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            let Some(directory) = self.directories.remove(&id) else { continue };
            if self.identities.get(&directory.identity) == Some(&id) {
                self.identities.remove(&directory.identity);
            }
            if let Some(watch) = directory.watch {
                self.watches.remove(&watch);
                watches.push(watch);
            }
            for (name, entry) in &directory.names {
                let Entry::Directory(inner) = entry else { continue };
                let at = self.get(*inner).and_then(|it| it.place.as_ref());
                if at.is_some_and(|at| at.0 == id && at.1 == *name) {
                    stack.push(*inner);
                }
            }
        }
        watches
    }

    /// The directory was deleted: whatever has its inode from here on is another one. Answers with
    /// the place that it had.
    pub(super) fn end(&mut self, id: Id) -> Option<Place> {
        let directory = self.directories.get_mut(&id)?;
        if let Some(watch) = directory.watch.take() {
            self.watches.remove(&watch);
        }
        let (identity, place) = (directory.identity, directory.place.clone());
        if self.identities.get(&identity) == Some(&id) {
            self.identities.remove(&identity);
        }
        place
    }

    /// Where a directory is; `None` for one without a place.
    pub(super) fn path(&self, id: Id) -> Option<WorkspacePath> {
        self.follow(id, |it| it.place.as_ref())
    }

    /// Where those who are told believe it to be; `None` when they know nothing of it.
    pub(super) fn told_path(&self, id: Id) -> Option<WorkspacePath> {
        self.follow(id, |it| match &it.told {
            Told::Here => it.place.as_ref(),
            Told::At(place) => Some(place),
            Told::Never => None,
        })
    }

    fn follow<'a>(
        &'a self,
        id: Id,
        place: impl Fn(&'a Directory) -> Option<&'a Place>,
    ) -> Option<WorkspacePath> {
        let mut names: Vec<&str> = Vec::new();
        let mut at = id;
        while at != ROOT {
            // A ring is what a row of moves can look like when half of it was seen.
            if self.directories.len() < names.len() {
                return None;
            }
            let (parent, name) = place(self.get(at)?)?;
            names.push(name);
            at = *parent;
        }
        names.reverse();
        WorkspacePath::parse_or_root(&names.join("/")).ok()
    }
}

impl Directory {
    fn new(place: Option<Place>, told: Told, identity: Identity, watch: Option<i32>) -> Self {
        Self { place, told, identity, watch, names: HashMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(id: Id, name: &str) -> Place {
        (id, name.into())
    }

    fn model() -> Model {
        let mut model = Model::default();
        model.begin((1, 1), None);
        model
    }

    #[test]
    fn a_moved_directory_takes_what_is_below_along_and_is_told_where_it_was() {
        let mut model = model();
        let a = model.add(place(ROOT, "a"), Told::Here, (1, 2), Some(7));
        let inner = model.add(place(a, "inner"), Told::Here, (1, 3), Some(8));
        let b = model.add(place(ROOT, "b"), Told::Here, (1, 4), Some(9));
        model.relocate(a, &place(b, "c"));
        assert_eq!(model.path(inner).unwrap().as_str(), "b/c/inner");
        assert_eq!(model.told_path(inner).unwrap().as_str(), "a/inner");
        assert_eq!(model.entry(&place(ROOT, "a")), None);
        assert!(model.take_lost().is_empty());
    }

    #[test]
    fn a_directory_that_is_replaced_is_lost_unless_it_is_found_again() {
        let mut model = model();
        let a = model.add(place(ROOT, "a"), Told::Here, (1, 2), Some(7));
        let inner = model.add(place(a, "inner"), Told::Here, (1, 3), Some(8));
        model.set(&place(ROOT, "a"), Some(Entry::Other(5)));
        assert_eq!((model.path(inner), model.take_lost()), (None, vec![a]));
        model.set(&place(ROOT, "a"), None);
        model.relocate(a, &place(ROOT, "b"));
        assert_eq!(model.path(inner).unwrap().as_str(), "b/inner");
        assert_eq!(model.forget(a), [7, 8]);
        assert_eq!((model.len(), model.watched()), (1, 0));
    }

    #[test]
    fn an_inode_of_a_deleted_directory_is_another_directory() {
        let mut model = model();
        let a = model.add(place(ROOT, "a"), Told::Here, (1, 2), Some(7));
        assert_eq!(model.end(a), Some(place(ROOT, "a")));
        assert_eq!((model.by_identity((1, 2)), model.by_watch(7)), (None, None));
        let b = model.add(place(ROOT, "b"), Told::Never, (1, 2), Some(8));
        model.set(&place(ROOT, "a"), None);
        assert_eq!((model.take_lost(), model.forget(a)), (vec![a], vec![]));
        assert_eq!(model.by_identity((1, 2)), Some(b));
    }

    #[test]
    fn directories_inside_one_another_have_no_path() {
        let mut model = model();
        let a = model.add(place(ROOT, "a"), Told::Here, (1, 2), None);
        let b = model.add(place(a, "b"), Told::Here, (1, 3), None);
        model.relocate(a, &place(b, "a"));
        assert_eq!(model.path(a), None);
    }
}
