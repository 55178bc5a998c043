//! Required affinity and anti-affinity. Upstream: `interpodaffinity/filtering.go`.

use super::counts::Counts;
use super::{InterPodAffinity, meant_by_all, meant_by_other, meant_by_own};
use crate::api::Pod;
use crate::scheduler::framework::{Cycle, Filter, FilterPlugin, FilterResult, PreFilter, Rejection};
use crate::scheduler::{NodeInfo, PodInfo, Term};
use std::borrow::Cow;
use std::rc::Rc;

const EXISTING: Rejection =
    Rejection::unschedulable(&[Cow::Borrowed("node(s) didn't satisfy existing pods anti-affinity rules")]);
const AFFINITY: Rejection =
    Rejection::unresolvable(&[Cow::Borrowed("node(s) didn't match pod affinity rules")]);
const ANTI_AFFINITY: Rejection =
    Rejection::unschedulable(&[Cow::Borrowed("node(s) didn't match pod anti-affinity rules")]);

impl FilterPlugin for InterPodAffinity {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let rules = cycle.pod.affinity.as_deref();
        let near: &[Term] = rules.map_or(&[], |rules| &rules.required_affinity);
        let away: &[Term] = rules.map_or(&[], |rules| &rules.required_anti_affinity);
        let mut check = Check { cycle, near, away, base: Rc::new(Sums::default()), change: Sums::default() };
        let mut base = Sums::default();
        for node in cycle.snapshot.cache.nodes_with_required_anti_affinity() {
            for pod in node.pods.iter() {
                check.count_existing(&mut base, pod, node, 1);
            }
        }
        if !near.is_empty() || !away.is_empty() {
            for node in cycle.snapshot.cache.nodes() {
                for pod in node.pods.iter() {
                    check.count_own(&mut base, &pod.pod, node, 1);
                }
            }
        } else if base.existing.present().next().is_none() {
            return PreFilter::Skip;
        }
        check.base = Rc::new(base);
        PreFilter::check(check)
    }
}

/// Pods by topology.
#[derive(Clone, Default)]
struct Sums {
    /// Whose anti-affinity means the pod.
    existing: Counts,
    /// Whom all terms of the pod's affinity mean.
    near: Counts,
    /// Whom a term of the pod's anti-affinity means.
    away: Counts,
}

struct Check<'a> {
    cycle: Cycle<'a>,
    near: &'a [Term],
    away: &'a [Term],
    base: Rc<Sums>,
    /// What was changed in thought.
    change: Sums,
}

impl<'a> Filter<'a> for Check<'a> {
    fn filter(&self, node: &NodeInfo) -> FilterResult {
        let (base, change) = (&self.base, &self.change);
        let sum = |base: &Counts, change: &Counts, key: &str| base.at(node, key) + change.at(node, key);
        if !self.satisfies_affinity(node) {
            return Err(AFFINITY);
        }
        if self.away.iter().any(|term| sum(&base.away, &change.away, &term.topology_key) > 0) {
            return Err(ANTI_AFFINITY);
        }
        let mut keys = base.existing.keys().chain(change.existing.keys());
        if keys.any(|key| sum(&base.existing, &change.existing, key) > 0) {
            return Err(EXISTING);
        }
        Ok(())
    }

    fn fork(&self) -> Option<Box<dyn Filter<'a> + 'a>> {
        Some(Box::new(Check {
            cycle: self.cycle,
            near: self.near,
            away: self.away,
            base: Rc::clone(&self.base),
            change: self.change.clone(),
        }))
    }

    fn add_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.count(pod, node, 1);
    }

    fn remove_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.count(pod, node, -1);
    }
}

impl Check<'_> {
    fn count(&mut self, pod: &PodInfo, node: &NodeInfo, by: i64) {
        let mut change = std::mem::take(&mut self.change);
        self.count_existing(&mut change, pod, node, by);
        self.count_own(&mut change, &pod.pod, node, by);
        self.change = change;
    }

    fn count_existing(&self, sums: &mut Sums, pod: &PodInfo, node: &NodeInfo, by: i64) {
        let Some(rules) = &pod.affinity else { return };
        for term in &rules.required_anti_affinity {
            if meant_by_other(term, &self.cycle.pod.pod, self.cycle.snapshot) {
                sums.existing.add(node, &term.topology_key, by);
            }
        }
    }

    fn count_own(&self, sums: &mut Sums, pod: &Pod, node: &NodeInfo, by: i64) {
        let snapshot = self.cycle.snapshot;
        if meant_by_all(self.near, |term| meant_by_own(term, pod, snapshot)) {
            for term in self.near {
                sums.near.add(node, &term.topology_key, by);
            }
        }
        for term in self.away.iter().filter(|term| meant_by_own(term, pod, snapshot)) {
            sums.away.add(node, &term.topology_key, by);
        }
    }

    /// A pod that all terms mean must be in the node's topology of each term. The first pod of a group that wants to be
    /// near itself may go to any node that has the labels.
    fn satisfies_affinity(&self, node: &NodeInfo) -> bool {
        let near = |key: &str| self.base.near.at(node, key) + self.change.near.at(node, key);
        if self.near.iter().any(|term| node.label(&term.topology_key).is_none()) {
            return false;
        }
        if self.near.iter().all(|term| near(&term.topology_key) > 0) {
            return true;
        }
        let Cycle { pod, snapshot } = self.cycle;
        self.is_nobody_near() && meant_by_all(self.near, |term| meant_by_own(term, &pod.pod, snapshot))
    }

    fn is_nobody_near(&self) -> bool {
        let (base, change) = (&self.base.near, &self.change.near);
        base.present().all(|(key, value, sum)| sum + change.get(key, value) == 0)
            && change.present().all(|(key, value, sum)| sum + base.get(key, value) == 0)
    }
}
