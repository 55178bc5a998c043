//! Why a run never comes to rest.

use super::piece::{Piece, sentence};
use super::refused;
use super::step::controller_of;
use crate::cluster::WorkKey;
use crate::controllers::taint_eviction::Decision;
use crate::kubelet::{KubeletDeed, Stage};
use crate::sim::{RunEnd, Step, Timeline, Trace};

/// How many of the last steps are looked through.
const LAST: usize = 100;

/// What goes round in circles, in a sentence. None for a run that came to rest.
pub fn unsettled(timeline: &Timeline, end: &RunEnd) -> Option<Vec<Piece>> {
    let RunEnd::NotSettling { actor, key, times } = end else { return None };
    let mut last = timeline.steps().rev().take(LAST);
    if let Some(told) = last.find_map(|step| circle(step)) {
        return Some(told);
    }
    let mut told = sentence(
        "This does not settle: {} of the last {} steps were ",
        &[&times.to_string(), &LAST.to_string()],
    );
    told.push(Piece::Strong(actor.name().into()));
    if let Some(WorkKey::Object(key)) = key {
        told.extend(sentence(" looking at `{}`", &[&key.to_string()]));
    }
    told.push(Piece::Text(".".into()));
    Some(told)
}

/// What a step does that another undoes, again and again.
fn circle(step: &Step) -> Option<Vec<Piece>> {
    match &step.trace {
        Trace::TaintEviction(trace) if trace.decision == Decision::TimeIsUp => {
            let owner = controller_of(step)?;
            let limited = trace.borne.iter().find_map(|one| {
                let seconds = one.toleration.as_ref()?.toleration_seconds?;
                Some((one.taint.to_string(), seconds.to_string()))
            });
            let (taint, seconds) = limited?;
            let node = trace.node.as_deref().unwrap_or_default();
            Some(sentence(
                "This never settles: `{}` on {} evicts each pod of `{}` after {}s (`tolerationSeconds`), and the controller creates it again.",
                &[&taint, node, &owner, &seconds],
            ))
        }
        Trace::Kubelet(trace)
            if matches!(trace.deed, KubeletDeed::Stage { stage: Stage::PodRejected, .. }) =>
        {
            let owner = controller_of(step)?;
            Some(sentence(
                "This never settles: the kubelet of {} turns each pod of `{}` away, and the controller creates another.",
                &[&trace.node, &owner],
            ))
        }
        Trace::DaemonSet(trace) if !step.refused.is_empty() => {
            let (_, error) = step.refused.first()?;
            let mut told = sentence(
                "This never settles: the controller keeps trying to create pods of `{}`, and the API server refuses them: ",
                &[&trace.set.name],
            );
            told.extend(refused::grounds(error));
            told.push(Piece::Text(".".into()));
            Some(told)
        }
        _ => None,
    }
}
