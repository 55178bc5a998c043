//! kube-scheduler: which node does a pod go to, and why. Upstream: `pkg/scheduler`.
//!
//! [`attempt`] is the whole decision for one pod, a pure function of a [`Snapshot`]; the loop ([`Scheduler`]) keeps the
//! snapshot's [`Cache`] and the [`Queue`] up to date, takes one pod at a time and writes what was decided.
//!
//! Invariants: a plugin sees a pod and nodes, never the trace, the queue or the loop. Nodes are tried in an order that
//! depends on their names and zones only, and every choice among equals is drawn from the seed. Volumes, resource claims
//! and pod groups are not modelled.

mod cache;
pub mod config;
mod cycle;
mod diagnosis;
pub mod framework;
mod node_info;
pub mod plugins;
pub mod preemption;
mod queue;
#[cfg(test)]
mod tests;
mod trace;

pub use cache::{Cache, Snapshot, stored_selector};
pub use cycle::{Attempt, AttemptInput, attempt};
pub use diagnosis::{event_text, fit_error};
pub use node_info::{NodeInfo, PodInfo, PodRules, Term};
pub use preemption::NO_VICTIMS;
pub use queue::{Place, Queue, Queued, WhyFailed};
pub use trace::{
    Candidate, Choice, Criterion, DryRunFate, DryRunPod, NodeNames, NodeScore, NodeVerdict, Numbers,
    Positions, PreFilterOutcome, PreFiltered, Preempted, QueueTrace, SchedulerTrace, SchedulingResult,
    SchedulingTrace, ScoreColumn, ScoreTable, Scoring, Verdicts, Woken,
};

use crate::api::{Condition, EcoString, Kind, Millis, Node, Object, ObjectKey, Pod, Time};
use crate::cluster::{
    Action, Actor, BINDING, Because, Change, Component, Cx, EventType, PodName, Reconciled, Wakes, WorkKey,
    World, Write, Written,
};
use config::SchedulerConfig;
use framework::{ClusterEvent, EventKind, Nomination, is_placed, node_events, pod_events};
use plugins::PluginSet;
use std::rc::Rc;

/// Whether a scheduler runs that serves pods of this `schedulerName`; empty is the default's name.
pub fn is_served(world: &World, scheduler_name: &str) -> bool {
    configuration(world).profile(scheduler_name).is_some()
}

/// The configuration that a scheduler of this cluster has.
pub fn configuration(world: &World) -> SchedulerConfig {
    let kind = Kind::of("kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration");
    let configured = world.of_kind(&kind).next().map(|object| config::read(&object.to_json()).0);
    configured.unwrap_or_default()
}

/// How long one attempt takes.
const ATTEMPT: Millis = Millis(5);

/// Reason of the condition PodScheduled when the failure is not the pod's.
const SCHEDULER_ERROR: &str = "SchedulerError";

/// kube-scheduler.
pub struct Scheduler;

/// What the scheduler remembers.
#[derive(Clone, Default)]
pub struct SchedulerState {
    /// Nodes with their pods.
    cache: Cache,
    /// Pods to schedule.
    queue: Queue,
    config: Rc<SchedulerConfig>,
    /// Where the next search for nodes begins (`nextStartNodeIndex`).
    start: u32,
    /// The pod whose binding is being written.
    binding: Option<Rc<Queued>>,
}

impl SchedulerState {
    /// The pods that wait to be scheduled.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The nodes with their pods.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The profiles and back-offs in force.
    pub fn config(&self) -> &SchedulerConfig {
        &self.config
    }
}

impl Component for Scheduler {
    type State = SchedulerState;
    type Trace = SchedulerTrace;
    const ACTOR: Actor = Actor::Scheduler;
    const LAG: Millis = Millis(50);

    fn observe(world: &World, change: &Change, now: Time, state: &mut SchedulerState, wakes: &mut Wakes) {
        state.queue.at_step(wakes.step);
        let seen = state.queue.changes();
        let is_moved = match change.kind() {
            Kind::Node => state.observe_node(world, change, now),
            Kind::Pod => state.observe_pod(change, now),
            _ if change.kind().is_scheduler_configuration() => {
                state.configure(world, change.after.as_ref(), now)
            }
            _ => false,
        };
        // What helps nobody now is a reason to flush those that wait, when their time has come.
        if is_moved || state.queue.changes() != seen {
            state.wake(now, wakes);
        }
    }

    fn failed(trace: &SchedulerTrace) -> bool {
        trace.attempt().is_some_and(|attempt| attempt.node().is_none())
    }

    fn reconcile(cx: &Cx<'_>, state: &mut SchedulerState, _key: &WorkKey) -> Reconciled<SchedulerTrace> {
        let config = Rc::clone(&state.config);
        state.queue.at_step(cx.step);
        state.cache.put_in_order();
        state.queue.advance(&config, cx.now);
        let (writes, trace) = match state.queue.pop() {
            Some(queued) => state.try_pod(cx, queued),
            None => (Vec::new(), SchedulerTrace::Idle),
        };
        let requeue_after = if state.queue.has_ready() {
            Some(ATTEMPT)
        } else {
            state.queue.next_due().map(|due| Millis((due - cx.now).0.max(0)))
        };
        Reconciled { writes, requeue_after, trace }
    }

    fn because(trace: &SchedulerTrace) -> Option<Because> {
        trace.attempt().map(|attempt| attempt.queue.because)
    }

    fn written(
        cx: &Cx<'_>,
        state: &mut SchedulerState,
        _key: &WorkKey,
        results: &[(Write, Written)],
        wakes: &mut Wakes,
    ) -> Vec<Write> {
        let Some(queued) = state.binding.take() else { return Vec::new() };
        let binding = results.iter().find_map(|(write, result)| match write {
            Write::Bind { node, .. } => Some((node, result)),
            _ => None,
        });
        let Some((node, result)) = binding else { return Vec::new() };
        let metadata = &queued.pod.pod.metadata;
        let scheduler = component(&queued.pod.pod);
        let about = ObjectKey::pod(&metadata.namespace, &metadata.name);
        match result {
            Ok(_) => vec![Write::Event {
                about,
                type_: EventType::Normal,
                reason: "Scheduled".into(),
                message: format!("Successfully assigned {}/{} to {node}", metadata.namespace, metadata.name),
                component: scheduler,
                path: "".into(),
                action: action(BINDING, &queued.pod.pod, None),
            }],
            Err(error) => {
                let Some(pod) = cx.world.pod_named(&queued.pod.name).filter(|pod| pod.node().is_none())
                else {
                    return Vec::new();
                };
                let config = Rc::clone(&state.config);
                state.queue.come_back(&config, Rc::unwrap_or_clone(queued), WhyFailed::Error, cx.now);
                state.wake(cx.now, wakes);
                let message = format!("binding rejected: running Bind plugin \"DefaultBinder\": {error}");
                failure(pod, SCHEDULER_ERROR, &message, &Nomination::Clear, cx.now)
            }
        }
    }
}

impl SchedulerState {
    fn wake(&self, now: Time, wakes: &mut Wakes) {
        if self.queue.has_ready() {
            wakes.now(WorkKey::Next);
        } else if let Some(due) = self.queue.next_due() {
            wakes.after(WorkKey::Next, Millis((due - now).0.max(0)));
        }
    }

    /// One attempt to schedule one pod.
    fn try_pod(&mut self, cx: &Cx<'_>, queued: Queued) -> (Vec<Write>, SchedulerTrace) {
        let pod = Rc::clone(&queued.pod.pod);
        let key = pod.key();
        let config = Rc::clone(&self.config);
        let Some(profile) = config.profile(&pod.spec.scheduler_name) else {
            return (Vec::new(), SchedulerTrace::Skipped { pod: key });
        };
        if pod.metadata.is_terminating() {
            let metadata = &pod.metadata;
            let message = format!("skip schedule deleting pod: {}/{}", metadata.namespace, metadata.name);
            let event = failed_scheduling(&pod, message);
            return (vec![event], SchedulerTrace::Skipped { pod: key });
        }
        let snapshot = Snapshot { cache: &self.cache, world: cx.world, now: cx.now };
        let input =
            AttemptInput { profile, queue: queued.trace(), seed: cx.seed, start: self.start as usize };
        let Attempt { trace, next_start } = attempt(&snapshot, &queued.pod, &input);
        let mut writes = Vec::new();
        match &trace.result {
            SchedulingResult::Scheduled { node } => {
                writes.extend(profile.binder().map(|binder| binder.bind(key, node.clone())));
                self.binding = Some(Rc::new(queued));
            }
            SchedulingResult::Unschedulable { message, nomination, rejected_by, .. } => {
                if let Some(chosen) = trace.preemption.as_ref().and_then(|preemption| preemption.chosen()) {
                    writes = preemption::writes(&snapshot, &pod, chosen);
                }
                writes.extend(failure(&pod, "Unschedulable", message, nomination, cx.now));
                let why = match rejected_by.as_slice() {
                    [] => WhyFailed::NoNodes,
                    plugins => WhyFailed::Rejected(PluginSet::named(plugins)),
                };
                self.queue.come_back(&config, queued, why, cx.now);
            }
            SchedulingResult::Error { message } => {
                writes.extend(failure(&pod, SCHEDULER_ERROR, message, &Nomination::Clear, cx.now));
                self.queue.come_back(&config, queued, WhyFailed::Error, cx.now);
            }
        }
        self.start = next_start as u32;
        (writes, SchedulerTrace::Attempt(Rc::new(trace)))
    }

    fn observe_node(&mut self, world: &World, change: &Change, now: Time) -> bool {
        let node = |object: &Option<Object>| object.as_ref().and_then(Object::as_node).cloned();
        let (before, after) = (node(&change.before), node(&change.after));
        let kinds = match (&before, &after) {
            (Some(before), Some(after)) => node_events(before, after),
            (None, _) => vec![EventKind::NodeAdd],
            (Some(_), None) => vec![EventKind::NodeDelete],
        };
        match (&before, &after) {
            (_, Some(after)) => self.cache.set_node(world, after),
            (Some(before), None) => self.cache.remove_node(before),
            (None, None) => return false,
        }
        let (before, after): (Option<&Node>, Option<&Node>) = (before.as_deref(), after.as_deref());
        let mut is_moved = false;
        if !kinds.is_empty() {
            self.queue.note_change();
        }
        for kind in kinds {
            is_moved |= self.notify(&ClusterEvent::Node { kind, before, after }, &change.key(), None, now);
        }
        is_moved
    }

    fn observe_pod(&mut self, change: &Change, now: Time) -> bool {
        let pod = |object: &Option<Object>| object.as_ref().and_then(Object::as_pod).cloned();
        let (before, after) = (pod(&change.before), pod(&change.after));
        let name: PodName = (change.namespace().into(), change.name().clone());
        let binding = self.binding.as_ref().filter(|queued| queued.pod.name == name);
        self.cache.set_pod(before.as_ref(), after.as_ref(), binding.map(|queued| &*queued.pod));
        // Pods that have ended are not seen at all.
        let (before, after) =
            (before.filter(|pod| !pod.is_finished()), after.filter(|pod| !pod.is_finished()));
        let (was, is) = (before.as_deref(), after.as_deref());
        let event = |kind, before, after| ClusterEvent::Pod { kind, before, after };
        let is_bound = |pod: Option<&Pod>| pod.is_some_and(|pod| pod.node().is_some());
        if is_bound(was) != is_bound(is) {
            self.queue.note_change();
        }
        match (is_bound(was), is_bound(is)) {
            (true, true) => {
                let (Some(old), Some(new)) = (was, is) else { return false };
                let mut is_moved = false;
                for kind in pod_events(old, new) {
                    is_moved |= self.notify(&event(kind, was, is), &change.key(), None, now);
                }
                is_moved
            }
            (true, false) => {
                self.notify(&event(EventKind::AssignedPodDelete, was, None), &change.key(), None, now)
            }
            (false, true) => {
                self.queue.remove(&name);
                self.notify(&event(EventKind::AssignedPodAdd, None, is), &change.key(), None, now)
            }
            (false, false) => self.observe_unbound(change, &name, before, after, now),
        }
    }

    fn observe_unbound(
        &mut self,
        change: &Change,
        name: &PodName,
        before: Option<Rc<Pod>>,
        after: Option<Rc<Pod>>,
        now: Time,
    ) -> bool {
        let config = Rc::clone(&self.config);
        let is_own = |pod: &Rc<Pod>| config.profile(&pod.spec.scheduler_name).is_some();
        let mut is_moved = false;
        match after.as_ref().filter(|pod| is_own(pod)) {
            Some(pod) if self.queue.get(name).is_some() => {
                self.queue.update(&config, PodInfo::new(Rc::clone(pod)));
                let kinds = before.as_ref().map(|before| pod_events(before, pod)).unwrap_or_default();
                for kind in kinds {
                    let event = ClusterEvent::Pod { kind, before: before.as_deref(), after: Some(pod) };
                    is_moved |= self.queue.notify_own(&config, name, &event, &change.key(), now);
                }
            }
            Some(pod) => {
                self.queue.add(&config, PodInfo::new(Rc::clone(pod)), now);
                is_moved = true;
            }
            None => self.queue.remove(name),
        }
        // A nomination that ends frees the node for pods that had to leave room.
        let nominated = |pod: &Rc<Pod>| pod.status.nominated_node_name.clone();
        if let Some(before) = before.filter(|pod| is_placed(pod))
            && after.as_ref().map(nominated).as_ref() != Some(&before.status.nominated_node_name)
        {
            let kind = EventKind::AssignedPodDelete;
            let event = ClusterEvent::Pod { kind, before: Some(&before), after: None };
            is_moved |= self.notify(&event, &change.key(), Some(before.priority()), now);
        }
        is_moved
    }

    fn notify(&mut self, event: &ClusterEvent<'_>, key: &ObjectKey, up_to: Option<i32>, now: Time) -> bool {
        let config = Rc::clone(&self.config);
        self.queue.notify(&config, event, key, up_to, now)
    }

    /// Takes over a KubeSchedulerConfiguration, or the defaults when it is deleted: all pods are looked at anew.
    fn configure(&mut self, world: &World, document: Option<&Object>, now: Time) -> bool {
        let config = document.map(|document| config::read(&document.to_json()).0).unwrap_or_default();
        self.config = Rc::new(config);
        self.queue = self.queue.emptied();
        let config = Rc::clone(&self.config);
        let pending = world.pods().filter(|pod| pod.node().is_none() && !pod.is_finished());
        for pod in pending.filter(|pod| config.profile(&pod.spec.scheduler_name).is_some()) {
            self.queue.add(&config, PodInfo::new(Rc::clone(pod)), now);
        }
        true
    }
}

/// The name that a pod's scheduler has in events.
fn component(pod: &Pod) -> EcoString {
    let name = pod.spec.scheduler_name.as_str();
    if name.is_empty() { config::DEFAULT_SCHEDULER.into() } else { name.into() }
}

fn failed_scheduling(pod: &Pod, message: String) -> Write {
    Write::Event {
        about: pod.key(),
        type_: EventType::Warning,
        reason: "FailedScheduling".into(),
        message,
        component: component(pod),
        path: "".into(),
        action: action("Scheduling", pod, None),
    }
}

/// What the scheduler says of what it was doing with a pod, as it knows it.
fn action(name: &'static str, pod: &Pod, related: Option<ObjectKey>) -> Option<Box<Action>> {
    Some(Box::new(Action { name, version: pod.metadata.resource_version.clone(), related }))
}

/// Tells that an attempt failed: the event, and the condition and the nomination if they are different
/// (`handleSchedulingFailure`).
fn failure(pod: &Rc<Pod>, reason: &str, message: &str, nomination: &Nomination, now: Time) -> Vec<Write> {
    let mut writes = vec![failed_scheduling(pod, event_text(message))];
    let mut told = Rc::clone(pod);
    let new = Rc::make_mut(&mut told);
    let is_told = new.status.conditions.iter().any(|condition| {
        condition.type_ == "PodScheduled"
            && condition.status == "False"
            && condition.reason == reason
            && condition.message == message
    });
    if !is_told {
        let condition = Condition::new("PodScheduled", "False", reason, message);
        new.set_condition(condition, now);
    }
    match nomination {
        Nomination::Keep => {}
        Nomination::Clear => new.status.nominate(""),
        Nomination::Set(node) => new.status.nominate(node),
    }
    if told.status != pod.status {
        writes.push(Write::UpdateStatus(Object::Pod(told)));
    }
    writes
}
