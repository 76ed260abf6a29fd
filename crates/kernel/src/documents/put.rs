//! Requests that concern the file of an open document: they reach it through the document.

use super::{ANSWER, Documents};
use crate::files::{FileError, Precondition, tag_of};
use document::format::decode;
use document::handle::{Handle, Put, PutError};
use document::limits::TEXT_BYTES_MAX;
use futures_util::future::join_all;
use protocol::document::{Contributor, Saving};
use stdx::WorkspacePath;
use tokio::time::timeout;

/// A document may be put away while a request comes; then it is a file like any other.
const ATTEMPTS: usize = 3;

impl Documents {
    /// Gives a file that a request brings to the document that is open at `path`. `None`: nothing is
    /// open there, or the document cannot take it, and the file is to be written as it is. Otherwise
    /// the answer is the tag of what is in the file then.
    pub(crate) async fn put(
        &self,
        path: &WorkspacePath,
        precondition: &Precondition,
        bytes: &[u8],
        author: &Contributor,
    ) -> Result<Option<String>, FileError> {
        if *precondition == Precondition::Missing
            || TEXT_BYTES_MAX < bytes.len()
            || decode(bytes).is_err()
        {
            return Ok(None);
        }
        for _ in 0..ATTEMPTS {
            let Some(handle) = self.get(path).await.filter(|it| !it.summary().read_only) else {
                return Ok(None);
            };
            let wanted = precondition.clone();
            let put = Put {
                bytes: bytes.to_vec(),
                author: author.clone(),
                precondition: Box::new(move |it| wanted.allows(&tag_of(it))),
                deliberate: matches!(precondition, Precondition::Tags(_)),
            };
            let written = async {
                match handle.put(put).await {
                    Err(PutError::Closed) => {
                        handle.closed().await;
                        Err(PutError::Closed)
                    }
                    written => written,
                }
            };
            match timeout(ANSWER, written).await {
                Ok(Ok(hash)) => return Ok(Some(tag_of(&hash))),
                Ok(Err(PutError::Closed)) => {}
                Ok(Err(error)) => return refused(path, error),
                Err(_) => return Err(FileError::NotWritten(path.clone())),
            }
        }
        Ok(None)
    }

    /// Writes what was typed and is not in its file yet. The paths of those that could not be written.
    pub async fn flush(&self) -> Vec<String> {
        let pending: Vec<(String, Handle)> = {
            let table = self.table();
            let open = table.open.iter().filter(|it| !it.1.handle.is_closed());
            open.filter(|it| it.1.handle.summary().saving != Saving::Saved)
                .map(|(path, it)| (path.as_str().to_owned(), it.handle.clone()))
                .collect()
        };
        let written = pending.into_iter().map(|(path, handle)| async move {
            let written = timeout(ANSWER, handle.flush()).await;
            // One that was put away meanwhile has written what it had.
            let done = matches!(written, Ok(Ok(_) | Err(PutError::Closed)));
            (!done).then_some(path)
        });
        join_all(written).await.into_iter().flatten().collect()
    }
}

fn refused(path: &WorkspacePath, error: PutError) -> Result<Option<String>, FileError> {
    let path = path.clone();
    match error {
        PutError::Stale(current) => {
            let current = current.map(|it| tag_of(&it));
            Err(FileError::Stale { path, current })
        }
        PutError::Full | PutError::Failed => Err(FileError::NotWritten(path)),
        PutError::TooLarge | PutError::NotText(_) | PutError::Closed => Ok(None),
    }
}
