//! Documents under random interleavings, against what must hold whatever happens.

#![expect(clippy::unwrap_used, reason = "helpers of tests may unwrap like tests")]
#![expect(clippy::print_stdout, reason = "the steps of a failing seed, and what a long run did")]

mod model;
mod trace;
mod world;
