//! Labels and label selectors. Upstream: `apimachinery/pkg/apis/meta/v1/helpers.go`, `apimachinery/pkg/labels/selector.go`.

use crate::api::sort;
use ecow::EcoString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// Labels, annotations, or pairs that select them, by key. A clone shares the pairs until one of both is changed:
/// all states of a pod have one copy of its labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels(Rc<BTreeMap<EcoString, EcoString>>);

impl Deref for Labels {
    type Target = BTreeMap<EcoString, EcoString>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Labels {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Rc::make_mut(&mut self.0)
    }
}

impl<K: Into<EcoString>, V: Into<EcoString>> FromIterator<(K, V)> for Labels {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
        Labels(Rc::new(sort::map(pairs.into_iter().map(|(key, value)| (key.into(), value.into())))))
    }
}

impl<K: Into<EcoString>, V: Into<EcoString>, const N: usize> From<[(K, V); N]> for Labels {
    fn from(pairs: [(K, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a EcoString, &'a EcoString);
    type IntoIter = std::collections::btree_map::Iter<'a, EcoString, EcoString>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

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
