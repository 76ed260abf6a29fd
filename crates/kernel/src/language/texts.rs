//! The documents that a server has open, and what it says is wrong with files.
//!
//! The texts come from the live documents and from nowhere else: what several people type reaches the
//! server once, merged.

use super::handle::{Ask, Texts};
use super::known::Known;
use super::place::{change, path_of, uri_of};
use document::handle::TextState;
use protocol::header::Role;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use stdx::{TaskScope, WorkspacePath};
use tokio::sync::{mpsc, oneshot, watch};

/// Documents that a server has open at once.
const OPEN_MAX: usize = 128;
/// Bytes of all of them when one more is opened: a server that starts anew gets them all at once.
const OPEN_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Larger texts are left out: nobody wrote them by hand, and a server would be busy for minutes.
const TEXT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Files with diagnostics, and diagnostics of one file, that are kept.
const DIAGNOSED_MAX: usize = 1_000;
const DIAGNOSTICS_MAX: usize = 500;

/// A document that a server has open.
struct OpenText {
    uri: String,
    kind: &'static str,
    text: watch::Receiver<TextState>,
    /// What the server has.
    sent: Option<Arc<str>>,
    version: u64,
    clients: HashSet<u64>,
    /// Dropped, nobody follows the document any more.
    _following: oneshot::Sender<()>,
}

/// What a server said about one file: by itself, and when it was asked.
#[derive(Default)]
struct Diagnosed {
    pushed: Vec<Value>,
    pulled: Vec<Value>,
}

pub(super) struct OpenTexts {
    root: PathBuf,
    known: &'static Known,
    open: BTreeMap<WorkspacePath, OpenText>,
    diagnosed: HashMap<WorkspacePath, Diagnosed>,
}

impl OpenTexts {
    pub(super) fn new(root: PathBuf, known: &'static Known) -> Self {
        Self { root, known, open: BTreeMap::new(), diagnosed: HashMap::new() }
    }

    /// A client looks at a document that is open here. `false`: it is not.
    pub(super) fn joined(&mut self, path: &WorkspacePath, client: u64) -> bool {
        let Some(open) = self.open.get_mut(path) else { return false };
        open.clients.insert(client);
        true
    }

    /// Whether a document of this name could be opened. Those who only look leave room for others.
    pub(super) fn is_suited(&self, path: &WorkspacePath, role: Role) -> bool {
        let share = if role < Role::Editor { 2 } else { 1 };
        let bytes: usize = self.open.values().map(|it| it.text.borrow().text.len()).sum();
        self.open.len() < OPEN_MAX / share
            && bytes < OPEN_BYTES_MAX / share
            && self.known.kind_of(path).is_some()
    }

    /// Takes over a document, and follows it.
    pub(super) fn add(
        &mut self,
        path: WorkspacePath,
        client: u64,
        text: watch::Receiver<TextState>,
        (scope, inbox): (&TaskScope, &mpsc::Sender<Ask>),
    ) {
        let Some(kind) = self.known.kind_of(&path) else { return };
        if TEXT_BYTES_MAX < text.borrow().text.len() {
            return;
        }
        let (following, let_go) = oneshot::channel();
        let (followed, inbox, name) = (text.clone(), inbox.clone(), path.clone());
        scope.spawn("language text", async move {
            tokio::select! {
                _ = let_go => {}
                () = follow(followed, name, inbox) => {}
            }
        });
        let open = OpenText {
            uri: uri_of(&self.root, &path),
            kind,
            text,
            sent: None,
            version: 0,
            clients: HashSet::from([client]),
            _following: following,
        };
        self.open.insert(path, open);
    }

    /// A client does not look at a document any more. What the server is to be told.
    pub(super) fn left(&mut self, path: &WorkspacePath, client: u64) -> Option<Value> {
        let open = self.open.get_mut(path)?;
        open.clients.remove(&client);
        if open.clients.is_empty() { self.close(path) } else { None }
    }

    /// A client is gone. What the server is to be told.
    pub(super) fn gone(&mut self, client: u64) -> Vec<Value> {
        let paths: Vec<WorkspacePath> = self.open.keys().cloned().collect();
        paths.iter().filter_map(|it| self.left(it, client)).collect()
    }

    /// A document was put away; who looked at it opens it again. What the server is to be told.
    pub(super) fn close(&mut self, path: &WorkspacePath) -> Option<Value> {
        let open = self.open.remove(path)?;
        if let Some(diagnosed) = self.diagnosed.get_mut(path) {
            diagnosed.pulled.clear();
        }
        open.sent?;
        Some(notification("textDocument/didClose", json!({"textDocument": {"uri": open.uri}})))
    }

    /// Clients that look at a document.
    pub(super) fn clients_of(&self, path: &WorkspacePath) -> Vec<u64> {
        self.open.get(path).map(|it| it.clients.iter().copied().collect()).unwrap_or_default()
    }

    /// Whether one of these clients looks at a document.
    pub(super) fn any_of(&self, clients: impl Fn(u64) -> bool) -> bool {
        self.open.values().any(|it| it.clients.iter().any(|it| clients(*it)))
    }

    /// What the server is to be told so that it has the texts as they are.
    pub(super) fn sync(&mut self) -> Vec<Value> {
        self.open.values_mut().filter_map(OpenText::sync).collect()
    }

    /// A new server has nothing.
    pub(super) fn forget_sent(&mut self) {
        for open in self.open.values_mut() {
            (open.sent, open.version) = (None, 0);
        }
    }

    /// The texts as the server has them.
    pub(super) fn sent(&self) -> Texts {
        let sent = self.open.iter().filter_map(|(path, it)| Some((path.clone(), it.sent.clone()?)));
        sent.collect()
    }

    /// Which documents are open, with their URIs.
    pub(super) fn list(&self) -> Vec<(WorkspacePath, String)> {
        self.open.iter().map(|(path, it)| (path.clone(), it.uri.clone())).collect()
    }

    /// The server says by itself what is wrong with a file. Which one.
    pub(super) fn pushed(&mut self, params: &mut Value) -> Option<WorkspacePath> {
        let path = path_of(&self.root, params["uri"].as_str()?)?;
        self.diagnosed(&path)?.pushed = list_of(params["diagnostics"].take());
        Some(path)
    }

    /// The server answered what is wrong with a document.
    pub(super) fn pulled(&mut self, path: &WorkspacePath, mut report: Value) {
        if self.open.contains_key(path)
            && report["kind"] == "full"
            && let Some(diagnosed) = self.diagnosed(path)
        {
            diagnosed.pulled = list_of(report["items"].take());
        }
    }

    fn diagnosed(&mut self, path: &WorkspacePath) -> Option<&mut Diagnosed> {
        if DIAGNOSED_MAX <= self.diagnosed.len() && !self.diagnosed.contains_key(path) {
            self.diagnosed.retain(|_, it| !(it.pushed.is_empty() && it.pulled.is_empty()));
            if DIAGNOSED_MAX <= self.diagnosed.len() {
                return None;
            }
        }
        Some(self.diagnosed.entry(path.clone()).or_default())
    }

    /// What a client is told about a file.
    pub(super) fn publication(&self, path: &WorkspacePath) -> Value {
        let found = self.diagnosed.get(path);
        let all: Vec<&Value> =
            found.map(|it| it.pushed.iter().chain(&it.pulled).collect()).unwrap_or_default();
        let params = json!({"uri": uri_of(&self.root, path), "diagnostics": all});
        notification("textDocument/publishDiagnostics", params)
    }

    /// What the server said is wrong in the lines that a request is about.
    pub(super) fn diagnostics_in(&self, params: &Value) -> Value {
        let uri = params["textDocument"]["uri"].as_str();
        let path = uri.and_then(|it| path_of(&self.root, it));
        let Some(found) = path.and_then(|it| self.diagnosed.get(&it)) else { return json!([]) };
        let line = |range: &Value, end: &str| range[end]["line"].as_u64().unwrap_or_default();
        let wanted = &params["range"];
        let touches = |it: &&Value| {
            let range = &it["range"];
            line(range, "start") <= line(wanted, "end")
                && line(wanted, "start") <= line(range, "end")
        };
        found.pushed.iter().chain(&found.pulled).filter(touches).cloned().collect()
    }

    /// Files with diagnostics.
    pub(super) fn diagnosed_files(&self) -> Vec<WorkspacePath> {
        let some = self.diagnosed.iter().filter(|it| {
            let it = it.1;
            !(it.pushed.is_empty() && it.pulled.is_empty())
        });
        some.map(|it| it.0.clone()).collect()
    }

    pub(super) fn forget_diagnostics(&mut self) {
        self.diagnosed.clear();
    }
}

impl OpenText {
    fn sync(&mut self) -> Option<Value> {
        let text = Arc::clone(&self.text.borrow_and_update().text);
        let before = self.sent.replace(Arc::clone(&text));
        let Some(before) = before else {
            self.version = 1;
            let document = json!({
                "uri": self.uri, "languageId": self.kind, "version": 1, "text": &*text,
            });
            return Some(notification("textDocument/didOpen", json!({"textDocument": document})));
        };
        if Arc::ptr_eq(&before, &text) {
            return None;
        }
        let change = change(&before, &text)?;
        self.version += 1;
        let document = json!({"uri": self.uri, "version": self.version});
        let params = json!({"textDocument": document, "contentChanges": [change]});
        Some(notification("textDocument/didChange", params))
    }
}

pub(super) fn notification(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

fn list_of(value: Value) -> Vec<Value> {
    let Value::Array(mut list) = value else { return Vec::new() };
    list.truncate(DIAGNOSTICS_MAX);
    list
}

/// Tells the actor when a text changes, until it is put away.
async fn follow(
    mut text: watch::Receiver<TextState>,
    path: WorkspacePath,
    inbox: mpsc::Sender<Ask>,
) {
    while text.changed().await.is_ok() {
        text.borrow_and_update();
        if inbox.send(Ask::TextChanged).await.is_err() {
            return;
        }
    }
    // Nobody is there to be told when the actor is gone.
    drop(inbox.send(Ask::TextEnded { path }).await);
}
