//! Machines that joined (decision 019): who they are, which of them is there, and what is where.
//!
//! A machine dials out to its gateways. What it gives them is a store of connections, on each of
//! which both sides have proved who they are; a gateway takes one whenever it has something to ask.

mod authority;
pub(crate) mod dial;
mod door;
mod fleet;
pub(crate) mod http;
pub(crate) mod join;
mod score;
mod station;

pub(crate) use fleet::Fleet;
pub(crate) use station::{Presence, Station};

use crate::config::Config;
use crate::database::{Database, DatabaseError, MachinePhase, MachineRow, Placement};
use crate::limit::Limit;
use crate::vault::{Vault, VaultError};
use authority::{Authority, AuthorityError};
use protocol::WorkspaceId;
use protocol::id::MachineId;
use provider::{BoxedStream, Provider};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use stdx::clock::now_ms;
use tokio::sync::{Semaphore, broadcast};

/// Name of the authority's secret among the keys.
const KEY: &str = "machine-authority";
/// Machines that prove who they are at the same time.
const HANDSHAKES_MAX: usize = 256;
/// Connections that one address may try at once without proving who it is, and how soon a further
/// one: a machine has eight in store, and a site with several comes from one address.
const TRIES_MAX: u32 = 64;
const TRY_INTERVAL: Duration = Duration::from_millis(500);
/// Deaths that a slow listener may be behind before it misses some.
const DEATHS_CAPACITY: usize = 64;

/// The machines of this installation, as this gateway knows them.
pub(crate) struct Machines {
    pub(crate) authority: Arc<Authority>,
    /// How long certificates of machines are good.
    pub(crate) lifetime: Duration,
    /// How machines reach this gateway, if they are to be told.
    pub(crate) url: Option<String>,
    client: Arc<rustls::ClientConfig>,
    database: Database,
    limit: Limit,
    handshakes: Arc<Semaphore>,
    deaths: broadcast::Sender<WorkspaceId>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// As the database last said; removed ones too.
    rows: HashMap<MachineId, MachineRow>,
    stations: HashMap<MachineId, Arc<Station>>,
    placements: HashMap<WorkspaceId, Placement>,
    /// Rises whenever a placement is forgotten, so that nothing older is remembered afterwards.
    forgotten: u64,
}

impl From<AuthorityError> for VaultError {
    fn from(error: AuthorityError) -> Self {
        Self::Database(error.to_string())
    }
}

impl Machines {
    /// Reads, or makes, what machines are certified with.
    pub(crate) async fn open(
        database: &Database,
        vault: &Vault,
        config: &Config,
    ) -> Result<Self, VaultError> {
        let secret = database.key(vault, KEY, now_ms()).await?;
        let authority = Authority::new(&secret)?;
        let machines = Self {
            client: authority.client()?,
            authority: Arc::new(authority),
            lifetime: config.machine_certificates,
            url: config.machine_url.clone(),
            database: database.clone(),
            limit: Limit::new(TRIES_MAX, TRY_INTERVAL),
            handshakes: Arc::new(Semaphore::new(HANDSHAKES_MAX)),
            deaths: broadcast::channel(DEATHS_CAPACITY).0,
            known: Mutex::default(),
        };
        machines.look_at_all().await?;
        Ok(machines)
    }

    /// Notices what was decided about every machine, and trusts no placement.
    pub(crate) async fn look_at_all(&self) -> Result<(), DatabaseError> {
        let rows = self.database.machines().await?;
        for row in rows {
            self.note(row);
        }
        let mut known = self.known();
        known.placements.clear();
        known.forgotten += 1;
        Ok(())
    }

    /// Notices what was decided about a machine.
    pub(crate) async fn look_at(&self, id: &MachineId) -> Result<(), DatabaseError> {
        if let Some(row) = self.database.machine(id).await? {
            self.note(row);
        }
        Ok(())
    }

    fn note(&self, row: MachineRow) {
        if row.phase == MachinePhase::Removed {
            self.end(&row.id);
        }
        self.known().rows.insert(row.id.clone(), row);
    }

    /// Ends whatever a removed machine has open, for ever.
    fn end(&self, id: &MachineId) {
        let station = self.known().stations.remove(id);
        if let Some(station) = station {
            tracing::info!(machine = %id, "a machine was removed; its connections end");
            station.end();
        }
    }

    /// Whether a machine may come. What is known is enough while the database is away.
    async fn is_welcome(&self, id: &MachineId) -> Result<bool, DatabaseError> {
        let phase = self.known().rows.get(id).map(|it| it.phase);
        if let Some(phase) = phase {
            return Ok(phase != MachinePhase::Removed);
        }
        self.look_at(id).await?;
        Ok(self.known().rows.get(id).is_some_and(|it| it.phase != MachinePhase::Removed))
    }

    /// Takes a connection of a machine that has proved who it is.
    fn take(&self, id: &MachineId, stream: BoxedStream, scope: &TaskScope) {
        let mut known = self.known();
        // It may have been removed while it proved who it is.
        if known.rows.get(id).is_none_or(|it| it.phase == MachinePhase::Removed) {
            return;
        }
        let station = known.stations.entry(id.clone()).or_insert_with(|| {
            let how = (&self.authority, self.lifetime);
            let station = Station::start(id.clone(), &self.database, how, scope);
            let heard = station.provider.deaths();
            let passing = provider::pass_on(heard, self.deaths.clone(), scope.clone());
            scope.spawn("machine's deaths", passing);
            station
        });
        station.take(stream);
    }

    /// What a machine last said, if it is there.
    pub(crate) fn presence(&self, id: &MachineId) -> Option<Presence> {
        self.station(id)?.presence()
    }

    /// A machine that was connected since this gateway started.
    pub(crate) fn station(&self, id: &MachineId) -> Option<Arc<Station>> {
        self.known().stations.get(id).cloned()
    }

    fn stations(&self) -> Vec<Arc<Station>> {
        self.known().stations.values().cloned().collect()
    }

    /// The machines that are there and take new workspaces.
    fn ready(&self) -> Vec<Arc<Station>> {
        let known = self.known();
        let takes = |id| known.rows.get(id).is_some_and(|it| it.phase == MachinePhase::Joined);
        let there = known.stations.values().filter(|it| takes(&it.id) && it.presence().is_some());
        there.cloned().collect()
    }

    /// Whether there is any machine, or ever was.
    fn is_any(&self) -> bool {
        !self.known().rows.is_empty()
    }

    /// What a machine is called.
    pub(crate) fn name(&self, id: &MachineId) -> String {
        self.known().rows.get(id).map_or_else(|| id.to_string(), |it| it.name.clone())
    }

    /// Where a workspace is, if that is remembered.
    fn placement(&self, workspace: &WorkspaceId) -> Option<Placement> {
        self.known().placements.get(workspace).cloned()
    }

    /// Names this moment for [`Self::remember`].
    fn placements_changed(&self) -> u64 {
        self.known().forgotten
    }

    fn remember(&self, workspace: &WorkspaceId, placement: &Placement, since: u64) {
        let mut known = self.known();
        if known.forgotten == since {
            known.placements.insert(workspace.clone(), placement.clone());
        }
    }

    /// Looks anew where a workspace is, the next time that it is asked for.
    pub(crate) fn forget_placement(&self, workspace: &WorkspaceId) {
        let mut known = self.known();
        known.placements.remove(workspace);
        known.forgotten += 1;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
