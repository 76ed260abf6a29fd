//! The registry of runtimes, as this gateway has it: the embedded one in its database, the workers
//! of its machine, and the installations that an administrator named.
//!
//! `crates/registry` decides; here is what it needs of the world. `http` is the face for people and
//! programs, `offer` the one for other installations, `follow` what is told as it happens, and
//! `transport` the way to others.

mod follow;
pub(crate) mod http;
pub(crate) mod manage;
pub(crate) mod offer;
mod transport;

pub(crate) use follow::{follow_offered, follow_worker, watch, watch_offered};

use crate::config::Config;
use crate::database::{Database, OpenError, RemoteRow, WorkerStore};
use crate::fetch::{Client, Endpoint, EndpointError};
use crate::vault::{Place, Vault};
use ::registry::embedded::Store;
use ::registry::{EmbeddedRuntime, RegistryError, RemoteRuntime, RuntimeRegistry};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use stdx::clock::now_ms;
use stdx::{Secret, TaskScope};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use transport::HttpTransport;

/// Largest answer of a remote runtime, in bytes: a page of the longest inputs, escaped.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The registry of a gateway.
pub(crate) struct Registry {
    pub(crate) runtimes: RuntimeRegistry,
    pub(crate) embedded: EmbeddedRuntime,
    store: Arc<WorkerStore>,
    client: Arc<Client>,
    /// Rises when a runtime comes or goes, and when a remote one tells of a change.
    changes: watch::Sender<u64>,
    /// Those who listen to remote runtimes, until these go.
    listeners: Mutex<HashMap<String, DropGuard>>,
    scope: TaskScope,
}

/// Where a remote runtime is and what lets us in. Sealed as one text.
#[derive(Serialize, Deserialize)]
struct Access {
    base_url: String,
    token: String,
}

/// Why a remote runtime cannot be worked with.
#[derive(Debug, thiserror::Error)]
enum RemoteError {
    #[error("the address {0}")]
    Address(#[from] EndpointError),
    #[error("the address has a query")]
    Query,
    #[error("what was sealed is no address and token")]
    Sealed,
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Registry {
    /// Reads what is kept, and begins to listen to the remote runtimes.
    pub(crate) async fn open(
        config: &Config,
        (database, vault): (&Database, &Vault),
        scope: &TaskScope,
    ) -> Result<Self, OpenError> {
        let installation = database.installation(now_ms()).await?;
        let store = Arc::new(WorkerStore::new(database));
        let shared: Arc<dyn Store> = Arc::<WorkerStore>::clone(&store);
        let embedded = EmbeddedRuntime::from_runtime(&installation, shared).await;
        let records = config.worker_records.clone().inspect(|it| make_room(it));
        let root = records.as_ref().map(|it| it.display().to_string()).unwrap_or_default();
        let runtimes =
            RuntimeRegistry::for_workspace(&installation, &root, records, embedded.clone())
                .expect("the two runtimes of an installation have different ids");
        let registry = Self {
            runtimes,
            embedded,
            store,
            client: Arc::new(Client::lenient(ANSWER_BYTES_MAX)),
            changes: watch::Sender::new(0),
            listeners: Mutex::default(),
            scope: scope.clone(),
        };
        for row in database.remote_runtimes().await? {
            if let Err(error) = registry.open_remote(vault, &row).await {
                tracing::error!(runtime.id = row.id, %error, "a remote runtime cannot be used");
            }
        }
        Ok(registry)
    }

    async fn open_remote(&self, vault: &Vault, row: &RemoteRow) -> Result<(), RemoteError> {
        let place = place(&row.id);
        let text = vault.unseal_text(place, &row.key_id, &row.sealed).await;
        let text = text.map_err(|_| RemoteError::Sealed)?;
        let access = serde_json::from_str(&text).map_err(|_| RemoteError::Sealed)?;
        self.add(&row.id, &row.label, access)
    }

    /// Adds a remote runtime, and listens to it from here on.
    fn add(&self, id: &str, label: &str, access: Access) -> Result<(), RemoteError> {
        let endpoint = endpoint(&access.base_url)?;
        let token = Secret::new(access.token);
        let transport = Arc::new(HttpTransport::new(Arc::clone(&self.client), endpoint, token));
        let runtime = RemoteRuntime::new(id, label, Arc::<HttpTransport>::clone(&transport) as _);
        self.runtimes.register(Arc::new(runtime))?;
        let gone = CancellationToken::new();
        let listening = transport.listen(self.changes.clone());
        let (scope, over) = (self.scope.clone(), gone.clone());
        self.scope.spawn("remote runtime", async move {
            tokio::select! {
                () = listening => {}
                () = over.cancelled() => {}
                () = scope.stopping() => {}
            }
        });
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.insert(id.to_owned(), gone.drop_guard());
        self.changed();
        Ok(())
    }

    /// Forgets a remote runtime.
    fn remove(&self, id: &str) {
        self.runtimes.unregister(id);
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        self.changed();
    }

    fn changed(&self) {
        self.changes.send_modify(|it| *it += 1);
    }
}

/// The directory in which local workers leave their records.
fn make_room(records: &std::path::Path) {
    let directory = records.join("pods");
    if let Err(error) = std::fs::create_dir_all(&directory) {
        tracing::warn!(path = %directory.display(), %error, "no room for records of local workers");
    }
}

/// Where the sealed text of a remote runtime stands.
fn place(id: &str) -> Place<'_> {
    Place { table: "registry_runtimes", owner: "", name: id, kind: "remote_http" }
}

/// The address of a remote runtime.
fn endpoint(base_url: &str) -> Result<Endpoint, RemoteError> {
    let endpoint = Endpoint::parse(base_url)?;
    if endpoint.has_query() { Err(RemoteError::Query) } else { Ok(endpoint) }
}
