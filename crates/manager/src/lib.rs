//! The face of a machine to other machines: sessions as leases, and the provider seam over HTTP.
//!
//! * [`Leases`] keeps the sessions of S0: who may have a workspace run, and until when. What runs
//!   is decided and known by the kernel; a session here never claims more than the kernel says.
//! * [`Spread`] is a provider over several workers; [`Gate`] is one with a number of sessions that
//!   it does not exceed.
//! * [`serve`] answers for both, and for whatever else is a [`provider::Provider`], on listeners of
//!   its own. Each route is a row of one small table.
//!
//! * [`Dialer`] gives a gateway connections that this machine dialled itself, after [`join`].
//! * [`Fence`] is a provider that does nothing with a workspace that was placed elsewhere since.
//!
//! Nothing here starts a process or touches a workspace's files.

mod admissions;
mod answer;
mod api;
mod closing;
mod dial;
mod fence;
mod files;
mod gate;
mod grants;
mod guard;
mod identity;
mod join;
mod kernels;
mod leases;
mod names;
mod seam;
mod server;
mod sessions;
mod spread;
mod store;
mod table;
mod traced;
mod turns;

pub use dial::{Dialer, DialerError};
pub use fence::Fence;
pub use gate::Gate;
pub use guard::{Token, TokenError};
pub use identity::{Identity, IdentityError};
pub use join::{JoinError, join};
pub use leases::{Leases, OpenError, Settings, Show, ShowOne};
pub use server::{Config, Mode, serve};
pub use spread::{Spread, Worker};
pub use table::{Least, Row, rows};
