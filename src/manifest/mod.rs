//! YAML text to objects and diagnostics, and objects back to YAML.
//!
//! Reading tells every problem of a text at once, each at its place: syntax, fields that are unknown or twice,
//! wrong types, and, where an object could be decoded, what the API server's validation says of it.

mod cut;
mod decode;
mod diagnostic;
mod dump;
pub mod edit;
mod parser;
mod partial;
mod pasted;
mod places;
mod raw;
mod resolve;
mod schema;
mod spaces;
mod split;
mod suggest;
mod time;
mod tree;
pub mod typed;
mod yaml;

pub use cut::cut;
pub use diagnostic::{Diagnostic, Fix, Severity, Span};
pub use partial::PartialRead;
pub use raw::{DecodedObject, RawDocument, documents, documents_read, object_of};
pub use yaml::{complete, printed_yaml, to_yaml, value_to_yaml};

use crate::api::validation::{self, ErrorType, FieldError};
use crate::api::{self, EcoString, Kind, Object, ObjectKey, sort};
use decode::{Decoded, Duplicates};
use resolve::Scalar;
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use tree::{Data, Document, Entry, Tree};

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The objects that could be decoded, in the order of the text, without defaults.
    pub objects: Vec<Located>,
    /// All problems, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Places among the objects, by the objects' names; made when it is asked for.
    by_name: OnceCell<BTreeMap<EcoString, Vec<u32>>>,
}

/// An object and where it stands.
#[derive(Clone, Debug)]
pub struct Located {
    /// The object as written, without defaults.
    pub object: Object,
    /// Which document, from 0.
    pub document: u32,
    /// Its first line, from 1.
    pub line: u32,
    /// Its last line.
    pub end_line: u32,
    tree: Rc<Tree>,
}

impl Manifest {
    /// The objects with a name, in the order of the text.
    pub fn named(&self, name: &str) -> impl DoubleEndedIterator<Item = &Located> {
        let by_name = self.by_name.get_or_init(|| {
            let mut by_name: BTreeMap<EcoString, Vec<u32>> = BTreeMap::new();
            for (place, located) in (0..).zip(&self.objects) {
                by_name.entry(located.object.metadata().name.clone()).or_default().push(place);
            }
            by_name
        });
        let places = by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.objects.get(*place as usize))
    }

    /// Whether nothing keeps the manifest from being applied.
    pub fn is_applicable(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }
}

impl Located {
    /// Errors of fields of this object, such as a change of an immutable one, at their places.
    pub fn diagnose(&self, errors: &[FieldError]) -> Vec<Diagnostic> {
        self.reader().field_errors(&self.tree, errors)
    }

    /// An error of the object as a whole, at its first key.
    pub fn diagnose_whole(&self, message: String) -> Diagnostic {
        let span = places::of_path(&self.tree, "kind").span;
        self.reader().diagnostic(Severity::Error, "", span, message)
    }

    /// What is accepted of a field and hardly meant so, the path as the API server's errors write it.
    pub fn warn(&self, path: &str, message: String, suggestion: &str) -> Diagnostic {
        let span = places::of_path(&self.tree, path).span;
        let told = self.reader().diagnostic(Severity::Warning, path, span, message);
        Diagnostic { suggestion: Some(suggestion.into()), ..told }
    }

    /// The line of a field, from 1, the path as the API server's errors write it; none where the text does not have
    /// the field.
    pub fn line_of(&self, path: &str) -> Option<u32> {
        let place = places::of_path(&self.tree, path);
        place.value.map(|_| place.span.line)
    }

    fn reader(&self) -> Reader {
        Reader::of(self.document, Some(self.object.key()))
    }
}

/// What the API server's decoder makes of one object, given as JSON or YAML text.
///
/// # Errors
/// The API server's message about why it cannot handle the text: unknown and duplicate fields, wrong types.
pub fn decode_strictly(text: &str) -> Result<Object, String> {
    let document = tree::read(text).into_iter().next();
    let tree = match document.map(|document| document.content) {
        Some(Ok(Some(tree))) => tree,
        Some(Err(error)) => return Err(error.message),
        _ => return Err("no object".into()),
    };
    let kind = kind_of(&tree);
    let decoded = decode::decode(&kind, &tree, Duplicates::Refused);
    let version = kind.api_version().rsplit('/').next().unwrap_or_default();
    let name = kind.name();
    if let Some(refusal) = decoded.refusal() {
        return Err(format!("{name} in version {version:?} cannot be handled as a {name}: {refusal}"));
    }
    Object::from_json(decoded.value).map_err(|error| error.to_string())
}

/// Of the problems of an object so many are told; a list that is wrong in each of its thousands of lines is wrong in
/// one way.
const MAX_TOLD: usize = 100;

/// Kinds that are stored as they are written, and that something acts on all the same: a loop, or admission.
const FOLLOWED: [(&str, &str); 5] = [
    ("apps/v1", "Deployment"),
    ("v1", "LimitRange"),
    ("v1", "ResourceQuota"),
    ("v1", "ServiceAccount"),
    ("node.k8s.io/v1", "RuntimeClass"),
];

/// The documents of a text, taken apart: most of the work of reading one. Both what the editor tells of it
/// ([`parse_read`]) and what commands make of it ([`documents_read`]) begin there.
#[derive(Clone, Debug)]
pub struct Trees(Rc<[Document]>);

impl Trees {
    /// Takes a text apart, unless it is too long.
    pub fn of(text: &str) -> Self {
        let documents = if text.len() > tree::MAX_BYTES { Vec::new() } else { tree::read(text) };
        Trees(documents.into())
    }
}

/// Reads a text: several documents, or lists as `kubectl get -o yaml` prints them.
pub fn parse(text: &str) -> Manifest {
    parse_read(text, &Trees::of(text))
}

/// The same of a text that is taken apart already.
pub fn parse_read(text: &str, trees: &Trees) -> Manifest {
    let mut manifest = Manifest::begun(text);
    for (index, document) in trees.0.iter().enumerate() {
        manifest.read_document(index as u32, text, document);
    }
    manifest.completed()
}

/// The beginning of a text.
const START: Span = Span { line: 1, column: 1, end_line: 1, end_column: 2 };

/// The items of a list, or the object itself. Items of a typed list (`NodeList`) often leave out what the list says of
/// them.
///
/// Upstream: `unstructuredJSONScheme.decodeToList`.
fn items(tree: &Rc<Tree>) -> Vec<Rc<Tree>> {
    let kind = tree.text("kind").unwrap_or_default();
    let (Some(item_kind), Some(list)) = (kind.strip_suffix("List"), tree.get("items")) else {
        return vec![tree.clone()];
    };
    let items = match &list.value.data {
        Data::List(items) => items,
        // No items, as programs write it.
        Data::Scalar { value, .. } if value.is_null() => return Vec::new(),
        _ => return vec![tree.clone()],
    };
    let api_version = tree.text("apiVersion").unwrap_or_default();
    items
        .iter()
        .flat_map(|item| match item.text("kind").or(item.text("apiVersion")) {
            Some(_) => self::items(item),
            None => vec![implied(item, api_version, item_kind)],
        })
        .collect()
}

/// An item of a list with the kind that the list implies.
fn implied(item: &Rc<Tree>, api_version: &str, kind: &str) -> Rc<Tree> {
    let Data::Map(entries) = &item.data else { return item.clone() };
    let span = item.start();
    let field = |key: &str, text: &str| {
        let data = Data::Scalar { value: Scalar::Text, text: text.into() };
        let value = Rc::new(Tree { span, data, is_flow: false });
        Entry { key: key.into(), span, value, is_implied: true }
    };
    let given = [("apiVersion", api_version), ("kind", kind)];
    let given = given.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| field(key, text));
    let data = Data::Map(entries.iter().cloned().chain(given).collect());
    Rc::new(Tree { span: item.span, data, is_flow: item.is_flow })
}

fn kind_of(tree: &Tree) -> Kind {
    Kind::of(tree.text("apiVersion").unwrap_or_default(), tree.text("kind").unwrap_or_default())
}

/// The name of an object as far as it can be read.
fn key_of(kind: &Kind, tree: &Tree) -> Option<ObjectKey> {
    let metadata = &tree.get("metadata")?.value;
    let namespace = metadata.text("namespace").unwrap_or(api::DEFAULT_NAMESPACE);
    Some(ObjectKey::new(kind.clone(), namespace, metadata.text("name")?))
}

impl Manifest {
    /// What is told of a text before anything of it is read: one that is too long is not.
    fn begun(text: &str) -> Self {
        let mut manifest =
            Manifest { objects: Vec::new(), diagnostics: Vec::new(), by_name: OnceCell::new() };
        if text.len() > tree::MAX_BYTES {
            let (size, limit) = (text.len().div_ceil(1_000_000), tree::MAX_BYTES / 1_000_000);
            let message = format!("the text has {size} MB and was not read: the limit is {limit} MB");
            let suggestion = "leave out what nothing acts on here, such as custom resource definitions";
            let diagnostic = Reader::of(0, None).diagnostic(Severity::Error, "", START, message);
            manifest.diagnostics.push(Diagnostic { suggestion: Some(suggestion.into()), ..diagnostic });
        }
        manifest
    }

    /// With what is told of the text as a whole, in the order of the text.
    fn completed(mut self) -> Self {
        self.warn_of_repeated_objects();
        self.diagnostics.extend(dump::note(&self.objects));
        sort::by_key(&mut self.diagnostics, |diagnostic| (diagnostic.span, diagnostic.severity));
        self
    }

    fn read_document(&mut self, number: u32, text: &str, document: &Document) {
        let reader = Reader::of(number, None);
        let tree = document.content.as_ref().ok().and_then(Option::as_ref);
        let is_object = tree.is_some_and(|tree| tree.get("kind").is_some());
        if !is_object && let Some(pasted) = pasted::recognize(text) {
            if number == 0 {
                let diagnostic = reader.diagnostic(Severity::Error, "", START, pasted.what.into());
                self.diagnostics.push(Diagnostic { suggestion: Some(pasted.instead), ..diagnostic });
            }
            return;
        }
        let before = self.diagnostics.len();
        match &document.content {
            Ok(None) => {}
            Ok(Some(tree)) => {
                items(tree).iter().for_each(|item| self.read(number, item));
            }
            Err(error) => {
                let diagnostic = reader.diagnostic(Severity::Error, "", error.span, error.message.clone());
                let template = || pasted::template(&text[document.range.clone()]).map(str::to_owned);
                let suggestion = error.suggestion.clone().or_else(template);
                self.diagnostics.push(Diagnostic { suggestion, ..diagnostic });
            }
        }
        if let Some(span) = document.ignored {
            let message = "the document ends before this line: kubectl ignores the rest and does not say so";
            let suggestion = "begin another document with ---, or correct the indentation";
            let diagnostic = reader.diagnostic(Severity::Warning, "", span, message.into());
            self.diagnostics.push(Diagnostic { suggestion: Some(suggestion.into()), ..diagnostic });
        }
        let is_error = |told: &Diagnostic| told.severity == Severity::Error;
        if self.diagnostics[before..].iter().any(is_error) {
            self.blame_odd_spaces(before, &text[document.range.clone()], document);
        }
    }

    /// Of the errors of a document from `before` on, the first that odd spaces can have caused says so.
    #[cold]
    #[inline(never)]
    fn blame_odd_spaces(&mut self, before: usize, text: &str, document: &Document) {
        let Some(odd) = spaces::odd(text, document.first_line, document.first_column) else { return };
        // What is mended by something else has another cause.
        let can_be_caused = |told: &&mut Diagnostic| {
            told.severity == Severity::Error && told.span.end_line >= odd.line && told.fix.is_none()
        };
        if let Some(told) = self.diagnostics[before..].iter_mut().find(can_be_caused) {
            told.suggestion = Some(odd.suggestion);
            told.fix = Some(odd.fix);
        }
    }

    fn read(&mut self, document: u32, tree: &Rc<Tree>) {
        let kind = kind_of(tree);
        let reader = Reader::of(document, key_of(&kind, tree));
        if let Some(diagnostic) = reader.kind_problem(tree, &kind) {
            let is_error = diagnostic.severity == Severity::Error;
            self.diagnostics.push(diagnostic);
            if is_error {
                return;
            }
        }
        self.diagnostics.extend(reader.oddities(tree));
        let Decoded { value, problems } = decode::decode(&kind, tree, Duplicates::LastCounts);
        if !problems.is_empty() {
            let count = problems.len();
            self.diagnostics.extend(problems.into_iter().take(MAX_TOLD).map(|problem| Diagnostic {
                severity: Severity::Error,
                document,
                object: reader.object.clone(),
                path: problem.path,
                span: problem.span,
                message: problem.message,
                suggestion: problem.suggestion,
                fix: problem.fix,
            }));
            self.diagnostics.extend(reader.left_out(tree, count));
            return;
        }
        let mut object = match Object::from_json(value) {
            Ok(object) => object,
            Err(error) => {
                let span = tree.start();
                self.diagnostics.push(reader.diagnostic(Severity::Error, "", span, error.to_string()));
                return;
            }
        };
        if kind.is_scheduler_configuration() && object.metadata().name.is_empty() {
            // A file of the scheduler's, without a name; here it is an object, and there is one of it.
            object.metadata_mut().name = "kube-scheduler".into();
        }
        let mut admitted = object.clone();
        api::defaults::apply(&mut admitted);
        api::prepare_for_create(&mut admitted);
        let (errors, warnings) = validation::validate_create(&admitted);
        self.diagnostics.extend(reader.field_errors(tree, &errors));
        self.diagnostics.extend(warnings.iter().map(|warning| reader.warning(tree, warning)));
        let (line, end_line) = (tree.start().line, tree.span.end_line);
        self.objects.push(Located { object, document, line, end_line, tree: tree.clone() });
    }

    fn warn_of_repeated_objects(&mut self) {
        let mut first: BTreeMap<ObjectKey, &Located> = BTreeMap::new();
        for located in &self.objects {
            let key = located.object.key();
            if key.name.is_empty() {
                continue;
            }
            let Some(earlier) = first.get(&key) else {
                first.insert(key, located);
                continue;
            };
            let place = places::of_path(&located.tree, "metadata.name");
            let line = earlier.line;
            let outcome = if earlier.object == located.object {
                format!("this one is the same, and kubectl apply reports \"{key} unchanged\"")
            } else {
                format!("this one changes it, and kubectl apply reports \"{key} configured\"")
            };
            let message = format!("{key} is already in line {line}; {outcome}");
            let reader = Reader::of(located.document, Some(key));
            self.diagnostics.push(reader.diagnostic(Severity::Warning, "metadata.name", place.span, message));
        }
    }
}

/// Makes diagnostics of one object.
struct Reader {
    document: u32,
    object: Option<ObjectKey>,
}

impl Reader {
    fn of(document: u32, object: Option<ObjectKey>) -> Self {
        Reader { document, object }
    }

    fn diagnostic(&self, severity: Severity, path: &str, span: Span, message: String) -> Diagnostic {
        Diagnostic {
            severity,
            document: self.document,
            object: self.object.clone(),
            path: path.into(),
            span,
            message,
            suggestion: None,
            fix: None,
        }
    }

    /// What is wrong with the kind: none is named, or one that is not simulated, by mistake or not.
    fn kind_problem(&self, tree: &Tree, kind: &Kind) -> Option<Diagnostic> {
        let error = |path: &str, message: String| {
            Some(self.diagnostic(Severity::Error, path, places::of_path(tree, path).span, message))
        };
        if !matches!(tree.data, Data::Map(_)) {
            let message = "an object is expected here: fields such as apiVersion, kind, metadata and spec";
            return error("", message.into());
        }
        let texts = ["kind", "apiVersion"].map(|field| tree.text(field).unwrap_or_default());
        let [name, api_version] = texts;
        if name.is_empty() || api_version.is_empty() {
            let field = if name.is_empty() { "Kind" } else { "apiVersion" };
            return error("", format!("Object '{field}' is missing"));
        }
        if api_version.matches('/').count() > 1 {
            return error("apiVersion", format!("unexpected GroupVersion string: {api_version}"));
        }
        // A kind is a DNS label but for its capitals: there can be no custom resource of another one.
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return error("kind", format!("no matches for kind {name:?} in version {api_version:?}"));
        }
        let is_followed = kind.is_scheduler_configuration() || FOLLOWED.contains(&(api_version, name));
        if !matches!(kind, Kind::Stored(..)) || is_followed {
            return None;
        }
        let unknown = || format!("no matches for kind {name:?} in version {api_version:?}");
        let Some(meant) = suggest::kind(api_version, name) else {
            if kind.is_of_own_group() && !kind.is_served() {
                return error("kind", unknown());
            }
            let message = format!("{name} is kept, but nothing acts on it here: this kind is not simulated");
            return Some(self.diagnostic(
                Severity::Warning,
                "kind",
                places::of_path(tree, "kind").span,
                message,
            ));
        };
        let message = unknown();
        let (path, replacement) =
            if meant.name() == name { ("apiVersion", meant.api_version()) } else { ("kind", meant.name()) };
        let place = places::of_path(tree, path);
        let span = place.value.map_or(place.span, |value| value.span);
        Some(Diagnostic {
            suggestion: Some(format!("did you mean {replacement:?}?")),
            fix: Some(Fix {
                label: format!("Change to {replacement}"),
                replacement: replacement.into(),
                span,
            }),
            ..self.diagnostic(Severity::Error, path, span, message)
        })
    }

    /// Validation's errors; of several about one value at one place the first is told, the others follow from it.
    fn field_errors(&self, tree: &Tree, errors: &[FieldError]) -> Vec<Diagnostic> {
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        for error in errors.iter().take(MAX_TOLD) {
            let diagnostic = self.field_error(tree, error);
            let repeats = |earlier: &&mut Diagnostic| {
                earlier.span == diagnostic.span && earlier.path == diagnostic.path && error.value.is_some()
            };
            match diagnostics.iter_mut().find(repeats) {
                Some(earlier) => earlier.message = format!("{}\n{}", earlier.message, diagnostic.message),
                None => diagnostics.push(diagnostic),
            }
        }
        diagnostics.extend(self.left_out(tree, errors.len()));
        diagnostics
    }

    /// Says that an object has more problems than are told.
    fn left_out(&self, tree: &Tree, count: usize) -> Option<Diagnostic> {
        let more = count.checked_sub(MAX_TOLD).filter(|more| *more > 0)?;
        let message = format!("{more} more errors of this object are not shown");
        Some(self.diagnostic(Severity::Error, "", tree.start(), message))
    }

    fn field_error(&self, tree: &Tree, error: &FieldError) -> Diagnostic {
        let path = written_path(&error.field);
        let place = places::of_path(tree, &path);
        // An error of a map names one of its keys or values.
        let bad = error.value.as_deref().and_then(|value| serde_json::from_str::<Value>(value).ok());
        let bad = bad.as_ref().and_then(Value::as_str).unwrap_or_default();
        let (mut span, mut key) = (place.span, place.key);
        if let Some(value) = place.value {
            match &value.data {
                Data::Map(entries) if !bad.is_empty() => {
                    let by_key = entries.iter().find(|entry| &*entry.key == bad);
                    let by_value = || entries.iter().find(|entry| is_text(&entry.value, bad));
                    if let Some(entry) = by_key {
                        (span, key) = (entry.span, Some(entry));
                    } else if let Some(entry) = by_value() {
                        (span, key) = (entry.value.span, None);
                    }
                }
                Data::Scalar { .. } if key.is_none_or(|key| &*key.key != bad) => {
                    (span, key) = (value.span, None)
                }
                _ => {}
            }
        }
        let meant = meant(error, bad);
        let replaced = if key.is_some_and(|key| &*key.key == bad) || is_scalar_at(place.value, span) {
            Some(span)
        } else {
            None
        };
        let fix = meant.as_ref().zip(replaced).map(|(meant, span)| Fix {
            label: format!("Change to {meant}"),
            replacement: meant.clone(),
            span,
        });
        Diagnostic {
            suggestion: meant
                .map(|meant| format!("did you mean {meant:?}?"))
                .or_else(|| suggest::selector(tree, error)),
            fix,
            ..self.diagnostic(Severity::Error, &error.field, span, error.to_string())
        }
    }

    /// A warning of the API server: `path: text`.
    fn warning(&self, tree: &Tree, warning: &str) -> Diagnostic {
        let path = warning.split_once(": ").map_or("", |(path, _)| path);
        let place = places::of_path(tree, &written_path(path));
        self.diagnostic(Severity::Warning, path, place.span, warning.to_owned())
    }

    /// What is hardly meant so: keys of taints and labels that are a slip away from one that Kubernetes gives a meaning
    /// to, and keys that stand in a map twice.
    fn oddities(&self, tree: &Tree) -> Vec<Diagnostic> {
        let mut search = Oddities { reader: self, path: String::new(), found: Vec::new() };
        search.visit(tree);
        search.found
    }
}

/// A walk through an object.
struct Oddities<'a> {
    reader: &'a Reader,
    path: String,
    found: Vec<Diagnostic>,
}

impl Oddities<'_> {
    fn visit(&mut self, tree: &Tree) {
        let length = self.path.len();
        match &tree.data {
            Data::Map(entries) => {
                let is_selector = self.path.ends_with("nodeSelector");
                self.tell_duplicates(entries);
                for entry in entries {
                    if length > 0 {
                        self.path.push('.');
                    }
                    self.path += &entry.key;
                    match &entry.value.data {
                        Data::Scalar { text, .. } if entry.key == "key" => {
                            self.tell_odd_key(text, entry.value.span);
                        }
                        Data::Scalar { .. } if is_selector => self.tell_odd_key(&entry.key, entry.span),
                        _ => self.visit(&entry.value),
                    }
                    self.path.truncate(length);
                }
            }
            Data::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.path += &format!("[{index}]");
                    self.visit(item);
                    self.path.truncate(length);
                }
            }
            Data::Scalar { .. } => {}
        }
    }

    fn tell(&mut self, diagnostic: Diagnostic) {
        // What an alias stands for is met more than once.
        let is_new = || self.found.iter().all(|earlier| earlier.span != diagnostic.span);
        if self.found.len() < MAX_TOLD && is_new() {
            self.found.push(diagnostic);
        }
    }

    fn tell_odd_key(&mut self, text: &str, span: Span) {
        let Some(known) = suggest::well_known_key(text) else { return };
        let message = format!("{text:?} is a valid key, but Kubernetes gives it no meaning");
        let diagnostic = self.reader.diagnostic(Severity::Warning, &self.path, span, message);
        self.tell(Diagnostic {
            suggestion: Some(format!("did you mean {known:?}?")),
            fix: Some(Fix { label: format!("Change to {known}"), replacement: known.into(), span }),
            ..diagnostic
        });
    }

    fn tell_duplicates(&mut self, entries: &[Entry]) {
        let mut lines: BTreeMap<&str, u32> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| !entry.is_implied) {
            let Some(line) = lines.insert(&entry.key, entry.span.line) else { continue };
            let path = match self.path.as_str() {
                "" => entry.key.to_string(),
                path => format!("{path}.{}", entry.key),
            };
            let message =
                format!("{path} is already in line {line}; kubectl takes the last one and does not say so");
            self.tell(self.reader.diagnostic(Severity::Warning, &path, entry.span, message));
        }
    }
}

/// Where a field that upstream names is written: some errors carry a path of the internal objects.
fn written_path(path: &str) -> String {
    match path.strip_prefix("metadata.taints") {
        Some(rest) => format!("spec.taints{rest}"),
        None => ["labels", "annotations"].iter().fold(path.to_owned(), |path, field| {
            path.replacen(&format!("spec.template.{field}"), &format!("spec.template.metadata.{field}"), 1)
        }),
    }
}

fn is_text(tree: &Tree, text: &str) -> bool {
    matches!(&tree.data, Data::Scalar { text: written, .. } if **written == *text)
}

fn is_scalar_at(tree: Option<&Tree>, span: Span) -> bool {
    tree.is_some_and(|tree| tree.span == span && matches!(tree.data, Data::Scalar { .. }))
}

/// What was meant by a bad value: one of the values that the error lists, or a resource.
fn meant(error: &FieldError, bad: &str) -> Option<String> {
    if error.type_ == ErrorType::NotSupported {
        let supported = error.detail.strip_prefix("supported values: ")?;
        let supported: Vec<&str> = supported.split(", ").map(|value| value.trim_matches('"')).collect();
        if supported.contains(&bad) {
            // `Gt` of a toleration: upstream names it, though its feature gate is off.
            return None;
        }
        return suggest::closest(bad, supported.iter().copied().filter(|value| !value.is_empty()))
            .map(str::to_owned);
    }
    // Upstream names the one that is right here, but not as a value that is supported.
    if error.detail.starts_with("operator must be Exists") && !matches!(bad, "Exists" | "Equal") {
        return Some("Exists".into());
    }
    let is_resource = error.detail.contains("standard resource");
    suggest::resource(bad).filter(|_| is_resource).map(str::to_owned)
}

#[cfg(test)]
mod tests;
