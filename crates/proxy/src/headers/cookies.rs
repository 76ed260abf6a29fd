//! Cookies in both directions: the platform's stay with the platform, the app's with the app.

use http::HeaderMap;
use http::header::{COOKIE, HeaderValue, SET_COOKIE};

/// Names under which the platform keeps its own cookies, after an optional `__Host-` or
/// `__Secure-`.
const PLATFORM_NAMES: [&str; 2] = ["stead_", "stead-"];

/// Whether a cookie of this name belongs to the platform.
pub fn is_platform_cookie(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    let name = ["__host-", "__secure-", "__http-", "__host-http-"]
        .iter()
        .filter_map(|it| name.strip_prefix(it))
        .min_by_key(|it| it.len())
        .unwrap_or(&name);
    PLATFORM_NAMES.iter().any(|it| name.starts_with(it))
}

/// Leaves only the app's cookies, in one header.
pub(super) fn filter_request(headers: &mut HeaderMap) {
    let mut values = headers.get_all(COOKIE).iter();
    let Some(first) = values.next() else { return };
    if values.next().is_none() && !contains_ignore_case(first.as_bytes(), b"stead") {
        return;
    }
    let mut kept: Vec<u8> = Vec::new();
    for pair in headers.get_all(COOKIE).iter().flat_map(|it| it.as_bytes().split(|it| *it == b';'))
    {
        let pair = pair.trim_ascii();
        let name = pair.split(|it| *it == b'=').next().unwrap_or_default();
        if pair.is_empty() || is_platform_cookie(&String::from_utf8_lossy(name)) {
            continue;
        }
        if !kept.is_empty() {
            kept.extend_from_slice(b"; ");
        }
        kept.extend_from_slice(pair);
    }
    headers.remove(COOKIE);
    if let Some(value) = HeaderValue::from_bytes(&kept).ok().filter(|it| !it.is_empty()) {
        headers.insert(COOKIE, value);
    }
}

fn contains_ignore_case(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|it| it.eq_ignore_ascii_case(needle))
}

/// Drops cookies under the platform's names and every `Domain`; with `framed`, makes the others
/// work in a frame on another site as well.
pub(super) fn filter_response(headers: &mut HeaderMap, framed: bool) {
    if !headers.contains_key(SET_COOKIE) {
        return;
    }
    let kept: Vec<HeaderValue> = headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|it| rewrite_set_cookie(it.as_bytes(), framed))
        .collect();
    headers.remove(SET_COOKIE);
    for value in kept {
        headers.append(SET_COOKIE, value);
    }
}

/// One `Set-Cookie` as the browser gets it; `None` when it must not.
fn rewrite_set_cookie(value: &[u8], framed: bool) -> Option<HeaderValue> {
    let mut parts = value.split(|it| *it == b';').map(<[u8]>::trim_ascii);
    let pair = parts.next()?;
    let name = match pair.iter().position(|it| *it == b'=') {
        // A cookie without a name is sent back as its bare value, which could read as any name.
        None | Some(0) => pair.trim_ascii_start().strip_prefix(b"=").unwrap_or(pair),
        Some(end) => &pair[..end],
    };
    if is_platform_cookie(&String::from_utf8_lossy(name)) {
        return None;
    }
    let mut out = pair.to_vec();
    for part in parts {
        let attribute = part.split(|it| *it == b'=').next().unwrap_or_default().trim_ascii();
        let attribute = attribute.to_ascii_lowercase();
        let ours = framed && matches!(&attribute[..], b"samesite" | b"secure" | b"partitioned");
        if attribute == b"domain" || attribute.is_empty() || ours {
            continue;
        }
        out.extend_from_slice(b"; ");
        out.extend_from_slice(part);
    }
    if framed {
        out.extend_from_slice(b"; Secure; SameSite=None; Partitioned");
    }
    HeaderValue::from_bytes(&out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S0.57
    #[test]
    fn platform_cookies_never_reach_the_app_and_its_own_do() {
        for (sent, seen) in [
            (&["a=1; stead_session=x; b=2"][..], Some("a=1; b=2")),
            (&["stead_session=x"], None),
            (&["__Host-stead-preview=x;a=1"], Some("a=1")),
            (&["__host-STEAD-session=x"], None),
            (&["__Secure-stead_session=x; c=d=e"], Some("c=d=e")),
            (&["a=instead; b=\"q;r\""], Some("a=instead; b=\"q; r\"")),
            (&["a=1", "b=2"], Some("a=1; b=2")),
            (&["theme=dark"], Some("theme=dark")),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in sent {
                headers.append(COOKIE, HeaderValue::from_static(value));
            }
            filter_request(&mut headers);
            let got: Vec<_> =
                headers.get_all(COOKIE).iter().map(|it| it.to_str().unwrap()).collect();
            assert_eq!(got, seen.into_iter().collect::<Vec<_>>(), "{sent:?}");
        }
    }

    #[test]
    fn cookies_of_the_app_stay_on_their_origin() {
        for (set, plain, framed) in [
            ("a=1", Some("a=1"), Some("a=1; Secure; SameSite=None; Partitioned")),
            (
                "a=1; Domain=localhost; Path=/; HttpOnly",
                Some("a=1; Path=/; HttpOnly"),
                Some("a=1; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"),
            ),
            (
                "s=x; SameSite=Lax;secure; max-age=5",
                Some("s=x; SameSite=Lax; secure; max-age=5"),
                Some("s=x; max-age=5; Secure; SameSite=None; Partitioned"),
            ),
            (
                "a=1; domain = example.org",
                Some("a=1"),
                Some("a=1; Secure; SameSite=None; Partitioned"),
            ),
            ("__Host-stead-preview=evil; Path=/; Secure", None, None),
            ("stead_session=evil", None, None),
            ("=stead_session=evil", None, None),
            ("= stead_session", None, None),
        ] {
            let shown = |framed| {
                rewrite_set_cookie(set.as_bytes(), framed).map(|it| it.to_str().unwrap().to_owned())
            };
            assert_eq!(shown(false).as_deref(), plain, "{set}");
            assert_eq!(shown(true).as_deref(), framed, "{set}");
        }
    }
}
