//! The one directive of a Content-Security-Policy that is not the app's to decide here.

use http::HeaderMap;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue};

/// Removes `frame-ancestors` from every policy and leaves the rest as it is.
pub(super) fn remove_frame_ancestors(headers: &mut HeaderMap) {
    let touched = headers
        .get_all(CONTENT_SECURITY_POLICY)
        .iter()
        .any(|it| it.to_str().is_ok_and(|it| it.to_ascii_lowercase().contains("frame-ancestors")));
    if !touched {
        return;
    }
    let kept: Vec<HeaderValue> = headers
        .get_all(CONTENT_SECURITY_POLICY)
        .iter()
        .filter_map(|value| match value.to_str() {
            Ok(text) => HeaderValue::from_str(&without_frame_ancestors(text)).ok(),
            Err(_) => Some(value.clone()),
        })
        .filter(|it| !it.is_empty())
        .collect();
    headers.remove(CONTENT_SECURITY_POLICY);
    for value in kept {
        headers.append(CONTENT_SECURITY_POLICY, value);
    }
}

/// `text` is a list of policies, separated by commas, each a list of directives.
fn without_frame_ancestors(text: &str) -> String {
    let is_ours = |directive: &str| {
        let name = directive.split_ascii_whitespace().next().unwrap_or_default();
        name.eq_ignore_ascii_case("frame-ancestors")
    };
    let policies = text.split(',').map(|policy| {
        let kept = policy.split(';').map(str::trim).filter(|it| !it.is_empty() && !is_ours(it));
        kept.collect::<Vec<_>>().join("; ")
    });
    policies.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_frame_ancestors_goes() {
        for (text, left) in [
            ("default-src 'self'; frame-ancestors 'none'", "default-src 'self'"),
            ("frame-ancestors 'none'", ""),
            ("Frame-Ancestors 'none' ; script-src 'self'", "script-src 'self'"),
            ("frame-ancestors 'none', img-src *", "img-src *"),
            ("frame-src x; child-src y", "frame-src x; child-src y"),
        ] {
            assert_eq!(without_frame_ancestors(text), left);
        }
    }
}
