//! What would have to go for the pod to fit on one node.

use crate::api::{PodDisruptionBudget, sort};
use crate::scheduler::framework::{FirstFailure, Rejection, Unschedulable};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use crate::scheduler::trace::{Candidate, DryRunFate, DryRunPod};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::rc::Rc;

/// The node has no pod of lower priority.
pub const NO_VICTIMS: Rejection =
    Rejection::unresolvable(&[Cow::Borrowed("No preemption victims found for incoming pod")]);
pub(super) const NOT_HELPFUL: Rejection =
    Rejection::unresolvable(&[Cow::Borrowed("Preemption is not helpful for scheduling")]);

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
    sort::by_key(&mut lower, |pod| (Reverse(pod.priority()), start(pod)));
    let protected = protected(&lower, budgets);
    let mut order: Vec<usize> = (0..lower.len()).collect();
    sort::by_key(&mut order, |at| !protected[*at]);
    let mut pods = Vec::with_capacity(lower.len());
    let mut violations = 0;
    for at in order {
        let pod = &lower[at];
        forks.add_pod(pod, &mut node);
        let fits: FirstFailure = failed.filters.run_forked_with_nominated(cycle, &forks, &node);
        let fate = if fits.is_ok() {
            DryRunFate::Reprieved
        } else {
            forks.remove_pod(pod, &mut node);
            violations += u32::from(protected[at]);
            DryRunFate::Victim
        };
        pods.push(DryRunPod { pod: Rc::clone(pod), start: start(pod), is_protected: protected[at], fate });
    }
    if pods.iter().all(|pod| pod.fate == DryRunFate::Reprieved) {
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
