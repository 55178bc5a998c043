//! Which endpoints there are, and into which slices they go.

use super::{EndpointSliceController, EndpointSliceState, MANAGED_BY};
use crate::api::{Condition, EcoString, EndpointSlice, Kind, Millis, Object, ObjectKey, SERVICE_NAME, Time};
use crate::cluster::given::{add, object, run_pod as ready, with};
use crate::cluster::{ApiError, Change, Component, Cx, Propagation, Wakes, WorkKey, World, Write};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::rc::Rc;

fn cluster(service: Value) -> World {
    let mut world = World::new(1, Time::EPOCH);
    add(&mut world, json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" } }));
    add(&mut world, agent(service));
    world
}

/// The Service, with what else is in its spec.
fn agent(spec: Value) -> Value {
    let agent = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "agent", "labels": { "team": "x" } },
        "spec": { "selector": { "app": "agent" }, "ports": [{ "name": "http", "port": 80, "targetPort": 9100 }] },
    });
    with(agent, json!({ "spec": spec }))
}

/// Only the pods of a Service are noted for it.
#[test]
fn what_another_services_pods_do_is_not_remembered() {
    let mut world = cluster(json!({}));
    let mut state = EndpointSliceState::default();
    agents(&mut world, 0..2);
    let key = WorkKey::Object(ObjectKey::new(Kind::Service, "default", "agent"));
    let cx = Cx { world: &world, now: Time::EPOCH, seed: 1, by_chance: false, step: 0 };
    EndpointSliceController::reconcile(&cx, &mut state, &key);
    for (which, app) in [(0, "agent"), (1, "other")] {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": format!("{app}-{which}"), "labels": { "app": app } },
            "spec": { "containers": [{ "name": "c", "image": "c" }] },
        });
        let change =
            world.write(Write::Create(object(pod)), Time::EPOCH).expect("accepted").expect("a change");
        EndpointSliceController::observe(&world, &change, Time::EPOCH, &mut state, &mut Wakes::at(1));
    }
    let noted: Vec<_> = state.changed.values().flatten().map(EcoString::as_str).collect();
    assert_eq!(noted, ["agent-0"]);
}

/// A pod that is ready at this address.
fn pod(world: &mut World, name: &str, address: &str, spec: Value) {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "labels": { "app": "agent" } },
        "spec": {
            "nodeName": "n",
            "containers": [{ "name": "c", "image": "c", "ports": [{ "name": "metrics", "containerPort": 9200 }] }],
        },
    });
    add(world, with(pod, json!({ "spec": spec })));
    ready(world, name, address, true);
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
        &mut Default::default(),
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

fn slices(world: &World) -> Vec<Rc<EndpointSlice>> {
    let slices = world.of_kind(&Kind::EndpointSlice).filter_map(|object| match object {
        Object::EndpointSlice(slice) => Some(Rc::clone(slice)),
        _ => None,
    });
    slices.collect()
}

fn sizes(world: &World) -> Vec<usize> {
    let mut sizes: Vec<usize> = slices(world).iter().map(|slice| slice.endpoints.len()).collect();
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
    let service = object(service);
    world.write(Write::Update(service), Time::EPOCH).expect("accepted");
    assert_eq!(look(&mut world), [0, 1, 0]);
    let slices = slices(&world);
    assert_eq!((slices.len(), &slices[0].metadata.name), (1, &name));
    let slice = Object::EndpointSlice(Rc::clone(&slices[0])).to_json();
    assert_eq!(slice["ports"], json!([{ "name": "http", "port": 9300, "protocol": "TCP" }]));
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
        // No port is stored as none, and kubectl prints `ports: null`.
        (json!({ "ports": [{ "port": 80, "targetPort": "nosuch" }] }), json!({}), "/ports", Value::Null),
        (
            json!({ "ports": [{ "port": 80, "targetPort": "metrics", "protocol": "UDP" }] }),
            json!({}),
            "/ports",
            Value::Null,
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
        let slice = Object::EndpointSlice(Rc::clone(&slices(&world)[0])).to_json();
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
        let slice = Object::EndpointSlice(Rc::clone(&slices(world)[0])).to_json();
        slice.pointer("/endpoints/0/conditions").cloned()
    };
    assert_eq!(conditions(&world), Some(json!({ "ready": false, "serving": false, "terminating": false })));
    ready(&mut world, "p", "", true);
    look(&mut world);
    assert_eq!(conditions(&world), None);
}

/// One look and what it hears of its writes: the events, and when it looks again.
fn sync(world: &mut World, state: &mut EndpointSliceState) -> (Vec<String>, Option<Millis>) {
    let key = WorkKey::Object(ObjectKey::new(Kind::Service, "default", "agent"));
    let cx = Cx { world, now: Time::EPOCH, seed: 1, by_chance: false, step: 0 };
    let looked = EndpointSliceController::reconcile(&cx, state, &key);
    let mut results = Vec::new();
    for write in looked.writes {
        let result = match &write {
            Write::Event { .. } => Ok(None),
            _ => world.write(write.clone(), Time::EPOCH),
        };
        results.push((write, result));
    }
    let mut wakes = Wakes::at(0);
    let cx = Cx { world, now: Time::EPOCH, seed: 1, by_chance: false, step: 0 };
    let answers = EndpointSliceController::written(&cx, state, &key, &results, &mut wakes);
    let all = results.into_iter().map(|(write, _)| write).chain(answers);
    let told = all.filter_map(|write| match write {
        Write::Event { reason, message, component, .. } => Some(format!("{component} {reason}: {message}")),
        _ => None,
    });
    let again = wakes.drain().next().map(|(_, delay)| delay);
    (told.collect(), looked.requeue_after.or(again))
}

/// `syncService`, `handleErr` in `pkg/controller/endpointslice/endpointslice_controller.go`, `reconcileByAddressType` in
/// `k8s.io/endpointslice/reconciler.go`.
#[test]
fn a_sync_that_fails_is_told_and_tried_again_after_a_wait_that_doubles() {
    let mut world = cluster(json!({}));
    let mut state = EndpointSliceState::default();
    pod(&mut world, "here", "10.244.0.2", json!({}));
    pod(&mut world, "p", "10.244.0.3", json!({ "nodeName": "later" }));
    let error = |pod: &str| format!("skipping Pod {pod} for Service default/agent: Node later Not Found");
    let event = |error: &str| {
        format!(
            "endpoint-slice-controller FailedToUpdateEndpointSlices: Error updating Endpoint Slices for Service default/agent: {error}"
        )
    };
    // The first sync writes, the others find nothing to write: both are told, and they count together.
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000, 1000, 1000, 1000] {
        assert_eq!(sync(&mut world, &mut state), (vec![event(&error("p"))], Some(Millis::seconds(wait))));
    }
    assert_eq!(sync(&mut world, &mut state), (vec![event(&error("p"))], None), "that is given up");
    assert_eq!(sizes(&world), [1], "the others are behind the Service");
    pod(&mut world, "q", "10.244.0.4", json!({ "nodeName": "later" }));
    let both = event(&format!("[{}, {}]", error("p"), error("q")));
    assert_eq!(sync(&mut world, &mut state), (vec![both], Some(Millis::seconds(1))), "it counts anew");
    add(&mut world, json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "later" } }));
    assert_eq!(sync(&mut world, &mut state), (Vec::new(), None));
    assert_eq!((sizes(&world), state.failures.is_empty()), (vec![3], true));
}

/// `finalize` in `k8s.io/endpointslice/reconciler.go`.
#[test]
fn a_slice_that_cannot_be_created_is_told_but_where_the_namespace_ends() {
    for (namespace, expected) in [("default", 1), ("ending", 0)] {
        let mut world = cluster(json!({}));
        let mut own = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "ending" } });
        own["metadata"]["finalizers"] = json!(["example.com/hold"]);
        add(&mut world, own);
        let ending = ObjectKey::new(Kind::Namespace, "", "ending");
        world.write(Write::delete(ending), Time::EPOCH).expect("accepted");
        let key = WorkKey::Object(ObjectKey::new(Kind::Service, namespace, "agent"));
        let slice = json!({ "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": { "name": "s" } });
        let create = Write::Create(object(slice));
        let refused = ApiError::NotFound(ObjectKey::node("x"));
        let cx = Cx { world: &world, now: Time::EPOCH, seed: 1, by_chance: false, step: 0 };
        let (mut state, mut wakes) = (EndpointSliceState::default(), Wakes::at(0));
        let told =
            EndpointSliceController::written(&cx, &mut state, &key, &[(create, Err(refused))], &mut wakes);
        assert_eq!((told.len(), wakes.drain().count()), (expected, expected), "{namespace}");
    }
}

/// `ownedBy` in `k8s.io/endpointslice/utils.go`, `Reconcile` in `reconciler.go`.
#[test]
fn slices_of_an_earlier_service_or_of_another_family_go() {
    let mut world = cluster(json!({}));
    pod(&mut world, "p", "10.244.0.2", json!({}));
    look(&mut world);
    let own = Object::EndpointSlice(Rc::clone(&slices(&world)[0])).to_json();
    for (name, uid, family) in [("earlier", "gone", "IPv4"), ("six", "", "IPv6")] {
        let mut slice = own.clone();
        slice["metadata"] = json!({
            "name": name, "labels": own["metadata"]["labels"], "ownerReferences": own["metadata"]["ownerReferences"],
        });
        slice["addressType"] = family.into();
        slice["endpoints"] = json!([]);
        if !uid.is_empty() {
            slice["metadata"]["ownerReferences"][0]["uid"] = uid.into();
        }
        add(&mut world, slice);
    }
    assert_eq!(look(&mut world), [0, 0, 2]);
    assert_eq!(sizes(&world), [1]);
}

/// Conditions, `zone` and hints of endpoints. `podToEndpoint` in `k8s.io/endpointslice/utils.go`, `ShouldPodBeInEndpoints`
/// in its `util/controller_utils.go`, `preferCloseHeuristic` in `trafficdist/trafficdist.go`.
#[test]
fn what_is_true_of_a_pod_decides_its_endpoint() {
    let (all, close) =
        (json!({ "publishNotReadyAddresses": true }), json!({ "trafficDistribution": "PreferClose" }));
    let (zone, node) = (
        json!({ "trafficDistribution": "PreferSameZone" }),
        json!({ "trafficDistribution": "PreferSameNode" }),
    );
    let (z, zn) = (Some("z1 "), Some("z1 n"));
    let plain = json!({});
    // What is true of the pod: r it is ready, t it is being deleted, m its node is missing, z its node has a zone,
    // f it has ended. Of the endpoint: ready, serving, terminating, and its hints.
    for (service, pod_is, expected, hints) in [
        (&plain, "r", Some("rs"), None),
        (&plain, "", Some(""), None),
        (&plain, "rt", Some("st"), None),
        (&plain, "t", Some("t"), None),
        (&plain, "rm", None, None),
        (&plain, "rf", None, None),
        (&plain, "rz", Some("rs"), None),
        (&all, "", Some("r"), None),
        (&all, "rt", Some("rst"), None),
        (&all, "t", Some("rt"), None),
        (&all, "rm", Some("rs"), None),
        (&all, "rf", None, None),
        (&close, "rz", Some("rs"), z),
        (&close, "r", Some("rs"), None),
        (&zone, "rz", Some("rs"), z),
        // Only what is ready gets hints.
        (&zone, "z", Some(""), None),
        (&zone, "rtz", Some("st"), None),
        (&node, "rz", Some("rs"), zn),
        (&node, "r", Some("rs"), Some(" n")),
        (&node, "tz", Some("t"), None),
    ] {
        let mut world = cluster(service.clone());
        if pod_is.contains('z') {
            let mut node = Rc::clone(world.node("n").expect("a node"));
            Rc::make_mut(&mut node).metadata.labels.insert("topology.kubernetes.io/zone".into(), "z1".into());
            world.write(Write::Update(Object::Node(node)), Time::EPOCH).expect("accepted");
        }
        let on = if pod_is.contains('m') { "missing" } else { "n" };
        pod(&mut world, "p", "10.244.0.2", json!({ "nodeName": on }));
        ready(&mut world, "p", "10.244.0.2", pod_is.contains('r'));
        if pod_is.contains('f') {
            let mut pod = Rc::clone(world.pod("default", "p").expect("a pod"));
            Rc::make_mut(&mut pod).status.phase = "Succeeded".into();
            world.write(Write::UpdateStatus(Object::Pod(pod)), Time::EPOCH).expect("accepted");
        }
        if pod_is.contains('t') {
            world.write(Write::delete(ObjectKey::pod("default", "p")), Time::EPOCH).expect("accepted");
        }
        look(&mut world);
        let slice = Object::EndpointSlice(Rc::clone(&slices(&world)[0])).to_json();
        let endpoint = slice.pointer("/endpoints/0");
        let is = |of: &str, letter| {
            if endpoint.is_some_and(|one| one["conditions"][of] == true) { letter } else { "" }
        };
        let conditions = [is("ready", "r"), is("serving", "s"), is("terminating", "t")].concat();
        let hinted = endpoint.and_then(|one| one.get("hints")).map(|hints| {
            let of = |field: &str| hints[field][0]["name"].as_str().unwrap_or_default().to_owned();
            format!("{} {}", of("forZones"), of("forNodes"))
        });
        let found = (endpoint.map(|_| conditions.as_str()), hinted.as_deref());
        assert_eq!(found, (expected, hints), "{service} and a pod that is {pod_is:?}");
        if pod_is.contains('z') {
            assert_eq!(slice["endpoints"][0]["zone"], "z1");
        }
    }
}

/// `onEndpointSliceUpdate`, `onEndpointSliceDelete` in `pkg/controller/endpointslice/endpointslice_controller.go`.
#[test]
fn a_slice_that_somebody_else_changes_is_looked_at_a_second_later_and_its_own_work_is_not() {
    let mut world = cluster(json!({}));
    pod(&mut world, "p", "10.244.0.2", json!({}));
    look(&mut world);
    let key = Object::EndpointSlice(Rc::clone(&slices(&world)[0])).key();
    let service = |name: &str| WorkKey::Object(ObjectKey::new(Kind::Service, "default", name));
    add(
        &mut world,
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "other" }, "spec": { "clusterIP": "None" } }),
    );
    let mut renamed = world.get(&key).expect("a slice").to_json();
    renamed["metadata"]["labels"][SERVICE_NAME] = "other".into();
    let renamed = Write::Update(object(renamed));
    let woken = |world: &mut World, write: Write, looked: u32| {
        let change = world.write(write, Time::EPOCH).expect("accepted").expect("a change");
        let (mut state, mut wakes) = (EndpointSliceState { looked, ..Default::default() }, Wakes::at(7));
        EndpointSliceController::observe(world, &change, Time::EPOCH, &mut state, &mut wakes);
        wakes.drain().collect::<Vec<_>>()
    };
    let second = Millis::seconds(1);
    assert_eq!(woken(&mut world.clone(), Write::delete(key.clone()), 7), []);
    assert_eq!(woken(&mut world.clone(), Write::delete(key), 6), [(service("agent"), second)]);
    assert_eq!(woken(&mut world, renamed, 6), [(service("agent"), second), (service("other"), second)]);
}

/// What happens to one of a few pods, to their nodes, to the Service or to its slices.
fn happen(world: &mut World, what: usize, which: usize) -> Option<Change> {
    let name = format!("agent-{which}");
    let key = ObjectKey::pod("default", &name);
    let service = ObjectKey::new(Kind::Service, "default", "agent");
    let edited = |key: &ObjectKey, edit: &dyn Fn(&mut Value)| {
        let mut value = world.get(key)?.to_json();
        edit(&mut value);
        Some(Write::Update(object(value)))
    };
    let running = |ready: &str, phase: &str, host: usize| {
        let mut pod = Rc::clone(world.pod("default", &name)?);
        let status = &mut Rc::make_mut(&mut pod).status;
        status.phase = phase.into();
        status.pod_ip = if host == 0 { "".into() } else { format!("10.244.0.{host}").into() };
        Rc::make_mut(&mut pod).set_condition(Condition::new("Ready", ready, "", ""), Time::EPOCH);
        Some(Write::UpdateStatus(Object::Pod(pod)))
    };
    let create = |value: Value| Some(Write::Create(object(value)));
    let write = match what {
        0 => create(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "labels": { "app": "agent" } },
            "spec": {
                "nodeName": format!("n{}", which % 2),
                "containers": [{ "name": "c", "image": "c", "ports": [{ "name": "metrics", "containerPort": 9200 + which / 3 }] }],
            },
        })),
        1 => running("True", "Running", which + 2),
        2 => running("False", "Running", which + 2),
        3 => running("True", "Running", (which + 100) % 104),
        4 => running("False", "Failed", which + 2),
        5 => Some(Write::delete(key)),
        6 => Some(Write::Delete { key, grace_seconds: Some(0), propagation: Propagation::default() }),
        7 => edited(&key, &|pod| pod["metadata"]["labels"]["app"] = "other".into()),
        8 => edited(&key, &|pod| pod["metadata"]["labels"]["app"] = "agent".into()),
        9 => edited(&ObjectKey::node("n0"), &|node| {
            node["metadata"]["labels"] = json!({ "topology.kubernetes.io/zone": format!("z{which}") });
        }),
        10 => Some(Write::delete(ObjectKey::node("n1"))),
        11 => create(json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n1" } })),
        12 => edited(&service, &|service| {
            service["spec"]["publishNotReadyAddresses"] = which.is_multiple_of(2).into();
            service["spec"]["trafficDistribution"] = ["PreferSameZone", "PreferSameNode"][which % 2].into();
        }),
        13 => edited(&service, &|service| {
            service["spec"]["ports"][0]["targetPort"] = [json!(9300), json!("metrics")][which % 2].clone();
        }),
        14 if world.get(&service).is_some() => Some(Write::delete(service)),
        14 => create(agent(json!({ "ports": [{ "port": 80, "targetPort": 9100 }] }))),
        _ => edited(&Object::EndpointSlice(slices(world).first()?.clone()).key(), &|slice| {
            if let Some(endpoints) = slice.get_mut("endpoints").and_then(Value::as_array_mut) {
                endpoints.truncate(1);
            }
        }),
    };
    world.write(write?, Time::EPOCH).ok().flatten()
}

proptest! {
    /// A look at the pods that have changed finds what a look at all of them finds.
    #[test]
    fn a_look_at_what_has_changed_is_as_good_as_one_at_everything(
        happenings in proptest::collection::vec((0..22_usize, 0..4_usize), 1..60),
    ) {
        let mut world = cluster(json!({}));
        for node in ["n0", "n1"] {
            add(&mut world, json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": node } }));
        }
        let key = WorkKey::Object(ObjectKey::new(Kind::Service, "default", "agent"));
        let mut state = EndpointSliceState::default();
        for which in 0..4 {
            happen(&mut world, 0, which);
            happen(&mut world, 1, which);
        }
        for (step, (what, which)) in (1..).zip(happenings) {
            let mut wakes = Wakes::at(step);
            if what < 16 {
                if let Some(change) = happen(&mut world, what, which) {
                    EndpointSliceController::observe(&world, &change, Time::EPOCH, &mut state, &mut wakes);
                }
                continue;
            }
            let cx = Cx { world: &world, now: Time::EPOCH, seed: 1, by_chance: false, step };
            let all = EndpointSliceController::reconcile(&cx, &mut EndpointSliceState::default(), &key);
            let found = EndpointSliceController::reconcile(&cx, &mut state, &key);
            prop_assert_eq!(&found.trace, &all.trace);
            let events = |write: &Write| !matches!(write, Write::Event { .. });
            let writes = |looked: &Vec<Write>| looked.iter().filter(|write| events(write)).cloned().collect::<Vec<_>>();
            prop_assert_eq!(writes(&found.writes), writes(&all.writes));
            // One look of four has all that it writes refused.
            let mut results = Vec::new();
            for write in found.writes {
                let result = match &write {
                    Write::Event { .. } => Ok(None),
                    _ if which == 3 => Err(ApiError::NotFound(ObjectKey::node("x"))),
                    write => world.write(write.clone(), Time::EPOCH),
                };
                if let Ok(Some(change)) = &result {
                    EndpointSliceController::observe(&world, change, Time::EPOCH, &mut state, &mut wakes);
                }
                results.push((write, result));
            }
            let cx = Cx { world: &world, now: Time::EPOCH, seed: 1, by_chance: false, step };
            EndpointSliceController::written(&cx, &mut state, &key, &results, &mut wakes);
        }
    }
}
