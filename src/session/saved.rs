//! The user's work as text, so that a reload brings it back: the texts, what the cluster started from, and each
//! thing the user did with the step after which it was done. The run itself is deterministic and is taken again.

use super::texts::{Document, Documents};
use crate::api::{EcoString, Kind, Object, ObjectKey, Taint};
use crate::cluster::{Propagation, Write};
use crate::sim::{Command, SimState, StepNo, Timeline};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::rc::Rc;

/// The seed of every cluster of the page: the same manifest gives the same names each time.
const SEED: u64 = 1;

/// So many steps a restored run may take at most.
const MOST_STEPS: StepNo = 20_000;

/// Something the user did, after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// The step before.
    pub after: StepNo,
    /// What was done.
    pub command: Command,
}

/// The user's work as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The example it began with.
    pub example: String,
    /// The manifest as it stands.
    pub manifest: String,
    /// The nodes as they stand.
    pub nodes: String,
    /// The manifest as applied last.
    pub applied_manifest: String,
    /// The nodes as applied last.
    pub applied_nodes: String,
    /// The nodes that the cluster started from.
    pub start: String,
    /// What the user did.
    pub acts: Vec<Value>,
    /// Whether anything was changed since it was opened.
    pub touched: bool,
    /// The step that was shown.
    pub shown: StepNo,
    /// How many steps were recorded.
    pub recorded: StepNo,
}

impl Saved {
    /// The texts.
    pub fn documents(&self) -> Documents {
        Documents {
            manifest: Document::new(&self.manifest, &self.applied_manifest),
            nodes: Document::new(&self.nodes, &self.applied_nodes),
        }
    }

    /// Takes the run again, up to the step that was shown.
    pub fn replay(&self) -> (Timeline, Vec<Act>) {
        let mut timeline = start(&self.start);
        let mut acts = Vec::new();
        for act in self.acts.iter().filter_map(from_json) {
            advance(&mut timeline, act.after);
            timeline.act(&act.command);
            acts.push(Act { after: timeline.shown() - 1, command: act.command });
        }
        advance(&mut timeline, self.recorded);
        timeline.seek(self.shown);
        (timeline, acts)
    }
}

fn advance(timeline: &mut Timeline, to: StepNo) {
    while timeline.shown() < to.min(MOST_STEPS) && timeline.forward() {}
}

/// A cluster of these nodes and pods, before anything happens in it. Objects that the API server refuses are left
/// out.
pub fn start(nodes: &str) -> Timeline {
    let (empty, _) = SimState::new(SEED, Vec::new());
    let mut objects = Document::new(nodes, "").objects();
    objects.sort_by_key(Object::kind);
    let listed = objects.clone();
    let (_, writes) = Command::SetNodes { objects }.plan(empty.world(), empty.now());
    let setup = writes.into_iter().filter_map(|write| match write {
        Write::Create(object) => Some(with_status(object, &listed)),
        _ => None,
    });
    Timeline::new(SimState::new(SEED, setup.collect()).0)
}

/// The API server takes no status from who creates a pod, but these pods have been running already.
fn with_status(mut object: Object, listed: &[Object]) -> Object {
    let key = object.key();
    let as_listed =
        listed.iter().find(|listed| listed.metadata().name == *key.name && listed.kind() == key.kind);
    if let (Object::Pod(pod), Some(Object::Pod(as_listed))) = (&mut object, as_listed) {
        Rc::make_mut(pod).status = as_listed.status.clone();
    }
    object
}

/// An act as JSON.
pub fn to_json(act: &Act) -> Value {
    let objects = |objects: &[Object]| objects.iter().map(Object::to_json).collect::<Vec<_>>();
    let command = match &act.command {
        Command::Apply { objects: list } => json!({ "apply": objects(list) }),
        Command::SetNodes { objects: list } => json!({ "nodes": objects(list) }),
        Command::Delete { key, propagation } => {
            let cascade = match propagation {
                Propagation::Background => "background",
                Propagation::Foreground => "foreground",
                Propagation::Orphan => "orphan",
            };
            json!({ "delete": key_to_json(key), "cascade": cascade })
        }
        Command::Label { key, label, value } => {
            json!({ "label": key_to_json(key), "name": label, "value": value })
        }
        Command::Taint { node, add, remove } => json!({ "taint": node, "add": add, "remove": remove }),
        Command::Cordon { node, on } => json!({ "cordon": node, "on": on }),
        Command::Power { node, on } => json!({ "power": node, "on": on }),
        Command::RollBack { set, to_revision } => json!({ "rollBack": key_to_json(set), "to": to_revision }),
        Command::Order { by_chance } => json!({ "order": if *by_chance { "chance" } else { "name" } }),
        Command::FailPod { pod } => json!({ "fail": key_to_json(pod) }),
    };
    json!({ "after": act.after, "command": command })
}

/// An act from JSON; none if it is of another make.
pub fn from_json(value: &Value) -> Option<Act> {
    let after = StepNo::try_from(value.get("after")?.as_u64()?).ok()?;
    let command = value.get("command")?;
    let field = |name: &str| command.get(name);
    let text = |name: &str| field(name).and_then(Value::as_str).map(str::to_owned);
    let objects = |list: &Value| -> Option<Vec<Object>> {
        list.as_array()?.iter().map(|object| Object::from_json(object.clone()).ok()).collect()
    };
    let taints = |name: &str| -> Option<Vec<Taint>> { serde_json::from_value(field(name)?.clone()).ok() };
    let on = || field("on").and_then(Value::as_bool);
    let command = if let Some(list) = field("apply") {
        Command::Apply { objects: objects(list)? }
    } else if let Some(list) = field("nodes") {
        Command::SetNodes { objects: objects(list)? }
    } else if let Some(key) = field("delete") {
        let propagation = match text("cascade")?.as_str() {
            "foreground" => Propagation::Foreground,
            "orphan" => Propagation::Orphan,
            _ => Propagation::Background,
        };
        Command::Delete { key: key_from_json(key)?, propagation }
    } else if let Some(key) = field("label") {
        Command::Label { key: key_from_json(key)?, label: text("name")?, value: text("value") }
    } else if let Some(node) = text("taint") {
        Command::Taint { node, add: taints("add")?, remove: taints("remove")? }
    } else if let Some(node) = text("cordon") {
        Command::Cordon { node, on: on()? }
    } else if let Some(node) = text("power") {
        Command::Power { node, on: on()? }
    } else if let Some(key) = field("rollBack") {
        Command::RollBack { set: key_from_json(key)?, to_revision: field("to")?.as_i64()? }
    } else if let Some(order) = text("order") {
        Command::Order { by_chance: order == "chance" }
    } else {
        Command::FailPod { pod: key_from_json(field("fail")?)? }
    };
    Some(Act { after, command })
}

fn key_to_json(key: &ObjectKey) -> Value {
    json!([key.kind.api_version(), key.kind.name(), &*key.namespace, &*key.name])
}

fn key_from_json(value: &Value) -> Option<ObjectKey> {
    let part = |index: usize| value.get(index).and_then(Value::as_str);
    Some(ObjectKey {
        kind: Kind::of(part(0)?, part(1)?),
        namespace: EcoString::from(part(2)?),
        name: EcoString::from(part(3)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::NO_EXECUTE;
    use crate::examples;

    #[test]
    fn every_kind_of_act_is_read_back_as_it_was_written() {
        let pod = ObjectKey::pod("default", "web");
        let objects = Document::new(examples::FOUR_NODES, "").objects();
        assert_eq!(objects.len(), 4);
        let key = ObjectKey::node("cp-1");
        for command in [
            Command::Apply { objects: objects.clone() },
            Command::SetNodes { objects },
            Command::Delete { key: key.clone(), propagation: Propagation::Foreground },
            Command::Delete { key: pod.clone(), propagation: Propagation::Orphan },
            Command::Label { key: key.clone(), label: "a".into(), value: Some("b".into()) },
            Command::Label { key, label: "a".into(), value: None },
            Command::Taint { node: "n".into(), add: vec![Taint::new("k", "v", NO_EXECUTE)], remove: vec![] },
            Command::Cordon { node: "n".into(), on: true },
            Command::Power { node: "n".into(), on: false },
            Command::RollBack {
                set: ObjectKey::new(Kind::DaemonSet, "kube-system", "fluentd"),
                to_revision: 3,
            },
            Command::Order { by_chance: true },
            Command::Order { by_chance: false },
            Command::FailPod { pod },
        ] {
            let act = Act { after: 7, command };
            let text = to_json(&act).to_string();
            let value = serde_json::from_str(&text).expect("it is JSON");
            assert_eq!(from_json(&value), Some(act), "{text}");
        }
    }

    #[test]
    fn an_act_of_another_make_is_left_out() {
        for text in ["{}", r#"{"after": 1, "command": {"dance": 1}}"#, r#"{"after": -1}"#, "3"] {
            assert_eq!(from_json(&serde_json::from_str(text).expect("it is JSON")), None, "{text}");
        }
    }
}
