//! The pods that wait to be scheduled: those that may be tried, and those that wait for a change that could help.
//! Upstream: `pkg/scheduler/backend/queue/scheduling_queue.go`.
//!
//! Upstream also tries every waiting pod again after five minutes. Here that would keep a cluster with one hopeless
//! pod from ever coming to rest, and it would find nothing new: a pod is tried again when something changed.

use super::PodInfo;
use super::framework::ClusterEvent;
use super::plugins::REGISTRY;
use super::trace::{QueueTrace, Woken};
use crate::api::{Millis, ObjectKey, Pod, Time};
use crate::cluster::{Map, PodName};
use std::cmp::Reverse;
use std::rc::Rc;

/// How long a pod is held back after its first failed attempt (`podInitialBackoffDuration`).
const INITIAL_BACKOFF: Millis = Millis::seconds(1);
/// At most so long (`podMaxBackoffDuration`).
const MAX_BACKOFF: Millis = Millis::seconds(10);

/// The queue. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// In the order of PrioritySort: priority, time, order of arrival.
    active: Map<(Reverse<i32>, Time, u64), PodName>,
    pods: Map<PodName, Rc<Queued>>,
    arrived: u64,
}

/// A pod in the queue.
#[derive(Clone, Debug)]
struct Queued {
    place: Place,
    attempts: u32,
    queued_at: Time,
    woken: Woken,
    held_until: Option<Time>,
}

#[derive(Clone, Debug)]
enum Place {
    Active((Reverse<i32>, Time, u64)),
    BackOff,
    Waiting { rejected_by: Rc<[&'static str]> },
}

impl Queue {
    /// A pod that is to be scheduled was seen (again).
    pub fn add(&mut self, pod: &Pod, name: PodName, now: Time) {
        if !self.pods.contains_key(&name) {
            let queued = Queued {
                place: Place::BackOff,
                attempts: 0,
                queued_at: now,
                woken: Woken::Arrived,
                held_until: None,
            };
            self.activate(name, queued, pod.priority(), now);
        }
    }

    /// A pod is gone, bound, or no longer to be scheduled.
    pub fn remove(&mut self, name: &PodName) {
        if let Some(queued) = self.pods.remove(name)
            && let Place::Active(place) = &queued.place
        {
            self.active.remove(place);
        }
    }

    fn activate(&mut self, name: PodName, mut queued: Queued, priority: i32, now: Time) {
        self.arrived += 1;
        let place = (Reverse(priority), now, self.arrived);
        queued.place = Place::Active(place);
        self.active.insert(place, name.clone());
        self.pods.insert(name, Rc::new(queued));
    }

    /// Takes the next pod, counting the attempt.
    pub fn pop(&mut self) -> Option<(PodName, QueueTrace)> {
        let (place, name) = self.active.get_min().cloned()?;
        self.active.remove(&place);
        let mut queued = Queued::clone(self.pods.get(&name)?);
        queued.attempts += 1;
        queued.place = Place::BackOff;
        let trace = QueueTrace {
            attempt: queued.attempts,
            queued_at: queued.queued_at,
            woken: queued.woken.clone(),
            backed_off_until: queued.held_until,
        };
        self.pods.insert(name.clone(), Rc::new(queued));
        Some((name, trace))
    }

    /// A pod was tried in vain.
    pub fn failed(&mut self, name: &PodName, rejected_by: Vec<&'static str>, now: Time) {
        let Some(queued) = self.pods.get(name) else { return };
        let mut queued = Queued::clone(queued);
        let doubled = INITIAL_BACKOFF.0 << queued.attempts.saturating_sub(1).min(10);
        queued.held_until = Some(now + Millis(doubled).min(MAX_BACKOFF));
        queued.place = Place::Waiting { rejected_by: rejected_by.into() };
        self.pods.insert(name.clone(), Rc::new(queued));
    }

    /// Something changed: pods that it may help come back, after their back-off (`MoveAllToActiveOrBackoffQueue`).
    pub fn notice<'p>(
        &mut self,
        event: &ClusterEvent<'_>,
        about: &ObjectKey,
        now: Time,
        pod_named: impl Fn(&PodName) -> Option<&'p Rc<Pod>>,
    ) {
        let kind = event.kind();
        let mut helped = Vec::new();
        for (name, queued) in &self.pods {
            let Place::Waiting { rejected_by } = &queued.place else { continue };
            let interested = || {
                REGISTRY
                    .iter()
                    .filter(|plugin| rejected_by.contains(&plugin.name()))
                    .filter(|plugin| plugin.hints().is_some_and(|hints| hints.interests().contains(kind)))
            };
            if interested().next().is_none() {
                continue;
            }
            let Some(pod) = pod_named(name) else { continue };
            let info = PodInfo::new(Rc::clone(pod));
            let hint =
                interested().find(|plugin| plugin.hints().is_some_and(|hints| hints.helps(&info, event)));
            if let Some(plugin) = hint {
                helped.push((name.clone(), pod.priority(), plugin.name()));
            }
        }
        for (name, priority, plugin) in helped {
            let Some(queued) = self.pods.get(&name) else { continue };
            let mut queued = Queued::clone(queued);
            queued.queued_at = now;
            let what = super::framework::describe_change(event).into();
            queued.woken = Woken::Event { kind, object: about.clone(), what, plugin };
            if queued.held_until.is_some_and(|until| until > now) {
                queued.place = Place::BackOff;
                self.pods.insert(name, Rc::new(queued));
            } else {
                self.activate(name, queued, priority, now);
            }
        }
    }

    /// Lets pods out whose back-off is over.
    pub fn release<'p>(&mut self, now: Time, pod_named: impl Fn(&PodName) -> Option<&'p Rc<Pod>>) {
        let over = |queued: &Queued| queued.held_until.is_none_or(|until| until <= now);
        let due: Vec<PodName> =
            self.backing_off().filter(|(_, queued)| over(queued)).map(|(name, _)| name.clone()).collect();
        for name in due {
            if let (Some(queued), Some(pod)) = (self.pods.get(&name).cloned(), pod_named(&name)) {
                self.activate(name, Queued::clone(&queued), pod.priority(), now);
            }
        }
    }

    fn backing_off(&self) -> impl Iterator<Item = (&PodName, &Rc<Queued>)> {
        self.pods.iter().filter(|(_, queued)| matches!(queued.place, Place::BackOff))
    }

    /// Whether a pod may be tried now.
    pub fn is_active(&self) -> bool {
        !self.active.is_empty()
    }

    /// When the next back-off is over.
    pub fn next_release(&self) -> Option<Time> {
        self.backing_off().filter_map(|(_, queued)| queued.held_until).min()
    }
}
