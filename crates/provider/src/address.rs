//! Where another machine answers, and the way there.

use crate::seam::BoxedStream;
use async_trait::async_trait;
use http::Uri;
use rustix::net::sockopt;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// How long a connection may be silent before the other side is asked whether it is there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
/// Between two such questions, and how many are not answered before the connection is over. With
/// the above, a network that is cut is noticed within half a minute.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_COUNT: u32 = 3;
/// How long what was sent may stay unacknowledged, in milliseconds.
const UNACKNOWLEDGED_MS_MAX: u32 = 30_000;

/// Opens connections to one other machine. By its address for one that can be reached; a machine
/// that dials out itself can be behind this as well.
#[async_trait]
pub trait Dial: Send + Sync + 'static {
    /// A fresh connection, on which HTTP/1.1 is spoken.
    async fn dial(&self) -> io::Result<BoxedStream>;

    /// What the machine is called, in `Host` and in logs.
    fn name(&self) -> &str;
}

/// The address of a machine that can be reached.
#[derive(Clone, Debug)]
pub struct Address {
    /// As the URL has it: `host[:port]`.
    authority: String,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
}

/// Why a URL is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not `http://host[:port]` or `https://host[:port]`.
    #[error("must be http://HOST or https://HOST, with a port or without, and no path")]
    Malformed,
    /// The URL asks for TLS, and nothing says whom to trust.
    #[error("https:// needs certificates to trust")]
    NoTrust,
}

impl Address {
    /// Reads a URL. `tls` says whom to trust where the URL begins with `https://`.
    pub fn parse(url: &str, tls: Option<&Arc<ClientConfig>>) -> Result<Self, AddressError> {
        let uri: Uri = url.trim().parse().map_err(|_| AddressError::Malformed)?;
        let (secure, port) = match uri.scheme_str() {
            Some("http") => (false, 80),
            Some("https") => (true, 443),
            _ => return Err(AddressError::Malformed),
        };
        let authority = uri.authority().ok_or(AddressError::Malformed)?;
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if !is_bare || host.is_empty() || authority.as_str().contains('@') {
            return Err(AddressError::Malformed);
        }
        let tls = match (secure, tls) {
            (true, Some(tls)) => Some(Arc::clone(tls)),
            (true, None) => return Err(AddressError::NoTrust),
            (false, _) => None,
        };
        let port = authority.port_u16().unwrap_or(port);
        Ok(Self { authority: authority.to_string(), host, port, tls })
    }

    /// Whether what is said can be read on the way: without TLS, and not on this machine.
    pub fn is_open(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        let is_local = self.host == "localhost" || address.is_ok_and(|it| it.is_loopback());
        self.tls.is_none() && !is_local
    }
}

#[async_trait]
impl Dial for Address {
    async fn dial(&self) -> io::Result<BoxedStream> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        keep_alive(&stream)?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?;
        Ok(Box::new(stream))
    }

    fn name(&self) -> &str {
        &self.authority
    }
}

/// Sends at once, and notices when the other side is gone.
pub fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, KEEPALIVE_IDLE)?;
    sockopt::set_tcp_keepintvl(stream, KEEPALIVE_INTERVAL)?;
    sockopt::set_tcp_keepcnt(stream, KEEPALIVE_COUNT)?;
    Ok(sockopt::set_tcp_user_timeout(stream, UNACKNOWLEDGED_MS_MAX)?)
}

/// The stream on which a listener speaks HTTP: as it is, or within TLS if that comes about within
/// `limit`.
pub async fn secure(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    limit: Duration,
) -> Option<BoxedStream> {
    let Some(tls) = tls else { return Some(Box::new(stream)) };
    match timeout(limit, tls.accept(stream)).await {
        Ok(Ok(stream)) => Some(Box::new(stream)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "no TLS came about");
            None
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_host_and_port_and_nothing_else() {
        let parse = |url| Address::parse(url, None).map(|it| (it.host, it.port));
        assert_eq!(parse("http://runtime:8090"), Ok(("runtime".to_owned(), 8090)));
        assert_eq!(parse(" http://[::1]/ "), Ok(("::1".to_owned(), 80)));
        assert_eq!(parse("https://a.example").unwrap_err(), AddressError::NoTrust);
        for url in
            ["", "runtime:8090", "ftp://a", "http://", "http://a/b", "http://u:p@a", "http://a?b"]
        {
            assert_eq!(parse(url).unwrap_err(), AddressError::Malformed, "{url}");
        }
    }

    #[test]
    fn what_leaves_the_machine_without_tls_is_open() {
        let is_open = |url| Address::parse(url, None).unwrap().is_open();
        assert!(!is_open("http://localhost:1") && !is_open("http://127.0.0.1"));
        assert!(is_open("http://10.0.0.1"));
    }
}
