//! A cluster for the tests of this layer: nodes `a` and `b` in zone `z1`, `c` in `z2`; pods that listen on 9100.

use crate::api::Time;
use crate::api::{Kind, Object, ObjectKey};
use crate::cluster::World;
use crate::cluster::Write;
pub(crate) use crate::cluster::given::add;
use crate::cluster::given::{node, run_pod, stored, with};
use serde_json::{Value, json};

/// The nodes: `a` has 192.168.7.2 and pods 10.244.2.x, `b` and `c` follow.
pub fn cluster() -> World {
    let mut world = World::new(1, Time::EPOCH);
    for (name, zone) in [("a", "z1"), ("b", "z1"), ("c", "z2")] {
        let addresses = json!([{ "type": "InternalIP", "address": host(name) }]);
        let labels = json!({ "topology.kubernetes.io/zone": zone });
        let more = json!({ "metadata": { "labels": labels }, "status": { "addresses": addresses } });
        stored(&mut world, Write::Create(node(name, more)));
    }
    world
}

/// The part of its addresses that says which node it is.
fn number(node: &str) -> u8 {
    node.bytes().next().unwrap_or(b'a') - b'a' + 2
}

fn host(node: &str) -> String {
    format!("192.168.7.{}", number(node))
}

/// A running pod with these fields of the spec, at the last part of its node's addresses; ready unless said otherwise.
pub fn pod(world: &mut World, name: &str, node: &str, last: u8, spec: Value, ready: bool) {
    let ports = json!([{ "containerPort": 9100 }]);
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "labels": { "app": "agent" } },
        "spec": { "nodeName": node, "containers": [{ "name": "c", "image": "c", "ports": ports }] },
    });
    let is_on_host = spec["hostNetwork"] == true;
    add(world, with(pod, json!({ "spec": spec })));
    let address = if is_on_host { host(node) } else { format!("10.244.{}.{last}", number(node)) };
    run_pod(world, name, &address, ready);
}

/// A Service `agent` with port 80 to 9100 and what else is in its spec.
pub fn service(world: &mut World, spec: Value) -> Object {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "agent" },
        "spec": { "selector": { "app": "agent" }, "ports": [{ "name": "http", "port": 80, "targetPort": 9100 }] },
    });
    add(world, with(service, json!({ "spec": spec })))
}

/// A slice of a Service for these pods: name, and of ready, serving and terminating what is true (`rst`).
pub fn slice(world: &mut World, service: &str, pods: &[(&str, &str)]) {
    let endpoints: Vec<Value> = pods.iter().map(|(name, is)| endpoint(world, name, is)).collect();
    add(
        world,
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {
                "name": format!("{service}-{}", world.revision()), "labels": { "kubernetes.io/service-name": service },
            },
            "endpoints": endpoints, "ports": [{ "name": "http", "port": 9100, "protocol": "TCP" }],
        }),
    );
}

fn endpoint(world: &World, name: &str, is: &str) -> Value {
    let pod = world.pod("default", name).expect("a pod");
    let node = world.node(pod.node().unwrap_or_default());
    let zone = node.and_then(|node| node.zone()).unwrap_or_default();
    let mut endpoint = json!({
        "addresses": [pod.status.pod_ip.as_str()], "nodeName": pod.node(), "zone": zone,
        "conditions": { "ready": is.contains('r'), "serving": is.contains('s'), "terminating": is.contains('t') },
        "targetRef": { "kind": "Pod", "namespace": "default", "name": name },
    });
    if is.contains('z') {
        endpoint["hints"]["forZones"] = json!([{ "name": zone }]);
    }
    if is.contains('n') {
        endpoint["hints"]["forNodes"] = json!([{ "name": pod.node() }]);
    }
    if let Some(hostname) = pod.spec.rest.get("hostname") {
        endpoint["hostname"] = hostname.clone();
    }
    endpoint
}

/// The key of a Service.
pub fn key(name: &str) -> ObjectKey {
    ObjectKey::new(Kind::Service, "default", name)
}
