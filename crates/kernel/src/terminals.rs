//! The workspace's terminals: one PTY a name, for as long as its process or the session lives.
//!
//! A client never makes a PTY by itself: it names a terminal, and gets the one there is, or the one
//! that is made for everybody who names it (S1.14). A disconnect ends nothing.

mod entry;
mod error;

pub use entry::Opened;
pub use error::OpenError;

use crate::context::{By, Context};
use crate::environment;
use crate::outbox::Fact;
use crate::proc::{self, AGENT};
use entry::Entry;
use protocol::audit::verb;
use protocol::environment::Use;
use protocol::event::EventKind;
use protocol::state::{SessionStatus, TerminalInfo, TerminalKind};
use protocol::terminal::{
    COLS_MAX, COLS_MIN, DEV_SERVER, OpenTerminal, PRIMARY, ROWS_MAX, ROWS_MIN, is_name,
};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::WorkspacePath;
use supervisor::process::{Command, Processes, Signal};
use terminal::Terminal;
use tokio::sync::Notify;

/// Terminals of one workspace; people use a handful, and a PTY is a scarce thing.
const TERMINALS_MAX: usize = 64;
/// Size until a client says what it can show.
const COLS: u16 = 80;
const ROWS: u16 = 24;
/// From HUP to KILL when one terminal is closed.
const CLOSE_GRACE: Duration = Duration::from_millis(500);
/// After everything was killed, readers of the terminals get this long to finish.
const DRAIN: Duration = Duration::from_millis(300);

/// Handle of all terminals. Cheap to clone.
#[derive(Clone)]
pub struct Terminals {
    shared: Arc<Shared>,
}

struct Shared {
    context: Context,
    processes: Processes,
    table: Mutex<Table>,
    /// Somebody typed: ports may open soon.
    activity: Notify,
}

#[derive(Default)]
struct Table {
    /// In the order in which they were opened.
    entries: Vec<Entry>,
    /// The dev server's last terminal, kept so that its output can be read after its end.
    dev_server: Option<Terminal>,
}

/// What a terminal runs.
struct Program {
    command: Command,
    kind: TerminalKind,
    /// What the first client can show, if there is one.
    size: Option<(u16, u16)>,
    /// For events; `None` for the login shell.
    announced: Option<String>,
}

impl Terminals {
    pub fn new(context: &Context, processes: &Processes) -> Self {
        let shared = Shared {
            context: context.clone(),
            processes: processes.clone(),
            table: Mutex::default(),
            activity: Notify::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Terminals whose process lives, in the order in which they were opened.
    pub fn list(&self) -> Vec<TerminalInfo> {
        self.table()
            .entries
            .iter()
            .filter(|it| it.is_alive())
            .map(|it| it.info(&self.shared.context))
            .collect()
    }

    /// The terminal of this name; the dev server's also after its end.
    pub fn get(&self, name: &str) -> Option<Terminal> {
        let table = self.table();
        let living = table.entries.iter().find(|it| it.name() == name && it.is_alive());
        living
            .map(|it| it.terminal.clone())
            .or_else(|| (name == DEV_SERVER).then(|| table.dev_server.clone()).flatten())
    }

    /// Whether viewers and editors alike would find this name without opening it.
    pub fn exists(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The terminal of this name; opened with a login shell when there is none that lives.
    pub fn get_or_open(
        &self,
        name: &str,
        size: Option<(u16, u16)>,
        by: &By,
    ) -> Result<Terminal, OpenError> {
        if name == DEV_SERVER {
            return self.get(name).ok_or(OpenError::NotFound { name: name.to_owned() });
        }
        let mut table = self.table();
        if let Some(entry) = table.entries.iter().find(|it| it.name() == name && it.is_alive()) {
            return Ok(entry.terminal.clone());
        }
        let program = Program { size, ..self.shell(None, by)? };
        let opened = self.open_in(&mut table, name, program, by)?;
        // Nobody asked the gateway for it, so nobody else writes it down.
        let fact = Fact::new(const { verb("terminal.open") }).about(name);
        self.shared.context.note(by, fact);
        Ok(opened.terminal)
    }

    /// Opens a terminal under a name that must be free.
    pub fn open(&self, request: &OpenTerminal, by: &By) -> Result<TerminalInfo, OpenError> {
        let mut table = self.table();
        let name = match &request.name {
            Some(name) => name.clone(),
            None => table.free_name(),
        };
        if name == DEV_SERVER || table.entries.iter().any(|it| it.name() == name && it.is_alive()) {
            return Err(OpenError::Exists { name });
        }
        let directory = self.directory(request.working_directory.as_deref())?;
        let program = match (request.command.as_deref(), request.agent) {
            (None, true) => return Err(OpenError::Agent),
            (None, false) => self.shell(directory, by)?,
            (Some(arguments), false) => self.program(arguments, directory, by)?,
            (Some(arguments), true) => self.agent(&name, arguments, directory, by)?,
        };
        let program = Program { size: request.cols.zip(request.rows), ..program };
        self.open_in(&mut table, &name, program, by)?;
        let opened = table.entries.iter().rfind(|it| it.name() == name);
        opened.map(|it| it.info(&self.shared.context)).ok_or(OpenError::NotFound { name })
    }

    /// Opens the dev server's terminal in place of its last one.
    pub fn open_dev_server(&self, command: Command, by: &By) -> Result<Opened, OpenError> {
        let mut table = self.table();
        let kind = TerminalKind::DevServer;
        let size = table.dev_server.as_ref().map(|it| {
            let summary = it.summary();
            let summary = summary.borrow();
            (summary.cols, summary.rows)
        });
        let program = Program { command, kind, size, announced: None };
        let opened = self.open_in(&mut table, DEV_SERVER, program, by)?;
        table.dev_server = Some(opened.terminal.clone());
        Ok(opened)
    }

    /// Ends a terminal: HUP to its process group, then KILL.
    pub async fn close(&self, name: &str) -> Result<(), OpenError> {
        let (pid, mut exit) = {
            let table = self.table();
            let entry = table.entries.iter().find(|it| it.name() == name && it.is_alive());
            let entry = entry.ok_or(OpenError::NotFound { name: name.to_owned() })?;
            if entry.kind == TerminalKind::DevServer {
                return Err(OpenError::DevServer);
            }
            (entry.pid, entry.exit.clone())
        };
        proc::signal_group(pid, Signal::HUP);
        proc::signal_group(pid, Signal::CONT);
        let ended = exit.wait_for(Option::is_some);
        if tokio::time::timeout(CLOSE_GRACE, ended).await.is_err() {
            proc::signal_group(pid, Signal::KILL);
        }
        self.gone(name, pid).await;
        Ok(())
    }

    /// After every process of the session is gone: forgets the terminals, and the log with them.
    pub async fn clear(&self) {
        let mut states = self.shared.context.state.subscribe();
        let empty = states.wait_for(|it| it.terminals.is_empty());
        if tokio::time::timeout(DRAIN, empty).await.is_err() {
            self.table().entries.clear();
            self.publish();
        }
    }

    /// Waits until the terminal is not listed; it is forgotten then whatever still holds it.
    async fn gone(&self, name: &str, pid: u32) {
        let mut states = self.shared.context.state.subscribe();
        let gone = states.wait_for(|it| !it.terminals.iter().any(|it| it.pid == pid));
        if tokio::time::timeout(CLOSE_GRACE, gone).await.is_err() {
            tracing::debug!(name, "a background program holds the closed terminal");
            self.table().entries.retain(|it| it.pid != pid);
            self.publish();
        }
    }

    /// Told when somebody types.
    pub fn touch(&self) {
        self.shared.activity.notify_one();
    }

    /// Resolves when somebody typed since the last call.
    pub async fn touched(&self) {
        self.shared.activity.notified().await;
    }

    /// Bytes of output so far over all terminals, and how many terminals there are.
    pub fn activity(&self) -> (u64, usize) {
        let table = self.table();
        (table.entries.iter().map(|it| it.terminal.offset()).sum(), table.entries.len())
    }

    /// Looks where the foreground programs are; programs that say it themselves are believed.
    pub fn refresh_directories(&self) {
        for entry in &self.table().entries {
            entry.refresh_directory();
        }
    }

    /// Whether programs may write the clipboard, for the terminals that are open.
    pub fn set_clipboard(&self, allowed: bool) {
        for entry in &self.table().entries {
            entry.terminal.set_clipboard(allowed);
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.shared.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shell(&self, directory: Option<PathBuf>, by: &By) -> Result<Program, OpenError> {
        let mut program = self.program(&[environment::shell().to_owned()], directory, by)?;
        program.command.args = vec![OsString::from("-l")];
        program.announced = None;
        Ok(program)
    }

    fn program(
        &self,
        arguments: &[String],
        directory: Option<PathBuf>,
        by: &By,
    ) -> Result<Program, OpenError> {
        let Some((program, rest)) = arguments.split_first().filter(|it| !it.0.is_empty()) else {
            return Err(OpenError::Command);
        };
        if arguments.iter().any(|it| it.contains('\0')) {
            return Err(OpenError::Command);
        }
        let context = &self.shared.context;
        let root = || context.config.root.clone();
        let mut command = Command::new(program, directory.unwrap_or_else(root));
        command.args = rest.iter().map(OsString::from).collect();
        command.env = context.environment.of(Use::Terminals, by, &[]);
        let announced = Some(arguments.join(" "));
        Ok(Program { command, kind: TerminalKind::Shell, size: None, announced })
    }

    /// Everything that it starts is marked by its name.
    fn agent(
        &self,
        name: &str,
        arguments: &[String],
        directory: Option<PathBuf>,
        by: &By,
    ) -> Result<Program, OpenError> {
        let mut program = self.program(arguments, directory, by)?;
        let marker = [(AGENT.to_owned(), name.to_owned())];
        program.command.env = self.shared.context.environment.of(Use::Agents, by, &marker);
        program.kind = TerminalKind::Agent;
        Ok(program)
    }

    fn directory(&self, path: Option<&str>) -> Result<Option<PathBuf>, OpenError> {
        let Some(path) = path else { return Ok(None) };
        let path = WorkspacePath::parse_or_root(path).map_err(OpenError::Directory)?;
        Ok(Some(self.shared.context.config.root.join(path.as_path())))
    }

    fn open_in(
        &self,
        table: &mut Table,
        name: &str,
        program: Program,
        by: &By,
    ) -> Result<Opened, OpenError> {
        if !is_name(name) {
            return Err(OpenError::Name);
        }
        match self.shared.context.state.get().status {
            SessionStatus::Running => {}
            SessionStatus::Stopping => return Err(OpenError::Stopping),
            SessionStatus::Idle
            | SessionStatus::Starting
            | SessionStatus::Stopped
            | SessionStatus::Crashed => return Err(OpenError::NotRunning),
        }
        if TERMINALS_MAX <= table.entries.len() {
            return Err(OpenError::TooMany);
        }
        let (cols, rows) = program.size.unwrap_or((COLS, ROWS));
        let (cols, rows) = (cols.clamp(COLS_MIN, COLS_MAX), rows.clamp(ROWS_MIN, ROWS_MAX));
        let (child, pty) = self.shared.processes.spawn_pty(program.command, cols, rows)?;
        let (pid, is_agent) = (child.pid, program.kind == TerminalKind::Agent);
        let entry = Entry::spawn(
            self,
            (name, program.kind),
            (child, pty),
            (cols, rows),
            program.announced.clone(),
        );
        let opened = entry.opened();
        table.entries.retain(|it| it.name() != name);
        table.entries.push(entry);
        self.publish_from(table);
        let context = &self.shared.context;
        context.emit(by, EventKind::TerminalOpened { name: name.to_owned(), pid });
        if let Some(command) = program.announced {
            context.emit(by, if is_agent {
                EventKind::AgentStarted { agent: name.to_owned(), pid, command }
            } else {
                EventKind::ProcessStarted { pid, command }
            });
        }
        Ok(opened)
    }

    fn publish(&self) {
        self.publish_from(&self.table());
    }

    fn publish_from(&self, table: &Table) {
        let infos: Vec<_> = table
            .entries
            .iter()
            .filter(|it| it.is_alive())
            .map(|it| it.info(&self.shared.context))
            .collect();
        self.shared.context.state.update(|it| it.terminals = infos);
    }
}

impl Table {
    fn free_name(&self) -> String {
        let taken = |name: &str| self.entries.iter().any(|it| it.name() == name && it.is_alive());
        if !taken(PRIMARY) {
            return PRIMARY.to_owned();
        }
        (2..=u32::MAX).map(|it| format!("terminal-{it}")).find(|it| !taken(it)).unwrap_or_default()
    }
}
