//! Why the scheduler decided as it did: one record an attempt, as data, failures included.
//!
//! Kept small, for there is one a step: nodes that share a verdict share its text, and rows of nodes are stored as
//! runs over one list of names.

use super::PodInfo;
use super::framework::{Code, EventKind, Nomination, Rejection};
use super::preemption::Preempted;
use crate::api::{EcoString, ObjectKey, Time};
use crate::cluster::{Because, StableHash};
use std::rc::Rc;

/// The nodes' names in the order in which they were tried; shared by the traces of a while.
pub type NodeNames = Rc<[EcoString]>;

/// What came of one look of the scheduler.
#[derive(Clone, Debug, PartialEq)]
pub enum SchedulerTrace {
    /// A pod was tried.
    Attempt(Rc<SchedulingTrace>),
    /// A pod was being deleted, so it was not tried (`skipPodSchedule`).
    Skipped {
        /// The pod.
        pod: ObjectKey,
    },
    /// No pod is due.
    Idle,
}

impl SchedulerTrace {
    /// The attempt, if there was one.
    pub fn attempt(&self) -> Option<&Rc<SchedulingTrace>> {
        if let SchedulerTrace::Attempt(trace) = self { Some(trace) } else { None }
    }
}

/// One attempt to schedule one pod.
#[derive(Clone, Debug, PartialEq)]
pub struct SchedulingTrace {
    /// The pod.
    pub pod: ObjectKey,
    /// The same as it was then.
    pub info: Rc<PodInfo>,
    /// `spec.schedulerName`: the profile that was used.
    pub profile: EcoString,
    /// How the pod came to be tried now.
    pub queue: QueueTrace,
    /// All nodes.
    pub nodes: NodeNames,
    /// What each PreFilter plugin said, in order.
    pub pre_filter: Vec<PreFiltered>,
    /// The nominated node was tried before all others; whether it was possible.
    pub nominated_node: Option<(EcoString, bool)>,
    /// What Filter said of each node.
    pub verdicts: Verdicts,
    /// How the possible nodes were ranked.
    pub scores: Scoring,
    /// What came of it.
    pub result: SchedulingResult,
    /// How room was to be made.
    pub preemption: Option<Rc<Preempted>>,
}

/// How a pod came to be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueTrace {
    /// Counts the attempts, from 1.
    pub attempt: u32,
    /// When it came into the queue (again).
    pub queued_at: Time,
    /// What brought it there.
    pub woken: Woken,
    /// The step that did, or that set the time.
    pub because: Because,
    /// Until when it was held back after its last attempt.
    pub backed_off_until: Option<Time>,
}

impl QueueTrace {
    /// Of a pod's first attempt.
    pub fn first(queued_at: Time) -> Self {
        QueueTrace {
            attempt: 1,
            queued_at,
            woken: Woken::Arrived,
            because: Because::Change(0),
            backed_off_until: None,
        }
    }
}

/// What brought a pod into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Woken {
    /// It is new, or its scheduling gates are gone.
    Arrived,
    /// A change that may help it.
    Event {
        /// What kind of change.
        kind: EventKind,
        /// What changed.
        object: ObjectKey,
        /// In words, to follow the object's name: `lost taint gpu=true:NoSchedule`.
        what: EcoString,
        /// The plugin that had rejected the pod and said that the change may help; empty where the pod had found no
        /// node at all.
        plugin: &'static str,
    },
    /// It had waited for 5 minutes (`UnschedulableTimeout`).
    Timeout,
    /// Its last attempt failed for a reason of the cluster's, not of the pod's.
    Retry,
}

/// What one PreFilter plugin said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreFiltered {
    /// The plugin.
    pub plugin: &'static str,
    /// Its answer.
    pub outcome: PreFilterOutcome,
}

/// The answer of a PreFilter plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreFilterOutcome {
    /// The pod gives it nothing to check.
    Skipped,
    /// Nodes are to be checked.
    Passed,
    /// Only these nodes are to be checked, sorted.
    Restricted(Rc<[EcoString]>),
    /// No node can do.
    Rejected(Rejection),
}

/// What Filter says of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeVerdict {
    /// All plugins passed it.
    Feasible,
    /// A plugin rejected it; those before it in order passed it, those after it were not asked.
    Rejected {
        /// The plugin; empty where the node lies outside what PreFilter allows.
        plugin: &'static str,
        /// Its answer.
        rejection: Rejection,
    },
    /// It was not looked at: enough nodes were found before, or the nominated node did.
    NotTried,
}

impl NodeVerdict {
    /// The rejection, if it is one.
    pub fn rejection(&self) -> Option<&Rejection> {
        if let NodeVerdict::Rejected { rejection, .. } = self { Some(rejection) } else { None }
    }

    /// Whether removing pods may help.
    pub fn is_preemptible(&self) -> bool {
        self.rejection().is_some_and(|rejection| rejection.code == Code::Unschedulable)
    }
}

/// A verdict for each position of the node order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    groups: Vec<NodeVerdict>,
    /// First position and group; up to the next run's first position.
    runs: Vec<(u32, u16)>,
    len: u32,
}

impl Verdicts {
    /// One verdict for all nodes.
    pub fn all(len: usize, verdict: NodeVerdict) -> Self {
        Verdicts { groups: vec![verdict], runs: vec![(0, 0)], len: len as u32 }
    }

    /// Builds from verdicts in the order of the nodes.
    pub fn collect(verdicts: impl Iterator<Item = NodeVerdict>) -> Self {
        let mut built = Verdicts::default();
        for verdict in verdicts {
            built.push(verdict);
        }
        built
    }

    /// Verdicts of some nodes (by rising position), the rest sharing one.
    pub fn sparse(len: usize, some: &[(u32, NodeVerdict)], rest: NodeVerdict) -> Self {
        let mut built = Verdicts { groups: vec![rest], runs: Vec::new(), len: 0 };
        for (position, verdict) in some {
            if built.len < *position {
                built.begin_run(0);
                built.len = *position;
            }
            built.push(verdict.clone());
        }
        if (built.len as usize) < len {
            built.begin_run(0);
            built.len = len as u32;
        }
        built
    }

    /// Appends the verdict on the next node.
    pub fn push(&mut self, verdict: NodeVerdict) {
        // Most nodes share the verdict of the node before them.
        if let Some((_, last)) = self.runs.last()
            && self.groups[usize::from(*last)] == verdict
        {
            self.len += 1;
            return;
        }
        let group = self.group(verdict);
        self.begin_run(group);
        self.len += 1;
    }

    /// Appends one verdict up to a number of nodes.
    pub fn fill(&mut self, len: usize, verdict: NodeVerdict) {
        if self.len() < len {
            let group = self.group(verdict);
            self.begin_run(group);
            self.len = len as u32;
        }
    }

    /// Appends the verdicts on further nodes.
    pub fn append(&mut self, other: &Verdicts) {
        for (positions, verdict) in other.runs() {
            self.fill(self.len() + positions.len(), verdict.clone());
        }
    }

    fn group(&mut self, verdict: NodeVerdict) -> u16 {
        let known = self.groups.iter().position(|known| *known == verdict);
        let at = known.unwrap_or_else(|| {
            self.groups.push(verdict);
            self.groups.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    fn begin_run(&mut self, group: u16) {
        if self.runs.last().is_none_or(|(_, last)| *last != group) {
            self.runs.push((self.len, group));
        }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The verdict on the node at a position.
    pub fn get(&self, position: usize) -> Option<&NodeVerdict> {
        let position = u32::try_from(position).ok().filter(|position| *position < self.len)?;
        let run = self.runs.partition_point(|(first, _)| *first <= position).checked_sub(1)?;
        self.groups.get(usize::from(self.runs[run].1))
    }

    /// The verdicts with the positions that share them: first and one past the last.
    pub fn runs(&self) -> impl Iterator<Item = (std::ops::Range<usize>, &NodeVerdict)> {
        self.runs.iter().enumerate().map(|(at, (first, group))| {
            let end = self.runs.get(at + 1).map_or(self.len, |(next, _)| *next);
            (*first as usize..end as usize, &self.groups[usize::from(*group)])
        })
    }

    /// The verdict on each node, by position.
    pub fn iter(&self) -> impl Iterator<Item = &NodeVerdict> {
        self.runs().flat_map(|(positions, verdict)| positions.map(move |_| verdict))
    }

    /// How many nodes share each verdict.
    pub fn counts(&self) -> Vec<(&NodeVerdict, usize)> {
        let mut counts = vec![0; self.groups.len()];
        for (at, (first, group)) in self.runs.iter().enumerate() {
            let end = self.runs.get(at + 1).map_or(self.len, |(next, _)| *next);
            counts[usize::from(*group)] += (end - first) as usize;
        }
        self.groups.iter().zip(counts).filter(|(_, count)| *count > 0).collect()
    }
}

/// Some positions of the node order, as runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions(Vec<(u32, u32)>);

impl Positions {
    /// Appends a position.
    pub fn push(&mut self, position: u32) {
        match self.0.last_mut() {
            Some((first, len)) if *first + *len == position => *len += 1,
            _ => self.0.push((position, 1)),
        }
    }

    /// The positions in order of appending.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().flat_map(|(first, len)| *first as usize..(*first + *len) as usize)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|(_, len)| *len as usize).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the how-manieth a position was appended.
    fn rank(&self, position: usize) -> Option<usize> {
        let mut before = 0;
        for (first, len) in &self.0 {
            let (first, len) = (*first as usize, *len as usize);
            if (first..first + len).contains(&position) {
                return Some(before + position - first);
            }
            before += len;
        }
        None
    }
}

impl FromIterator<u32> for Positions {
    fn from_iter<T: IntoIterator<Item = u32>>(positions: T) -> Self {
        let mut built = Positions::default();
        for position in positions {
            built.push(position);
        }
        built
    }
}

/// A row of numbers, small ones in little room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers(Store);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Store {
    Same(i64),
    Bytes(Box<[u8]>),
    Words(Box<[i64]>),
}

impl Numbers {
    /// Stores a row.
    pub fn new(numbers: &[i64]) -> Self {
        let first = numbers.first().copied().unwrap_or(0);
        Numbers(if numbers.iter().all(|number| *number == first) {
            Store::Same(first)
        } else if numbers.iter().all(|number| (0..=255).contains(number)) {
            Store::Bytes(numbers.iter().map(|number| *number as u8).collect())
        } else {
            Store::Words(numbers.into())
        })
    }

    /// The number at a place.
    pub fn get(&self, at: usize) -> i64 {
        match &self.0 {
            Store::Same(number) => *number,
            Store::Bytes(numbers) => numbers.get(at).copied().map_or(0, i64::from),
            Store::Words(numbers) => numbers.get(at).copied().unwrap_or(0),
        }
    }
}

/// Whether and how the possible nodes were ranked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scoring {
    /// No node was possible.
    NothingToRank,
    /// One node was possible: there was nothing to rank, and no plugin was asked.
    OneNode,
    /// The plugins gave scores.
    Ranked(ScoreTable),
}

/// Scores of the possible nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreTable {
    /// The possible nodes, in the order in which they were found.
    pub nodes: Positions,
    /// A column a plugin.
    pub columns: Vec<ScoreColumn>,
    /// Plugins that had nothing to rank by.
    pub skipped: Vec<&'static str>,
    /// The nodes with the highest total; more than one is a tie.
    pub best: Positions,
    /// The highest total.
    pub best_total: i64,
}

/// What one plugin gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreColumn {
    /// The plugin.
    pub plugin: &'static str,
    /// Its weight.
    pub weight: i64,
    /// Before normalising.
    pub raw: Numbers,
    /// After normalising, 0 to 100.
    pub normalized: Numbers,
}

/// One plugin's score of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// The plugin.
    pub plugin: &'static str,
    /// Before normalising.
    pub raw: i64,
    /// After normalising, 0 to 100.
    pub normalized: i64,
    /// By what it is multiplied.
    pub weight: i64,
}

impl Score {
    /// What it adds to the node's total.
    pub fn weighted(&self) -> i64 {
        self.normalized * self.weight
    }
}

impl ScoreTable {
    /// The scores of a node, by its position.
    pub fn row(&self, position: usize) -> Option<Vec<Score>> {
        let rank = self.nodes.rank(position)?;
        let score = |column: &ScoreColumn| Score {
            plugin: column.plugin,
            raw: column.raw.get(rank),
            normalized: column.normalized.get(rank),
            weight: column.weight,
        };
        Some(self.columns.iter().map(score).collect())
    }
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchedulingResult {
    /// The pod is to be bound to this node.
    Scheduled {
        /// The node.
        node: EcoString,
    },
    /// No node was possible.
    Unschedulable {
        /// The text of the condition PodScheduled.
        message: EcoString,
        /// What becomes of the nominated node.
        nomination: Nomination,
        /// The plugins that rejected a node or the pod, in registry order: changes that they care for may help.
        rejected_by: Vec<&'static str>,
        /// What PostFilter said; empty where room can be made.
        post_filter: EcoString,
    },
    /// A plugin could not do its work; the pod is tried again.
    Error {
        /// The text of the condition PodScheduled.
        message: EcoString,
    },
}

impl SchedulingTrace {
    /// The pod's identity: another pod of the name has another.
    pub fn uid(&self) -> &str {
        &self.info.pod.metadata.uid
    }

    /// The position of a node.
    pub fn position(&self, node: &str) -> Option<usize> {
        self.nodes.iter().position(|name| &**name == node)
    }

    /// What Filter said of a node.
    pub fn verdict(&self, node: &str) -> Option<&NodeVerdict> {
        self.verdicts.get(self.position(node)?)
    }

    /// The plugins that passed a node before one rejected it, in order: all that checked the pod if none did.
    pub fn passed(&self, node: &str) -> Vec<&'static str> {
        let checked = self
            .pre_filter
            .iter()
            .filter(|said| matches!(said.outcome, PreFilterOutcome::Passed | PreFilterOutcome::Restricted(_)))
            .map(|said| said.plugin);
        match self.verdict(node) {
            Some(NodeVerdict::Feasible) => checked.collect(),
            Some(NodeVerdict::Rejected { plugin, .. }) if !plugin.is_empty() => {
                checked.take_while(|name| name != plugin).collect()
            }
            _ => Vec::new(),
        }
    }

    /// All nodes with their verdicts, in order.
    pub fn node_verdicts(&self) -> impl Iterator<Item = (&EcoString, &NodeVerdict)> {
        self.nodes.iter().zip(self.verdicts.iter())
    }

    /// The nodes that all plugins passed, in order.
    pub fn feasible(&self) -> impl Iterator<Item = &EcoString> {
        self.node_verdicts().filter(|(_, verdict)| **verdict == NodeVerdict::Feasible).map(|(name, _)| name)
    }

    /// The scores of a node, a plugin each; None where it was not ranked.
    pub fn scores(&self, node: &str) -> Option<Vec<Score>> {
        match &self.scores {
            Scoring::Ranked(table) => table.row(self.position(node)?),
            _ => None,
        }
    }

    /// The sum of a node's weighted scores.
    pub fn total(&self, node: &str) -> Option<i64> {
        self.scores(node).map(|scores| scores.iter().map(Score::weighted).sum())
    }

    /// The nodes of the highest total, if there is more than one: chance decided among them.
    pub fn tied(&self) -> Vec<&EcoString> {
        match &self.scores {
            Scoring::Ranked(table) if table.best.len() > 1 => {
                table.best.iter().filter_map(|position| self.nodes.get(position)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The node, if one was found.
    pub fn node(&self) -> Option<&EcoString> {
        if let SchedulingResult::Scheduled { node } = &self.result { Some(node) } else { None }
    }

    /// Why there is no node, as kubectl shows it.
    pub fn message(&self) -> Option<&str> {
        match &self.result {
            SchedulingResult::Unschedulable { message, .. } | SchedulingResult::Error { message } => {
                Some(message)
            }
            SchedulingResult::Scheduled { .. } => None,
        }
    }

    /// Takes what was decided and why into a hash, to compare runs: cheaper than the whole record.
    pub fn digest(&self, hash: StableHash) -> StableHash {
        let mut hash = hash
            .text(&self.pod.namespace)
            .text(&self.pod.name)
            .text(self.uid())
            .number(u64::from(self.queue.attempt))
            .number(self.queue.queued_at.0 as u64)
            .number(u64::from(self.verdicts.len));
        for (first, group) in &self.verdicts.runs {
            hash = hash.number(u64::from(*first)).number(u64::from(*group));
        }
        for verdict in &self.verdicts.groups {
            if let NodeVerdict::Rejected { plugin, rejection } = verdict {
                hash = hash.text(plugin).text(rejection.code.name()).text(&rejection.message());
            }
        }
        if let Scoring::Ranked(table) = &self.scores {
            hash = hash.number(table.best_total as u64);
            for (first, len) in &table.best.0 {
                hash = hash.number(u64::from(*first)).number(u64::from(*len));
            }
        }
        match &self.result {
            SchedulingResult::Scheduled { node } => hash.text("scheduled").text(node),
            SchedulingResult::Unschedulable { message, nomination, .. } => {
                let nominated = if let Nomination::Set(node) = nomination { node } else { "" };
                hash.text("unschedulable").text(message).text(nominated)
            }
            SchedulingResult::Error { message } => hash.text("error").text(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(code: Code) -> NodeVerdict {
        let rejection = Rejection { code, reasons: std::borrow::Cow::Borrowed(&[]) };
        NodeVerdict::Rejected { plugin: "P", rejection }
    }

    #[test]
    fn nodes_that_share_a_verdict_share_its_record() {
        let row = [
            NodeVerdict::Feasible,
            NodeVerdict::Feasible,
            rejected(Code::Unschedulable),
            NodeVerdict::Feasible,
            rejected(Code::Unschedulable),
        ];
        let verdicts = Verdicts::collect(row.iter().cloned());
        assert_eq!(verdicts.iter().cloned().collect::<Vec<_>>(), row);
        assert_eq!((verdicts.groups.len(), verdicts.runs.len()), (2, 4));
        assert_eq!(verdicts.counts().iter().map(|(_, count)| *count).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(verdicts.get(5), None);
    }

    #[test]
    fn a_pinned_pod_costs_a_few_runs_however_many_nodes_there_are() {
        let rest = rejected(Code::UnschedulableAndUnresolvable);
        let verdicts = Verdicts::sparse(5000, &[(7, NodeVerdict::Feasible)], rest.clone());
        assert_eq!(verdicts.runs.len(), 3);
        assert_eq!(verdicts.get(7), Some(&NodeVerdict::Feasible));
        assert_eq!((verdicts.get(6), verdicts.get(4999)), (Some(&rest), Some(&rest)));
        assert_eq!(Verdicts::sparse(1, &[(0, NodeVerdict::Feasible)], rest).runs.len(), 1);
    }

    #[test]
    fn rows_of_numbers_come_back_as_they_went_in() {
        for row in [&[3, 3, 3][..], &[0, 255, 7], &[-1, 900, 2], &[]] {
            let numbers = Numbers::new(row);
            let back: Vec<i64> = (0..row.len()).map(|at| numbers.get(at)).collect();
            assert_eq!(back, row);
        }
    }
}
