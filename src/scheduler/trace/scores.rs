//! The ranking of the possible nodes, in little room.

use super::verdicts::Positions;

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
pub struct NodeScore {
    /// The plugin.
    pub plugin: &'static str,
    /// Before normalising.
    pub raw: i64,
    /// After normalising, 0 to 100.
    pub normalized: i64,
    /// By what it is multiplied.
    pub weight: i64,
}

impl NodeScore {
    /// What it adds to the node's total.
    pub fn weighted(&self) -> i64 {
        self.normalized * self.weight
    }
}

impl ScoreTable {
    /// The scores of a node, by its position.
    pub fn row(&self, position: usize) -> Option<Vec<NodeScore>> {
        let rank = self.nodes.rank(position)?;
        let score = |column: &ScoreColumn| NodeScore {
            plugin: column.plugin,
            raw: column.raw.get(rank),
            normalized: column.normalized.get(rank),
            weight: column.weight,
        };
        Some(self.columns.iter().map(score).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_numbers_come_back_as_they_went_in() {
        for row in [&[3, 3, 3][..], &[0, 255, 7], &[-1, 900, 2], &[]] {
            let numbers = Numbers::new(row);
            let back: Vec<i64> = (0..row.len()).map(|at| numbers.get(at)).collect();
            assert_eq!(back, row);
        }
    }
}
