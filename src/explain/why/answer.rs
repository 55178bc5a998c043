//! The form of an answer: plain data; the page only lays it out.

use super::super::piece::Piece;
use super::super::pods::PodStage;
use super::yaml::Author;
use crate::api::{EcoString, Object, ObjectKey, Taint, TolerationMatch};
use crate::sim::StepNo;

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
    /// The answer in a word, or two.
    pub badges: Vec<Badge>,
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

/// An answer in a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// What it means.
    pub tone: Tone,
    /// The word.
    pub word: String,
    /// Whether the tone's sign stands before it.
    pub has_sign: bool,
}

impl Badge {
    /// With the sign of its tone.
    pub fn new(tone: Tone, word: &str) -> Self {
        Badge { tone, word: word.into(), has_sign: true }
    }

    /// A number of something, which needs no sign.
    pub fn plain(tone: Tone, word: &str) -> Self {
        Badge { tone, word: word.into(), has_sign: false }
    }
}

/// Nodes that could be freed, compared column by column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// Nodes with their figures, the chosen one first.
    pub rows: Vec<(String, Vec<String>)>,
    /// The node that was chosen.
    pub chosen: Option<String>,
    /// The column that decided.
    pub deciding: Option<usize>,
}

impl Candidates {
    /// The headings of the figures (`pickOneNodeForPreemption`).
    pub const COLUMNS: [&'static str; 5] = ["PDB broken", "highest", "sum", "victims", "youngest"];
}

/// One thing that was tried, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceLine {
    /// What.
    pub what: Vec<Piece>,
    /// The figures.
    pub small: String,
    /// What came of it.
    pub badge: Badge,
}

/// The most nodes that are listed one by one.
pub(super) const LISTED: usize = 12;

/// A part of the grounds.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Rule by rule.
    Checks(Vec<Check>),
    /// The node's taints, numbered from T1, whether each is tolerated, and where it is written.
    Taints(Vec<(Taint, bool, FieldSource)>),
    /// Tolerations × taints.
    Matrix(Vec<MatrixRow>),
    /// A toleration that matches in two of three parts.
    NearMiss(Vec<(TolerationMatch, Vec<Piece>)>),
    /// A sentence.
    Words(Vec<Piece>),
    /// Plugins with their verdicts.
    Plugins(Vec<Mark>),
    /// Nodes with their verdicts and reasons.
    Nodes(Vec<NodeRow>),
    /// Scores: plugins with weights, then nodes with one score a plugin and the total; the winner first.
    Scores {
        /// Plugins and weights.
        plugins: Vec<ScoredBy>,
        /// Nodes, scores, totals.
        rows: Vec<(String, Vec<i64>, i64)>,
        /// The node that was taken.
        winner: String,
    },
    /// Nodes that could be freed.
    Candidates(Candidates),
    /// What was tried, in order.
    Trace(Vec<TraceLine>),
    /// What was written, with signs.
    Changes(Vec<(&'static str, Vec<Piece>)>),
    /// Bounds with what is used of them.
    Budget(Vec<BudgetRow>),
    /// Nodes with what each waits for.
    NodeLines(Vec<NodeLine>),
    /// Revisions, the latest first.
    History(Vec<RevisionRow>),
    /// All attempts to schedule the pod, of which one is shown.
    Attempts(Vec<PastAttempt>),
    /// YAML to be copied.
    Snippet(String),
    /// Tolerations that the manifest of a DaemonSet can get, for these taints.
    AddTolerations(ObjectKey, Vec<Taint>),
    /// An object, to be told with who wrote what: see [`super::yaml_of`].
    Yaml(Object),
    /// Steps, each the cause of the one before it.
    Causes(Vec<Caused>),
}

/// A rule that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whether it holds.
    pub tone: Tone,
    /// Its name.
    pub name: String,
    /// What was found.
    pub found: Vec<Piece>,
    /// The field that decided, where one did.
    pub source: Option<FieldSource>,
}

/// A field of an object that decided: the texts may have it at a line of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSource {
    /// The object.
    pub key: ObjectKey,
    /// The field, as the API server's errors name it: `spec.taints[0]`.
    pub path: String,
}

/// A step in a chain of causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caused {
    /// The step.
    pub step: StepNo,
    /// What it did.
    pub what: Vec<Piece>,
    /// Steps between it and the one before in the chain that are not listed.
    pub skipped: usize,
}

/// A bound of a rolling update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetRow {
    /// `maxUnavailable` or `maxSurge`.
    pub name: &'static str,
    /// One for each that it allows; none = it allows none.
    pub slots: Vec<BudgetSlot>,
    /// Slots that are not listed.
    pub more: usize,
    /// `1/1 in use`
    pub used: String,
}

/// A place in a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetSlot {
    /// The node that uses it.
    pub node: Option<String>,
    /// Whether it is for a second pod.
    pub is_surge: bool,
}

/// A node, or nodes, with what they wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLine {
    /// How far the pod is.
    pub sign: PodStage,
    /// What that means.
    pub tone: Tone,
    /// The node's name, or how many they are.
    pub name: String,
    /// What is there and what it waits for.
    pub words: Vec<Piece>,
    /// The names of several.
    pub names: Vec<EcoString>,
}

/// A revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionRow {
    /// Its number.
    pub number: i64,
    /// What it changed.
    pub what: String,
    /// Its hash.
    pub hash: String,
    /// Pods that carry it.
    pub pods: u32,
    /// Whether its template is the current one.
    pub is_current: bool,
    /// `kubernetes.io/change-cause`.
    pub cause: Option<String>,
}

/// A plugin with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The verdict.
    pub tone: Tone,
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub told: &'static str,
    /// The fields of the pod by which it decides.
    pub sources: Vec<FieldSource>,
}

/// A plugin that gives scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoredBy {
    /// Its name.
    pub name: &'static str,
    /// By what its scores are multiplied.
    pub weight: i64,
    /// What it is about.
    pub told: &'static str,
    /// The fields of the pod by which it decides.
    pub sources: Vec<FieldSource>,
}

/// A node, or nodes that share a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRow {
    /// The verdict.
    pub tone: Tone,
    /// Its name, or how many they are.
    pub name: String,
    /// The reasons.
    pub words: Vec<Piece>,
    /// The names of several.
    pub names: Vec<EcoString>,
    /// The fields of a single one by which it was decided.
    pub sources: Vec<FieldSource>,
}

/// An attempt to schedule a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAttempt {
    /// The step that it was.
    pub step: StepNo,
    /// Counts them, from 1.
    pub number: u32,
    /// What came of it, in a word.
    pub result: &'static str,
    /// Whether it is the one whose grounds are shown.
    pub is_shown: bool,
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
    /// Where, if the user did.
    pub source: Option<FieldSource>,
    /// Taint by taint.
    pub cells: Vec<TolerationMatch>,
}

impl MatrixRow {
    /// Whether it tolerates one of the taints.
    pub fn matches(&self) -> bool {
        self.cells.iter().any(|cell| cell.is_full())
    }
}

/// A section with one badge, or none.
pub(super) fn section(title: &str, by: &str, badge: Option<(Tone, &str)>, blocks: Vec<Block>) -> Section {
    let badges = badge.map(|(tone, word)| Badge::new(tone, word)).into_iter().collect();
    Section { title: title.into(), by: by.into(), badges, blocks }
}
