//! This machine dials out: it keeps some connections to each of its gateways in store, and answers on
//! those that a gateway takes.
//!
//! ```text
//! connect → GET …/dial, 101 → TLS, both sides prove who they are → idle: `.` and `.` back
//!         → `!` → HTTP/1.1 of the seam
//! ```
//!
//! The TLS is inside the upgraded connection: a proxy in front of the gateway sees neither key nor
//! content. A connection that is taken is replaced at once.

use crate::identity::Identity;
use crate::server::Answerer;
use bytes::Bytes;
use http::Method;
use protocol::machine::{BEGIN, DIAL, PING, SILENCE_S};
use provider::{Address, BoxedStream, Dial, Provider, Question};
use rustls::ClientConfig;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Connections in store. A page opens some ten at once, and each is replaced in a round trip.
const STORE: usize = 8;
/// How long a connection may take to come about: it goes to and fro five times, and a network that
/// loses packets takes seconds for each.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The gateway has gone when it has been silent for so long.
const SILENCE: Duration = Duration::from_secs(SILENCE_S);
/// Between two tries to reach a gateway that does not answer: doubled each time, with a random part.
const BACK_OFF_MIN: Duration = Duration::from_millis(250);
const BACK_OFF_MAX: Duration = Duration::from_secs(10);

/// Dials gateways and answers them.
pub struct Dialer {
    machine: Arc<Machine>,
    scope: TaskScope,
}

/// What every connection needs.
struct Machine {
    identity: Arc<Identity>,
    answerer: Answerer,
    /// Whom to trust at an address with `https://`; inside the connection the gateway has to prove
    /// besides that it is of this installation.
    trust: Option<Arc<ClientConfig>>,
}

/// The connections in store at one gateway.
struct Link {
    machine: Arc<Machine>,
    address: Address,
    scope: TaskScope,
    /// Whether the last connection came about; `None` before the first try.
    is_up: watch::Sender<Option<bool>>,
}

/// Why no connection came about.
#[derive(Debug, thiserror::Error)]
pub enum DialerError {
    /// Nobody answers there.
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(#[source] io::Error),
    /// The gateway does not want it.
    #[error("the gateway refused: {}", .0.message)]
    Refused(protocol::WireError),
    /// Who answers is not the gateway, or does not believe that this is the machine.
    #[error("no trust came about: {0}")]
    Trust(#[source] io::Error),
    /// It took too long.
    #[error("the gateway did not answer in time")]
    Late,
}

impl Dialer {
    /// Gives every gateway of the installation connections, as who `identity` says, and answers for
    /// `provider` on them.
    pub fn new(
        identity: Identity,
        trust: Option<Arc<ClientConfig>>,
        provider: Arc<dyn Provider>,
        scope: &TaskScope,
    ) -> Self {
        let identity = Arc::new(identity);
        let answerer = Answerer::new(provider, Arc::clone(&identity), scope);
        Self { machine: Arc::new(Machine { identity, answerer, trust }), scope: scope.clone() }
    }

    /// Begins; it goes on until the scope stops.
    pub fn start(&self) {
        let (machine, scope) = (Arc::clone(&self.machine), self.scope.clone());
        self.scope.spawn("gateways", follow(machine, scope));
    }
}

/// Keeps a link to each gateway that is known, as they come and go.
async fn follow(machine: Arc<Machine>, scope: TaskScope) {
    let mut known = machine.identity.gateways();
    let mut links: HashMap<String, TaskScope> = HashMap::new();
    loop {
        let wanted = known.borrow_and_update().clone();
        links.retain(|url, link| {
            let is_wanted = wanted.contains(url);
            if !is_wanted {
                tracing::info!(gateway = url, "a gateway is there no more");
                link.kill();
            }
            is_wanted
        });
        for url in wanted {
            if let Entry::Vacant(place) = links.entry(url) {
                let link = scope.child();
                Link::start(&machine, place.key(), &link);
                place.insert(link);
            }
        }
        tokio::select! {
            () = scope.stopping() => return,
            changed = known.changed() => if changed.is_err() { return },
        }
    }
}

impl Link {
    /// Begins to keep connections in store at the gateway of this URL.
    fn start(machine: &Arc<Machine>, url: &str, scope: &TaskScope) {
        let address = match Address::parse(url, machine.trust.as_ref()) {
            Ok(address) if !address.is_open() => address,
            Ok(_) => {
                tracing::warn!(url, "a gateway without TLS is not dialled; it needs https://");
                return;
            }
            Err(error) => {
                tracing::warn!(url, %error, "a gateway is not dialled");
                return;
            }
        };
        let (machine, is_up) = (Arc::clone(machine), watch::Sender::new(None));
        let link = Arc::new(Self { machine, address, scope: scope.clone(), is_up });
        for number in 0..STORE {
            let link = Arc::clone(&link);
            scope.spawn("dial", async move { link.keep_one(number == 0).await });
        }
    }

    /// Keeps one connection in store. While the gateway is away, only the first one tries.
    async fn keep_one(&self, is_first: bool) {
        let mut back_off = BACK_OFF_MIN;
        let mut is_up = self.is_up.subscribe();
        loop {
            if !is_first {
                tokio::select! {
                    () = self.scope.stopping() => return,
                    changed = is_up.wait_for(|it| *it == Some(true)) => if changed.is_err() { return },
                }
            }
            let came = tokio::select! {
                () = self.scope.stopping() => return,
                came = self.connect() => came,
            };
            match came {
                Ok(stream) => {
                    back_off = BACK_OFF_MIN;
                    self.set_up(None);
                    let taken = tokio::select! {
                        () = self.scope.stopping() => return,
                        taken = wait(stream) => taken,
                    };
                    match taken {
                        Ok(stream) => self.machine.answerer.answer(stream),
                        Err(error) => {
                            tracing::debug!(%error, "a connection in store ended");
                            sleep(BACK_OFF_MIN).await;
                        }
                    }
                }
                Err(error) => {
                    self.set_up(Some(&error));
                    let random = f64::from(stdx::random::bytes::<1>()[0]);
                    let pause = back_off + back_off.mul_f64(random / 510.0);
                    back_off = (back_off * 2).min(BACK_OFF_MAX);
                    tokio::select! {
                        () = self.scope.stopping() => return,
                        () = sleep(pause) => {}
                    }
                }
            }
        }
    }

    /// Tells whoever waits, and once what has changed.
    fn set_up(&self, error: Option<&DialerError>) {
        let changed = self.is_up.send_if_modified(|it| {
            let before = it.replace(error.is_none());
            before != *it
        });
        let gateway = self.address.name();
        match error {
            None if changed => tracing::info!(gateway, "the gateway is reached"),
            Some(error) if changed => {
                tracing::warn!(gateway, %error, "the gateway is not reached; what runs here goes on");
            }
            Some(error) => tracing::debug!(gateway, %error, "the gateway is still not reached"),
            None => {}
        }
    }

    /// A connection on which both sides have proved who they are.
    async fn connect(&self) -> Result<BoxedStream, DialerError> {
        let connecting = async {
            let stream = self.address.dial().await.map_err(DialerError::Unreachable)?;
            let question = Question {
                method: Method::GET,
                path: format!("/api/v1/machines/{}/dial", self.machine.identity.id()),
                body: Bytes::new(),
                bearer: None,
                host: self.address.name(),
                epoch: None,
            };
            let stream = question.open(stream, DIAL).await.map_err(DialerError::Refused)?;
            let accepting = TlsAcceptor::from(self.machine.identity.tls()).accept(stream);
            let stream = accepting.await.map_err(DialerError::Trust)?;
            Ok(Box::new(stream) as BoxedStream)
        };
        timeout(TIMEOUT, connecting).await.unwrap_or(Err(DialerError::Late))
    }
}

/// Says that it is there as often as it is asked, until the connection is taken.
async fn wait(mut stream: BoxedStream) -> io::Result<BoxedStream> {
    loop {
        let said = timeout(SILENCE, stream.read_u8()).await;
        match said.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? {
            PING => {
                stream.write_u8(PING).await?;
                stream.flush().await?;
            }
            BEGIN => return Ok(stream),
            other => return Err(io::Error::other(format!("{other} is no word of this"))),
        }
    }
}
