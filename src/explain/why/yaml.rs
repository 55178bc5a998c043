//! An object as YAML, with who wrote each line.

use super::author::Author;
use super::blame::{self, By};
use crate::api::Object;
use crate::api::merge::LAST_APPLIED;
use crate::kubectl::print::object::{whole, yaml_scalar};
use crate::sim::{StepNo, Timeline};
use serde_json::Value;

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
    /// In which step; none = from the start, or as the manifest says.
    pub step: Option<StepNo>,
    /// Whether to say so at this line: it is the first of a run by that author.
    pub first: bool,
}

/// An object as kubectl prints it, with who wrote what, as the run shows it.
pub fn yaml_of(timeline: &Timeline, object: &Object) -> Vec<YamlLine> {
    let blame = blame::of(timeline, &object.key(), object);
    lines(&whole(object), &|path| blame.at(path))
}

type Judge<'a> = &'a dyn Fn(&[String]) -> By;

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
    write(&object, &mut Vec::new(), String::new(), judge, &mut lines);
    let mut before = (Author::You, None);
    for line in &mut lines {
        line.first = (line.author, line.step) != before;
        before = (line.author, line.step);
    }
    lines
}

/// Writes a value's lines; `lead` is the indent of its first line.
fn write(value: &Value, path: &mut Vec<String>, lead: String, judge: Judge<'_>, lines: &mut Vec<YamlLine>) {
    let follow = " ".repeat(lead.len());
    let line = |indent: String, key: &str, value: String, (author, step): By| YamlLine {
        indent,
        key: key.to_owned(),
        value,
        author,
        step,
        first: false,
    };
    match value {
        Value::Object(fields) => {
            for (index, (key, value)) in fields.iter().enumerate() {
                path.push(key.clone());
                let indent = if index == 0 { lead.clone() } else { follow.clone() };
                let nested = matches!(value, Value::Object(f) if !f.is_empty())
                    || matches!(value, Value::Array(i) if !i.is_empty());
                let text = if nested { String::new() } else { yaml_scalar(value) };
                lines.push(line(indent, key, text, judge(path)));
                if nested {
                    // Lists stand as deep as their key, as kubectl prints them.
                    let deeper = if value.is_array() { follow.clone() } else { format!("{follow}  ") };
                    write(value, path, deeper, judge, lines);
                }
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                path.push(index.to_string());
                let lead = format!("{lead}- ");
                if matches!(inner, Value::Object(fields) if !fields.is_empty()) {
                    write(inner, path, lead, judge, lines);
                } else {
                    lines.push(line(lead, "", yaml_scalar(inner), judge(path)));
                }
                path.pop();
            }
        }
        value => lines.push(line(lead, "", yaml_scalar(value), judge(path))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Actor;
    use crate::sim::given::{rolling, settled};
    use serde_json::json;

    #[test]
    fn a_field_that_kubectl_prints_though_it_is_empty_is_by_who_wrote_what_it_is_in() {
        let timeline = settled(1, &rolling(json!(1), json!(0)));
        let set = timeline.world().daemon_sets().next().cloned().expect("a set");
        let lines = yaml_of(&timeline, &Object::DaemonSet(set));
        let line = lines.iter().find(|line| line.key == "numberMisscheduled").expect("a line");
        assert_eq!((&*line.value, line.author), ("0", Author::Loop(Actor::DaemonSetController)));
    }

    #[test]
    fn lines_are_yaml_that_reads_back_as_the_object() {
        let object = json!({
            "a": { "list": [{ "k": "true", "v": [1, 2] }, "x", {}], "empty": {}, "none": [] },
            "text": "two\nlines", "number": "1e3", "switch": "yes", "time": "2026-01-01T00:00:00Z",
        });
        let text: String = lines(&object, &|_| (Author::You, None))
            .iter()
            .map(|line| {
                let colon = if line.key.is_empty() { "" } else { ":" };
                format!("{}{}{colon} {}\n", line.indent, line.key, line.value)
            })
            .collect();
        let back: Value = serde_yaml::from_str(&text).expect("valid YAML");
        assert_eq!(back, object, "{text}");
        // kubectl's reader takes YAML 1.1, where these are no texts.
        assert!(
            text.contains("switch: \"yes\"\n") && text.contains("time: \"2026-01-01T00:00:00Z\"\n"),
            "{text}"
        );
    }
}
