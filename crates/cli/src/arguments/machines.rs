//! Arguments about machines that joined, and about moving to them.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Machines {
    #[command(subcommand)]
    pub(crate) command: Option<MachinesCommand>,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MachinesCommand {
    /// Make a token for one machine, good once within an hour, and print what to run there
    JoinToken(JoinToken),
    /// Keep new workspaces away from a machine; with --move it is emptied, too
    Drain(Drain),
    /// Let a machine take new workspaces again
    Undrain {
        /// Name or id
        machine: String,
    },
    /// Remove a machine for good: whatever it has open ends, and it is refused from then on
    #[command(visible_alias = "remove")]
    Rm(Remove),
    /// Show copies that were set aside when their workspaces were placed anew
    Copies {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Delete such a copy for ever; the workspace itself stays
    DeleteCopy(DeleteCopy),
}

#[derive(Debug, Args)]
pub(crate) struct DeleteCopy {
    /// Id or name, as `stead machines copies` shows it
    pub(crate) workspace: String,
    /// Name or id of the machine where the copy lies; `gateway` is the gateway's own
    #[arg(long, value_name = "MACHINE")]
    pub(crate) on: String,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct JoinToken {
    /// What the machine will be called; its host name when nothing is said
    #[arg(long, conflicts_with = "again")]
    pub(crate) name: Option<String>,
    /// Let a known machine in again whose certificate has ended, as itself
    #[arg(long, value_name = "MACHINE")]
    pub(crate) again: Option<String>,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Drain {
    /// Name or id
    pub(crate) machine: String,
    /// Move its workspaces away, too, one after the other; interrupted, it goes on
    #[arg(long = "move")]
    pub(crate) away: bool,
    /// End sessions that run; without it their workspaces wait until somebody stops them
    #[arg(long, requires = "away")]
    pub(crate) stop: bool,
    /// Stop to move its workspaces away; those that have come away stay away
    #[arg(long, conflicts_with_all = ["away", "stop"])]
    pub(crate) cancel: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Name or id
    pub(crate) machine: String,
    /// Delete its workspaces here, for ever; only when the machine is lost
    #[arg(long)]
    pub(crate) give_up_workspaces: bool,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Args)]
pub(crate) struct Move {
    /// Id, beginning of an id, or name
    pub(crate) workspace: String,
    /// Name or id of a machine; `gateway` is the gateway's own
    #[arg(long, value_name = "MACHINE",
        required_unless_present_any = ["cancel", "copies", "place_anew"])]
    pub(crate) to: Option<String>,
    /// End the session first, if one runs
    #[arg(long)]
    pub(crate) stop: bool,
    /// Stop the move that is under way; the workspace is used where it was
    #[arg(long, conflicts_with_all = ["to", "stop"])]
    pub(crate) cancel: bool,
    /// Show which machines have a copy of it
    #[arg(long, conflicts_with_all = ["to", "stop", "cancel"])]
    pub(crate) copies: bool,
    /// Take the copy on this machine for the workspace: after a backup was restored that is older
    /// than its last move. Other copies that answer are set aside, and nothing is deleted
    #[arg(long, value_name = "MACHINE", conflicts_with_all = ["to", "stop", "cancel", "copies"])]
    pub(crate) place_anew: Option<String>,
    /// No copy runs on a machine that does not answer, or that joined after the backup
    #[arg(long, requires = "place_anew")]
    pub(crate) other_copies_are_gone: bool,
}
