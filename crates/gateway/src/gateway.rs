//! A gateway from its configuration to its end.

use crate::app::App;
use crate::audit::{self, Check, Collector, Trail, Writer};
use crate::break_glass;
use crate::config::Config;
use crate::database::{Database, DatabaseError, OpenError};
use crate::environment::Environments;
use crate::identity::origin::Names;
use crate::identity::{self, Identity};
use crate::kernels::Kernels;
use crate::limit::Limit;
use crate::live::Live;
use crate::machines::{Fleet, Machines};
use crate::metrics::Metrics;
use crate::moves::Moves;
use crate::oidc::Oidc;
use crate::password::Passwords;
use crate::people::{People, enter};
use crate::preview::Previews;
use crate::registry::Registry;
use crate::shares::{Shares, watch_expiry};
use crate::traces::{Exporter, Traces};
use crate::trust::TrustError;
use crate::vault::{Vault, VaultError};
use crate::{moves, peers, server, workspaces};
use protocol::WorkspaceId;
use provider::Provider;
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::sync::{Arc, Mutex};
use stdx::TaskScope;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

/// A gateway with its ports bound and its database ready. Nothing runs before [`Self::run`].
pub struct Gateway {
    app: Arc<App>,
    writer: Writer,
    /// The last change that another gateway told before this one remembered anything.
    told: u64,
    /// Kernels that are talked to.
    contacts: mpsc::Receiver<WorkspaceId>,
    exporter: Option<Exporter>,
    listeners: Vec<(TcpListener, Option<TlsAcceptor>)>,
    addresses: Vec<SocketAddr>,
}

/// Why a gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The public URL is not `http://host[:port]` or `https://host[:port]`.
    #[error("the public URL must be http:// or https:// and a host, without a path")]
    PublicUrl,
    /// The address for traces is none.
    #[error("the address for traces {0}")]
    Traces(String),
    /// Nothing to listen on.
    #[error("no address to listen on was given")]
    NoAddress,
    /// A port is taken, or the address is not of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A listener that was handed over is none.
    #[error("a socket that the service manager handed over cannot be used")]
    Handed(#[source] io::Error),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The key of the secrets is missing or wrong.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The certificates by which an OpenID provider is known cannot be read.
    #[error("an OpenID provider cannot be asked")]
    Trust(#[from] TrustError),
}

/// The database did not take a link or a token; nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer: {0}")]
pub struct LinkError(String);

impl From<DatabaseError> for LinkError {
    fn from(error: DatabaseError) -> Self {
        Self(error.to_string())
    }
}

impl Gateway {
    /// Binds the ports and brings the database up to date. Everything the gateway does later
    /// belongs to `scope`; stopping the scope stops the gateway.
    pub async fn bind(
        config: Config,
        provider: Arc<dyn Provider>,
        scope: &TaskScope,
    ) -> Result<Self, StartError> {
        let names = Names::new(&config).ok_or(StartError::PublicUrl)?;
        let (traces, exporter) = Traces::open(config.traces.as_ref())
            .map_err(|it| StartError::Traces(it.to_string()))?;
        let (addresses, listeners) = listen(&config.listen, &config.handed).await?;
        let mut listeners: Vec<_> = listeners.into_iter().map(|it| (it, None)).collect();
        if let Some(tls) = &config.tls {
            let acceptor = TlsAcceptor::from(Arc::clone(&tls.server));
            let (addresses, more) = listen(&tls.listen, &tls.handed).await?;
            tracing::info!(?addresses, "TLS is spoken");
            listeners.extend(more.into_iter().map(|it| (it, Some(acceptor.clone()))));
        }
        let oidc = Oidc::new(&config.oidc, home(&names, &addresses))?;
        let database = Database::open(&config.database_url).await?;
        let told = database.last_change().await.map_err(OpenError::from)?;
        // Before anything is begun in this gateway's name.
        database.beat(config.machine_url.as_deref()).await.map_err(OpenError::from)?;
        let (trail, writer) = Trail::open(&database).await?;
        let vault = Arc::new(Vault::open(&database, config.secret_key.clone()).await?);
        let environments = Environments::new(&database, &vault);
        let machines = Machines::open(&database, &vault, &config).await?;
        let machines = Arc::new(machines);
        let moves = Moves::new(Arc::clone(&provider));
        let own = (provider, config.takes_new_workspaces);
        let provider: Arc<dyn Provider> = Arc::new(Fleet::new(own, &machines, &database, scope));
        let (kernels, contacts) = Kernels::new(Arc::clone(&provider), environments.clone(), scope);
        let app = App {
            trail,
            check: Check::default(),
            names,
            identity: Identity::new(database.clone()),
            kernels,
            previews: Previews::open((&database, &vault), &provider, scope).await?,
            shares: Shares::open(&database, &vault).await?,
            passwords: Passwords::default(),
            oidc,
            registry: Registry::open(&config, (&database, &vault), scope).await?,
            people: People::open(&database, &vault).await?,
            moves,
            machines,
            environments,
            vault,
            database,
            provider,
            live: Live::default(),
            limit: Limit::default(),
            metrics: Metrics::default(),
            traces,
            scope: scope.clone(),
            opened: Mutex::new(HashMap::new()),
            config,
        };
        Ok(Self { app: Arc::new(app), writer, told, contacts, exporter, listeners, addresses })
    }

    /// Where the gateway listens, with the ports that were chosen.
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The link that makes whoever opens it the owner; `None` once the owner has been here, or
    /// when the database does not answer. A new call makes a new link, and the earlier one stops
    /// working.
    pub async fn first_link(&self) -> Option<String> {
        match enter::first_link(&self.app.database, &self.origin()).await {
            Ok(link) => link,
            Err(error) => {
                tracing::error!(%error, "the first link could not be made");
                None
            }
        }
    }

    /// A single-use link that signs the owner in, good for ten minutes.
    pub async fn new_link(&self) -> Result<String, LinkError> {
        Ok(enter::owner_link(&self.app, &self.origin()).await?)
    }

    /// The token with which the command line speaks for the owner. `existing` is what the token
    /// file holds now; it comes back when it is still good, else a new token takes its place.
    pub async fn cli_token(&self, existing: Option<&str>) -> Result<String, LinkError> {
        Ok(enter::cli_token(&self.app.database, existing).await?)
    }

    /// Where people reach the gateway: `http://localhost:7832`, or the public URL.
    pub fn origin(&self) -> String {
        home(&self.app.names, &self.addresses)
    }

    /// Serves until the scope stops, then drains.
    pub async fn run(self) {
        let app = self.app;
        let recovering = Arc::clone(&app);
        app.scope
            .spawn("recovery", async move { workspaces::clear_interrupted(&recovering).await });
        moves::take_over(&app).await;
        app.scope.spawn("share expiry", watch_expiry(Arc::clone(&app)));
        app.scope.spawn("login expiry", identity::watch_expiry(Arc::clone(&app)));
        app.scope.spawn("break-glass", break_glass::watch(Arc::clone(&app)));
        app.scope.spawn("peers", peers::follow(Arc::clone(&app), self.told));
        app.scope.spawn("deaths", watch_deaths(Arc::clone(&app)));
        audit::head::look(&app).await;
        app.scope.spawn("audit", self.writer.run());
        if let Some(exporter) = self.exporter {
            app.scope.spawn("traces", exporter.run(app.scope.clone()));
        }
        app.scope.spawn("audit head", audit::head::keep(Arc::clone(&app)));
        let collector = Collector::new(&app.database, &app.kernels, &app.scope);
        app.scope.spawn("collector", collector.run(Arc::clone(&app.provider), self.contacts));
        tracing::info!(addresses = ?self.addresses, "the gateway listens");
        server::run(&app, self.listeners, &app.scope).await;
        app.trail.finish().await;
        audit::head::keep_last(&app).await;
        if let Err(error) = app.database.leave().await {
            tracing::debug!(%error, "other gateways notice later that this one is gone");
        }
        app.database.close().await;
    }
}

/// Where links for people lead.
fn home(names: &Names, addresses: &[SocketAddr]) -> String {
    let first = addresses.first().expect("`bind` refuses to listen nowhere");
    names.link_origin(first.ip(), first.port())
}

/// Binds every address. With port 0 the later ones take the port that the first one got, so that
/// one URL leads to all; an IPv6 address that this machine does not have is left out. Listeners that
/// were handed over are used in the place of all that.
async fn listen(
    wanted: &[SocketAddr],
    handed: &[Arc<StdTcpListener>],
) -> Result<(Vec<SocketAddr>, Vec<TcpListener>), StartError> {
    let (mut addresses, mut listeners) = (Vec::<SocketAddr>::new(), Vec::new());
    for listener in handed {
        listeners.push(
            TcpListener::from_std(listener.try_clone().map_err(StartError::Handed)?)
                .map_err(StartError::Handed)?,
        );
        addresses.push(listener.local_addr().map_err(StartError::Handed)?);
    }
    if !handed.is_empty() {
        return Ok((addresses, listeners));
    }
    for address in wanted {
        let mut address = *address;
        if let (0, Some(first)) = (address.port(), addresses.first()) {
            address.set_port(first.port());
        }
        let bound = TcpListener::bind(address).await;
        match bound.and_then(|it| Ok((it.local_addr()?, it))) {
            Ok((local, listener)) => {
                addresses.push(local);
                listeners.push(listener);
            }
            Err(error) if is_missing(&error) && address.is_ipv6() && !addresses.is_empty() => {
                tracing::info!(%address, %error, "this machine does not have this address");
            }
            Err(source) => return Err(StartError::Listen { address, source }),
        }
    }
    if addresses.is_empty() { Err(StartError::NoAddress) } else { Ok((addresses, listeners)) }
}

/// Whether the machine lacks the address, or the family of addresses.
fn is_missing(error: &io::Error) -> bool {
    /// `EAFNOSUPPORT` of Linux, which has no `ErrorKind` of its own.
    const NO_SUCH_FAMILY: i32 = 97;
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(NO_SUCH_FAMILY)
}

/// Closes what is left of connections to kernels that are gone.
async fn watch_deaths(app: Arc<App>) {
    let mut deaths = app.provider.deaths();
    loop {
        let death = tokio::select! {
            () = app.scope.stopping() => return,
            death = deaths.recv() => death,
        };
        match death {
            Ok(workspace) => {
                tracing::warn!(workspace.id = %workspace, "a kernel ended unexpectedly");
                app.kernels.forget(&workspace);
            }
            Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "deaths were not heard of"),
            Err(RecvError::Closed) => return,
        }
    }
}
