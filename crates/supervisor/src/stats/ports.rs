//! Listening TCP ports, and the processes behind them.

use super::stat;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// State of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

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

/// Every listening TCP port of this network namespace, lowest first. Costs a look at two files when
/// nobody listens; otherwise at the descriptors of every process.
pub fn listening_ports() -> Vec<ListeningPort> {
    let mut sockets = Vec::new();
    for path in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
        // A missing tcp6 is a machine without IPv6.
        if let Ok(table) = std::fs::read_to_string(path) {
            sockets.extend(table.lines().skip(1).filter_map(parse));
        }
    }
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Socket {
    address: IpAddr,
    port: u16,
    inode: u64,
}

/// Reads one line of the table; `None` unless it is a listening socket.
fn parse(line: &str) -> Option<Socket> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (address, port) = fields.next()?.split_once(':')?;
    let mut fields = fields.skip(1);
    if fields.next()? != LISTEN {
        return None;
    }
    let inode = fields.nth(5)?.parse().ok()?;
    Some(Socket {
        address: parse_address(address)?,
        port: u16::from_str_radix(port, 16).ok()?,
        inode,
    })
}

/// Reads an address: words of 32 bits in the machine's byte order, in hexadecimal.
fn parse_address(text: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = text.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    match text.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0; 16];
            for (at, chunk) in bytes.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(at)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

/// Who holds the sockets, by inode. A socket that several processes hold belongs to the oldest.
fn owners(sockets: &[Socket]) -> HashMap<u64, (u32, String)> {
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

    #[test]
    fn a_listening_socket_is_read_and_others_are_not() {
        let line = "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0";
        let socket = parse(line).unwrap();
        assert_eq!(socket, Socket { address: Ipv4Addr::LOCALHOST.into(), port: 3000, inode: 4711 });
        assert_eq!(parse(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(parse("sl local_address"), None);
    }

    #[test]
    fn an_ipv6_address_is_read() {
        assert_eq!(
            parse_address("00000000000000000000000001000000"),
            Some(Ipv6Addr::LOCALHOST.into())
        );
        assert_eq!(parse_address("0000000"), None);
    }

    #[test]
    fn a_port_that_opens_is_seen() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let found = listening_ports().into_iter().find(|it| it.port == port).unwrap();
        assert_eq!(found.address, IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
}
