//! What the endpoints of a Service are. Upstream: `podToEndpoint`, `getEndpointPorts` in `k8s.io/endpointslice/utils.go`,
//! `ShouldPodBeInEndpoints` in its `util`, `FindPort` in `pkg/api/v1/service`.

use super::hints;
use crate::api::discovery::{Endpoint, EndpointConditions, EndpointPort};
use crate::api::{EcoString, EcoVec, ObjectReference, Pod, Service};
use crate::cluster::{Set, World};
use serde_json::Value;
use std::rc::Rc;

/// Endpoints with the same ports.
pub(super) struct Group {
    pub(super) ports: EcoVec<EndpointPort>,
    pub(super) endpoints: Vec<Endpoint>,
}

/// The endpoints of a Service with addresses of a family, in the order of the pods' names, and the pods that are left out
/// because their node is not there: the sync ends with an error, so that it is tried again. Of those pods alone that have
/// changed, if that is known: then all serve at the same ports.
pub(super) fn groups(
    world: &World,
    service: &Service,
    family: &str,
    known: Option<(&Set<EcoString>, &EcoVec<EndpointPort>)>,
) -> (Vec<Group>, Vec<Rc<Pod>>) {
    let (mut groups, mut skipped): (Vec<Group>, Vec<Rc<Pod>>) = (Vec::new(), Vec::new());
    let publishes_all = service.spec.rest.get("publishNotReadyAddresses").is_some_and(|all| *all == true);
    let hints_at = hints::wanted(service);
    // Without a name of a port all pods serve at the same ones.
    let plain = || (!names_ports(service)).then(|| ports(service, None));
    let of_all = known.map(|(_, ports)| ports.clone()).or_else(plain);
    if let Some((_, ports)) = known {
        groups.push(Group { ports: ports.clone(), endpoints: Vec::new() });
    }
    for pod in pods(world, service, known.map(|(changed, _)| changed)) {
        let node = pod.node().and_then(|node| world.node(node));
        let ports = of_all.clone().unwrap_or_else(|| ports(service, Some(pod)));
        let place = groups.iter().position(|group| same_ports(&group.ports, &ports));
        let place = place.unwrap_or_else(|| {
            groups.push(Group { ports, endpoints: Vec::new() });
            groups.len() - 1
        });
        if node.is_none() && !publishes_all {
            skipped.push(Rc::clone(pod));
            continue;
        }
        let addresses = addresses(pod, family);
        if addresses.is_empty() {
            continue;
        }
        let mut endpoint = endpoint(pod, addresses, node.and_then(|node| node.zone()), publishes_all);
        let text = |field: &str| pod.spec.rest.get(field).and_then(Value::as_str).unwrap_or_default();
        if !text("hostname").is_empty() && text("subdomain") == service.metadata.name {
            endpoint.hostname = text("hostname").into();
        }
        if let Some(at) = hints_at {
            hints::set(at, &mut endpoint);
        }
        groups[place].endpoints.push(endpoint);
    }
    (groups, skipped)
}

/// The pods of a Service that have an address and have not ended, by name; of some only, if they are given.
pub(super) fn pods<'w>(
    world: &'w World,
    service: &'w Service,
    some: Option<&Set<EcoString>>,
) -> impl Iterator<Item = &'w Rc<Pod>> + use<'w> {
    let namespace = &service.metadata.namespace;
    let pods: Vec<&Rc<Pod>> = match some {
        None => world.pods_in(namespace).collect(),
        Some(names) => names.iter().filter_map(|name| world.pod(namespace, name)).collect(),
    };
    let is_behind =
        |pod: &&Rc<Pod>| !pod.is_finished() && !pod.status.pod_ip.is_empty() && service.selects(pod);
    pods.into_iter().filter(is_behind)
}

/// A pod's addresses of a family (`getEndpointAddresses`).
fn addresses(pod: &Pod, family: &str) -> EcoVec<EcoString> {
    let is_of = |address: &str| address.contains(':') == (family == "IPv6");
    match pod.status.rest.get("podIPs").and_then(Value::as_array) {
        Some(listed) => {
            let listed = listed.iter().filter_map(|one| one["ip"].as_str());
            listed.filter(|address| is_of(address)).map(EcoString::from).collect()
        }
        None => Some(&pod.status.pod_ip).filter(|address| is_of(address)).cloned().into_iter().collect(),
    }
}

fn endpoint(
    pod: &Rc<Pod>,
    addresses: EcoVec<EcoString>,
    zone: Option<&str>,
    publishes_all: bool,
) -> Endpoint {
    let (serving, terminating) = (pod.is_ready(), pod.metadata.is_terminating());
    let conditions = EndpointConditions {
        ready: Some(publishes_all || serving && !terminating),
        serving: Some(serving),
        terminating: Some(terminating),
        ..Default::default()
    };
    let target = ObjectReference {
        kind: "Pod".into(),
        namespace: pod.metadata.namespace.clone(),
        name: pod.metadata.name.clone(),
        uid: pod.metadata.uid.clone(),
        ..Default::default()
    };
    Endpoint {
        addresses,
        conditions,
        target_ref: Some(target),
        node_name: pod.spec.node_name.clone(),
        zone: zone.map(EcoString::from).unwrap_or_default(),
        ..Default::default()
    }
}

fn ports_of(service: &Service) -> impl Iterator<Item = &Value> {
    service.spec.rest.get("ports").and_then(Value::as_array).into_iter().flatten()
}

/// Whether a pod must be asked for the number of a port.
pub(super) fn names_ports(service: &Service) -> bool {
    ports_of(service).any(|port| port["targetPort"].is_string())
}

/// The ports under which a pod serves. A name that the pod has not is left out.
pub(super) fn ports(service: &Service, pod: Option<&Rc<Pod>>) -> EcoVec<EndpointPort> {
    let ports = ports_of(service).filter_map(|port| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let number = |number: &Value| number.as_i64().and_then(|number| i32::try_from(number).ok());
        let number = match &port["targetPort"] {
            Value::String(name) => Some(named(pod?, name, protocol)?),
            Value::Null => number(&port["port"]),
            target => number(target),
        };
        let mut told = EndpointPort {
            name: Some(port["name"].as_str().unwrap_or_default().into()),
            port: number,
            protocol: protocol.into(),
            ..Default::default()
        };
        told.rest.set("appProtocol", port["appProtocol"].as_str().map_or(Value::Null, Value::from));
        Some(told)
    });
    ports.collect()
}

fn named(pod: &Pod, name: &str, protocol: &str) -> Option<i32> {
    pod.open_ports().find(|port| port.name == name && port.is_of(protocol)).map(|port| port.container_port)
}

/// Whether two lists of ports are the same in any order (`NewPortMapKey`).
pub(super) fn same_ports(one: &[EndpointPort], other: &[EndpointPort]) -> bool {
    let count = |all: &[EndpointPort], port: &EndpointPort| all.iter().filter(|one| *one == port).count();
    one.len() == other.len() && one.iter().all(|port| count(one, port) == count(other, port))
}
