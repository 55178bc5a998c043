//! Sums over all nodes, kept up to date node by node, so that a sync costs what has changed.

use super::node::{Class, Counts, NodeCounts, NodeEntry};
use crate::api::{EcoString, Time, sort};
use crate::cluster::{Map, Set, StableHash};

/// In which order nodes are taken that are all the same to a rolling update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By name.
    ByName,
    /// By chance, as upstream that walks a Go map; drawn from this number.
    ByChance(u64),
}

/// What a sync needs to know of all nodes together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// For the status.
    pub counts: Counts,
    /// The nodes by how a rolling update counts them.
    pub classes: Map<Class, Set<EcoString>>,
    /// The nodes on which there is something to do regardless of a rolling update.
    pub acting: Set<EcoString>,
    /// How many pods carry a revision's hash.
    pub hashes: Map<EcoString, u32>,
    /// When a node must be looked at again though nothing changes.
    pub due: Set<(Time, EcoString)>,
}

impl Totals {
    /// Counts a node as it is now instead of as it was. None: it was not counted, or is not any more.
    pub fn change(&mut self, node: &EcoString, before: Option<&NodeEntry>, after: Option<&NodeEntry>) {
        if let Some(before) = before {
            self.count(before.counts, -1);
        }
        if let Some(after) = after {
            self.count(after.counts, 1);
        }
        let class = |entry: Option<&NodeEntry>| Some(entry?.rollout.as_ref()?.class);
        let (from, to) = (class(before), class(after));
        if from != to {
            if let Some(from) = from {
                let nodes = self.classes.get_mut(&from);
                if nodes.is_some_and(|nodes| nodes.remove(node) && nodes.is_empty()) {
                    self.classes.remove(&from);
                }
            }
            if let Some(to) = to {
                self.classes.get_or_insert_with(&to, Set::new).insert_new(node.clone());
            }
        }
        match [before, after].map(|entry| entry.is_some_and(NodeEntry::is_acting)) {
            [false, true] => self.acting.insert_new(node.clone()),
            [true, false] => drop(self.acting.remove(node)),
            _ => {}
        }
        let [old, new] = [before, after].map(|entry| entry.map_or(&[][..], |entry| &entry.hashes));
        if old != new {
            for hash in new {
                *self.hashes.get_or_insert_with(hash, || 0) += 1;
            }
            for hash in old {
                if let Some(count) = self.hashes.get_mut(hash) {
                    *count -= 1;
                    if *count == 0 {
                        self.hashes.remove(hash);
                    }
                }
            }
        }
        // Also where both are the same: who looks again at what is due has taken it out.
        if let Some(at) = before.and_then(|before| before.due) {
            self.due.remove(&(at, node.clone()));
        }
        if let Some(at) = after.and_then(|after| after.due) {
            self.due.insert((at, node.clone()));
        }
    }

    /// How many nodes are of the classes asked for.
    pub fn size(&self, asked: impl Fn(Class) -> bool) -> i32 {
        let sizes = self.classes.iter().filter(|(class, _)| asked(**class)).map(|(_, nodes)| nodes.len());
        i32::try_from(sizes.sum::<usize>()).unwrap_or(i32::MAX)
    }

    /// The first nodes of the classes asked for.
    pub fn first(&self, limit: usize, order: Order, asked: impl Fn(Class) -> bool) -> Vec<EcoString> {
        if limit == 0 {
            return Vec::new();
        }
        let asked = self.classes.iter().filter(|(class, _)| asked(**class)).map(|(_, nodes)| nodes);
        match order {
            Order::ByName => {
                let mut nodes: Vec<_> = asked.flat_map(|nodes| nodes.iter().take(limit).cloned()).collect();
                sort::plain(&mut nodes);
                nodes.truncate(limit);
                nodes
            }
            Order::ByChance(chance) => {
                let draw = |node: &EcoString| StableHash::default().number(chance).text(node).finish();
                let mut nodes: Vec<_> = asked.flatten().map(|node| (draw(node), node.clone())).collect();
                sort::plain(&mut nodes);
                nodes.into_iter().take(limit).map(|(_, node)| node).collect()
            }
        }
    }

    fn count(&mut self, counts: NodeCounts, sign: i32) {
        let sum = &mut self.counts;
        sum.desired += sign * i32::from(counts.desired);
        sum.current += sign * i32::from(counts.current);
        sum.misscheduled += sign * i32::from(counts.misscheduled);
        sum.ready += sign * i32::from(counts.ready);
        sum.available += sign * i32::from(counts.available);
        sum.updated += sign * i32::from(counts.updated);
    }
}
