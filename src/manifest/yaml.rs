//! Objects as YAML.

use super::decode::zero;
use super::schema::{Field, Shape, Struct, Type, schema};
use crate::api::{Kind, Object};
use serde_json::{Map, Value};

/// The object as `kubectl get -o yaml` prints it: keys in alphabetical order, fields that are never left out filled
/// in, and texts quoted where YAML 1.1 would read them as something else.
pub fn to_yaml(object: &Object) -> String {
    let mut value = object.to_json();
    complete(&object.kind(), &mut value);
    value_to_yaml(&value)
}

/// Fills in the fields that upstream writes also when they are empty (`resources: {}`, `status: {}`).
pub fn complete(kind: &Kind, value: &mut Value) {
    if let Some(definition) = schema().of_kind(kind) {
        complete_struct(definition, value);
    }
}

fn complete_struct(definition: &Struct, value: &mut Value) {
    let Some(fields) = value.as_object_mut() else { return };
    for field in &definition.fields {
        if !fields.contains_key(field.name)
            && let Some(empty) = printed_empty(definition, field)
        {
            fields.insert(field.name.into(), empty);
        }
        if let Some(value) = fields.get_mut(field.name) {
            complete_as(&field.type_, value);
        }
    }
}

/// What upstream writes for a field that is empty; none where it leaves the field out.
fn printed_empty(definition: &Struct, field: &Field) -> Option<Value> {
    match field.type_ {
        // `omitempty` leaves no struct out; `omitzero`, which the metadata's time has, does.
        Type::Time if !field.is_pointer && definition.name != "ObjectMeta" => Some(Value::Null),
        Type::Quantity if !field.is_pointer => Some(zero(&field.type_)),
        _ => field.is_always_printed.then(|| zero(&field.type_)),
    }
}

fn complete_as(type_: &Type, value: &mut Value) {
    match (schema().shape(type_), value) {
        (Shape::Struct(definition), value) => complete_struct(definition, value),
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
    emit(value, usize::MAX)
}

/// A value as kubectl prints it: as [`value_to_yaml`], and long texts go on in a next line.
pub fn printed_yaml(value: &Value) -> String {
    const WIDTH: usize = 80;
    emit(value, WIDTH)
}

fn emit(value: &Value, width: usize) -> String {
    let mut out = String::new();
    match value {
        Value::Object(fields) if !fields.is_empty() => emit_map(&mut out, fields, 0, false, width),
        Value::Array(items) if !items.is_empty() => emit_list(&mut out, items, 0, width),
        scalar => {
            emit_scalar(&mut out, scalar, 0, width);
            out.push('\n');
        }
    }
    out
}

/// The fields below each other; the first one goes on without indentation when it stands behind a dash.
fn emit_map(out: &mut String, fields: &Map<String, Value>, indent: usize, behind_dash: bool, width: usize) {
    for (index, (key, value)) in fields.iter().enumerate() {
        if index > 0 || !behind_dash {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&text(key, None));
        out.push(':');
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                out.push('\n');
                emit_map(out, fields, indent + 2, false, width);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                emit_list(out, items, indent, width);
            }
            scalar => {
                out.push(' ');
                emit_scalar(out, scalar, indent + 2, width);
                out.push('\n');
            }
        }
    }
}

fn emit_list(out: &mut String, items: &[Value], indent: usize, width: usize) {
    for item in items {
        out.push_str(&" ".repeat(indent));
        out.push_str("- ");
        match item {
            Value::Object(fields) if !fields.is_empty() => emit_map(out, fields, indent + 2, true, width),
            Value::Array(items) if !items.is_empty() => {
                let mut inner = String::new();
                emit_list(&mut inner, items, indent + 2, width);
                out.push_str(inner.trim_start());
            }
            scalar => {
                emit_scalar(out, scalar, indent + 2, width);
                out.push('\n');
            }
        }
    }
}

/// A scalar, or an empty collection. Texts that are longer than the width go on below, indented.
fn emit_scalar(out: &mut String, value: &Value, indent: usize, width: usize) {
    match value {
        Value::String(value) => {
            let line = out.rfind('\n').map_or(0, |end| end + 1);
            let column = out[line..].chars().count();
            let fold = Fold { column, indent, width };
            *out += &folded(value, Some(indent), fold);
        }
        other => *out += &other.to_string(),
    }
}

/// A text in one line or as a block: bare, quoted, or as a block where `block_indent` allows one.
pub(super) fn text(text: &str, block_indent: Option<usize>) -> String {
    folded(text, block_indent, Fold { column: 0, indent: 0, width: usize::MAX })
}

/// Where a text begins, where it goes on in the next line, and from which column on it does.
#[derive(Clone, Copy)]
struct Fold {
    column: usize,
    indent: usize,
    width: usize,
}

/// A text in the style that libyaml chooses for it (`yaml_emitter_analyze_scalar`, `yaml_emitter_select_scalar_style` of
/// `go.yaml.in/yaml/v2/emitterc.go`).
fn folded(text: &str, block_indent: Option<usize>, fold: Fold) -> String {
    let shape = Shapes::of(text);
    if text.contains('\n') {
        return match block_indent {
            Some(indent) if shape.block => block(text, indent),
            _ => double_quoted(text, fold),
        };
    }
    if !super::resolve::is_text_when_bare(text) || text.is_empty() {
        return double_quoted(text, fold);
    }
    if shape.plain {
        return spread(text, fold, false);
    }
    if shape.single {
        format!("'{}'", spread(&text.replace('\'', "''"), fold.after_quote(), true))
    } else {
        double_quoted(text, fold)
    }
}

impl Fold {
    fn after_quote(self) -> Self {
        Fold { column: self.column.saturating_add(1), ..self }
    }
}

/// A text that may be broken at each single blank behind the width.
fn spread(text: &str, fold: Fold, is_quoted: bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let (mut column, mut was_blank) = (fold.column, false);
    for (at, letter) in letters.iter().enumerate() {
        let is_blank = *letter == ' ';
        let is_inner = !is_quoted || (at > 0 && at + 1 < letters.len());
        let may_break = is_blank && !was_blank && column > fold.width && is_inner;
        if may_break && letters.get(at + 1) != Some(&' ') {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', fold.indent));
            column = fold.indent;
        } else {
            out.push(*letter);
            column += 1;
        }
        was_blank = is_blank;
    }
    out
}

/// In which styles a text can be written.
struct Shapes {
    plain: bool,
    single: bool,
    block: bool,
}

impl Shapes {
    fn of(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let is_break = |letter: char| "\r\n\u{85}\u{2028}\u{2029}".contains(letter);
        let is_gap =
            |letter: Option<&char>| letter.is_none_or(|letter| " \t".contains(*letter) || is_break(*letter));
        let mut is_marked = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut broken, mut break_space, mut space_break) = (false, false, false, false);
        let mut before: Option<char> = None;
        for (at, letter) in letters.iter().enumerate() {
            let is_followed_by_gap = is_gap(letters.get(at + 1));
            is_marked |= match letter {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                | '`'
                    if at == 0 =>
                {
                    true
                }
                '?' | '-' if at == 0 => is_followed_by_gap,
                ':' => is_followed_by_gap,
                '#' => is_gap(before.as_ref()),
                _ => false,
            };
            special |= !is_printable(*letter);
            if *letter == ' ' {
                break_space |= before.is_some_and(is_break);
            } else if is_break(*letter) {
                broken = true;
                space_break |= before == Some(' ');
            }
            before = Some(*letter);
        }
        let (starts_blank, ends_blank) = (text.starts_with(' '), text.ends_with(' '));
        Shapes {
            plain: !(is_marked || special || broken || starts_blank || ends_blank),
            single: !(special || break_space || space_break),
            block: !(special || space_break || ends_blank),
        }
    }
}

/// Letters that libyaml writes as they are.
fn is_printable(letter: char) -> bool {
    letter == '\n'
        || (' '..='~').contains(&letter)
        || (('\u{a0}'..='\u{fffd}').contains(&letter) && !BREAKS.contains(&letter))
}

/// The lines of a text below `|`.
fn block(text: &str, indent: usize) -> String {
    let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
    let chomping = match text.strip_suffix('\n') {
        None => "-",
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => "+",
        Some(_) => "",
    };
    let body = text.strip_suffix('\n').unwrap_or(text);
    let line =
        |line: &str| if line.is_empty() { String::new() } else { format!("{}{line}", " ".repeat(indent)) };
    let lines: Vec<String> = body.split('\n').map(line).collect();
    format!("|{hint}{chomping}\n{}", lines.join("\n"))
}

/// A text in double quotes, with the escapes that libyaml writes.
fn double_quoted(text: &str, fold: Fold) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::from("\"");
    let (mut column, mut was_blank) = (fold.column.saturating_add(1), false);
    for (at, letter) in letters.iter().enumerate() {
        let piece = match letter {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            ' ' => {
                let is_inner = at > 0 && at + 1 < letters.len();
                if !was_blank && column > fold.width && is_inner {
                    out.push('\n');
                    out.extend(std::iter::repeat_n(' ', fold.indent));
                    column = fold.indent;
                    if letters.get(at + 1) == Some(&' ') { "\\".to_owned() } else { String::new() }
                } else {
                    " ".to_owned()
                }
            }
            '\n' => "\\n".to_owned(),
            letter if is_printable(*letter) => letter.to_string(),
            letter => escape(*letter),
        };
        was_blank = *letter == ' ';
        column += piece.chars().count();
        out += &piece;
    }
    out + "\""
}

/// A letter that cannot be written as it is.
fn escape(letter: char) -> String {
    let short = match letter {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        letter => {
            return match u32::from(letter) {
                code @ ..=0xff => format!("\\x{code:02X}"),
                code @ ..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

/// Letters that YAML takes for line breaks, or for a mark before the text.
const BREAKS: [char; 4] = ['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'];

#[cfg(test)]
mod tests {
    use super::super::tree::{self, Document};
    use super::*;
    use proptest::prelude::*;

    /// A custom resource has not the fields of a type of Kubernetes that is named as it is.
    #[test]
    fn what_is_never_left_out_of_a_type_is_not_added_to_a_kind_of_its_name() {
        let printed = |api_version: &str, kind: &str| {
            let value = json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": "e" } });
            to_yaml(&Object::from_json(value).expect("an object"))
        };
        let custom =
            "apiVersion: sagemaker.services.k8s.aws/v1alpha1\nkind: Endpoint\nmetadata:\n  name: e\n";
        assert_eq!(printed("sagemaker.services.k8s.aws/v1alpha1", "Endpoint"), custom);
        // As a real API server prints it (`kubectl-live.jsonl`).
        let slice = printed("discovery.k8s.io/v1", "EndpointSlice");
        assert!(slice.contains("endpoints: null\n") && slice.contains("ports: null\n"), "{slice}");
    }

    /// Go's `omitempty` leaves out no struct: a time or an amount that is not there is printed.
    #[test]
    fn times_and_amounts_that_are_not_there_are_printed_as_a_real_api_server_does() {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" },
            "spec": { "containers": [{
                "name": "c",
                "env": [{ "name": "E", "valueFrom": { "resourceFieldRef": { "resource": "limits.cpu" } } }],
            }] },
            "status": { "conditions": [{ "type": "PodScheduled", "status": "False" }] },
        });
        let printed = to_yaml(&Object::from_json(pod).expect("a pod"));
        let condition = "  - lastProbeTime: null\n    lastTransitionTime: null\n    status: \"False\"\n    type: PodScheduled\n";
        assert!(printed.contains(condition), "{printed}");
        assert!(printed.contains("divisor: \"0\"\n"), "{printed}");
        assert!(!printed.contains("creationTimestamp") && !printed.contains("startTime"), "{printed}");
    }
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
            ("a: b", "'a: b'"),
            ("- a", "'- a'"),
            ("100m", "100m"),
            ("quay.io/a/b:v2.5.2", "quay.io/a/b:v2.5.2"),
            ("2026-01-01T00:00:00Z", "\"2026-01-01T00:00:00Z\""),
            ("\u{2028}", "\"\\L\""),
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
