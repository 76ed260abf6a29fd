//! The versions of a document: kept as they end, listed and read for those who ask.

use super::{Actor, blocking};
use crate::handle::{Disk, History, Log};
use crate::history;
use crate::timeline::Version;
use protocol::document::{DocumentVersion, DocumentVersionText};
use std::io;
use tokio::sync::oneshot;

/// What somebody wants to know of the history.
pub(super) enum Ask {
    Versions(oneshot::Sender<io::Result<Vec<DocumentVersion>>>),
    Version(u64, oneshot::Sender<io::Result<Option<DocumentVersionText>>>),
}

impl<D: Disk, L: Log> Actor<D, L> {
    /// Keeps the versions that ended. What the log has is safe without them: a history that cannot be
    /// written costs the way back, and no text.
    pub(super) async fn keep_versions(&mut self) {
        let Some(document) = self.document.as_mut() else { return };
        let versions = document.take_versions();
        if versions.is_empty() {
            return;
        }
        let path = self.path.clone();
        let kept = self.with_history(move |it| it.append(&path, versions)).await;
        if let Some(Err(error)) = kept {
            tracing::warn!(document = self.id, "a version of a document was not kept: {error}");
        }
    }

    /// Answers those who asked in this turn. The version that goes on is told as it is so far, and
    /// goes on: asking changes nothing.
    pub(super) async fn answer_history(&mut self) {
        if self.asks.is_empty() || self.document.is_none() {
            return;
        }
        let running = self.document().running_version();
        for ask in std::mem::take(&mut self.asks) {
            let running = running.clone();
            match ask {
                Ask::Versions(reply) => {
                    if let Some(list) = self.with_history(|it| listed(&**it, running)).await {
                        drop(reply.send(list));
                    }
                }
                Ask::Version(version, reply) => {
                    let find = move |it: &mut Box<dyn History>| text_of(&**it, running, version);
                    if let Some(text) = self.with_history(find).await {
                        drop(reply.send(text));
                    }
                }
            }
        }
    }

    /// Works with the history on a blocking thread.
    async fn with_history<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Box<dyn History>) -> T + Send + 'static,
    ) -> Option<T> {
        let mut history = self.history.take()?;
        let (history, done) = blocking(move || {
            let done = work(&mut history);
            (history, done)
        })
        .await;
        self.history = Some(history);
        Some(done)
    }
}

/// The versions that are kept, and the one that goes on.
fn listed(history: &dyn History, running: Option<Version>) -> io::Result<Vec<DocumentVersion>> {
    let mut list = history.list()?;
    list.extend(history.next().zip(running).map(|(number, it)| history::head(number, &it)));
    Ok(list)
}

/// One of them.
fn text_of(
    history: &dyn History,
    running: Option<Version>,
    version: u64,
) -> io::Result<Option<DocumentVersionText>> {
    match history.next().zip(running).filter(|(number, _)| *number == version) {
        Some((number, it)) => {
            let version = history::head(number, &it);
            Ok(Some(DocumentVersionText { version, text: it.text.as_ref().to_owned() }))
        }
        None => history.text(version),
    }
}
