//! One open terminal: its process, its screen, and the task that tells what changes.

use super::Terminals;
use crate::context::{By, Context};
use crate::outbox::Fact;
use crate::proc;
use protocol::audit::verb;
use protocol::event::EventKind;
use protocol::id::TerminalId;
use protocol::state::{Exit, TerminalInfo, TerminalKind};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;
use stdx::{clock, random};
use supervisor::process::{Child, Pty, PtyControl};
use supervisor::stats;
use terminal::{Spec, Terminal};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// Programs change their title with every prompt and every progress bar; the state follows at most
/// this often.
const QUIET: Duration = Duration::from_millis(250);

/// A terminal that was just opened.
pub struct Opened {
    pub terminal: Terminal,
    pub pid: u32,
    /// How the process ended, once it did.
    pub exit: watch::Receiver<Option<Exit>>,
}

pub(super) struct Entry {
    pub(super) terminal: Terminal,
    pub(super) kind: TerminalKind,
    pub(super) pid: u32,
    pub(super) exit: watch::Receiver<Option<Exit>>,
    /// The command line of a terminal that is no login shell.
    command: Option<String>,
    control: PtyControl,
    created_at_ms: u64,
}

impl Entry {
    /// Starts the tasks of a terminal: its screen, and the one that follows it.
    pub(super) fn spawn(
        terminals: &Terminals,
        (name, kind): (&str, TerminalKind),
        (mut child, pty): (Child, Pty),
        (cols, rows): (u16, u16),
        command: Option<String>,
    ) -> Self {
        let context = &terminals.shared.context;
        let spec = Spec {
            id: TerminalId::from_random(random::bits()),
            name: name.to_owned(),
            cols,
            rows,
            clipboard: context.settings.get().terminal_clipboard,
            secrets: context.environment.secrets(),
        };
        let (pid, control) = (child.pid, pty.control());
        let (exit_tx, exit) = watch::channel(None);
        context.scope.spawn("terminal process", async move {
            exit_tx.send_replace(Some(child.wait().await));
        });
        let mut ended = exit.clone();
        let terminal = Terminal::spawn(&context.scope, spec, Master(pty), async move {
            match ended.wait_for(Option::is_some).await.ok().and_then(|it| *it) {
                Some(exit) => exit,
                // The kernel ends; nobody will ask.
                None => std::future::pending().await,
            }
        });
        let entry =
            Self { terminal, kind, pid, exit, command, control, created_at_ms: clock::now_ms() };
        entry.refresh_directory();
        entry.follow(terminals.clone());
        entry
    }

    pub(super) fn name(&self) -> &str {
        self.terminal.name()
    }

    /// Its process has not ended (S1.19).
    pub(super) fn is_alive(&self) -> bool {
        self.exit.borrow().is_none()
    }

    pub(super) fn opened(&self) -> Opened {
        Opened { terminal: self.terminal.clone(), pid: self.pid, exit: self.exit.clone() }
    }

    /// As the world sees it; directories as people name them.
    pub(super) fn info(&self, context: &Context) -> TerminalInfo {
        let summary = self.terminal.summary();
        let summary = summary.borrow();
        let friendly = |it: &String| {
            context.environment.redact(&proc::friendly_directory(context, Path::new(it)))
        };
        TerminalInfo {
            name: self.name().to_owned(),
            id: self.terminal.id().clone(),
            kind: self.kind,
            pid: self.pid,
            cols: summary.cols,
            rows: summary.rows,
            attachments: summary.attachments,
            title: context.environment.redact(&summary.title),
            working_directory: summary.working_directory.as_ref().map(friendly),
            created_at_ms: self.created_at_ms,
        }
    }

    /// Asks the system where the foreground program is.
    pub(super) fn refresh_directory(&self) {
        let foreground = self.control.foreground_pid().unwrap_or(self.pid);
        if let Some(path) = stats::working_directory(foreground) {
            self.terminal.set_working_directory(path.to_string_lossy().into_owned());
        }
    }

    /// Publishes what changes, and the end.
    fn follow(&self, terminals: Terminals) {
        let mut summary = self.terminal.summary();
        let mut exit = self.exit.clone();
        let (name, pid) = (self.name().to_owned(), self.pid);
        let (command, kind, created_at_ms) = (self.command.clone(), self.kind, self.created_at_ms);
        let scope = terminals.shared.context.scope.clone();
        let stop = scope.clone();
        scope.spawn("terminal", async move {
            loop {
                tokio::select! {
                    () = stop.stopping() => break,
                    _ = exit.wait_for(Option::is_some) => break,
                    changed = summary.changed() => if changed.is_err() { break },
                }
                terminals.publish();
                tokio::select! {
                    _ = exit.wait_for(Option::is_some) => break,
                    () = tokio::time::sleep(QUIET) => {}
                }
            }
            // While the kernel stops, the session is stopped and the process ends.
            let exit = exit.wait_for(Option::is_some).await.ok().and_then(|it| *it);
            terminals.ended(&name, pid, exit);
            if kind != TerminalKind::DevServer {
                terminals.note_end(&name, lived_ms(created_at_ms), exit);
            }
            if let (Some(command), Some(exit)) = (command, exit) {
                let event = if kind == TerminalKind::Agent {
                    EventKind::AgentExited { agent: name, pid, exit }
                } else {
                    EventKind::ProcessExited { pid, command, exit }
                };
                terminals.shared.context.emit(&By::kernel(), event);
            }
        });
    }
}

impl Terminals {
    fn ended(&self, name: &str, pid: u32, exit: Option<Exit>) {
        self.table().entries.retain(|it| it.pid != pid);
        self.publish();
        let kind = EventKind::TerminalClosed { name: name.to_owned(), exit };
        self.shared.context.emit(&By::kernel(), kind);
    }

    /// Tells the audit log that a shell has ended, by itself or with its session.
    fn note_end(&self, name: &str, lived_ms: u64, exit: Option<Exit>) {
        let fact = Fact::new(const { verb("terminal.end") }).about(name);
        let mut fact = fact.with("duration_ms", lived_ms);
        if let Some(code) = exit.and_then(|it| it.code) {
            fact = fact.with("exit_code", code);
        }
        self.shared.context.note(&By::kernel(), fact);
    }
}

fn lived_ms(created_at_ms: u64) -> u64 {
    clock::now_ms().saturating_sub(created_at_ms)
}

/// The supervisor's terminal as the terminal crate wants it.
struct Master(Pty);

impl terminal::Pty for Master {
    fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        self.0.resize(cols, rows)
    }
}

impl AsyncRead for Master {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Master {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
