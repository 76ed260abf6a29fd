//! The `OTEL_*` variables: where traces are sent. Their names are given, so they are no options of
//! ours.

use anyhow::Context;
use gateway::TraceExport;
use http::{HeaderName, HeaderValue};
use stdx::Secret;

/// What a gateway is called unless told otherwise.
const SERVICE: &str = "stead";

/// What the variables say, through `get`, which gives none that is empty. Without an endpoint
/// nothing is traced.
pub(super) fn read(get: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<TraceExport>> {
    let is = |name: &str, word: &str| get(name).is_some_and(|it| it.eq_ignore_ascii_case(word));
    if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
        return Ok(None);
    }
    let whole = get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    let base = || get("OTEL_EXPORTER_OTLP_ENDPOINT");
    let below = |it: String| format!("{}/v1/traces", it.trim_end_matches('/'));
    let Some(endpoint) = whole.or_else(|| base().map(below)) else { return Ok(None) };
    let given = get("OTEL_EXPORTER_OTLP_TRACES_HEADERS");
    let given = given.or_else(|| get("OTEL_EXPORTER_OTLP_HEADERS")).unwrap_or_default();
    let pairs = given.split(',').map(str::trim).filter(|it| !it.is_empty());
    let headers = pairs.map(header).collect::<anyhow::Result<_>>();
    let headers = headers.context("`OTEL_EXPORTER_OTLP_HEADERS` must be NAME=VALUE,NAME=VALUE")?;
    let service = get("OTEL_SERVICE_NAME").unwrap_or_else(|| SERVICE.to_owned());
    Ok(Some(TraceExport { endpoint, headers, service }))
}

/// One header. What is wrong with it is told without its value.
fn header(pair: &str) -> anyhow::Result<(HeaderName, Secret<String>)> {
    let (name, value) = pair.split_once('=').context("there is no `=`")?;
    let name = name.trim().parse::<HeaderName>().context("that is no name of a header")?;
    let value = value.trim();
    HeaderValue::from_str(value).ok().context("a header cannot carry this value")?;
    Ok((name, Secret::new(value.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &[(&str, &str)]) -> anyhow::Result<Option<TraceExport>> {
        read(|name: &str| given.iter().find(|it| it.0 == name).map(|it| it.1.to_owned()))
    }

    #[test]
    fn nothing_is_traced_without_an_endpoint() {
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/");
        assert!(of(&[]).unwrap().is_none());
        assert!(of(&[base, ("OTEL_SDK_DISABLED", "TRUE")]).unwrap().is_none());
        let it = of(&[base, ("OTEL_EXPORTER_OTLP_HEADERS", "a=b, authorization=Bearer x")]);
        let it = it.unwrap().unwrap();
        assert_eq!(
            (it.endpoint.as_str(), it.service.as_str()),
            ("http://c:4318/v1/traces", "stead")
        );
        assert_eq!(it.headers[1].1.expose(), "Bearer x");
        assert!(!format!("{it:?}").contains("Bearer"), "{it:?}");
        let whole = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://c/x");
        assert_eq!(of(&[base, whole]).unwrap().unwrap().endpoint, "https://c/x");
        let wrong = of(&[base, ("OTEL_EXPORTER_OTLP_HEADERS", "secret")]).unwrap_err();
        assert!(!format!("{wrong:#}").contains("secret"), "{wrong:#}");
    }
}
