//! One kernel in this process, over a temporary workspace, and clients of it.

use futures_util::{SinkExt, StreamExt};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use kernel::{Config, Listen, Server, StateDirectory};
use protocol::state::RuntimeState;
use protocol::terminal::{FRAME_HEADER_LENGTH, FRAME_SCREEN, FromTerminal};
use protocol::workspace::Settings;
use protocol::{TerminalId, WorkspaceId};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use tokio::net::UnixStream;
use tokio::sync::{Mutex, MutexGuard};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Whatever takes longer than this has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// One kernel reaps all children of its process, so there is one at a time.
static ONE: Mutex<()> = Mutex::const_new(());

pub(crate) type Socket = WebSocketStream<UnixStream>;

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) directory: tempfile::TempDir,
    one: MutexGuard<'static, ()>,
}

impl World {
    /// A kernel over an empty workspace that forgets what is outside of it.
    pub(crate) async fn start() -> Self {
        Self::over(tempfile::tempdir().unwrap(), ONE.lock().await).await
    }

    /// A kernel with another configuration.
    pub(crate) async fn start_as(change: impl FnOnce(&mut Config)) -> Self {
        Self::over_as(tempfile::tempdir().unwrap(), ONE.lock().await, change).await
    }

    async fn over(directory: tempfile::TempDir, one: MutexGuard<'static, ()>) -> Self {
        Self::over_as(directory, one, |_| {}).await
    }

    async fn over_as(
        directory: tempfile::TempDir,
        one: MutexGuard<'static, ()>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let at = |name: &str| directory.path().join(name);
        for name in ["workspace", "home"] {
            std::fs::create_dir_all(at(name)).unwrap();
        }
        for name in ["http.sock", "handoff.sock"] {
            drop(std::fs::remove_file(at(name)));
        }
        let id = WorkspaceId::from_random(7);
        let mut config = Config {
            listen: Listen::Unix { http: at("http.sock"), handoff: at("handoff.sock") },
            state_directory: StateDirectory::Path(at("state")),
            init: false,
            linger: None,
            monitor_interval: Duration::from_millis(200),
            ..Config::inherited(id, at("workspace"), at("home"))
        };
        change(&mut config);
        let server = Server::start(config).await.unwrap();
        Self { server, directory, one }
    }

    /// A kernel with a running session, without dev server.
    pub(crate) async fn running() -> Self {
        let world = Self::start().await;
        let body = serde_json::json!({"dev_server": false});
        world.post("/api/v1/session/start", body).await.expect(StatusCode::OK);
        world
    }

    /// Ends the kernel properly and starts another one over the same workspace.
    pub(crate) async fn restart(self) -> Self {
        assert!(self.server.shutdown().await, "something had to be dropped");
        Self::over(self.directory, self.one).await
    }

    /// Lets the kernel vanish and starts another one over the same workspace.
    pub(crate) async fn crash(self) -> Self {
        self.crash_at(|_| {}).await
    }

    /// The same, with what is done in the workspace in the moment of the end.
    pub(crate) async fn crash_at(self, last: impl FnOnce(&Self)) -> Self {
        self.server.app.context.scope.kill();
        last(&self);
        Self::over(self.directory, self.one).await
    }

    /// Ends the kernel; nothing may be left.
    pub(crate) async fn end(self) {
        assert!(self.server.shutdown().await, "something had to be dropped");
        assert_eq!(kernel::proc::members(), [], "processes are left");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("workspace").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn set(&self, settings: Settings) {
        self.server.app.context.settings.set(settings).unwrap();
    }

    pub(crate) fn state(&self) -> Arc<RuntimeState> {
        self.server.app.context.state.get()
    }

    /// Waits until the state is as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&RuntimeState) -> bool) -> Arc<RuntimeState> {
        let mut states = self.server.app.context.state.subscribe();
        let wait = states.wait_for(|it| wanted(it));
        let Ok(state) = tokio::time::timeout(DEADLINE, wait).await else {
            panic!("the state never was as wanted: {:#?}", self.state());
        };
        Arc::clone(&state.unwrap())
    }

    pub(crate) async fn connect(&self) -> UnixStream {
        UnixStream::connect(self.directory.path().join("http.sock")).await.unwrap()
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        role: &str,
        body: Option<Value>,
    ) -> Answer {
        self.request_by(method, path, (role, Some("usr_test")), body).await
    }

    /// A request of somebody, or of the gateway itself.
    pub(crate) async fn request_by(
        &self,
        method: Method,
        path: &str,
        (role, principal): (&str, Option<&str>),
        body: Option<Value>,
    ) -> Answer {
        let io = TokioIo::new(self.connect().await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        let scope = TaskScope::default();
        scope.spawn("connection", async move { drop(connection.await) });
        let body = body.map(|it| it.to_string()).unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "kernel")
            .header("stead-role", role)
            .header("stead-preview-origin", "http://{label}.localhost:7832")
            .body(Full::new(bytes::Bytes::from(body)))
            .unwrap();
        if let Some(principal) = principal {
            request.headers_mut().insert("stead-principal", principal.parse().unwrap());
        }
        let response = tokio::time::timeout(DEADLINE, sender.send_request(request));
        let response = response.await.unwrap().unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        scope.kill();
        Answer { status, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Writes a file as an editor does by request.
    pub(crate) async fn put(&self, name: &str, text: &str, if_match: Option<&str>) -> Answer {
        let io = TokioIo::new(self.connect().await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        let scope = TaskScope::default();
        scope.spawn("connection", async move { drop(connection.await) });
        let mut request = Request::builder()
            .method(Method::PUT)
            .uri(format!("/api/v1/files/{name}"))
            .header("host", "kernel")
            .header("stead-role", "editor")
            .header("stead-principal", "usr_put");
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        let body = Full::new(bytes::Bytes::from(text.to_owned()));
        let response = sender.send_request(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        scope.kill();
        Answer { status, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, "editor", None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(Method::POST, path, "editor", Some(body)).await
    }

    /// `POST` by the owner.
    pub(crate) async fn own(&self, path: &str, body: Value) -> Answer {
        self.request(Method::POST, path, "owner", Some(body)).await
    }

    /// The body of a stream that does not end.
    pub(crate) async fn stream(&self, path: &str, last_event_id: Option<&str>) -> Stream {
        let io = TokioIo::new(self.connect().await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        let scope = TaskScope::default();
        scope.spawn("connection", async move { drop(connection.await) });
        let mut request = Request::builder().uri(path).header("host", "kernel");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let request = request.body(Full::new(bytes::Bytes::new())).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Stream { body: response.into_body(), text: String::new(), scope, _sender: sender }
    }

    pub(crate) async fn socket(&self, path: &str, role: &str) -> Socket {
        self.socket_of(path, &[("stead-role", role)]).await
    }

    /// A WebSocket whose request has these headers of the gateway.
    pub(crate) async fn socket_of(&self, path: &str, headers: &[(&'static str, &str)]) -> Socket {
        let mut request = format!("ws://kernel{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        tokio_tungstenite::client_async(request, self.connect().await).await.unwrap().0
    }

    pub(crate) async fn attach(&self, name: &str) -> Client {
        self.attach_with(name, "cols=80&rows=24", "editor").await
    }

    pub(crate) async fn attach_with(&self, name: &str, query: &str, role: &str) -> Client {
        let socket = self.socket(&format!("/api/v1/terminals/{name}?{query}"), role).await;
        let mut client = Client::new(socket);
        let first = client.next().await;
        let Some(Got::Control(FromTerminal::Attached { id, offset, resumed, read_only, .. })) =
            first
        else {
            panic!("the first frame was {first:?}");
        };
        (client.id, client.offset) = (Some(id), offset);
        (client.resumed, client.read_only) = (resumed, read_only);
        client
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    #[track_caller]
    pub(crate) fn refused(self, status: StatusCode, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["error"]["code"], code);
        body
    }
}

/// A stream of server-sent events.
pub(crate) struct Stream {
    body: hyper::body::Incoming,
    text: String,
    scope: TaskScope,
    _sender: hyper::client::conn::http1::SendRequest<Full<bytes::Bytes>>,
}

impl Stream {
    /// The next event: name, id and data.
    pub(crate) async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line =
                        event.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(": "));
                    line.unwrap_or_default().to_owned()
                };
                let data = serde_json::from_str(&field("data")).unwrap_or(Value::Null);
                let event = (field("event"), field("id"), data);
                self.text.drain(..self.text.len() - rest.len());
                return Some(event);
            }
            let frame = tokio::time::timeout(DEADLINE, self.body.frame()).await.unwrap()?;
            let bytes = frame.unwrap().into_data().unwrap_or_default();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.scope.kill();
    }
}

/// A client of a terminal.
pub(crate) struct Client {
    pub(crate) socket: Socket,
    pub(crate) id: Option<TerminalId>,
    /// After the last byte that was received.
    pub(crate) offset: u64,
    pub(crate) resumed: bool,
    pub(crate) read_only: bool,
    /// Everything that was received, screens included.
    pub(crate) seen: String,
}

#[derive(Debug)]
pub(crate) enum Got {
    Screen,
    Output(Vec<u8>),
    Control(FromTerminal),
    Closed(u16),
}

impl Client {
    pub(crate) fn new(socket: Socket) -> Self {
        let seen = String::new();
        Self { socket, id: None, offset: 0, resumed: false, read_only: false, seen }
    }

    pub(crate) async fn next(&mut self) -> Option<Got> {
        loop {
            let next = tokio::time::timeout(DEADLINE, self.socket.next());
            let message = next.await.unwrap_or_else(|_| panic!("silence after {:?}", self.seen))?;
            match message.ok()? {
                Message::Binary(bytes) => {
                    let (head, payload) = bytes.split_at(FRAME_HEADER_LENGTH);
                    let offset = u64::from_be_bytes(head[1..].try_into().unwrap());
                    // Shells switch bracketed paste off before they run something.
                    let text = String::from_utf8_lossy(payload).replace("\x1b[?2004l\r", "");
                    self.seen.push_str(&text);
                    if head[0] == FRAME_SCREEN {
                        self.offset = offset;
                        return Some(Got::Screen);
                    }
                    assert_eq!(offset, self.offset, "a gap or a repeat");
                    self.offset = offset + payload.len() as u64;
                    return Some(Got::Output(payload.to_vec()));
                }
                Message::Text(text) => {
                    return Some(Got::Control(serde_json::from_str(&text).unwrap()));
                }
                Message::Close(frame) => {
                    return Some(Got::Closed(frame.map_or(0, |it| it.code.into())));
                }
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    pub(crate) async fn type_in(&mut self, text: &str) {
        self.socket.send(Message::Binary(text.as_bytes().to_vec().into())).await.unwrap();
    }

    /// Reads until `text` was received.
    pub(crate) async fn until(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let got = self.next().await;
            assert!(got.is_some(), "the connection ended; {:?}", self.seen);
        }
    }

    /// Reads until a shell asks for input.
    pub(crate) async fn prompt(&mut self) {
        while !self.seen.ends_with("$ ") && !self.seen.ends_with("# ") {
            assert!(self.next().await.is_some(), "the connection ended; {:?}", self.seen);
        }
    }

    /// Runs a command line and gives what it prints. Needs a shell that reads.
    pub(crate) async fn run(&mut self, line: &str) -> String {
        // The mark is put together by the shell, so that its echo is not taken for it.
        let mark = format!("{:x}", self.offset + 0x1000);
        self.seen.clear();
        self.type_in(&format!("{line}; echo \"<\"{mark}\">\"\n")).await;
        self.until(&format!("<{mark}>")).await;
        let end = self.seen.find(&format!("<{mark}>")).unwrap();
        let text = self.seen[..end].to_owned();
        text.rsplit_once("\">\"").map_or(text.clone(), |it| it.1.trim().to_owned())
    }

    /// Waits for the close frame.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match self.next().await {
                Some(Got::Closed(code)) => return code,
                Some(_) => {}
                None => return 0,
            }
        }
    }
}
