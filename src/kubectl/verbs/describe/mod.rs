//! `kubectl describe`. Upstream: `kubectl/pkg/cmd/describe/describe.go`.

use crate::cluster::ApiError;
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
        return Err(Failure::own(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
        ));
    }
    let mut found = select::find(env, &Query::of(args, &args.positional).with_type_enough(true))?;
    let mut is_by_prefix = false;
    // Of two words the second may be the beginning of a name; of two objects of which one is not there, nothing is told.
    let missing = found.targets.iter().filter_map(|target| target.object.as_ref().err());
    let missing: Vec<&Failure> = missing.collect();
    if let ([first, beginning], [failure @ Failure::Api(ApiError::NotFound(_), _)]) =
        (args.positional.as_slice(), missing.as_slice())
    {
        let query = Query::of(args, std::slice::from_ref(first)).with_type_enough(true);
        let mut all = select::find(env, &query)?;
        all.targets.retain(|other| other.key.name.starts_with(beginning.as_str()));
        if all.targets.is_empty() {
            return Err((*failure).clone());
        }
        found = all;
        is_by_prefix = true;
    }
    if found.kinds.iter().any(|kind| kind.kind == "Endpoints") {
        env.warn("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
    }
    let with_events = match args.text("show-events") {
        Some(told) => told == "true",
        None => found.targets.len() == 1 && !is_by_prefix,
    };
    let mut is_first = true;
    select::each(env, &found.targets, |env, _, object| {
        let told = describe::describe(env.client.world(), object, env.now, with_events);
        if !is_first && !is_by_prefix {
            env.out += "\n\n";
        }
        is_first = false;
        env.out += &told;
        if is_by_prefix {
            env.out.push('\n');
        }
        Ok(())
    })?;
    if found.targets.is_empty() {
        env.complain(&match args.is_on("all-namespaces") {
            true => "No resources found\n".to_owned(),
            false => format!("No resources found in {} namespace.\n", args.namespace().0),
        });
    }
    Ok(())
}
