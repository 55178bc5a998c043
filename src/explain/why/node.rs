//! "Why?" of a node.

use super::super::eligibility::{obstacle, will_be_deleted};
use super::super::piece::{Piece, sentence};
use super::super::pods::{Revisions, name_end, revision_name};
use super::super::refused::{grounds, remedy};
use super::super::span::span;
use super::super::standing::{of_daemon_pod, restarts, standing};
use super::super::turned_away::{self, TurnedAway, is_turned_away};
use super::answer::{Block, Section, Tone, Why, section};
use super::recorded::{last_sync, last_touch, refused_pods, survey_at};
use super::{attempt, daemon, eviction};
use crate::api::{DaemonSet, EcoString, Node, Object, ObjectKey, Pod, sort};
use crate::cluster::ApiError;
use crate::controllers::daemonset::bounds::surges;
use crate::controllers::daemonset::eligibility::{Checklist, Placement, Verdict};
use crate::controllers::daemonset::node::DeleteReason;
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::controllers::daemonset::trace::{KeepReason, PodDecision, SyncTrace};
use crate::sim::{Step, StepNo, Timeline};
use std::collections::BTreeMap;
use std::rc::Rc;

pub(super) fn why(
    timeline: &Timeline,
    node: &Rc<Node>,
    set: Option<&DaemonSet>,
    attempt: Option<StepNo>,
) -> Option<Why> {
    let key = ObjectKey::node(&node.metadata.name);
    let mut why = Why { step: last_touch(timeline, &key), key, verdict: Vec::new(), sections: Vec::new() };
    match set {
        None => why.verdict = verdict_for(timeline, node, None),
        Some(set) => of_set(timeline, node, set, attempt, &mut why),
    }
    let yaml = Block::Yaml(Object::Node(Rc::clone(node)));
    why.sections.push(section("Node YAML", &node.metadata.name, None, vec![yaml]));
    Some(why)
}

/// What decided about a DaemonSet's pod on the node (none = there is no DaemonSet).
pub(super) fn verdict_for(timeline: &Timeline, node: &Node, set: Option<&DaemonSet>) -> Vec<Piece> {
    let Some(set) = set else { return sentence("There is no DaemonSet in the cluster.", &[]) };
    let placement = Placement::new(&set.spec.template);
    let pods = Pods::of(timeline, set, &node.metadata.name);
    verdict(timeline, node, set, &placement, &placement.judge(node), &pods)
}

fn of_set(timeline: &Timeline, node: &Node, set: &DaemonSet, attempt: Option<StepNo>, why: &mut Why) {
    let placement = Placement::new(&set.spec.template);
    let judged = placement.judge(node);
    let pods = Pods::of(timeline, set, &node.metadata.name);
    why.verdict = verdict(timeline, node, set, &placement, &judged, &pods);
    why.sections.push(daemon::checklist(node, set, &placement, &judged, pods.subject().map(|pod| &**pod)));
    why.sections.extend(daemon::near_misses(&placement, &judged));
    why.sections.extend(daemon::remedy(set, &judged));
    match pods.subject() {
        Some(pod) => {
            why.step = why.step.max(last_touch(timeline, &pod.key()));
            why.sections.extend(eviction::eviction(timeline, node, pod));
            why.sections.extend(scheduler(timeline, pod, attempt));
            let yaml = Block::Yaml(Object::Pod(Rc::clone(pod)));
            why.sections.push(section("Pod YAML", &pod.metadata.name, None, vec![yaml]));
        }
        None => {
            let words = "No pod of this DaemonSet is on the node or meant for it now, so the scheduler has none to place.";
            let blocks = vec![Block::Words(sentence(words, &[]))];
            why.sections.push(section("Scheduler", "", Some((Tone::Neutral, "not asked")), blocks));
        }
    }
}

/// A DaemonSet's pods on one node, or meant for it: those that live, the newest first, then those that are ending.
struct Pods(Vec<Rc<Pod>>);

impl Pods {
    fn of(timeline: &Timeline, set: &DaemonSet, node: &str) -> Self {
        let owned = timeline.world().pods_on(node).filter(|pod| pod.is_owned_by(&set.metadata.uid));
        let mut pods: Vec<Rc<Pod>> = owned.cloned().collect();
        sort::by_key(&mut pods, |pod| {
            (pod.metadata.is_terminating(), std::cmp::Reverse(pod.metadata.creation_timestamp))
        });
        Pods(pods)
    }

    /// The one that there is most to say of: the newest that is not ready, else the newest.
    fn subject(&self) -> Option<&Rc<Pod>> {
        let live = || self.0.iter().filter(|pod| !pod.metadata.is_terminating());
        live().find(|pod| !pod.is_ready()).or_else(|| live().next()).or_else(|| self.0.first())
    }

    /// A live pod beside the subject.
    fn beside(&self, subject: &Rc<Pod>) -> Option<&Rc<Pod>> {
        self.0.iter().find(|pod| !Rc::ptr_eq(pod, subject) && !pod.metadata.is_terminating())
    }
}

/// The pod of a DaemonSet on a node, or meant for it, that there is most to say of.
pub fn daemon_pod(timeline: &Timeline, set: &DaemonSet, node: &str) -> Option<Rc<Pod>> {
    Pods::of(timeline, set, node).subject().cloned()
}

/// What a node's card says of its place for a pod of the DaemonSet, in a few words: why there is none, or what there
/// is to say of the one that is there. `placement` is that of the DaemonSet's template.
pub fn card(timeline: &Timeline, set: &DaemonSet, placement: &Placement, node: &Node) -> Option<Vec<Piece>> {
    let judged = placement.judge(node);
    let pods = Pods::of(timeline, set, &node.metadata.name);
    let Some(pod) = pods.subject() else {
        if judged.verdict != Verdict::ShouldRun {
            return Some(obstacle(&judged));
        }
        if let Some(told) = no_new_pods(set) {
            return Some(told);
        }
        let last = last_sync(timeline, &set.key());
        let last = last.as_ref().map(|(step, sync)| (&**step, &**sync));
        return Some(match last.and_then(|(step, _)| refusal(step, &node.metadata.name)) {
            Some((_, error)) => {
                let mut told = sentence("refused: ", &[]);
                told.extend(grounds(error));
                told
            }
            None => match last.and_then(|(step, sync)| last_turned_away(step, sync, &node.metadata.name)) {
                Some(pod) => turned_away::grounds(timeline.world(), pod),
                None => sentence("no daemon pod yet", &[]),
            },
        });
    };
    let short = standing(timeline, pod).short;
    match judged.verdict {
        _ if pod.metadata.is_terminating() => (!short.is_empty()).then_some(short),
        Verdict::ShouldRun => (!short.is_empty()).then_some(short),
        Verdict::MayStay if pod.node().is_none() => (!short.is_empty()).then_some(short),
        Verdict::MayStay => Some(sentence("Kept, but would get no new pod", &[])),
        Verdict::MustNot => Some(will_be_deleted(&judged)),
    }
}

/// Why a pod that is well is not of the current template yet; none if it is.
#[inline(never)]
fn still_old(timeline: &Timeline, node: &Node, set: &DaemonSet, pod: &Pod) -> Option<Vec<Piece>> {
    let survey = survey_at(timeline, set)?;
    let story = survey.sync.node(&node.metadata.name)?;
    let (_, decision) = story.pods.iter().find(|(seen, _)| seen.name == pod.metadata.name)?;
    // What the controller would do if it looked now, it has not done yet.
    let acts = !survey.sync.creates.is_empty() || !survey.sync.deletes.is_empty();
    let why = match (decision, &survey.rollout) {
        (PodDecision::Delete(DeleteReason::Outdated | DeleteReason::OutdatedUnavailable), _) => {
            "the controller deletes it with its next sync"
        }
        (PodDecision::Keep(KeepReason::WaitsForManage), _) => {
            "the controller has other pods to create or delete first, with its next sync"
        }
        (PodDecision::Keep(KeepReason::WaitsForBudget), RolloutTrace::Surge(_)) if acts => {
            "the controller makes new pods on other nodes first, with its next sync (`maxSurge`)"
        }
        (PodDecision::Keep(KeepReason::WaitsForBudget), _) if acts => {
            "the controller takes other pods down first, with its next sync (`maxUnavailable`)"
        }
        (PodDecision::Keep(KeepReason::WaitsForBudget), RolloutTrace::Surge(_)) => {
            "the rolling update makes no further new pod until one of those that it has made is available (`maxSurge`)"
        }
        (PodDecision::Keep(KeepReason::WaitsForBudget), _) => {
            "the rolling update takes no further pod down until enough are available again (`maxUnavailable`)"
        }
        (PodDecision::Keep(KeepReason::WaitsForDeletion), _) => {
            "with `OnDelete` it stays until somebody deletes it"
        }
        _ => return None,
    };
    let revision = revision_name(Revisions::of(timeline.world(), Some(set)).of_pod(pod));
    let mut told = sentence(" Its pod is still `{}`: ", &[&revision]);
    told.extend(sentence(why, &[]));
    told.push(Piece::Text(".".into()));
    Some(told)
}

/// What decided that the node has the pod that it has, or none.
fn verdict(
    timeline: &Timeline,
    node: &Node,
    set: &DaemonSet,
    placement: &Placement,
    judged: &Checklist,
    pods: &Pods,
) -> Vec<Piece> {
    let Some(pod) = pods.subject() else {
        if let Some(told) = no_new_pods(set).filter(|_| judged.verdict == Verdict::ShouldRun) {
            let mut all = sentence("No pod: ", &[]);
            all.extend(told);
            all.push(Piece::Text(".".into()));
            return all;
        }
        let last = last_sync(timeline, &set.key()).filter(|_| judged.verdict == Verdict::ShouldRun);
        let refused = last.as_ref().and_then(|(step, _)| refusal(step, &node.metadata.name));
        return match refused {
            Some((pod, error)) => {
                let mut told = sentence("No pod, because the API server refuses it: ", &[]);
                told.extend(grounds(error));
                told.extend(sentence(". ", &[]));
                told.extend(remedy(timeline.world(), pod, error));
                told.extend(sentence("The controller keeps trying, each time after a longer wait.", &[]));
                told
            }
            None if judged.verdict == Verdict::ShouldRun => circle(timeline, set, node, None)
                .unwrap_or_else(|| daemon::without_pod(node, placement, judged)),
            None => daemon::without_pod(node, placement, judged),
        };
    };
    if pod.metadata.is_terminating() {
        let mut told = of_daemon_pod(timeline, pod, "Its pod");
        let next = match (no_new_pods(set), judged.verdict) {
            (Some(why), _) => Some(why),
            (None, Verdict::ShouldRun) => None,
            (None, _) => Some(obstacle(judged)),
        };
        if let Some(why) = next {
            told.extend(sentence(" No new one comes: ", &[]));
            told.extend(why);
            told.push(Piece::Text(".".into()));
        }
        return told;
    }
    if judged.verdict == Verdict::MayStay && pod.node().is_none() {
        let mut told = of_daemon_pod(timeline, pod, "Its pod");
        told.extend(sentence(" The controller neither deletes it nor makes another.", &[]));
        return told;
    }
    if judged.verdict != Verdict::ShouldRun {
        return daemon::with_pod(node, judged);
    }
    if let Some(told) = circle(timeline, set, node, Some(pod)) {
        return told;
    }
    let stands = standing(timeline, pod);
    if pod.is_ready() && stands.short.is_empty() {
        let mut told = daemon::with_pod(node, judged);
        let restarts = restarts(pod);
        if !restarts.is_empty() {
            told.extend(sentence(" It is ready", &[]));
            told.extend(restarts);
            told.push(Piece::Text(".".into()));
        }
        told.extend(eviction::in_short(timeline, node, pod).unwrap_or_default());
        told.extend(still_old(timeline, node, set, pod).unwrap_or_default());
        return told;
    }
    let Some(other) = pods.beside(pod) else { return of_daemon_pod(timeline, pod, "Its pod") };
    let mut told = of_daemon_pod(timeline, pod, "Its new pod");
    let text = match other.is_ready() {
        true => " The old one, `{}`, serves until then.",
        false => " The old one, `{}`, is not ready either.",
    };
    told.extend(sentence(text, &[name_end(&other.metadata.name)]));
    told
}

/// Why a DaemonSet gets no new pods anywhere.
pub(super) fn no_new_pods(set: &DaemonSet) -> Option<Vec<Piece>> {
    let name = &set.metadata.name;
    if set.metadata.is_terminating() {
        return Some(sentence("DaemonSet `{}` is being deleted", &[name]));
    }
    let selects_all = set.spec.selector.as_ref().is_some_and(|selector| selector.is_empty());
    selects_all
        .then(|| sentence("the selector of `{}` is empty, so the controller does not sync it", &[name]))
}

/// That the kubelet of a node turns the DaemonSet's pods away, and what comes next: of a node that has no pod, or one
/// that is not its first. None where that is not so.
fn circle(timeline: &Timeline, set: &DaemonSet, node: &Node, pod: Option<&Rc<Pod>>) -> Option<Vec<Piece>> {
    let world = timeline.world();
    let away = TurnedAway::on(timeline, set, &node.metadata.name, pod.map(|pod| &**pod))?;
    let mut told = away.told(world, &node.metadata.name);
    match pod {
        None => told.extend(sentence("The next one comes with the next sync.", &[])),
        // One that failed says all by itself.
        Some(pod) if is_turned_away(pod) && away.times == 1 => return None,
        Some(pod) if is_turned_away(pod) && surges(set) => {
            let text = "The next one comes with the next sync: with `maxSurge` there is no back-off.";
            told.extend(sentence(text, &[]));
        }
        Some(pod) if is_turned_away(pod) => {
            let sync = last_sync(timeline, &set.key());
            let waiting = sync.as_ref().and_then(|(_, sync)| {
                sync.backing_off.iter().find(|waiting| waiting.pod == pod.metadata.name)
            });
            told.extend(match waiting {
                Some(waiting) => sentence(
                    "The next one comes after the back-off, in {}.",
                    &[&span(waiting.until - timeline.now())],
                ),
                None => sentence("The next one comes after the back-off.", &[]),
            });
        }
        Some(pod) => {
            told.extend(sentence("The next one, `{}`, ", &[name_end(&pod.metadata.name)]));
            told.extend(standing(timeline, pod).predicate);
            told.push(Piece::Text(".".into()));
        }
    }
    if away.last.status.reason == "Evicted" {
        told.extend(sentence(" That goes on until the pressure on {} ends.", &[&node.metadata.name]));
    }
    Some(told)
}

/// The pod that a sync deleted because the node's kubelet had turned it away.
fn last_turned_away<'a>(step: &'a Step, sync: &'a SyncTrace, node: &str) -> Option<&'a Rc<Pod>> {
    turned_away::deleted(step, sync).find(|(name, _)| name.as_str() == node).map(|(_, pod)| pod)
}

/// What the API server said to a sync that tried to create a pod for a node; none if it took it or was not asked.
fn refusal<'a>(step: &'a Step, node: &str) -> Option<(&'a Rc<Pod>, &'a ApiError)> {
    refused_pods(step).find(|(pod, _)| pod.target_node() == Some(node))
}

/// The nodes on which the last sync of a DaemonSet left no pod though it should run there, with what it met: the API
/// server's refusal, or the kubelet's of the pod that is to be replaced.
pub fn refused_nodes(timeline: &Timeline, set: &DaemonSet) -> BTreeMap<EcoString, String> {
    let Some((step, sync)) = last_sync(timeline, &set.key()) else { return BTreeMap::new() };
    let refused = refused_pods(&step);
    let refused = refused.filter_map(|(pod, error)| Some((pod.target_node()?.into(), error.to_string())));
    let deleted = turned_away::deleted(&step, &sync);
    sort::map(deleted.map(|(node, pod)| (node.clone(), pod.status.message.to_string())).chain(refused))
}

/// What the scheduler said of a pod, or that it was not asked.
pub(super) fn scheduler(timeline: &Timeline, pod: &Pod, attempt: Option<StepNo>) -> Vec<Section> {
    let attempts = attempt::attempts(timeline, &pod.metadata.uid);
    match attempts.is_empty() {
        false => attempt::sections(timeline, &attempts, attempt),
        true => {
            let words = match pod.node() {
                Some(_) => {
                    "The pod named its node from the start (`spec.nodeName`): the scheduler was not asked."
                }
                None => "The scheduler has not tried the pod yet.",
            };
            let blocks = vec![Block::Words(sentence(words, &[]))];
            vec![section("Scheduler", "", Some((Tone::Neutral, "not asked")), blocks)]
        }
    }
}
