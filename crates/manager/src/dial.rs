//! This machine dials out: it keeps some connections to its gateway in store, and answers on those
//! that the gateway takes.
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
/// How long a connection may take to come about.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The gateway has gone when it has been silent for so long.
const SILENCE: Duration = Duration::from_secs(SILENCE_S);
/// Between two tries to reach a gateway that does not answer: doubled each time, with a random part.
const BACK_OFF_MIN: Duration = Duration::from_millis(250);
const BACK_OFF_MAX: Duration = Duration::from_secs(10);

/// Dials a gateway and answers it.
pub struct Dialer {
    shared: Arc<Shared>,
}

struct Shared {
    identity: Arc<Identity>,
    address: Address,
    answerer: Answerer,
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
    /// Gives the gateway at `address` connections, as who `identity` says, and answers for
    /// `provider` on them.
    pub fn new(
        identity: Identity,
        address: Address,
        provider: Arc<dyn Provider>,
        scope: &TaskScope,
    ) -> Self {
        let identity = Arc::new(identity);
        let answerer = Answerer::new(provider, Arc::clone(&identity), scope);
        let (is_up, scope) = (watch::Sender::new(None), scope.clone());
        Self { shared: Arc::new(Shared { identity, address, answerer, scope, is_up }) }
    }

    /// Begins; it goes on until the scope stops.
    pub fn start(&self) {
        for number in 0..STORE {
            let shared = Arc::clone(&self.shared);
            self.shared.scope.spawn("dial", async move { shared.keep_one(number == 0).await });
        }
    }
}

impl Shared {
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
                        Ok(stream) => self.answerer.answer(stream),
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
                path: format!("/api/v1/machines/{}/dial", self.identity.id()),
                body: Bytes::new(),
                bearer: None,
                host: self.address.name(),
                epoch: None,
            };
            let stream = question.open(stream, DIAL).await.map_err(DialerError::Refused)?;
            let accepting = TlsAcceptor::from(self.identity.tls()).accept(stream);
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
