//! Selectors as one writes them on a command line. Upstream: `apimachinery/pkg/labels/selector.go` (`Parse`),
//! `apimachinery/pkg/fields/selector.go`, and the fields that the API server knows for each kind.

use super::failure::Failure;
use crate::api::{EcoString, LabelSelector, LabelSelectorRequirement, Labels, Object};
use crate::cluster::ApiError;
use serde_json::{Map, Value, json};

/// A label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector(LabelSelector);

impl Selector {
    /// Reads a selector. An empty text selects everything.
    ///
    /// # Errors
    /// It has no such form, in the words of the API server.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let mut reader = Reader { tokens: tokens(text), at: 0 };
        let selector = reader.selector().map_err(Failure::own)?;
        Ok(Selector(selector))
    }

    /// Reads a selector that is to stand in an object.
    ///
    /// # Errors
    /// It has no such form, in the words of `metav1.ParseToLabelSelector`.
    pub fn parse_for_object(text: &str) -> Result<Self, Failure> {
        Self::parse(text).map_err(|failure| {
            Failure::own(format!("couldn't parse the selector string \"{text}\": {}", failure.message()))
        })
    }

    /// Whether the labels fulfil it.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.matches(labels)
    }

    /// As an object has it: `matchLabels`, and what they cannot say as `matchExpressions`
    /// (`metav1.ParseToLabelSelector`).
    pub fn to_json(&self) -> Value {
        let (mut labels, mut others) = (Map::new(), Vec::new());
        for expression in &self.0.match_expressions {
            match (expression.operator.as_str(), expression.values.as_slice()) {
                ("In", [value]) => drop(labels.insert(expression.key.to_string(), value.as_str().into())),
                (operator, []) => others.push(json!({ "key": expression.key, "operator": operator })),
                (operator, values) => {
                    others.push(json!({ "key": expression.key, "operator": operator, "values": values }));
                }
            }
        }
        let mut selector = Map::new();
        if !labels.is_empty() {
            selector.insert("matchLabels".into(), labels.into());
        }
        if !others.is_empty() {
            selector.insert("matchExpressions".into(), others.into());
        }
        selector.into()
    }

    /// The labels, for an object that knows no expressions.
    ///
    /// # Errors
    /// It has some.
    pub fn labels(&self) -> Result<Value, Failure> {
        let selector = self.to_json();
        match selector["matchExpressions"].as_array() {
            None => Ok(selector.get("matchLabels").cloned().unwrap_or_else(|| Map::new().into())),
            Some(others) => {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let told: Vec<String> = others
                    .iter()
                    .map(|other| {
                        let values: Vec<String> =
                            other["values"].as_array().into_iter().flatten().map(text).collect();
                        format!(
                            "{{{} {} [{}]}}",
                            text(&other["key"]),
                            text(&other["operator"]),
                            values.join(" ")
                        )
                    })
                    .collect();
                let told = told.join(" ");
                Err(Failure::own(format!("match expression [{told}] not supported on this object")))
            }
        }
    }
}

/// Labels and their values (`a=b,c=d`), as the flags that give an object some take them (`generate.ParseLabels`).
///
/// # Errors
/// A part is no pair.
pub fn label_pairs(text: &str) -> Result<Map<String, Value>, Failure> {
    let mut labels = Map::new();
    for part in text.split(',') {
        match part.split('=').collect::<Vec<_>>().as_slice() {
            ["", _] => return Err(Failure::own("unexpected empty label key")),
            [key, value] => drop(labels.insert((*key).to_owned(), (*value).into())),
            _ => return Err(Failure::own(format!("unexpected label spec: {part}"))),
        }
    }
    Ok(labels)
}

/// Words and signs of a selector.
fn tokens(text: &str) -> Vec<String> {
    const SIGNS: &str = "=!(),><";
    let mut tokens: Vec<String> = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut token = letter.to_string();
        if SIGNS.contains(letter) {
            if "=!".contains(letter) && letters.next_if_eq(&'=').is_some() {
                token.push('=');
            }
        } else if letter.is_whitespace() {
            continue;
        } else {
            while let Some(next) = letters.next_if(|next| !SIGNS.contains(*next) && !next.is_whitespace()) {
                token.push(next);
            }
        }
        tokens.push(token);
    }
    tokens
}

struct Reader {
    tokens: Vec<String>,
    at: usize,
}

fn is_word(token: &str) -> bool {
    !token.is_empty() && !token.starts_with(['=', '!', '(', ')', ',', '>', '<'])
}

impl Reader {
    /// The next token; empty at the end.
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        let token = self.peek().to_owned();
        self.at += 1;
        token
    }

    fn selector(&mut self) -> Result<LabelSelector, String> {
        let mut selector = LabelSelector::default();
        loop {
            match self.peek() {
                "" => return Ok(selector),
                token if is_word(token) || token == "!" => {}
                token => return Err(format!("found '{token}', expected: !, identifier, or 'end of string'")),
            }
            let requirement =
                self.requirement().map_err(|error| format!("unable to parse requirement: {error}"))?;
            selector.match_expressions.push(requirement);
            match self.next().as_str() {
                "" => return Ok(selector),
                "," => {
                    let next = self.peek();
                    if !is_word(next) && next != "!" {
                        return Err(format!("found '{next}', expected: identifier after ','"));
                    }
                }
                other => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
            }
        }
    }

    fn requirement(&mut self) -> Result<LabelSelectorRequirement, String> {
        let mut key = self.next();
        let is_negated = key == "!";
        if is_negated {
            key = self.next();
        }
        if !is_word(&key) {
            return Err(format!("found '{key}', expected: identifier"));
        }
        let of = |operator: &str, values: Vec<EcoString>| LabelSelectorRequirement {
            key: key.as_str().into(),
            operator: operator.into(),
            values,
            ..Default::default()
        };
        if is_negated {
            return Ok(of("DoesNotExist", Vec::new()));
        }
        if ["", ","].contains(&self.peek()) {
            return Ok(of("Exists", Vec::new()));
        }
        let operator = match self.next().as_str() {
            "in" => return Ok(of("In", self.values()?)),
            "notin" => return Ok(of("NotIn", self.values()?)),
            "=" | "==" => "In",
            "!=" => "NotIn",
            ">" => "Gt",
            "<" => "Lt",
            other => return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        let value = match self.peek() {
            "" | "," => String::new(),
            token if is_word(token) => self.next(),
            token => return Err(format!("found '{token}', expected: identifier")),
        };
        Ok(of(operator, vec![value.as_str().into()]))
    }

    /// `(a, b)`.
    fn values(&mut self) -> Result<Vec<EcoString>, String> {
        let open = self.next();
        if open != "(" {
            return Err(format!("found '{open}' expected: '('"));
        }
        let mut values: Vec<EcoString> = Vec::new();
        loop {
            match self.next().as_str() {
                ")" => return Ok(values),
                "," => {}
                token if is_word(token) => values.push(token.into()),
                token => return Err(format!("found '{token}', expected: ',', ')' or identifier")),
            }
        }
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
    pub fn matches(&self, mapping: &str, object: &Object, labels: &str) -> Result<bool, ApiError> {
        let mut all = true;
        for (field, equal, value) in &self.terms {
            let Some(has) = field_of(object, field) else {
                return Err(ApiError::BadRequest(format!(
                    "Unable to find {mapping:?} that match label selector {labels:?}, field selector {:?}: field label not supported: {field}",
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
        (Object::Pod(pod), "status.podIP") => pod.status.pod_ip.clone(),
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
