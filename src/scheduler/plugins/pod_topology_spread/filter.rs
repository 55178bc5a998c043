//! DoNotSchedule. Upstream: `podtopologyspread/filtering.go`.

use super::PodTopologySpread;
use super::constraint::{Constraints, DO_NOT_SCHEDULE, own};
use crate::api::Pod;
use crate::scheduler::framework::{Cycle, Filter, FilterPlugin, FilterResult, PreFilter, Rejection};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

const TOO_UNEVEN: Rejection =
    Rejection::unschedulable(&[Cow::Borrowed("node(s) didn't match pod topology spread constraints")]);
const NO_LABEL: Rejection = Rejection::unresolvable(&[Cow::Borrowed(
    "node(s) didn't match pod topology spread constraints (missing required label)",
)]);

impl FilterPlugin for PodTopologySpread {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let pod = &*cycle.pod.pod;
        let constraints = own(pod, DO_NOT_SCHEDULE);
        if constraints.list.is_empty() {
            return PreFilter::Skip;
        }
        let mut counts: Vec<Domains<'a>> = constraints.list.iter().map(|_| Domains::default()).collect();
        for node in cycle.snapshot.cache.nodes().iter().filter(|node| constraints.counts_on(node)) {
            for (constraint, domains) in constraints.list.iter().zip(&mut counts) {
                if let Some(value) = node.label(&constraint.key)
                    && constraint.includes(pod, &node.node)
                {
                    let count = constraint.selector.count(&node.pods, &pod.metadata.namespace);
                    *domains.counts.entry(value).or_default() += count;
                }
            }
        }
        for domains in &mut counts {
            domains.find_least();
        }
        let matches_itself =
            |constraint: &super::Constraint| constraint.selector.matches(&pod.metadata.labels);
        let itself = constraints.list.iter().map(matches_itself).collect();
        let changes = vec![0; constraints.list.len()];
        PreFilter::check(Check { shared: Rc::new(Shared { pod, constraints, counts, itself }), changes })
    }
}

struct Shared<'a> {
    pod: &'a Pod,
    constraints: Constraints,
    counts: Vec<Domains<'a>>,
    /// Whether the pod is one of those that the constraint counts.
    itself: Vec<bool>,
}

/// How many pods there are in each topology of one constraint.
#[derive(Default)]
struct Domains<'a> {
    counts: BTreeMap<&'a str, i64>,
    /// The two topologies with the fewest.
    least: [Option<(&'a str, i64)>; 2],
}

impl Domains<'_> {
    fn find_least(&mut self) {
        for (value, count) in &self.counts {
            let found = Some((*value, *count));
            let is_less = |than: Option<(&str, i64)>| than.is_none_or(|(_, least)| *count < least);
            if is_less(self.least[0]) {
                self.least = [found, self.least[0]];
            } else if is_less(self.least[1]) {
                self.least[1] = found;
            }
        }
    }

    /// The fewest in any topology, if the count of one were changed.
    fn fewest(&self, value: &str, change: i64) -> i64 {
        let others = self.least.iter().flatten().find(|(other, _)| *other != value).map(|(_, count)| *count);
        let own = self.counts.get(value).map(|count| count + change);
        own.into_iter().chain(others).min().unwrap_or(0)
    }
}

struct Check<'a> {
    shared: Rc<Shared<'a>>,
    /// By how much the counts of the one node's topologies were changed in thought, a constraint each.
    changes: Vec<i64>,
}

impl<'a> Filter<'a> for Check<'a> {
    fn filter(&self, node: &NodeInfo) -> FilterResult {
        let shared = &self.shared;
        for (at, constraint) in shared.constraints.list.iter().enumerate() {
            let Some(value) = node.label(&constraint.key) else { return Err(NO_LABEL) };
            let domains = &shared.counts[at];
            let change = self.changes[at];
            let enough = domains.counts.len() >= constraint.min_domains;
            let fewest = if enough { domains.fewest(value, change) } else { 0 };
            let count = domains.counts.get(value).map_or(0, |count| count + change);
            if count + i64::from(shared.itself[at]) - fewest > constraint.max_skew {
                return Err(TOO_UNEVEN);
            }
        }
        Ok(())
    }

    fn fork(&self) -> Option<Box<dyn Filter<'a> + 'a>> {
        Some(Box::new(Check { shared: Rc::clone(&self.shared), changes: self.changes.clone() }))
    }

    fn add_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.change(pod, node, 1);
    }

    fn remove_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.change(pod, node, -1);
    }
}

impl Check<'_> {
    /// Unlike the first count this one takes ending pods in, as upstream's `updateWithPod` does.
    fn change(&mut self, pod: &PodInfo, node: &NodeInfo, by: i64) {
        let shared = &self.shared;
        let metadata = &pod.pod.metadata;
        if metadata.namespace != shared.pod.metadata.namespace || !shared.constraints.keys_are_on(&node.node)
        {
            return;
        }
        for (constraint, change) in shared.constraints.list.iter().zip(&mut self.changes) {
            if constraint.selector.matches(&metadata.labels) && constraint.includes(shared.pod, &node.node) {
                *change += by;
            }
        }
    }
}
