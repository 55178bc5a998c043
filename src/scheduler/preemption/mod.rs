//! Which pods to evict so that another fits. Upstream: `pkg/scheduler/framework/preemption/preemption.go`,
//! `plugins/defaultpreemption/default_preemption.go`.

use super::cycle::pick;
use super::framework::{Code, Unschedulable, is_preempted};
use super::{NodeInfo, NodeVerdict, PodInfo};
use crate::api::{Kind, Object, ObjectKey, PodDisruptionBudget, Time};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How room was to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preempted {
    /// Nodes on which evicting some pods would do.
    pub candidates: Vec<Candidate>,
    /// Nodes that cannot be freed, and why.
    pub rejected: Vec<(Rc<str>, Vec<String>)>,
    /// The chosen node.
    pub nominated: Option<Rc<str>>,
    /// By what the choice fell.
    pub decided_by: Criterion,
    /// Why there is no candidate, in upstream's words; empty where there is one.
    pub message: String,
}

/// A node on which evicting some pods would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The node.
    pub node: Rc<str>,
    /// Who would go, most important first.
    pub victims: Vec<Victim>,
    /// Pods of lower priority that may stay after all.
    pub reprieved: Vec<ObjectKey>,
    /// How many evictions would break a budget.
    pub pdb_violations: u32,
}

/// A pod that would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Victim {
    /// The pod.
    pub pod: ObjectKey,
    /// Its priority.
    pub priority: i32,
    /// When it started.
    pub started: Option<Time>,
}

/// What the choice among candidates fell by (`pickOneNodeForPreemption`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// There was no choice.
    OnlyOne,
    /// Fewest broken budgets.
    PdbViolations,
    /// The lowest highest priority of a victim.
    HighestPriority,
    /// The smallest sum of priorities.
    SumOfPriorities,
    /// Fewest victims.
    VictimCount,
    /// The latest start of the earliest victim of the highest priority.
    StartTime,
    /// They are equal: chance.
    Chance,
}

/// Whether the pod may preempt at all (`PodEligibleToPreemptOthers`).
///
/// # Errors
/// Upstream's reason why it may not.
pub fn eligible(failed: &Unschedulable<'_, '_>) -> Result<(), &'static str> {
    let pod = &failed.cycle.pod.pod;
    if pod.spec.preemption_policy.as_deref() == Some("Never") {
        return Err("not eligible due to preemptionPolicy=Never.");
    }
    let cache = failed.cycle.snapshot.cache;
    let Some(node) = cache.node(&pod.status.nominated_node_name) else { return Ok(()) };
    let unresolvable = failed
        .verdicts
        .get(node.position as usize)
        .and_then(NodeVerdict::rejection)
        .is_some_and(|rejection| rejection.code == Code::UnschedulableAndUnresolvable);
    let leaving = |info: &Rc<PodInfo>| is_preempted(&info.pod) && info.priority() < pod.priority();
    if !unresolvable && node.pods.iter().any(leaving) {
        return Err("not eligible due to a terminating pod on the nominated node.");
    }
    Ok(())
}

/// Tries each node where evicting may help, and chooses the one where it does the least harm.
pub fn preempt(failed: &Unschedulable<'_, '_>) -> Preempted {
    let cache = failed.cycle.snapshot.cache;
    let budgets: Vec<Rc<PodDisruptionBudget>> = failed
        .cycle
        .snapshot
        .world
        .of_kind(&Kind::PodDisruptionBudget)
        .filter_map(|object| match object {
            Object::PodDisruptionBudget(budget) => Some(Rc::clone(budget)),
            _ => None,
        })
        .collect();
    let (mut candidates, mut rejected) = (Vec::new(), Vec::new());
    let mut not_helpful = 0;
    for (node, verdict) in cache.nodes().iter().zip(failed.verdicts.iter()) {
        if !verdict.is_preemptible() {
            not_helpful += 1;
            continue;
        }
        match dry_run(failed, node, &budgets) {
            Ok(candidate) => candidates.push(candidate),
            Err(reasons) => rejected.push((Rc::clone(&node.name), reasons)),
        }
    }
    let message = if candidates.is_empty() {
        no_candidates(cache.nodes().len(), &rejected, not_helpful)
    } else {
        String::new()
    };
    let (chosen, decided_by) = choose(&candidates, failed.cycle.snapshot.now, failed.chance);
    let nominated = chosen.and_then(|at| candidates.get(at)).map(|candidate| Rc::clone(&candidate.node));
    Preempted { candidates, rejected, nominated, decided_by, message }
}

fn no_candidates(nodes: usize, rejected: &[(Rc<str>, Vec<String>)], not_helpful: usize) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    if not_helpful > 0 {
        counts.insert("Preemption is not helpful for scheduling", not_helpful);
    }
    for reason in rejected.iter().flat_map(|(_, reasons)| reasons) {
        *counts.entry(reason).or_default() += 1;
    }
    let mut reasons: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    reasons.sort();
    format!("0/{nodes} nodes are available: {}.", reasons.join(", "))
}

/// Removes in thought all pods of lower priority, then puts back as many as may stay (`SelectVictimsOnNode`).
fn dry_run(
    failed: &Unschedulable<'_, '_>,
    node: &Rc<NodeInfo>,
    budgets: &[Rc<PodDisruptionBudget>],
) -> Result<Candidate, Vec<String>> {
    let (cycle, filters) = (failed.cycle, failed.filters);
    let mut trial = NodeInfo::clone(node);
    let mut forks = filters.fork();
    let mut lower: Vec<Rc<PodInfo>> =
        node.pods.iter().filter(|pod| pod.priority() < cycle.pod.priority()).cloned().collect();
    if lower.is_empty() {
        return Err(vec!["No preemption victims found for incoming pod".into()]);
    }
    for pod in &lower {
        forks.remove_pod(pod, &mut trial);
    }
    filters.run_forked_with_nominated(cycle, &forks, &trial).map_err(|(_, rejection)| {
        rejection.reasons.iter().map(|reason| reason.to_string()).collect::<Vec<_>>()
    })?;
    let now = cycle.snapshot.now;
    lower.sort_by_key(|pod| (Reverse(pod.priority()), pod.pod.status.start_time.unwrap_or(now)));
    let (violating, others) = split_by_budgets(lower, budgets);
    let (mut victims, mut reprieved, mut pdb_violations) = (Vec::new(), Vec::new(), 0);
    let groups =
        violating.into_iter().map(|pod| (pod, true)).chain(others.into_iter().map(|pod| (pod, false)));
    for (pod, violates) in groups {
        forks.add_pod(&pod, &mut trial);
        let key = ObjectKey::pod(&pod.name.0, &pod.name.1);
        if filters.run_forked_with_nominated(cycle, &forks, &trial).is_ok() {
            reprieved.push(key);
            continue;
        }
        forks.remove_pod(&pod, &mut trial);
        pdb_violations += u32::from(violates);
        victims.push(Victim { pod: key, priority: pod.priority(), started: pod.pod.status.start_time });
    }
    victims.sort_by_key(|victim| (Reverse(victim.priority), victim.started.unwrap_or(now)));
    Ok(Candidate { node: Rc::clone(&node.name), victims, reprieved, pdb_violations })
}

type Pods = Vec<Rc<PodInfo>>;

/// The pods whose eviction would break a budget, and the others (`filterPodsWithPDBViolation`).
fn split_by_budgets(pods: Pods, budgets: &[Rc<PodDisruptionBudget>]) -> (Pods, Pods) {
    let mut left: Vec<i32> = budgets.iter().map(|budget| budget.status.disruptions_allowed).collect();
    pods.into_iter().partition(|info| {
        let pod = &info.pod;
        let mut violates = false;
        for (budget, left) in budgets.iter().zip(&mut left) {
            let selector = budget.spec.selector.as_ref().filter(|selector| !selector.is_empty());
            let counts = budget.metadata.namespace == pod.metadata.namespace
                && !pod.metadata.labels.is_empty()
                && selector.is_some_and(|selector| selector.matches(&pod.metadata.labels));
            // A pod that is being disrupted was counted when that began.
            if !counts || budget.status.disrupted_pods.contains_key(&pod.metadata.name) {
                continue;
            }
            *left -= 1;
            violates |= *left < 0;
        }
        violates
    })
}

/// The candidate that does the least harm, and by what it was found.
fn choose(candidates: &[Candidate], now: Time, chance: u64) -> (Option<usize>, Criterion) {
    let highest =
        |candidate: &Candidate| candidate.victims.first().map_or(i32::MIN, |victim| victim.priority);
    let sum = |candidate: &Candidate| {
        candidate.victims.iter().map(|victim| i64::from(victim.priority) + (1 << 31)).sum::<i64>()
    };
    let earliest = |candidate: &Candidate| {
        let top = candidate.victims.iter().filter(|victim| victim.priority == highest(candidate));
        top.map(|victim| victim.started.unwrap_or(now)).min().unwrap_or(now)
    };
    type Key<'a> = &'a dyn Fn(&Candidate) -> i64;
    let criteria: [(Criterion, Key<'_>); 5] = [
        (Criterion::PdbViolations, &|candidate| i64::from(candidate.pdb_violations)),
        (Criterion::HighestPriority, &|candidate| i64::from(highest(candidate))),
        (Criterion::SumOfPriorities, &sum),
        (Criterion::VictimCount, &|candidate| candidate.victims.len() as i64),
        (Criterion::StartTime, &|candidate| -earliest(candidate).0),
    ];
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    if left.len() <= 1 {
        return (left.first().copied(), Criterion::OnlyOne);
    }
    for (criterion, key) in criteria {
        let best = left.iter().map(|at| key(&candidates[*at])).min();
        left.retain(|at| Some(key(&candidates[*at])) == best);
        if left.len() == 1 {
            return (left.first().copied(), criterion);
        }
    }
    (left.get(pick(chance, left.len())).copied(), Criterion::Chance)
}
