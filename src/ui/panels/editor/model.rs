//! Where the cursor is, and what Apply would do.

use crate::explain::{Piece, preview};
use crate::manifest::Severity;
use crate::ui::state::UiState;

/// So many lines tell what Apply would do.
const LINES: usize = 6;

/// The bar below the editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyBar {
    /// How many errors there are.
    pub errors: usize,
    /// How many of them are about the syntax.
    pub warnings: usize,
    /// What is to be said beside the number.
    pub verdict: &'static str,
    /// What would change, each with its sign.
    pub changes: Vec<Line>,
}

/// One thing that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `+`, `~`, `-` ...
    pub sign: &'static str,
    /// Its class.
    pub class: &'static str,
    /// What.
    pub what: Vec<Piece>,
}

/// What Apply would do at the shown step.
pub fn apply_bar(state: &UiState) -> ApplyBar {
    let documents = &state.documents;
    let errors = documents.errors();
    let severity = |document: &crate::ui::documents::Document| {
        let warnings = document.read.diagnostics.iter();
        warnings.filter(|diagnostic| diagnostic.severity == Severity::Warning).count()
    };
    let warnings = severity(&documents.manifest) + severity(&documents.nodes);
    let mut bar = ApplyBar { errors, warnings, verdict: "", changes: Vec::new() };
    if errors > 0 {
        bar.verdict = "Would be rejected";
        let text = "What would change is shown once the errors are mended.";
        bar.changes.push(Line { sign: "·", class: "", what: vec![Piece::Text(text.into())] });
        return bar;
    }
    if !documents.is_dirty() {
        bar.verdict = "As applied";
    } else {
        let all = preview(&documents.commands(), state.timeline.world(), state.timeline.now());
        let unlisted = all.len().saturating_sub(LINES);
        bar.changes =
            all.into_iter().take(LINES).map(|(sign, what)| Line { sign, class: class(sign), what }).collect();
        if unlisted > 0 {
            let text = format!("and {unlisted} more");
            bar.changes.push(Line { sign: "·", class: "", what: vec![Piece::Text(text)] });
        }
        bar.verdict = if bar.changes.is_empty() { "Changes nothing in the cluster" } else { "Would change" };
    }
    let later = state.later_steps();
    if later > 0 && documents.is_dirty() {
        let (first, last) = (state.timeline.shown() + 1, state.timeline.len());
        let steps = if first == last { format!("step {first}") } else { format!("steps {first}–{last}") };
        let text = format!("Applying here discards recorded {steps}");
        bar.changes.push(Line { sign: "↺", class: "", what: vec![Piece::Text(text)] });
    }
    bar
}

/// The class of a line with this sign.
fn class(sign: &str) -> &'static str {
    match sign {
        "+" => "change--add",
        "−" | "!" => "change--del",
        _ => "",
    }
}

/// The keys that lead to a line of YAML, from the outermost: `spec`, `template`, `tolerations[1]`. Read from the
/// indentation alone, so that it also works while the text does not parse.
pub fn path_at(text: &str, line: u32) -> Vec<String> {
    let lines: Vec<&str> = text.lines().take(line as usize).collect();
    let mut path: Vec<String> = Vec::new();
    let mut limit = usize::MAX;
    let mut item: Option<(usize, usize)> = None;
    for text in lines.iter().rev() {
        let content = text.trim_start();
        if content.starts_with("---") {
            break;
        }
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = text.len() - content.len();
        let dashed = content.starts_with("- ") || content == "-";
        let inner = content.trim_start_matches("- ");
        let column = indent + content.len() - inner.len();
        if let Some((at, count)) = &mut item
            && dashed
            && indent == *at
        {
            *count += 1;
        }
        if dashed && item.is_none_or(|(at, _)| indent < at) && indent < limit {
            // The first item above the line: its own key counts too if it is deep enough.
            if column < limit
                && let Some(key) = key_of(inner)
            {
                path.push(key.into());
            }
            item = Some((indent, 0));
            limit = indent + 1;
            continue;
        }
        if column < limit
            && !dashed
            && let Some(key) = key_of(inner)
        {
            let number = item.take().map(|(_, count)| format!("[{count}]")).unwrap_or_default();
            path.push(format!("{key}{number}"));
            limit = column;
        }
        if limit == 0 {
            break;
        }
    }
    path.reverse();
    path
}

fn key_of(content: &str) -> Option<&str> {
    let (key, rest) = content.split_once(':')?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| key.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
apiVersion: apps/v1
spec:
  template:
    spec:
      tolerations:
      - key: a
        effect: NoSchedule
      - key: b
        # a word
        operator: Exists
      containers:
        - name: c
          resources:
            requests:
              cpu: 100m
---
kind: Node
";

    #[test]
    fn the_path_of_a_line_is_read_from_its_indentation() {
        for (line, expected) in [
            (1, "apiVersion"),
            (3, "spec.template"),
            (6, "spec.template.spec.tolerations[0].key"),
            (7, "spec.template.spec.tolerations[0].effect"),
            (8, "spec.template.spec.tolerations[1].key"),
            (10, "spec.template.spec.tolerations[1].operator"),
            (12, "spec.template.spec.containers[0].name"),
            (15, "spec.template.spec.containers[0].resources.requests.cpu"),
            (17, "kind"),
        ] {
            assert_eq!(path_at(TEXT, line).join("."), expected, "line {line}");
        }
    }
}
