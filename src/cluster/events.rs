//! Where the store keeps events: in the order in which they are forgotten.
//!
//! An update of a large cluster tells tens of thousands. By name they would lie anywhere in the tree, and each new one would
//! copy another path of it, which a kept state then holds on to; in the order of time they come at its end.

use super::persistent::{Map, MapKey, Set};
use crate::api::{EcoString, Event, Object, ObjectKey, Time, sort};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::rc::Rc;

/// All events.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    told: Set<Told>,
    /// When those, and only those, were told last whose name says another time: they were told again, or have a name of the
    /// user's.
    moved: Map<(EcoString, EcoString), Time>,
}

/// An event, by when it was told last, its namespace and its name.
#[derive(Clone, Debug)]
struct Told(Object);

/// The time of an event that does not say any: it is after all others, and never forgotten.
const NEVER: Time = Time::LATEST;

/// Whatever has a place in the order: an event is looked up without one to compare it with.
trait Placed {
    fn place(&self) -> (Time, &str, &str);
}

impl Placed for Told {
    fn place(&self) -> (Time, &str, &str) {
        let metadata = self.0.metadata();
        (told_at(&self.0), &metadata.namespace, &metadata.name)
    }
}

impl Placed for (Time, &ObjectKey) {
    fn place(&self) -> (Time, &str, &str) {
        (self.0, &self.1.namespace, &self.1.name)
    }
}

impl Ord for dyn Placed + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl PartialOrd for dyn Placed + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for dyn Placed + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for dyn Placed + '_ {}

impl MapKey for dyn Placed + '_ {}

impl<'a> Borrow<dyn Placed + 'a> for Told {
    fn borrow(&self) -> &(dyn Placed + 'a) {
        self
    }
}

impl Ord for Told {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl PartialOrd for Told {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Told {}

impl MapKey for Told {}

impl Events {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.told.len()
    }

    /// One of them.
    pub fn get(&self, key: &ObjectKey) -> Option<&Object> {
        let moved = || self.moved.get(&(key.namespace.clone(), key.name.clone()));
        let at = (!self.moved.is_empty()).then(moved).flatten().copied();
        let place: &dyn Placed = &(at.unwrap_or_else(|| time_in(&key.name)), key);
        // Mostly it is asked whether a new one is there already.
        let is_new = self.told.last().is_none_or(|last| last.place() < place.place());
        if is_new { None } else { self.told.get(place).map(|told| &told.0) }
    }

    /// Stores one in the place of what is stored under its key.
    pub fn set(&mut self, key: &ObjectKey, old: Option<&Object>, new: Option<&Object>) {
        let (from, to) = (old.map(told_at), new.map(told_at));
        if let Some(at) = from {
            let place: &dyn Placed = &(at, key);
            self.told.remove(place);
        }
        if let Some(new) = new {
            let told = Told(new.clone());
            if self.told.last().is_none_or(|last| *last < told) {
                self.told.insert_last(told);
            } else {
                self.told.insert_new(told);
            }
        }
        let said = time_in(&key.name);
        let name = || (key.namespace.clone(), key.name.clone());
        match to.filter(|at| *at != said) {
            Some(at) => drop(self.moved.insert(name(), at)),
            None if from.is_some_and(|at| at != said) => drop(self.moved.remove(&name())),
            None => {}
        }
    }

    /// One that was told last so long ago, or longer.
    pub fn told_by(&self, time: Time) -> Option<&Object> {
        self.told.first().map(|told| &told.0).filter(|event| told_at(event) <= time)
    }

    /// All of them, the one that was told last first.
    pub fn latest(&self) -> impl Iterator<Item = &Rc<Event>> {
        self.told.iter().rev().filter_map(|told| match &told.0 {
            Object::Event(event) => Some(event),
            _ => None,
        })
    }

    /// Those of which something holds, by namespace and name.
    pub fn by_name(&self, holds: impl Fn(&&Object) -> bool) -> Vec<&Object> {
        let mut all: Vec<&Object> = self.told.iter().map(|told| &told.0).filter(holds).collect();
        sort::by(&mut all, |left, right| {
            let (left, right) = (left.metadata(), right.metadata());
            left.namespace.cmp(&right.namespace).then_with(|| left.name.cmp(&right.name))
        });
        all
    }
}

/// When an event was told last.
fn told_at(event: &Object) -> Time {
    let at = if let Object::Event(event) = event { event.told_at() } else { None };
    at.unwrap_or(NEVER)
}

/// When an event was told that has such a name (`event_name` of the recorder).
fn time_in(name: &str) -> Time {
    let nanos = name.rsplit_once('.').and_then(|(_, nanos)| u64::from_str_radix(nanos, 16).ok());
    Time::new(i64::try_from(nanos.unwrap_or_default() / 1_000_000).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Millis, ObjectMeta};
    use crate::cluster::recorder::event_name;

    fn event(name: &str, at: Option<Time>, count: i32) -> Object {
        let metadata = ObjectMeta { name: name.into(), namespace: "default".into(), ..Default::default() };
        Event { metadata, last_timestamp: at, count, ..Default::default() }.into()
    }

    #[test]
    fn the_time_in_a_name_is_when_the_event_was_told_first() {
        let pod = ObjectKey::pod("default", "p.1f");
        for (millis, number) in [(0, 1), (1_234, 999_999), (86_400_000, 1_000_001)] {
            let at = Time::EPOCH + Millis(millis);
            assert_eq!(time_in(&event_name(&pod, at, number)), at);
        }
        for name in ["mine", "mine.", "mine.xyz", "", "p.ffffffffffffffffff"] {
            assert_eq!(time_in(name), Time::new(0), "{name}");
        }
        assert_eq!(time_in("p.1f"), Time::new(0));
    }

    #[test]
    fn an_event_is_found_by_its_name_whenever_it_was_told() {
        let after = |seconds| Some(Time::EPOCH + Millis::seconds(seconds));
        let pod = ObjectKey::pod("default", "p");
        let named = event_name(&pod, Time::EPOCH, 7);
        assert_eq!(time_in(&named), Time::EPOCH);
        let mut events = Events::default();
        let mut tell = |name: &str, at: Option<Time>, count: i32| {
            let key = ObjectKey::new(Kind::Event, "default", name);
            let (old, new) = (events.get(&key).cloned(), event(name, at, count));
            events.set(&key, old.as_ref(), Some(&new));
            assert_eq!(events.get(&key), Some(&new), "{name} {at:?}");
            let order: Vec<_> = events.latest().map(|event| event.metadata.name.to_string()).collect();
            (order, events.moved.len())
        };
        let named = named.as_str();
        assert_eq!(tell(named, after(0), 1), (vec![named.into()], 0));
        assert_eq!(tell(named, after(0), 2), (vec![named.into()], 0), "again at the same time");
        assert_eq!(tell("mine", after(5), 1), (vec!["mine".into(), named.into()], 1));
        assert_eq!(tell(named, after(9), 3), (vec![named.into(), "mine".into()], 2));
        assert_eq!(tell("mine", None, 1).0, ["mine", named], "one without a time is never forgotten");
        assert!(events.by_name(|_| true).iter().map(|event| &event.metadata().name).eq(["mine", named]));
        let first = |seconds| events.told_by(Time::EPOCH + Millis::seconds(seconds)).map(Object::key);
        assert_eq!((first(8), first(9)), (None, Some(ObjectKey::new(Kind::Event, "default", named))));
        for name in ["mine", named] {
            let key = ObjectKey::new(Kind::Event, "default", name);
            let old = events.get(&key).cloned();
            events.set(&key, old.as_ref(), None);
            assert_eq!(events.get(&key), None);
        }
        assert!(events.len() == 0 && events.moved.is_empty());
    }
}
