//! People: their accounts, how they sign in, and what lets further people in.
//!
//! Whoever proves to be somebody, by a link, a password, an invitation or an OpenID provider, gets
//! a new login through [`arrival`]; nothing that the browser brought along becomes one.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod arrival;
pub(crate) mod attempts;
pub(crate) mod confirm;
mod device;
pub(crate) mod enter;
pub(crate) mod invitations;
pub(crate) mod join;
pub(crate) mod names;
mod password;
pub(crate) mod reset;
mod seen;
pub(crate) mod sign_in;
pub(crate) mod sign_ins;
pub(crate) mod tokens;
pub(crate) mod watch;

use crate::app::App;
use crate::database::Database;
use crate::vault::{Vault, VaultError};
use attempts::Attempts;
use device::DeviceSeal;
use protocol::PrincipalId;
use protocol::id::LoginId;
use seen::Seen;
use stdx::clock::now_ms;

/// Name of the key that seals the cookie of a known browser.
const DEVICE_KEY: &str = "device";

/// What the gateway keeps in mind about people.
pub(crate) struct People {
    pub(crate) seen: Seen,
    pub(crate) attempts: Attempts,
    devices: DeviceSeal,
}

impl People {
    pub(crate) async fn open(database: &Database, vault: &Vault) -> Result<Self, VaultError> {
        let key = database.key(vault, DEVICE_KEY, now_ms()).await?;
        Ok(Self {
            seen: Seen::default(),
            attempts: Attempts::default(),
            devices: DeviceSeal::new(&key),
        })
    }
}

/// Cuts what goes on behind logins that were removed from the database, and forgets whatever else
/// was remembered of their principal.
fn end_logins(app: &App, principal: &PrincipalId, ended: &[LoginId]) {
    app.identity.forget_principal(principal);
    app.live.end_person(principal);
    for login in ended {
        app.identity.forget_login(login);
        app.live.end_login(login);
    }
}
