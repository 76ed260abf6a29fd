//! The one feed of file changes: what requests did and what the watcher saw, on their way to clients
//! and, unless there are too many, into the journal.

use crate::context::{By, Context};
use crate::files::Files;
use crate::watch::{Notice, Watch};
use protocol::channel::{AuthorKind, FromKernel, RescanReason};
use protocol::event::{EventKind, FileChange};
use protocol::state::{FileWatch, FileWatchStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::{WorkspacePath, clock};
use tokio::sync::{broadcast, mpsc};

/// Batches that wait for a client; one that is further behind lists the tree again.
const CAPACITY: usize = 64;
/// Notices of the watcher that wait to be told; it waits itself when they are not taken.
const NOTICE_CAPACITY: usize = 16;
/// The tree is watched for this long after the last one left: a page that is loaded again finds the
/// watch in place.
const LINGER: Duration = Duration::from_secs(15);
/// Changes that go into the journal within one second. A build or an install changes thousands;
/// clients see them live, but nobody reads them a day later.
const JOURNALED_PER_SECOND: u32 = 20;

/// One change of a file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: WorkspacePath,
    pub what: What,
    /// It is, or was, a directory.
    pub directory: bool,
    pub author: Author,
}

/// What a path underwent; of a directory it stands for everything below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Created,
    Modified,
    Deleted,
    /// What was at the path before is gone.
    Renamed {
        from: WorkspacePath,
    },
}

/// Who did it, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A request, or the kernel itself.
    By(By),
    /// A program in the workspace.
    Process,
    /// A program in the workspace while Git held its index.
    Git,
}

/// What those who look are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileNotice {
    /// In an order that leads from the tree as it was to the tree as it is.
    Changes(Arc<[Change]>),
    Rescan(RescanReason),
}

/// The one feed of file changes. Cheap to clone.
#[derive(Clone)]
pub struct FileFeed {
    context: Context,
    live: broadcast::Sender<FileNotice>,
    second: Arc<Mutex<(u64, u32)>>,
    /// Changes that were told.
    counted: Arc<AtomicU64>,
    /// Rises with everything that is told.
    generation: Arc<AtomicU64>,
    watching: Arc<Mutex<Watching>>,
}

/// The tree is watched while somebody looks: watches are a scarce thing, and take memory.
#[derive(Default)]
struct Watching {
    files: Option<Files>,
    watch: Option<Watch>,
    clients: usize,
    /// Rises with everybody who comes.
    visits: u64,
}

/// Somebody who wants to see changes; dropped, they do not.
pub struct Looking {
    feed: FileFeed,
}

impl Drop for Looking {
    fn drop(&mut self) {
        let mut watching = self.feed.watching();
        watching.clients -= 1;
        if watching.clients == 0 && watching.watch.is_some() {
            let (feed, visits) = (self.feed.clone(), watching.visits);
            drop(watching);
            feed.context.scope.clone().spawn("file feed linger", async move {
                tokio::select! {
                    () = feed.context.scope.stopping() => {}
                    () = tokio::time::sleep(LINGER) => {}
                }
                feed.leave(visits);
            });
        }
    }
}

impl FileFeed {
    pub fn new(context: &Context) -> Self {
        let (live, _) = broadcast::channel(CAPACITY);
        Self {
            context: context.clone(),
            live,
            second: Arc::default(),
            counted: Arc::default(),
            generation: Arc::default(),
            watching: Arc::default(),
        }
    }

    /// Changes from here on. What programs do is among them while somebody [`Self::look`]s.
    pub fn subscribe(&self) -> broadcast::Receiver<FileNotice> {
        self.live.subscribe()
    }

    /// Whose changes are told, and whose names are ignored.
    pub fn watch_with(&self, files: &Files) {
        self.watching().files = Some(files.clone());
    }

    /// Watches the tree while the answer lives, and a little longer.
    pub fn look(&self) -> Looking {
        let mut watching = self.watching();
        watching.clients += 1;
        watching.visits += 1;
        if watching.watch.is_none() {
            watching.watch = self.start_watch(&watching);
        }
        drop(watching);
        Looking { feed: self.clone() }
    }

    /// Watches anew, after what is ignored changed.
    pub fn restart(&self) {
        let mut watching = self.watching();
        if watching.watch.take().is_some() {
            watching.watch = self.start_watch(&watching);
        }
        drop(watching);
        self.rescan(RescanReason::Begin);
    }

    /// Resolves when what changes from here on is told.
    pub async fn ready(&self) {
        let mut states = self.context.state.subscribe();
        let starting = |it: &FileWatch| it.status == FileWatchStatus::Starting;
        // The state lives as long as the kernel.
        let _ended = states.wait_for(|it| !starting(&it.file_watch)).await;
    }

    /// Nobody came for a while after the visit with this number.
    fn leave(&self, visits: u64) {
        let mut watching = self.watching();
        if watching.clients == 0 && watching.visits == visits {
            watching.watch = None;
            self.generation.fetch_add(1, Ordering::AcqRel);
            if let Some(files) = &watching.files {
                files.forget_names();
            }
            self.stand(FileWatch::default());
        }
    }

    fn stand(&self, file_watch: FileWatch) {
        self.context.state.update(|it| it.file_watch = file_watch);
    }

    fn start_watch(&self, watching: &Watching) -> Option<Watch> {
        let files = watching.files.as_ref()?;
        let (notices, mut inbox) = mpsc::channel(NOTICE_CAPACITY);
        let scope = &self.context.scope;
        let with = (files.own_writes(), files.ignored());
        let status = FileWatchStatus::Starting;
        self.stand(FileWatch { status, ..FileWatch::default() });
        let watch = match Watch::start(&self.context.config.root, with, scope, notices) {
            Ok(watch) => watch,
            Err(error) => {
                let message = format!("files are not watched, look again by hand: {error}");
                let (status, told) = (FileWatchStatus::Failed, Some(message.clone()));
                self.stand(FileWatch { status, directories: 0, message: told });
                self.diagnose("files_not_watched", message);
                return None;
            }
        };
        let feed = self.clone();
        let stop = scope.clone();
        scope.spawn("file feed", async move {
            loop {
                tokio::select! {
                    () = stop.stopping() => break,
                    notice = inbox.recv() => match notice {
                        Some(notice) => feed.noticed(notice),
                        None => break,
                    },
                }
            }
        });
        Some(watch)
    }

    fn noticed(&self, notice: Notice) {
        match notice {
            Notice::Changes(changes) => self.changed(changes),
            Notice::Rescan(reason) => self.rescan(reason),
            Notice::Standing(file_watch) => {
                let watching = self.watching();
                if watching.watch.is_some() {
                    self.stand(file_watch);
                }
            }
            Notice::Diagnostic { code, message } => self.diagnose(code, message),
        }
    }

    fn diagnose(&self, code: &str, message: String) {
        let kind = EventKind::Diagnostic { code: code.to_owned(), message };
        self.context.emit(&By::kernel(), kind);
    }

    fn watching(&self) -> std::sync::MutexGuard<'_, Watching> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that rises with every change; `None` while not every change is seen.
    pub fn generation(&self) -> Option<u64> {
        let live = self.context.state.get().file_watch.status == FileWatchStatus::Live;
        live.then(|| self.generation.load(Ordering::Acquire))
    }

    /// Changes that were told since the kernel started.
    pub fn counted(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }

    /// Tells changes, in order.
    pub fn changed(&self, changes: Vec<Change>) {
        self.counted.fetch_add(changes.len() as u64, Ordering::Relaxed);
        for change in &changes {
            if !self.may_journal() {
                break;
            }
            self.context.emit(&change.author.by(), change.event());
        }
        if !changes.is_empty() {
            self.tell(FileNotice::Changes(changes.into()));
        }
    }

    /// More changed than can be told.
    pub fn rescan(&self, reason: RescanReason) {
        self.tell(FileNotice::Rescan(reason));
    }

    fn tell(&self, notice: FileNotice) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        // Nobody may be listening.
        drop(self.live.send(notice));
    }

    fn may_journal(&self) -> bool {
        let now = clock::now_ms() / 1000;
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        if second.0 != now {
            *second = (now, 0);
        }
        second.1 += 1;
        second.1 <= JOURNALED_PER_SECOND
    }
}

impl Change {
    /// The same on the general WebSocket.
    pub fn frame(&self) -> FromKernel {
        let (event_type, from) = self.what.on_wire();
        let author = self.author.on_wire();
        let path = self.path.as_str().to_owned();
        FromKernel::FileChanged { path, event_type, from, directory: self.directory, author }
    }

    /// The same in the journal.
    fn event(&self) -> EventKind {
        let (change, from) = self.what.on_wire();
        EventKind::FileChanged { path: self.path.as_str().to_owned(), change, from }
    }
}

impl What {
    fn on_wire(&self) -> (FileChange, Option<String>) {
        match self {
            Self::Created => (FileChange::Created, None),
            Self::Modified => (FileChange::Modified, None),
            Self::Deleted => (FileChange::Deleted, None),
            Self::Renamed { from } => (FileChange::Renamed, Some(from.as_str().to_owned())),
        }
    }
}

impl Author {
    /// Whom the journal names: a principal, or Git as the operator of nobody.
    pub fn by(&self) -> By {
        match self {
            Self::By(by) => by.clone(),
            Self::Process => By::kernel(),
            Self::Git => By { principal: None, operator: Some("git".to_owned()) },
        }
    }

    fn on_wire(&self) -> protocol::channel::Author {
        let kind = match self {
            Self::By(by) if *by == By::kernel() => AuthorKind::Kernel,
            Self::By(_) => AuthorKind::Person,
            Self::Process => AuthorKind::Process,
            Self::Git => AuthorKind::Git,
        };
        let (principal, operator) = match self {
            Self::By(by) => (by.principal.clone(), by.operator.clone()),
            Self::Process | Self::Git => (None, None),
        };
        protocol::channel::Author { kind, principal, operator }
    }
}

#[cfg(test)]
impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.what {
            What::Renamed { from } => write!(f, "Renamed {from} to {}", self.path),
            what @ (What::Created | What::Modified | What::Deleted) => {
                write!(f, "{what:?} {}", self.path)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing;

    fn created(index: usize) -> Change {
        let path = WorkspacePath::parse(&format!("f{index}")).unwrap();
        Change { path, what: What::Created, directory: false, author: Author::Process }
    }

    #[tokio::test]
    async fn a_burst_reaches_clients_but_not_the_journal() {
        let (context, _directory) = testing::context();
        let feed = FileFeed::new(&context);
        let mut live = feed.subscribe();
        let changes: Vec<Change> = (0..200).map(created).collect();
        feed.changed(changes.clone());
        assert_eq!(live.recv().await, Ok(FileNotice::Changes(changes.into())));
        // The burst may straddle one turn of the second.
        let kept = context.journal.page(0, 1000).events.len();
        assert!(0 < kept && kept <= 2 * JOURNALED_PER_SECOND as usize, "{kept}");
    }

    // covers: S0.34, S2.38
    #[test]
    fn a_rename_names_both_ends_and_its_author() {
        let [path, from] = ["b", "a"].map(|it| WorkspacePath::parse(it).unwrap());
        let by = By { principal: Some("usr_1".to_owned()), operator: Some("browser".to_owned()) };
        let what = What::Renamed { from };
        let change = Change { path, what, directory: true, author: Author::By(by) };
        assert_eq!(
            serde_json::to_value(change.frame()).unwrap(),
            serde_json::json!({
                "type": "file_changed",
                "path": "b",
                "event_type": "renamed",
                "from": "a",
                "directory": true,
                "author": {"kind": "person", "principal": "usr_1", "operator": "browser"},
            })
        );
    }
}
