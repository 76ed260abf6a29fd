//! The workspace's live documents: one a file, open as long as somebody looks, and a while.
//!
//! A document is found by the path behind links, so two names of one file are one document. Its log is
//! in the state directory under a name that goes along with renames (`index.rs`). What happens to the
//! files comes from the feed of the workspace.

mod disk;
mod error;
mod history;
mod index;
mod log;
mod open;
mod put;
mod retention;

pub use error::OpenError;

use crate::blocking::blocking;
use crate::context::{By, Context};
use crate::feed::{Author, Change, FileFeed, FileNotice, Looking, What};
use crate::files::{FileError, Files};
use crate::store::Store;
use document::handle::Handle;
use futures_util::future::join_all;
use index::Index;
use protocol::document::OpenDocument;
use protocol::event::EventKind;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::{TaskScope, WorkspacePath, clock};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Documents that are open at the same time: more than people have tabs.
const OPEN_MAX: usize = 256;
/// Paths are opened one after the other within each of these.
const STRIPES: usize = 32;
/// For what a document answers, writing what was typed included. Its disk may be full or take longer,
/// which must not hold up anybody else.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);
/// Files that the feed does not see are looked at this often while somebody has them open.
const UNSEEN_POLL: Duration = Duration::from_secs(1);

/// The documents of one workspace. Cheap to clone.
#[derive(Clone)]
pub struct Documents {
    shared: Arc<Shared>,
}

struct Shared {
    context: Context,
    files: Files,
    feed: FileFeed,
    store: Store,
    /// In milliseconds since 1970.
    start_ms: u64,
    scope: TaskScope,
    table: Mutex<Table>,
    /// Held while the index is written.
    index_writes: Arc<tokio::sync::Mutex<()>>,
    /// Told when a document comes into the table.
    opened: Notify,
    hash: RandomState,
    stripes: [tokio::sync::Mutex<()>; STRIPES],
}

struct Table {
    open: HashMap<WorkspacePath, Opened>,
    index: Index,
    /// Names of those that were open when the kernel died, and not since.
    left_open: BTreeSet<String>,
    /// Held while any document is open.
    looking: Option<Looking>,
    /// Makes client ids of this server's replicas unique.
    opened: u32,
}

/// A document in the table.
#[derive(Clone)]
struct Opened {
    id: String,
    handle: Handle,
}

impl Documents {
    pub fn start(context: &Context, files: &Files, feed: &FileFeed) -> io::Result<Self> {
        let store = context.store.child("documents")?;
        let (mut index, damaged) = Index::open(&store)?;
        if damaged {
            let message = "the index of documents could not be read and was put aside; every \
                           document begins anew with what is in its file"
                .to_owned();
            let kind = EventKind::Diagnostic { code: "documents_damaged".to_owned(), message };
            context.emit(&By::kernel(), kind);
        }
        let is_there = |it: &WorkspacePath| files.is_there(it);
        let now_ms = clock::now_ms();
        if let Err(error) = retention::forget_missing(&store, &mut index, now_ms, is_there) {
            tracing::warn!("old documents cannot be removed: {error}");
        }
        let [one, two, three, four] = stdx::random::bytes();
        let opened = u32::from_le_bytes([one, two, three, four]);
        let left_open = log::left_open(&store)?;
        let table = Table { open: HashMap::new(), index, left_open, looking: None, opened };
        let shared = Shared {
            context: context.clone(),
            files: files.clone(),
            feed: feed.clone(),
            store,
            start_ms: now_ms,
            // A document that fails must not take the kernel along.
            scope: context.scope.child(),
            table: Mutex::new(table),
            index_writes: Arc::default(),
            opened: Notify::new(),
            hash: RandomState::new(),
            stripes: std::array::from_fn(|_| tokio::sync::Mutex::new(())),
        };
        let documents = Self { shared: Arc::new(shared) };
        documents.follow_files();
        Ok(documents)
    }

    /// Opens again what was open when the kernel died: what was typed is in the files before anybody
    /// reads them, and what a program that died with it left half is whole.
    pub async fn recover(&self) {
        let paths: Vec<WorkspacePath> = {
            let table = self.table();
            let left = table.index.all().filter(|it| table.left_open.contains(it.1));
            left.filter_map(|it| WorkspacePath::parse(it.0).ok()).collect()
        };
        let recovered = paths.iter().map(async |path| match self.open(path).await {
            // Where it cannot be written, it is as if the kernel had lived on.
            Ok((_, handle)) => drop(handle.flush().await),
            Err(error) => tracing::info!("`{path}` was open and is not any more: {error}"),
        });
        if timeout(ANSWER, join_all(recovered)).await.is_err() {
            tracing::warn!("documents that were open are not written yet");
        }
    }

    /// The document at `path`; opened when it is not. `path` must be one that may be written.
    pub async fn open(&self, path: &WorkspacePath) -> Result<(WorkspacePath, Handle), OpenError> {
        let (files, wanted) = (self.shared.files.clone(), path.clone());
        let real = blocking(move || files.real(&wanted)).await?;
        WorkspacePath::parse_for_write(real.as_str()).map_err(OpenError::Path)?;
        let stripe = self.shared.hash.hash_one(&real) % STRIPES as u64;
        let stripe = usize::try_from(stripe).expect("less than the number of stripes");
        let _one_at_a_time = self.shared.stripes[stripe].lock().await;
        if let Some(opened) = self.find(&real) {
            if !opened.handle.is_closed() {
                return Ok((real, opened.handle));
            }
            self.forget(&real);
        }
        let handle = self.open_anew(&real).await?;
        Ok((real, handle))
    }

    /// The document at `path`, when it is open.
    pub async fn get(&self, path: &WorkspacePath) -> Option<Handle> {
        if self.table().open.is_empty() {
            return None;
        }
        let (files, wanted) = (self.shared.files.clone(), path.clone());
        let real = blocking(move || files.real(&wanted)).await.ok()?;
        self.find(&real).map(|it| it.handle).filter(|it| !it.is_closed())
    }

    /// What is open.
    pub fn list(&self) -> Vec<OpenDocument> {
        let table = self.table();
        let mut list: Vec<OpenDocument> = table
            .open
            .iter()
            .filter(|it| !it.1.handle.is_closed())
            .map(|(path, opened)| {
                let summary = opened.handle.summary();
                OpenDocument {
                    document_id: opened.id.clone(),
                    path: path.as_str().to_owned(),
                    connections: summary.connections as u64,
                    saving: summary.saving,
                    size_bytes: summary.size_bytes as u64,
                    conflicts: summary.conflicts as u64,
                }
            })
            .collect();
        list.sort_by(|one, two| one.path.cmp(&two.path));
        list
    }

    fn find(&self, path: &WorkspacePath) -> Option<Opened> {
        self.table().open.get(path).cloned()
    }

    fn forget(&self, path: &WorkspacePath) {
        let mut table = self.table();
        if table.open.get(path).is_some_and(|it| it.handle.is_closed()) {
            table.open.remove(path);
        }
        if table.open.is_empty() {
            let looking = table.looking.take();
            drop(table);
            drop(looking);
        }
    }

    /// Writes the index as it is; durable with the answer.
    async fn write_index(&self) -> Result<(), OpenError> {
        // Before the look at the index: an older one never comes after a newer. It goes along with
        // the work, which goes on when nobody waits for it any more.
        let in_order = Arc::clone(&self.shared.index_writes).lock_owned().await;
        let documents = self.clone();
        let written = blocking(move || {
            let _in_order = in_order;
            let (bytes, named) = documents.table().index.snapshot();
            index::write(&documents.shared.store, &bytes)?;
            documents.table().index.written(named);
            Ok(())
        });
        written.await
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.shared.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes on what happens to files.
    fn follow_files(&self) {
        let documents = self.clone();
        let scope = self.shared.scope.clone();
        let mut live = self.shared.feed.subscribe();
        self.shared.context.scope.spawn("documents", async move {
            let mut poll = interval(UNSEEN_POLL);
            poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let any = !documents.table().open.is_empty();
                tokio::select! {
                    () = scope.stopping() => return,
                    // Another look at whether any is open.
                    () = documents.shared.opened.notified() => {}
                    notice = live.recv() => match notice {
                        Ok(FileNotice::Changes(changes)) => documents.changed(&changes).await,
                        Ok(FileNotice::Rescan(_)) | Err(RecvError::Lagged(_)) => {
                            documents.look_again(|_| true);
                        }
                        Err(RecvError::Closed) => return,
                    },
                    _ = poll.tick(), if any => {
                        let ignored = documents.shared.files.ignored();
                        documents.look_again(|it| ignored.names_path(it));
                    }
                }
            }
        });
    }

    fn look_again(&self, which: impl Fn(&WorkspacePath) -> bool) {
        let open: Vec<(WorkspacePath, Handle)> = {
            let table = self.table();
            table.open.iter().map(|(path, it)| (path.clone(), it.handle.clone())).collect()
        };
        for (path, handle) in open {
            if handle.is_closed() {
                self.forget(&path);
            } else if which(&path) {
                handle.changed();
            }
        }
    }

    async fn changed(&self, changes: &[Change]) {
        for change in changes {
            match &change.what {
                What::Renamed { from } => self.renamed(from, &change.path).await,
                What::Deleted => {
                    let by_request = matches!(change.author, Author::By(_));
                    self.gone(&change.path, by_request);
                }
                What::Created | What::Modified => {
                    if let Some(opened) = self.find(&change.path) {
                        opened.handle.changed();
                    }
                }
            }
        }
    }

    fn gone(&self, path: &WorkspacePath, by_request: bool) {
        let below: Vec<Handle> = {
            let table = self.table();
            let below = table.open.iter().filter(|it| it.0.starts_with(path));
            below.map(|it| it.1.handle.clone()).collect()
        };
        for handle in below {
            if by_request { handle.deleted() } else { handle.changed() }
        }
    }

    /// A file or directory has another name: its documents go along.
    async fn renamed(&self, from: &WorkspacePath, to: &WorkspacePath) {
        let (files, old) = (self.shared.files.clone(), from.clone());
        // Editors move the old file aside before they write the new one.
        let remains = blocking(move || Ok::<_, FileError>(files.is_there(&old)));
        let remains = remains.await.unwrap_or(true);
        if remains || !self.table().index.below(from) {
            for path in [from, to] {
                if let Some(opened) = self.find(path) {
                    opened.handle.changed();
                }
            }
            return;
        }
        // What was there is gone.
        if let Some(replaced) = self.find(to) {
            replaced.handle.deleted();
            // One that waits for its disk goes when that is over.
            let _late = timeout(ANSWER, replaced.handle.closed()).await;
            self.forget(to);
        }
        let moved = {
            let mut table = self.table();
            let moved = table.index.rename(from, to).into_iter();
            moved
                .filter_map(|(old, new)| {
                    let opened = table.open.remove(&old)?;
                    table.open.insert(new.clone(), opened.clone());
                    Some((new, opened.handle))
                })
                .collect::<Vec<_>>()
        };
        if let Err(error) = self.write_index().await {
            tracing::error!("the index of documents cannot be written: {error}");
        }
        for (path, handle) in moved {
            handle.renamed(path.as_str());
        }
    }
}
