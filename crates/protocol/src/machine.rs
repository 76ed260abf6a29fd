//! Machines that joined a gateway (decision 019): what people see of them, how one joins, and what
//! is said on the streams that it dials.

use crate::id::MachineId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What `Upgrade` names where a machine gives its gateway a connection.
pub const DIAL: &str = "stead-dial";
/// Says at the seam which placement a request is about: the number of times that the workspace was
/// placed. A host refuses a lower one than it has heard of.
pub const EPOCH: &str = "stead-epoch";

/// How a joining token begins; the authority's fingerprint stands behind the last dot.
pub const TOKEN_PREFIX: &str = "stead-machine-";
/// How long an invitation is good: for one who opens a shell on the other machine.
pub const INVITATION_LIFETIME_S: u64 = 60 * 60;

/// On an idle stream: the gateway asks whether the machine is there, and the machine says so.
pub const PING: u8 = b'.';
/// On an idle stream: what follows is HTTP/1.1.
pub const BEGIN: u8 = b'!';
/// Seconds between two pings.
pub const PING_INTERVAL_S: u64 = 3;
/// Seconds without a ping, or without the answer to one, after which the other side is gone.
pub const SILENCE_S: u64 = 9;
/// Seconds between two lines of `GET /pulse`.
pub const PULSE_INTERVAL_S: u64 = 2;

/// One machine (`GET /api/v1/machines`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Machine {
    pub id: MachineId,
    pub name: String,
    pub state: MachineState,
    /// Whether new workspaces are kept away from it, also while it is lost.
    pub draining: bool,
    /// Version of Stead that runs there.
    pub version: String,
    pub joined_at_ms: u64,
    /// When a gateway last heard of it; 0 for one that never came.
    pub seen_at_ms: u64,
    /// As it last said.
    pub resources: Option<Resources>,
    /// Workspaces that are there.
    pub workspaces: u64,
    /// Those whose kernel is awake, as it last said.
    pub awake: u64,
    pub certificate_expires_at_ms: u64,
}

/// How a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MachineState {
    /// It answers and takes new workspaces.
    Ready,
    /// It answers; new workspaces are made elsewhere.
    Draining,
    /// It does not answer. What runs there may go on, and is started nowhere else.
    Lost,
}

/// What a machine has, and what is left of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Resources {
    pub cpus: u32,
    /// Processes that run or wait, on average over a minute.
    pub load: f64,
    pub memory_total_bytes: u64,
    pub memory_free_bytes: u64,
    /// Of the disk with the workspaces.
    pub disk_total_bytes: u64,
    pub disk_free_bytes: u64,
}

/// One line of `GET /pulse`: a machine says that it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pulse {
    pub version: String,
    pub resources: Option<Resources>,
    pub awake: u64,
}

/// Body of `POST /api/v1/machines/invitations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InviteMachine {
    /// What the machine will be called; its host name when nothing is said.
    pub name: Option<String>,
    /// A machine that is known and has lost its certificate: it joins as itself.
    pub machine: Option<MachineId>,
}

/// What lets one machine in, once; nobody is shown it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MachineInvitation {
    pub token: String,
    /// What is run on the other machine, with the token in the file that it names.
    pub command: String,
    pub expires_at_ms: u64,
}

/// Body of `PATCH /api/v1/machines/{machine}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateMachine {
    pub name: Option<String>,
    /// `true` keeps new workspaces away from it.
    pub draining: Option<bool>,
}

/// Body of `POST /api/v1/machines/join`: a machine introduces itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinMachine {
    pub token: String,
    pub name: String,
    pub version: String,
    /// The machine's Ed25519 key, 32 bytes as base64.
    pub public_key: String,
}

/// Answer of `POST /api/v1/machines/join`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JoinedMachine {
    pub id: MachineId,
    /// X.509, DER as base64: for the key that was sent.
    pub certificate: String,
    /// Who signs the gateways' certificates, DER as base64.
    pub authority: String,
    pub certificate_expires_at_ms: u64,
}

/// Answer of `POST /certificate/request` at the seam: the machine has made itself a new key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRequest {
    pub public_key: String,
}

/// Body of `PUT /certificate` at the seam.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCertificate {
    pub certificate: String,
    pub certificate_expires_at_ms: u64,
}

/// Body of `PUT /gateways` at the seam: where the gateways of the installation are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateways {
    /// `https://host[:port]`, each once.
    pub urls: Vec<String>,
}

/// The name in a machine's certificate.
pub fn server_name(id: &MachineId) -> String {
    format!("{}.machine.stead.internal", id.body())
}
