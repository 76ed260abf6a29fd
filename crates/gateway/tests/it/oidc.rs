//! Signing in with an OpenID provider: one that tells the truth, and one that lies in every way
//! that its words can.

mod accounts;
mod liar;
mod lies;
mod ways;

pub(crate) use liar::{Liar, SECRET, Way};
