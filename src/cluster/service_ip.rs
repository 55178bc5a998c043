//! What the API server gives a Service: addresses of the cluster and ports of its nodes. Upstream:
//! `pkg/registry/core/service/storage/{alloc,storage}.go`, in a cluster with IPv4 alone.

use super::{ApiError, StableHash, World};
use crate::api::validation::{ErrorType, FieldError};
use crate::api::{Kind, Object, ObjectKey, ObjectMeta, Service, sort};
use core::net::Ipv4Addr;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The range of addresses of Services: the network, and how many addresses are in it with it and its last
/// (`--service-cluster-ip-range=10.96.0.0/12`, as kubeadm sets it).
const RANGE: (u32, u32) = (0x0a60_0000, 1 << 20);
/// So many at the start of the range are given out only when the others are used up (`calculateRangeOffset` in
/// `ipallocator`): they stay for those who ask for one.
const KEPT: u32 = 256;
/// The address of CoreDNS, as kubeadm gives it: it stays for the Service `kube-dns`.
const DNS_SERVER: &str = "10.96.0.10";

/// The ports of nodes (`--service-node-port-range`), and how many at their start are given out last
/// (`calculateRangeOffset` in `portallocator`).
const NODE_PORTS: core::ops::Range<i64> = 30_000..32_768;
const KEPT_PORTS: i64 = 86;

/// Namespace and name of the API server's Service, and of that of CoreDNS.
const KUBERNETES: (&str, &str) = ("default", "kubernetes");
const KUBE_DNS: (&str, &str) = ("kube-system", "kube-dns");

/// Whether a key is that of the API server's Service.
pub fn is_kubernetes_service(key: &ObjectKey) -> bool {
    is_service(key, KUBERNETES)
}

/// Whether a key is that of the Service of CoreDNS.
pub fn is_dns_service(key: &ObjectKey) -> bool {
    is_service(key, KUBE_DNS)
}

fn is_service(key: &ObjectKey, own: (&str, &str)) -> bool {
    key.kind == Kind::Service && (&*key.namespace, &*key.name) == own
}

/// The Service that each API server makes for itself (`createPortAndServiceSpec` in
/// `pkg/controlplane/controller/kubernetesservice`). No pod is behind it, and no slice tells of the API server: where that
/// is nobody here knows.
pub fn kubernetes_service() -> Object {
    let (namespace, name) = KUBERNETES;
    let ports = json!([{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443 }]);
    let mut service = of_cluster(namespace, name, "10.96.0.1", ports);
    service.metadata.labels = [("component", "apiserver"), ("provider", "kubernetes")].into();
    Object::Service(Rc::new(service))
}

/// The Service of CoreDNS. kubeadm adds it with the pods that are behind it; here CoreDNS answers without pods, and so the
/// object is in no cluster but where somebody brings it.
pub fn dns_service() -> Service {
    let port = |name: &str, number: u16, protocol: &str| json!({ "name": name, "port": number, "protocol": protocol });
    let ports = [port("dns", 53, "UDP"), port("dns-tcp", 53, "TCP"), port("metrics", 9153, "TCP")];
    let (namespace, name) = KUBE_DNS;
    of_cluster(namespace, name, DNS_SERVER, json!(ports))
}

fn of_cluster(namespace: &str, name: &str, address: &str, ports: Value) -> Service {
    let metadata = ObjectMeta { name: name.into(), namespace: namespace.into(), ..Default::default() };
    let mut service = Service { metadata, ..Default::default() };
    for (field, value) in [
        ("clusterIP", address.into()),
        ("clusterIPs", json!([address])),
        ("ipFamilies", json!(["IPv4"])),
        ("ipFamilyPolicy", "SingleStack".into()),
        ("ports", ports),
    ] {
        service.spec.rest.set(field, value);
    }
    service
}

fn has_address(service: &Service) -> bool {
    service.text("type") != "ExternalName"
}

fn has_node_ports(service: &Service) -> bool {
    ["NodePort", "LoadBalancer"].contains(&service.text("type"))
}

/// Whether load balancers ask its nodes for their health (`NeedsHealthCheck`).
fn has_health_port(service: &Service) -> bool {
    service.text("type") == "LoadBalancer" && service.text("externalTrafficPolicy") == "Local"
}

fn list(service: &Service, field: &str) -> Vec<Value> {
    service.spec.rest.get(field).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Whether an object was given all this already, as one that is brought from another cluster was.
pub(super) fn is_given(object: &Object) -> bool {
    matches!(object, Object::Service(service) if !service.text("clusterIP").is_empty())
}

/// Gives a Service what it does not ask for by itself, and what it asks for if that is free. `old` is the Service that
/// it replaces.
///
/// # Errors
/// As the API server: what it asks for is taken or out of range, or nothing is left.
pub(super) fn allocate(world: &World, object: &mut Object, old: Option<&Object>) -> Result<(), ApiError> {
    let Object::Service(service) = object else { return Ok(()) };
    let old = match old {
        Some(Object::Service(old)) => Some(&**old),
        _ => None,
    };
    give(world, service, old)
}

/// On its own, as most objects are no Services: the page may fetch it later.
#[inline(never)]
fn give(world: &World, service: &mut Rc<Service>, old: Option<&Service>) -> Result<(), ApiError> {
    let key = service.key();
    let hash = StableHash::default().number(world.seed());
    let hash = hash.text(&key.namespace).text(&key.name);
    if has_address(service) {
        let invalid = |errors| ApiError::Invalid(key.clone(), errors);
        families(Rc::make_mut(service)).map_err(invalid)?;
        if old.is_none_or(|old| !has_address(old)) && service.text("clusterIP") != "None" {
            cluster_ip(world, Rc::make_mut(service), hash).map_err(|denied| {
                denied.told(&key, &format!("a serviceIP for Service {:?}", key.name.as_str()))
            })?;
        }
    }
    let needs_health_port = has_health_port(service) && !old.is_some_and(has_health_port);
    if !has_node_ports(service) && !needs_health_port {
        return Ok(());
    }
    let mut ports = Ports::new(world, old, hash);
    if has_node_ports(service) {
        node_ports(Rc::make_mut(service), old, &mut ports)
            .map_err(|denied| denied.told(&key, "a nodePort"))?;
    }
    if needs_health_port {
        health_port(Rc::make_mut(service), &mut ports)?;
    }
    Ok(())
}

/// Why something was not given: a field asks for what it cannot have, or nothing is left.
enum Denied {
    Field(FieldError),
    Full,
}

impl Denied {
    fn told(self, key: &ObjectKey, what: &str) -> ApiError {
        match self {
            Denied::Field(error) => ApiError::Invalid(key.clone(), vec![error]),
            Denied::Full => internal(format!("failed to allocate {what}: range is full")),
        }
    }
}

fn internal(why: String) -> ApiError {
    ApiError::Internal(format!("Internal error occurred: {why}"))
}

fn invalid(field: String, value: &Value, detail: String) -> FieldError {
    FieldError { field, type_: ErrorType::Invalid, value: Some(value.to_string()), detail }
}

/// Gives the address that is asked for, or one by chance from the upper part of the range (`ipallocator.go`).
fn cluster_ip(world: &World, service: &mut Service, hash: StableHash) -> Result<(), Denied> {
    let mut taken: BTreeSet<&str> = sort::set(world.services().map(|other| other.text("clusterIP")));
    if !is_dns_service(&service.key()) {
        taken.insert(DNS_SERVER);
    }
    let (network, size) = RANGE;
    let wanted = service.text("clusterIP");
    if !wanted.is_empty() {
        // What is no address validation says.
        let Ok(number) = wanted.parse::<Ipv4Addr>().map(u32::from) else { return Ok(()) };
        let place = number.wrapping_sub(network);
        let why = if place >= size {
            "the provided network does not match the current range".to_owned()
        } else if place == 0 || place == size - 1 {
            let range = format!("{}/12", Ipv4Addr::from(network));
            format!("the provided IP ({wanted}) is not in the valid range. The range of valid IPs is {range}")
        } else if taken.contains(wanted) {
            "provided IP is already allocated".to_owned()
        } else {
            return Ok(());
        };
        let detail = format!("failed to allocate IP {wanted}: {why}");
        let value = service.spec.rest.get("clusterIPs").cloned().unwrap_or_default();
        return Err(Denied::Field(invalid("spec.clusterIPs".into(), &value, detail)));
    }
    let (first, last) = (network + 1, network + size - 2);
    let free = |from: u32, to: u32| {
        let count = to - from + 1;
        let start = u32::try_from(hash.finish() % u64::from(count)).unwrap_or_default();
        let all = (0..count).map(move |step| Ipv4Addr::from(from + (start + step) % count).to_string());
        all.into_iter().find(|ip| !taken.contains(ip.as_str()))
    };
    let ip = free(first + KEPT, last).or_else(|| free(first, first + KEPT - 1)).ok_or(Denied::Full)?;
    service.spec.rest.set("clusterIPs", json!([ip]));
    service.spec.rest.set("clusterIP", ip.into());
    Ok(())
}

/// Which families of addresses it has (`initIPFamilyFields`), in a cluster with IPv4 alone. A headless Service without a
/// selector may have both.
fn families(service: &mut Service) -> Result<(), Vec<FieldError>> {
    let is_open = service.text("clusterIP") == "None" && service.spec.selector.is_empty();
    if service.spec.rest.get("ipFamilyPolicy").is_none() {
        let policy = if is_open { "RequireDualStack" } else { "SingleStack" };
        service.spec.rest.set("ipFamilyPolicy", policy.into());
    }
    let policy = service.spec.rest.get("ipFamilyPolicy").cloned().unwrap_or_default();
    let (addresses, mut families) = (list(service, "clusterIPs"), list(service, "ipFamilies"));
    let mut errors = Vec::new();
    if policy == "SingleStack" {
        for (list, what) in [(&addresses, "cluster IPs"), (&families, "IP families")] {
            if list.len() == 2 {
                let detail = format!(
                    "must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified"
                );
                errors.push(invalid("spec.ipFamilyPolicy".into(), &policy, detail));
            }
        }
    }
    for (index, ip) in addresses.iter().enumerate().skip(families.len()) {
        if ip.as_str().is_some_and(|ip| ip.contains(':')) {
            let detail = "IPv6 is not configured on this cluster".to_owned();
            let value = Value::Array(addresses.clone());
            errors.push(invalid(format!("spec.clusterIPs[{index}]"), &value, detail));
        }
    }
    if errors.is_empty() && !is_open {
        if policy == "RequireDualStack" {
            let detail = "this cluster is not configured for dual-stack services".to_owned();
            errors.push(invalid("spec.ipFamilyPolicy".into(), &policy, detail));
        }
        for (index, family) in families.iter().enumerate().filter(|(_, family)| **family != "IPv4") {
            let detail = "not configured on this cluster".to_owned();
            errors.push(invalid(format!("spec.ipFamilies[{index}]"), family, detail));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if families.is_empty() {
        families.push("IPv4".into());
    }
    if is_open && families.len() < 2 && policy != "SingleStack" {
        families.push(if families[0] == "IPv4" { "IPv6" } else { "IPv4" }.into());
    }
    service.spec.rest.set("ipFamilies", families.into());
    Ok(())
}

fn used_ports(service: &Service) -> BTreeSet<i64> {
    let ports = list(service, "ports");
    let health = service.spec.rest.get("healthCheckNodePort").and_then(Value::as_i64);
    let used = ports.iter().filter_map(|port| port["nodePort"].as_i64()).chain(health);
    sort::set(used.filter(|port| *port != 0))
}

/// The ports of nodes that are given already.
struct Ports {
    taken: BTreeSet<i64>,
    hash: StableHash,
}

impl Ports {
    fn new(world: &World, old: Option<&Service>, hash: StableHash) -> Self {
        let is_other = |other: &&Rc<Service>| old.is_none_or(|old| other.metadata.uid != old.metadata.uid);
        let taken = world.services().filter(is_other).flat_map(|other| used_ports(other));
        Ports { taken: sort::set(taken.chain(old.map(used_ports).unwrap_or_default())), hash }
    }

    fn take(&mut self, port: i64) -> Result<i64, &'static str> {
        if !NODE_PORTS.contains(&port) {
            return Err("provided port is not in the valid range. The range of valid ports is 30000-32767");
        }
        if self.taken.insert(port) { Ok(port) } else { Err("provided port is already allocated") }
    }

    /// One by chance: from the upper part while it lasts.
    fn next(&mut self) -> Option<i64> {
        let upper = NODE_PORTS.start + KEPT_PORTS;
        let draw = self.hash.text("port").number(self.taken.len() as u64).finish();
        let from = |low: i64, high: i64| {
            let count = high - low;
            let first = i64::try_from(draw % count.unsigned_abs()).unwrap_or_default();
            (0..count).map(move |step| low + (first + step) % count)
        };
        let all = from(upper, NODE_PORTS.end).chain(from(NODE_PORTS.start, upper));
        let free = all.into_iter().find(|port| !self.taken.contains(port))?;
        self.taken.insert(free);
        Some(free)
    }
}

/// Gives a Service ports of the nodes (`initNodePorts`, `updateNodePorts`): what it states if that is free. Of a new
/// Service the same port of two protocols is the same port of the nodes.
fn node_ports(service: &mut Service, old: Option<&Service>, numbers: &mut Ports) -> Result<(), Denied> {
    let gives = service.text("type") == "NodePort"
        || service.spec.rest.get("allocateLoadBalancerNodePorts").is_none_or(|gives| *gives == true);
    let held = old.map(used_ports).unwrap_or_default();
    let mut ports = list(service, "ports");
    let mut given: Vec<(Value, i64)> = Vec::new();
    for index in 0..ports.len() {
        let stated = ports[index]["nodePort"].as_i64().unwrap_or(0);
        if stated == 0 && !gives {
            continue;
        }
        let number = &ports[index]["port"];
        let same = given.iter().find(|(port, _)| port == number).map(|(_, given)| *given);
        let of_same_number = |port: &&Value| {
            port["port"] == *number && port["nodePort"].as_i64().is_some_and(|stated| stated != 0)
        };
        let requested = ports.iter().find(of_same_number).and_then(|port| port["nodePort"].as_i64());
        let wanted = match (old, same) {
            (None, Some(given)) if stated == 0 => {
                ports[index]["nodePort"] = given.into();
                continue;
            }
            (None, Some(given)) if stated == given => continue,
            (None, None) => requested,
            _ => (stated != 0).then_some(stated),
        };
        let is_held = |wanted: &i64| {
            held.contains(wanted) || old.is_some() && given.iter().any(|(_, given)| given == wanted)
        };
        let port = match wanted {
            Some(wanted) if is_held(&wanted) => wanted,
            Some(wanted) => numbers.take(wanted).map_err(|why| {
                let field = format!("spec.ports[{index}].nodePort");
                Denied::Field(invalid(field, &wanted.into(), why.to_owned()))
            })?,
            None => numbers.next().ok_or(Denied::Full)?,
        };
        given.push((number.clone(), port));
        ports[index]["nodePort"] = port.into();
    }
    service.spec.rest.set("ports", ports.into());
    Ok(())
}

fn health_port(service: &mut Service, ports: &mut Ports) -> Result<(), ApiError> {
    let wanted = service.spec.rest.get("healthCheckNodePort").and_then(Value::as_i64).unwrap_or(0);
    let port = if wanted == 0 {
        let full = || internal("failed to allocate a HealthCheck NodePort 0: range is full".into());
        ports.next().ok_or_else(full)?
    } else {
        let taken =
            |why| internal(format!("failed to allocate requested HealthCheck NodePort {wanted}: {why}"));
        ports.take(wanted).map_err(taken)?
    };
    service.spec.rest.set("healthCheckNodePort", port.into());
    Ok(())
}

/// What a Service that is only tried was given comes from no range: the first address, and the ports behind the last
/// (`DryRun` of `pkg/registry/core/service/{ipallocator,portallocator}`).
pub fn as_tried(made: &mut Service, sent: &Service) {
    if has_address(made) && sent.text("clusterIP").is_empty() {
        let ip = Ipv4Addr::from(RANGE.0).to_string();
        made.spec.rest.set("clusterIPs", json!([ip]));
        made.spec.rest.set("clusterIP", ip.into());
    }
    let mut next = NODE_PORTS.end;
    let mut number = || {
        next += 1;
        Value::from(next)
    };
    let (mut ports, were) = (list(made, "ports"), list(sent, "ports"));
    for (index, port) in ports.iter_mut().enumerate() {
        let is_given = were.get(index).and_then(|was| was["nodePort"].as_i64()).unwrap_or(0) != 0;
        if port["nodePort"].as_i64().unwrap_or(0) != 0 && !is_given {
            port["nodePort"] = number();
        }
    }
    made.spec.rest.set("ports", ports.into());
    let is_set =
        |service: &Service| service.spec.rest.get("healthCheckNodePort").is_some_and(|port| *port != 0);
    if is_set(made) && !is_set(sent) {
        made.spec.rest.set("healthCheckNodePort", number());
    }
}

/// Takes away what a Service of another type does not have, where it is as it was, and what its load balancer had given
/// (`dropTypeDependentFields`).
pub(super) fn drop_of_other_type(object: &mut Object, old: &Object) {
    let (Object::Service(service), Object::Service(old)) = (object, old) else { return };
    let is_external = |service: &Service| {
        has_node_ports(service)
            || service.text("type") == "ClusterIP" && !list(service, "externalIPs").is_empty()
    };
    let is_balanced = |service: &Service| service.text("type") == "LoadBalancer";
    let left = |is: fn(&Service) -> bool| is(old) && !is(service);
    let loses_external = is_external(old) && !is_external(service);
    let loses_balancer = is_balanced(old) && !is_balanced(service);
    let (loses_address, loses_ports, loses_health) =
        (left(has_address), left(has_node_ports), left(has_health_port));
    let numbers = |service: &Service| -> Vec<i64> {
        list(service, "ports")
            .iter()
            .filter_map(|port| port["nodePort"].as_i64().filter(|number| *number != 0))
            .collect()
    };
    // Ports may come and go meanwhile, as long as none asks for a number (`sameNodePorts`).
    let (kept, known) = (numbers(service), numbers(old));
    let asks_for_none = kept.iter().all(|number| known.contains(number));
    let service = Rc::make_mut(service);
    for (field, is_lost) in [
        ("clusterIP", loses_address),
        ("clusterIPs", loses_address),
        ("ipFamilies", loses_address),
        ("ipFamilyPolicy", loses_address),
        ("healthCheckNodePort", loses_health),
        ("allocateLoadBalancerNodePorts", loses_balancer),
        ("loadBalancerClass", loses_balancer),
        ("externalTrafficPolicy", loses_external),
    ] {
        if is_lost && service.spec.rest.get(field) == old.spec.rest.get(field) {
            service.spec.rest.set(field, Value::Null);
        }
    }
    if !is_balanced(service) {
        service.rest.set("status", Value::Null);
    }
    if loses_ports && asks_for_none {
        let mut ports = list(service, "ports");
        for port in ports.iter_mut().filter_map(Value::as_object_mut) {
            port.remove("nodePort");
        }
        service.spec.rest.set("ports", ports.into());
    }
}

/// What a Service was given stays where another state of it says nothing of it (`patchAllocatedValues`).
pub(super) fn keep(object: &mut Object, old: &Object) {
    let (Object::Service(service), Object::Service(old)) = (object, old) else { return };
    if !has_address(service) || !has_address(old) {
        return;
    }
    let service = Rc::make_mut(service);
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if service.spec.rest.get(field).is_none_or(|value| *value == json!("")) {
            service.spec.rest.set(field, old.spec.rest.get(field).cloned().unwrap_or_default());
        }
    }
    // Who changes the one address means the list, too (`normalizeClusterIPs`).
    let field = |service: &Service, name: &str| service.spec.rest.get(name).cloned().unwrap_or_default();
    let address = field(service, "clusterIP");
    if address != field(old, "clusterIP") && field(service, "clusterIPs") == field(old, "clusterIPs") {
        service.spec.rest.set("clusterIPs", json!([address]));
    }
    if !has_node_ports(service) || !has_node_ports(old) {
        return;
    }
    let (now, before) = (used_ports(service), used_ports(old));
    let (mut ports, were) = (list(service, "ports"), list(old, "ports"));
    for port in &mut ports {
        let was = were.iter().rfind(|was| was["name"] == port["name"]);
        let was = was.map(|was| was["nodePort"].clone()).unwrap_or_default();
        let is_used = was.as_i64().is_some_and(|was| now.contains(&was) && before.contains(&was));
        if port["nodePort"].as_i64().unwrap_or(0) == 0 && !was.is_null() && !is_used {
            port["nodePort"] = was;
        }
    }
    service.spec.rest.set("ports", ports.into());
    if has_health_port(service)
        && has_health_port(old)
        && service.spec.rest.get("healthCheckNodePort").is_none()
    {
        let port = old.spec.rest.get("healthCheckNodePort").cloned().unwrap_or_default();
        service.spec.rest.set("healthCheckNodePort", port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;
    use crate::cluster::Write;
    use crate::cluster::given::{self, object};

    fn service(name: &str, spec: Value) -> Object {
        object(json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name }, "spec": spec }))
    }

    fn stored(world: &mut World, write: Write) -> Value {
        given::stored(world, write).to_json()["spec"].clone()
    }

    fn refusal(world: &mut World, name: &str, spec: Value) -> String {
        world.write(Write::Create(service(name, spec)), Time::EPOCH).expect_err("refused").to_string()
    }

    #[test]
    fn whoever_changes_the_address_is_told_of_the_list() {
        let mut world = World::new(1, Time::EPOCH);
        for (name, spec) in [
            ("plain", json!({ "ports": [{ "port": 80 }] })),
            ("headless", json!({ "clusterIP": "None", "selector": { "a": "b" }, "ports": [{ "port": 80 }] })),
        ] {
            let service = json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": "default" }, "spec": spec });
            let mut changed = given::add(&mut world, service).to_json();
            changed["spec"]["clusterIP"] = "10.96.9.9".into();
            changed["metadata"]["resourceVersion"] = "".into();
            let error =
                world.write(Write::Update(object(changed)), Time::EPOCH).expect_err("refused").to_string();
            let expected = "spec.clusterIPs[0]: Invalid value: [\"10.96.9.9\"]: may not change once set";
            assert!(error.ends_with(expected), "{error}");
        }
    }

    /// `pkg/registry/core/service/ipallocator/ipallocator.go`, `storage/alloc.go`.
    #[test]
    fn an_address_that_is_asked_for_is_given_or_refused() {
        let mut world = World::new(1, Time::EPOCH);
        let spec = |ip: &str| json!({ "clusterIP": ip, "ports": [{ "port": 80 }] });
        let given = stored(&mut world, Write::Create(service("one", spec("10.96.0.20"))));
        assert_eq!(given["clusterIP"], "10.96.0.20");
        for (ip, why) in [
            ("10.96.0.20", "provided IP is already allocated"),
            ("10.96.0.1", "provided IP is already allocated"),
            ("10.95.0.1", "the provided network does not match the current range"),
            (
                "10.96.0.0",
                "the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/12",
            ),
            (
                "10.111.255.255",
                "the provided IP (10.111.255.255) is not in the valid range. The range of valid IPs is 10.96.0.0/12",
            ),
        ] {
            let expected = format!(
                "Service \"two\" is invalid: spec.clusterIPs: Invalid value: [\"{ip}\"]: failed to allocate IP {ip}: {why}"
            );
            assert_eq!(refusal(&mut world, "two", spec(ip)), expected);
        }
        // What a Service has already asks nobody.
        let same = json!({ "clusterIP": "10.96.0.20", "ports": [{ "port": 81 }] });
        assert_eq!(stored(&mut world, Write::Update(service("one", same)))["clusterIP"], "10.96.0.20");
    }

    #[test]
    fn what_is_drawn_leaves_the_lower_part_to_those_who_ask() {
        for seed in 0..50 {
            let mut world = World::new(seed, Time::EPOCH);
            let spec = json!({ "type": "NodePort", "ports": [{ "port": 80 }] });
            let given = stored(&mut world, Write::Create(service("one", spec)));
            let ip: Ipv4Addr =
                given["clusterIP"].as_str().and_then(|ip| ip.parse().ok()).expect("an address");
            assert!((Ipv4Addr::new(10, 96, 1, 1)..=Ipv4Addr::new(10, 111, 255, 254)).contains(&ip), "{ip}");
            let port = given["ports"][0]["nodePort"].as_i64().expect("a port");
            assert!((30_086..32_768).contains(&port), "{port}");
        }
    }

    #[test]
    fn ports_of_nodes_are_given_or_refused() {
        let mut world = World::new(1, Time::EPOCH);
        let spec = |ports: Value| json!({ "type": "NodePort", "ports": ports });
        let one = spec(json!([{ "port": 80, "nodePort": 30_000 }]));
        stored(&mut world, Write::Create(service("one", one)));
        for (port, why) in [
            (30_000, "provided port is already allocated"),
            (80, "provided port is not in the valid range. The range of valid ports is 30000-32767"),
            (-1, "provided port is not in the valid range. The range of valid ports is 30000-32767"),
        ] {
            let expected =
                format!("Service \"two\" is invalid: spec.ports[0].nodePort: Invalid value: {port}: {why}");
            let spec = spec(json!([{ "port": 80, "nodePort": port }]));
            assert_eq!(refusal(&mut world, "two", spec), expected);
        }
        let both = spec(json!([
            { "name": "a", "port": 53, "protocol": "UDP" },
            { "name": "b", "port": 53, "protocol": "TCP", "nodePort": 30_053 },
        ]));
        let both = stored(&mut world, Write::Create(service("dns", both)));
        assert_eq!(
            (&both["ports"][0]["nodePort"], &both["ports"][1]["nodePort"]),
            (&30_053.into(), &30_053.into())
        );
    }

    /// `dropTypeDependentFields` in `pkg/registry/core/service/strategy.go`.
    #[test]
    fn a_service_of_another_type_loses_what_that_has_not() {
        let mut world = World::new(1, Time::EPOCH);
        let balanced =
            json!({ "type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [{ "port": 80 }] });
        let before = stored(&mut world, Write::Create(service("one", balanced)));
        assert!(before["healthCheckNodePort"].as_i64().is_some_and(|port| NODE_PORTS.contains(&port)));
        let mut plain = before.clone();
        plain["type"] = "ClusterIP".into();
        let after = stored(&mut world, Write::Update(service("one", plain)));
        for lost in ["healthCheckNodePort", "externalTrafficPolicy", "allocateLoadBalancerNodePorts"] {
            assert_eq!(after[lost], Value::Null, "{lost}");
        }
        assert_eq!(after["ports"][0]["nodePort"], Value::Null);
        assert_eq!(after["clusterIP"], before["clusterIP"]);
        // Also where a port comes or goes meanwhile, as long as none is written that it had not.
        let two = json!({ "type": "NodePort", "ports": [{ "name": "a", "port": 80 }, { "name": "b", "port": 81 }] });
        let mut other = stored(&mut world, Write::Create(service("two", two)));
        other["type"] = "ClusterIP".into();
        other["ports"].as_array_mut().expect("ports").pop();
        let other = stored(&mut world, Write::Update(service("two", other)));
        assert_eq!(other["ports"][0]["nodePort"], Value::Null);
        let name = json!({ "type": "ExternalName", "externalName": "example.com" });
        let named = stored(&mut world, Write::Update(service("one", name)));
        assert_eq!((&named["clusterIP"], &named["ipFamilies"]), (&Value::Null, &Value::Null));
        let again = stored(&mut world, Write::Update(service("one", json!({ "ports": [{ "port": 80 }] }))));
        assert!(again["clusterIP"].as_str().is_some_and(|ip| ip.starts_with("10.")), "{again}");
    }

    /// `initIPFamilyFields` in `pkg/registry/core/service/storage/alloc.go`.
    #[test]
    fn a_cluster_of_ipv4_refuses_the_other_family() {
        let mut world = World::new(1, Time::EPOCH);
        for (spec, why) in [
            (
                json!({ "ipFamilyPolicy": "RequireDualStack", "ports": [{ "port": 80 }] }),
                "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services",
            ),
            (
                json!({ "ipFamilies": ["IPv6"], "ports": [{ "port": 80 }] }),
                "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster",
            ),
            (
                json!({ "clusterIP": "fd00::1", "ports": [{ "port": 80 }] }),
                "spec.clusterIPs[0]: Invalid value: [\"fd00::1\"]: IPv6 is not configured on this cluster",
            ),
        ] {
            assert_eq!(refusal(&mut world, "s", spec), format!("Service \"s\" is invalid: {why}"));
        }
    }

    #[test]
    fn a_service_gets_an_address_and_keeps_it() {
        let mut world = World::new(1, Time::EPOCH);
        let spec = |type_: &str, port: u16| json!({ "type": type_, "selector": { "a": "b" }, "ports": [{ "port": port }] });
        let one = stored(&mut world, Write::Create(service("one", spec("NodePort", 80))));
        let two = stored(&mut world, Write::Create(service("two", spec("ClusterIP", 80))));
        assert!(one["clusterIP"].as_str().is_some_and(|ip| ip.starts_with("10.")), "{one}");
        assert_eq!(one["clusterIPs"], json!([one["clusterIP"]]));
        assert_ne!(one["clusterIP"], two["clusterIP"]);
        assert_eq!((&two["ipFamilies"], &two["ipFamilyPolicy"]), (&json!(["IPv4"]), &json!("SingleStack")));
        let port = one["ports"][0]["nodePort"].as_i64().expect("a port");
        assert!((30_000..32_768).contains(&port));
        let changed = json!({ "type": "NodePort", "selector": { "a": "c" }, "ports": [{ "port": 80 }] });
        let again = stored(&mut world, Write::Update(service("one", changed)));
        assert_eq!((&again["clusterIP"], &again["ports"]), (&one["clusterIP"], &one["ports"]));
        let headless = json!({ "clusterIP": "None", "selector": { "a": "b" } });
        assert_eq!(stored(&mut world, Write::Create(service("h", headless)))["clusterIPs"], json!(["None"]));
    }
}
