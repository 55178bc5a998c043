//! What the API server gives a Service: addresses of the cluster and ports of its nodes. Upstream:
//! `pkg/registry/core/service/storage/{alloc,storage}.go`, in a cluster with IPv4 alone.

use super::{StableHash, World};
use crate::api::{Kind, Object, Service};
use serde_json::{Value, json};
use std::rc::Rc;

/// The first number of the ports of nodes, and how many there are (`--service-node-port-range`).
const NODE_PORTS: (u64, u64) = (30_000, 2_768);

fn text<'s>(service: &'s Service, field: &str) -> &'s str {
    service.spec.rest.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn has_address(service: &Service) -> bool {
    text(service, "type") != "ExternalName"
}

fn has_node_ports(service: &Service) -> bool {
    ["NodePort", "LoadBalancer"].contains(&text(service, "type"))
}

/// Gives a new Service what it does not ask for by itself.
pub(super) fn allocate(world: &World, object: &mut Object) {
    let Object::Service(service) = object else { return };
    if has_address(service) {
        let others: Vec<Value> = world.of_kind(&Kind::Service).map(Object::to_json).collect();
        let hash = StableHash::default().number(world.seed());
        let hash = hash.text(&service.metadata.namespace).text(&service.metadata.name);
        let service = Rc::make_mut(service);
        families(service);
        if text(service, "clusterIP").is_empty() {
            let is_free = |ip: &String| !others.iter().any(|other| other["spec"]["clusterIP"] == ip.as_str());
            let ip = (0..).map(|attempt| address(hash.number(attempt).finish())).find(is_free);
            let ip = ip.unwrap_or_default();
            service.spec.rest.set("clusterIPs", json!([ip]));
            service.spec.rest.set("clusterIP", ip.into());
        }
        if has_node_ports(service) {
            node_ports(service, &others, hash);
        }
    }
}

/// An address in 10.96.0.0/12 but not among the first, which stay for those that ask for one.
fn address(number: u64) -> String {
    let [low, middle, high, ..] = number.to_le_bytes();
    format!("10.{}.{}.{}", 96 + high % 16, middle, 1 + low % 254)
}

/// Which families of addresses it has. A headless Service without a selector may have both.
fn families(service: &mut Service) {
    let is_open = text(service, "clusterIP") == "None" && service.spec.selector.is_empty();
    let (families, policy) = match is_open {
        true => (json!(["IPv4", "IPv6"]), "RequireDualStack"),
        false => (json!(["IPv4"]), "SingleStack"),
    };
    let rest = &mut service.spec.rest;
    if rest.get("ipFamilies").is_none() {
        rest.set("ipFamilies", families);
    }
    if rest.get("ipFamilyPolicy").is_none() {
        rest.set("ipFamilyPolicy", policy.into());
    }
}

fn node_ports(service: &mut Service, others: &[Value], hash: StableHash) {
    let mut ports = service.spec.rest.get("ports").and_then(Value::as_array).cloned().unwrap_or_default();
    let used =
        |ports: &[Value]| -> Vec<u64> { ports.iter().filter_map(|port| port["nodePort"].as_u64()).collect() };
    let mut taken: Vec<u64> = others
        .iter()
        .flat_map(|other| other["spec"]["ports"].as_array().map(|ports| used(ports)).unwrap_or_default())
        .chain(used(&ports))
        .collect();
    let (first, count) = NODE_PORTS;
    for (index, port) in ports.iter_mut().enumerate() {
        if port["nodePort"].as_u64().unwrap_or(0) == 0 {
            let start = hash.text("port").number(index as u64).finish() % count;
            let mut numbers = (0..count).map(|step| first + (start + step) % count);
            if let Some(number) = numbers.find(|number| !taken.contains(number)) {
                port["nodePort"] = number.into();
                taken.push(number);
            }
        }
    }
    service.spec.rest.set("ports", ports.into());
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
    if !has_node_ports(service) || !has_node_ports(old) {
        return;
    }
    let list = |service: &Service| {
        service.spec.rest.get("ports").and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let (mut ports, were) = (list(service), list(old));
    for port in &mut ports {
        let same = |was: &&Value| was["port"] == port["port"] && was["protocol"] == port["protocol"];
        let number = were.iter().find(same).map(|was| was["nodePort"].clone()).unwrap_or_default();
        if port["nodePort"].as_u64().unwrap_or(0) == 0 && !number.is_null() {
            port["nodePort"] = number;
        }
    }
    service.spec.rest.set("ports", ports.into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;
    use crate::cluster::Write;

    fn service(name: &str, spec: Value) -> Object {
        let object =
            json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name }, "spec": spec });
        Object::from_json(object).expect("a service")
    }

    fn stored(world: &mut World, write: Write) -> Value {
        let change = world.write(write, Time::EPOCH).expect("accepted").expect("a change");
        change.after.expect("it is there").to_json()["spec"].clone()
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
        let port = one["ports"][0]["nodePort"].as_u64().expect("a port");
        assert!((30_000..32_768).contains(&port));
        let changed = json!({ "type": "NodePort", "selector": { "a": "c" }, "ports": [{ "port": 80 }] });
        let again = stored(&mut world, Write::Update(service("one", changed)));
        assert_eq!((&again["clusterIP"], &again["ports"]), (&one["clusterIP"], &one["ports"]));
        let headless = json!({ "clusterIP": "None", "selector": { "a": "b" } });
        assert_eq!(stored(&mut world, Write::Create(service("h", headless)))["clusterIPs"], json!(["None"]));
    }
}
