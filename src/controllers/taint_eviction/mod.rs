//! The taint eviction controller: deletes pods that do not, or no longer, bear a NoExecute taint of their node.
//! Upstream: `pkg/controller/tainteviction`.
//!
//! One look is at one pod. Pods of a DaemonSet tolerate `not-ready` and `unreachable` without limit, so they stay
//! where others leave after 300 s; nothing here treats them in a special way.

mod rule;

pub use rule::{Borne, Stay, borne, stay};

use crate::api::{Condition, Kind, Millis, NO_EXECUTE, Node, Object, ObjectKey, Pod, Taint, Time};
use crate::cluster::{
    Actor, Change, Component, Cx, EventType, Map, PodName, Reconciled, Wakes, WorkKey, World, Write,
};
use std::rc::Rc;

/// The name that its events carry.
const COMPONENT: &str = "taint-eviction-controller";
/// Type and reason of the condition that says why a pod is deleted.
const CONDITION: (&str, &str) = ("DisruptionTarget", "DeletionByTaintManager");

/// The control loop.
pub struct TaintEviction;

/// What it remembers: the deletions that are to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pending: Map<PodName, Pending>,
}

impl State {
    /// When a pod is to be deleted, if it is.
    pub fn deletion_of(&self, namespace: &str, name: &str) -> Option<Time> {
        self.pending.get(&(namespace.into(), name.into())).map(|pending| pending.at)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pending {
    since: Time,
    at: Time,
}

/// One look at one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaintEvictionTrace {
    /// The pod.
    pub pod: ObjectKey,
    /// The node it is bound to.
    pub node: Option<String>,
    /// The node's NoExecute taints, each with the toleration that counts.
    pub borne: Vec<Borne>,
    /// What came of it.
    pub decision: Decision,
    /// A deletion that was to come is cancelled; it would have been then.
    pub cancelled: Option<Time>,
}

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The pod is gone.
    Gone,
    /// It is bound to no node, or its node is gone.
    NoNode,
    /// It may stay.
    Stays(Stay),
    /// It is deleted now: a taint is not tolerated, or for 0 seconds.
    EvictsNow(Stay),
    /// It is deleted now: its time is up.
    TimeIsUp,
    /// It will be deleted.
    Schedules(Time),
    /// It is to be deleted already, and no tolerated taint that comes or goes moves that.
    Keeps(Time),
    /// It was deleted for its taints, and is on its way out.
    OnItsWay,
}

impl Component for TaintEviction {
    type State = State;
    type Trace = TaintEvictionTrace;
    const ACTOR: Actor = Actor::TaintEviction;
    const LAG: Millis = Millis(50);

    fn observe(world: &World, change: &Change, _now: Time, state: &mut State, wakes: &mut Wakes) {
        let mut wake = |pod: &Pod| {
            // Upstream looks at each pod that is bound; without such a taint it finds nothing to do.
            let tainted =
                pod.node().and_then(|node| world.node(node)).is_some_and(|node| !executing(node).is_empty());
            if tainted || state.deletion_of(&pod.metadata.namespace, &pod.metadata.name).is_some() {
                let key = pod.key();
                wakes.now(WorkKey::Object(key));
            }
        };
        match (&change.before, &change.after) {
            (before @ (None | Some(Object::Node(_))), Some(Object::Node(after))) => {
                let taints_before = before.as_ref().and_then(Object::as_node).map(|node| executing(node));
                if taints_before.unwrap_or_default() != executing(after) {
                    let bound = world.pods_on(&after.metadata.name).filter(|pod| pod.node().is_some());
                    bound.for_each(|pod| wake(pod));
                }
            }
            (Some(Object::Pod(before)), Some(Object::Pod(after))) => {
                let same = before.spec.tolerations == after.spec.tolerations && before.node() == after.node();
                if !same {
                    wake(after);
                }
            }
            (None, Some(Object::Pod(pod))) | (Some(Object::Pod(pod)), None) if pod.node().is_some() => {
                wake(pod);
            }
            _ => {}
        }
    }

    fn reconcile(cx: &Cx<'_>, state: &mut State, key: &WorkKey) -> Reconciled<TaintEvictionTrace> {
        let key = key.object(Kind::Pod);
        let name: PodName = (key.namespace.clone(), key.name.clone());
        let pod = cx.world.pod_named(&name);
        let node = pod.and_then(|pod| cx.world.node(pod.node()?));
        let borne = match (pod, node) {
            (Some(pod), Some(node)) => borne(&node.spec.taints, &pod.spec.tolerations),
            _ => Vec::new(),
        };
        let pending = state.pending.get(&name).copied();
        let decision = decide(cx.now, pod, node, pending, &borne);
        let mut trace = TaintEvictionTrace {
            pod: key.clone(),
            node: pod.and_then(|pod| pod.node()).map(str::to_owned),
            borne,
            decision,
            cancelled: None,
        };
        let mut writes = Vec::new();
        if matches!(decision, Decision::Gone | Decision::Stays(_) | Decision::EvictsNow(_)) {
            trace.cancelled = state.pending.remove(&name).map(|pending| pending.at);
        }
        if trace.cancelled.is_some() {
            writes.push(tell(&key, "Cancelling deletion of Pod"));
        }
        match (decision, pod) {
            (Decision::Schedules(at), _) => drop(state.pending.insert(name, Pending { since: cx.now, at })),
            (Decision::EvictsNow(_) | Decision::TimeIsUp, Some(pod)) => {
                state.pending.remove(&name);
                writes.extend(evict(&key, pod, cx.now));
            }
            _ => {}
        }
        let requeue_after = match decision {
            Decision::Schedules(at) | Decision::Keeps(at) => Some(at - cx.now),
            _ => None,
        };
        Reconciled { writes, requeue_after, trace }
    }
}

fn decide(
    now: Time,
    pod: Option<&Rc<Pod>>,
    node: Option<&Rc<Node>>,
    pending: Option<Pending>,
    borne: &[Borne],
) -> Decision {
    let Some(pod) = pod else { return Decision::Gone };
    match (pending, stay(borne)) {
        (Some(pending), _) if pending.at <= now => Decision::TimeIsUp,
        // The taints of a node that goes are not taken off: a deletion that was to come still comes.
        (Some(pending), Stay::NoTaint) if node.is_none() => Decision::Keeps(pending.at),
        (None, Stay::NoTaint) if node.is_none() => Decision::NoNode,
        (_, stay @ (Stay::NoTaint | Stay::Forever)) => Decision::Stays(stay),
        _ if is_on_its_way(pod) => Decision::OnItsWay,
        (_, Stay::NotAtAll) => Decision::EvictsNow(Stay::NotAtAll),
        // A deletion is only moved by what comes at the very instant at which it was decided.
        (Some(pending), Stay::Seconds(_)) if pending.since < now => Decision::Keeps(pending.at),
        (_, Stay::Seconds(0)) => Decision::EvictsNow(Stay::Seconds(0)),
        (_, Stay::Seconds(seconds)) => Decision::Schedules(now + Millis::seconds(seconds)),
    }
}

fn executing(node: &Node) -> Vec<&Taint> {
    node.spec.taints.iter().filter(|taint| taint.effect == NO_EXECUTE).collect()
}

/// Whether this controller has deleted it already. Upstream would tell of it again with each further taint.
fn is_on_its_way(pod: &Pod) -> bool {
    let marked = |condition: &Condition| condition.status == "True" && condition.reason == CONDITION.1;
    pod.metadata.is_terminating() && pod.condition(CONDITION.0).is_some_and(marked)
}

/// Tells it, writes down why, deletes (`addConditionAndDeletePod`).
fn evict(key: &ObjectKey, pod: &Rc<Pod>, now: Time) -> [Write; 3] {
    let mut marked = Pod::clone(pod);
    let message = "Taint manager: deleting due to NoExecute taint";
    let condition = Condition::new(CONDITION.0, "True", CONDITION.1, message);
    marked.set_condition(condition, now);
    let mark = Write::UpdateStatus(marked.into());
    [tell(key, "Marking for deletion Pod"), mark, Write::delete(key.clone())]
}

fn tell(about: &ObjectKey, what: &str) -> Write {
    Write::Event {
        about: about.clone(),
        type_: EventType::Normal,
        reason: "TaintManagerEviction".into(),
        message: format!("{what} {}/{}", about.namespace, about.name),
        component: COMPONENT.into(),
        path: "".into(),
        action: None,
    }
}

#[cfg(test)]
mod tests;
