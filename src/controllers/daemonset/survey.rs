//! What a sync would decide now, for whoever wants to know without anything being done.

use super::sync::SetState;
use super::totals::{Order, Totals};
use super::trace::{Nodes, Sync, SyncTrace};
use super::view::NodesView;
use super::{DaemonSetController, State, handlers, name_of, rollout};
use crate::api::{DaemonSet, Time};
use crate::cluster::{Change, Component, Cx, Map, WorkKey, World};
use rollout::RolloutTrace;
use std::rc::Rc;

/// What a sync would decide now if it were the first: the present nodes, pods, sums and revisions, and by which
/// budget. Nothing is done. None where a sync would do nothing at all (the set is being deleted ...).
pub fn survey(world: &World, set: &DaemonSet, now: Time) -> Option<Survey> {
    look(world, set, now, State::default())
}

/// The same, from what an earlier sync of the set saw and all that has changed since it looked: only the nodes which
/// that concerns are looked at again.
pub fn survey_since<'a>(
    world: &World,
    set: &DaemonSet,
    now: Time,
    seen: &Nodes,
    changes: impl Iterator<Item = &'a Change>,
) -> Option<Survey> {
    let view = NodesView::seen(seen);
    let known = SetState { view: Some(view), ..SetState::new(set) };
    let mut sets = Map::new();
    sets.insert(name_of(set), Rc::new(known));
    let mut state = State { sets };
    for change in changes {
        handlers::mark(change, &mut state);
    }
    look(world, set, now, state)
}

fn look(world: &World, set: &DaemonSet, now: Time, mut state: State) -> Option<Survey> {
    let cx = Cx { world, now, seed: 0, by_chance: false, step: 0 };
    let look = DaemonSetController::reconcile(&cx, &mut state, &WorkKey::Object(set.key()));
    let Sync::Done(sync) = look.trace.sync else { return None };
    // A sync that has other things to do leaves the update for later, but its budget can be told all the same.
    let rollout = rollout::plan(set, &sync.nodes.entries, &sync.nodes.totals, Order::ByName).trace;
    Some(Survey { sync, rollout })
}

/// See [`survey`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// The sync as it would be.
    pub sync: Rc<SyncTrace>,
    /// The rolling update as if there were nothing else to do.
    pub rollout: RolloutTrace,
}

impl Survey {
    /// Sums over all nodes.
    pub fn totals(&self) -> &Totals {
        &self.sync.nodes.totals
    }
}
