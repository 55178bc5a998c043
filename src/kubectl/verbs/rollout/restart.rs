//! `kubectl rollout restart`, and `pause` and `resume`, which Deployments alone know. Upstream:
//! `rollout/rollout_{restart,pause,resume}.go`, `polymorphichelpers/objectrestarter.go`.

use super::{refused, targets};
use crate::kubectl::client::decode;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Target};
use crate::kubectl::{DryRun, Env, Verb};
use serde_json::Value;

const FLAGS: &[Flag] = &[
    object::OUTPUT,
    select::SELECTOR,
    select::FILENAME,
    select::RECURSIVE,
    Flag::long("field-manager", Takes::Text),
];

/// The verb `rollout restart`.
pub const RESTART: Verb = Verb { name: "rollout restart", flags: FLAGS, run: restart };

/// The verb `rollout pause`.
pub const PAUSE: Verb = Verb { name: "rollout pause", flags: FLAGS, run: pause };

/// The verb `rollout resume`.
pub const RESUME: Verb = Verb { name: "rollout resume", flags: FLAGS, run: resume };

/// The annotation of the template whose change makes all pods new ones.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// Changes the objects of the command, and tells what was done to each.
fn each(
    env: &mut Env,
    args: &Args,
    done: &str,
    change: impl Fn(&Target, &mut Value) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let found = targets(env, args)?;
    if found.targets.is_empty() {
        env.complain(&format!("No resources found in {} namespace.\n", args.namespace().0));
        return Ok(());
    }
    select::each(env, &found.targets, |env, target, object| {
        let mut changed = object.to_json();
        change(target, &mut changed)?;
        let patched = decode(changed).and_then(|changed| env.update(changed, DryRun::None));
        let patched = patched.map_err(|error| Failure::own(format!("failed to patch: {error}")))?;
        object::done(env, args, &patched, done, DryRun::None)
    })
}

fn restart(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let now = env.now.to_string();
    each(env, args, "restarted", |target, object| {
        let kind = target.key.kind.name();
        if !["DaemonSet", "Deployment", "StatefulSet"].contains(&kind) {
            return Err(refused(target, "restarting is not supported"));
        }
        if kind == "Deployment" && object["spec"]["paused"] == true {
            return Err(refused(target, "can't restart paused deployment (run rollout resume first)"));
        }
        let annotation = &mut object["spec"]["template"]["metadata"]["annotations"][RESTARTED_AT];
        if *annotation == now.as_str() {
            let name = &target.key.name;
            return Err(Failure::own(format!(
                "failed to create patch for {name}: if restart has already been triggered within the past second, please wait before attempting to trigger another"
            )));
        }
        *annotation = now.as_str().into();
        Ok(())
    })
}

fn pause(env: &mut Env, args: &Args) -> Result<(), Failure> {
    each(env, args, "paused", |target, object| match target.key.kind.name() {
        "Deployment" if object["spec"]["paused"] == true => Err(refused(target, "is already paused")),
        "Deployment" => {
            object["spec"]["paused"] = true.into();
            Ok(())
        }
        _ => Err(refused(target, "pausing is not supported")),
    })
}

fn resume(env: &mut Env, args: &Args) -> Result<(), Failure> {
    each(env, args, "resumed", |target, object| match target.key.kind.name() {
        "Deployment" if object["spec"]["paused"] != true => Err(refused(target, "is not paused")),
        "Deployment" => {
            object["spec"]["paused"] = false.into();
            Ok(())
        }
        _ => Err(refused(target, "resuming is not supported")),
    })
}
