//! Objects of the texts that `-f` names. Upstream: `cli-runtime/pkg/resource/{visitor,mapper,builder}.go`,
//! `kubectl/pkg/validation/schema.go`.

use super::failure::Failure;
use super::flags::{Args, Flag, Takes};
use super::{Deed, Env, File};
use crate::api::{Kind, Object, ObjectKey};
use crate::cluster::ApiError;
use crate::kubectl::print::go;
use crate::manifest::{DecodedObject, RawDocument};
use serde_json::Value;

/// `--validate`.
pub const VALIDATE: Flag = Flag::long("validate", Takes::TextOr("strict"));
/// `-k`.
pub const KUSTOMIZE: Flag = Flag::short("kustomize", 'k', Takes::Text);
/// `--save-config`.
pub const SAVE_CONFIG: Flag = Flag::long("save-config", Takes::Switch);
/// `--field-manager`.
pub const FIELD_MANAGER: Flag = Flag::long("field-manager", Takes::Text);

/// What becomes of fields that the API server does not know (`--validate`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The object is refused.
    Refuse,
    /// They are told.
    Warn,
    /// They are dropped.
    Ignore,
}

/// An object of a text, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The object as JSON, with its namespace.
    pub value: Value,
    /// What the API server's decoder makes of it.
    pub decoded: Result<DecodedObject, String>,
    /// Its key.
    pub key: ObjectKey,
    /// The text, as errors name it.
    pub source: String,
}

impl Source {
    /// What the API server decodes, and warnings about fields that it does not know.
    ///
    /// # Errors
    /// A value has a wrong type; or a field is unknown and that is to be refused.
    pub fn object(&self, env: &mut Env, unknown: Unknown) -> Result<Object, ApiError> {
        let decoded = self.decoded.as_ref().map_err(|error| ApiError::BadRequest(error.clone()))?;
        match unknown {
            Unknown::Refuse if !decoded.unknown.is_empty() => {
                let (kind, fields) = (&self.key.kind, decoded.unknown.join(", "));
                let version = kind.api_version().rsplit('/').next().unwrap_or_default();
                let name = kind.name();
                return Err(ApiError::BadRequest(format!(
                    "{name} in version {version:?} cannot be handled as a {name}: strict decoding error: {fields}"
                )));
            }
            Unknown::Warn => decoded.unknown.iter().for_each(|text| env.warn(text)),
            _ => {}
        }
        Ok(decoded.object.clone())
    }
}

/// `--validate` (`GetValidationDirective`).
///
/// # Errors
/// There is no such directive.
pub fn unknown(args: &Args) -> Result<Unknown, Failure> {
    match args.text("validate").unwrap_or("strict") {
        "strict" | "true" => Ok(Unknown::Refuse),
        "warn" => Ok(Unknown::Warn),
        "ignore" | "false" => Ok(Unknown::Ignore),
        other => Err(Failure::own(format!(
            "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

/// How texts are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The namespace of objects that name none.
    pub namespace: &'a str,
    /// The namespace was named with the command: all objects must be in it.
    pub is_enforced: bool,
    /// kubectl looks first whether a text says what it is.
    pub is_validated: bool,
}

/// What `-f` and `-k` name.
///
/// # Errors
/// Neither is given, or `-k` is, which is left out here.
pub fn required(args: &Args) -> Result<(), Failure> {
    if args.has("kustomize") {
        if args.has("filename") {
            return Err(Failure::own("only one of -f or -k can be specified"));
        }
        return Err(no_kustomization(args.text("kustomize").unwrap_or_default()));
    }
    if args.texts("filename").is_empty() {
        return Err(Failure::own("must specify one of -f and -k"));
    }
    Ok(())
}

/// Nothing here builds with kustomize.
pub fn no_kustomization(folder: &str) -> Failure {
    Failure::own(match folder {
        "." => format!(
            "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{HOME}'"
        ),
        folder => format!(
            "must build at directory: not a valid directory: evalsymlink failure on '{folder}' : lstat {HOME}/{folder}: no such file or directory"
        ),
    })
}

/// The folder that commands are given in.
const HOME: &str = "/home/admin/dir";

/// There is no such address at the API server.
const NOWHERE: &str = "the server could not find the requested resource";

/// All objects of the texts that `-f` names, and what is wrong with others.
///
/// # Errors
/// A text is not there.
pub fn all(env: &mut Env, args: &Args, is_validated: bool) -> Result<(Vec<Source>, Vec<Failure>), Failure> {
    let (namespace, is_enforced) = args.namespace();
    let reading = Reading { namespace, is_enforced, is_validated };
    let selector = super::selector::Selector::parse(args.text("selector").unwrap_or_default())?;
    let (mut documents, mut failures) = (Vec::new(), Vec::new());
    for name in &names(env, args.texts("filename"))? {
        for document in read(env, name, &reading)? {
            match document {
                Ok(document) => documents.push(document),
                Err(Failure::Status(reason, why)) if why == NOWHERE => {
                    let why = format!("error when creating {name:?}: {why}");
                    failures.push(Failure::Status(reason, why));
                }
                Err(failure) => failures.push(failure),
            }
        }
    }
    documents.retain(|document| {
        let labels = document.value.pointer("/metadata/labels").cloned().unwrap_or_default();
        selector.matches(&serde_json::from_value(labels).unwrap_or_default())
    });
    Ok((documents, failures))
}

fn no_file(name: &str) -> Failure {
    Failure::own(format!("the path {name:?} does not exist"))
}

/// The text that a path names.
fn text<'f>(env: &Env<'f>, path: &str) -> Option<&'f File> {
    env.files.get(path.trim_start_matches("./"))
}

/// The texts that `-f` names: a folder stands for all that it holds (`ExpandPathsToFileVisitors`).
///
/// # Errors
/// A text is not there.
pub fn names(env: &Env, paths: &[String]) -> Result<Vec<String>, Failure> {
    const EXTENSIONS: [&str; 3] = [".json", ".yaml", ".yml"];
    let mut names = Vec::new();
    for path in paths {
        match path.as_str() {
            "-" => names.push(path.clone()),
            "." | "./" => {
                let is_read = |name: &&String| EXTENSIONS.iter().any(|extension| name.ends_with(extension));
                let all: Vec<String> = env.files.keys().filter(is_read).cloned().collect();
                if all.is_empty() {
                    return Err(Failure::own(format!(
                        "error reading [{path}]: recognized file extensions are [.json .yaml .yml]"
                    )));
                }
                names.extend(all);
            }
            url if url.starts_with("http://") || url.starts_with("https://") => {
                return Err(Failure::own(format!(
                    "unable to read URL {url:?}: this playground has no network (its text can be pasted into the editor, or after `-f - <<EOF`)"
                )));
            }
            path if text(env, path).is_some() => names.push(path.to_owned()),
            path => return Err(no_file(path)),
        }
    }
    Ok(names)
}

/// Reads the objects of a text; `-` is the standard input.
///
/// # Errors
/// There is no such text.
pub fn read(env: &mut Env, name: &str, reading: &Reading) -> Result<Vec<Result<Source, Failure>>, Failure> {
    let file = match name {
        "-" => File::new(env.stdin.take().unwrap_or_default()),
        name => text(env, name).cloned().ok_or_else(|| no_file(name))?,
    };
    let source = if name == "-" { "STDIN" } else { name };
    Ok(of_text(env, &file, source, reading))
}

/// The objects of a text that errors call by this name.
pub fn of_text(env: &mut Env, file: &File, source: &str, reading: &Reading) -> Vec<Result<Source, Failure>> {
    let mut read = Vec::new();
    for document in file.documents() {
        match document {
            RawDocument::Object { value, decoded, unreadable_metadata } => {
                if let Some(wrong) = identity(value).filter(|_| reading.is_validated) {
                    read.push(Err(Failure::own(format!(
                        "error validating {source:?}: error validating data: {wrong}; if you choose to ignore these errors, turn validation off with --validate=false"
                    ))));
                    // What follows in the text is not read any more.
                    break;
                }
                let unreadable = unreadable_metadata.as_deref();
                read.push(one(env, value.clone(), decoded.clone(), unreadable, source, reading));
            }
            RawDocument::Unreadable(message) => {
                read.push(Err(Failure::own(format!("error parsing {source}: {message}"))));
                break;
            }
        }
    }
    read
}

/// What keeps a text from saying what it is (`getObjectKind`).
fn identity(value: &Value) -> Option<String> {
    if !value.is_object() {
        return Some("invalid object to validate".into());
    }
    let wrong = ["apiVersion", "kind"].into_iter().filter_map(|field| match &value[field] {
        Value::String(_) => None,
        Value::Null => Some(format!("{field} not set")),
        _ => Some(format!("{field} isn't string type")),
    });
    let wrong: Vec<String> = wrong.collect();
    match wrong.len() {
        0 => None,
        1 => Some(wrong.concat()),
        _ => Some(format!("[{}]", wrong.join(", "))),
    }
}

fn one(
    env: &mut Env,
    mut value: Value,
    mut decoded: Result<DecodedObject, String>,
    unreadable: Option<&str>,
    source: &str,
    reading: &Reading,
) -> Result<Source, Failure> {
    let text = |value: &Value, pointer: &str| -> String {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (api_version, kind) = (text(&value, "/apiVersion"), text(&value, "/kind"));
    if kind.is_empty() {
        return Err(Failure::own(format!(
            "unable to decode {source:?}: Object 'Kind' is missing in '{value}'"
        )));
    }
    if let version @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) =
        &value["apiVersion"]
    {
        let found = go::json_kind(version);
        let what = "Go struct field metadataOnlyObject.TypeMeta.apiVersion of type string";
        return Err(Failure::own(format!(
            "unable to decode {source:?}: json: cannot unmarshal {found} into {what}"
        )));
    }
    if let Some(wrong) = unreadable {
        return Err(Failure::own(format!("unable to decode {source:?}: {wrong}")));
    }
    // Without a version it is looked for among the kinds of the core, and sent where nothing is.
    if api_version.is_empty() && Kind::of("v1", &kind).is_served() {
        return Err(Failure::Status(Some("NotFound"), NOWHERE.into()));
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
    let Some(is_namespaced) = scope(env, &kind) else {
        let namespace = if given.is_empty() { reading.namespace } else { &given };
        let key = ObjectKey::new(kind.clone(), namespace, &name);
        let error = ApiError::NoMatch(kind);
        let failure = format!(
            "resource mapping not found for name: {name:?} namespace: {given:?} from {source:?}: {error}\nensure CRDs are installed first"
        );
        env.client.note(&key, Deed::Refused(error));
        return Err(Failure::own(failure));
    };
    let wanted = reading.namespace;
    if reading.is_enforced && is_namespaced && !given.is_empty() && given != wanted {
        return Err(Failure::own(format!(
            "the namespace from the provided object {given:?} does not match the namespace {wanted:?}. You must pass '--namespace={given}' to perform this operation."
        )));
    }
    let namespace = match (is_namespaced, given.is_empty()) {
        (false, _) => "",
        (true, true) => wanted,
        (true, false) => &given,
    };
    let key = ObjectKey::new(kind, namespace, &name);
    if (is_namespaced && !namespace.is_empty() || key.kind.is_custom() && !given.is_empty())
        && let Some(fields) = value.as_object_mut()
    {
        let metadata = fields.entry("metadata").or_insert_with(|| Value::Object(Default::default()));
        if let Some(metadata) = metadata.as_object_mut() {
            match namespace {
                "" => metadata.remove("namespace"),
                namespace => metadata.insert("namespace".into(), namespace.into()),
            };
        }
        if let Ok(decoded) = &mut decoded {
            decoded.object.metadata_mut().namespace = namespace.into();
        }
    }
    Ok(Source { value, decoded, key, source: source.to_owned() })
}

/// Whether objects of a kind live in a namespace. None if the API server does not know it: neither by itself nor from a
/// CustomResourceDefinition that is stored and serves its version. kubectl looks all kinds of its files up before it
/// sends the first object: a definition that comes with them is not there yet.
fn scope(env: &Env, kind: &Kind) -> Option<bool> {
    if kind.is_served() || kind.is_scheduler_configuration() {
        return Some(kind.is_namespaced());
    }
    let definitions = Kind::of("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    let version = kind.api_version().rsplit('/').next().unwrap_or_default();
    let serves = |spec: &Value| {
        let mut versions = spec["versions"].as_array().into_iter().flatten();
        spec["group"] == kind.group()
            && spec["names"]["kind"] == kind.name()
            && versions.any(|known| known["name"] == version && known["served"] != false)
    };
    let scope = |definition: &Object| match definition {
        Object::Stored(stored) => {
            stored.rest.get("spec").filter(|spec| serves(spec)).map(|spec| spec["scope"] != "Cluster")
        }
        _ => None,
    };
    let mut definitions = env.client.world().of_kind(&definitions).filter(|_| kind.is_custom());
    definitions.find_map(scope)
}
