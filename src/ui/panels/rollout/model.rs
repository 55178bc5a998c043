//! How many pods of each revision were ready, step by step, and how many there must be at least.

use crate::api::{EcoString, Object, ObjectKey, Pod};
use crate::cluster::Change;
use crate::controllers::daemonset::pod::HASH_LABEL;
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::controllers::daemonset::survey;
use crate::explain::Revisions;
use crate::explain::why::rollout_start;
use crate::sim::{StepNo, Timeline};
use std::collections::BTreeMap;

/// The chart of the pods of one DaemonSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The first step on it: the last before the current revision came.
    pub from: StepNo,
    /// The last recorded step.
    pub to: StepNo,
    /// The shown step.
    pub shown: StepNo,
    /// Nodes that should run a pod.
    pub desired: u32,
    /// The line below which the update keeps from going, and what it says.
    pub floor: Option<(u32, String)>,
    /// The numbers of the revisions, the latest first; 0 = one that is gone.
    pub revisions: Vec<i64>,
    /// The counts from a step on, wherever they change; up to the shown step.
    pub points: Vec<Point>,
}

/// Counts from a step on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The step.
    pub step: StepNo,
    /// Ready pods of each revision, in the order of [`Chart::revisions`].
    pub ready: Vec<u32>,
}

impl Point {
    /// Ready pods in all.
    pub fn sum(&self) -> u32 {
        self.ready.iter().sum()
    }
}

impl Chart {
    /// The most that is to be drawn.
    pub fn top(&self) -> u32 {
        let most = self.points.iter().map(Point::sum).max().unwrap_or(0);
        most.max(self.desired).max(1)
    }

    /// The counts at the shown step in words: `step 17: 3 r2 + 4 r1 ready, 1 unavailable`.
    pub fn told(&self) -> String {
        let Some(last) = self.points.last() else { return String::new() };
        let parts: Vec<String> = self
            .revisions
            .iter()
            .zip(&last.ready)
            .filter(|(_, ready)| **ready > 0)
            .map(|(number, ready)| format!("{ready} {}", name(*number)))
            .collect();
        let ready =
            if parts.is_empty() { "none ready".into() } else { format!("{} ready", parts.join(" + ")) };
        let missing = self.desired.saturating_sub(last.sum());
        let missing = if missing > 0 { format!(", {missing} unavailable") } else { String::new() };
        format!("step {}: {ready}{missing}", self.shown)
    }
}

/// `r2`.
pub fn name(number: i64) -> String {
    if number > 0 { format!("r{number}") } else { "r?".into() }
}

/// The chart as of the shown step. None where the DaemonSet has no revision yet.
pub fn chart(timeline: &Timeline, key: &ObjectKey) -> Option<Chart> {
    let set = timeline.world().daemon_set(&key.namespace, &key.name)?;
    let from = rollout_start(timeline, key)?.saturating_sub(1);
    let survey = survey(timeline.world(), set, timeline.now())?;
    let desired = u32::try_from(survey.totals.counts.desired).unwrap_or(0);
    let numbers = Revisions::of(timeline.world(), Some(set));
    let uid = &set.metadata.uid;

    let mut then = timeline.clone();
    then.seek(from);
    let mut counts = Counts { uid, ready: BTreeMap::new() };
    for pod in then.world().pods_in(&key.namespace) {
        counts.add(pod, 1);
    }
    let mut snapshots = vec![(from, counts.ready.clone())];
    for no in from + 1..=timeline.shown() {
        let Some(step) = timeline.step(no) else { break };
        step.changes.iter().for_each(|change| counts.take(change));
        if snapshots.last().is_some_and(|(_, last)| *last != counts.ready) {
            snapshots.push((no, counts.ready.clone()));
        }
    }

    let hashes: Vec<EcoString> = snapshots.iter().flat_map(|(_, ready)| ready.keys().cloned()).collect();
    let mut revisions: Vec<i64> = hashes.iter().map(|hash| numbers.number(hash)).collect();
    revisions.push(survey.sync.history.origin.number());
    revisions.sort_by_key(|number| std::cmp::Reverse(*number));
    revisions.dedup();
    let points = snapshots.into_iter().map(|(step, ready)| Point {
        step,
        ready: revisions
            .iter()
            .map(|number| {
                ready
                    .iter()
                    .filter(|(hash, _)| numbers.number(hash) == *number)
                    .map(|(_, count)| *count)
                    .sum()
            })
            .collect(),
    });
    let points: Vec<Point> = points.collect();
    let floor = match &survey.rollout {
        RolloutTrace::Unavailable(budget) => {
            let least = desired.saturating_sub(u32::try_from(budget.bound.value).unwrap_or(0));
            Some((least, format!("at least {least} available")))
        }
        RolloutTrace::Surge(_) => Some((desired, format!("desired {desired}, never less"))),
        _ => None,
    };
    Some(Chart { from, to: timeline.len(), shown: timeline.shown(), desired, floor, revisions, points })
}

/// Ready pods of a DaemonSet by the hash of their revision.
struct Counts<'a> {
    uid: &'a str,
    ready: BTreeMap<EcoString, u32>,
}

impl Counts<'_> {
    fn take(&mut self, change: &Change) {
        let pod = |object: &Option<Object>| object.as_ref().and_then(Object::as_pod).cloned();
        if let Some(before) = pod(&change.before) {
            self.add(&before, -1);
        }
        if let Some(after) = pod(&change.after) {
            self.add(&after, 1);
        }
    }

    /// A pod is there (1) or no longer (-1). One that is being deleted serves nobody any more.
    fn add(&mut self, pod: &Pod, sign: i32) {
        let own = pod.metadata.controller().is_some_and(|owner| owner.uid == self.uid);
        if !own || !pod.is_ready() || pod.metadata.is_terminating() {
            return;
        }
        let hash = pod.metadata.labels.get(HASH_LABEL).cloned().unwrap_or_default();
        let count = self.ready.entry(hash.clone()).or_default();
        *count = count.saturating_add_signed(sign);
        if *count == 0 {
            self.ready.remove(&hash);
        }
    }
}
