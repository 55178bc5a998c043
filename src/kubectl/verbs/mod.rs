//! The verbs of kubectl that there are here, and how a command line names them. Upstream: `kubectl/pkg/cmd/cmd.go`,
//! `github.com/spf13/cobra` (`command.go`: `Find`, `SuggestionsFor`).

mod api;
mod apply;
mod auth;
mod autoscale;
mod cluster_info;
pub mod config;
mod cordon;
mod create;
mod delete;
mod describe;
pub mod diff;
mod drain;
pub(super) mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod get;
pub mod help;
mod label;
mod logs;
mod patch;
pub mod playground;
mod replace;
mod rollout;
mod run;
mod scale;
mod set;
pub(super) mod ssh;
pub(super) mod taint;
mod top;
pub mod version;
mod wait;

use super::failure::Failure;
use super::flags::Args;
use super::select;
use super::source;
use super::{Env, GLOBAL, Verb};
use crate::api::{Kind, ObjectKey};

/// The verbs.
pub const VERBS: &[Verb] = &[
    get::VERB,
    describe::VERB,
    events::VERB,
    explain::VERB,
    logs::VERB,
    exec::EXEC,
    exec::ATTACH,
    exec::PORT_FORWARD,
    top::NODE,
    top::POD,
    api::RESOURCES_VERB,
    api::VERSIONS,
    version::VERB,
    cluster_info::VERB,
    config::VIEW,
    config::CURRENT,
    config::CONTEXTS,
    config::CLUSTERS,
    config::USERS,
    config::USE,
    config::SET,
    auth::CAN_I,
    auth::WHOAMI,
    help::HELP,
    help::OPTIONS,
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
    create::JOB,
    create::CRON_JOB,
    create::ROLE,
    create::CLUSTER_ROLE,
    create::ROLE_BINDING,
    create::CLUSTER_ROLE_BINDING,
    create::INGRESS,
    create::GENERIC,
    create::DOCKER_REGISTRY,
    create::TLS,
    create::TOKEN,
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
    set::SUBJECT,
    rollout::UNDO,
    rollout::STATUS,
    rollout::HISTORY,
    rollout::RESTART,
    rollout::PAUSE,
    rollout::RESUME,
];

/// All commands of kubectl, in its order; those below another one are indented, and other names stand behind `|`.
const COMMANDS: &str = "\
create
 clusterrole
 clusterrolebinding
 configmap|cm
 cronjob|cj
 deployment|deploy
 ingress|ing
 job
 namespace|ns
 poddisruptionbudget|pdb
 priorityclass|pc
 quota|resourcequota
 role
 rolebinding
 secret
  docker-registry
  generic
  tls
 service|svc
  clusterip
  externalname
  loadbalancer
  nodeport
 serviceaccount|sa
 token
expose
run
set
 env
 image
 resources
 selector
 serviceaccount|sa
 subject
explain
get
edit
delete
rollout
 history
 pause
 restart
 resume
 status
 undo
scale
autoscale
certificate
 approve
 deny
cluster-info
 dump
top
 node|nodes|no
 pod|pods|po
cordon
uncordon
drain
taint
describe
logs
attach
exec
port-forward
proxy
cp
auth
 can-i
 reconcile
 whoami
debug
events
diff
apply
 edit-last-applied
 set-last-applied
 view-last-applied
patch
replace
wait
kustomize
label
annotate
completion
alpha
plugin
 list
version
config
 current-context
 delete-cluster
 delete-context
 delete-user
 get-clusters
 get-contexts
 get-users
 rename-context|rename
 set
 set-cluster
 set-context
 set-credentials
 unset
 use-context|use
 view
api-resources
api-versions
options
help
kuberc
 set
 view";

/// The names of all commands, such as `rollout undo`, in kubectl's order.
pub fn commands() -> Vec<String> {
    let mut path: Vec<&str> = Vec::new();
    let names = COMMANDS.lines().map(|line| {
        let name = line.trim_start();
        path.truncate(line.len() - name.len());
        path.push(name.split('|').next().unwrap_or_default());
        path.join(" ")
    });
    names.collect()
}

/// The command below another one that a word names.
fn below(command: &str, word: &str) -> Option<String> {
    let wanted = if command.is_empty() { 0 } else { command.split(' ').count() };
    let mut path: Vec<&str> = Vec::new();
    for line in COMMANDS.lines() {
        let names = line.trim_start();
        path.truncate(line.len() - names.len());
        let is_named = names.split('|').any(|name| name == word);
        if path.len() == wanted && path.join(" ") == command && is_named {
            path.push(names.split('|').next().unwrap_or_default());
            return Some(path.join(" "));
        }
        path.push(names.split('|').next().unwrap_or_default());
    }
    None
}

/// So many letters may differ in a command that is suggested.
const SUGGESTED: usize = 2;

/// The command that the words name, and the words without its name.
pub fn find_command(words: &[String]) -> (String, Vec<String>) {
    let (mut name, mut rest) = (String::new(), words.to_vec());
    while let Some(next) = next_name(&rest, 0) {
        let Some(command) = below(&name, &rest[next]) else { break };
        name = command;
        rest.remove(next);
    }
    (name, rest)
}

/// Commands that only hold others, or that are answered without a verb.
const GROUPS: &[&str] = &[
    "",
    "alpha",
    "auth",
    "certificate",
    "completion",
    "config",
    "create secret",
    "create service",
    "kuberc",
    "plugin",
    "plugin list",
    "rollout",
    "set",
    "top",
];

/// What kubectl says where a command has no verb here: it only holds others, or it is left out.
///
/// # Errors
/// There is no such command, or it does nothing by itself.
pub fn without_verb(env: &mut Env, name: &str, rest: &[String]) -> Result<(), Failure> {
    if let (Some(first), true) =
        (rest.first().filter(|word| word.starts_with('-')), name.is_empty() && next_name(rest, 0).is_some())
    {
        // What is no command may be a plugin's.
        let told = format!("Error: flags cannot be placed before plugin name: {first}");
        return Err(Failure::AsItIs(told));
    }
    let given = || rest.iter().take_while(|word| *word != "--");
    if given().any(|word| word == "-h" || word == "--help") {
        return match (name, next_name(rest, 0)) {
            ("", Some(at)) => Err(unknown(&rest[at])),
            _ => help::print(env, name),
        };
    }
    let args = Args::read(rest, &[GLOBAL]);
    // What is left out says so, whatever flags it is given.
    if let Err(error) = args.as_ref()
        && GROUPS.contains(&name)
    {
        let path = if name.is_empty() { String::new() } else { format!(" {name}") };
        return Err(Failure::own(format!("{error}\nSee 'kubectl{path} --help' for usage.")));
    }
    let usage = |text: &str| Err(Failure::usage(&format!("kubectl {name}"), text));
    let args = args.unwrap_or_default();
    let words = &args.positional;
    match (name, words.as_slice()) {
        ("", []) => help::print(env, ""),
        ("", [word, ..]) => Err(unknown(word)),
        ("alpha", _) => {
            env.complain("No alpha commands are available in this version of kubectl\n");
            Ok(())
        }
        ("certificate", _) => help::print(env, name),
        ("rollout", []) => help::print(env, name).and(Err(Failure::Told)),
        (
            "auth" | "config" | "create secret" | "create service" | "kuberc" | "plugin" | "set" | "top",
            [],
        ) => help::refuse(env, name),
        (
            "auth" | "config" | "create secret" | "create service" | "kuberc" | "plugin" | "rollout" | "set"
            | "top",
            words,
        ) => usage(&format!("unknown command {:?}", words.join(" "))),
        ("plugin list", _) => Err(Failure::own("unable to find any kubectl plugins in your PATH")),
        ("completion", []) => usage("Shell not specified."),
        ("completion", [shell]) if !["bash", "fish", "powershell", "zsh"].contains(&shell.as_str()) => {
            usage(&format!("Unsupported shell type {shell:?}."))
        }
        ("completion", [_, _, ..]) => usage("Too many arguments. Expected only the shell type."),
        ("certificate approve" | "certificate deny", []) => {
            Err(Failure::own("one or more CSRs must be specified as <name> or -f <filename>"))
        }
        ("certificate approve" | "certificate deny", [request, ..]) => Err(Failure::Status(
            Some("NotFound"),
            format!("certificatesigningrequests.certificates.k8s.io {request:?} not found"),
        )),
        ("cp", [] | [_]) => Err(Failure::own("source and destination are required")),
        ("cp", [from, to]) => copied(env, &args, from, to),
        ("debug", _)
            if !rest.iter().any(|word| word.starts_with("--image") || word.starts_with("--copy-to")) =>
        {
            Err(Failure::own("you must specify --image when not using --copy-to."))
        }
        ("debug", [word, ..]) => debugged(env, &args, word),
        ("auth reconcile", _)
            if !rest.iter().any(|word| word.starts_with("-f") || word.starts_with("--filename")) =>
        {
            Err(Failure::own("must specify one of -f and -k"))
        }
        ("kustomize", [_, _, ..]) => Err(Failure::own("specify one path to kustomization.yaml")),
        ("kustomize", folder) => Err(source::no_kustomization(folder.first().map_or(".", String::as_str))),
        ("kuberc set", _) if !rest.iter().any(|word| word.starts_with("--section")) => {
            Err(Failure::own("required flag(s) \"section\" not set"))
        }
        (
            "config set"
            | "config unset"
            | "config rename-context"
            | "config set-cluster"
            | "config set-credentials"
            | "config delete-cluster"
            | "config delete-context"
            | "config delete-user",
            _,
        ) => {
            let words: Vec<String> = rest.iter().filter(|word| !word.starts_with('-')).cloned().collect();
            config::change(env, name, &words)
        }
        _ => Err(Failure::own(format!("kubectl {name} is not part of this playground"))),
    }
}

/// `kubectl cp`: there are no files to copy, in containers or outside of them.
fn copied(env: &Env, args: &Args, from: &str, to: &str) -> Result<(), Failure> {
    match (from.split_once(':'), to.contains(':')) {
        (None, false) => Err(Failure::own("one of src or dest must be a remote file specification")),
        (Some(_), true) => Err(Failure::own("one of src or dest must be a local file specification")),
        (None, true) => Err(Failure::own(format!("{from} doesn't exist in local filesystem"))),
        (Some((pod, _)), false) => {
            let (namespace, pod) = pod.split_once('/').unwrap_or((args.namespace().0, pod));
            env.client.get(&ObjectKey::new(Kind::Pod, namespace, pod))?;
            Err(Failure::own("kubectl cp is not part of this playground: its containers hold no files"))
        }
    }
}

/// `kubectl debug`: the pod or node has to be there.
fn debugged(env: &Env, args: &Args, word: &str) -> Result<(), Failure> {
    let key = match word.split_once('/') {
        None => ObjectKey::new(Kind::Pod, args.namespace().0, word),
        Some((kind, name)) => {
            let kind = select::kind(kind)?;
            if !["Pod", "Node"].contains(&kind.kind) {
                let group = kind.api_version.split_once('/').map_or("", |(group, _)| group);
                let version = kind.api_version.rsplit('/').next().unwrap_or_default();
                return Err(Failure::own(format!(
                    "\"{group}/{version}, Kind={}\" not supported by debug",
                    kind.kind
                )));
            }
            ObjectKey::new(kind.kind(), args.namespace().0, name)
        }
    };
    env.client.get(&key)?;
    Err(Failure::own("kubectl debug is not part of this playground: its containers do not run"))
}

/// There is no such command.
fn unknown(name: &str) -> Failure {
    Failure::own(format!("unknown command {name:?} for \"kubectl\"{}", suggestions(name)))
}

/// Where the next word stands that is no flag and no flag's value.
fn next_name(words: &[String], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(word) = words.get(at) {
        let known = |test: &dyn Fn(&super::Flag) -> bool| GLOBAL.iter().find(|flag| test(flag));
        let has_word = |flag: Option<&super::Flag>| flag.is_none_or(super::Flag::takes_a_word);
        at += match word.strip_prefix("--") {
            Some("") => return None,
            // To cobra `--help` is a flag that it does not know yet.
            Some(name)
                if !name.contains('=') && (name == "help" || has_word(known(&|flag| flag.name == name))) =>
            {
                2
            }
            Some(_) => 1,
            None if !word.starts_with('-') => return Some(at),
            None => {
                let mut letters = word.chars().skip(1);
                match (letters.next(), letters.next()) {
                    (Some('h'), None) => 2,
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
    let typed = word.to_ascii_lowercase();
    // What people type for some of them.
    let means = |name: &str| match name {
        "delete" => ["rm", "remove"].contains(&&*typed),
        "describe" => typed == "inspect",
        "get" => ["list", "ls"].contains(&&*typed),
        "top" => typed == "stats",
        _ => false,
    };
    let is_near = |name: &str| {
        strsim::levenshtein(&typed, name) <= SUGGESTED || name.starts_with(&typed) || means(name)
    };
    let near: Vec<String> = COMMANDS
        .lines()
        .filter(|line| !line.starts_with(' ') && *line != "help")
        .filter(|name| is_near(name))
        .map(|name| format!("\t{name}\n"))
        .collect();
    if near.is_empty() {
        String::new()
    } else {
        format!("\n\nDid you mean this?\n{}", near.concat().trim_end_matches('\n'))
    }
}
