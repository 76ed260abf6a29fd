//! The checklist of one workspace (S0.77–S0.81), by the paths of S0 and nothing else of ours.

use super::report::{Look, Report, Trouble};
use crate::client::Client;
use http::{Method, StatusCode};
use protocol::{ErrorBody, ErrorCode, WorkspaceId};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Between two looks at a dev server that is starting.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// What a session may be (S0.79).
const STATES: [&str; 5] = ["starting", "running", "stopping", "stopped", "error"];
/// Fields of the dev server's status (S0.79), and whether each may be `null`.
const FIELDS: [(&str, bool); 7] = [
    ("workspace_id", false),
    ("session_state", false),
    ("session_id", true),
    ("devserver_running", false),
    ("devserver_port", true),
    ("preview_url", true),
    ("last_error", true),
];

/// A workspace that is looked at.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) client: &'a Client,
    pub(super) id: WorkspaceId,
    /// Made for this, so that its dev server may be stopped.
    pub(super) is_own: bool,
    /// How long one step may take.
    pub(super) wait: Duration,
}

impl Subject<'_> {
    /// Every line about the workspace, in the order in which a person would come by them.
    pub(super) async fn check(&self, report: &mut Report) {
        let session = self.session().await;
        let was_running = matches!(session, Ok((_, true)));
        report.take("S0.77", "session", session.map(|it| it.0));
        let before =
            if was_running { None } else { Some(self.unavailable("no session runs").await) };
        if !report.take("S0.78", "session/start", self.start().await) {
            let why = "the session did not start";
            for (rows, what) in [("S0.79", "devserver/status"), ("S0.80", "preview 200")] {
                report.skip(rows, what, &Trouble::new(why, "mend S0.78 first"));
            }
            take_502(report, before, None);
            return;
        }
        let ready = self.ready().await;
        let url = ready.as_ref().ok().map(|it| it.1.clone());
        report.take("S0.79", "devserver/status", ready.map(|it| it.0));
        let no_preview = || Trouble::new("there is no preview to look at", "mend S0.79 first");
        let preview = match url.flatten() {
            Some(url) => self.preview(&url).await,
            None => Err(no_preview()),
        };
        report.take("S0.80", "preview 200", preview);
        let after = if self.is_own { Some(self.stopped_dev_server().await) } else { None };
        take_502(report, before, after);
    }

    /// `GET …/session`; whether one runs.
    async fn session(&self) -> Result<(String, bool), Trouble> {
        let (status, answer) = self.runtime(Method::GET, "session").await?;
        let Some(session) = answer.get("session").filter(|_| status == StatusCode::OK) else {
            return Err(odd("GET …/session", status, &answer));
        };
        let state = session.get("state").and_then(Value::as_str);
        let seen = state.map_or("200, none has run yet".to_owned(), |it| format!("200, {it}"));
        Ok((seen, state.is_some_and(|it| it == "running" || it == "starting")))
    }

    async fn start(&self) -> Look {
        let (status, answer) = self.runtime(Method::POST, "session/start").await?;
        if status == StatusCode::OK && answer["success"] == true {
            return Ok(format!("200, {}", answer["state"].as_str().unwrap_or("started")));
        }
        Err(odd("POST …/session/start", status, &answer))
    }

    /// Waits until the app listens; what was seen, and the path of its preview.
    async fn ready(&self) -> Result<(String, Option<String>), Trouble> {
        let deadline = Instant::now() + self.wait;
        loop {
            let (status, answer) = self.runtime(Method::GET, "devserver/status").await?;
            if status != StatusCode::OK {
                return Err(odd("GET …/devserver/status", status, &answer));
            }
            self.judge(&answer)?;
            if let Some(url) = answer["preview_url"].as_str() {
                let port = &answer["devserver_port"];
                let seen = format!("200, all {} fields; port {port}", FIELDS.len());
                return Ok((seen, Some(url.to_owned())));
            }
            let error = answer["last_error"].as_str();
            if let (Some(error), false) = (error, answer["devserver_running"] == true) {
                let hint = "`stead logs WORKSPACE` shows what the dev server said";
                return Err(Trouble::new(format!("the dev server failed: {error}"), hint));
            }
            if deadline < Instant::now() {
                let why = format!("the app did not listen in {} s: {answer}", self.wait.as_secs());
                return Err(Trouble::new(why, "`stead logs WORKSPACE`; --wait gives it longer"));
            }
            sleep(LOOK_INTERVAL).await;
        }
    }

    /// Whether the payload is the expected one.
    fn judge(&self, answer: &Value) -> Result<(), Trouble> {
        let wrong = |why: String| {
            Err(Trouble::new(why, "the server is of another version than this program?"))
        };
        for (name, may_be_null) in FIELDS {
            match answer.get(name) {
                None => return wrong(format!("the field `{name}` is missing: {answer}")),
                Some(Value::Null) if !may_be_null => {
                    return wrong(format!("the field `{name}` is null: {answer}"));
                }
                Some(_) => {}
            }
        }
        let state = answer["session_state"].as_str().unwrap_or_default();
        if answer["workspace_id"] != self.id.as_str() || !STATES.contains(&state) {
            return wrong(format!("workspace or state is another one: {answer}"));
        }
        Ok(())
    }

    async fn preview(&self, url: &str) -> Look {
        let (status, body) = self.ask(Method::GET, url).await?;
        if status == StatusCode::OK {
            return Ok(format!("200, {} bytes", body.len()));
        }
        let why = format!("`{url}` answered {status}: {}", said(&body));
        let hint = "the app answers so itself, unless this is a 502; open its preview";
        Err(Trouble::new(why, hint))
    }

    /// Whether the preview says clearly that there is nothing to see.
    async fn unavailable(&self, when: &str) -> Look {
        let path = format!("/indexes/userspace/workspaces/{}/preview/", self.id);
        let (status, body) = self.ask(Method::GET, &path).await?;
        let error = serde_json::from_slice::<ErrorBody>(&body).ok().map(|it| it.error);
        match error {
            Some(it)
                if status == StatusCode::BAD_GATEWAY
                    && it.code == ErrorCode::PreviewUnavailable
                    && !it.message.is_empty() =>
            {
                Ok(format!("{when}: 502 “{}”", it.message))
            }
            _ => {
                let why = format!("{when}: {status} {}", said(&body));
                let hint = "it must be 502 with `preview_unavailable`; is a proxy in front that \
                            answers in the server's place?";
                Err(Trouble::new(why, hint))
            }
        }
    }

    async fn stopped_dev_server(&self) -> Look {
        let path = format!("/api/v1/workspaces/{}/dev-server/stop", self.id);
        let (status, body) = self.ask(Method::POST, &path).await?;
        if !status.is_success() {
            let why = format!("the dev server could not be stopped: {status} {}", said(&body));
            return Err(Trouble::new(why, "the server's log says why"));
        }
        self.unavailable("nothing listens").await
    }

    async fn runtime(&self, method: Method, rest: &str) -> Result<(StatusCode, Value), Trouble> {
        let path = format!("/indexes/userspace/runtime/workspaces/{}/{rest}", self.id);
        let (status, body) = self.ask(method, &path).await?;
        let text = || Value::String(said(&body));
        Ok((status, serde_json::from_slice(&body).unwrap_or_else(|_| text())))
    }

    /// A request that has to be answered in time: a hang is an answer too.
    async fn ask(&self, method: Method, path: &str) -> Result<(StatusCode, bytes::Bytes), Trouble> {
        let asking = self.client.ask(method, path, None::<&()>);
        let Ok(answer) = timeout(self.wait, asking).await else {
            let why = format!("no answer in {} s", self.wait.as_secs());
            return Err(Trouble::new(why, "something behind the gateway hangs; its log says what"));
        };
        Ok(answer?)
    }
}

/// Takes down both looks at a preview without an app as one line.
fn take_502(report: &mut Report, before: Option<Look>, after: Option<Look>) {
    let what = "preview 502";
    match (before, after) {
        (None, None) => {
            let why = "the app of this workspace runs, and it is not stopped for this";
            report.skip("S0.81", what, &Trouble::new(why, "leave out --workspace"));
        }
        (Some(Ok(first)), Some(Ok(second))) => {
            report.take("S0.81", what, Ok(format!("{first}; {second}")));
        }
        (Some(look), None) | (None, Some(look)) => {
            report.take("S0.81", what, look);
        }
        (Some(Err(trouble)), Some(_)) | (Some(Ok(_)), Some(Err(trouble))) => {
            report.take("S0.81", what, Err(trouble));
        }
    }
}

/// An answer that should be another one, and what to do about it.
fn odd(what: &str, status: StatusCode, answer: &Value) -> Trouble {
    let message = answer["error"]["message"].as_str();
    let message = message.map_or_else(|| answer.to_string(), ToOwned::to_owned);
    let hint = match status.as_u16() {
        401 => "the token is not good here; `stead token create` makes one",
        403 => "the token's role is too small; it takes an editor's",
        404 => "is this a Stead, and does the token reach the workspace?",
        503 => "a manager or worker is away or full, or the database is locked; see /readyz",
        _ => "the server's log has it",
    };
    Trouble::new(format!("{what} answered {status}: {message}"), hint)
}

/// The beginning of a body, for people.
pub(super) fn said(body: &[u8]) -> String {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(it) => it.error.message,
        Err(_) => String::from_utf8_lossy(body).trim().chars().take(200).collect(),
    }
}
