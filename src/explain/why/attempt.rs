//! The scheduler's part: the last attempt for a pod up to the shown step.

use super::super::piece::{Piece, sentence};
use super::{Block, Section, Tone, section};
use crate::scheduler::{
    NodeVerdict, PreFilterOutcome, Preempted, SchedulingResult, SchedulingTrace, Scoring, Woken, plugins,
};
use crate::sim::{StepNo, Timeline, Trace};
use std::rc::Rc;

/// At most so many nodes are listed one by one.
const LISTED: usize = 12;

/// The last attempt for a pod of this uid up to the shown step.
pub(super) fn last_attempt(timeline: &Timeline, uid: &str) -> Option<(StepNo, Rc<SchedulingTrace>)> {
    timeline.past().find_map(|step| match &step.trace {
        Trace::Scheduling(trace) => {
            let attempt = trace.attempt().filter(|attempt| &*attempt.uid == uid)?;
            Some((step.no, Rc::clone(attempt)))
        }
        _ => None,
    })
}

/// Filter and Score of an attempt.
pub(super) fn sections(no: StepNo, trace: &SchedulingTrace) -> Vec<Section> {
    let mut sections = vec![filter(no, trace), score(no, trace)];
    if let Some(preempted) = &trace.preemption {
        sections.push(preemption(no, trace, preempted));
    }
    sections
}

fn filter(no: StepNo, trace: &SchedulingTrace) -> Section {
    let (passed, all) = (trace.feasible().count(), trace.nodes.len());
    let badge = (if passed > 0 { Tone::Good } else { Tone::Bad }, format!("{passed} of {all} nodes"));
    let mut blocks = Vec::new();
    match &trace.queue.woken {
        Woken::Event { object, what, plugin, .. } => {
            let by = if plugin.is_empty() { "There was no node before." } else { plugin };
            let text = match plugin.is_empty() {
                true => "Tried again because {} {}. {}",
                false => "Tried again because {} {}: `{}` had rejected the pod.",
            };
            blocks.push(Block::Words(sentence(text, &[&object.to_string(), what, by])));
        }
        Woken::Timeout => blocks.push(Block::Words(sentence("Tried again after 5 minutes.", &[]))),
        Woken::Retry => blocks.push(Block::Words(sentence("Tried again after an error.", &[]))),
        Woken::Arrived => {}
    }
    for said in &trace.pre_filter {
        if let PreFilterOutcome::Restricted(nodes) = &said.outcome {
            let names = nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let text = match nodes.len() {
                1 => "PreFilter `{}` left one node to look at: the pod names {}.",
                _ => "PreFilter `{}` left these nodes to look at: {}.",
            };
            blocks.push(Block::Words(sentence(text, &[said.plugin, &names])));
        }
    }
    blocks.push(Block::Plugins(plugin_marks(trace)));
    let rejected = trace.node_verdicts().filter_map(|(name, verdict)| match verdict {
        NodeVerdict::Rejected { plugin, rejection } if !plugin.is_empty() => {
            let mut words = sentence("`{}`: ", &[plugin]);
            words.push(Piece::Text(rejection.message()));
            Some((Tone::Bad, name.to_string(), words))
        }
        _ => None,
    });
    let rejected: Vec<_> = rejected.collect();
    let more = rejected.len().saturating_sub(LISTED);
    if !rejected.is_empty() {
        blocks.push(Block::Nodes(rejected.into_iter().take(LISTED).collect()));
    }
    if more > 0 {
        blocks.push(Block::Words(sentence("and {} more", &[&more.to_string()])));
    }
    if let SchedulingResult::Unschedulable { message, .. } = &trace.result {
        blocks.push(Block::Words(vec![Piece::Code(message.to_string())]));
    }
    section(
        "Scheduler: Filter",
        &format!("step {no}, attempt {}", trace.queue.attempt),
        Some((badge.0, &badge.1)),
        blocks,
    )
}

/// The Filter plugins: red where one rejected a node, a dash where the pod gave it nothing to check.
fn plugin_marks(trace: &SchedulingTrace) -> Vec<(Tone, String)> {
    let rejects = |name: &str| {
        trace
            .node_verdicts()
            .any(|(_, verdict)| matches!(verdict, NodeVerdict::Rejected { plugin, .. } if *plugin == name))
    };
    let marks = trace.pre_filter.iter().map(|said| {
        let tone = match said.outcome {
            PreFilterOutcome::Skipped => Tone::Neutral,
            PreFilterOutcome::Rejected(_) => Tone::Bad,
            _ if rejects(said.plugin) => Tone::Bad,
            _ => Tone::Good,
        };
        (tone, said.plugin.to_owned())
    });
    marks.collect()
}

fn score(no: StepNo, trace: &SchedulingTrace) -> Section {
    let by = format!("step {no}, 0 to 100 times weight");
    let Scoring::Ranked(table) = &trace.scores else {
        let words = match trace.scores {
            Scoring::OneNode => "One node passed Filter, so there is nothing to rank.",
            _ => "No node passed Filter, so there is nothing to rank.",
        };
        let blocks = vec![Block::Words(sentence(words, &[]))];
        return section("Scheduler: Score", &format!("step {no}"), Some((Tone::Neutral, "skipped")), blocks);
    };
    let plugins = table.columns.iter().map(|column| (column.plugin.to_owned(), column.weight)).collect();
    let mut rows: Vec<(String, Vec<i64>, i64)> = trace
        .feasible()
        .filter_map(|name| {
            let scores: Vec<i64> = trace.scores(name)?.iter().map(|score| score.weighted()).collect();
            let total = scores.iter().sum();
            Some((name.to_string(), scores, total))
        })
        .collect();
    let winner = trace.node().map(ToString::to_string).unwrap_or_default();
    rows.sort_by(|left, right| {
        (right.2, right.0 == winner, &left.0).cmp(&(left.2, left.0 == winner, &right.0))
    });
    rows.truncate(LISTED);
    let mut blocks = vec![Block::Scores { plugins, rows, winner: winner.clone() }];
    let tied = trace.tied();
    if !tied.is_empty() {
        let names = tied.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        blocks.push(Block::Words(sentence(
            "{} have the same total; the seed of this run chose {}. On a real cluster any of them may be taken.",
            &[&names, &winner],
        )));
    }
    let told = table.columns.first().and_then(|column| plugins::explain(column.plugin));
    if let Some(told) = told {
        blocks.push(Block::Words(sentence("{}", &[told])));
    }
    section("Scheduler: Score", &by, Some((Tone::Good, &winner)), blocks)
}

fn preemption(no: StepNo, trace: &SchedulingTrace, preempted: &Preempted) -> Section {
    let mut rows = Vec::new();
    let chosen = preempted.choice.as_ref();
    for candidate in &preempted.candidates {
        let tone = match chosen {
            Some(choice) if choice.node == candidate.node => Tone::Good,
            _ => Tone::Neutral,
        };
        let victims = candidate.victims();
        let victims = victims.iter().map(|victim| victim.name.1.to_string()).collect::<Vec<_>>().join(", ");
        let stay = candidate.reprieved().count().to_string();
        let words = sentence("evicts `{}`; {} would stay", &[&victims, &stay]);
        rows.push((tone, candidate.node.to_string(), words));
    }
    for (node, verdict) in trace.nodes.iter().zip(preempted.rejected.iter()) {
        if let Some(rejection) = verdict.rejection() {
            rows.push((Tone::Bad, node.to_string(), vec![Piece::Text(rejection.message())]));
        }
    }
    let more = rows.len().saturating_sub(LISTED);
    rows.truncate(LISTED);
    let mut blocks = vec![Block::Nodes(rows)];
    if more > 0 {
        blocks.push(Block::Words(sentence("and {} more", &[&more.to_string()])));
    }
    let badge = match chosen {
        Some(choice) => {
            blocks.push(Block::Words(sentence("{} by: {}.", &[&choice.node, choice.by.name()])));
            (Tone::Good, choice.node.to_string())
        }
        None => (Tone::Bad, "no victim helps".to_owned()),
    };
    if let SchedulingResult::Unschedulable { post_filter, .. } = &trace.result
        && !post_filter.is_empty()
    {
        blocks.push(Block::Words(vec![Piece::Code(post_filter.to_string())]));
    }
    section(
        "Scheduler: PostFilter",
        &format!("DefaultPreemption, step {no}"),
        Some((badge.0, &badge.1)),
        blocks,
    )
}
