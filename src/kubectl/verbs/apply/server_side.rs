//! `kubectl apply --server-side`. Upstream: `kubectl/pkg/cmd/apply/apply.go`,
//! `apimachinery/pkg/util/managedfields/internal/{conflict,lastappliedmanager,structuredmerge}.go`,
//! `structured-merge-diff/v6/merge/update.go`.
//!
//! Who manages which fields is kept for those who apply on the server; of other managers what an object brings along
//! counts.

use super::{joined, named, say_what_is_nothing, set_kubelet, warn_if_deleted};
use crate::api::merge::{LAST_APPLIED, last_applied};
use crate::api::{Kind, Object};
use crate::cluster::ApiError;
use crate::kubectl::client::decode;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::print::object;
use crate::kubectl::select::unnameable;
use crate::kubectl::source::{Source, Unknown};
use crate::kubectl::verbs::patch::unconverted;
use crate::kubectl::{Deed, DryRun, Env};
use crate::manifest::typed::{
    self, FieldPath, applied, fields_of, path_text, read_fields, undeclared, value_at, written_fields,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The manager if none is named.
const MANAGER: &str = "kubectl";

const ADVICE: &str = "Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// What an object has in `metadata.managedFields`.
fn managers(object: &Value) -> Vec<Value> {
    object.pointer("/metadata/managedFields").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn is_manager(entry: &Value, manager: &str) -> bool {
    entry["manager"] == manager && entry["operation"] == "Apply"
}

/// Applies an object.
///
/// # Errors
/// It has no name, or the API server refuses it.
pub(super) fn one(env: &mut Env, args: &Args, document: &Source, dry_run: DryRun) -> Result<(), Failure> {
    let is_generated = document.value.pointer("/metadata/generateName").is_some();
    if let Some(why) = unnameable(&document.key.name).filter(|_| !is_generated) {
        return Err(Failure::Own(why));
    }
    named(document)?;
    let applied = apply(env, args, document, dry_run, args.is_on("force-conflicts"))?;
    warn_if_deleted(env, &applied);
    object::done(env, args, &applied, "serverside-applied", dry_run)
}

/// Sends an object to be applied. Gives it as it then is.
///
/// # Errors
/// Others manage fields that would change, or the API server refuses the object.
pub fn apply(
    env: &mut Env,
    args: &Args,
    document: &Source,
    dry_run: DryRun,
    force: bool,
) -> Result<Object, Failure> {
    let kind = &document.key.kind;
    let manager = args.text("field-manager").filter(|name| !name.is_empty()).unwrap_or(MANAGER);
    if !managers(&document.value).is_empty() {
        return Err(ApiError::BadRequest("metadata.managedFields must be nil".into()).into());
    }
    let errors = undeclared(kind, &document.value);
    if !errors.is_empty() {
        let told =
            if errors.len() == 1 { errors.concat() } else { format!("errors:\n  {}", errors.join("\n  ")) };
        let key = &document.key;
        let namespace = if key.namespace.is_empty() { "" } else { key.namespace.as_str() };
        return Err(Failure::Status(
            None,
            format!(
                "failed to create typed patch object ({namespace}/{}; {}, Kind={}): {told}",
                key.name,
                version_of(kind),
                kind.name()
            ),
        ));
    }
    // What is meant has the types of the kind's fields; what is written says which are set.
    let written = &document.value;
    let object = document.object(env, Unknown::Ignore).map_err(|error| unconvertible(document, error))?;
    let mut meant = object.to_json();
    say_what_is_nothing(&mut meant, written, &|value| *value == json!([]));
    let set = fields_of(kind, written);
    let Ok(live) = env.client.get(&document.key) else {
        let mut new = meant;
        let entry = entry(document, manager, &set, env);
        new["metadata"]["managedFields"] = json!([entry]);
        let object = joined(decode(new)?, env.now);
        if dry_run == DryRun::None {
            set_kubelet(&mut env.client, &object)?;
        }
        return Ok(env.create(object, dry_run)?);
    };
    let before = live.to_json();
    let entries = managers(&before);
    let mut conflicts: BTreeMap<String, Vec<FieldPath>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !is_manager(entry, manager)) {
        let theirs = read_fields(&entry["fieldsV1"]);
        let differs = |path: &&FieldPath| {
            let (new, old) = (value_at(&meant, path), value_at(&before, path));
            new.is_some() && new != old && !has_inner(&set, path)
        };
        let paths: Vec<FieldPath> = theirs.intersection(&set).filter(differs).cloned().collect();
        if !paths.is_empty() {
            conflicts.entry(told_manager(entry)).or_default().extend(paths);
        }
    }
    let mut force = force;
    if manager == MANAGER {
        // What was applied by the client and still is so was applied by the same person.
        let last = last_applied(&before);
        let ours = fields_of(kind, &last);
        let is_ours =
            |path: &FieldPath| ours.contains(path) && value_at(&last, path) == value_at(&before, path);
        conflicts.values_mut().for_each(|paths| paths.retain(|path| !is_ours(path)));
        conflicts.retain(|_, paths| !paths.is_empty());
        force |= conflicts.is_empty();
    }
    if !force && !conflicts.is_empty() {
        return Err(Failure::own(format!("{}\n{ADVICE}", told(&conflicts))));
    }
    let mut new = applied(kind, &before, &meant);
    let ours = entries.iter().find(|entry| is_manager(entry, manager));
    let gone = ours.map(|entry| read_fields(&entry["fieldsV1"])).unwrap_or_default();
    let is_of_others = |path: &FieldPath| {
        let others = entries.iter().filter(|entry| !is_manager(entry, manager));
        others.map(|entry| read_fields(&entry["fieldsV1"])).any(|theirs| theirs.contains(path))
    };
    for path in gone.iter().filter(|path| !set.contains(*path) && !is_of_others(path)) {
        typed::remove(&mut new, path);
    }
    new["metadata"]["managedFields"] = kept(&entries, manager, &meant, &before, &set)
        .into_iter()
        .chain([entry(document, manager, &set, env)])
        .collect();
    if live.metadata().annotations.contains_key(LAST_APPLIED) {
        if manager == MANAGER {
            new["metadata"]["annotations"][LAST_APPLIED] = last_text(written).into();
        } else if dry_run == DryRun::None {
            // What the client applied becomes this manager's (`migrateToSSAIfNecessary`), and what it does not apply goes.
            let mut last = fields_of(kind, &last_applied(&before));
            // Of the metadata only labels and annotations are anybody's.
            last.retain(|path| path.len() > 2 || path.first().is_none_or(|first| first != "f:metadata"));
            for path in last.iter().filter(|path| !has_inner(&last, path)) {
                if !set.contains(path) && !is_of_others(path) {
                    typed::remove(&mut new, path);
                }
            }
            if let Some(annotations) = new["metadata"]["annotations"].as_object_mut() {
                annotations.remove(LAST_APPLIED);
            }
        }
    }
    let updated = env.update(decode(new)?, dry_run)?;
    if env.client.done().last().is_none() {
        env.client.note(&document.key, Deed::Unchanged);
    }
    Ok(updated)
}

/// Group and version: of the core `/v1`.
fn version_of(kind: &Kind) -> String {
    let slash = if kind.group().is_empty() { "/" } else { "" };
    format!("{slash}{}", kind.api_version())
}

/// The API server cannot make an object of the kind of it.
fn unconvertible(document: &Source, error: ApiError) -> Failure {
    let (key, version) = (&document.key, version_of(&document.key.kind));
    let kind = key.kind.name();
    let why = match &error {
        ApiError::BadRequest(why) => why.split_once(&format!(" cannot be handled as a {kind}: ")),
        _ => None,
    };
    let Some((_, why)) = why else { return error.into() };
    let about = format!("{}/{}; {version}, Kind={kind}", key.namespace, key.name);
    let why = unconverted(why);
    Failure::Status(
        None,
        format!(
            "failed to convert new object ({about}) to proper version: unable to convert unstructured object to {version}, Kind={kind}: {why}"
        ),
    )
}

/// Whether a field holds others that are set: then only these count.
fn has_inner(set: &BTreeSet<FieldPath>, path: &FieldPath) -> bool {
    set.iter().any(|other| other.len() > path.len() && other.starts_with(path))
}

/// What the others manage afterwards: a field that gets another value is not theirs any more.
fn kept(
    entries: &[Value],
    manager: &str,
    meant: &Value,
    before: &Value,
    set: &BTreeSet<FieldPath>,
) -> Vec<Value> {
    let mut kept = Vec::new();
    for entry in entries.iter().filter(|entry| !is_manager(entry, manager)) {
        let mut theirs = read_fields(&entry["fieldsV1"]);
        let size = theirs.len();
        theirs.retain(|path| {
            !set.contains(path) || has_inner(set, path) || value_at(meant, path) == value_at(before, path)
        });
        let mut entry = entry.clone();
        if theirs.len() != size {
            entry["fieldsV1"] = written_fields(&theirs);
        }
        if !theirs.is_empty() {
            kept.push(entry);
        }
    }
    kept
}

fn entry(document: &Source, manager: &str, set: &BTreeSet<FieldPath>, env: &Env) -> Value {
    json!({
        "manager": manager,
        "operation": "Apply",
        "apiVersion": document.key.kind.api_version(),
        "time": env.now.to_string(),
        "fieldsType": "FieldsV1",
        "fieldsV1": written_fields(set),
    })
}

/// What the API server keeps of a manifest in the annotation of client-side apply.
fn last_text(written: &Value) -> String {
    let mut text = written.clone();
    if let Some(annotations) = text.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
    text.to_string() + "\n"
}

/// `"kubectl-set" using apps/v1`.
fn told_manager(entry: &Value) -> String {
    let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    let mut told = format!("{:?}", text("manager"));
    if !text("subresource").is_empty() {
        told += &format!(" with subresource {:?}", text("subresource"));
    }
    if text("operation") == "Update" {
        told += &format!(" using {}", text("apiVersion"));
    }
    told
}

fn told(conflicts: &BTreeMap<String, Vec<FieldPath>>) -> String {
    let count: usize = conflicts.values().map(Vec::len).sum();
    if let (1, Some((manager, paths))) = (count, conflicts.first_key_value()) {
        let path: String = paths.iter().map(|path| path_text(path)).collect();
        return format!("Apply failed with 1 conflict: conflict with {manager}: {path}");
    }
    let mut lines = Vec::new();
    for (manager, paths) in conflicts {
        lines.push(format!("conflicts with {manager}:"));
        lines.extend(paths.iter().map(|path| format!("- {}", path_text(path))));
    }
    format!("Apply failed with {count} conflicts: {}", lines.join("\n"))
}
