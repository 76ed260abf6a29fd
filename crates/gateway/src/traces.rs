//! Traces: which request took how long where, for whoever collects them (OTLP over HTTP, in JSON).
//!
//! A request is a span here, and a span of the kernel that it was passed on to; the kernel has no
//! network and tells of its own in a header of its answer. So do the machines that were asked on the
//! way. What a person did in a page is the span above, which the page tells. Spans name routes and never paths, hold
//! no content and no secret. They wait in a bounded queue; what finds no room, or whose collector
//! does not take it, is dropped and counted. Nobody waits for a collector.

pub(crate) mod page;
mod wire;

use crate::fetch::{Client, Endpoint, EndpointError};
use axum::body::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body_util::Full;
use protocol::WorkspaceId;
use protocol::trace::{KernelSpan, MachineSpan, TRACEPARENT, TraceContext};
use provider::Followed;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stdx::TaskScope;
use stdx::clock::now_us;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use wire::{By, Span};

/// Spans that wait. At a few hundred bytes each, less than a megabyte.
const QUEUE_CAPACITY: usize = 2_048;
/// Most spans of one request to the collector.
const BATCH_MAX: usize = 512;
/// How long a span waits for others.
const BATCH_DELAY: Duration = Duration::from_secs(1);
/// How long the last spans may take when the gateway stops.
const LAST_DEADLINE: Duration = Duration::from_secs(2);
/// Largest answer of a collector; it says which spans it did not like.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Where traces are sent.
#[derive(Clone, Debug)]
pub struct TraceExport {
    /// The whole address, such as `http://collector:4318/v1/traces`.
    pub endpoint: String,
    /// Further headers of each request, such as a collector's token.
    pub headers: Vec<(HeaderName, stdx::Secret<String>)>,
    /// What this gateway is called.
    pub service: String,
}

/// Begins and takes down spans. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces(Option<Arc<Queue>>);

#[derive(Debug)]
struct Queue {
    spans: mpsc::Sender<Span>,
    dropped: Arc<AtomicU64>,
}

/// A request that is traced.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    queue: Arc<Queue>,
    /// With this gateway's own span.
    own: TraceContext,
    parent: Option<u64>,
    start_us: u64,
    started: Instant,
}

/// What is known of a request when its answer begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered<'a> {
    pub(crate) method: &'a str,
    pub(crate) route: &'a str,
    pub(crate) status: u16,
    pub(crate) request_id: &'a str,
}

/// Sends what was taken down.
#[derive(Debug)]
pub(crate) struct Exporter {
    endpoint: Endpoint,
    config: TraceExport,
    spans: mpsc::Receiver<Span>,
    dropped: Arc<AtomicU64>,
}

impl Traces {
    /// Nothing is traced without somewhere to send it.
    pub(crate) fn open(
        config: Option<&TraceExport>,
    ) -> Result<(Self, Option<Exporter>), EndpointError> {
        let Some(config) = config else { return Ok((Self(None), None)) };
        let endpoint = Endpoint::parse_anywhere(&config.endpoint)?;
        let (tx, spans) = mpsc::channel(QUEUE_CAPACITY);
        let dropped = Arc::new(AtomicU64::new(0));
        let queue = Queue { spans: tx, dropped: Arc::clone(&dropped) };
        let exporter = Exporter { endpoint, config: config.clone(), spans, dropped };
        Ok((Self(Some(Arc::new(queue))), Some(exporter)))
    }

    /// A span for a request, below the one that its client names; `None` when nobody wants it.
    pub(crate) fn begin(&self, headers: &HeaderMap) -> Option<Trace> {
        let queue = self.0.as_ref()?;
        let named = headers.get(TRACEPARENT).and_then(|it| it.to_str().ok());
        let parent = named.and_then(TraceContext::parse);
        if parent.is_some_and(|it| !it.is_sampled) {
            return None;
        }
        let trace = parent.map_or_else(|| stdx::random::bits().max(1), |it| it.trace);
        let span = u64::from_le_bytes(stdx::random::bytes()).max(1);
        Some(Trace {
            queue: Arc::clone(queue),
            own: TraceContext { trace, span, is_sampled: true },
            parent: parent.map(|it| it.span),
            start_us: now_us(),
            started: Instant::now(),
        })
    }

    /// Whether anybody collects them.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Spans that nobody got.
    pub(crate) fn dropped(&self) -> u64 {
        self.0.as_ref().map_or(0, |it| it.dropped.load(Ordering::Relaxed))
    }
}

impl Queue {
    fn put(&self, span: Span) {
        if self.spans.try_send(span).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Trace {
    /// For the next one on the way.
    pub(crate) fn context(&self) -> TraceContext {
        self.own
    }

    /// The head of the answer is ready.
    pub(crate) fn end(&self, answered: Answered<'_>) {
        let elapsed = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.queue.put(Span {
            context: self.own,
            parent: self.parent,
            by: By::Gateway,
            name: format!("{} {}", answered.method, answered.route),
            start_us: self.start_us,
            end_us: self.start_us.saturating_add(elapsed),
            status: Some(answered.status),
            attributes: vec![("stead.request.id", answered.request_id.to_owned())],
        });
    }

    /// To be heard of by machines that are asked on the way.
    pub(crate) fn followed(&self) -> Followed {
        Followed::new(self.own)
    }

    /// What a machine says about its part.
    pub(crate) fn machine(&self, said: MachineSpan) {
        self.queue.put(Span {
            context: TraceContext { span: said.told.span, ..self.own },
            parent: Some(said.parent),
            by: By::Machine(said.role),
            name: said.told.name,
            start_us: said.told.start_us,
            end_us: said.told.start_us.saturating_add(said.told.duration_us),
            status: None,
            attributes: Vec::new(),
        });
    }

    /// What the kernel says about its part.
    pub(crate) fn kernel(&self, told: KernelSpan, workspace: &WorkspaceId) {
        self.queue.put(Span {
            context: TraceContext { span: told.span, ..self.own },
            parent: Some(self.own.span),
            by: By::Kernel,
            name: told.name,
            start_us: told.start_us,
            end_us: told.start_us.saturating_add(told.duration_us),
            status: None,
            attributes: vec![("stead.workspace.id", workspace.to_string())],
        });
    }
}

impl Exporter {
    /// Sends spans in batches until the scope stops, and then those that are left.
    pub(crate) async fn run(mut self, scope: TaskScope) {
        let client = Client::lenient(ANSWER_BYTES_MAX);
        let mut is_told = false;
        loop {
            let first = tokio::select! {
                () = scope.stopping() => break,
                first = self.spans.recv() => first,
            };
            let Some(first) = first else { return };
            let batch = self.batch(first, &scope).await;
            is_told = self.send(&client, batch, is_told).await;
        }
        let mut last = Vec::new();
        while let Ok(span) = self.spans.try_recv() {
            last.push(span);
        }
        if !last.is_empty() && timeout(LAST_DEADLINE, self.send(&client, last, true)).await.is_err()
        {
            tracing::debug!("the last spans were not sent in time");
        }
    }

    async fn batch(&mut self, first: Span, scope: &TaskScope) -> Vec<Span> {
        let deadline = Instant::now() + BATCH_DELAY;
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX {
            let next = tokio::select! {
                () = scope.stopping() => break,
                next = timeout_at(deadline, self.spans.recv()) => next,
            };
            match next {
                Ok(Some(span)) => batch.push(span),
                Ok(None) | Err(_) => break,
            }
        }
        batch
    }

    /// Tells whether it failed, so that a collector that is away for a week is one line of the log.
    async fn send(&self, client: &Client, batch: Vec<Span>, is_told: bool) -> bool {
        let count = batch.len() as u64;
        let body = Bytes::from(wire::body(&self.config.service, &batch).to_string());
        let mut request =
            Request::post("/").body(Full::new(body)).expect("the parts are a request");
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in &self.config.headers {
            if let Ok(mut value) = HeaderValue::from_str(value.expose()) {
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
        let error = match client.send(&self.endpoint, request).await {
            Ok(answer) if answer.status.is_success() => return false,
            Ok(answer) => format!("it answered {}", answer.status),
            Err(error) => error.to_string(),
        };
        self.dropped.fetch_add(count, Ordering::Relaxed);
        if !is_told {
            tracing::warn!(error, "the collector of traces does not take them; they are dropped");
        }
        true
    }
}
