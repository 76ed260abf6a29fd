//! People and how they sign in, as the gateway tells it.

use crate::header::Role;
use crate::id::{InvitationId, LoginId, PrincipalId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// People are named by the same rule as workspaces.
pub use crate::workspace::NAME_LENGTH_MAX;

/// Fewest and most characters of a log-in name.
pub const LOGIN_NAME_LENGTH: (usize, usize) = (2, 40);
/// Fewest characters of a password.
pub const PASSWORD_LENGTH_MIN: usize = 10;
/// Most characters of a password; a sentence fits many times over.
pub const PASSWORD_LENGTH_MAX: usize = 256;
/// Longest note of an invitation and name of a token, in characters.
pub const NOTE_LENGTH_MAX: usize = 80;
/// Most people that one invitation lets in.
pub const INVITATION_USES_MAX: u32 = 1_000;
/// Longest life of an invitation, in seconds.
pub const INVITATION_LIFETIME_S_MAX: u64 = 90 * 24 * 60 * 60;
/// Longest life of a token that has an end, in seconds.
pub const TOKEN_LIFETIME_S_MAX: u64 = 10 * 365 * 24 * 60 * 60;

/// Body of `PATCH /api/v1/me`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// How others see the person: 1 to 80 characters, need not be unique.
    pub name: Option<String>,
    /// What the person types to sign in: 2 to 40 of `a`–`z`, `0`–`9`, `.`, `_` and `-`, unique.
    pub login_name: Option<String>,
}

/// Body of `PUT /api/v1/me/password`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// Needed when there is one.
    pub old_password: Option<String>,
    /// 10 to 256 characters.
    pub new_password: String,
}

/// Answer of `GET /api/v1/sign-in`: the ways in, besides links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignInMethods {
    /// Whether anybody signs in with a password.
    pub password: bool,
    /// Nobody was here yet: the link that the server printed makes the owner.
    pub first_start: bool,
}

/// Body of `POST /api/v1/sign-in`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub login_name: String,
    pub password: String,
}

/// A browser that is signed in, or the command line (`GET /api/v1/sign-ins`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignInEntry {
    pub id: LoginId,
    /// `Firefox on Linux`, as far as the browser says.
    pub device: String,
    /// Where it was last used from.
    pub address: Option<String>,
    pub created_at_ms: u64,
    /// To within five minutes.
    pub seen_at_ms: u64,
    /// The one that asks.
    pub current: bool,
    /// The command line of the machine that Stead runs on; a new one is made at its next start.
    pub command_line: bool,
}

/// A token of a program (`GET /api/v1/tokens`). Its secret is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    pub id: LoginId,
    pub name: String,
    /// It looks, and changes nothing.
    pub read_only: bool,
    /// `null`: every workspace of its person.
    pub workspaces: Option<Vec<WorkspaceId>>,
    pub created_at_ms: u64,
    /// `null`: it has no end.
    pub expires_at_ms: Option<u64>,
    /// To within five minutes; `null` before the first use.
    pub used_at_ms: Option<u64>,
}

/// Body of `POST /api/v1/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// 1 to 80 characters: what it is for.
    pub name: String,
    #[serde(default)]
    pub read_only: bool,
    /// Absent: every workspace of its person.
    pub workspaces: Option<Vec<WorkspaceId>>,
    /// Seconds from now; absent: it has no end.
    pub expires_in_s: Option<u64>,
}

/// Answer of `POST /api/v1/tokens`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewToken {
    pub token: Token,
    /// `stead_…`, for `Authorization: Bearer`. Shown this once.
    pub secret: String,
}

/// A link that lets people in (`GET /api/v1/invitations` and below a workspace).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invitation {
    pub id: InvitationId,
    /// For whom it is, as its maker wrote it; may be empty.
    pub note: String,
    /// What the invited become a member of; `null`: nothing yet.
    pub workspace: Option<WorkspaceId>,
    /// Their role there.
    pub role: Option<Role>,
    pub created_by: PrincipalId,
    pub created_by_name: String,
    pub created_at_ms: u64,
    pub expires_at_ms: u64,
    /// How many came by it.
    pub uses: u32,
    pub uses_max: u32,
}

/// Body of `POST /api/v1/invitations` and `POST /api/v1/workspaces/{id}/invitations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvitation {
    /// For whom it is, to tell it from others; at most 80 characters.
    #[serde(default)]
    pub note: String,
    /// The role in the workspace: needed below one, and there only.
    pub role: Option<Role>,
    /// Seconds from now, at most 90 days; absent: 7 days.
    pub expires_in_s: Option<u64>,
    /// How many people it lets in, at most 1000; absent: 1.
    pub uses_max: Option<u32>,
}

/// Answer to a [`CreateInvitation`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewInvitation {
    pub invitation: Invitation,
    /// The link. Shown this once.
    pub url: String,
}

/// Body of `POST /api/v1/join` and `POST /api/v1/join/details`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// What stands behind `/join/` in the link.
    pub invitation: String,
}

/// What somebody is invited to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JoinDetails {
    pub invited_by: String,
    pub workspace: Option<WorkspaceId>,
    pub workspace_name: Option<String>,
    pub role: Option<Role>,
    pub expires_at_ms: u64,
}

/// Answer of `POST /api/v1/join`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Joined {
    pub workspace: Option<WorkspaceId>,
}

/// Body of `POST /api/v1/join/account`: an invitation taken by somebody without an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinAccount {
    pub invitation: String,
    pub name: String,
    pub login_name: String,
    pub password: String,
}

/// Body of `PATCH /api/v1/accounts/{account}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAccount {
    pub administrator: Option<bool>,
    /// Signed out everywhere and kept out, or let in again.
    pub disabled: Option<bool>,
}

/// A link for another person (`POST /api/v1/accounts/{account}/reset`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResetLink {
    /// Lets whoever opens it first choose the account's password. Shown this once.
    pub url: String,
    pub expires_at_ms: u64,
}

/// Body of `POST /api/v1/reset/details`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// What stands behind `/reset/` in the link.
    pub grant: String,
}

/// Whose password a link resets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResetDetails {
    pub name: String,
    pub login_name: String,
}

/// Body of `POST /api/v1/reset`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    pub grant: String,
    pub password: String,
}

/// A workspace that an account owns alone: `details.workspaces` of the refusal to delete it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnedWorkspace {
    pub id: WorkspaceId,
    pub name: String,
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
