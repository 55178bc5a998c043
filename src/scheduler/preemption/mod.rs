//! Making room for a pod by deleting pods of lower priority. Upstream: `framework/preemption/preemption.go`,
//! `plugins/defaultpreemption/default_preemption.go`.
//!
//! Decides only: the scheduler writes what is decided here ([`writes`]).

mod choice;
mod dry_run;
mod write;

pub use dry_run::NO_VICTIMS;
pub use write::writes;

use super::framework::{Nomination, PostFilterFailure, PostFiltered, Unschedulable, is_preempted, pick};
use super::trace::{Candidate, NodeVerdict, Preempted, Verdicts};
use crate::api::{Kind, Object, PodDisruptionBudget, sort};
use std::rc::Rc;

/// The least share of the potential nodes that are tried, in percent (`minCandidateNodesPercentage`).
const MIN_CANDIDATES_PERCENTAGE: usize = 10;
/// The least number of potential nodes that are tried (`minCandidateNodesAbsolute`).
const MIN_CANDIDATES: usize = 100;

const NEVER: &str = "not eligible due to preemptionPolicy=Never.";
const TERMINATING: &str = "not eligible due to a terminating pod on the nominated node.";

/// Finds out where room can be made (`Evaluator.Preempt`).
pub fn preempt(failed: &Unschedulable<'_, '_>) -> PostFiltered {
    if let Some(why) = not_eligible(failed) {
        return PostFiltered {
            nomination: Nomination::Keep,
            failure: Some(PostFilterFailure::Unschedulable(format!("preemption: {why}"))),
            preemption: Some(Rc::new(Preempted::not_eligible(why))),
        };
    }
    let nodes = failed.cycle.snapshot.cache.nodes();
    let potential: Vec<u32> = failed
        .verdicts
        .runs()
        .filter(|(_, verdict)| verdict.is_preemptible())
        .flat_map(|(positions, _)| positions.start as u32..positions.end as u32)
        .collect();
    let enough = (potential.len() * MIN_CANDIDATES_PERCENTAGE / 100).max(MIN_CANDIDATES).min(potential.len());
    let offset = pick(failed.chance, potential.len());
    let budgets = budgets(failed);
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut rejected = Vec::new();
    let mut has_lawful = false;
    for position in potential[offset..].iter().chain(&potential[..offset]) {
        match dry_run::dry_run(failed, &nodes[*position as usize], &budgets) {
            Ok(candidate) => {
                has_lawful |= candidate.violations == 0;
                candidates.push(candidate);
                if has_lawful && candidates.len() >= enough {
                    break;
                }
            }
            Err((plugin, rejection)) => {
                rejected.push((*position, NodeVerdict::Rejected { plugin, rejection }));
            }
        }
    }
    sort::by_key(&mut rejected, |(position, _)| *position);
    let choice = choice::choose(&candidates, failed.chance);
    let (nomination, failure) = match &choice {
        Some(choice) => (Nomination::Set(choice.node.clone()), None),
        None => (Nomination::Clear, Some(no_candidate(nodes.len(), &rejected))),
    };
    let preemption = Preempted {
        not_eligible: None,
        potential: potential.len() as u32,
        candidates,
        rejected: Verdicts::sparse(nodes.len(), &rejected, NodeVerdict::NotTried),
        choice,
    };
    PostFiltered { nomination, failure, preemption: Some(Rc::new(preemption)) }
}

/// The dry run's verdicts in the words of a fit error; nodes that were not tried could not be helped.
fn no_candidate(nodes: usize, rejected: &[(u32, NodeVerdict)]) -> PostFilterFailure {
    let not_helpful = NodeVerdict::Rejected { plugin: "", rejection: dry_run::NOT_HELPFUL };
    let verdicts = Verdicts::sparse(nodes, rejected, not_helpful);
    let text = super::diagnosis::fit_error(&verdicts, None, "");
    PostFilterFailure::Unschedulable(format!("preemption: {text}"))
}

/// Why the pod may not preempt (`PodEligibleToPreemptOthers`): its policy, or victims of its last preemption are
/// still ending.
fn not_eligible(failed: &Unschedulable<'_, '_>) -> Option<&'static str> {
    let pod = failed.cycle.pod;
    if pod.pod.spec.preemption_policy.as_deref() == Some("Never") {
        return Some(NEVER);
    }
    let node = failed.cycle.snapshot.cache.node(&pod.pod.status.nominated_node_name)?;
    let verdict = failed.verdicts.get(node.position as usize)?;
    if verdict.rejection().is_some() && !verdict.is_preemptible() {
        return None;
    }
    let is_waited_for = |other: &&Rc<super::node_info::PodInfo>| {
        other.priority() < pod.priority() && is_preempted(&other.pod)
    };
    node.pods.iter().find(is_waited_for).map(|_| TERMINATING)
}

fn budgets(failed: &Unschedulable<'_, '_>) -> Vec<Rc<PodDisruptionBudget>> {
    let stored = failed.cycle.snapshot.world.of_kind(&Kind::PodDisruptionBudget);
    let budget = |object: &Object| match object {
        Object::PodDisruptionBudget(budget) => Some(Rc::clone(budget)),
        _ => None,
    };
    stored.filter_map(budget).collect()
}
