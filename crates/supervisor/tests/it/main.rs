//! The supervisor from outside: what a hostile program in a sandbox may try, limits, terminals,
//! process trees. Everything runs twice, started by root and by an ordinary user.
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
