//! `kubectl replace`. Upstream: `kubectl/pkg/cmd/replace/replace.go`.

use super::create::{annotate, saved};
use crate::api::Kind;
use crate::cluster::{ApiError, Propagation};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::{name, object};
use crate::kubectl::select;
use crate::kubectl::source::{self, Source, Unknown};
use crate::kubectl::{DRY_RUN, Deed, DryRun, Env, Verb, dry_run};

/// The verb.
pub const VERB: Verb = Verb {
    name: "replace",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::FILENAME,
        source::VALIDATE,
        source::FIELD_MANAGER,
        source::SAVE_CONFIG,
        Flag::long("force", Takes::Switch),
        Flag::long("grace-period", Takes::Number),
        Flag::long("cascade", Takes::TextOr("background")),
        Flag::long("timeout", Takes::Duration),
        Flag::long("wait", Takes::Switch),
        Flag::long("raw", Takes::Text),
        Flag::long("subresource", Takes::Text),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let unknown = source::unknown(args)?;
    let dry_run = dry_run(args)?;
    super::delete::cascade(env, args)?;
    source::required(args)?;
    let force = args.is_on("force");
    // None at all is as good as a second, and is waited for.
    let grace = args.number("grace-period").map_or(-1, |seconds| if seconds == 0 { 1 } else { seconds });
    let refusal = if grace >= 0 && !force {
        "--grace-period must have --force specified"
    } else if args.millis("timeout").unwrap_or(0) != 0 && !force {
        "--timeout must have --force specified"
    } else if force && dry_run != DryRun::None {
        "--dry-run can not be used when --force is set"
    } else if args.has("raw") || args.has("subresource") {
        "--raw and --subresource are not part of this playground"
    } else {
        ""
    };
    if !refusal.is_empty() {
        return Err(Failure::own(refusal));
    }
    let (documents, mut failures) = source::all(env, args, unknown != Unknown::Ignore)?;
    if force {
        return forced(env, args, &documents, failures, unknown, grace);
    }
    for document in &documents {
        failures.extend(one(env, args, document, unknown, dry_run).err());
    }
    Failure::of(failures)
}

fn one(
    env: &mut Env,
    args: &Args,
    document: &Source,
    unknown: Unknown,
    dry_run: DryRun,
) -> Result<(), Failure> {
    let saved = saved(args, &document.value);
    if dry_run == DryRun::Client {
        env.client.note(&document.key, Deed::Configured);
        return object::as_it_is(env, args, &document.key, &|| saved.clone(), "replaced", dry_run);
    }
    if let Some(why) = select::unnameable(&document.key.name) {
        return Err(Failure::own(format!("error when replacing {:?}: {why}", document.source)));
    }
    let failed = |error| Failure::of_file(error, "replacing", &document.source);
    let mut object = document.object(env, unknown).map_err(failed)?;
    annotate(&mut object, &saved);
    let live = match env.client.get(&document.key) {
        Err(ApiError::NotFound(_)) if is_made(&document.key.kind) => {
            let created = env.create(object, dry_run).map_err(failed)?;
            return object::done(env, args, &created, "replaced", dry_run);
        }
        live => live.map_err(failed)?,
    };
    let version = &object.metadata().resource_version;
    if !version.is_empty() && *version != live.metadata().resource_version {
        return Err(failed(ApiError::Conflict(document.key.clone())));
    }
    let replaced = env.update(object, dry_run).map_err(failed)?;
    object::done(env, args, &replaced, "replaced", dry_run)
}

/// Whether what is not there is made where it is to be replaced (`AllowCreateOnUpdate` in `pkg/registry/*/strategy.go`).
fn is_made(kind: &Kind) -> bool {
    match kind.group() {
        "" => ["Service", "LimitRange", "Endpoints", "Event"].contains(&kind.name()),
        "coordination.k8s.io" => kind.name() == "Lease",
        "node.k8s.io" => kind.name() == "RuntimeClass",
        group => group == "rbac.authorization.k8s.io",
    }
}

/// `--force`: the objects are deleted and created anew.
fn forced(
    env: &mut Env,
    args: &Args,
    documents: &[Source],
    failures: Vec<Failure>,
    unknown: Unknown,
    grace: i64,
) -> Result<(), Failure> {
    Failure::of(failures)?;
    let grace = (grace >= 0).then_some(grace);
    let mut failures = Vec::new();
    for document in documents {
        match env.client.delete(&document.key, grace, Propagation::Background, DryRun::None) {
            Ok(()) => {
                let name = name::name(&document.key);
                let kind = name.split('/').next().unwrap_or_default();
                let from = match &*document.key.namespace {
                    "" => String::new(),
                    namespace => format!(" from {namespace} namespace"),
                };
                env.say(&format!("{kind} \"{}\" deleted{from}", document.key.name));
            }
            Err(ApiError::NotFound(_)) => {}
            Err(error) => failures.push(Failure::of_file(error, "deleting", &document.source)),
        }
    }
    Failure::of(failures)?;
    let mut failures = Vec::new();
    for document in documents {
        let saved = saved(args, &document.value);
        let created = document.object(env, unknown).and_then(|mut object| {
            annotate(&mut object, &saved);
            env.create(object, DryRun::None)
        });
        match created {
            Ok(created) => object::done(env, args, &created, "replaced", DryRun::None)?,
            Err(error) => failures.push(error.into()),
        }
    }
    Failure::of(failures)?;
    if documents.is_empty() {
        return Err(Failure::own("no objects passed to replace"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer_with, cluster};

    #[test]
    fn what_is_there_is_replaced_and_forced_anew() {
        let world = cluster();
        let text = "apiVersion: v1\nkind: Node\nmetadata: {name: a, labels: {x: z}}\n";
        let files = [("a.yaml", text), ("z.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: z}\n")];
        for (line, out, err, writes) in [
            ("-f a.yaml", "node/a replaced\n", "", 1),
            ("-f a.yaml --dry-run=client", "node/a replaced (dry run)\n", "", 0),
            (
                "-f z.yaml",
                "",
                "Error from server (NotFound): error when replacing \"z.yaml\": nodes \"z\" not found\n",
                0,
            ),
            ("-f a.yaml --grace-period=1", "", "error: --grace-period must have --force specified\n", 0),
            ("-f a.yaml --force", "node \"a\" deleted\nnode/a replaced\n", "", 2),
            ("", "", "error: must specify one of -f and -k\n", 0),
        ] {
            let answer = answer_with(&world, &format!("kubectl replace {line}"), &files);
            let told = (answer.out.as_str(), answer.err.as_str(), answer.writes.len());
            assert_eq!(told, (out, err, writes), "{line}");
        }
    }
}
