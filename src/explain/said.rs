//! What the user said, as a sentence: from the words of the line, and from what came of it. What a first visit does not
//! tell of stands in functions of their own, which the page gets later (`.ci/split.mjs`).

use super::change::kind_word;
use super::piece::{Piece, count, listed, names, sentence};
use super::reach::outcome;
use super::span::span;
use crate::api::{Kind, ObjectKey, plural};
use crate::controllers::node_lifecycle::NODE_MONITOR_GRACE_PERIOD;
use crate::kubectl::{Deed, Dispatch, DoneTo, EDITED_BY_HAND, Outbound, Setting};
use crate::kubelet::{Fault, Stage};
use crate::network::{Caller, End, NameCode};
use crate::sim::{Said, Step};
use serde_json::Value;

/// The most objects of an applied file that are named.
const NAMED: usize = 3;

/// A command and what came of it, to go on from "you".
pub(super) fn told(step: &Step, said: &Said) -> Vec<Piece> {
    let mut pieces = deed(step, said);
    if said.answer.sent.is_some() {
        return pieces;
    }
    let planned = said.answer.refused().map(|(_, error)| error.to_string());
    let mut errors: Vec<String> =
        planned.chain(step.refused.iter().map(|(_, error)| error.to_string())).collect();
    errors.dedup();
    // A file in which there is nothing is told with kubectl's answer already.
    let reads_a_file = said.request.words().iter().any(|word| word == "-f");
    let is_told = reads_a_file && said.answer.done.is_empty();
    if errors.is_empty() && said.answer.code != 0 && !is_told {
        errors.extend(complaint(&said.answer.err).map(|line| line.trim_start_matches("error: ").to_owned()));
    }
    if let [first, rest @ ..] = errors.as_slice() {
        pieces.extend(sentence("; refused: {}", &[first]));
        if !rest.is_empty() {
            pieces.push(Piece::Text(format!(" and {} more", rest.len())));
        }
    }
    pieces
}

/// The condition that a patch of a node's status reports, and its status; none if it says anything else.
fn reported(patch: &str) -> Option<(String, String)> {
    let patch: Value = serde_json::from_str(patch).ok()?;
    let condition = patch.pointer("/status/conditions/0")?;
    let text = |field: &str| condition.get(field)?.as_str().map(str::to_owned);
    Some((text("type")?, text("status")?))
}

/// The first error that kubectl printed, without the hints in the lines below it.
fn complaint(printed: &str) -> Option<&str> {
    let lines = || printed.lines().filter(|line| !line.starts_with("Warning: "));
    lines().find(|line| line.starts_with("error: ")).or_else(|| lines().next())
}

fn deed(step: &Step, said: &Said) -> Vec<Piece> {
    if let Some(sent) = &said.answer.sent {
        return requested(sent);
    }
    let words: Vec<&str> = said.request.given().iter().map(String::as_str).collect();
    let about = || keys(said);
    match words.as_slice() {
        ["kubectl", "apply", ..] => applied(step, said, file(&words)),
        ["playground", "restore", ..] | ["playground", "set", "nodes", ..] => {
            applied(step, said, file(&words))
        }
        ["playground", "add", "nodes", ..] => {
            let keys = about();
            let mut pieces = sentence(if keys.len() == 1 { "added node " } else { "added nodes " }, &[]);
            pieces.extend(names(&keys));
            pieces
        }
        ["playground", ..] if said.answer.setting.is_some() => match &said.answer.setting {
            Some(Setting::ByChance(true)) => {
                sentence("let the DaemonSet controller pick nodes in random order, as a real one does", &[])
            }
            _ => sentence("let the DaemonSet controller pick nodes in the order of their names", &[]),
        },
        ["kubectl", "drain", ..] => drained(said, &about()),
        ["kubectl", verb @ ("cordon" | "uncordon"), ..] => {
            sentence("{}ed {}", &[verb, &listed_names(&about())])
        }
        ["kubectl", "delete", ..] => of_objects("deleted", &of_step(step, about())),
        ["kubectl", "label", ..] => labelled(&words, &about()),
        ["kubectl", "annotate", ..] => of_objects("annotated", &about()),
        ["kubectl", "taint", ..] => tainted(&words, &about()),
        ["kubectl", "rollout", "undo", ..] => {
            let revision = words.iter().find_map(|word| word.strip_prefix("--to-revision="));
            let names = listed_names(&about());
            match revision {
                Some(revision) => sentence("rolled `{}` back to revision {}", &[&names, revision]),
                None => sentence("rolled `{}` back to the revision before", &[&names]),
            }
        }
        ["kubectl", "rollout", "restart", ..] => of_objects("restarted", &about()),
        ["kubectl", "patch", "node", .., "--subresource=status", "-p", patch]
            if reported(patch).is_some() =>
        {
            let (type_, status) = reported(patch).unwrap_or_default();
            let text = match status.as_str() {
                "True" => "let {} report {}",
                _ => "let {} report that {} is over",
            };
            sentence(text, &[&listed_names(&about()), &type_])
        }
        ["kubectl", "patch", ..] if said.answer.code == 0 => patched(&words, &about()),
        ["ssh", node, .., "stop", _] => sentence(
            "stopped the kubelet of {}; after {} without a heartbeat the node counts as unreachable",
            &[node, &span(NODE_MONITOR_GRACE_PERIOD)],
        ),
        ["ssh", node, .., _, _] => sentence("started the kubelet of {}", &[node]),
        [EDITED_BY_HAND, ..] if !said.answer.done.is_empty() => of_objects("edited", &about()),
        _ => sentence("ran `{}`", &[&said.request.headline()]),
    }
}

/// What a client sent, to go on from "client": what it asked for first, and how that and all the others ended.
#[inline(never)]
fn requested(sent: &Outbound) -> Vec<Piece> {
    let mut told = sentence("{} ", &[&client(&sent.from)]);
    let Some(first) = sent.queries.first() else { return told };
    told.extend(match first {
        Dispatch::Request(host, port, _) => sentence("asked for `{}:{}`: ", &[host, &port.to_string()]),
        Dispatch::Lookup(name, ..) => sentence("looked up `{}`: ", &[name]),
    });
    match first {
        _ if sent.queries.len() > 1 => {
            let is_answered = |query: &&Dispatch| matches!(query, Dispatch::Request(_, _, End::Answered(..)));
            let answered = sent.queries.iter().filter(is_answered).count().to_string();
            told.extend(sentence(
                "{} of {} requests answered",
                &[&answered, &sent.queries.len().to_string()],
            ));
        }
        Dispatch::Request(_, _, End::Answered(pod, node)) => {
            told.extend(sentence("answered by `{}`", &[&pod.1]));
            if let Some(node) = node {
                told.extend(sentence(" on {}", &[node]));
            }
        }
        Dispatch::Request(_, _, end) => told.extend(sentence(outcome(end), &[])),
        Dispatch::Lookup(_, NameCode::Found, found) => told.push(Piece::Text(count(*found, "record"))),
        Dispatch::Lookup(_, NameCode::Empty, _) => told.extend(sentence("no answer", &[])),
        Dispatch::Lookup(_, NameCode::NoSuchName, _) => told.extend(sentence("no such name", &[])),
        Dispatch::Lookup(_, NameCode::Outside, _) => {
            told.extend(sentence("a name outside of the cluster, not simulated", &[]));
        }
    }
    told
}

/// Who sends, as the subject of a sentence.
fn client(from: &Caller) -> String {
    match from {
        Caller::Pod(pod) => pod.1.to_string(),
        Caller::Node(node) => format!("on {node}"),
        Caller::Outside => "outside of the cluster".to_owned(),
    }
}

/// What the command was about, each object once.
fn keys(said: &Said) -> Vec<ObjectKey> {
    let mut keys: Vec<ObjectKey> = Vec::new();
    for done in &said.answer.done {
        if !keys.contains(&done.key) {
            keys.push(done.key.clone());
        }
    }
    keys
}

/// Of these objects those that the step changed, if there are any: a command may take several steps.
fn of_step(step: &Step, keys: Vec<ObjectKey>) -> Vec<ObjectKey> {
    let is_own = |key: &ObjectKey| step.changes.iter().any(|change| change.is_about(key));
    if !keys.iter().any(is_own) {
        return keys;
    }
    keys.into_iter().filter(is_own).collect()
}

fn file<'a>(words: &[&'a str]) -> &'a str {
    words.iter().skip_while(|word| **word != "-f").nth(1).copied().unwrap_or("a file")
}

fn listed_names(keys: &[ObjectKey]) -> String {
    keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// `deleted pod `a``, or of several how many.
#[inline(never)]
fn of_objects(verb: &str, keys: &[ObjectKey]) -> Vec<Piece> {
    match keys {
        [] => sentence("{} nothing", &[verb]),
        [one] => sentence("{} {} `{}`", &[verb, kind_word(&one.kind), &one.name]),
        [first, rest @ ..] if rest.iter().all(|key| key.kind == first.kind) => {
            let mut pieces = sentence("{} {} ", &[verb, &plural(kind_word(&first.kind))]);
            pieces.extend(names(keys));
            pieces
        }
        keys => {
            let named =
                keys.iter().take(NAMED).map(|key| sentence("{} `{}`", &[kind_word(&key.kind), &key.name]));
            let mut pieces = sentence("{} ", &[verb]);
            pieces.extend(named.collect::<Vec<_>>().join(&Piece::Text(", ".into())));
            if keys.len() > NAMED {
                pieces.push(Piece::Text(format!(" and {} more", keys.len() - NAMED)));
            }
            pieces
        }
    }
}

/// What a patch sets: the fields of a merge, of which the first few are told with their values.
#[inline(never)]
fn patched(words: &[&str], keys: &[ObjectKey]) -> Vec<Piece> {
    const TOLD: usize = 2;
    let mut told = of_objects("patched", keys);
    let spelt = words.iter().find_map(|word| word.strip_prefix("--patch="));
    let apart = words.windows(2).find_map(|pair| matches!(pair[0], "-p" | "--patch").then_some(pair[1]));
    let Some(Ok(patch)) = spelt.or(apart).map(serde_json::from_str) else { return told };
    let mut fields = Vec::new();
    merged("", &patch, &mut fields);
    if fields.is_empty() {
        return told;
    }
    told.extend(sentence(": ", &[]));
    told.extend(listed(&fields, TOLD));
    told
}

/// The fields that a merge patch names, as `spec.paused=true`: of a list and of a long value the name alone.
fn merged(path: &str, patch: &Value, fields: &mut Vec<String>) {
    const SHORT: usize = 40;
    match patch {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                merged(&path, value, fields);
            }
        }
        _ if path.is_empty() => (),
        Value::Array(_) | Value::Object(_) => fields.push(path.to_owned()),
        Value::String(text) if text.len() <= SHORT => fields.push(format!("{path}={text}")),
        Value::String(_) => fields.push(path.to_owned()),
        plain => fields.push(format!("{path}={plain}")),
    }
}

/// The nodes, and what was evicted from them.
#[inline(never)]
fn drained(said: &Said, keys: &[ObjectKey]) -> Vec<Piece> {
    let (nodes, pods): (Vec<ObjectKey>, Vec<ObjectKey>) =
        keys.iter().cloned().partition(|key| key.kind == Kind::Node);
    let verb = if said.answer.code == 0 { "drained" } else { "tried to drain" };
    let mut told = sentence("{} {}", &[verb, &listed_names(&nodes)]);
    if !pods.is_empty() {
        told.extend(sentence(", evicting ", &[]));
        told.extend(names(&pods));
    }
    told
}

/// Flags whose value is a word of its own.
const BEFORE_A_VALUE: [&str; 7] =
    ["-l", "--selector", "-n", "--namespace", "--field-selector", "-o", "--output"];

/// The words of a command that change something: pairs, or keys with a dash behind them.
fn changes<'a>(words: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let pairs = words.windows(2).skip(2);
    let own = pairs.filter(|pair| !BEFORE_A_VALUE.contains(&pair[0])).map(|pair| pair[1]);
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for word in own.filter(|word| !word.starts_with('-')) {
        match word.strip_suffix('-') {
            Some(word) => removed.push(word),
            None if word.contains(['=', ':']) => set.push(word),
            None => {}
        }
    }
    (set, removed)
}

#[inline(never)]
fn labelled(words: &[&str], keys: &[ObjectKey]) -> Vec<Piece> {
    let fails = format!("{}=true", Stage::PodContainerRunningFailed.label());
    let [key] = keys else { return of_objects("labelled", keys) };
    let about = [kind_word(&key.kind), &*key.name];
    if let Some(told) = fault(words, &key.name) {
        return told;
    }
    match changes(words) {
        (set, removed) if set == [fails.as_str()] && removed.is_empty() => {
            sentence("made `{}` fail", &[&key.name])
        }
        (set, removed) if removed.is_empty() => {
            sentence("set the label `{}` on {} `{}`", &[&set.join(" "), about[0], about[1]])
        }
        (set, removed) if set.is_empty() => {
            sentence("removed the label `{}` from {} `{}`", &[&removed.join(" "), about[0], about[1]])
        }
        _ => sentence("changed labels of {} `{}`", &about),
    }
}

/// A label that switches a fault of the pod's containers.
fn fault(words: &[&str], pod: &str) -> Option<Vec<Piece>> {
    let (set, removed) = changes(words);
    let ([pair], []) = (set.as_slice(), removed.as_slice()) else { return None };
    let (label, value) = pair.split_once('=')?;
    let fault = Fault::ALL.into_iter().find(|fault| fault.label() == label)?;
    let what = match (fault, value == "true") {
        (Fault::Crash, true) => "made the containers of `{}` crash",
        (Fault::NotReady, true) => "kept `{}` from being ready",
        (Fault::ImagePull, true) => "made the images of `{}` impossible to pull",
        (Fault::Crash, false) => "let the containers of `{}` run without crashing",
        (Fault::NotReady, false) => "let `{}` be ready",
        (Fault::ImagePull, false) => "made the images of `{}` available",
    };
    Some(sentence(what, &[pod]))
}

#[inline(never)]
fn tainted(words: &[&str], keys: &[ObjectKey]) -> Vec<Piece> {
    let node = listed_names(keys);
    let (add, remove) = changes(words);
    let (add, remove) = (add.join(", "), remove.join(", "));
    match (add.is_empty(), remove.is_empty()) {
        (_, true) => sentence("tainted {} with `{}`", &[&node, &add]),
        (true, false) => sentence("removed the taint `{}` from {}", &[&remove, &node]),
        _ => sentence("tainted {} with `{}` and removed `{}`", &[&node, &add, &remove]),
    }
}

/// A file that was applied: what became of its objects, by name where they are few, as kubectl prints it.
fn applied(step: &Step, said: &Said, file: &str) -> Vec<Piece> {
    let done = &said.answer.done;
    if done.is_empty() && said.answer.code != 0 {
        let error = complaint(&said.answer.err).unwrap_or_default();
        return sentence("applied `{}`: `{}`", &[file, error]);
    }
    let refused = |done: &DoneTo| step.refused.iter().any(|(write, _)| write.key() == done.key);
    let with = |deed: &Deed| -> Vec<&DoneTo> {
        done.iter().filter(|done| done.deed == *deed && !refused(done)).collect()
    };
    let mut told = sentence("applied `{}`: ", &[file]);
    let verbs = [
        (Deed::Created, "created"),
        (Deed::Configured, "configured"),
        (Deed::Deleted, "deleted"),
        (Deed::Unchanged, "unchanged"),
    ];
    let groups = verbs.map(|(deed, verb)| (with(&deed), deed, verb));
    let changed: usize =
        groups.iter().filter(|(_, deed, _)| *deed != Deed::Unchanged).map(|(all, ..)| all.len()).sum();
    let mut parts: Vec<Vec<Piece>> = Vec::new();
    for (all, deed, verb) in groups.iter().filter(|(all, ..)| !all.is_empty()) {
        if changed > NAMED || *deed == Deed::Unchanged {
            parts.push(sentence("{} {}", &[&all.len().to_string(), verb]));
            continue;
        }
        parts.extend(all.iter().map(|done| {
            let mut told = sentence("{} `{}` {}", &[kind_word(&done.key.kind), &done.key.name, verb]);
            let has_new_template = step.changes.iter().any(|change| {
                let [before, after] =
                    [&change.before, &change.after].map(|object| object.as_ref()?.as_daemon_set().cloned());
                change.is_about(&done.key)
                    && matches!((before, after), (Some(before), Some(after)) if before.spec.template != after.spec.template)
            });
            if has_new_template {
                told.extend(sentence(" (new template)", &[]));
            }
            told
        }));
    }
    if parts.is_empty() {
        parts.push(sentence("nothing changed", &[]));
    }
    told.extend(parts.join(&Piece::Text(", ".into())));
    told
}
