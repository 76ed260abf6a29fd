//! The way out of a workspace: an HTTP proxy on a listener that the kernel binds inside the
//! sandbox's network and passes out.
//!
//! The proxy speaks `CONNECT` and absolute-form HTTP. It resolves names itself, judges every
//! address by [`policy`], and connects to the address that it judged. It never looks into what it
//! carries.

pub mod log;
pub mod policy;

mod carry;
mod environment;
mod names;
mod own_addresses;
mod proxy;

pub use log::{Entry, Outcome};
pub use policy::{Egress, EgressMode, HostPattern, InvalidPattern};

pub(crate) use environment::{CERTIFICATES, certificate_variables, proxy_variables};
pub(crate) use log::Log;
pub(crate) use names::Names;
pub(crate) use proxy::Proxy;

/// Port inside the sandbox on which programs find the proxy.
pub(crate) const PORT: u16 = 3128;
