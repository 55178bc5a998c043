//! Strict decoding: what the API server says of fields that it does not know, of keys that occur twice and of
//! values of a wrong type, and the object as it keeps it.
//!
//! Upstream: `sigs.k8s.io/json`, `apimachinery/pkg/runtime/serializer/json` with strict decoding, which `kubectl`
//! asks for. Fields are walked in the order of their names, as `kubectl` sends them.

use super::diagnostic::{Fix, Span};
use super::resolve::Scalar;
use super::schema::{Field, Shape, Struct, Type, schema};
use super::suggest;
use super::time;
use super::tree::{Data, Entry, Tree};
use crate::api::base64;
use crate::api::validation::quoted;
use crate::api::{Kind, Quantity, TEMPLATE_GENERATION, sort};
use serde_json::{Map, Value};

/// How much a problem counts beside others: the API server tells those that count most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// An unknown or duplicate field. All of them are told, where nothing else is wrong.
    Strict,
    /// A value of a wrong type. Go's decoder keeps the first in mind and goes on.
    Type,
    /// A value that its own type refuses to decode. There Go's decoder stops.
    End,
}

/// Something that keeps an object from being decoded.
pub(super) struct Problem {
    pub weight: Weight,
    pub path: String,
    pub span: Span,
    pub message: String,
    pub suggestion: Option<String>,
    pub fix: Option<Fix>,
}

/// An object as JSON, without fields that are empty, and what was wrong with it.
pub(super) struct Decoded {
    pub value: Value,
    pub problems: Vec<Problem>,
}

/// What a key means that stands in a map twice.
///
/// kubectl reads each document into plain maps before it sends it, YAML and JSON alike, and those keep the last of two
/// equal keys. So the API server, which would refuse a duplicate field, never sees one that came from kubectl.
///
/// Upstream: `cli-runtime/pkg/resource/mapper.go` (`infoForData`), `unstructuredJSONScheme.decodeToUnstructured`;
/// kubectl's own search for double keys (`NoDoubleKeySchema`) is for servers that do not validate fields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    /// The API server refuses them in a body that it gets as it is written.
    Refused,
    /// Only the last one is there.
    LastCounts,
}

/// Decodes an object of a kind.
pub(super) fn decode(kind: &Kind, tree: &Tree, duplicates: Duplicates) -> Decoded {
    let mut decoder =
        Decoder { duplicates, path: String::new(), fields: Vec::new(), owner: "", problems: Vec::new() };
    let value = match schema().of_kind(kind) {
        Some(definition) => decoder.object(tree, definition),
        None => decoder.stored(tree),
    };
    let annotation = value.pointer("/metadata/annotations").and_then(|all| all.get(TEMPLATE_GENERATION));
    if let (Kind::DaemonSet, Some(text)) = (kind, annotation.and_then(Value::as_str))
        && let Err(message) = parse_int(text)
    {
        decoder.path = format!("metadata.annotations[{TEMPLATE_GENERATION}]");
        let span = super::places::of_path(tree, &decoder.path).span;
        decoder.push(Weight::Type, span, message, None, None);
    }
    Decoded { value, problems: decoder.problems }
}

impl Decoded {
    /// What the API server answers, if it refuses the object: the first wrong value, else all unknown and duplicate
    /// fields, each once.
    pub fn refusal(&self) -> Option<String> {
        let weight = self.problems.iter().map(|problem| problem.weight).max()?;
        let mut messages: Vec<&str> = Vec::new();
        for problem in self.problems.iter().filter(|problem| problem.weight == weight) {
            if !messages.contains(&problem.message.as_str()) {
                messages.push(&problem.message);
            }
        }
        if weight > Weight::Strict {
            return messages.first().map(|message| (*message).to_owned());
        }
        messages.truncate(STRICT_ERRORS);
        Some(format!("strict decoding error: {}", messages.join(", ")))
    }
}

/// So many unknown and duplicate fields are told at most.
const STRICT_ERRORS: usize = 100;

/// For so many unknown fields it is looked for what was meant.
const SUGGESTIONS: usize = 100;

/// Go's `strconv.ParseInt(text, 10, 64)`.
fn parse_int(text: &str) -> Result<i64, String> {
    text.parse().map_err(|error: std::num::ParseIntError| {
        let reason = match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.ParseInt: parsing {text:?}: {reason}")
    })
}

struct Decoder {
    duplicates: Duplicates,
    /// The field, with list positions.
    path: String,
    /// The field as Go's decoder names it: without list positions and keys of maps.
    fields: Vec<&'static str>,
    /// The struct that holds the field.
    owner: &'static str,
    problems: Vec<Problem>,
}

impl Decoder {
    /// An object of a kind that is only stored: its metadata is checked, the rest is kept as it is.
    fn stored(&mut self, tree: &Tree) -> Value {
        let mut value = tree.value();
        if let (Some(metadata), Some(fields)) = (tree.get("metadata"), value.as_object_mut()) {
            "metadata".clone_into(&mut self.path);
            self.fields.push("metadata");
            let decoded = self.value(&metadata.value, &Type::Named("ObjectMeta")).unwrap_or_default();
            fields.insert("metadata".into(), decoded);
        }
        value
    }

    /// A value of a type; none where it is `null` or wrong.
    fn value(&mut self, tree: &Tree, type_: &Type) -> Option<Value> {
        let schema = schema();
        match (schema.shape(type_), &tree.data) {
            (_, Data::Scalar { value: Scalar::Null, .. }) => None,
            (Shape::Struct(definition), Data::Map(_)) => Some(self.object(tree, definition)),
            (Shape::Plain(Type::List(item)), Data::List(items)) => Some(self.list(items, item)),
            (Shape::Plain(Type::Map(value)), Data::Map(entries)) => Some(self.map(entries, value)),
            (Shape::Plain(Type::Any), _) => Some(tree.value()),
            (Shape::Plain(plain), Data::Scalar { value, text }) => {
                self.scalar(tree, type_, plain, &value.value(text), text)
            }
            (Shape::Text, Data::Scalar { value, text }) => {
                self.scalar(tree, type_, &Type::String, &value.value(text), text)
            }
            (Shape::Plain(plain), _) => self.custom(tree, plain).unwrap_or_else(|| {
                self.wrong_type(tree, type_);
                None
            }),
            _ => {
                self.wrong_type(tree, type_);
                None
            }
        }
    }

    fn object(&mut self, tree: &Tree, definition: &Struct) -> Value {
        let Data::Map(entries) = &tree.data else {
            self.wrong_type(tree, &Type::Named(definition.name));
            return Value::Null;
        };
        let mut object = Map::new();
        let owner = std::mem::replace(&mut self.owner, definition.name);
        for (entry, first) in self.sorted(entries) {
            let length = self.enter(&entry.key);
            if let Some(first) = first {
                self.duplicate(entry, first);
            }
            match definition.field(&entry.key) {
                None => self.unknown(entry, definition),
                Some(field) => {
                    let depth = self.fields.len();
                    self.fields.extend(field.embedded);
                    self.fields.push(field.name);
                    let value = self.value(&entry.value, &field.type_);
                    self.fields.truncate(depth);
                    if let Some(value) = value.filter(|value| !is_omitted(value, field)) {
                        object.insert(field.name.into(), value);
                    }
                }
            }
            self.path.truncate(length);
        }
        self.owner = owner;
        Value::Object(object)
    }

    fn list(&mut self, items: &[std::rc::Rc<Tree>], type_: &Type) -> Value {
        let length = self.path.len();
        let values = items.iter().enumerate().map(|(index, item)| {
            self.path += &format!("[{index}]");
            let value = self.value(item, type_).unwrap_or_else(|| zero(type_));
            self.path.truncate(length);
            value
        });
        values.collect()
    }

    fn map(&mut self, entries: &[Entry], type_: &Type) -> Value {
        let mut map = Map::new();
        for (entry, first) in self.sorted(entries) {
            let length = self.enter(&entry.key);
            if let Some(first) = first {
                self.duplicate(entry, first);
            }
            let value = self.value(&entry.value, type_).unwrap_or_else(|| zero(type_));
            map.insert(entry.key.to_string(), value);
            self.path.truncate(length);
        }
        Value::Object(map)
    }

    /// The entries by key, as kubectl sends them; where duplicates are refused, each with the first entry of the same
    /// key if it is not that itself.
    fn sorted<'t>(&self, entries: &'t [Entry]) -> Vec<(&'t Entry, Option<&'t Entry>)> {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sort::by(&mut sorted, |left, right| left.key.cmp(&right.key));
        let groups = sorted.chunk_by(|left, right| left.key == right.key);
        groups
            .flat_map(|group| {
                // What was merged into a map is no second key, but a part of it that may be replaced.
                let is_last = |index: usize| index + 1 == group.len();
                let written = group.iter().position(|entry| !entry.is_implied);
                let keeps_all = self.duplicates == Duplicates::Refused;
                group.iter().enumerate().filter_map(move |(index, entry)| {
                    let first = written.filter(|first| *first < index && !entry.is_implied && keeps_all);
                    (is_last(index) || (keeps_all && !entry.is_implied))
                        .then_some((*entry, first.map(|first| group[first])))
                })
            })
            .collect()
    }

    /// Appends a field to the path; gives the length to go back to.
    fn enter(&mut self, key: &str) -> usize {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path += key;
        length
    }

    fn scalar(
        &mut self,
        tree: &Tree,
        type_: &Type,
        plain: &Type,
        value: &Value,
        text: &str,
    ) -> Option<Value> {
        let fits = match (plain, value) {
            (Type::String, Value::String(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Float, Value::Number(_)) => true,
            (Type::Int32, Value::Number(number)) => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            (Type::Int64, Value::Number(number)) => number.as_i64().is_some(),
            _ => false,
        };
        if fits {
            return Some(value.clone());
        }
        self.custom(tree, plain).unwrap_or_else(|| {
            self.wrong_scalar(tree, type_, plain, value, text);
            None
        })
    }

    /// The types that decode themselves: `Quantity`, `Time`, `IntOrString`. None for other types.
    fn custom(&mut self, tree: &Tree, type_: &Type) -> Option<Option<Value>> {
        let scalar = match &tree.data {
            Data::Scalar { value, text } => value.value(text),
            _ => Value::Null,
        };
        let text = match &scalar {
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        match (type_, &scalar) {
            (Type::Quantity, _) => match Quantity::parse(&text) {
                Ok(quantity) => return Some(Some(quantity.to_string().into())),
                Err(error) => {
                    let meant = suggest::quantity(&text);
                    self.replace(Weight::End, tree, error.to_string(), meant);
                }
            },
            (Type::Bytes, Value::String(text)) => match base64::decoded(text) {
                Some(bytes) => return Some(Some(base64::encoded(&bytes).into())),
                None => {
                    let is_letter =
                        |letter: char| letter.is_ascii_alphanumeric() || "+/=\r\n".contains(letter);
                    // Where nothing else is wrong, the last four letters are not all there.
                    let at = text.find(|letter| !is_letter(letter)).unwrap_or(text.len() / 4 * 4);
                    let message = format!("illegal base64 data at input byte {at}");
                    self.push(Weight::End, tree.span, message, None, None);
                }
            },
            (Type::IntOrString, Value::String(text)) => return Some(Some(text.as_str().into())),
            (Type::IntOrString, Value::Number(number))
                if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) =>
            {
                return Some(Some(scalar.clone()));
            }
            (Type::IntOrString, _) => {
                self.wrong_inside(tree, &Type::Int32);
            }
            (Type::Time, Value::String(_)) => match time::error(&text) {
                None => return Some(Some(time::strict(&text).into())),
                Some(message) => {
                    let suggestion = "a time is written like 2026-01-01T00:00:00Z";
                    self.push(Weight::End, tree.span, message, Some(suggestion.into()), None);
                }
            },
            (Type::Time, _) => self.wrong_inside(tree, &Type::String),
            _ => return None,
        }
        Some(None)
    }

    fn wrong_type(&mut self, tree: &Tree, type_: &Type) {
        let message = self.mismatch(&described(tree), type_);
        if let (Data::Scalar { text, .. }, Type::Named(name)) = (&tree.data, type_)
            && let Some(fields) = suggest::taint(text, name)
        {
            let suggestion = "that is how kubectl takes a taint: here its parts are fields of their own";
            let fix = Fix { label: "Write the fields".into(), replacement: fields, span: tree.span };
            return self.push(Weight::Type, tree.start(), message, Some(suggestion.into()), Some(fix));
        }
        let suggestion = match (&tree.data, type_) {
            (Data::Map(_), Type::List(_)) => {
                Some("a list is expected here: begin each item with \"- \"".to_owned())
            }
            (Data::List(_), Type::Named(_) | Type::Map(_)) => {
                Some("fields are expected here, not a list: leave the \"- \" out".to_owned())
            }
            _ => None,
        };
        self.push(Weight::Type, tree.start(), message, suggestion, None);
    }

    /// A value of a type that a type which decodes itself cannot use.
    fn wrong_inside(&mut self, tree: &Tree, type_: &Type) {
        let message = self.mismatch(&scalar_described(tree, type_), type_);
        self.push(Weight::End, tree.span, message, None, None);
    }

    fn wrong_scalar(&mut self, tree: &Tree, type_: &Type, plain: &Type, value: &Value, text: &str) {
        let message = self.mismatch(&scalar_described(tree, plain), type_);
        let meant = match (plain, value) {
            (Type::String, Value::Bool(_) | Value::Number(_)) => Some(format!("\"{text}\"")),
            (Type::Int32 | Type::Int64, Value::String(text)) => {
                text.trim().parse::<i32>().ok().map(|n| n.to_string())
            }
            (Type::Bool, Value::String(text)) => {
                let lower = text.trim().to_ascii_lowercase();
                ["true", "false"].contains(&lower.as_str()).then_some(lower)
            }
            _ => None,
        };
        self.replace(Weight::Type, tree, message, meant);
    }

    /// A problem of a scalar, mended by writing something else there.
    fn replace(&mut self, weight: Weight, tree: &Tree, message: String, meant: Option<String>) {
        let suggestion = meant.as_ref().map(|meant| format!("did you mean {meant}?"));
        let fix =
            meant.map(|meant| Fix { label: format!("Write {meant}"), replacement: meant, span: tree.span });
        self.push(weight, tree.span, message, suggestion, fix);
    }

    fn mismatch(&self, found: &str, type_: &Type) -> String {
        if self.fields.is_empty() {
            return format!("json: cannot unmarshal {found} into Go value of type {}", type_.go_name());
        }
        let field = self.fields.join(".");
        format!(
            "json: cannot unmarshal {found} into Go struct field {}.{field} of type {}",
            self.owner,
            type_.go_name()
        )
    }

    #[cold]
    #[inline(never)]
    fn unknown(&mut self, entry: &Entry, definition: &Struct) {
        let is_first_few = self.problems.len() < SUGGESTIONS;
        let foreign = suggest::foreign(definition, &entry.key);
        let meant =
            if is_first_few && foreign.is_none() { suggest::field(definition, &entry.key) } else { None };
        let suggestion = match meant {
            _ if !is_first_few => None,
            _ if foreign.is_some() => foreign.map(str::to_owned),
            Some(meant) => Some(format!("did you mean {meant:?}?")),
            None => suggest::deeper(schema(), definition, &entry.key).map(|path| {
                let parent = &self.path[..self.path.len() - entry.key.len()];
                format!(
                    "it belongs under {parent}{}",
                    path.strip_suffix(&format!(".{}", entry.key)).unwrap_or(&path)
                )
            }),
        };
        let is_free = |meant: &&str| definition.field(meant).is_some();
        let fix = meant.filter(is_free).map(|meant| Fix {
            label: format!("Change to {meant}"),
            replacement: meant.to_owned(),
            span: entry.span,
        });
        let message = format!("unknown field {}", quoted(&self.path));
        self.push(Weight::Strict, entry.span, message, suggestion, fix);
    }

    #[cold]
    #[inline(never)]
    fn duplicate(&mut self, entry: &Entry, first: &Entry) {
        let message = format!("duplicate field {}", quoted(&self.path));
        let suggestion = format!("it is already in line {}", first.span.line);
        self.push(Weight::Strict, entry.span, message, Some(suggestion), None);
    }

    fn push(
        &mut self,
        weight: Weight,
        span: Span,
        message: String,
        suggestion: Option<String>,
        fix: Option<Fix>,
    ) {
        self.problems.push(Problem { weight, path: self.path.clone(), span, message, suggestion, fix });
    }
}

fn described(tree: &Tree) -> String {
    match &tree.data {
        Data::Map(_) => "object",
        Data::List(_) => "array",
        Data::Scalar { value: Scalar::Bool(_), .. } => "bool",
        Data::Scalar { value: Scalar::Number(_), .. } => "number",
        Data::Scalar { .. } => "string",
    }
    .into()
}

/// What stands there where a type is wanted; a number is printed where a number is.
fn scalar_described(tree: &Tree, wanted: &Type) -> String {
    match &tree.data {
        Data::Scalar { value: Scalar::Number(number), .. }
            if matches!(wanted, Type::Int32 | Type::Int64 | Type::Float) =>
        {
            format!("number {number}")
        }
        _ => described(tree),
    }
}

/// What Go holds where nothing was written.
pub(super) fn zero(type_: &Type) -> Value {
    match schema().shape(type_) {
        Shape::Text | Shape::Plain(Type::String) => "".into(),
        Shape::Struct(_) => Value::Object(Map::new()),
        Shape::Plain(plain) => match plain {
            Type::Bool => false.into(),
            Type::Int32 | Type::Int64 | Type::IntOrString => 0.into(),
            Type::Float => 0.0.into(),
            Type::Quantity => "0".into(),
            Type::Time => "0001-01-01T00:00:00Z".into(),
            _ => Value::Null,
        },
    }
}

/// Leaves out of a value what Go leaves out when it writes one of this type (`omitempty`).
fn omit_zeros(value: &mut Value, type_: &Type) {
    match (schema().shape(type_), value) {
        (Shape::Struct(definition), Value::Object(fields)) => omit_zeros_of_fields(fields, definition),
        (Shape::Plain(Type::List(item)), Value::Array(items)) => {
            items.iter_mut().for_each(|value| omit_zeros(value, item));
        }
        (Shape::Plain(Type::Map(of)), Value::Object(entries)) => {
            entries.values_mut().for_each(|value| omit_zeros(value, of));
        }
        _ => {}
    }
}

/// An object of a kind as if it had been decoded: what Go leaves out of it is not there. What is only stored stays as it is.
pub(super) fn omit_zeros_of(value: &mut Value, kind: &Kind) {
    if let (Some(definition), Some(fields)) = (schema().of_kind(kind), value.as_object_mut()) {
        omit_zeros_of_fields(fields, definition);
    }
}

fn omit_zeros_of_fields(fields: &mut Map<String, Value>, definition: &Struct) {
    fields.retain(|name, value| {
        let Some(field) = definition.field(name) else { return true };
        omit_zeros(value, &field.type_);
        !value.is_null() && !is_omitted(value, field)
    });
}

/// Whether Go leaves the field out when it writes the object (`omitempty`).
fn is_omitted(value: &Value, field: &Field) -> bool {
    if field.is_pointer || field.is_always_printed {
        return false;
    }
    match value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::Number(number) => number.as_i64() == Some(0) && field.type_ != Type::IntOrString,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;
    use crate::api::Object;
    use serde_json::json;
    use std::collections::BTreeSet;

    /// Wraps a value in the fields and items that lead to it.
    fn at_path(path: &[Option<&str>], value: Value) -> Value {
        path.iter().rev().fold(value, |value, step| match step {
            Some(name) => json!({ *name: value }),
            None => json!([value]),
        })
    }

    /// Every field of every type below a type, once: the way there.
    fn fields(
        type_: &Type,
        path: &mut Vec<Option<&'static str>>,
        seen: &mut BTreeSet<&'static str>,
        found: &mut Vec<Vec<Option<&'static str>>>,
    ) {
        found.push(path.clone());
        let inner = match schema().shape(type_) {
            Shape::Struct(definition) if seen.insert(definition.name) => {
                for field in &definition.fields {
                    path.push(Some(field.name));
                    fields(&field.type_, path, seen, found);
                    path.pop();
                }
                return;
            }
            Shape::Plain(Type::List(item)) => (None, item),
            Shape::Plain(Type::Map(value)) => (Some("a"), value),
            _ => return,
        };
        path.push(inner.0);
        fields(inner.1, path, seen, found);
        path.pop();
    }

    #[test]
    fn what_is_decoded_without_a_problem_is_an_object() {
        let samples = [
            json!(null),
            json!(""),
            json!("x"),
            json!("5"),
            json!("50%"),
            json!("2026-01-01T00:00:00Z"),
            json!("0001-01-01T00:00:00Z"),
            json!("2026-01-01T23:59:60Z"),
            json!("2026-01-01T00:00:00,5Z"),
            json!("2026-01-01T5:00:00Z"),
            json!("2026-01-01T00:00:00+24:00"),
            json!("2026-01-01T00:00:00.123456789123Z"),
            json!("9999-12-31T23:59:59.999+14:00"),
            json!(0),
            json!(-1),
            json!(3_000_000_000u32),
            json!(u64::MAX),
            json!(1.5),
            json!(true),
            json!([]),
            json!([null]),
            json!(["x", 1]),
            json!({}),
            json!({"a": null}),
            json!({"a": "b", "c": 1}),
        ];
        let mut tried = 0;
        for kind in suggest::KINDS {
            let mut paths = Vec::new();
            let definition = schema().get(kind.name()).expect("a simulated kind");
            fields(&Type::Named(definition.name), &mut Vec::new(), &mut BTreeSet::new(), &mut paths);
            for (path, sample) in paths
                .iter()
                .filter(|path| !path.is_empty())
                .flat_map(|path| samples.iter().map(move |sample| (path, sample)))
            {
                let mut object = at_path(path, sample.clone());
                object["apiVersion"] = kind.api_version().into();
                object["kind"] = kind.name().into();
                let documents = tree::read(&object.to_string());
                let Some(Ok(Some(tree))) = documents.first().map(|document| &document.content) else {
                    panic!("{object}")
                };
                let decoded = decode(&kind, tree, Duplicates::LastCounts);
                if decoded.problems.is_empty()
                    && let Err(error) = Object::from_json(decoded.value)
                {
                    panic!("{error}: {object}");
                }
                tried += 1;
            }
        }
        assert!(tried > 10_000, "{tried}");
    }
}
