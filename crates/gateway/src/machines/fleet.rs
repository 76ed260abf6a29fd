//! Every workspace of the installation as one provider: each is asked for where it was placed.
//!
//! Where a workspace is stands in the database, before its machine hears of it. What is remembered
//! of that here may be old; then the machine refuses, because it has heard of a later placement, and
//! is asked for anew.

use super::Machines;
use super::score::score;
use super::station::Said;
use crate::database::{Database, DatabaseError, Placement, commit, place_workspace};
use async_trait::async_trait;
use futures_util::future::join_all;
use protocol::id::MachineId;
use protocol::{WireError, WorkspaceId};
use provider::{BoxedStream, KernelStatus, PortError, Provider, ProviderError, pass_on};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use stdx::TaskScope;
use tokio::sync::broadcast;

/// The gateway's own provider, and the machines that joined.
pub(crate) struct Fleet {
    own: Arc<dyn Provider>,
    /// Whether new workspaces may be made there.
    own_takes_new: bool,
    machines: Arc<Machines>,
    database: Database,
}

impl Fleet {
    /// All of it. Deaths that are heard of are passed on in `scope`.
    pub(crate) fn new(
        (own, own_takes_new): (Arc<dyn Provider>, bool),
        machines: &Arc<Machines>,
        database: &Database,
        scope: &TaskScope,
    ) -> Self {
        let heard = own.deaths();
        scope.spawn("own deaths", pass_on(heard, machines.deaths.clone(), scope.clone()));
        Self { own, own_takes_new, machines: Arc::clone(machines), database: database.clone() }
    }

    /// Where a workspace is. One that is in no registry is the own provider's affair.
    async fn placement(&self, id: &WorkspaceId) -> Result<Placement, ProviderError> {
        if let Some(known) = self.machines.placement(id) {
            return Ok(known);
        }
        let since = self.machines.placements_changed();
        let found = self.database.placement(id).await.map_err(|error| unknown(&error))?;
        let found = found.unwrap_or_default();
        self.machines.remember(id, &found, since);
        Ok(found)
    }

    /// Who has a workspace that is placed there.
    fn provider(&self, placement: &Placement) -> Result<Arc<dyn Provider>, ProviderError> {
        let Some(machine) = &placement.machine else {
            return Ok(self.own.at(placement.epoch).unwrap_or_else(|| Arc::clone(&self.own)));
        };
        let station = self.machines.station(machine).filter(|it| it.is_there());
        let station = station.ok_or_else(|| self.away(machine))?;
        let asked = station.provider.at(placement.epoch);
        Ok(asked.unwrap_or_else(|| Arc::new(station.provider.clone())))
    }

    fn away(&self, machine: &MachineId) -> ProviderError {
        ProviderError::Away(self.machines.name(machine))
    }

    /// Does something where the workspace is; once more if it turns out to be elsewhere by now.
    async fn there<T, F>(
        &self,
        id: &WorkspaceId,
        act: impl Fn(Arc<dyn Provider>) -> F + Send + Sync,
    ) -> Result<T, ProviderError>
    where
        T: Send,
        F: Future<Output = Result<T, ProviderError>> + Send,
    {
        let provider = self.provider(&self.placement(id).await?)?;
        match act(provider).await {
            Err(ProviderError::Moved) => {
                self.machines.forget_placement(id);
                act(self.provider(&self.placement(id).await?)?).await
            }
            done => done,
        }
    }

    /// The machines that take a new workspace, the best first; `None` is the own provider.
    async fn choices(&self) -> Vec<Option<MachineId>> {
        let mut scored: Vec<(Option<f64>, Option<MachineId>)> = Vec::new();
        for station in self.machines.ready() {
            let resources = station.presence().and_then(|it| it.pulse.resources);
            scored.push((resources.and_then(|it| score(&it)), Some(station.id.clone())));
        }
        if self.own_takes_new {
            let resources = self.own.resources().await;
            scored.push((resources.and_then(|it| score(&it)), None));
        }
        scored.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap_or(std::cmp::Ordering::Equal));
        scored.into_iter().map(|(_, machine)| machine).collect()
    }

    /// Makes a new workspace where there is most room. Where it goes is written down first.
    async fn settle(&self, id: &WorkspaceId, mut from: Placement) -> Result<(), ProviderError> {
        let mut last = ProviderError::NoPlace;
        for machine in self.choices().await {
            if from.machine != machine {
                let placed = self.place(id, &from, machine.as_ref()).await?;
                from = placed.ok_or(ProviderError::Moved)?;
            }
            let provider = match self.provider(&from) {
                Ok(provider) => provider,
                Err(error) => {
                    last = error;
                    continue;
                }
            };
            match provider.create(id).await {
                Ok(()) => return Ok(()),
                // Whether it was made is not known of others.
                Err(
                    error @ (ProviderError::Capacity(_)
                    | ProviderError::StorageFull(_)
                    | ProviderError::Away(_)),
                ) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn place(
        &self,
        id: &WorkspaceId,
        from: &Placement,
        to: Option<&MachineId>,
    ) -> Result<Option<Placement>, ProviderError> {
        let placing = async {
            let mut write = self.database.write().await?;
            let placed = place_workspace(&mut write, id, from, to).await?;
            commit(write).await?;
            Ok::<_, DatabaseError>(placed)
        };
        let placed = placing.await.map_err(|error| unknown(&error))?;
        self.machines.forget_placement(id);
        Ok(placed)
    }
}

fn unknown(error: &DatabaseError) -> ProviderError {
    ProviderError::Unavailable(format!("where the workspace is cannot be looked up: {error}"))
}

#[async_trait]
impl Provider for Fleet {
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        let placement = self.placement(id).await?;
        let is_alone = self.own_takes_new && !self.machines.is_any();
        if placement != Placement::default() || is_alone {
            return self.provider(&placement)?.create(id).await;
        }
        self.settle(id, placement).await
    }

    async fn exists(&self, id: &WorkspaceId) -> Result<bool, ProviderError> {
        self.there(id, |it| async move { it.exists(id).await }).await
    }

    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.there(id, |it| async move { it.remove(id).await }).await?;
        self.machines.forget_placement(id);
        Ok(())
    }

    async fn admit(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.there(id, |it| async move { it.admit(id).await }).await
    }

    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        self.there(id, |it| async move { it.connect(id).await }).await
    }

    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<BoxedStream, PortError> {
        let placement = self.placement(id).await;
        let provider = placement.and_then(|it| self.provider(&it));
        let provider = provider.map_err(|error| PortError::from(WireError::from(error)))?;
        provider.connect_port(id, port).await
    }

    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
        if !self.machines.is_any() {
            return self.own.status().await;
        }
        let placed = self.database.placed_on_machines().await.map_err(|error| unknown(&error))?;
        let stations = self.machines.stations();
        let asking = stations.iter().map(|it| async move { (&it.id, it.kernels().await) });
        let (own, said) = tokio::join!(self.own.status(), join_all(asking));
        let is_elsewhere: HashSet<&WorkspaceId> = placed.iter().map(|(id, _)| id).collect();
        let mut all = own?;
        // A copy that was left behind is not the workspace.
        all.retain(|(id, _)| !is_elsewhere.contains(id));
        let said: HashMap<&MachineId, Option<Said>> = said.into_iter().collect();
        for (id, machine) in &placed {
            let said = said.get(machine).and_then(Option::as_ref);
            let known = said.and_then(|it| it.kernels.get(id)).cloned();
            let is_there = said.is_some() && self.machines.presence(machine).is_some();
            let is_old = said.is_none_or(|it| it.is_old);
            if known.is_some() || is_old || !is_there {
                // What a machine that does not answer said last is what is known.
                let known = known.unwrap_or_default();
                let unreachable = !is_there || known.unreachable;
                all.push((id.clone(), KernelStatus { unreachable, is_old, ..known }));
            }
        }
        Ok(all)
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.own.health().await
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        self.machines.deaths.subscribe()
    }
}
