//! `playground set …`: what no command of kubectl's can say.
//!
//! - `playground set nodes -f nodes.yaml`: the cluster is to consist of these nodes, and of the pods that run there
//!   already. Nodes that are not listed are deleted.
//! - `playground add nodes -f nodes.yaml`: these nodes join.
//! - `playground restore -f manifest.yaml`: these objects are in the cluster already, with the status that they have: what
//!   was taken from a real cluster stands as it was.
//! - `playground set order=chance` or `order=name`: how the DaemonSet controller picks nodes.

mod listed;
pub mod nodes;

use crate::api::{DEFAULT_NAMESPACE, Object};
use crate::kubectl::failure::Failure;
use crate::kubectl::source::{self, Reading};
use crate::kubectl::{Deed, Env, Setting};

const USAGE: &str = "usage: playground set nodes -f FILENAME | playground add nodes -f FILENAME | playground restore -f FILENAME | playground set order=chance|name";

/// What the words after the program set.
pub fn setting(words: &[String]) -> Option<Setting> {
    match words {
        [set, order] if set == "set" => match order.as_str() {
            "order=chance" => Some(Setting::ByChance(true)),
            "order=name" => Some(Setting::ByChance(false)),
            _ => None,
        },
        _ => None,
    }
}

/// Runs it.
///
/// # Errors
/// There is no such setting, or the text cannot be read.
pub fn run(env: &mut Env, words: &[String]) -> Result<(), Failure> {
    if let Some(setting) = setting(words) {
        env.setting = Some(setting);
        return Ok(());
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (verb, file) = match words.as_slice() {
        [verb @ ("set" | "add"), "nodes", "-f", file] | [verb @ "restore", "-f", file] => (*verb, *file),
        _ => return Err(Failure::own(USAGE)),
    };
    let (mut objects, mut failures): (Vec<Object>, _) = (Vec::new(), Vec::new());
    let reading = Reading { namespace: DEFAULT_NAMESPACE, is_enforced: false, is_validated: false };
    for document in source::read(env, file, &reading)? {
        match document.and_then(|document| document.decoded.map_err(Failure::own)) {
            Ok(decoded) => objects.push(decoded.object),
            Err(failure) => failures.push(failure),
        }
    }
    // A kind that is not there is noted, and keeps no node from joining.
    if failures.len() > env.client.done().len() {
        return Failure::of(failures);
    }
    match verb {
        "set" => nodes::set(&mut env.client, &objects),
        "restore" => nodes::restore(&mut env.client, &objects),
        _ => nodes::add(&mut env.client, &objects),
    }
    let mut failures = Vec::new();
    for done in env.client.done().to_vec() {
        let deed = match done.deed {
            Deed::Created if verb == "restore" => "created",
            Deed::Created => "joined",
            Deed::Configured => "configured",
            Deed::Unchanged => "unchanged",
            Deed::Deleted => "removed",
            Deed::Refused(error) => {
                failures.push(Failure::from(error));
                continue;
            }
        };
        env.say(&format!("{} {deed}", crate::kubectl::print::name::name(&done.key)));
    }
    Failure::of(failures)
}
