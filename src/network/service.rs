//! A Service as the network sees it: its ports, its policies, and the endpoints that its slices list.

use crate::api::{EcoString, Kind, Object, ObjectKey, Pod, Service};
use crate::cluster::{OF_CLUSTER, PodName, ServiceOfCluster, World};
use core::net::Ipv4Addr;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name; empty if it has none.
    pub name: EcoString,
    /// At the Service's address.
    pub number: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: EcoString,
    /// At every node's address; 0 = none.
    pub node_port: u16,
    /// At the pod: a number, or the name of a container's port.
    pub target: EcoString,
}

/// An endpoint of one port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address.
    pub address: EcoString,
    /// Its port; none where the slice lists no ports.
    pub port: Option<u16>,
    /// The node it is on.
    pub node: Option<EcoString>,
    /// May be sent requests.
    pub ready: bool,
    /// Answers.
    pub serving: bool,
    /// Is being deleted.
    pub terminating: bool,
    /// The zones whose requests it should get.
    pub for_zones: Vec<EcoString>,
    /// The nodes whose requests it should get.
    pub for_nodes: Vec<EcoString>,
    /// The pod, if it is one.
    pub pod: Option<PodName>,
    /// Its own name under the Service's.
    pub hostname: EcoString,
}

/// Whether it has no address of its own.
pub fn is_headless(service: &Service) -> bool {
    service.text("clusterIP") == "None"
}

/// Whether it is a name for another host.
pub fn is_external_name(service: &Service) -> bool {
    service.text("type") == "ExternalName"
}

/// A Service by name, also one of those that every cluster has.
pub fn find(world: &World, namespace: &str, name: &str) -> Option<Rc<Service>> {
    match world.get(&ObjectKey::new(Kind::Service, namespace, name)) {
        Some(Object::Service(service)) => Some(service),
        _ => OF_CLUSTER.iter().find(|own| (own.0, own.1) == (namespace, name)).and_then(of_cluster),
    }
}

/// The Service that every cluster has at this address.
pub fn of_cluster_at(address: &str) -> Option<Rc<Service>> {
    OF_CLUSTER.iter().find(|own| own.2 == address).and_then(of_cluster)
}

fn of_cluster((namespace, name, address, ports): &ServiceOfCluster) -> Option<Rc<Service>> {
    let port = |(name, port, protocol): &(&str, u16, &str)| json!({ "name": name, "port": port, "protocol": protocol });
    let ports: Vec<Value> = ports.iter().map(port).collect();
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": namespace },
        "spec": { "clusterIP": address, "ports": ports },
    });
    match Object::from_json(service) {
        Ok(Object::Service(service)) => Some(service),
        _ => None,
    }
}

/// Its ports.
pub fn ports(service: &Service) -> Vec<Port> {
    let ports = service.spec.rest.get("ports").and_then(Value::as_array);
    let number = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok()).unwrap_or(0);
    let port = |port: &Value| Port {
        name: port["name"].as_str().unwrap_or_default().into(),
        number: number(&port["port"]),
        protocol: port["protocol"].as_str().unwrap_or("TCP").into(),
        node_port: number(&port["nodePort"]),
        target: match &port["targetPort"] {
            Value::String(name) => name.as_str().into(),
            Value::Number(target) => ecow::eco_format!("{target}"),
            _ => ecow::eco_format!("{}", port["port"]),
        },
    };
    ports.into_iter().flatten().map(port).collect()
}

/// The endpoints of a port as each kube-proxy knows them: every slice of the Service's name that has a port of this name
/// and protocol, whoever wrote it; each address once, by address. Without a port, all that the slices list.
pub fn endpoints(world: &World, service: &Service, port: Option<&Port>) -> Vec<Endpoint> {
    let mut found: BTreeMap<(Option<Ipv4Addr>, EcoString, Option<u16>), Endpoint> = BTreeMap::new();
    for slice in world.slices_of(service) {
        let list =
            |field: &str| slice.rest.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let is_port = |other: &&Value| {
            port.is_none_or(|port| {
                other["name"].as_str().unwrap_or_default() == port.name
                    && other["protocol"].as_str().unwrap_or("TCP") == port.protocol
            })
        };
        let mut numbers: Vec<Option<u16>> = list("ports")
            .iter()
            .filter(is_port)
            .filter_map(|port| port["port"].as_u64())
            .map(|number| u16::try_from(number).ok())
            .collect();
        if port.is_none() {
            numbers.truncate(1);
            numbers.resize(1, None);
        }
        for (number, endpoint) in
            numbers.iter().flat_map(|number| list("endpoints").iter().map(move |one| (number, one)))
        {
            let Some(read) = read(endpoint, *number) else { continue };
            let place = (read.address.parse().ok(), read.address.clone(), *number);
            if !read.terminating || !found.contains_key(&place) {
                found.insert(place, read);
            }
        }
    }
    found.into_values().collect()
}

fn read(endpoint: &Value, port: Option<u16>) -> Option<Endpoint> {
    let (conditions, hints) = (&endpoint["conditions"], &endpoint["hints"]);
    let names = |list: &Value| -> Vec<EcoString> {
        list.as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["name"].as_str())
            .map(EcoString::from)
            .collect()
    };
    let word = |field: &str| endpoint[field].as_str().filter(|word| !word.is_empty()).map(EcoString::from);
    let target = &endpoint["targetRef"];
    let pod = (target["kind"] == "Pod").then(|| {
        let part = |field: &str| EcoString::from(target[field].as_str().unwrap_or_default());
        (part("namespace"), part("name"))
    });
    Some(Endpoint {
        address: endpoint["addresses"][0].as_str()?.into(),
        port,
        node: word("nodeName"),
        ready: conditions["ready"] != false,
        serving: conditions["serving"] != false,
        terminating: conditions["terminating"] == true,
        for_zones: names(&hints["forZones"]),
        for_nodes: names(&hints["forNodes"]),
        pod,
        hostname: word("hostname").unwrap_or_default(),
    })
}

/// Why a pod that a Service selects is in none of its slices, or is in one and gets no requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// It gets requests.
    No,
    /// It is not ready.
    NotReady,
    /// It is being deleted, and answers still.
    Terminating,
    /// It is being deleted and answers no more.
    TerminatingNotReady,
    /// It has no address yet.
    NoAddress,
    /// It is bound to no node yet.
    Unbound,
    /// It has ended.
    Finished,
    /// Its node is gone.
    NodeGone,
    /// No slice lists it yet: the controller has not seen it so.
    Unlisted,
    /// It lacks this many of the labels that the Service asks for, and has the others.
    Label,
}

/// A pod or an address that is behind a Service, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// The pod; none for an address that somebody wrote.
    pub pod: Option<PodName>,
    /// The address; empty if it has none.
    pub address: EcoString,
    /// The node.
    pub node: Option<EcoString>,
    /// Whether it is left out, and why.
    pub left: Left,
}

/// Those behind a Service: the endpoints of its slices, the pods that it selects and no slice lists, and those of its
/// namespace that lack some of the labels and have others. By pod.
pub fn behind(world: &World, service: &Service) -> Vec<Behind> {
    let mut listed: BTreeMap<PodName, Endpoint> = BTreeMap::new();
    let mut others = Vec::new();
    for endpoint in endpoints(world, service, None) {
        match endpoint.pod.clone() {
            Some(pod) => drop(listed.insert(pod, endpoint)),
            None => others.push(Behind {
                pod: None,
                left: of_endpoint(&endpoint),
                address: endpoint.address,
                node: endpoint.node,
            }),
        }
    }
    let selector = &service.spec.selector;
    let of_pod = |pod: &Rc<Pod>| {
        let name = (pod.metadata.namespace.clone(), pod.metadata.name.clone());
        let has =
            selector.iter().filter(|(name, value)| pod.metadata.labels.get(*name) == Some(*value)).count();
        let left = match listed.get(&name) {
            Some(endpoint) => of_endpoint(endpoint),
            None if has == 0 => return None,
            None if has < selector.len() => Left::Label,
            None => not_listed(world, pod),
        };
        let node = pod.target_node().map(EcoString::from);
        Some(Behind { pod: Some(name), address: pod.status.pod_ip.clone(), node, left })
    };
    let mut all: Vec<Behind> = world.pods_in(&service.metadata.namespace).filter_map(of_pod).collect();
    all.extend(others);
    all
}

fn of_endpoint(endpoint: &Endpoint) -> Left {
    match (endpoint.ready, endpoint.serving, endpoint.terminating) {
        (true, ..) => Left::No,
        (_, true, true) => Left::Terminating,
        (_, false, true) => Left::TerminatingNotReady,
        _ => Left::NotReady,
    }
}

fn not_listed(world: &World, pod: &Pod) -> Left {
    if pod.is_finished() {
        return Left::Finished;
    }
    match pod.node() {
        None => Left::Unbound,
        Some(node) if world.node(node).is_none() => Left::NodeGone,
        Some(_) if pod.status.pod_ip.is_empty() => Left::NoAddress,
        Some(_) => Left::Unlisted,
    }
}
