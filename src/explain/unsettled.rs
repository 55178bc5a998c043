//! Why a run never comes to rest.

use super::piece::{Piece, sentence};
use super::refused;
use super::standing::all_statuses;
use super::step::controller_of;
use crate::api::{Object, Pod, sort};
use crate::cluster::{WorkKey, Write};
use crate::controllers::taint_eviction::Decision;
use crate::kubelet::{KubeletDeed, Stage};
use crate::sim::{RunEnd, Step, Timeline, Trace};
use std::rc::Rc;

/// How many of the last steps are looked through.
const LAST: usize = 100;

/// The most places that are named.
const NAMED: usize = 2;

/// What goes round in circles, in a sentence. None for a run that came to rest.
pub fn unsettled(timeline: &Timeline, end: &RunEnd) -> Option<Vec<Piece>> {
    let RunEnd::NotSettling { actor, key, times } = end else { return None };
    // Where the last step was refused, so were those before it: what went round before that is over.
    let is_refused = timeline.steps().next_back().is_some_and(|step| !step.refused.is_empty());
    let all = usize::try_from(timeline.len()).unwrap_or(usize::MAX);
    let looked_at = if is_refused { (*times as usize).min(all) } else { LAST.min(all) };
    let last = || timeline.steps().rev().take(looked_at);
    if let Some(circle) = last().find_map(|step| circle(step)) {
        // The same goes on elsewhere: each place once, in the order of their names.
        let same = last().filter_map(|step| self::circle(step)).filter(|other| other.told == circle.told);
        let mut places: Vec<(String, Vec<Piece>)> = Vec::new();
        same.for_each(|other| {
            if !places.contains(&other.place) {
                places.push(other.place);
            }
        });
        sort::by(&mut places, |one, other| one.0.cmp(&other.0));
        return Some(circle.told(&places));
    }
    let mut told = sentence(
        "This does not settle: {} of the last {} steps were ",
        &[&times.to_string(), &looked_at.to_string()],
    );
    told.push(Piece::Strong(actor.name().into()));
    if let Some(WorkKey::Object(key)) = key {
        told.extend(sentence(" looking at `{}`", &[&key.to_string()]));
    }
    told.push(Piece::Text(".".into()));
    Some(told)
}

/// What a step does that another undoes, again and again.
struct Circle {
    /// The node, and how it is told.
    place: (String, Vec<Piece>),
    /// What is told before the places and after them.
    told: [Vec<Piece>; 2],
}

impl Circle {
    fn told(&self, places: &[(String, Vec<Piece>)]) -> Vec<Piece> {
        let [before, after] = &self.told;
        let mut told = sentence("This never settles: ", &[]);
        told.extend(before.iter().cloned());
        for (index, (_, place)) in places.iter().take(NAMED).enumerate() {
            if index > 0 {
                told.push(Piece::Text(if places.len() == NAMED { " and " } else { ", " }.into()));
            }
            told.extend(place.iter().cloned());
        }
        if places.len() > NAMED {
            told.push(Piece::Text(format!(" and {} more", places.len() - NAMED)));
        }
        told.extend(after.iter().cloned());
        told
    }
}

fn place(node: &str) -> (String, Vec<Piece>) {
    (node.to_owned(), sentence("{}", &[node]))
}

fn circle(step: &Step) -> Option<Circle> {
    match &step.trace {
        Trace::TaintEviction(trace) if trace.decision == Decision::TimeIsUp => {
            let owner = controller_of(step)?;
            let limited = trace.borne.iter().find_map(|one| {
                let seconds = one.toleration.as_ref()?.toleration_seconds?;
                Some((one.taint.to_string(), seconds.to_string()))
            });
            let (taint, seconds) = limited?;
            let after = " evicts each pod of `{}` after {}s (`tolerationSeconds`), and the controller creates it again.";
            Some(Circle {
                place: place(trace.node.as_deref().unwrap_or_default()),
                told: [sentence("`{}` on ", &[&taint]), sentence(after, &[&owner, &seconds])],
            })
        }
        Trace::Kubelet(trace) => {
            let KubeletDeed::Stage { stage, .. } = &trace.deed else { return None };
            match stage {
                Stage::PodRejected => {
                    let before = "each pod of `{}` is turned away by the kubelet of ";
                    let after = sentence(", and the controller creates another.", &[]);
                    Some(Circle {
                        place: place(&trace.node),
                        told: [sentence(before, &[&controller_of(step)?]), after],
                    })
                }
                Stage::PodContainerCrash | Stage::PodContainerBackOff | Stage::PodContainerRestart => {
                    let pod = changed_pod(step)?;
                    let most = all_statuses(pod).max_by_key(|one| one.restart_count)?;
                    let before = "container `{}` exits again and again, and the kubelet starts it again after a wait (`CrashLoopBackOff`), in ";
                    Some(Circle {
                        place: (
                            trace.node.to_string(),
                            sentence("`{}` on {}", &[&pod.metadata.name, &trace.node]),
                        ),
                        told: [sentence(before, &[&most.name]), sentence(".", &[])],
                    })
                }
                _ => None,
            }
        }
        // Whoever makes pods: a DaemonSet, a ReplicaSet.
        _ if !step.refused.is_empty() => {
            let (write, error) = step.refused.first()?;
            let Write::Create(Object::Pod(pod)) = write else { return None };
            let mut after = sentence(", and the API server refuses them: ", &[]);
            after.extend(refused::grounds(error));
            after.push(Piece::Text(".".into()));
            let before = sentence("the controller keeps trying to create pods of ", &[]);
            Some(Circle {
                place: (String::new(), sentence("`{}`", &[&pod.metadata.controller()?.name])),
                told: [before, after],
            })
        }
        _ => None,
    }
}

/// The pod that a step changed, as it left it.
fn changed_pod(step: &Step) -> Option<&Rc<Pod>> {
    step.changes.iter().find_map(|change| change.after.as_ref()?.as_pod())
}
