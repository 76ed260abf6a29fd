//! Listening ports of the session's processes, and the preview that follows from them.
//!
//! Linux tells nobody when a port opens, so [`Monitor`] looks: often while the dev server starts,
//! once a second while anything serves, for a while after somebody typed, rarely while programs run
//! in terminals, and never otherwise.

use crate::config::Listen;
use crate::context::{By, Context};
use crate::dev_server::App;
use crate::preview;
use crate::proc;
use crate::terminals::Terminals;
use protocol::event::EventKind;
use protocol::state::{DevServerStatus, Port, PreviewStatus, RuntimeState, SessionStatus};
use std::sync::Arc;
use std::time::Duration;
use supervisor::process::Processes;
use supervisor::stats::{self, Listener, ListeningPort, listeners, listening_ports};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// While the dev server starts: people wait for it.
const STARTING: Duration = Duration::from_millis(100);
/// After this long the start is a slow one.
const STARTING_LONG: Duration = Duration::from_secs(20);
/// While a slow dev server starts, and while it serves.
const SERVING: Duration = Duration::from_secs(1);
/// After somebody typed or something was printed.
const ACTIVE: Duration = Duration::from_millis(500);
/// How long that counts.
const ACTIVE_FOR: Duration = Duration::from_secs(10);
/// While programs other than shells run.
const BACKGROUND: Duration = Duration::from_secs(5);

/// Looks at ports; the only writer of `ports` and `preview` in the state.
pub struct Monitor {
    context: Context,
    processes: Processes,
    terminals: Terminals,
    app: watch::Receiver<App>,
    /// When the dev server last began to start.
    starting_since: Option<Instant>,
    active_until: Option<Instant>,
    /// As it was last seen.
    dev_server: DevServerStatus,
    output: u64,
    /// Programs other than shells ran when it last looked.
    busy: bool,
    looked_at: Instant,
    /// What listened when the ports were last asked for in full.
    listening: Vec<Listener>,
}

impl Monitor {
    /// Starts to look, in the context's scope.
    pub fn spawn(
        context: &Context,
        processes: &Processes,
        terminals: &Terminals,
        app: &Arc<watch::Sender<App>>,
    ) {
        let monitor = Self {
            context: context.clone(),
            processes: processes.clone(),
            terminals: terminals.clone(),
            app: app.subscribe(),
            starting_since: None,
            active_until: None,
            dev_server: DevServerStatus::default(),
            output: 0,
            busy: false,
            looked_at: Instant::now(),
            listening: Vec::new(),
        };
        context.scope.spawn("ports", monitor.run());
    }

    async fn run(mut self) {
        let scope = self.context.scope.clone();
        let mut states = self.context.state.subscribe();
        loop {
            let interval = self.interval(&states.borrow_and_update().clone());
            tokio::select! {
                () = scope.stopping() => break,
                changed = states.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    // Its ports are closed with it, and whoever stopped it waits for that.
                    if self.dev_server_ended(&states.borrow().clone()) {
                        self.look();
                    }
                    self.settle();
                    continue;
                }
                _ = self.app.changed() => {
                    self.settle();
                    continue;
                }
                () = self.terminals.touched() => {
                    self.active_until = Some(Instant::now() + ACTIVE_FOR);
                    continue;
                }
                () = sleep_until(self.looked_at + interval.unwrap_or_default()),
                    if interval.is_some() => {}
            }
            self.look();
        }
    }

    /// Whether the dev server ended since this was last asked.
    fn dev_server_ended(&mut self, state: &RuntimeState) -> bool {
        let status = state.dev_server.status;
        let was = std::mem::replace(&mut self.dev_server, status);
        was != status && matches!(status, DevServerStatus::Stopped | DevServerStatus::Failed)
    }

    /// Time until the next look; `None` is never, until something changes.
    fn interval(&mut self, state: &RuntimeState) -> Option<Duration> {
        let now = Instant::now();
        if state.status != SessionStatus::Running {
            // The session's end is looked at until nothing listens.
            return (!state.ports.is_empty()).then_some(STARTING);
        }
        if state.dev_server.status == DevServerStatus::Starting {
            let since = *self.starting_since.get_or_insert(now);
            let long = STARTING_LONG < now.duration_since(since);
            return Some(if long { SERVING } else { STARTING });
        }
        if self.starting_since.take().is_some() {
            // Whether it is ready or failed: ports are opening or closing right now.
            self.active_until = Some(now + ACTIVE_FOR);
        }
        if state.dev_server.status == DevServerStatus::Ready {
            return Some(SERVING);
        }
        if self.active_until.is_some_and(|it| now < it) {
            return Some(ACTIVE);
        }
        if !state.ports.is_empty() {
            return Some(SERVING);
        }
        (self.busy && !state.terminals.is_empty()).then_some(BACKGROUND)
    }

    fn look(&mut self) {
        self.looked_at = Instant::now();
        self.terminals.refresh_directories();
        let (output, shells) = self.terminals.activity();
        if output != self.output {
            self.output = output;
            self.active_until = Some(Instant::now() + ACTIVE_FOR);
        }
        self.busy = shells < self.processes.count();
        let before = self.context.state.get();
        let listening = listeners();
        let gone = |it: &Port| it.pid.is_some_and(|pid| stats::start_time(pid).is_none());
        if listening == self.listening && !before.ports.iter().any(gone) {
            return;
        }
        self.listening = listening;
        let found = session_ports(&self.context);
        for port in &found {
            if !before.ports.iter().any(|it| it.port == port.port) {
                let process = port.process.clone();
                self.context
                    .emit(&By::kernel(), EventKind::PortOpened { port: port.port, process });
            }
        }
        for port in &before.ports {
            if !found.iter().any(|it| it.port == port.port) {
                self.context.emit(&By::kernel(), EventKind::PortClosed { port: port.port });
            }
        }
        self.publish(Some(found));
    }

    /// Brings the preview in line with the state.
    fn settle(&self) {
        self.publish(None);
    }

    fn publish(&self, found: Option<Vec<Port>>) {
        let app = self.app.borrow().clone();
        let mut change = None;
        self.context.state.update(|it| {
            if let Some(found) = found {
                it.ports = found;
            }
            let before = it.preview.clone();
            it.preview = preview::derive(it, &app);
            let shown = it.preview.port;
            for port in &mut it.ports {
                port.primary = Some(port.port) == shown;
            }
            change = Some((before, it.preview.clone()));
        });
        let Some((before, after)) = change else { return };
        let running = |it: &protocol::state::Preview| {
            (it.status == PreviewStatus::Running).then_some(it.port).flatten()
        };
        match (running(&before), running(&after)) {
            (before, Some(port)) if before != Some(port) => {
                self.context.emit(&By::kernel(), EventKind::PreviewReady { port });
            }
            (Some(_), None) => self.context.emit(&By::kernel(), EventKind::PreviewStopped),
            _ => {}
        }
    }
}

/// Listening ports of the workspace's processes, without the kernel's own.
pub fn session_ports(context: &Context) -> Vec<Port> {
    let config = &context.config;
    let own = match config.listen {
        Listen::Tcp(address) => Some(address.port()),
        Listen::Inherited | Listen::Unix { .. } => None,
    };
    let open: Vec<ListeningPort> = listening_ports()
        .into_iter()
        .filter(|it| Some(it.port) != own && Some(it.port) != config.egress_port)
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    // In a sandbox whatever listens is the workspace's; elsewhere the machine listens too.
    let members: Vec<u32> = if config.init {
        Vec::new()
    } else {
        proc::members().into_iter().map(|it| it.pid).collect()
    };
    let belongs = |it: &ListeningPort| {
        config.init || it.pid.is_some_and(|pid| members.binary_search(&pid).is_ok())
    };
    let port = |it: ListeningPort| Port {
        port: it.port,
        process: it.process,
        pid: it.pid,
        primary: false,
        url: None,
    };
    open.into_iter().filter(belongs).map(port).collect()
}
