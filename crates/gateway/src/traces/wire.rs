//! Spans as OTLP has them in JSON.

use protocol::trace::{MachineRole, TraceContext};
use serde_json::{Value, json};

/// `SPAN_KIND_SERVER`: whoever is asked.
const KIND_SERVER: u8 = 2;
/// `SPAN_KIND_CLIENT`: a page asks.
const KIND_CLIENT: u8 = 3;
/// `STATUS_CODE_ERROR`.
const STATUS_ERROR: u8 = 2;

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Gateway,
    Kernel,
    Machine(MachineRole),
    Page,
}

impl By {
    const ALL: [Self; 6] = [
        Self::Gateway,
        Self::Kernel,
        Self::Machine(MachineRole::Manager),
        Self::Machine(MachineRole::Worker),
        Self::Machine(MachineRole::Joined),
        Self::Page,
    ];

    /// What it is called beside this gateway.
    fn service(self, gateway: &str) -> String {
        match self {
            Self::Gateway => gateway.to_owned(),
            Self::Kernel => format!("{gateway}-kernel"),
            Self::Machine(role) => format!("{gateway}-{}", role.as_str()),
            Self::Page => format!("{gateway}-page"),
        }
    }
}

/// What was done, and how long it took.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) context: TraceContext,
    pub(super) parent: Option<u64>,
    pub(super) by: By,
    pub(super) name: String,
    pub(super) start_us: u64,
    pub(super) end_us: u64,
    pub(super) status: Option<u16>,
    pub(super) attributes: Vec<(&'static str, String)>,
}

/// The body of a request to a collector.
pub(super) fn body(service: &str, spans: &[Span]) -> Value {
    let of = |by: By| {
        let spans: Vec<Value> = spans.iter().filter(|it| it.by == by).map(one).collect();
        json!({
            "resource": {"attributes": [text("service.name", &by.service(service))]},
            "scopeSpans": [{
                "scope": {"name": "stead", "version": env!("CARGO_PKG_VERSION")},
                "spans": spans,
            }],
        })
    };
    let present = By::ALL.into_iter().filter(|by| spans.iter().any(|it| it.by == *by));
    json!({"resourceSpans": present.map(of).collect::<Vec<_>>()})
}

fn one(span: &Span) -> Value {
    let mut attributes: Vec<Value> =
        span.attributes.iter().map(|(name, value)| text(name, value)).collect();
    if let Some(status) = span.status {
        attributes.push(json!({
            "key": "http.response.status_code",
            "value": {"intValue": status.to_string()},
        }));
    }
    let failed = span.status.is_some_and(|it| 500 <= it);
    json!({
        "traceId": format!("{:032x}", span.context.trace),
        "spanId": format!("{:016x}", span.context.span),
        "parentSpanId": span.parent.map(|it| format!("{it:016x}")).unwrap_or_default(),
        "name": span.name,
        "kind": if span.by == By::Page { KIND_CLIENT } else { KIND_SERVER },
        "startTimeUnixNano": nanoseconds(span.start_us),
        "endTimeUnixNano": nanoseconds(span.end_us),
        "attributes": attributes,
        "status": if failed { json!({"code": STATUS_ERROR}) } else { json!({}) },
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// 64-bit numbers are text in this JSON.
fn nanoseconds(us: u64) -> String {
    us.saturating_mul(1_000).to_string()
}
