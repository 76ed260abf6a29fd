//! Variables, secrets and Git credentials.

use super::{EDITOR, OWNER, Quiet, Row, SIGNED_IN, Within, about, own, to};
use crate::environment;

pub(super) static ROWS: &[Row] = &[
    about("GET", "/api/v1/workspaces/{id}/environment", EDITOR, Quiet, to!(environment::get)),
    about(
        "POST",
        "/api/v1/workspaces/{id}/environment/import",
        OWNER,
        Within("environment.set"),
        to!(environment::import),
    ),
    about(
        "PUT",
        "/api/v1/workspaces/{id}/environment/{name}",
        OWNER,
        Within("environment.set"),
        to!(environment::set),
    ),
    about(
        "DELETE",
        "/api/v1/workspaces/{id}/environment/{name}",
        OWNER,
        Within("environment.unset"),
        to!(environment::unset),
    ),
    about(
        "PUT",
        "/api/v1/workspaces/{id}/git-credentials/{host}",
        OWNER,
        Within("git_credential.set"),
        to!(environment::set_git),
    ),
    about(
        "DELETE",
        "/api/v1/workspaces/{id}/git-credentials/{host}",
        OWNER,
        Within("git_credential.unset"),
        to!(environment::unset_git),
    ),
    own("GET", "/api/v1/me/environment", SIGNED_IN, Quiet, to!(environment::get_own))
        .across_workspaces(),
    own(
        "POST",
        "/api/v1/me/environment/import",
        SIGNED_IN,
        Within("environment.set"),
        to!(environment::import_own),
    ),
    own(
        "PUT",
        "/api/v1/me/environment/{name}",
        SIGNED_IN,
        Within("environment.set"),
        to!(environment::set_own),
    ),
    own(
        "DELETE",
        "/api/v1/me/environment/{name}",
        SIGNED_IN,
        Within("environment.unset"),
        to!(environment::unset_own),
    ),
    own(
        "PUT",
        "/api/v1/me/git-credentials/{host}",
        SIGNED_IN,
        Within("git_credential.set"),
        to!(environment::set_own_git),
    ),
    own(
        "DELETE",
        "/api/v1/me/git-credentials/{host}",
        SIGNED_IN,
        Within("git_credential.unset"),
        to!(environment::unset_own_git),
    ),
];
