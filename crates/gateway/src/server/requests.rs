//! The requests of one connection, counted, so that a connection without any is noticed.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// Counts the requests of one connection. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    count: Arc<watch::Sender<Count>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    open: usize,
    begun: u64,
}

/// A request that is open as long as this lives.
#[derive(Debug)]
pub(super) struct Open(Arc<watch::Sender<Count>>);

impl Requests {
    pub(super) fn begin(&self) -> Open {
        self.count.send_modify(|it| {
            it.open += 1;
            it.begun += 1;
        });
        Open(Arc::clone(&self.count))
    }

    /// From now on there is always a request: something else looks after the connection.
    pub(super) fn stop_counting(&self) {
        self.count.send_if_modified(|it| {
            let counts = it.open == 0;
            it.open = it.open.max(1);
            counts
        });
    }

    /// Returns when no request was open for as long as `limit`.
    pub(super) async fn quiet(&self, limit: Duration) {
        let mut count = self.count.subscribe();
        loop {
            // The sender is our own, so waiting for it cannot fail.
            let Ok(begun) = count.wait_for(|it| it.open == 0).await.map(|it| it.begun) else {
                return;
            };
            let more = count.wait_for(|it| it.open != 0 || it.begun != begun);
            if timeout(limit, more).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|it| it.open -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guarded_body::GuardedBody;
    use tokio::time::Instant;

    const LIMIT: Duration = Duration::from_secs(75);

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_is_quiet_and_one_with_an_open_request_is_not() {
        let requests = Requests::default();
        let start = Instant::now();
        requests.quiet(LIMIT).await;
        assert_eq!(start.elapsed(), LIMIT);

        let open = requests.begin();
        assert!(timeout(LIMIT * 10, requests.quiet(LIMIT)).await.is_err(), "one is open");
        let body = GuardedBody::new(axum::body::Body::empty(), Some(open));
        assert!(timeout(LIMIT * 10, requests.quiet(LIMIT)).await.is_err(), "its answer flows");
        drop(body);
        let start = Instant::now();
        requests.quiet(LIMIT).await;
        assert_eq!(start.elapsed(), LIMIT, "counted from its end");

        requests.stop_counting();
        drop(requests.begin());
        assert!(timeout(LIMIT * 10, requests.quiet(LIMIT)).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_begins_and_ends_at_once_counts() {
        let requests = Requests::default();
        let start = Instant::now();
        let brief = async {
            tokio::time::sleep(LIMIT / 2).await;
            drop(requests.begin());
        };
        tokio::join!(requests.quiet(LIMIT), brief);
        assert_eq!(start.elapsed(), LIMIT / 2 + LIMIT);
    }
}
