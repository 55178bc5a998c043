//! What is to happen when.

use super::step::Cause;
use crate::api::Time;
use crate::cluster::{Actor, Map, StepNo, WorkKey};

/// The looks that were asked for. Each loop has each key at most once, at the earliest time asked for or, where it plans
/// anew, at that asked for last.
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
    /// Further steps whose changes asked for the same look, in order.
    pub(super) also: Vec<StepNo>,
}

/// At most so many further causes of one look are kept.
const ALSO: usize = 8;

impl Entry {
    pub(super) fn new(actor: Actor, key: WorkKey, cause: Cause) -> Self {
        Entry { actor, key, cause, also: Vec::new() }
    }

    /// Takes note of another cause of the look.
    fn note(&mut self, cause: Cause) {
        let Cause::Change(step) = cause else { return };
        if self.cause.step() != Some(step) && !self.also.contains(&step) && self.also.len() < ALSO {
            self.also.push(step);
        }
    }
}

impl Agenda {
    /// Asks for a look; an earlier one at the same key stands, and takes note of the cause.
    pub(super) fn add(&mut self, at: Time, mut entry: Entry) {
        let who = (entry.actor, entry.key.clone());
        if let Some(place) = self.place.get(&who).copied() {
            if place.0 <= at {
                if let Some(earlier) = self.due.get_mut(&place) {
                    earlier.note(entry.cause);
                }
                return;
            }
            if let Some(later) = self.due.remove(&place) {
                entry.note(later.cause);
                later.also.into_iter().for_each(|step| entry.note(Cause::Change(step)));
            }
        }
        self.asked += 1;
        self.place.insert(who, (at, self.asked));
        self.due.insert((at, self.asked), entry);
    }

    /// Asks for a look in the place of another one at the same key.
    pub(super) fn replace(&mut self, at: Time, entry: Entry) {
        if let Some(place) = self.place.remove(&(entry.actor, entry.key.clone())) {
            self.due.remove(&place);
        }
        self.add(at, entry);
    }

    /// Takes the next look.
    pub(super) fn pop(&mut self) -> Option<(Time, Entry)> {
        let ((at, _), entry) = self.due.pop_first()?;
        self.place.remove(&(entry.actor, entry.key.clone()));
        Some((at, entry))
    }

    /// When the next look is.
    pub(super) fn next_at(&self) -> Option<Time> {
        self.due.first().map(|((at, _), _)| *at)
    }
}
