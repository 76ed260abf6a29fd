//! The supervisor from outside: what a hostile program in a sandbox may try, limits, terminals,
//! process trees. Everything runs started by root and by an ordinary user, in a sandbox made for it
//! and in one made before.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "everything here is a test, helpers too: what is unexpected ends it, and skips are loud"
)]

mod cell;
mod escape;
mod limits;
mod processes;
mod sandbox;
mod spare;
