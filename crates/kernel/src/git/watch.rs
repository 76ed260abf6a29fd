//! Notices what Git does in a terminal: commits, checkouts and the like change nothing but the
//! repository's own directory, which the watcher of files leaves out.

use super::Git;
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use std::io;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use stdx::TaskScope;
use tokio::io::unix::AsyncFd;

/// Events read at once.
const BUFFER_BYTES: usize = 8 * 1024;
/// What in the repository's directory tells a change; the rest is written on the way.
const TELLING: [&str; 8] =
    ["HEAD", "index", "packed-refs", "config", "FETCH_HEAD", "MERGE_HEAD", "logs", "refs"];

const EVENTS: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::ONLYDIR)
    .union(WatchFlags::EXCL_UNLINK);

/// Who looks; the repository is watched while somebody does, because watches are scarce.
#[derive(Debug, Default)]
pub(super) struct Watching(Mutex<(usize, Option<TaskScope>)>);

/// Somebody who wants to know of changes; dropped, they do not.
pub struct Looking {
    git: Git,
}

impl Drop for Looking {
    fn drop(&mut self) {
        let mut watching = self.git.watching();
        watching.0 -= 1;
        if watching.0 == 0
            && let Some(scope) = watching.1.take()
        {
            scope.kill();
        }
    }
}

impl Git {
    /// Tells of changes through [`Git::revision`] while the answer lives.
    pub fn look(&self) -> Looking {
        let mut watching = self.watching();
        watching.0 += 1;
        if watching.1.is_none() {
            match Watch::open(&self.shared.runner.root, &self.directory()) {
                Ok(watch) => {
                    let scope = TaskScope::default();
                    let git = self.clone();
                    scope.spawn("git-watch", async move { watch.run(&git).await });
                    watching.1 = Some(scope);
                }
                // Without it, changes in a terminal show when somebody asks again.
                Err(error) => tracing::warn!(%error, "the repository is not watched"),
            }
        }
        drop(watching);
        Looking { git: self.clone() }
    }

    fn watching(&self) -> std::sync::MutexGuard<'_, (usize, Option<TaskScope>)> {
        self.shared.watching.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Watch {
    inotify: AsyncFd<OwnedFd>,
    root: i32,
}

impl Watch {
    fn open(root: &Path, directory: &Path) -> io::Result<Self> {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        // The workspace itself, to see a repository come and go.
        let root = inotify::add_watch(&inotify, root, EVENTS)?;
        add(&inotify, directory)?;
        #[expect(
            deprecated,
            reason = "the same with a safety promise that an `OwnedFd` keeps; unsafe code is the supervisor's"
        )]
        let inotify = AsyncFd::new(inotify)?;
        Ok(Self { inotify, root })
    }

    async fn run(self, git: &Git) {
        let mut buffer = [MaybeUninit::uninit(); BUFFER_BYTES];
        loop {
            let Ok(mut guard) = self.inotify.readable().await else { return };
            let mut telling = false;
            let mut reader = inotify::Reader::new(self.inotify.get_ref(), &mut buffer);
            loop {
                match reader.next() {
                    Ok(event) => {
                        let name = event.file_name().map(|it| it.to_string_lossy().into_owned());
                        let name = name.unwrap_or_default();
                        let is_git = event.wd() == self.root && name == ".git";
                        if is_git && let Err(error) = add(self.inotify.get_ref(), &git.directory())
                        {
                            tracing::warn!(%error, "a new repository is not watched");
                        }
                        telling |= is_git
                            || event.events().contains(ReadFlags::QUEUE_OVERFLOW)
                            || (event.wd() != self.root && TELLING.contains(&name.as_str()));
                    }
                    Err(Errno::INTR) => {}
                    Err(Errno::AGAIN) => break,
                    Err(error) => {
                        tracing::warn!(%error, "the repository is no longer watched");
                        return;
                    }
                }
            }
            guard.clear_ready();
            if telling {
                git.touch();
            }
        }
    }
}

/// Watches the repository's directory and its log of heads, as far as they exist.
fn add(inotify: &OwnedFd, directory: &Path) -> io::Result<()> {
    for path in [directory.to_owned(), directory.join("logs")] {
        match inotify::add_watch(inotify, &path, EVENTS) {
            Ok(_) | Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}
