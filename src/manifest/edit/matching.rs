//! How a text comes to say what the cluster has: only what would be another if the text were applied is changed.

use super::operation::{Operation, Step};
use crate::api::merge::LAST_APPLIED;
use crate::api::sort;
use serde_json::Value;
use std::collections::BTreeSet;

/// Fields that are not the user's.
const NOT_WRITTEN: [&str; 4] = ["apiVersion", "kind", "metadata", "status"];

/// What brings an object, as written, to a live one; `applied` is what applying it as written would give.
pub(super) fn operations(written: &Value, applied: &Value, live: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    let fields = |value: &Value| value.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>());
    let all = [written, live].into_iter().filter_map(fields).flatten();
    let own: BTreeSet<String> = sort::set(all.filter(|name| !NOT_WRITTEN.contains(&name.as_str())));
    let of_metadata = ["labels", "annotations"].map(|name| vec!["metadata".to_owned(), name.to_owned()]);
    for path in of_metadata.into_iter().chain(own.into_iter().map(|name| vec![name])) {
        let steps: Vec<Step> = path.iter().map(|name| Step::field(name)).collect();
        let part = |value: &Value| {
            let mut part = value.pointer(&format!("/{}", path.join("/"))).cloned();
            if let Some(fields) = part.as_mut().and_then(Value::as_object_mut) {
                fields.remove(LAST_APPLIED);
            }
            part
        };
        let (mine, mut theirs) = (part(written), part(live));
        if let (true, Some(Value::Object(theirs))) = (path[0] == "metadata", &mut theirs) {
            // Others may write there what they like.
            theirs.retain(|name, _| mine.as_ref().is_some_and(|mine| mine.get(name).is_some()));
        }
        let applied = part(applied).filter(|_| mine.is_some());
        differences(steps, mine.clone(), applied, theirs.filter(|_| mine.is_some()), &mut found);
    }
    found
}

fn differences(
    path: Vec<Step>,
    written: Option<Value>,
    applied: Option<Value>,
    live: Option<Value>,
    found: &mut Vec<Operation>,
) {
    if applied == live {
        return;
    }
    let at = |step: Step| [path.clone(), vec![step]].concat();
    match (written, live) {
        (Some(Value::Object(written)), Some(Value::Object(live))) => {
            let applied = applied.and_then(|applied| applied.as_object().cloned()).unwrap_or_default();
            let names: BTreeSet<&String> = sort::set(written.keys().chain(live.keys()));
            for name in names {
                let of = |map: &serde_json::Map<String, Value>| map.get(name).cloned();
                differences(at(Step::field(name)), of(&written), of(&applied), of(&live), found);
            }
        }
        (Some(Value::Array(written)), Some(Value::Array(live))) if written.len() == live.len() => {
            let applied = applied.and_then(|applied| applied.as_array().cloned()).unwrap_or_default();
            for (index, (written, live)) in written.into_iter().zip(live).enumerate() {
                let applied = applied.get(index).cloned();
                differences(at(Step::Item(index)), Some(written), applied, Some(live), found);
            }
        }
        (Some(_), None) => found.push(Operation::Remove(path)),
        (_, Some(live)) => found.push(Operation::Set(path, live)),
        (None, None) => {}
    }
}
