//! `kubectl rollout undo`. Upstream: `rollout/rollout_undo.go`, `polymorphichelpers/rollback.go`.

use super::{history_of, replica_sets_of, targets};
use crate::api::merge::LAST_APPLIED;
use crate::api::{DaemonSet, Object, PodTemplateSpec, REVISION, sort};
use crate::controllers::daemonset::history::template;
use crate::kubectl::client::decode;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::lines::Lines;
use crate::kubectl::print::object;
use crate::kubectl::print::template::describe;
use crate::kubectl::select::{self, Target};
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, dry_run};
use serde_json::Value;
use std::rc::Rc;

const NO_LAST_REVISION: &str = "no last revision to roll back to";

/// The verb.
pub const UNDO: Verb = Verb {
    name: "rollout undo",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::SELECTOR,
        select::FILENAME,
        select::RECURSIVE,
        Flag::long("to-revision", Takes::Number),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let to_revision = args.number("to-revision").unwrap_or(0);
    let found = targets(env, args)?;
    select::each(env, &found.targets, |env, target, object| {
        if object.metadata().annotations.contains_key(LAST_APPLIED) {
            env.warn(&format!(
                "resource {} was previously managed with 'kubectl apply'. Rolling back will not update the {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.",
                target.plural_name()
            ));
        }
        one(env, args, target, object, to_revision, dry_run)
    })
}

fn one(
    env: &mut Env,
    args: &Args,
    target: &Target,
    object: &Object,
    to_revision: i64,
    dry_run: DryRun,
) -> Result<(), Failure> {
    if target.key.kind.name() == "Deployment" {
        return deployment(env, args, object, to_revision, dry_run);
    }
    let Object::DaemonSet(set) = object else {
        return Err(match target.key.kind.name() {
            // It has no controller here, so nothing made a revision of it.
            "StatefulSet" if to_revision == 0 => Failure::own(NO_LAST_REVISION),
            "StatefulSet" => unknown_revision(to_revision),
            _ => {
                let kind = target.key.kind.qualified_name();
                Failure::own(format!("no rollbacker has been implemented for {kind:?}"))
            }
        });
    };
    let template = template_for(env, set, to_revision)?;
    let deed = if dry_run == DryRun::Client {
        would_come(&template)
    } else if set.spec.template == template {
        format!("skipped rollback (current template already matches revision {to_revision})")
    } else {
        let mut changed = Rc::clone(set);
        Rc::make_mut(&mut changed).spec.template = template;
        env.client
            .update(Object::DaemonSet(changed), dry_run)
            .map_err(|error| Failure::own(format!("failed restoring revision {to_revision}: {error}")))?;
        "rolled back".to_owned()
    };
    object::done(env, args, object, &deed, dry_run)
}

/// What is told of a template that would come back.
fn would_come(template: &PodTemplateSpec) -> String {
    let mut lines = Lines::default();
    describe(template, &mut lines);
    format!("will roll back to {}", lines.0)
}

fn unknown_revision(number: i64) -> Failure {
    Failure::own(format!("unable to find specified revision {number} in history"))
}

/// Gives a Deployment the template and annotations of one of its ReplicaSets (`DeploymentRollbacker`).
fn deployment(
    env: &mut Env,
    args: &Args,
    object: &Object,
    to_revision: i64,
    dry_run: DryRun,
) -> Result<(), Failure> {
    /// Annotations of the Deployment's own, which do not come back.
    const KEPT: [&str; 6] = [
        LAST_APPLIED,
        REVISION,
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    ];
    if to_revision < 0 {
        return Err(unknown_revision(to_revision));
    }
    let own = replica_sets_of(env.client.world(), object);
    let found = match to_revision {
        0 => own.len().checked_sub(2).and_then(|at| own.get(at)),
        number => own.iter().find(|(revision, _)| *revision == number),
    };
    let Some((_, set)) = found else {
        return Err(match to_revision {
            0 => {
                Failure::own(format!("no rollout history found for deployment {:?}", object.metadata().name))
            }
            number => unknown_revision(number),
        });
    };
    let (set, mut value) = (set.to_json(), object.to_json());
    let mut template = set["spec"]["template"].clone();
    if let (DryRun::Client, Ok(typed)) = (dry_run, serde_json::from_value(template.clone())) {
        let mut lines = Lines::default();
        describe(&typed, &mut lines);
        return object::done(env, args, object, &lines.0, dry_run);
    }
    if value["spec"]["paused"] == true {
        return Err(Failure::own(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    let typed = |template: &Value| serde_json::from_value::<PodTemplateSpec>(template.clone()).ok();
    if typed(&template) == typed(&value["spec"]["template"]) {
        let deed = format!("skipped rollback (current template already matches revision {to_revision})");
        return object::done(env, args, object, &deed, dry_run);
    }
    let is_kept = |(name, _): &(&String, &Value)| KEPT.contains(&name.as_str());
    let all = |value: &Value| value.pointer("/metadata/annotations").and_then(Value::as_object).cloned();
    let (before, past) = (all(&value).unwrap_or_default(), all(&set).unwrap_or_default());
    let annotations = before.iter().filter(is_kept).chain(past.iter().filter(|pair| !is_kept(pair)));
    let annotations = sort::fields(annotations.map(|(name, text)| (name.clone(), text.clone())));
    value["metadata"]["annotations"] = annotations.into();
    value["spec"]["template"] = template;
    decode(value)
        .and_then(|changed| env.update(changed, dry_run))
        .map_err(|error| Failure::own(format!("failed restoring revision {to_revision}: {error}")))?;
    object::done(env, args, object, "rolled back", dry_run)
}

/// The template that comes back: of the revision asked for, else of the last but one.
fn template_for(env: &Env, set: &DaemonSet, to_revision: i64) -> Result<Rc<PodTemplateSpec>, Failure> {
    let missing = || unknown_revision(to_revision);
    if to_revision < 0 {
        return Err(missing());
    }
    let history = history_of(env.client.world(), set);
    let revision = match to_revision {
        0 if history.len() <= 1 => return Err(Failure::own(NO_LAST_REVISION)),
        0 => history.get(history.len() - 2),
        number => history.iter().find(|revision| revision.revision == number),
    };
    revision.and_then(|revision| template(revision)).ok_or_else(missing)
}
