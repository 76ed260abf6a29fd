//! A terminal for those who may not see secrets: a second stream that follows the first one.
//!
//! The mirror is a client of the terminal: it gets a screen and goes on with output. Output goes
//! through a [`Filter`] and then onto a screen of its own. What the filter cannot see, a secret that
//! was drawn in parts or wrapped by a line editor, is found on that screen before any client gets
//! it, and clients get the masked screen in place of the output.
//!
//! It lives as long as somebody reads from it.

use crate::filter::Filter;
use crate::frame::Frame;
use crate::screen::Screen;
use crate::session::{Feed, Reader};
use crate::size::{Event, Size};
use crate::stream::Stream;
use protocol::terminal::FromTerminal;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Needles, TaskScope};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// How long what may be the beginning of a secret waits for its end. Programs write a word at once;
/// a person who types one waits no longer to see it moved.
const HOLD: Duration = Duration::from_millis(300);
/// A beginning of at most this many bytes is not masked (`filter.rs`).
const SHOWN_MAX: usize = 2;

/// The handle. Dropped, the mirror ends.
#[derive(Debug)]
pub(crate) struct Mirror {
    pub(crate) feed: Arc<Feed>,
    _alive: oneshot::Sender<Infallible>,
}

impl Mirror {
    /// A mirror that shows what the terminal shows now, and follows it in `scope`.
    pub(crate) fn spawn(
        scope: &TaskScope,
        of: &Arc<Feed>,
        needles: watch::Receiver<Needles>,
    ) -> Arc<Self> {
        let feed = Arc::new(Feed::new(Stream::mirror(&of.lock())));
        let (alive, gone) = oneshot::channel();
        let mut follower = Follower::new(of, &feed, needles);
        follower.catch_up();
        scope.spawn("terminal mirror", follower.run(scope.clone(), gone));
        Arc::new(Self { feed, _alive: alive })
    }
}

struct Follower {
    source: Arc<Feed>,
    reader: Reader,
    feed: Arc<Feed>,
    needles: watch::Receiver<Needles>,
    filter: Filter,
    /// Of the source, as far as it was followed.
    size: Size,
    /// When what is held back is let go.
    due: Option<Instant>,
}

impl Follower {
    fn new(source: &Arc<Feed>, feed: &Arc<Feed>, mut needles: watch::Receiver<Needles>) -> Self {
        let filter = Filter::new(needles.borrow_and_update().clone());
        let size = source.lock().size();
        let reader = Reader::new(source);
        let (source, feed) = (Arc::clone(source), Arc::clone(feed));
        Self { source, reader, feed, needles, filter, size, due: None }
    }

    async fn run(mut self, scope: TaskScope, mut gone: oneshot::Receiver<Infallible>) {
        loop {
            let due = self.due;
            tokio::select! {
                () = scope.stopping() => break,
                _ = &mut gone => return,
                changed = self.needles.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    self.start_over();
                }
                frame = self.reader.next() => match frame {
                    Some(frame) => self.take(frame),
                    None => break,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.release();
                }
            }
        }
        self.feed.update(Stream::close);
    }

    /// Takes what the source has already.
    fn catch_up(&mut self) {
        while let Some(frame) = self.reader.try_next() {
            self.take(frame);
        }
    }

    /// Starts from the source's screen again, because other things are secret now or something was
    /// masked that was none.
    fn start_over(&mut self) {
        self.filter = Filter::new(self.needles.borrow_and_update().clone());
        self.reader = Reader::new(&self.source);
        self.catch_up();
    }

    fn take(&mut self, frame: Frame) {
        match frame {
            Frame::Output { bytes, .. } => {
                let out = self.filter.feed(&bytes);
                if self.filter.is_mistaken() {
                    self.start_over();
                } else {
                    self.show(&out);
                }
            }
            Frame::Screen { offset, bytes } => self.restart(offset, &bytes),
            Frame::Control(control) => self.control(control),
        }
        let held = self.filter.is_holding();
        self.due = self.due.filter(|_| held).or_else(|| held.then(|| Instant::now() + HOLD));
    }

    fn show(&mut self, out: &[u8]) {
        if out.is_empty() {
            return;
        }
        let needles = self.needles.borrow().clone();
        self.feed.update(|stream| {
            let scrolled = stream.screen().scrolled();
            stream.output(out);
            // Queries are answered by the terminal itself.
            stream.take_replies();
            stream.redact(&needles, scrolled);
        });
    }

    fn restart(&mut self, offset: u64, bytes: &[u8]) {
        let needles = self.needles.borrow().clone();
        self.filter = Filter::new(needles.clone());
        let mut screen = Screen::new(self.size.cols, self.size.rows);
        // Titles and links, which are no cells.
        let mut out = self.filter.feed(bytes);
        out.extend(self.filter.release());
        screen.feed(&out);
        screen.take_events();
        screen.redact(&needles, usize::MAX);
        let open = screen.redact_open_end(&needles, SHOWN_MAX);
        self.filter.resume(&open);
        self.feed.update(|stream| stream.restart(offset, self.size, screen));
    }

    fn control(&mut self, control: FromTerminal) {
        match control {
            FromTerminal::Attached { cols, rows, .. } => self.size = Size::clamped(cols, rows),
            FromTerminal::Size { cols, rows, .. } => {
                self.size = Size::clamped(cols, rows);
                self.release();
                let preset = Event::Preset { size: self.size };
                self.feed.update(|stream| stream.size_event(preset));
            }
            FromTerminal::Title { title } => {
                let title = self.needles.borrow().redact(&title).into_owned();
                self.feed.update(|stream| stream.set_title(title));
            }
            FromTerminal::WorkingDirectory { path } => {
                let path = self.needles.borrow().redact(&path).into_owned();
                self.feed.update(|stream| stream.set_working_directory(path));
            }
            FromTerminal::Exit { exit } => {
                self.release();
                self.feed.update(|stream| stream.end(exit));
            }
            // The bell is in the output, the clipboard is not for those who only watch.
            FromTerminal::Bell
            | FromTerminal::Clipboard { .. }
            | FromTerminal::Error { .. }
            | FromTerminal::Pong => {}
        }
    }

    fn release(&mut self) {
        let out = self.filter.release();
        self.show(&out);
        self.due = None;
    }
}
