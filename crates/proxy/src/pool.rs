//! Idle connections to upstreams, by key.

use crate::body::{Body, BoxError};
use crate::connection::{Connection, RequestBody};
use crate::forward::{Exchange, ForwardError, Outgoing};
use crate::policy::Policy;
use crate::tunnel::Live;
use bytes::Bytes;
use http::{Request, Response};
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// How old an idle connection may be for a request that cannot be repeated when it turns out to be
/// dead: upstreams close theirs after seconds, so within one second a close is unlikely to cross
/// with the request.
const UNREPEATABLE_IDLE_MAX: Duration = Duration::from_secs(1);

/// Opens connections to upstreams.
pub trait Connector: Send + Sync + 'static {
    /// Names an upstream.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;
    type Error: std::error::Error + Send + Sync + 'static;

    /// A fresh connection. TCP streams should have `TCP_NODELAY` set.
    fn connect(
        &self,
        key: &Self::Key,
    ) -> impl Future<Output = Result<Self::Stream, Self::Error>> + Send;
}

/// Bounds and deadlines of a [`Pool`].
#[derive(Clone, Debug)]
pub struct Limits {
    /// Idle connections kept per key.
    pub idle_per_key_max: usize,
    /// Idle connections kept altogether.
    pub idle_max: usize,
    /// How long a connection stays idle before it is closed; less when the upstream says so.
    pub idle_timeout: Duration,
    /// How long the connector may take.
    pub connect_timeout: Duration,
    /// How long the upstream may take to answer; `None` waits as long as the client does.
    pub head_timeout: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle_per_key_max: 64,
            idle_max: 1024,
            // Node and uvicorn close after five seconds.
            idle_timeout: Duration::from_secs(4),
            connect_timeout: Duration::from_secs(10),
            head_timeout: None,
        }
    }
}

/// Keeps idle connections and forwards requests over them. Share it by `Arc`.
#[derive(Debug)]
pub struct Pool<C: Connector> {
    connector: C,
    shared: Arc<Shared>,
    slots: Mutex<HashMap<C::Key, Arc<Slot>>>,
}

/// What every slot of a pool needs.
#[derive(Debug)]
struct Shared {
    limits: Limits,
    scope: TaskScope,
    /// Idle connections of all slots.
    idle: AtomicUsize,
}

/// The idle connections of one key.
#[derive(Debug)]
struct Slot {
    shared: Arc<Shared>,
    state: Mutex<SlotState>,
}

#[derive(Debug, Default)]
struct SlotState {
    /// Oldest first.
    idle: VecDeque<Idle>,
    /// Nothing is kept any more.
    revoked: bool,
    /// A task waits for the oldest to expire.
    reaping: bool,
}

#[derive(Debug)]
struct Idle {
    connection: Box<Connection>,
    since: Instant,
    until: Instant,
}

/// Where a connection goes back to when its response was read.
#[derive(Debug)]
pub(crate) struct Home {
    slot: Arc<Slot>,
    idle_for: Duration,
}

impl<C: Connector> Pool<C> {
    /// An empty pool; its housekeeping runs in `scope` and only while connections are idle.
    pub fn new(connector: C, limits: Limits, scope: TaskScope) -> Self {
        let shared = Arc::new(Shared { limits, scope, idle: AtomicUsize::new(0) });
        Self { connector, shared, slots: Mutex::default() }
    }

    /// The connector.
    pub fn connector(&self) -> &C {
        &self.connector
    }

    /// Idle connections of all keys.
    pub fn idle_count(&self) -> usize {
        self.shared.idle.load(Ordering::Relaxed)
    }

    /// Like [`crate::forward`], over an idle connection of `key` or a fresh one.
    ///
    /// A request that is idempotent and has no body is sent a second time, over a fresh connection,
    /// when an idle one turns out to be dead. Any other is repeated only if no byte of it was sent.
    pub async fn forward<B>(
        &self,
        key: &C::Key,
        request: Request<B>,
        policy: &Policy,
        live: &Live,
    ) -> Result<Response<Body>, ForwardError<C::Error>>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let outgoing = Outgoing::new(request, policy)?;
        let exchange = self.exchange(key, outgoing, policy, live);
        live.cancel.run_until_cancelled(exchange).await.unwrap_or(Err(ForwardError::Cancelled))
    }

    async fn exchange(
        &self,
        key: &C::Key,
        mut outgoing: Outgoing,
        policy: &Policy,
        live: &Live,
    ) -> Result<Response<Body>, ForwardError<C::Error>> {
        let limits = &self.shared.limits;
        let slot = self.slot(key);
        let repeatable = outgoing.is_repeatable();
        let age_max = if repeatable { Duration::MAX } else { UNREPEATABLE_IDLE_MAX };
        let exchange = |connection, home| Exchange {
            connection,
            home: Some(home),
            head_timeout: limits.head_timeout,
            policy,
            live,
        };
        // An upgrade uses its connection up, so it brings one of its own.
        while !outgoing.is_upgrade()
            && let Some(connection) = slot.take(age_max)
        {
            let copy = repeatable.then(|| copy_of(&outgoing.request));
            match exchange(connection, Home::of(&slot)).run(outgoing).await {
                Ok(response) => return Ok(response),
                Err((error, unsent)) => match (unsent, copy) {
                    (Some(request), _) => outgoing = Outgoing::again(request),
                    (None, Some(request)) if matches!(error, ForwardError::Closed) => {
                        outgoing = Outgoing::again(request);
                        break;
                    }
                    (None, _) => return Err(error.with_connect()),
                },
            }
        }
        let connecting = tokio::time::timeout(limits.connect_timeout, self.connector.connect(key));
        let stream =
            connecting.await.map_err(|_| ForwardError::Timeout)?.map_err(ForwardError::Connect)?;
        let connection = Connection::open(stream).await.map_err(|_| ForwardError::Closed)?;
        exchange(connection, Home::of(&slot))
            .run(outgoing)
            .await
            .map_err(|(error, _)| error.with_connect())
    }

    /// Closes every idle connection whose key `matches`. Connections in use are closed when their
    /// request is done, and at once by cancelling its [`Live`].
    pub fn revoke(&self, matches: impl Fn(&C::Key) -> bool) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|key, slot| {
            let goes = matches(key);
            if goes {
                slot.revoke();
            }
            !goes
        });
    }

    fn slot(&self, key: &C::Key) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(key) {
            return Arc::clone(slot);
        }
        // Keys come and go with workspaces; whoever adds one clears out the unused ones.
        slots.retain(|_, slot| 1 < Arc::strong_count(slot) || !slot.is_empty());
        let slot = Arc::new(Slot { shared: Arc::clone(&self.shared), state: Mutex::default() });
        slots.insert(key.clone(), Arc::clone(&slot));
        slot
    }
}

/// A second copy of a request that has no body.
fn copy_of(request: &Request<RequestBody>) -> Request<RequestBody> {
    let mut copy = Request::new(RequestBody::Empty);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

impl Home {
    fn of(slot: &Arc<Slot>) -> Self {
        Self { slot: Arc::clone(slot), idle_for: slot.shared.limits.idle_timeout }
    }

    /// Keeps the connection a second less than the upstream promised to keep it.
    pub(crate) fn promised(&mut self, seconds: u64) {
        self.idle_for = self.idle_for.min(Duration::from_secs(seconds.saturating_sub(1)));
    }

    /// Keeps an idle connection for the next request, or closes it when there are enough.
    pub(crate) fn park(self, connection: Box<Connection>) {
        if !self.idle_for.is_zero() {
            self.slot.park(connection, self.idle_for);
        }
    }
}

impl Slot {
    fn park(self: Arc<Self>, connection: Box<Connection>, idle_for: Duration) {
        let limits = &self.shared.limits;
        let mut state = self.lock();
        if state.revoked
            || limits.idle_per_key_max <= state.idle.len()
            || limits.idle_max <= self.shared.idle.load(Ordering::Relaxed)
        {
            return;
        }
        let since = Instant::now();
        state.idle.push_back(Idle { connection, since, until: since + idle_for });
        self.shared.idle.fetch_add(1, Ordering::Relaxed);
        if !state.reaping {
            state.reaping = true;
            let slot = Arc::clone(&self);
            self.shared.scope.spawn("idle upstream connections", slot.reap());
        }
    }

    /// The connection that was used last, if one lives that is not older than `age_max`.
    fn take(&self, age_max: Duration) -> Option<Box<Connection>> {
        loop {
            let mut idle = {
                let mut state = self.lock();
                if age_max < state.idle.back()?.since.elapsed() {
                    return None;
                }
                let idle = state.idle.pop_back()?;
                self.shared.idle.fetch_sub(1, Ordering::Relaxed);
                idle
            };
            if Instant::now() < idle.until && idle.connection.is_idle() {
                return Some(idle.connection);
            }
        }
    }

    /// Closes connections as they expire; ends when none is left.
    async fn reap(self: Arc<Self>) {
        loop {
            let next = {
                let mut state = self.lock();
                let now = Instant::now();
                let before = state.idle.len();
                state.idle.retain(|it| now < it.until);
                self.shared.idle.fetch_sub(before - state.idle.len(), Ordering::Relaxed);
                let next = state.idle.iter().map(|it| it.until).min();
                state.reaping = next.is_some();
                next
            };
            let Some(next) = next else { return };
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = self.shared.scope.stopping() => {
                    self.revoke();
                    return;
                }
            }
        }
    }

    fn revoke(&self) {
        let mut state = self.lock();
        state.revoked = true;
        self.shared.idle.fetch_sub(state.idle.len(), Ordering::Relaxed);
        state.idle.clear();
    }

    fn is_empty(&self) -> bool {
        self.lock().idle.is_empty()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
