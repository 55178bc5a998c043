//! `kubectl set`: changes of pod templates, and of a Service's selector. Upstream: `kubectl/pkg/cmd/set`,
//! `kubectl/pkg/polymorphichelpers/updatepodspec.go`.

/// The flags of every verb that changes pods or their templates, and those of its own.
macro_rules! changing {
    ($($own:expr),*) => {
        &[DRY_RUN, object::OUTPUT, select::SELECTOR, select::ALL, select::FILENAME, source::FIELD_MANAGER, LOCAL, $($own),*]
    };
}

mod env;
mod image;
mod resources;
mod selector;
mod subject;

pub use env::ENV;
pub use image::IMAGE;
pub use resources::{RESOURCES, amounts};
pub use selector::{SELECTOR, SERVICE_ACCOUNT};
pub use subject::{SUBJECT, subjects};

use crate::api::{Object, sort};
use crate::cluster::ApiError;
use crate::kubectl::client::decode;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query, Target};
use crate::kubectl::{DryRun, Env};
use serde_json::Value;

/// `--local`.
const LOCAL: Flag = Flag::long("local", Takes::Switch);

/// `--local` asks nobody.
fn check_local(args: &Args, dry_run: DryRun) -> Result<(), Failure> {
    if args.is_on("local") && dry_run == DryRun::Server {
        let why = "cannot specify --local and --dry-run=server - did you mean --dry-run=client?";
        return Err(Failure::own(why));
    }
    Ok(())
}

/// The objects that are to be changed; if one is not there, that ends the command.
fn objects(env: &mut Env, args: &Args, words: &[String]) -> Result<Vec<Target>, Failure> {
    let is_local = args.is_on("local");
    let words = if is_local { &[] } else { words };
    let query = Query::of(args, words).with_type_enough(args.is_on("all"));
    let found = select::find(env, &Query { is_latest: !is_local, is_local, ..query })?;
    let failures = found.targets.iter().filter_map(|target| target.object.as_ref().err().cloned());
    Failure::of(failures.collect())?;
    Ok(found.targets)
}

/// Where the kind of object has its pod's spec.
fn pod_spec<'v>(target: &Target, value: &'v mut Value) -> Result<&'v mut Value, Failure> {
    let path = match target.key.kind.name() {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        "DaemonSet" | "Deployment" | "Job" | "ReplicaSet" | "ReplicationController" | "StatefulSet" => {
            "/spec/template/spec"
        }
        kind => {
            let version = target.key.kind.api_version().rsplit('/').next().unwrap_or_default();
            return Err(Failure::own(format!(
                "error: {} the object is not a pod or does not have a pod template: *{version}.{kind}\n",
                target.plural_name()
            )));
        }
    };
    value.pointer_mut(path).ok_or_else(|| Failure::own(format!("{} has no pod template", target.key)))
}

/// The containers of a pod's spec that a pattern with `*` names, the init containers last or first.
fn containers<'v>(spec: &'v mut Value, pattern: &str) -> Vec<&'v mut Value> {
    let mut lists: Vec<(&str, &mut Value)> = spec
        .as_object_mut()
        .into_iter()
        .flatten()
        .filter(|(name, _)| ["containers", "initContainers"].contains(&name.as_str()))
        .map(|(name, list)| (name.as_str(), list))
        .collect();
    sort::by_key(&mut lists, |(name, _)| *name);
    let all = lists.into_iter().filter_map(|(_, list)| list.as_array_mut()).flatten();
    all.filter(|container| is_match(container["name"].as_str().unwrap_or_default(), pattern)).collect()
}

/// Whether a name fits a pattern in which `*` stands for anything (`selectString`).
fn is_match(name: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

/// What a verb does to objects.
struct Work<'w> {
    /// What is printed of it.
    deed: &'w str,
    /// How a refusal begins.
    refused: &'w str,
    /// Objects that would not change are passed over.
    skips_unchanged: bool,
    dry_run: DryRun,
}

/// Changes the pod's spec of each object; those that could be changed come with what they are to be, the others as
/// failures. Nothing is sent yet.
fn changed<'t>(
    found: &'t [Target],
    mut change: impl FnMut(&'t Target, &mut Value) -> Result<(), Failure>,
) -> (Vec<(&'t Object, Value)>, Vec<Failure>) {
    let (mut changed, mut failures) = (Vec::new(), Vec::new());
    for target in found {
        let Ok(object) = &target.object else { continue };
        let mut value = object.to_json();
        match pod_spec(target, &mut value).and_then(|spec| change(target, spec)) {
            Ok(()) => changed.push((object, value)),
            Err(failure) => failures.push(failure),
        }
    }
    (changed, failures)
}

/// Sends all that was changed, and fails with what was not.
fn send_all(
    env: &mut Env,
    args: &Args,
    (changed, mut failures): (Vec<(&Object, Value)>, Vec<Failure>),
    work: &Work,
) -> Result<(), Failure> {
    for (object, value) in changed {
        failures.extend(send(env, args, object, value, work).err());
    }
    Failure::of(failures)
}

/// Sends an object that was changed, or only shows it.
fn send(env: &mut Env, args: &Args, object: &Object, changed: Value, work: &Work) -> Result<(), Failure> {
    if work.skips_unchanged && changed == object.to_json() {
        return Ok(());
    }
    let refused = |error: ApiError| Failure::own(format!("{}{error}", work.refused));
    let mut changed = decode(changed).map_err(refused)?;
    let is_only_shown = args.is_on("local") || work.dry_run == DryRun::Client;
    if !is_only_shown {
        changed = env.update(changed, work.dry_run).map_err(refused)?;
    }
    object::done(env, args, &changed, work.deed, work.dry_run)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn a_template_is_changed_where_something_is_different() {
        let world = cluster();
        for (line, out, err, writes) in [
            ("set image ds/agent agent=agent:2", "daemonset.apps/agent image updated\n", "", 1),
            ("set image ds/agent *=agent:1", "", "", 0),
            ("set image ds agent nope=x:1", "", "error: unable to find container named \"nope\"\n", 0),
            (
                "set image pod/p agent=",
                "",
                "error: failed to patch image update to pod template: Pod \"p\" is invalid: spec.containers[0].image: Required value\n",
                0,
            ),
            ("set env ds/agent A=b", "daemonset.apps/agent env updated\n", "", 1),
            ("set env ds/agent --list", "# DaemonSet agent, container agent\n", "", 0),
            (
                "set resources ds/agent --limits=cpu=1,memory=1Gi",
                "daemonset.apps/agent resource requirements updated\n",
                "",
                1,
            ),
            (
                "set resources ds/agent -c x --limits=cpu=1",
                "",
                "error: unable to find container named x\n",
                0,
            ),
            ("set sa ds/agent robot", "daemonset.apps/agent serviceaccount updated\n", "", 1),
            (
                "set selector ds/agent a=b",
                "",
                "error: setting a selector is only supported for Services\n",
                0,
            ),
            (
                "set subject ds/agent --user=u",
                "",
                "error: daemonsets/agent setting subjects is only supported for RoleBinding/ClusterRoleBinding\n",
                0,
            ),
            (
                "set image ds/agent agent=agent:2 --record",
                "daemonset.apps/agent image updated\n",
                "Flag --record has been deprecated, --record will be removed in the future\n",
                1,
            ),
            (
                "set image node/a x=y",
                "",
                "error: nodes/a the object is not a pod or does not have a pod template: *v1.Node\n",
                0,
            ),
        ] {
            let answer = answer(&world, &format!("kubectl {line}"));
            let told = (answer.out.as_str(), answer.err.as_str(), answer.writes.len());
            assert_eq!(told, (out, err, writes), "{line}");
        }
    }

    #[test]
    fn patterns_name_containers() {
        for (name, pattern, expected) in [
            ("agent", "*", true),
            ("agent", "agent", true),
            ("agent", "a*t", true),
            ("agent", "*gen*", true),
            ("agent", "b*", false),
            ("agent", "*x", false),
        ] {
            assert_eq!(super::is_match(name, pattern), expected, "{name} {pattern}");
        }
    }
}
