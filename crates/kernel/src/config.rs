//! What a kernel is told when it starts. Plain values: reading them has no effect.

use protocol::WorkspaceId;
use protocol::state::Capabilities;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Descriptor of the HTTP listener that the host hands over.
pub const FD_HTTP: i32 = 3;
/// Descriptor of the hand-off listener that the host hands over.
pub const FD_HANDOFF: i32 = 4;
/// Descriptor of the state directory that the host hands over.
pub const FD_STATE: i32 = 5;

/// Seconds between two `system_stats` frames unless configured (S2.57).
pub const MONITOR_INTERVAL: Duration = Duration::from_secs(5);

/// Silence of a client after which it is asked whether it is there; after as much again it is
/// dropped. Two missed beats of a phone that changes its network fit in.
pub const HEARTBEAT: Duration = Duration::from_secs(20);

/// How long a kernel that nobody talks to and in which nothing runs stays awake.
pub const LINGER: Duration = Duration::from_secs(600);

/// Everything a kernel needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    pub workspace_id: WorkspaceId,
    /// The workspace's files, `/workspace` in a sandbox.
    pub root: PathBuf,
    /// Home directory of the workspace's programs, `/home/dev` in a sandbox.
    pub home: PathBuf,
    pub listen: Listen,
    pub state_directory: StateDirectory,
    pub access: Access,
    /// What the host found out about this machine.
    pub capabilities: Capabilities,
    /// Time between two `system_stats` frames.
    pub monitor_interval: Duration,
    /// Silence after which a client of the general WebSocket is asked whether it is there.
    pub heartbeat: Duration,
    /// Environment of every program in the workspace, beyond what the kernel sets itself:
    /// `PATH`, proxy variables, … Later entries win.
    pub env: Vec<(String, String)>,
    /// Port on the sandbox's loopback where programs find the outbound proxy. `None` where the
    /// workspace shares the machine's network.
    pub egress_port: Option<u16>,
    /// Whether this process is the first of its sandbox and must become its init.
    pub init: bool,
    /// How long a kernel stays when nobody talks to it and nothing runs; `None` is forever.
    pub linger: Option<Duration>,
}

/// Where the HTTP face listens.
#[derive(Clone, Debug)]
pub enum Listen {
    /// Descriptors 3 (HTTP) and 4 (hand-off), both Unix listeners.
    Inherited,
    /// A TCP address: the kernel alone in a container.
    Tcp(SocketAddr),
    /// A Unix socket of its own at this path, and one for the hand-off.
    Unix { http: PathBuf, handoff: PathBuf },
}

/// Where the kernel keeps journal, settings and session record.
#[derive(Clone, Debug)]
pub enum StateDirectory {
    /// Descriptor 5.
    Inherited,
    /// A directory that is created when it is missing.
    Path(PathBuf),
}

/// Whom the kernel believes.
#[derive(Clone)]
pub enum Access {
    /// Whoever reaches the socket is the gateway or the host: its headers say who the caller is,
    /// and without a role it is the host itself.
    Trusted,
    /// As `Trusted`, for requests that carry this bearer token; others are refused.
    Token(String),
    /// Whoever reaches the socket is the owner. Only by explicit choice of the operator.
    Open,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Trusted => "Trusted",
            Self::Token(_) => "Token(..)",
            Self::Open => "Open",
        })
    }
}

impl Config {
    /// A kernel as the host starts it in a sandbox.
    pub fn inherited(workspace_id: WorkspaceId, root: PathBuf, home: PathBuf) -> Self {
        Self {
            workspace_id,
            root,
            home,
            listen: Listen::Inherited,
            state_directory: StateDirectory::Inherited,
            access: Access::Trusted,
            capabilities: Capabilities::default(),
            monitor_interval: MONITOR_INTERVAL,
            heartbeat: HEARTBEAT,
            env: Vec::new(),
            egress_port: None,
            init: true,
            linger: Some(LINGER),
        }
    }
}
