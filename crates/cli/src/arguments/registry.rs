//! Arguments about runtimes, hosts and workers.

use clap::{Args, Subcommand, ValueEnum};
use protocol::registry::TicketWorkerRole;

/// What workers are made by when nothing else is named.
const EMBEDDED: &str = "embedded-worker-runtime";

#[derive(Debug, Args)]
pub(crate) struct Runtimes {
    #[command(subcommand)]
    pub(crate) command: Option<RuntimesCommand>,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RuntimesCommand {
    /// Work with another installation; its token is read from standard input
    Add {
        /// What it is called here
        label: String,
        /// Where it is: https://HOST, or http:// on this machine
        address: String,
        /// Its id here, instead of one made from its name
        #[arg(long)]
        id: Option<String>,
    },
    /// Forget another installation; its workers go on where they are
    Rm {
        /// Its id
        runtime: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Hosts {
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Workers {
    #[command(subcommand)]
    pub(crate) command: Option<WorkersCommand>,
    /// Only those of this host
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WorkersCommand {
    /// Make a worker, and print its id
    New(NewWorker),
    /// Say something to a worker
    Say {
        #[command(flatten)]
        worker: Worker,
        /// What to say
        text: String,
        /// In the name of the system, not of a person
        #[arg(long)]
        system: bool,
    },
    /// Print what was said to a worker
    Read(Worker),
    /// Print what happens to a worker, as it happens, until it is interrupted
    Follow(Worker),
    /// Stop a worker; what was said stays
    Stop {
        #[command(flatten)]
        worker: Worker,
        /// Break off what it does
        #[arg(long)]
        force: bool,
    },
    /// Give a worker up; what was said stays
    Cancel(Worker),
}

#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// Its id
    pub(crate) worker: String,
    /// The runtime that has it
    #[arg(long, default_value = EMBEDDED)]
    pub(crate) runtime: String,
}

#[derive(Debug, Args)]
pub(crate) struct NewWorker {
    /// The runtime that makes it
    #[arg(long, default_value = EMBEDDED)]
    pub(crate) runtime: String,
    /// The ticket that it works on
    #[arg(long, requires = "role")]
    pub(crate) ticket: Option<String>,
    /// What it does for the ticket
    #[arg(long, value_enum, requires = "ticket")]
    pub(crate) role: Option<Role>,
    /// It directs others, instead of keeping somebody company
    #[arg(long, conflicts_with = "ticket")]
    pub(crate) orchestrator: bool,
}

/// What a worker does for a ticket.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Role {
    Intake,
    Orchestrator,
    Coder,
    Reviewer,
}

impl From<Role> for TicketWorkerRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Intake => Self::Intake,
            Role::Orchestrator => Self::Orchestrator,
            Role::Coder => Self::Coder,
            Role::Reviewer => Self::Reviewer,
        }
    }
}
