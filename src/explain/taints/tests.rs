use super::*;
use crate::api::{NO_EXECUTE, NO_SCHEDULE, Object, Taint, Toleration};
use crate::cluster::given;
use crate::explain::piece::plain;
use crate::kubectl::Request;
use crate::sim::Timeline;
use crate::sim::given::{agent, at_rest, set};
use serde_json::{Value, json};

/// Nodes with various taints, on which a DaemonSet that tolerates two of them has come to rest.
fn example() -> Timeline {
    let node = |(name, taints): (&str, Value)| {
        let cordoned = name == "build-1";
        let spec = json!({ "taints": taints, "unschedulable": cordoned });
        given::node(name, json!({ "spec": spec }))
    };
    let taint =
        |key: &str, value: &str, effect: &str| json!([{ "key": key, "value": value, "effect": effect }]);
    let control_plane = || taint("node-role.kubernetes.io/control-plane", "", "NoSchedule");
    let nodes = [
        ("build-1", json!([])),
        ("cp-1", control_plane()),
        ("cp-2", control_plane()),
        ("gpu-1", taint("gpu", "true", "NoSchedule")),
        ("gpu-2", taint("gpu", "yes", "NoSchedule")),
        ("spot-1", taint("spot", "true", "PreferNoSchedule")),
        ("worker-1", json!([])),
        ("worker-2", json!([])),
    ];
    let mut timeline = at_rest(1, nodes.into_iter().map(node).collect());
    let mut value = set("1", &json!({})).to_json();
    value["spec"]["template"]["spec"]["tolerations"] = json!([
        { "key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule" },
        { "key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule" },
    ]);
    let set = Object::from_json(value).expect("a DaemonSet");
    timeline.say(&Request::apply(Request::text_of(&[set])));
    timeline.run(2_000);
    timeline
}

fn tried(timeline: &Timeline, edits: &[Edit]) -> (TaintTrial, Explorer) {
    let trial = TaintTrial::of(timeline.world(), timeline.now(), &agent(), edits).expect("a trial");
    let table = trial.table().expect("a table");
    (trial, table)
}

/// `gpu-1: Not created: no toleration for …`, or with an arrow where what is tried makes a difference.
fn told(table: &Explorer) -> Vec<String> {
    let row = |row: &SubjectRow| {
        let nodes: Vec<&str> = row.nodes.iter().map(|name| name.as_str()).collect();
        let before =
            if row.is_changed() { format!("{} → ", row.before.what.told()) } else { String::new() };
        format!("{}: {before}{}: {}", nodes.join(","), row.after.what.told(), plain(&row.after.why))
    };
    table.rows.iter().map(row).collect()
}

fn add_taint(nodes: &[&str], taint: &str) -> Edit {
    let nodes = nodes.iter().map(|name| (*name).into()).collect();
    Edit::Taint { nodes, from: None, to: Some(read_taint(taint).expect("a taint")) }
}

fn gpu(value: &str) -> Toleration {
    Toleration {
        key: "gpu".into(),
        operator: "Equal".into(),
        value: value.into(),
        effect: NO_SCHEDULE.into(),
        ..Toleration::default()
    }
}

#[test]
fn nodes_with_the_same_taints_and_fate_are_one_row() {
    let timeline = example();
    let (_, table) = tried(&timeline, &[]);
    assert_eq!(
        told(&table),
        [
            "build-1: Runs: a cordon does not stop daemon pods",
            "cp-1,cp-2: Runs: your toleration matches",
            "gpu-1: Not created: no toleration for gpu=true:NoSchedule",
            "gpu-2: Runs: your toleration matches",
            "spot-1: Runs: PreferNoSchedule never keeps a daemon pod away",
            "worker-1,worker-2: Runs: no taint on the node",
        ]
    );
    assert!(table.summary.is_empty());
    let givers: Vec<Giver> = table.columns.iter().map(|column| column.giver).collect();
    assert_eq!(givers[..2], [Giver::You; 2]);
    assert_eq!(givers[2..8], [Giver::Controller; 6]);
    assert_eq!(givers[8..], [Giver::IfHostNetwork]);
}

#[test]
fn a_cell_says_which_part_of_a_near_miss_differs() {
    let timeline = example();
    let (_, table) = tried(&timeline, &[]);
    let row = table.rows.iter().find(|row| row.nodes[0] == "gpu-1").expect("the row");
    let [Cell::OtherKey, Cell::NearMiss(parts), ..] = row.taints[0].cells[..] else {
        panic!("{:?}", row.taints[0].cells)
    };
    assert_eq!((parts.key, parts.value, parts.effect), (true, false, true));
    assert_eq!(row.missing(), [Taint::new("gpu", "true", NO_SCHEDULE)]);
}

#[test]
fn trials_are_read_beside_what_is_and_several_stand_together() {
    let timeline = example();
    let edits = [
        Edit::Toleration { from: None, to: Some(gpu("true")) },
        add_taint(&["worker-1"], "maintenance:NoExecute"),
    ];
    let (_, table) = tried(&timeline, &edits);
    assert_eq!(
        told(&table)[2..],
        [
            "gpu-1: Not created → Runs: your toleration matches",
            "gpu-2: Runs: your toleration matches",
            "spot-1: Runs: PreferNoSchedule never keeps a daemon pod away",
            "worker-1: Runs → Evicted now: no toleration for maintenance:NoExecute: the pod is deleted and not created again",
            "worker-2: Runs: no taint on the node",
        ]
    );
    assert_eq!(plain(&table.summary), "gpu-1 gets a pod; worker-1 loses its pod");
    assert_eq!(
        plain(&table.aside),
        "Tolerations are a part of the template: the rolling update replaces 6 pods."
    );
    let names: Vec<String> = edits.iter().map(|edit| plain(&edit.told())).collect();
    assert_eq!(names, ["add toleration gpu=true:NoSchedule", "add taint maintenance:NoExecute on worker-1"]);
}

#[test]
fn what_the_api_server_refuses_is_told_at_its_trial() {
    let timeline = example();
    let bad = Toleration { toleration_seconds: Some(5), ..gpu("true") };
    let lost = add_taint(&["worker-1"], "node.kubernetes.io/unreachable:NoSchedule");
    let (_, table) = tried(&timeline, &[Edit::Toleration { from: None, to: Some(bad) }, lost]);
    assert_eq!(
        table.problems.values().map(String::as_str).collect::<Vec<_>>(),
        [
            "spec.template.spec.tolerations[2].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
            "the node lifecycle controller takes node.kubernetes.io/unreachable:NoSchedule away again: no condition of worker-1 asks for it",
        ]
    );
    assert_eq!(plain(&table.summary), "no node changes");
}

#[test]
fn host_network_brings_a_seventh_toleration() {
    let timeline = example();
    let (trial, table) = tried(&timeline, &[Edit::HostNetwork(true)]);
    let last = table.columns.last().expect("a column");
    assert_eq!((last.giver, last.slot.was.is_some(), last.is_on()), (Giver::Controller, false, true));
    assert_eq!(
        trial.commands()[0].line().to_string(),
        r#"kubectl patch daemonset agent -p '{"spec":{"template":{"spec":{"hostNetwork":true}}}}'"#
    );
}

#[test]
fn what_is_tried_can_be_said_as_commands() {
    let timeline = example();
    let edits = [
        Edit::Toleration { from: Some(gpu("yes")), to: Some(gpu("true")) },
        add_taint(&["worker-1", "worker-2"], "maintenance:NoExecute"),
        add_taint(&["gpu-1"], "gpu=other:NoSchedule"),
        Edit::Taint {
            nodes: vec!["gpu-2".into()],
            from: Some(Taint::new("gpu", "yes", NO_SCHEDULE)),
            to: None,
        },
    ];
    let (trial, _) = tried(&timeline, &edits);
    let lines: Vec<String> = trial.commands().iter().map(|command| command.line().to_string()).collect();
    assert_eq!(
        lines,
        [
            "kubectl taint nodes gpu-1 gpu=other:NoSchedule --overwrite",
            "kubectl taint nodes gpu-2 gpu:NoSchedule-",
            "kubectl taint nodes worker-1 worker-2 maintenance:NoExecute",
            r#"kubectl patch daemonset agent -p '{"spec":{"template":{"spec":{"tolerations":[{"effect":"NoSchedule","key":"node-role.kubernetes.io/control-plane","operator":"Exists"},{"effect":"NoSchedule","key":"gpu","operator":"Equal","value":"true"}]}}}}'"#,
        ]
    );
}

#[test]
fn what_was_taken_away_comes_back_to_its_place() {
    let taint = Taint::new("gpu", "true", NO_SCHEDULE);
    let edit = |from: Option<&Taint>, to: Option<&Taint>| Edit::Taint {
        nodes: vec!["gpu-1".into()],
        from: from.cloned(),
        to: to.cloned(),
    };
    let timeline = example();
    let (trial, table) = tried(&timeline, &[edit(Some(&taint), None), edit(None, Some(&taint))]);
    assert!(table.rows.iter().flat_map(|row| &row.taints).all(|line| line.slot.is_kept()));
    assert!(trial.commands().is_empty());
}

/// What happens to the pods of an object on node `n`, which has these taints.
fn fate(taints: Value, object: &Value) -> String {
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" }, "spec": { "taints": taints } });
    let object = Object::from_json(object.clone()).expect("an object");
    let mut timeline = at_rest(1, vec![Object::from_json(node).expect("a node")]);
    timeline.say(&Request::apply(Request::text_of(std::slice::from_ref(&object))));
    let key = subjects(timeline.world()).remove(0);
    let trial = TaintTrial::of(timeline.world(), timeline.now(), &key, &[]).expect("a trial");
    let told = told(&trial.table().expect("a table"));
    told.concat()
}

#[test]
fn a_pod_that_is_not_bound_yet_is_borne_no_longer_than_one_that_is() {
    let taints = json!([{ "key": "edge", "effect": "NoExecute" }, { "key": "gpu", "effect": "NoSchedule" }]);
    let mut timeline = at_rest(1, vec![given::node("edge-1", json!({ "spec": { "taints": taints } }))]);
    let mut value = set("1", &json!({ "updateStrategy": { "type": "OnDelete" } })).to_json();
    value["spec"]["template"]["spec"]["tolerations"] = json!([
        { "key": "edge", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10 },
        { "operator": "Exists" },
    ]);
    timeline.say(&Request::apply(Request::text_of(&[Object::from_json(value).expect("a DaemonSet")])));
    while timeline.world().pods().count() == 0 {
        assert!(timeline.forward());
    }
    assert!(timeline.world().pods().all(|pod| pod.node().is_none()));
    let all = Toleration { operator: "Exists".into(), ..Toleration::default() };
    let other = Edit::Toleration { from: Some(all), to: Some(gpu("other")) };
    let loops = "Evicted after 10 s, in a loop";
    let then = "Evicted after 10 s: tolerated for 10 s (tolerationSeconds), then deleted; gpu:NoSchedule keeps a new one away";
    assert_eq!(told(&tried(&timeline, &[other]).1), [format!("edge-1: {loops} → {then}")]);
}

#[test]
fn other_pods_and_templates_are_told_where_they_may_run() {
    let spec = |tolerations: Value| json!({ "tolerations": tolerations, "containers": [{ "name": "c", "image": "c:1" }] });
    let pod = |tolerations: Value| json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "namespace": "default" }, "spec": spec(tolerations) });
    let deployment = |tolerations: Value| {
        let template = json!({ "metadata": { "labels": { "app": "a" } }, "spec": spec(tolerations) });
        let spec = json!({ "selector": { "matchLabels": { "app": "a" } }, "template": template });
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "d", "namespace": "default" }, "spec": spec })
    };
    let all = json!([{ "operator": "Exists" }]);
    let taints = json!([{ "key": "gpu", "value": "true", "effect": "NoSchedule" }]);
    for (object, expected) in [
        (pod(json!([])), "n: May not run here: untolerated taint gpu=true:NoSchedule"),
        (pod(all.clone()), "n: May run here: passes each check of Filter"),
        (deployment(json!([])), "n: May not run here: untolerated taint gpu=true:NoSchedule"),
        (deployment(all), "n: May run here: passes each check of Filter"),
    ] {
        assert_eq!(fate(taints.clone(), &object), expected);
    }
}

#[test]
fn taints_are_read_as_kubectl_reads_them() {
    assert_eq!(read_taint("a=b:NoExecute"), Ok(Taint::new("a", "b", NO_EXECUTE)));
    for (text, error) in [
        ("gpu", "invalid taint spec: gpu, an effect is missing: gpu:NoSchedule"),
        ("gpu=true:Never", "invalid taint effect: Never, unsupported taint effect"),
        ("", "invalid taint spec: "),
    ] {
        let found = read_taint(text).expect_err("an error");
        assert!(found.starts_with(error), "{found}");
    }
}

#[test]
fn other_pods_that_a_tried_taint_evicts_are_named() {
    let mut timeline = example();
    let pod = |name: &str, tolerations: Value| {
        let spec = json!({ "nodeName": "worker-1", "tolerations": tolerations, "containers": [{ "name": "c", "image": "i" }] });
        let metadata = json!({ "name": name, "namespace": "default" });
        Object::from_json(json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec }))
            .expect("a pod")
    };
    let for_a_minute = json!([{ "key": "maintenance", "operator": "Exists", "tolerationSeconds": 60, "effect": "NoExecute" }]);
    let pods = [pod("web", json!([])), pod("batch", for_a_minute)];
    timeline.say(&Request::apply(Request::text_of(&pods)));
    timeline.run(2_000);
    let (_, table) = tried(&timeline, &[add_taint(&["worker-1"], "maintenance:NoExecute")]);
    assert_eq!(plain(&table.summary), "worker-1 loses its pod");
    assert_eq!(
        plain(&table.aside),
        "Besides, web is evicted. batch is evicted when the time in tolerationSeconds is over."
    );
    let both = [
        add_taint(&["worker-1"], "maintenance:NoExecute"),
        Edit::Toleration { from: None, to: Some(gpu("true")) },
    ];
    let (_, table) = tried(&timeline, &both);
    assert_eq!(
        plain(&table.aside),
        "Tolerations are a part of the template: the rolling update replaces 6 pods. Besides, web is evicted. batch is evicted when the time in tolerationSeconds is over."
    );
}
