//! What the endpoints of a Service are. Upstream: `podToEndpoint`, `getEndpointPorts` in `k8s.io/endpointslice/utils.go`,
//! `ShouldPodBeInEndpoints` in its `util`, `FindPort` in `pkg/api/v1/service`.

use super::hints;
use crate::api::{Pod, Service, sort};
use crate::cluster::World;
use serde_json::{Value, json};
use std::rc::Rc;

/// Endpoints with the same ports.
pub(super) struct Group {
    pub(super) ports: Value,
    pub(super) endpoints: Vec<Value>,
}

/// The endpoints of a Service with addresses of a family, in the order of the pods' names, and the pods that are left out
/// because their node is not there: the sync ends with an error, so that it is tried again.
pub(super) fn groups(world: &World, service: &Service, family: &str) -> (Vec<Group>, Vec<Rc<Pod>>) {
    let (mut groups, mut skipped): (Vec<Group>, Vec<Rc<Pod>>) = (Vec::new(), Vec::new());
    let publishes_all = service.spec.rest.get("publishNotReadyAddresses").is_some_and(|all| *all == true);
    let pods = world.pods_in(&service.metadata.namespace).filter(|pod| service.selects(pod));
    for pod in pods.filter(|pod| !pod.is_finished() && !pod.status.pod_ip.is_empty()) {
        let node = pod.node().and_then(|node| world.node(node));
        let ports = ports(service, pod);
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
            endpoint["hostname"] = text("hostname").into();
        }
        hints::set(service, &mut endpoint);
        groups[place].endpoints.push(endpoint);
    }
    (groups, skipped)
}

/// A pod's addresses of a family (`getEndpointAddresses`).
fn addresses<'p>(pod: &'p Pod, family: &str) -> Vec<&'p str> {
    let listed = pod.status.rest.get("podIPs").and_then(Value::as_array);
    let mut all: Vec<&str> = listed.into_iter().flatten().filter_map(|one| one["ip"].as_str()).collect();
    if listed.is_none() {
        all.push(&pod.status.pod_ip);
    }
    all.retain(|address| address.contains(':') == (family == "IPv6"));
    all
}

fn endpoint(pod: &Rc<Pod>, addresses: Vec<&str>, zone: Option<&str>, publishes_all: bool) -> Value {
    let (serving, terminating) = (pod.is_ready(), pod.metadata.is_terminating());
    let mut endpoint = json!({
        "addresses": addresses,
        "conditions": {
            "ready": publishes_all || serving && !terminating, "serving": serving, "terminating": terminating,
        },
        "targetRef": {
            "kind": "Pod", "namespace": pod.metadata.namespace.as_str(), "name": pod.metadata.name.as_str(),
            "uid": pod.metadata.uid.as_str(),
        },
    });
    if let Some(node) = pod.node() {
        endpoint["nodeName"] = node.into();
    }
    if let Some(zone) = zone {
        endpoint["zone"] = zone.into();
    }
    endpoint
}

/// The ports under which a pod serves. A name that the pod has not is left out.
fn ports(service: &Service, pod: &Pod) -> Value {
    let ports = service.spec.rest.get("ports").and_then(Value::as_array);
    let ports = ports.into_iter().flatten().filter_map(|port| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let number = match &port["targetPort"] {
            Value::String(name) => named(pod, name, protocol)?.into(),
            Value::Null => port["port"].clone(),
            number => number.clone(),
        };
        let name = port["name"].as_str().unwrap_or_default();
        let mut told = json!({ "name": name, "port": number, "protocol": protocol });
        if let Some(application) = port["appProtocol"].as_str() {
            told["appProtocol"] = application.into();
        }
        Some(told)
    });
    ports.collect()
}

fn named(pod: &Pod, name: &str, protocol: &str) -> Option<i32> {
    pod.open_ports().find(|port| port.name == name && port.is_of(protocol)).map(|port| port.container_port)
}

/// Whether two lists of ports are the same in any order (`NewPortMapKey`).
pub(super) fn same_ports(one: &Value, other: &Value) -> bool {
    let sorted = |ports: &Value| {
        let mut ports: Vec<String> = ports.as_array().into_iter().flatten().map(Value::to_string).collect();
        sort::plain(&mut ports);
        ports
    };
    one == other || sorted(one) == sorted(other)
}
