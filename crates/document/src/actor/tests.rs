//! The loop over a disk and a log that do as they are told.

use super::*;
use crate::document::{Options, Save, SaveOutcome, hash};
use crate::presence::Person;
use crate::replica::Lineage;
use crate::timeline::Version;
use protocol::document::{Contributor, DocumentVersion, DocumentVersionText};
use std::io;
use std::sync::Mutex;

/// What the file is, and whether anything is kept.
#[derive(Clone, Default)]
struct Script {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    file: Mutex<Vec<u8>>,
    path: Mutex<String>,
    /// The disk of the log is full.
    full: watch::Sender<bool>,
    /// How often something was to be kept.
    appends: watch::Sender<u64>,
}

impl Disk for Script {
    fn look(&self) -> Work<Look> {
        let bytes = self.shared.file.lock().unwrap().clone();
        Box::pin(async {
            let author = Contributor::default();
            Look::File { bytes, author, changed_ms: u64::MAX, began_ms: None, is_cut: false }
        })
    }

    fn save(&self, save: Save) -> Work<Saved> {
        let mut file = self.shared.file.lock().unwrap();
        let outcome = if hash(&file) == save.expected {
            *file = save.bytes;
            SaveOutcome::Written
        } else {
            SaveOutcome::Changed
        };
        Box::pin(async move { Saved::Done(outcome) })
    }

    fn moved(&mut self, path: &str) {
        path.clone_into(&mut self.shared.path.lock().unwrap());
    }
}

impl Log for Script {
    fn append(&mut self, _bytes: &[u8]) -> io::Result<()> {
        self.shared.appends.send_modify(|it| *it += 1);
        if *self.shared.full.borrow() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn replace(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn length(&self) -> u64 {
        0
    }

    fn put_away(&mut self) {}
}

impl History for Script {
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

fn open(scope: &TaskScope, script: &Script) -> Handle {
    let bytes = script.shared.file.lock().unwrap().clone();
    let names = (Lineage::from_number(1), 0);
    let document = Document::create(Options { diff_timeout: None }, names, &bytes, clock::now_ms());
    let opening = Opening {
        id: "doc".to_owned(),
        path: "a.txt".to_owned(),
        document: document.unwrap(),
        disk: script.clone(),
        log: script.clone(),
        history: Box::new(script.clone()),
        read_only: None,
        encoding: None,
    };
    spawn(scope, opening)
}

#[tokio::test(start_paused = true)]
async fn what_happens_to_the_file_while_the_log_is_stuck_is_known_afterwards() {
    let (scope, script) = (TaskScope::default(), Script::default());
    script.shared.full.send_replace(true);
    let handle = open(&scope, &script);
    // What it begins with cannot be kept, so it takes no commands.
    script.shared.appends.subscribe().wait_for(|it| 1 < *it).await.unwrap();
    for _ in 0..=INBOX_CAPACITY {
        handle.changed();
    }
    handle.renamed("b.txt");
    *script.shared.file.lock().unwrap() = b"another\n".to_vec();
    script.shared.full.send_replace(false);
    let mut text = handle.text().await.unwrap();
    text.wait_for(|it| &*it.text == "another\n").await.unwrap();
    assert_eq!(*script.shared.path.lock().unwrap(), "b.txt");
    handle.deleted();
    handle.closed().await;
    assert!(scope.shutdown(Duration::from_secs(1)).await);
}

#[tokio::test(start_paused = true)]
async fn a_document_whose_log_is_stuck_ends_when_everything_ends() {
    let (scope, script) = (TaskScope::default(), Script::default());
    script.shared.full.send_replace(true);
    let handle = open(&scope, &script);
    script.shared.appends.subscribe().wait_for(|it| 1 < *it).await.unwrap();
    assert!(scope.shutdown(Duration::from_secs(1)).await);
    handle.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_text_that_nobody_watches_any_more_is_not_copied() {
    let (scope, script) = (TaskScope::default(), Script::default());
    let handle = open(&scope, &script);
    let text = handle.text().await.unwrap();
    let weak = Arc::downgrade(&text.borrow().text);
    assert!(weak.upgrade().is_some());
    drop(text);
    // Whatever comes next.
    handle.conflicts().await.unwrap();
    let attachment = handle.attach(Person::default(), true).await.unwrap();
    assert_eq!(weak.upgrade(), None);
    drop(attachment);
    scope.shutdown(Duration::from_secs(1)).await;
}
