//! Signing in with an OpenID provider.

use super::{ANYONE, Quiet, Row, SIGNED_IN, Within, own, to};
use crate::oidc::{identities, visit};

pub(super) static ROWS: &[Row] = &[
    own("POST", "/api/v1/oidc/{provider}/start", ANYONE, Within("login.create"), to!(visit::start)),
    own(
        "POST",
        "/api/v1/oidc/{provider}/link",
        SIGNED_IN,
        Within("account.link"),
        to!(visit::link),
    )
    .in_person(),
    own("GET", "/oidc/{provider}/callback", ANYONE, Within("login.create"), to!(visit::callback)),
    own("GET", "/api/v1/me/identities", SIGNED_IN, Quiet, to!(identities::list)).in_person(),
    own(
        "DELETE",
        "/api/v1/me/identities/{identity}",
        SIGNED_IN,
        Within("account.unlink"),
        to!(identities::unlink),
    )
    .in_person(),
];
