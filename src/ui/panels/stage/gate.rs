//! Who opens which fence, and what there is to say of a node's place for the daemon pod.

use crate::api::{DaemonSet, NO_EXECUTE, Node, PREFER_NO_SCHEDULE, Taint, Toleration};
use crate::cluster::World;
use crate::controllers::daemonset::eligibility::{Placement, TaintOutcome, Verdict};
use crate::controllers::daemonset::tolerations::Origin;
use crate::explain::Piece;
use crate::explain::why::card;
use crate::sim::Timeline;
use std::rc::Rc;

/// Who lets the daemon pods pass a taint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// The user, in the template.
    You,
    /// The user, for so many seconds: then they are evicted.
    Timed(i64),
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
        matches!(self, Gate::You | Gate::Timed(_) | Gate::Auto | Gate::Ignored)
    }
}

/// All gates of a DaemonSet.
#[derive(Default)]
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
                let is_strict = check.taint.effect == NO_EXECUTE;
                let gate = match check.outcome {
                    TaintOutcome::Tolerated(Toleration { toleration_seconds: Some(seconds), .. }, _)
                        if is_strict =>
                    {
                        Gate::Timed(seconds)
                    }
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
    pub fn reason(&self, timeline: &Timeline, node: &Node) -> Option<Vec<Piece>> {
        let (set, placement) = self.0.as_ref()?;
        card(timeline, set, placement, node)
    }

    /// Whether no node takes the DaemonSet.
    pub fn admits_nobody(&self, world: &World) -> bool {
        let Some((_, placement)) = &self.0 else { return false };
        world.node_count() > 0
            && world.nodes().all(|node| placement.judge(node).verdict != Verdict::ShouldRun)
    }
}

/// Whether a taint of this effect is only a preference.
pub fn is_soft(taint: &Taint) -> bool {
    taint.effect == PREFER_NO_SCHEDULE
}
