//! What is done in a session, a line for each thing: the commands so far, a solution, a short cut.

use crate::session::{Act, DocumentName, Past, Session};
use std::collections::BTreeMap;

/// Something that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// `edit FILE`: that text stands in manifest.yaml.
    Edit(String),
    /// `apply FILE`: that text stands in manifest.yaml and is applied.
    Apply(String),
    /// `nodes FILE`: that text stands in nodes.yaml and becomes the node list.
    Nodes(String),
    /// `run [N]`: on until nothing more happens by itself, at most so many steps.
    Run(u32),
    /// Anything else: it is typed in the terminal.
    Type(String),
}

impl Move {
    /// Reads a line.
    pub(super) fn of(line: &str) -> Self {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "edit" => Move::Edit(rest.into()),
            "apply" => Move::Apply(rest.into()),
            "nodes" => Move::Nodes(rest.into()),
            "run" if rest.is_empty() => Move::Run(super::REST),
            "run" if rest.parse::<u32>().is_ok() => Move::Run(rest.parse().unwrap_or_default()),
            _ => Move::Type(line.into()),
        }
    }

    /// The text that it needs.
    pub fn file(&self) -> Option<&str> {
        match self {
            Move::Edit(file) | Move::Apply(file) | Move::Nodes(file) => Some(file),
            Move::Run(_) | Move::Type(_) => None,
        }
    }

    /// What is typed for it in the terminal, or else said of it.
    pub fn words(&self) -> &str {
        match self {
            Move::Edit(_) => "Edit manifest.yaml",
            Move::Apply(_) => APPLY,
            Move::Nodes(_) => SET_NODES,
            Move::Run(super::REST) => "Run until stable",
            Move::Run(_) => "Run for a while",
            Move::Type(line) => line,
        }
    }
}

const APPLY: &str = "kubectl apply -f manifest.yaml";
const SET_NODES: &str = "playground set nodes -f nodes.yaml";

/// The session after something was done in it, at the shown step: what came later is dropped.
pub fn play(session: &Session, a_move: &Move, files: &BTreeMap<String, String>) -> Session {
    let act = |session: &Session, act: Act| session.act(&act, Past::Here).0;
    let edit = |name: DocumentName, file: &str| {
        let given = files.get(file).map_or("", String::as_str);
        let text = match file.ends_with(".diff") {
            true => changed(&session.documents.get(name).text, given),
            false => given.to_owned(),
        };
        act(session, Act::Edit(name, text.into()))
    };
    match a_move {
        Move::Edit(file) => edit(DocumentName::Manifest, file),
        Move::Apply(file) => act(&edit(DocumentName::Manifest, file), Act::Enter(APPLY.into())),
        Move::Nodes(file) => act(&edit(DocumentName::Nodes, file), Act::Enter(SET_NODES.into())),
        Move::Run(most) => act(session, Act::Run(*most)),
        // What still goes on is ended first, as one ends it with Ctrl+C: the line would wait for it.
        Move::Type(line) => act(&act(session, Act::Interrupt), Act::Enter(line.as_str().into())),
    }
}

/// A text with the lines changed that a difference names: ` ` stays, `-` goes, `+` comes. A text in which the lines
/// do not stand stays as it is.
fn changed(text: &str, diff: &str) -> String {
    let part = |sign: char| -> String {
        let kept = diff.lines().filter_map(move |line| line.strip_prefix([' ', sign]));
        kept.flat_map(|line| [line, "\n"]).collect()
    };
    let text = format!("\n{text}");
    text.replacen(&format!("\n{}", part('-')), &format!("\n{}", part('+')), 1)[1..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_changes_the_lines_that_it_names() {
        assert_eq!(changed("a\nb\nc\n", " b\n-c\n+d\n+e\n"), "a\nb\nd\ne\n");
        assert_eq!(changed("a\nb\n", "-a\n"), "b\n");
        assert_eq!(changed("a\nb\n", "-x\n+y\n"), "a\nb\n");
    }

    #[test]
    fn lines_are_read() {
        assert_eq!(Move::of("run"), Move::Run(super::super::REST));
        assert_eq!(Move::of("run 17"), Move::Run(17));
        assert_eq!(Move::of("apply a.diff"), Move::Apply("a.diff".into()));
        assert_eq!(Move::of("kubectl get po"), Move::Type("kubectl get po".into()));
    }
}
