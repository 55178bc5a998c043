//! Who opens which fence, and what there is to say of a node's place for the daemon pod.

use crate::api::requests::{Resource, fit_requests, pod_requests};
use crate::api::{DaemonSet, Node, PREFER_NO_SCHEDULE, Pod, Quantity, Taint};
use crate::cluster::World;
use crate::controllers::daemonset::eligibility::{Placement, TaintOutcome, Verdict};
use crate::controllers::daemonset::tolerations::Origin;
use crate::explain::{Piece, absence};
use crate::sim::Timeline;
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
pub struct Gates(Option<(Rc<DaemonSet>, Placement)>);

impl Gates {
    /// Reads a set's template.
    pub fn of(set: Option<&Rc<DaemonSet>>) -> Self {
        Gates(set.map(|set| (Rc::clone(set), Placement::new(&set.spec.template))))
    }

    /// Who lets the pods pass each taint of a node, in the node's order.
    pub fn of_taints(&self, node: &Node) -> Vec<(Taint, Gate)> {
        let Some((_, placement)) = &self.0 else {
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
    pub fn reason(&self, timeline: &Timeline, node: &Node, daemons: &[&Rc<Pod>]) -> Option<Vec<Piece>> {
        let (set, placement) = self.0.as_ref()?;
        let text = |words: &str| Some(vec![Piece::Text(words.to_owned())]);
        let [pod, ..] = daemons else {
            let absence = absence(timeline, set, &node.metadata.name);
            return absence.or_else(|| text("no daemon pod yet"));
        };
        match placement.judge(node).verdict {
            Verdict::ShouldRun => no_room(timeline.world(), node, pod),
            Verdict::MayStay => text("Kept, but not counted as desired"),
            Verdict::MustNot => text("Does not belong here any more"),
        }
    }

    /// Whether no node takes the DaemonSet.
    pub fn admits_nobody(&self, world: &World) -> bool {
        let Some((_, placement)) = &self.0 else { return false };
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
    if let Some(amounts) =
        words.strip_prefix("Insufficient ").and_then(|resource| shortage(world, node, pod, resource))
    {
        pieces.push(Piece::Text(amounts));
    }
    Some(pieces)
}

/// Reads one amount of several.
type Amount = fn(&Resource) -> i64;

/// What a pod asks for of CPU or memory, and what its node has free.
fn shortage(world: &World, node: &Node, pod: &Pod, resource: &str) -> Option<String> {
    let (of, text): (Amount, fn(i64) -> String) = match resource {
        "cpu" => (|all| all.milli_cpu, |amount| Quantity::from_milli(amount).to_string()),
        "memory" => (|all| all.memory, |amount| format!("{}Mi", amount >> 20)),
        _ => return None,
    };
    let others = world.pods_on(&node.metadata.name).filter(|other| {
        other.metadata.uid != pod.metadata.uid && other.node().is_some() && !other.is_finished()
    });
    let used = others.fold(0i64, |sum, other| sum.saturating_add(of(&pod_requests(other).requests)));
    let free = of(&Resource::of_list(&node.status.allocatable)).saturating_sub(used);
    Some(format!(": asks {}, {} free", text(of(&fit_requests(pod))), text(free)))
}
