//! Objects of the texts that `-f` names. Upstream: `cli-runtime/pkg/resource/{visitor,mapper}.go`.

use super::Env;
use super::failure::Failure;
use super::kinds;
use crate::api::{Kind, ObjectKey};
use crate::manifest;
use serde_json::Value;
use std::rc::Rc;

/// An object of a text, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The object as JSON, with its namespace.
    pub value: Value,
    /// Its key.
    pub key: ObjectKey,
    /// The text, as errors name it.
    pub source: String,
}

/// Reads the objects of a text; `-` is the standard input.
///
/// # Errors
/// There is no such text.
pub fn read(env: &mut Env, file: &str, namespace: &str) -> Result<Vec<Result<Document, Failure>>, Failure> {
    let text: Rc<str> = match file {
        "-" => env.stdin.take().unwrap_or_default().into(),
        file => match env.files.get(file) {
            Some(text) => text.clone(),
            None => return Err(Failure::own(format!("the path {file:?} does not exist"))),
        },
    };
    let source = if file == "-" { "STDIN" } else { file };
    let documents = manifest::documents(&text).into_iter();
    Ok(documents
        .map(|document| match document {
            Ok(value) => one(value, source, namespace),
            Err(error) => Err(Failure::own(format!(
                "error parsing {source}: error converting YAML to JSON: yaml: line {}: {}",
                error.line, error.message
            ))),
        })
        .collect())
}

fn one(mut value: Value, source: &str, namespace: &str) -> Result<Document, Failure> {
    let text = |value: &Value, pointer: &str| -> String {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (api_version, kind) = (text(&value, "/apiVersion"), text(&value, "/kind"));
    if kind.is_empty() {
        return Err(Failure::own(format!(
            "unable to decode {source:?}: Object 'Kind' is missing in '{value}'"
        )));
    }
    let (name, given) = (text(&value, "/metadata/name"), text(&value, "/metadata/namespace"));
    let kind = Kind::of(&api_version, &kind);
    if kinds::of(&kind).is_none() && !kind.is_scheduler_configuration() && is_known_group(&api_version) {
        return Err(Failure::own(format!(
            "resource mapping not found for name: {name:?} namespace: {given:?} from {source:?}: no matches for kind {:?} in version {api_version:?}\nensure CRDs are installed first",
            kind.name()
        )));
    }
    let namespace = if given.is_empty() { namespace } else { &given };
    let key = ObjectKey::new(kind, namespace, &name);
    if key.kind.is_namespaced()
        && let Some(fields) = value.as_object_mut()
    {
        let metadata = fields.entry("metadata").or_insert_with(|| Value::Object(Default::default()));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("namespace".into(), namespace.into());
        }
    }
    Ok(Document { value, key, source: source.to_owned() })
}

/// Whether all kinds of the group are known here. Of other groups whatever is written is stored.
fn is_known_group(api_version: &str) -> bool {
    ["v1", "apps/v1", "policy/v1", "scheduling.k8s.io/v1", ""].contains(&api_version)
}
