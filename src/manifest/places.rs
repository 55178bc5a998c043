//! Where a field stands in the text.

use super::diagnostic::Span;
use super::tree::{Data, Entry, Tree};

/// Where a path leads.
pub(super) struct Place<'a> {
    /// Where to point.
    pub span: Span,
    /// The key, where the path ends at one.
    pub key: Option<&'a Entry>,
    /// The value, where all of the path is there.
    pub value: Option<&'a Tree>,
}

/// Follows a path as upstream writes it (`spec.containers[0].resources.requests[cpu]`). Where a field is missing,
/// the place is that of its closest parent's key.
pub(super) fn of_path<'a>(tree: &'a Tree, path: &str) -> Place<'a> {
    let mut place = Place { span: tree.start(), key: None, value: Some(tree) };
    let mut rest = path;
    let mut tree = tree;
    while !rest.is_empty() {
        let next = match &tree.data {
            Data::Map(entries) => {
                field(entries, rest).map(|(entry, rest)| (Some(entry), &*entry.value, rest))
            }
            Data::List(items) => {
                item(rest).and_then(|(index, rest)| Some((None, &**items.get(index)?, rest)))
            }
            Data::Scalar { .. } => None,
        };
        let Some((key, value, remaining)) = next else {
            place.value = None;
            return place;
        };
        rest = remaining.strip_prefix('.').unwrap_or(remaining);
        tree = value;
        place =
            Place { span: key.map_or_else(|| value.start(), |entry| entry.span), key, value: Some(value) };
    }
    place
}

/// The entry that a path begins with: as `key`, `key.…`, `key[…`, or in brackets. Keys may hold dots themselves, so
/// the longest one counts.
fn field<'a, 'p>(entries: &'a [Entry], path: &'p str) -> Option<(&'a Entry, &'p str)> {
    let matching = entries.iter().rev().filter_map(|entry| {
        let rest = match path.strip_prefix('[') {
            Some(inner) => inner.strip_prefix(&*entry.key)?.strip_prefix(']')?,
            None => path.strip_prefix(&*entry.key)?,
        };
        (rest.is_empty() || rest.starts_with(['.', '['])).then_some((entry, rest))
    });
    matching.min_by_key(|(_, rest)| rest.len())
}

fn item(path: &str) -> Option<(usize, &str)> {
    let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
    Some((index.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn paths_lead_to_keys_and_missing_fields_to_their_parent() {
        let text = "metadata:\n  labels:\n    a.b/c: d\nspec:\n  containers:\n  - name: c\n    requests: {nvidia.com/gpu: 1}\n";
        let documents = tree::read(text);
        let tree = documents[0].content.as_ref().expect("valid").as_ref().expect("not empty");
        for (path, line, column, is_there) in [
            ("metadata.labels.a.b/c", 3, 5, true),
            ("metadata.labels[a.b/c]", 3, 5, true),
            ("spec.containers[0].requests[nvidia.com/gpu]", 7, 16, true),
            ("spec.containers[0]", 6, 5, true),
            ("spec.containers[0].image", 6, 5, false),
            ("spec.containers[3].image", 5, 3, false),
            ("spec.selector.matchLabels", 4, 1, false),
            ("status", 1, 1, false),
        ] {
            let place = of_path(tree, path);
            assert_eq!((place.span.line, place.span.column), (line, column), "{path}");
            assert_eq!(place.value.is_some(), is_there, "{path}");
        }
    }
}
