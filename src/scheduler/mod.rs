//! The scheduler: finds a node for each pod that has none. Upstream: `pkg/scheduler`.
//!
//! One look is one attempt for one pod. [`attempt`] decides and records; the loop around it turns the decision into
//! writes. What it knows of the nodes ([`Cache`]) follows the changes one by one, so that an attempt costs what it
//! looks at.
//!
//! Invariants: plugins know nothing of traces and keep no state; the cycle writes nothing.

mod cache;
mod config;
mod cycle;
mod diagnosis;
pub mod framework;
mod node_info;
pub mod plugins;
pub mod preemption;
mod queue;
pub mod requests;
mod trace;

pub use cache::{Cache, Snapshot};
pub use config::{DEFAULT_SCHEDULER, Profile};
pub use cycle::{Attempt, AttemptInput, attempt};
pub use node_info::{HostPort, NodeInfo, PodInfo, PodRules, Term};
pub use preemption::Preempted;
pub use trace::{
    NodeNames, NodeVerdict, Numbers, Positions, PreFilterOutcome, PreFiltered, QueueTrace, SchedulerTrace,
    SchedulingResult, SchedulingTrace, Score, ScoreColumn, ScoreTable, Scoring, Verdicts, Woken,
};

use crate::api::{Condition, Kind, Millis, Object, ObjectKey, Pod, Time, set_condition};
use crate::cluster::{
    Actor, Change, Component, Cx, EventType, Outcome, PodName, Wakes, WorkKey, World, Write,
};
use framework::{ClusterEvent, EventKind, Nomination, node_events, pod_events};
use queue::Queue;
use std::rc::Rc;

/// The scheduler.
pub struct Scheduler;

/// How long one attempt takes on the simulated clock.
const ATTEMPT: Millis = Millis(5);

/// What the scheduler remembers between attempts. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct SchedulerState {
    cache: Cache,
    queue: Queue,
    /// Where the next search begins.
    start: u32,
}

impl Component for Scheduler {
    type State = SchedulerState;
    type Trace = SchedulerTrace;
    const ACTOR: Actor = Actor::Scheduler;
    const LAG: Millis = Millis(50);

    fn observe(world: &World, change: &Change, now: Time, state: &mut SchedulerState, wakes: &mut Wakes) {
        match change.key.kind {
            Kind::Node => observe_node(world, change, now, state),
            Kind::Pod => observe_pod(world, change, now, state),
            _ => return,
        }
        wake(state, now, wakes);
    }

    fn reconcile(cx: &Cx<'_>, state: &mut SchedulerState, _key: &WorkKey) -> Outcome<SchedulerTrace> {
        state.queue.release(cx.now, |name| cx.world.pod_named(name));
        let mut writes = Vec::new();
        let trace = match state.queue.pop() {
            Some((name, queue)) => one_pod(cx, state, &name, queue, &mut writes),
            None => SchedulerTrace::Idle,
        };
        let requeue_after = if state.queue.is_active() {
            Some(ATTEMPT)
        } else {
            state.queue.next_release().map(|at| at - cx.now)
        };
        Outcome { writes, requeue_after, trace }
    }
}

fn wake(state: &SchedulerState, now: Time, wakes: &mut Wakes) {
    if state.queue.is_active() {
        wakes.now(WorkKey::Next);
    } else if let Some(at) = state.queue.next_release() {
        wakes.after(WorkKey::Next, at - now);
    }
}

fn observe_node(world: &World, change: &Change, now: Time, state: &mut SchedulerState) {
    let node = |object: &Option<Object>| object.as_ref().and_then(Object::as_node).cloned();
    let (before, after) = (node(&change.before), node(&change.after));
    let kinds = match (&before, &after) {
        (None, Some(after)) => {
            state.cache.set_node(world, after);
            vec![EventKind::NodeAdd]
        }
        (Some(before), Some(after)) => {
            state.cache.set_node(world, after);
            node_events(before, after)
        }
        (Some(before), None) => {
            state.cache.remove_node(before);
            vec![EventKind::NodeDelete]
        }
        (None, None) => Vec::new(),
    };
    for kind in kinds {
        let event = ClusterEvent::Node { kind, before: before.as_deref(), after: after.as_deref() };
        state.queue.notice(&event, &change.key, now, |name| world.pod_named(name));
    }
}

fn observe_pod(world: &World, change: &Change, now: Time, state: &mut SchedulerState) {
    let pod = |object: &Option<Object>| object.as_ref().and_then(Object::as_pod).cloned();
    let (before, after) = (pod(&change.before), pod(&change.after));
    state.cache.set_pod(before.as_ref(), after.as_ref());
    let name: PodName = (change.key.namespace.clone(), change.key.name.clone());
    let replaced =
        matches!((&before, &after), (Some(before), Some(after)) if before.metadata.uid != after.metadata.uid);
    match after.as_ref().filter(|pod| is_ours(pod) && !replaced) {
        Some(pod) => state.queue.add(pod, name, now),
        None => state.queue.remove(&name),
    }
    let on_node = |pod: &Option<Rc<Pod>>| pod.as_ref().is_some_and(|pod| cache::is_on_node(pod));
    let kinds = match (on_node(&before), on_node(&after)) {
        (true, false) => vec![EventKind::AssignedPodDelete],
        (false, true) => vec![EventKind::AssignedPodAdd],
        (true, true) => match (&before, &after) {
            (Some(before), Some(after)) => pod_events(before, after),
            _ => Vec::new(),
        },
        (false, false) => Vec::new(),
    };
    for kind in kinds {
        let event = ClusterEvent::Pod { kind, before: before.as_deref(), after: after.as_deref() };
        state.queue.notice(&event, &change.key, now, |name| world.pod_named(name));
    }
}

/// Whether the scheduler is to find a node for the pod: it names this scheduler, has no node, no scheduling gate and
/// is neither ended nor being deleted.
fn is_ours(pod: &Pod) -> bool {
    let scheduler = pod.spec.scheduler_name.as_str();
    (scheduler.is_empty() || scheduler == DEFAULT_SCHEDULER)
        && pod.node().is_none()
        && pod.spec.scheduling_gates.is_empty()
        && !pod.metadata.is_terminating()
        && !pod.is_finished()
}

fn one_pod(
    cx: &Cx<'_>,
    state: &mut SchedulerState,
    name: &PodName,
    queue: QueueTrace,
    writes: &mut Vec<Write>,
) -> SchedulerTrace {
    let key = ObjectKey::pod(&name.0, &name.1);
    let Some(pod) = cx.world.pod_named(name).filter(|pod| is_ours(pod)) else {
        state.queue.remove(name);
        return SchedulerTrace::Skipped { pod: key };
    };
    state.cache.put_in_order();
    let snapshot = Snapshot { cache: &state.cache, world: cx.world, now: cx.now };
    let profile = Profile::default();
    let input = AttemptInput { profile: &profile, queue, seed: cx.seed, start: state.start as usize };
    let Attempt { trace, next_start } = attempt(&snapshot, pod, &input);
    state.start = u32::try_from(next_start).unwrap_or(0);
    match &trace.result {
        SchedulingResult::Scheduled { node } => {
            writes.push(Write::Bind { pod: key.clone(), node: Rc::clone(node) });
            let message = format!("Successfully assigned {}/{} to {node}", name.0, name.1);
            writes.push(event(key, EventType::Normal, "Scheduled", message));
        }
        SchedulingResult::Unschedulable { message, nomination, rejected_by, .. } => {
            state.queue.failed(name, rejected_by.clone(), cx.now);
            if let Some(status) = failed_status(pod, message, nomination, cx.now) {
                writes.push(Write::UpdateStatus(Object::Pod(status)));
            }
            let text = diagnosis::event_text(message);
            writes.push(event(key, EventType::Warning, "FailedScheduling", text));
            if let Some(preempted) = &trace.preemption {
                evict(cx, pod, preempted, writes);
            }
        }
    }
    SchedulerTrace::Attempt(Rc::new(trace))
}

/// The pod with the condition that says why it waits, and with its nomination; None where it says so already.
fn failed_status(pod: &Rc<Pod>, message: &str, nomination: &Nomination, now: Time) -> Option<Rc<Pod>> {
    let mut new = Rc::clone(pod);
    let status = &mut Rc::make_mut(&mut new).status;
    let condition = Condition::new("PodScheduled", "False", "Unschedulable", message);
    set_condition(&mut status.conditions, condition, now);
    match nomination {
        Nomination::Keep => {}
        Nomination::Clear => status.nominated_node_name.clear(),
        Nomination::Set(node) => status.nominated_node_name = node.to_string(),
    }
    (new.status != pod.status).then_some(new)
}

/// Evicts the victims on the nominated node, and takes back the nomination of pods that go after this one
/// (`prepareCandidate`).
fn evict(cx: &Cx<'_>, pod: &Pod, preempted: &Preempted, writes: &mut Vec<Write>) {
    let nominated = preempted.nominated.as_ref();
    let chosen = preempted.candidates.iter().find(|candidate| Some(&candidate.node) == nominated);
    let Some(chosen) = chosen else { return };
    for victim in &chosen.victims {
        let Some(Object::Pod(mut gone)) = cx.world.get(&victim.pod) else { continue };
        if gone.metadata.is_terminating() {
            continue;
        }
        let said = "default-scheduler: preempting to accommodate a higher priority pod";
        let condition = Condition::new("DisruptionTarget", "True", "PreemptionByScheduler", said);
        set_condition(&mut Rc::make_mut(&mut gone).status.conditions, condition, cx.now);
        writes.push(Write::UpdateStatus(Object::Pod(gone)));
        writes.push(Write::delete(victim.pod.clone()));
        let message = format!("Preempted by pod {} on node {}", pod.metadata.uid, chosen.node);
        writes.push(event(victim.pod.clone(), EventType::Normal, "Preempted", message));
    }
    let lower = cx.world.floating_pods().chain(cx.world.pods_on(&chosen.node)).filter(|other| {
        other.node().is_none()
            && other.status.nominated_node_name == *chosen.node
            && other.priority() < pod.priority()
    });
    for other in lower {
        let mut cleared = Rc::clone(other);
        Rc::make_mut(&mut cleared).status.nominated_node_name.clear();
        writes.push(Write::UpdateStatus(Object::Pod(cleared)));
    }
}

fn event(about: ObjectKey, type_: EventType, reason: &'static str, message: String) -> Write {
    Write::Event { about, type_, reason, message, component: DEFAULT_SCHEDULER.into() }
}
