//! The provider seam: what a gateway needs from the machines on which kernels live.
//!
//! A [`Provider`] has storage for workspaces, byte streams to their kernels and connections to
//! ports inside them. It starts no session: what travels on its streams is between whoever asks
//! and the kernel.
//!
//! * `host::Host` is a provider in this process (`local`).
//! * [`HttpProvider`] is one on another machine (`http`): it asks a manager or a worker, which
//!   serve the same seam over a provider of their own. It reaches them through a [`Dial`].

mod address;
mod deaths;
mod exchange;
mod follow;
mod http_provider;
pub mod moving;
mod parcel;
mod seam;

pub use address::{Address, AddressError, Dial, keep_alive, secure};
pub use deaths::pass_on;
pub use exchange::Question;
pub use follow::{Followed, carry};
pub use http_provider::HttpProvider;
pub use parcel::{pack, unpack};
pub use seam::{BoxedStream, ByteStream, KernelStatus, PortError, Provider, ProviderError};
