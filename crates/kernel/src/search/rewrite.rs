//! Replacing whole files with what somebody else worked out, and making and moving some, as one
//! replacement that can be taken back.

use super::replace::Left;
use super::run::open;
use super::undo::Keeper;
use super::{Search, Shared};
use crate::files::{FileError, Precondition, tag_of_content};
use crate::http::caller::Caller;
use crate::http::document_socket::contributor;
use protocol::search::ReplaceOutcome;
use std::io::Read;
use std::sync::Arc;
use stdx::WorkspacePath;
use tokio::runtime::Handle;

/// Largest file that is rewritten.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// What a file is, and becomes.
#[derive(Debug)]
pub struct Rewrite {
    pub path: WorkspacePath,
    pub etag: String,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
    /// How often something is replaced in it.
    pub count: u64,
}

/// What a change of many files consists of. Texts are changed where files are before they are moved.
#[derive(Debug, Default)]
pub struct Changes {
    pub rewrites: Vec<Rewrite>,
    /// New files with what is in them.
    pub made: Vec<(WorkspacePath, Vec<u8>)>,
    /// From where to where.
    pub moves: Vec<(WorkspacePath, WorkspacePath)>,
}

impl Search {
    /// A whole file with its tag. Blocking.
    pub(crate) fn read_whole(&self, path: &WorkspacePath) -> Result<(Vec<u8>, String), FileError> {
        let failed = |error| FileError::io(path, error);
        let opened = open(self.shared.files.root(), path).map_err(failed)?;
        let (file, _) = opened.ok_or_else(|| FileError::NotFound(path.clone()))?;
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
        if FILE_BYTES_MAX < bytes.len() as u64 {
            return Err(FileError::TooLarge { limit_bytes: FILE_BYTES_MAX });
        }
        let etag = tag_of_content(&bytes);
        Ok((bytes, etag))
    }

    /// Rewrites files that still are what they were, through their documents. What became of each, and
    /// the name under which it can be taken back. Nothing is moved where something was left as it was.
    pub(crate) async fn rewrite(
        &self,
        changes: Changes,
        by: &Caller,
    ) -> std::io::Result<(String, Vec<ReplaceOutcome>)> {
        let turn = Arc::clone(&self.shared.replacing).lock_owned().await;
        let (search, by, runtime) = (self.clone(), by.clone(), Handle::current());
        let done = tokio::task::spawn_blocking(move || {
            let mut keeper = Keeper::begin(&search.shared.context.store)?;
            for (from, to) in &changes.moves {
                keeper.moved(from.as_str(), to.as_str())?;
            }
            let mut outcomes = Vec::new();
            for (path, content) in &changes.made {
                let made = search.make(path, content, &by, &mut keeper);
                outcomes.push(outcome(path, made.map(|()| 0)));
            }
            for it in changes.rewrites {
                outcomes.push(search.rewrite_one(it, &by, &mut keeper, &runtime));
            }
            let is_whole = outcomes.iter().all(|it| it.left.is_none());
            for (from, to) in changes.moves.iter().filter(|_| is_whole) {
                let moved = search.shared.files.rename(from, to, &by.by());
                outcomes.push(outcome(to, moved.map(|_| 0).map_err(Left::File)));
            }
            drop(turn);
            Ok((keeper.id, outcomes))
        });
        done.await.map_err(std::io::Error::other)?
    }

    fn rewrite_one(
        &self,
        it: Rewrite,
        by: &Caller,
        keeper: &mut Keeper,
        runtime: &Handle,
    ) -> ReplaceOutcome {
        let mut written = || {
            if !keeper.has_room(it.old.len()) {
                return Err(Left::NoRoom);
            }
            keeper.old(it.path.as_str(), &it.old).map_err(Left::NotKept)?;
            let etag = self.write(&it.path, (&it.new, &it.etag), by, runtime)?;
            if let Err(error) = keeper.done(etag, it.count) {
                tracing::warn!("a replacement in one file cannot be taken back: {error}");
            }
            Ok(())
        };
        let count = it.count;
        outcome(&it.path, written().map(|()| count))
    }

    fn make(
        &self,
        path: &WorkspacePath,
        content: &[u8],
        by: &Caller,
        keeper: &mut Keeper,
    ) -> Result<(), Left> {
        let etag = self.shared.files.make(path, content, &by.by())?.etag;
        keeper.made(path.as_str(), etag).map_err(Left::NotKept)
    }

    /// Moves back what was moved, if it was, unless something is in its place by now.
    pub(super) fn move_back(
        &self,
        from: &WorkspacePath,
        to: &WorkspacePath,
        by: &Caller,
    ) -> Result<(), Left> {
        match self.shared.files.rename(to, from, &by.by()) {
            Ok(_) | Err(FileError::NotFound(_)) => Ok(()),
            Err(FileError::AlreadyExists(_)) => Err(Left::Stale),
            Err(error) => Err(Left::File(error)),
        }
    }

    /// Removes a file that was made, unless it is another one by now.
    pub(super) fn remove_made(
        &self,
        path: &WorkspacePath,
        etag: &str,
        by: &Caller,
    ) -> Result<(), Left> {
        if self.read_whole(path)?.1 != etag {
            return Err(Left::Stale);
        }
        Ok(self.shared.files.remove(path, &by.by())?)
    }

    /// Writes over a file that still has this tag, through its document where one is open, as every
    /// request does. The tag of what is there then.
    pub(super) fn write(
        &self,
        path: &WorkspacePath,
        (content, etag): (&[u8], &str),
        by: &Caller,
        runtime: &Handle,
    ) -> Result<String, FileError> {
        let Shared { documents, files, .. } = &*self.shared;
        let tags = Precondition::Tags(vec![etag.to_owned()]);
        let author = contributor(by);
        let put = documents.put(path, &tags, content, &author);
        if let Some(etag) = runtime.block_on(put)? {
            return Ok(etag);
        }
        Ok(files.write_over(path, content, (etag, &by.by()))?.etag)
    }
}

fn outcome(path: &WorkspacePath, done: Result<u64, Left>) -> ReplaceOutcome {
    let (replaced, left) = match done {
        Ok(count) => (count, None),
        Err(left) => (0, Some(left)),
    };
    ReplaceOutcome {
        path: path.as_str().to_owned(),
        replaced,
        stale: matches!(left, Some(Left::Stale)),
        left: left.map(|it| it.to_string()),
    }
}
