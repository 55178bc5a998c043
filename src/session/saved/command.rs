//! Commands as they were stored before lines were: an object for each kind of command.

use crate::api::{EcoString, Kind, Object, ObjectKey, Taint};
use crate::cluster::Propagation;
use crate::kubectl::{Fault, Request};
use serde_json::Value;

/// The line that says the same; none if it is no command that there was.
pub(super) fn from_json(command: &Value) -> Option<Request> {
    let field = |name: &str| command.get(name);
    let text = |name: &str| field(name).and_then(Value::as_str);
    let objects = |list: &Value| -> Option<Vec<Object>> {
        list.as_array()?.iter().map(|object| Object::from_json(object.clone()).ok()).collect()
    };
    let taints = |name: &str| -> Option<Vec<Taint>> { serde_json::from_value(field(name)?.clone()).ok() };
    let on = || field("on").and_then(Value::as_bool);
    Some(if let Some(list) = field("apply") {
        Request::apply(Request::text_of(&objects(list)?))
    } else if let Some(list) = field("nodes") {
        Request::set_nodes(Request::text_of(&objects(list)?))
    } else if let Some(list) = field("addNodes") {
        Request::add_nodes(Request::text_of(&objects(list)?).text())
    } else if let Some(key) = field("delete") {
        let propagation = match text("cascade")? {
            "foreground" => Propagation::Foreground,
            "orphan" => Propagation::Orphan,
            _ => Propagation::Background,
        };
        Request::delete(&key_from_json(key)?, propagation)
    } else if let Some(key) = field("label") {
        Request::label(&key_from_json(key)?, text("name")?, text("value"), true)
    } else if let Some(node) = text("taint") {
        // The page added a taint, or removed one.
        match (taints("add")?.as_slice(), taints("remove")?.as_slice()) {
            ([taint, ..], _) => Request::taint(node, taint),
            (_, [taint, ..]) => Request::untaint(node, &taint.key, &taint.effect),
            _ => return None,
        }
    } else if let Some(node) = text("cordon") {
        Request::cordon(node, on()?)
    } else if let Some(node) = text("power") {
        Request::power(node, on()?)
    } else if let Some(key) = field("rollBack") {
        Request::roll_back(&key_from_json(key)?, field("to")?.as_i64()?)
    } else if let Some(order) = text("order") {
        Request::order(order == "chance")
    } else if let Some(label) = text("fault") {
        let fault = Fault::ALL.into_iter().find(|fault| fault.label() == label)?;
        Request::fault(&key_from_json(field("pod")?)?, fault, on()?, true)
    } else {
        Request::fail_pod(&key_from_json(field("fail")?)?)
    })
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

    #[test]
    fn what_was_stored_as_an_object_is_the_line_that_says_the_same() {
        for (stored, line) in [
            (
                r#"{"delete": ["apps/v1", "DaemonSet", "x", "a"], "cascade": "orphan"}"#,
                "kubectl delete daemonset a -n x --cascade=orphan",
            ),
            (
                r#"{"label": ["v1", "Node", "", "n"], "name": "a", "value": "b"}"#,
                "kubectl label node n a=b --overwrite",
            ),
            (r#"{"label": ["v1", "Node", "", "n"], "name": "a", "value": null}"#, "kubectl label node n a-"),
            (
                r#"{"taint": "n", "add": [{"key": "k", "value": "v", "effect": "NoExecute"}], "remove": []}"#,
                "kubectl taint nodes n k=v:NoExecute --overwrite",
            ),
            (
                r#"{"taint": "n", "add": [], "remove": [{"key": "k", "effect": "NoExecute"}]}"#,
                "kubectl taint nodes n k:NoExecute-",
            ),
            (r#"{"cordon": "n", "on": false}"#, "kubectl uncordon n"),
            (r#"{"power": "n", "on": false}"#, "ssh n sudo systemctl stop kubelet"),
            (
                r#"{"rollBack": ["apps/v1", "DaemonSet", "kube-system", "a"], "to": 3}"#,
                "kubectl rollout undo daemonset/a --to-revision=3 -n kube-system",
            ),
            (r#"{"order": "chance"}"#, "playground set order=chance"),
            (
                r#"{"fail": ["v1", "Pod", "default", "p"]}"#,
                "kubectl label pod p pod-container-running-failed.stage.kwok.x-k8s.io=true",
            ),
            (r#"{"apply": []}"#, "kubectl apply -f manifest.yaml"),
            (r#"{"nodes": []}"#, "playground set nodes -f nodes.yaml"),
        ] {
            let read = from_json(&serde_json::from_str(stored).expect("it is JSON"));
            assert_eq!(read.map(|request| request.line().to_string()).as_deref(), Some(line), "{stored}");
        }
    }

    #[test]
    fn a_command_of_another_version_is_not_read() {
        for text in ["{}", r#"{"dance": 1}"#, r#"{"apply": 1}"#, r#"{"fail": ["v1"]}"#, "3"] {
            assert_eq!(from_json(&serde_json::from_str(text).expect("it is JSON")), None, "{text}");
        }
    }
}
