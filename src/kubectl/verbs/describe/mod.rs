//! `kubectl describe` of DaemonSets and nodes. Upstream: `kubectl/pkg/cmd/describe/describe.go`.

use crate::api::Object;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Args, Flag, Takes};
use crate::kubectl::print::describe;
use crate::kubectl::select::{self, Query};
use crate::kubectl::{Env, Verb};

/// The verb.
pub const VERB: Verb = Verb {
    name: "describe",
    flags: &[
        select::SELECTOR,
        select::ALL_NAMESPACES,
        select::FILENAME,
        select::RECURSIVE,
        Flag::long("show-events", Takes::Switch),
        Flag::long("chunk-size", Takes::Number),
    ],
    run,
};

fn run(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if args.positional.is_empty() && !args.has("filename") {
        return Err(Failure::usage(
            "kubectl describe",
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
        ));
    }
    let found = select::find(env, &Query::of(args, &args.positional).with_type_enough(true))?;
    let mut is_first = true;
    select::each(env, &found.targets, |env, target, object| {
        let (world, now) = (env.client.world(), env.now);
        let told = match object {
            Object::DaemonSet(set) => describe::daemon_set(world, set, now),
            Object::Node(node) => describe::node(world, node, now),
            _ => {
                let kind = target.key.kind.name();
                return Err(Failure::own(format!(
                    "kubectl describe is not part of this playground for a {kind}"
                )));
            }
        };
        if !is_first {
            env.out += "\n\n";
        }
        is_first = false;
        env.out += &told;
        Ok(())
    })?;
    if found.targets.is_empty() {
        env.err += &format!("No resources found in {} namespace.\n", select::namespace(args).0);
    }
    Ok(())
}
