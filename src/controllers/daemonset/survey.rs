//! What a sync would decide now, for whoever wants to know without anything being done.

use super::totals::{Order, Totals};
use super::trace::{Sync, SyncTrace};
use super::{DaemonSetController, State, rollout};
use crate::api::{DaemonSet, Time};
use crate::cluster::{Component, Cx, WorkKey, World};
use rollout::RolloutTrace;
use std::rc::Rc;

/// What a sync would decide now if it were the first: the present nodes, pods, sums and revisions, and by which
/// budget. Nothing is done. None where a sync would do nothing at all (the set is being deleted ...).
pub fn survey(world: &World, set: &DaemonSet, now: Time) -> Option<Survey> {
    let key = set.key();
    let cx = Cx { world, now, seed: 0, by_chance: false, step: 0 };
    let look = DaemonSetController::reconcile(&cx, &mut State::default(), &WorkKey::Object(key));
    let Sync::Done(sync) = look.trace.sync else { return None };
    let mut totals = Totals::default();
    for (node, entry) in &sync.nodes.entries {
        totals.add(node, entry);
    }
    // A sync that has other things to do leaves the update for later, but its budget can be told all the same.
    let rollout = rollout::plan(set, &sync.nodes.entries, &totals, Order::ByName).trace;
    Some(Survey { sync, totals, rollout })
}

/// See [`survey`].
#[derive(Clone, Debug)]
pub struct Survey {
    /// The sync as it would be.
    pub sync: Rc<SyncTrace>,
    /// Sums over all nodes.
    pub totals: Totals,
    /// The rolling update as if there were nothing else to do.
    pub rollout: RolloutTrace,
}
