//! Connections by address, so that one client does not take every place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Connections at once from one address. A whole office may come from one.
const PER_ADDRESS_MAX: usize = 2_048;

/// Who is connected. Cheap to clone; all clones are the same list.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    connected: Arc<Mutex<HashMap<IpAddr, usize>>>,
    /// Many clients come from these.
    proxies: Arc<[IpAddr]>,
}

/// A connection's place, free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    addresses: Addresses,
    /// `None` for whoever is not counted.
    network: Option<IpAddr>,
}

impl Addresses {
    pub(super) fn new(proxies: &[IpAddr]) -> Self {
        Self { connected: Arc::default(), proxies: proxies.into() }
    }

    /// A place for one more connection, if there is one. Programs on this machine and known proxies
    /// always have one.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let network = if address.is_loopback() || self.proxies.contains(&address) {
            None
        } else {
            Some(network(address))
        };
        if let Some(network) = network {
            let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
            let count = connected.entry(network).or_default();
            if *count >= PER_ADDRESS_MAX {
                return None;
            }
            *count += 1;
        }
        Some(Place { addresses: self.clone(), network })
    }
}

/// What one client has of addresses: one, or a whole network of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(it) => Ipv6Addr::from_bits(it.to_bits() >> 64 << 64).into(),
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let connected = &self.addresses.connected;
        let mut connected = connected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = connected.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                connected.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_does_not_take_every_place_and_a_proxy_is_no_client() {
        let proxy: IpAddr = "192.0.2.1".parse().unwrap();
        let addresses = Addresses::new(&[proxy]);
        let many = |text: &str| -> Vec<Option<Place>> {
            let address = text.parse().unwrap();
            (0..=PER_ADDRESS_MAX).map(|_| addresses.enter(address)).collect()
        };
        let (client, neighbour) = (many("2001:db8::1"), "2001:db8::2".parse().unwrap());
        assert!(client[PER_ADDRESS_MAX - 1].is_some() && client[PER_ADDRESS_MAX].is_none());
        assert!(addresses.enter(neighbour).is_none(), "the same network");
        assert!(many("127.0.0.1").iter().all(Option::is_some));
        assert!(many("::ffff:192.0.2.1").iter().all(Option::is_some));
        drop(client);
        assert!(addresses.enter(neighbour).is_some());
        assert_eq!(addresses.connected.lock().unwrap().len(), 0);
    }
}
