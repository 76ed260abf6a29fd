//! What a service manager does for a server: it holds sockets over a restart (`LISTEN_FDS`), and is
//! told when the server is ready (`NOTIFY_SOCKET`). Both protocols are systemd's; others speak them.

use anyhow::{Context, bail, ensure};
use rustix::net::sockopt::socket_acceptconn;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use supervisor::init::take_fd;

/// Number of the first descriptor that is handed over.
const FIRST: i32 = 3;
/// More are a mistake of whoever starts us.
const SOCKETS_MAX: usize = 64;

/// Listeners that were open before this process.
#[derive(Debug, Default)]
pub(crate) struct Handed {
    /// Named `http`, or not at all.
    pub(crate) plain: Vec<Arc<TcpListener>>,
    /// Named `tls`.
    pub(crate) tls: Vec<Arc<TcpListener>>,
}

/// What is spoken on a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    Http,
    Tls,
}

/// Takes the listeners that were handed to this process. Before it opens anything of its own.
pub(crate) fn take(read: impl Fn(&str) -> Option<String>) -> anyhow::Result<Handed> {
    let mut handed = Handed::default();
    for (number, speaks) in (FIRST..).zip(plan(read, std::process::id())?) {
        let socket = take_fd(number).context("the service manager hands over fewer sockets")?;
        let listens = socket_acceptconn(&socket).unwrap_or(false);
        let listener = TcpListener::from(socket);
        ensure!(
            listens && listener.local_addr().is_ok(),
            "descriptor {number} of the service manager is no socket that listens for TCP"
        );
        listener.set_nonblocking(true)?;
        let list = if speaks == Speaks::Tls { &mut handed.tls } else { &mut handed.plain };
        list.push(Arc::new(listener));
    }
    Ok(handed)
}

/// What the variables say. Those that are meant for another process say nothing.
fn plan(read: impl Fn(&str) -> Option<String>, own: u32) -> anyhow::Result<Vec<Speaks>> {
    let number = |name| read(name).and_then(|it| it.parse::<u32>().ok());
    if number("LISTEN_PID") != Some(own) {
        return Ok(Vec::new());
    }
    let count = number("LISTEN_FDS").context("LISTEN_FDS is no number")? as usize;
    ensure!(count <= SOCKETS_MAX, "LISTEN_FDS is {count}, {SOCKETS_MAX} at most");
    let Some(names) = read("LISTEN_FDNAMES") else { return Ok(vec![Speaks::Http; count]) };
    let names: Vec<&str> = names.split(':').collect();
    ensure!(names.len() == count, "LISTEN_FDNAMES and LISTEN_FDS do not say the same");
    names.into_iter().map(speaks).collect()
}

fn speaks(name: &str) -> anyhow::Result<Speaks> {
    match name {
        "http" => Ok(Speaks::Http),
        "tls" => Ok(Speaks::Tls),
        // A guess could be the one that sends passwords in the clear.
        _ => bail!(
            "a socket that was handed over is named `{name}`; FileDescriptorName= in its unit \
             must be `http` or `tls`"
        ),
    }
}

/// Tells the service manager, if there is one, such as `READY=1`.
pub(crate) fn tell(read: impl Fn(&str) -> Option<String>, what: &str) {
    let Some(address) = read("NOTIFY_SOCKET") else { return };
    let told = address_of(&address).and_then(|address| {
        UnixDatagram::unbound()?.send_to_addr(what.as_bytes(), &address).map(drop)
    });
    if let Err(error) = told {
        tracing::warn!(%error, what, "the service manager was not told");
    }
}

/// A path, or behind `@` a name in the system's memory.
fn address_of(text: &str) -> std::io::Result<SocketAddr> {
    match text.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &[(&str, &str)]) -> Result<Vec<Speaks>, String> {
        let read = |name: &str| given.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
        plan(read, 7).map_err(|it| it.to_string())
    }

    #[test]
    fn a_socket_is_plain_or_tls_by_its_name_and_nothing_is_guessed() {
        let (own, two) = (("LISTEN_PID", "7"), ("LISTEN_FDS", "2"));
        assert_eq!(of(&[]), Ok(Vec::new()));
        assert_eq!(of(&[("LISTEN_PID", "8"), two]), Ok(Vec::new()));
        assert_eq!(of(&[own, two]), Ok(vec![Speaks::Http; 2]));
        assert_eq!(
            of(&[own, two, ("LISTEN_FDNAMES", "tls:http")]),
            Ok(vec![Speaks::Tls, Speaks::Http])
        );
        let unnamed = of(&[own, two, ("LISTEN_FDNAMES", "http:stead.socket")]).unwrap_err();
        assert!(unnamed.contains("FileDescriptorName="), "{unnamed}");
        of(&[own, two, ("LISTEN_FDNAMES", "http")]).unwrap_err();
        of(&[own, ("LISTEN_FDS", "many")]).unwrap_err();
        of(&[own, ("LISTEN_FDS", "65")]).unwrap_err();
    }

    #[test]
    fn the_service_manager_is_told_by_path_and_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let name = format!("stead-test-{}", std::process::id());
        for (address, socket) in [
            (path.to_str().unwrap().to_owned(), UnixDatagram::bind(&path)),
            (
                format!("@{name}"),
                UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()),
            ),
        ] {
            let socket = socket.unwrap();
            tell(|_| Some(address.clone()), "READY=1");
            let mut text = [0; 16];
            let length = socket.recv(&mut text).unwrap();
            assert_eq!(&text[..length], b"READY=1");
        }
    }
}
