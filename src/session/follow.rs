//! The node list follows what is done to its objects in other ways: a taint, a label, a cordon or a deletion is written
//! into the text, so that text and cluster agree.

use super::Document;
use crate::api::merge::says_more;
use crate::api::{
    Kind, Labels, NO_SCHEDULE, Node, Object, ObjectKey, Taint, set_namespace, sort, well_known_taints,
};
use crate::cluster::{Change, lease_key};
use crate::kubectl::PRESSURES;
use crate::manifest::edit::{self, EditError};
use crate::sim::Trial;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The node list after a command.
#[derive(Default)]
pub(super) struct List {
    /// The text in the editor, if it is another.
    pub(super) text: Option<Rc<str>>,
    /// The text as applied, if it is another.
    pub(super) applied: Option<Rc<str>>,
    /// Where it could not follow, in sentences.
    pub(super) unfollowed: Vec<String>,
}

/// Writes the changes of a command into the node list. What is not in it is left out; the text in the editor and the
/// text as applied follow each for itself.
pub(super) fn list<'c>(nodes: &Document, changes: impl IntoIterator<Item = &'c Change>) -> List {
    let mut list = List::default();
    let (mut text, mut applied) = (nodes.text.to_string(), nodes.applied.to_string());
    let is_same = !nodes.is_dirty();
    let listed: BTreeSet<ObjectKey> = sort::set(nodes.objects().iter().map(listed_as));
    let may_be_listed = |key: &ObjectKey| matches!(key.kind, Kind::Node | Kind::Pod) || listed.contains(key);
    for change in changes {
        let (key, edits) = edits_of(change);
        if !may_be_listed(&key) {
            continue;
        }
        for edit in edits {
            let into_applied = written(&applied, &key, &edit);
            let into_text = if is_same { Ok(None) } else { written(&text, &key, &edit) };
            let failed = match (&into_applied, &into_text) {
                // What cannot be read of a text is no reason to think that the object stands there.
                (Ok(None) | Err(EditError::Unreadable), Ok(_) | Err(EditError::Unreadable)) => None,
                (Err(error), _) | (_, Err(error)) => Some(error.clone()),
                _ => None,
            };
            // Where the text in the editor cannot follow, the other one does not either: what they lack is then told as
            // drift once it can be written.
            if let (Ok(Some(edited)), Ok(_)) = (into_applied, &into_text) {
                applied = edited;
            }
            if let Ok(Some(edited)) = into_text {
                text = edited;
            }
            let (kind, name) = (key.kind.name().to_ascii_lowercase(), &key.name);
            list.unfollowed.extend(
                failed.map(|why| format!("nodes.yaml does not have this change of {kind} {name}: {why}.")),
            );
        }
    }
    list.unfollowed.dedup();
    list.applied = (*applied != *nodes.applied).then(|| applied.into());
    list.text = match is_same {
        true => list.applied.clone(),
        false => (*text != *nodes.text).then(|| text.into()),
    };
    list
}

/// A text after the changes of commands, as far as it holds their objects, and the objects that it says something else
/// of then.
pub(super) fn replayed<'c>(
    text: &str,
    changes: impl IntoIterator<Item = &'c Change>,
) -> (BTreeSet<ObjectKey>, String) {
    let (mut keys, mut edited) = (BTreeSet::new(), text.to_owned());
    for (key, edits) in changes.into_iter().map(edits_of) {
        for edit in edits {
            if let Ok(Some(next)) = written(&edited, &key, &edit) {
                edited = next;
                keys.insert(key.clone());
            }
        }
    }
    if edited == text {
        keys.clear();
    }
    (keys, edited)
}

/// The objects that a trial would change, in more than a new note of what was applied, or that it would be refused.
pub(super) fn different(trial: &Trial) -> BTreeSet<ObjectKey> {
    let changes = trial.changes.iter().flat_map(|(_, changes)| changes).filter(|change| differs(change));
    sort::set(changes.map(Change::key).chain(trial.refused.iter().map(|refused| refused.key.clone())))
}

/// A text that says of some of its objects what the cluster has, where applying it as in the trial would change that. An
/// object that is gone goes; what cannot be written stays.
pub(super) fn taken_over(document: &Document, keys: &BTreeSet<ObjectKey>, trial: &Trial) -> Rc<str> {
    let mut text = document.text.to_string();
    let listed: BTreeSet<ObjectKey> = sort::set(document.objects().iter().map(listed_as));
    let changes = trial.changes.iter().flat_map(|(_, changes)| changes);
    let refused = trial.refused.iter().map(|refused| (refused.key.clone(), None));
    let changes =
        changes.filter(|change| differs(change)).map(|change| (change.key(), change.after.as_ref()));
    let is_meant = |key: &ObjectKey| listed.contains(key) && keys.contains(key);
    for (key, applied) in changes.chain(refused).filter(|(key, _)| is_meant(key)) {
        let live = trial.changes.first().and_then(|(world, _)| world.get(&key));
        let change = match live.filter(|live| !live.metadata().is_terminating()) {
            Some(live) => {
                let applied = applied.map(Object::to_json).unwrap_or_default();
                edit::TextChange::Match { live: live.to_json(), applied }
            }
            None => edit::TextChange::Delete,
        };
        if let Ok(edited) = edit::apply(&text, &key, &change) {
            text = edited;
        }
    }
    text.into()
}

/// Under which name an object of a text is stored.
pub(super) fn listed_as(object: &Object) -> ObjectKey {
    let mut object = object.clone();
    set_namespace(&mut object);
    object.key()
}

/// Whether a change is more than a new note of what was applied.
pub(super) fn differs(change: &Change) -> bool {
    says_more(change.before.as_ref(), change.after.as_ref())
}

/// A text with a change, unless it does not hold the object or says so already.
fn written(text: &str, key: &ObjectKey, change: &edit::TextChange) -> Result<Option<String>, EditError> {
    match edit::apply(text, key, change) {
        Ok(edited) => Ok(Some(edited)),
        Err(EditError::NotFound | EditError::NothingToDo) => Ok(None),
        Err(error @ (EditError::Unreadable | EditError::Unsupported)) => Err(error),
    }
}

/// What a change is to the object of a list. The Lease of a kubelet that is silent stands for its node.
fn edits_of(change: &Change) -> (ObjectKey, Vec<edit::TextChange>) {
    match change.after.is_none() && change.is_about(&lease_key(change.name())) {
        true => (ObjectKey::node(change.name()), vec![edit::TextChange::ForgetUnknown]),
        false => (change.key(), edits(change)),
    }
}

/// What a command changed of an object that a list may hold.
fn edits(change: &Change) -> Vec<edit::TextChange> {
    let Some(after) = change.after.as_ref().filter(|after| !after.metadata().is_terminating()) else {
        return vec![edit::TextChange::Delete];
    };
    let Some(before) = &change.before else { return Vec::new() };
    let (old, new) = (before.metadata(), after.metadata());
    let mut edits =
        pairs(&old.labels, &new.labels, edit::TextChange::SetLabel, edit::TextChange::RemoveLabel);
    let annotations = pairs(
        &old.annotations,
        &new.annotations,
        edit::TextChange::SetAnnotation,
        edit::TextChange::RemoveAnnotation,
    );
    edits.extend(annotations);
    if let (Object::Node(before), Object::Node(after)) = (before, after) {
        edits.extend(taints(&before.spec.taints, &after.spec.taints));
        edits.extend(pressure(before, after));
        if before.spec.unschedulable != after.spec.unschedulable {
            edits.push(edit::TextChange::SetUnschedulable(after.spec.unschedulable));
        }
        if before.spec.unschedulable && !after.spec.unschedulable {
            // A dump has the taint that goes with it.
            let (key, effect) = (well_known_taints::UNSCHEDULABLE.into(), Some(NO_SCHEDULE.into()));
            edits.push(edit::TextChange::RemoveTaint { key, effect });
        }
    }
    edits
}

/// The conditions of pressure that began or ended.
fn pressure(before: &Node, after: &Node) -> Vec<edit::TextChange> {
    let is_on =
        |node: &Node, type_: &str| node.condition(type_).is_some_and(|condition| condition.status == "True");
    let changed = PRESSURES.into_iter();
    let changed = changed.filter(|type_| is_on(before, type_) != is_on(after, type_));
    let edit =
        |type_: &str| edit::TextChange::SetCondition { type_: type_.into(), is_true: is_on(after, type_) };
    changed.map(edit).collect()
}

pub(super) fn taints(before: &[Taint], after: &[Taint]) -> Vec<edit::TextChange> {
    let [before, after] = [before, after].map(|all| {
        // What follows from conditions is the controller's.
        all.iter().filter(|taint| !taint.is_of_node_lifecycle()).collect::<Vec<_>>()
    });
    let gone = before.iter().filter(|taint| !after.iter().any(|other| other.is_same(taint)));
    let gone = gone.map(|taint| edit::TextChange::RemoveTaint {
        key: taint.key.to_string(),
        effect: Some(taint.effect.to_string()),
    });
    let new = after.iter().filter(|taint| !before.contains(*taint));
    // The time is the cluster's.
    let new = new.map(|taint| edit::TextChange::SetTaint(Taint { time_added: None, ..Taint::clone(taint) }));
    gone.chain(new).collect()
}

fn pairs(
    before: &Labels,
    after: &Labels,
    set: fn(String, String) -> edit::TextChange,
    remove: fn(String) -> edit::TextChange,
) -> Vec<edit::TextChange> {
    let gone = before.iter().filter(|(key, _)| after.get(key.as_str()).is_none());
    let gone = gone.map(|(key, _)| remove(key.to_string()));
    let new = after.iter().filter(|(key, value)| before.get(key.as_str()) != Some(*value));
    let new = new.map(|(key, value)| set(key.to_string(), value.to_string()));
    gone.chain(new).collect()
}
