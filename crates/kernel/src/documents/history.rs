//! The history of a document: a file in the state directory, and its summary in the audit log.

use crate::context::{By, Context};
use crate::files::hex;
use crate::outbox::Fact;
use crate::store::Store;
use document::history;
use document::limits::TEXT_BYTES_MAX;
use document::timeline::Version;
use protocol::audit::verb;
use protocol::channel::AuthorKind;
use protocol::document::{DocumentVersion, DocumentVersionText};
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Longest history that is read, in bytes; what is kept is shorter.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The history of one document.
pub(super) struct FileHistory {
    context: Context,
    store: Store,
    name: String,
    /// Number of the last version, and when it ended.
    last: Option<(u64, u64)>,
    /// What is sound of the file, in bytes.
    length: usize,
    /// Versions in the file.
    count: usize,
}

impl FileHistory {
    /// Opens the history of `id`, which need not be there yet. What a crash tore is cut off.
    pub(super) fn open(context: &Context, store: &Store, id: &str) -> io::Result<Self> {
        let name = format!("{id}.history");
        let (context, store) = (context.clone(), store.clone());
        let mut history = Self { context, store, name, last: None, length: 0, count: 0 };
        let bytes = history.bytes()?;
        let (entries, sound) = history::read(&bytes);
        if sound < bytes.len() {
            history.store.write_bytes(&history.name, &bytes[..sound])?;
        }
        history.last = entries.last().map(|it| (it.version.version, it.version.until_ms));
        (history.length, history.count) = (sound, entries.len());
        Ok(history)
    }

    /// When the last version ended.
    pub(super) fn until_ms(&self) -> Option<u64> {
        self.last.map(|it| it.1)
    }

    fn next_number(&self) -> u64 {
        self.last.map_or(1, |it| it.0 + 1)
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        Ok(self.store.read_bytes(&self.name, BYTES_MAX)?.unwrap_or_default())
    }

    /// Appends frames, after what is left of those that could not be written is cut off.
    fn write(&self, frames: &[u8]) -> io::Result<()> {
        let mut file = self.store.append(&self.name)?;
        file.set_len(self.length as u64)?;
        file.write_all(frames)
    }

    fn thin(&mut self) -> io::Result<()> {
        if history::is_long(self.length, self.count)
            && let Some(short) = history::thinned(&self.bytes()?)
        {
            self.store.write_bytes(&self.name, &short)?;
            (self.length, self.count) = (short.len(), history::read(&short).0.len());
        }
        Ok(())
    }

    /// Who wrote, for the audit log: one entry for each person, never what was written.
    fn note(&self, path: &str, version: &DocumentVersion, text: &str) {
        let sha256 = hex(&Sha256::digest(text.as_bytes()));
        for it in version.authors.iter().filter(|it| it.author.kind == AuthorKind::Person) {
            let by =
                By { principal: it.author.principal.clone(), operator: it.author.operator.clone() };
            let fact = Fact::new(const { verb("document.update") })
                .about(path)
                .with("version", version.version)
                .with("bytes", version.size_bytes)
                .with("added", it.added)
                .with("removed", it.removed)
                .with("since_ms", version.from_ms)
                .with("sha256", sha256.clone());
            self.context.note(&by, fact);
        }
    }
}

impl document::handle::History for FileHistory {
    fn append(&mut self, path: &str, versions: Vec<Version>) -> io::Result<()> {
        let mut frames = Vec::new();
        let next = self.next_number();
        let heads: Vec<DocumentVersion> = (next..)
            .zip(&versions)
            .map(|(number, version)| history::write(&mut frames, number, version))
            .collect();
        self.write(&frames)?;
        self.length += frames.len();
        self.count += heads.len();
        for (head, version) in heads.iter().zip(&versions) {
            self.note(path, head, &version.text);
            self.last = Some((head.version, head.until_ms));
        }
        if let Err(error) = self.thin() {
            tracing::warn!(name = self.name, "the history of a document stays long: {error}");
        }
        Ok(())
    }

    fn next(&self) -> Option<u64> {
        Some(self.next_number())
    }

    fn list(&self) -> io::Result<Vec<DocumentVersion>> {
        let bytes = self.bytes()?;
        Ok(history::read(&bytes).0.into_iter().map(|it| it.version).collect())
    }

    fn text(&self, version: u64) -> io::Result<Option<DocumentVersionText>> {
        let bytes = self.bytes()?;
        let entries = history::read(&bytes).0;
        let entry = entries.into_iter().find(|it| it.version.version == version);
        Ok(entry.and_then(|it| {
            let text = history::text(&bytes, &it, TEXT_BYTES_MAX)?;
            Some(DocumentVersionText { version: it.version, text })
        }))
    }
}

/// The history of a document that nobody can change: there is none.
pub(super) struct NoHistory;

impl document::handle::History for NoHistory {
    fn append(&mut self, _path: &str, _versions: Vec<Version>) -> io::Result<()> {
        Ok(())
    }

    fn next(&self) -> Option<u64> {
        None
    }

    fn list(&self) -> io::Result<Vec<DocumentVersion>> {
        Ok(Vec::new())
    }

    fn text(&self, _version: u64) -> io::Result<Option<DocumentVersionText>> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing;
    use document::handle::History;
    use protocol::audit::Collect;
    use protocol::document::{Contributor, VersionAuthor};

    fn version(text: &str) -> Version {
        let author = Contributor {
            kind: AuthorKind::Person,
            principal: Some("usr_ada".to_owned()),
            ..Contributor::default()
        };
        let authors = vec![VersionAuthor { author, added: 5, removed: 2 }];
        Version { from_ms: 10, until_ms: 20, authors, text: text.into() }
    }

    /// What the audit log is told: verb, path and number of the version.
    async fn told(context: &Context) -> Vec<(String, String, u64)> {
        let collect = Collect { outbox: None, after: 0 };
        let collected = context.outbox.collect(&collect, &context.scope).await;
        let entries = collected.entries.into_iter();
        entries
            .map(|it| {
                assert_eq!(it.principal.as_deref(), Some("usr_ada"));
                assert_eq!(it.details["bytes"], 3);
                (it.verb, it.object.unwrap(), it.details["version"].as_u64().unwrap())
            })
            .collect()
    }

    // covers: S0.52, U0.12
    #[tokio::test]
    async fn versions_are_kept_numbered_on_and_summed_up_for_the_audit_log() {
        let (context, _directory) = testing::context();
        let store = context.store.child("documents").unwrap();
        let mut history = FileHistory::open(&context, &store, "doc").unwrap();
        history.append("a.txt", vec![version("one")]).unwrap();
        let mut history = FileHistory::open(&context, &store, "doc").unwrap();
        assert_eq!(history.until_ms(), Some(20));
        history.append("b.txt", vec![version("two")]).unwrap();
        let numbers: Vec<u64> = history.list().unwrap().iter().map(|it| it.version).collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(history.text(2).unwrap().unwrap().text, "two");
        assert_eq!(history.text(3).unwrap(), None);
        let update = |path: &str, version| ("document.update".to_owned(), path.to_owned(), version);
        assert_eq!(told(&context).await, [update("a.txt", 1), update("b.txt", 2)]);
    }

    #[tokio::test]
    async fn a_version_that_could_not_be_kept_leaves_nothing_behind() {
        let (context, directory) = testing::context();
        let store = context.store.child("documents").unwrap();
        let mut history = FileHistory::open(&context, &store, "doc").unwrap();
        history.append("a.txt", vec![version("one")]).unwrap();
        let file = directory.path().join("state/documents/doc.history");
        let sound = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/dev/full", &file).unwrap();
        history.append("a.txt", vec![version("not")]).unwrap_err();
        // A full disk takes a part of it.
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, [sound.as_slice(), &sound[..20]].concat()).unwrap();
        history.append("a.txt", vec![version("two")]).unwrap();
        let numbers: Vec<u64> = history.list().unwrap().iter().map(|it| it.version).collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(history.text(2).unwrap().unwrap().text, "two");
        let told: Vec<u64> = told(&context).await.into_iter().map(|it| it.2).collect();
        assert_eq!(told, [1, 2]);
    }
}
