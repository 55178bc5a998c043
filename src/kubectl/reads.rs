//! What a command has looked at.

use crate::api::Kind;
use crate::cluster::Change;

/// What a command has looked at: as long as nothing of it changes, the command has nothing new to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reads {
    kinds: Vec<Kind>,
    /// It looked at all there is.
    pub(super) is_everything: bool,
}

impl Reads {
    /// Whether one of the changes is of what was looked at.
    pub fn is_touched_by(&self, changes: &[Change]) -> bool {
        self.is_everything && !changes.is_empty()
            || changes.iter().any(|change| self.kinds.iter().any(|kind| change.is_of(kind)))
    }

    /// Adds what was looked at later.
    pub fn join(&mut self, other: &Reads) {
        self.is_everything |= other.is_everything;
        other.kinds.iter().for_each(|kind| self.add(kind));
    }

    /// Adds a kind.
    pub(super) fn add(&mut self, kind: &Kind) {
        // Endpoints are made of other objects.
        self.is_everything |= kind.name() == "Endpoints";
        if !self.kinds.contains(kind) {
            self.kinds.push(kind.clone());
        }
    }
}
