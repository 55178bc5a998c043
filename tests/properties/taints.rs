//! What the taints explorer foretells of each node is what then happens.

use super::config;
use playground::api::{
    EcoString, Kind, Millis, NO_EXECUTE, NO_SCHEDULE, Object, ObjectKey, PREFER_NO_SCHEDULE, Pod, Taint,
    Time, Toleration,
};
use playground::cluster::{Actor, World};
use playground::explain::plain;
use playground::explain::taints::{Edit, Fate, TaintTrial, What};
use playground::kubectl::{File, Request};
use playground::session::{Document, DocumentName, Session, Tried};
use playground::sim::{SimState, Timeline};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Long enough for each loop to go round some times.
const WATCHED: Millis = Millis::seconds(240);
/// What comes to rest does so within this time.
const SETTLED: Millis = Millis::seconds(90);
/// A loop without a pause goes round often enough in so many steps.
const STEPS: u32 = 4_000;

const KEYS: [&str; 3] = ["gpu", "spot", "edge"];
const EFFECTS: [&str; 3] = [NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE];

prop_compose! {
    fn taint()(
        key in prop::sample::select(&KEYS[..]),
        value in prop::sample::select(vec!["", "yes"]),
        effect in prop::sample::select(&EFFECTS[..]),
    ) -> Taint {
        Taint::new(key, value, effect)
    }
}

prop_compose! {
    fn toleration()(
        key in prop::sample::select(vec!["gpu", "spot", "edge", "edge", ""]),
        is_equal in any::<bool>(),
        value in prop::sample::select(vec!["", "yes"]),
        effect in prop::sample::select(vec!["", NO_SCHEDULE, NO_EXECUTE, NO_EXECUTE, PREFER_NO_SCHEDULE]),
        seconds in prop::option::weighted(0.6, prop::sample::select(vec![-1i64, 0, 10, 25])),
    ) -> Toleration {
        let is_equal = is_equal && !key.is_empty();
        Toleration {
            key: key.into(),
            operator: if is_equal { "Equal" } else { "Exists" }.into(),
            value: if is_equal { value } else { "" }.into(),
            effect: effect.into(),
            toleration_seconds: seconds.filter(|_| effect == NO_EXECUTE),
            ..Toleration::default()
        }
    }
}

fn taints(most: usize) -> impl Strategy<Value = Vec<Taint>> {
    prop::collection::vec(taint(), 0..=most).prop_map(|taints| {
        let mut one_each: Vec<Taint> = Vec::new();
        for taint in taints {
            if !one_each.iter().any(|other| other.is_same(&taint)) {
                one_each.push(taint);
            }
        }
        one_each
    })
}

#[derive(Clone, Debug)]
struct NodeGiven {
    taints: Vec<Taint>,
    cordoned: bool,
    disk: bool,
    /// How much of its 1000m another pod takes, and of which priority.
    taken: Option<(i64, bool)>,
    pressure: bool,
}

prop_compose! {
    fn node()(
        taints in taints(3),
        cordoned in prop::bool::weighted(0.15),
        disk in prop::bool::weighted(0.85),
        taken in prop::option::weighted(0.3, (prop::sample::select(vec![300i64, 950]), any::<bool>())),
        pressure in prop::bool::weighted(0.08),
    ) -> NodeGiven {
        NodeGiven { taints, cordoned, disk, taken, pressure }
    }
}

#[derive(Clone, Debug)]
struct SetGiven {
    tolerations: Vec<Toleration>,
    strategy: &'static str,
    selects: bool,
    is_important: bool,
}

prop_compose! {
    fn set()(
        tolerations in prop::collection::vec(toleration(), 0..3),
        strategy in prop::sample::select(vec!["one", "one", "all", "surge", "OnDelete"]),
        selects in prop::bool::weighted(0.2),
        is_important in prop::bool::weighted(0.3),
    ) -> SetGiven {
        SetGiven { tolerations, strategy, selects, is_important }
    }
}

/// A change, of things that are chosen by their places.
#[derive(Clone, Debug)]
enum Change {
    NewTaint(Vec<usize>, Taint),
    NoTaint(usize, usize),
    OtherTaint(usize, usize, Taint),
    NewToleration(Toleration),
    NoToleration(usize),
    OtherToleration(usize, Toleration),
    HostNetwork,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (prop::collection::vec(0..5usize, 1..3), taint()).prop_map(|(nodes, taint)| Change::NewTaint(nodes, taint)),
        2 => (0..5usize, 0..3usize).prop_map(|(node, taint)| Change::NoTaint(node, taint)),
        1 => (0..5usize, 0..3usize, taint()).prop_map(|(node, at, taint)| Change::OtherTaint(node, at, taint)),
        2 => toleration().prop_map(Change::NewToleration),
        1 => (0..3usize).prop_map(Change::NoToleration),
        1 => (0..3usize, toleration()).prop_map(|(at, toleration)| Change::OtherToleration(at, toleration)),
        1 => Just(Change::HostNetwork),
    ]
}

fn name(index: usize) -> String {
    format!("n{index}")
}

fn node_of(index: usize, given: &NodeGiven) -> Vec<Value> {
    let taints: Vec<_> = given.taints.iter().map(|taint| json!(taint)).collect();
    let labels = if given.disk { json!({ "disk": "ssd" }) } else { json!({}) };
    let pressure = if given.pressure { "True" } else { "False" };
    let mut objects = vec![json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": { "name": name(index), "labels": labels },
        "spec": { "taints": taints, "unschedulable": given.cordoned },
        "status": {
            "allocatable": { "cpu": "1", "memory": "1Gi", "pods": "20" },
            "conditions": [
                { "type": "Ready", "status": "True" },
                { "type": "DiskPressure", "status": pressure },
            ],
        },
    })];
    if let Some((cpu, is_important)) = given.taken {
        let requests = json!({ "cpu": format!("{cpu}m") });
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": format!("other-{index}"), "namespace": "default" },
            "spec": {
                "nodeName": name(index),
                "tolerations": [{ "operator": "Exists" }],
                "containers": [{ "name": "c", "image": "c:1", "resources": { "requests": requests } }],
            },
            "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] },
        });
        if is_important {
            pod["spec"]["priorityClassName"] = "system-node-critical".into();
        }
        objects.push(pod);
    }
    objects
}

fn set_text(given: &SetGiven) -> String {
    let strategy = match given.strategy {
        "OnDelete" => json!({ "type": "OnDelete" }),
        "surge" => {
            json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "100%", "maxUnavailable": 0 } })
        }
        "one" => json!({ "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 1 } }),
        _ => json!({ "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": "100%" } }),
    };
    let mut pod = json!({
        "tolerations": given.tolerations,
        "containers": [{
            "name": "agent", "image": "agent:1",
            "resources": { "requests": { "cpu": "100m", "memory": "16Mi" } },
        }],
    });
    if given.selects {
        pod["nodeSelector"] = json!({ "disk": "ssd" });
    }
    if given.is_important {
        pod["priorityClassName"] = "important".into();
    }
    let set = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": { "name": "agent", "namespace": "default" },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "updateStrategy": strategy,
            "template": { "metadata": { "labels": { "app": "agent" } }, "spec": pod },
        },
    });
    let class = json!({
        "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": { "name": "important" }, "value": 1000,
    });
    let text = |value: Value| Request::text_of(&[Object::from_json(value).expect("an object")]);
    format!("{}---\n{}", text(class).text(), text(set).text())
}

fn agent() -> ObjectKey {
    ObjectKey::new(Kind::DaemonSet, "default", "agent")
}

/// The change as the explorer knows it; none where there is nothing that it could be about.
fn edit(world: &World, change: &Change) -> Option<Edit> {
    let nodes: Vec<_> = world.nodes().collect();
    let own_taint = |node: usize, at: usize| {
        let node = nodes[node % nodes.len()];
        Some((node.metadata.name.clone(), node.spec.taints.get(at)?.clone()))
    };
    let set = world.daemon_set("default", "agent").expect("the set");
    let own = |at: usize| set.spec.template.spec.tolerations.get(at).cloned();
    Some(match change {
        Change::NewTaint(places, taint) => {
            let mut names: Vec<EcoString> =
                places.iter().map(|place| nodes[place % nodes.len()].metadata.name.clone()).collect();
            names.sort();
            names.dedup();
            Edit::Taint { nodes: names, from: None, to: Some(taint.clone()) }
        }
        Change::NoTaint(node, at) => {
            let (node, taint) = own_taint(*node, *at)?;
            Edit::Taint { nodes: vec![node], from: Some(taint), to: None }
        }
        Change::OtherTaint(node, at, to) => {
            let (node, taint) = own_taint(*node, *at)?;
            Edit::Taint { nodes: vec![node], from: Some(taint), to: Some(to.clone()) }
        }
        Change::NewToleration(toleration) => Edit::Toleration { from: None, to: Some(toleration.clone()) },
        Change::NoToleration(at) => Edit::Toleration { from: Some(own(*at)?), to: None },
        Change::OtherToleration(at, to) => Edit::Toleration { from: Some(own(*at)?), to: Some(to.clone()) },
        Change::HostNetwork => Edit::HostNetwork(true),
    })
}

/// What a trial comes to, as the session writes it.
fn tried_of(trial: &TaintTrial) -> Tried {
    let nodes = trial.nodes().map(|(before, after)| {
        (before.metadata.name.clone(), before.spec.taints.to_vec(), after.spec.taints.to_vec())
    });
    let (before, after) = trial.spec().unwrap_or_default();
    let host_network = (before.host_network != after.host_network).then_some(after.host_network);
    let tolerations = (before.tolerations, after.tolerations);
    Tried { subject: agent(), nodes: nodes.collect(), tolerations, host_network }
}

/// What was seen on a node.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// When a pod was evicted there for a taint, and how long it had been bound.
    evicted: Vec<(Time, Option<Millis>)>,
    /// When a pod was made for it.
    created: Vec<Time>,
    /// When a pod failed there.
    failed: Vec<Time>,
    /// So many pods that failed before are still there.
    still_failed: usize,
}

fn is_daemon(pod: &Pod) -> bool {
    pod.metadata.controller().is_some_and(|owner| owner.kind == "DaemonSet")
}

/// Runs on for a time and notes what happens to daemon pods, node by node, and whether that time came to its end: with
/// maxSurge a pod that its kubelet turns away is created again without a pause, which takes all steps before.
fn watch(timeline: &mut Timeline) -> (BTreeMap<EcoString, Seen>, bool) {
    let end = timeline.now() + WATCHED;
    let mut seen: BTreeMap<EcoString, Seen> = BTreeMap::new();
    let mut bound: BTreeMap<EcoString, Time> = BTreeMap::new();
    for _ in 0..STEPS {
        if timeline.next_at().is_none_or(|at| at > end) || !timeline.forward() {
            break;
        }
        let step = timeline.step(timeline.shown()).expect("the step").clone();
        for change in &step.changes {
            let pod = |object: &Option<Object>| object.as_ref().and_then(Object::as_pod).cloned();
            let (before, after) = (pod(&change.before), pod(&change.after));
            let Some(pod) = after.as_ref().or(before.as_ref()).filter(|pod| is_daemon(pod)) else { continue };
            let Some(node) = pod.target_node() else { continue };
            let seen = seen.entry(node.into()).or_default();
            let uid = &pod.metadata.uid;
            if before.is_none() {
                seen.created.push(step.at);
            }
            let is_bound = |pod: &Option<Rc<Pod>>| pod.as_ref().is_some_and(|pod| pod.node().is_some());
            if !is_bound(&before) && is_bound(&after) {
                bound.insert(uid.clone(), step.at);
            }
            let failed = |pod: &Option<Rc<Pod>>| pod.as_ref().is_some_and(|pod| has_failed(pod));
            if !failed(&before) && failed(&after) {
                seen.failed.push(step.at);
            }
            let ends = |pod: &Option<Rc<Pod>>| pod.as_ref().is_none_or(|pod| pod.metadata.is_terminating());
            if step.actor == Actor::TaintEviction && before.is_some() && !ends(&before) && ends(&after) {
                seen.evicted.push((step.at, bound.get(uid).map(|at| step.at - *at)));
            }
        }
    }
    (seen, timeline.next_at().is_none_or(|at| at > end))
}

/// Daemon pods of a node that have not failed and are not being deleted.
fn pods(world: &World, node: &str) -> Vec<Rc<Pod>> {
    let own = world.pods().filter(|pod| is_daemon(pod) && pod.target_node() == Some(node));
    own.filter(|pod| !pod.metadata.is_terminating() && !has_failed(pod)).cloned().collect()
}

fn has_failed(pod: &Pod) -> bool {
    pod.status.phase == "Failed"
}

/// What does not fit to what was foretold.
fn wrong(fate: &Fate, start: Time, before: &[Rc<Pod>], after: &[Rc<Pod>], seen: &Seen) -> Option<String> {
    let is = |holds: bool, what: &str| (!holds).then(|| what.to_owned());
    let settled = start + SETTLED;
    let is_calm =
        !seen.evicted.iter().any(|(at, _)| *at > settled) && !seen.failed.iter().any(|at| *at > settled);
    match fate.what {
        What::Runs => is(
            is_calm && after.len() == 1 && after[0].is_ready() && after[0].node().is_some(),
            "one pod runs in peace",
        ),
        What::NotReady => is(after.len() == 1, "one pod is there"),
        What::NotCreated | What::NotSelected => {
            is(before.is_empty() && after.is_empty() && seen.created.is_empty(), "no pod comes")
        }
        // With maxSurge there may be two, of which the new one stays.
        What::Stays => is(
            after.len() == 1 && before.iter().any(|pod| pod.metadata.uid == after[0].metadata.uid),
            "a pod that was there is still there",
        ),
        What::OldStays => is(
            before.len() == 1 && after.iter().any(|pod| pod.metadata.uid == before[0].metadata.uid),
            "the old pod is still there",
        ),
        // No rolling update comes to a node with several pods of one revision, and failed ones go one by one, each
        // after a longer wait.
        What::Deleted => is(
            !before.is_empty() && (after.is_empty() || seen.still_failed > 1),
            "the pod goes and none comes",
        ),
        What::EvictedNow => is(
            !before.is_empty() && after.is_empty() && seen.created.is_empty(),
            "the pod goes at once and none comes",
        ),
        What::EvictedAfter(seconds) => is(
            !before.is_empty()
                && after.is_empty()
                && seen.evicted.iter().all(|(at, _)| (*at - start).0 <= seconds * 1000 + 2_000),
            "the pod goes after its time and none comes",
        ),
        What::Loop(seconds) => {
            let in_time = |borne: &Millis| (borne.0 - seconds * 1000).abs() < 2_000;
            let times: Vec<Millis> = seen.evicted.iter().filter_map(|(_, borne)| *borne).collect();
            is(
                times.len() >= 2 && times.iter().skip(1).all(in_time),
                "pods go after their time and come again",
            )
        }
        What::Pending => is(after.iter().any(|pod| pod.node().is_none()), "a pod is Pending"),
        What::TurnedAway => {
            is(seen.still_failed > 0 || !seen.failed.is_empty(), "pods are turned away again and again")
        }
        What::Refused | What::Stuck | What::MayRun | What::MayNotRun => Some("it cannot come to that".into()),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_foretold_of_a_node_is_what_then_happens(
        nodes in prop::collection::vec(node(), 1..5),
        set in set(),
        first in prop::collection::vec(change(), 0..2),
        tried in prop::collection::vec(change(), 0..4),
        settle in prop::sample::select(vec![0u32, 5, 40, 400]),
    ) {
        let listed = nodes.iter().enumerate().flat_map(|(index, node)| node_of(index, node));
        let listed: Vec<Object> = listed.map(|value| Object::from_json(value).expect("an object")).collect();
        let (state, refused) = SimState::of_nodes(3, listed.clone());
        prop_assert!(refused.is_empty(), "{:?}", refused);
        let mut timeline = Timeline::new(state);
        let manifest = set_text(&set);
        timeline.say(&Request::apply(File::new(manifest.as_str())));
        timeline.run(400);
        let mut manifest = manifest;
        for (round, changes) in [(0, &first), (1, &tried)] {
            let world = timeline.world();
            let edits: Vec<Edit> = changes.iter().filter_map(|change| edit(world, change)).collect();
            let Some(trial) = TaintTrial::of(world, timeline.now(), &agent(), &edits) else { continue };
            let table = trial.table().expect("a table");
            if !table.problems.is_empty() {
                continue;
            }
            // Commands for the nodes; the manifest as one would write it and apply it.
            let (mut session, mut text) = (Session::default(), None);
            session.documents.manifest = Document::new(&manifest, "");
            for (name, written) in session.write_tried(&tried_of(&trial)).texts {
                if name == DocumentName::Manifest {
                    text = Some(written.to_string());
                }
            }
            let before: BTreeMap<EcoString, Vec<_>> =
                world.nodes().map(|node| (node.metadata.name.clone(), pods(world, &node.metadata.name))).collect();
            let start = timeline.now();
            for command in trial.commands().iter().filter(|command| command.words()[1] == "taint") {
                let answer = timeline.say(command).answer.clone();
                prop_assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{}", command.line());
            }
            prop_assert_eq!(text.is_some(), trial.spec().is_some());
            if let Some(text) = text {
                let answer = timeline.say(&Request::apply(File::new(text.as_str()))).answer.clone();
                prop_assert_eq!(answer.code, 0, "{}", answer.err);
                manifest = text;
            }
            if round == 0 {
                timeline.run(settle);
                continue;
            }
            let (seen, is_whole) = watch(&mut timeline);
            for row in &table.rows {
                if !is_whole && matches!(row.after.what, What::Loop(_) | What::EvictedAfter(_)) {
                    continue;
                }
                for node in &row.nodes {
                    let after = pods(timeline.world(), node);
                    let mut seen = seen.get(node).cloned().unwrap_or_default();
                    let failed = timeline.world().pods_on(node).filter(|pod| is_daemon(pod) && has_failed(pod));
                    seen.still_failed = failed.count();
                    let wrong = wrong(&row.after, start, &before[node], &after, &seen);
                    prop_assert!(
                        wrong.is_none(),
                        "{node}: {:?} ({}) should mean that {}; it had {} pods and has {:?}; evicted {:?}, created {} times, failed {} times\n{edits:?}",
                        row.after.what,
                        plain(&row.after.why),
                        wrong.unwrap_or_default(),
                        before[node].len(),
                        after.iter().map(|pod| (&pod.metadata.name, pod.node(), &pod.status.phase)).take(4).collect::<Vec<_>>(),
                        seen.evicted.iter().take(4).collect::<Vec<_>>(),
                        seen.created.len(),
                        seen.failed.len(),
                    );
                }
            }
        }
    }
}
