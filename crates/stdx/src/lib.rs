//! What std could have: task scopes, a clock, a numbered ring, workspace paths, random bits,
//! values that do not show themselves, streams with a guard.
//!
//! Nothing here knows a word of Stead's domain but the path of a file in a workspace.

pub mod clock;
mod guarded_stream;
pub mod noise;
pub mod percent;
pub mod random;
pub mod redact;
pub mod ring;
pub mod secret;
pub mod task;
pub mod workspace_path;

pub use guarded_stream::GuardedStream;
pub use redact::Needles;
pub use ring::ByteRing;
pub use secret::Secret;
pub use task::{TaskScope, beside};
pub use workspace_path::WorkspacePath;
