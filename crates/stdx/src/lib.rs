//! What std could have: task scopes, a clock, a numbered ring, workspace paths, random bits.
//!
//! Nothing here knows a word of Stead's domain but the path of a file in a workspace.

pub mod clock;
pub mod random;
pub mod ring;
pub mod task;
pub mod workspace_path;

pub use ring::ByteRing;
pub use task::TaskScope;
pub use workspace_path::WorkspacePath;
