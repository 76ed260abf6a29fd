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
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, UPGRADE,
};
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

/// Keeps a cookie as an app's scripts would, and tells the page around the frame whether it is there.
const TRY_COOKIE: &str = r#"document.cookie = "stead-kept=1; Path=/.stead/; Max-Age=10";
if (parent !== window) {
  const kept = document.cookie.includes("stead-kept=1");
  parent.postMessage({ type: "stead-preview-cookies", kept }, "*");
}"#;

/// The look of every page that the gateway itself shows on its own: no font, no picture from
/// elsewhere, light and dark.
const STYLE: &str = include_str!("page.css");
/// The house, with a light in its window.
const MARK: &str = "<svg class=\"mark\" viewBox=\"0 0 20 20\" aria-hidden=\"true\">\
    <path fill-rule=\"evenodd\" d=\"M10 1.5 18.5 9v8.5a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1V9Zm-3 8v6h6v-6Z\"/>\
    <path class=\"lit\" d=\"M7 9.5h6v6H7z\"/></svg>";

/// What is remembered of a request for the answer that takes an app's place.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// A person opens a page, in a tab or in a frame.
    pub(crate) is_navigation: bool,
    /// In a frame.
    pub(crate) is_framed: bool,
    /// May be repeated by a reload.
    pub(crate) is_get: bool,
    app: &'a App,
    origin: &'a OwnOrigin,
    /// What stands before the app's paths; empty on an origin of its own.
    prefix: &'a str,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(
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

/// The answer in place of an app's: 502, and a reason that a person can act on. `workspace` is for
/// its members; visitors of a share are told less.
pub(crate) fn trouble(
    trouble: &Trouble,
    asked: Asked<'_>,
    workspace: Option<&WorkspaceId>,
) -> Response {
    match trouble {
        Trouble::BadRequest(error) => reply::refuse((*error).into()),
        Trouble::Revoked => {
            let message = "access to this preview has ended";
            reply::refuse(WireError::new(ErrorCode::Forbidden, message))
        }
        Trouble::NoSession
        | Trouble::NothingListens(_)
        | Trouble::Closed
        | Trouble::NotHttp
        | Trouble::Timeout
        | Trouble::Unavailable
        | Trouble::NotShown(_) => {
            let words =
                if workspace.is_some() { for_members(trouble) } else { for_visitors(trouble) };
            let is_refused = matches!(trouble, Trouble::NotShown(_));
            let code =
                if is_refused { ErrorCode::Forbidden } else { ErrorCode::PreviewUnavailable };
            answer(code, &words, asked, workspace)
        }
    }
}

/// For people who can open the workspace and look.
fn for_members(trouble: &Trouble) -> Words {
    match trouble {
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
        Trouble::Unavailable | Trouble::Revoked | Trouble::BadRequest(_) => Words::new(
            "unavailable",
            "The workspace cannot be reached",
            "The machine that it runs on does not answer now. What runs there goes on; try again.",
        )
        .waiting(),
        Trouble::NotShown(port) => Words::new(
            "not_shown",
            format!("Port {port} is for editors"),
            "Viewers see the app that the preview shows. To open other ports, ask an owner of the \
             workspace to make you an editor.",
        ),
    }
}

/// For people who know the app only, and can neither start nor mend it.
fn for_visitors(trouble: &Trouble) -> Words {
    match trouble {
        Trouble::NoSession => Words::new(
            "not_running",
            "The app is not running",
            "It is stopped for now. Your link is fine; there is nothing you need to do.",
        )
        .waiting(),
        Trouble::NothingListens(_) => Words::new(
            "starting",
            "The app is starting",
            "It does not answer yet. Your link is fine; there is nothing you need to do.",
        )
        .waiting(),
        Trouble::Closed | Trouble::NotHttp => Words::new(
            "broken",
            "The app did not answer properly",
            "It took the request and then broke off. Try again; if this comes back, tell whoever \
             shared it.",
        ),
        Trouble::Timeout => Words::new(
            "timeout",
            "The app did not answer in time",
            "It may be busy. Try again in a moment.",
        ),
        Trouble::Unavailable | Trouble::Revoked | Trouble::BadRequest(_) | Trouble::NotShown(_) => {
            Words::new(
                "unavailable",
                "The app cannot be reached",
                "The machine that it runs on does not answer now.",
            )
            .waiting()
        }
    }
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
    in_place_of_app(status, &words.title, (body, script), asked)
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
    in_place_of_app(StatusCode::UNAUTHORIZED, "Preview", page, asked)
}

/// For a browser that did not keep the cookie it was just given.
pub(super) fn no_cookies(asked: Asked<'_>) -> Response {
    let text = "This browser kept no cookie for the app, so it would be asked for access again and \
                again. Allow cookies for this site, or open the app in a tab of its own.";
    let body = format!("<h1>The browser keeps no cookies here</h1>\n<p>{text}</p>\n");
    in_place_of_app(StatusCode::FORBIDDEN, "Preview", (body, String::new()), asked)
}

/// Finds out for the page around it whether scripts of this origin can keep cookies there.
pub(super) fn cookies(asked: Asked<'_>) -> Response {
    let text = "This page looks whether the scripts of apps can keep cookies here.";
    let page = (format!("<h1>Cookies</h1>\n<p>{text}</p>\n"), TRY_COOKIE.to_owned());
    in_place_of_app(StatusCode::OK, "Cookies", page, asked)
}

/// A page where an app would be: it may be framed as the app may.
pub(crate) fn in_place_of_app(
    status: StatusCode,
    title: &str,
    (body, script): (String, String),
    asked: Asked<'_>,
) -> Response {
    let framers = format!("'self' {}", rules::framers(asked.app, asked.origin));
    Document { status, title, body, script, framers: &framers, form_action: "'none'" }.response()
}

/// A page with its own style and script, and nothing else allowed.
pub(crate) struct Document<'a> {
    pub(crate) status: StatusCode,
    /// Plain text.
    pub(crate) title: &'a str,
    /// HTML; what it quotes is escaped.
    pub(crate) body: String,
    pub(crate) script: String,
    /// Sources that may frame the page, and those that its forms may lead to.
    pub(crate) framers: &'a str,
    pub(crate) form_action: &'a str,
}

impl Document<'_> {
    pub(crate) fn response(self) -> Response {
        let nonce = crate::identity::hex(&stdx::random::bytes::<16>());
        let script = match self.script.as_str() {
            "" => String::new(),
            script => format!("<script nonce=\"{nonce}\">{script}</script>\n"),
        };
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{}</title>\n<style nonce=\"{nonce}\">{STYLE}</style>\n\
             <main>\n{MARK}\n{}</main>\n{script}</html>\n",
            escaped(self.title),
            self.body,
        );
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
             connect-src 'self'; base-uri 'none'; form-action {}; frame-ancestors {}",
            self.form_action, self.framers,
        );
        let mut response = Response::new(Body::from(html));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        // Addresses of pages may hold tokens. Its own forms still say where they come from.
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// A text in HTML, in an element or a quoted attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            it => out.push(it),
        }
    }
    out
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
