//! `kubectl apply`. Upstream: `kubectl/pkg/cmd/apply/{apply,patcher}.go`. Server-side apply and pruning are left out.

use crate::api::merge::{LAST_APPLIED, last_applied, three_way, with_annotation};
use crate::api::{Kind, Object, ObjectKey, Time};
use crate::cluster::{ApiError, Write, decode, lease_key, silent_since, stopped_lease};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select;
use crate::kubectl::source::{self, Document};
use crate::kubectl::{Client, DRY_RUN, Deed, DryRun, Env, Verb, dry_run, kinds};
use crate::kubelet::register;
use serde_json::Value;
use std::rc::Rc;

/// The verb.
pub const VERB: Verb = Verb {
    name: "apply",
    usage: "apply (-f FILENAME | -k DIRECTORY)",
    about: "Apply a configuration to a resource by file name or stdin.",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::SELECTOR,
        select::FILENAME,
        select::RECURSIVE,
        Flag::long("validate", Takes::TextOr("strict")),
        Flag::long("force", Takes::Switch),
        Flag::long("grace-period", Takes::Number),
        Flag::long("overwrite", Takes::Switch),
        Flag::long("field-manager", Takes::Text),
        Flag::long("wait", Takes::Switch),
    ],
    run,
};

/// What becomes of unknown fields (`--validate`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Refuse,
    Warn,
    Ignore,
}

struct Options {
    dry_run: DryRun,
    unknown: Unknown,
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let options = Options { dry_run: dry_run(args)?, unknown: unknown(args)? };
    if !args.positional.is_empty() {
        let words = args.positional.join(" ");
        return Err(Failure::usage("kubectl apply", &format!("Unexpected args: [{words}]")));
    }
    let files = args.texts("filename");
    if files.is_empty() {
        return Err(Failure::own("must specify one of -f and -k"));
    }
    let selector = crate::kubectl::selector::Selector::parse(args.text("selector").unwrap_or_default())?;
    let mut failures = Vec::new();
    let mut documents = Vec::new();
    for file in files {
        for document in source::read(env, file, select::namespace(args).0)? {
            match document {
                Ok(document) => documents.push(document),
                Err(failure) => failures.push(failure),
            }
        }
    }
    if documents.is_empty() && failures.is_empty() {
        return Err(Failure::own("no objects passed to apply"));
    }
    for document in &documents {
        let labels = document.value.pointer("/metadata/labels").cloned().unwrap_or_default();
        if selector.matches(&serde_json::from_value(labels).unwrap_or_default()) {
            failures.extend(one(env, args, document, &options).err());
        }
    }
    Failure::of(failures)
}

/// `--validate`.
fn unknown(args: &Args) -> Result<Unknown, Failure> {
    match args.text("validate").unwrap_or("strict") {
        "strict" | "true" => Ok(Unknown::Refuse),
        "warn" => Ok(Unknown::Warn),
        "ignore" | "false" => Ok(Unknown::Ignore),
        other => Err(Failure::own(format!(
            "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

fn one(env: &mut Env, args: &Args, document: &Document, options: &Options) -> Result<(), Failure> {
    let is_new = env.client.get(&document.key).is_err();
    if !is_new {
        warn_of_annotation(env, document);
    }
    let doing = if is_new { "creating" } else { "applying patch to" };
    let failed = |error: ApiError| Failure::of_file(error, doing, &document.source);
    let object = match decoded(env, document, options) {
        Ok(object) => object,
        Err(error) => {
            env.client.note(&document.key, Deed::Refused(error.clone()));
            return Err(failed(error));
        }
    };
    let manifest = Manifest { value: &document.value, object, key: &document.key, managed_fields: None };
    let (applied, deed) = apply(&mut env.client, &manifest, options.dry_run).map_err(failed)?;
    if applied.metadata().is_terminating() {
        env.warn(&format!(
            "Detected changes to resource {} which is currently being deleted.",
            document.key.name
        ));
    }
    object::done(env, args, &applied, deed, options.dry_run)
}

/// What apply needs to know was left by another way of writing the object.
fn warn_of_annotation(env: &mut Env, document: &Document) {
    let live = env.client.get(&document.key);
    if live.is_ok_and(|live| live.metadata().annotations.contains_key(LAST_APPLIED)) {
        return;
    }
    let kind = &document.key.kind;
    let plural = kinds::of(kind).map_or_else(|| kind.resource(), |resource| resource.plural.to_owned());
    env.warn(&format!(
        "resource {plural}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
        document.key.name
    ));
}

/// What the API server decodes; of unknown fields it is strict unless told otherwise.
fn decoded(env: &mut Env, document: &Document, options: &Options) -> Result<Object, ApiError> {
    let decoded = document.decoded.as_ref().map_err(|error| ApiError::BadRequest(error.clone()))?;
    match options.unknown {
        Unknown::Refuse if !decoded.unknown.is_empty() => {
            let (kind, unknown) = (&document.key.kind, decoded.unknown.join(", "));
            let version = kind.api_version().rsplit('/').next().unwrap_or_default();
            let name = kind.name();
            return Err(ApiError::BadRequest(format!(
                "{name} in version {version:?} cannot be handled as a {name}: strict decoding error: {unknown}"
            )));
        }
        Unknown::Warn => decoded.unknown.iter().for_each(|text| env.warn(text)),
        _ => {}
    }
    Ok(decoded.object.clone())
}

/// An object to be applied.
pub struct Manifest<'a> {
    /// As written.
    pub value: &'a Value,
    /// The same, decoded.
    pub object: Object,
    /// Under which name it is stored.
    pub key: &'a ObjectKey,
    /// `metadata.managedFields` that it is to have; what a text says of them does not count.
    pub managed_fields: Option<Value>,
}

/// Creates the object or patches what is there. Gives it as it then is, and what was done.
///
/// # Errors
/// The API server's.
pub fn apply(
    client: &mut Client,
    manifest: &Manifest,
    dry_run: DryRun,
) -> Result<(Object, &'static str), ApiError> {
    let kind = &manifest.key.kind;
    let mut written = manifest.value.clone();
    wipe_what_a_dump_has(kind, &mut written);
    let mut written = with_annotation(&written);
    let mut meant = manifest.object.to_json();
    wipe_what_a_dump_has(kind, &mut meant);
    meant["metadata"]["annotations"][LAST_APPLIED] = written["metadata"]["annotations"][LAST_APPLIED].clone();
    if let Some(fields) = &manifest.managed_fields {
        for value in [&mut written, &mut meant] {
            value["metadata"]["managedFields"] = fields.clone();
        }
    }
    let Ok(live) = client.get(manifest.key) else {
        let object = joined(decode(meant)?, client.now());
        if dry_run == DryRun::None {
            set_kubelet(client, &object)?;
        }
        let created = if dry_run == DryRun::Client { object } else { client.create(object, dry_run)? };
        return Ok((created, "created"));
    };
    let before = live.to_json();
    let last = last_applied(&before);
    // kubectl compares what is written; what is meant is the same with the types of the kind's fields.
    if three_way(&last, &before, &written) == before {
        client.note(manifest.key, Deed::Unchanged);
        return Ok((live, "unchanged"));
    }
    delete_what_is_null(&mut meant, &written);
    let patched = decode(three_way(&last, &before, &meant))?;
    let patched = if dry_run == DryRun::Client { patched } else { client.update(patched, dry_run)? };
    Ok((patched, "configured"))
}

/// A field that is written as null is deleted; once decoded it would only be absent.
fn delete_what_is_null(meant: &mut Value, written: &Value) {
    let (Some(meant), Some(written)) = (meant.as_object_mut(), written.as_object()) else { return };
    for (name, value) in written {
        match (meant.get_mut(name), value) {
            (None, Value::Null) => drop(meant.insert(name.clone(), Value::Null)),
            (Some(meant), value) => delete_what_is_null(meant, value),
            _ => {}
        }
    }
}

/// Takes away what a cluster wrote into an object's metadata: in a dump of a cluster it stands there, but nobody
/// wishes for it.
fn wipe_what_a_dump_has(kind: &Kind, value: &mut Value) {
    const FIELDS: &[&str] = &[
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
        "managedFields",
    ];
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|field, _| !FIELDS.contains(&field.as_str()));
    }
    if let (Kind::Pod, Some(fields)) = (kind, value.as_object_mut()) {
        fields.remove("status");
    }
}

/// A new object as it comes to be: a node registers itself.
fn joined(mut object: Object, now: Time) -> Object {
    if let Object::Node(node) = &mut object {
        register(Rc::make_mut(node), now);
    }
    object
}

/// A node of which nothing is known has a silent kubelet, any other has one that runs.
///
/// # Errors
/// The API server's.
pub fn set_kubelet(client: &mut Client, object: &Object) -> Result<(), ApiError> {
    let Object::Node(node) = object else { return Ok(()) };
    let name = &node.metadata.name;
    let write = match (silent_since(client.world(), name).is_some(), node.ready() == Some("Unknown")) {
        (false, true) => Write::Create(stopped_lease(name, client.now())),
        (true, false) => Write::delete(lease_key(name)),
        _ => return Ok(()),
    };
    client.try_write(write, DryRun::None).map(drop)
}

#[cfg(test)]
mod tests {
    use crate::cluster::{World, Write};
    use crate::kubectl::given::{answer, answer_with, cluster};

    const POD: &str =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec:\n  containers: [{name: c, image: 'a:1'}]\n";

    fn applied(world: &World, text: &str) -> (String, String, Vec<Write>) {
        let answer = answer_with(world, "kubectl apply -f manifest.yaml", &[("manifest.yaml", text)]);
        (answer.out, answer.err, answer.writes)
    }

    #[test]
    fn what_is_there_already_as_written_is_unchanged() {
        let mut world = cluster();
        let (out, _, writes) = applied(&world, POD);
        assert_eq!(out, "pod/new created\n");
        for write in writes {
            world.write(write, crate::api::Time::EPOCH).expect("accepted");
        }
        assert_eq!(applied(&world, POD), ("pod/new unchanged\n".into(), String::new(), Vec::new()));
        let (out, _, writes) = applied(&world, &POD.replace("a:1", "a:2"));
        assert_eq!((out.as_str(), writes.len()), ("pod/new configured\n", 1));
    }

    #[test]
    fn what_is_wrong_with_a_text_is_told_as_kubectl_does_and_the_rest_is_applied() {
        let world = cluster();
        let unknown = POD.replace("spec:", "spec:\n  hostnetwork: true");
        for (text, out, err) in [
            ("", "", "error: no objects passed to apply\n"),
            (
                "a: 1",
                "",
                "error: unable to decode \"manifest.yaml\": Object 'Kind' is missing in '{\"a\":1}'\n",
            ),
            (
                unknown.as_str(),
                "",
                "Error from server (BadRequest): error when creating \"manifest.yaml\": Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.hostnetwork\"\n",
            ),
            (
                "apiVersion: apps/v1\nkind: Daemonset\nmetadata: {name: x}",
                "",
                "error: resource mapping not found for name: \"x\" namespace: \"\" from \"manifest.yaml\": no matches for kind \"Daemonset\" in version \"apps/v1\"\nensure CRDs are installed first\n",
            ),
            (
                &POD.replace("name: c,", "name: C,"),
                "",
                "The Pod \"new\" is invalid: spec.containers[0].name: Invalid value: \"C\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')\n",
            ),
        ] {
            let told = applied(&world, text);
            assert_eq!((told.0.as_str(), told.1.as_str()), (out, err), "{text}");
        }
        let (out, err, writes) = applied(&world, &format!("{unknown}---\n{POD}"));
        assert_eq!((out.as_str(), writes.len()), ("pod/new created\n", 1), "{err}");
    }

    #[test]
    fn a_here_document_is_applied_from_standard_input() {
        let answer = answer(&cluster(), &format!("kubectl apply -f - <<EOF\n{POD}EOF\n"));
        assert_eq!((answer.out.as_str(), answer.code), ("pod/new created\n", 0));
    }
}
