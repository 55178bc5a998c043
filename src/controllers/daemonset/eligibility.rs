//! May a node have a pod of the DaemonSet? Upstream: `NodeShouldRunDaemonPod` and `predicates` in
//! `pkg/controller/daemon/daemon_controller.go`.

use super::tolerations::{Origin, daemon_tolerations};
use crate::api::validation::FieldError;
use crate::api::{
    Affinity, EcoString, Labels, NO_EXECUTE, NO_SCHEDULE, Node, NodeSelectorRequirement, NodeSelectorTerm,
    PodTemplateSpec, Taint, Toleration, TolerationMatch, required_node_affinity,
};
use std::rc::Rc;

/// What a node means to a DaemonSet (upstream's pair `shouldRun`, `shouldContinueRunning`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A pod belongs here (`true, true`).
    ShouldRun,
    /// A pod that is here may stay; none is created (`false, true`).
    MayStay,
    /// No pod belongs here; one that is here is deleted (`false, false`).
    MustNot,
}

impl Verdict {
    /// Whether a pod that is here may stay.
    pub fn lets_stay(self) -> bool {
        self != Verdict::MustNot
    }
}

/// The checklist behind a verdict, in the order in which the controller looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checklist {
    /// What came of it.
    pub verdict: Verdict,
    /// The template's `spec.nodeName`.
    pub node_name: NodeNameCheck,
    /// The template's `spec.nodeSelector`, by key.
    pub node_selector: Vec<SelectorCheck>,
    /// The terms of the template's required node affinity, of which one must match; none = not asked for.
    pub affinity: Option<Vec<TermCheck>>,
    /// The node's taints.
    pub taints: Vec<TaintCheck>,
}

/// The template's `spec.nodeName` against the node's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeNameCheck {
    /// It is not set.
    Any,
    /// It is this node.
    Same,
    /// It is another node.
    Other(EcoString),
}

/// One pair of the nodeSelector against the node's labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorCheck {
    /// The label.
    pub key: EcoString,
    /// The value it must have.
    pub wanted: EcoString,
    /// The value it has; none = the node has no such label.
    pub found: Option<EcoString>,
}

impl SelectorCheck {
    /// Whether the node has what is wanted.
    pub fn holds(&self) -> bool {
        self.found.as_ref() == Some(&self.wanted)
    }
}

/// One term of the required node affinity against the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermCheck {
    /// All its requirements hold.
    Matches,
    /// It has no requirement, so it matches nothing.
    Empty,
    /// It cannot be evaluated, so it matches nothing.
    Invalid(Vec<FieldError>),
    /// These requirements do not hold.
    Fails(Vec<FailedRequirement>),
}

/// A requirement that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRequirement {
    /// The requirement.
    pub requirement: NodeSelectorRequirement,
    /// What the node has: the label's value, or its name for a requirement on fields.
    pub found: Option<EcoString>,
}

/// One taint of the node against the pod's tolerations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaintCheck {
    /// The taint.
    pub taint: Taint,
    /// What becomes of it.
    pub outcome: TaintOutcome,
}

/// What a taint does to the DaemonSet's pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaintOutcome {
    /// Its effect (`PreferNoSchedule`) does not matter to the controller.
    Ignored,
    /// The first toleration that lets the pod pass, and who wrote it.
    Tolerated(Toleration, Origin),
    /// Nothing tolerates it.
    Untolerated,
}

impl Checklist {
    /// Whether the node selector and the required affinity admit the node.
    pub fn matches_labels(&self) -> bool {
        self.node_selector.iter().all(SelectorCheck::holds)
            && self.affinity.as_ref().is_none_or(|terms| terms.contains(&TermCheck::Matches))
    }

    /// The taints that keep the pod away.
    pub fn untolerated(&self) -> impl Iterator<Item = &Taint> {
        self.taints
            .iter()
            .filter(|check| check.outcome == TaintOutcome::Untolerated)
            .map(|check| &check.taint)
    }

    /// The taints that a toleration lets the pod pass, each with who wrote the toleration.
    pub fn tolerated(&self) -> impl Iterator<Item = (&Taint, Origin)> {
        self.taints.iter().filter_map(|check| match &check.outcome {
            TaintOutcome::Tolerated(_, origin) => Some((&check.taint, *origin)),
            _ => None,
        })
    }
}

/// The parts of a template that decide where its pods belong, made ready once for all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    node_name: EcoString,
    node_selector: Labels,
    affinity: Option<Rc<Affinity>>,
    tolerations: Rc<Vec<Toleration>>,
    origins: Vec<Origin>,
}

impl Placement {
    /// Reads a template.
    pub fn new(template: &PodTemplateSpec) -> Self {
        let (tolerations, origins) = daemon_tolerations(&template.spec).into_iter().unzip();
        Placement {
            node_name: template.spec.node_name.clone(),
            node_selector: template.spec.node_selector.clone(),
            affinity: template.spec.affinity.clone(),
            tolerations: Rc::new(tolerations),
            origins,
        }
    }

    /// The tolerations of the pods, automatic ones included.
    pub fn tolerations(&self) -> &Rc<Vec<Toleration>> {
        &self.tolerations
    }

    /// Judges a node.
    pub fn judge(&self, node: &Node) -> Checklist {
        let labels = &node.metadata.labels;
        let node_selector = self.node_selector.iter().map(|(key, wanted)| SelectorCheck {
            key: key.clone(),
            wanted: wanted.clone(),
            found: labels.get(key).cloned(),
        });
        let required = required_node_affinity(self.affinity.as_deref());
        let mut judged = Checklist {
            verdict: Verdict::ShouldRun,
            node_name: match self.node_name.as_str() {
                "" => NodeNameCheck::Any,
                name if name == node.metadata.name => NodeNameCheck::Same,
                name => NodeNameCheck::Other(name.into()),
            },
            node_selector: node_selector.collect(),
            affinity: required.map(|required| {
                required.node_selector_terms.iter().map(|term| check_term(term, node)).collect()
            }),
            taints: node.spec.taints.iter().map(|taint| self.check_taint(taint)).collect(),
        };
        let elsewhere = matches!(judged.node_name, NodeNameCheck::Other(_));
        let driven_out = judged.untolerated().any(|taint| taint.effect == NO_EXECUTE);
        judged.verdict = if elsewhere || driven_out || !judged.matches_labels() {
            Verdict::MustNot
        } else if judged.untolerated().next().is_some() {
            Verdict::MayStay
        } else {
            Verdict::ShouldRun
        };
        judged
    }

    /// Every toleration against every taint of a node, part by part: what the inspector shows.
    pub fn compare(&self, taint: &Taint) -> Vec<(&Toleration, Origin, TolerationMatch)> {
        let with_origin = self.tolerations.iter().zip(&self.origins);
        with_origin.map(|(toleration, origin)| (toleration, *origin, toleration.compare(taint))).collect()
    }

    fn check_taint(&self, taint: &Taint) -> TaintCheck {
        let outcome = if taint.effect != NO_EXECUTE && taint.effect != NO_SCHEDULE {
            TaintOutcome::Ignored
        } else {
            let mut with_origin = self.tolerations.iter().zip(&self.origins);
            match with_origin.find(|(toleration, _)| toleration.tolerates(taint)) {
                Some((toleration, origin)) => TaintOutcome::Tolerated(toleration.clone(), *origin),
                None => TaintOutcome::Untolerated,
            }
        };
        TaintCheck { taint: taint.clone(), outcome }
    }
}

fn check_term(term: &NodeSelectorTerm, node: &Node) -> TermCheck {
    match term.matches(node) {
        Err(errors) => TermCheck::Invalid(errors),
        Ok(true) => TermCheck::Matches,
        Ok(false) if term.is_empty() => TermCheck::Empty,
        Ok(false) => {
            let labels = &node.metadata.labels;
            let on_labels = term
                .match_expressions
                .iter()
                .filter(|requirement| !requirement.matches_labels(labels))
                .map(|requirement| (requirement, labels.get(&requirement.key).cloned()));
            let name = &node.metadata.name;
            let on_fields = term
                .match_fields
                .iter()
                .filter(|requirement| !requirement.matches_name(name))
                .map(|requirement| (requirement, Some(name.clone())));
            let failed = on_labels.chain(on_fields);
            TermCheck::Fails(
                failed
                    .map(|(requirement, found)| FailedRequirement { requirement: requirement.clone(), found })
                    .collect(),
            )
        }
    }
}
