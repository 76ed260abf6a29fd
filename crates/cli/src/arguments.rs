//! The command line. Options of a server come from the table of [`crate::config::KEYS`].

pub(crate) mod check;
pub(crate) mod machines;
pub(crate) mod registry;

use crate::config::{Flags, KEYS, Key};
use clap::{Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::path::PathBuf;

/// Gives every project a machine of its own that people and coding agents share.
#[derive(Debug, Parser)]
#[command(name = "stead", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every sub-command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Where workspaces, database and records are kept [env: STEAD_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
    /// Configuration file [env: STEAD_CONFIG] [default: stead.toml in the data directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Server to talk to [env: STEAD_URL] [default: the one that runs on the data directory]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Token to talk to it with [env: STEAD_TOKEN] [default: cli-token in the data directory]
    #[arg(long, global = true, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Certificates (PEM) to trust besides the system's, for https:// [env: STEAD_CA_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a server: gateway and host in one process, or the gateway of RUNTIME_MANAGER_URL
    Serve(Serve),
    /// Run this machine for gateways elsewhere: as a manager, or as a worker (RUNTIME_SERVICE_MODE)
    Host(HostCommand),
    /// Run one workspace's kernel: inside a container of your own, or for a host
    Kernel(Kernel),
    /// Look at what this machine can give, and say what to do about what it cannot
    Doctor(Doctor),
    /// Go through the end-to-end checklist against a server that runs
    Check(check::Check),
    /// List workspaces
    Ls(Ls),
    /// Create a workspace
    New(New),
    /// Open Stead, or one workspace, in a browser by a fresh single-use link
    Open(Open),
    /// Attach this terminal to a terminal of a workspace
    Attach(Attach),
    /// Run a command in a workspace, with its output here and its exit code passed on
    Run(Run),
    /// Show the output of a workspace's dev server
    Logs(Logs),
    /// Find text in the files of a workspace
    Search(Search),
    /// Variables and secrets that processes of a workspace are given
    Env(Env),
    /// Tokens by which programs speak for you
    Token(Token),
    /// Runtimes that run workers: this installation's own, and others
    Runtimes(registry::Runtimes),
    /// Hosts on which runtimes put work
    Hosts(registry::Hosts),
    /// Workers: make them, speak to them, read, follow and stop them
    Workers(registry::Workers),
    /// Machines that joined: list them, let one join, drain and remove them
    Machines(machines::Machines),
    /// The key that everything secret is sealed with
    Secrets(Secrets),
    /// Start a workspace's session and its dev server
    Start(Workspace),
    /// Stop a workspace's session: every process ends, every port is free
    Stop(Workspace),
    /// Move a workspace to another machine; it starts there, or stays where it was
    Move(machines::Move),
    /// Delete a workspace with all its files
    Rm(Rm),
    /// Show every option that is in force, and where it was set
    Config(Show),
    /// Write database and workspaces into a new directory; the server may run meanwhile
    Backup(Backup),
    /// Put a backup into an empty data directory and database, over nothing
    Restore(Restore),
    /// Check or export the audit log; the server may run or not
    #[command(subcommand)]
    Audit(Audit),
    /// Print a script for completions of the shell
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
    /// Print the OpenAPI document
    #[command(hide = true)]
    Openapi,
    /// Print the verbs of the audit log as Markdown
    #[command(hide = true)]
    Verbs,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) options: Options,
    /// Print a fresh link also when the owner has been here before
    #[arg(long)]
    pub(crate) print_link: bool,
    /// Make new workspaces on machines that joined, and none here
    #[arg(long, env = "STEAD_MACHINES_ONLY")]
    pub(crate) machines_only: bool,
    /// How long certificates of machines that joined are good, in seconds; they are exchanged while
    /// the machines run, with a third of the time left
    #[arg(long, value_name = "SECONDS", env = "STEAD_MACHINE_CERTIFICATE_SECONDS",
        value_parser = clap::value_parser!(u64).range(10..))]
    pub(crate) machine_certificate_seconds: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct HostCommand {
    #[command(flatten)]
    pub(crate) options: Options,
    /// Be a machine of the gateway at this URL: dial out to it, and listen nowhere
    #[arg(long, value_name = "URL", env = "STEAD_JOIN")]
    pub(crate) join: Option<String>,
    /// File with the token of an invitation; needed the first time only
    #[arg(long, value_name = "FILE", env = "STEAD_JOIN_TOKEN_FILE", requires = "join")]
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Kernel {
    /// Which workspace this is
    #[arg(long, env = "WORKSPACE_ID", default_value = "default")]
    pub(crate) workspace_id: String,
    /// The workspace's files
    #[arg(long, env = "WORKSPACE_PATH", default_value = "/workspace")]
    pub(crate) workspace_path: PathBuf,
    /// Where the manager of this workspace is; told to programs in the workspace
    #[arg(long, env = "MANAGER_URL")]
    pub(crate) manager_url: Option<String>,
    /// Seconds between two reports of the load
    #[arg(long, env = "MONITOR_INTERVAL", default_value = "5")]
    pub(crate) monitor_interval: f64,
    /// Address and port to listen on
    #[arg(long, env = "STEAD_KERNEL_LISTEN", default_value = "0.0.0.0:3002")]
    pub(crate) listen: std::net::SocketAddr,
    /// Token that every request must carry; one is made and printed when none is given
    #[arg(long = "kernel-token", env = "STEAD_KERNEL_TOKEN", hide_env_values = true)]
    pub(crate) bearer: Option<String>,
    /// Ask for no token: whoever reaches the port may do everything
    #[arg(long, conflicts_with = "bearer")]
    pub(crate) open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) options: Options,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// Name of the workspace
    pub(crate) name: String,
    /// Template to start from; `static`, `vite-react`, `node`, `python`, `rust`
    #[arg(long, short, conflicts_with = "git")]
    pub(crate) template: Option<String>,
    /// Repository to clone
    #[arg(long, value_name = "URL")]
    pub(crate) git: Option<String>,
    /// Branch of the repository
    #[arg(long, requires = "git")]
    pub(crate) branch: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// Id, beginning of an id, or name
    pub(crate) workspace: Option<String>,
    /// Print the link, start no browser
    #[arg(long)]
    pub(crate) print: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Attach {
    /// Id, beginning of an id, or name
    pub(crate) workspace: String,
    /// Name of the terminal
    #[arg(default_value = protocol::terminal::PRIMARY)]
    pub(crate) terminal: String,
    /// Key that detaches, with Ctrl
    #[arg(long, value_name = "KEY", default_value = "]", env = "STEAD_DETACH_KEY")]
    pub(crate) detach_key: char,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Id, beginning of an id, or name
    pub(crate) workspace: String,
    /// Workspace-relative directory to start in
    #[arg(long, short = 'C', value_name = "DIR")]
    pub(crate) directory: Option<String>,
    /// The command is a coding agent, known to everybody in the workspace by this name
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<String>,
    /// Program and arguments
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// Id, beginning of an id, or name
    pub(crate) workspace: String,
    /// Go on until interrupted
    #[arg(long, short)]
    pub(crate) follow: bool,
}

/// The exit code is 0 when something was found, and 1 when nothing was.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Id, beginning of an id, or name
    pub(crate) workspace: String,
    /// What to look for; upper case in it counts
    pub(crate) pattern: String,
    /// The pattern is a regular expression
    #[arg(long, short = 'e')]
    pub(crate) regex: bool,
    /// Upper and lower case are the same
    #[arg(long, short, conflicts_with = "case_sensitive")]
    pub(crate) ignore_case: bool,
    /// Upper and lower case are never the same
    #[arg(long, short = 's')]
    pub(crate) case_sensitive: bool,
    /// Whole words only
    #[arg(long, short)]
    pub(crate) word: bool,
    /// Only files that fit one of these, joined by commas, like `*.rs,docs`
    #[arg(long, short = 'g', value_name = "GLOBS", default_value = "")]
    pub(crate) include: String,
    /// Leave out what fits one of these
    #[arg(long, value_name = "GLOBS", default_value = "")]
    pub(crate) exclude: String,
    /// Look into ignored files, too
    #[arg(long)]
    pub(crate) ignored: bool,
    /// Print the server's lines of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Env {
    #[command(subcommand)]
    pub(crate) command: EnvCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EnvCommand {
    /// List them; values of secrets are never shown
    Ls {
        #[command(flatten)]
        owner: EnvOwner,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Set one; the value comes from standard input or is asked for
    Set(EnvSet),
    /// Remove one
    Unset {
        #[command(flatten)]
        owner: EnvOwner,
        /// Name of the variable
        name: Option<String>,
    },
    /// Set those of a .env file, after showing what changes
    Import(EnvImport),
}

/// Whose variables.
#[derive(Debug, Args)]
pub(crate) struct EnvOwner {
    /// Id, beginning of an id, or name
    #[arg(required_unless_present = "me")]
    pub(crate) workspace: Option<String>,
    /// Your own, for the terminals and agents that you start in any workspace
    #[arg(long)]
    pub(crate) me: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EnvSet {
    #[command(flatten)]
    pub(crate) owner: EnvOwner,
    /// Name of the variable
    pub(crate) name: Option<String>,
    /// Not a secret: shown to those who may see the list
    #[arg(long)]
    pub(crate) plain: bool,
    /// Only for terminals, dev-server, agents or setup; may be given several times
    #[arg(long = "use", value_name = "PROCESSES")]
    pub(crate) uses: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EnvImport {
    #[command(flatten)]
    pub(crate) owner: EnvOwner,
    /// The file; standard input without one
    pub(crate) file: Option<String>,
    /// Do it
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) command: TokenCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token, and print it: this once, and nothing else on standard output
    Create(TokenCreate),
    /// List tokens, never their secrets
    Ls {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token; what it has open ends at once
    Revoke {
        /// Its id, or its name where only one has it
        #[arg(value_name = "TOKEN")]
        named: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TokenCreate {
    /// What it is for
    pub(crate) name: String,
    /// It looks, and changes nothing
    #[arg(long)]
    pub(crate) read_only: bool,
    /// For another installation: it reaches the registry of this one, and nothing else
    #[arg(long, conflicts_with = "workspace")]
    pub(crate) registry_only: bool,
    /// Only for this workspace, by id, beginning of an id, or name; may be said again
    #[arg(long, value_name = "WORKSPACE")]
    pub(crate) workspace: Vec<String>,
    /// How long it lasts: 90d, 12h, 30m, or never
    #[arg(long, value_name = "TIME", default_value = "90d")]
    pub(crate) expires: String,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// Directory that is made; it is complete once it has this name
    pub(crate) directory: PathBuf,
    /// Put the key of the secrets beside them: whoever has the backup has everything then
    #[arg(long)]
    pub(crate) include_key: bool,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Directory that `stead backup` made
    pub(crate) directory: PathBuf,
    /// Look whether the backup is whole, and put nothing in place
    #[arg(long)]
    pub(crate) check: bool,
    /// Leave browsers and tokens signed in, those that were revoked after the backup included
    #[arg(long)]
    pub(crate) keep_sign_ins: bool,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Args)]
pub(crate) struct Secrets {
    #[command(subcommand)]
    pub(crate) command: SecretsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Seal everything with a new key; what was interrupted is finished
    Rotate(Options),
    /// Give up what a lost key sealed, so that the server can start
    Reset {
        #[command(flatten)]
        options: Options,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Workspace {
    /// Id, beginning of an id, or name
    pub(crate) workspace: String,
}

#[derive(Debug, Args)]
pub(crate) struct Rm {
    /// Id, beginning of an id, or name
    pub(crate) workspace: String,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) options: Options,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Walk the chain of hashes: exits with 0 when it is whole, 1 when not, 2 when it cannot be told
    Verify(VerifyAudit),
    /// Write rows to standard output, oldest first
    Export(ExportAudit),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyAudit {
    #[command(flatten)]
    pub(crate) options: Options,
    /// A head that you kept elsewhere; the log must still lead through it
    #[arg(long, value_name = "NUMBER:HASH")]
    pub(crate) head: Vec<String>,
    /// Say nothing when the log is whole
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportAudit {
    #[command(flatten)]
    pub(crate) options: Options,
    /// jsonl, which holds all that the hashes cover, or csv
    #[arg(long, default_value = "jsonl")]
    pub(crate) format: String,
    /// From this time on: 2026-11-21, 2026-11-21T10:30Z, or 7d, 12h, 30m ago
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Up to this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Of this workspace
    #[arg(long, value_name = "ID")]
    pub(crate) workspace: Option<String>,
    /// Of this person
    #[arg(long, value_name = "ID")]
    pub(crate) person: Option<String>,
    /// Verbs and areas, with commas between: file.write,members
    #[arg(long)]
    pub(crate) verb: Option<String>,
    /// Outcomes, with commas between: denied,failed
    #[arg(long)]
    pub(crate) outcome: Option<String>,
    /// Part of the object, the details, the address or the request's id
    #[arg(long)]
    pub(crate) text: Option<String>,
}

impl Arguments {
    /// Reads the command line; ends the process with a message when it is wrong.
    pub(crate) fn read() -> Self {
        <Self as Parser>::parse()
    }

    /// For completions.
    pub(crate) fn command() -> clap::Command {
        <Self as CommandFactory>::command()
    }
}

/// The options of a server that were given as flags.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options(pub(crate) Flags);

impl Options {
    /// With the global options that are also options of a server.
    pub(crate) fn with(&self, global: &Global) -> Flags {
        let mut flags = self.0.clone();
        flags.extend(global.flags());
        flags
    }
}

impl Global {
    /// The options that are also options of a server.
    pub(crate) fn flags(&self) -> Flags {
        self.data_dir.iter().map(|it| ("data-dir", vec![it.clone()])).collect()
    }
}

/// Keys that are flags of their own; the data directory is one of [`Global`].
fn keys() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|it| it.name != "data-dir")
}

fn argument(key: &'static Key) -> Arg {
    let mut help = format!("{} [env: {}]", key.help, key.variable());
    if !key.default.is_empty() {
        help = format!("{help} [default: {}]", key.default.join(", "));
    }
    Arg::new(key.name)
        .long(key.name)
        .value_name(key.value)
        .help(help)
        .help_heading("Options of the server")
        .action(if key.list { ArgAction::Append } else { ArgAction::Set })
}

impl Args for Options {
    fn augment_args(command: clap::Command) -> clap::Command {
        keys().fold(command, |command, key| command.arg(argument(key)))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for key in keys() {
            if let Some(values) = matches.get_many::<String>(key.name) {
                self.0.insert(key.name, values.cloned().collect());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_option_of_a_server_is_a_flag() {
        let arguments = Arguments::try_parse_from([
            "stead",
            "serve",
            "--listen",
            "a",
            "--listen",
            "b",
            "--egress",
            "off",
            "--data-dir",
            "d",
        ])
        .unwrap();
        let Command::Serve(serve) = &arguments.command else { panic!("another command") };
        let flags = serve.options.with(&arguments.global);
        assert_eq!(flags["listen"], ["a", "b"]);
        assert_eq!(flags["egress"], ["off"]);
        assert_eq!(flags["data-dir"], ["d"]);
    }

    // covers: S2.36
    #[test]
    fn a_kernel_by_itself_listens_where_its_clients_look_for_it() {
        let arguments = Arguments::try_parse_from(["stead", "kernel"]).unwrap();
        let Command::Kernel(kernel) = &arguments.command else { panic!("another command") };
        assert_eq!(kernel.listen.port(), 3002);
    }
}
