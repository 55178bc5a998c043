//! The scheduler's part where it makes room: the nodes that could be freed, what decided between them, and who has
//! to go.

use super::super::measure::{Measure, lacking};
use super::super::piece::{Piece, count, sentence};
use super::super::span::human;
use super::answer::{Badge, Block, Candidates, LISTED, NodeRow, Section, Tone, TraceLine, section};
use crate::api::sort;
use crate::cluster::Actor;
use crate::scheduler::{Candidate, Criterion, DryRunFate, DryRunPod};
use crate::scheduler::{Preempted, SchedulingResult, SchedulingTrace, Verdicts};
use crate::sim::{Step, StepNo};

/// PostFilter of an attempt.
pub(super) fn sections(step: &Step, trace: &SchedulingTrace, preempted: &Preempted) -> Vec<Section> {
    let mut sections = vec![candidates(step, trace, preempted)];
    sections.extend(preempted.chosen().map(|chosen| victims(step.no, trace, chosen)));
    sections
}

fn candidates(step: &Step, trace: &SchedulingTrace, preempted: &Preempted) -> Section {
    let mut blocks = Vec::new();
    if !preempted.candidates.is_empty() {
        blocks.push(Block::Candidates(table(step, preempted)));
        let more = preempted.candidates.len().saturating_sub(LISTED);
        if more > 0 {
            blocks.push(Block::Words(sentence("and {} more", &[&more.to_string()])));
        }
    }
    if let Some(choice) = &preempted.choice {
        let words = match choice.by {
            Criterion::OnlyOne => sentence("Room can be made on this node only.", &[]),
            Criterion::Chance => sentence(
                "All columns are equal for {}: the seed of this run chose {}. A real scheduler may take any of them.",
                &[&choice.among.join(", "), &choice.node],
            ),
            by => sentence("The leftmost column that differs decides: {}.", &[by.name()]),
        };
        blocks.push(Block::Words(words));
    }
    blocks.extend(rejected(trace, preempted));
    if let SchedulingResult::Unschedulable { post_filter, .. } = &trace.result
        && !post_filter.is_empty()
    {
        blocks.push(Block::Words(vec![Piece::Code(post_filter.to_string())]));
    }
    let found = preempted.candidates.len();
    let badge = match preempted.not_eligible {
        Some(_) => Badge::new(Tone::Bad, "may not preempt"),
        None => {
            let tone = if found > 0 { Tone::Good } else { Tone::Bad };
            Badge::new(tone, &format!("{found} of {}", count(trace.nodes.len(), "node")))
        }
    };
    let by = format!("step {} · PostFilter, DefaultPreemption", step.no);
    Section { badges: vec![badge], ..section("Candidate nodes", &by, None, blocks) }
}

fn table(step: &Step, preempted: &Preempted) -> Candidates {
    let chosen = preempted.choice.as_ref();
    let row = |candidate: &Candidate| {
        let victims = candidate.victims();
        let sum: i64 = victims.iter().map(|victim| i64::from(victim.priority())).sum();
        let cells = Criterion::COMPARING.map(|by| match by {
            Criterion::SmallestPrioritySum => number(sum),
            Criterion::LatestStart => human(step.at - crate::api::Time::new(by.value(candidate))),
            by => number(by.value(candidate)),
        });
        (candidate.node.to_string(), cells.to_vec())
    };
    let mut candidates: Vec<&Candidate> = preempted.candidates.iter().collect();
    sort::by_key(&mut candidates, |candidate| {
        let costs = Criterion::COMPARING.map(|by| match by {
            Criterion::LatestStart => -by.value(candidate),
            by => by.value(candidate),
        });
        (chosen.is_none_or(|choice| choice.node != candidate.node), costs, candidate.node.clone())
    });
    Candidates {
        rows: candidates.into_iter().take(LISTED).map(row).collect(),
        chosen: chosen.map(|choice| choice.node.to_string()),
        deciding: chosen.and_then(|choice| Criterion::COMPARING.iter().position(|by| *by == choice.by)),
    }
}

/// With a minus sign that is as wide as a digit.
fn number(number: i64) -> String {
    number.to_string().replace('-', "−")
}

/// Why other nodes cannot be freed, nodes with one reason together.
fn rejected(trace: &SchedulingTrace, preempted: &Preempted) -> Option<Block> {
    let hopeless = trace.nodes.len().saturating_sub(preempted.potential as usize);
    let hopeless = (preempted.not_eligible.is_none() && hopeless > 0)
        .then(|| (hopeless, "Preemption is not helpful for scheduling".to_owned()));
    let rows = grouped(&preempted.rejected).into_iter().chain(hopeless).map(|(nodes, reason)| {
        let words = vec![Piece::Text(reason.strip_prefix("node(s) ").unwrap_or(&reason).to_owned())];
        NodeRow { tone: Tone::Bad, name: count(nodes, "node"), words, names: Vec::new(), sources: Vec::new() }
    });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then_some(Block::Nodes(rows))
}

/// How many nodes share each reason for which the dry run passed them over.
fn grouped(rejected: &Verdicts) -> Vec<(usize, String)> {
    let told = rejected.counts().into_iter();
    told.filter_map(|(verdict, nodes)| Some((nodes, verdict.rejection()?.message()))).collect()
}

/// Step by step who has to go on a node.
fn victims(no: StepNo, trace: &SchedulingTrace, chosen: &Candidate) -> Section {
    let pod = &trace.info.pod;
    let measures = lacking(pod, &chosen.info);
    let mut taken: Vec<i64> = measures.iter().map(|measure| kept(measure, chosen)).collect();
    let asked: Vec<i64> = measures.iter().map(|measure| measure.asked(pod)).collect();
    let state = |taken: &[i64], sign: &dyn Fn(i64, i64) -> &'static str| {
        let one = |((measure, taken), asked): ((&Measure, &i64), &i64)| {
            let (sum, all) = (taken.saturating_add(*asked), measure.of(&chosen.info.allocatable));
            format!("{} {} {} {}", measure.name(), measure.text(sum), sign(sum, all), measure.text(all))
        };
        measures.iter().zip(taken).zip(&asked).map(one).collect::<Vec<_>>().join(" · ")
    };
    let compare = |sum: i64, all: i64| match sum {
        sum if sum > all => ">",
        sum if sum == all => "=",
        _ => "of",
    };
    let mut lines = vec![TraceLine {
        what: sentence("Without {} of lower priority", &[&count(chosen.pods.len(), "pod")]),
        small: state(&taken, &compare),
        badge: Badge::new(Tone::Good, "fits"),
    }];
    for (index, tried) in chosen.pods.iter().enumerate() {
        let before = taken.clone();
        for (taken, measure) in taken.iter_mut().zip(&measures) {
            *taken = taken.saturating_add(measure.of_pod(&tried.pod));
        }
        let why = why_in_this_place(index, &chosen.pods);
        let sums = state(&taken, &compare);
        let small: Vec<String> =
            [why, Some(sums)].into_iter().flatten().filter(|text| !text.is_empty()).collect();
        let badge = match tried.fate {
            DryRunFate::Reprieved => Badge::new(Tone::Good, "reprieved"),
            DryRunFate::Victim => Badge::new(Tone::Bad, "victim"),
        };
        if tried.fate == DryRunFate::Victim {
            taken = before;
        }
        let priority = number(tried.priority().into());
        lines.push(TraceLine {
            what: sentence("Put back `{}`, priority {}", &[tried.name(), &priority]),
            small: small.join(" · "),
            badge,
        });
    }
    let (gone, stay) = (chosen.victims().len(), chosen.reprieved().count());
    let badges = vec![
        Badge::plain(Tone::Bad, &count(gone, "victim")),
        Badge::plain(Tone::Good, &format!("{stay} reprieved")),
    ];
    let title = format!("Victims on {}", chosen.node);
    let by = format!("dry run, step {no}");
    Section { badges, ..section(&title, &by, None, vec![Block::Trace(lines)]) }
}

/// What the pods that are never victims take on the node.
fn kept(measure: &Measure, chosen: &Candidate) -> i64 {
    let lower = chosen.pods.iter().map(|pod| measure.of_pod(&pod.pod)).fold(0, i64::saturating_add);
    measure.taken(&chosen.info).saturating_sub(lower)
}

/// Why a pod is tried before the next one.
fn why_in_this_place(index: usize, pods: &[DryRunPod]) -> Option<String> {
    let (own, next) = (pods.get(index)?, pods.get(index + 1));
    if own.is_protected {
        return Some("first, because its PodDisruptionBudget allows no further disruption".into());
    }
    let next = next?;
    if next.is_protected || next.priority() < own.priority() {
        return None;
    }
    (own.start < next.start).then(|| format!("older than {}", next.name()))
}

/// What a step wrote, change by change.
pub(super) fn wrote(step: &Step) -> Option<Section> {
    let lines: Vec<_> = super::super::change::lines(&step.changes);
    (!lines.is_empty() && step.actor == Actor::Scheduler).then(|| {
        section("What this step wrote", &format!("step {}", step.no), None, vec![Block::Changes(lines)])
    })
}
