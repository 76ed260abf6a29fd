//! `http`: the machine behind a manager's or a worker's listener.
//!
//! Every question has a connection of its own, and so has every byte stream: after `101` the
//! connection *is* the stream, and the other side splices it to the kernel's socket. Whoever talks
//! over it notices no difference to a kernel on this machine, but for the time that it takes.

use crate::address::Dial;
use crate::exchange::Question;
use crate::parcel::{pack, unpack};
use crate::seam::{BoxedStream, KernelStatus, PortError, Provider, ProviderError};
use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use protocol::id::MoveId;
use protocol::manager::{Exists, KernelReport, STREAM};
use protocol::transfer::{Answer, Step};
use protocol::{ErrorCode, WireError, WorkspaceId};
use std::sync::Arc;
use std::time::Duration;
use stdx::{Secret, TaskScope};
use tokio::sync::broadcast;
use tokio::time::{sleep, timeout};

/// Deaths that a slow listener may be behind before it misses some.
const DEATHS_CAPACITY: usize = 64;
/// Between two tries to listen for deaths.
const LISTEN_INTERVAL: Duration = Duration::from_secs(2);
/// How long a machine may take to make or remove storage, and to wake a kernel: as long as those
/// who ask wait at most.
const WORK_TIMEOUT: Duration = Duration::from_secs(120);

/// A provider on another machine. Cheap to clone.
#[derive(Clone)]
pub struct HttpProvider {
    shared: Arc<Shared>,
    /// What is asked for is about a workspace that was placed so many times.
    epoch: Option<u64>,
}

struct Shared {
    dial: Arc<dyn Dial>,
    bearer: Option<Secret<String>>,
    /// For a connection, and for questions that cost the other side nothing.
    timeout: Duration,
    deaths: broadcast::Sender<WorkspaceId>,
}

impl HttpProvider {
    /// Asks over connections of `dial` with `bearer`, which those do not need that say by
    /// themselves who asks. Nothing is asked yet; deaths are listened for in `scope`.
    pub fn new(
        dial: Arc<dyn Dial>,
        bearer: Option<Secret<String>>,
        timeout: Duration,
        scope: &TaskScope,
    ) -> Self {
        let (deaths, _) = broadcast::channel(DEATHS_CAPACITY);
        let shared = Arc::new(Shared { dial, bearer, timeout, deaths });
        let listener = Arc::clone(&shared);
        let inner = scope.clone();
        scope.spawn("deaths elsewhere", async move {
            tokio::select! {
                () = inner.stopping() => {}
                () = listener.listen() => {}
            }
        });
        Self { shared, epoch: None }
    }

    /// What the machine is called.
    pub fn name(&self) -> &str {
        self.shared.dial.name()
    }

    /// Says something to the machine itself, and reads what it answers.
    pub async fn tell(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, WireError> {
        let question = Question { body, ..self.question(method, path.to_owned()) };
        self.shared.ask(question, self.shared.timeout).await
    }

    /// Hands on each line of an answer that need not end.
    pub async fn follow(&self, path: &str, each: impl FnMut(&str) + Send) -> Result<(), WireError> {
        let stream = self.shared.dial().await?;
        self.question(Method::GET, path.to_owned()).lines(stream, each).await
    }

    fn question(&self, method: Method, path: String) -> Question<'_> {
        Question { epoch: self.epoch, ..self.shared.question(method, path) }
    }

    async fn ask(&self, method: Method, path: String) -> Result<Bytes, ProviderError> {
        Ok(self.shared.ask(self.question(method, path), self.shared.timeout).await?)
    }

    async fn work(&self, method: Method, path: String) -> Result<Bytes, ProviderError> {
        Ok(self.shared.ask(self.question(method, path), WORK_TIMEOUT).await?)
    }

    async fn open(&self, path: String) -> Result<BoxedStream, WireError> {
        self.shared.open(self.question(Method::GET, path)).await
    }
}

impl Shared {
    fn question(&self, method: Method, path: String) -> Question<'_> {
        let (bearer, host) = (self.bearer.as_ref(), self.dial.name());
        Question { method, path, body: Bytes::new(), bearer, host, epoch: None }
    }

    async fn dial(&self) -> Result<BoxedStream, WireError> {
        let late = |_| unreachable(format!("{} does not answer", self.dial.name()));
        let dialled = timeout(self.timeout, self.dial.dial()).await.map_err(late)?;
        dialled.map_err(|error| {
            unreachable(format!("{} cannot be reached: {error}", self.dial.name()))
        })
    }

    async fn ask(&self, question: Question<'_>, most: Duration) -> Result<Bytes, WireError> {
        let stream = self.dial().await?;
        let late = |_| unreachable(format!("{} did not answer in time", self.dial.name()));
        timeout(most, question.ask(stream)).await.unwrap_or_else(|it| Err(late(it)))
    }

    async fn open(&self, question: Question<'_>) -> Result<BoxedStream, WireError> {
        let stream = self.dial().await?;
        let late = |_| unreachable(format!("{} did not answer in time", self.dial.name()));
        timeout(WORK_TIMEOUT, question.open(stream, STREAM))
            .await
            .unwrap_or_else(|it| Err(late(it)))
    }

    /// Hears of deaths as long as somebody can be listened to. Those in between are not heard of;
    /// what was open to such a kernel has ended by itself.
    async fn listen(&self) {
        loop {
            if let Ok(stream) = self.dial().await {
                let question = self.question(Method::GET, "/deaths".to_owned());
                let each = |line: &str| {
                    if let Some(workspace) = WorkspaceId::parse(line) {
                        let _nobody_listens = self.deaths.send(workspace);
                    }
                };
                if let Err(error) = question.lines(stream, each).await {
                    tracing::debug!(machine = self.dial.name(), %error, "deaths are not heard of");
                }
            }
            sleep(LISTEN_INTERVAL).await;
        }
    }
}

fn unreachable(why: String) -> WireError {
    WireError::new(ErrorCode::Unavailable, why)
}

/// Reads an answer of a machine that may run another version.
fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ProviderError> {
    serde_json::from_slice(body).map_err(|error| unintelligible(&error))
}

fn unintelligible(error: &serde_json::Error) -> ProviderError {
    ProviderError::Unavailable(format!("the other machine speaks another version: {error}"))
}

#[async_trait]
impl Provider for HttpProvider {
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.work(Method::PUT, format!("/workspaces/{id}")).await.map(drop)
    }

    async fn exists(&self, id: &WorkspaceId) -> Result<bool, ProviderError> {
        let answer = self.ask(Method::GET, format!("/workspaces/{id}")).await?;
        read::<Exists>(&answer).map(|it| it.exists)
    }

    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.work(Method::DELETE, format!("/workspaces/{id}")).await.map(drop)
    }

    async fn admit(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        // It may look twice before it refuses.
        self.work(Method::POST, format!("/workspaces/{id}/admission")).await.map(drop)
    }

    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        Ok(self.open(format!("/workspaces/{id}/kernel")).await?)
    }

    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<BoxedStream, PortError> {
        Ok(self.open(format!("/workspaces/{id}/ports/{port}")).await?)
    }

    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
        let answer = self.ask(Method::GET, "/kernels".to_owned()).await?;
        let reports: Vec<KernelReport> = read(&answer)?;
        let status = |it: KernelReport| KernelStatus {
            awake: it.awake,
            unreachable: it.unreachable,
            is_old: false,
            last_state: it.last_state,
        };
        Ok(reports.into_iter().map(|it| (it.workspace_id.clone(), status(it))).collect())
    }

    async fn transfer(
        &self,
        id: &WorkspaceId,
        by: &MoveId,
        step: Step,
        bytes: Bytes,
    ) -> Result<(Answer, Bytes), ProviderError> {
        let path = format!("/workspaces/{id}/moves/{by}");
        let question = Question { body: pack(&step, &bytes), ..self.question(Method::POST, path) };
        let answer = self.shared.ask(question, WORK_TIMEOUT).await?;
        unpack(answer).map_err(|error| unintelligible(&error))
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.ask(Method::GET, "/ready".to_owned()).await.map(drop)
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        self.shared.deaths.subscribe()
    }

    fn at(&self, epoch: u64) -> Option<Arc<dyn Provider>> {
        Some(Arc::new(Self { epoch: Some(epoch), ..self.clone() }))
    }
}
