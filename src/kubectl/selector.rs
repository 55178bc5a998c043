//! Selectors as one writes them on a command line. Upstream: `apimachinery/pkg/labels/selector.go` (`Parse`),
//! `apimachinery/pkg/fields/selector.go`, and the fields that the API server knows for each kind.

use super::failure::Failure;
use crate::api::{EcoString, LabelSelector, LabelSelectorRequirement, Labels, Object};
use crate::cluster::ApiError;
use serde_json::{Map, Value};

/// A label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector(LabelSelector);

impl Selector {
    /// Reads a selector. An empty text selects everything.
    ///
    /// # Errors
    /// It has no such form.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let mut selector = LabelSelector::default();
        for part in parts(text).into_iter().map(str::trim).filter(|_| !text.trim().is_empty()) {
            let requirement = requirement(part).ok_or_else(|| {
                Failure::own(format!("unable to parse requirement: {part:?} is no requirement on a label"))
            })?;
            selector.match_expressions.push(requirement);
        }
        Ok(Selector(selector))
    }

    /// Whether the labels fulfil it.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.matches(labels)
    }
}

/// The labels of a selector that says only which values they have (`a=b,c=d`).
///
/// # Errors
/// It is no such selector.
pub fn match_labels(text: &str) -> Result<Map<String, Value>, Failure> {
    let selector = Selector::parse(text)?;
    let mut labels = Map::new();
    for expression in &selector.0.match_expressions {
        match (expression.operator.as_str(), expression.values.as_slice()) {
            ("In", [value]) => drop(labels.insert(expression.key.to_string(), value.as_str().into())),
            _ => {
                return Err(Failure::own(format!(
                    "{text:?} is not a selector of labels and their values alone"
                )));
            }
        }
    }
    Ok(labels)
}

/// The text at its commas outside of brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn requirement(part: &str) -> Option<LabelSelectorRequirement> {
    let of = |key: &str, operator: &str, values: Vec<EcoString>| {
        let key = key.trim();
        let is_key =
            !key.is_empty() && key.chars().all(|letter| letter.is_alphanumeric() || "-_./".contains(letter));
        is_key.then(|| LabelSelectorRequirement {
            key: key.into(),
            operator: operator.into(),
            values,
            ..Default::default()
        })
    };
    if let Some((left, list)) = part.strip_suffix(')').and_then(|part| part.split_once('(')) {
        let (key, operator) = left.trim_end().rsplit_once(char::is_whitespace)?;
        let operator = match operator {
            "in" => "In",
            "notin" => "NotIn",
            _ => return None,
        };
        return of(key, operator, list.split(',').map(|value| value.trim().into()).collect());
    }
    if let Some((key, value)) = part.split_once("!=") {
        return of(key, "NotIn", vec![value.trim().into()]);
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return of(key, "In", vec![value.trim().into()]);
    }
    match part.strip_prefix('!') {
        Some(key) => of(key, "DoesNotExist", Vec::new()),
        None => of(part, "Exists", Vec::new()),
    }
}

/// A field selector: `a=b`, `a==b`, `a!=b`, joined by commas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldSelector {
    text: String,
    terms: Vec<(String, bool, String)>,
}

impl FieldSelector {
    /// Reads a selector. An empty text selects everything.
    ///
    /// # Errors
    /// It has no such form.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let mut terms = Vec::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (field, equal, value) = match part.split_once("!=") {
                Some((field, value)) => (field, false, value),
                None => {
                    let (field, value) =
                        part.split_once("==").or_else(|| part.split_once('=')).ok_or_else(|| {
                            Failure::own(format!("invalid selector: {text:?}; can't understand {part:?}"))
                        })?;
                    (field, true, value)
                }
            };
            terms.push((field.to_owned(), equal, value.to_owned()));
        }
        Ok(FieldSelector { text: text.to_owned(), terms })
    }

    /// Whether an object fulfils it.
    ///
    /// # Errors
    /// The API server does not select objects of this kind by this field.
    pub fn matches(&self, plural: &str, object: &Object, labels: &str) -> Result<bool, ApiError> {
        let mut all = true;
        for (field, equal, value) in &self.terms {
            let Some(has) = field_of(object, field) else {
                return Err(ApiError::BadRequest(format!(
                    "Unable to find {plural:?} that match label selector {labels:?}, field selector {:?}: field label not supported: {field}",
                    self.text
                )));
            };
            all &= (has == *value) == *equal;
        }
        Ok(all)
    }
}

/// The fields that objects can be selected by.
fn field_of(object: &Object, field: &str) -> Option<EcoString> {
    let metadata = object.metadata();
    match (object, field) {
        (_, "metadata.name") => return Some(metadata.name.clone()),
        (_, "metadata.namespace") if object.kind().is_namespaced() => {
            return Some(metadata.namespace.clone());
        }
        _ => {}
    }
    Some(match (object, field) {
        (Object::Pod(pod), "spec.nodeName") => pod.spec.node_name.clone(),
        (Object::Pod(pod), "status.phase") => pod.status.phase.clone(),
        (Object::Pod(pod), "spec.restartPolicy") => pod.spec.restart_policy.clone(),
        (Object::Pod(pod), "spec.schedulerName") => pod.spec.scheduler_name.clone(),
        (Object::Pod(pod), "spec.serviceAccountName") => pod.spec.service_account_name.clone(),
        (Object::Pod(pod), "spec.hostNetwork") => pod.spec.host_network.to_string().into(),
        (Object::Pod(pod), "status.nominatedNodeName") => pod.status.nominated_node_name.clone(),
        (Object::Pod(pod), "status.podIP") => {
            pod.status.rest.get("podIP").and_then(|ip| ip.as_str()).unwrap_or_default().into()
        }
        (Object::Node(node), "spec.unschedulable") => node.spec.unschedulable.to_string().into(),
        (Object::Event(event), "involvedObject.kind") => event.involved_object.kind.clone(),
        (Object::Event(event), "involvedObject.namespace") => event.involved_object.namespace.clone(),
        (Object::Event(event), "involvedObject.name") => event.involved_object.name.clone(),
        (Object::Event(event), "involvedObject.uid") => event.involved_object.uid.clone(),
        (Object::Event(event), "involvedObject.apiVersion") => event.involved_object.api_version.clone(),
        (Object::Event(event), "reason") => event.reason.clone(),
        (Object::Event(event), "source" | "reportingComponent") => event.source.component.clone(),
        (Object::Event(event), "type") => event.type_.clone(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_selectors_select_as_on_the_command_line() {
        let labels = Labels::from([("app", "agent"), ("tier", "node")]);
        for (text, expected) in [
            ("", true),
            ("app=agent", true),
            ("app==agent,tier!=web", true),
            ("app in (a, agent),tier", true),
            ("app notin (agent)", false),
            ("!zone", true),
            ("zone", false),
            ("zone!=a", true),
        ] {
            assert_eq!(
                Selector::parse(text).map(|selector| selector.matches(&labels)),
                Ok(expected),
                "{text}"
            );
        }
        assert!(Selector::parse("a b").is_err());
    }
}
