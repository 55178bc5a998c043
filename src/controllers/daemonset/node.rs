//! What one node means to one DaemonSet: a pure function of the DaemonSet, the node and its pods, so that after a
//! change only the nodes that it concerns are looked at again. Upstream: `podsShouldBeOnNode`,
//! `findUpdatedPodsOnNode` and the body of `updateDaemonSetStatus` in `pkg/controller/daemon`.

use super::eligibility::{Checklist, Placement, Verdict};
use super::ownership::{Claim, claim};
use super::pod::{HASH_LABEL, is_updated, template_generation};
use crate::api::{
    ApiPart, DaemonSet, EcoString, FAILED, LabelSelector, Pod, PodTemplateSpec, SUCCEEDED, SharedPart, Time,
    push_lean, sort,
};
use crate::cluster::{MapKey, Sought};
use std::rc::Rc;

/// What of a DaemonSet the entries of its nodes depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// Identity of the DaemonSet.
    pub uid: EcoString,
    /// Its namespace.
    pub namespace: EcoString,
    /// Its selector.
    pub selector: Option<LabelSelector>,
    /// By which its pods are found.
    pub sought: Sought,
    /// Its template.
    pub template: Rc<PodTemplateSpec>,
    /// Where the template's pods belong.
    pub placement: Rc<Placement>,
    /// The hash of the current revision.
    pub hash: EcoString,
    /// The template's generation, as a label prints it.
    pub generation: Option<String>,
    /// Seconds for which a pod must be ready to be available.
    pub min_ready_seconds: i32,
    /// Whether a node may have an old and a new pod.
    pub surges: bool,
}

impl Basis {
    /// For a DaemonSet whose current revision has this hash. `before` lends what has not changed.
    pub fn new(set: &DaemonSet, hash: &str, before: Option<&Basis>) -> Self {
        let template = &set.spec.template;
        let placement = match before {
            Some(before) if before.template == *template => Rc::clone(&before.placement),
            _ => Rc::new(Placement::new(template)),
        };
        Basis {
            uid: set.metadata.uid.clone(),
            namespace: set.metadata.namespace.clone(),
            selector: set.spec.selector.clone(),
            sought: Sought::new(&set.metadata.uid, set.spec.selector.as_ref()),
            template: Rc::clone(template),
            placement,
            hash: hash.into(),
            generation: template_generation(set),
            min_ready_seconds: set.spec.min_ready_seconds,
            surges: super::bounds::surges(set),
        }
    }

    /// Whether the DaemonSet owns the pod, would adopt it, or must let it go.
    pub fn claim(&self, pod: &Pod) -> Claim {
        claim(&self.uid, &self.namespace, self.selector.as_ref(), pod)
    }

    fn is_updated(&self, pod: &Pod) -> bool {
        is_updated(pod, &self.hash, self.generation.as_deref())
    }
}

/// What one node means to one DaemonSet. Each sync of a long run keeps those that it saw change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeEntry {
    /// The verdict; none = there are pods for this node, but the node does not exist.
    pub verdict: Option<Rc<Checklist>>,
    /// The DaemonSet's pods on the node, in name order; without those that are terminating and have ended already.
    pub pods: Vec<PodSeen>,
    /// What a rolling update sees; none = nothing to count here.
    pub rollout: Option<Rollout>,
    /// What the node adds to the status.
    pub counts: NodeCounts,
    /// Hashes of revisions that pods here carry, also those that are not in `pods`.
    pub hashes: Vec<EcoString>,
    /// When to look again though nothing changes: a ready pod becomes available.
    pub due: Option<Time>,
    todo: SharedPart<Todo>,
}

/// What there is to do on a node regardless of a rolling update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Todo {
    /// Why a pod is to be created, if one is.
    pub create: Option<CreateReason>,
    /// Which pods are to be deleted.
    pub delete: Vec<(EcoString, DeleteReason)>,
    /// Orphans to adopt.
    pub adopt: Vec<EcoString>,
    /// Pods to let go.
    pub release: Vec<EcoString>,
}

impl ApiPart for Todo {
    const NOTHING: &Self = &Todo { create: None, delete: Vec::new(), adopt: Vec::new(), release: Vec::new() };
}

impl NodeEntry {
    /// What there is to do regardless of a rolling update.
    pub fn todo(&self) -> &Todo {
        self.todo.get()
    }

    /// Whether there is anything to do regardless of a rolling update.
    pub fn is_acting(&self) -> bool {
        self.todo() != Todo::NOTHING
    }

    /// Whether the node can be forgotten: it is gone, and so are the pods that were meant for it.
    pub fn is_empty(&self) -> bool {
        self.verdict.is_none() && self.hashes.is_empty() && self.pods.is_empty() && !self.is_acting()
    }

    /// The same, but there is to do what the other one adopts and lets go, and no more.
    pub fn with_claims_of(self, other: &NodeEntry) -> Self {
        let Todo { adopt, release, .. } = other.todo().clone();
        NodeEntry { todo: Todo { adopt, release, ..Todo::default() }.into(), ..self }
    }

    /// The old pod, when there is just one.
    pub fn old_pod(&self) -> Option<&EcoString> {
        Some(&self.pods.get(self.rollout.as_ref()?.old? as usize)?.name)
    }
}

/// A pod as the controller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSeen {
    /// Its name.
    pub name: EcoString,
    /// Of the current template.
    pub updated: bool,
    /// What it is up to.
    pub state: PodState,
}

/// What a pod is up to, as far as the controller asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodState {
    /// Being deleted.
    Terminating,
    /// Ended badly.
    Failed,
    /// Ended well.
    Succeeded,
    /// Not ready.
    NotReady,
    /// Ready; available from then on.
    ReadyUntilAvailable(Time),
    /// Available.
    Available,
}

/// Why a pod is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateReason {
    /// The node should run one and has none.
    NoPod,
    /// With maxSurge, terminating and ended pods do not count: there is no live one.
    NoLivePod,
    /// With maxSurge, the old pod is not available: a new one comes without using the budget.
    OldUnavailable,
    /// Within maxSurge.
    Surge,
}

/// Why a pod is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteReason {
    /// The node must not have one.
    NotEligible,
    /// It failed, and the node's back-off is over.
    Failed,
    /// It succeeded, and daemons are to run for ever.
    Succeeded,
    /// An older pod of the node is kept.
    Duplicate,
    /// With maxSurge: the new pod is kept, and the old one is not ready.
    OldNotReady,
    /// With maxSurge: the new pod is available.
    Replaced,
    /// It was never bound, and its node is gone.
    NodeGone,
    /// It is old and not available, so replacing it costs nothing.
    OutdatedUnavailable,
    /// It is old, and maxUnavailable allows it.
    Outdated,
    /// It is old and not available, and the node is no longer eligible.
    SunsetUnavailable,
    /// It is old, the node is no longer eligible, and enough pods are available elsewhere.
    Sunset,
}

/// What a rolling update sees on a node: its live pods, old and new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// How it is counted.
    pub class: Class,
    /// Which of the pods is the old one, when there is just one.
    pub old: Option<u32>,
}

/// How a rolling update counts a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// More than one old or more than one new pod: left to be pruned.
    Excess,
    /// No live pod.
    Empty,
    /// Only a new pod.
    New {
        /// Whether it is available.
        available: bool,
    },
    /// Only an old pod.
    Old {
        /// Whether it is available.
        available: bool,
        /// On what kind of node.
        on: Ground,
    },
    /// Both.
    Both {
        /// Whether the new one is available.
        new: bool,
        /// Whether the old one is available.
        old: bool,
    },
}

impl MapKey for Class {}

/// What an old pod stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// A node that should run a pod.
    Eligible,
    /// A node that should not.
    Ineligible,
    /// A node that is gone.
    Gone,
}

/// What one node adds to the counters of the status: each of them at most one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeCounts {
    /// It should run a pod.
    pub desired: bool,
    /// It should, and has one.
    pub current: bool,
    /// It should not, and has one.
    pub misscheduled: bool,
    /// It should, and its first pod is ready.
    pub ready: bool,
    /// It should, and its first pod is available.
    pub available: bool,
    /// It should, and its first pod is of the current template.
    pub updated: bool,
}

/// Counters of the status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nodes that should run a pod.
    pub desired: i32,
    /// Of these, with a pod.
    pub current: i32,
    /// Nodes with a pod that should not run one.
    pub misscheduled: i32,
    /// Desired nodes whose first pod is ready.
    pub ready: i32,
    /// Desired nodes whose first pod is available.
    pub available: i32,
    /// Desired nodes whose first pod is of the current template.
    pub updated: i32,
}

/// Looks at one node, of which the verdict is known. `pods` are those bound or pinned to it that may be the DaemonSet's, in
/// name order.
pub fn look<'a>(
    basis: &Basis,
    verdict: Option<Rc<Checklist>>,
    pods: impl Iterator<Item = &'a Rc<Pod>>,
    now: Time,
) -> NodeEntry {
    let mut entry = NodeEntry {
        verdict,
        pods: Vec::new(),
        rollout: None,
        counts: NodeCounts::default(),
        hashes: Vec::new(),
        due: None,
        todo: SharedPart::default(),
    };
    let mut todo = Todo::default();
    let mut seen = Vec::new();
    for pod in pods {
        let name = || pod.metadata.name.clone();
        match basis.claim(pod) {
            Claim::NotOurs => continue,
            Claim::Release => {
                todo.release.push(name());
                continue;
            }
            Claim::Adopt => todo.adopt.push(name()),
            Claim::Owned => {}
        }
        if let Some(hash) = pod.metadata.labels.get(HASH_LABEL).filter(|hash| !hash.is_empty()) {
            push_lean(&mut entry.hashes, hash.clone());
        }
        if pod.is_finished() && pod.metadata.is_terminating() {
            continue;
        }
        let available_at = pod.available_at(basis.min_ready_seconds);
        let updated = basis.is_updated(pod);
        let pod_seen = PodSeen { name: name(), updated, state: state_of(pod, available_at, now) };
        push_lean(&mut entry.pods, pod_seen);
        if let Some(at) = available_at.filter(|at| *at > now) {
            entry.due = Some(entry.due.map_or(at, |due| due.min(at)));
        }
        seen.push(Counted { pod, updated, is_available: available_at.is_some_and(|at| at <= now) });
    }
    let verdict = entry.verdict.as_ref().map(|judged| judged.verdict);
    count(&mut entry.counts, verdict, &seen);
    manage(&mut todo, verdict, &seen, basis);
    entry.rollout = classify(verdict, &seen);
    entry.todo = todo.into();
    entry
}

/// A pod that counts, and what is asked of it more than once.
#[derive(Clone, Copy)]
struct Counted<'a> {
    pod: &'a Pod,
    updated: bool,
    is_available: bool,
}

fn state_of(pod: &Pod, available_at: Option<Time>, now: Time) -> PodState {
    match available_at {
        _ if pod.metadata.is_terminating() => PodState::Terminating,
        _ if pod.status.phase == FAILED => PodState::Failed,
        _ if pod.status.phase == SUCCEEDED => PodState::Succeeded,
        None => PodState::NotReady,
        Some(at) if at <= now => PodState::Available,
        Some(at) => PodState::ReadyUntilAvailable(at),
    }
}

/// Bound pods first, then the oldest, then by name (`podByCreationTimestampAndPhase`).
fn age_order(pod: &Pod) -> (bool, Option<Time>, &str) {
    (pod.node().is_none(), pod.metadata.creation_timestamp, &pod.metadata.name)
}

fn count(counts: &mut NodeCounts, verdict: Option<Verdict>, pods: &[Counted<'_>]) {
    let first = pods.iter().min_by_key(|counted| age_order(counted.pod));
    match (verdict, first) {
        (None, _) | (Some(Verdict::MayStay | Verdict::MustNot), None) => {}
        (Some(Verdict::MayStay | Verdict::MustNot), Some(_)) => counts.misscheduled = true,
        (Some(Verdict::ShouldRun), first) => {
            counts.desired = true;
            if let Some(first) = first {
                counts.current = true;
                counts.ready = first.pod.is_ready();
                counts.available = first.is_available;
                counts.updated = first.updated;
            }
        }
    }
}

/// What the node needs regardless of any rolling update (`podsShouldBeOnNode`).
fn manage(todo: &mut Todo, verdict: Option<Verdict>, pods: &[Counted<'_>], basis: &Basis) {
    let name = |counted: &Counted<'_>| -> EcoString { counted.pod.metadata.name.clone() };
    let Some(verdict) = verdict else {
        // The pod garbage collector leaves unbound pods alone, and the scheduler has no node for them.
        let unbound = pods.iter().filter(|counted| counted.pod.node().is_none());
        todo.delete = unbound.map(|counted| (name(counted), DeleteReason::NodeGone)).collect();
        return;
    };
    if verdict == Verdict::ShouldRun && pods.is_empty() {
        todo.create = Some(CreateReason::NoPod);
        return;
    }
    let live = pods.iter().filter(|counted| !counted.pod.metadata.is_terminating());
    if !verdict.lets_stay() {
        todo.delete = live.map(|counted| (name(counted), DeleteReason::NotEligible)).collect();
        return;
    }
    let mut running = Vec::new();
    for counted in live {
        match counted.pod.status.phase.as_str() {
            FAILED => todo.delete.push((name(counted), DeleteReason::Failed)),
            SUCCEEDED => todo.delete.push((name(counted), DeleteReason::Succeeded)),
            _ => running.push(*counted),
        }
    }
    sort::by_key(&mut running, |counted| age_order(counted.pod));
    if !basis.surges {
        let others = running.iter().skip(1);
        todo.delete.extend(others.map(|counted| (name(counted), DeleteReason::Duplicate)));
        return;
    }
    if running.len() <= 1 {
        if running.is_empty() && verdict == Verdict::ShouldRun {
            todo.create = Some(CreateReason::NoLivePod);
        }
        return;
    }
    let (mut new, mut old): (Option<Counted<'_>>, Option<Counted<'_>>) = (None, None);
    for counted in running {
        let current =
            counted.pod.metadata.labels.get(HASH_LABEL).map(EcoString::as_str) == Some(&*basis.hash);
        let kept = if current { &mut new } else { &mut old };
        match kept {
            None => *kept = Some(counted),
            Some(_) => todo.delete.push((name(&counted), DeleteReason::Duplicate)),
        }
    }
    if let (Some(new), Some(old)) = (new, old) {
        if !old.pod.is_ready() {
            todo.delete.push((name(&old), DeleteReason::OldNotReady));
        } else if new.is_available {
            todo.delete.push((name(&old), DeleteReason::Replaced));
        }
    }
}

fn classify(verdict: Option<Verdict>, pods: &[Counted<'_>]) -> Option<Rollout> {
    if pods.is_empty() && verdict != Some(Verdict::ShouldRun) {
        return None;
    }
    let live = |updated: bool| {
        let mut of_kind = pods
            .iter()
            .zip(0..)
            .filter(move |(counted, _)| counted.updated == updated && !counted.pod.metadata.is_terminating());
        (of_kind.next(), of_kind.next().is_some())
    };
    let ((new, more_new), (old, more_old)) = (live(true), live(false));
    let available = |(counted, _): (&Counted<'_>, u32)| counted.is_available;
    let class = match (new, old) {
        _ if more_new || more_old => return Some(Rollout { class: Class::Excess, old: None }),
        (None, None) => Class::Empty,
        (Some(new), None) => Class::New { available: available(new) },
        (Some(new), Some(old)) => Class::Both { new: available(new), old: available(old) },
        (None, Some(old)) => Class::Old {
            available: available(old),
            on: match verdict {
                None => Ground::Gone,
                Some(Verdict::ShouldRun) => Ground::Eligible,
                Some(_) => Ground::Ineligible,
            },
        },
    };
    Some(Rollout { class, old: old.map(|(_, place)| place) })
}
