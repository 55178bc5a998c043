//! What is tried in the taints explorer, written into the texts: comments, order and layout stay.

use super::{Document, DocumentName, Session, follow};
use crate::api::{EcoString, Kind, ObjectKey, Taint, Toleration};
use crate::manifest::edit::{self, EditError, TextChange};
use std::rc::Rc;

/// The texts with what is tried written into them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriedTexts {
    /// The texts that change.
    pub texts: Vec<(DocumentName, Rc<str>)>,
    /// What could not be written, in sentences.
    pub left_out: Vec<String>,
}

/// What is tried: what an object's taints and tolerations are in the cluster, and what they are to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Whose pods they are.
    pub subject: ObjectKey,
    /// The taints of nodes by name: before, after.
    pub nodes: Vec<(EcoString, Vec<Taint>, Vec<Taint>)>,
    /// The tolerations: before, after.
    pub tolerations: (Vec<Toleration>, Vec<Toleration>),
    /// `hostNetwork`, if it is to be another.
    pub host_network: Option<bool>,
}

impl Session {
    /// Writes what is tried into the texts as they stand in the editor.
    pub fn write_tried(&self, tried: &Tried) -> TriedTexts {
        let mut written = TriedTexts::default();
        for name in DocumentName::ALL {
            let mut changes = Vec::new();
            if name == DocumentName::Nodes {
                changes.extend(tried.nodes.iter().flat_map(|(node, before, after)| {
                    let key = ObjectKey::node(node);
                    follow::taints(before, after).into_iter().map(move |change| (key.clone(), change))
                }));
            }
            if name == self.home_of(&tried.subject) {
                let own = subject_changes(tried).into_iter();
                changes.extend(own.map(|change| (tried.subject.clone(), change)));
            }
            written.take(name, self.documents.get(name), &changes);
        }
        written
    }

    /// The text in which an object stands; the manifest where it stands in none.
    fn home_of(&self, key: &ObjectKey) -> DocumentName {
        let nodes = &self.documents.nodes;
        let is_listed = || key.kind == Kind::Pod && nodes.holds(key);
        if is_listed() { DocumentName::Nodes } else { DocumentName::Manifest }
    }
}

impl TriedTexts {
    fn take(&mut self, name: DocumentName, document: &Document, changes: &[(ObjectKey, TextChange)]) {
        let (text, failed) = edit::apply_all(&document.text, changes);
        if *text != *document.text {
            self.texts.push((name, text.into()));
        }
        let failed = failed.into_iter().filter(|(_, error)| *error != EditError::NothingToDo);
        self.left_out.extend(failed.map(|(key, error)| {
            let kind = key.kind.name().to_ascii_lowercase();
            format!("{} does not get the change of {kind} {}: {error}.", name.file(), key.name)
        }));
        self.left_out.dedup();
    }
}

/// What is tried of the subject itself.
fn subject_changes(tried: &Tried) -> Vec<TextChange> {
    let (before, after) = &tried.tolerations;
    tolerations(before, after).into_iter().chain(tried.host_network.map(TextChange::SetHostNetwork)).collect()
}

/// The changes that make of some tolerations others, in their order: of those that match a taint the first one says how
/// long it is borne (`GetMatchingTolerations` in `pkg/apis/core/v1/helper/helpers.go`).
fn tolerations(before: &[Toleration], after: &[Toleration]) -> Vec<TextChange> {
    let mut changes = Vec::new();
    let mut placed = 0;
    for (place, from) in before.iter().enumerate() {
        match after.get(placed) {
            Some(to) if to == from => placed += 1,
            // What is new takes the place of what is gone, and is written where that one stands.
            Some(to) if !before[place + 1..].contains(to) => {
                changes.push(TextChange::ReplaceToleration(from.clone(), to.clone()));
                placed += 1;
            }
            _ => changes.push(TextChange::RemoveToleration(from.clone())),
        }
    }
    let (in_place, added) = after.split_at(placed);
    let add = |new: &[Toleration]| new.iter().cloned().map(TextChange::AddToleration).collect::<Vec<_>>();
    // Each change finds what it is about by how it looks. Where that finds one that stays, all are written anew.
    if made(before, &changes) != in_place {
        changes = before.iter().cloned().map(TextChange::RemoveToleration).collect();
        changes.extend(add(in_place));
    }
    changes.extend(add(added));
    changes
}

/// What some changes make of tolerations: each is made of the first one that looks as it says (`manifest::edit`).
fn made(before: &[Toleration], changes: &[TextChange]) -> Vec<Toleration> {
    let mut all = before.to_vec();
    for change in changes {
        let place = |from: &Toleration| all.iter().position(|one| one == from);
        match change {
            TextChange::ReplaceToleration(from, to) => {
                if let Some(place) = place(from) {
                    all[place] = to.clone();
                }
            }
            TextChange::RemoveToleration(from) => {
                if let Some(place) = place(from) {
                    all.remove(place);
                }
            }
            TextChange::AddToleration(to) if place(to).is_none() => all.push(to.clone()),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::NO_SCHEDULE;
    use crate::examples;

    fn gpu(value: &str) -> Toleration {
        Toleration {
            key: "gpu".into(),
            operator: "Equal".into(),
            value: value.into(),
            effect: NO_SCHEDULE.into(),
            ..Toleration::default()
        }
    }

    /// All lists of up to so many of the first letters.
    fn lists(letters: &str, most: usize) -> Vec<Vec<Toleration>> {
        let mut all = vec![Vec::new()];
        for _ in 0..most {
            let longer = all.iter().flat_map(|list: &Vec<Toleration>| {
                letters.chars().map(|letter| [list.clone(), vec![gpu(&letter.to_string())]].concat())
            });
            all = std::iter::once(Vec::new()).chain(longer.collect::<Vec<_>>()).collect();
        }
        all
    }

    #[test]
    fn tolerations_come_to_stand_as_they_were_tried() {
        let told = |changes: &[TextChange]| {
            let one = |change: &TextChange| match change {
                TextChange::AddToleration(to) => format!("+{}", to.value),
                TextChange::RemoveToleration(from) => format!("-{}", from.value),
                TextChange::ReplaceToleration(from, to) => format!("{}>{}", from.value, to.value),
                other => format!("{other:?}"),
            };
            changes.iter().map(one).collect::<Vec<_>>().join(" ")
        };
        let list = |text: &str| text.chars().map(|letter| gpu(&letter.to_string())).collect::<Vec<_>>();
        for (before, after, changes) in [
            ("ab", "cba", "a>c +a"),
            ("abc", "bc", "-a"),
            ("abc", "adc", "b>d"),
            ("ab", "ba", "-a +a"),
            ("ab", "bc", "-a +c"),
            ("aa", "ca", "a>c"),
            ("aba", "cbd", "a>c a>d"),
            ("aba", "acd", "-a -b -a +a +c +d"),
            ("aa", "ad", "-a -a +a +d"),
            ("", "a", "+a"),
            ("ab", "", "-a -b"),
        ] {
            assert_eq!(told(&tolerations(&list(before), &list(after))), changes, "{before} to {after}");
        }
        for before in lists("abc", 3) {
            for after in lists("abcd", 4) {
                let changes = tolerations(&before, &after);
                // Another one that is the same says nothing more: it is not written.
                let is_once = |place: usize| !after[..place].contains(&after[place]);
                if (0..after.len()).all(is_once) {
                    assert_eq!(made(&before, &changes), after, "{}", told(&changes));
                }
            }
        }
    }

    #[test]
    fn what_is_tried_is_written_into_both_texts_with_their_comments() {
        let session = Session::of_example(examples::find("taints").expect("the example"));
        let maintenance = || vec![Taint::new("maintenance", "", "NoExecute")];
        let tried = Tried {
            subject: ObjectKey::new(Kind::DaemonSet, "kube-system", "node-exporter"),
            nodes: vec![
                ("gpu-2".into(), vec![Taint::new("gpu", "yes", NO_SCHEDULE)], Vec::new()),
                ("worker-1".into(), Vec::new(), maintenance()),
                ("worker-2".into(), Vec::new(), maintenance()),
            ],
            tolerations: (vec![gpu("yes")], vec![gpu("true")]),
            host_network: None,
        };
        let TriedTexts { texts, left_out } = session.write_tried(&tried);
        assert_eq!(left_out, [""; 0]);
        let [(DocumentName::Manifest, manifest), (DocumentName::Nodes, nodes)] = &texts[..] else {
            panic!("{texts:?}")
        };
        let comments = |text: &str| text.matches('#').count();
        assert_eq!(comments(manifest), comments(&session.documents.manifest.text));
        assert_eq!(comments(nodes), comments(&session.documents.nodes.text));
        let item = "      # For the GPU nodes.\n      - key: gpu\n        operator: Equal\n        value: \"true\"\n        effect: NoSchedule\n";
        assert!(manifest.contains(item), "{manifest}");
        assert_eq!((nodes.matches("maintenance").count(), nodes.matches("key: gpu").count()), (2, 2));

        // Of two that are the same one becomes another, or both go.
        let twice = manifest.replace(item, &format!("{item}{item}"));
        let changed = |after: &[Toleration]| {
            let mut session = session.clone();
            session.documents.manifest = Document::new(&twice, "");
            let tolerations = (vec![gpu("true"), gpu("true")], after.to_vec());
            let written = session.write_tried(&Tried { nodes: Vec::new(), tolerations, ..tried.clone() });
            assert_eq!(written.left_out, [""; 0]);
            let text = written.texts.first().map(|(_, text)| text.to_string()).unwrap_or_default();
            (text.matches("value: \"true\"").count(), text.matches("value: \"yes\"").count())
        };
        assert_eq!(changed(&[gpu("yes"), gpu("true")]), (1, 1));
        assert_eq!(changed(&[]), (0, 0));

        let empty = Session::default().write_tried(&tried);
        assert_eq!(
            empty.left_out,
            [
                "manifest.yaml does not get the change of daemonset node-exporter: the text does not hold this object.",
                "nodes.yaml does not get the change of node gpu-2: the text does not hold this object.",
                "nodes.yaml does not get the change of node worker-1: the text does not hold this object.",
                "nodes.yaml does not get the change of node worker-2: the text does not hold this object.",
            ]
        );
    }
}
