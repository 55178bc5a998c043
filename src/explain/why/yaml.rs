//! An object as YAML, with who wrote each line.

use crate::api::merge::{LAST_APPLIED, last_applied};
use crate::api::{DaemonSet, Object, Pod, well_known_taints};
use crate::controllers::daemonset::pod::{HASH_LABEL, TEMPLATE_GENERATION_LABEL};
use serde_json::Value;

/// Who wrote a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The user, in the manifest.
    You,
    /// The DaemonSet controller.
    Controller,
    /// The scheduler.
    Scheduler,
    /// Admission and defaulting in the API server.
    ApiServer,
    /// The kubelet.
    Kubelet,
}

impl Author {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Author::You => "you",
            Author::Controller => "controller",
            Author::Scheduler => "scheduler",
            Author::ApiServer => "API server",
            Author::Kubelet => "kubelet",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlLine {
    /// Spaces and, for the first line of a list's item, the dash.
    pub indent: String,
    /// The key, without colon.
    pub key: String,
    /// The value, as YAML; empty where lines below hold it.
    pub value: String,
    /// Who wrote it.
    pub author: Author,
    /// Whether to say so at this line: it is the first of a run by that author.
    pub first: bool,
}

/// A pod with who wrote what. What stands in the template of its DaemonSet is the user's.
pub(super) fn of_pod(pod: &Pod, set: Option<&DaemonSet>) -> Vec<YamlLine> {
    let template = set.and_then(|set| serde_json::to_value(&*set.spec.template).ok());
    let has_kubelet = pod.status.start_time.is_some() || !pod.status.container_statuses.is_empty();
    lines(&Object::from(pod.clone()).to_json(), &|path, value| match path {
        [first, field, ..] if first == "status" => author_of_status(field, value, has_kubelet),
        path => author_in_pod(path, value, template.as_ref(), set.is_some()),
    })
}

/// Any object, all of it the user's but for what the API server and the node itself put in.
pub(super) fn of_node(object: &Object) -> Vec<YamlLine> {
    lines(&object.to_json(), &|path, _| match path {
        [first, second, ..] if first == "metadata" && IDENTITY.contains(&second.as_str()) => {
            Author::ApiServer
        }
        [first, second, ..] if first == "status" && second == "conditions" => Author::Kubelet,
        _ => Author::You,
    })
}

/// A DaemonSet: what its manifest does not say is the API server's (defaults), the status the controller's.
pub(super) fn of_set(set: &DaemonSet) -> Vec<YamlLine> {
    let object = Object::from(set.clone()).to_json();
    let applied = last_applied(&object);
    lines(&object, &|path, _| match path {
        [first, ..] if first == "status" => Author::Controller,
        [first, ..] if first == "apiVersion" || first == "kind" => Author::You,
        path if applied.is_null() || written(&applied, path) => Author::You,
        _ => Author::ApiServer,
    })
}

/// Whether a manifest holds the field of a path.
fn written(manifest: &Value, path: &[String]) -> bool {
    let mut at = manifest;
    for part in path {
        let below = match at {
            Value::Array(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(part),
        };
        let Some(below) = below else { return false };
        at = below;
    }
    true
}

const IDENTITY: [&str; 5] =
    ["uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp"];

fn author_in_pod(path: &[String], value: &Value, template: Option<&Value>, owned: bool) -> Author {
    let at = |index: usize| path.get(index).map_or("", String::as_str);
    match (at(0), at(1), at(2)) {
        ("apiVersion" | "kind", ..) => Author::You,
        ("metadata", field, _) if IDENTITY.contains(&field) => Author::ApiServer,
        ("metadata", "name", _) if owned => Author::ApiServer,
        ("metadata", "generateName" | "ownerReferences" | "namespace", _) if owned => Author::Controller,
        ("metadata", "labels", label) if [HASH_LABEL, TEMPLATE_GENERATION_LABEL].contains(&label) => {
            Author::Controller
        }
        ("spec", "nodeName", _) => Author::Scheduler,
        ("spec", "priority" | "preemptionPolicy", _) => Author::ApiServer,
        ("spec", "affinity", "nodeAffinity") if owned => Author::Controller,
        ("spec", "affinity", "")
            if owned && template.is_some_and(|t| t.pointer("/spec/affinity").is_none()) =>
        {
            Author::Controller
        }
        ("spec", "tolerations", "") => Author::You,
        ("spec", "tolerations", _) => toleration_author(value, template, owned),
        ("spec", ..) if template.is_some_and(|template| !written(template, path)) => Author::ApiServer,
        _ => Author::You,
    }
}

/// A pod's status begins with what the API server writes on creation (`registry/core/pod/strategy.go`); scheduler and
/// controllers add conditions, and all else is the kubelet's, once it has the pod. `value` is the condition, if it is
/// one.
fn author_of_status(field: &str, value: &Value, has_kubelet: bool) -> Author {
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
    match (field, text("type"), text("reason")) {
        ("qosClass", ..) | ("conditions", "PodScheduled", "SchedulingGated") => Author::ApiServer,
        ("phase", ..) if !has_kubelet => Author::ApiServer,
        ("nominatedNodeName", ..) | ("conditions", "PodScheduled", _) => Author::Scheduler,
        ("conditions", "DisruptionTarget", "PreemptionByScheduler") => Author::Scheduler,
        ("conditions", "DisruptionTarget", "DeletionByTaintManager") => Author::Controller,
        _ => Author::Kubelet,
    }
}

/// Items of the tolerations are judged whole: `value` is the item that the line belongs to.
fn toleration_author(item: &Value, template: Option<&Value>, owned: bool) -> Author {
    let written =
        template.and_then(|template| template.pointer("/spec/tolerations")).and_then(Value::as_array);
    if written.is_some_and(|written| written.contains(item)) {
        return Author::You;
    }
    if owned {
        return Author::Controller;
    }
    let key = item.get("key").and_then(Value::as_str).unwrap_or_default();
    let defaulted = [well_known_taints::NOT_READY, well_known_taints::UNREACHABLE].contains(&key)
        && item.get("tolerationSeconds").and_then(Value::as_i64) == Some(300);
    if defaulted { Author::ApiServer } else { Author::You }
}

type Judge<'a> = &'a dyn Fn(&[String], &Value) -> Author;

fn lines(object: &Value, judge: Judge<'_>) -> Vec<YamlLine> {
    let mut lines = Vec::new();
    let mut object = object.clone();
    // The whole object once more, in one line: it would only hide the rest.
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
        if annotations.is_empty() {
            object
                .pointer_mut("/metadata")
                .and_then(Value::as_object_mut)
                .map(|all| all.remove("annotations"));
        }
    }
    // Nor does kubectl show who manages which field.
    if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    write(&object, &mut Vec::new(), None, String::new(), judge, &mut lines);
    let mut before = Author::You;
    for line in &mut lines {
        line.first = line.author != before;
        before = line.author;
    }
    lines
}

/// Writes a value's lines. `item` is the list item around it, `lead` the indent of its first line.
fn write(
    value: &Value,
    path: &mut Vec<String>,
    item: Option<&Value>,
    lead: String,
    judge: Judge<'_>,
    lines: &mut Vec<YamlLine>,
) {
    let follow = " ".repeat(lead.len());
    match value {
        Value::Object(fields) => {
            for (index, (key, value)) in fields.iter().enumerate() {
                path.push(key.clone());
                let indent = if index == 0 { lead.clone() } else { follow.clone() };
                let author = judge(path, item.unwrap_or(value));
                let nested = matches!(value, Value::Object(f) if !f.is_empty())
                    || matches!(value, Value::Array(i) if !i.is_empty());
                let text = if nested { String::new() } else { scalar(value) };
                lines.push(YamlLine { indent, key: key.clone(), value: text, author, first: false });
                if nested {
                    // Lists stand as deep as their key, as kubectl prints them.
                    let deeper = if value.is_array() { follow.clone() } else { format!("{follow}  ") };
                    write(value, path, item, deeper, judge, lines);
                }
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                path.push(index.to_string());
                let around = item.or(Some(inner));
                let lead = format!("{lead}- ");
                if matches!(inner, Value::Object(fields) if !fields.is_empty()) {
                    write(inner, path, around, lead, judge, lines);
                } else {
                    let author = judge(path, around.unwrap_or(inner));
                    lines.push(YamlLine {
                        indent: lead,
                        key: String::new(),
                        value: scalar(inner),
                        author,
                        first: false,
                    });
                }
                path.pop();
            }
        }
        scalar_value => lines.push(YamlLine {
            indent: lead,
            key: String::new(),
            value: scalar(scalar_value),
            author: judge(path, item.unwrap_or(scalar_value)),
            first: false,
        }),
    }
}

/// A value on one line. Texts of several lines stand in quotes.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('\n') => value.to_string(),
        value => serde_yaml::to_string(value).map(|text| text.trim_end().to_owned()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pending_pods_status_is_the_api_servers_and_the_schedulers() {
        let pod = json!({
            "metadata": { "name": "p" },
            "status": {
                "phase": "Pending", "qosClass": "Burstable",
                "conditions": [{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable" }],
            },
        });
        let mut pod: Pod = serde_json::from_value(pod).expect("a pod");
        let authors = |pod: &Pod| -> Vec<(String, Author)> {
            let lines = of_pod(pod, None).into_iter();
            let keys = ["phase", "qosClass", "reason"];
            let shown = lines.filter(|line| keys.contains(&line.key.as_str()));
            shown.map(|line| (line.key, line.author)).collect()
        };
        let expected = [("qosClass", Author::ApiServer), ("reason", Author::Scheduler)];
        for (started, phase) in [(false, Author::ApiServer), (true, Author::Kubelet)] {
            pod.status.start_time = started.then_some(crate::api::Time::EPOCH);
            let found: std::collections::BTreeMap<_, _> = authors(&pod).into_iter().collect();
            assert_eq!(found.get("phase"), Some(&phase));
            for (key, author) in &expected {
                assert_eq!(found.get(*key), Some(author), "{key}");
            }
        }
    }

    #[test]
    fn lines_are_yaml_that_reads_back_as_the_object() {
        let object = json!({
            "a": { "list": [{ "k": "true", "v": [1, 2] }, "x", {}], "empty": {}, "none": [] },
            "text": "two\nlines", "number": "1e3",
        });
        let text: String = lines(&object, &|_, _| Author::You)
            .iter()
            .map(|line| {
                let colon = if line.key.is_empty() { "" } else { ":" };
                format!("{}{}{colon} {}\n", line.indent, line.key, line.value)
            })
            .collect();
        let back: Value = serde_yaml::from_str(&text).expect("valid YAML");
        assert_eq!(back, object, "{text}");
    }
}
