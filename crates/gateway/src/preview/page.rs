//! What a person sees in place of an app, and what a program gets.
//!
//! The pages bring everything they need: no style, script or font comes from elsewhere.

use crate::app::App;
use crate::identity::origin::OwnOrigin;
use crate::preview::upstream::Trouble;
use crate::preview::{RESERVED, is_get, rules};
use crate::reply;
use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use protocol::{ErrorCode, WireError, WorkspaceId};
use serde_json::json;

/// Waits for the app and reloads, politely: a failed question is asked again later and later.
const RELOAD: &str = r#"(async () => {
  let pause = 250;
  const rest = (ms) => new Promise((done) => setTimeout(done, ms));
  for (;;) {
    try {
      const answer = await fetch(READY, { cache: "no-store", redirect: "error" });
      if (answer.status === 204 || answer.status === 401) {
        await rest(150);
        location.reload();
        return;
      }
      if (answer.status === 504) { pause = 250; continue; }
    } catch {}
    await rest(pause);
    pause = Math.min(pause * 2, 5000);
  }
})();"#;

/// Asks the page around the frame for a new grant; the type is all it learns.
const ASK_PARENT: &str = r#"if (parent !== window) {
  parent.postMessage({ type: "stead-preview-grant-needed" }, "*");
}"#;

const STYLE: &str = "\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; color: #1c1f24; background: #f7f7f5; }
main { max-width: 30rem; padding: 2rem; }
h1 { font-size: 1.25rem; margin: 0 0 .5rem; font-weight: 600; }
p { margin: .5rem 0; color: #4d535c; }
a { color: #0b5cad; }
code { font: .9em ui-monospace, monospace; }
.wait { display: flex; align-items: center; gap: .5rem; margin-top: 1.25rem; font-size: .875rem; }
.wait::before { content: ''; width: .5rem; height: .5rem; border-radius: 50%; background: #2f7d4f; animation: beat 1.6s ease-in-out infinite; }
@keyframes beat { 50% { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { .wait::before { animation: none; } }
@media (prefers-color-scheme: dark) { body { color: #eceef1; background: #16181c; } p { color: #a7adb7; } a { color: #7db7f0; } }
";

/// What is remembered of a request for the answer that takes an app's place.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// A person opens a page, in a tab or in a frame.
    pub(super) is_navigation: bool,
    /// In a frame.
    pub(super) is_framed: bool,
    /// May be repeated by a reload.
    is_get: bool,
    app: &'a App,
    origin: &'a OwnOrigin,
    /// What stands before the app's paths; empty on an origin of its own.
    prefix: &'a str,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        (method, headers): (&Method, &HeaderMap),
        (app, origin): (&'a App, &'a OwnOrigin),
        prefix: &'a str,
    ) -> Self {
        let (is_navigation, is_framed) = kind(headers);
        Self {
            is_navigation: is_navigation && !headers.contains_key(UPGRADE),
            is_framed,
            is_get: is_get(method),
            app,
            origin,
            prefix,
        }
    }
}

/// Whether headers say that a page is opened, and whether in a frame.
fn kind(headers: &HeaderMap) -> (bool, bool) {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    match (text("sec-fetch-dest"), text("sec-fetch-mode")) {
        (Some(destination), mode) => {
            let framed =
                matches!(destination, "iframe" | "frame" | "embed" | "object" | "fencedframe");
            let navigates = mode.is_none_or(|it| it == "navigate");
            ((framed || destination == "document") && navigates, framed)
        }
        // Browsers from before these headers.
        (None, _) => (text(ACCEPT.as_str()).is_some_and(|it| it.contains("text/html")), false),
    }
}

/// Texts of one kind of trouble.
struct Words {
    /// For programs.
    reason: &'static str,
    title: String,
    /// What happened and what to do.
    text: String,
    /// The page reloads when the app is there.
    waits: bool,
}

impl Words {
    fn new(reason: &'static str, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { reason, title: title.into(), text: text.into(), waits: false }
    }

    fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }
}

/// The answer in place of an app's: 502, and a reason that a person can act on.
pub(super) fn trouble(trouble: &Trouble, asked: Asked<'_>, workspace: &WorkspaceId) -> Response {
    let words = match trouble {
        Trouble::BadRequest(error) => {
            return reply::refuse(WireError::new(ErrorCode::InvalidRequest, error.to_string()));
        }
        Trouble::Revoked => {
            let message = "access to this preview has ended";
            return reply::refuse(WireError::new(ErrorCode::Forbidden, message));
        }
        Trouble::NoSession => Words::new(
            "no_session",
            "No session runs",
            "The workspace is stopped, so there is no app to show. Press Run in the workspace.",
        )
        .waiting(),
        Trouble::NothingListens(Some(port)) => Words::new(
            "nothing_listens",
            format!("Nothing listens on port {port} yet"),
            format!(
                "A session runs, but no program accepts connections on port {port}. It may still \
                 be starting; the dev-server log in the workspace tells."
            ),
        )
        .waiting(),
        Trouble::NothingListens(None) => Words::new(
            "nothing_listens",
            "The app does not listen yet",
            "A session runs, but no program in it listens on a port. It may still be starting; the \
             dev-server log in the workspace tells.",
        )
        .waiting(),
        Trouble::Closed => Words::new(
            "closed",
            "The app closed the connection",
            "It took the request and ended the connection without an answer, as a program does that \
             crashes. Its last words are in the dev-server log in the workspace.",
        ),
        Trouble::NotHttp => Words::new(
            "not_http",
            "The app does not speak HTTP",
            "What listens on this port answered with something that is not HTTP, or is HTTPS.",
        ),
        Trouble::Timeout => Words::new(
            "timeout",
            "The app did not answer in time",
            "The machine may be busy. Try again; nothing was lost.",
        ),
        Trouble::Unavailable => Words::new(
            "unavailable",
            "The workspace cannot be reached",
            "The machine that it runs on does not answer now. What runs there goes on; try again.",
        )
        .waiting(),
        Trouble::NotShown(port) => {
            let text = "Viewers see the app that the preview shows. To open other ports, ask an \
                        owner of the workspace to make you an editor.";
            let words = Words::new("not_shown", format!("Port {port} is for editors"), text);
            return answer(ErrorCode::Forbidden, &words, asked, Some(workspace));
        }
    };
    answer(ErrorCode::PreviewUnavailable, &words, asked, Some(workspace))
}

fn answer(
    code: ErrorCode,
    words: &Words,
    asked: Asked<'_>,
    workspace: Option<&WorkspaceId>,
) -> Response {
    if !asked.is_navigation {
        let message = format!("{}: {}", words.title, words.text);
        let error = WireError::new(code, message).with_details(json!({ "reason": words.reason }));
        return reply::refuse(error);
    }
    let waits = words.waits && asked.is_get;
    let script = if waits {
        let ready = format!("{}{RESERVED}ready", asked.prefix);
        let ready = serde_json::to_string(&ready).expect("a text is JSON");
        RELOAD.replace("READY", &ready)
    } else {
        String::new()
    };
    let mut body = format!("<h1>{}</h1>\n<p>{}</p>\n", words.title, words.text);
    if let Some(workspace) = workspace {
        let gateway = rules::gateway(asked.app, asked.origin);
        let link = format!("<a href=\"{gateway}/w/{workspace}\" target=\"_top\">");
        body += &["<p>", &link, "Open the workspace</a></p>\n"].concat();
    }
    if waits {
        body += "<p class=\"wait\" role=\"status\">This page opens the app as soon as it answers.</p>\n";
    }
    let status = StatusCode::from_u16(code.status()).expect("every error code has a valid status");
    document(status, &words.title, &(body, script), asked)
}

/// For a page without a cookie that cannot be sent for one.
pub(super) fn needs_grant(asked: Asked<'_>) -> Response {
    let text = if asked.is_framed {
        "This frame has no access to the preview, or its access has ended. The page around it is \
         asked to open it again; if nothing happens, reload that page."
    } else {
        "Open the preview from its workspace, then send the form again. Nothing was sent to the app."
    };
    let body = format!("<h1>The preview needs to be opened again</h1>\n<p>{text}</p>\n");
    let page = (body, ASK_PARENT.to_owned());
    document(StatusCode::UNAUTHORIZED, "Preview", &page, asked)
}

/// For a browser that did not keep the cookie it was just given.
pub(super) fn no_cookies(asked: Asked<'_>) -> Response {
    let text = "This browser kept no cookie for the preview, so it would be asked for access again \
                and again. Allow cookies for this site, or open the preview in a tab of its own.";
    let body = format!("<h1>The browser keeps no cookies here</h1>\n<p>{text}</p>\n");
    document(StatusCode::FORBIDDEN, "Preview", &(body, String::new()), asked)
}

/// A page with its own style and script, and nothing else allowed.
fn document(
    status: StatusCode,
    title: &str,
    (body, script): &(String, String),
    asked: Asked<'_>,
) -> Response {
    let framers = rules::framers(asked.app, asked.origin);
    let nonce = crate::identity::hex(&stdx::random::bytes::<16>());
    let script = match script.as_str() {
        "" => String::new(),
        script => format!("<script nonce=\"{nonce}\">{script}</script>\n"),
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style nonce=\"{nonce}\">{STYLE}</style>\n\
         <main>\n{body}</main>\n{script}</html>\n"
    );
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self' {framers}"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_from_a_fetch_and_a_tab_from_a_frame() {
        for (lines, expected) in [
            (&[("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate")][..], (true, false)),
            (&[("sec-fetch-dest", "iframe"), ("sec-fetch-mode", "navigate")], (true, true)),
            (&[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors")], (false, false)),
            (&[("sec-fetch-dest", "script"), ("accept", "text/html")], (false, false)),
            (&[("sec-fetch-dest", "document"), ("sec-fetch-mode", "no-cors")], (false, false)),
            (&[("accept", "text/html,*/*")], (true, false)),
            (&[("accept", "*/*")], (false, false)),
            (&[], (false, false)),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(kind(&headers), expected, "{lines:?}");
        }
    }
}
