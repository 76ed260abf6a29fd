//! A byte stream to the server that a URL names, with TLS or without.

use anyhow::{Context, bail};
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What requests and frames travel on.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin + std::fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + std::fmt::Debug> Io for T {}

/// A stream, whatever is below it.
pub(crate) type Stream = Box<dyn Io>;

/// Where a server is, and how it is talked to.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Host and port as the URL has them: what the server is called.
    pub(crate) authority: String,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
}

impl Place {
    /// Reads a URL. `authorities` is a file of certificates that are trusted besides the system's.
    pub(crate) fn new(url: &str, authorities: Option<&Path>) -> anyhow::Result<Self> {
        let uri: http::Uri = url.parse().with_context(|| format!("`{url}` is not a URL"))?;
        let (port, secure) = match uri.scheme_str() {
            Some("http") => (80, false),
            Some("https") => (443, true),
            _ => bail!("`{url}` must begin with http:// or https://"),
        };
        let authority = uri.authority().with_context(|| format!("`{url}` names no host"))?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if !matches!(uri.path(), "" | "/") {
            bail!("`{url}` must be a server's address alone, without a path");
        }
        let tls = if secure { Some(Arc::new(gateway::trust(authorities)?)) } else { None };
        let port = authority.port_u16().unwrap_or(port);
        Ok(Self { authority: authority.to_string(), host, port, tls })
    }

    /// What it was made from.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }

    /// Whether the server is this machine, so that nobody on the way could listen.
    pub(crate) fn is_local(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|it| it.is_loopback())
    }

    /// Whether what is said can be read on the way.
    pub(crate) fn is_open(&self) -> bool {
        self.tls.is_none() && !self.is_local()
    }

    /// Connects.
    pub(crate) async fn connect(&self) -> anyhow::Result<Stream> {
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .with_context(|| format!("the server at {} cannot be reached", self.authority))?;
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(self.host.clone())
            .with_context(|| format!("`{}` is no name that a certificate can have", self.host))?;
        match TlsConnector::from(Arc::clone(tls)).connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(self.refused(&error)),
        }
    }

    /// What to do about a connection that TLS refused.
    fn refused(&self, error: &std::io::Error) -> anyhow::Error {
        use rustls::Error;
        let it = &self.authority;
        let cause = error.get_ref().and_then(|it| it.downcast_ref::<Error>());
        match cause {
            Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => anyhow::anyhow!(
                "the certificate of {it} is from nobody this machine trusts; if it is your own, name \
                 the certificate of its authority with --ca-file FILE"
            ),
            Some(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => anyhow::anyhow!(
                "the certificate of {it} is for other names than `{}`; use the name it is for",
                self.host
            ),
            Some(Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            )) => anyhow::anyhow!("the certificate of {it} has expired; its server must renew it"),
            // rustls has no variant of its own for this one, which is what `openssl req -x509` makes.
            Some(Error::InvalidCertificate(CertificateError::Other(other)))
                if other.to_string().contains("CaUsedAsEndEntity") =>
            {
                anyhow::anyhow!(
                    "the certificate of {it} is that of an authority (CA:TRUE) and cannot be a \
                     server's as well; make the server's with `basicConstraints=CA:FALSE`"
                )
            }
            Some(Error::InvalidMessage(_)) => {
                anyhow::anyhow!("{it} does not speak TLS; is it meant to be http://{it}?")
            }
            _ => anyhow::anyhow!("no secure connection to {it}: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_host_port_and_whether_it_is_secure() {
        let place = |url| Place::new(url, None).map(|it| (it.authority, it.host, it.port));
        let owned = |a: &str, b: &str, port| (a.to_owned(), b.to_owned(), port);
        assert_eq!(place("http://a.example/").unwrap(), owned("a.example", "a.example", 80));
        assert_eq!(place("http://[::1]:7832").unwrap(), owned("[::1]:7832", "::1", 7832));
        for url in ["/x", "ftp://a", "a.example:80", "http://a/path", "http://"] {
            assert!(place(url).is_err(), "{url}");
        }
    }

    #[test]
    fn what_leaves_the_machine_without_tls_is_open() {
        let is_open = |url| Place::new(url, None).unwrap().is_open();
        assert!(!is_open("http://localhost:1") && !is_open("http://[::1]"));
        assert!(is_open("http://10.0.0.1"));
    }
}
