//! Who asked what: several clients share one server, which knows one.
//!
//! Decides and does no IO but handing messages to clients' queues. What the server is to be told is
//! gathered in `out`.

use super::handle::{Ask, Attachment, Client, Outcome, Texts, document_of};
use super::texts::{OpenTexts, notification};
use axum::extract::ws::Utf8Bytes;
use protocol::header::Role;
use protocol::language::{LanguageServer, RESTART, STATUS};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;
use stdx::WorkspacePath;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Requests of one client that wait for an answer.
const OUTSTANDING_MAX: usize = 32;
/// The same for those who only look: they must not be able to keep a server from others.
const LOOKER_OUTSTANDING_MAX: usize = 8;
/// A server that has not answered a request after this long will not.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// Longest id of a request of a client, in bytes.
const ID_BYTES_MAX: usize = 128;

const CODE_ACTION: &str = "textDocument/codeAction";
const EXECUTE_COMMAND: &str = "workspace/executeCommand";

/// Codes of JSON-RPC and of the Language Server Protocol.
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const REQUEST_FAILED: i64 = -32803;

/// Whether requests reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Off,
    /// They wait until it has started.
    Starting,
    Ready,
}

/// Who waits for an answer.
enum Asker {
    Client {
        number: u64,
        id: Value,
    },
    /// We do, to begin with.
    Initialize,
    Diagnostics(WorkspacePath),
    Call {
        reply: oneshot::Sender<(Outcome, Texts)>,
        texts: Texts,
    },
    /// The same for a command, which answers by the edits that it wants meanwhile.
    Command {
        reply: oneshot::Sender<(Outcome, Texts)>,
        texts: Texts,
        edits: Vec<Value>,
    },
}

struct Pending {
    asker: Asker,
    deadline: Instant,
    cancelled: bool,
}

/// What a message means for the actor.
#[derive(Debug, PartialEq)]
pub(super) enum News {
    Nothing,
    /// A client looks at a document that is not open here.
    Open(WorkspacePath, u64),
    /// The server is ready.
    Initialized,
    /// The server cannot be used.
    Refused(String),
    Restart,
    /// What is wrong with documents is to be asked again.
    AskDiagnostics,
    /// What the server does is something else by now.
    Progress,
    /// A client does not speak the protocol, or takes nothing.
    CutOff(u64),
}

pub(super) struct Exchange {
    root: PathBuf,
    pub(super) phase: Phase,
    pub(super) texts: OpenTexts,
    /// What the server is to be told.
    pub(super) out: Vec<Value>,
    pub(super) capabilities: Value,
    clients: BTreeMap<u64, Client>,
    next_client: u64,
    pending: HashMap<u64, Pending>,
    next_id: u64,
    /// Requests that wait until the server has started.
    held: Vec<Value>,
    /// Clients that wait for the answer to `initialize`.
    greeting: Vec<(u64, Value)>,
    progress: BTreeMap<String, String>,
}

impl Exchange {
    pub(super) fn new(root: PathBuf, texts: OpenTexts) -> Self {
        Self {
            root,
            phase: Phase::Off,
            texts,
            out: Vec::new(),
            capabilities: Value::Null,
            clients: BTreeMap::new(),
            next_client: 1,
            pending: HashMap::new(),
            next_id: 1,
            held: Vec::new(),
            greeting: Vec::new(),
            progress: BTreeMap::new(),
        }
    }

    pub(super) fn join(
        &mut self,
        (role, ours): (Role, bool),
        status: &LanguageServer,
        inbox: mpsc::Sender<Ask>,
    ) -> Attachment {
        let number = self.next_client;
        self.next_client += 1;
        let (client, attachment) = Client::new(number, (role, ours), inbox);
        if ours {
            client.send(frame(&notification(STATUS, json!(status))));
        }
        for path in self.texts.diagnosed_files() {
            client.send(frame(&self.texts.publication(&path)));
        }
        self.clients.insert(number, client);
        attachment
    }

    /// A client is gone: nobody waits for its answers.
    pub(super) fn leave(&mut self, number: u64) {
        if self.clients.remove(&number).is_none() {
            return;
        }
        self.greeting.retain(|it| it.0 != number);
        let closed = self.texts.gone(number);
        self.out.extend(closed);
        let theirs = |it: &Pending| matches!(&it.asker, Asker::Client { number: whose, .. } if *whose == number);
        let mut ids: Vec<u64> =
            self.pending.iter().filter(|it| theirs(it.1)).map(|it| *it.0).collect();
        ids.sort_unstable();
        for id in ids {
            self.pending.remove(&id);
            self.cancel(id);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Whether somebody who may edit has a document open.
    pub(super) fn is_wanted(&self) -> bool {
        let may_edit = |it: u64| self.clients.get(&it).is_some_and(|it| Role::Editor <= it.role);
        self.texts.any_of(may_edit)
    }

    /// Whether somebody who may edit is here.
    pub(super) fn has_editors(&self) -> bool {
        self.clients.values().any(|it| Role::Editor <= it.role)
    }

    /// Takes a message of a client.
    pub(super) fn take_from_client(&mut self, number: u64, text: &str, now: Instant) -> News {
        let Some(role) = self.clients.get(&number).map(|it| it.role) else { return News::Nothing };
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
            return News::CutOff(number);
        };
        let params = message.remove("params").unwrap_or(Value::Null);
        // Answers: we never ask a client anything.
        let Some(Value::String(method)) = message.remove("method") else { return News::Nothing };
        let Some(id) = message.remove("id") else {
            return self.notified(number, role, &method, &params);
        };
        let is_id = id.is_i64() || id.as_str().is_some_and(|it| it.len() <= ID_BYTES_MAX);
        if !is_id {
            return News::CutOff(number);
        }
        match self.request((number, &id), role, (&method, params), now) {
            Ok(()) => News::Nothing,
            Err((code, reason)) => self.answer(number, error(&id, code, reason)),
        }
    }

    fn request(
        &mut self,
        (number, id): (u64, &Value),
        role: Role,
        (method, mut params): (&str, Value),
        now: Instant,
    ) -> Result<(), (i64, &'static str)> {
        if method == "initialize" {
            self.greeting.retain(|it| it.0 != number);
            self.greeting.push((number, id.clone()));
            self.greet();
            return Ok(());
        }
        if method == "shutdown" {
            self.answer(number, result(id, Value::Null));
            return Ok(());
        }
        let least = least(method).ok_or((METHOD_NOT_FOUND, "this is not offered here"))?;
        if role < least {
            return Err((REQUEST_FAILED, "who only looks may ask what things are and where"));
        }
        document_of(&self.root, &params).map_err(|it| (INVALID_PARAMS, it))?;
        if self.phase == Phase::Off {
            return Err((REQUEST_FAILED, "the language server does not run"));
        }
        let most = if role < Role::Editor { LOOKER_OUTSTANDING_MAX } else { OUTSTANDING_MAX };
        let Some(client) = self.clients.get_mut(&number) else { return Ok(()) };
        if most <= client.outstanding {
            return Err((REQUEST_FAILED, "too many requests wait for an answer"));
        }
        client.outstanding += 1;
        if let Some(params) = params.as_object_mut() {
            // Progress is told to nobody by itself, and the tokens of two clients may be the same.
            params.remove("workDoneToken");
            params.remove("partialResultToken");
        }
        let asker = Asker::Client { number, id: id.clone() };
        self.ask(asker, method, params, now);
        Ok(())
    }

    fn notified(&mut self, number: u64, role: Role, method: &str, params: &Value) -> News {
        match method {
            "textDocument/didOpen" => {
                let Ok(Some(path)) = document_of(&self.root, params) else { return News::Nothing };
                if self.texts.joined(&path, number) || !self.texts.is_suited(&path, role) {
                    return News::Nothing;
                }
                News::Open(path, number)
            }
            "textDocument/didClose" => {
                if let Ok(Some(path)) = document_of(&self.root, params) {
                    let closed = self.texts.left(&path, number);
                    self.out.extend(closed);
                }
                News::Nothing
            }
            "$/cancelRequest" => {
                let wanted = &params["id"];
                let is_it = |it: &Pending| matches!(&it.asker, Asker::Client { number: whose, id } if *whose == number && id == wanted);
                // Once: a client must not be able to fill the way to the server.
                let found = self.pending.iter_mut().find(|it| is_it(it.1) && !it.1.cancelled);
                if let Some((&id, pending)) = found {
                    pending.cancelled = true;
                    self.cancel(id);
                }
                News::Nothing
            }
            RESTART if Role::Editor <= role => News::Restart,
            "exit" => News::CutOff(number),
            // Texts are the documents'; the rest means nothing here.
            _ => News::Nothing,
        }
    }

    /// A request of the kernel itself.
    pub(super) fn call(
        &mut self,
        method: &str,
        params: Value,
        reply: oneshot::Sender<(Outcome, Texts)>,
        now: Instant,
    ) {
        if self.phase != Phase::Ready {
            let refused = Err("the language server does not run".to_owned());
            // Whoever asked may have gone.
            drop(reply.send((refused, Texts::new())));
            return;
        }
        let is_command = method == EXECUTE_COMMAND;
        if is_command && self.commanded().is_some() {
            let refused = Err("it is at work on something else; try again".to_owned());
            drop(reply.send((refused, Texts::new())));
            return;
        }
        self.sync();
        let texts = self.texts.sent();
        let asker = if is_command {
            Asker::Command { reply, texts, edits: Vec::new() }
        } else {
            Asker::Call { reply, texts }
        };
        self.ask(asker, method, params, now);
    }

    /// What the command that runs wants to be changed; `None` while none runs.
    fn commanded(&mut self) -> Option<&mut Vec<Value>> {
        self.pending.values_mut().find_map(|it| match &mut it.asker {
            Asker::Command { edits, .. } => Some(edits),
            Asker::Client { .. }
            | Asker::Initialize
            | Asker::Diagnostics(_)
            | Asker::Call { .. } => None,
        })
    }

    /// Asks the server about a document's diagnostics, or all documents'.
    pub(super) fn ask_diagnostics(&mut self, now: Instant) {
        self.sync();
        for (path, uri) in self.texts.list() {
            let waits =
                |it: &Pending| matches!(&it.asker, Asker::Diagnostics(which) if *which == path);
            let before = self.pending.iter().find(|it| waits(it.1)).map(|it| *it.0);
            if let Some(id) = before {
                self.pending.remove(&id);
                self.cancel(id);
            }
            let params = json!({"textDocument": {"uri": uri}});
            self.ask(Asker::Diagnostics(path), "textDocument/diagnostic", params, now);
        }
    }

    fn ask(&mut self, asker: Asker, method: &str, mut params: Value, now: Instant) {
        // What is asked is about the text as it is.
        self.sync();
        if method == CODE_ACTION {
            // And about what the server said is wrong with it, not what a client remembers.
            params["context"]["diagnostics"] = self.texts.diagnostics_in(&params);
        }
        let id = self.next_id;
        self.next_id += 1;
        self.pending
            .insert(id, Pending { asker, deadline: now + ANSWER_TIMEOUT, cancelled: false });
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        let at_once = self.phase == Phase::Ready || method == "initialize";
        if at_once { self.out.push(message) } else { self.held.push(message) }
    }

    /// Brings the server up to date.
    pub(super) fn sync(&mut self) {
        if self.phase == Phase::Ready {
            let changes = self.texts.sync();
            self.out.extend(changes);
        }
    }

    /// Begins with a server that was started just now.
    pub(super) fn begin(&mut self, params: Value, now: Instant) {
        self.phase = Phase::Starting;
        self.texts.forget_sent();
        self.ask(Asker::Initialize, "initialize", params, now);
    }

    /// The server ended: nobody gets an answer any more.
    pub(super) fn ended(&mut self) {
        self.phase = Phase::Off;
        self.capabilities = Value::Null;
        self.out.clear();
        self.held.clear();
        self.progress.clear();
        let diagnosed = self.texts.diagnosed_files();
        self.texts.forget_diagnostics();
        self.texts.forget_sent();
        for path in diagnosed {
            self.publish(&path);
        }
        for (_, pending) in std::mem::take(&mut self.pending) {
            self.fail(pending, "the language server ended");
        }
    }

    /// Gives up on what is not answered in time.
    pub(super) fn expire(&mut self, now: Instant) {
        let late = |it: &Pending| it.deadline <= now && !matches!(it.asker, Asker::Initialize);
        let ids: Vec<u64> = self.pending.iter().filter(|it| late(it.1)).map(|it| *it.0).collect();
        for id in ids {
            if let Some(pending) = self.pending.remove(&id) {
                self.cancel(id);
                self.fail(pending, "the language server does not answer");
            }
        }
    }

    /// When the next request is given up.
    pub(super) fn deadline(&self) -> Option<Instant> {
        // The first answer has a deadline of its own (`life.rs`).
        let later = self.pending.values().filter(|it| !matches!(it.asker, Asker::Initialize));
        later.map(|it| it.deadline).min()
    }

    fn fail(&mut self, pending: Pending, reason: &'static str) {
        match pending.asker {
            Asker::Client { number, id } => {
                self.answered(number);
                self.answer(number, error(&id, REQUEST_FAILED, reason));
            }
            // Whoever asked may have gone.
            Asker::Call { reply, texts } | Asker::Command { reply, texts, .. } => {
                drop(reply.send((Err(reason.to_owned()), texts)));
            }
            Asker::Initialize | Asker::Diagnostics(_) => {}
        }
    }

    fn cancel(&mut self, id: u64) {
        let before = self.held.len();
        self.held.retain(|it| it["id"] != id);
        if before == self.held.len() && self.phase == Phase::Ready {
            self.out.push(notification("$/cancelRequest", json!({"id": id})));
        }
    }

    /// Takes a message of the server.
    pub(super) fn take_from_server(&mut self, message: Value) -> News {
        let Value::Object(mut message) = message else { return News::Nothing };
        let params = message.remove("params").unwrap_or(Value::Null);
        match (message.remove("method"), message.remove("id")) {
            (Some(Value::String(method)), Some(id)) => self.asked(&method, &id, &params),
            (Some(Value::String(method)), None) => self.told(&method, params),
            (None, Some(id)) => {
                let outcome = match message.remove("error") {
                    Some(error) => Err(error),
                    None => Ok(message.remove("result").unwrap_or(Value::Null)),
                };
                self.got(&id, outcome)
            }
            _ => News::Nothing,
        }
    }

    fn got(&mut self, id: &Value, outcome: Result<Value, Value>) -> News {
        let Some(pending) = id.as_u64().and_then(|it| self.pending.remove(&it)) else {
            return News::Nothing;
        };
        match (pending.asker, outcome) {
            (Asker::Client { number, id }, outcome) => {
                self.answered(number);
                self.answer(
                    number,
                    match outcome {
                        Ok(value) => result(&id, value),
                        Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error}),
                    },
                )
            }
            (Asker::Initialize, Ok(mut answer)) => {
                let capabilities = answer.get_mut("capabilities").map(Value::take);
                self.capabilities = capabilities.unwrap_or_default();
                self.ready();
                News::Initialized
            }
            (Asker::Initialize, Err(error)) => News::Refused(said(&error)),
            (Asker::Diagnostics(path), Ok(report)) => {
                self.texts.pulled(&path, report);
                self.publish(&path);
                News::Nothing
            }
            // It was about to change; the next one is asked after the change.
            (Asker::Diagnostics(_), Err(_)) => News::Nothing,
            (Asker::Call { reply, texts }, outcome) => {
                // Whoever asked may have gone.
                drop(reply.send((outcome.map_err(|it| said(&it)), texts)));
                News::Nothing
            }
            (Asker::Command { reply, texts, edits }, outcome) => {
                let outcome = outcome.map(|_| Value::Array(edits)).map_err(|it| said(&it));
                drop(reply.send((outcome, texts)));
                News::Nothing
            }
        }
    }

    fn ready(&mut self) {
        self.phase = Phase::Ready;
        self.out.push(notification("initialized", json!({})));
        self.sync();
        let held = std::mem::take(&mut self.held);
        self.out.extend(held);
        self.greet();
    }

    /// Answers clients that wait to begin.
    fn greet(&mut self) {
        if self.phase != Phase::Ready {
            return;
        }
        for (number, id) in std::mem::take(&mut self.greeting) {
            let answer = json!({"capabilities": self.capabilities});
            self.answer(number, result(&id, answer));
        }
    }

    fn publish(&mut self, path: &WorkspacePath) {
        let text = frame(&self.texts.publication(path));
        self.send_to_all(&text, |_| true);
    }

    pub(super) fn tell_status(&mut self, status: &LanguageServer) {
        let text = frame(&notification(STATUS, json!(status)));
        self.send_to_all(&text, |it| it.ours);
    }

    fn send_to_all(&mut self, text: &Utf8Bytes, which: impl Fn(&Client) -> bool) {
        let slow: Vec<u64> = self
            .clients
            .iter()
            .filter(|it| which(it.1) && !it.1.send(text.clone()))
            .map(|it| *it.0)
            .collect();
        for number in slow {
            self.leave(number);
        }
    }

    fn answered(&mut self, number: u64) {
        if let Some(client) = self.clients.get_mut(&number) {
            client.outstanding = client.outstanding.saturating_sub(1);
        }
    }

    fn answer(&mut self, number: u64, message: Value) -> News {
        let client = self.clients.get(&number);
        let takes = client.is_none_or(|it| it.send(frame(&message)));
        if takes { News::Nothing } else { News::CutOff(number) }
    }
}

/// The least role for a request of a client; `None` for what is not offered.
fn least(method: &str) -> Option<Role> {
    match method {
        "textDocument/hover"
        | "textDocument/definition"
        | "textDocument/declaration"
        | "textDocument/typeDefinition"
        | "textDocument/implementation"
        | "textDocument/references"
        | "textDocument/documentHighlight"
        | "textDocument/documentSymbol"
        | "workspace/symbol" => Some(Role::Viewer),
        "textDocument/completion"
        | "completionItem/resolve"
        | "textDocument/signatureHelp"
        | "textDocument/codeAction"
        | "codeAction/resolve"
        | "textDocument/formatting"
        | "textDocument/rangeFormatting"
        | "textDocument/prepareRename"
        | "textDocument/rename" => Some(Role::Editor),
        _ => None,
    }
}

fn frame(message: &Value) -> Utf8Bytes {
    message.to_string().into()
}

fn result(id: &Value, result: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

fn error(id: &Value, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

/// What a server says about a failure.
fn said(error: &Value) -> String {
    error["message"].as_str().unwrap_or("the language server failed").to_owned()
}

mod wishes;

#[cfg(test)]
mod tests;
