//! How much is asked of a kernel: its open WebSockets, and the share of requests that fail by a fault
//! of ours (S2.55, S2.56).

use super::App;
use super::caller::Caller;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Requests are remembered for this long.
const WINDOW: Duration = Duration::from_mins(5);
/// Requests of one such span are one count.
const SPAN: Duration = Duration::from_secs(10);
/// WebSockets that one principal may hold open: as many as a browser opens to one host.
const SOCKETS_PER_PRINCIPAL_MAX: u64 = 255;

/// Counts requests and WebSockets. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct Traffic {
    sockets: Arc<Mutex<Sockets>>,
    spans: Arc<Mutex<VecDeque<Span>>>,
}

#[derive(Default)]
struct Sockets {
    all: u64,
    /// Of each principal that has any.
    by_principal: HashMap<String, u64>,
}

struct Span {
    begin: Instant,
    requests: u64,
    errors: u64,
}

/// A WebSocket that is open while this lives.
pub struct OpenSocket {
    sockets: Arc<Mutex<Sockets>>,
    principal: Option<String>,
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.all -= 1;
        if let Some(principal) = self.principal.take()
            && let Entry::Occupied(mut open) = sockets.by_principal.entry(principal)
        {
            *open.get_mut() -= 1;
            if *open.get() == 0 {
                open.remove();
            }
        }
    }
}

impl Traffic {
    /// Counts a WebSocket that is opened; `None` when its principal has too many. Whoever comes
    /// without a principal is the host itself.
    pub fn open_socket(&self, caller: &Caller) -> Option<OpenSocket> {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(principal) = &caller.principal {
            let open = sockets.by_principal.entry(principal.clone()).or_default();
            if SOCKETS_PER_PRINCIPAL_MAX <= *open {
                return None;
            }
            *open += 1;
        }
        sockets.all += 1;
        let principal = caller.principal.clone();
        Some(OpenSocket { sockets: Arc::clone(&self.sockets), principal })
    }

    /// WebSockets that are open.
    pub fn sockets(&self) -> u64 {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// Requests of the last five minutes, and how many of them were answered with 500 or more.
    pub fn recent(&self, now: Instant) -> (u64, u64) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut spans, now);
        spans
            .iter()
            .fold((0, 0), |(requests, errors), it| (requests + it.requests, errors + it.errors))
    }

    fn answered(&self, now: Instant, is_error: bool) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut spans, now);
        if spans.back().is_none_or(|it| SPAN <= now.duration_since(it.begin)) {
            spans.push_back(Span { begin: now, requests: 0, errors: 0 });
        }
        if let Some(span) = spans.back_mut() {
            span.requests += 1;
            span.errors += u64::from(is_error);
        }
    }
}

fn forget(spans: &mut VecDeque<Span>, now: Instant) {
    while spans.front().is_some_and(|it| WINDOW < now.duration_since(it.begin)) {
        spans.pop_front();
    }
}

/// Counts every request with its answer.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    app.traffic.answered(Instant::now(), response.status().is_server_error());
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::header::Role;

    // covers: S2.56
    #[tokio::test(start_paused = true)]
    async fn errors_count_for_five_minutes() {
        let traffic = Traffic::default();
        for is_error in [true, false, false, false] {
            traffic.answered(Instant::now(), is_error);
        }
        tokio::time::advance(Duration::from_mins(4)).await;
        traffic.answered(Instant::now(), false);
        assert_eq!(traffic.recent(Instant::now()), (5, 1));
        tokio::time::advance(Duration::from_mins(2)).await;
        assert_eq!(traffic.recent(Instant::now()), (1, 0));
    }

    // covers: S2.55
    #[test]
    fn sockets_count_while_they_are_open_and_nobody_has_all_of_them() {
        let traffic = Traffic::default();
        let caller = |name: &str| Caller {
            principal: Some(name.to_owned()),
            name: None,
            role: Role::Viewer,
            operator: None,
            request_id: None,
            preview_origin: None,
        };
        let (ada, bea) = (caller("ada"), caller("bea"));
        let mut open: Vec<_> = (0..SOCKETS_PER_PRINCIPAL_MAX)
            .map(|_| traffic.open_socket(&ada).expect("a browser's worth"))
            .collect();
        assert!(traffic.open_socket(&ada).is_none());
        let other = traffic.open_socket(&bea).expect("another's are her own");
        assert_eq!(traffic.sockets(), SOCKETS_PER_PRINCIPAL_MAX + 1);
        open.pop();
        assert!(traffic.open_socket(&ada).is_some());
        drop((open, other));
        assert_eq!(traffic.sockets(), 0);
        assert!(traffic.sockets.lock().unwrap().by_principal.is_empty());
    }
}
