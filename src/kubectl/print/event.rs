//! Events in lines. Upstream: `kubectl/pkg/cmd/events/event_printer.go`, `kubectl/pkg/describe/describe.go`
//! (`DescribeEvents`).

use super::lines::text;
use super::{age, go};
use crate::api::Time;
use serde_json::Value;

/// A time of an event.
pub fn time(event: &Value, field: &str) -> Option<Time> {
    event.pointer(field).and_then(Value::as_str).and_then(Time::parse)
}

/// How long ago it was last told, how often, and over which time.
pub fn interval(event: &Value, now: Time) -> String {
    let since = |field: &str| age::since(time(event, field), now);
    let first =
        if time(event, "/eventTime").is_some() { since("/eventTime") } else { since("/firstTimestamp") };
    if let Some(count) = event.pointer("/series/count").and_then(Value::as_i64) {
        return format!("{} (x{count} over {first})", since("/series/lastObservedTime"));
    }
    match event["count"].as_i64().unwrap_or_default() {
        ..=1 => first,
        count => format!("{} (x{count} over {first})", since("/lastTimestamp")),
    }
}

/// Who told it.
pub fn source(event: &Value) -> &str {
    match event.pointer("/source/component").and_then(Value::as_str).unwrap_or_default() {
        "" => text(event, "reportingComponent"),
        component => component,
    }
}

/// The message without blanks around it.
pub fn message(event: &Value) -> &str {
    text(event, "message").trim()
}

/// A moment as exact as it is written, in billionths of a second: an event's time has millionths, which a [`Time`]
/// leaves out, and their order is that of these.
pub fn moment(event: &Value, field: &str) -> Option<i64> {
    Time::billionths(event.pointer(field).and_then(Value::as_str)?)
}

/// By the moment at which they were last told; one without stands first, as in Go's order of times.
pub fn sorted(events: Vec<Value>, at: fn(&Value) -> Option<i64>) -> Vec<Value> {
    let keyed: Vec<(Option<i64>, Value)> = events.into_iter().map(|event| (at(&event), event)).collect();
    go::sort(keyed, |left, right| left.0 < right.0).into_iter().map(|(_, event)| event).collect()
}
