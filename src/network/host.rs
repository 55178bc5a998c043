//! Who answers at the address of a node. Upstream: the CNI plugin `portmap` for hostPort, which the kubelet hands the
//! container's ports to; pods in the node's network listen there themselves.

use crate::api::{ContainerPort, EcoString, Node, Pod};
use crate::cluster::World;
use std::rc::Rc;

/// Who holds a port of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The pod.
    pub pod: Rc<Pod>,
    /// Its own port.
    pub port: u16,
    /// Whether it is in the node's network, and so listens on the node itself.
    pub is_in_host_network: bool,
}

/// Who holds a port of a node at this address of it. A hostPort goes before a pod that listens on the node: its rule sees
/// the packet first.
pub fn holder(world: &World, node: &Node, address: &str, port: u16, protocol: &str) -> Option<Holder> {
    let is_here = |pod: &&Rc<Pod>| {
        pod.node() == Some(&node.metadata.name) && !pod.is_finished() && !pod.status.pod_ip.is_empty()
    };
    let number = |number: i32| u16::try_from(number).unwrap_or_default();
    let is_at = |own: &&ContainerPort| {
        own.is_of(protocol) && ["", "0.0.0.0", address].contains(&own.host_ip.as_str())
    };
    let pods = || world.pods_on(&node.metadata.name).filter(is_here);
    let mapped = pods().filter(|pod| !pod.spec.host_network).find_map(|pod| {
        let own = pod.open_ports().filter(is_at).find(|own| number(own.host_port) == port)?;
        Some(Holder { pod: Rc::clone(pod), port: number(own.container_port), is_in_host_network: false })
    });
    // A pod that declares a port is surer to listen there than one that declares none at all.
    let declares = |pod: &Pod| pod.open_ports().filter(is_at).any(|own| number(own.container_port) == port);
    let may_listen = |pod: &Pod| listens(pod, port, protocol) == Some(false);
    let of_node = |is: &dyn Fn(&Pod) -> bool| {
        let pod = pods().filter(|pod| pod.spec.host_network).find(|pod| is(pod))?;
        Some(Holder { pod: Rc::clone(pod), port, is_in_host_network: true })
    };
    mapped.or_else(|| of_node(&declares)).or_else(|| of_node(&may_listen))
}

/// Whether a pod listens on a port of its own, and whether it says so: `Some(false)` for one that declares no port at all.
pub fn listens(pod: &Pod, port: u16, protocol: &str) -> Option<bool> {
    let is_it = |own: &ContainerPort| own.container_port == i32::from(port) && own.is_of(protocol);
    if pod.open_ports().any(is_it) {
        return Some(true);
    }
    pod.open_ports().next().is_none().then_some(false)
}

/// Whether its containers run, as far as they are known.
pub fn runs(pod: &Pod) -> bool {
    let statuses = &pod.status.container_statuses;
    pod.status.phase == crate::api::RUNNING
        && (statuses.is_empty() || statuses.iter().any(|status| status.state.running.is_some()))
}

/// The node that has an address.
pub fn node_at<'w>(world: &'w World, address: &str) -> Option<&'w Rc<Node>> {
    world.nodes().find(|node| {
        let addresses = node.status.rest.get("addresses").and_then(|all| all.as_array());
        let is_it = |one: &serde_json::Value| one["address"] == address && one["type"] != "Hostname";
        addresses.into_iter().flatten().any(is_it)
    })
}

/// The pod that has an address of its own.
pub fn pod_at<'w>(world: &'w World, address: &str) -> Option<&'w Rc<Pod>> {
    let has = |pod: &&Rc<Pod>| pod.status.pod_ip == address && !pod.spec.host_network && !pod.is_finished();
    // Of two pods with one address the older is on its way out.
    world.pods().filter(has).min_by_key(|pod| pod.metadata.is_terminating())
}

/// Its name in indices.
pub fn name_of(pod: &Pod) -> (EcoString, EcoString) {
    (pod.metadata.namespace.clone(), pod.metadata.name.clone())
}

#[cfg(test)]
mod tests {
    use crate::network::given::{cluster, pod};
    use serde_json::json;

    #[test]
    fn in_the_nodes_network_who_declares_a_port_goes_before_who_declares_none() {
        let mut world = cluster();
        let silent = json!({ "hostNetwork": true, "containers": [{ "name": "c", "image": "c" }] });
        pod(&mut world, "a-silent", "a", 5, silent.clone(), true);
        pod(&mut world, "telling", "a", 6, json!({ "hostNetwork": true }), true);
        pod(&mut world, "silent", "b", 7, silent, true);
        for (node, port, expected) in [
            ("a", 9100, Some("telling")),
            ("a", 80, Some("a-silent")),
            ("b", 9100, Some("silent")),
            ("c", 80, None),
        ] {
            let node = world.node(node).expect("a node");
            let holder = super::holder(&world, node, node.internal_ip().expect("an address"), port, "TCP");
            let name = holder.as_ref().map(|holder| holder.pod.metadata.name.as_str());
            assert_eq!(name, expected, "{}:{port}", node.metadata.name);
        }
    }
}
