//! What `kubectl describe` says of a kind without a text of its own: all its fields. Upstream:
//! `kubectl/pkg/describe/describe.go` (`genericDescriber`, `smartLabelFor`), `github.com/fatih/camelcase`.

use super::super::go;
use super::super::lines::Lines;
use super::heading;
use serde_json::{Map, Value};

/// Fields that are told above, or not at all.
const SKIPPED: &[&str] = &[
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
];

/// An object of any kind.
pub fn describe(value: &Value, lines: &mut Lines) {
    heading(value, lines);
    if let Some(fields) = value.as_object() {
        tell(fields, 0, "", lines);
    }
}

fn tell(fields: &Map<String, Value>, level: usize, path: &str, lines: &mut Lines) {
    for (name, value) in fields {
        let path = format!("{path}.{name}");
        if SKIPPED.contains(&path.as_str()) {
            continue;
        }
        let label = label(name);
        match value {
            Value::Object(fields) => {
                lines.line(level, &format!("{label}:"));
                tell(fields, level + 1, &path, lines);
            }
            Value::Array(items) => {
                lines.line(level, &format!("{label}:"));
                for item in items {
                    match item {
                        Value::Object(fields) => tell(fields, level + 1, &path, lines),
                        other => lines.line(level + 1, &go::plain(other)),
                    }
                }
            }
            other => lines.line(level, &format!("{label}:\t{}", go::plain(other))),
        }
    }
}

/// `creationTimestamp` as `Creation Timestamp`.
fn label(name: &str) -> String {
    const ACRONYMS: &[&str] = &["API", "URL", "UID", "GUID"];
    if name.chars().any(|letter| !letter.is_alphabetic() && letter != '-') {
        return name.to_owned();
    }
    let parts = merged(words(name));
    let told = parts.into_iter().map(|part| {
        let upper = part.to_ascii_uppercase();
        if ACRONYMS.contains(&upper.as_str()) {
            return upper;
        }
        if part.to_ascii_lowercase() != part {
            return part;
        }
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| {
            std::iter::once(first.to_ascii_uppercase()).chain(letters).collect()
        })
    });
    told.collect::<Vec<_>>().join(" ")
}

/// The words of a name in camel case.
fn words(name: &str) -> Vec<String> {
    let class = |letter: char| match letter {
        letter if letter.is_lowercase() => 1,
        letter if letter.is_uppercase() => 2,
        _ => 3,
    };
    let mut runs: Vec<(i32, Vec<char>)> = Vec::new();
    for letter in name.chars() {
        match runs.last_mut() {
            Some((last, run)) if *last == class(letter) => run.push(letter),
            _ => runs.push((class(letter), vec![letter])),
        }
    }
    // The last of several capitals belongs to the word that follows.
    for at in 1..runs.len() {
        if runs[at - 1].0 == 2
            && runs[at].0 == 1
            && let Some(capital) = runs[at - 1].1.pop()
        {
            runs[at].1.insert(0, capital);
        }
    }
    runs.into_iter()
        .map(|(_, run)| run.into_iter().collect::<String>())
        .filter(|run| !run.is_empty())
        .collect()
}

/// Capitals together with a word that begins with one.
fn merged(words: Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let is_upper = word.chars().count() >= 2 && word.chars().all(|letter| !letter.is_lowercase());
        match words.next_if(|next| is_upper && next.starts_with(char::is_uppercase)) {
            Some(next) => all.push(word + &next),
            None => all.push(word),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn names_of_fields_are_spelt_out() {
        for (name, told) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("uid", "UID"),
            ("apiVersion", "API Version"),
            ("kind", "Kind"),
            ("$patch", "$patch"),
            ("hostIP", "Host IP"),
            ("podIPs", "Pod I Ps"),
            ("blockOwnerDeletion", "Block Owner Deletion"),
        ] {
            assert_eq!(label(name), told, "{name}");
        }
    }
}
