//! People and how they sign in, as the gateway tells it.

use crate::id::PrincipalId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest name of a person, in characters.
pub const NAME_LENGTH_MAX: usize = 80;

/// Body of `PATCH /api/v1/me`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// How others see the person: 1 to 80 characters, need not be unique.
    pub name: Option<String>,
}

/// One person's account, as administrators see it (`GET /api/v1/accounts`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    pub id: PrincipalId,
    /// How others see the person.
    pub name: String,
    /// What the person types to sign in with a password; unique.
    pub login_name: Option<String>,
    pub email: Option<String>,
    pub administrator: bool,
    /// Signed out everywhere, and kept out.
    pub disabled: bool,
    pub has_password: bool,
    pub created_at_ms: u64,
    /// Milliseconds since 1970 of the last use by a browser or program that is still signed in.
    pub seen_at_ms: Option<u64>,
}
