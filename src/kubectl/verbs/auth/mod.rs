//! `kubectl auth`: the user may do everything. Upstream: `kubectl/pkg/cmd/auth`.

use super::config::USER;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::kinds;
use crate::kubectl::print::format;
use crate::kubectl::print::tab::{TABLE, aligned};
use crate::kubectl::select;
use crate::kubectl::{Args, Env, Verb};
use serde_json::json;

/// `kubectl auth can-i`.
pub const CAN_I: Verb = Verb {
    name: "auth can-i",
    flags: &[
        select::ALL_NAMESPACES,
        Flag::long("list", Takes::Switch),
        Flag::long("no-headers", Takes::Switch),
        Flag::short("quiet", 'q', Takes::Switch),
        Flag::long("subresource", Takes::Text),
    ],
    run: can_i,
};
/// `kubectl auth whoami`.
pub const WHOAMI: Verb = Verb { name: "auth whoami", flags: &[format::OUTPUT], run: whoami };

/// The verbs of the API that kubectl knows.
const VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];

fn can_i(env: &mut Env, args: &Args) -> Result<(), Failure> {
    if args.is_on("list") {
        if !args.positional.is_empty() {
            return Err(Failure::own("list option must be specified with no arguments"));
        }
        let header = if args.is_on("no-headers") {
            ""
        } else {
            "Resources\tNon-Resource URLs\tResource Names\tVerbs\n"
        };
        env.out += &aligned(&format!("{header}*.*\t[]\t[]\t[*]\n\t[*]\t[]\t[*]\n"), TABLE);
        return Ok(());
    }
    let (verb, what) = match args.positional.as_slice() {
        [verb, what] | [verb, what, _] => (verb, what),
        _ => {
            return Err(Failure::own(
                "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
            ));
        }
    };
    if args.positional.len() == 3 && what.contains('/') {
        return Err(Failure::own(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
        ));
    }
    if !what.starts_with('/') {
        let name = what.split('/').next().unwrap_or_default();
        match kinds::named(name) {
            None if name != "*" => {
                env.complain(&match name.split_once('.') {
                    None => format!("Warning: the server doesn't have a resource type '{name}'\n\n"),
                    Some((name, group)) => {
                        format!(
                            "Warning: the server doesn't have a resource type '{name}' in group '{group}'\n\n"
                        )
                    }
                });
            }
            Some(resource) if !resource.is_namespaced && !args.is_on("all-namespaces") => {
                let group = resource.group();
                let within = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
                env.complain(&format!(
                    "Warning: resource '{}' is not namespace scoped{within}\n\n",
                    resource.plural
                ));
            }
            _ => {}
        }
        if !VERBS.contains(&verb.as_str()) {
            env.complain(&format!("Warning: verb '{verb}' is not a known verb\n\n"));
        }
    } else if !["get", "put", "post", "head", "options", "delete", "patch", "*"].contains(&verb.as_str()) {
        env.complain(&format!("Warning: verb '{verb}' is not a known verb\n\n"));
    }
    if !args.is_on("quiet") {
        env.say("yes");
    }
    Ok(())
}

fn whoami(env: &mut Env, args: &Args) -> Result<(), Failure> {
    match format::of(env, args)? {
        None => {
            let lines = format!(
                "ATTRIBUTE\tVALUE\nUsername\t{USER}\nUID\t{USER}\nGroups\t[system:masters system:authenticated]\n"
            );
            env.out += &aligned(&lines, TABLE);
            Ok(())
        }
        Some(format) => {
            let user = json!({ "groups": ["system:masters", "system:authenticated"], "uid": USER, "username": USER });
            let told = json!({
                "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
                "metadata": { "creationTimestamp": env.now.to_string() }, "status": { "userInfo": user },
            });
            format.print(env, args, told)
        }
    }
}
