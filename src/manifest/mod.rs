//! YAML text to objects and diagnostics, and objects back to YAML.
//!
//! Reading tells every problem of a text at once, each at its place: syntax, fields that are unknown or twice,
//! wrong types, and, where an object could be decoded, what the API server's validation says of it.

mod decode;
mod diagnostic;
mod dump;
mod places;
mod raw;
mod schema;
mod suggest;
mod time;
mod tree;
mod yaml;

pub use diagnostic::{Diagnostic, Fix, Severity, Span};
pub use raw::{DecodedObject, UnreadableDocument, decode, documents};
pub use yaml::{complete, to_yaml, value_to_yaml};

use crate::api::validation::{self, ErrorType, FieldError};
use crate::api::{self, Kind, Object, ObjectKey};
use decode::Decoded;
use serde_json::Value;
use std::rc::Rc;
use tree::{Data, Tree};

/// A text that was read.
#[derive(Debug)]
pub struct Manifest {
    /// The objects that could be decoded, in the order of the text, without defaults.
    pub objects: Vec<Located>,
    /// All problems, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
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
    let tree = match document {
        Some(Ok(Some(tree))) => tree,
        Some(Err(error)) => return Err(error.message),
        _ => return Err("no object".into()),
    };
    let kind = kind_of(&tree);
    let decoded = decode::decode(&kind, &tree);
    let version = kind.api_version().rsplit('/').next().unwrap_or_default();
    let name = kind.name();
    if let Some(refusal) = decoded.refusal() {
        return Err(format!("{name} in version {version:?} cannot be handled as a {name}: {refusal}"));
    }
    Object::from_json(decoded.value).map_err(|error| error.to_string())
}

/// Reads a text: several documents, or lists as `kubectl get -o yaml` prints them.
pub fn parse(text: &str) -> Manifest {
    let mut manifest = Manifest { objects: Vec::new(), diagnostics: Vec::new() };
    if text.len() > tree::MAX_BYTES {
        let message = format!("the text is longer than {} bytes and was not read", tree::MAX_BYTES);
        let span = Span { line: 1, column: 1, end_line: 1, end_column: 2 };
        manifest.diagnostics.push(Reader::of(0, None).diagnostic(Severity::Error, "", span, message));
        return manifest;
    }
    for (index, document) in tree::read(text).into_iter().enumerate() {
        let document_number = index as u32;
        match document {
            Ok(None) => {}
            Ok(Some(tree)) => items(&tree).iter().for_each(|item| manifest.read(document_number, item)),
            Err(error) => {
                let reader = Reader::of(document_number, None);
                let diagnostic = reader.diagnostic(Severity::Error, "", error.span, error.message);
                manifest.diagnostics.push(Diagnostic { suggestion: error.suggestion, ..diagnostic });
            }
        }
    }
    manifest.warn_of_repeated_objects();
    manifest.diagnostics.extend(dump::note(&manifest.objects));
    manifest.diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.severity));
    manifest
}

/// The items of a list, or the object itself.
fn items(tree: &Rc<Tree>) -> Vec<Rc<Tree>> {
    let is_list = tree.text("kind").is_some_and(|kind| kind.ends_with("List"));
    match tree.get("items").map(|entry| &entry.value.data) {
        Some(Data::List(items)) if is_list => items.clone(),
        _ => vec![tree.clone()],
    }
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
        let Decoded { value, problems } = decode::decode(&kind, tree);
        if !problems.is_empty() {
            self.diagnostics.extend(problems.into_iter().map(|problem| Diagnostic {
                severity: Severity::Error,
                document,
                object: reader.object.clone(),
                path: problem.path,
                span: problem.span,
                message: problem.message,
                suggestion: problem.suggestion,
                fix: problem.fix,
            }));
            return;
        }
        let mut object = match Object::from_json(value) {
            Ok(object) => object,
            Err(error) => {
                let span = decode::start(tree);
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
        self.diagnostics.extend(reader.odd_keys(tree));
        let (line, end_line) = (decode::start(tree).line, tree.span.end_line);
        self.objects.push(Located { object, document, line, end_line, tree: tree.clone() });
    }

    fn warn_of_repeated_objects(&mut self) {
        for (index, located) in self.objects.iter().enumerate() {
            let key = located.object.key();
            let earlier = self.objects[..index].iter().find(|earlier| earlier.object.key() == key);
            let Some(earlier) = earlier.filter(|_| !key.name.is_empty()) else { continue };
            let place = places::of_path(&located.tree, "metadata.name");
            let message =
                format!("{key} stands already in line {}; this one is applied after it", earlier.line);
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
            let message = "an object is meant here: fields such as apiVersion, kind, metadata and spec";
            return error("", message.into());
        }
        let texts = ["kind", "apiVersion"].map(|field| tree.text(field).unwrap_or_default());
        let [name, api_version] = texts;
        if name.is_empty() || api_version.is_empty() {
            let field = if name.is_empty() { "Kind" } else { "apiVersion" };
            return error("", format!("Object '{field}' is missing"));
        }
        if !matches!(kind, Kind::Stored(_)) || kind.is_scheduler_configuration() {
            return None;
        }
        let Some(meant) = suggest::kind(api_version, name) else {
            let message = format!("{name} is kept, but nothing acts on it here: this kind is not simulated");
            return Some(self.diagnostic(
                Severity::Warning,
                "kind",
                places::of_path(tree, "kind").span,
                message,
            ));
        };
        let message = format!("no matches for kind {name:?} in version {api_version:?}");
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
        for error in errors {
            let diagnostic = self.field_error(tree, error);
            let repeats = |earlier: &&mut Diagnostic| {
                earlier.span == diagnostic.span && earlier.path == diagnostic.path && error.value.is_some()
            };
            match diagnostics.iter_mut().find(repeats) {
                Some(earlier) => earlier.message = format!("{}\n{}", earlier.message, diagnostic.message),
                None => diagnostics.push(diagnostic),
            }
        }
        diagnostics
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
            suggestion: meant.map(|meant| format!("did you mean {meant:?}?")),
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

    /// Keys of taints and labels that are a slip away from one that Kubernetes gives a meaning to.
    fn odd_keys(&self, tree: &Tree) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        visit_keys(tree, "", &mut |path, text, span| {
            let Some(known) = suggest::well_known_key(text) else { return };
            let message = format!("{text:?} is a valid key, but Kubernetes gives it no meaning");
            diagnostics.push(Diagnostic {
                suggestion: Some(format!("did you mean {known:?}?")),
                fix: Some(Fix { label: format!("Change to {known}"), replacement: known.into(), span }),
                ..self.diagnostic(Severity::Warning, path, span, message)
            });
        });
        diagnostics
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
        return suggest::closest(bad, supported.iter().copied().filter(|value| !value.is_empty()))
            .map(str::to_owned);
    }
    let is_resource = error.detail.contains("standard resource");
    suggest::resource(bad).filter(|_| is_resource).map(str::to_owned)
}

/// Calls back for each `key:` of a taint, toleration or requirement and each key of a node selector.
fn visit_keys(tree: &Tree, path: &str, visit: &mut dyn FnMut(&str, &str, Span)) {
    match &tree.data {
        Data::Map(entries) => {
            for entry in entries {
                let below =
                    if path.is_empty() { entry.key.to_string() } else { format!("{path}.{}", entry.key) };
                match &entry.value.data {
                    Data::Scalar { text, .. } if &*entry.key == "key" => {
                        visit(&below, text, entry.value.span)
                    }
                    Data::Scalar { .. } if path.ends_with("nodeSelector") => {
                        visit(&below, &entry.key, entry.span)
                    }
                    _ => visit_keys(&entry.value, &below, visit),
                }
            }
        }
        Data::List(items) => {
            for (index, item) in items.iter().enumerate() {
                visit_keys(item, &format!("{path}[{index}]"), visit);
            }
        }
        Data::Scalar { .. } => {}
    }
}

#[cfg(test)]
mod tests;
