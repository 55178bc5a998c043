//! Lines that are printed of an object, and what they take of its fields.

use crate::api::merge::LAST_APPLIED;
use crate::api::{Labels, Toleration, sort};
use serde_json::Value;

/// Lines of which each level is indented by two more blanks.
#[derive(Default)]
pub struct Lines(pub String);

impl Lines {
    /// Adds a line.
    pub fn line(&mut self, level: usize, text: &str) {
        self.part(level, text);
        self.0.push('\n');
    }

    /// Adds text without a line's end.
    pub fn part(&mut self, level: usize, text: &str) {
        self.0 += &"  ".repeat(level);
        self.0 += text;
    }

    /// Pairs below each other, the first one behind the title.
    pub fn pairs(&mut self, title: &str, pairs: &Labels) {
        self.column(title, pairs.iter().map(|(key, value)| format!("{key}={value}")));
    }

    /// Tolerations by key.
    pub fn tolerations(&mut self, title: &str, tolerations: &[Toleration]) {
        let mut sorted: Vec<&Toleration> = tolerations.iter().collect();
        sort::by(&mut sorted, |left, right| left.key.cmp(&right.key));
        self.column(title, sorted.iter().map(ToString::to_string));
    }

    /// Texts below each other, the first one behind the title; `<none>` if there is none.
    pub fn column(&mut self, title: &str, texts: impl Iterator<Item = String>) {
        self.part(0, &format!("{title}:\t"));
        let mut texts = texts.peekable();
        if texts.peek().is_none() {
            self.line(0, "<none>");
        }
        for (index, text) in texts.enumerate() {
            self.line(0, &format!("{}{text}", if index > 0 { "\t" } else { "" }));
        }
    }

    /// Annotations but those of tools; long values are cut.
    pub fn annotations(&mut self, title: &str, annotations: &Labels) {
        const LONGEST: usize = 140;
        self.part(0, &format!("{title}:\t"));
        let shown: Vec<_> = annotations.iter().filter(|(key, _)| *key != LAST_APPLIED).collect();
        if shown.is_empty() {
            return self.line(0, "<none>");
        }
        for (index, (key, value)) in shown.into_iter().enumerate() {
            let indent = if index > 0 { "\t" } else { "" };
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 <= LONGEST && !value.contains('\n') {
                self.line(0, &format!("{indent}{key}: {value}"));
                continue;
            }
            self.line(0, &format!("{indent}{key}:"));
            for part in value.split('\n') {
                self.line(0, &format!("\t  {}", shortened(part, LONGEST - 2)));
            }
        }
    }
}

/// At most so many letters, with three dots where some are missing.
pub fn shortened(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let mut end = longest;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

/// The text at a field, empty where there is none.
pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The number at a field.
pub fn number(value: &Value, field: &str) -> i64 {
    value.get(field).and_then(Value::as_i64).unwrap_or_default()
}

/// The list at a field.
pub fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text or number as it is written.
pub fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

/// Whether a switch is on.
pub fn is_on(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_bool).unwrap_or(false)
}

/// Labels in a cell (`labels.FormatLabels`).
pub fn labels(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if pairs.is_empty() { "<none>".into() } else { pairs.join(",") }
}

/// The names and images of containers.
pub fn containers(containers: &[Value]) -> [String; 2] {
    ["name", "image"]
        .map(|field| containers.iter().map(|container| text(container, field)).collect::<Vec<_>>().join(","))
}
