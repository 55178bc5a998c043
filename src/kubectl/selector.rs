//! Selectors as one writes them on a command line. Upstream: `apimachinery/pkg/labels/selector.go` (`Parse`),
//! `apimachinery/pkg/fields/selector.go`, and the fields that the API server knows for each kind.

use super::failure::Failure;
use crate::api::{
    EcoString, Kind, LabelSelector, LabelSelectorRequirement, Labels, Object, label_value, qualified_name,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`, joined by commas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    /// As it was written: `=` and `in` are told apart.
    written: Vec<LabelSelectorRequirement>,
    /// What an object may say too.
    told: LabelSelector,
}

impl Selector {
    /// Reads a selector. An empty text selects everything.
    ///
    /// # Errors
    /// It has no such form, in the words of the API server.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let mut reader = Reader { tokens: tokens(text), at: 0 };
        let written = reader.selector().map_err(Failure::own)?;
        let as_told = |written: &LabelSelectorRequirement| {
            let operator = if written.operator == "=" { "In" } else { &written.operator };
            LabelSelectorRequirement { operator: operator.into(), ..written.clone() }
        };
        let told = written.iter().filter(|written| !is_compared(written)).map(as_told).collect();
        Ok(Selector { told: LabelSelector { match_expressions: told, ..Default::default() }, written })
    }

    /// Reads a selector that is to stand in an object.
    ///
    /// # Errors
    /// It has no such form, in the words of `metav1.ParseToLabelSelector`.
    pub fn parse_for_object(text: &str) -> Result<Self, Failure> {
        let selector = Self::parse(text).map_err(|failure| {
            Failure::own(format!("couldn't parse the selector string \"{text}\": {}", failure.message()))
        })?;
        match selector.written.iter().find(|written| is_compared(written)) {
            Some(compared) => {
                let operator = compared.operator.to_ascii_lowercase();
                Err(Failure::own(format!("{operator:?} isn't supported in label selectors")))
            }
            None => Ok(selector),
        }
    }

    /// Whether the labels fulfil it.
    pub fn matches(&self, labels: &Labels) -> bool {
        let numbers = |expression: &LabelSelectorRequirement| -> Option<(i64, i64)> {
            let has = labels.get(expression.key.as_str())?.parse().ok()?;
            Some((has, expression.values.first()?.parse().ok()?))
        };
        let mut compared = self.written.iter().filter(|written| is_compared(written));
        compared.all(|compared| match (numbers(compared), compared.operator.as_str()) {
            (Some((has, than)), "Gt") => has > than,
            (Some((has, than)), _) => has < than,
            (None, _) => false,
        }) && self.told.matches(labels)
    }

    /// As an object has it: `matchLabels`, and what they cannot say as `matchExpressions`
    /// (`metav1.ParseToLabelSelector`).
    pub fn to_json(&self) -> Value {
        let (mut labels, mut others) = (Map::new(), Vec::new());
        for expression in &self.written {
            match (expression.operator.as_str(), expression.values.as_slice()) {
                ("=", [value]) => drop(labels.insert(expression.key.to_string(), value.as_str().into())),
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

    fn selector(&mut self) -> Result<Vec<LabelSelectorRequirement>, String> {
        let mut selector = Vec::new();
        loop {
            match self.peek() {
                "" => return Ok(selector),
                token if is_word(token) || token == "!" => {}
                token => return Err(format!("found '{token}', expected: !, identifier, or 'end of string'")),
            }
            let requirement =
                self.requirement().map_err(|error| format!("unable to parse requirement: {error}"))?;
            selector.push(requirement);
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
        if let Some(complaint) = invalid("<nil>", &key, &qualified_name(&key)) {
            return Err(complaint);
        }
        let of = |operator: &str, values: Vec<EcoString>| LabelSelectorRequirement {
            key: key.as_str().into(),
            operator: operator.into(),
            values,
            ..Default::default()
        };
        if ["", ","].contains(&self.peek()) {
            return Ok(of(if is_negated { "DoesNotExist" } else { "Exists" }, Vec::new()));
        }
        // What is negated and has an operator all the same counts as if it were not negated.
        let operator = match self.next().as_str() {
            "in" => return self.values().and_then(|values| checked(of("In", values))),
            "notin" => return self.values().and_then(|values| checked(of("NotIn", values))),
            "=" | "==" => "=",
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
        checked(of(operator, vec![value.as_str().into()]))
    }

    /// `(a, b)`: each once, in order. Nothing between two commas is an empty value.
    fn values(&mut self) -> Result<Vec<EcoString>, String> {
        let open = self.next();
        if open != "(" {
            return Err(format!("found '{open}' expected: '('"));
        }
        let mut values: BTreeSet<EcoString> = BTreeSet::new();
        match self.peek() {
            ")" => {
                self.at += 1;
                return Ok(vec![EcoString::new()]);
            }
            token if is_word(token) || token == "," => {}
            token => return Err(format!("found '{token}', expected: ',', ')' or identifier")),
        }
        loop {
            let token = self.next();
            let next = self.peek();
            if is_word(&token) {
                let is_last = match next {
                    "," => false,
                    ")" => true,
                    _ => return Err(format!("found '{next}', expected: ',' or ')'")),
                };
                values.insert(token.into());
                if is_last {
                    break;
                }
            } else if token == "," {
                if values.is_empty() || [")", ","].contains(&next) {
                    values.insert(EcoString::new());
                }
                if next == ")" {
                    break;
                }
            } else {
                return Err(format!("found '{token}', expected: ',', or identifier"));
            }
        }
        self.at += 1;
        Ok(values.into_iter().collect())
    }
}

/// Whether a requirement compares amounts, which the selectors of objects do not know.
fn is_compared(written: &LabelSelectorRequirement) -> bool {
    ["Gt", "Lt"].contains(&written.operator.as_str())
}

/// A complaint about a part of a selector, in the words of `field.Invalid`.
fn invalid(path: &str, text: &str, complaints: &[String]) -> Option<String> {
    (!complaints.is_empty()).then(|| format!("{path}: Invalid value: {text:?}: {}", complaints.join("; ")))
}

/// A requirement whose values the API server takes (`labels.NewRequirement`).
fn checked(told: LabelSelectorRequirement) -> Result<LabelSelectorRequirement, String> {
    let mut complaints = Vec::new();
    for (index, value) in told.values.iter().enumerate() {
        if is_compared(&told) && value.parse::<i64>().is_err() {
            let integer = "for 'Gt', 'Lt' operators, the value must be an integer".to_owned();
            complaints.extend(invalid(&format!("values[{index}]"), value, &[integer]));
        }
    }
    for (index, value) in told.values.iter().enumerate() {
        complaints.extend(invalid(&format!("values[{index}][{}]", told.key), value, &label_value(value)));
    }
    match complaints.as_slice() {
        [] => Ok(told),
        [one] => Err(one.clone()),
        all => Err(format!("[{}]", all.join(", "))),
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
                            Failure::own(format!("invalid selector: '{text}'; can't understand '{part}'"))
                        })?;
                    (field, true, value)
                }
            };
            terms.push((field.to_owned(), equal, value.to_owned()));
        }
        Ok(FieldSelector { text: text.to_owned(), terms })
    }

    /// Whether objects of a kind can be selected by these fields.
    ///
    /// # Errors
    /// They cannot, in the words of the API server.
    pub fn check(&self, kind: &Kind) -> Result<(), Failure> {
        let own = FIELDS.iter().find(|(name, _)| *name == kind.name()).map(|(_, fields)| *fields);
        let known = own.unwrap_or(&["metadata.name", "metadata.namespace"]);
        let Some((field, ..)) = self.terms.iter().find(|(field, ..)| !known.contains(&field.as_str())) else {
            return Ok(());
        };
        Err(Failure::own(match own {
            Some(_) => format!("field label not supported: {field}"),
            None => format!(
                "{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
            ),
        }))
    }

    /// Whether an object fulfils it.
    pub fn matches(&self, object: &Object) -> bool {
        self.terms.iter().all(|(field, equal, value)| (field_of(object, field) == *value) == *equal)
    }
}

/// The fields that objects of some kinds can be selected by; of the others it is name and namespace
/// (`AddFieldLabelConversionFunc` in `pkg/apis/*/v1/conversion.go`).
#[rustfmt::skip]
const FIELDS: &[(&str, &[&str])] = &[
    ("Pod", &[
        "metadata.name", "metadata.namespace", "spec.hostNetwork", "spec.nodeName", "spec.restartPolicy",
        "spec.schedulerName", "spec.serviceAccountName", "status.nominatedNodeName", "status.phase", "status.podIP",
        "status.podIPs",
    ]),
    ("Node", &["metadata.name", "spec.unschedulable"]),
    ("Event", &[
        "metadata.name", "metadata.namespace", "involvedObject.apiVersion", "involvedObject.fieldPath",
        "involvedObject.kind", "involvedObject.name", "involvedObject.namespace", "involvedObject.resourceVersion",
        "involvedObject.uid", "reason", "reportingComponent", "source", "type",
    ]),
    ("Namespace", &["metadata.name", "status.phase"]),
    ("Secret", &["metadata.name", "metadata.namespace", "type"]),
    ("Service", &["metadata.name", "metadata.namespace", "spec.clusterIP", "spec.type"]),
    ("Job", &["metadata.name", "metadata.namespace", "status.successful"]),
    ("ReplicationController", &["metadata.name", "metadata.namespace", "status.replicas"]),
];

/// What a field holds that objects can be selected by.
fn field_of(object: &Object, field: &str) -> EcoString {
    let metadata = object.metadata();
    match (object, field) {
        (_, "metadata.name") => metadata.name.clone(),
        (_, "metadata.namespace") => metadata.namespace.clone(),
        (Object::Pod(pod), "spec.nodeName") => pod.spec.node_name.clone(),
        (Object::Pod(pod), "status.phase") => pod.status.phase.clone(),
        (Object::Event(event), "source") if !event.source.component.is_empty() => {
            event.source.component.clone()
        }
        (Object::Event(_), "source") => text_at(object, "reportingComponent"),
        _ => text_at(object, field),
    }
}

/// What stands at a path, as a text. A switch that is not there is off, and a number is 0.
fn text_at(object: &Object, path: &str) -> EcoString {
    let json = object.to_json();
    match json.pointer(&format!("/{}", path.replace('.', "/"))) {
        Some(Value::String(text)) => text.as_str().into(),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string().into(),
        _ => match path {
            "spec.hostNetwork" | "spec.unschedulable" => "false".into(),
            "status.successful" | "status.replicas" => "0".into(),
            _ => EcoString::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_selectors_select_as_on_the_command_line() {
        let labels = Labels::from([("app", "agent"), ("number", "2"), ("tier", "node")]);
        for (text, expected) in [
            ("", true),
            ("app=agent", true),
            ("app==agent,tier!=web", true),
            ("app in (a, agent),tier", true),
            ("app notin (agent)", false),
            ("!zone", true),
            ("zone", false),
            ("zone!=a", true),
            ("app in (,agent)", true),
            ("number>1,number<3", true),
            ("number>2", false),
            ("app>1", false),
            ("!app=agent", true),
        ] {
            assert_eq!(
                Selector::parse(text).map(|selector| selector.matches(&labels)),
                Ok(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_selector_is_told_in_the_words_of_the_api_server() {
        for (text, told) in [
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
            ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
            ("a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
            ("a in (,=)", "unable to parse requirement: found '=', expected: ',', or identifier"),
            ("=", "found '=', expected: !, identifier, or 'end of string'"),
            ("a=b,", "found '', expected: identifier after ','"),
            (
                "n>x",
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
            ),
            (
                "a=-b",
                "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            ),
            (
                "-a=b",
                "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            ),
        ] {
            assert_eq!(
                Selector::parse(text).map_err(|failure| failure.message()),
                Err(told.into()),
                "{text}"
            );
        }
    }
}
