//! `kubectl set selector` and `kubectl set serviceaccount`. Upstream:
//! `kubectl/pkg/cmd/set/set_{selector,serviceaccount}.go`.

use super::{LOCAL, Work, check_local, objects, pod_spec, send};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::selector::Selector;
use crate::kubectl::{DRY_RUN, Env, Verb, dry_run, select, source};

/// The verb `set selector`.
pub const SELECTOR: Verb = Verb {
    name: "set selector",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::ALL,
        select::FILENAME,
        source::FIELD_MANAGER,
        LOCAL,
        Flag::long("resource-version", Takes::Text),
    ],
    run: selector,
};

/// The verb `set serviceaccount`.
pub const SERVICE_ACCOUNT: Verb = Verb {
    name: "set serviceaccount",
    flags: &[DRY_RUN, object::OUTPUT, select::ALL, select::FILENAME, source::FIELD_MANAGER, LOCAL],
    run: service_account,
};

fn selector(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let Some((text, resources)) = args.positional.split_last() else {
        return Err(Failure::own("one selector is required"));
    };
    let selector = Selector::parse_for_object(text)?;
    let work = Work { deed: "selector updated", refused: "", skips_unchanged: false, dry_run };
    for target in objects(env, args, resources)? {
        let object = target.object?;
        if object.kind().name() != "Service" {
            return Err(Failure::own("setting a selector is only supported for Services"));
        }
        let mut value = object.to_json();
        value["spec"]["selector"] = selector.labels()?;
        send(env, args, &object, value, &work)?;
    }
    Ok(())
}

fn service_account(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    check_local(args, dry_run)?;
    let Some((name, resources)) = args.positional.split_last() else {
        return Err(Failure::own("serviceaccount is required"));
    };
    let work = Work {
        deed: "serviceaccount updated",
        refused: "failed to patch ServiceAccountName ",
        skips_unchanged: false,
        dry_run,
    };
    let mut failures = Vec::new();
    for target in objects(env, args, resources)? {
        let Ok(object) = &target.object else { continue };
        let mut value = object.to_json();
        let outcome = pod_spec(&target, &mut value).map(|spec| {
            spec["serviceAccountName"] = name.as_str().into();
        });
        failures.extend(outcome.and_then(|()| send(env, args, object, value, &work)).err());
    }
    Failure::of(failures)
}
