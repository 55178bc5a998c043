//! Deployments, ReplicaSets, Services, namespaces, static pods: what becomes of them, through commands.

use crate::api::{Kind, Millis, Object, ObjectKey, Pod};
use crate::cluster::given::node;
use crate::cluster::{Actor, World, kubernetes_service};
use crate::kubectl::{Command, Files, Request};
use crate::sim::given::{at_rest, run, until};
use crate::sim::{RunEnd, Said, Timeline};
use serde_json::{Value, json};
use std::rc::Rc;

/// A cluster of so many nodes; every other one is in zone `a`, the rest in zone `b`.
fn cluster(nodes: usize) -> Timeline {
    let node = |number: usize| {
        let zone = if number.is_multiple_of(2) { "a" } else { "b" };
        let labels = json!({ "topology.kubernetes.io/zone": zone });
        node(&format!("n{number}"), json!({ "metadata": { "labels": labels } }))
    };
    at_rest(5, (0..nodes).map(node).collect())
}

fn say(timeline: &mut Timeline, words: &str, stdin: Option<&Value>) -> Rc<Said> {
    let stdin = stdin.map(Value::to_string);
    let command = Command { stdin, ..Command::of(words.split(' ')) };
    timeline.say(&Request::new(&command, Files::new()))
}

fn apply(timeline: &mut Timeline, object: &Value) {
    let said = say(timeline, "kubectl apply -f -", Some(object));
    assert_eq!(said.answer.code, 0, "{}", said.answer.err);
    run(timeline);
}

fn template(image: &str) -> Value {
    json!({
        "metadata": { "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "web", "image": image, "ports": [{ "name": "http", "containerPort": 80 }] }] },
    })
}

fn deployment(replicas: u32, image: &str, strategy: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": {
            "replicas": replicas, "selector": { "matchLabels": { "app": "web" } }, "strategy": strategy,
            "template": template(image),
        },
    })
}

fn service(spec: Value) -> Value {
    let mut spec = spec;
    spec["selector"] = json!({ "app": "web" });
    json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web" }, "spec": spec })
}

fn live(world: &World) -> Vec<Rc<Pod>> {
    world.pods().filter(|pod| !pod.metadata.is_terminating()).cloned().collect()
}

/// Of each ReplicaSet: how many pods it is to have, and how many are ready.
fn sizes(world: &World) -> Vec<(i32, i32)> {
    let sets = world.of_kind(&Kind::ReplicaSet).filter_map(|object| match object {
        Object::ReplicaSet(set) => Some((set.replicas(), set.status.ready_replicas)),
        _ => None,
    });
    let mut sizes: Vec<_> = sets.collect();
    sizes.sort_unstable();
    sizes
}

fn status(world: &World, kind: &str, name: &str) -> Value {
    let object = world.get(&ObjectKey::new(Kind::of("apps/v1", kind), "default", name)).expect("it is there");
    object.to_json()["status"].take()
}

/// The messages of events with a reason, in order.
fn told(world: &World, reason: &str) -> Vec<String> {
    let events = world.events().filter(|event| event.reason == reason);
    events.map(|event| event.message.to_string()).collect()
}

/// The endpoints of the Service: pod, ready, hints.
fn endpoints(world: &World) -> Vec<(String, bool, Value)> {
    let kind = Kind::EndpointSlice;
    let slices = world.of_kind(&kind);
    let mut endpoints: Vec<(String, bool, Value)> = Vec::new();
    for slice in slices {
        for endpoint in slice.to_json()["endpoints"].as_array().into_iter().flatten() {
            let name = endpoint["targetRef"]["name"].as_str().unwrap_or_default();
            endpoints.push((name.into(), endpoint["conditions"]["ready"] == true, endpoint["hints"].clone()));
        }
    }
    endpoints
}

#[test]
fn a_deployment_keeps_as_many_pods_as_are_wanted_and_makes_those_anew_that_go() {
    let mut timeline = cluster(3);
    apply(&mut timeline, &deployment(3, "web:1", &json!({})));
    assert_eq!(sizes(timeline.world()), [(3, 3)]);
    let first = status(timeline.world(), "Deployment", "web");
    for (field, expected) in
        [("replicas", 3), ("updatedReplicas", 3), ("availableReplicas", 3), ("observedGeneration", 1)]
    {
        assert_eq!(first[field], expected, "{field}");
    }
    let conditions: Vec<&str> = first["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["reason"].as_str())
        .collect();
    assert_eq!(conditions, ["MinimumReplicasAvailable", "NewReplicaSetAvailable"]);
    let victim = timeline.world().pods().next().expect("a pod").metadata.name.clone();
    say(&mut timeline, &format!("kubectl delete pod {victim}"), None);
    run(&mut timeline);
    assert_eq!(sizes(timeline.world()), [(3, 3)]);
    assert!(live(timeline.world()).iter().all(|pod| pod.metadata.name != victim));
    say(&mut timeline, "kubectl delete deployment web", None);
    run(&mut timeline);
    assert_eq!((timeline.world().pod_count(), sizes(timeline.world())), (0, vec![]));
}

#[test]
fn another_size_and_another_template_are_brought_about_as_the_strategy_says() {
    for (strategy, least) in [
        (json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } }), 4),
        (json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 0, "maxUnavailable": 1 } }), 3),
        (
            json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" } }),
            3,
        ),
        (json!({ "type": "Recreate" }), 0),
    ] {
        let mut timeline = cluster(3);
        apply(&mut timeline, &deployment(2, "web:1", &strategy));
        apply(&mut timeline, &deployment(4, "web:1", &strategy));
        assert_eq!(sizes(timeline.world()), [(4, 4)], "{strategy}");
        say(&mut timeline, "kubectl apply -f -", Some(&deployment(4, "web:2", &strategy)));
        let mut fewest = 4;
        while timeline.forward() {
            let ready = live(timeline.world()).iter().filter(|pod| pod.is_ready()).count();
            fewest = fewest.min(ready);
        }
        assert_eq!(fewest, least, "{strategy}");
        assert_eq!(sizes(timeline.world()), [(0, 0), (4, 4)], "{strategy}");
        assert!(live(timeline.world()).iter().all(|pod| pod.spec.containers[0].image == "web:2"));
        apply(&mut timeline, &deployment(1, "web:2", &strategy));
        assert_eq!(sizes(timeline.world()), [(0, 0), (1, 1)], "{strategy}");
    }
}

#[test]
fn a_replica_set_adopts_what_matches_and_lets_go_what_does_not() {
    let mut timeline = cluster(1);
    let bare = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "bare", "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "web", "image": "web:1" }] },
    });
    apply(&mut timeline, &bare);
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": { "name": "web" },
        "spec": { "replicas": 2, "selector": { "matchLabels": { "app": "web" } }, "template": template("web:1") },
    });
    apply(&mut timeline, &set);
    assert_eq!(timeline.world().pod_count(), 2, "the pod that was there counts");
    say(&mut timeline, "kubectl label pod bare app=other --overwrite", None);
    run(&mut timeline);
    let loose = timeline.world().pod("default", "bare").expect("it stays");
    assert_eq!((loose.metadata.controller(), timeline.world().pod_count()), (None, 3));
    let mut fewer = set;
    fewer["spec"]["replicas"] = 0.into();
    apply(&mut timeline, &fewer);
    assert_eq!(timeline.world().pod_count(), 1, "only the one that was let go is left");
}

#[test]
fn a_deployment_adopts_the_replica_set_that_another_left_and_lets_go_what_does_not_match() {
    let mut timeline = cluster(1);
    apply(&mut timeline, &deployment(2, "web:1", &json!({})));
    say(&mut timeline, "kubectl delete deployment web --cascade=orphan", None);
    run(&mut timeline);
    assert_eq!(sizes(timeline.world()), [(2, 2)]);
    let pods: Vec<_> = live(timeline.world()).iter().map(|pod| pod.metadata.uid.clone()).collect();
    apply(&mut timeline, &deployment(3, "web:1", &json!({})));
    assert_eq!(sizes(timeline.world()), [(3, 3)], "the set that was there is scaled");
    let there = live(timeline.world());
    assert!(pods.iter().all(|uid| there.iter().any(|pod| pod.metadata.uid == *uid)));
    assert!(told(timeline.world(), "ScalingReplicaSet").iter().any(|told| told.ends_with("from 2 to 3")));

    let set = there[0].metadata.controller().expect("a set").name.clone();
    say(&mut timeline, &format!("kubectl label rs {set} app=other --overwrite"), None);
    run(&mut timeline);
    assert_eq!(timeline.world().pod_count(), 6, "the Deployment has made another set");
    say(&mut timeline, "kubectl delete deployment web", None);
    run(&mut timeline);
    assert_eq!(sizes(timeline.world()), [(3, 3)], "the one that was let go stays");
}

#[test]
fn a_deployment_is_checked_as_the_api_server_does() {
    let mut timeline = cluster(1);
    apply(&mut timeline, &deployment(1, "web:1", &json!({})));
    for (patch, expected) in [
        (
            json!({ "selector": { "matchLabels": { "app": "x" } } }),
            "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"x\"}}: field is immutable",
        ),
        (json!({ "replicas": -1 }), "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (
            json!({ "strategy": { "rollingUpdate": { "maxSurge": 0, "maxUnavailable": 0 } } }),
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
        ),
        (
            json!({ "progressDeadlineSeconds": 5, "minReadySeconds": 9 }),
            "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds",
        ),
        (
            json!({ "template": { "spec": { "restartPolicy": "Never" } } }),
            "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ),
    ] {
        let words = ["kubectl", "patch", "deployment", "web", "-p", &json!({ "spec": patch }).to_string()];
        let said = timeline.say(&Request::new(&Command::of(words), Files::new()));
        assert!(said.answer.err.contains(expected), "{}", said.answer.err);
        run(&mut timeline);
    }
}

#[test]
fn a_set_whose_pods_are_refused_says_why() {
    let mut timeline = cluster(1);
    let mut refused = deployment(2, "web:1", &json!({}));
    refused["spec"]["template"]["spec"]["serviceAccountName"] = "nobody".into();
    say(&mut timeline, "kubectl apply -f -", Some(&refused));
    for _ in 0..60 {
        timeline.forward();
    }
    let expected = "Error creating: pods \"web-";
    let told = told(timeline.world(), "FailedCreate");
    assert!(told.iter().any(|message| message.starts_with(expected)
        && message.ends_with("is forbidden: error looking up service account default/nobody: serviceaccount \"nobody\" not found")), "{told:?}");
}

#[test]
fn endpoints_are_the_pods_that_are_ready_with_hints_where_they_are_asked_for() {
    for (spec, hints) in [
        (json!({ "ports": [{ "port": 80, "targetPort": "http" }] }), json!(null)),
        (
            json!({ "ports": [{ "port": 80 }], "trafficDistribution": "PreferSameZone" }),
            json!({ "forZones": [{ "name": "a" }] }),
        ),
        (
            json!({ "ports": [{ "port": 80 }], "trafficDistribution": "PreferSameNode" }),
            json!({ "forZones": [{ "name": "a" }], "forNodes": [{ "name": "n0" }] }),
        ),
    ] {
        let mut timeline = cluster(1);
        apply(&mut timeline, &service(spec.clone()));
        let slices = timeline.world().of_kind(&Kind::EndpointSlice).count();
        assert_eq!((slices, endpoints(timeline.world())), (1, vec![]), "an empty slice stands for no pod");
        apply(&mut timeline, &deployment(2, "web:1", &json!({})));
        let found = endpoints(timeline.world());
        assert_eq!(found.len(), 2, "{spec}");
        assert!(found.iter().all(|(_, ready, told)| *ready && *told == hints), "{found:?}");
        apply(&mut timeline, &deployment(0, "web:1", &json!({})));
        assert_eq!(endpoints(timeline.world()), []);
        say(&mut timeline, "kubectl delete service web", None);
        run(&mut timeline);
        assert_eq!(timeline.world().of_kind(&Kind::EndpointSlice).count(), 0);
    }
}

#[test]
fn more_endpoints_than_a_slice_holds_are_in_several() {
    let mut timeline = cluster(3);
    apply(&mut timeline, &service(json!({ "ports": [{ "port": 80 }] })));
    let mut pods = deployment(205, "web:1", &json!({}));
    pods["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({});
    apply(&mut timeline, &pods);
    let kind = Kind::EndpointSlice;
    let slices = timeline.world().of_kind(&kind);
    let sizes: Vec<usize> =
        slices.map(|slice| slice.to_json()["endpoints"].as_array().map_or(0, Vec::len)).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 205, "{sizes:?}");
    assert!(sizes.iter().all(|size| (1..=100).contains(size)), "{sizes:?}");
}

#[test]
fn a_namespace_goes_with_all_that_is_in_it_pods_first() {
    let mut timeline = cluster(2);
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "team" } });
    apply(&mut timeline, &namespace);
    let mut inside = deployment(2, "web:1", &json!({}));
    inside["metadata"]["namespace"] = "team".into();
    apply(&mut timeline, &inside);
    assert_eq!(timeline.world().pods_in("team").count(), 2);
    say(&mut timeline, "kubectl delete namespace team", None);
    let key = ObjectKey::new(Kind::Namespace, "", "team");
    let there = timeline.world().get(&key).expect("it waits for what is in it");
    assert!(there.metadata().is_terminating());
    let refused = say(
        &mut timeline,
        "kubectl apply -f -",
        Some(&{
            let mut late = service(json!({ "ports": [{ "port": 80 }] }));
            late["metadata"]["namespace"] = "team".into();
            late
        }),
    );
    assert!(refused.answer.err.contains("because it is being terminated"), "{}", refused.answer.err);
    let told = timeline.world().events().filter(|event| event.metadata.namespace == "team").count();
    while timeline.forward() {
        let events = timeline.world().events().filter(|event| event.metadata.namespace == "team").count();
        assert!(events <= told, "nothing new is told in a namespace that ends");
    }
    assert_eq!(timeline.world().get(&key), None);
    assert_eq!(timeline.world().objects().filter(|object| object.metadata().namespace == "team").count(), 0);
}

#[test]
fn a_drain_takes_what_the_budget_spares() {
    let mut timeline = cluster(2);
    apply(&mut timeline, &deployment(2, "web:1", &json!({})));
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": "web" },
        "spec": { "minAvailable": 2, "selector": { "matchLabels": { "app": "web" } } },
    });
    apply(&mut timeline, &budget);
    let said = say(&mut timeline, "kubectl drain n0 --timeout=8s", None);
    let pod = live(timeline.world())
        .iter()
        .find(|pod| pod.node() == Some("n0"))
        .expect("one is there")
        .metadata
        .name
        .clone();
    let violated = format!(
        "error when evicting pods/{:?} -n \"default\" (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.\n",
        pod.as_str()
    );
    assert_eq!(said.answer.err.matches(&violated).count(), 1, "{}", said.answer.err);
    assert_eq!(
        (said.answer.asks_again, said.answer.code),
        (Some(Millis::seconds(5)), 0),
        "{}",
        said.answer.out
    );
    assert!(!said.answer.out.contains("drained"), "{}", said.answer.out);
    let after = |seconds: i64| {
        let waited = Millis::seconds(seconds);
        said.request.waited(waited).run(timeline.world(), timeline.now() + waited)
    };
    let again = after(5);
    assert_eq!(
        (again.err.as_str(), again.asks_again, again.code),
        (violated.as_str(), Some(Millis::seconds(5)), 0)
    );
    let late = after(10);
    assert!(!late.err.contains(&violated) && late.err.contains("global timeout reached: 8s"), "{}", late.err);
    assert_eq!((late.asks_again, late.code, late.acts()), (None, 1, false));
    let mut less = budget;
    less["spec"]["minAvailable"] = 1.into();
    apply(&mut timeline, &less);
    let said = say(&mut timeline, "kubectl drain n0", None);
    assert_eq!(
        said.answer.out,
        format!("node/n0 already cordoned\nevicting pod default/{pod}\npod/{pod} evicted\nnode/n0 drained\n")
    );
    run(&mut timeline);
    assert!(live(timeline.world()).iter().all(|pod| pod.node() == Some("n1") && pod.is_ready()));
}

#[test]
fn the_mirror_of_a_static_pod_is_made_again_as_long_as_its_node_is_there() {
    let mut timeline = cluster(2);
    let mirror = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "static-n0", "annotations": { "kubernetes.io/config.mirror": "x" } },
        "spec": { "nodeName": "n0", "containers": [{ "name": "s", "image": "s:1" }] },
    });
    apply(&mut timeline, &mirror);
    let uid = |timeline: &Timeline| {
        timeline.world().pod("default", "static-n0").map(|pod| pod.metadata.uid.clone())
    };
    let first = uid(&timeline);
    say(&mut timeline, "kubectl delete pod static-n0", None);
    run(&mut timeline);
    assert!(uid(&timeline).is_some() && uid(&timeline) != first);
    say(&mut timeline, "kubectl delete node n0", None);
    run(&mut timeline);
    assert_eq!(uid(&timeline), None);
}

#[test]
fn a_pod_that_somebody_holds_is_stopped_and_goes_when_it_is_let_go() {
    let mut timeline = cluster(1);
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "held", "finalizers": ["example.com/hold"] },
        "spec": { "containers": [{ "name": "c", "image": "c:1" }] },
    });
    apply(&mut timeline, &pod);
    say(&mut timeline, "kubectl delete pod held", None);
    run(&mut timeline);
    let held = timeline.world().pod("default", "held").expect("it is held").metadata.clone();
    assert_eq!(held.deletion_grace_period_seconds, Some(0));
    let release = Request::new(
        &Command::of(["kubectl", "patch", "pod", "held", "-p", r#"{"metadata":{"finalizers":null}}"#]),
        Files::new(),
    );
    timeline.say(&release);
    run(&mut timeline);
    assert!(timeline.world().pod("default", "held").is_none());
}

#[test]
fn a_node_that_joins_is_registered_labelled_and_has_an_address() {
    let mut timeline = cluster(1);
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "late" } });
    say(&mut timeline, "playground add nodes -f -", Some(&node));
    run(&mut timeline);
    let late = timeline.world().node("late").expect("it joined").clone();
    assert_eq!(late.metadata.labels.get("beta.kubernetes.io/os").map(|os| os.as_str()), Some("linux"));
    let address =
        |node: &crate::api::Node| node.status.rest.get("addresses").map(|all| all[0]["address"].clone());
    let addresses: Vec<_> = timeline.world().nodes().map(|node| address(node)).collect();
    assert_eq!(addresses, [Some(json!("192.168.7.3")), Some(json!("192.168.7.2"))], "by name");
    assert!(late.spec.taints.is_empty());
    assert_eq!(
        told(timeline.world(), "RegisteredNode"),
        ["Node late event: Registered Node late in Controller"]
    );
    say(&mut timeline, "kubectl delete node late", None);
    run(&mut timeline);
    assert_eq!(
        told(timeline.world(), "RemovingNode"),
        ["Node late event: Removing Node late from Controller"]
    );
}

/// `finalize` in `k8s.io/endpointslice/reconciler.go`: where a namespace ends the slice that is to come is refused, and the
/// one that was to change stays as it was.
#[test]
fn a_slice_that_is_refused_ends_the_sync() {
    let mut timeline = cluster(1);
    let object = |kind: &str, name: &str, spec: &Value| {
        let metadata = json!({ "name": name, "namespace": "shop", "labels": { "app": name } });
        json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec })
    };
    let pod = |port: u16| json!({ "containers": [{ "name": "c", "image": "c", "ports": [{ "name": "http", "containerPort": port }] }] });
    let shop = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop", "finalizers": ["example.com/hold"] },
    });
    let ports = json!([{ "port": 80, "targetPort": "http" }]);
    for object in [
        shop,
        object("Service", "one", &json!({ "selector": { "app": "one" }, "ports": ports })),
        object("Pod", "one", &pod(80)),
        object("Pod", "two", &pod(81)),
    ] {
        apply(&mut timeline, &object);
    }
    say(&mut timeline, "kubectl delete namespace shop", None);
    for words in
        ["kubectl label pod two -n shop --overwrite app=one", "kubectl label service one -n shop team=new"]
    {
        assert_eq!(say(&mut timeline, words, None).answer.code, 0, "{words}");
    }
    let slice = |timeline: &Timeline| {
        let kind = Kind::EndpointSlice;
        let slices = timeline.world().of_kind(&kind).map(Object::to_json);
        slices.map(|slice| slice["metadata"]["labels"]["team"].clone()).collect::<Vec<Value>>()
    };
    let is_refused = |timeline: &Timeline| {
        let step = timeline.steps().next_back();
        step.is_some_and(|step| step.actor == Actor::EndpointSliceController && !step.refused.is_empty())
    };
    until(&mut timeline, is_refused);
    assert_eq!(slice(&timeline), [Value::Null]);
}

/// `UpdateKubernetesService` in `pkg/controlplane/controller/kubernetesservice/controller.go`.
#[test]
fn the_service_of_the_api_server_is_made_again() {
    let mut timeline = cluster(1);
    let key = kubernetes_service().key();
    let uid = |timeline: &Timeline| Some(timeline.world().get(&key)?.metadata().uid.clone());
    let first = uid(&timeline).expect("every cluster has it");
    let unchecked = timeline.world().get(&key).expect("it is there").to_json();
    timeline.advance(timeline.now() + Millis::seconds(3));
    say(&mut timeline, "kubectl delete service --all", None);
    assert_eq!(uid(&timeline), None);
    run(&mut timeline);
    assert!(uid(&timeline).is_some_and(|uid| uid != first));
    let checked = timeline.world().get(&key).expect("it is there again").to_json();
    assert_eq!(checked["spec"], unchecked["spec"], "the first one passed no door, and is as if it had");
    let made = timeline.steps().find(|step| step.actor == Actor::ApiServer).expect("it is made");
    assert_eq!(made.at.millis() % 10_000, 0);
}

/// `gcTerminating` in `pkg/controller/podgc/gc_controller.go`: a shutdown that nobody planned.
#[test]
fn pods_of_a_node_that_is_out_of_service_are_removed_without_its_kubelet() {
    let mut timeline = cluster(2);
    apply(&mut timeline, &deployment(2, "web:1", &json!({})));
    let node = live(timeline.world())[0].node().expect("a node").to_owned();
    let words = format!("ssh {node} sudo systemctl stop kubelet");
    timeline.say(&Request::new(&Command::of(words.split(' ')), Files::new()));
    run(&mut timeline);
    let hung = |timeline: &Timeline| {
        let pods = timeline.world().pods_on(&node).filter(|pod| pod.metadata.is_terminating());
        pods.count()
    };
    assert!(hung(&timeline) > 0, "nobody says that their containers have ended");
    let before = timeline.now();
    say(
        &mut timeline,
        &format!("kubectl taint node {node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"),
        None,
    );
    run(&mut timeline);
    assert_eq!(hung(&timeline), 0);
    let step =
        timeline.steps().rev().find(|step| step.actor == Actor::PodGarbageCollector).expect("it looked");
    assert!(step.at.since(before) <= Millis::seconds(21) && step.wrote());
    assert_eq!(live(timeline.world()).len(), 2);
}

/// `getReplicaFailures` in `pkg/controller/deployment/progress.go`.
#[test]
fn a_deployment_says_that_its_pods_are_refused_as_long_as_they_are() {
    let mut timeline = cluster(1);
    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "none" }, "spec": { "hard": { "pods": "0" } },
    });
    apply(&mut timeline, &quota);
    let failure = |timeline: &Timeline| {
        let key = ObjectKey::new(Kind::of("apps/v1", "Deployment"), "default", "web");
        let value = timeline.world().get(&key).expect("it is there").to_json();
        let conditions = value["status"]["conditions"].as_array().cloned().unwrap_or_default();
        conditions.into_iter().find(|condition| condition["type"] == "ReplicaFailure")
    };
    say(&mut timeline, "kubectl apply -f -", Some(&deployment(1, "web:1", &json!({}))));
    until(&mut timeline, |timeline| failure(timeline).is_some());
    let told = failure(&timeline).expect("a condition");
    assert_eq!((&told["status"], &told["reason"]), (&json!("True"), &json!("FailedCreate")));
    // It tries in vain, each time after a longer wait, and that is told before days have gone by.
    let since = timeline.now();
    assert!(matches!(timeline.run(2_000), RunEnd::NotSettling { .. }));
    assert!(timeline.now() - since < Millis::seconds(3_600), "{:?}", timeline.now() - since);
    say(&mut timeline, "kubectl delete resourcequota none", None);
    run(&mut timeline);
    assert_eq!((failure(&timeline), live(timeline.world()).len()), (None, 1));
}

/// `copyDeploymentAnnotationsToReplicaSet` in `pkg/controller/deployment/util/deployment_util.go`.
#[test]
fn the_history_of_a_deployment_tells_the_cause_that_was_noted_after_the_change() {
    let mut timeline = cluster(1);
    apply(&mut timeline, &deployment(1, "web:1", &json!({})));
    for (image, cause) in [("web:1", "first"), ("web:2", "second")] {
        say(&mut timeline, &format!("kubectl set image deploy/web web={image}"), None);
        run(&mut timeline);
        say(
            &mut timeline,
            &format!("kubectl annotate deploy/web kubernetes.io/change-cause={cause} --overwrite"),
            None,
        );
        run(&mut timeline);
    }
    let said = say(&mut timeline, "kubectl rollout history deploy/web", None);
    let out = &said.answer.out;
    let rows: Vec<Vec<&str>> = out.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[..2], [["1", "first"], ["2", "second"]], "{out}");
    say(&mut timeline, "kubectl rollout undo deploy/web", None);
    run(&mut timeline);
    let said = say(&mut timeline, "kubectl rollout history deploy/web --revision=3", None);
    assert!(said.answer.out.contains("kubernetes.io/change-cause: first"), "{}", said.answer.out);
    let old = timeline.world().objects().find(|object| {
        object
            .metadata()
            .annotations
            .get("deployment.kubernetes.io/revision")
            .is_some_and(|number| number == "3")
            && object.kind().name() == "ReplicaSet"
    });
    let history = old
        .and_then(|old| old.metadata().annotations.get("deployment.kubernetes.io/revision-history").cloned());
    assert_eq!(history.as_deref(), Some("1"));
}
