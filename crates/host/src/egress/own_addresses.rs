//! The addresses of this machine's interfaces, read from `/proc/net`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses now; what cannot be read is left out.
pub(crate) fn read() -> Vec<IpAddr> {
    let v4 = std::fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let v6 = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    parse_v4(&v4).map(IpAddr::V4).chain(parse_v6(&v6).map(IpAddr::V6)).collect()
}

/// In the routing table a local address is a line `|-- 192.0.2.2` followed by `/32 host LOCAL`.
fn parse_v4(text: &str) -> impl Iterator<Item = Ipv4Addr> {
    text.lines().zip(text.lines().skip(1)).filter_map(|(line, next)| {
        let local = next.trim() == "/32 host LOCAL";
        local.then(|| line.trim().strip_prefix("|-- ")?.parse().ok()).flatten()
    })
}

/// One interface address a line, as 32 hexadecimal digits in the first column.
fn parse_v6(text: &str) -> impl Iterator<Item = Ipv6Addr> {
    text.lines().filter_map(|line| {
        let digits = line.split_whitespace().next()?;
        u128::from_str_radix(digits, 16).ok().map(Ipv6Addr::from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_addresses_are_found_among_routes() {
        let trie = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.1\n        /32 host LOCAL\n     \
                    |-- 127.255.255.255\n        /32 link BROADCAST\n     |-- 192.0.2.2\n        \
                    /32 host LOCAL\n     |-- 192.0.2.0\n        /24 link UNICAST\n";
        assert_eq!(
            parse_v4(trie).collect::<Vec<_>>(),
            [Ipv4Addr::LOCALHOST, Ipv4Addr::new(192, 0, 2, 2)]
        );
        let table = "00000000000000000000000000000001 01 80 10 80       lo\n";
        assert_eq!(parse_v6(table).collect::<Vec<_>>(), [Ipv6Addr::LOCALHOST]);
    }

    #[test]
    fn this_machine_has_a_loopback_address() {
        assert!(read().contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }
}
