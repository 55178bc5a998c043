//! Who opens which fence, and what there is to say of a node's place for the daemon pod.

use crate::api::{DaemonSet, Node, PREFER_NO_SCHEDULE, Pod, Quantity, Taint};
use crate::cluster::World;
use crate::controllers::daemonset::eligibility::{NodeNameCheck, Placement, TaintOutcome, Verdict};
use crate::controllers::daemonset::pod::Origin;
use crate::explain::Piece;
use std::rc::Rc;

/// Who lets the daemon pods pass a taint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// The user, in the template.
    You,
    /// The controller, by itself.
    Auto,
    /// Nobody needs to: the taint keeps no daemon pod away.
    Ignored,
    /// Nobody.
    Shut,
    /// There is no DaemonSet that could.
    NoSet,
}

impl Gate {
    /// Whether the pods pass.
    pub fn is_open(self) -> bool {
        matches!(self, Gate::You | Gate::Auto | Gate::Ignored)
    }
}

/// All gates of a DaemonSet.
pub struct Gates {
    placement: Option<Placement>,
}

impl Gates {
    /// Reads a set's template.
    pub fn of(set: Option<&DaemonSet>) -> Self {
        Gates { placement: set.map(|set| Placement::new(&set.spec.template)) }
    }

    /// Who lets the pods pass each taint of a node, in the node's order.
    pub fn of_taints(&self, node: &Node) -> Vec<(Taint, Gate)> {
        let Some(placement) = &self.placement else {
            return node.spec.taints.iter().map(|taint| (taint.clone(), Gate::NoSet)).collect();
        };
        let checks = placement.judge(node).taints.into_iter();
        checks
            .map(|check| {
                let gate = match check.outcome {
                    TaintOutcome::Tolerated(_, Origin::User) => Gate::You,
                    TaintOutcome::Tolerated(..) => Gate::Auto,
                    TaintOutcome::Ignored => Gate::Ignored,
                    TaintOutcome::Untolerated => Gate::Shut,
                };
                (check.taint, gate)
            })
            .collect()
    }

    /// Why there is no daemon pod, or what there is to say of one that is there.
    pub fn reason(&self, world: &World, node: &Node, daemons: &[&Rc<Pod>]) -> Option<Vec<Piece>> {
        let verdict = self.placement.as_ref()?.judge(node);
        let text = |words: &str| Piece::Text(words.to_owned());
        if let [pod, ..] = daemons {
            return match verdict.verdict {
                Verdict::ShouldRun => no_room(world, node, pod),
                Verdict::MayStay => Some(vec![text("Kept, but not counted as desired")]),
                Verdict::MustNot => Some(vec![text("Does not belong here any more")]),
            };
        }
        if let NodeNameCheck::Other(name) = &verdict.node_name {
            return Some(vec![text("the template names "), Piece::Code(name.clone())]);
        }
        if let Some(check) = verdict.node_selector.iter().find(|check| !check.holds()) {
            let wanted = Piece::Code(format!("{}={}", check.key, check.wanted));
            return Some(vec![text("not selected: lacks "), wanted]);
        }
        if !verdict.matches_labels() {
            return Some(vec![text("not matched by the required "), Piece::Code("nodeAffinity".into())]);
        }
        if let Some(taint) = verdict.untolerated().next() {
            return Some(vec![text("untolerated taint "), Piece::Code(taint.to_string())]);
        }
        Some(vec![text("no daemon pod yet")])
    }

    /// Whether no node takes the DaemonSet.
    pub fn admits_nobody(&self, world: &World) -> bool {
        let Some(placement) = &self.placement else { return false };
        world.node_count() > 0
            && world.nodes().all(|node| placement.judge(node).verdict != Verdict::ShouldRun)
    }
}

/// Whether a taint of this effect only asks politely.
pub fn is_soft(taint: &Taint) -> bool {
    taint.effect == PREFER_NO_SCHEDULE
}

/// What the scheduler said of a pod that it could not place on its node.
fn no_room(world: &World, node: &Node, pod: &Pod) -> Option<Vec<Piece>> {
    let refused = pod.condition("PodScheduled").filter(|condition| condition.status == "False")?;
    let reasons = refused.message.split_once(": ").map_or(refused.message.as_str(), |(_, rest)| rest);
    let of_node = reasons.split(", ").find(|reason| {
        let reason = reason.trim_start_matches(|letter: char| letter.is_ascii_digit()).trim_start();
        !reason.contains("NodeAffinity") && !reason.contains("node affinity")
    })?;
    let words = of_node.trim_start_matches(|letter: char| letter.is_ascii_digit()).trim();
    let words = words.split(". ").next().unwrap_or(words).trim_end_matches('.');
    let mut pieces = vec![Piece::Code(words.to_owned())];
    if let Some(resource) = words.strip_prefix("Insufficient ") {
        let asks = super::model::requests(pod, resource);
        let others = world.pods_on(&node.metadata.name).filter(|other| {
            other.metadata.uid != pod.metadata.uid && other.node().is_some() && !other.is_finished()
        });
        let used = others.fold(0i64, |sum, pod| sum.saturating_add(super::model::requests(pod, resource)));
        let all = node.status.allocatable.get(resource).map_or(0, |all| match resource {
            "cpu" => all.milli_value(),
            _ => all.value(),
        });
        let amount = |number: i64| match resource {
            "cpu" => Quantity::from_milli(number).to_string(),
            "memory" => format!("{}Mi", number >> 20),
            _ => number.to_string(),
        };
        pieces.push(Piece::Text(format!(
            ": asks {}, {} free",
            amount(asks),
            amount(all.saturating_sub(used))
        )));
    }
    Some(pieces)
}
