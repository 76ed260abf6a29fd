//! The dev server's process in its terminal, its output and its ports.

use super::actor::{App, Driver};
use super::script::{self, MarkFinder};
use super::{Effect, Event, ended};
use crate::build_output::{Hint, Parser};
use crate::context::{By, Context};
use crate::detect::{self, NoPlan, Plan};
use crate::proc::{MARKER, Run};
use crate::terminals::{Opened, Terminals};
use protocol::environment::Use;
use protocol::event::EventKind;
use protocol::state::{Build, BuildStatus, DevServerPhase, Exit, Port, RuntimeState};
use protocol::workspace::RestartPolicy;
use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use stdx::{clock, random};
use supervisor::process::Command;
use terminal::{Chunk, OutputReader};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// A port that nobody announced becomes the app's port when no announced one opened meanwhile.
const SETTLE: Duration = Duration::from_millis(600);
/// After the end of the process, its last output gets this long to be read.
const DRAIN: Duration = Duration::from_millis(300);
/// Where debuggers of Node listen; never the app.
const DEBUG_PORTS: std::ops::RangeInclusive<u16> = 9229..=9239;

/// The real dev server.
pub struct WorkspaceDriver {
    context: Context,
    terminals: Terminals,
    /// Path hints go here.
    app: Arc<watch::Sender<App>>,
    live: Option<Live>,
    /// What already happened and was not told.
    pending: VecDeque<Event>,
}

/// A process that was started.
struct Live {
    run: Run,
    exit: watch::Receiver<Option<Exit>>,
    output: Option<OutputReader>,
    states: watch::Receiver<Arc<RuntimeState>>,
    parser: Parser,
    mark: Option<MarkFinder>,
    ports: PortChoice,
    /// Which process belongs to the run, as far as it was asked.
    ours: HashMap<u32, bool>,
}

/// Chooses the app's port among those that its processes listen on.
#[derive(Debug, Default)]
struct PortChoice {
    /// The port it was told to use.
    requested: Option<u16>,
    /// The port its output named.
    hinted: Option<u16>,
    chosen: Option<u16>,
    /// When the lowest of the others may be chosen.
    settle_at: Option<Instant>,
}

impl PortChoice {
    /// What follows from the ports that are open.
    fn step(&mut self, now: Instant, open: &[u16]) -> Option<Event> {
        let announced = [self.hinted, self.requested].into_iter().flatten();
        let mut best = announced.into_iter().find(|it| open.contains(it));
        if best.is_none() {
            best = self.chosen.filter(|it| open.contains(it));
        }
        if best.is_none() && !open.is_empty() {
            let due = *self.settle_at.get_or_insert(now + SETTLE);
            best = (due <= now).then(|| open.iter().min().copied()).flatten();
        }
        if best.is_some() || open.is_empty() {
            self.settle_at = None;
        }
        let before = std::mem::replace(&mut self.chosen, best);
        match (before, best) {
            (before, Some(port)) if before != Some(port) => Some(Event::PortOpen { port }),
            (Some(_), None) => Some(Event::PortClosed),
            _ => None,
        }
    }
}

impl WorkspaceDriver {
    pub fn new(context: &Context, terminals: &Terminals, app: Arc<watch::Sender<App>>) -> Self {
        Self {
            context: context.clone(),
            terminals: terminals.clone(),
            app,
            live: None,
            pending: VecDeque::new(),
        }
    }

    fn launch(&mut self, by: &By) -> Result<(), Event> {
        let config = &self.context.config;
        let plan = detect::plan(&config.root, &self.context.settings.get()).map_err(|it| {
            let reason = sentence(&it.to_string());
            match it {
                NoPlan::Nothing => Event::NothingToRun { reason },
                NoPlan::Unclear { .. } => Event::LaunchFailed { reason },
            }
        })?;
        let marker = random::bits().to_string();
        let mut more = plan.env.clone();
        more.push((MARKER.to_owned(), marker.clone()));
        let directory = config.root.join(plan.working_directory.as_path());
        let mut command = Command::new("/bin/sh", directory);
        command.args = script::arguments(&plan).into_iter().map(OsString::from).collect();
        command.env = self.context.environment.of(Use::DevServer, by, &more);
        let opened = self
            .terminals
            .open_dev_server(command, by)
            .map_err(|it| Event::LaunchFailed { reason: sentence(&it.to_string()) })?;
        let run = Run { pid: opened.pid, marker };
        self.announce(&plan, &run, by);
        self.live = Some(self.watch_process(&plan, run, opened));
        Ok(())
    }

    fn announce(&mut self, plan: &Plan, run: &Run, by: &By) {
        self.app.send_replace(App::default());
        self.context.state.update(|it| {
            it.build = Build::default();
            let it = &mut it.dev_server;
            it.command = Some(plan.display.clone());
            it.framework = Some(plan.framework.clone());
            it.pid = Some(run.pid);
            it.started_at_ms = Some(clock::now_ms());
            it.last_lines = Vec::new();
        });
        let (command, pid) = (plan.display.clone(), run.pid);
        self.context.emit(by, EventKind::DevServerStarted { command, pid });
        if plan.install.is_some() {
            self.pending.push_back(Event::Phase(DevServerPhase::Installing));
        }
    }

    fn watch_process(&self, plan: &Plan, run: Run, opened: Opened) -> Live {
        Live {
            run,
            exit: opened.exit,
            output: Some(opened.terminal.subscribe_output(None)),
            states: self.context.state.subscribe(),
            parser: Parser::within(&self.context.config.root, &plan.working_directory)
                .masking(self.context.environment.secrets()),
            mark: plan.install.is_some().then(MarkFinder::default),
            ports: PortChoice { requested: requested_port(plan), ..PortChoice::default() },
            ours: HashMap::new(),
        }
    }

    /// One step of watching the process; `None` when there is nothing to tell yet.
    async fn watch(&mut self) -> Option<Event> {
        let news = match &mut self.live {
            Some(live) => live.news().await,
            None => pending().await,
        };
        match news {
            News::Output(Some(chunk)) => self.read_chunk(&chunk),
            News::Output(None) => {
                if let Some(live) = &mut self.live {
                    live.output = None;
                }
            }
            News::Ports => return self.look_at_ports(),
            News::Exited(exit) => return Some(self.ended(exit).await),
        }
        None
    }

    fn read_chunk(&mut self, chunk: &Chunk) {
        let Some(live) = &mut self.live else { return };
        let Chunk::Output { bytes, .. } = chunk else { return };
        if live.mark.as_mut().is_some_and(|it| it.feed(bytes)) {
            live.mark = None;
            self.pending.push_back(Event::Phase(DevServerPhase::Launching));
        }
        for hint in live.parser.feed(bytes) {
            match hint {
                Hint::BuildStarted => self.build(BuildStatus::Building, EventKind::BuildStarted),
                Hint::BuildSucceeded => {
                    self.build(BuildStatus::Success, EventKind::BuildSucceeded);
                }
                Hint::BuildFailed(errors) => {
                    self.build(BuildStatus::Failed, EventKind::BuildFailed { errors });
                }
                Hint::Url { port, path } => self.hint(port, path),
            }
        }
    }

    fn hint(&mut self, port: u16, path: String) {
        let Some(live) = &mut self.live else { return };
        // The first one is the app's; later ones are often those of helpers.
        if live.ports.hinted.is_none() && !DEBUG_PORTS.contains(&port) {
            live.ports.hinted = Some(port);
            self.app.send_if_modified(|it| it.path.replace(path.clone()) != Some(path));
            let event = self.look_at_ports();
            self.pending.extend(event);
        }
    }

    fn build(&self, status: BuildStatus, event: EventKind) {
        let errors = if let EventKind::BuildFailed { errors } = &event {
            errors.clone()
        } else {
            Vec::new()
        };
        self.context.state.update(|it| it.build = Build { status, errors });
        self.context.emit(&By::kernel(), event);
    }

    /// Compares the open ports of the workspace with those of the run.
    fn look_at_ports(&mut self) -> Option<Event> {
        let live = self.live.as_mut()?;
        let ports = Arc::clone(&live.states.borrow_and_update());
        let open: Vec<u16> = ports
            .ports
            .iter()
            .filter(|it| !DEBUG_PORTS.contains(&it.port) && live.owns(it))
            .map(|it| it.port)
            .collect();
        live.ports.step(Instant::now(), &open)
    }

    /// Reads what is left, ends what is left, and tells.
    async fn ended(&mut self, exit: Exit) -> Event {
        let drained = timeout(DRAIN, async {
            while let Some(live) = &mut self.live
                && let Some(chunk) = read_to_end(&mut live.output).await
            {
                self.read_chunk(&chunk);
            }
        });
        // Something in the background still holds the terminal; what was printed was read.
        drop(drained.await);
        self.pending.clear();
        if let Some(live) = self.live.take() {
            if self.context.state.is_running() {
                live.run.kill();
            }
            let last_lines = live.parser.last_lines();
            let lines = last_lines.clone();
            self.context.state.update(|it| {
                it.dev_server.last_lines = lines;
                if it.build.status == BuildStatus::Building {
                    it.build.status = BuildStatus::Idle;
                }
            });
            tracing::info!("the dev server {}", ended(exit));
            self.context.emit(&By::kernel(), EventKind::DevServerExited { exit, last_lines });
        }
        let retry = self.context.settings.get().restart == RestartPolicy::OnFailure;
        Event::Exited { exit, retry: retry && self.context.state.is_running() }
    }
}

impl Driver for WorkspaceDriver {
    fn perform(&mut self, effect: Effect, by: &By) {
        // A session that ends ends everything at once; to look for what is the dev server's would
        // only hold that up.
        let alone = self.context.state.is_running();
        match effect {
            Effect::Launch => {
                if let Err(event) = self.launch(by) {
                    self.pending.push_back(event);
                }
            }
            Effect::Terminate => {
                if let Some(live) = self.live.as_ref().filter(|_| alone) {
                    live.run.terminate();
                }
            }
            Effect::Kill => {
                if let Some(live) = self.live.as_ref().filter(|_| alone) {
                    live.run.kill();
                }
            }
        }
    }

    async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return event;
            }
            if let Some(event) = self.watch().await {
                return event;
            }
        }
    }
}

/// What comes from a process.
enum News {
    /// `None` at the end of the output.
    Output(Option<Chunk>),
    /// Ports may have changed.
    Ports,
    Exited(Exit),
}

impl Live {
    /// The next thing that happens. Cancel-safe.
    async fn news(&mut self) -> News {
        let settle_at = self.ports.settle_at;
        tokio::select! {
            biased;
            chunk = read(&mut self.output) => News::Output(chunk),
            exit = ended_with(&mut self.exit) => News::Exited(exit),
            Ok(()) = self.states.changed() => News::Ports,
            () = sleep_until(settle_at.unwrap_or_else(Instant::now)), if settle_at.is_some() => {
                News::Ports
            }
        }
    }

    /// Whether a process of this run listens on the port. Asked once for each process.
    fn owns(&mut self, port: &Port) -> bool {
        let Some(pid) = port.pid else { return self.ports.requested == Some(port.port) };
        if let Some(known) = self.ours.get(&pid) {
            return *known;
        }
        let members = self.run.members();
        let ours = members.iter().any(|it| it.pid == pid);
        self.ours.insert(pid, ours);
        ours
    }
}

async fn ended_with(exit: &mut watch::Receiver<Option<Exit>>) -> Exit {
    let exit = exit.wait_for(Option::is_some).await.ok().and_then(|it| *it);
    match exit {
        Some(exit) => exit,
        // Without the supervisor nobody knows; the kernel is ending.
        None => pending().await,
    }
}

async fn read(output: &mut Option<OutputReader>) -> Option<Chunk> {
    match output {
        Some(output) => output.next().await,
        None => pending().await,
    }
}

async fn read_to_end(output: &mut Option<OutputReader>) -> Option<Chunk> {
    output.as_mut()?.next().await
}

/// The port that the command was told to use, in whatever way.
fn requested_port(plan: &Plan) -> Option<u16> {
    let told = || plan.env.iter().rfind(|it| it.0 == "PORT")?.1.parse().ok();
    plan.port.or_else(told)
}

/// A fragment as a sentence.
fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    let stop = if fragment.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
mod tests;
