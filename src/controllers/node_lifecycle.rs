//! Turns a node's conditions and its cordon into taints, and notices silent kubelets.
//! Upstream: `pkg/controller/nodelifecycle/node_lifecycle_controller.go`.

use crate::api::{
    Condition, Kind, Millis, NO_EXECUTE, NO_SCHEDULE, Node, Object, ObjectKey, Taint, Time, set_condition,
    well_known_taints as taints,
};
use crate::cluster::{
    Actor, Change, Component, Cx, EventType, Outcome, Wakes, WorkKey, World, Write, lease_key, silent_since,
};
use std::rc::Rc;

/// How long a kubelet may be silent before its node counts as unreachable (`--node-monitor-grace-period`).
pub const NODE_MONITOR_GRACE_PERIOD: Millis = Millis::seconds(50);

/// The node lifecycle controller.
pub struct NodeLifecycle;

/// What became of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeLifecycleTrace {
    /// The node.
    pub node: String,
    /// The kubelet has been silent for the grace period: conditions became Unknown.
    pub silent: bool,
    /// Taints added.
    pub added: Vec<Taint>,
    /// Taints removed.
    pub removed: Vec<Taint>,
    /// Pods marked not ready because their node is not.
    pub pods_not_ready: Vec<ObjectKey>,
}

impl Component for NodeLifecycle {
    type State = ();
    type Trace = NodeLifecycleTrace;
    const ACTOR: Actor = Actor::NodeLifecycle;
    const LAG: Millis = Millis(100);

    fn observe(world: &World, change: &Change, _now: Time, _state: &mut (), wakes: &mut Wakes) {
        match (&change.key.kind, &change.before, &change.after) {
            (Kind::Node, before, Some(Object::Node(node))) => {
                let same = matches!(before, Some(Object::Node(before)) if before.spec == node.spec
                    && before.status.conditions == node.status.conditions);
                if !same && has_work(node) {
                    wakes.now(WorkKey::Object(change.key.clone()));
                }
            }
            // The kubelet stopped renewing its Lease.
            (Kind::Stored(_), None, Some(_)) if change.key == lease_key(&change.key.name) => {
                if world.node(&change.key.name).is_none_or(|node| node.ready() == Some("Unknown")) {
                    return; // It is known already that nothing is known of it.
                }
                wakes.after(WorkKey::Object(ObjectKey::node(&change.key.name)), NODE_MONITOR_GRACE_PERIOD);
            }
            _ => {}
        }
    }

    fn reconcile(cx: &Cx<'_>, _state: &mut (), key: &WorkKey) -> Outcome<NodeLifecycleTrace> {
        let mut trace = NodeLifecycleTrace::default();
        let mut writes = Vec::new();
        let node = if let WorkKey::Object(key) = key { cx.world.node(&key.name) } else { None };
        let Some(node) = node else { return Outcome { writes, requeue_after: None, trace } };
        let mut node = Rc::clone(node);
        let name = node.metadata.name.clone();
        let ready_before = node.ready().map(str::to_owned);

        let silent_since = silent_since(cx.world, &name);
        trace.silent = silent_since.is_some_and(|since| cx.now - since >= NODE_MONITOR_GRACE_PERIOD);
        if trace.silent && ready_before.as_deref() != Some("Unknown") {
            let node = Rc::make_mut(&mut node);
            for type_ in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
                let condition = Condition::new(
                    type_,
                    "Unknown",
                    "NodeStatusUnknown",
                    "Kubelet stopped posting node status.",
                );
                set_condition(&mut node.status.conditions, condition, cx.now);
            }
            writes.push(Write::UpdateStatus(Object::Node(Rc::new(node.clone()))));
        }
        // A kubelet that itself reports the node NotReady goes on running its pods.
        if trace.silent && ready_before.as_deref() == Some("True") {
            mark_pods_not_ready(cx, &name, &mut writes, &mut trace);
            let message = format!("Node {name} status is now: NodeNotReady");
            writes.push(event(ObjectKey::node(&name), EventType::Normal, message));
        }

        (trace.added, trace.removed) = settle(Rc::make_mut(&mut node), cx.now);
        if !trace.added.is_empty() || !trace.removed.is_empty() {
            // The status written above is newer than what this update saw.
            Rc::make_mut(&mut node).metadata.resource_version.clear();
            writes.push(Write::Update(Object::Node(Rc::clone(&node))));
        }
        trace.node = name.to_string();
        Outcome { writes, requeue_after: None, trace }
    }
}

/// A node with the taints that its conditions and its cordon imply: as it stands in a cluster at rest.
pub fn settled(mut node: Rc<Node>, now: Time) -> Rc<Node> {
    if has_work(&node) {
        settle(Rc::make_mut(&mut node), now);
    }
    node
}

/// Gives a node the taints that it is to have; returns those added and those removed.
fn settle(node: &mut Node, now: Time) -> (Vec<Taint>, Vec<Taint>) {
    let wanted = wanted_taints(node);
    let is_wanted = |have: &Taint| wanted.iter().any(|want| want.is_same(have));
    let have = std::mem::take(&mut node.spec.taints);
    let (kept, removed): (Vec<_>, Vec<_>) =
        have.into_iter().partition(|taint| !is_ours(taint) || is_wanted(taint));
    let is_missing = |want: &Taint| !kept.iter().any(|have| have.is_same(want));
    let mut added: Vec<_> = wanted.iter().filter(|want| is_missing(want)).cloned().collect();
    for taint in added.iter_mut().filter(|taint| taint.effect == NO_EXECUTE) {
        taint.time_added = Some(now);
    }
    node.spec.taints = kept;
    node.spec.taints.extend(added.iter().cloned());
    (added, removed)
}

/// Whether the controller would change anything on the node or its pods because of the node itself.
fn has_work(node: &Node) -> bool {
    let wanted = wanted_taints(node);
    let missing = wanted.iter().any(|want| !node.spec.taints.iter().any(|have| have.is_same(want)));
    missing
        || node.spec.taints.iter().any(|have| is_ours(have) && !wanted.iter().any(|want| want.is_same(have)))
}

/// The taints that follow from a node's conditions (`nodeConditionToTaintKeyStatusMap`) and its cordon.
fn wanted_taints(node: &Node) -> Vec<Taint> {
    let mut wanted = Vec::new();
    match node.ready() {
        Some("False") => {
            wanted.extend([NO_SCHEDULE, NO_EXECUTE].map(|effect| Taint::new(taints::NOT_READY, "", effect)));
        }
        Some("Unknown") => {
            wanted
                .extend([NO_SCHEDULE, NO_EXECUTE].map(|effect| Taint::new(taints::UNREACHABLE, "", effect)));
        }
        _ => {}
    }
    for (type_, key) in PRESSURES {
        if node.condition(type_).is_some_and(|condition| condition.status == "True") {
            wanted.push(Taint::new(key, "", NO_SCHEDULE));
        }
    }
    if node.spec.unschedulable {
        wanted.push(Taint::new(taints::UNSCHEDULABLE, "", NO_SCHEDULE));
    }
    wanted
}

const PRESSURES: [(&str, &str); 4] = [
    ("MemoryPressure", taints::MEMORY_PRESSURE),
    ("DiskPressure", taints::DISK_PRESSURE),
    ("NetworkUnavailable", taints::NETWORK_UNAVAILABLE),
    ("PIDPressure", taints::PID_PRESSURE),
];

/// Whether the controller sets and removes this taint.
fn is_ours(taint: &Taint) -> bool {
    let key = taint.key.as_str();
    match taint.effect.as_str() {
        NO_SCHEDULE => {
            [taints::NOT_READY, taints::UNREACHABLE, taints::UNSCHEDULABLE].contains(&key)
                || PRESSURES.iter().any(|(_, pressure)| *pressure == key)
        }
        NO_EXECUTE => [taints::NOT_READY, taints::UNREACHABLE].contains(&key),
        _ => false,
    }
}

/// `MarkPodsNotReady` (`pkg/controller/util/node/controller_utils.go`).
fn mark_pods_not_ready(cx: &Cx<'_>, node: &str, writes: &mut Vec<Write>, trace: &mut NodeLifecycleTrace) {
    for pod in cx.world.pods_on(node).filter(|pod| pod.node().is_some() && pod.is_ready()) {
        let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
        let mut pod = Rc::clone(pod);
        let conditions = &mut Rc::make_mut(&mut pod).status.conditions;
        if let Some(ready) = conditions.iter().find(|condition| condition.type_ == "Ready").cloned() {
            set_condition(conditions, Condition { status: "False".into(), ..ready }, cx.now);
        }
        writes.push(Write::UpdateStatus(Object::Pod(pod)));
        writes.push(event(key.clone(), EventType::Warning, "Node is not ready".into()));
        trace.pods_not_ready.push(key);
    }
}

fn event(about: ObjectKey, type_: EventType, message: String) -> Write {
    Write::Event { about, type_, reason: "NodeNotReady".into(), message, component: "node-controller".into() }
}
