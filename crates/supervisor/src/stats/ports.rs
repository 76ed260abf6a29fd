//! Listening TCP ports, and the processes behind them.

use super::listeners::{Listener, listeners};
use super::stat;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// One TCP port on which somebody listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListeningPort {
    pub port: u16,
    /// The address it is bound to; 0.0.0.0 and :: are any. Of several, the first that is any, IPv4
    /// before IPv6.
    pub address: IpAddr,
    /// `None` when the owner is this process, or cannot be seen.
    pub pid: Option<u32>,
    /// The owner's name, `unknown` without one.
    pub process: String,
}

/// Every listening TCP port of this network namespace, lowest first. Costs little when nobody
/// listens; otherwise a look at the descriptors of every process.
pub fn listening_ports() -> Vec<ListeningPort> {
    let sockets = listeners();
    if sockets.is_empty() {
        return Vec::new();
    }
    let owners = owners(&sockets);
    let mut ports: BTreeMap<u16, ListeningPort> = BTreeMap::new();
    for socket in sockets {
        let owner = owners.get(&socket.inode);
        let found = ListeningPort {
            port: socket.port,
            address: socket.address,
            pid: owner.map(|it| it.0),
            process: owner.map_or_else(|| "unknown".to_owned(), |it| it.1.clone()),
        };
        let better = ports.get(&socket.port).is_none_or(|known| {
            (found.pid.is_some(), found.address.is_unspecified())
                > (known.pid.is_some(), known.address.is_unspecified())
        });
        if better {
            ports.insert(socket.port, found);
        }
    }
    ports.into_values().collect()
}

/// Who holds the sockets, by inode. A socket that several processes hold belongs to the oldest.
fn owners(sockets: &[Listener]) -> HashMap<u64, (u32, String)> {
    let mut owners = HashMap::new();
    for process in stat::processes() {
        let Ok(fds) = std::fs::read_dir(format!("/proc/{}/fd", process.pid)) else { continue };
        for target in fds.flatten().filter_map(|fd| std::fs::read_link(fd.path()).ok()) {
            let inode = target
                .to_str()
                .and_then(|it| it.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
            if let Some(inode) = inode
                && process.pid != std::process::id()
                && sockets.iter().any(|it| it.inode == inode)
            {
                owners.entry(inode).or_insert_with(|| (process.pid, process.name.clone()));
            }
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn a_port_that_opens_is_seen() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let found = listening_ports().into_iter().find(|it| it.port == port).unwrap();
        assert_eq!(found.address, IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
}
