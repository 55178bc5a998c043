//! The checks of one attempt, run in order, also on nodes that are changed in thought.

use super::filter::{Cycle, Filter};
use super::status::{FilterResult, Rejection};
use crate::api::Pod;
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::rc::Rc;

/// The checks that PreFilter set up for a pod, in order, with their plugins' names.
#[derive(Default)]
pub struct Filters<'a>(Vec<(&'static str, Box<dyn Filter<'a> + 'a>)>);

/// Copies of those checks that follow pods being added and removed in thought.
pub struct Forks<'a>(Vec<Option<Box<dyn Filter<'a> + 'a>>>);

/// The first plugin that rejects a node, and why.
pub type FirstFailure = Result<(), (&'static str, Rejection)>;

impl<'a> Filters<'a> {
    /// Adds a plugin's check.
    pub fn push(&mut self, plugin: &'static str, filter: Box<dyn Filter<'a> + 'a>) {
        self.0.push((plugin, filter));
    }

    /// Asks the plugins in order until one rejects the node (`RunFilterPlugins`).
    pub fn run(&self, node: &NodeInfo) -> FirstFailure {
        for (plugin, filter) in &self.0 {
            filter.filter(node).map_err(|rejection| (*plugin, rejection))?;
        }
        Ok(())
    }

    /// Copies for trying in thought.
    pub fn fork(&self) -> Forks<'a> {
        Forks(self.0.iter().map(|(_, filter)| filter.fork()).collect())
    }

    /// As [`run`](Self::run), with the copies in place of what they were copied from.
    pub fn run_forked(&self, forks: &Forks<'a>, node: &NodeInfo) -> FirstFailure {
        for ((plugin, filter), fork) in self.0.iter().zip(&forks.0) {
            let verdict: FilterResult = match fork {
                Some(fork) => fork.filter(node),
                None => filter.filter(node),
            };
            verdict.map_err(|rejection| (*plugin, rejection))?;
        }
        Ok(())
    }

    /// Checks a node with the pods that are nominated to it and go first, then, if there were any, without them: the
    /// pod must fit either way (`RunFilterPluginsWithNominatedPods`).
    pub fn run_with_nominated(&self, cycle: Cycle<'_>, node: &NodeInfo) -> FirstFailure {
        let going_first = going_first(cycle, node);
        if !going_first.is_empty() {
            let mut forks = self.fork();
            let mut crowded = node.clone();
            for pod in going_first {
                forks.add_pod(&pod, &mut crowded);
            }
            self.run_forked(&forks, &crowded)?;
        }
        self.run(node)
    }

    /// The same for a node that was changed in thought, with its copies.
    pub fn run_forked_with_nominated(
        &self,
        cycle: Cycle<'_>,
        forks: &Forks<'a>,
        node: &NodeInfo,
    ) -> FirstFailure {
        let going_first = going_first(cycle, node);
        if !going_first.is_empty() {
            let mut forks = forks.fork();
            let mut crowded = node.clone();
            for pod in going_first {
                forks.add_pod(&pod, &mut crowded);
            }
            self.run_forked(&forks, &crowded)?;
        }
        self.run_forked(forks, node)
    }
}

impl<'a> Forks<'a> {
    fn fork(&self) -> Self {
        Forks(self.0.iter().map(|fork| fork.as_ref().and_then(|fork| fork.fork())).collect())
    }

    /// Puts a pod on a node in thought.
    pub fn add_pod(&mut self, pod: &Rc<PodInfo>, node: &mut NodeInfo) {
        node.add_pod(Rc::clone(pod));
        for fork in self.0.iter_mut().flatten() {
            fork.add_pod(pod, node);
        }
    }

    /// Takes a pod off a node in thought.
    pub fn remove_pod(&mut self, pod: &PodInfo, node: &mut NodeInfo) {
        node.remove_pod(&pod.name);
        for fork in self.0.iter_mut().flatten() {
            fork.remove_pod(pod, node);
        }
    }
}

/// Pods nominated to the node that this one must leave room for: of its priority or above.
fn going_first(cycle: Cycle<'_>, node: &NodeInfo) -> Vec<Rc<PodInfo>> {
    if !cycle.snapshot.cache.has_nominated() {
        return Vec::new();
    }
    let own = &cycle.pod.pod;
    let others = cycle.snapshot.nominated_to(&node.name);
    others
        .filter(|pod| pod.priority() >= own.priority() && !is_same_pod(pod, own))
        .map(|pod| Rc::new(PodInfo::new(Rc::clone(pod))))
        .collect()
}

fn is_same_pod(left: &Pod, right: &Pod) -> bool {
    left.metadata.namespace == right.metadata.namespace && left.metadata.name == right.metadata.name
}
