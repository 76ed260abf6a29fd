//! The loop of one language server: takes what happens, steps, tells, performs. Decides nothing.

use super::exchange::{Exchange, News, Phase};
use super::handle::{Ask, Handle, INBOX_CAPACITY};
use super::known::{Found, Known};
use super::life::{Effect, Event, State, Wish};
use super::server::{Happened, Input, Server};
use super::texts::{OpenTexts, notification};
use super::{Shared, greeting};
use crate::documents::Documents;
use crate::feed::{Change, FileNotice, Looking, What};
use protocol::language::{LanguageServer, LanguageStatus};
use protocol::state::{RuntimeState, SessionStatus};
use serde_json::{Value, json};
use std::future::pending;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stdx::{TaskScope, WorkspacePath};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// A document that takes longer to open is looked for again when somebody asks again.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// After a change, diagnostics are asked for when nothing else changed for this long.
const DIAGNOSTICS_PAUSE: Duration = Duration::from_millis(250);
/// While somebody waits for a server that is not installed, it is looked for this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// One without clients ends after this long.
const LINGER: Duration = Duration::from_mins(3);

pub(super) struct Actor {
    shared: Arc<Shared>,
    known: &'static Known,
    root: WorkspacePath,
    state: State,
    exchange: Exchange,
    server: Option<Server>,
    found: Option<Found>,
    /// Why it is not as it should be.
    trouble: Option<String>,
    publish: watch::Sender<LanguageServer>,
    inbox: mpsc::Sender<Ask>,
    diagnostics_at: Option<Instant>,
    look_at: Option<Instant>,
    end_at: Option<Instant>,
    /// Held while the server runs: it wants to know of changes.
    looking: Option<Looking>,
    /// What its followers live in.
    scope: TaskScope,
}

/// What the loop waits for.
enum Woken {
    Ask(Ask),
    Server(Happened),
    Files(Result<FileNotice, broadcast::error::RecvError>),
    Look,
    Over,
}

/// Starts the actor of a language in a directory.
pub(super) fn spawn(shared: &Arc<Shared>, known: &'static Known, root: WorkspacePath) -> Handle {
    let (inbox, asks) = mpsc::channel(INBOX_CAPACITY);
    let workspace = shared.context.config.root.clone();
    let texts = OpenTexts::new(workspace.clone(), known);
    let publish = watch::Sender::new(blank(shared, known, &root));
    let status = publish.subscribe();
    let actor = Actor {
        shared: Arc::clone(shared),
        known,
        root,
        state: State::Down,
        exchange: Exchange::new(workspace, texts),
        server: None,
        found: None,
        trouble: None,
        publish,
        inbox: inbox.clone(),
        diagnostics_at: None,
        look_at: None,
        end_at: None,
        looking: None,
        scope: shared.scope.child(),
    };
    shared.scope.spawn("language server", actor.run(asks));
    Handle { inbox, status }
}

/// A server that nobody looked for.
pub(super) fn blank(shared: &Shared, known: &Known, root: &WorkspacePath) -> LanguageServer {
    LanguageServer {
        language: known.id.to_owned(),
        name: known.name.to_owned(),
        root: root.as_str().to_owned(),
        workspace_uri: super::place::uri_of(&shared.context.config.root, &WorkspacePath::root()),
        status: LanguageStatus::Idle,
        program: None,
        message: None,
        install: known.install.to_owned(),
        capabilities: None,
    }
}

/// How a program is called: relative to the workspace when it is one of its own.
pub(super) fn program_name(workspace: &Path, found: &Found) -> String {
    let relative = found.program.strip_prefix(workspace).unwrap_or(&found.program);
    relative.to_string_lossy().into_owned()
}

impl Actor {
    async fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        let mut states = self.shared.context.state.subscribe();
        let mut files = self.shared.feed.subscribe();
        self.end_at = Some(Instant::now() + LINGER);
        loop {
            let woken = self.woken(&mut asks, &mut states, &mut files).await;
            if self.take(woken).await {
                break;
            }
            self.look().await;
            self.flush();
            self.tell();
        }
        // Those who follow documents let go of them.
        self.scope.stop();
    }

    async fn woken(
        &mut self,
        asks: &mut mpsc::Receiver<Ask>,
        states: &mut watch::Receiver<Arc<RuntimeState>>,
        files: &mut broadcast::Receiver<FileNotice>,
    ) -> Woken {
        let due = [
            self.state.deadline(),
            self.exchange.deadline(),
            self.diagnostics_at,
            self.look_at,
            self.end_at,
        ];
        let due = due.into_iter().flatten().min();
        let stopping = self.shared.scope.clone();
        let input = self.server.as_ref().map(Server::input);
        tokio::select! {
            () = stopping.stopping() => Woken::Over,
            ask = asked(input, asks) => ask.map_or(Woken::Over, Woken::Ask),
            happened = happened(&mut self.server) => Woken::Server(happened),
            notice = files.recv() => Woken::Files(notice),
            changed = states.changed() => {
                if changed.is_err() { Woken::Over } else { Woken::Look }
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => Woken::Look,
        }
    }

    /// `true`: it is over.
    async fn take(&mut self, woken: Woken) -> bool {
        match woken {
            Woken::Over => return true,
            Woken::Look => {}
            Woken::Ask(ask) => self.asked(ask).await,
            Woken::Server(Happened::Message(message)) => {
                let news = self.exchange.take_from_server(message);
                self.heard(news).await;
            }
            Woken::Server(Happened::Ended(reason)) => self.ended(reason),
            Woken::Files(Ok(FileNotice::Changes(changes))) => self.files_changed(&changes),
            Woken::Files(Ok(FileNotice::Rescan(_)) | Err(_)) => {}
        }
        self.end_at.is_some_and(|it| it <= Instant::now())
    }

    async fn asked(&mut self, ask: Ask) {
        match ask {
            Ask::Join { role, ours, reply } => {
                self.look_at = Some(Instant::now());
                let inbox = self.inbox.clone();
                let status = self.publish.borrow().clone();
                let attachment = self.exchange.join((role, ours), &status, inbox);
                let client = attachment.client;
                if reply.send(attachment).is_err() {
                    self.exchange.leave(client);
                }
            }
            Ask::Message { client, text } => {
                let news = self.exchange.take_from_client(client, &text, Instant::now());
                self.heard(news).await;
            }
            Ask::Leave { client } => self.exchange.leave(client),
            Ask::Call { method, params, reply } => {
                self.exchange.call(method, params, reply, Instant::now());
            }
            Ask::TextChanged => self.text_changed(),
            Ask::TextEnded { path } => {
                let clients = self.exchange.texts.clients_of(&path);
                let closed = self.exchange.texts.close(&path);
                self.exchange.out.extend(closed);
                // It may only have been loaded anew.
                for client in clients {
                    self.open(path.clone(), client).await;
                }
            }
        }
    }

    async fn heard(&mut self, news: News) {
        match news {
            News::Nothing | News::Progress => {}
            News::Open(path, client) => self.open(path, client).await,
            News::Initialized => {
                self.trouble = None;
                self.step(Event::Initialized);
                self.text_changed();
            }
            News::Refused(reason) => self.ended(reason),
            News::Restart => self.step(Event::Restart),
            News::AskDiagnostics => self.diagnostics_at = Some(Instant::now()),
            News::CutOff(client) => self.exchange.leave(client),
        }
    }

    async fn open(&mut self, path: WorkspacePath, client: u64) {
        if self.exchange.texts.joined(&path, client) {
            return;
        }
        let opening = timeout(OPEN_TIMEOUT, text_of(&self.shared.documents, &path));
        // What cannot be a document cannot be asked about, and its page says why.
        let Ok(Some(text)) = opening.await else { return };
        self.exchange.texts.add(path, client, text, (&self.scope, &self.inbox));
        self.text_changed();
    }

    fn text_changed(&mut self) {
        self.exchange.sync();
        let pulls = !self.exchange.capabilities["diagnosticProvider"].is_null();
        if pulls && self.exchange.phase == Phase::Ready {
            self.diagnostics_at = Some(Instant::now() + DIAGNOSTICS_PAUSE);
        }
    }

    fn files_changed(&mut self, changes: &[Change]) {
        if self.exchange.phase != Phase::Ready {
            return;
        }
        let workspace = &self.shared.context.config.root;
        let uri = |it: &WorkspacePath| super::place::uri_of(workspace, it);
        let mut events = Vec::new();
        for change in changes {
            match &change.what {
                What::Created => events.push(json!({"uri": uri(&change.path), "type": 1})),
                What::Modified => events.push(json!({"uri": uri(&change.path), "type": 2})),
                What::Deleted => events.push(json!({"uri": uri(&change.path), "type": 3})),
                What::Renamed { from } => {
                    events.push(json!({"uri": uri(from), "type": 3}));
                    events.push(json!({"uri": uri(&change.path), "type": 1}));
                }
            }
        }
        let saved = changes.iter().filter(|it| it.what == What::Modified);
        let saved: Vec<Value> = saved
            .filter(|it| !self.exchange.texts.clients_of(&it.path).is_empty())
            .map(|it| json!({"textDocument": {"uri": uri(&it.path)}}))
            .collect();
        let out = &mut self.exchange.out;
        out.push(notification("workspace/didChangeWatchedFiles", json!({"changes": events})));
        out.extend(saved.into_iter().map(|it| notification("textDocument/didSave", it)));
    }

    /// The process is gone, or of no use.
    fn ended(&mut self, reason: String) {
        let was_stopping = matches!(self.state, State::Stopping { .. });
        self.server = None;
        self.looking = None;
        self.exchange.ended();
        let wish = self.wish();
        (self.state, _) = self.state.step(Instant::now(), wish, Event::Ended);
        if !was_stopping && wish.session {
            tracing::info!(language = self.known.id, "a language server ended by itself");
            self.trouble = Some(reason);
        }
    }

    fn wish(&self) -> Wish {
        let status = self.shared.context.state.get().status;
        Wish {
            wanted: self.exchange.is_wanted(),
            session: status == SessionStatus::Running,
            installed: self.found.is_some(),
        }
    }

    /// What follows from the time, the session and who is here.
    async fn look(&mut self) {
        let now = Instant::now();
        self.end_at = match (self.exchange.is_empty(), self.end_at) {
            (false, _) => None,
            (true, before) => before.or(Some(now + LINGER)),
        };
        if self.look_at.is_some_and(|it| it <= now) {
            self.find().await;
        }
        self.exchange.expire(now);
        if self.diagnostics_at.is_some_and(|it| it <= now) {
            self.diagnostics_at = None;
            if self.exchange.phase == Phase::Ready {
                self.exchange.ask_diagnostics(now);
            }
        }
        self.step(Event::Look);
    }

    /// Looks for the program, and again later while somebody waits for it.
    async fn find(&mut self) {
        let (known, root) = (self.known, self.root.clone());
        let context = &self.shared.context;
        let by = crate::context::By::kernel();
        let env = context.environment.of(protocol::environment::Use::Setup, &by, &[]);
        let workspace = context.config.root.clone();
        let looked = tokio::task::spawn_blocking(move || known.find(&workspace, &root, &env));
        self.found = looked.await.ok().flatten();
        let waits = self.found.is_none() && self.exchange.has_editors();
        self.look_at = waits.then(|| Instant::now() + LOOK_AGAIN);
    }

    fn step(&mut self, event: Event) {
        let (next, effect) = self.state.step(Instant::now(), self.wish(), event);
        self.state = next;
        match effect {
            None => {}
            Some(Effect::Launch) => self.launch(),
            Some(Effect::Terminate) => {
                self.exchange.phase = Phase::Off;
                if let Some(server) = &self.server {
                    // Whether it still listens or not.
                    server.send(&json!({"jsonrpc": "2.0", "id": "end", "method": "shutdown"}));
                    server.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
                    server.terminate();
                }
            }
            Some(Effect::Kill) => {
                if let Some(server) = &self.server {
                    server.kill();
                }
            }
        }
    }

    fn launch(&mut self) {
        let Some(found) = self.found.clone() else { return };
        let shared = &self.shared;
        let with = (&shared.context, &shared.processes);
        match Server::start(&found, &self.root, with, &self.scope) {
            Ok(server) => {
                self.server = Some(server);
                self.looking = Some(shared.feed.look());
                let greeting = greeting::initialize(&shared.context.config.root, &self.root);
                self.exchange.begin(greeting, Instant::now());
            }
            Err(error) => {
                // It may have been removed meanwhile.
                self.look_at = Some(Instant::now());
                self.ended(error.to_string());
            }
        }
    }

    fn flush(&mut self) {
        let out = std::mem::take(&mut self.exchange.out);
        let Some(server) = &self.server else { return };
        if !out.iter().all(|it| server.send(it)) {
            self.ended("it takes no messages any more".to_owned());
        }
    }

    /// Says what is so by now.
    fn tell(&mut self) {
        let wish = self.wish();
        let status = match self.state {
            State::Starting { .. } => LanguageStatus::Starting,
            State::Ready { .. } => LanguageStatus::Ready,
            State::Failed { .. } => LanguageStatus::Failed,
            State::Stopping { .. } => LanguageStatus::Idle,
            State::Down if !wish.installed => LanguageStatus::NotInstalled,
            State::Down if !wish.session => LanguageStatus::NoSession,
            State::Down => LanguageStatus::Idle,
        };
        let message = match status {
            LanguageStatus::Failed => self.trouble.clone(),
            LanguageStatus::NotInstalled
            | LanguageStatus::NoSession
            | LanguageStatus::Idle
            | LanguageStatus::Starting
            | LanguageStatus::Ready => self.exchange.work().cloned(),
        };
        let workspace = &self.shared.context.config.root;
        let program = self.found.as_ref().map(|it| program_name(workspace, it));
        let capabilities = Some(&self.exchange.capabilities).filter(|it| !it.is_null()).cloned();
        let mut told = blank(&self.shared, self.known, &self.root);
        (told.status, told.message) = (status, message);
        (told.program, told.capabilities) = (program, capabilities);
        if *self.publish.borrow() != told {
            self.exchange.tell_status(&told);
            self.publish.send_replace(told);
        }
    }
}

/// What somebody asks next, once the server has read what was asked before: each document that is
/// opened and closed again is a whole text for it.
async fn asked(input: Option<Input>, asks: &mut mpsc::Receiver<Ask>) -> Option<Ask> {
    if let Some(input) = input {
        input.has_room().await;
    }
    asks.recv().await
}

async fn happened(server: &mut Option<Server>) -> Happened {
    match server {
        Some(server) => server.next().await,
        None => pending().await,
    }
}

async fn text_of(
    documents: &Documents,
    path: &WorkspacePath,
) -> Option<watch::Receiver<document::handle::TextState>> {
    documents.open(path).await.ok()?.1.text().await
}
