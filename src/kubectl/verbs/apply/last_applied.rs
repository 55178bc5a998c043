//! `kubectl apply view-last-applied`, `set-last-applied` and `edit-last-applied`. Upstream:
//! `kubectl/pkg/cmd/apply/apply_{view,set,edit}_last_applied.go`.

use crate::api::merge::{LAST_APPLIED, with_annotation};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::json::json_indented;
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query};
use crate::kubectl::{DRY_RUN, DryRun, Env, Verb, dry_run, source};
use crate::manifest;
use serde_json::Value;

/// The verb `apply view-last-applied`.
pub const VIEW_LAST_APPLIED: Verb = Verb {
    name: "apply view-last-applied",
    flags: &[object::OUTPUT, select::SELECTOR, select::ALL, select::FILENAME],
    run: view,
};

/// The verb `apply set-last-applied`.
pub const SET_LAST_APPLIED: Verb = Verb {
    name: "apply set-last-applied",
    flags: &[DRY_RUN, object::OUTPUT, select::FILENAME, Flag::long("create-annotation", Takes::Switch)],
    run: set,
};

/// The verb `apply edit-last-applied`.
pub const EDIT_LAST_APPLIED: Verb = Verb {
    name: "apply edit-last-applied",
    flags: &[object::OUTPUT, select::FILENAME, source::FIELD_MANAGER, source::VALIDATE],
    run: |env, args| {
        let found = select::find(env, &Query::of(args, &args.positional).with_type_enough(true))?;
        select::each(env, &found.targets, |_, _, _| Ok(()))?;
        Err(Failure::own(
            "kubectl apply edit-last-applied is not part of this playground: use kubectl annotate",
        ))
    },
};

fn view(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let query = Query::of(args, &args.positional).with_all(args.is_on("all")).with_type_enough(true);
    let found = select::find(env, &query)?;
    let mut texts = Vec::new();
    select::each(env, &found.targets, |_, _, object| {
        texts.extend(object.metadata().annotations.get(LAST_APPLIED).map(ToString::to_string));
        Ok(())
    })?;
    for text in texts {
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        match args.text("output").unwrap_or("yaml") {
            "yaml" => env.out += &manifest::value_to_yaml(&value),
            "json" => env.out += &format!("{}\n", json_indented(&value, 2)),
            other => {
                let text =
                    format!("Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json");
                return Err(Failure::usage("kubectl apply view-last-applied", &text));
            }
        }
    }
    Ok(())
}

fn set(env: &mut Env, args: &Args) -> Result<(), Failure> {
    let dry_run = dry_run(args)?;
    if args.texts("filename").is_empty() {
        return Err(Failure::own(select::MISSING));
    }
    let (documents, failures) = source::all(env, args, false)?;
    Failure::of(failures)?;
    let mut changed = Vec::new();
    for document in documents {
        let mut object = env.client.get(&document.key)?;
        let sent = with_annotation(document.value.clone());
        let text = sent["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap_or_default();
        match object.metadata().annotations.get(LAST_APPLIED) {
            None if !args.is_on("create-annotation") => {
                return Err(Failure::own(format!(
                    "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                    document.key.name
                )));
            }
            Some(have) if have == text => {
                env.say(&format!("set-last-applied {}: no changes required.", document.key.name));
            }
            _ => {
                object.metadata_mut().annotations.insert(LAST_APPLIED.into(), text.into());
                changed.push(object);
            }
        }
    }
    for object in changed {
        let object = if dry_run == DryRun::Client { object } else { env.update(object, dry_run)? };
        object::done(env, args, &object, "configured", dry_run)?;
    }
    Ok(())
}
