//! One attempt to schedule one pod, from a snapshot to a decision. Upstream: `pkg/scheduler/schedule_one.go`.

use super::cache::Snapshot;
use super::config::Profile;
use super::diagnosis::{NO_NODES, fit_error};
use super::framework::{
    Code, Cycle, Filters, FirstFailure, Nomination, PostFilterFailure, PreFilter, PreScore, Rejection,
    Unschedulable, pick,
};
use super::node_info::{NodeInfo, PodInfo};
use super::plugins;
use super::trace::{
    NodeVerdict, Numbers, PreFilterOutcome, PreFiltered, Preempted, QueueTrace, SchedulingResult,
    SchedulingTrace, ScoreColumn, ScoreTable, Scoring, Verdicts,
};
use crate::api::{EcoString, Pod, sort};
use crate::cluster::StableHash;
use std::borrow::Cow;
use std::rc::Rc;

/// Below so many nodes all are tried (`minFeasibleNodesToFind`).
const MIN_NODES_TO_FIND: usize = 100;
/// The least share of nodes that are tried, in percent (`minFeasibleNodesPercentageToFind`).
const MIN_PERCENTAGE: usize = 5;

/// What an attempt is given besides the cluster and the pod.
#[derive(Clone, Debug)]
pub struct AttemptInput<'a> {
    /// The profile of the pod's scheduler.
    pub profile: &'a Profile,
    /// How the pod came to be tried.
    pub queue: QueueTrace,
    /// Decides between equals.
    pub seed: u64,
    /// The position at which the search begins: each search begins where the last one ended.
    pub start: usize,
}

/// What an attempt comes to.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The decision and its reasons.
    pub trace: SchedulingTrace,
    /// Where the next search begins.
    pub next_start: usize,
}

/// Tries to find a node for a pod. Decides only; nothing is changed.
pub fn attempt(snapshot: &Snapshot<'_>, pod: &Rc<PodInfo>, input: &AttemptInput<'_>) -> Attempt {
    let cycle = Cycle { pod, snapshot };
    let nodes = snapshot.cache.nodes();
    let begun = Begun { cycle, input };
    if nodes.is_empty() {
        let result = SchedulingResult::Unschedulable {
            message: NO_NODES.into(),
            nomination: Nomination::Clear,
            rejected_by: Vec::new(),
            post_filter: "".into(),
        };
        let trace = begun.trace(Vec::new(), None, Verdicts::default(), Scoring::NothingToRank, result, None);
        return Attempt { trace, next_start: input.start };
    }
    let prepared = pre_filter(cycle, input.profile);
    if let Some((plugin, rejection)) = &prepared.rejection {
        let verdict = NodeVerdict::Rejected { plugin, rejection: rejection.clone() };
        let verdicts = Verdicts::all(nodes.len(), verdict);
        let trace = begun.fail(prepared, verdicts, None);
        return Attempt { trace, next_start: input.start };
    }
    let nominated = snapshot.cache.node(&pod.pod.status.nominated_node_name);
    let refused = nominated.map(|node| (node, prepared.filters.run_with_nominated(cycle, node)));
    if let Some((node, Ok(()))) = &refused {
        let verdicts =
            Verdicts::sparse(nodes.len(), &[(node.position, NodeVerdict::Feasible)], NodeVerdict::NotTried);
        let tried = Some((node.name.clone(), true));
        let result = SchedulingResult::Scheduled { node: node.name.clone() };
        let trace = begun.trace(prepared.said, tried, verdicts, Scoring::OneNode, result, None);
        return Attempt { trace, next_start: input.start };
    }
    let tried = nominated.map(|node| (node.name.clone(), false));
    let searched = search(cycle, &prepared, refused, input);
    let next_start = (input.start + searched.tried) % nodes.len();
    let trace = match searched.feasible.as_slice() {
        [] => begun.fail(prepared, searched.verdicts, tried),
        [node] => {
            let result = SchedulingResult::Scheduled { node: node.name.clone() };
            begun.trace(prepared.said, tried, searched.verdicts, Scoring::OneNode, result, None)
        }
        feasible => {
            let (result, scores) = match rank(cycle, input.profile, feasible) {
                Ok(table) => {
                    let result = SchedulingResult::Scheduled { node: begun.choose(&table) };
                    (result, Scoring::Ranked(table))
                }
                Err(message) => (SchedulingResult::Error { message: message.into() }, Scoring::NothingToRank),
            };
            begun.trace(prepared.said, tried, searched.verdicts, scores, result, None)
        }
    };
    Attempt { trace, next_start }
}

/// What PreFilter comes to (`RunPreFilterPlugins`).
struct Prepared<'a> {
    said: Vec<PreFiltered>,
    filters: Filters<'a>,
    /// Only these nodes, sorted.
    only: Option<Vec<EcoString>>,
    /// The plugins that said so.
    restricted_by: Vec<&'static str>,
    rejection: Option<(&'static str, Rejection)>,
    /// The rejection was for good, so the plugins after it were not asked.
    broken_off: bool,
}

fn pre_filter<'a>(cycle: Cycle<'a>, profile: &Profile) -> Prepared<'a> {
    let asked = profile.filters().count();
    let mut prepared = Prepared {
        said: Vec::with_capacity(asked),
        filters: Filters::default(),
        only: None,
        restricted_by: Vec::new(),
        rejection: None,
        broken_off: false,
    };
    for (id, filter) in profile.filters() {
        let plugin = plugins::get(id).name();
        let outcome = match filter.pre_filter(cycle) {
            PreFilter::Skip => PreFilterOutcome::Skipped,
            PreFilter::Reject(rejection) => {
                prepared.broken_off = rejection.code == Code::UnschedulableAndUnresolvable;
                prepared.rejection = Some((plugin, rejection.clone()));
                PreFilterOutcome::Rejected(Box::new(rejection))
            }
            PreFilter::Check { only, filter } => {
                prepared.filters.push(plugin, filter);
                match only {
                    None => PreFilterOutcome::Passed,
                    Some(names) => {
                        let outcome = PreFilterOutcome::Restricted(Rc::new(names.clone()));
                        prepared.restrict(plugin, names);
                        outcome
                    }
                }
            }
        };
        prepared.said.push(PreFiltered { id, outcome });
        if prepared.broken_off {
            break;
        }
    }
    prepared
}

impl Prepared<'_> {
    fn restrict(&mut self, plugin: &'static str, names: Vec<EcoString>) {
        self.restricted_by.push(plugin);
        self.only = Some(match self.only.take() {
            None => names,
            Some(known) => known.into_iter().filter(|name| names.contains(name)).collect(),
        });
        if self.only.as_ref().is_some_and(Vec::is_empty) {
            let reason = match self.restricted_by.as_slice() {
                [one] => format!("node(s) didn't satisfy plugin {one}"),
                several => format!("node(s) didn't satisfy plugin(s) [{}] simultaneously", several.join(" ")),
            };
            self.rejection = Some((plugin, unresolvable(reason)));
            self.broken_off = true;
        }
    }
}

/// Nodes that PreFilter does not allow. Every daemon pod has them, so their usual text costs no memory.
fn not_allowed(sayers: &[&'static str]) -> Rejection {
    const USUAL: &str = "NodeAffinity";
    const BY_AFFINITY: Rejection =
        Rejection::unresolvable(&[Cow::Borrowed("node(s) didn't satisfy plugin(s) [NodeAffinity]")]);
    match sayers {
        [USUAL] => BY_AFFINITY,
        sayers => unresolvable(format!("node(s) didn't satisfy plugin(s) [{}]", sayers.join(" "))),
    }
}

fn unresolvable(reason: String) -> Rejection {
    Rejection { code: Code::UnschedulableAndUnresolvable, reasons: Cow::Owned(vec![Cow::Owned(reason)]) }
}

struct Searched<'a> {
    verdicts: Verdicts,
    /// In the order in which they were found.
    feasible: Vec<&'a NodeInfo>,
    /// How many nodes were tried.
    tried: usize,
}

/// Tries nodes from the start position on until enough are found (`findNodesThatPassFilters`).
fn search<'a>(
    cycle: Cycle<'a>,
    prepared: &Prepared<'a>,
    nominated: Option<(&Rc<NodeInfo>, FirstFailure)>,
    input: &AttemptInput<'_>,
) -> Searched<'a> {
    let cache = cycle.snapshot.cache;
    let nodes = cache.nodes();
    if let Some(only) = &prepared.only {
        let candidates: Vec<_> = only.iter().filter_map(|name| cache.node(name)).collect();
        return search_some(cycle, prepared, &candidates, nominated, input);
    }
    let enough = nodes_to_find(input.profile.percentage_of_nodes_to_score, nodes.len());
    let mut feasible = Vec::with_capacity(enough);
    let first = input.start % nodes.len();
    // Tried first are the nodes from the start on, then those before it; their verdicts are kept in node order.
    let mut parts = [Verdicts::default(), Verdicts::default()];
    'tried: for (part, range) in [first..nodes.len(), 0..first].into_iter().enumerate() {
        for node in &nodes[range] {
            parts[part].push(match prepared.filters.run_with_nominated(cycle, node) {
                Ok(()) => {
                    feasible.push(&**node);
                    NodeVerdict::Feasible
                }
                Err((plugin, rejection)) => NodeVerdict::Rejected { plugin, rejection },
            });
            if feasible.len() == enough {
                break 'tried;
            }
        }
    }
    let [from_start, mut verdicts] = parts;
    let count = from_start.len() + verdicts.len();
    verdicts.fill(first, NodeVerdict::NotTried);
    verdicts.append(&from_start);
    verdicts.fill(nodes.len(), NodeVerdict::NotTried);
    Searched { verdicts, feasible, tried: count }
}

/// The same for the few nodes that PreFilter allows: costs nothing for the others.
fn search_some<'a>(
    cycle: Cycle<'a>,
    prepared: &Prepared<'a>,
    candidates: &[&'a Rc<NodeInfo>],
    nominated: Option<(&Rc<NodeInfo>, FirstFailure)>,
    input: &AttemptInput<'_>,
) -> Searched<'a> {
    // Upstream's text lists all plugins that have said no so far, and the nominated node was tried before.
    let mut sayers = prepared.restricted_by.clone();
    sayers.extend(nominated.iter().filter_map(|(_, verdict)| Some(verdict.as_ref().err()?.0)));
    sort::plain(&mut sayers);
    sayers.dedup();
    let outside = NodeVerdict::Rejected { plugin: "", rejection: not_allowed(&sayers) };
    let enough = nodes_to_find(input.profile.percentage_of_nodes_to_score, candidates.len());
    let mut some = Vec::with_capacity(candidates.len());
    let mut feasible = Vec::new();
    let first = if candidates.is_empty() { 0 } else { input.start % candidates.len() };
    for node in candidates[first..].iter().chain(&candidates[..first]) {
        let verdict = if feasible.len() >= enough {
            NodeVerdict::NotTried
        } else {
            match prepared.filters.run_with_nominated(cycle, node) {
                Ok(()) => {
                    feasible.push(&***node);
                    NodeVerdict::Feasible
                }
                Err((plugin, rejection)) => NodeVerdict::Rejected { plugin, rejection },
            }
        };
        some.push((node.position, verdict));
    }
    // What was said of the nominated node stands, even where PreFilter does not allow it.
    if let Some((node, Err((plugin, rejection)))) = nominated
        && !some.iter().any(|(position, _)| *position == node.position)
    {
        some.push((node.position, NodeVerdict::Rejected { plugin, rejection }));
    }
    sort::by_key(&mut some, |(position, _)| *position);
    let tried = some.iter().filter(|(_, verdict)| *verdict != NodeVerdict::NotTried).count();
    let verdicts = Verdicts::sparse(cycle.snapshot.cache.nodes().len(), &some, outside);
    Searched { verdicts, feasible, tried }
}

/// How many possible nodes are enough (`numFeasibleNodesToFind`).
fn nodes_to_find(percentage: Option<i32>, nodes: usize) -> usize {
    if nodes < MIN_NODES_TO_FIND {
        return nodes;
    }
    let percentage = match percentage.map(|percentage| usize::try_from(percentage).unwrap_or(0)) {
        None | Some(0) => 50usize.saturating_sub(nodes / 125).max(MIN_PERCENTAGE),
        Some(percentage) => percentage.min(100),
    };
    (nodes * percentage / 100).max(MIN_NODES_TO_FIND)
}

/// Scores the possible nodes (`prioritizeNodes`, `RunPreScorePlugins`, `RunScorePlugins`).
fn rank(cycle: Cycle<'_>, profile: &Profile, feasible: &[&NodeInfo]) -> Result<ScoreTable, String> {
    let (mut columns, mut skipped, mut rankings) = (Vec::new(), Vec::new(), Vec::new());
    for (plugin, weight, score) in profile.scores() {
        match score.pre_score(cycle, feasible) {
            PreScore::Skip => skipped.push(plugin),
            PreScore::Rank(ranking) => rankings.push((plugin, weight, ranking)),
            PreScore::Error(why) => return Err(format!("running PreScore plugin {plugin:?}: {why}")),
        }
    }
    let mut totals = vec![0i64; feasible.len()];
    let mut scores = vec![0i64; feasible.len()];
    for (plugin, weight, ranking) in rankings {
        for (score, node) in scores.iter_mut().zip(feasible) {
            *score = ranking.score(node);
        }
        let raw = Numbers::new(&scores);
        ranking.normalize(&mut scores);
        for (total, score) in totals.iter_mut().zip(&scores) {
            *total += score * weight;
        }
        columns.push(ScoreColumn { plugin, weight, raw, normalized: Numbers::new(&scores) });
    }
    let best_total = totals.iter().copied().max().unwrap_or(0);
    let best = feasible.iter().zip(&totals).filter(|(_, total)| **total == best_total);
    Ok(ScoreTable {
        nodes: feasible.iter().map(|node| node.position).collect(),
        best: best.map(|(node, _)| node.position).collect(),
        columns,
        skipped,
        best_total,
    })
}

struct Begun<'a, 'i> {
    cycle: Cycle<'a>,
    input: &'i AttemptInput<'i>,
}

impl<'a> Begun<'a, '_> {
    /// One of the best nodes; among several, chance decides.
    fn choose(&self, table: &ScoreTable) -> EcoString {
        let names = self.cycle.snapshot.cache.names();
        let mut best: Vec<usize> = table.best.iter().collect();
        // Where the search began must not matter for the choice.
        sort::plain(&mut best);
        let at = pick(self.chance("node"), best.len());
        best.get(at).and_then(|position| names.get(*position)).cloned().unwrap_or_default()
    }

    fn chance(&self, what: &str) -> u64 {
        chance(self.input.seed, &self.cycle.pod.pod, self.input.queue.attempt, what)
    }

    /// Asks PostFilter and words the failure.
    fn fail(
        &self,
        prepared: Prepared<'a>,
        verdicts: Verdicts,
        nominated_node: Option<(EcoString, bool)>,
    ) -> SchedulingTrace {
        let failed = Unschedulable {
            cycle: self.cycle,
            filters: &prepared.filters,
            verdicts: &verdicts,
            broken_off: prepared.broken_off,
            chance: self.chance("preemption"),
        };
        let mut nomination = Nomination::Keep;
        let mut preemption = None;
        let mut said = Vec::new();
        for post_filter in self.input.profile.post_filters() {
            let answer = post_filter.post_filter(&failed);
            preemption = preemption.or(answer.preemption);
            match answer.failure {
                None => {
                    nomination = answer.nomination;
                    said.clear();
                    break;
                }
                Some(PostFilterFailure::Error(why)) => {
                    nomination = Nomination::Keep;
                    said = vec![why];
                    break;
                }
                Some(PostFilterFailure::Unschedulable(why)) => {
                    if answer.nomination != Nomination::Keep {
                        nomination = answer.nomination;
                    }
                    said.push(why);
                }
            }
        }
        let post_filter = said.join(", ");
        let whole = prepared.rejection.as_ref().map(|(_, rejection)| rejection.message());
        let message = fit_error(&verdicts, whole.as_deref(), &post_filter);
        let mut rejected_by = prepared.restricted_by;
        for (verdict, _) in verdicts.counts() {
            if let NodeVerdict::Rejected { plugin, .. } = verdict
                && !plugin.is_empty()
                && !rejected_by.contains(plugin)
            {
                rejected_by.push(plugin);
            }
        }
        sort::by_key(&mut rejected_by, |name| plugins::id(name));
        let result = SchedulingResult::Unschedulable {
            message: message.into(),
            nomination,
            rejected_by,
            post_filter: post_filter.into(),
        };
        self.trace(prepared.said, nominated_node, verdicts, Scoring::NothingToRank, result, preemption)
    }

    fn trace(
        &self,
        pre_filter: Vec<PreFiltered>,
        nominated_node: Option<(EcoString, bool)>,
        verdicts: Verdicts,
        scores: Scoring,
        result: SchedulingResult,
        preemption: Option<Rc<Preempted>>,
    ) -> SchedulingTrace {
        let pod = &self.cycle.pod.pod;
        SchedulingTrace {
            pod: pod.key(),
            info: Rc::clone(self.cycle.pod),
            profile: self.input.profile.scheduler_name.clone(),
            queue: self.input.queue.clone(),
            nodes: Rc::clone(self.cycle.snapshot.cache.names()),
            pre_filter,
            nominated_node,
            verdicts,
            scores,
            result,
            preemption,
        }
    }
}

/// A number that differs between pods, attempts and questions, and is the same in each run of one seed.
fn chance(seed: u64, pod: &Pod, attempt: u32, what: &str) -> u64 {
    let hash = StableHash::default().text("scheduler").number(seed).text(what);
    let metadata = &pod.metadata;
    let hash = hash.text(&metadata.uid).text(&metadata.namespace).text(&metadata.name);
    hash.number(u64::from(attempt)).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_nodes_that_is_enough_falls_with_the_size_of_the_cluster() {
        for (percentage, nodes, enough) in [
            (None, 5, 5),
            (None, 99, 99),
            (None, 100, 100),
            (None, 1000, 420),
            (None, 5000, 500),
            (None, 10_000, 500),
            (Some(0), 1000, 420),
            (Some(100), 5000, 5000),
            (Some(30), 200, 100),
            (Some(10), 5000, 500),
        ] {
            assert_eq!(nodes_to_find(percentage, nodes), enough, "{percentage:?} % of {nodes}");
        }
    }
}
