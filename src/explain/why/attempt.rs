//! The scheduler's part: the last attempt for a pod up to the shown step.

use super::super::piece::{Piece, sentence};
use super::answer::{Block, PastAttempt, ScoredBy, Section, Tone, section};
use super::{filter, preemption, sources};
use crate::api::sort;
use crate::cluster::World;
use crate::scheduler::{SchedulingResult, SchedulingTrace, Scoring, plugins};
use crate::sim::{Step, StepNo, Timeline, Trace};
use std::rc::Rc;

/// The most nodes that stand in the table of scores.
const SCORED: usize = 60;

/// The attempts for a pod of this uid up to the shown step, the latest first.
pub(super) fn attempts(timeline: &Timeline, uid: &str) -> Vec<(Rc<Step>, Rc<SchedulingTrace>)> {
    let of_step = |step: &Rc<Step>| match &step.trace {
        Trace::Scheduling(trace) => {
            let attempt = trace.attempt().filter(|attempt| attempt.uid() == uid)?;
            Some((Rc::clone(step), Rc::clone(attempt)))
        }
        _ => None,
    };
    let creates = |step: &&Rc<Step>| {
        step.changes.iter().any(|change| {
            let created = change.after.as_ref().filter(|_| change.before.is_none());
            created.is_some_and(|object| object.metadata().uid == uid)
        })
    };
    timeline.past().take_while(|step| !creates(step)).filter_map(of_step).collect()
}

/// Filter, Score and PostFilter of one of the attempts: the one asked for, else the last.
pub(super) fn sections(
    timeline: &Timeline,
    attempts: &[(Rc<Step>, Rc<SchedulingTrace>)],
    asked: Option<StepNo>,
) -> Vec<Section> {
    let chosen = asked.and_then(|no| attempts.iter().find(|(step, _)| step.no == no));
    let Some((step, trace)) = chosen.or_else(|| attempts.first()) else { return Vec::new() };
    let mut sections = Vec::new();
    if attempts.len() > 1 {
        let listed = attempts.iter().rev().map(|(of, trace)| PastAttempt {
            step: of.no,
            number: trace.queue.attempt,
            result: result(trace),
            is_shown: of.no == step.no,
        });
        let by = format!("{} so far", attempts.len());
        sections.push(section("Attempts to schedule it", &by, None, vec![Block::Attempts(listed.collect())]));
    }
    sections.push(filter::section(timeline, step, trace));
    match &trace.preemption {
        Some(preempted) => {
            sections.extend(preemption::sections(step, trace, preempted));
            sections.extend(preemption::wrote(step));
        }
        None => sections.push(score(timeline.world(), step.no, trace)),
    }
    sections
}

/// What came of an attempt, in a word.
fn result(trace: &SchedulingTrace) -> &'static str {
    match &trace.result {
        SchedulingResult::Scheduled { .. } => "bound",
        SchedulingResult::Unschedulable { .. } if chose_victims(trace) => "preempts others",
        SchedulingResult::Unschedulable { .. } => "no node",
        SchedulingResult::Error { .. } => "error",
    }
}

fn chose_victims(trace: &SchedulingTrace) -> bool {
    trace.preemption.as_ref().is_some_and(|preempted| preempted.choice.is_some())
}

fn score(world: &World, no: StepNo, trace: &SchedulingTrace) -> Section {
    let by = format!("step {no}, 0 to 100 times weight");
    if let SchedulingResult::Error { message } = &trace.result {
        let words = sentence("Scoring ended with an error: ", &[]);
        let blocks = vec![Block::Words(words), Block::Words(vec![Piece::Code(message.to_string())])];
        return section("Scheduler: Score", &by, Some((Tone::Bad, "error")), blocks);
    }
    let Scoring::Ranked(table) = &trace.scores else {
        let words = match trace.scores {
            Scoring::OneNode => "One node passed Filter, so there is nothing to rank.",
            _ => "No node passed Filter, so there is nothing to rank.",
        };
        let blocks = vec![Block::Words(sentence(words, &[]))];
        return section("Scheduler: Score", &format!("step {no}"), Some((Tone::Neutral, "skipped")), blocks);
    };
    let plugins = table.columns.iter().map(|column| ScoredBy {
        name: column.plugin,
        weight: column.weight,
        told: plugins::explain(column.plugin).unwrap_or_default(),
        sources: sources::of_pod(world, &trace.info.pod, column.plugin),
    });
    let plugins = plugins.collect();
    let mut rows: Vec<(String, Vec<i64>, i64)> = trace
        .feasible()
        .filter_map(|name| {
            let scores: Vec<i64> = trace.scores(name)?.iter().map(|score| score.weighted()).collect();
            let total = scores.iter().sum();
            Some((name.to_string(), scores, total))
        })
        .collect();
    let winner = trace.node().map(ToString::to_string).unwrap_or_default();
    sort::by(&mut rows, |left, right| {
        (right.2, right.0 == winner, &left.0).cmp(&(left.2, left.0 == winner, &right.0))
    });
    let more = rows.len().saturating_sub(SCORED);
    rows.truncate(SCORED);
    let mut blocks = vec![Block::Scores { plugins, rows, winner: winner.clone() }];
    if more > 0 {
        blocks.push(Block::Words(sentence("and {} more with lower totals", &[&more.to_string()])));
    }
    let tied = trace.tied();
    if !tied.is_empty() {
        let names = tied.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        blocks.push(Block::Words(sentence(
            "{} have the same total; the seed of this run chose {}. A real scheduler may take any of them.",
            &[&names, &winner],
        )));
    }
    if !table.skipped.is_empty() {
        let names = table.skipped.join(", ");
        blocks.push(Block::Words(sentence("Plugins that had nothing to score for this pod: {}.", &[&names])));
    }
    section("Scheduler: Score", &by, Some((Tone::Good, &winner)), blocks)
}
