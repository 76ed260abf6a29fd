//! How clients find the server on a data directory: two small files that the server writes.

use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Says where the server listens.
const SERVER: &str = "server.json";
/// Holds the token of the command line; only its owner can read it.
const TOKEN: &str = "cli-token";

/// Written by `stead serve`, read by the client commands of the same version or a later one.
#[derive(Debug, Serialize, Deserialize)]
struct Server {
    url: String,
    pid: u32,
}

/// The server's address, if one runs or ran on the data directory.
pub(crate) fn url(data_dir: &Path) -> Option<String> {
    let server: Server = serde_json::from_slice(&fs::read(data_dir.join(SERVER)).ok()?).ok()?;
    Some(server.url)
}

/// The token, if a server has left one.
pub(crate) fn token(data_dir: &Path) -> Option<String> {
    let token = fs::read_to_string(data_dir.join(TOKEN)).ok()?;
    Some(token.trim().to_owned()).filter(|it| !it.is_empty())
}

/// Writes both down. The address comes last: who sees it finds the token.
pub(crate) fn remember(data_dir: &Path, address: SocketAddr, token: &str) -> io::Result<()> {
    write_private(data_dir, TOKEN, token.as_bytes())?;
    let server = Server { url: format!("http://{}", reachable(address)), pid: std::process::id() };
    write_private(data_dir, SERVER, &serde_json::to_vec(&server)?)
}

/// Takes the address back; there is no server any more.
pub(crate) fn forget(data_dir: &Path) {
    if let Err(error) = fs::remove_file(data_dir.join(SERVER)) {
        tracing::debug!(%error, "the server's address could not be removed");
    }
}

/// An address to connect to for one to listen on.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Replaces a file that only its owner may read.
fn write_private(data_dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let temporary = data_dir.join(format!("{name}.new"));
    let mut file = fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(content)?;
    fs::rename(temporary, data_dir.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn clients_find_what_the_server_wrote() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!((url(directory.path()), token(directory.path())), (None, None));
        remember(directory.path(), "0.0.0.0:80".parse().unwrap(), "stead_x").unwrap();
        assert_eq!(url(directory.path()).as_deref(), Some("http://127.0.0.1:80"));
        assert_eq!(token(directory.path()).as_deref(), Some("stead_x"));
        let mode = fs::metadata(directory.path().join(TOKEN)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        forget(directory.path());
        assert_eq!(url(directory.path()), None);
    }
}
