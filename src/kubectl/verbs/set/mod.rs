//! `kubectl set image`. Upstream: `kubectl/pkg/cmd/set/set_image.go`.

use crate::api::Object;
use crate::cluster::ApiError;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query};
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, dry_run};
use std::rc::Rc;

/// The verb.
pub const IMAGE: Verb = Verb {
    name: "set image",
    usage: "set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
    about: "Update existing container image(s) of resources.",
    flags: &[
        DRY_RUN,
        object::OUTPUT,
        select::SELECTOR,
        select::ALL,
        select::FILENAME,
        select::RECURSIVE,
        Flag::long("field-manager", Takes::Text),
    ],
    run: image,
};

fn image(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let is_pair = |word: &&String| word.contains('=') && !word.starts_with('=');
    let first = args.positional.iter().position(|word| is_pair(&word)).unwrap_or(args.positional.len());
    let (resources, pairs) = args.positional.split_at(first);
    if let Some(word) = pairs.iter().find(|word| !is_pair(word)) {
        return Err(Failure::own(format!("all resources must be specified before image changes: {word}")));
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().filter_map(|pair| pair.split_once('=')).collect();
    let is_all = args.is_on("all");
    let found = select::find(env, &Query::of(args, resources).with_type_enough(is_all));
    if resources.is_empty() && !args.has("filename") {
        return Err(Failure::own(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    // Upstream finds the objects first and then looks whether there is anything to do.
    let found = found?;
    if let Some(failure) = found.targets.iter().find_map(|target| target.object.as_ref().err()) {
        return Err(failure.clone());
    }
    if pairs.is_empty() {
        return Err(Failure::own("at least one image update is required"));
    }
    let stars = pairs.iter().filter(|(name, _)| *name == "*").count();
    if stars > 0 && pairs.len() > 1 {
        return Err(Failure::own(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs",
        ));
    }
    let mut failures = Vec::new();
    for target in &found.targets {
        if let Ok(object) = &target.object {
            failures.extend(one(env, args, object, &pairs, dry_run).err());
        }
    }
    Failure::of(failures)
}

fn one(
    env: &mut Env,
    args: &Args,
    object: &Object,
    pairs: &[(&str, &str)],
    dry_run: DryRun,
) -> Result<(), Failure> {
    let Object::DaemonSet(set) = object else {
        let kind = object.kind().name().to_lowercase();
        let name = &object.metadata().name;
        return Err(Failure::own(format!("{kind}/{name} is not a kind whose images can be set here")));
    };
    let mut changed = Rc::clone(set);
    let spec = Rc::make_mut(&mut Rc::make_mut(&mut Rc::make_mut(&mut changed).spec.template).spec);
    for (name, image) in pairs {
        let mut is_there = false;
        for list in [&mut spec.init_containers, &mut spec.containers] {
            for container in Rc::make_mut(list).iter_mut() {
                if *name == "*" || container.name == *name {
                    container.image = (*image).into();
                    is_there = true;
                }
            }
        }
        if !is_there {
            return Err(Failure::own(format!("unable to find container named {name:?}")));
        }
    }
    if changed == *set {
        return Ok(());
    }
    let mut changed = Object::DaemonSet(changed);
    if dry_run != DryRun::Client {
        changed = env.client.update(changed, dry_run).map_err(refused)?;
    }
    object::done(env, args, &changed, "image updated", dry_run)
}

fn refused(error: ApiError) -> Failure {
    Failure::own(format!("failed to patch image update to pod template: {error}"))
}
