//! What server-side apply knows of fields: which there are, which lists are merged by keys of their items, and which
//! values change only as a whole. Upstream: `structured-merge-diff/v6/typed`, and the `listType`, `listMapKey`,
//! `mapType` and `structType` marks of `k8s.io/api`.
//!
//! A field is named by its path as `metadata.managedFields` has it: `f:spec`, `k:{"name":"c"}`, `v:"x"`.

use super::schema::{Shape, Struct, Type, schema};
use crate::api::Kind;
use crate::api::merge::go_text;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A field, from the outside to the inside.
pub type FieldPath = Vec<String>;

/// Lists whose items are told apart by fields; none = they are values of a set. All other lists change as a whole.
const LISTS: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("schedulingGates", &["name"]),
    ("resourceClaims", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("hostAliases", &["ip"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("conditions", &["type"]),
    ("addresses", &["type"]),
    ("ownerReferences", &["uid"]),
    ("finalizers", &[]),
    ("podCIDRs", &[]),
];

/// Types and maps that change as a whole.
const ATOMIC: &[&str] = &[
    "LabelSelector",
    "NodeSelector",
    "NodeSelectorTerm",
    "ConfigMapKeySelector",
    "SecretKeySelector",
    "ObjectFieldSelector",
    "ResourceFieldSelector",
    "LocalObjectReference",
    "TypedLocalObjectReference",
    "ObjectReference",
];

/// The fields by which the items of a list are told apart; none where the list changes as a whole.
fn keys_of(owner: &str, field: &str) -> Option<&'static [&'static str]> {
    match (owner, field) {
        ("Container" | "EphemeralContainer", "ports") => Some(&["containerPort", "protocol"]),
        ("ServiceSpec", "ports") => Some(&["port", "protocol"]),
        ("Endpoint", "addresses") => Some(&[]),
        _ => LISTS.iter().find(|(name, _)| *name == field).map(|(_, keys)| *keys),
    }
}

/// How a value is merged.
enum Way<'s> {
    /// As a whole.
    Whole,
    /// Field by field.
    Fields(&'s Struct),
    /// Entry by entry.
    Entries,
    /// Item by item.
    Items(&'static [&'static str], &'s Type),
}

/// A value's type and the field that holds it.
#[derive(Clone, Copy)]
struct At<'s> {
    type_: &'s Type,
    owner: &'s str,
    field: &'s str,
}

impl<'s> At<'s> {
    fn way(self, value: &Value) -> Way<'s> {
        let is_whole_map =
            matches!((self.owner, self.field), ("PodSpec", "nodeSelector") | ("ServiceSpec", "selector"));
        match (schema().shape(self.type_), value) {
            (Shape::Struct(definition), Value::Object(_)) if !ATOMIC.contains(&definition.name) => {
                Way::Fields(definition)
            }
            (Shape::Plain(Type::Map(_)), Value::Object(_)) if !is_whole_map => Way::Entries,
            (Shape::Plain(Type::List(item)), Value::Array(_)) => match keys_of(self.owner, self.field) {
                Some(keys) => Way::Items(keys, item),
                None => Way::Whole,
            },
            _ => Way::Whole,
        }
    }
}

/// An entry of a map, which changes as a whole.
static LEAF: Type = Type::Any;

/// The name of an item of a list, as a part of a path.
fn item_key(keys: &[&str], item: &Value) -> String {
    if keys.is_empty() {
        return format!("v:{item}");
    }
    let mut named = Map::new();
    for key in keys {
        match (item.get(key), *key) {
            (Some(value), _) => drop(named.insert((*key).into(), value.clone())),
            (None, "protocol") => drop(named.insert("protocol".into(), "TCP".into())),
            _ => {}
        }
    }
    format!("k:{}", Value::Object(named))
}

/// A part of a path as messages show it.
fn shown(part: &str) -> String {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    match part.split_once(':') {
        Some(("k", keys)) => {
            let keys = value(keys);
            let pairs = keys.as_object().into_iter().flatten().map(|(name, value)| format!("{name}={value}"));
            format!("[{}]", pairs.collect::<Vec<_>>().join(","))
        }
        Some(("v", value)) => format!("[={value}]"),
        Some((_, field)) => format!(".{field}"),
        None => part.to_owned(),
    }
}

/// A path as messages show it: `.spec.template.spec.containers[name="c"].image`.
pub fn path_text(path: &[String]) -> String {
    path.iter().map(|part| shown(part)).collect()
}

/// What is wrong with an object that is to be applied: fields that there are not, items that are there twice, values
/// of another type. None for a kind whose fields are not known.
pub fn undeclared(kind: &Kind, value: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    if schema().of_kind(kind).is_some() {
        let mut value = value.clone();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("apiVersion");
            fields.remove("kind");
        }
        let type_ = Type::Named(name_of(kind));
        check(At { type_: &type_, owner: "", field: "" }, &value, "", &mut errors);
    }
    errors
}

/// The name of a type that lives as long as the table.
fn name_of(kind: &Kind) -> &'static str {
    schema().of_kind(kind).map_or("", |definition| definition.name)
}

fn check(at: At, value: &Value, path: &str, errors: &mut Vec<String>) {
    let mut wrong = |what: &str| errors.push(format!("{path}: {what}"));
    match (schema().shape(at.type_), value) {
        (_, Value::Null) | (Shape::Plain(Type::Any), _) => {}
        (Shape::Struct(definition), Value::Object(fields)) => {
            for (name, value) in fields {
                let inner = format!("{path}.{name}");
                match definition.field(name) {
                    None => {
                        errors.push(format!("{inner}: field not declared in schema"));
                        // Upstream looks at no further field of this object.
                        return;
                    }
                    Some(field) => {
                        let at = At { type_: &field.type_, owner: definition.name, field: field.name };
                        check(at, value, &inner, errors);
                    }
                }
            }
        }
        (Shape::Plain(Type::Map(item)), Value::Object(entries)) => {
            for (name, value) in entries {
                check(At { type_: item, ..at }, value, &format!("{path}.{name}"), errors);
            }
        }
        (Shape::Plain(Type::List(item)), Value::Array(items)) => {
            let keys = keys_of(at.owner, at.field);
            let mut seen = BTreeSet::new();
            for (index, value) in items.iter().enumerate() {
                let part = match keys {
                    None => format!("[{index}]"),
                    Some(keys) => shown(&item_key(keys, value)),
                };
                if keys.is_some() && !seen.insert(part.clone()) {
                    errors.push(format!("{path}: duplicate entries for key {part}"));
                }
                check(At { type_: item, owner: "", field: "" }, value, &(path.to_owned() + &part), errors);
            }
        }
        (Shape::Struct(_) | Shape::Plain(Type::Map(_)), other) => {
            wrong(&format!("expected map, got {}", go(other)))
        }
        (Shape::Plain(Type::List(_)), other) => wrong(&format!("expected list, got {}", go(other))),
        (Shape::Plain(Type::Int32 | Type::Int64 | Type::Float), Value::Number(_)) => {}
        (Shape::Plain(Type::Int32 | Type::Int64 | Type::Float), other) => {
            wrong(&format!("expected numeric (int or float), got {}", go_type(other)));
        }
        (Shape::Plain(Type::Bool), Value::Bool(_)) => {}
        (Shape::Plain(Type::Bool), other) => wrong(&format!("expected boolean, got {}", go(other))),
        (Shape::Text | Shape::Plain(Type::String | Type::Time), Value::String(_)) => {}
        (Shape::Text | Shape::Plain(Type::String | Type::Time), other) => {
            wrong(&format!("expected string, got &value.valueUnstructured{{Value:{}}}", go_syntax(other)));
        }
        (Shape::Plain(_), Value::Object(_) | Value::Array(_)) => {
            wrong(&format!("expected any scalar, got {}", go(value)));
        }
        (Shape::Plain(_), _) => {}
    }
}

/// Go's type of a value that was decoded from JSON.
pub fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A value as Go's `%#v` prints it.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name:?}:{}", go_syntax(value)));
            format!("map[string]interface {{}}{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// A value as Go's `%v` prints it there.
fn go(value: &Value) -> String {
    format!("&{{{}}}", go_text(value))
}

/// The fields that an object sets, but for what names it.
pub fn fields_of(kind: &Kind, value: &Value) -> BTreeSet<FieldPath> {
    let mut set = BTreeSet::new();
    let type_ = Type::Named(name_of(kind));
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("apiVersion");
        fields.remove("kind");
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("name");
            metadata.remove("namespace");
        }
        fields.retain(|name, value| {
            name != "metadata" || value.as_object().is_some_and(|fields| !fields.is_empty())
        });
    }
    collect(At { type_: &type_, owner: "", field: "" }, &value, &mut Vec::new(), &mut set);
    set
}

fn collect(at: At, value: &Value, path: &mut FieldPath, set: &mut BTreeSet<FieldPath>) {
    let before = set.len();
    match (at.way(value), value) {
        (Way::Fields(definition), Value::Object(fields)) => {
            for (name, value) in fields {
                if let Some(field) = definition.field(name) {
                    let at = At { type_: &field.type_, owner: definition.name, field: field.name };
                    path.push(format!("f:{name}"));
                    collect(at, value, path, set);
                    path.pop();
                }
            }
        }
        (Way::Entries, Value::Object(entries)) => {
            for (name, value) in entries {
                path.push(format!("f:{name}"));
                collect(At { type_: &LEAF, ..at }, value, path, set);
                path.pop();
            }
        }
        (Way::Items(keys, type_), Value::Array(items)) => {
            for item in items {
                path.push(item_key(keys, item));
                collect(At { type_, owner: "", field: "" }, item, path, set);
                set.insert(path.clone());
                path.pop();
            }
        }
        _ => {}
    }
    if set.len() == before && !path.is_empty() {
        set.insert(path.clone());
    }
}

/// The live object with what is applied.
pub fn applied(kind: &Kind, live: &Value, patch: &Value) -> Value {
    let type_ = Type::Named(name_of(kind));
    merged(At { type_: &type_, owner: "", field: "" }, live, patch)
}

fn merged(at: At, live: &Value, patch: &Value) -> Value {
    match (at.way(patch), live, patch) {
        (Way::Fields(definition), Value::Object(live), Value::Object(patch)) => {
            let mut all = live.clone();
            for (name, value) in patch {
                let old = live.get(name).unwrap_or(&Value::Null);
                let new = match definition.field(name) {
                    Some(field) => merged(
                        At { type_: &field.type_, owner: definition.name, field: field.name },
                        old,
                        value,
                    ),
                    None => value.clone(),
                };
                all.insert(name.clone(), new);
            }
            Value::Object(all)
        }
        (Way::Entries, Value::Object(live), Value::Object(patch)) => {
            let mut all = live.clone();
            all.extend(patch.iter().map(|(name, value)| (name.clone(), value.clone())));
            Value::Object(all)
        }
        (Way::Items(keys, type_), Value::Array(live), Value::Array(patch)) => {
            let at = At { type_, owner: "", field: "" };
            let find = |list: &[Value], wanted: &Value| {
                list.iter().position(|item| item_key(keys, item) == item_key(keys, wanted))
            };
            // What only the live list has keeps its place before that which follows it there.
            let mut all: Vec<Value> = Vec::new();
            let mut seen = 0;
            for item in patch {
                let place = find(live, item);
                if let Some(place) = place.filter(|place| *place >= seen) {
                    let others = live[seen..place].iter().filter(|other| find(patch, other).is_none());
                    all.extend(others.cloned());
                    seen = place + 1;
                }
                all.push(place.map_or_else(|| item.clone(), |place| merged(at, &live[place], item)));
            }
            all.extend(live[seen..].iter().filter(|other| find(patch, other).is_none()).cloned());
            Value::Array(all)
        }
        _ => patch.clone(),
    }
}

/// The value of a field.
pub fn value_at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    let Some((part, rest)) = path.split_first() else { return Some(value) };
    let inner = match (part.split_once(':')?, value) {
        (("f", name), Value::Object(fields)) => fields.get(name)?,
        (_, Value::Array(items)) => items.iter().find(|item| is_named(part, item))?,
        _ => return None,
    };
    value_at(inner, rest)
}

/// Takes a field out.
pub fn remove(value: &mut Value, path: &[String]) {
    let Some((part, rest)) = path.split_first() else { return };
    match (part.split_once(':'), value) {
        (Some(("f", name)), Value::Object(fields)) if rest.is_empty() => drop(fields.remove(name)),
        (Some(("f", name)), Value::Object(fields)) => {
            if let Some(inner) = fields.get_mut(name) {
                remove(inner, rest);
            }
        }
        (_, Value::Array(items)) if rest.is_empty() => items.retain(|item| !is_named(part, item)),
        (_, Value::Array(items)) => {
            if let Some(item) = items.iter_mut().find(|item| is_named(part, item)) {
                remove(item, rest);
            }
        }
        _ => {}
    }
}

/// Whether a part of a path names this item of a list.
fn is_named(part: &str, item: &Value) -> bool {
    let Some((letter, text)) = part.split_once(':') else { return false };
    let Ok(wanted) = serde_json::from_str::<Value>(text) else { return false };
    match (letter, wanted) {
        ("v", wanted) => *item == wanted,
        (_, Value::Object(keys)) => keys.iter().all(|(name, value)| match item.get(name) {
            Some(have) => have == value,
            None => name == "protocol" && value == "TCP",
        }),
        _ => false,
    }
}

/// The fields of an entry of `metadata.managedFields` (`fieldsV1`).
pub fn read_fields(fields: &Value) -> BTreeSet<FieldPath> {
    let mut set = BTreeSet::new();
    read_into(fields, &mut Vec::new(), &mut set);
    set
}

fn read_into(fields: &Value, path: &mut FieldPath, set: &mut BTreeSet<FieldPath>) {
    let Some(fields) = fields.as_object() else { return };
    if (fields.is_empty() || fields.contains_key(".")) && !path.is_empty() {
        set.insert(path.clone());
    }
    for (part, inner) in fields.iter().filter(|(part, _)| *part != ".") {
        path.push(part.clone());
        read_into(inner, path, set);
        path.pop();
    }
}

/// Fields as an entry of `metadata.managedFields` has them.
pub fn written_fields(set: &BTreeSet<FieldPath>) -> Value {
    let mut root = Map::new();
    for path in set {
        let mut at = &mut root;
        for part in path {
            let inner = at.entry(part.clone()).or_insert_with(|| Value::Object(Map::new()));
            let Some(fields) = inner.as_object_mut() else { return Value::Null };
            at = fields;
        }
        let has_inner = set.iter().any(|other| other.len() > path.len() && other.starts_with(path));
        if has_inner {
            at.insert(".".into(), Value::Object(Map::new()));
        }
    }
    Value::Object(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(container: Value) -> Value {
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" }, "spec": { "containers": [container] } })
    }

    #[test]
    fn what_no_schema_has_is_told_at_its_path() {
        for (container, errors) in [
            (json!({ "name": "c", "image": "a" }), vec![]),
            (
                json!({ "name": "c", "imagee": "a" }),
                vec![".spec.containers[name=\"c\"].imagee: field not declared in schema"],
            ),
            (
                json!({ "name": "c", "ports": [{ "containerPort": 80 }, { "containerPort": 80, "protocol": "TCP" }] }),
                vec![
                    ".spec.containers[name=\"c\"].ports: duplicate entries for key [containerPort=80,protocol=\"TCP\"]",
                ],
            ),
            (
                json!({ "name": "c", "stdin": 1 }),
                vec![".spec.containers[name=\"c\"].stdin: expected boolean, got &{1}"],
            ),
        ] {
            assert_eq!(undeclared(&Kind::Pod, &pod(container)), errors);
        }
        let slice = |addresses: Value| json!({ "endpoints": [{ "addresses": addresses }] });
        let twice = ".endpoints[0].addresses: duplicate entries for key [=\"10.0.0.1\"]";
        for (addresses, errors) in
            [(json!(["10.0.0.1", "10.0.0.2"]), vec![]), (json!(["10.0.0.1", "10.0.0.1"]), vec![twice])]
        {
            assert_eq!(undeclared(&Kind::EndpointSlice, &slice(addresses)), errors);
        }
        let custom = Kind::of("sagemaker.services.k8s.aws/v1alpha1", "Endpoint");
        assert_eq!(undeclared(&custom, &json!({ "spec": { "endpointName": "e" } })), Vec::<String>::new());
    }

    #[test]
    fn fields_are_written_and_read_back() {
        let object = pod(
            json!({ "name": "c", "image": "a", "args": ["x"], "resources": { "limits": { "cpu": "1" } } }),
        );
        let set = fields_of(&Kind::Pod, &object);
        let paths: Vec<String> = set.iter().map(|path| path_text(path)).collect();
        assert_eq!(
            paths,
            [
                ".spec.containers[name=\"c\"]",
                ".spec.containers[name=\"c\"].args",
                ".spec.containers[name=\"c\"].image",
                ".spec.containers[name=\"c\"].name",
                ".spec.containers[name=\"c\"].resources.limits.cpu",
            ]
        );
        assert_eq!(read_fields(&written_fields(&set)), set);
        assert!(set.iter().all(|path| value_at(&object, path).is_some()));
    }

    #[test]
    fn what_is_applied_is_merged_by_keys_and_what_is_not_wanted_any_more_goes() {
        let live = pod(json!({ "name": "c", "image": "a", "env": [{ "name": "X" }, { "name": "Y" }] }));
        let patch = pod(json!({ "name": "c", "image": "b", "env": [{ "name": "Y", "value": "1" }] }));
        let mut all = applied(&Kind::Pod, &live, &patch);
        assert_eq!(
            all["spec"]["containers"][0],
            json!({ "name": "c", "image": "b", "env": [{ "name": "X" }, { "name": "Y", "value": "1" }] })
        );
        let gone = ["f:spec", "k:?", "f:containers"].map(str::to_owned);
        remove(&mut all, &gone);
        let gone: Vec<String> =
            ["f:spec", "f:containers", "k:{\"name\":\"c\"}", "f:env", "k:{\"name\":\"X\"}"]
                .map(str::to_owned)
                .to_vec();
        remove(&mut all, &gone);
        assert_eq!(all["spec"]["containers"][0]["env"], json!([{ "name": "Y", "value": "1" }]));
    }
}
