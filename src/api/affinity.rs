//! Node and pod affinity. Upstream: `api/core/v1/types.go`, `component-helpers/scheduling/corev1/nodeaffinity`.

use super::names::{label_value, qualified_name};
use super::validation::{Errors, FieldError, aggregate};
use super::{LabelSelector, Labels, Node, Rest};
use ecow::EcoString;
use serde::{Deserialize, Serialize};

api! {
    /// Where a pod wants to be, relative to nodes and to other pods.
    Affinity {
        /// Relative to node labels.
        node_affinity: Option<NodeAffinity>,
        /// Near other pods.
        pod_affinity: Option<PodAffinity>,
        /// Away from other pods.
        pod_anti_affinity: Option<PodAffinity>,
    }

    /// Rules about the node.
    NodeAffinity {
        /// The node must match.
        #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
        required: Option<NodeSelector>,
        /// Nodes that match are preferred.
        #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
        preferred: Vec<PreferredSchedulingTerm>,
    }

    /// A disjunction of terms.
    NodeSelector {
        /// The node must match one of them.
        node_selector_terms: Vec<NodeSelectorTerm>,
    }

    /// A conjunction of requirements; an empty term matches nothing.
    NodeSelectorTerm {
        /// On node labels.
        match_expressions: Vec<NodeSelectorRequirement>,
        /// On node fields; only `metadata.name` exists.
        match_fields: Vec<NodeSelectorRequirement>,
    }

    /// One requirement on a node.
    NodeSelectorRequirement {
        /// A label, or a field.
        key: EcoString,
        /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`.
        operator: EcoString,
        /// Operands.
        values: Vec<EcoString>,
    }

    /// Rules about other pods in the same topology (the same shape for affinity and anti-affinity).
    PodAffinity {
        /// Must hold.
        #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
        required: Vec<PodAffinityTerm>,
        /// Preferred.
        #[serde(rename = "preferredDuringSchedulingIgnoredDuringExecution")]
        preferred: Vec<WeightedPodAffinityTerm>,
    }

    /// Pods that match, on nodes with one value of a label.
    PodAffinityTerm {
        /// Which pods; none selects no pod.
        label_selector: Option<LabelSelector>,
        /// Namespaces by name.
        namespaces: Vec<EcoString>,
        /// Namespaces by label.
        namespace_selector: Option<LabelSelector>,
        /// The node label that makes a topology.
        topology_key: EcoString,
        /// Merged into the selector by the API server.
        match_label_keys: Vec<EcoString>,
        /// Merged into the selector by the API server.
        mismatch_label_keys: Vec<EcoString>,
    }

    /// A preference about other pods.
    WeightedPodAffinityTerm {
        /// 1 to 100.
        weight: i32,
        /// The term.
        pod_affinity_term: PodAffinityTerm,
    }
}

/// A preference for nodes. Both fields are written also when they are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PreferredSchedulingTerm {
    /// 1 to 100.
    pub weight: i32,
    /// What the node should match.
    pub preference: NodeSelectorTerm,
    /// Fields that the simulation gives no meaning to, as written.
    #[serde(flatten)]
    pub rest: Rest,
}

impl NodeSelector {
    /// Whether one of the terms matches the node. Terms that cannot be evaluated are passed over.
    pub fn matches(&self, node: &Node) -> bool {
        self.node_selector_terms.iter().any(|term| term.matches(node) == Ok(true))
    }

    /// Whether no term matches and one of them could not be evaluated.
    pub fn has_error(&self, node: &Node) -> bool {
        !self.matches(node) && self.node_selector_terms.iter().any(|term| term.matches(node).is_err())
    }
}

impl NodeSelectorTerm {
    /// Whether there is no requirement.
    pub fn is_empty(&self) -> bool {
        self.match_expressions.is_empty() && self.match_fields.is_empty()
    }

    /// What keeps the term from being evaluated, with paths below `path` (`newNodeSelectorTerm`).
    pub fn errors(&self, path: &str) -> Vec<FieldError> {
        let mut errors = Errors::default();
        for (index, requirement) in self.match_expressions.iter().enumerate() {
            requirement.check_expression(|| format!("{path}matchExpressions[{index}]"), &mut errors);
        }
        for (index, requirement) in self.match_fields.iter().enumerate() {
            requirement.check_field(|| format!("{path}matchFields[{index}]"), &mut errors);
        }
        errors.0
    }

    /// Whether the node meets every requirement. An empty term matches nothing; a requirement that cannot be
    /// evaluated is an error even if another one already fails.
    pub fn matches(&self, node: &Node) -> Result<bool, Vec<FieldError>> {
        let errors = self.errors("");
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(!self.is_empty()
            && self
                .match_expressions
                .iter()
                .all(|requirement| requirement.matches_labels(&node.metadata.labels))
            && self.match_fields.iter().all(|requirement| requirement.matches_name(&node.metadata.name)))
    }
}

impl NodeSelectorRequirement {
    /// Builds a requirement.
    pub fn new(key: &str, operator: &str, values: &[&str]) -> Self {
        NodeSelectorRequirement {
            key: key.into(),
            operator: operator.into(),
            values: values.iter().map(|value| EcoString::from(*value)).collect(),
            ..Default::default()
        }
    }

    /// `labels.NewRequirement`
    fn check_expression(&self, path: impl Fn() -> String, errors: &mut Errors) {
        const OPERATORS: [&str; 6] = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
        let operator = self.operator.as_str();
        if !OPERATORS.contains(&operator) {
            return errors.not_supported(&format!("{}.operator", path()), operator, &OPERATORS);
        }
        let wrong_key = qualified_name(&self.key);
        if !wrong_key.is_empty() {
            errors.invalid(&format!("{}.key", path()), self.key.as_str(), wrong_key.join("; "));
        }
        let values_path = || format!("{}.values", path());
        let wrong_count =
            match operator {
                "In" | "NotIn" => {
                    self.values.is_empty().then_some("for 'in', 'notin' operators, values set can't be empty")
                }
                "Exists" | "DoesNotExist" => (!self.values.is_empty())
                    .then_some("values set must be empty for exists and does not exist"),
                _ => (self.values.len() != 1)
                    .then_some("for 'Gt', 'Lt' operators, exactly one value is required"),
            };
        if let Some(detail) = wrong_count {
            errors.invalid(&values_path(), &self.listed_values(), detail);
        }
        if matches!(operator, "Gt" | "Lt") {
            for (index, value) in self.values.iter().enumerate().filter(|(_, value)| number(value).is_none())
            {
                let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
                errors.invalid(&format!("{}[{index}]", values_path()), value.as_str(), detail);
            }
        }
        for (index, value) in self.values.iter().enumerate() {
            let wrong = label_value(value);
            if !wrong.is_empty() {
                let path = format!("{}[{index}][{}]", values_path(), self.key);
                errors.invalid(&path, value.as_str(), wrong.join("; "));
            }
        }
    }

    /// `nodeSelectorRequirementsAsFieldSelector`
    fn check_field(&self, path: impl Fn() -> String, errors: &mut Errors) {
        const OPERATORS: [&str; 2] = ["In", "NotIn"];
        if !OPERATORS.contains(&self.operator.as_str()) {
            errors.not_supported(&format!("{}.operator", path()), &self.operator, &OPERATORS);
        } else if self.values.len() != 1 {
            errors.invalid(&format!("{}.values", path()), &self.listed_values(), "must have one element");
        }
    }

    fn listed_values(&self) -> serde_json::Value {
        self.values.iter().map(EcoString::as_str).collect()
    }

    /// Whether labels meet it, as a requirement on labels.
    pub fn matches_labels(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            operator => match (value.and_then(number), self.values.first().and_then(number)) {
                (Some(have), Some(bound)) => {
                    if operator == "Gt" {
                        have > bound
                    } else {
                        have < bound
                    }
                }
                _ => false,
            },
        }
    }

    /// Whether a node of this name meets it, as a requirement on fields.
    pub fn matches_name(&self, name: &str) -> bool {
        let have = if self.key == "metadata.name" { name } else { "" };
        self.values.iter().any(|value| value == have) == (self.operator == "In")
    }
}

fn number(text: &EcoString) -> Option<i64> {
    text.parse().ok()
}

/// Why preferred terms cannot be evaluated, in one text (`NewPreferredSchedulingTerms`); None if they can.
pub fn preferred_terms_error(terms: &[PreferredSchedulingTerm]) -> Option<String> {
    let weighted = terms.iter().enumerate().filter(|(_, term)| term.weight != 0);
    let errors: Vec<FieldError> =
        weighted.flat_map(|(index, term)| term.preference.errors(&format!("[{index}]."))).collect();
    if errors.is_empty() { None } else { Some(aggregate(&errors)) }
}

/// Whether `spec.nodeSelector` and the required node affinity admit the node
/// (`nodeaffinity.GetRequiredNodeAffinity(pod).Match(node)`, errors of single terms ignored).
pub fn admits_node(node_selector: &Labels, affinity: Option<&Affinity>, node: &Node) -> bool {
    node_selector.iter().all(|(key, value)| node.metadata.labels.get(key) == Some(value))
        && required_node_affinity(affinity).is_none_or(|required| required.matches(node))
}

/// The required node affinity, if any.
pub fn required_node_affinity(affinity: Option<&Affinity>) -> Option<&NodeSelector> {
    affinity?.node_affinity.as_ref()?.required.as_ref()
}
