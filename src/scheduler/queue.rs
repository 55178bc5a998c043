//! The pods that wait to be scheduled. Upstream: `pkg/scheduler/backend/queue`.
//!
//! A pod is ready (activeQ), held back after a failed attempt (backoffQ), waiting for a change that may help it
//! (unschedulablePods), or gated. A scheduler with nothing else to do takes a pod before its back-off ends
//! (`SchedulerPopFromBackoffQ`, on by default), but not after an error.
//!
//! Two things are simpler than upstream, so that a cluster can come to rest: a pod that found no node at all waits for
//! one, where upstream tries it again and again, and the five-minute flush leaves a pod alone since whose last attempt
//! nothing has changed.

use super::PodInfo;
use super::config::SchedulerConfig;
use super::framework::{ClusterEvent, EventKind, describe_change};
use super::plugins::{self, PluginId, PluginSet};
use super::trace::{QueueTrace, Woken};
use crate::api::{Millis, ObjectKey, Time};
use crate::cluster::{Because, Map, PodName, Set, StepNo};
use std::cmp::Reverse;
use std::rc::Rc;

/// When a pod that waits is tried again without any change (`podMaxInUnschedulablePodsDuration`).
const MAX_WAIT: Millis = Millis::seconds(300);

/// What orders ready pods: the plugin's key, then the order of arrival.
type Order = (Reverse<i32>, Time, u64);

/// The queue. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    pods: Map<PodName, Rc<Queued>>,
    ready: Set<(Order, PodName)>,
    /// By when their back-off ends.
    held_back: Set<(Time, Order, PodName)>,
    /// The same after an error.
    held_back_by_error: Set<(Time, Order, PodName)>,
    /// By when they began to wait. Gated pods are not in it: time does not help them.
    waiting: Set<(Time, PodName)>,
    /// Waiting and gated pods by the plugins that rejected them.
    rejected_by: Map<PluginId, Set<PodName>>,
    /// Waiting pods that found a cluster without nodes.
    nodeless: Set<PodName>,
    arrivals: u64,
    /// The step in which things are done to the queue.
    step: StepNo,
    /// Counts changes of nodes and pods.
    changes: u64,
}

/// A pod in the queue.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The pod.
    pub pod: Rc<PodInfo>,
    /// Attempts so far.
    pub attempts: u32,
    /// Since when it is in the queue: since its last attempt, if there was one.
    pub queued_at: Time,
    /// What brought it to where it is.
    pub woken: Woken,
    /// The step that did.
    pub because: Because,
    /// The end of its back-off.
    pub back_off_ends: Option<Time>,
    /// Where it is.
    pub place: Place,
    /// Attempts that found no node.
    unschedulable: u32,
    /// Attempts in a row that failed for another reason.
    errors: u32,
    rejected_by: PluginSet,
    /// The changes that its last attempt had seen.
    seen: u64,
    arrival: u64,
    /// Its place among the ready ones, as it was put there.
    order: Order,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyFailed {
    /// These plugins rejected nodes or the pod.
    Rejected(PluginSet),
    /// There was no node.
    NoNodes,
    /// The failure was not the pod's: it is tried again.
    Error,
}

/// Where a pod is in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is tried as soon as it is its turn.
    Ready,
    /// It is tried when its back-off has ended.
    HeldBack,
    /// It waits for a change that may help.
    Waiting,
    /// A plugin keeps it from being tried at all.
    Gated,
}

impl Queued {
    fn held_back_until(&self) -> Time {
        self.back_off_ends.unwrap_or(self.queued_at)
    }

    /// The record of how it came to be tried.
    pub fn trace(&self) -> QueueTrace {
        QueueTrace {
            attempt: self.attempts,
            queued_at: self.queued_at,
            woken: self.woken.clone(),
            because: self.because,
            backed_off_until: self.back_off_ends,
        }
    }
}

impl Queue {
    /// A pod of the queue.
    pub fn get(&self, name: &PodName) -> Option<&Rc<Queued>> {
        self.pods.get(name)
    }

    /// All pods by namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &Rc<Queued>> {
        self.pods.values()
    }

    /// A pod arrived.
    pub fn add(&mut self, config: &SchedulerConfig, pod: PodInfo, now: Time) {
        let queued = Queued {
            pod: Rc::new(pod),
            attempts: 0,
            queued_at: now,
            woken: Woken::Arrived,
            because: Because::Change(self.step),
            back_off_ends: None,
            place: Place::Ready,
            unschedulable: 0,
            errors: 0,
            rejected_by: PluginSet::default(),
            seen: self.changes,
            arrival: self.arrivals,
            order: (Reverse(0), now, 0),
        };
        self.arrivals += 1;
        self.make_ready(config, queued, now);
    }

    /// A pod is gone or has a node.
    pub fn remove(&mut self, name: &PodName) {
        self.take(name);
    }

    /// A pod of the queue was changed.
    pub fn update(&mut self, config: &SchedulerConfig, pod: PodInfo) {
        let Some(mut queued) = self.take(&pod.name) else { return };
        queued.pod = Rc::new(pod);
        self.put(config, queued);
    }

    /// The next ready pod, or else the one whose back-off ends first; its attempt is counted.
    pub fn pop(&mut self) -> Option<Queued> {
        let ready = self.ready.first().map(|(_, name)| name);
        let early = || self.held_back.first().map(|(_, _, name)| name);
        let name = ready.or_else(early)?.clone();
        let mut queued = self.take(&name)?;
        queued.attempts += 1;
        Some(queued)
    }

    /// The same queue without its pods.
    pub fn emptied(&self) -> Self {
        let Queue { arrivals, step, changes, .. } = *self;
        Queue { arrivals, step, changes, ..Queue::default() }
    }

    /// A pod comes back from a failed attempt.
    pub fn come_back(&mut self, config: &SchedulerConfig, mut queued: Queued, why: WhyFailed, now: Time) {
        queued.rejected_by =
            if let WhyFailed::Rejected(plugins) = why { plugins } else { PluginSet::default() };
        queued.queued_at = now;
        queued.arrival = self.arrivals;
        queued.because = Because::Timer(self.step);
        queued.seen = self.changes;
        self.arrivals += 1;
        if why == WhyFailed::Error {
            queued.errors += 1;
            queued.woken = Woken::Retry;
            queued.place = Place::HeldBack;
        } else {
            queued.unschedulable += 1;
            queued.errors = 0;
            queued.place = Place::Waiting;
        }
        let failures = if queued.errors > 0 { queued.errors } else { queued.unschedulable };
        queued.back_off_ends = Some(next_window(now + config.backoff(failures)));
        self.put(config, queued);
    }

    /// What is done to the queue from now on is done in this step.
    pub fn at_step(&mut self, step: StepNo) {
        self.step = step;
    }

    /// Nodes or pods changed, whether or not that helps anybody.
    pub fn note_change(&mut self) {
        self.changes += 1;
    }

    /// How many changes of nodes and pods there were.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Lets time pass: pods whose back-off has ended become ready, and those that have waited long.
    pub fn advance(&mut self, config: &SchedulerConfig, now: Time) {
        let first = |queue: &Queue| {
            let held_back = [&queue.held_back, &queue.held_back_by_error];
            held_back.into_iter().filter_map(|set| set.first()).min().cloned()
        };
        while let Some((ends, _, name)) = first(self)
            && ends <= now
        {
            if let Some(queued) = self.take(&name) {
                self.make_ready(config, queued, now);
            }
        }
        while let Some((due, name)) = self.next_timeout()
            && due <= now
        {
            if let Some(mut queued) = self.take(&name) {
                queued.woken = Woken::Timeout;
                self.make_ready(config, queued, now);
            }
        }
    }

    /// The pod that has waited longest, and until when it waits at most. A pod since whose attempt nothing has changed
    /// would only fail again: it is left alone, so that a cluster with pods that fit nowhere comes to rest.
    fn next_timeout(&self) -> Option<(Time, PodName)> {
        let (since, name) = self.waiting.first()?;
        let queued = self.pods.get(name)?;
        (queued.seen < self.changes).then(|| (*since + MAX_WAIT, name.clone()))
    }

    /// When a pod becomes ready by itself.
    pub fn next_due(&self) -> Option<Time> {
        let held_back = self.held_back_by_error.first().map(|(ends, ..)| *ends);
        let waiting = self.next_timeout().map(|(due, _)| due);
        held_back.into_iter().chain(waiting).min()
    }

    /// Whether a pod can be tried now.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty() || !self.held_back.is_empty()
    }

    /// Something changed: wakes the pods that it may help. With `up_to`, only pods of at most this priority.
    /// True if a pod was moved.
    pub fn notify(
        &mut self,
        config: &SchedulerConfig,
        event: &ClusterEvent<'_>,
        object: &ObjectKey,
        up_to: Option<i32>,
        now: Time,
    ) -> bool {
        let mut moved = false;
        if event.kind() == EventKind::NodeAdd {
            for name in &std::mem::take(&mut self.nodeless) {
                moved |= self.wake(config, name, woken("", event, object), now);
            }
        }
        for (id, hints) in plugins::ids().filter_map(|id| Some((id, plugins::get(id).hints()?))) {
            if !hints.hears_of(event.kind()) {
                continue;
            }
            let rejected = self.rejected_by.get(&id).into_iter().flatten();
            let helped = rejected.filter(|name| {
                self.pods.get(*name).is_some_and(|queued| {
                    up_to.is_none_or(|priority| queued.pod.priority() <= priority)
                        && hints.wakes(&queued.pod, event)
                })
            });
            for name in helped.cloned().collect::<Vec<_>>() {
                moved |= self.wake(config, &name, woken(plugins::get(id).name(), event, object), now);
            }
        }
        moved
    }

    /// A pod of the queue was changed itself: wakes it if that may help.
    pub fn notify_own(
        &mut self,
        config: &SchedulerConfig,
        name: &PodName,
        event: &ClusterEvent<'_>,
        object: &ObjectKey,
        now: Time,
    ) -> bool {
        let Some(queued) = self.pods.get(name).cloned() else { return false };
        let helps = |id: &PluginId| {
            plugins::get(*id)
                .hints()
                .is_some_and(|hints| hints.hears_of(event.kind()) && hints.wakes(&queued.pod, event))
        };
        match queued.rejected_by.iter().find(helps) {
            Some(id) => self.wake(config, name, woken(plugins::get(id).name(), event, object), now),
            None => false,
        }
    }

    fn wake(&mut self, config: &SchedulerConfig, name: &PodName, woken: Woken, now: Time) -> bool {
        let is_asleep = |queued: &Rc<Queued>| matches!(queued.place, Place::Waiting | Place::Gated);
        if !self.pods.get(name).is_some_and(is_asleep) {
            return false;
        }
        let Some(mut queued) = self.take(name) else { return false };
        let was_gated = queued.place == Place::Gated;
        queued.woken = if was_gated { Woken::Arrived } else { woken };
        queued.because = Because::Change(self.step);
        if queued.back_off_ends.is_some_and(|ends| ends > now) {
            queued.place = Place::HeldBack;
            self.put(config, queued);
        } else {
            self.make_ready(config, queued, now);
        }
        true
    }

    /// Puts a pod among the ready ones, unless a PreEnqueue plugin objects.
    fn make_ready(&mut self, config: &SchedulerConfig, mut queued: Queued, now: Time) {
        let profile = config.profile(&queued.pod.pod.spec.scheduler_name);
        let objection = profile.and_then(|profile| {
            profile
                .pre_enqueues()
                .find(|(_, plugin)| plugin.pre_enqueue(&queued.pod.pod).is_err())
                .map(|(name, _)| name)
        });
        match objection {
            Some(plugin) => {
                queued.place = Place::Gated;
                queued.rejected_by = PluginSet::named(&[plugin]);
            }
            None => {
                if queued.place == Place::Gated {
                    queued.queued_at = now;
                }
                queued.place = Place::Ready;
            }
        }
        self.put(config, queued);
    }

    fn put(&mut self, config: &SchedulerConfig, mut queued: Queued) {
        let name = queued.pod.name.clone();
        let order = order(config, &queued);
        queued.order = order;
        match queued.place {
            Place::Ready => drop(self.ready.insert((order, name.clone()))),
            Place::HeldBack => {
                let entry = (queued.held_back_until(), order, name.clone());
                self.held_back_like(&queued).insert(entry);
            }
            Place::Waiting => drop(self.waiting.insert((queued.queued_at, name.clone()))),
            Place::Gated => {}
        }
        if matches!(queued.place, Place::Waiting | Place::Gated) {
            if queued.place == Place::Waiting && queued.rejected_by.is_empty() {
                self.nodeless.insert(name.clone());
            }
            for id in queued.rejected_by.iter() {
                self.rejected_by.get_or_insert_with(&id, Set::new).insert(name.clone());
            }
        }
        self.pods.insert(name, Rc::new(queued));
    }

    /// Where a pod is held back: after an error (no plugin rejected it) apart from the others.
    fn held_back_like(&mut self, queued: &Queued) -> &mut Set<(Time, Order, PodName)> {
        if queued.rejected_by.is_empty() { &mut self.held_back_by_error } else { &mut self.held_back }
    }

    fn take(&mut self, name: &PodName) -> Option<Queued> {
        let queued = self.pods.remove(name)?;
        match queued.place {
            Place::Ready => drop(self.ready.remove(&(queued.order, name.clone()))),
            Place::HeldBack => {
                let entry = (queued.held_back_until(), queued.order, name.clone());
                self.held_back_like(&queued).remove(&entry);
            }
            Place::Waiting => drop(self.waiting.remove(&(queued.queued_at, name.clone()))),
            Place::Gated => {}
        }
        if matches!(queued.place, Place::Waiting | Place::Gated) {
            self.nodeless.remove(name);
            for id in queued.rejected_by.iter() {
                if let Some(names) = self.rejected_by.get_mut(&id) {
                    names.remove(name);
                }
            }
        }
        Some(Rc::unwrap_or_clone(queued))
    }
}

/// Back-offs that end within one second end together, at its end (`backoffQOrderingWindowDuration`).
fn next_window(time: Time) -> Time {
    const WINDOW: i64 = 1000;
    Time::new((time.millis().div_euclid(WINDOW) + 1) * WINDOW)
}

fn woken(plugin: &'static str, event: &ClusterEvent<'_>, object: &ObjectKey) -> Woken {
    Woken::Event { kind: event.kind(), object: object.clone(), what: describe_change(event).into(), plugin }
}

fn order(config: &SchedulerConfig, queued: &Queued) -> Order {
    let profile = config.profile(&queued.pod.pod.spec.scheduler_name);
    let key = profile
        .and_then(|profile| profile.queue_sort())
        .map(|sort| sort.key(&queued.pod.pod, queued.queued_at));
    let (priority, time) = key.unwrap_or((Reverse(0), queued.queued_at));
    (priority, time, queued.arrival)
}
