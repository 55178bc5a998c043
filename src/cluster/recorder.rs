//! How components tell events: what was told before is counted up, what differs in words only is told as one, and who
//! tells too much about one object is not heard. Upstream: `client-go/tools/record/events_cache.go`. The scheduler tells by
//! another way: `client-go/tools/events/event_broadcaster.go`.
//!
//! What is different: at the end of such a series upstream writes once more how often it was told.

use super::{Action, Map, StableHash, Write};
use crate::api::{EcoString, Millis, Object, ObjectKey, Time};
use std::fmt::Write as _;
use std::rc::Rc;

/// So many events that differ in their message only are told as they are; the others as one (`defaultAggregate…`).
const MOST_SIMILAR: usize = 10;
/// Milliseconds after which similar events are new again.
const SIMILAR_FOR: i64 = 600_000;
/// So many events may be told about an object at once (`defaultSpamBurst`) …
const BURST: i64 = 25;
/// … and one more each so many milliseconds (`defaultSpamQPS`).
const REFILL: i64 = 300_000;
/// Of so many objects it is remembered what was told about them; the one told of least lately is forgotten.
const MOST_REMEMBERED: usize = 4096;

/// What was told by way of `events.k8s.io` and not again for so long is over (`finishTime`).
const FINISHED_AFTER: Millis = Millis(360_000);
/// What goes on is told again after so long (`refreshTime`).
const REFRESHED_AFTER: Millis = Millis(1_800_000);
/// What the scheduler does when it has found a node for a pod.
pub const BINDING: &str = "Binding";

/// What is remembered of what was told.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    told: u64,
    about: Remembered<About>,
    /// What was told by way of `events.k8s.io`.
    done: Remembered<Done>,
}

/// By its hash what was told about something, and in which order; of more than [`MOST_REMEMBERED`] the earliest is
/// forgotten.
#[derive(Clone, Debug)]
struct Remembered<V> {
    by_hash: Map<u64, (u64, Rc<V>)>,
    order: Map<u64, u64>,
}

impl<V> Default for Remembered<V> {
    fn default() -> Self {
        Remembered { by_hash: Map::default(), order: Map::default() }
    }
}

impl<V: Clone> Remembered<V> {
    /// What is remembered of it, or else is to be from now on, to be changed: something is told of it as the `told`th.
    fn of(&mut self, hash: u64, told: u64, new: impl FnOnce() -> V) -> &mut V {
        let known = self.by_hash.get(&hash).map(|(before, _)| *before);
        if let Some(before) = known {
            self.order.remove(&before);
        }
        self.order.insert_last(told, hash);
        if self.order.len() > MOST_REMEMBERED
            && let Some((_, earliest)) = self.order.pop_first()
        {
            self.by_hash.remove(&earliest);
        }
        if known.is_none() {
            self.by_hash.insert(hash, (told, Rc::new(new())));
        }
        let (at, value) = self.by_hash.get_mut(&hash).expect("it is remembered");
        *at = told;
        Rc::make_mut(value)
    }
}

/// Something that was told by way of `events.k8s.io`.
#[derive(Clone, Debug)]
struct Done {
    last: Time,
    written: Time,
    occurrence: Occurrence,
}

/// What a component has told about one object. Of thousands of objects and in each kept state: the lists take no more
/// room than they need.
#[derive(Clone, Debug)]
struct About {
    /// What may still be told, in milliseconds of refilling, and when that was counted.
    budget: (i64, Time),
    /// By component, type and reason: when it was told last.
    similar: Vec<(u64, Time)>,
    /// The messages of each of these, in the order in which they were told.
    messages: Vec<(u64, u64)>,
    /// By all that makes an event the same.
    seen: Vec<(u64, Occurrence)>,
}

/// An event as it is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Its name.
    pub name: EcoString,
    /// How often it occurred.
    pub count: i32,
    /// When it did first.
    pub first: Time,
    /// Whether it stands for several that differ in their message.
    pub is_combined: bool,
}

impl Occurrence {
    /// One that was not told before.
    pub fn first(name: EcoString, at: Time) -> Self {
        Occurrence { name, count: 1, first: at, is_combined: false }
    }
}

impl Recorder {
    /// Takes note of an event that is told of an object as it is now (`EventCorrelate`). None if it is one too many about
    /// that object.
    pub fn note(&mut self, told_of: Option<&Object>, write: &Write, now: Time) -> Option<Occurrence> {
        let Write::Event { about, type_, reason, message, component, path, action } = write else {
            return None;
        };
        if let Some(action) = action {
            return self.note_action(write, action, now);
        }
        let uid = told_of.map_or("", |object| &object.metadata().uid);
        let object = StableHash::default().text(component).text(type_.name()).text(about.kind.name());
        let object = object.text(&about.namespace).text(&about.name).text(uid);
        let similar = StableHash::default().text(reason);
        self.told += 1;
        let name = event_name(about, now, self.told);
        let known = self.about.of(object.finish(), self.told, || About::new(now));
        let occurrence = known.observe(similar.finish(), similar.text(message), path, name, now);
        known.spend(now).then_some(occurrence)
    }

    /// The same for who tells by way of `events.k8s.io` (`recordToSink`): nothing is held back or combined; what is done
    /// again with the same state of the object is told a second time, as a series, and then every half an hour.
    fn note_action(&mut self, write: &Write, action: &Action, now: Time) -> Option<Occurrence> {
        let Write::Event { about, .. } = write else { return None };
        self.told += 1;
        if action.name == BINDING {
            // A pod that is bound is in another state: it is not bound again.
            return Some(Occurrence::first(event_name(about, now, self.told), now));
        }
        self.note_again(write, action, now)
    }

    /// What may be done more than once.
    #[inline(never)]
    fn note_again(&mut self, write: &Write, action: &Action, now: Time) -> Option<Occurrence> {
        let Write::Event { about, type_, reason, component, .. } = write else { return None };
        let hash = StableHash::default().text(component).text(type_.name()).text(reason).text(action.name);
        let hash =
            hash.text(about.kind.name()).text(&about.namespace).text(&about.name).text(&action.version);
        let related = action.related.as_ref();
        let hash = related.map_or(hash, |key| hash.text(&key.namespace).text(&key.name)).finish();
        let told = self.told;
        let new = || Done {
            last: now,
            written: now,
            occurrence: Occurrence { count: 0, ..Occurrence::first(event_name(about, now, told), now) },
        };
        let done = self.done.of(hash, told, new);
        if now - done.last > FINISHED_AFTER {
            *done = new();
        }
        done.last = now;
        done.occurrence.count = done.occurrence.count.saturating_add(1);
        let is_told = done.occurrence.count <= 2 || now - done.written >= REFRESHED_AFTER;
        if is_told {
            done.written = now;
        }
        is_told.then(|| done.occurrence.clone())
    }
}

/// Adds to a list that is to take no more room than it needs.
fn push<T>(list: &mut Vec<T>, item: T) {
    list.reserve_exact(1);
    list.push(item);
}

/// The name of an event: its object's, and when it was told. Two of one instant are told apart by their number.
pub(super) fn event_name(about: &ObjectKey, now: Time, number: u64) -> EcoString {
    let nanos = now.millis().unsigned_abs().saturating_mul(1_000_000).saturating_add(number % 1_000_000);
    // A dot and up to 16 digits follow.
    let mut name = EcoString::with_capacity(about.name.len() + 17);
    name.push_str(&about.name);
    let _ = write!(name, ".{nanos:x}");
    name
}

impl About {
    fn new(now: Time) -> Self {
        About { budget: (BURST * REFILL, now), similar: Vec::new(), messages: Vec::new(), seen: Vec::new() }
    }

    /// Counts an event up, or the one that stands for all that are similar (`EventAggregate`, `eventObserve`).
    fn observe(
        &mut self,
        similar: u64,
        message: StableHash,
        path: &str,
        name: EcoString,
        now: Time,
    ) -> Occurrence {
        let is_combined = self.is_combined(similar, message.finish(), now);
        let key = if is_combined { similar } else { message.text(path).finish() };
        match self.seen.iter_mut().find(|(known, _)| *known == key) {
            Some((_, occurrence)) => {
                occurrence.count = occurrence.count.saturating_add(1);
                occurrence.clone()
            }
            None => {
                let occurrence = Occurrence { is_combined, ..Occurrence::first(name, now) };
                push(&mut self.seen, (key, occurrence.clone()));
                occurrence
            }
        }
    }

    fn is_combined(&mut self, similar: u64, message: u64, now: Time) -> bool {
        match self.similar.iter_mut().find(|(known, _)| *known == similar) {
            Some((_, last)) => {
                if (now - *last).0 > SIMILAR_FOR {
                    self.messages.retain(|(of, _)| *of != similar);
                }
                *last = now;
            }
            None => push(&mut self.similar, (similar, now)),
        }
        if !self.messages.contains(&(similar, message)) {
            push(&mut self.messages, (similar, message));
        }
        if self.messages.iter().filter(|(of, _)| *of == similar).count() < MOST_SIMILAR {
            return false;
        }
        // Upstream drops any of them: they are in the random order of a Go map.
        if let Some(first) = self.messages.iter().position(|(of, _)| *of == similar) {
            self.messages.remove(first);
        }
        true
    }

    /// Whether one more may be told, which then counts (a token bucket).
    fn spend(&mut self, now: Time) -> bool {
        let (left, at) = self.budget;
        let left = left.saturating_add((now - at).0.max(0)).min(BURST * REFILL);
        let is_heard = left >= REFILL;
        self.budget = (if is_heard { left - REFILL } else { left }, now);
        is_heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::EventType;

    fn tell(recorder: &mut Recorder, message: &str, second: i64) -> Option<(i32, bool)> {
        let write = Write::Event {
            about: ObjectKey::pod("default", "p"),
            type_: EventType::Normal,
            reason: "Created".into(),
            message: message.into(),
            component: "kubelet".into(),
            path: "".into(),
            action: None,
        };
        let told = recorder.note(None, &write, Time::EPOCH + Millis::seconds(second))?;
        Some((told.count, told.is_combined))
    }

    #[test]
    fn the_same_words_are_counted_up_and_the_tenth_of_other_words_stands_for_all() {
        let mut recorder = Recorder::default();
        assert_eq!(tell(&mut recorder, "m1", 0), Some((1, false)));
        assert_eq!(tell(&mut recorder, "m1", 0), Some((2, false)));
        for number in 2..10 {
            assert_eq!(tell(&mut recorder, &format!("m{number}"), 0), Some((1, false)), "m{number}");
        }
        assert_eq!(tell(&mut recorder, "m10", 1), Some((1, true)));
        assert_eq!(tell(&mut recorder, "m11", 2), Some((2, true)));
        assert_eq!(tell(&mut recorder, "m12", 603), Some((1, false)), "ten minutes later they are new again");
    }

    #[test]
    fn of_one_object_25_events_are_heard_at_once_and_then_one_each_five_minutes() {
        let mut recorder = Recorder::default();
        for time in 1..=25 {
            assert_eq!(tell(&mut recorder, "m", 0), Some((time, false)));
        }
        assert_eq!(tell(&mut recorder, "m", 0), None);
        assert_eq!(tell(&mut recorder, "m", 299), None);
        assert_eq!(tell(&mut recorder, "m", 300), Some((28, false)), "those that were not heard count, too");
        assert_eq!(tell(&mut recorder, "m", 301), None);
    }

    #[test]
    fn what_the_scheduler_does_again_is_told_twice_and_then_counted() {
        let mut recorder = Recorder::default();
        let mut tell = |version: &str, message: &str, second: i64| {
            let action = Action { name: "Scheduling", version: version.into(), related: None };
            let write = Write::Event {
                about: ObjectKey::pod("default", "p"),
                type_: EventType::Warning,
                reason: "FailedScheduling".into(),
                message: message.into(),
                component: "default-scheduler".into(),
                path: "".into(),
                action: Some(Box::new(action)),
            };
            let told = recorder.note(None, &write, Time::EPOCH + Millis::seconds(second));
            told.map(|told| (told.name.to_string(), told.count, told.first))
        };
        let (first, count, _) = tell("1", "m", 0).expect("it is told");
        assert_eq!(count, 1);
        assert_eq!(tell("1", "other", 1), Some((first.clone(), 2, Time::EPOCH)), "the words do not matter");
        assert_eq!(tell("1", "m", 1), None, "also at the same time");
        let (other, count, _) = tell("2", "m", 3).expect("it is told");
        assert!(count == 1 && other != first, "the pod is in another state");
        let (again, count, at) = tell("1", "m", 363).expect("it is told");
        assert!(count == 1 && again != first && at == Time::EPOCH + Millis::seconds(363), "it was over");
        let later: Vec<i32> = (1..=12).filter_map(|no| Some(tell("1", "m", 363 + 300 * no)?.1)).collect();
        assert_eq!(
            later,
            [2, 8],
            "what goes on is told again after half an hour, so that it does not expire"
        );
    }

    #[test]
    fn of_the_objects_those_told_of_least_lately_are_forgotten() {
        let mut recorder = Recorder::default();
        for number in 0..MOST_REMEMBERED + 10 {
            let about = ObjectKey::pod("default", &format!("p{number}"));
            let (reason, message) = ("Created".into(), "m".into());
            let component = "kubelet".into();
            let write = Write::Event {
                about,
                type_: EventType::Normal,
                reason,
                message,
                component,
                path: "".into(),
                action: None,
            };
            recorder.note(None, &write, Time::EPOCH);
        }
        let about = &recorder.about;
        assert_eq!((about.by_hash.len(), about.order.len()), (MOST_REMEMBERED, MOST_REMEMBERED));
    }
}
