//! What the agents of the workspace say, for one client of the channel.

use crate::http::App;
use crate::http::caller::Caller;
use crate::http::text::Pieces;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream, SelectAll};
use protocol::channel::FromKernel;
use protocol::header::Role;
use protocol::id::TerminalId;
use protocol::state::{RuntimeState, TerminalKind};
use protocol::workspace::Settings;
use std::collections::HashSet;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use terminal::{AttachRequest, Attachment, Frame, Terminal};
use tokio::sync::watch;

/// Follows every agent's terminal, as a client that only looks.
pub(super) struct Agents {
    app: App,
    is_viewer: bool,
    states: watch::Receiver<Arc<RuntimeState>>,
    settings: watch::Receiver<Settings>,
    followed: HashSet<TerminalId>,
    outputs: SelectAll<BoxStream<'static, FromKernel>>,
}

/// What an agent said next; never without [`Agents`]. Cancel-safe.
pub(super) async fn next(agents: &mut Option<Agents>) -> FromKernel {
    match agents {
        Some(agents) => agents.next().await,
        None => pending().await,
    }
}

impl Agents {
    pub(super) fn new(app: &App, caller: &Caller) -> Self {
        let mut agents = Self {
            app: app.clone(),
            is_viewer: caller.role < Role::Editor,
            states: app.context.state.subscribe(),
            settings: app.context.settings.subscribe(),
            followed: HashSet::new(),
            outputs: SelectAll::new(),
        };
        agents.look();
        agents
    }

    async fn next(&mut self) -> FromKernel {
        loop {
            let changed = tokio::select! {
                Some(frame) = self.outputs.next() => return frame,
                changed = self.states.changed() => changed,
                changed = self.settings.changed() => changed,
            };
            if changed.is_err() {
                // The kernel ends, and the channel is told so elsewhere.
                return pending().await;
            }
            self.look();
        }
    }

    /// Follows the agents that are there, and none when the settings hide them from viewers.
    fn look(&mut self) {
        let is_blind = self.is_viewer && !self.settings.borrow_and_update().viewers_see_terminals;
        let state = Arc::clone(&self.states.borrow_and_update());
        let agents = state.terminals.iter().filter(|it| it.kind == TerminalKind::Agent && !is_blind);
        let there: HashSet<TerminalId> = agents.clone().map(|it| it.id.clone()).collect();
        if is_blind {
            self.outputs.clear();
        }
        // The output of one that ended is read to its end.
        self.followed.retain(|it| there.contains(it));
        for agent in agents {
            let terminal = self.app.terminals.get(&agent.name);
            if let Some(terminal) = terminal.filter(|it| *it.id() == agent.id)
                && self.followed.insert(agent.id.clone())
            {
                let output = Output::new(terminal, self.is_viewer);
                self.outputs.push(stream::unfold(output, Output::next).boxed());
            }
        }
    }
}

/// What one agent says.
struct Output {
    terminal: Terminal,
    is_viewer: bool,
    attachment: Attachment,
    /// Secrets are to be masked from here on.
    outdated: Pin<Box<dyn Future<Output = ()> + Send>>,
    text: Pieces,
}

impl Output {
    fn new(terminal: Terminal, is_viewer: bool) -> Self {
        let (attachment, outdated) = attach(&terminal, is_viewer);
        Self { terminal, is_viewer, attachment, outdated, text: Pieces::default() }
    }

    async fn next(mut self) -> Option<(FromKernel, Self)> {
        loop {
            let frame = tokio::select! {
                frame = self.attachment.next() => frame?,
                () = &mut self.outdated => {
                    (self.attachment, self.outdated) = attach(&self.terminal, self.is_viewer);
                    continue;
                }
            };
            let (offset, bytes, screen) = match frame {
                Frame::Output { offset, bytes } => (offset - self.text.pending(), bytes, false),
                Frame::Screen { offset, bytes } => {
                    self.text.clear();
                    (offset, bytes, true)
                }
                Frame::Control(_) => continue,
            };
            let content = self.text.text(&bytes);
            if screen || !content.is_empty() {
                let agent = self.terminal.name().to_owned();
                return Some((FromKernel::AgentOutput { agent, offset, content, screen }, self));
            }
        }
    }
}

fn attach(
    terminal: &Terminal,
    is_viewer: bool,
) -> (Attachment, Pin<Box<dyn Future<Output = ()> + Send>>) {
    let request =
        AttachRequest { read_only: true, redacted: is_viewer, ..AttachRequest::default() };
    let attachment = terminal.attach(request);
    let outdated = Box::pin(attachment.outdated());
    (attachment, outdated)
}
