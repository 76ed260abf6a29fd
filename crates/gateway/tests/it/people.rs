//! Accounts, passwords, tokens, invitations, and where somebody is signed in.

mod accounts;
mod attacks;
mod invitations;
mod passwords;
mod sign_ins;
mod tokens;
