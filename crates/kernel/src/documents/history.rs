//! The history of a document: a file in the state directory, and its summary in the audit log.

use crate::context::{By, Context};
use crate::outbox::Fact;
use crate::store::Store;
use document::history;
use document::limits::TEXT_BYTES_MAX;
use document::timeline::Version;
use protocol::audit::verb;
use protocol::channel::AuthorKind;
use protocol::document::{DocumentVersion, DocumentVersionText};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io::{self, Write as _};

/// Longest history that is read, in bytes; what is kept is shorter.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The history of one document.
pub(super) struct FileHistory {
    context: Context,
    store: Store,
    name: String,
    /// Number of the last version, and when it ended.
    last: Option<(u64, u64)>,
}

impl FileHistory {
    /// Opens the history of `id`, which need not be there yet. What a crash tore is cut off.
    pub(super) fn open(context: &Context, store: &Store, id: &str) -> io::Result<Self> {
        let name = format!("{id}.history");
        let (context, store) = (context.clone(), store.clone());
        let mut history = Self { context, store, name, last: None };
        let bytes = history.bytes()?;
        let (entries, sound) = history::read(&bytes);
        if sound < bytes.len() {
            history.store.write_bytes(&history.name, &bytes[..sound])?;
        }
        history.last = entries.last().map(|it| (it.version.version, it.version.until_ms));
        Ok(history)
    }

    /// When the last version ended.
    pub(super) fn until_ms(&self) -> Option<u64> {
        self.last.map(|it| it.1)
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        Ok(self.store.read_bytes(&self.name, BYTES_MAX)?.unwrap_or_default())
    }

    /// Who wrote, for the audit log: one entry for each person, never what was written.
    fn note(&self, path: &str, version: &DocumentVersion, text: &str) {
        let mut sha256 = String::with_capacity(64);
        for byte in Sha256::digest(text.as_bytes()) {
            write!(sha256, "{byte:02x}").expect("a string takes everything");
        }
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
        let mut number = self.last.map_or(0, |it| it.0);
        for version in &versions {
            number += 1;
            let head = history::write(&mut frames, number, version);
            self.note(path, &head, &version.text);
            self.last = Some((number, version.until_ms));
        }
        let mut file = self.store.append(&self.name)?;
        file.write_all(&frames)?;
        if let Some(short) = history::thinned(&self.bytes()?) {
            self.store.write_bytes(&self.name, &short)?;
        }
        Ok(())
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

    // covers: S0.52, U0.12
    #[tokio::test]
    async fn versions_are_kept_numbered_on_and_summed_up_for_the_audit_log() {
        let (context, _directory) = testing::context();
        let store = context.store.child("documents").unwrap();
        let author = Contributor {
            kind: AuthorKind::Person,
            principal: Some("usr_ada".to_owned()),
            ..Contributor::default()
        };
        let authors = vec![VersionAuthor { author, added: 5, removed: 2 }];
        let version = |text: &str| Version {
            from_ms: 10,
            until_ms: 20,
            authors: authors.clone(),
            text: text.into(),
        };
        let mut history = FileHistory::open(&context, &store, "doc").unwrap();
        history.append("a.txt", vec![version("one")]).unwrap();
        let mut history = FileHistory::open(&context, &store, "doc").unwrap();
        assert_eq!(history.until_ms(), Some(20));
        history.append("b.txt", vec![version("two")]).unwrap();
        let numbers: Vec<u64> = history.list().unwrap().iter().map(|it| it.version).collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(history.text(2).unwrap().unwrap().text, "two");
        assert_eq!(history.text(3).unwrap(), None);
        let collect = Collect { outbox: None, after: 0 };
        let collected = context.outbox.collect(&collect, &context.scope).await;
        let told: Vec<(&str, Option<&str>)> =
            collected.entries.iter().map(|it| (it.verb.as_str(), it.object.as_deref())).collect();
        assert_eq!(told, [("document.update", Some("a.txt")), ("document.update", Some("b.txt"))]);
        let entry = &collected.entries[1];
        assert_eq!(entry.principal.as_deref(), Some("usr_ada"));
        assert_eq!((&entry.details["version"], &entry.details["bytes"]), (&2.into(), &3.into()));
    }
}
