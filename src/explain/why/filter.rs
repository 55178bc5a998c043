//! The scheduler's part: which nodes are possible.

use super::super::measure::{Measure, lacking};
use super::super::piece::{Piece, count, sentence};
use super::answer::{Block, LISTED, Mark, NodeRow, Section, Tone};
use super::sources;
use crate::api::{EcoString, Millis};
use crate::cluster::World;
use crate::scheduler::{
    NodeInfo, NodeVerdict, PodInfo, PreFilterOutcome, SchedulingResult, SchedulingTrace, Woken, plugins,
};
use crate::sim::{Step, StepNo, Timeline};
use std::rc::Rc;

/// Filter of an attempt: how it came about, the plugins, and every node that was turned down.
pub(super) fn section(timeline: &Timeline, step: &Step, trace: &SchedulingTrace) -> Section {
    let (passed, all) = (trace.feasible().count(), trace.nodes.len());
    let badge =
        (if passed > 0 { Tone::Good } else { Tone::Bad }, format!("{passed} of {}", count(all, "node")));
    let then = Then::before(timeline, step.no);
    let mut blocks = Vec::new();
    blocks.extend(woken(timeline, step, trace).map(Block::Words));
    blocks.extend(restricted(trace).map(Block::Words));
    if let Some((node, passed)) = &trace.nominated_node {
        let text = match passed {
            true => "The nominated node {} was checked before all others and passed.",
            false => "The nominated node {} was checked before all others and did not pass.",
        };
        blocks.push(Block::Words(sentence(text, &[node])));
    }
    blocks.push(Block::Plugins(marks(timeline.world(), trace)));
    if let [only] = trace.feasible().collect::<Vec<_>>().as_slice() {
        blocks.extend(
            then.room(&trace.info, only)
                .map(|room| Block::Words(sentence("`NodeResourcesFit`: {} on {}", &[&room, only]))),
        );
    }
    let rows = rejected(trace, &then);
    if !rows.is_empty() {
        blocks.push(Block::Nodes(rows));
    }
    let untried = trace.verdicts.iter().filter(|verdict| **verdict == NodeVerdict::NotTried).count();
    if untried > 0 && trace.nominated_node.is_none() {
        let text = "Not checked, because enough feasible nodes had been found: {}.";
        blocks.push(Block::Words(sentence(text, &[&count(untried, "node")])));
    }
    if let SchedulingResult::Unschedulable { message, .. } = &trace.result {
        blocks.push(Block::Words(vec![Piece::Code(message.to_string())]));
    }
    let by = format!("step {}, attempt {}", step.no, trace.queue.attempt);
    super::section("Scheduler: Filter", &by, Some((badge.0, &badge.1)), blocks)
}

/// Why the pod was tried (again), and how long its back-off had held it.
fn woken(timeline: &Timeline, step: &Step, trace: &SchedulingTrace) -> Option<Vec<Piece>> {
    let mut told = match &trace.queue.woken {
        Woken::Arrived => return None,
        Woken::Event { object, what, plugin: "", .. } => {
            sentence("Tried again because {} {}; before, there was no node.", &[&object.to_string(), what])
        }
        Woken::Event { object, what, plugin, .. } => sentence(
            "Tried again because {} {}: `{}` had rejected the pod.",
            &[&object.to_string(), what, plugin],
        ),
        Woken::Timeout => sentence(
            "Tried again because it had waited 5 minutes, though nothing in the cluster had changed that could help it.",
            &[],
        ),
        Woken::Retry => sentence("Tried again after an error.", &[]),
    };
    if let Some(until) = trace.queue.backed_off_until {
        let at = super::super::span::span(Millis((until - timeline.started()).0));
        let text = match step.at < until {
            true => {
                " Its back-off would have ended {} after the start; no other pod was waiting, so the scheduler tried it at once."
            }
            false => " Its back-off had ended {} after the start.",
        };
        told.extend(sentence(text, &[&at]));
    }
    Some(told)
}

fn restricted(trace: &SchedulingTrace) -> impl Iterator<Item = Vec<Piece>> {
    trace.pre_filter.iter().filter_map(|said| {
        let PreFilterOutcome::Restricted(nodes) = &said.outcome else { return None };
        let names = nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let text = match nodes.len() {
            1 => "PreFilter `{}` left one node to check: the pod may run on {} only.",
            _ => "PreFilter `{}` left these nodes to check: {}.",
        };
        Some(sentence(text, &[said.plugin(), &names]))
    })
}

/// The Filter plugins: red where one rejected a node, a dash where the pod gave it nothing to check.
fn marks(world: &World, trace: &SchedulingTrace) -> Vec<Mark> {
    let rejects =
        |name: &str| {
            trace.verdicts.counts().iter().any(
                |(verdict, _)| matches!(verdict, NodeVerdict::Rejected { plugin, .. } if *plugin == name),
            )
        };
    let mark = |said: &crate::scheduler::PreFiltered| Mark {
        tone: match said.outcome {
            PreFilterOutcome::Skipped => Tone::Neutral,
            PreFilterOutcome::Rejected(_) => Tone::Bad,
            _ if rejects(said.plugin()) => Tone::Bad,
            _ => Tone::Good,
        },
        name: said.plugin(),
        told: plugins::explain(said.plugin()).unwrap_or_default(),
        sources: sources::of_pod(world, &trace.info.pod, said.plugin()),
    };
    trace.pre_filter.iter().map(mark).collect()
}

/// Every node that was turned down, with its first failing plugin and reasons: a few by themselves, those that share
/// a verdict together.
fn rejected(trace: &SchedulingTrace, then: &Then) -> Vec<NodeRow> {
    let mut rows = Vec::new();
    for (verdict, nodes) in trace.verdicts.counts() {
        let NodeVerdict::Rejected { plugin, rejection } = verdict else { continue };
        let mut words = match *plugin {
            "" => Vec::new(),
            plugin => sentence("`{}`: ", &[plugin]),
        };
        let message = rejection.message();
        // Behind a number of nodes.
        let bare = message.strip_prefix("node(s) ").filter(|_| plugin.is_empty());
        // These nodes turned nothing down: PreFilter had ruled them out before.
        let is_left_out = plugin.is_empty();
        if is_left_out {
            let text = if nodes == 1 { "was not checked: it " } else { "were not checked: they " };
            words.push(Piece::Text(text.into()));
        }
        words.push(Piece::Text(bare.unwrap_or(&message).to_owned()));
        let names: Vec<EcoString> = trace
            .node_verdicts()
            .filter(|(_, other)| *other == verdict)
            .map(|(name, _)| name.clone())
            .collect();
        if nodes > LISTED || plugin.is_empty() {
            rows.push(NodeRow {
                tone: if is_left_out { Tone::Neutral } else { Tone::Bad },
                name: count(nodes, "node"),
                words,
                names,
                sources: Vec::new(),
            });
            continue;
        }
        for name in names {
            let mut words = words.clone();
            if *plugin == "NodeResourcesFit" {
                words.extend(then.shortage(&trace.info, &name));
            }
            let node = then.0.world().node(&name);
            let sources = node.map(|node| sources::of_node(node, plugin)).unwrap_or_default();
            rows.push(NodeRow { tone: Tone::Bad, name: name.to_string(), words, names: Vec::new(), sources });
        }
    }
    rows
}

/// The cluster as an attempt found it.
struct Then(Timeline);

impl Then {
    fn before(timeline: &Timeline, no: StepNo) -> Self {
        let mut then = timeline.clone();
        then.seek(no.saturating_sub(1));
        Then(then)
    }

    fn node(&self, name: &str) -> Option<NodeInfo> {
        let world = self.0.world();
        let mut info = NodeInfo::new(Rc::clone(world.node(name)?), 0);
        for pod in world.pods_on(name).filter(|pod| pod.takes_room()) {
            info.add_pod(Rc::new(PodInfo::new(Rc::clone(pod))));
        }
        Some(info)
    }

    /// What the pod asks for of what is free: `asks cpu 100m of 1250m free, memory 200Mi of 2764Mi free`.
    fn room(&self, pod: &PodInfo, name: &str) -> Option<String> {
        let node = self.node(name)?;
        let told = [Measure::Cpu, Measure::Memory].into_iter().filter_map(|measure| {
            let asked = measure.asked(&pod.pod);
            let free = measure.of(&node.allocatable).saturating_sub(measure.taken(&node));
            (asked > 0)
                .then(|| format!("{} {} of {} free", measure.name(), measure.text(asked), measure.text(free)))
        });
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| format!("asks {}", told.join(", ")))
    }

    /// What the pod asks for of what the node has not enough of.
    fn shortage(&self, pod: &PodInfo, name: &str) -> Vec<Piece> {
        let Some(node) = self.node(name) else { return Vec::new() };
        let told = lacking(&pod.pod, &node).into_iter().map(|measure| {
            let free = measure.of(&node.allocatable).saturating_sub(measure.taken(&node));
            format!("asks {}, {} free", measure.text(measure.asked(&pod.pod)), measure.text(free))
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() { Vec::new() } else { vec![Piece::Text(format!(": {}", told.join("; ")))] }
    }
}
