//! Brings what is set to the kernels that give it to processes.
//!
//! A kernel keeps it in memory only. It is told on three occasions: on every new connection, before
//! anything else is sent over it, so that a kernel that has just woken has it before it starts a
//! process; before a request that may start one, if the kernel does not have the newest; and at once
//! when something changes. A person's variables go only to kernels where that person does something.

use super::{open, open_token};
use crate::app::App;
use crate::database::{CredentialRow, Database, DatabaseError, Owner, VariableRow};
use crate::kernels::Kernels;
use crate::vault::Vault;
use protocol::environment::VariableKind;
use protocol::environment::{GivenCredential, GivenEnvironment, GivenVariable};
use protocol::{PrincipalId, WireError, WorkspaceId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long what was read is believed. Other processes that write to the same database are heard
/// after this time; this process forgets at once.
const FRESH: Duration = Duration::from_secs(5);
/// Owners remembered at once; they are small while nothing is set.
const REMEMBERED_MAX: usize = 10_000;
/// How long a change waits for kernels to hear of it. One that does not hears of it with the next
/// request.
const PUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// What is set, and what kernels have of it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Environments {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    vault: Arc<Vault>,
    known: Mutex<HashMap<Owner, (Arc<Sealed>, Instant)>>,
    given: Mutex<HashMap<WorkspaceId, Given>>,
}

/// Revisions that a workspace's kernel was given, by person; `None` is the workspace's own. Whoever
/// stands here is given again to a kernel that takes the place of this one.
type Given = BTreeMap<Option<PrincipalId>, u64>;

/// What an owner has, as it stands in the database.
struct Sealed {
    revision: u64,
    variables: Vec<VariableRow>,
    credentials: Vec<CredentialRow>,
}

impl Environments {
    pub(crate) fn new(database: &Database, vault: &Arc<Vault>) -> Self {
        Self {
            shared: Arc::new(Shared {
                database: database.clone(),
                vault: Arc::clone(vault),
                known: Mutex::default(),
                given: Mutex::default(),
            }),
        }
    }

    /// What a fresh connection to a workspace's kernel begins with; nothing where nothing is set.
    pub(crate) async fn greeting(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<GivenEnvironment>, WireError> {
        let people: Vec<PrincipalId> = {
            let given = self.given();
            let people = given.get(workspace).into_iter().flatten();
            people.filter_map(|(person, _)| person.clone()).collect()
        };
        let mut greeting = Vec::new();
        for person in std::iter::once(None).chain(people.into_iter().map(Some)) {
            let sealed = self.sealed(&owner(workspace, person.as_ref())).await?;
            if sealed.revision != 0 {
                greeting.push(self.unsealed(workspace, person, &sealed).await?);
            }
        }
        Ok(greeting)
    }

    /// Notes that a kernel has it.
    pub(crate) fn note(&self, workspace: &WorkspaceId, given: &GivenEnvironment) {
        let mut all = self.given();
        let known = all.entry(workspace.clone()).or_default();
        let revision = known.entry(given.person.clone()).or_default();
        *revision = (*revision).max(given.revision);
    }

    /// Makes sure that a kernel has the newest of its workspace and of a person, before it starts
    /// something.
    pub(crate) async fn ensure(
        &self,
        kernels: &Kernels,
        workspace: &WorkspaceId,
        person: &PrincipalId,
    ) -> Result<(), WireError> {
        for person in [None, Some(person.clone())] {
            let sealed = self.sealed(&owner(workspace, person.as_ref())).await?;
            if sealed.revision == 0 {
                continue;
            }
            let has = {
                // A kernel that wakes meanwhile is greeted with it too.
                let mut all = self.given();
                *all.entry(workspace.clone()).or_default().entry(person.clone()).or_default()
            };
            if has < sealed.revision {
                let given = self.unsealed(workspace, person, &sealed).await?;
                kernels.give(workspace, &given).await?;
                self.note(workspace, &given);
            }
        }
        Ok(())
    }

    /// What an owner has was changed by this process: kernels that are awake hear of it.
    pub(crate) async fn changed(&self, app: &App, owner: &Owner) {
        self.known().remove(owner);
        let workspaces: Vec<WorkspaceId> = match owner {
            Owner::Workspace(id) => vec![id.clone()],
            Owner::Person(person) => {
                let person = Some(person.clone());
                let given = self.given();
                given
                    .iter()
                    .filter(|it| it.1.contains_key(&person))
                    .map(|it| it.0.clone())
                    .collect()
            }
        };
        let push = async {
            let awake = app.kernel_status().await;
            for workspace in workspaces {
                if awake.get(&workspace).is_some_and(|it| it.awake)
                    && let Err(error) = self.push(app, &workspace, owner).await
                {
                    tracing::warn!(workspace.id = %workspace, %error, "a kernel was not told yet");
                }
            }
        };
        if timeout(PUSH_TIMEOUT, push).await.is_err() {
            tracing::warn!("kernels were not told of a change in time; they hear of it later");
        }
    }

    async fn push(
        &self,
        app: &App,
        workspace: &WorkspaceId,
        owner: &Owner,
    ) -> Result<(), WireError> {
        let person = match owner {
            Owner::Workspace(_) => None,
            Owner::Person(id) => Some(id.clone()),
        };
        let sealed = self.sealed(owner).await?;
        let given = self.unsealed(workspace, person, &sealed).await?;
        app.kernels.give(workspace, &given).await?;
        self.note(workspace, &given);
        Ok(())
    }

    /// Somebody has no part in a workspace any more: its kernel forgets what is theirs.
    pub(crate) async fn forget_member(
        &self,
        app: &App,
        workspace: &WorkspaceId,
        person: &PrincipalId,
    ) {
        let person = Some(person.clone());
        let had = self.given().get_mut(workspace).and_then(|it| it.remove(&person));
        // A kernel may have been given something before this gateway started.
        let revision = match had {
            Some(revision) => revision,
            None => match self.sealed(&owner(workspace, person.as_ref())).await {
                Ok(sealed) => sealed.revision,
                Err(_) => 0,
            },
        };
        if revision == 0 {
            return;
        }
        let (variables, credentials) = (Vec::new(), Vec::new());
        let nothing = GivenEnvironment { person, revision, variables, credentials };
        let awake = app.kernel_status().await.get(workspace).is_some_and(|it| it.awake);
        if awake && let Err(error) = app.kernels.give(workspace, &nothing).await {
            tracing::warn!(workspace.id = %workspace, %error, "a kernel keeps what a former member had");
        }
    }

    /// Another gateway changed what this owner has, and told the kernels that it knows of.
    pub(crate) fn forget(&self, owner: &str) {
        self.known().retain(|it, _| it.as_str() != owner);
    }

    /// Reads again what every owner has.
    pub(crate) fn forget_everything(&self) {
        self.known().clear();
    }

    /// Forgets a workspace that goes.
    pub(crate) fn forget_workspace(&self, workspace: &WorkspaceId) {
        self.given().remove(workspace);
        self.known().remove(&Owner::Workspace(workspace.clone()));
    }

    /// What an owner has. While the database is away, what it last had.
    async fn sealed(&self, owner: &Owner) -> Result<Arc<Sealed>, WireError> {
        let known = self.known().get(owner).cloned();
        if let Some((sealed, at)) = &known
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(sealed));
        }
        match (self.read(owner).await, known) {
            (Ok(sealed), _) => {
                let sealed = Arc::new(sealed);
                let mut all = self.known();
                if REMEMBERED_MAX <= all.len() {
                    all.clear();
                }
                all.insert(owner.clone(), (Arc::clone(&sealed), Instant::now()));
                Ok(sealed)
            }
            (Err(DatabaseError::Away(_)), Some((sealed, _))) => Ok(sealed),
            (Err(error), _) => Err(error.into()),
        }
    }

    async fn read(&self, owner: &Owner) -> Result<Sealed, DatabaseError> {
        let database = &self.shared.database;
        // The number first: what is read after it is at least as new.
        let revision = database.environment_revision(owner).await?;
        if revision == 0 {
            return Ok(Sealed { revision, variables: Vec::new(), credentials: Vec::new() });
        }
        let variables = database.variables(owner).await?;
        Ok(Sealed { revision, variables, credentials: database.git_credentials(owner).await? })
    }

    async fn unsealed(
        &self,
        workspace: &WorkspaceId,
        person: Option<PrincipalId>,
        sealed: &Sealed,
    ) -> Result<GivenEnvironment, WireError> {
        let (vault, owner) = (&self.shared.vault, owner(workspace, person.as_ref()));
        let mut variables = Vec::new();
        for row in &sealed.variables {
            variables.push(GivenVariable {
                name: row.name.clone(),
                value: open(vault, &owner, row).await?,
                secret: row.kind == VariableKind::Secret,
                uses: row.uses.clone(),
            });
        }
        let mut credentials = Vec::new();
        for row in &sealed.credentials {
            credentials.push(GivenCredential {
                host: row.host.clone(),
                username: row.username.clone(),
                token: open_token(vault, &owner, row).await?,
            });
        }
        Ok(GivenEnvironment { person, revision: sealed.revision, variables, credentials })
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Owner, (Arc<Sealed>, Instant)>> {
        self.shared.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn given(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Given>> {
        self.shared.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn owner(workspace: &WorkspaceId, person: Option<&PrincipalId>) -> Owner {
    match person {
        Some(person) => Owner::Person(person.clone()),
        None => Owner::Workspace(workspace.clone()),
    }
}
