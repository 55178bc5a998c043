//! YAML text to trees whose every part knows its place.
//!
//! Reading goes through the parser's events and not through serde, because a manifest's problems must be told all
//! at once and at their places, duplicate keys must be seen, and plain scalars must mean what they mean to kubectl,
//! which reads YAML 1.1 (`yes` is a boolean, `010` is eight).
//!
//! Upstream: `go.yaml.in/yaml/v2` (`decode.go`, `resolve.go`), `sigs.k8s.io/yaml`,
//! `apimachinery/pkg/util/yaml/decoder.go`.

use super::Span;
use super::parser::{self, EventKind, MAX_DEPTH, Mark, Parser, Properties};
use super::pasted::TEMPLATE;
use super::resolve::{self, Scalar};
use super::split::{Chunk, split};
use crate::api::sort;
use ecow::EcoString;
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Longer texts are not read: the editor reads on every key.
pub(super) const MAX_BYTES: usize = 20_000_000;
/// Aliases may stand for this many parts in all documents of a text together.
const MAX_ALIASED: u64 = 200_000;

/// A part of a document.
#[derive(Debug)]
pub(super) struct Tree {
    pub span: Span,
    pub data: Data,
    /// Whether a list or map is written in brackets.
    pub is_flow: bool,
}

/// What a part holds.
#[derive(Debug)]
pub(super) enum Data {
    /// Neither list nor map. The text is as written, without quotes.
    Scalar { value: Scalar, text: EcoString },
    /// A sequence.
    List(Vec<Rc<Tree>>),
    /// A mapping in the order of the text. Of keys that occur twice the last one counts.
    Map(Vec<Entry>),
}

impl Tree {
    /// The first line of it.
    pub fn start(&self) -> Span {
        match &self.data {
            Data::Scalar { .. } => self.span,
            Data::Map(entries) => entries.first().map_or(self.span, |entry| entry.span),
            Data::List(items) => items.first().map_or(self.span, |item| item.start()),
        }
    }
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: EcoString,
    pub span: Span,
    pub value: Rc<Tree>,
    /// Whether it does not stand here but comes from elsewhere: from a merged map, or from the list around an item.
    pub is_implied: bool,
}

/// Why a document is no tree.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub span: Span,
    pub message: String,
    /// What kubectl says, with the line as it counts.
    pub told: String,
    pub suggestion: Option<String>,
}

/// One of the documents of a text.
#[derive(Debug)]
pub(super) struct Document {
    /// Its tree; none if it holds nothing.
    pub content: Result<Option<Rc<Tree>>, SyntaxError>,
    /// Where the text goes on behind the end of the document without a `---`: kubectl reads no further, silently.
    pub ignored: Option<Span>,
    /// Whether it is JSON, which reaches the API server as it is written.
    pub is_json: bool,
    /// Its bytes in the whole text.
    pub range: std::ops::Range<usize>,
    /// The line and the column, from 0, that it begins at.
    pub first_line: u32,
    pub first_column: u32,
}

impl Tree {
    /// Its plain value; of keys that occur twice the last counts.
    pub fn value(&self) -> Value {
        match &self.data {
            Data::Scalar { value, text } => value.value(text),
            Data::List(items) => items.iter().map(|item| item.value()).collect(),
            Data::Map(entries) => Value::Object(sort::fields(
                entries.iter().map(|entry| (entry.key.to_string(), entry.value.value())),
            )),
        }
    }

    /// A field of a map; the last one where the key occurs twice.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.data {
            Data::Map(entries) => entries.iter().rev().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// A field that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value.data {
            Data::Scalar { value: Scalar::Text, text } => Some(text),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar { value, .. } if value.is_null())
    }
}

impl Scalar {
    pub fn is_null(&self) -> bool {
        *self == Scalar::Null
    }

    /// The value of a scalar with this text.
    pub fn value(&self, text: &str) -> Value {
        match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(set) => (*set).into(),
            Scalar::Number(number) => number.clone().into(),
            Scalar::Text => text.into(),
        }
    }
}

/// Reads each document of a text by itself, so that a slip of the pen in one does not hide the others.
pub(super) fn read(text: &str) -> Vec<Document> {
    let mut aliased = 0;
    let documents = split(text).into_iter().map(|chunk| document(&chunk, &mut aliased));
    documents.filter(|document| !matches!(document.content, Ok(None))).collect()
}

/// Reads a document of a text; `aliased` counts what the aliases of the text stand for.
pub(super) fn document(chunk: &Chunk, aliased: &mut u64) -> Document {
    let mut document = Document {
        content: Ok(None),
        ignored: None,
        is_json: chunk.is_json,
        range: chunk.start..chunk.start + chunk.text.len(),
        first_line: chunk.first_line,
        first_column: chunk.first_column,
    };
    document.content = match &chunk.bad_separator {
        Some(rest) => Err(SyntaxError {
            span: chunk.span(Mark::default(), Mark { column: 3, ..Mark::default() }),
            message: format!("invalid Yaml document separator: {rest}"),
            told: format!("invalid Yaml document separator: {rest}"),
            suggestion: Some(
                "a line that begins with --- separates two objects: nothing but a comment may follow".into(),
            ),
        }),
        None => Builder::new(chunk, aliased).build(&mut document.ignored),
    };
    document
}

/// An anchor's node.
struct Anchor {
    /// Tells nodes with the same anchor apart.
    number: usize,
    /// None as long as it is open.
    node: Option<Anchored>,
}

#[derive(Clone)]
struct Anchored {
    tree: Rc<Tree>,
    parts: u64,
    height: usize,
}

struct Builder<'t> {
    chunk: &'t Chunk<'t>,
    open: Vec<Open<'t>>,
    anchors: BTreeMap<&'t str, Anchor>,
    anchors_seen: usize,
    /// How many parts were decoded, those that aliases stand for counted each time.
    decoded: u64,
    /// How many of them aliases stand for.
    aliased: u64,
    /// The same of all documents of the text.
    aliased_in_text: &'t mut u64,
}

/// A collection that is not finished.
struct Open<'t> {
    content: Content,
    anchor: Option<(&'t str, usize)>,
    span: Span,
    is_flow: bool,
    decoded_before: u64,
    height: usize,
}

enum Content {
    List(Vec<Rc<Tree>>),
    Map { entries: Vec<Entry>, key: Option<Key> },
}

enum Key {
    Name(EcoString, Span),
    /// `<<`
    Merge,
}

impl<'t> Builder<'t> {
    fn new(chunk: &'t Chunk<'t>, aliased_in_text: &'t mut u64) -> Self {
        Builder {
            chunk,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            anchors_seen: 0,
            decoded: 1,
            aliased: 0,
            aliased_in_text,
        }
    }

    fn build(mut self, ignored: &mut Option<Span>) -> Result<Option<Rc<Tree>>, SyntaxError> {
        self.refuse_control_characters()?;
        let mut parser = Parser::new(self.chunk.text, self.chunk.is_json);
        let mut root = None;
        loop {
            let event = parser.next().map_err(|error| self.syntax_error(&error))?;
            let span = self.chunk.span(event.start, event.end);
            let finished = match event.kind {
                EventKind::Scalar { value, properties, is_implicit } => {
                    self.scalar(&value, &properties, is_implicit, span)?
                }
                EventKind::SequenceStart { properties, is_flow } => {
                    self.start(Content::List(Vec::new()), &properties, is_flow, span)?;
                    None
                }
                EventKind::MappingStart { properties, is_flow } => {
                    let content = Content::Map { entries: Vec::new(), key: None };
                    self.start(content, &properties, is_flow, span)?;
                    None
                }
                EventKind::CollectionEnd => self.end(span),
                EventKind::Alias(name) => Some(self.alias(name, span)?),
                EventKind::DocumentEnd => break,
            };
            if let Some(tree) = finished
                && let Some(tree) = self.attach(tree)?
            {
                root = Some(tree);
            }
        }
        *ignored = parser.rest().map(|mark| self.chunk.span(mark, Mark { column: mark.column + 1, ..mark }));
        Ok(root.filter(|tree| !tree.is_null()))
    }

    fn refuse_control_characters(&self) -> Result<(), SyntaxError> {
        let is_allowed = |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
        let Some(position) = self.chunk.text.find(|letter| !is_allowed(letter)) else { return Ok(()) };
        let mark = parser::mark_at(self.chunk.text, position);
        let error = parser::Error::new("control characters are not allowed", mark);
        Err(self.syntax_error(&error))
    }

    /// Counts a part, and refuses a document that consists of aliases mostly. Upstream: `decoder.unmarshal`.
    fn count(&mut self, span: Span) -> Result<(), SyntaxError> {
        const LOW: u64 = 400_000;
        const HIGH: u64 = 4_000_000;
        self.decoded += 1;
        let allowed = match self.decoded {
            ..=LOW => 0.99,
            HIGH.. => 0.10,
            decoded => 0.99 - 0.89 * ((decoded - LOW) as f64 / (HIGH - LOW) as f64),
        };
        let is_excessive =
            self.aliased > 100 && self.decoded > 1000 && self.aliased as f64 / self.decoded as f64 > allowed;
        if is_excessive {
            return Err(refused(span, "yaml: document contains excessive aliasing".into()));
        }
        Ok(())
    }

    fn anchor(&mut self, properties: &Properties<'t>) -> Option<(&'t str, usize)> {
        let name = properties.anchor?;
        self.anchors_seen += 1;
        self.anchors.insert(name, Anchor { number: self.anchors_seen, node: None });
        Some((name, self.anchors_seen))
    }

    fn finish(&mut self, anchor: Option<(&'t str, usize)>, node: Anchored) -> Anchored {
        if let Some((name, number)) = anchor
            && let Some(known) = self.anchors.get_mut(name)
            && known.number == number
        {
            known.node = Some(node.clone());
        }
        node
    }

    fn is_at_merge_value(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: Some(Key::Merge), .. }, .. }))
    }

    /// A scalar; none where it is the key of a merge.
    fn scalar(
        &mut self,
        value: &str,
        properties: &Properties<'t>,
        is_implicit: bool,
        span: Span,
    ) -> Result<Option<Anchored>, SyntaxError> {
        let tag = properties.tag.as_deref();
        let is_merge = value == "<<" && (is_implicit || tag == Some("tag:yaml.org,2002:merge"));
        if is_merge
            && let Some(Open { content: Content::Map { key: key @ None, .. }, .. }) = self.open.last_mut()
        {
            *key = Some(Key::Merge);
            return Ok(None);
        }
        self.count(span)?;
        let (value, text) =
            resolve::scalar(value, tag, is_implicit).map_err(|message| refused(span, message))?;
        let anchor = self.anchor(properties);
        let tree = Rc::new(Tree { span, data: Data::Scalar { value, text }, is_flow: false });
        Ok(Some(self.finish(anchor, Anchored { tree, parts: 1, height: 1 })))
    }

    fn start(
        &mut self,
        content: Content,
        properties: &Properties<'t>,
        is_flow: bool,
        span: Span,
    ) -> Result<(), SyntaxError> {
        let decoded_before = self.decoded;
        // Of a list of maps to merge only the maps are decoded.
        if !(self.is_at_merge_value() && matches!(content, Content::List(_))) {
            self.count(span)?;
        }
        let anchor = self.anchor(properties);
        self.open.push(Open { content, anchor, span, is_flow, decoded_before, height: 0 });
        if self.open.len() > MAX_DEPTH {
            return Err(too_deep(span));
        }
        Ok(())
    }

    fn end(&mut self, end: Span) -> Option<Anchored> {
        let Open { content, anchor, span, is_flow, decoded_before, height } = self.open.pop()?;
        let span = Span { end_line: end.end_line, end_column: end.end_column, ..span };
        let data = match content {
            Content::List(items) => Data::List(items),
            Content::Map { entries, .. } => Data::Map(entries),
        };
        let tree = Rc::new(Tree { span, data, is_flow });
        let parts = self.decoded - decoded_before;
        Some(self.finish(anchor, Anchored { tree, parts, height: height + 1 }))
    }

    fn alias(&mut self, name: &str, span: Span) -> Result<Anchored, SyntaxError> {
        let node = match self.anchors.get(name) {
            None => return Err(refused(span, format!("yaml: unknown anchor '{name}' referenced"))),
            Some(Anchor { node: None, .. }) => {
                return Err(refused(span, format!("yaml: anchor '{name}' value contains itself")));
            }
            Some(Anchor { node: Some(node), .. }) => node.clone(),
        };
        self.decoded += node.parts;
        self.aliased += node.parts;
        self.count(span)?;
        *self.aliased_in_text += node.parts;
        if *self.aliased_in_text > MAX_ALIASED {
            let message = format!("the aliases of this text stand for more than {MAX_ALIASED} parts");
            return Err(SyntaxError { span, told: message.clone(), message, suggestion: None });
        }
        Ok(node)
    }

    /// Puts a finished node into the collection around it; gives it back if there is none.
    fn attach(&mut self, node: Anchored) -> Result<Option<Rc<Tree>>, SyntaxError> {
        let Anchored { tree, mut height, .. } = node;
        if self.is_at_merge_value() {
            // The parts of a merged map become parts of the map itself.
            height -= 1;
        }
        if self.open.len() + height > MAX_DEPTH {
            return Err(too_deep(tree.span));
        }
        let Some(open) = self.open.last_mut() else { return Ok(Some(tree)) };
        open.height = open.height.max(height);
        match &mut open.content {
            Content::List(items) => items.push(tree),
            Content::Map { entries, key } => match key.take() {
                None => *key = Some(Key::Name(key_text(&tree)?, tree.span)),
                Some(Key::Name(key, span)) => {
                    entries.push(Entry { key, span, value: tree, is_implied: false });
                }
                Some(Key::Merge) => merge(entries, &tree)?,
            },
        }
        Ok(None)
    }

    /// The error as kubectl tells it: with the line of the document, one too few where the order of words is wrong,
    /// and without the first one (`go.yaml.in/yaml/v2`, `decode.go`, `fail`).
    fn told(&self, error: &parser::Error) -> String {
        let separator = u32::from(self.chunk.text.starts_with("---"));
        match error.mark.line.saturating_sub(separator) {
            0 => error.problem.to_string(),
            line => format!("line {}: {}", line + u32::from(error.is_of_scanner), error.problem),
        }
    }

    fn syntax_error(&self, error: &parser::Error) -> SyntaxError {
        let mark = error.mark;
        let span = self.chunk.span(mark, Mark { column: mark.column + 1, ..mark });
        let line = parser::line_of(self.chunk.text, mark);
        let is_indented_by_tab = line.trim_start_matches(' ').starts_with('\t');
        let suggestion = if is_indented_by_tab {
            Some("YAML is indented with spaces, this line begins with a tab")
        } else {
            hint(&error.problem)
        };
        SyntaxError {
            span,
            message: format!("{CONVERTING}yaml: line {}: {}", span.line, error.problem),
            told: format!("{CONVERTING}yaml: {}", self.told(error)),
            suggestion: suggestion.map(str::to_owned),
        }
    }
}

/// How kubectl begins what it says of YAML that it cannot read.
const CONVERTING: &str = "error converting YAML to JSON: ";

/// What is probably wrong.
fn hint(problem: &str) -> Option<&'static str> {
    match problem {
        "did not find expected key" | "did not find expected '-' indicator" => {
            Some("compare the indentation of this line with that of the lines before")
        }
        "mapping values are not allowed in this context" => Some(
            "compare this line with the one before: fields of one item begin in the same column, a key's colon is \
                 followed by a space, and a text with \": \" in it is written in quotes",
        ),
        "found character that cannot start any token" => {
            Some("a text that begins with @, ` or % is written in quotes")
        }
        "could not find expected ':'" => Some("a key ends with a colon and a space"),
        _ => None,
    }
}

fn refused(span: Span, message: String) -> SyntaxError {
    let message = format!("{CONVERTING}{message}");
    SyntaxError { span, told: message.clone(), message, suggestion: None }
}

fn too_deep(span: Span) -> SyntaxError {
    refused(span, format!("yaml: exceeded max depth of {MAX_DEPTH}"))
}

/// Puts the entries of merged maps where the merge stands: what comes later counts, and of several maps the first.
fn merge(entries: &mut Vec<Entry>, source: &Rc<Tree>) -> Result<(), SyntaxError> {
    let sources = match &source.data {
        Data::List(items) => items.iter().rev().collect(),
        _ => vec![source],
    };
    for source in sources {
        let Data::Map(merged) = &source.data else {
            let message = "yaml: map merge requires map or sequence of maps as the value".into();
            return Err(refused(source.span, message));
        };
        entries.extend(merged.iter().map(|entry| Entry { is_implied: true, ..entry.clone() }));
    }
    Ok(())
}

/// A key as JSON has it: numbers and booleans become text.
fn key_text(key: &Tree) -> Result<EcoString, SyntaxError> {
    match &key.data {
        Data::Scalar { value: Scalar::Text, text } => Ok(text.clone()),
        Data::Scalar { value: Scalar::Bool(set), .. } => Ok(if *set { "true" } else { "false" }.into()),
        Data::Scalar { value: Scalar::Number(number), .. } => Ok(ecow::eco_format!("{number}")),
        Data::Scalar { value: Scalar::Null, .. } => {
            Err(refused(key.span, "Unsupported map key of type: %!s(<nil>), key: <nil>".into()))
        }
        _ => {
            let is_template = key.is_flow && matches!(&key.data, Data::Map(_));
            Err(SyntaxError {
                suggestion: is_template.then(|| TEMPLATE.into()),
                ..refused(key.span, format!("yaml: invalid map key: {}", go_syntax(key)))
            })
        }
    }
}

/// A value as Go's `%#v` writes it.
fn go_syntax(tree: &Tree) -> String {
    match &tree.data {
        Data::Scalar { value: Scalar::Null, .. } => "interface {}(nil)".into(),
        Data::Scalar { value: Scalar::Bool(set), .. } => set.to_string(),
        Data::Scalar { value: Scalar::Number(number), .. } => number.to_string(),
        Data::Scalar { value: Scalar::Text, text } => format!("{:?}", text.as_str()),
        Data::List(items) => {
            let items: Vec<String> = items.iter().map(|item| go_syntax(item)).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Data::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|entry| format!("{:?}:{}", entry.key.as_str(), go_syntax(&entry.value)))
                .collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn only(text: &str) -> Value {
        match read(text).as_slice() {
            [Document { content: Ok(Some(tree)), .. }] => tree.value(),
            other => panic!("{text:?} is {other:?}"),
        }
    }

    fn error(text: &str) -> SyntaxError {
        match read(text).into_iter().next() {
            Some(Document { content: Err(error), .. }) => error,
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
        let message = error(&text).message;
        assert_eq!(message, "error converting YAML to JSON: yaml: document contains excessive aliasing");
    }

    #[test]
    fn nesting_is_bounded() {
        for text in ["[".repeat(3000), "- ".repeat(3000), format!("a: {}1", "&a [".repeat(150))] {
            assert!(error(&text).message.contains("exceeded max depth"), "{}", &text[..8]);
        }
    }

    #[test]
    fn a_syntax_error_leaves_the_other_documents_alone() {
        let text = "a: 1\n---\nb: [\n---\n# nothing\n---\nc: 3\n";
        let documents = read(text);
        assert_eq!(documents.len(), 3);
        assert!(documents[0].content.is_ok() && documents[2].content.is_ok());
        let error = documents[1].content.as_ref().expect_err("an unclosed bracket");
        assert!((3..=4).contains(&error.span.line), "{error:?}");
    }

    #[test]
    fn places_count_lines_of_the_whole_text_and_code_points() {
        let documents = read("a: 1\n---\nmärz: {größe: 'ä', x: 2}\n");
        let tree = documents[1].content.as_ref().expect("valid").as_ref().expect("not empty");
        let entry = tree.get("märz").expect("there");
        assert_eq!(entry.span, Span { line: 3, column: 1, end_line: 3, end_column: 5 });
        let inner = entry.value.get("x").expect("there");
        assert_eq!((inner.span.line, inner.span.column), (3, 20));
    }
}
