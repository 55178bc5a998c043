//! What differs between two pod templates, field by field.

use crate::api::PodTemplateSpec;
use serde_json::Value;
use std::collections::BTreeMap;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its short name: `image`, `requests.memory`, `tolerations[gpu]`; with the container where there are several.
    pub name: String,
    /// Before; none = it was not there.
    pub before: Option<Value>,
    /// After; none = it is gone.
    pub after: Option<Value>,
}

impl FieldChange {
    /// The new value where that is short enough to be told: `v5.0.2` of an image, `256Mi`.
    pub fn value(&self) -> Option<String> {
        let text = match self.after.as_ref()? {
            Value::String(text) if self.name.ends_with("image") => text.rsplit('/').next()?.to_owned(),
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => return None,
        };
        (text.len() <= 32).then_some(text)
    }
}

/// The fields of a template that differ from another's, in the order of their paths.
pub fn changes(before: &PodTemplateSpec, after: &PodTemplateSpec) -> Vec<FieldChange> {
    let [old, new] = [before, after].map(|template| serde_json::to_value(template).unwrap_or_default());
    let one_container = [&old, &new].iter().all(|template| {
        template.pointer("/spec/containers").and_then(Value::as_array).is_none_or(|all| all.len() == 1)
    });
    let mut found = Vec::new();
    compare(Some(&old), Some(&new), &mut Vec::new(), one_container, &mut found);
    found
}

fn compare(
    before: Option<&Value>,
    after: Option<&Value>,
    path: &mut Vec<String>,
    one_container: bool,
    found: &mut Vec<FieldChange>,
) {
    if before == after {
        return;
    }
    let entries = |value: Option<&Value>| -> Option<Vec<(String, Value)>> {
        match value? {
            Value::Object(fields) => {
                Some(fields.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
            }
            Value::Array(items) => Some(named(items)),
            _ => None,
        }
    };
    let (old, new) = (entries(before), entries(after));
    // A whole item that came or went is one change, not one for each of its fields.
    let is_item = path.last().is_some_and(|last| last.starts_with('['));
    let (Some(old), Some(new)) = (&old, &new) else {
        if is_item || (old.is_none() && new.is_none()) {
            found.push(FieldChange {
                name: short(path, one_container),
                before: before.cloned(),
                after: after.cloned(),
            });
            return;
        }
        let inner = old.or(new).unwrap_or_default();
        for (key, value) in inner {
            path.push(key);
            let (before, after) = if before.is_some() { (Some(&value), None) } else { (None, Some(&value)) };
            compare(before, after, path, one_container, found);
            path.pop();
        }
        return;
    };
    let find = |list: &[(String, Value)], key: &str| {
        list.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone())
    };
    for (key, value) in old {
        path.push(key.clone());
        compare(Some(value), find(new, key).as_ref(), path, one_container, found);
        path.pop();
    }
    for (key, value) in new.iter().filter(|(key, _)| find(old, key).is_none()) {
        path.push(key.clone());
        compare(None, Some(value), path, one_container, found);
        path.pop();
    }
}

/// The items of a list with their names. Two may share one (tolerations of one key with two values); then all but the
/// first are counted.
fn named(items: &[Value]) -> Vec<(String, Value)> {
    let mut seen = BTreeMap::new();
    let name = |(index, item): (usize, &Value)| {
        let name = name_of(item, index);
        let times = seen.entry(name.clone()).or_insert(0);
        *times += 1;
        let name = if *times == 1 { name } else { name.replace(']', &format!("#{times}]")) };
        (name, item.clone())
    };
    items.iter().enumerate().map(name).collect()
}

/// What tells an item of a list from its siblings: its name, or a toleration's key.
fn name_of(item: &Value, index: usize) -> String {
    let text = |field: &str| item.get(field).and_then(Value::as_str);
    match (text("name"), text("key"), text("effect")) {
        (Some(name), ..) => format!("[{name}]"),
        (None, Some(key), Some(effect)) => format!("[{key}:{effect}]"),
        (None, Some(key), None) => format!("[{key}]"),
        _ => format!("[{index}]"),
    }
}

/// The end of a path that says enough.
fn short(path: &[String], one_container: bool) -> String {
    let mut path: Vec<&str> = path.iter().map(String::as_str).collect();
    if path.first() == Some(&"spec") || path.first() == Some(&"metadata") {
        path.remove(0);
    }
    if one_container && path.first() == Some(&"containers") && path.len() > 2 {
        path.drain(..2);
    }
    path.retain(|part| *part != "resources");
    let mut name = String::new();
    for part in path {
        if !name.is_empty() && !part.starts_with('[') {
            name.push('.');
        }
        name.push_str(part);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(before: Value, after: Value) -> Vec<String> {
        let [before, after] = [before, after].map(|value| serde_json::from_value(value).expect("a template"));
        let found = changes(&before, &after);
        found.iter().map(|change| format!("{} {}", change.name, change.value().unwrap_or_default())).collect()
    }

    #[test]
    fn fields_of_the_one_container_have_short_names() {
        let of = |image: &str, memory: &str| {
            json!({ "spec": { "containers": [{
                "name": "c", "image": image, "resources": { "limits": { "memory": memory } },
            }] } })
        };
        assert_eq!(
            told(of("quay.io/a/b:1", "200Mi"), of("quay.io/a/b:2", "256Mi")),
            ["image b:2", "limits.memory 256Mi"]
        );
    }

    #[test]
    fn items_are_known_by_their_names_wherever_they_stand() {
        let of = |tolerations: Value| json!({ "spec": { "containers": [{ "name": "c" }], "tolerations": tolerations } });
        let (a, b) = (
            json!({ "key": "a", "operator": "Exists", "effect": "NoSchedule" }),
            json!({ "key": "b", "operator": "Exists", "effect": "NoSchedule" }),
        );
        assert_eq!(told(of(json!([a])), of(json!([b, a]))), ["tolerations[b:NoSchedule] "]);
        assert_eq!(told(of(json!([a, b])), of(json!([b]))), ["tolerations[a:NoSchedule] "]);
        let two = |image: &str| {
            json!({ "metadata": { "labels": { "v": image } }, "spec": { "containers": [
                { "name": "c", "image": "x" }, { "name": "d", "image": image },
            ] } })
        };
        assert_eq!(told(two("1"), two("2")), ["labels.v 2", "containers[d].image 2"]);
    }

    #[test]
    fn fields_are_told_at_their_depth_and_with_the_value_where_it_is_short() {
        let with = |fields: Value| {
            let mut spec = json!({ "containers": [{ "name": "c", "image": "x" }] });
            for (path, value) in fields.as_object().into_iter().flatten() {
                match path.strip_prefix("c.") {
                    Some(field) => spec["containers"][0][field] = value.clone(),
                    None => spec[path] = value.clone(),
                }
            }
            json!({ "spec": spec })
        };
        let none = json!({});
        let long = "an-argument-that-is-longer-than-32";
        let env = |value: &str| json!({ "c.env": [{ "name": "LEVEL", "value": value }] });
        for (before, after, expected) in [
            (&none, &none, &[][..]),
            (&none, &json!({ "hostNetwork": true }), &["hostNetwork true"][..]),
            (&json!({ "hostNetwork": true }), &none, &["hostNetwork "][..]),
            (
                &json!({ "terminationGracePeriodSeconds": 30 }),
                &json!({ "terminationGracePeriodSeconds": 60 }),
                &["terminationGracePeriodSeconds 60"][..],
            ),
            (&none, &json!({ "nodeSelector": { "disk": "ssd" } }), &["nodeSelector.disk ssd"][..]),
            (
                &json!({ "nodeSelector": { "disk": "ssd", "zone": "a" } }),
                &json!({ "nodeSelector": { "disk": "hdd" } }),
                &["nodeSelector.disk hdd", "nodeSelector.zone "][..],
            ),
            (&env("info"), &env("debug"), &["env[LEVEL].value debug"][..]),
            (&none, &env("info"), &["env[LEVEL] "][..]),
            (&json!({ "c.args": ["a", "b"] }), &json!({ "c.args": ["a", "c"] }), &["args[1] c"][..]),
            (&json!({ "c.args": ["a"] }), &json!({ "c.args": [long] }), &["args[0] "][..]),
            (
                &none,
                &json!({ "c.image": "quay.io/a/b@sha256:0123456789abcdef0123456789abcdef" }),
                &["image "][..],
            ),
            (
                &json!({ "c.resources": { "limits": { "cpu": "1" } } }),
                &json!({ "c.resources": { "requests": { "cpu": "1" } } }),
                &["limits.cpu ", "requests.cpu 1"][..],
            ),
        ] {
            assert_eq!(told(with(before.clone()), with(after.clone())), expected, "{before} {after}");
        }
    }

    #[test]
    fn containers_that_come_or_go_are_one_change_each() {
        let of = |names: &[&str]| {
            let containers: Vec<_> = names.iter().map(|name| json!({ "name": name, "image": "x" })).collect();
            json!({ "spec": { "containers": containers } })
        };
        assert_eq!(told(of(&["a"]), of(&["a", "b"])), ["containers[b] "]);
        assert_eq!(told(of(&["a", "b"]), of(&["b"])), ["containers[a] "]);
        assert_eq!(told(of(&["a", "b"]), of(&["b", "a"])), Vec::<String>::new(), "the order says nothing");
    }

    #[test]
    fn items_of_one_name_are_paired_in_their_order() {
        let of = |values: &[&str]| {
            let tolerations: Vec<_> = values
                .iter()
                .map(|value| json!({ "key": "gpu", "operator": "Equal", "value": value, "effect": "NoSchedule" }))
                .collect();
            json!({ "spec": { "containers": [{ "name": "c" }], "tolerations": tolerations } })
        };
        assert_eq!(told(of(&["a"]), of(&["a", "b"])), ["tolerations[gpu:NoSchedule#2] "]);
        assert_eq!(told(of(&["a", "b"]), of(&["a", "c"])), ["tolerations[gpu:NoSchedule#2].value c"]);
        assert_eq!(told(of(&["a", "b"]), of(&["a"])), ["tolerations[gpu:NoSchedule#2] "]);
    }
}
