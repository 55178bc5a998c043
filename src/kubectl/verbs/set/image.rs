//! `kubectl set image`. Upstream: `kubectl/pkg/cmd/set/set_image.go`.

use super::{LOCAL, Work, check_local, containers, objects, pod_spec, send};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::print::object;
use crate::kubectl::{DRY_RUN, Env, Verb, dry_run, select, source};

/// The verb.
pub const IMAGE: Verb = Verb { name: "set image", flags: changing![], run };

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let is_pair = |word: &&String| word.contains('=') && !word.starts_with('=');
    let first = args.positional.iter().position(|word| is_pair(&word)).unwrap_or(args.positional.len());
    let (resources, pairs) = args.positional.split_at(first);
    if let Some(word) = pairs.iter().find(|word| !is_pair(word)) {
        return Err(Failure::own(format!("all resources must be specified before image changes: {word}")));
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().filter_map(|pair| pair.split_once('=')).collect();
    // Upstream finds the objects first and then looks whether there is anything to do.
    let found = objects(env, args, resources)?;
    let mut refusals = Vec::new();
    if args.is_on("all") && args.has("selector") {
        refusals.push(Failure::own("cannot set --all and --selector at the same time"));
    }
    if resources.is_empty() && !args.has("filename") {
        let why = "one or more resources must be specified as <resource> <name> or <resource>/<name>";
        refusals.push(Failure::own(why));
    }
    if pairs.is_empty() {
        refusals.push(Failure::own("at least one image update is required"));
    } else if pairs.len() > 1 && pairs.iter().any(|(name, _)| *name == "*") {
        let why = "all containers are already specified by *, but saw more than one container_name=container_image pairs";
        refusals.push(Failure::own(why));
    }
    Failure::of(refusals)?;
    check_local(args, dry_run)?;
    let work = Work {
        deed: "image updated",
        refused: "failed to patch image update to pod template: ",
        skips_unchanged: true,
        dry_run,
    };
    let (mut failures, mut changes) = (Vec::new(), Vec::new());
    for target in &found {
        let Ok(object) = &target.object else { continue };
        let mut value = object.to_json();
        match pod_spec(target, &mut value) {
            Ok(spec) => {
                for (name, image) in &pairs {
                    // Other verbs take patterns; here only `*` alone stands for all.
                    let mut chosen = containers(spec, "*");
                    chosen.retain(|container| *name == "*" || container["name"] == *name);
                    if chosen.is_empty() {
                        failures
                            .push(Failure::own(format!("error: unable to find container named {name:?}")));
                    }
                    chosen.into_iter().for_each(|container| container["image"] = (*image).into());
                }
                changes.push((object, Ok(value)));
            }
            Err(failure) => changes.push((object, Err(failure))),
        }
    }
    for (object, changed) in changes {
        failures.extend(changed.and_then(|changed| send(env, args, object, changed, &work)).err());
    }
    Failure::of(failures)
}
