//! `kubectl delete`. Upstream: `kubectl/pkg/cmd/delete/{delete,delete_flags}.go`.

use super::get::raw;
use crate::api::Millis;
use crate::cluster::{ApiError, Propagation};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes, bool_of};
use crate::kubectl::print::name;
use crate::kubectl::select::{self, Query};
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, dry_run};

/// The verb.
pub const VERB: Verb = Verb {
    name: "delete",
    flags: &[
        DRY_RUN,
        crate::kubectl::print::object::OUTPUT,
        select::SELECTOR,
        select::FIELD_SELECTOR,
        select::ALL,
        select::ALL_NAMESPACES,
        select::FILENAME,
        select::RECURSIVE,
        Flag::long("cascade", Takes::TextOr("background")),
        Flag::long("grace-period", Takes::Number),
        Flag::long("force", Takes::Switch),
        Flag::long("now", Takes::Switch),
        Flag::long("ignore-not-found", Takes::Switch),
        Flag::long("timeout", Takes::Duration),
        Flag::long("wait", Takes::Switch),
        Flag::short("interactive", 'i', Takes::Switch),
        Flag::long("raw", Takes::Text),
    ],
    run,
};

/// How the objects are deleted.
struct Options {
    propagation: Propagation,
    /// Seconds; none = as the object says.
    grace: Option<i64>,
    dry_run: DryRun,
    is_name_only: bool,
    /// Whether it ends when the objects are gone.
    waits: bool,
}

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if let Some(path) = args.text("raw").filter(|path| !path.is_empty()) {
        return raw::delete(env, args, path);
    }
    let propagation = cascade(env, args)?;
    let (grace, force) = grace(args)?;
    let options = Options {
        propagation,
        grace,
        dry_run: dry_run(args)?,
        is_name_only: args.text("output") == Some("name"),
        waits: !args.has("wait") || args.is_on("wait"),
    };
    let is_all = args.is_on("all");
    let query = Query::of(args, &args.positional);
    let is_chosen = is_all || query.selector.is_some() || query.fields.is_some();
    let ignore = args.is_on("ignore-not-found") || (is_chosen && !args.has("ignore-not-found"));
    let found = select::find(env, &Query { is_latest: false, ..query.with_all(is_all) })?;
    let refusal = match args.text("output") {
        Some(other) if !["", "name"].contains(&other) => {
            format!("unexpected -o output mode: {other}. We only support '-o name'")
        }
        _ if force && grace.is_some_and(|seconds| seconds > 0) => {
            "--force and --grace-period greater than 0 cannot be specified together".into()
        }
        _ => String::new(),
    };
    if !refusal.is_empty() {
        return Err(Failure::own(refusal));
    }
    if force && grace == Some(0) {
        env.warn("Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.");
    }
    if args.is_on("interactive") && !found.targets.is_empty() {
        // It is looked at what would go before anything is asked.
        Failure::of(found.unread())?;
        if !is_confirmed(env, &found) {
            return Ok(());
        }
    }
    let mut warns_of_cluster = args.namespace().1 && !args.is_on("all-namespaces");
    let (mut count, mut failures) = (0, Vec::new());
    for target in &found.targets {
        if let Some(failure) = target.why_unread() {
            failures.push(failure.clone());
            continue;
        }
        // The objects are not fetched before: the API server says of each whether it is there.
        count += 1;
        if warns_of_cluster && target.key.namespace.is_empty() {
            env.warn("deleting cluster-scoped resources, not scoped to the provided namespace");
            warns_of_cluster = false;
        }
        let outcome = match &target.file {
            Some(file) => match select::unnameable(&target.key.name) {
                Some(why) => Err(Failure::own(format!("error when deleting {file:?}: {why}"))),
                None => one(env, target, &options),
            },
            None => one(env, target, &options),
        };
        failures.extend(outcome.err().filter(|failure| !(ignore && is_not_found(failure))));
    }
    if !failures.is_empty() {
        // It ends with the error.
        env.awaits_gone.keys.clear();
    }
    Failure::of(failures)?;
    env.awaits_gone.timeout = args.millis("timeout").filter(|limit| *limit > 0).map(Millis);
    if count == 0 {
        env.say("No resources found");
    }
    Ok(())
}

/// `-i`: asks whether the objects are to go; the answer is the standard input.
fn is_confirmed(env: &mut Env, found: &select::Found) -> bool {
    env.say(&format!("You are about to delete the following {} resource(s):", found.targets.len()));
    for target in &found.targets {
        env.say(&name::name(&target.key));
    }
    env.out += "Do you want to continue? (y/N): ";
    let answer = env.stdin.take().unwrap_or_default();
    let is_confirmed = answer.lines().next().is_some_and(|line| line.trim().eq_ignore_ascii_case("y"));
    if !is_confirmed {
        env.say("deletion is cancelled");
    }
    is_confirmed
}

fn is_not_found(failure: &Failure) -> bool {
    matches!(failure, Failure::Api(ApiError::NotFound(_), _))
}

fn one(env: &mut Env, target: &select::Target, options: &Options) -> Result<(), Failure> {
    if options.dry_run != DryRun::Client {
        let deleted = env.client.delete(&target.key, options.grace, options.propagation, options.dry_run);
        deleted.map_err(|error| match &target.file {
            Some(file) => Failure::of_file(error, "deleting", file),
            None => Failure::from(error),
        })?;
        if options.waits && options.dry_run == DryRun::None {
            env.awaits_gone.keys.push(target.key.clone());
        }
    }
    let name = name::name(&target.key);
    if options.is_name_only {
        env.say(&name);
        return Ok(());
    }
    let kind = name.split('/').next().unwrap_or_default();
    let force = if options.grace == Some(0) { "force " } else { "" };
    let from = match &*target.key.namespace {
        "" => String::new(),
        namespace => format!(" from {namespace} namespace"),
    };
    let suffix = name::suffix(options.dry_run);
    env.say(&format!("{kind} \"{}\" {force}deleted{from}{suffix}", target.key.name));
    Ok(())
}

/// `--cascade`; the old forms with a boolean are understood (`parseCascadingFlag`).
///
/// # Errors
/// It is no way to delete.
pub(super) fn cascade(env: &mut Env, args: &Args) -> Result<Propagation, Failure> {
    let text = args.text("cascade").unwrap_or("background");
    let (propagation, name) = match (text, bool_of(text)) {
        ("orphan", _) => return Ok(Propagation::Orphan),
        ("foreground", _) => return Ok(Propagation::Foreground),
        ("background", _) => return Ok(Propagation::Background),
        (_, Some(true)) => (Propagation::Background, "background"),
        (_, Some(false)) => (Propagation::Orphan, "orphan"),
        (other, None) => {
            return Err(Failure::own(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    };
    env.complain(&format!(
        "warning: --cascade={text} is deprecated (boolean value) and can be replaced with --cascade={name}.\n"
    ));
    Ok(propagation)
}

/// Seconds of grace, and whether the deletion is forced.
fn grace(args: &Args) -> Result<(Option<i64>, bool), Failure> {
    let force = args.is_on("force");
    let mut seconds = args.number("grace-period").unwrap_or(-1);
    if args.is_on("now") {
        if seconds != -1 {
            return Err(Failure::own("--now and --grace-period cannot be specified together"));
        }
        seconds = 1;
    }
    // Without --force a pod keeps at least a second.
    if seconds == 0 && !force {
        seconds = 1;
    }
    if force && seconds < 0 {
        seconds = 0;
    }
    Ok(((seconds >= 0).then_some(seconds), force))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Write;
    use crate::kubectl::given::{answer, answer_with, cluster};

    #[test]
    fn cascade_and_grace_reach_the_api_server() {
        let world = cluster();
        for (line, grace, propagation) in [
            ("kubectl delete pod p", None, Propagation::Background),
            ("kubectl delete pod p --cascade=foreground", None, Propagation::Foreground),
            ("kubectl delete pod p --cascade=orphan --grace-period=5", Some(5), Propagation::Orphan),
            ("kubectl delete pod p --now", Some(1), Propagation::Background),
            ("kubectl delete pod p --grace-period=0", Some(1), Propagation::Background),
            ("kubectl delete pod p --force", Some(0), Propagation::Background),
        ] {
            let writes = answer(&world, line).writes;
            let [Write::Delete { grace_seconds, propagation: told, .. }] = writes.as_slice() else {
                panic!("{line}: {writes:?}")
            };
            assert_eq!((*grace_seconds, *told), (grace, propagation), "{line}");
        }
    }

    #[test]
    fn what_is_deleted_is_told_with_its_namespace() {
        let world = cluster();
        for (line, out, err) in [
            ("kubectl delete ds agent", "daemonset.apps \"agent\" deleted from default namespace\n", ""),
            ("kubectl delete no a b", "node \"a\" deleted\nnode \"b\" deleted\n", ""),
            ("kubectl delete pods -l app=nope", "No resources found\n", ""),
            ("kubectl delete pods -l app=agent -o name", "pod/p\n", ""),
            ("kubectl delete pod q", "", "Error from server (NotFound): pods \"q\" not found\n"),
            ("kubectl delete pod q --ignore-not-found", "", ""),
            ("kubectl delete pod", "", "error: resource(s) were provided, but no name was specified\n"),
            (
                "kubectl delete pod p --cascade=all",
                "",
                "error: invalid cascade value (all). Must be \"background\", \"foreground\", or \"orphan\"\n",
            ),
        ] {
            let answer = answer(&world, line);
            assert_eq!((answer.out.as_str(), answer.err.as_str()), (out, err), "{line}");
        }
    }

    #[test]
    fn what_a_text_names_is_deleted_and_errors_name_the_text() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: q}\n";
        let answer = answer_with(&cluster(), "kubectl delete -f pods.yaml", &[("pods.yaml", text)]);
        assert_eq!(answer.out, "pod \"p\" deleted from default namespace\n");
        assert_eq!(
            answer.err,
            "Error from server (NotFound): error when deleting \"pods.yaml\": pods \"q\" not found\n"
        );
    }
}
