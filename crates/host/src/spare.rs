//! One empty sandbox, kept so that the next workspace wakes faster.

use crate::config::Config;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use supervisor::sandbox::{Mode, Spare, SpareSpec};

/// How long nothing was started before the next one is made: who was just woken comes first.
const QUIET: Duration = Duration::from_millis(50);

/// What every sandbox of this machine is called inside.
pub(crate) const HOSTNAME: &str = "stead";

/// The empty sandbox of a host.
#[derive(Debug)]
pub(crate) struct Spares {
    /// `None`: there are no sandboxes.
    spec: Option<SpareSpec>,
    next: Mutex<Option<Spare>>,
    /// Somebody is about to make one.
    filling: AtomicBool,
    /// How often one was asked for.
    taken: AtomicU64,
}

impl Spares {
    /// Makes none yet. `below` is where workspaces are.
    pub(crate) fn new(config: &Config, below: PathBuf) -> Self {
        let spec = (config.mode == Mode::Sandbox).then(|| SpareSpec {
            program: config.program.clone(),
            tools: config.tools.clone(),
            hostname: HOSTNAME.to_owned(),
            limits: config.limits.clone(),
            below,
        });
        let (filling, taken) = (AtomicBool::new(false), AtomicU64::new(0));
        Self { spec, next: Mutex::default(), filling, taken }
    }

    pub(crate) fn take(&self) -> Option<Spare> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.next().take()
    }

    fn next(&self) -> MutexGuard<'_, Option<Spare>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one when nothing has been started for a moment, unless that is being done.
    pub(crate) async fn fill(self: Arc<Self>) {
        if self.spec.is_none() || self.filling.swap(true, Ordering::Relaxed) {
            return;
        }
        loop {
            let taken = self.taken.load(Ordering::Relaxed);
            tokio::time::sleep(QUIET).await;
            if taken == self.taken.load(Ordering::Relaxed) {
                break;
            }
        }
        let this = Arc::clone(&self);
        let made = tokio::task::spawn_blocking(move || this.make()).await;
        self.filling.store(false, Ordering::Relaxed);
        if let Err(error) = made {
            tracing::warn!(%error, "no sandbox was prepared");
        }
    }

    fn make(&self) {
        let Some(spec) = &self.spec else { return };
        if self.next().is_some() {
            return;
        }
        match Spare::prepare(spec) {
            Ok(spare) => *self.next() = spare,
            // Whoever starts a workspace is told what is wrong.
            Err(error) => tracing::warn!(%error, "no sandbox could be prepared"),
        }
    }
}
