//! `kubectl rollout restart`, and `pause` and `resume`, which no DaemonSet knows. Upstream:
//! `rollout/rollout_{restart,pause,resume}.go`, `polymorphichelpers/objectrestarter.go`.

use super::{targets, unsupported};
use crate::api::Object;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select;
use crate::kubectl::{DryRun, Env, Verb};
use std::rc::Rc;

const FLAGS: &[Flag] = &[
    object::OUTPUT,
    select::SELECTOR,
    select::FILENAME,
    select::RECURSIVE,
    Flag::long("field-manager", Takes::Text),
];

/// The verb `rollout restart`.
pub const RESTART: Verb = Verb {
    name: "rollout restart",
    usage: "rollout restart RESOURCE",
    about: "Restart a resource.",
    flags: FLAGS,
    run: restart,
};

/// The verb `rollout pause`.
pub const PAUSE: Verb = Verb {
    name: "rollout pause",
    usage: "rollout pause RESOURCE",
    about: "Mark the provided resource as paused.",
    flags: FLAGS,
    run: |env, args| refuse(env, args, "pausing"),
};

/// The verb `rollout resume`.
pub const RESUME: Verb = Verb {
    name: "rollout resume",
    usage: "rollout resume RESOURCE",
    about: "Resume a paused resource.",
    flags: FLAGS,
    run: |env, args| refuse(env, args, "resuming"),
};

/// The annotation of the template whose change makes all pods new ones.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

fn restart(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let found = targets(env, args)?;
    if found.targets.is_empty() {
        env.err += &format!("No resources found in {} namespace.\n", select::namespace(args).0);
        return Ok(());
    }
    let now = env.now.to_string();
    select::each(env, &found.targets, |env, target, object| {
        let Object::DaemonSet(set) = object else { return Err(unsupported(target, "restarting")) };
        let mut changed = Rc::clone(set);
        let template = Rc::make_mut(&mut Rc::make_mut(&mut changed).spec.template);
        let before = template.metadata.annotations.insert(RESTARTED_AT.into(), now.as_str().into());
        if before.as_deref() == Some(&now) {
            let name = &target.key.name;
            return Err(Failure::own(format!(
                "failed to create patch for {name}: if restart has already been triggered within the past second, please wait before attempting to trigger another"
            )));
        }
        let patched = env.update(Object::DaemonSet(changed), DryRun::None);
        let patched = patched.map_err(|error| Failure::own(format!("failed to patch: {error}")))?;
        object::done(env, args, &patched, "restarted", DryRun::None)
    })
}

fn refuse(env: &mut Env, args: &Args, deed: &str) -> Result<(), Failure> {
    let found = targets(env, args)?;
    select::each(env, &found.targets, |_, target, _| Err(unsupported(target, deed)))
}
