//! Labels and label selectors. Upstream: `apimachinery/pkg/apis/meta/v1/helpers.go`, `apimachinery/pkg/labels/selector.go`.

use super::SmallMap;
use ecow::EcoString;

/// Labels, annotations, or pairs that select them, by key.
pub type Labels = SmallMap<EcoString>;

api! {
    /// Selects objects by their labels; all requirements must hold. An empty selector matches everything.
    LabelSelector {
        /// Each pair is a requirement `key In [value]`.
        match_labels: Labels,
        /// Further requirements.
        match_expressions: Vec<LabelSelectorRequirement>,
    }

    /// One requirement on a label.
    LabelSelectorRequirement {
        /// The label.
        key: EcoString,
        /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
        operator: EcoString,
        /// For `In` and `NotIn`.
        values: Vec<EcoString>,
    }
}

impl LabelSelector {
    /// Whether the labels fulfil every requirement. An operator that does not exist matches nothing.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|requirement| requirement.matches(labels))
    }

    /// Whether there is no requirement.
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }
}

impl LabelSelectorRequirement {
    /// Whether the labels fulfil it. `NotIn` and `DoesNotExist` hold where the label is absent.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(operator: &str, values: &[&str], label: Option<&str>) -> bool {
        LabelSelectorRequirement {
            key: "k".into(),
            operator: operator.into(),
            values: values.iter().map(|value| EcoString::from(*value)).collect(),
            ..Default::default()
        }
        .matches(&label.map(|value| ("k".to_owned(), value.to_owned())).into_iter().collect())
    }

    #[test]
    fn operators_treat_an_absent_label_as_upstream_does() {
        for (operator, values, label, expected) in [
            ("In", &["a", "b"][..], Some("b"), true),
            ("In", &["a"], Some("b"), false),
            ("In", &["a"], None, false),
            ("NotIn", &["a"], Some("b"), true),
            ("NotIn", &["a"], Some("a"), false),
            ("NotIn", &["a"], None, true),
            ("Exists", &[], Some(""), true),
            ("Exists", &[], None, false),
            ("DoesNotExist", &[], None, true),
            ("DoesNotExist", &[], Some("a"), false),
            ("Near", &["a"], Some("a"), false),
        ] {
            assert_eq!(matches(operator, values, label), expected, "{operator} {values:?} on {label:?}");
        }
    }

    #[test]
    fn an_empty_selector_matches_everything() {
        assert!(LabelSelector::default().matches(&Labels::default()));
    }
}
