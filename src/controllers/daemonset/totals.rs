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
    /// Counts a node in.
    pub fn add(&mut self, node: &EcoString, entry: &NodeEntry) {
        self.count(entry.counts, 1);
        if let Some(rollout) = &entry.rollout {
            self.classes.get_or_insert_with(&rollout.class, Set::new).insert(node.clone());
        }
        if entry.is_acting() {
            self.acting.insert(node.clone());
        }
        for hash in &entry.hashes {
            *self.hashes.get_or_insert_with(hash, || 0) += 1;
        }
        if let Some(at) = entry.due {
            self.due.insert((at, node.clone()));
        }
    }

    /// Takes a node out again, as it was counted in.
    pub fn remove(&mut self, node: &EcoString, entry: &NodeEntry) {
        self.count(entry.counts, -1);
        if let Some(rollout) = &entry.rollout {
            let nodes = self.classes.get_mut(&rollout.class);
            if nodes.is_some_and(|nodes| nodes.remove(node) && nodes.is_empty()) {
                self.classes.remove(&rollout.class);
            }
        }
        self.acting.remove(node);
        for hash in &entry.hashes {
            if let Some(count) = self.hashes.get_mut(hash) {
                *count -= 1;
                if *count == 0 {
                    self.hashes.remove(hash);
                }
            }
        }
        if let Some(at) = entry.due {
            self.due.remove(&(at, node.clone()));
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
