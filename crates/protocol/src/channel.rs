//! The general WebSocket of a workspace (`WS /api/v1/ws`): one JSON object a text frame, each with a
//! `type`.

use crate::event::{Event, FileChange};
use crate::git::GitTask;
use crate::header::Role;
use crate::id::ConnectionId;
use crate::state::RuntimeState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a client may be told of. Without `topics` in the query a connection starts with
/// [`Topic::DEFAULT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// `state`
    State,
    /// `event` and `gap`
    Events,
    /// `file_changed` and `files_rescan`
    Files,
    /// `people`
    People,
    /// `git_changed`
    Git,
    /// `system_stats`, every `MONITOR_INTERVAL` seconds
    Stats,
    /// `processes`, every `MONITOR_INTERVAL` seconds
    Processes,
    /// `agent_output` of every agent; that one starts or ends is among the events
    Agents,
}

impl Topic {
    /// What a client gets that does not say what it wants.
    pub const DEFAULT: [Self; 4] = [Self::State, Self::Events, Self::Files, Self::People];
}

/// Kernel to client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromKernel {
    /// First frame. `next_seq` is the first event that will follow live or from the backlog.
    Hello {
        next_seq: u64,
        read_only: bool,
        /// Which of `people` this connection is.
        connection: Option<ConnectionId>,
    },
    /// The journal no longer reaches back to what was asked; events continue at `next_seq`.
    Gap { next_seq: u64 },
    /// The whole state, at once after `hello` and at every change.
    State { state: Box<RuntimeState> },
    /// One journal entry.
    Event { event: Event },
    /// A file or directory changed, whoever did it: a request, a program, Git. Frames in the order
    /// in which they come lead from the tree as it was to the tree as it is; what is read meanwhile
    /// may be newer.
    FileChanged {
        path: String,
        event_type: FileChange,
        /// Where it was before, of one that was renamed.
        from: Option<String>,
        /// It is, or was, a directory.
        directory: bool,
        author: Author,
    },
    /// Not every change was told: list again what matters.
    FilesRescan { reason: RescanReason },
    /// Who is here: all of them, at once after `hello` and when somebody joins, leaves or looks
    /// at something else. At most ten times a second.
    People {
        /// In the order in which they came; at most 100.
        people: Vec<Person>,
        /// How many more there are.
        more: u32,
    },
    /// The repository may have changed in a way that files do not tell: ask for its status again.
    GitChanged {
        /// The fetch, pull or push that runs or ran last.
        task: Option<GitTask>,
    },
    /// Every `MONITOR_INTERVAL` seconds to clients that asked for it.
    SystemStats { stats: SystemStats },
    /// Every `MONITOR_INTERVAL` seconds to clients that asked for it: the processes that use most.
    Processes {
        /// At most 50, the busiest first.
        processes: Vec<ProcessLoad>,
        /// How many more there are.
        more: u32,
    },
    /// What an agent that runs in a terminal said, from what is on its screen on.
    AgentOutput {
        /// Name of the agent's terminal.
        agent: String,
        /// The first byte of `content` has this number in the terminal's output.
        offset: u64,
        /// Text with the terminal's control sequences, secrets masked for viewers. Bytes that are no
        /// UTF-8 are replaced.
        content: String,
        /// Forget what was shown of this agent: this is its whole screen, and output goes on at
        /// `offset`. The first frame of each agent is one, and one that follows a gap.
        screen: bool,
    },
    /// What this connection is subscribed to from here on: the answer to `subscribe` and
    /// `unsubscribe`.
    Subscribed { topics: Vec<Topic> },
    /// The answer to `ping`.
    Pong,
    /// A frame of the client could not be understood and changed nothing; the connection goes on.
    Error { message: String },
    /// The kernel or gateway is going away; come back after the delay.
    ComeBack { after_ms: u64 },
}

/// Client to kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToKernel {
    /// Is answered by `pong`.
    Ping,
    /// Adds topics; what they stand for now is sent at once.
    Subscribe { topics: Vec<Topic> },
    /// Takes topics away.
    Unsubscribe { topics: Vec<Topic> },
    /// Which file this client shows its person, workspace-relative; `null` for none. Others see it
    /// in `people`.
    Looking { path: Option<String> },
    /// The topic `stats`, in the words of older clients.
    Stats { on: bool },
}

/// Who changed a file, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Author {
    pub kind: AuthorKind,
    /// Of a person.
    pub principal: Option<String>,
    /// The program that acted for the person: `browser`, `cli`, …
    pub operator: Option<String>,
}

#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// A request of a principal, or what they type.
    Person,
    /// A coding agent that is known to Stead.
    Agent,
    /// A program in the workspace: an editor in a terminal, a build.
    #[default]
    Process,
    /// Seen while Git held its index.
    Git,
    /// The kernel itself, when it fills a new workspace or tidies up a document.
    Kernel,
}

/// Why changes were not told one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RescanReason {
    /// More than 4,096 changed at once.
    Many,
    /// This client took its frames too slowly.
    Behind,
    /// It subscribed just now, or what is watched was decided anew.
    Begin,
}

/// One connection of somebody to the workspace. Two tabs of one person are two entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// Unique among those who are here.
    pub connection: ConnectionId,
    /// Absent where the kernel runs alone and knows nobody.
    pub principal: Option<String>,
    /// What people call them.
    pub name: Option<String>,
    /// The program in between: `browser`, `cli`, …
    pub operator: Option<String>,
    pub role: Role,
    /// The file they look at.
    pub looking: Option<String>,
    /// Milliseconds since 1970.
    pub joined_at_ms: u64,
}

/// Load of the workspace against its own limits (S2.50 to S2.53).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SystemStats {
    /// Of the share of CPU this workspace may use, 0 to 100.
    pub cpu_percent: f64,
    pub memory_used_bytes: u64,
    pub memory_available_bytes: u64,
    pub memory_percent: f64,
    pub disk_used_bytes: u64,
    pub disk_available_bytes: u64,
    pub disk_percent: f64,
    /// Through the network of the workspace since the session started.
    pub network_received_bytes: u64,
    pub network_sent_bytes: u64,
    pub processes: u64,
    /// Changes of files that were told since the kernel started (S2.54).
    pub file_changes: u64,
    /// WebSockets that are open now (S2.55).
    pub websockets: u64,
    /// Requests to the kernel in the last five minutes (S2.56).
    pub requests: u64,
    /// Those of them that were answered with a status of 500 or more.
    pub errors: u64,
}

/// What one process of the workspace uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProcessLoad {
    pub pid: u32,
    /// The command line; secrets in it are masked.
    pub command: String,
    /// Of one core, since the last frame; of several cores more than 100.
    pub cpu_percent: f64,
    /// Resident memory.
    pub memory_bytes: u64,
}
