//! The taint eviction's part: does the pod have to leave its node?

use super::super::piece::{Piece, sentence};
use super::super::span::{span, whole};
use super::answer::{Block, Section, Tone, section};
use crate::api::{Millis, Node, Pod, Time};
use crate::cluster::Actor;
use crate::controllers::taint_eviction::{Borne, Decision, Stay, borne, stay};
use crate::sim::{StepNo, Timeline, Trace};

/// What NoExecute taints of the node mean for a pod on it. None where there is no such taint.
pub(super) fn eviction(timeline: &Timeline, node: &Node, pod: &Pod) -> Option<Section> {
    let checks = borne(&node.spec.taints, &pod.spec.tolerations);
    let stay = stay(&checks);
    if stay == Stay::NoTaint {
        return None;
    }
    let mut blocks: Vec<Block> =
        checks.iter().map(|check| Block::Words(told(check, &pod.metadata.name))).collect();
    let (tone, word) = match stay {
        _ if pod.metadata.is_terminating() => (Tone::Neutral, "already ending".to_owned()),
        Stay::NoTaint | Stay::Forever => (Tone::Good, "never".to_owned()),
        Stay::NotAtAll | Stay::Seconds(0) => (Tone::Bad, "now".to_owned()),
        Stay::Seconds(seconds) => {
            let (word, clock) = deadline(timeline, pod, seconds);
            blocks.push(Block::Words(clock));
            (Tone::Bad, word)
        }
    };
    Some(section("Eviction", Actor::TaintEviction.name(), Some((tone, &word)), blocks))
}

/// That a pod is going to be evicted, in a sentence after others.
pub(super) fn in_short(timeline: &Timeline, node: &Node, pod: &Pod) -> Option<Vec<Piece>> {
    let Stay::Seconds(seconds) = stay(&borne(&node.spec.taints, &pod.spec.tolerations)) else { return None };
    let (when, _) = deadline(timeline, pod, seconds);
    Some(sentence(" It is evicted {} (`tolerationSeconds: {}`).", &[&when, &seconds.to_string()]))
}

fn told(check: &Borne, pod: &str) -> Vec<Piece> {
    let taint = check.taint.to_string();
    match check.toleration.as_ref().map(|toleration| toleration.toleration_seconds) {
        None => sentence("Nothing on `{}` tolerates `{}`: it is evicted at once.", &[pod, &taint]),
        Some(None) => sentence("`{}` tolerates `{}` without a limit.", &[pod, &taint]),
        Some(Some(seconds)) => sentence(
            "`{}` tolerates `{}` for {} (`tolerationSeconds: {}`).",
            &[pod, &taint, &whole(Millis::seconds(seconds)), &seconds.to_string()],
        ),
    }
}

/// When a pod goes that may stay for some seconds, and from when these are counted. Upstream: `processPodOnNode`
/// counts from the moment at which it sees pod and taint together, not from when the taint came.
fn deadline(timeline: &Timeline, pod: &Pod, seconds: i64) -> (String, Vec<Piece>) {
    let limit = whole(Millis::seconds(seconds));
    let Some((no, seen, until)) = scheduled(timeline, pod) else {
        let text =
            "The time counts from when taint-eviction sees pod and taint together; it has not looked yet.";
        return (format!("after {limit}"), sentence(text, &[]));
    };
    let (ago, left) = (span(timeline.now() - seen), span(until - timeline.now()));
    let text = "The time counts from when taint-eviction saw pod and taint together (step {}, {} ago), not from when the taint came: the pod goes in {}.";
    (format!("in {left}"), sentence(text, &[&no.to_string(), &ago, &left]))
}

/// The look at which the eviction of a pod was scheduled that still stands: its step, its time, and for when.
fn scheduled(timeline: &Timeline, pod: &Pod) -> Option<(StepNo, Time, Time)> {
    let key = pod.key();
    let born = pod.metadata.creation_timestamp;
    let looks = timeline.past().take_while(|step| born.is_none_or(|born| step.at >= born));
    let mut looks = looks.filter_map(|step| match &step.trace {
        Trace::TaintEviction(trace) if trace.pod == key => Some((step, trace)),
        _ => None,
    });
    let (step, at) = looks.find_map(|(step, trace)| match trace.decision {
        Decision::Keeps(_) => None,
        Decision::Schedules(at) => Some(Some((step, at))),
        _ => Some(None),
    })??;
    Some((step.no, step.at, at))
}
