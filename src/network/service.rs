//! A Service as the network sees it: its ports, its policies, and the endpoints that its slices list.

use crate::api::discovery::{self, EndpointHints, ForName};
use crate::api::{EcoString, Kind, Object, ObjectKey, Pod, Service};
use crate::cluster::{PodName, World, dns_service, is_dns_service, is_kubernetes_service};
use core::net::Ipv4Addr;
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// By which address a request comes to a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The address in the cluster.
    ClusterIp,
    /// A port of the node, or an address outside of the cluster (`spec.externalIPs`).
    External,
    /// An address that a load balancer gave it (`status.loadBalancer`).
    Balancer,
}

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

/// A Service by name, also that of CoreDNS, which answers everywhere.
pub fn find(world: &World, namespace: &str, name: &str) -> Option<Rc<Service>> {
    let key = ObjectKey::new(Kind::Service, namespace, name);
    match world.get(&key) {
        Some(Object::Service(service)) => Some(service),
        _ => is_dns_service(&key).then(|| Rc::new(dns_service())),
    }
}

/// The Service that has this address in the cluster.
pub fn at_cluster_ip(world: &World, address: &str) -> Option<Rc<Service>> {
    let has = |service: &&Rc<Service>| service.text("clusterIP") == address;
    let own = || Some(Rc::new(dns_service())).filter(|dns| dns_server(world) == address && has(&dns));
    world.services().find(has).cloned().or_else(own)
}

/// The address of CoreDNS.
pub fn dns_server(world: &World) -> EcoString {
    let own = dns_service().metadata;
    find(world, &own.namespace, &own.name).map_or_else(EcoString::new, |dns| dns.text("clusterIP").into())
}

/// Whether those who answer behind it are none of the cluster's pods: the API server, and CoreDNS where nobody says which
/// pods it is.
pub fn is_of_cluster(world: &World, service: &Service) -> bool {
    let key = service.key();
    is_kubernetes_service(&key) || is_dns_service(&key) && world.get(&key).is_none()
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

/// Whether kube-proxy has rules for it (`ShouldSkipService` in `pkg/proxy/util`, and the informers' selectors in
/// `cmd/kube-proxy/app/server.go`).
pub fn is_proxied(service: &Service) -> bool {
    !["", "None"].contains(&service.text("clusterIP"))
        && !is_external_name(service)
        && service.metadata.labels.get("service.kubernetes.io/service-proxy-name").is_none()
}

/// By which way an address outside of the cluster leads to a Service, if it does (`newBaseServiceInfo` in
/// `pkg/proxy/serviceport.go`).
pub fn outer_way(service: &Service, address: &str) -> Option<Way> {
    let external = service.spec.rest.get("externalIPs").and_then(Value::as_array);
    if external.into_iter().flatten().any(|other| other == address) {
        return Some(Way::External);
    }
    let given =
        service.rest.get("status").and_then(|status| status.pointer("/loadBalancer/ingress")?.as_array());
    // Where the load balancer ends connections by itself kube-proxy leaves its address alone.
    let is_it = |one: &Value| one["ip"] == address && one["ipMode"] != "Proxy";
    given.into_iter().flatten().any(is_it).then_some(Way::Balancer)
}

/// The endpoints of a port as each kube-proxy knows them: every slice of the Service's name that has a port of this name
/// and protocol, whoever wrote it; each address once, by address. Without a port, all that the slices list.
pub fn endpoints(world: &World, service: &Service, port: Option<&Port>) -> Vec<Endpoint> {
    let is_port = |name: &str, protocol: &str| {
        port.is_none_or(|port| (name, protocol) == (port.name.as_str(), port.protocol.as_str()))
    };
    let mut found: BTreeMap<(Option<Ipv4Addr>, EcoString, Option<u16>), Endpoint> = BTreeMap::new();
    for mut one in listed(world, service, &is_port) {
        if port.is_none() {
            one.port = None;
        } else if one.port.is_none() {
            continue;
        }
        let place = (one.address.parse().ok(), one.address.clone(), one.port);
        if !one.terminating || !found.contains_key(&place) {
            found.insert(place, one);
        }
    }
    found.into_values().collect()
}

/// What the slices of a Service list, for each of their ports that is asked for by its name and protocol. One that has no
/// ports counts as having one without a name and a number.
pub fn listed(world: &World, service: &Service, is_port: &dyn Fn(&str, &str) -> bool) -> Vec<Endpoint> {
    let mut found = Vec::new();
    for slice in world.slices_of(service).filter(|slice| slice.address_type == "IPv4") {
        let ports = slice.ports.iter().filter(|port| is_port(port.name(), port.protocol()));
        let mut numbers: Vec<Option<u16>> =
            ports.map(|port| port.port.and_then(|number| u16::try_from(number).ok())).collect();
        if slice.ports.is_empty() && is_port("", "") {
            numbers.push(None);
        }
        for number in numbers {
            found.extend(slice.endpoints.iter().filter_map(|endpoint| read(endpoint, number)));
        }
    }
    found
}

fn read(endpoint: &discovery::Endpoint, port: Option<u16>) -> Option<Endpoint> {
    let conditions = &endpoint.conditions;
    let names = |list: fn(&EndpointHints) -> &Vec<ForName>| -> Vec<EcoString> {
        endpoint.hints.iter().flat_map(list).map(|one| one.name.clone()).collect()
    };
    let pod = endpoint.target_ref.as_ref().filter(|target| target.kind == "Pod");
    Some(Endpoint {
        address: endpoint.addresses.first()?.clone(),
        port,
        node: Some(endpoint.node_name.clone()).filter(|node| !node.is_empty()),
        ready: conditions.ready != Some(false),
        serving: conditions.serving != Some(false),
        terminating: conditions.terminating == Some(true),
        for_zones: names(|hints| &hints.for_zones),
        for_nodes: names(|hints| &hints.for_nodes),
        pod: pod.map(|target| (target.namespace.clone(), target.name.clone())),
        hostname: endpoint.hostname.clone(),
    })
}

/// Why a pod that a Service selects is in none of its slices, or is in one and gets no requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// It gets requests.
    No,
    /// It is not ready, and gets requests all the same (`spec.publishNotReadyAddresses`).
    Published,
    /// None of its ports is the one that the Service's `targetPort` names, so kube-proxy knows of no endpoint.
    NoPort,
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

impl Left {
    /// Whether requests come to it.
    pub fn is_taken(self) -> bool {
        matches!(self, Left::No | Left::Published)
    }
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
    // Pods in a node's network share its address; what no pod stands behind is known by its address alone.
    let mut listed: BTreeMap<PodName, Endpoint> = BTreeMap::new();
    let mut others: BTreeMap<(Option<Ipv4Addr>, EcoString), Endpoint> = BTreeMap::new();
    let is_better = |one: &Endpoint, other: &Endpoint| {
        (!one.terminating, one.port.is_some()) > (!other.terminating, other.port.is_some())
    };
    for endpoint in self::listed(world, service, &|_, _| true) {
        match &endpoint.pod {
            Some(pod) if listed.get(pod).is_none_or(|known| is_better(&endpoint, known)) => {
                listed.insert(pod.clone(), endpoint);
            }
            Some(_) => {}
            None => {
                let place = (endpoint.address.parse().ok(), endpoint.address.clone());
                if others.get(&place).is_none_or(|known| is_better(&endpoint, known)) {
                    others.insert(place, endpoint);
                }
            }
        }
    }
    let needs_port = is_proxied(service) && !ports(service).is_empty();
    let of_endpoint = |endpoint: &Endpoint| match of_endpoint(endpoint) {
        Left::No | Left::Published | Left::Terminating if needs_port && endpoint.port.is_none() => {
            Left::NoPort
        }
        left => left,
    };
    let selector = &service.spec.selector;
    let of_pod = |pod: &Rc<Pod>| {
        let name = (pod.metadata.namespace.clone(), pod.metadata.name.clone());
        let has =
            selector.iter().filter(|(name, value)| pod.metadata.labels.get(name) == Some(*value)).count();
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
    all.extend(others.into_values().map(|endpoint| Behind {
        pod: None,
        left: of_endpoint(&endpoint),
        address: endpoint.address,
        node: endpoint.node,
    }));
    all
}

fn of_endpoint(endpoint: &Endpoint) -> Left {
    match (endpoint.ready, endpoint.serving, endpoint.terminating) {
        (true, true, _) => Left::No,
        (true, ..) => Left::Published,
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
