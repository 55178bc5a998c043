//! `kubectl rollout status`. It follows until the rollout is done. Upstream: `rollout/rollout_status.go`,
//! `polymorphichelpers/rollout_status.go`.

use super::targets;
use crate::api::{DaemonSet, Object};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::select;
use crate::kubectl::{Env, Verb};

/// The verb.
pub const STATUS: Verb = Verb {
    name: "rollout status",
    flags: &[
        select::SELECTOR,
        select::FILENAME,
        select::RECURSIVE,
        Flag::short("watch", 'w', Takes::Switch),
        Flag::long("revision", Takes::Number),
        Flag::long("timeout", Takes::Duration),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let revision = args.number("revision").unwrap_or(0);
    if revision < 0 && !args.positional.is_empty() {
        return Err(Failure::own(format!("revision must be a positive integer: {revision}")));
    }
    let mut found = targets(env, args)?;
    let mut waits = false;
    if let Some(again) = env.again {
        let limit = args.millis("timeout").filter(|limit| *limit > 0);
        if limit.is_some_and(|limit| env.now.since(again.since).0 > limit) {
            return Err(Failure::own("timed out waiting for the condition"));
        }
        if again.changes.iter().any(|change| change.after.is_none() && found.is_about(&change.key)) {
            return Err(Failure::own("object has been deleted"));
        }
        found.targets.retain(|target| again.changes.iter().any(|change| change.key == target.key));
        waits = found.targets.is_empty();
    }
    select::each(env, &found.targets, |env, target, object| {
        let Object::DaemonSet(set) = object else {
            let kind = target.key.kind.name();
            return Err(Failure::own(format!("no status viewer has been implemented for {kind}")));
        };
        let (told, is_done) = status(set)?;
        env.say(&told);
        waits |= !is_done;
        // As if the time were over: it is not waited for here.
        let is_limited = args.millis("timeout").is_some_and(|limit| limit > 0);
        match is_done || !is_limited {
            true => Ok(()),
            false => Err(Failure::own("timed out waiting for the condition")),
        }
    })?;
    env.follows = waits && args.text("watch") != Some("false");
    if found.targets.is_empty() && env.again.is_none() {
        env.err += &format!("No resources found in {} namespace.\n", args.namespace().0);
    }
    Ok(())
}

/// How far a rollout is, and whether it is done.
///
/// # Errors
/// The update strategy knows no rollout.
pub fn status(set: &DaemonSet) -> Result<(String, bool), Failure> {
    if set.spec.update_strategy.type_ != "RollingUpdate" {
        return Err(Failure::own("rollout status is only available for RollingUpdate strategy type"));
    }
    let (name, is) = (set.metadata.name.as_str(), &set.status);
    if set.metadata.generation > is.observed_generation {
        return Ok(("Waiting for daemon set spec update to be observed...".into(), false));
    }
    let wanted = is.desired_number_scheduled;
    if is.updated_number_scheduled < wanted {
        let updated = is.updated_number_scheduled;
        let told = format!(
            "Waiting for daemon set {name:?} rollout to finish: {updated} out of {wanted} new pods have been updated..."
        );
        return Ok((told, false));
    }
    if is.number_available < wanted {
        let available = is.number_available;
        let told = format!(
            "Waiting for daemon set {name:?} rollout to finish: {available} of {wanted} updated pods are available..."
        );
        return Ok((told, false));
    }
    Ok((format!("daemon set {name:?} successfully rolled out"), true))
}
