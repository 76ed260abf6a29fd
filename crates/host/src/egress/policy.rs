//! Which outbound connections a workspace may make. Pure: names and addresses in, a verdict out.
//!
//! An address is judged after the name was resolved, and it is the judged address that is connected
//! to: a name that resolves to something else a moment later gains nothing.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// What programs of a workspace may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Egress {
    pub mode: EgressMode,
    /// Permitted beyond the mode; the only thing permitted with [`EgressMode::AllowList`].
    pub allow: Vec<HostPattern>,
}

/// The three modes of the outbound proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EgressMode {
    /// Nothing, whatever the list says.
    Off,
    /// Every public address of the internet, and the list.
    #[default]
    Public,
    /// The list only.
    AllowList,
}

impl EgressMode {
    /// The word for it in configuration and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Public => "public",
            Self::AllowList => "allow-list",
        }
    }
}

/// `host`, `*.host`, `host:port`, `*.host:port`, and the same with an address for the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    host: Rule,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// This name, in lower case.
    Name(String),
    /// Every name below this one, not itself.
    Below(String),
    Address(IpAddr),
}

/// The text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `host`, `*.host`, `host:port` or `*.host:port`")]
pub struct InvalidPattern(String);

impl FromStr for HostPattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let invalid = || InvalidPattern(text.to_owned());
        if let Ok(address) = text.parse() {
            return Ok(Self { host: Rule::Address(address), port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(parse_port(port).ok_or_else(invalid)?)),
            None => (text, None),
        };
        let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = bare.parse() {
            return Ok(Self { host: Rule::Address(address), port });
        }
        let host = host.to_ascii_lowercase();
        let rule = match host.strip_prefix("*.") {
            Some(rest) if is_name(rest) => Rule::Below(rest.to_owned()),
            None if is_name(&host) => Rule::Name(host),
            Some(_) | None => return Err(invalid()),
        };
        Ok(Self { host: rule, port })
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.host, self.port) {
            (Rule::Name(name), _) => write!(f, "{name}")?,
            (Rule::Below(name), _) => write!(f, "*.{name}")?,
            (Rule::Address(IpAddr::V6(address)), Some(_)) => write!(f, "[{address}]")?,
            (Rule::Address(address), _) => write!(f, "{address}")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

fn parse_port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port != 0)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
        })
}

/// Why an address may not be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The mode is `off`.
    Off,
    /// The mode is `allow-list` and no pattern matches.
    NotListed,
    /// The address is none of the public internet, for this reason.
    NotPublic(&'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("outbound network is off"),
            Self::NotListed => f.write_str("it is not on the allow-list"),
            Self::NotPublic(kind) => write!(f, "it leads to {kind}"),
        }
    }
}

impl Egress {
    /// Judges a name before it is resolved, so that a refused name is not asked for.
    pub fn judge_name(&self, host: &str, port: u16) -> Result<(), Refusal> {
        match self.mode {
            EgressMode::Off => Err(Refusal::Off),
            EgressMode::Public => Ok(()),
            EgressMode::AllowList if self.allow.iter().any(|it| it.names(host, port)) => Ok(()),
            EgressMode::AllowList => Err(Refusal::NotListed),
        }
    }

    /// Judges the address that `host` resolved to. `own` are the addresses of this machine.
    pub fn judge(
        &self,
        host: &str,
        port: u16,
        address: IpAddr,
        own: &[IpAddr],
    ) -> Result<(), Refusal> {
        self.judge_name(host, port)?;
        let address = canonical(address);
        let special = not_public(address, own);
        if self.allow.iter().any(|it| it.permits(host, port, address, own)) {
            return Ok(());
        }
        match (self.mode, special) {
            (EgressMode::Public, None) => Ok(()),
            (_, Some(kind)) => Err(Refusal::NotPublic(kind)),
            (_, None) => Err(Refusal::NotListed),
        }
    }
}

impl HostPattern {
    /// Whether the pattern is about this name (or address written as a name) and port.
    fn names(&self, host: &str, port: u16) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let host_matches = match &self.host {
            Rule::Name(name) => *name == host,
            Rule::Below(parent) => {
                host.strip_suffix(parent.as_str()).is_some_and(|rest| rest.ends_with('.'))
            }
            Rule::Address(address) => {
                host.parse().is_ok_and(|it: IpAddr| canonical(it) == canonical(*address))
            }
        };
        host_matches && self.port.is_none_or(|it| it == port)
    }

    /// Whether the pattern permits `address` for this name. Whoever may name a host below a
    /// wildcard must not reach this machine or its metadata service by it.
    fn permits(&self, host: &str, port: u16, address: IpAddr, own: &[IpAddr]) -> bool {
        let port_matches = self.port.is_none_or(|it| it == port);
        match &self.host {
            Rule::Address(listed) => port_matches && canonical(*listed) == address,
            Rule::Name(_) => self.names(host, port),
            Rule::Below(_) => self.names(host, port) && !is_this_machine(address, own),
        }
    }
}

/// The IPv4 address that an IPv6 address stands for, or the address itself.
fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let segments = v6.segments();
    let tail = Ipv4Addr::from((u32::from(segments[6]) << 16) | u32::from(segments[7]));
    match segments {
        // Mapped, and NAT64's well-known prefix.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => IpAddr::V4(tail),
        // Compatible, but for `::` and `::1`.
        [0, 0, 0, 0, 0, 0, high, low] if 1 < (u32::from(high) << 16 | u32::from(low)) => {
            IpAddr::V4(tail)
        }
        // 6to4.
        [0x2002, high, low, ..] => {
            IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        _ => address,
    }
}

/// Loopback, link-local (with it the metadata services) or an address of one of our interfaces.
fn is_this_machine(address: IpAddr, own: &[IpAddr]) -> bool {
    own.contains(&address)
        || match address {
            IpAddr::V4(it) => it.is_loopback() || it.is_link_local() || it.octets()[0] == 0,
            IpAddr::V6(it) => it.is_loopback() || it.is_unspecified() || is_link_local_v6(it),
        }
}

fn is_link_local_v6(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xffc0 == 0xfe80
}

/// What makes an address none of the public internet. Ranges for documentation are not special:
/// they reach nothing, or what the operator's network put there.
pub fn not_public(address: IpAddr, own: &[IpAddr]) -> Option<&'static str> {
    let address = canonical(address);
    if own.contains(&address) {
        return Some("this machine");
    }
    match address {
        IpAddr::V4(it) => not_public_v4(it),
        IpAddr::V6(it) => not_public_v6(it),
    }
}

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    match () {
        () if a == 0 => Some("an unspecified address"),
        () if address.is_loopback() => Some("a loopback address"),
        // The second is Azure's platform, which looks public.
        () if matches!(address.octets(), [169, 254, 169, 254] | [168, 63, 129, 16]) => {
            Some("a metadata service")
        }
        () if a == 198 && b & 0xfe == 18 => Some("an address for measurements"),
        () if address.is_link_local() => Some("a link-local address"),
        () if address.is_private() => Some("a private address"),
        () if a == 100 && b & 0xc0 == 64 => Some("a carrier's private address"),
        () if [a, b, c] == [192, 0, 0] => Some("an address for protocol assignments"),
        () if address.is_multicast() => Some("a multicast address"),
        () if 240 <= a => Some("a reserved address"),
        () => None,
    }
}

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    let segments = address.segments();
    match () {
        () if address.is_unspecified() => Some("an unspecified address"),
        () if address.is_loopback() => Some("a loopback address"),
        () if is_link_local_v6(address) => Some("a link-local address"),
        () if segments[0] & 0xffc0 == 0xfec0 => Some("a site-local address"),
        () if segments[0] & 0xfe00 == 0xfc00 => Some("a private address"),
        () if segments[0] & 0xff00 == 0xff00 => Some("a multicast address"),
        () if segments[..3] == [0x64, 0xff9b, 1] => Some("a translated private address"),
        () if segments[..2] == [0x2001, 0] => Some("a tunnelled address"),
        () => None,
    }
}

#[cfg(test)]
mod tests;
