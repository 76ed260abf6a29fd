//! Terminal sessions: a screen model, numbered output, attach and resume.
//!
//! A [`Terminal`] is the handle of one PTY. Its actor always drains the PTY; clients attach and
//! pull [`Frame`]s at their own pace from a shared ring, so a slow one never holds up the shell
//! or another client. Who falls out of the ring, or is new, gets a screen: escape sequences that
//! show in a fresh terminal exactly what the server-side model shows.
//!
//! Clients for whom secrets are masked read from a mirror of the terminal: a second stream that
//! follows the first one like a client, so that whoever reads the first one pays nothing.

mod actor;
mod filter;
mod frame;
mod mirror;
mod screen;
mod session;
mod size;
mod stream;

pub use frame::{Encoded, Frame};
pub use session::{
    AttachRequest, Attachment, Chunk, Ended, InputError, InputHandle, OutputReader, Pty, Spec,
    Summary, Terminal,
};
