//! `kubectl cordon` and `kubectl uncordon`. Upstream: `kubectl/pkg/cmd/drain/drain.go` (`RunCordonOrUncordon`).

use crate::api::Object;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Args;
use crate::kubectl::print::object;
use crate::kubectl::select::{self, Query, Target};
use crate::kubectl::{DRY_RUN, Deed, DryRun, Env, Verb, dry_run};
use std::rc::Rc;

/// The verb `cordon`.
pub const CORDON: Verb =
    Verb { name: "cordon", flags: &[DRY_RUN, select::SELECTOR], run: |env, args| run(env, args, "cordon") };

/// The verb `uncordon`.
pub const UNCORDON: Verb = Verb {
    name: "uncordon",
    flags: &[DRY_RUN, select::SELECTOR],
    run: |env, args| run(env, args, "uncordon"),
};

fn run(env: &mut Env, args: &Args, verb: &str) -> Result<(), Failure> {
    let targets = nodes(env, args, verb)?;
    set(env, args, &targets, verb == "cordon", dry_run(args)?)
}

/// The nodes that are named; the first that is not there ends the command.
///
/// # Errors
/// None is named, or one is not there.
pub fn nodes(env: &mut Env, args: &Args, verb: &str) -> Result<Vec<Target>, Failure> {
    let command = format!("kubectl {verb}");
    if args.positional.is_empty() && !args.has("selector") {
        return Err(Failure::usage(&command, &format!("USAGE: {verb} NODE [flags]")));
    }
    let query = Query::of(args, &[]);
    if !args.positional.is_empty() && query.selector.is_some() {
        return Err(Failure::usage(
            &command,
            "error: cannot specify both a node name and a --selector option",
        ));
    }
    dry_run(args)?;
    let words = match query.selector {
        Some(_) => vec!["nodes".to_owned()],
        None => args
            .positional
            .iter()
            .map(|name| if name.contains('/') { name.clone() } else { format!("nodes/{name}") })
            .collect(),
    };
    let found = select::find(env, &Query { words, ..query })?;
    for target in &found.targets {
        if let Err(failure) = &target.object {
            return Err(failure.clone());
        }
        if let Some(resource) = target.resource.filter(|resource| resource.kind != "Node") {
            return Err(Failure::own(format!(
                "error: expected resource of type node, got {:?}",
                resource.mapping()
            )));
        }
    }
    Ok(found.targets)
}

/// Cordons or uncordons nodes.
///
/// # Errors
/// Printing fails; a node that cannot be changed is told and skipped.
pub fn set(env: &mut Env, args: &Args, targets: &[Target], on: bool, dry_run: DryRun) -> Result<(), Failure> {
    let done = if on { "cordoned" } else { "uncordoned" };
    for target in targets {
        let Ok(Object::Node(node)) = &target.object else { continue };
        let object = Object::Node(Rc::clone(node));
        if node.spec.unschedulable == on {
            env.client.note(&target.key, Deed::Unchanged);
            object::done(env, args, &object, &format!("already {done}"), dry_run)?;
            continue;
        }
        let mut changed = Rc::clone(node);
        Rc::make_mut(&mut changed).spec.unschedulable = on;
        if dry_run != DryRun::Client
            && let Err(error) = env.update(Object::Node(changed), dry_run)
        {
            let verb = if on { "cordon" } else { "uncordon" };
            env.complain(&format!("error: unable to {verb} node {:?}: {error}\n", target.key.name.as_str()));
            continue;
        }
        object::done(env, args, &object, done, dry_run)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::given::{answer, cluster};

    #[test]
    fn a_node_that_is_cordoned_already_is_left_alone() {
        let world = cluster();
        for (line, out, err, writes) in [
            ("kubectl cordon a b", "node/a cordoned\nnode/b already cordoned\n", "", 1),
            ("kubectl uncordon node/b", "node/b uncordoned\n", "", 1),
            ("kubectl uncordon b --dry-run=client", "node/b uncordoned (dry run)\n", "", 0),
            ("kubectl cordon nope a", "", "Error from server (NotFound): nodes \"nope\" not found\n", 0),
            (
                "kubectl cordon",
                "",
                "error: USAGE: cordon NODE [flags]\nSee 'kubectl cordon -h' for help and examples\n",
                0,
            ),
        ] {
            let answer = answer(&world, line);
            assert_eq!(
                (answer.out.as_str(), answer.err.as_str(), answer.writes.len()),
                (out, err, writes),
                "{line}"
            );
        }
    }
}
