//! `kubectl rollout status`. It follows until the rollout is done. Upstream: `rollout/rollout_status.go`,
//! `polymorphichelpers/rollout_status.go`.

use super::{revision_number, targets};
use crate::api::{DaemonSet, Millis, Object, ObjectKey};
use crate::cluster::Change;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::select::{self, Query, Target};
use crate::kubectl::selector::Selector;
use crate::kubectl::verbs::get::watch::asked;
use crate::kubectl::{Env, Verb, Waits, kinds};
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
    // What cannot be read of a text is told once nothing is waited for any more.
    let unread = found.unread();
    found.targets.retain(|target| target.why_unread().is_none());
    let is_watching = args.text("watch") != Some("false");
    // One after the other: the next is looked at when the one before is done.
    let mut is_told = false;
    if let Some(again) = env.again {
        let is_done = |name: &str| again.printed.contains(&format!("{name:?} successfully rolled out"));
        let is_left = |key: &ObjectKey, object: Option<&Object>| {
            let created = object.and_then(|object| object.metadata().creation_timestamp);
            !is_done(&key.name) && created.is_none_or(|created| created <= again.since)
        };
        found.targets.retain(|target| is_left(&target.key, target.object.as_ref().ok()));
        let gone = again.changes.iter().find(|change| {
            let key = change.key();
            let is_before_all = found.targets.iter().all(|target| key <= target.key);
            change.after.is_none() && is_before_all && is_left(&key, change.before.as_ref())
        });
        if gone.is_some_and(|change| is_meant(args, change)) {
            return Err(Failure::own("object has been deleted"));
        }
        env.follows = !found.targets.is_empty();
        let is_touched = |target: &Target| again.changes.iter().any(|change| change.is_about(&target.key));
        is_told = !found.targets.first().is_some_and(is_touched);
        if is_told && !again.is_over {
            return if env.follows { Ok(()) } else { Failure::of(unread) };
        }
    }
    // When the time of the first is over, the others are looked at once.
    let is_over = env.again.is_some_and(|again| again.is_over);
    let mut waits = false;
    select::each(env, &found.targets, |env, _, object| {
        if waits && is_watching && !is_over {
            return Ok(());
        }
        let (told, is_done) = viewed(object, revision)?;
        if !std::mem::take(&mut is_told) {
            env.say(&told);
        }
        waits |= !is_done;
        if is_done || !is_over { Ok(()) } else { Err(Failure::own("timed out waiting for the condition")) }
    })?;
    env.follows = waits && is_watching;
    let limit = args.millis("timeout").filter(|limit| *limit > 0 && env.follows);
    let since = env.again.map_or(env.now, |again| again.since);
    env.waits = limit.map(|limit| Waits { until: since + Millis(limit) });
    if !env.follows {
        Failure::of(unread)?;
    }
    if found.targets.is_empty() && env.again.is_none() {
        env.complain(&format!("No resources found in {} namespace.\n", args.namespace().0));
    }
    Ok(())
}

/// Whether what is gone is among what was asked for.
fn is_meant(args: &Args, change: &Change) -> bool {
    let query = Query::of(args, &args.positional).with_type_enough(true);
    let is_of_namespace = query.namespace.as_ref().is_none_or(|namespace| change.namespace() == &**namespace);
    let labels = change.before.as_ref().map(|object| &object.metadata().labels);
    let selector = Selector::parse(query.selector.as_deref().unwrap_or_default());
    let is_chosen = labels.zip(selector.ok()).is_some_and(|(labels, selector)| selector.matches(labels));
    let is_asked = asked(&query).is_ok_and(|(kinds, names)| {
        let kind = kinds::of(&change.kind()).is_some_and(|kind| kinds.contains(&kind.plural));
        kind && (names.is_empty() || names.iter().any(|name| **name == *change.name()))
    });
    is_of_namespace && is_chosen && is_asked
}

/// How far a rollout is, and whether it is done, of any kind that has one.
fn viewed(object: &Object, revision: i64) -> Result<(String, bool), Failure> {
    match (object, object.kind().name()) {
        (Object::DaemonSet(set), _) => status(set),
        (_, "Deployment") => deployment(object, revision),
        (_, "StatefulSet") => stateful_set(object),
        _ => {
            let kind = object.kind();
            let kind = kind.qualified_name();
            Err(Failure::own(format!("no status viewer has been implemented for {kind}")))
        }
    }
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
