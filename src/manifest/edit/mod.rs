//! Changes of a text that keep what the user wrote: comments, order and layout stay, only the lines of the change are
//! touched.
//!
//! Each change is made in two ways: on the object's value, which says what is wanted, and on the text, by the places
//! of its parts. The text is then read again: if it does not hold exactly the wanted object and all the others as they
//! were (an alias may have been hit), the whole object is written anew, and if that fails too, nothing is changed.

mod layout;
mod matching;
mod operation;

use super::tree::{self, Data, Document, Tree};
use super::{items, key_of, kind_of, value_to_yaml, yaml};
use crate::api::{Object, ObjectKey, Taint, Toleration, sort};
use layout::Layout;
use operation::{Operation, Step};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// What is changed of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum TextChange {
    /// Adds a taint to a node, or gives the one of the same key and effect another value.
    SetTaint(Taint),
    /// Takes the taints of a key away, all or those of an effect.
    RemoveTaint {
        /// The taint's key.
        key: String,
        /// The taint's effect; none for all.
        effect: Option<String>,
    },
    /// Sets a label.
    SetLabel(String, String),
    /// Takes a label away.
    RemoveLabel(String),
    /// Sets an annotation.
    SetAnnotation(String, String),
    /// Takes an annotation away.
    RemoveAnnotation(String),
    /// Cordons a node (true) or uncordons it.
    SetUnschedulable(bool),
    /// Adds a toleration to a pod, or to the template of what makes pods.
    AddToleration(Toleration),
    /// Takes a toleration away.
    RemoveToleration(Toleration),
    /// Puts a toleration in the place of another.
    ReplaceToleration(Toleration, Toleration),
    /// Whether a pod, or the pods of a template, use the network of their node.
    SetHostNetwork(bool),
    /// Gives a condition of a node a status. One that is over goes, where a text gives it nothing but a status.
    SetCondition {
        /// The condition's type.
        type_: String,
        /// Whether it is.
        is_true: bool,
    },
    /// Lets a node say nothing more of conditions that nobody knew.
    ForgetUnknown,
    /// Brings what the user may write of an object to what it is, where applying it would make it another.
    Match {
        /// As it is.
        live: Value,
        /// As it would be, if it were applied.
        applied: Value,
    },
    /// Takes the object away: its document, or its place in a list.
    Delete,
}

/// Why a text was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The text does not hold the object.
    NotFound,
    /// The text does not hold the object in what can be read of it.
    Unreadable,
    /// What the change would take away is not there, or what it would add is there already.
    NothingToDo,
    /// The text is written in a way that the change cannot be put into, such as an alias that other objects share.
    Unsupported,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EditError::NotFound => "the text does not hold this object",
            EditError::Unreadable => "a part of the text cannot be read",
            EditError::NothingToDo => "the text says so already",
            EditError::Unsupported => "the text is written in a form that this change cannot be put into",
        })
    }
}

/// Changes an object of a text. Of one that stands there twice the last is changed, which is the one that counts.
///
/// # Errors
/// Nothing is changed if the change cannot be made so that the text holds exactly the changed object and all other
/// objects as they were.
pub fn apply(text: &str, key: &ObjectKey, change: &TextChange) -> Result<String, EditError> {
    let documents = tree::read(text);
    let place = find(&documents, key).ok_or_else(|| not_found(&documents))?;
    let before = place.object.value();
    let mut wanted = values(&documents);
    let position = wanted.iter().rposition(|(known, _)| known == key).ok_or(EditError::NotFound)?;
    let layout = Layout::new(text, place.document);
    if *change == TextChange::Delete {
        wanted.remove(position);
        let edited = match place.parent {
            Some((list, index)) => layout.remove_item(list, index),
            None => Some(layout.remove_document()),
        };
        return edited.filter(|edited| values(&tree::read(edited)) == wanted).ok_or(EditError::Unsupported);
    }
    let operations = operations(change, &before);
    let mut after = before.clone();
    operations.iter().for_each(|operation| operation.apply(&mut after));
    if after == before {
        return Err(EditError::NothingToDo);
    }
    wanted[position].1 = after.clone();
    let holds = |edited: &String| values(&tree::read(edited)) == wanted;
    step_by_step(text, key, &operations)
        .filter(holds)
        .or_else(|| layout.rewrite(&place.object, &after).filter(holds))
        .ok_or(EditError::Unsupported)
}

/// Makes changes one after the other, and tells those that cannot be made. Documents are independent of each other, so
/// each change reads its own only.
pub fn apply_all(text: &str, changes: &[(ObjectKey, TextChange)]) -> (String, Vec<(ObjectKey, EditError)>) {
    let documents = tree::read(text);
    let mut failed = Vec::new();
    let mut of_document: BTreeMap<(usize, usize), Vec<&(ObjectKey, TextChange)>> = BTreeMap::new();
    for change in changes {
        match find(&documents, &change.0) {
            Some(place) => {
                let range = &place.document.range;
                of_document.entry((range.start, range.end)).or_default().push(change);
            }
            None => failed.push((change.0.clone(), not_found(&documents))),
        }
    }
    let mut edited = text.to_owned();
    // From the end on, so that the places of those before stay.
    for ((start, end), changes) in of_document.into_iter().rev() {
        let mut document = text[start..end].to_owned();
        for (key, change) in changes {
            match apply(&document, key, change) {
                Ok(changed) => document = changed,
                Err(error) => failed.push((key.clone(), error)),
            }
        }
        edited.replace_range(start..end, &document);
    }
    (edited, failed)
}

/// The text with an object more, as a document at its end.
pub fn append(text: &str, object: &Object) -> String {
    let yaml = value_to_yaml(&object.to_json());
    if text.trim().is_empty() {
        return yaml;
    }
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    let is_separated = text.trim_end().lines().last().is_some_and(|line| line.trim_end() == "---");
    let separator = if is_separated { "" } else { "---\n" };
    format!("{text}{newline}{separator}{yaml}")
}

/// Each operation on the text that the one before left.
fn step_by_step(text: &str, key: &ObjectKey, operations: &[Operation]) -> Option<String> {
    let mut text = text.to_owned();
    for operation in operations {
        let documents = tree::read(&text);
        let place = find(&documents, key)?;
        text = operation.apply_to_text(&Layout::new(&text, place.document), &place.object)?;
    }
    Some(text)
}

/// Where an object stands.
struct Place<'d> {
    document: &'d Document,
    object: Rc<Tree>,
    /// The list that it is an item of, and which.
    parent: Option<(Rc<Tree>, usize)>,
}

/// The last object of a key.
fn find<'d>(documents: &'d [Document], key: &ObjectKey) -> Option<Place<'d>> {
    documents.iter().rev().find_map(|document| {
        let root = document.content.as_ref().ok()?.as_ref()?;
        let (object, parent) = find_in(root, key)?;
        Some(Place { document, object, parent })
    })
}

/// Why an object was not found.
fn not_found(documents: &[Document]) -> EditError {
    match documents.iter().any(|document| document.content.is_err()) {
        true => EditError::Unreadable,
        false => EditError::NotFound,
    }
}

type Found = (Rc<Tree>, Option<(Rc<Tree>, usize)>);

fn find_in(tree: &Rc<Tree>, key: &ObjectKey) -> Option<Found> {
    let own = items(tree);
    if let [only] = own.as_slice()
        && Rc::ptr_eq(only, tree)
    {
        return is_object(tree, key).then(|| (tree.clone(), None));
    }
    let list = &tree.get("items")?.value;
    let Data::List(inner) = &list.data else { return None };
    inner.iter().enumerate().rev().find_map(|(index, item)| {
        let parent = Some((list.clone(), index));
        if item.text("kind").or(item.text("apiVersion")).is_none() {
            // Its kind is that of the list.
            let position = inner[..index].iter().map(|item| items(item).len()).sum::<usize>();
            return own.get(position).filter(|item| is_object(item, key)).map(|_| (item.clone(), parent));
        }
        let (object, deeper) = find_in(item, key)?;
        Some((object, deeper.or(parent)))
    })
}

fn is_object(tree: &Tree, key: &ObjectKey) -> bool {
    key_of(&kind_of(tree), tree).as_ref() == Some(key)
}

/// All objects of a text by key, and what cannot be named or read.
fn values(documents: &[Document]) -> Vec<(ObjectKey, Value)> {
    let nameless = || ObjectKey::new(crate::api::Kind::of("", ""), "", "");
    let mut values = Vec::new();
    for document in documents {
        match &document.content {
            Ok(Some(tree)) => {
                for item in items(tree) {
                    let mut value = item.value();
                    if let (Data::Map(entries), Some(fields)) = (&item.data, value.as_object_mut()) {
                        // What a list says of its items is no part of them.
                        let implied = entries.iter().filter(|entry| entry.is_implied);
                        implied
                            .filter(|entry| matches!(entry.key.as_str(), "kind" | "apiVersion"))
                            .for_each(|entry| drop(fields.remove(entry.key.as_str())));
                    }
                    values.push((key_of(&kind_of(&item), &item).unwrap_or_else(nameless), value));
                }
            }
            Ok(None) => {}
            // The line that the message names may be another by now.
            Err(error) => {
                let words: String = error.message.chars().filter(|c| !c.is_ascii_digit()).collect();
                values.push((nameless(), words.into()));
            }
        }
    }
    values
}

/// What a change does to an object of this value.
fn operations(change: &TextChange, object: &Value) -> Vec<Operation> {
    let set = |path: Vec<Step>, value: Value| vec![Operation::Set(path, value)];
    let remove = |path: Vec<Step>| vec![Operation::Remove(path)];
    match change {
        TextChange::SetTaint(taint) => {
            let value = serde_json::to_value(taint).unwrap_or_default();
            let is_same = |item: &Value| item["key"] == value["key"] && item["effect"] == value["effect"];
            let path = vec!["spec".into(), "taints".into()];
            match position(object, "/spec/taints", is_same) {
                Some(index) => {
                    let old = object.pointer("/spec/taints").and_then(|taints| taints.get(index));
                    fields([path, vec![Step::Item(index)]].concat(), old, &value)
                }
                None => pushed(path, object.pointer("/spec/taints"), &value),
            }
        }
        TextChange::RemoveTaint { key, effect } => {
            let is_meant = |item: &Value| {
                item["key"] == key.as_str() && effect.as_deref().is_none_or(|effect| item["effect"] == effect)
            };
            remove_items(object, "/spec/taints", vec!["spec".into(), "taints".into()], is_meant)
        }
        TextChange::SetLabel(key, value) => {
            set(vec!["metadata".into(), "labels".into(), Step::field(key)], value.as_str().into())
        }
        TextChange::RemoveLabel(key) => remove(vec!["metadata".into(), "labels".into(), Step::field(key)]),
        TextChange::SetAnnotation(key, value) => {
            set(vec!["metadata".into(), "annotations".into(), Step::field(key)], value.as_str().into())
        }
        TextChange::RemoveAnnotation(key) => {
            remove(vec!["metadata".into(), "annotations".into(), Step::field(key)])
        }
        TextChange::SetUnschedulable(true) => set(vec!["spec".into(), "unschedulable".into()], true.into()),
        TextChange::SetUnschedulable(false) => remove(vec!["spec".into(), "unschedulable".into()]),
        TextChange::AddToleration(toleration) => {
            let value = serde_json::to_value(toleration).unwrap_or_default();
            let (pointer, path) = in_spec(object, "tolerations");
            match position(object, &pointer, |item| is_toleration(item, toleration)) {
                Some(_) => Vec::new(),
                None => pushed(path, object.pointer(&pointer), &value),
            }
        }
        TextChange::RemoveToleration(toleration) => {
            let (pointer, path) = in_spec(object, "tolerations");
            // Of those that are the same one goes.
            let first = position(object, &pointer, |item| is_toleration(item, toleration));
            first
                .map(|index| Operation::Remove([path, vec![Step::Item(index)]].concat()))
                .into_iter()
                .collect()
        }
        TextChange::ReplaceToleration(from, to) => {
            let value = serde_json::to_value(to).unwrap_or_default();
            let (pointer, path) = in_spec(object, "tolerations");
            match position(object, &pointer, |item| is_toleration(item, from)) {
                Some(index) => {
                    let old = object.pointer(&pointer).and_then(|all| all.get(index));
                    fields([path, vec![Step::Item(index)]].concat(), old, &value)
                }
                None => Vec::new(),
            }
        }
        TextChange::SetHostNetwork(true) => set(in_spec(object, "hostNetwork").1, true.into()),
        TextChange::SetHostNetwork(false) => remove(in_spec(object, "hostNetwork").1),
        TextChange::SetCondition { type_, is_true } => {
            let path: Vec<Step> = vec!["status".into(), "conditions".into()];
            let is_it = |item: &Value| item["type"] == type_.as_str();
            let pointer = "/status/conditions";
            let index = position(object, pointer, is_it);
            let old = index.and_then(|index| object.pointer(pointer)?.get(index));
            let is_bare = old.and_then(Value::as_object).is_some_and(|fields| fields.len() <= 2);
            match (index, is_true) {
                (Some(_), false) if is_bare => remove_items(object, pointer, path, is_it),
                (Some(index), _) => {
                    let at = [path, vec![Step::Item(index), "status".into()]].concat();
                    set(at, if *is_true { "True" } else { "False" }.into())
                }
                (None, true) => {
                    let value = serde_json::json!({ "type": type_, "status": "True" });
                    pushed(path, object.pointer(pointer), &value)
                }
                (None, false) => Vec::new(),
            }
        }
        TextChange::ForgetUnknown => {
            let path = vec!["status".into(), "conditions".into()];
            remove_items(object, "/status/conditions", path, |item| item["status"] == "Unknown")
        }
        TextChange::Match { live, applied } => matching::operations(object, applied, live),
        TextChange::Delete => Vec::new(),
    }
}

/// The fields of taints, tolerations and conditions, in the order in which people write them.
const WRITTEN: [&str; 7] = ["key", "operator", "value", "effect", "tolerationSeconds", "type", "status"];

/// A new item of a list, field by field, so that they stand in order.
fn pushed(path: Vec<Step>, list: Option<&Value>, value: &Value) -> Vec<Operation> {
    let index = list.and_then(Value::as_array).map_or(0, Vec::len);
    let Some(first) = WRITTEN.into_iter().find(|name| value.get(name).is_some()) else {
        return vec![Operation::Push(path, value.clone())];
    };
    let start = Value::Object(sort::fields([(first.to_owned(), value[first].clone())]));
    let rest = fields([path.clone(), vec![Step::Item(index)]].concat(), Some(&start), value);
    [vec![Operation::Push(path, start)], rest].concat()
}

/// What makes an item another one; its fields stay in their places.
fn fields(path: Vec<Step>, old: Option<&Value>, new: &Value) -> Vec<Operation> {
    let at = |name: &str| [path.clone(), vec![Step::field(name)]].concat();
    let (mut set, mut gone) = (Vec::new(), Vec::new());
    for name in WRITTEN {
        match (old.and_then(|old| old.get(name)), new.get(name)) {
            (before, Some(after)) if before != Some(after) => {
                set.push(Operation::Set(at(name), after.clone()))
            }
            (Some(_), None) => gone.push(Operation::Remove(at(name))),
            _ => {}
        }
    }
    // What goes does so last: an item that nothing is left in would go as a whole.
    [set, gone].concat()
}

fn position(object: &Value, pointer: &str, is_meant: impl Fn(&Value) -> bool) -> Option<usize> {
    object.pointer(pointer)?.as_array()?.iter().position(is_meant)
}

/// Takes the items away that are meant, the last first, so that the positions of the others stay.
fn remove_items(
    object: &Value,
    pointer: &str,
    path: Vec<Step>,
    is_meant: impl Fn(&Value) -> bool,
) -> Vec<Operation> {
    let items = object.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    let meant = items.iter().enumerate().rev().filter(|(_, item)| is_meant(item));
    meant.map(|(index, _)| Operation::Remove([path.clone(), vec![Step::Item(index)]].concat())).collect()
}

/// Whether an item of a list says this toleration, however it is written.
fn is_toleration(item: &Value, toleration: &Toleration) -> bool {
    serde_json::from_value::<Toleration>(item.clone()).is_ok_and(|own| own == *toleration)
}

/// Where a field of a pod's spec stands, or of the spec in the template of what makes pods.
fn in_spec(object: &Value, field: &str) -> (String, Vec<Step>) {
    let specs = ["spec/template/spec", "spec/jobTemplate/spec/template/spec", "template/spec"];
    let spec = specs.iter().find(|spec| object.pointer(&format!("/{spec}")).is_some()).unwrap_or(&"spec");
    let path = format!("{spec}/{field}");
    (format!("/{path}"), path.split('/').map(Step::field).collect())
}

#[cfg(test)]
mod tests;
