//! What `kubectl apply` makes of a live object and its manifest: the strategic three-way merge. Upstream:
//! `kubectl/pkg/cmd/apply/patcher.go`, `apimachinery/pkg/util/strategicpatch/patch.go`, and the `patchMergeKey` tags
//! of `k8s.io/api`.

use super::Object;
use crate::api::sort;
use serde_json::{Map, Value};
use std::rc::Rc;

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

/// Maps of which only the fields stay that are written (`patchStrategy:"retainKeys"`): a Deployment's strategy.
const RETAINED: &str = "strategy";

/// Maps that are replaced whole (`patchStrategy:"replace"`), by their kind: its place in the object is `spec`.
const REPLACED: &[(&str, &str)] = &[("PodDisruptionBudget", "selector")];

/// The map of an object that is replaced whole, as it is in another state of it.
fn replaced<'a>(object: &Value, state: &'a Value) -> Option<(&'static str, &'a Value)> {
    let (_, field) = REPLACED.iter().find(|(kind, _)| object["kind"] == *kind)?;
    let value = state.get("spec")?.get(field)?;
    value.is_object().then_some((field, value))
}

/// The live object with the manifest's fields, and without those that the last manifest had and this one has not.
pub fn three_way(last: &Value, live: &Value, manifest: &Value) -> Value {
    let mut merged = merge("", last, live, manifest);
    if let Some((field, value)) = replaced(live, manifest) {
        merged["spec"][field] = pruned(value);
    }
    merged
}

fn merge(field: &str, last: &Value, live: &Value, manifest: &Value) -> Value {
    match (live, manifest) {
        (Value::Object(live), Value::Object(manifest)) => {
            let empty = Map::new();
            let last = last.as_object().unwrap_or(&empty);
            let mut merged = live.clone();
            merged.retain(|name, _| {
                manifest.contains_key(name) || !last.contains_key(name) && field != RETAINED
            });
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
        Value::Object(fields) => Value::Object(sort::fields(
            fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), pruned(value))),
        )),
        Value::Array(items) => items.iter().map(pruned).collect(),
        value => value.clone(),
    }
}

fn union(last: &[Value], live: &[Value], wanted: &[Value]) -> Value {
    let kept = live.iter().filter(|value| wanted.contains(value) || !last.contains(value));
    let new = wanted.iter().filter(|value| !live.contains(value));
    in_order(None, live, kept.chain(new).cloned().collect(), wanted).into()
}

/// The item of another list that is paired with the one at a place of a list: of several with the same key the first
/// belongs to the first and the second to the second, such as a port number of TCP and of UDP. So upstream compares them
/// (`diffListsOfMaps`); but what it then sends it merges into the first of the same key, so that of two such ports one is
/// lost when the second is added or changed. That is not followed here.
fn partner<'a>(key: &str, list: &[Value], at: usize, other: &'a [Value]) -> Option<&'a Value> {
    let is_same = |item: &&Value| item.get(key) == list[at].get(key);
    let before = list[..at].iter().filter(is_same).count();
    other.iter().filter(is_same).nth(before)
}

/// Merges lists by a key of their items.
fn lists(key: &str, field: &str, last: &[Value], live: &[Value], wanted: &[Value]) -> Value {
    let id = |item: &Value| item.get(key).cloned().unwrap_or_default();
    let has = |list: &[Value], item: &Value| list.iter().any(|other| id(other) == id(item));
    let none = Value::Null;
    let is_kept = |item: &&Value| !has(wanted, item) && !has(last, item);
    let mut merged: Vec<Value> = live.iter().filter(is_kept).cloned().collect();
    for (at, item) in wanted.iter().enumerate() {
        let before = partner(key, wanted, at, live).unwrap_or(&none);
        let was = partner(key, wanted, at, last).unwrap_or(&none);
        let mut new = if before.is_null() { pruned(item) } else { merge("", was, before, item) };
        // A volume has one source: another one replaces it.
        if let (true, Some(fields)) = (field == "volumes", new.as_object_mut()) {
            fields.retain(|name, _| item.get(name).is_some());
        }
        merged.push(new);
    }
    in_order(Some(key), live, merged, wanted).into()
}

/// The items of a merged list: those of a patch in the order that it gives, and those that only the server has at
/// their places between them (`normalizeElementOrder`, `mergeSortedSlice`).
fn in_order(key: Option<&str>, live: &[Value], merged: Vec<Value>, order: &[Value]) -> Vec<Value> {
    let id =
        |item: &Value| key.map_or_else(|| item.clone(), |key| item.get(key).cloned().unwrap_or_default());
    let place = |list: &[Value], item: &Value| list.iter().position(|other| id(other) == id(item));
    let (mut ours, mut others): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| place(order, item).is_some());
    sort::by_key(&mut ours, |item| place(order, item));
    sort::by_key(&mut others, |item| place(live, item));
    let mut all = Vec::new();
    let mut others = others.into_iter().peekable();
    for item in ours {
        let end = place(live, &item);
        while let Some(other) = others.next_if(|other| end.is_some_and(|end| place(live, other) < Some(end)))
        {
            all.push(other);
        }
        all.push(item);
    }
    all.extend(others);
    all
}

/// What a comparison of two states tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// What is new or different.
    Changes,
    /// What is gone.
    Deletions,
}

/// The patch that apply sends: what differs from the live object, and null for what the last manifest had and this
/// one has not (`CreateThreeWayMergePatch`).
pub fn three_way_patch(last: &Value, live: &Value, manifest: &Value) -> Value {
    let empty = Map::new();
    let map = |value: &Value| value.as_object().unwrap_or(&empty).clone();
    let mut changes = differences(&map(live), &map(manifest), Told::Changes, false);
    if let (Some((field, value)), Some(_)) = (replaced(live, manifest), replaced(live, live)) {
        let spec = changes.entry("spec").or_insert_with(|| Map::new().into());
        spec[field] = value.clone();
    }
    let deletions = differences(&map(last), &map(manifest), Told::Deletions, false);
    joined("", Value::Object(deletions), Value::Object(changes))
}

fn differences(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    told: Told,
    retains: bool,
) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, value) in new {
        match (old.get(name), value) {
            (Some(Value::Object(old)), Value::Object(value)) => {
                let inner = differences(old, value, told, name == RETAINED);
                if !inner.is_empty() {
                    patch.insert(name.clone(), inner.into());
                }
            }
            (Some(Value::Array(old)), Value::Array(items)) => {
                list_differences(name, old, items, told, &mut patch)
            }
            (old, value) if told == Told::Changes && old != Some(value) => {
                patch.insert(name.clone(), value.clone());
            }
            _ => {}
        }
    }
    let gone = || old.keys().filter(|name| !new.contains_key(*name));
    if told == Told::Deletions {
        patch.extend(gone().map(|name| (name.clone(), Value::Null)));
    }
    // Of a volume only one source stays, of a strategy what belongs to its type.
    if retains && (!patch.is_empty() || gone().next().is_some()) {
        let kept =
            new.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| Value::from(name.as_str()));
        patch.insert("$retainKeys".into(), kept.collect());
    }
    patch
}

fn list_differences(field: &str, old: &[Value], new: &[Value], told: Told, patch: &mut Map<String, Value>) {
    let order = format!("$setElementOrder/{field}");
    if SETS.contains(&field) {
        let missing = |from: &[Value], in_: &[Value]| -> Vec<Value> {
            from.iter().filter(|value| !in_.contains(value)).cloned().collect()
        };
        let (added, gone) = (missing(new, old), missing(old, new));
        if told == Told::Deletions && !gone.is_empty() {
            patch.insert(format!("$deleteFromPrimitiveList/{field}"), gone.into());
            patch.insert(order, new.to_vec().into());
        } else if told == Told::Changes && old != new {
            if !added.is_empty() {
                patch.insert(field.into(), added.into());
            }
            if !old.is_empty() {
                patch.insert(order, new.to_vec().into());
            }
        }
        return;
    }
    let Some(key) = merge_key(field, &[old, new].concat()) else {
        if told == Told::Changes && old != new {
            patch.insert(field.into(), new.to_vec().into());
        }
        return;
    };
    let id = |item: &Value| item.get(key).cloned().unwrap_or_default();
    if old.is_empty() {
        if told == Told::Changes && !new.is_empty() {
            patch.insert(field.into(), new.to_vec().into());
        }
        return;
    }
    let mut items: Vec<Value> = Vec::new();
    for (at, item) in new.iter().enumerate() {
        let Some(fields) = item.as_object() else { continue };
        match partner(key, new, at, old).and_then(Value::as_object) {
            Some(old) => {
                let mut inner = differences(old, fields, told, field == "volumes");
                if !inner.is_empty() {
                    inner.insert(key.into(), id(item));
                    items.push(inner.into());
                }
            }
            None if told == Told::Changes => items.push(item.clone()),
            None => {}
        }
    }
    if told == Told::Deletions {
        let gone = old.iter().filter(|old| !new.iter().any(|item| id(item) == id(old)));
        items.extend(gone.map(|old| {
            let mut deleted = sort::fields([(DIRECTIVE.to_owned(), "delete".into())]);
            deleted.insert(key.into(), id(old));
            Value::Object(deleted)
        }));
    }
    let is_same_order = old.len() == new.len() && old.iter().zip(new).all(|(old, new)| id(old) == id(new));
    if !items.is_empty() || (told == Told::Changes && !is_same_order) {
        let ids = new.iter().map(|item| Value::Object(sort::fields([(key.to_owned(), id(item))])));
        patch.insert(order, ids.collect());
    }
    if !items.is_empty() {
        patch.insert(field.into(), items.into());
    }
}

/// Two patches as one; where both say something the second counts.
fn joined(field: &str, first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut first), Value::Object(second)) => {
            for (name, value) in second {
                let old = first.remove(&name);
                let value = old.map_or(value.clone(), |old| joined(&name, old, value));
                first.insert(name, value);
            }
            Value::Object(first)
        }
        (Value::Array(first), Value::Array(second)) if !field.starts_with('$') => {
            let key = merge_key(field, &[first.as_slice(), second.as_slice()].concat());
            let Some(key) = key else { return second.into() };
            let mut all = first;
            for item in second {
                match all.iter().position(|other| other.get(key) == item.get(key)) {
                    Some(at) => all[at] = joined("", all[at].take(), item),
                    None => all.push(item),
                }
            }
            all.into()
        }
        (_, second) => second,
    }
}

/// A JSON merge patch (RFC 7386).
pub fn merge_patch(live: &Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut merged = live.as_object().cloned().unwrap_or_default();
    for (name, change) in changes {
        if change.is_null() {
            merged.remove(name);
        } else {
            let new = merge_patch(merged.get(name).unwrap_or(&Value::Null), change);
            merged.insert(name.clone(), new);
        }
    }
    Value::Object(merged)
}

/// A JSON patch (RFC 6902): a list of operations, as upstream does them (`gopkg.in/evanphx/json-patch.v4`). What is not
/// there is null: it can be replaced, tested and copied.
///
/// # Errors
/// One of them cannot be done, in that library's words.
pub fn json_patch(live: &Value, operations: &[Value]) -> Result<Value, String> {
    const MISSING: &str = "missing value";
    let mut doc = live.clone();
    for operation in operations {
        let text = |field: &str| operation.get(field).and_then(Value::as_str);
        let op = text("op").unwrap_or("unknown");
        if !["add", "remove", "replace", "move", "test", "copy"].contains(&op) {
            return Err(format!("Unexpected kind: {op}"));
        }
        let path = || {
            let told =
                if ["add", "remove", "copy"].contains(&op) { "" } else { "operation missing path field: " };
            text("path").ok_or_else(|| format!("{op} operation failed to decode path: {told}{MISSING}"))
        };
        let from = || {
            let told = "operation, missing from field";
            text("from").ok_or_else(|| format!("{op} operation failed to decode from: {told}: {MISSING}"))
        };
        let value = operation.get("value").cloned().unwrap_or_default();
        let added = |doc: &mut Value, value: Value, missing: &str, error: &str| {
            let path = path()?;
            let quote = if op == "add" { "\"" } else { "" };
            let (held, name) = holder(doc, path).ok_or_else(|| {
                format!(
                    "{op} operation does not apply: doc is missing {missing}: {quote}{path}{quote}: {MISSING}"
                )
            })?;
            add(held, &name, value).map_err(|why| format!("{error}{why}"))
        };
        let in_path = |path: &str| format!("error in {op} for path: '{path}': ");
        match op {
            "add" => {
                let error = in_path(text("path").unwrap_or_default());
                added(&mut doc, value, "path", &error)?;
            }
            "remove" => {
                let path = path()?;
                let (held, name) = holder(&mut doc, path).ok_or_else(|| {
                    format!("{op} operation does not apply: doc is missing path: \"{path}\": {MISSING}")
                })?;
                remove(held, &name).map_err(|why| in_path(path) + &why)?;
            }
            "replace" => {
                let path = path()?;
                if path.is_empty() {
                    if !value.is_object() && !value.is_array() {
                        return Err("replace operation value must be object or array: %!w(<nil>)".into());
                    }
                    doc = value;
                    continue;
                }
                let missing = |what: &str| {
                    format!("replace operation does not apply: doc is missing {what}: {path}: {MISSING}")
                };
                let (held, name) = holder(&mut doc, path).ok_or_else(|| missing("path"))?;
                get(held, &name).map_err(|_| missing("key"))?;
                set(held, &name, value);
            }
            "test" => {
                let path = path()?;
                let found = if path.is_empty() {
                    doc.clone()
                } else {
                    let (held, name) = holder(&mut doc, path).ok_or_else(|| {
                        format!("test operation does not apply: is missing path: {path}: {MISSING}")
                    })?;
                    get(held, &name).map_err(|why| in_path(path) + &why)?
                };
                if found != value {
                    return Err(format!("testing value {path} failed: test failed"));
                }
            }
            _ => {
                let from = from()?;
                let (held, name) = holder(&mut doc, from).ok_or_else(|| {
                    format!("{op} operation does not apply: doc is missing from path: {from}: {MISSING}")
                })?;
                let at =
                    if op == "move" { in_path(&name) } else { format!("error in copy for from: '{from}': ") };
                let value = get(held, &name).map_err(|why| format!("{at}{why}"))?;
                if op == "move" {
                    remove(held, &name).map_err(|why| format!("{at}{why}"))?;
                }
                let error = match op {
                    "move" => in_path(text("path").unwrap_or_default()),
                    _ => "error while adding value during copy: ".into(),
                };
                added(&mut doc, value, "destination path", &error)?;
            }
        }
    }
    Ok(doc)
}

/// What holds a place, and the place's name in it. What stands before the first slash is passed over.
fn holder<'d>(doc: &'d mut Value, path: &str) -> Option<(&'d mut Value, String)> {
    let name = |part: &str| part.replace("~1", "/").replace("~0", "~");
    let mut parts = path.split('/').skip(1).map(name);
    let (mut held, mut last) = (doc, parts.next()?);
    for next in parts {
        held = match held {
            Value::Object(fields) => fields.get_mut(&last)?,
            Value::Array(items) => {
                let at = index(&last, items.len()).ok()?;
                items.get_mut(at)?
            }
            _ => return None,
        };
        last = next;
    }
    (held.is_object() || held.is_array()).then_some((held, last))
}

/// A place in a list of so many places; a negative one counts from the end.
fn index(name: &str, places: usize) -> Result<usize, String> {
    let number: i64 = name.parse().map_err(|_| format!("strconv.Atoi: parsing {name:?}: invalid syntax"))?;
    let invalid = || format!("Unable to access invalid index: {number}: invalid index referenced");
    let at = if number < 0 { number + i64::try_from(places).unwrap_or(i64::MAX) } else { number };
    usize::try_from(at).ok().filter(|at| *at < places).ok_or_else(invalid)
}

fn get(held: &Value, name: &str) -> Result<Value, String> {
    match held {
        Value::Array(items) => index(name, items.len()).map(|at| items[at].clone()),
        other => Ok(other.get(name).cloned().unwrap_or_default()),
    }
}

/// Puts a value where one is.
fn set(held: &mut Value, name: &str, value: Value) {
    match held {
        Value::Array(items) => {
            if let Ok(at) = index(name, items.len()) {
                items[at] = value;
            }
        }
        Value::Object(fields) => drop(fields.insert(name.to_owned(), value)),
        _ => {}
    }
}

fn add(held: &mut Value, name: &str, value: Value) -> Result<(), String> {
    match held {
        Value::Array(items) if name == "-" => items.push(value),
        Value::Array(items) => {
            let at = index(name, items.len() + 1).map_err(|why| match why.starts_with("strconv") {
                true => format!("value was not a proper array index: '{name}': {why}"),
                false => why,
            })?;
            items.insert(at, value);
        }
        other => set(other, name, value),
    }
    Ok(())
}

fn remove(held: &mut Value, name: &str) -> Result<(), String> {
    match held {
        Value::Array(items) => index(name, items.len()).map(|at| drop(items.remove(at))),
        Value::Object(fields) => match fields.remove(name) {
            Some(_) => Ok(()),
            None => Err(format!("Unable to remove nonexistent key: {name}: missing value")),
        },
        _ => Ok(()),
    }
}

/// What an item of a list with keys says of itself instead of a value.
const DIRECTIVE: &str = "$patch";

/// A strategic merge patch (`StrategicMergePatch`).
///
/// # Errors
/// An item of a list lacks the field that tells it apart.
pub fn strategic_patch(live: &Value, patch: &Value) -> Result<Value, String> {
    let mut merged = patched("", live, patch)?;
    if let Some((field, value)) = replaced(live, patch) {
        merged["spec"][field] = value.clone();
    }
    Ok(merged)
}

fn patched(field: &str, live: &Value, patch: &Value) -> Result<Value, String> {
    match patch {
        Value::Object(changes) => {
            let directive = changes.get(DIRECTIVE).and_then(Value::as_str);
            let kept = if directive.is_some() { None } else { live.as_object() };
            let mut merged = kept.cloned().unwrap_or_default();
            if let Some(retained) = changes.get("$retainKeys").and_then(Value::as_array) {
                merged.retain(|name, _| retained.iter().any(|retained| retained == name));
            }
            if directive == Some("delete") {
                return Ok(Value::Object(merged));
            }
            for (name, change) in changes {
                if let Some(list) = name.strip_prefix("$deleteFromPrimitiveList/") {
                    let gone = change.as_array().cloned().unwrap_or_default();
                    if let Some(items) = merged.get_mut(list).and_then(Value::as_array_mut) {
                        items.retain(|item| !gone.contains(item));
                    }
                } else if change.is_null() {
                    merged.remove(name);
                } else if !name.starts_with('$') {
                    let new = patched(name, merged.get(name).unwrap_or(&Value::Null), change)?;
                    merged.insert(name.clone(), new);
                }
            }
            for (name, order) in changes {
                if let (Some(list), Some(order)) = (name.strip_prefix("$setElementOrder/"), order.as_array())
                    && let Some(items) = merged.get_mut(list).and_then(Value::as_array_mut)
                {
                    let before = live.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                    *items = in_order(merge_key(list, items), before, std::mem::take(items), order);
                }
            }
            Ok(Value::Object(merged))
        }
        Value::Array(changes) => patched_list(field, live.as_array().map_or(&[][..], Vec::as_slice), changes),
        other => Ok(other.clone()),
    }
}

fn patched_list(field: &str, live: &[Value], changes: &[Value]) -> Result<Value, String> {
    if SETS.contains(&field) {
        let new = changes.iter().filter(|change| !live.contains(change));
        let all = live.iter().chain(new).cloned().collect();
        return Ok(in_order(None, live, all, changes).into());
    }
    let all = [live, changes].concat();
    let Some(key) = merge_key(field, &all) else { return Ok(changes.to_vec().into()) };
    let is_replacing = |item: &Value| item[DIRECTIVE] == "replace";
    if changes.iter().any(is_replacing) {
        return Ok(changes.iter().filter(|item| !is_replacing(item)).cloned().collect());
    }
    let mut merged = live.to_vec();
    for change in changes {
        let Some(id) = change.get(key) else {
            return Err(format!("map: {} does not contain declared merge key: {key}", go_text(change)));
        };
        let place = merged.iter().position(|item| item.get(key) == Some(id));
        match place {
            Some(at) if change[DIRECTIVE] == "delete" => drop(merged.remove(at)),
            None if change[DIRECTIVE] == "delete" => {}
            Some(at) => merged[at] = patched("", &merged[at], change)?,
            None => merged.push(patched("", &Value::Null, change)?),
        }
    }
    Ok(in_order(Some(key), live, merged, changes).into())
}

/// A value as Go's `%v` prints it.
pub fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_text).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let pairs = fields.iter().map(|(name, value)| format!("{name}:{}", go_text(value)));
            format!("map[{}]", pairs.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

/// Whether a change of an object is more than a new note of what was applied, or another order of taints: kubectl puts
/// new ones first, who writes a list puts them last.
pub fn says_more(before: Option<&Object>, after: Option<&Object>) -> bool {
    let bare = |object: &Object| {
        let mut object = object.clone();
        let metadata = object.metadata_mut();
        metadata.annotations.remove(LAST_APPLIED);
        metadata.resource_version = "".into();
        if let Object::Node(node) = &mut object {
            let taints = &mut Rc::make_mut(node).spec.taints;
            sort::by(taints, |left, right| (&left.key, &left.effect).cmp(&(&right.key, &right.effect)));
        }
        object
    };
    before.map(bare) != after.map(bare)
}

/// What was written last, from the live object's annotation.
pub fn last_applied(live: &Value) -> Value {
    let text = live.pointer("/metadata/annotations").and_then(|annotations| annotations.get(LAST_APPLIED));
    text.and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The manifest with itself in the annotation, as apply sends it (`GetModifiedConfiguration`).
pub fn with_annotation(mut sent: Value) -> Value {
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
    fn the_patch_that_apply_sends_says_what_differs_and_what_is_gone() {
        let last = json!({ "spec": { "gone": 1, "containers": [{ "name": "a", "env": [{ "name": "X" }] }, { "name": "old" }] } });
        let live = json!({ "spec": {
            "gone": 1, "theirs": 2, "same": { "x": 1 },
            "containers": [{ "name": "a", "image": "a:1", "env": [{ "name": "X" }] }, { "name": "old" }],
        } });
        let manifest =
            json!({ "spec": { "same": { "x": 1 }, "containers": [{ "name": "a", "image": "a:2" }] } });
        assert_eq!(
            three_way_patch(&last, &live, &manifest).to_string(),
            r#"{"spec":{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"env":null,"image":"a:2","name":"a"},{"$patch":"delete","name":"old"}],"gone":null}}"#
        );
        assert_eq!(three_way_patch(&manifest, &manifest, &manifest), json!({}));
        let order = json!({ "env": [{ "name": "a" }, { "name": "theirs" }] });
        let mine = json!({ "env": [{ "name": "a" }] });
        assert_eq!(
            three_way_patch(&mine, &order, &mine),
            json!({ "$setElementOrder/env": [{ "name": "a" }] })
        );
        let volume = |source: &str| json!({ "volumes": [{ "name": "v", source: {} }] });
        assert_eq!(
            three_way_patch(&volume("a"), &volume("a"), &volume("b")),
            json!({
                "$setElementOrder/volumes": [{ "name": "v" }],
                "volumes": [{ "$retainKeys": ["b", "name"], "a": null, "b": {}, "name": "v" }],
            })
        );
    }

    /// `diffListsOfMaps`: both lists are walked in step, so of equal keys the first meets the first.
    #[test]
    fn ports_of_one_number_are_told_apart_by_their_order() {
        let port =
            |name: &str, protocol: &str| json!({ "name": name, "containerPort": 53, "protocol": protocol });
        let both = json!({ "ports": [port("dns", "UDP"), port("dns-tcp", "TCP")] });
        assert_eq!(three_way_patch(&both, &both, &both), json!({}));
        assert_eq!(three_way(&both, &both, &both), both);
    }

    /// `patchStrategy:"retainKeys"` of `DeploymentSpec.Strategy`, `patchStrategy:"replace"` of
    /// `PodDisruptionBudgetSpec.Selector`.
    #[test]
    fn some_maps_are_not_merged_field_by_field() {
        let spec = |strategy: Value| json!({ "kind": "Deployment", "spec": { "strategy": strategy } });
        let live = spec(json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%" } }));
        let manifest = spec(json!({ "type": "Recreate" }));
        for last in [Value::Null, manifest.clone()] {
            assert_eq!(three_way(&last, &live, &manifest), manifest);
            let patch = json!({ "spec": { "strategy": { "$retainKeys": ["type"], "type": "Recreate" } } });
            assert_eq!(three_way_patch(&last, &live, &manifest), patch);
            assert_eq!(strategic_patch(&live, &patch), Ok(manifest.clone()));
        }
        let budget = |labels: Value| json!({ "kind": "PodDisruptionBudget", "spec": { "selector": { "matchLabels": labels } } });
        let (live, other) = (budget(json!({ "a": "1", "b": "2" })), budget(json!({ "a": "1" })));
        assert_eq!(three_way_patch(&live, &live, &live), json!({ "spec": live["spec"] }));
        assert_eq!(three_way(&Value::Null, &live, &other), other);
        assert_eq!(strategic_patch(&live, &json!({ "spec": other["spec"] })), Ok(other));
    }

    #[test]
    fn the_three_kinds_of_patches_change_what_they_say() {
        let live = json!({ "spec": { "containers": [{ "name": "a", "image": "a:1" }, { "name": "b" }], "args": [1] } });
        let patch = json!({ "spec": { "containers": [{ "name": "a", "image": "a:2" }, { "name": "b", "$patch": "delete" }, { "name": "c" }], "args": [2] } });
        assert_eq!(
            strategic_patch(&live, &patch),
            Ok(
                json!({ "spec": { "containers": [{ "name": "a", "image": "a:2" }, { "name": "c" }], "args": [2] } })
            )
        );
        let nameless = json!({ "spec": { "containers": [{ "image": "a:2" }] } });
        assert_eq!(
            strategic_patch(&live, &nameless),
            Err("map: map[image:a:2] does not contain declared merge key: name".into())
        );
        let ordered =
            json!({ "spec": { "$setElementOrder/containers": [{ "name": "b" }, { "name": "a" }] } });
        let names = strategic_patch(&live, &ordered).expect("a patch")["spec"]["containers"].clone();
        assert_eq!(names, json!([{ "name": "b" }, { "name": "a", "image": "a:1" }]));
        assert_eq!(
            merge_patch(&live, &json!({ "spec": { "containers": null, "args": [] }, "x": 1 })),
            json!({ "spec": { "args": [] }, "x": 1 })
        );
        let operations = [
            json!({ "op": "test", "path": "/spec/args/0", "value": 1 }),
            json!({ "op": "add", "path": "/spec/args/-", "value": 2 }),
            json!({ "op": "move", "from": "/spec/containers/1", "path": "/b" }),
            json!({ "op": "remove", "path": "/spec/containers" }),
        ];
        assert_eq!(
            json_patch(&live, &operations),
            Ok(json!({ "spec": { "args": [1, 2] }, "b": { "name": "b" } }))
        );
        for (operation, told) in [
            (
                json!({ "op": "remove", "path": "/x" }),
                "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value",
            ),
            (
                json!({ "op": "remove", "path": "/x/y" }),
                "remove operation does not apply: doc is missing path: \"/x/y\": missing value",
            ),
            (json!({ "op": "test", "path": "/x", "value": 1 }), "testing value /x failed: test failed"),
            (json!({ "op": "dance", "path": "/x" }), "Unexpected kind: dance"),
            (json!({ "op": "add" }), "add operation failed to decode path: missing value"),
            (
                json!({ "op": "replace" }),
                "replace operation failed to decode path: operation missing path field: missing value",
            ),
            (
                json!({ "op": "move", "path": "/x" }),
                "move operation failed to decode from: operation, missing from field: missing value",
            ),
            (
                json!({ "op": "move", "from": "/x", "path": "/y" }),
                "error in move for path: 'x': Unable to remove nonexistent key: x: missing value",
            ),
            (
                json!({ "op": "copy", "from": "/x/z", "path": "/y" }),
                "copy operation does not apply: doc is missing from path: /x/z: missing value",
            ),
        ] {
            assert_eq!(json_patch(&live, std::slice::from_ref(&operation)), Err(told.into()), "{operation}");
        }
        let list = json!({ "l": [1, 2] });
        for (operation, after) in [
            (json!({ "op": "add", "path": "/l/-1", "value": 3 }), Ok(json!([1, 2, 3]))),
            (json!({ "op": "add", "path": "/l/-2", "value": 3 }), Ok(json!([1, 3, 2]))),
            (json!({ "op": "remove", "path": "/l/-1" }), Ok(json!([1]))),
            (
                json!({ "op": "add", "path": "/l/9", "value": 3 }),
                Err(
                    "error in add for path: '/l/9': Unable to access invalid index: 9: invalid index referenced",
                ),
            ),
            (
                json!({ "op": "add", "path": "/l/x", "value": 3 }),
                Err(
                    "error in add for path: '/l/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax",
                ),
            ),
            (
                json!({ "op": "replace", "path": "/l/2", "value": 3 }),
                Err("replace operation does not apply: doc is missing key: /l/2: missing value"),
            ),
        ] {
            let ours = json_patch(&list, std::slice::from_ref(&operation));
            assert_eq!(ours.map(|after| after["l"].clone()), after.map_err(str::to_owned), "{operation}");
        }
    }

    #[test]
    fn what_is_sent_can_be_read_back_as_the_last_manifest() {
        let manifest = json!({ "kind": "Node", "metadata": { "name": "n" } });
        let expected = json!({ "kind": "Node", "metadata": { "name": "n", "annotations": {} } });
        assert_eq!(last_applied(&with_annotation(manifest)), expected);
    }

    #[test]
    fn what_a_patch_brings_stands_before_what_only_the_server_has() {
        let live = json!({ "containers": [{ "name": "a" }, { "name": "b" }], "finalizers": ["x"] });
        for (patch, containers) in [
            (json!({ "containers": [{ "name": "c" }] }), ["c", "a", "b"].as_slice()),
            (json!({ "containers": [{ "name": "b", "image": "i" }, { "name": "c" }] }), &["a", "b", "c"]),
            (
                json!({
                    "$setElementOrder/containers": [{ "name": "c" }, { "name": "a" }],
                    "containers": [{ "name": "c" }, { "name": "b", "$patch": "delete" }],
                }),
                &["c", "a"],
            ),
        ] {
            let merged = strategic_patch(&live, &patch).expect("a patch");
            let names: Vec<&str> = merged["containers"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| one["name"].as_str())
                .collect();
            assert_eq!(names, containers, "{patch}");
        }
        let merged = strategic_patch(&live, &json!({ "finalizers": ["y"] })).expect("a patch");
        assert_eq!(merged["finalizers"], json!(["y", "x"]));
    }
}
