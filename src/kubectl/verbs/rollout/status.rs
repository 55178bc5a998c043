//! `kubectl rollout status`. It follows until the rollout is done. Upstream: `rollout/rollout_status.go`,
//! `polymorphichelpers/rollout_status.go`.

use super::{revision_number, targets};
use crate::api::{DaemonSet, Object};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::select;
use crate::kubectl::{Env, Verb};
use serde_json::Value;

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
        let (told, is_done) = match (object, target.key.kind.name()) {
            (Object::DaemonSet(set), _) => status(set)?,
            (_, "Deployment") => deployment(object, revision)?,
            (_, "StatefulSet") => stateful_set(object)?,
            _ => {
                let kind = target.key.kind.qualified_name();
                return Err(Failure::own(format!("no status viewer has been implemented for {kind}")));
            }
        };
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

/// A number of an object, and whether it is there.
fn number(value: &Value, path: &str) -> Option<i64> {
    value.pointer(path).and_then(Value::as_i64)
}

/// How far a Deployment's rollout is (`DeploymentStatusViewer`).
fn deployment(object: &Object, revision: i64) -> Result<(String, bool), Failure> {
    let (value, name) = (object.to_json(), object.metadata().name.as_str());
    if let Some(own) = revision_number(object).filter(|own| revision > 0 && *own != revision) {
        return Err(Failure::own(format!(
            "desired revision ({revision}) is different from the running revision ({own})"
        )));
    }
    let count = |field: &str| number(&value, &format!("/status/{field}")).unwrap_or_default();
    if object.metadata().generation > count("observedGeneration") {
        return Ok(("Waiting for deployment spec update to be observed...".into(), false));
    }
    let conditions = value.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let mut late = conditions.filter(|condition| condition["reason"] == "ProgressDeadlineExceeded");
    if late.any(|condition| condition["type"] == "Progressing") {
        return Err(Failure::own(format!("deployment {name:?} exceeded its progress deadline")));
    }
    let (all, updated, available) = (count("replicas"), count("updatedReplicas"), count("availableReplicas"));
    let wanted = number(&value, "/spec/replicas").unwrap_or(updated);
    let waits = if updated < wanted {
        format!("{updated} out of {wanted} new replicas have been updated...")
    } else if all > updated {
        format!("{} old replicas are pending termination...", all - updated)
    } else if available < updated {
        format!("{available} of {updated} updated replicas are available...")
    } else {
        return Ok((format!("deployment {name:?} successfully rolled out"), true));
    };
    Ok((format!("Waiting for deployment {name:?} rollout to finish: {waits}"), false))
}

/// How far a StatefulSet's rollout is (`StatefulSetStatusViewer`). Nothing moves one here.
fn stateful_set(object: &Object) -> Result<(String, bool), Failure> {
    let value = object.to_json();
    let count = |path: &str| number(&value, path).unwrap_or_default();
    if value.pointer("/spec/updateStrategy/type").is_some_and(|type_| type_ != "RollingUpdate") {
        return Err(Failure::own("rollout status is only available for RollingUpdate strategy type"));
    }
    let observed = count("/status/observedGeneration");
    if observed == 0 || object.metadata().generation > observed {
        return Ok(("Waiting for statefulset spec update to be observed...".into(), false));
    }
    let (wanted, ready) = (count("/spec/replicas"), count("/status/readyReplicas"));
    if ready < wanted {
        return Ok((format!("Waiting for {} pods to be ready...", wanted - ready), false));
    }
    let updated = count("/status/updatedReplicas");
    let partition = count("/spec/updateStrategy/rollingUpdate/partition");
    if updated < wanted - partition {
        let told = format!(
            "Waiting for partitioned roll out to finish: {updated} out of {} new pods have been updated...",
            wanted - partition
        );
        return Ok((told, false));
    }
    Ok((format!("partitioned roll out complete: {updated} new pods have been updated..."), true))
}
