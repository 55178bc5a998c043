//! The addresses of nodes and pods. Upstream leaves them to the machines and to the network plugin; a pod's is what
//! `host-local` gives (`containernetworking/plugins`): the first one of its node's range that is free. The range follows
//! from the node's address.

use crate::api::{EcoString, Node, Pod, sort};
use crate::cluster::World;
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
        NodeNumbers { taken: world.nodes().filter_map(|node| number_of(&address(node)?)).collect(), next: 2 }
    }

    /// Gives a node that is new an address, or leaves it the one that it states; one that is known keeps its own.
    pub fn give(&mut self, node: &mut Node, known: Option<&Node>) {
        if address(node).is_some() {
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
    let host = address(node).unwrap_or_else(|| "192.168.7.1".into());
    pod.status.host_ip = host.clone();
    if pod.spec.host_network {
        pod.status.pod_ip = host;
        return;
    }
    let number = number_of(&host).unwrap_or_default();
    let prefix = format!("{}.{}.{}.", PODS.0, (usize::from(PODS.1) + number / 256) % 256, number % 256);
    let others = world.pods_on(&node.metadata.name).filter(|other| !other.is_finished());
    let last = |pod: &Pod| pod.status.pod_ip.strip_prefix(prefix.as_str())?.parse::<u8>().ok();
    let taken: BTreeSet<u8> = sort::set(others.filter_map(|pod| last(pod)));
    // The first is the bridge's.
    if let Some(free) = (2..255).find(|number| !taken.contains(number)) {
        pod.status.pod_ip = ecow::eco_format!("{prefix}{free}");
    }
}

/// The address that a node states.
fn address(node: &Node) -> Option<EcoString> {
    let addresses = node.status.rest.get("addresses").and_then(Value::as_array)?;
    let internal = addresses.iter().find(|address| address["type"] == "InternalIP")?;
    internal["address"].as_str().map(EcoString::from)
}

/// The number in a node's address.
fn number_of(address: &str) -> Option<usize> {
    let mut parts = address.rsplit('.').map(|part| part.parse::<usize>().ok());
    let (last, third) = (parts.next()??, parts.next()??);
    Some((third + 256 - FIRST) % 256 * 256 + last)
}
