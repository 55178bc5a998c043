//! Which addresses a name has, as CoreDNS answers with the Corefile of kubeadm (`kubernetes cluster.local`,
//! `pods insecure`). Upstream: `plugin/kubernetes/kubernetes.go` and `parse.go` of CoreDNS; for a pod's search list
//! `pkg/kubelet/network/dns/dns.go`; for the order of the tries `resolv.conf(5)`.

use super::CLUSTER_DOMAIN;
use super::service::{self, Endpoint};
use crate::api::{EcoString, Kind, ObjectKey, Pod, Service};
use crate::cluster::World;
use core::net::Ipv4Addr;
use serde_json::Value;
use std::collections::BTreeSet;

/// A name with fewer dots is tried with the search list first.
const NDOTS: usize = 5;
/// With these, and with two letters, names of the Internet end.
const PUBLIC: [&str; 12] =
    ["app", "arpa", "biz", "cloud", "com", "dev", "edu", "gov", "info", "int", "net", "org"];
/// So many names may point to another name before that is given up.
const ALIASES: usize = 8;

/// What a server says of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameCode {
    /// It has what was asked for.
    Found,
    /// There is the name, but nothing of the kind that was asked for.
    Empty,
    /// There is no such name (NXDOMAIN).
    NoSuchName,
    /// It is a name of the outside, for which CoreDNS asks the node's server: what that says is not simulated.
    Outside,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// Addresses of IPv4.
    A,
    /// Addresses of IPv6; nothing has one.
    Aaaa,
    /// Names and ports.
    Srv,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRecord {
    /// The name that has it.
    pub name: EcoString,
    /// The address.
    pub address: EcoString,
    /// For SRV: the port and the weight.
    pub service: Option<(u16, u16)>,
}

/// A server's answer to a full name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameReply {
    /// What it says.
    pub code: NameCode,
    /// The answers.
    pub found: Vec<NameRecord>,
    /// The name that it is another name for (CNAME).
    pub alias: Option<EcoString>,
    /// The Service that it is about.
    pub service: Option<ObjectKey>,
}

impl NameReply {
    fn of(code: NameCode) -> Self {
        NameReply { code, found: Vec::new(), alias: None, service: None }
    }
}

/// Who answers a client's questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolver {
    /// CoreDNS, with this search list and so many dots.
    Cluster(Vec<EcoString>, usize),
    /// The node's own, which does not know the cluster's names.
    Node,
}

/// What came of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// As it was asked for.
    pub name: EcoString,
    /// Who was asked.
    pub resolver: Resolver,
    /// The full names that were tried, in their order.
    pub tried: Vec<(EcoString, NameCode)>,
    /// The last answer: that to the name that has one, if there is.
    pub reply: NameReply,
}

/// Who answers a pod's questions (`dnsPolicy`). A pod in the node's network with `ClusterFirst` is answered by the node's,
/// which many find out late.
pub fn resolver_of(world: &World, pod: &Pod) -> Resolver {
    let config = pod.spec.rest.get("dnsConfig");
    let list = |field: &str| -> Vec<EcoString> {
        let list = config.and_then(|config| config[field].as_array());
        list.into_iter().flatten().filter_map(Value::as_str).map(EcoString::from).collect()
    };
    let namespace = &pod.metadata.namespace;
    let mut search = vec![
        ecow::eco_format!("{namespace}.svc.{CLUSTER_DOMAIN}"),
        ecow::eco_format!("svc.{CLUSTER_DOMAIN}"),
        CLUSTER_DOMAIN.into(),
    ];
    let mut dots = NDOTS;
    match pod.spec.dns_policy.as_str() {
        "Default" => return Resolver::Node,
        "None" if !list("nameservers").contains(&service::dns_server(world)) => return Resolver::Node,
        "None" => {
            search.clear();
            dots = 1;
        }
        "ClusterFirstWithHostNet" => {}
        _ if pod.spec.host_network => return Resolver::Node,
        _ => {}
    }
    search.extend(list("searches"));
    let options = config.and_then(|config| config["options"].as_array());
    let given = options.into_iter().flatten().find(|option| option["name"] == "ndots");
    let given = given.and_then(|option| option["value"].as_str()?.parse().ok());
    Resolver::Cluster(search, given.unwrap_or(dots))
}

/// Looks a name up as libc does: a name that ends with a dot, or has dots enough, as it stands; otherwise with each
/// domain of the search list first.
pub fn lookup(world: &World, resolver: &Resolver, name: &str, record: Record) -> Lookup {
    let Resolver::Cluster(search, dots) = resolver else {
        let reply = of_outside(world, name.trim_end_matches('.'));
        let tried = vec![(name.into(), reply.code)];
        return Lookup { name: name.into(), resolver: resolver.clone(), tried, reply };
    };
    let full = name.trim_end_matches('.');
    let with_search = search.iter().map(|domain| ecow::eco_format!("{full}.{domain}"));
    let mut names: Vec<EcoString> = if name.ends_with('.') { Vec::new() } else { with_search.collect() };
    let place = if full.matches('.').count() >= *dots { 0 } else { names.len() };
    names.insert(place, full.into());
    let mut tried = Vec::new();
    let mut last = NameReply::of(NameCode::NoSuchName);
    for name in names {
        let mut reply = answer(world, &name, record);
        tried.push((name, reply.code));
        let is_better = reply.code != NameCode::NoSuchName || last.code != NameCode::Empty;
        // A Service whose name has no address for now was found all the same.
        reply.service = reply.service.or(last.service.clone());
        let is_found = reply.code == NameCode::Found;
        if is_better {
            last = reply;
        }
        if is_found {
            break;
        }
    }
    Lookup { name: name.into(), resolver: resolver.clone(), tried, reply: last }
}

/// CoreDNS's answer to a full name; other names that it stands for are followed.
pub fn answer(world: &World, name: &str, record: Record) -> NameReply {
    let mut reply = of_name(world, name, record);
    for _ in 0..ALIASES {
        let Some(alias) = reply.alias.clone().filter(|_| reply.found.is_empty()) else { break };
        let next = of_name(world, alias.trim_end_matches('.'), record);
        reply =
            NameReply { alias: next.alias.clone().or(Some(alias.clone())), service: reply.service, ..next };
        if reply.alias.as_ref() == Some(&alias) {
            break;
        }
    }
    reply
}

/// What is said of a name that is not the cluster's. Only one that can be a name of the Internet is taken for one: most
/// others are a Service's with a mistake in them, and no server knows those.
fn of_outside(world: &World, name: &str) -> NameReply {
    let (own, last) = name.rsplit_once('.').unwrap_or(("", name));
    let is_country = last.len() == 2 && last.bytes().all(|letter| letter.is_ascii_alphabetic());
    let is_public = is_country || PUBLIC.contains(&last.to_ascii_lowercase().as_str());
    let is_namespace = world.get(&ObjectKey::new(Kind::Namespace, "", last)).is_some();
    let is_outside = is_public && !is_namespace && !own.is_empty();
    NameReply::of(if is_outside { NameCode::Outside } else { NameCode::NoSuchName })
}

fn of_name(world: &World, name: &str, record: Record) -> NameReply {
    let name = name.to_ascii_lowercase();
    let Some(inner) = name.strip_suffix(CLUSTER_DOMAIN) else { return of_outside(world, &name) };
    let inner = match inner.strip_suffix('.') {
        Some(inner) => inner,
        None if inner.is_empty() => return NameReply::of(NameCode::Empty),
        // Another domain that ends alike.
        None => return of_outside(world, &name),
    };
    let mut parts: Vec<&str> = inner.split('.').collect();
    let base = parts.pop().unwrap_or_default();
    if !["svc", "pod"].contains(&base) {
        return NameReply::of(NameCode::NoSuchName);
    }
    let Some(namespace) = parts.pop() else { return NameReply::of(NameCode::Empty) };
    if world.get(&ObjectKey::new(Kind::Namespace, "", namespace)).is_none() {
        return NameReply::of(NameCode::NoSuchName);
    }
    let Some(service) = parts.pop() else { return NameReply::of(NameCode::Empty) };
    if base == "pod" {
        return of_pod(&name, service, !parts.is_empty(), record);
    }
    let bare = |part: &str| part.strip_prefix('_').unwrap_or(part).to_owned();
    let (endpoint, port) = match parts.as_slice() {
        [] => (None, None),
        [endpoint] => (Some((*endpoint).to_owned()), None),
        [port, protocol] => (None, Some((bare(port), bare(protocol)))),
        _ => return NameReply::of(NameCode::NoSuchName),
    };
    let Some(service) = service::find(world, namespace, service) else {
        return NameReply::of(NameCode::NoSuchName);
    };
    of_service(world, &name, &service, endpoint.as_deref(), port.as_ref(), record)
}

/// A pod's address with dashes (`pods insecure`): whether there is such a pod nobody looks.
fn of_pod(name: &str, address: &str, is_deeper: bool, record: Record) -> NameReply {
    match address.replace('-', ".").parse::<Ipv4Addr>() {
        Ok(address) if !is_deeper && record == Record::A => {
            let found = vec![NameRecord {
                name: name.into(),
                address: ecow::eco_format!("{address}"),
                service: None,
            }];
            NameReply { found, ..NameReply::of(NameCode::Found) }
        }
        Ok(_) if !is_deeper => NameReply::of(NameCode::Empty),
        _ => NameReply::of(NameCode::NoSuchName),
    }
}

/// The name of an endpoint under its Service's: its hostname, or its address with dashes.
pub fn endpoint_name(endpoint: &Endpoint) -> EcoString {
    if endpoint.hostname.is_empty() { endpoint.address.replace(".", "-") } else { endpoint.hostname.clone() }
}

fn of_service(
    world: &World,
    name: &str,
    service: &Service,
    endpoint: Option<&str>,
    port: Option<&(String, String)>,
    record: Record,
) -> NameReply {
    let own =
        ecow::eco_format!("{}.{}.svc.{CLUSTER_DOMAIN}", service.metadata.name, service.metadata.namespace);
    let mut reply = NameReply::of(NameCode::NoSuchName);
    reply.service = Some(service.key());
    if service::is_external_name(service) {
        if endpoint.is_none() && port.is_none() {
            reply.alias = Some(service.text("externalName").into());
            reply.code = NameCode::Empty;
        }
        return reply;
    }
    let is_port = |name: &str, protocol: &str| {
        port.is_none_or(|(wanted, of)| *wanted == name && of.eq_ignore_ascii_case(protocol))
    };
    let asked = EcoString::from(name);
    let mut found: Vec<NameRecord> = Vec::new();
    // Ports of one Service have the same endpoints.
    let mut known = BTreeSet::new();
    let mut add = |name: EcoString, address: &EcoString, port: Option<u16>| {
        let service = port.filter(|_| record == Record::Srv).map(|port| (port, 0));
        if known.insert((name.clone(), address.clone(), service)) {
            found.push(NameRecord { name, address: address.clone(), service });
        }
    };
    if service::is_headless(service) || endpoint.is_some() {
        // The ports are those of the slices, not the Service's.
        for one in service::listed(world, service, &is_port).iter().filter(|one| one.ready) {
            let label = endpoint_name(one);
            if endpoint.is_some_and(|wanted| wanted != label) {
                continue;
            }
            match record {
                Record::Srv => {
                    let port = one.port.unwrap_or(u16::MAX);
                    add(ecow::eco_format!("{label}.{own}"), &one.address, Some(port));
                }
                _ => add(asked.clone(), &one.address, None),
            }
        }
    } else {
        let address = EcoString::from(service.text("clusterIP"));
        let ports = service::ports(service);
        for port in ports.iter().filter(|port| is_port(&port.name, &port.protocol)) {
            let name = if record == Record::Srv { own.clone() } else { asked.clone() };
            add(name, &address, Some(port.number));
        }
    }
    if found.is_empty() {
        return reply;
    }
    reply.code = NameCode::Found;
    let weight = u16::try_from(100 / found.len()).unwrap_or(100).max(1);
    for one in &mut found {
        if let Some((_, own)) = &mut one.service {
            *own = weight;
        }
    }
    match record {
        Record::Aaaa => reply.code = NameCode::Empty,
        _ => reply.found = found,
    }
    reply
}

/// The names of an address (`plugin/kubernetes/reverse.go`): the Service that has it, or else one for each Service that it
/// is a ready endpoint of. What is not the cluster's CoreDNS asks the node's server, which knows no names of private
/// addresses.
pub fn names_of(world: &World, resolver: &Resolver, address: Ipv4Addr) -> (NameCode, Vec<EcoString>) {
    let text = address.to_string();
    let mut names = Vec::new();
    if *resolver != Resolver::Node {
        let own = |service: &Service| {
            ecow::eco_format!("{}.{}.svc.{CLUSTER_DOMAIN}", service.metadata.name, service.metadata.namespace)
        };
        match service::at_cluster_ip(world, &text) {
            Some(service) => names.push(own(&service)),
            None => {
                for service in world.services() {
                    let all = service::endpoints(world, service, None);
                    let found = all.iter().filter(|one| one.ready && one.address == text);
                    names.extend(
                        found.map(|one| ecow::eco_format!("{}.{}", endpoint_name(one), own(service))),
                    );
                }
            }
        }
    }
    let code = match names.is_empty() {
        false => NameCode::Found,
        true if address.is_private() => NameCode::NoSuchName,
        true => NameCode::Outside,
    };
    (code, names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Object;
    use crate::network::given::{add, cluster, pod, service as given_service, slice};
    use serde_json::json;

    fn world(headless: bool) -> World {
        let mut world = cluster();
        pod(&mut world, "a1", "a", 10, json!({}), true);
        pod(&mut world, "b1", "b", 10, json!({ "hostname": "first", "subdomain": "agent" }), true);
        pod(&mut world, "c1", "c", 10, json!({}), false);
        given_service(
            &mut world,
            if headless { json!({ "clusterIP": "None" }) } else { json!({ "clusterIP": "10.96.0.50" }) },
        );
        slice(&mut world, "agent", &[("a1", "rs"), ("b1", "rs"), ("c1", "")]);
        let alias = |name: &str, to: &str| {
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": { "name": name },
                "spec": { "type": "ExternalName", "externalName": to },
            })
        };
        add(&mut world, alias("elsewhere", "example.com"));
        add(&mut world, alias("other", "agent.default.svc.cluster.local"));
        add(&mut world, alias("self", "self.default.svc.cluster.local"));
        world
    }

    fn said(reply: &NameReply) -> String {
        let one = |found: &NameRecord| match found.service {
            Some((port, weight)) => format!("{weight} {port} {}", found.name),
            None => found.address.to_string(),
        };
        match reply.code {
            NameCode::Found => reply.found.iter().map(one).collect::<Vec<_>>().join(", "),
            code => format!("{code:?}"),
        }
    }

    /// `plugin/kubernetes/kubernetes.go` (`Records`, `findServices`, `findPods`) and `parse.go` of CoreDNS.
    #[test]
    fn coredns_answers_by_kind_of_service() {
        use Record::{A, Aaaa, Srv};
        for (headless, name, record, expected) in [
            (false, "agent.default", A, "10.96.0.50"),
            (false, "AGENT.default", A, "10.96.0.50"),
            (false, "agent.default", Aaaa, "Empty"),
            (false, "_http._tcp.agent.default", A, "10.96.0.50"),
            (false, "_http._tcp.agent.default", Srv, "100 80 agent.default.svc.cluster.local"),
            (false, "_http._udp.agent.default", Srv, "NoSuchName"),
            (false, "10-244-2-10.agent.default", A, "10.244.2.10"),
            (true, "agent.default", A, "10.244.2.10, 10.244.3.10"),
            (
                true,
                "_http._tcp.agent.default",
                Srv,
                "50 9100 10-244-2-10.agent.default.svc.cluster.local, 50 9100 first.agent.default.svc.cluster.local",
            ),
            (true, "first.agent.default", A, "10.244.3.10"),
            (true, "10-244-3-10.agent.default", A, "NoSuchName"),
            (true, "10-244-2-10.agent.default", A, "10.244.2.10"),
            // It is not ready.
            (true, "10-244-4-10.agent.default", A, "NoSuchName"),
            (true, "x.y.z.agent.default", A, "NoSuchName"),
            (true, "nosuch.default", A, "NoSuchName"),
            (true, "agent.nosuch", A, "NoSuchName"),
            (true, "default", A, "Empty"),
            (true, "nosuch", A, "NoSuchName"),
            (true, "elsewhere.default", A, "Outside"),
            (true, "other.default", A, "10.244.2.10, 10.244.3.10"),
            (true, "self.default", A, "Empty"),
        ] {
            let full = format!("{name}.svc.cluster.local");
            let reply = answer(&world(headless), &full, record);
            assert_eq!(said(&reply), expected, "{full} {record:?}, headless: {headless}");
        }
        let world = world(true);
        for (name, expected) in [
            ("10-244-9-9.default.pod.cluster.local", "10.244.9.9"),
            ("10-244-9-9.nosuch.pod.cluster.local", "NoSuchName"),
            ("a1.default.pod.cluster.local", "NoSuchName"),
            ("agent.default", "NoSuchName"),
            ("agent", "NoSuchName"),
            ("com", "NoSuchName"),
            ("example.com", "Outside"),
            ("www.example.de", "Outside"),
            ("agent.monitoring", "NoSuchName"),
            ("cluster.local", "Empty"),
            ("nosuch.cluster.local", "NoSuchName"),
            ("xcluster.local", "NoSuchName"),
            // They are in every cluster.
            ("kubernetes.default.svc.cluster.local", "10.96.0.1"),
            ("kube-dns.kube-system.svc.cluster.local", "10.96.0.10"),
            ("kubernetes.kube-system.svc.cluster.local", "NoSuchName"),
        ] {
            assert_eq!(said(&answer(&world, name, A)), expected, "{name}");
        }
    }

    /// `findServices` in `plugin/kubernetes/kubernetes.go`, `EndpointSliceToEndpoints` in its `object/endpoint.go`: the ports
    /// of a name are those that slices list, and one that lists none has its addresses all the same.
    #[test]
    fn a_headless_name_has_the_ports_of_the_slices() {
        for (ports, name, record, expected) in [
            (json!([]), "agent", Record::A, "10.244.2.10"),
            (json!([]), "_http._tcp.agent", Record::A, "NoSuchName"),
            (json!([]), "agent", Record::Srv, "100 65535 10-244-2-10.agent.default.svc.cluster.local"),
            (json!([{ "name": "other", "port": 7, "protocol": "UDP" }]), "agent", Record::A, "10.244.2.10"),
            (
                json!([{ "name": "other", "port": 7, "protocol": "UDP" }]),
                "_other._udp.agent",
                Record::Srv,
                "100 7 10-244-2-10.agent.default.svc.cluster.local",
            ),
        ] {
            let mut world = cluster();
            given_service(&mut world, json!({ "clusterIP": "None" }));
            add(
                &mut world,
                json!({
                    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                    "metadata": { "name": "mine", "labels": { "kubernetes.io/service-name": "agent" } },
                    "endpoints": [{ "addresses": ["10.244.2.10"] }], "ports": ports,
                }),
            );
            let reply = answer(&world, &format!("{name}.default.svc.cluster.local"), record);
            assert_eq!(said(&reply), expected, "{ports} {name} {record:?}");
        }
    }

    #[test]
    fn a_headless_service_nobody_is_ready_behind_has_no_name() {
        let mut world = cluster();
        pod(&mut world, "c1", "c", 10, json!({}), false);
        given_service(&mut world, json!({ "clusterIP": "None" }));
        slice(&mut world, "agent", &[("c1", "")]);
        assert_eq!(answer(&world, "agent.default.svc.cluster.local", Record::A).code, NameCode::NoSuchName);
    }

    /// `pkg/kubelet/network/dns/dns.go`, `resolv.conf(5)`.
    #[test]
    fn a_short_name_is_looked_up_in_the_clients_namespace_first() {
        let world = world(false);
        for (spec, name, tried) in [
            (json!({}), "agent", "agent.default.svc.cluster.local Found"),
            (
                json!({}),
                "agent.default",
                "agent.default.default.svc.cluster.local NoSuchName, agent.default.svc.cluster.local Found",
            ),
            (
                json!({}),
                "agent.default.svc.cluster.local",
                "agent.default.svc.cluster.local.default.svc.cluster.local NoSuchName, agent.default.svc.cluster.local.svc.cluster.local NoSuchName, agent.default.svc.cluster.local.cluster.local NoSuchName, agent.default.svc.cluster.local Found",
            ),
            (json!({}), "agent.default.svc.cluster.local.", "agent.default.svc.cluster.local Found"),
            (json!({}), "kubernetes", "kubernetes.default.svc.cluster.local Found"),
            (
                json!({}),
                "example.com",
                "example.com.default.svc.cluster.local NoSuchName, example.com.svc.cluster.local NoSuchName, example.com.cluster.local NoSuchName, example.com Outside",
            ),
            (json!({ "dnsPolicy": "Default" }), "agent", "agent NoSuchName"),
            (json!({ "dnsPolicy": "Default" }), "example.com.", "example.com. Outside"),
            (json!({ "hostNetwork": true }), "agent", "agent NoSuchName"),
            (
                json!({ "hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet" }),
                "agent",
                "agent.default.svc.cluster.local Found",
            ),
            (
                json!({ "dnsPolicy": "None", "dnsConfig": { "nameservers": ["10.96.0.10"], "searches": ["svc.cluster.local"] } }),
                "agent.default",
                "agent.default NoSuchName, agent.default.svc.cluster.local Found",
            ),
            (
                json!({ "dnsPolicy": "None", "dnsConfig": { "nameservers": ["1.1.1.1"] } }),
                "agent",
                "agent NoSuchName",
            ),
        ] {
            let mut object = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "namespace": "default" } });
            object["spec"] = spec.clone();
            let Ok(Object::Pod(pod)) = Object::from_json(object) else { unreachable!() };
            let lookup = lookup(&world, &resolver_of(&world, &pod), name, Record::A);
            let found: Vec<String> =
                lookup.tried.iter().map(|(name, code)| format!("{name} {code:?}")).collect();
            assert_eq!(found.join(", "), tried, "{spec} {name}");
        }
    }
}
