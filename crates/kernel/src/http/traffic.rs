//! How much is asked of a kernel: its open WebSockets, and the share of requests that fail by a fault
//! of ours (S2.55, S2.56).

use super::App;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Requests are remembered for this long.
const WINDOW: Duration = Duration::from_mins(5);
/// Requests of one such span are one count.
const SPAN: Duration = Duration::from_secs(10);

/// Counts requests and WebSockets. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct Traffic {
    sockets: Arc<AtomicU64>,
    spans: Arc<Mutex<VecDeque<Span>>>,
}

struct Span {
    begin: Instant,
    requests: u64,
    errors: u64,
}

/// A WebSocket that is open while this lives.
pub struct OpenSocket(Arc<AtomicU64>);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Traffic {
    /// A WebSocket was opened.
    pub fn open_socket(&self) -> OpenSocket {
        self.sockets.fetch_add(1, Ordering::Relaxed);
        OpenSocket(Arc::clone(&self.sockets))
    }

    /// WebSockets that are open.
    pub fn sockets(&self) -> u64 {
        self.sockets.load(Ordering::Relaxed)
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
    fn sockets_count_while_they_are_open() {
        let traffic = Traffic::default();
        let one = traffic.open_socket();
        let two = traffic.open_socket();
        drop(one);
        assert_eq!(traffic.sockets(), 1);
        drop(two);
        assert_eq!(traffic.sockets(), 0);
    }
}
