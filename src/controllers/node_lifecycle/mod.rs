//! Turns a node's conditions and its cordon into taints, keeps its labels complete, and notices silent kubelets.
//! Upstream: `pkg/controller/nodelifecycle/node_lifecycle_controller.go`.
//!
//! NoSchedule taints follow a node's change at once. NoExecute ones come and go in rounds over all nodes ([`round`]),
//! since how fast nodes are evicted depends on how many of a zone are down.
//!
//! The annotation that the ttl controller (`pkg/controller/ttl`) gives to each node is set here, too: nothing reads it,
//! so that it is not worth a loop. It is always what nodes of a cluster of up to 100 have.

mod round;

use crate::api::{
    Condition, EcoString, Kind, Millis, NO_EXECUTE, NO_SCHEDULE, Node, Object, ObjectKey, ObjectMeta, Taint,
    Time, set_condition, well_known_taints as taints,
};
use crate::cluster::{
    Actor, Because, Change, Component, Cx, EventType, Map, Reconciled, Set, StepNo, Wakes, WorkKey, World,
    Write, Written, lease_key, silent_since,
};
use std::rc::Rc;

/// How long a kubelet may be silent before its node counts as unreachable (`--node-monitor-grace-period`).
pub const NODE_MONITOR_GRACE_PERIOD: Millis = Millis::seconds(50);

/// Labels that follow from another one (`labelReconcileInfo`).
const LABELS: [(&str, &str); 2] =
    [("beta.kubernetes.io/os", "kubernetes.io/os"), ("beta.kubernetes.io/arch", "kubernetes.io/arch")];

/// The annotation of the ttl controller.
const TTL: (&str, &str) = ("node.alpha.kubernetes.io/ttl", "0");

/// After so long it is noticed that a node is gone: half of the time between two rounds (`--node-monitor-period`). One
/// that is there again by then was never away.
const ROUND: Millis = Millis(2500);

/// The node lifecycle controller.
pub struct NodeLifecycle;

/// What it remembers of nodes that it has still to tell of.
#[derive(Clone, Debug, Default)]
pub struct NodeLifecycleState {
    joined: Set<EcoString>,
    /// Since when they are gone.
    gone: Map<EcoString, Time>,
    /// Those whose kubelet is silent, since which step: until it is noticed.
    silent: Map<EcoString, StepNo>,
    evictions: round::Evictions,
    /// After so long the next round is due, if this look, at one node, was a round, too: until what it writes (the node's
    /// conditions at least) is written.
    next_round: Option<Millis>,
}

/// What became of one node, or of all in a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeLifecycleTrace {
    /// The node; empty in a round.
    pub node: String,
    /// The kubelet has been silent for the grace period: conditions became Unknown.
    pub silent: bool,
    /// The step since which it is, where that is noticed the first time.
    pub silent_since: Option<StepNo>,
    /// Taints that came and went, by node.
    pub tainted: Vec<Tainted>,
    /// Nodes that wait for their NoExecute taint.
    pub waiting: Vec<EcoString>,
    /// All nodes are down by now, so that nobody is evicted.
    pub all_down: bool,
    /// Labels and annotations set.
    pub labelled: Vec<EcoString>,
    /// Pods marked not ready because their node is not.
    pub pods_not_ready: Vec<ObjectKey>,
    /// The node is new, or gone.
    pub membership: Option<Membership>,
}

/// The taints of one node that came and went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tainted {
    /// The node.
    pub node: EcoString,
    /// Added.
    pub added: Vec<Taint>,
    /// Removed.
    pub removed: Vec<Taint>,
}

/// What became of a node as a part of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// It is new.
    Joined,
    /// It is gone.
    Left,
}

impl Component for NodeLifecycle {
    type State = NodeLifecycleState;
    type Trace = NodeLifecycleTrace;
    const ACTOR: Actor = Actor::NodeLifecycle;
    const LAG: Millis = Millis(100);

    fn observe(world: &World, change: &Change, now: Time, state: &mut NodeLifecycleState, wakes: &mut Wakes) {
        let name = change.name();
        if change.is_of(&Kind::Node) && state.evictions.observe(change, wakes.step == 0) {
            wakes.after(WorkKey::Next, ROUND);
        }
        match (&change.kind(), &change.before, &change.after) {
            (Kind::Node, Some(_), None) if !state.joined.remove(name) => {
                state.gone.insert(name.clone(), now);
                wakes.after(WorkKey::Object(change.key()), ROUND);
            }
            (Kind::Node, before, Some(Object::Node(node))) => {
                let same = matches!(before, Some(Object::Node(before)) if before.spec == node.spec
                    && before.metadata.labels == node.metadata.labels
                    && before.metadata.annotations == node.metadata.annotations
                    && before.status.conditions == node.status.conditions);
                // Nodes that are there from the start are known.
                if before.is_none() && state.gone.remove(name).is_none() && wakes.step > 0 {
                    state.joined.insert(name.clone());
                }
                if !same && (state.joined.contains(name) || has_work(node)) {
                    wakes.now(WorkKey::Object(change.key()));
                }
            }
            // The kubelet stopped renewing its Lease.
            (Kind::Stored(..), None, Some(_)) if change.is_about(&lease_key(change.name())) => {
                if world.node(change.name()).is_none_or(|node| node.ready() == Some("Unknown")) {
                    return; // It is known already that nothing is known of it.
                }
                state.silent.insert(change.name().clone(), wakes.step);
                wakes.after(WorkKey::Object(ObjectKey::node(change.name())), NODE_MONITOR_GRACE_PERIOD);
            }
            (Kind::Stored(..), Some(_), None) if change.is_about(&lease_key(change.name())) => {
                state.silent.remove(change.name());
            }
            _ => {}
        }
    }

    fn because(trace: &NodeLifecycleTrace) -> Option<Because> {
        trace.silent_since.map(Because::Timer)
    }

    fn reconcile(
        cx: &Cx<'_>,
        state: &mut NodeLifecycleState,
        key: &WorkKey,
    ) -> Reconciled<NodeLifecycleTrace> {
        let mut trace = NodeLifecycleTrace::default();
        let mut writes = Vec::new();
        let WorkKey::Object(key) = key else {
            let requeue_after = state.evictions.round(cx, None, &mut writes, &mut trace);
            return Reconciled { writes, requeue_after, trace };
        };
        let name = key.name.clone();
        trace.node = name.to_string();
        let Some(known) = cx.world.node(&name) else {
            let due = state.gone.get(&name).map(|since| *since + ROUND - cx.now);
            let requeue_after = due.filter(|due| due.0 > 0);
            if due.is_some() && requeue_after.is_none() {
                state.gone.remove(&name);
                trace.membership = Some(Membership::Left);
                writes.push(told_of_node(&name, "RemovingNode", "Removing", "from"));
            }
            return Reconciled { writes, requeue_after, trace };
        };
        let mut node = Rc::clone(known);
        if state.joined.remove(&name) {
            trace.membership = Some(Membership::Joined);
            writes.push(told_of_node(&name, "RegisteredNode", "Registered", "in"));
        }
        let ready_before = known.ready();

        let silence = silent_since(cx.world, &name).filter(|_| ready_before != Some("Unknown"));
        // Something else may have led here before that time: then it is looked at again when it would have been without.
        trace.silent = silence.is_some_and(|since| cx.now - since >= NODE_MONITOR_GRACE_PERIOD);
        let due =
            silence.filter(|_| !trace.silent).map(|since| since + NODE_MONITOR_GRACE_PERIOD + Self::LAG);
        if trace.silent {
            trace.silent_since = state.silent.remove(&name);
            let node = Rc::make_mut(&mut node);
            for type_ in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
                // It is the kubelet that told it last, not the controller.
                let told = node.condition(type_).map(|known| known.last_heartbeat_time);
                let condition = Condition {
                    last_heartbeat_time: told.unwrap_or(node.metadata.creation_timestamp),
                    ..Condition::new(
                        type_,
                        "Unknown",
                        "NodeStatusUnknown",
                        "Kubelet stopped posting node status.",
                    )
                };
                set_condition(&mut node.status.conditions, condition, cx.now);
            }
            writes.push(Write::UpdateStatus(Object::Node(Rc::new(node.clone()))));
        }
        // A kubelet that itself reports the node NotReady goes on running its pods.
        if trace.silent && ready_before == Some("True") {
            mark_pods_not_ready(cx, &name, &mut writes, &mut trace);
            let message = format!("Node {name} status is now: NodeNotReady");
            writes.push(event(ObjectKey::node(&name), EventType::Normal, message));
        }

        settle(Rc::make_mut(&mut node), NO_SCHEDULE, cx.now);
        trace.labelled = complete(Rc::make_mut(&mut node));
        if trace.silent {
            // The round that notices it is the one in which its taint is asked for.
            state.next_round = state.evictions.round(cx, Some(node), &mut writes, &mut trace);
        } else {
            write_taints(known, node, &mut writes, &mut trace);
        }
        Reconciled { writes, requeue_after: due.map(|due| due - cx.now), trace }
    }

    fn written(
        _cx: &Cx<'_>,
        state: &mut NodeLifecycleState,
        _key: &WorkKey,
        _results: &[(Write, Written)],
        wakes: &mut Wakes,
    ) -> Vec<Write> {
        if let Some(delay) = state.next_round.take() {
            wakes.after(WorkKey::Next, delay);
        }
        Vec::new()
    }
}

/// Writes a node whose taints or labels are others now, and notes which taints came and went.
fn write_taints(known: &Node, mut node: Rc<Node>, writes: &mut Vec<Write>, trace: &mut NodeLifecycleTrace) {
    let without = |those: &[Taint], others: &[Taint]| -> Vec<Taint> {
        those.iter().filter(|taint| !others.iter().any(|other| other.is_same(taint))).cloned().collect()
    };
    let (before, after) = (&known.spec.taints, &node.spec.taints);
    let (added, removed) = (without(after, before), without(before, after));
    let is_same = added.is_empty() && removed.is_empty();
    if !is_same {
        trace.tainted.push(Tainted { node: node.metadata.name.clone(), added, removed });
    }
    if !is_same
        || known.metadata.labels != node.metadata.labels
        || known.metadata.annotations != node.metadata.annotations
    {
        // A status written before is newer than what this update saw.
        Rc::make_mut(&mut node).metadata.resource_version.clear();
        writes.push(Write::Update(Object::Node(node)));
    }
}

/// A node with all that its conditions, its cordon and its labels imply: as it stands in a cluster at rest.
pub fn settled(mut node: Rc<Node>, now: Time) -> Rc<Node> {
    if has_work(&node) || misses(&node, NO_EXECUTE) {
        let node = Rc::make_mut(&mut node);
        settle(node, NO_SCHEDULE, now);
        settle(node, NO_EXECUTE, now);
        complete(node);
    }
    node
}

/// The same where no node of the cluster is ready: then none is tainted with NoExecute.
pub fn settled_while_all_are_down(node: Rc<Node>, now: Time) -> Rc<Node> {
    let mut node = settled(node, now);
    round::spare(&mut node);
    node
}

/// Whether the controller gives the node this taint, because of a condition or the cordon: taken away it comes back.
pub fn is_kept_up(node: &Node, taint: &Taint) -> bool {
    wanted_taints(node).iter().any(|wanted| wanted.is_same(taint))
}

/// Gives a node the taints of an effect that it is to have.
fn settle(node: &mut Node, effect: &str, now: Time) {
    let mut wanted = wanted_taints(node);
    wanted.retain(|taint| taint.effect == effect);
    let is_of_effect = |taint: &Taint| taint.effect == effect && taint.is_of_node_lifecycle();
    let taints = &mut node.spec.taints;
    taints.retain(|have| !is_of_effect(have) || wanted.iter().any(|want| want.is_same(have)));
    for mut want in wanted {
        if !taints.iter().any(|have| have.is_same(&want)) {
            want.time_added = Some(now);
            taints.push(want);
        }
    }
}

/// Whether a node's taints of an effect are not those that it is to have.
fn misses(node: &Node, effect: &str) -> bool {
    let wanted = wanted_taints(node);
    let is_in = |taint: &Taint, those: &[Taint]| those.iter().any(|other| other.is_same(taint));
    wanted.iter().any(|want| want.effect == effect && !is_in(want, &node.spec.taints))
        || node
            .spec
            .taints
            .iter()
            .any(|have| have.effect == effect && have.is_of_node_lifecycle() && !is_in(have, &wanted))
}

/// What of the labels and annotations that follow from others is missing or different.
fn incomplete(metadata: &ObjectMeta) -> Vec<(&'static str, EcoString)> {
    let (ttl, zero) = TTL;
    let labels = LABELS.iter().filter_map(|(label, of)| Some((*label, metadata.labels.get(of)?)));
    let labels = labels.filter(|(label, value)| metadata.labels.get(label) != Some(*value));
    let mut missing: Vec<_> = labels.map(|(label, value)| (label, value.clone())).collect();
    if !metadata.annotations.contains_key(ttl) {
        missing.push((ttl, zero.into()));
    }
    missing
}

/// Sets them; returns their names.
fn complete(node: &mut Node) -> Vec<EcoString> {
    let missing = incomplete(&node.metadata);
    let names = missing.iter().map(|(name, _)| EcoString::from(*name)).collect();
    for (name, value) in missing {
        let ObjectMeta { labels, annotations, .. } = &mut node.metadata;
        let those = if name == TTL.0 { annotations } else { labels };
        those.insert(name.into(), value);
    }
    names
}

/// Whether the controller would change anything on the node at once.
fn has_work(node: &Node) -> bool {
    misses(node, NO_SCHEDULE) || !incomplete(&node.metadata).is_empty()
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

/// `MarkPodsNotReady` (`pkg/controller/util/node/controller_utils.go`).
fn mark_pods_not_ready(cx: &Cx<'_>, node: &str, writes: &mut Vec<Write>, trace: &mut NodeLifecycleTrace) {
    for pod in cx.world.pods_on(node).filter(|pod| pod.node().is_some() && pod.is_ready()) {
        let key = pod.key();
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

/// `RecordNodeEvent`.
fn told_of_node(node: &str, reason: &'static str, deed: &str, where_: &str) -> Write {
    Write::Event {
        about: ObjectKey::node(node),
        type_: EventType::Normal,
        reason: reason.into(),
        message: format!("Node {node} event: {deed} Node {node} {where_} Controller"),
        component: "node-controller".into(),
        path: "".into(),
        action: None,
    }
}

fn event(about: ObjectKey, type_: EventType, message: String) -> Write {
    Write::Event {
        about,
        type_,
        reason: "NodeNotReady".into(),
        message,
        component: "node-controller".into(),
        path: "".into(),
        action: None,
    }
}
