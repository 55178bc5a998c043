//! Documents as a client sends them: plain JSON of a text, and what the API server's decoder makes of it.

use super::decode::{self, Duplicates, Weight};
use super::{items, kind_of, tree};
use crate::api::Object;
use serde_json::Value;

/// Why a document is no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableDocument {
    /// The line in the text, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

/// The documents of a text as JSON, those of lists one by one. Nothing is checked but that they can be read.
pub fn documents(text: &str) -> Vec<Result<Value, UnreadableDocument>> {
    let mut documents = Vec::new();
    for document in tree::read(text) {
        match document.content {
            Ok(Some(tree)) => documents.extend(items(&tree).iter().map(|item| Ok(item.value()))),
            Ok(None) => {}
            Err(error) => {
                let line = error.span.line;
                documents.push(Err(UnreadableDocument { line, message: error.message }));
            }
        }
    }
    documents
}

/// An object that was decoded, and the unknown fields that were passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedObject {
    /// The object, without defaults.
    pub object: Object,
    /// Unknown fields, in the API server's words.
    pub unknown: Vec<String>,
}

/// Decodes an object as the API server does when it is not strict.
///
/// # Errors
/// A field has a value of a wrong type: Go's words for it.
pub fn decode(value: &Value) -> Result<DecodedObject, String> {
    let text = value.to_string();
    let tree = match tree::read(&text).into_iter().next().map(|document| document.content) {
        Some(Ok(Some(tree))) => tree,
        Some(Err(error)) => return Err(error.message),
        _ => return Err("no object".into()),
    };
    let kind = kind_of(&tree);
    let decoded = decode::decode(&kind, &tree, Duplicates::Refused);
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
