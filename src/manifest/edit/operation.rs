//! One change of a value, by its path.

use super::layout::Layout;
use crate::api::sort;
use crate::manifest::tree::{Data, Tree};
use ecow::EcoString;
use serde_json::Value;

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Field(EcoString),
    Item(usize),
}

impl Step {
    pub fn field(name: &str) -> Self {
        Step::Field(name.into())
    }
}

impl From<&str> for Step {
    fn from(name: &str) -> Self {
        Step::field(name)
    }
}

/// One change of a value.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    /// Gives a field or item a value; fields on the way that are missing are added.
    Set(Vec<Step>, Value),
    /// Adds an item to a list; the list is added if it is missing.
    Push(Vec<Step>, Value),
    /// Takes a field or item away, and a list or map that nothing is left in.
    Remove(Vec<Step>),
}

impl Operation {
    /// Makes the change.
    pub fn apply(&self, object: &mut Value) {
        match self {
            Operation::Set(path, value) => {
                let (path, value) = nested(object, path, value);
                match (at_mut(object, &path[..path.len() - 1]), path.last()) {
                    (Some(Value::Object(fields)), Some(Step::Field(name))) => {
                        fields.insert(name.to_string(), value);
                    }
                    (Some(Value::Array(items)), Some(Step::Item(index))) if *index < items.len() => {
                        items[*index] = value;
                    }
                    _ => {}
                }
            }
            Operation::Push(path, value) => match at_mut(object, path) {
                Some(Value::Array(items)) => items.push(value.clone()),
                _ => Operation::Set(path.clone(), Value::Array(vec![value.clone()])).apply(object),
            },
            Operation::Remove(path) => {
                let path = emptied(object, path);
                match (path.split_last(), path.len().checked_sub(1)) {
                    (Some((Step::Field(name), parent)), Some(_)) => {
                        if let Some(Value::Object(fields)) = at_mut(object, parent) {
                            fields.remove(name.as_str());
                        }
                    }
                    (Some((Step::Item(index), parent)), Some(_)) => {
                        if let Some(Value::Array(items)) = at_mut(object, parent)
                            && *index < items.len()
                        {
                            items.remove(*index);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Makes the change in the text of an object; none where its layout does not allow it.
    pub fn apply_to_text(&self, layout: &Layout<'_>, object: &Tree) -> Option<String> {
        match self {
            Operation::Set(path, value) => {
                let (path, value) = nested(&object.value(), path, value);
                let (last, parent) = path.split_last()?;
                match (last, at(object, parent)?) {
                    (Step::Field(name), parent) => layout.set_field(parent, name, &value),
                    (Step::Item(index), parent) => layout.set_item(parent, *index, &value),
                }
            }
            Operation::Push(path, value) => match at(object, path) {
                Some(list) if matches!(&list.data, Data::List(items) if !items.is_empty() || list.is_flow) => {
                    layout.push_item(list, value)
                }
                _ => Operation::Set(path.clone(), Value::Array(vec![value.clone()]))
                    .apply_to_text(layout, object),
            },
            Operation::Remove(path) => {
                let path = emptied(&object.value(), path);
                let (last, parent) = path.split_last()?;
                match (last, at(object, parent)?) {
                    (Step::Field(name), parent) => layout.remove_field(parent, name),
                    (Step::Item(index), parent) => layout.remove_item_of(parent, *index),
                }
            }
        }
    }
}

/// The path as far as its parents are there, and the value with the fields that are missing around it.
fn nested(object: &Value, path: &[Step], value: &Value) -> (Vec<Step>, Value) {
    let mut value = value.clone();
    let mut path = path.to_vec();
    while path.len() > 1 {
        let parent = &path[..path.len() - 1];
        if at_value(object, parent).is_some_and(|parent| parent.is_object() || parent.is_array()) {
            break;
        }
        let Some(Step::Field(name)) = path.pop() else { break };
        value = Value::Object(sort::fields([(name.to_string(), value)]));
    }
    (path, value)
}

/// The path of the outermost list or map that nothing is left in when this is gone.
fn emptied(object: &Value, path: &[Step]) -> Vec<Step> {
    let mut path = path.to_vec();
    while path.len() > 1 {
        let parent = at_value(object, &path[..path.len() - 1]);
        let is_only = match parent {
            Some(Value::Object(fields)) => fields.len() == 1,
            Some(Value::Array(items)) => items.len() == 1,
            _ => false,
        };
        if !is_only || at_value(object, &path).is_none() {
            break;
        }
        path.pop();
    }
    path
}

fn at_value<'v>(object: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(object, |value, step| match step {
        Step::Field(name) => value.as_object()?.get(name.as_str()),
        Step::Item(index) => value.as_array()?.get(*index),
    })
}

fn at_mut<'v>(object: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    path.iter().try_fold(object, |value, step| match step {
        Step::Field(name) => value.as_object_mut()?.get_mut(name.as_str()),
        Step::Item(index) => value.as_array_mut()?.get_mut(*index),
    })
}

fn at<'t>(object: &'t Tree, path: &[Step]) -> Option<&'t Tree> {
    path.iter().try_fold(object, |tree, step| match (step, &tree.data) {
        (Step::Field(name), _) => tree.get(name).map(|entry| &*entry.value),
        (Step::Item(index), Data::List(items)) => items.get(*index).map(|item| &**item),
        _ => None,
    })
}
