//! Node and pod affinity. Upstream: `api/core/v1/types.go`, `component-helpers/scheduling/corev1/nodeaffinity`.

use super::{LabelSelector, Labels, Node};
use ecow::EcoString;

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

    /// A preference for nodes.
    PreferredSchedulingTerm {
        /// 1 to 100.
        weight: i32,
        /// What the node should match.
        preference: NodeSelectorTerm,
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

/// A term that cannot be evaluated, as the matcher words it. Such a term matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermError(pub String);

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

    /// Whether the node meets every requirement. An empty term matches nothing; a requirement that cannot be
    /// evaluated is an error even if another one already fails.
    pub fn matches(&self, node: &Node) -> Result<bool, TermError> {
        for requirement in &self.match_expressions {
            requirement.check_expression()?;
        }
        for requirement in &self.match_fields {
            requirement.check_field()?;
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

    fn check_expression(&self) -> Result<(), TermError> {
        let fail = |what: &str| Err(TermError(format!("{}: {what}", self.key)));
        match self.operator.as_str() {
            "In" | "NotIn" if self.values.is_empty() => {
                fail("for 'in', 'notin' operators, values set can't be empty")
            }
            "Exists" | "DoesNotExist" if !self.values.is_empty() => {
                fail("values set must be empty for exists and does not exist")
            }
            "Gt" | "Lt" if self.values.len() != 1 => {
                fail("for 'Gt', 'Lt' operators, exactly one value is required")
            }
            "Gt" | "Lt" if self.values[0].parse::<i64>().is_err() => {
                fail("for 'Gt', 'Lt' operators, the value must be an integer")
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {
                if !is_label_key(&self.key) || self.values.iter().any(|value| !is_label_value(value)) {
                    return fail("not a valid label");
                }
                Ok(())
            }
            _ => fail("not a valid selector operator"),
        }
    }

    fn check_field(&self) -> Result<(), TermError> {
        if self.values.len() == 1 && matches!(self.operator.as_str(), "In" | "NotIn") {
            return Ok(());
        }
        Err(TermError(format!("{}: a field takes In or NotIn and one value", self.key)))
    }

    /// Whether labels meet it, as a requirement on labels.
    pub fn matches_labels(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let number = |text: &EcoString| text.parse::<i64>().ok();
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

/// Whether a text may be a label's value: at most 63 characters of `[A-Za-z0-9_.-]`, alphanumeric at both ends.
pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || (text.len() <= 63 && is_label_part(text))
}

/// Whether a text may be a label's key: a name, with or without a DNS subdomain and `/` before it.
pub fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    name.len() <= 63 && is_label_part(name) && prefix.is_none_or(is_dns_subdomain)
}

/// Whether a text is a DNS-1123 subdomain.
pub fn is_dns_subdomain(text: &str) -> bool {
    let edge =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.len() <= 253
        && text.split('.').all(|label| {
            let bytes = label.as_bytes();
            edge(bytes.first())
                && edge(bytes.last())
                && bytes
                    .iter()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
        })
}

fn is_label_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
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
