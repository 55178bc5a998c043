//! "Why?" of a node or a pod as of the shown step: a sentence, then the answer of each component that was asked, in
//! the order in which they were asked. Plain data; the page only lays it out.

mod attempt;
mod daemon;
mod eviction;
mod node;
mod pod;
mod yaml;

use super::piece::Piece;
use crate::api::{DaemonSet, ObjectKey, Taint, TolerationMatch};
use crate::sim::{StepNo, Timeline};

pub use daemon::absence;
pub use yaml::{Author, YamlLine};

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// What it is about.
    pub key: ObjectKey,
    /// The last step up to the shown one that changed it.
    pub step: Option<StepNo>,
    /// The answer in a sentence.
    pub verdict: Vec<Piece>,
    /// The components' answers.
    pub sections: Vec<Section>,
}

/// What one component answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// The question.
    pub title: String,
    /// Who was asked, or when.
    pub by: String,
    /// The answer in a word.
    pub badge: Option<(Tone, String)>,
    /// The grounds.
    pub blocks: Vec<Block>,
}

/// What an answer means; the page doubles it with a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Yes.
    Good,
    /// No.
    Bad,
    /// Not asked, or nothing to say.
    Neutral,
}

/// A part of the grounds.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Rule by rule: whether it holds, its name, what was found.
    Checks(Vec<(Tone, String, Vec<Piece>)>),
    /// The node's taints, numbered from T1, and whether each is tolerated.
    Taints(Vec<(Taint, bool)>),
    /// Tolerations × taints.
    Matrix(Vec<MatrixRow>),
    /// A toleration that matches in two of three parts.
    NearMiss(Vec<(TolerationMatch, Vec<Piece>)>),
    /// A sentence.
    Words(Vec<Piece>),
    /// Plugins with their verdicts.
    Plugins(Vec<(Tone, String)>),
    /// Nodes with their verdicts and reasons.
    Nodes(Vec<(Tone, String, Vec<Piece>)>),
    /// Scores: plugins with weights, then nodes with one score a plugin and the total; the winner first.
    Scores {
        /// Plugins and weights.
        plugins: Vec<(String, i64)>,
        /// Nodes, scores, totals.
        rows: Vec<(String, Vec<i64>, i64)>,
        /// The node that was taken.
        winner: String,
    },
    /// YAML to be copied.
    Snippet(String),
    /// An object with who wrote what.
    Yaml(Vec<YamlLine>),
}

/// One toleration against each taint of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// Its key, with operator and value where they matter.
    pub key: String,
    /// Its effect; empty = every effect.
    pub effect: String,
    /// Who wrote it.
    pub author: Author,
    /// Taint by taint.
    pub cells: Vec<TolerationMatch>,
}

impl MatrixRow {
    /// Whether it tolerates one of the taints.
    pub fn matches(&self) -> bool {
        self.cells.iter().any(|cell| cell.is_full())
    }
}

/// Why the node is as it is for a DaemonSet (none = there is none). None where there is no such node.
pub fn why_node(timeline: &Timeline, node: &str, set: Option<&DaemonSet>) -> Option<Why> {
    node::why(timeline, timeline.world().node(node)?, set)
}

/// Why the pod is as it is. A pod that is gone by the shown step has no answer any more.
pub fn why_pod(timeline: &Timeline, namespace: &str, name: &str) -> Option<Why> {
    pod::why(timeline, timeline.world().pod(namespace, name)?)
}

/// The last step up to the shown one that changed the object.
fn last_touch(timeline: &Timeline, key: &ObjectKey) -> Option<StepNo> {
    let touched = timeline.past().find(|step| step.changes.iter().any(|change| change.key == *key));
    touched.map(|step| step.no)
}

fn section(title: &str, by: &str, badge: Option<(Tone, &str)>, blocks: Vec<Block>) -> Section {
    let badge = badge.map(|(tone, word)| (tone, word.to_owned()));
    Section { title: title.into(), by: by.into(), badge, blocks }
}
