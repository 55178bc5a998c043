//! A verdict for each node, in little room.

use crate::api::push_lean;
use crate::cluster::StableHash;
use crate::scheduler::framework::{Code, Rejection};

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
            push_lean(&mut self.groups, verdict);
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

impl Verdicts {
    /// Takes them into a hash.
    pub fn digest(&self, hash: StableHash) -> StableHash {
        let mut hash = hash.number(u64::from(self.len));
        for (first, group) in &self.runs {
            hash = hash.number(u64::from(*first)).number(u64::from(*group));
        }
        for verdict in &self.groups {
            if let NodeVerdict::Rejected { plugin, rejection } = verdict {
                hash = hash.text(plugin).text(rejection.code.name()).text(&rejection.message());
            }
        }
        hash
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

    /// Takes them into a hash.
    pub fn digest(&self, hash: StableHash) -> StableHash {
        self.0.iter().fold(hash, |hash, (first, len)| hash.number(u64::from(*first)).number(u64::from(*len)))
    }

    /// As the how-manieth a position was appended.
    pub(super) fn rank(&self, position: usize) -> Option<usize> {
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
}
