//! "Why?" of a node or a pod as of the shown step: a sentence, then the answer of each component that was asked, in
//! the order in which they were asked. Plain data; the page only lays it out.

mod answer;
mod attempt;
mod author;
mod blame;
mod causes;
mod daemon;
mod eviction;
mod filter;
mod node;
mod pod;
mod preemption;
mod recorded;
mod service;
mod set;
mod sources;
mod volumes;
mod yaml;

use super::piece::{Piece, sentence};
use super::step::told;
use crate::api::{DaemonSet, Object, ObjectKey};
use crate::sim::{Step, StepNo, Timeline};
use answer::section;

pub use answer::{
    Badge, Block, BudgetRow, BudgetSlot, Candidates, Caused, Check, FieldSource, Mark, MatrixRow, NodeLine,
    NodeRow, PastAttempt, RevisionRow, ScoredBy, Section, Tone, TraceLine, Why,
};
pub use author::Author;
pub use causes::causes;
pub use node::{card, daemon_pod, refused_nodes};
pub use recorded::survey_at;
pub use set::{rollout_start, told_changes};
pub use yaml::{YamlLine, yaml_of};

/// Why the node is as it is for a DaemonSet (none = there is none). None where there is no such node.
/// `attempt` is the scheduler's attempt to be told; none = the last one.
pub fn why_node(
    timeline: &Timeline,
    node: &str,
    set: Option<&DaemonSet>,
    attempt: Option<StepNo>,
) -> Option<Why> {
    node::why(timeline, timeline.world().node(node)?, set, attempt)
}

/// Why the pod is as it is. A pod that is gone by the shown step has no answer any more.
/// `attempt` as for [`why_node`].
pub fn why_pod(timeline: &Timeline, namespace: &str, name: &str, attempt: Option<StepNo>) -> Option<Why> {
    pod::why(timeline, timeline.world().pod(namespace, name)?, attempt)
}

/// Why a DaemonSet's pods are as they are. None where there is no such DaemonSet.
pub fn why_set(timeline: &Timeline, key: &ObjectKey) -> Option<Why> {
    timeline.world().daemon_set(&key.namespace, &key.name).map(|set| set::why(timeline, set))
}

/// The headline of [`why_node`] alone, without what it is made of.
pub fn verdict_on_node(timeline: &Timeline, node: &str, set: Option<&DaemonSet>) -> Option<Vec<Piece>> {
    Some(node::verdict_for(timeline, timeline.world().node(node)?, set))
}

/// The headline of [`why_set`] alone, without what it is made of.
pub fn verdict_of_set(timeline: &Timeline, key: &ObjectKey) -> Option<Vec<Piece>> {
    timeline.world().daemon_set(&key.namespace, &key.name).map(|set| set::verdict(timeline, set))
}

/// Why a Service reaches whom it reaches. None where there is no such Service.
pub fn why_service(timeline: &Timeline, key: &ObjectKey) -> Option<Why> {
    service::why(timeline, key)
}

/// What became of an object that Why? has no more to say of: one of another kind, or one that is gone by the shown
/// step and is told by its last state. None where no step up to the shown one, and not the start, knows it.
pub fn why_object(timeline: &Timeline, key: &ObjectKey) -> Option<Why> {
    let of_key = |step: &Step| step.changes.iter().rev().find(|change| change.is_about(key)).cloned();
    let last = timeline.past().find_map(|step| Some((step.no, of_key(step)?)));
    let live = timeline.world().get(key);
    let mut verdict = Vec::new();
    if let Some(told) = last.as_ref().and_then(|(no, _)| told(timeline, *no)) {
        let no = last.as_ref().map(|(no, _)| no.to_string()).unwrap_or_default();
        let text = if live.is_none() { "Gone since step {}: " } else { "In step {} " };
        verdict.extend(sentence(text, &[&no]));
        verdict.extend(told.what);
    }
    let step = last.as_ref().map(|(no, _)| *no);
    let last_state = || last.and_then(|(_, change)| change.after.or(change.before));
    let by = if live.is_some() { key.name.as_str() } else { "as it was last" };
    let object = live.clone().or_else(last_state)?;
    let mut sections = Vec::new();
    if let Object::Pod(pod) = &object {
        sections.extend(node::scheduler(timeline, pod, None));
    }
    let title = format!("{} YAML", key.kind.name());
    sections.push(section(&title, by, None, vec![Block::Yaml(object)]));
    Some(Why { key: key.clone(), step, verdict, sections })
}
