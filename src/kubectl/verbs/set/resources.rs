//! `kubectl set resources`. Upstream: `kubectl/pkg/cmd/set/set_resources.go`.

use super::{LOCAL, Work, changed, check_local, containers, objects, send_all};
use crate::api::Quantity;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::object;
use crate::kubectl::{DRY_RUN, Env, Verb, dry_run, select, source};
use serde_json::{Map, Value};

/// The verb.
pub const RESOURCES: Verb = Verb {
    name: "set resources",
    flags: changing![
        Flag::short("containers", 'c', Takes::Text),
        Flag::long("limits", Takes::Text),
        Flag::long("requests", Takes::Text)
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    let found = objects(env, args, &args.positional)?;
    check_local(args, dry_run)?;
    if args.is_on("all") && args.has("selector") {
        return Err(Failure::own("cannot set --all and --selector at the same time"));
    }
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    if text("limits").is_empty() && text("requests").is_empty() {
        let why = "you must specify an update to requests or limits (in the form of --requests/--limits)";
        return Err(Failure::own(why));
    }
    let amounts = [("limits", amounts(text("limits"))?), ("requests", amounts(text("requests"))?)];
    let pattern = args.text("containers").unwrap_or("*");
    let work = Work {
        deed: "resource requirements updated",
        refused: "failed to patch resources update to pod template ",
        skips_unchanged: true,
        dry_run,
    };
    let changed = changed(&found, |_, spec| {
        let chosen = containers(spec, pattern);
        if chosen.is_empty() {
            return Err(Failure::own(format!("error: unable to find container named {pattern}")));
        }
        for container in chosen {
            for (field, amounts) in amounts.iter().filter(|(_, amounts)| !amounts.is_empty()) {
                for (name, amount) in amounts {
                    container["resources"][*field][name] = amount.clone();
                }
            }
        }
        Ok(())
    });
    send_all(env, args, changed, &work)
}

/// `cpu=1,memory=1Gi` (`populateResourceListV1`).
///
/// # Errors
/// It has no such form.
pub fn amounts(text: &str) -> Result<Map<String, Value>, Failure> {
    let mut amounts = Map::new();
    for part in text.split(',').filter(|_| !text.is_empty()) {
        match part.split('=').collect::<Vec<_>>().as_slice() {
            [name, amount] => {
                let amount = Quantity::parse(amount).map_err(|error| Failure::own(error.to_string()))?;
                amounts.insert((*name).to_owned(), amount.to_string().into());
            }
            _ => {
                return Err(Failure::own(format!(
                    "Invalid argument syntax {part}, expected <resource>=<value>"
                )));
            }
        }
    }
    Ok(amounts)
}
