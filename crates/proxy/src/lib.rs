//! HTTP/1.1 forwarding of one request onto a byte stream, with header hygiene in both directions.
//!
//! * [`Policy`] says what may pass; [`headers`] carries it out and does no IO.
//! * [`forward`] sends one request over a stream of the caller's; [`Pool`] keeps idle connections
//!   per key and opens new ones through a [`Connector`].
//! * Bodies stream both ways and are never buffered whole. An upgrade (WebSocket or any other
//!   token) becomes a tunnel of bytes that nobody parses.
//! * A [`Live`] handle cuts what is still flowing, body or tunnel, the moment it is cancelled.
//!
//! Not here: who may do what, where an upstream is, and what an error page looks like.

mod body;
mod connection;
mod forward;
pub mod headers;
mod policy;
mod pool;
mod tunnel;

pub use body::{Body, BoxError};
pub use forward::{BadRequest, ForwardError, forward};
pub use policy::{Authorization, Cookies, Forwarded, Origins, Policy, ResponsePolicy, SetCookies};
pub use pool::{Connector, Limits, Pool};
pub use tunnel::{Live, splice};
