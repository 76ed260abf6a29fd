//! Walking a tree with several threads that share the work, never through a link.

use super::ignored::Rules;
use super::list::names;
use super::root::Root;
use rustix::fd::OwnedFd;
use rustix::fs::{FileType, OFlags};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use stdx::WorkspacePath;

/// Threads of one sweep.
const THREADS_MAX: usize = 4;
/// Entries of one directory that are looked at.
const NAMES_MAX: usize = 200_000;
/// Files that one thread takes at once from a large directory.
const BUNDLE: usize = 32;
/// Directories in directories that are entered.
const DEPTH_MAX: usize = 128;

/// Something to do.
enum Work {
    Directory { path: WorkspacePath, rules: Rules, depth: usize },
    Files(Vec<WorkspacePath>),
}

/// What is still to be done, and how many are at it.
struct Heap {
    work: Vec<Work>,
    busy: usize,
    ended: bool,
}

struct Sweep<'a, C> {
    root: &'a Root,
    choice: &'a C,
    heap: Mutex<Heap>,
    changed: Condvar,
}

/// Which files are visited.
pub(crate) trait Choose: Sync {
    /// Whether what the ignore rules name is visited, too.
    fn takes_ignored(&self) -> bool {
        false
    }

    /// Whether a directory is entered.
    fn enters(&self, path: &WorkspacePath) -> bool;

    /// Whether a file is visited. Links and files of a kind that the directory does not tell are
    /// files here.
    fn has(&self, path: &WorkspacePath) -> bool;
}

/// Looks at files; each thread has one of its own.
pub(crate) trait Visit {
    /// Whether there is a reason to look at more; `false` ends the sweep.
    fn goes_on(&self) -> bool;

    fn visit(&mut self, path: &WorkspacePath);
}

/// Visits every file of the choice. Blocking; the calling thread is one of those that work.
pub(crate) fn sweep<V: Visit>(root: &Root, choice: &impl Choose, visitor: impl Fn() -> V + Sync) {
    let rules = if choice.takes_ignored() { Rules::least(root) } else { Rules::none(root) };
    let top = Work::Directory { path: WorkspacePath::root(), rules, depth: 0 };
    let heap = Mutex::new(Heap { work: vec![top], busy: 0, ended: false });
    let sweep = Sweep { root, choice, heap, changed: Condvar::new() };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 1..threads.min(THREADS_MAX) {
            let helper = std::thread::Builder::new().name("sweep".to_owned());
            // Without a helper the search is slower.
            drop(helper.spawn_scoped(scope, || sweep.run(visitor())));
        }
        sweep.run(visitor());
    });
}

/// One thread is at work; dropped, it is not, even when it panicked.
struct Busy<'a, C>(&'a Sweep<'a, C>);

impl<C> Drop for Busy<'_, C> {
    fn drop(&mut self) {
        let mut heap = lock(&self.0.heap);
        heap.busy -= 1;
        if heap.busy == 0 || heap.ended {
            self.0.changed.notify_all();
        }
    }
}

impl<C: Choose> Sweep<'_, C> {
    fn run(&self, mut visitor: impl Visit) {
        while let Some(work) = self.take() {
            let busy = Busy(self);
            self.perform(work, &mut visitor);
            if !visitor.goes_on() {
                lock(&self.heap).ended = true;
            }
            drop(busy);
        }
    }

    /// The next thing to do; `None` when nothing is left and nobody can add to it.
    fn take(&self) -> Option<Work> {
        let mut heap = lock(&self.heap);
        loop {
            if heap.ended {
                return None;
            }
            if let Some(work) = heap.work.pop() {
                heap.busy += 1;
                return Some(work);
            }
            if heap.busy == 0 {
                return None;
            }
            heap = self.changed.wait(heap).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn add(&self, work: Vec<Work>) {
        if !work.is_empty() {
            lock(&self.heap).work.extend(work);
            self.changed.notify_all();
        }
    }

    fn perform(&self, work: Work, visitor: &mut impl Visit) {
        match work {
            Work::Directory { path, rules, depth } => {
                if let Some(directory) = self.open(&path) {
                    self.list(&directory, &path, (&rules, depth));
                }
            }
            Work::Files(paths) => {
                for path in paths {
                    if !visitor.goes_on() {
                        return;
                    }
                    visitor.visit(&path);
                }
            }
        }
    }

    fn open(&self, path: &WorkspacePath) -> Option<OwnedFd> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        if path.is_root() {
            return self.root.directory(path).ok();
        }
        self.root.open_real(path, flags).ok()
    }

    fn list(&self, directory: &OwnedFd, path: &WorkspacePath, (rules, depth): (&Rules, usize)) {
        let rules = rules.enter(directory, path);
        let mut work = Vec::new();
        let mut files = Vec::new();
        for name in names(directory, NAMES_MAX).unwrap_or_default() {
            let Ok(path) = path.join(&name.text) else { continue };
            let is_directory = name.kind == FileType::Directory;
            if rules.ignores(&path, is_directory) {
                continue;
            }
            if is_directory && depth < DEPTH_MAX && self.choice.enters(&path) {
                work.push(Work::Directory { path, rules: rules.clone(), depth: depth + 1 });
            } else if matches!(
                name.kind,
                FileType::RegularFile | FileType::Symlink | FileType::Unknown
            ) && self.choice.has(&path)
            {
                files.push(path);
                if BUNDLE <= files.len() {
                    work.push(Work::Files(std::mem::take(&mut files)));
                }
            }
        }
        work.push(Work::Files(files));
        self.add(work);
    }
}

fn lock(heap: &Mutex<Heap>) -> MutexGuard<'_, Heap> {
    heap.lock().unwrap_or_else(PoisonError::into_inner)
}
