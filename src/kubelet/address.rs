//! The addresses of nodes and pods. Upstream leaves them to the machines and to the network plugin; a pod's is what
//! `host-local` gives (`containernetworking/plugins`): the first one of its node's range that is free. The range is
//! the node's `spec.podCIDR`, or follows from its address.

use crate::api::{EcoString, Node, Pod, sort};
use crate::cluster::World;
use core::net::Ipv4Addr;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The first two parts of the addresses of nodes and of pods: node `192.168.7.3` has pods `10.244.3.2`, `10.244.3.3` …
const NODES: (u8, u8) = (192, 168);
const PODS: (u8, u8) = (10, 244);
/// The third part of the first node's address.
const FIRST: usize = 7;

/// Numbers for nodes, each given once.
#[derive(Debug)]
pub struct NodeNumbers {
    taken: BTreeSet<usize>,
    next: usize,
}

impl NodeNumbers {
    /// Those that are left.
    pub fn of(world: &World) -> Self {
        NodeNumbers {
            taken: world.nodes().filter_map(|node| number_of(node.internal_ip()?)).collect(),
            next: 2,
        }
    }

    /// Gives a node that is new an address, or leaves it the one that it states; one that is known keeps its own.
    pub fn give(&mut self, node: &mut Node, known: Option<&Node>) {
        if node.internal_ip().is_some() {
            return;
        }
        let kept = known.and_then(|known| known.status.rest.get("addresses")).cloned();
        let addresses = kept.unwrap_or_else(|| {
            while self.taken.contains(&self.next) {
                self.next += 1;
            }
            self.taken.insert(self.next);
            let (third, last) = ((FIRST + self.next / 256) % 256, self.next % 256);
            json!([
                { "type": "InternalIP", "address": format!("{}.{}.{third}.{last}", NODES.0, NODES.1) },
                { "type": "Hostname", "address": node.metadata.name.as_str() },
            ])
        });
        node.status.rest.set("addresses", addresses);
    }
}

/// Gives a pod its node's address and its own.
pub(super) fn give(world: &World, pod: &mut Pod) {
    let Some(node) = pod.node().and_then(|node| world.node(node)) else { return };
    let host = EcoString::from(node.internal_ip().unwrap_or("192.168.7.1"));
    pod.status.host_ip = host.clone();
    if pod.spec.host_network {
        pod.status.pod_ip = host;
        return;
    }
    let range = node.spec.rest.get("podCIDR").and_then(Value::as_str).and_then(range_of);
    let (network, size) = range.unwrap_or_else(|| {
        let number = number_of(&host).unwrap_or_default();
        let third = (usize::from(PODS.1) + number / 256) % 256;
        (u32::from_be_bytes([PODS.0, third as u8, (number % 256) as u8, 0]), 256)
    });
    let others = world.pods_on(&node.metadata.name).filter(|other| !other.is_finished());
    let place = |pod: &Pod| u32::from(pod.status.pod_ip.parse::<Ipv4Addr>().ok()?).checked_sub(network);
    let taken: BTreeSet<u32> = sort::set(others.filter_map(|pod| place(pod)));
    // The first is the bridge's, the last is for all.
    if let Some(free) = (2..size - 1).find(|number| !taken.contains(number)) {
        pod.status.pod_ip = ecow::eco_format!("{}", Ipv4Addr::from(network + free));
    }
}

/// The first address of a block of IPv4 and how many are in it; none for one that has no room for a pod.
fn range_of(block: &str) -> Option<(u32, u32)> {
    let (address, bits) = block.split_once('/')?;
    let size = 1_u32.checked_shl(32_u32.checked_sub(bits.parse().ok()?)?).filter(|size| *size >= 4)?;
    Some((u32::from(address.parse::<Ipv4Addr>().ok()?) & !(size - 1), size))
}

/// The number in a node's address.
fn number_of(address: &str) -> Option<usize> {
    let mut parts = address.rsplit('.').map(|part| part.parse::<usize>().ok());
    let (last, third) = (parts.next()??, parts.next()??);
    Some((third + 256 - FIRST) % 256 * 256 + last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Object, Time};
    use crate::cluster::Write;
    use std::rc::Rc;

    fn give_to(block: Option<&str>, count: usize) -> Vec<String> {
        let mut world = World::new(1, Time::EPOCH);
        let addresses = json!([{ "type": "InternalIP", "address": "192.168.7.3" }]);
        let node = json!({
            "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" }, "status": { "addresses": addresses },
            "spec": block.map(|block| json!({ "podCIDR": block })).unwrap_or_else(|| json!({})),
        });
        world.write(Write::Create(Object::from_json(node).expect("a node")), Time::EPOCH).expect("accepted");
        let give_one = |number: usize| {
            let pod = json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": { "name": format!("p{number}") },
                "spec": { "nodeName": "n", "containers": [{ "name": "c", "image": "c" }] },
            });
            let pod = Object::from_json(pod).expect("a pod");
            let change = world.write(Write::Create(pod), Time::EPOCH).expect("accepted").expect("a change");
            let Some(Object::Pod(mut pod)) = change.after else { return String::new() };
            give(&world, Rc::make_mut(&mut pod));
            let address = pod.status.pod_ip.to_string();
            world.write(Write::UpdateStatus(Object::Pod(pod)), Time::EPOCH).expect("accepted");
            address
        };
        (0..count).map(give_one).collect()
    }

    #[test]
    fn a_pod_gets_the_first_free_address_of_its_node() {
        for (block, addresses) in [
            (None, vec!["10.244.3.2", "10.244.3.3"]),
            (Some("10.20.30.0/24"), vec!["10.20.30.2", "10.20.30.3"]),
            (Some("10.20.30.64/30"), vec!["10.20.30.66", ""]),
            (Some("fd00::/64"), vec!["10.244.3.2"]),
        ] {
            assert_eq!(give_to(block, addresses.len()), addresses, "{block:?}");
        }
    }
}
