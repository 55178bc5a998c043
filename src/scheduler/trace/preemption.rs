//! How room was to be made for a pod.

use super::verdicts::Verdicts;
use crate::api::{EcoString, Time, sort};
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::cmp::Reverse;
use std::fmt;
use std::rc::Rc;

/// How room was to be made for a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Preempted {
    /// Why the pod may not preempt at all.
    pub not_eligible: Option<&'static str>,
    /// Nodes on which removing pods may help.
    pub potential: u32,
    /// Nodes that can be freed, in the order in which they were tried.
    pub candidates: Vec<Candidate>,
    /// What the dry run said of each node that cannot be freed; [`NodeVerdict::NotTried`] for all others.
    pub rejected: Verdicts,
    /// Which of the candidates, and by what.
    pub choice: Option<Choice>,
}

impl Preempted {
    /// A pod that may not preempt.
    pub fn not_eligible(why: &'static str) -> Self {
        Preempted {
            not_eligible: Some(why),
            potential: 0,
            candidates: Vec::new(),
            rejected: Verdicts::default(),
            choice: None,
        }
    }

    /// The candidate that was chosen.
    pub fn chosen(&self) -> Option<&Candidate> {
        let choice = self.choice.as_ref()?;
        self.candidates.iter().find(|candidate| candidate.node == choice.node)
    }
}

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
        let mut victims: Vec<_> = self.pods.iter().filter(|pod| pod.fate == DryRunFate::Victim).collect();
        sort::by_key(&mut victims, |pod| pod.importance());
        victims
    }

    /// The pods that may stay.
    pub fn reprieved(&self) -> impl Iterator<Item = &DryRunPod> {
        self.pods.iter().filter(|pod| pod.fate == DryRunFate::Reprieved)
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
    pub fate: DryRunFate,
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
pub enum DryRunFate {
    /// It would have to go.
    Victim,
    /// It may stay: the pod fits beside it.
    Reprieved,
}

/// What candidates are compared by, in order (`pickOneNodeForPreemption`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Criterion {
    /// There was one candidate.
    OnlyOne,
    /// Fewest victims that a PodDisruptionBudget protects.
    FewestViolations,
    /// The lowest highest priority of a victim.
    LowestHighestPriority,
    /// The smallest sum of the victims' priorities, each raised by 2^31.
    SmallestPrioritySum,
    /// Fewest victims.
    FewestVictims,
    /// The latest start of the earliest victim of the highest priority.
    LatestStart,
    /// All were equal: by chance.
    Chance,
}

impl Criterion {
    /// Those that compare, in order.
    pub const COMPARING: [Criterion; 5] = [
        Criterion::FewestViolations,
        Criterion::LowestHighestPriority,
        Criterion::SmallestPrioritySum,
        Criterion::FewestVictims,
        Criterion::LatestStart,
    ];

    /// What a candidate comes to; the lowest is taken, except the latest start.
    pub fn value(self, candidate: &Candidate) -> i64 {
        let victims = || candidate.pods.iter().filter(|pod| pod.fate == DryRunFate::Victim);
        let highest = || victims().map(|victim| victim.priority()).max().unwrap_or(0);
        match self {
            Criterion::FewestViolations => i64::from(candidate.violations),
            Criterion::LowestHighestPriority => i64::from(highest()),
            Criterion::SmallestPrioritySum => {
                victims().map(|victim| i64::from(victim.priority()) + (1 << 31)).sum()
            }
            Criterion::FewestVictims => victims().count() as i64,
            Criterion::LatestStart => {
                let highest = highest();
                let of_highest = victims().filter(|victim| victim.priority() == highest);
                of_highest.map(|victim| victim.start.millis()).min().unwrap_or(0)
            }
            Criterion::OnlyOne | Criterion::Chance => 0,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Criterion::OnlyOne => "the only candidate",
            Criterion::FewestViolations => "fewest PodDisruptionBudget violations",
            Criterion::LowestHighestPriority => "lowest highest victim priority",
            Criterion::SmallestPrioritySum => "smallest sum of victim priorities",
            Criterion::FewestVictims => "fewest victims",
            Criterion::LatestStart => "latest start of a victim",
            Criterion::Chance => "chance among equals",
        }
    }
}

/// The node that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The node.
    pub node: EcoString,
    /// What decided.
    pub by: Criterion,
    /// The candidates that were left before the decision, by node, this one included.
    pub among: Vec<EcoString>,
}
