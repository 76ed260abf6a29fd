//! What a gateway is told when it starts. Read and checked by the `cli` crate.

use crate::oidc::OidcProvider;
use crate::traces::TraceExport;
use crate::vault::SecretKey;
use rustls::ServerConfig;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Port of a gateway that was told nothing else.
pub const DEFAULT_PORT: u16 = 7832;

/// Everything a gateway needs to know. A plain value; nothing has happened yet.
#[derive(Clone, Debug)]
pub struct Config {
    /// Addresses to listen on; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Listeners that were open before this process, in the place of `listen` if there are any.
    /// They stay open for as long as the process lives.
    pub handed: Vec<Arc<TcpListener>>,
    /// Addresses where TLS is spoken, besides.
    pub tls: Option<Tls>,
    /// `https://stead.example.org`: how people reach this gateway, when that is not by an address
    /// of this machine or `localhost`. Scheme, host and port; no path.
    pub public_url: Option<String>,
    /// Previews live on labels below this name. `localhost` needs no DNS.
    pub preview_domain: String,
    /// `sqlite:///path/stead.db` or `postgres://…`.
    pub database_url: String,
    /// File beside the database that says how far the audit log reaches; none is kept without.
    pub audit_head: Option<PathBuf>,
    /// The key of what is secret in the database.
    pub secret_key: SecretKey,
    /// Reverse proxies in front of this gateway whose `X-Forwarded-For` and `X-Forwarded-Proto`
    /// are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How long browsers that came by TLS come by TLS only.
    pub hsts_max_age: Duration,
    /// OpenID providers that people sign in with.
    pub oidc: Vec<OidcProvider>,
    /// How long open requests may take to finish when the gateway stops.
    pub shutdown_grace: Duration,
    /// Where local workers leave their records, in `pods` below it; none are known without.
    pub worker_records: Option<PathBuf>,
    /// Where traces are sent; nothing is traced without.
    pub traces: Option<TraceExport>,
    /// Whether new workspaces may be made at the gateway's own provider; else they are made on
    /// machines that joined, and nowhere else.
    pub takes_new_workspaces: bool,
    /// How machines that joined reach this one of several gateways; they are not told without.
    pub machine_url: Option<String>,
    /// How long certificates of machines that joined are good. They are exchanged while the
    /// machines run.
    pub machine_certificates: Duration,
    /// Version of Stead, as shown to people.
    pub version: String,
}

/// Listeners with a certificate of this gateway's own.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Addresses; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// As in [`Config::handed`].
    pub handed: Vec<Arc<TcpListener>>,
    /// What is shown and spoken there. Whoever made it sees to it that the certificate is fresh.
    pub server: Arc<ServerConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT))],
            handed: Vec::new(),
            tls: None,
            public_url: None,
            preview_domain: "localhost".to_owned(),
            database_url: "sqlite://stead.db".to_owned(),
            audit_head: None,
            secret_key: SecretKey::File("secret.key".into()),
            trusted_proxies: Vec::new(),
            hsts_max_age: Duration::from_secs(31_536_000),
            oidc: Vec::new(),
            shutdown_grace: Duration::from_secs(10),
            worker_records: None,
            traces: None,
            takes_new_workspaces: true,
            machine_url: None,
            machine_certificates: Duration::from_secs(30 * 24 * 60 * 60),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}
