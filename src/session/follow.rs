//! The node list follows what is done to its objects in other ways: a taint, a label, a cordon or a deletion is written
//! into the text, so that text and cluster agree.

use super::Document;
use crate::api::merge::LAST_APPLIED;
use crate::api::{Kind, Labels, Object, ObjectKey, Taint, set_namespace};
use crate::cluster::{Change, World};
use crate::manifest::edit::{self, EditError};
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
    let is_same = nodes.text == nodes.applied;
    for change in changes.into_iter().filter(|change| matches!(change.key.kind, Kind::Node | Kind::Pod)) {
        for edit in edits(change) {
            let failed = write(&mut applied, &change.key, &edit).err();
            let failed = if is_same { failed } else { write(&mut text, &change.key, &edit).err().or(failed) };
            let (kind, name) = (change.key.kind.name().to_lowercase(), &change.key.name);
            list.unfollowed.extend(
                failed.map(|why| format!("nodes.yaml does not have this change of {kind} {name}: {why}.")),
            );
        }
    }
    list.unfollowed.dedup();
    if is_same {
        text.clone_from(&applied);
    }
    list.text = (*text != *nodes.text).then(|| text.into());
    list.applied = (*applied != *nodes.applied).then(|| applied.into());
    list
}

/// A text that says of its objects what the cluster has. An object that is gone goes; what cannot be written stays.
pub(super) fn taken_over(document: &Document, world: &World) -> Rc<str> {
    let mut text = document.text.to_string();
    for key in document.objects().iter().map(listed_as) {
        let change = match world.get(&key) {
            Some(live) if !live.metadata().is_terminating() => edit::Change::Match(live.to_json()),
            _ => edit::Change::Delete,
        };
        if let Ok(edited) = edit::apply(&text, &key, &change) {
            text = edited;
        }
    }
    text.into()
}

fn listed_as(object: &Object) -> ObjectKey {
    let mut object = object.clone();
    set_namespace(&mut object);
    object.key()
}

/// Whether a change is more than a new note of what was applied, or another order of taints: kubectl puts new ones
/// first, who writes a list puts them last.
pub(super) fn differs(change: &Change) -> bool {
    let bare = |object: &Object| {
        let mut object = object.clone();
        let metadata = object.metadata_mut();
        metadata.annotations.remove(LAST_APPLIED);
        metadata.resource_version = "".into();
        if let Object::Node(node) = &mut object {
            Rc::make_mut(node)
                .spec
                .taints
                .sort_by(|left, right| (&left.key, &left.effect).cmp(&(&right.key, &right.effect)));
        }
        object
    };
    change.before.as_ref().map(bare) != change.after.as_ref().map(bare)
}

/// Changes a text, unless it does not hold the object or says so already.
fn write(text: &mut String, key: &ObjectKey, change: &edit::Change) -> Result<(), EditError> {
    match edit::apply(text, key, change) {
        Ok(edited) => *text = edited,
        Err(EditError::NotFound | EditError::NothingToDo) => {}
        Err(error @ EditError::Unsupported) => return Err(error),
    }
    Ok(())
}

/// What a command changed of an object that a list may hold.
fn edits(change: &Change) -> Vec<edit::Change> {
    let Some(after) = change.after.as_ref().filter(|after| !after.metadata().is_terminating()) else {
        return vec![edit::Change::Delete];
    };
    let Some(before) = &change.before else { return Vec::new() };
    let (old, new) = (before.metadata(), after.metadata());
    let mut edits = pairs(&old.labels, &new.labels, edit::Change::SetLabel, edit::Change::RemoveLabel);
    let annotations = pairs(
        &old.annotations,
        &new.annotations,
        edit::Change::SetAnnotation,
        edit::Change::RemoveAnnotation,
    );
    edits.extend(annotations);
    if let (Object::Node(before), Object::Node(after)) = (before, after) {
        edits.extend(taints(&before.spec.taints, &after.spec.taints));
        if before.spec.unschedulable != after.spec.unschedulable {
            edits.push(edit::Change::SetUnschedulable(after.spec.unschedulable));
        }
    }
    edits
}

pub(super) fn taints(before: &[Taint], after: &[Taint]) -> Vec<edit::Change> {
    let gone = before.iter().filter(|taint| !after.iter().any(|other| other.is_same(taint)));
    let gone = gone.map(|taint| edit::Change::RemoveTaint {
        key: taint.key.to_string(),
        effect: Some(taint.effect.to_string()),
    });
    let new = after.iter().filter(|taint| !before.contains(taint));
    // The time is the cluster's.
    let new = new.map(|taint| edit::Change::SetTaint(Taint { time_added: None, ..taint.clone() }));
    gone.chain(new).collect()
}

fn pairs(
    before: &Labels,
    after: &Labels,
    set: fn(String, String) -> edit::Change,
    remove: fn(String) -> edit::Change,
) -> Vec<edit::Change> {
    let gone = before.iter().filter(|(key, _)| after.get(key.as_str()).is_none());
    let gone = gone.map(|(key, _)| remove(key.to_string()));
    let new = after.iter().filter(|(key, value)| before.get(key.as_str()) != Some(*value));
    let new = new.map(|(key, value)| set(key.to_string(), value.to_string()));
    gone.chain(new).collect()
}
