//! Which endpoints there are, and into which slices they go.

use super::{EndpointSliceController, MANAGED_BY};
use crate::api::{Condition, Kind, Millis, Object, ObjectKey, SERVICE_NAME, Stored, Time};
use crate::cluster::{Component, Cx, Wakes, WorkKey, World, Write};
use serde_json::{Value, json};
use std::rc::Rc;

fn add(world: &mut World, object: Value) {
    let object = Object::from_json(object).expect("an object");
    world.write(Write::Create(object), Time::EPOCH).expect("accepted");
}

fn cluster(service: Value) -> World {
    let mut world = World::new(1, Time::EPOCH);
    add(&mut world, json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" } }));
    let mut object = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "agent", "labels": { "team": "x" } },
        "spec": { "selector": { "app": "agent" }, "ports": [{ "name": "http", "port": 80, "targetPort": 9100 }] },
    });
    for (field, value) in service.as_object().into_iter().flatten() {
        object["spec"][field] = value.clone();
    }
    add(&mut world, object);
    world
}

/// A pod that is ready at this address.
fn pod(world: &mut World, name: &str, address: &str, spec: Value) {
    let mut object = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "labels": { "app": "agent" } },
        "spec": {
            "nodeName": "n",
            "containers": [{ "name": "c", "image": "c", "ports": [{ "name": "metrics", "containerPort": 9200 }] }],
        },
    });
    for (field, value) in spec.as_object().into_iter().flatten() {
        object["spec"][field] = value.clone();
    }
    add(world, object);
    ready(world, name, address, true);
}

fn ready(world: &mut World, name: &str, address: &str, is_ready: bool) {
    let mut pod = Rc::clone(world.pod("default", name).expect("a pod"));
    let new = Rc::make_mut(&mut pod);
    new.status.phase = "Running".into();
    new.status.pod_ip = address.into();
    new.set_condition(Condition::new("Ready", if is_ready { "True" } else { "False" }, "", ""), Time::EPOCH);
    world.write(Write::UpdateStatus(Object::Pod(pod)), Time::EPOCH).expect("accepted");
}

fn agents(world: &mut World, numbers: core::ops::Range<usize>) {
    for number in numbers {
        let address = format!("10.244.{}.{}", number / 200, 2 + number % 200);
        pod(world, &format!("agent-{number:05}"), &address, json!({}));
    }
}

/// One look; gives what it wrote: slices created, updated, deleted.
fn look(world: &mut World) -> [usize; 3] {
    let key = WorkKey::Object(ObjectKey::new(Kind::Service, "default", "agent"));
    let writes = EndpointSliceController::reconcile(
        &Cx { world, now: Time::EPOCH, seed: 1, by_chance: false, step: 0 },
        &mut (),
        &key,
    )
    .writes;
    let mut counts = [0; 3];
    for write in writes {
        counts[match write {
            Write::Create(_) => 0,
            Write::Update(_) => 1,
            _ => 2,
        }] += 1;
        world.write(write, Time::EPOCH).expect("accepted");
    }
    counts
}

fn slices(world: &World) -> Vec<Rc<Stored>> {
    let kind = Kind::of("discovery.k8s.io/v1", "EndpointSlice");
    let slices = world.of_kind(&kind).filter_map(|object| match object {
        Object::Stored(slice) => Some(Rc::clone(slice)),
        _ => None,
    });
    slices.collect()
}

fn sizes(world: &World) -> Vec<usize> {
    let size = |slice: &Rc<Stored>| slice.rest.get("endpoints").and_then(Value::as_array).map_or(0, Vec::len);
    let mut sizes: Vec<usize> = slices(world).iter().map(size).collect();
    sizes.sort_unstable();
    sizes
}

/// `reconcileByPortMapping` in `k8s.io/endpointslice/reconciler.go`.
#[test]
fn endpoints_are_put_where_few_slices_change() {
    let mut world = cluster(json!({}));
    assert_eq!((look(&mut world), sizes(&world)), ([1, 0, 0], vec![0]), "one slice at least");
    // The empty slice becomes the first full one.
    agents(&mut world, 0..50);
    assert_eq!((look(&mut world), sizes(&world)), ([0, 1, 0], vec![50]));
    assert_eq!(look(&mut world), [0, 0, 0], "nothing is new");
    // More than fit beside: a whole new slice, and what is left goes to the one with room.
    agents(&mut world, 50..200);
    assert_eq!((look(&mut world), sizes(&world)), ([1, 1, 0], vec![100, 100]));
    agents(&mut world, 200..203);
    assert_eq!((look(&mut world), sizes(&world)), ([1, 0, 0], vec![3, 100, 100]));
    // A slice that changes anyway is filled first.
    let key = |name: &str| ObjectKey::pod("default", name);
    world.drop_object(&key("agent-00000"));
    agents(&mut world, 203..204);
    assert_eq!((look(&mut world), sizes(&world)), ([0, 1, 0], vec![3, 100, 100]));
    for number in 200..203 {
        world.drop_object(&key(&format!("agent-{number:05}")));
    }
    assert_eq!((look(&mut world), sizes(&world)), ([0, 0, 1], vec![100, 100]));
}

/// `finalize` in the same file.
#[test]
fn a_slice_that_would_go_becomes_one_that_would_come() {
    let mut world = cluster(json!({}));
    agents(&mut world, 0..2);
    look(&mut world);
    let name = slices(&world)[0].metadata.name.clone();
    let mut service =
        world.get(&ObjectKey::new(Kind::Service, "default", "agent")).expect("it is there").to_json();
    service["spec"]["ports"][0]["targetPort"] = 9300.into();
    let service = Object::from_json(service).expect("a Service");
    world.write(Write::Update(service), Time::EPOCH).expect("accepted");
    assert_eq!(look(&mut world), [0, 1, 0]);
    let slices = slices(&world);
    assert_eq!((slices.len(), &slices[0].metadata.name), (1, &name));
    assert_eq!(
        slices[0].rest.get("ports"),
        Some(&json!([{ "name": "http", "port": 9300, "protocol": "TCP" }]))
    );
}

#[test]
fn of_five_thousand_endpoints_one_that_changes_costs_one_slice() {
    let mut world = cluster(json!({}));
    agents(&mut world, 0..5_000);
    assert_eq!(look(&mut world), [50, 0, 0]);
    ready(&mut world, "agent-02500", "10.244.12.102", false);
    assert_eq!(look(&mut world), [0, 1, 0]);
    world.drop_object(&ObjectKey::pod("default", "agent-02501"));
    assert_eq!(look(&mut world), [0, 1, 0]);
    agents(&mut world, 5_000..5_001);
    assert_eq!((look(&mut world), sizes(&world)), ([0, 1, 0], vec![100; 50]));
}

/// `podToEndpoint`, `getEndpointPorts` in `k8s.io/endpointslice/utils.go`, `trafficdist/trafficdist.go`.
#[test]
fn an_endpoint_says_what_its_pod_is() {
    for (service, of_pod, pointer, expected) in [
        (json!({}), json!({}), "/endpoints/0/nodeName", json!("n")),
        (
            json!({}),
            json!({}),
            "/endpoints/0/conditions",
            json!({ "ready": true, "serving": true, "terminating": false }),
        ),
        (json!({}), json!({}), "/endpoints/0/hostname", Value::Null),
        (json!({}), json!({ "hostname": "h", "subdomain": "agent" }), "/endpoints/0/hostname", json!("h")),
        (json!({}), json!({ "hostname": "h", "subdomain": "other" }), "/endpoints/0/hostname", Value::Null),
        (json!({}), json!({}), "/ports/0/port", json!(9100)),
        (
            json!({ "ports": [{ "port": 80, "targetPort": "metrics" }] }),
            json!({}),
            "/ports/0/port",
            json!(9200),
        ),
        (json!({ "ports": [{ "port": 80, "targetPort": "nosuch" }] }), json!({}), "/ports", json!([])),
        (
            json!({ "ports": [{ "port": 80, "targetPort": "metrics", "protocol": "UDP" }] }),
            json!({}),
            "/ports",
            json!([]),
        ),
        (
            json!({ "trafficDistribution": "PreferSameNode" }),
            json!({}),
            "/endpoints/0/hints/forNodes/0/name",
            json!("n"),
        ),
        (json!({ "trafficDistribution": "PreferSameZone" }), json!({}), "/endpoints/0/hints", Value::Null),
        (
            json!({ "clusterIP": "None" }),
            json!({}),
            "/metadata/labels/service.kubernetes.io~1headless",
            json!(""),
        ),
        (json!({}), json!({}), "/metadata/labels/team", json!("x")),
        (json!({}), json!({}), "/metadata/generateName", json!("agent-")),
    ] {
        let mut world = cluster(service.clone());
        pod(&mut world, "p", "10.244.0.2", of_pod.clone());
        look(&mut world);
        let slice = Object::Stored(Rc::clone(&slices(&world)[0])).to_json();
        assert_eq!(
            slice.pointer(pointer).cloned().unwrap_or_default(),
            expected,
            "{service} {of_pod} {pointer}"
        );
        assert_eq!(slice["metadata"]["labels"][SERVICE_NAME], "agent");
        assert_eq!(slice["metadata"]["labels"][MANAGED_BY.0], MANAGED_BY.1);
    }
}

#[test]
fn what_is_not_ready_is_listed_and_what_has_ended_or_no_address_is_not() {
    let mut world = cluster(json!({}));
    pod(&mut world, "p", "10.244.0.2", json!({}));
    ready(&mut world, "p", "10.244.0.2", false);
    look(&mut world);
    let conditions = |world: &World| {
        let slices = slices(world);
        slices[0].rest.get("endpoints").and_then(|all| all.pointer("/0/conditions")).cloned()
    };
    assert_eq!(conditions(&world), Some(json!({ "ready": false, "serving": false, "terminating": false })));
    ready(&mut world, "p", "", true);
    look(&mut world);
    assert_eq!(conditions(&world), None);
}

#[test]
fn a_pod_is_taken_in_when_its_node_comes_after_it() {
    let mut world = cluster(json!({}));
    pod(&mut world, "p", "10.244.0.2", json!({ "nodeName": "later" }));
    look(&mut world);
    assert_eq!(slices(&world).iter().filter_map(|slice| slice.rest.get("endpoints")?.get(0)).count(), 0);
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "later" } });
    let node = Object::from_json(node).expect("a node");
    let change = world.write(Write::Create(node), Time::EPOCH).expect("accepted").expect("a change");
    let mut wakes = Wakes::at(0);
    EndpointSliceController::observe(&world, &change, Time::EPOCH, &mut (), &mut wakes);
    let key = WorkKey::Object(ObjectKey::new(Kind::Service, "default", "agent"));
    assert_eq!(wakes.into_inner(), [(key, Millis(0))]);
}
