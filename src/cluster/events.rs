//! Where the store keeps events: in the order in which they are forgotten.
//!
//! An update of a large cluster tells tens of thousands. By name they would lie anywhere in the map, and each new one would
//! copy a way down of its own into what a kept state holds; in the order of time they come at its end.

use super::persistent::Map;
use crate::api::{EcoString, Event, Object, ObjectKey, Time, sort};
use std::rc::Rc;

/// When an event was told last, its namespace and its name.
type Place = (Time, EcoString, EcoString);

/// When what was never told is told: it is never forgotten.
const NEVER: Time = Time::LATEST;

/// All events.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    /// Events only.
    by_time: Map<Place, Object>,
    /// When those were told last whose name says another time: they were told again, or have a name of the user's.
    moved: Map<(EcoString, EcoString), Time>,
}

impl Events {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_time.len()
    }

    /// One of them.
    pub fn get(&self, key: &ObjectKey) -> Option<&Object> {
        let (namespace, name) = (key.namespace.clone(), key.name.clone());
        let is_moved = !self.moved.is_empty();
        let moved = is_moved.then(|| self.moved.get(&(namespace.clone(), name.clone())).copied()).flatten();
        self.by_time.get(&(moved.unwrap_or_else(|| time_in(&name)), namespace, name))
    }

    /// Stores one in the place of what is stored under its key.
    pub fn set(&mut self, key: &ObjectKey, old: Option<&Object>, new: Option<&Object>) {
        let place = |at: Time| (at, key.namespace.clone(), key.name.clone());
        let (from, to) = (told_at(old), told_at(new));
        if let Some(at) = from.filter(|at| to != Some(*at)) {
            self.by_time.remove(&place(at));
        }
        if let (Some(at), Some(new)) = (to, new) {
            self.by_time.insert(place(at), new.clone());
        }
        let said = time_in(&key.name);
        let name = || (key.namespace.clone(), key.name.clone());
        match to.filter(|at| *at != said) {
            Some(at) => drop(self.moved.insert(name(), at)),
            None if from.is_some_and(|at| at != said) => drop(self.moved.remove(&name())),
            None => {}
        }
    }

    /// The one that was told last the longest ago, and when.
    pub fn first(&self) -> Option<(Time, ObjectKey)> {
        let ((at, ..), event) = self.by_time.first()?;
        Some((*at, event.key()))
    }

    /// All of them, the one that was told last first.
    pub fn latest(&self) -> impl Iterator<Item = &Rc<Event>> {
        self.by_time.values().rev().filter_map(|object| match object {
            Object::Event(event) => Some(event),
            _ => None,
        })
    }

    /// All of them by namespace and name.
    pub fn by_name(&self) -> Vec<&Object> {
        let mut all: Vec<&Object> = self.by_time.values().collect();
        sort::by(&mut all, |left, right| {
            let (left, right) = (left.metadata(), right.metadata());
            left.namespace.cmp(&right.namespace).then_with(|| left.name.cmp(&right.name))
        });
        all
    }
}

/// When an event was told last.
fn told_at(event: Option<&Object>) -> Option<Time> {
    match event? {
        Object::Event(event) => Some(event.told_at().unwrap_or(NEVER)),
        _ => None,
    }
}

/// When an event was told that has such a name (`event_name` of the recorder).
fn time_in(name: &str) -> Time {
    let nanos = name.rsplit_once('.').and_then(|(_, nanos)| u64::from_str_radix(nanos, 16).ok());
    Time::new(i64::try_from(nanos.unwrap_or_default() / 1_000_000).unwrap_or_default())
}
