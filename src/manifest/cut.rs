//! A text in two.

use super::split::{Chunk, split};
use super::{items, tree, value_to_yaml};
use serde_json::{Value, json};

/// Cuts a text: the objects that are meant go into the first part, all others into the second. A document stays as it
/// is written, but for a list of both, which becomes two lists.
pub fn cut(text: &str, is_meant: impl Fn(&Value) -> bool) -> (String, String) {
    let (mut meant, mut others) = (String::new(), String::new());
    for chunk in split(text) {
        let objects = objects(&chunk);
        let is_one_of = |value: &&Value| is_meant(value);
        match objects.iter().filter(is_one_of).count() {
            0 => others += chunk.text,
            count if count == objects.len() => meant += chunk.text,
            _ => {
                let (first, second) = objects.into_iter().partition(&is_meant);
                meant += &list(&chunk, first);
                others += &list(&chunk, second);
            }
        }
    }
    (bare(meant), bare(others))
}

fn objects(chunk: &Chunk<'_>) -> Vec<Value> {
    let documents = tree::read(chunk.text);
    let trees = documents.iter().filter_map(|document| document.content.as_ref().ok()?.as_ref());
    trees.flat_map(items).map(|item| item.value()).collect()
}

/// A list in place of a document.
fn list(chunk: &Chunk<'_>, items: Vec<Value>) -> String {
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": items });
    if chunk.is_json {
        return format!("{list:#}\n");
    }
    let separator = if chunk.text.starts_with("---") { "---\n" } else { "" };
    format!("{separator}{}", value_to_yaml(&list))
}

/// What was the second document needs no line of dashes before it.
fn bare(text: String) -> String {
    text.strip_prefix("---\n").map(str::to_owned).unwrap_or(text)
}
