//! Rolling updates: which old pods go, and where new ones come beside them. Upstream: `rollingUpdate` and
//! `updatedDesiredNodeCounts` in `pkg/controller/daemon/update.go`.
//!
//! Upstream walks a Go map, so it may take any of the candidates; we take them by node name, or by chance if asked to.

use super::bounds::{self, BadBound, Bound, Budget, ROLLING_UPDATE};
use super::node::{Class, CreateReason, DeleteReason, Ground, NodeEntry};
use super::plan::{PlannedCreate, PlannedDelete};
use super::totals::{Order, Totals};
use crate::api::{DaemonSet, EcoString, sort};
use crate::cluster::Map;
use std::fmt;
use std::rc::Rc;

/// What a rolling update did, and by which sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolloutTrace {
    /// It had to wait: pods were created or deleted in this sync for other reasons, and first that is to be seen.
    Postponed,
    /// The strategy is `OnDelete`: old pods stay until somebody deletes them.
    OnDelete {
        /// Nodes with an old pod.
        outdated: i32,
    },
    /// Without surge.
    Unavailable(UnavailableBudget),
    /// With surge.
    Surge(SurgeBudget),
    /// It could not go on.
    Failed(RolloutError),
}

/// The sums of an update within `maxUnavailable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnavailableBudget {
    /// `maxUnavailable`.
    pub bound: Bound,
    /// Nodes without an available pod, those with an unavailable old pod included.
    pub unavailable: i32,
    /// Old pods that are unavailable anyway: deleted without using the budget.
    pub replacements: i32,
    /// What is left for available old pods.
    pub left: i32,
    /// Nodes with an available old pod, of which any could have been taken.
    pub candidates: i32,
    /// Of these, the nodes whose pod is deleted.
    pub taken: i32,
    /// In which order they were taken.
    pub order: Order,
}

/// The sums of an update within `maxSurge`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurgeBudget {
    /// `maxSurge`.
    pub bound: Bound,
    /// Nodes that have an old pod and a new one that is not available yet.
    pub surging: i32,
    /// Nodes with an unavailable old pod: these get a new pod without using the budget.
    pub replacements: i32,
    /// What is left for nodes with an available old pod.
    pub left: i32,
    /// Nodes with an available old pod, of which any could have been taken.
    pub candidates: i32,
    /// Of these, the nodes that get a new pod.
    pub taken: i32,
    /// Nodes with an available pod, whether they should run one or not.
    pub available: i32,
    /// Nodes that should no longer run a pod and have an available old one.
    pub sunset: i32,
    /// Of these, the nodes whose pod goes, because more pods are available than desired.
    pub sunset_taken: i32,
    /// In which order they were taken.
    pub order: Order,
}

/// Why a rolling update could not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolloutError {
    /// An old pod is left on a node that is gone.
    NodeGone(EcoString),
    /// A bound cannot be read.
    BadBound(BadBound),
}

/// The controller's own words.
impl fmt::Display for RolloutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RolloutError::NodeGone(node) => {
                write!(f, "couldn't get node for nodeName {node:?}: node {node:?} not found")
            }
            RolloutError::BadBound(error) => error.fmt(f),
        }
    }
}

/// What is to be done, and why.
pub struct RolloutPlan {
    /// Old pods that go.
    pub deletes: Vec<PlannedDelete>,
    /// Nodes that get a new pod beside the old one.
    pub creates: Vec<PlannedCreate>,
    /// By which sums.
    pub trace: RolloutTrace,
}

/// Decides what the update strategy does next.
pub fn plan(
    set: &DaemonSet,
    entries: &Map<EcoString, Rc<NodeEntry>>,
    totals: &Totals,
    order: Order,
) -> RolloutPlan {
    let nothing = |trace| RolloutPlan { deletes: Vec::new(), creates: Vec::new(), trace };
    if set.spec.update_strategy.type_ != ROLLING_UPDATE {
        let outdated = totals.size(|class| matches!(class, Class::Old { .. } | Class::Both { .. }));
        return nothing(RolloutTrace::OnDelete { outdated });
    }
    let desired = totals.counts.desired;
    let planned = match bounds::budget(set, desired) {
        Err(error) => Err(RolloutError::BadBound(error)),
        Ok(Budget::Unavailable(bound)) => Ok(within_unavailable(bound, entries, totals, order)),
        Ok(Budget::Surge(bound)) => within_surge(bound, entries, totals, order),
    };
    planned.unwrap_or_else(|error| nothing(RolloutTrace::Failed(error)))
}

fn within_unavailable(
    bound: Bound,
    entries: &Map<EcoString, Rc<NodeEntry>>,
    totals: &Totals,
    order: Order,
) -> RolloutPlan {
    let unavailable_old = |class| matches!(class, Class::Old { available: false, .. });
    let candidate = |class| matches!(class, Class::Old { available: true, .. });
    let unavailable = totals.size(|class| match class {
        Class::Excess | Class::Empty | Class::Both { .. } => true,
        Class::New { available } | Class::Old { available, .. } => !available,
    });
    let replacements = totals.size(unavailable_old);
    let candidates = totals.size(candidate);
    let left = (bound.value - unavailable).max(0);
    let taken = left.min(candidates);
    let replaced = totals.first(size(replacements), Order::ByName, unavailable_old);
    let outdated = totals.first(size(taken), order, candidate);
    let mut deletes = old_pods(entries, replaced, DeleteReason::OutdatedUnavailable);
    deletes.extend(old_pods(entries, outdated, DeleteReason::Outdated));
    let budget = UnavailableBudget { bound, unavailable, replacements, left, candidates, taken, order };
    RolloutPlan { deletes, creates: Vec::new(), trace: RolloutTrace::Unavailable(budget) }
}

fn within_surge(
    bound: Bound,
    entries: &Map<EcoString, Rc<NodeEntry>>,
    totals: &Totals,
    order: Order,
) -> Result<RolloutPlan, RolloutError> {
    let old = |asked: bool, ground: Ground| move |class| matches!(class, Class::Old { available, on } if available == asked && on == ground);
    let gone = totals.first(1, Order::ByName, |class| matches!(class, Class::Old { on: Ground::Gone, .. }));
    if let Some(node) = gone.into_iter().next() {
        return Err(RolloutError::NodeGone(node));
    }
    let everything = usize::MAX;
    let sunset_unavailable = totals.first(everything, Order::ByName, old(false, Ground::Ineligible));
    let replaced =
        totals.first(everything, Order::ByName, |class| matches!(class, Class::Both { new: true, .. }));
    let surging = totals.size(|class| matches!(class, Class::Excess | Class::Both { new: false, .. }));
    let available = totals.size(|class| {
        matches!(
            class,
            Class::New { available: true }
                | Class::Old { available: true, .. }
                | Class::Both { old: true, .. }
        )
    });
    let sunset = totals.size(old(true, Ground::Ineligible));
    let sunset_taken = (available - totals.counts.desired).clamp(0, sunset);
    let replacements = totals.size(old(false, Ground::Eligible));
    let candidates = totals.size(old(true, Ground::Eligible));
    let left = (bound.value - surging).max(0);
    let taken = left.min(candidates);

    // Upstream meets both kinds in one walk over the nodes.
    let mut deletes = old_pods(entries, sunset_unavailable, DeleteReason::SunsetUnavailable);
    deletes.extend(old_pods(entries, replaced, DeleteReason::Replaced));
    sort::by(&mut deletes, |left, right| left.node.cmp(&right.node));
    let sunset_nodes = totals.first(size(sunset_taken), order, old(true, Ground::Ineligible));
    deletes.extend(old_pods(entries, sunset_nodes, DeleteReason::Sunset));

    let create = |reason| move |node| PlannedCreate { node, reason };
    let free = totals.first(size(replacements), Order::ByName, old(false, Ground::Eligible));
    let within = totals.first(size(taken), order, old(true, Ground::Eligible));
    let mut creates: Vec<_> = free.into_iter().map(create(CreateReason::OldUnavailable)).collect();
    creates.extend(within.into_iter().map(create(CreateReason::Surge)));
    let budget = SurgeBudget {
        bound,
        surging,
        replacements,
        left,
        candidates,
        taken,
        available,
        sunset,
        sunset_taken,
        order,
    };
    Ok(RolloutPlan { deletes, creates, trace: RolloutTrace::Surge(budget) })
}

fn size(count: i32) -> usize {
    usize::try_from(count).unwrap_or(0)
}

fn old_pods(
    entries: &Map<EcoString, Rc<NodeEntry>>,
    nodes: Vec<EcoString>,
    reason: DeleteReason,
) -> Vec<PlannedDelete> {
    let old_pod = |node: EcoString| {
        let pod = entries.get(&node)?.old_pod()?.clone();
        Some(PlannedDelete { node, pod, reason })
    };
    nodes.into_iter().filter_map(old_pod).collect()
}
