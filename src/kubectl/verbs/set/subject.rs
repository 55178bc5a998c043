//! `kubectl set subject`. Upstream: `kubectl/pkg/cmd/set/set_subject.go`.

use super::{LOCAL, Work, check_local, objects, send};
use crate::api::sort;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::{DRY_RUN, Env, Verb, dry_run, select, source};
use serde_json::{Value, json};

/// The verb.
pub const SUBJECT: Verb = Verb {
    name: "set subject",
    flags: changing![
        Flag::long("user", Takes::List),
        Flag::long("group", Takes::List),
        Flag::long("serviceaccount", Takes::List)
    ],
    run,
};

/// Namespace and name of a service account (`namespace:name`).
///
/// # Errors
/// It has no such form.
fn account(text: &str) -> Result<(&str, &str), Failure> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [namespace, name] if !name.is_empty() => Ok((namespace, name)),
        _ => Err(Failure::own("serviceaccount must be <namespace>:<name>")),
    }
}

/// The subjects that `--user`, `--group` and `--serviceaccount` name; an account without a namespace is in the one that
/// is given for it.
///
/// # Errors
/// An account has no such form, or no namespace.
pub fn subjects(
    names: &dyn Fn(&str) -> Vec<String>,
    namespace_of: impl Fn(&str) -> Result<String, Failure>,
) -> Result<Vec<Value>, Failure> {
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        let named = names(flag).into_iter();
        let group = "rbac.authorization.k8s.io";
        subjects.extend(named.map(|name| json!({ "apiGroup": group, "kind": kind, "name": name })));
    }
    for text in names("serviceaccount") {
        let (namespace, name) = account(&text)?;
        let namespace = if namespace.is_empty() { namespace_of(name)? } else { namespace.to_owned() };
        subjects.push(json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace }));
    }
    Ok(subjects)
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let found = objects(env, args, &args.positional)?;
    check_local(args, dry_run)?;
    let flags = ["user", "group", "serviceaccount"];
    if flags.iter().all(|flag| args.texts(flag).is_empty()) {
        return Err(Failure::own("you must specify at least one value of user, group or serviceaccount"));
    }
    let names = |flag: &str| sort::set(args.texts(flag)).into_iter().cloned().collect();
    let is_of_cluster = found.iter().any(|target| target.key.kind.name() == "ClusterRoleBinding");
    let subjects = subjects(&names, |_| match is_of_cluster {
        true => Err(Failure::own("serviceaccount must be <namespace>:<name>, namespace must be specified")),
        false => Ok(args.namespace().0.to_owned()),
    })?;
    let work = Work {
        deed: "subjects updated",
        refused: "failed to patch subjects to rolebinding: ",
        skips_unchanged: true,
        dry_run,
    };
    let mut failures = Vec::new();
    for target in &found {
        let Ok(object) = &target.object else { continue };
        if !["RoleBinding", "ClusterRoleBinding"].contains(&target.key.kind.name()) {
            failures.push(Failure::own(format!(
                "error: {} setting subjects is only supported for RoleBinding/ClusterRoleBinding\n",
                target.plural_name()
            )));
            continue;
        }
        let mut value = object.to_json();
        let mut all = value["subjects"].as_array().cloned().unwrap_or_default();
        let new: Vec<Value> = subjects.iter().filter(|subject| !all.contains(subject)).cloned().collect();
        all.extend(new);
        value["subjects"] = all.into();
        failures.extend(send(env, args, object, value, &work).err());
    }
    Failure::of(failures)
}
