//! What names that are drawn stand for: pods, revisions and hashes by the order in which they came.

use super::text;
use playground::api::{Kind, Object, Pod};
use playground::cluster::Change;
use playground::sim::Timeline;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Labels whose values are hashes.
const HASH: &str = "controller-revision-hash";
const TEMPLATE_HASH: &str = "pod-template-hash";

#[derive(Default)]
pub(super) struct Names {
    /// Ids of pods by namespace and name.
    pods: BTreeMap<(String, String), String>,
    /// The latest pod of an id.
    latest: BTreeMap<String, (String, String)>,
    /// How many pods of a generated name there were.
    counts: BTreeMap<String, usize>,
    /// Ordinals of hashes by set.
    hashes: BTreeMap<(String, String), Vec<String>>,
    /// What stands in texts, and what it stands for: longest first.
    replaced: Vec<(String, String)>,
    uids: BTreeSet<String>,
}

impl Names {
    /// Takes note of what is new.
    pub(super) fn note(&mut self, change: &Change) {
        let (None, Some(object)) = (&change.before, &change.after) else { return };
        let metadata = object.metadata();
        self.uids.insert(metadata.uid.to_string());
        let owner = metadata.controller();
        match object {
            Object::Pod(pod) => {
                let key = (metadata.namespace.to_string(), metadata.name.to_string());
                let id = self.id(pod);
                if id != key.1 {
                    self.replace(&key.1, &id);
                }
                self.latest.insert(id.clone(), key.clone());
                self.pods.insert(key, id);
            }
            Object::ControllerRevision(revision) => {
                let set = owner.map_or("", |owner| owner.name.as_str());
                let hash = revision.metadata.labels.get(HASH).map_or("", |hash| hash.as_str()).to_owned();
                let key = (metadata.namespace.to_string(), set.to_owned());
                let hashes = self.hashes.entry(key).or_default();
                if !hashes.contains(&hash) {
                    hashes.push(hash.clone());
                }
                let ordinal = hashes.iter().position(|known| *known == hash).unwrap_or_default() + 1;
                self.replace(&format!("{set}-{hash}"), &format!("{set}-h{ordinal}"));
                self.replace(&hash, &format!("h{ordinal}"));
            }
            Object::ReplicaSet(set) => {
                let hash = set.metadata.labels.get(TEMPLATE_HASH).map_or("", |hash| hash.as_str()).to_owned();
                let above = owner.map_or("", |owner| owner.name.as_str()).to_owned();
                if !hash.is_empty() && !above.is_empty() {
                    let hashes =
                        self.hashes.entry((format!("{}/rs", metadata.namespace), above)).or_default();
                    hashes.push(hash.clone());
                    let ordinal = hashes.len();
                    self.replace(&hash, &format!("t{ordinal}"));
                }
            }
            _ => {}
        }
    }

    fn replace(&mut self, name: &str, id: &str) {
        if !name.is_empty() && !self.replaced.iter().any(|(known, _)| known == name) {
            self.replaced.push((name.to_owned(), id.to_owned()));
            self.replaced.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        }
    }

    fn id(&mut self, pod: &Pod) -> String {
        let generated = &pod.metadata.generate_name;
        if generated.is_empty() {
            return pod.metadata.name.to_string();
        }
        let generated = self.plain(generated);
        let generated = generated.strip_suffix('-').unwrap_or(&generated);
        let of_daemon_set = pod.metadata.controller().is_some_and(|owner| owner.kind == "DaemonSet");
        let stem = match pod.target_node() {
            Some(node) if of_daemon_set => format!("{generated}@{node}"),
            _ => generated.to_owned(),
        };
        let count = self.counts.entry(format!("{}/{stem}", pod.metadata.namespace)).or_default();
        *count += 1;
        format!("{stem}#{count}")
    }

    /// The id of a pod.
    pub(super) fn of(&self, pod: &Pod) -> String {
        let key = (pod.metadata.namespace.to_string(), pod.metadata.name.to_string());
        self.pods.get(&key).unwrap_or(&key.1).clone()
    }

    /// The pod of an id; where chance chose another, one of its set.
    pub(super) fn pod(&self, id: &str, timeline: &Timeline) -> Option<String> {
        let is_there = |key: &(String, String)| timeline.world().pod(&key.0, &key.1).is_some();
        if let Some(key) = self.latest.get(id).filter(|key| is_there(key)) {
            return Some(key.1.clone());
        }
        let set = id.split(['@', '#']).next()?;
        let mut others = self
            .latest
            .iter()
            .filter(|(other, key)| other.split(['@', '#']).next() == Some(set) && is_there(key));
        others.next().map(|(_, key)| key.1.clone())
    }

    /// An argument with the names that its placeholders stand for.
    pub(super) fn filled_in(&self, word: &str, timeline: &Timeline) -> String {
        let mut filled = word.to_owned();
        while let Some((before, rest)) = filled.split_once("{pod:") {
            let Some((id, after)) = rest.split_once('}') else { break };
            let name = self.pod(id, timeline).unwrap_or_else(|| "gone".to_owned());
            filled = format!("{before}{name}{after}");
        }
        while let Some((before, rest)) = filled.split_once("{hash:") {
            let Some((ordinal, after)) = rest.split_once('}') else { break };
            let hash = self.replaced.iter().find(|(_, id)| id == ordinal).map_or("", |(hash, _)| hash);
            filled = format!("{before}{hash}{after}");
        }
        filled
    }

    /// The ordinal of a hash, as it is told.
    pub(super) fn hash(&self, namespace: &str, set: &str, hash: &str) -> String {
        let hashes = self.hashes.get(&(namespace.to_owned(), set.to_owned()));
        let at = hashes.and_then(|hashes| hashes.iter().position(|known| known == hash));
        at.map_or_else(|| hash.to_owned(), |at| format!("h{}", at + 1))
    }

    /// A text with what its names stand for.
    pub(super) fn plain(&self, told: &str) -> String {
        let mut told = told.to_owned();
        for (name, id) in &self.replaced {
            if told.contains(name.as_str()) {
                told = told.replace(name.as_str(), id);
            }
        }
        if told.len() >= 36 {
            for uid in self.uids.iter().filter(|uid| !uid.is_empty()) {
                if told.contains(uid.as_str()) {
                    told = told.replace(uid.as_str(), "<uid>");
                }
            }
        }
        told
    }

    /// All texts of a value.
    pub(super) fn all_plain(&self, value: &mut Value) {
        match value {
            Value::String(told) => *told = self.plain(told),
            Value::Array(values) => values.iter_mut().for_each(|value| self.all_plain(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.all_plain(value)),
            _ => {}
        }
    }
}

/// What was recorded, with what its names stand for.
pub(super) fn recorded(told: &str, names: &Value) -> String {
    let mut names: Vec<(&String, &str)> =
        names.as_object().into_iter().flatten().map(|(name, id)| (name, text(id))).collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    names.into_iter().fold(told.to_owned(), |told, (name, id)| told.replace(name.as_str(), id))
}

/// Lines in an order of their own: by name they would stand as chance has it.
pub(super) fn printed(told: &str) -> Vec<String> {
    // The parts of a warning, and of what a drain cannot do, stand in the order of a Go map.
    let told = told.replace("Warning: ", "Warning: ; ").replace("; ", ", ");
    let told = told.replace(": [cannot", ": [, cannot").replace("], continuing", ", ], continuing");
    let mut lines: Vec<String> = told
        .lines()
        .map(|line| {
            // Names in one line, too.
            let mut parts: Vec<&str> = line.split(", ").collect();
            if parts.len() > 1 {
                parts.sort_unstable();
            }
            parts.join(", ")
        })
        .collect();
    lines.sort();
    lines
}

/// A text in which pods that only their number tells apart have none: which of them is where was chance.
pub(super) fn numberless(told: &str) -> String {
    let mut parts = told.split('#');
    let mut cut = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let token = cut.rfind(['/', ' ', '"', ':']).map_or(0, |at| at + 1);
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && !cut[token..].contains('@') {
            cut.push_str("#*");
            cut.push_str(&part[digits..]);
        } else {
            cut.push('#');
            cut.push_str(part);
        }
    }
    cut
}

/// Whether a kind's own objects are recorded only by name.
pub(super) fn is_of_system(kind: &Kind, name: &str) -> bool {
    match kind {
        Kind::Namespace => ["default", "kube-node-lease", "kube-public", "kube-system"].contains(&name),
        Kind::Service => name == "kubernetes",
        _ => false,
    }
}
