//! Two runs from one step, compared: when each is done, how few pods were ready on the way, how many there were at most,
//! who had to go, and one sentence that sums it up.

mod differences;

pub use differences::{counts, differences};

use super::leaving::leavers;
use super::piece::{Piece, count, listed, sentence};
use super::pods::{PodStage, Revisions, stage};
use super::span::tenths;
use super::why::survey_at;
use super::why::{told_changes, verdict_of_set};
use crate::api::{DaemonSet, EcoString, Node, Object, ObjectKey, Pod, Taint, Time, sort};
use crate::cluster::{Change, World};
use crate::controllers::daemonset::bounds::{Bound, Budget, ROLLING_UPDATE, budget};
use crate::controllers::daemonset::node::Class;
use crate::controllers::daemonset::pod::HASH_LABEL;
use crate::sim::{StepNo, Timeline};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The pods of a DaemonSet in one run, from a step to its last recorded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// When it began.
    pub begun: Time,
    /// When each node that should run a pod had a ready one of the current revision, if that is so at the end.
    pub done: Option<Time>,
    /// When its last recorded step was.
    pub end: Time,
    /// Whether nothing more happens by itself after that.
    pub is_stable: bool,
    /// What it waits for at the end, in a sentence; empty where it is done.
    pub waits: Vec<Piece>,
    /// Nodes that should run a pod at the end.
    pub desired: usize,
    /// The fewest nodes that had a ready pod at once.
    pub lowest: usize,
    /// The most live pods that there were at once.
    pub most: usize,
    /// Pods, of whatever, that had to go because they may not stay.
    pub evicted: usize,
    /// The nodes that have a pod at the end.
    pub places: BTreeSet<EcoString>,
    /// Ready pods of each revision from a time on, wherever that changes; 0 = a revision that is gone.
    pub ready: Vec<(Time, BTreeMap<i64, u32>)>,
    /// The highest number of nodes that should have run a pod, as the DaemonSet's status told it.
    pub most_desired: usize,
}

impl Course {
    /// How the pods of a DaemonSet fared after a step. None where the run has no such DaemonSet at its end.
    pub fn of(timeline: &Timeline, from: StepNo, key: &ObjectKey) -> Option<Self> {
        let mut run = timeline.clone();
        run.seek(run.len());
        let set = Rc::clone(run.world().daemon_set(&key.namespace, &key.name)?);
        let revisions = Revisions::of(run.world(), Some(&set));
        let survey = survey_at(&run, &set);
        let size = |asked: fn(Class) -> bool| survey.as_ref().map_or(0, |survey| survey.totals().size(asked));
        let desired = survey.as_ref().map_or(0, |survey| survey.totals().counts.desired);
        let is_old = |class| matches!(class, Class::Old { .. } | Class::Both { .. } | Class::Excess);
        let is_done = size(|class| class == Class::New { available: true }) >= desired && size(is_old) == 0;
        let (end, is_stable) = (run.now(), run.next_at().is_none());
        let waits = if is_done { None } else { verdict_of_set(&run, key) };
        let places = sort::set(live(run.world(), &set).filter_map(|pod| pod.node().map(Into::into)));

        run.seek(from);
        let begun = run.now();
        let mut pods = Pods { uid: set.metadata.uid.clone(), ..Pods::default() };
        run.world().pods_in(&key.namespace).for_each(|pod| pods.add(pod, 1));
        let (mut lowest, mut most) = (pods.nodes.len(), pods.live);
        let mut ready = vec![(begun, pods.by_revision(&revisions))];
        let (mut evicted, mut changed) = (0, begun);
        let told = run.world().daemon_set(&key.namespace, &key.name);
        let mut most_desired = told.map_or(0, |set| set.status.desired_number_scheduled);
        for no in from + 1..=run.len() {
            let Some(step) = run.step(no) else { break };
            evicted += leavers(step).len();
            for change in &step.changes {
                if change.is_about(key)
                    && let Some(set) = change.after.as_ref().and_then(Object::as_daemon_set)
                {
                    most_desired = most_desired.max(set.status.desired_number_scheduled);
                }
                pods.take(change);
            }
            lowest = lowest.min(pods.nodes.len());
            most = most.max(pods.live);
            let now = pods.by_revision(&revisions);
            if ready.last().is_some_and(|(_, before)| *before != now) {
                changed = step.at;
                ready.push((step.at, now));
            }
        }
        let size = |number: i32| usize::try_from(number).unwrap_or(0);
        Some(Course {
            begun,
            done: is_done.then_some(changed),
            end,
            is_stable,
            waits: waits.unwrap_or_default(),
            desired: size(desired),
            lowest,
            most,
            evicted,
            places,
            ready,
            most_desired: size(most_desired),
        })
    }

    /// How long it took, or has taken so far.
    fn took(&self) -> crate::api::Millis {
        self.done.unwrap_or(self.end).since(self.begun)
    }
}

/// What two courses come to, in a sentence or two; the names are those of the branches.
pub fn told(names: [&str; 2], courses: [&Course; 2]) -> Vec<Piece> {
    let [a, b] = courses;
    if a.ready == b.ready && a.places == b.places && a.done == b.done && a.waits == b.waits {
        return sentence("So far both branches have the same pods.", &[]);
    }
    let mut sentences = Vec::new();
    if let Some(both) = shared(a, b) {
        // What differs comes first, what does not is said once.
        sentences.extend(extra(names, courses));
        sentences.push(both);
        sentences.push(a.waits.clone());
    } else {
        for (index, (name, own, other)) in [(names[0], a, b), (names[1], b, a)].into_iter().enumerate() {
            let mut told = sentence("*{}* ", &[name]);
            told.extend(ending(own, other, index > 0));
            told.extend(readiness(own, other));
            told.extend(sentence(".", &[]));
            sentences.push(told);
            if own.done.is_none() && own.is_stable {
                sentences.push(own.waits.clone());
            }
        }
        sentences.extend(extra(names, courses));
    }
    sentences.retain(|told| !told.is_empty());
    sentences.join(&Piece::Text(" ".into()))
}

/// How both end, where neither differs from the other in that.
fn shared(a: &Course, b: &Course) -> Option<Vec<Piece>> {
    let end =
        |course: &Course| (course.done.is_some(), course.is_stable, tenths(course.took()), course.lowest);
    if end(a) != end(b) || a.waits != b.waits {
        return None;
    }
    let took = tenths(a.took());
    Some(match (a.done, a.is_stable) {
        (Some(_), _) => sentence("Both are done after {}.", &[&took]),
        (None, true) => sentence("Both stop after {} and are not done.", &[&took]),
        (None, false) => sentence("Neither is done after {}.", &[&took]),
    })
}

/// When a course is done; of the second one how much earlier or later than the first.
fn ending(own: &Course, other: &Course, is_second: bool) -> Vec<Piece> {
    let took = tenths(own.took());
    let (Some(done), true) = (own.done, is_second) else {
        return match (own.done, own.is_stable) {
            (Some(_), _) => sentence("is done after {}", &[&took]),
            (None, true) => sentence("stops after {} and is not done", &[&took]),
            (None, false) => sentence("is not done after {}", &[&took]),
        };
    };
    match other.done {
        Some(first) if first > done && tenths(first - done) != "0s" => {
            sentence("is done {} earlier", &[&tenths(first - done)])
        }
        Some(first) if done > first && tenths(done - first) != "0s" => {
            sentence("is done {} later", &[&tenths(done - first)])
        }
        Some(_) => sentence("is done at the same time", &[]),
        None => sentence("is done after {}", &[&took]),
    }
}

/// How few were ready on the way, where the two differ in that.
fn readiness(own: &Course, other: &Course) -> Vec<Piece> {
    if own.lowest == other.lowest {
        return Vec::new();
    }
    match own.lowest >= own.desired {
        true => sentence(" and never has fewer than {} ready", &[&own.desired.to_string()]),
        false => sentence(
            " and has as few as {} of {} ready",
            &[&own.lowest.to_string(), &own.desired.to_string()],
        ),
    }
}

/// Where else they differ, a sentence each: in the most pods at once, in who had to go, in the nodes that have a pod.
fn extra(names: [&str; 2], [a, b]: [&Course; 2]) -> Vec<Vec<Piece>> {
    let mut told = Vec::new();
    if a.most != b.most {
        let (name, most) = if a.most > b.most { (names[0], a.most) } else { (names[1], b.most) };
        told.push(sentence("*{}* has up to {} at once.", &[name, &count(most, "pod")]));
    }
    if a.evicted != b.evicted {
        let (name, more, least) = if a.evicted > b.evicted { (names[0], a, b) } else { (names[1], b, a) };
        let rest = if least.evicted == 0 { "none".to_owned() } else { least.evicted.to_string() };
        let evicted = count(more.evicted, "pod");
        told.push(sentence("*{}* evicts {}, the other {}.", &[name, &evicted, &rest]));
    }
    for (name, own, other) in [(names[0], a, b), (names[1], b, a)] {
        let alone: Vec<&EcoString> = own.places.difference(&other.places).collect();
        if !alone.is_empty() {
            let mut only = sentence("Only *{}* has a pod on ", &[name]);
            only.extend(listed(&alone, 3));
            only.extend(sentence(".", &[]));
            told.push(only);
        }
    }
    told
}

/// The nodes on which the pods of a DaemonSet, or the nodes themselves, are not the same in two clusters: pods are the
/// same if they are of the same revision and as far.
pub fn differing_nodes(one: &World, other: &World, key: &ObjectKey) -> BTreeSet<EcoString> {
    let [own, others] = [Signs::of(one, key), Signs::of(other, key)];
    let is_alike = own.set == others.set && own.revisions == others.revisions;
    let differs = |name: &EcoString| {
        // Two branches share what neither has changed since.
        !(is_alike && is_shared(one, other, name)) && own.sign(name) != others.sign(name)
    };
    let all = one.nodes().chain(other.nodes()).map(|node| &node.metadata.name);
    sort::set(all.filter(|name| differs(name)).cloned())
}

/// Whether two clusters have the very same states of a node and of its pods.
fn is_shared(one: &World, other: &World, name: &str) -> bool {
    let is_same_node =
        one.node(name).zip(other.node(name)).is_some_and(|(node, same)| Rc::ptr_eq(node, same));
    let (mut pods, mut others) = (one.pods_on(name), other.pods_on(name));
    is_same_node
        && pods.by_ref().all(|pod| others.next().is_some_and(|same| Rc::ptr_eq(pod, same)))
        && others.next().is_none()
}

/// What is looked at of a node: how it is, and its pods.
type Sign = (Option<bool>, bool, Vec<Taint>, Vec<(i64, PodStage)>, usize);

/// The nodes of a cluster, as the pods of a DaemonSet see them.
struct Signs<'w> {
    world: &'w World,
    set: Option<&'w DaemonSet>,
    revisions: Revisions,
}

impl<'w> Signs<'w> {
    fn of(world: &'w World, key: &ObjectKey) -> Self {
        let set = world.daemon_set(&key.namespace, &key.name).map(|set| &**set);
        Signs { world, set, revisions: Revisions::of(world, set) }
    }

    /// None where there is no such node.
    fn sign(&self, name: &str) -> Option<Sign> {
        Some(sign(self.world, self.world.node(name)?, self.set, &self.revisions))
    }
}

#[cfg(test)]
fn signs(world: &World, key: &ObjectKey) -> BTreeMap<EcoString, Sign> {
    let signs = Signs::of(world, key);
    let all = world.nodes().map(|node| node.metadata.name.clone());
    sort::map(all.filter_map(|name| signs.sign(&name).map(|sign| (name.clone(), sign))))
}

fn sign(world: &World, node: &Node, set: Option<&DaemonSet>, revisions: &Revisions) -> Sign {
    let is_own = |pod: &Pod| set.is_some_and(|set| pod.is_owned_by(&set.metadata.uid));
    let pods = world.pods_on(&node.metadata.name);
    let (own, others): (Vec<_>, Vec<_>) = pods.partition(|pod| is_own(pod));
    let mut own: Vec<(i64, PodStage)> =
        own.into_iter().map(|pod| (revisions.of_pod(pod), stage(pod).0)).collect();
    sort::plain(&mut own);
    let others = others.into_iter().filter(|pod| !pod.metadata.is_terminating()).count();
    let ready = node.ready().map(|ready| ready == "True");
    (ready, node.spec.unschedulable, node.spec.taints.to_vec(), own, others)
}

/// What differs between two states of a DaemonSet, in a few words: `maxSurge 1`. None if nothing of its spec does.
pub fn told_difference(before: &DaemonSet, after: &DaemonSet) -> Option<String> {
    let strategies = [strategy(before), strategy(after)];
    if strategies[0] != strategies[1] {
        let [_, new] = strategies;
        return Some(new);
    }
    let told = told_changes(&before.spec.template, &after.spec.template);
    (!told.is_empty()).then_some(told)
}

/// How a DaemonSet is updated, in a few words: `maxUnavailable 1`, `maxSurge 10%`, `OnDelete`.
pub fn strategy(set: &DaemonSet) -> String {
    let kind = &set.spec.update_strategy.type_;
    let setting = |bound: &Bound| {
        let written = bound.setting.as_ref().filter(|_| !bound.raised_to_one);
        written.map_or_else(|| bound.value.to_string(), ToString::to_string)
    };
    match budget(set, set.status.desired_number_scheduled.max(1)) {
        _ if kind != ROLLING_UPDATE => kind.to_string(),
        Ok(Budget::Surge(bound)) => format!("maxSurge {}", setting(&bound)),
        Ok(Budget::Unavailable(bound)) => format!("maxUnavailable {}", setting(&bound)),
        Err(_) => kind.to_string(),
    }
}

fn live<'a>(world: &'a World, set: &'a DaemonSet) -> impl Iterator<Item = &'a Rc<Pod>> {
    let own = world.pods_in(&set.metadata.namespace).filter(|pod| pod.is_owned_by(&set.metadata.uid));
    own.filter(|pod| !pod.metadata.is_terminating() && !pod.is_finished())
}

/// Pods of a DaemonSet, counted as they come and go.
#[derive(Default)]
struct Pods {
    uid: EcoString,
    /// Ready ones, by the hash of their revision.
    ready: BTreeMap<EcoString, u32>,
    /// Nodes with a ready one, and how many.
    nodes: BTreeMap<EcoString, u32>,
    /// Live ones.
    live: usize,
}

impl Pods {
    fn take(&mut self, change: &Change) {
        change.pods().for_each(|(pod, sign)| self.add(pod, sign));
    }

    /// A pod is there (1) or no longer (-1). One that is being deleted serves nobody any more.
    fn add(&mut self, pod: &Pod, sign: i32) {
        if !pod.is_owned_by(&self.uid) || pod.metadata.is_terminating() || pod.is_finished() {
            return;
        }
        self.live = self.live.saturating_add_signed(sign as isize);
        if !pod.is_ready() {
            return;
        }
        let hash = pod.metadata.labels.get(HASH_LABEL).cloned().unwrap_or_default();
        bump(&mut self.ready, hash, sign);
        bump(&mut self.nodes, pod.node().unwrap_or_default().into(), sign);
    }

    fn by_revision(&self, revisions: &Revisions) -> BTreeMap<i64, u32> {
        let mut counts = BTreeMap::new();
        for (hash, number) in &self.ready {
            *counts.entry(revisions.number(hash)).or_default() += number;
        }
        counts
    }
}

fn bump(counts: &mut BTreeMap<EcoString, u32>, key: EcoString, by: i32) {
    let count = counts.entry(key.clone()).or_default();
    *count = count.saturating_add_signed(by);
    if *count == 0 {
        counts.remove(&key);
    }
}

#[cfg(test)]
mod tests;
