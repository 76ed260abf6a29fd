//! Which TCP sockets listen in this network namespace.
//!
//! The system is asked for listening sockets alone. The tables in `/proc` name every connection:
//! to write one it goes through a table that is sized by the machine's memory and shared by all
//! namespaces, which takes milliseconds however few connections there are.

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// `SOCK_DIAG_BY_FAMILY`: the type of questions and of answers.
const BY_FAMILY: u16 = 20;
/// `NLMSG_ERROR` and `NLMSG_DONE`.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// `NLM_F_REQUEST` and `NLM_F_DUMP`.
const ASK_FOR_ALL: u16 = 0x301;
/// `struct nlmsghdr`; messages begin at multiples of four.
const HEADER_LENGTH: u32 = 16;
const ALIGNMENT: usize = 4;
/// `struct inet_diag_req_v2`.
const QUESTION_LENGTH: u32 = HEADER_LENGTH + 56;
/// `struct inet_diag_msg`.
const ANSWER_LENGTH: usize = 72;
/// The bit of `TCP_LISTEN`.
const LISTENING: u32 = 1 << 10;
/// The system writes at most this much at once.
const BUFFER_LENGTH: usize = 32 << 10;
/// State of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// One listening socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listener {
    pub address: IpAddr,
    pub port: u16,
    pub inode: u64,
}

/// Every listening TCP socket of this network namespace, in the same order while none comes or goes.
pub fn listeners() -> Vec<Listener> {
    // A system without this way of asking looks for a module each time it is asked.
    static IS_MISSING: AtomicBool = AtomicBool::new(false);
    if !IS_MISSING.load(Ordering::Relaxed) {
        match ask() {
            Ok(found) => return found,
            Err(error) => {
                tracing::debug!(%error, "listening sockets are read from /proc");
                IS_MISSING.store(true, Ordering::Relaxed);
            }
        }
    }
    read_tables()
}

fn ask() -> io::Result<Vec<Listener>> {
    let (kind, flags) = (SocketType::RAW, SocketFlags::CLOEXEC);
    let protocol = Some(netlink::SOCK_DIAG);
    let socket = rustix::net::socket_with(AddressFamily::NETLINK, kind, flags, protocol)?;
    let mut found = Vec::new();
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        rustix::net::send(&socket, &question(family), SendFlags::empty())?;
        read_answers(&socket, &mut found)?;
    }
    Ok(found)
}

fn question(family: AddressFamily) -> [u8; QUESTION_LENGTH as usize] {
    let mut question = [0; QUESTION_LENGTH as usize];
    question[..4].copy_from_slice(&QUESTION_LENGTH.to_ne_bytes());
    question[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
    question[6..8].copy_from_slice(&ASK_FOR_ALL.to_ne_bytes());
    question[16] = family.as_raw().to_le_bytes()[0];
    question[17] = libc::IPPROTO_TCP.to_le_bytes()[0];
    question[20..24].copy_from_slice(&LISTENING.to_ne_bytes());
    question
}

/// Reads until the system has said everything; it never waits, because answers are written when
/// they are asked for.
fn read_answers(socket: &OwnedFd, found: &mut Vec<Listener>) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_LENGTH];
    loop {
        let (length, _) = rustix::net::recv(socket, &mut buffer[..], RecvFlags::DONTWAIT)?;
        let mut rest = &buffer[..length];
        while let Some((kind, body, later)) = message(rest) {
            match kind {
                DONE => return Ok(()),
                ERROR => {
                    let errno = number(body, 0).map_or(libc::EIO, |it| -it.cast_signed());
                    return Err(io::Error::from_raw_os_error(errno));
                }
                _ => found.extend(listener(body)),
            }
            rest = later;
        }
    }
}

/// The first message: its type, its body, and what comes after it.
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(number(bytes, 0)?).ok()?;
    let kind = u16::from_ne_bytes(bytes.get(4..6)?.try_into().ok()?);
    let body = bytes.get(HEADER_LENGTH as usize..length)?;
    let next = length.next_multiple_of(ALIGNMENT).min(bytes.len());
    Some((kind, body, &bytes[next..]))
}

/// Reads a `struct inet_diag_msg`.
fn listener(body: &[u8]) -> Option<Listener> {
    let body: &[u8; ANSWER_LENGTH] = body.first_chunk()?;
    let address: [u8; 16] = body[8..24].try_into().ok()?;
    let [a, b, c, d, ..] = address;
    let family = AddressFamily::from_raw(u16::from(body[0]));
    let address = if family == AddressFamily::INET {
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    } else {
        IpAddr::V6(Ipv6Addr::from(address))
    };
    let port = u16::from_be_bytes([body[4], body[5]]);
    Some(Listener { address, port, inode: number(body, 68)?.into() })
}

/// Four bytes in the machine's order.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn read_tables() -> Vec<Listener> {
    let mut found = Vec::new();
    for path in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
        // A missing tcp6 is a machine without IPv6.
        if let Ok(table) = std::fs::read_to_string(path) {
            found.extend(table.lines().skip(1).filter_map(parse));
        }
    }
    found
}

/// Reads one line of the table; `None` unless it is a listening socket.
fn parse(line: &str) -> Option<Listener> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (address, port) = fields.next()?.split_once(':')?;
    let mut fields = fields.skip(1);
    if fields.next()? != LISTEN {
        return None;
    }
    let inode = fields.nth(5)?.parse().ok()?;
    let port = u16::from_str_radix(port, 16).ok()?;
    Some(Listener { address: parse_address(address)?, port, inode })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn both_ways_to_ask_find_the_same_sockets() {
        let open: Vec<TcpListener> = ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"]
            .iter()
            .filter_map(|it| TcpListener::bind(it).ok())
            .collect();
        let own = |all: Vec<Listener>| {
            let is_own = |it: &Listener| {
                let address = std::net::SocketAddr::new(it.address, it.port);
                open.iter().any(|open| open.local_addr().unwrap() == address)
            };
            let mut own: Vec<Listener> = all.into_iter().filter(is_own).collect();
            own.sort_unstable();
            own
        };
        let asked = own(ask().unwrap());
        assert_eq!(asked.len(), open.len());
        assert_eq!(asked, own(read_tables()));
    }

    #[test]
    fn a_connection_is_no_listener() {
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = open.local_addr().unwrap();
        let _connected = std::net::TcpStream::connect(address).unwrap();
        let ours = |it: &Listener| it.port == address.port();
        assert_eq!(listeners().into_iter().filter(ours).count(), 1);
        drop(open);
        assert!(!listeners().iter().any(ours));
    }

    #[test]
    fn a_message_that_is_cut_short_is_none() {
        let mut bytes = question(AddressFamily::INET);
        assert_eq!(message(&bytes).map(|it| (it.0, it.1.len(), it.2.len())), Some((20, 56, 0)));
        assert_eq!(message(&bytes[..bytes.len() - 1]), None);
        assert_eq!(message(&bytes[..3]), None);
        bytes[0] = 3;
        assert_eq!(message(&bytes), None);
        assert_eq!(listener(&bytes[16..]), None);
    }

    #[test]
    fn a_listening_socket_is_read_and_others_are_not() {
        let line = "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0";
        let socket = parse(line).unwrap();
        let address = Ipv4Addr::LOCALHOST.into();
        assert_eq!(socket, Listener { address, port: 3000, inode: 4711 });
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
}
