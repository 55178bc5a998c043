//! The verbs of kubectl that there are here, and how a command line names them. Upstream: `kubectl/pkg/cmd/cmd.go`,
//! `github.com/spf13/cobra` (`command.go`: `Find`, `SuggestionsFor`).

mod apply;
mod autoscale;
mod cordon;
mod create;
mod delete;
mod describe;
mod diff;
mod drain;
mod edit;
mod expose;
mod get;
mod label;
mod patch;
pub mod playground;
mod replace;
mod rollout;
mod run;
mod scale;
mod set;
pub(super) mod ssh;
mod taint;
mod wait;

use super::failure::Failure;
use super::{GLOBAL, Verb};

/// The verbs.
pub const VERBS: &[Verb] = &[
    get::VERB,
    describe::VERB,
    apply::VERB,
    apply::VIEW_LAST_APPLIED,
    apply::SET_LAST_APPLIED,
    apply::EDIT_LAST_APPLIED,
    delete::VERB,
    label::LABEL,
    label::ANNOTATE,
    taint::VERB,
    cordon::CORDON,
    cordon::UNCORDON,
    drain::VERB,
    create::VERB,
    create::NAMESPACE,
    create::QUOTA,
    create::CONFIG_MAP,
    create::SERVICE_ACCOUNT,
    create::SERVICE_CLUSTER_IP,
    create::SERVICE_NODE_PORT,
    create::SERVICE_LOAD_BALANCER,
    create::SERVICE_EXTERNAL_NAME,
    create::DEPLOYMENT,
    create::DISRUPTION_BUDGET,
    create::PRIORITY_CLASS,
    expose::VERB,
    run::VERB,
    edit::VERB,
    scale::VERB,
    autoscale::VERB,
    diff::VERB,
    patch::VERB,
    replace::VERB,
    wait::VERB,
    set::IMAGE,
    set::ENV,
    set::RESOURCES,
    set::SELECTOR,
    set::SERVICE_ACCOUNT,
    rollout::UNDO,
    rollout::STATUS,
    rollout::HISTORY,
    rollout::RESTART,
    rollout::PAUSE,
    rollout::RESUME,
];

/// All commands of kubectl, in its order. Those without a verb here are told to be left out.
const COMMANDS: &[&str] = &[
    "create",
    "expose",
    "run",
    "set",
    "explain",
    "get",
    "edit",
    "delete",
    "rollout",
    "scale",
    "autoscale",
    "certificate",
    "cluster-info",
    "top",
    "cordon",
    "uncordon",
    "drain",
    "taint",
    "describe",
    "logs",
    "attach",
    "exec",
    "port-forward",
    "proxy",
    "cp",
    "auth",
    "debug",
    "events",
    "diff",
    "apply",
    "patch",
    "replace",
    "wait",
    "kustomize",
    "label",
    "annotate",
    "completion",
    "alpha",
    "plugin",
    "version",
    "config",
    "api-resources",
    "api-versions",
    "options",
    "help",
    "kuberc",
];

/// So many letters may differ in a command that is suggested.
const SUGGESTED: usize = 2;

/// The verb that the words name, and the words without its name.
///
/// # Errors
/// There is no such verb.
pub fn find(words: &[String]) -> Result<(&'static Verb, Vec<String>), Failure> {
    let Some(first) = next_name(words, 0) else {
        return Err(Failure::own(
            "a command is missing: kubectl get, apply, delete, label, taint, rollout …",
        ));
    };
    let name = words[first].as_str();
    let mut rest = words.to_vec();
    rest.remove(first);
    if let Some(found) = longest(name, &rest) {
        return Ok(found);
    }
    let is_of_group = |verb: &&Verb| verb.name.split_once(' ').is_some_and(|(group, _)| group == name);
    if VERBS.iter().any(|verb| is_of_group(&verb)) {
        if next_name(&rest, 0).is_none() {
            let verbs: Vec<&str> = VERBS.iter().filter(is_of_group).map(|verb| verb.name).collect();
            return Err(Failure::own(format!("a command is missing: kubectl {}", verbs.join(", kubectl "))));
        }
        let text = format!("unknown command {:?}", rest.join(" "));
        return Err(Failure::usage(&format!("kubectl {name}"), &text));
    }
    if COMMANDS.contains(&name) {
        return Err(Failure::own(format!("kubectl {name} is not part of this playground")));
    }
    Err(Failure::own(format!("unknown command {name:?} for \"kubectl\"{}", suggestions(name))))
}

/// Other names of commands.
const ALIASES: &[(&str, &str)] = &[
    ("create cm", "create configmap"),
    ("create deploy", "create deployment"),
    ("create ns", "create namespace"),
    ("create pc", "create priorityclass"),
    ("create pdb", "create poddisruptionbudget"),
    ("create resourcequota", "create quota"),
    ("create sa", "create serviceaccount"),
    ("create svc", "create service"),
    ("set sa", "set serviceaccount"),
];

/// The verb whose name has most of the words, beginning with this one, and the words that are not part of it.
fn longest(name: &str, rest: &[String]) -> Option<(&'static Verb, Vec<String>)> {
    let named = |name: &str| VERBS.iter().find(|verb| verb.name == name);
    let mut found = named(name).map(|verb| (verb, rest.to_vec()));
    let (mut name, mut rest) = (name.to_owned(), rest.to_vec());
    while let Some(next) = next_name(&rest, 0) {
        name = format!("{name} {}", rest.remove(next));
        if let Some((_, whole)) = ALIASES.iter().find(|(alias, _)| *alias == name) {
            (*whole).clone_into(&mut name);
        }
        found = named(&name).map(|verb| (verb, rest.clone())).or(found);
        let is_begun = |verb: &Verb| verb.name.strip_prefix(&name).is_some_and(|more| more.starts_with(' '));
        if !VERBS.iter().any(is_begun) {
            break;
        }
    }
    found
}

/// Where the next word stands that is no flag and no flag's value.
fn next_name(words: &[String], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(word) = words.get(at) {
        let known = |test: &dyn Fn(&super::Flag) -> bool| GLOBAL.iter().find(|flag| test(flag));
        let has_word = |flag: Option<&super::Flag>| flag.is_none_or(super::Flag::takes_a_word);
        at += match word.strip_prefix("--") {
            Some("") => return None,
            Some(name) if !name.contains('=') && has_word(known(&|flag| flag.name == name)) => 2,
            Some(_) => 1,
            None if !word.starts_with('-') => return Some(at),
            None => {
                let mut letters = word.chars().skip(1);
                match (letters.next(), letters.next()) {
                    (Some(letter), None) if has_word(known(&|flag| flag.short == Some(letter))) => 2,
                    _ => 1,
                }
            }
        };
    }
    None
}

/// Cobra's suggestions for a word that is no command.
fn suggestions(word: &str) -> String {
    let typed = word.to_lowercase();
    let is_near = |name: &&&str| strsim::levenshtein(&typed, name) <= SUGGESTED || name.starts_with(&typed);
    let near: Vec<String> = COMMANDS
        .iter()
        .filter(|name| **name != "help")
        .filter(is_near)
        .map(|name| format!("\t{name}\n"))
        .collect();
    if near.is_empty() {
        String::new()
    } else {
        format!("\n\nDid you mean this?\n{}", near.concat().trim_end_matches('\n'))
    }
}
