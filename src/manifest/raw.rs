//! Documents as a client sends them: plain JSON of a text, and what the API server's decoder makes of it.

use super::decode::{self, Decoded, Duplicates, Weight};
use super::tree::Tree;
use super::{Trees, items, kind_of};
use crate::api::{Kind, Object};
use serde_json::Value;

/// A document of a text. Those of lists stand for themselves.
#[derive(Clone, Debug, PartialEq)]
pub enum RawDocument {
    /// It can be read.
    Object {
        /// As written.
        value: Value,
        /// What the API server's decoder makes of it, when it is not strict; an error is told in its words.
        decoded: Result<DecodedObject, String>,
        /// Why kubectl cannot read the metadata, in its words; it looks at no other part.
        unreadable_metadata: Option<String>,
    },
    /// It is no YAML. This is what kubectl says of it.
    Unreadable(String),
}

/// An object that was decoded, and the unknown fields that were passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedObject {
    /// The object, without defaults.
    pub object: Object,
    /// Unknown fields, in the API server's words.
    pub unknown: Vec<String>,
}

/// An object from what was put together of its fields, as the API server decodes it: a field that is written with the zero
/// of its type is one that is not written, unless its type tells the two apart.
///
/// # Errors
/// A field has another type than its kind's.
pub fn object_of(mut value: Value) -> Result<Object, serde_json::Error> {
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
    let kind = Kind::of(text("apiVersion"), text("kind"));
    decode::omit_zeros_of(&mut value, &kind);
    Object::from_json(value)
}

/// The documents of a text. Nothing is checked but that they can be read and decoded.
pub fn documents(text: &str) -> Vec<RawDocument> {
    documents_read(&Trees::of(text))
}

/// The same of a text that is taken apart already.
pub fn documents_read(trees: &Trees) -> Vec<RawDocument> {
    let mut documents = Vec::new();
    for document in trees.0.iter() {
        match &document.content {
            Ok(Some(tree)) => documents.extend(items(tree).iter().map(|item| one(item))),
            Ok(None) => {}
            Err(error) => documents.push(RawDocument::Unreadable(error.told.clone())),
        }
    }
    documents
}

fn one(tree: &Tree) -> RawDocument {
    let kind = kind_of(tree);
    let mut decoded = decode::decode(&kind, tree, Duplicates::LastCounts);
    let object = decode_tree(&kind, &decoded);
    decoded.problems.retain(|problem| {
        let is_of_metadata = problem.path.split(['.', '[']).next() == Some("metadata");
        // The API server alone reads a number from the annotation of the template's generation.
        problem.weight > Weight::Strict && is_of_metadata && !problem.message.starts_with("strconv.")
    });
    // kubectl's own type for this holds nothing else.
    let of_kind = format!(" struct field {}.metadata ", kind.name());
    let unreadable = decoded.refusal();
    let unreadable =
        unreadable.map(|why| why.replace(&of_kind, " struct field metadataOnlyObject.metadata "));
    RawDocument::Object { value: tree.value(), decoded: object, unreadable_metadata: unreadable }
}

fn decode_tree(kind: &Kind, decoded: &Decoded) -> Result<DecodedObject, String> {
    let name = kind.name();
    let version = kind.api_version().rsplit('/').next().unwrap_or_default();
    let refusal = |what: &str| format!("{name} in version {version:?} cannot be handled as a {name}: {what}");
    let (strict, wrong): (Vec<_>, Vec<_>) =
        decoded.problems.iter().partition(|problem| problem.weight == Weight::Strict);
    if !wrong.is_empty() {
        return Err(refusal(&decoded.refusal().unwrap_or_default()));
    }
    let mut unknown: Vec<String> = Vec::new();
    for problem in strict {
        if !unknown.contains(&problem.message) {
            unknown.push(problem.message.clone());
        }
    }
    let object = Object::from_json(decoded.value.clone()).map_err(|error| refusal(&error.to_string()))?;
    Ok(DecodedObject { object, unknown })
}
