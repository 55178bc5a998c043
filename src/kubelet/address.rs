//! The addresses of nodes and pods. Upstream leaves them to the machines and to the network plugin; a pod's is what
//! `host-local` gives (`containernetworking/plugins`): the first one of its node's range that is free. The range is
//! the node's `spec.podCIDR`, or one that nobody has ([`PodRanges`]).

use crate::api::{EcoString, Node, Pod, sort};
use crate::cluster::{Map, World};
use core::net::Ipv4Addr;
use core::ops::Range;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The first two parts of the addresses of nodes and of pods: node `192.168.7.3` has pods `10.244.3.2`, `10.244.3.3` …
const NODES: (u8, u8) = (192, 168);
const PODS: (u8, u8) = (10, 244);
/// The range of all pods, from which nodes get theirs: its first address, and how many blocks of 256 addresses are in it
/// (`--cluster-cidr=10.128.0.0/9`, so that thousands of nodes find room; `--node-cidr-mask-size=24`).
const CLUSTER: (u32, u32) = (0x0a80_0000, 1 << 15);
/// The third part of the first node's address.
const FIRST: usize = 7;

/// Numbers for nodes, each given once.
#[derive(Debug, Default)]
pub struct NodeNumbers {
    /// Those that are taken, and the one from which the next is sought. Only a node without an address needs to know,
    /// and a large list, which comes in many parts, is looked over once.
    known: Option<(BTreeSet<usize>, usize)>,
}

impl NodeNumbers {
    /// Gives a node that comes into a cluster an address, or leaves it the one that it states; one that is known keeps
    /// its own.
    pub fn give(&mut self, world: &World, node: &mut Node, known: Option<&Node>) {
        if let Some(address) = node.internal_ip() {
            if let Some((taken, _)) = &mut self.known {
                taken.extend(number_of(address));
            }
            return;
        }
        let kept = known.and_then(|known| known.status.rest.get("addresses")).cloned();
        let addresses = kept.unwrap_or_else(|| {
            let number = self.next(world);
            let (third, last) = ((FIRST + number / 256) % 256, number % 256);
            json!([
                { "type": "InternalIP", "address": format!("{}.{}.{third}.{last}", NODES.0, NODES.1) },
                { "type": "Hostname", "address": node.metadata.name.as_str() },
            ])
        });
        node.status.rest.set("addresses", addresses);
    }

    /// The next one that is free.
    fn next(&mut self, world: &World) -> usize {
        let (taken, next) = self.known.get_or_insert_with(|| {
            let stated = world.nodes().filter_map(|node| number_of(node.internal_ip()?));
            (sort::set(stated), 2)
        });
        while !taken.insert(*next) {
            *next += 1;
        }
        *next
    }
}

/// The ranges of the nodes' pods. Upstream: `pkg/controller/nodeipam/ipam/{range_allocator,cidrset/cidr_set}.go`.
///
/// What a node states is occupied; a node that states nothing gets a block that is free. Upstream starts where it left
/// off; here the block is the one with the number of the node's address, or the next free one, so that addresses of
/// pods tell their node. Upstream also writes it to the node's `spec`. The clusters whose answers were recorded run
/// without that (`--allocate-node-cidrs=false`), and so nodes keep what they state.
#[derive(Clone, Debug, Default)]
pub(super) struct PodRanges {
    of: Map<EcoString, (u32, u32)>,
    /// How many nodes have addresses in a block.
    taken: Map<u32, u32>,
    /// From where the last search began on, these blocks are all taken: thousands of nodes whose addresses tell no number
    /// all seek from the same one.
    full: Range<u32>,
}

impl PodRanges {
    /// Takes note of a node that comes, changes or goes.
    pub fn observe(&mut self, before: Option<&Node>, after: Option<&Node>) {
        let stated = |node: Option<&Node>| node.and_then(stated);
        if before.is_some() == after.is_some() && stated(before) == stated(after) {
            return;
        }
        let Some(name) = before.or(after).map(|node| &node.metadata.name) else { return };
        if let Some(range) = self.of.remove(name) {
            for block in blocks(range) {
                let count = self.taken.get(&block).map_or(0, |count| count - 1);
                if count == 0 {
                    // A block is free again.
                    self.full = 0..0;
                    self.taken.remove(&block)
                } else {
                    self.taken.insert(block, count)
                };
            }
        }
        if let Some(range) = stated(after) {
            self.occupy(name, range);
        }
    }

    /// The range of a node: that which it states, or got before, or gets now. None where all are taken.
    fn of(&mut self, node: &Node) -> Option<(u32, u32)> {
        let name = &node.metadata.name;
        if let Some(range) = self.of.get(name) {
            return Some(*range);
        }
        let number = node.internal_ip().and_then(number_of).unwrap_or_default();
        let first = (u32::from_be_bytes([PODS.0, PODS.1, 0, 0]) - CLUSTER.0) / 256 + number as u32;
        let from = if first == self.full.start { self.full.end } else { first };
        let end = first + CLUSTER.1;
        let free = (from..end).find(|block| !self.taken.contains_key(&(block % CLUSTER.1))).unwrap_or(end);
        // One that finds its own block free has learnt nothing.
        if free > first {
            self.full = first..free;
        }
        if free == end {
            return None;
        }
        let range = (CLUSTER.0 + free % CLUSTER.1 * 256, 256);
        self.occupy(name, range);
        Some(range)
    }

    fn occupy(&mut self, name: &EcoString, range: (u32, u32)) {
        self.of.insert(name.clone(), range);
        for block in blocks(range) {
            *self.taken.get_or_insert_with(&block, || 0) += 1;
        }
    }

    /// Gives a pod its node's address and its own.
    pub fn give(&mut self, world: &World, pod: &mut Pod) {
        let Some(node) = pod.node().and_then(|node| world.node(node)) else { return };
        let host = EcoString::from(node.internal_ip().unwrap_or("192.168.7.1"));
        pod.status.host_ip = host.clone();
        if pod.spec.host_network {
            pod.status.pod_ip = host;
            return;
        }
        let Some((network, size)) = self.of(node) else { return };
        let others = world.pods_on(&node.metadata.name).filter(|other| !other.is_finished());
        let place = |pod: &Pod| u32::from(pod.status.pod_ip.parse::<Ipv4Addr>().ok()?).checked_sub(network);
        let taken: BTreeSet<u32> = sort::set(others.filter_map(|pod| place(pod)));
        // The first is the bridge's, the last is for all.
        if let Some(free) = (2..size - 1).find(|number| !taken.contains(number)) {
            pod.status.pod_ip = ecow::eco_format!("{}", Ipv4Addr::from(network + free));
        }
    }
}

/// The range of IPv4 that a node states.
fn stated(node: &Node) -> Option<(u32, u32)> {
    node.spec.rest.get("podCIDR").and_then(Value::as_str).and_then(range_of)
}

/// The blocks of the cluster's range in which a range has addresses.
fn blocks((network, size): (u32, u32)) -> Range<u32> {
    let end = network.saturating_add(size - 1);
    let last = CLUSTER.0 + (CLUSTER.1 * 256 - 1);
    if end < CLUSTER.0 || network > last {
        return 0..0;
    }
    (network.max(CLUSTER.0) - CLUSTER.0) / 256..(end.min(last) - CLUSTER.0) / 256 + 1
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
    use crate::cluster::given::{add, node, stored};
    use std::rc::Rc;

    fn add_node(world: &mut World, ranges: &mut PodRanges, name: &str, address: &str, block: Option<&str>) {
        let addresses = json!([{ "type": "InternalIP", "address": address }]);
        let spec = block.map(|block| json!({ "podCIDR": block })).unwrap_or_else(|| json!({}));
        let node = node(name, json!({ "spec": spec, "status": { "addresses": addresses } }));
        let stored = stored(world, Write::Create(node));
        ranges.observe(None, stored.as_node().map(|node| &**node));
    }

    /// The addresses that so many new pods of a node get.
    fn addresses(world: &mut World, ranges: &mut PodRanges, node: &str, count: usize) -> Vec<String> {
        let give_one = |number: usize| {
            let pod = json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": { "name": format!("{node}{number}") },
                "spec": { "nodeName": node, "containers": [{ "name": "c", "image": "c" }] },
            });
            let Object::Pod(mut pod) = add(world, pod) else { return String::new() };
            ranges.give(world, Rc::make_mut(&mut pod));
            let address = pod.status.pod_ip.to_string();
            world.write(Write::UpdateStatus(Object::Pod(pod)), Time::EPOCH).expect("accepted");
            address
        };
        (0..count).map(give_one).collect()
    }

    #[test]
    fn the_nodes_are_looked_over_once_for_a_whole_list() {
        let (mut world, mut numbers) = (World::new(1, Time::EPOCH), NodeNumbers::default());
        let mut address = |world: &World, stated: Option<&str>| {
            let mut node = Node::default();
            if let Some(stated) = stated {
                let addresses = json!([{ "type": "InternalIP", "address": stated }]);
                node.status.rest.set("addresses", addresses);
            }
            numbers.give(world, &mut node, None);
            node.internal_ip().map(str::to_owned)
        };
        add_node(&mut world, &mut PodRanges::default(), "a", "192.168.7.2", None);
        assert_eq!(address(&world, None).as_deref(), Some("192.168.7.3"));
        assert_eq!(address(&world, Some("192.168.7.4")).as_deref(), Some("192.168.7.4"));
        // What came otherwise is not looked for again.
        add_node(&mut world, &mut PodRanges::default(), "b", "192.168.7.5", None);
        assert_eq!(address(&world, None).as_deref(), Some("192.168.7.5"));
    }

    #[test]
    fn a_pod_gets_the_first_free_address_of_its_node() {
        for (block, expected) in [
            (None, vec!["10.244.3.2", "10.244.3.3"]),
            (Some("10.20.30.0/24"), vec!["10.20.30.2", "10.20.30.3"]),
            (Some("10.20.30.64/30"), vec!["10.20.30.66", ""]),
            (Some("fd00::/64"), vec!["10.244.3.2"]),
        ] {
            let (mut world, mut ranges) = (World::new(1, Time::EPOCH), PodRanges::default());
            add_node(&mut world, &mut ranges, "n", "192.168.7.3", block);
            assert_eq!(addresses(&mut world, &mut ranges, "n", expected.len()), expected, "{block:?}");
        }
    }

    /// `AllocateOrOccupyCIDR` in `pkg/controller/nodeipam/ipam/range_allocator.go`, `Occupy` and `AllocateNext` in
    /// `cidrset/cidr_set.go`.
    #[test]
    fn a_node_that_states_no_range_gets_one_that_nobody_has() {
        for (others, expected) in [
            (vec![], "10.244.3.2"),
            // The same number in two networks of machines.
            (vec![("10.0.7.3", None)], "10.244.4.2"),
            (vec![("10.0.7.9", Some("10.244.3.0/24"))], "10.244.4.2"),
            (vec![("10.0.7.9", Some("10.244.3.128/30"))], "10.244.4.2"),
            (vec![("10.0.7.9", Some("10.244.0.0/22"))], "10.244.4.2"),
            (vec![("10.0.7.9", Some("10.244.3.0/24")), ("10.0.7.4", None)], "10.244.5.2"),
            (vec![("10.0.7.9", Some("10.244.0.0/14"))], "10.248.0.2"),
            // Outside of the cluster's range.
            (vec![("10.0.7.9", Some("10.20.3.0/24"))], "10.244.3.2"),
            (vec![("10.0.7.9", Some("10.0.0.0/8"))], ""),
        ] {
            let (mut world, mut ranges) = (World::new(1, Time::EPOCH), PodRanges::default());
            for (number, (address, block)) in others.iter().enumerate() {
                let name = format!("other{number}");
                add_node(&mut world, &mut ranges, &name, address, *block);
                addresses(&mut world, &mut ranges, &name, 1);
            }
            add_node(&mut world, &mut ranges, "n", "192.168.7.3", None);
            assert_eq!(addresses(&mut world, &mut ranges, "n", 1), [expected], "{others:?}");
        }
    }

    #[test]
    fn the_range_of_a_node_that_goes_is_free_again() {
        let (mut world, mut ranges) = (World::new(1, Time::EPOCH), PodRanges::default());
        for (name, address) in [("first", "10.244.3.2"), ("second", "10.244.4.2"), ("third", "10.244.5.2")] {
            add_node(&mut world, &mut ranges, name, "10.0.7.3", None);
            assert_eq!(addresses(&mut world, &mut ranges, name, 1), [address]);
        }
        let gone = world.drop_object(&crate::api::ObjectKey::node("first")).expect("it was there");
        ranges.observe(gone.before.as_ref().and_then(Object::as_node).map(|node| &**node), None);
        for (name, address) in [("n", "10.244.3.2"), ("another", "10.244.6.2")] {
            add_node(&mut world, &mut ranges, name, "192.168.7.3", None);
            assert_eq!(addresses(&mut world, &mut ranges, name, 1), [address]);
        }
    }
}
