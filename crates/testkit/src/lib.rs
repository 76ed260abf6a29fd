//! A real `stead serve` in a directory of its own, and clients of it: for benchmarks and tests.
//!
//! Everything blocks, so that a measurement holds no scheduler but the system's. Programs run as
//! they are shipped; nothing is imitated.

mod http;
mod program;
mod terminal;
mod world;

pub use http::{Answer, send};
pub use program::{Program, command};
pub use terminal::{Frame, Socket, Terminal};
pub use world::World;
