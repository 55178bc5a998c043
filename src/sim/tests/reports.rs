//! What kubelets and the scheduler report, in the form in which a real cluster has it.

use crate::api::{Object, Pod};
use crate::cluster::given::{node, object};
use crate::kubectl::Request;
use crate::sim::Timeline;
use crate::sim::given::{at_rest, rolling, run, settled};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

fn pod(timeline: &Timeline, name: &str) -> Rc<Pod> {
    Rc::clone(timeline.world().pod("default", name).expect("the pod"))
}

/// Types and status of its conditions, in their order.
fn conditions(pod: &Pod) -> Vec<String> {
    pod.status.conditions.iter().map(|told| format!("{}={}", told.type_, told.status)).collect()
}

/// The events about an object as JSON, the one that was told first first.
fn told_of(timeline: &Timeline, name: &str) -> Vec<Value> {
    let about = timeline.world().events().filter(|event| event.involved_object.name == name);
    let mut told: Vec<_> = about.collect();
    told.sort_by_key(|event| (event.first_told_at(), event.metadata.resource_version.parse::<u64>().ok()));
    told.into_iter().map(|event| Object::Event(Rc::clone(event)).to_json()).collect()
}

fn field<'a>(event: &'a Value, path: &str) -> &'a str {
    event.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn a_new_pod_has_its_conditions_and_events_in_the_order_of_a_real_cluster() {
    let timeline = settled(1, &rolling(json!(1), json!(0)));
    let pod = Rc::clone(timeline.world().pods().next().expect("a pod"));
    assert_eq!(
        conditions(&pod),
        [
            "PodReadyToStartContainers=True",
            "Initialized=True",
            "Ready=True",
            "ContainersReady=True",
            "PodScheduled=True"
        ]
    );
    assert_eq!(pod.status.container_statuses[0].started, Some(true));
    let told = told_of(&timeline, &pod.metadata.name);
    let reasons: Vec<&str> = told.iter().map(|event| field(event, "/reason")).collect();
    assert_eq!(reasons, ["Scheduled", "Pulling", "Created", "Started"]);
}

/// The fields are those of the events of a recorded cluster (`tests/conformance/states/plain.json`).
#[test]
fn events_have_the_fields_of_a_real_cluster() {
    let timeline = settled(1, &rolling(json!(1), json!(0)));
    let pod = Rc::clone(timeline.world().pods().next().expect("a pod"));
    let told = told_of(&timeline, &pod.metadata.name);
    let keys = |event: &Value| -> BTreeSet<String> {
        let fields = event.as_object().expect("an object").keys().cloned();
        let involved = event["involvedObject"].as_object().expect("an object").keys();
        fields.chain(involved.map(|key| format!("involvedObject.{key}"))).collect()
    };
    let set = |words: &str| -> BTreeSet<String> { words.split_whitespace().map(str::to_owned).collect() };
    let common = "apiVersion kind metadata type reason message involvedObject reportingComponent reportingInstance \
        involvedObject.apiVersion involvedObject.kind involvedObject.name involvedObject.namespace \
        involvedObject.resourceVersion involvedObject.uid";
    assert_eq!(keys(&told[0]), set(&format!("{common} action eventTime")));
    assert_eq!(
        ["/action", "/eventTime", "/reportingComponent"].map(|path| field(&told[0], path)),
        ["Binding", "2026-01-01T00:00:00.070000Z", "default-scheduler"]
    );
    assert_eq!(
        keys(&told[1]),
        set(&format!("{common} source firstTimestamp lastTimestamp count involvedObject.fieldPath"))
    );
    assert_eq!(told[1]["source"], json!({ "component": "kubelet", "host": "n00" }));
    assert_eq!(
        ["/reportingComponent", "/reportingInstance"].map(|path| field(&told[1], path)),
        ["kubelet", "n00"]
    );
    let of_set = told_of(&timeline, "agent");
    assert_eq!(
        ["/reportingComponent", "/reportingInstance"].map(|path| field(&of_set[0], path)),
        ["daemonset-controller", ""]
    );
}

#[test]
fn what_was_looked_at_in_the_same_state_again_is_told_as_a_series() {
    let cordoned = node("n00", json!({ "spec": { "unschedulable": true } }));
    let waiting = object(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "namespace": "default" },
        "spec": { "containers": [{ "name": "c", "image": "c:1" }] },
    }));
    let mut timeline = at_rest(1, vec![cordoned]);
    timeline.say(&Request::apply(Request::text_of(&[waiting])));
    run(&mut timeline);
    // It is tried again after five minutes if something has changed meanwhile, though it cannot help.
    for value in ["1", "2"] {
        let line = format!("kubectl label node n00 try={value} --overwrite");
        timeline.say(&Request::parse(&line, &Default::default()).expect("a line").remove(0));
        run(&mut timeline);
    }
    let told = told_of(&timeline, "p");
    let versions: BTreeSet<&str> =
        told.iter().map(|event| field(event, "/involvedObject/resourceVersion")).collect();
    assert_eq!((told.len(), versions.len()), (2, 2), "the first attempt changes the pod's condition");
    assert!(told.iter().all(|event| field(event, "/reason") == "FailedScheduling"));
    assert_eq!(told[0]["series"], Value::Null);
    assert_eq!(told[1].pointer("/series/count"), Some(&json!(2)));
    let again = field(&told[1], "/series/lastObservedTime");
    assert_eq!(field(&told[1], "/eventTime").len(), again.len());
    assert!(field(&told[1], "/eventTime") < again);
    let row = timeline.world().events().find(|event| event.series.is_some()).expect("the series");
    assert_eq!(row.times(), 2);
}

#[test]
fn a_pod_waits_for_its_readiness_gate() {
    let gated = object(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "namespace": "default" },
        "spec": {
            "containers": [{ "name": "c", "image": "c:1" }], "readinessGates": [{ "conditionType": "example.com/x" }],
        },
    }));
    let mut timeline = at_rest(1, vec![node("n00", json!({}))]);
    timeline.say(&Request::apply(Request::text_of(&[gated])));
    run(&mut timeline);
    let told = |timeline: &Timeline| {
        let pod = pod(timeline, "p");
        let ready = pod.condition("Ready").expect("a condition");
        (
            pod.status.phase.to_string(),
            ready.status.to_string(),
            ready.reason.to_string(),
            ready.message.to_string(),
        )
    };
    let missing = "corresponding condition of pod readiness gate \"example.com/x\" does not exist.";
    let expected = |status: &str, reason: &str, message: &str| {
        ("Running".to_owned(), status.to_owned(), reason.to_owned(), message.to_owned())
    };
    assert_eq!(told(&timeline), expected("False", "ReadinessGatesNotReady", missing));
    assert!(conditions(&pod(&timeline, "p")).contains(&"ContainersReady=True".to_owned()));

    let set = |timeline: &mut Timeline, status: &str| {
        let patch = format!(
            "kubectl patch pod p --subresource=status -p '{{\"status\":{{\"conditions\":[{{\"type\":\"example.com/x\",\"status\":\"{status}\"}}]}}}}'"
        );
        let line = Request::parse(&patch, &Default::default()).expect("a line").remove(0);
        timeline.say(&line);
        run(timeline);
    };
    set(&mut timeline, "False");
    let closed = "the status of pod readiness gate \"example.com/x\" is not \"True\", but False";
    assert_eq!(told(&timeline), expected("False", "ReadinessGatesNotReady", closed));
    set(&mut timeline, "True");
    assert_eq!(told(&timeline), expected("True", "", ""));
    assert_eq!(conditions(&pod(&timeline, "p"))[0], "example.com/x=True", "those of others come first");
    set(&mut timeline, "Unknown");
    assert_eq!(told(&timeline).1, "False");
}
