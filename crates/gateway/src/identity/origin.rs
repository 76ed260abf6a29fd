//! Which of the gateway's names a request came to, and whether a page may speak for it.
//!
//! Only names that this gateway answers to are served, so that a foreign name that is pointed at
//! this machine (DNS rebinding) reaches nothing: `localhost`, addresses, the host of the public
//! URL, and labels below the preview domain.

use crate::config::Config;
use http::HeaderMap;
use http::header::ORIGIN;
use protocol::id::ShareId;
use protocol::preview::PreviewHost;
use protocol::share;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What stands for the first label in a preview origin.
pub(crate) const LABEL: &str = "{label}";

/// Where a request wants to go, by its host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The gateway's own pages and API.
    App(OwnOrigin),
    /// An app in a workspace.
    Preview(PreviewHost, OwnOrigin),
    /// The app that a share shows.
    Share(ShareId, OwnOrigin),
    /// A name that is not ours.
    Foreign,
}

/// What lives on an origin below the preview domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Neighbour {
    Preview(PreviewHost),
    Share(ShareId),
}

impl Neighbour {
    fn parse(label: &str) -> Option<Self> {
        let share = share::parse_label(label).map(Self::Share);
        share.or_else(|| PreviewHost::parse_label(label).map(Self::Preview))
    }
}

/// The origin by which a client reaches this gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnOrigin {
    /// Behind TLS, as far as the browser can tell.
    pub(crate) secure: bool,
    /// Host name or address, lower case, brackets around IPv6.
    pub(crate) host: String,
    /// As in the `Host` header; `None` is the scheme's default.
    pub(crate) port: Option<u16>,
}

impl OwnOrigin {
    /// The origin for a link: by name where it was asked for by a loopback address, because
    /// previews live beside the name only.
    pub(crate) fn named(&self) -> String {
        match address(&self.host) {
            Some(it) if it.is_loopback() => {
                Self { host: "localhost".to_owned(), ..self.clone() }.text()
            }
            Some(_) | None => self.text(),
        }
    }

    /// `scheme://host[:port]`, as browsers write it in `Origin`.
    pub(crate) fn text(&self) -> String {
        self.with_host(&self.host)
    }

    fn with_host(&self, host: &str) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        match self.odd_port() {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }

    /// The port where it is not the one that the scheme names.
    pub(crate) fn odd_port(&self) -> Option<u16> {
        self.port.filter(|it| *it != self.default_port())
    }

    const fn default_port(&self) -> u16 {
        if self.secure { 443 } else { 80 }
    }

    /// Whether the headers name this origin as theirs. Without `Origin` they do not.
    pub(crate) fn is_named_by(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(ORIGIN).iter();
        let first = values.next().and_then(|it| it.to_str().ok());
        values.next().is_none() && first.is_some_and(|it| it.eq_ignore_ascii_case(&self.text()))
    }

    /// Reached by an address and not by a name.
    pub(crate) fn is_address(&self) -> bool {
        address(&self.host).is_some()
    }

    /// Whether the host leads elsewhere on other machines or is no name at all.
    pub(crate) fn is_local(&self) -> bool {
        self.is_address() || self.host == "localhost" || self.host.ends_with(".localhost")
    }

    /// Whether a browser on the same machine as the gateway is asking, by the name it uses.
    fn is_loopback(&self) -> bool {
        self.host == "localhost" || address(&self.host).is_some_and(|it| it.is_loopback())
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// The connection came by TLS that ended here.
    pub(crate) by_tls: bool,
}

impl From<IpAddr> for Peer {
    fn from(address: IpAddr) -> Self {
        Self { address, by_tls: false }
    }
}

/// The gateway's names.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    public: Option<OwnOrigin>,
    preview_domain: String,
    trusted_proxies: Vec<IpAddr>,
}

impl Names {
    /// `None` when the public URL is no `http://` or `https://` origin.
    pub(crate) fn new(config: &Config) -> Option<Self> {
        let public = match config.public_url.as_deref() {
            Some(url) => Some(parse_origin(url)?),
            None => None,
        };
        Some(Self {
            public,
            preview_domain: config.preview_domain.trim_matches('.').to_ascii_lowercase(),
            trusted_proxies: config.trusted_proxies.clone(),
        })
    }

    /// Judges the `Host` of a request that came from `peer`.
    pub(crate) fn destination(
        &self,
        host: &str,
        headers: &HeaderMap,
        peer: impl Into<Peer>,
    ) -> Destination {
        let peer = peer.into();
        let Some((host, port)) = split_host(host) else { return Destination::Foreign };
        let secure = self.is_secure(&host, headers, peer);
        let origin = OwnOrigin { secure, host, port };
        if let Some(label) = self.label(&origin.host) {
            return match Neighbour::parse(label) {
                Some(Neighbour::Preview(preview)) => Destination::Preview(preview, origin),
                Some(Neighbour::Share(share)) => Destination::Share(share, origin),
                None => Destination::Foreign,
            };
        }
        let is_public = self.public.as_ref().is_some_and(|it| it.host == origin.host);
        if is_public || origin.host == "localhost" || address(&origin.host).is_some() {
            Destination::App(origin)
        } else {
            Destination::Foreign
        }
    }

    /// The app whose page an `Origin` names; `None` for any other page.
    pub(crate) fn neighbour(&self, origin: &str) -> Option<Neighbour> {
        let (host, _) = split_host(origin.split_once("://")?.1)?;
        Neighbour::parse(self.label(&host)?)
    }

    /// The first label, when the host is one below the preview domain.
    fn label<'a>(&self, host: &'a str) -> Option<&'a str> {
        host.strip_suffix(self.preview_domain.as_str())?.strip_suffix('.')
    }

    fn is_secure(&self, host: &str, headers: &HeaderMap, peer: Peer) -> bool {
        if self.trusts(peer.address)
            && let Some(scheme) = headers.get("x-forwarded-proto").and_then(|it| it.to_str().ok())
        {
            return scheme.eq_ignore_ascii_case("https");
        }
        // A proxy in front that says nothing is believed to be what the public URL says.
        peer.by_tls
            || self.public.as_ref().is_some_and(|public| {
                public.secure && (public.host == host || self.label(host).is_some())
            })
    }

    fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.contains(&peer.to_canonical())
    }

    /// The address a request comes from: of the last hop that is no trusted proxy.
    pub(crate) fn client(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let mut client = peer.to_canonical();
        let hops: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|it| it.to_str().ok())
            .flat_map(|it| it.split(','))
            .map(str::trim)
            .collect();
        for hop in hops.into_iter().rev() {
            if !self.trusts(client) {
                break;
            }
            let Ok(address) = hop.parse::<IpAddr>() else { break };
            client = address.to_canonical();
        }
        client
    }

    /// Where previews live for a client at `origin`, with [`LABEL`] for the first label. `None`
    /// when no name below the preview domain leads the client here: previews are then served below
    /// a path, in an opaque origin.
    pub(crate) fn preview_origin(&self, origin: &OwnOrigin) -> Option<String> {
        let local_only =
            self.preview_domain == "localhost" || self.preview_domain.ends_with(".localhost");
        if local_only && !origin.is_loopback() {
            return None;
        }
        let base = match &self.public {
            Some(public) if !local_only => public,
            _ => origin,
        };
        Some(base.with_host(&format!("{LABEL}.{}", self.preview_domain)))
    }

    /// Where links for other people lead, that were asked for at `origin`.
    pub(crate) fn home(&self, origin: &OwnOrigin) -> String {
        self.public.as_ref().map_or_else(|| origin.named(), OwnOrigin::text)
    }

    /// Where links for people lead, for a gateway that listens on `port` of `address`.
    pub(crate) fn link_origin(&self, address: IpAddr, port: u16) -> String {
        if let Some(public) = &self.public {
            return public.text();
        }
        let host = match address {
            it if it.is_loopback() || it.is_unspecified() => "localhost".to_owned(),
            IpAddr::V4(it) => it.to_string(),
            IpAddr::V6(it) => format!("[{it}]"),
        };
        OwnOrigin { secure: false, host, port: Some(port) }.text()
    }
}

/// The address that a host name is, if it is one; IPv6 in brackets.
fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// Splits a `Host` header; the name comes back in lower case, without a final dot.
fn split_host(text: &str) -> Option<(String, Option<u16>)> {
    let after_address = text.rfind(']').map_or(0, |it| it + 1);
    let (host, port) = match text[after_address..].rfind(':') {
        Some(colon) => {
            let colon = after_address + colon;
            let digits = &text[colon + 1..];
            let plain = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
            (&text[..colon], Some(plain.then(|| digits.parse().ok()).flatten()?))
        }
        None => (text, None),
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_name = !host.is_empty()
        && host.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.'));
    (is_name || address(&host).is_some()).then_some((host, port))
}

/// Reads `http://host[:port]` with or without a final slash.
fn parse_origin(url: &str) -> Option<OwnOrigin> {
    let (secure, rest) = match url.split_once("://")? {
        ("https", rest) => (true, rest),
        ("http", rest) => (false, rest),
        _ => return None,
    };
    let (host, port) = split_host(rest.strip_suffix('/').unwrap_or(rest))?;
    Some(OwnOrigin { secure, host, port })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use protocol::WorkspaceId;

    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

    fn names(public_url: Option<&str>, preview_domain: &str) -> Names {
        let config = Config {
            public_url: public_url.map(str::to_owned),
            preview_domain: preview_domain.to_owned(),
            trusted_proxies: vec!["192.0.2.1".parse().unwrap()],
            ..Config::default()
        };
        Names::new(&config).unwrap()
    }

    fn app(names: &Names, host: &str) -> Option<String> {
        match names.destination(host, &HeaderMap::new(), PEER) {
            Destination::App(origin) => Some(origin.text()),
            Destination::Preview(..) | Destination::Share(..) | Destination::Foreign => None,
        }
    }

    #[test]
    fn only_own_names_are_served() {
        let names = names(Some("https://Stead.Example.org/"), "localhost");
        for (host, origin) in [
            ("localhost:7832", "http://localhost:7832"),
            ("LOCALHOST", "http://localhost"),
            ("127.0.0.1:80", "http://127.0.0.1"),
            ("[::1]:7832", "http://[::1]:7832"),
            ("192.168.1.4:7832", "http://192.168.1.4:7832"),
            ("stead.example.org", "https://stead.example.org"),
            ("stead.example.org.:443", "https://stead.example.org"),
        ] {
            assert_eq!(app(&names, host).as_deref(), Some(origin), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "a b",
            "x@localhost",
            "localhost:99999",
            "www.localhost",
            "[::1",
            "127.1",
            "localhost:",
            ":80",
        ] {
            let destination = names.destination(host, &HeaderMap::new(), PEER);
            assert_eq!(destination, Destination::Foreign, "{host}");
        }
    }

    #[test]
    fn an_origin_tells_whose_app_it_is() {
        let (workspace, share) = (WorkspaceId::from_random(7), ShareId::from_random(8));
        let names = names(None, "localhost");
        let origin = format!("http://5173--{}.localhost:7832", workspace.body());
        let preview = PreviewHost { workspace, port: Some(5173) };
        assert_eq!(names.neighbour(&origin), Some(Neighbour::Preview(preview)));
        let host = format!("{}.localhost:7832", share::label(&share));
        let origin = format!("http://{host}");
        assert_eq!(names.neighbour(&origin), Some(Neighbour::Share(share.clone())));
        let destination = names.destination(&host, &HeaderMap::new(), PEER);
        assert!(matches!(destination, Destination::Share(it, _) if it == share));
        for origin in ["null", "http://localhost:7832", "http://evil.example", "http://x.localhost"]
        {
            assert_eq!(names.neighbour(origin), None, "{origin}");
        }
    }

    #[test]
    fn labels_below_the_preview_domain_are_previews() {
        let workspace = WorkspaceId::from_random(7);
        let names = names(None, "localhost");
        let host = format!("5173--{}.localhost:7832", workspace.body());
        match names.destination(&host, &HeaderMap::new(), PEER) {
            Destination::Preview(preview, _) => {
                assert_eq!(preview, PreviewHost { workspace, port: Some(5173) });
            }
            Destination::App(_) | Destination::Share(..) | Destination::Foreign => {
                panic!("{host} is a preview")
            }
        }
    }

    #[test]
    fn preview_origins_follow_the_name_the_client_uses() {
        let origin = |host: &str, port| OwnOrigin { secure: false, host: host.into(), port };
        let local = names(None, "localhost");
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(
                local.preview_origin(&origin(host, Some(7832))).as_deref(),
                Some("http://{label}.localhost:7832")
            );
        }
        assert_eq!(local.preview_origin(&origin("192.168.1.4", Some(7832))), None);
        let public = names(Some("https://stead.example.org:8443"), "preview.example.org");
        assert_eq!(
            public.preview_origin(&origin("stead.example.org", None)).as_deref(),
            Some("https://{label}.preview.example.org:8443")
        );
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let names = names(None, "localhost");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        headers.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.9, 198.51.100.2"));
        let proxy: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(names.client(&headers, proxy).to_string(), "198.51.100.2");
        assert_eq!(names.client(&headers, PEER), PEER);
        let secure = |peer| match names.destination("localhost", &headers, peer) {
            Destination::App(origin) => origin.secure,
            Destination::Preview(..) | Destination::Share(..) | Destination::Foreign => {
                panic!("localhost is ours")
            }
        };
        assert!(secure(proxy) && !secure(PEER));
    }

    #[test]
    fn an_origin_must_be_named_exactly_and_once() {
        let own = OwnOrigin { secure: false, host: "localhost".into(), port: Some(7832) };
        let check = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ORIGIN, HeaderValue::from_str(value).unwrap());
            }
            own.is_named_by(&headers)
        };
        assert!(check(&["http://localhost:7832"]));
        for values in [
            &[][..],
            &["null"],
            &["http://localhost"],
            &["https://localhost:7832"],
            &["http://x.localhost:7832"],
            &["http://localhost:7832", "http://localhost:7832"],
        ] {
            assert!(!check(values), "{values:?}");
        }
    }

    #[test]
    fn a_hostile_host_is_ours_only_when_it_is_one_of_our_names() {
        let names = names(Some("https://stead.example.org"), "preview.example.org");
        let body = WorkspaceId::from_random(7).body().to_owned();
        let pieces = [
            "localhost",
            "127.0.0.1",
            "[::1]",
            ".",
            ":",
            "80",
            "@",
            "/",
            "\\",
            "#",
            " ",
            "%2e",
            "stead.example.org",
            "preview.example.org",
            "evil.example",
            "5173--",
            &body,
            "é",
            "\t",
        ];
        for seed in 0..20_000 {
            let text = stdx::noise::Noise::new(seed).text(&pieces, 5);
            match names.destination(&text, &HeaderMap::new(), PEER) {
                Destination::Foreign => {}
                Destination::Share(_, origin) => {
                    assert!(origin.host.ends_with(".preview.example.org"), "{text:?}");
                }
                Destination::App(origin) => {
                    let known = ["localhost", "stead.example.org"].contains(&origin.host.as_str());
                    assert!(known || address(&origin.host).is_some(), "{text:?}");
                }
                Destination::Preview(preview, origin) => {
                    let host = format!("{}.preview.example.org", preview.label());
                    assert_eq!(origin.host, host, "{text:?}");
                }
            }
        }
    }
}
