//! YAML text to trees whose every part knows its place.
//!
//! Reading goes through the parser's events and not through serde, because a manifest's problems must be told all
//! at once and at their places, duplicate keys must be seen, and plain scalars must mean what they mean to kubectl,
//! which reads YAML 1.1 (`yes` is a boolean, `010` is eight).

use super::Span;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Number, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Longer texts are not read: the editor reads on every key.
pub(super) const MAX_BYTES: usize = 1_000_000;
/// Deeper nesting is refused; Kubernetes' own objects go down some twenty levels.
const MAX_DEPTH: u32 = 100;
/// Aliases may multiply a document up to this many parts.
const MAX_PARTS: u64 = 200_000;

/// A part of a document.
#[derive(Debug)]
pub(super) struct Tree {
    pub span: Span,
    pub data: Data,
    /// Parts below, aliases written out.
    parts: u64,
    depth: u32,
}

/// What a part holds.
#[derive(Debug)]
pub(super) enum Data {
    /// Neither list nor map. The text is as written, without quotes.
    Scalar { value: Value, text: Box<str> },
    /// A sequence.
    List(Vec<Rc<Tree>>),
    /// A mapping in the order of the text, with keys that occur twice.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: Rc<str>,
    pub span: Span,
    pub value: Rc<Tree>,
}

/// Why a document is no tree.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub span: Span,
    pub message: String,
    pub suggestion: Option<String>,
}

/// A document: its tree, none if it holds nothing.
pub(super) type Document = Result<Option<Rc<Tree>>, SyntaxError>;

impl Tree {
    /// Its plain value; of keys that occur twice the last counts.
    pub fn value(&self) -> Value {
        match &self.data {
            Data::Scalar { value, .. } => value.clone(),
            Data::List(items) => items.iter().map(|item| item.value()).collect(),
            Data::Map(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.to_string(), entry.value.value())).collect(),
            ),
        }
    }

    /// A field of a map; the last one where the key occurs twice.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.data {
            Data::Map(entries) => entries.iter().rev().find(|entry| &*entry.key == key),
            _ => None,
        }
    }

    /// A field that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value.data {
            Data::Scalar { value, .. } => value.as_str(),
            _ => None,
        }
    }
}

/// Splits a text at its `---` lines, as kubectl does, and reads each document by itself, so that a slip of the pen
/// in one does not hide the others.
pub(super) fn read(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut first_line = 0;
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if is_separator(line) && offset > start {
            documents.push(read_one(&text[start..offset], first_line));
            start = offset;
            first_line = number;
        }
        offset += line.len();
    }
    documents.push(read_one(&text[start..], first_line));
    documents.retain(|document| !matches!(document, Ok(None)));
    documents
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.trim_start().len() < rest.len() || rest.is_empty())
}

fn read_one(text: &str, first_line: usize) -> Document {
    let nothing = |line: &str| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#') || line == "---" || line == "..." || line.starts_with('%')
    };
    if text.lines().all(nothing) {
        return Ok(None);
    }
    Builder { line_offset: first_line as u32, anchors: BTreeMap::new() }.build(text)
}

struct Builder {
    line_offset: u32,
    /// Finished nodes with an anchor, by the parser's number for it.
    anchors: BTreeMap<usize, Rc<Tree>>,
}

/// A collection that is not finished.
enum Open {
    List(Vec<Rc<Tree>>),
    Map { entries: Vec<Entry>, merges: Vec<Rc<Tree>>, key: Option<(Key, Span)> },
}

enum Key {
    Name(Rc<str>),
    /// `<<`
    Merge,
}

impl Builder {
    fn build(&mut self, text: &str) -> Document {
        let mut open: Vec<(Open, usize, Span)> = Vec::new();
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, place) = event.map_err(|error| self.syntax_error(text, &error))?;
            let span = self.span(&place);
            let finished = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    let plain = style == ScalarStyle::Plain;
                    if plain
                        && tag.is_none()
                        && text == "<<"
                        && let Some((Open::Map { key: key @ None, .. }, ..)) = open.last_mut()
                    {
                        *key = Some((Key::Merge, span));
                        continue;
                    }
                    let value = resolve(&text, plain, tag.as_deref()).map_err(|message| SyntaxError {
                        span,
                        message,
                        suggestion: None,
                    })?;
                    let data = Data::Scalar { value, text: text.into() };
                    self.finish(Tree { span, data, parts: 1, depth: 1 }, anchor)
                }
                Event::SequenceStart(anchor, _) => {
                    open.push((Open::List(Vec::new()), anchor, span));
                    None
                }
                Event::MappingStart(anchor, _) => {
                    let map = Open::Map { entries: Vec::new(), merges: Vec::new(), key: None };
                    open.push((map, anchor, span));
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                    Some((collection, anchor, start)) => {
                        let span = Span { end_line: span.line, end_column: span.column, ..start };
                        self.finish(collect(collection, span)?, anchor)
                    }
                    None => None,
                },
                Event::Alias(anchor) => {
                    Some(self.anchors.get(&anchor).cloned().ok_or_else(|| SyntaxError {
                        span,
                        message: "yaml: an anchor's value contains itself".into(),
                        suggestion: None,
                    })?)
                }
                _ => None,
            };
            if open.len() as u32 > MAX_DEPTH {
                return Err(too_deep(span));
            }
            let Some(tree) = finished else { continue };
            match open.last_mut() {
                None => return Ok(Some(tree)),
                Some((Open::List(items), ..)) => items.push(tree),
                Some((Open::Map { entries, merges, key }, ..)) => match key.take() {
                    None => *key = Some((Key::Name(key_text(&tree)?), tree.span)),
                    Some((Key::Name(key), span)) => entries.push(Entry { key, span, value: tree }),
                    Some((Key::Merge, _)) => merges.push(tree),
                },
            }
        }
        Ok(None)
    }

    fn finish(&mut self, tree: Tree, anchor: usize) -> Option<Rc<Tree>> {
        let tree = Rc::new(tree);
        if anchor > 0 {
            self.anchors.insert(anchor, tree.clone());
        }
        Some(tree)
    }

    fn span(&self, place: &saphyr_parser::Span) -> Span {
        let line = |marker: &saphyr_parser::Marker| self.line_offset + marker.line() as u32;
        Span {
            line: line(&place.start),
            column: place.start.col() as u32 + 1,
            end_line: line(&place.end),
            end_column: place.end.col() as u32 + 1,
        }
    }

    fn syntax_error(&self, text: &str, error: &saphyr_parser::ScanError) -> SyntaxError {
        let marker = error.marker();
        let span = self.span(&saphyr_parser::Span::empty(*marker));
        let line = text.lines().nth(marker.line().saturating_sub(1)).unwrap_or_default();
        let indented_by_tab = line.trim_start_matches(' ').starts_with('\t');
        SyntaxError {
            span: Span { end_column: span.column + 1, ..span },
            message: format!("error converting YAML to JSON: yaml: line {}: {}", span.line, error.info()),
            suggestion: indented_by_tab
                .then(|| "YAML is indented with spaces, this line begins with a tab".into()),
        }
    }
}

fn too_deep(span: Span) -> SyntaxError {
    SyntaxError { span, message: format!("yaml: exceeded max depth of {MAX_DEPTH}"), suggestion: None }
}

/// A finished collection. A merged key counts where the map itself does not have it, the first merge first.
fn collect(open: Open, span: Span) -> Result<Tree, SyntaxError> {
    let data = match open {
        Open::List(items) => Data::List(items),
        Open::Map { mut entries, merges, .. } => {
            let sources = merges.iter().flat_map(|merge| match &merge.data {
                Data::List(items) => items.iter().collect(),
                _ => vec![merge],
            });
            for source in sources {
                let Data::Map(merged) = &source.data else {
                    let message = "yaml: map merge requires map or sequence of maps as the value".into();
                    return Err(SyntaxError { span: source.span, message, suggestion: None });
                };
                for entry in merged {
                    if !entries.iter().any(|own| own.key == entry.key) {
                        entries.push(entry.clone());
                    }
                }
            }
            Data::Map(entries)
        }
    };
    let (mut parts, mut depth) = (1u64, 0);
    let mut add = |child: &Tree| {
        parts = parts.saturating_add(child.parts);
        depth = child.depth.max(depth);
    };
    match &data {
        Data::List(items) => items.iter().for_each(|item| add(item)),
        Data::Map(entries) => entries.iter().for_each(|entry| add(&entry.value)),
        Data::Scalar { .. } => {}
    }
    if parts > MAX_PARTS {
        let message = "yaml: document contains excessive aliasing".into();
        return Err(SyntaxError { span, message, suggestion: None });
    }
    if depth > MAX_DEPTH {
        return Err(too_deep(span));
    }
    Ok(Tree { span, data, parts, depth: depth + 1 })
}

/// A key as JSON has it: numbers and booleans become text.
fn key_text(key: &Tree) -> Result<Rc<str>, SyntaxError> {
    match &key.data {
        Data::Scalar { value: Value::String(text), .. } => Ok(text.as_str().into()),
        Data::Scalar { value: value @ (Value::Bool(_) | Value::Number(_)), .. } => {
            Ok(value.to_string().into())
        }
        Data::Scalar { .. } => Ok("null".into()),
        _ => Err(SyntaxError {
            span: key.span,
            message: "error converting YAML to JSON: unsupported map key, it must be a text".into(),
            suggestion: None,
        }),
    }
}

/// A scalar's value by the rules of YAML 1.1, as kubectl's reader has them (`go-yaml` version 2).
fn resolve(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Value, String> {
    let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
    if (!plain && core.is_none())
        || core == Some("str")
        || core == Some("binary")
        || (tag.is_some() && core.is_none())
    {
        return Ok(text.into());
    }
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf"
        | "-.Inf" | "-.INF" => {
            return Err(format!("error converting YAML to JSON: json: unsupported value: {text}"));
        }
        _ => number(text).map_or_else(|| text.into(), Value::Number),
    };
    Ok(value)
}

/// Whether a text is read as a text when it is written without quotes; dates are left out too, for readers that know
/// them.
pub(super) fn is_text_when_bare(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_date = bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-';
    !is_date && text != "<<" && resolve(text, true, None).is_ok_and(|value| value.is_string())
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return None;
    }
    let plain = text.replace('_', "");
    if let Some(integer) = integer(&plain) {
        return Some(integer);
    }
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_float = digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
        && (whole.is_empty() || digits(whole))
        && (fraction.is_empty() || digits(fraction))
        && !(whole.is_empty() && (fraction.is_empty() || !mantissa.contains('.')));
    let float: f64 = if is_float { plain.parse().ok()? } else { return None };
    // A float without a fraction is written to JSON as an integer.
    if float.fract() == 0.0 && float.abs() < 9e15 {
        return Some((float as i64).into());
    }
    Number::from_f64(float)
}

/// An integer: decimal, or after `0x`, `0o`, `0b` or `0` in another base.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let bases = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let prefixed = bases.iter().find_map(|(prefix, base)| Some((digits.strip_prefix(prefix)?, *base)));
    let (digits, base) = match prefixed {
        Some(prefixed) => prefixed,
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    if !digits.starts_with(|first: char| first.is_digit(base)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    if !negative {
        return Some(magnitude.into());
    }
    0i64.checked_sub_unsigned(magnitude).map(Number::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn only(text: &str) -> Value {
        match read(text).as_slice() {
            [Ok(Some(tree))] => tree.value(),
            other => panic!("{text:?} is {other:?}"),
        }
    }

    #[test]
    fn plain_scalars_mean_what_they_mean_to_kubectl() {
        for (text, expected) in [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!(true)),
            ("'yes'", json!("yes")),
            ("~", json!(null)),
            ("\"\"", json!("")),
            ("010", json!(8)),
            ("0x1F", json!(31)),
            ("0b11", json!(3)),
            ("1_000", json!(1000)),
            ("08", json!(8)),
            ("-7", json!(-7)),
            ("1.5", json!(1.5)),
            ("2.0", json!(2)),
            ("1e3", json!(1000)),
            (".5", json!(0.5)),
            ("0.1.2", json!("0.1.2")),
            ("v1", json!("v1")),
            ("100m", json!("100m")),
            ("2024-01-01", json!("2024-01-01")),
            ("12:30", json!("12:30")),
            ("!!str 5", json!("5")),
            ("18446744073709551615", json!(18446744073709551615u64)),
        ] {
            assert_eq!(only(&format!("a: {text}"))["a"], expected, "{text}");
        }
    }

    #[test]
    fn aliases_and_merges_are_written_out() {
        let text = "base: &b {cpu: 1, memory: 2}\nuse: *b\nmerged:\n  <<: *b\n  cpu: 3\n";
        let value = only(text);
        assert_eq!(value["use"], json!({"cpu": 1, "memory": 2}));
        assert_eq!(value["merged"], json!({"cpu": 3, "memory": 2}));
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            text += &format!("a{level}: &a{level} [{aliases}]\n");
        }
        let documents = read(&text);
        let [Err(error)] = documents.as_slice() else { panic!("read") };
        assert_eq!(error.message, "yaml: document contains excessive aliasing");
    }

    #[test]
    fn nesting_is_bounded() {
        for text in ["[".repeat(3000), "- ".repeat(3000), format!("a: {}1", "&a [".repeat(150))] {
            assert!(matches!(read(&text).as_slice(), [Err(_)]), "{}", &text[..8]);
        }
    }

    #[test]
    fn a_syntax_error_leaves_the_other_documents_alone() {
        let text = "a: 1\n---\nb: [\n---\n# nothing\n---\nc: 3\n";
        let documents = read(text);
        assert_eq!(documents.len(), 3);
        assert!(documents[0].is_ok() && documents[2].is_ok());
        let error = documents[1].as_ref().expect_err("an unclosed bracket");
        assert!((3..=4).contains(&error.span.line), "{error:?}");
    }

    #[test]
    fn places_count_lines_of_the_whole_text_and_code_points() {
        let documents = read("a: 1\n---\nmärz: {größe: 'ä', x: 2}\n");
        let tree = documents[1].as_ref().expect("valid").as_ref().expect("not empty");
        let entry = tree.get("märz").expect("there");
        assert_eq!(entry.span, Span { line: 3, column: 1, end_line: 3, end_column: 5 });
        let inner = entry.value.get("x").expect("there");
        assert_eq!((inner.span.line, inner.span.column), (3, 20));
    }
}
