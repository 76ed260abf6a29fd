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
    /// OpenID providers that people sign in with.
    pub providers: Vec<SignInProvider>,
}

/// An OpenID provider that people sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignInProvider {
    /// In addresses: `company` of `/oidc/company/callback`.
    pub id: String,
    /// How people call it.
    pub label: String,
}

/// Body of `POST /api/v1/oidc/{provider}/start`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartOidc {
    /// Path to go on to once signed in; absent: the start page.
    pub next: Option<String>,
    /// The end of an invitation's link, to be taken by whoever comes back.
    pub invitation: Option<String>,
}

/// Body of `POST /api/v1/oidc/{provider}/link`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkOidc {
    /// Of whoever has one; others must have signed in a moment ago.
    pub password: Option<String>,
}

/// Where the browser goes on to, and comes back from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OidcRedirect {
    /// Good for ten minutes, in this browser only.
    pub url: String,
}

/// An account at an OpenID provider that signs the person in (`GET /api/v1/me/identities`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Identity {
    /// Names it in addresses.
    pub id: String,
    /// How people call the provider; its address where it is not configured any more.
    pub provider: String,
    /// Whether the provider is configured, so that it signs in.
    pub usable: bool,
    /// As the provider last gave it.
    pub email: Option<String>,
    pub created_at_ms: u64,
}

/// Why nobody was signed in by a provider: `?problem=` of the page that the browser comes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OidcProblem {
    /// The person said no at the provider.
    Cancelled,
    /// The provider did not want to.
    ProviderRefused,
    /// The provider cannot be reached, or does not answer as it should.
    ProviderDown,
    /// What the provider said does not hold.
    Untrusted,
    /// The clocks of provider and server are too far apart.
    Clock,
    /// There is no address that the provider says is the person's.
    EmailUnverified,
    /// People with such an address are not let in.
    EmailDomain,
    /// Nobody here has this identity, and there was no invitation.
    NotInvited,
    /// The invitation was used up or taken back meanwhile.
    InvitationOver,
    /// The account is disabled.
    Disabled,
    /// The identity signs in somebody else here.
    Taken,
    /// It took too long, was done before, or began in another browser.
    Stale,
    /// Whoever wanted to join an identity to an account is not signed in any more.
    SignedOut,
    /// Too many tries from this network.
    TooMany,
    /// Our own database is away.
    Unavailable,
}

impl OidcProblem {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::ProviderRefused => "provider_refused",
            Self::ProviderDown => "provider_down",
            Self::Untrusted => "untrusted",
            Self::Clock => "clock",
            Self::EmailUnverified => "email_unverified",
            Self::EmailDomain => "email_domain",
            Self::NotInvited => "not_invited",
            Self::InvitationOver => "invitation_over",
            Self::Disabled => "disabled",
            Self::Taken => "taken",
            Self::Stale => "stale",
            Self::SignedOut => "signed_out",
            Self::TooMany => "too_many",
            Self::Unavailable => "unavailable",
        }
    }
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
    /// For another installation: it reaches this one's registry (`/v1`), and nothing else.
    #[serde(default)]
    pub registry_only: bool,
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
    /// For another installation: only an administrator's reaches the registry.
    #[serde(default)]
    pub registry_only: bool,
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
