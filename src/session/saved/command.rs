//! Commands as JSON.

use crate::api::{EcoString, Kind, Object, ObjectKey, Taint};
use crate::cluster::Propagation;
use crate::sim::{Command, Fault};
use serde_json::{Value, json};

/// A command as JSON.
pub(super) fn to_json(command: &Command) -> Value {
    let objects = |objects: &[Object]| objects.iter().map(Object::to_json).collect::<Vec<_>>();
    match command {
        Command::Apply { objects: list } => json!({ "apply": objects(list) }),
        Command::SetNodes { objects: list } => json!({ "nodes": objects(list) }),
        Command::AddNodes { nodes } => json!({ "addNodes": objects(nodes) }),
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
        Command::SetFault { pod, fault, on } => {
            json!({ "fault": fault.label(), "pod": key_to_json(pod), "on": on })
        }
    }
}

/// A command from JSON; none if this version does not know it.
pub(super) fn from_json(command: &Value) -> Option<Command> {
    let field = |name: &str| command.get(name);
    let text = |name: &str| field(name).and_then(Value::as_str).map(str::to_owned);
    let objects = |list: &Value| -> Option<Vec<Object>> {
        list.as_array()?.iter().map(|object| Object::from_json(object.clone()).ok()).collect()
    };
    let taints = |name: &str| -> Option<Vec<Taint>> { serde_json::from_value(field(name)?.clone()).ok() };
    let on = || field("on").and_then(Value::as_bool);
    Some(if let Some(list) = field("apply") {
        Command::Apply { objects: objects(list)? }
    } else if let Some(list) = field("nodes") {
        Command::SetNodes { objects: objects(list)? }
    } else if let Some(list) = field("addNodes") {
        Command::AddNodes { nodes: objects(list)? }
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
    } else if let Some(label) = text("fault") {
        let fault = Fault::ALL.into_iter().find(|fault| fault.label() == label)?;
        Command::SetFault { pod: key_from_json(field("pod")?)?, fault, on: on()? }
    } else {
        Command::FailPod { pod: key_from_json(field("fail")?)? }
    })
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
    fn every_kind_of_command_is_read_back_as_it_was_written() {
        let pod = ObjectKey::pod("default", "web");
        let objects = crate::session::Document::new(examples::FOUR_NODES, "").objects();
        assert_eq!(objects.len(), 4);
        let key = ObjectKey::node("cp-1");
        for command in [
            Command::Apply { objects: objects.clone() },
            Command::SetNodes { objects: objects.clone() },
            Command::AddNodes { nodes: objects },
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
            Command::FailPod { pod: pod.clone() },
            Command::SetFault { pod, fault: Fault::Crash, on: true },
        ] {
            let text = to_json(&command).to_string();
            let value = serde_json::from_str(&text).expect("it is JSON");
            assert_eq!(from_json(&value), Some(command), "{text}");
        }
    }

    #[test]
    fn a_command_of_another_version_is_not_read() {
        for text in ["{}", r#"{"dance": 1}"#, r#"{"apply": 1}"#, r#"{"fail": ["v1"]}"#, "3"] {
            assert_eq!(from_json(&serde_json::from_str(text).expect("it is JSON")), None, "{text}");
        }
    }
}
