//! Nodes that are listed as unwell, and nodes that join or go.

use crate::api::{Kind, Millis, Node, Object, ObjectKey, Pod, Time};
use crate::cluster::{Actor, Propagation, silent_since};
use crate::kubectl::{Command, Files, Request};
use crate::sim::given::{at_rest, run, set};
use crate::sim::{Cause, Founding, SimState, Step, Timeline};
use serde_json::{Value, json};
use std::rc::Rc;

fn start(nodes: Vec<Value>) -> Timeline {
    at_rest(1, objects(nodes))
}

fn objects(values: Vec<Value>) -> Vec<Object> {
    values.into_iter().map(|value| Object::from_json(value).expect("an object")).collect()
}

fn node(name: &str, conditions: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": { "name": name }, "status": { "conditions": conditions },
    })
}

fn taints(timeline: &Timeline, name: &str) -> Vec<String> {
    let node = timeline.world().node(name).expect("the node");
    node.spec.taints.iter().map(ToString::to_string).collect()
}

/// DaemonSet `agent`, with more in its pods' spec.
fn daemons(name: &str, spec: Value) -> Object {
    let mut value = set("1", &json!({})).to_json();
    value["metadata"]["name"] = name.into();
    value["spec"]["selector"]["matchLabels"]["app"] = name.into();
    value["spec"]["template"]["metadata"]["labels"]["app"] = name.into();
    for (field, given) in spec.as_object().into_iter().flatten() {
        value["spec"]["template"]["spec"][field] = given.clone();
    }
    Object::from_json(value).expect("a DaemonSet")
}

/// DESIRED, CURRENT, READY and MISSCHEDULED.
fn counts(timeline: &Timeline, name: &str) -> [i32; 4] {
    let status = &timeline.world().daemon_set("default", name).expect("the set").status;
    [
        status.desired_number_scheduled,
        status.current_number_scheduled,
        status.number_ready,
        status.number_misscheduled,
    ]
}

#[test]
fn a_condition_that_the_list_states_stays_and_its_taints_are_there_from_the_start() {
    let (schedule, execute) = ("NoSchedule", "NoExecute");
    for (type_, status, expected) in [
        ("Ready", "Unknown", vec![("unreachable", schedule), ("unreachable", execute)]),
        ("Ready", "False", vec![("not-ready", schedule), ("not-ready", execute)]),
        ("Ready", "True", vec![]),
        ("MemoryPressure", "True", vec![("memory-pressure", schedule)]),
        ("DiskPressure", "True", vec![("disk-pressure", schedule)]),
        ("PIDPressure", "True", vec![("pid-pressure", schedule)]),
        ("NetworkUnavailable", "True", vec![("network-unavailable", schedule)]),
        ("NetworkUnavailable", "False", vec![]),
    ] {
        let stated = json!([{
            "type": type_, "status": status, "reason": "SoIsIt",
            "lastHeartbeatTime": "2020-01-01T00:00:00Z", "lastTransitionTime": "2020-01-01T00:00:00Z",
        }]);
        let mut timeline = start(vec![node("n", stated), node("ok", json!([]))]);
        let expected: Vec<_> =
            expected.iter().map(|(key, effect)| format!("node.kubernetes.io/{key}:{effect}")).collect();
        assert_eq!(taints(&timeline, "n"), expected, "{type_} {status} at the start");
        run(&mut timeline);
        assert_eq!(timeline.len(), 0, "{type_} {status}: the cluster is at rest");
        timeline.say(&Request::apply(Request::text_of(&[daemons("agent", json!({}))])));
        timeline.run(200); // Under pressure pods are turned away on and on.
        assert_eq!(taints(&timeline, "n"), expected, "{type_} {status} at the end");
        let condition = timeline.world().node("n").and_then(|node| node.condition(type_)).cloned();
        assert_eq!(condition.map(|condition| condition.status).as_deref(), Some(status), "{type_}");
        let silent = silent_since(timeline.world(), "n").is_some();
        assert_eq!(silent, status == "Unknown", "{type_} {status}");
    }
}

/// `kubectl describe node` prints them.
#[test]
fn each_condition_says_when_the_node_told_it_last() {
    let listed = json!([{ "type": "Ready", "status": "False", "lastHeartbeatTime": "2020-01-01T00:00:00Z" }]);
    let mut timeline = start(vec![node("ok", json!([])), node("sick", listed)]);
    let begun = timeline.now();
    let told = |timeline: &Timeline, name: &str| -> Vec<_> {
        let node = timeline.world().node(name).expect("the node");
        node.status
            .conditions
            .iter()
            .map(|told| (told.last_heartbeat_time, told.last_transition_time))
            .collect()
    };
    assert_eq!(told(&timeline, "ok"), [(Some(begun), Some(begun)); 4]);
    let stated = Time::parse("2020-01-01T00:00:00Z");
    assert!(stated.is_some() && told(&timeline, "sick").contains(&(stated, Some(begun))));
    timeline.say(&Request::power("ok", false));
    run(&mut timeline);
    assert!(told(&timeline, "ok").iter().all(|(beat, change)| *beat == Some(begun) && *change > Some(begun)));
    timeline.say(&Request::power("ok", true));
    let again = timeline.now();
    run(&mut timeline);
    assert!(told(&timeline, "ok").iter().all(|(beat, _)| *beat >= Some(again)));
}

#[test]
fn nodes_listed_as_unwell_get_no_ordinary_daemon_and_a_silent_one_starts_nothing() {
    let ready = |status: &str| json!([{ "type": "Ready", "status": status }]);
    let mut timeline =
        start(vec![node("dead", ready("Unknown")), node("ok", json!([])), node("sick", ready("False"))]);
    let everywhere = json!({ "tolerations": [{ "operator": "Exists" }] });
    let objects = vec![daemons("agent", json!({})), daemons("cni", everywhere)];
    timeline.say(&Request::apply(Request::text_of(&objects)));
    run(&mut timeline);
    assert_eq!(counts(&timeline, "agent"), [1, 1, 1, 0]);
    assert_eq!(counts(&timeline, "cni"), [3, 3, 2, 0], "the kubelet of sick runs pods all the same");
    let waits = |pod: &Rc<Pod>| pod.node() == Some("dead") && pod.status.container_statuses.is_empty();
    assert!(timeline.world().pods_on("dead").all(waits));

    timeline.say(&Request::power("dead", true));
    run(&mut timeline);
    assert_eq!(counts(&timeline, "agent"), [2, 2, 2, 0]);
    assert_eq!(counts(&timeline, "cni"), [3, 3, 3, 0]);
}

#[test]
fn what_the_list_states_anew_is_taken_over_and_what_it_leaves_alone_stays() {
    let ready = |status: &str| json!([{ "type": "Ready", "status": status }]);
    let ok = || node("ok", json!([]));
    let mut timeline = start(vec![node("n", ready("False")), ok()]);
    let list = |timeline: &mut Timeline, conditions: Value| {
        timeline.say(&Request::set_nodes(Request::text_of(&objects(vec![node("n", conditions), ok()]))));
        run(timeline);
        let node = timeline.world().node("n").expect("the node");
        format!("{} {}", node.ready().unwrap_or("none"), taints(timeline, "n").len())
    };
    assert_eq!(list(&mut timeline, ready("True")), "True 0");
    assert_eq!(list(&mut timeline, ready("Unknown")), "Unknown 2");
    assert!(silent_since(timeline.world(), "n").is_some());
    assert_eq!(list(&mut timeline, json!([])), "True 0", "it says nothing any more: the node is well");
    assert!(silent_since(timeline.world(), "n").is_none());
    let pressure = json!([{ "type": "DiskPressure", "status": "True" }]);
    assert_eq!(list(&mut timeline, pressure.clone()), "True 1");

    timeline.say(&Request::power("n", false));
    run(&mut timeline);
    assert_eq!(taints(&timeline, "n").len(), 2, "unreachable; the pressure is unknown");
    assert_eq!(list(&mut timeline, pressure), "Unknown 2", "the list states nothing new");
}

/// The kubelet of a node posts Ready.
fn post(timeline: &mut Timeline, node: &str, status: &str) {
    let patch = json!({ "status": { "conditions": [{ "type": "Ready", "status": status }] } }).to_string();
    let command =
        Command::of(["kubectl", "patch", "node", node, "--subresource=status", "-p", patch.as_str()]);
    timeline.say(&Request::new(&command, Files::new()));
}

/// Nodes that have a NoExecute taint after some seconds more.
fn evicting(timeline: &mut Timeline, seconds: i64) -> Vec<String> {
    timeline.advance(timeline.now() + Millis::seconds(seconds));
    let evicts = |node: &&Rc<Node>| node.spec.taints.iter().any(|taint| taint.effect == "NoExecute");
    timeline.world().nodes().filter(evicts).map(|node| node.metadata.name.to_string()).collect()
}

#[test]
fn the_more_of_a_zone_is_down_the_fewer_nodes_evict() {
    let zoned = |name: &str, zone: &str| {
        let mut node = node(name, json!([{ "type": "Ready", "status": "True" }]));
        node["metadata"]["labels"] = json!({ "topology.kubernetes.io/zone": zone });
        node
    };
    type Round = (&'static [(&'static str, &'static str)], i64, &'static [&'static str]);
    let cases: [(&str, &str, &[Round]); 6] = [
        ("one of two", "aa", &[(&[("n0", "False")], 2, &[]), (&[], 1, &["n0"])]),
        (
            "one every ten seconds",
            "aaa",
            &[(&[("n0", "False"), ("n1", "False")], 9, &["n0"]), (&[], 10, &["n0", "n1"])],
        ),
        (
            "much of a zone",
            "aaaa",
            &[
                (&[("n0", "False"), ("n1", "False"), ("n2", "False")], 60, &[]),
                (&[("n2", "True")], 9, &[]),
                (&[], 10, &["n0"]),
                (&[], 10, &["n0", "n1"]),
            ],
        ),
        ("all of one zone of two", "aab", &[(&[("n0", "False"), ("n1", "False")], 20, &["n0", "n1"])]),
        ("the only node", "a", &[(&[("n0", "False")], 60, &[]), (&[("n0", "True")], 9, &[])]),
        (
            "one after the other, and one comes back",
            "aa",
            &[
                (&[("n0", "False")], 5, &["n0"]),
                (&[("n1", "False")], 60, &[]),
                (&[("n1", "True")], 9, &[]),
                (&[], 10, &["n0"]),
            ],
        ),
    ];
    for (what, zones, rounds) in cases {
        let nodes = zones.chars().enumerate();
        let mut timeline =
            start(nodes.map(|(at, zone)| zoned(&format!("n{at}"), &zone.to_string())).collect());
        for (at, (posts, seconds, expected)) in rounds.iter().enumerate() {
            for (node, status) in *posts {
                post(&mut timeline, node, status);
            }
            assert_eq!(evicting(&mut timeline, *seconds), *expected, "{what}, {at}");
        }
        run(&mut timeline);
    }
}

/// Its state and how long after the kubelet fell silent it was noticed; which step is said to have set the
/// time.
fn noticed(timeline: &mut Timeline, node: &str, since: Time) -> (String, Millis, Cause) {
    run(timeline);
    let condition =
        timeline.world().node(node).and_then(|node| node.condition("Ready")).cloned().expect("Ready");
    let at = condition.last_transition_time.expect("a time");
    let mut steps = timeline.steps();
    let step = steps.find(|step| step.at == at && step.actor == Actor::NodeLifecycle).expect("the step");
    (condition.status.to_string(), at - since, step.cause)
}

#[test]
fn a_silent_kubelet_is_noticed_whatever_else_happens_to_its_node_meanwhile() {
    let cordon = |timeline: &mut Timeline| {
        timeline.say(&Request::new(&Command::of(["kubectl", "cordon", "n"]), Files::new()));
    };
    let pressure = |timeline: &mut Timeline| {
        let patch = json!({ "status": { "conditions": [{ "type": "MemoryPressure", "status": "True" }] } });
        let patch = patch.to_string();
        let words = ["kubectl", "patch", "node", "n", "--subresource=status", "-p", patch.as_str()];
        timeline.say(&Request::new(&Command::of(words), Files::new()));
    };
    let wait = |timeline: &mut Timeline| {
        timeline.advance(timeline.now() + Millis::seconds(20));
    };
    let stop = |timeline: &mut Timeline| {
        timeline.say(&Request::power("n", false));
    };
    let go = |timeline: &mut Timeline| {
        timeline.say(&Request::power("n", true));
    };
    type Act<'a> = &'a dyn Fn(&mut Timeline);
    let cases: [(&str, Vec<Act<'_>>); 6] = [
        ("alone", vec![&stop]),
        ("then a cordon", vec![&stop, &cordon]),
        ("a cordon before", vec![&cordon, &stop]),
        ("pressure before", vec![&pressure, &stop]),
        ("a cordon later", vec![&stop, &wait, &cordon]),
        ("after another stop", vec![&stop, &wait, &go, &wait, &stop]),
    ];
    for (what, acts) in cases {
        let mut timeline = start(vec![node("n", json!([])), node("ok", json!([]))]);
        for act in acts {
            act(&mut timeline);
        }
        let since = silent_since(timeline.world(), "n").expect("it is silent");
        let is_stop = |step: &&Rc<Step>| {
            step.actor == Actor::You && step.changes.iter().any(|change| change.kind() != Kind::Node)
        };
        let stop = timeline.steps().rfind(is_stop).expect("the command").no;
        let cause = Cause::Timer { set_by: stop };
        assert_eq!(noticed(&mut timeline, "n", since), ("Unknown".into(), Millis(50_100), cause), "{what}");
        assert!(
            taints(&timeline, "n").contains(&"node.kubernetes.io/unreachable:NoExecute".into()),
            "{what}"
        );
    }
}

#[test]
fn of_nodes_that_fall_silent_together_each_is_tainted_in_its_turn() {
    let ready = || json!([]);
    let mut timeline = start(["a", "b", "c", "d"].map(|name| node(name, ready())).to_vec());
    timeline.say(&Request::power("a", false));
    timeline.say(&Request::power("b", false));
    assert_eq!(evicting(&mut timeline, 51), ["a"]);
    assert_eq!(evicting(&mut timeline, 8), ["a"]);
    assert_eq!(evicting(&mut timeline, 3), ["a", "b"]);
    run(&mut timeline);
}

#[test]
fn a_taint_that_says_how_a_node_is_down_follows_it_at_once() {
    let mut timeline = start(vec![node("n", json!([])), node("ok", json!([]))]);
    post(&mut timeline, "n", "False");
    run(&mut timeline);
    timeline.say(&Request::power("n", false));
    run(&mut timeline);
    let both = ["NoSchedule", "NoExecute"].map(|effect| format!("node.kubernetes.io/unreachable:{effect}"));
    assert_eq!(taints(&timeline, "n"), both);
    let taint = Command::of(["kubectl", "taint", "node", "n", "node.kubernetes.io/unreachable:NoExecute-"]);
    timeline.say(&Request::new(&taint, Files::new()));
    assert_eq!(taints(&timeline, "n").len(), 1);
    run(&mut timeline);
    assert_eq!(taints(&timeline, "n"), both, "taken away by hand it comes back");
}

#[test]
fn a_node_that_joins_is_kept_free_until_its_first_report() {
    let mut timeline = start(vec![node("n1", json!([]))]);
    timeline.say(&Request::apply(Request::text_of(&[daemons("agent", json!({}))])));
    run(&mut timeline);
    timeline.say(&Request::set_nodes(Request::text_of(&objects(vec![
        node("n1", json!([])),
        node("n2", json!([])),
    ]))));
    let joined = timeline.now();
    assert_eq!(taints(&timeline, "n2"), ["node.kubernetes.io/not-ready:NoSchedule"]);
    let mut tainted_for = None;
    while timeline.forward() {
        if tainted_for.is_none() && taints(&timeline, "n2").is_empty() {
            tainted_for = Some((timeline.now() - joined).0);
        }
        let early = timeline.world().pods_on("n2").next().is_some() && tainted_for.is_none();
        assert!(!early, "no pod before the taint is gone");
    }
    assert_eq!(tainted_for, Some(100));
    assert_eq!(counts(&timeline, "agent"), [2, 2, 2, 0]);
}

/// What the list does not speak of stays.
#[test]
fn a_node_whose_last_taint_leaves_the_list_keeps_the_rest_of_its_spec() {
    let mut tainted = node("n", json!([]));
    tainted["spec"] = json!({ "taints": [{ "key": "a", "effect": "NoSchedule" }] });
    let mut timeline = start(Vec::new());
    let list = |nodes: Vec<Value>, timeline: &mut Timeline| {
        let said = timeline.say(&Request::set_nodes(Request::text_of(&objects(nodes))));
        assert_eq!(said.answer.refused().next(), None);
    };
    list(vec![tainted], &mut timeline);
    run(&mut timeline);
    let patch = ["kubectl", "patch", "node", "n", "-p", r#"{"spec":{"podCIDR":"10.0.0.0/24"}}"#];
    timeline.say(&Request::new(&Command::of(patch), Files::new()));
    timeline.say(&Request::new(&Command::of(["kubectl", "cordon", "n"]), Files::new()));
    list(vec![node("n", json!([]))], &mut timeline);
    let spec = &timeline.world().node("n").expect("the node").spec;
    assert!(spec.unschedulable && !spec.taints.iter().any(|taint| taint.key == "a"), "{spec:?}");
    assert_eq!(spec.rest.get("podCIDR"), Some(&json!("10.0.0.0/24")));
}

/// A list is brought in piece by piece; whether all nodes are down is a question to the whole of it.
#[test]
fn the_last_node_of_a_long_list_is_tainted_like_the_first() {
    let down = json!([{ "type": "Ready", "status": "False" }]);
    let list = |number: usize| {
        let mut nodes: Vec<Value> = (0..number).map(|at| node(&format!("n{at:03}"), json!([]))).collect();
        nodes.push(node("x", down.clone()));
        Timeline::new(SimState::of_nodes(1, objects(nodes)).0)
    };
    for number in [1, 255, 256, 300] {
        let expected = ["node.kubernetes.io/not-ready:NoSchedule", "node.kubernetes.io/not-ready:NoExecute"];
        let mut found = taints(&list(number), "x");
        found.sort_by_key(|taint| std::cmp::Reverse(taint.clone()));
        assert_eq!(found, expected, "after {number} others");
    }
}

#[test]
fn a_node_of_the_same_name_that_joins_later_has_a_kubelet_of_its_own() {
    let mut timeline = start(vec![node("n", json!([]))]);
    timeline.say(&Request::power("n", false));
    timeline.say(&Request::delete(&ObjectKey::node("n"), Propagation::Background));
    run(&mut timeline);
    timeline.say(&Request::set_nodes(Request::text_of(&objects(vec![node("n", json!([]))]))));
    run(&mut timeline);
    assert!(silent_since(timeline.world(), "n").is_none());
    assert_eq!(
        timeline.world().node("n").and_then(|node| node.ready().map(str::to_owned)).as_deref(),
        Some("True")
    );
}

#[test]
fn the_pending_daemon_pod_of_a_deleted_node_goes_when_the_scheduler_tries_it_again() {
    for (others, last_words) in [
        (1, "0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity]."),
        (0, "no nodes available to schedule pods"),
    ] {
        let big = json!({ "containers": [{
            "name": "c", "image": "c:1", "resources": { "requests": { "cpu": "8" } },
        }] });
        let names = ["n1", "n2"];
        let nodes = names.iter().take(1 + others).map(|name| node(name, json!([]))).collect();
        let mut timeline = start(nodes);
        timeline.say(&Request::apply(Request::text_of(&[daemons("agent", big)])));
        run(&mut timeline);
        timeline.say(&Request::delete(&ObjectKey::node("n1"), Propagation::Background));
        let deleted = timeline.now();
        let floating: Vec<_> = timeline.world().unplaced_pods().map(|pod| pod.pinned_node()).collect();
        assert_eq!(floating, [Some("n1")], "it waits for a node that is gone");
        let mut seen = false;
        while timeline.forward() {
            let waits = timeline.world().pods().find(|pod| pod.pinned_node() == Some("n1"));
            let told = waits.and_then(|pod| pod.condition("PodScheduled")).map(|told| told.message.clone());
            seen |= told.is_some_and(|told| told.starts_with(last_words));
        }
        assert!(seen, "{last_words}");
        let others = i32::try_from(others).unwrap_or_default();
        assert_eq!(counts(&timeline, "agent"), [others, others, 0, 0]);
        let waited = (timeline.now() - deleted).0 / 1000;
        assert!((299..=310).contains(&waited), "{waited} s");
    }
}

#[test]
fn a_kubelet_under_pressure_turns_pods_away_and_the_controller_makes_them_anew_with_growing_waits() {
    let pressure = json!([{ "type": "DiskPressure", "status": "True" }]);
    let mut timeline = start(vec![node("full", pressure), node("ok", json!([]))]);
    let critical = daemons("crit", json!({ "priorityClassName": "system-node-critical" }));
    timeline.say(&Request::apply(Request::text_of(&[daemons("agent", json!({})), critical])));
    let (mut turned_away, mut at) = (0, Vec::new());
    while turned_away < 5 {
        assert!(timeline.forward(), "it goes on and on");
        let events = timeline.world().events().filter(|event| event.reason == "Evicted");
        let now: i32 = events.map(|event| event.count).sum();
        if now > turned_away {
            turned_away = now;
            at.push(timeline.now());
            let mut on_full = timeline.world().pods_on("full");
            let agent = on_full.find(|pod| pod.metadata.name.starts_with("agent")).expect("the pod");
            assert_eq!((&*agent.status.phase, &*agent.status.reason), ("Failed", "Evicted"));
            assert_eq!(agent.status.message, "Pod was rejected: The node had condition: [DiskPressure]. ");
        }
    }
    let waits: Vec<i64> = at.windows(2).map(|two| (two[1] - two[0]).0 / 1000).collect();
    assert_eq!(waits, [0, 1, 2, 4], "seconds from one to the next");
    assert_eq!(counts(&timeline, "crit"), [2, 2, 2, 0]);
    assert_eq!(counts(&timeline, "agent")[2], 1, "ready on ok only");
}

#[test]
fn nobody_has_anything_to_do_in_a_cluster_whose_listed_pods_run_already() {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web", "namespace": "default" },
        "spec": { "nodeName": "n1", "containers": [{ "name": "web", "image": "web:1" }] },
        "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] },
    });
    let (state, refused) = SimState::of_nodes(1, objects(vec![node("n1", json!([])), pod]));
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(state.world().pods().count(), 1);
    assert_eq!(state.next_at(), None);
}

#[test]
fn an_address_that_a_node_of_the_list_states_before_is_given_to_no_other() {
    let listed = |(name, address): (&str, &str)| {
        let mut node = node(name, json!([]));
        if !address.is_empty() {
            node["status"]["addresses"] = json!([{ "type": "InternalIP", "address": address }]);
        }
        node
    };
    let list = [("a", ""), ("b", "192.168.7.3"), ("c", ""), ("d", "10.0.0.9"), ("e", "")];
    let given = objects(list.map(listed).into());
    for part in [1, 2, 5] {
        let mut founding = Founding::new(1);
        founding.look_over(&given);
        given.chunks(part).for_each(|some| founding.add(some));
        let (state, refused) = founding.finish();
        assert!(refused.is_empty(), "every node is valid");
        let nodes = list.iter().filter_map(|(name, _)| state.world().node(name));
        let addresses: Vec<_> = nodes.filter_map(|node| node.internal_ip()).collect();
        let expected = ["192.168.7.2", "192.168.7.3", "192.168.7.4", "10.0.0.9", "192.168.7.5"];
        assert_eq!(addresses, expected, "in parts of {part}");
    }
}
