//! `kubectl rollout undo`. Upstream: `rollout/rollout_undo.go`, `polymorphichelpers/rollback.go`.

use super::{history_of, targets};
use crate::api::merge::LAST_APPLIED;
use crate::api::{DaemonSet, Object, PodTemplateSpec};
use crate::controllers::daemonset::history::template;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::print::template::{Lines, describe};
use crate::kubectl::select::{self, Target};
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, dry_run};
use std::rc::Rc;

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
    let Object::DaemonSet(set) = object else {
        let kind = target.key.kind.qualified_name();
        return Err(Failure::own(format!("no rollbacker has been implemented for {kind:?}")));
    };
    let template = template_for(env, set, to_revision)?;
    let deed = if dry_run == DryRun::Client {
        let mut lines = Lines::default();
        describe(&template, &mut lines);
        format!("will roll back to {}", lines.0)
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

/// The template that comes back: of the revision asked for, else of the last but one.
fn template_for(env: &Env, set: &DaemonSet, to_revision: i64) -> Result<Rc<PodTemplateSpec>, Failure> {
    let missing = || Failure::own(format!("unable to find specified revision {to_revision} in history"));
    if to_revision < 0 {
        return Err(missing());
    }
    let history = history_of(env.client.world(), set);
    let revision = match to_revision {
        0 if history.len() <= 1 => return Err(Failure::own("no last revision to roll back to")),
        0 => history.get(history.len() - 2),
        number => history.iter().find(|revision| revision.revision == number),
    };
    revision.and_then(|revision| template(revision)).ok_or_else(missing)
}
