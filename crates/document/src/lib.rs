//! Live documents: a file that people and programs change at the same time.
//!
//! A [`Document`] is a replica of Yjs with one shared text, and what is known of the file that the
//! text is written to. Clients send updates; programs write the file; both end up in both. Nothing in
//! the pure part does IO.

pub mod actor;
pub mod align;
pub mod bases;
mod cut;
pub mod diff;
pub mod document;
pub mod format;
mod frame;
pub mod handle;
pub mod history;
pub mod lib0;
pub mod limits;
pub mod merge;
pub mod presence;
pub mod record;
pub mod replica;
pub mod timeline;
pub mod update;
pub mod wire;

pub use document::Document;
