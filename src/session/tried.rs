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

/// What some have more than others; what stands there twice counts twice.
fn without(some: &[Toleration], others: &[Toleration]) -> Vec<Toleration> {
    let mut left: Vec<&Toleration> = others.iter().collect();
    let is_more = |one: &&Toleration| match left.iter().position(|other| other == one) {
        Some(place) => {
            left.swap_remove(place);
            false
        }
        None => true,
    };
    some.iter().filter(is_more).cloned().collect()
}

/// What is tried of the subject itself.
fn subject_changes(tried: &Tried) -> Vec<TextChange> {
    let (before, after) = &tried.tolerations;
    let (mut gone, mut new) = (without(before, after).into_iter(), without(after, before).into_iter());
    // What takes the place of another is written where that one stands.
    let changes = std::iter::from_fn(|| match (gone.next(), new.next()) {
        (Some(from), Some(to)) => Some(TextChange::ReplaceToleration(from, to)),
        (Some(from), None) => Some(TextChange::RemoveToleration(from)),
        (None, to) => to.map(TextChange::AddToleration),
    });
    changes.chain(tried.host_network.map(TextChange::SetHostNetwork)).collect()
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
