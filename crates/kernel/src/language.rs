//! Language servers of the workspace: found, started, shared, ended here (decision 015).
//!
//! One server serves a language in a directory, for everybody. `life.rs` decides when it runs,
//! `exchange.rs` who asked what, `texts.rs` what it knows of the documents, which are the only source
//! of texts; `actor.rs` is the loop, `server.rs` the process. `workspace_edit.rs` changes files.

mod action;
mod actor;
mod exchange;
mod frame;
mod greeting;
mod handle;
mod http;
mod known;
mod life;
mod place;
mod server;
mod texts;
mod workspace_edit;

pub use handle::{Attachment, Sender};
pub use http::{openapi, router};

use crate::context::Context;
use crate::documents::Documents;
use crate::feed::FileFeed;
use crate::http::caller::Caller;
use crate::search::Search;
use handle::{Handle, Texts};
use known::{KNOWN, Known};
use protocol::header::Role;
use protocol::language::{
    LanguageEdit, LanguageEditedFile, LanguageServer, LanguageStatus, RenameSymbol, RunCodeAction,
    TextPlace,
};
use protocol::search::ReplaceOutcome;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stdx::{TaskScope, WorkspacePath};
use supervisor::process::Processes;
use workspace_edit::EditError;

/// Servers of one workspace: four languages in a few projects.
const SERVERS_MAX: usize = 16;
/// A server may end between being found and being asked; it is found again then.
const ATTEMPTS: usize = 3;

/// The language servers of one workspace. Cheap to clone.
#[derive(Clone)]
pub struct Languages {
    shared: Arc<Shared>,
}

struct Shared {
    context: Context,
    processes: Processes,
    documents: Documents,
    feed: FileFeed,
    search: Search,
    scope: TaskScope,
    servers: Mutex<HashMap<(&'static str, WorkspacePath), Handle>>,
}

/// Why nobody can join a language server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    #[error("there is no language of this name here")]
    Unknown,
    #[error("too many language servers are in use")]
    TooMany,
}

impl Languages {
    pub fn new(
        (context, processes): (&Context, &Processes),
        documents: &Documents,
        feed: &FileFeed,
        search: &Search,
    ) -> Self {
        let shared = Shared {
            context: context.clone(),
            processes: processes.clone(),
            documents: documents.clone(),
            feed: feed.clone(),
            search: search.clone(),
            // A server that fails us must not take the kernel along.
            scope: context.scope.child(),
            servers: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The server for a file; nothing for a file of no language that is known here.
    pub async fn of_file(&self, path: &WorkspacePath) -> Option<LanguageServer> {
        let known = Known::of_file(path)?;
        let (workspace, path) = (self.shared.context.config.root.clone(), path.clone());
        let root = blocking(move || known.root_of(&workspace, &path)).await?;
        Some(self.look_at(known, root).await)
    }

    /// All languages, in the workspace itself, and servers that are in use elsewhere.
    pub async fn list(&self) -> Vec<LanguageServer> {
        let mut places: Vec<(&'static Known, WorkspacePath)> =
            KNOWN.iter().map(|it| (it, WorkspacePath::root())).collect();
        let elsewhere = self.servers().keys().cloned().collect::<Vec<_>>();
        let elsewhere = elsewhere.into_iter().filter(|it| !it.1.is_root());
        places.extend(elsewhere.filter_map(|(id, root)| Some((Known::of(id)?, root))));
        places.sort_by(|one, two| (one.0.id, &one.1).cmp(&(two.0.id, &two.1)));
        let mut list = Vec::with_capacity(places.len());
        for (known, root) in places {
            list.push(self.look_at(known, root).await);
        }
        list
    }

    async fn look_at(&self, known: &'static Known, root: WorkspacePath) -> LanguageServer {
        if let Some(handle) = self.find(known, &root) {
            let mut status = handle.status.borrow().clone();
            if status.program.is_some() {
                status.capabilities = None;
                return status;
            }
        }
        let mut status = actor::blank(&self.shared, known, &root);
        let context = &self.shared.context;
        let by = crate::context::By::kernel();
        let env = context.environment.of(protocol::environment::Use::Setup, &by, &[]);
        let workspace = context.config.root.clone();
        let found = blocking(move || known.find(&workspace, &root, &env)).await.flatten();
        status.program = found.map(|it| actor::program_name(&context.config.root, &it));
        status.status = match status.program {
            None => LanguageStatus::NotInstalled,
            Some(_) if context.state.is_running() => LanguageStatus::Idle,
            Some(_) => LanguageStatus::NoSession,
        };
        status
    }

    /// Joins the server of a language in a directory; it starts when it is needed.
    pub async fn join(
        &self,
        (language, root): (&str, &WorkspacePath),
        role: Role,
        ours: bool,
    ) -> Result<Attachment, JoinError> {
        let known = Known::of(language).ok_or(JoinError::Unknown)?;
        for _ in 0..ATTEMPTS {
            let handle = self.keep(known, root, role)?;
            if let Some(attachment) = handle.join(role, ours).await {
                return Ok(attachment);
            }
        }
        Err(JoinError::TooMany)
    }

    fn keep(
        &self,
        known: &'static Known,
        root: &WorkspacePath,
        role: Role,
    ) -> Result<Handle, JoinError> {
        let mut servers = self.servers();
        servers.retain(|_, it| !it.inbox.is_closed());
        let key = (known.id, root.clone());
        if let Some(handle) = servers.get(&key) {
            return Ok(handle.clone());
        }
        // Those who only look leave room for others.
        let most = if role < Role::Editor { SERVERS_MAX / 2 } else { SERVERS_MAX };
        if most <= servers.len() {
            return Err(JoinError::TooMany);
        }
        let handle = actor::spawn(&self.shared, known, root.clone());
        servers.insert(key, handle.clone());
        Ok(handle)
    }

    fn find(&self, known: &Known, root: &WorkspacePath) -> Option<Handle> {
        let servers = self.servers();
        servers.get(&(known.id, root.clone())).filter(|it| !it.inbox.is_closed()).cloned()
    }

    fn servers(&self) -> MutexGuard<'_, HashMap<(&'static str, WorkspacePath), Handle>> {
        self.shared.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives what is at a place another name, in every file.
    async fn rename(
        &self,
        (path, asked): (&WorkspacePath, &RenameSymbol),
        by: &Caller,
    ) -> Result<LanguageEdit, EditError> {
        let handle = self.running(path).await?;
        let workspace = &self.shared.context.config.root;
        let params = json!({
            "textDocument": {"uri": place::uri_of(workspace, path)},
            "position": place::of_request(TextPlace { line: asked.line, column: asked.column }),
            "newName": asked.new_name,
        });
        let answer = handle.call("textDocument/rename", params).await;
        let (outcome, texts) = answer.ok_or(EditError::NotRunning)?;
        self.change(&[outcome.map_err(EditError::Refused)?], texts, by).await
    }

    /// Carries out what the server offers at a place.
    async fn run_action(
        &self,
        (path, asked): (&WorkspacePath, &RunCodeAction),
        by: &Caller,
    ) -> Result<LanguageEdit, EditError> {
        let handle = self.running(path).await?;
        let (edits, texts) =
            action::run(&handle, &self.shared.context.config.root, path, asked).await?;
        self.change(&edits, texts, by).await
    }

    /// The server of a file, which knows what is typed and saved by now.
    async fn running(&self, path: &WorkspacePath) -> Result<Handle, EditError> {
        let server = self.of_file(path).await.ok_or(EditError::NotRunning)?;
        let known = Known::of(&server.language).ok_or(EditError::NotRunning)?;
        let root = WorkspacePath::parse_or_root(&server.root);
        let root = root.map_err(|_| EditError::NotRunning)?;
        let handle = self.find(known, &root).ok_or(EditError::NotRunning)?;
        // The server reads files that nobody has open.
        self.shared.documents.flush().await;
        Ok(handle)
    }

    /// Changes files as a server wants them, through their documents.
    async fn change(
        &self,
        edits: &[Value],
        texts: Texts,
        by: &Caller,
    ) -> Result<LanguageEdit, EditError> {
        let wanted = workspace_edit::wanted_by(&self.shared.context.config.root, edits)?;
        let search = self.shared.search.clone();
        let changes = blocking(move || workspace_edit::changes(&search, wanted, &texts)).await;
        let changes = changes.ok_or(EditError::NotRunning)??;
        let done = self.shared.search.rewrite(changes, by).await;
        let (undo, outcomes) = done.map_err(|it| EditError::Refused(it.to_string()))?;
        Ok(LanguageEdit { files: outcomes.into_iter().map(edited).collect(), undo: Some(undo) })
    }
}

fn edited(it: ReplaceOutcome) -> LanguageEditedFile {
    LanguageEditedFile { path: it.path, edits: it.replaced, left: it.left }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
