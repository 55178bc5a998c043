//! How many pods there are in each topology.

use crate::scheduler::NodeInfo;
use std::collections::BTreeMap;

/// Sums by node label and its value.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(BTreeMap<String, BTreeMap<String, i64>>);

impl Counts {
    /// Adds to the topology of a node; nothing where the node lacks the label. True if it has it.
    pub(super) fn add(&mut self, node: &NodeInfo, key: &str, by: i64) -> bool {
        let Some(value) = node.label(key) else { return false };
        if !self.0.contains_key(key) {
            self.0.insert(key.to_owned(), BTreeMap::new());
        }
        if let Some(values) = self.0.get_mut(key) {
            match values.get_mut(value) {
                Some(sum) => *sum += by,
                None => drop(values.insert(value.to_owned(), by)),
            }
        }
        true
    }

    /// The sum in the topology of a node.
    pub(super) fn at(&self, node: &NodeInfo, key: &str) -> i64 {
        let sum = || self.0.get(key)?.get(node.label(key)?).copied();
        sum().unwrap_or(0)
    }

    /// The node labels.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The sums that are not 0, with their topologies.
    pub(super) fn present(&self) -> impl Iterator<Item = (&str, &str, i64)> {
        self.0.iter().flat_map(|(key, values)| {
            values
                .iter()
                .filter(|(_, sum)| **sum != 0)
                .map(move |(value, sum)| (key.as_str(), value.as_str(), *sum))
        })
    }

    /// The sum of one topology.
    pub(super) fn get(&self, key: &str, value: &str) -> i64 {
        self.0.get(key).and_then(|values| values.get(value)).copied().unwrap_or(0)
    }
}
