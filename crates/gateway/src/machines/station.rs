//! One machine that dials this gateway: whether it is there, and its certificate.

use super::authority::Authority;
use super::door::Door;
use crate::database::{Database, DatabaseError, commit, set_machine_key};
use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use protocol::id::MachineId;
use protocol::machine::{CertificateRequest, Gateways, NewCertificate, Pulse, SILENCE_S};
use protocol::{ErrorCode, WireError, WorkspaceId};
use provider::{BoxedStream, HttpProvider, KernelStatus, Provider};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use stdx::clock::now_ms;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

/// A machine is lost when nothing was heard of it for so long.
const SILENCE: Duration = Duration::from_secs(SILENCE_S);
/// Between two tries to hear of a machine that was there a moment ago.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);
/// How long a machine may take to answer what costs it nothing.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a machine may take to say how its kernels are before what it said last is shown.
const STATUS_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How often is written down that a machine was seen: for other gateways, and for the next one here.
const NOTE_INTERVAL_SHARED: Duration = Duration::from_secs(5);
const NOTE_INTERVAL: Duration = Duration::from_secs(60);

/// What a machine that is there says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Presence {
    pub(crate) pulse: Pulse,
    pub(crate) seen_at_ms: u64,
    heard: Instant,
}

/// How the kernels of a machine were when it was last asked.
#[derive(Clone)]
pub(super) struct Said {
    asked: Instant,
    pub(super) kernels: Arc<HashMap<WorkspaceId, KernelStatus>>,
    /// Whether that was before anybody wanted to know.
    pub(super) is_old: bool,
}

/// One machine, from its first connection to its removal.
pub(crate) struct Station {
    pub(crate) id: MachineId,
    door: Arc<Door>,
    /// Asks the machine, over its connections.
    pub(crate) provider: HttpProvider,
    presence: Mutex<Option<Presence>>,
    /// What it last said of its kernels; `None` until it has. Written by [`Station::ask`].
    said: Mutex<Option<Said>>,
    /// Held by the one question about kernels that is under way.
    asking: tokio::sync::Mutex<()>,
    /// Whatever goes on about it.
    scope: TaskScope,
}

/// Why a machine was not told something.
#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("{}", .0.message)]
    Machine(#[from] WireError),
}

impl Station {
    /// Begins to listen to a machine; `lifetime` is that of its certificates.
    pub(super) fn start(
        id: MachineId,
        database: &Database,
        (authority, lifetime): (&Arc<Authority>, Duration),
        scope: &TaskScope,
    ) -> Arc<Self> {
        let scope = scope.child();
        let door = Arc::new(Door::new(id.to_string()));
        let dial: Arc<dyn provider::Dial> = Arc::<Door>::clone(&door);
        let provider = HttpProvider::new(dial, None, ASK_TIMEOUT, &scope);
        let station = Arc::new(Self {
            id,
            door,
            provider,
            presence: Mutex::default(),
            said: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            scope: scope.clone(),
        });
        let listening = Arc::clone(&station);
        let stopping = scope.clone();
        scope.spawn("machine's pulse", async move {
            tokio::select! {
                () = stopping.stopping() => {}
                () = listening.listen() => {}
            }
        });
        let (keeping, stopping) = (Arc::clone(&station), scope.clone());
        let (database, authority) = (database.clone(), Arc::clone(authority));
        scope.spawn("machine's row", async move {
            tokio::select! {
                () = stopping.stopping() => {}
                () = keeping.write_down(&database, &authority, lifetime) => {}
            }
        });
        station
    }

    /// Takes a connection that the machine has given.
    pub(super) fn take(self: &Arc<Self>, stream: BoxedStream) {
        let (station, stopping) = (Arc::clone(self), self.scope.clone());
        self.scope.spawn("connection in store", async move {
            tokio::select! {
                () = stopping.stopping() => {}
                () = station.door.keep(stream) => {}
            }
        });
    }

    /// What the machine last said, if it is there.
    pub(crate) fn presence(&self) -> Option<Presence> {
        self.presence.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there is a way to it now.
    pub(crate) fn is_there(&self) -> bool {
        self.door.stored() != 0 || self.presence().is_some()
    }

    /// How its kernels are: asked anew, and what it said last where that takes too long. The question
    /// goes on, so that a slow machine is heard in the end. `None`: it never said.
    pub(super) async fn kernels(self: &Arc<Self>) -> Option<Said> {
        let (station, stopping, now) = (Arc::clone(self), self.scope.clone(), Instant::now());
        let (done, asked) = oneshot::channel();
        self.scope.spawn("how kernels are", async move {
            tokio::select! {
                () = stopping.stopping() => {}
                () = station.ask(now) => {}
            }
            let _nobody_waits = done.send(());
        });
        let _late_or_stopping = timeout(STATUS_TIMEOUT, asked).await;
        self.said().clone().map(|it| Said { is_old: it.asked < now, ..it })
    }

    /// Asks how its kernels are, unless that was asked after `now`: many who want to know at once
    /// cost two questions.
    async fn ask(&self, now: Instant) {
        let _alone = self.asking.lock().await;
        let is_known = self.said().as_ref().is_some_and(|it| now <= it.asked);
        if is_known || !self.is_there() {
            return;
        }
        let asked = Instant::now();
        match self.provider.status().await {
            Ok(status) => {
                let kernels = Arc::new(status.into_iter().collect());
                *self.said() = Some(Said { asked, kernels, is_old: false });
            }
            Err(error) => {
                tracing::debug!(machine = %self.id, %error, "it did not say how its kernels are");
            }
        }
    }

    fn said(&self) -> MutexGuard<'_, Option<Said>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends everything that is open, for ever.
    pub(super) fn end(&self) {
        self.set_presence(None);
        self.door.cut();
        self.scope.kill();
    }

    fn set_presence(&self, presence: Option<Presence>) {
        self.door.set_present(presence.is_some());
        *self.presence.lock().unwrap_or_else(PoisonError::into_inner) = presence;
    }

    /// Hears the machine's pulse, over one connection after the other.
    async fn listen(&self) {
        loop {
            while self.door.stored() == 0 && self.presence().is_none() {
                self.door.arrived.notified().await;
            }
            self.follow().await;
            match self.presence() {
                Some(it) if it.heard.elapsed() < SILENCE => {}
                Some(_) => {
                    tracing::warn!(machine = %self.id, "a machine is lost; what runs there goes on");
                    self.set_presence(None);
                    self.door.cut();
                }
                None => {}
            }
            sleep(RETRY_INTERVAL).await;
        }
    }

    /// Hears it over one connection, until that breaks or is silent.
    async fn follow(&self) {
        let (beat, mut beats) = watch::channel(());
        let following = self.provider.follow("/pulse", |line| {
            let Ok(pulse) = serde_json::from_str::<Pulse>(line) else { return };
            if self.presence().is_none() {
                tracing::info!(machine = %self.id, "a machine is here");
            }
            let heard = Instant::now();
            self.set_presence(Some(Presence { pulse, seen_at_ms: now_ms(), heard }));
            beat.send_replace(());
        });
        let silence =
            async { while matches!(timeout(SILENCE, beats.changed()).await, Ok(Ok(()))) {} };
        tokio::select! {
            ended = following => {
                if let Err(error) = ended {
                    tracing::debug!(machine = %self.id, error = error.message, "a pulse broke off");
                }
            }
            () = silence => {}
        }
    }

    /// Writes down that the machine is there, and exchanges its certificate in time.
    async fn write_down(&self, database: &Database, authority: &Authority, lifetime: Duration) {
        let usual = if database.is_shared() { NOTE_INTERVAL_SHARED } else { NOTE_INTERVAL };
        let interval = usual.min(lifetime / 12);
        let mut told = None;
        loop {
            if let Some(presence) = self.presence() {
                if let Err(error) = self.introduce(database, &mut told).await {
                    tracing::debug!(machine = %self.id, %error, "it does not know the gateways");
                }
                let version = &presence.pulse.version;
                if let Err(error) = database.note_machine(&self.id, version, now_ms()).await {
                    tracing::debug!(machine = %self.id, %error, "it was not written down");
                }
                if let Err(error) = self.renew(database, authority, lifetime).await {
                    tracing::warn!(machine = %self.id, %error, "a certificate was not renewed");
                }
                sleep(interval).await;
            } else {
                told = None;
                sleep(RETRY_INTERVAL).await;
            }
        }
    }

    /// Tells the machine where all gateways are, when that is other than what it was `told`: it
    /// dials each of them.
    async fn introduce(
        &self,
        database: &Database,
        told: &mut Option<Vec<String>>,
    ) -> Result<(), TellError> {
        let urls = database.gateway_addresses().await?;
        if told.as_ref() == Some(&urls) {
            return Ok(());
        }
        let body = serde_json::to_vec(&Gateways { urls: urls.clone() });
        let body = Bytes::from(body.expect("this is plain JSON"));
        match self.provider.tell(Method::PUT, "/gateways", body).await {
            // An older machine knows one gateway.
            Err(error) if error.code != ErrorCode::NotFound => return Err(error.into()),
            Ok(_) | Err(_) => *told = Some(urls),
        }
        Ok(())
    }

    /// Gives the machine a new certificate for a new key when a third of the old one's time is left.
    async fn renew(
        &self,
        database: &Database,
        authority: &Authority,
        lifetime: Duration,
    ) -> Result<(), TellError> {
        let ms = |it: Duration| u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
        let Some(row) = database.machine(&self.id).await? else { return Ok(()) };
        let now = now_ms();
        if now + ms(lifetime / 3) < row.certificate_expires_at_ms {
            return Ok(());
        }
        let asked = self.provider.tell(Method::POST, "/certificate/request", Bytes::new()).await?;
        let strange = |what: String| WireError::new(ErrorCode::Internal, what);
        let CertificateRequest { public_key } =
            serde_json::from_slice(&asked).map_err(|error| strange(error.to_string()))?;
        let key = STANDARD.decode(&public_key).unwrap_or_default();
        let certificate = authority.certify(&self.id, &key, (now, lifetime));
        let certificate = certificate.ok_or_else(|| strange("its key is none".to_owned()))?;
        let certificate = certificate.map_err(|error| strange(error.to_string()))?;
        let certificate_expires_at_ms = now + ms(lifetime);
        let certificate = STANDARD.encode(&certificate);
        let new = NewCertificate { certificate, certificate_expires_at_ms };
        let body = serde_json::to_vec(&new).expect("this is plain JSON");
        match self.provider.tell(Method::PUT, "/certificate", Bytes::from(body)).await {
            Ok(_) => {}
            // Another gateway was faster.
            Err(error) if error.code == ErrorCode::Conflict => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let mut write = database.write().await?;
        set_machine_key(&mut write, &self.id, &public_key, certificate_expires_at_ms).await?;
        commit(write).await?;
        tracing::info!(machine = %self.id, "a machine has a new certificate");
        Ok(())
    }
}
