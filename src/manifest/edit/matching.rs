//! How a text comes to say what the cluster has: the differences between what is written and what the API server made
//! of it are left out.

use super::operation::{Operation, Step};
use crate::api::{Object, defaults};
use serde_json::Value;

/// What brings labels and spec of an object, as written, to those of a live one.
pub(super) fn operations(written: &Value, live: &Value) -> Vec<Operation> {
    let filled = Object::from_json(written.clone()).map(|mut object| {
        defaults::apply(&mut object);
        object.to_json()
    });
    let filled = filled.unwrap_or_else(|_| written.clone());
    let mut found = Vec::new();
    for path in [["metadata", "labels"].as_slice(), &["spec"]] {
        let pointer = format!("/{}", path.join("/"));
        let steps: Vec<Step> = path.iter().map(|name| Step::field(name)).collect();
        let part = |value: &'_ Value| value.pointer(&pointer).cloned();
        differences(steps, part(written), part(&filled), part(live), &mut found);
    }
    found
}

fn differences(
    path: Vec<Step>,
    written: Option<Value>,
    filled: Option<Value>,
    live: Option<Value>,
    found: &mut Vec<Operation>,
) {
    let at = |step: Step| [path.clone(), vec![step]].concat();
    match (written, live) {
        (Some(Value::Object(written)), Some(Value::Object(live))) => {
            let filled = filled.and_then(|filled| filled.as_object().cloned()).unwrap_or_default();
            let names: std::collections::BTreeSet<&String> = written.keys().chain(live.keys()).collect();
            for name in names {
                let of = |map: &serde_json::Map<String, Value>| map.get(name).cloned();
                differences(at(Step::field(name)), of(&written), of(&filled), of(&live), found);
            }
        }
        (Some(Value::Array(written)), Some(Value::Array(live))) if written.len() == live.len() => {
            let filled = filled.and_then(|filled| filled.as_array().cloned()).unwrap_or_default();
            for (index, (written, live)) in written.into_iter().zip(live).enumerate() {
                let filled = filled.get(index).cloned();
                differences(at(Step::Item(index)), Some(written), filled, Some(live), found);
            }
        }
        // As it would be filled in, however it is written (`1` for `1000m`).
        (_, live) if filled == live => {}
        (Some(_), None) => found.push(Operation::Remove(path)),
        (_, Some(live)) => found.push(Operation::Set(path, live)),
        (None, None) => {}
    }
}
