//! The rows of the events table as of the shown step.

use crate::api::{EcoString, Event, Kind, ObjectKey, sort};
use crate::cluster::Change;
use crate::explain::human;
use crate::sim::{StepNo, Timeline};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its own name, which tells it from others.
    pub name: String,
    /// How long ago, and how often.
    pub last_seen: String,
    /// `Normal` or `Warning`.
    pub type_: String,
    /// A word.
    pub reason: String,
    /// What it is about, as `kind/name`.
    pub object: String,
    /// The node or pod it is about, to select it.
    pub about: ObjectKey,
    /// A sentence.
    pub message: String,
    /// The step that told it, the last time; none = it was there from the start.
    pub step: Option<StepNo>,
    /// Whether the shown step told it.
    pub is_now: bool,
}

/// The most events that are shown, the latest first.
const SHOWN: usize = 200;

/// The latest events.
pub fn model(timeline: &Timeline) -> Vec<EventRow> {
    let now = timeline.now();
    let mut events: Vec<Rc<Event>> = Vec::new();
    for event in timeline.world().latest_events() {
        // Of one time there may be more than are shown: the first by name are.
        if events.len() >= SHOWN && events.last().is_some_and(|last| last.told_at() != event.told_at()) {
            break;
        }
        events.push(Rc::clone(event));
    }
    sort::by(&mut events, |left, right| {
        right.told_at().cmp(&left.told_at()).then_with(|| left.metadata.name.cmp(&right.metadata.name))
    });
    events.truncate(SHOWN);
    let told = told_in(timeline, &events);
    let rows = events.iter().map(|event| {
        let about = &event.involved_object;
        let ago = |time: Option<crate::api::Time>| human(now - time.unwrap_or(now));
        EventRow {
            name: event.metadata.name.to_string(),
            last_seen: match event.times() {
                1 => ago(event.told_at()),
                count => {
                    format!("{} (x{count} over {})", ago(event.told_at()), ago(event.first_told_at()))
                }
            },
            type_: event.type_.to_string(),
            reason: event.reason.to_string(),
            object: format!("{}/{}", about.kind.to_ascii_lowercase(), about.name),
            about: ObjectKey::new(Kind::of(&about.api_version, &about.kind), &about.namespace, &about.name),
            message: event.message.to_string(),
            step: told.get(&event.metadata.name).copied(),
            is_now: told.get(&event.metadata.name) == Some(&timeline.shown()),
        }
    });
    rows.collect()
}

/// What stands in place of the rows where there are none.
pub fn none(timeline: &Timeline) -> &'static str {
    let tells = |change: &Change| change.is_of(&Kind::Event);
    match timeline.past().any(|step| step.changes.iter().any(tells)) {
        true => "No events any more: the API server keeps each for an hour.",
        false if timeline.can_advance() => "No events yet. Step once.",
        false => "No events yet.",
    }
}

/// The step that told each event, the last time.
fn told_in(timeline: &Timeline, events: &[Rc<Event>]) -> BTreeMap<EcoString, StepNo> {
    let mut wanted: BTreeSet<&EcoString> = sort::set(events.iter().map(|event| &event.metadata.name));
    let mut told = BTreeMap::new();
    for step in timeline.past() {
        if wanted.is_empty() {
            break;
        }
        for change in step.changes.iter().filter(|change| change.is_of(&Kind::Event)) {
            if wanted.remove(change.name()) {
                told.insert(change.name().clone(), step.no);
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Millis;
    use crate::sim::given::{rolling, settled};
    use serde_json::json;

    #[test]
    fn what_the_api_server_has_forgotten_is_not_listed() {
        let mut timeline = settled(1, &rolling(json!(1), json!(0)));
        assert!(!model(&timeline).is_empty());
        timeline.advance(timeline.now() + Millis::seconds(3_601));
        assert_eq!(model(&timeline), []);
        assert_eq!(none(&timeline), "No events any more: the API server keeps each for an hour.");
        timeline.seek(1);
        assert_eq!(none(&timeline), "No events yet. Step once.");
    }
}
