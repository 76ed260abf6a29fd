//! Headers that tell browsers how little the gateway's answers may do.

use crate::identity::origin::{LABEL, OwnOrigin};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;

/// What no page of ours needs, and what no app in a frame of ours gets through us.
const PERMISSIONS: &str = "accelerometer=(), bluetooth=(), browsing-topics=(), camera=(), \
    display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()";

/// What the application's pages may do and who may frame them.
///
/// Scripts come from the folder of our own files and from nowhere else: `'self'` would let in
/// whatever the API answers, the files of workspaces among it. Styles that libraries write carry
/// the nonce of the page (`web/src/live/page-policy.ts`). What becomes HTML goes through the one
/// policy of trusted types that is named here.
pub(crate) fn secure_page(
    headers: &mut HeaderMap,
    origin: &OwnOrigin,
    preview_origin: Option<&str>,
    nonce: &str,
) {
    let own = origin.text();
    let socket = own.replacen("http", "ws", 1);
    // Policies know no addresses, only names.
    let is_named = !origin.is_address();
    let at = |path: &str| if is_named { format!("{own}{path}") } else { "'self'".to_owned() };
    let (files, theme, frames) = (at("/assets/"), at("/theme.js"), at("/indexes/userspace/"));
    let asking = if is_named { format!("{own}/api/ {socket}/api/") } else { at("") };
    let previews = preview_origin.map(|it| it.replace(LABEL, "*")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src {files} {theme}; style-src {files} 'nonce-{nonce}'; \
         img-src 'self' data: blob:; media-src 'self' blob:; font-src {files}; \
         connect-src {asking}; frame-src blob: {frames} {previews}; worker-src {files}; \
         manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types stead-page"
    );
    set(headers, "content-security-policy", &policy);
    set(headers, "cross-origin-opener-policy", "same-origin");
    set(headers, "origin-agent-cluster", "?1");
    set(headers, "permissions-policy", PERMISSIONS);
    secure_any(headers);
}

/// What holds for answers of the API: never a document that runs something on this origin, whatever
/// the type of a workspace's file.
pub(crate) fn secure_data(headers: &mut HeaderMap) {
    set(headers, "content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
    secure_any(headers);
}

/// Tells browsers to come to this name by TLS only. Nothing is said where they did not come by TLS,
/// to names that lead elsewhere on other machines, and where the port is an odd one: browsers would
/// hold every port of the name to it, other services of the same machine among them.
pub(crate) fn secure_transport(headers: &mut HeaderMap, origin: &OwnOrigin, max_age: Duration) {
    if origin.secure && origin.odd_port().is_none() && !origin.is_local() {
        let value = format!("max-age={}", max_age.as_secs());
        set(headers, "strict-transport-security", &value);
    }
}

fn secure_any(headers: &mut HeaderMap) {
    set(headers, "x-content-type-options", "nosniff");
    set(headers, "referrer-policy", "no-referrer");
    let policy = HeaderValue::from_static("same-origin");
    headers.entry("cross-origin-resource-policy").or_insert(policy);
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn origin(secure: bool, host: &str, port: Option<u16>) -> OwnOrigin {
        OwnOrigin { secure, host: host.into(), port }
    }

    fn policy(origin: &OwnOrigin, previews: Option<&str>) -> String {
        let mut headers = HeaderMap::new();
        secure_page(&mut headers, origin, previews, "abc");
        headers["content-security-policy"].to_str().unwrap().replace("; ", ";\n")
    }

    #[test]
    fn pages_run_our_files_frame_previews_and_are_framed_by_nobody() {
        let previews = Some("http://{label}.localhost:7832");
        expect![[r"
            default-src 'none';
            script-src http://localhost:7832/assets/ http://localhost:7832/theme.js;
            style-src http://localhost:7832/assets/ 'nonce-abc';
            img-src 'self' data: blob:;
            media-src 'self' blob:;
            font-src http://localhost:7832/assets/;
            connect-src http://localhost:7832/api/ ws://localhost:7832/api/;
            frame-src blob: http://localhost:7832/indexes/userspace/ http://*.localhost:7832;
            worker-src http://localhost:7832/assets/;
            manifest-src 'self';
            base-uri 'none';
            form-action 'self';
            frame-ancestors 'none';
            require-trusted-types-for 'script';
            trusted-types stead-page"]]
        .assert_eq(&policy(&origin(false, "localhost", Some(7832)), previews));
    }

    #[test]
    fn addresses_which_policies_do_not_know_are_meant_by_self() {
        expect![[r"
            default-src 'none';
            script-src 'self' 'self';
            style-src 'self' 'nonce-abc';
            img-src 'self' data: blob:;
            media-src 'self' blob:;
            font-src 'self';
            connect-src 'self';
            frame-src blob: 'self' ;
            worker-src 'self';
            manifest-src 'self';
            base-uri 'none';
            form-action 'self';
            frame-ancestors 'none';
            require-trusted-types-for 'script';
            trusted-types stead-page"]]
        .assert_eq(&policy(&origin(false, "[::1]", Some(7832)), None));
    }

    #[test]
    fn only_a_name_of_its_own_is_bound_to_tls() {
        let told = |secure, host, port| {
            let mut headers = HeaderMap::new();
            let max_age = Duration::from_secs(60);
            secure_transport(&mut headers, &origin(secure, host, port), max_age);
            headers.contains_key("strict-transport-security")
        };
        assert!(told(true, "stead.example.org", None));
        assert!(told(true, "stead.example.org", Some(443)));
        assert!(told(true, "5173--abc.preview.example.org", None));
        for (secure, host, port) in [
            (false, "stead.example.org", None),
            (true, "stead.example.org", Some(8443)),
            (true, "localhost", None),
            (true, "5173--abc.localhost", None),
            (true, "192.0.2.1", None),
            (true, "[2001:db8::1]", None),
        ] {
            assert!(!told(secure, host, port), "{host}");
        }
    }
}
