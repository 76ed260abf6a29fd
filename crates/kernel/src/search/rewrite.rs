//! Replacing whole files with what somebody else worked out, as one replacement that can be taken back.

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
    /// the name under which it can be taken back.
    pub(crate) async fn rewrite(
        &self,
        rewrites: Vec<Rewrite>,
        by: &Caller,
    ) -> std::io::Result<(String, Vec<ReplaceOutcome>)> {
        let turn = Arc::clone(&self.shared.replacing).lock_owned().await;
        let (search, by, runtime) = (self.clone(), by.clone(), Handle::current());
        let done = tokio::task::spawn_blocking(move || {
            let mut keeper = Keeper::begin(&search.shared.context.store)?;
            let each = |it| search.rewrite_one(it, &by, &mut keeper, &runtime);
            let outcomes = rewrites.into_iter().map(each).collect();
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
        let left = written().err();
        ReplaceOutcome {
            path: it.path.as_str().to_owned(),
            replaced: if left.is_some() { 0 } else { it.count },
            stale: matches!(left, Some(Left::Stale)),
            left: left.map(|it| it.to_string()),
        }
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
