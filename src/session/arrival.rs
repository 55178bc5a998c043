//! A dump of a real cluster is opened in slices: reading its texts, then giving the cluster what is in them. The page
//! stays responsive meanwhile.

use super::{Document, Documents, Session, start};
use crate::api::{Object, sort};
use crate::manifest::PartialRead;
use crate::sim::Founding;
use std::rc::Rc;

/// A dump that is being opened: nodes with the pods on them, and what else there is.
pub struct Arrival {
    texts: [Rc<str>; 2],
    nodes: PartialRead,
    manifest: PartialRead,
    /// What the cluster begins with, once the nodes are read.
    begins: Option<Rc<[Object]>>,
    founding: Founding,
    given: usize,
}

/// By how far it is.
impl PartialEq for Arrival {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.texts[0], &other.texts[0]) && self.progress() == other.progress()
    }
}

impl Arrival {
    /// Begins to open these texts.
    pub fn new(nodes: Rc<str>, manifest: Rc<str>) -> Self {
        Arrival {
            nodes: PartialRead::new(Rc::clone(&nodes), false),
            manifest: PartialRead::new(Rc::clone(&manifest), true),
            texts: [nodes, manifest],
            begins: None,
            founding: Founding::new(start::SEED),
            given: 0,
        }
    }

    /// Reads so many objects, or gives so many to the cluster. Whether something is left.
    pub fn go_on(&mut self, objects: usize) -> bool {
        if self.nodes.go_on(objects) || self.manifest.go_on(objects) {
            return true;
        }
        let (nodes, founding) = (&self.nodes, &mut self.founding);
        let begins = self.begins.get_or_insert_with(|| {
            let mut objects: Vec<Object> = nodes.objects().cloned().collect();
            sort::by_key(&mut objects, Object::kind);
            founding.look_over(&objects);
            objects.into()
        });
        let end = (self.given + objects).min(begins.len());
        self.founding.add(&begins[self.given..end]);
        self.given = end;
        end < begins.len()
    }

    /// How much is done, and of how much.
    pub fn progress(&self) -> (usize, usize) {
        let ((nodes, all_nodes), (manifest, all_manifest)) =
            (self.nodes.progress(), self.manifest.progress());
        (nodes + manifest + self.given, all_nodes * 2 + all_manifest)
    }

    /// The session, with what is left.
    pub fn finish(mut self) -> Session {
        while self.go_on(Founding::PART) {}
        let [nodes_text, manifest_text] = self.texts;
        let mut nodes = Document::of_slices(Rc::clone(&nodes_text), nodes_text, self.nodes.finish());
        let timeline = start::founded(self.founding.finish(), &mut nodes);
        let manifest = Document::of_slices(manifest_text, Rc::default(), self.manifest.finish());
        let session = Session {
            start: Rc::clone(&nodes.text),
            timeline: Rc::new(timeline),
            documents: Documents { manifest, nodes },
            ..Session::default()
        };
        Session { touched: true, ..session.restored() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn what_runs_in_a_dump_was_let_in_there_and_what_is_refused_here_is_told() {
        let nodes = r#"
apiVersion: v1
kind: Node
metadata: {name: n1}
---
apiVersion: v1
kind: Pod
metadata: {name: agent-x, namespace: shop, labels: {app: a}}
spec: {nodeName: n1, serviceAccountName: agent, runtimeClassName: gpu.fast, containers: [{name: c, image: 'c:1'}]}
status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: high}
spec: {nodeName: n1, priorityClassName: shop, priority: 7, containers: [{name: c, image: 'c:1'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: higher}
spec: {nodeName: n1, priorityClassName: shop, priority: 8, containers: [{name: c, image: 'c:1'}]}
"#;
        let manifest = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: b, namespace: shop}\nspec:\n  selector: {matchLabels: {app: b}}\n  template: {metadata: {labels: {app: b}}, spec: {serviceAccountName: b, containers: [{name: c, image: 'c:1'}]}}\n";
        let session = Arrival::new(nodes.into(), manifest.into()).finish();
        let told: Vec<_> =
            session.documents.nodes.read.diagnostics.iter().map(|told| told.message.clone()).collect();
        let why = "pods \"higher\" is forbidden: the integer value of priority (8) must not be provided in pod spec; priority admission controller computed 7 from the given PriorityClass name";
        assert_eq!(told, [format!("It is not in the cluster: {why}")]);
        let session = session.act(&super::super::Act::Run(2_000), super::super::Past::Ask).0;
        let mut pods: Vec<&str> =
            session.timeline.world().pods_on("n1").map(|pod| &pod.metadata.name[..2]).collect();
        pods.sort_unstable();
        // Its accounts and its class are there: the DaemonSet's pod came, too.
        assert_eq!(pods, ["ag", "b-", "hi"]);
    }

    #[test]
    fn in_slices_the_same_cluster_comes_as_at_once() {
        let mut nodes = String::new();
        for number in 0..90 {
            let part = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%, namespace: shop, labels: {app: a}}\nspec: {nodeName: n%, containers: [{name: c, image: 'c:1'}]}\nstatus: {phase: Running, conditions: [{type: Ready, status: 'True'}]}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n%}\n";
            write!(nodes, "{}", part.replace('%', &number.to_string())).expect("it is a text");
        }
        let nodes = nodes.trim_start_matches("---\n").to_owned();
        let manifest = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a, namespace: shop}\nspec:\n  selector: {matchLabels: {app: a}}\n  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: 'c:1'}]}}\n";
        let mut arrival = Arrival::new(nodes.as_str().into(), manifest.into());
        let (mut slices, mut before) = (0, 0);
        while arrival.go_on(60) {
            slices += 1;
            let (done, all) = arrival.progress();
            assert!(done > before && done <= all);
            before = done;
        }
        assert!(slices >= 4, "{slices}");
        let [in_slices, at_once] =
            [arrival.finish(), Session::of_manifest(&format!("{nodes}---\n{manifest}"))]
                .map(|session| session.act(&super::super::Act::Run(2_000), super::super::Past::Ask).0);
        assert_eq!(in_slices.timeline.digest(), at_once.timeline.digest());
        assert_eq!(in_slices.timeline.world().pod_count(), at_once.timeline.world().pod_count());
        assert_eq!(in_slices.documents.nodes.text, at_once.documents.nodes.text);
    }
}
