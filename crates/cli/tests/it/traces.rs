//! Traces, as a collector gets them: a server of this test that reads OTLP over HTTP.

use crate::runtime::Runtime;
use crate::world::{World, eventually};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const UNWANTED: &str = "5bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// What came, as text.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

impl Collector {
    /// Listens for as long as the test runs; returns where.
    fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let collector = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                collector.take(stream.unwrap());
            }
        });
        address
    }

    fn take(&self, stream: TcpStream) {
        let mut reader = BufReader::new(&stream);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            let lower = line.to_ascii_lowercase();
            if let Some(it) = lower.strip_prefix("content-length:") {
                length = it.trim().parse().unwrap();
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        self.0.lock().unwrap().push(format!("{head}\n{}", String::from_utf8(body).unwrap()));
    }

    fn all(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }

    /// Every span of a trace, with the name of the service that it is of.
    fn spans(&self, trace: &str) -> Vec<(String, Value)> {
        let mut spans = Vec::new();
        for text in self.0.lock().unwrap().iter() {
            let body: Value = serde_json::from_str(text.rsplit_once('\n').unwrap().1).unwrap();
            for resource in body["resourceSpans"].as_array().unwrap() {
                let service = &resource["resource"]["attributes"][0]["value"]["stringValue"];
                let service = service.as_str().unwrap().to_owned();
                let all = resource["scopeSpans"][0]["spans"].as_array().unwrap().iter();
                let own = all.filter(|it| it["traceId"] == trace);
                spans.extend(own.map(|it| (service.clone(), it.clone())));
            }
        }
        spans
    }
}

#[test]
fn a_request_is_followed_from_the_page_to_the_kernel_and_nothing_secret_is_told() {
    let collector = Collector::default();
    let endpoint = collector.start();
    let world = World::start_with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=hunter2"),
        ("OTEL_SERVICE_NAME", "stead-of-a-test"),
    ]);
    let id = world.running("traced");
    let path = format!("/api/v1/workspaces/{id}/files/private-name.txt");
    let line = |trace: &str, flags: &str| format!("traceparent: 00-{trace}-{PARENT}-{flags}\r\n");
    let content = serde_json::json!("private content");
    let ask =
        |trace, flags| world.api_with("PUT", &path, &line(trace, flags), Some(&content)).unwrap().0;
    assert!([200, 201].contains(&ask(UNWANTED, "00")));
    assert!([200, 201].contains(&ask(TRACE, "01")));
    let spans =
        eventually("both spans came", || Some(collector.spans(TRACE)).filter(|it| 2 <= it.len()));
    let of = |service: &str| &spans.iter().find(|it| it.0 == service).unwrap().1;
    let (gateway, kernel) = (of("stead-of-a-test"), of("stead-of-a-test-kernel"));
    assert_eq!(gateway["parentSpanId"], PARENT, "{gateway}");
    assert_eq!(kernel["parentSpanId"], gateway["spanId"], "{kernel}");
    assert_eq!(gateway["name"], "PUT /api/v1/workspaces/{id}/files/{*path}");
    assert!(kernel["name"].as_str().unwrap().starts_with("PUT /api/v1/files/{"), "{kernel}");
    let number = |it: &Value| it.as_str().unwrap().parse::<u64>().unwrap();
    for span in [gateway, kernel] {
        assert!(number(&span["startTimeUnixNano"]) <= number(&span["endTimeUnixNano"]), "{span}");
    }
    assert_eq!(collector.spans(UNWANTED), [], "whoever says no is left out");
    let all = collector.all();
    assert!(all.contains("POST /v1/traces") && all.contains("x-collector-key: hunter2"), "{all}");
    for secret in ["private-name", "private content", world.token().as_str()] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(!world.log().contains("hunter2"));
}

#[test]
fn a_trace_goes_from_the_page_by_way_of_manager_and_worker_to_the_kernel() {
    let collector = Collector::default();
    let worker = Runtime::worker(&[]);
    let manager = Runtime::start(&[("RUNTIME_WORKER_URLS", &worker.url())]);
    let mut environment = manager.for_clients();
    environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), collector.start()));
    let mut world = World::prepare(&[]);
    world.set_environment(environment);
    world.restart();
    let id = world.say(&["new", "far"]);
    let context = format!("00-{TRACE}-{PARENT}-01");
    let path = format!("/api/v1/workspaces/{id}/session/start");
    let (status, _) =
        world.api_with("POST", &path, &format!("traceparent: {context}\r\n"), None).unwrap();
    assert!((200..300).contains(&status), "{status}");
    let mut action = serde_json::json!({
        "traceparent": context, "kind": "click", "start_ms": stdx::clock::now_ms(),
        "duration_ms": 5,
    });
    let mut tell = |start_ms: Option<u64>| {
        if let Some(it) = start_ms {
            action["start_ms"] = it.into();
        }
        world.api("POST", "/api/v1/traces", Some(&action)).unwrap().0
    };
    assert_eq!(tell(None), 204);
    assert_eq!(tell(Some(1)), 400, "a clock that is far off");

    let spans = eventually("every process has told its part", || {
        let spans = collector.spans(TRACE);
        let told = |name: &str| spans.iter().any(|it| it.0 == name);
        let all = ["stead", "stead-manager", "stead-worker", "stead-kernel", "stead-page"];
        all.iter().all(|it| told(it)).then_some(spans)
    });
    let of = |service: &str| -> Vec<&Value> {
        spans.iter().filter(|it| it.0 == service).map(|it| &it.1).collect()
    };
    let (page, gateway, kernel) = (of("stead-page")[0], of("stead")[0], of("stead-kernel")[0]);
    assert_eq!((&page["spanId"], &page["parentSpanId"]), (&PARENT.into(), &"".into()));
    assert_eq!((&page["name"], &gateway["parentSpanId"]), (&"click".into(), &PARENT.into()));
    assert_eq!(kernel["parentSpanId"], gateway["spanId"]);
    let managers = of("stead-manager");
    assert!(managers.iter().all(|it| it["parentSpanId"] == gateway["spanId"]), "{managers:?}");
    let names: Vec<&str> = managers.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"POST /workspaces/{id}/admission"), "{names:?}");
    for span in of("stead-worker") {
        let is_below = managers.iter().any(|it| it["spanId"] == span["parentSpanId"]);
        assert!(is_below, "{span}");
    }
}

#[test]
fn a_collector_that_is_away_holds_nobody_up_and_is_counted() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}");
    let world = World::start_with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    eventually("what was dropped is counted", || {
        let text = String::from_utf8(world.api("GET", "/metrics", None).unwrap().1).unwrap();
        let line = text.lines().find_map(|it| it.strip_prefix("stead_trace_spans_dropped "));
        (0 < line.unwrap().parse::<u64>().unwrap()).then_some(())
    });
    let told = world.log().matches("collector of traces").count();
    assert_eq!(told, 1, "once, and not for each request");
}
