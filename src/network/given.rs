//! A cluster for the tests of this layer: nodes `a` and `b` in zone `z1`, `c` in `z2`; pods that listen on 9100.

use crate::api::{Kind, Object, ObjectKey, Time};
use crate::cluster::{World, Write};
use serde_json::{Value, json};
use std::rc::Rc;

/// Adds an object as the API server stores it.
pub fn add(world: &mut World, object: Value) -> Object {
    let object = Object::from_json(object).expect("an object");
    let change = world.write(Write::Create(object), Time::EPOCH).expect("accepted").expect("a change");
    change.after.expect("it is there")
}

/// The nodes: `a` has 192.168.7.2 and pods 10.244.2.x, `b` and `c` follow.
pub fn cluster() -> World {
    let mut world = World::new(1, Time::EPOCH);
    for (name, zone, last) in [("a", "z1", 2), ("b", "z1", 3), ("c", "z2", 4)] {
        let address = format!("192.168.7.{last}");
        add(
            &mut world,
            json!({
                "apiVersion": "v1", "kind": "Node",
                "metadata": { "name": name, "labels": { "topology.kubernetes.io/zone": zone } },
                "status": { "addresses": [{ "type": "InternalIP", "address": address }] },
            }),
        );
    }
    world
}

/// A running pod with these fields of the spec, at the last part of its node's addresses; ready unless said otherwise.
pub fn pod(world: &mut World, name: &str, node: &str, last: u8, spec: Value, ready: bool) {
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "labels": { "app": "agent" } },
        "spec": { "nodeName": node, "containers": [{ "name": "c", "image": "c", "ports": [{ "containerPort": 9100 }] }] },
    });
    for (field, value) in spec.as_object().into_iter().flatten() {
        pod["spec"][field] = value.clone();
    }
    let Object::Pod(mut pod) = add(world, pod) else { return };
    let third = node.bytes().next().unwrap_or(b'a') - b'a' + 2;
    let new = Rc::make_mut(&mut pod);
    new.status.phase = "Running".into();
    new.status.host_ip = ecow::eco_format!("192.168.7.{third}");
    new.status.pod_ip = if new.spec.host_network {
        new.status.host_ip.clone()
    } else {
        ecow::eco_format!("10.244.{third}.{last}")
    };
    let status = if ready { "True" } else { "False" };
    new.set_condition(crate::api::Condition::new("Ready", status, "", ""), Time::EPOCH);
    world.write(Write::UpdateStatus(Object::Pod(pod)), Time::EPOCH).expect("accepted");
}

/// A Service `agent` with port 80 to 9100 and what else is in its spec.
pub fn service(world: &mut World, spec: Value) -> Object {
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "agent" },
        "spec": { "selector": { "app": "agent" }, "ports": [{ "name": "http", "port": 80, "targetPort": 9100 }] },
    });
    for (field, value) in spec.as_object().into_iter().flatten() {
        service["spec"][field] = value.clone();
    }
    add(world, service)
}

/// A slice of the Service `agent` for these pods: name, and of ready, serving and terminating what is true (`rst`).
pub fn slice(world: &mut World, pods: &[(&str, &str)]) {
    let endpoints: Vec<Value> = pods.iter().map(|(name, is)| endpoint(world, name, is)).collect();
    add(
        world,
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {
                "name": format!("agent-{}", world.revision()), "labels": { "kubernetes.io/service-name": "agent" },
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
