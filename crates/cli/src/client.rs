//! The API of a server, as the client commands use it.

pub(crate) mod attachment;
mod connection;
pub(crate) mod server;

use crate::arguments::Global;
use crate::{config, environment, output};
use anyhow::{Context, bail};
use bytes::Bytes;
use connection::{Place, Stream};
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use protocol::workspace::Workspace;
use protocol::{ErrorBody, ErrorCode, WireError, WorkspaceId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Write;
use std::path::PathBuf;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

/// A server, and the token to talk to it with.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    place: Place,
    /// `None` asks as a stranger.
    token: Option<String>,
}

/// A connection for frames.
pub(crate) type Socket = WebSocketStream<Stream>;

/// Why a socket was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    /// The server answered, and refused; trying again would not help.
    #[error("{0}")]
    Refused(WireError),
    /// The server cannot be reached now.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
}

impl Client {
    /// The server that the options name, or the one on the data directory.
    pub(crate) fn new(global: &Global) -> anyhow::Result<Self> {
        let data_dir = config::data_dir(&global.flags());
        let named = global.url.clone().or_else(|| environment::get("STEAD_URL"));
        let is_named = named.is_some();
        let url = named.or_else(|| server::url(&data_dir)).with_context(|| {
            format!(
                "no server runs on `{}`; start one with `stead serve`, or name one with --url",
                data_dir.display()
            )
        })?;
        let token = global.token.clone().or_else(|| environment::get("STEAD_TOKEN"));
        let place = Place::new(&url, authorities(global).as_deref())?;
        // The token in the data directory is for the server on it, and for nobody far away.
        let own = || server::token(&data_dir).filter(|_| !is_named || place.is_local());
        let token = token.or_else(own).with_context(|| {
            if is_named && !place.is_local() {
                format!("{} needs a token; give one with --token or STEAD_TOKEN", place.authority)
            } else {
                format!("there is no token in `{}`; give one with --token", data_dir.display())
            }
        })?;
        if place.is_open() {
            output::note(&format!(
                "note: {url} is not encrypted: whoever is on the way can read the token; use https://"
            ));
        }
        Ok(Self { place, token: Some(token) })
    }

    /// Another server of ours, with a token of its own or as a stranger.
    pub(crate) fn at(url: &str, global: &Global, token: Option<String>) -> anyhow::Result<Self> {
        Ok(Self { place: Place::new(url, authorities(global).as_deref())?, token })
    }

    /// Where the server is.
    pub(crate) fn url(&self) -> String {
        self.place.url()
    }

    /// Whether the server runs on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.place.is_local()
    }

    /// Sends a request and reads the answer's JSON.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<T> {
        let text = self.send(method, path, body).await?;
        serde_json::from_slice(&text).context("the server speaks another version")
    }

    /// `GET`s JSON.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.json(Method::GET, path, None::<&()>).await
    }

    /// Sends a request and reads the answer; a refusal is an error with the server's words.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<Bytes> {
        let mut answer = Vec::new();
        let take = |piece: &[u8]| {
            answer.extend_from_slice(piece);
            Ok(())
        };
        self.stream(method, path, body, take).await?;
        Ok(answer.into())
    }

    /// As [`Self::send`], piece by piece as the answer comes.
    pub(crate) async fn stream(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
        mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut refused = Vec::new();
        let take = |status: StatusCode, piece: &[u8]| {
            if status.is_success() {
                return take(piece);
            }
            refused.extend_from_slice(piece);
            Ok(())
        };
        let status = self.exchange(method, path, body, take).await?;
        if status.is_success() { Ok(()) } else { bail!(refusal(status, &refused)) }
    }

    /// Sends a request and reads the answer, whatever it says.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let mut answer = Vec::new();
        let take = |_, piece: &[u8]| {
            answer.extend_from_slice(piece);
            Ok(())
        };
        let status = self.exchange(method, path, body, take).await?;
        Ok((status, answer.into()))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
        mut take: impl FnMut(StatusCode, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<StatusCode> {
        let body = body.map(serde_json::to_vec).transpose()?;
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, &self.place.authority);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default())))?;
        let stream = self.place.connect().await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::pin!(connection);
        let exchange = async {
            let response = sender.send_request(request).await?;
            let (status, mut body) = (response.status(), response.into_body());
            while let Some(frame) = body.frame().await {
                take(status, &frame?.into_data().unwrap_or_default())?;
            }
            anyhow::Ok(status)
        };
        tokio::select! {
            answer = exchange => answer.context("the server did not answer"),
            ended = &mut connection => {
                ended?;
                bail!("the server closed the connection before it answered");
            }
        }
    }

    /// Opens a WebSocket.
    pub(crate) async fn socket(&self, path: &str) -> Result<Socket, SocketError> {
        use tokio_tungstenite::tungstenite::Error;
        let unreachable =
            |error: &dyn std::fmt::Display| SocketError::Unreachable(error.to_string());
        let stream =
            self.place.connect().await.map_err(|error| unreachable(&format!("{error:#}")))?;
        let mut request = format!("ws://{}{path}", self.place.authority)
            .into_client_request()
            .map_err(|error| unreachable(&error))?;
        if let Some(token) = &self.token {
            let token = format!("Bearer {token}").parse().map_err(|error| unreachable(&error))?;
            request.headers_mut().insert(header::AUTHORIZATION, token);
        }
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) if response.status().is_client_error() => {
                let text = response.body().as_deref().unwrap_or_default();
                Err(SocketError::Refused(refusal(response.status(), text)))
            }
            Err(error) => Err(unreachable(&error)),
        }
    }

    /// Every workspace of the caller.
    pub(crate) async fn workspaces(&self) -> anyhow::Result<Vec<Workspace>> {
        self.get("/api/v1/workspaces").await
    }

    /// The workspace that a person means.
    pub(crate) async fn find(&self, text: &str) -> anyhow::Result<Workspace> {
        find(self.workspaces().await?, text)
    }
}

/// Certificates that are trusted besides the system's.
fn authorities(global: &Global) -> Option<PathBuf> {
    global.ca_file.clone().or_else(|| environment::get("STEAD_CA_FILE").map(PathBuf::from))
}

/// The workspace with this id, this name, or whose id starts so; there must be exactly one.
fn find(all: Vec<Workspace>, text: &str) -> anyhow::Result<Workspace> {
    let by_id = |it: &Workspace| it.id.as_str() == text || it.id.body() == text;
    let by_name = |it: &Workspace| it.name == text;
    let by_prefix = |it: &Workspace| {
        !text.is_empty() && (it.id.as_str().starts_with(text) || it.id.body().starts_with(text))
    };
    let rules: [&dyn Fn(&Workspace) -> bool; 3] = [&by_id, &by_name, &by_prefix];
    for rule in rules {
        let mut found: Vec<Workspace> = all.iter().filter(|it| rule(it)).cloned().collect();
        match (found.pop(), found.is_empty()) {
            (None, _) => {}
            (Some(workspace), true) => return Ok(workspace),
            (Some(one), false) => {
                found.push(one);
                let list: Vec<String> =
                    found.iter().map(|it| format!("{} ({})", it.id, it.name)).collect();
                bail!("`{text}` may be any of {}; name one by its id", list.join(", "));
            }
        }
    }
    bail!("there is no workspace `{text}`; `stead ls` lists them")
}

/// The path of a workspace's API.
pub(crate) fn path_of(workspace: &WorkspaceId, rest: &str) -> String {
    format!("/api/v1/workspaces/{workspace}/{rest}")
}

/// A text as part of a path or query.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// What a refusal says.
fn refusal(status: StatusCode, text: &[u8]) -> WireError {
    match serde_json::from_slice::<ErrorBody>(text) {
        Ok(_) if status == StatusCode::UNAUTHORIZED => WireError::new(
            ErrorCode::Unauthenticated,
            "the server does not know this token; `--token` or STEAD_TOKEN gives another",
        ),
        Ok(body) => body.error,
        Err(_) => WireError::new(ErrorCode::Internal, format!("the server answered {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::PrincipalId;
    use protocol::header::Role;

    fn workspace(bits: u128, name: &str) -> Workspace {
        Workspace {
            id: WorkspaceId::from_random(bits),
            name: name.to_owned(),
            source: "empty".to_owned(),
            owner: PrincipalId::from_random(1),
            role: Role::Owner,
            created_at_ms: 0,
            opened_at_ms: 0,
            status: protocol::state::SessionStatus::Idle,
            dev_server: protocol::state::DevServerStatus::Stopped,
            setup: protocol::state::SetupStatus::None,
            break_glass_until_ms: None,
            machine: None,
            machine_id: None,
            unreachable: false,
            unreachable_since_ms: None,
        }
    }

    #[test]
    fn a_workspace_is_found_by_id_name_or_beginning_of_the_id() {
        let all = vec![workspace(1 << 120, "a"), workspace(2 << 120, "b"), workspace(3, "b")];
        let id = all[0].id.clone();
        for text in [id.as_str(), id.body(), "a", &id.as_str()[..5], &id.body()[..2]] {
            assert_eq!(find(all.clone(), text).unwrap().id, id, "{text}");
        }
        for text in ["b", "ws_", "", "c"] {
            assert!(find(all.clone(), text).is_err(), "{text}");
        }
    }

    #[test]
    fn parts_of_a_url_are_encoded() {
        assert_eq!(encode("a b/ü"), "a%20b%2F%C3%BC");
    }
}
