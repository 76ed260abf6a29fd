//! What operators watch: counters and a histogram in the text format of Prometheus.

use crate::policy::RouteName;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the histogram's buckets, in microseconds: from a keystroke to a cold start.
const BUCKETS_US: [u64; 10] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000, 10_000_000];

/// Counts requests. Shared by all connections.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// By route and status. Routes are patterns of the policy, so there are few.
    requests: Mutex<BTreeMap<(RouteName, u16), u64>>,
    in_flight: AtomicI64,
    connections: AtomicI64,
    buckets: [AtomicU64; BUCKETS_US.len()],
    slower: AtomicU64,
    microseconds: AtomicU64,
}

/// Numbers that are known elsewhere and only shown here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gauges {
    pub(crate) kernel_connections: usize,
    pub(crate) workspaces: Option<u64>,
    pub(crate) kernels_awake: usize,
    pub(crate) password_hashes: u64,
    pub(crate) spans_dropped: u64,
}

/// Counts something for as long as it is held.
#[derive(Debug)]
pub(crate) struct Held<'a>(&'a AtomicI64);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn hold(gauge: &AtomicI64) -> Held<'_> {
    gauge.fetch_add(1, Ordering::Relaxed);
    Held(gauge)
}

impl Metrics {
    /// A request is being answered.
    pub(crate) fn request(&self) -> Held<'_> {
        hold(&self.in_flight)
    }

    /// A client is connected.
    pub(crate) fn connection(&self) -> Held<'_> {
        hold(&self.connections)
    }

    /// The head of an answer was ready after `elapsed`.
    pub(crate) fn answered(&self, route: RouteName, status: u16, elapsed: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((route, status)).or_default() += 1;
        drop(requests);
        let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US.iter().position(|end| microseconds <= *end);
        bucket.map_or(&self.slower, |it| &self.buckets[it]).fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// Everything as text.
    pub(crate) fn render(&self, gauges: Gauges) -> String {
        let mut out = String::new();
        self.render_requests(&mut out);
        self.render_histogram(&mut out);
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let mut gauge = |name: &str, help: &str, value: i64| {
            line(
                &mut out,
                format_args!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"),
            );
        };
        gauge(
            "stead_gateway_requests_in_flight",
            "Requests being answered.",
            self.in_flight.load(Ordering::Relaxed),
        );
        gauge(
            "stead_gateway_connections",
            "Connections of clients, upgraded ones left out.",
            self.connections.load(Ordering::Relaxed),
        );
        gauge(
            "stead_gateway_kernel_connections",
            "Open connections to kernels: live channels, requests and idle ones.",
            count(gauges.kernel_connections),
        );
        gauge("stead_kernels_awake", "Kernels that run now.", count(gauges.kernels_awake));
        gauge(
            "stead_gateway_password_hashes",
            "Password hashes computed since the start.",
            i64::try_from(gauges.password_hashes).unwrap_or(i64::MAX),
        );
        gauge(
            "stead_trace_spans_dropped",
            "Spans since the start that no collector got.",
            i64::try_from(gauges.spans_dropped).unwrap_or(i64::MAX),
        );
        if let Some(workspaces) = gauges.workspaces {
            let workspaces = i64::try_from(workspaces).unwrap_or(i64::MAX);
            gauge("stead_workspaces", "Workspaces that exist.", workspaces);
        }
        out
    }

    fn render_requests(&self, out: &mut String) {
        line(
            out,
            format_args!("# HELP stead_gateway_requests_total Requests by route and status."),
        );
        line(out, format_args!("# TYPE stead_gateway_requests_total counter"));
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for ((route, status), count) in requests.iter() {
            line(
                out,
                format_args!(
                    "stead_gateway_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}"
                ),
            );
        }
    }

    fn render_histogram(&self, out: &mut String) {
        let name = "stead_gateway_request_seconds";
        line(out, format_args!("# HELP {name} Time until the head of the answer."));
        line(out, format_args!("# TYPE {name} histogram"));
        let mut total = 0;
        for (end, count) in BUCKETS_US.iter().zip(&self.buckets) {
            total += count.load(Ordering::Relaxed);
            let (seconds, rest) = (end / 1_000_000, end % 1_000_000);
            line(out, format_args!("{name}_bucket{{le=\"{seconds}.{rest:06}\"}} {total}"));
        }
        total += self.slower.load(Ordering::Relaxed);
        line(out, format_args!("{name}_bucket{{le=\"+Inf\"}} {total}"));
        let sum = self.microseconds.load(Ordering::Relaxed);
        line(out, format_args!("{name}_sum {}.{:06}", sum / 1_000_000, sum % 1_000_000));
        line(out, format_args!("{name}_count {total}"));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_was_counted_is_shown() {
        let metrics = Metrics::default();
        let held = metrics.request();
        metrics.answered(RouteName::other("/health"), 200, Duration::from_micros(300));
        metrics.answered(RouteName::other("/health"), 200, Duration::from_secs(11));
        let text = metrics.render(Gauges { workspaces: Some(3), ..Gauges::default() });
        drop(held);
        let shown: Vec<&str> = text
            .lines()
            .filter(|it| !it.starts_with('#') && !it.ends_with(" 0"))
            .filter(|it| !it.contains("_bucket") || it.contains("0.000500") || it.contains("Inf"))
            .collect();
        expect![[r#"
            stead_gateway_requests_total{route="/health",status="200"} 2
            stead_gateway_request_seconds_bucket{le="0.000500"} 1
            stead_gateway_request_seconds_bucket{le="+Inf"} 2
            stead_gateway_request_seconds_sum 11.000300
            stead_gateway_request_seconds_count 2
            stead_gateway_requests_in_flight 1
            stead_workspaces 3"#]]
        .assert_eq(&shown.join("\n"));
    }

    // covers: S0.43
    #[test]
    fn the_runbook_explains_every_number() {
        let runbook = include_str!("../../../docs/runbook.md");
        let (_, table) = runbook.split_once("## What each metric means").unwrap();
        let table = table.split("\n## ").next().unwrap();
        let text = Metrics::default().render(Gauges { workspaces: Some(0), ..Gauges::default() });
        let names = text.lines().filter_map(|it| it.strip_prefix("# TYPE ")?.split(' ').next());
        let missing: Vec<&str> = names.filter(|it| !table.contains(it)).collect();
        assert!(missing.is_empty(), "docs/runbook.md says nothing of {missing:?}");
        for section in ["Upgrade", "Backup and restore", "TLS and names", "What to do when"] {
            assert!(runbook.contains(&format!("\n## {section}\n")), "{section}");
        }
    }

    #[test]
    fn the_dashboard_names_only_what_is_shown() {
        let text = Metrics::default().render(Gauges { workspaces: Some(0), ..Gauges::default() });
        let types = text.lines().filter_map(|it| it.strip_prefix("# TYPE "));
        let known: Vec<String> = types
            .filter_map(|it| it.split_once(' '))
            .flat_map(|(name, kind)| {
                let ends =
                    if kind == "histogram" { &["_bucket", "_sum", "_count"][..] } else { &[""] };
                ends.iter().map(move |end| format!("{name}{end}"))
            })
            .collect();
        let dashboard: serde_json::Value =
            serde_json::from_str(include_str!("../../../packaging/grafana/stead.json")).unwrap();
        let panels = dashboard["panels"].as_array().unwrap().iter();
        let targets = panels.flat_map(|it| it["targets"].as_array().unwrap());
        let expressions: Vec<&str> = targets.map(|it| it["expr"].as_str().unwrap()).collect();
        let mut seen = std::collections::BTreeSet::new();
        for expression in &expressions {
            let words = expression.split(|it: char| it != '_' && !it.is_ascii_lowercase());
            seen.extend(words.filter(|it| it.starts_with("stead_")));
        }
        let unknown: Vec<_> = seen.iter().filter(|it| !known.iter().any(|k| k == **it)).collect();
        assert!(unknown.is_empty(), "{unknown:?} of {known:?}");
        let unshown: Vec<_> = known.iter().filter(|it| !seen.contains(it.as_str())).collect();
        assert!(unshown.is_empty(), "the dashboard lacks {unshown:?}");
    }
}
