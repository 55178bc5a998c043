//! What `kubectl apply` makes of a live object and its manifest: the strategic three-way merge. Upstream:
//! `kubectl/pkg/cmd/apply/patcher.go`, `apimachinery/pkg/util/strategicpatch/patch.go`, and the `patchMergeKey` tags
//! of `k8s.io/api`.

use serde_json::{Map, Value};

/// The annotation in which apply keeps what was written last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Lists that are merged by a key of their items; all others are replaced whole.
const MERGE_KEYS: &[(&str, &str)] = &[
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("env", "name"),
    ("volumes", "name"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("resourceClaims", "name"),
    ("schedulingGates", "name"),
    ("conditions", "type"),
    ("addresses", "type"),
    ("ownerReferences", "uid"),
    ("secrets", "name"),
];

/// Lists of plain values that are merged as sets.
const SETS: &[&str] = &["finalizers", "podCIDRs"];

/// The key by which a list is merged. Ports are told apart by that which containers have and services have not.
fn merge_key(field: &str, items: &[Value]) -> Option<&'static str> {
    if field == "ports" {
        let is_of_container = items.iter().any(|item| item.get("containerPort").is_some());
        return Some(if is_of_container { "containerPort" } else { "port" });
    }
    MERGE_KEYS.iter().find(|(name, _)| *name == field).map(|(_, key)| *key)
}

/// The live object with the manifest's fields, and without those that the last manifest had and this one has not.
pub fn three_way(last: &Value, live: &Value, manifest: &Value) -> Value {
    merge("", last, live, manifest)
}

fn merge(field: &str, last: &Value, live: &Value, manifest: &Value) -> Value {
    match (live, manifest) {
        (Value::Object(live), Value::Object(manifest)) => {
            let empty = Map::new();
            let last = last.as_object().unwrap_or(&empty);
            let mut merged = live.clone();
            merged.retain(|name, _| manifest.contains_key(name) || !last.contains_key(name));
            for (name, value) in manifest {
                let live = live.get(name).unwrap_or(&Value::Null);
                let value = merge(name, last.get(name).unwrap_or(&Value::Null), live, value);
                if value.is_null() {
                    merged.remove(name);
                } else {
                    merged.insert(name.clone(), value);
                }
            }
            Value::Object(merged)
        }
        (Value::Array(live), Value::Array(wanted)) => {
            let last = last.as_array().map_or(&[][..], Vec::as_slice);
            if SETS.contains(&field) {
                return union(last, live, wanted);
            }
            match merge_key(field, wanted) {
                Some(key) => lists(key, field, last, live, wanted),
                None => pruned(manifest),
            }
        }
        _ => pruned(manifest),
    }
}

/// Without the fields that are null: they delete.
fn pruned(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), pruned(value)))
                .collect(),
        ),
        Value::Array(items) => items.iter().map(pruned).collect(),
        value => value.clone(),
    }
}

fn union(last: &[Value], live: &[Value], wanted: &[Value]) -> Value {
    let kept = live.iter().filter(|value| wanted.contains(value) || !last.contains(value));
    let mut all: Vec<Value> = kept.cloned().collect();
    let new: Vec<Value> = wanted.iter().filter(|value| !all.contains(value)).cloned().collect();
    all.extend(new);
    Value::Array(all)
}

/// Merges lists by a key of their items: the manifest's items in its order, and those that only the server has at
/// their places between them (`normalizeElementOrder`).
fn lists(key: &str, field: &str, last: &[Value], live: &[Value], wanted: &[Value]) -> Value {
    let find = |list: &[Value], id: &Value| -> Option<usize> {
        list.iter().position(|item| item.get(key) == Some(id))
    };
    let none = Value::Null;
    let id = |item: &Value| item.get(key).cloned().unwrap_or_default();
    let mut merged: Vec<Value> = Vec::new();
    for item in wanted {
        let before = find(live, &id(item)).map_or(&none, |at| &live[at]);
        let was = find(last, &id(item)).map_or(&none, |at| &last[at]);
        let mut new = if before.is_null() { pruned(item) } else { merge("", was, before, item) };
        // A volume has one source: another one replaces it.
        if let (true, Some(fields)) = (field == "volumes", new.as_object_mut()) {
            fields.retain(|name, _| item.get(name).is_some());
        }
        merged.push(new);
    }
    let mut from = 0;
    for (place, item) in live.iter().enumerate() {
        if find(wanted, &id(item)).is_some() || find(last, &id(item)).is_some() {
            continue;
        }
        let is_later = |other: &Value| find(live, &id(other)).is_some_and(|other| other > place);
        let at = merged[from..].iter().position(is_later).map_or(merged.len(), |at| from + at);
        merged.insert(at, item.clone());
        from = at + 1;
    }
    Value::Array(merged)
}

/// What was written last, from the live object's annotation.
pub fn last_applied(live: &Value) -> Value {
    let text = live.pointer("/metadata/annotations").and_then(|annotations| annotations.get(LAST_APPLIED));
    text.and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The manifest with itself in the annotation, as apply sends it (`GetModifiedConfiguration`).
pub fn with_annotation(manifest: &Value) -> Value {
    let mut sent = manifest.clone();
    let Some(fields) = sent.as_object_mut() else { return sent };
    let metadata = fields.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    let Some(metadata) = metadata.as_object_mut() else { return sent };
    let annotations = metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
    if annotations.is_null() {
        *annotations = Value::Object(Map::new());
    }
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    let text = Value::String(sent.to_string() + "\n");
    if let Some(annotations) = sent.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.insert(LAST_APPLIED.into(), text);
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
        let manifest = json!({ "spec": { "a": 2, "b": { "x": 1 }, "list": [1], "theirs": null } });
        assert_eq!(
            three_way(&last, &live, &manifest),
            json!({ "spec": { "a": 2, "b": { "x": 1, "z": 3 }, "list": [1] }, "status": { "n": 1 } })
        );
    }

    #[test]
    fn containers_merge_by_name_and_keep_what_others_set_in_them() {
        let last = json!({ "containers": [{ "name": "a", "image": "a:1" }, { "name": "gone" }] });
        let live = json!({ "containers": [
            { "name": "theirs" }, { "name": "a", "image": "a:1", "imagePullPolicy": "Always" }, { "name": "gone" },
        ] });
        let manifest = json!({ "containers": [{ "name": "new" }, { "name": "a", "image": "a:2" }] });
        assert_eq!(
            three_way(&last, &live, &manifest),
            json!({ "containers": [
                { "name": "new" }, { "name": "theirs" }, { "name": "a", "image": "a:2", "imagePullPolicy": "Always" },
            ] })
        );
    }

    #[test]
    fn tolerations_are_replaced_whole_and_a_volume_has_one_source() {
        let live = json!({ "tolerations": [1, 2], "volumes": [{ "name": "v", "hostPath": { "path": "/", "type": "" } }] });
        let manifest = json!({ "tolerations": [3], "volumes": [{ "name": "v", "emptyDir": {} }] });
        assert_eq!(three_way(&live, &live, &manifest), manifest);
    }

    #[test]
    fn what_is_sent_can_be_read_back_as_the_last_manifest() {
        let manifest = json!({ "kind": "Node", "metadata": { "name": "n" } });
        let expected = json!({ "kind": "Node", "metadata": { "name": "n", "annotations": {} } });
        assert_eq!(last_applied(&with_annotation(&manifest)), expected);
    }
}
