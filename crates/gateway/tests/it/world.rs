//! A gateway with its database in a temporary directory, a provider of Unix sockets, and clients.

use crate::database;
use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post, put};
use futures_util::StreamExt;
use gateway::{Config, Gateway, OidcProvider};
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use protocol::audit::{Collect, Collected, KernelEntry};
use protocol::header::Role;
use protocol::state::{
    Build, Capabilities, DevServer, DevServerStatus, Disk, Preview, PreviewStatus, RuntimeState,
    SessionStatus, Setup,
};
use protocol::{ErrorCode, PrincipalId, SessionId, WireError, WorkspaceId};
use provider::{BoxedStream, KernelStatus, PortError, Provider, ProviderError};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stdx::TaskScope;
use tempfile::TempDir;
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::sync::{broadcast, watch};
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::tungstenite;

/// More than anything here takes on a loaded machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// Between two looks at what the gateway does beside its answers.
const PACE: Duration = Duration::from_millis(5);

/// Password of everybody here.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A gateway that runs.
pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) database_url: String,
    pub(crate) provider: Arc<Kernels>,
    pub(crate) address: SocketAddr,
    pub(crate) first_link: Option<String>,
    pub(crate) cli_token: String,
    pub(crate) scope: TaskScope,
    oidc: Vec<OidcProvider>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::new_with(|_| {}).await
    }

    /// One that is told more than where to listen.
    pub(crate) async fn new_with(tell: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let provider = Kernels::new(directory.path().join("kernel.sock"));
        let database_url = database::fresh(directory.path()).await;
        Self::start((directory, database_url), provider, 0, tell).await
    }

    /// One whose people may sign in with OpenID providers.
    pub(crate) async fn with_oidc(oidc: Vec<OidcProvider>) -> Self {
        Self::new_with(|it| it.oidc = oidc).await
    }

    async fn start(
        place: (TempDir, String),
        provider: Arc<Kernels>,
        port: u16,
        tell: impl FnOnce(&mut Config),
    ) -> Self {
        let scope = TaskScope::default();
        provider.serve(&scope);
        Self::start_in(scope, place, (provider, port), tell).await
    }

    /// A gateway before kernels that are there.
    async fn start_in(
        scope: TaskScope,
        (directory, database_url): (TempDir, String),
        (provider, port): (Arc<Kernels>, u16),
        tell: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = Config {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], port))],
            database_url: database_url.clone(),
            audit_head: Some(directory.path().join("audit-head.json")),
            secret_key: gateway::SecretKey::File(directory.path().join("secret.key")),
            shutdown_grace: Duration::from_secs(5),
            ..Config::default()
        };
        tell(&mut config);
        let oidc = config.oidc.clone();
        let shared: Arc<dyn Provider> = Arc::<Kernels>::clone(&provider);
        let gateway = Gateway::bind(config, shared, &scope).await.unwrap();
        let address = gateway.local_addrs()[0];
        let first_link = gateway.first_link().await;
        let file = directory.path().join("cli-token");
        let existing = std::fs::read_to_string(&file).ok();
        let cli_token = gateway.cli_token(existing.as_deref()).await.unwrap();
        std::fs::write(&file, &cli_token).unwrap();
        scope.spawn("gateway", gateway.run());
        Self { directory, database_url, provider, address, first_link, cli_token, scope, oidc }
    }

    /// Stops the gateway in order. What it leaves stays.
    pub(crate) async fn stop(&self) {
        assert!(self.scope.shutdown(DEADLINE).await, "no task was left or panicked");
    }

    /// Every row of the audit log that the gateway left: verb, object, outcome and details.
    pub(crate) async fn audit_rows(&self) -> Vec<String> {
        use sqlx::{AnyConnection, Connection, Row};
        self.stop().await;
        let mut connection = AnyConnection::connect(&self.database_url).await.unwrap();
        let rows = sqlx::query("SELECT verb, object, outcome, details FROM audit ORDER BY seq")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        rows.iter()
            .map(|row| {
                let (verb, outcome): (String, String) = (row.get("verb"), row.get("outcome"));
                let object: Option<String> = row.get("object");
                let details: Option<String> = row.get("details");
                let object = object.as_deref().unwrap_or("-");
                format!("{verb} {object} {outcome} {}", details.unwrap_or_default())
                    .trim_end()
                    .to_owned()
            })
            .collect()
    }

    /// A second gateway on the same database, which runs beside this one.
    pub(crate) async fn beside(&self) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let provider = Kernels::new(directory.path().join("kernel.sock"));
        provider.stored.lock().unwrap().clone_from(&self.provider.stored.lock().unwrap());
        std::fs::copy(
            self.directory.path().join("secret.key"),
            directory.path().join("secret.key"),
        )
        .unwrap();
        Self::start((directory, self.database_url.clone()), provider, 0, |_| {}).await
    }

    /// One on a PostgreSQL.
    pub(crate) async fn on_postgres() -> Self {
        Self::on(database::postgres().await).await
    }

    /// One on the database at a URL.
    pub(crate) async fn on(database_url: String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let provider = Kernels::new(directory.path().join("kernel.sock"));
        Self::start((directory, database_url), provider, 0, |_| {}).await
    }

    /// A second gateway on the same database, which reaches the same kernels.
    pub(crate) async fn twin(&self) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = "secret.key";
        std::fs::copy(self.directory.path().join(key), directory.path().join(key)).unwrap();
        let (place, provider) =
            ((directory, self.database_url.clone()), Arc::clone(&self.provider));
        Self::start_in(TaskScope::default(), place, (provider, 0), |_| {}).await
    }

    /// Stops the gateway in order and starts another one on what it left, under the same address.
    pub(crate) async fn restart(self) -> Self {
        assert!(self.scope.shutdown(DEADLINE).await, "no task was left or panicked");
        let (port, oidc) = (self.address.port(), self.oidc);
        let place = (self.directory, self.database_url);
        Self::start(place, self.provider, port, |it| it.oidc = oidc).await
    }

    /// Ends the gateway at once, as `kill -9` does; a world that has the kernels loses them too.
    pub(crate) fn kill(&self) {
        self.scope.kill();
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.database_url.starts_with("postgres")
    }

    /// Everything that the database keeps: SQLite's every byte, PostgreSQL's every row.
    pub(crate) async fn stored(&self) -> String {
        use sqlx::{AnyConnection, Connection, Row};
        if !self.is_postgres() {
            let directory = self.directory.path();
            let files = ["stead.db", "stead.db-wal"].map(|it| std::fs::read(directory.join(it)));
            let bytes = files.into_iter().flatten().flatten().collect::<Vec<u8>>();
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let mut connection = AnyConnection::connect(&self.database_url).await.unwrap();
        let tables = "SELECT tablename::text AS it FROM pg_tables WHERE schemaname = 'public'";
        let tables = sqlx::query(tables).fetch_all(&mut connection).await.unwrap();
        let mut stored = String::new();
        for table in tables {
            let table: String = table.get("it");
            let query = sqlx::AssertSqlSafe(format!("SELECT t::text AS it FROM {table} t"));
            for row in sqlx::query(query).fetch_all(&mut connection).await.unwrap() {
                stored.push_str(&row.get::<String, _>("it"));
            }
        }
        stored
    }

    pub(crate) fn stranger(&self) -> Client {
        Client { address: self.address, headers: HeaderMap::new(), scope: self.scope.clone() }
    }

    /// Somebody with the command line's token.
    pub(crate) fn program(&self) -> Client {
        let token = format!("Bearer {}", self.cli_token);
        self.stranger().with("authorization", &token)
    }

    /// The grant of the first link.
    pub(crate) fn grant(&self) -> String {
        let link = self.first_link.as_ref().unwrap();
        let last = link.rsplit('/').next().unwrap();
        last.strip_suffix("?first").unwrap().to_owned()
    }

    /// A browser that opened the first link.
    pub(crate) async fn owner(&self) -> Client {
        let answer = self
            .stranger()
            .send("POST", "/api/v1/enter", Some(json!({"grant": self.grant(), "name": "Ada"})))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.stranger().with(COOKIE.as_str(), &answer.cookie()).with_origin()
    }

    /// A browser that was signed in by this answer.
    pub(crate) fn browser(&self, answer: &Answer) -> Client {
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.stranger().with(COOKIE.as_str(), &answer.cookies()).with_origin()
    }

    /// A further person, who came by an invitation of the owner and signs in with
    /// [`PASSWORD`].
    pub(crate) async fn account(&self, owner: &Client, login_name: &str) -> Client {
        let made = owner.send("POST", "/api/v1/invitations", Some(json!({}))).await;
        self.join(&made, login_name).await
    }

    /// A new account by an invitation.
    pub(crate) async fn join(&self, invitation: &Answer, login_name: &str) -> Client {
        assert_eq!(invitation.status, 201, "{}", invitation.text());
        let body = json!({
            "invitation": last_segment(&invitation.json()["url"]),
            "name": login_name.to_uppercase(), "login_name": login_name, "password": PASSWORD,
        });
        let browser = self.stranger().with_origin();
        self.browser(&browser.send("POST", "/api/v1/join/account", Some(body)).await)
    }

    /// Signs in with a password.
    pub(crate) async fn sign_in(&self, login_name: &str, password: &str) -> Answer {
        let body = json!({"login_name": login_name, "password": password});
        self.stranger().with_origin().send("POST", "/api/v1/sign-in", Some(body)).await
    }

    /// A workspace of the owner that is empty.
    pub(crate) async fn workspace(&self, owner: &Client) -> WorkspaceId {
        let body = json!({"name": "w", "source": {"kind": "empty"}});
        let answer = owner.send("POST", "/api/v1/workspaces", Some(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        WorkspaceId::parse(answer.json()["id"].as_str().unwrap()).unwrap()
    }

    /// A further person, signed in by a link, with a role in a workspace or without any.
    pub(crate) async fn person(
        &self,
        owner: &Client,
        name: &str,
        seat: Option<(&WorkspaceId, Role)>,
    ) -> (Client, PrincipalId) {
        let id = PrincipalId::from_random(stdx::random::bits());
        let link = owner.send("POST", "/api/v1/links", None).await.json();
        let grant = link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let mut statements = vec![
            format!(
                "INSERT INTO principals (id, name, created_at_ms) VALUES ('{id}', '{name}', 9)"
            ),
            format!("UPDATE grants SET principal = '{id}'"),
        ];
        if let Some((workspace, role)) = seat {
            let role = role.as_str();
            statements
                .push(format!("INSERT INTO members VALUES ('{workspace}', '{id}', '{role}')"));
        }
        self.execute(&statements.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let body = json!({"grant": grant});
        let answer = self.stranger().send("POST", "/api/v1/enter", Some(body)).await;
        assert_eq!(answer.json()["id"], id.as_str());
        (self.stranger().with(COOKIE.as_str(), &answer.cookie()).with_origin(), id)
    }

    /// Looks at the gateway's database from outside.
    pub(crate) async fn watch(&self) -> Watch {
        use sqlx::Connection;
        sqlx::any::install_default_drivers();
        Watch(sqlx::AnyConnection::connect(&self.database_url).await.unwrap())
    }

    /// Runs a statement in the gateway's database, from outside.
    pub(crate) async fn execute(&self, statements: &[&str]) {
        use sqlx::{AnyConnection, Connection};
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&self.database_url).await.unwrap();
        for statement in statements {
            let statement = sqlx::AssertSqlSafe((*statement).to_owned());
            sqlx::query(statement).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    }
}

/// A connection to the database.
pub(crate) struct Watch(sqlx::AnyConnection);

impl Watch {
    /// Asks until the query's number is `expected`: for what the gateway does beside its answers.
    pub(crate) async fn until(&mut self, query: &'static str, expected: i64) {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        // Whoever asks without a pause takes the processor from the one that is waited for.
        let mut pace = tokio::time::interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            pace.tick().await;
            let found: i64 = sqlx::query_scalar(query).fetch_one(&mut self.0).await.unwrap();
            if found == expected {
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "{query}: {found}");
        }
    }
}

/// What stands at the end of a link.
pub(crate) fn last_segment(url: &Value) -> String {
    url.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// What a client got.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// `name=value` of the cookie that was set.
    pub(crate) fn cookie(&self) -> String {
        let cookie = self.headers[SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Every cookie that was set, as a browser sends them back.
    pub(crate) fn cookies(&self) -> String {
        let set = self.headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap());
        let pairs = set.map(|it| it.split(';').next().unwrap());
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|it| it.to_str().unwrap()).unwrap_or_default()
    }
}

/// Sends requests with some headers in each.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) headers: HeaderMap,
    scope: TaskScope,
}

impl Client {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    /// The same browser at another gateway, where cookies are called by its port.
    pub(crate) fn at(mut self, other: &World) -> Self {
        let ports = (self.address.port().to_string(), other.address.port().to_string());
        for name in [COOKIE, ORIGIN] {
            if let Some(value) = self.headers.remove(&name) {
                let value = value.to_str().unwrap().replace(&ports.0, &ports.1);
                self.headers.insert(name, value.parse().unwrap());
            }
        }
        Self { address: other.address, scope: other.scope.clone(), ..self }
    }

    pub(crate) fn with_origin(self) -> Self {
        let origin = format!("http://localhost:{}", self.address.port());
        self.with(ORIGIN.as_str(), &origin)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|it| ("application/json", it.to_string()));
        self.send_text(method, path, body).await
    }

    /// Sends a form as a browser's page does.
    pub(crate) async fn form(&self, path: &str, body: &str) -> Answer {
        let body = Some(("application/x-www-form-urlencoded", body.to_owned()));
        self.send_text("POST", path, body).await
    }

    async fn send_text(&self, method: &str, path: &str, body: Option<(&str, String)>) -> Answer {
        let (head, body) = self.begin(method, path, body).await.into_parts();
        let body = tokio::time::timeout(DEADLINE, body.collect()).await.unwrap().unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() }
    }

    /// The answer with its body still to come.
    pub(crate) async fn begin(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, String)>,
    ) -> http::Response<hyper::body::Incoming> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        self.scope.spawn("client", async move {
            // A connection that the gateway closes is seen by the request itself.
            drop(connection.await);
        });
        let mut request = Request::builder().method(method).uri(path);
        let headers = request.headers_mut().unwrap();
        headers.insert(HOST, format!("localhost:{}", self.address.port()).parse().unwrap());
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        let body = match body {
            Some((kind, body)) => {
                headers.insert(CONTENT_TYPE, kind.parse().unwrap());
                Full::new(Bytes::from(body))
            }
            None => Full::default(),
        };
        tokio::time::timeout(DEADLINE, sender.send_request(request.body(body).unwrap()))
            .await
            .expect("an answer in time")
            .unwrap()
    }

    /// The status that a WebSocket gets: 101 when it opens. A refusal may also come after that, by
    /// a close code that has the status in it.
    pub(crate) async fn open(&self, path: &str) -> u16 {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let opening = tokio_tungstenite::client_async(self.websocket(path), stream);
        let (mut socket, response) = match opening.await {
            Ok(opened) => opened,
            Err(tungstenite::Error::Http(response)) => return response.status().as_u16(),
            Err(error) => panic!("{error}"),
        };
        match socket.next().await {
            Some(Ok(tungstenite::Message::Text(told))) if told.contains("\"read_only\"") => {
                let Some(Ok(tungstenite::Message::Close(Some(why)))) = socket.next().await else {
                    panic!("a refusal without a close code");
                };
                u16::from(why.code) - 4000
            }
            _ => response.status().as_u16(),
        }
    }

    /// A request for a WebSocket.
    pub(crate) fn websocket(&self, path: &str) -> http::Request<()> {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let url = format!("ws://localhost:{}{path}", self.address.port());
        let mut request = url.into_client_request().unwrap();
        for (name, value) in &self.headers {
            request.headers_mut().insert(name.clone(), value.clone());
        }
        request
    }
}

/// The provider: one socket, behind which every workspace's kernel listens.
pub(crate) struct Kernels {
    socket: PathBuf,
    deaths: broadcast::Sender<WorkspaceId>,
    pub(crate) stored: Mutex<HashMap<WorkspaceId, bool>>,
    /// What the provider refuses for now.
    pub(crate) refuse: Mutex<Option<&'static str>>,
    pub(crate) state: Mutex<RuntimeState>,
    /// What kernels were given for their processes, in order.
    pub(crate) given: Mutex<Vec<Value>>,
    /// Endless answers that somebody is still sent.
    pub(crate) endless: watch::Sender<usize>,
    /// What the kernel has for the audit log; all of it is told to whoever asks with less.
    pub(crate) outbox: watch::Sender<Vec<KernelEntry>>,
}

impl Kernels {
    fn new(socket: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            socket,
            deaths: broadcast::channel(4).0,
            stored: Mutex::default(),
            refuse: Mutex::default(),
            state: Mutex::new(state()),
            given: Mutex::default(),
            endless: watch::Sender::new(0),
            outbox: watch::Sender::default(),
        })
    }

    fn serve(self: &Arc<Self>, scope: &TaskScope) {
        drop(std::fs::remove_file(&self.socket));
        let listener = UnixListener::bind(&self.socket).unwrap();
        let app = Router::new()
            .route("/api/v1/state", get(get_state))
            .route("/audit/collect", post(collect))
            .route("/api/v1/setup", post(setup).delete(get_state))
            .route("/api/v1/environment", put(take_environment))
            .route("/api/v1/preview/ready", get(preview_ready))
            .route("/api/v1/session/run", post(run))
            .route("/api/v1/session/start", post(start))
            .route("/api/v1/dev-server/start", post(serve_app))
            .route("/api/v1/dev-server/restart", post(serve_app))
            .route("/api/v1/pty", get(socket))
            .route("/api/v1/session/stop", post(stop))
            .route("/api/v1/terminals", get(terminals).post(open_terminal))
            .route("/api/v1/ws", get(socket))
            .route("/api/v1/archive", get(archive))
            .route("/api/v1/terminals/{name}", get(socket).fallback(echo))
            .fallback(any(echo))
            .with_state(Arc::clone(self));
        let stopping = scope.clone();
        scope.spawn("kernel", async move {
            tokio::select! {
                () = stopping.stopping() => {}
                ended = async { axum::serve(listener, app).await } => ended.unwrap(),
            }
        });
    }

    fn check(&self, what: &'static str) -> Result<(), ProviderError> {
        if *self.refuse.lock().unwrap() == Some(what) {
            return Err(ProviderError::Unavailable(format!("{what} is refused")));
        }
        Ok(())
    }

    pub(crate) fn set_status(&self, status: SessionStatus, preview: Option<u16>) {
        let mut state = self.state.lock().unwrap();
        state.status = status;
        state.preview.port = preview;
        state.preview.status =
            if preview.is_some() { PreviewStatus::Running } else { PreviewStatus::Starting };
    }
}

#[async_trait]
impl Provider for Kernels {
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.check("create")?;
        self.stored.lock().unwrap().insert(id.clone(), false);
        Ok(())
    }

    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.check("remove")?;
        self.stored.lock().unwrap().remove(id);
        Ok(())
    }

    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        self.check("connect")?;
        match self.stored.lock().unwrap().get_mut(id) {
            Some(awake) => *awake = true,
            None => return Err(ProviderError::NotFound),
        }
        let stream = UnixStream::connect(&self.socket).await;
        Ok(Box::new(stream.map_err(|error| ProviderError::Unavailable(error.to_string()))?))
    }

    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<BoxedStream, PortError> {
        if self.stored.lock().unwrap().get(id) != Some(&true) {
            return Err(PortError::NoKernel);
        }
        let stream = TcpStream::connect(("127.0.0.1", port)).await;
        Ok(Box::new(stream.map_err(|_| PortError::Refused)?))
    }

    async fn exists(&self, id: &WorkspaceId) -> Result<bool, ProviderError> {
        Ok(self.stored.lock().unwrap().contains_key(id))
    }

    async fn admit(&self, _: &WorkspaceId) -> Result<(), ProviderError> {
        match self.check("admit") {
            Err(_) => Err(ProviderError::Capacity("12 of 12 sessions run".to_owned())),
            Ok(()) => Ok(()),
        }
    }

    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
        let stored = self.stored.lock().unwrap();
        let status = |awake| KernelStatus { awake, ..KernelStatus::default() };
        Ok(stored.iter().map(|(id, awake)| (id.clone(), status(*awake))).collect())
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.check("health")
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        self.deaths.subscribe()
    }
}

type Kernel = State<Arc<Kernels>>;

/// Tells what arrived.
async fn echo(request: Request) -> Response {
    let (head, body) = request.into_parts();
    if head.uri.path().ends_with("/never") {
        return std::future::pending().await;
    }
    let body = body.collect().await.unwrap().to_bytes();
    let headers: HashMap<String, String> = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()))
        .collect();
    let told = json!({
        "method": head.method.as_str(),
        "uri": head.uri.to_string(),
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    });
    let answer = [("set-cookie", "from=kernel"), ("stead-role", "owner"), ("etag", "\"1\"")];
    (answer, axum::Json(told)).into_response()
}

/// As a kernel does, but for the end of it. Repeats what it told before.
async fn collect(State(kernels): Kernel, axum::Json(request): axum::Json<Collect>) -> Response {
    let mut outbox = kernels.outbox.subscribe();
    let news = outbox.wait_for(|it| it.last().is_some_and(|it| request.after < it.number)).await;
    let entries = news.unwrap().clone();
    axum::Json(Collected { outbox: "one".to_owned(), entries }).into_response()
}

async fn get_state(State(kernels): Kernel) -> Response {
    axum::Json(kernels.state.lock().unwrap().clone()).into_response()
}

/// Answers at once, unlike a kernel: whether there is a preview.
async fn preview_ready(State(kernels): Kernel) -> StatusCode {
    match kernels.state.lock().unwrap().preview.port {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::GATEWAY_TIMEOUT,
    }
}

async fn take_environment(
    State(kernels): Kernel,
    headers: HeaderMap,
    axum::Json(given): axum::Json<Value>,
) -> StatusCode {
    assert!(headers["stead-role"] == "owner" && !headers.contains_key("stead-principal"));
    kernels.given.lock().unwrap().push(given);
    StatusCode::NO_CONTENT
}

async fn setup(State(kernels): Kernel, body: Bytes) -> Response {
    if kernels.check("setup").is_err() {
        return refuse(ErrorCode::StorageFull, None);
    }
    assert!(serde_json::from_slice::<protocol::workspace::Source>(&body).is_ok());
    let mut state = kernels.state.lock().unwrap();
    state.setup.status = protocol::state::SetupStatus::Running;
    (StatusCode::ACCEPTED, axum::Json(state.clone())).into_response()
}

async fn run(State(kernels): Kernel) -> Response {
    let mut state = kernels.state.lock().unwrap();
    if matches!(state.status, SessionStatus::Running | SessionStatus::Starting) {
        let state = serde_json::to_value(&*state).unwrap();
        return refuse(ErrorCode::SessionAlreadyRunning, Some(state));
    }
    state.status = SessionStatus::Running;
    axum::Json(state.clone()).into_response()
}

/// As run, but one that runs is as good.
async fn start(State(kernels): Kernel) -> Response {
    let mut state = kernels.state.lock().unwrap();
    if state.status != SessionStatus::Running {
        state.status = SessionStatus::Running;
        state.generation += 1;
        state.session_id = Some(SessionId::from_random(state.generation.into()));
        state.started_at_ms = Some(1_795_264_496_789);
        state.started_by = Some("usr_somebody".to_owned());
    }
    axum::Json(state.clone()).into_response()
}

async fn serve_app(State(kernels): Kernel) -> Response {
    let mut state = kernels.state.lock().unwrap();
    if state.status != SessionStatus::Running {
        return refuse(ErrorCode::SessionNotRunning, None);
    }
    state.dev_server.status = DevServerStatus::Ready;
    axum::Json(state.clone()).into_response()
}

async fn stop(State(kernels): Kernel) -> Response {
    let mut state = kernels.state.lock().unwrap();
    if state.status != SessionStatus::Running {
        return refuse(ErrorCode::SessionNotRunning, None);
    }
    state.status = SessionStatus::Stopped;
    axum::Json(state.clone()).into_response()
}

fn terminal(name: &str) -> Value {
    json!({"name": name, "id": protocol::TerminalId::from_random(7)})
}

async fn terminals() -> Response {
    axum::Json(json!([terminal("main")])).into_response()
}

async fn open_terminal(body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap();
    match body["name"].as_str().unwrap_or("new") {
        "main" => refuse(ErrorCode::AlreadyExists, None),
        name => (StatusCode::CREATED, axum::Json(terminal(name))).into_response(),
    }
}

fn refuse(code: ErrorCode, details: Option<Value>) -> Response {
    let mut error = WireError::new(code, "refused");
    error.details = details;
    let status = StatusCode::from_u16(code.status()).unwrap();
    (status, axum::Json(protocol::ErrorBody { error })).into_response()
}

/// A download, as fast as it is taken; that of the path `endless` has no end.
async fn archive(State(kernels): Kernel, uri: Uri) -> Response {
    struct Sending(Arc<Kernels>);
    impl Drop for Sending {
        fn drop(&mut self) {
            self.0.endless.send_modify(|it| *it -= 1);
        }
    }
    if uri.query() != Some("path=endless") {
        return "an archive".into_response();
    }
    kernels.endless.send_modify(|it| *it += 1);
    let chunks = futures_util::stream::unfold(Sending(kernels), async |sending| {
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(vec![7; 65_536])), sending))
    });
    axum::body::Body::from_stream(chunks).into_response()
}

/// First tells who is there, then repeats whatever comes.
async fn socket(upgrade: WebSocketUpgrade, headers: HeaderMap, method: Method) -> Response {
    assert_eq!(method, Method::GET);
    let role = headers.get("stead-role").map(|it| it.to_str().unwrap().to_owned());
    let authorization = headers.contains_key("authorization") || headers.contains_key("cookie");
    upgrade.protocols(["chosen"]).on_upgrade(move |mut socket: WebSocket| async move {
        let greeting = format!("{} {authorization}", role.unwrap_or_default());
        if socket.send(Message::text(greeting)).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = socket.recv().await {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    })
}

/// A workspace in which nothing has happened.
fn state() -> RuntimeState {
    RuntimeState {
        workspace_id: WorkspaceId::from_random(0),
        session_id: None,
        generation: 0,
        started_at_ms: None,
        started_by: None,
        revision: 1,
        updated_at_ms: 0,
        status: SessionStatus::Idle,
        reason: None,
        setup: Setup::default(),
        dev_server: DevServer::default(),
        build: Build::default(),
        preview: Preview::default(),
        ports: Vec::new(),
        terminals: Vec::new(),
        file_watch: protocol::state::FileWatch::default(),
        capabilities: Capabilities::default(),
        disk: Disk::default(),
    }
}
