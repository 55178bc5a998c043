//! What is to happen when.

use super::state::Cause;
use crate::api::Time;
use crate::cluster::{Actor, Map, WorkKey};

/// The looks that were asked for. Each loop has each key at most once, at the earliest time asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    due: Map<(Time, u64), Entry>,
    place: Map<(Actor, WorkKey), (Time, u64)>,
    asked: u64,
}

/// One look that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) actor: Actor,
    pub(super) key: WorkKey,
    pub(super) cause: Cause,
}

impl Agenda {
    /// Asks for a look; an earlier one at the same key stands.
    pub(super) fn add(&mut self, at: Time, entry: Entry) {
        let who = (entry.actor, entry.key.clone());
        if let Some(place) = self.place.get(&who) {
            if place.0 <= at {
                return;
            }
            self.due.remove(place);
        }
        self.asked += 1;
        self.place.insert(who, (at, self.asked));
        self.due.insert((at, self.asked), entry);
    }

    /// Takes the next look.
    pub(super) fn pop(&mut self) -> Option<(Time, Entry)> {
        let (place, entry) = self.due.get_min().cloned()?;
        self.due.remove(&place);
        self.place.remove(&(entry.actor, entry.key.clone()));
        Some((place.0, entry))
    }

    /// When the next look is.
    pub(super) fn next_at(&self) -> Option<Time> {
        self.due.get_min().map(|((at, _), _)| *at)
    }
}
