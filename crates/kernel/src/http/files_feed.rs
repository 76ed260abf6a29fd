//! File changes on their way to clients and, unless there are too many, into the journal.

use crate::context::{By, Context};
use crate::files::OwnWrites;
use crate::watch::{Notice, Watch};
use protocol::event::{EventKind, FileChange};
use std::sync::{Arc, Mutex, PoisonError};
use stdx::clock;
use tokio::sync::{broadcast, mpsc};

/// Changes that wait for a client; one that is further behind lists the tree again.
const CAPACITY: usize = 256;
/// Notices of the watcher that wait to be told; it waits itself when they are not taken.
const NOTICE_CAPACITY: usize = 256;
/// Changes that go into the journal within one second. A build or an install changes thousands;
/// clients see them live, but nobody reads them a day later.
const JOURNALED_PER_SECOND: u32 = 20;

/// What clients are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileNotice {
    Changed { path: String, change: FileChange },
    Rescan,
}

/// The one feed of file changes. Cheap to clone.
#[derive(Clone)]
pub struct FileFeed {
    context: Context,
    live: broadcast::Sender<FileNotice>,
    second: Arc<Mutex<(u64, u32)>>,
    watching: Arc<Mutex<Watching>>,
}

/// The tree is watched while somebody looks: watches are a scarce thing, and take memory.
#[derive(Default)]
struct Watching {
    own: Option<OwnWrites>,
    watch: Option<Watch>,
    clients: usize,
}

/// Somebody who wants to see changes; dropped, they do not.
pub struct Looking {
    feed: FileFeed,
}

impl Drop for Looking {
    fn drop(&mut self) {
        let mut watching = self.feed.watching();
        watching.clients -= 1;
        if watching.clients == 0 {
            watching.watch = None;
        }
    }
}

impl FileFeed {
    pub fn new(context: &Context) -> Self {
        let (live, _) = broadcast::channel(CAPACITY);
        Self { context: context.clone(), live, second: Arc::default(), watching: Arc::default() }
    }

    /// Changes from here on.
    pub fn subscribe(&self) -> broadcast::Receiver<FileNotice> {
        self.live.subscribe()
    }

    /// What the watcher is to leave out, because the files' routes tell it.
    pub fn watch_with(&self, own: OwnWrites) {
        self.watching().own = Some(own);
    }

    /// Watches the tree while the answer lives.
    pub fn look(&self) -> Looking {
        let mut watching = self.watching();
        watching.clients += 1;
        if watching.watch.is_none()
            && let Some(own) = watching.own.clone()
        {
            watching.watch = self.start_watch(own);
        }
        drop(watching);
        Looking { feed: self.clone() }
    }

    fn start_watch(&self, own: OwnWrites) -> Option<Watch> {
        let (notices, mut inbox) = mpsc::channel(NOTICE_CAPACITY);
        let scope = &self.context.scope;
        let watch = match Watch::start(&self.context.config.root, own, scope, notices) {
            Ok(watch) => watch,
            Err(error) => {
                let message = format!("files are not watched, look again by hand: {error}");
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
                        Some(Notice::Changed { path, change }) => {
                            feed.changed(path.as_str().to_owned(), change, &By::kernel());
                        }
                        Some(Notice::Rescan) => feed.rescan(),
                        Some(Notice::Diagnostic { code, message }) => feed.diagnose(code, message),
                        None => break,
                    },
                }
            }
        });
        Some(watch)
    }

    fn diagnose(&self, code: &str, message: String) {
        let kind = EventKind::Diagnostic { code: code.to_owned(), message };
        self.context.emit(&By::kernel(), kind);
    }

    fn watching(&self) -> std::sync::MutexGuard<'_, Watching> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file changed; `by` is nobody's when a program of the workspace did it.
    pub fn changed(&self, path: String, change: FileChange, by: &By) {
        if self.may_journal() {
            self.context.emit(by, EventKind::FileChanged { path: path.clone(), change });
        }
        self.tell(FileNotice::Changed { path, change });
    }

    /// More changed than can be told.
    pub fn rescan(&self) {
        self.tell(FileNotice::Rescan);
    }

    fn tell(&self, notice: FileNotice) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing;

    #[tokio::test]
    async fn a_burst_reaches_clients_but_not_the_journal() {
        let (context, _directory) = testing::context();
        let feed = FileFeed::new(&context);
        let mut live = feed.subscribe();
        for index in 0..200 {
            feed.changed(format!("f{index}"), FileChange::Created, &By::kernel());
        }
        for index in 0..200 {
            let change = FileChange::Created;
            assert_eq!(
                live.recv().await,
                Ok(FileNotice::Changed { path: format!("f{index}"), change })
            );
        }
        // The burst may straddle one turn of the second.
        let kept = context.journal.page(0, 1000).events.len();
        assert!(kept <= 2 * JOURNALED_PER_SECOND as usize, "{kept}");
    }
}
