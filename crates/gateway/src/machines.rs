//! Machines that joined (decision 019): who they are, and which of them is there.
//!
//! A machine dials out to its gateways. What it gives them is a store of connections, on each of
//! which both sides have proved who they are; a gateway takes one whenever it has something to ask.

mod authority;
pub(crate) mod http;
pub(crate) mod join;

use crate::app::App;
use crate::database::Database;
use crate::vault::{Vault, VaultError};
use authority::Authority;
use protocol::id::MachineId;
use protocol::machine::Pulse;
use std::sync::Arc;
use stdx::clock::now_ms;

/// Name of the authority's secret among the keys.
const KEY: &str = "machine-authority";

/// The machines of this installation, as this gateway knows them.
pub(crate) struct Machines {
    pub(crate) authority: Authority,
}

/// What a machine that is there says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Presence {
    pub(crate) pulse: Pulse,
    pub(crate) seen_at_ms: u64,
}

impl Machines {
    /// Reads, or makes, what machines are certified with.
    pub(crate) async fn open(database: &Database, vault: &Vault) -> Result<Self, VaultError> {
        let secret = database.key(vault, KEY, now_ms()).await?;
        let authority =
            Authority::new(&secret).map_err(|error| VaultError::Database(error.to_string()))?;
        Ok(Self { authority })
    }

    /// What a machine last said, if it is there.
    pub(crate) fn presence(&self, _id: &MachineId) -> Option<Presence> {
        None
    }

    /// Notices what was decided about a machine.
    pub(crate) fn look_at(&self, _app: &Arc<App>, _id: &MachineId) {}

    /// Ends whatever a machine has open.
    pub(crate) fn end(&self, _id: &MachineId) {}
}
