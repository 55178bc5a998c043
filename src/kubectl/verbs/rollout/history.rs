//! `kubectl rollout history`. Upstream: `rollout/rollout_history.go`, `polymorphichelpers/history.go`.

use super::{history_of, replica_sets_of, targets};
use crate::api::{DaemonSet, Object, ObjectKey, PodTemplateSpec};
use crate::controllers::daemonset::history::template;
use crate::kubectl::client::CHANGE_CAUSE;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::lines::Lines;
use crate::kubectl::print::tab::{DESCRIBE, aligned};
use crate::kubectl::print::template::describe;
use crate::kubectl::print::{name, object};
use crate::kubectl::select;
use crate::kubectl::{Env, Verb};
use std::rc::Rc;

/// The verb.
pub const HISTORY: Verb = Verb {
    name: "rollout history",
    flags: &[
        object::OUTPUT,
        select::SELECTOR,
        select::FILENAME,
        select::RECURSIVE,
        Flag::long("revision", Takes::Number),
    ],
    run,
};

const NO_HISTORY: &str = "No rollout history found.";

/// The kinds that upstream's visitors know of (`apps.GroupKindElement`).
const VISITED: [&str; 8] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let revision = args.number("revision").unwrap_or(0);
    if revision < 0 && !args.positional.is_empty() {
        return Err(Failure::own(format!("revision must be a positive integer: {revision}")));
    }
    let found = targets(env, args)?;
    let has_format = args.has("output");
    select::each(env, &found.targets, |env, target, object| {
        let kind_name = target.key.kind.name();
        if !VISITED.contains(&kind_name) {
            let kind = target.key.kind.qualified_name();
            let group = target.key.kind.group();
            return Err(Failure::own(format!(
                "error retrieving history for {kind:?}, no visitor method exists for {{{group} {kind_name}}}"
            )));
        }
        if kind_name == "Deployment" {
            return deployment(env, args, object, &target.key, revision);
        }
        let Object::DaemonSet(set) = object else {
            if kind_name == "StatefulSet" {
                // It has no controller here, so nothing made a revision of it.
                env.say(&format!("{} \n{NO_HISTORY}", name::name(&target.key)));
                return Ok(());
            }
            let kind = target.key.kind.qualified_name();
            return Err(Failure::own(format!("no history viewer has been implemented for {kind:?}")));
        };
        if has_format {
            return objects(env, args, set, revision);
        }
        let told = view(env, set, revision)?;
        if args.has("template") {
            return object::done(env, args, object, "", crate::kubectl::DryRun::None);
        }
        let with = if revision > 0 { format!("with revision #{revision}") } else { String::new() };
        env.say(&format!("{} {with}\n{told}", name::name(&target.key)));
        Ok(())
    })
}

/// The revisions, or the template of one of them.
fn view(env: &Env, set: &DaemonSet, number: i64) -> Result<String, Failure> {
    let history = history_of(env.client.world(), set);
    if history.is_empty() {
        return Ok(NO_HISTORY.into());
    }
    if number > 0 {
        let revision = history.iter().rev().find(|revision| revision.revision == number);
        let template = revision.and_then(|revision| template(revision));
        let template = template.ok_or_else(|| Failure::own("unable to find the specified revision"))?;
        let mut lines = Lines::default();
        describe(&template, &mut lines);
        return Ok(lines.0);
    }
    let mut table = String::from("REVISION\tCHANGE-CAUSE\n");
    for revision in history {
        let cause = revision.metadata.annotations.get(CHANGE_CAUSE).filter(|cause| !cause.is_empty());
        table += &format!("{}\t{}\n", revision.revision, cause.map_or("<none>", |cause| cause));
    }
    Ok(aligned(&table, DESCRIBE))
}

/// The revisions of a Deployment are its ReplicaSets.
fn deployment(
    env: &mut Env,
    args: &Args,
    object: &Object,
    key: &ObjectKey,
    number: i64,
) -> Result<(), Failure> {
    let own = replica_sets_of(env.client.world(), object);
    let name = name::name(key);
    if own.is_empty() {
        env.say(&format!("{name} \n{NO_HISTORY}"));
        return Ok(());
    }
    if args.has("output") {
        let wanted = own.iter().filter(|(revision, _)| number == 0 || *revision == number);
        for (_, set) in wanted {
            object::done(env, args, set, "", crate::kubectl::DryRun::None)?;
        }
        return Ok(());
    }
    if number > 0 {
        let found = own.iter().find(|(revision, _)| *revision == number);
        let (_, set) = found.ok_or_else(|| Failure::own("unable to find the specified revision"))?;
        let mut template: PodTemplateSpec =
            serde_json::from_value(set.to_json()["spec"]["template"].clone()).unwrap_or_default();
        if let Some(cause) = set.metadata().annotations.get(CHANGE_CAUSE).filter(|cause| !cause.is_empty()) {
            template.metadata.annotations.insert(CHANGE_CAUSE.into(), cause.clone());
        }
        let mut lines = Lines::default();
        describe(&template, &mut lines);
        env.say(&format!("{name} with revision #{number}\n{}", lines.0));
        return Ok(());
    }
    let mut table = String::from("REVISION\tCHANGE-CAUSE\n");
    for (revision, set) in own {
        let cause = set.metadata().annotations.get(CHANGE_CAUSE).filter(|cause| !cause.is_empty());
        let own = set.to_json();
        let of_template = || own["spec"]["template"]["metadata"]["annotations"][CHANGE_CAUSE].as_str();
        let cause = cause.map(|cause| cause.as_str()).or_else(of_template);
        table += &format!("{revision}\t{}\n", cause.filter(|cause| !cause.is_empty()).unwrap_or("<none>"));
    }
    env.say(&format!("{name} \n{}", aligned(&table, DESCRIBE)));
    Ok(())
}

/// `-o`: the DaemonSet as it would be with each revision's template.
fn objects(env: &mut Env, args: &Args, set: &Rc<DaemonSet>, number: i64) -> Result<(), Failure> {
    let history = history_of(env.client.world(), set);
    let wanted: Vec<_> =
        history.iter().filter(|revision| number == 0 || revision.revision == number).collect();
    if number > 0 && wanted.is_empty() {
        return Err(Failure::own("unable to find the specified revision"));
    }
    for revision in wanted {
        let mut with = Rc::clone(set);
        if let Some(template) = template(revision) {
            Rc::make_mut(&mut with).spec.template = template;
        }
        object::done(env, args, &Object::DaemonSet(with), "", crate::kubectl::DryRun::None)?;
    }
    Ok(())
}
