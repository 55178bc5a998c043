//! Changes of taints and tolerations that are tried on a copy of the cluster.

use super::subject::{Subject, spec_path};
use crate::api::validation::aggregate;
use crate::api::{EcoString, NO_EXECUTE, Node, Object, ObjectKey, Taint, Time, Toleration};
use crate::cluster::{ApiError, World, Write};
use crate::controllers::node_lifecycle;
use crate::explain::piece::{Piece, listed, sentence};
use crate::kubectl;
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The most nodes that the name of a change spells out.
const NAMED: usize = 2;

/// One change. Without `from` something is added, without `to` it is taken away, with both it is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Of a taint on some nodes.
    Taint {
        /// The nodes.
        nodes: Vec<EcoString>,
        /// As it is.
        from: Option<Taint>,
        /// As it is tried.
        to: Option<Taint>,
    },
    /// Of a toleration of the subject's.
    Toleration {
        /// As it is.
        from: Option<Toleration>,
        /// As it is tried.
        to: Option<Toleration>,
    },
    /// Of whether the subject's pods use the network of their node.
    HostNetwork(bool),
}

impl Edit {
    /// A toleration more, which lets the pods pass a taint.
    pub fn tolerate(taint: &Taint) -> Self {
        Edit::Toleration { from: None, to: Some(toleration_for(taint, None)) }
    }

    /// Whether another change takes this one back.
    pub fn is_undone_by(&self, other: &Edit) -> bool {
        match (self, other) {
            (Edit::Taint { nodes, from, to }, Edit::Taint { nodes: others, from: start, to: end }) => {
                nodes == others && from == end && to == start
            }
            (Edit::Toleration { from, to }, Edit::Toleration { from: start, to: end }) => {
                from == end && to == start
            }
            (Edit::HostNetwork(value), Edit::HostNetwork(other)) => value != other,
            _ => false,
        }
    }

    /// In a few words, for the list of what is tried.
    pub fn told(&self) -> Vec<Piece> {
        match self {
            Edit::Taint { nodes, from, to } => {
                let mut told = change("taint", from.as_ref(), to.as_ref());
                let where_ = if to.is_none() { " from " } else { " on " };
                told.push(Piece::Text(where_.into()));
                told.extend(listed(nodes, NAMED));
                told
            }
            Edit::Toleration { from, to } => change("toleration", from.as_ref(), to.as_ref()),
            Edit::HostNetwork(value) => sentence("`hostNetwork: {}`", &[&value.to_string()]),
        }
    }
}

fn change<T: ToString>(what: &str, from: Option<&T>, to: Option<&T>) -> Vec<Piece> {
    match (from.map(T::to_string), to.map(T::to_string)) {
        (None, Some(to)) => sentence("add {} `{}`", &[what, &to]),
        (Some(from), None) => sentence("remove {} `{}`", &[what, &from]),
        (from, to) => {
            sentence("change {} `{}` to `{}`", &[what, &from.unwrap_or_default(), &to.unwrap_or_default()])
        }
    }
}

/// A toleration that matches a taint; of a near miss what need not be changed stays.
pub fn toleration_for(taint: &Taint, near: Option<&Toleration>) -> Toleration {
    let is_limited = taint.effect == NO_EXECUTE;
    let mut toleration = near.cloned().unwrap_or_else(|| Toleration {
        key: taint.key.clone(),
        operator: if taint.value.is_empty() { "Exists" } else { "Equal" }.into(),
        value: taint.value.clone(),
        effect: taint.effect.clone(),
        ..Toleration::default()
    });
    let parts = toleration.compare(taint);
    if !parts.value {
        toleration.operator = "Equal".into();
        toleration.value = taint.value.clone();
    }
    if !parts.effect {
        toleration.effect = taint.effect.clone();
    }
    if !is_limited {
        toleration.toleration_seconds = None;
    }
    toleration
}

/// A place in a list of taints or tolerations: what stands there in the cluster, and what is tried there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialSlot<T> {
    /// In the cluster; none = it is only tried.
    pub was: Option<T>,
    /// As it is tried; none = it is taken away.
    pub now: Option<T>,
}

impl<T: PartialEq> TrialSlot<T> {
    /// What is shown: the tried one, or the one that is taken away.
    pub fn shown(&self) -> Option<&T> {
        self.now.as_ref().or(self.was.as_ref())
    }

    /// Whether it is as it is in the cluster.
    pub fn is_kept(&self) -> bool {
        self.was == self.now
    }
}

/// A list with changes of its items. `is_same` finds the item that a change is about.
fn slots<T: Clone + PartialEq>(
    items: &[T],
    edits: impl Iterator<Item = (Option<T>, Option<T>)>,
    is_same: fn(&T, &T) -> bool,
) -> Vec<TrialSlot<T>> {
    let mut slots: Vec<TrialSlot<T>> =
        items.iter().map(|item| TrialSlot { was: Some(item.clone()), now: Some(item.clone()) }).collect();
    for (from, to) in edits {
        // What stands there twice goes twice: whoever takes it away wants it gone.
        if let (Some(from), None) = (&from, &to) {
            let meant = |slot: &&mut TrialSlot<T>| slot.now.as_ref().is_some_and(|now| is_same(now, from));
            slots.iter_mut().filter(meant).for_each(|slot| slot.now = None);
        }
        let found = from.or_else(|| to.clone()).and_then(|item| {
            slots.iter().position(|slot| slot.now.as_ref().is_some_and(|now| is_same(now, &item)))
        });
        // What is added where it was taken away before comes back to its place.
        let returns = || {
            slots
                .iter()
                .position(|slot| slot.now.is_none() && to.is_some() && slot.was.as_ref() == to.as_ref())
        };
        match found.or_else(returns) {
            Some(place) => slots[place].now = to,
            None if to.is_some() => slots.push(TrialSlot { was: None, now: to }),
            None => {}
        }
        slots.retain(|slot| slot.was.is_some() || slot.now.is_some());
    }
    slots
}

/// The taints of a node with what is tried of them.
pub(super) fn slots_of_node(node: &Node, edits: &[Edit]) -> Vec<TrialSlot<Taint>> {
    let own = edits.iter().filter_map(|edit| match edit {
        Edit::Taint { nodes, from, to } if nodes.contains(&node.metadata.name) => {
            Some((from.clone(), to.clone()))
        }
        _ => None,
    });
    slots(&node.spec.taints, own, Taint::is_same)
}

/// The written tolerations of a subject with what is tried of them.
pub(super) fn slots_of_tolerations(written: &[Toleration], edits: &[Edit]) -> Vec<TrialSlot<Toleration>> {
    let own = edits.iter().filter_map(|edit| match edit {
        Edit::Toleration { from, to } => Some((from.clone(), to.clone())),
        _ => None,
    });
    slots(written, own, PartialEq::eq)
}

fn tried<T>(slots: Vec<TrialSlot<T>>) -> Vec<T> {
    slots.into_iter().filter_map(|slot| slot.now).collect()
}

/// A copy of the cluster with the changes.
pub(super) struct Tried {
    pub world: World,
    /// Why a change cannot be made, by its place.
    pub problems: BTreeMap<usize, String>,
}

/// Makes the changes on a copy, one after the other.
pub(super) fn try_all(world: &World, now: Time, key: &ObjectKey, edits: &[Edit]) -> Tried {
    let mut tried = Tried { world: world.clone(), problems: BTreeMap::new() };
    for (place, edit) in edits.iter().enumerate() {
        let problem = match edit {
            Edit::Taint { nodes, to, .. } => nodes
                .iter()
                .filter_map(|name| taint(&mut tried.world, now, name, to.as_ref(), edit).err())
                .next(),
            Edit::Toleration { .. } | Edit::HostNetwork(_) => {
                on_subject(&mut tried.world, now, key, edit).err()
            }
        };
        if let Some(problem) = problem {
            tried.problems.insert(place, problem);
        }
    }
    tried
}

fn taint(world: &mut World, now: Time, name: &str, to: Option<&Taint>, edit: &Edit) -> Result<(), String> {
    let node = world.node(name).ok_or_else(|| format!("there is no node {name}"))?;
    let mut node = Rc::clone(node);
    let slots = slots_of_node(&node, std::slice::from_ref(edit));
    Rc::make_mut(&mut node).spec.taints = tried(slots);
    let node = node_lifecycle::settled(node, now);
    if let Some(gone) = to.filter(|taint| !node.spec.taints.iter().any(|have| have.is_same(taint))) {
        return Err(format!(
            "the node lifecycle controller takes {gone} away again: no condition of {name} asks for it"
        ));
    }
    world.write(Write::Update(Object::Node(node)), now).map(drop).map_err(|error| problem(&error))
}

fn on_subject(world: &mut World, now: Time, key: &ObjectKey, edit: &Edit) -> Result<(), String> {
    let object = world.get(key).ok_or_else(|| format!("{} is gone", key.name))?;
    let mut value = object.to_json();
    let path = spec_path(&value);
    let spec = value.pointer_mut(path).and_then(Value::as_object_mut);
    let spec = spec.ok_or_else(|| format!("{} has no pod template", key.name))?;
    match edit {
        Edit::HostNetwork(true) => drop(spec.insert("hostNetwork".into(), true.into())),
        Edit::HostNetwork(false) => drop(spec.remove("hostNetwork")),
        _ => {
            let written = Subject::of_object(&object);
            let written = written.as_ref().map(Subject::written).unwrap_or_default();
            let all = tried(slots_of_tolerations(written, std::slice::from_ref(edit)));
            spec.insert("tolerations".into(), serde_json::to_value(all).unwrap_or_default());
        }
    }
    let changed = Object::from_json(value).map_err(|error| error.to_string())?;
    world.write(Write::Update(changed), now).map(drop).map_err(|error| problem(&error))
}

/// What the API server says, without the object's name.
fn problem(error: &ApiError) -> String {
    match error {
        ApiError::Invalid(_, errors) => aggregate(errors),
        error => error.to_string(),
    }
}

/// A taint as kubectl reads it: `key=value:effect` or `key:effect`.
///
/// # Errors
/// kubectl's words for what is wrong.
pub fn read_taint(text: &str) -> Result<Taint, String> {
    let taint = kubectl::read_taint(text)?;
    match taint.effect.is_empty() {
        true => Err(format!("invalid taint spec: {text}, an effect is missing: {text}:NoSchedule")),
        false => Ok(taint),
    }
}
