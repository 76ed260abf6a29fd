//! Opening a document: its file, its log, and what happened to either while nobody looked.

use super::disk::FileDisk;
use super::history::{FileHistory, NoHistory};
use super::log::{FileLog, NoLog};
use super::{Documents, OPEN_MAX, OpenError, Opened};
use crate::blocking::blocking;
use crate::context::{By, Context};
use crate::files::Files;
use crate::store::Store;
use document::actor::Opening;
use document::bases::Evidence;
use document::document::{Options, hash};
use document::format::{self, NotText};
use document::handle::{Handle, History, Look};
use document::limits::OPEN_BYTES_MAX;
use document::record::{self, Record};
use document::replica::Lineage;
use document::{Document, actor};
use protocol::document::{Contributor, ReadOnly};
use protocol::event::EventKind;
use std::time::Duration;
use stdx::{WorkspacePath, clock};
use tokio::time::{Instant, sleep_until};

/// Time for one comparison of two texts.
const DIFF_TIMEOUT: Duration = Duration::from_millis(500);
/// A file that somebody is writing is looked at again this often, after this long.
const BUSY_TRIES: usize = 60;
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Everything that a document begins with.
struct Begun {
    document: Document,
    disk: FileDisk,
    log: Option<FileLog>,
    history: Option<FileHistory>,
    read_only: Option<ReadOnly>,
    encoding: Option<String>,
    /// The log could not be read and was put aside.
    damaged: bool,
}

/// What is needed to begin.
#[derive(Clone)]
struct Beginning {
    context: Context,
    files: Files,
    store: Store,
    path: WorkspacePath,
    id: String,
    /// Nothing is known of it, and nothing can be lost.
    is_new: bool,
    /// When the kernel began after one that died while this document was open, and everything in the
    /// workspace with it; in milliseconds since 1970.
    died_ms: Option<u64>,
    since: Instant,
    options: Options,
    /// Makes the client id unique.
    number: u32,
}

impl Documents {
    pub(super) async fn open_anew(&self, path: &WorkspacePath) -> Result<Handle, OpenError> {
        let (id, is_new, number) = self.name(path)?;
        let options = Options { diff_timeout: Some(DIFF_TIMEOUT) };
        let beginning = Beginning {
            context: self.shared.context.clone(),
            files: self.shared.files.clone(),
            store: self.shared.store.clone(),
            path: path.clone(),
            id: id.clone(),
            is_new,
            died_ms: self.table().left_open.contains(&id).then_some(self.shared.start_ms),
            since: Instant::now(),
            options,
            number,
        };
        // From here on changes are told; what happened before is seen by the look.
        let looking = self.shared.feed.look();
        let mut begun = begin(beginning).await?;
        self.table().left_open.remove(&id);
        if begun.damaged {
            let message = format!(
                "the history of `{path}` could not be read and was put aside; the document begins \
                 anew with what is in the file"
            );
            let kind = EventKind::Diagnostic { code: "document_damaged".to_owned(), message };
            self.shared.context.emit(&By::kernel(), kind);
        }
        if begun.log.is_some() {
            if is_new {
                self.table().index.insert(path, &id);
            }
            if let Some(log) = &mut begun.log {
                log.mark_open()?;
            }
            // Nor may it be shown when somebody else named it and did not come so far.
            if !self.table().index.is_durable(&id) {
                self.write_index().await?;
            }
        }
        let handle = self.spawn(path, &id, begun);
        let mut table = self.table();
        table.looking.get_or_insert(looking);
        table.open.insert(path.clone(), Opened { id, handle: handle.clone() });
        drop(table);
        self.shared.opened.notify_one();
        Ok(handle)
    }

    /// The name of the document at `path`, whether it is a new one, and a number for the client id.
    fn name(&self, path: &WorkspacePath) -> Result<(String, bool, u32), OpenError> {
        let mut table = self.table();
        table.open.retain(|_, it| !it.handle.is_closed());
        if OPEN_MAX <= table.open.len() {
            return Err(OpenError::TooMany);
        }
        table.opened = table.opened.wrapping_add(1);
        let number = table.opened;
        Ok(match table.index.get(path) {
            Some(id) => (id, false, number),
            None => (format!("doc_{:032x}", stdx::random::bits()), true, number),
        })
    }

    fn spawn(&self, path: &WorkspacePath, id: &str, begun: Begun) -> Handle {
        let scope = &self.shared.scope;
        let Begun { document, disk, log, history, read_only, encoding, .. } = begun;
        let (id, path) = (id.to_owned(), path.as_str().to_owned());
        let history: Box<dyn History> = match history {
            Some(history) => Box::new(history),
            None => Box::new(NoHistory),
        };
        if let Some(log) = log {
            let opening = Opening { id, path, document, disk, log, history, read_only, encoding };
            actor::spawn(scope, opening)
        } else {
            let log = NoLog;
            let opening = Opening { id, path, document, disk, log, history, read_only, encoding };
            actor::spawn(scope, opening)
        }
    }
}

async fn begin(beginning: Beginning) -> Result<Begun, OpenError> {
    for _ in 0..BUSY_TRIES {
        let next = beginning.clone();
        match blocking(move || next.begin()).await {
            Err(OpenError::Busy) => sleep_until(Instant::now() + BUSY_PAUSE).await,
            done => return done,
        }
    }
    Err(OpenError::Busy)
}

impl Beginning {
    /// Blocking.
    fn begin(&self) -> Result<Begun, OpenError> {
        // Half of a text would be taken for the other half deleted.
        let busy_since = (!self.is_new).then_some(self.since.into_std());
        let parts = (&self.files, &self.context.endings);
        let disk = FileDisk::new(parts, &self.path, (&self.id, None), busy_since);
        let (bytes, evidence) = match disk.look_now() {
            Look::File { bytes, changed_ms, is_cut, .. } => {
                (bytes, self.evidence(changed_ms, is_cut))
            }
            Look::Same | Look::Busy | Look::Reencoded => return Err(OpenError::Busy),
            Look::Missing => return Err(OpenError::NotFound),
            Look::TooLarge => return Err(OpenError::TooLarge),
            Look::Unreadable => return Err(OpenError::NotText),
        };
        if OPEN_BYTES_MAX < bytes.len() {
            return Err(OpenError::TooLarge);
        }
        match format::decode(&bytes) {
            Ok(_) => self.of_text(disk, (&bytes, evidence)),
            Err(NotText::Binary) => Err(OpenError::NotText),
            Err(NotText::Encoding(label)) => self.of_encoding(&bytes, label),
        }
    }

    fn evidence(&self, changed_ms: u64, is_cut: bool) -> Evidence {
        let died_in_between = self.died_ms.is_some_and(|it| changed_ms <= it);
        let changed_ms = changed_ms.min(clock::now_ms());
        Evidence { is_cut: is_cut || died_in_between, ..Evidence::after_loading(changed_ms) }
    }

    /// A text of another encoding is shown, and nothing of it is kept.
    fn of_encoding(&self, bytes: &[u8], label: &str) -> Result<Begun, OpenError> {
        let text = format::convert(bytes, label).ok_or(OpenError::NotText)?;
        if text.contains('\0') {
            return Err(OpenError::NotText);
        }
        let named = (self.id.as_str(), Some(label.to_owned()));
        let parts = (&self.files, &self.context.endings);
        let disk = FileDisk::new(parts, &self.path, named, None);
        let document = self.create(text.as_bytes())?;
        let encoding = Some(label.to_owned());
        let read_only = Some(ReadOnly::Encoding);
        let (log, history) = (None, None);
        Ok(Begun { document, disk, log, history, read_only, encoding, damaged: false })
    }

    fn create(&self, bytes: &[u8]) -> Result<Document, OpenError> {
        let names = (Lineage::random(), self.number);
        Document::create(self.options, names, bytes, clock::now_ms())
            .map_err(|_| OpenError::NotText)
    }

    fn of_text(
        &self,
        disk: FileDisk,
        (bytes, evidence): (&[u8], Evidence),
    ) -> Result<Begun, OpenError> {
        let read_only = self.files.is_write_protected(&self.path).then_some(ReadOnly::Permissions);
        let (mut log, kept) = FileLog::open(&self.store, &self.id)?;
        let (records, sound) = record::read(&kept);
        if sound < kept.len() {
            tracing::warn!(document = self.id, "the log of a document was torn, and is cut");
            log.cut(sound as u64)?;
        }
        if let Some(meant) = record::meant(&records)
            && self.files.put_back(&self.path, &self.id, &meant)
        {
            // The file is another one; it is read again.
            return Err(OpenError::Busy);
        }
        let mut damaged = false;
        let history = FileHistory::open(&self.context, &self.store, &self.id)?;
        let loaded = self.load(records, (bytes, evidence), history.until_ms())?;
        let document = match loaded {
            Some(document) => document,
            None if sound == 0 => self.create(bytes)?,
            None => {
                damaged = true;
                drop(log);
                FileLog::put_aside(&self.store, &self.id)?;
                (log, _) = FileLog::open(&self.store, &self.id)?;
                self.create(bytes)?
            }
        };
        let (log, history) = (Some(log), Some(history));
        Ok(Begun { document, disk, log, history, read_only, encoding: None, damaged })
    }

    /// The document of a log, with what is in the file. `None`: the log has none, or is damaged.
    fn load(
        &self,
        records: Vec<Record>,
        (bytes, evidence): (&[u8], Evidence),
        versions_until_ms: Option<u64>,
    ) -> Result<Option<Document>, OpenError> {
        let Ok(mut document) = Document::load(self.options, self.number, records) else {
            return Ok(None);
        };
        document.resume_timeline(versions_until_ms);
        let now_ms = clock::now_ms();
        let text = format::decode(bytes).map_err(|_| OpenError::NotText)?.0;
        document.settle(now_ms, &hash(bytes), Some(&text));
        let process = Contributor::default();
        document.found(now_ms, bytes, &process, evidence).map_err(|_| OpenError::NotText)?;
        Ok(Some(document))
    }
}
