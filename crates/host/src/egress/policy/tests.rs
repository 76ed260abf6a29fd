//! Addresses near and far, patterns, and tricks with them.

use super::*;

fn egress(mode: EgressMode, allow: &[&str]) -> Egress {
    Egress { mode, allow: allow.iter().map(|it| it.parse().unwrap()).collect() }
}

fn judge(egress: &Egress, host: &str, port: u16, address: &str) -> Result<(), Refusal> {
    let own = [IpAddr::from([192, 0, 2, 2])];
    egress.judge(host, port, ip(address), &own)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn the_public_internet_is_open_and_everything_nearer_is_closed() {
    let public = egress(EgressMode::Public, &[]);
    for address in ["1.1.1.1", "203.0.113.80", "198.51.100.1", "2606:4700::1111", "172.32.0.1"] {
        assert_eq!(judge(&public, "name.example", 443, address), Ok(()), "{address}");
    }
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.8.9.1",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.2",
        "192.168.1.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:192.0.2.2",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2001::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ] {
        let verdict = judge(&public, "name.example", 443, address);
        assert!(matches!(verdict, Err(Refusal::NotPublic(_))), "{address}: {verdict:?}");
    }
}

#[test]
fn off_is_off() {
    let off = egress(EgressMode::Off, &["registry.example"]);
    assert_eq!(judge(&off, "registry.example", 443, "1.1.1.1"), Err(Refusal::Off));
}

#[test]
fn a_list_permits_what_it_names() {
    let list = egress(EgressMode::AllowList, &["registry.example:443", "*.pypi.example"]);
    assert_eq!(judge(&list, "registry.example", 443, "1.1.1.1"), Ok(()));
    assert_eq!(judge(&list, "REGISTRY.example.", 443, "10.0.0.1"), Ok(()));
    assert_eq!(judge(&list, "registry.example", 80, "1.1.1.1"), Err(Refusal::NotListed));
    assert_eq!(judge(&list, "files.pypi.example", 80, "1.1.1.1"), Ok(()));
    assert_eq!(judge(&list, "files.pypi.example", 80, "10.0.0.1"), Ok(()));
    assert_eq!(judge(&list, "pypi.example", 80, "1.1.1.1"), Err(Refusal::NotListed));
    assert_eq!(judge(&list, "evilpypi.example", 80, "1.1.1.1"), Err(Refusal::NotListed));
}

#[test]
fn a_wildcard_never_leads_to_this_machine() {
    for mode in [EgressMode::Public, EgressMode::AllowList] {
        let list = egress(mode, &["*.example.org"]);
        for address in ["127.0.0.1", "169.254.169.254", "192.0.2.2", "::1", "::ffff:127.0.0.1"] {
            let verdict = judge(&list, "a.example.org", 80, address);
            assert!(matches!(verdict, Err(Refusal::NotPublic(_))), "{mode:?} {address}");
        }
    }
}

#[test]
fn an_operator_may_name_a_loopback_server() {
    let public = egress(EgressMode::Public, &["127.0.0.1:8080", "localhost:9000"]);
    assert_eq!(judge(&public, "127.0.0.1", 8080, "127.0.0.1"), Ok(()));
    assert_eq!(judge(&public, "localhost", 9000, "127.0.0.1"), Ok(()));
    assert!(judge(&public, "127.0.0.1", 7832, "127.0.0.1").is_err());
    assert!(judge(&public, "localhost", 7832, "127.0.0.1").is_err());
}

#[test]
fn patterns_survive_the_round_trip_and_nonsense_is_refused() {
    for text in
        ["a.example", "*.a.example", "a:80", "127.0.0.1", "10.0.0.1:5432", "[::1]:80", "::1"]
    {
        assert_eq!(text.parse::<HostPattern>().unwrap().to_string(), text);
    }
    for text in ["", "*", "*.", "a..b", "a:0", "a:70000", "a:b", "http://a", "a/b", "*.*.a", "a b"]
    {
        assert!(text.parse::<HostPattern>().is_err(), "{text:?}");
    }
}

#[test]
fn a_pattern_is_refused_or_is_what_it_prints() {
    let pieces = [
        "*", ".", "a", "example", "-", "_", ":", "443", "0", "65536", "[", "]", "::1", "10.0.0.1",
        " ", "/", "@", "é", "%",
    ];
    let mut accepted = 0;
    for seed in 0..20_000 {
        let text = stdx::noise::Noise::new(seed).text(&pieces, 5);
        let Ok(pattern) = text.parse::<HostPattern>() else { continue };
        assert_eq!(pattern.to_string().parse(), Ok(pattern), "{text:?}");
        assert!(!text.contains(['/', '@', ' ', '%']), "{text:?}");
        accepted += 1;
    }
    assert!(100 < accepted);
}

#[test]
fn no_name_makes_a_near_address_public() {
    let public = egress(EgressMode::Public, &["allowed.example:443"]);
    let pieces = ["allowed.example", ".", "localhost", "127.0.0.1", "[::1]", "x", "@", ":", "443"];
    for seed in 0..5_000 {
        let host = stdx::noise::Noise::new(seed).text(&pieces, 4);
        if host.trim_end_matches('.').eq_ignore_ascii_case("allowed.example") {
            continue;
        }
        for address in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1"] {
            assert!(judge(&public, &host, 443, address).is_err(), "{host:?} {address}");
        }
    }
}
