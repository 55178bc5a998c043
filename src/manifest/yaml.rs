//! Objects as YAML.

use super::decode::zero;
use super::schema::{Shape, Type, schema};
use crate::api::Object;
use serde_json::{Map, Value};

/// The object as `kubectl get -o yaml` prints it: keys in alphabetical order, fields that are never left out filled
/// in, and texts quoted where YAML 1.1 would read them as something else.
pub fn to_yaml(object: &Object) -> String {
    let mut value = object.to_json();
    complete(object.kind().name(), &mut value);
    value_to_yaml(&value)
}

/// Fills in the fields that upstream writes also when they are empty (`resources: {}`, `status: {}`).
pub fn complete(type_: &str, value: &mut Value) {
    let Some(definition) = schema().get(type_) else { return };
    let Some(fields) = value.as_object_mut() else { return };
    for field in &definition.fields {
        if field.is_always_printed && !fields.contains_key(field.name) {
            fields.insert(field.name.into(), zero(&field.type_));
        }
        if let Some(value) = fields.get_mut(field.name) {
            complete_as(&field.type_, value);
        }
    }
}

fn complete_as(type_: &Type, value: &mut Value) {
    match (schema().shape(type_), value) {
        (Shape::Struct(definition), value) => complete(definition.name, value),
        (Shape::Plain(Type::List(item)), Value::Array(items)) => {
            items.iter_mut().for_each(|value| complete_as(item, value));
        }
        (Shape::Plain(Type::Map(item)), Value::Object(entries)) => {
            entries.values_mut().for_each(|value| complete_as(item, value));
        }
        _ => {}
    }
}

/// A value as YAML in block style. Texts are quoted by the rules of this module's reader, which are kubectl's;
/// `serde_yaml` only quotes by those of YAML 1.2 and would print `1_000` and `010` bare.
pub fn value_to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(fields) if !fields.is_empty() => emit_map(&mut out, fields, 0, false),
        Value::Array(items) if !items.is_empty() => emit_list(&mut out, items, 0),
        scalar => out = scalar_text(scalar, 0) + "\n",
    }
    out
}

/// The fields below each other; the first one goes on without indentation when it stands behind a dash.
fn emit_map(out: &mut String, fields: &Map<String, Value>, indent: usize, behind_dash: bool) {
    for (index, (key, value)) in fields.iter().enumerate() {
        if index > 0 || !behind_dash {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&text(key, None));
        out.push(':');
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                out.push('\n');
                emit_map(out, fields, indent + 2, false);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                emit_list(out, items, indent);
            }
            scalar => {
                out.push(' ');
                out.push_str(&scalar_text(scalar, indent + 2));
                out.push('\n');
            }
        }
    }
}

fn emit_list(out: &mut String, items: &[Value], indent: usize) {
    for item in items {
        out.push_str(&" ".repeat(indent));
        out.push_str("- ");
        match item {
            Value::Object(fields) if !fields.is_empty() => emit_map(out, fields, indent + 2, true),
            scalar => {
                out.push_str(&scalar_text(scalar, indent + 2));
                out.push('\n');
            }
        }
    }
}

/// A scalar, or a collection in one line.
fn scalar_text(value: &Value, indent: usize) -> String {
    match value {
        Value::String(value) => text(value, Some(indent)),
        other => other.to_string(),
    }
}

/// A text: bare, quoted, or as a block where `block_indent` allows one.
pub(super) fn text(text: &str, block_indent: Option<usize>) -> String {
    if let (Some(indent), true) = (block_indent, is_block(text)) {
        let chomping = if text.ends_with('\n') { "" } else { "-" };
        let lines: Vec<String> = text
            .lines()
            .map(|line| if line.is_empty() { String::new() } else { format!("{}{line}", " ".repeat(indent)) })
            .collect();
        return format!("|{chomping}\n{}", lines.join("\n"));
    }
    let is_bare = !text.is_empty()
        && super::resolve::is_text_when_bare(text)
        && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && !text.starts_with(|first: char| " -?:,[]{}#&*!|>'\"%@`=".contains(first))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("...");
    if is_bare { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes. What JSON writes is YAML but for the line breaks that only YAML knows.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let escaped = json.chars().map(|letter| match letter {
        letter if BREAKS.contains(&letter) => format!("\\u{:04x}", u32::from(letter)),
        letter => letter.to_string(),
    });
    escaped.collect()
}

/// Letters that YAML takes for line breaks, or for a mark before the text.
const BREAKS: [char; 4] = ['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'];

/// Whether a text of several lines reads back the same from a block.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.chars().all(|letter| letter == '\n' || letter == '\t' || !letter.is_control())
        && !text.contains(BREAKS)
        && text.lines().all(|line| line.trim_end() == line)
}

#[cfg(test)]
mod tests {
    use super::super::tree::{self, Document};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(text: &str) -> Value {
        match tree::read(text).as_slice() {
            [Document { content: Ok(Some(tree)), .. }] => tree.value(),
            [] => Value::Null,
            other => panic!("{text} is {other:?}"),
        }
    }

    #[test]
    fn texts_that_yaml_would_read_as_something_else_are_quoted() {
        for (value, expected) in [
            ("yes", "\"yes\""),
            ("010", "\"010\""),
            ("1_000", "\"1_000\""),
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("- a", "\"- a\""),
            ("100m", "100m"),
            ("quay.io/a/b:v2.5.2", "quay.io/a/b:v2.5.2"),
            ("2026-01-01T00:00:00Z", "\"2026-01-01T00:00:00Z\""),
            ("\u{2028}", "\"\\u2028\""),
        ] {
            assert_eq!(text(value, None), expected);
        }
    }

    #[test]
    fn lists_stand_under_their_key_and_texts_of_several_lines_are_blocks() {
        let value = json!({"a": [{"b": 1, "c": [2, 3]}, "x"], "d": {}, "e": "one\n\ntwo\n", "f": []});
        let expected = "a:\n- b: 1\n  c:\n  - 2\n  - 3\n- x\nd: {}\ne: |\n  one\n\n  two\nf: []\n";
        assert_eq!(value_to_yaml(&value), expected);
        assert_eq!(read(expected), value);
    }

    #[test]
    fn objects_print_as_kubectl_prints_them() {
        let value = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"on": "yes"}},
            "spec": {"containers": [{"name": "c", "image": "a:1"}]},
        });
        let expected = "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    \"on\": \"yes\"\n  name: p\nspec:\n  \
                        containers:\n  - image: a:1\n    name: c\n    resources: {}\nstatus: {}\n";
        assert_eq!(to_yaml(&Object::from_json(value).expect("a pod")), expected);
    }

    proptest! {
        /// Also for a reader of YAML 1.2.
        #[test]
        fn any_text_reads_back_the_same(
            key in "\\PC*|[a-z.:#~-]{0,6}",
            value in "(\\PC|\\n|\\t){0,20}|[-0-9a-fxobeE_.+:~]{0,6}",
        ) {
            let value = json!({ key: {"a": [value.clone(), {"b": value}]} });
            let text = value_to_yaml(&value);
            prop_assert_eq!(&read(&text), &value);
            let other: Value = serde_yaml::from_str(&text).expect("valid YAML");
            prop_assert_eq!(other, value);
        }
    }
}
