//! All processes that descend from this one, as something that can be ended as a whole.

use crate::init;
use crate::stats::{self, Process};
use crate::sys;
use rustix::process::{Pid, Resource, Signal, getpid, getrlimit, kill_process};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Processes that children leave free below the limit, so that the kernel can still start one, and
/// its own threads count as well.
const KERNEL_PROCESSES: u64 = 32;

/// How long everything may take to stand still; who waits for its own fork stands in another way.
const STAND_STILL_TIMEOUT: Duration = Duration::from_secs(1);
const STAND_STILL_POLL: Duration = Duration::from_millis(1);

/// How far the kernel's tree reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// This process is pid 1: everything else in the namespace is the tree.
    Namespace,
    /// Descendants, orphans included because this process is their reaper.
    Descendants,
}

impl Tree {
    pub(super) fn of_this_process() -> Self {
        if init::is_init() { Self::Namespace } else { Self::Descendants }
    }

    /// RLIMIT_NPROC for children: only inside a sandbox, where nobody else counts for it.
    pub(super) fn child_processes_max(self) -> Option<u64> {
        match self {
            Self::Namespace => getrlimit(Resource::Nproc)
                .current
                .map(|max| max.saturating_sub(KERNEL_PROCESSES).max(1)),
            Self::Descendants => None,
        }
    }

    /// Asks every process to end. A stopped one is continued so that it can.
    pub(super) fn terminate(self) {
        match self {
            Self::Namespace => {
                sys::signal_namespace(Signal::TERM);
                sys::signal_namespace(Signal::CONT);
            }
            Self::Descendants => {
                let members = self.members();
                signal_each(&members, Signal::TERM);
                signal_each(&members, Signal::CONT);
            }
        }
    }

    /// Tells shells that ignore TERM that their terminal goes away.
    pub(super) fn hang_up_shells(self) {
        let mut members = self.members();
        members.retain(|it| it.leads_terminal() && it.ignores_terminate());
        signal_each(&members, Signal::HUP);
        signal_each(&members, Signal::CONT);
    }

    /// Ends every process. In a namespace the system does it in one step; otherwise the members are
    /// stopped first, until no new one appears, so that none can fork away.
    pub(super) fn kill(self) {
        match self {
            Self::Namespace => sys::signal_namespace(Signal::KILL),
            Self::Descendants => {
                let mut stopped = HashSet::new();
                loop {
                    let fresh: Vec<_> =
                        self.members().into_iter().filter(|it| stopped.insert(it.pid)).collect();
                    if fresh.is_empty() {
                        break;
                    }
                    signal_each(&fresh, Signal::STOP);
                }
                signal_each(&self.members(), Signal::KILL);
            }
        }
    }

    /// Kills what `choose` names while everything stands still, as far as that can be had.
    pub(super) fn kill_while_stopped(self, choose: impl Fn() -> HashSet<u32>) {
        if self != Self::Namespace {
            return choose().into_iter().for_each(|pid| signal(pid, Signal::KILL));
        }
        let is_stopped = |it: &Process| it.state == 'T';
        let before: HashSet<u32> =
            self.members().into_iter().filter(is_stopped).map(|it| it.pid).collect();
        sys::signal_namespace(Signal::STOP);
        let deadline = Instant::now() + STAND_STILL_TIMEOUT;
        let mut killed = HashSet::new();
        loop {
            // A fork that had begun still comes to its end; its child is stopped from the start.
            let all_stand =
                self.members().iter().all(|it| is_stopped(it) || killed.contains(&it.pid));
            let mut fresh = choose();
            fresh.retain(|it| killed.insert(*it));
            fresh.iter().for_each(|it| signal(*it, Signal::KILL));
            if (all_stand && fresh.is_empty()) || deadline <= Instant::now() {
                break;
            }
            std::thread::sleep(STAND_STILL_POLL);
        }
        let mut others = self.members();
        others.retain(|it| !killed.contains(&it.pid) && !before.contains(&it.pid));
        // The youngest first: a shell that goes on finds that its programs do.
        others.sort_by_key(|it| std::cmp::Reverse((it.start_time, it.pid)));
        signal_each(&others, Signal::CONT);
    }

    /// Processes that are alive; zombies are not.
    pub(super) fn count(self) -> usize {
        self.members().len()
    }

    fn members(self) -> Vec<Process> {
        let own = getpid().as_raw_nonzero().get().unsigned_abs();
        let mut processes = stats::processes();
        match self {
            Self::Namespace => processes.retain(|it| it.pid != own && it.is_alive()),
            Self::Descendants => {
                let members = descendants(own, &processes);
                processes.retain(|it| members.contains(&it.pid) && it.is_alive());
            }
        }
        processes
    }
}

/// Pids of everything below `root`.
fn descendants(root: u32, processes: &[Process]) -> HashSet<u32> {
    let mut members = HashSet::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for process in processes.iter().filter(|it| it.parent == parent) {
            if members.insert(process.pid) {
                parents.push(process.pid);
            }
        }
    }
    members
}

fn signal_each(members: &[Process], which: Signal) {
    for process in members {
        signal(process.pid, which);
    }
}

/// Signals one process; that it is gone already is what is wanted.
fn signal(pid: u32, which: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _gone = kill_process(pid, which);
    }
}
