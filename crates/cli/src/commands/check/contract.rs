//! The manager's contract (S0.14–S0.17, S0.22, S0.23, S0.90, S0.93), where there is a manager.

use super::report::{Look, Trouble};
use super::workspace::said;
use crate::arguments::Global;
use crate::client::{Client, encode};
use crate::config::Runtime;
use http::{Method, StatusCode};
use protocol::manager::{Lease, LeaseState, LeasedFile, ManagerHealth, PtyUrl};
use protocol::{RuntimeState, WorkspaceId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// A manager, and the session that was started there.
#[derive(Debug)]
pub(super) struct Contract {
    client: Client,
    stranger: Client,
    impostor: Client,
    /// What the workspace is called there.
    name: String,
    wait: Duration,
    /// A start was asked for; what came of it may not be known.
    is_started: bool,
    session: Option<String>,
    workspace: Option<WorkspaceId>,
}

impl Contract {
    /// The manager that the variables name; `None` without one.
    pub(super) fn new(
        global: &Global,
        (runtime, name): (&Runtime, &str),
        wait: Duration,
    ) -> anyhow::Result<Option<Self>> {
        let Some(url) = &runtime.manager_url else { return Ok(None) };
        let token = runtime.manager_token()?.secret().expose().clone();
        let at = |token| Client::at(url, global, token);
        Ok(Some(Self {
            client: at(Some(token))?,
            stranger: at(None)?,
            impostor: at(Some("not-the-token-of-this-manager".to_owned()))?,
            name: name.to_owned(),
            wait,
            is_started: false,
            session: None,
            workspace: None,
        }))
    }

    /// Start, get, files, terminal, restart, stop and health; and nobody without the token.
    pub(super) async fn check(&mut self) -> Look {
        for (who, client, expected) in [
            ("without a token", &self.stranger, StatusCode::UNAUTHORIZED),
            ("with a wrong token", &self.impostor, StatusCode::FORBIDDEN),
        ] {
            let (status, _) = self.ask(client, Method::GET, "/health", None).await?;
            if status != expected {
                let why = format!("{who}, GET /health answered {status} and not {expected}");
                return Err(Trouble::new(why, "the manager must be behind its token alone"));
            }
        }
        let health: ManagerHealth = self.take(Method::GET, "/health", None).await?;
        let (lease, at) = self.start().await?;
        same(&lease, LeaseState::Running, "start")?;
        same(&self.take(Method::GET, &at, None).await?, LeaseState::Running, "get")?;
        self.files(&at).await?;
        let _: PtyUrl = self.take(Method::GET, &format!("{at}/pty/ws-url"), None).await?;
        let again: Lease = self.take(Method::POST, &format!("{at}/restart"), None).await?;
        if again.provider_session_id != lease.provider_session_id {
            return Err(Trouble::new("restart gave another session", "it must keep its id"));
        }
        let stopped = self.take(Method::POST, &format!("{at}/stop"), None).await?;
        same(&stopped, LeaseState::Stopped, "stop")?;
        Ok(format!(
            "health ({}, {} workers), start, get, files, terminal, restart, stop; token asked for",
            health.status, health.workers_total
        ))
    }

    /// Starts the session, or finds the one that was started: twice is once.
    async fn start(&mut self) -> Result<(Lease, String), Trouble> {
        self.is_started = true;
        let body = json!({"workspace_id": self.name, "leased_by_user_id": "stead-check"});
        let lease: Lease = self.take(Method::POST, "/sessions/start", Some(&body)).await?;
        let at = format!("/sessions/{}", encode(&lease.provider_session_id));
        self.session = Some(at.clone());
        let state: RuntimeState =
            self.take(Method::GET, &format!("{at}/kernel/api/v1/state"), None).await?;
        self.workspace = Some(state.workspace_id);
        Ok((lease, at))
    }

    async fn files(&self, at: &str) -> Result<(), Trouble> {
        let path = format!("{at}/fs/stead-check.txt");
        let content = json!({"content": "written by stead check\n"});
        let _: LeasedFile = self.take(Method::PUT, &path, Some(&content)).await?;
        let read: LeasedFile = self.take(Method::GET, &path, None).await?;
        if content["content"] != read.content.as_str() {
            let why = "a file is read back with another content";
            return Err(Trouble::new(why, "look at the disk of the machine behind it"));
        }
        let _: Value = self.take(Method::DELETE, &path, None).await?;
        Ok(())
    }

    /// Ends the session and deletes what it left; says what could not be.
    pub(super) async fn clean(&mut self) -> Result<(), String> {
        if self.is_started && self.workspace.is_none() {
            // Cut off in between: its name leads to it again.
            self.start()
                .await
                .map_err(|_| format!("`{}` at the manager, if it was made", self.name))?;
        }
        if let Some(at) = self.session.take() {
            let path = format!("{at}/stop");
            // A session that has ended already is as good.
            drop(self.ask(&self.client, Method::POST, &path, None).await);
        }
        let Some(id) = self.workspace.take() else { return Ok(()) };
        let path = format!("/workspaces/{id}");
        match self.ask(&self.client, Method::DELETE, &path, None).await {
            Ok((status, _)) if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
            Ok((status, body)) => Err(format!("{id} at the manager ({status}: {})", said(&body))),
            Err(_) => Err(format!("{id} at the manager, which does not answer")),
        }
    }

    /// An answer that must be a good one.
    async fn take<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, Trouble> {
        let what = format!("{method} {path}");
        let (status, answer) = self.ask(&self.client, method, path, body).await?;
        if !status.is_success() {
            let hint = match status.as_u16() {
                401 | 403 => "both sides need the same RUNTIME_MANAGER_AUTH_TOKEN",
                503 => "the manager is full, or a worker of it is away",
                _ => "the manager's log has it",
            };
            return Err(Trouble::new(format!("{what} answered {status}: {}", said(&answer)), hint));
        }
        serde_json::from_slice(&answer).map_err(|error| {
            let why = format!("{what} answered with another shape: {error}");
            Trouble::new(why, "the manager is of another version than this program?")
        })
    }

    async fn ask(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, bytes::Bytes), Trouble> {
        let hint = "is RUNTIME_MANAGER_URL right, and does the manager run?";
        match timeout(self.wait, client.ask(method, path, body)).await {
            Ok(answer) => answer.map_err(|error| Trouble::new(format!("{error:#}"), hint)),
            Err(_) => Err(Trouble::new(format!("no answer in {} s", self.wait.as_secs()), hint)),
        }
    }
}

fn same(lease: &Lease, state: LeaseState, after: &str) -> Result<(), Trouble> {
    if lease.state == state {
        return Ok(());
    }
    let error = lease.last_error.as_deref().unwrap_or("no error is told");
    let why = format!("after {after} the session is {:?}: {error}", lease.state);
    Err(Trouble::new(why, "the manager's log says why"))
}
