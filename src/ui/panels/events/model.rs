//! The rows of the events table as of the shown step.

use crate::api::{Kind, ObjectKey, sort};
use crate::explain::human;
use crate::sim::Timeline;

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
    /// Whether the shown step told it.
    pub is_now: bool,
}

/// The most events that are shown, the latest first.
const SHOWN: usize = 200;

/// The latest events.
pub fn model(timeline: &Timeline) -> Vec<EventRow> {
    let now = timeline.now();
    let told = |name: &str| {
        timeline.step(timeline.shown()).is_some_and(|step| {
            step.changes.iter().any(|change| change.key.kind == Kind::Event && *change.key.name == *name)
        })
    };
    let mut events: Vec<_> = timeline.world().events().cloned().collect();
    sort::by(&mut events, |left, right| {
        let time = |event: &crate::api::Event| event.last_timestamp;
        time(right).cmp(&time(left)).then_with(|| left.metadata.name.cmp(&right.metadata.name))
    });
    let rows = events.iter().take(SHOWN).map(|event| {
        let about = &event.involved_object;
        let ago = |time: Option<crate::api::Time>| human(now - time.unwrap_or(now));
        EventRow {
            name: event.metadata.name.to_string(),
            last_seen: match event.count {
                0 | 1 => ago(event.last_timestamp),
                count => {
                    format!("{} (x{count} over {})", ago(event.last_timestamp), ago(event.first_timestamp))
                }
            },
            type_: event.type_.to_string(),
            reason: event.reason.to_string(),
            object: format!("{}/{}", about.kind.to_lowercase(), about.name),
            about: ObjectKey::new(Kind::of(&about.api_version, &about.kind), &about.namespace, &about.name),
            message: event.message.to_string(),
            is_now: told(&event.metadata.name),
        }
    });
    rows.collect()
}
