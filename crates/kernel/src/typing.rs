//! What the audit log hears of terminals: who was at them, for how long, and how much was typed.
//! Never what was typed.
//!
//! A connection is told when it ends, with all that was typed over it. In between, and for clients
//! that type by request, a summary follows every minute in which something was typed.

use crate::context::{By, Context};
use crate::outbox::Fact;
use protocol::audit::verb;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

/// How long typing goes on before it is summed up.
const PERIOD: Duration = Duration::from_secs(60);
/// Tallies at once; terminals and clients are fewer.
const TALLIES_MAX: usize = 256;

/// Counts what is typed. Cheap to clone.
#[derive(Clone)]
pub struct Typing {
    shared: Arc<Shared>,
}

struct Shared {
    context: Context,
    tallies: Mutex<Vec<Tally>>,
    /// Somebody types where nobody did.
    begun: Notify,
    next_connection: AtomicU64,
}

/// What was typed since the last summary.
struct Tally {
    by: By,
    terminal: String,
    /// `None` for clients that type by request.
    connection: Option<u64>,
    bytes: u64,
}

/// Somebody's connection to a terminal, until it is dropped.
pub struct Presence {
    typing: Typing,
    by: By,
    terminal: String,
    read_only: bool,
    connection: u64,
    since: Instant,
    bytes: AtomicU64,
}

impl Typing {
    /// Sums up as long as the kernel lives.
    pub fn spawn(context: &Context) -> Self {
        let shared = Arc::new(Shared {
            context: context.clone(),
            tallies: Mutex::default(),
            begun: Notify::new(),
            next_connection: AtomicU64::new(0),
        });
        let typing = Self { shared };
        let (summing, scope) = (typing.clone(), context.scope.clone());
        context.scope.spawn("typing", async move {
            loop {
                tokio::select! {
                    () = summing.shared.begun.notified() => {}
                    () = scope.stopping() => break,
                }
                tokio::select! {
                    () = sleep(PERIOD) => summing.sum_up(),
                    () = scope.stopping() => break,
                }
            }
            summing.sum_up();
        });
        typing
    }

    /// Somebody is at a terminal.
    pub fn enter(&self, by: By, terminal: &str, read_only: bool) -> Presence {
        Presence {
            typing: self.clone(),
            by,
            terminal: terminal.to_owned(),
            read_only,
            connection: self.shared.next_connection.fetch_add(1, Ordering::Relaxed),
            since: Instant::now(),
            bytes: AtomicU64::new(0),
        }
    }

    /// Somebody typed by request.
    pub fn typed(&self, by: &By, terminal: &str, bytes: usize) {
        self.count(by, terminal, None, bytes);
    }

    fn count(&self, by: &By, terminal: &str, connection: Option<u64>, bytes: usize) {
        let mut tallies = self.lock();
        let same = |it: &&mut Tally| {
            it.connection == connection && it.terminal == terminal && it.by == *by
        };
        if let Some(tally) = tallies.iter_mut().find(same) {
            tally.bytes += bytes as u64;
            return;
        }
        if TALLIES_MAX <= tallies.len() {
            self.tell(std::mem::take(&mut *tallies));
        }
        let (by, terminal) = (by.clone(), terminal.to_owned());
        tallies.push(Tally { by, terminal, connection, bytes: bytes as u64 });
        drop(tallies);
        self.shared.begun.notify_one();
    }

    fn sum_up(&self) {
        let tallies = std::mem::take(&mut *self.lock());
        self.tell(tallies);
    }

    fn tell(&self, tallies: Vec<Tally>) {
        for tally in tallies.into_iter().filter(|it| 0 < it.bytes) {
            let fact = Fact::new(const { verb("terminal.type") }).about(&tally.terminal);
            self.shared.context.note(&tally.by, fact.with("typed_bytes", tally.bytes));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Tally>> {
        self.shared.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Presence {
    /// Bytes went into the terminal over this connection.
    pub fn typed(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.typing.count(&self.by, &self.terminal, Some(self.connection), bytes);
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // The total tells what the summary would.
        self.typing.lock().retain(|it| it.connection != Some(self.connection));
        let duration_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let fact = Fact::new(const { verb("terminal.detach") })
            .about(&self.terminal)
            .with("duration_ms", duration_ms);
        let fact = if self.read_only {
            fact.with("read_only", true)
        } else {
            fact.with("typed_bytes", *self.bytes.get_mut())
        };
        self.typing.shared.context.note(&self.by, fact);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing;
    use protocol::audit::Collect;

    #[tokio::test(start_paused = true)]
    async fn typing_is_summed_up_by_the_minute_and_a_connection_at_its_end() {
        let (context, _directory) = testing::context();
        let typing = Typing::spawn(&context);
        let by = By { principal: Some("usr_ada".into()), operator: Some("browser".into()) };
        let presence = typing.enter(by.clone(), "main", false);
        presence.typed(3);
        presence.typed(4);
        typing.typed(&by, "other", 5);
        assert_eq!(
            told(&context, 0, 2).await,
            [
                r#"1 usr_ada terminal.type main {"typed_bytes":7}"#,
                r#"2 usr_ada terminal.type other {"typed_bytes":5}"#,
            ]
        );
        presence.typed(1);
        drop(presence);
        drop(typing.enter(by, "main", true));
        assert_eq!(
            told(&context, 2, 2).await,
            [
                r#"3 usr_ada terminal.detach main {"duration_ms":60000,"typed_bytes":8}"#,
                r#"4 usr_ada terminal.detach main {"duration_ms":0,"read_only":true}"#,
            ]
        );
    }

    /// The entries after a number, as soon as the last of so many is there.
    async fn told(context: &Context, after: u64, count: u64) -> Vec<String> {
        let mut request = Collect::default();
        loop {
            let got = context.outbox.collect(&request, &context.scope).await;
            let last = got.entries.last().map_or(0, |it| it.number);
            if last < after + count {
                request = Collect { outbox: Some(got.outbox), after: after.min(last) };
                tokio::time::advance(PERIOD / 60).await;
                continue;
            }
            let told = got.entries.iter().filter(|it| after < it.number);
            return told
                .map(|it| {
                    let (principal, object) = (it.principal.as_deref(), it.object.as_deref());
                    let details = serde_json::to_string(&it.details).unwrap();
                    let (principal, object) = (principal.unwrap(), object.unwrap());
                    format!("{} {principal} {} {object} {details}", it.number, it.verb)
                })
                .collect();
        }
    }
}
