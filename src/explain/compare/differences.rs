//! When two runs differ: each simulated time at which a node, or a counter of the DaemonSet, became otherwise in one of
//! them than in the other.

use super::{Sign, sign};
use crate::api::{EcoString, ObjectKey, Time, sort};
use crate::cluster::World;
use crate::explain::Revisions;
use crate::sim::{Step, StepNo, Timeline};
use std::collections::{BTreeMap, BTreeSet};

/// The counters of a DaemonSet as `kubectl get ds` has them, from DESIRED to AVAILABLE; none where the cluster has no such DaemonSet.
pub fn counts(world: &World, key: &ObjectKey) -> Option<[i32; 5]> {
    let status = &world.daemon_set(&key.namespace, &key.name)?.status;
    Some([
        status.desired_number_scheduled,
        status.current_number_scheduled,
        status.number_ready,
        status.updated_number_scheduled,
        status.number_available,
    ])
}

/// The times after the last common step at which something became different in two runs, as far as both are recorded. A
/// difference that only ends is none. A step costs what it touches.
pub fn differences(runs: [&Timeline; 2], common: StepNo, key: &ObjectKey) -> Vec<Time> {
    let mut sides = runs.map(|run| Side::new(run, common, key));
    let mut pairs: BTreeMap<EcoString, [Option<Sign>; 2]> = BTreeMap::new();
    let mut counted = sides.each_ref().map(|side| counts(side.run.world(), key));
    let mut times = Vec::new();
    while let Some(at) = sides.iter().filter_map(Side::next_at).min() {
        let mut touched = BTreeSet::new();
        sides.iter_mut().for_each(|side| side.advance(at, key, &mut touched));
        let mut is_new = false;
        for node in touched {
            let pair = sides.each_ref().map(|side| side.signs.get(&node).cloned());
            if pair[0] == pair[1] {
                pairs.remove(&node);
            } else if pairs.get(&node) != Some(&pair) {
                pairs.insert(node, pair);
                is_new = true;
            }
        }
        let now = sides.each_ref().map(|side| counts(side.run.world(), key));
        is_new |= now[0] != now[1] && now != counted;
        counted = now;
        if is_new {
            times.push(at);
        }
    }
    times
}

/// One of both runs, as one goes along it.
struct Side {
    run: Timeline,
    revisions: Revisions,
    signs: BTreeMap<EcoString, Sign>,
}

impl Side {
    fn new(run: &Timeline, common: StepNo, key: &ObjectKey) -> Self {
        let mut run = run.clone();
        run.seek(common);
        let mut side = Side { run, revisions: Revisions::default(), signs: BTreeMap::new() };
        side.begin(key);
        side
    }

    /// Looks at every node.
    fn begin(&mut self, key: &ObjectKey) {
        let world = self.run.world();
        let set = world.daemon_set(&key.namespace, &key.name);
        self.revisions = Revisions::of(world, set.map(|set| &**set));
        let sign = |node: &crate::api::Node| sign(world, node, set.map(|set| &**set), &self.revisions);
        self.signs = sort::map(world.nodes().map(|node| (node.metadata.name.clone(), sign(node))));
    }

    /// When the next recorded step is.
    fn next_at(&self) -> Option<Time> {
        self.run.step(self.run.shown() + 1).map(|step| step.at)
    }

    /// Goes on over all recorded steps up to a time, and names the nodes that they touched.
    fn advance(&mut self, to: Time, key: &ObjectKey, touched: &mut BTreeSet<EcoString>) {
        let from = self.run.shown();
        while self.next_at().is_some_and(|at| at <= to) && self.run.forward() {}
        let steps = (from + 1..=self.run.shown()).filter_map(|no| self.run.step(no));
        let nodes: BTreeSet<EcoString> = sort::set(steps.flat_map(|step| nodes(step)));
        let world = self.run.world();
        let set = world.daemon_set(&key.namespace, &key.name);
        if self.run.shown() > from && Revisions::of(world, set.map(|set| &**set)) != self.revisions {
            // The pods of all nodes are of other numbers now.
            touched.extend(self.signs.keys().cloned());
            self.begin(key);
            touched.extend(self.signs.keys().cloned());
            return;
        }
        for node in nodes {
            match world.node(&node) {
                Some(found) => {
                    let sign = sign(world, found, set.map(|set| &**set), &self.revisions);
                    self.signs.insert(node.clone(), sign);
                }
                None => drop(self.signs.remove(&node)),
            }
            touched.insert(node);
        }
    }
}

fn nodes(step: &Step) -> Vec<EcoString> {
    step.changes.iter().flat_map(crate::cluster::Change::nodes).collect()
}
