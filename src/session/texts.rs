//! The two texts that the user writes, what was read from them, and what was applied last.

use super::missing::{Missing, undefined};
use crate::api::{DEFAULT_NAMESPACE, Node, Object, ObjectKey, sort, well_known_taints};
use crate::cluster::{ApiError, World};
use crate::explain::taints::is_taken_away;
use crate::kubectl::{Deed, DoneTo, File, Request};
use crate::manifest::{Diagnostic, Located, Manifest, PartialRead, Severity, Trees, cut, parse_read};
use crate::scheduler::config;
use crate::sim::Refused;
use serde_json::Value;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// So many of the objects that the API server refused are told at their places.
const TOLD: usize = 50;

/// One of the two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentName {
    /// What is to run.
    Manifest,
    /// What it runs on.
    Nodes,
}

impl DocumentName {
    /// Both, in the order of their tabs.
    pub const ALL: [DocumentName; 2] = [DocumentName::Manifest, DocumentName::Nodes];

    /// Its file name.
    pub fn file(self) -> &'static str {
        match self {
            DocumentName::Manifest => "manifest.yaml",
            DocumentName::Nodes => "nodes.yaml",
        }
    }

    /// The text with this file name.
    pub fn of_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document| document.file() == name)
    }
}

/// What was read of a text. What the scheduler cannot follow of its configuration is told too, and taints that would not
/// stay.
fn judged(mut manifest: Manifest) -> Manifest {
    let mut problems = Vec::new();
    for located in &manifest.objects {
        match &located.object {
            Object::Node(node) => problems.extend(passing_taints(located, node)),
            object if object.kind().is_scheduler_configuration() => {
                problems.extend(located.diagnose(&config::read(&object.to_json()).1));
            }
            _ => {}
        }
    }
    if !problems.is_empty() {
        manifest.diagnostics.extend(problems);
        sort::by_key(&mut manifest.diagnostics, |diagnostic| (diagnostic.span, diagnostic.severity));
    }
    manifest
}

/// Taints of a node that the node lifecycle controller keeps and that nothing in the node asks for: written by hand
/// they are ignored.
fn passing_taints(located: &Located, node: &Node) -> Vec<Diagnostic> {
    use well_known_taints::*;
    let passing = node.spec.taints.iter().enumerate().filter(|(_, taint)| is_taken_away(node, taint));
    let passing = passing.map(|(index, taint)| {
        let instead = match taint.key.as_str() {
            NOT_READY => "state the condition Ready: \"False\"",
            UNREACHABLE => "state the condition Ready: Unknown, or stop the kubelet",
            UNSCHEDULABLE => "set spec.unschedulable: true",
            MEMORY_PRESSURE => "state the condition MemoryPressure: \"True\"",
            DISK_PRESSURE => "state the condition DiskPressure: \"True\"",
            PID_PRESSURE => "state the condition PIDPressure: \"True\"",
            _ => "state the condition NetworkUnavailable: \"True\"",
        };
        let message = format!(
            "the node lifecycle controller alone sets {}:{}; nothing in this node asks for it, so it has no effect",
            taint.key, taint.effect
        );
        located.warn(&format!("spec.taints[{index}]"), message, instead)
    });
    passing.collect()
}

/// Whether two texts are the same. Most are the same one in memory, and there may be megabytes of it.
pub fn is_same(left: &Rc<str>, right: &Rc<str>) -> bool {
    Rc::ptr_eq(left, right) || left == right
}

/// What a text is to be.
#[derive(Clone, Debug)]
pub struct WrittenText {
    /// The text.
    pub text: Rc<str>,
    /// What was read of it, where that is done.
    document: Option<Rc<Document>>,
}

impl<T: Into<Rc<str>>> From<T> for WrittenText {
    fn from(text: T) -> Self {
        WrittenText { text: text.into(), document: None }
    }
}

impl PartialEq for WrittenText {
    fn eq(&self, other: &Self) -> bool {
        is_same(&self.text, &other.text)
    }
}

/// A long text that is read in slices, so that the page stays responsive.
pub struct SlicedText {
    text: Rc<str>,
    read: PartialRead,
}

impl SlicedText {
    /// Begins.
    pub fn new(text: Rc<str>) -> Self {
        SlicedText { read: PartialRead::new(Rc::clone(&text), true), text }
    }

    /// Reads one document more. Whether there are others.
    pub fn go_on(&mut self) -> bool {
        self.read.go_on(1)
    }

    /// How much is read, in hundredths.
    pub fn percent(&self) -> usize {
        let (done, all) = self.read.progress();
        done * 100 / all.max(1)
    }

    /// What was read, with the rest.
    pub fn finish(self) -> WrittenText {
        let document = Document::of_slices(Rc::clone(&self.text), Rc::default(), self.read.finish());
        WrittenText { text: self.text, document: Some(Rc::new(document)) }
    }
}

/// A text, what was read from it, and what was applied last.
#[derive(Clone, Debug)]
pub struct Document {
    /// As it stands in the editor.
    pub text: Rc<str>,
    /// As it was applied last; empty if it never was.
    pub applied: Rc<str>,
    /// What was read from the text.
    pub read: Rc<Manifest>,
    /// The text as commands read it.
    file: File,
    /// What was read of the text as it was applied, once that was asked for.
    base: Rc<OnceCell<Document>>,
}

impl Document {
    /// Reads a text.
    pub fn new(text: &str, applied: &str) -> Self {
        let text = Rc::from(text);
        let applied = if applied == &*text { Rc::clone(&text) } else { applied.into() };
        Document::of(text, applied)
    }

    /// Reads a text that others hold too: a list of thousands of nodes is in memory once.
    pub fn of(text: Rc<str>, applied: Rc<str>) -> Self {
        let trees = Trees::of(&text);
        let read = Rc::new(judged(parse_read(&text, &trees)));
        let file = File::read(Rc::clone(&text), trees);
        Document { text, applied, read, file, base: Rc::default() }
    }

    /// A text that was read in slices.
    pub(super) fn of_slices(
        text: Rc<str>,
        applied: Rc<str>,
        (read, trees): (Manifest, Option<Trees>),
    ) -> Self {
        let file = match trees {
            Some(trees) => File::read(Rc::clone(&text), trees),
            None => File::new(Rc::clone(&text)),
        };
        Document { text, applied, read: Rc::new(judged(read)), file, base: Rc::default() }
    }

    /// Tells at their places which of its objects are not in the cluster that was set up with it, and why: the API server
    /// refused them.
    #[cold]
    #[inline(never)]
    pub(super) fn tell_refused(&mut self, refused: &[DoneTo], world: &World) {
        let Some(read) = Rc::get_mut(&mut self.read) else { return };
        // What is invalid is told of the text alone, and something else may have been refused of what is there.
        let is_new = |key: &ObjectKey, error: &ApiError| {
            !matches!(error, ApiError::Invalid(..)) && !key.name.is_empty() && world.get(key).is_none()
        };
        let mut told = 0;
        for DoneTo { key, deed } in refused {
            let Deed::Refused(error) = deed else { continue };
            let located = read.objects.iter().find(|located| is_key_of(key, &located.object));
            if let Some(located) = located.filter(|_| told < TOLD && is_new(key, error)) {
                let diagnostic = located.diagnose_whole(format!("It is not in the cluster: {error}"));
                read.diagnostics.push(Diagnostic { severity: Severity::Warning, ..diagnostic });
                told += 1;
            }
        }
        sort::by_key(&mut read.diagnostics, |told| (told.span, told.severity));
    }

    /// The document with another text in the editor.
    pub fn edited(&self, written: impl Into<WrittenText>) -> Self {
        let (written, applied, base) = (written.into(), Rc::clone(&self.applied), Rc::clone(&self.base));
        match written.document {
            Some(document) => Document { applied, base, ..Document::clone(&document) },
            None => Document { base, ..Document::of(written.text, applied) },
        }
    }

    /// The document with another text as the one that was applied last.
    pub(super) fn set_applied(&mut self, applied: Rc<str>) {
        if !is_same(&self.applied, &applied) {
            (self.applied, self.base) = (applied, Rc::default());
        }
    }

    /// The text as it was applied last.
    pub(super) fn as_applied(&self) -> &Document {
        if !self.is_dirty() {
            return self;
        }
        self.base.get_or_init(|| Document::of(Rc::clone(&self.applied), Rc::clone(&self.applied)))
    }

    /// Whether it differs from what was applied.
    pub fn is_dirty(&self) -> bool {
        !is_same(&self.text, &self.applied)
    }

    /// How many errors keep it from being applied.
    pub fn errors(&self) -> usize {
        self.told(Severity::Error)
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.told(Severity::Warning)
    }

    fn told(&self, severity: Severity) -> usize {
        self.read.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// What applies it.
    pub fn request(&self, name: DocumentName) -> Request {
        match name {
            DocumentName::Manifest => Request::apply(self.file.clone()),
            DocumentName::Nodes => Request::set_nodes(self.file.clone()),
        }
    }

    /// The command that brings it in with the status that it states.
    pub(super) fn restore(&self) -> Request {
        Request::restore(self.file.clone())
    }

    /// Whether an object stands in it.
    pub fn holds(&self, key: &ObjectKey) -> bool {
        self.read.objects.iter().any(|located| is_key_of(key, &located.object))
    }

    /// The objects in it.
    pub fn objects(&self) -> Vec<Object> {
        self.read.objects.iter().map(|located| located.object.clone()).collect()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        is_same(&self.text, &other.text) && is_same(&self.applied, &other.applied)
    }
}

/// A text in two: nodes with the pods that a cluster has (they are on a node, or tell of their status), and all other
/// objects. The first part is empty if there is no node in the text.
pub(super) fn split_nodes(text: &str) -> (String, String) {
    // A long text without any is not taken apart for nothing.
    if !text.contains("Node") {
        return (String::new(), text.to_owned());
    }
    let is = |object: &Value, kind: &str| object["apiVersion"] == "v1" && object["kind"] == kind;
    let says = |object: &Value, field: &str| {
        object.pointer(field).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    };
    let is_there = |object: &Value| {
        is(object, "Node")
            || is(object, "Pod") && (says(object, "/spec/nodeName") || says(object, "/status/phase"))
    };
    let has_node = Cell::new(false);
    let parts = cut(text, |object| {
        has_node.set(has_node.get() || is(object, "Node"));
        is_there(object)
    });
    if has_node.get() { parts } else { (String::new(), text.to_owned()) }
}

/// Both texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Documents {
    /// What is to run.
    pub manifest: Document,
    /// What it runs on.
    pub nodes: Document,
}

impl Documents {
    /// One of them.
    pub fn get(&self, name: DocumentName) -> &Document {
        match name {
            DocumentName::Manifest => &self.manifest,
            DocumentName::Nodes => &self.nodes,
        }
    }

    /// One of them, to be changed.
    pub fn get_mut(&mut self, name: DocumentName) -> &mut Document {
        match name {
            DocumentName::Manifest => &mut self.manifest,
            DocumentName::Nodes => &mut self.nodes,
        }
    }

    /// How many errors keep them from being applied.
    pub fn errors(&self) -> usize {
        self.manifest.errors() + self.nodes.errors()
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.manifest.warnings() + self.nodes.warnings()
    }

    /// Whether anything differs from what was applied.
    pub fn is_dirty(&self) -> bool {
        self.manifest.is_dirty() || self.nodes.is_dirty()
    }

    /// What an API server refuses of texts that are applied one after the other, at its place.
    pub(super) fn place(
        &self,
        names: &[DocumentName],
        refused: &[Refused],
    ) -> Vec<(DocumentName, Diagnostic)> {
        let mut placed = Vec::new();
        for (command, name) in names.iter().enumerate() {
            let mut missing = Missing::default();
            let read = &self.get(*name).read;
            for (place, located) in read.objects.iter().enumerate() {
                for Refused { error, .. } in refused
                    .iter()
                    .filter(|refused| refused.command == command && place_of(refused, read) == Some(place))
                {
                    if missing.take(located, error) {
                        continue;
                    }
                    let diagnostics = match error {
                        ApiError::Invalid(_, errors) => located.diagnose(errors),
                        ApiError::NoMatch(kind) => vec![undefined(located, read, kind, error)],
                        other => vec![located.diagnose_whole(other.to_string())],
                    };
                    placed.extend(diagnostics.into_iter().map(|diagnostic| (*name, diagnostic)));
                }
            }
            let missing = missing.diagnostics(read);
            placed.extend(missing.into_iter().map(|diagnostic| (*name, diagnostic)));
        }
        placed
    }
}

/// Which of a text's objects was refused. Of one that stands there more than once it is one of them only.
fn place_of(refused: &Refused, read: &Manifest) -> Option<usize> {
    let all = read.objects.iter().enumerate();
    let places: Vec<usize> =
        all.filter(|(_, located)| is_key_of(&refused.key, &located.object)).map(|(place, _)| place).collect();
    places.get(refused.nth).or(places.last()).copied()
}

/// Whether an object is stored under this name. Of a custom resource only its definition says whether it is one of the
/// cluster.
fn is_key_of(key: &ObjectKey, object: &Object) -> bool {
    let mut own = object.key();
    if own.kind.is_custom() && key.namespace.is_empty() {
        own.namespace.clear();
    } else if own.kind.is_namespaced() && own.namespace.is_empty() {
        own.namespace = DEFAULT_NAMESPACE.into();
    }
    own == *key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config_map(name: &str, namespace: &str) -> String {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\n")
    }

    #[test]
    fn nodes_are_taken_out_of_a_text_where_they_stand_alone() {
        let node = |name: &str| format!("# {name}\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n");
        let map = config_map("a", "default");
        for (text, nodes, others) in [
            (map.clone(), String::new(), map.clone()),
            (format!("{}---\n{map}", node("n1")), node("n1"), map.clone()),
            (
                format!("{map}---\n{}---\n{}", node("n1"), node("n2")),
                format!("{}---\n{}", node("n1"), node("n2")),
                map.clone(),
            ),
        ] {
            assert_eq!(split_nodes(&text), (nodes, others), "{text}");
        }
    }

    #[test]
    fn a_list_or_stream_of_nodes_and_other_objects_becomes_two() {
        let set = r#"{"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "a"}}"#;
        let node = r#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}"#;
        let pending = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "status": {"phase": "Pending"}}"#;
        let own = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "q"}}"#;
        let names = |text: &str| -> Vec<String> {
            Document::new(text, "").objects().iter().map(|object| object.key().to_string()).collect()
        };
        let items = [set, node, pending, own];
        let block: String = items.iter().map(|item| format!("- {item}\n")).collect();
        for text in [
            format!("apiVersion: v1\nkind: List\nitems:\n{block}"),
            format!("# mine\n---\napiVersion: v1\nkind: List\nitems:\n{block}---\n{{a: 1}}\n"),
            format!(r#"{{"apiVersion": "v1", "kind": "List", "items": [{}]}}"#, items.join(", ")),
            items.join("\n"),
            items.concat(),
            items.map(|item| format!("---\n{item}\n")).concat(),
        ] {
            let (nodes, others) = split_nodes(&text);
            assert_eq!(names(&nodes), ["node/n1", "pod/p"], "{text}");
            assert_eq!(names(&others), ["daemonset/a", "pod/q"], "{text}");
        }
    }
}

#[cfg(test)]
mod configuration_tests {
    use super::*;

    #[test]
    fn a_configuration_of_the_scheduler_is_checked_and_followed() {
        let text = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles:\n- plugins:\n    score:\n      disabled:\n      - name: ImageLocalty\n";
        let document = Document::new(text, "");
        let [diagnostic] = document.read.diagnostics.as_slice() else {
            panic!("{:?}", document.read.diagnostics);
        };
        assert_eq!(diagnostic.span.line, 7);
        assert_eq!(diagnostic.suggestion.as_deref(), Some("did you mean \"ImageLocality\"?"));
        let fixed = Document::new(&text.replace("Localty", "Locality"), "");
        assert!(fixed.read.diagnostics.is_empty(), "a configuration is followed, and needs no name");
        let mut timeline = crate::sim::Timeline::new(crate::sim::SimState::new(1, Vec::new()).0);
        for _ in 0..2 {
            timeline.say(&Request::apply(Request::text_of(&fixed.objects())));
        }
        let kind = fixed.objects()[0].kind();
        assert_eq!(timeline.world().of_kind(&kind).count(), 1, "applied again, it is the same one");
    }
}
