//! What was tried as what differs, and as the commands that make it real.

use super::subject::spec_path;
use super::trial::TaintTrial;
use crate::api::{Node, ObjectKey, Taint, Toleration};
use crate::cluster::World;
use crate::kubectl::Request;
use serde_json::{Value, json};

/// What of a pod's spec may be tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpecParts {
    /// `tolerations`
    pub tolerations: Vec<Toleration>,
    /// `hostNetwork`
    pub host_network: bool,
}

impl SpecParts {
    fn of(object: &Value) -> Self {
        let spec = object.pointer(spec_path(object)).cloned().unwrap_or_default();
        let host_network = spec["hostNetwork"] == true;
        let tolerations = serde_json::from_value(spec["tolerations"].clone()).unwrap_or_default();
        SpecParts { tolerations, host_network }
    }
}

impl TaintTrial {
    /// Whose pods it is about.
    pub fn subject(&self) -> &ObjectKey {
        &self.key
    }

    /// The nodes whose taints differ, as they are and as they are tried.
    pub fn nodes(&self) -> impl Iterator<Item = (&Node, &Node)> {
        let (before, after) = (&self.before, &self.after.world);
        before.nodes().filter_map(|node| {
            let other = after.node(&node.metadata.name)?;
            (node.spec.taints != other.spec.taints).then_some((&**node, &**other))
        })
    }

    /// What differs of the subject's pods, as it is and as it is tried.
    pub fn spec(&self) -> Option<(SpecParts, SpecParts)> {
        let parts = |world: &World| Some(SpecParts::of(&world.get(&self.key)?.to_json()));
        let (before, after) = (parts(&self.before)?, parts(&self.after.world)?);
        (before != after).then_some((before, after))
    }

    /// The commands that do to the cluster what is tried.
    pub fn commands(&self) -> Vec<Request> {
        let mut grouped: Vec<(Vec<String>, Vec<String>)> = Vec::new();
        for (before, after) in self.nodes() {
            let words = taint_words(&before.spec.taints, &after.spec.taints);
            let name = before.metadata.name.to_string();
            match grouped.iter_mut().find(|(known, _)| *known == words) {
                _ if words.is_empty() => {}
                Some((_, names)) => names.push(name),
                None => grouped.push((words, vec![name])),
            }
        }
        let taints = grouped.into_iter().map(|(words, names)| Request::taint_nodes(names, words));
        taints.chain(self.patch()).collect()
    }

    fn patch(&self) -> Option<Request> {
        let (before, after) = self.spec()?;
        let mut spec = serde_json::Map::new();
        if before.tolerations != after.tolerations {
            spec.insert("tolerations".into(), serde_json::to_value(&after.tolerations).unwrap_or_default());
        }
        if before.host_network != after.host_network {
            spec.insert("hostNetwork".into(), after.host_network.into());
        }
        let path = spec_path(&self.before.get(&self.key)?.to_json());
        let names = path.rsplit('/').filter(|name| !name.is_empty());
        let patch = names.fold(Value::Object(spec), |value, name| json!({ name: value }));
        Some(Request::patch(&self.key, &patch))
    }
}

/// What `kubectl taint` is told: taints that are new or have another value, then those that are gone.
fn taint_words(before: &[Taint], after: &[Taint]) -> Vec<String> {
    let has = |taints: &[Taint], taint: &Taint| taints.iter().any(|other| other.is_same(taint));
    let is_new =
        |taint: &&Taint| !before.iter().any(|other| other.is_same(taint) && other.value == taint.value);
    let new: Vec<&Taint> = after.iter().filter(is_new).collect();
    let replaces = new.iter().any(|taint| has(before, taint));
    let gone = before.iter().filter(|taint| !has(after, taint));
    let gone = gone.map(|taint| format!("{}:{}-", taint.key, taint.effect));
    let new = new.iter().map(ToString::to_string);
    new.chain(gone).chain(replaces.then(|| "--overwrite".to_owned())).collect()
}
