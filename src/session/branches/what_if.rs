//! Questions of the kind "what if it had been applied otherwise?": one change of the manifest that was applied last, in a
//! branch of its own.

use crate::api::{
    DaemonSet, Kind, NO_EXECUTE, NO_SCHEDULE, Object, ObjectKey, Taint, Toleration, untolerated,
};
use crate::explain::taints::toleration_for;
use crate::manifest::edit::{self, TextChange};
use crate::session::act::{Act, Done, Outcome, Past, Refusal, WhatIf};
use crate::session::{Document, DocumentName, LogEntry, Session};
use crate::sim::StepNo;
use serde_json::{Value, json};
use std::rc::Rc;

/// At most so many questions about tolerations.
const TOLERATIONS: usize = 3;

impl Session {
    /// What can be asked of a DaemonSet that the manifest has: the other way of a rolling update, a toleration more or
    /// less.
    pub fn what_ifs(&self, set: &ObjectKey) -> Vec<WhatIf> {
        let Some(text) = self.asked_of() else { return Vec::new() };
        let objects = Document::new(&text, &text).objects();
        let Some(own) = objects.iter().find(|object| super::super::follow::listed_as(object) == *set) else {
            return Vec::new();
        };
        let Some(daemon_set) = own.as_daemon_set() else { return Vec::new() };
        let question = |told: String, name: String, change| WhatIf {
            told,
            name: name.as_str().into(),
            set: set.clone(),
            change,
        };
        let mut all = Vec::new();
        let tolerations = &daemon_set.spec.template.spec.tolerations;
        let mut kept_out: Vec<&Taint> = Vec::new();
        for node in self.timeline.world().nodes() {
            let taint = untolerated(&node.spec.taints, tolerations, &[NO_SCHEDULE, NO_EXECUTE]);
            // The controller adds those of the node's own conditions by itself.
            let taint = taint.filter(|taint| !taint.key.starts_with("node.kubernetes.io/"));
            kept_out.extend(taint.filter(|taint| !kept_out.iter().any(|known| known.is_same(taint))));
        }
        all.extend(kept_out.into_iter().take(TOLERATIONS).map(|taint| {
            let change = TextChange::AddToleration(toleration_for(taint, None));
            question(format!("a toleration for {taint}"), format!("tolerates {}", taint.key), change)
        }));
        // Without one that stands there twice nothing would change.
        let is_alone = |own: &&Toleration| tolerations.iter().filter(|other| other == own).count() == 1;
        all.extend(tolerations.iter().filter(is_alone).take(TOLERATIONS).map(|toleration| {
            let key = if toleration.key.is_empty() { "every taint" } else { toleration.key.as_str() };
            let short = key.rsplit('/').next().unwrap_or(key);
            let change = TextChange::RemoveToleration(toleration.clone());
            let told = match tolerations.iter().filter(|other| other.key == toleration.key).count() {
                1 => key.to_owned(),
                _ => toleration.to_string(),
            };
            let name = if told == key { short } else { &told };
            question(format!("no toleration for {told}"), format!("without {name}"), change)
        }));
        if let Some((now, other, change)) = other_way(own) {
            // Where nothing was updated, the way of it makes no difference.
            let place = if self.has_update(set) { 0 } else { all.len() };
            all.insert(place, question(format!("{other} instead of {now}"), other, change));
        }
        all.retain(|what_if| edit::apply(&text, &what_if.set, &what_if.change).is_ok());
        all
    }

    /// Whether a DaemonSet was updated, or is to be.
    fn has_update(&self, set: &ObjectKey) -> bool {
        let world = self.timeline.world();
        let revisions =
            |live: &Rc<DaemonSet>| world.dependents_of(&live.metadata.uid, &Kind::ControllerRevision).count();
        let live = world.daemon_set(&set.namespace, &set.name);
        live.is_some_and(|live| self.is_to_be_applied() || revisions(live) > 1)
    }

    /// The manifest that a question is about: the one in the editor that is still to be applied, or else the one that was
    /// applied last.
    fn asked_of(&self) -> Option<Rc<str>> {
        let manifest = &self.documents.manifest;
        if self.is_to_be_applied() {
            return Some(Rc::clone(&manifest.text));
        }
        self.last_applied()?.text(DocumentName::Manifest).cloned()
    }

    /// The step that applied the manifest that a question is about, and how often the user did something since: the branch
    /// begins before that step, without what came later. None where nothing is lost by it.
    pub fn before_what_if(&self) -> Option<(StepNo, usize)> {
        let entry = self.last_applied().filter(|_| !self.is_to_be_applied())?;
        let later = self.done().take_while(|later| later.after > entry.after).count();
        (later > 0).then_some((entry.after + 1, later))
    }

    fn is_to_be_applied(&self) -> bool {
        let manifest = &self.documents.manifest;
        manifest.is_dirty() && manifest.errors() == 0 && self.later_steps() == 0
    }

    fn last_applied(&self) -> Option<&LogEntry> {
        self.done().find(|entry| entry.applied.iter().any(|(name, _)| *name == DocumentName::Manifest))
    }

    /// Asks it: applies the manifest if it is still to be applied, goes back to right before that, and applies it in a
    /// new branch with the one change.
    pub(in crate::session) fn ask_what_if(&mut self, asked: &WhatIf) -> Outcome {
        if self.branches().len() >= super::MOST_BRANCHES {
            return Outcome::Refused(Refusal::Branches);
        }
        self.beside = None;
        if self.is_to_be_applied() {
            let (next, outcome) = self.act(&Act::Apply, Past::Ask);
            if !matches!(outcome, Outcome::Done(_) | Outcome::Unchanged) {
                return outcome;
            }
            *self = next;
        }
        let Some(entry) = self.last_applied().cloned() else { return Outcome::Unchanged };
        let text = entry.text(DocumentName::Manifest);
        let edited = text.and_then(|text| edit::apply(text, &asked.set, &asked.change).ok());
        let Some(edited) = edited else { return Outcome::Unchanged };
        let held_list = self.holds_list();
        self.seek(entry.after);
        self.show_moved(held_list);
        self.fork();
        let nodes = Rc::clone(&self.documents.nodes.applied);
        self.documents.nodes = Document::of(Rc::clone(&nodes), nodes);
        self.documents.manifest = self.documents.manifest.edited(&*edited);
        let (next, outcome) = self.act(&Act::Apply, Past::Ask);
        if let Outcome::Done(_) = outcome {
            *self = next;
        }
        self.branch.name = asked.name.chars().take(super::LETTERS).collect();
        self.branch.is_named = true;
        self.catch_up();
        // The branch is there in any case: what keeps it from being applied stands in its manifest.
        if let Outcome::Refused(_) = outcome { outcome } else { Outcome::Done(Done::default()) }
    }
}

/// The other way of a rolling update: how it is, how it would be, and the change.
fn other_way(own: &Object) -> Option<(String, String, TextChange)> {
    let applied = own.to_json();
    let strategy = &applied["spec"]["updateStrategy"];
    let kind = strategy["type"].as_str().unwrap_or("RollingUpdate");
    let bounds = &strategy["rollingUpdate"];
    let told = |bound: &Value| bound.as_str().map_or_else(|| bound.to_string(), str::to_owned);
    let surges = !matches!(told(&bounds["maxSurge"]).as_str(), "null" | "0" | "0%");
    let (now, other, wanted) = match kind {
        "RollingUpdate" if surges => {
            let now = format!("maxSurge {}", told(&bounds["maxSurge"]));
            (now, "maxUnavailable 1", json!({ "maxSurge": 0, "maxUnavailable": 1 }))
        }
        "RollingUpdate" => {
            let bound = &bounds["maxUnavailable"];
            let now = if bound.is_null() { "1".to_owned() } else { told(bound) };
            (format!("maxUnavailable {now}"), "maxSurge 1", json!({ "maxSurge": 1, "maxUnavailable": 0 }))
        }
        kind => (kind.to_owned(), "maxUnavailable 1", json!({ "maxUnavailable": 1 })),
    };
    let mut live = applied.clone();
    live["spec"]["updateStrategy"] = json!({ "type": "RollingUpdate", "rollingUpdate": wanted });
    Some((now, other.to_owned(), TextChange::Match { live, applied }))
}
