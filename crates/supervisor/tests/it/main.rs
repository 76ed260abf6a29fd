//! The supervisor from outside: what a hostile program in a sandbox may try, limits, terminals,
//! process trees. Everything runs twice, started by root and by an ordinary user.

mod cell;
mod escape;
mod limits;
mod processes;
mod sandbox;
