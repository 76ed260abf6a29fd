//! The handle of a terminal and of a client's attachment to it.

use crate::actor::{Actor, Wake};
use crate::frame::Frame;
use crate::mirror::Mirror;
use crate::size::{ClientId, Event, Size};
use crate::stream::{Cursor, Raw, Stream};
use bytes::Bytes;
use protocol::id::TerminalId;
use protocol::state::Exit;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use stdx::{Needles, TaskScope};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};

/// Pieces of input that wait for the program; a person's typing never fills it, a paste into a
/// program that does not read waits in the client.
const INPUT_CAPACITY: usize = 16;
/// Largest piece of input in the queue.
const INPUT_BYTES_MAX: usize = 16 << 10;
/// What a terminal emulator sends by itself when its window is focused or left: no typing.
const FOCUS_REPORTS: [&[u8]; 2] = [b"\x1b[I", b"\x1b[O"];

/// What a terminal starts as.
#[derive(Clone, Debug)]
pub struct Spec {
    pub id: TerminalId,
    pub name: String,
    /// Size before the first client says what it can show; clamped to the protocol's bounds.
    /// The PTY is set to it.
    pub cols: u16,
    pub rows: u16,
    /// Whether programs may write the clients' clipboards (OSC 52).
    pub clipboard: bool,
    /// What is masked for clients that ask for it.
    pub secrets: watch::Receiver<Needles>,
}

/// The operating system's side of a terminal: the master of a PTY.
///
/// Reading ends with `Ok(0)` or an error (Linux: `EIO`) once nobody holds the slave.
pub trait Pty: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    fn resize(&self, cols: u16, rows: u16) -> io::Result<()>;
}

/// What a client asks for when it attaches.
#[derive(Clone, Debug, Default)]
pub struct AttachRequest {
    /// What the client can show; both or none count.
    pub cols: Option<u16>,
    pub rows: Option<u16>,
    /// PTY and offset after the last byte that the client received.
    pub resume: Option<(TerminalId, u64)>,
    /// Neither input nor size of this client counts.
    pub read_only: bool,
    /// Secrets are masked for this client.
    pub redacted: bool,
}

/// What others may know about a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub cols: u16,
    pub rows: u16,
    pub title: String,
    /// Absolute path as the program (OSC 7) or the kernel last said.
    pub working_directory: Option<String>,
    /// Clients attached now, read-only ones included.
    pub attachments: u32,
    /// Set once the process has ended and its output was read.
    pub ended: Option<Exit>,
}

/// The terminal has ended; there is nobody to read input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the terminal has ended; the input was dropped")]
pub struct Ended;

/// Why a client's input did not reach the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    #[error("this attachment is read-only; the input was dropped")]
    ReadOnly,
    #[error("the terminal has ended; the input was dropped")]
    Ended,
}

/// What a reader of the raw output gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    Output {
        offset: u64,
        bytes: Bytes,
    },
    /// The reader was too slow: bytes `from..to` are gone, output goes on at `to`.
    Gap {
        from: u64,
        to: u64,
    },
}

/// One terminal: a PTY, its screen and its clients. Cheap to clone; it lives as long as its
/// process, whoever holds a handle.
#[derive(Clone)]
pub struct Terminal {
    shared: Arc<Shared>,
    input: mpsc::Sender<Bytes>,
}

/// A stream, and whoever waits for it.
#[derive(Debug)]
pub(crate) struct Feed {
    stream: Mutex<Stream>,
    /// Rises whenever a reader of the stream should look again.
    changed: watch::Sender<u64>,
}

impl Feed {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream: Mutex::new(stream), changed: watch::Sender::new(0) }
    }

    /// Runs `change` on the stream, then tells whoever waits for it.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut Stream) -> T) -> T {
        let result = change(&mut self.lock());
        self.tell();
        result
    }

    /// No holder of the lock panics half-way through a change that readers would see.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.changed.send_modify(|it| *it += 1);
    }
}

/// Reads frames at its own pace.
pub(crate) struct Reader {
    feed: Arc<Feed>,
    cursor: Cursor,
    changed: watch::Receiver<u64>,
}

impl Reader {
    /// A reader that gets a screen first, and changes nothing by looking.
    pub(crate) fn new(feed: &Arc<Feed>) -> Self {
        Self::at(feed, None, true)
    }

    fn at(feed: &Arc<Feed>, resume: Option<&(TerminalId, u64)>, read_only: bool) -> Self {
        let changed = feed.changed.subscribe();
        let cursor = feed.lock().cursor(resume, read_only);
        Self { feed: Arc::clone(feed), cursor, changed }
    }

    /// What there is already.
    pub(crate) fn try_next(&mut self) -> Option<Frame> {
        self.feed.lock().next(&mut self.cursor)
    }

    /// The next frame; `None` after the last one. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            self.changed.mark_unchanged();
            {
                let mut stream = self.feed.lock();
                if let Some(frame) = stream.next(&mut self.cursor) {
                    return Some(frame);
                }
                if stream.is_over(&self.cursor) {
                    return None;
                }
            }
            self.changed.changed().await.ok()?;
        }
    }
}

/// What handles, attachments and the actor have in common.
pub(crate) struct Shared {
    id: TerminalId,
    name: String,
    feed: Arc<Feed>,
    summary: watch::Sender<Summary>,
    /// Tells the actor that the size changed.
    pub(crate) wake: Wake,
    next_client: AtomicU64,
    secrets: watch::Receiver<Needles>,
    /// The one that there is while somebody reads from it.
    mirror: Mutex<Weak<Mirror>>,
    scope: TaskScope,
}

impl Shared {
    /// Runs `change` on the stream, then tells whoever waits for it.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut Stream) -> T) -> T {
        let mut stream = self.lock();
        let result = change(&mut stream);
        let summary = summary(&stream);
        drop(stream);
        self.summary.send_if_modified(|it| {
            let modified = *it != summary;
            *it = summary;
            modified
        });
        self.feed.tell();
        result
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Stream> {
        self.feed.lock()
    }

    /// The mirror; `None` while nothing is secret.
    fn mirror(&self) -> Option<Arc<Mirror>> {
        if self.secrets.borrow().is_empty() {
            return None;
        }
        let mut mirror = self.mirror.lock().unwrap_or_else(PoisonError::into_inner);
        Some(mirror.upgrade().unwrap_or_else(|| {
            let new = Mirror::spawn(&self.scope, &self.feed, self.secrets.clone());
            *mirror = Arc::downgrade(&new);
            new
        }))
    }

    fn size_event(&self, event: Event) {
        if self.update(|stream| stream.size_event(event)) {
            self.wake.notify_one();
        }
    }
}

impl Terminal {
    /// Starts the actor in `scope`. `exit` resolves when the process of the terminal was reaped;
    /// what it wrote before is still read, for a short bounded time when a background job holds
    /// the terminal open. When the scope stops, clients' streams end without an `Exit` frame.
    pub fn spawn(
        scope: &TaskScope,
        spec: Spec,
        pty: impl Pty,
        exit: impl Future<Output = Exit> + Send + 'static,
    ) -> Self {
        let size = Size::clamped(spec.cols, spec.rows);
        let stream = Stream::new(spec.id.clone(), spec.name.clone(), size, spec.clipboard);
        let shared = Arc::new(Shared {
            id: spec.id,
            name: spec.name,
            summary: watch::Sender::new(summary(&stream)),
            feed: Arc::new(Feed::new(stream)),
            wake: Wake::default(),
            next_client: AtomicU64::new(0),
            secrets: spec.secrets,
            mirror: Mutex::default(),
            scope: scope.clone(),
        });
        let (input, inbox) = mpsc::channel(INPUT_CAPACITY);
        let actor = Actor::new(Arc::clone(&shared), pty, inbox);
        scope.spawn("terminal", actor.run(scope.clone(), exit));
        Self { shared, input }
    }

    pub fn id(&self) -> &TerminalId {
        &self.shared.id
    }

    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Adds a client. Dropping the attachment detaches it.
    pub fn attach(&self, request: AttachRequest) -> Attachment {
        let shared = &self.shared;
        let client = shared.next_client.fetch_add(1, Ordering::Relaxed);
        let size = request.cols.zip(request.rows).map(|(cols, rows)| Size::clamped(cols, rows));
        let read_only = request.read_only;
        shared.size_event(Event::Attach { client, size, read_only });
        let mirror = if request.redacted { shared.mirror() } else { None };
        let feed = mirror.as_ref().map_or(&shared.feed, |it| &it.feed);
        Attachment {
            shared: Arc::clone(shared),
            input: self.input.clone(),
            client,
            reader: Reader::at(feed, request.resume.as_ref(), read_only),
            redacted: request.redacted,
            mirror,
            read_only,
        }
    }

    /// Input that comes from no attachment (`POST …/input`); waits while the program does not
    /// read. When dropped half-way, a prefix has been sent.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), Ended> {
        send(&self.input, bytes).await
    }

    /// What others may know, changing when it changes (output alone does not change it).
    pub fn summary(&self) -> watch::Receiver<Summary> {
        self.shared.summary.subscribe()
    }

    /// Number of output bytes so far.
    pub fn offset(&self) -> u64 {
        self.shared.lock().offset()
    }

    /// Scrollback tail and screen as plain text, without trailing blanks.
    pub fn text(&self) -> String {
        self.shared.lock().text()
    }

    /// The same with secrets masked.
    pub fn redacted_text(&self) -> String {
        let text = self.text();
        self.shared.secrets.borrow().redact_cut(&text).into_owned()
    }

    /// The raw output from `from` on; from the oldest byte that is kept for `None`.
    pub fn subscribe_output(&self, from: Option<u64>) -> OutputReader {
        let changed = self.shared.feed.changed.subscribe();
        let offset = self.shared.lock().raw_start(from);
        OutputReader { shared: Arc::clone(&self.shared), offset, changed }
    }

    /// The kernel's view of the foreground process's directory.
    pub fn set_working_directory(&self, path: String) {
        self.shared.update(|stream| stream.set_working_directory(path));
    }

    /// Whether programs may write the clients' clipboards from here on.
    pub fn set_clipboard(&self, allowed: bool) {
        self.shared.update(|stream| stream.set_clipboard(allowed));
    }

    /// Sets the size of a terminal on which no client decides.
    pub fn resize(&self, cols: u16, rows: u16) {
        self.shared.size_event(Event::Preset { size: Size::clamped(cols, rows) });
    }
}

/// One client of a terminal. Detaches on drop.
pub struct Attachment {
    shared: Arc<Shared>,
    input: mpsc::Sender<Bytes>,
    client: ClientId,
    reader: Reader,
    redacted: bool,
    /// Keeps it going.
    mirror: Option<Arc<Mirror>>,
    read_only: bool,
}

impl Attachment {
    /// The next frame, in stream order; `None` after the `Exit` frame, or when the kernel stops.
    /// The first one is `Attached`. Cancel-safe. Under a flood, frames grow to 64 KiB.
    pub async fn next(&mut self) -> Option<Frame> {
        self.reader.next().await
    }

    /// Resolves when this client must attach anew to be shown what it may see: secrets are masked
    /// for it, and there was none when it attached.
    pub fn outdated(&self) -> impl Future<Output = ()> + Send + use<> {
        let awaits = self.redacted && self.mirror.is_none();
        let mut secrets = self.shared.secrets.clone();
        async move {
            if !awaits || secrets.wait_for(|it| !it.is_empty()).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Input as typed; waits while the program does not read. When dropped half-way, a prefix has
    /// been sent. Output can be awaited meanwhile through [`Self::input_handle`].
    pub async fn input(&self, bytes: &[u8]) -> Result<(), InputError> {
        self.input_handle().send(bytes).await
    }

    /// For typing and resizing while another task, or another branch, awaits [`Self::next`].
    pub fn input_handle(&self) -> InputHandle {
        InputHandle {
            shared: Arc::clone(&self.shared),
            input: self.input.clone(),
            client: self.client,
            read_only: self.read_only,
        }
    }

    /// What this client can show from here on; clamped to the protocol's bounds.
    pub fn resize(&self, cols: u16, rows: u16) {
        let size = Size::clamped(cols, rows);
        self.shared.size_event(Event::Resize { client: self.client, size });
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.shared.size_event(Event::Detach { client: self.client });
    }
}

/// The client's side of an [`Attachment`]: typing and resizing. Does not keep it attached.
#[derive(Clone)]
pub struct InputHandle {
    shared: Arc<Shared>,
    input: mpsc::Sender<Bytes>,
    client: ClientId,
    read_only: bool,
}

impl InputHandle {
    /// See [`Attachment::input`].
    pub async fn send(&self, bytes: &[u8]) -> Result<(), InputError> {
        if self.read_only {
            return Err(InputError::ReadOnly);
        }
        if !FOCUS_REPORTS.contains(&bytes) {
            self.shared.size_event(Event::Typed { client: self.client });
        }
        send(&self.input, bytes).await.map_err(|Ended| InputError::Ended)
    }

    /// See [`Attachment::resize`].
    pub fn resize(&self, cols: u16, rows: u16) {
        let size = Size::clamped(cols, rows);
        self.shared.size_event(Event::Resize { client: self.client, size });
    }
}

/// Reads the raw output at its own pace.
pub struct OutputReader {
    shared: Arc<Shared>,
    offset: u64,
    changed: watch::Receiver<u64>,
}

impl OutputReader {
    /// The next chunk, at most 64 KiB; `None` once the terminal ended and everything was read.
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<Chunk> {
        loop {
            self.changed.mark_unchanged();
            {
                let stream = self.shared.lock();
                match stream.next_raw(&mut self.offset) {
                    Some(Raw::Output { offset, bytes }) => {
                        return Some(Chunk::Output { offset, bytes });
                    }
                    Some(Raw::Gap { from, to }) => return Some(Chunk::Gap { from, to }),
                    None if stream.is_done() => return None,
                    None => {}
                }
            }
            self.changed.changed().await.ok()?;
        }
    }
}

async fn send(queue: &mpsc::Sender<Bytes>, bytes: &[u8]) -> Result<(), Ended> {
    for piece in bytes.chunks(INPUT_BYTES_MAX) {
        queue.send(Bytes::copy_from_slice(piece)).await.map_err(|_| Ended)?;
    }
    Ok(())
}

fn summary(stream: &Stream) -> Summary {
    let Size { cols, rows } = stream.size();
    Summary {
        cols,
        rows,
        title: stream.title().to_owned(),
        working_directory: stream.working_directory().map(str::to_owned),
        attachments: u32::try_from(stream.attachments()).unwrap_or(u32::MAX),
        ended: stream.ended(),
    }
}
