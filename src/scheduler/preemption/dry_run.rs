//! What would have to go for the pod to fit on one node.

use crate::api::{EcoString, PodDisruptionBudget, Time};
use crate::scheduler::cycle::FirstFailure;
use crate::scheduler::framework::{Rejection, Unschedulable};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;
use std::rc::Rc;

const NO_VICTIMS: Rejection =
    Rejection::unresolvable(&[Cow::Borrowed("No preemption victims found for incoming pod")]);
pub(super) const NOT_HELPFUL: Rejection =
    Rejection::unresolvable(&[Cow::Borrowed("Preemption is not helpful for scheduling")]);

/// A node that can be freed.
#[derive(Clone, PartialEq)]
pub struct Candidate {
    /// The node.
    pub node: EcoString,
    /// The node and all its pods, as they were then.
    pub info: Rc<NodeInfo>,
    /// Its pods of lower priority, in the order in which they were tried to be kept.
    pub pods: Vec<DryRunPod>,
    /// How many victims a PodDisruptionBudget would protect.
    pub violations: u32,
}

impl Candidate {
    /// The pods that would have to go, the most important first.
    pub fn victims(&self) -> Vec<&DryRunPod> {
        let mut victims: Vec<_> = self.pods.iter().filter(|pod| pod.fate == Fate::Victim).collect();
        victims.sort_by_key(|pod| pod.importance());
        victims
    }

    /// The pods that may stay.
    pub fn reprieved(&self) -> impl Iterator<Item = &DryRunPod> {
        self.pods.iter().filter(|pod| pod.fate == Fate::Reprieved)
    }
}

/// Prints what was decided, not the cluster.
impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Candidate { node, pods, violations, .. } = self;
        f.debug_struct("Candidate")
            .field("node", node)
            .field("pods", pods)
            .field("violations", violations)
            .finish()
    }
}

/// A pod of lower priority on a node that was tried.
#[derive(Clone, PartialEq)]
pub struct DryRunPod {
    /// The pod, as it was then.
    pub pod: Rc<PodInfo>,
    /// When it started; the time of the attempt where it has not yet.
    pub start: Time,
    /// A PodDisruptionBudget has no disruption left for it.
    pub is_protected: bool,
    /// What would become of it.
    pub fate: Fate,
}

/// Prints what was decided, not the pod.
impl fmt::Debug for DryRunPod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DryRunPod { pod, start, is_protected, fate } = self;
        write!(f, "{:?} {} {start:?} {is_protected} {fate:?}", pod.name, pod.priority())
    }
}

impl DryRunPod {
    /// Its name.
    pub fn name(&self) -> &EcoString {
        &self.pod.name.1
    }

    /// Its priority.
    pub fn priority(&self) -> i32 {
        self.pod.priority()
    }

    /// The smaller, the more important (`MoreImportantPod`): higher priority, then earlier start.
    fn importance(&self) -> (Reverse<i32>, Time) {
        (Reverse(self.priority()), self.start)
    }
}

/// What would become of a pod of lower priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It would have to go.
    Victim,
    /// It may stay: the pod fits beside it.
    Reprieved,
}

/// Removes all pods of lower priority and puts back as many as possible (`SelectVictimsOnNode`).
pub(super) fn dry_run(
    failed: &Unschedulable<'_, '_>,
    info: &Rc<NodeInfo>,
    budgets: &[Rc<PodDisruptionBudget>],
) -> Result<Candidate, (&'static str, Rejection)> {
    let cycle = failed.cycle;
    let lower = |pod: &&Rc<PodInfo>| pod.priority() < cycle.pod.priority();
    let mut lower: Vec<Rc<PodInfo>> = info.pods.iter().filter(lower).cloned().collect();
    if lower.is_empty() {
        return Err(("", NO_VICTIMS));
    }
    let mut node = NodeInfo::clone(info);
    let mut forks = failed.filters.fork();
    for pod in &lower {
        forks.remove_pod(pod, &mut node);
    }
    failed.filters.run_forked_with_nominated(cycle, &forks, &node)?;
    let start = |pod: &PodInfo| pod.pod.status.start_time.unwrap_or(cycle.snapshot.now);
    lower.sort_by_key(|pod| (Reverse(pod.priority()), start(pod)));
    let protected = protected(&lower, budgets);
    let mut order: Vec<usize> = (0..lower.len()).collect();
    order.sort_by_key(|at| !protected[*at]);
    let mut pods = Vec::with_capacity(lower.len());
    let mut violations = 0;
    for at in order {
        let pod = &lower[at];
        forks.add_pod(pod, &mut node);
        let fits: FirstFailure = failed.filters.run_forked_with_nominated(cycle, &forks, &node);
        let fate = if fits.is_ok() {
            Fate::Reprieved
        } else {
            forks.remove_pod(pod, &mut node);
            violations += u32::from(protected[at]);
            Fate::Victim
        };
        pods.push(DryRunPod { pod: Rc::clone(pod), start: start(pod), is_protected: protected[at], fate });
    }
    if pods.iter().all(|pod| pod.fate == Fate::Reprieved) {
        // The pod fits as things are: upstream calls that an error and passes the node over.
        let why = format!("expected at least one victim pod on node {:?}", &*node.name);
        let rejection = Rejection { reasons: Cow::Owned(vec![Cow::Owned(why)]), ..NOT_HELPFUL };
        return Err(("", rejection));
    }
    Ok(Candidate { node: node.name, info: Rc::clone(info), pods, violations })
}

/// Which of the pods, most important first, some budget has no disruption left for (`filterPodsWithPDBViolation`).
fn protected(pods: &[Rc<PodInfo>], budgets: &[Rc<PodDisruptionBudget>]) -> Vec<bool> {
    let mut left: Vec<i32> = budgets.iter().map(|budget| budget.status.disruptions_allowed).collect();
    let mut is_protected = |pod: &PodInfo| {
        let mut protected = false;
        for (budget, left) in budgets.iter().zip(&mut left) {
            if covers(budget, pod) {
                *left = left.saturating_sub(1);
                protected |= *left < 0;
            }
        }
        protected
    };
    pods.iter().map(|pod| is_protected(pod)).collect()
}

/// Whether a budget counts a pod; pods whose disruption the API server has already let through are not counted again.
fn covers(budget: &PodDisruptionBudget, pod: &PodInfo) -> bool {
    let metadata = &pod.pod.metadata;
    budget.metadata.namespace == metadata.namespace
        && !metadata.labels.is_empty()
        && !budget.status.disrupted_pods.contains_key(&metadata.name)
        && budget
            .spec
            .selector
            .as_ref()
            .is_some_and(|selector| !selector.is_empty() && selector.matches(&metadata.labels))
}
