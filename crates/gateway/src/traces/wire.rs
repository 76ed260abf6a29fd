//! Spans as OTLP has them in JSON.

use protocol::trace::TraceContext;
use serde_json::{Value, json};

/// `SPAN_KIND_SERVER`: both ends of the way answer a request.
const KIND_SERVER: u8 = 2;
/// `STATUS_CODE_ERROR`.
const STATUS_ERROR: u8 = 2;

/// What was done, and how long it took.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) context: TraceContext,
    pub(super) parent: Option<u64>,
    /// By a kernel, and not by this gateway.
    pub(super) is_kernel: bool,
    pub(super) name: String,
    pub(super) start_us: u64,
    pub(super) end_us: u64,
    pub(super) status: Option<u16>,
    pub(super) attributes: Vec<(&'static str, String)>,
}

/// The body of a request to a collector.
pub(super) fn body(service: &str, spans: &[Span]) -> Value {
    let of = |is_kernel: bool, name: String| {
        let spans: Vec<Value> =
            spans.iter().filter(|it| it.is_kernel == is_kernel).map(one).collect();
        json!({
            "resource": {"attributes": [text("service.name", &name)]},
            "scopeSpans": [{
                "scope": {"name": "stead", "version": env!("CARGO_PKG_VERSION")},
                "spans": spans,
            }],
        })
    };
    json!({"resourceSpans": [of(false, service.to_owned()), of(true, format!("{service}-kernel"))]})
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
        "kind": KIND_SERVER,
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
