//! `kubectl scale`. Upstream: `kubectl/pkg/cmd/scale/scale.go`, `kubectl/pkg/scale/scale.go`.

use super::patch::{is_scaled, not_served};
use crate::kubectl::client::decode;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query};
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, dry_run};

/// The verb.
pub const VERB: Verb = Verb {
    name: "scale",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::SELECTOR,
        select::ALL,
        select::FILENAME,
        Flag::long("replicas", Takes::Number),
        Flag::long("current-replicas", Takes::Number),
        Flag::long("resource-version", Takes::Text),
        Flag::long("timeout", Takes::Duration),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    args.require(&["replicas"]).map_err(Failure::Own)?;
    let dry_run = dry_run(args)?;
    let size = args.number("replicas").unwrap_or(-1);
    let current = args.number("current-replicas").unwrap_or(-1);
    if size < 0 {
        let why = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0";
        return Err(Failure::own(why));
    }
    if current < -1 {
        return Err(Failure::own("The --current-replicas must specify an integer of -1 or greater"));
    }
    let query = Query::of(args, &args.positional).with_type_enough(args.is_on("all"));
    let found = select::find(env, &query)?;
    let missing: Vec<Failure> =
        found.targets.iter().filter_map(|target| target.object.as_ref().err().cloned()).collect();
    let objects: Vec<_> = found.targets.iter().filter_map(|target| target.object.as_ref().ok()).collect();
    let version = args.text("resource-version").unwrap_or_default();
    if !version.is_empty() && objects.len() > 1 {
        return Err(Failure::own("cannot use --resource-version with multiple resources"));
    }
    if objects.is_empty() {
        Failure::of(missing)?;
        return Err(Failure::own("no objects passed to scale"));
    }
    for object in objects {
        let kind = object.kind();
        let mut value = object.to_json();
        let old = value.pointer("/spec/replicas").and_then(serde_json::Value::as_i64).unwrap_or(1);
        if dry_run == DryRun::Client {
            value["spec"]["replicas"] = size.into();
            object::as_it_is(env, args, &object.key(), &|| value.clone(), "scaled", dry_run)?;
            continue;
        }
        if !is_scaled(&kind) {
            return Err(not_served());
        }
        if current != -1 && old != current {
            return Err(Failure::own(format!("Expected replicas to be {current}, was {old}")));
        }
        let have = &object.metadata().resource_version;
        if !version.is_empty() && have != version {
            return Err(Failure::own(format!("Expected resource version to be {version}, was {have}")));
        }
        value["spec"]["replicas"] = size.into();
        let scaled = env.update(decode(value)?, dry_run)?;
        object::done(env, args, &scaled, "scaled", dry_run)?;
    }
    Failure::of(missing)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn a_daemon_set_has_no_size() {
        for (line, err) in [
            ("ds agent", "error: required flag(s) \"replicas\" not set\n"),
            (
                "ds agent --replicas=0",
                "Error from server (NotFound): the server could not find the requested resource\n",
            ),
            ("ds -l a=b --replicas=1", "error: no objects passed to scale\n"),
            (
                "ds agent --replicas=-1",
                "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0\n",
            ),
        ] {
            let answer = answer(&cluster(), &format!("kubectl scale {line}"));
            assert_eq!((answer.err.as_str(), answer.code, answer.writes.len()), (err, 1, 0), "{line}");
        }
    }
}
