//! What may come next on a command line, as a shell's Tab offers it: programs, verbs, kinds, names of objects, flags and
//! their values. Upstream: `kubectl/pkg/util/completion/completion.go`.

mod objects;

use super::flags::{Flag, Takes};
use super::kinds::RESOURCES;
use super::programs;
use super::verbs::VERBS;
use super::verbs::config::CONTEXT;
use super::{GLOBAL, Verb, kinds, shell};
use crate::api::{Time, sort};
use crate::cluster::World;

/// Something that may stand in the place of the last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completable {
    /// The whole word.
    pub text: String,
    /// What is told of it beside.
    pub notes: Vec<String>,
    /// Whether the word is complete with it.
    pub ends: bool,
}

impl Completable {
    fn new(text: impl Into<String>) -> Self {
        Completable { text: text.into(), notes: Vec::new(), ends: true }
    }

    fn noted(text: impl Into<String>, note: impl Into<String>) -> Self {
        Completable { notes: vec![note.into()], ..Completable::new(text) }
    }

    fn open(self) -> Self {
        Completable { ends: false, ..self }
    }
}

/// What may come next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the last word begins, in bytes.
    pub start: usize,
    /// What may stand there.
    pub candidates: Vec<Completable>,
}

/// What is offered, at most.
const MOST: usize = 200;

/// What may stand in the place of the last word of a line, in this cluster and with these texts.
pub fn complete(line: &str, world: &World, now: Time, files: &[&str]) -> Completion {
    let typed = Typed::of(line);
    let mut candidates = offered(&typed, &Cluster { world, now, files });
    candidates.retain(|candidate| candidate.text.starts_with(&typed.last));
    candidates.dedup_by(|right, left| right.text == left.text);
    candidates.truncate(MOST);
    Completion { start: typed.start, candidates }
}

/// What is known to complete with.
struct Cluster<'a> {
    world: &'a World,
    now: Time,
    files: &'a [&'a str],
}

/// The command at the end of a line.
#[derive(Debug, Default, PartialEq)]
struct Typed {
    /// Its whole words.
    words: Vec<String>,
    /// The word that is being typed; empty after a blank.
    last: String,
    /// Where that begins, in bytes.
    start: usize,
    /// Whether it reads what another prints.
    is_piped: bool,
}

impl Typed {
    fn of(line: &str) -> Self {
        let mut typed = Typed::default();
        let mut quote = None;
        let mut is_word = false;
        for (at, letter) in line.char_indices() {
            match (quote, letter) {
                (Some(open), letter) if letter == open => quote = None,
                (None, '\'' | '"') => {
                    if !is_word {
                        typed.start = at;
                    }
                    (quote, is_word) = (Some(letter), true);
                }
                (None, ' ' | '\t' | '\n' | ';' | '|' | '&') => {
                    if is_word {
                        typed.words.push(std::mem::take(&mut typed.last));
                        is_word = false;
                    }
                    if ![' ', '\t'].contains(&letter) {
                        typed.words.clear();
                        typed.is_piped = letter == '|';
                    }
                }
                // A prompt that was pasted.
                (None, '$') if typed.words.is_empty() && !is_word => {}
                (_, letter) => {
                    if !is_word {
                        typed.start = at;
                        is_word = true;
                    }
                    typed.last.push(letter);
                }
            }
        }
        if !is_word {
            typed.start = line.len();
        }
        typed
    }
}

/// Programs that are no filters.
const PROGRAMS: &[&str] = &["kubectl", "clear", "ssh", "playground"];

fn offered(typed: &Typed, cluster: &Cluster) -> Vec<Completable> {
    let Some((program, words)) = typed.words.split_first() else {
        let own = PROGRAMS.iter().copied().chain(programs::names()).filter(|_| !typed.is_piped);
        return own.chain(shell::programs()).map(Completable::new).collect();
    };
    match (program.as_str(), words.len()) {
        ("kubectl" | "k", _) => kubectl(typed, words, cluster),
        ("ssh", 0) => objects::nodes(cluster),
        ("ssh", at) => {
            let words: &[&[&str]] = &[&["sudo"], &["systemctl"], &["stop", "start"], &["kubelet"]];
            words
                .get(at - 1)
                .into_iter()
                .flat_map(|words| words.iter().copied())
                .map(Completable::new)
                .collect()
        }
        ("playground", 0) => ["set", "add"].map(Completable::new).into(),
        ("playground", 1) if words[0] == "set" => {
            ["order=chance", "order=name", "nodes"].map(Completable::new).into()
        }
        ("playground", 1) => vec![Completable::new("nodes")],
        _ => cluster.files.iter().copied().map(Completable::new).collect(),
    }
}

/// The verb that words begin with, and how many of them its name is.
fn verb_of(words: &[String]) -> Option<(&'static Verb, usize)> {
    let plain: Vec<(usize, &String)> = words
        .iter()
        .enumerate()
        .filter(|(index, word)| !word.starts_with('-') && !is_value(words, *index, &[]))
        .collect();
    // The longest name counts: `create` is a verb, and so is `create service clusterip`.
    let longest = VERBS.iter().map(|verb| verb.name.split(' ').count()).max().unwrap_or(1);
    (1..=longest.min(plain.len())).rev().find_map(|count| {
        let name: Vec<&str> = plain[..count].iter().map(|(_, word)| word.as_str()).collect();
        let name = name.join(" ");
        let verb = VERBS.iter().find(|verb| verb.name == name)?;
        Some((verb, plain[count - 1].0 + 1))
    })
}

/// Whether the word at a place is the value of the flag before it.
fn is_value(words: &[String], at: usize, more: &[Flag]) -> bool {
    at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|before| {
        flag_of(before, more).is_some_and(|flag| flag.takes_a_word()) && !before.contains('=')
    })
}

/// The flag that a word is.
fn flag_of<'a>(word: &str, more: &'a [Flag]) -> Option<&'a Flag> {
    let all = || more.iter().chain(GLOBAL);
    match word.strip_prefix("--") {
        Some(name) => {
            let name = name.split('=').next().unwrap_or(name);
            all().find(|flag| flag.name == name)
        }
        None => {
            let mut letters = word.strip_prefix('-')?.chars();
            let (letter, rest) = (letters.next()?, letters.next());
            all().find(|flag| flag.short == Some(letter)).filter(|_| rest.is_none())
        }
    }
}

/// The programs that can be run in a pod.
fn run_in_pods() -> Vec<Completable> {
    programs::names().map(Completable::new).collect()
}

fn kubectl(typed: &Typed, words: &[String], cluster: &Cluster) -> Vec<Completable> {
    let Some((verb, at)) = verb_of(words) else {
        let joined = typed.last.split_once('=').filter(|_| typed.last.starts_with("--"));
        if let Some((flag, _)) = joined {
            let of = |value: Completable| Completable { text: format!("{flag}={}", value.text), ..value };
            return of_any_verb(flag, cluster).into_iter().map(of).collect();
        }
        if let Some(flag) = words.last().filter(|_| is_value(words, words.len(), &[])) {
            return of_any_verb(flag, cluster);
        }
        let group = words.iter().find(|word| !word.starts_with('-'));
        return match group {
            Some(group) => verbs_of(group),
            None if typed.last.starts_with('-') => flags(&[]),
            None => verbs(),
        };
    };
    if let Some(dash) = words.iter().position(|word| word == "--").filter(|_| verb.name == "exec") {
        return if words.len() == dash + 1 { run_in_pods() } else { objects::names_of_services(cluster) };
    }
    let positional: Vec<&str> = words
        .iter()
        .enumerate()
        .skip(at)
        .filter(|(index, word)| !word.starts_with('-') && !is_value(words, *index, verb.flags))
        .map(|(_, word)| word.as_str())
        .collect();
    let namespace = namespace(words, cluster.world.namespace());
    let asked = Asked { typed, verb, positional: &positional, namespace };
    if let Some((name, value)) = typed.last.split_once('=').filter(|_| typed.last.starts_with('-')) {
        let Some(flag) = flag_of(name, verb.flags).or_else(|| flag_of(&format!("{name}="), verb.flags))
        else {
            return Vec::new();
        };
        return values(flag, value, &asked, cluster)
            .into_iter()
            .map(|candidate| Completable { text: format!("{name}={}", candidate.text), ..candidate })
            .collect();
    }
    if typed.last.starts_with('-') {
        return flags(verb.flags);
    }
    if let Some(flag) = words.last().filter(|_| is_value(words, words.len(), verb.flags)) {
        let flag = flag_of(flag, verb.flags);
        return flag.map(|flag| values(flag, &typed.last, &asked, cluster)).unwrap_or_default();
    }
    objects::positional(&asked, cluster)
}

/// Values of the flags that stand before the verb, too.
fn of_any_verb(flag: &str, cluster: &Cluster) -> Vec<Completable> {
    match flag_of(flag, &[]).map(|flag| flag.name) {
        Some("namespace") => objects::namespaces(cluster),
        Some("context") => vec![Completable::new(CONTEXT)],
        _ => Vec::new(),
    }
}

/// What is asked for.
struct Asked<'a> {
    typed: &'a Typed,
    verb: &'static Verb,
    positional: &'a [&'a str],
    /// None = all.
    namespace: Option<&'a str>,
}

impl Asked<'_> {
    /// The kind that the first word names.
    fn kind(&self) -> Option<&'static kinds::ApiResource> {
        let first = self.positional.first()?;
        kinds::named(first.split(['/', ',']).next().unwrap_or(first))
    }
}

/// The namespace that flags name, else the one that kubectl is in.
fn namespace<'a>(words: &'a [String], home: &'a str) -> Option<&'a str> {
    if words.iter().any(|word| word == "-A" || word == "--all-namespaces") {
        return None;
    }
    let after = words
        .windows(2)
        .find(|pair| pair[0] == "-n" || pair[0] == "--namespace")
        .map(|pair| pair[1].as_str());
    let joined = words.iter().find_map(|word| word.strip_prefix("--namespace=").or(word.strip_prefix("-n=")));
    let glued = words
        .iter()
        .find_map(|word| word.strip_prefix("-n").filter(|rest| !rest.is_empty() && !rest.starts_with('=')));
    Some(after.or(joined).or(glued).unwrap_or(home))
}

fn verbs() -> Vec<Completable> {
    let mut all: Vec<Completable> = Vec::new();
    for verb in VERBS {
        let candidate = match verb.name.split_once(' ') {
            Some((group, _)) => Completable::new(group),
            None => Completable::new(verb.name),
        };
        if !all.iter().any(|known| known.text == candidate.text) {
            all.push(candidate);
        }
    }
    sort::by(&mut all, |left, right| left.text.cmp(&right.text));
    all
}

fn verbs_of(group: &str) -> Vec<Completable> {
    let verb = |verb: &Verb| {
        let name = verb.name.strip_prefix(group)?.strip_prefix(' ')?;
        name.split(' ').next().map(Completable::new)
    };
    let mut all: Vec<Completable> = VERBS.iter().filter_map(verb).collect();
    all.dedup();
    all
}

fn flags(own: &[Flag]) -> Vec<Completable> {
    let flag = |flag: &Flag| {
        let short = flag.short.map(|short| format!("-{short}"));
        let text = if flag.takes_a_word() { format!("--{}=", flag.name) } else { format!("--{}", flag.name) };
        let candidate = Completable { notes: short.into_iter().collect(), ..Completable::new(text) };
        if flag.takes_a_word() { candidate.open() } else { candidate }
    };
    own.iter().chain(GLOBAL).map(flag).collect()
}

/// Values of flags that are words of their own.
const VALUES: &[(&str, &[&str])] = &[
    ("output", &["json", "yaml", "name", "wide", "jsonpath=", "custom-columns=", "go-template="]),
    ("dry-run", &["client", "server", "none"]),
    ("cascade", &["background", "foreground", "orphan"]),
    ("for", &["condition=Ready", "condition=Available", "delete", "jsonpath="]),
    ("sort-by", &[".metadata.name", ".metadata.creationTimestamp", ".status.startTime", ".spec.nodeName"]),
    (
        "field-selector",
        &["metadata.name=", "metadata.namespace=", "spec.nodeName=", "status.phase=", "spec.unschedulable="],
    ),
    ("type", &["strategic", "merge", "json"]),
];

fn values(flag: &Flag, value: &str, asked: &Asked, cluster: &Cluster) -> Vec<Completable> {
    if flag.name == "for" && asked.verb.name == "events" {
        return objects::one_of(value, asked, cluster);
    }
    if let Some((_, values)) = VALUES.iter().find(|(name, _)| *name == flag.name) {
        let candidate = |value: &&str| {
            let candidate = Completable::new(*value);
            if value.ends_with('=') { candidate.open() } else { candidate }
        };
        return values.iter().map(candidate).collect();
    }
    match (flag.name, flag.takes) {
        ("namespace", _) => objects::namespaces(cluster),
        ("context", _) => vec![Completable::new(CONTEXT)],
        ("filename", _) => cluster.files.iter().copied().map(Completable::new).collect(),
        ("selector", _) => objects::labels(asked, cluster, value, true),
        ("label-columns", _) => objects::labels(asked, cluster, value, false),
        ("revision" | "to-revision", _) => objects::revisions(asked, cluster),
        (_, Takes::Switch) => ["true", "false"].map(Completable::new).into(),
        _ => Vec::new(),
    }
}

/// Kinds that people ask for most: where nothing is typed yet they come first.
const FIRST: [&str; 8] =
    ["pods", "nodes", "daemonsets", "events", "deployments", "services", "namespaces", "controllerrevisions"];

/// The kinds, by all that people call them.
fn kinds_named(typed: &str) -> Vec<Completable> {
    let mut all: Vec<Completable> = RESOURCES
        .iter()
        .flat_map(|kind| {
            let short = kind.short.iter().map(|short| Completable::noted(*short, kind.plural));
            let whole = Completable {
                notes: kind.short.iter().map(|&short| short.into()).collect(),
                ..Completable::new(kind.plural)
            };
            let single = Completable::noted(kind.singular, kind.plural);
            [whole, single].into_iter().chain(short)
        })
        .collect();
    let place = |text: &str| FIRST.iter().position(|first| *first == text && typed.is_empty());
    let rank = |one: &Completable| place(&one.text).unwrap_or(FIRST.len());
    sort::by(&mut all, |left, right| (rank(left), &left.text).cmp(&(rank(right), &right.text)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubectl::given::{add, cluster};
    use serde_json::json;

    fn offers(line: &str) -> Vec<String> {
        let mut world = cluster();
        add(
            &mut world,
            json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "dns", "namespace": "kube-system" },
                "spec": { "containers": [{ "name": "dns", "image": "dns:1" }] },
            }),
        );
        let all = complete(line, &world, Time::EPOCH, &["manifest.yaml", "nodes.yaml"]);
        all.candidates.into_iter().map(|candidate| candidate.text).collect()
    }

    #[test]
    fn what_may_come_next_is_offered() {
        for (line, expected) in [
            ("kub", &["kubectl"][..]),
            ("kubectl ro", &["rollout"]),
            ("k rollout u", &["undo"]),
            ("kubectl get daem", &["daemonset", "daemonsets"]),
            (
                "kubectl get p",
                &[
                    "pc",
                    "pdb",
                    "persistentvolume",
                    "persistentvolumeclaim",
                    "persistentvolumeclaims",
                    "persistentvolumes",
                    "po",
                    "pod",
                    "poddisruptionbudget",
                    "poddisruptionbudgets",
                    "pods",
                    "podtemplate",
                    "podtemplates",
                    "priorityclass",
                    "priorityclasses",
                    "prioritylevelconfiguration",
                    "prioritylevelconfigurations",
                    "pv",
                    "pvc",
                ],
            ),
            ("kubectl get po ", &["p"]),
            ("kubectl get po p ", &[]),
            ("kubectl get po -n kube-system ", &["dns"]),
            ("kubectl -n kube-system get po d", &["dns"]),
            ("kubectl get pods/", &["pods/p"]),
            ("kubectl get nodes,pods -o w", &["wide"]),
            ("kubectl get po -ow --name", &["--namespace="]),
            ("kubectl get po --namespace=kube-s", &["--namespace=kube-system"]),
            ("kubectl get po -n kube-s", &["kube-system"]),
            ("kubectl get po -l ", &["app="]),
            ("kubectl get po -l app=", &["app=agent"]),
            ("kubectl get no -l disk=ssd,di", &["disk=ssd,disk="]),
            ("kubectl describe no b", &["b"]),
            ("kubectl taint nodes ", &["a", "b"]),
            ("kubectl taint nodes b ", &["gpu=x:NoSchedule", "gpu:NoSchedule-", "gpu-"]),
            ("kubectl label node b disk", &["disk=", "disk-"]),
            ("kubectl cordon ", &["a", "b"]),
            ("kubectl rollout status ds/", &["ds/agent"]),
            ("kubectl set image ds/agent ", &["agent=agent:1"]),
            ("kubectl delete ds agent --casc", &["--cascade"]),
            ("kubectl apply -f m", &["manifest.yaml"]),
            ("kubectl apply --filename=n", &["--filename=nodes.yaml"]),
            ("ssh a sudo systemctl st", &["stop", "start"]),
            ("kubectl exec p -- c", &["curl"]),
            ("kubectl exec p -- ", &["curl", "nslookup"]),
            ("cat n", &["nodes.yaml"]),
            ("kubectl get po | gre", &["grep"]),
            ("ls; kubectl cordon a && kubectl unc", &["uncordon"]),
            ("kubectl nosuch ", &[]),
            ("kubectl create ser", &["serviceaccount", "service"]),
            ("kubectl create service n", &["nodeport"]),
            ("kubectl create deployment d --im", &["--image="]),
            ("kubectl apply v", &["view-last-applied"]),
            ("kubectl -n kube-s", &["kube-system"]),
            ("kubectl --context ", &["oracle"]),
            ("kubectl --namespace=kube-s", &["--namespace=kube-system"]),
            ("kubectl rollout pause d", &["deploy", "deployment", "deployments"]),
            ("kubectl config use-context ", &["oracle"]),
            ("kubectl help roll", &["rollout"]),
            ("kubectl help rollout u", &["undo"]),
            (
                "kubectl rollout undo d",
                &["daemonset", "daemonsets", "deploy", "deployment", "deployments", "ds"],
            ),
            ("kubectl logs ds/", &["ds/agent"]),
            ("kubectl events --for pod/", &["pod/p"]),
            ("kubectl events --for=ds/", &["--for=ds/agent"]),
        ] {
            assert_eq!(offers(line), expected, "{line}");
        }
    }

    #[test]
    fn the_word_begins_where_it_is_typed() {
        let world = cluster();
        let start = |line: &str| complete(line, &world, Time::EPOCH, &[]).start;
        assert_eq!(start("kubectl get po "), 15);
        assert_eq!(start("kubectl get po p"), 15);
        assert_eq!(start("ku"), 0);
        assert_eq!(start("$ ku"), 2);
    }
}
