//! What is tried in the taints explorer, written into the texts: comments, order and layout stay.

use super::{Document, DocumentName, Session, follow};
use crate::api::{Kind, ObjectKey};
use crate::explain::taints::Trial;
use crate::manifest::edit::{self, Change, EditError};
use std::rc::Rc;

/// The texts with what is tried written into them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The texts that change.
    pub texts: Vec<(DocumentName, Rc<str>)>,
    /// What could not be written, in sentences.
    pub left_out: Vec<String>,
}

impl Session {
    /// Writes what is tried into the texts as they stand in the editor.
    pub fn write_tried(&self, trial: &Trial) -> Written {
        let mut written = Written::default();
        let mut of_nodes = Vec::new();
        for (before, after) in trial.nodes() {
            let key = ObjectKey::node(&before.metadata.name);
            let edits = follow::taints(&before.spec.taints, &after.spec.taints);
            of_nodes.extend(edits.into_iter().map(|change| (key.clone(), change)));
        }
        let of_subject: Vec<_> =
            subject_changes(trial).into_iter().map(|change| (trial.subject().clone(), change)).collect();
        for name in DocumentName::ALL {
            let document = self.documents.get(name);
            let mut changes = Vec::new();
            if name == DocumentName::Nodes {
                changes.extend(of_nodes.iter().cloned());
            }
            if name == self.home_of(trial.subject()) {
                changes.extend(of_subject.iter().cloned());
            }
            written.take(name, document, &changes);
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

impl Written {
    fn take(&mut self, name: DocumentName, document: &Document, changes: &[(ObjectKey, Change)]) {
        let (text, failed) = edit::apply_all(&document.text, changes);
        if *text != *document.text {
            self.texts.push((name, text.into()));
        }
        let failed = failed.into_iter().filter(|(_, error)| *error != EditError::NothingToDo);
        self.left_out.extend(failed.map(|(key, error)| {
            let kind = key.kind.name().to_lowercase();
            format!("{} does not get the change of {kind} {}: {error}.", name.file(), key.name)
        }));
        self.left_out.dedup();
    }
}

/// What is tried of the subject itself.
fn subject_changes(trial: &Trial) -> Vec<Change> {
    let Some((before, after)) = trial.spec() else { return Vec::new() };
    let gone = before.tolerations.iter().filter(|own| !after.tolerations.contains(own));
    let new = after.tolerations.iter().filter(|own| !before.tolerations.contains(own));
    let (mut gone, mut new) = (gone.cloned(), new.cloned());
    // What takes the place of another is written where that one stands.
    let mut changes: Vec<Change> = std::iter::from_fn(|| match (gone.next(), new.next()) {
        (Some(from), Some(to)) => Some(Change::ReplaceToleration(from, to)),
        (Some(from), None) => Some(Change::RemoveToleration(from)),
        (None, to) => to.map(Change::AddToleration),
    })
    .collect();
    if before.host_network != after.host_network {
        changes.push(Change::SetHostNetwork(after.host_network));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{NO_SCHEDULE, Taint, Toleration};
    use crate::examples;
    use crate::explain::taints::Edit;

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
        let set = ObjectKey::new(Kind::DaemonSet, "kube-system", "node-exporter");
        let maintenance = Taint::new("maintenance", "", "NoExecute");
        let taint = |nodes: &[&str], from: Option<Taint>, to: Option<Taint>| Edit::Taint {
            nodes: nodes.iter().map(|name| (*name).into()).collect(),
            from,
            to,
        };
        let edits = [
            Edit::Toleration { from: Some(gpu("yes")), to: Some(gpu("true")) },
            taint(&["worker-1", "worker-2"], None, Some(maintenance)),
            taint(&["gpu-2"], Some(Taint::new("gpu", "yes", NO_SCHEDULE)), None),
        ];
        let (world, now) = (session.timeline.world(), session.timeline.now());
        let trial = Trial::of(world, now, &set, &edits).expect("a trial");
        let Written { texts, left_out } = session.write_tried(&trial);
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

        let empty = Session::default().write_tried(&trial);
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
