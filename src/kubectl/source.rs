//! Objects of the texts that `-f` names. Upstream: `cli-runtime/pkg/resource/{visitor,mapper}.go`.

use super::failure::Failure;
use super::{Env, File, kinds};
use crate::api::{Kind, ObjectKey};
use crate::manifest::{DecodedObject, RawDocument};
use serde_json::Value;

/// An object of a text, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The object as JSON, with its namespace.
    pub value: Value,
    /// What the API server's decoder makes of it.
    pub decoded: Result<DecodedObject, String>,
    /// Its key.
    pub key: ObjectKey,
    /// The text, as errors name it.
    pub source: String,
}

/// Reads the objects of a text; `-` is the standard input.
///
/// # Errors
/// There is no such text.
pub fn read(env: &mut Env, name: &str, namespace: &str) -> Result<Vec<Result<Document, Failure>>, Failure> {
    let file = match name {
        "-" => File::new(env.stdin.take().unwrap_or_default()),
        name => match env.files.get(name) {
            Some(file) => file.clone(),
            None => return Err(Failure::own(format!("the path {name:?} does not exist"))),
        },
    };
    let source = if name == "-" { "STDIN" } else { name };
    Ok(file.documents().iter().map(|document| one(document, source, namespace)).collect())
}

fn one(document: &RawDocument, source: &str, namespace: &str) -> Result<Document, Failure> {
    let (mut value, mut decoded) = match document {
        RawDocument::Object { value, decoded } => (value.clone(), decoded.clone()),
        RawDocument::Unreadable { line, message } => {
            return Err(Failure::own(format!(
                "error parsing {source}: error converting YAML to JSON: yaml: line {line}: {message}"
            )));
        }
    };
    let text = |value: &Value, pointer: &str| -> String {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (api_version, kind) = (text(&value, "/apiVersion"), text(&value, "/kind"));
    if kind.is_empty() {
        return Err(Failure::own(format!(
            "unable to decode {source:?}: Object 'Kind' is missing in '{value}'"
        )));
    }
    let (mut name, given) = (text(&value, "/metadata/name"), text(&value, "/metadata/namespace"));
    let kind = Kind::of(&api_version, &kind);
    if kind.is_scheduler_configuration() && name.is_empty() {
        // A file of the scheduler's, without a name; here it is an object, and there is one of it.
        name = "kube-scheduler".into();
        value["metadata"]["name"] = name.as_str().into();
        if let Ok(decoded) = &mut decoded {
            decoded.object.metadata_mut().name = name.as_str().into();
        }
    }
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
        if let Ok(decoded) = &mut decoded {
            decoded.object.metadata_mut().namespace = namespace.into();
        }
    }
    Ok(Document { value, decoded, key, source: source.to_owned() })
}

/// Whether all kinds of the group are known here. Of other groups whatever is written is stored.
fn is_known_group(api_version: &str) -> bool {
    ["v1", "apps/v1", "policy/v1", "scheduling.k8s.io/v1", ""].contains(&api_version)
}
