//! `kubectl apply`: what becomes of a live object when its manifest changes.
//! Upstream: `kubectl/pkg/cmd/apply`, three-way merge. Lists are replaced whole.

use serde_json::{Map, Value};

/// The annotation in which apply keeps what was written last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The live object with the manifest's fields, and without those that the last manifest had and this one has not.
pub(super) fn three_way(last: &Value, live: &Value, manifest: &Value) -> Value {
    match (live, manifest) {
        (Value::Object(live), Value::Object(manifest)) => {
            let empty = Map::new();
            let last = last.as_object().unwrap_or(&empty);
            let mut merged = live.clone();
            merged.retain(|field, _| manifest.contains_key(field) || !last.contains_key(field));
            for (field, value) in manifest {
                let live = live.get(field).unwrap_or(&Value::Null);
                let value = three_way(last.get(field).unwrap_or(&Value::Null), live, value);
                if value.is_null() {
                    merged.remove(field);
                } else {
                    merged.insert(field.clone(), value);
                }
            }
            Value::Object(merged)
        }
        _ => manifest.clone(),
    }
}

/// What was written last, from the live object's annotation.
pub fn last_applied(live: &Value) -> Value {
    let text = live.pointer("/metadata/annotations").and_then(|annotations| annotations.get(LAST_APPLIED));
    text.and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The manifest with itself in the annotation, as apply sends it.
pub(super) fn with_annotation(manifest: &Value) -> Value {
    let text = Value::String(manifest.to_string() + "\n");
    let mut sent = manifest.clone();
    if let Some(object) = sent.as_object_mut() {
        let metadata = object.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if let Some(metadata) = metadata.as_object_mut() {
            let annotations = metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
            if let Some(annotations) = annotations.as_object_mut() {
                annotations.insert(LAST_APPLIED.into(), text);
            }
        }
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn apply_removes_what_the_last_manifest_had_and_keeps_what_others_set() {
        let last = json!({ "spec": { "a": 1, "b": { "x": 1, "y": 2 } } });
        let live = json!({ "spec": { "a": 1, "b": { "x": 1, "y": 2, "z": 3 }, "theirs": true }, "status": { "n": 1 } });
        let manifest = json!({ "spec": { "a": 2, "b": { "x": 1 }, "list": [1] } });
        assert_eq!(
            three_way(&last, &live, &manifest),
            json!({ "spec": { "a": 2, "b": { "x": 1, "z": 3 }, "list": [1], "theirs": true }, "status": { "n": 1 } })
        );
    }

    #[test]
    fn what_is_sent_can_be_read_back_as_the_last_manifest() {
        let manifest = json!({ "kind": "Node", "metadata": { "name": "n" } });
        assert_eq!(last_applied(&with_annotation(&manifest)), manifest);
    }
}
