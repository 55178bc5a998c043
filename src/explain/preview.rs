//! What applying would do, before it is done: told from the writes that a command plans.

use super::change::kind_word;
use super::leaving::Evicted;
use super::piece::{Piece, count, listed, sentence};
use super::refused::{grounds, remedy};
use super::template::changes;
use crate::api::merge::says_more;
use crate::api::requests::{HostPort, host_ports, template_ports};
use crate::api::{
    ControllerRevision, DaemonSet, EcoString, Kind, Node, Object, ObjectKey, Pod, Taint, Time, sort,
};
use crate::cluster::{World, Write, lease_key};
use crate::controllers::daemonset::bounds::{self, Bound, Budget};
use crate::controllers::daemonset::eligibility::{Placement, Verdict};
use crate::controllers::daemonset::history::{self, TemplateSnapshot};
use crate::controllers::daemonset::pod::{HASH_LABEL, PodFactory};
use crate::controllers::node_lifecycle;
use crate::kubectl::Request;
use crate::sim::{Refused, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// One thing that would happen, with its sign: `+`, `−`, `~`, `→`, `·` (nothing), `!` (it will fail).
pub type PreviewLine = (&'static str, Vec<Piece>);

/// The most names that stand in one line.
const NAMED: usize = 3;

/// What would come of commands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// What would change.
    pub lines: Vec<PreviewLine>,
    /// What the API server would refuse.
    pub refused: Vec<Refused>,
}

/// What commands would do to a cluster, one after the other, as far as they can be told from it as it is.
pub fn preview(requests: &[Request], world: &World, now: Time) -> Preview {
    let mut lines = Vec::new();
    let mut others = Others::default();
    let mut sets = Vec::new();
    let Trial { changes, refused, after } = Trial::of(requests, world, now);
    // By the time that pods are made, each node's first report has been looked at: `not-ready` has gone.
    let nodes: Vec<Rc<Node>> =
        after.nodes().map(|node| node_lifecycle::settled(Rc::clone(node), now)).collect();
    let (there, joined): (Vec<_>, Vec<_>) =
        nodes.iter().cloned().partition(|node| world.node(&node.metadata.name).is_some());
    let refusals: BTreeMap<ObjectKey, Vec<Piece>> = sort::map(
        after.daemon_sets().filter_map(|set| Some((set.key(), refusal(&after, &nodes, set, now)?))),
    );
    let makes_pods = |set: &DaemonSet| !refusals.contains_key(&set.key());
    for node in joined {
        others.joining.entry(takers(&after, &node, makes_pods)).or_default().push(node.metadata.name.clone());
    }
    for (world, changes) in &changes {
        for change in changes.iter().filter(|change| says_more(change.before.as_ref(), change.after.as_ref()))
        {
            if change.is_of(&Kind::DaemonSet)
                && change.after.as_ref().is_some_and(|set| !set.metadata().is_terminating())
            {
                sets.push(change.key());
            }
            match (&change.before, &change.after) {
                (None, Some(Object::DaemonSet(set))) => lines.extend(new_set(&nodes, set, makes_pods(set))),
                (Some(Object::DaemonSet(old)), Some(Object::DaemonSet(set)))
                    if !set.metadata.is_terminating() =>
                {
                    let seen = Seen { world, there: &there, nodes: &nodes, makes_pods: makes_pods(set) };
                    lines.extend(changed_set(&seen, old, set));
                }
                (None, Some(Object::Node(_))) => {}
                (Some(Object::Node(old)), Some(Object::Node(node))) => {
                    lines.extend(changed_node(world, old, node, makes_pods));
                }
                // A Lease stands for a kubelet that is silent.
                (before, _) if change.is_about(&lease_key(change.name())) => {
                    let kubelets = if before.is_none() { &mut others.silent } else { &mut others.heard };
                    kubelets.push(change.name().clone());
                }
                (None, _) => others.created.push(told_key(&change.key())),
                (Some(_), Some(after)) if !after.metadata().is_terminating() => {
                    others.configured.push(told_key(&change.key()));
                }
                (Some(_), _) => others.deleted.push(told_key(&change.key())),
            }
        }
    }
    lines.extend(sets.iter().filter_map(|key| Some(("!", refusals.get(key)?.clone()))));
    lines.extend(joining(&others.joining));
    lines.extend(others.lines());
    Preview { lines, refused }
}

/// That something was done elsewhere to objects of a text, which does not say so.
pub fn told_behind(keys: &BTreeSet<ObjectKey>, file: &str) -> PreviewLine {
    let names: Vec<String> = keys.iter().map(told_key).collect();
    let was = if names.len() == 1 { "was" } else { "were" };
    let mut told = listed(&names, NAMED);
    let text = " {} changed elsewhere, and {} does not say so. Take over writes it into the text";
    told.extend(sentence(text, &[was, file]));
    ("≠", told)
}

/// That objects which were taken out of a text stay in the cluster; none where there are none.
pub fn told_left_behind(keys: &[ObjectKey]) -> Option<PreviewLine> {
    if keys.is_empty() { None } else { Some(left_behind(keys)) }
}

#[inline(never)]
fn left_behind(keys: &[ObjectKey]) -> PreviewLine {
    let names: Vec<String> = keys.iter().map(told_key).collect();
    let text = match names.len() {
        1 => " stays: it is no longer in the text, and kubectl apply deletes nothing",
        _ => " stay: they are no longer in the text, and kubectl apply deletes nothing",
    };
    let mut told = listed(&names, NAMED);
    told.extend(sentence(text, &[]));
    ("·", told)
}

/// Objects of which nothing more is said.
#[derive(Default)]
struct Others {
    created: Vec<String>,
    configured: Vec<String>,
    deleted: Vec<String>,
    /// Nodes whose kubelets stop.
    silent: Vec<EcoString>,
    /// Nodes whose kubelets start.
    heard: Vec<EcoString>,
    /// New nodes, by the DaemonSets that they get a pod of.
    joining: BTreeMap<Vec<EcoString>, Vec<EcoString>>,
}

impl Others {
    fn lines(&self) -> Vec<PreviewLine> {
        let all = [
            ("+", &self.created, "created"),
            ("~", &self.configured, "configured"),
            ("−", &self.deleted, "deleted"),
        ];
        let line = |(sign, names, verb): (&'static str, &Vec<String>, &str)| {
            (!names.is_empty()).then(|| {
                let mut told = listed(names, NAMED);
                told.push(Piece::Text(format!(" {verb}")));
                (sign, told)
            })
        };
        let kubelets = [
            told_kubelets(&self.silent, [" is silent", " are silent"]),
            told_kubelets(&self.heard, [" runs again", " run again"]),
        ];
        all.into_iter().filter_map(line).chain(kubelets.into_iter().flatten()).collect()
    }
}

/// What becomes of the kubelets of some nodes, with the verb for one and for several.
fn told_kubelets(nodes: &[EcoString], verb: [&str; 2]) -> Option<PreviewLine> {
    let many = usize::from(nodes.len() > 1);
    (!nodes.is_empty()).then(|| {
        let mut told = sentence(["the kubelet of ", "the kubelets of "][many], &[]);
        told.extend(listed(nodes, NAMED));
        told.push(Piece::Text(verb[many].into()));
        ("~", told)
    })
}

fn told_key(key: &ObjectKey) -> String {
    format!("{}/{}", kind_word(&key.kind).to_ascii_lowercase(), key.name)
}

/// How many of some nodes should run a pod of a set.
fn eligible(nodes: &[Rc<Node>], set: &DaemonSet) -> usize {
    let placement = Placement::new(&set.spec.template);
    nodes.iter().filter(|node| placement.judge(node).verdict == Verdict::ShouldRun).count()
}

fn new_set(nodes: &[Rc<Node>], set: &DaemonSet, makes_pods: bool) -> Vec<PreviewLine> {
    if !makes_pods {
        return vec![("+", sentence("DaemonSet `{}` created", &[&set.metadata.name]))];
    }
    let takes = eligible(nodes, set);
    let all = count(nodes.len(), "node");
    let text = "DaemonSet `{}` created: a pod on {} of {}";
    vec![("+", sentence(text, &[&set.metadata.name, &takes.to_string(), &all]))]
}

/// What a DaemonSet that changes is seen against.
struct Seen<'a> {
    /// The cluster before.
    world: &'a World,
    /// The nodes that stay, as they will be.
    there: &'a [Rc<Node>],
    /// These and those that join.
    nodes: &'a [Rc<Node>],
    /// Whether the API server takes the pods that it makes from then on.
    makes_pods: bool,
}

fn changed_set(seen: &Seen<'_>, old: &Rc<DaemonSet>, new: &DaemonSet) -> Vec<PreviewLine> {
    let (world, name) = (seen.world, &new.metadata.name);
    if old.spec == new.spec {
        return vec![("·", sentence("metadata of `{}` changes: no pod is touched", &[name]))];
    }
    let mut lines = Vec::new();
    if old.spec.template == new.spec.template {
        let mut what = "spec of `{}` changes, not its template: no pod is replaced";
        let mut then = None;
        if old.spec.update_strategy != new.spec.update_strategy {
            let hash = hash_of(world, old, new);
            let is_old =
                |node: &&Rc<Node>| has_pod(world, old, &node.metadata.name, |pod| !is_of(pod, hash.as_ref()));
            then = strategy(seen, old, new, seen.there.iter().filter(is_old).count(), false);
            what = match then {
                Some((sign, _)) if sign != "·" => {
                    "update strategy of `{}` changes, and there are pods of an older template"
                }
                _ => "update strategy of `{}` changes, not its template: no pod is replaced because of that",
            };
        }
        lines.push(("~", sentence(what, &[name])));
        lines.extend(then);
        return lines;
    }
    let changed = changes(&old.spec.template, &new.spec.template);
    let mut told = match world.daemon_sets().nth(1) {
        None => sentence("template changes: ", &[]),
        // What follows is about this one, up to the line that names the next.
        Some(_) => sentence("template of `{}` changes: ", &[name]),
    };
    let names: Vec<String> = changed.iter().map(|change| change.name.clone()).collect();
    told.extend(listed(&names, NAMED));
    told.extend(revision(world, old, new));
    lines.push(("~", told));
    lines.extend(moved(seen, old, new));
    lines
}

/// Which revision the template becomes.
fn revision(world: &World, old: &DaemonSet, new: &DaemonSet) -> Vec<Piece> {
    let all = history::revisions(world, old);
    let next = all.first().map_or(0, |latest| latest.revision) + 1;
    let data = TemplateSnapshot::of(new, None);
    let is_same = |revision: &&Rc<ControllerRevision>| revision.data.as_ref() == Some(data.data());
    match all.iter().find(is_same) {
        Some(before) if before.revision + 1 == next => {
            sentence(" → the current revision `r{}`", &[&before.revision.to_string()])
        }
        Some(before) => {
            let numbers = [before.revision.to_string(), next.to_string()];
            sentence(" → revision `r{}` again, as `r{}`", &[&numbers[0], &numbers[1]])
        }
        None => sentence(" → new revision `r{}`", &[&next.to_string()]),
    }
}

/// Whether a node has a pod of the set that is not being deleted already and is as asked.
fn has_pod(world: &World, set: &DaemonSet, node: &str, asked: impl Fn(&Pod) -> bool) -> bool {
    let is_live = |pod: &Rc<Pod>| pod.is_owned_by(&set.metadata.uid) && !pod.metadata.is_terminating();
    world.pods_on(node).any(|pod| is_live(pod) && asked(pod))
}

/// The hash of the set's revision that has another state's template; none = there is no such revision.
fn hash_of(world: &World, set: &DaemonSet, other: &DaemonSet) -> Option<EcoString> {
    let data = TemplateSnapshot::of(other, None);
    let all = history::revisions(world, set);
    let same = all.iter().find(|revision| revision.data.as_ref() == Some(data.data()))?;
    same.metadata.labels.get(HASH_LABEL).cloned()
}

/// Whether a pod is of the revision of a hash.
fn is_of(pod: &Pod, hash: Option<&EcoString>) -> bool {
    hash.is_some() && pod.metadata.labels.get(HASH_LABEL) == hash
}

/// How so many old pods are replaced, besides those that are deleted anyway.
fn strategy(
    seen: &Seen<'_>,
    old: &DaemonSet,
    set: &DaemonSet,
    pods: usize,
    others_go: bool,
) -> Option<PreviewLine> {
    if pods == 0 {
        return None;
    }
    if set.spec.update_strategy.type_ == "OnDelete" {
        let text = match others_go {
            true => "`OnDelete`: the other pods stay as they are until somebody deletes them",
            false => "`OnDelete`: pods stay as they are until somebody deletes them",
        };
        return Some(("·", sentence(text, &[])));
    }
    let desired = i32::try_from(eligible(seen.nodes, set)).unwrap_or(i32::MAX);
    let as_set = |bound: &Bound| bound.setting.as_ref().map_or_else(|| "1".into(), ToString::to_string);
    Some(match bounds::budget(set, desired) {
        Err(error) => ("!", sentence("the update cannot go on: {}", &[&error.to_string()])),
        Ok(Budget::Surge(_)) if !seen.makes_pods => {
            ("·", sentence("the old pods stay: no new one comes beside them", &[]))
        }
        Ok(Budget::Unavailable(bound)) if !seen.makes_pods => {
            let pods = count(pods.min(usize::try_from(bound.value).unwrap_or(0)), "old pod");
            let text = "{} deleted, and no new one comes (`maxUnavailable: {}`)";
            ("−", sentence(text, &[&pods, &as_set(&bound)]))
        }
        Ok(Budget::Surge(_)) if let Some(port) = kept_port(seen, old, set) => {
            let text = "the update never ends: with `maxSurge` the new pod waits for host port {} of its node until the old one goes, which waits for the new one. Use `maxUnavailable`";
            ("!", sentence(text, &[&port]))
        }
        Ok(Budget::Surge(bound)) => {
            let text = "a new pod comes beside each old one, on {} at a time (`maxSurge: {}`)";
            ("→", sentence(text, &[&at_a_time(bound.value), &as_set(&bound)]))
        }
        Ok(Budget::Unavailable(bound)) => {
            let text = "{} replaced, {} at a time (`maxUnavailable: {}`)";
            ("→", sentence(text, &[&count(pods, "pod"), &at_a_time(bound.value), &as_set(&bound)]))
        }
    })
}

/// A host port that new pods want and an available old one has: it stays until the new one is available, and no node has
/// room for both. One that is not available is replaced at once.
#[inline(never)]
fn kept_port(seen: &Seen<'_>, old: &DaemonSet, new: &DaemonSet) -> Option<String> {
    let wanted = template_ports(&new.spec.template.spec);
    let is_kept = |port: &HostPort, node: &Rc<Node>| {
        has_pod(seen.world, old, &node.metadata.name, |pod| {
            pod.is_ready() && host_ports(&pod.spec).iter().any(|taken| port.conflicts(taken))
        })
    };
    let kept = wanted.iter().find(|port| seen.there.iter().any(|node| is_kept(port, node)))?;
    Some(kept.port.to_string())
}

fn at_a_time(nodes: i32) -> String {
    if nodes == 1 { "one node".into() } else { format!("{nodes} nodes") }
}

/// What becomes of the pods of a set whose template changes: how those that belong where they are are replaced, and
/// which nodes get a pod, lose theirs or keep one that no longer counts.
fn moved(seen: &Seen<'_>, old: &DaemonSet, new: &DaemonSet) -> Vec<PreviewLine> {
    let hash = hash_of(seen.world, old, new);
    let placement = Placement::new(&new.spec.template);
    let waits = new.spec.update_strategy.type_ == "OnDelete";
    let (mut gain, mut lose, mut drift, mut keep) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut replaced, mut new_already) = (0, 0);
    for node in seen.there {
        let name = node.metadata.name.clone();
        let has = |asked: fn(&Pod, Option<&EcoString>) -> bool| {
            has_pod(seen.world, old, &name, |pod| asked(pod, hash.as_ref()))
        };
        match (placement.judge(node).verdict, has(|_, _| true)) {
            (Verdict::ShouldRun, true) if has(is_of) => new_already += 1,
            (Verdict::ShouldRun, true) => replaced += 1,
            (Verdict::ShouldRun, false) if seen.makes_pods => gain.push(name),
            (Verdict::MustNot, true) => lose.push(name),
            (Verdict::MayStay, true) if waits => keep.push(name),
            (Verdict::MayStay, true) => drift.push(name),
            (_, false) => {}
        }
    }
    let strategy = match replaced {
        0 if new_already > 0 => {
            let all = count(new_already, "pod");
            let verb = if new_already == 1 { "has" } else { "have" };
            Some(("·", sentence("no pod is replaced: {} {} this template already", &[&all, verb])))
        }
        _ => strategy(seen, old, new, replaced, !lose.is_empty()),
    };
    let drifts = [
        " loses its pod in the rollout: no new one may come",
        " lose their pods in the rollout: no new ones may come",
    ];
    let moves = [
        told_move("+", &gain, [" gets a pod", " get a pod"]),
        told_move("−", &lose, [" loses its pod", " lose their pods"]),
        told_move("−", &drift, drifts),
        told_move(
            "·",
            &keep,
            [" keeps its pod, but would get no new one", " keep their pods, but would get no new ones"],
        ),
    ];
    strategy.into_iter().chain(moves.into_iter().flatten()).collect()
}

/// What becomes of some nodes' pods, in the words for one node or for several.
fn told_move(sign: &'static str, names: &[EcoString], words: [&str; 2]) -> Option<PreviewLine> {
    let words = match names.len() {
        0 => return None,
        1 => words[0],
        _ => words[1],
    };
    let mut told = listed(names, NAMED);
    told.push(Piece::Text(words.into()));
    Some((sign, told))
}

/// What the API server would say to a pod of a set that is about to run somewhere, if it takes none.
fn refusal(world: &World, nodes: &[Rc<Node>], set: &DaemonSet, now: Time) -> Option<Vec<Piece>> {
    let placement = Placement::new(&set.spec.template);
    let node = nodes.iter().find(|node| placement.judge(node).verdict == Verdict::ShouldRun)?;
    let factory = PodFactory::new(set, &placement, "");
    let pod = factory.make(&node.metadata.name);
    let error = world.clone().write(Write::Create(pod.clone().into()), now).err()?;
    let mut told = sentence("pods of `{}` will be refused: ", &[&set.metadata.name]);
    told.extend(grounds(&error));
    told.extend(sentence(". ", &[]));
    told.extend(remedy(world, &pod, &error));
    Some(told)
}

/// The DaemonSets that a node gets a pod of, among those whose pods the API server takes.
fn takers(world: &World, node: &Node, makes_pods: impl Fn(&DaemonSet) -> bool) -> Vec<EcoString> {
    let takes =
        |set: &&Rc<DaemonSet>| Placement::new(&set.spec.template).judge(node).verdict == Verdict::ShouldRun;
    let live = world.daemon_sets().filter(|set| !set.metadata.is_terminating() && makes_pods(set));
    live.filter(takes).map(|set| set.metadata.name.clone()).collect()
}

/// Nodes that join; those that get the same pods in one line.
fn joining(nodes: &BTreeMap<Vec<EcoString>, Vec<EcoString>>) -> Vec<PreviewLine> {
    let line = |(sets, names): (&Vec<EcoString>, &Vec<EcoString>)| {
        let is_one = names.len() == 1;
        let mut told = sentence(if is_one { "node " } else { "nodes " }, &[]);
        told.extend(listed(names, NAMED));
        told.extend(sentence(if is_one { " joins" } else { " join" }, &[]));
        if !sets.is_empty() {
            told.extend(sentence(if is_one { ": gets a pod of " } else { ": each gets a pod of " }, &[]));
            told.extend(listed(sets, NAMED));
        }
        ("+", told)
    };
    nodes.iter().map(line).collect()
}

/// What of a node's status and of its cordon becomes different.
fn status_changes(old: &Node, new: &Node) -> Vec<String> {
    let mut told = Vec::new();
    if old.ready() != new.ready() {
        told.push(match new.ready() {
            Some("True") => "becomes Ready".to_owned(),
            Some("False") => "becomes NotReady".to_owned(),
            _ => "becomes NotReady (Unknown)".to_owned(),
        });
    }
    let has =
        |node: &Node, type_: &str| node.condition(type_).is_some_and(|condition| condition.status == "True");
    for type_ in ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"] {
        match (has(old, type_), has(new, type_)) {
            (false, true) => told.push(format!("gets the condition {type_}")),
            (true, false) => told.push(format!("loses the condition {type_}")),
            _ => {}
        }
    }
    match (old.spec.unschedulable, new.spec.unschedulable) {
        (false, true) => told.push("is cordoned".into()),
        (true, false) => told.push("is uncordoned".into()),
        _ => {}
    }
    if old.status.allocatable != new.status.allocatable {
        told.push("allocatable changes".into());
    }
    told
}

fn changed_node(
    world: &World,
    old: &Node,
    new: &Node,
    makes_pods: impl Fn(&DaemonSet) -> bool,
) -> Vec<PreviewLine> {
    let name = &new.metadata.name;
    let lacks = |taints: &[Taint], taint: &Taint| !taints.contains(taint);
    let only_in = |some: &Node, other: &Node| -> Vec<String> {
        let taints = some.spec.taints.iter().filter(|taint| lacks(&other.spec.taints, taint));
        taints.map(ToString::to_string).collect()
    };
    let (gained, lost) = (only_in(new, old), only_in(old, new));
    let mut clauses: Vec<Vec<Piece>> = Vec::new();
    for (taints, text) in [(&gained, "gets the taint "), (&lost, "loses the taint ")] {
        if !taints.is_empty() {
            clauses.push([sentence(text, &[]), listed(taints, NAMED)].concat());
        }
    }
    clauses.extend(status_changes(old, new).iter().map(|clause| sentence(clause, &[])));
    let mut told = sentence("node `{}` configured", &[name]);
    if !clauses.is_empty() {
        told.push(Piece::Text(": ".into()));
        told.extend(clauses.join(&Piece::Text(", ".into())));
    }
    let mut lines = vec![("~", told)];
    let mut losing: Vec<&Rc<DaemonSet>> = Vec::new();
    for set in world.daemon_sets() {
        let placement = Placement::new(&set.spec.template);
        let has_pod = has_pod(world, set, name, |_| true);
        let what = match (placement.judge(old).verdict, placement.judge(new).verdict) {
            (from, to) if from == to => continue,
            (_, Verdict::ShouldRun) if has_pod => ("·", "keeps its pod of `{}`, counted as desired"),
            (_, Verdict::ShouldRun) if makes_pods(set) => ("+", "gets a pod of `{}`"),
            (Verdict::ShouldRun, Verdict::MayStay) if has_pod => {
                ("·", "keeps its pod of `{}`, but would get no new one: only a `NoExecute` taint evicts it")
            }
            (_, Verdict::MustNot) if has_pod => {
                losing.push(set);
                ("−", "loses its pod of `{}`")
            }
            _ => continue,
        };
        let mut told = sentence("`{}` ", &[name]);
        told.extend(sentence(what.1, &[&set.metadata.name]));
        lines.push((what.0, told));
    }
    let mut evicted = Evicted::default();
    evicted.add(world, old, new, |pod| losing.iter().any(|set| pod.is_owned_by(&set.metadata.uid)));
    lines.extend(evicted.told(Some(name)).into_iter().map(|told| ("−", told)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::given;
    use crate::explain::plain;
    use crate::explain::why::why_pod;
    use crate::sim::Timeline;
    use crate::sim::given::{apply, at_rest, on_delete, rolling, run, set, settled, until};
    use serde_json::{Value, json};

    fn told(timeline: &Timeline, objects: Vec<Object>) -> Vec<String> {
        of(timeline, Request::apply(Request::text_of(&objects)))
    }

    fn of(timeline: &Timeline, command: Request) -> Vec<String> {
        lines_of(&preview(&[command], timeline.world(), timeline.now()))
    }

    fn lines_of(Preview { lines, refused }: &Preview) -> Vec<String> {
        let refused = refused.iter().map(|refused| format!("! {}", refused.error));
        let lines = lines.iter().map(|(sign, what)| format!("{sign} {}", plain(what)));
        lines.chain(refused).collect()
    }

    fn node(name: &str, spec: Value) -> Object {
        given::node(name, json!({ "spec": spec }))
    }

    #[test]
    fn a_new_template_is_told_with_its_revision_and_how_it_rolls() {
        for (spec, expected) in [
            (rolling(json!(1), json!(0)), "→ 4 pods replaced, one node at a time (maxUnavailable: 1)"),
            (rolling(json!("30%"), json!(0)), "→ 4 pods replaced, 2 nodes at a time (maxUnavailable: 30%)"),
            (
                rolling(json!(0), json!("50%")),
                "→ a new pod comes beside each old one, on 2 nodes at a time (maxSurge: 50%)",
            ),
            (on_delete(), "· OnDelete: pods stay as they are until somebody deletes them"),
        ] {
            let timeline = settled(4, &spec);
            let lines = told(&timeline, vec![set("2", &spec)]);
            assert_eq!(lines, ["~ template changes: image → new revision r2", expected]);
        }
    }

    #[test]
    fn what_is_told_is_what_then_happens() {
        let spec = rolling(json!(1), json!(0));
        let mut timeline = settled(4, &spec);
        assert_eq!(told(&timeline, vec![set("1", &spec)]), Vec::<String>::new(), "nothing changes");
        apply(&mut timeline, "2", &spec);
        run(&mut timeline);
        let back = [
            "~ template changes: image → revision r1 again, as r3",
            "→ 4 pods replaced, one node at a time (maxUnavailable: 1)",
        ];
        assert_eq!(told(&timeline, vec![set("1", &spec)]), back);
        apply(&mut timeline, "1", &spec);
        run(&mut timeline);
        let world = timeline.world();
        let set = world.daemon_sets().next().expect("the DaemonSet");
        let numbers: Vec<i64> = history::revisions(world, set).iter().map(|one| one.revision).collect();
        assert_eq!(numbers, [3, 2], "the first revision became the third");
    }

    #[test]
    fn other_pods_that_a_taint_evicts_are_named() {
        let pod = |name: &str, tolerations: Value| {
            let spec = json!({ "nodeName": "n01", "tolerations": tolerations, "containers": [{ "name": "c", "image": "i" }] });
            let metadata = json!({ "name": name, "namespace": "default" });
            Object::from_json(
                json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec }),
            )
            .expect("a pod")
        };
        let gpu = |seconds: Option<i64>| json!([{ "key": "gpu", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds }]);
        let mut timeline = settled(3, &rolling(json!(1), json!(0)));
        let pods = [
            pod("web", json!([])),
            pod("db", gpu(None)),
            pod("batch", gpu(Some(60))),
            pod("hasty", gpu(Some(0))),
        ];
        timeline.say(&Request::apply(Request::text_of(&pods)));
        run(&mut timeline);
        let tainted = |effect: &str| node("n01", json!({ "taints": [{ "key": "gpu", "effect": effect }] }));
        assert_eq!(
            told(&timeline, vec![tainted("NoExecute")]),
            [
                "~ node n01 configured: gets the taint gpu:NoExecute",
                "− n01 loses its pod of agent",
                "− hasty, web are evicted from n01",
                "− batch is evicted from n01 when the time in tolerationSeconds is over",
            ]
        );
        assert_eq!(told(&timeline, vec![tainted("NoSchedule")]).len(), 2, "it evicts nobody");
    }

    #[test]
    fn nodes_that_gain_or_lose_a_pod_are_named() {
        let spec = rolling(json!(1), json!(0));
        let timeline = settled(3, &spec);
        let lines =
            told(&timeline, vec![node("n01", json!({"taints": [{"key": "gpu", "effect": "NoExecute"}]}))]);
        assert_eq!(
            lines,
            ["~ node n01 configured: gets the taint gpu:NoExecute", "− n01 loses its pod of agent"]
        );
        let lines =
            told(&timeline, vec![node("n01", json!({"taints": [{"key": "gpu", "effect": "NoSchedule"}]}))]);
        assert_eq!(
            lines[1],
            "· n01 keeps its pod of agent, but would get no new one: only a NoExecute taint evicts it"
        );
        let mut selective = set("1", &spec).to_json();
        selective["spec"]["template"]["spec"]["nodeSelector"] = json!({"disk": "ssd"});
        let lines = told(&timeline, vec![Object::from_json(selective).expect("a DaemonSet")]);
        assert_eq!(lines[1..], ["− n00, n01, n02 lose their pods"], "none is replaced");
    }

    #[test]
    fn only_pods_that_are_there_and_stay_where_they_are_are_replaced() {
        let taint = |effect: &str| json!({"taints": [{"key": "gpu", "effect": effect}]});
        let labelled = json!({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n03", "labels": {"disk": "ssd"}}, "spec": {},
        });
        let with = |spec: &Value, field: &str, value: Value| {
            let mut set = set("2", spec).to_json();
            set["spec"]["template"]["spec"][field] = value;
            Object::from_json(set).expect("a DaemonSet")
        };
        let gpu = json!([{"key": "gpu", "operator": "Exists"}]);
        for (spec, field, value, expected) in [
            (
                rolling(json!(1), json!(0)),
                "nodeSelector",
                json!({"disk": "ssd"}),
                vec![
                    "→ 1 pod replaced, one node at a time (maxUnavailable: 1)",
                    "− n00, n01, n02 lose their pods",
                ],
            ),
            (
                on_delete(),
                "nodeSelector",
                json!({"disk": "ssd"}),
                vec![
                    "· OnDelete: the other pods stay as they are until somebody deletes them",
                    "− n00, n01, n02 lose their pods",
                ],
            ),
            (
                rolling(json!(1), json!(0)),
                "hostNetwork",
                json!(true),
                vec![
                    "→ 3 pods replaced, one node at a time (maxUnavailable: 1)",
                    "− n00 loses its pod in the rollout: no new one may come",
                ],
            ),
            (
                on_delete(),
                "hostNetwork",
                json!(true),
                vec![
                    "· OnDelete: pods stay as they are until somebody deletes them",
                    "· n00 keeps its pod, but would get no new one",
                ],
            ),
            (
                rolling(json!(1), json!(0)),
                "tolerations",
                gpu,
                vec!["→ 4 pods replaced, one node at a time (maxUnavailable: 1)", "+ m gets a pod"],
            ),
        ] {
            let mut timeline = settled(4, &spec);
            let nodes = vec![
                node("n00", taint("NoSchedule")),
                node("n01", json!({})),
                node("n02", json!({})),
                Object::from_json(labelled.clone()).expect("a node"),
                node("m", taint("NoExecute")),
            ];
            timeline.say(&Request::set_nodes(Request::text_of(&nodes)));
            run(&mut timeline);
            let lines = told(&timeline, vec![with(&spec, field, value)]);
            assert_eq!(lines[1..], expected, "{field}");
        }
    }

    #[test]
    fn a_pod_that_is_being_deleted_is_not_replaced() {
        let spec = rolling(json!(1), json!(0));
        let mut timeline = settled(3, &spec);
        let pod = timeline.world().pods_on("n00").next().expect("a pod");
        let key = ObjectKey::pod("default", &pod.metadata.name);
        let propagation = crate::cluster::Propagation::Background;
        timeline.say(&Request::delete(&key, propagation));
        let lines = told(&timeline, vec![set("2", &spec)]);
        assert_eq!(
            lines[1..],
            ["→ 2 pods replaced, one node at a time (maxUnavailable: 1)", "+ n00 gets a pod"]
        );
    }

    #[test]
    fn pods_that_the_api_server_will_refuse_are_told_before_but_do_not_stop_the_apply() {
        let spec = rolling(json!(1), json!(0));
        let timeline = settled(1, &spec);
        let mut other = set("1", &spec).to_json();
        other["spec"]["template"]["spec"]["priorityClassName"] = "agents".into();
        other["metadata"]["name"] = "other".into();
        let set = Object::from_json(other).expect("a DaemonSet");
        let class = json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "agents"}, "value": 1,
        });
        let class = Object::from_json(class).expect("a PriorityClass");
        assert_eq!(
            told(&timeline, vec![set.clone()]),
            [
                "+ DaemonSet other created",
                "! pods of other will be refused: no PriorityClass with name agents was found. Create PriorityClass agents, or take priorityClassName out of the template. ",
            ]
        );
        let both = told(&timeline, vec![class.clone(), set.clone()]);
        assert!(both.iter().all(|line| !line.starts_with('!')), "{both:?}");
    }

    #[test]
    fn no_node_is_told_to_get_a_pod_that_is_refused() {
        for (strategy, expected) in [
            (rolling(json!(2), json!(0)), "− 2 old pods deleted, and no new one comes (maxUnavailable: 2)"),
            (rolling(json!(0), json!(1)), "· the old pods stay: no new one comes beside them"),
        ] {
            let mut timeline = settled(3, &strategy);
            let pod = timeline.world().pods_on("n00").next().expect("a pod").clone();
            let key = ObjectKey::pod("default", &pod.metadata.name);
            timeline.say(&Request::delete(&key, crate::cluster::Propagation::Background));
            let mut changed = set("2", &strategy).to_json();
            changed["spec"]["template"]["spec"]["priorityClassName"] = "agents".into();
            let changed = Object::from_json(changed).expect("a DaemonSet");
            let lines = told(&timeline, vec![changed, node("m1", json!({}))]);
            assert_eq!(lines[1], expected, "{lines:?}");
            assert!(lines.iter().any(|line| line == "+ node m1 joins"), "{lines:?}");
            assert!(lines.iter().all(|line| !line.contains("gets a pod")), "{lines:?}");
        }
    }

    /// With `maxSurge` both would be on the node at once; see Why? of the pod that waits, too.
    #[test]
    fn a_surge_of_pods_with_a_host_port_is_told_to_never_end() {
        let with = |version: &str, port: Value, bounds: [i32; 2]| {
            let mut spec = rolling(json!(bounds[0]), json!(bounds[1]));
            spec["template"] = json!({
                "metadata": { "labels": { "app": "agent" } },
                "spec": { "hostNetwork": port.get("hostPort").is_none(), "containers": [{ "name": "agent", "image": format!("agent:{version}"), "ports": [port] }] },
            });
            set(version, &spec)
        };
        for (port, other, bounds, ends) in [
            (json!({ "containerPort": 80, "hostPort": 80 }), None, [0, 1], false),
            (json!({ "containerPort": 80 }), None, [0, 1], false),
            (
                json!({ "containerPort": 80, "hostPort": 80 }),
                Some(json!({ "containerPort": 80, "hostPort": 81 })),
                [0, 1],
                true,
            ),
            (json!({ "containerPort": 80, "hostPort": 80 }), None, [1, 0], true),
            // The old pods are not available, so they go at once.
            (json!({ "name": "unready", "containerPort": 80, "hostPort": 80 }), None, [0, 1], true),
        ] {
            let mut timeline = settled(2, &rolling(json!(1), json!(0)));
            let first = if port.get("name").is_some() { "unready" } else { "1" };
            timeline.say(&Request::apply(Request::text_of(&[with(first, port.clone(), bounds)])));
            run(&mut timeline);
            let next = with("2", other.unwrap_or(port), bounds);
            let lines = told(&timeline, vec![next.clone()]);
            assert_eq!(lines[1].starts_with("! the update never ends: "), !ends, "{lines:?}");
            timeline.say(&Request::apply(Request::text_of(&[next])));
            run(&mut timeline);
            let pending = timeline.world().pods().find(|pod| pod.status.phase == "Pending").cloned();
            assert_eq!(pending.is_none(), ends, "what is told is what happens");
            if let Some(pod) = pending {
                let why =
                    why_pod(&timeline, "default", &pod.metadata.name, None).expect("there is such a pod");
                let told = plain(&why.verdict);
                assert!(told.contains("the old pod, which stays until this one is available"), "{told}");
            }
        }
    }

    #[test]
    fn a_bound_that_is_none_is_told_as_the_controller_tells_it() {
        let spec = rolling(json!("one"), json!(0));
        let mut set = set("1", &spec);
        if let Object::DaemonSet(set) = &mut set {
            let strategy = &mut Rc::make_mut(set).spec.update_strategy;
            strategy.type_ = "RollingUpdate".into();
        }
        let timeline = settled(1, &rolling(json!(1), json!(0)));
        let Object::DaemonSet(set) = set else { panic!("a DaemonSet") };
        let nodes: Vec<_> = timeline.world().nodes().cloned().collect();
        let world = timeline.world();
        let seen = Seen { world, there: &nodes, nodes: &nodes, makes_pods: true };
        let (sign, words) = strategy(&seen, &set, &set, 1, false).expect("a line");
        assert_eq!(sign, "!");
        assert!(
            plain(&words).starts_with("the update cannot go on: couldn't get unavailable numbers"),
            "{words:?}"
        );
    }

    #[test]
    fn where_there_are_several_sets_each_is_named() {
        let spec = rolling(json!(1), json!(0));
        let mut timeline = settled(2, &spec);
        let other = set("1", &spec).to_json().to_string().replace("agent", "other");
        let other = Object::from_json(serde_json::from_str(&other).expect("JSON")).expect("a DaemonSet");
        timeline.say(&Request::apply(Request::text_of(&[other])));
        let lines = told(&timeline, vec![set("2", &spec)]);
        assert_eq!(lines[0], "~ template of agent changes: image → new revision r2");
    }

    #[test]
    fn a_template_that_pods_have_already_replaces_only_the_others() {
        let spec = rolling(json!(1), json!(0));
        let mut timeline = settled(4, &spec);
        apply(&mut timeline, "2", &spec);
        let lines = told(&timeline, vec![set("1", &spec)]);
        assert_eq!(lines[1], "· no pod is replaced: 4 pods have this template already", "{lines:?}");
        run(&mut timeline);
        apply(&mut timeline, "1", &spec);
        let lines = told(&timeline, vec![set("2", &spec)]);
        assert_eq!(
            lines,
            [
                "~ template changes: image → the current revision r2",
                "· no pod is replaced: 4 pods have this template already"
            ]
        );
        until(&mut timeline, |timeline| {
            timeline.world().daemon_sets().next().is_some_and(|set| set.status.updated_number_scheduled == 1)
        });
        let lines = told(&timeline, vec![set("2", &spec)]);
        assert_eq!(lines[1], "→ 1 pod replaced, one node at a time (maxUnavailable: 1)", "{lines:?}");
    }

    #[test]
    fn nodes_and_a_set_that_come_together_are_told_as_they_will_be() {
        let timeline = at_rest(1, Vec::new());
        let spec = rolling(json!("50%"), json!(0));
        let nodes = || vec![node("n1", json!({})), node("n2", json!({}))];
        let expected = [
            "+ DaemonSet agent created: a pod on 2 of 2 nodes",
            "+ nodes n1, n2 join: each gets a pod of agent",
        ];
        let apart = [
            Request::set_nodes(Request::text_of(&nodes())),
            Request::apply(Request::text_of(&[set("1", &spec)])),
        ];
        assert_eq!(lines_of(&preview(&apart, timeline.world(), timeline.now())), expected);
        let both = [vec![set("1", &spec)], nodes()].concat();
        assert_eq!(told(&timeline, both), expected);
        // A template that changes while nodes join: those are told once, and percentages are of all of them.
        let timeline = settled(2, &spec);
        let mut listed: Vec<Object> = (0..2).map(|index| node(&format!("n{index:02}"), json!({}))).collect();
        listed.extend(nodes());
        let apart = [
            Request::set_nodes(Request::text_of(&listed)),
            Request::apply(Request::text_of(&[set("2", &spec)])),
        ];
        assert_eq!(
            lines_of(&preview(&apart, timeline.world(), timeline.now())),
            [
                "~ template changes: image → new revision r2",
                "→ 2 pods replaced, 2 nodes at a time (maxUnavailable: 50%)",
                "+ nodes n1, n2 join: each gets a pod of agent"
            ]
        );
    }

    #[test]
    fn nodes_that_join_share_a_line_and_those_that_go_too() {
        let timeline = settled(1, &rolling(json!(1), json!(0)));
        let mut objects: Vec<Object> = (1..6).map(|index| node(&format!("m{index}"), json!({}))).collect();
        objects.push(node("gpu", json!({"taints": [{"key": "gpu", "effect": "NoSchedule"}]})));
        assert_eq!(
            of(&timeline, Request::set_nodes(Request::text_of(&objects))),
            [
                "+ node gpu joins",
                "+ nodes m1, m2, m3 and 2 more join: each gets a pod of agent",
                "− node/n00 deleted"
            ]
        );
    }

    #[test]
    fn a_node_that_changes_says_what_becomes_of_it_and_a_kubelet_is_no_lease() {
        let timeline = settled(1, &rolling(json!(1), json!(0)));
        let listed = |conditions: Value, unschedulable: bool| {
            let node = json!({
                "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n00"},
                "spec": {"unschedulable": unschedulable}, "status": {"conditions": conditions},
            });
            of(&timeline, Request::set_nodes(Request::text_of(&[Object::from_json(node).expect("a node")])))
        };
        let ready = |status: &str| json!({"type": "Ready", "status": status});
        let disk = json!({"type": "DiskPressure", "status": "True"});
        for (conditions, cordon, expected) in [
            (json!([ready("True"), disk]), false, "~ node n00 configured: gets the condition DiskPressure"),
            (json!([ready("False")]), false, "~ node n00 configured: becomes NotReady"),
            (json!([ready("True")]), true, "~ node n00 configured: is cordoned"),
            (json!([ready("Unknown")]), false, "~ the kubelet of n00 is silent"),
        ] {
            let lines = listed(conditions, cordon);
            assert!(lines.iter().any(|line| line == expected), "{lines:?}");
            assert!(lines.iter().all(|line| !line.contains("lease")), "{lines:?}");
        }
    }

    #[test]
    fn what_would_be_refused_is_told_and_what_comes_after_it_still_seen() {
        let spec = rolling(json!(1), json!(0));
        let timeline = settled(1, &spec);
        let mut other = set("1", &spec).to_json();
        other["spec"]["selector"]["matchLabels"] = json!({"app": "other"});
        other["spec"]["template"]["metadata"]["labels"] = json!({"app": "other"});
        let lines =
            told(&timeline, vec![Object::from_json(other).expect("a DaemonSet"), node("m1", json!({}))]);
        let [joins, refused] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(joins, "+ node m1 joins: gets a pod of agent");
        assert!(
            refused.starts_with("! DaemonSet.apps \"agent\" is invalid: spec.selector: ")
                && refused.ends_with("field is immutable"),
            "{refused}"
        );
    }

    #[test]
    fn another_strategy_amid_a_rollout_says_what_becomes_of_the_rest() {
        let mut timeline = settled(3, &rolling(json!(1), json!(0)));
        apply(&mut timeline, "2", &rolling(json!(1), json!(0)));
        until(&mut timeline, |timeline| {
            timeline.world().daemon_sets().next().is_some_and(|set| set.status.updated_number_scheduled == 1)
        });
        assert_eq!(
            told(&timeline, vec![set("2", &on_delete())]),
            [
                "~ update strategy of agent changes, not its template: no pod is replaced because of that",
                "· OnDelete: pods stay as they are until somebody deletes them"
            ]
        );
    }

    #[test]
    fn who_leaves_on_delete_is_told_that_the_old_pods_are_replaced_now() {
        let mut timeline = settled(3, &on_delete());
        apply(&mut timeline, "2", &on_delete());
        run(&mut timeline);
        assert_eq!(
            told(&timeline, vec![set("2", &rolling(json!(1), json!(0)))]),
            [
                "~ update strategy of agent changes, and there are pods of an older template",
                "→ 3 pods replaced, one node at a time (maxUnavailable: 1)"
            ]
        );
    }
}
