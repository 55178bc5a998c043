//! The addresses of pods. Upstream leaves them to the network plugin; this is what `host-local` gives
//! (`containernetworking/plugins`): the first one of the node's range that is free.

use crate::api::{EcoString, Node, Pod};
use crate::cluster::World;
use std::collections::BTreeSet;

/// Gives a pod its node's address and its own.
pub(super) fn give(world: &World, pod: &mut Pod) {
    let Some(node) = pod.node().and_then(|node| world.node(node)) else { return };
    let (prefix, host) = range(node);
    pod.status.host_ip = internal(node).unwrap_or_else(|| ecow::eco_format!("192.168.{host}"));
    if pod.spec.host_network {
        pod.status.pod_ip = pod.status.host_ip.clone();
        return;
    }
    let taken = world.pods_on(&node.metadata.name).filter(|other| !other.is_finished());
    let number = |pod: &Pod| pod.status.pod_ip.strip_prefix(prefix.as_str())?.parse::<u8>().ok();
    let taken: BTreeSet<u8> = taken.filter_map(|pod| number(pod)).collect();
    // The first is the bridge's.
    if let Some(free) = (2..255).find(|number| !taken.contains(number)) {
        pod.status.pod_ip = ecow::eco_format!("{prefix}{free}");
    }
}

/// The address that the node states.
fn internal(node: &Node) -> Option<EcoString> {
    let addresses = node.status.rest.get("addresses")?.as_array()?;
    let internal = addresses.iter().find(|address| address["type"] == "InternalIP")?;
    internal["address"].as_str().map(EcoString::from)
}

/// The first three parts of the addresses of a node's pods, and the last two of its own.
fn range(node: &Node) -> (String, String) {
    let range = node.spec.rest.get("podCIDR").and_then(serde_json::Value::as_str).unwrap_or("10.244.0.0/24");
    let parts: Vec<&str> = range.split('.').take(3).collect();
    let number = |at: usize| parts.get(at).and_then(|part| part.parse::<u8>().ok()).unwrap_or_default();
    let host = (usize::from(number(1)).abs_diff(244) * 256 + usize::from(number(2))) + 2;
    (format!("{}.", parts.join(".")), format!("{}.{}", 7 + host / 256, host % 256))
}
